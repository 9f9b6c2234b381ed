"""What an area consists of, as its page says it: only what was verified or is plainly customary."""

from typing import Any

from ..models import Division, Region, RegionKind, Section, Verification
from ..models.divisions import DivisionRole

# What a whole unit is called, by the kind of the area.
UNITS: dict[str, str] = {
    RegionKind.MUNICIPAL_DISTRICT: "区",
    RegionKind.CITY_DISTRICT: "区",
    RegionKind.SUB_PROVINCIAL_CITY: "市",
    RegionKind.PREFECTURE_CITY: "市",
    RegionKind.COUNTY_CITY: "市",
    RegionKind.COUNTY: "县",
    RegionKind.AUTONOMOUS_COUNTY: "县",
}


def membership(region: Region) -> dict[str, Any]:
    """Return what stands under 在名单上吗: `members` and `places` (divisions), what leads to them (`scope`), the
    `unit` that is listed whole, the names of those that only custom counts in (`customary`), and whether names and
    codes are today's, too (`is_unchanged`)."""
    of = {role: [row for row in region.shown_divisions if row.role == role] for role in DivisionRole.values}
    parts, itself = of[DivisionRole.COMPONENT], of[DivisionRole.SELF]
    unit = UNITS.get(region.kind, "") if region.verified_kind and itself and not parts else ""
    members = parts or itself
    return {
        "members": members,
        "places": of[DivisionRole.LOCATION],
        "scope": _scope(region, parts) if parts else f"列入的是整个{unit}：" if unit else "列入的是：",
        "unit": unit,
        "customary": [row.name_then for row in members if row.verification == Verification.CUSTOMARY],
        "is_unchanged": bool(members)
        and all((row.name_now, row.code_now) == (row.name_then, row.code_then) for row in members),
    }


def _scope(region: Region, parts: list[Division]) -> str:
    """Return how many parts there are; no number where one of them isn't for readers."""
    if len(parts) < sum(row.role == DivisionRole.COMPONENT for row in region.divisions.all()):
        return "查有出处的组成部分："
    return f"由{len(parts)}个{'县、市、区' if all(row.code_then for row in parts) else '部分'}组成："


def naming(region: Region, issued_name: str, duties: list[Section]) -> tuple[Section, str] | None:
    """Return the duty that names the area (as issued), and the sentence that does; None where none of them does."""
    for duty in duties:
        for sentence in duty.body.split("。"):
            if issued_name in sentence:
                return duty, f"{sentence}。"
    return None
