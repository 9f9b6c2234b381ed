import pytest
from django.http import QueryDict

from pilots.models import Region
from pilots.search.cards import cards
from pilots.search.filters import RegionFilter

pytestmark = pytest.mark.django_db


def serials(query):
    return sorted(RegionFilter(QueryDict(query), Region.objects.all()).qs.values_list("serial", flat=True))


def canonical(query):
    return RegionFilter(QueryDict(query), Region.objects.all()).query()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("province=zhejiang", [18]),
        ("province=ningbo", [18]),
        ("province=xinjiang", [43, 44, 45]),
        ("province=bingtuan", [45]),
        ("province=liaoning", [9, 10]),
        ("province=dalian", [9]),
        ("province=shandong", [21, 22]),
        ("province=qingdao", [22]),
        ("province=guangdong", [29, 30]),
        ("province=shenzhen", [30]),
        ("province=tianjin", [2, 4]),
        ("province=beijing&province=hebei", [1, 3, 4]),
        ("province=fujian", []),
        ("kind=joint-area&kind=county-city", [4, 6, 30]),
        ("topic=natural-resource-balance-sheets", [3, 7, 8, 9, 37]),
        ("topic=natural-resource-balance-sheets&province=neimenggu", [7, 8]),
        ("system=market-system&province=guangdong", [29]),
        ("q=湿地", [18, 26, 41, 43]),
        ("q=湿地 新疆", [43]),
        ("q=宁乡市", [28]),
        ("q=100%25", []),
    ],
)
def test_filter_finds(query, expected):
    assert serials(query) == expected


def test_empty_values_equal_absent_ones():
    assert serials("q=&province=&topic=&kind=&system=&sort=") == serials("")
    assert canonical("q=&province=&kind=&sort=serial") == ""


def test_repeated_values_count_once_in_one_canonical_order():
    assert canonical("kind=county&province=hebei&province=beijing&province=hebei&q=水") == (
        "?q=%E6%B0%B4&province=beijing&province=hebei&kind=county"
    )
    assert canonical("province=beijing&province=hebei") == canonical("province=hebei&province=beijing")


def test_unknown_names_are_in_no_link():
    assert canonical("utm_source=x&from=timeline&province=hebei") == "?province=hebei"


@pytest.mark.parametrize(
    "query", ["province[]=hebei", "province[0]=hebei", "province=hebei,beijing", "province=mars"]
)
def test_unknown_values_are_left_out(query):
    assert serials(query) == serials("")
    assert canonical(query) == ""


def test_unknown_values_are_named_once_and_at_most_ten():
    filterset = RegionFilter(QueryDict("province=mars&province=mars&kind=x&province=hebei"), Region.objects.all())
    many = RegionFilter(QueryDict("&".join(f"topic=t{n}" for n in range(1000))), Region.objects.all())

    assert filterset.unknown == [("province", "mars"), ("kind", "x")]
    assert len(many.unknown) == 10


@pytest.mark.parametrize("q", ["\x00湿地", "湿地\u200b", " 湿地　", "\u202e湿地"])
def test_keyword_drops_what_nobody_sees(q):
    query = QueryDict(mutable=True)
    query["q"] = q

    assert RegionFilter(query, Region.objects.all()).keyword == "湿地"


def test_keyword_has_at_most_200_characters():
    filterset = RegionFilter(QueryDict("q=" + "水" * 1_000_000), Region.objects.all())

    assert filterset.keyword == "水" * 200
    assert filterset.qs.count() == 0


def test_sort_by_province_follows_the_code():
    filterset = RegionFilter(QueryDict("sort=province"))
    order = [card.serial for card in cards(filterset.selection()[:], filterset.state)]

    assert order.index(34) < order.index(35) < order.index(37) < order.index(38)
    assert order.index(16) < order.index(19) < order.index(21)


def test_unknown_sort_counts_as_none():
    assert RegionFilter(QueryDict("sort=name"), Region.objects.all()).sort == "serial"


def test_filters_are_said_in_words():
    words = RegionFilter(QueryDict("q=湿地&kind=county&province=xinjiang&province=hebei&system=x")).words

    assert words == "省份 河北省、新疆维吾尔自治区；类型 县；关键词 湿地"
    assert RegionFilter(QueryDict("sort=province&page=2")).words == ""


@pytest.mark.parametrize(
    "query",
    ["", "q=", "q=%00水%E2%80%8B", "q=a&q=b", "province=&kind=county&kind=x", "topic=use-control&topic=use-control"],
)
def test_values_are_cleaned_as_the_form_does(query):
    filterset = RegionFilter(QueryDict(query), Region.objects.all())
    cleaned = filterset.cleaned
    assert not hasattr(filterset, "_form")  # which copies its fields for every request

    filterset.form.is_valid()

    assert cleaned == filterset.form.cleaned_data


def test_what_a_filter_knows_of_one_record_stays_with_its_request():
    one, other = (RegionFilter(QueryDict(query)).filters for query in ("q=a", "q=b"))

    assert one["q"].field is other["q"].field  # which knows nothing, and is made once
    assert one["batch"].extra["values"] is not other["batch"].extra["values"]
    assert "values" not in RegionFilter.base_filters["batch"].extra
