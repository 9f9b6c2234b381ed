"""Two instances behind nginx, with PostgreSQL and Redis, as `config/deploy/` has them: readers see no error and
nothing false while officials save, one instance is killed, one reloaded, and the database is away."""

import http.client
import json
import os
import re
import secrets
import shutil
import signal
import socket
import socketserver
import ssl
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode, urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.db import connection

from pilots.http.errors import UNREAD

from .forms import fields
from .processes import fetch, free_port
from .serving import database, wait

DEPLOY = settings.BASE_DIR / "config" / "deploy"
OFFICIALS, ROUNDS = 4, 3
PAGES = (
    "/",
    "/regions/",
    "/regions/?q=%E6%B9%BF%E5%9C%B0",
    "/regions/beijing-huairou/",
    "/notices/fagai-huanzi-2015-3214/",
    "/topics/",
    "/api/v1/regions/beijing-huairou/",
    "/data/regions.csv",
    "/changes.atom",
)
PREPARE = """
import django, json
django.setup()
from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.test import RequestFactory
from pilots.models import Priority
made = {}
for row in Priority.objects.order_by("pk")[:4]:
    user = User.objects.create_superuser(f"person-{row.pk}", password=None)
    request = RequestFactory().get("/")
    request.session = SessionStore()
    login(request, user, settings.AUTHENTICATION_BACKENDS[0])
    request.session.save()
    made[row.pk] = request.session.session_key
print(json.dumps(made))
"""
EDIT = """
import django, json
django.setup()
from pilots.models import Region, editing
with editing(reason="核对后补充说明"):
    area = Region.objects.get(slug="beijing-huairou")
    area.remark, area.remark_source = "两秒以内都能看到的说明", "国函〔2015〕119号"
    area.save()
print(json.dumps(area.pk))
"""
READ = """
import django, json
django.setup()
from pilots.models import Priority
print(json.dumps(list(Priority.objects.order_by("pk").values_list("classification_note", flat=True)[:4])))
"""

pytestmark = pytest.mark.skipif(connection.vendor != "postgresql", reason="instances on several machines share it")


class Line(socketserver.ThreadingTCPServer):
    """A line to PostgreSQL that can be cut."""

    daemon_threads = allow_reuse_address = True
    block_on_close = False

    def __init__(self, host, port):
        self.target, self.ends, self.is_cut = (host, port), [], False
        super().__init__(("127.0.0.1", 0), None)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def finish_request(self, request, client_address):
        if self.is_cut:
            return
        with socket.create_connection(self.target) as server:
            self.ends += [request, server]
            back = threading.Thread(target=self.pass_on, args=(server, request), daemon=True)
            back.start()
            self.pass_on(request, server)
            back.join()

    def pass_on(self, source, target):
        with suppress(OSError):
            while part := source.recv(65536):
                target.sendall(part)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    @contextmanager
    def cut(self):
        self.is_cut = True
        for end in self.ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        try:
            yield
        finally:
            self.is_cut = False


class Instance:
    """One of the two: its own folder and port, everything else shared."""

    def __init__(self, folder, environment):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder.with_suffix(".log")
        self.environment = environment | {"DATA_DIR": str(folder)}

    def start(self):
        command = [sys.executable, "manage.py", "quickstart", "--port", str(self.port)]
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                command, cwd=settings.BASE_DIR, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        return self

    def end(self, number):
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)
        self.process.wait()


def require(program):
    if path := shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin"):
        return path
    if os.environ.get("CI") == "true":
        pytest.fail(f"{program} is not installed")
    return pytest.skip(f"needs {program}")


@contextmanager
def running(*command):
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.terminate()


def certificate(folder):
    """Write a key and a certificate for localhost where nginx.conf wants them."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(1), now + timedelta(1))
    (folder / "fullchain.pem").write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


def nginx_conf(folder, port, instances):
    """Return the repository's nginx.conf with the names, ports and folders of this test, and no other change."""
    text = (DEPLOY / "nginx.conf").read_text()
    text = re.sub(r"(?m)^ *listen \[::\].*\n", "", text)
    for before, after in {
        "listen 80;": f"listen 127.0.0.1:{free_port()};",
        "listen 443 ssl http2;": f"listen 127.0.0.1:{port} ssl http2;",
        "server_name example.cn;": "server_name localhost;",
        "/etc/ssl/pilots": str(folder),
        "/var/cache/pilots": str(folder / "cache"),
        "127.0.0.1:8001": f"127.0.0.1:{instances[0].port}",
        "127.0.0.1:8002": f"127.0.0.1:{instances[1].port}",
        "proxy_set_header Host $host;": "proxy_set_header Host localhost;",
    }.items():
        assert before in text
        text = text.replace(before, after)
    temporary = "\n".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.geteuid() == 0 else ""
    return f"""{user}daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log;
        events {{}} http {{ access_log off; {temporary}
        {text} }}"""


