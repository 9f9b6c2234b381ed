"""The notice's own words as issued: what the fixtures hold, and where the record differs from it.

The database keeps only hashes of what was loaded; the fixtures are the text itself, in the repository, beside the
notice as received. A row that didn't come from them has no issued text.
"""

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import NamedTuple

from django.conf import settings
from django.db import models
from django.db.models import Q

from .loading import FIXTURES, KEPT, LoadError, hashed, natural, read
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

Key = tuple[str, int]  # a model's name and a row's primary key
FEW = 200  # rows that are looked up one by one; of more, all that was loaded is read
LINES = (Section, Citation, Signature, Priority)  # what the notice consists of, line by line
CLOSED = (*LINES, Region)  # of a notice that was loaded as issued, these are all there are


class Difference(NamedTuple):
    """A field of a row that isn't as issued."""

    row: models.Model
    name: str
    issued: str
    now: str

    def __str__(self) -> str:
        what, label = self.row._meta.verbose_name, self.row._meta.get_field(self.name).verbose_name
        return f"{what} {self.row} 的{label}与印发原文不同：原文“{self.issued}”，现为“{self.now}”。"


class Issued:
    """What was issued where rows say something else. One query, at the first row; a fixture is read only where the
    hash of the last load differs. Without `rows` any row may be asked about."""

    def __init__(self, rows: Iterable[models.Model] | None = None) -> None:
        self._rows = None if rows is None else [row for row in rows if verbatim(type(row))]
        self._fixtures: dict[type[models.Model], dict[str, dict[str, str]]] = {}

    def words(self, row: models.Model, names: Iterable[str] = ()) -> dict[str, str]:
        """Return the issued text of those of a row's fields (`names`; all verbatim ones) that say something else."""
        key, hashes = self._loaded.get(key_of(row), ("", {}))
        shown = {name: getattr(row, name) for name in names or verbatim(type(row)) if name in hashes}
        changed = {
            name: now for name, now in shown.items() if hashed(now) != hashes.get(f"{KEPT}{name}", hashes[name])
        }
        found = self._fixture(type(row)).get(key, {}) if changed else {}
        return {name: found[name] for name, now in changed.items() if found.get(name, now) != now}

    @cached_property
    def _loaded(self) -> dict[Key, tuple[str, dict[str, str]]]:
        """The natural key and the hashes of each row that was loaded."""
        if self._rows == []:
            return {}
        loaded = LoadedRow.objects.filter(self._wanted())
        columns = loaded.values_list("model", "object_id", "key", "hashes")
        return {(kind, pk): (key, hashes) for kind, pk, key, hashes in columns}

    def _wanted(self) -> Q:
        if self._rows is None:
            return Q(model__in=[model._meta.model_name for model in VERBATIM])
        keys = {key_of(row) for row in self._rows}
        if len(keys) > FEW:
            return Q(model__in={kind for kind, _ in keys})
        return in_keys(keys, "model", "object_id")

    def _fixture(self, model: type[models.Model]) -> dict[str, dict[str, str]]:
        """Return the fixture's rows by natural key; none where it can't be read (`check_record` says so)."""
        if model not in self._fixtures:
            try:
                self._fixtures[model] = rows(model)
            except LoadError:
                self._fixtures[model] = {}
        return self._fixtures[model]


def key_of(row: models.Model) -> Key:
    """Return what names a row in the loads and in the history."""
    return row._meta.concrete_model._meta.model_name, row.pk


def in_keys(keys: Iterable[Key], model: str, pk: str) -> Q:
    """Return the condition that a row is about one of `keys`, in the columns `model` and `pk`."""
    wanted = Q(pk=None)
    for kind in {kind for kind, _ in keys}:
        wanted |= Q(**{model: kind, f"{pk}__in": [each for of, each in keys if of == kind]})
    return wanted


def verbatim(model: type[models.Model]) -> tuple[str, ...]:
    """Return the fields of `model` that hold the notice's own words."""
    return VERBATIM.get(model._meta.concrete_model, ())


def is_issued(row: models.Model) -> bool:
    """Return whether a row is one of the lines that the notice consists of, as loaded; not one added later."""
    if type(row)._meta.concrete_model not in LINES:
        return False
    return LoadedRow.objects.filter(model=row._meta.model_name, object_id=row.pk).exists()


def is_added(row: models.Model) -> bool:
    """Return whether a row that is about to be made would stand in a notice whose text was loaded as issued."""
    if type(row)._meta.concrete_model not in CLOSED:
        return False
    notice = row.region.notice_id if isinstance(row, Priority) else row.notice_id
    return LoadedRow.objects.filter(model="notice", object_id=notice).exclude(object_id=None).exists()


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
