"""The notice's own words as issued: what the fixtures hold, and where the record differs from it.

The database keeps only hashes of what was loaded; the fixtures are the text itself, in the repository, beside the
notice as received. A row that didn't come from them has no issued text.
"""

from collections.abc import Iterator
from typing import NamedTuple

from django.conf import settings
from django.db import models

from .loading import FIXTURES, natural, read
from .models import Citation, LoadedRow, Ministry, Notice, Priority, Region, Section, Signature

VERBATIM: dict[type[models.Model], tuple[str, ...]] = {
    Notice: ("number", "title"),
    Section: ("text_raw", "heading", "text"),
    Citation: ("title", "number"),
    Signature: ("name_raw", "name"),
    Ministry: ("text_name",),
    Region: ("name_raw", "name"),
    Priority: ("text_raw", "text"),
}

LINES = (Section, Citation, Signature, Priority)  # what the notice consists of, line by line


class Difference(NamedTuple):
    """A field of a row that isn't as issued."""

    row: models.Model
    name: str
    issued: str
    now: str

    def __str__(self) -> str:
        what, label = self.row._meta.verbose_name, self.row._meta.get_field(self.name).verbose_name
        return f"{what} {self.row} 的{label}与印发原文不同：原文“{self.issued}”，现为“{self.now}”。"


def verbatim(model: type[models.Model]) -> tuple[str, ...]:
    """Return the fields of `model` that hold the notice's own words."""
    return VERBATIM.get(model._meta.concrete_model, ())


def is_issued(row: models.Model) -> bool:
    """Return whether a row is one of the lines that the notice consists of, as loaded; not one added later."""
    if type(row)._meta.concrete_model not in LINES:
        return False
    return LoadedRow.objects.filter(model=row._meta.model_name, object_id=row.pk).exists()


def rows(model: type[models.Model]) -> dict[str, dict[str, str]]:
    """Return the fields of each row of the fixture of `model`, by natural key as `LoadedRow` keeps it."""
    model = model._meta.concrete_model
    name, _, key = next(each for each in FIXTURES if each[1] is model)
    return {natural(model, key, fields): fields for fields in read(settings.BASE_DIR / "fixtures" / f"{name}.json")}


def texts(model: type[models.Model]) -> dict[int, dict[str, str]]:
    """Return the issued text of each row of `model`, by primary key and field."""
    model = model._meta.concrete_model
    fields = rows(model)
    marks = LoadedRow.objects.filter(model=model._meta.model_name, key__in=fields).exclude(object_id=None)
    return {
        pk: {field: fields[key][field] for field in VERBATIM[model]}
        for pk, key in marks.values_list("object_id", "key")
    }


def differences() -> Iterator[Difference]:
    """Yield every field of the record that isn't as issued."""
    for model, names in VERBATIM.items():
        issued = texts(model)
        for row in model._base_manager.filter(pk__in=issued):
            for name in names:
                if getattr(row, name) != issued[row.pk][name]:
                    yield Difference(row, name, issued[row.pk][name], getattr(row, name))
