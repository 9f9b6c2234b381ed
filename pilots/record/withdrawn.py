"""Areas that were withdrawn, as readers are told of them: what, when, why, and where the notice has it."""

from django.db.models import Count

from ..history.original import name_withdrawn
from ..models import Notice, Priority, Province, Region
from ..search.facet_sets import Snapshot
from ..search.text import fold

SHORTEST = 2  # characters of a keyword that may name a withdrawn area


def regions(state: Snapshot) -> dict[str, Region]:
    """Return all_objects withdrawn area by its slug; read once for each state of the record."""
    if "withdrawn" not in state.memory:
        rows = Region.all_objects.exclude(Region.published_if).order_by("notice", "serial")
        rows = rows.select_related("notice", "province").prefetch_related("partners")
        name_withdrawn(list(rows))
        state.memory["withdrawn"] = {region.slug: region for region in rows}
    return state.memory["withdrawn"]


def count(state: Snapshot) -> int:
    """Return how many of the areas that a notice names are withdrawn: one that was added on this site is none."""
    return sum(region.is_issued for region in regions(state).values())


def published(state: Snapshot) -> dict[str, int] | None:
    """Return how many areas readers may see (`areas`): those that a notice names (`listed`) and those that were added
    here (`added`). None where all that the notice names are published: nothing to say."""
    if not count(state):
        return None
    return {"areas": len(state.pks), "listed": state.listed.bit_count(), "added": state.added.bit_count()}


def of_province(province: Province, state: Snapshot) -> list[Region]:
    """Return the withdrawn areas that the notice names of a unit, or of one inside it."""
    return [
        region
        for region in regions(state).values()
        if region.is_issued
        and any(province.pk in (unit.pk, unit.parent_id) for unit in (region.province, *region.partners.all()))
    ]


def matching(keyword: str, state: Snapshot) -> list[Region]:
    """Return the withdrawn areas that a keyword names, by a part of the name or by more than the short one."""
    word = fold("".join(keyword.split()))
    if len(word) < SHORTEST:
        return []
    return [
        region for region in regions(state).values() if word in fold(region.name) or fold(region.short_name) in word
    ]


def notice_figures(notice: Notice | None) -> dict[str, int]:
    """Return how many areas, province-level units with some, and priorities a notice names, withdrawn here or not.

    What was added on this site isn't among them; `listed` of them readers may see, and `added` ones besides, all in
    all `published`; `fewest` and `most` are the priorities of one area.
    """
    ways = ("province__parent", "province", "partners__parent", "partners")
    regions = Region.all_objects.filter(notice=notice).order_by()
    rows = list(regions.values_list("pk", "is_issued", "withdrawn_on", *ways))
    issued_rows = [row for row in rows if row[1]]
    published = {row[0]: row[1] for row in rows if row[2] is None}
    units = {parent or unit for _, _, _, *pairs in issued_rows for parent, unit in (pairs[:2], pairs[2:])}
    lines = Priority.all_objects.filter(
        region__notice=notice, region__is_issued=True, is_issued=True, withdrawn_on=None
    )
    counts = [count for _, count in lines.order_by().values_list("region").annotate(Count("pk"))]
    return {
        "regions": len({row[0] for row in issued_rows}),
        "published": len(published),
        "listed": sum(published.values()),
        "added": len(published) - sum(published.values()),
        "provinces": len(units - {None}),
        "priorities": sum(counts),
        "fewest": min(counts, default=0),
        "most": max(counts, default=0),
    }
