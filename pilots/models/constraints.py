"""The rules that every table shares, as database constraints with a message for the editor."""

import datetime
from collections.abc import Iterable

from django.db import models

FOUNDED_ON = datetime.date(1949, 10, 1)  # no document and no change of a place can be older
HORIZON_ON = datetime.date(2100, 1, 1)


def field_of(constraint: models.CheckConstraint | models.UniqueConstraint) -> str:
    """Return the field at which an editor mends what `constraint` refuses: the last that it names."""
    if isinstance(constraint, models.UniqueConstraint):
        return constraint.fields[-1]
    last = constraint.condition
    while isinstance(last, models.Q):
        last = last.children[-1]
    return last[0].partition("__")[0]


def not_blank(model: str, field: str, label: str) -> models.CheckConstraint:
    """Return the constraint that text column `field` of `model` holds at least one visible character."""
    return models.CheckConstraint(
        condition=models.Q(**{f"{field}__regex": r"\S"}),
        name=f"{model}_{field}_not_blank",
        violation_error_message=f"{label}不能为空。",
    )


def positive(model: str, field: str, label: str) -> models.CheckConstraint:
    """Return the constraint that integer column `field` of `model` is at least 1, where it is set."""
    return models.CheckConstraint(
        condition=models.Q(**{f"{field}__gte": 1}),
        name=f"{model}_{field}_positive",
        violation_error_message=f"{label}须为正整数。",
    )


def unique(model: str, fields: Iterable[str], message: str) -> models.UniqueConstraint:
    """Return the constraint that no two rows of `model` agree in all of `fields`."""
    fields = tuple(fields)
    return models.UniqueConstraint(
        fields=fields, name=f"{model}_unique_{'_'.join(fields)}", violation_error_message=message
    )


def six_digits(model: str, field: str, label: str) -> models.CheckConstraint:
    """Return the constraint that `field` is empty or a six-digit code (GB/T 2260)."""
    return models.CheckConstraint(
        condition=models.Q(**{f"{field}__regex": r"^([0-9]{6})?$"}),
        name=f"{model}_{field}_six_digits",
        violation_error_message=f"{label}须为六位数字（GB/T 2260）。",
    )


def sane_date(model: str, field: str, label: str) -> models.CheckConstraint:
    """Return the constraint that date column `field`, where it is set, lies between 1949-10-01 and 2100-01-01."""
    return models.CheckConstraint(
        condition=models.Q(**{f"{field}__gte": FOUNDED_ON, f"{field}__lt": HORIZON_ON}),
        name=f"{model}_{field}_sane",
        violation_error_message=f"{label}须在1949年10月1日之后、2100年之前。",
    )


def one_of(model: str, field: str, label: str, values: Iterable[str]) -> models.CheckConstraint:
    """Return the constraint that `field` is one of its declared `values`, whoever writes it."""
    return models.CheckConstraint(
        condition=models.Q(**{f"{field}__in": list(values)}),
        name=f"{model}_{field}_known",
        violation_error_message=f"{label}不在可选范围内。",
    )
