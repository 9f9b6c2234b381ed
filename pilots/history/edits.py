"""The history as people read it: what was written at one go is one edit, newest first."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import cache
from typing import NamedTuple

from django.db.models import Q, QuerySet, Window
from django.db.models.functions import DenseRank

from ..models import Edit, HistoryEntry, Proposal, Region, ReportState, SearchEntry
from ..models.attachments import WORDS
from .original import Issued

WITHDRAWN, PUBLISHED = "withdrawn_on", "is_draft"  # the fields that say so
ON_A_RECORD = 20  # edits that its page shows
MOST = 4_000  # characters of both texts together; longer ones are shown whole, one after the other
# An address; a number with what parts and ends it (2,000.5万元, 2015年12月3日, 2016-01-02, 40%), or in Chinese; else
# a character.
_TOKENS = re.compile(
    r"https?://[!-~]+|"
    r"(?:\d+(?:[.,．，:/-]\d+)*[年月日号]?)+[%％十百千万亿]*元?|[〇零一二三四五六七八九十百千万亿]+|.",
    re.DOTALL,
)
Piece = tuple[str, str]  # whether a stretch of text is kept (`same`), taken out (`del`) or put in (`ins`); the text


class Change(NamedTuple):
    """A text that is to be changed: what it is of, in words."""

    label: str
    before: str
    after: str

    @property
    def pieces(self) -> list[Piece]:
        """How the one text becomes the other."""
        return pieces(self.before, self.after)


def pieces(before: str, after: str) -> list[Piece]:
    """Return how `before` becomes `after`: without the insertions it is the one, without the deletions the other.

    By characters, but addresses, numbers, years, dates and sums as a whole: of 1000 and 2000 no digit stays. Where
    less than half stays, in shreds, or a quarter, within: one text after the other.
    """
    are_files = re.fullmatch(WORDS, before) and re.fullmatch(WORDS, after)  # letters that two sums share say nothing
    if len(before) + len(after) > MOST or not before or not after or are_files:
        return [(kind, text) for kind, text in (("del", before), ("ins", after)) if text]
    parts, (old, new) = [], map(_TOKENS.findall, (before, after))
    steps = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    count, changes = sum(j - i for kind, i, j, _, _ in steps if kind == "equal"), sum(s[0] != "equal" for s in steps)
    if changes > 1 and (2 if changes > 2 else 4) * count < max(len(old), len(new)):
        return [("del", before), ("ins", after)]
    for kind, i, j, k, m in steps:
        if kind == "equal":
            parts.append(("same", "".join(old[i:j])))
        else:
            stretches = (("del", "".join(old[i:j])), ("ins", "".join(new[k:m])))
            parts += [(name, text) for name, text in stretches if text]
    return parts


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
    restore: str = ""  # where all that it held before can be taken up again at once, for who may

    @property
    def verb(self) -> str:
        """What was done to the row."""
        actions = HistoryEntry.Action
        if PUBLISHED in self.lines and self.entry.action != actions.CREATE:
            return "发布"
        if "state" in self.lines and self.lines["state"].after == ReportState.PUBLISHED.label:
            return "公开"
        withdrawing = self.lines.get(WITHDRAWN)
        if withdrawing:
            return "撤下" if withdrawing.after else "恢复"
        return {actions.CREATE: "新增", actions.DELETE: "删除"}.get(self.entry.action, "更正")

    @property
    def phrase(self) -> str:
        """What was done to which row; rows whose names are told no more have one phrase."""
        return f"{self.verb}{self.entry.what}"


def gather(entries: Iterable[HistoryEntry], *, for_readers: bool = True) -> list[Edit]:
    """Return the edits of entries, newest first, with their `items`; for readers without what they may not see."""
    rows: dict[int, list[HistoryEntry]] = defaultdict(list)
    for entry in entries:
        rows[entry.edit_id].append(entry)
    edits = [group[0].edit for group in rows.values()]
    amended_keys = Proposal.objects.amended_keys(edits)
    for edit in edits:  # what was written twice is shown from its first to its last value
        edit.is_amended = edit.key in amended_keys
        items: dict[tuple[int, int], Item] = {}
        for entry in reversed(rows[edit.pk]):
            item = items.setdefault((entry.content_type_id, entry.object_id), Item(entry))
            for line in entry.public_lines if for_readers else entry.changed_lines:
                fresh = Line(entry, line["field"], line["label"], line["before"], line["after"])
                item.lines.setdefault(line["field"], fresh).after = line["after"]
        edit.items = list(items.values())
    return edits


def of_page(page: Iterable[Edit], entries: QuerySet, *, for_readers: bool = True) -> list[Edit]:
    """Return the edits of a page, each with all its rows among `entries`."""
    order = [edit.pk for edit in page]
    rows = entries.filter(edit__in=order).select_related("content_type")
    edits = {edit.pk: edit for edit in gather(rows, for_readers=for_readers)}
    return [edits[pk] for pk in order if pk in edits]


def latest(entries: QuerySet, count: int) -> list[Edit]:
    """Return the latest edits that any of `entries` belongs to, each with all its rows among them. One query."""
    edits = Edit.objects.of_entries(entries)[:count]
    return gather(entries.filter(edit__in=edits.values("pk")).select_related("content_type"))


@cache
def _of_kind(kind: str) -> QuerySet:
    """Return the rows of the latest public edits of each record of a kind: building it takes as long as asking."""
    newest = Window(DenseRank(), "edit__subject_id", ["-edit__at", "-edit_id"])
    entries = HistoryEntry.objects.public(kind).alias(place=newest).filter(place__lte=ON_A_RECORD)
    return entries.select_related("content_type")


def of_record(kind: str, pk: int) -> list[Edit]:
    """Return the latest public edits of one record (`kind`: its model's name), for `_changes.html`."""
    return gather(_of_kind(kind).filter(edit__subject_id=pk))


def name_subjects(edit_list: list[Edit]) -> None:
    """Give each edit its record as it is found today; one that is no longer there has neither name nor address."""
    keys = {(edit.subject_kind, edit.subject_id) for edit in edit_list}
    condition = Q(pk=None)
    for kind, pk in keys:
        condition |= Q(kind=kind, object_id=pk)
    entries = SearchEntry.objects.filter(condition).only("kind", "object_id", "title", "url", "card")
    subjects = {(entry.kind, entry.object_id): entry for entry in entries}
    for edit in edit_list:
        edit.subject = subjects.get((edit.subject_kind, edit.subject_id))


def name_withdrawn(edit_list: list[Edit]) -> None:
    """Give each edit of an area that is withdrawn its place in the annex: the notice has it still."""
    lost = [edit.subject_id for edit in edit_list if not edit.subject and edit.subject_kind == "region"]
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
        if edit.subject_kind == "region":
            edit.subject = edit.subject or places.get(edit.subject_id)


def give_edits(proposals: Iterable[Proposal]) -> None:
    """Give each proposal the public edits that it led to (`edits`)."""
    by_key = {proposal.edit_key: proposal for proposal in proposals if proposal.edit_key}
    entries = HistoryEntry.objects.public().filter(edit__key__in=list(by_key))
    edits = of_page(Edit.objects.filter(key__in=list(by_key)), entries) if by_key else []
    name_subjects(edits)
    for edit in edits:
        by_key[edit.key].edits = [*by_key[edit.key].edits, edit]
