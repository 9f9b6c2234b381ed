"""The work queue: what is in it, what it says, who sees it, and the way from a row to the record's form."""

import pytest
from django.test import Client
from django.urls import reverse
from selectolax.lexbor import LexborHTMLParser

from pilots.models import Division, Document, HistoryEntry, Ministry, Priority, Region, together
from pilots.models.work_queue import (
    QUEUES,
    DivisionToVerify,
    DocumentToVerify,
    MinistryToVerify,
    PriorityToVerify,
    RegionToVerify,
)

from . import factories as make
from .forms import Person, address, fields, official

pytestmark = pytest.mark.django_db
by_queue = pytest.mark.parametrize("queue", QUEUES, ids=[queue.__name__ for queue in QUEUES])


def listing(queue):
    return reverse(f"admin:pilots_{queue._meta.model_name}_changelist")


@pytest.fixture(scope="module")
def of_the_module(db_of_module):
    """Rows of each model of which nothing is in doubt, written once for all tests."""
    region = Region.objects.get(slug="liaoning-benxi")
    make.overwrite(
        Region.objects.filter(pk=region.pk),
        verification="verified",
        name_now_status="verified",
        is_kind_verified=True,
        renaming="",
        name_now=region.name,
    )
    values = {
        "position": 90,
        "role": "component",
        "name_then": "某县",
        "verification": "verified",
        "source": "数据集",
    }
    division = Division.objects.create(region=region, **values)
    topics = region.priorities.first().topics.all()
    priority = make.make_priority(region=region, number=90, topics=topics, confidence="high")
    ministry = Ministry.objects.get(slug="mep")
    make.overwrite(
        Ministry.objects.filter(pk=ministry.pk), is_full_name_verified=True, full_name_source="国发〔2013〕14号"
    )
    document = make.make_document(region=region)
    return [region, division, document, priority, ministry]


@pytest.fixture
def sound(of_the_module):
    """An area, a division, a document, a priority and a ministry of which nothing is in doubt, as now read."""
    return {type(row): type(row).objects.get(pk=row.pk) for row in of_the_module}


@by_queue
def test_what_is_verified_is_in_no_queue(sound, queue):
    assert not queue.objects.filter(pk=sound[queue._meta.concrete_model].pk).exists()


@pytest.mark.once
@pytest.mark.parametrize(
    ("queue", "values", "says"),
    [
        (RegionToVerify, {"verification": "unverified"}, "核实情况尚未"),
        (RegionToVerify, {"verification": "partial"}, "核实情况尚未"),
        (RegionToVerify, {"name_now_status": "unverified"}, "现名尚未"),
        (RegionToVerify, {"is_kind_verified": False}, "类型尚未核实"),
        (
            RegionToVerify,
            {"renaming": "某县改为某市", "name_now_status": "customary", "renaming_source": ""},
            "没有出处",
        ),
        (RegionToVerify, {"name_now": "某市", "renaming_source": ""}, "没有出处"),
        (DivisionToVerify, {"verification": "unverified"}, "尚未核实"),
        (DivisionToVerify, {"source": ""}, "标为已核实，没有出处"),
        (DocumentToVerify, {"verification": "unverified"}, "尚未核实，读者看不到"),
        (PriorityToVerify, {"confidence": "low"}, "归类把握低"),
        (MinistryToVerify, {"is_full_name_verified": False}, "全称尚未核实"),
        (MinistryToVerify, {"full_name_source": ""}, "全称标为已核实，没有出处"),
    ],
)
def test_each_problem_is_found_and_said(sound, queue, values, says):
    row = sound[queue._meta.concrete_model]
    make.overwrite(type(row).objects.filter(pk=row.pk), **values)

    text = queue.objects.get(pk=row.pk).problem_text

    assert says in text
    assert text.count("。") == 1


def test_priority_without_a_topic_is_found(sound):
    sound[Priority].topics.clear()

    assert PriorityToVerify.objects.get(pk=sound[Priority].pk).problem_text == "没有归入任何主题。"


