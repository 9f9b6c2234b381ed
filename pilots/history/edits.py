"""The history as people read it: what was written at one go is one edit, newest first."""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from django.db.models import Case, F, Max, Q, QuerySet, When

from ..models import HistoryEntry, Region, SearchEntry
from .diff import Piece, pieces
from .original import Issued

WITHDRAWN = "withdrawn_on"  # the field that says so
ON_A_RECORD = 20  # edits that its page shows


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
    rows = entries.annotate(lone=lone).values("cid", "lone", "subject_kind", "subject_id")
    return rows.annotate(at=Max("timestamp"), last=Max("pk")).order_by("-at", "-last")


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
    item_line = item.lines.get(line["field"])
    if item_line:
        item_line.after = line["after"]
    else:
        item.lines[line["field"]] = Line(entry, line["field"], line["label"], line["before"], line["after"])


def of_record(kind: str, pk: int) -> list[Edit]:
    """Return the latest public edits of one record (`kind` as in the history's SUBJECTS), for `_changes.html`."""
    entries = HistoryEntry.objects.for_subject(kind, pk).select_related("content_type")
    return edits(entries[:ON_A_RECORD])


def name_subjects(edit_list: list[Edit]) -> None:
    """Give each edit its record as it is found today; one that is no longer there has neither name nor address."""
    keys = {(edit.entry.subject_kind, edit.entry.subject_id) for edit in edit_list}
    condition = Q(pk=None)
    for kind, pk in keys:
        condition |= Q(kind=kind, object_id=pk)
    entries = SearchEntry.objects.filter(condition).only("kind", "object_id", "title", "url", "card")
    subjects = {(entry.kind, entry.object_id): entry for entry in entries}
    for edit in edit_list:
        edit.subject = subjects.get((edit.entry.subject_kind, edit.entry.subject_id))


def name_withdrawn(edit_list: list[Edit]) -> None:
    """Give each edit of an area that is withdrawn its place in the annex: the notice has it still."""
    lost = [edit.entry.subject_id for edit in edit_list if not edit.subject and edit.entry.subject_kind == "region"]
    areas = Region.all_objects.filter(pk__in=lost or [0]).select_related("notice")
    originals = Issued(areas)
    places = {
        area.pk: SearchEntry(
            kind="region",
            object_id=area.pk,
            title=area.name,
            url=area.annex_url,
            card={"issued": originals.words(area, ["name"])},
        )
        for area in areas
    }
    for edit in edit_list:
        if edit.entry.subject_kind == "region":
            edit.subject = edit.subject or places.get(edit.entry.subject_id)
