"""The map of the site for people."""

from itertools import chain
from typing import Any

from django.conf import settings
from django.views.generic import TemplateView

from ..models import Ministry, Notice, Province, Region, System, Topic
from ..record import corrections
from .base import PageMixin
from .context_processors import sections


class SitemapView(PageMixin, TemplateView):
    """The map of the site for people: its columns, every record, and the forms in which it can be had."""

    template_name = "pilots/sitemap.html"
    title, route = "网站地图", "pilots:sitemap"
    lead = "本站全部栏目、页面和数据格式。"
    keywords, column_type = "网站地图", "数据发布"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        notices, regions = list(Notice.objects.prefetch_related("sections")), list(Region.objects.all())
        corrections.mark([*notices, *regions, *chain(*(row.sections.all() for row in notices))], has_history=False)
        return super().get_context_data(**kwargs) | {
            "columns": sections(),
            "notices": notices,
            "groups": [
                ("先行示范地区", regions),
                ("省份", Province.objects.all()),
                ("主题（本站归类）", Topic.objects.all()),
                ("制度（本站归类）", System.objects.all()),
                ("发文机关", Ministry.objects.all()),
            ],
            "has_security": bool(settings.FOLLOWING["security_contacts"]),
        }
