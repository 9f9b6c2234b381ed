"""Feeds of changes, read by a feed reader and against RFC 4287 (behaviours 7, 8, 18, 28, 32, 33)."""

import datetime
import re
from urllib.parse import urlsplit
from xml.etree import ElementTree

import feedparser
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from pilots.feeds import entries as told
from pilots.models import Document, HistoryEntry, Priority, Province, Region, System, Topic, editing, together

from . import factories as make
from .forms import official
from .withdrawing import withdraw

pytestmark = [pytest.mark.django_db, pytest.mark.once]
ATOM = "{http://www.w3.org/2005/Atom}"
DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+08:00")
FEEDS = {
    "all": "/changes.atom",
    "region": "/regions/beijing-huairou/changes.atom",
    "province": "/provinces/beijing/changes.atom",
    "topic": "/topics/unified-spatial-planning/changes.atom",
    "filter": "/changes.atom?province=beijing&sort=province",
}
QUERIES = {"all": 7, "region": 8, "province": 8, "topic": 8, "filter": 8}
WITH_WITHDRAWN = {"all": 8, "province": 9, "filter": 9}  # what was issued of the names of such areas
every_feed = pytest.mark.parametrize("path", FEEDS.values(), ids=FEEDS)


def area(slug="beijing-huairou"):
    return Region.all_objects.get(slug=slug)


def edit(row, reason="依据文件更正", actor=None, **values):
    with editing(actor=actor, remote_addr="192.0.2.7", reason=reason):
        for name, value in values.items():
            setattr(row, name, value)
        row.save()


def read(client, path="/changes.atom", **query):
    response = client.get(path, query)
    assert response.status_code == 200
    feed = feedparser.parse(response.content, response_headers={"content-type": response.headers["Content-Type"]})
    assert not feed.bozo, feed.get("bozo_exception")
    assert feed.version == "atom10"
    return feed


def titles(client, path="/changes.atom", **query):
    return [entry.title for entry in read(client, path, **query).entries]


def links(feed, rel):
    return [link.href for link in feed.feed.links if link.rel == rel]


def faults(xml):
    """Return what RFC 4287 asks for and a feed lacks (4.1.1, 4.1.2; 3.3 for dates, 4.2.7.2 for links)."""
    root = ElementTree.fromstring(xml)
    entries = root.findall(f"{ATOM}entry")
    assert root.tag == f"{ATOM}feed"
    names = [node.findtext(f"{ATOM}id") for node in (root, *entries)]
    rels = [link.get("rel") for link in root.findall(f"{ATOM}link")]
    lacks = {
        "author": not root.findtext(f"{ATOM}author/{ATOM}name"),
        "self": rels.count("self") != 1,
        "ids": len(names) != len(set(names)) or not all(urlsplit(name).scheme for name in names),
        "content": not all(entry.findtext(f"{ATOM}content", "").strip() for entry in entries),
    }
    each = [fault for node in (root, *entries) for fault in faults_of(node)]
    return [name for name, is_lacking in lacks.items() if is_lacking] + each


def faults_of(node):
    once = [name for name in ("id", "title", "updated") if len(node.findall(f"{ATOM}{name}")) != 1]
    empty = [name for name in ("id", "title", "updated") if not node.findtext(f"{ATOM}{name}", "").strip()]
    dates = [date.text for name in ("updated", "published") for date in node.findall(f"{ATOM}{name}")]
    wrong = [date for date in dates if not DATE.fullmatch(date)]
    alternates = [link.get("href") for link in node.findall(f"{ATOM}link") if link.get("rel") == "alternate"]
    is_linked = len(alternates) == 1 and urlsplit(alternates[0]).scheme
    return [*once, *empty, *wrong, *([] if is_linked else ["alternate"])]


@every_feed
def test_feed_has_what_rfc_4287_asks_for_with_changes_and_without(client, path):
    assert faults(client.get(path).content) == []
    edit(area(), open_points="说明")
    edit(Topic.objects.get(slug="unified-spatial-planning"), name="多规")
    withdraw(area("hebei-qinhuangdao"))
    response = client.get(path)

    assert response.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    assert faults(response.content) == []
    assert len(read(client, path).entries) >= 1


@every_feed
def test_feed_without_a_change_is_as_old_as_the_record(client, path):
    feed = read(client, path)

    assert feed.entries == []
    assert feed.feed.updated == "2015-12-31T00:00:00+08:00"


def test_feed_of_an_empty_record_is_valid(client, bare):
    assert faults(client.get("/changes.atom").content) == []


