"""Behaviour 49: what was added on this site is marked wherever it stands, and nowhere counted as the notice's."""

import csv
import io

import pytest
from selectolax.lexbor import LexborHTMLParser

from pilots.models import Citation, Notice, Region, Section, Signature, System, Topic, editing, together
from pilots.search import indexing

from . import factories as make
from .marking import AREA, PATHS, unmarked
from .pages import NOTICE

pytestmark = [pytest.mark.django_db, pytest.mark.once]
MARK = "本站增补"
FULL = "本站增补，通知原文没有这一行"
TOKENS = ("某地区甲", "某重点乙", "某小标题丙", "某段落丁", "某引用戊", "某署名己", "某重点庚")
ADDED_AREA = "/regions/added/"
MORE = [
    ADDED_AREA,
    f"{ADDED_AREA}cite/",
    f"/compare/?region=added&region={AREA}",
    "/regions/?q=某重点",
    "/regions/?q=某小标题",
    "/regions/?q=某地区",
    "/topics/wetlands/",
]


@pytest.fixture
def added(client):
    """Add a row of every kind to the notice, as the admin would."""
    client.get("/")
    notice, area = Notice.objects.get(), Region.objects.get(slug=AREA)
    topic, system = Topic.objects.get(slug="ecological-red-lines"), System.objects.get(is_other=True)
    themes = {"topics": [topic], "system": system, "is_issued": False}
    with together(), editing(actor=None, reason="依来函增补"):
        region = make.make_region(
            notice=notice,
            serial=46,
            name="某地区甲",
            name_raw="某地区甲",
            slug="added",
            is_issued=False,
            province=area.province,
        )
        make.make_priority(region=region, number=1, text="某重点庚", text_raw="1.某重点庚;", **themes)
        make.make_priority(region=area, number=4, text="某重点乙", text_raw="4.某重点乙;", **themes)
        text = "七、某小标题丙。某段落丁。"
        section = {"position": 90, "kind": "duty", "anchor": "duty-7", "heading": "某小标题丙", "text": text}
        section = Section.objects.create(notice=notice, text_raw=text, is_issued=False, **section)
        Citation.objects.create(notice=notice, section=section, position=90, title="某引用戊", is_issued=False)
        first = Signature.objects.first()
        ministry = first.ministry
        ministry.pk, ministry.slug, ministry.name, ministry.position = None, "added", "某部门", 90
        ministry.save()
        signed = {"name": "某署名己", "name_raw": "某署名己", "position": 90}
        Signature.objects.create(notice=notice, ministry=ministry, is_issued=False, **signed)
    return notice


def test_added_row_is_marked_in_the_same_item_of_every_page(client, added):
    found = set()
    for path in [*PATHS, *MORE, "/ministries/added/"]:
        text = client.get(path).text
        assert list(unmarked(text, TOKENS, MARK)) == [], path
        found |= {token for token in TOKENS if token in text}

    assert found == set(TOKENS)
    assert indexing.problems() == []


def test_home_page_counts_what_the_notice_has(client, added):
    figures = client.get("/").context["figures"]

    assert (figures["regions"], figures["priorities"], figures["ministries"]) == (45, 130, 9)
    assert figures["published"] == 46
    assert len(client.get("/").context["duties"]) == 6


def test_counts_of_topics_part_what_was_added(client, added):
    """Two lines were added to a topic and to a system: nothing counts them as the notice's."""
    topic, other = (
        Topic.objects.for_list().get(slug="ecological-red-lines"),
        System.objects.for_list().get(is_other=True),
    )
    for theme, path in ((topic, "/topics/"), (other, "/systems/")):
        row = (
            LexborHTMLParser(client.get(path).text).css_first(f"tr:has(a[href='{theme.get_absolute_url()}'])").text()
        )

        assert theme.issued_count == theme.priority_count - 2
        assert "含本站增补2项" in row
        assert "其中2项由本站增补，不在通知里。" in client.get(theme.get_absolute_url()).text
    home, english = (client.get(path) for path in ("/", "/en/"))
    assert f"{topic.name}（{topic.issued_count}项）" in home.text
    assert f"{other.issued_count}项</a>没有归入" in home.text
    assert f"{topic.name}</span></a> ({topic.issued_count})" in english.text


def test_files_flag_added_rows(client, added):
    rows = {row["slug"]: row for row in csv.DictReader(io.StringIO(client.get("/regions.csv?bom=0").text))}
    lines = list(csv.DictReader(io.StringIO(client.get("/regions.csv?rows=priorities&bom=0").text)))

    flag = next(name for name in rows["added"] if name in ("is_issued", "通知原有"))
    assert (rows["added"][flag], rows[AREA][flag]) == ("否", "是")
    assert f"4.某重点乙（{FULL}）" in next(value for value in rows[AREA].values() if "某重点乙" in value)
    assert [line[flag] for line in lines if "某重点" in "".join(line.values())] == ["否", "否"]


