"""What the documents that came after a notice say in numbers and names: indicators, mechanisms, projects of an area.

Each row is from one document of the same area, and readers see it where they see that document, not longer.
"""

from collections.abc import Iterator

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.text import Truncator

from . import constraints as rule
from .documents import DATED, Document, in_words
from .places import Region
from .publishing import IssuedManager, PublishedManager, Withdrawable
from .tracking import TrackedQuerySet

BINDING = [("binding", "约束性"), ("expected", "预期性")]
STAGES = [("building", "建设"), ("reserve", "储备"), ("planned", "谋划")]
FIRST_YEAR = 2013  # when the first batch was called for
# A number as its source has it, led by how it is meant: ≥93.8 is 93.8%以上.
VALUE = r"^((≥|≤|约)?-?[0-9]{1,9}(\.[0-9]{1,4})?)?$"

_MEANT = {"≥": "{}以上", "≤": "{}以内", "约": "约{}"}


def _year(label: str) -> models.PositiveSmallIntegerField:
    return models.PositiveSmallIntegerField(label, null=True, blank=True)


def _sane_years(model: str, *fields: tuple[str, str]) -> list[models.CheckConstraint]:
    """Return the constraints that the years of `model`, each a field and its label, are between 2013 and 2100."""
    return [
        models.CheckConstraint(
            condition=Q(**{f"{field}__gte": FIRST_YEAR, f"{field}__lt": rule.HORIZON_ON.year}),
            name=f"{model}_{field}_sane",
            violation_error_message=f"{label}须在{FIRST_YEAR}年以后、2100年以前。",
        )
        for field, label in fields
    ]


class Evidence(Withdrawable):
    """What a document says of an area, as a row: shown where the document is."""

    belongs_to, key_fields = "region", ("region", "position")
    facts: tuple[str, ...] = ("region", "document", "name", "remark")

    region = models.ForeignKey(Region, models.CASCADE, related_name="%(class)ss", verbose_name="先行示范地区")
    document = models.ForeignKey(
        Document, models.CASCADE, related_name="%(class)ss", verbose_name="出自", help_text="本地区的后续文件。"
    )  # what it says goes with it
    position = models.PositiveSmallIntegerField("次序")
    name = models.CharField("名称", max_length=100)
    remark = models.CharField("说明", max_length=100, blank=True, help_text="范围、时段，或比何时变了多少。")

    objects = PublishedManager.from_queryset(TrackedQuerySet)()
    all_objects = IssuedManager.from_queryset(TrackedQuerySet)()
    issued_if = Q(region__notice__is_draft=False)
    published_if = Withdrawable.published_if & Q(region__withdrawn_on=None, document__withdrawn_on=None)

    class Meta:
        abstract = True
        ordering = ["region", "position"]
        constraints = [
            *Withdrawable.Meta.constraints,
            rule.positive("%(class)s", "position", "次序"),
            rule.unique("%(class)s", ["region", "position"], "同一地区中次序不能重复。"),
            rule.not_blank("%(class)s", "name", "名称"),
        ]

    def __str__(self) -> str:
        name = Truncator(self.name).chars(41)
        return f"{self.position}. {name}" if self.position else name

    def row_problems(self) -> Iterator[tuple[str, str]]:
        document = getattr(self, "document", None)
        if document and document.region_id != self.region_id:
            yield "document", "这份文件不是本地区的：请选本地区的后续文件。"

    @property
    def is_shown(self) -> bool:
        """Whether readers may see it: they see its document."""
        return self.document.region_id == self.region_id and self.document.is_shown and not self.document.is_withdrawn

    def shows(self, name: str) -> bool:
        return super().shows(name) and self.is_shown


