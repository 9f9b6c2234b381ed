"""Review: whose edits wait, of what, how they are kept and how they are accepted."""

import json

import pytest
from django.urls import reverse
from django.utils import timezone
from selectolax.lexbor import LexborHTMLParser

from pilots.admin.confirming import Confirmation
from pilots.admin.proposals import waiting_for
from pilots.history.edits import Change
from pilots.models import Division, Edit, HistoryEntry, Priority, Proposal, Region, editing
from pilots.models.recorded import kind_of
from pilots.models.work_queue import RegionToVerify

from . import factories as make
from .forms import Person, address, confirm, fields

pytestmark = pytest.mark.django_db


@pytest.fixture
def line():
    return Priority.objects.get(region__slug="jing-jin-ji", number=2)


@pytest.fixture
def reviewer():
    return make.make_official("部", "部委编辑", first_name="部里人")


@pytest.fixture
def author():
    return make.make_official("津", "省级编辑", "tianjin", first_name="省里人")


def page(proposal):
    return f"/admin/pilots/proposal/{proposal.pk}/change/"


def corrected(client, author, row, reason="与公报逐字核对", url="", **values):
    """Let the author type values into the form of a row and save it, confirmed; return her."""
    person = Person(client, author, url or address(row))
    person.types(**values).saves(reason)
    if not person.is_saved and (box := LexborHTMLParser(person.text).css_first("input[name=confirmed]")):
        person.types(confirmed=box.attributes.get("value") or "on").saves(reason)
    return person


@pytest.fixture
def proposal(client, reviewer, author, line):
    """What the author saved of the notice's words: kept, not written."""
    person = corrected(client, author, line, text_raw=line.text_raw.replace("基金", "资金"))
    assert person.is_saved
    return Proposal.objects.get()


@pytest.mark.once
def test_words_of_the_notice_wait_and_the_record_stays(client, author, reviewer, proposal, line):
    assert Priority.objects.get(pk=line.pk).text == line.text
    assert not HistoryEntry.objects.exists()
    assert (proposal.author, proposal.reason) == (author, "与公报逐字核对")
    assert {each["after"] for each in proposal.lines} >= {line.text.replace("基金", "资金")}
    assert proposal.title == f"第{line.region.serial}号 {line.region.name}，{line}"  # not what it would be called
    assert all(f"“{line}”" in each["label"] for each in proposal.lines)
    assert (proposal.subject_kind, proposal.subject_id) == ("region", line.region_id)
    assert "csrfmiddlewaretoken" not in proposal.request["post"]
    text = client.get(page(proposal)).text
    assert "自己的建议由别人审核" in text
    assert 'name="_retract"' in text
    assert set(waiting_for(reviewer)) == {proposal}
    assert not waiting_for(author)
    assert proposal.title not in client.get("/corrections/").text.partition("<main")[2]


def test_who_proposed_finds_hers_from_the_first_page(client, reviewer, author, proposal):
    url = "/admin/pilots/proposal/?mine=1"
    words = "您提出的建议，1件还没有答复"
    assert LexborHTMLParser(client.get("/admin/").text).css_first(f"a[href='{url}']").text() == words
    [row] = LexborHTMLParser(client.get(url).text).css(".proposals tbody tr")
    assert (str(proposal) in row.text(), "0个工作日" in row.text()) == (True, True)
    client.post(page(proposal), {"_retract": "1"})
    assert "您提出的建议" not in client.get("/admin/").text
    assert "撤回" in LexborHTMLParser(client.get(url).text).css_first(".proposals tbody").text()
    client.force_login(reviewer)
    assert "您还没有提出过建议。" in client.get(url).text
    assert "您提出的建议" not in client.get("/admin/").text


@pytest.mark.once
def test_form_that_is_sent_twice_is_one_proposal(client, reviewer, author, proposal, line):
    text = line.text_raw.replace("基金", "资金")
    for reason, count in (("与公报逐字核对", 1), ("与公报第三期逐字核对", 2)):
        assert corrected(client, author, line, reason=reason, text_raw=text).is_saved
        assert Proposal.objects.count() == count
    client.force_login(reviewer)
    client.post(page(proposal), {"_check": "1", "answer": "请补一个公开的出处。"})
    assert corrected(client, author, line, text_raw=text).is_saved
    assert Proposal.objects.count() == 3  # the first was sent back: this one is to be answered
    about = {"subject_kind": "region", "subject_id": line.region_id, "row_kind": "priority", "row_id": line.pk}
    report = make.make_correction(**about)
    form = f"{address(line)}?proposal={report.pk}"
    for _ in range(2):
        assert corrected(client, author, line, url=form, text_raw=text).is_saved
    client.force_login(reviewer)
    client.post(page(Proposal.objects.latest("pk")), {"_replay": "1"})
    report.refresh_from_db()
    assert (Proposal.objects.count(), report.state) == (5, "accepted")  # it answers the reader: another, and one


