"""What place a name stands for that is typed in Latin letters, or with a character that sounds or looks like it."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import compress, takewhile

from ..models import Alias, Province, Region, RegionKind
from . import index, matching, mentions
from .answers import MOST_NAMED, Answer, Reply, members
from .cards import cached
from .facet_sets import Snapshot, places
from .gazetteer import MOST_ALIKE, Gazetteer, gazetteer, is_kind, short
from .index import Clause
from .pinyin import core, is_same_sound, syllables
from .places import of_regions
from .suggestions import ALIKE, vocabulary
from .text import MAX_WORDS, fold, is_han, parse, phrase

MOST_AREAS = 200  # that are kept
MOST_JOINED = 8  # words of pinyin that may be one name
SHORTEST_ENGLISH = 5  # characters of an English name that is not written out
_KINDS = {"province": "省", "city": "市", "prefecture": "州", "county": "县", "district": "区", "banner": "旗"}
_NO_DIVISIONS = (RegionKind.FUNCTIONAL_AREA, RegionKind.CROSS_CITY_AREA, RegionKind.JOINT_AREA)


class _Spellings:
    """Names of areas and of their members by pinyin; the notice's areas, withdrawn ones, too."""

    def __init__(self, state: Snapshot) -> None:
        self.names: dict[str, str] = {}
        self.parts: dict[str, str] = {}  # of names that aren't those of a division (浐灞)
        self.initials: dict[str, set[int]] = defaultdict(set)  # → areas (primary keys)
        rows = Region.all_objects.filter(is_issued=True).order_by("serial")
        for pk, name, reading, kind in rows.values_list("pk", "short_name", "short_pinyin", "kind"):
            self._add(name, reading.split())
            for size in range(2, len(reading.split()) + 1):
                self.initials["".join(syllable[0] for syllable in reading.split()[:size])].add(pk)
            if kind in _NO_DIVISIONS:
                letters, spoken = "".join(filter(is_han, name)), reading.split()
                self.parts |= {  # of two characters or more
                    "".join(spoken[start:end]): letters[start:end]
                    for start in range(len(spoken))
                    for end in range(start + 2, len(spoken) + 1)
                }
        self.of_areas = set(self.names)
        self.english = {  # names of areas and provinces, folded and without apostrophes → Chinese ones
            re.sub("['’]", "", fold(form)): fold(chinese)
            for model, name in ((Region, "short_name"), (Province, "name"))
            for english, chinese in model.objects.exclude(name_en="").values_list("name_en", name)
            for form in {english, english.partition(",")[0]}
        }
        self.names |= {  # spellings of provinces that aren't their pinyin (shaanxi)
            form: fold(name)
            for slug, name in Province.objects.values_list("slug", "short_name")
            if slug != "".join(syllables(name))
            for form in (slug, f"{slug}sheng")
        }
        named = [alias.name for alias in Alias.objects.all() if alias.is_told]
        shown = [row for row in members(state).rows if row.is_shown]
        for name in (*named, *(name for row in shown for name in (row.name_then, row.name_now) if name)):
            self._add(name, syllables(name))

    def _add(self, name: str, spoken: Iterable[str]) -> None:
        for form in (name, core(name), name.removesuffix("新区")):
            self.names.setdefault("".join(list(spoken)[: len(form)]), fold(form))


def spellings(state: Snapshot) -> _Spellings:
    """Return the spellings of the record's places, worked out once for each of its states."""
    if "spellings" not in state.memory:
        state.memory["spellings"] = _Spellings(state)
    return state.memory["spellings"]


def spelled(letters: str, state: Snapshot) -> list[str]:
    """Return what pinyin without blanks stands for, folded: an area, a member and places that sound like it, a word,
    then other places."""
    known, places = spellings(state), gazetteer(state)
    if name := known.names.get(letters):
        others = [] if letters in known.of_areas else places.spelled(letters)
        return list(dict.fromkeys([name, *others]))
    part = known.parts.get(letters, "")
    words = [word for word in vocabulary(state).spelled(letters) if word not in places.by_name]
    if words:
        return [part] if part in words else words
    names = places.spelled(letters)
    provinces = [name for name in names if places.by_name[name][0].endswith("0000")]
    found = (provinces if len(provinces) == 1 else names) or list(filter(None, [part]))
    umlaut = re.sub("(?<=[ln])u", "v", letters)  # lüshun
    return found or (spelled(umlaut, state) if umlaut != letters else [])


def in_english(text: str, letters: str, state: Snapshot) -> list[str]:
    """Return what a folded English name stands for: an area or province of that name, or else what its `letters` are
    the pinyin of, by the word for its kind (Jilin City is 吉林市), or the English words that it has
    the letters of (wet land)."""
    if name := spellings(state).english.get(text):
        return [name]
    names, places = spelled(letters, state), gazetteer(state)
    kinds = [kind for word, kind in _KINDS.items() if word in text.split()]
    names = [full for name in names for kind in kinds if (full := f"{name}{kind}") in places.by_name] or names
    word = vocabulary(state).by_letters.get("".join(text.split()), text)
    return names or [word for word in [word, _named_in_english(text, state)] if word not in ("", text)][:1]


