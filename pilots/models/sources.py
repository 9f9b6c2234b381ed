"""What a source is: a public address, the number of a document, or, for codes, a named data set with its version.

A field of sources has one on each line; a document and the address where it was read are one.
"""

import datetime
import ipaddress
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from django.utils import timezone

from .recorded import Recorded

# Whatever looks like one; no scheme is longer, and a text of letters and digits is read once.
ADDRESS = re.compile(r"[a-z][a-z0-9+.-]{0,30}://(?:(?![;,；，、]https?://)\S)*", re.IGNORECASE)
# RFC 3986 but for escaped control characters; what ends a sentence ends no address.
_WHOLE = re.compile(
    r"https?://[^/?#@\s]+(?<!:)(?:[/?#](?:[a-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%(?![01]|7f)[0-9a-f]{2})*)?(?<![.,;:!?'])",
    re.IGNORECASE | re.ASCII,
)
_HOME = re.compile(r"[^/]+//[^/?]*/?")
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")  # of a host name, as IDNA (RFC 3490) writes it
NUMBER = re.compile(r"[\u4e00-\u9fff]+〔((?:19|20)[0-9]{2})〕([0-9]{1,5})号")
DATA_SET = re.compile(r"[A-Za-z0-9][A-Za-z0-9_./-]*(?:@[0-9a-f]{7,40}\b|[@ ]\d+(?:\.\d+)+)")
_N = "[〇零○一二三四五六七八九十廿卅正冬腊壹贰叁肆伍陆柒捌玖拾]"
# Beside 2017年 and 2017年4月 what may date something more exactly, in a text without blanks: any digit, and in words.
_CLOSER = re.compile(
    f"[0-9]|{_N}[月日号]|[年月][初底末]|半[年月]|季度|[春夏秋冬一二三四]季|旬|元旦|春节|除夕|元宵|清明|五一|端午|中秋|国庆"
    "|星期|周[一二三四五六日末]|[同当][日月天]"
)
_DATE = re.compile(  # of a day, a month or a year, numerals translated
    "([12][0-9]{3})(?:年(?:([0-9十]{1,3})月(?:([0-9十]{1,3})[日号])?)?|[-./]([0-9]{1,2})(?:[-./]([0-9]{1,2}))?)"
)
_DIGITS = str.maketrans("〇零○一二三四五六七八九", "000123456789")
_CHANGED = "(?:更名|改名|改称|改为|改设)"
_GIVEN_UP = re.compile(  # a name that was changed, in a text without blanks, quotation marks and brackets
    f"由([^由，,。；;：:]{{2,}}?){_CHANGED}|撤销([^，,。；;：:]{{2,}}?)[，,、]?(?:设立|建立|改设)"
    f"|([\u4e00-\u9fff]+[省市区县旗州盟]){_CHANGED}"
)
_NO_CHANGE = re.compile(f"(?:没有|[尚并]未|不再|并非|不是|拟|打算|计划(?!单列)|建议)[^，,。；;：:]{{0,6}}{_CHANGED}")
_OF_DOCUMENT = re.compile("〔[0-9]{4}〕[0-9]{1,5}号|GB/T ?[0-9]+(?:-[0-9]{4})?")
_TOP = re.compile(
    r"[a-z]{2,}|xn--[a-z0-9-]+|[^\x00-\x7f]+", re.IGNORECASE
)  # in one script: else words are glued to it
_RELEASE = re.compile(  # of codes; a repository at GitHub where it names a file
    r"(?P<who>民政部|国家统计局)(?P<when>\d{4}年(?:\d+月|末)?)：(?P<repository>[^@]+)@(?P<version>[^\s（]+)"
    r"(?: (?P<file>\S+)|（npm）)?"
)
_NOWHERE = re.compile(  # words that open a line or a bracket, in the place of a source
    r"(?:^|(?<=[\s（(，,：:；;]))"
    "(?:[同见如]上|[同见]前|[上前]述|(?:搜索|检索)结果|未附|[无没]有?网址|(?:网址|来源|出处)不[明详]|待[查核补]|据说|听说|网传)"
)
_KINDS = (ADDRESS, NUMBER, DATA_SET)
_TITLE = re.compile("《[^《》]{4,}》")
STILL = "仍以原来的出处为准"  # in a reason: what was changed is in the sources that stay
_AS_BEFORE = "仍以原来的出处为准的，在更正说明里写明它的网址、文号或《题名》，或就写“仍以原来的出处为准”"
UNGROUNDED = f"标为已核实须写明所依据的出处：请在这里写明，或到“待核实”里核对；{_AS_BEFORE}。"
STATED = ("verified", "customary", True)  # with these readers are told a fact
RELATIONS = ("component", "location")  # of a division to its area: its code doesn't prove them
NOT_PUBLIC = (
    *("localhost", "localdomain", "local", "internal", "intranet", "corp", "home", "lan", "arpa", "onion"),
    *("test", "example", "invalid"),
)  # last parts of host names
NEWS = 2026  # when the gazetteer's names of today were read
LONGEST = 500  # characters of a line of sources: to look for one takes time that grows with the square of it


