"""The first page: the line of the day, the colours of its tiles, and what the notice asks for, in its own words."""

import datetime
from itertools import pairwise

import pytest
from selectolax.lexbor import LexborHTMLParser

from pilots.models import Notice, Priority, Region, Section, editing
from pilots.pages import duties, home
from pilots.record.checks import BATCH_TWO

from . import factories as make
from .withdrawing import withdraw

pytestmark = [pytest.mark.django_db, pytest.mark.once]
DAY = datetime.date(2026, 11, 26)


def page(client, query=""):
    return LexborHTMLParser(client.get(f"/{query}").text)


def at(monkeypatch, *moment):
    """Let it be this moment in Shanghai."""
    now = datetime.datetime(*moment, tzinfo=home.SHANGHAI)
    monkeypatch.setattr("django.utils.timezone.now", lambda: now)


def test_each_line_has_its_day_in_130_days_and_each_day_another_area():
    lines = [home.daily(DAY + datetime.timedelta(days)) for days in range(130)]

    assert {line.pk for line in lines} == set(Priority.objects.values_list("pk", flat=True))
    assert all(one.region_id != two.region_id for one, two in pairwise(lines))


def test_line_of_the_day_is_none_that_was_withdrawn_or_added(client):
    region = Region.objects.get(slug="beijing-huairou")
    with editing(actor=None, reason="增补"):
        make.overwrite(region.priorities.filter(number=1), is_issued=False)
    withdraw()

    lines = {home.daily(DAY + datetime.timedelta(days)) for days in range(140)}

    assert len(lines) == Priority.objects.filter(is_issued=True).count() < 129
    Region.objects.all().delete()
    assert home.daily(DAY) is None


def test_line_of_the_day_changes_at_midnight_in_shanghai(client, monkeypatch):
    seen = []
    for moment in ((2026, 11, 26, 0, 1), (2026, 11, 26, 23, 59, 30), (2026, 11, 27, 0, 1)):
        at(monkeypatch, *moment)
        response = client.get("/")
        text = LexborHTMLParser(response.text).css_first(".daily .original").text()
        seen.append((text, response.headers["ETag"]))

    early, late, after = seen
    assert early == late
    assert late[0] != after[0]
    assert late[1] != after[1]


def test_long_line_of_the_day_is_set_smaller(client):
    line = home.daily(datetime.datetime.now(home.SHANGHAI).date())
    for length, count in ((36, 0), (37, 1)):
        make.overwrite(Priority.objects.filter(pk=line.pk), text="水" * length)
        assert len(page(client).css(".daily__line--long")) == count


def test_corrected_line_of_the_day_is_marked(client):
    line = home.daily(datetime.datetime.now(home.SHANGHAI).date())
    with editing(actor=None, reason="更正"):
        line.text = "改后的重点"
        line.save()

    daily = page(client).css_first(".daily")

    assert daily.css_first("blockquote").text(strip=True) == "改后的重点已更正"


def test_tiles_are_coloured_by_a_topic_at_an_address_that_is_not_indexed(client):
    tree = page(client, "?colour=ecological-compensation&utm_source=x")

    assert tree.css_first("#colour option[selected]").attributes["value"] == "ecological-compensation"
    assert [node.text() for node in tree.css(".tile__count")].count("2项") == 5
    assert tree.css_first("link[rel=canonical]").attributes["href"] == "http://testserver/"
    assert "noindex" in tree.css_first("meta[name=robots]").attributes["content"]
    assert "?colour%3D" in tree.css_first(".text-size a").attributes["href"].replace("%3F", "?")


@pytest.mark.parametrize("query", ["", "?colour=", "?utm_source=x"])
def test_tiles_without_a_topic_are_the_page_itself(client, query):
    assert page(client, query).css("meta[name=robots], .message") == []


@pytest.mark.parametrize("value", ["mars", "<b>", "%25", "system", "a" * 3000])
def test_unknown_colour_is_ignored_and_said(client, value):
    response = client.get(f"/?colour={value}")
    tree = LexborHTMLParser(response.text)

    assert response.status_code == 200
    assert tree.css_first(".message").text().startswith("已忽略无法识别的颜色：colour=")
    assert "noindex" in tree.css_first("meta[name=robots]").attributes["content"]
    assert tree.css(".tile__count, #colour option[selected]") == []


# Duties


def sections():
    return list(Section.objects.filter(notice__slug=BATCH_TWO, kind="duty"))


def told():
    return [(row["order"], row.get("who", ""), row["what"], row.get("when", "")) for row in duties.table(sections())]


def test_what_is_asked_is_in_the_notices_own_words_of_that_duty():
    rows = duties.table(sections())

    assert [row["order"] for row in rows] == [*"一一二三四五五六六六"]
    for row, (anchor, *_, when) in zip(rows, duties.TASKS, strict=True):
        assert (row["section"].anchor, row["when"]) == (anchor, when)
        assert row["what"] in row["section"].text
        assert row["when"] in row["what"]
        assert "。" not in row["what"]
        assert len(row["what"]) < 60


@pytest.mark.parametrize("task", duties.TASKS, ids=lambda task: f"{task[0]}-{task[3]}")
@pytest.mark.parametrize("part", [2, 3, 4], ids=["subject", "start", "end"])
def test_changed_words_leave_no_row_of_theirs(task, part):
    section = Section.objects.get(anchor=task[0])
    section.text = section.text.replace(task[part], "某某")

    rows = duties.table([section])

    assert [row["what"] for row in rows] == [section.heading_sentence.partition("、")[2]]


def test_withdrawn_duty_leaves_no_row_and_a_corrected_one_is_marked(client):
    before = told()
    with editing(actor=None, reason="更正"):
        section = Section.objects.get(anchor="duty-2")
        section.text = section.text.replace("重大突破", "很大的重大突破")
        section.save()
        make.overwrite(Section.objects.filter(anchor="duty-6"), withdrawn_on=DAY, withdrawn_reason="撤下")

    rows = page(client).css(".duties tbody tr")

    assert len(rows) == len(before) - 3
    assert [row.css_first("td").text(strip=True)[0] for row in rows if "已更正" in row.text()] == ["二"]
    assert "取得很大的重大突破" in rows[2].text()


def test_record_without_a_notice_has_neither_line_nor_duties(client, bare):
    tree = page(client)

    assert Notice.objects.count() == 0
    assert tree.css(".daily, .duties, .figures") == []


@pytest.mark.parametrize(
    ("slug", "is_named"),
    [("sichuan", True), ("beijing", True), ("shenzhen", True), ("chongqing", True), ("liaoning", False)],
)
def test_province_is_told_the_duty_that_names_its_areas(client, slug, is_named):
    rows = page(client, f"provinces/{slug}/").css("#theirs")[0].parent.parent.css(".duties tbody tr")

    assert (duties.NAMED in [row.css("td")[1].text(strip=True) for row in rows]) == is_named
    assert len(rows) == 5 + is_named


@pytest.mark.parametrize("query", ["", "?colour=ecological-compensation", "?text-size=large"])
def test_home_is_where_one_is_and_says_no_way_to_it(client, query):
    assert page(client, query).css(".breadcrumb") == []
