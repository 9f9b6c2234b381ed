"""How people and programs find their way: sitemap.xml, robots.txt, OpenSearch, security.txt and 网站地图."""

import datetime
import json
from urllib.robotparser import RobotFileParser
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from selectolax.lexbor import LexborHTMLParser

from pilots.models import Notice, Province, Region, Section, System, Topic, editing
from pilots.record.checks import BATCH_TWO

from . import factories as make
from .visits import NOTICE, dates
from .withdrawing import withdraw

pytestmark = [pytest.mark.django_db, pytest.mark.once]
OPENSEARCH = "{http://a9.com/-/spec/opensearch/1.1/}"
SECURITY = "/.well-known/security.txt"
HUAIROU = "/regions/beijing-huairou/"


def correct(row, **values):
    with editing(actor=None, reason="更正"):
        for name, value in values.items():
            setattr(row, name, value)
        row.save()


def today():
    return datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=8))).date().isoformat()


# The bar and the foot of every page


def led(tree, selector):
    return {link.text(): link.attributes["href"] for link in tree.css(f"{selector} a")}


def test_bar_has_six_sections_at_most_and_the_foot_the_others(client):
    tree = LexborHTMLParser(client.get(NOTICE).text)
    bar, foot = led(tree, ".site-nav"), led(tree, ".site-footer")

    assert [*bar] == ["地区", "省份", "主题", "通知原文", "通知之后", "一图看全批"]
    assert bar == led(tree, ".menu")
    assert {"八项制度", "发文机关", "比较几个地区", "数据下载"} <= {*foot}
    assert {client.get(path).status_code for path in {*bar.values(), *foot.values()}} == {200}
    assert [link.text() for link in tree.css(".site-nav [aria-current]")] == ["通知原文"]


def test_the_one_notice_needs_no_choosing_two_do(client):
    assert led(LexborHTMLParser(client.get("/topics/").text), ".site-nav")["通知原文"] == NOTICE
    make.make_notice()

    assert led(LexborHTMLParser(client.get("/topics/").text), ".site-nav")["通知原文"] == "/notices/"


# The mark of the site


def test_mark_is_where_browsers_and_telephones_look_for_it(client):
    tree = LexborHTMLParser(client.get("/").text)
    icons = [tree.css_first(f"link[rel={rel}]").attributes["href"] for rel in ("icon", "apple-touch-icon")]
    response = client.get(tree.css_first("link[rel=manifest]").attributes["href"])
    manifest = json.loads(response.content)

    assert response.headers["Content-Type"] == "application/manifest+json; charset=utf-8"
    assert (manifest["name"], manifest["start_url"], manifest["lang"]) == ("生态文明先行示范区名录", "/", "zh-Hans")
    assert {icon["sizes"] for icon in manifest["icons"]} == {"any", "192x192", "512x512"}
    icon = client.get("/favicon.ico")
    icon.close()
    assert icon.headers["Content-Type"] in ("image/x-icon", "image/vnd.microsoft.icon")
    for path in [*icons, *(icon["src"] for icon in manifest["icons"])]:
        assert finders.find(path.removeprefix(settings.STATIC_URL)), path
    assert [node.attributes["media"] for node in tree.css("meta[name=theme-color]")] == [
        "(prefers-color-scheme: light)",
        "(prefers-color-scheme: dark)",
    ]


# sitemap.xml


def test_notice_and_areas_are_as_old_as_the_notice_and_of_the_rest_nothing_is_claimed(client):
    found = dates(client)

    assert {found[path] for path in found if path.startswith("/regions/b") or path == NOTICE} == {"2015-12-31"}
    assert {found[path] for path in ("/", "/regions/", "/topics/rule-of-law/", "/provinces/beijing/", "/about/")} == {
        None
    }


def test_change_makes_new_what_shows_it_and_nothing_else(client):
    row = Region.objects.get(slug="beijing-huairou")
    line = row.priorities.first()
    correct(line, text="改后")
    themes = [line.system, *(topic for each in row.priorities.all() for topic in each.topics.all())]

    new = {path for path, day in dates(client).items() if day == today()}

    shown = {HUAIROU, NOTICE, "/provinces/beijing/", *(theme.get_absolute_url() for theme in themes)}
    systems = {each.system.get_absolute_url() for each in row.priorities.all()}
    lists = {
        "/",
        "/regions/",
        "/provinces/",
        "/topics/",
        "/systems/",
        "/after/",
        "/matrix/",
        "/changes/",
        "/sitemap/",
        "/data/",
        "/en/",
    }
    assert new == shown | systems | lists


@pytest.mark.parametrize(
    ("find", "path"),
    [
        (lambda: Section.objects.get(anchor="duty-1"), NOTICE),
        (lambda: Topic.objects.get(slug="rule-of-law"), "/topics/rule-of-law/"),
        (lambda: Province.objects.get(slug="fujian"), "/provinces/fujian/"),
        (lambda: System.objects.get(slug="other"), "/systems/other/"),
        (lambda: Notice.objects.get().signatures.first().ministry, "/ministries/ndrc/"),
    ],
)
def test_each_record_has_the_day_of_its_own_change(client, find, path):
    row = find()
    name = "heading" if isinstance(row, Section) else "name"
    correct(row, **{name: f"{getattr(row, name)}甲"})

    assert dates(client)[path] == today()


def test_what_is_internal_makes_no_page_new_and_a_withdrawal_does(client):
    row = Region.objects.get(slug="beijing-huairou")
    before = dates(client)
    correct(row, internal_note="线索")
    assert dates(client) == before

    withdraw(row)
    after = dates(client)

    assert HUAIROU not in after
    assert {after[path] for path in ("/provinces/beijing/", "/regions/", NOTICE)} == {today()}
    assert after["/provinces/fujian/"] is None


