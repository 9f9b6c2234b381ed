import pytest
from django.db.models import Q

from pilots.models import Province, Region, Topic
from pilots.record import tiles

from . import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def test_units_are_the_34_with_what_lies_in_them():
    units = {unit.province.slug: unit for unit in tiles.units()}

    assert len(units) == 34
    assert [(inner.province.slug, inner.count) for inner in units["xinjiang"].inner] == [("bingtuan", 1)]
    assert (units["xinjiang"].count, units["beijing"].count, units["fujian"].count) == (3, 2, 0)
    assert sum(unit.count for unit in units.values()) == 47


def test_only_xinjiang_has_areas_in_a_unit_without_code():
    assert {unit.province.slug: [inner.province.slug for inner in unit.without_code] for unit in tiles.units()} == {
        unit.province.slug: ["bingtuan"] if unit.province.slug == "xinjiang" else [] for unit in tiles.units()
    }


def test_tiles_name_their_areas_in_few_characters():
    names = {unit.province.short_name: unit.areas for unit in tiles.named(tiles.units(), None)}

    assert names["河北"] == ("秦皇岛", "京津冀")
    assert names["新疆"] == ("昭苏", "哈巴河", "阿拉尔")
    assert names["辽宁"] == ("大连", "本溪县")
    assert names["广东"] == ("东莞", "东部湾区")
    assert names["重庆"] == ("大娄山",)
    assert names["福建"] == ()
    assert max(len(name) for each in names.values() for name in each) <= tiles.MOST_CHARACTERS


def test_of_many_areas_a_tile_names_the_first():
    for number in range(2):
        make.make_region(province=Province.objects.get(slug="xinjiang"), short_name=f"某某{number}市")

    [xinjiang] = [unit for unit in tiles.named(tiles.units(), None) if unit.province.slug == "xinjiang"]

    assert (xinjiang.count, xinjiang.areas[-1]) == (5, "等5个")


@pytest.mark.parametrize("slug", ["ecological-compensation", "rule-of-law"])
def test_tiles_of_a_topic_count_its_lines_and_name_their_areas(slug):
    topic = Topic.objects.get(slug=slug)
    units = tiles.named(tiles.units(), topic)

    for unit in units:
        inside = Q(region__province__in=[unit.province.pk, *(inner.province.pk for inner in unit.inner)])
        lines = topic.priorities.filter(inside | Q(region__partners=unit.province)).distinct()
        assert unit.count == lines.count(), unit.province
        assert len(unit.areas) == len({line.region_id for line in lines})
        assert (unit.shade > 0) == (unit.count > 0)
    assert max(unit.shade for unit in units) == tiles.STEPS


def test_tiles_stand_apart_and_are_read_row_by_row():
    places = [(unit.province.tile_row, unit.province.tile_column) for unit in tiles.tiles(tiles.units())]

    assert len(set(places)) == 34
    assert places == sorted(places)


def test_counts_follow_the_record():
    Region.objects.get(serial=1).partners.add(Province.objects.get(slug="fujian"))

    assert {unit.province.slug: unit.count for unit in tiles.units()}["fujian"] == 1


@pytest.mark.parametrize(
    ("count", "most", "shade"),
    [
        (0, 3, 0),
        (1, 3, 2),
        (2, 3, 4),
        (3, 3, 5),
        (1, 1, 5),
        (1, 14, 1),
        (2, 14, 1),
        (3, 14, 2),
        (14, 14, 5),
        (0, 0, 0),
    ],
)
def test_shade_is_the_share_of_the_largest_number_in_fifths(count, most, shade):
    assert tiles.shade(count, most) == shade


def test_one_area_is_never_invisible():
    assert tiles.shade(1, 1_000_000) == 1