@pytest.mark.once
def test_queue_says_what_an_official_proposes(client, reviewer, proposal, line):
    client.force_login(reviewer)

    [row] = LexborHTMLParser(client.get("/admin/pilots/proposal/").text).css(".proposals tbody tr")

    assert "改为“2.设立绿色发展资金,探索" in row.css("td")[1].text()


@pytest.mark.once
def test_what_waits_is_named_where_it_would_be_typed_again(client, author, reviewer, proposal, line):
    said = f"等答复：{proposal}（省里人"
    pages = [f"/admin/pilots/region/{line.region_id}/change/", address(line), address(line.region)]
    for person in (author, make.make_official("冀", "省级编辑", "hebei"), reviewer):
        client.force_login(person)
        for url in pages:  # a joint area: of each of its provinces
            [note] = [node.text() for node in LexborHTMLParser(client.get(url).text).css(".draft-note")]
            assert said in note
            assert "改为“2.设立绿色发展资金,探索" in note
    client.force_login(make.make_official("沪", "省级编辑", "shanghai"))
    assert said not in client.get(pages[0]).text
    client.force_login(reviewer)
    assert said not in client.post(page(proposal), {"_amend": "1"}).text  # it stands there already
    client.post(page(proposal), {"_decline": "1", "answer": "通知原文如此。"})
    assert said not in client.get(pages[0]).text


def test_nothing_unrelated_keeps_an_edit_from_waiting(client, author, reviewer, line):
    form = Person(client, author, address(line)).types(text_raw=line.text_raw.replace("基金", "资金"))
    form.saves()
    confirm(form.types(x="a\0"))

    posted = Proposal.objects.get().request["post"]
    assert posted["text_raw"]
    assert not {"x", "opened_by"} & posted.keys()


@pytest.mark.once
def test_what_the_form_did_not_offer_its_author_is_not_accepted_with_the_rest(client, reviewer):
    area = Region.objects.get(slug="hebei-qinhuangdao")
    author = make.make_official("冀", "省级编辑", "hebei")
    person = Person(client, author, address(area))
    assert "serial" not in person.posted
    opened = json.loads(person.posted["opened"][0]) | {"serial": f"{area.serial}"}
    hidden = Change(f"先行示范地区“77. {area.name}”的序号", f"{area.serial}", "77")
    forged = {"serial": "77", "opened": json.dumps(opened), "confirmed": Confirmation((hidden,)).digest}
    named = {"name_en": f"{area.name_en} City", "name_en_source": "https://www.gov.cn/x.htm"}
    person.types(**named, **forged).saves()
    proposal = Proposal.objects.get()
    assert "serial" not in proposal.request["post"]

    client.force_login(reviewer)
    client.post(page(proposal), {"_replay": "1"})

    assert Region.objects.get(pk=area.pk).serial == area.serial
    assert Region.objects.get(pk=area.pk).name_en.endswith(" City")


@pytest.mark.once
def test_accepted_is_written_with_both_names_and_the_public_log_has_neither(client, reviewer, author, proposal, line):
    client.force_login(reviewer)
    words = LexborHTMLParser(client.get(page(proposal)).text).css_first("dl.proposal")
    assert {tag: {node.text() for node in words.css(tag)} for tag in ("del", "ins")} == {"del": {"基"}, "ins": {"资"}}
    assert "改后：" in words.text()

    response = client.post(page(proposal), {"_replay": "1"})

    assert (response.status_code, response.headers["Location"]) == (302, page(proposal))
    proposal.refresh_from_db()
    line.refresh_from_db()
    assert (proposal.state, proposal.answered_by, proposal.answer) == ("accepted", reviewer, "与公报逐字核对")
    assert "资金" in line.text
    entry = HistoryEntry.objects.get(edit__key=proposal.edit_key)
    assert (entry.edit.actor, entry.edit.reviewer, entry.edit.reason) == (author, reviewer, "与公报逐字核对")
    public = client.get("/changes/").text
    assert "与公报逐字核对" in public
    assert not {"部里人", "省里人"}.intersection(LexborHTMLParser(public).css_first("main").text().split())
    assert f"{proposal} 已由部里人答复" in client.post(page(proposal), {"_replay": "1"}, follow=True).text
    assert HistoryEntry.objects.count() == 1
    assert "省里人：改为“" in client.get("/admin/pilots/proposal/?answered=1").text
    client.force_login(author)
    assert "自己的建议由别人审核" not in client.get(page(proposal)).text  # it was


@pytest.mark.once
def test_page_says_that_the_record_was_changed_since(client, reviewer, proposal, line):
    client.force_login(reviewer)
    assert "收到以后这条记录改过" not in client.get(page(proposal)).text

    with editing(actor=reviewer, reason="核对"):
        line.region.remark = "另一句。"
        line.region.save()
        line.classification_note = "另一个考虑"
        line.save()

    assert "收到以后这条记录改过" not in client.get(page(proposal)).text  # the row's words are as they were
    with editing(actor=reviewer, reason="核对"):
        line.text_raw = f"{line.text_raw}。"
        line.save()

    assert "收到以后这条记录改过" in client.get(page(proposal)).text
    Proposal.objects.update(received_at=timezone.now())
    assert "收到以后这条记录改过" not in client.get(page(proposal)).text


