"""预览: the public page as it would be with the form as typed. It is saved, shown, and undone in one transaction."""

from copy import copy
from typing import Any

from django.db import models
from django.http import HttpRequest, HttpResponse

from ..models import (
    Citation,
    Division,
    Ministry,
    Notice,
    Priority,
    Province,
    Region,
    Section,
    Signature,
    System,
    Topic,
)
from ..pages.ministries import MinistryDetailView
from ..pages.notices import NoticeDetailView
from ..pages.provinces import ProvinceDetailView
from ..pages.regions import RegionDetailView
from ..pages.themes import SystemDetailView, TopicDetailView
from ..search import facet_sets
from .saving import GuardedAdmin

PREVIEW = "_preview"  # the button
# Where readers see a record: the view of the page, and the link to the thing whose page it is; empty: its own.
# What has no entry (other names, terms) only helps to find.
PAGES = {
    Notice: (NoticeDetailView, ""),
    Section: (NoticeDetailView, "notice"),
    Citation: (NoticeDetailView, "notice"),
    Signature: (NoticeDetailView, "notice"),
    Ministry: (MinistryDetailView, ""),
    Province: (ProvinceDetailView, ""),
    Region: (RegionDetailView, ""),
    Division: (RegionDetailView, "region"),
    Priority: (RegionDetailView, "region"),
    System: (SystemDetailView, ""),
    Topic: (TopicDetailView, ""),
}


class PreviewedError(Exception):
    """Everything that was written for a preview is to be undone. `response`: the page, rendered."""

    def __init__(self, response: HttpResponse) -> None:
        super().__init__("preview")
        self.response = response


class PreviewingAdmin(GuardedAdmin):
    """An admin that previews what has a place on a public page: to whom and what it saves, by the same rules."""

    change_form_template = "admin/pilots/previewable/change_form.html"

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except PreviewedError as previewed:
            return previewed.response

    def save_related(self, request: HttpRequest, form: Any, formsets: list[Any], change: bool) -> None:
        """Save; for a preview without asking for reason and confirmation, and never for good."""
        if PREVIEW not in request.POST or self.model not in PAGES:
            super().save_related(request, form, formsets, change)
            return
        super(GuardedAdmin, self).save_related(request, form, formsets, change)
        with facet_sets.apart():
            page = self._rendered(request, form.instance)
        raise PreviewedError(page)

    def _rendered(self, request: HttpRequest, row: models.Model) -> HttpResponse:
        view, _ = PAGES[self.model]
        reading = copy(request)
        reading.method = "GET"
        response = view.as_view(extra_context={"is_preview": True})(reading, slug=_on_page(row).slug)
        meta = [(name, content) for name, content in response.context_data["meta"] if name != "robots"]
        response.context_data |= {"meta": [*meta, ("robots", "noindex, nofollow")], "canonical": ""}
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response.render()

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        row = kwargs.get("obj")
        context["may_preview"] = self.model in PAGES and self._may_preview(request, row)
        return super().render_change_form(request, context, *args, **kwargs)

    def _may_preview(self, request: HttpRequest, row: models.Model | None) -> bool:
        if row is None:
            return self.has_add_permission(request)
        is_seen = not any(getattr(record, "is_withdrawn", False) for record in (row, _on_page(row)))
        return is_seen and self.has_change_permission(request, row)


def _on_page(row: models.Model) -> models.Model:
    """Return the thing whose page shows the row."""
    _, link = PAGES[type(row)]
    return getattr(row, link) if link else row
