"""What quickstart makes: for its owner's eyes, by one process at a time, and again after it was killed anywhere."""

import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection

from .processes import of, quickstart
from .serving import database

# Runs, each a process of its own, that die where the n-th call of something begins, as kill -9 would have it.
KILLED = """
import json, os, sys
from importlib import import_module
os.umask(0o077)
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
import django
django.setup()
from django.core.management import call_command
for place, name, number in json.loads(sys.argv[1]):
    if child := os.fork():
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        continue
    module, _, owner = place.partition(":")
    owner = getattr(import_module(module), owner) if owner else import_module(module)
    stock, calls = getattr(owner, name), []
    def dying(*args, **kwargs):
        calls.append(1)
        if len(calls) == number:
            os._exit(9)
        return stock(*args, **kwargs)
    setattr(owner, name, dying)
    sys.stdout = sys.stderr
    call_command("quickstart", "--no-serve")
    os._exit(0)
"""


@pytest.fixture
def empty(tmp_path):
    """The environment of a site with nothing in it yet, on the kind of database that the tests run on."""
    with database() as url:
        yield of(tmp_path / "data") | url


@pytest.fixture
def ownerless(made, tmp_path):
    """The environment of a site on SQLite that lacks its first administrator alone."""
    shutil.copytree(made, tmp_path / "data")
    with closing(sqlite3.connect(tmp_path / "data" / "db.sqlite3")) as database, database:
        database.execute("UPDATE auth_user SET username = 'other', is_superuser = 0")
    return of(tmp_path / "data")


@pytest.mark.apart
def test_static_file_that_was_cut_off_is_made_anew(made, tmp_path):
    shutil.copytree(made, tmp_path / "data")
    path = next((tmp_path / "data" / "static" / "img").glob("*.????????????.svg"))
    content = path.read_bytes()
    path.write_bytes(content[:100])

    done = quickstart(of(tmp_path / "data"), "--no-serve")

    assert done.returncode == 0, done.stderr
    assert len(path.read_bytes()) == len(content)


@pytest.mark.apart
def test_first_password_is_written_where_nobody_else_reads_it(ownerless, tmp_path):
    path = tmp_path / "password"

    done = quickstart(ownerless, "--no-serve", "--password-file", str(path))
    again = quickstart(ownerless, "--no-serve", "--password-file", str(path))

    password = path.read_text().strip()
    assert (done.returncode, again.returncode, len(password)) == (0, 0, 20)
    assert path.stat().st_mode & 0o777 == 0o600
    assert password not in done.stdout + done.stderr + again.stdout
    assert str(path) in done.stdout


@pytest.mark.apart
def test_no_account_is_made_whose_password_cannot_be_written(ownerless, tmp_path):
    (tmp_path / "password").write_text("另一个")

    done = quickstart(ownerless, "--no-serve", "--password-file", str(tmp_path / "password"))

    assert (done.returncode, done.stderr.count("\n"), "Traceback" in done.stderr) == (1, 1, False)
    assert "首个管理员" in done.stderr
    assert f"已有文件 {tmp_path / 'password'} ，没有建立账号。请移走它，或换一个文件。" in done.stderr
    assert (tmp_path / "password").read_text() == "另一个"
    assert "密码在" in quickstart(ownerless, "--no-serve", "--password-file", str(tmp_path / "mine")).stdout


@pytest.mark.apart
@pytest.mark.parametrize("place", ["redis://127.0.0.1:1/0", "redis:///nowhere/redis.sock"])
def test_restart_while_redis_is_away_serves_readers(made, tmp_path, place):
    shutil.copytree(made, tmp_path / "data")
    environment = of(tmp_path / "data") | {"CACHE_URL": place}

    done = quickstart(environment, "--no-serve")
    command = [sys.executable, "manage.py", "encrypt_second_steps"]
    closing = subprocess.run(
        command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr.count("\n")) == (0, 1)
    assert "CACHE_URL 的缓存连不上" in done.stderr
    assert (closing.returncode, closing.stderr.count("\n")) == (1, 1)
    assert "加密两步验证：CACHE_URL 的缓存连不上" in closing.stderr


