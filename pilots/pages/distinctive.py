"""What is particular in an area's words among the lines of one topic or system. The words themselves never change.

The rule, on the characters as they stand:
1. Two characters side by side are common wording where they occur in the lines of at least two areas and of at
   least a quarter of the areas. What lies in no such pair is the area's own.
2. Punctuation and the joining words 的和与及或并 are nobody's own: alone or at an edge they recede.
3. Common wording of four characters or fewer between two own stretches of a clause belongs to them: 太湖 + 流域 +
   跨界水环境管理 is one phrase.
4. A single character is no word and recedes.
5. No word is cut: common wording stays apart only where it is whole units, which are learnt from the lines: two
   characters that begin or end the clauses of two areas (探索, 机制), what a clause has between these, its parts
   between joining words, and marks. What is no such unit belongs to the own wording beside it: 流域生态文明建设协调.
   A short word of 词汇 is one unit: 完善生态补偿.
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


def quotes(
    priorities: Sequence[Priority], words: Iterable[str] = ()
) -> list[tuple[Region, list[tuple[Priority, list[Piece]]]]]:
    """Return priorities (those of an area one after the other) by area: (area, [(priority, its text in pieces)]);
    none of the `words` is cut."""
    pieces = marked([(priority.region_id, priority.text) for priority in priorities], words)
    lines = zip(priorities, pieces, strict=True)
    grouped = (list(group) for _, group in groupby(lines, key=lambda line: line[0].region_id))
    return [(group[0][0].region, group) for group in grouped]


def marked(lines: Sequence[tuple[Hashable, str]], words: Iterable[str] = ()) -> list[list[Piece]]:
    """Return for each (area, text) the text in pieces, common and own ones in turn; joined they are the text. A word
    of those given, of three or four characters, is an area's own if a part of it is."""
    common = _common(lines)
    if common is None:
        return [[(text, False)] for _, text in lines]
    units, short = _units(lines), [word for word in words if len(word) in (3, 4)]
    return [
        [
            (text[start:end], flags[start])
            for start, end in sorted([*_stretches(flags, True), *_stretches(flags, False)])
        ]
        for text, flags in ((text, _uncut(text, _whole(text, _own(text, common), units), short)) for _, text in lines)
    ]


def _uncut(text: str, flags: list[bool], words: Iterable[str]) -> list[bool]:
    """Return the flags with each of the words that only a part of is an area's own as its own (完善生态补偿)."""
    for place in (match for word in words for match in re.finditer(re.escape(word), text)):
        start, end = place.span()
        _set(flags, start, end, any(flags[start:end]))
    return flags


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


def _units(lines: Iterable[tuple[Hashable, str]]) -> set[str]:
    """Return the words and phrases that stand by themselves in lines."""
    clauses = [(area, clause) for area, text in lines for clause in _CLAUSE_MARK.split(text) if len(clause) > 1]
    edges: dict[tuple[str, bool], set] = defaultdict(set)
    for area, clause in clauses:
        edges[clause[:2], True].add(area)
        edges[clause[-2:], False].add(area)
    common = {edge for edge, areas in edges.items() if len(areas) >= LEAST}
    units = {pair for pair, _ in common}
    for _, clause in clauses:
        phrase = clause
        while (phrase[:2], True) in common:
            phrase = phrase[2:]
        while (phrase[-2:], False) in common:
            phrase = phrase[:-2]
        units |= {phrase, *_QUIET.split(phrase)}
    return {unit for unit in units if len(unit) > 1}


def _whole(text: str, flags: list[bool], units: set[str]) -> list[bool]:
    """Return the flags with what is common, but not made of units, given to the own wording of its clause."""
    for clause in re.finditer("[^，；：。]+", text):
        begin, end = clause.span()
        inside = flags[begin:end]
        for first, last in _stretches(inside, False) if any(inside) else ():
            words, is_first = clause[0][first:last], first == 0
            if is_first or last < len(inside):
                size = max(_sizes(words, units))
                size = size if is_first or size == len(words) else 0
                _set(flags, begin + first + size, begin + last, True)
            else:
                rests = (rest for rest in range(len(words) + 1) if len(words) - rest in _sizes(words[rest:], units))
                _set(flags, begin + first, begin + first + next(rests), True)
    return flags


def _sizes(words: str, units: set[str]) -> set[int]:
    """Return at which sizes the beginning of some words is made of units, marks and joining words."""
    sizes = {0}
    for start in range(len(words)):
        ends = range(start + 1, len(words) + 1) if start in sizes else ()
        sizes |= {end for end in ends if words[start:end] in units or _QUIET.fullmatch(words, start, end)}
    return sizes


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
