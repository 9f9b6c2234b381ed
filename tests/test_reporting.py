"""A report from what is due to what is public: who writes, sends and answers it, and that nobody else sees it."""

import csv
import io
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from selectolax.lexbor import LexborHTMLParser

from pilots.exports import package
from pilots.models import Draft, HistoryEntry, Notice, Region, Report, ReportLine, Section, editing
from pilots.record import checks

from . import factories as make
from .admin import form_data
from .sheets import body, bring, csv_of, place, refusals, url, write

pytestmark = pytest.mark.django_db
BEGIN, GRID, REMIND = (f"/admin/pilots/report/{page}/" for page in ("begin", "grid", "remind"))
API = "/api/v1/"
TEXT = "印发了管理办法，正在试行。"


@pytest.fixture
def area():
    return make.make_reporting_area()


def sign_in(client, role="省级编辑", *provinces):
    client.force_login(make.make_official(f"{role}{'、'.join(provinces)}", role, *provinces))
    return client


def begun(client, area, period="q1"):
    """Begin the report of an area, and return it."""
    response = client.post(
        BEGIN, {"region": area.pk, "year": area.notice.reports_from.year, "period": period}, follow=True
    )
    assert response.status_code == 200, response.status_code
    return Report._base_manager.get(region=area, period=period)


def address(report, page="change"):
    return reverse(f"admin:pilots_report_{page}", args=[report.pk])


def filled(client, report, *lines, **values):
    """Return what a browser posts of the form of a report, each line with what is given for it."""
    data = form_data(client.get(address(report)))
    for n, line in enumerate(lines):
        data |= {f"lines-{n}-{name}": value for name, value in line.items()}
    return data | values


def lines_of(report):
    return list(ReportLine._base_manager.filter(report=report).order_by("priority__number"))


EVERY = [{"progress": "under_way", "text": TEXT}, {"progress": "adopted"}, {"progress": "waiting"}]


def forms_in(text):
    """Yield the forms of a page: where each is posted to, and what."""
    for form in LexborHTMLParser(text).css("form"):
        fields = {row.attributes["name"]: row.attributes.get("value") for row in form.css("input[name]")}
        yield form.attributes.get("action") or "", fields


def sent(client, area, period="q1"):
    report = begun(client, area, period)
    response = client.post(address(report), filled(client, report, *EVERY, _send="报送"), follow=True)
    assert "已报送" in response.text
    report.refresh_from_db()
    return report


def answer(client, report, button, **comments):
    now = Report._base_manager.get(pk=report.pk)
    data = {button: "1", "version": f"{now.state} {now.sent_at}"}
    data |= {f"comment-{lines_of(report)[int(n[1:])].pk}": text for n, text in comments.items()}
    return client.post(address(report, "answer"), data, follow=True)


@pytest.mark.once
def test_area_writes_a_draft_and_sends_it(client, area):
    report = begun(sign_in(client, "省级编辑", "liaoning"), area)
    client.post(address(report), filled(client, report, *EVERY[:2], _save="1"))
    report.refresh_from_db()
    assert (report.state, [line.progress for line in lines_of(report)]) == ("draft", ["under_way", "adopted", ""])

    refusal = client.post(address(report), filled(client, report, {"text": "改了几个字。"}, _send="1"), follow=True)
    [link] = LexborHTMLParser(refusal.text).css(".errornote a")
    assert link.text() == "报送内容“2025年第一季度 3. 建立第3项制度”的进展：还没有选进展。".replace(
        "2025", f"{report.year}"
    )
    assert "没有报送，也没有保存。请更正以下1处：" in refusal.text
    assert LexborHTMLParser(refusal.text).css_first(link.attributes["href"]).css_first("legend").text() == "进展"
    assert "改了几个字。" in refusal.text
    assert lines_of(report)[0].text == TEXT

    refusal = client.post(address(report), filled(client, report, {}, {}, {"text": "只写了说明。"}, _send="1"))
    assert (refusal.status_code, "只写了说明。" in refusal.text) == (200, True)
    assert "还没有选进展。" in refusal.text

    client.post(address(report), filled(client, report, {}, {}, {"progress": "waiting"}, _send="1"))
    report.refresh_from_db()
    assert (report.state, report.sent_by.username) == ("sent", "省级编辑liaoning")
    Draft.objects.keep(report.sent_by_id, address(report), "", {"lines-0-text": ["没有赶上的。"]})
    assert "打开表单可以接着填" in client.get(address(report)).text
    late = client.post(address(report), {"lines-TOTAL_FORMS": "1", "lines-0-progress": "adopted"})
    assert (late.status_code, "这份报告已经报送" in late.text, "已出台" in late.text) == (409, True, True)
    assert TEXT in client.get(address(report)).text
    assert (
        client.post(address(report, "answer"), {"_publish": "1", "version": f"sent {report.sent_at}"}).status_code
        == 403
    )


@pytest.mark.once
def test_lines_that_the_report_has_not_are_refused_with_a_word(client, area):
    other = lines_of(begun(sign_in(client, "省级编辑", "liaoning"), area, "q2"))[0]
    report = begun(client, area)
    values = filled(client, report, *EVERY, _save="1")

    for forged in ({"lines-TOTAL_FORMS": "9999"}, {"lines-0-id": f"{other.pk}"}):
        response = client.post(address(report), values | forged)
        assert (response.status_code, "没有保存" in response.text) == (200, True), forged

    assert {line.text for line in ReportLine.all_objects.all()} == {""}


def test_ministry_sends_a_report_back_and_makes_it_public(client, area):
    report = sent(sign_in(client, "省级编辑", "liaoning"), area)
    assert "1份报送等您审阅" in sign_in(client, "部委编辑").get("/admin/").text

    assert "请至少在一项下写明" in answer(client, report, "_return").text
    assert "至少要有一个汉字" in answer(client, report, "_return", n1="??").text
    assert "第2项：至多200字，现在有201字。" in answer(client, report, "_return", n1="改" * 201).text
    answer(client, report, "_return", n1="请写明文号。")
    report.refresh_from_db()
    assert (report.state, lines_of(report)[1].comment) == ("returned", "请写明文号。")

    client.force_login(report.sent_by)
    assert "已退回" in client.get("/admin/").text
    assert "请写明文号。" in client.get(address(report)).text
    client.post(address(report), filled(client, report, {}, {"text": "文号是某〔2026〕1号。"}, _send="1"))
    report.refresh_from_db()
    assert "要改的，请部委退回" in client.get(address(report)).text
    assert "已报送" in LexborHTMLParser(client.get("/admin/").text).css_first(".cards").text()
    client.force_login(make.make_official("另一位", "部委编辑"))
    again = client.get(address(report)).text
    assert "要改的，写明意见后退回" in again
    said = [node.text() for node in LexborHTMLParser(again).css(".report__comment, .report .note")]
    assert said == ["上次的退回意见：请写明文号。", "退回以后改了“说明”，改前：（空）"]
    answer(client, report, "_publish")
    assert (Report.objects.get(), ReportLine.objects.count()) == (report, 3)
    assert [line.comment for line in lines_of(report)] == ["", "", ""]
    answer(client, Report.objects.get(), "_return", n0="请更正。")
    assert not Report.objects.exists()


@pytest.mark.once
def test_opinion_is_never_thrown_away_by_making_public(client, area):
    report = sent(sign_in(client, "省级编辑", "liaoning"), area)
    sign_in(client, "部委编辑")

    page = answer(client, report, "_publish", n1="请写明文号。")

    assert not Report.objects.exists()
    assert "没有公开：" in page.text
    assert "您写了退回意见。要退回的，点“退回”；要公开的，先删去意见" in page.text
    assert "请写明文号。" in [node.text() for node in LexborHTMLParser(page.text).css("textarea")]
    for again in (answer(client, report, "_publish", n1="请写明文号。"), client.get(address(report))):
        assert "您在报送以前" not in again.text  # the area is told so of hers
    answer(client, report, "_publish", n1=" ")
    assert Report.objects.get() == report


