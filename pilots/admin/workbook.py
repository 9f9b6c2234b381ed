"""Reads a sheet of an XLSX file; of its XML nothing is kept but texts, the formats of numbers, and cells that hold
something (70 MB were the most measured)."""

import datetime
import posixpath
import re
from typing import Any, NamedTuple

from .ooxml import BROKEN, Parts, Reader, SheetError

MOST_CHARACTERS = 4_000_000  # of all cells; a text that many cells share counts in each
MOST_ROWS = 2_000  # with something in them, the headings among them not counted
MOST_COLUMNS = 60
MOST_TEXT = 32_767  # characters in a cell: as many as a spreadsheet program keeps
_HALF = re.compile("[\ud800-\udfff]")  # of a surrogate: no encoding holds it, not even the page that names it
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")  # ECMA-376, 22.9.2.19: a character that XML can't hold
_EPOCHS = (datetime.date(1899, 12, 30), datetime.date(1904, 1, 1))
# Numbers of formats that stand in no file (ECMA-376, 18.8.30; 27 to 36 and 50 to 58 as in Chinese).
_DATES = {*range(14, 18), 22, *range(27, 32), 36, *range(50, 55), 57, 58}
_TIMES = {*range(18, 22), *range(32, 36), *range(45, 48), 55, 56}
_BUILT_IN = {9: "百分数", 10: "百分数", 11: "科学记数", 12: "分数", 13: "分数", 48: "科学记数"}
DATE = "日期"
NUMBER = "数字"
TRUTH = "真假值"


class Cell(NamedTuple):
    """What a cell holds, as text, and what it is where it isn't text (DATE, NUMBER, TRUTH …)."""

    text: str
    kind: str = ""


# The rows of a sheet that hold something, with their numbers as a spreadsheet shows them, and what to say of it.
Grid = tuple[list[tuple[int, list[Cell]]], list[str]]


def read(file: bytes) -> Grid:
    """Return the first sheet that is not hidden. SheetError."""
    try:
        return _Book(Parts(file)).grid()
    except SheetError:
        raise
    except Exception as error:  # a broken file breaks zipfile, zlib, expat and the reading in ways of their own
        raise SheetError(BROKEN) from error


class _Relations(Reader):
    """Which parts a part speaks of."""

    def __init__(self) -> None:
        self.rows: list[dict[str, str]] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "Relationship" and attributes.get("TargetMode") != "External":
            self.rows.append(attributes)


class _Contents(Reader):
    """The sheets of a workbook, and from when its dates count."""

    def __init__(self) -> None:
        self.sheets: list[tuple[str, str, bool]] = []
        self.epoch = _EPOCHS[0]

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "workbookPr":
            self.epoch = _EPOCHS[attributes.get("date1904") in ("1", "true")]
        if tag == "sheet":
            [relation] = [value for name, value in attributes.items() if name.endswith(":id")]
            self.sheets.append((attributes["name"], relation, attributes.get("state", "visible") == "visible"))


