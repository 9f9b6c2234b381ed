"""Many corrections from one table: shown first, all or nothing, and by the rules of the form."""

import csv
import io
import time
import zipfile
from types import SimpleNamespace

import pytest
from django.contrib.admin import site
from django.contrib.auth.models import User
from django.db import models
from django.urls import reverse
from openpyxl import Workbook, load_workbook
from selectolax.lexbor import LexborHTMLParser

from pilots.admin import bulk, importing, spreadsheets
from pilots.models import (
    Alias,
    Division,
    Document,
    HistoryEntry,
    Indicator,
    Mechanism,
    Priority,
    Project,
    Proposal,
    Region,
    SecurityEvent,
    Topic,
)

from . import factories as make
from .forms import REASON, Person, confirm, fields
from .sheets import HEAD, TAIL, body, bomb, bring, csv_of, place, refusals, row_of, url, write

pytestmark = pytest.mark.django_db
KEY = "地址名"
SHEET = "xl/worksheets/sheet1.xml"


@pytest.fixture
def ministry(client):
    client.force_login(make.make_official("部", "部委编辑", first_name="张"))
    return client


def xlsx_of(*rows):
    book, file = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(file)
    return file.getvalue()


def area(slug="liaoning-benxi"):
    return Region.objects.get(slug=slug)


FILES = {
    "xlsx": xlsx_of,
    "utf-8 with BOM": csv_of,
    "utf-8": lambda *rows: csv_of(*rows, encoding="utf-8"),
    "gbk": lambda *rows: csv_of(*rows, encoding="gbk"),
    "gb18030": lambda *rows: csv_of(*rows, encoding="gb18030"),
}


@pytest.mark.once
@pytest.mark.parametrize("kind", FILES)
def test_row_of_blanks_is_no_row(ministry, kind):
    shown = bring(ministry, FILES[kind]([KEY, "说明"], ["liaoning-benxi", "补充说明"], [" ", "\u3000 "], ["", ""]))

    assert [each["number"] for each in shown.context["changed_rows"]] == [2]
    assert not shown.context["refusals"]


@pytest.mark.once
@pytest.mark.parametrize("kind", FILES)
def test_table_is_shown_first_and_written_when_confirmed(ministry, kind):
    shown = bring(ministry, FILES[kind]([KEY, "说明"], ["liaoning-benxi", "补充说明"]))

    assert [(each["number"], len(each["changes"])) for each in shown.context["changed_rows"]] == [(2, 1)]
    assert "<ins>补充说明</ins>" in shown.text
    assert "试运行：1 条记录会改变，尚未写入" in shown.text
    assert area().remark == ""
    assert not HistoryEntry.objects.exists()

    assert write(ministry, shown).status_code == 302
    assert area().remark == "补充说明"
    entry = HistoryEntry.objects.get()
    assert (entry.edit.reason, entry.edit.actor.username) == (REASON, "部")
    assert [line["label"] for line in entry.lines] == ["说明"]


@pytest.mark.once
@pytest.mark.parametrize("model", [Region, Priority])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_exported_list_brought_back_changes_nothing(ministry, model, kind):
    response = bring(ministry, body(ministry.get(place(model, kind))), model)

    assert refusals(response) == []
    assert response.context["changed_rows"] == []
    assert "没有要改的内容" in response.text


def test_exported_list_corrected_in_a_spreadsheet_is_taken(ministry):
    book = load_workbook(io.BytesIO(body(ministry.get(place(Priority, "xlsx")))))
    sheet = book.worksheets[0]
    column = [cell.value for cell in sheet[1]].index("归类把握") + 1
    key = (sheet.cell(2, 1).value, int(sheet.cell(2, 3).value))
    sheet.cell(2, column).value = "低" if sheet.cell(2, column).value != "低" else "高"
    file = io.BytesIO()
    book.save(file)

    write(ministry, bring(ministry, file.getvalue(), Priority), Priority)

    row = Priority.objects.get_by_natural_key(*key)
    assert row.get_confidence_display() == sheet.cell(2, column).value
    assert HistoryEntry.objects.count() == 1


@pytest.mark.once
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_stale_export_takes_nothing_back_and_names_the_row(ministry, kind):
    file = body(ministry.get(place(Region, kind)))
    row = area()
    row.remark = "同事的"
    row.save()

    shown = bring(ministry, file)

    number = list(Region.objects.values_list("slug", flat=True)).index(row.slug) + 2
    assert f"第{number}行：“说明”在导出之后别人改过，您没有改，不动。" in shown.text
    assert (refusals(shown), shown.context["plan"]) == ([], "")
    assert area().remark == "同事的"


@pytest.mark.once
@pytest.mark.parametrize("is_over", [False, True])
def test_own_changes_are_parted_from_those_of_a_colleague(ministry, is_over):
    """Hers are written beside his; where both changed one, his stays, unless she ticks hers."""
    [headings, *rows] = csv.reader(io.StringIO(body(ministry.get(place(Region, "csv"))).decode("utf-8-sig")))
    edits = {"通知未列明": "通知没有写明。", "内部备注": "我的"}
    [row] = [row for row in rows if "liaoning-benxi" in row]
    for label, text in edits.items():
        row[headings.index(label)] = text
    make.overwrite(Region.objects.filter(slug="liaoning-benxi"), remark="同事的", internal_note="同事的")

    shown = bring(ministry, csv_of(headings, *rows))

    [[change]] = [each["changes"] for each in shown.context["changed_rows"]]
    [contested] = shown.context["contested"]
    assert (change.label, contested["label"], contested["now"]) == ("通知未列明", "内部备注", "同事的")
    assert "“说明”在导出之后别人改过" in shown.text
    also = {"over": [contested["key"]]} if is_over else {}
    assert write(ministry, shown, **also).status_code == 302
    assert (area().open_points, area().remark) == ("通知没有写明。", "同事的")
    assert area().internal_note == ("我的" if is_over else "同事的")


@pytest.mark.parametrize("version", ["v0123456789abcdef", "x"])
def test_version_that_says_nothing_takes_nothing_back(ministry, version):
    shown = bring(ministry, csv_of([KEY, "说明", "导出版本"], ["liaoning-benxi", "甲", version]))

    [(number, said)] = refusals(shown)
    assert (number, "导出之后改过" in said) == (2, True)


@pytest.mark.once
def test_import_is_taken_back_as_one_edit(ministry):
    shown = bring(ministry, csv_of([KEY, "说明"], ["liaoning-benxi", "甲"], ["beijing-huairou", "乙"]))
    before = [area().remark, area("beijing-huairou").remark]
    page = ministry.get(write(ministry, shown).headers["Location"])
    form = LexborHTMLParser(page.text).css_first(".messagelist .success form")
    inputs = {node.attributes["name"]: node.attributes["value"] for node in form.css("input")}

    said = ministry.post(form.attributes["action"], inputs, follow=True).text

    assert "等2条记录恢复原样" in said
    assert [area().remark, area("beijing-huairou").remark] == before


