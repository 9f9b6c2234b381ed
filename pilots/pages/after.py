"""What came after the notice, as evidence: of an area and of all, worked out from documents and from nothing else."""

import datetime
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from django.urls import reverse
from django.views.generic import TemplateView

from ..exports import offering
from ..http import origin
from ..models import Document, DocumentKind, DocumentRelation, Indicator, Section
from ..models.schedule import RULES
from ..record import corrections, evidence, withdrawn
from ..record.reports import public_periods
from ..search import facet_sets
from . import citations, json_ld
from .base import Page, PageMixin

# Evidence that is no result of the notice, and the words under which it is folded.
FOLDS = (
    (DocumentRelation.SAME_TOPIC, "同地同题的文件", "份", "没有点名这份通知，不能当作它的成果"),
    (DocumentRelation.SUCCESSOR, "后来的其他项目", "份", "另一个项目，不是这份通知的结果"),
)
LAST_YEAR = 2020  # to which reports are counted: the notice names none, the period of its plans ended then
NEAR = datetime.timedelta(days=46)  # half a quarter: a report is of the day that it is nearest to
ROWS = ("indicators", "mechanisms", "projects")  # of a document


def of_area(
    documents: Iterable[Document], duties: Iterable[Section] = (), in_force: Mapping[str, Any] = MappingProxyType({})
) -> dict[str, Any]:
    """Return what readers are told came of an area: documents that name the notice or pilot (`direct`), those in
    `folds`, each the newest first and with its indicators at the end, those of `direct` as `numbers`, and of what the
    notice asks for what nobody was found to publish (`missing`); of `duties`, which of their reports were found: the
    words that ask for them, how many they ask for, and how many were found (`reports`). in_force: what is said
    instead, where the notice is in force (`record.reports.public_reports`); no documents are looked for then."""
    rows = sorted((row for row in documents if row.is_shown), key=lambda row: row.dated, reverse=True)
    direct = [row for row in rows if row.relation == DocumentRelation.DIRECT]
    answers = [row for row in direct if not row.is_earlier]  # what stood before the notice is no answer to it
    plans = [row for row in answers if row.kind == DocumentKind.PLAN]
    found = {
        "方案": any(not row.about_titles for row in plans),
        "季度进展": bool(in_force) or any("六" in row.duties for row in answers),
        "年度总结": bool(in_force) or any("六" in row.duties for row in answers),
        "评价": any(row.kind == DocumentKind.REVIEW for row in answers),
    }
    missing = [
        f"{name}全文" if name == "方案" and plans else name for name, is_there in found.items() if not is_there
    ]
    of = {fold: [row for row in rows if row.relation == fold[0]] for fold in FOLDS}
    by_words: dict[str, list[Document | None]] = {}
    for words, _, document in reports(duties, answers):
        by_words.setdefault(words, []).append(document)
    return {
        "direct": direct,
        "in_force": in_force,
        "reports": [
            (words, len(rows), len(rows) - rows.count(None)) for words, rows in by_words.items() if not in_force
        ],
        "numbers": numbers(direct),
        "folds": [(*fold, documents, numbers(documents)) for fold, documents in of.items() if documents],
        "missing": missing,
    }


def reports(
    duties: Iterable[Section], documents: Iterable[Document]
) -> Iterator[tuple[str, datetime.date, Document | None]]:
    """Yield each report that duties ask an area for until the end of 2020, by their words as issued: these words, the
    day that this site takes for it, and the document found for it; None: none was found."""
    dates = [
        (row, f"{row.dated}{'-12-15'[len(row.dated) - 4 :]}") for row in documents if "六" in row.duties and row.dated
    ]
    for duty in duties:
        text = corrections.words(duty).get("text", duty.text)
        for rule in (rule for rule in RULES if rule.words in text):
            for year in range(duty.notice.issued_on.year + 1, LAST_YEAR + 1):
                for _, month, day, _ in rule.days:
                    day_due = datetime.date(year, month, day)
                    near = (row for row, date in dates if abs(datetime.date.fromisoformat(date) - day_due) < NEAR)
                    yield rule.words, day_due, next(near, None)


def numbers(documents: Iterable[Document]) -> list[Indicator]:
    """Return the indicators that documents give, as readers may see them."""
    return [row for document in documents for row in document.indicators.all() if row.is_shown]


class AfterView(PageMixin, TemplateView):
    """What was found of all areas of a notice."""

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
        notice, state = evidence.newest(), facet_sets.current()
        findings: dict[str, Any] = evidence.overview(notice) if notice else {}
        context = super().get_context_data(
            notice=notice,
            in_force=public_periods(state),
            withdrawn_count=sum(row.is_issued and row.notice == notice for row in withdrawn.regions(state).values()),
            citation=citations.page(self.title, f"{origin(self.request)}{reverse(self.route)}", "after"),
            offer=offering.of_list("after", origin(self.request), state, findings.get("number", 0)),
            **findings,
            **kwargs,
        )
        if notice and (direct := findings.get("of", {}).get("direct")):
            node = json_ld.collection(self.title, reverse(self.route), notice, direct, self.request)
            context["linked"] = json_ld.Graph([node, *context["linked"].nodes])
        return context
