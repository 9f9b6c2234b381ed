"""What was corrected since the record was put up: for readers, from the same history; never who did it."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q
from django.urls import reverse
from django.views.generic import TemplateView

from .data import offering
from .history.reading import Edit, edits, groups, whole
from .issued import Issued
from .models import HistoryEntry, Region, SearchEntry
from .pages.base import Column, Page, PageMixin, origin
from .search import snapshot

PAGE_SIZE = 50  # edits
ON_A_RECORD = 20


def of(kind: str, pk: int) -> list[Edit]:
    """Return the latest public edits of one record (`kind` as in the history's SUBJECTS), for `_changes.html`."""
    entries = HistoryEntry.objects.for_subject(kind, pk).select_related("content_type")
    return edits(entries[:ON_A_RECORD])


class ChangeListView(PageMixin, TemplateView):
    """All public edits, newest first, each with the record that it is part of."""

    template_name = "pilots/change_list.html"

    def get_page(self, context: dict[str, Any]) -> Page:
        text = "本站对记录所作的更正：何时、改了什么、改前改后、为什么。"
        number = context["list"].number
        return Page(
            "更正记录",
            reverse("pilots:change-list") + (f"?page={number}" if number > 1 else ""),
            [],
            text,
            Column(text, "更正,修改记录", "数据发布"),
            is_indexed=not self.request.GET,
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        entries = HistoryEntry.objects.public()
        page = Paginator(groups(entries), PAGE_SIZE).get_page(self.request.GET.get("page"))
        found = whole(page.object_list, entries)
        name_subjects(found)
        name_withdrawn(found)
        return super().get_context_data(
            list=page,
            changes=found,
            pager=page.paginator.get_elided_page_range(page.number),
            offer=offering.of_list("changes", origin(self.request), snapshot.current(), page.paginator.count),
            **kwargs,
        )


def name_subjects(found: list[Edit]) -> None:
    """Give each edit its record as it is found today; one that is no longer there has neither name nor address."""
    keys = {(edit.entry.subject_kind, edit.entry.subject_id) for edit in found}
    wanted = Q(pk=None)
    for kind, pk in keys:
        wanted |= Q(kind=kind, object_id=pk)
    entries = SearchEntry.objects.filter(wanted).only("kind", "object_id", "title", "url", "card")
    subjects = {(entry.kind, entry.object_id): entry for entry in entries}
    for edit in found:
        edit.subject = subjects.get((edit.entry.subject_kind, edit.entry.subject_id))


def name_withdrawn(found: list[Edit]) -> None:
    """Give each edit of an area that is withdrawn its place in the annex: the notice has it still."""
    lost = [edit.entry.subject_id for edit in found if not edit.subject and edit.entry.subject_kind == "region"]
    areas = Region.every.filter(pk__in=lost or [0]).select_related("notice")
    issued = Issued(areas)
    places = {
        area.pk: SearchEntry(
            kind="region",
            object_id=area.pk,
            title=area.name,
            url=area.annex_url,
            card={"issued": issued.words(area, ["name"])},
        )
        for area in areas
    }
    for edit in found:
        if edit.entry.subject_kind == "region":
            edit.subject = edit.subject or places.get(edit.entry.subject_id)
