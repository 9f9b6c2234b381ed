"""What is found, and by which words: the search entry of every kind of thing, worked out from the record."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from typing import Any

from django.db.models import Prefetch, QuerySet

from ..history.original import Issued, text
from ..models import (
    Citation,
    Ministry,
    Notice,
    Priority,
    Province,
    ProvinceKind,
    Region,
    SearchEntry,
    Section,
    System,
    Topic,
    Verification,
)
from ..models.recorded import kind_of
from ..models.tracking import Row
from . import evidence
from .pinyin import core, keys, syllables
from .text import COMMON_ENGLISH, runs, tokens


def exact(name: str) -> str:
    """Return the one token that stands for the whole of `name`."""
    letters = "".join(run.text for run in runs(name))
    return f"x{hashlib.sha256(letters.encode()).hexdigest()[:20]}"


def of_kind(kind: str) -> str:
    """Return the token that every entry of a kind has among its names."""
    return f"kind{kind}"


def is_spelled(entry: SearchEntry, latin: str) -> bool:
    """Return whether the Latin letters by which an entry was found aren't a piece of its title's pinyin that ends
    within a syllable (shanxi in kuangshanxiufu)."""
    parts = syllables(entry.title)
    pinyin = {"".join(parts[start:]) for start in range(len(parts))}
    hits = [token for token in entry.head.split() if token.startswith(latin)]
    ends = {"".join(parts[start:end]) for start in range(len(parts)) for end in range(start + 1, len(parts) + 1)}
    return not hits or not pinyin.issuperset(hits) or latin in ends


def _names(kind: str, names: Iterable[str]) -> str:
    return " ".join([of_kind(kind), *sorted({exact(name) for name in names})])


def column(texts: Iterable[str], latin: Iterable[str] = ()) -> str:
    """Return an index column: the tokens of each text, then Latin keys as they are."""
    return " ".join([token for text in dict.fromkeys(texts) for token in tokens(text)] + list(dict.fromkeys(latin)))


def _english(names: Iterable[str]) -> list[str]:
    """Return the words of English names by which a thing is found."""
    return [token for name in names for token in tokens(name) if token not in COMMON_ENGLISH]


def regions(pks: Iterable[int] | None) -> Iterator[SearchEntry]:
    """Yield the entry of each area (all of them for None)."""
    queryset = Region.objects.select_related("province__parent").prefetch_related(
        "partners__parent",
        "aliases",
        "divisions",
        Prefetch("priorities", Priority.objects.select_related("system").order_by("number")),
        "priorities__topics",
    )
    for portion in _portions(_some(queryset, pks)):
        originals = Issued([*portion, *(line for region in portion for line in region.priorities.all())])
        yield from (_region(region, originals) for region in portion)


def _region(region: Region, originals: Issued) -> SearchEntry:
    units = {unit.pk: unit for province in region.provinces for unit in (province, province.parent) if unit}.values()
    aliases = [alias.name for alias in region.aliases.all()]
    before = [*originals.words(region, ["name"]).values(), *aliases]
    now = region.name_now if region.name_now != region.name else ""  # verified or not
    names = list(filter(None, [region.name, region.short_name, core(region.short_name), now, *before]))
    later = [core(now)] if now else []
    priorities = list(region.priorities.all())
    unit_names = [
        name
        for unit in units
        for name in (unit.name, unit.short_name, unit.abbreviation, *unit.other_abbreviations)
        if name
    ]
    spellings, unit_keys = keys(region.short_name, region.short_pinyin), _unit_keys(units)
    others = [*aliases, now.removeprefix(region.province.name)]
    codes = [
        code
        for division in region.divisions.all()
        if division.verification == Verification.VERIFIED
        for code in (division.code_then, division.code_now)
        if code
    ]
    added_lines = [line.number for line in priorities if not line.is_issued]  # which the notice doesn't have
    themes = [topic for line in priorities for topic in line.topics.all()] + [line.system for line in priorities]
    kinds = [region.get_kind_display(), *([ProvinceKind.SEPARATE_CITY.label] if region.is_in_separate_city else [])]
    divisions = [name for division in region.divisions.all() for name in division.names]  # verified or not
    return SearchEntry(
        kind="region",
        object_id=region.pk,
        title=region.name,
        url=region.get_absolute_url(),
        card={
            "serial": region.serial,
            "later": region.later_name,
            "provinces": [(unit.short_name, unit.get_absolute_url()) for unit in region.provinces],
            "kind": region.verified_kind,
            "lines": [(priority.number, priority.text) for priority in priorities],
            "issued": originals.words(region, ["name"]),
            "corrections": _texts(region, originals),
            "corrected_lines": {str(line.number): texts for line in priorities if (texts := _texts(line, originals))},
            "aliases": [(alias.name, alias.get_kind_display()) for alias in region.aliases.all() if alias.is_told],
            **({} if region.is_issued else {"is_added": True}),
            **({"added_lines": added_lines} if added_lines else {}),
        },
        names=_names("region", [*names, *later, *filter(None, [region.name_en, region.name_en.partition(",")[0]])]),
        head=column(names + unit_names, [*spellings, *(key for name in others for key in keys(name)), *unit_keys]),
        body=column([text for line in priorities for text in (line.text, *originals.words(line, ["text"]).values())]),
        themes=column(
            [*(theme.name for theme in themes), *kinds, *divisions],
            codes + _english([region.name_en, *(theme.name_en for theme in themes)]),
        ),
    )


def _texts(row: Region | Priority, originals: Issued) -> list[str]:
    """Return what was issued of a row that isn't as issued."""
    return [text(row, name, value) for name, value in originals.shown(row).items()]


def _unit_keys(units: Iterable[Province]) -> list[str]:
    return [key for unit in units for key in (*keys(unit.name, unit.pinyin), unit.slug)]


