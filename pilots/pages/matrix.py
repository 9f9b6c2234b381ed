"""The whole batch at a glance: provinces by topics, kinds by systems."""

from typing import Any

from django.views.generic import TemplateView

from ..exports import offering
from ..http import origin
from ..models import Region
from ..record import matrix, withdrawn
from ..search.filters import RegionFilter
from .base import PageMixin


class MatrixView(PageMixin, TemplateView):
    template_name = "pilots/matrix.html"
    title, route = "一图看全批", "pilots:matrix"
    lead = "哪些省份在做哪些主题，哪类地区在建哪项制度。"
    keywords, column_type = "主题,省份,制度,类型", "数据发布"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        filterset = RegionFilter()
        withdrawn_count = withdrawn.count(filterset.state)
        memory = filterset.state.memory
        if "unverified kinds" not in memory:
            memory["unverified kinds"] = sum(not region.verified_kind for region in Region.objects.all())
        tables = matrix.tables(filterset)
        cells = sum(len(table["rows"]) * len(table["columns"]) for table in tables.values())
        offer = offering.of_list("matrix", origin(self.request), filterset.state, cells)
        return (
            super().get_context_data(
                withdrawn_count=withdrawn_count, added=filterset.state.added.bit_count(), offer=offer, **kwargs
            )
            | {"unverified": memory["unverified kinds"]}
            | tables
        )
