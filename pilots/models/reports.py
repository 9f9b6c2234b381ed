"""What areas report while a notice is in force: a report a quarter and one a year, with one line a priority.

When they are due is what the duties of the notice say (`schedule`), between the days that 部委编辑 give the notice;
without these days its areas owe none. The history keeps all of it for officials alone: readers see a report as it was
made public, and that it was, and never what was written before.
"""

import datetime
from collections.abc import Iterator, Sequence

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from . import constraints as rule
from .documents import Document
from .places import Region
from .priorities import Priority
from .publishing import IssuedManager, PublishedManager, Withdrawable
from .schedule import DAYS
from .tracking import TrackedQuerySet

WITHDRAWAL = ("withdrawn_on", "withdrawn_reason")


class ReportPeriod(models.TextChoices):
    Q1 = "q1", "第一季度"
    Q2 = "q2", "第二季度"
    Q3 = "q3", "第三季度"
    Q4 = "q4", "第四季度"
    ANNUAL = "annual", "年度总结"


class ReportState(models.TextChoices):
    DRAFT = "draft", "草稿"
    SENT = "sent", "已报送"
    RETURNED = "returned", "已退回"
    PUBLISHED = "published", "已公开"


BEING_WRITTEN = (ReportState.DRAFT, ReportState.RETURNED)


class Progress(models.TextChoices):
    WAITING = "waiting", "未启动"
    UNDER_WAY = "under_way", "推进中"
    ADOPTED = "adopted", "已出台"
    WORKING = "working", "已见效"


