"""Behaviours 47 and 49: every number of areas, lines and ministries that is said anywhere is the number of something.

The notice names 45 areas with 130 lines; here one area is withdrawn, two areas, three lines and a ministry are added.
"""

import csv
import io
import re

import pytest
from selectolax.lexbor import LexborHTMLParser

from pilots.models import Ministry, Notice, Priority, Province, Region, Signature, System, Topic, editing

from . import factories as make
from .pages import NOTICE

pytestmark = [pytest.mark.django_db, pytest.mark.once]
NAMED, LISTED, PUBLISHED, ADDED = 45, 44, 46, 2  # areas: in the notice; of those public; all that are; added
ISSUED = 130  # lines of the notice
TOPIC, UNIT = "/topics/ecological-red-lines/", "/provinces/fujian/"
PAGES = [
    *("/", "/en/", "/data/", "/matrix/", "/regions/", "/provinces/", "/topics/", "/systems/", "/notices/", NOTICE),
    *(
        "/ministries/",
        "/about/",
        "/compare/",
        "/regions/?province=fujian",
        "/regions/?q=第二批",
        "/regions/?q=多少个",
    ),
    *(TOPIC, "/systems/other/", UNIT, "/provinces/liaoning/", "/provinces/beijing/", "/regions/?q=谁发的"),
]
# What a page may say with a number, and the only number with which that is true. The first that fits counts.
TRUE = {
    r"通知列出、本站现公开的(\d+)个": LISTED,
    r"本站现公开的?(?:全部)?(\d+)个地区(?!、)": PUBLISHED,
    r"(?:由|不计|含)?本站增补的(\d+)个": ADDED,
    r"其中(\d+)个(?:地区)?由本站增补": ADDED,
    r"另有(\d+)个地区由本站增补": ADDED,
    r"另有(\d+)个已撤下": 1,
    r"名录 先行示范地区（(\d+)个）": PUBLISHED,
    r"全部：(\d+)个地区": PUBLISHED,
    r"(\d+)个 (?=第二批共)": NAMED,
    r"(?:^|第二批共|离任审计 |怀柔区等)(\d+)个地区": NAMED,
    r"共?(\d+)项制度创新重点": ISSUED,
    r"named (\d+) areas": NAMED,
    r"(\d+) areas are shown": PUBLISHED,
    r"(\d+) of them added": ADDED,
    r"(\d+) national bodies": 9,
    r"等(\d+)个部门": 9,
    r"共(\d+)个机关": 9,
    r"(九|十)个部门以": "九",
}
COUNTED = re.compile(r"(\d+) ?(?:个|项|行|areas|institutional)")
FILES = {
    "regions": "/regions.csv?",
    "priorities": "/regions.csv?rows=priorities&",
    "ministries": "/ministries.csv?",
}
MOST = 200  # characters of a keyword
LARGE = 40  # a number from here on counts areas or lines of the whole record


@pytest.fixture
def edited():
    """Withdraw an area; add two areas with a line each, a line of another area, and a ministry that signs."""
    notice, fujian = Notice.objects.get(), Province.objects.get(slug="fujian")
    topic, system = Topic.objects.get(slug="ecological-red-lines"), System.objects.get(is_other=True)
    themes = {"topics": [topic], "system": system, "is_issued": False}
    with editing(actor=None, reason="依来函"):
        make.overwrite(
            Region.objects.filter(slug="liaoning-benxi"), withdrawn_on="2026-01-01", withdrawn_reason="误登"
        )
        for serial in (46, 47):
            region = make.make_region(notice=notice, serial=serial, is_issued=False, province=fujian)
            make.make_priority(region=region, number=1, **themes)
        make.make_priority(region=Region.objects.get(serial=1), number=4, **themes)
        ministry = Ministry.objects.first()
        ministry.pk, ministry.slug, ministry.name, ministry.position = None, "added", "某部门", 90
        ministry.save()
        names = {"name": "某部", "name_raw": "某部", "position": 90}
        Signature.objects.create(notice=notice, ministry=ministry, is_issued=False, **names)


def said(client, path):
    tree = LexborHTMLParser(client.get(path).text)
    tables = ", details.fold, p:has(a[href='/data/fields/'])"  # how many rows each table has
    for node in tree.css("script, style" + tables * (path == "/data/")):
        node.decompose()
    return " ".join(tree.css_first("main").text(separator="").split())


