"""What the areas are meant to try, and how this site classifies it."""

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Count, F, Prefetch, Q
from django.utils.text import Truncator

from . import constraints as rule
from .names import ENGLISH, ListedByName, english_name
from .places import Region
from .publishing import IssuedManager, PublishedManager, Withdrawable
from .received import Line, Received
from .recorded import Subject
from .sources import cited, is_sourced
from .tracking import Row, Tracked, TrackedQuerySet
from .typography import line_text, normalise

MOST_TOPICS = 3


class ThemeQuerySet(TrackedQuerySet[Row]):
    """Questions that systems and topics answer alike: both classify priorities."""

    def for_list(self) -> "ThemeQuerySet":
        """With the number of published priorities and of areas under each (`priority_count`, `region_count`), and of
        those priorities that the notice has, that were added (`issued_count`, `added_count`)."""
        is_published = Q(priorities__withdrawn_on=None, priorities__region__withdrawn_on=None)
        is_published &= Q(priorities__region__notice__is_draft=False)
        is_issued = Q(priorities__is_issued=True, priorities__region__is_issued=True)
        return self.annotate(
            priority_count=Count("priorities", distinct=True, filter=is_published),
            region_count=Count("priorities__region", distinct=True, filter=is_published),
            issued_count=Count("priorities", distinct=True, filter=is_published & is_issued),
            added_count=F("priority_count") - F("issued_count"),
        ).order_by("position")


class System(Subject, ListedByName, Tracked):
    """One of the eight systems of 《生态文明体制改革总体方案》, or 其他: this site's classification."""

    sourced = ENGLISH
    source_fields = {"name_en_source": False}

    name = models.CharField("名称", max_length=50, unique=True)
    short_name = models.CharField("短名", max_length=20, unique=True, help_text="列表和图表中的短名，本站所拟。")
    name_en, name_en_source = english_name()
    position = models.PositiveSmallIntegerField("次序", help_text="《总体方案》中的次序，其他列最后。")
    is_other = models.BooleanField("八项以外", default=False, help_text="不属于《总体方案》八项制度。")
    slug = models.SlugField("地址名", unique=True, help_text="网址中的名称，定后不改。")

    objects = ThemeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "制度"
        ordering = ["position"]
        constraints = [
            rule.not_blank("system", "name", "名称"),
            rule.not_blank("system", "short_name", "短名"),
            rule.not_blank("system", "slug", "地址名"),
            rule.slug("system", "slug", "地址名"),
            rule.positive("system", "position", "次序"),
            rule.unique("system", ["position"], "次序不能重复。"),
        ]


class Topic(Subject, ListedByName, Tracked):
    """A recurring theme of the priorities: this site's classification."""

    sourced = ENGLISH | {"definition_source": (None, ("definition",))}
    source_fields = {"name_en_source": False, "definition_source": False}

    name = models.CharField("名称", max_length=50, unique=True)
    name_en, name_en_source = english_name()
    definition = models.CharField("释义", max_length=80, blank=True, help_text="一句话，本站所写；有出处才公开。")
    definition_source = models.TextField("释义的出处", blank=True, help_text="公开网址或文号，一行一个。")
    position = models.PositiveSmallIntegerField("次序")
    slug = models.SlugField("地址名", unique=True, help_text="网址中的名称，定后不改。")

    objects = ThemeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "主题"
        ordering = ["position"]
        constraints = [
            rule.not_blank("topic", "name", "名称"),
            rule.not_blank("topic", "slug", "地址名"),
            rule.slug("topic", "slug", "地址名"),
            rule.positive("topic", "position", "次序"),
            rule.unique("topic", ["position"], "次序不能重复。"),
        ]

    @property
    def cited(self) -> list[tuple[str, str]]:
        """The sources of its definition in words, each with its address; empty where it has none that is public."""
        return cited(self.definition_source) if is_sourced(self.definition_source) else []

    def shows(self, name: str) -> bool:
        return super().shows(name) and (name != "definition" or bool(self.cited))