@pytest.mark.once
@pytest.mark.parametrize("text", ["0", "1.|", "。", "x"])
def test_cell_without_a_word_is_refused(ministry, text):
    shown = bring(ministry, csv_of([KEY, "通知未列明"], ["liaoning-benxi", text]))

    assert refusals(shown) == [(2, "“通知未列明”：至少要有一个汉字。")]


@pytest.mark.once
def test_table_without_versions_says_so(ministry):
    assert "没有“导出版本”" in bring(ministry, csv_of([KEY, "说明"], ["liaoning-benxi", "甲"])).text
    assert "没有“导出版本”" not in bring(ministry, body(ministry.get(place(Region, "csv")))).text


def test_links_choices_truths_and_dates_are_read_in_words(ministry):
    row = make.make_region(is_kind_verified=True, kind_source="国函〔2014〕1号")
    file = csv_of(
        [KEY, "所在省级单位", "共建的其他省级单位", "类型", "类型已核实", "更名批准日期", "更名情况", "更名的出处"],
        [row.slug, "吉林省", "河北省、北京市", "县级市", "否", "2026年9月5日", "某市改名", "民函〔2017〕73号"],
    )
    write(ministry, bring(ministry, file))

    row.refresh_from_db()
    assert (row.province.slug, row.kind, row.is_kind_verified) == ("jilin", "county-city", False)
    assert {unit.slug for unit in row.partners.all()} == {"hebei", "beijing"}
    assert str(row.renamed_on) == "2026-09-05"

    [(_, refusal)] = refusals(bring(ministry, csv_of([KEY, "共建的其他省级单位"], [row.slug, "某省"])))
    assert "没有“某省”这一项" in refusal


def test_row_with_several_bad_cells_names_each(ministry):
    row = make.make_region()
    file = csv_of([KEY, "类型", "类型已核实", "共建的其他省级单位"], [row.slug, "镇", "也许", "某省"])

    [(number, said)] = refusals(bring(ministry, file))

    assert number == 2
    assert [word in said for word in ("没有“镇”这一项", "没有“也许”这一项", "没有“某省”这一项")] == 3 * [True]


@pytest.mark.once
@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([[KEY, "说明"], ["nowhere", "x"]], (2, "没有地址名为“nowhere”的先行示范地区。")),
        ([[KEY, "类型"], ["liaoning-benxi", "镇"]], (2, "“类型”没有“镇”这一项")),
        ([[KEY, "序号"], ["liaoning-benxi", "多"]], (2, "“序号”：")),
        ([[KEY, "地区名称"], ["liaoning-benxi", ""]], (2, "“地区名称”：")),
        ([[KEY, "通知"], ["liaoning-benxi", "别的"]], (2, "“通知”不能用表格更改")),
        (
            [[KEY, "所在省级单位"], ["liaoning-benxi", "吉林省"]],
            (2, "“所在省级单位”不能用表格更改，须与记录一致（辽宁省）。"),
        ),
        (
            [[KEY, "共建的其他省级单位"], ["jing-jin-ji", "天津市"]],
            (2, "“共建的其他省级单位”不能用表格更改，须与记录一致（天津市、河北省）。"),
        ),
        (
            [
                [KEY, "现名", "更名批准日期", "更名情况", "更名的出处"],
                ["liaoning-benxi", "某市", "1900-01-01", "改", "民函〔2017〕7号"],
            ],
            (2, "1949年"),
        ),
        (
            [
                [KEY, "现名", "更名批准日期", "更名情况", "更名的出处"],
                [
                    *("neimenggu-wuhai", "昆都仑市", "2017-01-02"),
                    *("2017年1月2日由归绥市改为昆都仑市，国函〔2017〕5号", "国函〔2017〕5号"),
                ],
            ],
            (2, "原名写作“归绥市”"),
        ),
        ([[KEY, "撤下日期"], ["liaoning-benxi", "2026-01-01"]], (2, "“撤下日期”不能用表格更改")),
        ([[KEY, "通知原有"], ["liaoning-benxi", "否"]], (2, "“通知原有”不能用表格更改，须与记录一致（是）。")),
        ([[KEY, "撤下原因"], ["liaoning-benxi", "有误"]], (2, "“撤下原因”不能用表格更改")),
        ([[KEY, "说明"], ["liaoning-benxi", "甲\ue000乙"]], (2, "“说明”：第2个字是私用区的字符")),
        ([[KEY, "说明"], ["liaoning-benxi", "甲\n乙\ufffd"]], (2, "第2行第2个字是编码读错留下的符号")),
        ([[KEY, "地区名称"], ["liaoning-benxi", "甲\n乙"]], (2, "只能有一行")),
        ([[KEY, "说明"], ["liaoning-benxi", "甲"], ["liaoning-benxi", "乙"]], (3, "与第2行是同一条记录")),
        ([[KEY, "密码"], ["liaoning-benxi", "x"]], (0, "不认识的列：密码。")),
        ([[KEY, "说明", "说明"], ["liaoning-benxi", "x", "y"]], (0, "列名重复：说明。")),
        ([["说明"], ["x"]], (0, "缺少用来对应记录的列：地址名。")),
        ([[KEY, "说明"]], (0, "表中没有数据行。")),
        ([[KEY, "说明"], ["liaoning-benxi", "=1+1"]], (0, "第2行含公式")),
        ([[KEY], *(["x"] for _ in range(2001))], (0, "超过 2000 行。")),
        ([[KEY, *(f"c{n}" for n in range(70))]], (0, "超过 60 列")),
    ],
)
@pytest.mark.parametrize("kind", ["xlsx", "gb18030"])
def test_refusal_says_row_and_reason_and_nothing_can_be_confirmed(ministry, kind, rows, reason):
    response = bring(ministry, FILES[kind](*rows))

    [(number, said)] = refusals(response)
    assert (number, reason[1] in said) == (reason[0], True), said
    assert not response.context.get("plan")
    assert not HistoryEntry.objects.exists()


def edges(field):
    """Return cells at the edges of what a column can hold, and beyond."""
    if isinstance(field, models.IntegerField):
        return ["-32769", "-1", "0", "1", "9173", "32767", "32768", "2147483648", "9223372036854775808", "1" * 400]
    if isinstance(field, models.DateField):
        return ["0001-01-01", "1949-09-30", "1949-10-01", "2099-12-31", "2100-01-01", "9999-12-31", "10000-01-01"]
    longest = field.max_length or 0
    words = ["字" * length for length in sorted({1, longest, longest + 1, 70_000} - {0})]
    return [" ", "", *words, "字\0", "\ud800字", "是", "a"]


CELLS = [
    pytest.param(model, field.name, id=f"{model.__name__}.{field.name}")
    for model in (Region, Priority)
    for field in model._meta.concrete_fields
    if site.get_model_admin(model).is_editable(field.name, User(is_superuser=True)) and not field.primary_key
]