def test_document_in_doubt_says_what_readers_do_not_see_with_it_and_marked_verified_all_is_seen(
    sound, admin_client, client
):
    row = sound[Document]
    indicator = make.make_indicator(document=row, name="某某覆盖率")
    make.overwrite(Document.objects.filter(pk=row.pk), verification="unverified", source="")
    queued = DocumentToVerify.objects.get(pk=row.pk)
    assert queued.problem_text == "尚未核实，读者看不到。其中的指标也看不到。"
    address = f"/api/v1/indicators/{row.region.slug}/{indicator.position}/"
    assert client.get(address).status_code == 404

    press(admin_client, queued, 0, source="看过了")
    assert client.get(address).status_code == 404
    press(admin_client, queued, 0, source="政府网站 https://www.gov.cn/a/b.html")

    assert client.get(address).json()["name"] == "某某覆盖率"
    assert Document.objects.get(pk=row.pk).source == "政府网站 https://www.gov.cn/a/b.html"
    assert not DocumentToVerify.objects.filter(pk=row.pk).exists()


@pytest.fixture
def low_confidence(db):
    """A priority in its queue: every line that was loaded is filed without doubt."""
    make.overwrite(Priority.objects.filter(pk=Priority.objects.first().pk), confidence="low")


@by_queue
@pytest.mark.usefixtures("low_confidence")
def test_row_leads_to_the_form_of_its_record(admin_client, queue):
    row = queue.objects.first()

    text = admin_client.get(listing(queue)).text

    assert row.problem_text in text
    form = reverse(f"admin:pilots_{queue._meta.concrete_model._meta.model_name}_change", args=[row.pk])
    assert f'href="{form}' in text


@pytest.mark.once
@by_queue
@pytest.mark.usefixtures("low_confidence")
def test_queue_is_a_list_and_nothing_else(admin_client, queue):
    row = queue.objects.first()

    for page in ("add/", f"{row.pk}/change/", f"{row.pk}/delete/", f"{row.pk}/history/"):
        assert admin_client.get(listing(queue) + page).status_code == 404
    answer = admin_client.post(listing(queue), {"action": "delete_selected", "_selected_action": row.pk})
    assert "确认" not in answer.text
    assert queue.objects.filter(pk=row.pk).exists()


@pytest.mark.once
@pytest.mark.parametrize("queue", [RegionToVerify, DivisionToVerify, DocumentToVerify, PriorityToVerify])
def test_province_sees_its_own_rows_only(client, sound, queue):
    theirs = Region.objects.get(slug="beijing-huairou")
    for region in (sound[Region], theirs):
        make.overwrite(Region.objects.filter(pk=region.pk), verification="unverified")
        make.overwrite(region.divisions, verification="unverified")
        make.overwrite(region.documents, verification="unverified")
        make.overwrite(region.priorities, confidence="low")
    client.force_login(make.make_official("省", "省级编辑", "liaoning"))

    found = {getattr(row, "region", row).pk for row in client.get(listing(queue)).context["cl"].queryset}

    assert sound[Region].pk in found
    assert theirs.pk not in found


@pytest.mark.once
@pytest.mark.parametrize(
    ("role", "status"), [("部委编辑", 200), ("只读", 200), ("省级编辑", 403), ("管理员", 403), ("", 403)]
)
def test_ministries_queue_follows_the_rights_to_ministries(client, role, status):
    client.force_login(make.make_official("谁", role, "liaoning"))

    assert client.get(listing(MinistryToVerify)).status_code == status


@pytest.mark.once
@by_queue
def test_queue_takes_the_same_queries_whatever_its_length(admin_client, django_assert_max_num_queries, queue):
    admin_client.get(listing(queue))
    with django_assert_max_num_queries(12) as few:
        admin_client.get(listing(queue))
    with together():
        for n in range(20):
            region = make.make_region()
            Division.objects.create(region=region, position=1, role="self", name_then="某县")
            make.make_priority(region=region, confidence="low")
            make.make_indicator(document=make.make_document(region=region, verification="unverified"))
            place = 500 + n
            Ministry.objects.create(name=f"部{n}", text_name="部", successor=f"部{n}", slug=f"m-{n}", position=place)
    with django_assert_max_num_queries(12) as many:
        admin_client.get(listing(queue))

    assert len(many) == len(few)


