"""Whose changes are told: everything, what belongs to one area, province or topic, or the areas of a filter."""

from dataclasses import dataclass, field
from functools import lru_cache

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse

from ..history.original import Issued
from ..models import Document, HistoryEntry, Priority, Province, Region, Topic, in_provinces
from ..search import facet_sets
from ..search.filters import RegionFilter

FEEDS = {
    "pilots:home": "pilots:change-feed",
    "pilots:change-list": "pilots:change-feed",
    "pilots:region-list": "pilots:change-feed",
    "pilots:region-detail": "pilots:region-feed",
    "pilots:province-detail": "pilots:province-feed",
    "pilots:topic-detail": "pilots:topic-feed",
}
_address = lru_cache(maxsize=200)(reverse)
NOT_OF_FEEDS = ("page=", "sort=")  # a feed has its own order


@dataclass(frozen=True)
class Scope:
    """What a feed follows. `entries` says which public entries of the history, `areas` which areas are in it
    (for those that were withdrawn); `feed` and `page` are addresses without host."""

    name: str
    feed: str
    page: str
    entries: Q = field(default_factory=Q)
    areas: Q = field(default_factory=Q)
    remark: str = ""


def feed_of(request: HttpRequest, path: str) -> str:
    """Return the path of the feed of the page that is asked for, empty where there is none.

    `path`: the page's one address with its query, whose filters the feed keeps.
    """
    match = request.resolver_match
    if match is None or match.view_name not in FEEDS:
        return ""
    pairs = [pair for pair in path.partition("?")[2].split("&") if pair and not pair.startswith(NOT_OF_FEEDS)]
    address = _address(FEEDS[match.view_name], args=tuple(match.kwargs.values()))
    return f"{address}?{'&'.join(pairs)}" if pairs else address


def mark(original_name: str) -> str:
    """Return what follows a name that isn't as issued; nothing where it is (`issued` is empty)."""
    return "（已更正）" if original_name else ""


def everything() -> Scope:
    """All public changes of the record."""
    return Scope("全部记录", reverse("pilots:change-feed"), reverse("pilots:change-list"))


def of_region(slug: str) -> Scope:
    """One area with its rows. Raises Region.DoesNotExist; one that was withdrawn still says so."""
    region = Region.all_objects.get(slug=slug)
    entries = Q(edit__subject_kind="region", edit__subject_id=region.pk)
    address = reverse("pilots:region-feed", args=[slug])
    original_name = Issued([region]).words(region, ["name"]).get("name", "")
    return Scope(f"{region.name}{mark(original_name)}", address, region.get_absolute_url(), entries, Q(pk=region.pk))


def of_province(slug: str) -> Scope:
    """A province-level unit and what lies in it (as its page does), with its areas. Raises Province.DoesNotExist."""
    province = Province.objects.prefetch_related("children").get(slug=slug)
    units = [province.pk, *(child.pk for child in province.children.all())]
    areas = in_provinces(units)
    subject_entries = Q(edit__subject_kind="province", edit__subject_id__in=units)
    address = reverse("pilots:province-feed", args=[slug])
    return Scope(province.name, address, province.get_absolute_url(), subject_entries | _of_areas(areas), areas)


def of_topic(slug: str) -> Scope:
    """A topic, the priorities under it, and those that were put under it or taken out. Raises Topic.DoesNotExist."""
    topic = Topic.objects.get(slug=slug)
    lines = Priority.objects.filter(topics=topic).order_by().values("pk")
    subject_entries = Q(edit__subject_kind="topic", edit__subject_id=topic.pk)
    filed = Q(content_type__app_label="pilots", content_type__model="priority", object_id__in=lines)
    address = reverse("pilots:topic-feed", args=[slug])
    areas = Q(pk__in=Priority.all_objects.filter(topics=topic).order_by().values("region"))
    changes = HistoryEntry.objects.filter(is_public=True, changes__has_key="topics").order_by()
    refiled = [
        pk
        for pk, changes in changes.values_list("pk", "changes")
        if topic.pk in {link for side in ("before", "after") for link, _ in changes["topics"][side]}
    ]
    entries = subject_entries | filed | Q(pk__in=refiled)
    return Scope(topic.name, address, topic.get_absolute_url(), entries, areas)


def of_answers() -> Scope:
    """What readers reported and officials answered, of whatever record."""
    return Scope("", reverse("pilots:correction-feed"), reverse("pilots:correction-list"))


def of_filter(filterset: RegionFilter) -> Scope:
    """The areas that a list shows under the same filters; everything where there are none."""
    if not filterset.words:
        return everything()
    query = filterset.query(sort="")
    listed_areas = Q(pk__in=filterset.filter_queryset(Region.objects.order_by()).values("pk"))
    areas = Q(pk=None) if filterset.keyword else _fits(filterset)
    remark = "撤下的地区不能再按关键词查找，不在其中。" if filterset.keyword else ""
    address, page = reverse("pilots:change-feed") + query, reverse("pilots:region-list") + query
    return Scope(filterset.words, address, page, _of_areas(listed_areas), areas, remark)


def _of_areas(areas: Q) -> Q:
    return Q(
        edit__subject_kind="region", edit__subject_id__in=Region.all_objects.filter(areas).order_by().values("pk")
    )


def _fits(filterset: RegionFilter) -> Q:
    """Return the condition that an area, withdrawn or not, fits the facets, as `Snapshot.fitting` has it."""
    chosen = filterset.cleaned
    units = Province.objects.filter(Q(slug__in=chosen["province"]) | Q(parent__slug__in=chosen["province"]))
    pairs = facet_sets.relations(Document.all_objects.filter(withdrawn_on=None)) if chosen["after"] else set()
    after = Q(pk__in=[pk for pk, relation in pairs if relation in chosen["after"]])
    if "none" in chosen["after"]:
        after |= Q(notice__searched_on__isnull=False) & ~Q(pk__in=[pk for pk, _ in pairs])
    conditions = {
        "after": after,
        "province": in_provinces(units.values_list("pk", flat=True)),
        "kind": Q(kind__in=chosen["kind"]),
        "batch": Q(notice__batch__in=chosen["batch"]),
        **{
            name: Q(
                pk__in=Priority.all_objects.filter(**{f"{path}__slug__in": chosen[name]}).order_by().values("region")
            )
            for name, path in (("system", "system"), ("topic", "topics"))
        },
    }
    return Q(*(condition for name, condition in conditions.items() if chosen[name]))
