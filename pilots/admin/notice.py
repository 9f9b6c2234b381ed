"""The document: notices, paragraphs, citations, ministries and signatures."""

from django.contrib import admin

from ..models import Citation, Ministry, Notice, Section, Signature
from .inlines import RecordInline
from .record import RecordAdmin


@admin.register(Notice)
class NoticeAdmin(RecordAdmin):
    list_display = ("number", "title", "issued_on", "batch")
    list_filter = ("batch",)
    search_fields = ("number", "title")
    date_hierarchy = "issued_on"
    parts = {
        "title": ("标题和文号", ("title", "title_remark", "number", "issued_on", "batch")),
        "catalogue": (
            "公开目录",
            ("index_number", "subject_category", "subject_words", "published_on", "catalogue_source"),
        ),
        "source": ("来源说明", ("source_remark", "searched_on")),
    }


@admin.register(Section)
class SectionAdmin(RecordAdmin):
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
class CitationAdmin(RecordAdmin):
    list_display = ("position", "title", "number", "section")
    list_display_links = ("title",)
    list_filter = ("notice",)
    list_select_related = ("section", "notice")
    search_fields = ("title", "number")
    autocomplete_fields = ("notice", "section")
    ordering = ("notice", "position")


class SignatureInline(RecordInline):
    model = Signature
    autocomplete_fields = ("notice",)


@admin.register(Ministry)
class MinistryAdmin(RecordAdmin):
    list_display = ("position", "name", "text_name", "successor", "change")
    list_display_links = ("name",)
    search_fields = ("name", "text_name", "successor")
    ordering = ("position",)
    inlines = (SignatureInline,)
    parts = {
        "name": ("名称", ("name", "text_name", "position", "name_en", "name_en_source")),
        "full-name": ("2015年全称", ("full_name", "is_full_name_verified", "full_name_source")),
        "successor": ("后来的机关", ("successor", "change", "change_source")),
    }


@admin.register(Signature)
class SignatureAdmin(RecordAdmin):
    list_display = ("position", "name", "ministry", "notice")
    list_display_links = ("name",)
    list_filter = ("notice",)
    list_select_related = ("ministry", "notice")
    search_fields = ("name", "ministry__name")
    autocomplete_fields = ("notice", "ministry")
    ordering = ("notice", "position")
