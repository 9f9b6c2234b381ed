"""The site as its readers get it: served by the README's command, in a process and on a database of its own."""

import fcntl
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import contextmanager

import psycopg
from django.conf import settings

from .processes import free_port

PATIENCE = 60  # seconds until a server answers; it takes two


CODE = 8 * "5eed"  # of a report that waits
# What people may have done to a record, so that its pages show all that they can: run in a shell of the site.
EDITS = f"""
import datetime
from django.contrib.auth.models import Group, User
from django.utils import timezone
from pilots.models import Edit, Proposal, Region, Section, editing
region = Region.objects.get(slug="beijing-huairou")
line, part = region.priorities.first(), Section.objects.filter(kind="duty").first()
with editing(reason="与通知原件核对，改正转录的错字"):
    line.text += "（核对）"
    line.save()
    part.text = part.text.replace("各", "", 1)
    part.save()
with editing(reason="补充已核实的说明"):
    region.remark = "这是一条较长的说明，用来看更正记录怎样换行。" * 3
    region.remark_source = "国函〔2015〕119号"
    region.save()
gone = Region.objects.get(slug="liaoning-benxi")
with editing(reason="重复登记"):
    gone.withdrawn_on, gone.withdrawn_reason = datetime.date(2026, 11, 23), "重复登记"
    gone.save()
editor = User.objects.create_user("editor", is_staff=True)
editor.groups.add(Group.objects.get(name="部委编辑"))
words = {{"title": "第1号 怀柔区，第1项", "place": line.get_absolute_url(), "quoted": line.text}}
words |= {{"wrong": "写作“制度”", "right": "应写“机制”。https://example.org/" + "x" * 100, "source": "我在当地工作"}}
answers = {{"{CODE}": "received", "1" * 32: "accepted", "2" * 32: "declined"}}
for code, state in answers.items():
    report = Proposal.objects.receive(code=code, **words)
    if state != "received":
        report.state, report.answer, report.answered_by = state, "见 https://www.gov.cn/ 的原文。", editor
        report.answered_at, report.edit_key = timezone.now(), Edit.objects.first().key if state == "accepted" else ""
        report.save()
"""


def make(folder):
    """Let quickstart make what a site keeps, on SQLite, in `folder`: the first process that asks; others wait.

    What it said is beside that, in `.said`.
    """
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            unfinished = folder.with_suffix(".unfinished")
            command = [sys.executable, "manage.py", "quickstart", "--no-serve"]
            clean = {"PATH": os.environ["PATH"], "DATA_DIR": str(unfinished)}
            done = subprocess.run(
                command, cwd=settings.BASE_DIR, env=clean, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stderr
            folder.with_suffix(".said").write_text(done.stdout)
            unfinished.rename(folder)


@contextmanager
def served(folder, made, script="", **environment):
    """Yield the address of a server with the whole record, on the kind of database that the tests are given.

    folder: an empty one, for its data. made: what quickstart made before. script: Python that a shell of the site
    runs before anybody looks. environment: settings of the README's table beside those.
    """
    port = free_port()
    shutil.copytree(made, folder / "data")
    with database() as url, (folder / "log").open("w") as log:
        clean = {"PATH": os.environ["PATH"], "DATA_DIR": str(folder / "data"), "WEB_CONCURRENCY": "1"}
        command = [sys.executable, "manage.py", "quickstart", "--port", str(port)]
        everything = clean | url | environment
        with subprocess.Popen(command, cwd=settings.BASE_DIR, env=everything, stdout=log, stderr=log) as server:
            try:
                wait(server, f"http://127.0.0.1:{port}", folder / "log")
                if script:
                    shell = [sys.executable, "manage.py", "shell", "--verbosity", "0", "--command", script]
                    subprocess.run(shell, cwd=settings.BASE_DIR, env=everything, check=True)
                yield f"http://127.0.0.1:{port}"
            finally:
                server.terminate()


@contextmanager
def database(template="template1"):
    """Yield the environment that names a database, empty or a copy: beside the given PostgreSQL one, or SQLite as it
    comes."""
    given = os.environ.get("DATABASE_URL", "")
    if not given.startswith("postgres"):
        yield {}
        return
    name = f"test_served_{os.getpid()}_{time.monotonic_ns()}"
    with psycopg.connect(given, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        try:
            yield {"DATABASE_URL": urllib.parse.urlsplit(given)._replace(path=f"/{name}").geturl()}
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def wait(server, address, log):
    """Return when the server answers; raise AssertionError with what it said when it ended or never does."""
    for _ in range(PATIENCE * 10):
        try:
            if fetch(f"{address}/readyz")[0] == 200:
                return
        except OSError:
            if server.poll() is not None:
                break
        time.sleep(0.1)
    raise AssertionError(f"no server at {address}:\n{log.read_text()}")


def fetch(url, **headers):
    """Return status and body (bytes, as they came) of an answer, whether or not it is an error."""
    request = urllib.request.Request(urllib.parse.quote(url, safe=":/?&=%#"), headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def fetch_made(url):
    """Return the body of a file that a process of its own makes: asked for again until it is there."""
    for _ in range(2 * PATIENCE):
        status, body = fetch(url)
        if status != 503:
            break
        time.sleep(1)
    assert status == 200
    return body
