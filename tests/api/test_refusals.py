"""What the API refuses, and how it says so (RFC 9457); who may read it from where, and how often."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from django.core.cache import caches
from django.core.cache.backends.locmem import LocMemCache
from django.test import Client, RequestFactory
from rest_framework.request import Request

from pilots.api.throttling import AddressThrottle, subscriber
from pilots.http import errors

from .answers import API, BESIDE, EVERYTHING, RECORDS

pytestmark = [pytest.mark.django_db, pytest.mark.once]
REGIONS = f"{API}regions/"


def problem(response, status):
    """Return the problem that a refusal says, once it is sure that it is one."""
    found = response.json()
    assert response.headers["Content-Type"] == "application/problem+json"
    assert (response.status_code, found["status"]) == (status, status)
    assert found["type"] == f"/api/#problem-{status}"
    assert found["title"]
    assert found["detail"]
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    return found


def test_every_bad_parameter_and_value_is_named(client):
    response = client.get(
        f"{REGIONS}?province=mars&province=beijing&province=venus&topic=x&utm_source=a&page_size=101"
    )

    named = [(each["parameter"], each["value"]) for each in problem(response, 400)["errors"]]

    assert named == [
        ("utm_source", "a"),
        ("province", "mars"),
        ("province", "venus"),
        ("topic", "x"),
        ("page_size", "101"),
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("page", "0"),
        ("page", "-1"),
        ("page", "abc"),
        ("page", "٣"),
        ("page", "1.5"),
        ("page_size", "0"),
        ("page_size", "1000"),
        ("page_size", "1e1"),
        ("q", "水" * 201),
        ("sort", "nonsense"),
        ("province", "beijing,hebei"),
        ("province[]", "beijing"),
        ("fields", "slug,secret"),
        ("modified_since", "昨天"),
        ("modified_since", "2026-02-30"),
        ("modified_since", "2026-11-23T00:00:00"),
        ("modified_since", "2026-11-23T00:00:00 08:00"),
        ("format", "api"),
        ("", "x"),
    ],
)
def test_bad_value_is_refused_by_name(client, name, value):
    [error] = problem(client.get(REGIONS, {name: value}), 400)["errors"]

    assert error["parameter"] == name
    assert error["value"] in (value, f"{value[:100]}…")


def test_value_that_may_be_given_once_is_refused_twice(client):
    assert len(problem(client.get(f"{REGIONS}?sort=serial&sort=province"), 400)["errors"]) == 2
    assert client.get(f"{REGIONS}?sort=serial&sort=serial").status_code == 200


def test_empty_value_is_none(client):
    assert client.get(f"{REGIONS}?province=&q=&page=&fields=&modified_since=").json()["count"] == 45


def test_relevance_without_a_keyword_is_the_usual_order(client):
    assert client.get(f"{REGIONS}?sort=relevance&fields=serial").json()["results"][0] == {"serial": 1}


@pytest.mark.parametrize("page", ["2", "1000000000", "9" * 3000])
def test_page_beyond_the_end_is_missing_and_says_how_many_there_are(client, page):
    assert "只有1页" in problem(client.get(REGIONS, {"page": page}), 404)["detail"]


@pytest.mark.parametrize("path", EVERYTHING)
def test_every_address_refuses_what_it_does_not_know(client, path):
    problem(client.get(path.partition("?")[0], {"utm_source": "x"}), 400)


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/nope/",
        "/api/v2/regions/",
        f"{REGIONS}nope/",
        f"{REGIONS}%00/",
        f"{API}priorities/beijing-huairou/{'9' * 30}/",
        "/regions/nope.json",
        "/notices/x/y.json",
    ],
)
def test_missing_is_a_problem(client, path):
    problem(client.get(path), 404)


def test_wrong_case_or_slash_is_mended_in_one_301(client):
    response = client.get("/API/v1/regions?q=a%20b")

    assert (response.status_code, response.headers["Location"]) == (301, "/api/v1/regions/?q=a%20b")


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "trace"])
@pytest.mark.parametrize("path", [API, REGIONS, *list(RECORDS)[:1], *BESIDE.values(), f"{API}schema/"])
def test_other_methods_are_405(path, method):
    response = getattr(Client(enforce_csrf_checks=True), method)(path)

    problem(response, 405)
    assert response.headers["Allow"] == "GET, HEAD, OPTIONS"


def test_other_format_is_406_and_a_browser_gets_json(client):
    assert "application/json" in problem(client.get(REGIONS, headers={"Accept": "application/xml"}), 406)["detail"]
    browser = client.get(REGIONS, headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert browser.headers["Content-Type"] == "application/json"


def test_defect_is_a_problem_that_tells_nothing(monkeypatch):
    monkeypatch.setattr("pilots.api.viewsets.RegionFilter", None)

    response = Client(raise_request_exception=False).get(REGIONS)

    assert "NoneType" not in str(problem(response, 500))


def test_refusal_before_any_view_is_a_problem_too():
    request = RequestFactory().get(REGIONS)

    for refuse, status in ((errors.bad_request, 400), (errors.server_error, 500), (errors.too_many, 429)):
        assert refuse(request).headers["Content-Type"] == "application/problem+json"
        assert refuse(request).status_code == status


def test_host_that_is_not_ours_is_a_problem(client):
    problem(client.get(REGIONS, headers={"Host": "evil.example"}), 400)


def test_too_many_parameters_are_a_problem(client, settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 10

    problem(client.get(REGIONS + "?" + "&".join(["province=beijing"] * 11)), 400)


# Reading again, and from elsewhere.


@pytest.mark.parametrize("path", [*EVERYTHING, *BESIDE.values(), f"{API}schema/", f"{API}schema.yaml"])
def test_unchanged_answer_is_304_for_anybody_and_sets_no_cookie(client, path):
    first = client.get(path)

    second = client.get(path, headers={"If-None-Match": first.headers["ETag"], "Origin": "https://example.org"})

    assert (second.status_code, second.content) == (304, b"")
    for response in (first, second):
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert "origin" not in response.headers.get("Vary", "").lower()
        assert "cookie" not in response.headers.get("Vary", "").lower()
        assert not response.cookies
    assert first.headers["Cache-Control"] == "public, max-age=0, s-maxage=1, stale-while-revalidate=1"


def test_equal_questions_have_equal_answers(client):
    one, other = (
        client.get(f"{REGIONS}?{query}").headers["ETag"]
        for query in ("province=beijing&province=hebei&page_size=1&q=", "page_size=1&province=hebei&province=beijing")
    )

    assert one == other


@pytest.mark.parametrize("path", EVERYTHING)
def test_head_has_the_headers_of_get_and_no_body(client, path):
    got, head = client.get(path), client.head(path)

    assert (dict(head.headers), head.content) == (dict(got.headers), b"")


def test_script_of_another_site_may_ask_with_an_etag(client):
    asked = {"Origin": "https://example.org", "Access-Control-Request-Method": "GET"}
    response = client.options(REGIONS, headers=asked | {"Access-Control-Request-Headers": "if-none-match"})

    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "If-None-Match" in response.headers["Access-Control-Allow-Headers"]
    assert "GET" in response.headers["Access-Control-Allow-Methods"]
    assert "ETag" in client.get(REGIONS).headers["Access-Control-Expose-Headers"]


def test_pages_are_not_shared_with_scripts(client):
    for path in ("/regions/", "/admin/x.json", "/accounts/login/"):
        assert "Access-Control-Allow-Origin" not in client.get(path).headers


# How often.


@pytest.fixture
def two_a_minute(settings, tmp_path):
    settings.API_RATE, settings.DATA_DIR = "2/minute", tmp_path
    caches["api"].clear()
    yield
    caches["api"].clear()


@pytest.mark.parametrize("path", [REGIONS, "/regions/beijing-huairou.json", API, f"{API}schema/"])
def test_address_that_asks_too_often_is_told_when_to_come_back(client, two_a_minute, path):
    answers = [client.get(path, REMOTE_ADDR="203.0.113.5") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert "秒后再试" in problem(answers[2], 429)["detail"]
    assert 1 <= int(answers[2].headers["Retry-After"]) <= 60
    assert client.get(path, REMOTE_ADDR="203.0.113.6").status_code == 200


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
def test_this_machine_is_not_counted(client, two_a_minute, address):
    assert {client.get(REGIONS, REMOTE_ADDR=address).status_code for _ in range(4)} == {200}


def test_proxy_on_this_machine_that_nobody_spoke_of_is_counted(client, two_a_minute):
    answers = [client.get(REGIONS, headers={"X-Forwarded-For": f"198.51.100.{n}"}) for n in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]


def test_limit_holds_where_nothing_can_be_written(client, two_a_minute, settings, tmp_path):
    settings.DATA_DIR = tmp_path / "gone"

    for who in ({"REMOTE_ADDR": "203.0.113.5"}, {"headers": {"X-Forwarded-For": "198.51.100.1"}}):
        answers = [client.get(REGIONS, **who) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]


def test_processes_count_together(tmp_path):
    """Four of them, each a hundred times: no request is counted twice or not at all."""
    script = (
        "import sys; from django.conf import settings; settings.configure(DATA_DIR=sys.argv[1]);"
        "from pilots.api.counting import count; print(*[count('a', 5.0, 60.0)[0] for _ in range(100)])"
    )
    runs = [
        subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]

    counted = [int(number) for run in runs for number in run.communicate()[0].split()]

    assert sorted(counted) == list(range(1, 401))


class SlowCache(LocMemCache):
    """A cache that others share, which answers as late as one over a network may."""

    def get(self, *args, **kwargs):
        value = super().get(*args, **kwargs)
        time.sleep(0.05)
        return value


def test_cache_that_machines_share_counts_each_request(two_a_minute, settings):
    slow = {"BACKEND": f"{__name__}.SlowCache", "LOCATION": "slow"}
    settings.CACHES = settings.CACHES | {"api": slow}
    request = Request(RequestFactory().get(REGIONS, REMOTE_ADDR="203.0.113.5"))

    with ThreadPoolExecutor(8) as crowd:
        allowed = list(crowd.map(lambda _: AddressThrottle().allow_request(request, None), range(8)))

    assert allowed.count(True) == 2


def test_no_limit_where_none_is_set(client, two_a_minute, settings):
    settings.API_RATE = ""

    assert {client.get(REGIONS, REMOTE_ADDR="203.0.113.5").status_code for _ in range(4)} == {200}


def test_header_that_anybody_can_write_is_no_way_around_the_limit(client, two_a_minute):
    answers = [
        client.get(REGIONS, REMOTE_ADDR="203.0.113.5", headers={"X-Forwarded-For": f"198.51.100.{n}"})
        for n in range(3)
    ]

    assert answers[2].status_code == 429


def test_behind_a_proxy_the_address_is_the_one_that_the_proxy_saw(client, two_a_minute, settings):
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {"NUM_PROXIES": 1}
    answers = [client.get(REGIONS, headers={"X-Forwarded-For": f"198.51.100.{n}, 203.0.113.7"}) for n in range(3)]

    assert answers[2].status_code == 429


def test_subscriber_is_an_address_or_the_network_of_one():
    assert subscriber("2001:db8:1:2:3::4") == subscriber("2001:db8:1:2:ffff::1") == "2001:db8:1:2::"
    assert subscriber("::ffff:203.0.113.5") == subscriber("203.0.113.5") == "203.0.113.5"
    assert subscriber("nonsense") == subscriber("") == "unknown"


@pytest.mark.parametrize(
    "path", ["/regions.csv", "/regions.xlsx", "/changes.atom", "/duties.ics", "/data/provinces.csv"]
)
def test_scripts_of_any_site_may_read_files_and_feeds(client, path):
    assert client.get(path).headers["Access-Control-Allow-Origin"] == "*"
    assert client.options(path).status_code == 204


@pytest.mark.parametrize("path", ["/", "/regions/", "/admin/pilots/region/export.csv", "/accounts/login/"])
def test_scripts_of_other_sites_read_nothing_else(admin_client, path):
    with closing(admin_client.get(path)) as answer:
        assert "Access-Control-Allow-Origin" not in answer.headers
