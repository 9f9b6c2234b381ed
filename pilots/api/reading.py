"""What every view of the API shares: parameters read strictly, one record or a page of a list, nothing written."""

from typing import Any

from django.db.models import DateTimeField, OuterRef, QuerySet, Subquery
from django.shortcuts import get_object_or_404
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response

from ..history.original import Issued
from ..models import HistoryEntry, Province, Region
from ..search import facet_sets
from . import parameters
from .paging import Pages
from .throttling import AddressThrottle


def modified(kind: str, column: str = "pk") -> Subquery:
    """Return when the record of a `kind` of the history's subjects was last corrected, as readers may know.

    `column`: where a row has the record's primary key.
    """
    entries = HistoryEntry.objects.filter(is_public=True, edit__subject_kind=kind, edit__subject_id=OuterRef(column))
    return Subquery(entries.order_by("-timestamp").values("timestamp")[:1], output_field=DateTimeField())


def areas_of(state: facet_sets.Snapshot, province: Province) -> list[Region]:
    """Return the areas in a unit, with what a reference says; they are read once for each state of the record."""
    if "references" not in state.memory:
        state.memory["references"] = Region.objects.only("slug", "name", "is_issued").in_bulk()
    regions = state.memory["references"]
    pks = [state.pks[place] for place in facet_sets.places(state.fitting("province", [province.slug]))]
    return [regions[pk] for pk in pks if pk in regions]


class Reading(generics.GenericAPIView):
    """A view that answers what was asked for, and refuses what it doesn't know."""

    serializer_class: Any
    throttle_classes = [AddressThrottle]
    pagination_class = Pages
    filters: tuple[parameters.Parameter, ...] = ()
    summary = ""  # what its description says; else the first line of its docstring
    about = ""  # which record's history counts as a correction of a row
    about_column = "pk"  # where a row has that record's primary key
    params: dict[str, Any] = {}
    has_fields = True

    def parameters(self) -> tuple[parameters.Parameter, ...]:
        """Return what may be asked for."""
        if not self.has_fields:
            return self.filters
        return (*self.filters, parameters.fields(self.serializer_class.members))

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.state = facet_sets.current()
        self.params = parameters.read(self.parameters(), request.query_params, self.state)

    def get_queryset(self) -> QuerySet:
        return super().get_queryset().annotate(modified_at=modified(self.about, self.about_column))

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        only = {"only": self.params.get("fields")} if self.has_fields else {}
        return super().get_serializer(*args, **only, **kwargs)

    def get_serializer_context(self) -> dict[str, Any]:
        return {
            **super().get_serializer_context(),
            "areas": lambda province: areas_of(self.state, province),
            "issued": Issued(),
        }


class Listing(Reading):
    """A page of a list, by default whatever its queryset holds."""

    def parameters(self) -> tuple[parameters.Parameter, ...]:
        return (*super().parameters(), *parameters.PAGING)

    def selected(self) -> Any:
        """Return what is asked for, in order, as a queryset or a sequence."""
        queryset, since = self.get_queryset(), self.params.get("modified_since")
        return queryset.filter(modified_at__gte=since) if since else queryset

    def rows(self, page: list[Any]) -> list[Any]:
        """Return the rows of a page of what was selected."""
        return page

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        rows = self.rows(self.paginate_queryset(self.selected()) or [])
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)


class Record(Reading, generics.RetrieveAPIView):
    """One record, by what its address says."""

    lookups = {"slug": "slug"}  # part of the address → where a row has it

    def get_object(self) -> Any:
        return get_object_or_404(self.get_queryset(), **{at: self.kwargs[name] for name, at in self.lookups.items()})