class _Strings(Reader):
    """The texts that cells share; what is said above the characters (phonetics) isn't part of them."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._pieces: list[str] = []
        self._is_text = self._is_phonetic = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._is_phonetic |= tag == "rPh"
        self._is_text = tag == "t"

    def said(self, text: str) -> None:
        if self._is_text and not self._is_phonetic:
            self._pieces.append(text)

    def end(self, tag: str) -> None:
        self._is_text = False
        self._is_phonetic &= tag != "rPh"
        if tag == "si":
            self.texts.append("".join(self._pieces))
            self._pieces = []


class _Styles(Reader):
    """What each style makes of a number: a date, a share …, or nothing special."""

    def __init__(self) -> None:
        self.kinds: list[str] = []
        self._formats: dict[str, str] = {}
        self._list = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag in ("numFmts", "cellXfs", "dxfs", "cellStyleXfs"):
            self._list = tag
        elif self._list == "numFmts" and tag == "numFmt":
            self._formats[attributes["numFmtId"]] = _kind(attributes.get("formatCode", "")[:200])
        elif self._list == "cellXfs" and tag == "xf":
            number = attributes.get("numFmtId", "0")
            built_in = (
                DATE if int(number) in _DATES else "时刻" if int(number) in _TIMES else _BUILT_IN.get(int(number), "")
            )
            self.kinds.append(self._formats.get(number, built_in))

    def end(self, tag: str) -> None:
        if tag == self._list:
            self._list = ""


def _kind(code: str) -> str:
    """Return what a number is shown as by the code of a format."""
    bare = re.sub(r'"[^"]*"|\\.|_.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', "", code.partition(";")[0], flags=re.IGNORECASE)
    signs = ((DATE, "[yd]|m(?!.*[hs])(?<![hs]m)"), ("时刻", "[hms]"), ("百分数", "%"), ("科学记数", r"e[+-]"))
    kinds = (kind for kind, sign in signs if re.search(sign, bare, re.IGNORECASE) and bare.lower() != "general")
    return next(kinds, "分数" if "/" in bare else "货币" if re.search(r"[¥￥$€£]|\[\$[^-\]]", code) else "")


class _Sheet(_Strings):
    """The rows of a sheet that hold something, cells by column; merged ranges; which rows are hidden."""

    def __init__(self, name: str, texts: list[str], kinds: list[str], epoch: datetime.date) -> None:
        super().__init__()
        self.name = name
        self.rows: dict[int, dict[int, Cell]] = {}
        self.hidden: list[int] = []
        self.merged: list[str] = []
        self._shared, self._kinds, self._epoch = texts, kinds, epoch
        self._row, self._column, self._is_hidden, self._characters = 0, 0, False, 0
        self._cell: dict[str, str] = {}
        self._formula: bool = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        super().start(tag, attributes)
        self._is_text |= tag in ("v", "f")
        self._formula |= tag == "f"
        if tag == "row":
            number = int(attributes.get("r", self._row + 1))
            if number <= self._row:
                raise SheetError(BROKEN)
            self._row, self._column, self._is_hidden = number, 0, attributes.get("hidden") in ("1", "true")
        elif tag == "c":
            self._column = _column(attributes["r"]) if "r" in attributes else self._column + 1
            if _row(attributes.get("r", f"A{self._row}")) != self._row:
                raise SheetError(BROKEN)
            self._cell, self._pieces, self._formula = attributes, [], False
        elif tag == "mergeCell":
            self.merged.append(attributes["ref"])

    def end(self, tag: str) -> None:
        super().end(tag)
        if tag == "f":
            where = f"{_letters(self._column)}{self._row}"
            raise SheetError(f"第{self._row}行含公式，不接受：{where} ={''.join(self._pieces)[:30]}")
        if tag != "c":
            return
        cell = self._read("".join(self._pieces))
        if cell.text:
            self._keep(cell)

    @property
    def _place(self) -> str:
        """Where the reading is: as a spreadsheet shows it."""
        return f"第{self._row}行{_letters(self._column)}列"

    def _keep(self, cell: Cell) -> None:
        if self._column > MOST_COLUMNS:
            raise SheetError(f"第{self._row}行超过 {MOST_COLUMNS} 列。")
        if len(cell.text) >= MOST_TEXT:
            raise SheetError(f"{self._place}有 {MOST_TEXT} 字或更多，电子表格装不下，可能已被截断。")
        self._characters += len(cell.text)
        if self._characters > MOST_CHARACTERS:
            raise SheetError("表格的文字过多。")
        if self._row not in self.rows and self._is_hidden:
            self.hidden.append(self._row)
        self.rows.setdefault(self._row, {})[self._column] = cell
        if len(self.rows) > MOST_ROWS + 100:  # titles above the headings; the rows of data are counted later
            raise SheetError(f"超过 {MOST_ROWS} 行。")

    def _read(self, text: str) -> Cell:
        kind = self._cell.get("t", "n")
        if kind == "e":
            raise SheetError(f"{self._place}是错误值（{text[:10]}），不接受。")
        if kind == "b" and text:
            return Cell("是" if text in ("1", "true") else "否", TRUTH)
        if kind == "d" and text:
            return Cell(datetime.datetime.fromisoformat(text).date().isoformat(), DATE)
        if kind == "n":
            return self._number(text.strip()) if text.strip() else Cell("")
        escaped = self._shared[int(f"+{text.strip()}")] if kind == "s" and text else text
        text = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), escaped)
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")  # two halves are a character
        if half := _HALF.search(text):
            raise SheetError(f"{self._place}有半个字符（U+{ord(half[0]):04X}），请删去或改正。")
        return Cell(text)

    def _number(self, text: str) -> Cell:
        number, style = float(text), int(self._cell.get("s", 0))
        kind = self._kinds[style] if style < len(self._kinds) else ""
        if kind == DATE:
            day = self._epoch + datetime.timedelta(days=int(number))
            return Cell(day.isoformat(), DATE if number.is_integer() else "日期和时刻")
        number_text = str(int(number)) if number.is_integer() else repr(number)
        return Cell(number_text, kind or ("超过15位的数字" if abs(number) >= 10**15 else NUMBER))


def _column(reference: str) -> int:
    number = 0
    match: Any = re.fullmatch(r"([A-Z]{1,3})\d{1,7}", reference)
    for char in match[1]:
        number = number * 26 + ord(char) - 64
    return number


def _letters(column: int) -> str:
    return (_letters((column - 1) // 26) + chr((column - 1) % 26 + 65)) if column else ""


class _Book:
    """A workbook: finds its parts by what they are to it, never by their names."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._path = self._related("/officeDocument", "")[0][1]
        self._contents = parts.parse(self._path, _Contents())

    def grid(self) -> Grid:
        """Return the first visible sheet."""
        sheets = dict(self._related("/worksheet", self._path))
        worksheets = [
            (name, sheets[key], is_visible) for name, key, is_visible in self._contents.sheets if key in sheets
        ]
        hidden_names = "、".join(f"“{name}”" for name, _, is_visible in worksheets if not is_visible)
        visible_sheets = [(name, part) for name, part, is_visible in worksheets if is_visible]
        if not visible_sheets:
            raise SheetError(
                f"工作表都是隐藏的：{hidden_names}。请取消隐藏要导入的一个。" if hidden_names else BROKEN
            )
        name, part = visible_sheets[0]
        remarks = [f"读的是工作表“{name}”。"] if len(worksheets) > 1 else []
        remarks += [f"隐藏的工作表没有读：{hidden_names}。"] if hidden_names else []
        texts, kinds = self._shared("/sharedStrings", _Strings()).texts, self._shared("/styles", _Styles()).kinds
        sheet = self._parts.parse(part, _Sheet(name, texts, kinds, self._contents.epoch))
        if sheet.hidden:
            more = f"等{len(sheet.hidden)}行" if len(sheet.hidden) > 20 else ""
            remarks.append(f"隐藏的行也读：第{'、'.join(map(str, sheet.hidden[:20]))}行{more}。")
        return _filled(sheet), remarks

    def _shared(self, kind: str, reader: Any) -> Any:
        """Return the reader of what all sheets share, which has read nothing where there is none."""
        rows = self._related(kind, self._path)
        return self._parts.parse(rows[0][1], reader) if rows else reader

    def _related(self, kind: str, part: str) -> list[tuple[str, str]]:
        folder, name = posixpath.split(part)
        relations = self._parts.parse(posixpath.join(folder, "_rels", f"{name}.rels"), _Relations())
        return [
            (row["Id"], posixpath.normpath(posixpath.join("/", folder, row["Target"])).lstrip("/"))
            for row in relations.rows
            if row.get("Type", "").endswith(kind)
        ]


def _filled(sheet: _Sheet) -> list[tuple[int, list[Cell]]]:
    """Return the rows, what is said once for merged rows said in each of them."""
    left = MOST_ROWS * MOST_COLUMNS  # merged ranges don't overlap, but in a file that was made to be slow
    for reference in sheet.merged:
        first, _, last = reference.partition(":")
        top, bottom, column = _row(first), min(_row(last or first), _row(first) + MOST_ROWS), _column(first)
        left -= max(bottom - top, 0) + 1
        if left < 0:
            raise SheetError("合并的单元格过多。")
        if column in sheet.rows.get(top, {}) and column == _column(last or first):
            for number in sheet.rows.keys() & set(range(top + 1, bottom + 1)):
                sheet.rows[number].setdefault(column, sheet.rows[top][column])
    return [
        (number, [cells.get(column, Cell("")) for column in range(1, max(cells) + 1)])
        for number, cells in sorted(sheet.rows.items())
    ]


def _row(reference: str) -> int:
    match: Any = re.fullmatch(r"[A-Z]{1,3}(\d{1,7})", reference)
    return int(match[1])