class Report(Withdrawable):
    """What an area reports of a quarter or a year."""

    belongs_to, key_fields, is_public = "region", ("region", "year", "period"), False
    internal_fields = ("id", "region", "year", "period", "state", "sent_by", "sent_at", "reminded_at", *WITHDRAWAL)

    region = models.ForeignKey(
        Region, models.CASCADE, related_name="reports", verbose_name="先行示范地区"
    )  # a report has no life without its area
    year = models.PositiveSmallIntegerField("年份")
    period = models.CharField("报告期", max_length=10, choices=ReportPeriod)
    state = models.CharField("状态", max_length=10, choices=ReportState, default=ReportState.DRAFT, editable=False)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="报送人",
        editable=False,
    )
    sent_at = models.DateTimeField("报送时间", null=True, blank=True, editable=False)
    reminded_at = models.DateTimeField("催报时间", null=True, blank=True, editable=False)

    objects = PublishedManager.from_queryset(TrackedQuerySet)()
    all_objects = IssuedManager.from_queryset(TrackedQuerySet)()
    issued_if = Q(region__notice__is_draft=False)
    # The public door: nothing of a report before the ministry has made it public.
    published_if = Withdrawable.published_if & Q(region__withdrawn_on=None, state=ReportState.PUBLISHED)

    class Meta:
        verbose_name = verbose_name_plural = "报送"
        ordering = ["region", "year", "period"]
        constraints = [
            *Withdrawable.Meta.constraints,
            rule.unique("report", ["region", "year", "period"], "这个地区这一期已有报告。"),
            rule.one_of("report", "period", "报告期", ReportPeriod.values),
            rule.one_of("report", "state", "状态", ReportState.values),
            models.CheckConstraint(
                condition=Q(year__gte=2013, year__lt=rule.HORIZON_ON.year),
                name="report_year_sane",
                violation_error_message="年份须在2013年以后、2100年以前。",
            ),
            models.CheckConstraint(
                condition=Q(state=ReportState.DRAFT) | Q(sent_by__isnull=False, sent_at__isnull=False),
                name="report_sent_by_somebody",
                violation_error_message="报送的须有报送人和报送时间。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year}年{self.get_period_display()}".replace("年年", "年")

    def row_problems(self) -> Iterator[tuple[str, str]]:
        region = getattr(self, "region", None)
        if region and (self.year, self.period) not in {(year, name) for _, year, name in region.notice.periods}:
            yield "period", "通知没有要求报送这一期，或报送已经关闭。"

    def shows(self, name: str) -> bool:
        """Return whether readers are told of field `name`: of all its way, that it was made public."""
        return name == "state" and self.state == ReportState.PUBLISHED

    @property
    def due_on(self) -> datetime.date:
        """The last day for it."""
        return datetime.date(self.year, *DAYS[self.period])

    @property
    def is_open(self) -> bool:
        """Whether its area may write in it: it wasn't sent yet, or was sent back."""
        return self.state in BEING_WRITTEN and not self.is_withdrawn

    @property
    def is_reminded_today(self) -> bool:
        """Whether the ministry has asked for it today: once a day will do."""
        return bool(self.reminded_at) and timezone.localdate(self.reminded_at) == timezone.localdate()

    @property
    def order(self) -> tuple[datetime.date, bool]:
        """Its place among the reports of an area: by its last day, the year's summary after the fourth quarter."""
        return self.due_on, self.period == ReportPeriod.ANNUAL


class ReportLine(Withdrawable):
    """What a report says of one priority."""

    belongs_to, key_fields, is_public = "region", ("report", "priority"), False
    internal_fields = ("id", "region", "report", "priority", "progress", "document", "text", "comment", *WITHDRAWAL)
    left_out: "Sequence[ReportLine]" = ()  # of a year's summary that is put together: what its quarters say beyond it

    region = models.ForeignKey(Region, models.CASCADE, related_name="report_lines", verbose_name="先行示范地区")
    report = models.ForeignKey(Report, models.CASCADE, related_name="lines", verbose_name="报送")
    priority = models.ForeignKey(
        Priority, models.CASCADE, related_name="report_lines", verbose_name="制度创新重点"
    )  # lines are withdrawn, not deleted, but with a draft, which has no reports
    progress = models.CharField("进展", max_length=10, choices=Progress, blank=True)
    document = models.ForeignKey(
        Document,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="report_lines",
        verbose_name="文件",
        help_text="本地区的后续文件，可以不选。",
    )
    text = models.CharField("说明", max_length=200, blank=True, help_text="200字以内。")
    comment = models.CharField("退回意见", max_length=200, blank=True, editable=False, help_text="要补充或改正什么。")

    objects = PublishedManager.from_queryset(TrackedQuerySet)()
    all_objects = IssuedManager.from_queryset(TrackedQuerySet)()
    issued_if = Q(region__notice__is_draft=False)
    published_if = Withdrawable.published_if & Q(
        region__withdrawn_on=None,
        report__withdrawn_on=None,
        report__state=ReportState.PUBLISHED,
        priority__withdrawn_on=None,
    )

    class Meta:
        verbose_name = verbose_name_plural = "报送内容"
        ordering = ["report", "priority__number"]
        constraints = [
            *Withdrawable.Meta.constraints,
            rule.unique("reportline", ["report", "priority"], "这一期里这一项已有一行。"),
            rule.one_of("reportline", "progress", "进展", ["", *Progress.values]),
        ]

    def __str__(self) -> str:
        return f"{self.report} {self.priority}" if self.priority_id else "新的一项"

    def row_problems(self) -> Iterator[tuple[str, str]]:
        for name, text in (
            ("report", "这份报告不是本地区的。"),
            ("priority", "这一项不是本地区的：请选本地区的制度创新重点。"),
            ("document", "这份文件不是本地区的：请选本地区的后续文件。"),
        ):
            row = getattr(self, name, None)
            if row and row.region_id != self.region_id:
                yield name, text

    @property
    def is_filled(self) -> bool:
        """Whether it says anything."""
        return bool(self.progress or self.text or self.document_id)

    @property
    def shown_document(self) -> Document | None:
        """The document that it names, where readers may see that."""
        document = self.document
        return document if document and document.is_shown and not document.is_withdrawn else None
