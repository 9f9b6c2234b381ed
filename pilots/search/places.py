"""What the record knows of places of China and areas by their names: are they on the list, in it, or outside?"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from ..models import Division, Region, RegionKind, Verification
from . import aliases
from .answers import FIRST, OUTSIDE, Reply, as_bits, members, of_unit
from .facet_sets import Snapshot
from .gazetteer import Candidate, gazetteer, is_kind, short
from .text import fold

_MEMBERS = re.compile(
    r"(.{2,}?)(?:地区)?\s*(?:[都是的]|到底)*(?:包括|包含|含|涉及|由|有|在)?了?(?:哪些|哪几个|哪里|哪儿|哪[几一二三四五六]?)"
    r"(?:地级市|市县?|县市?|区县?|地方|城市)?(?:组成|在(?:里面|内|名单里))?[吗呢了?？]*"
)

_SMALL = ("街道", "乡镇", "镇", "乡", "村", "社区")  # what no area is made of in the notice
_UNSAID = re.compile(
    r"(.{2,}?)(?:地区)?\s*[都是的]*(?:(?:包括|包含|含|下辖|辖|涉及|有|由)了?(?:哪里|哪儿|(?:哪些|哪几个?|几个|多少个?|什么)"
    rf"({'|'.join(_SMALL)}|区县?|县区?|地方)?)(?:办事处|组成)?|(?:位于|坐落|属于?|归|在)+[于在]?(?:哪(?:一?个)?|什么)"
    r"(区县?|县区?|街道|镇|乡|市|城市|省份?))[吗呢了?？]*"
)


class Places:
    """What the record knows of places of China."""

    def __init__(self, state: Snapshot) -> None:
        self.state, self.names, self.members = state, gazetteer(state), members(state)

    def reply(self, place: Candidate) -> Reply:
        """Return the answer for one place."""
        for answer in (self._listed, self._province, self._contains, self._within, self._open):
            if found := answer(place):
                return found
        return self._not_listed(place)

    def _listed(self, place: Candidate) -> Reply | None:
        for row in self.members.of(place.codes):
            if row.role != "location" and row.is_shown:
                return self.on_the_list(row)
        return None

    def on_the_list(self, row: Division) -> Reply:
        """Return the answer for a division that is an area or one of its components."""
        region, name = row.region, self.full_name(row)
        text = f"{name}在第二批名单里，第{region.serial}号。"
        limit = ""
        if row.role == "component":
            text = f"{name}在第二批名单里，属于第{region.serial}号“{region.short_name}”。"
            limit = f"不是单独列名：通知写的是“{region.name}”。"
        if row.verification == Verification.CUSTOMARY:
            limit = f"通知写的是“{region.name}”，没有逐一列名；{row.name_then}在内是通行的说法。"
        is_other = row.role == "component" or row.name_now not in ("", row.name_then)
        return self._about("listed", text, [region], limit, _renamed(row) if is_other else ())

    def _about(
        self, kind: str, text: str, regions: list[Region], limit: str = "", steps: Iterable[tuple[str, str]] = ()
    ) -> Reply:
        """Return an answer about areas of the notice; what was withdrawn here is still in its annex."""
        first = regions[0]
        withdrawn = "、".join(
            f"第{region.serial}号" for region in regions if region.is_withdrawn and region.is_issued
        )
        limit += f"{withdrawn}已从本站撤下，通知的附件里仍有。" if withdrawn else ""
        limit += self.members.corrected(regions)
        url = (first.is_withdrawn and first.annex_url) or first.get_absolute_url()
        if steps:
            steps = (*steps, (first.name, f"通知附件第{first.serial}号的写法"))
        return Reply(
            kind, text, limit, url, f"看第{first.serial}号", as_bits(regions, self.state), steps=tuple(steps)
        )

    def full_name(self, row: Division) -> str:
        """Return its name, and today's with the unit around it where it changed (蓟县（今天津市蓟州区）)."""
        if not row.name_now or row.name_now == row.name_then:
            return row.name_then
        around = self.names.within(row.code_now)[:1]
        return f"{row.name_then}（今{''.join(map(self.names.name, around))}{row.name_now}）"

    def _province(self, place: Candidate) -> Reply | None:
        unit = self.members.units.get(place.name) if place.code.endswith("0000") else None
        return of_unit(unit, self.state) if unit else None

    def _contains(self, place: Candidate) -> Reply | None:
        prefix = place.code[:4] if place.code.endswith("00") else place.code
        rows = [row for row in self.members.of([prefix]) if row.is_shown]
        regions = list(dict.fromkeys(row.region for row in rows))
        if not regions:
            return None
        named = "、".join(f"第{region.serial}号{region.short_name}{self._part(region, rows)}" for region in regions)
        whole = "整市" if place.name.endswith("市") else "整个"
        steps = [self._step(place), (f"{place.name}没有{whole}列入", "附件里没有这样一行")]
        reply = self._about("contains", f"{place.label}不是{whole}列入；列入的是{named}。", regions, steps=steps)
        return replace(reply, word=f"不是{whole}列入")

    def _part(self, region: Region, rows: list[Division]) -> str:
        """Return which members of an area are among `rows`, where it has others elsewhere (廊坊: 三河市 …)."""
        own = [row for row in self.members.rows if row.region_id == region.pk and row.role == "component"]
        inside = [row for row in own if row in rows]
        if not inside or not any(row.code_then and row.is_shown and row not in rows for row in own):
            return ""
        is_customary = any(row.verification == Verification.CUSTOMARY for row in inside)
        return f"里的{'、'.join(row.name_then for row in inside)}{'（通行的说法）' if is_customary else ''}"

    def _within(self, place: Candidate) -> Reply | None:
        """Return the answer for a place in a city that is listed: as it was when the notice named the city."""
        # In 2015; of a place that is newer, since.
        codes = [code for code in place.codes if self.names.rows[code][0]] or list(place.codes)
        around = {f"{code[:4]}00" for code in codes} - set(place.codes)
        for row in self.members.of(around):
            if row.role == "self" and row.is_shown:
                region, city = row.region, row.name_then
                now = "" if place.then else "今"
                text = f"{place.label}{now}属{city}，{city}在第二批名单里，第{region.serial}号。"
                steps = [self._step(place), (city, f"{place.name}所在的市，代码{row.code_then}")]
                limit = f"通知没有单独提到{place.name}。{self._before(place, city) if now else ''}"
                return self._about("within", text, [region], limit, steps)
        return None

    def _before(self, place: Candidate, city: str) -> str:
        """Return what is to be known of a place that had no such name when the notice was issued: the one of its name
        wasn't in the city (莱芜市, now 莱芜区 in 济南市)."""
        codes = self.names.by_name[fold(short(place.now))]
        names = [
            then
            for code in codes
            for then, now in [self.names.rows[code]]
            if then and not now and code[:2] == place.code[:2]
        ]
        return f"印发时还没有这个名称{f'，当时的{names[0]}不属{city}' if names else ''}。"

    def _joined(self, place: Candidate) -> str:
        """Return what is to be known of a place that isn't on the list, but lies in a city that is by now."""
        alike = {code: self.names.rows[code] for code in self.names.by_name[fold(short(place.name))]}
        now = {code[:4]: name for code, (then, name) in alike.items() if not then and code[:2] == place.code[:2]}
        for row in self.members.of(f"{code}00" for code in now):
            if row.role == "self" and row.is_shown:
                city = f"{row.name_then}（第{row.region.serial}号）"
                return f"{now[row.code_then[:4]]}今属{city}，印发时{place.name}不属{row.name_then}。"
        return ""

    def _unnamed(self, place: Candidate) -> str:
        """Return which areas of the province have members that the notice doesn't name."""
        rows = [
            row
            for row in self.members.rows
            if row.verification == Verification.UNVERIFIED and row.role == "component"
        ]
        regions = dict.fromkeys(row.region for row in rows if row.region.province.code[:2] == place.code[:2])
        names = "、".join(f"第{region.serial}号“{region.short_name}”" for region in regions)
        return f"通知没有列明{names}由哪些市、县组成。" if names else ""

    def _open(self, place: Candidate) -> Reply | None:
        around = {f"{code[:4]}00" for code in place.codes} | set(place.codes)
        regions = [row.region for row in self.members.of(around) if row.verification == Verification.UNVERIFIED]
        regions = regions or self.members.without_members(place.code[:2])
        if not regions:
            return None
        region = regions[0]
        is_named = any(row.is_shown for row in self.members.rows if row.region_id == region.pk)
        text = f"通知没有列明第{region.serial}号“{region.short_name}”的组成，{place.label}是否在内，本站不作推定。"
        steps = [self._step(place), (region.short_name, "通知没有写由哪些县、市组成")]
        if is_named:
            text = f"通知没有写明{place.label}是否属于第{region.serial}号“{region.short_name}”，本站不作推定。"
            steps[1] = (region.short_name, "通知写了名称，没有写明范围")
        limit = "" if "不作推定" in region.open_points else region.open_points  # which is said
        return self._about("open", text, regions, limit, steps)

    def _not_listed(self, place: Candidate) -> Reply:
        around = "".join(map(self.names.name, self.names.within(place.code)))
        unit = self.members.units.get(self.names.name(f"{place.code[:2]}0000"))
        name = f"{place.name}（{around}）" if around else place.name
        if place.label != place.name and place.code.endswith("00") == place.codes[-1].endswith("00"):
            around_now = "".join(map(self.names.name, self.names.within(place.codes[-1])))
            name = f"{place.name}（今{around_now}{place.now}）"
        of = f"{unit.short_name}{''.join(self.members.areas_in(unit)[:2])}" if unit else ""
        return Reply(
            "not-listed",
            f"{name}{OUTSIDE}",
            f"{of}{self._joined(place)}{self._unnamed(place)}{FIRST}，本站没有收录，所以不能由此说{place.name}从未入选。",
            unit.get_absolute_url() if unit else "",
            f"看{unit.name}" if unit else "",
            steps=tuple(self._outside(place)),
        )

    def _outside(self, place: Candidate) -> Iterator[tuple[str, str]]:
        """Yield why a place isn't on the list: neither by its names, nor with the city around it."""
        yield self._step(place)
        yield "附件各地区的名称里没有它", "组成单位、现名和曾用名里也没有"
        for outer in self.names.within(place.code)[1:]:
            yield f"{self.names.name(outer)}也不在名单里", "所以它不是随全市列入的"

    def called(self, place: Candidate) -> str:
        """Return what a place was called when the notice was issued, and before where that has a source."""
        rows = [row for row in self.members.of(place.codes) if row.role != "location" and row.is_shown]
        then, now = (rows[0].name_then, rows[0].name_now) if rows else (place.then, place.now)
        if not then:
            return f"2015年印发通知时还没有{now}这个名称。"
        if now not in ("", then):
            return f"{now}在2015年印发通知时叫{then}。"
        return f"{then}在2015年印发通知时就叫这个名称。{aliases.former(then)}"

    def _step(self, place: Candidate) -> tuple[str, str]:
        around = "".join(map(self.names.name, self.names.within(place.code)))
        codes = "、".join(place.codes)
        return place.label, f"{around}，代码{codes}" if around else f"代码{codes}"


