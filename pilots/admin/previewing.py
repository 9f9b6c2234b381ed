"""预览: the public page as it would be with the form as typed. It is saved, shown, and undone in one transaction."""

from copy import copy
from typing import Any

from django.db import models
from django.http import HttpRequest, HttpResponse

from pilots.search import snapshot
from pilots.views import NoticeDetailView, RegionDetailView

from .saving import GuardedAdmin

PREVIEW = "_preview"  # the button


class PreviewedError(Exception):
    """Everything that was written for a preview is to be undone. `response`: the page, rendered."""

    def __init__(self, response: HttpResponse) -> None:
        super().__init__("preview")
        self.response = response


class PreviewingAdmin(GuardedAdmin):
    """An admin of what has a place on a public page. To whom and what it saves, by the same rules, it previews."""

    change_form_template = "admin/pilots/previewable/change_form.html"

    def page_view(self, row: models.Model) -> tuple[type, str]:
        """Return the view of the public page that shows `row`, and the slug in that page's address."""
        raise TypeError(f"{type(self).__name__} says nothing of its page")

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except PreviewedError as previewed:
            return previewed.response

    def save_related(self, request: HttpRequest, form: Any, formsets: list[Any], change: bool) -> None:
        """Save; for a preview without asking for reason and confirmation, and never for good."""
        if PREVIEW not in request.POST:
            super().save_related(request, form, formsets, change)
            return
        super(GuardedAdmin, self).save_related(request, form, formsets, change)
        with snapshot.apart():
            page = self._rendered(request, form.instance)
        raise PreviewedError(page)

    def _rendered(self, request: HttpRequest, row: models.Model) -> HttpResponse:
        view, slug = self.page_view(row)
        reading = copy(request)
        reading.method = "GET"
        response = view.as_view(extra_context={"is_preview": True})(reading, slug=slug)
        said = [(name, content) for name, content in response.context_data["meta"] if name != "robots"]
        response.context_data |= {"meta": [*said, ("robots", "noindex, nofollow")], "canonical": ""}
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response.render()

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        row = kwargs.get("obj")
        shown = row is not None and not getattr(row, "is_withdrawn", False)
        context["may_preview"] = shown and self.has_change_permission(request, row)
        return super().render_change_form(request, context, *args, **kwargs)


class RegionPreview(PreviewingAdmin):
    """Previews an area on its own page."""

    def page_view(self, row: models.Model) -> tuple[type, str]:
        return RegionDetailView, row.slug


class SectionPreview(PreviewingAdmin):
    """Previews a paragraph on the page of its notice."""

    def page_view(self, row: models.Model) -> tuple[type, str]:
        return NoticeDetailView, row.notice.slug
