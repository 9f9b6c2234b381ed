"""What a keyword found beside areas, as the page shows it: each kind with its rows, the words marked."""

from collections.abc import Iterator, Sequence

from django.utils.safestring import SafeString

from ..models import SearchEntry
from ..search.groups import Group
from ..search.highlight import excerpt, marked
from ..search.words import Word

Row = tuple[SearchEntry, SafeString, SafeString]  # the entry, its title, and the sentences that have a word


def hits(groups: Sequence[Group], words: Sequence[Word]) -> Iterator[tuple[Group, list[Row]]]:
    """Yield each group that has entries, with its rows."""
    for group in groups:
        if group.entries:
            yield (
                group,
                [
                    (entry, marked(entry.title, words), excerpt(entry.card.get("text", ""), words))
                    for entry in group.entries
                ],
            )
