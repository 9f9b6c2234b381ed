"""What a page of the region list offers to take away: formats, rows, and the size of files that are made already."""

from collections.abc import Sequence
from typing import NamedTuple

from pilots.cards import cards
from pilots.filters import RegionFilter

from . import files
from .listing import Listing

FORMATS = ("csv", "xlsx", "json")


class File(NamedTuple):
    """A link to a file; bytes only where the file exists: a number that nobody counted isn't given."""

    format: str
    url: str
    type: str
    size: int | None


class Offer(NamedTuple):
    """Files with the same rows: what a row is, how many there are (None: not counted), and the formats."""

    label: str
    count: int | None
    files: list[File]


def offers(filterset: RegionFilter, base: str, shown: Sequence[int], total: int) -> list[Offer]:
    """Return what is offered beside a page of the list: `shown` are its search entries, of `total` areas in all.

    Priorities are counted on the cards of the page, where these are all.
    """
    is_whole = len(shown) == total
    lines = sum(len(card.lines) for card in cards(shown, filterset.state)) if is_whole else None
    return [
        Offer("一行一个地区", total, _files(Listing(filterset, base))),
        Offer("一行一项重点", lines, _files(Listing(filterset, base, "priorities"))),
    ]


def _files(listing: Listing) -> list[File]:
    return [
        File(kind.upper(), files.address(listing, kind), files.KINDS[kind].type, size)
        for kind, size in zip(FORMATS, files.sizes(listing, FORMATS), strict=True)
    ]
