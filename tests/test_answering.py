"""建议和纠错 in the admin: who sees them, what answers them, and what accepting one writes."""

import datetime

import pytest
from selectolax.lexbor import LexborHTMLParser

from pilots.models import Edit, HistoryEntry, Priority, Proposal, Region, Section, proposals

from . import factories as make
from .forms import REASON, Person, address, confirm

pytestmark = pytest.mark.django_db
QUEUE = "/admin/pilots/proposal/"
JOINT = "jing-jin-ji"


def reported(row, **words):
    """Return what a reader reported of a row, as the form takes it."""
    region = getattr(row, "region", row if isinstance(row, Region) else None)
    about = {"subject_kind": "region", "subject_id": region.pk} if region else {}
    about |= {"row_kind": row._meta.model_name, "row_id": row.pk, "title": str(row)[:50]}
    return make.make_correction(
        **about | {"quoted": getattr(row, "text", ""), "place": row.get_absolute_url()} | words
    )


def page(proposal):
    return f"{QUEUE}{proposal.pk}/change/"


@pytest.fixture
def line():
    return Priority.objects.get(region__slug=JOINT, number=2)


@pytest.fixture
def report(line):
    """A report of a word that stands once in the line."""
    return reported(line, wrong=line.text[:2], right="某某", source="公报 https://evil.example/")


@pytest.fixture
def enter(client):
    def enter(role, *provinces):
        client.force_login(make.make_official(f"人{role}{provinces}", role, *provinces))
        return client

    return enter


@pytest.mark.parametrize("provinces", [("beijing",), ("tianjin",), ("hebei",)])
def test_joint_area_s_report_is_answered_by_each_of_its_provinces(enter, report, provinces):
    client = enter("省级编辑", *provinces)

    assert str(report) in client.get(QUEUE).text
    assert client.get(page(report)).status_code == 200
    assert client.post(page(report), {"_decline": "1", "answer": "通知原文如此。"}).status_code == 302
    report.refresh_from_db()
    assert (report.state, report.answer) == ("declined", "通知原文如此。")


@pytest.mark.once
@pytest.mark.parametrize(
    ("role", "provinces", "at_queue", "at_page"),
    [
        ("部委编辑", (), 200, 200),
        ("省级编辑", ("liaoning",), 200, 302),
        ("省级编辑", (), 200, 302),
        ("只读", (), 403, 403),
        ("管理员", (), 403, 403),
        ("", (), 403, 403),
        (None, (), 302, 302),
    ],
)
def test_queue_is_for_whom_it_concerns(client, enter, report, role, provinces, at_queue, at_page):
    if role is not None:
        enter(role, *provinces)

    queue = client.get(QUEUE)

    assert queue.status_code == at_queue
    assert (str(report) in queue.text) == (role == "部委编辑")
    assert client.get(page(report)).status_code == at_page
    answered = client.post(page(report), {"_decline": "1", "answer": "通知原文如此。"})
    assert answered.status_code == {"部委编辑": 302, None: 403}.get(role, at_page)  # who signs in again has her words
    assert client.get(f"{address(Priority.objects.get(pk=report.row_id))}?proposal={report.pk}").status_code != 500
    report.refresh_from_db()
    assert report.is_open == (role != "部委编辑")
    for way in ("add/", f"{report.pk}/delete/", f"{report.pk}/history/", "1/", "autocomplete/"):
        assert client.get(QUEUE + way).status_code in (302, 403, 404)


def test_queue_is_folded_by_record_the_longest_wait_first(enter, line, report):
    second, of_site = reported(line.region), make.make_correction()
    old = datetime.timedelta(days=30)
    Proposal.objects.filter(pk=of_site.pk).update(received_at=of_site.received_at - old)

    tree = LexborHTMLParser(enter("部委编辑").get(QUEUE).text)

    folds = tree.css("details.fold")
    assert [len(fold.css("tbody tr")) for fold in folds] == [1, 2]
    assert "本站" in folds[0].css_first("summary").text()
    assert "已过期限" in folds[0].text()
    assert "0个工作日" in folds[1].text()
    assert str(second) in folds[1].text()
    assert not tree.css("a[href*='evil']")


def test_queue_stays_usable_when_full(enter, line, django_assert_max_num_queries):
    for number in range(proposals.MOST_OF_A_RECORD):
        reported(line, wrong=f"第{number}处")
    for region in Region.objects.exclude(slug=JOINT)[:25]:
        reported(region)
    client = enter("部委编辑")
    client.get(QUEUE)

    with django_assert_max_num_queries(12):
        text = client.get(QUEUE).text

    assert len(LexborHTMLParser(text).css("details.fold")) == 20
    assert "?p=2" in text
    assert client.get(QUEUE, {"p": "2"}).status_code == 200
    assert client.get(QUEUE, {"p": "-9" * 30}).status_code == 200


