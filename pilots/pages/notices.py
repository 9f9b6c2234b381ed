"""Pages of the notices: their list, and each with its text, annex and signatures."""

from itertools import chain
from typing import Any

from django.urls import reverse
from django.views.generic import DetailView, ListView

from pilots import changes, citing, corrected
from pilots.models import Notice
from pilots.typography import RULES

from .base import Article, Column, Crumb, Page, PageMixin


class NoticeListView(PageMixin, ListView):
    queryset = Notice.objects.all()

    def get_page(self, context: dict[str, Any]) -> Page:
        text = "本站收录的通知全文。"
        return Page("通知", reverse("pilots:notice-list"), [], text, Column(text, "通知,生态文明", "政策文件"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        corrected.mark(self.object_list, has_history=False)
        return super().get_context_data(**kwargs)


class NoticeDetailView(PageMixin, DetailView):
    queryset = Notice.objects.for_detail()

    def get_page(self, context: dict[str, Any]) -> Page:
        authors = ",".join(signature.name for signature in self.object.signatures.all())
        source = "本站依据公开文件整理"
        return Page(
            self.object.title,
            self.object.get_absolute_url(),
            [Crumb("通知", reverse("pilots:notice-list"))],
            f"{self.object.number}《{self.object.title}》全文、附件和署名。",
            Column("通知全文", "通知,生态文明", "政策文件"),
            Article(f"{self.object.issued_on}", source, f"{self.object.number},生态文明先行示范区", authors),
            is_indexed=not self.is_raw,
            form="?text=raw" if self.is_raw else "",
        )

    @property
    def is_raw(self) -> bool:
        """Whether the reader asked for the text as received (`?text=raw`)."""
        return self.request.GET.get("text") == "raw"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        regions = list(self.object.regions(manager="every").for_annex())
        lines = [line for region in regions for line in region.priorities.all()]
        parts = [list(rows.all()) for rows in (self.object.sections, self.object.signatures, self.object.citations)]
        corrected.mark([self.object, *chain(*parts), *regions, *lines], is_raw=self.is_raw)
        return super().get_context_data(**kwargs) | {
            "is_raw": self.is_raw,
            "rules": RULES,
            "citation": citing.forms(self.object, self.request.build_absolute_uri(self.object.get_absolute_url())),
            "regions": regions,
            "changes": changes.of("notice", self.object.pk),
        }