def recalling(page):
    """Return the form of a page that takes a report back: where it is posted to, and what."""
    return next(form for form in forms_in(page.text) if "/recall/" in form[0])


def test_making_public_is_taken_back_for_ten_minutes(client, area, monkeypatch):
    writer, reader = sign_in(Client(), "省级编辑", "liaoning"), Client()
    report = sent(writer, area)
    sign_in(client, "部委编辑")
    answer(client, report, "_return", n1="请写明文号。")
    writer.post(address(report), filled(writer, report, {}, {"text": "文号是某〔2026〕1号。"}, _send="1"))
    action, fields = recalling(answer(client, report, "_publish"))
    assert TEXT in reader.get(area.get_absolute_url()).text
    assert "公开报送" in reader.get("/changes/").text

    other = sign_in(Client(), "部委编辑", "beijing")
    assert "撤销只在十分钟内有效" in other.post(action, fields, follow=True).text
    assert "没有撤回" in client.post(action, fields | {"edit_reason": "写进历史的别的话"}, follow=True).text
    assert writer.post(action, fields, follow=True).status_code == 200
    with monkeypatch.context() as late:
        late.setattr("pilots.admin.recalling.UNDO_SECONDS", -1)
        assert "撤销只在十分钟内有效" in client.post(action, fields, follow=True).text
    assert Report.objects.get() == report
    page = client.post(action, fields, follow=True).text

    assert "已撤销，现在是“已报送”。" in page
    said = [node.text() for node in LexborHTMLParser(page).css(".report__comment, .report .note")]
    assert said == ["上次的退回意见：请写明文号。", "退回以后改了“说明”，改前：（空）"]
    assert not Report.objects.exists()
    assert TEXT not in reader.get(area.get_absolute_url()).text
    assert "公开报送" not in reader.get("/changes/").text
    assert "没有撤回" in client.post(action, fields, follow=True).text  # once
    answer(client, report, "_publish")
    assert reader.get("/changes/").text.count(f"公开报送“{report}”") == 2  # it was, twice


def test_sending_back_is_taken_back_until_the_area_writes(client, area):
    writer = sign_in(Client(), "省级编辑", "liaoning")
    report = sent(writer, area)
    sign_in(client, "部委编辑")
    action, fields = recalling(answer(client, report, "_return", n1="请写明文号。"))

    page = client.post(action, fields, follow=True)

    report.refresh_from_db()
    assert (report.state, lines_of(report)[1].comment) == ("sent", "")
    assert "请写明文号。" in [node.text() for node in LexborHTMLParser(page.text).css("textarea")]
    answer(client, report, "_publish")
    action, fields = recalling(answer(client, report, "_return", n0="请更正。"))
    assert "现在是“已公开”" in client.post(action, fields, follow=True).text
    assert Report.objects.get() == report
    action, fields = recalling(answer(client, report, "_return", n0="请更正。"))
    writer.post(address(report), filled(writer, report, {"text": "更正了。"}, _save="1"))
    assert "没有撤回：省级编辑liaoning后来又改过。" in client.post(action, fields, follow=True).text
    report.refresh_from_db()
    assert (report.state, lines_of(report)[0].text) == ("returned", "更正了。")


def test_area_takes_back_what_it_sent_until_the_ministry_answers(client, area):
    report = begun(sign_in(client, "省级编辑", "liaoning"), area)
    page = client.post(address(report), filled(client, report, *EVERY, _send="1"), follow=True)
    member = sign_in(Client(), "省级编辑", "jilin")
    assert "/recall/" not in member.get(address(report)).text
    action, fields = recalling(page)
    assert member.post(action, fields).status_code == 403
    assert sign_in(Client(), "只读").post(action, fields).status_code == 403

    page = client.post(action, fields, follow=True)

    assert "已撤回，可以接着改。" in page.text
    report.refresh_from_db()
    assert (report.state, report.sent_by, report.sent_at, lines_of(report)[0].text) == ("draft", None, None, TEXT)
    client.post(address(report), filled(client, report, _send="1"))
    action, fields = recalling(client.get(address(report)))
    ministry = sign_in(Client(), "部委编辑")
    answer(ministry, report, "_return", n0="请更正。")
    assert "没有撤回：部委已经答复。" in client.post(action, fields, follow=True).text
    client.post(address(report), filled(client, report, _send="1"))
    client.post(action, fields)
    report.refresh_from_db()
    assert (report.state, lines_of(report)[0].comment) == ("returned", "请更正。")


def test_what_was_sent_again_meanwhile_is_not_answered_unread(client, area):
    report = sent(sign_in(client, "省级编辑", "liaoning"), area)
    data = {"_publish": "1", "version": "2026-01-01 00:00:00+00:00"}

    response = sign_in(client, "部委编辑").post(address(report, "answer"), data, follow=True)

    assert "刚刚有了变化" in response.text
    assert not Report.objects.exists()
    stale = {"_return": "1", "version": f"sent {report.sent_at}"}
    answer(client, report, "_publish")
    assert "刚刚有了变化" in client.post(address(report, "answer"), stale, follow=True).text
    assert not Draft.objects.exists()  # nothing was typed
    assert Report.objects.get() == report
    returned = answer(client, report, "_return", n0="请写明文号。")
    assert "还没有报送，内容由地区填写" not in returned.text
    assert "已经退回，内容由地区填写" in client.get(address(report), follow=True).text
    grid = client.get(GRID, {"year": report.year, "period": report.period}).text
    assert address(report, "withdraw") in grid  # it isn't opened here, but would keep reports from being switched off
    assert client.get(address(report, "withdraw")).status_code == 200
    late = client.post(address(report, "answer"), stale | {f"comment-{lines_of(report)[1].pk}": "请附文件。"})
    assert (late.status_code, "您写的意见在下面" in late.text, "请附文件。" in late.text) == (409, True, True)


def test_draft_is_its_areas_own_until_it_is_sent(client, area):
    report = begun(sign_in(client, "省级编辑", "liaoning"), area)
    client.post(address(report), filled(client, report, {"text": TEXT}, _save="1"), follow=True)
    table = reverse("admin:pilots_reportline_export_csv")
    line = reverse("admin:pilots_reportline_change", args=[lines_of(report)[0].pk])
    assert TEXT in client.get(table).getvalue().decode()

    sign_in(client, "部委编辑")
    assert TEXT not in client.get(address(report), follow=True).text
    assert TEXT not in client.get(address(report, "history"), follow=True).text
    assert TEXT not in client.get(reverse("admin:pilots_region_history", args=[area.pk])).text
    assert TEXT not in client.get(line, follow=True).text
    assert TEXT not in client.get(reverse("admin:pilots_reportline_changelist")).text
    assert TEXT not in client.get(table).getvalue().decode()
    assert lines_of(report)[0].text == TEXT
    [page] = client.get(BEGIN, follow=True).redirect_chain
    assert page == ("/admin/", 302)

    sender = User.objects.get(username="省级编辑liaoning")
    make.overwrite(Report._base_manager.filter(pk=report.pk), state="sent", sent_by=sender, sent_at=timezone.now())
    assert TEXT in client.get(address(report)).text
    assert TEXT in client.get(table).getvalue().decode()


