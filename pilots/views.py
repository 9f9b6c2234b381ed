"""Pages: each names a template, one queryset, and what the page says of itself."""

from itertools import chain
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import QuerySet, prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.generic import DetailView, ListView, TemplateView, View

from . import changes, citing, corrected, facets, grid, matrix, withdrawn, wording
from .cards import drawn
from .cascade import ABOVE_ALL, ranked
from .comparison import Comparison, with_related
from .data import offering
from .filters import SORTS, RegionFilter
from .models import Ministry, Notice, Province, Region, SectionKind, Signature, System, Topic
from .pages import Article, Column, Crumb, Page, PageMixin, origin
from .search import snapshot
from .typography import RULES

PAGE_SIZE = 60  # the batch of 45 fits on one page
YEAR = 365 * 24 * 3600  # seconds
TEXT_SIZES = ("standard", "medium", "large")


class HomeView(PageMixin, TemplateView):
    template_name = "pilots/home.html"

    def get_page(self, context: dict[str, Any]) -> Page:
        text = "生态文明先行示范区：每个地区要试什么，国家要求什么。按省份、主题和关键词查。"
        return Page("首页", reverse("pilots:home"), [], text, Column(text, "生态文明先行示范区,制度创新重点", "首页"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        notice = Notice.objects.prefetch_related("sections").first()
        sections = notice.sections.all() if notice else []
        duties = [row for row in sections if row.kind == SectionKind.DUTY and row.is_issued]
        corrected.mark([notice, *duties] if notice else [], has_history=False)
        units, systems = grid.units(), System.objects.for_list()
        return super().get_context_data(**kwargs) | {
            "notice": notice,
            "duties": duties,
            "units": units,
            "tiles": grid.tiles(units),
            "systems": systems,
            "most_priorities": max((system.priority_count for system in systems), default=0),
            "figures": {
                **withdrawn.notice_figures(notice),
                "topics": Topic.objects.count(),
                "ministries": Signature.every.filter(notice=notice, is_issued=True).count(),
            },
        }


class NoticeListView(PageMixin, ListView):
    queryset = Notice.objects.all()

    def get_page(self, context: dict[str, Any]) -> Page:
        text = "本站收录的通知全文。"
        return Page("通知", reverse("pilots:notice-list"), [], text, Column(text, "通知,生态文明", "政策文件"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        corrected.mark(self.object_list, has_history=False)
        return super().get_context_data(**kwargs)


class NoticeDetailView(PageMixin, DetailView):
    queryset = Notice.objects.for_detail()

    def get_page(self, context: dict[str, Any]) -> Page:
        authors = ",".join(signature.name for signature in self.object.signatures.all())
        source = "本站依据公开文件整理"
        return Page(
            self.object.title,
            self.object.get_absolute_url(),
            [Crumb("通知", reverse("pilots:notice-list"))],
            f"{self.object.number}《{self.object.title}》全文、附件和署名。",
            Column("通知全文", "通知,生态文明", "政策文件"),
            Article(f"{self.object.issued_on}", source, f"{self.object.number},生态文明先行示范区", authors),
            is_indexed=not self.is_raw,
            form="?text=raw" if self.is_raw else "",
        )

    @property
    def is_raw(self) -> bool:
        """Whether the reader asked for the text as received (`?text=raw`)."""
        return self.request.GET.get("text") == "raw"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        regions = list(self.object.regions(manager="every").for_annex())
        lines = [line for region in regions for line in region.priorities.all()]
        parts = [list(rows.all()) for rows in (self.object.sections, self.object.signatures, self.object.citations)]
        corrected.mark([self.object, *chain(*parts), *regions, *lines], is_raw=self.is_raw)
        return super().get_context_data(**kwargs) | {
            "is_raw": self.is_raw,
            "rules": RULES,
            "citation": citing.forms(self.object, self.request.build_absolute_uri(self.object.get_absolute_url())),
            "regions": regions,
            "changes": changes.of("notice", self.object.pk),
        }


class RegionListView(PageMixin, TemplateView):
    template_name = "pilots/region_list.html"

    def get_page(self, context: dict[str, Any]) -> Page:
        filterset, total = context["filterset"], context["list"].paginator.count
        text = "按省份、制度、主题、类型和关键词查生态文明先行示范区。"
        return Page(
            filterset.title(total),
            reverse("pilots:region-list") + filterset.page_query(context["list"].number),
            [],
            text,
            Column(text, "先行示范地区,制度创新重点", "数据发布", "先行示范地区"),
            is_indexed=not self.request.GET,
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        filterset = RegionFilter(self.request.GET)
        answer = filterset.answer
        page = Paginator(filterset.selection(), PAGE_SIZE).get_page(self.request.GET.get("page"))
        return super().get_context_data(
            filterset=filterset,
            answer=answer,
            withdrawn=withdrawn.matching(filterset.keyword, filterset.state),
            list=page,
            cards=drawn(page.object_list, filterset.state, answer.marked if answer else ()),
            facets=facets.build(filterset),
            chips=facets.chips(filterset),
            cleared=filterset.query(**dict.fromkeys(RegionFilter.FACETS, ())),
            sorts=[(filterset.query(sort=s), SORTS[s], s == filterset.sort) for s in filterset.sorts],
            pager=[(filterset.page_query(n), n) for n in page.paginator.get_elided_page_range(page.number)],
            rescues=facets.rescues(filterset) if not page.paginator.count else [],
            offers=offering.offers(filterset, origin(self.request)),
            **kwargs,
        )


class RegionDetailView(PageMixin, DetailView):
    queryset = Region.objects.for_detail()

    def get_page(self, context: dict[str, Any]) -> Page:
        region = self.object
        return Page(
            region.name,
            region.get_absolute_url(),
            [
                Crumb("先行示范地区", reverse("pilots:region-list")),
                Crumb(region.province.name, region.province.get_absolute_url()),
            ],
            f"{region.name}的制度创新重点：" + "；".join(p.text for p in region.priorities.all()),
            Column("先行示范地区", "先行示范地区,制度创新重点", "数据发布"),
            Article(f"{region.notice.issued_on}", region.notice.number, f"{region.name},生态文明先行示范区"),
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        previous, following = Region.objects.beside(self.object)
        related = list(Region.objects.sharing_topics_with(self.object)[:8])
        notice = self.object.notice
        prefetch_related_objects([notice], "signatures")
        named = filter(None, [self.object, notice, previous, following, *related])
        corrected.mark([*named, *notice.signatures.all(), *self.object.priorities.all()])
        return super().get_context_data(**kwargs) | {
            "previous": previous,
            "next": following,
            "related": related,
            "comparison": with_related(self.object, related),
            "changes": changes.of("region", self.object.pk),
            "citation": citing.forms(self.object, self.request.build_absolute_uri(self.object.get_absolute_url())),
        }


class ProvinceListView(PageMixin, ListView):
    queryset = Province.objects.all()

    def get_page(self, context: dict[str, Any]) -> Page:
        text = "各省级行政区、计划单列市和新疆生产建设兵团：是否主送，有哪些先行示范地区。"
        return Page("省份", reverse("pilots:province-list"), [], text, Column(text, "省份,先行示范地区", "数据发布"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        units = grid.units()
        return super().get_context_data(**kwargs) | {
            "units": units,
            "most": max((unit.count for unit in units), default=0),
        }


class ProvinceDetailView(PageMixin, DetailView):
    queryset = Province.objects.for_detail()

    def get_page(self, context: dict[str, Any]) -> Page:
        parent = [Crumb(self.object.parent.name, self.object.parent.get_absolute_url())] if self.object.parent else []
        return Page(
            self.object.name,
            self.object.get_absolute_url(),
            [Crumb("省份", reverse("pilots:province-list")), *parent],
            f"{self.object.name}的生态文明先行示范区及其制度创新重点。",
            Column("省份", "省份,先行示范地区", "数据发布"),
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        state = snapshot.current()
        areas = state.fitting("province", [self.object.slug])
        pks = [state.pks[place] for place in snapshot.places(areas)]
        return super().get_context_data(**kwargs) | {"cards": drawn(pks, state)}


class ThemeListView(PageMixin, ListView):
    """What the lists of systems and of topics share."""

    template_name = "pilots/theme_list.html"
    title: str
    lead: str
    route: str

    def get_queryset(self) -> QuerySet:
        return self.model.objects.for_list()

    def get_page(self, context: dict[str, Any]) -> Page:
        column = Column(self.lead, f"{self.title},本站归类", "数据发布")
        return Page(self.title, reverse(self.route), [], self.lead, column)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "title": self.title,
            "lead": self.lead,
            "most": max((theme.region_count for theme in self.object_list), default=0),
        }


class ThemeDetailView(PageMixin, DetailView):
    """What the pages of a system and of a topic share: every area's own words under each other."""

    template_name = "pilots/theme_detail.html"
    parent: type[ThemeListView]
    filter_name: str

    def get_page(self, context: dict[str, Any]) -> Page:
        return Page(
            self.object.name,
            self.object.get_absolute_url(),
            [Crumb(self.parent.title, reverse(self.parent.route))],
            f"生态文明先行示范区中与“{self.object.name}”有关的制度创新重点，各地区原文。",
            Column(self.parent.lead, f"{self.object.name},本站归类", "数据发布"),
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        priorities = list(self.object.priorities.for_theme())
        corrected.mark([*priorities, *(line.region for line in priorities)], has_history=False)
        filterset = RegionFilter()
        return super().get_context_data(**kwargs) | {
            "kind": self.parent.title,
            "count": len(priorities),
            "quotes": wording.quotes(priorities),
            "places": matrix.places(filterset, self.filter_name, self.object.slug),
            "query": filterset.query(**{self.filter_name: [self.object.slug]}),
        }


class TopicListView(ThemeListView):
    model = Topic
    title = "主题"
    lead = "制度创新重点中反复出现的主题，由本站归类。"
    route = "pilots:topic-list"


class TopicDetailView(ThemeDetailView):
    model = Topic
    parent = TopicListView
    filter_name = "topic"


class SystemListView(ThemeListView):
    model = System
    title = "制度"
    lead = "按《生态文明体制改革总体方案》的八项制度和“其他”对制度创新重点的归类，由本站作出。"
    route = "pilots:system-list"


class SystemDetailView(ThemeDetailView):
    model = System
    parent = SystemListView
    filter_name = "system"


class MinistryListView(PageMixin, ListView):
    queryset = Ministry.objects.for_list()

    def get_page(self, context: dict[str, Any]) -> Page:
        text = "联合印发通知的部门：当时的名称、署名次序和2018年机构改革以来的名称。"
        return Page("发文机关", reverse("pilots:ministry-list"), [], text, Column(text, "发文机关,部委", "数据发布"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        signatures = chain.from_iterable(ministry.signatures.all() for ministry in self.object_list)
        corrected.mark(signatures, has_history=False)
        return super().get_context_data(**kwargs)


class MinistryDetailView(PageMixin, DetailView):
    queryset = Ministry.objects.for_detail()

    def get_page(self, context: dict[str, Any]) -> Page:
        return Page(
            self.object.name,
            self.object.get_absolute_url(),
            [Crumb("发文机关", reverse("pilots:ministry-list"))],
            f"{self.object.name}：在通知中的署名和2018年机构改革以来的名称。",
            Column("发文机关", "发文机关,部委", "数据发布"),
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        signatures = self.object.signatures.all()
        corrected.mark([self.object, *signatures, *(signature.notice for signature in signatures)])
        return super().get_context_data(**kwargs)


class MatrixView(PageMixin, TemplateView):
    template_name = "pilots/matrix.html"

    def get_page(self, context: dict[str, Any]) -> Page:
        text = "哪些省份在做哪些主题，哪类地区在建哪项制度。"
        return Page("分布", reverse("pilots:matrix"), [], text, Column(text, "主题,省份,制度,类型", "数据发布"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | matrix.tables(RegionFilter())


class CompareView(PageMixin, TemplateView):
    template_name = "pilots/compare.html"

    def get_page(self, context: dict[str, Any]) -> Page:
        comparison = context["comparison"]
        text = "两到四个先行示范地区的制度创新重点，按制度并排比较。"
        return Page(
            f"比较：{comparison.names}" if comparison.names else "地区比较",
            comparison.address,
            [Crumb("先行示范地区", reverse("pilots:region-list"))],
            text,
            Column(text, "先行示范地区,制度创新重点,比较", "数据发布", "地区比较"),
            is_indexed=not self.request.GET,
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(comparison=Comparison(self.request.GET), **kwargs)


class AboutView(PageMixin, TemplateView):
    template_name = "pilots/about.html"
    extra_context = {"rules": RULES}

    def get_page(self, context: dict[str, Any]) -> Page:
        text = "本站的来源、核实情况、归类方法和声明。"
        return Page("数据来源与声明", reverse("pilots:about"), [], text, Column(text, "来源,声明,纠错", "政策解读"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        notices = list(Notice.objects.all())
        corrected.mark(notices, has_history=False)
        return super().get_context_data(**kwargs) | {"notices": notices}


class TextSizeView(View):
    """Keep the reader's choice of text size in a cookie, and go back to where she was (`?back=`)."""

    def get(self, request: HttpRequest, size: str) -> HttpResponse:
        if size not in TEXT_SIZES:
            raise Http404
        back = request.GET.get("back", "")
        is_ours = back.startswith("/") and url_has_allowed_host_and_scheme(back, {request.get_host()})
        response = HttpResponseRedirect(back if is_ours else reverse("pilots:home"))
        response.set_cookie(
            "text_size", size, max_age=YEAR, samesite="Lax", httponly=True, secure=request.is_secure()
        )
        response.headers["Cache-Control"] = "no-store"
        return response


class TextSizeStyleView(View):
    """The one stylesheet that differs between readers, so that pages need not."""

    def get(self, request: HttpRequest) -> HttpResponse:
        size = request.COOKIES.get("text_size")
        css = render_to_string("pilots/text-size.css", {"size": size if size in TEXT_SIZES else TEXT_SIZES[0]})
        return HttpResponse(
            ranked(css, ABOVE_ALL),
            content_type="text/css; charset=utf-8",
            headers={"Cache-Control": "private, no-cache", "Vary": "Cookie"},
        )


class StyleView(PageMixin, TemplateView):
    """Every part that pages are made of, in its states; only while developing."""

    template_name = "pilots/style.html"

    def get_page(self, context: dict[str, Any]) -> Page:
        return Page("样式", reverse("pilots:style"), [], "页面的全部部件。", is_indexed=False)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        if not settings.DEBUG:
            raise Http404
        filterset = RegionFilter(QueryDict("q=湿地&system=other&kind=county"))
        pks = list(filterset.selection())[:1] or filterset.state.pks[:1]
        return super().get_context_data(
            filterset=filterset,
            facets=facets.build(filterset),
            chips=facets.chips(filterset),
            rescues=facets.rescues(filterset),
            cards=drawn(pks, filterset.state, filterset.answer.marked),
            units=grid.units()[:8],
            shades=range(grid.STEPS + 1),
            here=reverse("pilots:region-list"),
            **kwargs,
        )
