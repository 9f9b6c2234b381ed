"""Tables as offices have them (tests/cases/): each brought as a file, what it should give shown or written."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from pilots.admin.withdrawing import SeenForm
from pilots.models import Priority, Region, Topic

from . import factories as make
from .test_exporting import body, place
from .test_importing import refusals, url, write

pytestmark = pytest.mark.django_db
CASES = Path(__file__).parent / "cases"
MENDED = {
    "07-blank-formatted-rows.xlsx": "测试说明。",
    "09-x000d-inline.xlsx": "第一行\n第二行",
    "09-x000d-shared.xlsx": "第一行\n第二行",
    "11-hidden-first-sheet.xlsx": "看得见的新说明。",
    "13-invisible-in-heading.xlsx": "测试说明。",
    "13-invisible-in-key.xlsx": "测试说明。",
    "13-invisible-in-value.xlsx": "测试说明。",
    "14-vertical-tab.csv": "一、总体\n二、要求",
    "16-csv-bent-cells.csv": "3月1日",
    "30-sep-line.csv": "测试说明。",
    "real/r02-gb18030-rare.csv": "含𠮷、㑇、䶮等字",
    "real/r03-unicode-text.txt": "测试说明",
    "real/r06-filtered-hidden-row.xlsx": "测试说明。",
}


@pytest.fixture
def ministry(client):
    client.force_login(make.make_official("部", "部委编辑", first_name="张"))
    return client


def bring(client, name, model=Region):
    return client.post(url(model), {"file": SimpleUploadedFile("表", (CASES / name).read_bytes())})


def remark(slug):
    return Region.objects.get(slug=slug).remark


@pytest.mark.parametrize(("name", "said"), MENDED.items(), ids=MENDED)
def test_case_is_read(ministry, name, said):
    shown = bring(ministry, name)

    assert refusals(shown) == []
    assert write(ministry, shown).status_code == 302
    assert remark("beijing-huairou") == said


def test_hidden_sheet_and_hidden_row_are_named(ministry):
    assert "隐藏的工作表没有读：“先行示范地区”。" in bring(ministry, "11-hidden-first-sheet.xlsx").text
    assert "隐藏的行也读：第3行。" in bring(ministry, "real/r06-filtered-hidden-row.xlsx").text


def test_list_with_a_title_is_known_by_names_and_its_own_numbers_are_left(ministry):
    shown = bring(ministry, "real/r01-wps-list-with-title.xlsx")

    assert refusals(shown) == []
    assert "列名在第3行" in shown.text
    assert "“序号”一列没有读" in shown.text
    write(ministry, shown)
    assert (remark("shanxi-pinglu"), remark("shanxi-xiaoyi")) == ("甲", "乙")
    assert Region.objects.get(slug="shanxi-pinglu").serial == 5


def test_page_that_is_called_a_workbook_is_refused_as_what_it_is(ministry):
    [(_, said)] = refusals(bring(ministry, "real/r04-html-named-xls.xls"))

    assert said.startswith("这是网页（HTML）")


def test_name_with_the_mark_of_a_cell_in_it_is_read(ministry):
    make_topic("资产、产权")

    shown = bring(ministry, "29-topic-separator.csv", Priority)

    assert refusals(shown) == []
    write(ministry, shown, Priority)
    names = Priority.objects.get_by_natural_key("beijing-huairou", 1).topics.values_list("name", flat=True)
    assert set(names) == {"资产、产权", "区域协同与合作"}


def make_topic(name, position=90):
    return Topic.objects.create(name=name, slug=f"topic-{position}", position=position)


def test_cell_that_can_be_read_in_two_ways_is_refused(ministry):
    for position, name in enumerate(("资产、产权", "资产", "产权"), 90):
        make_topic(name, position)

    [(number, said)] = refusals(bring(ministry, "29-topic-separator.csv", Priority))

    assert (number, "两种读法" in said) == (2, True)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_cells_that_a_spreadsheet_bends_go_out_and_come_back(ministry, kind):
    write(ministry, bring(ministry, "16-csv-bent-cells.csv"))
    Region.objects.filter(slug="liaoning-benxi").update(remark="甲_x000D_乙")
    file = body(ministry.get(place(Region, kind)))

    shown = ministry.post(url(Region), {"file": SimpleUploadedFile("表", file)})

    assert (refusals(shown), shown.context["shown"]) == ([], [])


def test_reason_for_withdrawing_is_cleaned_or_refused(ministry):
    form = SeenForm(Region.objects.first(), {"edit_reason": "重\u200b复"})
    refused = SeenForm(Region.objects.first(), {"edit_reason": "重\x07复"})

    form.is_valid(), refused.is_valid()
    assert form.cleaned_data["edit_reason"] == "重复"
    assert "第2个字" in refused.errors["edit_reason"][0]