@pytest.mark.once
def test_every_member_of_a_joint_area_writes_and_the_first_named_sends(client, area):
    report = begun(sign_in(client, "省级编辑", "jilin"), area)

    page = client.get(address(report))
    response = client.post(address(report), filled(client, report, *EVERY, _send="1"), follow=True)

    assert 'value="报送"' not in page.text
    assert "由辽宁省报送" in response.text
    client.post(address(report), filled(client, report, *EVERY, _save="1"))
    assert lines_of(report)[0].text == TEXT


@pytest.mark.once
def test_two_who_write_in_one_report_lose_nothing(client, area):
    report = begun(sign_in(client, "省级编辑", "liaoning"), area)
    theirs = filled(client, report, {}, {"progress": "adopted", "text": "我写的。"}, _save="1")
    sign_in(client, "省级编辑", "jilin")
    client.post(address(report), filled(client, report, {"text": TEXT}, {"text": "同事写的。"}, _save="1"))

    client.force_login(User.objects.get(username="省级编辑liaoning"))
    response = client.post(address(report), theirs)

    assert [line.text for line in lines_of(report)] == [TEXT, "同事写的。", ""]
    assert "同事写的。" in response.text
    assert "我写的。" in response.text

    theirs = filled(
        client, report, {"progress": "adopted"}, {"progress": "waiting"}, {"progress": "waiting"}, _send="1"
    )
    make.overwrite(ReportLine._base_manager.filter(pk=lines_of(report)[1].pk), progress="adopted")
    response = client.post(address(report), theirs)
    assert "已把这一项改为" in response.text
    assert "还没有选进展" not in response.text


def shown_in(client, report):
    """Return what the form of a report shows of each line."""
    rows = client.get(address(report)).context["inline_admin_formsets"][0].formset.forms
    return [(row["progress"].value(), row["text"].value(), row["document"].value()) for row in rows]


def test_report_follows_what_was_sent_last_until_it_is_saved(client, area):
    first = begun(sign_in(client, "省级编辑", "liaoning"), area)
    document = make.make_document(region=area)
    client.post(address(first), filled(client, first, EVERY[0] | {"document": document.pk}, *EVERY[1:], _save="1"))
    second = begun(client, area, "q2")
    assert shown_in(client, second) == [("", "", None)] * 3  # the first wasn't sent

    client.post(address(first), filled(client, first, _send="1"))
    make.make_priority(region=area, number=4)
    assert begun(client, area, "q2") == second
    shown = [("under_way", TEXT, document.pk), ("adopted", "", None), ("waiting", "", None), ("", "", None)]
    assert shown_in(client, second) == shown
    assert {line.is_filled for line in lines_of(second)} == {False}

    make.overwrite(ReportLine._base_manager.filter(report=first, priority__number=3), progress="under_way")
    colleague = filled(client, second, {}, {}, {"text": "同事写的。"}, _save="1")
    mine = filled(client, second, {}, {"progress": "working"}, _save="1")
    client.post(address(second), colleague)
    client.post(address(second), mine)
    make.overwrite(ReportLine._base_manager.filter(report=first), text="后来又更正的。")
    values = [(line.progress, line.text, line.document) for line in lines_of(second)]
    assert values[:2] == [("under_way", TEXT, document), ("working", "", None)]
    assert values[2:] == [("under_way", "同事写的。", None), ("", "", None)]
    assert [row[:2] for row in shown_in(client, second)] == [row[:2] for row in values]


@pytest.mark.once
def test_what_was_shown_is_written_when_nothing_of_it_is_changed(client, area):
    sent(sign_in(client, "省级编辑", "liaoning"), area)
    second = begun(client, area, "q2")

    page = client.post(address(second), filled(client, second, _save="1"), follow=True)

    assert "没有改动" not in page.text
    assert [line.progress for line in lines_of(second)] == ["under_way", "adopted", "waiting"]
    client.post(address(second), filled(client, second, _send="1"))
    second.refresh_from_db()
    assert second.state == "sent"


def test_summary_of_the_year_is_put_together_from_its_quarters(client, area):
    first = sent(sign_in(client, "省级编辑", "liaoning"), area)
    second = begun(client, area, "q2")
    client.post(address(second), filled(client, second, {"progress": "working", "text": "已在全市推行。"}, _save="1"))

    year = begun(client, area, "annual")
    page = client.get(address(year)).text

    assert [row[0] for row in shown_in(client, year)] == ["under_way", "adopted", "waiting"]
    assert "推进中：" + TEXT in page
    assert "已见效：已在全市推行。" not in page  # it wasn't sent
    client.post(address(second), filled(client, second, _send="1"))
    assert "已见效：已在全市推行。" in client.get(address(year)).text
    assert [row[0] for row in shown_in(client, year)] == ["working", "adopted", "waiting"]
    assert shown_in(client, year)[0][1] == f"{TEXT}已在全市推行。"
    assert "由本年各季度报送的合成" in client.get(address(year)).text
    make.overwrite(ReportLine._base_manager.filter(report=second, priority__number=1), text="长" * 195)
    assert shown_in(client, year)[0][1] == "长" * 195  # no room for both
    third = sent(client, area, "q3")
    for report, text in ((first, "一" * 90), (second, "二" * 120), (third, "三" * 100)):
        make.overwrite(ReportLine._base_manager.filter(report=report, priority__number=1), text=text)
    assert shown_in(client, year)[0][1] == "一" * 90 + "三" * 100  # as many as fit, each whole
    tree = LexborHTMLParser(client.get(address(year)).text)
    [note] = [node for node in tree.css(".report .note") if "没有放进" in node.text()]
    assert note.text() == "合起来超过200字，没有放进第二季度的说明，可以从所列的季度里复制。"
    assert tree.css_first(note.css_first("a").attributes["href"]).text() == "第二季度"


def test_edit_of_a_draft_is_taken_back_until_it_is_sent(client, area):
    report = begun(sign_in(client, "省级编辑", "liaoning"), area)
    page = client.post(address(report), filled(client, report, *EVERY, _save="1"), follow=True)
    action, fields = next(form for form in forms_in(page.text) if "/undo/" in form[0])

    assert "已撤销" in client.post(action, fields, follow=True).text
    assert [line.progress for line in lines_of(report)] == ["", "", ""]
    page = client.post(address(report), filled(client, report, *EVERY, _send="1"), follow=True)
    assert not [action for action, _ in forms_in(page.text) if "/undo/" in action]


def test_ministry_alone_switches_reports_on_where_the_notice_asks_for_them(client, area):
    duty, year = area.notice.sections.get(), area.notice.reports_from.year
    part = reverse("admin:pilots_notice_reports", args=[area.notice.pk])
    writer = sign_in(Client(), "省级编辑", "liaoning")
    begun(writer, area, "q1")  # a draft stands in nobody's way
    report = sent(writer, area, "q4")
    sign_in(client, "部委编辑")
    for days in ({"reports_until": f"{year}-10-31"}, {"reports_from": "", "reports_until": ""}):
        assert "不在起止日期之内" in client.post(part, form_data(client.get(part)) | days).text
    make.overwrite(Report._base_manager.filter(pk=report.pk), withdrawn_on="2026-01-01", withdrawn_reason="误收")
    days = {"reports_from": "", "reports_until": ""}
    assert client.post(part, form_data(client.get(part)) | days).status_code == 302
    draft = Report._base_manager.get(period="q1")
    page = writer.get(address(draft))
    assert "报送已经关闭" in page.text
    assert 'name="_send"' not in page.text
    page = writer.post(address(draft), filled(writer, draft, *EVERY, _send="1"))
    assert "没有报送，也没有保存。" in page.text
    assert "通知没有要求报送这一期，或报送已经关闭。" in page.text
    assert client.get(address(report, "withdraw")).status_code == 403  # nor is it restored meanwhile
    days = {"reports_from": f"{year}年4月1日", "reports_until": f"{year + 2}1231"}
    client.post(part, form_data(client.get(part)) | days)
    notice = Notice.objects.get(pk=area.notice.pk)
    assert (f"{notice.reports_from}", f"{notice.reports_until}") == (f"{year}-04-01", f"{year + 2}-12-31")

    assert client.post("/admin/pilots/notice/add/", {"title": "新的"}).status_code == 200

    make.overwrite(Section.objects.filter(pk=duty.pk), text="一段。", text_raw="一段。")
    response = client.post(part, form_data(client.get(part)) | {"reports_from": f"{year}-05-01"})
    assert "通知没有写明何时报送" in response.text
    assert writer.post(part, days).status_code == 403
    assert not Notice.objects.exclude(pk=notice.pk).exclude(reports_from=None).exists()


