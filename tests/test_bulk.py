"""Many rows at once, by who is reviewed and reaches some of them only: tables of a province, text of ticked rows."""

import csv
import io

import pytest
from django.urls import reverse
from selectolax.lexbor import LexborHTMLParser

from pilots.models import (
    Alias,
    Division,
    Document,
    HistoryEntry,
    Indicator,
    Priority,
    Proposal,
    Province,
    Region,
    SecurityEvent,
)

from . import factories as make
from .forms import REASON, fields
from .sheets import body, bring, csv_of, place, refusals, write

pytestmark = pytest.mark.django_db
KEY, GROUNDS = "地址名", "国函〔2015〕119号"


@pytest.fixture
def reviewer():
    return make.make_official("部", "部委编辑", first_name="部里人")


@pytest.fixture
def province(client, reviewer):
    client.force_login(make.make_official("辽", "省级编辑", "liaoning"))
    return client


def table(client, model, **edits):
    """Export a list as CSV, type into cells of its first row, and return it."""
    [headings, first, *rows] = csv.reader(io.StringIO(body(client.get(place(model, "csv"))).decode("utf-8-sig")))
    for label, text in edits.items():
        first[headings.index(label)] = text
    return csv_of(headings, first, *rows)


def box(shown):
    confirmation = shown.context["confirmation"]
    return {"confirmed": confirmation.digest} if confirmation else {}


def accept(client, reviewer, proposal):
    client.force_login(reviewer)
    response = client.post(reverse("admin:pilots_proposal_change", args=[proposal.pk]), {"_replay": "1"})
    proposal.refresh_from_db()
    return response


def test_province_brings_a_table_of_indicators_and_what_readers_see_waits(province, reviewer):
    row = Indicator.objects.get(region__slug="liaoning-dalian", position=1)  # the first that it reaches

    shown = bring(province, table(province, Indicator, 目标值="≥60"), Indicator)
    other = bring(province, table(province, Indicator, 出自="2. 另一份文件"), Indicator)
    bad = bring(province, table(province, Indicator, 目标值="约六十"), Indicator)

    assert refusals(shown) == []
    assert [bool(line["waits"]) for line in shown.context["changed_rows"]] == [True]
    assert "“出自”不能用表格更改" in f"{refusals(other)}"
    assert "写数字，前面可加≥、≤或约" in f"{refusals(bad)}"
    assert write(province, shown, Indicator).status_code == 302
    row.refresh_from_db()
    assert (row.target_value, Proposal.objects.get().row_id) == ("5", row.pk)


def test_province_corrects_its_rows_by_a_table_and_the_notices_words_wait(client, province, reviewer):
    line = Priority.objects.get(region__slug="liaoning-dalian", number=1)
    words = line.text_raw.replace("探索", "探明")

    shown = bring(province, table(province, Priority, 所收原文=words, 归类依据="她的"), Priority)

    assert refusals(shown) == []
    assert [bool(row["waits"]) for row in shown.context["changed_rows"]] == [False, True]
    assert "试运行：1 条记录会改变" in shown.text
    assert "由部委编辑审核：写入时作为建议提交" in shown.text
    assert "您改动了通知原文" in write(province, shown, Priority).text
    assert not Proposal.objects.exists()
    done = write(province, shown, Priority, **box(shown))
    said = province.get(done.headers["Location"]).text
    line.refresh_from_db()
    assert (line.classification_note, "探明" in line.text_raw) == ("她的", False)
    proposal = Proposal.objects.get()
    assert f'已作为建议提交，由部委编辑审核。采纳以前，记录保持原样：<a href="{page(proposal)}">' in said
    assert (proposal.author.username, proposal.reason, proposal.row_id) == ("辽", REASON, line.pk)
    assert (proposal.subject_kind, proposal.subject_id) == ("region", line.region_id)
    assert {each["after"] for each in proposal.lines} >= {words}
    assert SecurityEvent.objects.filter(kind="imported", person__username="辽").count() == 1

    assert write(province, shown, Priority, **box(shown)).status_code == 302  # sent twice
    assert (Proposal.objects.count(), HistoryEntry.objects.count()) == (1, 1)
    shown = bring(
        province, csv_of(["先行示范地区地址名", "编号", "归类把握"], ["liaoning-dalian", "1", "低"]), Priority
    )
    for said in ("已更正 1 条", "没有改动，未写入任何内容"):
        assert said in province.get(write(province, shown, Priority).headers["Location"]).text
    assert (Proposal.objects.count(), HistoryEntry.objects.count()) == (1, 2)

    assert "探明" in LexborHTMLParser(client.get(page(proposal)).text).css_first("#content-main").text()
    other = Priority.objects.get(pk=line.pk)
    other.confidence = "low" if line.confidence != "low" else "high"
    other.save()
    assert accept(client, reviewer, proposal).status_code == 302
    line.refresh_from_db()
    assert (proposal.state, line.text_raw, line.confidence) == ("accepted", words, other.confidence)
    entry = HistoryEntry.objects.get(edit__key=proposal.edit_key)
    assert (entry.edit.actor.username, entry.edit.reviewer, entry.edit.reason) == ("辽", reviewer, REASON)


