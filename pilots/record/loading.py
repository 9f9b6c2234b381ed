"""The one way in for data: fixtures → rows, without ever overwriting what an official edited.

A field is rewritten only while the database still holds what the last load wrote (a hash per field in
`LoadedRow`); otherwise it is kept and reported. A row that was deleted stays deleted. A row that the fixtures no
longer have goes while it is as they left it and nothing hangs on it. What a load changes is in the history; the rows
that it creates are not (`history.recording`).
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from auditlog.context import disable_auditlog
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import IntegrityError, models, transaction

from ..models import (
    LoadedRow,
    Place,
    Priority,
    Region,
    editing,
    together,
)
from ..models.fixtures import FIXTURES, KEPT, LoadError, as_key, hashed, natural, read
from ..models.received import bound_fields
from ..models.recorded import Recorded, join_table, kind_of, own_field
from ..models.tracking import Tracked
from ..search import indexing

LINKS: dict[type[Tracked], tuple[str, ...]] = {
    Region: ("province", "partners"),
    Priority: ("system", "also_systems", "topics"),
}  # that can contradict each other
REASON = "随站点数据更新"  # what the history says of a later load


@dataclass
class Report:
    """What a load did, each line for a person: rows created, removed or left deleted, fields updated, edits kept."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    preserved: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    unchanged: int = 0

    def lines(self) -> Iterator[str]:
        """Yield every line but those of rows created (there are hundreds on a first load)."""
        yield from (f"更新 {line}" for line in self.updated)
        yield from (f"保留 {line}" for line in self.preserved)
        yield from (f"移除 {line}" for line in self.removed)
        yield from (f"不再载入 {line}" for line in self.absent)

    def summary(self) -> str:
        """Return the counts in one line."""
        return (
            f"新增 {len(self.created)} 行，更新 {len(self.updated)} 处，保留 {len(self.preserved)} 处，"
            f"移除 {len(self.removed)} 行，已删除而不再载入 {len(self.absent)} 行，未变 {self.unchanged} 行"
        )


def load(directory: Path, *, dry_run: bool = False) -> Report:
    """Load every fixture of `directory` in one transaction and return what was done, or would be (`dry_run`).

    Raises LoadError where a file is missing or broken, or a row breaks a constraint.
    """
    with transaction.atomic(), together(), editing(actor=None, reason=REASON):
        loader = _Loader(Report())
        fixtures = {model: read(directory / f"{name}.json") for model, name in FIXTURES.items()}
        _load_places(directory / "gazetteer.json")  # what codes are compared with
        for model, rows in fixtures.items():
            loader.load_model(model, rows)
        for model, rows in reversed(fixtures.items()):
            loader.remove_missing(model, {natural(model, fields) for fields in rows})
        loader.check_links()
        if dry_run:
            transaction.set_rollback(True)
    return loader.report


def _load_places(path: Path) -> None:
    """Make the gazetteer what its fixture says, at once: nobody edits it."""
    try:
        rows = [tuple(row) for row in json.loads(path.read_text(encoding="utf-8"))["rows"]]
    except (OSError, ValueError, KeyError) as error:
        raise LoadError(f"读不到地名数据 {path}：{error}") from error
    if list(Place.objects.values_list("code", "name_then", "name_now")) != rows:
        Place.objects.all().delete()
        Place.objects.bulk_create([Place(code=code, name_then=then, name_now=now) for code, then, now in rows])
        indexing.touch({("place", None)})


class _MissingError(Exception):
    """A row refers to one that an official deleted."""


