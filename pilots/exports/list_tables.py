"""The lists beside that of areas as tables: one for each page that is a list, the same rows in the same order."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from operator import itemgetter
from typing import Any, NamedTuple

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from ..history.original import Issued
from ..models import (
    Document,
    HistoryEntry,
    Ministry,
    Notice,
    Province,
    Region,
    SearchEntry,
    Signature,
    System,
    Topic,
)
from ..models.recorded import Recorded
from ..record import evidence, matrix, tiles
from ..search.facet_sets import Snapshot
from ..search.filters import RegionFilter
from . import region_tables
from .columns import OWN, corrections, issued_of, of_field, pdf_columns
from .tables import Column, Listing

CHUNK = 500  # entries of the history whose records are named at a time


class Kind(NamedTuple):
    """A list: its title, the order of its rows, what tells a row apart, columns (`base` given) and rows."""

    title: str
    order: str
    key: list[str]
    columns: Callable[[str], list[Column]]
    rows: Callable[[], Iterable[Any]]
    models: tuple[str, ...] = region_tables.MODELS


def listing(name: str, base: str, now: Snapshot, slug: str = "", *, has_bom: bool = True) -> Listing:
    """Return the list `name`, of LISTS, or its row `slug`. base: scheme and host; now: the record's state."""
    kind = LISTS[name]
    words, stem, rows = f"全部；{kind.order}", f"/{name}", kind.rows
    if slug:
        words, stem, rows = slug, f"{stem}/{slug}", lambda: (row for row in kind.rows() if row.slug == slug)
    return Listing(
        base,
        stem,
        name,
        kind.title,
        words,
        kind.key,
        partial(kind.columns, base),
        rows,
        now.version,
        kind.models,
        query="" if has_bom else "?bom=0",
        has_bom=has_bom,
    )


def _of_thing(model: type[Recorded], base: str, *fields: str) -> list[Column]:
    """Return the columns that name a thing, and some of its fields."""
    return [
        of_field(model, "slug", label="slug"),
        Column("url", "url", "string", "本站上的地址。", lambda row: f"{base}{row.get_absolute_url()}"),
        *(of_field(model, name) for name in fields),
    ]


def _count(name: str, label: str, meaning: str) -> Column:
    return Column(name, label, "integer", meaning, lambda row: getattr(row, name))


def _of_theme(model: type[Recorded], base: str) -> list[Column]:
    fields = ["name", "position"] if model is Topic else ["name", "short_name", "position", "is_other"]
    return [
        *_of_thing(model, base, *fields),
        _count("region_count", "地区数", f"本站现公开的地区，含本站增补的。{OWN}"),
        _count("priority_count", "重点数", f"本站现公开的重点，含本站增补的。{OWN}"),
        _count("issued_count", "通知原有的重点数", f"其中通知原有的，不计本站增补的。{OWN}"),
    ]


def _of_province(base: str) -> list[Column]:
    def field(name: str, **options: Any) -> Column:
        return of_field(Province, name, lambda unit: getattr(unit.province, name), **options)

    return [
        field("slug", label="slug"),
        Column("url", "url", "string", "本站上的地址。", lambda unit: f"{base}{unit.province.get_absolute_url()}"),
        field("name"),
        field("short_name"),
        of_field(Province, "kind", lambda unit: unit.province.get_kind_display(), meaning="中文。"),
        field("code"),
        Column(
            "parent",
            "所在省级单位",
            "string",
            "省级单位自身为空。",
            lambda unit: getattr(unit.province.parent, "name", None),
        ),
        field("addressed_position"),
        Column(
            "region_count",
            "地区数",
            "integer",
            "本站现公开的，不计本站增补的；跨省地区在各省分别计数。",
            lambda unit: unit.count,
        ),
    ]


def _units() -> Iterator[tiles.Unit]:
    for unit in tiles.units():
        yield unit
        for inner in unit.inner:
            inner.province.parent = unit.province
            yield inner


def _of_ministry(base: str) -> list[Column]:
    originals = Issued()

    def signature(row: Ministry) -> Signature | None:
        return next(iter(row.signatures.all()), None)

    label = str(Signature._meta.get_field("name").verbose_name)
    return [
        *_of_thing(Ministry, base, "position", "name", "full_name", "full_name_source", "text_name"),
        Column("signature", label, "string", "通知末尾的写法。", lambda row: getattr(signature(row), "name", None)),
        Column(
            "is_issued",
            "出自通知",
            "boolean",
            "署名不是本站增补的。",
            lambda row: getattr(signature(row), "is_issued", None),
        ),
        *(of_field(Ministry, name) for name in ("successor", "change", "change_source")),
        *corrections(
            [
                issued_of(Ministry, "text_name", originals),
                Column(
                    "signature_issued",
                    f"{label}（印发原文）",
                    "string",
                    "更正过的才有。",
                    lambda row: (first := signature(row)) and originals.words(first, ["name"]).get("name"),
                ),
            ],
            originals,
            lambda row: [row, *row.signatures.all()],
        ),
    ]


def _of_notice(base: str) -> list[Column]:
    originals = Issued()
    return [
        *_of_thing(Notice, base, "number", "title", "issued_on", "batch", "source_remark"),
        *corrections(
            [issued_of(Notice, name, originals) for name in ("number", "title")], originals, lambda row: [row]
        ),
    ]


