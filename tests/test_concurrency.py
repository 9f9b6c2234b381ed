"""Eight people at once, on the server that quickstart runs, with several workers: what was told 成功 is kept.

Everything happens in a database of its own, made and dropped here.
"""

import http.cookiejar
import json
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

import pytest
from django.conf import settings
from selectolax.lexbor import LexborHTMLParser

from .forms import REASON, fields
from .processes import of, quickstart
from .serving import database

PEOPLE = 8
PREPARE = """
import django, json
django.setup()
from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.models import Group, User
from django.contrib.sessions.backends.db import SessionStore
from django.test import RequestFactory
from pilots.models import Official, Priority, Proposal, Region, System
from pilots.models.proposals import new_code
area = Region.objects.get(serial=8)
for number in range(area.priorities.count() + 1, 9):
    Priority.objects.create(
        region=area, number=number, text_raw=f"{number}.某", text="某", system=System.objects.first()
    )
author = User.objects.create_user("author", is_staff=True)
author.groups.add(Group.objects.get(name="省级编辑"))
Official.objects.of(author).provinces.add(area.province)
people = [User.objects.create_superuser(f"person-{number}", password=None) for number in range(8)]
keys = []
for user in (*people, author):
    request = RequestFactory().get("/")
    request.session = SessionStore()
    login(request, user, settings.AUTHENTICATION_BACKENDS[0])
    request.session.save()
    keys.append(request.session.session_key)
words = {"title": "某", "wrong": "某", "right": "某", "source": "某"}
reports = [
    Proposal.objects.receive(code=new_code(), subject_kind="region", subject_id=area.pk, **words).pk for _ in range(9)
]
print(json.dumps({"area": area.pk, "sessions": keys, "reports": reports}))
"""
READ = """
import django, json
django.setup()
from pilots.search import indexing
from pilots.models import Edit, HistoryEntry, Proposal, Region
area = Region.objects.get(serial=8)
said = [line for entry in HistoryEntry.objects.order_by("pk") for line in entry.lines]
print(json.dumps({
    "notes": list(area.priorities.order_by("number").values_list("classification_note", flat=True)),
    "remark": area.remark,
    "remarks": [line["after"] for line in said if line["field"] == "remark"],
    "before": [line["before"] for line in said if line["field"] == "remark"],
    "aliases": list(area.aliases.values_list("name", flat=True)),
    "reports": list(Proposal.objects.order_by("number").values_list("number", "state", "answer", "answered_by")),
    "unedited": [
        report.pk
        for report in Proposal.objects.exclude(answered_at=None)
        if not Edit.objects.filter(key=report.edit_key, actor=report.answered_by, reason=report.answer).exists()
    ],
    "answers": list(
        Proposal.objects.exclude(author=None)
        .order_by("pk")
        .values_list("state", "answer", "answered_by__username", "edit_key")
    ),
    "texts": list(area.priorities.order_by("number").values_list("text", flat=True)),
    "edits": list(Edit.objects.values_list("key", "actor__username", "reviewer__username")),
    "problems": indexing.problems(),
}))
"""
NUMBER = """
import django, json
django.setup()
from concurrent.futures import ThreadPoolExecutor
from pilots.models import Proposal
from pilots.models.proposals import new_code
def receive(number):
    return Proposal.objects.receive(code=new_code(), title="某", wrong=str(number), right="某", source="某").number
with ThreadPoolExecutor(8) as threads:
    print(json.dumps(list(threads.map(receive, range(24)))))
"""


@pytest.fixture(scope="module")
def prepared(made_before):
    """The name of the PostgreSQL database that quickstart prepared, to copy; empty on SQLite, where the folder is."""
    with database() as url:
        assert not url or quickstart(of(made_before) | url, "--no-serve").returncode == 0
        yield urllib.parse.urlsplit(url.get("DATABASE_URL", "")).path[1:]


@pytest.fixture
def environment(made, prepared, tmp_path):
    """The environment of a server on a fresh database of the engine that the tests run on, with the whole record."""
    shutil.copytree(made, tmp_path / "data")
    with database(prepared) as url:
        own = {"WEB_CONCURRENCY": "4", "DJANGO_SETTINGS_MODULE": "config.settings"}
        yield of(tmp_path / "data") | own | url


