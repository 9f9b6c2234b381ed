"""Finished facets for the template: per value its label, count and whether it is chosen; and the chips.

Counts are taken under every filter but the facet's own, so the number beside an unchosen value is the length of
the list after choosing it alone. An area in several provinces counts once in each.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from django.template.loader import get_template
from django.utils.safestring import SafeString

from .cards import cached
from .filters import RegionFilter

SHOWN = ("batch", "province", "topic", "system", "kind", "after")  # in the order in which readers look for them
FIRST = 6  # values of a facet that are in sight
MOST_FACETS = 300  # that are kept, some 10 KB each


@dataclass(frozen=True)
class Value:
    """One line of a facet: the address's word, what it says, how many areas, chosen or not, under another or not."""

    value: str
    label: str
    count: int
    is_chosen: bool
    is_child: bool


@dataclass(frozen=True)
class Facet:
    """A filter of several values as the template shows it; `zeros` are the labels of those without an area."""

    name: str
    label: str
    values: tuple[Value, ...]
    zeros: tuple[str, ...]

    @cached_property
    def html(self) -> str:
        """It as a page shows it."""
        first, rest = self.parts
        boxes = (SafeString("".join([box(self.name, value) for value in part])) for part in (first, rest))
        context = {"facet": self, "first": next(boxes), "rest": next(boxes), "rest_count": len(rest)}
        return get_template("pilots/_facet.html").render(context)

    @property
    def chosen(self) -> int:
        """How many values are chosen."""
        return sum(value.is_chosen for value in self.values)

    @property
    def parts(self) -> tuple[list[Value], list[Value]]:
        """The values to choose from: six that are in sight, and the rest.

        Chosen ones come first, then those with most areas; what lies in a unit stays behind it.
        """
        first: list[Value] = []
        rest: list[Value] = []
        for group in sorted(self._groups(), key=lambda group: (not _is_chosen(group), -group[0].count)):
            is_early = not rest and len(first) + len(group) <= FIRST
            (first if is_early or _is_chosen(group) else rest).extend(group)
        return first, rest

    def _groups(self) -> list[list[Value]]:
        """Return the values that are chosen or have areas, a unit with what lies in it."""
        groups: list[list[Value]] = []
        for value in self.values:
            if not value.is_child:
                groups.append([])
            if value.count or value.is_chosen:
                groups[-1].append(value)
        return [group for group in groups if group]


@lru_cache(maxsize=4_000)
def box(name: str, value: Value) -> str:
    """Return a line of the facet `name` as HTML: a box to choose it by. It is made of nothing else, so it is kept."""
    return get_template("pilots/_facet_value.html").render({"name": name, "value": value})


def build(filterset: RegionFilter) -> list[Facet]:
    """Return the finished facets of `filterset`. One is made of its counts and of what is chosen, and counts recur:
    each is made once for each state of the record."""
    state, keys = filterset.state, []
    for name in filter(state.options.get, SHOWN):
        counts = state.counts(name, filterset.areas(apart_from=name))
        keys.append((name, tuple(counts.values()), tuple(filterset.cleaned[name])))

    def make(missing: list[tuple[str, tuple[int, ...], tuple[str, ...]]]) -> dict[Any, Facet]:
        return {key: _facet(filterset, key[0], dict(zip(state.bits[key[0]], key[1], strict=True))) for key in missing}

    facets = cached(state, "facets", keys, make, MOST_FACETS)
    return [facets[key] for key in keys]


def _facet(filterset: RegionFilter, name: str, counts: dict[str, int]) -> Facet:
    chosen, options = filterset.cleaned[name], filterset.state.options[name]
    values = tuple(
        Value(option.value, option.label, count, option.value in chosen, bool(option.parent))
        for option in options
        for count in (counts.get(option.value, 0),)
        if count or option.value in chosen or name == "province"
    )
    zeros = tuple(option.label for option in options if not counts.get(option.value) and option.value not in chosen)
    return Facet(name, filterset.filters[name].label, values, zeros)


def chips(filterset: RegionFilter) -> list[tuple[str, str]]:
    """Return what every chosen value says, with the query string (`?…` or ``) that drops it and keeps the others."""
    return [
        (
            f"{filterset.filters[name].label}：{option.label}",
            filterset.link(**{name: [value for value in filterset.cleaned[name] if value != option.value]}),
        )
        for name in filterset.FACETS
        for option in filterset.state.options[name]
        if option.value in filterset.cleaned[name]
    ]


def _is_chosen(group: list[Value]) -> bool:
    return any(value.is_chosen for value in group)


def rescues(filterset: RegionFilter) -> list[tuple[str, int, str]]:
    """Return for an empty page which single filter to drop, for how many areas, and the query string that drops it;
    the most helpful first, the keyword last."""
    candidates = [
        (filterset.filters[name].label, filterset.areas(apart_from=name).bit_count(), filterset.link(**{name: ()}))
        for name in filterset.FACETS
        if filterset.cleaned[name]
    ]
    candidates.sort(key=lambda rescue: -rescue[1])
    if filterset.keyword:
        candidates.append(("关键词", filterset.areas(apart_from="q").bit_count(), filterset.link(q="")))
    return [rescue for rescue in candidates if rescue[1]]
