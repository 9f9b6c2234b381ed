"""「分省索引（示意，非地图）」: equal tiles for the 34 province-level units, with the number of areas in each."""

from typing import NamedTuple

from django.db.models import Count

from .models import Province


class Unit(NamedTuple):
    """A unit with its areas: those of 计划单列市 and 兵团 count for their province too; `inner` are those units."""

    province: Province
    count: int
    inner: list["Unit"]


def units() -> list[Unit]:
    """Return the 34 province-level units in their order, each with what lies in it. One query.

    A joint area counts once in each of its provinces (it is in `regions` of the first-named one and in
    `joint_regions` of the others).
    """
    rows = list(
        Province.objects.annotate(
            own=Count("regions", distinct=True), joint=Count("joint_regions", distinct=True)
        ).order_by("position")
    )
    inner: dict[int, list[Unit]] = {}
    for row in rows:
        if row.parent_id is not None:
            inner.setdefault(row.parent_id, []).append(Unit(row, row.own + row.joint, []))
    return [_unit(row, inner.get(row.pk, [])) for row in rows if row.parent_id is None]


def _unit(row: Province, inner: list[Unit]) -> Unit:
    return Unit(row, row.own + row.joint + sum(unit.count for unit in inner), inner)


def tiles() -> list[Unit]:
    """Return the units that have a place in the grid, in the order in which the grid is read."""
    placed = [unit for unit in units() if unit.province.tile_row and unit.province.tile_column]
    return sorted(placed, key=lambda unit: (unit.province.tile_row, unit.province.tile_column))
