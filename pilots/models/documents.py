"""What came after a notice: dated public documents and reports that bear on an area, as evidence with a source.

What nobody has published is no row: readers are told that nothing was found, and when it was last looked for.
"""

import datetime
import re
from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator

from . import constraints as rule
from .attachments import VALUE, parts
from .places import Region, Verification
from .publishing import IssuedManager, PublishedManager, Withdrawable
from .recorded import part_of_a_date
from .sources import ADDRESS, NUMBER, cited, is_public, is_sourced
from .tracking import TrackedQuerySet

# A year, a month or a day from 2013, when the first batch was called for, to the horizon.
DATED = r"^(20(1[3-9]|[2-9][0-9])(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?)?$"
_UNITS = "年月日"


def in_words(date: str) -> str:
    """Return a date (2019-04) as readers read it, no more exact than it is known: 2019年4月."""
    return "".join(f"{int(part)}{unit}" for part, unit in zip(date.split("-"), _UNITS, strict=False) if part)


def names_source(text: str, pdf: str = "") -> bool:
    """Return whether a text leads readers to what was read: by an address, a number, or a publication's title; or
    what was read is here (`pdf`)."""
    is_open = all(map(is_public, ADDRESS.findall(text)))
    return is_open and (is_sourced(text) or ("《" in text and "》" in text) or bool(text.strip() and pdf))


class DocumentKind(models.TextChoices):
    PLAN = "plan", "方案和年度安排"
    MENTION = "mention", "报告和规划里提到"
    INDICATOR = "indicator", "指标"
    MECHANISM = "mechanism", "机制和做法"
    RULE = "rule", "法规标准和规划"
    PROJECT = "project", "重点项目"
    REVIEW = "review", "评价和经验"
    LATER = "later", "后来的其他项目"


class DocumentRelation(models.TextChoices):
    DIRECT = "direct", "点名这份通知或先行示范区"
    SAME_TOPIC = "same_topic", "同地同题，没有点名"
    SUCCESSOR = "successor", "后来的其他项目"