def taken_back(client, user, proposal, way="_replay"):
    """Let `user` accept a proposal and press 撤销 at once; return the proposal and the page that follows."""
    client.force_login(user)
    text = client.post(page(proposal), {way: "1"}, follow=True).text
    if way == "_amend":
        form = LexborHTMLParser(text).css_first("#content-main form")
        words = {"internal_note": ["审核时补"]}
        text = client.post(form.attributes["action"], fields(text) | words, follow=True).text
    form = LexborHTMLParser(text).css_first(".messagelist .success form")
    inputs = {node.attributes["name"]: node.attributes["value"] for node in form.css("input")}
    proposal.refresh_from_db()
    assert proposal.state == "accepted"
    client.force_login(proposal.author)
    client.post(form.attributes["action"], inputs)
    proposal.refresh_from_db()
    assert proposal.state == "accepted"  # only who accepted it takes it back
    client.force_login(user)
    text = client.post(form.attributes["action"], inputs, follow=True).text
    proposal.refresh_from_db()
    return proposal, text


def test_accepting_is_taken_back_at_once_and_the_proposal_waits_again(client, reviewer, proposal, line):
    proposal, text = taken_back(client, reviewer, proposal)

    assert f"恢复原样。{proposal} 重新等待审核。" in text
    assert Priority.objects.get(pk=line.pk).text == line.text
    assert (proposal.state, proposal.answer, proposal.answered_by, proposal.edit_key) == ("received", "", None, "")
    assert set(waiting_for(reviewer)) == {proposal}
    client.post(page(proposal), {"_replay": "1"})
    assert "资金" in Priority.objects.get(pk=line.pk).text


@pytest.mark.parametrize("way", ["_replay", "_amend"])
def test_published_fact_that_was_accepted_with_a_source_is_taken_back(client, reviewer, author, way):
    document = make.make_document(region=Region.objects.get(slug="jing-jin-ji"))
    source = f"{document.source}\n国家发展改革委网站《另一份通知》 https://www.gov.cn/another/page.html"
    corrected(client, author, document, title="某地另一方案", source=source)

    proposal, text = taken_back(client, reviewer, Proposal.objects.get(), way)

    assert f"恢复原样。{proposal} 重新等待审核。" in text
    assert [type(document).objects.get(pk=document.pk).title, proposal.state] == [document.title, "received"]


@pytest.mark.once
def test_withdrawal_that_was_accepted_is_taken_back_and_waits_again(client, reviewer, author):
    row = next(row for row in Division.objects.filter(region__slug="jing-jin-ji") if row.is_shown)
    pressed(client, author, reverse("admin:pilots_division_withdraw", args=[row.pk]), "这一处列得不对，应当撤下")

    proposal, text = taken_back(client, reviewer, Proposal.objects.get())

    assert f"已恢复。{proposal} 重新等待审核。" in text
    assert (proposal.state, Division.objects.filter(pk=row.pk).exists()) == ("received", True)


def test_what_others_changed_meanwhile_is_merged_or_both_texts_are_shown(client, reviewer, proposal, line):
    Priority.objects.get(pk=line.pk).topics.clear()
    other = Priority.objects.get(pk=line.pk)
    other.classification_note = "别人后来写的"
    other.save()
    client.force_login(reviewer)

    assert client.post(page(proposal), {"_replay": "1"}).status_code == 302

    line.refresh_from_db()
    assert ("资金" in line.text, line.classification_note) == (True, "别人后来写的")


@pytest.mark.once
@pytest.mark.parametrize("way", ["_replay", "_amend"])
def test_what_a_colleague_wrote_just_so_is_accepted_and_her_name_said_as_it_is(client, reviewer, proposal, line, way):
    other = make.make_official("min1", "部委编辑")
    assert corrected(client, other, line, text_raw=line.text_raw.replace("基金", "资金")).is_saved
    client.force_login(reviewer)

    shown = client.post(page(proposal), {way: "1"}, follow=True)
    text = LexborHTMLParser(shown.text).body.text()

    assert "min1同时改了" in text
    assert not [words for words in ("两人的修改都保留", "Min1") if words in text]
    proposal.refresh_from_db()
    if way == "_amend":  # what she would change isn't what stands
        url = LexborHTMLParser(shown.text).css_first("#content-main form").attributes["action"]
        assert "记录已经是这样的，回到这件建议，点“采纳”。" in client.post(url, fields(shown.text)).text
        assert proposal.is_open
    else:
        assert f"{proposal} 已采纳。记录已经是这样，不必再改。" in text
        assert (proposal.state, proposal.answered_by, proposal.edit_key) == ("accepted", reviewer, "")
        assert "更正说明" not in text.partition("部里人，")[2].partition("不必再改。")[0]
    assert Edit.objects.count() == 1


