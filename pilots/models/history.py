"""What was changed, by whom, when, from where and why: written once, never rewritten (see `history.append_only`)."""

import datetime
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from auditlog.models import AbstractLogEntry, LogEntryManager
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.formats import date_format

from .divisions import Division
from .notice import Citation, Notice, Section, Signature
from .places import Region
from .priorities import Priority
from .sources import STATED

_edit: ContextVar[dict[str, Any] | None] = ContextVar("edit", default=None)

# What readers see a record of, and the field by which other rows belong to one.
SUBJECTS = ("notice", "region", "province", "ministry", "topic", "system")
BELONGS_TO = {
    "section": "notice",
    "citation": "notice",
    "signature": "notice",
    "priority": "region",
    "division": "region",
    "alias": "region",
}
UNITS = {"section": "段", "signature": "位", "priority": "项"}  # of lines that are called by their number
# Aliases and terms only help to find; a former address shows its own reason.
NOT_PUBLIC = {"alias", "term", "formeraddress"}
INTERNAL_FIELDS = {"region": {"internal_note"}, "priority": {"classification_note"}}
KIND = {"kind", "kind_label", "kind_source"}
FULL_NAME = {"full_name", "full_name_source"}
REMARK = {"remark", "remark_source"}
SHOWN_IF_VERIFIED = {"name_now", "renamed_on", "renamed_precision", "renaming", "renaming_source"}
CATALOGUE = {*Notice.CATALOGUE, "catalogue_source"}
# Facts that a row's property says whether readers are told.
SHOWN_IF = {
    "notice": [(CATALOGUE, "catalogue")],
    "region": [(SHOWN_IF_VERIFIED, "shows_name_now"), (REMARK, "shown_remark"), (KIND, "verified_kind")],
    "ministry": [(FULL_NAME, "verified_full_name")],
}

MOST_DIGITS = 18  # of a primary key: more than one can have, or Python reads


@contextmanager
def editing(**details: Any) -> Iterator[None]:
    """Say of everything written in the block who does it, from where and why: one edit.

    `said`: `actor` (a user or None), `remote_addr` (text or None), `reason` (text).
    """
    token = _edit.set(details | {"cid": uuid.uuid4().hex})
    try:
        yield
    finally:
        _edit.reset(token)


def is_public_field(model: type[models.Model], name: str) -> bool:
    """Return whether readers may ever see field `name` of `model`."""
    kind = model._meta.model_name
    return kind not in NOT_PUBLIC and name not in INTERNAL_FIELDS.get(kind, ())


def is_shown(row: models.Model, name: str) -> bool:
    """Return whether readers see field `name` of `row` now: facts that aren't verified are not shown to them."""
    kind = row._meta.concrete_model._meta.model_name
    if not is_public_field(row._meta.concrete_model, name):
        return False
    if kind == "division":
        return row.is_shown or name == "verification"
    return all(getattr(row, condition) for names, condition in SHOWN_IF.get(kind, ()) if name in names)


def _display(field: models.Field, value: Any) -> str:
    """Return a recorded value as people read it; empty for none."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if field.many_to_one:
        return str(field.related_model._base_manager.filter(pk=value).first() or "（已删除）")
    if isinstance(field, models.DateField):
        return date_format(datetime.date.fromisoformat(str(value)[:10]), "Y年n月j日")
    return str(dict(field.flatchoices or ()).get(value, value))


def _before(row: models.Model, changes: dict[str, Any]) -> models.Model:
    """Return the row as it was before `changes` of its own fields."""
    was = type(row)(**{field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields})
    for name, change in changes.items():
        field = row._meta.get_field(name)
        if not field.many_to_many:
            setattr(was, field.attname, None if change[0] in (None, "None") else field.to_python(change[0]))
    return was


def _revealed(row: models.Model, changes: dict[str, Any]) -> set[str]:
    """Return the fields of a row that readers see since `changes`, and didn't before: their source was given."""
    was = _before(row, changes)
    place = {"id", "position", BELONGS_TO.get(row._meta.concrete_model._meta.model_name)}
    names = {field.name for field in row._meta.concrete_fields} - place
    return {name for name in names if is_shown(row, name) and not is_shown(was, name)}


