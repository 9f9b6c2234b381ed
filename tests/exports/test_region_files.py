"""The region list as files: the same areas, in the same order, that the page shows (behaviours 28–30)."""

import csv
import datetime
import io
import json
import re
from functools import reduce
from operator import or_
from types import SimpleNamespace
from urllib.parse import unquote

import feedparser
import pytest
from django.db import connection
from django.db.models import Q
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as some
from openpyxl import load_workbook
from selectolax.lexbor import LexborHTMLParser

from pilots.exports.tables import plain
from pilots.http.middleware import CONTROL
from pilots.models import Priority, Province, Region, editing, together
from pilots.search.filters import RegionFilter
from tests import factories as make
from tests.queries import CHOICES, a_few, typed
from tests.visits import FORGOTTEN, forget

pytestmark = [pytest.mark.django_db, pytest.mark.once]
FILES = ("/regions.csv", "/regions.xlsx", "/regions.json", "/regions.csv-metadata.json")
BOM = "\ufeff".encode()


def get(client, path, **query):
    response = client.get(path, query)
    assert response.status_code == 200, response.content
    return response


def csv_rows(client, query=""):
    body = client.get(f"/regions.csv{query}").content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(body, newline=""), strict=True))


def book(client, query=""):
    return load_workbook(io.BytesIO(client.get(f"/regions.xlsx{query}").content))


def sheet_rows(workbook):
    head, *rows = [[cell.value or "" for cell in row] for row in workbook.worksheets[0].iter_rows()]
    return [dict(zip(head, row, strict=True)) for row in rows]


def shown(client, query):
    """The areas on the list page, whose size is larger than any list here."""
    tree = LexborHTMLParser(client.get(f"/regions/{query}").text)
    return [link.attributes["href"].split("/")[2] for link in tree.css(".card__title a")]


def lines_shown(client, query):
    """The lines on the list page: the area and the number of each."""
    cards = LexborHTMLParser(client.get(f"/regions/{query}").text).css(".card")
    return [(card.id, int(line.attributes["value"])) for card in cards for line in card.css(".card__lines > li")]


@pytest.fixture
def corrected(db):
    """Give every fifth line other words, so that those that it was issued with are no longer its own."""
    lines = list(Priority.objects.order_by("region__serial", "number")[::5])
    before = {line.pk: line.text for line in lines}
    with together(), editing(reason="依据原件更正"):
        for line in lines:
            line.text = f"推进第{line.number}项工作"
            line.save()
    return list(before.values())


@a_few
@given(data=some.data())
def test_words_of_a_line_as_issued_lead_to_the_same_lines_on_the_page_and_in_files(client, corrected, data):
    text = data.draw(some.sampled_from(corrected))
    start = data.draw(some.integers(0, len(text) - 2))
    query = f"?{typed(q=text[start : start + data.draw(some.integers(2, 8))]).urlencode()}"
    expected = lines_shown(client, query)
    files = f"{query}&rows=priorities"

    rows = [csv_rows(client, files), sheet_rows(book(client, files))]
    assert [[(row["slug"], int(row["编号"])) for row in each] for each in rows] == [expected, expected]
    listing = client.get(f"/regions.json{files}").json()["priorities"]
    assert [(row["slug"], row["number"]) for row in listing] == expected


def fit(chosen):
    """The condition that a line fits the topics and systems that are chosen."""
    names = {"topic": "topics__slug__in", "system": "system__slug__in"}
    known = {name: [value for value in chosen[name] if value != "mars"] for name in names}
    return {names[name]: values for name, values in known.items() if values}


