"""The environment, read strictly: a setting is understood, or the program stops with one line that says why.

An empty value is as good as none, and blanks at the ends are dropped; quotes around a value, which some files of
settings leave there, are refused. Nothing is guessed: a word that isn't known would otherwise be another meaning,
silently.
"""

import os
import re
import unicodedata
from collections.abc import Callable, Sequence
from contextlib import suppress
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from urllib.parse import urlsplit

TRUE, FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")
MOST_WORKERS = 64
PERIODS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}  # by name, in seconds
_HOST = re.compile(r"\*|\.?[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\.?|\[[0-9a-f:.]+\]")
_PORT = re.compile(r"0*([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])")
_PLACE = re.compile(r"(\[[^\]]*\]|.*?)(?::([^:]*))?", re.DOTALL)  # host, port
_ORIGIN = re.compile(r"(https?)://(\*\.)?([^\s/?#@*]+)", re.IGNORECASE)
_CONTACT = re.compile(
    r"mailto:[\w.!$&'*+=~-]+@(?P<host>[^@:\s]+)|(?P<page>https://\S+)|tel:\+?[0-9](-?[0-9]){2,14}", re.ASCII
)  # RFC 9116, 2.5.3
_ADDRESS = re.compile(r"([A-Za-z0-9._~:/?#@!$&'()*+,;=\[\]-]|%[0-9A-Fa-f]{2}|[^\x00-\x7f])+")  # RFC 3986; 3987
_IN_QUOTES = re.compile("\"[^\"]*\"|'[^']*'|[“”][^“”]*[“”]|[‘’][^‘’]*[‘’]|＂[^＂]*＂|＇[^＇]*＇")
_PROVINCES = "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川蜀黔贵滇云藏陕秦甘陇青宁新"
_NUMBERS = {
    "网站标识码": (re.compile("(?=.{10}$)[A-Za-z]{0,2}[0-9]+"), "1100000001"),
    "ICP 备案号": (re.compile(f"[{_PROVINCES}]ICP[备证] ?[0-9]{{6,10}}号(-[0-9]{{1,3}})?"), "京ICP备05000001号-1"),
    "公安备案号": (re.compile(f"[{_PROVINCES}]公网安备 ?[0-9]{{14}}号"), "京公网安备11010102000001号"),
}  # by kind: how it is written, and one
_BLANK = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"  # letters and signs that show nothing
_SHORTEST_SECRET, _FEWEST_CHARACTERS = 32, 5  # characters; different ones
_LONGEST_FOLDER = 1024  # bytes; files of the site lie in it
_LONGEST = 60  # characters of a value that are said back


