"""Where a page's words and numbers aren't as issued: what was issued, when it was corrected and why, for readers.

The hashes of the last load say which rows differ, in one query; only for those the fixtures and the history are
read.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

from ..history import original
from ..history.edits import Piece, pieces
from ..history.original import Issued, Key
from ..models import HistoryEntry
from ..models.recorded import Recorded

Words = tuple[Key, str]  # which row, and the field


class Correction(NamedTuple):
    """What was issued, what is shown, and the latest public change that made it so, if one was recorded."""

    original_text: str
    now: str
    entry: HistoryEntry | None = None
    name: str = ""  # of the field
    value: Any = None  # what was issued, as the field holds it

    @property
    def pieces(self) -> list[Piece]:
        """How the one text becomes the other."""
        return pieces(self.original_text, self.now)


def mark(rows: Iterable[Recorded], *, is_raw: bool = False, has_history: bool = True) -> None:
    """Give each of `rows` that isn't as issued its `corrections`.

    is_raw: words are shown as received. has_history: when and why is said, too; one query more where something
    differs.
    """
    rows_by_key = defaultdict(list)
    for row in rows:
        rows_by_key[original.key_of(row)].append(row)
    first = [same[0] for same in rows_by_key.values()]
    look = Issued(first)
    values = {
        (original.key_of(row), name): value for row in first for name, value in look.shown(row, is_raw=is_raw).items()
    }
    entries = _entries(values) if values and has_history else {}
    for (key, name), value in values.items():
        for row in rows_by_key[key]:
            before, now = (original.text(row, name, content) for content in (value, getattr(row, name)))
            correction = Correction(before, now, entries.get((key, name)), name, value)
            row.__dict__.setdefault("corrections", []).append(correction)


def words(row: Recorded, names: Iterable[str] = ()) -> dict[str, str]:
    """Return the issued text by field (of `names`; of all) of a row that `mark` was given: as `Issued`, no query."""
    texts = {correction.name: correction.original_text for correction in getattr(row, "corrections", ())}
    return {name: texts[name] for name in names if name in texts} if names else texts


def number(row: Recorded, name: str) -> int:
    """Return the number that the notice gave a row that `mark` was given."""
    return next(
        (correction.value for correction in getattr(row, "corrections", ()) if correction.name == name),
        getattr(row, name),
    )


def marks(row: Recorded, name: str = "") -> tuple[str, ...]:
    """Return what is to be known of a row that `mark` was given: added here, corrected (in a field; in any)."""
    is_corrected = name in words(row) if name else bool(words(row))
    is_added = getattr(row, "is_issued", True) is False
    return ("本站增补",) * is_added + ("已更正",) * is_corrected


def remark(row: Recorded, name: str = "") -> str:
    """Return the marks of a row as they follow its words in running text."""
    return "".join(f"（{label}）" for label in marks(row, name))


def _entries(values: dict[Words, Any]) -> dict[Words, HistoryEntry]:
    """Return the latest public change of each of the shown words."""
    keys = {key for key, _ in values}
    entries = HistoryEntry.objects.public().filter(original.in_keys(keys, "content_type__model", "object_id"))
    latest_entries: dict[Words, HistoryEntry] = {}
    for entry in entries.select_related("content_type"):
        key = entry.content_type.model, entry.object_id
        for line in entry.lines:
            if line["public"]:
                latest_entries.setdefault((key, line["field"]), entry)
    return latest_entries
