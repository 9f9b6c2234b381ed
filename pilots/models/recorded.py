"""What a model of the record declares of itself, once; history, forms, files and API ask it here.

Every model that says `Recorded` (most by way of `Tracked` or `Withdrawable`) has a history. Names of its fields that
follow rules are in the model, beside the fields.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, Self, TypeVar

from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db.models import (
    BooleanField,
    CharField,
    Field,
    IntegerField,
    ManyToManyField,
    Model,
    SlugField,
    TextField,
)
from django.urls import reverse

from .attachments import VALUE

Method = TypeVar("Method", bound=Callable[..., Any])
# What text for readers holds: Chinese, or what its field is for. A mark or a letter alone is a slip of the hand.
_CHINESE = "[〇\u3400-\u9fff\U00020000-\U0003fffd]"
_LETTERS = "[A-Za-z\u00c0-\u024f]{2}"
in_chinese = RegexValidator(_CHINESE, "至少要有一个汉字。")
_in_letters = RegexValidator(_LETTERS, "至少要有两个字母。")
_in_words = RegexValidator(f"{_CHINESE}|{_LETTERS}", "至少要有一个汉字，或两个字母。")
part_of_a_date = RegexValidator("^20[0-9]{2}(-[0-9]{2}){0,2}$", "写作2019、2019-04或2019-04-16。")
_RULES = {
    "name_en": _in_letters,
    **dict.fromkeys(
        ("pinyin", "short_pinyin"),
        RegexValidator(
            f"^(?=.*{_LETTERS})[A-Za-z\u00c0-\u024f '’]*$", "至少要有两个字母；只写字母，音节以空格分开。"
        ),
    ),
    "alias.name": _in_words,
    "term.word": _in_words,
    "reportline.text": _in_words,  # a standard may be all there is to say
    "region.remark": RegexValidator(f"{_CHINESE}|[0-9]", "至少要有一个汉字或数字。"),  # where a date or a time may do
    **dict.fromkeys(("index_number", "document.number"), RegexValidator("[0-9]", "至少要有一个数字。")),
    "document.priorities": RegexValidator("^[1-9][0-9]?(、[1-9][0-9]?)*$", "只写编号，如“1、3”。"),
    "document.pdf": RegexValidator(f"^{VALUE}$", "请从表单上传。"),
    "unit": RegexValidator(f"{_CHINESE}|{_LETTERS}|[%‰℃]", "写单位，如项、%、亿元。"),
    **dict.fromkeys(("document.issued", "document.published", "mechanism.since"), part_of_a_date),
}
# What no reader sees, or has a rule of its own: of codes, addresses, sources, words as received.
_OTHER = ("internal_note", "classification_note", "code", "code_then", "code_now", "path", "new_path")
_OTHER_ENDS = ("source", "_raw", "_value")


def attributes(**values: Any) -> Callable[[Method], Method]:
    """Give a method the attributes by which Django knows what it does (`alters_data`)."""

    def give(method: Method) -> Method:
        vars(method).update(values)
        return method

    return give


def rule_of(field: Field) -> RegexValidator | None:
    """Return what the text of a field must hold; None where it holds no text, or has a rule of its own."""
    is_key = isinstance(field, SlugField) or bool(field.choices)
    is_text = isinstance(field, CharField | TextField) and not is_key
    if not is_text or field.name in _OTHER or field.name.endswith(_OTHER_ENDS):
        return None
    return _RULES.get(f"{field.model._meta.model_name}.{field.name}") or _RULES.get(field.name, in_chinese)


@cache  # asked of every row that is read
def _numbers(model: type[Model], names: tuple[str, ...]) -> list[int]:
    """Return which of these fields, by place, are numbers, or true or false."""
    fields = [model._meta.get_field(name) for name in names]
    return [n for n, field in enumerate(fields) if isinstance(field, IntegerField | BooleanField)]


class Recorded(Model):
    """A row of the record: every change of it is kept in the history."""

    is_subject = False  # whether readers see a record of it: an edit is of one
    belongs_to = ""  # else the field that leads to the record that it is a part of, if any
    line_unit = ""  # of a line that is called by its number: what numbers are followed by
    is_public = True  # whether readers ever see its rows in the history
    verbatim_fields: tuple[str, ...] = ()  # the notice's own words and numbers
    notice_facts: tuple[str, ...] = ()  # what the notice says beside them: no edit changes it
    internal_fields: tuple[str, ...] = ()  # notes for those who may change the row
    verified_fields: Mapping[str, str] = {}  # fields that readers see only where that member of the row isn't empty
    # Field of sources → the field that says whether its facts are verified (None: where it has one), and its facts.
    sourced: Mapping[str, tuple[str | None, tuple[str, ...]]] = {}
    facts: tuple[str, ...] = ()  # what readers are told of it where what it is from is shown
    source_fields: Mapping[str, bool] = {}  # fields of sources, and whether data sets count as sources there
    # Where it isn't as issued (`pilots.record.corrections`). A template that asks for what isn't there is slow.
    corrections: Sequence[Any] = ()

    class Meta:
        abstract = True

    @classmethod
    def from_db(cls, db: str | None, field_names: Collection[str], values: Collection[Any], **options: Any) -> Self:
        """Refuse a row of SQLite's, which takes anything, with what its column can't hold: no page says it."""
        kinds = [*map(type, values)]
        if bytes in kinds or float in kinds or str in {kinds[n] for n in _numbers(cls, tuple(field_names))}:
            raise TypeError(f"{cls.__name__} {dict(zip(field_names, values, strict=True))}")
        return super().from_db(db, field_names, values, **options)

    def clean_fields(self, exclude: Collection[str] | None = None) -> None:
        """Refuse text without a word, at its field."""
        errors: dict[str, list[ValidationError]] = {}
        try:
            super().clean_fields(exclude)
        except ValidationError as error:
            errors = error.error_dict
        for field in self._meta.concrete_fields:
            rule = None if field.name in errors or field.name in (exclude or ()) else rule_of(field)
            if rule and (text := getattr(self, field.name)) and not re.search(rule.regex, text):
                errors[field.name] = [ValidationError(rule.message)]
        if errors:
            raise ValidationError(errors)

    @classmethod
    def is_public_field(cls, name: str) -> bool:
        """Return whether readers may ever see field `name`."""
        return cls.is_public and name not in cls.internal_fields

    def shows(self, name: str) -> bool:
        """Return whether readers see field `name` now: facts that aren't verified are not shown to them."""
        fact = self.verified_fields.get(name)
        return self.is_public_field(name) and (fact is None or bool(getattr(self, fact)))


