"""A list as a table: what its columns and rows are, and what its files say of it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from ..models import HistoryEntry
from ..search.facet_sets import Version
from .tables import Column


@dataclass
class Listing:
    """A list and its one address. stem: that address without ending and query. by: what a row is, as JSON names it.

    columns and rows are called when a file is made of them, not before. models: whose changes are changes of the
    list; all, where none is named.
    """

    base: str  # scheme and host
    stem: str
    by: str
    title: str
    words: str  # the choice of rows and their order
    key: list[str]
    columns: Callable[[], list[Column]]
    rows: Callable[[], Iterable[Any]]
    version: Version  # of the record
    models: tuple[str, ...] = ()
    choice: str = ""  # what the rows were chosen by, for the name of a file
    query: str = ""  # canonical
    page_query: str = ""  # of the page that shows the same
    has_bom: bool = True  # of CSV alone

    @cached_property
    def items(self) -> list[Column]:
        """The columns; what was issued is read once for all of them."""
        return self.columns()

    @property
    def page(self) -> str:
        """The address of the page that shows the same rows."""
        return f"{self.stem}/{self.page_query}"

    def changed_at(self) -> str:
        """Return when a row last changed, ISO 8601 in Beijing's time; empty: not since it was put up."""
        entries = HistoryEntry.objects.filter(is_public=True)
        return latest(entries.filter(content_type__model__in=self.models) if self.models else entries)


def record_changed_at() -> str:
    """Return when anything that the files of the whole record hold last changed, as `Listing.changed_at` does.

    Other names and terms are in them, though no page tells of their changes.
    """
    return latest(HistoryEntry.objects.filter(Q(is_public=True) | Q(content_type__model__in=("alias", "term"))))


def latest(entries: QuerySet) -> str:
    """Return the time of the latest entry, ISO 8601 in Beijing's time; empty where there is none."""
    last = entries.order_by("-timestamp").values_list("timestamp", flat=True).first()
    return timezone.localtime(last).isoformat(timespec="seconds") if last else ""
