"""Areas side by side."""

from typing import Any

from django.urls import reverse
from django.views.generic import TemplateView

from ..exports import offering
from ..http import origin
from ..record.comparison import Comparison
from .base import Column, Page, PageMixin
from .context_processors import kept


class CompareView(PageMixin, TemplateView):
    template_name = "pilots/compare.html"

    def get_page(self, context: dict[str, Any]) -> Page:
        comparison = context["comparison"]
        text = "两到四个先行示范地区的制度创新重点，按制度并排比较。"
        return Page(
            f"比较：{comparison.names}" if comparison.names else "地区比较",
            comparison.address,
            [("先行示范地区", reverse("pilots:region-list"))],
            text,
            Column(text, "先行示范地区,制度创新重点,比较", "数据发布", "地区比较"),
            is_indexed=not self.request.GET,
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        comparison = Comparison(self.request.GET)
        offer = offering.of_comparison(comparison, origin(self.request)) if comparison.is_ready else None
        notices = kept(comparison.state)["notices"]
        facts = [(region, notices.get(region.notice_id, region.notice.batch_name)) for region in comparison.regions]
        return super().get_context_data(comparison=comparison, facts=facts, offer=offer, **kwargs)
