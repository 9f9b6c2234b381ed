"""What a list of the admin shows, as a file: with the filters and the search in force, or the rows ticked."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import PAGE_VAR, ChangeList
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import Model, QuerySet
from django.http import FileResponse, HttpRequest
from django.urls import path, reverse
from django.utils import timezone

from ..exports import tables
from .permissions import editable

UNSEEN = "（无权查看）"  # in place of a note that is not this person's to read
_DATE_PARTS = {"year": "年", "month": "月", "day": "日"}
CHUNK = 2_000  # rows that are fetched, and whose links are read, at a time


class Exporting(admin.ModelAdmin):
    """A list that can be taken along as XLSX or CSV."""

    change_list_template = "admin/record_list.html"
    actions = ("export_xlsx", "export_csv")

    def get_urls(self) -> list[Any]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_export"
        view = self.admin_site.admin_view(self.export_view)
        return [
            path(f"export.{kind}", view, {"kind": kind}, f"{name}_{kind}") for kind in _FILES
        ] + super().get_urls()

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_export"
        exports = [(kind.upper(), reverse(f"{name}_{kind}")) for kind in _FILES]
        return super().changelist_view(request, {"exports": exports, **(extra_context or {})})

    def export_view(self, request: HttpRequest, kind: str) -> FileResponse:
        """Answer with the whole list under the filters and the search of the address."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        request.GET = request.GET.copy()
        request.GET.pop(PAGE_VAR, None)
        listed = self._listed(request)
        return self._file(request, kind, listed.queryset, _words(listed))

    @admin.action(description="导出所选为 XLSX", permissions=["view"])
    def export_xlsx(self, request: HttpRequest, queryset: QuerySet) -> FileResponse:
        return self._file(request, "xlsx", queryset, f"勾选的行；{_words(self._listed(request))}")

    @admin.action(description="导出所选为 CSV", permissions=["view"])
    def export_csv(self, request: HttpRequest, queryset: QuerySet) -> FileResponse:
        return self._file(request, "csv", queryset, f"勾选的行；{_words(self._listed(request))}")

    def _listed(self, request: HttpRequest) -> ChangeList:
        try:
            return self.get_changelist_instance(request)
        except IncorrectLookupParameters as error:
            raise BadRequest("筛选条件无效。") from error

    def _file(self, request: HttpRequest, kind: str, rows: QuerySet, words: str) -> FileResponse:
        now, title = timezone.localtime(), str(self.opts.verbose_name)
        single, many = tables.links(self.model)
        rows = rows.select_related(*single).prefetch_related(*many)
        count = rows.count()
        notes = [
            ("内容", title),
            ("生成时间", f"{now:%Y-%m-%d %H:%M:%S}（北京时间）"),
            ("条件", words),
            ("行数", str(count)),
            ("来源", request.build_absolute_uri(request.get_full_path())),
            ("说明", "单元格开头的撇号（'）表示文本，避免被当作公式或改成别的数字、日期；导入时自动去掉。"),
        ]
        file, content_type = _FILES[kind](
            self._columns(request), rows.iterator(chunk_size=CHUNK), notes=notes, title=title
        )
        response = FileResponse(file, content_type=content_type)
        stem = f"{now:%Y%m%d-%H%M}.{kind}"
        name = tables.disposition(f"{self.opts.model_name}-{stem}", f"{title}-{count}行-{stem}")
        response.headers["Content-Disposition"] = name
        return response

    def _columns(self, request: HttpRequest) -> list[tables.Column]:
        """Return the columns that this person may read; notes only of rows that she may change."""
        if not self.has_change_permission(request):
            return tables.columns(self.model, without=self.model.internal_fields)
        notes, columns, condition = (
            self.model.internal_fields,
            tables.columns(self.model),
            editable(request.user, self.model),
        )
        if not condition or not notes:
            return columns
        editable_pks = set(self.model._base_manager.filter(condition).values_list("pk", flat=True))
        return [_kept_from_others(column, editable_pks) if column.name in notes else column for column in columns]


def _kept_from_others(column: tables.Column, editable_pks: set[int]) -> tables.Column:
    def value(row: Model) -> Any:
        return column.value(row) if row.pk in editable_pks else UNSEEN

    return column._replace(value=value)


def _xlsx(columns: list[tables.Column], rows: Any, *, notes: list[tuple[str, str]], title: str) -> tuple[Any, str]:
    return tables.xlsx_file(columns, rows, notes, title), tables.XLSX_TYPE


def _csv(columns: list[tables.Column], rows: Any, **about: Any) -> tuple[Any, str]:
    return tables.csv_file(columns, rows), tables.CSV_TYPE


_FILES = {"xlsx": _xlsx, "csv": _csv}


def _words(listed: ChangeList) -> str:
    """Return the filters and the search in force, in words."""
    return "；".join(_conditions(listed)) or "全部"


def _conditions(listed: ChangeList) -> Iterator[str]:
    if listed.query:
        yield f"搜索“{listed.query}”"
    for spec in listed.filter_specs:
        if any(spec.used_parameters.values()):
            chosen = [str(choice["display"]) for choice in spec.choices(listed) if choice["selected"]]
            yield f"{spec.title}：{'、'.join(chosen) or '指定的值'}"
    if listed.date_hierarchy:
        parts = ((word, listed.params.get(f"{listed.date_hierarchy}__{name}")) for name, word in _DATE_PARTS.items())
        day = "".join(f"{value[-1] if isinstance(value, list) else value}{word}" for word, value in parts if value)
        if day:
            yield f"{listed.model._meta.get_field(listed.date_hierarchy).verbose_name}：{day}"
