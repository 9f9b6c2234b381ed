"""Where a page's words aren't as issued: what was issued, when it was corrected and why, for readers.

The hashes of the last load say which rows differ, in one query; only for those the fixtures and the history are
read.
"""

from collections.abc import Iterable
from typing import NamedTuple

from django.db import models
from django.db.models import Q

from . import issued
from .difference import Piece, pieces
from .loading import LoadError, hashed
from .models import HistoryEntry, LoadedRow

Key = tuple[str, int]  # the model's name and the row's primary key
Words = tuple[Key, str]  # and the field


class Correction(NamedTuple):
    """What was issued, what is shown, and the latest public change that made it so, if one was recorded."""

    issued: str
    now: str
    entry: HistoryEntry | None

    @property
    def pieces(self) -> list[Piece]:
        """How the one text becomes the other."""
        return pieces(self.issued, self.now)


def mark(rows: Iterable[models.Model], *, is_raw: bool = False) -> None:
    """Give each of `rows` whose shown words aren't as issued its `corrections`; `is_raw`: shown as received."""
    shown = {_key(row): row for row in rows}
    texts = _issued_of(shown, is_raw)
    entries = _entries(texts) if texts else {}
    for (key, name), text in texts.items():
        row = shown[key]
        correction = Correction(text, getattr(row, name), entries.get((key, name)))
        row.__dict__.setdefault("corrections", []).append(correction)


def _key(row: models.Model) -> Key:
    return row._meta.model_name, row.pk


def _shown(model: type[models.Model], is_raw: bool) -> list[str]:
    """Return the fields of the notice's own words that a page shows."""
    names = issued.verbatim(model)
    return [name for name in names if name.endswith("_raw") == is_raw] or list(names)


def _each(keys: Iterable[Key], model: str, pk: str) -> Q:
    """Return the condition that a row is about one of `keys`, in the columns `model` and `pk`."""
    wanted = Q(pk=None)
    for kind in {kind for kind, _ in keys}:
        wanted |= Q(**{model: kind, f"{pk}__in": [each for of, each in keys if of == kind]})
    return wanted


def _issued_of(shown: dict[Key, models.Model], is_raw: bool) -> dict[Words, str]:
    """Return the issued text of shown words that differ from what was loaded, and from what was issued."""
    marks = LoadedRow.objects.filter(_each(shown, "model", "object_id"))
    found, read = {}, {}
    for kind, pk, natural, hashes in marks.values_list("model", "object_id", "key", "hashes"):
        row = shown[kind, pk]
        for name in _shown(type(row), is_raw):
            now = getattr(row, name)
            if hashes.get(name) == hashed(now):
                continue
            fixture = read[kind] = read.get(kind) or _fixture(type(row))
            text = fixture.get(natural, {}).get(name, now)
            found |= {((kind, pk), name): text} if text != now else {}
    return found


def _fixture(model: type[models.Model]) -> dict[str, dict[str, str]]:
    """Return the fixture's rows by natural key; none where it can't be read (`check_record` says so)."""
    try:
        return issued.rows(model)
    except LoadError:
        return {}


def _entries(texts: dict[Words, str]) -> dict[Words, HistoryEntry]:
    """Return the latest public change of each of the shown words."""
    keys = {key for key, _ in texts}
    entries = HistoryEntry.objects.public().filter(_each(keys, "content_type__model", "object_id"))
    found: dict[Words, HistoryEntry] = {}
    for entry in entries.select_related("content_type"):
        key = entry.content_type.model, entry.object_id
        for line in entry.lines:
            if line["public"]:
                found.setdefault((key, line["field"]), entry)
    return found