def source_problems(text: str, *, with_data_sets: bool = False) -> Iterator[str]:
    """Yield what is wrong with a field of sources, in Chinese; `with_data_sets`: data sets count as sources, too."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        yield "没有出处。"
    if len(set(lines)) < len(lines):
        yield "同一出处写了两次。"
    for line in lines:
        if len(line) > LONGEST:
            yield f"出处“{line[:20]}…”太长：一行最多{LONGEST}字。"
        else:
            yield from _line_problems(line, with_data_sets)


@lru_cache(maxsize=4096)  # every page asks it of the same few hundred texts
def is_sourced(text: str, *, with_data_sets: bool = False) -> bool:
    """Return whether `text` names a public source, and nothing that is none."""
    return not list(source_problems(text, with_data_sets=with_data_sets))


def is_dated_beyond(text: str, precision: str) -> bool:
    """Return whether a text dates something more exactly than to the year or month (`precision`), or so that it can't
    be told: years and months are written 2017年 and 2017年4月; numbers of documents and standards, and addresses, are
    no dates."""
    text = _OF_DOCUMENT.sub(" ", ADDRESS.sub(" ", unicodedata.normalize("NFKC", text)))
    as_written = f"(?<![0-9])(?:19|20)[0-9]{{2}}年{'(?:(?:0?[1-9]|1[0-2])月)?' if precision == 'month' else ''}"
    rest = re.sub(as_written, lambda match: match[0][-1], re.sub(r"\s+", "", text))
    return bool(_CLOSER.search(rest))


def dates_in(text: str) -> list[tuple[int, ...]]:
    """Return the dates that a text names, but for those of documents and addresses: year, month and day, as far as
    it says them."""
    text = _OF_DOCUMENT.sub(" ", ADDRESS.sub(" ", unicodedata.normalize("NFKC", text)))
    dates = []
    for parts in _DATE.findall(re.sub(r"\s+", "", text).translate(_DIGITS)):
        numbers = [re.sub("^十", "1十", part) for part in parts if part]
        numbers = [re.sub("十$", "0", number).replace("十", "") for number in numbers]
        if all(map(str.isdecimal, numbers)):
            dates.append(tuple(map(int, numbers)))
    return dates


def is_to_come(text: str) -> bool:
    """Return whether a text tells of a date that is still to come."""
    today = timezone.localdate().timetuple()[:3]
    return any(date > today[: len(date)] for date in dates_in(text))


def is_news(text: str) -> bool:
    """Return whether a text names no document and no date older than the gazetteer: it may tell what that hasn't."""
    years = [int(year) for year, _ in NUMBER.findall(text)] + [date[0] for date in dates_in(text)]
    return max(years, default=NEWS) >= NEWS


