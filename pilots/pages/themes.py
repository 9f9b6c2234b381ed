"""Pages of the topics and of the systems."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.views.generic import DetailView, ListView

from ..exports import offering
from ..http import origin
from ..models import System, Topic
from ..models.recorded import kind_of
from ..record import corrections, matrix, withdrawn
from ..search import facet_sets
from ..search.facet_sets import Option
from ..search.filters import RegionFilter
from . import citations, distinctive
from .base import Column, Page, PageMixin
from .context_processors import kept

MOST_NEIGHBOURS = 6
# What the list of each is made with; `files`: of pilots.exports.list_tables.LISTS.
TOPICS = {
    "model": Topic,
    "title": "主题",
    "keywords": "主题,本站归类",
    "lead": "制度创新重点中反复出现的主题，由本站归类。",
    "route": "pilots:topic-list",
    "files": "topics",
}
SYSTEMS = {
    "model": System,
    "title": "制度",
    "keywords": "制度,本站归类",
    "lead": "每项制度创新重点归入《生态文明体制改革总体方案》八项制度中的一项，归不进的列入“其他”；由本站归类。",
    "route": "pilots:system-list",
    "files": "systems",
}


class ThemeListView(PageMixin, ListView):
    """The list of systems, or of topics."""

    template_name = "pilots/theme_list.html"
    column_type = "数据发布"
    model: type[System | Topic]
    title = keywords = lead = route = files = ""

    def get_queryset(self) -> QuerySet:
        return self.model.objects.for_list()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        state = facet_sets.current()
        return super().get_context_data(**kwargs) | {
            "title": self.title,
            "lead": self.lead,
            "published": withdrawn.published(state),
            "offer": offering.of_list(self.files, origin(self.request), state, len(self.object_list)),
            "most": max((theme.region_count for theme in self.object_list), default=0),
        }


class ThemeDetailView(PageMixin, DetailView):
    """The page of a system, or of a topic: every area's own words under each other."""

    template_name = "pilots/theme_detail.html"
    parent: dict[str, Any] = TOPICS
    definition = ""  # what the thing is, with its source; what has none isn't said

    def get_page(self, context: dict[str, Any]) -> Page:
        return Page(
            self.object.name,
            self.object.get_absolute_url(),
            [(self.parent["title"], reverse(self.parent["route"]))],
            "生态文明先行示范区中归不进八项制度的制度创新重点，各地区原文。"
            if getattr(self.object, "is_other", False)
            else f"生态文明先行示范区中与“{self.object.name}”有关的制度创新重点，各地区原文。",
            Column(self.parent["lead"], f"{self.object.name},本站归类", "数据发布"),
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        priorities = list(self.object.priorities.for_theme())
        corrections.mark([*priorities, *(line.region for line in priorities)], has_history=False)
        filterset, facet, slug = RegionFilter(), kind_of(self.object), self.object.slug
        quotes, base, notices = distinctive.quotes(priorities), origin(self.request), kept(filterset.state)["notices"]
        options = [None, *filterset.state.options[facet], None]  # in this site's order
        place = next(n for n, option in enumerate(options) if option and option.value == slug)
        fitting = filterset.state.fitting(facet, [slug])
        counts, counts_after = (filterset.state.counts(name, fitting) for name in (facet, "after"))
        others = [option for option in options[1:-1] if option and option.value != slug and counts.get(option.value)]
        others.sort(key=lambda option: -counts[option.value])
        before, after = (option and _link(facet, option) for option in (options[place - 1], options[place + 1]))
        return (
            super().get_context_data(**kwargs)
            | {
                "kind": self.parent["title"],
                "definition": "" if getattr(self.object, "is_other", False) else self.definition,
                "count": len(priorities),
                "count_words": f"{len(priorities)}项",
                "added_count": sum(not (line.is_issued and line.region.is_issued) for line in priorities),
                "quotes": [(region, notices.get(region.notice_id, ""), lines) for region, lines in quotes],
                "has_own": any(is_own for _, lines in quotes for _, pieces in lines for _, is_own in pieces),
                "is_as_issued": not any(corrections.marks(row) for line in priorities for row in (line, line.region)),
                "places": matrix.places(filterset, facet, slug),
                "query": filterset.query(**{facet: [slug]}),
                "neighbours": [  # what most of its areas work on as well, and how many of them
                    _link(facet, option) | {"count": counts[option.value]} for option in others[:MOST_NEIGHBOURS]
                ],
                "evidence": [  # areas, by what was found of them; a document is of an area, not of a line
                    (
                        option.label,
                        filterset.query(**{facet: [slug], "after": [option.value]}),
                        counts_after[option.value],
                    )
                    for option in filterset.state.options["after"]
                    if counts_after.get(option.value)
                ],
                "previous": before,
                "next": after,
                "is_partial": withdrawn.published(filterset.state),
                "offer": offering.of_own(facet, slug, base, filterset.state, len(quotes), len(priorities)),
                "citation": citations.page(
                    f"{self.parent['title']}“{self.object.name}”：各地区的制度创新重点（本站归类）",
                    f"{base}{self.object.get_absolute_url()}",
                    f"{facet}-{slug}",
                ),
            }
        )


def _link(facet: str, option: Option) -> dict[str, str]:
    return {"label": option.label, "url": reverse(f"pilots:{facet}-detail", args=[option.value])}
