"""Reads a table that somebody brought, XLSX or CSV, or pasted, and stops early at what is too much.

Rows are read under their headings, wherever these stand: a title may stand above them. Characters that nobody sees
are dropped. What a file is that isn't a table is said.
"""

import csv
import io
from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from ..exports.tables import plain
from ..models.characters import cleaned
from . import workbook
from .ooxml import SheetError as SheetError
from .workbook import MOST_COLUMNS, Cell
from .workbook import MOST_ROWS as MOST_ROWS

MOST_BYTES = 1 << 20
TITLES = 20  # rows that may stand above the headings
_ENCODINGS = ("utf-8-sig", "gb18030")  # gb18030 is GBK and more: what Excel writes in China
_MARKS = (",", "\t", ";")
NO_TABLE = "文件不是 UTF-8 或 GBK 编码的 CSV，也不是 XLSX。"
_OTHERS = (
    (b"\xd0\xcf\x11\xe0", "这是旧格式（.xls）或加了密码的工作簿"),
    (b"%PDF", "这是 PDF"),
    (b"{\\rtf", "这是 RTF 文档"),
    (b"\x1f\x8b", "这是压缩文件"),
    (b"Rar!", "这是压缩文件"),
    (b"7z\xbc\xaf", "这是压缩文件"),
    (b"\x89PNG", "这是图片"),
    (b"\xff\xd8\xff", "这是图片"),
)
_MARKUP = ((b"<html", "这是网页（HTML）"), (b"<table", "这是网页（HTML）"), (b"<!doctype html", "这是网页（HTML）"))


class Line(NamedTuple):
    """A row of the table: its number in the file as a spreadsheet shows it, its cells by heading, and by heading
    what those are that aren't text (kinds of `workbook.Cell`).
    """

    number: int
    cells: dict[str, str]
    kinds: dict[str, str]


def read(file: bytes, headings: Collection[str] = ()) -> tuple[list[Line], list[str]]:
    """Return the rows of an XLSX or CSV file under their headings, empty ones left out, and what to say of how they
    were read. SheetError.

    known: headings that are looked for; the row that has most of them is that of the headings.
    """
    if len(file) > MOST_BYTES:
        raise SheetError("文件超过 1 MB。")
    start = file.removeprefix(b"\xef\xbb\xbf").lstrip()[:500]
    others = [description for sign, description in _OTHERS if start.startswith(sign)]
    if start.startswith(b"<"):
        others += [description for sign, description in _MARKUP if sign in start.lower()] or ["这是 XML 文件"]
    if others:
        raise SheetError(f"{others[0]}，不能导入。请用电子表格打开，另存为 XLSX 或 CSV 再导入。")
    grid, remarks = workbook.read(file) if file.startswith(b"PK") else (_csv(file, headings), [])
    rows = [(number, [_read(cell) for cell in cells]) for number, cells in grid]
    rows = [(number, cells) for number, cells in rows if any(cell.text.strip() for cell in cells)]
    counts = [_known(cells, headings) for _, cells in rows[:TITLES]]
    above = counts.index(max(counts)) if counts else 0  # rows above the headings
    if above:
        remarks.append(f"列名在第{rows[above][0]}行，它上面的行没有读。")
    return _lines(rows[above:]), remarks


def from_cells(text: str, headings: Collection[str], order: list[str]) -> tuple[list[Line], list[str]]:
    """Return what `read` does of cells as Excel and WPS copy them, parted by tabs; SheetError.

    headings: those that a first row may have. order: those of cells that come without one, from the left.
    """
    grid = [(number, list(map(_read, cells))) for number, cells in _bounded(text, "\t", 1)]
    remarks = list[str]()
    if grid and not _known(grid[0][1], headings):
        width = max(len(cells) for _, cells in grid)
        if width > len(order):
            raise SheetError(f"没有列名，又多于{len(order)}列：请连同列名一起复制。")
        grid.insert(0, (0, list(map(Cell, order[:width]))))  # columns that weren't copied are left as they are
        remarks.append(f"第一行没有列名，从左到右当作：{'、'.join(order[:width])}。")
    return _lines(grid), remarks


