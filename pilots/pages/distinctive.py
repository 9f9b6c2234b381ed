"""What is particular in an area's words among the lines of one topic or system. The words themselves never change.

The rule, on the characters as they stand:
1. Two characters side by side are common wording where they occur in the lines of at least two areas and of at
   least a quarter of the areas. What lies in no such pair is the area's own.
2. Punctuation and the joining words 的和与及或并 are nobody's own: alone or at an edge they recede.
3. Common wording of four characters or fewer between two own stretches of a clause belongs to them: 太湖 + 流域 +
   跨界水环境管理 is one phrase.
4. A single character is no word and recedes.
An area that says the same thing twice is one area; where there is only one, nothing is compared.
"""

import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from itertools import groupby, pairwise

from ..models import Priority, Region

SHARE = 4  # one area in so many makes a wording common
LEAST = 2  # areas
LONGEST_JOINT = 4  # characters
_JOINERS = "的和与及或并"
_QUIET = re.compile(rf"[\W{_JOINERS}]+")
_EDGE = f"{_JOINERS}、，；：。"
_CLAUSE_MARK = re.compile("[，；：。]")


Piece = tuple[str, bool]  # a stretch of a line, and whether it is the area's own wording


def quotes(priorities: Sequence[Priority]) -> list[tuple[Region, list[tuple[Priority, list[Piece]]]]]:
    """Return priorities (those of an area one after the other) by area: (area, [(priority, its text in pieces)])."""
    pieces = marked([(priority.region_id, priority.text) for priority in priorities])
    lines = zip(priorities, pieces, strict=True)
    grouped = (list(group) for _, group in groupby(lines, key=lambda line: line[0].region_id))
    return [(group[0][0].region, group) for group in grouped]


def marked(lines: Sequence[tuple[Hashable, str]]) -> list[list[Piece]]:
    """Return for each (area, text) the text in pieces, common and own ones in turn; joined they are the text."""
    common = _common(lines)
    if common is None:
        return [[(text, False)] for _, text in lines]
    return [
        [
            (text[start:end], flags[start])
            for start, end in sorted([*_stretches(flags, True), *_stretches(flags, False)])
        ]
        for text, flags in ((text, _own(text, common)) for _, text in lines)
    ]


def _common(lines: Iterable[tuple[Hashable, str]]) -> set[tuple[str, str]] | None:
    """Return the pairs of characters that are common wording; None where a single area leaves nothing to compare."""
    areas: dict[tuple[str, str], set] = defaultdict(set)
    everyone = set()
    for area, text in lines:
        everyone.add(area)
        for pair in pairwise(text):
            areas[pair].add(area)
    if len(everyone) < LEAST:
        return None
    needed = max(LEAST, -(-len(everyone) // SHARE))
    return {pair for pair, of in areas.items() if len(of) >= needed}


def _own(text: str, common: set[tuple[str, str]]) -> list[bool]:
    """Return for each character of a text whether it is the area's own wording."""
    flags = [True] * len(text)
    for place in (place for place, pair in enumerate(pairwise(text)) if pair in common):
        _set(flags, place, place + 2, False)
    for start, end in _stretches(flags, True):
        if _QUIET.fullmatch(text, start, end):
            _set(flags, start, end, False)
    for start, end in _stretches(flags, False):  # short ones of common wording, between two own ones of one clause
        is_short = 0 < start < end < len(text) and end - start <= LONGEST_JOINT
        _set(flags, start, end, is_short and not _CLAUSE_MARK.search(text, start, end))
    for start, end in _stretches(flags, True):
        _recede_at_edges(text, flags, start, end)
    return flags


def _recede_at_edges(text: str, flags: list[bool], start: int, end: int) -> None:
    """Let what joins recede at both ends of an own stretch, and what is left if it is one character."""
    words = text[start:end]
    first = start + len(words) - len(words.lstrip(_EDGE))
    last = end - len(words) + len(words.rstrip(_EDGE))
    if last - first < 2:
        first = last = end
    _set(flags, start, min(first, end), False)
    _set(flags, max(last, start), end, False)


def _set(flags: list[bool], start: int, end: int, value: bool) -> None:
    flags[start:end] = [value] * (end - start)


def _stretches(flags: list[bool], value: bool) -> Iterator[tuple[int, int]]:
    """Yield where (start, end) the flags are `value` at a stretch; the list may be changed meanwhile."""
    start = 0
    for flag, group in groupby(list(flags)):
        end = start + len(list(group))
        if flag is value:
            yield start, end
        start = end