def test_citations_calendars_feeds_and_linked_data_say_it(client, added):
    page = LexborHTMLParser(client.get(ADDED_AREA).text)
    linked = page.css_first("script[type='application/ld+json']").text()
    citation = [node.text() for node in page.css(".citation__text")]

    assert [FULL in text for text in citation] == [True] * 4
    assert not [text for text in citation if "发展改革" in text or "3214" in text or "2015-12" in text]
    assert linked.count(FULL) == 2
    assert "某署名己" not in LexborHTMLParser(client.get(NOTICE).text).css_first("script").text()
    assert f"某地区甲（{FULL}）" in client.get("/provinces/beijing/duties.ics").text.replace("\r\n ", "")
    assert "某地区甲（本站增补）" in client.get("/changes.atom").text
    quotes = client.get("/topics/ecological-red-lines.json").json()["priorities"]
    assert [quote["is_issued"] for quote in quotes if quote["text"].startswith("某")] == [False, False]


def test_added_area_is_marked_where_areas_are_compared(client, added):
    page = LexborHTMLParser(client.get(f"/compare/?region=added&region={AREA}").text)
    picker = LexborHTMLParser(client.get("/compare/").text)

    assert page.css_first("h1").text().startswith(f"比较：{Region.objects.get(slug='added').short_name}（{MARK}）、")
    assert "（改过的和增补的已标明）" in page.css_first("caption").text()
    assert "本站增补 第46号" in page.css_first(".comparison__facts").text()
    assert "第二批 第46号" not in page.css_first("main").text()
    name = Region.objects.get(slug="added").short_name
    assert [node.text() for node in picker.css("option[value='added']")] == [f"{name}（{MARK}）"] * 2


def test_words_of_the_notice_alone_are_said_to_be_no_others(client):
    for path in (f"/compare/?region={AREA}&region=tianjin-jinghai", f"/regions/{AREA}/"):
        assert "已标明" not in client.get(path).text


def test_page_of_an_area_with_an_added_line_says_so(client, added):
    assert "通知原文</span>（改过的和增补的已标明）" in client.get(f"/regions/{AREA}/").text


def answered(client, number):
    answer = client.get(f"/api/v1/search/?q={number}").json()["answer"]
    return answer["kind"], answer["areas"]


def test_bare_number_is_that_of_the_notice_not_of_an_added_area(client, added):
    numbers = {number: answered(client, number) for number in ("1", "45", "46", "47")}

    none = ("unknown-number", [])
    assert numbers == {"1": ("serial", [1]), "45": ("serial", [45]), "46": none, "47": none}


def test_bare_number_is_that_of_the_notice_after_a_withdrawal(client):
    make.overwrite(Region.objects.filter(slug="liaoning-benxi"), withdrawn_on="2026-01-01", withdrawn_reason="误登")

    assert (answered(client, "45"), answered(client, "46")) == (("serial", [45]), ("unknown-number", []))


def test_added_signature_makes_no_issuer(client, added):
    answer = client.get("/api/v1/search/?q=某部门").json()["answer"]
    who = client.get("/api/v1/search/?q=谁发的").json()["answer"]
    citation = client.get(NOTICE).context["citation"]

    assert answer["kind"] == "not-a-signatory"
    assert answer["text"].startswith("某部门不是发文机关，由本站增补。")
    assert "共9个机关" in who["text"]
    assert not [name for name, _, text in citation if "某署名己" in text or MARK in text]


@pytest.mark.parametrize("is_corrected", [False, True], ids=["added", "corrected"])
def test_only_lines_as_issued_are_said_to_be_unchanged(client, is_corrected):
    paths = ("/topics/ecological-red-lines/", "/regions/?q=红线")
    assert [path for path in paths if "一字未改" not in client.get(path).text] == []

    line = Topic.objects.get(slug="ecological-red-lines").priorities.filter(text__contains="红线").first()
    with editing(actor=None, reason="依来函"):
        if is_corrected:
            line.text_raw = f"{line.number}.探索改动的红线制度;"
            line.save()
        else:
            number = line.region.priorities.count() + 1
            row = {
                "text": "增补的红线",
                "text_raw": f"{number}.增补的红线;",
                "system": line.system,
                "is_issued": False,
            }
            make.make_priority(region=line.region, number=number, topics=line.topics.all(), **row)

    for path in paths:
        text = client.get(path).text
        assert ("一字未改" in text, "改过的和增补的已标明" in text) == (False, True), path
