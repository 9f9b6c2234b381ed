"""What differs between two texts, character by character, for people to read."""

from difflib import SequenceMatcher
from typing import NamedTuple

MOST = 4_000  # characters of both texts together; longer ones are shown whole, one after the other


Piece = tuple[str, str]  # whether a stretch of text is kept (`same`), taken out (`del`) or put in (`ins`); the text


class Change(NamedTuple):
    """A text that is to be changed: what it is of, in words."""

    label: str
    before: str
    after: str

    @property
    def pieces(self) -> list[Piece]:
        """How the one text becomes the other."""
        return pieces(self.before, self.after)


def pieces(before: str, after: str) -> list[Piece]:
    """Return how `before` becomes `after`: without the insertions it is the one, without the deletions the other."""
    if len(before) + len(after) > MOST or not before or not after:
        return [(kind, text) for kind, text in (("del", before), ("ins", after)) if text]
    parts = []
    for _, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if before[i:j] == after[k:m]:
            parts.append(("same", before[i:j]))
        else:
            parts += [(kind, text) for kind, text in (("del", before[i:j]), ("ins", after[k:m])) if text]
    return parts