def test_entry_says_what_before_after_and_why_in_full(client):
    edit(area(), open_points="已有<b>说明</b>")
    edit(area(), open_points="已有新说明", reason="文字<有>误")

    entry = read(client).entries[0]
    tree = LexborHTMLParser(entry.content[0].value)

    assert entry.title == "更正：北京市怀柔区"
    assert entry.link == "http://testserver/regions/beijing-huairou/"
    assert entry.content[0].type == "text/html"
    assert "更正说明：文字<有>误" in tree.text()
    assert [node.text() for node in tree.css("dt")] == ["通知未列明"]
    assert tree.css_first("del").text() == "已有<b>说明</b>"
    assert tree.css_first("ins").text() == "已有新说明"


def test_document_that_came_after_is_an_entry_if_readers_may_see_it(client):
    values = {"region": area(), "kind": "plan", "relation": "same_topic", "source": "https://www.mee.gov.cn/a/b.html"}
    edit(Document(title="没有核实的方案", position=8, **values), reason="补录")
    assert titles(client, "/regions/beijing-huairou/changes.atom") == []

    edit(Document(title="怀柔区实施方案", position=9, verification="verified", **values), reason="见到了原文")
    [entry] = read(client, "/regions/beijing-huairou/changes.atom").entries
    assert "新增后续文件“9. 怀柔区实施方案”" in entry.content[0].value
    assert titles(client) == [entry.title]


HISTORIES = [
    "/changes.atom",
    "/regions/beijing-huairou/changes.atom",
    "/changes/",
    "/api/v1/changes/",
    "/changes.csv",
]
WORD = "琥珀"  # occurs nowhere in the record


def histories(client):
    return "".join(client.get(path).getvalue().decode() for path in HISTORIES)


def test_document_that_says_no_source_or_is_withdrawn_is_in_no_history(client):
    values = {"region": area(), "kind": "plan", "relation": "same_topic", "verification": "verified"}
    edit(Document(title=f"{WORD}方案", position=8, source="网上看到的", **values), reason="补录")
    assert WORD not in histories(client)

    document = Document(title=f"{WORD}规划", position=9, source="https://www.mee.gov.cn/a/b.html", **values)
    edit(document, reason="补录")
    assert WORD in histories(client)
    withdraw(document)
    assert f"{WORD}规划" not in histories(client)


def test_what_a_document_was_called_before_it_was_checked_is_in_no_history_later(client):
    values = {"region": area(), "kind": "plan", "relation": "same_topic", "source": "https://www.mee.gov.cn/a/b.html"}
    document, other = (Document(title=f"{WORD}{n}", position=n, finding=WORD, **values) for n in (8, 9))
    for row in (document, other):
        edit(row, reason="补录")
    assert WORD not in histories(client)

    edit(document, reason="见到了原文", title="怀柔区实施方案", finding="", verification="verified")
    with editing(actor=None, reason="查不到"):
        other.delete()

    assert WORD not in histories(client)
    assert titles(client, "/regions/beijing-huairou/changes.atom") == ["更正：北京市怀柔区"]
    assert "怀柔区实施方案" in histories(client)


def test_readers_never_see_who_or_what_is_internal(client):
    user = official("张某某")
    edit(area(), actor=user, internal_note="内部线索", open_points="公开说明")
    edit(area().priorities.first(), actor=user, classification_note="归类考虑")
    edit(area(), actor=user, internal_note="只改内部", reason="不公开的原因")

    for path in FEEDS.values():
        text = client.get(path).text
        for secret in ("张某某", user.username, "192.0.2.7", "内部", "归类考虑", "不公开的原因"):
            assert secret not in text
    assert len(read(client).entries) == 1


def test_entries_are_newest_first_in_shanghai_whatever_the_order_of_the_page(client):
    for slug in ("hebei-qinhuangdao", "beijing-huairou", "jing-jin-ji"):
        edit(area(slug), open_points="说明")
    expected = ["jing-jin-ji", "beijing-huairou", "hebei-qinhuangdao"]

    for sort in ("", "serial", "province", "relevance"):
        feed = read(client, sort=sort, province=["beijing", "hebei"])
        assert [entry.link.split("/")[-2] for entry in feed.entries] == expected
        dates = [entry.updated for entry in feed.entries]
        assert dates == sorted(dates, reverse=True)
        assert all(date.endswith("+08:00") for date in dates)
        assert feed.feed.updated == dates[0]
    stamp = HistoryEntry.objects.latest().timestamp
    assert datetime.datetime.fromisoformat(dates[0]) == stamp


