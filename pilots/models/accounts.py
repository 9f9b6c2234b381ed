"""The people who keep the record: what an account is answerable for, where it is signed in, its passwords."""

import json
import uuid
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.formats import date_format

from . import constraints as rule
from .provinces import Province
from .recorded import attributes


class OfficialQuerySet(models.QuerySet["Official"]):
    def for_access(self, sign_in: Any = None) -> "OfficialQuerySet":
        """With what has to be known before a page opens: whether a second step is enrolled (`has_second_step`),
        whether the sign-in of that key still holds (`is_signed_in`), and whether there are drafts (`has_drafts`)."""
        from allauth.mfa.models import Authenticator  # needs the app registry

        second = Authenticator.objects.filter(user=OuterRef("user"), type=Authenticator.Type.TOTP)
        held = SignIn.objects.filter(user=OuterRef("user"), pk=sign_in)
        drafts = Draft.objects.filter(user=OuterRef("user"))
        return self.annotate(
            has_second_step=Exists(second), is_signed_in=Exists(held), has_drafts=Exists(drafts.order_by())
        )

    def of(self, user: models.Model) -> "Official":
        """Return the official of an account, made where there is none yet."""
        return self.get_or_create(user=user)[0]


class Official(models.Model):
    """What this site knows of an account: the provinces it answers for, and whether its sessions still hold."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="official", verbose_name="账号"
    )  # protects the account: people with history are deactivated, never deleted
    provinces = models.ManyToManyField(
        Province,
        blank=True,
        related_name="officials",
        verbose_name="负责的省级单位",
        help_text="省级编辑只能看到和更改这些单位的地区；省、自治区包括其中的计划单列市和兵团。",
    )
    must_change_password = models.BooleanField("须更换密码", default=False, help_text="一次性密码，登录后先要更换。")
    session_epoch = models.PositiveIntegerField("会话批次", default=0, help_text="加一，以前的登录全部失效。")

    objects = OfficialQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "官员"
        default_permissions = ()
        permissions = [("see_everywhere", "可查看各省的记录"), ("edit_everywhere", "可更改各省的记录")]
        constraints = [
            models.CheckConstraint(
                condition=Q(session_epoch__gte=0),
                name="official_session_epoch_counts_up",
                violation_error_message="会话批次不能为负数。",
            )
        ]

    def __str__(self) -> str:
        return str(self.user)

    def sign_out(self, sign_in: Any = None) -> None:
        """End every session of this account, wherever it is signed in; the sign-in of that key begins anew."""
        SignIn.objects.filter(user=self.user_id).exclude(pk=sign_in).delete()
        self.session_epoch = F("session_epoch") + 1
        self.save(update_fields=["session_epoch"])
        self.refresh_from_db(fields=["session_epoch"])


class SignIn(models.Model):
    """Where an account is signed in: a session that holds as long as this row is there. Not in backups."""

    key = models.UUIDField("键", primary_key=True, default=uuid.uuid4, editable=False)  # kept in the session
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="sign_ins", verbose_name="账号"
    )  # means nothing without the account
    began_at = models.DateTimeField("登录时间", default=timezone.now)
    seen_at = models.DateTimeField("最近使用", default=timezone.now)
    remote_addr = models.GenericIPAddressField("网络地址", null=True)
    browser = models.CharField("浏览器", max_length=50)

    class Meta:
        verbose_name = verbose_name_plural = "登录情况"
        default_permissions = ()
        ordering = ["-seen_at", "-began_at"]
        constraints = [rule.not_blank("signin", "browser", "浏览器")]

    def __str__(self) -> str:
        return f"{self.browser}（{self.remote_addr or '网络地址不明'}）"


class DraftQuerySet(models.QuerySet["Draft"]):
    @attributes(alters_data=True)
    def keep(self, user: int, path: str, query: str, fields: dict[str, list[str]], title: str = "") -> "Draft | None":
        """Keep what an account typed into the form at an address, in place of what it had there; what is outdated
        goes. `title`: of which record it is, in words. None: too much."""
        self.filter(saved_at__lt=Draft.oldest()).delete()
        if len(json.dumps(fields)) > Draft.MOST or len(path) > 200 or len(query) > 200:
            return None
        values = {"fields": fields, "title": title[: Draft.TITLE], "saved_at": timezone.now()}
        draft, _ = self.update_or_create(values, user_id=user, path=path, query=query)
        self.filter(
            pk__in=list(self.filter(user=user).values_list("pk", flat=True)[Draft.MOST_OF_A_PERSON :])
        ).delete()
        return draft


class Draft(models.Model):
    """What somebody typed into a form of the record and hasn't saved yet: hers alone, of no weight for the record."""

    KEPT, MOST, MOST_OF_A_PERSON = timedelta(days=30), 1_000_000, 50  # since it was typed; characters; drafts
    TITLE = 200  # characters

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="drafts", verbose_name="账号"
    )  # means nothing without the account
    path = models.CharField("表单的地址", max_length=200)
    query = models.CharField("地址的参数", max_length=200, blank=True)
    title = models.CharField("哪条记录", max_length=TITLE, blank=True)  # as it was called then
    fields = models.JSONField("填写的内容", default=dict)  # each field's values, as they were posted
    saved_at = models.DateTimeField("存下的时间", default=timezone.now)

    objects = DraftQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "草稿"
        default_permissions = ()
        ordering = ["-saved_at", "-pk"]
        constraints = [
            rule.unique("draft", ["user", "path", "query"], "一个人在一张表单上只有一份草稿。"),
            rule.not_blank("draft", "path", "表单的地址"),
        ]

    def __str__(self) -> str:
        return f"{date_format(timezone.localtime(self.saved_at), 'n月j日H:i')}的草稿"

    @classmethod
    def oldest(cls) -> datetime:
        """Return since when drafts are kept."""
        return timezone.now() - cls.KEPT


