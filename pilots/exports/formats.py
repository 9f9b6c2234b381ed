"""A listing as a file: CSV with its description beside it (CSVW), XLSX with a sheet 说明, JSON in an envelope.

The bytes depend on the record, the filter and the address alone, so that equal questions have equal answers (ETag):
the time in a file is when the record last changed; the day on which it was fetched is in its name.
"""

import json
import re
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from . import tables
from .columns import meanings
from .store import Kept, digest
from .tables import Listing

CSVW_TYPE = "application/csvm+json"
UNCHANGED = "载入以来没有更改"
APOSTROPHE = (
    "单元格开头的撇号（'）表示文本，避免被当作公式，或改成别的数字、日期、时刻（如 3月1日、1.10、12:30、1E+5）；"
    "读入程序时请去掉一个。"
)
UNFIT = re.compile(r'[\x00-\x1f\x7f\\/:*?"<>|]+')  # for the name of a file


def about(listing: Listing, address: str, count: int) -> dict[str, Any]:
    """Return what the file at `address` says of itself; `count` are its rows."""
    site = settings.SITE
    return {
        "title": f"{site['name']}：{listing.title}",
        "filter": listing.words,
        "url": address,
        "changed_at": listing.changed_at() or None,  # ISO 8601
        "count": count,
        "source": site["source"],
        "licence": " ".join(filter(None, [site["licence"], site["licence_url"]])),
    }


def address(listing: Listing, kind: str) -> str:
    """Return the one address of a listing as a file, without the host."""
    return f"{listing.stem}.{kind}{listing.query}"


def body(listing: Listing, kind: str) -> bytes:
    """Return the file: kept from before, or made now. `kind` of KINDS. Raises BusyError."""
    where = address(listing, kind)
    turn = digest(listing.base, where)[:2]  # one of 256: other files needn't wait for this one
    renderer = RENDERERS[kind]
    return Kept("lists", listing.version).file(
        listing.base, where, make=lambda: renderer(listing, f"{listing.base}{where}"), turn=turn
    )


def name(listing: Listing, kind: str) -> str:
    """Return the Content-Disposition of a file: what it is, by which filter, and the day."""
    day = f"{timezone.localdate():%Y%m%d}"
    choice = UNFIT.sub("_", listing.choice)[:60].strip()
    chinese = "-".join(filter(None, [listing.title, choice, day]))
    return tables.disposition(f"{listing.by}-{day}.{kind}", f"{chinese}.{kind}")


def _csvw(listing: Listing, where: str) -> bytes:
    """Describe a CSV file by the W3C's vocabulary (Metadata Vocabulary for Tabular Data, 2015)."""
    where = where.replace(".csv-metadata.json", ".csv", 1)
    rows = _values(listing)
    info = about(listing, where, len(rows))
    texts, kinds = (
        meanings(listing.items, rows),
        {"list": "string", "boolean": {"base": "boolean", "format": "是|否"}},
    )
    columns = (
        {
            "name": item.name,
            "titles": item.label,
            "dc:description": texts[item.name],
            "datatype": kinds.get(item.type, item.type),
            "separator": item.mark if item.type == "list" else "",
        }
        for item in listing.items
    )
    return _json_bytes(
        {
            "@context": ["http://www.w3.org/ns/csvw", {"@language": "zh-Hans"}],
            "url": info["url"],
            "dc:title": info["title"],
            "dc:description": f"条件：{info['filter']}。{info['count']}行。{APOSTROPHE}",
            "dc:extent": f"{info['count']}行",
            "dc:modified": info["changed_at"] or UNCHANGED,
            "dc:source": info["source"],
            "dc:rights": info["licence"],
            "dialect": {"encoding": "utf-8", "delimiter": ",", "lineTerminators": ["\r\n"], "header": True},
            "tableSchema": {
                "columns": [{key: value for key, value in column.items() if value} for column in columns],
                "primaryKey": listing.key if len(listing.key) > 1 else listing.key[0],
            },
        }
    )


def _values(listing: Listing, rows: Iterable[Any] | None = None) -> list[dict[str, Any]]:
    rows = listing.rows() if rows is None else rows
    return [{item.name: item.value(row) for item in listing.items} for row in rows]


def _xlsx(listing: Listing, where: str) -> bytes:
    rows = list(listing.rows())
    info = about(listing, where, len(rows))
    notes = [
        ("内容", info["title"]),
        ("条件", info["filter"]),
        ("行数", str(info["count"])),
        ("数据最后更改", info["changed_at"] or UNCHANGED),
        ("地址", info["url"]),
        ("来源", info["source"]),
        ("使用许可", info["licence"]),
        ("文本", APOSTROPHE),
        ("", ""),
        ("列", "类型和含义"),
    ]
    texts = meanings(listing.items, _values(listing, rows))
    notes += [(item.label, f"{item.type_name}。{texts[item.name]}") for item in listing.items]
    file = tables.xlsx_file(listing.items, rows, notes, listing.title)
    with file:
        return tables.stable(file)


def _json(listing: Listing, where: str) -> bytes:
    rows = _values(listing)
    head = _json_bytes(about(listing, where, len(rows))).removesuffix(b"\n}")
    lines = b",\n".join(json.dumps(row, cls=DjangoJSONEncoder, ensure_ascii=False).encode() for row in rows)
    return b'%s,\n "%s": [\n%s\n ]\n}' % (head, listing.by.encode(), lines)  # a row a line, to be compared over time


def _json_bytes(data: dict[str, Any]) -> bytes:
    return json.dumps(data, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1).encode()


KINDS = {
    "csv": tables.CSV_TYPE,
    "xlsx": tables.XLSX_TYPE,
    "json": "application/json",
    "csv-metadata.json": CSVW_TYPE,
}
# How the bytes of each are made of a listing and the file's own address.
RENDERERS: dict[str, Callable[[Listing, str], bytes]] = {
    "csv": lambda listing, where: b"".join(tables.csv_rows(listing.items, listing.rows(), has_bom=listing.has_bom)),
    "xlsx": _xlsx,
    "json": _json,
    "csv-metadata.json": _csvw,
}