def _read(cell: Cell) -> Cell:
    return cell if cell.kind else Cell(cleaned(plain(cell.text)))


def _known(cells: Iterable[Cell], headings: Collection[str]) -> int:
    return sum(cell.text.strip() in headings for cell in cells)


def _lines(rows: list[tuple[int, list[Cell]]]) -> list[Line]:
    headings = [cell.text.strip() for cell in rows[0][1]] if rows else []
    while headings and not headings[-1]:
        headings.pop()
    if not headings or "" in headings:
        raise SheetError("第一行须是列名，每列都要有。")
    twice = sorted({heading for heading in headings if headings.count(heading) > 1})
    if twice:
        raise SheetError(f"列名重复：{'、'.join(twice)}。")
    if len(rows) > MOST_ROWS + 1:
        raise SheetError(f"超过 {MOST_ROWS} 行。")
    return [_line(number, cells, headings) for number, cells in rows[1:]]


def _line(number: int, cells: list[Cell], headings: list[str]) -> Line:
    if any(cell.text for cell in cells[len(headings) :]):
        raise SheetError(f"第{number}行比列名多出内容。")
    cells = cells + [Cell("")] * (len(headings) - len(cells))
    pairs = dict(zip(headings, cells, strict=False))
    kinds = {heading: cell.kind for heading, cell in pairs.items() if cell.kind}
    return Line(number, {heading: cell.text for heading, cell in pairs.items()}, kinds)


def _csv(file: bytes, headings: Collection[str]) -> list[tuple[int, list[Cell]]]:
    csv.field_size_limit(131_072)  # the module's own; it is the whole process's, and another may have raised it
    text = _decoded(file)
    if text.count("\0") > len(text) / 20:  # UTF-16 without its mark, or no text; a single one is told at its cell
        raise SheetError(NO_TABLE)
    first, _, rest = text.partition("\n")
    if first.strip().lower().startswith("sep=") and len(first.strip("\r")) == 5:
        return _bounded(rest, first[4], 2)
    mark = max(_MARKS, key=lambda mark: _score(text, mark, headings))
    return _bounded(text, mark, 1)


def _score(text: str, mark: str, headings: Collection[str]) -> int:
    """Return how many of the known headings a row has where `mark` parts the cells."""
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
    try:
        first = (map(Cell, row[:MOST_COLUMNS]) for row in islice(rows, TITLES))
        return max((_known(map(_read, cells), headings) for cells in first), default=0)
    except csv.Error:
        return 0


def _bounded(text: str, mark: str, first: int) -> list[tuple[int, list[Cell]]]:
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    numbered_rows = []
    try:
        for number, cells in enumerate(rows, first):
            if any(map(str.strip, cells)):
                numbered_rows.append((number, list(_cells(number, cells))))
            if len(numbered_rows) > MOST_ROWS + TITLES:
                raise SheetError(f"超过 {MOST_ROWS} 行。")
    except csv.Error as error:
        raise SheetError("引号或分隔不完整，或一格内容过长。") from error
    return numbered_rows


def _cells(number: int, cells: list[str]) -> Iterator[Cell]:
    if len(cells) > MOST_COLUMNS and any(cells[MOST_COLUMNS:]):
        raise SheetError(f"第{number}行超过 {MOST_COLUMNS} 列。")
    for cell in cells[:MOST_COLUMNS]:
        if cell.startswith("="):
            raise SheetError(f"第{number}行含公式，不接受：{cell[:30]}")
        yield Cell(cell)


def _decoded(file: bytes) -> str:
    is_wide = file.startswith((b"\xff\xfe", b"\xfe\xff"))  # what a spreadsheet program calls Unicode text
    for encoding in ("utf-16",) if is_wide else _ENCODINGS:
        try:
            return file.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise SheetError(NO_TABLE)
