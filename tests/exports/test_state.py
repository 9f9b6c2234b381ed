"""A file of the whole record is of one moment, however long it takes to make and whoever saves meanwhile."""

import sqlite3
from contextlib import closing

import psycopg
import pytest
from django.db import connection

from pilots.exports.state import one_moment
from pilots.models import Region, editing
from pilots.search.facet_sets import version

REMARK = "UPDATE pilots_region SET remark = 'an edit of somebody else' WHERE serial = 1"


def save_elsewhere(name):
    """Save from another connection, to the same database; fails where it would have to wait."""
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(name, timeout=0.1)) as other, other:
            other.execute(REMARK)
    else:
        with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": psycopg.Cursor}) as other:
            other.execute(REMARK)


@pytest.fixture
def region(committed_record, tmp_path):
    """An area in a database that others can save in; what the tests use on SQLite is in memory."""
    if connection.vendor == "sqlite":
        name = tmp_path / "db.sqlite3"
        with closing(sqlite3.connect(name)) as file:
            connection.connection.backup(file)
        params = connection.get_connection_params() | {"database": str(name)}
        memory, connection.connection = connection.connection, connection.get_new_connection(params)
        yield name
        connection.connection.close()
        connection.connection = memory
    else:
        yield None


def test_whoever_saves_meanwhile_neither_waits_nor_is_seen(region):
    before = version()
    with one_moment():
        save_elsewhere(region)
        assert Region.objects.get(serial=1).remark == ""
        assert version() == before

    assert Region.objects.get(serial=1).remark == "an edit of somebody else"


def test_what_is_saved_inside_is_lost(region):
    with one_moment(), editing(reason="试"):
        row = Region.objects.get(serial=1)
        row.remark = "试"
        row.save()

    assert Region.objects.get(serial=1).remark == ""
