"""The one normalisation, for text, names, queries, suggestions and highlighting alike."""

import unicodedata
from functools import lru_cache

from opencc import OpenCC

_to_simplified = OpenCC("t2s")  # t2s only: the regional tables rewrite words
_DROPPED = {"Cc", "Cf", "Cs", "Cn", "Co"}  # controls, zero-width and bidi marks, lone surrogates, unassigned


@lru_cache(maxsize=30_000)
def fold_character(char: str) -> str:
    """Return what one character counts as: nothing, a space, or one or more folded characters."""
    if char.isspace():
        return " "
    if unicodedata.category(char) in _DROPPED:
        return ""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", char).lower())
    return _to_simplified.convert("".join(c for c in plain if not unicodedata.combining(c)))


def fold(text: str) -> str:
    """Return `text` folded: full width to half, lower case, traditional to simplified, invisible marks dropped."""
    return "".join(map(fold_character, text))
