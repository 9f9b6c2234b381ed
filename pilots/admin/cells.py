"""The cells of a table as a form is to hold them: words back to choices, links and truths."""

from typing import Any

from django.db import models

_SEVERAL = "、"
_TRUTHS = {"是": True, "否": False}


class CellError(Exception):
    """A cell, or a row, that can't be taken; says why in Chinese."""


class Reader:
    """Reads the cells of one model; the names of what rows are linked to are read once."""

    def __init__(self, model: type[models.Model]) -> None:
        self.model = model
        self._names: dict[str, dict[str, str]] = {}

    def read(self, name: str, cell: str) -> Any:
        """Return what field `name` of a form is to hold for the text of a cell. CellError."""
        field = self.model._meta.get_field(name)
        if field.many_to_many:
            return sorted(self._linked(field, each.strip()) for each in cell.split(_SEVERAL) if each.strip())
        if field.many_to_one:
            return self._linked(field, cell.strip()) if cell.strip() else ""
        if isinstance(field, models.BooleanField):
            return _one_of(field, cell, _TRUTHS)
        if field.choices:
            return _one_of(field, cell, {str(label): value for value, label in field.flatchoices})
        return cell

    def _linked(self, field: models.Field, name: str) -> str:
        if field.name not in self._names:
            rows = field.related_model._base_manager.values_list("name", "pk")
            self._names[field.name] = {known: str(pk) for known, pk in rows}
        return _one_of(field, name, self._names[field.name])


def _one_of(field: models.Field, cell: str, known: dict[str, Any]) -> Any:
    if cell.strip() not in known:
        some = _SEVERAL.join(list(known)[:12])
        raise CellError(
            f"“{field.verbose_name}”没有“{cell.strip()[:30]}”这一项；可填：{some}{'等' * (len(known) > 12)}。"
        )
    return known[cell.strip()]