@pytest.mark.parametrize(("model", "name"), CELLS)
def test_what_a_dry_run_offers_can_be_written_on_either_database(ministry, model, name):
    """Each cell at a row of its own, all in one table; once more without the rows that are refused."""
    field, shown = model._meta.get_field(name), None
    label = str(field.verbose_name)
    cells = list(zip(model.objects.order_by("-pk"), edges(field), strict=False))
    while cells and not (shown and shown.context.get("plan")):
        table = [
            ({KEY: row.slug} if model is Region else {"地区地址名": row.region.slug, "编号": str(row.number)})
            | {label: cell.replace("\ud800", "\ufffd")}
            for row, cell in cells
        ]
        shown = bring(ministry, csv_of(list(table[0]), *(each.values() for each in table)), model)
        assert shown.status_code == 200
        if not shown.context.get("plan"):
            refused = {number for number, _ in refusals(shown)}.intersection(range(2, 2 + len(cells)))
            cells = [each for number, each in enumerate(cells, 2) if number not in refused] if refused else []
    if not cells:
        return
    confirmation = shown.context["confirmation"]
    done = write(ministry, shown, model, **({"confirmed": confirmation.digest} if confirmation else {}))
    assert done.status_code == 302
    for row, cell in cells:
        value = getattr(model.objects.get(pk=row.pk), name)
        assert not isinstance(value, int) or isinstance(value, bool) or -32768 <= value <= 32767, cell
        assert not field.max_length or len(value) <= field.max_length


def test_number_beyond_a_small_integer_is_refused_in_the_dry_run(ministry):
    response = bring(ministry, csv_of([KEY, "序号"], ["liaoning-benxi", "32768"]))

    assert refusals(response) == [(2, "“序号”：最大是32767。")]


def test_dry_run_says_which_of_a_fact_and_its_source_is_missing(ministry):
    rows = [["liaoning-benxi", "", "https://www.gov.cn/a.html"], ["beijing-huairou", "某事。", ""]]
    remarks = bring(ministry, csv_of([KEY, "说明", "说明的出处"], *rows)).context["remarks"]

    assert "第2行：“说明的出处”将保存，但“说明”是空的，暂不公开显示。" in remarks
    assert "第3行：“说明”将保存，但“说明的出处”是空的，暂不公开显示。" in remarks


def test_blanks_in_an_empty_cell_are_no_change(ministry):
    assert not bring(ministry, csv_of([KEY, "说明"], ["liaoning-benxi", " "])).context["changed_rows"]


def test_one_bad_row_stops_all(ministry):
    response = bring(ministry, csv_of([KEY, "说明"], ["liaoning-benxi", "好"], ["nowhere", "x"]))

    assert len(refusals(response)) == 1
    assert response.context["plan"] == ""


@pytest.mark.once
def test_notice_s_own_words_are_confirmed_on_sight_of_the_difference(ministry):
    before = area().name
    shown = bring(ministry, csv_of([KEY, "所收地区名称"], ["liaoning-benxi", "某 地"]))
    box = LexborHTMLParser(shown.text).css_first("input[name=confirmed]").attributes

    refused = write(ministry, shown)
    assert "checked" not in box
    assert refused.status_code == 200
    assert "您改动了通知原文" in refused.text
    assert area().name == before

    assert write(ministry, shown, confirmed=box["value"]).status_code == 302
    assert (area().name_raw, area().name) == ("某 地", "某地")


def test_what_a_colleague_changed_meanwhile_is_not_overwritten(ministry):
    shown = bring(ministry, csv_of([KEY, "说明"], ["liaoning-benxi", "我的"], ["beijing-huairou", "也是我的"]))
    row = area()
    row.remark = "同事的"
    row.save()

    response = write(ministry, shown)

    [(number, said)] = refusals(response)
    assert number == 2
    assert "同事的" in said
    assert area().remark == "同事的"
    assert area("beijing-huairou").remark != "也是我的"


@pytest.mark.once
def test_what_a_colleague_changed_in_other_fields_is_kept(ministry):
    shown = bring(ministry, csv_of([KEY, "说明"], ["liaoning-benxi", "我的"]))
    row = area()
    row.open_points = "通知没有写明同事的"
    row.save()

    write(ministry, shown)

    assert (area().remark, area().open_points) == ("我的", "通知没有写明同事的")


def test_source_is_not_written_for_a_fact_that_a_colleague_changed_meanwhile(ministry):
    shown = bring(ministry, csv_of([KEY, "说明的出处"], ["liaoning-benxi", "国函〔2015〕119号"]))
    row = area()
    row.remark = "同事的"
    row.save()

    [(number, said)] = refusals(write(ministry, shown))

    assert number == 2
    assert "“说明”在试运行之后已被" in said
    assert area().remark_source == ""


def test_row_deleted_meanwhile_stops_all(ministry):
    shown = bring(ministry, csv_of([KEY, "说明"], ["liaoning-benxi", "甲"], ["beijing-huairou", "乙"]))
    area().delete()

    assert refusals(write(ministry, shown)) == [(2, "这条记录已被删除。")]
    assert area("beijing-huairou").remark != "乙"


@pytest.mark.once
def test_reason_is_wanted(ministry):
    shown = bring(ministry, csv_of([KEY, "说明"], ["liaoning-benxi", "甲"]))

    asked = write(ministry, shown, reason=" ")

    assert "请写明更正说明" in asked.text
    assert "至少6个字" in write(ministry, shown, reason="按来函改").text
    assert area().remark == ""
    assert write(ministry, asked).status_code == 302


def test_plan_is_for_who_was_shown_it_and_for_what(ministry, admin_client):
    shown = bring(ministry, csv_of([KEY, "说明"], ["liaoning-benxi", "甲"]))

    for client, model in ((admin_client, Region), (ministry, Priority)):
        assert "已失效" in refusals(write(client, shown, model))[0][1]
    forged = ministry.post(url(Region), {"plan": shown.context["plan"][:-1] + "x", "edit_reason": "x"})
    assert "已失效" in refusals(forged)[0][1]
    assert area().remark == ""


@pytest.mark.once
@pytest.mark.parametrize(("seconds", "is_written"), [(bulk.VALID_FOR - 60, True), (bulk.VALID_FOR + 60, False)])
def test_plan_is_for_an_hour(ministry, monkeypatch, seconds, is_written):
    shown = bring(ministry, csv_of([KEY, "说明"], ["liaoning-benxi", "甲"]))
    later = time.time() + seconds
    monkeypatch.setattr("django.core.signing.time", SimpleNamespace(time=lambda: later))
    monkeypatch.setattr("pilots.accounts.sessions.is_over", lambda *args: False)

    response = write(ministry, shown)

    assert area().remark == ("甲" if is_written else "")
    assert is_written or "已失效" in refusals(response)[0][1]


