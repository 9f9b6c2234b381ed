"""Every part that pages are made of, for developers."""

from typing import Any

from django.conf import settings
from django.http import Http404, QueryDict
from django.urls import reverse
from django.views.generic import TemplateView

from ..record import tiles
from ..search import facets
from ..search.cards import cards, drawn
from ..search.filters import RegionFilter
from .base import Page, PageMixin


class StyleView(PageMixin, TemplateView):
    """Every part that pages are made of, in its states; only while developing."""

    template_name = "pilots/style.html"

    def get_page(self, context: dict[str, Any]) -> Page:
        return Page("样式", reverse("pilots:style"), [], "页面的全部部件。", is_indexed=False)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        if not settings.DEBUG:
            raise Http404
        filterset = RegionFilter(QueryDict("q=湿地&system=other&kind=county"))
        pks, words = list(filterset.selection())[:1] or filterset.state.pks[:1], filterset.outcome.marked
        return super().get_context_data(
            filterset=filterset,
            facets=facets.build(filterset),
            chips=facets.chips(filterset),
            rescues=facets.rescues(filterset),
            cards=drawn(cards(pks, filterset.state, words), filterset.state, words),
            units=tiles.units()[:8],
            shades=range(tiles.STEPS + 1),
            here=reverse("pilots:region-list"),
            **kwargs,
        )
