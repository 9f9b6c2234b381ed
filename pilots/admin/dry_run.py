"""The dry run of a change of many rows: what of it is the person's own, what a colleague's, and how it is shown.

An exported row says in its version, a mark a column, what each column held. Where a cell differs from the record, it
is the person's change unless it still says what was exported: then a colleague changed the record since.
"""

import json
from collections.abc import Iterator
from typing import Any

from django.db import models
from django.utils.crypto import salted_hmac

from ..exports import tables
from ..history.edits import Change
from ..models.characters import cleaned
from ..models.history import who_changed
from ..models.recorded import own_field
from .cells import CellError
from .merging import GuardedForm
from .uniqueness import unique_together

OVER = "over"  # the field of what a colleague changed since the export, to be written all the same
MARK = 6  # digits of a version for each column
MINE, OTHERS, BOTH = "mine", "others", "both"  # who changed a cell since
SWAPPED = (
    "与表中另一行互换，须由部委编辑审核，不能用表格提交。请从表中删去这几行，到其中一行的表单里改，"
    "另一行随之互换，作为一件建议提交。"
)
STALE = "这条记录在导出之后改过，看不出您改了哪些项，写入会把别人的修改改回去。请重新导出再改。"


def version_of(row: models.Model) -> str:
    """Return the marks of all columns of a row; a letter first, that no spreadsheet bends it."""
    marks = (_mark(row, column.name, tables.text(column.value(row))) for column in tables.columns(type(row)))
    return f"v{''.join(marks)}"


def _mark(row: models.Model, name: str, text: str) -> str:
    content = json.dumps([row._meta.model_name, row.pk, name, cleaned(text)])
    return salted_hmac("pilots.admin.importing.version", content, algorithm="sha256").hexdigest()[:MARK]


def changed_by(row: models.Model, exported: str, column: tables.Column, cell: str) -> str:
    """Return who changed a cell that differs from the record since the row was exported with that version (MINE where
    it has none). CellError."""
    names = [column.name for column in tables.columns(type(row))]
    if not exported:
        return MINE
    if len(exported) != 1 + MARK * len(names):
        raise CellError(STALE)
    start = 1 + MARK * names.index(column.name)
    state = exported[start : start + MARK]
    if state == _mark(row, column.name, cell):
        return OTHERS
    return MINE if state == _mark(row, column.name, tables.text(column.value(row))) else BOTH


def shown(edit: Any, form: GuardedForm, before: dict[str, str]) -> dict[str, Any]:
    """Return the changes of one row, as they are shown before they are written."""
    names = form.written if form.now else [name for name in edit.mine if name in form.fields]
    changes = [Change(str(form.fields[name].label), before.get(name, ""), _said(form, name)) for name in names]
    return {"number": edit.number, "row": str(form.instance), "area": _area(form), "changes": changes}


def contested_rows(edit: Any, form: GuardedForm, over: list[str]) -> Iterator[dict[str, Any]]:
    """Yield what both the table and a colleague changed since the export: written only where it is ticked."""
    for name in (name for name in edit.contested if name in form.fields):  # what she may not write is refused
        key, mine = f"{edit.pk}.{name}", edit.mine[name]
        yield {
            "key": key,
            "is_over": key in over,
            "number": edit.number,
            "row": str(form.instance),
            "area": _area(form),
            "label": form.fields[name].label,
            "who": who_changed(form._meta.model, edit.pk, name),
            "now": form.shown_now(name) or "（空）",
            "mine": dict(own_field(form.instance, name).flatchoices).get(mine, mine) if isinstance(mine, str) else "",
        }


def _area(form: GuardedForm) -> str:
    """Return the area of a row: many of a table are called alike."""
    region = getattr(form.instance, "region", None)
    return region.name if region else ""


def _said(form: GuardedForm, name: str) -> str:
    """Return what a field is to hold, in words; what can't be read, as it came."""
    if name in form.errors:
        return str(form.mine.get(name, form.data.get(name, "")))
    if isinstance(form.mine.get(name), list):
        return tables.text([row.name for row in form.cleaned_data[name]])
    column = next(column for column in tables.columns(form._meta.model) if column.name == name)
    return tables.text(column.value(form.instance))


def objections(edit: Any, form: GuardedForm) -> Iterator[tuple[int, str]]:
    """Yield why a row can't be written: the number of the row of the table, and the words."""
    for other in dict.fromkeys(form.overtaken_at(name) for name in form.refused):
        who, label = who_changed(form._meta.model, form.instance.pk, other), form.fields[other].label
        text = form.shown_now(other) or "（空）"
        yield (edit.number, f"“{label}”在试运行之后已被{who}改为：{text}。")
    text = getattr(form._meta.model, "shown_field", "")  # follows from what was received, whatever the table says
    if text in form.written and edit.mine.get(text, form.mine[text]) != form.mine[text]:
        raw = form.fields[form._meta.model.raw_field].label
        yield (edit.number, f"“{form.fields[text].label}”：与“{raw}”不符，按规则应为：{form.mine[text]}")
    is_as_one = "rows_aside" in vars(form.instance)
    for name, errors in form.errors.items():
        if name not in form.refused:
            label = f"“{form.fields[name].label}”：" if name in form.fields else ""
            # Rows that give each other their numbers are well together (`check_as_one`), and can't wait one by one.
            is_swapped = not is_as_one and name in {field.name for _, field in unique_together(form._meta.model)}
            yield (edit.number, f"{label}{SWAPPED if is_swapped else ''.join(map(str, errors))}")