def test_area_in_a_separate_city_makes_its_province_new(client):
    correct(Region.objects.get(province__slug="ningbo"), open_points="甲")

    assert {dates(client)[f"/provinces/{slug}/"] for slug in ("ningbo", "zhejiang")} == {today()}


def test_page_map_takes_the_same_queries_at_45_and_90_areas(client, django_assert_num_queries):
    for number in (1, 45):
        for _ in range(number):
            make.make_priority(topics=[Topic.objects.first()])
        with django_assert_num_queries(11):
            client.get("/sitemap.xml")


def test_page_of_the_map_that_is_not_there_is_404(client):
    assert client.get("/sitemap.xml?p=2").status_code == 404
    assert client.get("/sitemap.xml?p=x").status_code == 404


# robots.txt, opensearch.xml


def test_robots_may_read_what_readers_read_and_find_the_map(client):
    response = client.get("/robots.txt")
    rules = RobotFileParser()
    rules.parse(response.text.splitlines())

    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert rules.site_maps() == ["http://testserver/sitemap.xml"]
    for path in ("/", NOTICE, "/regions/?q=x", "/changes.atom", "/static/css/site.css"):
        assert rules.can_fetch("*", path)
    for path in ("/admin/", "/accounts/login/", "/text-size/large/"):
        assert not rules.can_fetch("*", path)


def test_browser_finds_how_to_search_and_the_address_finds(client):
    link = LexborHTMLParser(client.get("/").text).css_first("link[rel=search]")
    response = client.get(link.attributes["href"])
    root = ElementTree.fromstring(response.content)
    urls = {url.get("type"): url.get("template") for url in root.findall(f"{OPENSEARCH}Url")}

    assert response.headers["Content-Type"].startswith(link.attributes["type"])
    assert root.tag == f"{OPENSEARCH}OpenSearchDescription"
    assert root.findtext(f"{OPENSEARCH}ShortName") == "生态文明先行示范区名录"
    assert root.findtext(f"{OPENSEARCH}InputEncoding") == "UTF-8"
    assert urls["application/opensearchdescription+xml"] == "http://testserver/opensearch.xml"
    found = client.get(urls["text/html"].replace("{searchTerms}", "%E6%B9%BF%E5%9C%B0"))
    assert "“湿地”的结果" in found.text


def test_names_of_the_search_keep_to_their_length_and_are_escaped(client, settings):
    settings.SITE = settings.SITE | {"name": "很长的站名<&>\x0b" * 5}

    root = ElementTree.fromstring(client.get("/opensearch.xml").content)

    assert len(root.findtext(f"{OPENSEARCH}ShortName")) == 16


# security.txt


def test_security_contact_is_absent_when_unset(client):
    response = client.get(SECURITY)

    assert response.status_code == 404
    assert "没有找到" in response.text
    assert SECURITY not in client.get("/sitemap/").text


def test_security_contact_has_what_rfc_9116_asks_for(client, settings, monkeypatch):
    contacts = ["mailto:security@example.cn", "https://example.cn/security"]
    settings.FOLLOWING = settings.FOLLOWING | {"security_contacts": contacts}
    moment = datetime.datetime(2026, 12, 31, 16, 1, tzinfo=datetime.UTC)
    monkeypatch.setattr("django.utils.timezone.now", lambda: moment)

    response = client.get(SECURITY)
    fields = [line.split(": ", 1) for line in response.text.splitlines()]

    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert [value for name, value in fields if name == "Contact"] == contacts
    assert [value for name, value in fields if name == "Expires"] == ["2027-01-31T00:00:00+08:00"]
    assert [name for name, _ in fields] == ["Contact", "Contact", "Expires", "Preferred-Languages"]
    secure = client.get(SECURITY, secure=True).text
    assert f"\nCanonical: https://testserver{SECURITY}\n" in secure
    assert SECURITY in client.get("/sitemap/").text


# For all of them.


@pytest.mark.parametrize("path", ["/sitemap.xml", "/robots.txt", "/opensearch.xml", SECURITY])
def test_each_is_cached_and_304_while_unchanged(client, settings, path):
    settings.FOLLOWING = settings.FOLLOWING | {"security_contacts": ["mailto:a@example.cn"]}
    response = client.get(path)

    same = client.get(path, headers={"If-None-Match": response.headers["ETag"]})

    assert (same.status_code, same.content) == (304, b"")
    assert "Last-Modified" not in response.headers
    assert response.headers["Cache-Control"] == "public, max-age=0, s-maxage=1, stale-while-revalidate=1"
    assert not response.cookies
    assert client.post(path).status_code == 405


# 网站地图


def test_map_for_people_leads_to_every_column_record_paragraph_and_format(client):
    tree = LexborHTMLParser(client.get("/sitemap/").text).css_first("main")
    links = {link.attributes["href"] for link in tree.css("a")}
    anchors = {f"{NOTICE}#{row.anchor}" for row in Section.objects.exclude(kind="annex-head")}

    pages = {path for path in dates(client) if path != "/sitemap/"}
    formats = {"/changes.atom", "/duties.ics", "/sitemap.xml", "/opensearch.xml"}
    assert pages | anchors | formats <= links
    assert Notice.objects.get(slug=BATCH_TWO).get_absolute_url() in links
    assert [node.text() for node in tree.css("h2")] == [
        "栏目",
        "通知",
        "先行示范地区",
        "省份",
        "主题（本站归类）",
        "制度（本站归类）",
        "发文机关",
        "订阅和数据格式",
    ]
