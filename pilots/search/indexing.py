"""The index in step with the record: an entry is written in the transaction that changes what it describes.

However a row is written (the admin, `save()`, `loaddata`, a link, a cascade), the things whose entries it bears on
are worked out before and after, and their entries written again; an error stops the save. `models.together()` gathers
a form's many rows into one writing.
"""

import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from django.db import DatabaseError, connection, models, transaction
from django.db.models import Q
from django.db.models.signals import m2m_changed, post_delete, post_migrate, post_save, pre_delete, pre_save
from django.urls import NoReverseMatch

from ..http import outages
from ..models import (
    Citation,
    Ministry,
    Notice,
    Priority,
    Proposal,
    Province,
    Region,
    Report,
    ReportLine,
    ReportState,
    SearchChange,
    SearchEntry,
    Section,
    Signature,
    System,
    Term,
    Topic,
    is_drafted,
)
from ..models.recorded import is_of_region
from ..models.tracking import Tracked, put_off, rows_settled
from . import index
from .documents import KINDS

Thing = tuple[str, int | None]  # kind and primary key; None for all of the kind
KEPT_CHANGES = 1_000
MANY = 100  # things written at once, after which the index is put together: a load of the record
_LOCK = 0x7069_6C6F  # any number that nobody else locks
_OWN_KIND = {
    Region: "region",
    Province: "province",
    Topic: "topic",
    System: "system",
    Ministry: "ministry",
    Notice: "notice",
    Section: "section",
    Citation: "citation",
    Term: "term",
}


def affected(model: type[models.Model], pks: Iterable[int]) -> set[Thing]:
    """Return the things whose entries rows of `model` bear on; rows of reports that aren't public bear on none, and
    are there themselves, as what no reader sees."""
    model, pks = model._meta.concrete_model or model, list(pks)
    if model in (Report, ReportLine):
        rows = model._base_manager.filter(pk__in=pks)
        public = rows.filter(**{"state" if model is Report else "report__state": ReportState.PUBLISHED})
        things: set[Thing] = {("region", pk) for pk in public.values_list("region", flat=True)}
        return things or {(SearchChange.INTERNAL, pk) for pk in pks}
    things = {(_OWN_KIND[model], pk) for pk in pks} if model in _OWN_KIND else set()
    regions = _regions_of(model, pks)
    if regions is not None:
        things |= {("region", pk) for pk in regions.order_by().values_list("pk", flat=True)}
    if model is Signature:
        signatures = Signature.all_objects.filter(pk__in=pks)
        things |= {("ministry", pk) for pk in signatures.values_list("ministry", flat=True)}
    if model is Notice:
        things |= {("section", pk) for pk in Section.objects.filter(notice__in=pks).values_list("pk", flat=True)}
    if model in (Notice, Section):
        of = Citation.objects.filter(Q(section__in=pks) if model is Section else Q(notice__in=pks))
        things |= {("citation", pk) for pk in of.values_list("pk", flat=True)}
    return things


def _regions_of(model: type[models.Model], pks: list[int]) -> models.QuerySet | None:
    of = Region.all_objects.all()  # answers name withdrawn ones, too
    if is_of_region(model):
        return of.filter(Q(pk__in=model._base_manager.filter(pk__in=pks).values("region")))
    if model is Topic:
        return of.filter(pk__in=Priority.topics.through.objects.filter(topic__in=pks).values("priority__region"))
    if model is System:
        return of.filter(pk__in=Priority.objects.filter(system__in=pks).values("region"))
    if model is Province:
        units = list(Province.objects.filter(Q(pk__in=pks) | Q(parent__in=pks)).values_list("pk", flat=True))
        return of.in_provinces(units)
    return None


def touch(things: set[Thing]) -> None:
    """Write the entries of `things` again: now, or at the end of the surrounding `together()`."""
    if not put_off(things) and things:
        with transaction.atomic():
            write(things)


def _settle(things: set[Thing], **kwargs: Any) -> None:
    write(things)
    if len(things) > MANY and index.is_installed():
        index.compact()


