"""A site of its own for backups: they read what others see committed, which a test's transaction never is."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager
from itertools import count
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connections

from pilots.backup import postgresql, sqlite
from pilots.backup.manifest import beside, connected, standing_in
from pilots.backup.writing import engine_of

NUMBERS = count(1)
IS_SQLITE = connections["default"].vendor == "sqlite"


@contextmanager
def empty_place(folder):
    """A database with nothing in it, of the kind that the tests run on; gone after the block."""
    usual, number = connections["default"].settings_dict, next(NUMBERS)
    if IS_SQLITE:
        yield usual | {"NAME": str(folder / f"place {number}.sqlite3")}
        return
    name = f"{usual['NAME']}_{number}"
    with connected(usual) as connection, connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")  # left by a run that was killed
        cursor.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        try:
            yield usual | {"NAME": name}
        finally:
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def pristine(django_db_setup, django_db_blocker, tmp_path_factory):
    """A copy of the test database with the record."""
    path = tmp_path_factory.mktemp("pristine") / "copy"
    with django_db_blocker.unblock():
        if IS_SQLITE:  # in memory: another connection by its address sees nothing
            connections["default"].ensure_connection()
            with closing(sqlite3.connect(path)) as into:
                connections["default"].connection.backup(into)
        else:
            postgresql.copy(connections["default"].settings_dict, path)
    return path


@pytest.fixture(scope="session")
def shared_site(pristine, django_db_blocker, tmp_path_factory):
    with django_db_blocker.unblock(), empty_place(tmp_path_factory.mktemp("site")) as place:
        (sqlite if IS_SQLITE else postgresql).fill(pristine, place)
        yield place


@pytest.fixture
def site(shared_site, db):
    """The site's database, which the test leaves as it is."""
    with standing_in(shared_site):
        yield shared_site


@pytest.fixture
def own_site(pristine, db, tmp_path):
    """The site's database, for a test that changes it."""
    with empty_place(tmp_path) as place:
        engine_of(place).fill(pristine, place)
        with standing_in(place):
            yield place


@pytest.fixture
def empty(db, tmp_path):
    """A database with nothing in it."""
    with empty_place(tmp_path) as place:
        yield place


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "backups"


def address(place):
    """The place as DATABASE_URL names it."""
    if IS_SQLITE:
        return f"sqlite:///{place['NAME']}"
    account = f"{place['USER']}@" if place["USER"] else ""
    return f"postgres://{account}{quote(place['HOST'], safe='')}:{place['PORT']}/{place['NAME']}"


def environment(place):
    own = {
        "DATABASE_URL": address(place),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "SECRET_KEY": "a-key-of-32-characters-for-this-test",
    }
    return os.environ | own | ({"PGPASSWORD": place["PASSWORD"]} if place["PASSWORD"] else {})


def manage(place, *arguments, before=""):
    """Run a management command on the place in a process of its own, after `before` in the same shell."""
    return subprocess.run(
        ["bash", "-c", f'{before}\nexec "$@"', "bash", sys.executable, "manage.py", *map(str, arguments)],
        cwd=settings.BASE_DIR,
        env=environment(place),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def change(path, **values):
    """Change what the manifest of the backup says."""
    told = json.loads(beside(path).read_text())
    beside(path).write_text(json.dumps(told | values))
