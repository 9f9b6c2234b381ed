"""Disk full, read-only, database or cache away, index damaged: each said as what it is, and nothing lost."""

import errno
import json
import logging
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, OperationalError, connection, transaction
from django.test import Client, RequestFactory
from django.urls import reverse
from lxml import etree
from selectolax.lexbor import LexborHTMLParser

from config import connections as addresses
from config import rsgi
from pilots.backup.manifest import connected, standing_in
from pilots.http import errors, outages
from pilots.management.errors import told_in_one_line
from pilots.models import Region, unrecorded
from pilots.record import checks
from pilots.search import index, indexing

from . import factories as make
from .forms import REASON, Person, address, official

IS_SQLITE = connection.vendor == "sqlite"


@pytest.fixture
def read_only(db):
    """The database takes no writing from here on."""
    on, off = "PRAGMA query_only = ON", "PRAGMA query_only = OFF"
    if not IS_SQLITE:
        on, off = "SAVEPOINT before; SET LOCAL transaction_read_only = on", "ROLLBACK TO SAVEPOINT before"
    with connection.cursor() as cursor:
        yield lambda: cursor.execute(on)
        cursor.execute(off)


@pytest.fixture
def full(db):
    """SQLite's file may not grow from here on."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA max_page_count")
        [most] = cursor.fetchone()

        def fill():
            cursor.execute("CREATE TABLE filling (bytes)")  # what is free in it is taken first
            cursor.execute("INSERT INTO filling SELECT zeroblob(freelist_count * 4096) FROM pragma_freelist_count")
            cursor.execute("PRAGMA max_page_count = 1")

        yield fill
        cursor.execute(f"PRAGMA max_page_count = {most}")


def quiet(client):
    client.raise_request_exception = False
    return client


def errors_of(caplog):
    return [entry for entry in caplog.records if entry.levelno >= logging.ERROR]


def is_told(response, outage, *words):
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "60"
    for word in (outage.title, *words):
        assert word in response.text
    assert "冲突" not in response.text


def test_read_only_is_told_as_what_it_is_and_what_was_typed_is_shown(read_only, caplog):
    person = Person(quiet(Client()), official("张"), address(Region.objects.get(slug="liaoning-benxi")))
    person.client.get("/admin/")
    read_only()

    response = person.client.post(person.url, person.types(remark="打了很久的一段说明", edit_reason=REASON).posted)

    is_told(response, outages.DISK, "打了很久的一段说明")
    assert len(errors_of(caplog)) == 1


@pytest.mark.parametrize("page", ["change", "withdraw"])
def test_taking_back_on_a_disk_that_is_read_only_is_told_as_what_it_is(read_only, page):
    alias = Region.objects.get(slug="liaoning-benxi").aliases.create(name="旧名", kind="common")
    person = Person(quiet(Client()), official("张"), reverse(f"admin:pilots_alias_{page}", args=[alias.pk]))
    person.types(**{"kind": "former"} if page == "change" else {}).saves()
    form = LexborHTMLParser(person.text).css_first(".messagelist .success form")
    inputs = {node.attributes["name"]: node.attributes["value"] for node in form.css("input")}
    read_only()

    is_told(person.client.post(form.attributes["action"], inputs), outages.DISK)


@pytest.mark.skipif("not IS_SQLITE", reason="PostgreSQL's disk isn't ours to fill")
def test_full_disk_is_told_as_what_it_is(full):
    person = Person(quiet(Client()), official("张"), address(Region.objects.get(slug="liaoning-benxi")))
    full()

    response = person.client.post(person.url, person.types(remark="长" * 10_000, edit_reason=REASON).posted)

    is_told(response, outages.DISK, "长长长")
    assert Region.objects.get(slug="liaoning-benxi").remark == ""


def test_signing_in_on_a_disk_that_is_read_only_is_not_too_often(read_only):
    client = quiet(Client())
    client.get("/accounts/login/")
    read_only()

    is_told(client.post("/accounts/login/", {"login": "a", "password": "b"}), outages.DISK)


def test_cache_that_lost_a_column_is_not_too_often(db, caplog):
    """Whatever a table can't take is said: refusing would count as somebody's trying too often."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE pilots_cache RENAME COLUMN expires TO ends")

    assert quiet(Client()).post("/accounts/login/", {"login": "a", "password": "b"}).status_code >= 500