def test_reports_that_are_all_overdue_are_switched_on_once_that_is_confirmed(client, area):
    part = reverse("admin:pilots_notice_reports", args=[area.notice.pk])
    year = area.notice.reports_from.year
    days = {"reports_from": area.notice.reports_from, "reports_until": area.notice.reports_until}
    make.overwrite(Notice._base_manager.filter(pk=area.notice.pk), reports_from=None, reports_until=None)
    sign_in(client, "部委编辑")
    data = form_data(client.get(part)) | days

    asked = client.post(part, data)

    assert not Notice.objects.get(pk=area.notice.pk).reports_from
    tree = LexborHTMLParser(asked.text)
    assert "要报送的日子都已过去。请看下面的日期" in tree.css_first(".errornote a").text()
    row = " ".join(tree.css_first(".field-confirmed").text().split())
    assert "照样开通报送" in row
    assert "开通后1个地区各5期报送马上全部逾期" in row
    assert f"{year}年3月31日 至 {year}年12月31日" in row
    other = form_data(asked) | {"reports_until": f"{year}-06-30", "confirmed": "x"}
    assert "各2期报送马上全部逾期" in client.post(part, other).text  # other days, another question
    box = tree.css_first("input[name=confirmed]").attributes["value"]
    assert client.post(part, form_data(asked) | {"confirmed": box}).status_code == 302
    assert Notice.objects.get(pk=area.notice.pk).reports_from == area.notice.reports_from


@pytest.mark.once
@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"period": "q5"}, 404),
        ({"year": "1999"}, 404),
        ({"region": "x"}, 403),
        ({"region": "9" * 30}, 403),
        ({}, 302),
    ],
)
def test_only_what_is_due_is_begun(client, area, values, status):
    sign_in(client, "省级编辑", "liaoning")
    data = {"region": area.pk, "year": area.notice.reports_from.year, "period": "q1"} | values

    assert client.post(BEGIN, data).status_code == status
    assert client.get(BEGIN).status_code == 302  # to the first page
    assert Report._base_manager.exists() is (status == 302)


@pytest.mark.once
def test_number_of_a_person_stays_out_of_a_report(client, area):
    report = begun(sign_in(client, "省级编辑", "liaoning"), area)

    response = client.post(address(report), filled(client, report, {"text": "电话13812345678"}, _save="1"))

    assert "里面像有身份证号或手机号" in response.text
    assert lines_of(report)[0].text == ""


OUTSIDERS = [("省级编辑", "beijing"), ("只读",), ("安全审计员",), ("管理员",), ()]


@pytest.mark.once
@pytest.mark.parametrize("who", OUTSIDERS)
def test_nobody_else_sees_or_writes_a_report(client, area, who):
    report = sent(sign_in(client, "省级编辑", "liaoning"), area)
    line, year = lines_of(report)[0], area.notice.reports_from.year
    client.logout()
    if who:
        sign_in(client, *who)
    pages = [address(report), address(report, "history"), address(report, "withdraw")]
    pages += [reverse("admin:pilots_reportline_change", args=[line.pk])]
    lists = [reverse(f"admin:pilots_{name}_changelist") for name in ("report", "reportline")]
    lists += [reverse(f"admin:pilots_{name}_export_csv") for name in ("report", "reportline")]
    begin = {"region": area.pk, "year": year, "period": "q2"}
    responses = [client.get(page, follow=True) for page in pages]
    responses += [
        client.post(page, data) for page, data in ((BEGIN, begin), (address(report, "answer"), {"_publish": ""}))
    ]

    responses += [client.get(GRID), client.post(REMIND, begin)]
    assert {row.status_code for row in responses[-4:]} == {403 if who else 302}
    for response in responses + [client.get(page, follow=True) for page in lists]:
        content = response.getvalue() if response.streaming else response.content
        assert TEXT.encode() not in content
        assert "建立第1项制度".encode() not in content
    report.refresh_from_db()
    assert (report.state, Report._base_manager.count()) == ("sent", 1)


@pytest.mark.once
def test_card_names_all_that_is_late_and_what_is_next(client, area):
    today = timezone.localdate()
    make.overwrite(Notice.objects.filter(pk=area.notice.pk), reports_until=today.replace(today.year + 1, 12, 31))

    page = sign_in(client, "省级编辑", "liaoning").get("/admin/")
    [card] = [card for card in page.context["areas"] if card["region"] == area]

    dates = [row["report"].due_on for row in card["reports_due"]]
    words = [{True: "逾期", False: "未到期"}[day < today] if day != today else "今天到期" for day in dates]
    assert [row["when"] for row in card["reports_due"]] == words
    assert dates == sorted(dates)
    assert len({day for day in dates if day >= today}) == 1
    assert [row["report"].period for row in card["reports_due"]][:5] == ["q1", "q2", "q3", "q4", "annual"]
    section = LexborHTMLParser(page.text).css_first("section[aria-labelledby=overview-queue]")
    waiting = [node.text() for node in section.css("#overview-reports li")]
    assert len(waiting) == 5
    assert f"{area.name}，{area.notice.reports_from.year}年第一季度" in " ".join(waiting[0].split())
    assert "其余的在下面我的地区里" in section.text()


@pytest.mark.once
def test_no_report_is_begun_or_asked_for_before_its_time(client, area):
    year = timezone.localdate().year + 1
    make.overwrite(Notice.objects.filter(pk=area.notice.pk), reports_until=timezone.localdate().replace(year, 12, 31))
    values = {"region": area.pk, "year": year, "period": "q4"}
    assert client.post(BEGIN, values).status_code == 302  # to sign in
    assert sign_in(client, "省级编辑", "liaoning").post(BEGIN, values).status_code == 404

    page = sign_in(client, "部委编辑").get(GRID)

    assert client.post(REMIND, values).status_code == 404
    assert client.get(GRID, values).status_code == 404
    assert f"{year}年第四季度" not in page.text
    assert f"{year - 2}年第四季度" in page.text
    assert not Report._base_manager.exists()


def cells(client, **query):
    """Return the rows of the ministry's grid, as text."""
    rows = LexborHTMLParser(client.get(GRID, query).text).css(".report__grid tbody tr")
    return [[" ".join(cell.text().split()) for cell in row.css("th, td")[1:]] for row in rows]


