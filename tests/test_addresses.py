"""One address for each thing, and what happens beside it (behaviours 23–27, 34)."""

import logging

import pytest
from django.test import Client
from django.urls import reverse
from selectolax.lexbor import LexborHTMLParser

from pilots.models import FormerAddress

pytestmark = [pytest.mark.django_db, pytest.mark.once]
ADDRESSES = {
    "home": "/",
    "notice": "/notices/fagai-huanzi-2015-3214/",
    "region": "/regions/beijing-huairou/",
    "province": "/provinces/liaoning/",
    "topic": "/topics/natural-resource-balance-sheets/",
    "system": "/systems/other/",
    "ministry": "/ministries/mep/",
    "list": "/regions/",
    "about": "/about/",
    "english": "/en/",
    "data": "/data/",
    "feed": "/changes.atom",
    "region-feed": "/regions/beijing-huairou/changes.atom",
    "calendar": "/duties.ics",
    "page-map": "/sitemap.xml",
    "robots": "/robots.txt",
    "opensearch": "/opensearch.xml",
    "api": "/api/",
}


@pytest.mark.parametrize("path", ADDRESSES.values())
def test_address_answers(client, path):
    response = client.get(path)

    assert response.status_code == 200
    assert response.charset == "utf-8"


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/regions", "/regions/"),
        ("/Regions/Beijing-Huairou", "/regions/beijing-huairou/"),
        ("/regions/BEIJING-huairou/?q=a%20b&q=c", "/regions/beijing-huairou/?q=a%20b&q=c"),
        ("/ABOUT/", "/about/"),
        ("/regions/beijing-huairou///", "/regions/beijing-huairou/"),
        ("/admin", "/admin/"),
        ("/regions/Beijing-Huairou.JSON?fields=name", "/regions/beijing-huairou.json?fields=name"),
        ("/regions/beijing-huairou.json/", "/regions/beijing-huairou.json"),
        ("/Regions.csv", "/regions.csv"),
        ("/api/v1/regions", "/api/v1/regions/"),
        ("/api/v1/regions/Beijing-Huairou/", "/api/v1/regions/beijing-huairou/"),
    ],
)
def test_wrong_case_or_slash_is_mended_in_one_301(client, path, target):
    response = client.get(path)

    assert (response.status_code, response.headers["Location"]) == (301, target)


def test_old_slug_leads_on_in_one_301_whatever_its_case(client):
    FormerAddress.objects.create(path="/regions/huairou/", new_path="/regions/beijing-huairou/", reason="统一地址")

    for path in ("/regions/huairou/", "/Regions/HuaiRou"):
        response = client.get(f"{path}?x=1")
        assert (response.status_code, response.headers["Location"]) == (301, "/regions/beijing-huairou/?x=1")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/regions/huairou.json", "/regions/beijing-huairou.json"),
        ("/regions/huairou.png", "/regions/beijing-huairou.png"),
        ("/regions/huairou/changes.atom", "/regions/beijing-huairou/changes.atom"),
        ("/api/v1/regions/huairou/", "/api/v1/regions/beijing-huairou/"),
        ("/api/v1/priorities/huairou/1/", "/api/v1/priorities/beijing-huairou/1/"),
        ("/notices/3214.json", "/notices/fagai-huanzi-2015-3214.json"),
        ("/notices/3214/duty-1.json", "/notices/fagai-huanzi-2015-3214/duty-1.json"),
        ("/api/v1/sections/3214/duty-1/", "/api/v1/sections/fagai-huanzi-2015-3214/duty-1/"),
        ("/provinces/jing/duties.ics", "/provinces/beijing/duties.ics"),
    ],
)
def test_every_form_of_a_thing_moves_with_it_in_one_301(client, old, new):
    for path, new_path in (
        ("/regions/huairou/", "/regions/beijing-huairou/"),
        ("/notices/3214/", "/notices/fagai-huanzi-2015-3214/"),
        ("/provinces/jing/", "/provinces/beijing/"),
    ):
        FormerAddress.objects.create(path=path, new_path=new_path, reason="统一地址")

    response = client.get(old)

    assert (response.status_code, response.headers["Location"]) == (301, new)
    assert client.get(new).status_code == 200


def test_nearest_thing_that_moved_decides(client):
    FormerAddress.objects.create(path="/regions/huairou/", new_path="/regions/beijing-huairou/", reason="统一地址")
    FormerAddress.objects.create(path="/regions/huairou/x/", new_path="/regions/", reason="并入")

    assert client.get("/regions/huairou/x/").headers["Location"] == "/regions/"


def test_list_that_moved_takes_nothing_below_with_it(client):
    FormerAddress.objects.create(path="/areas/", new_path="/regions/", reason="统一地址")

    assert client.get("/areas/").headers["Location"] == "/regions/"
    assert client.get("/areas/beijing-huairou/").status_code == 404


