"""Where a page's words aren't as issued: what was issued, when it was corrected and why, for readers.

The hashes of the last load say which rows differ, in one query; only for those the fixtures and the history are
read.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from django.db import models

from . import issued
from .difference import Piece, pieces
from .issued import Issued, Key
from .models import HistoryEntry, Section, Signature

Words = tuple[Key, str]  # which row, and the field


class Correction(NamedTuple):
    """What was issued, what is shown, and the latest public change that made it so, if one was recorded."""

    issued: str
    now: str
    entry: HistoryEntry | None = None
    name: str = ""  # of the field

    @property
    def pieces(self) -> list[Piece]:
        """How the one text becomes the other."""
        return pieces(self.issued, self.now)


def mark(rows: Iterable[models.Model], *, is_raw: bool = False, has_history: bool = True) -> None:
    """Give each of `rows` whose shown words aren't as issued its `corrections`.

    is_raw: shown as received. has_history: when and why is said, too; one query more where something differs.
    """
    shown = defaultdict(list)
    for row in rows:
        shown[issued.key_of(row)].append(row)
    first = [same[0] for same in shown.values()]
    look = Issued(first)
    texts = {
        (issued.key_of(row), name): text
        for row in first
        for name, text in look.words(row, _shown(type(row), is_raw)).items()
    }
    entries = _entries(texts) if texts and has_history else {}
    for (key, name), text in texts.items():
        for row in shown[key]:
            correction = Correction(text, getattr(row, name), entries.get((key, name)), name)
            row.__dict__.setdefault("corrections", []).append(correction)


def words(row: models.Model) -> dict[str, str]:
    """Return the issued text by field of a row that `mark` was given."""
    return {each.name: each.issued for each in getattr(row, "corrections", ())}


def marks(row: models.Model, name: str = "") -> tuple[str, ...]:
    """Return what is to be known of a row that `mark` was given: added here, corrected (in a field; in any)."""
    is_corrected = name in words(row) if name else bool(words(row))
    is_added = getattr(row, "is_issued", True) is False
    return ("本站增补",) * is_added + ("已更正",) * is_corrected


def remark(row: models.Model, name: str = "") -> str:
    """Return the marks of a row as they follow its words in running text."""
    return "".join(f"（{each}）" for each in marks(row, name))


def _shown(model: type[models.Model], is_raw: bool) -> list[str]:
    """Return the fields of the notice's own words that a page shows."""
    names = issued.verbatim(model)
    always = {Section: "heading", Signature: "name"}.get(model)
    return [name for name in names if name.endswith("_raw") == is_raw or name == always] or list(names)


def _entries(texts: dict[Words, str]) -> dict[Words, HistoryEntry]:
    """Return the latest public change of each of the shown words."""
    keys = {key for key, _ in texts}
    entries = HistoryEntry.objects.public().filter(issued.in_keys(keys, "content_type__model", "object_id"))
    found: dict[Words, HistoryEntry] = {}
    for entry in entries.select_related("content_type"):
        key = entry.content_type.model, entry.object_id
        for line in entry.lines:
            if line["public"]:
                found.setdefault((key, line["field"]), entry)
    return found