def test_id_of_an_entry_is_the_same_in_every_feed_on_every_host_and_after_later_edits(client, settings):
    settings.ALLOWED_HOSTS = ["*"]
    edit(area(), open_points="说明")
    [first] = read(client).entries
    [same] = read(client, FEEDS["region"]).entries
    edit(area(), name="某区", short_name="某")
    other = feedparser.parse(client.get("/changes.atom", headers={"host": "example.cn"}).content)

    assert first.id == same.id == other.entries[1].id
    assert first.id.startswith("urn:uuid:")
    assert other.entries[0].id != first.id
    assert other.feed.id == read(client).feed.id != read(client, FEEDS["region"]).feed.id


def test_edit_of_several_records_is_an_entry_of_each_even_with_equal_keys(client):
    other, topic, line = Region.objects.get(serial=9), Topic.objects.get(pk=area().pk), area().priorities.first()
    line.text, topic.name = "乙", "某主题"
    with editing(reason="一并更正"):
        for row in (area(), other):
            row.open_points = "甲"
            row.save()
        line.save()
        topic.save()

    feed = read(client)

    assert [entry.title for entry in feed.entries] == ["更正：某主题", f"更正：{other.name}", "更正：北京市怀柔区"]
    assert len(LexborHTMLParser(feed.entries[2].content[0].value).css("dt")) == 2


def test_change_that_is_part_of_no_edit_is_an_entry(client):
    row = area()
    for open_points in ("甲", "乙"):
        row.open_points = open_points
        row.save()

    assert titles(client) == ["更正：北京市怀柔区"] * 2


def test_record_that_is_gone_is_told_with_what_it_was_called(client):
    row = make.make_topic(name="旧主题")
    row.delete()

    feed = read(client)

    assert [entry.title for entry in feed.entries] == ["删除：主题“旧主题”", "新增：主题“旧主题”"]
    assert feed.entries[0].link == "http://testserver/changes/"


@pytest.mark.parametrize("name", ["all", "region", "province", "filter"])
def test_withdrawal_is_an_entry_and_what_was_changed_before_is_told_no_more(client, name):
    edit(area(), open_points="从前的说明", reason="从前的原因")
    withdraw()
    response = client.get(FEEDS[name])

    [entry] = read(client, FEEDS[name]).entries

    assert entry.title == "撤下：北京市怀柔区"
    assert "2026年11月23日" in entry.content[0].value
    assert "原因：与文件不符" in entry.content[0].value
    assert entry.link == "http://testserver/notices/fagai-huanzi-2015-3214/#region-1"
    assert "从前" not in response.text


def test_withdrawal_has_the_same_id_once_it_is_undone(client):
    edit(area(), open_points="从前的说明")
    row = withdraw()
    [withdrawn] = read(client).entries
    with editing(reason="误撤"):
        row.withdrawn_on, row.withdrawn_reason = None, ""
        row.save()

    entries = read(client).entries

    assert [entry.title for entry in entries] == ["恢复：北京市怀柔区", "撤下：北京市怀柔区", "更正：北京市怀柔区"]
    assert entries[1].id == withdrawn.id


def test_withdrawal_that_the_history_does_not_know_is_told_as_of_its_day(client):
    make.overwrite(Region.all_objects.filter(pk=area().pk), withdrawn_on="2026-01-02", withdrawn_reason="某因")

    [entry] = read(client).entries

    assert (entry.title, entry.updated) == ("撤下：北京市怀柔区", "2026-01-02T00:00:00+08:00")


def test_withdrawal_is_in_the_feeds_of_its_topics_and_facets_but_not_of_words(client):
    topic = area().priorities.first().topics.first()
    system = area().priorities.first().system
    kind = area().kind
    withdraw()

    found = {
        name: titles(client, **query)
        for name, query in {
            "its": {"topic": topic.slug, "system": system.slug, "kind": kind, "province": "beijing"},
            "other": {"province": "hebei"},
            "words": {"q": "怀柔"},
        }.items()
    }

    assert found == {"its": ["撤下：北京市怀柔区"], "other": [], "words": []}
    assert "撤下的地区不能再按关键词查找" in read(client, q="怀柔").feed.subtitle
    assert titles(client, f"/topics/{topic.slug}/changes.atom") == ["撤下：北京市怀柔区"]


