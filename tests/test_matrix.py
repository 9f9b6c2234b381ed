"""The heat tables: every cell against the list that it leads to, and against the record itself."""

from collections import Counter

import pytest
from django.http import QueryDict
from selectolax.lexbor import LexborHTMLParser

from pilots.models import Province, Region, RegionKind, System, Topic
from pilots.record import matrix
from pilots.search import facets
from pilots.search.filters import RegionFilter

from . import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def tables():
    return matrix.tables(RegionFilter())


def cells(table):
    return [
        *table["totals"],
        table["total"],
        *(cell for row in table["rows"] for cell in row["cells"]),
        *(row["total"] for row in table["rows"]),
    ]


def of_the_record():
    """Count areas by the short names of (province, topic) and (kind, system), from the rows themselves."""
    topics, systems = Counter(), Counter()
    for region in Region.objects.select_related("province__parent").prefetch_related("partners__parent"):
        units = {(unit.parent or unit).short_name for unit in region.provinces}
        themes = {topic.name for topic in Topic.objects.filter(priorities__region=region)}
        topics.update((unit, theme) for unit in units for theme in themes)
        mains = set(System.objects.filter(priorities__region=region).values_list("short_name", flat=True))
        kinds = [region.get_kind_display(), *(["计划单列市"] if region.is_in_separate_city else [])]
        systems.update((kind, main) for kind in kinds for main in mains)
    return topics, systems


def counted(table):
    """Return (column, row) → number for the cells of a table that are not empty."""
    return {
        (column, row["head"][0]): cell.count
        for row in table["rows"]
        for (column, _), cell in zip(table["columns"], row["cells"], strict=True)
        if cell.count
    }


@pytest.mark.parametrize("name", ["topics", "systems"])
def test_every_number_is_the_length_of_the_list_that_it_leads_to(name):
    for cell in cells(tables()[name]):
        filterset = RegionFilter(QueryDict(cell.query.removeprefix("?")))
        assert filterset.query() == cell.query
        if cell.count:
            assert len(filterset.selection()) == filterset.qs.count() == cell.count, cell.label


def test_every_cell_counts_as_the_record_does():
    topics, systems = of_the_record()

    assert counted(tables()["topics"]) == topics
    assert counted(tables()["systems"]) == systems


def test_totals_count_every_area_once():
    for table in tables().values():
        assert table["total"].count == Region.objects.count()
        for row in table["rows"]:
            model = Topic if table is tables()["topics"] else System
            theme = model.objects.get(**{"name" if model is Topic else "short_name": row["head"][0]})
            assert (
                row["total"].count == Region.objects.filter(priorities__in=theme.priorities.all()).distinct().count()
            )


def test_columns_are_the_provinces_with_areas_and_the_rest_is_named():
    table = tables()["topics"]
    names = [label for label, _ in table["columns"]]

    assert table["absent"] == ["福建", "江西", "贵州", "云南", "青海", "台湾", "香港", "澳门"]
    assert len(names) + len(table["absent"]) == Province.objects.province_level().count() == 34
    assert "宁波" not in names
    assert len(table["rows"]) == Topic.objects.count()


def test_what_lies_in_a_province_counts_for_it_and_joint_areas_in_each():
    totals = {
        label: cell.count
        for (label, _), cell in zip(tables()["topics"]["columns"], tables()["topics"]["totals"], strict=True)
    }

    assert (totals["新疆"], totals["浙江"], totals["北京"], totals["天津"]) == (3, 1, 2, 2)
    assert sum(totals.values()) == 47


def test_tables_follow_the_record():
    make.make_priority(
        region=make.make_region(province=Province.objects.get(slug="fujian"), kind="county"),
        topics=[Topic.objects.get(slug="rule-of-law")],
    )

    table = tables()["topics"]

    assert "福建" not in table["absent"]
    assert counted(table)[("福建", "生态文明法治")] == 1


def test_key_covers_every_number_once():
    for table in tables().values():
        most = max(cell.count for row in table["rows"] for cell in row["cells"])
        stands_for = [n for _, low, high in table["key"] for n in range(low, high + 1)]
        assert stands_for == list(range(1, most + 1))


def page(client):
    return LexborHTMLParser(client.get("/matrix/").text)


def test_page_is_two_tables_with_captions_and_heads(client):
    found = page(client).css("table")

    assert [len(table.css("caption")) for table in found] == [1, 1]
    assert [len(table.css("tbody th[scope=row]")) for table in found] == [26, 10]
    assert [len(table.css("thead th[scope=col]")) for table in found] == [28, 3 + len(RegionKind.values)]
    for table in found:
        width = len(table.css("thead th"))
        assert all(len(row.css("th, td")) == width for row in table.css("tr"))


def test_cell_says_to_a_listener_what_it_counts_and_empty_ones_lead_nowhere(client):
    tree = page(client)
    link = tree.css_first("a[href='/regions/?province=xinjiang&topic=performance-evaluation']")

    assert link.text() == "新疆 考核评价：3个地区"
    assert "heat--5" in link.parent.attributes["class"]
    for cell in tree.css("td"):
        assert (cell.text(strip=True) == "0") == (cell.css_first("a") is None)


def test_page_tells_a_phone_that_it_can_swipe(client):
    assert [hint.text() for hint in page(client).css(".matrix__hint")] == ["可上下左右滑动，表头和左边一列不动。"] * 2


def test_page_says_how_it_counts(client):
    text = page(client).css_first("main").text()

    assert "跨省地区在各省分别计数，合计不等于总数" in text
    assert "名录中还没有地区的省级单位：福建、江西、贵州、云南、青海、台湾、香港、澳门。" in text
    unverified = [region.serial for region in Region.objects.all() if not region.verified_kind]
    assert 0 < len(unverified) < 45
    assert f"类型由本站归类，{len(unverified)}个地区的类型还没有出处，也按本站的归类计入。" in text


@pytest.mark.parametrize("facet", ["topic", "system"])
def test_provinces_of_a_theme_count_as_the_facet_does(facet):
    for value in RegionFilter().state.values(facet):
        counts = {
            shown.value: shown.count for shown in facets.build(RegionFilter(QueryDict(f"{facet}={value}")))[0].values
        }
        found = [unit for place in matrix.places(RegionFilter(), facet, value) for unit in (place, *place.inner)]
        assert [place.count for place in found] == [count for count in counts.values() if count]
        for place in found:
            assert len(RegionFilter(QueryDict(place.query[1:])).selection()) == place.count


def test_theme_names_the_provinces_that_work_on_it_and_the_units_inside_them(client):
    tree = LexborHTMLParser(client.get("/topics/performance-evaluation/").text)
    said = {node.text(): node.attributes["href"] for node in tree.css(".places__link")}

    assert said["新疆3个地区"] == "/regions/?province=xinjiang&topic=performance-evaluation"
    assert said["其中兵团1个地区"] == "/regions/?province=bingtuan&topic=performance-evaluation"
    assert "跨省地区在各省分别计数，合计不等于总数" in tree.css_first(".theme__places").text()
