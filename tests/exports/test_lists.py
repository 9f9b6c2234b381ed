"""Every list as files: what the page shows, in its order, in CSV, XLSX and JSON at an address of its own."""

import csv
import io
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from openpyxl import load_workbook
from selectolax.lexbor import LexborHTMLParser

from pilots.exports import formats, list_tables
from pilots.exports.offering import KB, WEIGHTS
from pilots.exports.tables import plain
from pilots.models import Document, DocumentRelation, Priority, Province, Region, System, Topic, editing
from pilots.search import facet_sets
from tests.withdrawing import withdraw

pytestmark = [pytest.mark.django_db, pytest.mark.once]
AREAS = ("bingtuan-alaer", "beijing-huairou", "jing-jin-ji")
COMPARED = "?" + "&".join(f"region={slug}" for slug in AREAS)
# Page → where it names what its rows are of (links, by their path), and the column that says the same.
PAGES = {
    "/provinces/": "main th a",
    "/topics/": "main th a",
    "/systems/": "main th a",
    "/ministries/": "main th a",
    "/notices/": "main h2 a, main li a",
    "/topics/ecological-compensation/": ".quote__number",
    "/systems/property-rights/": ".quote__number",
    "/systems/other/": ".quote__number",
    "/provinces/xinjiang/": ".card__title a",
    "/provinces/fujian/": ".card__title a",
}


def in_csv(client, path, query=""):
    body = client.get(f"{path}.csv{query}")
    assert body.status_code == 200
    return list(csv.DictReader(io.StringIO(body.content.decode("utf-8-sig"), newline=""), strict=True))


def in_sheet(client, path, query=""):
    book = load_workbook(io.BytesIO(client.get(f"{path}.xlsx{query}").content))
    head, *rows = [[cell.value or "" for cell in row] for row in book.worksheets[0].iter_rows()]
    return [dict(zip(head, row, strict=True)) for row in rows]


def in_json(client, path, query=""):
    said = client.get(f"{path}.json{query}").json()
    if "slug" in said:  # the API's own answer, beside a thing
        return said["priorities"] if "priorities" in said else said["regions"]
    assert said["count"] == len(next(value for value in said.values() if isinstance(value, list)))
    return next(value for value in said.values() if isinstance(value, list))


def urls(rows):
    return [row["url"].removeprefix("http://testserver") for row in rows]


@pytest.mark.parametrize("is_edited", [False, True])
@pytest.mark.parametrize("path", PAGES)
def test_page_csv_xlsx_and_json_have_the_same_rows_in_the_same_order(client, path, is_edited):
    if is_edited:
        withdraw(Region.objects.get(slug="bingtuan-alaer"))
        line = Priority.objects.filter(system__slug="other").first()
        line.topics.add(Topic.objects.get(slug="ecological-compensation"))
        line.system = System.objects.get(slug="property-rights")
        line.save()
    tree = LexborHTMLParser(client.get(path).text)
    shown = [link.attributes["href"] for link in tree.css(PAGES[path])]
    stem = path.rstrip("/")

    assert urls(in_csv(client, stem)) == urls(in_sheet(client, stem)) == urls(in_json(client, stem)) == shown
    assert shown or path == "/provinces/fujian/"


def test_matrix_and_its_files_have_the_same_numbers(client):
    tree = LexborHTMLParser(client.get("/matrix/").text)
    shown = [
        link.attributes["href"] for link in tree.css("main td:not(.heat__total) a") if "&" in link.attributes["href"]
    ]
    rows = in_csv(client, "/matrix")

    assert [row["网址"].removeprefix("http://testserver") for row in rows if row["网址"]] == shown
    assert [row["地区数"] for row in rows] == [str(row["region_count"]) for row in in_json(client, "/matrix")]
    assert rows == in_sheet(client, "/matrix")


def test_what_came_after_and_its_files_have_the_same_documents(client):
    Document.objects.filter(position=1).first().delete()
    withdraw(Region.objects.get(slug="beijing-huairou"))
    table = LexborHTMLParser(client.get("/after/").text).css_first("section[aria-labelledby=years] table")
    rows = in_csv(client, "/after")
    labels = [row["与通知的关系"] for row in rows]

    assert [cell.text() for cell in table.css("tr:last-child td")] == [
        str(labels.count(relation.label)) for relation in DocumentRelation
    ]
    assert {row["url"].removeprefix("http://testserver") for row in rows} == {
        row.get_absolute_url() for row in Document.objects.select_related("region") if row.is_shown
    }
    assert [row["slug"] for row in rows] == [row["slug"] for row in sorted(rows, key=lambda row: int(row["序号"]))]
    order = DocumentRelation.labels  # of an area, the nearest to the notice are first
    assert rows == sorted(rows, key=lambda row: (int(row["序号"]), order.index(row["与通知的关系"])))


