"""One answer in a sentence to a question about places: are they on the list, or in it, or not?"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.urls import reverse

from ..history.original import Issued
from ..models import Division, Province, Region, SearchEntry, Verification, in_provinces
from . import aliases
from .facet_sets import Snapshot, bits
from .fold import fold
from .gazetteer import Candidate, gazetteer
from .words import Word

FIRST, OUTSIDE = "2014年还有第一批", "不在第二批名单里。"
FIRST_BATCH = "另有2014年的第一批，本站没有收录。"
SOME_LISTED = "有的在名单里"  # the verdict of several places
MOST_NAMED = 6  # places of a question that are answered; areas of a unit that a sentence lists


@dataclass(frozen=True)
class Reply:
    """The one answer that stands first.

    kind: as the API says it. text: the sentence. limit: what it doesn't say. url, link: where to go on. areas: those
    that it is about, as bits. names: of places in the question. subject: the rest of it, looked for in the areas.
    choices: places of one name, each by a name that no other has, and what is said of it. word: the verdict, where it
    isn't the kind's. steps: why it is so, each a name and a remark, the last one the end. counted: the notice's
    areas in the units that it is about (primary keys), withdrawn ones, too.
    """

    kind: str
    text: str
    limit: str = ""
    url: str = ""
    link: str = ""
    areas: int = 0
    subject: str = ""
    names: tuple[str, ...] = ()
    choices: tuple[tuple[str, str], ...] = ()
    word: str = ""
    steps: tuple[tuple[str, str], ...] = ()
    counted: frozenset[int] = frozenset()

    @property
    def verdict(self) -> str:
        """Return the word beside the sentence."""
        number = f"有{len(self.counted)}个地区" if self.counted else ""
        return self.word or number or ("没有地区列入" if self.is_without_areas else _VERDICTS[self.kind])

    @property
    def tone(self) -> str:
        """Return how the page sets it: "yes" (it is on the list), "no" (it isn't), or "many" (neither)."""
        is_no = self.kind in _NO or self.is_without_areas
        if self.word == SOME_LISTED:
            return "many"
        return "no" if is_no else "yes" if self.kind in _YES else "many"

    @property
    def is_without_areas(self) -> bool:
        """Whether it is about a province-level unit that has no area in the notice."""
        return self.kind == "province" and not self.counted


_YES = ("listed", "within", "contains", "serial", "batch", "count", "ministry", "document", "duty", "province")
_NO = ("not-listed", "not-a-signatory", "unknown-number", "other-batch", "provinces-without", "nothing")
_VERDICTS = {
    "listed": "在名单里",
    "within": "在名单里（随全市）",
    "contains": "不是整市列入",
    "province": "省级单位",
    "not-listed": "不在名单里",
    "open": "通知没有列明",
    "ambiguous": "有几个同名",
    "serial": "序号",
    "batch": "第二批名单",
    "other-batch": "本站没有收录",
    "provinces-without": "没有地区的省份",
    "ask": "请再说一点",
    "ministry": "发文机关",
    "not-a-signatory": "不是发文机关",
    "document": "引用文件",
    "unknown-number": "没有这个文号",
    "duty": "第六条",
    "site": "本站",
    "nothing": "没有查到",
}


@dataclass
class Answer:
    """What a query found: areas (`regions`, by class of rank) and other things, and by which stage.

    `ranks` are sets of areas as bits, best first: whole name, in the names, anywhere. `marked` are the words to mark.
    """

    stage: str  # "typed", "loosened" or "none"
    regions: int = 0
    ranks: list[int] = field(default_factory=list)
    others: list[SearchEntry] = field(default_factory=list)
    marked: list[Word] = field(default_factory=list)
    suggestion: str = ""
    classified: list[str] = field(default_factory=list)  # words that only this site's classification has
    synonyms: int = 0  # of the areas, those that only the official words for what was typed find
    related: list[str] = field(default_factory=list)  # the notice's own words for a reader's term
    reply: Reply | None = None  # the one answer that stands first
    unused: list[str] = field(default_factory=list)  # what of the query had no effect
    without: list[str] = field(default_factory=list)  # what was excluded by a minus
    meant: str = ""  # what the query was read as (pinyin as its characters)

    @property
    def is_classified(self) -> bool:
        """Whether areas were found by this site's classification, not by the notice's words."""
        return bool(self.classified)

    @property
    def is_empty(self) -> bool:
        return not self.regions and not self.others


class _Members:
    """The divisions of the areas that the notice names, by code, and the province-level units around them.

    Read once for each state of the record: some 2 KB a row with its area, and a place of China is a row or two.
    """

    def __init__(self) -> None:
        rows = Division.all_objects.filter(withdrawn_on=None, region__is_issued=True).order_by(
            "region__serial", "position"
        )
        self.rows = list(rows.prefetch_related("region__notice", "region__province"))
        self.places: dict[str, set[int]] = defaultdict(set)  # a code, or the first four digits of it → of the rows
        for place, row in enumerate(self.rows):
            for code in filter(None, (row.code_then, row.code_now)):
                self.places[code].add(place)
                self.places[code[:4]].add(place)
        self.units = {unit.name: unit for unit in Province.objects.all()}
        self.areas_in = cache(self._areas_in)  # by unit, of which there are few
        self.without_members = cache(_without_members)
        regions = list(Region.all_objects.filter(is_issued=True).select_related("notice").order_by("serial"))
        originals = Issued(regions)
        words = {region: originals.words(region, ("serial", "name")) for region in regions}
        self.corrections = {
            region.pk: "".join(_correction(region, values)) for region, values in words.items() if values
        }
        self.numbered: dict[int, list[Region]] = defaultdict(list)  # first the area that the notice has so
        for region, values in words.items():
            self.numbered[values.get("serial", region.serial)].insert(0, region)
            if "serial" in values:
                self.numbered[region.serial].append(region)

    def corrected(self, regions: Iterable[Region]) -> str:
        """Return what was issued of the areas whose number or name isn't as issued, in sentences."""
        return "".join(self.corrections.get(region.pk, "") for region in regions)

    def _areas_in(self, unit: Province) -> tuple[str, str, frozenset[int]]:
        """Return how many areas a unit has in the notice, and which, as the end of a sentence; what was corrected;
        their primary keys."""
        rows = Region.all_objects.filter(in_provinces([unit.pk, *unit.children.values_list("pk", flat=True)]))
        regions = list(rows.filter(is_issued=True).order_by("serial"))
        if not regions:
            return "没有地区列入第二批。", "", frozenset()
        first, more = regions[:MOST_NAMED], "等" if len(regions) > MOST_NAMED else ""
        names = "、".join(
            f"{region.short_name}（第{region.serial}号{'，本站已撤下' if region.is_withdrawn else ''}）"
            for region in first
        )
        return f"有{len(regions)}个：{names}{more}。", self.corrected(first), frozenset(row.pk for row in regions)

    def of(self, codes: Iterable[str]) -> list[Division]:
        """Return the rows with one of the codes (four digits stand for all that begin with them), in order."""
        return [self.rows[place] for place in sorted(set().union(*(self.places.get(code, ()) for code in codes)))]


def members(state: Snapshot) -> _Members:
    if "members" not in state.memory:
        state.memory["members"] = _Members()
    return state.memory["members"]


def as_bits(regions: Iterable[Region], state: Snapshot) -> int:
    """Return areas as bits, those that are published."""
    return bits(len(state.pks), [state.place[region.pk] for region in regions if region.pk in state.place])


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
        region, name = row.region, self._full(row)
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

    def _full(self, row: Division) -> str:
        """Return the name, and today's with the unit around it where it changed (蓟县（今天津市蓟州区）)."""
        if not row.name_now or row.name_now == row.name_then:
            return row.name_then
        around = self.names.within(row.code_now)[:1]
        return f"{row.name_then}（今{''.join(map(self.names.name, around))}{row.name_now}）"

    def _province(self, place: Candidate) -> Reply | None:
        unit = self.members.units.get(place.name) if place.code.endswith("0000") else None
        return of_unit(unit, self.state) if unit else None

    def _contains(self, place: Candidate) -> Reply | None:
        prefix = place.code[:4] if place.code.endswith("00") else place.code
        regions = list(dict.fromkeys(row.region for row in self.members.of([prefix]) if row.is_shown))
        if not regions:
            return None
        named = "、".join(f"第{region.serial}号{region.short_name}" for region in regions)
        whole = "整市" if place.name.endswith("市") else "整个"
        steps = [self._step(place), (f"{place.name}没有{whole}列入", "附件里没有这样一行")]
        return self._about("contains", f"{place.label}不是{whole}列入；列入的是{named}。", regions, steps=steps)

    def _within(self, place: Candidate) -> Reply | None:
        """Return the answer for a place in a city that is listed: as it was when the notice named the city."""
        around = {f"{code[:4]}00" for code in self._codes_then(place)} - set(place.codes)
        for row in self.members.of(around):
            if row.role == "self" and row.is_shown:
                region, city = row.region, row.name_then
                text = f"{place.label}属{city}，{city}在第二批名单里，第{region.serial}号。"
                steps = [self._step(place), (city, f"{place.name}所在的市，代码{row.code_then}")]
                return self._about("within", text, [region], f"通知没有单独提到{place.name}。", steps)
        return None

    def _codes_then(self, place: Candidate) -> list[str]:
        """Return the codes that a place had in 2015, or those of one that is newer."""
        return [code for code in place.codes if self.names.rows[code][0]] or list(place.codes)

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
        if place.label != place.name:
            name = f"{place.name}（今{around}{place.now}）"
        of = f"{unit.short_name}{''.join(self.members.areas_in(unit)[:2])}" if unit else ""
        return Reply(
            "not-listed",
            f"{name}{OUTSIDE}",
            f"{of}{FIRST}，本站没有收录，所以不能由此说{place.name}从未入选。",
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

    def _step(self, place: Candidate) -> tuple[str, str]:
        around = "".join(map(self.names.name, self.names.within(place.code)))
        codes = "、".join(place.codes)
        return place.label, f"{around}，代码{codes}" if around else f"代码{codes}"


def _renamed(row: Division) -> Iterator[tuple[str, str]]:
    """Yield the names of a member then and now, with their codes."""
    yield row.name_then, f"2015年印发通知时的名称{f'，代码{row.code_then}' if row.code_then else ''}"
    if row.name_now and row.name_now != row.name_then:
        yield row.name_now, "，".join(filter(None, [row.remark.rstrip("。"), row.code_now and f"代码{row.code_now}"]))


def _without_members(prefix: str) -> list[Region]:
    """Return the areas across counties of a province-level unit of which no member is known."""
    rows = Region.all_objects.filter(
        kind="cross-city-area", divisions=None, is_issued=True, province__code=f"{prefix}0000"
    )
    return list(rows.select_related("notice").order_by("serial"))


def _correction(region: Region, words: dict[str, Any]) -> Iterator[str]:
    """Yield a sentence for each of an area's `words` as issued (name of the field → value) that were corrected."""
    if "serial" in words:
        yield f"第{region.serial}号的序号已更正，印发时是第{words['serial']}号。"
    if "name" in words:
        yield f"第{region.serial}号的名称已更正，印发时是“{words['name']}”。"


def of_unit(unit: Province, state: Snapshot) -> Reply:
    """Return the answer for a province-level unit, a 计划单列市 or the 兵团."""
    areas_in, corrections, counted = members(state).areas_in(unit)
    areas = state.bits["province"].get(unit.slug, 0)
    limit = f"本站增补了{count}个地区。" if (count := (areas & state.added).bit_count()) else ""
    if not counted:
        areas, limit = 0, ("" if unit.is_addressed else f"通知没有主送{unit.short_name}。") + limit + FIRST_BATCH
    text, limit = f"{unit.name}{areas_in}", f"{corrections}{limit}"
    return Reply("province", text, limit, unit.get_absolute_url(), f"看{unit.name}", areas, counted=counted)


def of_units(units: list[Province], state: Snapshot) -> Reply:
    """Return the answer for many units as one: how many areas they have together, and which of them have none."""
    replies, areas = [of_unit(unit, state) for unit in units], 0
    for reply in replies:
        areas |= reply.areas
    counted = frozenset().union(*(reply.counted for reply in replies))
    without = "、".join(unit.short_name for unit, reply in zip(units, replies, strict=True) if not reply.counted)
    names = "、".join(unit.short_name for unit in units)
    text = f"{names}一共有{len(counted)}个地区{f'，其中{without}没有' if without else ''}。"
    url = reverse("pilots:province-list")
    return Reply("province", text, FIRST_BATCH, url, "按省份找", areas, counted=counted)


def of_region(region: Region, name: str, state: Snapshot) -> Reply:
    """Return the answer for an area found by one of its own names."""
    later = f"（今{region.later_name}）" if region.later_name and name not in region.later_name else ""
    text = f"{region.short_name}{later}在第二批名单里，第{region.serial}号。"
    limit, kind = members(state).corrected([region]), "listed"
    limit += f"{aliases.FOUND}。" if aliases.is_unsaid(region, name, state) else ""
    if not region.is_issued:
        text, kind = f"{region.short_name}{later}不在通知的名单里，由本站增补（第{region.serial}号）。", "not-listed"
    return Reply(kind, text, limit, region.get_absolute_url(), f"看第{region.serial}号", 1 << state.place[region.pk])


def of_regions(regions: list[Region], typed: str, state: Snapshot) -> Reply:
    """Return the answer for areas of whose names, or of whose components' names, something was typed."""
    inside = _components(regions, fold(typed), state)
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


def _components(regions: list[Region], word: str, state: Snapshot) -> list[Division]:
    """Return the components with a word in their names, of areas whose own names don't have it."""
    others = {region.pk for region in regions if word not in fold(region.short_name)}
    rows = (row for row in members(state).rows if row.region_id in others and row.role == "component")
    return [row for row in rows if row.is_shown and word in fold(row.name_then)]
