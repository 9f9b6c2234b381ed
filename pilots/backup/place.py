"""A database, given as in `DATABASES`: a connection of one's own to it, and what it holds."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import ConnectionHandler

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