def provinces(pks: Iterable[int] | None) -> Iterator[SearchEntry]:
    """Yield the entry of each province-level unit."""
    for unit in _some(Province.objects.all(), pks):
        names = [unit.name, unit.short_name, *filter(None, [unit.abbreviation, *unit.other_abbreviations])]
        yield _entry("province", unit, unit.name, names=names, latin=_unit_keys([unit]))


def themes(model: type[Topic] | type[System], pks: Iterable[int] | None) -> Iterator[SearchEntry]:
    """Yield the entry of each topic or system."""
    rows: Any = _some(model.objects.all(), pks)
    for row in rows:
        names = [row.name, getattr(row, "short_name", row.name)]
        yield _entry(kind_of(model), row, row.name, names=names, latin=keys(row.name))


def ministries(pks: Iterable[int] | None) -> Iterator[SearchEntry]:
    """Yield the entry of each ministry: its names then and now, and as it signed."""
    rows = list(_some(Ministry.objects.prefetch_related("signatures"), pks))
    signatures = [signature for ministry in rows for signature in ministry.signatures.all()]
    originals = Issued([*rows, *signatures])
    for ministry in rows:
        names = [ministry.name, ministry.text_name, ministry.successor, *originals.words(ministry).values()]
        for signature in ministry.signatures.all():
            names += [signature.name, *originals.words(signature, ["name"]).values()]
        names = list(dict.fromkeys(names))
        yield _entry("ministry", ministry, ministry.name, names=names, latin=keys(ministry.text_name))


def notices(pks: Iterable[int] | None) -> Iterator[SearchEntry]:
    """Yield the entry of each notice: its number and title."""
    for portion in _portions(_some(Notice.objects.all(), pks)):
        originals = Issued(portion)
        for notice in portion:
            title, words = f"{notice.number} {notice.title}", originals.words(notice)
            names = [notice.number, notice.title, *words.values()]
            yield _entry("notice", notice, title, names=names, original_words=words)


def sections(pks: Iterable[int] | None) -> Iterator[SearchEntry]:
    """Yield the entry of each paragraph."""
    for portion in _portions(_some(Section.objects.select_related("notice"), pks)):
        originals = Issued(portion)
        for section in portion:
            title, heading, text = (
                section.heading or section.get_kind_display(),
                *(originals.words(section, [name]) for name in ("heading", "text")),
            )
            corrections = ({"issued": heading} if heading else {}) | ({"issued_text": text["text"]} if text else {})
            names = list(filter(None, [section.heading, *corrections.get("issued", {}).values()]))
            body = [section.text, *filter(None, [corrections.get("issued_text")])]
            entry = _entry("section", section, title, names=names, body=body)
            entry.card |= {"text": section.text} | corrections
            yield entry


def citations(pks: Iterable[int] | None) -> Iterator[SearchEntry]:
    """Yield the entry of each document that a notice cites; its address is the paragraph that does."""
    for portion in _portions(_some(Citation.objects.select_related("section__notice"), pks)):
        originals = Issued(portion)
        for citation in portion:
            words = originals.words(citation, ["title", "number"])
            names = list(filter(None, [citation.title, citation.number, *words.values()]))
            yield _entry("citation", citation, str(citation), names=names, original_words=words, at=citation.section)


def after(pks: Iterable[int] | None) -> Iterator[SearchEntry]:
    """Yield for each area what finds what came after: its words, and each number as a whole, bare."""
    for portion in _portions(_some(Region.objects.all(), pks)):
        rows = evidence.rows([region.pk for region in portion])
        for region in portion:
            of_region = rows[region.pk]
            numbers = sorted({exact(row.names) for row in of_region if row.names})
            texts = column(text for row in of_region for text in (row.head, row.body))
            names = " ".join(filter(None, [of_kind("after"), *numbers, texts]))
            yield SearchEntry(
                kind="after", object_id=region.pk, title=region.name, url=region.get_absolute_url(), names=names
            )


def _entry(
    kind: str,
    row: Any,
    title: str,
    *,
    names: list[str],
    latin: Iterable[str] = (),
    body: Iterable[str] = (),
    original_words: dict[str, str] | None = None,
    at: Section | None = None,
) -> SearchEntry:
    return SearchEntry(
        kind=kind,
        object_id=row.pk,
        title=title,
        url=(at or row).get_absolute_url(),
        card=({"issued": original_words} if original_words else {})
        | ({} if getattr(row, "is_issued", True) else {"is_added": True}),
        names=_names(kind, filter(None, [*names, getattr(row, "name_en", "")])),
        head=column(names, [*latin, *_english(filter(None, [getattr(row, "name_en", "")]))]),
        body=column(body),
        themes="",
    )


def _some(queryset: QuerySet[Row], pks: Iterable[int] | None) -> Iterator[Row]:
    """Yield rows in portions, so that relations are fetched for many at once and none is held for long."""
    if pks is not None:
        yield from queryset.filter(pk__in=list(pks))
    else:
        yield from queryset.order_by("pk").iterator(chunk_size=1000)


def _portions(rows: Iterator[Row]) -> Iterator[list[Row]]:
    """Yield rows in the portions in which what was issued is looked up."""
    while portion := list(islice(rows, 1000)):
        yield portion


# Every kind that can be found, in the order in which results of different kinds are shown; first by what came after
# is found, which is looked for apart.
KINDS: dict[str, Callable[[Iterable[int] | None], Iterator[SearchEntry]]] = {
    "after": after,
    "notice": notices,
    "province": provinces,
    "region": regions,
    "topic": partial(themes, Topic),
    "system": partial(themes, System),
    "ministry": ministries,
    "section": sections,
    "citation": citations,
}