@pytest.mark.once
def test_what_others_wrote_in_the_same_field_is_not_written_over(client, reviewer, proposal, line):
    other = Priority.objects.get(pk=line.pk)
    other.text_raw, other.text = (words.replace("设立", "建立") for words in (line.text_raw, line.text))
    other.save()
    client.force_login(reviewer)

    response = client.post(page(proposal), {"_replay": "1"})

    assert response.status_code == 200
    assert other.text in response.text
    assert "资金" in "".join(fields(response.text)["text_raw"])
    assert Priority.objects.get(pk=line.pk).text == other.text
    proposal.refresh_from_db()
    assert proposal.is_open
    form = LexborHTMLParser(response.text).css_first("#content-main form")
    assert form.attributes["action"] == f"{address(line)}?proposal={proposal.pk}"


@pytest.mark.once
def test_reviewer_changes_and_accepts(client, reviewer, author, proposal, line):
    client.force_login(reviewer)
    response = client.post(page(proposal), {"_amend": "1"})
    assert response.status_code == 200
    assert "还没有写入" in response.text
    assert Priority.objects.get(pk=line.pk).text == line.text
    posted = fields(response.text) | {"classification_note": ["审核时补"]}
    url = LexborHTMLParser(response.text).css_first("#content-main form").attributes["action"]

    response = client.post(url, posted)
    for _ in range(2):
        if response.status_code == 302:
            break
        box = LexborHTMLParser(response.text).css_first("input[name=confirmed]")
        response = client.post(url, fields(response.text) | {"confirmed": [box.attributes.get("value") or "on"]})

    assert response.status_code == 302
    line.refresh_from_db()
    proposal.refresh_from_db()
    assert ("资金" in line.text, line.classification_note, proposal.state) == (True, "审核时补", "accepted")
    assert proposal.is_amended


@pytest.mark.once
@pytest.mark.parametrize("is_hers", [False, True])
def test_who_proposed_is_told_what_was_saved_instead_of_her_words(client, reviewer, author, proposal, line, is_hers):
    client.force_login(reviewer)
    form = LexborHTMLParser(client.post(page(proposal), {"_amend": "1"}).text)
    url, posted = form.css_first("#content-main form").attributes["action"], fields(form.html)
    if not is_hers:
        posted["text_raw"] = [line.text_raw.replace("基金", "专项资金")]
    response = client.post(url, posted)
    box = LexborHTMLParser(response.text).css_first("input[name=confirmed]")
    said = client.post(url, fields(response.text) | {"confirmed": [box.attributes["value"]]}, follow=True).text

    words = {True: "采纳", False: "修改后采纳"}[is_hers]
    assert f"{proposal} {'已' * is_hers}{words}。" in said
    assert HistoryEntry.objects.get().edit.who == f"省里人（{words}：部里人）"
    assert f"省里人（{words}：部里人）" in client.get(f"/admin/pilots/priority/{line.pk}/history/").text
    client.force_login(author)
    seen = LexborHTMLParser(client.get(page(proposal)).text).css_first("#content-main")
    assert ("专项资金" in seen.text(), "保存的与建议的不同" in seen.text()) == (not is_hers, not is_hers)
    assert "更正说明仍是建议人写的" in seen.text()


def test_report_that_an_edit_which_waits_accepts_is_answered_with_it(client, reviewer, author, line):
    about = {"subject_kind": "region", "subject_id": line.region_id, "row_kind": "priority", "row_id": line.pk}
    report = make.make_correction(**about)
    url = f"{address(line)}?proposal={report.pk}&as_typed=1"
    said = corrected(
        client, author, line, "采纳：与公报一致", url, text_raw=line.text_raw.replace("基金", "资金")
    ).text
    report.refresh_from_db()
    assert (report.state, bool(report.checking_at), report.answer) == ("checking", True, "")
    proposal = Proposal.objects.get(author=author)
    assert f"{report} 核对中，部委编辑采纳后才答复读者。" in said
    assert f'采纳时一并答复<a href="{page(report)}">{report}</a>（核对中）' in client.get(page(proposal)).text
    assert (set(waiting_for(reviewer)), set(waiting_for(author))) == ({proposal}, set())  # counted once
    client.force_login(reviewer)
    text = client.get(page(report)).text
    assert f'省里人已照此提出修改，等部委编辑审核，采纳时一并答复：<a href="{page(proposal)}">{proposal}</a>' in text
    assert not [words for words in ("修改后采纳…", "_decline", "_accept") if words in text]
    for button in ("_decline", "_accept"):  # of a page that was open before; else readers are told it is as it was
        text = client.post(page(report), {button: "1", "answer": "没有找到出处，维持原文。"}).text
        assert f"省里人已照此提出修改，采纳{proposal} 时一并答复" in text
        assert "没有找到出处，维持原文。" in text
    report.refresh_from_db()
    assert report.state == "checking"
    client.post(page(proposal), {"_check": "1", "answer": "请补一个公开的出处。"})
    assert set(waiting_for(reviewer)) == {report}  # it was sent back: the reader waits for an answer
    back = client.get("/admin/pilots/proposal/?back=1").text
    assert f'<a href="{page(proposal)}">{proposal}</a>' in back
    assert f'<a href="{page(report)}">' not in back

    assert client.post(page(proposal), {"_replay": "1"}).status_code == 302

    report.refresh_from_db()
    assert (report.state, report.answer, report.answered_by) == ("accepted", "采纳：与公报一致", reviewer)
    edit = HistoryEntry.objects.get(edit__key=report.edit_key).edit
    assert (edit.actor, edit.reviewer) == (author, reviewer)
    assert f'由读者的纠错而来：<a href="{page(report)}">{report}</a>（已采纳）' in client.get(page(proposal)).text