class PriorityQuerySet(TrackedQuerySet["Priority"]):
    def for_theme(self) -> "PriorityQuerySet":
        """With area, its places and system, in the notice's order: what a topic's or system's page quotes."""
        regions = Region.objects.select_related("province").prefetch_related("partners", "divisions")
        return (
            self.select_related("system")
            .prefetch_related(Prefetch("region", queryset=regions))
            .order_by("region__notice", "region__serial", "number")
        )


class PriorityConfidence(models.TextChoices):
    HIGH = "high", "高"
    MEDIUM = "medium", "中"
    LOW = "low", "低"


class Priority(Line, Received, Withdrawable):
    """One numbered line of an area (制度创新重点), verbatim."""

    belongs_to, line_unit, key_fields = "region", "项", ("region", "number")
    verbatim_fields = ("number", "text_raw", "text")
    notice_facts = ("region",)
    internal_fields = ("classification_note",)

    region = models.ForeignKey(
        Region, models.CASCADE, related_name="priorities", verbose_name="先行示范地区"
    )  # a priority has no life without its area
    number = models.PositiveSmallIntegerField("编号", help_text="在该地区中的编号。")
    text_raw = models.TextField("所收原文", help_text="逐字照录，含编号、句末标点和转录时混入的空格。")
    text = models.TextField("展示文本", help_text="去掉编号和句末标点，只规范标点和空格，汉字一字不改。")
    system = models.ForeignKey(
        System, models.PROTECT, related_name="priorities", verbose_name="制度", help_text="本站归类。"
    )
    also_systems = models.ManyToManyField(
        System,
        blank=True,
        related_name="also_priorities",
        verbose_name="也涉及的制度",
        help_text="本站归类。",
    )
    topics = models.ManyToManyField(
        Topic, blank=True, related_name="priorities", verbose_name="主题", help_text="本站归类，一至三个。"
    )
    confidence = models.CharField(
        "归类把握", max_length=10, choices=PriorityConfidence, default=PriorityConfidence.HIGH
    )
    classification_note = models.CharField(
        "归类依据", max_length=200, blank=True, help_text="归类的考虑，一句话，不公开。"
    )

    objects = PublishedManager.from_queryset(PriorityQuerySet)()
    all_objects = IssuedManager.from_queryset(PriorityQuerySet)()
    issued_if = Q(region__notice__is_draft=False)
    published_if = Withdrawable.published_if & Q(region__withdrawn_on=None)

    class Meta:
        verbose_name = verbose_name_plural = "制度创新重点"
        ordering = ["region", "number"]
        constraints = [
            *Withdrawable.Meta.constraints,
            rule.positive("priority", "number", "编号"),
            rule.unique("priority", ["region", "number"], "同一地区中编号不能重复。"),
            rule.not_blank("priority", "text_raw", "所收原文"),
            rule.not_blank("priority", "text", "展示文本"),
            rule.one_of("priority", "confidence", "归类把握", PriorityConfidence.values),
        ]

    def __str__(self) -> str:
        return f"{self.number}. {Truncator(self.text).chars(31)}"

    def get_absolute_url(self) -> str:
        return f"{self.region.get_absolute_url()}#{self.anchor}"

    @staticmethod
    def shown_from(raw: str) -> str:
        return line_text(raw)

    @staticmethod
    def link_problems(rows_by_field: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """Yield what is wrong with a line's links (rows by field; one alone for its system), and the field."""
        if not 1 <= len(rows_by_field["topics"]) <= MOST_TOPICS:
            yield "topics", f"须选一至三个主题，现有{len(rows_by_field['topics'])}个。"
        if rows_by_field["system"] in rows_by_field.get("also_systems", ()):  # a new line isn't asked
            yield "also_systems", "与“制度”重复。"

    def clean(self) -> None:
        super().clean()
        if self.number and not normalise(self.text_raw).startswith(f"{self.number}."):
            raise ValidationError({"text_raw": f"须照附件以编号开头，即“{self.number}.”。"})

    @property
    def anchor(self) -> str:
        """The name after `#` on the page of its area."""
        return f"priority-{self.number}"

    @property
    def line(self) -> str:
        """The line as the annex has it: number, text and the final mark of the issued line, where it has one."""
        original = normalise(self.text_raw)
        return f"{self.number}.{self.text}{original[-1] if original.endswith(('。', '；')) else ''}"
