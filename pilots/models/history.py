"""What was changed, by whom, when, from where and why: written once, never rewritten (see `history.append_only`)."""

import datetime
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import groupby
from typing import Any

from auditlog.models import AbstractLogEntry, LogEntryManager
from django.apps import apps
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import cached_property

from .attachments import in_words
from .divisions import Division
from .documents import Document
from .evidence import EVIDENCE
from .notice import Citation, Section, Signature, is_drafted
from .places import Region
from .priorities import Priority
from .publishing import Withdrawable
from .recorded import Recorded, kind_of, own_field
from .reports import Report
from .sources import STATED, is_sourced

# What an edit says of itself, and of which records (kind, primary key) something was written in it: drafts or not.
_edit: ContextVar[tuple[dict[str, Any], dict[tuple[str, int], bool]] | None] = ContextVar("edit", default=None)

MOST_DIGITS = 18  # of a primary key: more than one can have, or Python reads


@contextmanager
def editing(
    *, actor: Any = None, reviewer: Any = None, remote_addr: str | None = None, reason: str = ""
) -> Iterator[str]:
    """Say of everything written in the block who does it (None: the site itself), who accepted it, from where and
    why; yield the key of what is written.

    What is written of one record is one edit.
    """
    details = {"actor": actor, "reviewer": reviewer, "remote_addr": remote_addr, "reason": reason}
    details |= {"key": uuid.uuid4().hex}
    token = _edit.set((details, {}))
    try:
        yield details["key"]
    finally:
        _edit.reset(token)


def _display(field: models.Field, value: Any) -> str:
    """Return a recorded value as people read it; empty for none."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(field, models.ForeignKey):
        return str(field.related_model._base_manager.filter(pk=value).first() or "（已删除）")
    if isinstance(field, models.DateTimeField):  # auditlog writes it in UTC, without saying so
        at = datetime.datetime.fromisoformat(str(value)).replace(tzinfo=datetime.UTC)
        return date_format(timezone.localtime(at), "Y年n月j日 H:i")
    if isinstance(field, models.DateField):
        return date_format(datetime.date.fromisoformat(str(value)[:10]), "Y年n月j日")
    return in_words(str(dict(field.flatchoices or ()).get(value, value)))


def _revealed(row: Recorded, changes: dict[str, Any]) -> set[str]:
    """Return the fields of a row that readers see since `changes`, and didn't before: their source was given."""
    was = type(row)(**{field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields})
    for name, change in changes.items():
        field = own_field(row, name)
        if not field.many_to_many:
            setattr(was, field.attname, None if change[0] in (None, "None") else field.to_python(change[0]))
    place = {"id", "position", row.belongs_to}
    names = {field.name for field in row._meta.concrete_fields} - place
    return {name for name in names if row.shows(name) and not was.shows(name)}


def _lines(row: Recorded, changes: dict[str, Any], revealed: set[str]) -> Iterator[dict[str, Any]]:
    """Yield what changed in words: the field's name and label, before and after, whether readers may see it.

    revealed: fields that readers see from now on; those that say something are told, changed or not.
    """
    order = {field.name: n for n, field in enumerate((*row._meta.concrete_fields, *row._meta.many_to_many))}
    stays = {name: 2 * [getattr(row, own_field(row, name).attname)] for name in revealed - set(changes)}
    changes = changes | {name: values for name, values in stays.items() if values[0]}
    for name in sorted(changes, key=lambda name: order[name]):
        field, change = own_field(row, name), changes[name]
        if field.many_to_many:
            before, after = ("、".join(label for _, label in change[side]) for side in ("before", "after"))
        else:
            before, after = (_display(field, value) for value in change)
        line = {"field": name, "label": str(field.verbose_name), "before": before, "after": after}
        yield line | {"public": row.shows(name)} | ({"is_revealed": True} if name in revealed else {})


def subject_of(row: Recorded) -> tuple[str, int]:
    """Return the kind and the primary key of the record that a row is part of; no kind where readers see none."""
    if row.belongs_to:
        return row.belongs_to, getattr(row, f"{row.belongs_to}_id")
    return kind_of(row) if row.is_subject else "", row.pk


