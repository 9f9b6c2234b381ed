"""Rows that somebody follows: every way of writing them is announced, in the transaction that writes them.

Django's own signals announce most writes; these classes add the silent ones (`update`, `bulk_create`,
`bulk_update`), see to it that a lone `save()` is one transaction with what its followers write, and let followers
put off their work to the end of a form, a load or a cascade (`together`).
"""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.dispatch import Signal

from .recorded import Recorded, attributes

Row = TypeVar("Row", bound=models.Model, covariant=True)

rows_changing = Signal()  # sender: the model; pks: rows about to be written in bulk; what receivers answer comes back
rows_changed = Signal()  # sender: the model; pks: rows written, None where unknown; before: the answers from above
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


class TrackedQuerySet(models.QuerySet[Row]):
    """A queryset whose bulk writes are announced."""

    @attributes(alters_data=True)
    def update(self, **values: Any) -> int:
        with transaction.atomic(using=self.db):
            pks = list(self.values_list("pk", flat=True))
            before = [answer for _, answer in rows_changing.send(self.model, pks=pks)]
            count = super().update(**values)
            rows_changed.send(self.model, pks=pks, before=before)
        return count

    def bulk_create(self, objs: Iterable[Row], *args: Any, **kwargs: Any) -> list[Row]:
        with transaction.atomic(using=self.db):
            created = super().bulk_create(objs, *args, **kwargs)
            pks = [row.pk for row in created]
            rows_changed.send(self.model, pks=None if None in pks else pks, before=[])
        return created

    @attributes(alters_data=True, queryset_only=True)
    def delete(self) -> tuple[int, dict[str, int]]:
        with together():
            return super().delete()


class Tracked(Recorded):
    """A row whose writing is one transaction with what follows from it."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        with transaction.atomic(using=kwargs.get("using")):
            super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        with together():
            return super().delete(*args, **kwargs)

    def natural_key(self) -> tuple:
        """What names the row in the fixtures, whatever its primary key."""
        raise NotImplementedError

    @staticmethod
    def link_problems(rows_by_field: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """Yield what is wrong with links of the row, and the field: whoever draws them is refused."""
        yield from ()

    def row_problems(self) -> Iterator[tuple[str, str]]:
        """Yield what is wrong with the row, and the field: whoever edits it mends it, a load leaves it as it is."""
        yield from ()

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        super().validate_constraints(exclude)
        if problems := {field: text for field, text in self.row_problems() if field not in (exclude or ())}:
            raise ValidationError(problems)
