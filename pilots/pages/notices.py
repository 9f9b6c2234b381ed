"""Pages of the notices: their list, and each with its text, annex and signatures."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from django.template.loader import get_template
from django.urls import reverse
from django.views.generic import DetailView, ListView

from ..exports import offering
from ..history.edits import of_record
from ..http import origin
from ..models import Citation, Notice, Province, Region, Section
from ..models.typography import RULES
from ..record import corrections
from ..search import facet_sets
from ..search.cards import cached
from . import citations as citing
from .base import Article, Column, Page, PageMixin

_DEPARTMENT = re.compile(r"([^、，；：（）\s]+(?:（[^（）]*）)?)(、|：$)")


class NoticeListView(PageMixin, ListView):
    queryset = Notice.objects.all()
    title, route = "通知", "pilots:notice-list"
    lead = "本站收录的通知全文。"
    keywords, column_type = "通知,生态文明", "政策文件"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        corrections.mark(self.object_list, has_history=False)
        offer = offering.of_list("notices", origin(self.request), facet_sets.current(), len(self.object_list))
        return super().get_context_data(offer=offer, **kwargs)


class NoticeDetailView(PageMixin, DetailView):
    queryset = Notice.objects.for_detail()

    def get_page(self, context: dict[str, Any]) -> Page:
        authors = ",".join(f"{row.name}{corrections.remark(row, 'name')}" for row in self.object.signatories)
        source = "本站依据公开文件整理"
        number = f"{self.object.number}{corrections.remark(self.object, 'number')}"
        return Page(
            self.object.title,
            self.object.get_absolute_url(),
            [("通知", reverse("pilots:notice-list"))],
            f"{number}《{self.object.title}》{corrections.remark(self.object, 'title')}全文、附件和署名。",
            Column("通知全文", "通知,生态文明", "政策文件"),
            Article(f"{self.object.issued_on}", source, f"{number},生态文明先行示范区", authors),
            is_indexed=not self.is_raw,
            form="?text=raw" if self.is_raw else "",
        )

    @property
    def is_raw(self) -> bool:
        """Whether the reader asked for the text as received (`?text=raw`)."""
        return self.request.GET.get("text") == "raw"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        key = self.object.pk, self.is_raw
        annex = cached(self.state, "annex", [key], lambda keys: {key: Annex(self.object, is_raw=self.is_raw)})[key]
        parts = [list(rows.all()) for rows in (self.object.sections, self.object.signatures, self.object.citations)]
        citing_sections = [row.section for row in parts[2]]
        rows = [self.object, *chain(*parts), *citing_sections]
        corrections.mark(rows, is_raw=self.is_raw)
        link_citations(parts[0], parts[2])
        names = Province.objects.exclude(addressed_position=None).values_list("name", flat=True)
        addressed = self.object.addressed
        return super().get_context_data(**kwargs) | {
            "is_raw": self.is_raw,
            "is_as_issued": annex.is_as_issued and not any(map(corrections.marks, rows)),
            "addressees": addressees(addressed.text, list(names)) if addressed else {},
            "rules": RULES,
            "citation": citing.forms(self.object, self.request.build_absolute_uri(self.object.get_absolute_url())),
            "annex": annex,
            "changes": annex.edits,
        }


class Annex:
    """What of a notice's page takes longest, kept until the record changes: the areas with their lines, marked where
    they aren't as issued, as rows of a table (`rows`), and the notice's latest edits."""

    def __init__(self, notice: Notice, *, is_raw: bool) -> None:
        regions = list(Region.all_objects.filter(notice=notice).for_annex())
        rows = [*regions, *(line for region in regions for line in region.priorities.all())]
        corrections.mark(rows, is_raw=is_raw)
        regions.sort(key=lambda region: corrections.number(region, "serial"))
        self.is_as_issued = not any(map(corrections.marks, rows))
        self.rows = get_template("pilots/_annex_rows.html").render({"regions": regions, "is_raw": is_raw})
        self.edits = of_record("notice", notice.pk)


def addressees(text: str, names: Iterable[str]) -> dict[str, list[tuple[str, str]]]:
    """Return who is addressed: `units` and `departments` in the order of the notice, each with the mark or word
    (、 及 和 ：) that follows it. Empty where the words aren't units among `names` and then departments.

    The words are taken apart and nothing else: put together again, names and marks are the whole paragraph.
    """
    names_pattern = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    before = re.match(rf"(?:(?:{names_pattern})(?:[、及和]|(?=[^、及和])))+", text) if names_pattern else None
    if before is None:
        return {}
    units = re.findall(rf"({names_pattern})([、及和]?)", before[0])
    departments = _DEPARTMENT.findall(text[before.end() :])
    is_whole = departments and "".join(name + mark for name, mark in [*units, *departments]) == text
    return {"units": units, "departments": departments} if is_whole else {}


def link_citations(sections: Iterable[Section], citations: Iterable[Citation]) -> None:
    """Give each section its `passages`: for each paragraph or line of its shown text the pieces of it, as
    (words, citation or None). A document is linked once, where its section first has its title."""
    cited = defaultdict(list)
    for citation in citations:
        cited[citation.section_id].append(citation)
    for section in sections:
        texts = [section.body] if section.heading else section.lines
        section.__dict__["passages"] = [list(_pieces(text, cited[section.pk])) for text in texts]


def _pieces(text: str, citations: list[Citation]) -> Iterator[tuple[str, Citation | None]]:
    """Yield the pieces of a text; what is linked leaves the list `citations`."""
    places = sorted((text.find(f"《{document.title}》") + 1, document.pk, document) for document in citations)
    end = 0
    for start, _, citation in places:
        if start > end:
            yield from ((text[end:start], None), (citation.title, citation))
            end = start + len(citation.title)
            citations.remove(citation)
    yield text[end:], None
