"""Corrections of many rows from a table, brought or pasted; it isn't kept. `bulk` shows and writes them."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Max
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse

from ..accounts.events import record
from ..exports import tables
from ..history.original import fixed
from ..http.unsaved import REASON
from ..models import Document, EventKind, Region
from ..models.characters import CleanedField, cleaned
from ..models.evidence import Evidence
from ..models.recorded import own_field
from . import drafts, spreadsheets
from .bulk import PLAN, BulkAdmin, Refusal, Wanted
from .cells import CellError, Reader
from .dry_run import BOTH, OTHERS, changed_by, version_of
from .exporting import UNSEEN
from .fields import is_key
from .permissions import EDIT, editable
from .review import is_reviewed
from .saving import REASON_LENGTH, RecordForm

MOST_PASTED = 50_000  # characters: they travel on with what they change, within what Django takes of fields
VERSION = "导出版本"  # the column by which a row tells what the record said when it was exported
UNDATED = f"有的行没有“{VERSION}”，看不出导出之后别人改过什么：请逐条核对差异，以免把别人的修改改回去。"


class FileForm(forms.Form):
    """Where the file is chosen, or the cells are pasted."""

    table = forms.CharField(
        label="粘贴表格",
        required=False,
        strip=False,  # the first cell of a row may be empty
        widget=forms.Textarea(attrs={"class": "vLargeTextField", "rows": 8, "spellcheck": "false"}),
        help_text=f"在电子表格里选中单元格，复制，粘贴到这里；至多 {MOST_PASTED} 字。",
    )
    file = forms.FileField(
        label="或选择文件",
        required=False,
        help_text=f"XLSX 或 CSV（UTF-8、GBK），1 MB、{spreadsheets.MOST_ROWS} 行以内；列名在第一行，或在标题之下。",
    )
    edit_reason = CleanedField(
        label="更正说明",
        required=False,
        max_length=REASON_LENGTH,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text="可以看过差异再写。改了已核实的内容、仍以原来的出处为准的，请先写明“仍以原来的出处为准”。",
    )

    def clean_table(self) -> str:
        """Count what is pasted as it is read: a browser that counted by itself would cut it without a word."""
        table: str = self.cleaned_data["table"]
        if (count := len(cleaned(table))) > MOST_PASTED or len(table) > 4 * MOST_PASTED:
            raise forms.ValidationError(f"有 {count} 字，至多 {MOST_PASTED} 字：请分几次粘贴，或选择文件。")
        return table

    def clean_file(self) -> bytes | None:
        file = self.cleaned_data["file"]
        if file and file.size > spreadsheets.MOST_BYTES:
            raise forms.ValidationError("文件超过 1 MB。")
        return file and file.read()

    def clean(self) -> dict[str, Any]:
        """Refuse both and neither: nobody should have to guess which was read."""
        file, table = self.cleaned_data.get("file"), self.cleaned_data.get("table", "").strip()
        if not self.errors and (file is None) == (not table):
            raise forms.ValidationError("请只用一种：粘贴表格，或选择文件。" if table else "请粘贴表格，或选择文件。")
        return self.cleaned_data


def _document_in(region: str, cell: str) -> str:
    """Return the key of the document of an area that a cell names, by its place or as tables do; CellError."""
    rows = list(Document.objects.filter(region=int(region)).order_by("position"))
    matches = [row for row in rows if cell in (str(row.position), str(row), row.title)]
    if len(matches) != 1 and (cell or len(rows) != 1):
        some = "；".join(map(str, rows[:12])) or "这个地区还没有"
        raise CellError(f"新的一行，在“出自”一列写后续文件的次序：{some}。")
    return str((matches or rows)[0].pk)


class RowForm(RecordForm):
    """The form of a row that has a place among those of its area."""

    def _post_clean(self) -> None:
        """Give a new row whose form asks for no place the last one of its area."""
        is_new, area = self.instance._state.adding, self.cleaned_data.get("region")
        if is_new and area and "position" not in self.fields:
            rows = self._meta.model._base_manager.filter(region=area)
            self.instance.position = (rows.aggregate(last=Max("position"))["last"] or 0) + 1
        super()._post_clean()


class ImportAdmin(BulkAdmin):
    """Records of which many can be corrected by one table, by who may change them."""

    import_key_by_hand: tuple[str, ...] = ()  # or, in a table that has none of these
    import_aside: tuple[str, ...] = ()  # what such a table numbers its own rows by
    later_fields: tuple[str, ...] = ()  # of a new row, what is filled in or checked once it is there

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Of a new row, what it says and where it is from, and what was posted (from a page of before)."""
        later = self.later_fields if request.path == reverse(f"admin:pilots_{self.opts.model_name}_add") else ()
        return [name for name in super().get_fields(request, obj) if name not in later or name in request.POST]

    def get_urls(self) -> list[Any]:
        view: Any = self.admin_site.admin_view(self.import_view)
        view.model_admin, view.is_of_many = self, True
        return [path("import/", view, name=self._import_name), *super().get_urls()]

    @property
    def _import_name(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_import"

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        address = reverse(f"admin:{self._import_name}") if self.has_change_permission(request) else ""
        return super().changelist_view(request, {"import_address": address, **(extra_context or {})})

    def import_view(self, request: HttpRequest) -> HttpResponse:
        """Take a file and show what it would change; then, confirmed, write it."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        answer = drafts.answer(self, request, None) or drafts.keep_refused(request, self._read_or_write(request))
        if answer.status_code == 302 and PLAN in request.POST:
            drafts.of_form(request).delete()
        return answer

    def _read_or_write(self, request: HttpRequest) -> HttpResponse:
        if PLAN in request.POST:
            return self._confirmed(request)
        form = FileForm(request.POST or None, request.FILES or None, initial=drafts.typed_before(request))
        if not form.is_valid():
            return self._page(request, form=form)
        try:
            lines, remarks = self._lines(request, **form.cleaned_data)
            edits, refusals = self._read(request, lines)
        except spreadsheets.SheetError as error:
            return self._page(request, refusals=[(0, str(error))])
        left = [(edit.number, "”“".join(edit.left)) for edit in edits if edit.left]
        remarks += [f"第{number}行：“{labels}”在导出之后别人改过，您没有改，不动。" for number, labels in left]
        edits = [edit for edit in edits if edit.mine]
        return self._proposed(request, edits, refusals, remarks=[*remarks, *self._set_aside(lines, edits)])

    def _page(self, request: HttpRequest, **context: Any) -> HttpResponse:
        if request.path == reverse(f"admin:{self._import_name}"):
            columns, slug, table = tables.columns(self.model), self._area(request), request.POST.get("table", "")
            keys = [name for name in self.import_key if not (slug and name == "region__slug")]
            context = {
                "title": f"导入{self.opts.verbose_name}",
                "form": FileForm(initial={REASON: request.POST.get(REASON, ""), "table": table}),
                "keys": [column.label for column in columns if column.name in keys],
                "labels": [column.label for column in columns if self.is_editable(column.name, request.user)],
                "order": self._order(request),
                "hints": [
                    (column.label, own_field(self.model, column.name).help_text)
                    for column in columns
                    if slug and self.is_editable(column.name, request.user)
                    if own_field(self.model, column.name).help_text
                ],
                "area": Region.all_objects.filter(slug=slug).first() if slug else None,
                "table": table,
                "adds_by_review": lambda: is_reviewed(request.user),  # asked once nothing is rolled back
                "may_add": bool(slug) and self._last_place(request) is not None,
                "has_document": issubclass(self.model, Evidence),
                "rows_address": "",
            } | context
        return super()._page(request, **context)

    def _write(self, request: HttpRequest, edits: list[Wanted], reason: str) -> HttpResponse:
        response = super()._write(request, edits, reason)
        if response.status_code == 302 and request.path == reverse(f"admin:{self._import_name}"):
            counts = {"更正": sum(each.pk > 0 for each in edits), "新增": sum(each.pk < 0 for each in edits)}
            done = "，".join(f"{verb} {count} 条" for verb, count in counts.items() if count)
            record(EventKind.IMPORTED, request, request.user, detail=f"{done}{self.opts.verbose_name}")
            if self._area(request):
                return HttpResponseRedirect(reverse("admin:pilots_region_change", args=[request.GET["region"]]))
        return response

    def _area(self, request: HttpRequest) -> str:
        """Return the address name of the area from whose page a table is filled; empty: of none that is in reach."""
        region = request.GET.get("region", "")
        if not is_key(region) or self.import_key[0] != "region__slug":
            return ""
        areas = Region.all_objects.filter(editable(request.user, Region), pk=region)
        return areas.values_list("slug", flat=True).first() or ""

    def _order(self, request: HttpRequest) -> list[str]:
        """Return the columns, in order, of cells that are pasted without their headings; the document of a new row of
        an area comes last: rows that are there have theirs."""
        names = self.import_key[1:] if self._area(request) else self.import_key
        last = ["document"] if self._area(request) and issubclass(self.model, Evidence) else []
        columns = tables.columns(self.model)
        keys = [column.label for column in columns if column.name in names]
        keys += [column.label for column in columns if self.is_editable(column.name, request.user)]
        return keys + [column.label for column in columns if column.name in last]

    def _lines(
        self, request: HttpRequest, file: bytes | None, table: str, **_: Any
    ) -> tuple[list[spreadsheets.Line], list[str]]:
        """Return the rows of the file or of the cells, each with its area, and what to say of them; SheetError."""
        columns = tables.columns(self.model)
        labels = [VERSION, *(column.label for column in columns)]
        if file is None:
            lines, remarks = spreadsheets.from_cells(table, labels, self._order(request))
        else:
            lines, remarks = spreadsheets.read(file, labels)
        if slug := self._area(request):
            key = next(column.label for column in columns if column.name == self.import_key[0])
            if other := next((line for line in lines if line.cells.get(key, slug).strip() != slug), None):
                raise spreadsheets.SheetError(f"第{other.number}行是别的地区的：这里只改一个地区，请删去再试。")
            lines = [line._replace(cells=line.cells | {key: slug}) for line in lines]
        return lines, remarks

    # From the table to what it wants.

    def _read(self, request: HttpRequest, lines: list[spreadsheets.Line]) -> tuple[list[Wanted], list[Refusal]]:
        columns = {column.label: column for column in tables.columns(self.model)}
        names = self._check_headings(lines, columns)
        keys = [label for label, column in columns.items() if column.name in names]
        rows, reader = self._rows(request, lines, keys, names), Reader(self.model)
        edits, refusals, place = [], [], self._last_place(request)
        line_numbers: dict[tuple, int] = {}
        for line in lines:
            key = tuple(line.cells[label].strip() for label in keys)
            try:
                if place is not None and key not in rows and (key not in line_numbers or not key[-1]):
                    place = place if key[-1] else place + 1
                    edits.append(self._added(request, line, columns, reader, key[-1] or str(place)))
                    line_numbers.setdefault(key, line.number)
                    continue
                if key not in rows and place is None:
                    beyond = "" if request.user.has_perm(EDIT) else "，或不由您改动"
                    area = Region.all_objects.filter(slug=key[0]).first()
                    words = " ".join([str(area or key[0]), *key[1:]])
                    raise CellError(f"没有{'、'.join(keys)}为“{words}”的{self.opts.verbose_name}{beyond}。")
                if key in line_numbers:
                    raise CellError(f"与第{line_numbers[key]}行是同一条记录。")
                edits.append(self._wanted(line, rows[key], columns, reader, request.user))
            except CellError as error:
                refusals.append((line.number, str(error)))
            line_numbers.setdefault(key, line.number)
        return edits, refusals

    def _last_place(self, request: HttpRequest) -> int | None:
        """Return the last place among the rows of the area from whose page a table is filled; None: it adds none."""
        is_of_area = self.import_key == ("region__slug", "position") and self._area(request)
        if not is_of_area or not issubclass(self.model, Document | Evidence) or not self.has_add_permission(request):
            return None
        rows = self.model._base_manager.filter(region=int(request.GET["region"]))
        return rows.aggregate(last=Max("position"))["last"] or 0

    def _added(
        self,
        request: HttpRequest,
        line: spreadsheets.Line,
        columns: dict[str, tables.Column],
        reader: Reader,
        position: str,
    ) -> Wanted:
        """Return what a row of the table says that isn't in the record yet: of a document only what is unverified."""
        cells = {columns[label].name: (label, cell) for label, cell in line.cells.items() if label in columns}
        mine: dict[str, Any] = {"region": request.GET["region"], "position": position}
        if issubclass(self.model, Evidence):
            mine["document"] = _document_in(request.GET["region"], cells.pop("document", ("", ""))[1].strip())
        mine |= reader.read_all(
            (name, cell, line.kinds.get(label, ""))
            for name, (label, cell) in cells.items()
            if self.is_editable(name, request.user) and cell and name != "verification"
        )
        return Wanted(line.number, -line.number or -1, mine, {})

    def _check_headings(self, lines: list[spreadsheets.Line], columns: dict[str, tables.Column]) -> tuple[str, ...]:
        """Return the columns by which this table's rows are known."""
        if not lines:
            raise spreadsheets.SheetError("表中没有数据行。")
        unknown = [heading for heading in lines[0].cells if heading not in columns and heading != VERSION]
        if unknown:
            raise spreadsheets.SheetError(f"不认识的列：{'、'.join(unknown)}。")
        names = {columns[heading].name for heading in lines[0].cells if heading != VERSION}
        if self.import_key_by_hand and names.issuperset(self.import_key_by_hand) and not names & {*self.import_key}:
            return self.import_key_by_hand
        missing = [c.label for c in columns.values() if c.name in self.import_key and c.name not in names]
        if missing:
            raise spreadsheets.SheetError(f"缺少用来对应记录的列：{'、'.join(missing)}。")
        return self.import_key

    def _set_aside(self, lines: list[spreadsheets.Line], edits: list[Wanted]) -> Iterator[str]:
        """Yield what is said of a table made by hand: that its rows have no version (new ones need none), nor its
        numbers a meaning."""
        labels = {column.name: column.label for column in tables.columns(self.model)}
        headings = lines[0].cells
        is_new = bool(edits) and all(edit.pk < 0 for edit in edits)
        if not (is_new or all(line.cells.get(VERSION) for line in lines)):
            yield UNDATED
        if not any(labels[name] in headings for name in self.import_key):
            for name in self.import_aside:
                if labels[name] in headings:
                    key = labels[self.import_key[0]]
                    yield f"“{labels[name]}”一列没有读：没有“{key}”的表，{labels[name]}当作表格自己的编号。"

    def _rows(
        self, request: HttpRequest, lines: list[spreadsheets.Line], keys: list[str], names: tuple[str, ...]
    ) -> dict[tuple, Any]:
        """Return the rows that the table speaks of, by key, each as this person's list has it."""
        single, many = tables.links(self.model)
        firsts = {line.cells[keys[0]].strip() for line in lines}
        queryset = self.get_queryset(request).filter(**{f"{names[0]}__in": firsts})
        readers = [column.value for column in tables.columns(self.model) if column.name in names]
        rows: dict[tuple, Any] = {}
        for row in queryset.select_related(*single).prefetch_related(*many):
            key = tuple(tables.text(value(row)) for value in readers)
            if key in rows:
                labels = "、".join(c.label for c in tables.columns(self.model) if c.name in self.import_key)
                raise spreadsheets.SheetError(f"“{' '.join(key)}”不止一条记录，请加上“{labels}”一列。")
            rows[key] = row
        return rows

    def _wanted(
        self, line: spreadsheets.Line, row: Any, columns: dict[str, tables.Column], reader: Reader, user: Any
    ) -> Wanted:
        mine: list[tuple[str, str, str]] = []
        cells, by = dict(line.cells), defaultdict[str, list[str]](list)
        exported = cells.pop(VERSION, "")
        names = {columns[label].name for label in cells}
        aside = {*self.import_key} if names & {*self.import_key} else {*self.import_key_by_hand, *self.import_aside}
        for label, cell in cells.items():
            column = columns[label]
            text = tables.text(column.value(row))
            if column.name in aside or cell in (UNSEEN, text, cleaned(text)):
                continue
            is_source = column.name == "document" and isinstance(row, Evidence)
            if is_source and cell.strip() in ("", f"{row.document.position}"):
                continue  # as new rows in the same table name theirs
            who = changed_by(row, exported, column, cell)
            by[who].append(label if who == OTHERS else column.name)
            if who == OTHERS:
                continue
            if not self.is_editable(column.name, user) or fixed(row, [column.name]):
                raise CellError(f"“{label}”不能用表格更改，须与记录一致（{text or '空'}）。")
            mine.append((column.name, cell, line.kinds.get(label, "")))
        values = reader.read_all(mine, getattr(row, "region_id", 0))
        return Wanted(line.number, row.pk, values, {}, tuple(by[BOTH]), tuple(by[OTHERS]))

    def export_columns(self, request: HttpRequest) -> list[tables.Column]:
        """With what tells later who changed what since."""
        return [*super().export_columns(request), tables.Column("version", VERSION, "string", "", version_of)]
