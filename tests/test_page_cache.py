"""Public pages are answered from a worker's memory as Django answers them, and never after the record changed."""

import asyncio
import gzip
import logging
import sys
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from django.core.signals import request_finished, request_started
from django.db import OperationalError, close_old_connections, connection
from django.http import StreamingHttpResponse
from hypothesis import HealthCheck, given
from hypothesis import settings as profile
from hypothesis import strategies as st

from config import rsgi
from pilots import http
from pilots.exports import offline
from pilots.http import middleware, page_cache
from pilots.http.page_cache import PageCache
from pilots.models import Region, editing

PATHS = ("/", "/regions/", "/regions/beijing-huairou/", "/topics/", "/changes/", "/changes.atom", "/data/regions.csv")
DATA = (
    "/api/v1/regions/",
    "/regions/beijing-huairou.json",
    "/regions.json",
    "/api/v1/schema/",
    "/api/v1/provinces/",
)


class Headers(dict):
    """As granian gives them."""

    def get_all(self, name):
        return [self[name]] if name in self else []


class Line:
    """What asks for the version, on the test's own connection: its transaction is seen by no other."""

    Database = connection.Database

    def __init__(self):
        self.connection = self

    def execute(self, statement):
        cursor = connection.cursor()
        cursor.execute(statement)
        return cursor


@pytest.fixture
def ask(db, monkeypatch, settings):
    """Ask as granian does; the test's thread is Django's, which alone has its transaction."""
    settings.PAGE_CACHE = True
    settings.ALLOWED_HOSTS = ["localhost", "other"]
    monkeypatch.setattr(rsgi, "_pages", PageCache())
    monkeypatch.setattr(PageCache, "connect", lambda pages: None)
    rsgi._pages.line = Line()
    monkeypatch.setattr(rsgi, "end_unread", lambda server: None)
    loop = SimpleNamespace(call_soon=lambda *call: None, call_later=lambda *call: None)
    monkeypatch.setattr(page_cache, "get_running_loop", lambda: loop)
    for signal in (request_started, request_finished):  # as Django's test client does: they end the transaction
        signal.disconnect(close_old_connections)
    yield answered
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def answered(path, method="GET", query="", between=lambda: None, **headers):
    """Return status, headers and body, and whether Django was asked."""
    scope = SimpleNamespace(
        method=method,
        path=path,
        query_string=query,
        headers=Headers({"host": "localhost"} | {name.replace("_", "-"): value for name, value in headers.items()}),
        server="127.0.0.1:80",
        client="127.0.0.1:1",
        http_version="1.1",
    )
    rsgi._pages.turn = None  # each in a turn of its own
    page = rsgi._pages.key(scope)
    if kept := rsgi._pages.find(page, scope):
        return *kept, False
    environ = rsgi._environ(scope, b"") | {"pilots.refusal": 0}
    if page is None:
        return *rsgi._answer(environ), True
    answer = rsgi._answer(environ | rsgi.WHOLE)
    between()  # the record may be written while it is drawn
    rsgi._pages.turn = None
    return *rsgi._pages.settle(page, answer, scope), True


@pytest.mark.parametrize("path", PATHS + DATA)
@pytest.mark.parametrize("encoding", [pytest.param("", marks=pytest.mark.once), "gzip"])
def test_kept_answer_is_the_one_that_django_gave(ask, path, encoding):
    first = ask(path, accept_encoding=encoding)
    second = ask(path, accept_encoding=encoding)

    assert (first[0], first[3], second[3]) == (200, True, False)
    assert first[:3] == second[:3]
    head = ask(path, "HEAD", accept_encoding=encoding)
    assert (head[0], head[1], head[2]) == (200, first[1], b"")
    assert ("Content-Encoding", "gzip") in first[1] or not encoding