def test_ministry_sees_all_areas_and_lines_of_a_period(client, area):
    sent(sign_in(client, "省级编辑", "liaoning"), area, "q1")
    other = make.make_region(notice=area.notice, province=area.province)
    make.make_priority(region=other)
    page = sign_in(client, "部委编辑").get("/admin/")
    year = area.notice.reports_from.year

    assert GRID in page.text
    rows = cells(client, year=year, period="q1")
    assert rows[0] == [area.name, f"已报送：{area.name}", "推进中", "已出台", "未启动"]
    assert rows[1][0] == other.name
    assert rows[1][1].startswith("未开始")
    assert cells(client)[1][1] == "未开始 逾期"  # the last that fell due
    assert "勾选的地区" in client.get(GRID, {"year": year, "period": "q1"}).text
    make.overwrite(area.priorities.filter(number=2), withdrawn_on="2026-01-01", withdrawn_reason="误收")
    rows = cells(client, year=year, period="q1")
    assert rows[0][2:] == ["推进中", "—", "未启动"]  # each under its number
    assert [len(row) for row in rows] == [5, 5]
    make.overwrite(Region.objects.filter(pk=other.pk), withdrawn_on="2026-01-01", withdrawn_reason="误收")
    alone = client.get(GRID, {"year": year, "period": "q1"}).text
    assert "没有要催报的地区" in alone
    assert "勾选的地区" not in alone
    assert LexborHTMLParser(alone).css_first(".report__grid th").text() == "地区"
    make.overwrite(Region._base_manager.filter(pk=other.pk), withdrawn_on=None, withdrawn_reason="")
    client.post(REMIND, {"year": year, "period": "q2", "region": [area.pk, other.pk]})
    client.force_login(make.make_official("辽", "省级编辑", "liaoning"))
    draft = begun(client, area, "q2")
    client.post(address(draft), filled(client, draft, {"progress": "adopted", "text": "草稿里的话。"}, _save="1"))
    client.force_login(make.make_official("部", "部委编辑"))
    rows = cells(client, year=year, period="q2")
    assert [row[1:] for row in rows] == [["草稿 逾期", "—", "—", "—"], ["未开始 逾期", "—", "—", "—"]]
    text = client.get(address(draft), follow=True).text
    assert "还没有报送，内容由地区填写" in text  # the area's own, until it sends it
    for page in (text, client.get(reverse("admin:pilots_reportline_changelist"), {"q": "草稿"}).text):
        assert "草稿里的话" not in LexborHTMLParser(page).css_first("#content").text()
    for query in ({"notice": "x"}, {"year": "1999"}, {"period": "q9"}, {"notice": "fagai-huanzi-2015-3214"}):
        assert client.get(GRID, query).status_code == 404, query


def test_grid_says_where_no_notice_wants_reports(client):
    notice = Notice.objects.get()
    page = sign_in(client, "部委编辑").get(GRID, {"year": "2016"})

    assert (page.status_code, "现在没有通知开通报送" in page.text) == (200, True)
    [link] = [node for node in LexborHTMLParser(page.text).css("#content-main a") if notice.number in node.text()]
    assert client.get(link.attributes["href"]).status_code == 200
    assert client.post(REMIND, {"region": "1"}).status_code == 404
    assert sign_in(client, "省级编辑", "liaoning").get(GRID).status_code == 403


def test_ministry_asks_for_a_report_once_a_day_and_the_area_learns_of_it(client, area, settings):
    settings.EMAIL_HOST, settings.DEFAULT_FROM_EMAIL = "mail.example.cn", "site@example.cn"
    make.make_official("辽", "省级编辑", "liaoning", email="liao@example.cn")
    make.make_official("京", "省级编辑", "beijing", email="jing@example.cn")
    data = {"year": area.notice.reports_from.year, "period": "q1", "region": [area.pk, "x"]}
    sign_in(client, "部委编辑")

    assert not LexborHTMLParser(client.get(GRID).text).css("input[name=region][checked]")
    assert "没有催报：请先勾选地区。" in client.post(REMIND, data | {"region": []}, follow=True).text
    assert f"已催报：{area.name}。" in client.post(REMIND, data, follow=True).text
    assert "今天已催过" in client.post(REMIND, data, follow=True).text
    report = Report._base_manager.get()
    assert (report.state, len(lines_of(report))) == ("draft", 3)
    call_command("tell_officials", verbosity=0)
    call_command("tell_officials", verbosity=0)
    [letter] = mail.outbox
    assert (letter.to, letter.subject) == (["liao@example.cn"], "生态文明先行示范区名录：部委催报1份")
    assert f"部委催报：{area.name}的{report}。" in letter.body
    card = LexborHTMLParser(sign_in(client, "省级编辑", "liaoning").get("/admin/").text).css_first("#content").text()
    assert "部委催报" in card
    assert "草稿" not in card  # nobody has begun it
    everywhere = {"year": data["year"], "period": "q2", "_every": "1"}
    client.force_login(User.objects.get(username="部委编辑"))
    words = client.post(REMIND, everywhere, follow=True).text
    assert f"已催报：{area.name}。" in words

    cache.clear()
    make.overwrite(Report._base_manager.all(), reminded_at=timezone.now() - timedelta(days=2))
    call_command("tell_officials", verbosity=0)
    assert len(mail.outbox) == 1
    client.force_login(User.objects.get(username="省级编辑liaoning"))
    make.overwrite(Report._base_manager.all(), reminded_at=timezone.now())
    make.overwrite(Notice._base_manager.filter(pk=area.notice_id), reports_from=None, reports_until=None)
    call_command("tell_officials", verbosity=0)
    assert len(mail.outbox) == 1  # reports were switched off
    days = {"reports_from": area.notice.reports_from, "reports_until": area.notice.reports_until}
    make.overwrite(Notice._base_manager.filter(pk=area.notice_id), **days)
    client.post(address(report), filled(client, report, *EVERY, _send="1"))
    assert "没有催报" in sign_in(client, "部委编辑", "beijing").post(REMIND, data, follow=True).text


@pytest.mark.parametrize("is_withdrawn", [False, True])
def test_opinions_that_were_not_sent_are_shown_while_the_report_is_not_to_be_answered(client, area, is_withdrawn):
    report = sent(sign_in(client, "省级编辑", "liaoning"), area)
    sign_in(client, "部委编辑")
    comment = f"comment-{lines_of(report)[0].pk}"
    client.post(address(report, "answer"), {"_draft": "1", comment: "请补<b>数字</b>。"})
    state = (
        {"withdrawn_on": "2026-11-01", "withdrawn_reason": "报错了地区。"} if is_withdrawn else {"state": "returned"}
    )
    make.overwrite(Report._base_manager.filter(pk=report.pk), **state)

    page = client.get(address(report, "answer"))

    assert (page.status_code, "请补&lt;b&gt;数字&lt;/b&gt;。" in page.text) == (200, True)
    assert f"{area.name}：{report}，{'已撤下' if is_withdrawn else '在地区手里'}" in page.text
    assert Draft.objects.exists()  # until it is dropped
    client.force_login(make.make_official("另一位", "部委编辑"))
    assert "数字" not in client.get(address(report, "answer"), follow=True).text


@pytest.mark.once
def test_check_of_the_record_finds_nothing_wrong_with_a_report_and_sees_what_was_written_past_it(client, area):
    before = set(checks.problems())
    report = sent(sign_in(client, "省级编辑", "liaoning"), area)
    data = {"year": report.year, "period": "q2", "region": [area.pk]}
    sign_in(client, "部委编辑").post(REMIND, data)
    assert set(checks.problems()) == before

    make.overwrite(ReportLine._base_manager.filter(report=report, priority__number=2), text="没有人写过的。")
    make.overwrite(Report._base_manager.filter(pk=report.pk), sent_at=timezone.now())
    words = "".join(set(checks.problems()) - before)
    assert "的说明不是载入时或修改历史里最后写下的" in words
    assert "的报送时间不是" in words