def _renamed(row: Division) -> Iterator[tuple[str, str]]:
    """Yield the names of a member then and now, with their codes."""
    yield row.name_then, f"2015年印发通知时的名称{f'，代码{row.code_then}' if row.code_then else ''}"
    if row.name_now and row.name_now != row.name_then:
        yield row.name_now, "，".join(filter(None, [row.remark.rstrip("。"), row.code_now and f"代码{row.code_now}"]))


def of_region(region: Region, name: str, state: Snapshot) -> Reply:
    """Return the answer for an area found by one of its own names."""
    later = f"（今{region.later_name}）" if region.later_name and name not in region.later_name else ""
    text = f"{region.short_name}{later}在第二批名单里，第{region.serial}号。"
    limit, kind = members(state).corrected([region]), "listed"
    limit += f"{aliases.FOUND}。" if aliases.is_unsaid(region, name, state) else ""
    if not region.is_issued:
        text, kind = f"{region.short_name}{later}不在通知的名单里，由本站增补（第{region.serial}号）。", "not-listed"
    return Reply(kind, text, limit, region.get_absolute_url(), f"看第{region.serial}号", 1 << state.place[region.pk])


def of_named(word: str, state: Snapshot) -> Reply | None:
    """Return the answer for the one area in whose name a word stands as one that is no place's (川西北, 浐灞): behind
    a place or a mark; 东部 says where it is."""
    name, atlas, regions, rows = fold(word), gazetteer(state).by_name, set(), members(state)
    if len(name) < 2 or name not in rows.names or is_kind(name) or re.fullmatch("[东南西北中]部|片区", name):
        return None
    for region in (row for pk, row in rows.listed.items() if pk in state.place):
        before, *behind = region.name.split(name, 1)
        if behind and (not before or before.endswith(("、", "（", "(", "兵团")) or any(map(before.endswith, atlas))):
            regions.add(region)
    return replace(of_regions([*regions], word, state), names=(word,)) if len(regions) == 1 else None


