"""Rows of a model, or a list, as a table: which columns, what each cell says, and the files CSV and XLSX made of it.

A cell is text. What a spreadsheet program would take for a formula, or turn into another number or a date, is led by
an apostrophe (`safe`); `plain` takes it away again. Files are written to a spool that leaves memory above 1 MB.
openpyxl is imported when a workbook is asked for: it is a tenth of a worker's memory.
"""

import csv
import datetime
import io
import re
import unicodedata
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from tempfile import SpooledTemporaryFile
from typing import IO, Any
from urllib.parse import quote

from django.db import models
from django.db.models import Q, QuerySet
from django.utils import timezone

from ..models import HistoryEntry, Region
from ..models.names import SEPARATOR
from ..search.facet_sets import Version

BOM = "\ufeff"
IN_MEMORY = 1 << 20  # bytes; a larger file goes on in a temporary one
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV_TYPE = "text/csv; charset=utf-8"
MOST = 32_767  # characters that a cell of a spreadsheet holds
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip can name
_UNIX = 3
_READABLE = 0o644 << 16
_MOMENTS = re.compile(rb"<dcterms:(created|modified)\b[^>]*>[^<]*</dcterms:\1>")
_DANGEROUS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r")
# What a spreadsheet program takes for a number, date, time, share, sum of money, truth or error, in whatever width:
# 3月1日, 1.10, 12:30, 1E+5, 1/2, 00123, (5), TRUE, #N/A … A number that it writes as it stands isn't bent.
_NUMERIC = re.compile(r"(?=.*\d)[\d.,:/\\\-+eE%‰¥￥$€£()年月日时時分秒点上下午AaPpMm \xa0]+")
_MONTH = (
    "(jan(uary)?|feb(ruary)?|mar(ch)?|apr(il)?|may|june?|july?|aug(ust)?|sept?(ember)?|oct(ober)?|nov(ember)?"
    "|dec(ember)?)"
)
_NAMED = re.compile(
    rf"true|false|#[a-z0-9/!?]+|{_MONTH}[-/ .,]*\d[\d ,]*|\d+[-/ .,]*{_MONTH}[-/ .,]*\d*", re.IGNORECASE
)
_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")  # what XLSX reads as a character that XML can't hold
_STEADY = re.compile(r"(?!\d[\d.]{16})(0|[1-9]\d{0,14})(\.\d{0,13}[1-9])?")


TYPE_NAMES = {"string": "文字", "integer": "整数", "date": "日期", "boolean": "是/否", "list": "多个文字"}


@dataclass(frozen=True)
class Column:
    """A column: its name in JSON, its heading, its type (of TYPE_NAMES), what it means, and what it says of a row
    (as JSON has it: text, number, date, truth, a list of texts, None). `mark` parts a list in a cell.
    """

    name: str
    label: str
    type: str
    meaning: str
    value: Callable[[Any], Any]
    mark: str = SEPARATOR
    constraints: dict[str, Any] = field(default_factory=dict)  # as Frictionless names them

    @property
    def type_name(self) -> str:
        """The type in Chinese."""
        return TYPE_NAMES[self.type]

    def cell(self, row: Any) -> str:
        """Return what a file says of a row."""
        value = self.value(row)
        return safe(self.mark.join(map(text, value)) if self.type == "list" and value is not None else value)


@dataclass
class Listing:
    """A list and its one address. stem: that address without ending and query. by: what a row is, as JSON names it.

    columns and rows are called when a file is made of them, not before. models: whose changes are changes of the
    list; all, where none is named.
    """

    base: str  # scheme and host
    stem: str
    by: str
    title: str
    words: str  # the choice of rows and their order
    key: list[str]
    columns: Callable[[], list[Column]]
    rows: Callable[[], Iterable[Any]]
    version: Version  # of the record
    models: tuple[str, ...] = ()
    choice: str = ""  # what the rows were chosen by, for the name of a file
    query: str = ""  # canonical
    page_query: str = ""  # of the page that shows the same
    has_bom: bool = True  # of CSV alone

    @cached_property
    def items(self) -> list[Column]:
        """The columns; what was issued is read once for all of them."""
        return self.columns()

    @property
    def page(self) -> str:
        """The address of the page that shows the same rows."""
        return f"{self.stem}/{self.page_query}"

    def changed_at(self) -> str:
        """Return when a row last changed, ISO 8601 in Beijing's time; empty: not since it was put up."""
        entries = HistoryEntry.objects.filter(is_public=True)
        return latest(entries.filter(content_type__model__in=self.models) if self.models else entries)


def record_changed_at() -> str:
    """Return when anything that the files of the whole record hold last changed, as `Listing.changed_at` does.

    Other names and terms are in them, though no page tells of their changes.
    """
    of_areas = Q(content_type__model="alias", edit__subject_id__in=Region.all_objects.order_by().values("pk"))
    return latest(HistoryEntry.objects.filter(Q(is_public=True) | of_areas | Q(content_type__model="term")))


def latest(entries: QuerySet) -> str:
    """Return the time of the latest entry, ISO 8601 in Beijing's time; empty where there is none."""
    last = entries.order_by("-timestamp").values_list("timestamp", flat=True).first()
    return timezone.localtime(last).isoformat(timespec="seconds") if last else ""


def columns(model: type[models.Model], without: Iterable[str] = ()) -> list[Column]:
    """Return the columns of `model`: every field, links in words, and the address name of a linked area first."""
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    exported_fields = [field for field in (*fields, *model._meta.many_to_many) if field.name not in set(without)]
    exported_fields.sort(key=lambda field: not field.editable)  # day and reason of 撤下 come last
    field_columns = [
        Column(field.name, str(field.verbose_name), "string", "", _reader(field)) for field in exported_fields
    ]
    key_columns = [
        Column("region__slug", f"{link.verbose_name}地址名", "string", "", lambda row: row.region.slug)
        for link in exported_fields
        if link.many_to_one and link.name == "region"
    ]
    return [*key_columns, *field_columns]


