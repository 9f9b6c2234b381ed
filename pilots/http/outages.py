"""What is away or broken where a request fails: disk, database, cache or search index, each told as what it is."""

import errno
import os
import re
import sqlite3
from contextlib import suppress
from functools import cache
from typing import NamedTuple

from django.apps import apps
from django.db import Error, InterfaceError, connection
from django.db.models import ForeignKey, Model

from ..models.recorded import recorded_models

_AGAIN = "没有保存任何内容。请稍后再试；填写过的内容请先复制。"
_LATER = "暂时不能显示这个页面。请稍后再试。"  # to who only reads


class Outage(NamedTuple):
    """Its name for `/readyz`, and what whoever asked is told."""

    name: str
    title: str
    text: str

    def sentences(self, *, is_reading: bool) -> str:
        """Return what whoever asked is told: who only reads has nothing that could be saved."""
        return self.text.replace(_AGAIN, _LATER) if is_reading else self.text


DISK = Outage("disk", "服务器的磁盘写不进去", f"磁盘已满或只读，{_AGAIN}")
DATABASE = Outage("database", "数据库暂时连不上", _AGAIN)
DAMAGED = Outage("damaged", "数据库文件已损坏", f"须由管理员恢复备份。{_AGAIN}")
UNREADABLE = Outage("schema", "有的内容读不出来", f"须由管理员运行 check_record，按所列恢复备份。{_AGAIN}")
BUSY = Outage("busy", "数据库正忙", _AGAIN)
CACHE = Outage("cache", "计数的缓存暂时连不上", _AGAIN)
INDEX = Outage("index", "检索索引已损坏", f"须由管理员运行 rebuild_search。{_AGAIN}")

# By the primary result code of SQLite (its lowest byte), by SQLSTATE of PostgreSQL, by the number of the system.
_SQLITE = {5: BUSY, 6: BUSY, 8: DISK, 10: DISK, 11: DAMAGED, 13: DISK, 26: DAMAGED}
_CANT_OPEN, _CORRUPT_VTAB = 14, 267
_NOT_TEXT = "Could not decode to UTF-8"  # what SQLite's driver says of a row; it has no code for it
_POSTGRESQL = {
    **dict.fromkeys(("53100", "58030", "25006"), DISK),
    **dict.fromkeys(("40001", "40P01", "55P03", "57014"), BUSY),
    **dict.fromkeys(("53300", "57P01", "57P02", "57P03"), DATABASE),
    "XX001": DAMAGED,
    "XX002": INDEX,
}
NO_VALUE = "不是这一栏该有的值"
_SITE = "(?:pilots|django|auth|account|mfa)_"
_MISSING = re.compile(  # a table, or a column of one
    rf'(?:no such table: |relation "){_SITE}|(?:no such column: |column )(?:{_SITE}\w+|[A-Za-z]{{1,2}}\d+)\.\w'
    rf"|table {_SITE}\w+ has no column"
)
_INDEX = re.compile(
    "pilots_searchindex|pilots_search_|vtable constructor"
    r"|(?:no such table: |no such column: |table |relation \"|column )(?:main\.)?pilots_search"
    # What FTS5 says itself; without words of its own where one of its tables or columns is gone, or holds nonsense.
    "|no such column: (?:names|head|body|themes)$|^constraint failed$"
    "|fts5 file format|fts5: corruption|from content table|no such tokenizer|tokenizer constructor|^SQL logic error$"
)
_OF_DISK = re.compile("IO_E(?:NOSPC|DQUOT|ROFS|FBIG|IO)$")  # as lxml, which writes workbooks, has these
_SYSTEM = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG, errno.EIO}


def of(error: BaseException | None) -> Outage | None:
    """Return the outage that an error comes from; None for what is a defect of ours or a mistake of whoever asks."""
    while error is not None:
        if outage := _of(error):
            return outage
        error = error.__cause__ or error.__context__
    return None


def of_rows() -> Outage | None:
    """Return that there are rows of the record that no page can read, where there are; they may be why one failed."""
    quote, tables = connection.ops.quote_name, []
    for model in recorded_models():
        wrong = " OR ".join(f"({condition})" for condition, _ in unreadable_rows(model).values())
        tables.append(f"EXISTS (SELECT 1 FROM {quote(model._meta.db_table)} WHERE {wrong})")
    with suppress(Error), connection.cursor() as cursor:
        cursor.execute(f"SELECT {' OR '.join(tables)}")
        return UNREADABLE if cursor.fetchone()[0] else None
    return None


