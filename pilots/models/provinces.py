"""Every place of China with a code, the province-level units, and those inside that the plan names by themselves."""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from . import constraints as rule
from .names import ENGLISH, ListedByName, english_name
from .recorded import Subject
from .tracking import Tracked, TrackedQuerySet


class Place(models.Model):
    """A six-digit code of GB/T 2260 and its name in 2015 and today; a place whose code changed is two rows.

    Read from a fixture of its own and never edited. It says nothing of the designated areas.
    """

    code = models.CharField("代码", max_length=6, unique=True)
    name_then = models.CharField("2015年底的名称", max_length=30, blank=True, help_text="当时没有这个代码的为空。")
    name_now = models.CharField("现在的名称", max_length=30, blank=True, help_text="现在没有这个代码的为空。")

    class Meta:
        verbose_name = verbose_name_plural = "地名"
        ordering = ["code"]
        default_permissions = ()
        constraints = [
            rule.six_digits("place", "code", "代码"),
            models.CheckConstraint(
                condition=~models.Q(name_then="", name_now=""),
                name="place_has_a_name",
                violation_error_message="2015年底或现在的名称至少写一个。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name_then or self.name_now} {self.code}"


def endings(name: str) -> list[str]:
    """Return a name, and what is left of it without the places that it begins with: 内蒙古自治区包头市, 包头市."""
    starts = re.finditer("省|自治[区州县]|兵团|师|市|盟|地区", name)
    return [name, *(name[start.end() :] for start in starts if start.end() < len(name) - 1)]


class RegionKind(models.TextChoices):
    MUNICIPAL_DISTRICT = "municipal-district", "直辖市辖区"
    SUB_PROVINCIAL_CITY = "sub-provincial-city", "副省级市"
    PREFECTURE_CITY = "prefecture-city", "地级市"
    CITY_DISTRICT = "city-district", "市辖区"
    COUNTY_CITY = "county-city", "县级市"
    COUNTY = "county", "县"
    AUTONOMOUS_COUNTY = "autonomous-county", "自治县"
    CORPS_CITY = "corps-city", "兵团师市"
    FUNCTIONAL_AREA = "functional-area", "功能区/开发区/生态区"
    CROSS_CITY_AREA = "cross-city-area", "跨市区域"
    JOINT_AREA = "joint-area", "跨行政区联合体"


IN_UNITS_OF_THE_STATE = ("11", "12", "31", "50")  # 直辖市, by the first digits of codes
# 副省级市 of 中编〔1994〕1号, but for 重庆.
SUB_PROVINCIAL = (
    *("210100", "210200", "220100", "230100", "320100", "330100", "330200", "350200", "370100", "370200"),
    *("420100", "440100", "440300", "510100", "610100"),
)


_CITIES = (RegionKind.SUB_PROVINCIAL_CITY, RegionKind.PREFECTURE_CITY)
_NO_DIVISIONS = (RegionKind.FUNCTIONAL_AREA, RegionKind.CROSS_CITY_AREA, RegionKind.JOINT_AREA)
_LIKE = {  # codes of each sort of place, by how its name ends
    "市": ("210100", "130300", "130181", "659001"),
    "区": ("110101", "130102"),
    "县": ("130121",),
    "旗": ("150121",),
}


def kinds(name: str, code: str) -> tuple[str, ...]:
    """Return the kinds that a division may be of, as its name and the place of its code say; an area without a code
    may be no division, too."""
    if not code:
        ways = [kinds(name, like) for like in _LIKE.get(name[-1:], ())]
        return (*_NO_DIVISIONS, *(kind for way in ways for kind in way))
    if name.endswith(("区", "市")) and not code.endswith("00"):
        if name.endswith("市"):
            return (RegionKind.CORPS_CITY,) if code.startswith("6590") else (RegionKind.COUNTY_CITY,)
        is_municipal = code.startswith(IN_UNITS_OF_THE_STATE)
        return (RegionKind.MUNICIPAL_DISTRICT,) if is_municipal else (RegionKind.CITY_DISTRICT,)
    if name.endswith("市"):
        return (RegionKind.SUB_PROVINCIAL_CITY,) if code in SUB_PROVINCIAL else (RegionKind.PREFECTURE_CITY,)
    if name.endswith(("自治县", "自治旗")):
        return (RegionKind.AUTONOMOUS_COUNTY,)
    return (RegionKind.COUNTY,) if name.endswith(("县", "旗")) else tuple(RegionKind)


# GB/T 2260 has no more for the provinces; of the cities what they call themselves. By the first digits of codes.
ABBREVIATIONS = dict(
    re.findall(
        "([0-9]+)([一-龥]+)",
        "11京 12津 13冀 14晋 15蒙 21辽 22吉 23黑 31沪申 32苏 33浙 34皖 35闽 36赣 37鲁 41豫 42鄂 43湘 44粤 45桂 46琼 "
        "50渝 51川蜀 52贵黔 53云滇 54藏 61陕秦 62甘陇 63青 64宁 65新 71台 81港 82澳 2102连 3302甬 4403深",
    )
)


class ProvinceQuerySet(TrackedQuerySet["Province"]):
    def province_level(self) -> "ProvinceQuerySet":
        """The 34 province-level units, without 计划单列市 and 兵团."""
        return self.filter(parent=None)

    def for_detail(self) -> "ProvinceQuerySet":
        return self.select_related("parent").prefetch_related("children")


class ProvinceKind(models.TextChoices):
    MUNICIPALITY = "municipality", "直辖市"
    PROVINCE = "province", "省"
    AUTONOMOUS_REGION = "autonomous-region", "自治区"
    SPECIAL_REGION = "special-region", "特别行政区"
    SEPARATE_CITY = "separate-city", "计划单列市"
    CORPS = "corps", "新疆生产建设兵团"


class Province(Subject, ListedByName, Tracked):
    """A province-level unit, one of the four 计划单列市, or the 新疆生产建设兵团."""

    notice_facts = ("addressed_position",)
    sourced = ENGLISH
    source_fields = {"name_en_source": False}

    name = models.CharField("名称", max_length=30, unique=True)
    short_name = models.CharField("简称", max_length=10, unique=True, help_text="如“内蒙古”。")
    name_en, name_en_source = english_name()
    abbreviation = models.CharField("单字简称", max_length=1, blank=True, help_text="如“鲁”。")
    other_abbreviations = models.CharField("其他单字简称", max_length=5, blank=True, help_text="如四川的“蜀”，连写。")
    kind = models.CharField("类别", max_length=20, choices=ProvinceKind)
    code = models.CharField("代码", max_length=6, blank=True, help_text="GB/T 2260 六位数字代码；兵团没有代码。")
    pinyin = models.CharField("拼音", max_length=60, help_text="全称的拼音，音节以空格分开。")
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name="所在省级单位",
        help_text="计划单列市和兵团所在的省、自治区；省级单位留空。",
    )
    addressed_position = models.PositiveSmallIntegerField(
        "主送次序", null=True, blank=True, unique=True, help_text="在主送机关一行中的次序；未主送的留空。"
    )
    position = models.PositiveSmallIntegerField("次序", help_text="列表中的次序，按 GB/T 2260 代码。")
    tile_row = models.PositiveSmallIntegerField("索引图行", null=True, blank=True)
    tile_column = models.PositiveSmallIntegerField("索引图列", null=True, blank=True)
    slug = models.SlugField("地址名", unique=True, help_text="网址中的名称，定后不改。")

    objects = ProvinceQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "省级单位"
        ordering = ["position"]
        constraints = [
            rule.not_blank("province", "name", "名称"),
            rule.not_blank("province", "short_name", "简称"),
            rule.not_blank("province", "slug", "地址名"),
            rule.slug("province", "slug", "地址名"),
            rule.six_digits("province", "code", "代码"),
            rule.positive("province", "position", "次序"),
            rule.positive("province", "addressed_position", "主送次序"),
            rule.unique("province", ["position"], "次序不能重复。"),
            rule.unique("province", ["tile_row", "tile_column"], "索引图中一格只放一个省级单位。"),
            rule.one_of("province", "kind", "类别", ProvinceKind.values),
            models.UniqueConstraint(
                fields=["code"],
                condition=~Q(code=""),
                name="province_unique_code",
                violation_error_message="代码不能重复。",
            ),
            models.CheckConstraint(
                condition=Q(parent=None, kind__in=["municipality", "province", "autonomous-region", "special-region"])
                | Q(parent__isnull=False, kind__in=["separate-city", "corps"]),
                name="province_parent_fits_kind",
                violation_error_message="计划单列市和兵团须写明所在省级单位，其他单位不写。",
            ),
            models.CheckConstraint(
                condition=~Q(parent=models.F("id")),
                name="province_not_its_own_parent",
                violation_error_message="所在省级单位不能是自己。",
            ),
        ]

    def clean(self) -> None:
        """Refuse a code of another place, a kind that the name isn't of, and an abbreviation that is another's."""
        super().clean()
        if problems := dict(self.problems({place.code: place for place in Place.objects.filter(code=self.code)})):
            raise ValidationError(problems)
        characters = ABBREVIATIONS.get(self.code.removesuffix("00").removesuffix("00"), "")
        for field in ("abbreviation", "other_abbreviations"):
            for character in getattr(self, field):
                has_it = Q(abbreviation=character) | Q(other_abbreviations__contains=character)
                if other := Province.objects.filter(has_it).exclude(pk=self.pk).first():
                    raise ValidationError({field: f"“{character}”是{other}的简称。"})
                if character not in characters:
                    raise ValidationError({field: f"“{character}”不是{self}的单字简称。"})

    def problems(self, places: Mapping[str, Place]) -> Iterator[tuple[str, str]]:
        """Yield which of code and kind isn't this unit's, and why. places: of the gazetteer, by code."""
        names = (places[self.code].name_then, places[self.code].name_now) if self.code in places else ()
        around = self.parent.code if self.parent else ""
        if (self.kind == "corps") == bool(self.code) or (self.code and self.name not in names):
            yield "code", f"地名表里“{self.name}”不是代码“{self.code}”。请核对名称和代码。"
        elif around and self.code and (not self.code.endswith("00") or self.code[:2] != around[:2]):
            yield "code", f"代码{self.code}不在所在的省级单位内。"
        if self.kind != _kind(self.name, self.code):
            yield "kind", f"类别与名称“{self.name}”和代码不符。"
        if self.parent and self.kind == ProvinceKind.CORPS and not self.name.startswith(self.parent.short_name):
            yield "parent", f"{self.parent}不是“{self.name}”所在的省级单位。"
        if self.short_name not in self.name:
            yield "short_name", f"简称须是名称“{self.name}”里的字，不能另起。"

    def row_problems(self) -> Iterator[tuple[str, str]]:
        name, short = latin(self.name), latin(self.short_name)
        for field in ("pinyin", "name_en"):
            spelling = latin(getattr(self, field))  # that of 陕西省 is read as that of 山西省
            is_own = spelling in ("", name, short) or (field == "pinyin" and spelling == name.replace("aa", "a"))
            if other := None if is_own else unit_spelled(spelling, [self]):
                yield field, f"这是“{other}”的{'读音' if field == 'pinyin' else '名称'}，不是“{self}”的。"

    @property
    def names(self) -> list[str]:
        """What it is called, 沪 for 上海 too."""
        return [self.name, self.short_name, *self.abbreviation, *self.other_abbreviations]

    @property
    def is_addressed(self) -> bool:
        """Whether the notice names this unit among those it is sent to (主送机关)."""
        return self.addressed_position is not None


def _kind(name: str, code: str) -> str:
    """Return the kind of a unit as its name and the place of its code say."""
    endings = {"省": "province", "自治区": "autonomous-region", "特别行政区": "special-region"}
    if name.endswith("市"):
        return "municipality" if code.endswith("0000") else "separate-city"
    return next((kind for ending, kind in endings.items() if name.endswith(ending)), "corps")


def units_around(units: Collection[Province]) -> list[Province]:
    """Return units and those that they lie in."""
    return [*units, *(unit.parent for unit in units if unit.parent)]


def unit_elsewhere(name: str, units: Collection[Province]) -> Province | None:
    """Return the unit, none of `units`, that is called so, or begins the name: 沪, 山东省乌海市, 北京海淀."""
    for unit in Province.objects.exclude(pk__in=[unit.pk for unit in units]) if units else ():
        rest = name.removeprefix(unit.short_name)
        begun = Q(name_then__startswith=rest) | Q(name_now__startswith=rest), Q(code__startswith=unit.code[:2] or "-")
        is_its_place = 1 < len(rest) < len(name) and Place.objects.filter(*begun).exists()
        if name.startswith(unit.name) or name in unit.names or is_its_place:
            return unit
    return None


def place_elsewhere(name: str, units: Collection[Province], codes: Collection[str]) -> Place | Province | None:
    """Return whose name it is that an area in `units` can't have today: no place with one of its own codes.

    With its province before it, it is a place's in there; else one that several places have tells nothing.
    """
    around = tuple(unit.code[:2] for unit in units if unit.code)
    is_whole = name.startswith(tuple(unit.name for unit in units))
    names = [f"{start}{ending}" for start in endings(name) for ending in ("", "市", "区", "县")]
    others = [
        place
        for place in Place.objects.filter(Q(name_then__in=names) | Q(name_now__in=names)).exclude(code__in=codes)
        if (place.name_then in names or not (is_whole or place.code.startswith(around)))
        and (place.code.startswith(around) or not is_whole)
    ]
    return unit_elsewhere(name, units) or (others[0] if len(others) == 1 else None)


_KINDS = re.compile(r"\b(?:city|district|county|province|prefecture|municipality|autonomous|region|banner)\b|[^a-z]")


@lru_cache(maxsize=8_000)  # names of all places
def latin(name: str) -> str:
    """Return a name in small Latin letters: Han characters as they are read, English without its kind."""
    from .readings import lazy_pinyin

    letters = unicodedata.normalize("NFKD", "".join(lazy_pinyin(name.replace("陕西", "Shaanxi"))).lower())
    return _KINDS.sub("", letters).replace("v", "u")  # ü


def unit_spelled(spelling: str, units: Collection[Province]) -> Province | None:
    """Return the unit, none of `units`, that is spelled so, in `latin` letters."""
    for unit in Province.objects.exclude(pk__in=[unit.pk for unit in units]):
        is_start = len(spelling) > 5 and latin(unit.name_en).startswith(spelling)  # Hong Kong
        if is_start or spelling in (latin(unit.name), latin(unit.short_name)):
            return unit
    return None


def spelled_elsewhere(text: str, units: Collection[Province]) -> Place | Province | None:
    """Return the unit, none of `units`, or the place that a text in Latin letters names."""
    unit = unit_spelled(spelling := latin(text), units)
    codes = {} if unit else _codes_by_spelling(tuple(Place.objects.values_list("code", "name_then", "name_now")))
    return Place.objects.get(code=codes[spelling]) if spelling in codes else unit


@lru_cache(maxsize=1)  # the gazetteer is another one only after a load
def _codes_by_spelling(rows: tuple[tuple[str, str, str], ...]) -> dict[str, str]:
    names = ((name, code) for code, *both in reversed(rows) for name in both if name)
    return {latin(way): code for name, code in names for way in (name, name[: max(2, len(name) - 1)])}


def misreadings(area: Any) -> Iterator[tuple[str, str]]:
    """Yield which fields of pinyin of an area read no name of its, and why: a syllable for each Han character; a name
    of today may be the one before, where the name was corrected."""
    from .readings import Style, lazy_pinyin, pinyin

    for field, names in (("pinyin", [area.name, area.name_now]), ("short_pinyin", [area.short_name])):
        syllables = getattr(area, field).lower().replace("ü", "v").split()
        for name in names:
            characters = "".join(re.findall("[〇\u3400-\u9fff]", name))
            ways = pinyin(list(characters), style=Style.NORMAL, heteronym=True, v_to_u=False)
            ways = [[*way, usual] for way, usual in zip(ways, lazy_pinyin(characters), strict=True)]
            ways = [[*way, *(syllable.replace("v", "u") for syllable in way)] for way in ways]
            if len(syllables) == len(ways) and all(map(list.__contains__, ways, syllables)):
                break
        else:
            yield field, f"不是“{names[0]}”的读音：一字一个音节，以空格分开。"


def name_problems(area: Any) -> Iterator[tuple[str, str]]:
    """Yield which of an area's names beside its own (short, pinyin, English) can't be its, and why. Where the name is
    corrected, they may follow later."""
    problems = list(misreadings(area))
    ways = [f"{area.short_name}{ending}" for ending in ("", "市", "区", "县")]
    if not {area.name, *endings(area.name.partition("（")[0])} & set(ways):  # 山西省朔州市平鲁区 isn't 朔州市
        units = Province.objects.filter(Q(name__in=ways) | Q(short_name=area.short_name))
        other = units.first() or Place.objects.filter(Q(name_then__in=ways) | Q(name_now__in=ways)).first()
        problems += [("short_name", f"这是“{other}”的名称，不是这个地区的。")] if other else []
    stored = type(area)._base_manager.filter(pk=area.pk)
    for field, text in problems:
        if not stored.filter(**{field: getattr(area, field)}).exists():
            yield field, text
    unit: Province = area.province if hasattr(area, "province") else Province()
    for part in re.split("[,()]| (?:in|of|and) ", area.name_en):
        spelling = latin(part)
        is_its = spelling in latin(area.name) or spelling.startswith("".join(area.short_pinyin.split()[:2]))
        is_its = is_its or any(latin(name).startswith(spelling) for name in (unit.name, unit.name_en))
        if not is_its and (other := spelled_elsewhere(part, units_around(area.provinces if area.pk else [unit]))):
            divided = [name for row in (area.divisions.all() if area.pk else ()) for name in row.names]
            is_its = any(latin(name).startswith(spelling) for name in divided)  # 阿坝藏族羌族自治州 is Aba
            is_its = is_its or stored.filter(name_en=area.name_en).exclude(name=area.name).exists()
            yield from () if is_its else [("name_en", f"“{part.strip()}”是“{other}”的名称，不是这个地区的。")]


def later_name_problems(area: Any) -> Iterator[tuple[str, str]]:
    """Yield why a verified name of today can't be an area's: it is no name, another place's, or the row of its own
    division says another one."""
    divisions = [row for row in area.divisions.all() if row.role == "self"] if area.pk else []
    codes = {code for division in divisions for code in division.codes}
    if area.name_now != area.name:
        yield from (("name_now", text) for text in _misnomers(area, codes))
    others = [
        row for row in divisions if row.is_stated and row.later_name and not area.name_now.endswith(row.later_name)
    ]
    stored = type(area)._base_manager.filter(pk=area.pk, name_now=area.name_now)
    if others and area.name_now == area.name and stored.exists():
        return  # the division was renamed since
    for division in others:
        row = f"“{division}”现名“{division.later_name}”"
        yield "name_now", f"它的行政区划{row}：请先更正那一行的现名和现代码。"


def _misnomers(area: Any, codes: Collection[str]) -> Iterator[str]:
    """Yield why what is given as a name of today is none, or none of an area with these codes."""
    name, units = area.name_now, units_around(area.provinces if area.pk else [])
    if other := place_elsewhere(name, units, codes) or _begun_elsewhere(name, units):
        whole = f"{area.province.name if area.province_id else ''}{endings(name)[-1]}"
        yield f"这是“{other}”的名称，不是这个地区的。确是同名的，连省级单位写作“{whole}”。"
    ends = "市区" if area.kind in _CITIES else "市区县旗港城园谷岛带" if area.kind in _NO_DIVISIONS else "市区县旗"
    if not re.fullmatch(f"[〇\u3400-\u9fff]+[{ends}]", name) or re.search("[及拟与]", name):
        yield f"只写一个名称，以“{'、'.join(ends)}”结尾：不写括号、标点和别的话。"
    elif area.short_name.endswith(tuple("市区县旗")) and area.short_name in name[:-1]:
        yield f"“{area.short_name}”不会在它自己里面：写它的上级单位和它的新名称。"


def _begun_elsewhere(name: str, units: Collection[Province]) -> Province | None:
    """Return the unit, none of `units`, with whose name a name, or a part of it that no place has, begins."""
    ways = endings(name)
    if Place.objects.filter(Q(name_then__in=ways) | Q(name_now__in=ways)).exists():  # 乌海市海南区
        return None
    others = Province.objects.exclude(pk__in=[unit.pk for unit in units]) if units else ()
    return next((unit for unit in others if any(way.startswith(unit.short_name) for way in ways)), None)
