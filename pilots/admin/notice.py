"""The document: notices, paragraphs, citations, ministries and signatures."""

from typing import Any

from django.contrib import admin
from django.db.models import ManyToManyField
from django.forms import CheckboxSelectMultiple, Field
from django.http import HttpRequest

from ..models import Citation, Ministry, Notice, Section, Signature
from .exporting import Exporting
from .inlines import GuardedInline
from .permissions import ReachAdmin, ReachInline
from .previewing import PreviewingAdmin
from .withdrawing import KeptForever, WithdrawingAdmin


def ticked(admin: Any, field: ManyToManyField, request: HttpRequest, **kwargs: Any) -> Field:
    """Return the form's field for links as `admin` makes it, each with a box to tick: these have names and labels."""
    formfield = admin.formfield_for_manytomany(field, request, **kwargs, widget=CheckboxSelectMultiple)
    formfield.help_text = field.help_text
    return formfield


class RecordAdmin(Exporting, PreviewingAdmin, ReachAdmin):
    """A part of the record: what one form or action writes is found under its new words at once, in one writing."""

    def formfield_for_manytomany(self, field: ManyToManyField, request: HttpRequest, **kwargs: Any) -> Field:
        return ticked(super(), field, request, **kwargs)


class FixedAddressAdmin(RecordAdmin):
    """A thing with an address: its slug is given once, when it is made, and never changes."""

    def get_readonly_fields(self, request: HttpRequest, obj: object | None = None) -> tuple[str, ...]:
        return (*super().get_readonly_fields(request, obj), *(("slug",) if obj else ()))


@admin.register(Notice)
class NoticeAdmin(KeptForever, FixedAddressAdmin):
    list_display = ("number", "title", "issued_on", "batch")
    list_filter = ("batch",)
    search_fields = ("number", "title")
    date_hierarchy = "issued_on"


@admin.register(Section)
class SectionAdmin(WithdrawingAdmin, RecordAdmin):
    list_display = ("position", "kind", "heading", "text_start", "notice")
    list_display_links = ("position", "kind")
    list_filter = ("kind", "notice")
    list_select_related = ("notice",)
    search_fields = ("text", "heading")
    autocomplete_fields = ("notice",)
    ordering = ("notice", "position")

    @admin.display(description="正文")
    def text_start(self, section: Section) -> str:
        return section.text[:40]


@admin.register(Citation)
class CitationAdmin(WithdrawingAdmin, RecordAdmin):
    list_display = ("position", "title", "number", "section")
    list_display_links = ("title",)
    list_filter = ("notice",)
    list_select_related = ("section", "notice")
    search_fields = ("title", "number")
    autocomplete_fields = ("notice", "section")
    ordering = ("notice", "position")


class SignatureInline(ReachInline, GuardedInline):
    model = Signature
    autocomplete_fields = ("notice",)


@admin.register(Ministry)
class MinistryAdmin(KeptForever, FixedAddressAdmin):
    list_display = ("position", "name", "text_name", "successor", "change")
    list_display_links = ("name",)
    search_fields = ("name", "text_name", "successor")
    ordering = ("position",)
    inlines = (SignatureInline,)


@admin.register(Signature)
class SignatureAdmin(WithdrawingAdmin, RecordAdmin):
    list_display = ("position", "name", "ministry", "notice")
    list_display_links = ("name",)
    list_filter = ("notice",)
    list_select_related = ("ministry", "notice")
    search_fields = ("name", "ministry__name")
    autocomplete_fields = ("notice", "ministry")
    ordering = ("notice", "position")