@a_few
@given(
    chosen=CHOICES, by_lines=some.sampled_from([("regions", ""), ("priorities", ""), ("priorities", "&lines=all")])
)
def test_page_csv_xlsx_and_json_have_the_same_areas_in_the_same_order(client, chosen, by_lines):
    by, lines = by_lines
    chosen = {name: value for name, value in chosen.items() if (name, value) != ("sort", "nonsense")}
    query = f"?{typed(**chosen).urlencode()}"
    files = f"{query}&rows={by}{lines}"
    expected = shown(client, query)
    if by == "priorities":
        conditions = {} if lines else fit(chosen)
        fitting = Priority.objects.filter(**conditions).distinct()
        either = Priority.objects.filter(reduce(or_, (Q(pair) for pair in conditions.items()), Q())).distinct()
        numbers = {
            slug: fitting.filter(region__slug=slug).count() or either.filter(region__slug=slug).count()
            for slug in expected
        }
        expected = [slug for slug in expected for _ in range(numbers[slug])]
    if chosen["q"] and by == "priorities" and not lines:  # those with the keyword in them alone
        expected = [slug for slug, _ in lines_shown(client, query)]

    assert [row["slug"] for row in csv_rows(client, files)] == expected
    assert [row["slug"] for row in sheet_rows(book(client, files))] == expected
    envelope = client.get(f"/regions.json{files}").json()
    assert [row["slug"] for row in envelope[by]] == expected
    assert envelope["count"] == len(expected)
    if by == "priorities" and expected:  # those that the page offers, and whose page it cites
        tree = LexborHTMLParser(client.get(f"/regions/{query}{lines}").text)
        [link] = tree.css("main a[download][href*='regions.csv'][href*='rows=priorities']")
        assert len(csv_rows(client, link.attributes["href"].partition(".csv")[2])) == len(expected)
        assert f"重点表（{len(expected)}行）" in tree.css_first("main").text()
        assert lines.lstrip("&") in tree.css_first("#citation-gbt7714").text()


@pytest.fixture
def told_of_every_area(db):
    """The record after one correction of each area, so that a feed names each once."""
    with together():
        for region in Region.objects.all():
            with editing(reason="更正"):
                region.remark, region.remark_source = "更正过的说明。", "国函〔2016〕98号"
                region.save()


@a_few
@given(chosen=CHOICES)
def test_page_file_api_and_feed_name_the_same_areas(client, told_of_every_area, chosen):
    query = RegionFilter(typed(**chosen)).query()
    expected = shown(client, query)

    found = client.get(f"/api/v1/regions/{query or '?'}&page_size=100").json()
    assert [region["slug"] for region in found["results"]] == expected
    assert found["count"] == len(expected)
    assert [row["slug"] for row in client.get(f"/regions.json{query}").json()["regions"]] == expected
    entries = feedparser.parse(client.get(f"/changes.atom{query}").content).entries
    assert sorted(entry.link.split("/")[4] for entry in entries) == sorted(expected)


def test_every_format_says_the_same_of_every_area(client):
    by_name = client.get("/regions.json").json()["regions"]
    described = client.get("/regions.csv-metadata.json").json()["tableSchema"]["columns"]
    labels = {column["titles"]: column for column in described}

    for row, sheet, said in zip(csv_rows(client), sheet_rows(book(client)), by_name, strict=True):
        assert row == sheet
        for label, cell in row.items():
            value, mark = said[labels[label]["name"]], labels[label].get("separator", "")
            value = mark.join(value) if isinstance(value, list) else value
            value = {True: "是", False: "否", None: ""}.get(value, value) if not isinstance(value, int) else value
            value = {True: "是", False: "否"}[value] if isinstance(value, bool) else value
            assert plain(cell) == str(value)


def test_notices_words_are_in_the_file_as_issued(client):
    [row] = [row for row in csv_rows(client) if row["slug"] == "beijing-huairou"]
    region = Region.objects.get(slug="beijing-huairou")

    assert row["url"] == "http://testserver/regions/beijing-huairou/"
    assert row["地区名称"] == region.name
    assert row["制度创新重点"].split("\n") == [f"{line.number}.{line.text}" for line in region.priorities.all()]
    assert (row["印发时代码"], row["成文日期"]) == ("110116", "2015-12-31")


def test_codes_of_an_area_and_of_the_city_around_it_are_told_apart(client):
    [row] = [row for row in csv_rows(client) if row["slug"] == "hunan-ningxiang"]

    assert (row["印发时代码"], row["与地区的关系"]) == ("430124、430100", "本地区、所在地")


def test_priorities_have_a_row_and_an_address_each(client):
    rows = csv_rows(client, "?rows=priorities&province=beijing")
    lines = Priority.objects.filter(region__slug="beijing-huairou").order_by("number")

    found = [(row["编号"], row["制度创新重点"], row["制度"]) for row in rows if row["slug"] == "beijing-huairou"]
    assert found == [(str(line.number), line.text, line.system.name) for line in lines]
    assert rows[0]["url"].endswith("/regions/beijing-huairou/#priority-1")
    assert len(csv_rows(client, "?rows=priorities")) == 130


