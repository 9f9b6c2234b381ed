"""PostgreSQL: an archive by pg_dump of one snapshot, restored by pg_restore; which of these programs on this machine
fit the server, and how they are run.

Both find the server, the account and the password in their environment: a command line can be read by everybody.
"""

import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from glob import glob
from pathlib import Path
from subprocess import PIPE, Popen
from subprocess import run as run_program
from typing import Any, NamedTuple

from django.db import ProgrammingError
from django.db.backends.postgresql.client import DatabaseClient

from .manifest import EMPTIED, BackupError, Census, Database, as_copied, connected, is_emptied, take_census

# Where packages put each version; the search path names at most one of them.
FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/local/pgsql/bin",
    "/Library/PostgreSQL/*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)


class Tool(NamedTuple):
    """A program of PostgreSQL; the smallest fit comes first."""

    major: int
    path: str
    version: str  # as it says itself


def find(name: str, server: int) -> Tool:
    """Return the program `name` that is nearest to the server's major version and not older.

    A newer one than needed writes settings that the server doesn't know. Raise BackupError where there is none.
    """
    paths = [shutil.which(name), *(str(Path(folder, name)) for pattern in FOLDERS for folder in glob(pattern))]
    tools = []
    for path in (path for path in paths if path and os.access(path, os.X_OK)):
        version = run_program([path, "--version"], capture_output=True, text=True, check=False).stdout.strip()
        major = re.search(r"\) (\d+)", version)
        tools += [Tool(int(major[1]), path, version)] if major else []
    if not tools:
        raise BackupError(f"找不到 {name}：请安装 PostgreSQL {server} 的客户端程序。")
    fit = [tool for tool in tools if tool.major >= server]
    if not fit:
        raise BackupError(f"{max(tools).version} 比服务器（{server}）旧：请安装 PostgreSQL {server} 的客户端程序。")
    return min(fit)


def environment(database: Database) -> dict[str, str]:
    """Return the environment in which a program finds `database`; ~/.pgpass works as ever."""
    _, secrets = DatabaseClient.settings_to_cmd_args_env({"OPTIONS": {}} | database, [])
    names = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGDATABASE": "NAME"}
    place = {name: str(database[key]) for name, key in names.items() if database.get(key)}
    return os.environ | place | (secrets or {}) | {"LC_ALL": "C"}


def run(tool: Tool, database: Database, *arguments: str) -> None:
    """Run a program on `database` to its end; raise BackupError with the first thing that it said where it fails."""
    command = [tool.path, "--no-password", *arguments]
    done = run_program(command, env=environment(database), capture_output=True, text=True, check=False)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"退出码 {done.returncode}"]
        raise BackupError(f"{Path(tool.path).name} 没有完成（{lines[0]}）。")


NAME = "PostgreSQL"
SUFFIX = ".dump"
_PATIENCE = 60_000  # milliseconds to wait for a migration that is under way
LOCK = 0x7265_7374  # any number that nobody else locks
SCRATCH = "scratch database of restore_check"
# Named as pg_dump names them. What belongs to an extension is not in a dump.
_TABLES = """SELECT format('%I.%I', nspname, relname), format('%I.%I', nspname, relname)
    FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE relkind = 'r' AND relpersistence <> 't' AND nspname NOT IN ('pg_catalog', 'information_schema')
    AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid
    AND deptype = 'e') ORDER BY 1"""


def label(database: Database) -> str:
    """Return the name by which the database is told apart from others; nothing secret."""
    return f"{database.get('HOST') or 'localhost'}:{database.get('PORT') or 5432}/{database['NAME']}"


def plain(database: Database) -> Database:
    """Return the database as it is read: as ever."""
    return database


