"""What a list shows of an area, read from its search entry: one statement a page, nothing fetched beside it."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import compress
from typing import Any, NamedTuple

from django.db.models import OuterRef, Subquery
from django.template.loader import get_template

from ..models import Priority, SearchEntry
from . import aliases
from .facet_sets import Option, Snapshot
from .highlight import is_in, is_marked, marked
from .text import Word

MOST_KEPT = 5_000  # areas whose cards are kept, some 2 KB each, and whose lines, some 1 KB
MOST_MARKED = 200  # cards that are kept of searches, with marks or without some lines

Shown = tuple[int, tuple[bool, ...] | None, tuple[Word, ...]]  # an area, which of its lines (None: all), the words


@dataclass(frozen=True)
class Card:
    """An area in a list: texts are HTML with the words marked where there are words, `title` is the name without."""

    pk: int
    serial: int
    slug: str
    title: str
    name: str
    url: str
    later: str
    provinces: list[tuple[str, str]]
    kind: str
    original_texts: list[str]  # what was issued, where it was corrected
    lines: list[tuple[int, str, list[str], bool]]  # number, text, what was issued if corrected, whether it was added
    is_added: bool  # by this site: the notice as issued has no such area
    count: int  # of its lines, shown or not
    is_by_words: bool  # whether the lines that aren't shown are those that don't say the words
    notes: Sequence[str] = ()  # through which other name it was found
    batch: str = ""  # of its notice, where there are several
    is_apart: bool = False  # its lines are of the system or of the topic that were chosen, none of both

    @property
    def others(self) -> int:
        """How many lines aren't shown: they don't fit, and some do."""
        return self.count - len(self.lines)


class Line(NamedTuple):
    """A priority as a keyword and a filter see it: what it says, and what this site files it under."""

    text: str
    system: Option
    topics: list[Option]
    is_as_issued: bool = True  # neither corrected nor added
    original_texts: Sequence[str] = ()  # what was issued, where it was corrected

    def says(self, words: Sequence[Word]) -> bool:
        """Whether it says one of the words, or said it when it was issued."""
        return any(is_in(text, words) for text in (self.text, *self.original_texts))

    def is_filed(self, words: Sequence[Word]) -> bool:
        """Whether this site files it under one of the words."""
        return any(is_in(option.label, words) for option in (self.system, *self.topics))


def cards(
    pks: Sequence[int],
    state: Snapshot,
    words: Sequence[Word] = (),
    fits: Callable[[list[Line]], list[bool]] | None = None,
) -> list[Card]:
    """Return the cards of areas (primary keys), in their order; at most one statement, or two more with `fits`.

    fits: which lines of an area are shown; all of them without it.
    """

    def read(missing: list[int]) -> dict[int, list[Any]]:
        entries = SearchEntry.objects.filter(kind="region", object_id__in=missing)
        return {pk: row for pk, *row in entries.values_list("object_id", "title", "url", "card")}

    def build(missing: list[Shown]) -> dict[Shown, Card]:
        rows = cached(state, "rows", [pk for pk, *_ in missing], read)  # (title, url, card)
        there = [key for key in missing if key[0] in rows]  # but for what is withdrawn this very moment
        areas = {key: _card(key[0], *rows[key[0]], words=words, fit=key[1]) for key in there}
        for option in state.options["batch"]:  # of one notice alone, numbers say enough
            of = state.bits["batch"].get(option.value, 0)
            areas |= {key: replace(areas[key], batch=option.label) for key in there if of >> state.place[key[0]] & 1}
        return {key: replace(area, notes=_notes(area, rows[area.pk][2], words, state)) for key, area in areas.items()}

    name, most = ("marked", MOST_MARKED) if words or fits else ("plain", MOST_KEPT)
    shown = [tuple(fits(area)) for area in lines(pks, state)] if fits else [None] * len(pks)
    keys: list[Shown] = [(pk, fit, tuple(words)) for pk, fit in zip(pks, shown, strict=True)]
    areas = cached(state, name, keys, build, most)
    return [areas[key] for key in keys if key in areas]


def drawn(
    areas: Sequence[Card], state: Snapshot, words: Sequence[Word] = (), *, is_choice: bool = False
) -> list[str]:
    """Return cards as HTML, in their order; with a box each to choose them by, if `is_choice`.

    A card depends on the record, the lines that it shows and the words alone: it is drawn once for each state of the
    record.
    """
    template = get_template("pilots/_card.html")
    by_key = {
        (card.pk, card.is_apart, is_choice, tuple(words), *(number for number, *_ in card.lines)): card
        for card in areas
    }

    def draw(missing: list[tuple]) -> dict[tuple, str]:
        return {
            key: template.render({"card": by_key[key], "is_choice": is_choice, "words": words}) for key in missing
        }

    name, most = ("marked cards", MOST_MARKED) if words else ("cards", MOST_KEPT)
    html = cached(state, name, list(by_key), draw, most)
    return [html[key] for key in by_key]


def lines(pks: Sequence[int], state: Snapshot) -> list[list[Line]]:
    """Return the lines of areas (primary keys), area by area; at most two statements."""
    lines_by_pk = cached(state, "lines", pks, _lines)
    return [lines_by_pk[pk] for pk in pks]


def cached(
    state: Snapshot,
    name: str,
    keys: Sequence[Any],
    read: Callable[[list[Any]], dict[Any, Any]],
    most: int = MOST_KEPT,
) -> dict[Any, Any]:
    """Return what is kept of the areas (by `keys`, of `most` areas at most and those asked for) with this state of
    the record, what is missing read first."""
    entries = state.memory.setdefault(name, {})
    missing = [key for key in keys if key not in entries]
    if missing:
        if len(entries) > most:
            entries = state.memory[name] = {}
            missing = list(keys)
        entries.update(read(missing))
    return entries


def _lines(pks: list[int]) -> dict[int, list[Line]]:
    option = cache(Option)  # one for all lines
    published = Priority.objects.filter(region__in=pks).order_by("region", "number")
    topics = defaultdict(list)
    for pk, *topic in published.exclude(topics=None).values_list("pk", "topics__slug", "topics__name"):
        topics[pk].append(option(*topic))
    entry = SearchEntry.objects.filter(kind="region", object_id=OuterRef("region"))
    published = published.annotate(corrected=Subquery(entry.values("card__corrected_lines")[:1]))
    columns = ("number", "corrected", "is_issued", "region__is_issued", "system__slug", "system__name")
    lines_by_region: dict[int, list[Line]] = {pk: [] for pk in pks}
    for pk, region, text, number, corrected, *flags, slug, name in published.values_list(
        "pk", "region_id", "text", *columns
    ):
        originals = (corrected or {}).get(str(number), ())
        is_as_issued = all(flags) and not originals
        lines_by_region[region].append(Line(text, option(slug, name), topics[pk], is_as_issued, originals))
    return lines_by_region


def _card(
    pk: int, title: str, url: str, card: dict[str, Any], *, words: Sequence[Word], fit: Sequence[bool] | None
) -> Card:
    originals, added = card["corrected_lines"], card.get("added_lines", ())
    show = (lambda text: marked(text, words)) if words else str
    lines = [
        (number, show(text), [show(before) for before in originals.get(str(number), ())], number in added)
        for number, text in card["lines"]
    ]
    says = [any(map(is_marked, (text, *before))) for _, text, before, _ in lines]
    return Card(
        pk=pk,
        serial=card["serial"],
        slug=url.rstrip("/").rpartition("/")[2],
        title=title,
        name=show(title),
        url=url,
        later=show(card["later"]) if card["later"] else "",
        provinces=card["provinces"],
        kind=card["kind"],
        original_texts=[show(text) for text in card["corrections"]],
        lines=list(compress(lines, fit)) if fit else lines,
        is_added=card.get("is_added", False),
        count=len(lines),
        is_by_words=fit is None or says == list(fit),
    )


def _notes(area: Card, card: dict[str, Any], words: Sequence[Word], state: Snapshot) -> list[str]:
    """Return through which other name an area was found, where it isn't one that the card shows."""
    if not words or is_marked(area.name):
        return []
    notes = [f"{kind}：{name}" for name, kind in card["aliases"] if is_in(name, words)]
    if notes or any(map(is_marked, (area.later, *area.original_texts, *(text for _, text, *_ in area.lines)))):
        return notes
    return [note] if (note := aliases.note(area.pk, words, state)) else []
