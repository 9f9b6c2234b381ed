"""The calendar of the notice's duties, read back by a parser: its words, its days, and what it doesn't claim."""

import datetime
import re

import pytest
from icalendar import Calendar
from selectolax.lexbor import LexborHTMLParser

from pilots.feeds import calendar as calendars
from pilots.models import Notice, Province, Region, Section, editing, together

from . import factories as make
from .visits import NOTICE
from .withdrawing import withdraw

pytestmark = [pytest.mark.django_db, pytest.mark.once]
ALL = "/duties.ics"
ZHEJIANG = "/provinces/zhejiang/duties.ics"
every_calendar = pytest.mark.parametrize("path", [ALL, ZHEJIANG])


def get(client, path=ALL, *years):
    response = client.get(path, {"year": years} if years else {})
    assert response.status_code == 200
    return response


def read(client, path=ALL, *years):
    calendar = Calendar.from_ical(get(client, path, *years).content)
    assert calendar.errors == []
    assert all(event.errors == [] for event in calendar.events)
    return calendar


def clause():
    return Section.objects.get(anchor="duty-6")


def correct(row, **values):
    with editing(actor=None, reason="更正"):
        for name, value in values.items():
            setattr(row, name, value)
        row.save()


def test_calendar_has_four_quarters_and_the_end_of_the_year(client):
    events = read(client, ALL, 2016).events

    assert [(event.start, str(event["SUMMARY"])) for event in events] == [
        (datetime.date(2016, 3, 31), "提醒：2016年第1季度工作进展（已过）"),
        (datetime.date(2016, 6, 30), "提醒：2016年第2季度工作进展（已过）"),
        (datetime.date(2016, 9, 30), "提醒：2016年第3季度工作进展（已过）"),
        (datetime.date(2016, 12, 31), "提醒：2016年第4季度工作进展（已过）"),
        (datetime.date(2016, 12, 31), "提醒：2016年年度总结（已过）"),
    ]
    assert {event.end - event.start for event in events} == {datetime.timedelta(days=1)}


@every_calendar
def test_every_event_quotes_the_clause_and_says_what_it_is_not(client, path):
    for event in read(client, path, 2016).events:
        words = str(event["DESCRIPTION"])
        assert f"通知原文（发改环资〔2015〕3214号）：“{clause().text}”" in words
        assert "只是提醒，不是任何机关的正式要求" in words
        assert "现在是否仍然执行，本站不作判断" in words
        assert event["URL"] == f"http://testserver{NOTICE}#duty-6"
        assert ("没有写明日期" in words) == ("季度" in str(event["SUMMARY"]))
        assert event["TRANSP"] == "TRANSPARENT"


@every_calendar
def test_calendar_has_what_rfc_5545_asks_for(client, path):
    response = get(client, path, 2016, 2017)
    calendar = read(client, path, 2016, 2017)
    lines = response.content.split(b"\r\n")

    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert (calendar["VERSION"], bool(calendar["PRODID"])) == ("2.0", True)
    assert b"\n" not in response.content.replace(b"\r\n", b"")
    assert max(map(len, lines)) <= 75
    for event in calendar.events:
        assert event["DTSTAMP"].dt.utcoffset() == datetime.timedelta(0)
    assert len({event["UID"] for event in calendar.events}) == 10


@every_calendar
def test_reminder_of_a_day_is_a_day_and_no_time(client, path):
    text = get(client, path, 2016).content.decode().replace("\r\n ", "")

    for name in ("DTSTART", "DTEND"):
        assert len(re.findall(rf"^{name};VALUE=DATE:2016|^{name};VALUE=DATE:2017", text, re.M)) == 5
        assert f"{name}:" not in text
    assert "TZID" not in text
    assert "VTIMEZONE" not in text
    for event in read(client, path, 2016).events:
        assert (type(event.start), type(event.end)) == (datetime.date, datetime.date)
        assert event.end - event.start == datetime.timedelta(days=1)  # the first day that is no longer meant


@every_calendar
def test_reminder_comes_a_week_before_each_day(client, path):
    for event in read(client, path, 2049).events:
        [alarm] = event.walk("VALARM")
        assert alarm.errors == []
        assert (alarm["ACTION"], alarm["DESCRIPTION"]) == ("DISPLAY", event["SUMMARY"])
        assert alarm["TRIGGER"].dt == datetime.timedelta(days=-7)


