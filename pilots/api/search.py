"""The public list of areas as data: what a search finds, and everything that the page says beside it."""

from typing import Any

from django.urls import reverse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from ..models import Region
from ..record import withdrawn
from ..search import facet_sets, facets
from .parameters import REGION_FILTER
from .serializers import finding, places
from .viewsets import RegionList


class SearchSerializer(serializers.Serializer):
    """检索的回答，与地区列表页相同：结果、分面、建议和出路。"""

    count = serializers.IntegerField(read_only=True, label="地区数")
    page = serializers.IntegerField(read_only=True, label="第几页")
    page_size = serializers.IntegerField(read_only=True, label="一页最多几条")
    next = serializers.URLField(read_only=True, allow_null=True, label="下一页")
    previous = serializers.URLField(read_only=True, allow_null=True, label="上一页")
    url = serializers.URLField(read_only=True, label="网页", help_text="同一检索的网页地址。")
    words = serializers.CharField(read_only=True, label="条件", help_text="在起作用的条件，用话说；没有的为空。")
    stage = serializers.ChoiceField(
        choices=[("", "没有关键词"), ("typed", "照原样找到"), ("loosened", "放宽后找到"), ("none", "没有找到")],
        read_only=True,
        label="怎样找到的",
    )
    is_classified = serializers.BooleanField(
        read_only=True, label="由归类找到", help_text="地区名称和原文中没有关键词，按本站归类找到。"
    )
    answer = finding.ReplySerializer(read_only=True, allow_null=True, label="一句话的回答")
    unused = serializers.ListField(child=serializers.CharField(), read_only=True, label="没有起作用的词")
    unused_reasons = serializers.DictField(
        child=serializers.CharField(), read_only=True, label="没有起作用的词，各是为什么"
    )
    suggestion = serializers.CharField(read_only=True, allow_null=True, label="您是不是要找")
    suggestion_url = serializers.CharField(read_only=True, allow_null=True, label="您是不是要找：网页")
    related = finding.WayOnSerializer(many=True, read_only=True, label="通知里相关的说法")
    others = finding.FoundSerializer(many=True, read_only=True, label="地区以外的结果")
    groups = finding.GroupSerializer(many=True, read_only=True, label="各类结果各有多少")
    facets = finding.FacetSerializer(many=True, read_only=True, label="分面")
    rescues = finding.RescueSerializer(
        many=True, read_only=True, label="去掉哪个条件", help_text="没有结果时：去掉单个条件各有多少结果。"
    )
    withdrawn = places.WithdrawnSerializer(
        many=True,
        read_only=True,
        label="已撤下的地区",
        help_text="关键词指到的；不在 results 和 count 里。",
    )
    results = places.RegionSerializer(many=True, read_only=True, label="这一页的地区")


class SearchView(RegionList):
    """检索地区，连同网页上的分面、建议（您是不是要找）、正式说法和其他内容。"""

    filters = REGION_FILTER
    answer_serializer = SearchSerializer

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        rows = self.rows(self.paginate_queryset(self.selected()) or [])
        results = self.get_serializer(rows, many=True).data
        pages: Any = self.paginator
        return Response(pages.envelope() | self.said() | {"results": results})

    def said(self) -> dict[str, Any]:
        """Return what the page says beside its results."""
        filterset, answer = self.filterset, self.filterset.answer
        groups = [*filterset.groups, *filterset.later] if answer else []
        others = [*answer.others, *(entry for group in filterset.later for entry in group.entries)] if answer else []
        related = filterset.related if answer else []
        suggestion = answer.suggestion if answer else ""
        pages: Any = self.paginator
        context = self.get_serializer_context()
        reply, state = filterset.reply, filterset.state
        bits = filterset.areas() if reply and reply.kind == "subject" else reply.areas if reply else 0
        places_of_reply = facet_sets.places(bits)
        areas = Region.objects.filter(pk__in=[state.pks[place] for place in places_of_reply])
        return {
            "url": self._page(filterset.query()),
            "words": filterset.words,
            "stage": answer.stage if answer else "",
            "is_classified": bool(answer and answer.is_classified),
            "answer": {
                "kind": reply.kind,
                "text": f"{reply.text}{reply.limit}",
                "url": self.request.build_absolute_uri(reply.url) if reply.url else "",
                "areas": sorted(areas.values_list("serial", flat=True)),
            }
            if reply
            else None,
            "unused": answer.unused if answer else [],
            "unused_reasons": answer.dropped if answer else {},
            "suggestion": suggestion or None,
            "suggestion_url": self._page(filterset.suggested) if suggestion else None,
            "related": [self._way(words, query) for query, words in related],
            "others": finding.FoundSerializer(others, many=True, context=context).data,
            "groups": finding.GroupSerializer(groups, many=True).data,
            "facets": finding.FacetSerializer(facets.build(filterset), many=True).data,
            "rescues": [
                self._way(label, query) | {"count": count}
                for label, count, query in (facets.rescues(filterset) if not pages.page.paginator.count else ())
            ],
            "withdrawn": places.WithdrawnSerializer(
                withdrawn.matching(filterset.keyword, filterset.state), many=True, context=context
            ).data,
        }

    def _way(self, label: str, query: str) -> dict[str, str]:
        return {"label": label, "url": self._page(query)}

    def _page(self, query: str) -> str:
        return self.request.build_absolute_uri(reverse("pilots:region-list") + query)
