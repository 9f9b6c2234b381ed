"""Pinyin as readers type it: in full and by initials."""

import re
from functools import lru_cache

from .text import is_han

_ENDING = re.compile(
    r"(特别行政区|维吾尔自治区|壮族自治区|回族自治区|自治区|满族自治县|自治县|自治州|生产建设兵团|省|市|县|区)$"
)
# Sounds that typists mix up: retroflex and flat, front and back nasal, l and n.
_TOLERATED = ((re.compile(r"^([zcs])h"), r"\1"), (re.compile(r"ng$"), "n"), (re.compile(r"^l"), "n"))


def core(name: str) -> str:
    """Return `name` without the word for its kind (怀柔区 → 怀柔), where two characters or more are left."""
    short = _ENDING.sub("", name)
    return short if len(short) >= 2 else name


@lru_cache(maxsize=8_000)  # all places of China, asked for in turn after each edit, and what readers type
def syllables(text: str) -> tuple[str, ...]:
    """Return the reading of the Han characters of `text`, one syllable each, without tones."""
    from ..models.readings import lazy_pinyin

    return tuple(lazy_pinyin("".join(char for char in text if is_han(char)), v_to_u=False))


def is_same_sound(one: str, other: str) -> bool:
    """Return whether two texts are read alike, tones too."""
    from ..models.readings import Style, lazy_pinyin

    return lazy_pinyin(one, style=Style.TONE) == lazy_pinyin(other, style=Style.TONE)


def keys(name: str, reading: str = "") -> list[str]:
    """Return the Latin words by which `name` is found: from each syllable on, and its initials.

    `reading`: its syllables apart by spaces, where they are known better. Never from a last syllable alone: `xian`
    would find every 县.
    """
    parts = tuple(reading.split()) or syllables(name)
    meant = len([char for char in core(name) if is_han(char)])
    words = ["".join(parts[start:]) for start in range(max(1, min(meant, len(parts)) - 1))]
    return [*words, "".join(part[0] for part in parts)] if parts else []


@lru_cache(maxsize=30_000)
def tolerant(syllable: str) -> str:
    """Return what a syllable and those easily taken for it have in common."""
    for pattern, replacement in _TOLERATED:
        syllable = pattern.sub(replacement, syllable)
    return syllable
