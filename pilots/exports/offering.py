"""What the page of a list offers to take away: formats, rows, and about how large each file is.

Making six files to measure them would cost more than the page. What a file holds beside its rows, and what an area
and a priority add to it, hardly differs from filter to filter: sizes are worked out from the counts, and said so.
"""

import html
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString

from ..record.comparison import Comparison
from ..search.facet_sets import Snapshot
from ..search.filters import RegionFilter
from . import formats, list_tables, region_tables
from .tables import Listing

KB = 1024


# What a file comes to, in bytes: without rows, for each area, and for each priority of these.
# Fitted to the files of the record as issued, whole and under every value of every facet: with these a file is
# within a tenth, or within 1 KB (a new column wants them fitted again; tests/exports/test_offering.py tries some).
WEIGHTS = {
    "regions": {"csv": (486, 672, 5), "xlsx": (7_938, 338, -18), "json": (398, 1_200, 16)},
    "priorities": {"csv": (887, -14, 387), "xlsx": (7_755, 30, 154), "json": (1_175, -57, 799)},
    # Of other lists: without rows, and for each row.
    "provinces": {"csv": (83, 96, 0), "xlsx": (6_469, 61, 0), "json": (448, 223, 0)},
    "topics": {"csv": (72, 122, 0), "xlsx": (6_195, 78, 0), "json": (398, 224, 0)},
    "systems": {"csv": (92, 144, 0), "xlsx": (6_362, 101, 0), "json": (411, 278, 0)},
    "ministries": {"csv": (184, 372, 0), "xlsx": (6_672, 164, 0), "json": (405, 600, 0)},
    "notices": {"csv": (132, 394, 0), "xlsx": (6_488, 376, 0), "json": (367, 547, 0)},
    "changes": {"csv": (142, 257, 0), "xlsx": (6_516, 94, 0), "json": (417, 394, 0)},
    "after": {"csv": (190, 508, 0), "xlsx": (6_907, 207, 0), "json": (403, 739, 0)},
    "matrix": {"csv": (33, 75, 0), "xlsx": (6_212, 26, 0), "json": (410, 140, 0)},
}
FORMATS = tuple(WEIGHTS["regions"])

Offer = dict[str, Any]  # files with the same rows: label (what a row is), count, files (format, url, type, size)
PARTS = ("url", "type", "format", "size")
LINK = '<a href="{}" type="{}" rel="nofollow" download>{}（{}）</a>'


def offers(filterset: RegionFilter, base: str) -> list[Offer]:
    """Return what is offered beside the list: its lines as the page shows them, files as `links`, too. base: scheme
    and host."""
    among, is_whole = filterset.areas(), "lines" in filterset.forms and region_tables.is_narrowed(filterset)
    area_count, lines = among.bit_count(), filterset.state.lines(among) if is_whole else count(filterset)
    of_lines = region_tables.areas(filterset, base, "priorities", has_every_line=is_whole)
    tables = [
        _offer(region_tables.areas(filterset, base), area_count, lines, "地区表"),
        _offer(of_lines, area_count, lines, "重点表"),
    ]
    for offer in tables:
        links = [LINK.format(*(html.escape(file[part]) for part in PARTS)) for file in offer["files"]]
        offer["links"] = SafeString("、".join(links))
    return tables


def count(filterset: RegionFilter) -> int:
    """Return how many lines the areas of a filter have that fit it; what is beyond the first areas is as they are."""
    among = filterset.areas()
    if not region_tables.is_narrowed(filterset):
        return filterset.state.lines(among)
    fitting = [sum(filterset.fitting(lines)) for lines in filterset.lines]
    return round(sum(fitting) * among.bit_count() / len(fitting)) if fitting else 0


def of_list(name: str, base: str, state: Snapshot, count: int, slug: str = "") -> Offer:
    """Return what is offered beside a list of LISTS with so many rows, or beside its row `slug`; no query."""
    return _offer(list_tables.listing(name, base, state, slug), count, 0)


def of_comparison(comparison: Comparison, base: str) -> Offer:
    """Return what is offered beside areas side by side: their lines."""
    count = sum(len(region.priorities.all()) for region in comparison.regions)
    return _offer(region_tables.compared(comparison, base), len(comparison.regions), count)


def of_own(facet: str, slug: str, base: str, state: Snapshot, regions: int, lines: int) -> Offer:
    """Return what is offered beside the lines of a topic or system, or the areas of a province."""
    listing = region_tables.own(facet, slug, base, state)
    offer = _offer(listing, regions, lines)
    if facet == "province":  # whose own `.json` says of its areas no more than their names
        data = f"{reverse('pilots:region-file', args=['json'])}?province={slug}"
    else:  # the API's own answer
        data = reverse(f"pilots:{facet}-data", args=[slug])
    offer["files"][-1]["url"] = data
    return offer


def _offer(listing: Listing, regions: int, lines: int, label: str = "") -> Offer:
    files = [
        {
            "format": kind.upper(),
            "url": formats.address(listing, kind),
            "type": formats.KINDS[kind],
            "size": in_words(weight, regions, lines),
        }
        for kind, weight in WEIGHTS[listing.by].items()
    ]
    return {"label": label, "count": lines if listing.by == "priorities" else regions, "files": files}


def in_words(weight: tuple[int, int, int], areas: int, lines: int) -> str:
    """Return about how large a file of so many areas and priorities is, in words."""
    bare, area, line = weight
    size = (bare + area * areas + line * lines) / KB
    number, unit = (max(round(size), 1), "KB") if size < 1_000 else (f"{size / KB:.1f}", "MB")
    return f"约{number}\u00a0{unit}"