@pytest.mark.once
@pytest.mark.parametrize("path", PATHS + DATA[:2])
@pytest.mark.parametrize("form", ["{}", 'W/"x", {}', "*"])
def test_unchanged_page_is_304_without_drawing(ask, path, form):
    _, headers, _, _ = ask(path)
    tag = dict(headers)["ETag"]
    drawn = ask(path, if_none_match=tag, cookie="a=b")
    kept = ask(path, if_none_match=form.format(tag))

    assert (drawn[0], drawn[3]) == (304, True)
    assert (kept[0], kept[2], kept[3]) == (304, b"", False)
    assert {name for name, _ in drawn[1]} - {"Content-Length"} <= {name for name, _ in kept[1]}
    assert not {name.lower() for name, _ in kept[1]} & page_cache.OF_THE_BODY
    assert ask(path, if_none_match='"other"')[0] == 200


@pytest.mark.once
@pytest.mark.parametrize(
    "headers",
    [
        {"cookie": "sessionid=x"},
        {"cookie": ""},
        {"authorization": "Basic x"},
        {"range": "bytes=0-9"},
        {"if_modified_since": "Fri, 27 Nov 2026 06:49:22 GMT"},
        {"content_length": "0"},
        {"transfer_encoding": "chunked"},
    ],
)
def test_who_sends_more_is_answered_by_django_and_nothing_of_it_is_kept(ask, headers):
    assert [ask("/regions/", **headers)[3] for _ in range(2)] == [True, True]
    assert rsgi._pages.pages == {}


@pytest.mark.once
@pytest.mark.parametrize(
    "path",
    [
        "/admin/login/",
        "/accounts/login/",
        "/healthz",
        "/readyz",
        "/api/v1/regions/?nothing=1",
        "/api/v1/regions/nowhere/",
        "/data/",
        "/data/offline.zip",
        "/nothing/",
        "/regions/nowhere/",
        "/text-size/",
    ],
)
def test_what_is_private_counted_or_refused_is_not_kept(ask, monkeypatch, settings, tmp_path, path):
    settings.DATA_DIR = tmp_path  # where a pack of one page is kept
    monkeypatch.setattr(offline, "_pages", lambda base: {"/": offline._page(base, "/")})

    path, _, query = path.partition("?")
    for _ in range(2):
        ask(path, query=query)

    assert rsgi._pages.pages == {}


@pytest.mark.once
@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (200, {"Set-Cookie": "a=b"}),
        (200, {"Vary": "Accept-Encoding, Cookie"}),
        (200, {"Vary": "Accept, Accept-Encoding"}),
        (200, {"Cache-Control": "private, no-cache"}),
        (200, {"Cache-Control": "public, no-cache"}),
        (200, {"Cache-Control": "no-store"}),
        (404, {}),
        (301, {}),
    ],
)
def test_answer_that_is_not_a_whole_page_for_everybody_is_not_kept(status, headers):
    pages, plain = PageCache(), {"Cache-Control": "public, max-age=0", "Vary": "Accept-Encoding"}
    key, scope = ("key", 0, (), False, "/", "", ""), SimpleNamespace(method="GET", headers=Headers())
    pages.key = lambda scope: key

    pages.settle(key, (status, list((plain | headers).items()), b"page"), scope)
    assert not pages.pages

    pages.settle(key, (200, list(plain.items()), b"page"), scope)
    assert len(pages.pages) == 1


@pytest.mark.parametrize("path", ["/regions/", "/regions.json"])
def test_who_asks_for_a_head_or_a_change_has_the_page_drawn_for_everybody(ask, path):
    head = ask(path, "HEAD")
    whole = ask(path)
    tag = dict(whole[1])["ETag"]

    assert (head[0], head[2], head[3], whole[3]) == (200, b"", True, False)
    rsgi._pages.pages.clear()
    unchanged = ask(path, if_none_match=tag)
    assert (unchanged[0], unchanged[2], unchanged[3]) == (304, b"", True)
    assert ask(path, if_none_match=tag) == (*unchanged[:3], False)
    assert not ask(path)[3]
    rsgi._pages.pages.clear()
    assert ask(path, if_none_match='"other"')[:3] == whole[:3]
    assert ask("/nowhere/", "HEAD")[:3:2] == (404, b"")


