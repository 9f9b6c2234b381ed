"""Values that must not occur twice, exchanged by the rows that one save writes, in one form or each in its own.

Rows are checked as they are going to be, not against what another row of the same save is about to give up. Neither
database can write an exchange at once (SQLite judges each row as it is written, and PostgreSQL does, too), so a row
whose value another one takes waits under a value that nobody has: in the same transaction, seen by nobody.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import uuid4

from django.db import models

from ..history.recording import record_update
from ..models import unrecorded
from ..models.constraints import MOST_SMALL, field_of
from .fields import is_key
from .merging import GuardedForm


def unique_together(model: type[models.Model]) -> Iterator[tuple[models.UniqueConstraint, models.Field]]:
    """Yield the constraints of `model` whose rows can exchange a value, and the field that holds it."""
    for constraint in model._meta.total_unique_constraints:
        field = model._meta.get_field(field_of(constraint))
        if isinstance(field, models.IntegerField | models.CharField):
            yield constraint, field


def check_as_one(forms: Iterable[GuardedForm]) -> None:
    """Let each row be checked without those of the same save that give up a value of theirs; call before cleaning.

    Whoever calls it looks for equal values among the forms themselves.
    """
    forms = list(forms)
    moving = {form.instance.pk for form in forms if _given_up(form)}
    for form in forms:
        form.instance.rows_aside = moving - {form.instance.pk}


def _given_up(form: GuardedForm) -> list[models.Field]:
    """Return the fields of unique values that a form of an existing row writes."""
    fields = unique_together(form._meta.model) if form.now and not form.deleted_pk else ()
    return [field for _, field in fields if field.name in form.written]


def exchanged_by(form: Any, filled_form: Any) -> Iterator[Any]:
    """Yield the form of the row that has the number which `form` takes, filled in with the one that it gives up (its
    words as received begin with that, too). Locked; none where the row isn't this person's.
    """
    for constraint, field in unique_together(form._meta.model):
        name, model, row = field.name, form._meta.model, form.instance
        is_number = len(constraint.fields) > 1 and isinstance(field, models.IntegerField)  # within something
        if not is_number or {*constraint.fields}.intersection(form.written) != {name} or not is_key(form.mine[name]):
            continue
        siblings = {of: getattr(row, model._meta.get_field(of).attname) for of in constraint.fields if of != name}
        others = model._base_manager.filter(form.exchangeable, **siblings, **{name: form.mine[name]})
        others = model._base_manager.filter(pk__in=others.filter(withdrawn_on=None).order_by().values("pk"))
        for other in others.select_for_update(of=("self",), no_key=True):
            values = {name: form.now[name]}
            if (raw := getattr(model, "raw_field", "")) in form.fields:
                start = rf"^(\s*){form.mine[name]}(?=\D)"
                values[raw] = re.sub(start, rf"\g<1>{form.now[name]}", getattr(other, raw))
            other_form = filled_form(type(form), other, values)
            questions = {
                "to_confirm": None,
                "suggestion": "",
                "objection": "",
                "exchangeable": None,
            }  # of `form` alone
            vars(other_form).update(questions, is_exchanged=True)
            if name in other_form.written:
                yield other_form


def duplicates(forms: Iterable[GuardedForm]) -> Iterator[tuple[GuardedForm, str, str]]:
    """Yield each form whose values an earlier one has too, or that can't stand beside what an earlier one writes:
    with the field, and what is wrong."""
    keys: set[tuple[Any, ...]] = set()
    rows: list[Any] = []  # that are written, of the same record
    for form in forms:
        if form._meta.model.belongs_to and form.has_changed():
            owner = getattr(form.instance, form._meta.model.belongs_to)
            beside = [row for row in rows if getattr(row, form._meta.model.belongs_to) == owner]
            yield from ((form, *problem) for problem in form.instance.problems_beside(beside))
            rows.append(form.instance)
        for constraint, field in unique_together(form._meta.model):
            columns = (form._meta.model._meta.get_field(name).attname for name in constraint.fields)
            key = constraint.name, *(getattr(form.instance, column) for column in columns)
            if key in keys:
                yield form, field.name, str(constraint.violation_error_message)
            keys.add(key)


def make_room(forms: Iterable[GuardedForm]) -> None:
    """Move rows aside whose values others of the same save are about to take; call before writing them."""
    moves = [(form, field) for form in forms for field in _given_up(form)]
    targets = {(field.name, form.target[field.name]) for form, field in moves}
    for form in dict.fromkeys(form for form, _ in moves):
        fields = [field for of, field in moves if of is form and (field.name, form.now[field.name]) in targets]
        if fields:
            record_update(form.instance, form.plain)
            row = unrecorded(form._meta.model).filter(pk=form.instance.pk)
            row.update(**{field.name: _free_value(field) for field in fields})


def _free_value(field: models.Field) -> int | str:
    if isinstance(field, models.CharField):
        return uuid4().hex[: field.max_length]
    values = set(field.model._base_manager.values_list(field.name, flat=True))
    return next(number for number in range(MOST_SMALL, 0, -1) if number not in values)
