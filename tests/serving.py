"""The site as its readers get it: served by the README's command, in a process and on a database of its own."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import contextmanager

import psycopg
from django.conf import settings

PATIENCE = 60  # seconds until a server answers; it takes two


@contextmanager
def served(folder, **environment):
    """Yield the address of a server with the whole record, on the kind of database that the tests are given.

    folder: an empty one, for its data. environment: settings of the README's table beside those.
    """
    port = free_port()
    with database() as url, (folder / "log").open("w") as log:
        clean = {"PATH": os.environ["PATH"], "DATA_DIR": str(folder / "data"), "WEB_CONCURRENCY": "1"}
        command = [sys.executable, "manage.py", "quickstart", "--port", str(port)]
        everything = clean | url | environment
        with subprocess.Popen(command, cwd=settings.BASE_DIR, env=everything, stdout=log, stderr=log) as server:
            try:
                wait(server, f"http://127.0.0.1:{port}", folder / "log")
                yield f"http://127.0.0.1:{port}"
            finally:
                server.terminate()


@contextmanager
def database():
    """Yield the environment that names an empty database: beside the given PostgreSQL one, or SQLite as it comes."""
    given = os.environ.get("DATABASE_URL", "")
    if not given.startswith("postgres"):
        yield {}
        return
    name = f"test_served_{os.getpid()}_{time.monotonic_ns()}"
    with psycopg.connect(given, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
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
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
