"""What came after a notice, worked out from its areas' documents: by year, by date, by duty, by kind.

Only what readers may see counts. A blank is what this site did not find, never what nobody did.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from ..models import (
    Citation,
    Document,
    DocumentKind,
    DocumentRelation,
    Notice,
    Region,
    Report,
    Section,
    SectionKind,
)
from ..models.schedule import RULES
from ..models.sources import NUMBER
from . import corrections

Documents = dict[str, list[Document]]  # by relation to the notice, the nearest first; each list the newest first
Areas = dict[Region, list[Document]]  # what was found of each area, in the order of `Documents`


def by_relation(documents: Iterable[Document]) -> Documents:
    """Return the documents that readers may see; every relation has a list."""
    rows = sorted((row for row in documents if row.is_shown), key=lambda row: row.dated, reverse=True)
    return {relation: [row for row in rows if row.relation == relation] for relation in DocumentRelation.values}


def newest() -> Notice | None:
    """Return the notice of which readers are told what came of it: the newest for which somebody has searched, else
    the newest; its sections and citations fetched."""
    notices = Notice.objects.prefetch_related("sections", "citations")
    return notices.exclude(searched_on=None).first() or notices.first()


def areas_of(notice: Notice) -> Areas:
    """Return the areas that a notice names and readers may see, in its order, with what was found of each."""
    regions = notice.regions.filter(is_issued=True).order_by("serial").prefetch_related("documents")
    return {region: list(chain(*by_relation(region.documents.all()).values())) for region in regions}


def overview(notice: Notice) -> dict[str, Any]:
    """Return what came of a notice (its sections and citations fetched before), in three queries, in force in four:
    all documents by relation (`of`, together `number`), `years`, how many are `undated`, `dates`, `duties`, whether
    there are public reports of its areas (`has_reports`), and what `kinds` returns.
    """
    areas = areas_of(notice)
    documents = list(chain(*areas.values()))
    of = by_relation(documents)
    sections = [
        row for row in notice.sections.all() if row.kind == SectionKind.DUTY and row.is_issued and row.initial
    ]
    citations = [row for row in notice.citations.all() if row.is_issued]
    corrections.mark([notice, *sections, *citations, *areas], has_history=False)
    reports = list(Report.objects.filter(region__in=areas)) if notice.reports_from else []
    return {
        "of": of,
        "number": len(documents),
        "years": years(documents),
        "undated": sum(not row.dated for row in documents),
        "dates": dates(notice, citations, of["direct"]),
        "has_reports": bool(reports),
        "duties": list(duties(sections, areas, reports)),
        **kinds(areas),
    }


def years(documents: Iterable[Document]) -> list[tuple[int, Documents, list[str]]]:
    """Return each year from the first with documents to the last, with them and the names of the areas of those that
    name the notice; what has no date is in none."""
    rows_by_year = defaultdict(list)
    for row in documents:
        if row.dated:
            rows_by_year[int(row.dated[:4])].append(row)
    span = range(min(rows_by_year, default=0), max(rows_by_year, default=-1) + 1)
    groups = {year: by_relation(rows_by_year[year]) for year in span}
    return [
        (year, group, list(dict.fromkeys(row.region.short_name for row in reversed(group["direct"]))))
        for year, group in groups.items()
    ]


def dates(notice: Notice, citations: Iterable[Citation], documents: Iterable[Document]) -> list[dict[str, Any]]:
    """Return a row a date, oldest first, each with its `date` as far as it is known: documents that the notice cites
    (`citation`, by the year of the number), the `notice`, and `documents` (`document`; what has no date is last)."""
    rows: list[dict[str, Any]] = [
        {"date": numbers[1], "citation": row} for row in citations if (numbers := NUMBER.search(row.number))
    ]
    rows += [{"date": f"{notice.issued_on}", "notice": notice}]
    rows += [{"date": row.dated, "document": row} for row in documents]
    return sorted(rows, key=lambda row: row["date"] or "9")


def duties(sections: Iterable[Section], areas: Areas, reports: Iterable[Report] = ()) -> Iterator[dict[str, Any]]:
    """Yield for each duty (`section`) what answers it: of each area in `cells` the relation of what is nearest,
    `none`, or empty where the duty doesn't ask it; how many areas of each (`counts`) of how many (`number`), whether
    it names those that it asks (`is_of_some`), the `documents` that name the notice, oldest first, and where it asks
    for `reports`, those of them that are public, and of how many areas (`reporting`): they count as what names it.

    What stood before the notice is no answer to it, nor is another programme.
    """
    for section in sections:
        names = {region: corrections.words(region).get("name", region.name) for region in areas}
        scope = [region for region, name in names.items() if name in section.body] or list(areas)
        answers = {
            region: [row for row in areas[region] if section.initial in row.duties and row.is_answer]
            for region in scope
        }
        text = corrections.words(section).get("text", section.text)
        public = [row for row in reports if any(rule.words in text for rule in RULES)]
        reporting = {row.region_id for row in public}
        states = {region: rows[0].relation if rows else "none" for region, rows in answers.items()}
        states |= {region: DocumentRelation.DIRECT for region in scope if region.pk in reporting}
        rows = [row for rows in answers.values() for row in rows if row.relation == DocumentRelation.DIRECT]
        yield {
            "section": section,
            "cells": [(region, states.get(region, "")) for region in areas],
            "counts": Counter(states.values()),
            "number": len(scope),
            "is_of_some": len(scope) < len(areas),
            "documents": sorted(rows, key=lambda row: row.dated or "9"),
            "reports": public,
            "reporting": len(reporting),
        }


def kinds(areas: Areas) -> dict[str, list[Any]]:
    """Return the table of areas by kinds: `heads` (an area, what a narrow column calls it, whether it has any) and
    `kinds` (a kind, how many areas have it, and of each area its documents and whether it has any of whatever kind);
    and the areas as lists, each with pairs of a kind and the nearest document: `direct` where one names the notice,
    `others`, `blank` where nothing was found.
    """
    cells = {
        region: [[row for row in rows if row.kind == kind] for kind in DocumentKind] for region, rows in areas.items()
    }
    groups: dict[str, list[Any]] = {"direct": [], "others": [], "blank": []}
    for region, rows in areas.items():
        nearest = [(label, cell[0]) for label, cell in zip(DocumentKind.labels, cells[region], strict=True) if cell]
        name = "blank" if not rows else "direct" if rows[0].relation == DocumentRelation.DIRECT else "others"
        groups[name].append((region, nearest))
    heads = [(region, region.short_name.partition("（")[0], bool(rows)) for region, rows in areas.items()]
    table = [
        (label, [(region, row[n], any(row)) for region, row in cells.items()])
        for n, label in enumerate(DocumentKind.labels)
    ]
    rows_of_table = [(label, sum(bool(rows) for _, rows, _ in row), row) for label, row in table]
    return {"heads": heads, "kinds": rows_of_table, **groups}
