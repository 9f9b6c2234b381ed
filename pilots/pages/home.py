"""The first page: the batch, its provinces, systems and duties."""

from typing import Any

from django.urls import reverse
from django.views.generic import TemplateView

from pilots import corrected, grid, withdrawn
from pilots.models import Notice, SectionKind, Signature, System, Topic

from .base import Column, Page, PageMixin


class HomeView(PageMixin, TemplateView):
    template_name = "pilots/home.html"

    def get_page(self, context: dict[str, Any]) -> Page:
        text = "生态文明先行示范区：每个地区要试什么，国家要求什么。按省份、主题和关键词查。"
        return Page(
            "首页",
            reverse("pilots:home"),
            [],
            text,
            Column(text, "生态文明先行示范区,制度创新重点", "首页"),
            sentence="哪些县市是生态文明先行示范区，要试什么",
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        notice = Notice.objects.prefetch_related("sections").first()
        sections = notice.sections.all() if notice else []
        duties = [row for row in sections if row.kind == SectionKind.DUTY and row.is_issued]
        corrected.mark([notice, *duties] if notice else [], has_history=False)
        units, systems = grid.units(), System.objects.for_list()
        return super().get_context_data(**kwargs) | {
            "notice": notice,
            "duties": duties,
            "units": units,
            "tiles": grid.tiles(units),
            "systems": systems,
            "most_priorities": max((system.priority_count for system in systems), default=0),
            "figures": {
                **withdrawn.notice_figures(notice),
                "topics": Topic.objects.count(),
                "ministries": Signature.every.filter(notice=notice, is_issued=True).count(),
            },
        }
