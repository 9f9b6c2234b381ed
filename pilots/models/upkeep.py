"""What keeps the record sound over time: addresses that moved, and what the fixtures last wrote."""

from django.db import models
from django.db.models import Q

from . import constraints as rule
from .recorded import Recorded
from .tracking import TrackedQuerySet


class FormerAddress(Recorded):
    """A path that once led to something: it leads on to the new path, or says that the thing was withdrawn."""

    is_public = False  # it shows its own reason

    path = models.CharField("旧路径", max_length=200, unique=True, help_text="小写，以“/”开头和结尾。")
    new_path = models.CharField(
        "新路径", max_length=200, blank=True, help_text="留空表示内容已撤下，旧路径回答 410。"
    )
    reason = models.CharField("说明", max_length=200, help_text="更改或撤下的原因，公开显示。")

    objects = TrackedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "旧地址"
        ordering = ["path"]
        constraints = [
            rule.not_blank("formeraddress", "reason", "说明"),
            models.CheckConstraint(
                condition=Q(path__regex=r"^/([a-z0-9-]+/)+$"),
                name="formeraddress_path_canonical",
                violation_error_message="旧路径须为小写，以“/”开头和结尾。",
            ),
            models.CheckConstraint(
                condition=Q(new_path__regex=r"^(/([a-z0-9-]+/)+)?$"),
                name="formeraddress_new_path_canonical",
                violation_error_message="新路径须为本站的小写路径，以“/”开头和结尾，或留空。",
            ),
            models.CheckConstraint(
                condition=~Q(path=models.F("new_path")),
                name="formeraddress_leads_elsewhere",
                violation_error_message="新路径不能与旧路径相同。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.path} → {self.new_path or '已撤下'}"


class LoadedRow(models.Model):
    """What `load_notice` last wrote into one row, or what a row of a notice said when that was published here: a hash
    per field, kept even when the row is deleted."""

    model = models.CharField("数据表", max_length=50)
    key = models.CharField("自然键", max_length=200, help_text="JSON 数组。")
    object_id = models.BigIntegerField("主键", null=True, help_text="载入时的主键；为空表示从未载入成功。")
    hashes = models.JSONField("各字段的散列", default=dict)
    texts = models.JSONField("印发的内容", default=dict, help_text="只是在本站发布的通知才有。")

    class Meta:
        verbose_name = verbose_name_plural = "载入记录"
        ordering = ["model", "id"]
        constraints = [rule.unique("loadedrow", ["model", "key"], "同一条数据只有一条载入记录。")]

    def __str__(self) -> str:
        return f"{self.model} {self.key}"