@pytest.mark.once
def test_first_page_counts_what_waits(enter, report):
    assert "1件建议和纠错等您答复" in enter("省级编辑", "tianjin").get("/admin/").text
    assert "没有等您答复" in enter("省级编辑", "liaoning").get("/admin/").text
    assert "建议和纠错" not in enter("只读").get("/admin/").text


@pytest.mark.once
def test_accepting_opens_the_form_filled_in_and_its_saving_answers(client, report, line):
    official = make.make_official("部", "部委编辑", first_name="部里人")
    client.force_login(official)
    detail = client.get(page(report))
    tree = LexborHTMLParser(detail.text)
    links = [link.attributes["href"] for link in tree.css(".proposal__ways a")]
    assert [change.after for change in detail.context["changes"].values()][-1] == line.text.replace(
        report.wrong, "某某"
    )
    assert tree.css("dl.proposal del")
    assert links[0] == f"/admin/pilots/priority/{line.pk}/text/?proposal={report.pk}"  # the small form

    person = Person(client, official, links[0])
    assert person.posted["text"] == [line.text.replace(report.wrong, "某某")]
    assert person.posted["edit_reason"] == [f"采纳{report}："]
    assert report.source in person.text
    person.saves(f"采纳{report}：与公报一致")
    confirm(person)  # gives the usual reason

    assert person.is_saved
    report.refresh_from_db()
    line.refresh_from_db()
    assert "某某" in line.text
    assert (report.state, report.answer, report.answered_by) == ("accepted", REASON, official)
    entry = HistoryEntry.objects.get(edit__key=report.edit_key)
    assert (entry.object_id, entry.edit.actor, entry.edit.reason) == (line.pk, official, REASON)
    public = client.get("/corrections/").text
    assert "某某" in LexborHTMLParser(public).css_first("article ins").text()
    assert "部里人" not in public


@pytest.mark.once
def test_changed_and_accepted_is_what_the_official_types(client, report, line):
    official = make.make_official("津", "省级编辑", "tianjin")
    person = Person(client, official, f"{address(line)}?proposal={report.pk}&as_typed=1")
    assert person.posted["text"] == [line.text]

    person.types(confidence="low").saves("采纳：归类确有疑问")

    assert person.is_saved
    report.refresh_from_db()
    assert report.state == "accepted"
    assert Edit.objects.get(key=report.edit_key).subject_id == line.region_id


@pytest.mark.once
def test_report_of_received_words_alone_is_said_to_change_no_others(enter, line):
    spaced = reported(line, wrong=line.text[:2], right=" ".join(line.text[:2]))

    changes = enter("部委编辑").get(page(spaced)).context["changes"]

    assert changes.keys() == {"text_raw"}
    assert changes["text_raw"].after == line.text_raw.replace(spaced.wrong, spaced.right)


def test_report_of_an_older_text_is_merged_or_refused_with_both_texts(client, enter, line):
    first, last = line.text[:2], line.text[-2:]
    merged, late = (reported(line, wrong=words, right="某某") for words in (first, last))
    line.text_raw, line.text = (text.replace(last, "末了") for text in (line.text_raw, line.text))
    line.save()

    detail = enter("部委编辑").get(page(merged))
    assert [change.after for change in detail.context["changes"].values()][-1] == line.text.replace(first, "某某")
    detail = client.get(page(late))
    assert not detail.context["changes"]
    for text in (late.quoted, line.text):
        assert text in detail.text
    form = client.get(f"{address(line)}?proposal={late.pk}")
    assert late.quoted in form.text
    assert LexborHTMLParser(form.text).css_first("[name=text]").attributes["value"] == line.text


def test_two_who_accept_at_once_lose_nothing(client, report, line):
    people = [make.make_official(name, "部委编辑", first_name=name) for name in ("先", "后")]
    url = f"{address(line)}?proposal={report.pk}&as_typed=1"
    first, second = (Person(client, person, url) for person in people)
    client.force_login(people[0])
    first.types(confidence="low").saves("先答复的人采纳")
    client.force_login(people[1])
    second.types(classification_note="后来的").saves("后答复的人采纳")

    assert first.is_saved
    assert not second.is_saved
    assert "已由先答复：已采纳" in second.text
    assert second.posted["classification_note"] == ["后来的"]
    form = LexborHTMLParser(second.text).css_first("#content-main form")
    second.url = form.attributes["action"]
    second.saves("另外作一次更正")
    assert second.is_saved
    report.refresh_from_db()
    line.refresh_from_db()
    assert (report.answer, line.confidence, line.classification_note) == ("先答复的人采纳", "low", "后来的")


