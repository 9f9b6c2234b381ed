"""What the API answers: lists and records of each kind, with the filters of the public list of areas."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.db.models import F, Prefetch, Q, QuerySet
from django.http import Http404
from django.utils.timezone import localdate
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from ..history.edits import give_edits
from ..history.original import name_withdrawn
from ..http.problems import Gone
from ..models import (
    Document,
    DocumentKind,
    DocumentRelation,
    Edit,
    HistoryEntry,
    Indicator,
    Mechanism,
    Ministry,
    Notice,
    Priority,
    Project,
    Proposal,
    Province,
    Region,
    SearchEntry,
    Section,
    SectionKind,
    System,
    Topic,
    Verification,
)
from ..models.documents import names_source
from ..models.proposals import ANSWERED
from ..models.recorded import kind_of, subjects
from ..search import facet_sets
from ..search.filters import RegionFilter
from .paging import EditPages
from .parameters import COMPARED, FACETS, MODIFIED_SINCE, REGION_FILTER, chosen, notice_slugs, read
from .reading import Listing, Record
from .serializers import documents, finding, notice, places, priorities
from .throttling import AddressThrottle

REGIONS = Region.objects.select_related("notice", "province").prefetch_related(
    "partners",
    "divisions",
    Prefetch("priorities", Priority.objects.select_related("system")),
    "priorities__also_systems",
    "priorities__topics",
)


class RegionList(Listing):
    """先行示范地区：与网页的地区列表同一套筛选、检索和次序。"""

    queryset = REGIONS
    serializer_class = places.RegionSerializer
    filters = (*REGION_FILTER, MODIFIED_SINCE)
    about = "region"

    def get_queryset(self) -> QuerySet:
        queryset, only = super().get_queryset(), self.params.get("fields")
        is_bare = only and not {"provinces", "divisions", "priorities"}.intersection(only)
        return queryset.prefetch_related(None) if is_bare else queryset

    def selected(self) -> Sequence[int]:
        self.filterset = RegionFilter(self.request.query_params)
        since = self.params.get("modified_since")
        pks = self.filterset.selection()
        if not since:
            return pks
        entries = HistoryEntry.objects.filter(is_public=True, edit__subject_kind="region", timestamp__gte=since)
        corrected = set(entries.values_list("edit__subject_id", flat=True))
        return [pk for pk in pks if pk in corrected]

    def rows(self, page: list[int]) -> list[Region]:
        rows = self.get_queryset().in_bulk(page)
        return [rows[pk] for pk in page if pk in rows]  # one may have been withdrawn this very moment


class WithdrawableRecord(Record):
    """A record of an area, or of its parts: once it is withdrawn, its address says so."""

    withdrawable = "slug"  # the part of the address that names the area

    def get_object(self) -> Any:
        try:
            return super().get_object()
        except Http404:
            withdrawn = Region.all_objects.exclude(Region.published_if)
            row = withdrawn.filter(slug=self.kwargs[self.withdrawable]).first()
            if row is None:
                raise
            name_withdrawn([row])
            raise Gone(row.withdrawal) from None


class PriorityList(Listing):
    """制度创新重点：条件都作用于重点本身（制度只看主要归入的一项），省份和类型作用于它的地区。"""

    queryset = (
        Priority.objects.select_related("region", "system")
        .prefetch_related("also_systems", "topics")
        .order_by("region__notice", "region__serial", "number")
    )
    serializer_class = priorities.PrioritySerializer
    filters = (*FACETS, MODIFIED_SINCE)
    about, about_column = "region", "region_id"

    def get_queryset(self) -> QuerySet:
        queryset = super().get_queryset()
        for name, column in (("system", "system__slug__in"), ("topic", "topics__slug__in")):
            if self.params.get(name):
                queryset = queryset.filter(pk__in=Priority.objects.filter(**{column: self.params[name]}).values("pk"))
        if any(self.params.get(name) for name in ("province", "kind", "batch", "after")):
            areas = self.state.everything
            for name in ("province", "kind", "batch", "after"):
                areas &= self.state.fitting(name, self.params[name])
            queryset = queryset.filter(region__in=[self.state.pks[place] for place in facet_sets.places(areas)])
        return queryset


class DocumentList(Listing):
    """通知之后的公开文件和报道，按地区排列。"""

    queryset = Document.objects.filter(verification=Verification.VERIFIED).order_by(
        "region__notice", "region__serial", "position"
    )
    serializer_class = documents.DocumentSerializer
    filters = (
        replace(COMPARED, meaning="先行示范地区，可重复"),
        chosen("kind", "种类，可重复", lambda state: DocumentKind.values),
        chosen("relation", "与通知的关系，可重复", lambda state: DocumentRelation.values),
        chosen("duty", "对应通知的第几条要求，可重复", lambda state: "一二三四五六"),
        MODIFIED_SINCE,
    )
    about, about_column = "region", "region_id"
    document = ""  # how a row leads to its document, where it is none itself

    def selected(self) -> QuerySet:
        memory, at = self.state.memory, self.document
        if "documents without a source" not in memory:  # the database doesn't know what leads to a source
            sources = DocumentList.queryset.all().values_list("pk", "source", "pdf")
            memory["documents without a source"] = [pk for pk, *source in sources if not names_source(*source)]
        columns = {"region": "region__slug__in", "kind": f"{at}kind__in", "relation": f"{at}relation__in"}
        conditions = {column: values for name, column in columns.items() if (values := self.params[name])}
        rows = super().selected().filter(**conditions)
        rows = rows.exclude(**{f"{at}pk__in": memory["documents without a source"]})
        if duties := self.params["duty"]:
            rows = rows.filter(**{f"{at}duties__regex": f"[{''.join(duties)}]"})
        return rows.select_related("region")


class SectionList(Listing):
    """通知的段落，按原文次序。"""

    queryset = Section.objects.select_related("notice")
    serializer_class = notice.SectionSerializer
    filters = (
        chosen("notice", "通知，可重复", notice_slugs),
        chosen("kind", "性质，可重复", lambda state: SectionKind.values),
        MODIFIED_SINCE,
    )
    about, about_column = "notice", "notice_id"

    def get_queryset(self) -> QuerySet:
        conditions = {"notice__slug__in": self.params.get("notice"), "kind__in": self.params.get("kind")}
        return super().get_queryset().filter(**{at: values for at, values in conditions.items() if values})


class ChangeList(Listing):
    """公开的更正，最近的在前：改了什么、改前、改后、为什么。

    一页是 page_size 次修改，一次修改（edit）的各行总在同一页；count 是总行数。
    """

    queryset = HistoryEntry.objects.none()
    serializer_class = finding.ChangeSerializer
    filters = (
        chosen("kind", "所属记录的种类，可重复", lambda state: [kind_of(model) for model in subjects()]),
        MODIFIED_SINCE,
    )
    pagination_class = EditPages

    def get_queryset(self) -> QuerySet:
        kinds, entries = self.params.get("kind"), HistoryEntry.objects.public()
        return entries.filter(edit__subject_kind__in=kinds) if kinds else entries

    def selected(self) -> QuerySet:
        since, edits = self.params.get("modified_since"), Edit.objects.of_entries(self.get_queryset())
        return edits.filter(at__gte=since) if since else edits

    def rows(self, page: list[Edit]) -> list[HistoryEntry]:
        entries = self.get_queryset().filter(edit__in=[edit.pk for edit in page]).select_related("content_type")
        entries = entries.order_by("-edit__at", "-edit_id", "-timestamp", "-pk")
        subjects = Q(pk=None)
        for kind, pk in {(entry.edit.subject_kind, entry.edit.subject_id) for entry in entries}:
            subjects |= Q(kind=kind, object_id=pk)
        rows = SearchEntry.objects.filter(subjects).only("kind", "object_id", "title", "url", "card")
        self.subjects = {(row.kind, row.object_id): row for row in rows}
        return list(entries)

    def get_serializer_context(self) -> dict[str, Any]:
        return super().get_serializer_context() | {"subjects": getattr(self, "subjects", {})}


class CorrectionList(Listing):
    """读者的纠错和编辑的答复，最近答复的在前。modified_since 按答复的时间比较。"""

    queryset = Proposal.objects.answered()
    serializer_class = finding.CorrectionSerializer
    filters = (
        chosen("state", "状态，可重复", lambda state: [answer.value for answer in ANSWERED]),
        MODIFIED_SINCE,
    )

    def get_queryset(self) -> QuerySet:
        conditions = {"state__in": self.params.get("state"), "answered_at__gte": self.params.get("modified_since")}
        return self.queryset.filter(**{at: value for at, value in conditions.items() if value})

    selected = get_queryset

    def rows(self, page: list[Proposal]) -> list[Proposal]:
        give_edits(page)
        return page


class DeletionList(Listing):
    """已撤下的先行示范地区，最近的在前：名称、地址、日期和原因。modified_since 按日期比较。"""

    queryset = Region.all_objects.exclude(Region.published_if).order_by("-withdrawn_on", "slug")
    serializer_class = places.DeletionSerializer
    filters = (MODIFIED_SINCE,)

    def get_queryset(self) -> QuerySet:
        since = self.params.get("modified_since")
        return self.queryset.filter(withdrawn_on__gte=localdate(since)) if since else self.queryset.all()

    selected = get_queryset


class DocumentRecord(WithdrawableRecord):
    """A document that readers may see, or what one says."""

    lookups = {"region": "region__slug", "position": "position"}
    withdrawable = about = "region"
    about_column = "region_id"

    def get_object(self) -> Any:
        if (row := super().get_object()).is_shown:
            return row
        raise Http404


# What documents say: of each its rows, serializer, what a list is called and what one is.
STATEMENTS = [
    (
        model.objects.filter(document__verification=Verification.VERIFIED, document__region=F("region"))
        .select_related("region", "document__region")
        .order_by("region__notice", "region__serial", "position"),
        serializer,
        f"通知之后的文件写到的{name}，按地区排列；种类、关系和要求是所出自的文件的。",
        f"文件写到的一{unit}{name}。",
    )
    for model, serializer, name, unit in (
        (Indicator, documents.IndicatorSerializer, "指标", "项"),
        (Mechanism, documents.MechanismSerializer, "协调机制", "个"),
        (Project, documents.ProjectSerializer, "重点项目", "个"),
    )
]

# The lists and records that need no more than to be declared: what the view of each is made with.
_themes = Prefetch("priorities", Priority.objects.for_theme())
LISTS = {
    kind: Listing.as_view(
        summary=summary, queryset=queryset, serializer_class=serializer, filters=(MODIFIED_SINCE,), about=kind
    )
    for kind, summary, queryset, serializer in (
        (
            "province",
            "省级单位、计划单列市和新疆生产建设兵团。",
            Province.objects.for_detail(),
            places.ProvinceSerializer,
        ),
        ("topic", "主题（本站归类）。", Topic.objects.for_list(), priorities.TopicSerializer),
        ("system", "制度（本站归类）。", System.objects.for_list(), priorities.SystemSerializer),
        ("ministry", "发文机关。", Ministry.objects.for_list(), notice.MinistrySerializer),
        ("notice", "通知。", Notice.objects.all(), notice.NoticeSerializer),
    )
} | {
    kind_of(queryset.model): DocumentList.as_view(
        summary=summary, queryset=queryset, serializer_class=serializer, document="document__"
    )
    for queryset, serializer, summary, _ in STATEMENTS
}
RECORDS = {
    kind: Record.as_view(summary=summary, queryset=queryset, serializer_class=serializer, about=kind)
    for kind, summary, queryset, serializer in (
        ("province", "一个省级单位和它的地区。", Province.objects.for_detail(), places.ProvinceSerializer),
        (
            "topic",
            "一个主题和归入它的重点。",
            Topic.objects.for_list().prefetch_related(_themes),
            priorities.TopicDetailSerializer,
        ),
        (
            "system",
            "一项制度和主要归入它的重点。",
            System.objects.for_list().prefetch_related(_themes),
            priorities.SystemDetailSerializer,
        ),
        ("ministry", "一个发文机关。", Ministry.objects.for_detail(), notice.MinistrySerializer),
        (
            "notice",
            "一份通知和它的全部段落。",
            Notice.objects.for_detail().prefetch_related(
                Prefetch("regions", Region.objects.only("slug", "name", "notice", "serial", "is_issued")),
                Prefetch(
                    "regions",
                    Region.all_objects.filter(is_issued=True).exclude(Region.published_if).select_related("notice"),
                    to_attr="regions_withdrawn",
                ),
            ),
            notice.NoticeDetailSerializer,
        ),
    )
} | {
    "region": WithdrawableRecord.as_view(
        summary="一个先行示范地区。", queryset=REGIONS, serializer_class=places.RegionSerializer, about="region"
    ),
    "priority": WithdrawableRecord.as_view(
        summary="一个地区的一项制度创新重点。",
        queryset=PriorityList.queryset,
        serializer_class=priorities.PrioritySerializer,
        lookups={"region": "region__slug", "number": "number"},
        withdrawable="region",
        about="region",
        about_column="region_id",
    ),
    "document": DocumentRecord.as_view(
        summary="一份后续文件。",
        queryset=DocumentList.queryset.select_related("region"),
        serializer_class=documents.DocumentSerializer,
    ),
    **{
        kind_of(queryset.model): DocumentRecord.as_view(
            summary=summary, queryset=queryset, serializer_class=serializer
        )
        for queryset, serializer, _, summary in STATEMENTS
    },
    "section": Record.as_view(
        summary="通知的一个段落。",
        queryset=SectionList.queryset,
        serializer_class=notice.SectionSerializer,
        lookups={"notice": "notice__slug", "anchor": "anchor"},
        about="notice",
        about_column="notice_id",
    ),
}


class IndexView(APIView):
    """这里有什么。"""

    throttle_classes = [AddressThrottle]
    KINDS = (
        "regions",
        "priorities",
        "documents",
        "indicators",
        "mechanisms",
        "projects",
        "reports",
        "provinces",
        "topics",
        "systems",
        "ministries",
        "notices",
        "sections",
        "changes",
        "corrections",
        "deletions",
        "search",
        "schema",
    )

    def get(self, request: Request) -> Response:
        read((), request.query_params, facet_sets.current())
        return Response({name: reverse(f"api:{name}", request=request) for name in self.KINDS})
