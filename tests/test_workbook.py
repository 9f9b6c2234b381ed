"""Spreadsheets that were made to be slow, large or two things at once are refused in words, at a bounded cost."""

import io
import struct
import tracemalloc
import zipfile

import pytest

from pilots.admin import ooxml, workbook

from .sheets import HEAD, TAIL, bomb, row_of

pytestmark = pytest.mark.apart
CENTRAL, SIZES = b"PK\x01\x02", 20  # the sizes (packed, unpacked) stand there in an entry of the central directory
MOST_MEMORY = 100 << 20


def entries(file):
    """Return where the entries of the central directory begin, in order."""
    place, places = file.find(CENTRAL), []
    while place >= 0:
        places.append(place)
        place = file.find(CENTRAL, place + 1)
    return places


def patched(file, place, content):
    return file[:place] + content + file[place + len(content) :]


def with_sizes(file, packed=None, unpacked=None):
    """Return the file with other sizes of its last entry in the central directory."""
    place = entries(file)[-1] + SIZES
    own = struct.unpack_from("<II", file, place)
    return patched(file, place, struct.pack("<II", packed or own[0], unpacked or own[1]))


def with_zip64(file, *sizes):
    """Return the file with the sizes of its last entry in a zip64 extra field, where they may be any."""
    place, end = entries(file)[-1], file.rfind(b"PK\x05\x06")
    [length] = struct.unpack_from("<H", file, place + 28)
    extra = struct.pack(f"<HH{len(sizes)}Q", 1, 8 * len(sizes), *sizes)
    entry = patched(file[place : place + 46 + length], SIZES, b"\xff" * 8)
    entry = patched(entry, 30, struct.pack("<H", len(extra))) + extra
    last = patched(file[end:], 12, struct.pack("<I", end - entries(file)[0] + len(extra)))
    return file[:place] + entry + last


def overlapping():
    """Return a file all of whose entries but the first are one: the kernel of a bomb (D. Fifield, 2019)."""
    file = bomb(styles="<styleSheet>" + " " * 3_000_000 + "</styleSheet>")
    first = file[entries(file)[-1] + 42 : entries(file)[-1] + 46]
    return patched(file, entries(file)[-2] + 42, first)


def quoted():
    """Return a file whose last entry is inside the one before, as stored bytes."""
    inner = bomb()
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        file.writestr("a", inner)
        file.writestr("b", b"")
    outer = made.getvalue()
    return patched(outer, entries(outer)[-1] + 42, struct.pack("<I", outer.find(b"PK\x03\x04", 4)))


def with_a_name_twice():
    made = io.BytesIO(bomb())
    with zipfile.ZipFile(made, "a") as file, pytest.warns(UserWarning, match="Duplicate"):
        file.writestr("worksheet.dat", HEAD + row_of("<c><v>2</v></c>") + TAIL)
    return made.getvalue()


def with_parts(count):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        for number in range(count):
            file.writestr(f"{number:x}", b"")
    return made.getvalue()


def attributes(count):
    """Return an element with as many attributes."""
    return "<c " + " ".join(f'a{number:x}=">"' for number in range(count)) + "/>"


STRANGE = {
    "overlapping": (overlapping, "互相重叠"),
    "quoted": (quoted, "互相重叠"),
    "a name twice": (with_a_name_twice, "同名的部分"),
    "small size, large content": (
        lambda: with_sizes(bomb(styles="<s>" + "<xf/>" * 4_000_000), unpacked=100),
        "不是完好的 XLSX",
    ),
    "large size, small content": (lambda: with_sizes(bomb(), unpacked=21 << 20), "解压后过大"),
    "packed size beyond the file": (lambda: with_sizes(bomb(), packed=0x7FFFFFFF), "互相重叠"),
    "zip64 that says gigabytes": (lambda: with_zip64(bomb(), 1 << 40, 100), "解压后过大"),
    "zip64 that says little": (
        lambda: with_zip64(bomb(styles="<s>" + "<xf/>" * 4_000_000), 10, 1000),
        "不是完好的 XLSX",
    ),
    "zip64 without sizes": (lambda: with_zip64(bomb()), "不是完好的 XLSX"),
    "thousands of parts": (lambda: with_parts(10_000), "100 个部分"),
    "nesting": (lambda: bomb(worksheet="<a>" * 65 + "</a>" * 65), "嵌套过深"),
    "attributes": (lambda: bomb(worksheet=HEAD + attributes(100_000) + TAIL), "过长的 XML 标记"),
    "a comment": (lambda: bomb(styles="<!--" + "a" * 15_000_000), "过长的 XML 标记"),
}


@pytest.mark.parametrize(("make_file", "said"), STRANGE.values(), ids=STRANGE)
def test_strange_file_is_refused_in_words(make_file, said):
    with pytest.raises(workbook.SheetError, match=said):
        workbook.read(make_file())


def test_many_attributes_of_one_element_that_are_few_enough_are_read():
    assert workbook.read(bomb(worksheet=HEAD + attributes(1000) + TAIL)) == ([], [])


def test_reading_ends_in_time(monkeypatch):
    monkeypatch.setattr(ooxml, "MOST_SECONDS", 0)

    with pytest.raises(workbook.SheetError, match="还没有读完"):
        workbook.read(bomb())


@pytest.mark.parametrize(
    "parts",
    [
        {"styles": "<s>" + "".join(f"<a{number}/>" for number in range(350_000)) + "</s>"},
        {"sharedStrings": f"<sst><si><t>{'a' * 15_000_000}</t></si></sst>"},
    ],
    ids=["names", "text"],
)
def test_reading_takes_bounded_memory(parts):
    file = bomb(**parts)
    tracemalloc.start()

    workbook.read(file)

    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < MOST_MEMORY