def _named_in_english(text: str, state: Snapshot) -> str:
    """Return the area or province that a folded English text is the name of, or the one whose name has it (Jialing
    River, Northwest Sichuan) or begins with its one word (Xigaze); empty where none or several do."""
    if len(text) < SHORTEST_ENGLISH:
        return ""
    first, *more = text.split() or [text]
    pattern = (
        (r".*\b" if more else "") + r"\w*\s".join(map(re.escape, [first, *more])) + (r"\w*\b.*" if more else r"\b.*")
    )
    is_of = re.compile(pattern).fullmatch
    names = {name for form, name in spellings(state).english.items() if first in form and is_of(form)}
    if len(names) != 1 or any(first in word.split() for word in vocabulary(state).by_letters.values()):  # river basin
        return ""
    return names.pop()


def each_spelled(words: Sequence[str], state: Snapshot) -> list[str]:
    """Return the names that words of pinyin or English stand for, as many words as can be for one (jing zhou shi di),
    of several names the one inside another named place (Tianjin Jixian); none where a word stands for none or
    several. A word that stands for no name may be one of the notice beside a place (shenzhen GEP)."""
    places, terms = gazetteer(state), vocabulary(state).terms if len(words) > 1 else {}
    strange = [word for word in words if word not in terms and not spelled(word, state) and phrase(word).tokens]
    clauses = [[Clause((phrase(word, is_exact=True),), ("body", "themes"))] for word in strange]  # GEP
    written = [*compress(strange, index.which(clauses))] if len(strange) < len(words) <= MAX_WORDS else []
    names: list[list[list[str]] | None] = [*[None] * len(words), []]  # of what begins at each word
    for start in reversed(range(len(words))):
        for end in range(min(len(words), start + MOST_JOINED), start, -1):
            text = " ".join(words[start:end])
            meant = [text] if len(terms.get(text, ())) > 1 else terms.get(text)
            meant = meant or spelled("".join(words[start:end]), state)
            meant = meant or [_named_in_english(text, state) or (text if text in written else "")]
            if any(meant) and (rest := names[end]) is not None:
                names[start] = [meant, *rest]
                break
    groups = names[0] or []
    outer = [place for own in groups if len(own) == 1 for place in places.candidates(own[0])]
    inside = [own if len(own) == 1 else [name for name in own if places.is_inside(name, outer)] for own in groups]
    is_told = any(row[0] in places.by_name for row in groups) or not any(row[0].isascii() for row in groups)
    first = [terms.get(own[0], own)[0] if own[0].isascii() else own[0] for own in inside if len(own) == 1]
    return first if is_told and len(first) == len(inside) else []


def each_named(query: str, state: Snapshot) -> list[str]:
    """Return the words of a query with the names of the places whose codes (130322 湿地) or, beside Chinese words or
    codes, whose pinyin or English names (hangzhou 宁波) some of them are; none where none is, or areas have the words
    as typed. Of several places of one spelling, those in another place that the query names, or else the cities.

    Words of single characters may be those of one place (昌 黎)."""
    words, places = [fold(word) for word in query.split()[:MAX_WORDS]], gazetteer(state)
    if any(len(word) == 1 for word in words) and "".join(words) in places.by_name:  # 昌 黎
        return ["".join(words)] * (len(words) > 1)
    if len(words) < 2 or (query.isascii() and not any(word in places.rows for word in words)):
        return []
    outer = [place for word in words for place in places.candidates(word)]
    names, start = [], 0
    while start < len(words):
        meant, size = _named_first(words[start:], state)
        inner = [name for name in meant if places.is_inside(name, outer)]
        meant = inner or [name for name in meant if places.is_city(name)] or meant
        names += meant if len(meant) <= MOST_ALIKE else words[start : start + size]
        start += size
    if names == words or matching.as_written(parse(query), query, state).regions:
        return []
    return list(dict.fromkeys(names))


def _named_first(words: list[str], state: Snapshot) -> tuple[list[str], int]:
    """Return the places that the first of the words name by a code or in Latin letters, and how many words that are;
    the first word where they name none."""
    places = gazetteer(state)
    if words[0] in places.rows:
        name = fold(places.name(words[0]))
        around = "".join(map(places.name, places.within(words[0])[-1:])) if len(places.candidates(name)) > 1 else ""
        return [f"{fold(around)}{name}"], 1
    latin = [*takewhile(re.compile("[a-z'’]+").fullmatch, words)]
    for size in range(min(len(latin), MOST_JOINED), 0, -1):
        letters = re.sub("['’]", "", " ".join(words[:size]))
        names = in_english(letters, letters.replace(" ", ""), state)
        if names and all(name in places.by_name for name in names):
            return names, size
    return words[:1], 1