@pytest.mark.once
@pytest.mark.parametrize(("method", "tag", "times"), [("GET", "", 1), ("GET", '"x"', 2), ("HEAD", "", 2)])
def test_large_file_is_opened_again_only_for_who_may_not_want_it(monkeypatch, method, tag, times):
    opened, closed = [], []
    body = SimpleNamespace(close=lambda: closed.append(1))
    monkeypatch.setattr(rsgi, "_answer", lambda environ: opened.append(environ["REQUEST_METHOD"]) or (200, [], body))
    scope, environ = SimpleNamespace(method=method), {"REQUEST_METHOD": method, "HTTP_IF_NONE_MATCH": tag}

    with ThreadPoolExecutor(1) as thread:
        answer = thread.submit(asyncio.run, rsgi._drawn_by_django(("page",), scope, environ)).result()

    assert (answer[2], opened, len(closed)) == (body, ["GET", method][:times], times - 1)


def test_page_that_was_drawn_while_the_record_changed_is_kept_by_nobody(ask):
    region = Region.objects.get(slug="beijing-huairou")

    def between():
        with editing(actor=None, reason="画到一半时改了"):
            region.short_name = "怀柔新"
            region.save()

    status, headers, _, _ = ask("/changes/", between=between)
    assert (status, dict(headers)["Cache-Control"]) == (200, "public, max-age=0, s-maxage=0")
    assert not rsgi._pages.pages
    status, headers, _, is_drawn = ask("/changes/")
    assert ("s-maxage=1" in dict(headers)["Cache-Control"], is_drawn) == (True, True)


@pytest.mark.once
@pytest.mark.parametrize(
    ("accepted", "is_packed"),
    [
        *(
            ("xgzip", False),
            ("gzip;q=0", False),
            ("gzip; q=0.000, br", False),
            ("x-gzip, gzipped", False),
            ("*", False),
        ),
        *(("br, gzip", True), ("gzip;q=0.5", True), ("GZIP", True), ("gzip;q=1.0, *;q=0", True)),
    ],
)
def test_gzip_is_for_who_takes_it_whoever_came_before(ask, accepted, is_packed):
    for accept_encoding in (accepted, "gzip", accepted, ""):
        answer = ask("/regions/", accept_encoding=accept_encoding)
        expected = is_packed if accept_encoding == accepted else accept_encoding == "gzip"
        assert (("Content-Encoding", "gzip") in answer[1]) == expected, accept_encoding
    assert not ask("/regions/", accept_encoding=accepted)[3]


@pytest.mark.once
@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        *(("br", "br"), ("gzip, deflate, br, zstd", "br"), ("gzip;q=0.5, BR;q=0.9", "br"), ("br;q=1.0, *;q=0", "br")),
        *(
            ("gzip, br;q=0.5", "gzip"),
            ("gzip, br;q=0", "gzip"),
            ("xbr, gzip;q=0.1", "gzip"),
            ("br;q=2.5.1, brx", None),
        ),
    ],
)
def test_brotli_is_for_who_wants_it_most_where_it_is_installed(ask, monkeypatch, accepted, encoding):
    stand_in = SimpleNamespace(compress=lambda content, quality: b"br" + gzip.compress(content))
    for module in (http, middleware):
        monkeypatch.setattr(module, "brotli", stand_in)
    plain, whole = ask("/regions/"), gzip.decompress(ask("/regions/", accept_encoding="gzip")[2])

    for _ in range(2):
        status, headers, body, is_drawn = ask("/regions/", accept_encoding=accepted)
        headers = dict(headers)
        assert (status, headers.get("Content-Encoding"), headers["Vary"]) == (200, encoding, "Accept-Encoding")
        assert headers["Content-Length"] == str(len(body))
        assert (gzip.decompress(body.removeprefix(b"br")) if encoding else body) == whole == plain[2]
        assert headers["ETag"] == ("W/" if encoding else "") + dict(plain[1])["ETag"]
    assert not is_drawn
    assert ask("/regions/", accept_encoding=accepted, if_none_match=headers["ETag"])[0] == 304
    private = dict(ask("/accounts/login/", accept_encoding=accepted)[1])
    assert private.get("Content-Encoding") == ("gzip" if "gzip" in accepted else None)


