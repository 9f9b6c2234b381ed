"""The history as people read it: what was written at one go is one edit, newest first."""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from django.db.models import Case, F, Max, Q, QuerySet, When

from pilots.difference import Piece, pieces
from pilots.models import HistoryEntry

WITHDRAWN = "withdrawn_on"  # the field that says so


@dataclass
class Line:
    """One field of one row, before and after; `entry` is the oldest of the edit that changed it."""

    entry: HistoryEntry
    name: str
    label: str
    before: str
    after: str
    restore: str = ""  # where its earlier value can be taken up again, for who may

    @property
    def pieces(self) -> list[Piece]:
        """How the one text becomes the other."""
        return pieces(self.before, self.after)


@dataclass
class Item:
    """One row that an edit made, changed or deleted."""

    entry: HistoryEntry
    lines: dict[str, Line] = field(default_factory=dict)

    @property
    def verb(self) -> str:
        """What was done to the row."""
        actions = HistoryEntry.Action
        withdrawing = self.lines.get(WITHDRAWN)
        if withdrawing:
            return "撤下" if withdrawing.after else "恢复"
        return {actions.CREATE: "新增", actions.DELETE: "删除"}.get(self.entry.action, "更正")


@dataclass
class Edit:
    """What one person wrote at one go. `subject` is the record as it is found today (title, address), or None."""

    entry: HistoryEntry
    items: list[Item]
    subject: Any = None

    @property
    def at(self) -> datetime.datetime:
        """When it was written."""
        return self.entry.timestamp

    @property
    def who(self) -> str:
        """Who wrote it; never for readers."""
        return self.entry.who


def groups(entries: QuerySet) -> QuerySet:
    """Return which edits of which records `entries` are of, the latest first: what pages and feeds are cut by.

    An entry that is part of no edit stands alone (`lone`).
    """
    lone = Case(When(Q(cid=None) | Q(cid=""), then=F("pk")))
    found = entries.annotate(lone=lone).values("cid", "lone", "subject_kind", "subject_id")
    return found.annotate(at=Max("timestamp"), last=Max("pk")).order_by("-at", "-last")


def whole(keys: Iterable[dict[str, Any]], entries: QuerySet) -> list[Edit]:
    """Return the edits that `groups` names, in its order, each with all its rows among `entries`."""
    return [edit for group in by_edit(keys, entries) for edit in edits(group)]


def by_edit(keys: Iterable[dict[str, Any]], entries: QuerySet) -> list[list[HistoryEntry]]:
    """Return all of `entries` that are of the edits that `groups` names, edit by edit in its order, newest first."""
    keys = list(keys)
    condition = Q(pk__in=[key["lone"] for key in keys if key["lone"]])
    for key in keys:
        if not key["lone"]:
            condition |= Q(cid=key["cid"], subject_kind=key["subject_kind"], subject_id=key["subject_id"])
    rows: dict[tuple, list[HistoryEntry]] = defaultdict(list)
    for entry in entries.filter(condition).select_related("content_type"):
        rows[_record(entry)].append(entry)
    return list(rows.values())


def _record(entry: HistoryEntry) -> tuple:
    return entry.cid or entry.pk, entry.subject_kind, entry.subject_id


def edits(entries: Iterable[HistoryEntry], *, for_readers: bool = True) -> list[Edit]:
    """Gather entries, newest first, into edits; what readers may not see is left out for them."""
    rows = (list(group) for _, group in groupby(entries, _record))
    return [Edit(group[0], list(_items(group[::-1], for_readers))) for group in rows]


def _items(entries: list[HistoryEntry], for_readers: bool) -> Iterator[Item]:
    """Yield the rows of one edit, oldest first; what was written twice is shown from its first to its last value."""
    items: dict[tuple[int, int], Item] = {}
    for entry in entries:
        item = items.setdefault((entry.content_type_id, entry.object_id), Item(entry))
        for line in entry.public_lines if for_readers else entry.changed_lines:
            _add(item, entry, line)
    yield from items.values()


def _add(item: Item, entry: HistoryEntry, line: dict[str, Any]) -> None:
    known = item.lines.get(line["field"])
    if known:
        known.after = line["after"]
    else:
        item.lines[line["field"]] = Line(entry, line["field"], line["label"], line["before"], line["after"])