@every_calendar
def test_day_that_is_past_is_said_to_be_and_reminds_nobody_and_today_is_not_past(client, path, monkeypatch):
    monkeypatch.setattr(calendars.timezone, "localdate", lambda timezone: datetime.date(2016, 6, 30))
    first, second, *others = read(client, path, 2016).events

    assert str(first["SUMMARY"]).endswith("（已过）")
    assert str(first["DESCRIPTION"]).startswith("已过：这一天已经过去。\n通知原文")
    assert ([str(name) for name in first["CATEGORIES"].cats], first.walk("VALARM")) == (["提醒", "已过"], [])
    for event in (second, *others):
        assert "已过" not in f"{event['SUMMARY']}{event['DESCRIPTION']}{event['CATEGORIES'].to_ical()}"
        assert len(event.walk("VALARM")) == 1


@every_calendar
def test_subscribed_calendar_is_published_and_fetched_again_each_day(client, path):
    calendar = read(client, path, 2016)

    assert calendar["METHOD"] == "PUBLISH"
    assert calendar["REFRESH-INTERVAL"].dt == datetime.timedelta(days=1)
    assert b"\r\nREFRESH-INTERVAL;VALUE=DURATION:P1D\r\n" in get(client, path, 2016).content
    assert calendar["X-PUBLISHED-TTL"] == "P1D"


def test_uid_of_a_duty_stays_whatever_else_is_asked_for_or_changes(client, settings):
    settings.ALLOWED_HOSTS = ["*"]
    before = [event["UID"] for event in read(client, ALL, 2016).events]
    correct(clause(), text=f"{clause().text}补充。")
    text = client.get(f"{ALL}?year=2017&year=2016", headers={"host": "example.cn"}).content
    after = [event["UID"] for event in Calendar.from_ical(text).events]

    assert after[:5] == before
    assert before[0] == "bafc977f-d387-5b26-ae2a-8df64beea223"
    assert not {event["UID"] for event in read(client, ZHEJIANG, 2016).events} & set(before)


@every_calendar
def test_same_content_is_the_same_bytes_until_the_words_change(client, path, monkeypatch):
    first = get(client, path, 2016).content
    monkeypatch.setattr(calendars.timezone, "now", lambda: datetime.datetime(2033, 1, 1, tzinfo=datetime.UTC))
    assert get(client, path, 2016).content == first
    assert read(client, path, 2016).events[0]["DTSTAMP"].dt == datetime.datetime(2015, 12, 31, tzinfo=datetime.UTC)
    Region.objects.filter(province__slug="ningbo").first().save()
    correct(Region.objects.filter(province__slug="ningbo").first(), internal_note="内部")
    assert get(client, path, 2016).content == first

    correct(clause(), text=f"{clause().text}补充。")

    [stamp] = {event["DTSTAMP"].dt for event in read(client, path, 2016).events}
    assert stamp.year >= 2026
    assert "补充。" in str(read(client, path, 2016).events[0]["DESCRIPTION"])


@every_calendar
def test_unchanged_calendar_is_304(client, path):
    etag = get(client, f"{path}?year=2016").headers["ETag"]

    same = client.get(f"{path}?year=2016&year=2016", headers={"If-None-Match": etag})

    assert (same.status_code, same.content) == (304, b"")
    assert client.get(f"{path}?year=2017", headers={"If-None-Match": etag}).status_code == 200
    assert get(client, path).headers["Cache-Control"] == "public, max-age=0, s-maxage=1, stale-while-revalidate=1"
    assert client.post(path).status_code == 405


@pytest.mark.parametrize(
    ("moment", "asked"),
    [("2026-12-31T15:59:00+00:00", {2026, 2027}), ("2026-12-31T16:01:00+00:00", {2027, 2028})],
)
def test_calendar_is_of_this_year_in_shanghai_and_the_next_unless_asked_for_others(
    client, monkeypatch, moment, asked
):
    monkeypatch.setattr(calendars.timezone, "now", lambda: datetime.datetime.fromisoformat(moment))

    assert {event.start.year for event in read(client).events} == asked
    assert {event.start.year for event in read(client, f"{ALL}?year=").events} == asked
    assert {event.start.year for event in read(client, ALL, 2050, 2016).events} == {2016, 2050}


def test_every_year_can_be_asked_for_at_once(client):
    assert len(read(client, ALL, *range(2016, 2051)).events) == 5 * 35


