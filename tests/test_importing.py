"""Many corrections from one table: shown first, all or nothing, and by the rules of the form."""

import csv
import io
import time
import zipfile
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import Workbook, load_workbook
from selectolax.lexbor import LexborHTMLParser

from pilots import sheets
from pilots.admin import importing
from pilots.models import HistoryEntry, Priority, Region

from . import factories as make
from .test_exporting import body, place

pytestmark = pytest.mark.django_db
KEY = "地址名"
SHEET = "xl/worksheets/sheet1.xml"
HEAD = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
TAIL = "</sheetData></worksheet>"


@pytest.fixture
def ministry(client):
    client.force_login(make.make_official("部", "部委编辑", first_name="张"))
    return client


def url(model):
    return reverse(f"admin:pilots_{model._meta.model_name}_import")


def csv_of(*rows, encoding="utf-8-sig"):
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode(encoding)


def xlsx_of(*rows):
    book, file = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(file)
    return file.getvalue()


def bring(client, file, model=Region):
    return client.post(url(model), {"file": SimpleUploadedFile("表.csv", file)})


def write(client, shown, model=Region, reason="按来函更正", **also):
    return client.post(url(model), {"plan": shown.context["plan"], "edit_reason": reason, **also})


def refusals(response):
    return [tuple(each) for each in response.context["refusals"]]


def area(slug="liaoning-benxi"):
    return Region.objects.get(slug=slug)


FILES = {
    "xlsx": xlsx_of,
    "utf-8 with BOM": csv_of,
    "utf-8": lambda *rows: csv_of(*rows, encoding="utf-8"),
    "gbk": lambda *rows: csv_of(*rows, encoding="gbk"),
}


@pytest.mark.parametrize("kind", FILES)
def test_table_is_shown_first_and_written_when_confirmed(ministry, kind):
    shown = bring(ministry, FILES[kind]([KEY, "说明"], ["liaoning-benxi", "补充说明"]))

    assert [(each.number, len(each.changes)) for each in shown.context["shown"]] == [(2, 1)]
    assert "<ins>补充说明</ins>" in shown.text
    assert area().remark == ""
    assert not HistoryEntry.objects.exists()

    assert write(ministry, shown).status_code == 302
    assert area().remark == "补充说明"
    entry = HistoryEntry.objects.get()
    assert (entry.reason, entry.actor.username) == ("按来函更正", "部")
    assert [line["label"] for line in entry.lines] == ["说明"]


@pytest.mark.parametrize("model", [Region, Priority])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_exported_list_brought_back_changes_nothing(ministry, model, kind):
    response = bring(ministry, body(ministry.get(place(model, kind))), model)

    assert refusals(response) == []
    assert response.context["shown"] == []
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


def test_links_choices_truths_and_dates_are_read_in_words(ministry):
    file = csv_of(
        [KEY, "所在省级单位", "共建的其他省级单位", "类型", "类型已核实", "更名批准日期"],
        ["liaoning-benxi", "吉林省", "河北省、北京市", "县", "否", "2026年9月5日"],
    )
    write(ministry, bring(ministry, file))

    row = area()
    assert (row.province.slug, row.kind, row.is_kind_verified) == ("jilin", "county", False)
    assert {unit.slug for unit in row.partners.all()} == {"hebei", "beijing"}
    assert str(row.renamed_on) == "2026-09-05"


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([[KEY, "说明"], ["nowhere", "x"]], (2, "没有地址名为“nowhere”的先行示范地区。")),
        ([[KEY, "类型"], ["liaoning-benxi", "镇"]], (2, "“类型”没有“镇”这一项")),
        ([[KEY, "共建的其他省级单位"], ["liaoning-benxi", "某省"]], (2, "没有“某省”这一项")),
        ([[KEY, "序号"], ["liaoning-benxi", "多"]], (2, "“序号”：")),
        ([[KEY, "地区名称"], ["liaoning-benxi", ""]], (2, "“地区名称”：")),
        ([[KEY, "通知"], ["liaoning-benxi", "别的"]], (2, "“通知”不能用表格更改")),
        ([[KEY, "更名批准日期"], ["liaoning-benxi", "1900-01-01"]], (2, "1949年")),
        ([[KEY, "说明"], ["liaoning-benxi", "a"], ["liaoning-benxi", "b"]], (3, "与第2行是同一条记录")),
        ([[KEY, "密码"], ["liaoning-benxi", "x"]], (0, "不认识的列：密码。")),
        ([[KEY, "说明", "说明"], ["liaoning-benxi", "x", "y"]], (0, "列名重复：说明。")),
        ([["说明"], ["x"]], (0, "缺少用来对应记录的列：地址名。")),
        ([[KEY, "说明"]], (0, "表中没有数据行。")),
        ([[KEY, "说明"], ["liaoning-benxi", "=1+1"]], (0, "第2行含公式")),
        ([[KEY], *(["x"] for _ in range(2001))], (0, "超过 2000 行。")),
        ([[KEY, *(f"c{n}" for n in range(70))]], (0, "超过 60 列")),
    ],
)
@pytest.mark.parametrize("kind", ["xlsx", "gbk"])
def test_refusal_says_row_and_reason_and_nothing_can_be_confirmed(ministry, kind, rows, reason):
    response = bring(ministry, FILES[kind](*rows))

    [(number, said)] = refusals(response)
    assert (number, reason[1] in said) == (reason[0], True), said
    assert not response.context.get("plan")
    assert not HistoryEntry.objects.exists()