def _lines(row: models.Model, changes: dict[str, Any], revealed: set[str]) -> Iterator[dict[str, Any]]:
    """Yield what changed in words: the field's name and label, before and after, whether readers may see it.

    revealed: fields that readers see from now on; those that say something are told, changed or not.
    """
    order = {field.name: n for n, field in enumerate((*row._meta.concrete_fields, *row._meta.many_to_many))}
    stays = {name: 2 * [getattr(row, row._meta.get_field(name).attname)] for name in revealed - set(changes)}
    changes = changes | {name: values for name, values in stays.items() if values[0]}
    for name in sorted(changes, key=lambda name: order[name]):
        field, change = row._meta.get_field(name), changes[name]
        if field.many_to_many:
            before, after = ("、".join(label for _, label in change[side]) for side in ("before", "after"))
        else:
            before, after = (_display(field, value) for value in change)
        line = {"field": name, "label": str(field.verbose_name), "before": before, "after": after}
        yield line | {"public": is_shown(row, name)} | ({"is_revealed": True} if name in revealed else {})


def _about(row: models.Model, changes: dict[str, Any], *, is_new: bool) -> dict[str, Any]:
    """Return which record a change is part of, and what it says. is_new: the row was made or deleted, as a whole."""
    kind = row._meta.concrete_model._meta.model_name
    parent = BELONGS_TO.get(kind, "")
    lines = list(_lines(row, changes, set() if is_new else _revealed(row, changes)))
    return {
        "subject_kind": parent or (kind if kind in SUBJECTS else ""),
        "subject_id": getattr(row, f"{parent}_id") if parent else row.pk,
        "lines": lines,
        "is_public": any(line["public"] for line in lines),
    }


class HistoryManager(LogEntryManager):
    """Writes an entry where auditlog notices a change, with what the edit says of itself."""

    def log_create(self, instance: models.Model, force_log: bool = False, **kwargs: Any) -> "HistoryEntry | None":
        if not kwargs.get("changes"):
            return None
        is_new = kwargs.get("action") != self.model.Action.UPDATE
        values = (_edit.get() or {}) | _about(instance, kwargs["changes"], is_new=is_new)
        return super().log_create(instance, force_log, **values | kwargs)

    def for_subject(self, kind: str, pk: int) -> models.QuerySet:
        """Return what readers may know of the changes of one record, newest first."""
        return self.public().filter(subject_kind=kind, subject_id=pk)

    def public(self) -> models.QuerySet:
        """Return what readers may know of, newest first, but not who did it from where.

        Of an area or a line of a record that is withdrawn, that it was withdrawn, and nothing else. Of a division
        that isn't verified, that it was, where it was.
        """
        withdrawing = Q(
            content_type__app_label="pilots", content_type__model="region", changes__has_key="withdrawn_on"
        )
        of_withdrawn = Q(subject_kind="region", subject_id__in=_withdrawn(Region))
        entries = self.filter(is_public=True).exclude(of_withdrawn & ~withdrawing)
        for model in (Section, Citation, Signature, Priority, Division):
            kind = Q(content_type__app_label="pilots", content_type__model=model._meta.model_name)
            withdrawal = Q(changes__has_key="withdrawn_on")
            entries = entries.exclude(kind & ~withdrawal & Q(object_id__in=_withdrawn(model)))
        in_doubt = Division.all_objects.exclude(verification__in=STATED[:2]).order_by().values("pk")
        kind = Q(content_type__app_label="pilots", content_type__model="division")
        entries = entries.filter(~(kind & Q(object_id__in=in_doubt)) | Q(changes__verification__0__in=STATED[:2]))
        return entries.defer("changes", "remote_addr", "actor").order_by("-timestamp", "-pk")


def _withdrawn(model: type[models.Model]) -> models.QuerySet:
    return model.all_objects.exclude(withdrawn_on=None).order_by().values("pk")


