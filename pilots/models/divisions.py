"""What an area is called besides its name, and the administrative divisions that it is, consists of or lies in."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from . import constraints as rule
from .names import ITS_OWN
from .places import Region, Verification
from .provinces import (
    Place,
    Province,
    RegionKind,
    endings,
    latin,
    place_elsewhere,
    spelled_elsewhere,
    unit_elsewhere,
    units_around,
)
from .publishing import IssuedManager, PublishedManager, Withdrawable
from .recorded import in_chinese
from .sources import NEWS, STATED, is_dated_beyond, is_news, is_sourced
from .tracking import TrackedQuerySet


class AliasKind(models.TextChoices):
    FORMER = "former", "曾用名"
    LATER = "later", "后来的名称"
    COMPONENT = "component", "组成单位"
    COMMON = "common", "通称"
    ROMAN = "roman", "罗马字母拼写"


class Alias(Withdrawable):
    """Another name by which readers look for an area; it is found by, and said only where it has a source."""

    belongs_to, key_fields = "region", ("region", "name")
    is_public = False  # it only helps to find
    sourced = {"source": (None, ("name", "kind", "region"))}
    source_fields = {"source": False}

    region = models.ForeignKey(
        Region, models.CASCADE, related_name="aliases", verbose_name="先行示范地区"
    )  # another name has no life without the area
    name = models.CharField("别名", max_length=50)
    kind = models.CharField("性质", max_length=20, choices=AliasKind)
    source = models.CharField(
        "出处", max_length=300, blank=True, help_text="公开网址或文号。没有出处的留空：能查到，不公开显示。"
    )

    objects = PublishedManager.from_queryset(TrackedQuerySet)()
    all_objects = IssuedManager.from_queryset(TrackedQuerySet)()
    issued_if = Q(region__notice__is_draft=False)
    published_if = Withdrawable.published_if & Q(region__withdrawn_on=None)

    class Meta:
        verbose_name = verbose_name_plural = "别名"
        ordering = ["region", "id"]
        constraints = [
            *Withdrawable.Meta.constraints,
            rule.not_blank("alias", "name", "别名"),
            rule.unique("alias", ["region", "name"], "同一地区的别名不能重复。"),
            rule.one_of("alias", "kind", "性质", AliasKind.values),
        ]

    names = property(lambda self: [self.name])

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse what is the area's own name as one that it had before or has had since, and what is another's."""
        super().clean()
        region = getattr(self, "region", None)
        if region and (other := areas_called(self.name).exclude(pk=region.pk).first()):
            raise ValidationError({"name": f"这是第{other.serial}号“{other.short_name}”或它的组成单位的名称。"})
        if region and self.kind in ITS_OWN and self.name in (region.name, region.short_name):
            raise ValidationError({"name": f"这就是地区自己的名称，不是{self.get_kind_display()}。"})

    def row_problems(self) -> Iterator[tuple[str, str]]:
        """Yield why the name can't be this area's: it is that of a place which the area neither is nor has in it."""
        region = getattr(self, "region", None)
        if region is None:
            return
        divisions = [division for division in region.divisions.all() if division.role != DivisionRole.LOCATION]
        codes = tuple(code.removesuffix("00") for division in divisions for code in division.codes)
        units, names = units_around(region.provinces), endings(self.name)
        ways = [f"{name}{ending}" for name in names for ending in ("", "市", "县", "省", "自治区")]
        districts = [f"{name}区" for name in names]
        within = Q(*(Q(code__startswith=unit.code[:2]) for unit in units if unit.code), _connector="OR")
        is_former = self.kind == AliasKind.FORMER and self.is_told  # 开州 was 濮阳
        if not (is_former or self.kind == AliasKind.COMMON):  # 鹿城 is 包头, too, beside a district far away
            within = Q()
        places = Place.objects.filter(
            Q(name_then__in=ways)
            | Q(name_now__in=ways)
            | within & (Q(name_then__in=districts) | Q(name_now__in=districts))
        )
        around = [unit for unit in units if self.name in unit.names]
        is_its = any(place.code.startswith(codes) for place in places) if codes else False
        is_its = is_its or any(unit.parent and unit in region.provinces for unit in around)
        other: Place | Province | None = unit_elsewhere(self.name, units)
        other = other or (None if is_its else places.first() or next(iter(around), None))
        if not re.search(in_chinese.regex, self.name):
            rows = [*divisions, *(alias for alias in region.aliases.all() if alias.pk != self.pk)]
            called = [region.name, region.short_name, region.name_now, *(name for row in rows for name in row.names)]
            spellings = {latin(way) for name in called for way in (name, name[:-1])}
            other = spelled_elsewhere(self.name, []) if latin(self.name) not in spellings else None
        if other:
            yield "name", f"这是“{other}”的名称，不是这个地区的。"
        if self.kind == AliasKind.COMPONENT and self.is_told and not is_part(self.name, region, self.source):
            yield "source", f"通知没有写“{self.name}”：请写明写着它属于这个地区的另一份文件。"

    @property
    def is_told(self) -> bool:
        """Whether readers may see it: it has a public source."""
        return is_sourced(self.source)