class _Loader:
    """One run: what earlier models of the run were given for primary keys, and the report."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.pks: dict[tuple[type[models.Model] | None, str], int] = {}
        self.linked: dict[type[Recorded], set[int]] = {model: set() for model in LINKS}  # rows that were written
        # Of rows that are new: their marks, and by field what each is linked to.
        self.marks: list[LoadedRow] = []
        self.links: dict[str, dict[int, list[int]]] = {}

    def check_links(self) -> None:
        """Raise LoadError where what was written has links that contradict each other."""
        for model, (single, *many) in LINKS.items():
            rows = model._base_manager.filter(pk__in=self.linked[model])
            for row in rows.select_related(single).prefetch_related(*many):
                links = {single: getattr(row, single)} | {name: list(getattr(row, name).all()) for name in many}
                for name, problem in row.link_problems(links):
                    label = own_field(row, name).verbose_name
                    raise LoadError(f"{model._meta.verbose_name} {row} 不能载入：{label}：{problem}")

    def load_model(self, model: type[Tracked], rows: list[dict[str, Any]]) -> None:
        marks = {mark.key: mark for mark in LoadedRow.objects.filter(model=kind_of(model))}
        present = model._base_manager.in_bulk()  # nobody waits for what stays as it is
        links = {many.name: linked_pks(many) for many in model._meta.many_to_many}
        for fields in rows:
            natural_key = natural(model, fields)
            mark = marks.get(natural_key) or LoadedRow(model=kind_of(model), key=natural_key)
            try:
                values = {name: self._value(model, name, value) for name, value in fields.items()}
                self._load_row(model, mark, values, present, links)
            except _MissingError:
                self.report.absent.append(f"{model._meta.verbose_name} {natural_key}")
            except (FieldDoesNotExist, ValidationError, IntegrityError) as error:
                reason = "".join(getattr(error, "messages", [str(error)]))
                raise LoadError(f"{model._meta.verbose_name} {natural_key} 不能载入：{reason}") from error
        LoadedRow.objects.bulk_create(self.marks)
        self.marks.clear()
        for many in model._meta.many_to_many:  # what is linked is compared when all is there (`check_links`)
            source, target = f"{many.m2m_field_name()}_id", f"{many.m2m_reverse_field_name()}_id"
            through: Any = many.remote_field.through
            through.objects.bulk_create(
                through(**{source: row, target: pk})
                for row, pks in self.links.pop(many.name, {}).items()
                for pk in pks
            )

    def remove_missing(self, model: type[Tracked], keys: set[str]) -> None:
        """Remove the rows of `model` that an earlier load wrote and whose natural key isn't among `keys`.

        What somebody edited or withdrew stays, and what another row refers to.
        """
        marks = LoadedRow.objects.filter(model=kind_of(model), texts={}).exclude(key__in=keys)
        present = model._base_manager.select_for_update(of=("self",)).in_bulk([mark.object_id for mark in marks])
        links = {many.name: linked_pks(many) for many in model._meta.many_to_many} if present else {}
        for mark in (mark for mark in marks if mark.object_id in present):
            row, label = present[mark.object_id], f"{model._meta.verbose_name} {mark.key}"
            is_referred_to = any(  # by any row of the record, withdrawn or not
                link.related_model._base_manager.filter(**{link.field.name: row.pk}).exists()
                for link in row._meta.related_objects
            )
            names = {column.name for column in row._meta.concrete_fields if not column.primary_key} | links.keys()
            is_edited = any(hashed(_now(row, name, links)) != _written(row, mark, name) for name in names)
            if is_referred_to or is_edited:  # it holds what neither a load wrote nor its default is
                self.report.preserved.append(f"{label}（数据文件已不再有，仍保留）")
            else:
                row.delete()
                mark.delete()
                self.report.removed.append(label)

    def _value(self, model: type[Recorded], name: str, value: Any) -> Any:
        """Return a fixture's value as the database will hold it: primary keys instead of natural ones."""
        column = own_field(model, name)
        if column.many_to_many:
            keys = [(column.related_model, as_key(key)) for key in value]
            return sorted(self.pks[key] for key in keys if key in self.pks)
        if column.many_to_one and value is not None:
            try:
                return self.pks[column.related_model, as_key(value)]
            except KeyError:
                raise _MissingError from None
        return column.to_python(value)

    def _load_row(
        self,
        model: type[Tracked],
        mark: LoadedRow,
        values: dict[str, Any],
        present: dict[Any, Tracked],
        links: dict[str, dict[int, list[int]]],
    ) -> None:
        row: Recorded | None
        if mark.pk:
            row = present.get(mark.object_id)
            if row is None:
                raise _MissingError
        else:  # a row that somebody made by hand under the same natural key, if there is one
            key = {own_field(model, name).attname: values[name] for name in model.key_fields}
            rows = present.values()
            row = next((row for row in rows if all(getattr(row, name) == key[name] for name in key)), None)
        if row is None:
            row = self._create(model, mark, values)
        else:
            self._update(row, mark, values, links)
        self.pks[model, mark.key] = row.pk

    def _create(self, model: type[Recorded], mark: LoadedRow, values: dict[str, Any]) -> Recorded:
        many = {name: value for name, value in values.items() if own_field(model, name).many_to_many}
        row = model(**{own_field(model, name).attname: v for name, v in values.items() if name not in many})
        row.clean()
        with disable_auditlog():
            row.save(force_insert=True)
        for name, value in many.items():
            self.links.setdefault(name, {})[row.pk] = [*dict.fromkeys(value)]
        self.linked.get(model, set()).add(row.pk)
        mark.object_id = row.pk
        mark.hashes = {name: hashed(value) for name, value in values.items()}
        self.marks.append(mark)
        self.report.created.append(f"{model._meta.verbose_name} {mark.key}")
        return row

    def _update(
        self,
        row: Recorded,
        mark: LoadedRow,
        values: dict[str, Any],
        links: dict[str, dict[int, list[int]]],
    ) -> None:
        changed, hashes, lines = _compared(row, mark, values, links)
        if changed or hashes != mark.hashes or mark.object_id != row.pk:
            row, links = _locked(row)  # somebody may have saved it since it was read
            if mark.pk:
                mark.refresh_from_db()
            changed, hashes, lines = _compared(row, mark, values, links)
        self.report.updated += lines["updated"]
        self.report.preserved += lines["preserved"]
        self.report.unchanged += not changed
        if changed:
            self.linked.get(type(row), set()).add(row.pk)
        _write(row, {name: values[name] for name in changed}, links)
        if hashes != mark.hashes or mark.object_id != row.pk:
            mark.object_id, mark.hashes = row.pk, hashes
            mark.save()
            indexing.touch(indexing.affected(type(row), [row.pk]))  # what was issued may be another text now


