"""Where the record comes from."""

from typing import Any

from django.views.generic import TemplateView

from ..models import Notice
from ..models.typography import RULES
from ..record import corrections
from ..search.suggestions import LOOK_ALIKES, OUR_LOOK_ALIKES
from .base import PageMixin


class AboutView(PageMixin, TemplateView):
    template_name = "pilots/about.html"
    extra_context = {
        "rules": RULES,
        "look_alikes": LOOK_ALIKES.split(),
        "our_look_alikes": [(reason, groups.split()) for reason, groups in OUR_LOOK_ALIKES.items()],
    }
    title, route = "数据来源与声明", "pilots:about"
    lead = "本站的来源、核实情况、归类方法和声明。"
    keywords, column_type = "来源,声明,纠错", "政策解读"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        notices = list(Notice.objects.all())
        corrections.mark(notices, has_history=False)
        return super().get_context_data(**kwargs) | {"notices": notices}