@pytest.mark.once
def test_grid_takes_as_many_queries_with_many_areas(client, area, django_assert_max_num_queries):
    def count():
        with django_assert_max_num_queries(30) as captured:
            assert client.get(GRID, {"year": area.notice.reports_from.year, "period": "q1"}).status_code == 200
        return len(captured)

    writer = sign_in(Client(), "省级编辑", "liaoning")
    begun(writer, area)
    sign_in(client, "部委编辑")
    count()
    few = count()
    for _ in range(30):
        region = make.make_region(notice=area.notice, province=area.province)
        make.make_priority(region=region)
        begun(writer, region)

    assert count() == few


@pytest.mark.once
@pytest.mark.parametrize("state", ["draft", "sent", "returned"])
def test_nothing_of_a_report_is_public_before_the_ministry_says_so(client, area, state):
    pages = [area.get_absolute_url(), "/after/", f"{API}reports/", f"{API}regions/{area.slug}/"]
    reader = Client()
    before = [reader.get(page).content for page in pages]
    report = sent(sign_in(client, "省级编辑", "liaoning"), area)
    if state != "sent":
        make.overwrite(Report._base_manager.filter(pk=report.pk), state=state)

    assert [reader.get(page).content for page in pages] == before
    assert reader.get(f"{API}reports/").json()["results"] == []
    assert "reports.csv" not in package.unpacked(reader.get("/data/package.zip").getvalue())
    for page in ("/changes/", "/changes.atom", f"{API}changes/", f"/search/?q={TEXT}", f"/regions/?q={TEXT}"):
        assert "第一季度" not in reader.get(page, follow=True).text, page


def test_readers_are_told_of_a_report_that_is_public(client, area):
    document = make.make_document(region=area, verification="unverified")
    report = sent(sign_in(client, "省级编辑", "liaoning"), area)
    make.overwrite(ReportLine._base_manager.filter(report=report, priority__number=1), document=document)
    answer(sign_in(client, "部委编辑"), report, "_publish")
    year, reader = report.year, Client()

    page = reader.get(area.get_absolute_url()).text
    assert f"推进中。{TEXT}" in page
    assert "共5期：已报送并公开1期" in page
    assert document.title not in page
    [row] = reader.get(f"{API}reports/?region={area.slug}&period=q1").json()["results"]
    assert (row["year"], row["period_label"], row["due_on"]) == (year, "第一季度", f"{year}-03-31")
    assert [(line["number"], line["progress_label"], line["document"]) for line in row["lines"]] == [
        (1, "推进中", None),
        (2, "已出台", None),
        (3, "未启动", None),
    ]
    assert reader.get(f"{API}reports/?period=q2").json()["results"] == []
    assert {"sent_by", "comment", "reminded_at"}.isdisjoint(row)
    assert "省级编辑" not in f"{row}"

    make.overwrite(type(document).objects.filter(pk=document.pk), verification="verified")
    assert document.title in Client().get(area.get_absolute_url()).text
    line = reader.get(f"{API}reports/").json()["results"][0]["lines"][0]
    assert line["document"]["title"] == document.title
    rows = package.unpacked(reader.get("/data/package.zip").getvalue())["reports.csv"].decode().splitlines()
    assert rows[0] == "region,year,period,number,progress,text,document"
    assert rows[1] == f"{area.slug},{year},q1,1,under_way,{TEXT},{document.position}"
    assert f"{year}年第二季度0个地区" in reader.get("/after/").text
    own = f"{API}reports/{area.slug}/{year}/q1/"
    assert reader.get(own).json() == reader.get(f"{API}reports/").json()["results"][0]
    answer(client, Report.objects.get(), "_return", n0="请更正。")
    assert TEXT not in Client().get(area.get_absolute_url()).text
    assert reader.get(own).status_code == 404


def test_history_tells_readers_that_a_report_is_public_while_it_is(client, area):
    report = sent(sign_in(client, "省级编辑", "liaoning"), area)
    words, reader = f"公开报送“{report}”", Client()
    feeds = "/changes.atom", reverse("pilots:region-feed", args=[area.slug])
    told = ("/changes/", area.get_absolute_url(), *feeds)
    since = {"modified_since": timezone.now().isoformat()}

    sign_in(client, "部委编辑")
    for button, comments, is_public in (("_publish", {}, True), ("_return", {"n0": "请更正。"}, False)):
        answer(client, report, button, **comments)
        for page in told:
            assert (words in reader.get(page).text) == is_public, page
        entries = reader.get(f"{API}changes/", since).json()["results"]
        assert [(entry["row"], entry["row_name"]) for entry in entries] == [("报送", str(report))] * is_public
        assert "状态" not in reader.get(feeds[0]).text  # the words say it
        assert (f"公开：{area.name}" in reader.get(feeds[0]).text) == is_public
        assert "请更正" not in reader.get("/changes/").text
    assert [row["slug"] for row in reader.get(f"{API}regions/", since).json()["results"]] == [area.slug]


@pytest.mark.once
def test_what_readers_get_takes_as_many_queries_with_many_reports(client, area, django_assert_max_num_queries):
    def count(path):
        Client().get(path)
        with django_assert_max_num_queries(60) as captured:
            assert Client().get(path).status_code == 200
        return len(captured)

    pages, sender, ministry = (area.get_absolute_url(), f"{API}reports/"), Client(), Client()
    sign_in(sender, "省级编辑", "liaoning")
    sign_in(ministry, "部委编辑")
    answer(ministry, sent(sender, area), "_publish")
    few = list(map(count, pages))
    for period in ("q2", "q3", "annual"):
        answer(ministry, sent(sender, area, period), "_publish")

    assert list(map(count, pages)) == few
    assert (few[1], ReportLine.objects.count()) == (5, 12)


def test_report_is_withdrawn_and_restored_by_the_ministry_alone(client, area):
    report = sent(sign_in(client, "省级编辑", "liaoning"), area)
    assert client.get(address(report, "withdraw")).status_code == 403
    asked = sign_in(client, "部委编辑").get(address(report, "withdraw")).text
    assert "只有官员看得到" in asked
    assert "公开显示" not in asked
    answer(client, report, "_publish")
    form = client.get(address(report, "withdraw")).context["form"]
    data = {"edit_reason": "填报的地区弄错了，先撤下。", "version": form.state}

    assert "已撤下" in client.post(address(report, "withdraw"), data, follow=True).text
    assert not Report.objects.exists()
    assert not ReportLine.objects.exists()
    page = client.get(address(report)).text
    assert "_publish" not in page
    assert [tag.text() for tag in LexborHTMLParser(page).css("#content-main > p > .tag")] == ["已撤下"]
    assert "没有公开的，仍不公开" in client.get(address(report, "withdraw")).text
    assert "第一季度" not in client.get("/changes/").text
    data["version"] = client.get(address(report, "withdraw")).context["form"].state
    client.post(address(report, "withdraw"), data)
    assert Report.objects.get() == report


