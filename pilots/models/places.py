"""The designated areas."""

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, OuterRef, Prefetch, Q
from django.utils import timezone
from django.utils.formats import date_format

from . import constraints as rule
from .names import ENGLISH, ITS_OWN, english_name
from .notice import Notice
from .provinces import (
    Province,
    ProvinceKind,
    RegionKind,
    endings,
    kinds,
    later_name_problems,
    name_problems,
)
from .publishing import IssuedManager, PublishedManager, Withdrawable
from .received import ADDED, Line, Received
from .recorded import Subject, own_field
from .sources import cited, dates_in, is_dated_beyond, is_sourced, names_given_up, renaming_problems
from .tracking import TrackedQuerySet

if TYPE_CHECKING:
    from .divisions import Division


class Verification(models.TextChoices):
    """How far a fact was checked; only what is verified or plainly customary is shown to readers."""

    VERIFIED = "verified", "已核实"
    CUSTOMARY = "customary", "通行说法"
    PARTIAL = "partial", "部分核实"
    UNVERIFIED = "unverified", "未核实"
    INAPPLICABLE = "inapplicable", "不适用"


class RegionQuerySet(TrackedQuerySet["Region"]):
    def in_provinces(self, units: Iterable[int]) -> "RegionQuerySet":
        """Areas that stand in at least one of the units (primary keys), once each, joint areas included."""
        return self.filter(in_provinces(units))

    def for_detail(self) -> "RegionQuerySet":
        """With all that a record shows: its lines in their own order, without looking up that of areas."""
        orders = {"aliases": "pk", "divisions": "position", "priorities": "number"}
        of: dict[str, Any] = {name: self.model._meta.get_field(name).related_model for name in orders}
        rows = (Prefetch(name, of[name].objects.order_by(order)) for name, order in orders.items())
        return self.select_related("notice", "province__parent").prefetch_related(
            "partners", *rows, "priorities__system", "priorities__also_systems", "priorities__topics"
        )

    def for_annex(self) -> "RegionQuerySet":
        """With their lines, in the order of the notice. Of `all_objects`: the annex is the notice's, not ours."""
        priority = self.model._meta.get_field("priorities").related_model
        lines = priority._base_manager.filter(withdrawn_on=None).order_by("number")
        rows = self.exclude(is_issued=False, withdrawn_on__isnull=False)
        return rows.order_by("serial").prefetch_related(Prefetch("priorities", lines))

    def for_comparison(self, slugs: Iterable[str]) -> "RegionQuerySet":
        """The areas named, with what is set side by side of them."""
        return (
            self.filter(slug__in=slugs)
            .select_related("notice", "province")
            .prefetch_related("partners", "priorities__system", "priorities__topics", "documents")
        )

    def beside(self, region: "Region") -> tuple["Region | None", "Region | None"]:
        """Return the areas before and after `region` in the same notice, `None` at the ends. One query."""
        same = self.filter(notice=region.notice_id)
        before = same.filter(serial__lt=region.serial).order_by("-serial").values("pk")[:1]
        after = same.filter(serial__gt=region.serial).order_by("serial").values("pk")[:1]
        rows = same.filter(Q(pk__in=before) | Q(pk__in=after))
        by_side = {row.serial > region.serial: row for row in rows}
        return by_side.get(False), by_side.get(True)

    def sharing_topics_with(self, region: "Region") -> "RegionQuerySet":
        """Other areas that work on a topic of `region`, those with most in common first (`shared`)."""
        topics = {topic.pk for priority in region.priorities.all() for topic in priority.topics.all()}
        ours = Q(priorities__topics__in=topics, priorities__withdrawn_on=None)
        shared = models.Count("priorities__topics", filter=ours, distinct=True)
        return (
            self.exclude(pk=region.pk)
            .annotate(shared=shared)
            .filter(shared__gt=0)
            .select_related("province")
            .order_by("-shared", "serial")
        )


def in_provinces(units: Iterable[int]) -> Q:
    """Return the condition that an area stands in at least one of the units (primary keys of `Province`)."""
    units = list(units)
    joint = Region.partners.through.objects.filter(region=OuterRef("pk"), province__in=units)
    return Q(province__in=units) | Q(Exists(joint))


