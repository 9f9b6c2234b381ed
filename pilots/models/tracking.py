"""Rows that somebody follows: Django's signals announce every write, in the transaction that writes them.

These classes refuse the silent ones (`update`, `bulk_create`, `bulk_update`), see to it that a lone `save()` is one
transaction with what its followers write, and let followers put off their work to the end of a form, a load or a
cascade (`together`).
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import chain
from typing import Any, NoReturn, TypeVar

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.dispatch import Signal

from .recorded import Recorded, attributes, own_field

Row = TypeVar("Row", bound=models.Model, covariant=True)

REFUSAL = (
    "What is written in bulk is heard by neither history nor index: save() or delete() each row, many of them in "
    "together(). What need not be heard goes through unrecorded(model)."
)
rows_settled = Signal()  # sender: None; things: what was put off; a `together()` ends, still in its transaction

_put_off: ContextVar[set[Any] | None] = ContextVar("put_off", default=None)  # None outside a `together()`


def is_together() -> bool:
    """Return whether a `together()` is under way."""
    return _put_off.get() is not None


def put_off(things: set[Any]) -> bool:
    """Put work on `things` off to the end of the `together()` under way, and return whether there is one."""
    batch = _put_off.get()
    if batch is not None:
        batch |= things
    return batch is not None


@contextmanager
def together() -> Iterator[None]:
    """Make everything written in the block one transaction, with one settling at its end."""
    if is_together():
        yield
        return
    with transaction.atomic():
        things: set[Any] = set()
        token = _put_off.set(things)
        try:
            yield
            if not transaction.get_rollback():
                rows_settled.send(None, things=things)
        finally:
            _put_off.reset(token)


def unrecorded(model: type[Row]) -> models.QuerySet[Row]:
    """Return every row of `model`, for writing in bulk: neither history nor index hears of it."""
    return models.QuerySet(model)


class TrackedQuerySet(models.QuerySet[Row]):
    """Rows that are written one by one: what is written in bulk is heard by neither history nor index, so refused."""

    @attributes(alters_data=True)
    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError(REFUSAL)

    update = bulk_create = bulk_update = _raw_delete = _refuse

    def get_by_natural_key(self, *key: Any) -> Row:
        model: Any = self.model
        lookups = [f"{name}__slug" if own_field(model, name).many_to_one else name for name in model.key_fields]
        return self.get(**dict(zip(lookups, key, strict=True)))

    @attributes(alters_data=True, queryset_only=True)
    def delete(self) -> tuple[int, dict[str, int]]:
        with together():
            return super().delete()


class Tracked(Recorded):
    """A row whose writing is one transaction with what follows from it."""

    key_fields: tuple[str, ...] = ("slug",)  # what names the row in the fixtures, whatever its primary key

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        with transaction.atomic(using=kwargs.get("using")):
            super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        with together():
            return super().delete(*args, **kwargs)

    def natural_key(self) -> tuple:
        """The values of `key_fields`; a row that it belongs to is named by its own."""
        values = [getattr(self, name) for name in self.key_fields]
        keys = (value.natural_key() if isinstance(value, Tracked) else (value,) for value in values)
        return tuple(chain.from_iterable(keys))

    @staticmethod
    def link_problems(rows_by_field: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """Yield what is wrong with links of the row, and the field: whoever draws them is refused."""
        yield from ()

    def row_problems(self) -> Iterator[tuple[str, str]]:
        """Yield what is wrong with the row, and the field: whoever edits it mends it, a load leaves it as it is."""
        yield from ()

    def problems_beside(self, others: Sequence[Any]) -> Iterator[tuple[str, str]]:
        """Yield what is wrong with the row beside others of the record that it is a part of, and the field."""
        yield from ()

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        super().validate_constraints(exclude)
        problems: dict[str, list[str]] = {}
        for field, text in self.row_problems():
            if field not in (exclude or ()):
                problems.setdefault(field, []).append(text)
        if problems:
            raise ValidationError(problems)
