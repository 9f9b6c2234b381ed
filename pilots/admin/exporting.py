"""What a list of the admin shows, as a file: with the filters and the search in force, or the rows ticked."""

from dataclasses import replace

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import BadRequest
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest
from django.utils import timezone

from ..accounts.events import record
from ..exports import tables
from ..models import EventKind
from ..models.recorded import own_field
from .permissions import editable

FORMATS = ("xlsx", "csv")
UNSEEN = "（无权查看）"  # in place of a note that is not this person's to read
_DATE_PARTS = {"year": "年", "month": "月", "day": "日"}
CHUNK = 2_000  # rows that are fetched, and whose links are read, at a time


def listed(options: admin.ModelAdmin, request: HttpRequest) -> ChangeList:
    """Return the list that an address asks for. BadRequest."""
    try:
        return options.get_changelist_instance(request)
    except IncorrectLookupParameters as error:
        raise BadRequest("筛选条件无效。") from error


def file_of(
    request: HttpRequest, kind: str, rows: QuerySet, columns: list[tables.Column], words: str
) -> FileResponse:
    """Return a file of rows; `words`: which rows they are."""
    now, title = timezone.localtime(), str(rows.model._meta.verbose_name)
    single, many = tables.links(rows.model)
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
    detail = f"{title}，{kind.upper()}，{count} 行，{words}"
    record(EventKind.EXPORTED, request, request.user, detail=detail)
    fetched = rows.iterator(chunk_size=CHUNK)
    if kind == "xlsx":
        response = FileResponse(tables.xlsx_file(columns, fetched, notes, title), content_type=tables.XLSX_TYPE)
    else:
        response = FileResponse(tables.csv_file(columns, fetched), content_type=tables.CSV_TYPE)
    stem = f"{now:%Y%m%d-%H%M}.{kind}"
    name = tables.disposition(f"{rows.model._meta.model_name}-{stem}", f"{title}-{count}行-{stem}")
    response.headers["Content-Disposition"] = name
    return response


def readable_columns(options: admin.ModelAdmin, request: HttpRequest) -> list[tables.Column]:
    """Return the columns that this person may read; notes only of rows that she may change."""
    model, notes = options.model, options.model.internal_fields
    if not options.has_change_permission(request):
        return tables.columns(model, without=notes)
    columns, condition = tables.columns(model), editable(request.user, model)
    if not condition or not notes:
        return columns
    editable_pks = set(model._base_manager.filter(condition).values_list("pk", flat=True))
    return [_kept_from_others(column, editable_pks) if column.name in notes else column for column in columns]


def _kept_from_others(column: tables.Column, editable_pks: set[int]) -> tables.Column:
    return replace(column, value=lambda row: column.value(row) if row.pk in editable_pks else UNSEEN)


def words_of(change_list: ChangeList) -> str:
    """Return the filters and the search in force, in words."""
    words = [f"搜索“{change_list.query}”"] if change_list.query else []
    for spec in change_list.filter_specs:
        if any(spec.used_parameters.values()):
            chosen = [str(choice["display"]) for choice in spec.choices(change_list) if choice["selected"]]
            words.append(f"{spec.title}：{'、'.join(chosen) or '指定的值'}")
    name = change_list.date_hierarchy
    if name:
        parts = ((word, change_list.params.get(f"{name}__{part}")) for part, word in _DATE_PARTS.items())
        day = "".join(f"{value[-1] if isinstance(value, list) else value}{word}" for word, value in parts if value)
        words += [f"{own_field(change_list.model, name).verbose_name}：{day}"] if day else []
    return "；".join(words) or "全部"
