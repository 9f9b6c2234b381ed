"""The parts of an XLSX file, read within limits: a spreadsheet is a zip of XML, and 18 KB can ask for gigabytes.

Only the parts that a sheet needs are unpacked, whatever they are called, and what they unpack to is counted together.
The XML goes by in pieces: the counts bound the memory, and between two pieces time is looked at.
"""

import io
import time
import zipfile
from collections.abc import Iterator
from itertools import pairwise
from typing import Any
from xml.parsers import expat

MOST_UNZIPPED = 20 << 20
MOST_PARTS = 100  # files inside a spreadsheet; Excel writes about ten
MOST_ELEMENTS = 600_000  # XML elements of all parts that are read: 2,000 rows of 26 cells take up to 160,000
MOST_DEPTH = 64  # elements inside each other; a sheet has about ten
MOST_TAG = 64 << 10  # bytes of a tag, with its attributes, or of a comment
MOST_SECONDS = 5  # of processor time; a sheet of the most rows and columns takes one
PIECE = 64 << 10  # bytes of XML between two looks at the limits
BROKEN = "文件读不出来：不是完好的 XLSX。"
TOO_LARGE = "文件解压后过大（超过 20 MB 或 100 个部分）。"
LOCAL_HEADER = 30  # bytes before each part, its name not counted
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # what XLSX may use, and what is unpacked piece by piece


class SheetError(Exception):
    """A table that can't be taken; says why in Chinese, with the row where there is one."""


class Parts:
    """The files inside the zip, each unpacked when it is asked for; the limits hold for all of them together."""

    def __init__(self, file: bytes) -> None:
        self._archive = zipfile.ZipFile(io.BytesIO(file))
        parts = self._archive.infolist()
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNZIPPED:
            raise SheetError(TOO_LARGE)
        _refuse_strange(parts, self._archive.start_dir)
        self._left, self._elements, self._depth = MOST_UNZIPPED, 0, 0
        self._until = time.thread_time() + MOST_SECONDS

    def parse(self, name: str, reader: Any) -> Any:
        """Send the XML of a part by a reader (`start`, `end`, `said`), and return the reader."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = lambda tag, attributes: self._start(reader, tag, attributes)
        parser.EndElementHandler = lambda tag: self._end(reader, tag)
        parser.CharacterDataHandler = reader.said
        parser.StartDoctypeDeclHandler = _doctype
        self._depth = count = 0
        for piece in self._pieces(name):
            parser.Parse(piece)
            count += len(piece)
            if count - parser.CurrentByteIndex > MOST_TAG + PIECE:
                raise SheetError("文件含有过长的 XML 标记。")
        parser.Parse(b"", True)
        return reader

    def _start(self, reader: Any, tag: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        self._depth += 1
        if self._elements > MOST_ELEMENTS or self._depth > MOST_DEPTH:
            raise SheetError("表格的单元格过多。" if self._depth <= MOST_DEPTH else "文件的 XML 嵌套过深。")
        reader.start(local(tag), attributes)

    def _end(self, reader: Any, tag: str) -> None:
        self._depth -= 1
        reader.end(local(tag))

    def _pieces(self, name: str) -> Iterator[bytes]:
        with self._archive.open(name) as file:
            while piece := file.read(PIECE):
                self._left -= len(piece)
                if self._left < 0:
                    raise SheetError(TOO_LARGE)
                if time.thread_time() > self._until:
                    raise SheetError(f"文件读了 {MOST_SECONDS} 秒还没有读完，不再读。请减少内容。")
                yield piece


def _refuse_strange(parts: list[zipfile.ZipInfo], end: int) -> None:
    """Refuse parts that can't be unpacked in pieces, or share bytes or a name: each program would read others."""
    if any(part.compress_type not in _METHODS for part in parts):
        raise SheetError(BROKEN)
    places = sorted((part.header_offset, part.header_offset + LOCAL_HEADER + part.compress_size) for part in parts)
    if any(last > first for (_, last), (first, _) in pairwise([*places, (end, end)])):
        raise SheetError("文件的各部分互相重叠，不接受。")
    if len({part.filename for part in parts}) < len(parts):
        raise SheetError("文件含有同名的部分，不接受。")


def _doctype(*declared: Any) -> None:
    raise SheetError("文件含有不接受的 XML 声明。")


def local(tag: str) -> str:
    return tag.rpartition(":")[2]


class Reader:
    """Hears the XML of a part go by; deaf until a subclass listens."""

    def start(self, tag: str, attributes: dict[str, str]) -> None: ...

    def end(self, tag: str) -> None: ...

    def said(self, text: str) -> None: ...