def test_edit_for_a_report_that_was_declined_meanwhile_is_not_accepted(client, reviewer, author, line):
    """Readers are told that the record stays as it was."""
    about = {"subject_kind": "region", "subject_id": line.region_id, "row_kind": "priority", "row_id": line.pk}
    report, before = make.make_correction(**about), line.text_raw
    url = f"{address(line)}?proposal={report.pk}&as_typed=1"
    corrected(client, author, line, "采纳：与公报一致", url, text_raw=before.replace("基金", "资金"))
    proposal = Proposal.objects.get(author=author)
    client.force_login(reviewer)
    client.post(page(proposal), {"_check": "1", "answer": "请补一个公开的出处。"})
    client.post(page(report), {"_decline": "1", "answer": "没有找到出处，维持原文。"})
    assert "由读者的纠错而来" in client.get(page(proposal)).text

    text = client.post(page(proposal), {"_replay": "1"}, follow=True).text

    line.refresh_from_db()
    assert (line.text_raw, Proposal.objects.get(pk=proposal.pk).state) == (before, "checking")
    assert f"{report} 已由" in text
    assert "也只能不采纳" in text


@pytest.mark.once
def test_edit_does_not_answer_the_report_of_another_record(client, reviewer, author, line):
    other = Region.objects.get(slug="beijing-huairou")
    of = {"subject_kind": "region", "subject_id": other.pk, "row_kind": "region", "row_id": other.pk}
    report = make.make_correction(**of)
    url = f"{address(line)}?proposal={report.pk}"
    corrected(client, author, line, url=url, text_raw=line.text_raw.replace("基金", "资金"))
    proposal = Proposal.objects.get(author=author)

    client.force_login(reviewer)
    client.post(page(proposal), {"_replay": "1"})

    proposal.refresh_from_db()
    report.refresh_from_db()
    assert (proposal.state, report.state) == ("accepted", "received")


@pytest.mark.parametrize("is_checked_by_hand", [False, True])
@pytest.mark.parametrize("answer", ["_decline", "_accept"])
def test_report_waits_again_where_the_edit_for_it_is_not_written(
    client, reviewer, author, line, answer, is_checked_by_hand
):
    about = {"subject_kind": "region", "subject_id": line.region_id, "row_kind": "priority", "row_id": line.pk}
    report = make.make_correction(**about)
    url = f"{address(line)}?proposal={report.pk}&as_typed=1"
    if is_checked_by_hand:
        client.force_login(reviewer)
        client.post(page(report), {"_check": "1"})
    corrected(client, author, line, "采纳：与公报一致", url, text_raw=line.text_raw.replace("基金", "资金"))
    proposal = Proposal.objects.get(author=author)
    client.force_login(reviewer)

    said = client.post(page(proposal), {answer: "1", "answer": "通知原文如此。"}, follow=True).text

    report.refresh_from_db()
    assert report.state == ("checking" if is_checked_by_hand else "received")
    assert f'读者的<a href="{page(report)}">{report}</a> 还没有答复，请您答复。' in said
    assert report in waiting_for(author)
    assert report in waiting_for(reviewer)


def test_report_does_not_wait_again_while_another_edit_for_it_is_reviewed(client, reviewer, author, line):
    about = {"subject_kind": "region", "subject_id": line.region_id, "row_kind": "priority", "row_id": line.pk}
    report = make.make_correction(**about)
    url = f"{address(line)}?proposal={report.pk}&as_typed=1"
    for word in ("资金", "专款"):
        corrected(client, author, line, "采纳：与公报一致", url, text_raw=line.text_raw.replace("基金", word))
    client.force_login(reviewer)

    proposal = Proposal.objects.filter(author=author).earliest("pk")
    said = client.post(page(proposal), {"_decline": "1", "answer": "通知原文如此。"}, follow=True).text

    report.refresh_from_db()
    assert (report.state, "请您答复" in said) == ("checking", False)
    assert report not in waiting_for(reviewer)


@pytest.mark.once
@pytest.mark.parametrize("is_checked_by_hand", [False, True])
def test_report_is_no_longer_checked_once_the_edit_for_it_is_taken_back(
    client, reviewer, author, line, is_checked_by_hand
):
    about = {"subject_kind": "region", "subject_id": line.region_id, "row_kind": "priority", "row_id": line.pk}
    report = make.make_correction(**about)
    url = f"{address(line)}?proposal={report.pk}&as_typed=1"
    if is_checked_by_hand:
        client.force_login(reviewer)
        client.post(page(report), {"_check": "1"})
    corrected(client, author, line, "采纳：与公报一致", url, text_raw=line.text_raw.replace("基金", "资金"))

    said = client.post(page(Proposal.objects.get(author=author)), {"_retract": "1"}, follow=True).text

    report.refresh_from_db()
    assert report.state == ("checking" if is_checked_by_hand else "received")
    assert bool(report.checking_at) == is_checked_by_hand
    assert (f"{report} 重新等待答复。" in said) != is_checked_by_hand


