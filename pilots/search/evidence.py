"""What came after the notice, as a search finds it: by titles, numbers and issuers, by the names of indicators.

Its words stand in entries of their own, one for each area, in the column of whole names: no other search reads them
there, so that the notice's own words come first and find what they always found.
"""

from collections.abc import Collection, Iterable

from ..models import Document, Indicator, SearchEntry
from .text import runs


def bare(number: str) -> str:
    """Return a number without what people leave out or write otherwise: brackets, marks, blanks, 年, 第, 号, 文件."""
    letters = "".join(run.text for run in runs(number)).translate(dict.fromkeys(map(ord, "年第号")))
    return letters.removesuffix("件").removesuffix("文")


def rows(areas: Collection[int]) -> dict[int, list[SearchEntry]]:
    """Return for each of the areas (primary keys) what readers may find of it, as entries that nobody stores: in
    `head` what each says itself, in `body` the names of its area, in `names` its number, bare. Two statements."""
    by_area: dict[int, list[SearchEntry]] = {pk: [] for pk in areas}
    queryset = Document.objects.filter(region__in=areas).select_related("region__notice")
    documents = {row.pk: row for row in queryset.order_by("region__serial", "position") if row.is_shown}
    for row in documents.values():
        dated = f"{row.date_words}{'' if row.issued else '刊载'}" if row.dated else "日期未见"
        about = [row.number, row.get_kind_display(), row.get_relation_display()]
        texts = [*dict.fromkeys([*row.names, row.title]), row.number, row.issuer, row.get_kind_display()]
        by_area[row.region_id].append(_entry(row, row, "；".join(row.names), [dated, *about], texts))
    for indicator in Indicator.objects.filter(document__in=documents).order_by("region__serial", "position"):
        document = documents[indicator.document_id]
        values = [(label, value, f"（{year}年）" if year else "") for label, value, year in indicator.cells if value]
        about = [*(f"{label}{value}{year}" for label, value, year in values), f"出自《{document.names[0]}》"]
        texts = [indicator.name, indicator.remark, "指标", *(label for label, *_ in values)]
        if indicator.region_id == document.region_id:
            by_area[document.region_id].append(_entry(indicator, document, indicator.name, about, texts))
    return by_area


def _entry(
    row: Document | Indicator, document: Document, title: str, about: Iterable[str], texts: Iterable[str]
) -> SearchEntry:
    region = document.region
    return SearchEntry(
        kind=str(row._meta.model_name),
        object_id=row.pk,
        title=title,
        url=document.get_absolute_url(),
        card={"about": " · ".join(filter(None, dict.fromkeys([f"第{region.serial}号{region.short_name}", *about])))},
        names=bare(document.number),
        head="。".join(filter(None, texts)),
        body=f"{region.name}。{region.short_name}",
    )