@pytest.mark.once
def test_reviewer_changes_words_that_came_in_a_table_and_accepts(client, province, reviewer):
    line = Priority.objects.get(region__slug="liaoning-dalian", number=1)
    words = line.text_raw.replace("探索", "探明")
    shown = bring(province, table(province, Priority, 所收原文=words), Priority)
    write(province, shown, Priority, **box(shown))
    client.force_login(reviewer)
    form = client.post(page(Proposal.objects.get()), {"_amend": "1"}).text
    posted = fields(form) | {"text_raw": [words.replace("探明", "探求")], "confirmed": ["True"]}

    answer = client.post(LexborHTMLParser(form).css_first("#content-main form").attributes["action"], posted)

    line.refresh_from_db()
    assert (answer.status_code, "探求" in line.text, Proposal.objects.get().state) == (302, True, "accepted")


def page(proposal):
    return reverse("admin:pilots_proposal_change", args=[proposal.pk])


@pytest.mark.parametrize("roles", [{"province"}, {"off"}])
def test_published_facts_of_a_table_wait_where_they_are_reviewed(client, province, reviewer, settings, roles):
    settings.REVIEW = roles
    make.overwrite(Region.objects.filter(slug="liaoning-benxi"), remark="旧的", remark_source=GROUNDS)
    status = Region._meta.get_field("verification").flatchoices[1]
    file = csv_of([KEY, "说明", "内部备注", "核实情况"], ["liaoning-benxi", "新的", "内部的", status[1]])
    assert "仍以原来的出处为准的" in refusals(bring(province, file))[0][1]

    shown = bring(province, file, edit_reason=f"仍以{GROUNDS}为准")
    assert write(province, shown, reason=shown.context["reason"]).status_code == 302

    region = Region.objects.get(slug="liaoning-benxi")
    is_waiting = roles == {"province"}
    assert region.verification == status[0]
    assert (region.internal_note, region.remark) == (("", "旧的") if is_waiting else ("内部的", "新的"))
    assert Proposal.objects.count() == is_waiting
    for proposal in Proposal.objects.all():
        client.force_login(reviewer)
        assert "新的" in client.post(page(proposal), {"_preview": "1"}).text
        accept(client, reviewer, proposal)
        region.refresh_from_db()
        assert (proposal.state, region.internal_note, region.remark) == ("accepted", "内部的", "新的")


@pytest.mark.once
def test_what_a_colleague_writes_before_a_row_of_a_table_is_accepted_is_not_written_over(client, province, reviewer):
    make.overwrite(Region.objects.filter(slug="liaoning-benxi"), remark="旧的", remark_source=GROUNDS)
    grounds = f"仍以{GROUNDS}为准"
    shown = bring(province, csv_of([KEY, "说明"], ["liaoning-benxi", "她的"]), edit_reason=grounds)
    assert write(province, shown, reason=grounds).status_code == 302
    make.overwrite(Region.objects.filter(slug="liaoning-benxi"), remark="同事的")

    response = accept(client, reviewer, Proposal.objects.get())

    assert (response.status_code, Region.objects.get(slug="liaoning-benxi").remark) == (200, "同事的")
    assert "同事的" in response.text
    assert "她的" in response.text


@pytest.mark.once
@pytest.mark.parametrize(
    ("model", "keys"),
    [
        (Region, {KEY: "beijing-huairou"}),
        (Priority, {"先行示范地区地址名": "beijing-huairou", "编号": "1"}),
        (Document, {"先行示范地区地址名": "beijing-huairou", "次序": "1"}),
        (Division, {"先行示范地区地址名": "beijing-huairou", "次序": "1"}),
        (Alias, {"先行示范地区地址名": "beijing-huairou", "别名": "怀柔"}),
    ],
)
def test_row_of_another_province_is_refused_by_name_and_nothing_is_written(province, model, keys):
    own = {KEY: "liaoning-benxi"} if model is Region else {}
    labels = {Region: "说明", Division: "说明", Priority: "归类依据", Alias: "出处", Document: "内部备注"}
    rows = [[*own.values(), "她的"]] if own else []

    shown = bring(province, csv_of([*keys, labels[model]], *rows, [*keys.values(), "x"]), model)

    [(number, said)] = refusals(shown)
    area = str(Region.objects.get(slug="beijing-huairou"))
    assert (number, area in said, "不由您改动" in said) == (2 + len(rows), True, True)
    assert shown.context["plan"] == ""
    assert not HistoryEntry.objects.exists()