def _changes() -> Iterator[dict[str, Any]]:
    """Yield each changed field of each row, with the record that it belongs to where that is still public."""
    entries = HistoryEntry.objects.public().select_related("content_type")
    for start in range(0, entries.count(), CHUNK):
        rows = list(entries[start : start + CHUNK])
        condition = Q(pk=None)
        for kind in {row.edit.subject_kind for row in rows}:
            condition |= Q(
                kind=kind, object_id__in=[row.edit.subject_id for row in rows if row.edit.subject_kind == kind]
            )
        search_entries = SearchEntry.objects.filter(condition).only("kind", "object_id", "title", "url")
        subjects = {(search_entry.kind, search_entry.object_id): search_entry for search_entry in search_entries}
        for row in rows:
            subject = subjects.get((row.edit.subject_kind, row.edit.subject_id))
            yield from (line | {"entry": row, "subject": subject} for line in row.public_lines)


def _of_change(base: str) -> list[Column]:
    def text(name: str, label: str, meaning: str, value: Callable[[dict[str, Any]], Any]) -> Column:
        return Column(name, label, "string", meaning, value)

    return [
        Column("id", "编号", "integer", "一行数据的一次更正；定后不改。", lambda row: row["entry"].pk),
        text("edit", "同一次修改", "一起作出的更正相同。", lambda row: row["entry"].edit.key),
        text(
            "at",
            "时间",
            "北京时间，ISO 8601。",
            lambda row: timezone.localtime(row["entry"].timestamp).isoformat(timespec="seconds"),
        ),
        text("record", "所属记录", "今天已不公开的为空。", lambda row: row["subject"] and row["subject"].title),
        text("url", "网址", "所属记录的页面。", lambda row: row["subject"] and f"{base}{row['subject'].url}"),
        text("row", "改动的是什么", "", lambda row: row["entry"].kind_name),
        text("row_name", "改动的是哪一个", "撤下的行只说第几项。", lambda row: row["entry"].row_name),
        text("field", "字段", "字段名。", itemgetter("field")),
        text("label", "字段名称", "", itemgetter("label")),
        text("before", "改前", "", itemgetter("before")),
        text("after", "改后", "", itemgetter("after")),
        text("reason", "更正说明", "", lambda row: row["entry"].edit.reason),
    ]


def _crossings() -> Iterator[dict[str, Any]]:
    """Yield the cells of the matrix's tables, each with its row and column."""
    tables = matrix.tables(RegionFilter())
    for name, title in (("topics", "主题和省份"), ("systems", "制度和类型")):
        table = tables[name]
        for row in table["rows"]:
            for (column, _), cell in zip(table["columns"], row["cells"], strict=True):
                yield {"table": title, "row": row["head"][0], "column": column, "cell": cell}


def _of_crossing(base: str) -> list[Column]:
    here = f"{base}{reverse('pilots:region-list')}"

    return [
        Column("table", "表", "string", "主题和省份，或制度和类型。", itemgetter("table")),
        Column("row", "行", "string", f"主题或制度。{OWN}", itemgetter("row")),
        Column("column", "列", "string", "省级单位或类型。", itemgetter("column")),
        Column(
            "region_count",
            "地区数",
            "integer",
            "本站现公开的，含本站增补的；跨省地区在各省分别计数。",
            lambda crossing: crossing["cell"].count,
        ),
        Column(
            "url",
            "网址",
            "string",
            "这些地区的列表；没有的为空。",
            lambda crossing: f"{here}{crossing['cell'].query}" if crossing["cell"].query else None,
        ),
    ]


def _of_document(base: str) -> list[Column]:
    def area(name: str, **options: Any) -> Column:
        return of_field(Region, name, lambda row: getattr(row.region, name), **options)

    def field(name: str) -> Column:
        return of_field(Document, name, lambda row: getattr(row, f"get_{name}_display")(), meaning="中文。")

    return [
        area("slug", label="slug"),
        area("serial"),
        area("short_name", label="地区"),
        *(of_field(Document, name) for name in ("position", "title", "about_titles", "number", "issuer")),
        *(of_field(Document, name) for name in ("issued", "published")),
        field("kind"),
        field("relation"),
        *(of_field(Document, name) for name in ("duties", "priorities", "finding", "is_reprint", "source")),
        *pdf_columns(base),
        Column("url", "url", "string", "本站上的地址。", lambda row: f"{base}{row.get_absolute_url()}"),
    ]


def _documents() -> Iterator[Document]:
    notice = evidence.newest()
    for rows in evidence.areas_of(notice).values() if notice else ():
        yield from rows


LISTS = {
    "provinces": Kind("省级单位", "按 GB/T 2260 代码排列，单列的单位在所在的省之后", ["slug"], _of_province, _units),
    "topics": Kind("主题", "按本站的次序排列", ["slug"], partial(_of_theme, Topic), lambda: Topic.objects.for_list()),
    "systems": Kind(
        "制度", "按《总体方案》的次序排列", ["slug"], partial(_of_theme, System), lambda: System.objects.for_list()
    ),
    "ministries": Kind(
        "发文机关",
        "按署名次序排列",
        ["slug"],
        _of_ministry,
        lambda: Ministry.objects.for_list(),
        ("ministry", "signature"),
    ),
    "notices": Kind("通知", "最近的在前", ["slug"], _of_notice, lambda: Notice.objects.all(), ("notice",)),
    "after": Kind(
        "通知之后",
        "按附件的序号排列，同一地区点名的在前，新的在前",
        ["slug", "position"],
        _of_document,
        _documents,
        ("notice", "region", "document"),
    ),
    "changes": Kind("更正记录", "最近的在前，一处改动一行", ["id", "field"], _of_change, _changes, ()),
    "matrix": Kind("一图看全批", "按行、列的次序排列", ["table", "row", "column"], _of_crossing, _crossings),
}
