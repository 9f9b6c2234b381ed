"""The notice's own words and numbers as issued: what the fixtures hold, and where the record differs from it.

The database keeps only hashes of what was loaded; the fixtures are the text itself, in the repository, beside the
notice as received. Of a notice that was entered and published on this site, the database keeps the text (`close`). A
row that came from neither has no issued text.
"""

import datetime
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any, NamedTuple, cast

from django.conf import settings
from django.db import models
from django.db.models import Q

from ..models import LoadedRow, Notice, Priority, Region
from ..models.fixtures import FIXTURES, KEPT, LoadError, as_key, hashed, natural, read
from ..models.publishing import Withdrawable
from ..models.received import Line, Received
from ..models.recorded import Recorded, kind_of, own_field, recorded_models
from ..models.tracking import Tracked

PLACED = ("notice", "region")  # where a row of a notice stands: for good, wherever it came from

Key = tuple[str, int]  # a model's name and a row's primary key
FEW = 200  # rows that are looked up one by one; of more, all that was loaded is read


class Difference(NamedTuple):
    """A field of a row that isn't as issued."""

    row: Recorded
    name: str
    original: Any
    now: Any

    def __str__(self) -> str:
        what, label = self.row._meta.verbose_name, own_field(self.row, self.name).verbose_name
        return f"{what} {self.row} 的{label}与印发原文不同：原文“{self.original}”，现为“{self.now}”。"


class Issued:
    """What was issued where rows say something else. One query, at the first row; a fixture is read only where the
    hash of the last load differs. Without `rows` any row may be asked about."""

    def __init__(self, rows: Iterable[Recorded] | None = None) -> None:
        self._rows = None if rows is None else [row for row in rows if row.verbatim_fields]
        self._fixtures: dict[type[Recorded], dict[str, dict[str, Any]]] = {}

    def shown(self, row: Recorded, *, is_raw: bool = False) -> dict[str, Any]:
        """Return what was issued of a row where it says something else, as readers are told of it.

        Of words that are kept twice, those in the form that a page shows; in the other where nothing else differs.
        """
        originals = self.words(row)
        if len(originals) > 1 and isinstance(row, Received):
            originals.pop(row.shown_field if is_raw else row.raw_field, None)
        return originals

    def words(self, row: Recorded, names: Iterable[str] = ()) -> dict[str, Any]:
        """Return what was issued in those of a row's fields (`names`; all verbatim ones) that say something else."""
        key, hashes, texts = self._loaded.get(key_of(row), ("", {}, {}))
        values = {name: getattr(row, name) for name in names or row.verbatim_fields if name in hashes}
        changed = {
            name: now for name, now in values.items() if hashed(now) != hashes.get(f"{KEPT}{name}", hashes[name])
        }
        originals = texts or (self._fixture(type(row)).get(key, {}) if changed else {})
        return {name: originals[name] for name, now in changed.items() if originals.get(name, now) != now}

    @cached_property
    def _loaded(self) -> dict[Key, tuple[str, dict[str, str], dict[str, Any]]]:
        """The natural key and the hashes of each row that was loaded, and what was issued where no fixture has it."""
        if self._rows == []:
            return {}
        keys = {key_of(row) for row in self._rows or ()}
        kinds = [kind_of(model) for model in recorded_models() if model.verbatim_fields]
        if self._rows is not None and len(keys) <= FEW:
            condition = in_keys(keys, "model", "object_id")
        else:
            condition = Q(model__in=kinds if self._rows is None else {kind for kind, _ in keys})
        loaded = LoadedRow.objects.filter(condition)
        columns = loaded.values_list("model", "object_id", "key", "hashes", "texts")
        return {(kind, pk): (key, hashes, texts) for kind, pk, key, hashes, texts in columns if pk is not None}

    def _fixture(self, model: type[Recorded]) -> dict[str, dict[str, Any]]:
        """Return the fixture's rows by natural key; none where it can't be read (`check_record` says so)."""
        if model not in self._fixtures:
            try:
                self._fixtures[model] = rows(model)
            except LoadError:
                self._fixtures[model] = {}
        return self._fixtures[model]


def key_of(row: Recorded) -> Key:
    """Return what names a row in the loads and in the history."""
    return kind_of(row), row.pk


def in_keys(keys: Iterable[Key], model: str, pk: str) -> Q:
    """Return the condition that a row is about one of `keys`, in the columns `model` and `pk`."""
    condition = Q(pk=None)
    for kind in {kind for kind, _ in keys}:
        condition |= Q(**{model: kind, f"{pk}__in": [row_pk for of, row_pk in keys if of == kind]})
    return condition


def name_withdrawn(regions: list[Region]) -> None:
    """Give withdrawn areas whose names were corrected their `issued_name`, for the sentence that tells of them."""
    look = Issued(regions)
    for region in regions:
        region.issued_name = look.words(region, ["name"]).get("name", "")


