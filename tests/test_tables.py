"""Tables as files: nothing in a cell is a formula, and nothing changes on its way through a spreadsheet."""

import csv
import io
from datetime import date
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from pilots.exports import tables
from pilots.models import Priority, Province, Region

pytestmark = pytest.mark.once
DANGEROUS = "=+-@＝＋－＠\t\r"
BENT = (
    *(
        "3月1日",
        "1.10",
        "12:30",
        "1E+5",
        "1/2",
        "1 1/2",
        "1/2/3",
        "00123",
        "TRUE",
        "false",
        "1e5",
        "50%",
        "¥5",
        "(5)",
    ),
    *(
        "2015年12月",
        "2015年12月31日",
        "下午3:30",
        "3:30 PM",
        "1,500",
        "１．１０",
        "３月１日",
        "２０１５",
        "Sep 2",
        "2-mar",
    ),
    *("2015.12.31", "12345678901234567", " 5", "5 ", "1.", ".5", "#N/A", " =1"),
)
STEADY = ("2015", "0", "1.5", "0.25", "mayor", "march", "二〇一五年", "3214号", "第1项", "beijing-huairou", "#甲")


def words(*values):
    return [tables.Column("x", "值", "string", "", lambda row: row)], list(values)


@pytest.mark.parametrize("first", DANGEROUS)
def test_formula_is_made_text(first):
    assert tables.safe(f"{first}1+1") == f"'{first}1+1"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("110116", "110116"),
        ("010203", "'010203"),
        ("1E5", "'1E5"),
        ("3-1", "'3-1"),
        *((bent, f"'{bent}") for bent in BENT),
        *((steady, steady) for steady in STEADY),
        ("12345678901234567", "'12345678901234567"),
        (date(2015, 12, 31), "2015-12-31"),
        (True, "是"),
        (None, ""),
        (["甲", "乙"], "甲、乙"),
        (-5, "'-5"),
    ],
)
def test_value_is_said_so_that_it_stays(value, said):
    assert tables.safe(value) == said


@given(st.text())
def test_what_was_made_safe_can_be_read_back(text):
    assert tables.plain(tables.safe(text)) == text
    assert not tables.safe(text).startswith(tuple(DANGEROUS))


def test_csv_has_one_bom_crlf_and_quotes():
    lines = list(tables.csv_rows(*words('甲,"乙"\n丙', "丁")))

    assert b"".join(lines) == '\ufeff值\r\n"甲,""乙""\n丙"\r\n丁\r\n'.encode()
    assert b"".join(tables.csv_rows(*words(), has_bom=False)) == "值\r\n".encode()


def test_xlsx_holds_text_and_says_what_it_is():
    file = tables.xlsx_file(*words("=1+1", "110116", "坏\x00字\x0b", date(2015, 12, 31)), [("行数", "4")], "表")

    with file:
        book = load_workbook(file)
    cells = [row[0] for row in book["表"].iter_rows()]
    assert [cell.value for cell in cells] == ["值", "'=1+1", "110116", "坏字", "2015-12-31"]
    assert {(cell.data_type, cell.number_format) for cell in cells} == {("s", "@")}
    assert [[cell.value for cell in row] for row in book["说明"].iter_rows()] == [["行数", "4"]]


def test_download_has_a_name_for_every_program():
    said = tables.disposition("region.csv", "地区 1行.csv")

    assert 'filename="region.csv"' in said
    assert unquote(said.split("filename*=UTF-8''")[1]) == "地区 1行.csv"
    assert said.isascii()


@pytest.mark.django_db
def test_columns_say_links_in_words():
    row = Region.objects.prefetch_related("partners").get(slug="jing-jin-ji")
    said = {column.label: tables.text(column.value(row)) for column in tables.columns(Region, without=["slug"])}

    assert said["所在省级单位"] == row.province.name
    assert said["共建的其他省级单位"] == "、".join(
        Province.objects.filter(joint_regions=row).values_list("name", flat=True)
    )
    assert "地址名" not in said
    assert tables.columns(Priority)[0].value(row.priorities.first()) == "jing-jin-ji"


@pytest.mark.django_db
def test_table_reads_back_row_by_row():
    found = b"".join(tables.csv_rows(tables.columns(Region), Region.objects.all())).decode("utf-8-sig")

    rows = list(csv.DictReader(io.StringIO(found, newline=""), strict=True))
    assert [row["地区名称"] for row in rows] == list(Region.objects.values_list("name", flat=True))
