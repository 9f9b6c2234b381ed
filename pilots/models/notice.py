"""The document itself: the notice, its paragraphs, what it cites, and who signed it."""

import datetime
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.text import Truncator

from . import constraints as rule
from .ministries import Ministry
from .publishing import Issuable, IssuedManager, PublishedManager, Withdrawable
from .received import Line, Received
from .recorded import Subject, own_field
from .schedule import periods
from .sources import NUMBER, cited, is_sourced
from .tracking import TrackedQuerySet

DIGITS = "〇一二三四五六七八九"


def numeral(number: int) -> str:
    """Return a positive number in Chinese: 十二, 四十五; from a hundred on digit by digit, as years are: 一〇三."""
    tens, rest = divmod(number, 10)
    if not 1 <= tens <= 9:
        return "".join(DIGITS[int(digit)] for digit in str(number))
    return f"{DIGITS[tens] if tens > 1 else ''}十{DIGITS[rest] if rest else ''}"


class NoticeQuerySet(TrackedQuerySet["Notice"]):
    def for_detail(self) -> "NoticeQuerySet":
        """With paragraphs, citations and signatures, in the document's order."""
        return self.prefetch_related("sections", "citations__section", "signatures__ministry")


class Notice(Subject, Issuable):
    """One official document, as issued, and what catalogues of documents say of it."""

    CATALOGUE = ("index_number", "subject_category", "published_on", "subject_words")

    sourced = {"catalogue_source": (None, CATALOGUE)}
    source_fields = {"catalogue_source": False}
    cited = property(lambda self: {name: cited(getattr(self, name)) for name in self.source_fields})  # for readers

    verbatim_fields = ("number", "title")
    notice_facts = ("issued_on", "batch")
    internal_fields = ("reports_from", "reports_until")
    verified_fields = dict.fromkeys((*CATALOGUE, "catalogue_source"), "catalogue")

    title = models.CharField("标题", max_length=200)
    title_remark = models.TextField("标题说明", blank=True, help_text="标题不在所收文本中时，写明标题从何处得知。")
    number = models.CharField(
        "发文字号",
        max_length=50,
        unique=True,
        validators=[RegexValidator(rf"^{NUMBER.pattern}\Z", "请照“发改环资〔2015〕3214号”的样子写。")],
        help_text="年份用六角括号〔〕。",
    )
    issued_on = models.DateField("成文日期")
    published_on = models.DateField("发布日期", null=True, blank=True, help_text="原文未标注时留空。")
    batch = models.PositiveSmallIntegerField("批次", help_text="第几批先行示范区。")
    index_number = models.CharField("索引号", max_length=50, blank=True, help_text="原文未标注时留空。")
    subject_category = models.CharField("主题分类", max_length=100, blank=True, help_text="原文未标注时留空。")
    subject_words = models.CharField("主题词", max_length=200, blank=True, help_text="原文未标注时留空。")
    catalogue_source = models.TextField(
        "目录信息的出处",
        blank=True,
        help_text="公开网址或文号，一行一个。没有出处的索引号、主题分类、发布日期和主题词不公开显示。",
    )
    searched_on = models.DateField("后续文件最近一次查找", null=True, blank=True)
    reports_from = models.DateField("报送开始", null=True, blank=True, help_text="填了起止日期才开通报送。")
    reports_until = models.DateField("报送截止", null=True, blank=True, help_text="最后一期报告的日期。")
    source_remark = models.TextField("文本来源", help_text="本站所据文本从何而来、如何保存。")
    slug = models.SlugField("地址名", unique=True, help_text="网址中的名称，定后不改。")
    is_draft = models.BooleanField("草稿", default=False, editable=False, help_text="发布以前，哪里都不公开。")

    objects = PublishedManager.from_queryset(NoticeQuerySet)()
    all_objects = IssuedManager.from_queryset(NoticeQuerySet)()
    issued_if = Q(is_draft=False)

    class Meta:
        verbose_name = verbose_name_plural = "通知"
        ordering = ["-issued_on", "number"]
        constraints = [
            rule.not_blank("notice", "title", "标题"),
            rule.not_blank("notice", "number", "发文字号"),
            rule.not_blank("notice", "slug", "地址名"),
            rule.slug("notice", "slug", "地址名"),
            rule.positive("notice", "batch", "批次"),
            rule.sane_date("notice", "issued_on", "成文日期"),
            rule.sane_date("notice", "published_on", "发布日期"),
            rule.sane_date("notice", "searched_on", "后续文件最近一次查找"),
            rule.sane_date("notice", "reports_from", "报送开始"),
            rule.sane_date("notice", "reports_until", "报送截止"),
            models.CheckConstraint(
                condition=Q(reports_from=None, reports_until=None)
                | Q(
                    reports_from__isnull=False,
                    reports_until__isnull=False,
                    reports_until__gte=models.F("reports_from"),
                ),
                name="notice_reports_from_and_until",
                violation_error_message="报送的开始和截止要么都填，要么都不填；截止不能早于开始。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    def row_problems(self) -> Iterator[tuple[str, str]]:
        if self.published_on and self.issued_on and not self.issued_on <= self.published_on <= timezone.localdate():
            yield "published_on", "不能早于成文日期，也不能晚于今天。"
        if self.searched_on and self.issued_on and not self.issued_on <= self.searched_on <= timezone.localdate():
            yield "searched_on", "不能早于成文日期，也不能晚于今天。"
        yield from self._report_problems()

    def _report_problems(self) -> Iterator[tuple[str, str]]:
        if self.reports_from and self.is_draft:
            yield "reports_from", "通知还没有发布：发布以后才能开通报送。"
        elif self.reports_from and not self.periods:
            yield "reports_from", "这段时间里没有要报送的：通知没有写明何时报送，或起止日期之间没有报送的日子。"
        if self.reports_from and self.issued_on and self.reports_from < self.issued_on:
            yield "reports_from", "不能早于成文日期。"
        names = {(year, period) for _, year, period in self.periods}
        sent = apps.get_model("pilots", "Report")._base_manager.filter(region__notice=self.pk, withdrawn_on=None)
        sent = sent.exclude(sent_at=None).select_related("region").order_by("region__serial", "year", "period")
        beyond = [f"{row.region.name}的{row}" for row in sent if self.pk and (row.year, row.period) not in names]
        if beyond:
            more = f"等{len(beyond)}份" if len(beyond) > 3 else ""
            words = f"{'、'.join(beyond[:3])}{more}已经报送，不在起止日期之内"
            yield "reports_until", f"{words}：请改日期，把它们包括进来，或先撤下它们。"

    @property
    def batch_name(self) -> str:
        """The batch in words: 第二批."""
        return f"第{numeral(self.batch)}批"

    @cached_property
    def parts(self) -> "dict[str, list[Section]]":
        """The paragraphs by where they stand: `number` above the title, `text`, `annex` with its `columns`."""
        parts: dict[str, list[Section]] = {"number": [], "text": [], "annex": [], "columns": []}
        places: dict[str, str] = {
            SectionKind.NUMBER: "number",
            SectionKind.ANNEX: "annex",
            SectionKind.ANNEX_HEAD: "columns",
        }
        for section in self.sections.all():
            parts[places.get(section.kind, "text")].append(section)
        return parts

    @cached_property
    def periods(self) -> list[tuple[datetime.date, int, str]]:
        """The reports that its areas owe, each with its last day, year and period; none unless switched on."""
        start, end = self.reports_from, self.reports_until
        if self.is_draft or not self.pk or not (start and end):
            return []
        texts = [section.text for section in self.sections.all() if section.kind == SectionKind.DUTY]
        rows = periods(texts, range(start.year, end.year + 1))
        return [row for row in rows if start <= row[0] <= end]

    @property
    def signatories(self) -> "list[Signature]":
        """The signatures that the notice has as issued, without what was added on this site."""
        return [signature for signature in self.signatures.all() if signature.is_issued]

    @property
    def addressed(self) -> "Section | None":
        """The paragraph that says to whom the notice is sent."""
        return next((row for row in self.parts["text"] if row.kind == SectionKind.ADDRESSEES), None)

    @property
    def catalogue(self) -> dict[str, Any]:
        """What readers are told of a catalogue's entry for the document, by field: with a source; else nothing."""
        values = {name: value for name in self.CATALOGUE if (value := getattr(self, name))}
        return values if is_sourced(self.catalogue_source) else {}

    @property
    def missing_labels(self) -> list[str]:
        """What a document block has and the document doesn't say."""
        names = [name for name in self.CATALOGUE if name not in self.catalogue]
        return [*(str(own_field(self, name).verbose_name) for name in names), "有效性"]


class SectionKind(models.TextChoices):
    NUMBER = "number", "发文字号"
    ADDRESSEES = "addressees", "主送机关"
    PREAMBLE = "preamble", "引言"
    DUTY = "duty", "事项"
    SUPPORT = "support", "部委支持"
    ATTACHMENT = "attachment", "附件说明"
    SIGNATURE = "signature", "署名"
    DATE = "date", "成文日期"
    ANNEX = "annex", "附件标题"
    ANNEX_HEAD = "annex-head", "附件表头"


class Section(Line, Received, Withdrawable):
    """One paragraph of a notice, in order: kept as received and as shown."""

    belongs_to, line_unit, key_fields = "notice", "段", ("notice", "anchor")
    verbatim_fields = ("text_raw", "heading", "text")
    notice_facts = ("notice", "position", "kind", "anchor")

    notice = models.ForeignKey(
        Notice, models.CASCADE, related_name="sections", verbose_name="通知"
    )  # a paragraph has no life without its document
    position = models.PositiveSmallIntegerField("次序", help_text="在通知中的次序，从1起。")
    kind = models.CharField("性质", max_length=20, choices=SectionKind)
    anchor = models.SlugField("锚点", help_text="网址中“#”之后的名称，定后不改。")
    heading = models.CharField("小标题", max_length=50, blank=True, help_text="事项的小标题，如“明确目标责任”。")
    text_raw = models.TextField("所收原文", help_text="逐字照录，含转录时混入的空格和半角标点。")
    text = models.TextField("展示文本", help_text="只规范标点和空格，汉字一字不改。")

    objects = PublishedManager.from_queryset(TrackedQuerySet)()
    all_objects = IssuedManager.from_queryset(TrackedQuerySet)()
    issued_if = Q(notice__is_draft=False)

    class Meta:
        verbose_name = verbose_name_plural = "段落"
        ordering = ["notice", "position"]
        constraints = [
            *Withdrawable.Meta.constraints,
            rule.positive("section", "position", "次序"),
            rule.unique("section", ["notice", "position"], "同一通知中次序不能重复。"),
            rule.unique("section", ["notice", "anchor"], "同一通知中锚点不能重复。"),
            rule.not_blank("section", "anchor", "锚点"),
            rule.slug("section", "anchor", "锚点"),
            rule.not_blank("section", "text_raw", "所收原文"),
            rule.not_blank("section", "text", "展示文本"),
            rule.one_of("section", "kind", "性质", SectionKind.values),
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.get_kind_display()} {self.heading or Truncator(self.text).chars(17)}"

    def get_absolute_url(self) -> str:
        return f"{self.notice.get_absolute_url()}#{self.anchor}"

    @property
    def label(self) -> str:
        """What contents and links call the paragraph: its heading, else what it is."""
        return self.heading or ("附件" if self.kind == SectionKind.ANNEX else self.get_kind_display())

    @property
    def initial(self) -> str:
        """What short contents call the paragraph: its number (一), 引 or 附; empty where it is in none."""
        if self.heading:
            return self.heading_sentence.partition("、")[0][:2]
        initials: dict[str, str] = {SectionKind.PREAMBLE: "引", SectionKind.ANNEX: "附"}
        return initials.get(self.kind, "")

    @property
    def lines(self) -> list[str]:
        """The lines of the shown text: one but for the signature and the annex."""
        return self.text.splitlines()

    @property
    def body(self) -> str:
        """The shown text after the heading sentence (`一、明确目标责任。`), which ends at the first full stop."""
        return self.text.partition("。")[2] if self.heading else self.text

    @property
    def heading_sentence(self) -> str:
        """The numbered heading as the notice has it, with its full stop; empty where there is none."""
        return "".join(self.text.partition("。")[:2]) if self.heading else ""


class Citation(Line, Withdrawable):
    """A document that a notice cites, in the words of the paragraph that cites it."""

    belongs_to, key_fields = "notice", ("notice", "position")
    verbatim_fields = ("title", "number")
    notice_facts = ("notice", "section", "position")

    notice = models.ForeignKey(
        Notice, models.CASCADE, related_name="citations", verbose_name="通知"
    )  # a citation has no life without the citing document
    section = models.ForeignKey(Section, models.CASCADE, related_name="citations", verbose_name="引用的段落")
    position = models.PositiveSmallIntegerField("次序")
    title = models.CharField("被引文件", max_length=200, help_text="照引用处的写法，不加书名号。")
    number = models.CharField(
        "文号",
        max_length=50,
        blank=True,
        validators=[RegexValidator("[0-9〇一二三四五六七八九十]", "至少要有一个数字。")],
        help_text="引用处未列文号时留空。",
    )

    objects = PublishedManager.from_queryset(TrackedQuerySet)()
    all_objects = IssuedManager.from_queryset(TrackedQuerySet)()
    issued_if = Q(notice__is_draft=False)

    class Meta:
        verbose_name = verbose_name_plural = "引用文件"
        ordering = ["notice", "position"]
        constraints = [
            *Withdrawable.Meta.constraints,
            rule.positive("citation", "position", "次序"),
            rule.unique("citation", ["notice", "position"], "同一通知中次序不能重复。"),
            rule.not_blank("citation", "title", "被引文件"),
        ]

    def __str__(self) -> str:
        return f"《{self.title}》{self.number}"

    def row_problems(self) -> Iterator[tuple[str, str]]:
        if (section := getattr(self, "section", None)) and section.notice_id != self.notice_id:
            yield "section", "这一段不是这份通知的。"
        others = Citation.objects.filter(notice=self.notice_id, withdrawn_on=None).exclude(pk=self.pk)
        if twin := next(filter(self.is_same_as, others), None):
            yield "title", f"与第{twin.position}条{twin}是同一份文件，只列一次。"

    def is_same_as(self, other: "Citation") -> bool:
        """Return whether both name one document: by its number, or by a title that is the end of the other's."""
        if self.number and other.number:
            return self.number == other.number
        return self.title.endswith(other.title) or other.title.endswith(self.title)


class Signature(Line, Received, Withdrawable):
    """A ministry's place in the signature of a notice, and its name as signed."""

    belongs_to, line_unit, key_fields = "notice", "位", ("notice", "position")
    verbatim_fields = ("name_raw", "name")
    notice_facts = ("notice", "ministry", "position")
    raw_field, shown_field = "name_raw", "name"

    notice = models.ForeignKey(
        Notice, models.CASCADE, related_name="signatures", verbose_name="通知"
    )  # a signature has no life without the signed document
    ministry = models.ForeignKey(Ministry, models.PROTECT, related_name="signatures", verbose_name="发文机关")
    position = models.PositiveSmallIntegerField("署名次序")
    name_raw = models.CharField("所收写法", max_length=50, help_text="照录署名，含排版空格。")
    name = models.CharField("署名", max_length=50)

    objects = PublishedManager.from_queryset(TrackedQuerySet)()
    all_objects = IssuedManager.from_queryset(TrackedQuerySet)()
    issued_if = Q(notice__is_draft=False)

    class Meta:
        verbose_name = verbose_name_plural = "署名"
        ordering = ["notice", "position"]
        constraints = [
            *Withdrawable.Meta.constraints,
            rule.positive("signature", "position", "署名次序"),
            rule.unique("signature", ["notice", "position"], "同一通知中署名次序不能重复。"),
            rule.unique("signature", ["notice", "ministry"], "同一机关在一份通知中只署名一次。"),
            rule.not_blank("signature", "name_raw", "所收写法"),
            rule.not_blank("signature", "name", "署名"),
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.name}"


def is_drafted(row: Any) -> bool:
    """Return whether a row is a notice that isn't published, or belongs to one. No query where that is read."""
    holder = row.region if getattr(row, "region_id", None) else row
    notice = holder.notice if getattr(holder, "notice_id", None) else holder
    return getattr(notice, "is_draft", False)