class HistoryEntry(AbstractLogEntry):
    """One row made, changed or deleted: what auditlog keeps, the reason, and the words for it."""

    # Nobody who has a history can be deleted, only deactivated: an entry is never rewritten.
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="操作者"
    )
    content_type = models.ForeignKey(
        "contenttypes.ContentType", models.PROTECT, related_name="+", verbose_name="数据表"
    )
    # What is not needed is not kept of people.
    actor_email = None
    remote_port = None
    changes_text = None
    additional_data = None
    subject_kind = models.CharField("所属记录的种类", max_length=20, blank=True)
    subject_id = models.BigIntegerField("所属记录的主键")
    reason = models.CharField("更正说明", max_length=200, blank=True)
    lines = models.JSONField("改动", default=list)
    is_public = models.BooleanField("公开", default=False)

    objects = HistoryManager()

    class Meta:
        verbose_name = verbose_name_plural = "修改历史"
        ordering = ["-timestamp", "-pk"]
        get_latest_by = "timestamp"
        indexes = [
            models.Index(fields=["subject_kind", "subject_id", "-timestamp"], name="history_of_a_subject"),
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
            unit = UNITS.get(self.content_type.model)
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

    @property
    def who(self) -> str:
        """Who wrote it; never for readers."""
        return self.actor.get_full_name() or self.actor.get_username() if self.actor else "系统"

    def before(self, name: str) -> Any:
        """Return what field `name` held before, as a form's initial value; KeyError where it wasn't changed."""
        change = self.changes[name]
        return [pk for pk, _ in change["before"]] if isinstance(change, dict) else change[0]


_LABELS = {
    "object_pk": "主键（文字）",
    "object_id": "主键",
    "object_repr": "名称",
    "serialized_data": "整行数据",
    "action": "操作",
    "changes": "改动的值",
    "cid": "同一次修改",
    "remote_addr": "网络地址",
    "timestamp": "时间",
}
for _field_name, _label in _LABELS.items():  # auditlog names its fields in English
    HistoryEntry._meta.get_field(_field_name).verbose_name = _label


def who_changed(model: type[models.Model], pk: int, name: str) -> str:
    """Return who last changed field `name` of a row, for a colleague to read."""
    entries = HistoryEntry.objects.get_for_model(model).filter(object_id=pk, changes__has_key=name)
    return _name(entries.select_related("actor").first())


def is_edited(row: models.Model, name: str) -> bool:
    """Return whether field `name` of a row is what an official made it last, as the history has it."""
    entries = HistoryEntry.objects.get_for_model(type(row)).filter(object_id=row.pk, changes__has_key=name)
    entry = entries.order_by("-timestamp", "-pk").first()
    if entry is None or entry.actor_id is None:
        return False
    if row._meta.get_field(name).many_to_many:
        return {pk for pk, _ in entry.changes[name]["after"]} == {
            related_row.pk for related_row in getattr(row, name).all()
        }
    return str(entry.changes[name][1]) == str(getattr(row, row._meta.get_field(name).attname))


def outdated_sources(row: models.Model, changed: set[str]) -> set[str]:
    """Return the fields of sources of a row whose facts were changed since, where `changed` says that they are
    verified: the source that is there isn't theirs."""
    entries = HistoryEntry.objects.get_for_model(type(row)).filter(object_id=row.pk).order_by("-timestamp", "-pk")
    outdated = set()
    for source, (status, names) in getattr(row, "sourced", {}).items():
        if status in changed:
            latest = entries.filter(changes__has_any_keys=[source, *names]).first()
            outdated |= {source} if latest and source not in latest.changes else set()
    return outdated


def of_parent(model: type[models.Model], parent: models.Model) -> models.Q:
    """Return the condition that an entry is of a row of `model` that belonged to `parent`, where such rows do."""
    is_child = BELONGS_TO.get(model._meta.model_name) == parent._meta.model_name
    return models.Q(subject_id=parent.pk) if is_child else models.Q()


def who_deleted(model: type[models.Model], pk: Any, among: models.Q) -> str:
    """Return who deleted a row, for a colleague to read; empty where nobody did, or not among these entries."""
    if not str(pk).isdecimal() or len(str(pk)) > MOST_DIGITS:
        return ""
    entries = HistoryEntry.objects.get_for_model(model).filter(among, object_id=pk)
    entry = entries.filter(action=HistoryEntry.Action.DELETE).select_related("actor").first()
    return _name(entry) if entry else ""


def _name(entry: HistoryEntry | None) -> str:
    if entry is None:
        return "他人"
    return entry.who
