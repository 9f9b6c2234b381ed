"""Names without a source: an area is found by them, and they are never said."""

from collections import defaultdict
from collections.abc import Sequence

from django.db.models import F, Q

from ..history.original import Issued
from ..models import Alias, Division, Region
from .facet_sets import Snapshot
from .highlight import is_in
from .text import Word, runs

FOUND = "按一个未核实的名称找到"


def _names(area: int, state: Snapshot) -> list[tuple[str, bool]]:
    """Return the other names of an area (its primary key), and of each whether readers may see it; read once for
    each state of the record."""
    if "aliases" not in state.memory:
        names = defaultdict(list)
        for alias in Alias.objects.all():
            names[alias.region_id].append((alias.name, alias.is_told))
        for division in Division.objects.select_related("region"):
            unsaid = [] if division.is_shown else division.names
            names[division.region_id] += [(name, False) for name in unsaid if name not in division.region.name]
        later = Region.objects.exclude(name_now__in=("", F("name")))
        renamed = [region for region in later if not region.later_name]
        originals = Issued(renamed)
        for region in renamed:
            if region.name_now not in originals.words(region, ["name"]).values():  # which is said to be corrected
                names[region.pk].append((region.name_now, False))
        state.memory["aliases"] = dict(names)
    return state.memory["aliases"].get(area, [])


def former(name: str) -> str:
    """Return which former names the area has that has or had a name, with the sources, in sentences; empty where
    readers are told of none."""
    rows = Alias.objects.filter(Q(name=name) | Q(region__short_name=name), kind="former")
    return "".join(
        f"{row.region.short_name}曾用名{row.name}（{row.source}）。"
        for row in rows.select_related("region")
        if row.is_told
    )


def is_found(area: int, words: Sequence[Word], state: Snapshot) -> bool:
    """Return whether one of the words stands in a name of the area that is never said."""
    return any(is_in(name, words) for name, is_told in _names(area, state) if not is_told)


def is_unsaid(region: Region, query: str, state: Snapshot) -> bool:
    """Return whether what was typed is such a name, and no part of one that readers see."""
    names, letters = _names(region.pk, state), _letters(query)
    public_names = [region.name, region.later_name, region.name_en, *(name for name, is_told in names if is_told)]
    is_name = letters in (_letters(name) for name, is_told in names if not is_told)
    return is_name and not any(letters in _letters(name) for name in public_names)


def _letters(text: str) -> str:
    return "".join(run.text for run in runs(text))
