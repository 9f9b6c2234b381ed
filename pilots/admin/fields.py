"""How a column is typed into a form of the record; values of a field as they are compared and travel in JSON, from
the row, from a form and from outside.
"""

import datetime
import re
import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models.fields import BLANK_CHOICE_DASH
from django.forms.models import ModelChoiceField, ModelMultipleChoiceField
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from ..http.unsaved import lines
from ..models.characters import CleanedField
from ..models.constraints import MOST_SMALL
from ..models.received import Received
from ..models.recorded import part_of_a_date, rule_of

MOST_KEY_DIGITS = 18
MOST_OF_A_TEXT = 10_000  # characters: the form of an area posts some thirty texts, in nine bytes a character


class SelectSome(forms.SelectMultiple):
    """Three boxes, or those that are chosen and `spare` ones, each for one choice: fewer to pass than all choices."""

    def __init__(self, *args: Any, spare: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.spare = spare

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        label, chosen = (attrs or {}).get("id", name), [str(key) for key in value or ()]
        box = forms.Select({"aria-describedby": f"{label}_helptext"}, [("", "（不选）"), *self.choices])
        boxes = (
            box.render(name, key, {"id": f"{label}_{n}", "aria-label": f"第{n + 1}个"} if n else {"id": f"{label}_0"})
            for n, key in enumerate([*chosen, *[""] * max(3 - len(chosen), self.spare)])
        )
        return format_html_join("", "{}", ((html,) for html in boxes))

    def id_for_label(self, id_: str, index: str = "0") -> str:
        return f"{id_}_{index}" if id_ else id_

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        return [key for key in super().value_from_datadict(data, files, name) or () if key]


class DateField(forms.DateField):
    """A day as officials write it: in full width, with blanks, in eight digits, too."""

    default_error_messages = {"invalid": "请填一个日期，如 2026年9月5日、2026-09-05 或 20260905。"}

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            value = "".join(unicodedata.normalize("NFKC", value).split())
            if re.fullmatch("[0-9]{8}", value):
                value = f"{value[:4]}-{value[4:6]}-{value[6:]}"
        return super().to_python(value)


class PartialDateField(forms.CharField):
    """A day, a month or a year as officials write it, kept as 2019-04-16, 2019-04 or 2019; anything else as it is."""

    written = re.compile(r"([0-9]{4})(?:([0-9]{2})([0-9]{2})|年|[年./-]([0-9]{1,2})(?:月|[月./-]([0-9]{1,2})日?)?)?")

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value) or ""
        match = self.written.fullmatch("".join(unicodedata.normalize("NFKC", text).split()))
        return "-".join(part.zfill(2) for part in match.groups() if part) if match else text


# What the form has otherwise than Django, by the kind of the column.
FORMS: dict[type[models.Field], dict[str, Any]] = {
    models.DateField: {"form_class": DateField},
    models.CharField: {"form_class": CleanedField},
    models.TextField: {"form_class": CleanedField, "max_length": MOST_OF_A_TEXT},
}


def field_for(db_field: models.Field, stock: Any, request: Any, **kwargs: Any) -> forms.Field | None:
    """Return the field that `stock`, Django's own way, makes for a column: days as officials write them, the text as
    received with the blanks at its ends, and no number larger than PostgreSQL takes, whatever the database."""
    kwargs |= FORMS.get(type(db_field), {})
    if rule_of(db_field) is part_of_a_date:
        kwargs["form_class"], kwargs["max_length"] = PartialDateField, len("２０１９年 04月 16日")
    field = stock(db_field, request, **kwargs)
    if isinstance(field, forms.CharField) and db_field.name.endswith("_raw"):
        field.strip = False
    if issubclass(db_field.model, Received) and field and db_field.name == db_field.model.shown_field:
        # One text to type: the words as shown follow from those received. What has one line still has.
        field.widget = forms.TextInput() if isinstance(field.widget, forms.TextInput) else forms.HiddenInput()
        field.widget.input_type = "hidden"
    if isinstance(field, forms.IntegerField) and isinstance(db_field, models.PositiveSmallIntegerField):
        field.validators.append(MaxValueValidator(MOST_SMALL, f"最大是{MOST_SMALL}。"))
    _name_empty_choice(field)
    return field


def _name_empty_choice(field: forms.Field | None) -> None:
    """Say in words what Django says in dashes."""
    words = "（请选）" if field and field.required else "（不选）"
    if isinstance(field, ModelChoiceField) and field.empty_label is not None:
        field.empty_label = words
    elif isinstance(field, forms.TypedChoiceField):
        choices: Any = field.choices
        field.choices = [("", words) if choice == BLANK_CHOICE_DASH[0] else choice for choice in choices]


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
    if isinstance(field, ModelChoiceField | forms.CharField) and not isinstance(field, PartialDateField):
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
