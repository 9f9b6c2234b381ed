"""What a list shows of an area, read from its search entry: one statement a page, nothing fetched beside it."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from django.template.loader import get_template
from django.utils.safestring import SafeString

from .models import SearchEntry
from .search.highlight import is_in, marked
from .search.snapshot import Snapshot
from .search.words import Word

MOST_KEPT = 5_000  # areas whose cards are kept, some 2 KB each


class Card(NamedTuple):
    """An area in a list: texts are HTML with the words marked where there are words."""

    serial: int
    name: str
    url: str
    later: str
    provinces: list[tuple[str, str]]
    kind: str
    issued: str  # the name as issued, where it was corrected
    lines: list[tuple[int, str, str, bool]]  # number, text, the text as issued if corrected, whether it was added
    is_added: bool  # by this site: the notice as issued has no such area
    notes: list[str]  # through which other name it was found


def cards(pks: Sequence[int], state: Snapshot, words: Sequence[Word] = ()) -> list[Card]:
    """Return the cards of areas (primary keys), in their order; at most one statement."""
    rows = _kept(state, "rows", pks, _rows)
    return [_card(*rows[pk], words) for pk in pks if pk in rows]


def drawn(pks: Sequence[int], state: Snapshot, words: Sequence[Word] = ()) -> list[SafeString]:
    """Return the cards of areas as HTML, in their order.

    A card without marks depends on the record alone: it is drawn once for each state of the record.
    """
    draw = get_template("pilots/_card.html").render
    if words:
        return [draw({"card": card}) for card in cards(pks, state, words)]

    def drawn_once(missing: list[int]) -> dict[int, SafeString]:
        return {pk: draw({"card": _card(*row, ())}) for pk, row in _rows(missing).items()}

    kept = _kept(state, "cards", pks, drawn_once)
    return [kept[pk] for pk in pks if pk in kept]


def lines_with(pks: Sequence[int], state: Snapshot, words: Sequence[Word]) -> int:
    """Return how many lines of areas (primary keys) have one of the words; at most one statement."""
    rows = _kept(state, "rows", pks, _rows) if words else {}
    return sum(is_in(text, words) for pk in pks if pk in rows for _, text in rows[pk][2]["lines"])


def _kept(
    state: Snapshot, name: str, pks: Sequence[int], read: Callable[[list[int]], dict[int, Any]]
) -> dict[int, Any]:
    """Return what is kept of the areas with this state of the record, what is missing read first."""
    kept = state.memory.setdefault(name, {})
    missing = [pk for pk in pks if pk not in kept]
    if missing:
        if len(kept) > MOST_KEPT:
            kept = state.memory[name] = {}
            missing = list(pks)
        kept.update(read(missing))
    return kept


def _rows(pks: list[int]) -> dict[int, tuple]:
    """Return (title, url, card) by area; an area that was withdrawn this very moment has none."""
    columns = SearchEntry.objects.filter(kind="region", object_id__in=pks)
    return {pk: tuple(row) for pk, *row in columns.values_list("object_id", "title", "url", "card")}


def _card(title: str, url: str, card: dict[str, Any], words: Sequence[Word]) -> Card:
    issued, added = card.get("issued_lines", {}), card.get("added_lines", ())
    show = (lambda text: marked(text, words)) if words else str
    return Card(
        serial=card["serial"],
        name=show(title),
        url=url,
        later=show(card["later"]),
        provinces=card["provinces"],
        kind=card["kind"],
        issued=card.get("issued", {}).get("name", ""),
        lines=[(number, show(text), issued.get(str(number), ""), number in added) for number, text in card["lines"]],
        is_added=card.get("is_added", False),
        notes=[f"{kind}：{name}" for name, kind in card["aliases"] if is_in(name, words) and not is_in(title, words)],
    )