def test_a_form_that_nothing_has_is_404_where_the_thing_moved_too(client):
    FormerAddress.objects.create(path="/regions/huairou/", new_path="/regions/beijing-huairou/", reason="统一地址")

    for path in ("/regions/huairou.csv", "/regions/huairou/x/", "/regions/huairou/duties.ics"):
        assert client.get(path).status_code == 404


def test_every_form_of_what_was_withdrawn_says_gone(client):
    FormerAddress.objects.create(path="/regions/gone/", reason="该地区已撤下")

    for path in ("/regions/gone.json", "/api/v1/regions/gone/", "/api/v1/priorities/gone/1/"):
        response = client.get(path)
        assert (response.status_code, response.headers["Content-Type"]) == (410, "application/problem+json")
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert "该地区已撤下" in response.json()["detail"]


def test_thing_that_moved_twice_is_reached_in_one_301(client):
    FormerAddress.objects.create(path="/regions/a/", new_path="/regions/b/", reason="改")
    FormerAddress.objects.create(path="/regions/b/", new_path="/regions/beijing-huairou/", reason="再改")

    assert client.get("/regions/a/").headers["Location"] == "/regions/beijing-huairou/"


def test_thing_that_moved_and_was_withdrawn_is_410(client):
    FormerAddress.objects.create(path="/regions/a/", new_path="/regions/b/", reason="改")
    FormerAddress.objects.create(path="/regions/b/", reason="撤下")

    assert client.get("/regions/a/").status_code == 410


def test_addresses_in_a_circle_are_404(client):
    FormerAddress.objects.create(path="/x/", new_path="/y/", reason="改")
    FormerAddress.objects.create(path="/y/", new_path="/x/", reason="改")

    assert client.get("/x/").status_code == 404


def test_withdrawn_is_410_with_the_reason(client):
    FormerAddress.objects.create(path="/regions/gone/", reason="该地区已撤下")

    response = client.get("/regions/gone/")

    assert response.status_code == 410
    assert "该地区已撤下" in response.text
    assert client.get("/Regions/Gone").status_code == 410


@pytest.mark.parametrize(
    "path",
    [
        "/nope/",
        "/regions/nope/",
        "/regions/%00/",
        "/regions/怀柔/",
        "/.//evil.example/",
        "/a" * 3000,
        "/regions/x/y/",
    ],
)
def test_missing_is_404_in_chinese_with_a_search_box(client, path):
    response = client.get(path)

    assert response.status_code == 404
    assert "没有找到这个页面" in response.text
    assert 'name="q"' in response.text


@pytest.mark.parametrize("page", ["0", "-1", "abc", "1000000000", "٣", "", "9" * 5000, "1.5"])
def test_any_page_number_answers_with_a_valid_page(client, page):
    response = client.get("/regions/", {"page": page})

    assert response.status_code == 200
    assert len(response.context["list"]) == 45


