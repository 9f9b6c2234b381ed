"""What the columns of files are: name, heading, type and meaning, from the models wherever a column is a field."""

from collections.abc import Callable, Iterable
from typing import Any

from django.db import models

from ..history.original import Issued
from ..models import Document
from ..models.recorded import Recorded, own_field
from .tables import Column

# In the order in which a field is asked: the first that it is an instance of.
_TYPES = (
    (models.BooleanField, "boolean"),
    (models.IntegerField, "integer"),
    (models.DateField, "date"),
)
OWN = "本站归类。"
# A column that an editor may fill stays, so that tables have the same shape over the years; its description says so.
EMPTY = "目前各行都为空。"
ISSUED = "更正过的才有：印发原文的写法。与印发原文一致的为空。"
CORRECTED = "这一行所录通知的文字，有没有经更正而与印发原文不同的。"


def meanings(items: Iterable[Column], rows: Iterable[dict[str, Any]]) -> dict[str, str]:
    """Return what each column means, by its name; of one that no row (values by name) fills, that too."""
    filled = {name for row in rows for name, value in row.items() if value not in (None, "", [])}
    return {item.name: f"{item.meaning}{'' if item.name in filled else EMPTY}" for item in items}


def of_field(
    model: type[Recorded],
    name: str,
    value: Callable[[Any], Any] | None = None,
    label: str = "",
    meaning: str = "",
) -> Column:
    """Return the column of a field: what readers may see of it; other words for it only where they are given.

    value: how the row is reached whose field it is, or what is said instead.
    """
    of = own_field(model, name)
    value = value or (lambda row: getattr(row, name) if row.shows(name) else None)
    return Column(name, label or str(of.verbose_name), type_of(of), meaning or meaning_of(of), value)


def type_of(field: models.Field) -> str:
    """Return the type of a field, of TYPE_NAMES."""
    if field.many_to_many:
        return "list"
    return next((name for kind, name in _TYPES if isinstance(field, kind)), "string")


def meaning_of(field: models.Field) -> str:
    """Return what the model says of a field, with its choices where it has some."""
    choices = "；".join(f"{value} {label}" for value, label in field.flatchoices or ())
    return " ".join(filter(None, [str(field.help_text), f"取值：{choices}。" if choices else ""]))


def pdf_columns(base: str) -> list[Column]:
    """Return where readers get the file of a document, and its checksum. base: scheme and host."""
    return [
        of_field(Document, "pdf", lambda row: f"{base}{row.pdf_url}" if row.pdf else None, meaning="下载的网址。"),
        Column("pdf_sha256", "PDF的SHA-256", "string", "文件的校验和。", lambda row: row.pdf_sha256 or None),
    ]


def names(things: Iterable[Any]) -> list[str]:
    """Return the names of things, each once, in order."""
    return list(dict.fromkeys(thing.name for thing in things))


def issued_of(
    model: type[Recorded], name: str, originals: Issued, row_of: Callable[[Any], Recorded] | None = None
) -> Column:
    """Return the column of what was issued where a field of the notice's own words was corrected.

    row_of: how the row is reached whose field it is, where that is another.
    """
    label = own_field(model, name).verbose_name

    return Column(
        f"{name}_issued",
        f"{label}（印发原文）",
        type_of(own_field(model, name)),
        ISSUED,
        lambda row: originals.words(row_of(row) if row_of else row, [name]).get(name),
    )


def corrections(columns: list[Column], originals: Issued, rows: Callable[[Any], Iterable[Recorded]]) -> list[Column]:
    """Return whether what a row has of the notice was corrected, and the columns of what was issued.

    rows: what it is made of; of those, all that was issued counts.
    """

    def value(row: Any) -> bool:
        return any(column.value(row) not in (None, []) for column in columns) or any(map(originals.words, rows(row)))

    return [Column("is_corrected", "已更正", "boolean", CORRECTED, value), *columns]