@cache
def unreadable_rows(model: type[Model]) -> dict[str, tuple[str, str]]:
    """Return by column which rows of `model` no page can read, as a condition in SQL, and what is wrong with them.

    They refer to a row that is gone, or hold what is no date, and on SQLite, which takes anything, no number either.
    """
    conditions, quote = {}, connection.ops.quote_name
    for field in model._meta.local_concrete_fields:
        column, kind = quote(str(field.column)), getattr(field, "target_field", field).get_internal_type()
        is_number = "Integer" in kind or "AutoField" in kind
        if connection.vendor == "sqlite":
            kinds = {
                "DateField": f"date({column}) IS NOT {column}",
                "DateTimeField": f"datetime({column}) IS NOT substr({column}, 1, 19)",
                "BooleanField": f"{column} NOT IN (0, 1)",
                "JSONField": f"NOT json_valid({column})",
            }
            kinds |= dict.fromkeys(("CharField", "TextField", "SlugField"), f"typeof({column}) <> 'text'")
            condition = f"typeof({column}) <> 'integer'" if is_number else kinds.get(kind, "1 = 0")
        else:
            is_dated = kind in ("DateField", "DateTimeField")
            condition = f"{column} NOT BETWEEN '0001-01-02' AND '9999-12-30'" if is_dated else "1 = 0"
        fault = NO_VALUE
        if isinstance(field, ForeignKey) and getattr(field, "db_constraint", True):
            other, target = quote(field.related_model._meta.db_table), quote(str(field.target_field.column))
            pointing = f"{quote(model._meta.db_table)}.{column}"
            condition = f"NOT EXISTS (SELECT 1 FROM {other} other WHERE other.{target} = {pointing})"
            fault = f"指向的行，表 {field.related_model._meta.db_table} 里没有"
        conditions[str(field.column)] = f"{column} IS NOT NULL AND {condition}", fault
    return conditions


def reraise_unless_race(error: Exception) -> Exception:
    """Return an error of two who saved at once; raise any other, which saving again doesn't mend."""
    if of(error) in (None, BUSY):
        return error
    raise error


def _of(error: BaseException) -> Outage | None:
    if outage := getattr(error, "outage", None):
        return outage
    if isinstance(error, sqlite3.Error):
        return _of_sqlite(error)
    library = type(error).__module__.partition(".")[0]
    if library == "psycopg":
        return _of_postgresql(error)
    if library == "redis":
        return CACHE
    if isinstance(error, InterfaceError):
        return DATABASE
    is_of_disk = isinstance(error, OSError) and error.errno in _SYSTEM
    return DISK if is_of_disk or (library == "lxml" and _OF_DISK.search(str(error))) else None


def _of_sqlite(error: sqlite3.Error) -> Outage | None:
    code = getattr(error, "sqlite_errorcode", 0)
    if code == _CORRUPT_VTAB or _is_of_index(error):
        return INDEX
    if code & 0xFF == _CANT_OPEN:  # the file, or beside it the journal of what is to be written
        return DISK if os.access(connection.settings_dict["NAME"], os.R_OK) else DATABASE
    if str(error).startswith(_NOT_TEXT):
        return UNREADABLE
    return DATABASE if _is_of_table(error) else _SQLITE.get(code & 0xFF)


def _of_postgresql(error: BaseException) -> Outage | None:
    state = getattr(error, "sqlstate", None)
    if state is None or state.startswith("08"):
        is_away = type(error).__name__ in ("OperationalError", "InterfaceError", "ConnectionTimeout")
        return DATABASE if is_away or state else None
    if state.startswith("42") and _is_of_index(error):
        return INDEX
    return DATABASE if _is_of_table(error) else _POSTGRESQL.get(state)


def _is_of_index(error: BaseException) -> bool:
    return bool(_INDEX.search(str(error)))


def _is_of_table(error: BaseException) -> bool:
    """Return whether a table of the site or a column is missing: its database was emptied, or is another one."""
    bare = str(error).removeprefix("no such column: ")  # all that SQLite says of what an UPDATE sets
    fields = (field for model in apps.get_models() for field in model._meta.local_concrete_fields)
    return bool(_MISSING.search(str(error))) or any(field.column == bare for field in fields)


def name_of(error: Exception) -> str:
    """Return for `/readyz` what an error of the database comes from."""
    outage = of(error)
    return outage.name if outage else "database" if isinstance(error, Error) else "cache"