def test_facts_that_are_not_verified_and_notes_stay_inside(client):
    region = Region.objects.get(slug="beijing-huairou")
    make.overwrite(
        Region.objects.filter(pk=region.pk),
        name_now="传闻区",
        name_now_status="unverified",
        internal_note="问过张三",
        verification="partial",
    )
    make.overwrite(region.divisions, verification="unverified")
    make.overwrite(region.priorities, classification_note="拿不准")

    for path in FILES:
        for query in ("", "?rows=priorities"):
            body = get(client, path + query).content
            if path.endswith("xlsx"):
                body = "".join(str(sheet_rows(book(client, query)))).encode()
            for word in ("传闻区", "张三", "拿不准"):
                assert word.encode() not in body
    [row] = [row for row in csv_rows(client) if row["slug"] == "beijing-huairou"]
    assert row["行政区划"] == row["印发时代码"] == row["现名"] == ""


def test_withdrawn_area_is_in_no_file(client):
    Region.objects.get(slug="beijing-huairou").delete()

    for query in ("", "?rows=priorities"):
        assert "beijing-huairou" not in {row["slug"] for row in csv_rows(client, query)}


def test_csv_has_one_bom_crlf_and_a_name_for_every_program(client):
    response = get(client, "/regions.csv", province="beijing")

    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.content.startswith(BOM)
    assert response.content.count(BOM) == 1
    assert response.content.decode().splitlines()[0].startswith("\ufeffslug,url,序号,地区名称")
    assert response.content.count(b"\r\n") == 1 + len(csv_rows(client, "?province=beijing"))
    assert response.content.endswith(b"\r\n")
    said, day = response.headers["Content-Disposition"], f"{timezone.localdate():%Y%m%d}"
    assert f'attachment; filename="regions-{day}.csv"; ' in said
    assert unquote(said.split("filename*=UTF-8''")[1]) == f"先行示范地区-省份 北京市-{day}.csv"


def test_bom_is_left_out_on_request(client):
    assert get(client, "/regions.csv", bom="0").content == get(client, "/regions.csv").content.removeprefix(BOM)
    assert get(client, "/regions.csv", bom="1").content.startswith(BOM)


def test_cells_that_a_spreadsheet_would_execute_are_text(client):
    firsts = dict(zip(Region.objects.values_list("slug", flat=True), "=+-@＝＋－＠\t\r", strict=False))
    for slug, first in firsts.items():
        make.overwrite(
            Region.objects.filter(slug=slug),
            remark=f"{first}SUM(1)",
            remark_source="国函〔2016〕98号",
            open_points="0123",
        )

    regions = client.get("/regions.json").json()["regions"]
    row, cells, named = (
        {row["slug"]: row for row in rows} for rows in (csv_rows(client), sheet_rows(book(client)), regions)
    )

    assert len(firsts) == 10
    for slug, first in firsts.items():
        assert row[slug]["说明"] == f"'{first}SUM(1)"
        assert cells[slug]["说明"].startswith("'")
        assert (row[slug]["通知未列明"], cells[slug]["通知未列明"]) == ("'0123", "'0123")
        assert (named[slug]["remark"], named[slug]["open_points"]) == (f"{first}SUM(1)", "0123")


def test_xlsx_is_text_with_a_sheet_that_says_what_it_is(client):
    workbook = book(client, "?province=hebei&q=水")
    said = dict([cell.value for cell in row][:2] for row in workbook["说明"].iter_rows())

    assert workbook.sheetnames == ["先行示范地区", "说明"]
    assert {cell.data_type for row in workbook.worksheets[0].iter_rows() for cell in row} <= {"s", "n"}
    assert said["条件"] == "省份 河北省；关键词 水；按相关度排列"
    assert said["行数"] == str(len(sheet_rows(workbook)))
    assert said["地址"] == "http://testserver/regions.xlsx?q=%E6%B0%B4&province=hebei"
    assert said["数据最后更改"] == "载入以来没有更改"


def test_json_is_an_envelope(client):
    said = get(client, "/regions.json", province=["hebei", "beijing"], sort="province").json()

    assert said["filter"] == "省份 北京市、河北省；按省份排列"
    assert said["url"] == "http://testserver/regions.json?province=beijing&province=hebei&sort=province"
    assert said["count"] == len(said["regions"])
    assert said["changed_at"] is None
    assert said["regions"][0]["serial"] == 1
    assert isinstance(said["regions"][0]["provinces"], list)


