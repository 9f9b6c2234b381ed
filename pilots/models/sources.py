"""What a source is: a public address, the number of a document, or, for codes, a named data set with its version.

A field of sources has one on each line; a document and the address where it was read are one.
"""

import ipaddress
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from django.utils import timezone

ADDRESS = re.compile(r"https?://(?:(?![;,]https?://)[!-~])*[A-Za-z0-9/_=&#%~-]", re.IGNORECASE)
NUMBER = re.compile(r"[\u4e00-\u9fff]+〔((?:19|20)\d{2})〕(\d+)号")
DATA_SET = re.compile(r"[A-Za-z0-9][A-Za-z0-9_./-]*(?:@[0-9a-f]{7,40}\b|[@ ]\d+(?:\.\d+)+)")
DAY = re.compile(r"(?:19|20)\d{2}(?:年\d{1,2}月\d{1,2}日|[-./]\d{1,2}[-./]\d{1,2})")
_NUMERIC = re.compile(r"\d+|0x[0-9a-f]*", re.IGNORECASE)
STATED = ("verified", "customary", True)  # with these readers are told a fact
NOT_PUBLIC = (
    *("localhost", "localdomain", "local", "internal", "intranet", "corp", "home", "lan", "arpa", "onion"),
    *("test", "example", "invalid"),
)  # last parts of host names


def source_problems(text: str, *, with_data_sets: bool = False) -> Iterator[str]:
    """Yield what is wrong with a field of sources, in Chinese; `with_data_sets`: data sets count as sources, too."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        yield "没有出处。"
    if len(set(lines)) < len(lines):
        yield "同一出处写了两次。"
    for line in lines:
        yield from _line_problems(line, with_data_sets)


@lru_cache(maxsize=4096)  # every page asks it of the same few hundred texts
def is_sourced(text: str, *, with_data_sets: bool = False) -> bool:
    """Return whether `text` names a public source, and nothing that is none."""
    return not list(source_problems(text, with_data_sets=with_data_sets))


def _line_problems(line: str, with_data_sets: bool) -> Iterator[str]:
    addresses = ADDRESS.findall(line)
    rest = ADDRESS.sub("网址 ", line)
    data_sets = DATA_SET.findall(rest) if with_data_sets else []
    numbers = NUMBER.findall(rest)
    found = (addresses, numbers, data_sets)
    if not any(found):
        other = "，也不是写明版本的数据集" if with_data_sets else ""
        yield f"出处“{line}”不是公开网址或文号{other}。"
    if any(not is_public(address) for address in addresses):
        yield f"出处“{line}”中的网址不是公开网址。"
    if any(int(year) > timezone.localdate().year or int(number) == 0 for year, number in numbers):
        yield f"出处“{line}”中没有这样的文号。"
    if any(len(each) > 1 for each in found) or _parts(rest, with_data_sets) > 1:
        yield f"出处“{line}”把几个出处写在一起：一行写一个。"


def _parts(rest: str, with_data_sets: bool) -> int:
    """Return how many parts of a line, between semicolons, each have a source."""
    patterns = [re.compile("网址 "), NUMBER, *([DATA_SET] if with_data_sets else [])]
    return sum(any(pattern.search(part) for pattern in patterns) for part in re.split(r"[；;]", rest))


def is_public(address: str) -> bool:
    """Return whether an address names a host that everybody may reach: no name or number of a local network.

    A host whose last part is a number (127.1, 0x7f000001, 2130706433) is an IPv4 address in other clothes: browsers
    read it as one (WHATWG URL Standard, 3.5), and nobody cites a source that way.
    """
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return False
    if parts.username is not None:  # what stands before the @ passes for the host
        return False
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        last = host.rpartition(".")[2]
        return "." in host and last not in NOT_PUBLIC and not _NUMERIC.fullmatch(last)


def edit_problems(model: type, values: dict[str, Any], changed: set[str]) -> Iterator[tuple[str, str]]:
    """Yield each field of sources that an edit can't leave as it is, and why.

    values: of the fields as they would be saved. changed: the names of those that the edit writes. What somebody else
    wrote is not this edit's to mend.
    """
    for source, (status, names) in getattr(model, "sourced", {}).items():
        if problem := _missing(source, status, names, values, changed):
            yield source, problem
    for source, with_data_sets in getattr(model, "source_fields", {}).items():
        if source in changed and (text := (values.get(source) or "").strip()):
            yield from ((source, problem) for problem in source_problems(text, with_data_sets=with_data_sets))


def _missing(
    source: str, status: str | None, names: tuple[str, ...], values: dict[str, Any], changed: set[str]
) -> str:
    """Return why facts that readers are told can't stay without a source, or with another's; else empty."""
    facts = {name for name in names if values.get(name) not in (None, "", values.get("name"))}
    is_touched = changed & {status, source, *names}
    if not facts or not is_touched or (status and values.get(status) not in STATED):
        return ""
    if not (values.get(source) or "").strip() and status is None:
        return ""  # readers aren't told it then
    if not (values.get(source) or "").strip():
        return "已核实的内容须写明出处；还没有出处的，请改为未核实。"
    if changed & set(names) and source not in changed:
        otherwise = "，或改为未核实" if status else "，没有出处的清空出处" if status is None else ""
        return f"您改了已核实的内容：请同时写明新内容的出处{otherwise}。"
    return ""