@pytest.mark.once
def test_who_sees_all_and_edits_one_province_is_told_which_row_is_not_hers(client, reviewer):
    client.force_login(make.make_official("读", "省级编辑", "liaoning", also="只读"))
    file = table(client, Region)
    assert refusals(bring(client, file)) == []  # others' rows may lie in it, untouched

    shown = bring(client, csv_of([KEY, "说明"], ["liaoning-benxi", "她的"], ["beijing-huairou", "x"]))

    assert refusals(shown) == [(3, f"“{Region.objects.get(slug='beijing-huairou')}”不由您改动。")]


@pytest.mark.once
def test_what_only_the_ministry_may_change_is_refused_in_a_province_s_table(province):
    shown = bring(province, csv_of([KEY, "序号"], ["liaoning-benxi", "77"]))

    [(number, said)] = refusals(shown)
    assert (number, "“序号”不能用表格更改" in said) == (2, True)


@pytest.mark.once
def test_area_that_would_leave_ones_reach_stays(client, reviewer):
    region = make.make_region(province=Province.objects.get(slug="beijing"))
    region.partners.set([Province.objects.get(slug="liaoning")])
    client.force_login(make.make_official("辽", "省级编辑", "liaoning"))

    shown = bring(client, csv_of([KEY, "共建的其他省级单位"], [region.slug, ""]))
    [(number, said)] = refusals(write(client, shown, **box(shown)))

    assert (number, "不再属于您负责的省级单位" in said) == (2, True)
    assert region.partners.count() == 1


@pytest.mark.parametrize(
    ("model", "label", "name"), [(Document, "内部备注", "internal_note"), (Alias, "性质", "kind")]
)
def test_parts_of_ones_areas_are_exported_changed_and_brought_back(client, settings, model, label, name):
    row = model.objects.all()[0]
    client.force_login(make.make_official("人", "省级编辑", row.region.province.slug))
    assert bring(client, table(client, model), model).context["changed_rows"] == []
    settings.REVIEW = {"off"}
    rows = model.objects.filter(region__in=Region.objects.in_provinces([row.region.province_id]))
    first = list(rows.order_by("region", "pk" if model is Alias else "position"))
    text = "她的" if name == "internal_note" else "后来的名称"

    shown = bring(client, table(client, model, **{label: text}), model, edit_reason=f"仍以{first[0].source}为准")

    assert refusals(shown) == []
    assert write(client, shown, model, reason=shown.context["reason"] or REASON).status_code == 302
    assert HistoryEntry.objects.get().object_id in {each.pk for each in first}


def ticked(client, model, rows, name, value, **also):
    """Tick rows of a list, choose the action for a field, type what it is to hold, and return the dry run."""
    listed = reverse(f"admin:pilots_{model._meta.model_name}_changelist")
    posted = {"action": f"change_{name}", "_selected_action": [row.pk for row in rows]}
    asked = client.post(listed, posted)
    return client.post(listed, posted | fields(asked.text) | {name: value, "_value": "试运行", **also})


def press(client, shown, **also):
    assert shown.context["refusals"] == []
    address = LexborHTMLParser(shown.text).css_first("#content-main form").attributes["action"]
    return client.post(address, {"plan": shown.context["plan"], "edit_reason": REASON} | also)


SOURCE = "民政部2015年12月：cn/GB2260@1173e8b mca/201512.tsv"
GROUNDED = {"edit_reason": f"仍以{SOURCE}为准"}


def test_text_of_ticked_rows_is_changed_at_once_and_merged(client, reviewer):
    client.force_login(reviewer)
    rows = list(Division.objects.filter(remark="", source__startswith=SOURCE)[:2])
    assert "仍以原来的出处为准的" in refusals(ticked(client, Division, rows, "remark", "一并说明"))[0][1]
    shown = ticked(client, Division, rows, "remark", "一并说明", **GROUNDED)
    assert len(shown.context["changed_rows"]) == 2
    make.overwrite(Division.objects.filter(pk=rows[0].pk), position=77)

    assert press(client, shown, **GROUNDED).status_code == 302

    assert {row.remark for row in Division.objects.filter(pk__in=[row.pk for row in rows])} == {"一并说明"}
    assert set(HistoryEntry.objects.values_list("edit__reason", flat=True)) == {*GROUNDED.values()}
    assert Division.objects.get(pk=rows[0].pk).position == 77
    shown = ticked(client, Division, rows, "remark", "再改", **GROUNDED)
    make.overwrite(Division.objects.filter(pk=rows[0].pk), remark="同事的")
    assert "同事的" in press(client, shown, **GROUNDED).text
    assert Division.objects.get(pk=rows[1].pk).remark == "一并说明"