class Document(Withdrawable):
    """A dated public document or report that bears on an area after the notice, and what it says of it."""

    belongs_to, key_fields = "region", ("region", "position")
    internal_fields = ("internal_note",)
    facts = ("pdf",)
    sourced = {
        "source": (
            "verification",
            (
                *("region", "title", "about_titles", "number", "issuer", "issued", "published", "kind"),
                *("relation", "duties", "priorities", "finding", "is_reprint"),
            ),
        )
    }

    region = models.ForeignKey(
        Region, models.CASCADE, related_name="documents", verbose_name="先行示范地区"
    )  # what bears on an area is listed for it only
    position = models.PositiveSmallIntegerField("次序")
    title = models.CharField("题名", max_length=200)
    about_titles = models.TextField("报道的文件", blank=True, help_text="报道写到、本站没有见到的文件，一行一个。")
    number = models.CharField("文号", max_length=60, blank=True, help_text="文号或标准号。")
    issuer = models.CharField("印发机关", max_length=100, blank=True)
    issued = models.CharField("印发日期", max_length=10, blank=True, help_text="知道到哪一步写到哪一步，如2019-04。")
    published = models.CharField("刊载日期", max_length=10, blank=True, help_text="网页或报纸的日期，写法同上。")
    kind = models.CharField("种类", max_length=20, choices=DocumentKind)
    relation = models.CharField("与通知的关系", max_length=20, choices=DocumentRelation)
    duties = models.CharField("对应的要求", max_length=6, blank=True, help_text="通知的第几条，如“一三”。")
    priorities = models.CharField("对应的重点", max_length=20, blank=True, help_text="本地区的第几项，如“1、3”。")
    finding = models.TextField("写到什么", blank=True, help_text="只写所见的。")
    verification = models.CharField(
        "核实情况",
        max_length=20,
        choices=[(value, value.label) for value in (Verification.VERIFIED, Verification.UNVERIFIED)],
        default=Verification.UNVERIFIED,
        help_text="未核实的不公开显示。",
    )
    is_reprint = models.BooleanField("据转载，未见原件", default=False)
    source = models.TextField("出处", blank=True, help_text="刊载者、《题名》和日期，后接可靠的网址。")
    pdf = models.CharField("PDF文件", max_length=80, blank=True)
    internal_note = models.TextField("内部备注", blank=True, help_text="核实线索，不公开。")

    objects = PublishedManager.from_queryset(TrackedQuerySet)()
    all_objects = IssuedManager.from_queryset(TrackedQuerySet)()
    issued_if = Q(region__notice__is_draft=False)
    published_if = Withdrawable.published_if & Q(region__withdrawn_on=None)

    class Meta:
        verbose_name = verbose_name_plural = "后续文件"
        ordering = ["region", "position"]
        constraints = [
            *Withdrawable.Meta.constraints,
            rule.positive("document", "position", "次序"),
            rule.unique("document", ["region", "position"], "同一地区中次序不能重复。"),
            rule.not_blank("document", "title", "题名"),
            models.CheckConstraint(
                condition=Q(pdf__regex=f"^({VALUE})?$"),
                name="document_pdf_is_a_file",
                violation_error_message="PDF文件写作它的校验和与大小。",
            ),
            rule.one_of("document", "kind", "种类", DocumentKind.values),
            rule.one_of("document", "relation", "与通知的关系", DocumentRelation.values),
            rule.one_of("document", "verification", "核实情况", ["verified", "unverified"]),
            *(
                models.CheckConstraint(
                    condition=Q(**{f"{field}__regex": DATED}),
                    name=f"document_{field}_dated",
                    violation_error_message=f"{label}写作2019、2019-04或2019-04-16，在2013年以后、2100年以前。",
                )
                for field, label in (("issued", "印发日期"), ("published", "刊载日期"))
            ),
            models.CheckConstraint(
                condition=Q(duties__regex="^一?二?三?四?五?六?$"),
                name="document_duties_of_the_notice",
                violation_error_message="对应的要求只写一至六，各写一次，照通知的次序。",
            ),
            models.CheckConstraint(
                condition=Q(priorities__regex="^([1-9][0-9]?(、[1-9][0-9]?)*)?$"),
                name="document_priorities_by_number",
                violation_error_message="对应的重点只写编号，如“1、3”。",
            ),
            models.CheckConstraint(
                condition=~Q(kind="later") | Q(relation="successor"),
                name="document_of_another_programme_is_no_result",
                violation_error_message="后来的其他项目，与通知的关系也须选“后来的其他项目”。",
            ),
            models.CheckConstraint(
                condition=~Q(relation="direct") | Q(finding__regex=r"\S"),
                name="document_direct_says_what_it_proves",
                violation_error_message="点名这份通知或先行示范区的，须写明写到什么。",
            ),
            models.CheckConstraint(
                condition=~Q(verification="verified") | Q(source__regex=r"\S"),
                name="document_verified_has_source",
                violation_error_message="已核实的须写明出处；还没有出处的，请改为未核实。",
            ),
        ]

    def __str__(self) -> str:
        title = Truncator(self.title).chars(41)
        return f"{self.position}. {title}" if self.position else title

    def get_absolute_url(self) -> str:
        return f"{self.region.get_absolute_url()}#{self.anchor}"

    def clean(self) -> None:
        """Refuse a day that no calendar has, one that is still to come, and a line that its area hasn't."""
        super().clean()
        is_asked = self.priorities and self.region_id
        lines = self.region.priorities(manager="all_objects").all() if is_asked else ()
        numbers = [f"{line.number}" for line in lines]
        if is_asked and self.priorities != "、".join(n for n in numbers if n in self.priorities.split("、")):
            here = f"有第{'、'.join(numbers)}项：各写一次，从小到大。" if numbers else "还没有录入重点。"
            raise ValidationError({"priorities": f"这个地区{here}"})
        for field in ("issued", "published"):
            text = getattr(self, field)
            if not re.search(part_of_a_date.regex, text):
                continue  # its rule says so
            try:
                datetime.date.fromisoformat(f"{text}-01-01"[: len("2019-04-16")])
            except ValueError:
                raise ValidationError({field: "没有这一天。"}) from None
            if text > f"{timezone.localdate()}"[: len(text)]:
                raise ValidationError({field: "还没有到这一天。"})

    def row_problems(self) -> Iterator[tuple[str, str]]:
        if not all(map(is_public, ADDRESS.findall(self.source))):
            yield "source", "网址不是公开网址，或不完整：请从浏览器的地址栏复制，前后用空格和文字隔开。"
        elif self.verification == Verification.VERIFIED and not names_source(self.source, self.pdf):
            yield "source", "须有公开网址或文号；网址不可靠的，写明刊载者和《题名》，或上传PDF文件。"
        common = min(len(self.issued), len(self.published))
        if self.published[:common] < self.issued[:common]:
            yield "published", "比印发日期早：刊载不会在印发以前。"
        if self.issued and any(abs(int(year) - int(self.issued[:4])) > 1 for year, _ in NUMBER.findall(self.number)):
            yield "number", "文号的年份与印发日期差一年以上。"
        if self.number and getattr(self, "region", None) and self.number == self.region.notice.number:
            yield "number", "这就是通知本身，不是它的后续文件。"

    @property
    def lines(self) -> list[Any]:
        """The lines of its area that it bears on, of those that readers see."""
        return [line for line in self.region.priorities.all() if f"{line.number}" in self.priorities.split("、")]

    @property
    def anchor(self) -> str:
        """The name after `#` on the page of its area."""
        return f"document-{self.position}"

    @property
    def is_shown(self) -> bool:
        """Whether readers may see it: somebody has read it, and says where."""
        return self.verification == Verification.VERIFIED and names_source(self.source, self.pdf)

    def shows(self, name: str) -> bool:
        is_doubted = name == "verification" and self.verification != Verification.VERIFIED  # once it was shown
        return super().shows(name) and (self.is_shown or is_doubted)

    @property
    def pdf_sha256(self) -> str:
        """The checksum of its file, in hexadecimal; empty where it has none."""
        return parts(self.pdf)[0]

    @property
    def pdf_bytes(self) -> int:
        """The size of its file."""
        return parts(self.pdf)[1]

    @property
    def pdf_url(self) -> str:
        """Where readers get its file; empty where it has none."""
        return reverse("pilots:document-pdf", args=[self.pdf_sha256]) if self.pdf else ""

    @property
    def names(self) -> list[str]:
        """What readers know it by: the documents that it reports, where it does, else its own title."""
        return self.about_titles.splitlines() or [self.title]

    @property
    def dated(self) -> str:
        """When it was issued, where that is known, else when what was read was published; empty: neither is."""
        return self.issued or self.published

    @property
    def date_words(self) -> str:
        """`dated` in words."""
        return in_words(self.dated)

    @property
    def is_earlier(self) -> bool:
        """Whether it is dated before the notice; where its date is no more exact than the notice's year, it isn't."""
        return bool(self.dated) and self.dated < f"{self.region.notice.issued_on}"[: len(self.dated)]

    @property
    def is_answer(self) -> bool:
        """Whether it may tell what came of the notice: neither earlier than it nor of another programme."""
        return self.relation != DocumentRelation.SUCCESSOR and not self.is_earlier

    @property
    def cited(self) -> list[tuple[str, str]]:
        """Its source in words, each line with its address, if it may be linked."""
        return cited(self.source)
