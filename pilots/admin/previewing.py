"""预览: the public page as it would be with the form as typed. It is saved, shown, and undone in one transaction."""

from copy import copy
from dataclasses import replace
from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.urls import resolve

from ..models import (
    EVIDENCE,
    Citation,
    Division,
    Document,
    Ministry,
    Notice,
    Priority,
    Province,
    Region,
    Section,
    Signature,
    System,
    Topic,
    is_drafted,
)
from ..search import facet_sets

PREVIEW = "_preview"  # the button
# Where readers see a record: the link to the thing whose page it is on; empty: it has a page of its own.
# What has no entry (other names, terms) only helps to find.
PAGES: dict[type[models.Model], str] = {
    **dict.fromkeys((Notice, Ministry, Province, Region, System, Topic), ""),
    **dict.fromkeys((Section, Citation, Signature), "notice"),
    **dict.fromkeys((Division, Document, *EVIDENCE, Priority), "region"),
}


class PreviewedError(Exception):
    """Everything that was written for a preview is to be undone. `response`: the page, rendered."""

    def __init__(self, response: HttpResponse) -> None:
        super().__init__("preview")
        self.response = response

    def answer(self, request: HttpRequest) -> HttpResponse:
        return self.response


def preview_of(request: HttpRequest, row: Any) -> HttpResponse:
    """Return the page on which readers see the row, rendered as it is in the database now, for no search engine."""
    page = _on_page(row)
    view: Any = resolve(page.get_absolute_url()).func
    reading = copy(request)
    reading.method = "GET"
    with facet_sets.apart():
        response: Any = view.view_class.as_view(**view.view_initkwargs, extra_context={"is_preview": True})(
            reading, slug=page.slug
        )
        published = response.context_data["page"]
        meta = replace(published, is_indexed=False).meta(reading, "noindex, nofollow")
        response.context_data |= {"meta": meta, "canonical": ""}
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response.render()


def may_preview(options: admin.ModelAdmin, request: HttpRequest, row: models.Model | None) -> bool:
    """Return whether this person is offered a preview of the form of a row, or of a new one."""
    if options.model not in PAGES:
        return False
    if row is None:
        return options.has_add_permission(request)
    is_hidden = any(getattr(record, "is_withdrawn", False) for record in (row, _on_page(row))) or is_drafted(row)
    return not is_hidden and options.has_change_permission(request, row)


def _on_page(row: Any) -> Any:
    """Return the thing whose page shows the row."""
    link = PAGES[type(row)]
    return getattr(row, link) if link else row
