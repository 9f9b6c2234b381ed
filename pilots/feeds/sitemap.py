"""Every page that search engines may list, and when what it shows last changed, as far as the record knows.

A page is as new as the latest public change of what it shows; without any, the notice and its areas are as old as
the notice (as their PubDate says), and of the rest nothing is claimed.
"""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import Any

from django.contrib.sitemaps import Sitemap
from django.db.models import Max
from django.urls import reverse
from django.utils import timezone

from ..models import HistoryEntry, Ministry, Notice, Priority, Province, Region, System, Topic
from ..models.recorded import kind_of

Moment = datetime.date | datetime.datetime | None
Key = tuple[str, int]  # the model's name and the row's primary key
Indexed = tuple[str, Moment]  # the path of a page that may be listed, and when what it shows last changed
LISTS = {  # list page → what it shows
    "home": ("notice", "region", "province", "system", "topic"),
    "notice-list": ("notice",),
    "region-list": ("region",),
    "province-list": ("region", "province"),
    "topic-list": ("region", "topic"),
    "system-list": ("region", "system"),
    "ministry-list": ("ministry",),
    "after": ("notice", "region"),
    "matrix": ("region", "province", "topic", "system"),
    "compare": (),
    "change-list": ("notice", "region", "province", "ministry", "topic", "system"),
    "correction-list": (),
    "data": ("notice", "region", "province", "ministry", "topic", "system"),
    "api": (),
    "about": (),
    "english": ("notice", "region", "topic", "ministry"),
    "sitemap": ("notice", "region", "province", "ministry", "topic", "system"),
}


class PageMap(Sitemap):
    """Every page that may be listed, as sitemaps.org has it."""

    location: Any = itemgetter(0)
    lastmod: Any = itemgetter(1)

    def items(self) -> list[Indexed]:
        return pages()


def pages() -> list[Indexed]:
    """Return every page that may be listed; eleven queries."""
    entries = HistoryEntry.objects.filter(is_public=True).order_by()
    rows = entries.values_list("edit__subject_kind", "edit__subject_id").annotate(at=Max("timestamp"))
    # Of each record with its rows; that an area was withdrawn is a change.
    changes: dict[Key, datetime.datetime] = {(kind, pk): timezone.localtime(at) for kind, pk, at in rows}
    lists = [
        (reverse(f"pilots:{route}"), _latest(changes, (key for key in changes if key[0] in kinds)))
        for route, kinds in LISTS.items()
    ]
    areas: dict[int, list[Key]] = defaultdict(list)
    for notice_pk, pk in Region.all_objects.order_by().values_list("notice", "pk"):
        areas[notice_pk].append(("region", pk))
    notices = [
        (row.get_absolute_url(), _latest(changes, [("notice", row.pk), *areas[row.pk]]) or row.issued_on)
        for row in Notice.objects.all()
    ]
    regions = [
        (region.get_absolute_url(), changes.get(("region", region.pk), region.notice.issued_on))
        for region in Region.objects.select_related("notice")
    ]
    shared = list(_shared(changes))
    ministries = [(row.get_absolute_url(), changes.get(("ministry", row.pk))) for row in Ministry.objects.all()]
    return [*lists, *notices, *regions, *shared, *ministries]


def _latest(changes: dict[Key, datetime.datetime], keys: Iterable[Key]) -> Moment:
    return max((changes[key] for key in keys if key in changes), default=None)


def _shared(changes: dict[Key, datetime.datetime]) -> Iterator[Indexed]:
    """Yield the pages that show areas: those of provinces, topics and systems.

    Areas, withdrawn ones too, count for each that they are shown on, or were.
    """
    areas_by_page: dict[Key, set[Key]] = defaultdict(set)
    units = Region.all_objects.order_by().values_list("province", "province__parent", "pk")
    partners = Region.partners.through.objects.values_list("province", "province__parent", "region")
    for province, parent, region in [*units, *partners]:
        areas_by_page["province", province].add(("region", region))
        if parent:
            areas_by_page["province", parent].add(("region", region))
    for system, topic, region in Priority.all_objects.order_by().values_list("system", "topics", "region"):
        areas_by_page["system", system].add(("region", region))
        areas_by_page["topic", topic].add(("region", region))
    for model in (Province, Topic, System):
        kind = kind_of(model)
        for row in model.objects.all():
            yield (row.get_absolute_url(), _latest(changes, [(kind, row.pk), *areas_by_page[kind, row.pk]]))
