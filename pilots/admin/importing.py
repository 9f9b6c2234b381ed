"""Corrections of many rows from a table that somebody brought: shown first, then written all or not at all.

Every row goes through the record's own form, so that a table can do nothing that the form couldn't: the same rules,
the same guard against overwriting a colleague, the same confirmation of the notice's own words, the same history.
The file isn't kept: what it would change travels, signed, in the page that shows it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any, NamedTuple

from django import forms
from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html

from ..accounts.events import record
from ..exports import tables
from ..history.original import fixed
from ..http.unsaved import REASON
from ..models import EventKind, together
from ..models.characters import cleaned
from ..models.recorded import own_field
from . import spreadsheets
from .cells import CellError, Reader
from .confirming import CONFIRMED, confirmation_of
from .dry_run import BOTH, OTHERS, OVER, changed_by, contested_rows, objections, shown, version_of
from .exporting import UNSEEN
from .fields import posted_value
from .merging import GuardedForm
from .permissions import EDIT, editable
from .record import RecordAdmin
from .review import is_reviewed, publishes
from .saving import RACES, REASON_LENGTH, edited_by, filled_form, not_public, reason_problem
from .undoing import WHY
from .uniqueness import check_as_one, duplicates, make_room
from .withdrawing import undo_button

PLAN = "plan"
SALT = "pilots.admin.importing"
VALID_FOR = 60 * 60  # seconds between being shown the changes and confirming them
MOST_PLAN = 1_500_000  # characters; Django takes 2.5 MB of fields
VALUE = "_value"  # the button that comes with what a field is to hold
VERSION = "导出版本"  # the column by which a row tells what the record said when it was exported
UNDATED = f"有的行没有“{VERSION}”，看不出导出之后别人改过什么：请逐条核对差异，以免把别人的修改改回去。"
OUTDATED = "试运行的结果已失效（超过一小时、换了账号或被改动过），请重新选择文件。"


Refusal = tuple[int, str]  # the number of a row (0: the whole table), and why it can't be taken


class Wanted(NamedTuple):
    """What a row of the table wants of a row of the record: fields as the form is to hold them, and as they were."""

    number: int
    pk: int
    mine: dict[str, Any]
    was: dict[str, Any]
    contested: tuple[str, ...] = ()  # fields that a colleague changed since the export, too
    left: tuple[str, ...] = ()  # labels of those that only a colleague changed


class FileForm(forms.Form):
    """Where the file is chosen."""

    file = forms.FileField(
        label="文件",
        help_text=f"XLSX 或 CSV（UTF-8、GBK），1 MB、{spreadsheets.MOST_ROWS} 行以内；列名在第一行，或在标题之下。",
    )

    def clean_file(self) -> bytes:
        file = self.cleaned_data["file"]
        if file.size > spreadsheets.MOST_BYTES:
            raise forms.ValidationError("文件超过 1 MB。")
        return file.read()


class ImportAdmin(RecordAdmin):
    """Records of which many can be corrected by one table, by who may edit everywhere."""

    import_key: tuple[str, ...] = ()  # the columns by which a row is known
    import_key_by_hand: tuple[str, ...] = ()  # or, in a table that has none of these
    import_aside: tuple[str, ...] = ()  # what such a table numbers its own rows by
    import_fixed: tuple[str, ...] = ()  # columns that may be there, but have to agree with the record

    def get_urls(self) -> list[Any]:
        view, rows_view = map(self.admin_site.admin_view, (self.import_view, self.rows_view))
        rows = path("rows/", rows_view, name=f"{self.opts.app_label}_{self.opts.model_name}_rows")
        return [path("import/", view, name=self._import_name), rows, *super().get_urls()]

    @property
    def _import_name(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_import"

    def may_import(self, request: HttpRequest) -> bool:
        """Return whether this person may bring a table."""
        return request.user.has_perm(EDIT) and self.has_change_permission(request)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        address = reverse(f"admin:{self._import_name}") if self.may_import(request) else ""
        return super().changelist_view(request, {"import_address": address, **(extra_context or {})})

    def import_view(self, request: HttpRequest) -> HttpResponse:
        """Take a file and show what it would change; then, confirmed, write it."""
        if not self.may_import(request):
            raise PermissionDenied
        if PLAN in request.POST:
            return self._confirmed(request)
        form = FileForm(request.POST or None, request.FILES or None)
        if not form.is_valid():
            return self._page(request, form=form)
        labels = [VERSION, *(column.label for column in tables.columns(self.model))]
        try:
            lines, remarks = spreadsheets.read(form.cleaned_data["file"], labels)
            edits, refusals = self._read(request, lines)
        except spreadsheets.SheetError as error:
            return self._page(request, refusals=[(0, str(error))])
        left = [(edit.number, "”“".join(edit.left)) for edit in edits if edit.left]
        remarks += [f"第{number}行：“{labels}”在导出之后别人改过，您没有改，不动。" for number, labels in left]
        edits = [edit for edit in edits if edit.mine]
        return self._proposed(request, edits, refusals, remarks=[*remarks, *self._set_aside(lines)])

    def _page(self, request: HttpRequest, **context: Any) -> HttpResponse:
        columns = tables.columns(self.model)
        about = {
            "opts": self.opts,
            "title": f"导入{self.opts.verbose_name}",
            "form": FileForm(),
            "keys": [column.label for column in columns if column.name in self.import_key],
            "labels": [column.label for column in columns if self._is_editable(column.name)],
            "reason_length": REASON_LENGTH,
        }
        if request.path != reverse(f"admin:{self._import_name}"):
            about |= {"rows_address": reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_rows")}
            about |= {"title": f"改所选的{self.opts.verbose_name}"}
        return TemplateResponse(request, "admin/import.html", self.admin_site.each_context(request) | about | context)

    # One field of the rows that are ticked in the list, as a table would change it.

    def get_actions(self, request: HttpRequest) -> Any:
        actions = super().get_actions(request)
        for part, (_, names) in self.parts.items() if actions and self.has_change_permission(request) else ():
            for field in (own_field(self.model, name) for name in names if name not in self.model.verbatim_fields):
                if self._is_editable(field.name) and (field.choices or not isinstance(field, models.CharField)):
                    name = f"change_{field.name}"
                    action: Any = partial(type(self).change_rows, part=part, name=field.name)
                    actions[name] = (action, name, f"改所选的“{field.verbose_name}”…")
        return actions

    def change_rows(self, request: HttpRequest, queryset: models.QuerySet, part: str, name: str) -> HttpResponse:
        """Ask what the field is to hold, then show what that would change."""
        vars(request)["part"] = part
        form_class = self.get_form(request, queryset.first(), change=True)
        del vars(request)["part"]
        field: Any = form_class.base_fields[name]
        pks = list(queryset.values_list("pk", flat=True)[: spreadsheets.MOST_ROWS + 1])
        if len(pks) > spreadsheets.MOST_ROWS:
            return self._page(request, refusals=[(0, f"超过 {spreadsheets.MOST_ROWS} 行，请分几次。")])
        if VALUE not in request.POST:
            context = {"opts": self.opts, "title": f"改{len(pks)}条记录的“{field.label}”", "pks": pks, "value": VALUE}
            context |= {"field": form_class(instance=self.model())[name], **self.admin_site.each_context(request)}
            context |= {"action": request.POST["action"]}
            return TemplateResponse(request, "admin/change_rows.html", context)
        value = posted_value(field, field.widget.value_from_datadict(request.POST, request.FILES, name))
        return self._proposed(request, [Wanted(n, pk, {name: value}, {}) for n, pk in enumerate(pks, 1)], [])

    def rows_view(self, request: HttpRequest) -> HttpResponse:
        """Write what was shown and confirmed."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        if PLAN in request.POST:
            return self._confirmed(request)
        return HttpResponseRedirect(reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"))

    # From the table to what it wants.

    def _read(self, request: HttpRequest, lines: list[spreadsheets.Line]) -> tuple[list[Wanted], list[Refusal]]:
        columns = {column.label: column for column in tables.columns(self.model)}
        names = self._check_headings(lines, columns)
        keys = [label for label, column in columns.items() if column.name in names]
        rows, reader = self._rows(request, lines, keys, names), Reader(self.model)
        edits, refusals = [], []
        line_numbers: dict[tuple, int] = {}
        for line in lines:
            key = tuple(line.cells[label].strip() for label in keys)
            try:
                if key not in rows:
                    raise CellError(f"没有{'、'.join(keys)}为“{' '.join(key)}”的{self.opts.verbose_name}。")
                if key in line_numbers:
                    raise CellError(f"与第{line_numbers[key]}行是同一条记录。")
                edits.append(self._wanted(line, rows[key], columns, reader))
            except CellError as error:
                refusals.append((line.number, str(error)))
            line_numbers.setdefault(key, line.number)
        return edits, refusals

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

    def _set_aside(self, lines: list[spreadsheets.Line]) -> Iterator[str]:
        """Yield what is said of a table made by hand: that its rows have no version, nor its numbers a meaning."""
        labels = {column.name: column.label for column in tables.columns(self.model)}
        headings = lines[0].cells
        if not all(line.cells.get(VERSION) for line in lines):
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

    def _wanted(self, line: spreadsheets.Line, row: Any, columns: dict[str, tables.Column], reader: Reader) -> Wanted:
        mine: dict[str, Any] = {}
        cells, by = dict(line.cells), defaultdict[str, list[str]](list)
        exported = cells.pop(VERSION, "")
        names = {columns[label].name for label in cells}
        aside = {*self.import_key} if names & {*self.import_key} else {*self.import_key_by_hand, *self.import_aside}
        for label, cell in cells.items():
            column = columns[label]
            text = tables.text(column.value(row))
            if column.name in aside or cell in (UNSEEN, text, cleaned(text)):
                continue
            who = changed_by(row, exported, column, cell)
            by[who].append(label if who == OTHERS else column.name)
            if who == OTHERS:
                continue
            if not self._is_editable(column.name) or fixed(row, [column.name]):
                raise CellError(f"“{label}”不能用表格更改，须与记录一致（{text or '空'}）。")
            mine[column.name] = reader.read(column.name, cell, line.kinds.get(label, ""))
        return Wanted(line.number, row.pk, mine, {}, tuple(by[BOTH]), tuple(by[OTHERS]))

    def export_columns(self, request: HttpRequest) -> list[tables.Column]:
        """With what tells later who changed what since."""
        return [*super().export_columns(request), tables.Column("version", VERSION, "string", "", version_of)]

    def _is_editable(self, name: str) -> bool:
        """Return whether a table may change a column: withdrawing has a page of its own, keys are for good."""
        return name not in (*self.import_key, *self.import_fixed) and self.opts.get_field(name).editable

    # From what is wanted to forms.

    def _forms(
        self, request: HttpRequest, edits: list[Wanted]
    ) -> tuple[list[tuple[Wanted, GuardedForm]], list[Refusal]]:
        """Return the record's form of each row, filled in; a row that is gone is refused."""
        single, many = tables.links(self.model)
        queryset = self.get_queryset(request).filter(pk__in=[edit.pk for edit in edits])
        queryset = self.model._base_manager.filter(editable(request.user, self.model), pk__in=queryset.values("pk"))
        rows = {row.pk: row for row in queryset.select_related(*single).prefetch_related(*many)}
        why = "这条记录已被删除。" if request.user.has_perm(EDIT) else "这条记录不由您改动。"
        refusals = [(edit.number, why) for edit in edits if edit.pk not in rows]
        if not rows:
            return [], refusals
        form_class = self.get_form(request, next(iter(rows.values())), change=True)
        mine = [edit for edit in edits if edit.pk in rows]
        over, filled = request.POST.getlist(OVER), []
        for edit in mine:
            names = [name for name in edit.mine if name not in edit.contested or f"{edit.pk}.{name}" in over]
            values = {name: edit.mine[name] for name in names}
            filled.append((edit, filled_form(form_class, rows[edit.pk], values, edit.was)))
        check_as_one(form for _, form in filled)
        for form, name, message in list(duplicates(form for _, form in filled if form.is_valid())):
            form.add_error(name, message)
        for _, form in filled if is_reviewed(request.user) else ():
            if form.is_valid() and publishes(form):
                form.add_error(None, "这项改动由部委编辑审核，不能成批写入；请在它的表单里改。")
        return filled, refusals

    def _proposed(
        self,
        request: HttpRequest,
        edits: list[Wanted],
        refusals: list[Refusal],
        remarks: Iterable[str] = (),
        **context: Any,
    ) -> HttpResponse:
        """Show what would be changed, row by row; with a refusal there is nothing to confirm."""
        before = self._texts(request, edits)
        filled, form_refusals = self._forms(request, edits)
        refusals = sorted([*refusals, *form_refusals, *(edit for pair in filled for edit in objections(*pair))])
        changed_rows = [shown(edit, form, before[edit.pk]) for edit, form in filled if form.written]
        unseen = [
            f"第{edit.number}行：{text.replace('已保存', '将保存')}"
            for edit, form in filled
            if form.is_valid()
            for text in not_public(form)
        ]
        contested = [row for edit, form in filled for row in contested_rows(edit, form, request.POST.getlist(OVER))]
        plan: list[Wanted] = []
        if (changed_rows or contested) and not refusals:  # what the fields hold now is what this person is shown
            plan = [edit._replace(was=_opened(form, edit.mine)) for edit, form in filled]
        text = signing.dumps([request.user.pk, self.opts.model_name, plan], salt=SALT, compress=True)
        if len(text) > MOST_PLAN:
            plan, refusals = [], [(0, "改动太多，请分成几个文件导入。")]
        return self._page(
            request,
            refusals=refusals,
            changed_rows=changed_rows,
            contested=contested,
            is_read=True,
            plan=text if plan else "",
            confirmation=confirmation_of([form for _, form in filled]) if plan else None,
            remarks=[*remarks, *unseen],
            **context,
        )

    def _texts(self, request: HttpRequest, edits: list[Wanted]) -> dict[int, dict[str, str]]:
        """Return what the rows say now, by primary key and field."""
        single, many = tables.links(self.model)
        rows = self.get_queryset(request).filter(pk__in=[edit.pk for edit in edits])
        columns = tables.columns(self.model)
        return {
            row.pk: {column.name: tables.text(column.value(row)) for column in columns}
            for row in rows.select_related(*single).prefetch_related(*many)
        }

    # Written, all or not at all.

    def _confirmed(self, request: HttpRequest) -> HttpResponse:
        try:
            user, model, plan = signing.loads(request.POST[PLAN], salt=SALT, max_age=VALID_FOR)
        except signing.BadSignature:
            return self._page(request, refusals=[(0, OUTDATED)])
        if (user, model) != (request.user.pk, self.opts.model_name):
            return self._page(request, refusals=[(0, OUTDATED)])
        edits = [Wanted(*item) for item in plan]
        reason = cleaned(request.POST.get(REASON, "")).strip()
        if problem := reason_problem(reason):
            return self._proposed(request, edits, [], asked=f"请写明更正说明。{problem}")
        try:
            with edited_by(request), together():
                return self._write(request, edits)
        except RACES as race:
            reason = f"没有导入：与同时进行的修改冲突（{type(race).__name__}）。请重新选择文件。"
            return self._page(request, refusals=[(0, reason)])

    def _write(self, request: HttpRequest, edits: list[Wanted]) -> HttpResponse:
        pks = [edit.pk for edit in edits]
        list(self.model._base_manager.select_for_update(no_key=True).filter(pk__in=pks).order_by("pk").values("pk"))
        filled, refusals = self._forms(request, edits)
        refusals = sorted([*refusals, *(edit for pair in filled for edit in objections(*pair))])
        if refusals:
            return self._page(request, refusals=refusals, is_read=True)
        confirmation = confirmation_of([form for _, form in filled])
        if confirmation and request.POST.get(CONFIRMED) != confirmation.digest:
            return self._proposed(request, edits, [], asked="您改动了通知原文。请逐字对照差异，勾选确认。")
        make_room(form for _, form in filled)
        rows = [form.save() for _, form in filled if form.written]
        count, undo = len(rows), ""
        if rows:
            undo = undo_button(request, self.address("undo", rows[0]), vars(request)["edit_key"], WHY)
        messages.success(request, format_html("已更正 {} 条{}。{}", count, self.opts.verbose_name, undo))
        if request.path == reverse(f"admin:{self._import_name}"):
            record(EventKind.IMPORTED, request, request.user, detail=f"更正 {count} 条{self.opts.verbose_name}")
        return HttpResponseRedirect(reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"))


def _opened(form: GuardedForm, names: Iterable[str]) -> dict[str, Any]:
    """Return what fields hold now, and those that are true only together with them."""
    return {each: form.now[each] for name in names for each in (name, *form.tied(name))}