def test_more_changes_than_a_page_can_carry_are_refused(ministry, monkeypatch):
    monkeypatch.setattr(bulk, "MOST_PLAN", 100)

    shown = bring(ministry, csv_of([KEY, "说明"], ["liaoning-benxi", "甲"]))

    assert refusals(shown) == [(0, "改动太多，请分成几个文件导入。")]
    assert shown.context["plan"] == ""


@pytest.mark.once
@pytest.mark.parametrize("role", [("只读",), ("管理员",), ("安全审计员",), ()])
@pytest.mark.parametrize("model", [Region, Priority, Division, Alias, Document])
def test_nobody_else_may_import(client, role, model):
    client.force_login(make.make_official("人", *role))

    assert client.get(url(model)).status_code == 403
    assert bring(client, csv_of([KEY]), model).status_code == 403
    assert client.post(url(model), {"plan": "x"}).status_code == 403


def test_import_is_offered_to_who_may(client, ministry):
    assert url(Region) in ministry.get(reverse("admin:pilots_region_changelist")).text
    client.force_login(User.objects.create_user("x", is_staff=True))
    make.make_official("省", "省级编辑", "liaoning")
    client.force_login(User.objects.get(username="省"))
    assert url(Region) in client.get(reverse("admin:pilots_region_changelist")).text
    client.force_login(make.make_official("读", "只读"))
    assert url(Region) not in client.get(reverse("admin:pilots_region_changelist")).text


def spreadsheet(sheet, **parts):
    """Return an XLSX file whose sheet is the XML given."""
    made = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(xlsx_of(["a"]))) as source,
        zipfile.ZipFile(made, "w", 8, compresslevel=9) as file,
    ):
        for name in source.namelist():
            file.writestr(name, sheet if name == SHEET else source.read(name))
        for name, text in parts.items():
            file.writestr(name, text)
    return made.getvalue()


# A file, and what is said of it.
HOSTILE = {
    "unzipped": (lambda: spreadsheet(HEAD + "<row/>" * 4_000_000 + TAIL), "解压后过大"),
    "cells": (lambda: spreadsheet(HEAD + "<row>" + "<c/>" * 1_000_000 + "</row>" + TAIL), "单元格过多"),
    "parts": (lambda: spreadsheet(HEAD + TAIL, **{f"x{n}": "" for n in range(200)}), "100 个部分"),
    "entities": (lambda: spreadsheet('<!DOCTYPE a [<!ENTITY b "c">]>' + HEAD + TAIL), "不接受的 XML 声明"),
    "broken": (lambda: b"PK\x03\x04" + b"x" * 100, "不是完好的 XLSX"),
    "not xml": (lambda: spreadsheet("<row"), "不是完好的 XLSX"),
    "too big": (lambda: b"x" * (spreadsheets.MOST_BYTES + 1), "超过 1 MB"),
    "utf-16 without its mark": (lambda: f"{KEY},说明".encode("utf-16-le"), "不是 UTF-8 或 GBK"),
    "open quote": (lambda: b'a,"b', "引号或分隔不完整"),
    "long cell": (lambda: b"a\n" + b"x" * 200_000, "一格内容过长"),
    "empty": (lambda: b"\n", "第一行须是列名"),
    "half of a character": (lambda: xlsx_of([KEY, "说明"], ["x", "a_xD800_b"]), "第2行B列有半个字符（U\\+D800）"),
}