class AccountRequest(models.Model):
    """What a 管理员 asked for an account, until another agrees to it or one of them drops it."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="requests", verbose_name="账号")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="提出的管理员"
    )
    asked_at = models.DateTimeField("提出时间", default=timezone.now)
    detail = models.TextField("详情", help_text="从什么改为什么。")
    rights = models.JSONField("权限", null=True)  # roles, provinces (slugs), is_active; none: a reset
    half = models.TextField("一次性密码的前一半", blank=True)  # closed with the site's key
    removes_second_step = models.BooleanField("解除两步验证", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "待同意的账号变更"
        default_permissions = ()
        ordering = ["asked_at", "pk"]
        constraints = [rule.not_blank("accountrequest", "detail", "详情")]

    def __str__(self) -> str:
        return f"{self.person}：{self.detail}"


class FormerPassword(models.Model):
    """The hash of a password that an account has or had, so that it isn't chosen again."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="former_passwords", verbose_name="账号"
    )  # means nothing without the account
    password = models.CharField("密码散列", max_length=128)
    set_at = models.DateTimeField("设定时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "用过的密码"
        default_permissions = ()
        ordering = ["-set_at", "-id"]
        constraints = [rule.not_blank("formerpassword", "password", "密码散列")]

    def __str__(self) -> str:
        return f"{self.user} {self.set_at}"


class EventKind(models.TextChoices):
    SIGNED_IN = "signed_in", "登录"
    FAILED = "failed", "登录失败"
    LOCKED = "locked", "锁定"
    STEP_USED = "step_used", "通过两步验证"
    STEP_FAILED = "step_failed", "两步验证失败"
    STEP_SET = "step_set", "启用两步验证"
    STEP_REMOVED = "step_removed", "解除两步验证"
    PASSWORD_CHANGED = "password_changed", "更换密码"
    PASSWORD_RESET = "password_reset", "重置密码"
    RIGHTS = "rights", "账号变更"
    ENDED = "ended", "结束登录"
    EXPORTED = "exported", "导出"
    IMPORTED = "imported", "导入"


class SecurityEvent(models.Model):
    """Something that an auditor asks about: written once, never rewritten (`history.append_only`), kept 400 days."""

    KEPT_DAYS = 400

    at = models.DateTimeField("时间", default=timezone.now)
    kind = models.CharField("种类", max_length=20, choices=EventKind)
    name = models.CharField("用户名", max_length=150, help_text="登录失败的，是所填的用户名，不一定有这个账号。")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="账号"
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="操作者"
    )  # none before signing in, and of commands
    remote_addr = models.GenericIPAddressField("网络地址", null=True)
    detail = models.TextField("详情", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "安全事件"
        default_permissions = ("view",)
        ordering = ["-at", "-pk"]
        constraints = [rule.one_of("securityevent", "kind", "种类", EventKind.values)]
        indexes = [
            models.Index(fields=["-at", "-id"], name="events_latest"),
            models.Index(fields=["person", "-at"], name="events_of_a_person"),
        ]

    def __str__(self) -> str:
        return f"{timezone.localtime(self.at):%Y-%m-%d %H:%M} {self.get_kind_display()} {self.name}"


class CachedValue(models.Model):
    """A row of Django's database cache: what every process of the site must agree on (how often somebody tried)."""

    cache_key = models.CharField("键", max_length=255, primary_key=True)
    value = models.TextField("值")
    expires = models.DateTimeField("到期", db_index=True)

    class Meta:
        db_table = "pilots_cache"
        verbose_name = verbose_name_plural = "缓存"
        default_permissions = ()

    def __str__(self) -> str:
        return self.cache_key
