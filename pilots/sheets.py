"""Reads a table that somebody brought, XLSX or CSV, and stops early at what is too much.

Nothing is unpacked or parsed before its size is known: a spreadsheet is a zip of XML, and 45 KB of it can ask for
minutes and gigabytes. The elements of all its parts are counted first, by a parser that keeps nothing.
"""

import csv
import datetime
import io
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple
from xml.parsers import expat

from openpyxl import load_workbook

from pilots.tables import BOM, plain

MOST_BYTES = 1 << 20
MOST_UNZIPPED = 20 << 20
MOST_PARTS = 100  # files inside a spreadsheet; Excel writes about ten
MOST_ELEMENTS = 200_000  # XML elements of all parts: 2,000 rows of 26 cells take up to 160,000
MOST_ROWS = 2_000
MOST_COLUMNS = 60
_PIECE = 1 << 16
_ENCODINGS = ("utf-8-sig", "gb18030")  # gb18030 is GBK and more: what Excel writes in China


class SheetError(Exception):
    """A table that can't be taken; says why in Chinese, with the row where there is one."""


class Line(NamedTuple):
    """A row of the table: its number in the file as a spreadsheet shows it, and its cells by heading."""

    number: int
    cells: dict[str, str]


def read(file: bytes) -> list[Line]:
    """Return the rows of an XLSX or CSV file under their headings; empty rows are left out. SheetError."""
    if len(file) > MOST_BYTES:
        raise SheetError("文件超过 1 MB。")
    rows = _xlsx(file) if file.startswith(b"PK") else _csv(file)
    return _lines(_bounded(rows))


def _bounded(rows: Iterable[list[str]]) -> Iterator[tuple[int, list[str]]]:
    for number, cells in enumerate(rows, 1):
        if number > MOST_ROWS + 1:
            raise SheetError(f"超过 {MOST_ROWS} 行。")
        if len(cells) > MOST_COLUMNS:
            raise SheetError(f"第{number}行超过 {MOST_COLUMNS} 列。")
        if any(cells):
            yield number, cells


def _lines(rows: Iterator[tuple[int, list[str]]]) -> list[Line]:
    _, headings = next(rows, (0, []))
    headings = [heading.strip() for heading in headings]
    while headings and not headings[-1]:
        headings.pop()
    if not headings or "" in headings:
        raise SheetError("第一行须是列名，每列都要有。")
    twice = sorted({heading for heading in headings if headings.count(heading) > 1})
    if twice:
        raise SheetError(f"列名重复：{'、'.join(twice)}。")
    return [_line(number, cells, headings) for number, cells in rows]


def _line(number: int, cells: list[str], headings: list[str]) -> Line:
    if any(cells[len(headings) :]):
        raise SheetError(f"第{number}行比列名多出内容。")
    cells = cells + [""] * (len(headings) - len(cells))
    return Line(number, dict(zip(headings, cells, strict=False)))


def _csv(file: bytes) -> Iterator[list[str]]:
    text = _decoded(file)
    if "\0" in text:
        raise SheetError("文件不是 UTF-8 或 GBK 编码的 CSV，也不是 XLSX。")
    try:
        for number, cells in enumerate(csv.reader(io.StringIO(text, newline=""), strict=True), 1):
            yield [_unformed(cell, number) for cell in cells]
    except csv.Error as error:
        raise SheetError("CSV 的引号或分隔不完整，或一格内容过长。") from error


def _decoded(file: bytes) -> str:
    for encoding in _ENCODINGS:
        try:
            return file.decode(encoding).removeprefix(BOM)
        except UnicodeDecodeError:
            continue
    raise SheetError("文件不是 UTF-8 或 GBK 编码的 CSV，也不是 XLSX。")


def _unformed(cell: str, number: int) -> str:
    if cell.startswith("="):
        raise SheetError(f"第{number}行含公式，不接受：{cell[:30]}")
    return plain(cell).replace("\r\n", "\n").replace("\r", "\n")


def _xlsx(file: bytes) -> Iterator[list[str]]:
    _weigh(file)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl's, of looks that it doesn't keep
            sheet = load_workbook(io.BytesIO(file), read_only=True, keep_links=False).worksheets[0]
            rows = sheet.iter_rows(max_row=MOST_ROWS + 2, max_col=MOST_COLUMNS + 1)
            for number, cells in enumerate(rows, 1):
                yield _trimmed([_cell(cell, number) for cell in cells])
    except SheetError:
        raise
    except Exception as error:  # openpyxl raises whatever a broken file makes of it
        raise SheetError("文件读不出来：不是完好的 XLSX。") from error


def _trimmed(cells: list[str]) -> list[str]:
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _weigh(file: bytes) -> None:
    """Refuse a zip that is too much: by its table of contents, and then by its XML elements, keeping nothing."""
    try:
        with zipfile.ZipFile(io.BytesIO(file)) as archive:
            parts = archive.infolist()
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNZIPPED:
                raise SheetError("文件解压后过大（超过 20 MB 或 100 个部分）。")
            count = _Counter()
            for part in parts:
                if part.filename.lower().endswith((".xml", ".rels")):
                    count.elements_of(archive.open(part))
    except (zipfile.BadZipFile, expat.ExpatError, OSError, RuntimeError, NotImplementedError, EOFError) as error:
        raise SheetError("文件读不出来：不是完好的 XLSX。") from error


class _Counter:
    """Counts XML elements and keeps none; an own document type, by which XML can grow, is refused."""

    elements = 0

    def elements_of(self, part: Any) -> None:
        parser = expat.ParserCreate()
        parser.StartElementHandler, parser.StartDoctypeDeclHandler = self._element, self._doctype
        with part:
            while piece := part.read(_PIECE):
                parser.Parse(piece)
            parser.Parse(b"", True)

    def _element(self, name: str, attributes: dict[str, str]) -> None:
        self.elements += 1
        if self.elements > MOST_ELEMENTS:
            raise SheetError("表格的单元格过多。")

    @staticmethod
    def _doctype(*declared: Any) -> None:
        raise SheetError("文件含有不接受的 XML 声明。")


def _cell(cell: Any, number: int) -> str:
    value = cell.value
    if cell.data_type == "f":
        raise SheetError(f"第{number}行含公式，不接受：{str(value)[:30]}")
    if isinstance(value, datetime.datetime):
        return value.date().isoformat()
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else plain(str(value)).replace("\r\n", "\n").replace("\r", "\n")
