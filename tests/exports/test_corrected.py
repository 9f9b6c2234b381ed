"""Behaviour 51 in files: corrected words are flagged, and what was issued stands beside them."""

import csv
import io
import json

import pytest
from openpyxl import load_workbook

from pilots.exports import package
from pilots.exports.tables import plain
from pilots.models import Citation, Ministry, Notice, Priority, Region, Section, Signature, together
from tests.marking import AREA, WORDS, correct

pytestmark = [pytest.mark.django_db, pytest.mark.once]
TABLES = {
    "notices": (Notice, ("title", "number")),
    "sections": (Section, ("heading", "text", "text_raw")),
    "citations": (Citation, ("title", "number")),
    "ministries": (Ministry, ("text_name",)),
    "signatures": (Signature, ("name", "name_raw")),
    "regions": (Region, ("name", "name_raw")),
    "priorities": (Priority, ("text", "text_raw")),
}
BOTH = pytest.mark.parametrize("by", ["regions", "priorities"])


@pytest.fixture
def issued():
    """Correct the words, and return what was issued: by model and field, the words now with the issued ones."""
    before = {}
    with together():
        for model, which, name, text in WORDS:
            row = model.objects.get(**which)
            before[model, name] = text, getattr(row, name)
            correct(row, name, text)
    return before


def csv_rows(body):
    return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline=""), strict=True))


def json_rows(client, by):
    return client.get(f"/regions.json?rows={by}").json()[by]


@BOTH
def test_list_flags_rows_with_corrected_words(client, issued, by):
    row = json_rows(client, by)[0]

    assert row["slug"] == AREA
    assert row["is_corrected"] is True
    assert row["name_issued"] == issued[Region, "name"][1]
    assert row["notice_number_issued"] == issued[Notice, "number"][1]
    text = issued[Priority, "text"][1]
    assert (row["text_issued"] if by == "priorities" else row["priorities_issued"]) == (
        text if by == "priorities" else [f"1.{text}"]
    )


@BOTH
def test_only_rows_that_quote_the_words_are_flagged(client, by):
    line = Priority.objects.get(region__slug=AREA, number=2)
    before = line.text
    correct(line, "text", "某重点")
    flagged = [row for row in json_rows(client, by) if row["is_corrected"]]

    correct(line, "text", before)

    assert [row["slug"] for row in flagged] == [AREA]
    assert flagged[0]["name_issued"] is None
    assert not any(row["is_corrected"] for row in json_rows(client, by))


@BOTH
def test_spreadsheets_say_the_same_and_describe_the_columns(client, issued, by):
    described = client.get(f"/regions.csv-metadata.json?rows={by}").json()["tableSchema"]["columns"]
    sheets = load_workbook(io.BytesIO(client.get(f"/regions.xlsx?rows={by}").content))
    notes = dict([cell.value for cell in row][:2] for row in sheets["说明"].iter_rows())
    row = csv_rows(client.get(f"/regions.csv?rows={by}").content)[0]

    assert (row["已更正"], plain(row["地区名称（印发原文）"])) == ("是", issued[Region, "name"][1])
    assert [cell.value for cell in next(sheets.worksheets[0].iter_rows())] == list(row)
    said = {column["name"]: column.get("dc:description", "") for column in described}
    assert "与印发原文不同" in said["is_corrected"]
    assert "印发原文" in notes["地区名称（印发原文）"]


@pytest.mark.parametrize("table", TABLES)
def test_package_flags_corrected_words(client, issued, table):
    model, names = TABLES[table]
    rows = csv_rows(package.unpacked(client.get("/data/package.zip").content)[f"{table}.csv"])
    corrected = {name: issued[model, name] for name in names if (model, name) in issued}

    [row] = [row for row in rows if row["is_corrected"] == "是"]
    for name in names:
        now, before = corrected.get(name, (None, ""))
        assert plain(row[f"{name}_issued"]) == before
        assert now in (None, plain(row[name]))
    assert {row["is_corrected"] for row in rows} <= {"是", "否"}


def test_package_describes_the_columns(client):
    said = json.loads(package.unpacked(client.get("/data/package.zip").content)["datapackage.json"])
    fields = {
        each["name"]: {field["name"]: field for field in each["schema"]["fields"]} for each in said["resources"]
    }

    for table, (_, names) in TABLES.items():
        assert fields[table]["is_corrected"]["type"] == "boolean"
        for name in names:
            assert "印发原文" in fields[table][f"{name}_issued"]["description"]
    assert "is_corrected" not in fields["divisions"]


def test_package_takes_the_same_number_of_queries_with_corrections(issued, django_assert_num_queries):
    package.schema("")
    with django_assert_num_queries(25):  # one of them: whether a report is public, and so its table there
        for table in package.schema(""):
            for row in table.rows():
                [item.value(row) for item in table.items]


def test_column_without_a_value_says_so(client):
    said = json.loads(package.unpacked(client.get("/data/package.zip").content)["datapackage.json"])
    found = package.unpacked(client.get("/data/package.zip").content)

    for resource in said["resources"]:
        rows = csv_rows(found[resource["path"]])
        for field in resource["schema"]["fields"]:
            is_empty = not any(row[field["name"]] for row in rows)
            assert ("目前各行都为空" in field.get("description", "")) == is_empty, field


@pytest.mark.parametrize("path", ["/regions", "/ministries", "/topics"])
def test_column_without_a_value_says_so_wherever_a_list_is_described(client, path):
    rows = csv_rows(client.get(f"{path}.csv?bom=0").content)
    empty = {name for name in rows[0] if not any(row[name] for row in rows)}
    described = client.get(f"{path}.csv-metadata.json").json()["tableSchema"]["columns"]
    notes = load_workbook(io.BytesIO(client.get(f"{path}.xlsx").content)).worksheets[-1].values
    meanings = {row[0]: row[1] for row in notes if row[0] in rows[0]}

    assert {each["titles"] for each in described if "目前各行都为空" in each.get("dc:description", "")} == empty
    assert {name for name, meaning in meanings.items() if "目前各行都为空" in meaning} == empty


def test_data_page_says_which_columns_of_a_list_are_empty(client):
    rows = csv_rows(client.get("/regions.csv?bom=0").content)
    labels = {name for name in rows[0] if not any(row[name] for row in rows)}
    listing = client.get("/data/").context["listings"][0]

    columns = listing["columns"]
    assert {label for _, label, _, meaning in columns if "目前各行都为空" in meaning} == labels != set()
