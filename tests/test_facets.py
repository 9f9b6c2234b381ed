import pytest
from django.http import QueryDict

from pilots.models import Document, Notice, Region, editing, together
from pilots.search import facets
from pilots.search.filters import RegionFilter

from . import factories as make

pytestmark = pytest.mark.django_db


def finished(query):
    return {facet.name: facet for facet in facets.build(RegionFilter(QueryDict(query), Region.objects.all()))}


def counts(query, name):
    return {value.value: value.count for value in finished(query)[name].values}


def total(query):
    return RegionFilter(QueryDict(query), Region.objects.all()).qs.count()


@pytest.mark.parametrize(
    "query",
    ["", "q=湿地", "province=hebei", "kind=county&q=建立", "topic=performance-evaluation&province=xinjiang"],
)
def test_count_is_the_length_of_the_list_after_choosing_the_value_alone(query):
    for name, facet in finished(query).items():
        others = QueryDict(query, mutable=True)
        others.pop(name, None)
        for value in facet.values:
            assert value.count == total(f"{others.urlencode()}&{name}={value.value}"), (name, value)


def test_joint_area_counts_once_in_each_of_its_provinces_and_once_in_the_list():
    provinces = counts("kind=joint-area", "province")

    assert (provinces["beijing"], provinces["tianjin"], provinces["hebei"], provinces["guangdong"]) == (
        1,
        1,
        1,
        1,
    )
    assert total("kind=joint-area") == 2
    assert total("province=beijing&province=tianjin&province=hebei&kind=joint-area") == 1


def test_sum_over_provinces_is_47_and_not_the_total():
    roots = [value.count for value in finished("")["province"].values if not value.is_child]

    assert sum(roots) == 47
    assert len(roots) == 34


def test_units_inside_a_province_count_for_it():
    provinces = counts("", "province")

    assert (provinces["zhejiang"], provinces["ningbo"]) == (1, 1)
    assert (provinces["xinjiang"], provinces["bingtuan"]) == (3, 1)
    assert (provinces["liaoning"], provinces["dalian"]) == (2, 1)


def test_province_facet_is_complete_on_an_empty_page():
    values = finished("q=没有这样的词")["province"].values

    assert len(values) == 39
    assert not any(value.count for value in values)


def test_chosen_value_without_hits_stays_listed_ticked_and_removable():
    query = "q=湿地&topic=rule-of-law&kind=autonomous-county"
    filterset = RegionFilter(QueryDict(query), Region.objects.all())

    topic = [value for value in finished(query)["topic"].values if value.is_chosen]
    assert [(value.value, value.count) for value in topic] == [("rule-of-law", 0)]
    assert ("主题：生态文明法治", "?q=%E6%B9%BF%E5%9C%B0&kind=autonomous-county") in facets.chips(filterset)


def test_child_stands_right_behind_its_province():
    values = [value.value for value in finished("")["province"].values]

    assert values[values.index("zhejiang") + 1] == "ningbo"
    assert values[values.index("xinjiang") + 1] == "bingtuan"


def test_removing_a_chip_keeps_keyword_sort_and_the_other_chips():
    filterset = RegionFilter(
        QueryDict("q=水&sort=province&kind=county&province=xinjiang&page=3"), Region.objects.all()
    )

    assert [query for _, query in facets.chips(filterset)] == [
        "?q=%E6%B0%B4&kind=county&sort=province",
        "?q=%E6%B0%B4&province=xinjiang&sort=province",
    ]


def test_facets_take_one_query_whatever_the_data(django_assert_num_queries):
    def build():
        return facets.build(RegionFilter(QueryDict("province=hebei&kind=county")))

    for _ in range(2):
        build()
        with django_assert_num_queries(1):
            build()
        with together():
            for _ in range(30):
                make.make_priority(topics=[make.make_topic()])


def relations():
    """Return the relations to the notice that each area's documents have, as readers see them."""
    rows = [row for row in Document.objects.all() if row.is_shown]
    return {
        pk: {row.relation for row in rows if row.region_id == pk}
        for pk in Region.objects.values_list("pk", flat=True)
    }


def test_area_counts_by_each_relation_of_its_documents_or_as_one_of_which_nothing_was_found():
    of_areas = relations().values()

    assert counts("", "after") == {
        name: sum(name in (of_area or {"none"}) for of_area in of_areas)
        for name in ("direct", "same_topic", "successor", "none")
    }
    assert len(of_areas) < sum(counts("", "after").values())


def test_document_without_a_source_to_look_up_counts_nowhere():
    before = counts("", "after")
    region = Region.objects.get(pk=next(pk for pk, of_area in relations().items() if not of_area))
    document = make.make_document(region=region, relation="direct", finding="写到。", source="网上看到的")
    assert counts("", "after") == before

    document.source = "https://www.gov.cn/a/b.html"
    document.save()
    assert counts("", "after")["direct"] == before["direct"] + 1


def test_facet_follows_documents_and_says_nothing_where_nobody_has_looked():
    before = counts("", "after")
    rows = Document.objects.filter(relation="direct")
    slug = next(row.region.slug for row in rows if row.is_shown)
    with editing(reason="不是这份通知"), together():
        for row in rows.filter(region__slug=slug):
            row.relation = "successor"
            row.save()
    assert counts("", "after")["direct"] == before["direct"] - 1

    with editing(reason="另查"):
        notice = Notice.objects.get()
        notice.searched_on = None
        notice.save()
    assert "none" not in counts("", "after")
    assert RegionFilter(QueryDict()).state.values("after") == [
        "direct",
        "same_topic",
        "successor",
        "none",
    ]  # the nearest first
    assert RegionFilter(QueryDict("after=direct")).title(3) == "3个先行示范地区（后续：点名）"


def test_a_facet_is_made_once_while_its_counts_and_the_record_are_the_same():
    kind, province = (finished("kind=county")[name] for name in ("kind", "province"))

    assert finished("kind=county&sort=province")["kind"] is kind
    assert finished("kind=county-city")["kind"] is not kind

    make.make_topic()

    assert finished("kind=county")["province"] is not province


def test_values_of_a_facet_are_listed_once_for_each_state_of_the_record():
    def values():
        return RegionFilter(QueryDict("")).state.values("topic")

    first = values()
    assert values() is first

    topic = make.make_topic()

    assert {*values()} - {*first} == {topic.slug}
