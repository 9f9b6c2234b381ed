"""The bodies that signed the notice, and those that came after them."""

import re
from collections.abc import Iterator

from django.db import models
from django.db.models import F, Q

from . import constraints as rule
from .names import ENGLISH, english_name
from .recorded import Subject
from .sources import cited, dates_in, is_sourced, is_to_come
from .tracking import Tracked, TrackedQuerySet


class MinistryQuerySet(TrackedQuerySet["Ministry"]):
    def for_list(self) -> "MinistryQuerySet":
        """In the order of signature, with the signatures themselves."""
        return self.prefetch_related("signatures__notice").order_by("position")

    def for_detail(self) -> "MinistryQuerySet":
        return self.prefetch_related("signatures__notice")


class Ministry(Subject, Tracked):
    """A central body that issues notices: its name when it signed and what became of it in 2018."""

    verbatim_fields = ("text_name",)
    verified_fields = dict.fromkeys(("full_name", "full_name_source"), "verified_full_name")
    sourced = ENGLISH | {
        "full_name_source": ("is_full_name_verified", ("full_name",)),
        "change_source": ("", ("successor", "change")),
    }
    source_fields = {"name_en_source": False, "full_name_source": False, "change_source": False}
    cited = property(lambda self: {name: cited(getattr(self, name)) for name in self.source_fields})  # for readers

    name = models.CharField("2015年名称", max_length=50, unique=True)
    full_name = models.CharField("2015年全称", max_length=60, blank=True)
    is_full_name_verified = models.BooleanField("全称已核实", default=False)
    full_name_source = models.TextField(
        "全称的出处", blank=True, help_text="公开网址或文号，一行一个。没有出处的全称不公开显示。"
    )
    text_name = models.CharField("正文简称", max_length=50, help_text="通知正文中的写法。")
    name_en, name_en_source = english_name()
    successor = models.CharField("2018年以来", max_length=50, help_text="2018年机构改革后的名称。")
    change = models.CharField("变化", max_length=100, help_text="2018年机构改革中的变化。")
    change_source = models.TextField("变化的出处", help_text="公开网址或文号，一行一个。")
    position = models.PositiveSmallIntegerField("次序", help_text="列表中的次序。")
    slug = models.SlugField("地址名", unique=True, help_text="网址中的名称，定后不改。")

    objects = MinistryQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "发文机关"
        ordering = ["position"]
        constraints = [
            rule.not_blank("ministry", "name", "2015年名称"),
            rule.not_blank("ministry", "text_name", "正文简称"),
            rule.not_blank("ministry", "successor", "2018年以来"),
            rule.not_blank("ministry", "slug", "地址名"),
            rule.slug("ministry", "slug", "地址名"),
            rule.positive("ministry", "position", "次序"),
            rule.unique("ministry", ["position"], "次序不能重复。"),
            models.CheckConstraint(
                condition=Q(change="", successor=F("name")) | Q(change_source__regex=r"\S"),
                name="ministry_change_has_source",
                violation_error_message="2018年的变化须写明出处。",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def row_problems(self) -> Iterator[tuple[str, str]]:
        characters = iter(self.name)
        if not all(character in characters for character in self.text_name):  # in their order
            yield "text_name", f"正文简称须是名称“{self.name}”里的字，次序不变。"
        if self.full_name not in ("", self.name, f"中华人民共和国{self.name}"):
            yield "full_name", f"全称须以名称“{self.name}”结尾，前面只可加“中华人民共和国”。"
        is_merged = re.search(f"[并划]入{re.escape(self.successor)}|合并", self.change)
        is_another = self.is_renamed and not is_merged and Ministry.objects.filter(name=self.successor).exists()
        another = f"“{self.successor}”是另一个发文机关：并入它的，在变化里写“并入{self.successor}”。"
        is_kept = self.change.startswith("名称不变")
        for is_wrong, field, text in (
            (
                self.is_renamed and self.successor not in self.change,
                "change",
                f"须写明变成了什么：这里没有“{self.successor}”。",
            ),
            (is_another, "successor", another),
            (
                self.change and is_kept == self.is_renamed,
                "change",
                "名称没有变的，以“名称不变”开头；变了的，与“2018年以来”一致。",
            ),
            (any(date[0] < 2018 for date in dates_in(self.change)), "change", "只写2018年机构改革以来的变化。"),
            (is_to_come(self.change), "change", "还没有到这里写的日期。"),
        ):
            yield from [(field, text)] if is_wrong else ()

    @property
    def verified_full_name(self) -> str:
        """The full name as readers are told of it: verified, with a source; else empty."""
        return self.full_name if self.is_full_name_verified and is_sourced(self.full_name_source) else ""

    @property
    def is_renamed(self) -> bool:
        """Whether the body that carries on today has another name."""
        return self.successor != self.name
