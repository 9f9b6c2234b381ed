"""「地区比较」: two to four areas side by side, their priorities aligned by system. The address is the choice.

Systems are the main systems of priorities, as the filter counts them. What an address names is looked up among the
areas that there are; nothing that was typed reaches the database.
"""

from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property
from itertools import islice
from typing import NamedTuple

from django.db.models.functions import Coalesce
from django.http import QueryDict
from django.urls import reverse

from ..models import Priority, Region, System, Topic
from ..search import facet_sets
from ..search.facet_sets import Snapshot
from . import corrections, withdrawn
from .evidence import Documents, by_relation

MOST = 4  # areas side by side
LEAST = 2
MOST_NAMED = 10  # of the values that a page ignores
SUGGESTED = 3


class Offer(NamedTuple):
    """An area that can be chosen: its name in the address, what it is called, the province that it stands under."""

    slug: str
    label: str
    province: str
    is_issued: bool

    @property
    def name(self) -> str:
        """What it is called in running text: an added area with its mark."""
        return self.label if self.is_issued else f"{self.label}（本站增补）"


# A priority with its topics, and of each whether another of the areas works on it too.
Line = tuple[Priority, list[tuple[Topic, bool]]]


class Comparison:
    """The areas that an address names (`region=…&region=…`), in the order of first mention, four at most."""

    def __init__(self, data: QueryDict, state: Snapshot | None = None) -> None:
        self.state = state or facet_sets.current()
        choices = offers(self.state)
        values = dict.fromkeys(value for value in data.getlist("region") if value)
        slugs = [value for value in values if value in choices]
        self.chosen = slugs[:MOST]
        self.left_out = [choices[slug].name for slug in slugs[MOST : MOST + MOST_NAMED]]
        strange = [value for value in values if value not in choices]
        rows = withdrawn.regions(self.state) if strange else {}
        self.withdrawn = [rows[slug] for slug in strange if slug in rows]
        self.unknown = [value for value in strange if value not in rows][:MOST_NAMED]

    @cached_property
    def regions(self) -> list[Region]:
        """The chosen areas, with all that is compared."""
        regions_by_slug = (
            {region.slug: region for region in Region.objects.for_comparison(self.chosen)} if self.chosen else {}
        )
        lines = [line for region in regions_by_slug.values() for line in region.priorities.all()]
        corrections.mark([*regions_by_slug.values(), *lines], has_history=False)
        return [regions_by_slug[slug] for slug in self.chosen if slug in regions_by_slug]

    @property
    def is_ready(self) -> bool:
        """Whether there is something to compare."""
        return len(self.regions) >= LEAST

    @property
    def is_full(self) -> bool:
        """Whether no area can be added."""
        return len(self.chosen) == MOST

    @property
    def names(self) -> str:
        """The short names of the chosen areas in a row."""
        choices = offers(self.state)
        return "、".join(choices[slug].name for slug in self.chosen)

    @property
    def is_as_issued(self) -> bool:
        """Whether neither an area nor a line was corrected or added."""
        lines = [line for region in self.regions for line in region.priorities.all()]
        return not any(map(corrections.marks, [*self.regions, *lines]))

    @property
    def address(self) -> str:
        """The page's one address."""
        return address(self.chosen)

    @property
    def columns(self) -> list[tuple[Region, str]]:
        """Each area with the address of the comparison without it."""
        return [(region, address(slug for slug in self.chosen if slug != region.slug)) for region in self.regions]

    @cached_property
    def rows(self) -> list[tuple[System, list[list[Line]], bool]]:
        """The systems that at least one area has, in their order: each with the lines of each area under it, in the
        areas' order, and whether two of them or more have some (其他 is nothing that they share)."""
        cells: dict[System, dict[int, list[Line]]] = defaultdict(lambda: defaultdict(list))
        shared = {topic for topic, _ in self.shared_topics}
        for region in self.regions:
            for priority in region.priorities.all():
                topics = [(topic, topic in shared) for topic in priority.topics.all()]
                cells[priority.system][region.pk].append((priority, topics))
        return [
            (system, [of.get(region.pk, []) for region in self.regions], len(of) >= LEAST and not system.is_other)
            for system, of in sorted(cells.items(), key=lambda pair: pair[0].position)
        ]

    @property
    def evidence(self) -> list[tuple[Region, Documents]]:
        """Each area with what was found of what came after the notice."""
        return [(region, by_relation(region.documents.all())) for region in self.regions]

    @property
    def shared_systems(self) -> list[tuple[System, list[Region]]]:
        """The systems that at least two of the areas have, each with those areas, in their orders."""
        return [
            (system, [region for region, cell in zip(self.regions, cells, strict=True) if cell])
            for system, cells, is_shared in self.rows
            if is_shared
        ]

    @cached_property
    def shared_topics(self) -> list[tuple[Topic, list[Region]]]:
        """The topics that at least two of the areas work on, each with those areas, in their orders."""
        holders: dict[Topic, list[Region]] = defaultdict(list)
        for region in self.regions:
            for topic in {topic for priority in region.priorities.all() for topic in priority.topics.all()}:
                holders[topic].append(region)
        shared = [(topic, regions) for topic, regions in holders.items() if len(regions) >= LEAST]
        return sorted(shared, key=lambda pair: pair[0].position)

    @property
    def shared(self) -> list[tuple[str, list[tuple[System, list[Region]]] | list[tuple[Topic, list[Region]]]]]:
        """What at least two of the areas have in common, by kind, as the page calls it."""
        return [("共有的制度", self.shared_systems), ("共有的主题", self.shared_topics)]

    @property
    def fields(self) -> list[str]:
        """The labels of the fields that choose: two to start with, then one to add."""
        if self.is_full:
            return []
        return ["再加一个地区"] if self.chosen else ["第一个地区", "第二个地区"]

    @property
    def offered(self) -> list[tuple[str, list[Offer]]]:
        """The areas that can still be chosen, by province."""
        groups: dict[str, list[Offer]] = defaultdict(list)
        for offer in offers(self.state).values():
            if offer.slug not in self.chosen:
                groups[offer.province].append(offer)
        return list(groups.items())

    @cached_property
    def suggested(self) -> list[tuple[Region, str]]:
        """Areas nearest to the first one by topics, each with the address of the comparison with it."""
        if not self.regions or self.is_full:
            return []
        near = Region.objects.sharing_topics_with(self.regions[0]).exclude(slug__in=self.chosen)[:SUGGESTED]
        return [(region, address([*self.chosen, region.slug])) for region in near]


def address(slugs: Iterable[str]) -> str:
    """Return the address of the comparison of areas, in their order."""
    query = QueryDict(mutable=True)
    query.setlist("region", list(slugs))
    encoded = query.urlencode()
    return reverse("pilots:compare") + (f"?{encoded}" if encoded else "")


def with_related(region: Region, related: Iterable[Region]) -> str:
    """Return the address that compares an area with the first two of its `related` ones; empty where it has none."""
    nearest = [other.slug for other in islice(related, 2)]
    return address([region.slug, *nearest]) if nearest else ""


def offers(state: Snapshot) -> dict[str, Offer]:
    """Return every area that can be chosen by its slug, province by province; kept until the record changes."""
    if "areas to compare" not in state.memory:
        rows = Region.objects.order_by(
            Coalesce("province__parent__position", "province__position"), "notice", "serial"
        ).values_list("slug", "short_name", Coalesce("province__parent__name", "province__name"), "is_issued")
        state.memory["areas to compare"] = {row[0]: Offer(*row) for row in rows}
    return state.memory["areas to compare"]