@pytest.mark.once
def test_preview_shows_the_page_and_writes_nothing(client, reviewer, proposal, line):
    client.force_login(reviewer)

    response = client.post(page(proposal), {"_preview": "1"})

    assert response.status_code == 200
    assert line.text.replace("基金", "资金") in response.text
    assert Priority.objects.get(pk=line.pk).text == line.text
    proposal.refresh_from_db()
    assert proposal.is_open


@pytest.mark.once
def test_descriptions_and_what_is_not_published_are_hers(client, reviewer, author, line):
    person = corrected(client, author, line, classification_note="她的", confidence="low")
    assert person.is_saved
    line.refresh_from_db()
    assert line.classification_note == "她的"
    region = line.region
    corrected(
        client, author, region, url=f"/admin/pilots/region/{region.pk}/remark/", open_points="通知没有写明她的说明"
    )
    region.refresh_from_db()
    assert region.open_points == "通知没有写明她的说明"
    assert not Proposal.objects.exists()


def test_published_fact_waits_and_one_that_is_not_does_not(client, reviewer, author):
    division = next(row for row in Division.objects.filter(region__slug="jing-jin-ji") if row.is_shown)
    source = f"{division.source}\nhttps://www.gov.cn/zhengce/content/2016-01/1.htm"
    corrected(client, author, division, remark="另有说明", source=source)
    assert Proposal.objects.count() == 1
    make.overwrite(Division.objects.filter(pk=division.pk), verification="unverified")

    corrected(client, author, division, remark="另有说明")

    assert Proposal.objects.count() == 1
    division.refresh_from_db()
    assert division.remark == "另有说明"


@pytest.mark.once
@pytest.mark.parametrize(
    ("roles", "is_alone", "waits"),
    [({"province"}, False, True), ({"off"}, False, False), ({"province"}, True, False)],
)
def test_edits_wait_by_setting_and_only_for_somebody(client, settings, author, line, roles, is_alone, waits):
    settings.REVIEW = roles
    if not is_alone:
        make.make_official("部", "部委编辑")

    person = corrected(client, author, line, text_raw=line.text_raw.replace("基金", "资金"))

    assert person.is_saved
    assert Proposal.objects.exists() == waits
    assert ("资金" in Priority.objects.get(pk=line.pk).text) != waits


def test_ministry_writes_at_once_unless_it_is_reviewed_too(client, settings, reviewer, line):
    corrected(client, reviewer, line, text_raw=line.text_raw.replace("基金", "资金"))
    assert not Proposal.objects.exists()
    settings.REVIEW = {"province", "ministry"}
    other = make.make_official("另", "部委编辑")
    line.refresh_from_db()

    corrected(client, reviewer, line, text_raw=line.text_raw.replace("资金", "基金"))

    proposal = Proposal.objects.get()
    client.force_login(reviewer)
    assert client.post(page(proposal), {"_replay": "1"}).status_code == 403
    client.force_login(other)
    assert client.post(page(proposal), {"_replay": "1"}).status_code == 302
    line.refresh_from_db()
    assert "基金" in line.text


@pytest.mark.once
@pytest.mark.parametrize("role", ["省级编辑", "只读", "管理员", ""])
@pytest.mark.parametrize("way", ["_replay", "_amend", "_preview"])
def test_nobody_else_accepts(client, proposal, line, role, way):
    client.force_login(make.make_official("别人", role, "beijing"))

    assert client.post(page(proposal), {way: "1"}).status_code == 403
    assert Priority.objects.get(pk=line.pk).text == line.text


@pytest.mark.once
def test_another_form_is_not_written_in_the_name_of_the_author(client, reviewer, proposal):
    other = Priority.objects.get(region__slug="beijing-huairou", number=1)
    person = Person(client, reviewer, f"{address(other)}?proposal={proposal.pk}")

    person.types(confidence="low").saves()

    assert person.is_saved
    assert HistoryEntry.objects.get().edit.actor == reviewer
    proposal.refresh_from_db()
    assert proposal.is_open