@pytest.mark.once
@pytest.mark.parametrize(("make_file", "said"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_file_is_refused_in_words(make_file, said):
    with pytest.raises(spreadsheets.SheetError, match=said):
        spreadsheets.read(make_file())


def test_two_halves_of_a_character_are_one():
    [line] = spreadsheets.read(xlsx_of([KEY], ["a_xD842__xDFB7_b"]))[0]

    assert line.cells == {KEY: "a𠮷b"}


@pytest.mark.once
@pytest.mark.parametrize(
    "file", [b"," * 900_000, b"a," * 450_000, (b"," * 40_000 + b"\n") * 20, b"a\n" + b";" * 900_000]
)
def test_row_of_countless_cells_costs_no_time(file):
    begun = time.thread_time()

    with pytest.raises(spreadsheets.SheetError):
        spreadsheets.read(file, ["地址名"])

    assert time.thread_time() - begun < 1


@pytest.mark.parametrize("model", [Region, Priority])
def test_only_columns_that_may_be_changed_are_offered(ministry, model):
    response = ministry.get(url(model))

    offered = response.context["labels"]
    assert {"撤下日期", "撤下原因", "通知原有", "通知", "先行示范地区"}.isdisjoint(offered)
    assert {Region: "类型", Priority: "制度"}[model] in offered


@pytest.mark.once
@pytest.mark.parametrize("kind", ["unzipped", "parts"])
def test_size_is_known_before_anything_is_unpacked(monkeypatch, kind):
    file = HOSTILE[kind][0]()
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *args: pytest.fail("unpacked"))

    with pytest.raises(spreadsheets.SheetError, match="解压后过大"):
        spreadsheets.read(file)


SHARED = '<c t="s"><v>0</v></c>'
LAUGHS = '<!DOCTYPE a [<!ENTITY b "' + "c" * 1000 + '"><!ENTITY d "' + "&b;" * 1000 + '">]>'
OUTSIDE = '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>'
BOMBS = {
    "cells in a part of any name": (lambda: bomb(worksheet=HEAD + row_of("<c/>" * 1_000_000) + TAIL), "单元格过多"),
    "rows": (
        lambda: bomb(worksheet=HEAD + "<row><c><v>1</v></c></row>" * 150_000 + TAIL),
        "超过 2000 行",
    ),
    "columns": (lambda: bomb(worksheet=HEAD + row_of("<c><v>1</v></c>" * 100) + TAIL), "超过 60 列"),
    "shared strings": (lambda: bomb(sharedStrings="<sst>" + "<si/>" * 700_000 + "</sst>"), "单元格过多"),
    "one text in many cells": (
        lambda: bomb(
            sharedStrings=f"<sst><si><t>{'a' * 30_000}</t></si></sst>",
            worksheet=HEAD + "".join(row_of(SHARED * 60, number=n) for n in range(1, 2000)) + TAIL,
        ),
        "文字过多",
    ),
    "a long text": (
        lambda: bomb(
            sharedStrings=f"<sst><si><t>{'a' * 15_000_000}</t></si></sst>", worksheet=HEAD + row_of(SHARED) + TAIL
        ),
        "可能已被截断",
    ),
    "styles": (lambda: bomb(styles="<s><cellXfs>" + "<xf/>" * 700_000 + "</cellXfs></s>"), "单元格过多"),
    "merged": (
        lambda: bomb(
            worksheet=HEAD
            + row_of("<c><v>1</v></c>")
            + "</sheetData>"
            + '<mergeCell ref="A1:A1048576"/>' * 100_000
            + "</worksheet>"
        ),
        "合并的单元格过多",
    ),
    "nesting": (lambda: bomb(worksheet="<a>" * 1_000_000 + "</a>" * 1_000_000), "嵌套过深"),
    "entities": (lambda: bomb(worksheet=f"{LAUGHS}<a>&d;</a>"), "不接受的 XML 声明"),
    "entities of strings": (lambda: bomb(sharedStrings=f"{LAUGHS}<a>&d;</a>"), "不接受的 XML 声明"),
    "files outside": (lambda: bomb(worksheet=f"{OUTSIDE}<a>&b;</a>"), "不接受的 XML 声明"),
    "a token without end": (lambda: bomb(worksheet="<a " + "b" * 15_000_000), "过长的 XML 标记"),
    "unpacked": (lambda: bomb(x="a" * (21 << 20)), "解压后过大"),
    "rows that go back": (lambda: bomb(worksheet=HEAD + row_of(number=2) + row_of() + TAIL), "不是完好的 XLSX"),
    "a shared text before the first": (
        lambda: bomb(
            sharedStrings="<sst><si><t>a</t></si></sst>",
            worksheet=HEAD + row_of('<c t="s"><v>-1</v></c>') + TAIL,
        ),
        "不是完好的 XLSX",
    ),
    "a cell of another row": (
        lambda: bomb(worksheet=HEAD + row_of('<c r="B9"><v>1</v></c>', number=2) + TAIL),
        "不是完好的 XLSX",
    ),
    "an error": (lambda: bomb(worksheet=HEAD + row_of('<c t="e"><v>#N/A</v></c>') + TAIL), "第1行A列是错误值"),
}


@pytest.mark.once
@pytest.mark.parametrize(("make_file", "said"), BOMBS.values(), ids=BOMBS)
def test_bomb_costs_little_and_is_refused(make_file, said):
    file = make_file()
    start = time.process_time()

    with pytest.raises(spreadsheets.SheetError, match=said):
        spreadsheets.read(file)

    assert time.process_time() - start < 5


@pytest.mark.once
@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_way_of_packing_that_is_unpacked_in_one_piece_is_refused(method):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as file:
        file.writestr("_rels/.rels", "a" * 10_000_000)

    with pytest.raises(spreadsheets.SheetError, match="不是完好的 XLSX"):
        spreadsheets.read(made.getvalue())


def test_size_that_a_zip_lies_about_bounds_what_is_unpacked():
    file = bomb(worksheet="a" * 1_000_000)
    lying = file.replace((1_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))

    with pytest.raises(spreadsheets.SheetError, match="不是完好的 XLSX"):
        spreadsheets.read(lying)


def test_row_and_dimension_that_lie_far_off_cost_nothing():
    text = '<dimension ref="A1:XFD1048576"/>'
    file = bomb(
        worksheet=HEAD.replace("<sheetData>", f"{text}<sheetData>") + row_of("<c><v>1</v></c>", number=1 << 20) + TAIL
    )

    assert spreadsheets.read(file)[0] == []


def test_dry_run_takes_the_same_queries_whatever_the_rows_that_stay(ministry, django_assert_max_num_queries):
    def queries(rows):
        with django_assert_max_num_queries(40) as counted:
            bring(ministry, csv_of([KEY, "说明"], *([row.slug, row.remark] for row in rows)))
        return len(counted)

    queries(Region.objects.all()[:1])
    assert queries(Region.objects.all()[:2]) == queries(Region.objects.all())


def change_rows(client, model, rows, name, value):
    """Tick rows of a list, choose the action for a field, type what it is to hold, and return the dry run."""
    listed = reverse(f"admin:pilots_{model._meta.model_name}_changelist")
    posted = {"action": f"change_{name}", "_selected_action": [row.pk for row in rows]}
    asked = client.post(listed, posted)
    assert asked.status_code == 200, asked.headers
    posted |= fields(asked.text) | {name: value, "_value": "试运行"}
    return client.post(listed, posted)


def write_rows(client, shown, reason=REASON, **also):
    address = LexborHTMLParser(shown.text).css_first("#content-main form").attributes["action"]
    return client.post(address, {"plan": shown.context["plan"], "edit_reason": reason, **also})


def test_field_of_ticked_rows_is_changed_at_once_with_one_reason_and_taken_back(ministry):
    rows = list(Priority.objects.filter(confidence="high")[:3])
    shown = change_rows(ministry, Priority, rows, "confidence", "low")

    assert len(shown.context["changed_rows"]) == 3
    assert Priority.objects.get(pk=rows[0].pk).confidence == "high"
    assert "至少6个字" in write_rows(ministry, shown, reason="改").text
    page = ministry.get(write_rows(ministry, shown).headers["Location"])
    assert {row.confidence for row in Priority.objects.filter(pk__in=[row.pk for row in rows])} == {"low"}
    assert set(HistoryEntry.objects.values_list("edit__reason", flat=True)) == {REASON}

    form = LexborHTMLParser(page.text).css_first(".messagelist .success form")
    inputs = {node.attributes["name"]: node.attributes["value"] for node in form.css("input")}
    ministry.post(form.attributes["action"], inputs)
    assert {row.confidence for row in Priority.objects.filter(pk__in=[row.pk for row in rows])} == {"high"}


@pytest.mark.once
def test_links_and_truths_of_ticked_rows_are_changed_by_the_rules_of_the_form(ministry):
    rows, topic = list(Priority.objects.all()[:2]), Topic.objects.last()
    write_rows(ministry, change_rows(ministry, Priority, rows, "topics", [str(topic.pk), "", ""]))
    assert [list(row.topics.all()) for row in rows] == [[topic], [topic]]

    refused = change_rows(ministry, Priority, rows, "topics", ["", "", ""])
    assert "须选一至三个主题" in refused.text
    assert refused.context["plan"] == ""
    assert refusals(change_rows(ministry, Region, [area()], "renamed_on", "x")) != []


def test_what_a_colleague_changed_meanwhile_stops_a_change_of_rows(ministry):
    rows = list(Priority.objects.filter(confidence="high")[:2])
    shown = change_rows(ministry, Priority, rows, "confidence", "low")
    make.overwrite(Priority.objects.filter(pk=rows[0].pk), confidence="medium")

    assert "在试运行之后已被" in write_rows(ministry, shown).text
    assert Priority.objects.get(pk=rows[1].pk).confidence == "high"


def test_rows_are_changed_within_reach_and_published_facts_by_review(client, ministry):
    rows = [area(), area("beijing-huairou")]
    forged = write_rows_of(client, rows)
    make.make_official("部二", "部委编辑")
    client.force_login(make.make_official("辽", "省级编辑", "liaoning"))
    shown = change_rows(client, Region, rows, "internal_note", "线索")
    assert len(shown.context["changed_rows"]) == 1  # the other isn't in her list
    assert write_rows(client, shown).status_code == 302
    assert [area().internal_note, area("beijing-huairou").internal_note] == ["线索", rows[1].internal_note]

    assert "由部委编辑审核" in change_rows(client, Region, rows[:1], "name_now_status", "unverified").text
    assert "已失效" in client.post(reverse("admin:pilots_region_rows"), forged).text
    client.force_login(make.make_official("读", "只读"))
    assert client.post(reverse("admin:pilots_region_rows"), forged).status_code == 403
    listed = reverse("admin:pilots_region_changelist")
    client.post(listed, {"action": "change_kind", "_selected_action": [rows[0].pk], "kind": "county", "_value": "1"})
    assert area("beijing-huairou").internal_note == rows[1].internal_note


def write_rows_of(client, rows):
    """What another person would post to write a change that was shown to somebody else."""
    shown = change_rows(client, Region, rows, "internal_note", "别人的")
    return {"plan": shown.context["plan"], "edit_reason": REASON}


@pytest.fixture
def cells_of(client, settings):
    """Of an area with two indicators: who fills them pastes cells, and gets the answer."""
    settings.REVIEW = {"off"}
    document = make.make_document()
    for n in (1, 2):
        make.make_indicator(document=document, position=90 + n, name=f"指标{n}")
    client.force_login(make.make_official("辽", "省级编辑", "liaoning", first_name="李"))
    address = f"{url(Indicator)}?region={area().pk}"
    return lambda text, **also: client.post(address, {"table": text, **also})


def values(field):
    return list(Indicator.objects.filter(position__in=(91, 92)).order_by("position").values_list(field, flat=True))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("次序\t目标值\r\n91\t≥61\r\n92\t62\r\n", 2),  # as spreadsheets copy cells with their headings
        ("先行示范地区地址名\t次序\t目标值\nliaoning-benxi\t91\t≥61\nliaoning-benxi\t92\t62", 2),
        ("91\t指标1\t\t%\t\t\t2020\t≥61\r\n92\t指标2\t\t%\t\t\t2020\t62\r\n", 1),  # without
    ],
)
def test_cells_pasted_for_an_area_are_shown_first_and_written_as_one_edit(cells_of, text, number):
    shown = cells_of(text)

    assert refusals(shown) == []
    assert [(row["number"], len(row["changes"])) for row in shown.context["changed_rows"]] == [
        (number, 1),
        (number + 1, 1),
    ]
    assert values("target_value") == ["59", "59"]

    written = cells_of(text, plan=shown.context["plan"], edit_reason=REASON)
    assert written.headers["Location"] == reverse("admin:pilots_region_change", args=[area().pk])
    assert (values("target_value"), values("unit")) == (["≥61", "62"], ["%", "%"])
    entries = HistoryEntry.objects.filter(edit__reason=REASON)
    assert (entries.count(), entries.values("edit").distinct().count()) == (2, 1)