@pytest.mark.parametrize(
    "year", ["2015", "2051", "abc", "016", "２０１６", "-2016", "2016.0", "9" * 5000, " 2016", "<b>"]
)
def test_bad_year_is_400_in_chinese_naming_it(client, year):
    response = client.get(ALL, {"year": ["2016", year]})

    assert response.status_code == 400
    assert "2016至2050之间的四位年份" in response.text
    assert year.replace("<b>", "&lt;b&gt;")[:99] in response.text


@every_calendar
def test_unknown_parameter_is_400(client, path):
    response = client.get(f"{path}?years=2016")

    assert response.status_code == 400
    assert "years=2016：没有这个参数" in response.text


def test_province_has_its_own_areas_and_those_in_what_lies_in_it(client):
    ningbo = Region.objects.get(province__slug="ningbo")
    xinjiang = str(read(client, "/provinces/xinjiang/duties.ics", 2016).events[0]["DESCRIPTION"])
    event = read(client, ZHEJIANG, 2016).events[0]

    assert str(event["SUMMARY"]) == "提醒：2016年第1季度工作进展（浙江省）（已过）"
    assert ningbo.name in str(event["DESCRIPTION"])
    assert "昭苏县、新疆维吾尔自治区哈巴河县、新疆生产建设兵团第一师阿拉尔市。" in xinjiang


@pytest.mark.parametrize("slug", ["fujian", "taiwan"])
def test_province_without_areas_has_an_empty_calendar_that_says_so(client, slug):
    calendar = read(client, f"/provinces/{slug}/duties.ics")

    assert calendar.events == []
    assert "通知没有列出这里的地区" in str(calendar["X-WR-CALDESC"])
    assert f"{slug}/duties.ics" not in client.get(f"/provinces/{slug}/").text


def test_withdrawn_area_is_named_no_more_and_the_stamp_moves(client):
    before = read(client, "/provinces/hebei/duties.ics", 2016).events[0]
    withdraw(Region.objects.get(slug="hebei-qinhuangdao"))

    after = read(client, "/provinces/hebei/duties.ics", 2016).events[0]

    assert "秦皇岛" in str(before["DESCRIPTION"])
    assert "秦皇岛" not in str(after["DESCRIPTION"])
    assert after["DTSTAMP"].dt > before["DTSTAMP"].dt


def test_every_province_has_a_calendar_and_an_unknown_one_is_404(client):
    for province in Province.objects.all():
        read(client, f"/provinces/{province.slug}/duties.ics", 2016)

    response = client.get("/provinces/mars/duties.ics")
    assert response.status_code == 404
    assert "没有找到" in response.text


def test_calendar_follows_the_record_and_not_a_list_of_its_own(client):
    Notice.objects.get().sections.filter(kind="duty").delete()
    other = make.make_notice(issued_on=datetime.date(2018, 5, 1))
    make.make_section(notice=other, text="一、总结。每年12月底前形成年度总结。")

    events = read(client, ALL, 2018, 2019).events

    assert [(event.start.year, str(event["SUMMARY"])) for event in events] == [(2019, "提醒：2019年年度总结（已过）")]
    assert other.number in str(events[0]["DESCRIPTION"])


def test_calendar_stands_on_the_issued_words_when_they_are_corrected(client):
    before = [(event["UID"], event.start) for event in read(client, ALL, 2016).events]
    issued = clause().text
    correct(clause(), text="六、总结报送工作进展。另行通知。")

    events = read(client, ALL, 2016).events

    assert [(event["UID"], event.start) for event in events] == before
    assert f"另行通知。”（本站已更正，印发原文：“{issued}”）" in str(events[0]["DESCRIPTION"])


def test_quoted_words_that_were_corrected_say_what_was_issued(client):
    section, region, notice = clause(), Region.objects.get(province__slug="ningbo"), Notice.objects.get()
    issued = section.text, region.name, notice.number
    correct(section, text=f"{section.text}某")
    correct(region, name="某地区")
    correct(notice, number="某号")

    said = str(read(client, ZHEJIANG, 2016).events[0]["DESCRIPTION"])

    assert f"{issued[0]}某”（本站已更正，印发原文：“{issued[0]}”）" in said
    assert f"某地区（本站已更正，印发原文：“{issued[1]}”）" in said
    assert f"某号（本站已更正，印发原文：“{issued[2]}”）" in said


def test_words_as_issued_have_no_remark(client):
    assert "本站已更正" not in get(client, ZHEJIANG, 2016).text


