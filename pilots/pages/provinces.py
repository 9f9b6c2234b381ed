"""Pages of the province-level units."""

from collections import Counter
from itertools import chain
from typing import Any

from django.urls import reverse
from django.views.generic import DetailView, ListView

from ..exports import offering
from ..http import origin
from ..models import Document, Notice, Province, SectionKind
from ..record import corrections, evidence, tiles, withdrawn
from ..record.checks import BATCH_TWO
from ..search import facet_sets
from ..search.cards import cards, drawn
from . import duties
from .base import Column, Page, PageMixin
from .context_processors import kept

OF_PROVINCES = ("省", "各地区")  # how the table of duties begins to name whom a province answers for


class ProvinceListView(PageMixin, ListView):
    queryset = Province.objects.all()
    title, route = "省份", "pilots:province-list"
    lead = "各省级行政区、计划单列市和新疆生产建设兵团：是否主送，有哪些先行示范地区。"
    keywords, column_type = "省份,先行示范地区", "数据发布"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        units, state = tiles.units(), facet_sets.current()
        rows = sum(1 + len(unit.inner) for unit in units)
        return super().get_context_data(**kwargs) | {
            "units": units,
            "published": withdrawn.published(state),
            "offer": offering.of_list("provinces", origin(self.request), state, rows),
            "most": max((unit.count for unit in units), default=0),
        }


class ProvinceDetailView(PageMixin, DetailView):
    queryset = Province.objects.for_detail()

    def get_page(self, context: dict[str, Any]) -> Page:
        parent = [(self.object.parent.name, self.object.parent.get_absolute_url())] if self.object.parent else []
        text = f"{self.object.name}的生态文明先行示范区及其制度创新重点。"
        if not (context["named_count"] or context["added_count"]):
            batches = [label for label, _ in context["batches"]] or [getattr(context["notice"], "batch_name", "")]
            text = f"{self.object.name}没有地区列入{'、'.join(batches)}生态文明先行示范区名单。"
        return Page(
            self.object.name,
            self.object.get_absolute_url(),
            [("省份", reverse("pilots:province-list")), *parent],
            text,
            Column("省份", "省份,先行示范地区", "数据发布"),
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        state, slug = facet_sets.current(), self.object.slug
        areas = state.fitting("province", [slug])
        pks = [state.pks[place] for place in facet_sets.places(areas)]
        areas_here = cards(pks, state)
        listed, removed = (areas & state.listed).bit_count(), withdrawn.of_province(self.object, state)
        notices, asks = list(Notice.objects.prefetch_related("sections")), []
        sections = {notice: [row for row in notice.sections.all() if row.is_issued] for notice in notices}
        corrections.mark(chain(*sections.values()), has_history=False)
        for notice, rows in sections.items():
            titles = [card.title for card in areas_here if state.order[card.pk][0] == notice.pk]
            tasks = duties.table(row for row in rows if row.kind == SectionKind.DUTY) if titles else []
            own_tasks = [task for task in tasks if task.get("who", "").startswith(OF_PROVINCES)]
            name = kept(state)["notices"].get(notice.pk, "")
            asks += [(notice, name, own_tasks, duties.of_areas(tasks, titles))] if tasks else []
        of = evidence.by_relation(Document.objects.filter(region__in=pks).select_related("region__notice"))
        newest = next(iter(notices), None)
        addressing = next((row for row in notices if row.slug == BATCH_TWO), newest)  # whose addressees units know
        addressed = sections[addressing] if addressing else []
        kwargs |= {
            "cards": drawn(areas_here, state),
            "withdrawn": removed,
            "published": withdrawn.published(state),
            "added_count": (areas & state.added).bit_count(),
            "listed_count": listed,
            "named_count": listed + len(removed),
            "batches": [
                (option.label, (areas & state.listed & state.bits["batch"].get(option.value, 0)).bit_count())
                for option in state.options["batch"]
            ],
            "notice": addressing,
            "addressees": next((row for row in addressed if row.kind == SectionKind.ADDRESSEES), None),
            "asks": asks,
            "direct": of["direct"][::-1],  # the oldest first
            "others": sorted(
                Counter(row.region for row in [*of["same_topic"], *of["successor"]]).items(),
                key=lambda pair: (pair[0].notice_id, pair[0].serial),
            ),
            "offer": offering.of_own("province", slug, origin(self.request), state, len(pks), state.lines(areas)),
        }
        return super().get_context_data(**kwargs)