class EditManager(models.Manager["Edit"]):
    """Edits, and those that entries of the history belong to."""

    def of(self, row: Recorded) -> "Edit":
        """Return the edit that is going on (`editing`) of the record of `row`: made now where it is the first row."""
        kind, pk = subject_of(row)
        details, subjects = _edit.get() or ({"key": uuid.uuid4().hex}, {})
        about = {"key": details["key"], "subject_kind": kind, "subject_id": pk}
        is_begun = (kind, pk) in subjects  # unless that was rolled back
        if not is_begun:
            subjects[kind, pk] = is_drafted(row)
        edit = (is_begun and self.filter(**about).first()) or self.create(**details | about)
        edit.is_of_draft = subjects[kind, pk]
        return edit

    def of_entries(self, entries: models.QuerySet) -> models.QuerySet:
        """Return the edits that any of `entries` belongs to."""
        return self.filter(Exists(entries.order_by().filter(edit=OuterRef("pk"))))


class Edit(models.Model):
    """What one person wrote of one record at one go: who, when, from where and why; its entries say what."""

    # What was written at one go of several records has one key; an edit is named by it and its record, for ever. It
    # is one moment: whoever asks what was changed since then gets all of it.
    key = models.CharField("同一次修改", max_length=80)
    subject_kind = models.CharField("所属记录的种类", max_length=20, blank=True)
    subject_id = models.BigIntegerField("所属记录的主键")
    # Nobody who has a history can be deleted, only deactivated: an edit is never rewritten.
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="操作者"
    )
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="采纳人"
    )  # who accepted it, where it was proposed
    remote_addr = models.GenericIPAddressField("网络地址", null=True, blank=True)
    reason = models.CharField("更正说明", max_length=200, blank=True)
    at = models.DateTimeField("时间", default=timezone.now)

    objects = EditManager()

    items: Sequence[Any] = ()  # what it did to each row (`history.edits`)
    is_of_draft = False  # while it is written: nobody but officials is ever told of it
    subject: Any = None  # the record as it is found today: title, address

    class Meta:
        verbose_name = verbose_name_plural = "修改"
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["key", "subject_kind", "subject_id"],
                name="edit_of_a_record_once",
                violation_error_message="一次修改在一条记录上只有一行。",
            )
        ]
        indexes = [
            models.Index(fields=["subject_kind", "subject_id", "-at"], name="edits_of_a_subject"),
            models.Index(fields=["-at", "-id"], name="edits_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.who}"

    @cached_property
    def is_amended(self) -> bool:
        """Whether who accepted it changed what was proposed; `edits.gather` asks once for all that it returns."""
        return bool(apps.get_model("pilots", "Proposal").objects.amended_keys([self]))

    @property
    def who(self) -> str:
        """Who wrote it, and who accepted it; never for readers."""
        names = [person.get_full_name() or person.get_username() for person in (self.actor, self.reviewer) if person]
        accepted = "（修改后采纳：" if len(names) > 1 and self.is_amended else "（采纳："
        return accepted.join(names) + "）" * (len(names) > 1) if names else "系统"


class HistoryManager(LogEntryManager):
    """Writes an entry where auditlog notices a change, with what the edit says of itself."""

    def log_create(self, instance: Recorded, force_log: bool = False, **kwargs: Any) -> "HistoryEntry | None":
        if not kwargs.get("changes"):
            return None
        is_new = kwargs["action"] != self.model.Action.UPDATE
        revealed = set() if is_new else _revealed(instance, kwargs["changes"])
        lines = list(_lines(instance, kwargs["changes"], revealed))
        edit = Edit.objects.of(instance)
        return self.create(
            edit=edit,
            timestamp=edit.at,
            content_type=ContentType.objects.get_for_model(instance),
            object_pk=instance.pk,
            object_id=instance.pk,
            object_repr=str(instance),
            lines=lines,
            is_public=any(line["public"] for line in lines) and not edit.is_of_draft,
            **kwargs,
        )

    def public(self, kind: str = "") -> models.QuerySet:
        """Return what readers may know of, newest first, but not who did it from where.

        Of an area or a line of a record that is withdrawn, that it was withdrawn, and nothing else. Of a division or
        a document that isn't verified, that it was, where it was; of what such a document says, nothing; of one that
        was verified later, nothing of before. Of a report, that it is public, while it is. kind: of records of that
        kind alone.
        """
        withdrawing = Q(changes__has_key="withdrawn_on") & ~Q(changes__withdrawn_on__1=None)  # not its restoring
        of_withdrawn = Q(edit__subject_kind="region", edit__subject_id__in=_withdrawn(Region))
        is_hidden = of_withdrawn & ~(Q(content_type__model="region") & withdrawing)
        for model in (Section, Citation, Signature, Priority, Division, Document, *EVIDENCE):
            if kind in ("", model.belongs_to):
                rows = Q(content_type__model=model._meta.model_name, object_id__in=_withdrawn(model))
                is_hidden |= rows & ~withdrawing
        for model in (Division, Document) if kind in ("", "region") else ():
            in_doubt = model.all_objects.exclude(verification__in=STATED[:2]).order_by().values("pk")
            rows = Q(content_type__model=model._meta.model_name)
            was_in_doubt = ~Q(changes__verification__0__in=STATED[:2])
            is_hidden |= rows & Q(object_id__in=in_doubt) & was_in_doubt
            # What it was called then, where somebody checked it later, or deleted it.
            is_hidden |= rows & Q(action=self.model.Action.CREATE) & ~Q(changes__verification__1__in=STATED[:2])
            is_hidden |= rows & Q(action=self.model.Action.DELETE) & was_in_doubt
        for model in EVIDENCE if kind in ("", "region") else ():
            of_unseen = ~Q(document__verification__in=STATED[:2], document__withdrawn_on=None)
            unseen: Any = model.all_objects.filter(of_unseen).order_by().values("pk")
            is_hidden |= Q(content_type__model=model._meta.model_name, object_id__in=unseen)
        if kind in ("", "region"):
            reports: Any = Report.all_objects.filter(Report.published_if).order_by()
            is_hidden |= Q(content_type__model="report") & ~Q(object_id__in=reports.values("pk"))
        return (
            self.filter(Q(edit__subject_kind=kind) if kind else Q(), is_public=True)
            .exclude(is_hidden)
            .select_related("edit")
            .defer("changes", "edit__remote_addr", "edit__actor", "edit__reviewer")
            .order_by("-timestamp", "-pk")
        )


def _withdrawn(model: type[Withdrawable]) -> models.QuerySet:
    return model.all_objects.exclude(withdrawn_on=None).order_by().values("pk")


class HistoryEntry(AbstractLogEntry):
    """One row made, changed or deleted: what auditlog keeps, the reason, and the words for it."""

    edit = models.ForeignKey(Edit, models.PROTECT, related_name="entries", verbose_name="修改")
    content_type = models.ForeignKey(
        "contenttypes.ContentType", models.PROTECT, related_name="+", verbose_name="数据表"
    )
    # What is not needed is not kept of people.
    actor = None
    actor_email = None
    cid = None
    remote_addr = None
    remote_port = None
    changes_text = None
    additional_data = None
    lines = models.JSONField("改动", default=list)
    is_public = models.BooleanField("公开", default=False)

    objects = HistoryManager()

    class Meta:
        verbose_name = verbose_name_plural = "修改历史"
        ordering = ["-timestamp", "-pk"]
        get_latest_by = "timestamp"
        indexes = [
            models.Index(fields=["is_public", "-timestamp"], name="history_public"),
        ]
        permissions = [("view_address", "可查看操作者的网络地址")]

    @property
    def kind_name(self) -> str:
        """What was changed, in Chinese."""
        model = self.content_type.model_class()
        return str(model._meta.verbose_name) if model else self.content_type.model

    @property
    def row_name(self) -> str:
        """What the row was called, for readers; of a line that is withdrawn its number alone, where it has one."""
        if self._is_hidden_line:
            unit = self.content_type.model_class().line_unit
            return f"第{self.object_repr.partition('.')[0]}{unit}" if unit else ""
        return self.object_repr

    @property
    def what(self) -> str:
        """What was changed, in one phrase: its kind, and which of them."""
        name = self.row_name
        return f"{self.kind_name}{name if self._is_hidden_line else f'“{name}”'}"

    @property
    def public_lines(self) -> list[dict[str, Any]]:
        """What changed as readers are told of it; what they didn't see before was nothing to them."""
        lines = [line for line in self.lines if line["public"]]
        return [line | ({"before": ""} if line.get("is_revealed") else {}) for line in lines]

    @property
    def changed_lines(self) -> list[dict[str, Any]]:
        """What changed as officials are told of it."""
        return [line for line in self.lines if not line.get("is_revealed") or line["before"] != line["after"]]

    @property
    def _is_hidden_line(self) -> bool:
        """Whether a line is withdrawn: what it said is told no more."""
        is_withdrawal = any(line["field"] == "withdrawn_on" and line["after"] for line in self.lines)
        return is_withdrawal and self.content_type.model != "region"

    def before(self, name: str) -> Any:
        """Return what field `name` held before, as a form's initial value; KeyError where it wasn't changed."""
        change, field = self.changes[name], own_field(self.content_type.model_class(), name)
        if isinstance(change, dict):
            return [pk for pk, _ in change["before"]]
        return None if field.null and change[0] in (None, "None") else field.to_python(change[0])


_LABELS = {
    "object_pk": "主键（文字）",
    "object_id": "主键",
    "object_repr": "名称",
    "serialized_data": "整行数据",
    "action": "操作",
    "changes": "改动的值",
    "timestamp": "时间",
}
for _field_name, _label in _LABELS.items():  # auditlog names its fields in English
    HistoryEntry._meta.get_field(_field_name).verbose_name = _label


def who_changed(model: type[models.Model], pk: int, name: str) -> str:
    """Return who last changed field `name` of a row, for a colleague to read."""
    entries = HistoryEntry.objects.get_for_model(model).filter(object_id=pk, changes__has_key=name)
    entry = entries.select_related("edit__actor", "edit__reviewer").first()
    return entry.edit.who if entry else "他人"


def is_edited(row: models.Model, name: str) -> bool:
    """Return whether field `name` of a row is what an official made it last, as the history has it."""
    entries = HistoryEntry.objects.get_for_model(type(row)).filter(object_id=row.pk, changes__has_key=name)
    entry = entries.select_related("edit").order_by("-timestamp", "-pk").first()
    if entry is None or entry.edit.actor_id is None:
        return False
    if own_field(row, name).many_to_many:
        return {pk for pk, _ in entry.changes[name]["after"]} == {
            related_row.pk for related_row in getattr(row, name).all()
        }
    return str(entry.changes[name][1]) == str(getattr(row, own_field(row, name).attname))


def outdated_sources(row: Recorded, changed: set[str]) -> set[str]:
    """Return the fields of sources of a row whose facts were changed since, where `changed` says that they are
    verified: the source that is there isn't theirs."""
    entries = HistoryEntry.objects.get_for_model(type(row)).filter(object_id=row.pk).order_by("-timestamp", "-pk")
    outdated = set()
    for source, (status, names) in row.sourced.items():
        if status in changed:
            latest = entries.filter(changes__has_any_keys=[source, *names]).first()
            outdated |= {source} if latest and source not in latest.changes else set()
    return outdated


def has_stood(row: Recorded, source: str, values: dict[str, Any]) -> bool:
    """Return whether a field of sources and its facts go back to what they were together, verified, before some edit:
    that needs no new source. values: of the fields as they would be saved; what the row holds is read anew."""
    status, names = row.sourced[source]
    group = [source, *names, *([status] if status else [])]
    goal = {name: getattr(values.get(name), "pk", values.get(name)) or "" for name in group}
    if source in row.source_fields and not is_sourced(goal[source], with_data_sets=row.source_fields[source]):
        return False
    state = type(row)._base_manager.filter(pk=row.pk).values(*group).first() or {}
    entries = HistoryEntry.objects.get_for_model(type(row)).select_related("content_type").order_by("-pk")
    updates = entries.filter(object_id=row.pk, action=HistoryEntry.Action.UPDATE, changes__has_any_keys=group)
    for _, of_edit in groupby(updates, key=lambda entry: entry.edit_id):  # within an edit nothing was judged
        state |= {name: entry.before(name) for entry in of_edit for name in entry.changes.keys() & {*group}}
        if all((state[name] or "") == goal[name] for name in group):
            return bool(goal[source]) and (not status or goal[status] in STATED)
    return False


def of_parent(model: type[Recorded], parent: models.Model) -> models.Q:
    """Return the condition that an entry is of a row of `model` that belonged to `parent`, where such rows do."""
    is_child = model.belongs_to == parent._meta.model_name
    return models.Q(edit__subject_id=parent.pk) if is_child else models.Q()


def who_deleted(model: type[models.Model], pk: Any, among: models.Q) -> str:
    """Return who deleted a row, for a colleague to read; empty where nobody did, or not among these entries."""
    if not str(pk).isdecimal() or len(str(pk)) > MOST_DIGITS:
        return ""
    entries = HistoryEntry.objects.get_for_model(model).filter(among, object_id=pk)
    entry = entries.filter(action=HistoryEntry.Action.DELETE).select_related("edit__actor", "edit__reviewer").first()
    return entry.edit.who if entry else ""