def test_readyz_is_red_while_nothing_can_be_written(client, read_only):
    assert client.get("/readyz").status_code == 200
    read_only()

    response = client.get("/readyz")

    assert (response.status_code, response.json()["reason"]) == (503, "disk")


def test_readyz_is_red_where_the_folder_can_not_be_written(client, db, settings, tmp_path):
    settings.DATA_DIR = tmp_path / "gone"

    assert client.get("/readyz").json()["reason"] == "disk"


def test_cache_that_is_away_is_told(client, db, settings):
    place = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = settings.CACHES | {"default": place}

    assert client.get("/readyz").json()["reason"] == "cache"
    assert client.get("/regions/").status_code == 200
    is_told(quiet(client).post("/accounts/login/", {"login": "a", "password": "b"}), outages.CACHE)


def test_api_is_read_and_counted_while_its_cache_is_away(client, db, settings, tmp_path):
    place = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES, settings.DATA_DIR = settings.CACHES | {"api": place}, tmp_path
    settings.API_RATE = "2/minute"
    client = quiet(client)

    answers = [client.get("/api/v1/topics/", REMOTE_ADDR="203.0.113.9").status_code for _ in range(3)]

    assert answers == [200, 200, 429]


def test_machines_are_told_in_their_shape(client, db, monkeypatch):
    def refuse():
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("pilots.search.facet_sets.current", refuse)
    response = quiet(client).get("/api/v1/regions/")

    assert response.status_code == 503
    assert response.headers["Content-Type"] == "application/problem+json"
    assert json.loads(response.text)["title"] == "暂时不能提供"


SQLITE_DAMAGE = {
    "garbage": "UPDATE pilots_searchindex_data SET block = x'00ff00ff00ff' WHERE id > 10",
    "emptied": "DELETE FROM pilots_searchindex_data",
    "part gone": "DROP TABLE pilots_searchindex_data",
    "gone": "DROP TABLE pilots_searchindex",
    "no trigger": "DROP TRIGGER pilots_searchentry_added",
    "changes emptied": "DELETE FROM pilots_searchchange",
    "a row lost": "INSERT INTO pilots_searchindex(pilots_searchindex, rowid, names, head, body, themes) "
    "SELECT 'delete', id, names, head, body, themes FROM pilots_searchentry LIMIT 1",
}
POSTGRESQL_DAMAGE = {
    "no index": "DROP INDEX pilots_searchentry_vector",
    "no function": "DROP FUNCTION pilots_search_match",
    "no column": "ALTER TABLE pilots_searchentry DROP COLUMN vector",
    "no changes": "DROP TABLE pilots_searchchange",
    "no entries": "DROP TABLE pilots_searchentry",
    "changes emptied": "DELETE FROM pilots_searchchange",
    "no cards": "ALTER TABLE pilots_searchentry DROP COLUMN card",
    "no tokens": "ALTER TABLE pilots_searchchange DROP COLUMN token",
    "no rule": "ALTER TABLE pilots_searchentry DROP CONSTRAINT searchentry_unique_kind_object_id",
    "other function": "CREATE OR REPLACE FUNCTION pilots_search_match(asked tsquery) RETURNS SETOF bigint "
    "LANGUAGE sql STABLE AS 'SELECT id FROM pilots_searchentry LIMIT 0'",
}
DAMAGE = SQLITE_DAMAGE if IS_SQLITE else POSTGRESQL_DAMAGE