def test_csv_links_to_its_description(client):
    response = get(client, "/regions.csv", province="beijing", rows="priorities")
    [link] = re.findall(r'<http://testserver([^>]*)>; rel="describedby"; type="([^"]*)"', response.headers["Link"])
    described = client.get(link[0])

    assert described.headers["Content-Type"] == link[1] == "application/csvm+json"
    said = described.json()
    assert said["url"] == "http://testserver/regions.csv?province=beijing&rows=priorities"
    assert said["dc:extent"] == f"{len(csv_rows(client, '?province=beijing&rows=priorities'))}行"
    assert "省份 北京市" in said["dc:description"]
    head = response.content.decode("utf-8-sig").splitlines()[0]
    assert [column["titles"] for column in said["tableSchema"]["columns"]] == head.split(",")
    assert len({column["name"] for column in said["tableSchema"]["columns"]}) == len(head.split(","))


def test_answer_by_classification_says_so(client):
    assert "按本站归类和区划找到" in get(client, "/regions.json", q="绿色金融").json()["filter"]
    assert "部分相符" in get(client, "/regions.json", q="双碳").json()["filter"]


@pytest.mark.parametrize("rows", ["regions", "priorities"])
def test_empty_result_is_a_header_alone(client, rows):
    query = f"?q=没有这样的词&rows={rows}"

    assert len(get(client, f"/regions.csv{query}").content.splitlines()) == 1
    assert sheet_rows(book(client, query)) == []
    said = get(client, f"/regions.json{query}").json()
    assert (said["count"], said[rows]) == (0, [])


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("province=mars&kind=planet", ["province=mars", "kind=planet"]),
        ("utm_source=x", ["utm_source=x"]),
        ("page=2", ["page=2"]),
        ("sort=nonsense", ["sort=nonsense"]),
        ("rows=cells", ["rows=cells"]),
        ("rows=regions&rows=priorities", ["rows=priorities"]),
        ("q=%E6%B0%B4&q=x", ["q=x"]),
        ("province[]=hebei", ["province[]=hebei"]),
        ("province=hebei,beijing", ["province=hebei,beijing"]),
        ("q=" + "x" * 201, ["q=" + "x" * 99]),
    ],
)
@pytest.mark.parametrize("path", FILES)
def test_what_is_not_understood_is_refused_by_name(client, path, query, named):
    response = client.get(f"{path}?{query}")

    assert response.status_code == 400
    assert response.headers["Cache-Control"] == "no-store"
    said = response.json()["detail"] if path.endswith("s.json") else response.text
    for each in named:
        assert each in said
    assert "没有这个" in said or "只能给一个值" in said or "超过200个字" in said


def test_refusal_in_json_is_problem_details(client):
    response = client.get("/regions.json?province=mars&province=<b>")

    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json()["errors"] == [
        {"parameter": "province", "value": "mars", "detail": "没有这个值"},
        {"parameter": "province", "value": "<b>", "detail": "没有这个值"},
    ]
    assert client.get("/regions.json?bom=0").status_code == client.get("/regions.xlsx?bom=0").status_code == 400


@pytest.mark.parametrize("path", FILES)
def test_empty_values_equal_absent_ones_and_order_does_not_matter(client, path):
    tags = {
        get(client, f"{path}?{query}").headers["ETag"]
        for query in (
            "province=hebei&province=beijing&kind=",
            "q=&province=beijing&province=hebei&sort=serial",
            "province=beijing&province=hebei&province=beijing&rows=regions&sort=relevance",
        )
    }

    assert len(tags) == 1


@pytest.mark.parametrize("path", FILES)
def test_unchanged_file_is_304_and_an_edit_changes_it(client, path):
    tag = get(client, path).headers["ETag"]

    assert client.get(path, headers={"If-None-Match": tag}).status_code == 304
    with editing(actor=None, remote_addr=None, reason="更名"):
        region = Region.objects.get(slug="beijing-huairou")
        region.open_points = "更正"
        region.save()
    assert get(client, path).headers["ETag"] != tag
    body = get(client, path).content
    if path.endswith("json"):
        assert f"{timezone.localdate():%Y-%m-%d}T".encode() in body
        assert b"+08:00" in body


@pytest.mark.parametrize("path", FILES)
@pytest.mark.parametrize("query", ["", "?rows=priorities&province=hebei"])
def test_file_has_the_same_bytes_whoever_makes_it_and_when(client, folder, monkeypatch, path, query):
    first = get(client, path + query).content
    later = SimpleNamespace(now=lambda tz: datetime.datetime(2050, 1, 2, 3, 4, 5, tzinfo=tz))
    for module in ("packaging.core", "writer.excel"):
        clock = SimpleNamespace(datetime=later, timezone=datetime.timezone)
        monkeypatch.setattr(f"openpyxl.{module}.datetime", clock)
    with override_settings(DATA_DIR=folder / "elsewhere"):
        assert get(client, path + query).content == first


