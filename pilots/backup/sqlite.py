"""SQLite: a file copied by SQLite itself, from one moment."""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from .manifest import BackupError, Census, Database, as_copied, connected, is_emptied, private, take_census

NAME = "SQLite"
SUFFIX = ".sqlite3"
_PATIENCE = 60  # seconds to wait for writers
_TABLES = """SELECT name, '"' || replace(name, '"', '""') || '"' FROM sqlite_master
    WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"""


def label(database: Database) -> str:
    """Return the name by which the database is told apart from others."""
    return str(Path(database["NAME"]).resolve())


def copy(database: Database, target: Path) -> tuple[Census, str]:
    """Copy the database as it is at one moment into the empty file `target`.

    Return what it held in that moment and what made the copy. In one step, under the read transaction of the
    counting: writers wait that long, nobody's commit falls in between.
    """
    with connected(_file(database["NAME"], "rw")) as connection, connection.cursor() as cursor:
        cursor.execute("BEGIN")
        census = take_census(cursor, _TABLES)
        with closing(sqlite3.connect(target)) as into, connection.wrap_database_errors:
            connection.connection.backup(into)
    with connected(_file(target, "rw")) as connection, connection.cursor() as cursor:
        for table in filter(is_emptied, census.rows):
            cursor.execute(f"DELETE FROM {table}")
        cursor.execute("VACUUM")  # what was deleted is still in the file until then
    return as_copied(census), f"SQLite {sqlite3.sqlite_version}"


def plain(database: Database) -> Database:
    """Return the database as it is read without changing how it is kept: it may be open elsewhere."""
    return _file(database["NAME"], "rw")


def count(path: Path, database: Database) -> dict[str, int]:
    """Open the copy at `path` and return its rows by table; raise BackupError when it is unsound."""
    with connected(_file(path, "ro&immutable=1")) as connection, connection.cursor() as cursor:
        _insist_on_soundness(cursor)
        return take_census(cursor, _TABLES).rows


@contextmanager
def scratch(database: Database) -> Iterator[Database]:
    """Give a fresh place that is gone after the block."""
    with tempfile.TemporaryDirectory(prefix="restore-check-") as folder:
        yield database | {"NAME": f"{folder}/db.sqlite3"}


def insist_on_empty(place: Database) -> None:
    """Raise BackupError when something is there already."""
    if os.path.lexists(place["NAME"]):
        raise BackupError(f"{place['NAME']} 已经存在，不会覆盖。")


def fill(path: Path, place: Database) -> None:
    """Restore the backup at `path` into the empty `place`."""
    target = Path(place["NAME"])
    with path.open("rb") as source, open(target, "xb", opener=private) as into:
        try:
            shutil.copyfileobj(source, into)
            into.flush()
            os.fsync(into.fileno())
        except OSError:
            target.unlink()  # half of it is of no use
            raise


def survey(place: Database) -> Census:
    """Return what the restored `place` holds; raise BackupError when it is unsound."""
    with connected(place) as connection, connection.cursor() as cursor:
        _insist_on_soundness(cursor)
        return take_census(cursor, _TABLES)


def _insist_on_soundness(cursor: Any) -> None:
    cursor.execute("PRAGMA integrity_check(1)")
    result = cursor.fetchone()[0]
    if result != "ok":
        raise BackupError(f"数据库文件已损坏（{result}）。")
    cursor.execute("PRAGMA foreign_key_check")
    if row := cursor.fetchone():
        raise BackupError(f"表 {row[0]} 里有行指向表 {row[2]} 里不存在的行。")


def _file(path: Path | str, mode: str) -> Database:
    """Return the database in a file that exists: SQLite would make one that doesn't."""
    address = f"file:{quote(str(Path(path).absolute()))}?mode={mode}"
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": address, "OPTIONS": {"timeout": _PATIENCE}}