@pytest.fixture
def server(environment, tmp_path):
    """The address of the server, once it answers; what it logs is in `served`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "manage.py", "quickstart", "--port", str(port)]
    with (
        (tmp_path / "served").open("w") as log,
        subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, stdout=log, stderr=log) as process,
    ):
        try:
            wait(f"http://127.0.0.1:{port}/readyz")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def wait(url):
    for _ in range(1200):
        try:
            with urllib.request.urlopen(url, timeout=10):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"nobody answers at {url}")


def script(text, environment):
    command = [sys.executable, "-c", text]
    done = subprocess.run(
        command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


class Person(threading.Thread):
    """Somebody who writes her own row, her own alias and, like everybody, the remark: open, type, save, again; then
    her own row and another alias alone."""

    def __init__(self, number, url, session, start):
        super().__init__()
        self.number, self.url, self.start_together = number, url, start
        jar = http.cookiejar.CookieJar()
        jar.set_cookie(cookie("sessionid", session))
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        self.statuses, self.kept, self.refused = [], [], 0

    def run(self):
        self.start_together.wait()
        self.edit(f"{self.number}的第0次", "remark")
        self.edit(f"{self.number}的第1次")

    def edit(self, text, *shared):
        posted = fields(self.send(self.url))
        total = int(posted["aliases-TOTAL_FORMS"][0])
        posted |= {
            f"priorities-{self.number}-classification_note": [text],
            "edit_reason": [REASON],
            "aliases-TOTAL_FORMS": [str(total + 1)],
            f"aliases-{total}-name": [text],
            f"aliases-{total}-kind": ["common"],
        } | {name: [text] for name in shared}
        for _ in range(2 * PEOPLE):  # each time that somebody else was quicker with the remark, save again
            page = self.send(self.url, posted)
            if "成功修改了" in page:
                self.kept.append(text)
                return
            self.refused += 1
            posted = fields(page)

    def send(self, url, posted=None):
        data = urllib.parse.urlencode(posted, doseq=True).encode() if posted else None
        try:
            response = self.opener.open(urllib.request.Request(url, data), timeout=60)
        except urllib.error.HTTPError as error:
            response = error
        with response:
            self.statuses.append(response.status)
            return response.read().decode()


def cookie(name, value):
    rest = {"port": None, "port_specified": False, "domain_specified": False, "domain_initial_dot": False}
    more = {"path_specified": True, "secure": False, "expires": None, "discard": True, "comment": None, "rest": {}}
    return http.cookiejar.Cookie(0, name, value, domain="127.0.0.1", path="/", comment_url=None, **rest, **more)


def test_eight_people_at_once_lose_nothing_that_they_were_told_is_saved(server, environment, tmp_path):
    made = script(PREPARE, environment)
    url, start = f"{server}/admin/pilots/region/{made['area']}/whole/", threading.Barrier(PEOPLE)
    people = [Person(number, url, session, start) for number, session in enumerate(made["sessions"][:PEOPLE])]

    for person in people:
        person.start()
    for person in people:
        person.join()

    found = script(READ, environment)
    kept = [text for person in people for text in person.kept]
    assert len(kept) == 2 * PEOPLE
    assert {status for person in people for status in person.statuses} == {200}
    assert found["notes"] == [person.kept[-1] for person in people]
    assert set(kept) <= set(found["aliases"])
    # The remark is everybody's: each text was there, each took the place of the one before, the last one stands.
    assert sorted(found["remarks"]) == sorted(person.kept[0] for person in people)
    assert found["before"] == ["", *found["remarks"][:-1]]
    assert found["remark"] == found["remarks"][-1]
    assert sum(person.refused for person in people) > 0
    assert found["problems"] == []
    assert " 500 " not in (tmp_path / "served").read_text()


class Answerer(Person):
    """Somebody who accepts a report of her own by her own row, and one that everybody accepts by the remark."""

    def __init__(self, number, url, session, start, reports):
        super().__init__(number, url, session, start)
        self.reports, self.overtaken = reports, False

    def run(self):
        self.start_together.wait()
        self.accept(self.reports[self.number], f"priorities-{self.number}-classification_note")
        self.accept(self.reports[PEOPLE], "remark")

    def accept(self, report, field):
        url, text = f"{self.url}?proposal={report}&as_typed=1", f"{self.number}采纳，与文件相符：{report}"
        posted = fields(self.send(url)) | {field: [text], "edit_reason": [text]}
        for _ in range(2 * PEOPLE):
            page = self.send(url, posted)
            if "成功修改了" in page:
                self.kept.append(text)
                return
            if "已由" in page:
                self.overtaken = True
                return
            posted = fields(page)


class Reporter(Person):
    """A reader who sends a report, one second more after opening the form than a program takes."""

    def run(self):
        page = LexborHTMLParser(self.send(self.url))
        token = page.css_first("[name=token]").attributes["value"]
        self.start_together.wait()
        time.sleep(4)
        self.send(self.url, {"token": token, "wrong": "某处", "right": "另一处", "source": f"读者{self.number}"})


def test_eight_who_accept_reports_while_eight_more_come_lose_none_and_number_all(server, environment, tmp_path):
    made = script(PREPARE, environment)
    url, start = f"{server}/admin/pilots/region/{made['area']}/change/", threading.Barrier(2 * PEOPLE)
    answerers = [
        Answerer(number, url, key, start, made["reports"]) for number, key in enumerate(made["sessions"][:PEOPLE])
    ]
    reporters = [Reporter(number, f"{server}/corrections/new/", "", start) for number in range(PEOPLE)]

    for person in (*answerers, *reporters):
        person.start()
    for person in (*answerers, *reporters):
        person.join()

    found = script(READ, environment)
    assert {status for person in (*answerers, *reporters) for status in person.statuses} == {200}
    assert [number for number, *_ in found["reports"]] == list(range(1, 2 * PEOPLE + 2))
    states = [state for _, state, *_ in found["reports"]]
    assert states == ["accepted"] * (PEOPLE + 1) + ["received"] * PEOPLE
    kept = [text for person in answerers for text in person.kept]
    assert sorted(kept) == sorted(answer for _, _, answer, _ in found["reports"] if answer)
    assert sum(person.overtaken for person in answerers) == PEOPLE - 1
    assert found["notes"] == [person.kept[0] for person in answerers]
    assert [found["remark"]] == found["remarks"] == [text for person in answerers for text in person.kept[1:]]
    assert found["unedited"] == found["problems"] == []
    assert " 500 " not in (tmp_path / "served").read_text()


class Reviewer(Person):
    """Somebody who answers what an official proposed when everybody else does: the first is accepted by all, the
    second by every other one, and declined by the rest."""

    def run(self):
        self.pages = [
            self.answer(url, accepts) for url, accepts in zip(self.url, (True, self.number % 2), strict=True)
        ]

    def answer(self, url, accepts):
        token = fields(self.send(url))["csrfmiddlewaretoken"]
        button = {"_replay": ["1"]} if accepts else {"_decline": ["1"], "answer": [f"{self.number}与印发的文件不符"]}
        self.start_together.wait()
        return (
            LexborHTMLParser(self.send(url, {"csrfmiddlewaretoken": token} | button)).css_first("#container").text()
        )


def proposed(server, area, session, number):
    """Let the official propose other words of a line, and return where that is answered."""
    author = Person(0, "", session, None)
    page = LexborHTMLParser(author.send(f"{server}/admin/pilots/region/{area}/change/"))
    lines = [node.attributes["href"] for node in page.css("a") if node.attributes["href"].endswith("/text/")]
    posted = fields(author.send(f"{server}{lines[number]}"))
    posted |= {"text_raw": [f"{posted['text_raw'][0]}某"], "edit_reason": ["与印发的文件核对"], "confirmed": ["True"]}
    sent = author.send(f"{server}{lines[number]}", posted)
    return f"{server}/admin/pilots/proposal/{re.search('建议 ([0-9]+)', sent)[1]}/change/"


def test_eight_who_review_a_proposal_at_once_answer_it_once(server, environment, tmp_path):
    made, start = script(PREPARE, environment), threading.Barrier(PEOPLE)
    urls = [proposed(server, made["area"], made["sessions"][PEOPLE], number) for number in range(2)]
    people = [Reviewer(number, urls, key, start) for number, key in enumerate(made["sessions"][:PEOPLE])]

    for person in people:
        person.start()
    for person in people:
        person.join()

    found = script(READ, environment)
    assert {status for person in people for status in person.statuses} == {200}
    for number, (state, answer, who, edit_key) in enumerate(found["answers"]):
        late = [
            person.number for person in people if re.search("没有(写入|保存)：建议 [0-9]+ 已由", person.pages[number])
        ]
        assert sorted([*late, int(who[-1])]) == list(range(PEOPLE))
        assert found["texts"][number].endswith("某") is (state == "accepted")
        edits = [edit for edit in found["edits"] if edit[0] == edit_key]
        assert edits == ([[edit_key, "author", who]] if state == "accepted" else [])
        assert answer == ("与印发的文件核对" if state == "accepted" else f"{who[-1]}与印发的文件不符")
    assert found["answers"][0][0] == "accepted"
    assert len([edit for edit in found["edits"] if edit[1]]) == len(
        [a for a in found["answers"] if a[0] == "accepted"]
    )
    assert " 500 " not in (tmp_path / "served").read_text()


def test_reports_of_one_moment_have_each_a_number_and_none_is_missing(environment):
    assert sorted(script(NUMBER, environment)) == list(range(1, 25))