def of_regions(regions: list[Region], typed: str, state: Snapshot) -> Reply:
    """Return the answer for areas of whose names, or of whose components' names, something was typed."""
    word = fold(typed)
    others = {region.pk for region in regions if word not in fold(region.short_name)}
    rows = (row for row in members(state).rows if row.region_id in others and row.role == "component")
    inside = [row for row in rows if row.is_shown and word in fold(row.name_then)]
    if len(regions) == 1:
        return Places(state).on_the_list(inside[0]) if inside else of_region(regions[0], typed, state)
    holders = [row.region for row in inside]
    own = [region for region in regions if region not in holders]
    names = "、".join(f"{region.short_name}（第{region.serial}号）" for region in own or regions)
    text = f"名称里有“{typed}”的，名单里有{len(own or regions)}个：{names}。"
    if typed.isascii():
        text = f"拼音首字母是“{typed}”的，名单里有{len(regions)}个：{names}。"
    limit = "".join(f"第{row.region.serial}号的组成单位里有{row.name_then}。" for row in inside if own)
    areas = as_bits(regions, state)
    return Reply("listed", text, f"{limit}{members(state).corrected(regions)}", areas=areas)


def _of_members(name: str, state: Snapshot) -> Reply | None:
    """Return the answer for the members of the one area of that name that has some, or of those three of 北三县."""
    rows = [row for row in members(state).rows if row.is_shown and row.role == "component"]
    rows = [row for row in rows if row.region.pk in state.place and name in fold(row.region.name)]
    is_place = (
        is_kind(name) or name in gazetteer(state).by_name or any(row.name_then.startswith(name) for row in rows)
    )
    if is_place or len({row.region_id for row in rows}) != 1:
        return None
    region, customary = rows[0].region, [row for row in rows if row.verification == Verification.CUSTOMARY]
    part = f"里的“{name}”" if customary and name not in fold(region.short_name) else ""
    names = "、".join(Places(state).full_name(row) for row in (customary if part else rows))
    limit = f"通知写的是“{region.name}”。"
    if customary:
        usual = "、".join(row.name_then for row in customary)
        limit = f"通知写的是“{region.name}”，没有逐一列名；{usual}在内是通行的说法。"
    text = f"第{region.serial}号“{region.short_name}”{part}包括{names}。"
    url, areas = region.get_absolute_url(), as_bits([region], state)
    return Reply("listed", text, limit, url, f"看第{region.serial}号", areas)