def links(model: type[models.Model]) -> tuple[list[str], list[str]]:
    """Return what the columns of `model` read beyond the row: names to select with it, and to prefetch."""
    single = [field.name for field in model._meta.concrete_fields if field.many_to_one]
    return single, [field.name for field in model._meta.many_to_many]


def _reader(field: models.Field) -> Callable[[Any], Any]:
    if field.many_to_many:
        return lambda row: [_name(related_row) for related_row in getattr(row, field.name).all()]
    if field.many_to_one:
        return lambda row: _name(getattr(row, field.name))
    if field.choices:
        return lambda row: getattr(row, f"get_{field.name}_display")()
    return lambda row: getattr(row, field.name)


def _name(row: models.Model | None) -> str:
    """Return what a linked row is called in a table."""
    return str(getattr(row, "name", None) or row or "")


def text(value: Any) -> str:
    """Return the text of a cell: 是 and 否, dates as 2015-12-31, times to the second in Beijing's, as in
    the API, several joined by 、."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list | tuple):
        return SEPARATOR.join(map(text, value))
    if isinstance(value, datetime.datetime):
        return timezone.localtime(value).isoformat(timespec="seconds")
    return value.isoformat() if isinstance(value, datetime.date) else str(value)


def safe(value: Any) -> str:
    """Return the text of a cell that no spreadsheet program takes for a formula or turns into something else."""
    cell_text = text(value)
    is_bent = cell_text.startswith((*_DANGEROUS, "'"))
    if isinstance(value, str) and not (_STEADY.fullmatch(cell_text) and cell_text.isascii()):
        bare = unicodedata.normalize("NFKC", cell_text).strip()
        is_number = _NUMERIC.fullmatch(bare) or _NAMED.fullmatch(bare)
        is_bent = is_bent or bool(is_number) or bare.startswith(("=", "+", "-", "@"))
    return f"'{cell_text}" if is_bent else cell_text


def plain(cell_text: str) -> str:
    """Return the text that `safe` was given."""
    bare = cell_text.removeprefix("'")
    return bare if safe(bare) == cell_text else cell_text


def csv_rows(columns: Sequence[Column], rows: Iterable[models.Model], *, has_bom: bool = True) -> Iterator[bytes]:
    """Yield a CSV file (RFC 4180, UTF-8) line by line; without rows, the header alone."""
    line = io.StringIO(newline="")
    write = csv.writer(line, lineterminator="\r\n").writerow
    for number, cells in enumerate(_cells(columns, rows)):
        write(cells)
        yield ((BOM if has_bom and not number else "") + line.getvalue()).encode()
        line.seek(0)
        line.truncate()


def _cells(columns: Sequence[Column], rows: Iterable[models.Model]) -> Iterator[list[str]]:
    yield [safe(column.label) for column in columns]
    for row in rows:
        yield [column.cell(row) for column in columns]


def csv_file(columns: Sequence[Column], rows: Iterable[models.Model]) -> IO[bytes]:
    """Return a CSV file, opened at its beginning."""
    spool = _spool()
    spool.writelines(csv_rows(columns, rows))
    spool.seek(0)
    return spool


def xlsx_file(
    columns: Sequence[Column], rows: Iterable[models.Model], notes: Iterable[tuple[str, str]], title: str
) -> IO[bytes]:
    """Return an XLSX file, opened at its beginning: a sheet `title`, and a sheet 说明 of `notes` (label, text)."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    _fill(book.create_sheet(title), _cells(columns, rows))
    _fill(book.create_sheet("说明"), ([safe(label), safe(note)] for label, note in notes))
    spool = _spool()
    book.save(spool)
    spool.seek(0)
    return spool


def packed(files: Iterable[tuple[str, bytes]]) -> bytes:
    """Return a zip of (path, content) in the order given: its bytes depend on nothing but what is in it."""
    spool = io.BytesIO()
    with zipfile.ZipFile(spool, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path, content in files:
            entry = zipfile.ZipInfo(path, _EPOCH)
            entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, _UNIX, _READABLE
            archive.writestr(entry, content)
    return spool.getvalue()


def stable(book: IO[bytes]) -> bytes:
    """Return an XLSX file without the moment at which it was written: packed again, its parts in their order."""
    with zipfile.ZipFile(book) as archive:
        return packed((part.filename, _MOMENTS.sub(b"", archive.read(part))) for part in archive.infolist())


def _fill(sheet: Any, lines: Iterable[list[str]]) -> None:
    """Write lines into a sheet; each cell is and stays text, whatever is typed into it later."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, WriteOnlyCell

    for number, line in enumerate(lines):
        if not number:
            sheet.freeze_panes = "A2"
        cells = []
        for value in line:
            escaped = _ESCAPE.sub("_x005F_", ILLEGAL_CHARACTERS_RE.sub("", value)[:MOST])
            cells.append(WriteOnlyCell(sheet, escaped))
            cells[-1].data_type, cells[-1].number_format = "s", "@"
        sheet.append(cells)


def _spool() -> IO[bytes]:
    return SpooledTemporaryFile(max_size=IN_MEMORY)


def disposition(ascii_name: str, name: str) -> str:
    """Return the Content-Disposition of a download: a name for every program, and the Chinese one (RFC 6266)."""
    return f"attachment; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(name, safe='')}"