def test_form_that_changes_nothing_accepts_nothing(client, report, line):
    person = Person(client, make.make_official("部", "部委编辑"), f"{address(line)}?proposal={report.pk}&as_typed=1")

    person.saves("采纳而不改记录")

    assert not person.is_saved
    assert "没有改动记录，因此没有采纳" in person.text
    report.refresh_from_db()
    assert report.is_open


@pytest.mark.once
@pytest.mark.parametrize("reason", ["", "采纳{}：", "……", "采纳{}：好"])
def test_accepting_wants_a_reason_for_the_reader(client, report, line, reason):
    person = Person(client, make.make_official("部", "部委编辑"), f"{address(line)}?proposal={report.pk}&as_typed=1")

    person.types(classification_note="不公开的一项").saves(reason.format(report))

    assert not person.is_saved
    assert "请写明为什么采纳" in person.text
    report.refresh_from_db()
    assert report.is_open


@pytest.mark.once
@pytest.mark.parametrize("key", ["0", "99999999", "x", "9" * 30, "-1"])
def test_form_for_a_proposal_that_is_none_is_the_usual_form(client, line, key):
    person = Person(client, make.make_official("部", "部委编辑"), address(line))
    response = client.get(address(line), {"proposal": key})
    assert response.status_code == 200
    assert response.context["proposal"] is None

    person.types(confidence="low").saves()

    assert person.is_saved


@pytest.mark.once
def test_form_of_another_record_accepts_nothing(client, report):
    other = Priority.objects.get(region__slug="beijing-huairou", number=1)
    person = Person(client, make.make_official("部", "部委编辑"), f"{address(other)}?proposal={report.pk}")

    person.types(confidence="low").saves()

    assert person.is_saved
    report.refresh_from_db()
    assert report.is_open


@pytest.mark.once
@pytest.mark.parametrize("own", [True, False])
def test_nobody_answers_her_own(client, line, own):
    official, other = make.make_official("部", "部委编辑"), make.make_official("另", "部委编辑")
    about = {"subject_kind": "region", "subject_id": line.region_id, "row_kind": "priority", "row_id": line.pk}
    proposal = Proposal.objects.create(author=official, title="某", request={"path": address(line)}, **about)
    client.force_login(official if own else other)

    assert ("_decline" in client.get(page(proposal)).text) != own
    assert client.post(page(proposal), {"_decline": "1", "answer": "通知原文如此。"}).status_code == (
        403 if own else 302
    )
    proposal.refresh_from_db()
    assert proposal.is_open == own
    if own:
        person = Person(client, official, f"{address(line)}?proposal={proposal.pk}")
        person.types(confidence="low").saves()
        assert "自己的建议由别人审核" in person.text


@pytest.mark.parametrize(("role", "provinces"), [("省级编辑", ("beijing",)), ("部委编辑", ())])
def test_what_an_official_proposes_is_answered_by_who_may_edit_everywhere(enter, line, role, provinces):
    tianjin = make.make_official("津", "省级编辑", "tianjin")
    proposal = Proposal.objects.create(author=tianjin, title="某", subject_kind="region", subject_id=line.region_id)
    client = enter(role, *provinces)

    assert client.get(page(proposal)).status_code == 200
    expected = 302 if role == "部委编辑" else 403
    assert client.post(page(proposal), {"_decline": "1", "answer": "通知原文如此。"}).status_code == expected
    proposal.refresh_from_db()
    assert proposal.is_open == (role != "部委编辑")


def test_checking_is_told_to_the_reader_alone(client, enter, report):
    enter("部委编辑").post(page(report), {"_check": "1", "answer": "正在查公报。", "is_quoted": "on"})

    report.refresh_from_db()
    assert (report.state, bool(report.checking_at), report.answered_at) == ("checking", True, None)
    assert LexborHTMLParser(client.get(page(report)).text).css_first("[name=answer]").text().strip() == "正在查公报。"
    assert "正在查公报" in client.get(f"/corrections/{report.code}/").text
    assert "正在查公报" not in client.get("/corrections/").text
    assert str(report) in client.get(QUEUE).text


