"""Processes of the program: its commands, its server, its environment."""

import os
import re
import runpy
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager, suppress

import pytest
from django.conf import settings

from config.environment import SettingError

README = (settings.BASE_DIR / "README.md").read_text().split("## Settings")[1].split("\n## ")[0]
NAMES = sorted(set(re.findall(r"`([A-Z_]+)`", " ".join(re.findall(r"^\| (`[^|]+) \|", README, re.MULTILINE)))))


def read(**environment):
    """Return the settings under that environment, and nothing of the caller's."""
    with pytest.MonkeyPatch.context() as patch:
        for name in NAMES:
            patch.delenv(name, raising=False)
        for name, value in environment.items():
            patch.setenv(name, value)
        return runpy.run_path(str(settings.BASE_DIR / "config" / "settings.py"))


def refusal(**environment):
    """Return the one line with which the settings refuse the environment, or nothing."""
    try:
        read(**environment)
    except SettingError as error:
        return error.code
    return ""


def of(folder):
    """Return the environment of a site in that folder."""
    clean = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "SECRET_KEY", "DEBUG")}
    return clean | {"DATA_DIR": str(folder), "PYTHONUNBUFFERED": "1", "WEB_CONCURRENCY": "1"}


def quickstart(environment, *arguments):
    return subprocess.run(
        [sys.executable, "manage.py", "quickstart", *arguments],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@contextmanager
def serving(environment):
    """Yield the address of a site while quickstart serves it, and the process."""
    port = free_port()
    command = [sys.executable, "manage.py", "quickstart", "--port", str(port)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, **quiet) as server:
        try:
            assert fetch(f"http://127.0.0.1:{port}/readyz").status == 200
            yield f"http://127.0.0.1:{port}", server
        finally:
            server.terminate()


def free_port():
    """Return a port of the loopback address that nobody has, and that stays free: below those which the system gives
    to whoever connects, of whom one may have it when a server is to come back to it."""
    while True:
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", 10000 + secrets.randbelow(22000)))
            return probe.getsockname()[1]


class Answer:
    """A status, headers and text, whether or not the status is an error."""

    def __init__(self, response):
        self.status, self.headers, self.text = response.status, response.headers, response.read().decode()


def fetch(url, method="GET"):
    request = urllib.request.Request(url, method=method)
    for _ in range(600):
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                return Answer(response)
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error)
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"nobody answers at {url}")
