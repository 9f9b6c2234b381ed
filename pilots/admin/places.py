"""The places: province-level units, areas with their priorities, aliases and divisions."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.forms.models import ModelChoiceIterator
from django.http import HttpRequest, HttpResponse
from django.urls import resolve

from ..models import (
    Alias,
    Division,
    Document,
    Indicator,
    Mechanism,
    Priority,
    Project,
    Province,
    Region,
    in_provinces,
)
from .attachments import WithFileAdmin
from .columns import ColumnAdmin
from .fields import is_key
from .importing import ImportAdmin, RowForm
from .inlines import RecordInline
from .parts import BACK, is_of_parts, part_of
from .permissions import units, visible
from .record import RecordAdmin


@admin.register(Province)
class ProvinceAdmin(RecordAdmin):
    list_display = ("position", "name", "short_name", "kind", "code", "addressed_position", "parent")
    list_display_links = ("name",)
    list_filter = ("kind", ("addressed_position", admin.EmptyFieldListFilter))
    list_select_related = ("parent",)
    search_fields = ("name", "short_name", "code", "pinyin", "slug")
    autocomplete_fields = ("parent",)
    readonly_fields = ("addressed_position",)  # the notice was sent to whom it was sent to
    ordering = ("position",)
    parts = {
        "name": (
            "名称",
            (
                *("name", "short_name", "abbreviation", "other_abbreviations", "pinyin"),
                *("name_en", "name_en_source"),
            ),
        ),
        "place": (
            "类别和次序",
            ("kind", "code", "parent", "addressed_position", "position", "tile_row", "tile_column"),
        ),
    }


class PriorityInline(RecordInline):
    """The priorities inside their area. The choices are read once, not once per priority."""

    model = Priority
    ordering = ("number",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).prefetch_related("topics", "also_systems")

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return _read_once(super().formfield_for_manytomany(db_field, request, **kwargs))

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return _read_once(super().formfield_for_foreignkey(db_field, request, **kwargs))


class ReadOnce(ModelChoiceIterator):
    """The choices of a relation, kept after the first reading: every copy of the form shares them."""

    def __iter__(self) -> Any:
        choices = vars(self.field)["kept_choices"]
        if not choices:
            choices.extend(super().__iter__())
        return iter(choices)


def _read_once(formfield: Any) -> Any:
    if isinstance(formfield, forms.ModelChoiceField):
        vars(formfield)["kept_choices"] = []
        formfield.iterator = ReadOnce
        formfield.widget.choices = formfield.choices
    return formfield


class AliasInline(RecordInline):
    model = Alias


class DivisionInline(RecordInline):
    model = Division
    ordering = ("position",)


class DocumentInline(RecordInline):
    model = Document
    ordering = ("position",)


class EvidenceInline(RecordInline):
    ordering = ("position",)
    autocomplete_fields = ("document",)


class IndicatorInline(EvidenceInline):
    model = Indicator


class MechanismInline(EvidenceInline):
    model = Mechanism


class ProjectInline(EvidenceInline):
    model = Project


class WithinFilter(admin.SimpleListFilter):
    """Areas that stand in a unit or in one inside it, joint areas included: as the public pages count them."""

    title = "省份（含共建和其中的单位）"
    parameter_name = "within"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        rows = Province.objects.order_by("position")
        if visible(request.user, Province):
            rows = rows.filter(pk__in=units(request.user))
        return list(rows.values_list("slug", "short_name"))

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if not self.value():
            return queryset
        condition = Q(slug=self.value()) | Q(parent__slug=self.value())
        return queryset.filter(in_provinces(Province.objects.filter(condition).values_list("pk", flat=True)))


@admin.register(Region)
class RegionAdmin(ImportAdmin):
    list_display = ("serial", "name", "province", "kind", "later_name", "verification")
    list_display_links = ("name",)
    list_filter = ("kind", "verification", "name_now_status", "notice", "province", WithinFilter)
    list_select_related = ("province", "notice")
    search_fields = ("name", "name_now", "short_name", "pinyin", "aliases__name", "priorities__text")
    autocomplete_fields = ("notice", "province")
    ordering = ("notice", "serial")
    inlines = (
        *(PriorityInline, AliasInline, DivisionInline, DocumentInline),
        *(IndicatorInline, MechanismInline, ProjectInline),
    )
    ministry_fields = ("notice", "serial")
    parts = {
        "name": (
            "名称",
            ("name_raw", "name", "short_name", "pinyin", "short_pinyin", "name_en", "name_en_source"),
        ),
        "renaming": (
            "更名",
            ("name_now", "name_now_status", "renamed_on", "renamed_precision", "renaming", "renaming_source"),
        ),
        "priorities": ("重点", ()),
        "aliases": ("别名", ()),
        "divisions": ("行政区划", ()),
        "documents": ("后续文件", ()),
        "indicators": ("指标", ()),
        "mechanisms": ("协调机制", ()),
        "projects": ("重点项目", ()),
        "remark": ("说明", ("open_points", "remark", "remark_source", "internal_note")),
        "verification": ("核实", ("kind", "is_kind_verified", "kind_source", "verification")),
    }
    effect = (
        "撤下以后，它的地址只回答“内容已撤下”和下面写的原因；列表和统计不再有它，更正记录不再显示它此前的更正。"
        "检索它的名称和查看更正记录的人，仍会看到它的名称、撤下日期和原因。通知附件的原文照旧。可以恢复。"
    )
    import_key = ("slug",)
    import_key_by_hand = ("name",)
    import_aside = ("serial",)
    import_fixed = ("notice",)
    shared_texts = ("renaming",)
    later_fields = (
        *("name_en", "name_en_source", "partners", "is_kind_verified", "kind_source", "verification"),
        *parts["renaming"][1],
        *parts["remark"][1],
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related(*self.list_select_related)

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """Leave what came after the notice to its own forms: on the whole form it took more room than the area."""
        inlines = super().get_inlines(request, obj)
        after = (DocumentInline, EvidenceInline)
        if obj is None and BACK in request.GET:  # its rows are entered on its page
            return []
        return inlines if is_of_parts(request) else [inline for inline in inlines if not issubclass(inline, after)]

    @admin.display(description="现名")
    def later_name(self, region: Region) -> str:
        return region.later_name


@admin.register(Alias)
class AliasAdmin(ImportAdmin):
    list_display = ("name", "kind", "region", "source")
    list_filter = ("kind",)
    list_select_related = ("region",)
    search_fields = ("name", "region__name")
    autocomplete_fields = ("region",)
    ordering = ("region", "id")
    import_key = ("region__slug", "name")
    import_fixed = ("region",)
    shared_texts = ("source",)


@admin.register(Division)
class DivisionAdmin(ImportAdmin):
    list_display = ("name_then", "code_then", "name_now", "code_now", "role", "verification", "region")
    list_filter = ("role", "verification")
    list_select_related = ("region",)
    search_fields = ("name_then", "name_now", "code_then", "code_now", "region__name")
    autocomplete_fields = ("region",)
    ordering = ("region", "position")
    import_key = ("region__slug", "position")
    import_fixed = ("region",)
    shared_texts = ("remark",)


@admin.register(Document)
class DocumentAdmin(WithFileAdmin):
    list_display = ("title", "kind", "relation", "issued", "published", "verification", "region")
    list_filter = ("relation", "kind", "verification", "is_reprint")
    list_select_related = ("region",)
    search_fields = ("title", "about_titles", "number", "issuer", "finding", "region__name")
    autocomplete_fields = ("region",)
    ordering = ("region", "position")
    import_key = ("region__slug", "position")
    import_fixed = ("region", "pdf")
    shared_texts = ("number", "issuer", "issued", "published", "duties")
    later_fields = ("position", "about_titles", "duties", "priorities", "verification", "is_reprint", "internal_note")
    parts = {
        "content": (
            "内容和出处",
            (
                *("title", "number", "issuer", "issued", "published", "kind", "relation", "finding"),
                *("verification", "source", "pdf"),
            ),
        ),
        "more": (
            "其他各项",
            ("about_titles", "duties", "priorities", "is_reprint", "source", "internal_note", "position"),
        ),
    }

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        kwargs["extra_context"] = {"title": "新增后续文件（保存后待核实，核实以前读者看不到）"}
        return super().add_view(request, *args, **kwargs)


PLACE = ("文件、次序", ("document", "position"))  # a part of what documents say


class EvidenceAdmin(ImportAdmin):
    """Rows that say what a document of their area says; a table leaves them with their document."""

    form = RowForm
    later_fields: tuple[str, ...] = ("position",)
    list_select_related = ("region", "document")
    search_fields = ("name", "remark", "document__title", "region__name")
    autocomplete_fields = ("region", "document")
    ordering = ("region", "position")
    import_key = ("region__slug", "position")
    import_fixed = ("region", "document")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the documents of the area from whose page a row is added, or of a row's own, and no others."""
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        region = request.GET.get("region", "")
        if db_field.name == "document" and part_of(request) == "place":
            rows = self.model._base_manager.filter(pk=resolve(request.path_info).kwargs["object_id"])
            region = f"{rows.values_list('region', flat=True).first()}"
        if db_field.name == "document" and is_key(region):
            field.queryset = field.queryset.filter(region=region)
            field.widget = forms.Select()
            field.widget.choices = field.choices
        return field


@admin.register(Indicator)
class IndicatorAdmin(EvidenceAdmin):
    list_display = ("name", "unit", "base_value", "target_value", "reached_value", "document", "region")
    list_filter = ("binding", "target_year", "reached_year")
    later_fields = ("position", "binding")
    parts = {
        "content": (
            "内容",
            (
                *("name", "unit", "base_year", "base_value", "target_year", "target_value"),
                *("reached_year", "reached_value", "binding", "remark"),
            ),
        ),
        "place": PLACE,
    }


@admin.register(Mechanism)
class MechanismAdmin(EvidenceAdmin):
    list_display = ("name", "lead", "since", "document", "region")
    parts = {
        "content": ("内容", ("name", "members", "lead", "since", "meetings", "agreements", "remark")),
        "place": PLACE,
    }


@admin.register(Project)
class ProjectAdmin(ColumnAdmin, EvidenceAdmin):
    list_display = ("name", "stage", "investment", "document", "region")
    list_filter = ("stage",)
    columns = ("progress", "stage", "investment", "start_year", "end_year", "body", "remark")
    parts = {
        "content": ("内容", ("name", "stage", "investment", "start_year", "end_year", "body", "progress", "remark")),
        "place": PLACE,
    }
