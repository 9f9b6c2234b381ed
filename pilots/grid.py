"""「分省索引（示意，非地图）」: equal tiles for the 34 province-level units, with the number of areas in each."""

from typing import NamedTuple

from .models import Province
from .search import snapshot


class Unit(NamedTuple):
    """A unit with the number of its areas: those of 计划单列市 and 兵团 count for their province too, a joint area
    once in each of its provinces; `inner` are the units inside it."""

    province: Province
    count: int
    inner: list["Unit"]


def units() -> list[Unit]:
    """Return the 34 province-level units in their order, each with what lies in it; counted as the facet counts."""
    state = snapshot.current()
    counts = state.counts("province", state.everything)
    rows = [Unit(row, counts.get(row.slug, 0), []) for row in Province.objects.order_by("position")]
    by_pk = {unit.province.pk: unit for unit in rows}
    for unit in rows:
        if unit.province.parent_id is not None:
            by_pk[unit.province.parent_id].inner.append(unit)
    return [unit for unit in rows if unit.province.parent_id is None]


def tiles() -> list[Unit]:
    """Return the units that have a place in the grid, in the order in which the grid is read."""
    placed = [unit for unit in units() if unit.province.tile_row and unit.province.tile_column]
    return sorted(placed, key=lambda unit: (unit.province.tile_row, unit.province.tile_column))
