"""What a page of the region list offers to take away: formats, rows, and about how large each file is.

Making six files to measure them would cost more than the page. What a file holds beside its rows, and what an area
and a priority add to it, hardly differs from filter to filter: sizes are worked out from the counts, and said so.
"""

from typing import NamedTuple

from pilots.filters import RegionFilter

from . import files
from .listing import Listing

KB = 1024


class Weight(NamedTuple):
    """What a file comes to, in bytes: without rows, for each area, and for each priority of these."""

    bare: int
    area: int
    line: int


# Fitted to the files of the record as issued, whole and under every value of every facet: with these a file is
# within a tenth, or within 1 KB (tests/data/test_offering.py; a new column wants them fitted again).
WEIGHTS = {
    "regions": {"csv": Weight(205, 423, 84), "xlsx": Weight(7_954, 243, 8), "json": Weight(517, 1_005, 92)},
    "priorities": {"csv": Weight(436, 231, 236), "xlsx": Weight(7_383, 143, 79), "json": Weight(531, 231, 600)},
}
FORMATS = tuple(WEIGHTS["regions"])


class File(NamedTuple):
    """A link to a file, and about how large that is."""

    format: str
    url: str
    type: str
    size: str


class Offer(NamedTuple):
    """Files with the same rows: what a row is, how many there are, and the formats."""

    label: str
    count: int
    files: list[File]


def offers(filterset: RegionFilter, base: str) -> list[Offer]:
    """Return what is offered beside the list. base: scheme and host; no query."""
    among = filterset.areas()
    areas, lines = among.bit_count(), filterset.state.lines(among)
    return [
        Offer("地区表", areas, _files(Listing(filterset, base), areas, lines)),
        Offer("重点表", lines, _files(Listing(filterset, base, "priorities"), areas, lines)),
    ]


def _files(listing: Listing, areas: int, lines: int) -> list[File]:
    return [
        File(kind.upper(), files.address(listing, kind), files.KINDS[kind].type, in_words(weight, areas, lines))
        for kind, weight in WEIGHTS[listing.by].items()
    ]


def in_words(weight: Weight, areas: int, lines: int) -> str:
    """Return about how large a file of so many areas and priorities is, in words."""
    size = (weight.bare + weight.area * areas + weight.line * lines) / KB
    number, unit = (max(round(size), 1), "KB") if size < 1_000 else (f"{size / KB:.1f}", "MB")
    return f"约{number}\u00a0{unit}"