@lru_cache(maxsize=10_000)  # a page leads to hundreds, and reading the addresses takes an eighth of its time
def _address(kind: str, slug: str) -> str:
    return reverse(f"pilots:{kind}-detail", args=[slug])


class Subject:
    """A record that readers see, at an address of its own: an edit is of one."""

    is_subject = True
    slug: SlugField

    def get_absolute_url(self) -> str:
        assert isinstance(self, Model)
        return _address(kind_of(self), self.slug)


def own_field(model: Model | type[Model], name: str) -> Field:
    """Return a column of a model, or links that are drawn from it."""
    field = model._meta.get_field(name)
    assert isinstance(field, Field), f"{name} is a relation seen from its other end"
    return field


def join_table(field: ManyToManyField) -> type[Model]:
    """Return the model of the rows that draw links."""
    assert field.remote_field.through
    return field.remote_field.through


def kind_of(model: Model | type[Model]) -> str:
    """Return what rows of a model are called in the history: region, priority …; of a proxy, what it shows."""
    return str((model._meta.concrete_model or model)._meta.model_name)


def recorded_models() -> list[type[Recorded]]:
    """Return every model of the record, those for other ways of seeing the same rows left out."""
    models_of_app = apps.get_app_config("pilots").get_models()
    return [model for model in models_of_app if issubclass(model, Recorded) and not model._meta.proxy]


def is_of_region(model: type[Model]) -> bool:
    """Return whether rows of `model` are parts of areas."""
    return issubclass(model, Recorded) and model.belongs_to == "region"


def subjects() -> list[type[Recorded]]:
    """Return the models that readers see records of."""
    return [model for model in recorded_models() if model.is_subject]