def near(text: str, state: Snapshot) -> str:
    """Return the one place of China with a name that sounds like `text` (folded) or differs from it by a character
    that looks alike: a city or a larger unit, or one with the word for its kind. Empty where there is none.
    """
    places = gazetteer(state)
    alike = [text[:n] + other + text[n + 1 :] for n, char in enumerate(text) for other in ALIKE.get(char, "")]
    spoken = [
        name
        for name in places.spelled("".join(syllables(text)))
        if name[0] == text[0] or is_same_sound(name, text)  # 两山 is no 凉山
    ]
    names = [
        name
        for name in (*spoken, *alike)
        if len(name) == len(text) and any(one == other for one, other in zip(name, text, strict=True))
        if short(name) == name or name[-1] == text[-1]  # 大理石 is no 大理市
    ]
    meant = [name for name in names if places.is_city(name)]
    meant = meant or [name for name in names if name in places.by_name and short(name) != name]
    if not meant:  # a county of a listed city (昌梨)
        codes = {name: places.by_name.get(name, ()) for name in names}
        meant = [name for name in codes if any(members(state).of([f"{code[:4]}00"]) for code in codes[name])]
    return meant[0] if len(set(meant)) == 1 else ""


def of_names(typed: Answer, query: str, state: Snapshot) -> Reply | None:
    """Return the answer for the areas of whose names the whole, a part, or the initials of the pinyin were typed."""
    whole, named = (*typed.ranks, 0, 0)[:2]
    found = whole if whole.bit_count() == 1 else named
    rest = typed.regions & ~found if found == named else 0
    if not 0 < found.bit_count() <= MOST_NAMED:
        return None
    pks = [state.pks[place] for place in places(found)]
    areas = cached(state, "areas", pks, lambda missing: Region.objects.in_bulk(missing), MOST_AREAS)
    regions = sorted((areas[pk] for pk in pks if pk in areas), key=lambda region: region.serial)
    is_kind_of_place = is_kind(fold(query))
    is_start = bool(rest) and not is_kind_of_place
    if found != whole and not is_named(query, regions, state, is_start=is_start):
        return None
    reply = of_regions(regions, query, state)
    has = f"里有“{query}”这几个字" if is_kind_of_place else f"写到“{query}”"  # 新区 may be a piece of 创新区域
    more = f"另有{rest.bit_count()}个地区的重点{has}。" if rest else ""
    return replace(reply, limit=f"{reply.limit}{more}")


def of_wider(word: str, areas: int, provinces: Reply, state: Snapshot) -> Reply:
    """Return the answer for a word for a part of the country that areas have in their name (西北: 川西北), which
    it doesn't mean, with that for the `provinces` there."""
    pks = [state.pks[place] for place in places(areas)]
    regions = Region.objects.filter(pk__in=pks).order_by("serial")[:MOST_NAMED]
    names = "、".join(f"{region.short_name}（第{region.serial}号）" for region in regions)
    text = f"{len(pks)}个地区的名称里有“{word}”：{names}。那不是全国的{word}，通知没有按这样的区域列地区。"
    limit = f"{word}各省份：{provinces.text}{provinces.limit}"
    return Reply("subject", text, limit, provinces.url, provinces.link, areas, word="只是名称里有")


def is_place(text: str, state: Snapshot) -> bool:
    """Return whether a text is names of places, and nothing else."""
    folded = " ".join(fold(text).split())
    if text.isascii():
        names = in_english(folded, "".join(folded.split()), state)
        return bool(names) and all(name in gazetteer(state).by_name for name in names)
    reply = mentions.of_places(folded, state)
    return bool(reply and not reply.subject)


def is_named(query: str, regions: Sequence[Region], state: Snapshot, *, is_start: bool) -> bool:
    """Return whether a query is part of each area's name (its beginning, if `is_start`), or its pinyin's initials."""
    text = fold(query)
    if text.isascii():
        return {region.pk for region in regions} <= spellings(state).initials.get(text, set())
    names = {region.pk: [fold(region.short_name)] for region in regions}
    for row in members(state).rows:
        if row.region_id in names and row.is_shown and not is_start:
            names[row.region_id].append(fold(row.name_then))
    places = gazetteer(state)
    return len(text) > 1 and all(
        any(name.startswith(text) or (not is_start and _has(name, text, places)) for name in each)
        for each in names.values()
    )


def _has(name: str, text: str, places: Gazetteer) -> bool:
    """Return whether a part of a name stands in it as a word: behind a place (浐灞), or as its kind; 西北 isn't a
    word of 川西北."""
    before = name.partition(text)[0] if text in name else ""
    return before in places.by_name or (name.endswith(text) and is_kind(text))