def write(things: set[Thing]) -> None:
    """Write the entries of `things` again and drop those of things that are gone. In a transaction only."""
    if not things or not (things := things - _of_drafts()):
        return
    if connection.vendor == "postgresql":  # changes are numbered in the order of commits; SQLite has one writer
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    for kind, build in KINDS.items():
        pks: set[Any] = {pk for thing_kind, pk in things if thing_kind == ("region" if kind == "after" else kind)}
        if None in pks:
            SearchEntry.objects.filter(kind=kind).delete()
            _upsert(build(None))
        elif pks:
            entries = list(build(pks))
            SearchEntry.objects.filter(kind=kind, object_id__in=pks - {entry.object_id for entry in entries}).delete()
            _upsert(entries)
    changed = things if len(things) <= KEPT_CHANGES // 2 else {("all", None)}
    token = uuid.uuid4().hex
    changes = [SearchChange(kind=kind, object_id=pk, token=token) for kind, pk in sorted(changed, key=str)]
    last = SearchChange.objects.bulk_create(changes)[-1].pk
    public = SearchChange.objects.exclude(kind=SearchChange.INTERNAL).order_by("-pk")[:1]
    SearchChange.objects.filter(pk__lte=last - KEPT_CHANGES).exclude(pk__in=public.values("pk")).delete()


def _of_drafts() -> set[Thing]:
    """Return what belongs to drafts: it is no part of the record yet, so no write of it makes another version."""
    drafts = list(Notice._base_manager.filter(is_draft=True).values_list("pk", flat=True))
    things: set[Thing] = {("notice", pk) for pk in drafts}
    for model in (Region, Section, Citation) if drafts else ():
        rows = model._base_manager.filter(notice__in=drafts).values_list("pk", flat=True)
        things |= {(_OWN_KIND[model], pk) for pk in rows}
    return things


def _upsert(entries: Iterable[SearchEntry]) -> None:
    SearchEntry.objects.bulk_create(
        entries,
        batch_size=200,
        update_conflicts=True,
        unique_fields=["kind", "object_id"],
        update_fields=["title", "url", "card", "names", "head", "body", "themes"],
    )


def rebuild() -> int:
    """Write every entry again from the record, and return how many there are; where its tables don't take them, in
    new ones."""
    try:
        return _rebuild()
    except DatabaseError as error:
        if outages.of(error) is not outages.INDEX and "ON CONFLICT" not in str(error):
            raise
    tables = connection.introspection.table_names()
    with connection.schema_editor() as editor:
        for model in (SearchEntry, SearchChange):
            if model._meta.db_table in tables:
                editor.delete_model(model)
            editor.create_model(model)
    return _rebuild()


def _rebuild() -> int:
    with transaction.atomic():
        index.remove()  # a damaged one would refuse what is written
        SearchEntry.objects.exclude(kind__in=KINDS).delete()
        write({(kind, None) for kind in KINDS if kind != "after"})  # which goes with areas
        index.install()
    return SearchEntry.objects.count()


def problems() -> list[str]:
    """Return what is wrong with the index, a line each: not installed, or entries that don't fit the record."""
    damaged = ["检索索引不完整或已损坏：请运行 rebuild_search。"]
    try:
        with transaction.atomic():
            is_filled = SearchChange.objects.last() and SearchEntry.objects.last()
        if not is_filled or not index.is_installed() or not index.is_sound():
            return damaged
    except DatabaseError as error:
        if (outage := outages.of(error)) is None:
            raise
        return damaged if outage is outages.INDEX else [f"检索索引没有核对：{outage.title}。解决以后请再核对一次。"]
    try:
        stale = _stale()
    except NoReverseMatch:  # its row is named for itself
        return ["检索条目没有核对：有的地址名不成网址。改正以后请再核对一次。"]
    return [f"检索条目有 {stale} 个与记录不符：请运行 rebuild_search。"] if stale else []


def _stale() -> int:
    """Return how many entries aren't what the record says, are missing or left over."""
    columns = ("title", "url", "card", "names", "head", "body", "themes")
    stale = 0
    for kind, build in KINDS.items():
        rows = {entry.object_id: entry for entry in SearchEntry.objects.filter(kind=kind)}
        for entry in build(None):
            old = rows.pop(entry.object_id, None)
            fresh = {**vars(entry), "card": _as_json(entry.card)}
            stale += old is None or any(getattr(old, name) != fresh[name] for name in columns)
        stale += len(rows)
    return stale


def is_complete() -> bool:
    """Return whether each kind has as many entries as things, and the record a version, on which every page hangs.
    One statement."""
    sums: Counter[str] = Counter()
    with connection.cursor() as cursor:
        cursor.execute(*_counts())
        for kind, number in cursor:
            sums[kind] += number
    return sums.pop("change", 0) > 0 and not any(sums.values())


