"""Pages of the topics and of the systems."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.views.generic import DetailView, ListView

from pilots import corrected, matrix, wording
from pilots.filters import RegionFilter
from pilots.models import System, Topic

from .base import Column, Crumb, Page, PageMixin


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
