"""「一图看全批」: heat tables that count areas by two facets at once. Every number leads to exactly those areas.

Numbers are counts of bits, as the facets' are: a joint area counts once in each of its provinces, and what lies in
a unit (计划单列市, 兵团) counts for it too. Totals count every area once.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from ..models import Province, System
from ..search.facet_sets import Option, Snapshot
from ..search.filters import RegionFilter
from .tiles import shade

# A heat table: `columns` (heads) with their `totals`, the `total` of all, `rows` (each its `head`, its own `total`, a
# cell for each column in `cells`), the `key` of its shades, and in `absent` what has no areas and no column.
Table = dict[str, Any]
Head = tuple[str, str]  # of a row or column: what it says, and the page of the thing (empty where it has none)


@dataclass(frozen=True)
class Cell:
    """How many areas, in which shade (0: none), under which query string of the list, and what a listener hears."""

    count: int
    shade: int
    query: str
    label: str


@dataclass(frozen=True)
class Place:
    """A province that works on a theme: its name, how many areas, the list's query string, and units inside it."""

    label: str
    count: int
    query: str
    inner: list["Place"]


def tables(filterset: RegionFilter) -> dict[str, Table]:
    """Return the tables of the page, worked out once for each state of the record."""
    memory = filterset.state.memory
    if "matrix" not in memory:
        memory["matrix"] = {
            "topics": _table(filterset, "topic", "province"),
            "systems": _table(filterset, "system", "kind"),
        }
    return memory["matrix"]


def places(filterset: RegionFilter, facet: str, value: str) -> list[Place]:
    """Return the provinces with areas that have `value`, in their order, counted as the facet counts them."""
    state = filterset.state
    counts = state.counts("province", state.fitting(facet, [value]))
    names, places_by_value = _short_names(state), {}
    for option in state.options["province"]:  # a unit stands right behind the one that it lies in
        count = counts.get(option.value, 0)
        if count:
            query = filterset.query(**{facet: [value], "province": [option.value]})
            place = Place(names["province"][option.value], count, query, [])
            places_by_value[option.value] = place
            if option.parent:
                places_by_value[option.parent].inner.append(place)
    return [
        places_by_value[option.value]
        for option in state.options["province"]
        if option.value in places_by_value and not option.parent
    ]


def _table(filterset: RegionFilter, rows: str, columns: str) -> Table:
    state = filterset.state
    sums = {facet: state.counts(facet, state.everything) for facet in (rows, columns)}
    options = [option for option in state.options[columns] if not option.parent]
    across = [option for option in options if sums[columns].get(option.value)]
    inside = {row.value: state.counts(columns, state.fitting(rows, [row.value])) for row in state.options[rows]}
    most = max((inside[row][column.value] for row in inside for column in across), default=0)
    names = _short_names(state)
    shades: dict[int, list[int]] = {}  # with the numbers that each stands for
    for number in range(1, most + 1):
        shades.setdefault(shade(number, most), []).append(number)

    def cell(count: int, *chosen: tuple[str, Option]) -> Cell:
        label = " ".join(_label(names, facet, option) for facet, option in reversed(chosen))
        query = filterset.query(**{facet: [option.value] for facet, option in chosen}) if count else ""
        return Cell(count, shade(count, most) if len(chosen) > 1 else 0, query, label)

    return {
        "columns": [_head(names, columns, column) for column in across],
        "total": cell(state.everything.bit_count()),
        "totals": [cell(sums[columns][column.value], (columns, column)) for column in across],
        "rows": [
            {
                "head": _head(names, rows, row),
                "total": cell(sums[rows].get(row.value, 0), (rows, row)),
                "cells": [cell(inside[row.value][column.value], (rows, row), (columns, column)) for column in across],
            }
            for row in state.options[rows]
        ],
        "key": [(step, among[0], among[-1]) for step, among in shades.items()],
        "absent": [_label(names, columns, option) for option in options if option not in across],
    }


def _short_names(state: Snapshot) -> dict[str, dict[str, str]]:
    """Return the short names of provinces and systems by facet and value."""
    if "short names" not in state.memory:
        models: Iterable = (("province", Province), ("system", System))
        state.memory["short names"] = {
            facet: dict(model.objects.values_list("slug", "short_name")) for facet, model in models
        }
    return state.memory["short names"]


def _label(names: dict[str, dict[str, str]], facet: str, option: Option) -> str:
    return names.get(facet, {}).get(option.value, option.label)


def _head(names: dict[str, dict[str, str]], facet: str, option: Option) -> Head:
    url = reverse(f"pilots:{facet}-detail", args=[option.value]) if facet != "kind" else ""
    return _label(names, facet, option), url