@pytest.mark.once
@pytest.mark.parametrize(
    ("text", "number", "why"),
    [
        ("次序\t目标值\n91\t61\n92\t六十二", 3, "“目标值”：目标值写数字"),
        ("91\t指标1\n93\t指标3", 2, "新的一行，在“出自”一列写后续文件的次序：1. "),
        ("次序\t名称\t出自\n93\t指标3\t90", 2, "起点值、目标值、达到值至少填一个"),
        ("次序\t名称\t出自\t目标年份\t目标值\n93\t指标3\t90\t三年后\t6", 2, "“目标年份”："),
        ("次序\t名称\t出自\n93\t指标3\t77", 2, "在“出自”一列写后续文件的次序：1. "),
        ("次序\t出自\t名称\t起点值\n93\t90\t指标3\t1\n93\t90\t指标4\t2", 3, "与第2行是同一条记录"),
        ("名称\t目标值\n指标3\t6", 0, "缺少用来对应记录的列：次序"),
        ("次序\t名称\t先行示范地区地址名\n91\t甲\tliaoning-benxi\n1\t乙\thebei-chengde", 0, "第3行是别的地区的"),
        ("次序\t目标值\n91\t=1+1", 0, "第2行含公式"),
        ("\t".join(["91", *"甲乙丙丁戊己庚辛壬癸子丑寅卯"]), 0, "请连同列名一起复制"),
        ("次序\t目标值\n91\t61\t多", 0, "第2行比列名多出内容"),
        ('次序\t目标值\n91\t"61', 0, "引号或分隔不完整"),
    ],
)
def test_bad_cell_is_named_and_what_was_pasted_stays(cells_of, text, number, why):
    response = cells_of(text)

    assert response.status_code == 200
    assert [(n, why in words and "CSV" not in words) for n, words in refusals(response)] == [(number, True)]
    page = LexborHTMLParser(response.text)
    assert page.css_first("textarea[name=table]").text().strip("\n") == text
    assert values("target_value") == ["59", "59"]


NEW_DOCUMENT = ("次序\t题名\t种类\t与通知的关系", "95\t某新文件\t指标\t同地同题，没有点名")


def written_of(cells_of, text):
    """Let the cells be shown, then written; return the row that is new, and what is said of it before."""
    shown = cells_of(text)
    assert refusals(shown) == []
    [new] = [row for row in shown.context["changed_rows"] if row["is_new"]]
    assert cells_of(text, plan=shown.context["plan"], edit_reason=REASON).status_code == 302
    return new


@pytest.mark.once
def test_pasted_row_that_is_not_there_is_added_with_its_document(cells_of, client):
    new = written_of(cells_of, "次序\t出自\t名称\t单位\t起点值\n91\t\t指标1\t%\t1\n93\t90\t指标3\t项\t6")

    added = Indicator.objects.get(region=area(), position=93)
    assert (added.name, added.unit, added.base_value, added.document.position) == ("指标3", "项", "6", 90)
    assert {change.label for change in new["changes"]} >= {"名称", "单位", "起点值", "出自"}
    assert values("base_value")[0] == "1"
    entries = HistoryEntry.objects.filter(edit__reason=REASON)
    assert sorted(entries.values_list("action", flat=True)) == [
        HistoryEntry.Action.CREATE,
        HistoryEntry.Action.UPDATE,
    ]
    assert entries.values("edit").distinct().count() == 1
    page = client.get(reverse("admin:pilots_region_change", args=[area().pk])).text
    assert "已更正 1 条指标，新增 1 条指标。" in page