def test_calendar_of_an_empty_record_is_valid(client, bare):
    assert read(client).events == []


def test_what_no_calendar_may_hold_does_not_break_it(client):
    correct(Region.objects.get(province__slug="ningbo"), name="甲\x0b;,\\乙\r\nEND:VEVENT")

    event = read(client, ZHEJIANG, 2016).events[0]

    assert "甲\ufffd;,\\乙\nEND:VEVENT" in str(event["DESCRIPTION"])


@pytest.mark.parametrize(("path", "count"), [(ALL, 4), (ZHEJIANG, 8)])
def test_calendar_takes_the_same_queries_whatever_it_holds(client, django_assert_num_queries, path, count):
    for number in (1, 40):
        with together():
            for _ in range(number):
                make.make_region(province=Province.objects.get(slug="zhejiang"), notice=Notice.objects.first())
                correct(clause(), heading="某")
        with django_assert_num_queries(count):
            client.get(path, {"year": range(2016, 2016 + min(number, 30))})


@pytest.mark.parametrize(("page", "calendar"), [(NOTICE, ALL), ("/provinces/zhejiang/", ZHEJIANG)])
def test_page_of_duties_leads_to_the_calendar_and_says_what_it_is_not(client, page, calendar):
    section = LexborHTMLParser(client.get(page).text).css_first("section:has(#calendar)")

    webcal, link = (node.attributes["href"] for node in section.css("a"))
    assert (webcal, link) == (f"webcal://testserver{calendar}", calendar)
    assert "只是提醒，不是任何机关的正式要求" in section.text()
    assert section.css_first("form").attributes["action"] == calendar
    years = [option.attributes["value"] for option in section.css("select[name=year] option")]
    assert years == ["", *map(str, range(2016, 2051))]
    for year in years[:2] + years[-1:]:
        read(client, f"{calendar}?year={year}")
    assert f'href="{ALL}"' in client.get("/").text


def test_notice_in_force_reminds_of_its_own_reports_and_doubts_nothing(client, monkeypatch):
    area = make.make_reporting_area()
    year, notice = area.notice.reports_from.year, area.notice
    days = {"reports_from": datetime.date(year, 4, 1), "reports_until": datetime.date(year + 1, 6, 30)}
    correct(Notice.objects.get(pk=notice.pk), **days)
    monkeypatch.setattr(calendars.timezone, "localdate", lambda timezone=None: datetime.date(year, 9, 30))

    events = [
        row for row in read(client, ALL, year, year + 1, year + 2).events if notice.number in str(row["DESCRIPTION"])
    ]

    starts = [(year, 6, 30), (year, 9, 30), (year, 12, 31), (year, 12, 31), (year + 1, 3, 31), (year + 1, 6, 30)]
    assert [event.start for event in events] == [datetime.date(*day) for day in starts]
    assert ["（已过）" in str(event["SUMMARY"]) for event in events] == [True] + [False] * 5
    assert [len(event.walk("VALARM")) for event in events] == [0] + [1] * 5
    assert not [event for event in events if "不作判断" in str(event["DESCRIPTION"])]
    assert {"不是任何机关的正式要求。" in str(event["DESCRIPTION"]) for event in events} == {True}
    others = [row for row in read(client, ALL, year).events if "3214" in str(row["DESCRIPTION"])]
    assert (len(others), {"本站不作判断" in str(row["DESCRIPTION"]) for row in others}) == (5, {True})
    assert "不作判断" not in str(read(client, ALL, year)["X-WR-CALDESC"])
    assert "不作判断" in str(read(client, ZHEJIANG, year)["X-WR-CALDESC"])
    correct(Notice.objects.get(slug="fagai-huanzi-2015-3214"), **days)
    [stamp] = {event["DTSTAMP"].dt.year for event in read(client, ZHEJIANG, year).events}
    assert stamp > 2015
    assert "不作判断" not in get(client, ALL, year).text


def test_year_in_which_reports_begin_can_be_asked_for(client, bare):
    notice = make.make_notice(issued_on=datetime.date(2026, 1, 5))
    text = "六、总结。每年12月底前形成年度总结。"
    make.make_section(notice=notice, text=text, text_raw=text)
    make.overwrite(
        Notice.objects.all(), reports_from=datetime.date(2026, 1, 5), reports_until=datetime.date(2027, 12, 31)
    )

    assert [event.start.year for event in read(client, ALL, 2026, 2027, 2028).events] == [2026, 2027]
