"""The first page: the batch in a sentence, a line of it each day, its provinces, topics and duties."""

import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.template.loader import get_template
from django.urls import reverse
from django.utils import timezone
from django.views.generic import TemplateView

from ..models import Notice, Priority, SectionKind, Signature, System, Topic
from ..models.notice import numeral
from ..record import corrections, tiles, withdrawn
from ..search.cards import cached
from . import duties
from .base import Column, Page, PageMixin

SHANGHAI = ZoneInfo("Asia/Shanghai")
MOST_KEPT = 60  # colours, and days before an edit, some 50 KB each


class HomeView(PageMixin, TemplateView):
    template_name = "pilots/home.html"

    def get_page(self, context: dict[str, Any]) -> Page:
        count, colour = context["figures"]["regions"], context["colour"]
        sentence = f"{count}个地区先行示范，各试什么" if count else "哪些县市是生态文明先行示范区，要试什么"
        text = (
            "输入您所在的县、市，看它在不在生态文明先行示范区的名单里，要试什么；通知逐条原文和对各地的要求都在这里。"
        )
        return Page(
            sentence,
            reverse("pilots:home"),
            [],
            text,
            Column(text, "生态文明先行示范区,制度创新重点", "首页", name="首页"),
            is_indexed=not (colour or context["unknown_colour"]),
            form=f"?colour={colour.slug}" if colour else "",
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        day, slug = timezone.localdate(timezone=SHANGHAI), self.request.GET.get("colour", "").strip()
        colour = slug if slug in self.state.values("topic") else ""
        key = day, colour
        context = cached(self.state, "home", [key], lambda keys: {key: shown(day, colour)}, MOST_KEPT)[key]
        return super().get_context_data(**context, unknown_colour="" if colour else slug, **kwargs)


def shown(day: datetime.date, colour_slug: str) -> dict[str, Any]:
    """Return what the page shows on a day, the tiles in the colours of a topic (empty: none)."""
    notices = list(Notice.objects.prefetch_related("sections"))
    notice = next(iter(notices), None)
    sections = list(notice.sections.all()) if notice else []
    duty_sections = [row for row in sections if row.kind == SectionKind.DUTY and row.is_issued]
    line = daily(day)
    corrections.mark(filter(None, [notice, *duty_sections, line, line and line.region]), has_history=False)
    topics = sorted(Topic.objects.for_list(), key=lambda topic: -topic.issued_count)
    colour = next((topic for topic in topics if topic.slug == colour_slug), None)
    units = tiles.named(tiles.units(), colour)
    ministries = Signature.all_objects.filter(notice=notice, is_issued=True).count()
    middle = -(-len(topics) // 2)
    picture = {"tiles": tiles.tiles(units), "units": units, "topics": topics, "colour": colour}
    return picture | {
        "notice": notice,
        "duties": duty_sections,
        "tasks": duties.table(duty_sections),
        "line": line,
        "others": [(row, withdrawn.notice_figures(row)) for row in notices[1:]],
        "picture": get_template("pilots/_tiles.html").render(picture),
        "halves": [topics[:middle], topics[middle:]],
        "most_priorities": max((topic.issued_count for topic in topics), default=0),
        "other": System.objects.for_list().filter(is_other=True).first(),
        "figures": {
            **withdrawn.notice_figures(notice),
            "topics": len(topics),
            "ministries": ministries,
            "signed": numeral(ministries),
        },
    }


def daily(day: datetime.date) -> Priority | None:
    """Return the line of a day: each published one of a notice in its turn, each day of another area."""
    lines = Priority.objects.filter(is_issued=True, region__is_issued=True)
    lines = lines.order_by("number", "region__notice", "region__serial").select_related("region")
    turn = day.toordinal() % (lines.count() or 1)
    return next(iter(lines[turn : turn + 1]), None)