@pytest.mark.parametrize("harm", DAMAGE.values(), ids=DAMAGE.keys())
def test_damaged_index_is_found_and_rebuilt(db, harm):
    with connection.cursor() as cursor:
        cursor.execute(harm)

    assert any("rebuild_search" in line for line in checks.problems())
    indexing.rebuild()

    assert indexing.problems() == []
    assert index.match([index.named(make.models.SearchEntry.objects.first().names.split()[0])])


TABLES_OF_SQLITE = [
    ["DROP TABLE pilots_searchchange"],
    ["DROP TABLE pilots_searchentry"],
    ["ALTER TABLE pilots_searchchange DROP COLUMN token"],
    ["DROP TABLE pilots_searchindex_config", "DROP TABLE pilots_searchentry", "DROP TABLE pilots_searchchange"],
    ["PRAGMA writable_schema = ON", "DELETE FROM sqlite_master WHERE name = 'pilots_searchindex'"],
]


def harms():
    """Yield what can be done to each table and column of FTS5, but for what SQLite refuses."""
    for table, columns in {"data": ["block"], "idx": ["segid", "pgno"], "docsize": ["sz"], "config": ["v"]}.items():
        yield f"DROP TABLE pilots_searchindex_{table}"
        yield f"DELETE FROM pilots_searchindex_{table}"
        for column in columns:
            for value in ("99", "-1", "x''", "'x'", "zeroblob(3000)"):
                yield f"UPDATE OR REPLACE pilots_searchindex_{table} SET {column} = {value}"
    yield "DELETE FROM pilots_searchindex_idx WHERE pgno > 20"
    yield "UPDATE pilots_searchindex_data SET block = 'abc' WHERE id = 10"
    yield "ALTER TABLE pilots_searchindex_data RENAME COLUMN id TO other"
    yield "ALTER TABLE pilots_searchindex_docsize RENAME COLUMN id TO other"


def harmed(folder, made, *statements):
    """Return the site's database as another process finds it, after the statements were written behind its back."""
    path = folder / "db.sqlite3"
    shutil.copy(made / "db.sqlite3", path)
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        for statement in ("PRAGMA foreign_keys = OFF", *statements):
            database.execute(statement)
    return connection.settings_dict | {"NAME": str(path)}


def outcome(ask, *arguments):
    try:
        with transaction.atomic():
            return ask(*arguments)
    except DatabaseError as error:
        return outages.of(error) or error


@pytest.mark.parametrize("statement", list(harms()))
@pytest.mark.skipif("not IS_SQLITE", reason="PostgreSQL keeps its index whole, or says so")
def test_each_damage_of_the_index_is_told_as_one_of_it(db, made, tmp_path, statement):
    with standing_in(harmed(tmp_path, made, statement)):
        entry = make.models.SearchEntry.objects.last()

        assert outcome(index.match, [index.named(entry.names.split()[-1])]) in ([entry.pk], [], outages.INDEX)
        assert outcome(index.is_whole) in (True, False, outages.INDEX)
        assert outcome(entry.save) in (None, outages.INDEX)
        assert indexing.problems() == ["检索索引不完整或已损坏：请运行 rebuild_search。"]
        indexing.rebuild()
        assert outcome(index.match, [index.named(entry.names.split()[-1])]) != []
        assert index.is_whole()
        assert index.is_sound()


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM pilots_searchindex_config",
        "DROP TABLE pilots_searchindex_idx",
        "UPDATE pilots_searchindex_config SET v = 99",
    ],
)
@pytest.mark.skipif("not IS_SQLITE", reason="the tables are FTS5's")
def test_pages_say_that_the_index_is_damaged(client, db, made, tmp_path, statement):
    quiet(client)
    with standing_in(harmed(tmp_path, made, statement)):
        for path in ("/regions/?q=水", "/regions.csv?q=水"):
            is_told(client.get(path), outages.INDEX)
        for path in ("/api/v1/search/?q=水", "/api/v1/regions/?q=水"):
            assert outages.INDEX.title in client.get(path).json()["detail"]
        assert client.get("/readyz").json()["remedy"] == "manage.py rebuild_search"