class SettingError(SystemExit):
    """What stops the program: the setting, and what is wrong with it."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"设置 {name} 有误：{problem}")
        self.problem = problem


def shown(value: str) -> str:
    """Return `value` as a line can say it: no control characters, not too long."""
    plain = "".join(each if each.isprintable() else repr(each)[1:-1] for each in value)
    return f"“{plain[:_LONGEST]}…”" if len(plain) > _LONGEST else f"“{plain}”"


def raw(name: str, default: str = "") -> str:
    """Return the value as it is, blanks and all; for keys and folders."""
    value = os.environ.get(name) or default
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise SettingError(name, "不是 UTF-8 编码的文字。") from error
    if any(unicodedata.category(each) == "Cc" for each in value):
        raise SettingError(name, "含有换行、制表符等控制字符。")
    if _IN_QUOTES.fullmatch(value.strip()):
        raise SettingError(name, "首尾是引号，会算作值的一部分。请去掉引号。")
    return value


def text(name: str, default: str = "") -> str:
    return raw(name).strip() or default


def boolean(name: str, default: bool) -> bool:
    value = text(name)
    if value.lower() in TRUE:
        return True
    if value and value.lower() not in FALSE:
        words = f"开用 {'、'.join(TRUE)}，关用 {'、'.join(FALSE)}"
        raise SettingError(name, f"{shown(value)}既不是开也不是关。{words}。")
    return default if not value else False


def secret(name: str, *, may_be_weak: bool) -> str:
    """Return a secret, which no message says back; a weak one (security.W009) only where it may be."""
    value = raw(name)
    if value and not value.strip():
        raise SettingError(name, "只有空白。")
    return _strong(name, value, may_be_weak)


def secrets(name: str, *, may_be_weak: bool) -> list[str]:
    """Return the secrets of a list: each opens as much as the present one."""
    return [_strong(name, each, may_be_weak) for each in members(name)]


def _strong(name: str, value: str, may_be_weak: bool) -> str:
    is_weak = len(value) < _SHORTEST_SECRET or len(set(value)) < _FEWEST_CHARACTERS
    if value and is_weak and not may_be_weak:
        raise SettingError(
            name, f"太短或太简单。须为随机的、至少{_SHORTEST_SECRET}个字符；不设则由 quickstart 生成。"
        )
    return value


def words(name: str, default: str = "") -> str:
    """Return what readers are shown: something that can be read."""
    value = text(name, default)
    if value and not any(map(str.isalnum, value)):
        raise SettingError(name, f"{shown(value)}里没有文字。")
    if unseen := next((each for each in value if each in _BLANK or unicodedata.category(each) in ("Cf", "Co")), ""):
        raise SettingError(name, f"含有看不见的字符（U+{ord(unseen):04X}）。")
    return value


def contact(name: str) -> str:
    """Return how readers reach somebody, in words; an address in it is one that they can open."""
    value = words(name)
    scheme = "(?<![a-z])(?:javascript|vbscript|data|file|blob|about|(?!https?://)[a-z][a-z0-9+.-]*(?=://)):"
    if odd := re.search(scheme, value, re.IGNORECASE):
        raise SettingError(
            name, f"{shown(odd[0])}开头的不是联系方式。写 https://、mailto:、tel: 开头的地址，或电话、信箱。"
        )
    return value


def registration(name: str, kind: str) -> str:
    """Return the number of a registration, of a kind in `_NUMBERS`, or nothing."""
    pattern, example = _NUMBERS[kind]
    value = text(name)
    return _checked(name, pattern, value, f"不是{kind}。照登记的写，如“{example}”。") if value else ""


def folder(name: str, default: Path) -> Path:
    """Return a folder; a relative one lies in the folder of `default`, wherever the program is started."""
    value = raw(name, str(default))
    path = default.parent / value
    try:
        is_refused = path.is_file()
    except PermissionError:  # quickstart's to report
        is_refused = False
    except OSError:  # a name that is too long
        is_refused = True
    if not value.strip() or is_refused or len(bytes(path)) > _LONGEST_FOLDER:
        raise SettingError(name, f"{shown(value)}不是文件夹，或者太长。")
    return path


def members(name: str, default: Sequence[str] = ()) -> list[str]:
    """Return the members of a list, parted by commas, Chinese ones too: the empty ones dropped, one must be left."""
    value = text(name)
    found = [each.strip() for each in re.split("[,，、]", value) if each.strip()]
    if value and not found:
        raise SettingError(name, f"{shown(value)}里只有逗号或顿号。")
    return found or list(default)


def _checked(name: str, pattern: re.Pattern[str], value: str, problem: str) -> str:
    return _match(name, pattern, value, problem)[0]


def _match(name: str, pattern: re.Pattern[str], value: str, problem: str) -> re.Match[str]:
    if match := pattern.fullmatch(value):
        return match
    raise SettingError(name, f"{shown(value)}{problem}")


def host(name: str, value: str) -> str:
    """Return a host name as browsers send it."""
    problem = "不是域名或 IP 地址。只写域名，不带 http://、端口和路径，多个用逗号分开。"
    plain = re.sub("[。．｡]", ".", value)
    with suppress(UnicodeError):
        plain = plain if plain.isascii() or _has_signs(plain) else plain.encode("idna").decode()
    plain = plain.lower()
    plain = f"[{plain}]" if plain.count(":") > 1 and not plain.startswith("[") else plain
    plain = _checked(name, _HOST, plain, problem).rstrip(".")
    if not _can_be_reached(plain):
        raise SettingError(name, f"{shown(value)}{problem}")
    return plain


def _has_signs(value: str) -> bool:
    """Return whether there is a sign such as 、 or “, neither ASCII nor letter or digit: IDNA would encode it."""
    return any(unicodedata.category(each)[0] not in "LMN" for each in value if not each.isascii())


def _can_be_reached(host: str) -> bool:
    """Return whether a name keeps the lengths of RFC 1035, 2.3.4, and what reads as an address is one."""
    labels = host.split(".")
    if host.startswith("[") or labels[-1].isdigit():
        try:
            return bool(ip_address(host.strip("[]")))
        except ValueError:
            return False
    return len(host) <= 253 and all(len(label) <= 63 for label in labels)


def hosts(name: str, default: Sequence[str], patterns: bool) -> list[str]:
    """Return host names; `*` and `.a.cn`, which names can be made up for, only where `patterns` are allowed."""
    names = [host(name, member) for member in members(name, default)]
    if not patterns and any(member.startswith(("*", ".")) for member in names):
        raise SettingError(name, "* 和以点开头的域名可被冒充，只在 DEBUG 时接受。请把每个域名写全，多个用逗号分开。")
    return names


def place(name: str, value: str) -> str:
    """Return one host, written out, with or without its port."""
    match = _PLACE.fullmatch(value)
    assert match  # any text is one
    plain, port = host(name, match[1]), match[2]
    if plain.startswith(("*", ".")):
        raise SettingError(name, f"{shown(value)}不是写全的域名。")
    return plain if port is None else f"{plain}:{_port(name, port)}"


def ports(name: str) -> list[str]:
    """Return the numbers of ports, as addresses have them."""
    return [_port(name, each) for each in members(name)]


def _port(name: str, value: str) -> str:
    return _checked(name, _PORT, value, "不是 1 到 65535 的端口号。多个用逗号分开。").lstrip("0")


def origins(name: str) -> list[str]:
    """Return origins as browsers send them; a wildcard stands before a domain of two labels at least."""
    problem = "不是网站的来源。要带 http:// 或 https://，不带路径，如 https://example.cn ，多个用逗号分开。"
    return [_origin(name, each.rstrip("/"), problem) for each in members(name)]


def _origin(name: str, value: str, problem: str) -> str:
    scheme, wildcard, rest = _match(name, _ORIGIN, value, problem).groups("")
    plain = place(name, rest).removesuffix(":443" if scheme.lower() == "https" else ":80")
    if wildcard and ("." not in plain or plain[-1].isdigit() or "]" in plain):
        raise SettingError(name, f"{shown(value)}里 *. 后面要有写全的域名，如 https://*.example.cn 。")
    return f"{scheme.lower()}://{wildcard}{plain}"


def networks(name: str) -> list[IPv4Network | IPv6Network]:
    """Return networks, each an address or one with the length of its prefix."""
    return [_network(name, each) for each in members(name)]


def _network(name: str, value: str) -> IPv4Network | IPv6Network:
    try:
        if not re.search("%|^::ffff:|/(?![0-9]{1,3}$)", value, re.IGNORECASE):
            return ip_network(value)
    except ValueError:
        pass
    examples = "写作 203.0.113.8、10.1.0.0/16 或 2001:db8::/32，/ 前是网络的第一个地址，多个用逗号分开。"
    raise SettingError(name, f"{shown(value)}不是网络地址。{examples}")


def contacts(name: str) -> list[str]:
    return [_contact(name, each) for each in members(name)]


def _contact(name: str, value: str) -> str:
    match = _match(name, _CONTACT, value, "不是 mailto:、https:// 或 tel: 开头的地址。")
    if match["host"]:
        domain(name, match["host"])
    return page(name, value) if match["page"] else value


def url(name: str, *, has_parts: bool = True) -> str:
    """Return the address of a page, or nothing; with `#` only where it may be a part of one."""
    value = text(name)
    if "#" in value and not has_parts:
        raise SettingError(name, f"{shown(value)}里不能有 # 。")
    return page(name, value) if value else ""


def page(name: str, value: str) -> str:
    """Return the address of a page: scheme, and a host that there can be."""
    try:
        parts = urlsplit(value)
    except ValueError:
        parts = urlsplit("")
    is_page = parts.scheme in ("http", "https") and parts.netloc and "@" not in parts.netloc
    if not is_page or not _ADDRESS.fullmatch(value) or _has_signs(value):
        raise SettingError(name, f"{shown(value)}不是 http:// 或 https:// 开头的网址。")
    place(name, parts.netloc)
    return value


def domain(name: str, value: str) -> str:
    """Return a domain that the public knows, with or without its port, or nothing."""
    plain = place(name, value) if value else ""
    if value and not re.match(r".*\.|\[", plain):
        raise SettingError(name, f"{shown(value)}不是完整的域名，如 example.cn 。")
    return plain


def rate(name: str, default: str) -> str:
    """Return how often: a number, a slash and the name of a period; empty where that is set, for no limit."""
    value = text(name, "" if name in os.environ else default)
    number, _, period = value.partition("/")
    if value and not (re.fullmatch("[0-9]{1,9}", number) and int(number) and period in PERIODS):
        periods = "、".join(PERIODS)
        raise SettingError(name, f"{shown(value)}不是次数。写作 300/minute，时段可为 {periods}；留空则不限。")
    return value


def one_of(name: str, value: str, known: Sequence[str]) -> str:
    """Return `value`, which must be one of those `known`."""
    if value not in known:
        raise SettingError(name, f"不认识 {shown(value)}，可用的是 {'、'.join(known)}。")
    return value


def number(name: str, value: str, convert: Callable[[str], float] = int) -> float:
    """Return a number above nought."""
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]+)?" if convert is float else "[0-9]{1,9}", value) or not convert(value):
        raise SettingError(name, f"{shown(value)}不是大于零的数。")
    return convert(value)


def workers(name: str, default: int) -> int:
    """Return a number of processes, of at most `MOST_WORKERS`."""
    count = int(number(name, text(name, str(default))))
    if count > MOST_WORKERS:
        raise SettingError(name, f"{count} 个进程太多，最多 {MOST_WORKERS} 个。")
    return count
