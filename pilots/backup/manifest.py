"""What a backup must hold, in a file beside it, and the folder in which both are kept; what a database holds, given
as in `DATABASES`, and a connection of one's own to it.
"""

import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import ConnectionHandler

_NAME = re.compile(r"pilots-\d{8}T\d{6}\.\d{3}Z\.(?:sqlite3|dump)")


FILES = "files"  # the folder beside backups that has what documents hold, each file once


class BackupError(Exception):
    """Why there is no backup, or why one can't be restored: a sentence in Chinese."""


@dataclass(frozen=True)
class Manifest:
    """What a backup holds: counted in the very moment that it shows, and the fingerprint of its file."""

    engine: str
    database: str
    taken_at: str  # ISO 8601, UTC; everything acknowledged before is in the backup
    made_with: str
    rows: dict[str, int]  # by table
    migrations: list[str]  # app.name, applied
    size: int  # bytes
    sha256: str
    files: list[str]  # of documents, as these name them; beside the backup in FILES

    def write(self, backup: Path) -> None:
        """Write the manifest beside `backup`, readable by its owner only."""
        with open(beside(backup), "w", encoding="utf-8", opener=private) as file:
            json.dump(asdict(self), file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())

    def fault(self, backup: Path) -> str:
        """Return what is wrong with the file `backup`, byte by byte; empty when it is as it was written."""
        size = backup.stat().st_size
        if size != self.size:
            return f"应为 {self.size} 字节，现为 {size} 字节"
        return "" if digest(backup) == self.sha256 else "校验和与清单不符"


def read(backup: Path) -> Manifest:
    """Return the manifest of `backup`; raise BackupError where it is missing or can't be understood."""
    path = beside(backup)
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BackupError(f"{backup} 旁边没有清单 {path.name}。") from error
    except ValueError as error:
        raise BackupError(f"清单 {path} 已损坏。") from error
    data = {"files": []} | data if isinstance(data, dict) else data  # older ones know of none
    field_types: dict[str, Any] = {field.name: field.type for field in fields(Manifest)}
    is_complete = (
        isinstance(data, dict)
        and data.keys() == field_types.keys()
        and all(isinstance(data[name], getattr(kind, "__origin__", kind)) for name, kind in field_types.items())
    )
    if not is_complete:
        raise BackupError(f"清单 {path} 不完整。")
    return Manifest(**data)


def beside(backup: Path) -> Path:
    """Return where the manifest of `backup` is."""
    return backup.with_name(f"{backup.name}.json")


def name(moment: datetime, suffix: str) -> str:
    """Return the name of a backup taken at `moment`; names sort as their times do."""
    moment = moment.astimezone(UTC)
    return f"pilots-{moment:%Y%m%dT%H%M%S}.{moment.microsecond // 1000:03}Z{suffix}"


def backups(folder: Path) -> list[Path]:
    """Return the files in `folder` that are named as backups are, the newest first."""
    return sorted((path for path in folder.iterdir() if _NAME.fullmatch(path.name)), reverse=True)


def remnants(folder: Path) -> list[Path]:
    """Return what a run that was killed has left in `folder`: half a backup, or a manifest without one."""
    return [
        path
        for path in folder.iterdir()
        if re.fullmatch(rf"\.{_NAME.pattern}\.part(-journal)?", path.name)
        or (re.fullmatch(rf"{_NAME.pattern}\.json", path.name) and not path.with_suffix("").exists())
    ]


def digest(path: Path) -> str:
    """Return the SHA-256 of the file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def private(path: str, flags: int) -> int:
    """Open a new file that only its owner can read; for `open(…, opener=private)`."""
    return os.open(path, flags, 0o600)


def sync(path: Path) -> None:
    """Have the disk write what it still holds back of a file or folder."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError:
        if not path.is_dir():  # network drives can't do it for folders
            raise
    finally:
        os.close(handle)


Database = dict[str, Any]
# Tables that a backup has empty: who holds a session is signed in, and limits are counted by network address.
EMPTIED = ("django_session", "pilots_signin", "pilots_cache")


class Census(NamedTuple):
    """How many rows each table has, and which migrations (app.name) are applied."""

    rows: dict[str, int]
    migrations: list[str]


def is_emptied(table: str) -> bool:
    """Return whether a backup leaves out the rows of the table, named with or without its schema."""
    return table.rpartition(".")[2] in EMPTIED


def as_copied(census: Census) -> Census:
    """Return what a backup of a place with that census holds."""
    return census._replace(rows={name: 0 if is_emptied(name) else size for name, size in census.rows.items()})


@contextmanager
def connected(database: Database) -> Iterator[BaseDatabaseWrapper]:
    """Give a connection to `database` that nobody else uses."""
    connection = ConnectionHandler({DEFAULT_DB_ALIAS: dict(database)})[DEFAULT_DB_ALIAS]
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def standing_in(database: Database) -> Iterator[None]:
    """Let `database` stand in for the site's own within the block: every query of this thread goes there."""
    usual = connections[DEFAULT_DB_ALIAS]
    with connected(database) as connection:
        connections[DEFAULT_DB_ALIAS] = connection
        try:
            yield
        finally:
            connections[DEFAULT_DB_ALIAS] = usual


def take_census(cursor: Any, tables: str) -> Census:
    """Count every table; `tables` is the query that gives the name and the quoted name of each."""
    cursor.execute(tables)
    rows = {}
    for name, quoted in cursor.fetchall():
        cursor.execute(f"SELECT count(*) FROM {quoted}")
        rows[name] = cursor.fetchone()[0]
    cursor.execute("SELECT app, name FROM django_migrations ORDER BY app, name")
    return Census(rows, [".".join(row) for row in cursor.fetchall()])


def differences(expected: dict[str, int], actual: dict[str, int]) -> list[str]:
    """Return what `found` has otherwise than `expected`, a line for each table."""
    return [
        f"表 {name}：应有 {expected.get(name, '（没有这张表）')} 行，实有 {actual.get(name, '（没有这张表）')} 行。"
        for name in sorted(expected.keys() | actual.keys())
        if expected.get(name) != actual.get(name)
    ]