@pytest.mark.parametrize(
    "words",
    [
        *("no such column: U0.type", "no such column: T4.name", "column v0.withdrawn_on does not exist"),
        *("column u1.x does not exist", "no such column: AA1.x", "no such column: pilots_alias.x"),
    ],
)
def test_lost_column_is_told_by_whatever_name_a_statement_gives_its_table(words):
    error = sqlite3.OperationalError(words)
    assert outages.of(error) is outages.DATABASE
    assert outages.of(sqlite3.OperationalError("no such column: x")) is None


def test_lost_column_that_only_a_write_names_is_told(db):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE pilots_region RENAME COLUMN kind_source TO other")

    with pytest.raises(DatabaseError) as caught, transaction.atomic():
        unrecorded(Region).filter(pk=0).update(kind_source="")

    assert outages.of(caught.value) is outages.DATABASE


def test_full_disk_is_one_in_the_words_of_what_writes_workbooks():
    with pytest.raises(etree.SerialisationError) as caught, etree.xmlfile("/dev/full") as file, file.element("a"):
        file.write("x" * 1_000_000)

    assert outages.of(caught.value) is outages.DISK
    assert outages.of(etree.SerialisationError("IO_ENCODER")) is None


@pytest.mark.parametrize("statement", ["DELETE FROM pilots_searchindex_idx", "DELETE FROM pilots_searchchange"])
@pytest.mark.skipif("not IS_SQLITE", reason="a table is FTS5's")
def test_readyz_is_red_where_searching_finds_nothing(client, db, made, tmp_path, statement):
    with standing_in(harmed(tmp_path, made, statement)):
        assert client.get("/readyz").json()["reason"] == "index"


@pytest.mark.parametrize("statements", TABLES_OF_SQLITE, ids=lambda statements: statements[-1])
@pytest.mark.apart
def test_index_whose_tables_are_damaged_is_found_and_rebuilt(db, made, tmp_path, capsys, statements):
    place = harmed(tmp_path, made, *statements)
    with standing_in(place), pytest.raises(CommandError, match="问题") as error:
        call_command("check_record")
    assert (error.value.returncode, "rebuild_search" in capsys.readouterr().err) == (1, True)

    for command in (["rebuild_search"], ["check_record", "-v", "0"]):  # each on a connection of its own
        with standing_in(place):
            call_command(*command)

    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("DROP TABLE pilots_alias", "缺少表 pilots_alias（"),
        ("DROP TABLE pilots_priority_topics", "缺少表 pilots_priority_topics"),
        ("DROP TABLE auth_permission", "缺少表 auth_permission"),
        ("ALTER TABLE pilots_term DROP COLUMN reason", "的表 pilots_term 缺少列 reason：请恢复备份"),
    ],
)
@pytest.mark.apart
def test_table_of_the_record_that_is_gone_is_told(db, made, tmp_path, capsys, statement, words):
    place = harmed(tmp_path, made, statement)

    with standing_in(place), pytest.raises(CommandError) as error:
        call_command("check_record")
    assert error.value.returncode == 1
    assert words in f"{capsys.readouterr().err}{error.value}"
    with standing_in(place), suppress(CommandError):  # or in one line why not
        call_command("rebuild_search")
    assert capsys.readouterr().err == ""


@pytest.mark.skipif("not IS_SQLITE", reason="PostgreSQL's own check only reads")
def test_index_that_can_not_be_checked_is_not_called_damaged(read_only):
    read_only()

    assert [line for line in checks.problems() if "检索" in line] == [
        f"检索索引没有核对：{outages.DISK.title}。解决以后请再核对一次。"
    ]


