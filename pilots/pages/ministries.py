"""Pages of the bodies that issued the notice."""

from itertools import chain
from typing import Any

from django.urls import reverse
from django.views.generic import DetailView, ListView

from ..exports import offering
from ..http import origin
from ..models import Ministry
from ..record import corrections
from ..search import facet_sets
from .base import Column, Page, PageMixin


class MinistryListView(PageMixin, ListView):
    queryset = Ministry.objects.for_list()
    title, route = "发文机关", "pilots:ministry-list"
    lead = "联合印发通知的部门：当时的名称、署名次序和2018年机构改革以来的名称。"
    keywords, column_type = "发文机关,部委", "数据发布"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        signatures = chain.from_iterable(ministry.signatures.all() for ministry in self.object_list)
        corrections.mark(signatures, has_history=False)
        offer = offering.of_list("ministries", origin(self.request), facet_sets.current(), len(self.object_list))
        return super().get_context_data(offer=offer, **kwargs)


class MinistryDetailView(PageMixin, DetailView):
    queryset = Ministry.objects.for_detail()

    def get_page(self, context: dict[str, Any]) -> Page:
        return Page(
            self.object.name,
            self.object.get_absolute_url(),
            [("发文机关", reverse("pilots:ministry-list"))],
            f"{self.object.name}：在通知中的署名和2018年机构改革以来的名称。",
            Column("发文机关", "发文机关,部委", "数据发布"),
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        signatures = self.object.signatures.all()
        corrections.mark([self.object, *signatures, *(signature.notice for signature in signatures)])
        offer = offering.of_list("ministries", origin(self.request), facet_sets.current(), 1, self.object.slug)
        return super().get_context_data(offer=offer, **kwargs)
