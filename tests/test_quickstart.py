"""The README's first command, as a newcomer runs it: a process of its own, on SQLite in a folder of its own."""

import http.client
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import ExitStack, closing
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError

from config.server import listen
from pilots.management.commands.quickstart import Command

from .processes import fetch, free_port, of, quickstart, serving

pytestmark = pytest.mark.apart


@pytest.fixture
def prepared(environment, made, tmp_path):
    """The environment of a site that quickstart made before."""
    shutil.copytree(made, tmp_path / "data")
    return environment


@pytest.fixture(scope="module")
def live(made_before):
    """The address of a site that quickstart serves, for tests that only read."""
    with serving(of(made_before)) as (address, _):
        yield address


def one_line(done):
    """Assert that the command failed with one line and no traceback, and return the line."""
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    [line] = done.stderr.strip().splitlines()
    return line


def dump(folder):
    with closing(sqlite3.connect(folder / "db.sqlite3")) as connection:
        return list(connection.iterdump())


def test_quickstart_prepares_everything_and_a_second_run_changes_nothing(made, prepared, tmp_path):
    said = made.with_suffix(".said").read_text()
    before, key = dump(tmp_path / "data"), (tmp_path / "data" / "secret-key").read_text()
    second = quickstart(prepared, "--no-serve")

    assert second.returncode == 0, second.stderr
    assert len(re.findall(r"^\[\d/5\] .*（\d+\.\d\d 秒）$", said, re.MULTILINE)) == 5
    assert re.search(r"用户名 admin，密码 \S{20} ，只显示这一次", said)
    assert "密码" not in second.stdout
    assert dump(tmp_path / "data") == before
    assert (tmp_path / "data" / "secret-key").read_text() == key
    assert (made / "secret-key").stat().st_mode & 0o777 == 0o600


