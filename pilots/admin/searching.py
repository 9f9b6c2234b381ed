"""The search boxes of the admin: what the site's own index finds (pinyin, old names, words of the lines), too."""

from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q, QuerySet

from ..models import Priority
from ..models.recorded import is_of_region, kind_of
from ..search import facet_sets
from ..search.filters import MAX_QUERY
from ..search.groups import MOST_READ
from ..search.highlight import is_in
from ..search.query import search


def with_found(rows: QuerySet, stock_rows: QuerySet, keyword: str) -> QuerySet:
    """Return those of `rows` that a list finds by its own columns (`stock_rows`), or that the site's index finds:
    loosened only where there is nothing else. Never more than `rows`: what isn't a person's to see stays out."""
    state, model = facet_sets.current(), rows.model
    answer = search(keyword[:MAX_QUERY], state)
    if answer.stage != "typed" and stock_rows.exists():
        return stock_rows

    def areas(bits: int) -> list[int]:
        return [state.pks[place] for place in facet_sets.places(bits)]

    kind: Any = kind_of(model)
    entries = [entry.object_id for entry in answer.others if entry.kind == kind]
    found_pks = areas(answer.regions) if kind == "region" else entries
    condition = Q(pk__in=stock_rows.order_by().values("pk")) | Q(pk__in=found_pks)
    if is_of_region(model):
        condition |= Q(region__in=areas(reduce(or_, answer.ranks[:2], 0)))  # by their names
    if kind == "priority":
        lines = Priority.objects.filter(region__in=areas(answer.regions)[:MOST_READ]).values_list("pk", "text")
        condition |= Q(pk__in=[pk for pk, text in lines if is_in(text, answer.marked)])
    return rows.filter(condition)