def test_area_is_told_what_the_ministry_sent_back_and_withdrew(client, area, settings):
    settings.EMAIL_HOST, settings.DEFAULT_FROM_EMAIL = "mail.example.cn", "site@example.cn"
    writer = sign_in(Client(), "省级编辑", "liaoning")
    make.make_official("辽", "省级编辑", "liaoning", email="liao@example.cn")
    make.make_official("京", "省级编辑", "beijing", email="jing@example.cn")
    first, second, third = (sent(writer, area, period) for period in ("q1", "q2", "q3"))
    action, fields = recalling(writer.get(address(third)))
    writer.post(action, fields)  # her own doing
    sign_in(client, "部委编辑")
    answer(client, first, "_publish")
    answer(client, second, "_return", n0="请更正。")
    data = {"edit_reason": "填报的地区弄错了，先撤下。"}
    data["version"] = client.get(address(first, "withdraw")).context["form"].state
    client.post(address(first, "withdraw"), data)

    news = LexborHTMLParser(writer.get("/admin/").text).css("#overview-withdrawn li")
    call_command("tell_officials", verbosity=0)

    today = date_format(timezone.localdate(), "n月j日")
    words = f"{area.name}，{first} {today}撤下：填报的地区弄错了，先撤下。"
    assert [" ".join(node.text().split()) for node in news] == [words]
    assert "overview-withdrawn" not in client.get("/admin/").text
    [letter] = mail.outbox
    assert (letter.to, letter.subject) == (
        ["liao@example.cn"],
        "生态文明先行示范区名录：部委退回报送1份，部委撤下报送1份",
    )
    assert f"部委退回报送：{area.name}的{second}，附有意见。" in letter.body
    assert f"部委撤下报送：{area.name}的{first}。" in letter.body
    days = {"reports_from": None, "reports_until": None}
    make.overwrite(Notice._base_manager.filter(pk=area.notice_id), **days)
    assert "overview-withdrawn" in writer.get("/admin/").text  # what stood in the way of switching them off
    make.overwrite(Report._base_manager.filter(pk=first.pk), withdrawn_on=timezone.localdate() - timedelta(days=31))
    assert "overview-withdrawn" not in writer.get("/admin/").text


def test_history_tells_when_a_report_was_sent_in_the_time_of_beijing(client, area):
    report = sent(sign_in(client, "省级编辑", "liaoning"), area)
    table = client.get(reverse("admin:pilots_report_export_csv")).getvalue().decode()
    assert timezone.localtime(report.sent_at).isoformat(timespec="seconds") in table

    text = client.get(address(report, "history")).text

    assert f"{timezone.localtime(report.sent_at):%H:%M}" in text
    assert date_format(timezone.localtime(report.sent_at), "Y年n月j日 H:i") in text


def test_page_of_an_area_whose_notice_is_not_in_force_says_nothing_of_reports(client, django_assert_max_num_queries):
    address = "/regions/liaoning-benxi/"
    client.get(address)

    with django_assert_max_num_queries(60) as captured:
        text = client.get(address).text

    assert not [query for query in captured if "pilots_report" in query["sql"]]
    assert 'id="reports"' not in text
    assert "没有写到哪一年为止" in text

    with editing(actor=make.make_official("部", "部委编辑"), reason="报送从今天起"):
        notice = Notice.objects.get(regions__slug="liaoning-benxi")
        notice.reports_until = timezone.localdate().replace(month=12, day=31)
        notice.reports_from = notice.reports_until.replace(month=1)
        notice.save()
    text = client.get(address).text
    assert 'id="reports"' in text
    assert "没有写到哪一年为止" not in text  # two counts of the same


@pytest.mark.once
@pytest.mark.parametrize("state", ["draft", "sent", "returned", "published"])
def test_drafts_stand_in_no_history_that_readers_or_others_see(client, area, state):
    report = sent(sign_in(client, "省级编辑", "liaoning"), area)
    if state in ("returned", "published"):
        sign_in(client, "部委编辑")
        answer(client, report, "_return", n0="请补充。") if state == "returned" else answer(
            client, report, "_publish"
        )
    history = reverse("admin:pilots_region_history", args=[area.pk])
    sign_in(client, "只读")

    is_public = state == "published"
    rows = HistoryEntry.objects.public().filter(content_type__model__startswith="report")
    lines = [(entry.content_type.model, entry.public_lines) for entry in rows]
    now = {"field": "state", "label": "状态", "before": "", "after": "已公开", "public": True, "is_revealed": True}
    assert lines == [("report", [now])] * is_public
    for page in (history, "/admin/", f"/admin/pilots/region/{area.pk}/change/", "/changes/", "/changes.atom"):
        assert TEXT not in client.get(page).text, page
        is_told = is_public and page in ("/admin/", "/changes/", "/changes.atom")  # there readers are told, too
        assert ("第一季度" in client.get(page).text) == is_told, page


@pytest.mark.once
def test_first_page_takes_as_many_queries_with_many_areas(client, area, django_assert_max_num_queries):
    sign_in(client, "省级编辑", "liaoning").get("/admin/")
    with django_assert_max_num_queries(40) as few:
        client.get("/admin/")
    for _ in range(10):
        make.make_region(notice=area.notice, province=area.province)
    client.get("/admin/")
    with django_assert_max_num_queries(40) as many:
        client.get("/admin/")

    assert len(many) == len(few)


@pytest.mark.once
def test_lists_take_as_many_queries_with_many_reports(client, area, django_assert_max_num_queries):
    def count():
        with django_assert_max_num_queries(40) as captured:
            for name in ("report", "reportline"):
                assert "field-state" in client.get(reverse(f"admin:pilots_{name}_changelist")).text
        return len(captured)

    begun(sign_in(client, "省级编辑", "liaoning"), area)
    count()
    few = count()
    for period in ("q2", "q3", "q4", "annual"):
        begun(client, area, period)

    assert count() == few


@pytest.mark.once
def test_first_page_leads_the_ministry_to_as_many_reports_as_it_says(client, area):
    writer = sign_in(Client(), "省级编辑", "liaoning")
    report, other = sent(writer, area), sent(writer, area, "q2")
    make.overwrite(Report._base_manager.filter(pk=other.pk), withdrawn_on="2026-01-01", withdrawn_reason="误收")

    tree = LexborHTMLParser(sign_in(client, "部委编辑").get("/admin/").text)

    [link] = [node for node in tree.css("a") if "份报送等您审阅" in node.text()]
    assert link.text() == "1份报送等您审阅"
    assert list(client.get(link.attributes["href"]).context["cl"].result_list) == [report]


HEAD = "制度创新重点\t进展\t文件\t说明"


def table_of(client, kind="csv"):
    """Return the rows of the exported list of lines, the heading first."""
    content = body(client.get(place(ReportLine, kind)))
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def cells_of(area, period="q1", *rows):
    """Return a table as it is pasted: of each line its priority, how far it is, its document, its words."""
    report = f"{Report._base_manager.get(region=area, period=period)}"
    return "\n".join([f"先行示范地区地址名\t报送\t{HEAD}", *("\t".join((area.slug, report, *row)) for row in rows)])


@pytest.mark.parametrize("state", ["draft", "returned"])
def test_lines_go_out_as_a_table_and_come_back_filled_in(client, area, state):
    sign_in(client, "省级编辑", "liaoning")
    report = begun(client, area) if state == "draft" else sent(client, area)
    if state == "returned":
        answer(sign_in(Client(), "部委编辑"), report, "_return", n1="请写明文号。")
    document = make.make_document(region=area, position=1)
    rows = table_of(client)
    places = [rows[0].index(label) for label in HEAD.split("\t")[1:]]
    for row, cells in zip(
        rows[1:], [("已出台", "1", "印发了办法。"), ("推进中", "", ""), ("未启动", "", "")], strict=True
    ):
        for place_of, cell in zip(places, cells, strict=True):
            row[place_of] = cell

    assert f'href="{url(ReportLine)}"' in client.get(reverse("admin:pilots_reportline_changelist")).text
    shown = bring(client, csv_of(*rows), ReportLine)

    assert (refusals(shown), shown.context["row_count"]) == ([], 3 if state == "draft" else 2)
    assert "只有官员看得到" in shown.text
    assert "已出台" not in {line.get_progress_display() for line in lines_of(report)[:1]}
    page = write(client, shown, ReportLine, shown.context["reason"])
    assert page.status_code == 302
    values = [(line.progress, line.document, line.text) for line in lines_of(report)]
    assert values == [("adopted", document, "印发了办法。"), ("under_way", None, ""), ("waiting", None, "")]
    report.refresh_from_db()
    assert report.state == state
    page = client.get(page.url).text
    action, fields = next(form for form in forms_in(page) if "/undo/" in form[0])
    client.post(address(report), filled(client, report, _send="1"))
    assert client.post(action, fields, follow=True).status_code == 403
    assert lines_of(report)[0].text == "印发了办法。"


