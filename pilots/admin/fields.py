"""How a column is typed into a form of the record."""

import re
import unicodedata
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator
from django.db import models

from ..models.constraints import MOST_SMALL


class DateField(forms.DateField):
    """A day as officials write it: in full width, with blanks, in eight digits, too."""

    default_error_messages = {"invalid": "请填一个日期，如 2026年9月5日、2026-09-05 或 20260905。"}

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            value = "".join(unicodedata.normalize("NFKC", value).split())
            if re.fullmatch("[0-9]{8}", value):
                value = f"{value[:4]}-{value[4:6]}-{value[6:]}"
        return super().to_python(value)


def field_for(db_field: models.Field, stock: Any, request: Any, **kwargs: Any) -> forms.Field | None:
    """Return the field that `stock`, Django's own way, makes for a column: days as officials write them, the text as
    received with the blanks at its ends, and no number larger than PostgreSQL takes, whatever the database."""
    if isinstance(db_field, models.DateField) and not isinstance(db_field, models.DateTimeField):
        kwargs["form_class"] = DateField
    field = stock(db_field, request, **kwargs)
    if isinstance(field, forms.CharField) and db_field.name.endswith("_raw"):
        field.strip = False
    if isinstance(field, forms.IntegerField) and isinstance(db_field, models.PositiveSmallIntegerField):
        field.validators.append(MaxValueValidator(MOST_SMALL, f"最大是{MOST_SMALL}。"))
    return field
