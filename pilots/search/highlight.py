"""The matched words marked in the original text: traditional, full-width, with quotes inside. All is escaped."""

import re
from collections.abc import Sequence
from functools import lru_cache

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from .tokens import of_run, runs
from .words import Word

MOST_SENTENCES = 2
_SENTENCE = re.compile("[^。；]+[。；]?")


def marked(text: str, words: Sequence[Word]) -> SafeString:
    """Return `text` as HTML with each occurrence of the words in <mark>; the rest as it stands."""
    flags = _flags(text, words)
    if not any(flags):
        return format_html("{}", text)
    pieces, start = [], 0
    for place in range(1, len(text) + 1):
        if place == len(text) or flags[place] != flags[start]:
            pieces.append((text[start:place], flags[start]))
            start = place
    return format_html_join("", "{}", ((_piece(piece, is_hit),) for piece, is_hit in pieces))


def excerpt(text: str, words: Sequence[Word]) -> SafeString:
    """Return the sentences of `text` that have a word, marked, `MOST_SENTENCES` at most; `……` for the others."""
    sentences = _SENTENCE.findall(text)
    found = [place for place, sentence in enumerate(sentences) if is_in(sentence, words)][:MOST_SENTENCES]
    pieces = []
    for before, place in zip([-1, *found], found, strict=False):
        pieces += [("……",)] if place > before + 1 else []
        pieces.append((marked(sentences[place].strip(), words),))
    if found and found[-1] < len(sentences) - 1:
        pieces.append(("……",))
    return format_html_join("", "{}", pieces)


def is_in(text: str, words: Sequence[Word]) -> bool:
    """Return whether any of the words occurs in `text`."""
    return any(_flags(text, words))


def _piece(text: str, is_hit: bool) -> SafeString:
    return format_html("<mark>{}</mark>" if is_hit else "{}", text)


def _flags(text: str, words: Sequence[Word]) -> list[bool]:
    """Return for each character whether a word covers it."""
    flags = [False] * len(text)
    letters, found = _read(text)
    for word in words:
        if word.text not in letters:
            continue
        for start in range(len(found) - len(word.tokens) + 1):
            here = found[start : start + len(word.tokens)]
            if _fits(word, [token for token, _ in here]):
                covered = [place for _, places in here for place in places]
                if word.is_prefix and len(word.tokens) == 1:
                    covered = covered[: len(word.text)]
                flags[covered[0] : covered[-1] + 1] = [True] * (covered[-1] + 1 - covered[0])
    return flags


@lru_cache(maxsize=4_000)
def _read(text: str) -> tuple[str, list[tuple[str, list[int]]]]:
    """Return the folded letters of `text`, and its tokens with their places (kept: texts recur)."""
    pieces = runs(text)
    found = [
        (token, run.places[n : n + (len(token) if run.is_han else len(run.places))])
        for run in pieces
        for n, token in enumerate(of_run(run))
    ]
    return "".join(run.text for run in pieces), found


def _fits(word: Word, tokens: list[str]) -> bool:
    *before, last = word.tokens
    return tokens[:-1] == before and (tokens[-1].startswith(last) if word.is_prefix else tokens[-1] == last)
