"""Whether a file is a PDF that does nothing: judged by its bytes (ISO 32000), never by its name or declared type.

Readers of PDF go by offsets and lengths that a file states of itself, so a name may be wherever they are led to: it
is looked for in every byte, however it is escaped, and in what compressed objects hold.
"""

import re
import zlib
from collections.abc import Iterator

# Names of what runs, starts a program, holds another file, or sends something.
ACTIVE = {
    b"/JavaScript": "脚本",
    b"/Launch": "打开别的程序的动作",
    b"/EmbeddedFile": "附件",
    b"/GoToE": "附件",
    b"/GoToR": "打开别的文件的动作",
    b"/Movie": "音像或动画",
    b"/Sound": "音像或动画",
    b"/RichMedia": "音像或动画",
    b"/Rendition": "音像或动画",
    b"/XFA": "可填写的表单",
    b"/SubmitForm": "发送内容的动作",
    b"/ImportData": "读取别的文件的动作",
}
MOST_INFLATED, MOST_OF_ONE = 64 << 20, 16 << 20  # bytes of compressed objects that are looked into, and of one
# More than any document needs: they would hold everybody up. Chance makes an escape of one byte in 256.
MOST_ESCAPES, MOST_STREAMS = 100_000, 100_000
HEAD = re.compile(rb"%PDF-[12]\.[0-9]\s")
TAIL = re.compile(rb"startxref\s+[0-9]{1,10}\s+%%EOF[\s\0]*\Z")
TAIL_BYTES, ARCHIVE_BYTES = 2 << 10, 66 << 10  # where the end is looked for; where that of an archive (ZIP) can be
MARKUP = re.compile(rb"<(?:!doctype|html|head|body|script|svg|iframe|\?php)", re.IGNORECASE)
AT_ONCE = 64 << 10  # bytes of a stream that are inflated
MARKUP_BYTES = 2 << 10  # at the start, which programs look at that guess what a file is
OBJECTS = re.compile(rb"/ObjStm|/First\s++[0-9]++\s*+(?:/|>>)")  # in the dictionary of a stream that holds objects
FLATE = re.compile(rb"/Filter\s*+(?:/FlateDecode|\[\s*+/FlateDecode\s*+\])\s*+(?:/(?!\w{1,9}Decode)|>>)")
# What an object stream begins with: the number and the place of its first object, or a comment.
BEGINS_LIKE_OBJECTS = re.compile(rb"\s*+(?:[0-9]++\s++[0-9]++\s|%[ -~]*+[\r\n])")
ATTACHED = re.compile(rb"/EF\s*+(?:<<|[0-9]++\s++[0-9]++\s++R)")  # what a file specification holds, of whatever type
ENCODED = "这份 PDF 里有看不清的部分，不能确认安全：请另存为（或打印成）普通的 PDF 再传。"
# What is done as soon as a document is opened: by a reference, or as it is written there.
OPENING = re.compile(rb"/OpenAction(?![0-9A-Za-z])\s*+(?:([0-9]{1,10})\s++[0-9]{1,5}\s++R)?|/AA\s*+(?=<<)")
MOST_OPENINGS, MOST_OF_AN_ACTION = 20, 2_000  # of all versions of a document; bytes
_DICTIONARY = re.compile(rb"\((?:\\.|[^\\()])*+\)|<<|>>", re.DOTALL)  # a string may hold brackets
_HEADER = re.compile(rb"\s*+(?:[0-9]++\s++[0-9]++\s++)*+")  # numbers and places of objects that are kept compressed
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")


def problem(content: bytes) -> str:
    """Return why a file isn't taken, a sentence; empty: it is a whole PDF without passwords and active content."""
    if not HEAD.match(content):
        return "这不是 PDF 文件：扫描件、网页等请先另存为 PDF。"
    if content.count(b"#") > MOST_ESCAPES + len(content) // 64 or content.count(b"stream") > 2 * MOST_STREAMS:
        return ENCODED
    names = _unescaped(content)
    if not TAIL.search(content[-TAIL_BYTES:]) or b"/Root" not in names:
        return "这份 PDF 不完整，或末尾附有别的内容：请重新下载或另存以后再传。"
    if MARKUP.search(content[:MARKUP_BYTES]) or b"PK\5\6" in content[-ARCHIVE_BYTES:]:
        return "这份 PDF 里夹有网页或压缩文件：请另存为（或打印成）普通的 PDF 再传。"
    if b"/Encrypt" in names:
        return "这份 PDF 加了密码或使用限制：请去掉以后再传。"
    packed: list[bytes] = []
    return _active_in(names) or _hidden_problem(content, packed) or _opening_problem(names, packed)


def _unescaped(content: bytes) -> bytes:
    return _ESCAPE.sub(lambda match: bytes([int(match[1], 16)]), content)


