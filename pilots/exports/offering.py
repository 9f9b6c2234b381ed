"""What the page of a list offers to take away: formats, rows, and about how large each file is.

Making six files to measure them would cost more than the page. What a file holds beside its rows, and what an area
and a priority add to it, hardly differs from filter to filter: sizes are worked out from the counts, and said so.
"""

from dataclasses import dataclass
from typing import NamedTuple

from django.urls import reverse

from ..record.comparison import Comparison
from ..search.facet_sets import Snapshot
from ..search.filters import RegionFilter
from . import formats, list_tables, region_tables
from .listing import Listing

KB = 1024


class Weight(NamedTuple):
    """What a file comes to, in bytes: without rows, for each area, and for each priority of these."""

    bare: int
    area: int
    line: int = 0


# Fitted to the files of the record as issued, whole and under every value of every facet: with these a file is
# within a tenth, or within 1 KB (a new column wants them fitted again; tests/exports/test_offering.py tries some).
WEIGHTS = {
    "regions": {"csv": Weight(486, 672, 5), "xlsx": Weight(7_938, 338, -18), "json": Weight(398, 1_200, 16)},
    "priorities": {"csv": Weight(887, -14, 387), "xlsx": Weight(7_755, 30, 154), "json": Weight(1_175, -57, 799)},
    # Of other lists: without rows, and for each row.
    "provinces": {"csv": Weight(83, 96), "xlsx": Weight(6_469, 61), "json": Weight(448, 223)},
    "topics": {"csv": Weight(72, 122), "xlsx": Weight(6_195, 78), "json": Weight(398, 224)},
    "systems": {"csv": Weight(92, 144), "xlsx": Weight(6_362, 101), "json": Weight(411, 278)},
    "ministries": {"csv": Weight(184, 372), "xlsx": Weight(6_672, 164), "json": Weight(405, 600)},
    "notices": {"csv": Weight(132, 394), "xlsx": Weight(6_488, 376), "json": Weight(367, 547)},
    "changes": {"csv": Weight(142, 257), "xlsx": Weight(6_516, 94), "json": Weight(417, 394)},
    "matrix": {"csv": Weight(33, 75), "xlsx": Weight(6_212, 26), "json": Weight(410, 140)},
}
FORMATS = tuple(WEIGHTS["regions"])


class File(NamedTuple):
    """A link to a file, and about how large that is."""

    format: str
    url: str
    type: str
    size: str


@dataclass(frozen=True)
class Offer:
    """Files with the same rows: what a row is, how many there are, and the formats."""

    label: str
    count: int
    files: list[File]


def offers(filterset: RegionFilter, base: str) -> list[Offer]:
    """Return what is offered beside the list. base: scheme and host."""
    among, lines = filterset.areas(), count(filterset)
    area_count = among.bit_count()
    return [
        Offer("地区表", area_count, _files(region_tables.areas(filterset, base), area_count, lines)),
        Offer("重点表", lines, _files(region_tables.areas(filterset, base, "priorities"), area_count, lines)),
    ]


def count(filterset: RegionFilter) -> int:
    """Return how many lines the areas of a filter have that fit it; what is beyond the first areas is as they are."""
    among = filterset.areas()
    if not region_tables.is_narrowed(filterset):
        return filterset.state.lines(among)
    fitting = [sum(filterset.fitting(lines)) for lines in filterset.lines]
    return round(sum(fitting) * among.bit_count() / len(fitting)) if fitting else 0


def of_list(name: str, base: str, state: Snapshot, count: int) -> Offer:
    """Return what is offered beside a list of LISTS with so many rows; no query."""
    return Offer("", count, _files(list_tables.listing(name, base, state), count, 0))


def of_comparison(comparison: Comparison, base: str) -> Offer:
    """Return what is offered beside areas side by side: their lines."""
    count = sum(len(region.priorities.all()) for region in comparison.regions)
    return Offer("", count, _files(region_tables.compared(comparison, base), len(comparison.regions), count))


def of_own(facet: str, slug: str, base: str, state: Snapshot, regions: int, lines: int) -> Offer:
    """Return what is offered beside the lines of a topic or system, or the areas of a province."""
    listing = region_tables.own(facet, slug, base, state)
    files = _files(listing, regions, lines)
    if facet == "province":  # whose own `.json` says of its areas no more than their names
        data = f"{reverse('pilots:region-file', args=['json'])}?province={slug}"
    else:  # the API's own answer
        data = reverse(f"pilots:{facet}-data", args=[slug])
    files[-1] = files[-1]._replace(url=data)
    return Offer("", regions if facet == "province" else lines, files)


def _files(listing: Listing, regions: int, lines: int) -> list[File]:
    return [
        File(kind.upper(), formats.address(listing, kind), formats.KINDS[kind].type, in_words(weight, regions, lines))
        for kind, weight in WEIGHTS[listing.by].items()
    ]


def in_words(weight: Weight, areas: int, lines: int) -> str:
    """Return about how large a file of so many areas and priorities is, in words."""
    size = (weight.bare + weight.area * areas + weight.line * lines) / KB
    number, unit = (max(round(size), 1), "KB") if size < 1_000 else (f"{size / KB:.1f}", "MB")
    return f"约{number}\u00a0{unit}"
