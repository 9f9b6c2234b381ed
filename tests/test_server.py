"""The server that quickstart runs: what a client may send, how long it may take, and that workers come and go."""

import asyncio
import gc
import http.client
import logging
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import settings as profile
from hypothesis import strategies as st

from config import bodies, rsgi, server, wsgi

from .processes import fetch, of, serving

pytestmark = pytest.mark.apart
HEAD = b"Host: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
MEGABYTE = 1 << 20


@pytest.fixture(scope="module")
def site(made_before):
    """The address of a served site and its main process."""
    with serving(of(made_before) | {"WEB_CONCURRENCY": "2"}) as (address, server):
        yield SimpleNamespace(url=address, port=urlsplit(address).port, pid=server.pid)


@pytest.mark.django_db
def test_a_page_of_each_kind_is_drawn_before_there_are_workers(settings, monkeypatch):
    statuses = server.draw_a_page_of_each_kind()

    assert {*statuses.values()} == {200}
    assert {"/", "/after/", "/notices/fagai-huanzi-2015-3214/", *server.DRAWN} <= statuses.keys()
    assert len([path for path in statuses if path.startswith("/regions/")]) == 3  # the list, a search, one area
    asked = []
    monkeypatch.setattr(wsgi, "application", lambda environ, start: asked.append(environ) or BytesIO())
    settings.HTTPS, settings.ALLOWED_HOSTS = True, ["pilots.example"]
    server.draw_a_page_of_each_kind()
    assert {(environ["wsgi.url_scheme"], environ["HTTP_HOST"]) for environ in asked} == {("https", "pilots.example")}
    monkeypatch.setattr(wsgi, "application", lambda environ, start: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        server.draw_a_page_of_each_kind()
    assert logging.root.manager.disable == logging.NOTSET  # the log goes on


def connect(port):
    return socket.create_connection(("127.0.0.1", port), timeout=30)


def send(port, request):
    """Return what the server answers to these bytes, until it closes."""
    with connect(port) as connection:
        with suppress(OSError):
            connection.sendall(request)
        parts = []
        with suppress(OSError):
            while part := connection.recv(65536):
                parts.append(part)
    return b"".join(parts).decode(errors="replace")


@pytest.mark.parametrize(
    "begin",
    [
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX-a: b",
        b"POST /accounts/login/ HTTP/1.1\r\n" + HEAD + b"Content-Length: 5000\r\n\r\nab",
        b"POST /accounts/login/ HTTP/1.1\r\n" + HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n",
        b"POST /admin/pilots/region/1/change/ HTTP/1.1\r\n" + HEAD + b"Content-Length: 50\r\n\r\n",
    ],
)
def test_half_a_request_holds_nobody_up(site, begin):
    with ExitStack() as opened:
        for _ in range(60):
            opened.enter_context(connect(site.port)).sendall(begin)

        assert fetch(f"{site.url}/healthz").status == 200
        assert fetch(f"{site.url}/about/").status == 200


@pytest.mark.parametrize(
    "framing",
    [
        f"Content-Length: {400 * MEGABYTE}\r\n\r\n".encode() + b"a" * 1000,
        b"Transfer-Encoding: chunked\r\n\r\n" + b"10000\r\n" + b"a" * 65536 + b"\r\n",
    ],
)
@pytest.mark.parametrize("path", ["/accounts/login/", "/regions/"])
def test_body_above_the_limit_is_refused(site, path, framing):
    answer = send(site.port, f"POST {path} HTTP/1.1\r\n".encode() + HEAD + framing)

    assert answer.startswith("HTTP/1.1 413 ")
    assert "发送的内容太大" in answer


@pytest.mark.parametrize(
    ("path", "size"), [("/admin/pilots/document/1/change/", 20 * MEGABYTE), ("/accounts/login/", MEGABYTE)]
)
def test_who_is_still_sending_what_is_refused_reads_why(site, path, size):
    with connect(site.port) as connection:
        connection.sendall(f"POST {path} HTTP/1.1\r\n".encode() + HEAD + f"Content-Length: {size}\r\n\r\n".encode())
        for _ in range(4):
            time.sleep(0.1)  # an answer that comes at once would end the connection here
            connection.sendall(bytes(size // 4))

        assert connection.recv(65536).startswith(b"HTTP/1.1 413 ")


LOGIN = b"POST /accounts/login/ HTTP/1.1\r\nHost: localhost\r\n"


@pytest.mark.parametrize(
    ("rest", "status"),
    [
        (b"Content-Length: 3\r\n\r\na=", 400),
        (b"Transfer-Encoding: chunked\r\n\r\n3\r\na=1\r\n", 411),
        (b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", 411),
    ],
)
def test_body_that_breaks_off_is_not_taken_for_a_whole(site, rest, status):
    with connect(site.port) as connection:
        connection.sendall(LOGIN + b"Content-Type: application/x-www-form-urlencoded\r\n" + rest)
        connection.shutdown(socket.SHUT_WR)

        assert connection.recv(65536).startswith(f"HTTP/1.1 {status} ".encode())


@pytest.mark.parametrize("charset", ["rot13", "zlib", "undefined", "idna", "punycode", "utf-16", "gbk", '"utf-7"'])
@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "application/x-www-form-urlencoded"])
def test_no_codec_but_utf_8_is_asked(site, kind, charset):
    head = f"Content-Type: {kind}; a=';charset=utf-8'; charset={charset}\r\nContent-Length: 2\r\n\r\na="

    assert send(site.port, LOGIN + head.encode()).startswith("HTTP/1.1 415 ")


@pytest.mark.parametrize("path", ["/healthz", "/", "/admin/"])
def test_content_type_that_names_no_codec_is_refused(site, path):
    head = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain; a*=foo''x%ff\r\n\r\n"

    assert send(site.port, head.encode()).startswith("HTTP/1.1 400 ")


def test_length_of_a_body_must_be_written(site):
    head = b"Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n"

    assert "没有写明内容的长度" in send(site.port, LOGIN + head + b"3\r\na=1\r\n0\r\n\r\n")


@pytest.mark.parametrize(
    "part",
    [
        b"Content-Disposition: form-data; name*=foo''x%ff\r\n\r\na\r\n",
        b"Content-Disposition: form-data; name*=punycode''" + b"a" * 900 + b"\r\n\r\na\r\n",
        b'Content-Disposition: form-data; name="' + b";" * 900 + b"\r\n\r\na\r\n",
    ],
    ids=["no codec", "punycode", "semicolons"],
)
def test_part_that_would_hold_a_worker_is_refused(site, part):
    body = b"--x\r\n" + part + b"--x--\r\n"
    head = (
        f"Connection: close\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: {len(body)}\r\n\r\n"
    )

    assert send(site.port, LOGIN + head.encode() + body).startswith("HTTP/1.1 400 ")


def test_form_of_a_browser_with_an_odd_file_name_is_read(site):
    name = b"a; b=c; d.csv"
    body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="' + name + b'"\r\n\r\na\r\n--x--\r\n'
    head = (
        f"Connection: close\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: {len(body)}\r\n\r\n"
    )

    assert send(site.port, LOGIN + head.encode() + body).startswith("HTTP/1.1 403 ")  # no token


def test_who_neither_sends_nor_reads_is_let_go(site):
    with ExitStack() as opened:
        paused = opened.enter_context(connect(site.port))
        paused.sendall(LOGIN + b"Content-Length: 3\r\n\r\na")
        for _ in range(4):
            connection = opened.enter_context(connect(site.port))
            connection.setblocking(False)
            with suppress(BlockingIOError):
                connection.sendall(b"GET /regions/ HTTP/1.1\r\nHost: localhost\r\n\r\n" * 500)

        assert paused.recv(65536).startswith(b"HTTP/1.1 408 ")
        end = time.monotonic() + 2 * rsgi.UNREAD_SECONDS
        while established(site.port) and time.monotonic() < end:
            time.sleep(1)
        assert not established(site.port)


@pytest.mark.parametrize(
    ("soft", "hard", "files", "held"),
    [
        (256, 300, 300, 150),
        (1024, 4096, 4096, 2048),
        (1024, resource.RLIM_INFINITY, 4096, 2048),
        (20000, 20000, None, 2048),
        (resource.RLIM_INFINITY, resource.RLIM_INFINITY, None, 2048),
    ],
)
def test_worker_holds_no_more_connections_than_the_system_lets_it(monkeypatch, soft, hard, files, held):
    limits = []
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (soft, hard))
    monkeypatch.setattr(resource, "setrlimit", lambda kind, limit: limits.append(limit))

    assert server.connections_held() == held
    assert limits == ([] if files is None else [(files, hard)])


def established(port):
    """Return the server's connections that are open, as Linux tells."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return [row for row in rows if row[1].endswith(f":{port:04X}") and row[3] == "01"]


@pytest.mark.parametrize(
    ("request_line", "status", "text"),
    [
        (f"GET /regions/?q={'a' * 9000}", 414, "网址太长"),
        (f"GET / HTTP/1.1\r\nCookie: {'a' * 20000}", 431, "请求头太长"),
        ("GET / HTTP/1.1\r\nHost: two", 400, "不止一个主机名"),
    ],
)
def test_head_above_the_limit_is_told_in_chinese(site, request_line, status, text):
    line = request_line if " HTTP" in request_line else f"{request_line} HTTP/1.1"
    answer = send(site.port, f"{line}\r\nHost: localhost\r\n\r\n".encode())

    assert answer.startswith(f"HTTP/1.1 {status} ")
    assert text in answer


@pytest.mark.parametrize(
    ("path", "header"),
    [
        ("/x/admin/", "SCRIPT_NAME: /x"),
        ("/x/admin/", "Script-Name: /x"),
        ("/", "X-Forwarded-Proto: https"),
        ("/", "X_Forwarded_Proto: https"),
        ("/", "X-Forwarded-Host: evil.example"),
        ("/", "X-Forwarded-Port: 444"),
        ("/", "Forwarded: host=evil.example;proto=https"),
    ],
)
def test_no_header_of_a_client_changes_a_page(site, path, header):
    request = "GET {} HTTP/1.1\r\nHost: localhost:{}\r\nConnection: close\r\n{}\r\n"

    plain, other = (
        send(site.port, request.format(path, site.port, line).encode()).partition("\r\n\r\n")[2]
        for line in ("", f"{header}\r\n")
    )

    assert plain
    assert other == plain


def test_collected_file_is_refused_to_other_hosts(site):
    request = "GET {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n"
    file = re.search(r"/static/css/site\.\w+\.css", fetch(f"{site.url}/about/").text)[0]

    own, other = (send(site.port, request.format(file, host).encode()) for host in ("localhost", "evil.example"))

    assert own.startswith("HTTP/1.1 200 ")
    assert other.startswith("HTTP/1.1 400 ")
    assert len(other.partition("\r\n\r\n")[2].encode()) < 2000


def odd_hosts():
    """What may stand for a host in a request's head: its names, ports and what looks like them, in any bytes."""
    names = st.sampled_from(
        ["localhost", "127.0.0.1", "ｌocalhost", "\u212aocalhost", "１２７.0.0.1", "evil.example", ""]
    )
    ports = st.sampled_from(
        ["", ":", ":{port}", ":0{port}", ":80", ":８８１２", ":٨٨", ":{port}é", ":+{port}", ".:{port}"]
    )
    plain = st.tuples(names, ports).map("".join).map(str.encode)
    return st.lists(plain | st.binary(max_size=12).filter(lambda host: not set(host) & set(b"\r\n")), max_size=2)


@profile(max_examples=int(os.environ.get("HOST_EXAMPLES", "40")))
@given(odd_hosts())
@example(["127.0.0.1:８８１２".encode()])
@example([b"\xff", b"localhost"])
@example([b"\xff", b"evil.example"])
@example([b"localhost", b"localhost"])
@example([])
def test_file_is_refused_wherever_a_page_is(site, hosts):
    file = re.search(r"/static/css/site\.\w+\.css", fetch(f"{site.url}/about/").text)[0]
    head = b"".join(b"Host: %s\r\n" % host.replace(b"{port}", b"%d" % site.port) for host in hosts)

    statuses = {
        send(site.port, b"GET %s HTTP/1.1\r\nConnection: close\r\n%s\r\n" % (path.encode(), head))[:12]
        for path in ("/about/", "/favicon.ico", file)
    }

    assert statuses in ({"HTTP/1.1 200"}, {"HTTP/1.1 400"})


@pytest.mark.parametrize("raw", ["怀柔".encode(), quote("怀柔").encode(), quote("怀柔", encoding="gb18030").encode()])
def test_words_in_an_address_are_read_however_they_are_written(site, raw):
    answer = send(site.port, b"GET /regions/?q=" + raw + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")

    assert "怀柔区在第二批名单里" in answer


def test_raw_bytes_in_a_path_are_read_too(site):
    answer = send(site.port, "GET /怀柔/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())

    assert answer.startswith("HTTP/1.1 404 ")


def test_address_of_a_client_is_what_the_connection_says():
    scope = SimpleNamespace(
        headers={"x_forwarded_for": "1.2.3.4", "cookie": "a=1"},
        server="[::1]:8000",
        client="[::1]:40000",
        method="GET",
        path="/怀柔",
        query_string="",
        http_version="1.1",
    )

    environ = rsgi._environ(scope, b"")

    assert (environ["REMOTE_ADDR"], environ["SERVER_NAME"], environ["SERVER_PORT"]) == ("::1", "::1", "8000")
    assert environ["PATH_INFO"].encode("latin-1").decode() == "/怀柔"
    assert not [name for name in environ if "FORWARDED" in name or name in os.environ]


class Slow:
    """A body whose next part never comes."""

    def __aiter__(self):
        return self

    async def __anext__(self):
        await asyncio.sleep(3600)


class Endless(Slow):
    async def __anext__(self):
        await asyncio.sleep(0.01)
        return b"a"


async def nobody():
    return False


@pytest.mark.parametrize(
    ("parts", "limit", "status"),
    [(Slow(), "PAUSE_SECONDS", 408), (Endless(), "BODY_SECONDS", 408), (Endless(), "BODIES_BYTES", 503)],
)
def test_body_that_takes_too_long_or_is_one_too_many_is_refused(monkeypatch, parts, limit, status):
    body = bodies.Body(nobody)
    monkeypatch.setattr(bodies if limit == "BODIES_BYTES" else rsgi, limit, 0.1)
    monkeypatch.setattr(rsgi, "REFUSED_SECONDS", 0.1)
    scope = SimpleNamespace(path="/admin/", query_string="", headers=http.client.HTTPMessage())
    scope.headers["host"], scope.headers["transfer-encoding"] = "localhost", "chunked"

    # In a thread of its own: a browser that a test before this one opened leaves its loop running in this one.
    with ThreadPoolExecutor(1) as thread, pytest.raises(rsgi.RefusedError) as refusal:
        thread.submit(asyncio.run, rsgi._read(scope, parts, body)).result()
    body.release()

    assert refusal.value.args == (status,)


def children(pid):
    done = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return [int(line) for line in done.stdout.split()]


def answered(url, seconds):
    """Return the statuses of requests on new connections, one after another, for so long.

    Of a page that is drawn each time: of kept ones, which come ten times as quickly, granian lost one of 40,000.
    """
    statuses, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        with closing(http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)) as connection:
            connection.request("GET", "/data/")
            statuses.append(connection.getresponse().status)
    return statuses


def test_reload_loses_no_request(site):
    before = set(children(site.pid))
    os.kill(site.pid, signal.SIGHUP)

    assert set(answered(site.url, 5)) == {200}
    for _ in range(server.STOP_SECONDS):  # that each may take to finish what it answers
        if before.isdisjoint(children(site.pid)):
            break
        time.sleep(1)
    assert before.isdisjoint(children(site.pid))


def test_workers_that_are_killed_come_back(site):
    for _ in range(3):  # granian alone gives up at the second
        for pid in children(site.pid):
            os.kill(pid, signal.SIGKILL)
        assert fetch(f"{site.url}/about/").status == 200


def test_stop_finishes_what_was_begun(made_before):
    with serving(of(made_before)) as (address, server), connect(urlsplit(address).port) as connection:
        connection.sendall(b"POST /accounts/login/ HTTP/1.1\r\n" + HEAD + b"Content-Length: 7\r\n\r\nlogin")
        time.sleep(0.5)
        server.terminate()
        time.sleep(0.5)
        connection.sendall(b"=a")

        assert connection.recv(65536).startswith(b"HTTP/1.1 403 ")
        assert server.wait(timeout=60) == 0


@pytest.mark.parametrize("workers", [1, 2])
def test_workers_share_what_they_are_made_of(monkeypatch, settings, workers):
    frozen, drawn = [], []
    settings.WEB_CONCURRENCY = workers
    monkeypatch.setattr(server, "draw_a_page_of_each_kind", lambda: drawn.append(len(frozen)))
    process = SimpleNamespace(serve=lambda: frozen.append(gc.get_freeze_count()), interrupt_signal=True)
    monkeypatch.setattr(server, "_server", lambda *address: process)
    monkeypatch.setattr(server, "_call_when_reached", lambda *arguments: None)
    monkeypatch.setattr(server, "connections", SimpleNamespace(close_all=lambda: None))
    gc.unfreeze()  # what was left alone when the apps were ready
    try:
        server.serve(socket.create_server(("127.0.0.1", 0)), lambda: None)
    finally:
        gc.unfreeze()

    assert frozen[0] > 100_000
    assert drawn == ([0] if workers > 1 else [])  # before there are any; one has nobody to share with
    assert server.SHARED.issubset(sys.modules)
