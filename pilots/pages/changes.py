"""What was corrected since the record was put up: for readers, from the same history; never who did it."""

from typing import Any

from django.core.paginator import Paginator
from django.urls import reverse
from django.views.generic import TemplateView

from ..exports import offering
from ..history.edits import name_subjects, name_withdrawn, of_page
from ..http import origin
from ..models import Edit, HistoryEntry
from ..search import facet_sets
from .base import Column, Page, PageMixin

PAGE_SIZE = 50  # edits


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
        page = Paginator(Edit.objects.of_entries(entries), PAGE_SIZE).get_page(self.request.GET.get("page"))
        edits = of_page(page.object_list, entries)
        name_subjects(edits)
        name_withdrawn(edits)
        return super().get_context_data(
            list=page,
            changes=edits,
            pager=page.paginator.get_elided_page_range(page.number),
            offer=offering.of_list("changes", origin(self.request), facet_sets.current(), page.paginator.count),
            **kwargs,
        )