def is_part(name: str, region: Region, source: str) -> bool:
    """Return whether the notice names a place as a part of an area, or another source than the notice does."""
    number = region.notice.number or "\n"  # of a draft not yet
    others = [line for line in source.splitlines() if number not in line]
    return (name[:-1] if len(name) > 2 else name) in region.name or any(map(is_sourced, others))


def areas_called(name: str) -> models.QuerySet[Region]:
    """Return the areas of which, or of whose components, that is the name, then or now; 怀柔 is 怀柔区's, too."""
    ways = ("name", "short_name", "divisions__name_then", "divisions__name_now")
    condition = Q()
    for way in ways:
        condition |= Q(**{f"{way}__in": [name, *(f"{name}{kind}" for kind in "市区县")]})
    return Region.all_objects.filter(condition).distinct()


def area_names() -> set[str]:
    """Return every name for which `areas_called` has an area: to ask about many of them with one statement."""
    columns = ("name", "short_name", "divisions__name_then", "divisions__name_now")
    names = {name for row in Region.all_objects.values_list(*columns) for name in row if name is not None}
    return names | {name[:-1] for name in names if name.endswith(("市", "区", "县"))}


class DivisionRole(models.TextChoices):
    SELF = "self", "本地区"
    COMPONENT = "component", "组成单位"
    LOCATION = "location", "所在地"


_WIDE = {"654000": ("6540", "6542", "6543")}  # 伊犁州 has 塔城 and 阿勒泰 in it