def test_sent_back_it_waits_for_its_author_who_takes_it_back(client, reviewer, author, proposal):
    client.force_login(reviewer)
    for words in ("", "补", "请补。"):
        client.post(page(proposal), {"_check": "1", "answer": words})
    assert not waiting_for(author)  # nothing was said of what is missing
    client.post(page(proposal), {"_check": "1", "answer": "请补一个公开的出处。"})
    assert (set(waiting_for(author)), set(waiting_for(reviewer))) == ({proposal}, set())
    assert f"{proposal} 已退回，省里人看得到您写的意见。" in client.get(page(proposal)).text
    client.force_login(author)
    text = LexborHTMLParser(client.get(page(proposal)).text).css_first("#content-main").text()
    assert not [words for words in ("已退回。", "退回的意见", "公开的出处", "改好再保存") if words not in text]
    assert not [words for words in ("核对中", "读者") if words in text]

    assert f"{proposal} 已撤回。" in client.post(page(proposal), {"_retract": "1"}, follow=True).text

    proposal.refresh_from_db()
    assert proposal.state == "retracted"
    assert not Region.objects.get(pk=proposal.subject_id).priorities.filter(text__contains="资金").exists()


def pressed(client, user, url, reason, **values):
    """Let `user` open a short form and post it; return the answer."""
    client.force_login(user)
    return client.post(url, fields(client.get(url).text) | {"edit_reason": reason} | values)


@pytest.fixture(params=["verify", "withdraw"])
def short(request):
    """A short form that publishes a fact or hides one: its row, its address, what is typed, whether it is done."""
    if request.param == "withdraw":
        row = next(row for row in Division.objects.filter(region__slug="jing-jin-ji") if row.is_shown)
        url = reverse("admin:pilots_division_withdraw", args=[row.pk])
        return (
            row,
            url,
            {"reason": "这一处列得不对，应当撤下"},
            lambda: not Division.objects.filter(pk=row.pk).exists(),
        )
    row = Region.objects.get(slug="jing-jin-ji")
    make.overwrite(Region.objects.filter(pk=row.pk), is_kind_verified=False, kind_source="")
    problem = str([each.text for each in RegionToVerify.PROBLEMS].index("类型尚未核实。"))
    url = reverse("admin:pilots_regiontoverify_verify", args=[row.pk])
    values = {"reason": "国函〔2016〕62号", "problems": [problem]}
    return row, url, values, lambda: Region.objects.get(pk=row.pk).is_kind_verified


@pytest.mark.once
def test_what_a_short_form_publishes_or_hides_waits_too(client, author, reviewer, short):
    _, url, values, is_done = short

    pressed(client, author, url, **values)

    proposal = Proposal.objects.get()
    assert (proposal.author, is_done(), HistoryEntry.objects.exists()) == (author, False, False)
    assert proposal.lines
    area = Region.objects.get(slug="jing-jin-ji")
    assert proposal.title.split("，")[0] == f"第{area.serial}号 {area.name}"  # as of a reader's report
    client.force_login(reviewer)
    assert 'name="_accept"' not in client.get(page(proposal)).text  # the record is as it was
    assert 'name="_preview"' not in client.get(page(proposal)).text
    client.post(page(proposal), {"_preview": "1"})
    assert not is_done()
    client.post(page(proposal), {"_replay": "1"})
    proposal.refresh_from_db()
    assert (proposal.state, proposal.answered_by, is_done()) == ("accepted", reviewer, True)
    assert {(each.edit.actor, each.edit.reviewer) for each in HistoryEntry.objects.all()} == {(author, reviewer)}


@pytest.mark.parametrize("short", ["verify"], indirect=True)
def test_what_waits_to_be_accepted_is_not_to_be_verified_again(client, author, reviewer, short):
    row, url, values, _ = short
    lists = "/admin/pilots/regiontoverify/"
    client.force_login(author)
    counts = [client.get("/admin/").context["title"]]

    pressed(client, author, url, **values)

    proposal = Proposal.objects.get()
    for user in (author, reviewer):
        client.force_login(user)
        first, queue = client.get("/admin/"), client.get(lists)
        section = LexborHTMLParser(first.text).css_first("section[aria-labelledby=overview-queue]")
        assert [each.text() for each in section.css(f"a[href='{page(proposal)}']")] == [str(proposal)]
        assert not section.css(f"a[href='{url}']")
        assert f'等待采纳：<a href="{page(proposal)}">{proposal}</a>' in queue.text
        assert url not in queue.text
    client.force_login(author)
    counts.append(client.get("/admin/").context["title"])
    numbers = [int("".join(filter(str.isdecimal, title)) or 0) for title in counts]
    assert numbers[0] - numbers[1] == 1
    make.overwrite(Region.objects.filter(pk=row.pk), verification="unverified")  # of that the proposal says nothing
    assert f'href="{url}"' in client.get("/admin/").text
    make.overwrite(Region.objects.filter(pk=row.pk), verification="verified")
    client.force_login(reviewer)
    client.post(page(proposal), {"_check": "1", "answer": "请补一个公开的出处。"})
    assert f'href="{url}"' in client.get("/admin/").text