def test_one_bad_row_stops_all(ministry):
    response = bring(ministry, csv_of([KEY, "说明"], ["liaoning-benxi", "好"], ["nowhere", "x"]))

    assert len(refusals(response)) == 1
    assert response.context["plan"] == ""


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


def test_what_a_colleague_changed_in_other_fields_is_kept(ministry):
    shown = bring(ministry, csv_of([KEY, "说明"], ["liaoning-benxi", "我的"]))
    row = area()
    row.open_points = "同事的"
    row.save()

    write(ministry, shown)

    assert (area().remark, area().open_points) == ("我的", "同事的")


def test_row_deleted_meanwhile_stops_all(ministry):
    shown = bring(ministry, csv_of([KEY, "说明"], ["liaoning-benxi", "甲"], ["beijing-huairou", "乙"]))
    area().delete()

    assert refusals(write(ministry, shown)) == [(2, "这条记录已被删除。")]
    assert area("beijing-huairou").remark != "乙"


def test_reason_is_wanted(ministry):
    shown = bring(ministry, csv_of([KEY, "说明"], ["liaoning-benxi", "甲"]))

    asked = write(ministry, shown, reason=" ")

    assert "请写明更正说明" in asked.text
    assert area().remark == ""
    assert write(ministry, asked).status_code == 302


def test_plan_is_for_who_was_shown_it_and_for_what(ministry, admin_client):
    shown = bring(ministry, csv_of([KEY, "说明"], ["liaoning-benxi", "甲"]))

    for client, model in ((admin_client, Region), (ministry, Priority)):
        assert "已失效" in refusals(write(client, shown, model))[0][1]
    forged = ministry.post(url(Region), {"plan": shown.context["plan"][:-1] + "x", "edit_reason": "x"})
    assert "已失效" in refusals(forged)[0][1]
    assert area().remark == ""


@pytest.mark.parametrize(
    ("seconds", "is_written"), [(importing.VALID_FOR - 60, True), (importing.VALID_FOR + 60, False)]
)
def test_plan_is_for_an_hour(ministry, monkeypatch, seconds, is_written):
    shown = bring(ministry, csv_of([KEY, "说明"], ["liaoning-benxi", "甲"]))
    later = time.time() + seconds
    monkeypatch.setattr("django.core.signing.time", SimpleNamespace(time=lambda: later))
    monkeypatch.setattr("pilots.accounts.access.is_over", lambda *args: False)

    response = write(ministry, shown)

    assert area().remark == ("甲" if is_written else "")
    assert is_written or "已失效" in refusals(response)[0][1]


def test_more_changes_than_a_page_can_carry_are_refused(ministry, monkeypatch):
    monkeypatch.setattr(importing, "MOST_PLAN", 100)

    shown = bring(ministry, csv_of([KEY, "说明"], ["liaoning-benxi", "甲"]))

    assert refusals(shown) == [(0, "改动太多，请分成几个文件导入。")]
    assert shown.context["plan"] == ""


@pytest.mark.parametrize("role", [("省级编辑", "liaoning"), ("只读",), ("管理员",), ()])
@pytest.mark.parametrize("model", [Region, Priority])
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
    "far row": (
        lambda: spreadsheet(HEAD + '<row r="1048576"><c r="A1048576"><v>1</v></c></row>' + TAIL),
        "超过 2000 行",
    ),
    "broken": (lambda: b"PK\x03\x04" + b"x" * 100, "不是完好的 XLSX"),
    "not xml": (lambda: spreadsheet("<row"), "不是完好的 XLSX"),
    "too big": (lambda: b"x" * (sheets.MOST_BYTES + 1), "超过 1 MB"),
    "utf-16": (lambda: f"{KEY},说明".encode("utf-16"), "不是 UTF-8 或 GBK"),
    "open quote": (lambda: b'a,"b', "引号或分隔不完整"),
    "long cell": (lambda: b"a\n" + b"x" * 200_000, "一格内容过长"),
    "empty": (lambda: b"\n", "第一行须是列名"),
}


@pytest.mark.parametrize(("make_file", "said"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_file_is_refused_in_words(make_file, said):
    with pytest.raises(sheets.SheetError, match=said):
        sheets.read(make_file())


@pytest.mark.parametrize("kind", ["unzipped", "parts"])
def test_size_is_known_before_anything_is_unpacked(monkeypatch, kind):
    file = HOSTILE[kind][0]()
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *args: pytest.fail("unpacked"))
    monkeypatch.setattr(sheets, "load_workbook", lambda *args, **kwargs: pytest.fail("parsed"))

    with pytest.raises(sheets.SheetError, match="解压后过大"):
        sheets.read(file)


def test_elements_are_counted_before_anything_is_kept(monkeypatch):
    file = HOSTILE["cells"][0]()
    monkeypatch.setattr(sheets, "load_workbook", lambda *args, **kwargs: pytest.fail("parsed"))

    with pytest.raises(sheets.SheetError, match="单元格过多"):
        sheets.read(file)


def test_dry_run_takes_the_same_queries_whatever_the_rows_that_stay(ministry, django_assert_max_num_queries):
    def queries(rows):
        with django_assert_max_num_queries(40) as counted:
            bring(ministry, csv_of([KEY, "说明"], *([row.slug, row.remark] for row in rows)))
        return len(counted)

    queries(Region.objects.all()[:1])
    assert queries(Region.objects.all()[:2]) == queries(Region.objects.all())
