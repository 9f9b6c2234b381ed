"""What a search answers: the answer and its sentence, the members of areas by code, and province-level units."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from django.urls import reverse

from ..history.original import Issued
from ..models import Division, Province, Region, SearchEntry, in_provinces
from .facet_sets import Snapshot, bits
from .text import Word, fold

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
_OF_AREAS = ("listed", "within", "contains", "open", "serial")  # answers that name areas
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
    reasons: dict[str, str] = field(default_factory=dict)  # why; what isn't in it wasn't found
    without: list[str] = field(default_factory=list)  # what was excluded by a minus
    subject: str = ""  # the rest of a query of which something was to be excluded
    clause: Reply | None = None  # what the notice says of a word, beside the areas that have it
    meant: str = ""  # what the query was read as (pinyin as its characters)

    @property
    def dropped(self) -> dict[str, str]:
        """Return why each word that had no effect had none."""
        return {word: self.reasons.get(word, "没有查到") for word in self.unused}

    @property
    def whole_reply(self) -> Reply | None:
        """Return the reply; it names what of the query had no effect, also where its sentence doesn't."""
        said = re.findall("“([^”]*)”", f"{self.reply.text}{self.reply.limit}") if self.reply else []
        silent = [word for word in self.dropped if not any(word in words for words in said)]
        limit = "".join(f"没有用上“{word}”（{self.dropped[word]}）。" for word in silent)
        if self.reply is None or not limit:
            return self.reply
        end = "" if self.reply.text.endswith(("。", "？")) else "。"
        return replace(self.reply, text=f"{self.reply.text}{end}", limit=f"{self.reply.limit}{limit}")

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
        listed = Region.all_objects.filter(is_issued=True).select_related("notice")
        regions = list(listed.order_by("notice__issued_on", "serial"))
        originals = Issued(regions)
        words = {region: originals.words(region, ("serial", "name")) for region in regions}
        self.corrections = {
            region.pk: "".join(_correction(region, values)) for region, values in words.items() if values
        }
        self.listed = {region.pk: region for region in regions}
        self.by_name = {fold(name): region for region in regions for name in (region.short_name, region.name)}
        self.names = "\n".join(region.name for region in regions)  # a word that isn't in it is in no name
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


def of_batches(answer: Answer, state: Snapshot) -> Answer:
    """Return an answer, whose reply speaks of the second batch, as it is once other notices are published, too: it
    names the batch of its areas, or all that there are, and how many of each there are."""
    batches, reply = state.options["batch"], answer.reply
    if not batches or reply is None:
        return answer
    counts = {row.label: (state.bits["batch"].get(row.value, 0) & reply.areas).bit_count() for row in batches}
    labels = [label for label, count in counts.items() if count] if reply.kind in _OF_AREAS else []
    label, limit, is_first_here = "、".join(labels or counts), reply.limit, any(row.value == "1" for row in batches)
    if is_first_here:
        limit = re.sub(f"{FIRST}[^。]*。|{FIRST_BATCH}", "", limit)
    if reply.kind == "other-batch" and is_first_here:
        areas, url = state.bits["batch"].get("1", 0), f"{reverse('pilots:region-list')}?batch=1"
        text = f"第一批有{areas.bit_count()}个地区。本站收录{label}。"
        reply = replace(
            reply, kind="batch", text=text, limit=limit, url=url, link="看第一批", areas=areas, word="第一批"
        )
        return replace(answer, reply=reply)
    if reply.kind in ("province", "batch", "count") and reply.areas:
        limit += f"其中{'，'.join(f'{name}{count}个' for name, count in counts.items())}。"
    text = f"{label}{reply.text}" if reply.kind == "serial" and reply.text.startswith("第") else reply.text
    text, limit, word, link = (
        part if part.startswith(label) else part.replace("第二批", label)
        for part in (text, limit, reply.word or reply.verdict, reply.link)
    )
    limit = limit.replace("通知没有主送", "第二批通知没有主送")
    return replace(answer, reply=replace(reply, text=text, limit=limit, word=word, link=link))


def as_bits(regions: Iterable[Region], state: Snapshot) -> int:
    """Return areas as bits, those that are published."""
    return bits(len(state.pks), [state.place[region.pk] for region in regions if region.pk in state.place])


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
    text = text if counted else f"{names}都没有地区列入第二批。"
    url = reverse("pilots:province-list")
    return Reply("province", text, FIRST_BATCH, url, "按省份找", areas, counted=counted)