def test_quickstart_serves_the_whole_site_with_debug_off(prepared):
    port = free_port()
    command = [sys.executable, "manage.py", "quickstart", "--port", str(port)]
    with subprocess.Popen(
        command,
        cwd=settings.BASE_DIR,
        env=prepared,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as server:
        try:
            said = [server.stdout.readline() for _ in range(6)]
            assert f"http://127.0.0.1:{port}" in said[-1]
            socket.create_connection(("127.0.0.1", port)).close()  # who is told so may come at once
            page = fetch(f"http://127.0.0.1:{port}/regions/beijing-huairou/")
            style = re.search(r'href="(/static/css/site\.[0-9a-f]{12}\.css)"', page.text)
            assert "北京市怀柔区" in page.text
            assert "immutable" in fetch(f"http://127.0.0.1:{port}{style[1]}").headers["Cache-Control"]
            assert fetch(f"http://127.0.0.1:{port}/readyz").status == 200
            assert fetch(f"http://127.0.0.1:{port}/admin/login/").status == 200
            missing = fetch(f"http://127.0.0.1:{port}/nope/")
            assert missing.status == 404
            assert "URLconf" not in missing.text
            head = fetch(f"http://127.0.0.1:{port}/about/", method="HEAD")
            assert (head.status, head.text) == (200, "")
        finally:
            server.terminate()
            rest = server.stdout.read()
    assert "GET /regions/beijing-huairou/ 200" in rest
    assert "[ERROR]" not in rest
    assert "[WARNING]" not in rest


def test_connections_that_say_nothing_hold_nobody_up(live):
    with ExitStack() as opened:
        for _ in range(3):
            opened.enter_context(socket.create_connection(("127.0.0.1", urlsplit(live).port)))
        with urllib.request.urlopen(f"{live}/about/", timeout=4) as response:
            assert response.status == 200


def test_connection_serves_one_request_after_another(live):
    with closing(http.client.HTTPConnection(urlsplit(live).netloc, timeout=10)) as connection:
        connection.connect()
        connection.auto_open = False  # else another would be opened without a word where this one is closed
        for _ in range(3):
            connection.request("GET", "/about/")
            response = connection.getresponse()
            assert "关于" in response.read().decode()
            assert not response.will_close


WRITER = """
import django, sys, urllib.request
django.setup()
from pilots.models import Region
stale = 0
for turn in range(20):
    region = Region.objects.get(slug="beijing-huairou")
    region.kind, region.remark = ("county", "") if turn % 2 else ("county-city", "x")
    region.save()
    for _ in range(4):
        with urllib.request.urlopen(sys.argv[1] + "/regions/?kind=county", timeout=10) as page:
            stale += ("6个先行示范地区" if turn % 2 else "5个先行示范地区") not in page.read().decode()
print(stale)
"""


def test_edit_by_one_process_is_seen_by_every_worker_at_once(prepared):
    several = prepared | {"WEB_CONCURRENCY": "3", "DJANGO_SETTINGS_MODULE": "config.settings"}
    with serving(several) as (address, _):
        writer = [sys.executable, "-c", WRITER, address]
        done = subprocess.run(
            writer, cwd=settings.BASE_DIR, env=several, capture_output=True, text=True, timeout=60, check=False
        )

    assert done.stdout.strip() == "0", done.stderr


def test_port_taken_is_told_before_anything_is_written(environment, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = quickstart(environment, "--port", str(taken.getsockname()[1]))

    assert "端口可能被占用" in one_line(done)
    assert not (tmp_path / "data").exists()


def test_port_that_another_site_is_about_to_serve_is_taken(environment, tmp_path):
    """It doesn't listen yet while it prepares; granian's workers would share the port with those of this one."""
    with listen("127.0.0.1", 0) as other:
        done = quickstart(environment, "--port", str(other.getsockname()[1]))

    assert "端口可能被占用" in one_line(done)
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("host", "required"),
    [
        ("127.0.0.1", False),
        ("localhost", False),
        ("::1", False),
        ("0.0.0.0", True),
        ("::", True),
        ("example.cn", True),
    ],
)
def test_second_step_is_required_where_the_server_can_be_reached(monkeypatch, settings, host, required):
    monkeypatch.delenv("REQUIRE_MFA", raising=False)
    monkeypatch.setattr(Command, "report", lambda self, title, step: None)
    settings.REQUIRE_MFA = False

    Command().handle(host=host, port=0, no_serve=True, password_file=None)

    assert settings.REQUIRE_MFA is required


@pytest.mark.parametrize(
    "arguments", [["--port", "70000"], ["--host", "256.0.0.1"], ["--host", "no.such.host.invalid"]]
)
def test_address_that_can_not_be_had_is_told(arguments):
    with pytest.raises(CommandError, match="监听"):
        call_command("quickstart", *arguments)


def test_folder_that_can_not_be_written_is_told(environment, tmp_path):
    (tmp_path / "file").write_text("")

    assert "不能读写" in one_line(
        quickstart(environment | {"DATA_DIR": str(tmp_path / "file" / "data")}, "--no-serve")
    )
    assert "不能读写" in one_line(quickstart(environment | {"DATA_DIR": "/proc/pilots"}, "--no-serve"))


def test_database_that_can_not_be_written_is_told(environment, tmp_path):
    (tmp_path / "data" / "db.sqlite3").mkdir(parents=True)

    assert "数据库文件" in one_line(quickstart(environment, "--no-serve"))


def test_locked_database_is_told(prepared, tmp_path):
    path = tmp_path / "data" / "db.sqlite3"
    with closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN EXCLUSIVE")
        done = quickstart(prepared | {"DATABASE_URL": f"sqlite:///{path}?timeout=1"}, "--no-serve")

    assert "锁住" in one_line(done)


@pytest.mark.parametrize(
    "harm",
    [
        "DELETE FROM django_migrations WHERE app = 'pilots'",
        "DROP TABLE pilots_priority_topics",
        "INSERT INTO django_migrations (app, name, applied) VALUES ('pilots', '9999_later', '2030-01-01')",
    ],
)
def test_half_migrated_database_is_told(prepared, tmp_path, harm):
    with closing(sqlite3.connect(tmp_path / "data" / "db.sqlite3")) as other:
        other.execute(harm)
        other.commit()

    assert "迁移" in one_line(quickstart(prepared, "--no-serve"))


def test_file_that_is_no_database_is_told(environment, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "db.sqlite3").write_text("这不是数据库" * 100)

    assert "不是数据库" in one_line(quickstart(environment, "--no-serve"))


def test_secret_key_may_begin_with_any_character(prepared, tmp_path):
    (tmp_path / "data" / "secret-key").write_text("$key-with-a-dollar-0123456789")

    assert quickstart(prepared, "--no-serve").returncode == 0


@pytest.mark.parametrize("port", ["abc", "", "-1", "8000.5"])
def test_port_that_is_no_number_is_told_in_one_line(port):
    with pytest.raises(CommandError, match=f"端口“{port}”不是整数"):
        call_command("quickstart", f"--port={port}")
