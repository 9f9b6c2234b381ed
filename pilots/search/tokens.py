"""Folded text → tokens for an index that knows nothing of Chinese.

A run of n Han characters gives n tokens: n−1 pairs and the last character, so that a token's place is its first
character's place, a word is a phrase of neighbouring pairs, and one character is a prefix. Latin words and numbers
stay whole. Quotes and brackets are transparent between Han characters, and so are stray spaces; other marks cut.
"""

from typing import NamedTuple

from .fold import fold_character

TRANSPARENT = frozenset("“”‘’\"'「」『』《》〈〉()[]{}〔〕【】 ")


class Run(NamedTuple):
    """Neighbouring Han characters, or one Latin word: its characters, the place of each in the text as given,
    and whether a mark cuts it from the run before."""

    text: str
    places: list[int]
    is_han: bool
    is_cut: bool


def is_han(char: str) -> bool:
    return "\u3400" <= char <= "\u9fff" or char in "〇々" or "\U00020000" <= char <= "\U0003ffff"


def runs(text: str) -> list[Run]:
    """Return the runs of `text` (not folded yet), in order."""
    pieces: list[Run] = []
    kind, is_cut = "", True
    for place, original in enumerate(text):
        for char in fold_character(original):
            now = "han" if is_han(char) else "word" if char.isalnum() else ""
            if now and now == kind:
                pieces[-1] = pieces[-1]._replace(text=pieces[-1].text + char)
                pieces[-1].places.append(place)
            elif now:
                pieces.append(Run(char, [place], now == "han", is_cut))
                is_cut = False
            elif char not in TRANSPARENT:
                is_cut = True
            kind = now or (kind if kind == "han" and char in TRANSPARENT else "")
    return pieces


def of_run(run: Run) -> list[str]:
    """Return every token of one run."""
    if not run.is_han:
        return [run.text]
    return [run.text[i : i + 2] for i in range(len(run.text))]


def tokens(text: str) -> list[str]:
    """Return the tokens under which `text` is indexed, in order."""
    return [token for run in runs(text) for token in of_run(run)]
