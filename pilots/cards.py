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
    issued: list[str]  # what was issued, where it was corrected
    lines: list[tuple[int, str, list[str], bool]]  # number, text, what was issued if corrected, whether it was added
    is_added: bool  # by this site: the notice as issued has no such area
    notes: list[str]  # through which other name it was found
    count: int  # of its lines, shown or not

    @property
    def others(self) -> int:
        """How many lines aren't shown: they don't say the words, and some do."""
        return self.count - len(self.lines)


def cards(pks: Sequence[int], state: Snapshot, words: Sequence[Word] = (), *, is_whole: bool = False) -> list[Card]:
    """Return the cards of areas (primary keys), in their order; at most one statement.

    Where some lines of an area say the words, only they are shown, unless `is_whole`.
    """
    rows = _kept(state, "rows", pks, _rows)
    return [_card(pk, *rows[pk], words, is_whole) for pk in pks if pk in rows]


def drawn(
    pks: Sequence[int],
    state: Snapshot,
    words: Sequence[Word] = (),
    *,
    is_whole: bool = False,
    is_choice: bool = False,
) -> list[SafeString]:
    """Return the cards of areas as HTML, in their order; with a box each to choose them by, if `is_choice`.

    A card without marks depends on the record alone: it is drawn once for each state of the record.
    """

    def draw(card: Card) -> SafeString:
        return template.render({"card": card, "is_choice": is_choice, "words": words})

    def drawn_once(missing: list[int]) -> dict[int, SafeString]:
        rows = _kept(state, "rows", missing, _rows)
        return {pk: draw(_card(pk, *rows[pk])) for pk in missing if pk in rows}

    template = get_template("pilots/_card.html")
    if words:
        return [draw(card) for card in cards(pks, state, words, is_whole=is_whole)]
    kept = _kept(state, "choices" if is_choice else "cards", pks, drawn_once)
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


def _card(
    pk: int, title: str, url: str, card: dict[str, Any], words: Sequence[Word] = (), is_whole: bool = True
) -> Card:
    issued, added, lines = card["corrected_lines"], card.get("added_lines", ()), card["lines"]
    said = {number: [text, *issued.get(str(number), [])] for number, text in lines}
    telling = [] if is_whole else [line for line in lines if any(is_in(text, words) for text in said[line[0]])]
    show = (lambda text: marked(text, words)) if words else str
    return Card(
        pk=pk,
        serial=card["serial"],
        slug=url.rstrip("/").rpartition("/")[2],
        title=title,
        name=show(title),
        url=url,
        later=show(card["later"]),
        provinces=card["provinces"],
        kind=card["kind"],
        issued=[show(text) for text in card["corrections"]],
        lines=[
            (number, show(text), [show(before) for before in said[number][1:]], number in added)
            for number, text in telling or lines
        ],
        is_added=card.get("is_added", False),
        notes=[f"{kind}：{name}" for name, kind in card["aliases"] if is_in(name, words) and not is_in(title, words)],
        count=len(lines),
    )
