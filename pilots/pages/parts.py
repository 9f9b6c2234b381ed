"""Pages with citations of what a thing consists of: each paragraph of a notice, each line of an area with what came
after there."""

from collections.abc import Iterable
from typing import Any

from django.db.models import prefetch_related_objects
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.generic import TemplateView

from ..http import origin
from ..models import Document, Notice, Priority, Region, Section
from ..record import corrections
from . import citations
from .base import Column, Crumb, Page, PageMixin


class PartsView(PageMixin, TemplateView):
    """The citations of the parts of `parent`."""

    template_name = "pilots/parts.html"
    parent: Notice | Region

    def crumb(self, name: str) -> Crumb:
        """Return the step back to `parent`, called by its field `name`."""
        return self.marked(name), self.parent.get_absolute_url()

    def marked(self, name: str) -> str:
        """Return the words that `parent` has in a field, with what is to be known of them."""
        return f"{getattr(self.parent, name)}{corrections.remark(self.parent, name)}"

    def parts(self, rows: Iterable[Section | Priority | Document], labels: Iterable[str]) -> list[tuple[Any, ...]]:
        """Return for each paragraph or line (row, what it is called, its citation)."""
        base = origin(self.request)
        return [
            (row, label, citations.forms(row, f"{base}{row.get_absolute_url()}"))
            for row, label in zip(rows, labels, strict=True)
        ]


class NoticePartsView(PartsView):
    parent: Notice

    def get_page(self, context: dict[str, Any]) -> Page:
        notice, text = self.parent, f"{self.marked('number')}各段的引文。"
        trail = [("通知", reverse("pilots:notice-list")), self.crumb("title")]
        path = reverse("pilots:notice-parts", args=[notice.slug])
        return Page("引用通知的段落", path, trail, text, Column(text, "引文", "政策文件"), is_indexed=False)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        notices = Notice.objects.prefetch_related("sections", "signatures")
        self.parent = notice = get_object_or_404(notices, slug=self.kwargs["slug"])
        sections = list(notice.sections.all())
        corrections.mark([notice, *notice.signatures.all(), *sections], has_history=False)
        parts = self.parts(sections, [section.label for section in sections])
        return super().get_context_data(parent=notice, parts=parts, **kwargs)


class RegionPartsView(PartsView):
    parent: Region

    def get_page(self, context: dict[str, Any]) -> Page:
        region, text = self.parent, f"{self.marked('name')}各项制度创新重点和后续文件的引文。"
        trail = [("先行示范地区", reverse("pilots:region-list")), self.crumb("name")]
        path = reverse("pilots:region-parts", args=[region.slug])
        return Page("引用重点和后续文件", path, trail, text, Column(text, "引文", "数据发布"), is_indexed=False)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        regions = Region.objects.select_related("notice").prefetch_related("priorities", "documents")
        self.parent = region = get_object_or_404(regions, slug=self.kwargs["slug"])
        prefetch_related_objects([region.notice], "signatures")
        lines = list(region.priorities.all())
        for line in lines:
            line.region = region
        corrections.mark([region, region.notice, *region.notice.signatures.all(), *lines], has_history=False)
        parts = self.parts(lines, [f"第{line.number}项" for line in lines])
        documents = [row for row in region.documents.all() if row.is_shown]
        for document in documents:
            document.region = region
        parts += self.parts(documents, [f"后续文件：{'；'.join(document.names)}" for document in documents])
        return super().get_context_data(parent=region, parts=parts, documents_at=len(lines), **kwargs)
