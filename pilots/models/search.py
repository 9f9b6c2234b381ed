"""What finding needs: the words that readers use, the entries of the search index, and the version of the record."""

from django.core.exceptions import ValidationError
from django.db import models

from . import constraints as rule
from .divisions import areas_called
from .publishing import IssuedManager, PublishedManager, Withdrawable
from .tracking import TrackedQuerySet


class Term(Withdrawable):
    """A word by which readers look for something (词汇), and the notice's own words for it."""

    key_fields = ("word",)
    is_public = False  # it only helps to find

    word = models.CharField("词", max_length=30, unique=True, help_text="读者会用的说法，如“双碳”。")
    official = models.CharField(
        "正式说法",
        max_length=200,
        blank=True,
        help_text="通知里的说法，多个用“、”分开，如“碳排放交易、低碳”。本身就是正式说法的留空。",
    )

    reason = models.CharField("理由", max_length=200, blank=True, help_text="为什么读者会这样说，不公开。")

    area_names: set[str] | None = None  # of divisions.area_names(), from who checks all words at once

    objects = PublishedManager.from_queryset(TrackedQuerySet)()
    all_objects = IssuedManager.from_queryset(TrackedQuerySet)()

    class Meta:
        verbose_name = verbose_name_plural = "词汇"
        ordering = ["word"]
        constraints = [*Withdrawable.Meta.constraints, rule.not_blank("term", "word", "词")]

    def __str__(self) -> str:
        return f"{self.word} = {self.official}" if self.official else self.word

    def clean(self) -> None:
        """Refuse the name of an area or of a part of it: who types it means that one."""
        super().clean()
        names = self.area_names
        if areas_called(self.word).exists() if names is None else self.word in names:
            raise ValidationError({"word": "这是地区或组成单位的名称，读者查的就是它。"})

    @property
    def meanings(self) -> list[str]:
        """The notice's own words for it; empty where the word is one of them."""
        return [part.strip() for part in self.official.replace("，", "、").split("、") if part.strip()]


class SearchEntry(models.Model):
    """One thing that can be found: what a result shows of it, and its tokens in four columns."""

    kind = models.CharField(max_length=20)
    object_id = models.BigIntegerField()
    title = models.CharField(max_length=200)
    url = models.CharField(max_length=200)
    card = models.JSONField(default=dict)
    names = models.TextField(help_text="One token for each whole name.")
    head = models.TextField(help_text="Names, aliases, provinces, pinyin.")
    body = models.TextField(help_text="The notice's own words.")
    themes = models.TextField(help_text="This site's classification, and places nearby.")

    class Meta:
        verbose_name = verbose_name_plural = "检索条目"
        constraints = [rule.unique("searchentry", ["kind", "object_id"], "同一内容只有一个检索条目。")]

    def __str__(self) -> str:
        return f"{self.kind} {self.title}"

    @property
    def issued(self) -> str:
        """What was issued where the title isn't as issued; empty where it is."""
        return " ".join(self.card.get("issued", {}).values())

    @property
    def is_added(self) -> bool:
        """Whether it was added on this site: the notice doesn't have it."""
        return self.card.get("is_added", False)

    @property
    def about(self) -> str:
        """What it is about, where that isn't the title; else empty."""
        return self.card.get("about", "")

    @property
    def issued_text(self) -> str:
        """What was issued of a paragraph whose text isn't as issued; empty where it is."""
        return self.card.get("issued_text", "")

    @property
    def kind_name(self) -> str:
        """What the thing is, in Chinese."""
        return {
            "notice": "通知",
            "section": "通知段落",
            "province": "省份",
            "topic": "主题",
            "system": "制度",
            "ministry": "发文机关",
            "citation": "引用文件",
            "document": "后续文件",
            "indicator": "指标",
        }.get(self.kind, "地区")


class SearchChange(models.Model):
    """A write of the record, the last of which is its version: readers who have seen it need not look again.

    `object_id` is null for all of a kind. Each comes with what it is a write of, numbered as they are committed.
    """

    INTERNAL = "internal"  # the kind of what no reader sees anything of
    LAST = "SELECT id, token FROM pilots_searchchange ORDER BY id DESC LIMIT 1"
    LAST_PUBLIC = "SELECT id, token FROM pilots_searchchange WHERE kind <> 'internal' ORDER BY id DESC LIMIT 1"

    kind = models.CharField(max_length=20)
    object_id = models.BigIntegerField(null=True)
    token = models.CharField(max_length=32, help_text="Tells a change apart from one rolled back under its number.")

    class Meta:
        verbose_name = verbose_name_plural = "检索变更"

    def __str__(self) -> str:
        return f"{self.pk} {self.kind} {self.object_id}"
