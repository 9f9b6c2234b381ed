"""The record as tables: their columns from the models' fields, keys in words, and who points at whom.

A row names another by its address name (`slug`), so that files can be joined, and compared over the years. Whatever
readers may not see isn't there: notes, what is withdrawn, facts that aren't verified.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any

from django.db import models

from ..history.original import Issued
from ..models import (
    EVIDENCE,
    Alias,
    Citation,
    Division,
    Document,
    Ministry,
    Notice,
    Priority,
    Province,
    Region,
    Report,
    ReportLine,
    Section,
    Signature,
    System,
    Term,
    Topic,
)
from ..models.recorded import kind_of, own_field
from ..models.tracking import Tracked
from .columns import OWN, corrections, issued_of, meaning_of, of_field, pdf_columns
from .tables import Column

# Not the record: where a tile of the index stands, and what is never given out with a row that is.
_LEFT_OUT = {"tile_row", "tile_column", "withdrawn_on", "withdrawn_reason", "is_draft"}


@dataclass(frozen=True)
class Table:
    """A table of the package. rows: reads what its columns are of."""

    name: str
    title: str
    description: str
    items: list[Column]
    key: list[str]
    links: list[dict[str, Any]]  # as Frictionless has them
    rows: Callable[[], Iterable[Any]]


def tables(base: str) -> list[Table]:
    """Return every table, those that are pointed at first. base: scheme and host of addresses."""
    originals = Issued()
    return [
        _of(Notice, "notices", "正式文件，一行一份。", base, originals),
        _of(Section, "sections", "通知的段落，所收原文和展示文本。", base, originals, key=["notice", "anchor"]),
        _of(Citation, "citations", "通知引用的文件，照引用处的写法。", base, originals, key=["notice", "position"]),
        _of(Ministry, "ministries", "发文机关，当时和2018年以来的名称。", base, originals),
        _of(Signature, "signatures", "发文机关在通知中的署名。", base, originals, key=["notice", "position"]),
        _of(Province, "provinces", "省级行政区、计划单列市和新疆生产建设兵团。", base, originals),
        _of(System, "systems", f"制度。{OWN}", base, originals),
        _of(Topic, "topics", f"主题。{OWN}", base, originals),
        _of(Region, "regions", "先行示范地区，一行一个。", base, originals),
        _of(
            Division,
            "divisions",
            "地区所是、所含或所在的行政区划；只列已核实或通行的。",
            base,
            originals,
            ["region", "position"],
        ),
        _of(
            Alias,
            "aliases",
            "地区的其他名称：曾用名、后来的名称、组成单位、通称；只列有出处的。",
            base,
            originals,
            ["region", "name"],
            fields=["region", "name", "kind", "source"],
        ),
        _of(
            Term,
            "terms",
            "检索用的词汇：读者的说法和通知里的说法，本站整理。",
            base,
            originals,
            ["word"],
            fields=["word", "official"],
        ),
        _of(Priority, "priorities", "制度创新重点，一行一项，通知原文。", base, originals, ["region", "number"]),
        _of(
            Document,
            "documents",
            "通知之后的公开文件和报道，不是对结果的评价。",
            base,
            originals,
            ["region", "position"],
            DOCUMENT_FIELDS,
        ),
        *(
            _of(
                model,
                f"{kind_of(model)}s",
                "出自后续文件，不是评价。",
                base,
                originals,
                ["region", "position"],
            )
            for model in EVIDENCE
        ),
        *_reports(),
        _joined(Region, "partners", "region_partners", "跨省地区除首列以外的省级单位。"),
        _joined(Priority, "also_systems", "priority_also_systems", f"重点也涉及的制度。{OWN}"),
        _joined(Priority, "topics", "priority_topics", f"重点的主题。{OWN}"),
    ]


_TABLE_OF: dict[Any, str] = {
    Notice: "notices",
    Section: "sections",
    Ministry: "ministries",
    Province: "provinces",
    System: "systems",
    Topic: "topics",
    Region: "regions",
    Priority: "priorities",
}


# Without what is the same in each row: a document that isn't verified is in none.
DOCUMENT_FIELDS = (
    *("region", "position", "title", "about_titles", "number", "issuer", "issued", "published", "kind", "relation"),
    *("duties", "priorities", "finding", "is_reprint", "source"),
)


def _of(
    model: type[Tracked],
    name: str,
    description: str,
    base: str,
    originals: Issued,
    key: Iterable[str] = ("slug",),
    fields: Sequence[str] = (),
) -> Table:
    """Return the table of a model: of the fields that readers may see, or of the `fields` named."""
    model_fields = [own_field(model, name) for name in fields]
    model_fields = model_fields or [
        field
        for field in model._meta.concrete_fields
        if not field.primary_key and field.name not in _LEFT_OUT and model.is_public_field(field.name)
    ]
    items = [_item(model, field, is_named=bool(fields)) for field in model_fields]
    if hasattr(model, "get_absolute_url"):
        items.append(Column("url", "网址", "string", "本站上的地址。", lambda row: f"{base}{row.get_absolute_url()}"))
    if model.verbatim_fields:
        items += corrections(
            [issued_of(model, field, originals) for field in model.verbatim_fields], originals, lambda row: [row]
        )
    items += pdf_columns(base) if model is Document else []
    links = [
        _link(["notice", field.name], "sections", ["notice", "anchor"])
        if field.related_model is Section
        else _link(["region", field.name], "documents", ["region", "position"])
        if field.related_model is Document
        else _link([field.name], "" if field.related_model is model else _TABLE_OF[field.related_model], ["slug"])
        for field in model_fields
        if field.many_to_one
    ]
    foreign_keys = [field.name for field in model_fields if field.many_to_one]
    queryset = model._default_manager.select_related(*foreign_keys).order_by(*_order(model))
    return Table(
        name,
        str(model._meta.verbose_name),
        description,
        items,
        list(key),
        links,
        lambda: (row for row in queryset.all() if getattr(row, "is_shown", True) and getattr(row, "is_told", True)),
    )


def _reports() -> list[Table]:
    """Return the table of what areas reported, where anything is public: a row for each line."""
    if not Report.objects.exists():
        return []
    region = of_field(ReportLine, "region", lambda row: row.region.slug)
    document = of_field(ReportLine, "document", lambda row: (other := row.shown_document) and other.position)
    items = [
        replace(region, type="string"),
        of_field(Report, "year", lambda row: row.report.year),
        of_field(Report, "period", lambda row: row.report.period),
        of_field(Priority, "number", lambda row: row.priority.number),
        *(of_field(ReportLine, name, attrgetter(name)) for name in ("progress", "text")),
        replace(document, type="integer"),
    ]
    key = [item.name for item in items[:4]]
    items = [replace(item, constraints={"required": True} if item.name in key else {}) for item in items]
    links = [
        _link(["region"], "regions", ["slug"]),
        _link(["region", "number"], "priorities", ["region", "number"]),
    ]
    rows = ReportLine.objects.select_related("region", "report", "priority", "document").order_by(
        "region__slug", "report__year", "report__period", "priority__number"
    )
    words = "部委公开的季度报送和年度总结，一行一项，照报送所写。"
    return [Table("reports", "报送", words, items, key, links, lambda: iter(rows.all()))]


def _item(model: type[Tracked], field: models.Field, *, is_named: bool) -> Column:
    if field.many_to_one:
        by: dict[Any, tuple[str, str]] = {Section: ("anchor", "string"), Document: ("position", "integer")}
        key, kind = by.get(field.related_model, ("slug", "string"))
        item = of_field(model, field.name, lambda row: (other := getattr(row, field.name)) and getattr(other, key))
        item = replace(item, type=kind)
    else:
        item = of_field(model, field.name, attrgetter(field.name) if is_named else None)
    return replace(item, constraints=_constraints(model, field))


def _constraints(model: type[Tracked], field: models.Field) -> dict[str, Any]:
    """Return what always holds of a column, whoever edits: the database or the form sees to it."""
    may_be_empty = field.null or field.blank or field.name in model.verified_fields  # if not verified
    constraints: dict[str, Any] = {} if may_be_empty else {"required": True}
    if field.unique:
        constraints["unique"] = True
    if field.choices:
        constraints["enum"] = [value for value, _ in field.flatchoices]
    if isinstance(field, models.PositiveSmallIntegerField):
        constraints["minimum"] = 1
    return constraints


def _link(columns: list[str], table: str, others: list[str]) -> dict[str, Any]:
    """Return that columns name a row of another table by its columns."""
    return {"fields": columns, "reference": {"resource": table, "fields": others}}


def _order(model: type[Tracked]) -> list[str]:
    """Return an order that depends on words and numbers of the record alone, never on primary keys."""
    ordering = {"notice": "notice__slug", "region": "region__slug", "id": "name"}
    return [ordering.get(name, name) for name in map(str, model._meta.ordering or ())]


def _joined(model: type[Tracked], name: str, table: str, description: str) -> Table:
    """Return the table of a link between many and many: a row for each pair."""
    field = own_field(model, name)
    assert field.related_model
    key_columns = ["region", "number"] if model is Priority else ["region"]
    if model is Region:
        keys = [Column("region", "先行示范地区", "string", "地区的地址名。", lambda pair: pair[0].slug)]
    else:
        region = of_field(Priority, "region", lambda pair: pair[0].region.slug)
        keys = [replace(region, type="string"), of_field(Priority, "number", lambda pair: pair[0].number)]
    items = [replace(item, constraints={"required": True}) for item in keys]
    second = kind_of(field.related_model)
    meaning = meaning_of(field)
    items.append(
        Column(second, str(field.verbose_name), "string", meaning, lambda pair: pair[1].slug, "", {"required": True})
    )

    def rows() -> Iterator[tuple[models.Model, models.Model]]:
        foreign_keys = ["region"] if model is Priority else []
        objects = model._default_manager.select_related(*foreign_keys)
        queryset = objects.prefetch_related(name).order_by(*_order(model))
        return ((row, related_row) for row in queryset for related_row in getattr(row, name).all())

    links = [
        _link(key_columns, _TABLE_OF[model], key_columns if model is Priority else ["slug"]),
        _link([second], _TABLE_OF[field.related_model], ["slug"]),
    ]
    return Table(table, str(field.verbose_name), description, items, [*key_columns, second], links, rows)
