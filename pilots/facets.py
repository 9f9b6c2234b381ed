"""Finished facets for the template: per value its label, count and whether it is chosen; and the chips.

Counts are taken under every filter but the facet's own, so the number beside an unchosen value is the length of
the list after choosing it alone. An area in several provinces counts once in each.
"""

from dataclasses import dataclass
from typing import NamedTuple

from .filters import RegionFilter


class Value(NamedTuple):
    """One line of a facet: the address's word, what it says, how many areas and what percentage of the facet's
    largest number that is, chosen or not, under another or not."""

    value: str
    label: str
    count: int
    share: int
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
        for option in filterset.state.options[name]
        if option.value in filterset.cleaned[name]
    ]


def _facet(filterset: RegionFilter, name: str) -> Facet:
    counts = filterset.state.counts(name, filterset.areas(apart_from=name))
    chosen, most = filterset.cleaned[name], max(counts.values(), default=0) or 1
    values = [
        Value(option.value, option.label, count, 100 * count // most, option.value in chosen, bool(option.parent))
        for option in filterset.state.options[name]
        for count in (counts.get(option.value, 0),)
        if count or option.value in chosen or name == "province"
    ]
    return Facet(name, filterset.filters[name].label, values)


class Rescue(NamedTuple):
    """On an empty page: a filter which, dropped alone, leaves areas; how many, and the query string that drops it."""

    label: str
    count: int
    query: str


def rescues(filterset: RegionFilter) -> list[Rescue]:
    """Return which single filter to drop for how many results, the most helpful first; the keyword last."""
    found = [
        Rescue(
            filterset.filters[name].label, filterset.areas(apart_from=name).bit_count(), filterset.query(**{name: ()})
        )
        for name in filterset.FACETS
        if filterset.cleaned[name]
    ]
    found.sort(key=lambda rescue: -rescue.count)
    if filterset.keyword:
        found.append(Rescue("关键词", filterset.areas(apart_from="q").bit_count(), filterset.query(q="")))
    return [rescue for rescue in found if rescue.count]
