import pytest
from selectolax.lexbor import LexborHTMLParser

from pilots import grid
from pilots.models import Province, Region

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def test_units_are_the_34_with_what_lies_in_them():
    units = {unit.province.slug: unit for unit in grid.units()}

    assert len(units) == 34
    assert [(inner.province.slug, inner.count) for inner in units["xinjiang"].inner] == [("bingtuan", 1)]
    assert (units["xinjiang"].count, units["beijing"].count, units["fujian"].count) == (3, 2, 0)
    assert sum(unit.count for unit in units.values()) == 47


def test_tile_of_xinjiang_has_a_label_for_the_corps_and_no_other_tile_has_one(client):
    assert {unit.province.slug: [inner.province.slug for inner in unit.without_code] for unit in grid.units()} == {
        unit.province.slug: ["bingtuan"] if unit.province.slug == "xinjiang" else [] for unit in grid.units()
    }

    [label] = LexborHTMLParser(client.get("/").text).css(".tile__inner")

    assert label.text() == "其中兵团1个"
    assert label.parent.attributes["href"] == "/provinces/xinjiang/"


def test_tiles_stand_apart_and_are_read_row_by_row():
    places = [(unit.province.tile_row, unit.province.tile_column) for unit in grid.tiles(grid.units())]

    assert len(set(places)) == 34
    assert places == sorted(places)


def test_counts_follow_the_record():
    Region.objects.get(serial=1).partners.add(Province.objects.get(slug="fujian"))

    assert {unit.province.slug: unit.count for unit in grid.units()}["fujian"] == 1


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
    assert grid.shade(count, most) == shade


def test_one_area_is_never_invisible():
    assert grid.shade(1, 1_000_000) == 1