def test_file_is_answered_where_nothing_can_be_kept(client, folder):
    folder.write_text("not a folder")

    assert len(csv_rows(client)) == 45


def test_made_once(client, django_assert_num_queries):
    for path in FILES:
        client.get(path)
        with django_assert_num_queries(1):
            client.get(path)


# Beside the rows: what was issued, for files that hold it or say which columns are empty; when the record changed,
# for files that say it.
BESIDE = dict(zip(FILES, (1, 2, 2, 2), strict=True))
QUERIES = {
    path + query: count + beside
    for path, beside in BESIDE.items()
    for query, count in (("", 7), ("?q=建立&rows=priorities", 10))
}


def test_every_file_takes_the_same_number_of_queries_at_2_45_and_60_regions(client):
    province, system, other = Province.objects.get(slug="hebei"), make.make_system(), make.make_system()
    topic = make.make_topic()

    def more():
        with together():
            for _ in range(60 - Region.objects.count()):
                region = make.make_region(province=province, partners=[Province.objects.get(slug="beijing")])
                make.make_priority(region=region, system=system, topics=[topic]).also_systems.set([other])

    def fewer():
        with together():
            Region.objects.exclude(slug__in=["jing-jin-ji", "beijing-huairou"]).delete()

    for step in (lambda: None, more, fewer):
        step()
        client.get("/regions/?q=建立")
        taken = {}
        for path in QUERIES:
            forget(*FORGOTTEN)
            with CaptureQueriesContext(connection) as captured:
                client.get(path)
            taken[path] = len(captured)
        assert taken == QUERIES


def test_list_page_offers_files_with_rows_and_sizes(client):
    def offered():
        tree = LexborHTMLParser(client.get("/regions/?province=beijing&utm_source=x").text)
        return [
            (" ".join(line.text().split()), [link.attributes["href"] for link in line.css("a")])
            for line in tree.css(".downloads li")
        ]

    before = offered()
    rows = len(csv_rows(client, "?province=beijing&rows=priorities"))

    assert before[0] == (
        "地区表（2行）： CSV（约2 KB）、XLSX（约8 KB）、JSON（约3 KB）",
        [f"/regions.{kind}?province=beijing" for kind in ("csv", "xlsx", "json")],
    )
    assert before[1][0].startswith(f"重点表（{rows}行）")
    for _, links in before:
        for link in links:
            get(client, link)
    assert offered() == before  # the page of a query is the same, whatever was downloaded


def test_head_has_the_headers_of_get(client):
    for path in FILES:
        got, head = client.get(path), client.head(path)
        assert (dict(head.headers), head.content) == (dict(got.headers), b"")
        assert "ETag" in got.headers
        assert got.headers["Cache-Control"] == "public, max-age=0, s-maxage=1, stale-while-revalidate=1"
        assert not got.cookies
        assert client.post(path).status_code == 405


def test_json_reads_as_utf_8(client):
    response = get(client, "/regions.json")

    assert "怀柔" in response.content.decode()
    assert json.loads(response.content)["regions"][0]["name"]


@a_few
@given(keyword=some.text(max_size=60), name=some.text(min_size=1, max_size=10), value=some.text(max_size=20))
def test_no_text_in_the_address_breaks_a_file(client, keyword, name, value):
    for path in FILES:
        response = client.get(path, {"q": keyword})
        assert response.status_code == (400 if CONTROL.search(keyword) else 200)
        assert response.headers.get("Content-Disposition", "").isascii()
        is_refused = bool(value) and name not in ("q", "bom", "rows", "sort")
        assert client.get(path, {name: value}).status_code == 400 or not is_refused


def test_markup_in_a_keyword_is_text_everywhere(client):
    keyword = "<script>alert(1)</script>"

    response = get(client, "/regions.csv", q=keyword)
    assert "alert(1)" in unquote(response.headers["Content-Disposition"])
    assert "<" not in unquote(response.headers["Content-Disposition"])
    assert keyword in get(client, "/regions.json", q=keyword).json()["filter"]
    assert keyword in str([cell.value for row in book(client, f"?q={keyword}")["说明"].iter_rows() for cell in row])


def test_a_thousand_values_are_refused_and_do_no_harm(client):
    query = "&".join(f"province=p{n}" for n in range(1000))

    response = client.get(f"/regions.json?{query}")

    assert (response.status_code, len(response.json()["errors"])) == (400, 1000)
    assert client.get("/regions.json?" + "province=hebei&" * 1000).json()["count"] == 2
