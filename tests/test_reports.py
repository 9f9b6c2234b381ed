"""What areas owe of reports while a notice is in force, and that nobody sees one before it is made public."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from pilots.models import HistoryEntry, Notice, Report, ReportLine, whole_record

from . import factories as make

pytestmark = pytest.mark.django_db
DUTY = "各地区要按季度报送工作进展，每年12月底前形成年度总结。"
YEAR = {"reports_from": datetime.date(2026, 1, 1), "reports_until": datetime.date(2026, 12, 31)}


@pytest.fixture
def notice():
    """A notice in force, whose areas owe a year's reports."""
    notice = make.make_notice(issued_on=datetime.date(2025, 12, 1), **YEAR)
    make.make_section(notice=notice, text=DUTY, text_raw=DUTY)
    return Notice.objects.get(pk=notice.pk)


@pytest.fixture
def report(notice):
    return Report.objects.create(region=make.make_region(notice=notice), year=2026, period="q1")


def sent(report, state):
    """Give a report a state that somebody brought about."""
    report.state, report.sent_at = state, timezone.now()
    report.sent_by = make.make_official(f"报送人{state}")
    report.save()


def test_periods_are_those_of_the_duty_between_the_days_of_the_notice(notice):
    assert [(f"{due:%m-%d}", period) for due, _, period in notice.periods] == [
        ("03-31", "q1"),
        ("06-30", "q2"),
        ("09-30", "q3"),
        ("12-31", "q4"),
        ("12-31", "annual"),
    ]
    notice = Notice.objects.get(pk=notice.pk)
    notice.reports_from, notice.reports_until = datetime.date(2026, 4, 1), datetime.date(2026, 12, 30)
    assert [period for _, _, period in notice.periods] == ["q2", "q3"]


def test_notice_of_2015_has_no_reports():
    notice = Notice.objects.get(slug="fagai-huanzi-2015-3214")

    assert (notice.reports_from, notice.reports_until, notice.periods) == (None, None, [])


@pytest.mark.once
@pytest.mark.parametrize(
    ("values", "text", "message"),
    [
        ({"is_draft": True}, DUTY, "通知还没有发布：发布以后才能开通报送。"),
        ({}, "一段。", "通知没有写明何时报送"),
        (
            {"reports_from": datetime.date(2026, 5, 1), "reports_until": datetime.date(2026, 5, 2)},
            DUTY,
            "没有报送的日子",
        ),
        ({"reports_from": datetime.date(2024, 1, 1)}, DUTY, "不能早于成文日期。"),
        ({"reports_until": None}, DUTY, "要么都填，要么都不填"),
        ({"reports_until": datetime.date(2025, 12, 31)}, DUTY, "截止不能早于开始"),
    ],
)
def test_reports_that_cannot_be_are_not_switched_on(values, text, message):
    notice = make.make_notice(issued_on=datetime.date(2025, 12, 1))
    make.make_section(notice=notice, text=text, text_raw=text)
    for name, value in (YEAR | values).items():
        setattr(notice, name, value)

    with pytest.raises(ValidationError) as caught:
        notice.full_clean()

    assert message in "".join(caught.value.messages)


@pytest.mark.parametrize(
    "values",
    [
        {"period": "q5"},
        {"state": "?"},
        {"year": 2012},
        {"state": "sent"},
        {"period": "q1"},
        {"withdrawn_on": datetime.date(2026, 1, 1)},
    ],
)
def test_report_keeps_its_rules(report, values):
    row = {"region": report.region, "year": 2026, "period": "q2"} | values

    with pytest.raises(IntegrityError), transaction.atomic():
        Report.objects.create(**row)
    with pytest.raises(ValidationError):
        Report(**row).full_clean()


def test_report_is_of_a_period_that_the_notice_asks_for(report):
    with pytest.raises(ValidationError) as caught:
        Report(region=report.region, year=2027, period="q1").full_clean()

    assert caught.value.message_dict == {"period": ["通知没有要求报送这一期，或报送已经关闭。"]}
    Report(region=report.region, year=2026, period="annual").full_clean()


@pytest.mark.once
def test_line_is_of_the_area_of_its_report(report):
    theirs = make.make_priority(region=make.make_region(notice=report.region.notice))
    line = ReportLine(region=report.region, report=report, priority=theirs, document=make.make_document())

    with pytest.raises(ValidationError) as caught:
        line.full_clean()

    assert set(caught.value.message_dict) == {"priority", "document"}


def test_line_may_say_a_standard_alone_and_not_a_mark_alone(report):
    priority = make.make_priority(region=report.region)
    ReportLine(region=report.region, report=report, priority=priority, text="ISO 14001:2015").full_clean()

    with pytest.raises(ValidationError, match="至少要有一个汉字，或两个字母"):
        ReportLine(region=report.region, report=report, priority=priority, text="——").full_clean()


@pytest.mark.parametrize("values", [{"progress": "?"}, {"report": "same"}])
def test_line_keeps_its_rules(report, values):
    rows = [make.make_priority(region=report.region, number=number) for number in (1, 2)]
    ReportLine.objects.create(region=report.region, report=report, priority=rows[0])
    row = {"region": report.region, "report": report, "priority": rows[1]} | values
    row |= {"report": report, "priority": rows[0]} if values.get("report") else {}

    with pytest.raises(IntegrityError), transaction.atomic():
        ReportLine.objects.create(**row)
    with pytest.raises(ValidationError):
        ReportLine(**row).full_clean()


@pytest.mark.parametrize("state", ["draft", "sent", "returned", "published"])
def test_readers_see_a_report_once_it_is_public(report, state):
    line = ReportLine.objects.create(
        region=report.region, report=report, priority=make.make_priority(region=report.region), text="已出台办法。"
    )
    if state != "draft":
        sent(report, state)
    is_public = state == "published"

    assert Report.objects.exists() == ReportLine.objects.exists() == is_public
    assert not line.shows("text")
    assert HistoryEntry.objects.public().filter(object_repr__contains=str(report)).count() == is_public
    with whole_record():
        assert (Report.objects.count(), ReportLine.objects.count()) == (1, 1)