def _unsaid(text: str, state: Snapshot) -> Reply | None:
    """Return the answer where a folded question asks what the notice doesn't say of an area: its streets, villages,
    or of what a zone of a city consists and in which district it lies (红岛包括哪些街道, 浐灞在哪个区)."""
    if not (match := _UNSAID.fullmatch(text)):
        return None
    places = gazetteer(state).candidates(match[1])
    zone = None if places else of_named(match[1], state)
    reply = zone or (Places(state).reply(places[0]) if len(places) == 1 and match[2] in _SMALL else None)
    if reply is None or reply.areas.bit_count() != 1 or reply.kind == "province":
        return None
    pk = state.pks[reply.areas.bit_length() - 1]
    rows = [row for row in members(state).rows if row.region_id == pk and row.is_shown]
    if zone and not rows and match[2] not in _SMALL and not match[3]:
        return None  # 川西北包括哪里
    around = "、".join(row.name_then for row in rows if row.role == "location" and zone)
    if match[3] and match[3][0] in "市城省":  # 东部湾区在哪个市, 川西北在哪个省
        units = Region.all_objects.get(pk=pk).provinces if match[3][0] == "省" else []
        around = "、".join((unit.parent or unit).name for unit in units) or around
        return replace(reply, text=f"{reply.text}它在{around}。", names=()) if around else None
    if zone and any(row.role == "component" for row in rows):
        return None
    around = f"它在{around}，" if around else ""
    what = f"包括哪些{match[2] or '地方'}" if match[3] is None else f"在哪个{match[3]}"
    return replace(reply, text=f"{reply.text}{around}通知没有写它{what}，本站不作推定。", names=())


def members_of(text: str, state: Snapshot) -> Reply | None:
    """Return the answer for areas, of which the notice may name no members, where a folded question asks for them
    (东部湾区包括哪里, 川西北包括哪里, 四川哪些县在里面); None where it doesn't."""
    if reply := _unsaid(text, state):
        return reply
    match = _MEMBERS.fullmatch(text)
    rows = members(state)
    if not match or len(match[1]) < 2:
        return None
    if reply := _of_members(match[1], state):
        return reply
    with_members = {row.region_id for row in rows.rows if row.is_shown}
    if re.search("有(?:哪些|哪几个)(?:地区|地方)?[吗呢了?？]*$", text) and fold(match[1]) in gazetteer(state).by_name:
        return None  # 四川有哪些
    regions = [
        region
        for region in rows.listed.values()
        if region.kind == RegionKind.CROSS_CITY_AREA and region.pk not in with_members
        if fold(match[1]) in map(fold, (region.province.name, region.province.short_name))
        or (len(match[1]) > 2 and fold(match[1]) in fold(region.short_name))
    ]
    if not regions:
        return None
    names = "、".join(f"第{region.serial}号“{region.short_name}”" for region in regions)
    text, areas = f"通知没有列明{names}由哪些县、市组成，本站不作推定。", as_bits(regions, state)
    url = (regions[0].is_withdrawn and regions[0].annex_url) or regions[0].get_absolute_url()
    return Reply("open", text, "", url, f"看第{regions[0].serial}号", areas)