def _active_in(names: bytes) -> str:
    kinds = [kind for name, kind in ACTIVE.items() if name in names] or ["附件"] * bool(ATTACHED.search(names))
    return f"这份 PDF 里有{kinds[0]}：请另存为（或打印成）普通的 PDF 再传。" if kinds else ""


def _streams(content: bytes) -> Iterator[tuple[bytes, memoryview]]:
    """Yield each stream with what stands before it since the last one, without escapes."""
    since = start = last = 0
    while (end := content.find(b"stream", start)) >= 0:
        start = end + len(b"stream")
        if content[end - 3 : end] != b"end":
            head, since = _unescaped(content[since:end]), start
            blanks = content[start : start + 4]
            if last < start:
                last = content.find(b"endstream", start) % (len(content) + 1)  # the end, where there is none
            yield head, memoryview(content)[start + len(blanks) - len(blanks.lstrip(b"\r\n\t ")) : last]


def _inflated(data: memoryview, most: int) -> bytes | None:
    """Return what a stream holds, if it is whole and has no more than `most` bytes."""
    inflater, found = zlib.decompressobj(), b""
    for start in range(0, len(data), AT_ONCE):
        try:
            found += inflater.decompress(data[start : start + AT_ONCE], max(1, most - len(found)))
        except zlib.error:
            return None
        if inflater.eof or inflater.unconsumed_tail:
            break
    return found if inflater.eof else None


def _begins_like_objects(data: memoryview) -> bool:
    try:
        return bool(BEGINS_LIKE_OBJECTS.match(zlib.decompressobj().decompress(data[:256], 64)))
    except zlib.error:
        return False


def _opening_problem(names: bytes, packed: list[bytes]) -> str:
    """Return what is wrong with what is done when the document is opened (12.6): it may show a place in it, and no
    more. `packed`: the objects that are kept compressed."""
    openings = [(text, match) for text in (names, *packed) for match in OPENING.finditer(text)]
    if len(openings) > MOST_OPENINGS:
        return ENCODED
    for text, match in openings:
        starts = [(text, match.end())]
        if number := match[1]:
            target = re.compile(rb"(?<![0-9])0*+" + number.lstrip(b"0") + rb"\s++[0-9]++\s++obj(?![a-z])\s*+")
            starts = [(names, found.end()) for found in target.finditer(names)]
            starts += [place for objects in packed for place in _places(objects, int(number))]
        for whole, start in starts:
            action = _dictionary(whole[start : start + MOST_OF_AN_ACTION].lstrip())
            is_of_events, is_whole = match[0].startswith(b"/AA"), action[:2] == b"<<" and action[-2:] == b">>"
            does_no_more = is_of_events or bool(re.search(rb"/S\s*+/GoTo(?!\w)", action))
            is_shown = action.startswith((b"[", b"null")) or (is_whole and does_no_more)
            if not is_shown or b"/URI" in action or b"/Next" in action:
                return "这份 PDF 一打开就去做别的事（如打开网址）：请另存为（或打印成）普通的 PDF 再传。"
    return ""


def _places(objects: bytes, number: int) -> list[tuple[bytes, int]]:
    """Return where the object of a number begins among those that are kept compressed together."""
    header = _HEADER.match(objects)
    numbers = list(map(int, header[0].split())) if header else []
    start = header.end() if header else 0
    return [
        (objects, start + place) for key, place in zip(numbers[::2], numbers[1::2], strict=False) if key == number
    ]


def _dictionary(text: bytes) -> bytes:
    """Return the dictionary with which a text begins; of what isn't one, or doesn't end, all."""
    depth = 0
    for match in _DICTIONARY.finditer(text if text.startswith(b"<<") else b""):
        depth += {b"<<": 1, b">>": -1}.get(match[0], 0)
        if not depth:
            return text[: match.end()]
    return text[:1] if text.startswith(b"[") else text


def _hidden_problem(content: bytes, packed: list[bytes]) -> str:
    """Return what is wrong with objects that are kept compressed (7.5.7): they can hide what the rest doesn't say.
    What they say is added to `packed`.

    A stream is looked into where something before it, since the last one, says that it holds objects, and where it
    begins as they do, whatever is said: a dictionary can name its type elsewhere, or have the word in a comment.
    """
    declared, left = 0, MOST_INFLATED
    for head, data in _streams(content):
        declared += head.count(b"/ObjStm")
        is_declared = bool(OBJECTS.search(head))
        if not is_declared and not _begins_like_objects(data):
            continue
        objects = _inflated(data, min(MOST_OF_ONE, left))
        is_plain = FLATE.search(head) and b"/Predictor" not in head
        if objects is None or (is_declared and not (is_plain and BEGINS_LIKE_OBJECTS.match(objects + b" "))):
            return ENCODED
        left -= len(objects)
        packed.append(_unescaped(objects))
        if problem_inside := _active_in(packed[-1]):
            return problem_inside
    return ENCODED if _unescaped(content).count(b"/ObjStm") > declared else ""
