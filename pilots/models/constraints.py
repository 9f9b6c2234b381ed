"""The rules that every table shares, as database constraints with a message for the editor."""

import datetime
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS, models

FOUNDED_ON = datetime.date(1949, 10, 1)  # no document and no change of a place can be older
HORIZON_ON = datetime.date(2100, 1, 1)
MOST_SMALL = 32_767  # the largest number that PostgreSQL takes for a small integer


def field_of(constraint: models.CheckConstraint | models.UniqueConstraint) -> str:
    """Return the field at which an editor mends what `constraint` refuses: the last that it names."""
    if isinstance(constraint, models.UniqueConstraint):
        return constraint.fields[-1]
    last: Any = constraint.condition
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


def slug(model: str, field: str, label: str) -> models.CheckConstraint:
    """Return the constraint that `field` can stand in an address: what `<slug:…>` of a route takes."""
    return models.CheckConstraint(
        condition=models.Q(**{f"{field}__regex": r"^[-a-zA-Z0-9_]*\Z"}),
        name=f"{model}_{field}_fits_addresses",
        violation_error_message=f"{label}只能有拉丁字母、数字、“-”和“_”。",
    )


def sane_date(model: str, field: str, label: str) -> models.CheckConstraint:
    """Return the constraint that date column `field`, where it is set, lies between 1949-10-01 and 2100-01-01."""
    return models.CheckConstraint(
        condition=models.Q(**{f"{field}__gte": FOUNDED_ON, f"{field}__lt": HORIZON_ON}),
        name=f"{model}_{field}_sane",
        violation_error_message=f"{label}须在1949年10月1日之后、2100年之前。",
    )


class OneOf(models.CheckConstraint):
    """A column of declared values. The database holds it; what a form has is compared here, without a query."""

    def validate(
        self,
        model: type[models.Model],
        instance: models.Model,
        exclude: Iterable[str] | None = None,
        using: str = DEFAULT_DB_ALIAS,
    ) -> None:
        """Raise ValidationError where the value of `instance` is none of those declared."""
        condition: Any = self.condition
        [(lookup, values)] = condition.children
        field = lookup.removesuffix("__in")
        if field not in (exclude or ()) and getattr(instance, field) not in (None, *values):
            raise ValidationError(self.get_violation_error_message(), code=self.violation_error_code)

    def deconstruct(self) -> tuple:
        """Return what a migration says of it: to the database it is any other check."""
        _, args, kwargs = super().deconstruct()
        return "django.db.models.CheckConstraint", args, kwargs


def one_of(model: str, field: str, label: str, values: Iterable[str]) -> OneOf:
    """Return the constraint that `field` is one of its declared `values`, whoever writes it."""
    return OneOf(
        condition=models.Q(**{f"{field}__in": list(values)}),
        name=f"{model}_{field}_known",
        violation_error_message=f"{label}不在可选范围内。",
    )