def test_marking_verified_is_an_edit_with_a_reason_and_empties_the_row(sound):
    ministry = Ministry.objects.get(slug="ndrc")
    person = Person(Client(), official("张"), address(ministry))

    person.types(is_full_name_verified=["on"], full_name_source="国发〔2013〕14号").saves("核对国务院公报2015年第1号")

    assert person.is_saved
    assert not MinistryToVerify.objects.filter(pk=ministry.pk).exists()
    assert HistoryEntry.objects.latest().edit.reason == "核对国务院公报2015年第1号"


# 标为已核实: its page.


def page_of(row):
    return reverse(f"admin:pilots_{row._meta.model_name}_verify", args=[row.pk])


def press(client, row, *problems, source="民函〔2017〕73号", **typed):
    """Open the page as a browser does, tick the problems by their places, and post it."""
    seen = fields(client.get(page_of(row)).text)
    return client.post(page_of(row), seen | {"problems": list(map(str, problems)), "edit_reason": source} | typed)


def doubtful(sound, **values):
    """Return an area as its queue finds it, with these things wrong."""
    row = sound[Region]
    make.overwrite(Region.objects.filter(pk=row.pk), **values)
    return RegionToVerify.objects.get(pk=row.pk)


@pytest.mark.once
def test_what_was_checked_is_marked_with_its_source_and_nothing_else(sound, admin_client):
    row = doubtful(
        sound, name_now_status="unverified", is_kind_verified=False, renaming_source="", internal_note="甲"
    )

    answer = press(admin_client, row, 1)

    assert answer.headers["Location"] == listing(RegionToVerify)
    mended = Region.objects.get(pk=row.pk)
    assert (mended.name_now_status, mended.renaming_source) == ("verified", "民函〔2017〕73号")
    assert (mended.is_kind_verified, mended.internal_note) == (False, "甲")
    assert RegionToVerify.objects.get(pk=row.pk).problem_text == "类型尚未核实。"
    entry = HistoryEntry.objects.latest()
    assert (entry.edit.reason, set(entry.changes)) == (
        "核实依据：民函〔2017〕73号",
        {"name_now_status", "renaming_source"},
    )


def test_marking_says_what_it_wrote_and_is_taken_back_at_once(sound, admin_client):
    row = doubtful(sound, is_kind_verified=False, kind_source="")
    page = LexborHTMLParser(admin_client.get(press(admin_client, row, 2).headers["Location"]).text)
    form = page.css_first(".messagelist .success form")
    assert Region.objects.get(pk=row.pk).is_kind_verified
    assert "改前" in page.css_first(".messagelist .success").text()

    inputs = {node.attributes["name"]: node.attributes["value"] for node in form.css("input")}
    said = admin_client.post(form.attributes["action"], inputs, follow=True).text

    assert "已撤销刚才的修改" in said
    assert not Region.objects.get(pk=row.pk).is_kind_verified


@pytest.mark.once
def test_source_that_is_there_stays_beside_the_one_that_was_checked(sound, admin_client):
    row = doubtful(sound, name_now_status="partial", renaming_source="国函〔2017〕1号")

    press(admin_client, row, 1)

    assert Region.objects.get(pk=row.pk).renaming_source == "国函〔2017〕1号\n民函〔2017〕73号"


IN_DOUBT = {
    MinistryToVerify: {"is_full_name_verified": False, "full_name_source": ""},
    DivisionToVerify: {"verification": "unverified"},
    RegionToVerify: {"verification": "unverified", "name_now_status": "unverified", "is_kind_verified": False},
}


