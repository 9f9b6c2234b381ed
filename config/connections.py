"""Addresses of databases, caches and mail servers, read strictly (`DATABASE_URL`, `CACHE_URL`, `EMAIL_URL`).

What a password holds of `/ ? # @ %` is percent-encoded; an address that could be read in two ways is refused.
"""

import os
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote

from .environment import FALSE, TRUE, SettingError, host, number, one_of, shown

POSTGRESQL, SQLITE = ("postgres", "postgresql"), ("sqlite",)
REDIS = {"redis": "redis", "rediscache": "redis", "rediss": "rediss"}
CACHE_TABLE = "pilots_cache"  # the one that is made to be a cache
CACHES = (*REDIS, "dbcache", "locmemcache")
MAIL = {"smtp": 25, "smtp+tls": 587, "smtps": 465}  # and the port of each
# A server that is there and says nothing, or is there no more, must not hold a reader for ever: seconds to connect,
# milliseconds until what was sent is acknowledged, seconds until a silent line is looked at, and again.
OPTIONS = {"connect_timeout": "3", "tcp_user_timeout": "10000", "keepalives_idle": "10", "keepalives_interval": "5"}
# Dates come in the one form that is read, whatever the server was told to write for others. Only here does libpq take
# it by its name; a pool between may refuse `options`.
os.environ["PGDATESTYLE"] = "ISO"
_ENCODE = "用户名和密码里的 / ? # @ % 要写成 %2F %3F %23 %40 %25。"
_PLACE = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]\s]*)(?::([0-9]{1,5}))?")


class Address(NamedTuple):
    """What an address names, decoded; hosts and ports as many as there are."""

    scheme: str
    user: str
    password: str
    hosts: list[str]
    ports: list[str]
    path: str
    options: dict[str, str]


def database(name: str, url: str, base: Path) -> dict[str, Any]:
    """Return the database at `url` as `DATABASES` has it; a relative file lies in `base`."""
    scheme = one_of(name, url.partition(":")[0].lower(), (*POSTGRESQL, *SQLITE))
    address = _read(name, url)
    return _sqlite(name, address, base) if scheme in SQLITE else _postgresql(name, address)


def file(path: Path | str) -> dict[str, Any]:
    """Return the SQLite database in a file."""
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(path)}


def _sqlite(name: str, address: Address, base: Path) -> dict[str, Any]:
    if ":memory:" in (*address.hosts, Path(address.path).name):
        raise SettingError(name, "网站的各个进程不能共用内存里的数据库，请写明一个文件。")
    if address.hosts != [""] or not address.path:
        raise SettingError(
            name, "SQLite 文件写作 sqlite:/// 加路径，绝对路径共四条斜线，如 sqlite:////srv/db.sqlite3 。"
        )
    found = file(os.path.abspath(base / address.path))
    for option, value in address.options.items():
        one_of(name, option, ["timeout"])
        found["OPTIONS"] = {"timeout": number(name, value, float)}
    return found


def _postgresql(name: str, address: Address) -> dict[str, Any]:
    _insist_on(name, "psycopg")
    place, path = ",".join(address.hosts), address.path
    if path.startswith("/") and not place:  # postgres:////folder/of/the/socket/name
        place, _, path = path.rpartition("/")
    if not path or "/" in path or len(path) > 63:
        raise SettingError(
            name, "要写明一个数据库名（最多 63 个字符），如 postgres://用户:密码@主机/名称 。" + _ENCODE
        )
    options, ports = dict(address.options), ",".join(address.ports)
    parts = {"dbname": path, "host": place, "port": ports, "user": address.user, "password": address.password}
    for option in options:
        if parts.get(option) or option == "client_encoding":  # always UTF-8
            raise SettingError(name, f"选项 {option} 与地址不一致或重复，请只写在一处。")
    found: dict[str, Any] = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": path,
        "HOST": place,
        "PORT": ports,
    }
    found |= {"USER": address.user, "PASSWORD": address.password}
    if cursors := options.pop("disable_server_side_cursors", ""):
        found["DISABLE_SERVER_SIDE_CURSORS"] = one_of(name, cursors.lower(), (*TRUE, *FALSE)) in TRUE
    return found | {"OPTIONS": OPTIONS | _understood(name, options)}


def _understood(name: str, options: dict[str, str]) -> dict[str, str]:
    """Return the options that PostgreSQL's own library knows."""
    from psycopg import Error
    from psycopg.conninfo import make_conninfo

    try:
        make_conninfo(**options)
    except Error as error:
        raise SettingError(name, f"PostgreSQL 没有这样的连接选项（{str(error).splitlines()[0]}）。") from error
    return options


def cache(name: str, url: str) -> dict[str, Any]:
    """Return the cache at `url` as `CACHES` has it."""
    scheme = one_of(name, url.partition(":")[0].lower(), CACHES)
    address = _read(name, url)
    if scheme in REDIS:
        return _redis(name, url, address)
    table, *others = address.hosts
    if address.path or others or any(address.ports) or not re.fullmatch(r"[A-Za-z0-9_-]+", table):
        raise SettingError(name, f"写作 {scheme}:// 加一个名称（字母、数字、下划线），不带别的。")
    if scheme == "dbcache":
        one_of(name, table, [CACHE_TABLE])
    options = {one_of(name, key, ["max_entries"]): number(name, value) for key, value in address.options.items()}
    kinds = {"dbcache": "pilots.accounts.counting.SharedCache"}
    return {
        "BACKEND": kinds.get(scheme, "django.core.cache.backends.locmem.LocMemCache"),
        "LOCATION": table,
        "OPTIONS": options,
    }


