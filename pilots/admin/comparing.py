"""Values of a field as they are compared and travel in JSON, from the row, from a form and from outside."""

import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.forms.models import ModelChoiceField, ModelMultipleChoiceField

from ..http.unsaved import lines

MOST_KEY_DIGITS = 18


def comparable(value: Any) -> Any:
    """Return a field's value as it is compared and travels in JSON: text, truth or a list of keys."""
    if isinstance(value, bool):
        return value
    if isinstance(value, list | tuple | models.QuerySet):
        return sorted(str(getattr(item, "pk", item)) for item in value)
    if isinstance(value, datetime.datetime):
        value = value.replace(microsecond=0)
        return (value.astimezone(datetime.UTC) if value.tzinfo else value).isoformat()
    return "" if value is None else lines(str(value))


def posted_value(field: forms.Field, raw: Any) -> Any:
    """Return what was posted for `field` in the form in which it is compared; what can't be read, as it came."""
    if isinstance(field, ModelMultipleChoiceField):
        return comparable(list(raw or ()))
    if isinstance(field, ModelChoiceField | forms.CharField):
        return comparable(raw)
    try:
        return comparable(field.clean(raw) if isinstance(field, forms.MultiValueField) else field.to_python(raw))
    except ValidationError:
        return str(raw)


def fits(field: forms.Field | None, value: Any) -> bool:
    """Return whether a field can have held `value`: what somebody made up isn't looked for in the database."""
    if isinstance(field, ModelMultipleChoiceField):
        return isinstance(value, list) and all(map(is_key, value))
    if isinstance(field, ModelChoiceField):
        return value == "" or is_key(value)
    if isinstance(value, bool):
        return field is None or isinstance(field, forms.BooleanField)
    return isinstance(value, str)


def is_key(value: Any) -> bool:
    """Return whether a value from outside can be the number of a row, on either database."""
    return isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= MOST_KEY_DIGITS
