"""Finished facets for the template: per value its label, count and whether it is chosen; and the chips.

Counts are taken under every filter but the facet's own, so the number beside an unchosen value is the length of
the list after choosing it alone. An area in several provinces counts once in each.
"""

from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Count, QuerySet

from .filters import Option, RegionFilter
from .models import Priority, Region


class Value(NamedTuple):
    """One line of a facet: the address's word, what it says, how many areas, chosen or not, under another or not."""

    value: str
    label: str
    count: int
    is_chosen: bool
    is_child: bool


@dataclass
class Facet:
    """A filter of several values as the template shows it."""

    name: str
    label: str
    values: list[Value]

    @property
    def chosen(self) -> int:
        """How many values are chosen."""
        return sum(value.is_chosen for value in self.values)


class Chip(NamedTuple):
    """A filter in force: what it says, and the query string that drops it."""

    label: str
    query: str


def build(filterset: RegionFilter) -> list[Facet]:
    """Return the finished facets of `filterset`, in its order."""
    return [_facet(filterset, name) for name in filterset.FACETS]


def chips(filterset: RegionFilter) -> list[Chip]:
    """Return a chip for every chosen value, with the query string (`?…` or ``) that keeps everything else."""
    return [
        Chip(
            f"{filterset.filters[name].label}：{option.label}",
            filterset.query(**{name: [value for value in filterset.cleaned[name] if value != option.value]}),
        )
        for name in filterset.FACETS
        for option in filterset.options[name]
        if option.value in filterset.cleaned[name]
    ]


def _facet(filterset: RegionFilter, name: str) -> Facet:
    counts = COUNTS[name](filterset.apart_from(name), filterset.options[name])
    chosen = filterset.cleaned[name]
    values = [
        Value(o.value, o.label, counts[o.pk], o.value in chosen, o.parent is not None)
        for o in _nested(filterset.options[name])
        if counts[o.pk] or o.value in chosen or name == "province"
    ]
    return Facet(name, filterset.filters[name].label, values)


def _nested(options: list[Option]) -> list[Option]:
    """Return the options with those that belong under another right behind it."""
    roots = [option for option in options if option.parent is None]
    return [each for root in roots for each in (root, *(o for o in options if o.parent == root.pk))]


def _count_provinces(regions: QuerySet, options: list[Option]) -> Counter:
    """Count areas by unit; what lies in a unit counts for it too."""
    counts = _grouped(regions, "province")
    joint = Region.partners.through.objects.filter(region__in=regions.values("pk"))
    counts.update(dict(joint.values_list("province").annotate(Count("region")).order_by()))
    for option in options:
        if option.parent is not None:
            counts[option.parent] += counts[option.pk]
    return counts


def _count_kinds(regions: QuerySet, options: list[Option]) -> Counter:
    return _grouped(regions, "kind")


def _count_systems(regions: QuerySet, options: list[Option]) -> Counter:
    return _themed(regions, "system")


def _count_topics(regions: QuerySet, options: list[Option]) -> Counter:
    return _themed(regions, "topics")


COUNTS = {
    "province": _count_provinces,
    "system": _count_systems,
    "topic": _count_topics,
    "kind": _count_kinds,
}


def _grouped(regions: QuerySet, column: str) -> Counter:
    return Counter(dict(regions.order_by().values_list(column).annotate(Count("pk"))))


def _themed(regions: QuerySet, column: str) -> Counter:
    lines = Priority.objects.filter(region__in=regions.values("pk"))
    return Counter(dict(lines.order_by().values_list(column).annotate(Count("region", distinct=True))))