def renaming_problems(text: str, source: str, changed: Collection[tuple[int, ...]]) -> Iterator[tuple[str, str]]:
    """Yield what can't be so in a text on one change of name (`renaming`), or in its source, and why. changed: the
    dates of the change."""
    bare = re.sub(r"[\s“”\"「」『』《》]", "", text)
    in_text, in_source = (set(NUMBER.findall(words)) for words in (text, source))
    years = [int(year) for year, _ in in_text | in_source]
    last = max(changed)[0] if changed else 9999
    of_event = [sorted(dates_in(part), key=len) for part in re.split("(?<![0-9年月日号])[，,]|[。；;]", bare)]
    impossible = ["-".join(map(str, date)) for date in dates_in(text) if not _is_date(*date)]
    for is_wrong, field, problem in (
        (_NO_CHANGE.search(bare), "renaming", "只写已经批准的更名：没有改的、还在打算的不是更名。"),
        (is_to_come(text), "renaming", "还没有到这里写的日期。"),
        (impossible, "renaming", f"没有{'、'.join(impossible)}这个日期。"),
        (not changed, "renaming", "须写明哪一年批准的。"),
        (
            any(date[: len(dates[0])] != dates[0] for dates in of_event for date in dates),
            "renaming",
            "一次更名只有一个批准日期：两次的，分成两句写。",
        ),
        (any(int(year) > last for year, _ in in_text), "renaming", "文号比更名晚，不会是批准这次更名的文件。"),
        (
            in_text and in_source and not in_text & in_source,
            "renaming_source",
            "与更名情况里的文号不是同一份文件。",
        ),
        (
            years and changed and max(years) + 1 < min(changed)[0],
            "renaming_source",
            "文号比更名早一年以上，不会是批准这次更名的文件。",
        ),
    ):
        yield from [(field, problem)] if is_wrong else ()


def _is_date(year: int, month: int = 1, day: int = 1) -> bool:
    try:
        return bool(datetime.date(year, month, day))
    except ValueError:
        return False


def names_given_up(text: str) -> list[str]:
    """Return the names that a text says were changed, as far as it does: in 由甲县改为乙市 甲县, in 改为乙市 none."""
    text = re.sub(r"[（(][^）)]*[）)]|[\s“”\"「」『』《》]", "", text)
    names = (name.rpartition("由")[2] for parts in _GIVEN_UP.findall(text) for name in parts)
    return [
        name for name in names if len(name) > 1 and not re.search("级|^撤.设", name)
    ]  # 由县级市改为地级市 has none


def _line_problems(line: str, with_data_sets: bool) -> Iterator[str]:
    addresses = ADDRESS.findall(line)
    rest = ADDRESS.sub("网址 ", line)
    data_sets = DATA_SET.findall(rest) if with_data_sets else []
    numbers = NUMBER.findall(rest)
    sources_by_kind = (addresses, numbers, data_sets)
    if not numbers and not data_sets and all(map(_HOME.fullmatch, addresses)):
        other = "，也不是写明版本的数据集" if with_data_sets else ""
        home = "只是网站的首页：请复制写着这件事的那一页的网址。"
        yield f"出处“{line}”{home if addresses else f'不是公开网址或文号{other}。'}"
    if any(not is_public(address) for address in addresses):
        yield f"出处“{line}”中的网址不是公开网址，或不完整：请从浏览器的地址栏复制，前后用空格和文字隔开。"
    if words := _NOWHERE.search(rest):
        yield f"出处“{line}”里的“{words[0]}”没有说出处在哪里：每个出处写它自己的网址或文号。"
    if any(int(year) > timezone.localdate().year or int(number) == 0 for year, number in numbers):
        yield f"出处“{line}”中没有这样的文号。"
    patterns = [re.compile("网址 "), NUMBER, *([DATA_SET] if with_data_sets else [])]
    parts = [part for part in re.split(r"[；;]", rest) if any(pattern.search(part) for pattern in patterns)]
    if any(len(sources) > 1 for sources in sources_by_kind) or len(parts) > 1:
        yield f"出处“{line}”把几个出处写在一起：一行写一个。"


