"""The region list as a table: the areas that a filter leaves, in its order, one row an area or one a priority."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from django.db.models import Prefetch
from django.utils import timezone

from pilots.filters import SORTS, RegionFilter
from pilots.issued import Issued
from pilots.models import HistoryEntry, Notice, Priority, Region
from pilots.models.history import is_shown
from pilots.models.received import ADDED

from .dictionary import ISSUED, OWN, Item, corrections, issued_of, names, of_field

ROWS = ("regions", "priorities")  # what a row may be; the first, unless asked
CHUNK = 2_000  # areas that are fetched at a time, with everything of them
# What a row of the list is made of: a change of anything else doesn't touch it.
MODELS = ("region", "priority", "division", "province", "system", "topic", "notice")


@dataclass
class Listing:
    """A filter's areas as a table. base: scheme and host. by: `regions` or `priorities`. has_bom: of CSV alone."""

    filterset: RegionFilter
    base: str
    by: str = "regions"
    has_bom: bool = True

    @property
    def title(self) -> str:
        return str((Priority if self.by == "priorities" else Region)._meta.verbose_name)

    @cached_property
    def items(self) -> list[Item]:
        """The columns; what was issued is read once for all of them."""
        return (_of_priority if self.by == "priorities" else _of_region)(self.base)

    def rows(self) -> Iterator[Region | Priority]:
        """Yield what the columns are of, in the list's order."""
        for region in _regions(self.filterset):
            if self.by == "regions":
                yield region
                continue
            for priority in region.priorities.all():
                priority.region = region
                yield priority

    @property
    def words(self) -> str:
        """The filter and the order, in words."""
        filterset, answer = self.filterset, self.filterset.answer
        said = [filterset.words or "全部", f"按{SORTS[filterset.sort]}排列"]
        if answer and answer.is_classified:
            said.append("按本站归类和区划找到")
        if answer and answer.stage == "loosened":
            said.append("没有完全相符的，是部分相符的结果")
        if self.by == "priorities":
            said.append("所列地区的每项重点一行")
        return "；".join(said)

    @cached_property
    def query(self) -> str:
        """The canonical query string of these rows."""
        rows, bom = "" if self.by == "regions" else self.by, "" if self.has_bom else "0"
        return self.filterset.query(rows=rows, bom=bom)


def changed_at() -> str:
    """Return when a row of the list last changed, ISO 8601 in Beijing's time; empty: not since it was put up."""
    entries = HistoryEntry.objects.filter(is_public=True, content_type__model__in=MODELS)
    last = entries.order_by("-timestamp").values_list("timestamp", flat=True).first()
    return timezone.localtime(last).isoformat(timespec="seconds") if last else ""


def _regions(filterset: RegionFilter) -> Iterator[Region]:
    pks = filterset.selection()[:]
    lines = Priority.objects.select_related("system").prefetch_related("also_systems", "topics").order_by("number")
    regions = Region.objects.select_related("notice", "province").prefetch_related(
        "partners", "divisions", Prefetch("priorities", lines)
    )
    for start in range(0, len(pks), CHUNK):
        found = regions.in_bulk(pks[start : start + CHUNK])
        yield from (found[pk] for pk in pks[start : start + CHUNK] if pk in found)


def _of_region(base: str) -> list[Item]:
    def field(name: str, **said: Any) -> Item:
        return of_field(Region, name, **said)

    return [
        field("slug", label="slug", meaning="地区的地址名，各种格式中都以它为准，定后不改。"),
        Item("url", "url", "string", "地区页面的地址。", lambda region: f"{base}{region.get_absolute_url()}"),
        field("serial"),
        field("name"),
        field("is_issued"),
        field("short_name"),
        field("kind", value=lambda region: region.get_kind_display(), meaning=OWN),
        field("is_kind_verified"),
        Item("provinces", "所在省级单位", "list", "跨省地区列出全部，首列的在前。", lambda row: names(row.provinces)),
        field("name_now", meaning="只列已核实的。"),
        field("renamed_on"),
        field("renaming"),
        Item("divisions", "行政区划", "list", "印发时名称，已核实或通行说法。", _each("name_then")),
        Item("codes_then", "印发时代码", "list", "GB/T 2260，2015年底，与行政区划的次序一致。", _each("code_then")),
        Item("codes_now", "现代码", "list", "GB/T 2260 现行代码，与行政区划的次序一致。", _each("code_now")),
        field("open_points"),
        field("remark"),
        *_of_notice(_notice_of_region),
        Item("priority_count", "重点项数", "integer", "", lambda row: len(row.priorities.all())),
        Item("priorities", "制度创新重点", "list", "通知原文，一项一行，编号在前。", _lines, mark="\n"),
        Item("systems", "制度", "list", f"各项重点主要归入的制度。{OWN}", _themes(lambda line: [line.system])),
        Item("topics", "主题", "list", f"各项重点的主题。{OWN}", _themes(lambda line: line.topics.all())),
        *_corrections_of_region(),
    ]