def test_pasted_rows_are_taken_back_counted_once_and_named_once_in_the_changes(cells_of, client):
    shown = cells_of("次序\t出自\t名称\t起点值\n93\t90\t指标3\t6\n94\t90\t指标4\t6")
    page = client.get(cells_of("", plan=shown.context["plan"], edit_reason=REASON).headers["Location"])
    form = LexborHTMLParser(page.text).css_first(".messagelist .success form")
    inputs = {node.attributes["name"]: node.attributes["value"] for node in form.css("input")}

    answer = client.post(form.attributes["action"], inputs, follow=True)

    assert "等2条记录已撤下。" in answer.text
    assert answer.redirect_chain[-1][0] == reverse(
        "admin:pilots_region_change", args=[area().pk]
    )  # where it was pasted
    assert SecurityEvent.objects.get(kind="imported").detail == "新增 2 条指标"
    [edit, *_] = LexborHTMLParser(client.get("/changes/").text).css(".change")
    assert [line.text() for line in edit.css(".note")] == ["撤下指标2条"]
    lines = LexborHTMLParser(client.get("/admin/").text).css("#overview-changes ~ ol > li")
    [undone, made, *_] = ["".join(line.text().split()) for line in lines]
    assert "撤下指标" in undone
    assert made.endswith(f"李：新增指标“93.指标3”；新增指标“94.指标4”。更正说明：{REASON}")


@pytest.mark.parametrize(("count", "folds"), [(3, 0), (5, 5), (12, 13)])
def test_rows_of_one_edit_are_folded_in_the_history_of_their_area(cells_of, client, count, folds):
    cells = "次序\t出自\t名称\t起点值" + "".join(f"\n{93 + n}\t90\t指标{n}\t6" for n in range(count))
    cells_of("", plan=cells_of(cells).context["plan"], edit_reason=REASON)

    page = LexborHTMLParser(client.get(reverse("admin:pilots_region_history", args=[area().pk])).text)

    rows = page.css("#content-main section:first-of-type details")
    assert (len(rows), sum("open" in row.attributes for row in rows)) == (folds, bool(folds))
    assert len(page.css("#content-main section:first-of-type dl")) == count
    assert ("其余2条" in page.css_first("#content-main section").text()) == (count > 10)


@pytest.mark.once
def test_new_row_is_pasted_without_headings(cells_of, client):
    order = client.get(f"{url(Indicator)}?region={area().pk}").context["order"]
    cells = {"次序": "93", "名称": "指标3", "起点值": "6", "出自": "90"}

    written_of(cells_of, "\t".join(cells.get(label, "") for label in order))

    assert order[-1] == "出自"
    added = Indicator.objects.get(region=area(), position=93)
    assert (added.base_value, added.document.position) == ("6", 90)


@pytest.mark.once
def test_page_for_cells_says_how_each_column_is_written(cells_of, client):
    page = client.get(f"{url(Project)}?region={area().pk}").text
    assert "“投资”：万元。" in page

    text = "次序\t出自\t名称\t投资\n-1\t90\t某项目\t1,200"
    answer = client.post(f"{url(Project)}?region={area().pk}", {"table": text})
    words = " ".join(LexborHTMLParser(answer.text).css_first("#content-main").text().split())
    assert "“投资”：请填整数，只写数字，不加逗号和单位，如1200。" in words
    assert "“次序”：最小是0。" in words
    assert "None" not in words
    assert "改正以后，有 1 条记录会改变" in words


def test_pasted_row_without_a_place_comes_last(cells_of):
    last = max(Indicator.objects.filter(region=area()).values_list("position", flat=True))

    cells = "次序\t出自\t名称\t起点值\n\t90\t指标3\t6"
    written_of(cells_of, cells)

    assert Indicator.objects.get(region=area(), name="指标3").position == last + 1


@pytest.mark.parametrize(
    ("model", "text", "field", "value"),
    [
        (
            Document,
            "次序\t题名\t种类\t与通知的关系\t核实情况\n95\t某新文件\t指标\t同地同题，没有点名\t已核实",
            "title",
            "某新文件",
        ),
        (Project, "次序\t出自\t名称\t阶段\n95\t90\t某新项目\t建设", "name", "某新项目"),
        (Mechanism, '次序\t出自\t名称\t各方\n95\t90\t某新机制\t"某省\n某市"', "members", "某省\n某市"),
    ],
)
def test_rows_of_each_kind_are_pasted_and_documents_are_unverified(cells_of, client, model, text, field, value):
    address = f"{url(model)}?region={area().pk}"

    written_of(lambda text, **also: client.post(address, {"table": text, **also}), text)

    row = model.objects.get(region=area(), position=95)
    assert getattr(row, field) == value
    assert getattr(row, "verification", "unverified") == "unverified"


def test_new_rows_that_would_be_public_at_once_wait_each_as_a_proposal(cells_of, client, settings):
    settings.REVIEW = {"province"}
    reviewer, place = make.make_official("部", "部委编辑"), {"region": area().pk, "position__in": (93, 94)}
    for _ in range(2):  # sent twice, it is the same
        shown = cells_of("次序\t出自\t名称\t起点值\n93\t90\t指标3\t6\n94\t90\t指标4\t7\n91\t\t指标1\t8")
        assert [(row["waits"], row["is_new"]) for row in shown.context["changed_rows"]].count(("add", True)) == 2
        assert "作为建议提交，由部委编辑审核" in shown.text
        cells_of("", plan=shown.context["plan"], edit_reason=REASON)
    proposals = Proposal.objects.filter(row_kind="indicator", row_id=None).order_by("pk")
    assert [(row.subject_id, row.lines[0]["before"]) for row in proposals] == 2 * [(area().pk, "")]
    assert {line["after"] for row in proposals for line in row.lines} >= {"指标3", "指标4", "6", "7"}
    assert not Indicator.all_objects.filter(**place).exists()

    client.force_login(reviewer)
    for proposal in proposals:
        client.post(f"/admin/pilots/proposal/{proposal.pk}/change/", {"_replay": "1"})

    added = Indicator.objects.filter(**place).order_by("position")
    assert [(row.name, row.base_value, row.document.position) for row in added] == [
        ("指标3", "6", 90),
        ("指标4", "7", 90),
    ]
    assert {(row.state, row.is_amended, row.answered_by) for row in proposals.all()} == {
        ("accepted", False, reviewer)
    }
    entries = HistoryEntry.objects.filter(object_id__in=added.values("pk"), content_type__model="indicator")
    assert {(entry.edit.actor.username, entry.edit.reviewer) for entry in entries} == {("辽", reviewer)}


def test_new_document_of_who_is_reviewed_is_written_at_once_for_nobody_sees_it(cells_of, client, settings):
    settings.REVIEW = {"province"}
    make.make_official("部", "部委编辑")
    address = f"{url(Document)}?region={area().pk}"  # unverified, so nobody sees it yet
    text = "\n".join(NEW_DOCUMENT)
    written_of(lambda text, **also: client.post(address, {"table": text, **also}), text)
    assert not Proposal.objects.exists()