def test_files_of_what_came_after_tell_when_a_document_changed(client):
    document = Document.objects.get(region__slug=AREAS[0], position=1)
    with editing(reason="与原文核对后更正"):
        document.issuer = "某地人民政府"
        document.save()

    assert client.get("/after.json").json()["changed_at"]
    assert client.get("/ministries.json").json()["changed_at"] is None


@pytest.mark.parametrize("query", ["", f"?region={AREAS[0]}", COMPARED])
def test_comparison_and_its_files_have_the_same_areas_and_lines(client, query):
    rows = in_csv(client, "/compare", query)
    chosen = list(dict.fromkeys(row["slug"] for row in rows))

    assert chosen == [slug for slug in AREAS if slug in query]
    assert sorted(urls(rows)) == sorted(
        line.get_absolute_url() for line in Priority.objects.filter(region__slug__in=chosen)
    )
    assert urls(rows) == urls(in_sheet(client, "/compare", query)) == urls(in_json(client, "/compare", query))


def test_changes_and_their_files_say_the_same(client):
    for slug in AREAS:
        with editing(reason=f"={slug}"):
            region = Region.objects.get(slug=slug)
            region.remark, region.open_points = "更正过的说明。", "另一处。"
            region.remark_source = "国函〔2016〕98号"
            region.save()
    text = client.get("/changes/").text
    rows = in_csv(client, "/changes")

    assert [(row["所属记录"], row["字段"]) for row in rows] == [
        (Region.objects.get(slug=slug).name, name)
        for slug in reversed(AREAS)
        for name in ("open_points", "remark", "remark_source")
    ]
    assert {row["更正说明"] for row in rows} == {f"'={slug}" for slug in AREAS}
    assert all(row["改后"] in text for row in rows)
    assert rows == in_sheet(client, "/changes")
    assert [row["after"] for row in in_json(client, "/changes")] == [row["改后"] for row in rows]


@pytest.mark.parametrize("name", list_tables.LISTS)
def test_every_format_says_the_same(client, name):
    described = client.get(f"/{name}.csv-metadata.json").json()["tableSchema"]["columns"]
    by_label = {column["titles"]: column["name"] for column in described}
    words = {True: "是", False: "否", None: ""}

    rows = in_csv(client, f"/{name}")
    assert rows == in_sheet(client, f"/{name}")
    for row, said in zip(rows, in_json(client, f"/{name}"), strict=True):
        values = {label: said[column] for label, column in by_label.items()}
        assert {label: plain(cell) for label, cell in row.items()} == {
            label: words[value] if value is None or isinstance(value, bool) else str(value)
            for label, value in values.items()
        }


@pytest.mark.parametrize("name", list_tables.LISTS)
def test_sizes_are_about_those_of_the_files(name):
    listing = list_tables.listing(name, "https://www.example.gov.cn", facet_sets.current())
    rows = len(list(listing.rows()))

    for kind, (bare, row, _) in WEIGHTS[name].items():
        size = len(formats.body(listing, kind))
        assert abs(bare + row * rows - size) <= max(size / 10, KB)


@pytest.mark.parametrize("path", ["/topics.csv", "/topics/rule-of-law.csv", "/compare.csv?region=beijing-huairou"])
def test_file_is_kept_and_named(client, path, django_assert_num_queries):
    first = client.get(path)

    with django_assert_num_queries(1):
        second = client.get(path)
    assert first.headers["ETag"] == second.headers["ETag"]
    assert client.get(path, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    assert f'<http://testserver{path}>; rel="canonical"' in first.headers["Link"]
    assert first.headers["Content-Disposition"].isascii()


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/topics.csv?q=x", 400, "没有这个参数"),
        ("/topics.json?bom=0", 400, "没有这个参数"),
        ("/topics/rule-of-law.csv?rows=regions", 400, "没有这个参数"),
        ("/topics/nothing.csv", 404, "没有"),
        ("/compare.csv?region=mars", 400, "没有这个值"),
        ("/compare.json?" + "&".join(f"region={n}" for n in range(5)), 400, "没有这个值"),
        ("/regions.csv?lines=all", 400, "只与 rows=priorities 同用"),
        ("/regions.csv?rows=priorities&lines=some", 400, "没有这个值"),
    ],
)
def test_what_is_not_understood_is_refused(client, path, status, words):
    response = client.get(path)

    assert response.status_code == status
    assert words in (json.dumps(response.json(), ensure_ascii=False) if "json" in path else response.text)