@pytest.mark.once
@pytest.mark.parametrize("source", ["看过了", "http://10.0.0.8/a", "同上 国函〔2017〕1号"])
@pytest.mark.parametrize(
    ("queue", "n"), [(MinistryToVerify, 0), (DivisionToVerify, 0), *((RegionToVerify, n) for n in range(3))]
)
def test_nothing_is_verified_by_what_is_no_source(sound, admin_client, queue, n, source):
    row = sound[queue._meta.concrete_model]
    values = IN_DOUBT[queue] | ({"source": "国函〔2015〕1号"} if queue is DivisionToVerify else {})
    make.overwrite(type(row).objects.filter(pk=row.pk), **values)

    answer = press(admin_client, queue.objects.get(pk=row.pk), n, source=source)

    assert f"出处“{source}”" in answer.context["form"].errors["edit_reason"].as_text()
    assert type(row).objects.filter(pk=row.pk, **values).exists()


def test_verified_full_name_is_told_with_its_source(sound, admin_client, client):
    make.overwrite(
        Ministry.objects.filter(slug="mep"), **IN_DOUBT[MinistryToVerify], full_name="中华人民共和国环境保护部"
    )

    press(admin_client, MinistryToVerify.objects.get(slug="mep"), 0, source="国发〔2013〕14号")

    page = client.get("/ministries/mep/").text
    assert '中华人民共和国环境保护部<span class="note">出处：国发〔2013〕14号' in page
    said = client.get("/api/v1/ministries/mep/").json()
    assert (said["full_name"], said["full_name_source"]) == ("中华人民共和国环境保护部", "国发〔2013〕14号")


def test_codes_of_a_place_do_not_prove_that_an_area_lies_in_it(sound, admin_client):
    row = DivisionToVerify.objects.get(region__slug="shandong-qingdao-hongdao", name_then="城阳区")
    codes = row.source
    zhang = Person(Client(), official("张"), address(Division.objects.get(pk=row.pk)))

    zhang.types(verification="verified").saves()
    assert not zhang.is_saved
    assert "标为已核实须写明所依据的出处" in zhang.text

    press(admin_client, row, 0, source="青政〔2012〕1号")
    proved = Division.objects.get(pk=row.pk)
    assert (proved.verification, proved.source) == ("verified", f"{codes}\n青政〔2012〕1号")


@pytest.mark.once
def test_page_shows_the_facts_that_are_to_be_checked(sound, admin_client):
    row = doubtful(sound, name_now_status="unverified", is_kind_verified=False, renaming="某县改为某市")

    page = LexborHTMLParser(admin_client.get(page_of(row)).text).css_first(".ticks")

    # A tick says in a few words what it affirms; the facts stand under it, one by one, without what is empty.
    ticks = [label.text().strip() for label in page.css("label")]
    assert ticks[0].startswith("现名、")
    assert "更名情况，与出处一致" in ticks[0]
    assert ticks[1] == f"类型：{row.get_kind_display()}，与出处一致"
    assert "—" not in page.text()
    facts = [node.text().strip() for node in page.css_first("dl").css("dt, dd")]
    assert dict(zip(facts[::2], facts[1::2], strict=True))["更名情况"] == "某县改为某市"


@pytest.mark.once
@pytest.mark.parametrize("typed", [{"problems": []}, {"problems": ["7"]}, {"edit_reason": " "}])
def test_nothing_is_marked_without_a_source_and_something_checked(sound, admin_client, typed):
    row = doubtful(sound, is_kind_verified=False)

    answer = press(admin_client, row, 2, **typed)

    page = LexborHTMLParser(answer.text)
    [link] = page.css("#content-main .errornote a")
    assert page.css_first(link.attributes["href"])
    assert link.text().startswith("出处：" if "edit_reason" in typed else "已核对的事项：")
    assert page.css_first("label[for=id_edit_reason]").text() == "出处："
    assert "文号或数据集" in page.css_first("#id_edit_reason_helptext").text()
    assert RegionToVerify.objects.filter(pk=row.pk).exists()


