"""Deleting is withdrawing: a row stays, with day and reason, and one public door forgets it.

`objects` of what can be withdrawn shows what is published and nothing else, and so do the managers of relations;
whoever needs the rest (the admin, the load, the checks, the annex of the notice) says `all_objects`.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import product
from typing import Any, TypeVar

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models
from django.db.models import Q

from .tracking import Tracked

# None: querysets see what is published. Else the whole record but the rows with these primary keys.
_rows_aside: ContextVar[Collection[int] | None] = ContextVar("rows_aside", default=None)


@contextmanager
def whole_record(rows_aside: Collection[int] = ()) -> Iterator[None]:
    """Let querysets begun in the block see what is withdrawn, too: for Django's parts that know one manager only.

    rows_aside: primary keys of rows that they don't see.
    """
    token = _rows_aside.set(rows_aside)
    try:
        yield
    finally:
        _rows_aside.reset(token)


Row = TypeVar("Row", bound="Withdrawable", covariant=True)


class PublishedManager(models.Manager[Row]):
    """The public door: rows that are not withdrawn. `published_if` of the model says which those are."""

    def get_queryset(self) -> models.QuerySet[Row]:
        queryset = super().get_queryset()
        rows_aside = _rows_aside.get()
        if rows_aside is None:
            return queryset.filter(self.model.published_if)
        return queryset.exclude(pk__in=rows_aside) if rows_aside else queryset

    def get_by_natural_key(self, *key: Any) -> Row:
        """A key names its row, withdrawn or not: loading must not make a second one."""
        return self.model.all_objects.get_by_natural_key(*key)


class Withdrawable(Tracked):
    """A row that is withdrawn with a day and a reason, and can be restored.

    What must not occur twice is looked for among hidden rows, too.
    """

    withdrawn_on = models.DateField("撤下日期", null=True, editable=False)
    withdrawn_reason = models.CharField("撤下原因", max_length=200, blank=True, editable=False)

    all_objects: Any  # the model's own manager of all its rows
    published_if = Q(withdrawn_on=None)
    rows_aside: Collection[int] = ()  # rows that are written with this one: no value that they have now is in its way

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(withdrawn_on=None, withdrawn_reason="")
                | Q(withdrawn_on__isnull=False, withdrawn_reason__regex=r"\S"),
                name="%(class)s_withdrawn_for_a_reason",
                violation_error_message="撤下须有日期和原因。",
            )
        ]

    def validate_unique(self, *args: Any, **kwargs: Any) -> None:
        with whole_record(self.rows_aside):
            super().validate_unique(*args, **kwargs)

    def validate_constraints(self, *args: Any, **kwargs: Any) -> None:
        try:
            with whole_record(self.rows_aside):
                super().validate_constraints(*args, **kwargs)
        except ValidationError as errors:
            for error, rule in product(
                errors.error_dict.get(NON_FIELD_ERRORS, ()), self._meta.total_unique_constraints
            ):
                rows = type(self).all_objects.exclude(pk=self.pk).exclude(withdrawn_on=None)
                twins = rows.filter(**{name: getattr(self, name) for name in rule.fields})
                if error.message == rule.violation_error_message and twins.exists():
                    error.message += "重复的那条已撤下，可在它自己的表单里恢复。"
            raise

    @property
    def is_withdrawn(self) -> bool:
        """Whether it was withdrawn by itself; what belongs to a withdrawn record is hidden with it."""
        return self.withdrawn_on is not None
