"""The matched words marked in the original text: traditional, full-width, with quotes inside. All is escaped."""

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from .text import Word, of_run, runs

MOST_SENTENCES = 2
_SENTENCE = re.compile("[^。；]+[。；]?")


def marked(text: str, words: Sequence[Word]) -> SafeString:
    """Return `text` as HTML with each occurrence of the words in <mark>; the rest as it stands."""
    pieces, end = [], 0
    for start, stop in _joined(_covered(text, words)):
        pieces += [html.escape(text[end:start]), "<mark>", html.escape(text[start:stop]), "</mark>"]
        end = stop
    return SafeString("".join([*pieces, html.escape(text[end:])]))


def is_marked(text: str) -> bool:
    """Return whether what `marked` returned has a mark."""
    return "<mark>" in text


def _joined(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return ranges in order, those that touch as one."""
    joined: list[tuple[int, int]] = []
    for start, stop in sorted(ranges):
        if joined and start <= joined[-1][1]:
            start, last = joined.pop()
            stop = max(stop, last)
        joined.append((start, stop))
    return joined


def excerpt(text: str, words: Sequence[Word]) -> SafeString:
    """Return the sentences of `text` that have a word, marked, `MOST_SENTENCES` at most; `……` for the others."""
    sentences = _SENTENCE.findall(text)
    places = [place for place, sentence in enumerate(sentences) if is_in(sentence, words)][:MOST_SENTENCES]
    pieces = []
    for before, place in zip([-1, *places], places, strict=False):
        pieces += [("……",)] if place > before + 1 else []
        pieces.append((marked(sentences[place].strip(), words),))
    if places and places[-1] < len(sentences) - 1:
        pieces.append(("……",))
    return format_html_join("", "{}", pieces)


def is_in(text: str, words: Sequence[Word]) -> bool:
    """Return whether any of the words occurs in `text`."""
    return next(_covered(text, words), None) is not None


def _covered(text: str, words: Sequence[Word]) -> Iterator[tuple[int, int]]:
    """Yield from where to where a word covers the characters of `text`."""
    letters, tokens, places = _read(text)
    for word in words:
        if word.text not in letters:
            continue
        *before, last_token = word.tokens
        size = len(before)
        for start, end in enumerate(tokens[size:]):
            # Of a prefix, the beginning of the last token is enough.
            is_end = end.startswith(last_token) if word.is_prefix else end == last_token
            if is_end and (not size or [*tokens[start : start + size]] == before):
                stop = start + size + 1
                covered = [place for token_places in places[start:stop] for place in token_places]
                last = covered[: len(word.text)][-1] if word.is_prefix and len(word.tokens) == 1 else covered[-1]
                yield covered[0], last + 1


@lru_cache(maxsize=4_000)
def _read(text: str) -> tuple[str, tuple[str, ...], list[list[int]]]:
    """Return the folded letters of `text`, its tokens and their places (kept: texts recur)."""
    pieces = runs(text)
    pairs = [
        (token, run.places[n : n + (len(token) if run.is_han else len(run.places))])
        for run in pieces
        for n, token in enumerate(of_run(run))
    ]
    return "".join(run.text for run in pieces), tuple(token for token, _ in pairs), [places for _, places in pairs]
