"""Which clauses of an area's lines say what hardly any other area says, among the lines of one topic or system.

A clause (between ，；：。) is the area's own where at least half of its pairs of neighbouring characters stand in no
line of another area. It is marked whole: no word is cut. Where more than two fifths of the page would be marked, a
mark would tell nothing, and none is made; nor where a single area leaves nothing to compare. The words themselves
never change.
"""

import re
from collections import defaultdict
from collections.abc import Hashable, Sequence
from itertools import groupby, pairwise

from ..models import Priority, Region

SHARE = 2  # one pair in so many may be another area's, too
MOST = 0.4  # of all characters
_CLAUSE = re.compile("[^，；：。]+|[，；：。]+")


Piece = tuple[str, bool]  # a stretch of a line, and whether it is the area's own


def quotes(priorities: Sequence[Priority]) -> list[tuple[Region, list[tuple[Priority, list[Piece]]]]]:
    """Return priorities (those of an area one after the other) by area: (area, [(priority, its text in pieces)])."""
    pieces = marked([(priority.region_id, priority.text) for priority in priorities])
    lines = zip(priorities, pieces, strict=True)
    grouped = (list(group) for _, group in groupby(lines, key=lambda line: line[0].region_id))
    return [(group[0][0].region, group) for group in grouped]


def marked(lines: Sequence[tuple[Hashable, str]]) -> list[list[Piece]]:
    """Return for each (area, text) the text in pieces, common and own ones in turn; joined they are the text."""
    areas: dict[tuple[str, str], set] = defaultdict(set)
    for area, text in lines:
        for pair in pairwise(text):
            areas[pair].add(area)
    plain = [[(text, False)] if text else [] for _, text in lines]
    if len({area for area, _ in lines}) < 2:
        return plain
    pieces = []
    for area, text in lines:
        clauses = [(clause, [areas[pair] - {area} for pair in pairwise(clause)]) for clause in _CLAUSE.findall(text)]
        flags = [(clause, bool(pairs) and SHARE * sum(map(bool, pairs)) <= len(pairs)) for clause, pairs in clauses]
        grouped = groupby(flags, key=lambda flag: flag[1])
        pieces.append([("".join(clause for clause, _ in group), is_own) for is_own, group in grouped])
    own = sum(len(text) for line in pieces for text, is_own in line if is_own)
    return pieces if own <= MOST * sum(len(text) for _, text in lines) else plain