def test_province_has_its_own_changes_and_those_of_what_lies_in_it(client):
    for slug in ("zhejiang", "ningbo", "hebei"):
        edit(Province.objects.get(slug=slug), pinyin="某")
    inside = Region.objects.get(province__slug="ningbo")
    edit(inside, open_points="甲")

    assert titles(client, "/provinces/zhejiang/changes.atom") == [
        f"更正：{inside.name}",
        "更正：宁波市",
        "更正：浙江省",
    ]
    assert titles(client, "/provinces/ningbo/changes.atom") == [f"更正：{inside.name}", "更正：宁波市"]


def test_joint_area_is_in_the_feed_of_each_of_its_provinces(client):
    edit(area("jing-jin-ji"), open_points="甲")

    for slug in ("beijing", "tianjin", "hebei"):
        assert len(read(client, f"/provinces/{slug}/changes.atom").entries) == 1


def test_topic_has_its_own_changes_those_of_its_lines_and_what_came_or_went(client):
    topic, other = Topic.objects.get(slug="unified-spatial-planning"), Topic.objects.get(slug="rule-of-law")
    line = Priority.objects.filter(topics=topic).first()
    elsewhere = Priority.objects.exclude(topics=topic).exclude(region=line.region).first()
    edit(topic, position=99)
    edit(line, text="改")
    edit(elsewhere, text="改")
    edit(line.region, open_points="说明")
    with editing(reason="改归类"):
        line.topics.set([other])
    path = "/topics/unified-spatial-planning/changes.atom"

    feed = read(client, path)

    assert len(feed.entries) == 2  # the line has left: what happens to it now is another topic's
    assert "改归类" in feed.entries[0].content[0].value
    line.topics.add(topic)
    assert len(read(client, path).entries) == 4


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_feed_has_exactly_the_areas_that_the_page_shows_under_the_same_filters(client, data):
    with together():
        for row in Region.objects.all():
            if row.open_points != "同时更正":
                edit(row, open_points="同时更正")
    options = {
        "province": Province.objects.values_list("slug", flat=True),
        "system": System.objects.values_list("slug", flat=True),
        "topic": Topic.objects.values_list("slug", flat=True),
        "kind": Region.objects.order_by("kind").values_list("kind", flat=True).distinct(),
        "q": ["水", "生态", "建立 制度"],
        "sort": ["serial", "province"],
    }
    query = {
        name: data.draw(st.lists(st.sampled_from(list(values)), max_size=1 if name in ("q", "sort") else 2))
        for name, values in options.items()
    }

    page = client.get("/regions/", query).context["filterset"]
    shown = set(page.filter_queryset(Region.objects).values_list("slug", flat=True))

    assert {entry.link.split("/")[-2] for entry in read(client, **query).entries} == shown


def test_feed_keeps_to_its_length_and_says_so(client, monkeypatch):
    monkeypatch.setattr(told, "MOST", 3)
    for number in range(5):
        edit(area(), open_points=str(number))
        edit(area().priorities.first(), text=str(number))

    feed = read(client)

    assert len(feed.entries) == 3
    assert "最多3条" in feed.feed.subtitle
    assert "4" in feed.entries[0].content[0].value


@pytest.mark.parametrize(
    ("query", "named"),
    [
        (
            "province=mars&topic=x&topic=y",
            ["province=mars：没有这个值", "topic=x：没有", "topic=y：没有"],
        ),
        ("utm_source=a&page=2", ["utm_source=a：没有这个参数", "page=2：没有这个参数"]),
        ("sort=newest", ["sort=newest：没有这个值"]),
        ("q=a&q=b", ["q=a：只能给一个值", "q=b：只能给一个值"]),
        (f"q={'水' * 201}", ["超过200个字"]),
        ("province=<script>", ["&lt;script&gt;"]),
        ("province[]=beijing", ["province[]=beijing：没有这个参数"]),
        (f"province={'&province='.join(map(str, range(30)))}", ["province=0：没有", "province=29：没有"]),
    ],
)
def test_bad_filter_is_400_in_chinese_naming_every_bad_part(client, query, named):
    response = client.get(f"/changes.atom?{query}")

    assert response.status_code == 400
    assert "网址中的参数有误" in response.text
    assert [words for words in named if words not in response.text] == []
    assert "<script>" not in response.text.split("<main")[1].split("</main>")[0]


@pytest.mark.parametrize("path", [path for name, path in FEEDS.items() if name not in ("all", "filter")])
def test_feed_of_a_thing_takes_no_parameters(client, path):
    assert client.get(f"{path}?q=水").status_code == 400


