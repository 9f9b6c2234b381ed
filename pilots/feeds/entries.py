"""What a feed tells: the latest edits of the history as `/changes/` shows them, and every withdrawal.

What was changed earlier of an area that is withdrawn is told no more; that it was withdrawn, when and why, is.
"""

import datetime
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Max
from django.urls import reverse
from django.utils import timezone

from ..history.edits import name_subjects, of_page
from ..history.original import Issued
from ..models import Edit, HistoryEntry, Notice, Proposal, Region
from .scopes import Scope, mark

MOST = 100  # entries of a feed; `/changes/` has all
# Under it the names of edits are made: another one would make every reader see every entry again.
NAMESPACE = uuid.UUID("6e8f1c52-3b0d-4c5e-9f0a-2d5b7a41c3e8")
BEFORE_EVERYTHING = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
Key = tuple[str, str, int]  # which edit, of which record


@dataclass(frozen=True)
class Told:
    """One entry of a feed. `id` stays the same for ever, in every feed; of the last three one is what it tells."""

    id: str
    at: datetime.datetime
    title: str
    url: str
    original_name: str = ""  # what was issued, where the name of what it is about was corrected
    edit: Edit | None = None
    withdrawn: Region | None = None
    proposal: Proposal | None = None


def latest(scope: Scope) -> list[Told]:
    """Return the latest changes in `scope`, newest first."""
    withdrawn = (
        Region.all_objects.exclude(Region.published_if).order_by().values("pk")
    )  # `_withdrawals` tells of them
    entries = HistoryEntry.objects.public().exclude(edit__subject_kind="region", edit__subject_id__in=withdrawn)
    edits = of_page(Edit.objects.of_entries(entries.filter(scope.entries))[:MOST], entries)
    name_subjects(edits)
    rows = [*_withdrawals(scope), *map(_told, edits)]  # the first tell of what was left out
    return sorted(rows, key=lambda row: (row.at, row.id), reverse=True)[:MOST]


def began() -> datetime.datetime:
    """Return the date of the record itself: the first moment of the day of its latest notice, in Shanghai."""
    day = Notice.objects.aggregate(latest=Max("issued_on"))["latest"]
    return _midnight(day) if day else timezone.localtime(BEFORE_EVERYTHING)


def named(*parts: object) -> str:
    """Return the permanent name of what `parts` say."""
    return uuid.uuid5(NAMESPACE, "/".join(map(str, parts))).urn


def of_proposal(proposal: Proposal) -> Told:
    """Return the entry that tells of an answer."""
    words = f"{proposal.get_state_display()}：{proposal.title}（{proposal}）"
    url = f"{reverse('pilots:correction-list')}#correction-{proposal.year}-{proposal.number}"
    name = named("correction", proposal.year, proposal.number)
    return Told(name, timezone.localtime(proposal.answered_at), words, url, proposal=proposal)


def _key(edit: Edit) -> Key:
    return edit.key, edit.subject_kind, edit.subject_id


def _told(edit: Edit) -> Told:
    subject, title = edit.subject, edit.items[0].entry.what
    if subject:
        title = f"{subject.title}{'（本站增补）' if subject.is_added else ''}"
    url = subject.url if subject else reverse("pilots:change-list")
    original_name = subject.issued if subject else ""
    # Where only lines of the record were touched, it was corrected; its report isn't one of them.
    verbs = (item.verb for item in edit.items if item.entry.content_type.model in (edit.subject_kind, "report"))
    words = f"{next(verbs, '更正')}：{title}{mark(original_name)}"
    return Told(named(*_key(edit)), timezone.localtime(edit.at), words, url, original_name, edit=edit)


def _withdrawals(scope: Scope) -> Iterator[Told]:
    """Tell that areas are withdrawn; where the history doesn't know of it, as of the day that the area names."""
    regions = Region.all_objects.exclude(Region.published_if).filter(scope.areas).select_related("notice")
    of_region = HistoryEntry.objects.filter(content_type__app_label="pilots", content_type__model="region")
    entries = of_region.filter(object_id__in=regions.order_by().values("pk"), changes__has_key="withdrawn_on")
    entries = entries.select_related("edit").order_by("timestamp", "pk")
    latest_of = {entry.object_id: entry for entry in entries}
    originals = Issued(regions)
    for region in regions:
        assert region.withdrawn_on
        entry = latest_of.get(region.pk)
        name = named(*_key(entry.edit)) if entry else named("withdrawn", region.slug, region.withdrawn_on)
        at = timezone.localtime(entry.timestamp) if entry else _midnight(region.withdrawn_on)
        before = originals.words(region, ["name"]).get("name", "")
        url = region.annex_url or region.get_absolute_url()
        yield Told(name, at, f"撤下：{region.name}{mark(before)}", url, before, withdrawn=region)


def _midnight(day: datetime.date) -> datetime.datetime:
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time()))