def test_what_is_sent_as_it_is_read_is_left_to_gzip(rf, monkeypatch):
    for module in (http, middleware):
        monkeypatch.setattr(module, "brotli", SimpleNamespace())
    answer = middleware.CompressionMiddleware(lambda request: StreamingHttpResponse([b"a"], headers=headers))
    headers = {"Cache-Control": "public"}

    assert answer(rf.get("/", headers={"accept-encoding": "gzip, br"})).headers["Content-Encoding"] == "gzip"
    assert not answer(rf.get("/", headers={"accept-encoding": "br"})).has_header("Content-Encoding")


@pytest.mark.once
def test_without_the_library_nobody_gets_brotli(ask, monkeypatch):
    monkeypatch.setattr(http, "brotli", None)

    found = [dict(ask("/regions/", accept_encoding=name)[1]) for name in ("br", "br, gzip;q=0.1")]
    assert [headers.get("Content-Encoding") for headers in found] == [None, "gzip"]


def test_page_of_one_origin_encoding_or_query_is_nobody_elses(ask):
    ask("/regions/")

    assert ask("/regions/", host="other")[3]
    assert ask("/regions/", accept_encoding="br, gzip")[3]
    assert ask("/regions/", query="q=水")[3]
    assert b"http://other/" in ask("/regions/", host="other")[2]
    assert gzip.decompress(ask("/regions/", accept_encoding="gzip")[2]).startswith(b"<!DOCTYPE")
    assert not ask("/regions/")[3]


@pytest.mark.parametrize("path", ["/api/v1/regions/", "/api/v1/schema/"])
def test_data_is_kept_for_who_accepts_the_same(ask, path):
    kinds = ("application/json", "application/vnd.oai.openapi+json", "text/html", "")
    fresh = {kind: ask(path, accept=kind, cookie="a=b")[:3] for kind in kinds}

    for _ in range(2):
        assert {kind: ask(path, accept=kind)[:3] for kind in kinds} == fresh
    assert not ask(path, accept=kinds[0])[3]
    assert fresh["text/html"][0] == 406
    assert [ask(path)[0], ask(path, accept="")[0], ask(path)[0]] == [
        200,
        406,
        200,
    ]  # none is another than an empty one


@pytest.mark.parametrize(("path", "most"), [("/api/v1/regions/", 2), ("/regions/beijing-huairou.json", 2), ("/", 9)])
def test_kept_answer_of_the_api_counts_toward_the_limit(ask, monkeypatch, settings, tmp_path, path, most):
    settings.API_RATE, settings.DATA_DIR = "2/minute", tmp_path
    ask(path)
    [page] = rsgi._pages.pages
    monkeypatch.setattr(rsgi._pages, "key", lambda scope: page)  # the database isn't asked in a test's loop

    def come(client):
        scope = SimpleNamespace(method="GET", path=path, query_string="", headers=Headers(host="localhost"))
        scope.server, scope.client, scope.http_version = "127.0.0.1:80", f"{client}:1", "1.1"
        return asyncio.run(rsgi._kept(scope))

    with ThreadPoolExecutor(1) as thread:
        answers = [thread.submit(come, "203.0.113.5").result() for _ in range(5)]
        others = [thread.submit(come, client).result() for client in ("203.0.113.6", *["127.0.0.1"] * 3)]

    assert [kept is not None for _, kept in answers] == [number < most for number in range(5)]
    assert answers[-1] == (None, None) or most == 9  # Django's, as of any page that isn't kept
    assert all(kept for _, kept in others)
    assert not rsgi._drawn


def test_host_after_one_that_is_no_text_is_told_apart_too(ask, monkeypatch):
    """Of two values, the first of which is no text, granian tells `get` nothing, `get_all` and `items` the second."""
    monkeypatch.setattr(Headers, "get", lambda headers, name: None if name == "host" else dict.get(headers, name))
    ask("/regions/")

    assert ask("/regions/", host="evil.example")[0] == 400


def test_proxy_tells_origins_apart(ask, settings):
    settings.BEHIND_PROXY = True
    ask("/regions/", x_forwarded_proto="http")

    assert ask("/regions/", x_forwarded_proto="https")[3]
    assert not ask("/regions/", x_forwarded_proto="https")[3]