@pytest.mark.parametrize("kind", ["regions", "provinces", "topics"])
def test_feed_of_what_is_not_there_is_404_in_chinese(client, kind):
    response = client.get(f"/{kind}/nope/changes.atom")

    assert response.status_code == 404
    assert "没有找到" in response.text


def test_equal_filters_are_one_feed(client):
    edit(area(), open_points="说明")
    queries = ("province=hebei&province=beijing&q=", "province=beijing&province=hebei&province=beijing&sort=serial")
    first, second = (client.get(f"/changes.atom?{query}") for query in queries)

    assert first.content == second.content
    assert first.headers["ETag"] == second.headers["ETag"]
    assert client.get("/changes.atom?topic=&kind=").content == client.get("/changes.atom").content


@every_feed
def test_unchanged_feed_is_304_and_a_change_makes_it_new(client, path):
    edit(area(), open_points="甲")
    etag = client.get(path).headers["ETag"]

    same = client.get(path, headers={"If-None-Match": etag})
    edit(area(), open_points="乙")
    edit(Topic.objects.get(slug="unified-spatial-planning"), position=99)
    new = client.get(path, headers={"If-None-Match": etag})

    assert (same.status_code, same.content, new.status_code) == (304, b"", 200)
    assert new.headers["ETag"] != etag
    assert "Last-Modified" not in new.headers
    assert new.headers["Cache-Control"] == "public, max-age=0, s-maxage=1, stale-while-revalidate=1"
    assert client.post(path).status_code == 405


def test_each_feed_takes_the_same_queries_whatever_it_holds(client, django_assert_num_queries):
    def count(queries):
        for name, path in FEEDS.items():
            client.get(path)
            with django_assert_num_queries(queries[name], info=name):
                client.get(path)

    edit(Topic.objects.get(slug="unified-spatial-planning"), position=99)
    for rows in (Region.objects.filter(slug="beijing-huairou"), Region.objects.all()):
        with together():
            for row in rows:
                edit(row, open_points=f"甲{len(rows)}")
                for line in row.priorities.all():
                    edit(line, text=f"乙{len(rows)}")
        count(QUERIES)
    withdraw(area("jing-jin-ji"))
    count(QUERIES | WITH_WITHDRAWN)


def test_hub_is_named_only_where_there_is_one_and_self_always(client, settings):
    assert links(read(client), "hub") == []
    settings.FOLLOWING = settings.FOLLOWING | {"hub": "https://hub.example.cn/"}

    feed = read(client, province="beijing", sort="province")

    assert links(feed, "hub") == ["https://hub.example.cn/"]
    assert links(feed, "self") == ["http://testserver/changes.atom?province=beijing"]
    assert links(feed, "alternate") == ["http://testserver/regions/?province=beijing"]


@pytest.mark.parametrize(
    ("page", "feed"),
    [
        ("/", "/changes.atom"),
        ("/changes/?page=2", "/changes.atom"),
        ("/regions/?province=beijing&sort=province&q=水&page=2", "/changes.atom?q=%E6%B0%B4&province=beijing"),
        ("/regions/?province=mars", "/changes.atom"),
        ("/regions/beijing-huairou/", FEEDS["region"]),
        ("/provinces/beijing/", FEEDS["province"]),
        ("/topics/unified-spatial-planning/", FEEDS["topic"]),
        ("/about/", None),
        ("/systems/other/", None),
    ],
)
def test_page_leads_to_its_feed(client, page, feed):
    tree = LexborHTMLParser(client.get(page).text)

    found = tree.css_first('link[rel=alternate][type="application/atom+xml"]')

    assert (found and found.attributes["href"]) == feed
    assert tree.css_first('footer a[type="application/atom+xml"]').attributes["href"] == (feed or "/changes.atom")
    assert client.get(feed or "/changes.atom").status_code == 200


def test_words_that_were_typed_are_plain_text_in_the_title(client):
    response = client.get("/changes.atom", {"q": "<script>alert(1)</script>"})
    title = ElementTree.fromstring(response.content).find(f"{ATOM}title")

    assert "<script>alert(1)</script>" in title.text
    assert title.get("type", "text") == "text"
    assert b"<script" not in response.content


def test_what_no_feed_may_hold_does_not_break_it(client):
    edit(area(), open_points="甲\x0b\x1b\ufffe乙", reason="丙\x01")

    entry = read(client).entries[0]

    assert "甲\ufffd\ufffd\ufffd乙" in entry.content[0].value
    assert "关键词" in read(client, q="水\ufffe甲").feed.title