@cache  # building it takes six times as long as asking
def _counts() -> tuple[str, Sequence[Any]]:
    """Return the statement that says how many things of each kind there are, and how many entries, as negatives."""
    entries = SearchEntry.objects.order_by().values(of=models.F("kind")).annotate(number=-models.Count("pk"))
    things = [
        model._default_manager.order_by().values(of=models.Value(kind)).annotate(number=models.Count("pk"))
        for model, kind in (*_OWN_KIND.items(), (Region, "after"))
        if kind in KINDS
    ]
    changes = SearchChange.objects.values(of=models.Value("change")).annotate(number=models.Count("pk"))
    return entries.union(*things, changes, all=True).query.sql_with_params()


def _as_json(value: Any) -> Any:
    """Return `value` as JSON gives it back: tuples become lists."""
    if isinstance(value, dict):
        return {key: _as_json(item) for key, item in value.items()}
    return [_as_json(item) for item in value] if isinstance(value, list | tuple) else value


# Below: who tells us.


def _before(sender: type[models.Model], instance: models.Model, **kwargs: Any) -> None:
    instance.__dict__["_affected"] = affected(sender, [instance.pk]) if instance.pk is not None else set()


def _before_delete(sender: type[models.Model], instance: models.Model, **kwargs: Any) -> None:
    if not is_drafted(instance):
        _before(sender, instance)


def _after_save(sender: type[models.Model], instance: models.Model, **kwargs: Any) -> None:
    """What hangs on an area names it: no need to ask, but of reports, whether they are public."""
    region = None if isinstance(instance, Report | ReportLine) else getattr(instance, "region_id", None)
    things = {("region", region)} if region else affected(sender, [instance.pk])
    touch(instance.__dict__.pop("_affected", set()) | things)


def _after_delete(sender: type[models.Model], instance: models.Model, **kwargs: Any) -> None:
    touch(instance.__dict__.pop("_affected", set()))


def _link_changed(
    sender: type[models.Model],
    instance: models.Model,
    action: str,
    model: type[models.Model],
    pk_set: set | None,
    **kwargs: Any,
) -> None:
    """What a link bears on is worked out before it is cut or made, and again after, from both of its ends."""
    if not isinstance(instance, Tracked):
        return
    region = getattr(instance, "region_id", None)
    things: set[Thing] = {("region", region)} if region else affected(type(instance), [instance.pk])
    if model._meta.concrete_model in (Priority, Region):  # told from the topic's, system's or province's end
        things |= affected(model, pk_set or _linked(sender, instance, model))
    if action.startswith("pre_"):
        instance.__dict__["_linked"] = things
    else:
        touch(things | instance.__dict__.pop("_linked", set()))


def _linked(through: type[models.Model], instance: models.Model, model: type[models.Model]) -> list[int]:
    source_column, other = (
        next(field.attname for field in through._meta.fields if field.related_model is target)
        for target in (type(instance)._meta.concrete_model, model._meta.concrete_model)
    )
    return list(through._base_manager.filter(**{source_column: instance.pk}).values_list(other, flat=True))


def _after_answer(instance: Proposal, **kwargs: Any) -> None:
    """Nobody finds a reader's correction by searching, but pages and feeds that tell of it hang on the version."""
    if instance.is_public:
        touch({("proposal", instance.pk)})


def _after_migrate(using: str, **kwargs: Any) -> None:
    """Put back what a migration of the entries' table took away, and fill what it emptied."""
    if using == connection.alias and "pilots_searchentry" in connection.introspection.table_names():
        if not index.is_installed():
            index.install()
        if not SearchEntry.objects.filter(kind="after").exists() and Region.objects.exists():  # the newest kind
            rebuild()


def follow(model: type[models.Model]) -> None:
    """Follow every write through `model`, which may be a proxy: Django's signals name the class that was used."""
    pre_save.connect(_before, sender=model)
    post_save.connect(_after_save, sender=model)
    pre_delete.connect(_before_delete, sender=model)
    post_delete.connect(_after_delete, sender=model)


def connect(app_config: Any) -> None:
    """Start following the record; called once, when the app is ready."""
    for model in app_config.get_models():
        if issubclass(model, Tracked):
            follow(model)
    m2m_changed.connect(_link_changed)
    post_save.connect(_after_answer, sender=Proposal)
    rows_settled.connect(_settle)
    post_migrate.connect(_after_migrate, sender=app_config)