def _corrections_of_region() -> list[Item]:
    issued = Issued()

    def lines(region: Region) -> list[str]:
        words = ((line.number, issued.words(line, ["text"])) for line in region.priorities.all())
        return [f"{number}.{found['text']}" for number, found in words if found]

    return corrections(
        [
            issued_of(Region, "name", issued),
            Item("priorities_issued", "制度创新重点（印发原文）", "list", f"{ISSUED}编号在前。", lines, mark="\n"),
            _notice_number_issued(issued, _notice_of_region),
        ]
    )


def _of_priority(base: str) -> list[Item]:
    def field(name: str, **said: Any) -> Item:
        return of_field(Priority, name, **said)

    def of_region(name: str, **said: Any) -> Item:
        return of_field(Region, name, value=lambda priority: getattr(priority.region, name), **said)

    return [
        of_region("slug", label="slug", meaning="地区的地址名，各种格式中都以它为准，定后不改。"),
        Item("url", "url", "string", "这项重点的地址。", lambda row: f"{base}{row.get_absolute_url()}"),
        of_region("serial"),
        of_region("name"),
        Item("provinces", "所在省级单位", "list", "跨省地区列出全部，首列的在前。", _provinces_of_priority),
        field("number"),
        replace(field("is_issued"), value=lambda row: row.is_issued and row.region.is_issued),
        field("text", label="制度创新重点", meaning="通知原文，去掉编号和句末标点。"),
        field("system", value=lambda priority: priority.system.name),
        field("also_systems", value=lambda priority: names(priority.also_systems.all())),
        field("topics", value=lambda priority: names(priority.topics.all())),
        field("confidence", value=lambda priority: priority.get_confidence_display(), meaning=OWN),
        *_of_notice(_notice_of_priority),
        *_corrections_of_priority(),
    ]


def _corrections_of_priority() -> list[Item]:
    issued = Issued()
    return corrections(
        [
            issued_of(Region, "name", issued, lambda priority: priority.region),
            replace(issued_of(Priority, "text", issued), label="制度创新重点（印发原文）"),
            _notice_number_issued(issued, _notice_of_priority),
        ]
    )


def _notice_of_region(region: Region) -> Notice:
    return region.notice


def _notice_of_priority(priority: Priority) -> Notice:
    return priority.region.notice


def _notice_number_issued(issued: Issued, notice_of: Any) -> Item:
    return replace(issued_of(Notice, "number", issued, notice_of), name="notice_number_issued")


def _of_notice(reach: Any) -> list[Item]:
    return [
        replace(of_field(Notice, "number", lambda row: reach(row).number), name="notice_number"),
        of_field(Notice, "issued_on", lambda row: reach(row).issued_on),
    ]


def _provinces_of_priority(priority: Priority) -> list[str]:
    return names(priority.region.provinces)


def _each(name: str) -> Any:
    """Return what the shown divisions of an area have in a field; those without it keep their place, empty."""

    def value(region: Region) -> list[str]:
        found = [getattr(row, name) if is_shown(row, name) else "" for row in region.shown_divisions]
        return found if any(found) else []

    return value


def _lines(region: Region) -> list[str]:
    lines = region.priorities.all()
    return [f"{line.number}.{line.text}{'' if line.is_issued else f'（{ADDED}）'}" for line in lines]


def _themes(of: Any) -> Any:
    return lambda region: names(theme for line in region.priorities.all() for theme in of(line))