def _redis(name: str, url: str, address: Address) -> dict[str, Any]:
    _insist_on(name, "redis")
    location = url.partition("://")[2].partition("?")[0]
    prefix = {one_of(name, key, ["key_prefix"]).upper(): value for key, value in address.options.items()}
    if address.hosts == [""] and address.path and not address.ports:
        location = f"unix://{location}"
    elif address.hosts != [""] and len(address.hosts) == 1 and re.fullmatch("[0-9]{0,4}", address.path):
        location = f"{REDIS[address.scheme]}://{location}"
    else:
        raise SettingError(name, "写作 redis://主机:端口/库的编号，编号是数；或 redis:///套接字文件 。" + _ENCODE)
    # A server that is there and says nothing must not hold a reader for ever.
    patience = {"socket_timeout": 2, "socket_connect_timeout": 2}
    return {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": location,
        "OPTIONS": patience,
    } | prefix


def _insist_on(name: str, library: str) -> None:
    if find_spec(library) is None:
        raise SettingError(
            name,
            f"没有安装 {library}：请运行 .venv/bin/pip install '.[server]' ，或照 config/deploy/README.md 安装。",
        )


def mail(name: str, url: str) -> dict[str, Any]:
    """Return Django's settings for the mail server at `url`, which has the sender as an option or for its user."""
    scheme = one_of(name, url.partition(":")[0].lower(), list(MAIL))
    address = _read(name, url)
    for option in address.options:
        one_of(name, option, ["from"])
    sender = address.options.get("from", address.user)
    if len(address.hosts) > 1 or not address.hosts[0] or address.path or not re.fullmatch(r"[^@\s]+@[^@\s]+", sender):
        raise SettingError(name, f"写作 {scheme}://用户:密码@主机?from=名称%40主机 ，from 是发信的邮箱。" + _ENCODE)
    return {
        "EMAIL_HOST": address.hosts[0],
        "EMAIL_PORT": int(address.ports[0]) if address.ports else MAIL[scheme],
        "EMAIL_HOST_USER": address.user,
        "EMAIL_HOST_PASSWORD": address.password,
        "EMAIL_USE_TLS": scheme == "smtp+tls",
        "EMAIL_USE_SSL": scheme == "smtps",
        "DEFAULT_FROM_EMAIL": sender,
    }


def _read(name: str, url: str) -> Address:
    """Take an address apart (RFC 3986), refusing what has two readings."""
    scheme, found, rest = url.partition("://")
    if not found:
        raise SettingError(name, f"{shown(scheme.partition(':')[0] + ':')}后面缺少 // 。")
    rest, _, query = rest.partition("?")
    netloc, _, path = rest.partition("/")
    account, _, places = netloc.rpartition("@")
    if "#" in url or "@" in query or (scheme not in SQLITE and "@" in path):
        raise SettingError(name, "地址有不止一种读法。" + _ENCODE)
    user, _, password = account.partition(":")
    user, password, path = _decoded(name, user, password, path)
    return Address(scheme.lower(), user, password, *_places(name, places), path, _options(name, query))


def _places(name: str, places: str) -> tuple[list[str], list[str]]:
    if places == ":memory:":
        return [places], []
    found = [_PLACE.fullmatch(each) for each in places.split(",")]
    matches = [match for match in found if match]
    if len(matches) < len(found) or any(int(match[2] or 1) not in range(1, 65536) for match in matches):
        raise SettingError(name, f"主机和端口看不懂。{_ENCODE}")
    hosts = _decoded(name, *(match[1].strip("[]") for match in matches))
    for each in hosts:
        if not each.startswith(("/", "@")) and not re.fullmatch("[A-Za-z0-9_-]*", each):  # a socket; a table, too
            host(name, each)
    return hosts, [match[2] for match in matches if match[2]]


def _options(name: str, query: str) -> dict[str, str]:
    _decoded(name, query)
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query), errors="strict")
        if len(options := dict(pairs)) < len(pairs):
            raise ValueError
    except ValueError as error:
        problem = f"问号后面的选项 {shown(query)} 看不懂，写作 名称=值，多个用 & 连接，各写一次。"
        raise SettingError(name, problem) from error
    return options


def _decoded(name: str, *parts: str) -> list[str]:
    """Return the parts with their percent-encoding undone."""
    try:
        if any(re.search("%(?![0-9A-Fa-f]{2})", part) for part in parts):
            raise ValueError
        found = [unquote(part, errors="strict") for part in parts]
    except ValueError as error:
        raise SettingError(name, "% 后面不是两位十六进制数，或者不是 UTF-8。" + _ENCODE) from error
    if not all(text.isprintable() for text in found):
        raise SettingError(name, "含有控制字符。")
    return found
