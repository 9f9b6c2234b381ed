"""Names without a source: an area is found by them, and they are never said."""

from collections import defaultdict
from collections.abc import Sequence

from django.db.models import F, Q

from ..history.original import Issued
from ..models import Alias, Division, Region, Verification
from ..models.divisions import DivisionRole
from .facet_sets import Snapshot
from .highlight import is_in
from .text import Word, runs

FOUND = "按一个未核实的名称找到"
CUSTOMARY = "通行的说法"
OPEN = "通知没有列明"
NOTES = {FOUND, CUSTOMARY, OPEN}


def _names(area: int, state: Snapshot) -> list[tuple[str, str]]:
    """Return the other names of an area (its primary key), and of each what is said where it led to the area: empty
    where readers may see the name; read once for each state of the record."""
    if "aliases" not in state.memory:
        names: dict[int, list[tuple[str, str]]] = defaultdict(list)
        customary: set[tuple[int, str]] = set()
        for division in Division.objects.select_related("region"):
            region, is_shown = division.region, division.is_shown
            is_customary = is_shown and division.verification == Verification.CUSTOMARY
            customary |= {(region.pk, name) for name in division.names if is_customary}
            note = OPEN if division.role == DivisionRole.COMPONENT and region.open_points else FOUND
            unsaid = [] if is_shown else division.names
            names[region.pk] += [(name, note) for name in unsaid if name not in region.name]
        for alias in Alias.objects.all():
            is_customary = (alias.region_id, alias.name) in customary
            note = "" if alias.is_told else CUSTOMARY if is_customary else FOUND
            names[alias.region_id].append((alias.name, note))
        later = Region.objects.exclude(name_now__in=("", F("name")))
        renamed = [region for region in later if not region.later_name]
        originals = Issued(renamed)
        for region in renamed:
            if region.name_now not in originals.words(region, ["name"]).values():  # which is said to be corrected
                names[region.pk].append((region.name_now, FOUND))
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


def note(area: int, words: Sequence[Word], state: Snapshot) -> str:
    """Return what is said of an area that one of the words led to by a name that is never said; empty for others."""
    return next((note for name, note in _names(area, state) if note and is_in(name, words)), "")


def is_unsaid(region: Region, query: str, state: Snapshot) -> bool:
    """Return whether what was typed is such a name, and no part of one that readers see."""
    names, letters = _names(region.pk, state), _letters(query)
    public_names = [region.name, region.later_name, region.name_en, *(name for name, note in names if not note)]
    is_name = letters in (_letters(name) for name, note in names if note == FOUND)
    return is_name and not any(letters in _letters(name) for name in public_names)


def _letters(text: str) -> str:
    return "".join(run.text for run in runs(text))