@pytest.mark.parametrize("path", ADDRESSES.values())
def test_head_has_the_headers_of_get_and_no_body(client, path):
    got, head = client.get(path), client.head(path)

    assert dict(head.headers) == dict(got.headers)
    assert head.content == b""
    assert "ETag" in head.headers


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
@pytest.mark.parametrize("path", ADDRESSES.values())
def test_other_methods_are_405_before_csrf(path, method):
    response = getattr(Client(enforce_csrf_checks=True), method)(path)

    assert response.status_code == 405
    assert response.headers["Allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize("path", ADDRESSES.values())
def test_reading_page_sets_no_cookie_and_does_not_vary_by_it(client, path):
    response = client.get(path)

    assert not response.cookies
    assert "cookie" not in response.headers.get("Vary", "").lower()
    assert response.headers["Cache-Control"] == "public, max-age=0, s-maxage=1, stale-while-revalidate=1"


@pytest.mark.parametrize("path", ["/admin/", "/admin/login/", "/admin/pilots/region/", "/admin/jsi18n/"])
def test_admin_is_never_stored(admin_client, path):
    assert "no-store" in admin_client.get(path).headers["Cache-Control"]


def test_unchanged_page_is_304_without_a_body_unless_browsers_are_told_another_hsts(client, settings):
    etag = client.get("/about/").headers["ETag"]

    response = client.get("/about/", headers={"If-None-Match": etag})
    settings.SECURE_HSTS_SECONDS = 3600
    other = client.get("/about/", headers={"If-None-Match": etag})

    assert response.status_code == 304
    assert response.content == b""
    assert other.status_code == 200  # a shared cache would have kept the header, too
    assert client.get("/about/", headers={"If-None-Match": other.headers["ETag"]}).status_code == 304


@pytest.mark.parametrize(
    ("path", "canonical"),
    [
        (
            "/regions/?province=hebei&province=beijing&utm_source=x&page=1",
            "/regions/?province=beijing&province=hebei",
        ),
        ("/regions/beijing-huairou/?from=timeline", "/regions/beijing-huairou/"),
        ("/notices/fagai-huanzi-2015-3214/?text=raw", "/notices/fagai-huanzi-2015-3214/"),
        ("/", "/"),
    ],
)
def test_canonical_is_the_cleaned_address(client, path, canonical):
    assert client.get(path).context["canonical"] == f"http://testserver{canonical}"


@pytest.mark.parametrize(
    ("path", "is_indexed"),
    [
        ("/regions/", True),
        ("/regions/?q=水", False),
        ("/regions/?province=hebei", False),
        ("/regions/?province=mars", False),
        ("/regions/beijing-huairou/", True),
        ("/notices/fagai-huanzi-2015-3214/", True),
        ("/notices/fagai-huanzi-2015-3214/?text=raw", False),
    ],
)
def test_searched_pages_are_not_indexed_and_things_are(client, path, is_indexed):
    assert ('content="noindex, follow"' not in client.get(path).text) is is_indexed


def test_routes_are_named_after_what_they_lead_to():
    assert reverse("pilots:region-detail", args=["beijing-huairou"]) == ADDRESSES["region"]


def test_request_is_logged_in_one_line_without_query_or_address(client, caplog):
    with caplog.at_level(logging.INFO, logger="pilots.requests"):
        client.get("/regions/?q=张三", headers={"X-Forwarded-For": "10.9.8.7"})

    [line] = [record.getMessage() for record in caplog.records if record.name == "pilots.requests"]
    assert line.startswith("GET /regions/ 200 ")
    assert line.endswith("ms")


def test_log_line_can_not_be_forged(client, caplog):
    with caplog.at_level(logging.INFO, logger="pilots.requests"):
        client.get("/x%0aINFO%20forged/")

    assert all("\n" not in record.getMessage() for record in caplog.records)


def guessed(client, path):
    response = client.get(path)
    assert response.status_code == 404
    return {node.attributes["href"]: node.text() for node in LexborHTMLParser(response.text).css("main li a")}


@pytest.mark.parametrize(
    ("path", "first"),
    [
        ("/regions/benxi/", ("/regions/liaoning-benxi/", "本溪满族自治县")),
        ("/benxi", ("/regions/liaoning-benxi/", "本溪满族自治县")),
        ("/regions/本溪市/", ("/regions/liaoning-benxi/", "本溪满族自治县")),
        ("/region/liaoning-benxi/cite/", ("/regions/liaoning-benxi/", "本溪满族自治县")),
        ("/regions/qinhuangdo/", ("/regions/hebei-qinhuangdao/", "秦皇岛市")),
        ("/regions/jingjinji/", ("/regions/jing-jin-ji/", "京津冀协同共建地区")),
        ("/regions/beijing/", ("/regions/beijing-huairou/", "怀柔区")),
        ("/province/beijing", ("/provinces/beijing/", "北京")),
        ("/topic/wetlands", ("/regions/?q=%E6%B9%BF%E5%9C%B0", "检索“湿地”")),
        ("/topic/ecological-red-line", ("/topics/ecological-red-lines/", "生态红线")),
        ("/ministry/mof/", ("/ministries/mof/", "财政部")),
        ("/notices/3214/", (ADDRESSES["notice"], "第二批通知全文")),
        ("/follow-up/", ("/after/", "通知之后")),
        ("/后来怎样/", ("/after/", "通知之后")),
        ("/regions/anji/", ("/regions/?q=%E5%AE%89%E5%90%89", "检索“安吉”")),
    ],
)
def test_missing_address_names_the_pages_that_it_may_have_meant(client, path, first):
    found = guessed(client, path)

    assert next(iter(found.items())) == first
    assert len(found) <= 5
    for address in found:
        assert client.get(address).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/nope/",
        "/regions/xyzzy/",
        "/and/",
        "/a/",
        "/1/",
        "/wp-login.php",
        "/regions/%00/",
        "/" + "benxi" * 90,
        "/.//x/",
    ],
)
def test_nonsense_in_an_address_is_no_guess(client, path):
    assert guessed(client, path) == {}


@pytest.mark.parametrize("path", ["/regions/benxi/", "/regions/xyzzy/", "/regions/anji/"])
def test_missing_address_takes_the_same_queries_whatever_it_says(client, django_assert_num_queries, path):
    guessed(client, "/regions/anji/")

    with django_assert_num_queries(6):  # of these the version of the record three times: by view, guess and page
        client.get(path)
