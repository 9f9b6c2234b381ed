"""「分省索引（示意，非地图）」: equal tiles for the 34 province-level units, with the number of areas in each."""

from typing import NamedTuple

from .models import Province
from .search import snapshot

STEPS = 5  # shades; `--shade-1` … `--shade-5` in the stylesheets


class Unit(NamedTuple):
    """A unit with the number of its areas: those of 计划单列市 and 兵团 count for their province too, a joint area
    once in each of its provinces; `shade` is for its tile; `inner` are the units inside it."""

    province: Province
    count: int
    shade: int
    inner: list["Unit"]

    @property
    def without_code(self) -> list["Unit"]:
        """What lies in it and has areas, but no code and so no tile of its own: the 兵团 in 新疆."""
        return [unit for unit in self.inner if unit.count and not unit.province.code]


def shade(count: int, most: int) -> int:
    """Return the shade of a count: its share of the largest number in fifths, rounded up; 0 for none.

    So the largest is darkest in every picture, equal numbers look equal, and one area is never invisible.
    """
    return -(-STEPS * count // most) if count else 0


def units() -> list[Unit]:
    """Return the 34 province-level units in their order, each with what lies in it; counted as the facet counts."""
    state = snapshot.current()
    counts = state.counts("province", state.everything)
    most = max(counts.values(), default=0)
    rows = [
        Unit(row, counts.get(row.slug, 0), shade(counts.get(row.slug, 0), most), [])
        for row in Province.objects.order_by("position")
    ]
    by_pk = {unit.province.pk: unit for unit in rows}
    for unit in rows:
        if unit.province.parent_id is not None:
            by_pk[unit.province.parent_id].inner.append(unit)
    return [unit for unit in rows if unit.province.parent_id is None]


def tiles(among: list[Unit]) -> list[Unit]:
    """Return those of the units that have a place in the grid, in the order in which the grid is read."""
    placed = [unit for unit in among if unit.province.tile_row and unit.province.tile_column]
    return sorted(placed, key=lambda unit: (unit.province.tile_row, unit.province.tile_column))
