"""Whether what the record says of places and bodies has a source that everybody may look up: for `check_record`.

Only what readers are told is looked at: what isn't verified is found by, never said.
"""

from collections.abc import Iterator
from itertools import combinations

from ..models import (
    Alias,
    Citation,
    Division,
    HistoryEntry,
    Ministry,
    Notice,
    Place,
    Province,
    Region,
    System,
    Topic,
    Verification,
)
from ..models.history import is_edited
from ..models.names import ITS_OWN
from ..models.sources import source_problems

ENGLISH = (Region, Province, System, Topic, Ministry)  # have a name in English


def problems() -> Iterator[str]:
    """Yield what is said without a source, with one that is none, or more exactly than its source, a line each."""
    yield from _aliases()
    yield from _areas()
    yield from _units()
    yield from _divisions()
    yield from _ministries()
    yield from _notices()
    yield from _citations()
    yield from _english_names()


def notes() -> Iterator[str]:
    """Yield what officials may leave so, and readers aren't told, a line each."""
    for region in Region.objects.all():
        if _is_remark_left(region):
            yield f"地区 {region} 的说明没有出处，不公开显示。"
        if _is_left_behind(region):
            yield f"地区 {region} 的现名还是更正以前的名称“{region.name_now}”，没有出处，不公开显示。"
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


def _aliases() -> Iterator[str]:
    for alias in Alias.objects.select_related("region"):
        if alias.source:
            yield from (f"{alias.region} 的别名“{alias}”：{text}" for text in source_problems(alias.source))
        if alias.kind in ITS_OWN and alias.name in (alias.region.name, alias.region.short_name):
            yield f"{alias.region} 的别名“{alias}”就是它自己的名称，不是{alias.get_kind_display()}。"


def _areas() -> Iterator[str]:
    for region in Region.objects.all():
        of = f"地区 {region} 的"
        is_verified, is_other = region.name_now_status == Verification.VERIFIED, region.name_now != region.name
        if is_verified and (is_other or region.renaming) and not _is_left_behind(region):
            yield from (f"{of}现名：{text}" for text in source_problems(region.renaming_source))
        if region.is_kind_verified or region.kind_source:
            yield from (f"{of}类型：{text}" for text in source_problems(region.kind_source, with_data_sets=True))
        if region.remark and not _is_remark_left(region):
            yield from (f"{of}说明：{text}" for text in source_problems(region.remark_source, with_data_sets=True))
        if (region.renamed_precision and region.renamed_on) or region.is_dated_beyond_source(region.renaming):
            yield f"{of}更名日期比出处精确：出处只到{region.get_renamed_precision_display()}。"


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


def _units() -> Iterator[str]:
    places = {place.code: place for place in Place.objects.all()}
    for unit in Province.objects.select_related("parent"):
        yield from (f"{unit}：{text}" for _, text in unit.problems(places))


def _divisions() -> Iterator[str]:
    places = {place.code: place for place in Place.objects.all()}
    for division in Division.objects.select_related("region__province__parent").prefetch_related("region__partners"):
        for _, text in division.code_problems(places):
            yield f"{division.region} 的行政区划 {division}：{text}"
        if division.is_stated:
            for text in source_problems(division.source, with_data_sets=True):
                yield f"{division.region} 的行政区划 {division}：{text}"
            if division.has_unsourced_day:
                yield f"{division.region} 的行政区划 {division}：说明中的日期比出处精确，或没有出处。"


def _ministries() -> Iterator[str]:
    for ministry in Ministry.objects.all():
        if ministry.full_name_source or (ministry.is_full_name_verified and not _is_full_name_left(ministry)):
            yield from (f"发文机关 {ministry} 的全称：{text}" for text in source_problems(ministry.full_name_source))
        if ministry.is_renamed or ministry.change:
            yield from (f"发文机关 {ministry} 的变化：{text}" for text in source_problems(ministry.change_source))


def _notices() -> Iterator[str]:
    for notice in Notice.objects.all():
        is_filled = any(getattr(notice, name) for name in notice.CATALOGUE)
        if notice.catalogue_source or (is_filled and not _is_catalogue_left(notice)):
            yield from (f"通知 {notice} 的目录信息：{text}" for text in source_problems(notice.catalogue_source))


def _is_catalogue_left(notice: Notice) -> bool:
    """Return whether an official wrote what a catalogue says, and no source for it: no page tells it then."""
    names = (*notice.CATALOGUE, "catalogue_source")
    return not notice.catalogue_source and any(is_edited(notice, name) for name in names)


def _is_full_name_left(ministry: Ministry) -> bool:
    """Return whether an official verified a full name and gave no source for it: no page tells it then."""
    return not ministry.full_name_source and is_edited(ministry, "is_full_name_verified")


def _citations() -> Iterator[str]:
    for one, other in combinations(Citation.objects.select_related("notice"), 2):
        if one.notice_id == other.notice_id and one.is_same_as(other):
            yield f"{one.notice} 的引用文件 {one} 和 {other} 是同一份文件，只列一次。"


def _english_names() -> Iterator[str]:
    for model in ENGLISH:
        for row in model.objects.exclude(name_en_source=""):
            label = f"{model._meta.verbose_name} {row} 的英文名称"
            yield from (f"{label}：{text}" for text in source_problems(row.name_en_source))