def is_public(address: str) -> bool:
    """Return whether an address is whole, of the web, and names a host that everybody may reach."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:  # a port beyond 65535, half a bracket
        return False
    if port == 0 or not _WHOLE.fullmatch(address):  # with an @, what stands before it passes for the host
        return False
    try:
        number = ipaddress.ip_address(host)
    except ValueError:
        return _is_public_name(host)
    return number.is_global and not number.is_multicast


def _is_public_name(host: str) -> bool:
    """Return whether a host's name may be known to everybody: no name or number of a local network.

    Its last part is no number: 127.1, 0x7f000001 and 2130706433 are IPv4 addresses in other clothes, and browsers
    read them so (WHATWG URL Standard, 3.5).
    """
    top = host.removesuffix(".").rpartition(".")[2]
    try:
        labels = host.removesuffix(".").encode("idna").decode().lower().split(".")
    except UnicodeError:  # an empty part, one too long, characters that no name has
        return False
    is_name = len(labels) > 1 and re.fullmatch(r"(?:[^\W_]|[.-])+", host) and all(map(_LABEL.fullmatch, labels))
    return bool(is_name and labels[-1] not in NOT_PUBLIC and _TOP.fullmatch(top) and _TOP.fullmatch(labels[-1]))


def cited(text: str) -> list[tuple[str, str]]:
    """Return the sources of a field, one a line, as readers are told of them: in words (a data set of codes by who
    published them and when), with the address where there is one that everybody may open."""
    sources = []
    for line in filter(None, map(str.strip, text.splitlines())):
        addresses = ADDRESS.findall(line) if len(line) <= LONGEST else []
        words, url = line, next(filter(is_public, addresses), "")
        if release := _RELEASE.fullmatch(line) if len(line) <= LONGEST else None:
            words = f"{release['who']}公布的行政区划代码（{release['when']}）"
            address = "https://github.com/{repository}/blob/{version}/{file}".format(**release.groupdict())
            url = address if release["file"] else ""
        sources.append((words.replace(url, "").strip() or url, url))
    return sources


def edit_problems(
    model: type[Recorded],
    values: dict[str, Any],
    changed: set[str],
    before: Mapping[str, Any],
    outdated: Collection[str] = (),
    reason: str = "",
) -> Iterator[tuple[str, str]]:
    """Yield each field of sources that an edit can't leave as it is, and why.

    values: of the fields as they would be saved. changed: the names of those that the edit writes. before: what they
    held. outdated: fields of sources whose facts were changed since. reason: of the edit; what it names among the
    sources that stay is what the new facts are in, too (words may stand before a number: 仍以国函〔2015〕119号为准),
    and all of them where it says just that (`STILL`).
    What somebody else wrote is not this edit's to mend.
    """
    new = {
        source
        for source in model.sourced
        if (source in changed and _is_another(values.get(source) or "", before.get(source) or ""))
        or (values.get(source) and STILL in reason)
        or any(name.endswith(present) for name in _named(reason) for present in _named(values.get(source) or ""))
    }
    for source, (status, names) in model.sourced.items():
        problem = _missing(source, status, names, values, (changed - {source}) | (new & {source}))
        if problem or (source in outdated and source not in new and status and values.get(status) in STATED):
            yield source, problem or UNGROUNDED
    for source, with_data_sets in model.source_fields.items():
        if source in changed and (text := (values.get(source) or "").strip()):
            yield from ((source, problem) for problem in source_problems(text, with_data_sets=with_data_sets))


def _is_another(text: str, before: str) -> bool:
    """Return whether a field of sources was emptied, filled, or names one that it didn't name before: a blank more or
    a remark is none."""
    return not text.strip() or not before.strip() or not _named(text) <= _named(before)


def _named(text: str) -> set[str]:
    """Return the addresses, numbers, data sets and titles that a text names."""
    lines = [line for line in text.splitlines() if len(line) <= LONGEST]  # a longer one is refused as it is
    return {match[0] for line in lines for kind in (*_KINDS, _TITLE) for match in kind.finditer(line)}


def _missing(
    source: str, status: str | None, names: tuple[str, ...], values: dict[str, Any], changed: set[str]
) -> str:
    """Return why facts that readers are told can't stay without a source, or with another's; else empty."""
    own_name = values.get("name")  # what has no other name than its own says nothing more
    facts = {
        name
        for name in names
        if (value := values.get(name)) not in (None, "") and (value != own_name or name == "name")
    }
    is_touched = changed & {status, source, *names}
    if not facts or not is_touched or (status and values.get(status) not in STATED):
        return ""
    if not (values.get(source) or "").strip():  # readers aren't told what no status says is verified
        return "" if status is None else "已核实的内容须写明出处；还没有出处的，请改为未核实。"
    if source in changed:
        return ""
    if status in changed and values.get("role") in RELATIONS and not is_sourced(values[source]):
        return UNGROUNDED  # data sets of codes alone don't say of what a place is a part
    if changed & facts:
        otherwise = "，或改为未核实" if status else "，没有出处的清空出处" if status is None else ""
        return f"您改了已核实的内容：请同时写明新内容的出处{otherwise}。{_AS_BEFORE}。"
    return ""
