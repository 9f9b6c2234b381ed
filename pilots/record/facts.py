"""Whether what the record says of places and bodies has a source that everybody may look up: for `check_record`.

Only what readers are told is looked at: what isn't verified is found by, never said.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError

from ..models import (
    Alias,
    Division,
    HistoryEntry,
    Ministry,
    Notice,
    Province,
    Region,
    RegionToVerify,
    System,
    Term,
    Topic,
    Verification,
)
from ..models.characters import cleaned, objection
from ..models.divisions import area_names
from ..models.history import is_edited
from ..models.provinces import misreadings
from ..models.recorded import Recorded, own_field, recorded_models
from ..models.sources import source_problems
from ..models.tracking import Tracked
from ..models.work_queue import CONTRADICTION

ENGLISH = (Region, Province, System, Topic, Ministry)  # have a name in English


def problems() -> Iterator[str]:
    """Yield what is wrong with the sources and with each row, a line each."""
    yield from (*unsourced(), *rules())


def unsourced() -> Iterator[str]:
    """Yield what is said without a source, with one that is none, or more exactly than its source, a line each."""
    yield from (text for _, text in unsourced_rows())


def unsourced_rows() -> Iterator[tuple[Tracked, str]]:
    """Yield the rows of which something is said so, and what, a line each."""
    for row, what, source, with_data_sets in _sources():
        yield from ((row, f"{what}：{text}") for text in source_problems(source, with_data_sets=with_data_sets))


def notes() -> Iterator[str]:
    """Yield what officials may leave so, and readers aren't told, a line each."""
    for region in Region.objects.all():
        for is_left, text in (
            (_is_remark_left(region), "说明没有出处，不公开显示。"),
            (_is_left_behind(region), f"现名还是更正以前的名称“{region.name_now}”，没有出处，不公开显示。"),
            (region.short_name not in region.name, f"短名“{region.short_name}”不是地区名称里的字。"),
        ):
            yield from [f"地区 {region} 的{text}"] if is_left else ()
        for name, text in misreadings(region):
            yield f"地区 {region} 的{own_field(region, name).verbose_name}{text}"
    in_doubt: Iterable[Any] = RegionToVerify.objects.all()
    yield from (f"地区 {row} 的{CONTRADICTION.text}" for row in in_doubt if CONTRADICTION in row.problems)
    yield from (
        f"发文机关 {ministry} 的全称没有出处，不公开显示。"
        for ministry in Ministry.objects.filter(is_full_name_verified=True)
        if _is_full_name_left(ministry)
    )
    yield from (
        f"通知 {notice} 的目录信息没有出处，不公开显示。"
        for notice in Notice.objects.all()
        if _is_catalogue_left(notice)
    )
    for model in ENGLISH:
        for row in model.objects.filter(name_en=""):
            yield f"{model._meta.verbose_name} {row} 没有写英文名称。"


def rules() -> Iterator[str]:
    """Yield what the form of each row would refuse of it as it stands; what no row can hold the database refuses."""
    yield from (text for model in recorded_models() for _, text in refused_rows(model))


def refused_rows(model: type[Recorded], **condition: Any) -> Iterator[tuple[Tracked, str]]:
    """Yield the rows of a model that meet a condition and what their form would refuse, a line each."""
    links = [field.name for field in model._meta.concrete_fields if field.is_relation]
    units = ["region__province__parent", "region__partners__parent"] if model in (Alias, Division) else []
    units += ["region__divisions"] if units else ["aliases", "divisions"] if model is Region else []
    names = area_names() if model is Term else set()
    rows: Any = model._default_manager
    for row in rows.filter(**condition).select_related(*links).prefetch_related(*units):
        if isinstance(row, Term):
            row.area_names = names
        owner = f"{getattr(row, model.belongs_to)} 的" if model.belongs_to else ""
        for name, text in _refusals(row, links):
            label = f" 的{own_field(row, name).verbose_name}" if name != NON_FIELD_ERRORS else ""
            yield row, f"{owner}{model._meta.verbose_name} {row}{label}：{text}"