class Indicator(Evidence):
    """A value that a document gives for an area at the start, as a target, or as reached."""

    facts = (
        *(*Evidence.facts, "unit", "base_year", "base_value", "target_year", "target_value"),
        *("reached_year", "reached_value", "binding"),
    )

    unit = models.CharField("单位", max_length=20, blank=True)
    base_year = _year("起点年份")
    base_value = models.CharField("起点值", max_length=16, blank=True)
    target_year = _year("目标年份")
    target_value = models.CharField("目标值", max_length=16, blank=True, help_text="数字，前可加≥、≤、约。")
    reached_year = _year("达到年份")
    reached_value = models.CharField("达到值", max_length=16, blank=True)
    binding = models.CharField("性质", max_length=10, blank=True, choices=BINDING)

    class Meta(Evidence.Meta):
        verbose_name = verbose_name_plural = "指标"
        constraints = [
            *Evidence.Meta.constraints,
            *_sane_years(
                "indicator", ("base_year", "起点年份"), ("target_year", "目标年份"), ("reached_year", "达到年份")
            ),
            *(
                models.CheckConstraint(
                    condition=Q(**{f"{field}__regex": VALUE}),
                    name=f"indicator_{field}_is_a_number",
                    violation_error_message=f"{label}写数字，前面可加≥、≤或约，如≥93.8；单位另填。",
                )
                for field, label in (
                    ("base_value", "起点值"),
                    ("target_value", "目标值"),
                    ("reached_value", "达到值"),
                )
            ),
            rule.one_of("indicator", "binding", "性质", ["", "binding", "expected"]),
            models.CheckConstraint(
                condition=Q(target_value="", target_year=None) | (Q(target_year__isnull=False) & ~Q(target_value="")),
                name="indicator_target_has_value_and_year",
                violation_error_message="目标值和目标年份要么都填，要么都不填。",
            ),
            *(
                models.CheckConstraint(
                    condition=Q(**{f"{name}_year": None}) | ~Q(**{f"{name}_value": ""}),
                    name=f"indicator_{name}_year_has_value",
                    violation_error_message=f"填了{label}年份，{label}值就不能为空。",
                )
                for name, label in (("base", "起点"), ("reached", "达到"))
            ),
            models.CheckConstraint(
                condition=~Q(base_value="", target_value="", reached_value=""),
                name="indicator_says_a_value",
                violation_error_message="起点值、目标值、达到值至少填一个。",
            ),
        ]

    def row_problems(self) -> Iterator[tuple[str, str]]:
        yield from super().row_problems()
        if self.reached_year and self.reached_year > timezone.localdate().year:
            yield "reached_year", "还没有到这一年。"
        for name in ("target_year", "reached_year"):
            if self.base_year and (year := getattr(self, name)) and year < self.base_year:
                yield name, "不能早于起点年份。"

    @property
    def cells(self) -> list[tuple[str, str, int | None]]:
        """What it says of start, target and what was reached: a label, the value in words, its year."""
        values = (
            ("起点", self.base_value, self.base_year),
            ("目标", self.target_value, self.target_year),
            ("达到", self.reached_value, self.reached_year),
        )
        return [
            (label, value and _MEANT.get(value[0], "{}").format(value.lstrip("≥≤约") + self.unit), year)
            for label, value, year in values
        ]

    @property
    def share(self) -> tuple[str, str] | None:
        """What was reached and what was to be, where one counts towards the other and both are plain; else None."""
        value, target = self.reached_value, self.target_value.lstrip("≥")
        is_plain = all(text.replace(".", "", 1).isdecimal() for text in (value, target))
        return (value, target) if is_plain and 0 < float(value) <= float(target) else None


class Mechanism(Evidence):
    """How an area and others work together across a boundary, as a document tells it."""

    facts = (*Evidence.facts, "members", "lead", "since", "meetings", "agreements")

    members = models.TextField("各方", help_text="一行一个。")
    lead = models.CharField("牵头方", max_length=60, blank=True)
    since = models.CharField("开始", max_length=10, blank=True, help_text="如2019-04。")
    meetings = models.TextField("会议", blank=True, help_text="一行一次。")
    agreements = models.TextField("协议", blank=True, help_text="一行一份。")

    class Meta(Evidence.Meta):
        verbose_name = verbose_name_plural = "协调机制"
        constraints = [
            *Evidence.Meta.constraints,
            rule.not_blank("mechanism", "members", "各方"),
            models.CheckConstraint(
                condition=Q(since__regex=DATED),
                name="mechanism_since_dated",
                violation_error_message="开始写作2019、2019-04或2019-04-16，在2013年以后、2100年以前。",
            ),
        ]

    def row_problems(self) -> Iterator[tuple[str, str]]:
        yield from super().row_problems()
        if len(self.members.split("\n")) == 1:
            yield "members", "至少两方，一行一个。"
        if self.since > f"{timezone.localdate()}"[: len(self.since)]:
            yield "since", "还没有到这一天。"

    @property
    def since_words(self) -> str:
        """Since when, as readers read it."""
        return in_words(self.since)


class Project(Evidence):
    """A project of an area that a document tells of."""

    facts = (*Evidence.facts, "stage", "investment", "start_year", "end_year", "body")
    internal_fields = ("progress",)  # what officials know and no document says

    stage = models.CharField(
        "阶段",
        max_length=10,
        blank=True,
        choices=STAGES,
    )
    investment = models.PositiveIntegerField("投资", null=True, blank=True, help_text="万元。")
    start_year = _year("开工年份")
    end_year = _year("完工年份")
    body = models.CharField("责任单位", max_length=60, blank=True)
    progress = models.CharField(
        "最近进展", max_length=200, blank=True, help_text="哪一季，做到哪一步，如2026年第三季度：主体完工。不公开。"
    )

    class Meta(Evidence.Meta):
        verbose_name = verbose_name_plural = "重点项目"
        constraints = [
            *Evidence.Meta.constraints,
            rule.positive("project", "investment", "投资"),
            rule.one_of("project", "stage", "阶段", ["", "building", "reserve", "planned"]),
            *_sane_years("project", ("start_year", "开工年份"), ("end_year", "完工年份")),
            models.CheckConstraint(
                condition=Q(end_year=None) | Q(start_year=None) | Q(end_year__gte=models.F("start_year")),
                name="project_ends_after_it_began",
                violation_error_message="完工年份不能早于开工年份。",
            ),
        ]

    @property
    def investment_words(self) -> str:
        """What it costs, as readers read it: 2632万元, 24亿元."""
        amount = self.investment or 0
        return f"{amount / 10_000}".removesuffix(".0") + "亿元" if amount >= 10_000 else f"{amount}万元"


EVIDENCE = (Indicator, Mechanism, Project)