class Division(Withdrawable):
    """An administrative division that an area is, consists of or lies in, with its code then and now."""

    belongs_to, key_fields = "region", ("region", "position")
    sourced = {
        "source": ("verification", ("region", "role", "name_then", "code_then", "name_now", "code_now", "remark"))
    }
    source_fields = {"source": True}  # data sets count

    region = models.ForeignKey(
        Region, models.CASCADE, related_name="divisions", verbose_name="先行示范地区"
    )  # a division is listed for its area only
    position = models.PositiveSmallIntegerField("次序")
    role = models.CharField("与地区的关系", max_length=20, choices=DivisionRole)
    name_then = models.CharField("印发时名称", max_length=50)
    code_then = models.CharField(
        "印发时代码", max_length=6, blank=True, help_text="2015年底的 GB/T 2260 代码；没有代码的留空。"
    )
    name_now = models.CharField("现名", max_length=50, blank=True)
    code_now = models.CharField("现代码", max_length=6, blank=True, help_text="GB/T 2260 现行代码。")
    remark = models.CharField("说明", max_length=200, blank=True)
    verification = models.CharField("核实情况", max_length=20, choices=Verification, default=Verification.UNVERIFIED)
    source = models.TextField(
        "代码的出处", blank=True, help_text="核对过的公开网址、文号或数据集（写明版本），一行一个。"
    )

    objects = PublishedManager.from_queryset(TrackedQuerySet)()
    all_objects = IssuedManager.from_queryset(TrackedQuerySet)()
    issued_if = Q(region__notice__is_draft=False)
    published_if = Withdrawable.published_if & Q(region__withdrawn_on=None)

    class Meta:
        verbose_name = verbose_name_plural = "行政区划"
        ordering = ["region", "position"]
        constraints = [
            *Withdrawable.Meta.constraints,
            rule.positive("division", "position", "次序"),
            rule.unique("division", ["region", "position"], "同一地区中次序不能重复。"),
            rule.not_blank("division", "name_then", "印发时名称"),
            rule.six_digits("division", "code_then", "印发时代码"),
            rule.six_digits("division", "code_now", "现代码"),
            rule.one_of("division", "role", "与地区的关系", DivisionRole.values),
            rule.one_of("division", "verification", "核实情况", Verification.values),
            models.CheckConstraint(
                condition=~Q(verification__in=["verified", "customary"])
                | Q(code_now="")
                | ~Q(name_now=models.F("name_then"))
                | ~Q(code_then=""),
                name="division_is_not_now_itself",
                violation_error_message="现名与印发时相同，不能说“现为”它自己：请补上印发时代码，或改为未核实。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name_then} {self.code_then}".strip()

    def clean(self) -> None:
        """Refuse a code of another place."""
        super().clean()
        places = Place.objects.filter(code__in=filter(None, (self.code_then, self.code_now)))
        if problems := dict(self.code_problems({place.code: place for place in places})):
            raise ValidationError(problems)

    def row_problems(self) -> Iterator[tuple[str, str]]:
        region = getattr(self, "region", None) if self.role == DivisionRole.SELF else None
        precision = region.renamed_precision if region else ""  # of the source of the area's change, which this is
        is_beyond = is_dated_beyond(self.remark, precision or "month")
        if self.is_stated and is_beyond and (precision or not is_sourced(self.remark)):
            text = "有年月日或别的数字的，须在同一句写明文号；更名的出处只写到月或年的，不写日。"
            yield "remark", f"{text}年月写作“2017年4月”，个数可写“三个”。"
        is_abolished = "撤销" in self.remark and is_sourced(self.remark)
        if self.is_stated and self.code_then and not (self.name_now and self.code_now) and not is_abolished:
            empty = "code_now" if self.name_now else "name_now"
            yield empty, "有代码的须写明现名和现代码；已经撤销的，在说明里写明“撤销”和文号。"
        is_gone = is_abolished and not (self.name_now or self.code_now)
        if (
            is_gone
            and not is_news(self.remark)
            and Place.objects.filter(code=self.code_then or None, name_now=self.name_then)
        ):
            yield "remark", f"今天还有“{self}”，没有撤销：请写明现名和现代码。"
        names = endings(self.name_then)
        if self.name_then and not self.codes and (place := Place.objects.filter(name_then__in=names).first()):
            yield "code_then", f"“{place.name_then}”有代码（{place.code}）：请写明，或改正名称。"
        if area := getattr(self, "region", None):
            yield from self.problems_beside([other for other in area.divisions.all() if other.pk != self.pk])

    def problems_beside(self, others: Sequence[Any]) -> Iterator[tuple[str, str]]:
        """Yield what can't be so beside the area's other divisions, and the area itself."""
        for other in others:
            if self.codes & other.codes or (self.name_then == other.name_then and not (self.codes and other.codes)):
                yield "name_then", f"这个地区里已有“{other}”，一个行政区划只列一次。"
        yield from self._outside(others)
        yield from self._unnamed() if self.role == DivisionRole.COMPONENT else ()
        if self.role == DivisionRole.SELF:
            if self.region.kind in (RegionKind.JOINT_AREA, RegionKind.CROSS_CITY_AREA):
                yield "role", "这个地区不是一个行政区划，没有“本地区”：请选组成单位或所在地。"
            if any(other.role == DivisionRole.SELF for other in others):
                yield "role", "这个地区已有一个“本地区”。"

    def _unnamed(self) -> Iterator[tuple[str, str]]:
        """Yield that the notice names neither a stated component nor the city that it is in, and nobody else does."""
        city = Place.objects.filter(code=f"{self.code_then[:4]}00").first() if self.code_then else None
        texts = [self.name_then, *([city.name_then] if city else [])]
        if self.is_stated and not any(is_part(text, self.region, self.source) for text in texts):
            way = "请写明写着它属于这个地区的另一份文件，或改为未核实。"
            yield "source", f"通知没有写“{self.name_then}”：{way}"

    def _outside(self, others: Sequence[Any]) -> Iterator[tuple[str, str]]:
        """Yield which divisions don't hold the area itself, or aren't in it, as their codes say."""
        for other in others:
            area, part = (self, other) if self.role == DivisionRole.SELF else (other, self)
            outer, inner = (part, area) if part.role == DivisionRole.LOCATION else (area, part)
            prefix = _WIDE.get(outer.code_then) or outer.code_then.removesuffix("00").removesuffix("00")
            if area.role == DivisionRole.SELF and inner.code_then and not inner.code_then.startswith(prefix):
                yield "role", f"按代码，“{inner}”不在“{outer}”里：请核对两行与地区的关系和代码。"

    def code_problems(self, places: Mapping[str, Place]) -> Iterator[tuple[str, str]]:
        """Yield which of the codes isn't this place's, and why. places: of the gazetteer, by code.

        Names of 2015 are what they were; after the gazetteer was made a place may have changed, with a source, but
        not into one that is another's.
        """
        for field, code, label in (
            ("code_then", self.code_then, "2015年底"),
            ("code_now", self.code_now, "现在"),
        ):
            place, name = places.get(code), getattr(self, field.replace("code", "name"))
            listed = getattr(place, field.replace("code", "name"), "")
            if code and not self._is_within(code):
                yield field, f"代码{code}不在地区所在的省级单位内。"
            elif code and listed != name and not (field == "code_now" and self.is_new(place, places)):
                is_of = f"{label}的代码{code}是“{listed}”" if listed else f"{label}没有代码{code}"
                yield field, f"{is_of}，与名称“{name}”不符。请核对；以后改了名的，在说明里写明文号（{NEWS}年以来）。"
            elif field == "code_now" and self.code_then and code != self.code_then and place and place.name_then:
                yield (
                    field,
                    f"{code}在2015年底就是“{place.name_then}”的代码，不是它的。并入别处的，在说明里写明“撤销”和文号。",
                )

    def is_new(self, place: Place | None, places: Mapping[str, Place]) -> bool:
        """Whether name and code of today may be newer than the gazetteer, which has that code for `place`: told with
        their source, nobody else's, and not a name that was given up before. Codes are as GB/T 2260 parts them."""
        before = places.get(self.code_then)
        if self.name_now == self.name_then and before and before.name_now != self.name_now:
            return False
        is_its = self.code_now == self.code_then or (
            place is None and re.match("..(?:0[1-9]|[1-6][0-9]|70|90)", self.code_now)
        )
        if not (self.has_sourced_change and is_its):
            return False
        region = getattr(self, "region", None)
        units = units_around(region.provinces if region and region.pk else [])
        return place_elsewhere(self.name_now, units, self.codes) is None

    @property
    def codes(self) -> set[str]:
        """The code then and the code now, where there are any."""
        return {self.code_then, self.code_now} - {""}

    @property
    def has_sourced_change(self) -> bool:
        """Whether a change of name or code is told with its source, here or, of the area itself, there."""
        area = getattr(self, "region", None) if self.role == DivisionRole.SELF else None
        is_area = area and area.renaming and is_sourced(area.renaming_source)
        told = f"{area.renaming} {area.renaming_source} {area.renamed_on or ''}" if area else ""
        return bool(is_area and is_news(told)) or (is_sourced(self.remark) and is_news(self.remark))

    def _is_within(self, code: str) -> bool:
        """Return whether a code can lie in the units that the area stands in; of a row without area, so far."""
        region = getattr(self, "region", None)
        units = region.provinces if region and region.pk else []
        around = [unit.code or (unit.parent.code if unit.parent else "") for unit in units]
        prefixes = [unit_code[:2] if unit_code.endswith("0000") else unit_code[:4] for unit_code in around]
        return not prefixes or code.startswith(tuple(prefixes))

    def shows(self, name: str) -> bool:
        return super().shows(name) and (self.is_shown or name == "verification")

    @property
    def is_shown(self) -> bool:
        """Whether readers may see it: a correspondence that is stated, and has a source."""
        return self.is_stated and is_sourced(self.source, with_data_sets=True)

    @property
    def is_stated(self) -> bool:
        """Whether it is said to be verified or plainly customary."""
        return self.verification in STATED

    @property
    def later_name(self) -> str:
        """The name of today where it is another one, else empty."""
        return self.name_now if self.name_now != self.name_then else ""

    @property
    def names(self) -> list[str]:
        """The name then, and today's where it is another one."""
        return [self.name_then, *filter(None, [self.later_name])]