def test_page_of_yesterday_is_drawn_anew(ask, monkeypatch):
    monkeypatch.setattr(page_cache.time, "time", lambda: 1_795_795_199.0)  # 2026-11-27 23:59:59 in Shanghai
    ask("/")
    assert not ask("/")[3]

    monkeypatch.setattr(page_cache.time, "time", lambda: 1_795_795_200.0)
    assert ask("/")[3]


@pytest.mark.once
def test_memory_is_bounded_and_the_oldest_goes_first(ask, monkeypatch):
    ask("/regions/")
    ask("/topics/")
    ask("/regions/")  # asked for again: not the oldest
    monkeypatch.setattr(page_cache, "BYTES", rsgi._pages.bytes + 4000)
    ask("/changes/")

    assert ask("/topics/")[3]
    assert sum(len(answer[2]) for answer in rsgi._pages.pages.values()) < rsgi._pages.bytes <= page_cache.BYTES
    monkeypatch.setattr(page_cache, "LONGEST", 100)
    ask("/about/")
    assert ask("/about/")[3]


def test_long_addresses_of_small_pages_are_counted(ask):
    for number in range(3):
        ask("/regions/", query=f"q={'%E6%B0%B4' * 300}{number}", accept_encoding="gzip")

    bodies = sum(len(answer[2]) for answer in rsgi._pages.pages.values())
    assert rsgi._pages.bytes - bodies > len(rsgi._pages.pages) * 2700


def test_database_that_is_away_is_djangos_to_tell(ask):
    def fail(statement):
        raise connection.Database.OperationalError("server closed the connection")

    ask("/regions/")
    rsgi._pages.line.execute = fail

    assert ask("/regions/")[3]
    assert rsgi._pages.line is None


def test_where_no_connection_is_left_for_asking_the_version_pages_are_drawn(monkeypatch):
    def refuse():
        raise OperationalError("sorry, too many clients already")

    copy = SimpleNamespace(ensure_connection=refuse, vendor="sqlite")
    monkeypatch.setattr(page_cache, "connection", SimpleNamespace(connection=object(), copy=lambda: copy))
    pages = PageCache()

    pages.connect()

    assert pages.line is None


@pytest.mark.parametrize(
    ("patience", "seconds"), [({"patience": page_cache.PATIENCE}, 1), ({}, rsgi.DATABASE_SECONDS)]
)
def test_who_asks_for_the_version_waits_less_for_a_silent_database(monkeypatch, patience, seconds):
    waited = []

    class Own:
        def wait(self, gen, interval, timeout):
            waited.append(timeout)

    monkeypatch.setitem(sys.modules, "psycopg", SimpleNamespace(Error=OSError))
    own = Own()

    rsgi.wait_no_longer(None, SimpleNamespace(vendor="postgresql", connection=own, **patience))
    own.wait(None)

    assert waited == [seconds]


def test_hits_have_a_line_in_the_log_that_says_how_many(ask, caplog, monkeypatch):
    async def count(path, times):
        for _ in range(times):
            rsgi._pages.count("GET", path, 200)

    caplog.set_level(logging.INFO, "pilots.requests")
    later = []
    monkeypatch.setattr(
        page_cache, "get_running_loop", lambda: SimpleNamespace(call_later=lambda *call: later.append(call))
    )
    with ThreadPoolExecutor(1) as thread:  # a browser of a test before may have left its loop running in this one
        thread.submit(asyncio.run, count("/regions/", 3)).result()
        thread.submit(asyncio.run, count("/topics/\n", 1)).result()

    assert caplog.messages == []
    [(seconds, tell)] = later  # one line a second and address, however many ask
    assert seconds == 1
    tell()
    assert caplog.messages == ["GET /regions/ 200 kept ×3", "GET /topics/%0A 200 kept"]
    tell()
    assert len(caplog.messages) == 2


