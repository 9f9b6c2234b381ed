"""What came after the notice, as evidence: of an area and of all, worked out from documents and from nothing else."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.views.generic import TemplateView

from ..http import origin
from ..models import Document, DocumentKind, DocumentRelation, Indicator, Notice
from ..record import evidence, withdrawn
from ..search import facet_sets
from . import citations
from .base import Page, PageMixin

# Evidence that is no result of the notice, and the words under which it is folded.
FOLDS = (
    (DocumentRelation.SAME_TOPIC, "同地同题的文件", "份", "没有点名这份通知，不能当作它的成果"),
    (DocumentRelation.SUCCESSOR, "后来的其他项目", "份", "另一个项目，不是这份通知的结果"),
)
ROWS = ("indicators", "mechanisms", "projects")  # of a document


def of_area(documents: Iterable[Document]) -> dict[str, Any]:
    """Return what readers are told came of an area: documents that name the notice or pilot (`direct`), those in
    `folds`, each the newest first and with its indicators at the end, those of `direct` as `numbers`, and of what the
    notice asks for what nobody was found to publish (`missing`)."""
    rows = sorted((row for row in documents if row.is_shown), key=lambda row: row.dated, reverse=True)
    direct = [row for row in rows if row.relation == DocumentRelation.DIRECT]
    answers = [row for row in direct if not row.is_earlier]  # what stood before the notice is no answer to it
    plans = [row for row in answers if row.kind == DocumentKind.PLAN]
    found = {
        "方案": any(not row.about_titles for row in plans),
        "季度进展": any("六" in row.duties for row in answers),
        "年度总结": any("六" in row.duties for row in answers),
        "评价": any(row.kind == DocumentKind.REVIEW for row in answers),
    }
    missing = [
        f"{name}全文" if name == "方案" and plans else name for name, is_there in found.items() if not is_there
    ]
    of = {fold: [row for row in rows if row.relation == fold[0]] for fold in FOLDS}
    return {
        "direct": direct,
        "numbers": numbers(direct),
        "folds": [(*fold, documents, numbers(documents)) for fold, documents in of.items() if documents],
        "missing": missing,
    }


def numbers(documents: Iterable[Document]) -> list[Indicator]:
    """Return the indicators that documents give, as readers may see them."""
    return [row for document in documents for row in document.indicators.all() if row.is_shown]


class AfterView(PageMixin, TemplateView):
    """What was found of all areas of a notice: the newest for which somebody has searched, else the newest."""

    template_name = "pilots/after.html"
    title, route = "通知之后", "pilots:after"
    lead = "通知印发以后能查到的公开文件和报道，按年份、要求和地区列出，每份都有出处。没有查到，不等于没有做。"
    keywords, column_type = "通知之后,后来怎样,后续文件", "数据发布"

    def get_page(self, context: dict[str, Any]) -> Page:
        page = super().get_page(context)
        if context["notice"]:
            direct = len(context["of"]["direct"])
            page.sentence = f"通知之后：查到{context['number']}份文件和报道，点名的{direct}份"
        return page

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        notices = Notice.objects.prefetch_related("sections", "citations")
        notice = notices.exclude(searched_on=None).first() or notices.first()
        state = facet_sets.current()
        return super().get_context_data(
            notice=notice,
            withdrawn_count=sum(row.is_issued and row.notice == notice for row in withdrawn.regions(state).values()),
            citation=citations.page(self.title, f"{origin(self.request)}{reverse(self.route)}", "after"),
            **(evidence.overview(notice) if notice else {}),
            **kwargs,
        )