def test_file_that_can_be_read_alone_is_no_database_that_is_away(monkeypatch, tmp_path):
    path = tmp_path / "db.sqlite3"
    monkeypatch.setitem(connection.settings_dict, "NAME", str(path))
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE x (y)")
        (tmp_path / "db.sqlite3-journal").symlink_to(
            tmp_path / "away" / "x"
        )  # nothing can be written beside the file

        with pytest.raises(sqlite3.OperationalError, match="unable to open") as error:
            database.execute("INSERT INTO x VALUES (1)")

    assert outages.of(error.value) is outages.DISK
    path.unlink()
    assert outages.of(error.value) is outages.DATABASE


def test_database_without_the_tables_of_the_site_is_told_as_one_that_is_away(client, db, monkeypatch):
    def ask(*args, **conditions):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pilots_emptied")

    monkeypatch.setattr("pilots.pages.home.HomeView.get_context_data", ask)

    is_told(quiet(client).get("/"), outages.DATABASE)


@pytest.mark.parametrize("arguments", [["clearsessions"], ["migrate"], ["changepassword", "admin"]])
@pytest.mark.skipif("not IS_SQLITE", reason="a file can be damaged")
def test_command_of_django_says_in_a_line_what_is_damaged(arguments, tmp_path):
    (tmp_path / "db.sqlite3").write_bytes(b"x" * 100)
    environment = os.environ | {
        "DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3",
        "SECRET_KEY": "0123456789abcdef" * 2,
    }

    done = subprocess.run(
        [sys.executable, "manage.py", *arguments], env=environment, capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert done.stderr == f"{arguments[0]} 没有完成：数据库文件已损坏或不是数据库，请恢复备份。\n"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OperationalError("attempt to write a readonly database"), "数据库只能读"),
        (OperationalError("cannot execute INSERT in a read-only transaction"), "数据库只能读"),
        (OperationalError("database or disk is full"), "磁盘已满"),
        (OperationalError('connection is bad: invalid sslmode value: "foo"'), "连不上 PostgreSQL"),
        (OperationalError("failed to resolve host 'h': [Errno -2] Name or service not known"), "连不上 PostgreSQL"),
        (OperationalError('connection failed: … failed: FATAL:  password authentication failed for "u"'), "不接受"),
        (OperationalError("CHECK constraint failed: formerpassword_password_not_blank"), "数据库出错"),
        (OSError(errno.EROFS, "Read-only file system", "/srv/x"), "不能读写 /srv/x（磁盘只读）"),
        (OSError(errno.ENOSPC, "No space left on device", "/srv/x"), "不能读写 /srv/x（磁盘已满）"),
    ],
)
def test_command_says_in_a_line_what_the_disk_is(error, words):
    with pytest.raises(CommandError, match=words), told_in_one_line("备份"):
        raise error


def test_database_that_is_there_and_says_nothing_is_not_waited_for(tmp_path):
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        place = silent.getsockname()
        options = addresses.database("DATABASE_URL", f"postgres://u@{place[0]}:{place[1]}/n", tmp_path)["OPTIONS"]
        started = time.monotonic()

        with pytest.raises(psycopg.OperationalError) as error:
            psycopg.connect(host=place[0], port=place[1], **options)

    assert time.monotonic() - started < 5
    assert outages.of(error.value) is outages.DATABASE


@pytest.mark.skipif("IS_SQLITE", reason="a server can hang")
@pytest.mark.django_db
def test_statement_that_postgresql_does_not_answer_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(rsgi, "DATABASE_SECONDS", 1)
    started = time.monotonic()

    with connected(connection.settings_dict) as other, other.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [backend] = cursor.fetchone()
        with pytest.raises(DatabaseError) as error:
            cursor.execute("SELECT pg_sleep(8)")

    assert time.monotonic() - started < 3
    assert outages.of(error.value) is outages.DATABASE
    with connection.cursor() as cursor:  # it sleeps on
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])