def test_text_of_ticked_rows_waits_where_readers_see_it(client, province, reviewer):
    rows = Division.objects.filter(region__province__slug="liaoning", source__startswith=SOURCE)
    rows = [row for row in rows if row.is_shown][:2]
    others = Division.objects.filter(region__province__slug="beijing")[0]

    shown = ticked(province, Division, [*rows, others], "remark", "一并说明", **GROUNDED)

    assert len(shown.context["changed_rows"]) == len(rows)
    assert press(province, shown, **GROUNDED).status_code == 302
    assert Proposal.objects.count() == len(rows)
    assert not HistoryEntry.objects.exists()
    accept(client, reviewer, Proposal.objects.latest("pk"))
    assert Division.objects.filter(remark="一并说明").count() == 1


@pytest.mark.once
@pytest.mark.parametrize(
    ("model", "offered"),
    [
        (Priority, {"classification_note", "confidence", "system", "also_systems", "topics"}),
        (Alias, {"kind", "source"}),
        (Document, {"issuer", "issued", "published", "duties", "number", "source", "finding", "internal_note"}),
        (Region, {"renaming", "remark", "remark_source", "internal_note"}),
        (Division, {"remark", "source", "role", "verification"}),
    ],
)
def test_fields_of_ticked_rows_are_offered_but_the_notices_words(client, reviewer, model, offered):
    client.force_login(reviewer)
    row = model.objects.all()[0]
    listed = reverse(f"admin:pilots_{model._meta.model_name}_changelist")
    options = LexborHTMLParser(client.get(listed).text).css("select[name=action] option")
    actions = {option.attributes.get("value", "").removeprefix("change_") for option in options}
    assert offered <= actions
    assert actions.isdisjoint([*model.verbatim_fields, *model.notice_facts, "region", "position", "slug", "name"])

    for name in model.verbatim_fields:
        posted = {"action": f"change_{name}", "_selected_action": [row.pk], name: "x", "_value": "试运行"}
        answer = client.post(listed, posted, follow=True)
        assert "plan" not in (answer.context or {})
    assert not HistoryEntry.objects.exists()


@pytest.mark.parametrize("is_over", [False, True])
def test_what_both_changed_since_the_export_waits_only_where_it_is_ticked(client, province, reviewer, is_over):
    make.overwrite(Region.objects.filter(slug="liaoning-benxi"), remark="旧的", remark_source=GROUNDS)
    grounds = f"仍以{GROUNDS}为准"
    [headings, *rows] = csv.reader(io.StringIO(body(province.get(place(Region, "csv"))).decode("utf-8-sig")))
    [row] = [row for row in rows if "liaoning-benxi" in row]
    row[headings.index("说明")] = "她的"
    make.overwrite(Region.objects.filter(slug="liaoning-benxi"), remark="同事的")

    shown = bring(province, csv_of(headings, *rows), edit_reason=grounds)
    [contested] = shown.context["contested"]
    also = {"over": [contested["key"]]} if is_over else {}
    assert write(province, shown, reason=grounds, **also).status_code == 302

    assert Region.objects.get(slug="liaoning-benxi").remark == "同事的"
    assert Proposal.objects.count() == is_over
    for proposal in Proposal.objects.all():
        assert accept(client, reviewer, proposal).status_code == 302
        assert Region.objects.get(slug="liaoning-benxi").remark == "她的"


def test_dry_run_of_many_rows_names_their_areas_and_is_folded(client, reviewer):
    client.force_login(reviewer)
    document = make.make_document()
    rows = [make.make_indicator(document=document, position=n, name="某" * 60) for n in range(90, 94)]

    shown = ticked(client, Indicator, rows, "target_year", "2030", edit_reason=f"仍以{document.source}为准")

    folds = LexborHTMLParser(shown.text).css("#content-main details")
    assert ["open" in fold.attributes for fold in folds] == [True, False, False, False]
    assert all(document.region.name in fold.css_first("summary").text() for fold in folds)
    assert f"{'某' * 40}…" in folds[0].css_first("h3").text()
    assert "改“目标年份”" in folds[1].css_first("summary").text()
    assert folds[1].css_first("dd").text().strip() == "改前：2020，改后：2030"