def test_kept_answer_is_counted_and_a_worker_that_ends_tells(ask, caplog, monkeypatch):
    caplog.set_level(logging.INFO, "pilots.requests")
    ask("/regions/", query="q=secret")
    caplog.clear()
    sent, [page] = [], rsgi._pages.pages
    monkeypatch.setattr(rsgi._pages, "key", lambda scope: page)  # the database isn't asked in a test's loop

    async def asked_again():
        scope = SimpleNamespace(
            method="HEAD", path="/regions/", query_string="q=secret", headers=Headers(host="localhost")
        )
        scope.server = "127.0.0.1:80"
        await rsgi.application(scope, SimpleNamespace(response_bytes=lambda *answer: sent.append(answer)))
        rsgi.application.__rsgi_del__(None)

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, asked_again()).result()

    assert sent[0][0] == 200
    assert caplog.messages == ["HEAD /regions/ 200 kept"]


def test_switched_off_nothing_is_kept(ask, settings):
    settings.PAGE_CACHE = False

    assert [ask("/regions/")[3] for _ in range(2)] == [True, True]


@pytest.mark.once
@profile(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_edits_and_reads_in_any_order_show_what_a_fresh_process_shows(ask, data):
    slugs = ("beijing-huairou", "liaoning-benxi")
    for _ in range(8):
        step = data.draw(st.sampled_from(("read", "read", "remark", "withdraw", "restore")))
        path = data.draw(st.sampled_from((*PATHS, *DATA, "/regions/liaoning-benxi/", "/api/v1/changes/")))
        if step == "read":
            answer = answered(path)
            assert answer[:1] + answer[2:3] == answered(path, cookie="a=b")[:1] + answered(path, cookie="a=b")[2:3]
            continue
        with editing(actor=None, reason="核对后改动"):
            area = Region.all_objects.get(slug=data.draw(st.sampled_from(slugs)))
            if step == "remark":
                area.remark, area.remark_source = data.draw(st.sampled_from("甲乙丙")) * 6, "国函〔2015〕119号"
            else:
                area.withdrawn_on = "2026-11-20" if step == "withdraw" else None
                area.withdrawn_reason = "重复登记" if step == "withdraw" else ""
            area.save()


def test_of_several_who_want_a_page_one_draws_it(monkeypatch):
    drawn = []

    async def run():
        page = ("page",)
        monkeypatch.setattr(rsgi._pages, "key", lambda scope: page)
        monkeypatch.setattr(rsgi._pages, "find", lambda page, scope: (200, [], b"") if drawn else None)
        scope = SimpleNamespace(path="/", query_string="", headers=Headers(host="a"), method="GET")
        first = await rsgi._kept(scope)
        others = [asyncio.ensure_future(rsgi._kept(scope)) for _ in range(3)]
        await asyncio.sleep(0)
        assert not any(other.done() for other in others)
        drawn.append(1)
        rsgi._end_drawing(page)
        return first, [await other for other in others]

    with ThreadPoolExecutor(1) as thread:
        first, others = thread.submit(asyncio.run, run()).result()

    assert first == (("page",), None)
    assert [kept for _, kept in others] == [(200, [], b"")] * 3
    assert rsgi._drawn == {}


def test_version_is_asked_once_for_all_that_had_come_before(ask, monkeypatch):
    asked, pages = [], rsgi._pages
    pages.line.execute = lambda statement: asked.append(1) or SimpleNamespace(fetchone=lambda: (len(asked), "x"))
    monkeypatch.setattr(page_cache, "get_running_loop", asyncio.get_running_loop)

    async def come():
        scope = SimpleNamespace(method="GET", path="/", query_string="", headers=Headers(host="localhost"))
        loop, versions = asyncio.get_running_loop(), []
        for _ in range(3):  # together
            loop.call_soon(lambda: versions.append(pages.key(scope)[0][0]))
        await asyncio.sleep(0)
        loop.call_soon(lambda: versions.append(pages.key(scope)[0][0]))  # later
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return versions

    assert asyncio.run(come()) == [1, 1, 1, 2]


@pytest.mark.once
def test_heads_of_strangers_take_no_more_memory_than_a_bound(ask, monkeypatch):
    monkeypatch.setattr(page_cache, "HEADS", 3)
    for n in range(9):
        ask("/topics/", accept=str(n))
        ask("/topics/", accept=str(n) * page_cache.HEAD_BYTES)

    assert len(rsgi._pages.heads) <= 3
    assert all(len(str(head)) < page_cache.HEAD_BYTES for head in rsgi._pages.heads)
