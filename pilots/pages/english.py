"""The one page in English: what the notice is, its areas and topics, how to search, reuse and cite."""

from typing import Any

from django.views.generic import TemplateView

from ..models import Ministry, Notice, Region, Topic
from ..record import corrections, withdrawn
from .base import PageMixin

# One of each kind of words that a reader without Chinese may have: a name, pinyin, a topic.
EXAMPLES = ("Baotou", "nan jing", "ecological red lines")


class EnglishView(PageMixin, TemplateView):
    template_name = "pilots/english.html"
    extra_context = {"examples": EXAMPLES}
    title, route, language = "Ecological civilization pilot areas in China", "pilots:english", "en"
    lead = "The second list of ecological civilization pilot areas in China (2015): areas, topics, how to cite."
    keywords, column_type = "ecological civilization,pilot areas,China", "政策解读"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        notices = list(Notice.objects.all())
        notice = next(iter(notices), None)
        areas = Region.objects.select_related("notice").order_by("-notice__issued_on", "notice__number", "serial")
        regions = list(areas)
        corrections.mark([*notices, *regions], has_history=False)
        return super().get_context_data(
            notice=notice,
            others=[(row, withdrawn.notice_figures(row)) for row in notices[1:]],
            regions=regions,
            topics=Topic.objects.for_list(),
            ministries=Ministry.objects.filter(signatures__notice=notice, signatures__is_issued=True),
            figures=withdrawn.notice_figures(notice),
            **kwargs,
        )
