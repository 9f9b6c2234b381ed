"""What a list shows of an area, read from its search entry: one statement a page, nothing fetched beside it."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from .models import SearchEntry
from .search.highlight import is_in, marked
from .search.words import Word


class Card(NamedTuple):
    """An area in a list: texts are HTML with the words marked where there are words."""

    serial: int
    name: str
    url: str
    later: str
    provinces: list[tuple[str, str]]
    kind: str
    lines: list[tuple[int, str]]
    notes: list[str]  # through which other name it was found


def cards(entries: Sequence[int], words: Sequence[Word] = ()) -> list[Card]:
    """Return the cards of search entries (primary keys), in their order."""
    columns = SearchEntry.objects.filter(pk__in=entries).values_list("pk", "title", "url", "card")
    rows = {pk: (title, url, card) for pk, title, url, card in columns}
    return [_card(*rows[pk], words) for pk in entries if pk in rows]


def _card(title: str, url: str, card: dict[str, Any], words: Sequence[Word]) -> Card:
    show = (lambda text: marked(text, words)) if words else str
    return Card(
        serial=card["serial"],
        name=show(title),
        url=url,
        later=show(card["later"]),
        provinces=card["provinces"],
        kind=card["kind"],
        lines=[(number, show(text)) for number, text in card["lines"]] if words else card["lines"],
        notes=[f"{kind}：{name}" for name, kind in card["aliases"] if is_in(name, words) and not is_in(title, words)],
    )