@pytest.mark.parametrize("short", ["verify"], indirect=True)
@pytest.mark.parametrize("waits", [True, False])
def test_address_of_a_source_is_not_all_that_readers_are_told(client, author, reviewer, short, waits):
    source = "https://www.gov.cn/zhengce/content/2016-01/1.htm"
    _, url, values, _ = short

    pressed(client, author if waits else reviewer, url, **values | {"reason": source})
    if waits:
        client.force_login(reviewer)
        client.post(page(Proposal.objects.get()), {"_replay": "1"})
        assert Proposal.objects.get().answer == f"核实依据：{source}"

    assert Region.objects.get(slug="jing-jin-ji").kind_source == source
    assert HistoryEntry.objects.latest().edit.reason == f"核实依据：{source}"
    assert f"核实依据：{source}" in client.get("/changes/").text


@pytest.mark.once
def test_short_form_that_waited_while_the_record_changed_is_looked_at_again(client, author, reviewer, short):
    row, url, values, is_done = short
    pressed(client, author, url, **values)
    proposal = Proposal.objects.get()
    source = "\n".join([getattr(row, "source", ""), "https://www.gov.cn/zhengce/content/2016-01/1.htm"])
    changed = (
        {"remark": "另有说明", "source": source} if isinstance(row, Division) else {"open_points": "通知没有写明边界"}
    )
    page_of = "change" if isinstance(row, Division) else "remark"
    url = reverse(f"admin:pilots_{kind_of(row)}_{page_of}", args=[row.pk])
    assert corrected(client, reviewer, row, url=url, **changed).is_saved
    client.force_login(reviewer)

    form = LexborHTMLParser(client.post(page(proposal), {"_replay": "1"}).text)

    assert not is_done()
    assert "改过这条记录" in form.text()
    action = form.css_first("#content-main form").attributes["action"]
    client.post(action, fields(form.html))
    proposal.refresh_from_db()
    assert (proposal.state, is_done()) == ("accepted", True)
    answer = client.post(page(proposal), {"_replay": "1"}, follow=True)
    assert "已采纳" in answer.text


@pytest.mark.once
def test_second_proposal_to_withdraw_a_row_does_not_restore_it(client, reviewer, author):
    row = next(row for row in Division.objects.filter(region__slug="jing-jin-ji") if row.is_shown)
    url = reverse("admin:pilots_division_withdraw", args=[row.pk])
    for reason in ("这一处列得不对，应当撤下", "列得不对，应当撤下"):
        pressed(client, author, url, reason)
    first, second = Proposal.objects.order_by("pk")
    client.force_login(reviewer)
    client.post(page(first), {"_replay": "1"})
    assert Division.all_objects.get(pk=row.pk).is_withdrawn

    form = LexborHTMLParser(client.post(page(second), {"_replay": "1"}).text)
    again = client.post(form.css_first("#content-main form").attributes["action"], fields(form.html))

    looked_at = client.get(form.css_first("#content-main form").attributes["action"])
    for text in (form.text(), again.text, looked_at.text):
        assert f"{second}要撤下的，已经撤下。请到它自己的页面答复。" in text
    second.refresh_from_db()
    assert (second.is_open, Division.all_objects.get(pk=row.pk).is_withdrawn) == (True, True)
    assert 'name="_accept"' in client.get(page(second)).text
    client.post(page(second), {"_accept": "1", "answer": "已照另一件建议撤下。"})
    second.refresh_from_db()
    assert (second.state, Division.all_objects.get(pk=row.pk).is_withdrawn) == ("accepted", True)


@pytest.mark.once
@pytest.mark.parametrize("way", ["_amend", "_replay"])
def test_form_of_another_is_a_note_and_its_tick_is_the_reviewers(client, reviewer, author, line, way):
    form = Person(client, author, reverse("admin:pilots_priority_text", args=[line.pk]))
    assert f"› {line.region}\n" in form.text  # whose line it is
    form.types(text_raw=line.text_raw.replace("基金", "资金"), confirmed="True").saves("与公报逐字核对")
    proposal = Proposal.objects.get()
    if way == "_replay":  # it comes back where somebody wrote the same text otherwise
        assert corrected(client, reviewer, line, text_raw=line.text_raw.replace("设立", "建立")).is_saved
    client.force_login(reviewer)

    tree = LexborHTMLParser(client.post(page(proposal), {way: "1"}).text)

    [note] = tree.css("form .draft-note, form .errornote")
    assert (
        ("还没有写入" in note.text())
        == (tree.css_first("title").text().startswith("有误") is False)
        == (way == "_amend")
    )
    assert ("没有保存" in note.text()) == (way == "_replay")
    assert "回到这件建议" in tree.body.text()
    assert "公开的答复" not in tree.body.text()
    assert "confirmed" not in fields(tree.html)
    assert tree.css_first("input[name=confirmed]")


def test_short_form_of_another_is_shown_as_a_note(client, reviewer, author, short):
    _, url, values, is_done = short
    pressed(client, author, url, **values)
    client.force_login(reviewer)

    tree = LexborHTMLParser(client.post(page(Proposal.objects.get()), {"_amend": "1"}).text)

    assert "还没有写入" in tree.css_first("ul.draft-note").text()
    assert not tree.css(".errorlist")
    label = tree.css_first("label[for=id_edit_reason]").text()
    assert label.rstrip("：") == ("出处" if url.endswith("verify/") else "原因")
    assert not is_done()
