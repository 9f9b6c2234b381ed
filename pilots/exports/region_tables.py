"""The lists of areas and of their priorities as tables: those that a filter leaves, in its order."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import compress
from typing import Any

from django.db.models import Prefetch
from django.http import QueryDict
from django.urls import reverse

from ..history.original import Issued
from ..models import Notice, Priority, Region
from ..models.received import ADDED
from ..record.comparison import Comparison
from ..search import cards
from ..search.facet_sets import Snapshot
from ..search.filters import SORTS, RegionFilter
from .columns import ISSUED, OWN, corrections, issued_of, names, of_field
from .tables import Column, Listing

PROVINCES = "跨省地区列出全部，首列的在前。"
ROWS = ("regions", "priorities")  # what a row may be; the first, unless asked
CHUNK = 2_000  # areas that are fetched at a time, with everything of them
# What a row is made of: a change of anything else doesn't touch it.
MODELS = ("region", "priority", "division", "province", "system", "topic", "notice")


def areas(
    filterset: RegionFilter, base: str, by: str = ROWS[0], *, has_every_line: bool = False, has_bom: bool = True
) -> Listing:
    """Return the areas of a filter as a list, or (`by` priorities) their lines: those that fit it, or every one."""
    switches = {"rows": "" if by == ROWS[0] else by, "lines": "all" if has_every_line else ""}
    listing = _lines(filterset, base, has_every_line) if by == "priorities" else _areas(filterset, base)
    return replace(
        listing,
        query=filterset.query(**switches, bom="" if has_bom else "0"),
        page_query=filterset.query(lines=switches["lines"]),
        has_bom=has_bom,
    )


def own(facet: str, slug: str, base: str, state: Snapshot, *, has_bom: bool = True) -> Listing:
    """Return the list of a topic's or system's lines, or of a province's areas, at an address of its own.

    facet: of RegionFilter; slug: one of its values in this state of the record.
    """
    query = QueryDict(mutable=True)
    query[facet] = slug
    filterset = RegionFilter(query, state=state)
    listing = _areas(filterset, base) if facet == "province" else _lines(filterset, base, False)
    return replace(listing, stem=f"/{facet}s/{slug}", query="" if has_bom else "?bom=0", has_bom=has_bom)


def compared(comparison: Comparison, base: str, *, has_bom: bool = True) -> Listing:
    """Return the lines of the areas that are set side by side, area after area."""
    names = f"比较：{comparison.names}" if comparison.chosen else "没有选地区"
    slugs = Region.objects.filter(slug__in=comparison.chosen).values_list("slug", "pk")
    page = QueryDict(comparison.address.partition("?")[2], mutable=True)
    if not has_bom:
        page["bom"] = "0"
    return replace(
        _lines(RegionFilter(state=comparison.state), base, False),
        stem="/compare",
        words=f"{names}；按所选次序排列；一项重点一行",
        rows=lambda: (
            line
            for pks in [dict(slugs)]
            for region in _in_order([pks[slug] for slug in comparison.chosen if slug in pks])
            for line in region.priorities.all()
        ),
        choice=names,
        query=f"?{page.urlencode()}" if page else "",
        page_query=comparison.address.removeprefix(reverse("pilots:compare")),
        has_bom=has_bom,
    )


def _areas(filterset: RegionFilter, base: str) -> Listing:
    return Listing(
        base,
        "/regions",
        "regions",
        str(Region._meta.verbose_name),
        "；".join(_choice(filterset)),
        ["slug"],
        partial(_of_region, base),
        lambda: _in_order(filterset.selection()[:]),
        filterset.state.version,
        MODELS,
        filterset.words,
    )


def _lines(filterset: RegionFilter, base: str, has_every_line: bool) -> Listing:
    is_part = is_narrowed(filterset) and not has_every_line
    words = [*_choice(filterset), "一项重点一行，只列符合条件的" if is_part else "所列地区的每项重点一行"]
    if is_part and filterset.cleaned["system"] and filterset.cleaned["topic"]:
        words.append("没有一项同时归入所选制度和主题的地区，列归入其一的")
    return Listing(
        base,
        "/regions",
        "priorities",
        str(Priority._meta.verbose_name),
        "；".join(words),
        ["slug", "number"],
        partial(_of_priority, base),
        partial(_lines_of, filterset, has_every_line),
        filterset.state.version,
        MODELS,
        filterset.words,
    )


def is_narrowed(filterset: RegionFilter) -> bool:
    """Return whether a filter may leave out lines of the areas that it finds."""
    return bool(filterset.cleaned["system"] or filterset.cleaned["topic"] or filterset.keyword)


def _choice(filterset: RegionFilter) -> list[str]:
    """Return the filter and the order, in words."""
    answer = filterset.answer
    words = [filterset.words or "全部", f"按{SORTS[filterset.sort]}排列"]
    if answer and answer.is_classified:
        words.append("按本站归类和区划找到")
    if answer and answer.stage == "loosened":
        words.append("没有完全相符的，是部分相符的结果")
    return words


def _lines_of(filterset: RegionFilter, has_every_line: bool) -> Iterator[Priority]:
    pks = filterset.selection()[:]
    for start in range(0, len(pks), CHUNK):
        portion = pks[start : start + CHUNK]
        lines = dict(zip(portion, cards.lines(portion, filterset.state), strict=True))
        for region in _in_order(portion):
            priorities: Iterable[Priority] = region.priorities.all()
            if not has_every_line:
                priorities = compress(priorities, filterset.fitting(lines[region.pk]))
            yield from priorities


def _in_order(pks: Sequence[int]) -> Iterator[Region]:
    lines = Priority.objects.select_related("system").prefetch_related("also_systems", "topics").order_by("number")
    regions = Region.objects.select_related("notice", "province").prefetch_related(
        "partners", "divisions", Prefetch("priorities", lines)
    )
    for start in range(0, len(pks), CHUNK):
        regions_by_pk = regions.in_bulk(pks[start : start + CHUNK])
        yield from (regions_by_pk[pk] for pk in pks[start : start + CHUNK] if pk in regions_by_pk)


def _of_region(base: str) -> list[Column]:
    field = partial(of_field, Region)
    return [
        field("slug", label="slug", meaning="地区的地址名，各种格式中都以它为准，定后不改。"),
        Column("url", "url", "string", "地区页面的地址。", lambda region: f"{base}{region.get_absolute_url()}"),
        field("serial"),
        field("name"),
        field("is_issued"),
        field("short_name"),
        field("kind", value=lambda region: region.verified_kind or None, meaning=f"{OWN}只列已核实的。"),
        field("is_kind_verified", value=lambda region: bool(region.verified_kind)),
        Column("provinces", "所在省级单位", "list", PROVINCES, lambda row: names(row.provinces)),
        field("name_now", meaning="只列已核实的。"),
        field("renamed_on"),
        field("renaming"),
        *_places(lambda region: region),
        field("open_points"),
        field("remark", meaning="只列写明出处的。"),
        field("remark_source"),
        *_of_notice(lambda region: region.notice),
        Column("priority_count", "重点项数", "integer", "含本站增补的。", lambda row: len(row.priorities.all())),
        Column(
            "issued_count",
            "通知原有的项数",
            "integer",
            "不计本站增补的。",
            lambda row: sum(line.is_issued and row.is_issued for line in row.priorities.all()),
        ),
        Column(
            "priorities",
            "制度创新重点",
            "list",
            "通知原文，一项一行，编号在前。",
            lambda row: [
                f"{line.number}.{line.text}{'' if line.is_issued else f'（{ADDED}）'}"
                for line in row.priorities.all()
            ],
            mark="\n",
        ),
        Column("systems", "制度", "list", f"各项重点主要归入的制度。{OWN}", _themes(lambda line: [line.system])),
        Column("topics", "主题", "list", f"各项重点的主题。{OWN}", _themes(lambda line: line.topics.all())),
        *_corrections_of_region(),
    ]


def _corrections_of_region() -> list[Column]:
    originals = Issued()

    def lines(region: Region) -> list[str]:
        words = ((line, originals.words(line)) for line in region.priorities.all())
        return [
            f"{fields.get('number', line.number)}.{fields.get('text', line.text)}" for line, fields in words if fields
        ]

    return corrections(
        [
            issued_of(Region, "serial", originals),
            issued_of(Region, "name", originals),
            Column("priorities_issued", "制度创新重点（印发原文）", "list", f"{ISSUED}编号在前。", lines, mark="\n"),
            _notice_number_issued(originals, lambda region: region.notice),
        ],
        originals,
        lambda region: [region, *region.priorities.all()],
    )


def _of_priority(base: str) -> list[Column]:
    field, originals = partial(of_field, Priority), Issued()

    def of_region(name: str, **options: Any) -> Column:
        return of_field(Region, name, value=lambda priority: getattr(priority.region, name), **options)

    return [
        of_region("slug", label="slug", meaning="地区的地址名，各种格式中都以它为准，定后不改。"),
        Column("url", "url", "string", "这项重点的地址。", lambda row: f"{base}{row.get_absolute_url()}"),
        of_region("serial"),
        of_region("name"),
        Column("provinces", "所在省级单位", "list", PROVINCES, lambda row: names(row.region.provinces)),
        Column(
            "name_now",
            "现名",
            "string",
            "地区的现名，只列已核实的。",
            lambda row: row.region.name_now if row.region.shows("name_now") else None,
        ),
        *_places(lambda priority: priority.region),
        field("number"),
        replace(field("is_issued"), value=lambda row: row.is_issued and row.region.is_issued),
        field("text", label="制度创新重点", meaning="通知原文，去掉编号和句末标点。"),
        field("system", value=lambda priority: priority.system.name),
        field("also_systems", value=lambda priority: names(priority.also_systems.all())),
        field("topics", value=lambda priority: names(priority.topics.all())),
        field("confidence", value=lambda priority: priority.get_confidence_display(), meaning=OWN),
        *_of_notice(lambda priority: priority.region.notice),
        *corrections(
            [
                issued_of(Region, "serial", originals, lambda priority: priority.region),
                issued_of(Region, "name", originals, lambda priority: priority.region),
                issued_of(Priority, "number", originals),
                replace(issued_of(Priority, "text", originals), label="制度创新重点（印发原文）"),
                _notice_number_issued(originals, lambda priority: priority.region.notice),
            ],
            originals,
            lambda priority: [priority.region, priority],
        ),
    ]


def _places(region_of: Callable[[Any], Region]) -> list[Column]:
    """Return the columns of an area's divisions, then and now; how the area of a row is reached."""

    def values(name: str, row: Any) -> list[str]:
        """Return what the shown divisions have in a field; those without it keep their place, empty."""
        divisions = region_of(row).shown_divisions
        texts = [getattr(division, name) if division.shows(name) else "" for division in divisions]
        return texts if any(texts) else []

    order = "与行政区划的次序一致。"
    return [
        Column("divisions", "行政区划", "list", "印发时名称，已核实或通行说法。", partial(values, "name_then")),
        Column(
            "roles",
            "与地区的关系",
            "list",
            order,
            lambda row: [d.get_role_display() for d in region_of(row).shown_divisions],
        ),
        Column("codes_then", "印发时代码", "list", f"GB/T 2260，2015年底，{order}", partial(values, "code_then")),
        Column("divisions_now", "行政区划现名", "list", order, partial(values, "name_now")),
        Column("codes_now", "现代码", "list", f"GB/T 2260 现行代码，{order}", partial(values, "code_now")),
    ]


def _notice_number_issued(originals: Issued, notice_of: Any) -> Column:
    return replace(issued_of(Notice, "number", originals, notice_of), name="notice_number_issued")


def _of_notice(reach: Any) -> list[Column]:
    return [
        replace(of_field(Notice, "number", lambda row: reach(row).number), name="notice_number"),
        of_field(Notice, "issued_on", lambda row: reach(row).issued_on),
    ]


def _themes(of: Any) -> Any:
    return lambda region: names(theme for line in region.priorities.all() for theme in of(line))