@pytest.mark.parametrize("kind", ["csv", "json", "xlsx"])
def test_area_that_was_withdrawn_is_refused_as_what_it_is(client, kind):
    row = withdraw()

    response = client.get(f"/compare.{kind}", {"region": [row.slug, "guilin"]})

    assert response.status_code == 400
    said = response.json()["detail"] if kind == "json" else response.text
    assert f"region={row.slug}：{row.withdrawal}" in said
    assert "region=guilin：没有这个值" in said


def test_body_has_its_row_of_the_list_of_bodies(client):
    whole = in_csv(client, "/ministries")

    assert in_csv(client, "/ministries/mohurd") == [row for row in whole if row["slug"] == "mohurd"]
    assert [row["正文简称"] for row in in_sheet(client, "/ministries/mohurd")] == ["住房城乡建设部"]
    assert client.get("/ministries/nobody.csv").status_code == 404


def test_more_areas_than_can_be_compared_are_refused_by_name(client):
    slugs = list(Region.objects.values_list("slug", flat=True)[:5])

    response = client.get("/compare.json?" + "&".join(f"region={slug}" for slug in slugs))

    assert response.status_code == 400
    assert [each["value"] for each in response.json()["errors"]] == slugs[4:]


@pytest.mark.parametrize("query", ["topic=ecological-compensation", "system=other&topic=regional-cooperation"])
def test_lines_are_those_of_the_topic_and_system_as_in_the_api(client, query):
    rows = in_csv(client, "/regions", f"?rows=priorities&{query}")
    answer = client.get(f"/api/v1/priorities/?page_size=100&{query}").json()

    assert urls(rows) == urls(answer["results"])
    every = in_csv(client, "/regions", f"?rows=priorities&lines=all&{query}")
    assert {row["slug"] for row in rows} <= {row["slug"] for row in every}
    assert len(every) > len(rows)


def test_lines_are_those_with_the_keyword_and_all_of_an_area_that_is_named(client):
    wet = in_csv(client, "/regions", "?rows=priorities&q=湿地")
    named = in_csv(client, "/regions", "?rows=priorities&q=怀柔")

    assert wet
    assert all("湿地" in row["制度创新重点"] for row in wet)
    assert len(named) == Priority.objects.filter(region__slug="beijing-huairou").count()


def test_lines_have_codes_and_names_then_and_now(client):
    [row] = [row for row in in_csv(client, "/compare", COMPARED) if row["url"].endswith("jing-jin-ji/#priority-1")]

    assert "蓟县" in row["行政区划"]
    assert "蓟州区" in row["行政区划现名"]
    assert ("120225" in row["印发时代码"], "120119" in row["现代码"]) == (True, True)
    assert set(row["与地区的关系"].split("、")) == {"组成单位"}


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=some.data())
def test_any_dossier_province_and_comparison_has_the_rows_of_its_page(client, data):
    model = data.draw(some.sampled_from([Topic, System, Province]))
    thing = data.draw(some.sampled_from([*model.objects.all()]), label="thing")
    path = thing.get_absolute_url()
    links = LexborHTMLParser(client.get(path).text).css(".card__title a" if model is Province else ".quote__number")
    assert urls(in_csv(client, path.rstrip("/"))) == [link.attributes["href"] for link in links]

    slugs = some.sampled_from([*Region.objects.values_list("slug", flat=True)])
    chosen = data.draw(some.lists(slugs, min_size=2, max_size=4, unique=True), label="areas")
    query = "?" + "&".join(f"region={slug}" for slug in chosen)
    links = LexborHTMLParser(client.get(f"/compare/{query}").text).css(".comparison__number")
    assert sorted(urls(in_csv(client, "/compare", query))) == sorted(link.attributes["href"] for link in links)