@pytest.mark.once
@pytest.mark.parametrize(
    ("posted", "told"),
    [
        ({"_decline": "1"}, "请写明理由"),
        ({"_accept": "1", "answer": "……"}, "请写明怎样处理"),
        ({"_decline": "1", "answer": "不对。"}, "至少6个字"),
        ({"_accept": "1", "answer": "好。"}, "至少6个字"),
        ({"_decline": "1", "answer": "甲\x07乙"}, "控制字符"),
        ({"_decline": "1", "answer": "甲\x00乙"}, "控制字符"),
        ({"_decline": "1", "answer": "问13800000000"}, "手机号"),
        ({"_decline": "1", "answer": "字" * 1001}, "1000"),
    ],
)
def test_answer_that_says_nothing_or_too_much_is_refused(enter, report, posted, told):
    response = enter("部委编辑").post(page(report), posted)

    assert response.status_code == 200
    assert told in response.text
    report.refresh_from_db()
    assert report.is_open


def test_second_answer_is_not_written_and_is_shown_back(client, report):
    people = [make.make_official(name, "部委编辑", first_name=name) for name in ("先", "后")]
    client.force_login(people[0])
    client.post(page(report), {"_decline": "1", "answer": "先写的是这个答复。"})
    client.force_login(people[1])

    response = client.post(page(report), {"_accept": "1", "answer": "后写的是另一个。"})

    assert "已由先答复：不采纳" in response.text
    assert "后写的是另一个。" in response.text
    report.refresh_from_db()
    assert report.answer == "先写的是这个答复。"


def test_note_of_a_colleague_is_not_written_over_unseen(enter, report):
    client = enter("部委编辑")
    client.post(page(report), {"_check": "1", "answer": "第一句。"})
    posted = {"_decline": "1", "answer": "理由写在这里。"}

    response = client.post(page(report), posted)
    assert "同事写了：第一句。" in response.text
    opened = LexborHTMLParser(response.text).css_first("[name=opened]").attributes["value"]
    assert client.post(page(report), posted | {"opened": opened}).status_code == 302


def test_words_are_hidden_after_the_answer_too(client, enter, report):
    client = enter("部委编辑")
    client.post(page(report), {"_decline": "1", "answer": "通知原文如此。", "is_quoted": "on"})
    assert report.source in client.get("/corrections/").text

    client.post(page(report), {"answer": "另一个答复。"})

    report.refresh_from_db()
    assert (report.is_quoted, report.answer) == (False, "通知原文如此。")
    assert report.source not in client.get("/corrections/").text


def test_retracted_report_is_answered_by_nobody(client, enter, report):
    client.post(f"/corrections/{report.code}/")

    response = enter("部委编辑").post(page(report), {"_accept": "1", "answer": "已按原文改好。"})

    assert "读者自己撤回" in response.text
    report.refresh_from_db()
    assert report.state == "retracted"


@pytest.mark.once
@pytest.mark.parametrize(
    ("wrong", "right", "before", "after"),
    [
        ("{}", "某某", "{}", "某某"),
        ("写作“{}”", "应写“某某”", "{}", "某某"),
        ("{}", "应写“某某”", "{}", "某某"),
        ("整段都错", "某某", "", ""),
    ],
)
def test_words_in_quotation_marks_are_what_is_meant(enter, line, wrong, right, before, after):
    words = line.text[:4]
    report = reported(line, wrong=wrong.format(words), right=right)

    changes = enter("部委编辑").get(page(report)).context["changes"]

    texts = [(change.before, change.after) for change in changes.values()][-1:]
    expected = [(line.text, line.text.replace(before.format(words), after))] if before else []
    assert texts == expected


def test_ministry_answers_of_a_paragraph_and_of_the_whole_site(enter):
    client = enter("部委编辑")
    for report in (reported(Section.objects.get(anchor="preamble")), make.make_correction()):
        assert client.get(page(report)).status_code == 200
        assert client.post(page(report), {"_accept": "1", "answer": "已按原文改好。"}).status_code == 302
        assert str(report) in client.get(QUEUE, {"answered": "1"}).text
        assert str(report) not in client.get(QUEUE).text


def test_report_of_an_area_that_is_withdrawn_says_so_and_leads_nowhere(enter, report, line):
    answered = reported(line, wrong="另一处")
    client = enter("部委编辑")
    client.post(page(answered), {"_decline": "1", "answer": "通知原文如此。"})
    line.region.withdrawn_on, line.region.withdrawn_reason = datetime.date(2026, 1, 1), "与文件不符"
    line.region.save()

    assert "（已撤下）" in LexborHTMLParser(client.get(QUEUE).text).css_first("summary").text()
    for address_of_page in (page(report), "/corrections/", f"/corrections/{answered.code}/"):
        text = client.get(address_of_page).text
        assert "（已撤下）" in text
        assert f'href="{report.place}"' not in text
    [item] = client.get("/api/v1/corrections/").json()["results"]
    assert item["url"] == ""