def test_rows_that_exchange_numbers_do_not_wait_apart(ministry, settings):
    settings.REVIEW = {"ministry"}
    reviewer = make.make_official("另一位", "部委编辑")
    one, two = Region.objects.order_by("serial")[:2]

    response = bring(ministry, csv_of([KEY, "序号"], [one.slug, f"{two.serial}"], [two.slug, f"{one.serial}"]))

    way = "到其中一行的表单里改，另一行随之互换，作为一件建议提交"
    assert [(number, way in words) for number, words in refusals(response)] == [(2, True), (3, True)]
    assert not Proposal.objects.exists()
    person = Person(ministry, User.objects.get(username="部"), f"/admin/pilots/region/{one.pk}/whole/")
    person.types(serial=f"{two.serial}").saves(REASON)
    confirm(person)
    ministry.force_login(reviewer)
    ministry.post(f"/admin/pilots/proposal/{Proposal.objects.get().pk}/change/", {"_replay": "1"})
    serials = dict(Region.objects.filter(pk__in=(one.pk, two.pk)).values_list("pk", "serial"))
    assert serials == {one.pk: two.serial, two.pk: one.serial}


@pytest.mark.once
def test_changed_cells_of_who_is_reviewed_wait(cells_of, settings):
    settings.REVIEW = {"province"}
    make.make_official("部", "部委编辑")
    shown = cells_of("次序\t目标值\n91\t61")

    cells_of("", plan=shown.context["plan"], edit_reason=REASON)

    assert values("target_value") == ["59", "59"]
    assert Proposal.objects.get().lines[0]["after"] == "61"


@pytest.mark.parametrize(
    ("model", "make_row", "label"),
    [(Project, make.make_project, "责任单位"), (Mechanism, make.make_mechanism, "牵头方")],
)
def test_colleague_who_wrote_between_showing_and_writing_is_not_overwritten(cells_of, client, model, make_row, label):
    row, address = (
        make_row(document=Document.objects.get(region=area(), position=90)),
        f"{url(model)}?region={area().pk}",
    )
    name = next(field.name for field in model._meta.fields if field.verbose_name == label)
    shown = client.post(address, {"table": f"次序\t{label}\n90\t某市水务局"})
    hers = model.objects.get(pk=row.pk)
    setattr(hers, name, "某市林业局")
    hers.save()

    answer = client.post(address, {"plan": shown.context["plan"], "edit_reason": REASON})

    assert "某市林业局" in refusals(answer)[0][1]
    assert getattr(model.objects.get(pk=row.pk), name) == "某市林业局"


def test_place_that_a_colleague_took_meanwhile_is_told(cells_of):
    text = "次序\t出自\t名称\t起点值\n93\t90\t指标3\t6"
    plan = cells_of(text).context["plan"]
    make.make_indicator(document=Document.objects.get(region=area(), position=90), position=93, name="别人的")

    answer = cells_of(text, plan=plan, edit_reason=REASON)

    assert "同一地区中次序不能重复" in refusals(answer)[0][1]
    assert Indicator.objects.get(region=area(), position=93).name == "别人的"


def test_first_row_of_an_area_is_pasted(ministry):
    region = Region.objects.filter(indicators=None, documents__isnull=False).first()
    document = region.documents.first()
    page = ministry.get(reverse("admin:pilots_region_change", args=[region.pk])).text
    assert f"{url(Indicator)}?region={region.pk}" in page

    address = f"{url(Indicator)}?region={region.pk}"
    text = f"次序\t出自\t名称\t起点值\n\t{document.position}\t某指标\t6"
    written_of(lambda text, **also: ministry.post(address, {"table": text, **also}), text)

    assert Indicator.objects.get(region=region).position == 1


def test_file_of_the_list_adds_nothing(ministry):
    answer = bring(
        ministry, csv_of([f"先行示范地区{KEY}", "次序", "名称"], ["liaoning-benxi", "99", "某"]), Indicator
    )

    assert "次序为“" in refusals(answer)[0][1]
    assert f"{area()} 99”的指标" in refusals(answer)[0][1]


@pytest.mark.once
def test_what_was_pasted_stays_when_the_reason_is_missing_or_a_colleague_was_faster(cells_of):
    text = "次序\t目标值\n91\t61"
    plan = LexborHTMLParser(cells_of(text).text).css_first("input[name=plan]").attributes["value"]
    sent = {"plan": plan, "edit_reason": REASON}

    asked = LexborHTMLParser(cells_of(text, plan=plan, edit_reason="").text)
    Indicator.objects.get(position=91, region=area()).delete()
    refused = LexborHTMLParser(cells_of(text, **sent).text)

    assert [field.attributes["value"] for field in asked.css("input[name=table]")] == [text]
    assert refused.css_first("textarea[name=table]").text().strip("\n") == text


def test_pasted_cells_are_counted_as_they_are_read_and_no_browser_cuts_them(cells_of, client):
    box = LexborHTMLParser(client.get(f"{url(Indicator)}?region={area().pk}").text).css_first("textarea[name=table]")
    unseen = "次序\t目标值\r\n91\t61" + "\u200b" * importing.MOST_PASTED

    assert "maxlength" not in box.attributes
    assert cells_of(unseen).context["plan"]
    refused = cells_of("91\t" + "字" * importing.MOST_PASTED)
    assert f"有 {importing.MOST_PASTED + 3} 字，至多 {importing.MOST_PASTED} 字" in refused.text
    assert "分几次粘贴" in cells_of("91" + "\u200b" * 4 * importing.MOST_PASTED).text


@pytest.mark.once
@pytest.mark.parametrize("also", [{"table": ""}, {"table": " \n"}, {"table": "次序\n91", "file": "x"}])
def test_cells_or_a_file_not_both_and_not_neither(ministry, also):
    if "file" in also:
        also = also | {"file": io.BytesIO(csv_of(["次序"], ["91"]))}

    response = ministry.post(url(Indicator), also)

    assert "选择文件。" in response.text
    assert not response.context["plan"] if "plan" in response.context else True


def test_cells_of_another_provinces_area_are_refused(cells_of, client):
    elsewhere = Region.objects.exclude(province__slug="liaoning").first()
    other = make.make_indicator(document=make.make_document(region=elsewhere), position=95)
    text = f"先行示范地区地址名\t次序\t名称\n{other.region.slug}\t95\t改"

    response = client.post(f"{url(Indicator)}?region={other.region.pk}", {"table": text})

    assert [number for number, _ in refusals(response)] == [2]
    assert not response.context["area"]


@pytest.mark.once
@pytest.mark.parametrize(
    ("role", "province", "is_offered"),
    [
        ("部委编辑", (), True),
        ("省级编辑", ("liaoning",), True),
        ("省级编辑", ("hebei",), False),
        ("只读", (), False),
        ("管理员", (), False),
    ],
)
def test_pasting_is_offered_on_the_area_to_who_may_change_its_rows(client, role, province, is_offered):
    make.make_indicator(document=make.make_document())
    client.force_login(make.make_official("某", role, *province))
    page = client.get(reverse("admin:pilots_region_change", args=[area().pk]))

    assert (f"{url(Indicator)}?region={area().pk}" in page.text) is is_offered
