"""Limits on signing in under several processes, as quickstart serves: each worker must know what the others saw."""

import http.cookiejar
import re
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings

from .processes import Answer, fetch, free_port

pytestmark = pytest.mark.apart  # `environment` is of SQLite
ANSWERS = {"不正确": "looked at", "登录失败次数过多": "not looked at", "尝试次数过多": "turned away"}


def sign_in(address, name, password):
    """Return what a fresh browser is told that signs in."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    with browser.open(address, timeout=20) as page:
        token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', page.read().decode())[1]
    form = urllib.parse.urlencode({"csrfmiddlewaretoken": token, "login": name, "password": password})
    try:
        with browser.open(address, form.encode(), timeout=60) as response:
            answer = Answer(response)
    except urllib.error.HTTPError as error:
        with error:
            answer = Answer(error)
    said = next((meaning for words, meaning in ANSWERS.items() if words in answer.text), "let in")
    return said if answer.status in (200, 429) else answer.status


def test_limits_hold_across_workers(environment):
    port = free_port()
    address = f"http://127.0.0.1:{port}/accounts/login/"
    with subprocess.Popen(
        [sys.executable, "manage.py", "quickstart", "--port", str(port)],
        cwd=settings.BASE_DIR,
        env=environment | {"WEB_CONCURRENCY": "4"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as server:
        try:
            password = next(found[1] for line in server.stdout if (found := re.search(r"密码 (\S+) ，", line)))
            assert fetch(f"http://127.0.0.1:{port}/readyz").status == 200
            assert sign_in(address, "admin", password) == "let in"
            with ThreadPoolExecutor(8) as crowd:
                told = Counter(crowd.map(lambda n: sign_in(address, "admin", f"no-{n}"), range(16)))
            # A worker that waited too long for its turn looked at nothing: what is left is tried one by one.
            while (answer := sign_in(address, "admin", "no")) == "looked at":
                told[answer] += 1
            last = sign_in(address, "admin", password)
        finally:
            server.terminate()
            server.communicate()

    assert told["looked at"] == 5
    assert set(told) == {"looked at", "not looked at"}
    assert last == "not looked at"
