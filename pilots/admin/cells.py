"""The cells of a table as a form is to hold them: words back to choices, links and truths."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from typing import Any

from django.db import models
from django.utils.text import Truncator

from ..models import Document
from ..models.names import SEPARATOR
from ..models.recorded import own_field
from .workbook import DATE, NUMBER, TRUTH

_KINDS = ((models.BooleanField, (TRUTH,)), (models.IntegerField, (NUMBER,)), (models.DateField, (DATE,)))
_TRUTHS = {"是": True, "否": False}


class CellError(Exception):
    """A cell, or a row, that can't be taken; says why in Chinese."""


class Reader:
    """Reads the cells of one model; the names of what rows are linked to are read once."""

    def __init__(self, model: type[models.Model]) -> None:
        self.model = model
        self._names: dict[tuple[str, int], dict[str, str]] = {}

    def read(self, name: str, cell: str, kind: str = "", region: int = 0) -> Any:
        """Return what field `name` of a form is to hold for the text of a cell; `kind`: what it is, if no text;
        `region`: the area whose documents it may name."""
        field = own_field(self.model, name)
        kinds = next((kinds for of, kinds in _KINDS if isinstance(field, of)), ())
        if kind and kind not in kinds:
            raise CellError(
                f"“{field.verbose_name}”这一格不是文字，是{kind}（{Truncator(cell).chars(31)}），可能已被电子表格改过。"
                "请把这一格的格式设为文本，再填一次。"
            )
        if field.many_to_many:
            return sorted(self._several(field, cell))
        if field.many_to_one:
            return _one_of(field, cell.strip(), self._known(field, region)) if cell.strip() else ""
        if isinstance(field, models.BooleanField):
            return _one_of(field, cell, _TRUTHS)
        if field.choices:
            return _one_of(field, cell, {str(label): value for value, label in field.flatchoices or ()})
        return cell

    def read_all(self, cells: Iterable[tuple[str, str, str]], region: int = 0) -> dict[str, Any]:
        """Return by name what fields of a form are to hold for cells of a row of an area (of each its field, text and
        kind); CellError names all that can't be taken, so that nobody tries a table as often as it has mistakes."""
        values, problems = {}, []
        for name, cell, kind in cells:
            try:
                values[name] = self.read(name, cell, kind, region)
            except CellError as error:
                problems.append(str(error))
        if problems:
            raise CellError("".join(problems))
        return values

    def _several(self, field: models.Field, cell: str) -> list[str]:
        """Return the keys of the rows that a cell names, one after the other; a name may hold the mark itself."""
        names = self._known(field)
        readings = list(islice(divided([part.strip() for part in cell.split(SEPARATOR) if part.strip()], names), 2))
        if len(readings) > 1:
            raise CellError(
                f"“{field.verbose_name}”的“{Truncator(cell).chars(31)}”有两种读法：有的名称里也有顿号。请在表单里改这一项。"
            )
        if readings:
            return [names[name] for name in readings[0]]
        return [_one_of(field, part, names) for part in cell.split(SEPARATOR) if part.strip()]

    def _known(self, field: Any, region: int = 0) -> dict[str, str]:
        """Return the rows that a cell may name; the documents of an area by their places, too, and none by a title
        that is another's as well."""
        key = (field.name, region)
        if field.related_model is Document and key not in self._names:
            rows = list(Document.objects.filter(region=region).order_by("position"))
            titles = Counter(title for row in rows for title in {str(row), row.title})
            names = {str(row): str(row.pk) for row in rows} | {row.title: str(row.pk) for row in rows}
            names = {title: pk for title, pk in names.items() if titles[title] == 1}
            self._names[key] = names | {str(row.position): str(row.pk) for row in rows}
        elif key not in self._names:
            rows = field.related_model._base_manager.values_list("name", "pk")
            self._names[key] = {name: str(pk) for name, pk in rows}
        return self._names[key]


def divided(parts: list[str], names: Collection[str]) -> Iterator[list[str]]:
    """Yield the ways in which parts of a cell, joined by the mark where a name holds it, are names."""
    longest = max((name.count(SEPARATOR) + 1 for name in names), default=1)
    ways: list[list[list[str]]] = [[[]]]  # of the first parts: two ways are enough to know that there are several
    for end in range(1, len(parts) + 1):
        readings = []
        for start in range(max(0, end - longest), end):
            name = SEPARATOR.join(parts[start:end])
            readings += [[*way, name] for way in ways[start]] if name in names else []
        ways.append(readings[:2])
    yield from ways[-1]


def _one_of(field: models.Field, cell: str, choices: dict[str, Any]) -> Any:
    if cell.strip() not in choices:
        some = SEPARATOR.join(list(choices)[:12])
        words = Truncator(cell.strip()).chars(31)
        raise CellError(f"“{field.verbose_name}”没有“{words}”这一项；可填：{some}{'等' * (len(choices) > 12)}。")
    return choices[cell.strip()]
