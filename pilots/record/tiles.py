"""「您的省在哪里（示意图，不是地图）」: equal tiles for the 34 province-level units, with the areas in each."""

import re
from collections import defaultdict
from dataclasses import dataclass, replace

from django.db.models import Count, F, Q

from ..models import Province, Region, Topic
from ..search import facet_sets

STEPS = 5  # shades; `--shade-1` … `--shade-5` in the stylesheets
PLAIN = 2  # the shade of a tile with areas, however many
MOST_NAMES = 3  # in a tile
MOST_CHARACTERS = 5  # of a name in a tile
# What a tile has no room for: 京津冀协同共建地区 is 京津冀, 本溪满族自治县 is 本溪县.
_OWN_NAME = re.compile(
    r"(..+?)(?:[^市区县]族自治(县)|协同共建地区|生态屏障|经济区|生态区|地区|流域|市|(?<!湾)区|县)?(?:（.*)?"
)


@dataclass(frozen=True)
class Unit:
    """A unit with the number of its areas: those of 计划单列市 and 兵团 count for their province too, a joint area
    once in each of its provinces; `shade` and `areas` (names) are for its tile; `inner` are the units inside it."""

    province: Province
    count: int
    shade: int
    inner: list["Unit"]
    areas: tuple[str, ...] = ()

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
    """Return the 34 province-level units in their order, each with what lies in it; of the areas that the notice has,
    counted as the facet counts."""
    state = facet_sets.current()
    counts = state.counts("province", state.listed)
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


def named(among: list[Unit], topic: Topic | None) -> list[Unit]:
    """Return the units with the names of their areas, all with areas in one shade; of a topic, with the areas that
    have it, and with the number of their lines about it."""
    condition = Q(priorities__topics=topic, priorities__withdrawn_on=None, priorities__is_issued=True)
    lines = Count("priorities", distinct=True, filter=condition)
    regions = Region.objects.filter(is_issued=True).order_by("notice", "serial").annotate(lines=lines)
    rows = (regions.filter(lines__gt=0) if topic else regions).values_list(
        "short_name", "lines", F("province"), F("partners")
    )
    root = {inner.province.pk: unit.province.pk for unit in among for inner in [*unit.inner, unit]}
    inside: dict[int, dict[str, int]] = defaultdict(dict)
    for name, count, *units in rows:
        for pk in filter(None, units):
            inside[root[pk]][name] = count
    if topic:
        among = [replace(unit, count=sum(inside[unit.province.pk].values())) for unit in among]
    most = max((unit.count for unit in among), default=0)
    return [
        replace(
            unit,
            shade=shade(unit.count, most) if topic else PLAIN * bool(unit.count),
            areas=_names(unit, [*inside[unit.province.pk]]),
        )
        for unit in among
    ]


def _names(unit: Unit, areas: list[str]) -> tuple[str, ...]:
    """Return areas as the tile of a unit has room for them; where not, without the city in which they lie."""
    cities = "|".join(inner.province.short_name for inner in unit.inner)
    names = [own_name(name) for name in areas[:MOST_NAMES]]
    names = [re.sub(f"^({cities})", "", name) if len(name) > MOST_CHARACTERS else name for name in names]
    return (*names, f"等{len(areas)}个") if len(areas) > MOST_NAMES else tuple(names)


def own_name(name: str) -> str:
    """Return an area's short name without what kind of place it is."""
    match = _OWN_NAME.fullmatch(name)
    return f"{match[1]}{match[2] or ''}" if match else name


def tiles(among: list[Unit]) -> list[Unit]:
    """Return those of the units that have a place in the grid, in the order in which the grid is read."""
    placed = [unit for unit in among if unit.province.tile_row and unit.province.tile_column]
    return sorted(placed, key=lambda unit: (unit.province.tile_row, unit.province.tile_column))