def copy(database: Database, target: Path) -> tuple[Census, str]:
    """Write the database as it is at one moment into the archive `target`.

    Return what it held in that moment and what made the archive: rows are counted in the snapshot that is dumped.
    """
    with connected(database) as connection, connection.cursor() as cursor:
        tool = find("pg_dump", _version(cursor))
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        snapshot = cursor.fetchone()[0]
        census = take_census(cursor, _TABLES)
        patience = f"--lock-wait-timeout={_PATIENCE}"
        empty = [f"--exclude-table-data=*.{table}" for table in EMPTIED]
        run(tool, database, "--format=custom", patience, *empty, f"--snapshot={snapshot}", f"--file={target}")
    return as_copied(census), tool.version


def count(path: Path, database: Database) -> dict[str, int]:
    """Read the archive at `path` to its end and return its rows by table; raise BackupError when it is unsound."""
    with connected(database) as connection, connection.cursor() as cursor:
        tool = find("pg_restore", _version(cursor))
        cursor.execute(_TABLES)
        empty = {name: 0 for name, _ in cursor.fetchall() if is_emptied(name)}  # there, but without rows to read
    with tempfile.TemporaryFile("w+") as complaints:
        with Popen([tool.path, "--data-only", "--file=-", path], stdout=PIPE, stderr=complaints) as reader:
            assert reader.stdout
            rows = _rows(reader.stdout)
        complaints.seek(0)
        if reader.returncode:
            raise BackupError(f"读不出备份文件（{complaints.read().strip()}）。")
    return empty | rows


def _rows(script: Iterable[bytes]) -> dict[str, int]:
    """Return how many rows each COPY of the script has: a line each, up to one with `\\.` alone."""
    rows: dict[str, int] = {}
    table = ""
    for line in script:
        if not table:
            if start := re.match(rb"COPY (.+?) \(.*\) FROM stdin;$", line):
                table = start[1].decode()
                rows[table] = 0
        elif line == b"\\.\n":
            table = ""
        else:
            rows[table] += 1
    return rows


@contextmanager
def scratch(database: Database) -> Iterator[Database]:
    """Give a fresh database on the same server, alike in encoding and order; it is dropped after the block."""
    with connected(database) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            raise BackupError("另一次恢复核对正在进行。")
        name = _create(cursor)
        try:
            yield database | {"NAME": name}
        finally:
            cursor.execute(f"DROP DATABASE {name}")


def _create(cursor: Any) -> str:
    cursor.execute(
        "SELECT oid, pg_encoding_to_char(encoding), datcollate, datctype FROM pg_database"
        " WHERE datname = current_database()"
    )
    oid, *like = cursor.fetchone()
    name = f"pilots_restore_check_{oid}"
    cursor.execute("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [name])
    if cursor.fetchone() == (SCRATCH,):  # left by a run that was killed
        cursor.execute(f"DROP DATABASE {name}")
    try:
        cursor.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING %s LC_COLLATE %s LC_CTYPE %s", like)
    except ProgrammingError as error:
        raise BackupError(
            f"不能建临时数据库（{str(error).strip()}）：请给账号建库的权限，或用 --to 指定一个空库。"
        ) from error
    cursor.execute(f"COMMENT ON DATABASE {name} IS %s", [SCRATCH])
    return name


def insist_on_empty(place: Database) -> None:
    """Raise BackupError when there are tables already."""
    with connected(place) as connection, connection.cursor() as cursor:
        cursor.execute(_TABLES)
        if cursor.fetchone():
            raise BackupError(f"数据库 {place['NAME']} 不是空的，不会覆盖。")


def fill(path: Path, place: Database) -> None:
    """Restore the archive at `path` into the empty `place`, all or nothing, owned by the account that restores."""
    with connected(place) as connection, connection.cursor() as cursor:
        tool = find("pg_restore", _version(cursor))
    options = ("--single-transaction", "--no-owner", "--no-privileges")
    run(tool, place, *options, f"--dbname={place['NAME']}", str(path))


def survey(place: Database) -> Census:
    """Return what the restored `place` holds."""
    with connected(place) as connection, connection.cursor() as cursor:
        return take_census(cursor, _TABLES)


def _version(cursor: Any) -> int:
    cursor.execute("SHOW server_version_num")
    return int(cursor.fetchone()[0]) // 10_000