def lines() -> list[type[Withdrawable]]:
    """Return the models whose rows a notice consists of; of one that was loaded as issued, these are all."""
    return [model for model in recorded_models() if issubclass(model, Withdrawable) and issubclass(model, Line)]


def text(row: Recorded, name: str, value: Any) -> str:
    """Return what field `name` of a row holds (or held) as people read it: a number is called by its name."""
    return f"{own_field(row, name).verbose_name}{value}" if isinstance(value, int) else value


def is_issued(row: Recorded) -> bool:
    """Return whether a row is one of the lines that the notice consists of, as loaded; not one added later."""
    return isinstance(row, Line) and bool(row.belongs_to) and _is_loaded(row)


def _is_loaded(row: Recorded) -> bool:
    kind, pk = key_of(row)
    return LoadedRow.objects.filter(model=kind, object_id=pk).exists()


def fixed(row: Recorded, names: Iterable[str]) -> list[str]:
    """Return those of the fields `names` that no edit of `row` may change. One query, if there can be any."""
    facts = [name for name in row.notice_facts if name in names]
    if row._state.adding:
        return []
    placed = [name for name in facts if name in PLACED]
    return facts if len(facts) > len(placed) and _is_loaded(row) else placed


def is_added(row: Recorded) -> bool:
    """Return whether a row that is about to be made would stand in a notice whose text was loaded as issued."""
    if not isinstance(row, Line):
        return False
    holder: Any = row.region if isinstance(row, Priority) else row
    drafts = Notice._base_manager.filter(pk=holder.notice_id, is_draft=True)
    if drafts.order_by("pk").select_for_update(no_key=True).values_list("pk").first():  # whoever publishes it waits
        return False
    return LoadedRow.objects.filter(model="notice", object_id=holder.notice_id).exclude(object_id=None).exists()


def rows(model: type[Recorded]) -> dict[str, dict[str, Any]]:
    """Return the fields of each row of the fixture of `model`, by natural key as `LoadedRow` keeps it."""
    loaded: Any = model._meta.concrete_model
    fixture = settings.BASE_DIR / "fixtures" / f"{FIXTURES[loaded]}.json"
    return {natural(loaded, fields): fields for fields in read(fixture)}


def texts(model: type[Recorded]) -> dict[int, dict[str, Any]]:
    """Return what was issued of each row of `model`, by primary key and field."""
    return _fields(model, model.verbatim_fields)


def _fields(model: type[Recorded], names: Iterable[str]) -> dict[int, dict[str, Any]]:
    """Return those fields of each row of `model` as the fixtures have them, by primary key and field."""
    fields = rows(model)
    marks = LoadedRow.objects.filter(~Q(texts={}) | Q(key__in=fields), model=kind_of(model))
    columns = marks.values_list("object_id", "key", "texts")
    return {pk: {n: (texts or fields[key])[n] for n in names} for pk, key, texts in columns if pk is not None}


def close(row: Recorded) -> None:
    """Keep what a row of a notice says as what was issued: from now on it is as if it had been loaded."""
    names = (*row.verbatim_fields, *row.notice_facts)
    texts = {name: _natural(getattr(row, name)) for name in names}
    hashes = {name: hashed(getattr(row, name)) for name in row.verbatim_fields}
    values = {"object_id": row.pk, "hashes": hashes, "texts": texts}
    key = as_key([*cast(Tracked, row).natural_key()])
    LoadedRow.objects.update_or_create(values, model=kind_of(row), key=key)


def _natural(value: Any) -> Any:
    """Return a field's value as a fixture has it."""
    if isinstance(value, models.Manager):
        return [row.natural_key() for row in value.all()]
    value = value.natural_key() if isinstance(value, Tracked) else value
    return value.isoformat() if isinstance(value, datetime.date) else value


def differences() -> Iterator[Difference]:
    """Yield every field of the record that isn't as issued: words, and what the notice says beside them."""
    for declared in ("verbatim_fields", "notice_facts"):
        for model in (model for model in recorded_models() if getattr(model, declared)):
            names = getattr(model, declared)
            originals = _fields(model, names)
            links = [field for field in (own_field(model, name) for name in names) if field.is_relation]
            single, many = ([link.name for link in links if link.many_to_many is of] for of in (False, True))
            rows = model._base_manager.filter(pk__in=originals).select_related(*single).prefetch_related(*many)
            for row in rows:
                for name in names:
                    before, now = _plain(originals[row.pk][name]), _plain(getattr(row, name))
                    if now != before:
                        yield Difference(row, name, before, now)


def _plain(value: Any) -> Any:
    """Return a field's value as the fixtures have it; linked rows as one text, their natural keys in one order."""
    value = _natural(value)
    if isinstance(value, list) and value and isinstance(value[0], list | tuple):
        value = sorted(map(_plain, value))
    if isinstance(value, list | tuple):
        return " ".join(map(str, value))
    return value