@pytest.mark.skipif("IS_SQLITE", reason="a server has a form for dates")
@pytest.mark.django_db
def test_dates_are_read_whatever_form_the_server_writes_them_in():
    with connected(connection.settings_dict) as other, other.cursor() as cursor:
        name = other.ops.quote_name(connection.settings_dict["NAME"])
        try:
            cursor.execute(f"ALTER DATABASE {name} SET datestyle = 'German, DMY'")
            settings_dict = connection.settings_dict
            asked = settings_dict["OPTIONS"] | {"options": "-c datestyle=SQL"}
            found = []
            for options in (settings_dict["OPTIONS"], asked):
                with connected(settings_dict | {"OPTIONS": options}) as fresh, fresh.cursor() as reading:
                    reading.execute("SELECT TIMESTAMPTZ '2015-12-31 00:00Z'")
                    found += [moment.year for (moment,) in reading.fetchall()]
        finally:
            cursor.execute(f"ALTER DATABASE {name} RESET ALL")

    assert found == [2015, 2015]


def test_error_of_a_statement_leaves_the_connection_open(db):
    with connected(connection.settings_dict) as other, other.cursor() as cursor:
        with pytest.raises(DatabaseError):
            cursor.execute("SELECT nothing_such")
        cursor.execute("SELECT 1")

        assert cursor.fetchone() == (1,)


def test_index_that_is_gone_is_told(client, db):
    index.remove()

    assert quiet(client).get("/readyz").json()["reason"] == "index"


@pytest.mark.skipif("not IS_SQLITE", reason="a failed statement ends PostgreSQL's transaction")
def test_search_without_its_index_is_told(client, db):
    index.remove()

    is_told(quiet(client).get("/regions/?q=湿地"), outages.INDEX)


@pytest.mark.skipif("not IS_SQLITE", reason="PostgreSQL takes no bytes that aren't text")
@pytest.mark.parametrize(
    ("change", "paths"),
    [
        (
            "pilots_region SET remark = CAST(x'ff41' AS TEXT)",
            ["/data/", "/regions/?q=怀柔", "/api/v1/regions/", "/readyz"],
        ),
        (
            "pilots_region SET name = x'ff41'",
            [
                "/data/",
                "/regions/?q=shanghai",
                "/regions/beijing-huairou/",
                "/regions.csv",
                "/api/v1/regions/",
                "/readyz",
            ],
        ),
        ("pilots_notice SET number = x'ff41'", ["/", "/duties.ics", "/api/v1/notices/", "/readyz"]),
        ("pilots_region SET serial = 'abc'", ["/regions/beijing-huairou/", "/api/v1/regions/", "/readyz"]),
        ("pilots_priority SET number = 1.5", ["/regions/beijing-huairou/", "/readyz"]),
    ],
)
def test_text_that_can_not_be_read_is_told(client, db, change, paths):
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {change} WHERE id = (SELECT min(id) FROM {change.partition(' ')[0]})")

    for path in paths:
        response = quiet(client).get(path)

        assert response.status_code == 503
        assert path == "/readyz" or response.headers["Retry-After"] == "60"
        assert "schema" in response.text if path == "/readyz" else outages.UNREADABLE.title in response.text


def test_other_errors_are_no_outage():
    assert outages.of(ValueError("x")) is None
    assert outages.of(OperationalError("no such table: x")) is None
    assert outages.of(OSError(errno.ENOENT, "x")) is None


@pytest.mark.parametrize(("method", "is_saving"), [("get", False), ("head", False), ("post", True)])
def test_who_only_reads_is_not_told_of_saving(method, is_saving):
    response = errors.unavailable(getattr(RequestFactory(), method)("/regions/"), outages.DATABASE)

    assert ("没有保存" in response.text) is is_saving
    assert ("暂时不能显示这个页面。请稍后再试。" in response.text) is not is_saving