class Site:
    """What the tests ask and disturb."""

    def __init__(self, port, instances, line):
        self.port, self.instances, self.line = port, instances, line
        self.people = self.run(PREPARE)

    def run(self, script):
        done = subprocess.run(
            [sys.executable, "-c", script],
            cwd=settings.BASE_DIR,
            env=self.instances[0].environment | {"DJANGO_SETTINGS_MODULE": "config.settings"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def ask(self, path, data=None, **headers):
        """Return status, headers and body of what nginx answers."""
        connection = http.client.HTTPSConnection(
            "localhost", self.port, timeout=60, context=ssl._create_unverified_context()
        )
        kind = {"Content-Type": "application/x-www-form-urlencoded"} if data is not None else {}
        try:
            connection.request("GET" if data is None else "POST", path, data, headers | kind)
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()


@pytest.fixture(scope="module")
def site(made, tmp_path_factory):
    nginx, redis = require("nginx"), require("redis-server")
    folder = tmp_path_factory.mktemp("instances")
    with ExitStack() as stack:
        redis_port, port = free_port(), free_port()
        stack.enter_context(
            running(redis, "--port", str(redis_port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder))
        )
        url = urlsplit(stack.enter_context(database())["DATABASE_URL"])
        line = stack.enter_context(Line(url.hostname, url.port))
        clean = {name: value for name, value in os.environ.items() if name not in ("CI", "DEBUG")}
        shared = clean | {
            "SECRET_KEY": secrets.token_urlsafe(50),
            "ALLOWED_HOSTS": "localhost",
            "HTTPS": "on",
            "BEHIND_PROXY": "on",
            "REQUIRE_MFA": "off",
            "API_RATE": "150/hour",
            "WEB_CONCURRENCY": "2",
            "PYTHONUNBUFFERED": "1",
            "DATABASE_URL": url._replace(
                netloc=url.netloc.replace(f":{url.port}", f":{line.server_address[1]}")
            ).geturl(),
            "CACHE_URL": f"redis://127.0.0.1:{redis_port}/1",
        }
        for name in ("one", "two"):
            shutil.copytree(made / "static", folder / name / "static")
        instances = [Instance(folder / name, shared).start() for name in ("one", "two")]  # on one empty database
        stack.callback(lambda: [instance.end(signal.SIGKILL) for instance in instances])
        for instance in instances:
            assert fetch(f"{instance.url}/readyz").status == 200, instance.log.read_text()
        certificate(folder)
        (folder / "nginx.conf").write_text(nginx_conf(folder, port, instances))
        stack.enter_context(running(nginx, "-p", str(folder), "-c", str(folder / "nginx.conf")))
        site = Site(port, instances, line)
        wait_until(lambda: site.ask("/")[0] == 200)
        yield site


def wait_until(holds):
    for _ in range(600):
        with suppress(OSError):
            if holds():
                return
        time.sleep(0.1)
    raise AssertionError("never came true")


def test_two_instances_begin_on_one_empty_database(site):
    said = [instance.log.read_text() for instance in site.instances]

    assert sum("密码" in text for text in said) == 1
    assert not any("Traceback" in text for text in said)


def test_both_instances_answer_with_the_same_bytes(site):
    for path in PAGES:
        one, two = (fetch_as_proxy(instance, path) for instance in site.instances)

        assert one == two, path
        assert one[0] == 200


def fetch_as_proxy(instance, path, address="203.0.113.7"):
    """Return status, tag and body of what an instance answers to its proxy."""
    connection = http.client.HTTPConnection("127.0.0.1", instance.port, timeout=60)
    try:
        connection.request(
            "GET", path, headers={"Host": "localhost", "X-Forwarded-Proto": "https", "X-Forwarded-For": address}
        )
        response = connection.getresponse()
        return response.status, response.headers["ETag"], response.read()
    finally:
        connection.close()


def test_limits_count_across_instances(site):
    statuses = [
        fetch_as_proxy(site.instances[number % 2], f"/api/v1/topics/?page_size={1 + number % 50}", "203.0.113.9")[0]
        for number in range(154)
    ]

    assert (statuses.count(200), statuses[-4:]) == (150, [429] * 4)


def test_probes_and_the_kept_copy_are_as_the_operating_page_says(site):
    assert fetch(f"{site.instances[0].url}/healthz").status == 200
    assert "X-Cache" in site.ask("/about/")[1]
    assert site.ask("/about/")[1]["X-Cache"] == "HIT"
    status, _, body = site.ask("/accounts/login/", b"a" * (6 << 20))
    assert (status, body.decode()) == (413, f"{UNREAD[413][1]}\n")
    form = "/admin/pilots/document/1/change/"
    assert site.ask(form, b"a" * (22 << 20))[2] == body
    status, _, page = site.ask(form, b"a" * (20 << 20))
    assert (status, "<html" in page.decode()) == (413, True)  # it came to the site: nobody is signed in
    [session, *_] = site.people.values()
    status, _, page = site.ask(form, b"a" * (20 << 20), Cookie=f"sessionid={session}")
    assert (status, "表单已过期" in page.decode()) == (403, True)  # it was read: it has no token
    status, _, body = site.ask(f"/?q={'a' * 9000}")
    assert (status, body.decode()) == (414, "网址太长。\n")
    status, _, body = site.ask("/", Cookie="a" * 9000)
    assert (status, "请清除本站的 Cookie 再试" in body.decode()) == (431, True)
    assert "X-Cache" not in site.ask("/admin/login/")[1]


def test_edit_is_seen_by_everybody_within_two_seconds(site):
    path, text = "/regions/beijing-huairou/", "两秒以内都能看到的说明".encode()
    assert text not in site.ask(path)[2]

    site.run(EDIT)
    time.sleep(2)  # a second for which a shared cache answers, and one for which it asks while it answers

    assert [text in site.ask(path)[2] for _ in range(20)] == [True] * 20
    assert [text in fetch_as_proxy(instance, path)[2] for instance in site.instances] == [True] * 2


class Official(threading.Thread):
    """Somebody who saves a line of her own again and again, and notes what she was told is saved."""

    def __init__(self, site, pk, session):
        super().__init__(daemon=True)
        self.site, self.url = site, f"/admin/pilots/priority/{pk}/whole/"
        self.cookie, self.kept = f"sessionid={session}", []

    def run(self):
        for number in range(ROUNDS):
            self.save(f"{self.url} 第{number}次")

    def save(self, text):
        for _ in range(100):
            with suppress(OSError, AttributeError, http.client.HTTPException):
                if self.try_to_save(text):
                    self.kept.append(text)
                    return
            time.sleep(0.3)

    def try_to_save(self, text):
        status, headers, body = self.site.ask(self.url, Cookie=self.cookie)
        posted = fields(body.decode()) | {"classification_note": [text], "edit_reason": ["同时修改归类的说明"]}
        token = headers["Set-Cookie"].partition("csrftoken=")[2].partition(";")[0]
        cookie = f"{self.cookie}; csrftoken={token}"
        origin = {"Cookie": cookie, "Referer": "https://localhost/", "Origin": "https://localhost"}
        status, headers, body = self.site.ask(self.url, urlencode(posted, doseq=True).encode(), **origin)
        return status == 302


class Reader(threading.Thread):
    """Somebody who reads page after page until all is over, and notes what was wrong."""

    def __init__(self, site, over):
        super().__init__(daemon=True)
        self.site, self.over, self.asked, self.wrong = site, over, 0, []

    def run(self):
        while not self.over.is_set():
            path = PAGES[self.asked % len(PAGES)]
            self.asked += 1
            time.sleep(0.05)  # while the database is away each request comes to the site, and its API counts them
            try:
                status, _, body = self.site.ask(path)
            except (OSError, http.client.HTTPException) as error:
                self.wrong.append((path, repr(error)))
                continue
            if status != 200 or (path == "/regions/beijing-huairou/" and "怀柔".encode() not in body):
                self.wrong.append((path, status, body[:200]))


def test_readers_see_no_error_whatever_happens_behind_nginx(site):
    for path in PAGES:
        assert site.ask(path)[0] == site.ask(path, **{"Accept-Encoding": "gzip, deflate, br, zstd"})[0] == 200
    over = threading.Event()
    readers = [Reader(site, over) for _ in range(3)]
    officials = [Official(site, pk, session) for pk, session in site.people.items()]
    for person in (*readers, *officials):
        person.start()
    one, two = site.instances

    time.sleep(1)
    one.end(signal.SIGKILL)
    time.sleep(1)
    one.start()
    wait(one.process, one.url, one.log)
    two.process.send_signal(signal.SIGHUP)
    time.sleep(2)
    with site.line.cut():
        time.sleep(4)
        another_browser = [site.ask(path, **{"Accept-Encoding": "gzip, deflate, br"})[0] for path in PAGES]
        time.sleep(1)
    wait_until(lambda: {fetch(f"{instance.url}/readyz").status for instance in site.instances} == {200})
    for person in officials:
        person.join()
    over.set()
    for person in readers:
        person.join()

    assert [person.wrong for person in readers] == [[], [], []]
    assert another_browser == [200] * len(PAGES)  # what one that spells it otherwise left is kept for it, too
    assert min(person.asked for person in readers) > len(PAGES)
    assert [len(person.kept) for person in officials] == [ROUNDS] * OFFICIALS
    assert site.run(READ) == [person.kept[-1] for person in officials]
    for instance in site.instances:
        instance.end(signal.SIGKILL)
    status, headers, body = site.ask("/accounts/login/")
    assert (status, headers["Retry-After"], "暂时连不上" in body.decode()) == (503, "10", True)
