"""Pages of a list with true totals: whatever isn't on this page is on another, and a page that isn't there is 404."""

from collections.abc import Sequence
from typing import Any

from django.core.paginator import EmptyPage, Paginator
from django.db.models import QuerySet
from rest_framework.exceptions import NotFound
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

from ..models import HistoryEntry
from .parameters import USUAL_A_PAGE, canonical

ENVELOPE = {
    "count": {"type": "integer", "minimum": 0, "description": "总数，不是这一页的条数。"},
    "page": {"type": "integer", "minimum": 1, "description": "第几页。"},
    "page_size": {"type": "integer", "minimum": 1, "description": "一页最多几条。"},
    "next": {"type": ["string", "null"], "format": "uri", "description": "下一页的地址；没有了为 null。"},
    "previous": {"type": ["string", "null"], "format": "uri", "description": "上一页的地址；第一页为 null。"},
}


class Pages(BasePagination):
    """Takes `page` and `page_size` as the view has read them."""

    def paginate_queryset(self, queryset: QuerySet | Sequence, request: Request, view: Any = None) -> list[Any]:
        self.view, self.request = view, request
        number = view.params["page"] or 1
        paginator = Paginator(queryset, view.params["page_size"] or USUAL_A_PAGE)
        try:
            self.page = paginator.page(number)
        except EmptyPage:
            raise NotFound(f"page={number}：只有{paginator.num_pages}页") from None
        return list(self.page)

    def get_paginated_response(self, data: Any) -> Response:
        return Response(self.envelope() | {"results": data})

    def envelope(self) -> dict[str, Any]:
        """Return what a page says of itself and its neighbours."""
        page = self.page
        return {
            "count": page.paginator.count,
            "page": page.number,
            "page_size": page.paginator.per_page,
            "next": self._address(page.number + 1) if page.has_next() else None,
            "previous": self._address(page.number - 1) if page.has_previous() else None,
        }

    def _address(self, number: int) -> str:
        query = canonical(self.view.parameters(), self.request.query_params, page=number if number > 1 else None)
        return self.request.build_absolute_uri(self.request.path + (f"?{query}" if query else ""))

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "required": [*ENVELOPE, "results"],
            "properties": ENVELOPE | {"results": schema},
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return []  # they are among the view's own


class EditPages(Pages):
    """Pages of edits, none of which is cut in two: `page_size` counts edits, `count` the rows that they wrote."""

    def envelope(self) -> dict[str, Any]:
        selected: Any = self.page.paginator.object_list
        edits = selected.order_by().values("pk")
        return super().envelope() | {"count": HistoryEntry.objects.public().filter(edit__in=edits).count()}
