"""Deleting is withdrawing: a row stays, with day and reason, and one public door forgets it.

`objects` of what can be withdrawn shows what is published and nothing else, and so do the managers of relations;
whoever needs the rest (the checks, the annex of the notice) says `all_objects`. What belongs to a notice that is
still a draft is behind neither: `with_drafts` shows it to who writes it.
"""

from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from functools import cache
from itertools import product
from typing import Any, TypeVar

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.sql import Query

from .tracking import Tracked

DRAFTS = frozenset({0})
# None: querysets see what is published. `DRAFTS`: that of drafts, too. Else all but the rows with these primary keys.
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


def with_drafts() -> AbstractContextManager[None]:
    """Let querysets begun in the block see what of drafts isn't withdrawn, too."""
    return whole_record(DRAFTS)


Row = TypeVar("Row", bound="Issuable", covariant=True)


@cache
def _query(model: type["Issuable"], *names: str) -> Query:
    """Return the query for the rows of a model on which conditions of its hold: building it takes as long as asking,
    and an area's page begins with twenty."""
    queryset: models.QuerySet[Issuable] = models.QuerySet(model)
    for name in names:
        queryset = queryset.filter(getattr(model, name))
    return queryset.query


class IssuedManager(models.Manager[Row]):
    """Rows that are published or were. `issued_if` of the model says which those are: all but those of drafts."""

    def get_queryset(self) -> models.QuerySet[Row]:
        return self._where("issued_if") if _rows_aside.get() is None else super().get_queryset()

    def _where(self, *names: str) -> models.QuerySet[Row]:
        queryset = super().get_queryset()
        queryset.query = _query(self.model, *names).chain()
        return queryset

    def get_by_natural_key(self, *key: Any) -> Row:
        """A key names its row, withdrawn, of a draft or not: loading must not make a second one."""
        with whole_record():
            return self.get_queryset().get_by_natural_key(*key)  # type: ignore[attr-defined]  # of `TrackedQuerySet`


class PublishedManager(IssuedManager[Row]):
    """The public door: of those, the rows that are not withdrawn. `published_if` of the model says which."""

    def get_queryset(self) -> models.QuerySet[Row]:
        rows_aside = _rows_aside.get()
        if rows_aside is None:
            return self._where("issued_if", "published_if")
        if rows_aside is DRAFTS:
            return self._where("published_if")
        return super().get_queryset().exclude(pk__in=rows_aside) if rows_aside else super().get_queryset()


class Issuable(Tracked):
    """A notice, or a row that may belong to one: it is no part of the record before the notice is published."""

    all_objects: Any  # the model's own manager of all its rows but those of drafts
    issued_if, published_if = Q(), Q()

    class Meta:
        abstract = True


class Withdrawable(Issuable):
    """A row that is withdrawn with a day and a reason, and can be restored.

    What must not occur twice is looked for among hidden rows, too.
    """

    withdrawn_on = models.DateField("撤下日期", null=True, editable=False)
    withdrawn_reason = models.CharField("撤下原因", max_length=200, blank=True, editable=False)

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

    def full_clean(self, *args: Any, **kwargs: Any) -> None:
        with with_drafts():
            super().full_clean(*args, **kwargs)

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
                if error.message != rule.violation_error_message:
                    continue  # a field of this rule may have no value yet
                rows = type(self)._base_manager.exclude(pk=self.pk).exclude(withdrawn_on=None)
                if rows.filter(**{name: getattr(self, name) for name in rule.fields}).exists():
                    error.message += "重复的那条已撤下，可在它自己的表单里恢复。"
            raise

    @property
    def is_withdrawn(self) -> bool:
        """Whether it was withdrawn by itself; what belongs to a withdrawn record is hidden with it."""
        return self.withdrawn_on is not None
