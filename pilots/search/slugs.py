"""What a missing address may have meant, by its words: a part of a slug, one much like it, or a word to search for.

Looked up in what is worked out once for each state of the record: a wrong address costs the same as any other.
"""

import re
from difflib import get_close_matches
from itertools import chain
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.urls import reverse

from ..models import Ministry, Notice, Province, Region, System, Topic
from ..models.recorded import kind_of
from . import facet_sets
from .gazetteer import gazetteer
from .pinyin import core
from .suggestions import vocabulary
from .text import fold

MOST = 5  # suggestions
SHORTEST = 4  # letters of a part of a slug that are looked for: no `and`
LONGEST = 60  # characters of a word in an address that are looked at
STEPS = 4  # of an address, from its end
_FILE_OR_DOOR = re.compile(r"/(admin|accounts|static|api)/|.*\.[a-z0-9]+$")
_KINDS = (Region, Province, Topic, System, Ministry, Notice)


Guess = tuple[str, str]  # a page that may have been meant: its address, what it is called


class Slug(NamedTuple):
    """A thing with a page: the word for its kind in addresses, its slug, the name that is folded for comparing."""

    kind: str
    slug: str
    name: str
    page: Guess

    def is_meant_by(self, word: str) -> bool:
        """Return whether a word of an address is the slug, whole parts of it, or a part of the name."""
        if word.isascii():
            return word == self.slug or (len(word) >= SHORTEST and f"-{word}-" in f"-{self.slug}-")
        return len(word) > 1 and core(word) in self.name


def guesses(path: str) -> list[Guess]:
    """Return the pages that a missing path may have meant, the likeliest first; none where nothing is like it."""
    if _FILE_OR_DOOR.match(path):
        return []
    state = facet_sets.current()
    first, *rest = [fold(step)[:LONGEST] for step in path.strip("/").split("/")[:STEPS]]
    for word in reversed(rest or [first]):  # the first of several is the word for a kind
        rows = sorted(_meant(word, state), key=lambda row: row.kind[:SHORTEST] != first[:SHORTEST])
        if pages := [row.page for row in rows] or _searches(word, state):
            return pages[:MOST]
    return []


def _meant(word: str, state: facet_sets.Snapshot) -> list[Slug]:
    rows = _slugs(state)
    if exact := [row for row in rows if word and row.is_meant_by(word)]:
        return exact
    parts = set(chain.from_iterable((row.slug, *row.slug.split("-")) for row in rows))
    near = get_close_matches(word, parts, n=2, cutoff=0.8) if len(word) > SHORTEST else []
    return [row for part in near for row in rows if row.is_meant_by(part)]


def _searches(word: str, state: facet_sets.Snapshot) -> list[Guess]:
    """Return the search for the official words for a reader's word, or for what it spells in pinyin."""
    vocab, letters = vocabulary(state), word.replace("-", "")
    words = vocab.terms.get(word.replace("-", " ")) or vocab.spelled(letters) or gazetteer(state).spelled(letters)[:1]
    address = reverse("pilots:region-list")
    return [(f"{address}?{urlencode({'q': query})}", f"检索“{query}”") for query in words]


def _slugs(state: facet_sets.Snapshot) -> list[Slug]:
    if "slugs" not in state.memory:
        rows: list[Any] = [row for model in _KINDS for row in model.objects.all()]
        state.memory["slugs"] = [
            Slug(
                kind_of(row),
                row.slug,
                fold(str(row)),
                (
                    row.get_absolute_url(),
                    f"{row.batch_name}通知全文" if isinstance(row, Notice) else getattr(row, "short_name", row.name),
                ),
            )
            for row in rows
        ]
        page = (reverse("pilots:after"), "通知之后")
        state.memory["slugs"].append(Slug("after", "after-follow-up", "通知之后 后来怎样 后续文件", page))
    return state.memory["slugs"]