def _compared(
    row: Recorded, mark: LoadedRow, values: dict[str, Any], links: dict[str, dict[int, list[int]]]
) -> tuple[list[str], dict[str, str], dict[str, list[str]]]:
    """Return the fields of a row that a fixture changes, the hashes of its mark then, and lines of the report:
    "updated" and "preserved"."""
    hashes = {name: value for name, value in mark.hashes.items() if not name.startswith(KEPT)}
    changed = []
    lines: dict[str, list[str]] = {"updated": [], "preserved": []}
    now = {name: _now(row, name, links) for name in values}
    edited = {name for name in values if hashed(now[name]) not in (hashed(values[name]), _written(row, mark, name))}
    for name, value in values.items():
        label = f"{row._meta.verbose_name} {mark.key} {own_field(row, name).verbose_name}"
        if hashed(now[name]) == hashed(value):
            hashes[name] = hashed(value)
        elif edited.isdisjoint(bound_fields(type(row), name)):
            hashes[name] = hashed(value)
            changed.append(name)
            lines["updated"].append(f"{label}：{now[name]!r} → {value!r}")
        else:
            lines["preserved"].append(label)
            hashes |= {f"{KEPT}{name}": hashed(value)} if hashed(value) != mark.hashes.get(name) else {}
    return changed, hashes, lines


def _locked(row: Recorded) -> tuple[Recorded, dict[str, dict[int, list[int]]]]:
    """Return a row and its links as they are now, locked until the end of the transaction; _MissingError where the
    row was deleted meanwhile."""
    rows = type(row)._base_manager.select_for_update(of=("self",), no_key=True)
    locked = rows.filter(pk=row.pk).first()
    if locked is None:
        raise _MissingError
    return locked, {many.name: linked_pks(many, row.pk) for many in row._meta.many_to_many}


def _now(row: Recorded, name: str, links: dict[str, dict[int, list[int]]]) -> Any:
    """Return what field `name` of a row holds now, in the form in which a fixture's value is compared."""
    return links[name].get(row.pk, []) if name in links else getattr(row, own_field(row, name).attname)


def _written(row: Recorded, mark: LoadedRow, name: str) -> str | None:
    """Return the hash of what the last load left in field `name`; None where that was an edit, or a hand-made row.

    A field that the fixtures didn't have at that time was left at its default.
    """
    if name in mark.hashes or not mark.pk or f"{KEPT}{name}" in mark.hashes:
        return mark.hashes.get(name)
    column = own_field(row, name)
    return hashed([] if column.many_to_many else column.get_default())


def linked_pks(many: models.ManyToManyField, *pks: int) -> dict[int, list[int]]:
    """Return the primary keys that each row, or those of `pks`, is linked to by `many`, sorted."""
    source_column, other = many.m2m_column_name(), many.m2m_reverse_name()
    targets: dict[int, list[int]] = {}
    rows = join_table(many)._base_manager.filter(**({f"{source_column}__in": pks} if pks else {})).order_by(other)
    for row, target in rows.values_list(source_column, other):
        targets.setdefault(row, []).append(target)
    return targets


def _write(row: Recorded, values: dict[str, Any], links: dict[str, dict[int, list[int]]]) -> None:
    plain = [name for name in values if name not in links]
    for name in plain:
        setattr(row, own_field(row, name).attname, values[name])
    if plain:
        row.clean()
        row.save(update_fields=plain)
    for name in values.keys() & links.keys():
        getattr(row, name).set(values[name])