@pytest.mark.apart
@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("sqlite:////nowhere/a.db", ("/nowhere/a.db", "文件夹 /nowhere ")),
        ("postgres://pilots@127.0.0.1:1/pilots", ("连不上 PostgreSQL", "DATABASE_URL")),
    ],
)
def test_database_that_can_not_be_reached_is_named(tmp_path, url, words):
    done = quickstart(of(tmp_path / "data") | {"DATABASE_URL": url}, "--no-serve")

    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert [word for word in words if word not in done.stderr] == []
    assert str(tmp_path) not in done.stderr


@pytest.mark.skipif(connection.vendor == "sqlite", reason="a server refuses")
def test_what_postgresql_does_not_have_is_told(empty):
    url = urlsplit(empty["DATABASE_URL"])
    user, name = url._replace(netloc=f"nosuch@{url.netloc.rpartition('@')[2]}"), url._replace(path="/nosuch")
    runs = [quickstart(empty | {"DATABASE_URL": each.geturl()}, "--no-serve") for each in (user, name)]

    assert [(run.returncode, run.stderr.count("\n")) for run in runs] == [(1, 1), (1, 1)]
    assert "没有这个用户" in runs[0].stderr
    assert "没有这个数据库" in runs[1].stderr
    assert all("nosuch" in run.stderr for run in runs)


def test_what_is_exported_is_for_everybody(settings, tmp_path):
    from pilots.exports import everything

    everything.write(tmp_path / "public", {"a.csv": b""})

    assert (tmp_path / "public").stat().st_mode & 0o777 == 0o755
    assert (tmp_path / "public" / "a.csv").stat().st_mode & 0o777 == 0o644


RECORDER = ("django.db.migrations.recorder:MigrationRecorder", "record_applied")
STEPS = [
    (*RECORDER, 2),
    (*RECORDER, 25),
    ("pilots.search.index", "install", 1),
    ("pilots.record.loading:_Loader", "load_model", 9),
    ("whitenoise.compress:Compressor", "compress", 3),
    ("django.contrib.auth.models:UserManager", "create_superuser", 1),
]


def test_quickstart_that_is_killed_again_and_again_goes_on_where_it_was(empty):
    command = [sys.executable, "-c", KILLED, json.dumps(STEPS)]
    killed = subprocess.run(command, cwd=settings.BASE_DIR, env=empty, capture_output=True, text=True, check=False)
    assert killed.stdout.split() == ["9"] * len(STEPS), killed.stderr

    done = quickstart(empty, "--no-serve")

    assert done.returncode == 0, done.stderr
    check = [sys.executable, "manage.py", "check_record"]
    checked = subprocess.run(check, cwd=settings.BASE_DIR, env=empty, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr


@pytest.fixture
def folder(tmp_path):
    """The folder for a site's data, open to everybody, with something in it."""
    folder = tmp_path / "data"
    (folder / "backups").mkdir(parents=True)
    (folder / "backups" / "old").write_text("")
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o777)
    return folder


def test_several_at_once_prepare_one_site_for_its_owner_alone(folder, empty, tmp_path):
    """In one folder, and where the database is shared, in another folder, too; earlier openness is closed."""
    command = [sys.executable, "manage.py", "quickstart", "--no-serve"]
    other = {"DATA_DIR": str(tmp_path / "other")} if "DATABASE_URL" in empty else {}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    runs = [subprocess.Popen(command, cwd=settings.BASE_DIR, env=empty | more, **pipes) for more in ({}, {}, other)]

    told = [run.communicate(timeout=120) for run in runs]

    assert [run.returncode for run in runs] == [0, 0, 0], told
    assert sum("密码" in out for out, _ in told) == 1
    assert any("等它完成" in out for out, _ in told)
    assert (folder / "static").is_dir()
    assert [path for path in (folder, *folder.rglob("*")) if path.stat().st_mode & 0o077] == []
