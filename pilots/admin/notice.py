"""The document: notices, paragraphs, citations, ministries and signatures."""

from functools import partial
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.text import Truncator

from ..models import Citation, Ministry, Notice, Region, Section, Signature
from ..models.recorded import kind_of
from .inlines import RecordInline
from .issuing import publish_view, with_draft
from .parts import is_of_parts
from .record import RecordAdmin
from .saving import RecordForm
from .withdrawing import withdraw_view


@admin.register(Notice)
class NoticeAdmin(RecordAdmin):
    """A new notice is a draft until it is published."""

    list_display = ("number", "title", "issued_on", "batch", "is_draft")
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
        "reports": ("报送", ("reports_from", "reports_until")),
    }

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Of a new notice, what it says and where it is from: its other parts are filled in when it is there."""
        later = (*self.parts["catalogue"][1], *self.parts["reports"][1], "searched_on") if obj is None else ()
        return [name for name in super().get_fields(request, obj) if name not in later]

    def get_urls(self) -> list[URLPattern]:
        views: dict[str, Any] = {"publish": partial(publish_view, self), "withdraw": self.withdraw_view}
        urls = []
        for page, page_view in views.items():
            view: Any = self.admin_site.admin_view(page_view)
            view.model_admin = self
            urls.append(path(f"<path:object_id>/{page}/", view, name=f"pilots_notice_{page}"))
        return [*urls, *super().get_urls()]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {"title": "新增通知（先不发布，只有部委编辑看得到）"} | (extra_context or {})
        return super().add_view(request, form_url, context)

    def save_model(self, request: HttpRequest, obj: Any, form: RecordForm, change: bool) -> None:
        obj.is_draft = obj.is_draft or not change
        super().save_model(request, obj, form, change)

    def response_post_save_add(self, request: HttpRequest, obj: Any) -> Any:
        return HttpResponseRedirect(self.address("change", obj))

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show a draft with all that it holds and what is missing; any other notice as a page of its parts."""
        response = super().change_view(request, object_id, *args, **kwargs)
        if is_of_parts(request) and isinstance(response, TemplateResponse) and not response.is_rendered:
            notice: Any = (response.context_data or {}).get("original")
            if notice and notice.is_draft:
                response.context_data = with_draft(self, request, notice)
            elif notice:
                lists = [
                    (
                        model._meta.verbose_name_plural,
                        f"{reverse(f'admin:pilots_{kind_of(model)}_changelist')}?notice__id__exact={notice.pk}",
                    )
                    for model in (Section, Citation, Signature, Region)
                    if self.admin_site.get_model_admin(model).has_view_permission(request)
                ]
                response.context_data = (response.context_data or {}) | {"lists": lists}
        return response

    def withdraw_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Delete a draft, for good; a notice that is published stays."""
        row: Any = self.get_object(request, unquote(object_id))
        return (
            withdraw_view(self, request, object_id) if row and row.is_draft else self.delete_view(request, object_id)
        )


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
        return Truncator(section.text).chars(41)


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