def test_table_that_went_out_before_its_report_was_sent_is_refused(client, area):
    report = begun(sign_in(client, "省级编辑", "liaoning"), area)
    rows = table_of(client)
    place_of = rows[0].index("进展")
    for row in rows[1:]:
        row[place_of] = "已出台"
    client.post(address(report), filled(client, report, *EVERY, _save="1"))
    shown = bring(client, csv_of(*rows), ReportLine)
    assert next((row["now"], row["mine"]) for row in shown.context["contested"]) == ("推进中", "已出台")
    assert "没有要改的内容" not in shown.text
    client.post(address(report), filled(client, report, _send="1"))

    shown = bring(client, csv_of(*rows), ReportLine)

    assert shown.status_code == 200
    assert refusals(shown) == [(row, f"{report}已报送，不能再改。") for row in (2, 4)]  # what 3 says it holds


@pytest.mark.once
def test_table_of_a_draft_is_filled_in_as_its_form_is(client, area):
    sent(sign_in(client, "省级编辑", "liaoning"), area)
    second = begun(client, area, "q2")
    rows = table_of(client)
    place_of = rows[0].index("进展")
    assert [row[place_of] for row in rows if str(second) in row] == ["推进中", "已出台", "未启动"]

    shown = bring(client, csv_of(*rows), ReportLine)
    write(client, shown, ReportLine, shown.context["reason"])

    assert [line.progress for line in lines_of(second)] == ["under_way", "adopted", "waiting"]
    assert bring(client, csv_of(*table_of(client)), ReportLine).context["changed_rows"] == []


@pytest.mark.once
@pytest.mark.parametrize(
    ("cells", "why"),
    [
        (("建立", "推进中", "", ""), "没有先行示范地区地址名、报送、制度创新重点为"),
        (("4. 建立第4项制度", "推进中", "", ""), "没有先行示范地区地址名、报送、制度创新重点为"),
        (("1. 建立第1项制度", "一半", "", ""), "“进展”没有“一半”这一项；可填：未启动、推进中、已出台、已见效"),
        (("1. 建立第1项制度", "", "", "只写了说明。"), "“进展”：还没有选进展。"),
        (("1. 建立第1项制度", "", "1", ""), "“进展”：还没有选进展。"),
        (("1. 建立第1项制度", "推进中", "2", ""), "“文件”没有“2”这一项；可填：1. "),
        (("1. 建立第1项制度", "推进中", "", "电话13812345678"), "里面像有身份证号或手机号"),
        (("1. 建立第1项制度", "推进中", "", "长" * 201), "200"),
    ],
)
def test_row_of_a_table_of_lines_is_refused_with_a_word(client, area, cells, why):
    report = begun(sign_in(client, "省级编辑", "liaoning"), area)
    make.make_document(region=area, position=1)
    make.make_document(region=make.make_region(notice=area.notice), position=2)

    shown = client.post(
        url(ReportLine), {"table": cells_of(area, "q1", ("2. 建立第2项制度", "已出台", "", ""), cells)}
    )

    assert [(number, why in words) for number, words in refusals(shown)] == [(3, True)], refusals(shown)
    assert not shown.context.get("plan")
    assert {line.is_filled for line in lines_of(report)} == {False}


@pytest.mark.once
def test_table_of_lines_is_written_while_the_report_is_and_by_its_area(client, area):
    report = begun(sign_in(client, "省级编辑", "liaoning"), area)
    table = cells_of(area, "q1", ("1. 建立第1项制度", "已见效", "", TEXT))
    shown = client.post(url(ReportLine), {"table": table})
    for who, status in ((("部委编辑",), 403), (("省级编辑", "beijing"), 200), (("只读",), 403)):
        response = sign_in(Client(), *who).post(url(ReportLine), {"table": table})
        assert (response.status_code, response.context.get("plan") or "") == (status, ""), who
    client.post(address(report), filled(client, report, *EVERY, _send="1"))

    for response in (write(client, shown, ReportLine), client.post(url(ReportLine), {"table": table})):
        assert any(
            "2025年第一季度已报送，不能再改。".replace("2025", f"{report.year}") == words
            for _, words in refusals(response)
        )
    assert lines_of(report)[0].progress == "under_way"

    make.overwrite(Report._base_manager.filter(pk=report.pk), state="returned")
    make.overwrite(Notice.objects.filter(pk=area.notice_id), reports_from=None, reports_until=None)
    [(_, words)] = refusals(client.post(url(ReportLine), {"table": table}))
    assert "报送已经关闭，不能再填" in words


@pytest.mark.once
def test_dry_run_of_lines_takes_as_many_queries_with_many_reports(client, area, django_assert_max_num_queries):
    def count(*periods):
        rows = [
            cells_of(area, period, *((f"{n}. 建立第{n}项制度", "已出台", "", "") for n in (1, 2, 3)))
            for period in periods
        ]
        table = "\n".join([rows[0], *(row.split("\n", 1)[1] for row in rows[1:])])
        with django_assert_max_num_queries(80) as captured:
            shown = client.post(url(ReportLine), {"table": table})
        assert (refusals(shown), shown.context["row_count"]) == ([], 3 * len(periods))
        return len(captured)

    begun(sign_in(client, "省级编辑", "liaoning"), area)
    begun(client, area, "q2")
    count("q1")

    assert count("q1") == count("q1", "q2")


@pytest.mark.once
def test_what_came_of_a_notice_in_force_counts_the_reports_that_are_public(client, area, django_assert_num_queries):
    duty = area.notice.sections.get()
    text = f"六、总结报送。{duty.text}"
    make.overwrite(Section.objects.filter(pk=duty.pk), text=text, text_raw=text, heading="总结报送")
    make.overwrite(Notice.objects.filter(pk=area.notice_id), searched_on=timezone.localdate())
    make.make_region(notice=area.notice, serial=902, name="第二个地区")
    writer, ministry = sign_in(Client(), "省级编辑", "liaoning"), sign_in(Client(), "部委编辑")
    report = sent(writer, area)
    assert 'id="duties"' not in client.get("/after/").text  # nothing to tell yet: it wasn't made public

    early = sent(writer, area, "annual")
    for row in (report, sent(writer, area, "q2"), early):
        answer(ministry, row, "_publish")
    make.overwrite(Notice.objects.filter(pk=area.notice_id), reports_until=f"{early.year + 9}-12-31")
    make.overwrite(Report.objects.filter(pk=early.pk), year=early.year + 9)
    early.refresh_from_db()
    assert f"{early}1个地区" in client.get("/after/").text  # also before its last day
    answer(ministry, early, "_return", n0="请更正。")
    [row] = LexborHTMLParser(client.get("/after/").text).css(".duty")

    assert "公开的报送2份：来自1个地区" in row.text()
    assert "2个地区：有点名文件或公开报送的1个，只有同题文件的0个，没有查到的1个。" in row.text()
    assert [node.attributes.get("class") for node in row.css(".strip a")] == ["direct", None]
    assert "或公开的报送" not in Client().get("/regions/liaoning-benxi/").text
    answer(ministry, report, "_return", n0="请更正。")
    assert "公开的报送1份：来自1个地区" in LexborHTMLParser(client.get("/after/").text).css_first(".duty").text()