def _refusals(row: Tracked, links: list[str]) -> Iterator[tuple[str, str]]:
    for ask in (lambda: row.clean_fields(exclude=links), row.clean):
        try:
            ask()
        except ValidationError as error:
            yield from ((name, text) for name, texts in error.message_dict.items() for text in texts)
    yield from row.row_problems()
    for field in row._meta.concrete_fields:
        if isinstance(text := getattr(row, field.name), str) and (cleaned(text) != text or objection(text)):
            yield field.name, objection(text) or "有看不见的字符。"


def _sources() -> Iterator[tuple[Tracked, str, str, bool]]:
    """Yield the row, what is said, the source that it has or should have, and whether a data set is one."""
    aliases = Alias.objects.select_related("region")
    yield from ((row, f"{row.region} 的别名“{row}”", row.source, False) for row in aliases if row.source)
    yield from _of_areas()
    divisions = Division.objects.select_related("region")
    yield from ((row, f"{row.region} 的行政区划 {row}", row.source, True) for row in divisions if row.is_stated)
    yield from _of_ministries()
    for notice in Notice.objects.all():
        is_filled = any(getattr(notice, name) for name in notice.CATALOGUE)
        if notice.catalogue_source or (is_filled and not _is_catalogue_left(notice)):
            yield notice, f"通知 {notice} 的目录信息", notice.catalogue_source, False
    for model in ENGLISH:
        for row in model.objects.exclude(name_en_source=""):
            yield row, f"{model._meta.verbose_name} {row} 的英文名称", row.name_en_source, False
    for topic in Topic.objects.exclude(definition=""):
        yield topic, f"主题 {topic} 的释义", topic.definition_source, False


def _of_areas() -> Iterator[tuple[Tracked, str, str, bool]]:
    for region in Region.objects.all():
        of = f"地区 {region} 的"
        is_verified, is_other = region.name_now_status == Verification.VERIFIED, region.name_now != region.name
        if is_verified and (is_other or region.renaming) and not _is_left_behind(region):
            yield region, f"{of}现名", region.renaming_source, False
        if region.is_kind_verified or region.kind_source:
            yield region, f"{of}类型", region.kind_source, True
        if region.remark and not _is_remark_left(region):
            yield region, f"{of}说明", region.remark_source, True


def _is_left_behind(region: Region) -> bool:
    """Return whether a verified name of today is but the name as it was before an official corrected it.

    No page tells it then; it was never a later name, and has no source to give.
    """
    is_plain = not region.renaming and not region.renaming_source
    if region.name_now == region.name or region.name_now_status != Verification.VERIFIED or not is_plain:
        return False
    entries = HistoryEntry.objects.get_for_model(Region).filter(object_id=region.pk, changes__has_key="name")
    return any(entry.changes["name"][0] == region.name_now for entry in entries.exclude(edit__actor=None))


def _is_remark_left(region: Region) -> bool:
    """Return whether an official wrote a remark and no source for it: no page tells it then."""
    is_left = bool(region.remark) and not region.remark_source
    return is_left and any(is_edited(region, name) for name in ("remark", "remark_source"))


def _of_ministries() -> Iterator[tuple[Tracked, str, str, bool]]:
    for ministry in Ministry.objects.all():
        if ministry.full_name_source or (ministry.is_full_name_verified and not _is_full_name_left(ministry)):
            yield ministry, f"发文机关 {ministry} 的全称", ministry.full_name_source, False
        if ministry.is_renamed or ministry.change:
            yield ministry, f"发文机关 {ministry} 的变化", ministry.change_source, False


def _is_catalogue_left(notice: Notice) -> bool:
    """Return whether an official wrote what a catalogue says, and no source for it: no page tells it then."""
    names = (*notice.CATALOGUE, "catalogue_source")
    return not notice.catalogue_source and any(is_edited(notice, name) for name in names)


def _is_full_name_left(ministry: Ministry) -> bool:
    """Return whether an official verified a full name and gave no source for it: no page tells it then."""
    return not ministry.full_name_source and is_edited(ministry, "is_full_name_verified")
