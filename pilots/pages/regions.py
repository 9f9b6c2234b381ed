"""Pages of the areas: the list that is searched and filtered, and each area."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.template.loader import get_template
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.views.generic import DetailView, TemplateView

from ..exports import offering, region_tables
from ..history.edits import of_record
from ..http import origin
from ..models import Region, RegionKind, SearchEntry, Section, SectionKind, Verification
from ..models.divisions import DivisionRole
from ..record import corrections, withdrawn
from ..record.comparison import with_related
from ..record.reports import public_reports
from ..search import facets
from ..search.cards import Card, cached, cards, drawn, lines
from ..search.facet_sets import Snapshot
from ..search.filters import MOST_ANSWERS, SORTS, RegionFilter
from ..search.groups import Group
from ..search.highlight import excerpt, marked
from ..search.text import Word, fold, parse, quoted
from . import after, citations
from .base import FRAME, Article, Column, Page, PageMixin
from .context_processors import PATHS

Hit = tuple[SearchEntry, SafeString, SafeString]  # the entry, its title, and the sentences that have a word
# What a whole unit is called, by the kind of the area.
UNITS: dict[str, str] = {
    RegionKind.MUNICIPAL_DISTRICT: "区",
    RegionKind.CITY_DISTRICT: "区",
    RegionKind.SUB_PROVINCIAL_CITY: "市",
    RegionKind.PREFECTURE_CITY: "市",
    RegionKind.COUNTY_CITY: "市",
    RegionKind.COUNTY: "县",
    RegionKind.AUTONOMOUS_COUNTY: "县",
}
PAGE_SIZE = 60  # the batch of 45 fits on one page
NEAREST = 5  # areas alike beside an area
MOST_AREAS = 100  # whose pages are kept, some 80 KB each
MOST_JUMPS = 50  # rows of areas whose provinces' links are kept, some 3 KB each
SHORT = 10  # areas that are in sight without jumping
# Provinces as one character, as number plates have them.
ONE_CHARACTER = {
    "beijing": "京",
    "tianjin": "津",
    "hebei": "冀",
    "shanxi": "晋",
    "neimenggu": "蒙",
    "liaoning": "辽",
    "jilin": "吉",
    "heilongjiang": "黑",
    "shanghai": "沪",
    "jiangsu": "苏",
    "zhejiang": "浙",
    "anhui": "皖",
    "fujian": "闽",
    "jiangxi": "赣",
    "shandong": "鲁",
    "henan": "豫",
    "hubei": "鄂",
    "hunan": "湘",
    "guangdong": "粤",
    "guangxi": "桂",
    "hainan": "琼",
    "chongqing": "渝",
    "sichuan": "川",
    "guizhou": "贵",
    "yunnan": "云",
    "xizang": "藏",
    "shaanxi": "陕",
    "gansu": "甘",
    "qinghai": "青",
    "ningxia": "宁",
    "xinjiang": "新",
    "taiwan": "台",
    "xianggang": "港",
    "aomen": "澳",
}


class RegionListView(PageMixin, TemplateView):
    template_name = "pilots/region_list.html"

    def get_page(self, context: dict[str, Any]) -> Page:
        filterset, total = context["filterset"], context["list"].paginator.count
        path = PATHS["region_list"] + filterset.page_query(context["list"].number)
        text = "按省份、制度、主题、类型和关键词查生态文明先行示范区。"
        return Page(
            filterset.title(total),
            path,
            [],
            text,
            Column(text, "先行示范地区,制度创新重点", "数据发布", "先行示范地区"),
            is_indexed=not self.request.GET,
            form=("&" if "?" in path else "?") + urlencode(filterset.forms) if filterset.forms else "",
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        filterset = RegionFilter(self.request.GET, state=self.state)
        answer, here = filterset.answer, PATHS["region_list"]
        groups = [*filterset.groups, *filterset.later] if answer else []
        page = Paginator(filterset.selection(), PAGE_SIZE).get_page(self.request.GET.get("page"))
        return super().get_context_data(
            filterset=filterset,
            answer=answer,
            reply=filterset.reply,
            searched=_searched(filterset),
            groups=groups,
            empty=[group for group in groups if not group.count],
            has_hits=any(group.entries for group in groups),
            hits=drawn_hits(groups, filterset),
            withdrawn=withdrawn.matching(filterset.keyword, filterset.state),
            list=page,
            facets=facets.build(filterset),
            chips=facets.chips(filterset),
            conditions="、".join(
                f"{filterset.filters[name].label}为“{'”或“'.join(labels)}”"
                for name, labels in filterset.labels.items()
                if labels
            ),
            cleared=filterset.link(**dict.fromkeys(RegionFilter.FACETS, ())),
            sorts=[(filterset.link(sort=s), SORTS[s], s == filterset.sort) for s in filterset.sorts],
            pager=[
                (filterset.page_query(n, **filterset.forms), n)
                for n in page.paginator.get_elided_page_range(page.number)
            ],
            rescues=facets.rescues(filterset) if not page.paginator.count else [],
            views=[
                (filterset.link(view=view), label, view == filterset.forms.get("view", ""))
                for view, label in (("", "卡片"), ("table", "表格"))
            ],
            other_lines=filterset.link(lines="" if "lines" in filterset.forms else "all"),
            withdrawn_count=withdrawn.count(filterset.state),
            added=(filterset.areas() & filterset.state.added).bit_count(),
            offers=offering.offers(filterset, origin(self.request)),
            citation=citations.page(
                f"先行示范地区（{filterset.words or '全部'}）",
                f"{origin(self.request)}{here}{filterset.query(lines=filterset.forms.get('lines', ''))}",
                "regions",
            ),
            **_shown(list(page), filterset),
            **kwargs,
        )


def hits(groups: Sequence[Group], words: Sequence[Word]) -> Iterator[tuple[Group, list[Hit]]]:
    """Yield what a keyword found beside areas: each group that has entries, with its rows, the words marked."""
    for group in (group for group in groups if group.entries):
        yield (
            group,
            [
                (entry, marked(entry.title, words), excerpt(entry.card.get("text", ""), words))
                for entry in group.entries
            ],
        )


def drawn_hits(groups: Sequence[Group], filterset: RegionFilter) -> str:
    """Return `hits` as HTML. Of a keyword they hang on the areas that the filters leave alone: they are kept."""

    def draw(keys: list[tuple[str, int]]) -> dict[tuple[str, int], str]:
        words = [*filterset.answer.marked, *parse(filterset.keyword)] if filterset.answer else []
        return {key: template.render({"hits": list(hits(groups, words))}) for key in keys}

    key, template = (filterset.keyword, filterset.areas("q")), get_template("pilots/_hits.html")
    return cached(filterset.state, "hits", [key], draw, MOST_ANSWERS)[key]


def _searched(filterset: RegionFilter) -> str:
    """Return the name that is on no list and occurs nowhere else either; empty where something was found for it."""
    reply, answer = filterset.reply, filterset.answer
    is_nowhere = reply and reply.kind == "not-listed" and reply.names == (fold(filterset.keyword),)
    return filterset.keyword if is_nowhere and answer and answer.is_empty else ""


def _shown(pks: list[int], filterset: RegionFilter) -> dict[str, Any]:
    """Return the areas of a page as cards or as rows of a table, and what leads to each province among them."""
    state, words = filterset.state, filterset.answer.marked if filterset.answer else ()
    is_whole, is_table = "lines" in filterset.forms, "view" in filterset.forms
    is_narrowed = region_tables.is_narrowed(filterset) and (not is_table or bool(words))
    areas = cards(pks, state, words, filterset.fitting if is_narrowed and not is_whole else None)
    is_either = {}
    if is_narrowed and filterset.cleaned["system"] and filterset.cleaned["topic"]:
        is_either = {pk: filterset.is_apart(area) for pk, area in zip(pks, lines(pks, state), strict=True)}
        areas = [replace(area, is_apart=is_either[area.pk] and not is_whole) for area in areas]
    is_short = any(area.others for area in areas) or (
        is_narrowed and is_whole and not all(all(filterset.fitting(area)) for area in lines(pks, state))
    )
    condition = _condition(filterset, any(is_either.values())) if is_short else ""
    is_long = len(areas) > SHORT and filterset.sort != "relevance"

    def jumping(keys: list[tuple[int, ...]]) -> dict[tuple[int, ...], SafeString]:
        return {key: format_html_join("", '<a href="#{}" title="{}">{}</a>', jumps(areas, state)) for key in keys}

    context = {
        "areas": areas,
        "number_of_lines": state.lines(filterset.areas()),
        "jumps": cached(state, "jumps", [tuple(pks)], jumping, MOST_JUMPS)[tuple(pks)] if is_long else "",
        "condition": condition,
        "is_by_words_alone": condition.startswith("写到"),
        "is_whole": is_whole,
        "rows": [(area, _topics(area, filterset)) for area in areas] if is_table else [],
    }
    if is_table:
        return context
    return context | {"cards": SafeString("".join(drawn(areas, state, words, is_choice=len(areas) > 1)))}


def jumps(areas: Sequence[Card], state: Snapshot) -> list[tuple[str, str, str]]:
    """Return (slug of the first area, name, one character) of each province on the page, in the provinces' order.

    A province leads to an area of its own if there is one, else to one that it shares.
    """
    parents = {option.value: option.parent or option.value for option in state.options["province"]}
    first: dict[str, str] = {}
    for rank in (slice(1), slice(1, None)):
        for area in areas:
            for _, url in area.provinces[rank]:
                first.setdefault(parents[url.rstrip("/").rpartition("/")[2]], area.slug)
    return [
        (first[option.value], option.label, ONE_CHARACTER.get(option.value, option.label))
        for option in state.options["province"]
        if option.value in first
    ]


def _condition(filterset: RegionFilter, is_apart: bool) -> str:
    """Return which lines are shown, in words (归入“考核评价”、写到“考核”); by topic or system if `is_apart`."""
    labels = [f"“{'”或“'.join(labels)}”" for name in ("topic", "system") if (labels := filterset.labels[name])]
    conditions = [f"归入{('或' if is_apart else '、又归入').join(labels)}"] if labels else []
    if filterset.line_words:
        conditions.append(f"写到“{'”“'.join(filterset.line_words)}”")
    elif filterset.answer and filterset.answer.is_classified:
        conditions.append(f"归类里有{quoted(filterset.keyword)}")
    return "、".join(conditions) or "合条件"


def _topics(area: Card, filterset: RegionFilter) -> list[tuple[str, bool]]:
    """Return the topics of an area, and of each whether the list is filtered by it."""
    state, chosen = filterset.state, filterset.cleaned["topic"]
    has = 1 << state.place[area.pk]
    return [
        (option.label, option.value in chosen)
        for option in state.options["topic"]
        if state.bits["topic"].get(option.value, 0) & has
    ]


class RegionDetailView(PageMixin, DetailView):
    queryset = Region.objects.for_detail()
    template_name = "pilots/region_detail.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Answer with the area; what is said of it is read and drawn once for each state of the record, day and
        address of the site."""
        key = kwargs["slug"], origin(request), timezone.localdate()
        context = cached(self.state, "areas", [key], lambda keys: {key: self.drawn()}, MOST_AREAS)[key]
        return self.render_to_response(context | (self.extra_context or {}))

    def drawn(self) -> dict[str, Any]:
        """Return what the frame of the page needs, and the `article`, HTML; Http404 where there is no such area."""
        self.object = self.get_object()
        context = self.get_context_data(object=self.object)
        article = get_template("pilots/_region.html").render(context)
        return {name: context[name] for name in FRAME} | {"article": article}

    def get_page(self, context: dict[str, Any]) -> Page:
        region = self.object
        return Page(
            region.name,
            region.get_absolute_url(),
            [("先行示范地区", reverse("pilots:region-list"))],
            f"{region.name}{corrections.remark(region)}的制度创新重点："
            + "；".join(f"{line.text}{corrections.remark(line)}" for line in region.priorities.all()),
            Column("先行示范地区", "先行示范地区,制度创新重点", "数据发布"),
            Article(
                f"{region.notice.issued_on}",
                f"{region.notice.number}{corrections.remark(region.notice, 'number')}",
                f"{region.name}{corrections.remark(region, 'name')},生态文明先行示范区",
            )
            if region.is_issued
            else None,
            step=f"第{region.serial}号{corrections.remark(region, 'serial')}",
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        region, notice = self.object, self.object.notice
        neighbours = Region.objects.beside(region)
        related = list(Region.objects.sharing_topics_with(region)[:NEAREST])
        prefetch_related_objects([notice], "signatures")
        prefetch_related_objects([region], *(f"documents__{name}" for name in after.ROWS))
        duties = list(notice.sections.filter(kind=SectionKind.DUTY, is_issued=True))
        lines = list(region.priorities.all())
        beside = filter(None, [*neighbours, *related])
        corrections.mark([region, notice, *notice.signatures.all(), *duties, *lines, *beside])
        for line in lines:
            line.region = region
            line.citation = citations.gbt7714(
                citations.source(line), f"{origin(self.request)}{line.get_absolute_url()}"
            )
        return super().get_context_data(**kwargs) | {
            "lines": lines,
            "is_as_issued": not any(map(corrections.marks, lines)),
            "membership": membership(region),
            "duties": duties,
            "naming": naming(region, corrections.words(region).get("name", region.name), duties),
            "previous": neighbours[0],
            "next": neighbours[1],
            "related": related,
            "comparison": with_related(region, related),
            "after": after.of_area(
                region.documents.all(), duties if region.is_issued else (), public_reports(region)
            ),
            "changes": of_record("region", region.pk),
            "citation": citations.forms(region, self.request.build_absolute_uri(region.get_absolute_url())),
        }


def membership(region: Region) -> dict[str, Any]:
    """Return what stands under 在名单上吗: `members` and `places` (divisions), what leads to them (`scope`), the
    `unit` that is listed whole, what the notice leaves `open`, the names of those that only custom counts in
    (`customary`), and whether names and codes are today's, too (`is_unchanged`)."""
    of = {role: [row for row in region.shown_divisions if row.role == role] for role in DivisionRole.values}
    parts, itself = of[DivisionRole.COMPONENT], of[DivisionRole.SELF]
    unit = UNITS.get(region.kind, "") if region.verified_kind and itself and not parts else ""
    members = parts or itself
    scope = f"列入的是整个{unit}：" if unit else "列入的是："
    if parts:  # no number where one of them isn't for readers
        is_partial = len(parts) < sum(row.role == DivisionRole.COMPONENT for row in region.divisions.all())
        kind = "县、市、区" if all(row.code_then for row in parts) else "部分"
        scope = "查有出处的组成部分：" if is_partial else f"由{len(parts)}个{kind}组成："
    return {
        "members": members,
        "places": of[DivisionRole.LOCATION],
        "scope": scope,
        "unit": unit,
        "open": region.open_points.rstrip("。"),
        "customary": [row.name_then for row in members if row.verification == Verification.CUSTOMARY],
        "is_unchanged": bool(members)
        and not region.later_name
        and all((row.name_now, row.code_now) == (row.name_then, row.code_then) for row in members),
    }


def naming(region: Region, issued_name: str, duties: list[Section]) -> tuple[Section, str] | None:
    """Return the duty that names the area (as issued), and the sentence that does; None where none of them does."""
    for duty in duties:
        for sentence in duty.body.split("。"):
            if issued_name in sentence:
                return duty, f"{sentence}。"
    return None