class Region(Subject, Line, Received, Withdrawable):
    """One of the designated areas (先行示范地区): a row of the annex of a notice."""

    verbatim_fields = ("serial", "name_raw", "name")
    notice_facts = ("notice", "province", "partners")  # the annex lists the areas province by province
    internal_fields = ("internal_note",)
    verified_fields = {
        **dict.fromkeys(
            ("name_now", "renamed_on", "renamed_precision", "renaming", "renaming_source"), "shows_name_now"
        ),
        **dict.fromkeys(("kind", "kind_label", "kind_source"), "verified_kind"),
        **dict.fromkeys(("remark", "remark_source"), "shown_remark"),
    }
    raw_field, shown_field = "name_raw", "name"
    issued_name = ""  # of a withdrawn area, where its name was corrected (history.original.name_withdrawn)
    sourced = {
        **ENGLISH,
        "renaming_source": ("name_now_status", ("name_now", "renamed_on", "renamed_precision", "renaming")),
        "kind_source": ("is_kind_verified", ("kind",)),
        "remark_source": (None, ("remark",)),
    }
    # Each with whether data sets count.
    source_fields = {"name_en_source": False, "renaming_source": False, "kind_source": True, "remark_source": True}
    cited = property(lambda self: {name: cited(getattr(self, name)) for name in self.source_fields})  # for readers

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="regions", verbose_name="通知")
    serial = models.PositiveSmallIntegerField("序号", help_text="附件中的序号。")
    name_raw = models.CharField("所收地区名称", max_length=100, help_text="附件中的写法，逐字照录。")
    name = models.CharField("地区名称", max_length=100, help_text="只规范标点和空格，汉字一字不改。")
    short_name = models.CharField("短名", max_length=50)
    name_en, name_en_source = english_name()
    kind = models.CharField("类型", max_length=30, choices=RegionKind, help_text="本站归类。")
    is_kind_verified = models.BooleanField("类型已核实", default=False)
    kind_source = models.TextField(
        "类型的出处", blank=True, help_text="公开网址、文号或数据集（写明版本），一行一个。"
    )
    province = models.ForeignKey(
        Province,
        models.PROTECT,
        related_name="regions",
        verbose_name="所在省级单位",
        help_text="最具体的一级：在计划单列市的写计划单列市，在兵团的写兵团。跨省地区写首列的一个。",
    )
    partners = models.ManyToManyField(
        Province,
        blank=True,
        related_name="joint_regions",
        verbose_name="共建的其他省级单位",
        help_text="跨省地区除首列以外的省级单位。",
    )
    name_now = models.CharField("现名", max_length=100, blank=True)
    name_now_status = models.CharField(
        "现名核实情况", max_length=20, choices=Verification, default=Verification.UNVERIFIED
    )
    renamed_on = models.DateField("更名批准日期", null=True, blank=True)
    renamed_precision = models.CharField(
        "更名日期精确到",
        max_length=10,
        blank=True,
        choices=[("", "日"), ("month", "月"), ("year", "年")],
        help_text="出处只写到月或年的，批准日期留空，年月写在更名情况里。",
    )
    renaming = models.CharField("更名情况", max_length=300, blank=True, help_text="由何名改为何名、批复和文号。")
    renaming_source = models.TextField("更名的出处", blank=True, help_text="公开网址或文号，一行一个。")
    pinyin = models.CharField("拼音", max_length=200, help_text="名称的拼音，音节以空格分开。")
    short_pinyin = models.CharField("短名拼音", max_length=100, help_text="短名的拼音，音节以空格分开。")
    open_points = models.TextField(
        "通知未列明",
        blank=True,
        help_text="只写通知没有写明的，每句以“通知没有”或“通知未”开头，依据是通知原文；别的写在说明里，写明出处。",
    )
    remark = models.TextField("说明", blank=True, help_text="补充说明；写明出处的才公开显示。")
    remark_source = models.TextField(
        "说明的出处", blank=True, help_text="公开网址、文号或数据集（写明版本），一行一个。没有出处的说明不公开显示。"
    )
    internal_note = models.TextField("内部备注", blank=True, help_text="核实线索，不公开。")
    verification = models.CharField("核实情况", max_length=20, choices=Verification, default=Verification.UNVERIFIED)
    slug = models.SlugField("地址名", unique=True, help_text="网址中的名称，定后不改。")

    objects = PublishedManager.from_queryset(RegionQuerySet)()
    all_objects = IssuedManager.from_queryset(RegionQuerySet)()
    issued_if = Q(notice__is_draft=False)

    class Meta:
        verbose_name = verbose_name_plural = "先行示范地区"
        ordering = ["notice", "serial"]
        constraints = [
            *Withdrawable.Meta.constraints,
            rule.positive("region", "serial", "序号"),
            rule.unique("region", ["notice", "serial"], "同一通知中序号不能重复。"),
            rule.unique("region", ["notice", "name"], "同一通知中地区名称不能重复。"),
            rule.not_blank("region", "name_raw", "所收地区名称"),
            rule.not_blank("region", "name", "地区名称"),
            rule.not_blank("region", "short_name", "短名"),
            rule.not_blank("region", "slug", "地址名"),
            rule.slug("region", "slug", "地址名"),
            rule.sane_date("region", "renamed_on", "更名批准日期"),
            rule.one_of("region", "kind", "类型", RegionKind.values),
            rule.one_of("region", "renamed_precision", "更名日期精确到", ["", "month", "year"]),
            rule.one_of("region", "name_now_status", "现名核实情况", Verification.values),
            rule.one_of("region", "verification", "核实情况", Verification.values),
            models.CheckConstraint(
                condition=~Q(name_now_status="verified") | Q(name_now__regex=r"\S"),
                name="region_verified_name_now_is_given",
                violation_error_message="现名标为已核实时不能留空。",
            ),
            models.CheckConstraint(
                condition=Q(renamed_on=None) | Q(renaming__regex=r"\S"),
                name="region_renamed_on_with_renaming",
                violation_error_message="有更名批准日期的，须写明更名情况。",
            ),
            models.CheckConstraint(
                condition=Q(renamed_on=None) | Q(renamed_precision=""),
                name="region_renamed_on_no_more_exact_than_its_source",
                violation_error_message="出处只写到月或年的，更名批准日期须留空。",
            ),
            models.CheckConstraint(
                condition=~Q(name_now_status="verified") | Q(renaming="") | Q(renaming_source__regex=r"\S"),
                name="region_verified_renaming_has_source",
                violation_error_message="已核实的更名须写明出处。",
            ),
            models.CheckConstraint(
                condition=~Q(name_now_status="verified") | Q(renaming="") | ~Q(name_now=models.F("name")),
                name="region_verified_renaming_is_to_another_name",
                violation_error_message="现名与地区名称相同，没有更名：请改正现名，或清空更名情况。",
            ),
            models.CheckConstraint(
                condition=Q(is_kind_verified=False) | Q(kind_source__regex=r"\S"),
                name="region_verified_kind_has_source",
                violation_error_message="已核实的类型须写明出处；还没有出处的，请改为未核实。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.serial}. {self.name}"

    def clean(self) -> None:
        """Refuse a change of name that hasn't been approved yet, and a name that is listed as another one."""
        super().clean()
        if self.renamed_on and self.renamed_on > timezone.localdate():
            raise ValidationError({"renamed_on": "还没有到这一天。"})
        others = [alias.name for alias in self.aliases.all() if alias.kind in ITS_OWN] if self.pk else []
        for field in ("name", "short_name"):
            if getattr(self, field) in others:
                label = own_field(self, field).verbose_name
                raise ValidationError({field: f"别名里已有“{getattr(self, field)}”，不能又是{label}。请先更正别名。"})
        is_kept = self.short_name in self.name or Region.all_objects.filter(pk=self.pk, short_name=self.short_name)
        if not is_kept:  # where the name alone is corrected, the short one may follow later
            raise ValidationError({"short_name": f"短名须是地区名称“{self.name}”里的字，不能另起。"})

    def row_problems(self) -> Iterator[tuple[str, str]]:
        if self.renamed_precision and is_dated_beyond(self.renaming, self.renamed_precision):
            form = "2017年4月" if self.renamed_precision == "month" else "2017年"
            to = self.get_renamed_precision_display()
            yield (
                "renaming",
                f"出处只写到{to}，这里不能写得更细：日期只写作“{form}”。文号写在“更名的出处”里，别的数字不写。",
            )

        sentences = filter(None, map(str.strip, re.split("[。；;\n]", self.open_points)))
        if not all(sentence.startswith(("通知没有", "通知未")) for sentence in sentences):
            yield "open_points", "每句以“通知没有”或“通知未”开头；别的写在说明里，并写明出处。"

        if self.name_now_status == Verification.VERIFIED:
            yield from later_name_problems(self)
            yield from self._renaming_problems() if self.renaming else ()
        yield from self._kind_problems()
        yield from name_problems(self)

    def _renaming_problems(self) -> Iterator[tuple[str, str]]:
        """Yield where what is told of a change of name contradicts itself or the notice, which names it as before."""
        day = self.renamed_on.timetuple()[:3] if self.renamed_on else ()
        dates = dates_in(self.renaming)
        ways = [self.name_now.removeprefix(self.name.removesuffix(self.short_name)), *endings(self.name_now)]
        others, short = names_given_up(self.renaming), self.short_name.partition("（")[0]
        is_told = self.name_now == self.name or any(way in self.renaming for way in ways)
        is_another = others and not any(short in other or self.name.endswith(other) for other in others)
        changed = [day] if day else dates
        for is_wrong, field, text in (
            (
                day and dates and not any(day[: len(date)] == date for date in dates),
                "renamed_on",
                "与更名情况里写的日期不符。",
            ),
            (not is_told, "renaming", f"须写明由何名改为何名：这里没有现名“{ways[0]}”。"),
            (is_another, "renaming", f"原名写作“{'、'.join(others)}”，通知印发时这个地区叫“{self.short_name}”。"),
        ):
            yield from [(field, text)] if is_wrong else ()
        yield from renaming_problems(self.renaming, self.renaming_source, changed)
        if (notice := getattr(self, "notice", None)) and changed:
            printed = notice.issued_on.timetuple()[:3]
            if all(date < printed[: len(date)] or date == printed for date in changed):
                field = "renamed_on" if day else "renaming"
                yield field, f"通知印发时（{date_format(notice.issued_on, 'Y年n月j日')}）还用原名，不会在这以前更名。"

    def _kind_problems(self) -> Iterator[tuple[str, str]]:
        """Yield what an area of its kind, and with its name and code, can't be."""
        divisions = [row for row in self.divisions.all() if row.role == "self"] if self.pk else []
        is_whole = self.kind not in (RegionKind.JOINT_AREA, RegionKind.CROSS_CITY_AREA)
        if self.name_now and not is_whole:
            yield "name_now", "这个地区不是一个行政区划，没有现名：改名的成员写在行政区划里。"
        if divisions and not is_whole:
            yield "kind", f"行政区划里“{divisions[0]}”是“本地区”，与这个类型不符：请先更正那一行与地区的关系。"
        coded = [(division.name_then, division.code_then) for division in divisions if division.code_then]
        rows = coded or [(self.short_name.partition("（")[0], "")]
        for name, code in rows if self.is_kind_verified else ():  # readers aren't told what isn't
            if self.kind not in kinds(name, code):
                of = f"它的行政区划“{name} {code}”的名称和代码" if code else f"名称“{name}”"
                yield "kind", f"类型与{of}不符。"

    @staticmethod
    def link_problems(rows_by_field: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """Yield what is wrong with an area's units (`province` and the list `partners`), and the field."""
        units = [rows_by_field["province"], *rows_by_field.get("partners", ())]  # a new area has none yet
        if len(set(units)) < len(units):
            yield "partners", "同一省级单位列了两次。"
        for unit in (unit for unit in units if unit.parent_id in {other.pk for other in units}):
            yield "partners", f"{unit}与它所在的省级单位重复列出。"

    @property
    def provinces(self) -> list[Province]:
        """Every province-level unit that the area stands in, the first-named first."""
        return [self.province, *self.partners.all()]

    @property
    def is_in_separate_city(self) -> bool:
        """Whether the area is a 计划单列市 or a part of one; 副省级市, its kind, is another fact."""
        return any(unit.kind == ProvinceKind.SEPARATE_CITY for unit in self.provinces)

    @property
    def withdrawal(self) -> str:
        """What was withdrawn, when and why, in a sentence; of a withdrawn area only."""
        assert self.withdrawn_on is not None
        day = date_format(self.withdrawn_on, "Y年n月j日")
        name = f"{self.name}（名称已更正，印发原文：“{self.issued_name}”）" if self.issued_name else self.name
        reason = self.withdrawn_reason.rstrip("。")
        return f"{name}{'' if self.is_issued else f'（{ADDED}）'}已于{day}从本站撤下。原因：{reason}"

    @property
    def annex_url(self) -> str:
        """Where the notice has the area, withdrawn or not; empty for one that was added on this site."""
        return f"{self.notice.get_absolute_url()}#region-{self.serial}" if self.is_issued else ""

    @property
    def name_parts(self) -> tuple[str, str]:
        """The name, and what it ends with in brackets: a line of its own where there is room."""
        head, bracket, tail = self.name.partition("（")
        return (head, bracket + tail) if head and tail.endswith("）") else (self.name, "")

    @property
    def later_name(self) -> str:
        """The verified name of today where it differs from the name and has a source, else empty."""
        return self.name_now if self.name_now != self.name and self.shows_name_now else ""

    @property
    def shows_name_now(self) -> bool:
        """Whether readers are told the name of today: verified, and the area's own or with a source.

        Where a name was corrected, the one before stays here until somebody corrects it, too: it has no source.
        """
        has_ground = self.name_now == self.name or is_sourced(self.renaming_source)
        return self.name_now_status == Verification.VERIFIED and has_ground

    @property
    def verified_kind(self) -> str:
        """The kind as readers are told of it: verified, with a source; else empty. The area is found by it anyway."""
        is_told = self.is_kind_verified and is_sourced(self.kind_source, with_data_sets=True)
        return self.get_kind_display() if is_told else ""

    @property
    def shown_remark(self) -> str:
        """The remark as readers are told of it: with a source; else empty."""
        return self.remark if is_sourced(self.remark_source, with_data_sets=True) else ""

    @property
    def shown_divisions(self) -> list["Division"]:
        """The divisions that may be shown: those with a source."""
        return [division for division in self.divisions.all() if division.is_shown]