@pytest.mark.once
def test_record_that_refuses_is_told(sound, admin_client):
    row = doubtful(sound, name_now_status="unverified", name_now="海口市")

    answer = press(admin_client, row, 1)

    assert "不能标为已核实：这是“海口市 460100”的名称，不是这个地区的。" in answer.text
    assert Region.objects.get(pk=row.pk).name_now_status == "unverified"


def test_what_a_colleague_changed_meanwhile_is_looked_at_again(sound, admin_client):
    row = doubtful(sound, name_now_status="unverified")
    seen = fields(admin_client.get(page_of(row)).text) | {"problems": ["1"], "edit_reason": "民函〔2017〕73号"}
    Person(Client(), official("李"), address(sound[Region])).types(name_now="某市").saves()

    refused = admin_client.post(page_of(row), seen)

    assert "李改过这条记录" in refused.text
    assert "<dd>某市</dd>" in refused.text
    assert Region.objects.get(pk=row.pk).name_now_status == "unverified"
    again = fields(refused.text) | {"problems": ["1"], "edit_reason": "民函〔2017〕73号"}
    assert admin_client.post(page_of(row), again).status_code == 302


def test_what_a_colleague_verified_meanwhile_is_said(sound, admin_client):
    row = doubtful(sound, is_kind_verified=False)
    make.overwrite(Region.objects.filter(pk=row.pk), is_kind_verified=True)
    before = HistoryEntry.objects.count()

    answer = admin_client.post(page_of(row), {"problems": ["2"], "edit_reason": "某文件"}, follow=True)

    assert "可能已由同事核实" in answer.text
    assert HistoryEntry.objects.count() == before


@pytest.mark.once
@pytest.mark.parametrize(
    ("role", "province", "may"),
    [
        ("部委编辑", "", True),
        ("省级编辑", "liaoning", True),
        ("省级编辑", "beijing", False),
        ("只读", "", False),
        ("", "", False),
    ],
)
def test_only_who_may_change_the_record_marks_it(client, admin_client, settings, sound, role, province, may):
    settings.REVIEW = set()  # what waits: test_review
    row = doubtful(sound, is_kind_verified=False)
    seen = fields(admin_client.get(page_of(row)).text)
    client.force_login(make.make_official("谁", role, province))

    client.post(page_of(row), seen | {"problems": ["2"], "edit_reason": "民函〔2017〕73号"})

    assert Region.objects.get(pk=row.pk).is_kind_verified == may


@pytest.mark.once
def test_row_that_only_the_form_can_mend_has_no_such_page(sound, admin_client):
    sound[Priority].topics.clear()

    assert (
        f'href="{page_of(PriorityToVerify.objects.get(pk=sound[Priority].pk))}"'
        not in admin_client.get(listing(PriorityToVerify)).text
    )


def test_nothing_is_to_be_ticked_where_there_is_nothing_to_check(sound, admin_client):
    row = doubtful(sound, name_now_status="unverified", name_now="", renaming_source="国函〔2017〕1号")

    page = LexborHTMLParser(admin_client.get(page_of(row)).text).css_first("#content-main")

    assert not page.css("input[type=checkbox]")
    assert "没有可以核对的内容" in page.text()
    assert page_of(row) not in admin_client.get(listing(RegionToVerify)).text


@pytest.mark.once
def test_what_is_withdrawn_is_in_no_queue(sound):
    row = doubtful(sound, is_kind_verified=False)
    make.overwrite(Region.all_objects.filter(pk=row.pk), withdrawn_on="2026-11-23", withdrawn_reason="重复")

    assert not RegionToVerify.objects.filter(pk=row.pk).exists()


@pytest.mark.once
def test_source_that_nobody_can_look_up_marks_nothing(client, sound):
    client.force_login(official("张"))
    row = doubtful(sound, name_now_status="partial", renaming_source="")

    response = press(client, row, 1, source="听老同志说")

    assert "不是公开网址或文号" in response.text
    assert Region.objects.get(pk=row.pk).name_now_status == "partial"