def test_every_number_that_is_said_of_the_whole_is_true(client, edited):
    for path in PAGES:
        text = said(client, path)
        for pattern, number in TRUE.items():
            assert {*re.findall(pattern, text)} <= {str(number)}, (path, pattern)
            text = re.sub(pattern, "", text)
        large = {int(number) for number in COUNTED.findall(text) if int(number) >= LARGE}
        assert large <= rows(path), path
    assert [table["count"] for table in client.get("/data/").context["listings"]] == [
        PUBLISHED,
        Priority.objects.count(),
    ]


def rows(path):
    """Return how many areas and lines the lists of a page have, as the database counts them."""
    areas = Region.objects.filter(is_issued=True) if "q=" in path else Region.objects.all()
    counts = {areas.count(), Priority.objects.filter(region__in=areas).count()}
    return counts if path.startswith("/regions/") else {MOST} if path == "/data/" else set()


def test_numbers_of_themes_and_units_are_true(client, edited):
    home, english = client.get("/").text, client.get("/en/").text
    for model, path in ((Topic, "/topics/"), (System, "/systems/")):
        page = LexborHTMLParser(client.get(path).text)
        for theme in model.objects.all():
            lines = theme.priorities.all()
            issued, areas = lines.filter(is_issued=True).count(), lines.values("region").distinct().count()
            _, *cells = page.css_first(f"tr:has(a[href='{theme.get_absolute_url()}'])").css("td, th")
            numbers = [int(n) for cell in cells for n in re.findall(r"\d+", cell.text())]
            assert numbers == [areas, lines.count(), *filter(None, [lines.count() - issued])]
            if model is Topic:
                assert f"{theme.name}（{issued}项）" in home
                assert f"{theme.name}</span></a> ({issued})" in english
    listed = {unit.province.slug: unit.count for unit in client.get("/provinces/").context["units"]}
    assert {slug: listed[slug] for slug in ("fujian", "liaoning", "beijing")} == {
        "fujian": 0,
        "liaoning": 1,
        "beijing": 2,
    }
    assert "其中2个由本站增补" in said(client, "/regions/?province=fujian")
    assert "本站现公开8个地区、9项重点，分布在8个省级单位。其中3项由本站增补" in said(client, TOPIC)


@pytest.mark.parametrize(("path", "model"), [("topics", Topic), ("systems", System)])
def test_data_of_themes_part_the_lines_of_the_notice_from_those_added(client, edited, path, model):
    lines = {theme.slug: theme.priorities.all() for theme in model.objects.all()}
    counts = {slug: (each.count(), each.filter(is_issued=True).count()) for slug, each in lines.items()}
    rows = csv.DictReader(io.StringIO(client.get(f"/{path}.csv?bom=0").text))
    data = client.get(f"/api/v1/{path}/").json()["results"]

    assert {row["slug"]: (row["priority_count"], row["issued_count"]) for row in data} == counts
    assert {row["slug"]: (int(row["重点数"]), int(row["通知原有的重点数"])) for row in rows} == counts


def test_numbers_of_the_api_and_of_files_are_true(client, edited):
    counts = {
        name: client.get(f"/api/v1/{name}/").json()["count"] for name in ("regions", "priorities", "ministries")
    }
    (notice,) = [client.get(f"/api/v1{NOTICE}").json()]
    listed = {name: [*csv.DictReader(io.StringIO(client.get(f"{path}bom=0").text))] for name, path in FILES.items()}

    assert counts == {"regions": PUBLISHED, "priorities": Priority.objects.count(), "ministries": 10}
    assert sum(region["is_issued"] for region in notice["regions"]) == LISTED
    assert len(notice["regions"]) == PUBLISHED
    areas = {row["slug"]: (row["重点项数"], row["通知原有的项数"]) for row in listed["regions"]}
    assert areas["beijing-huairou"] == ("4", "3")
    assert sum(int(issued) for _, issued in areas.values()) == Priority.objects.filter(is_issued=True).count()
    assert {name: len(rows) for name, rows in listed.items() if name in counts} == counts


@pytest.mark.parametrize("path", ["/", "/en/"])
def test_number_of_the_site_is_said_where_it_equals_that_of_the_notice(client, edited, path):
    make.overwrite(Region.objects.filter(serial=47), withdrawn_on="2026-01-01", withdrawn_reason="误增")

    text = said(client, path)

    assert "本站现公开45个地区，其中1个由本站增补" in text or "45 areas are shown here at present, 1 of them" in text
