"""What follows from a migration, a sign-in, a changed password: the receivers, connected once."""

from typing import Any

from allauth.account.signals import password_changed
from allauth.mfa.signals import authenticator_added, authenticator_removed
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.core.checks import CheckMessage, Tags, Warning, register  # noqa: A004
from django.db.models.signals import post_migrate, post_save

from . import events, passwords, roles, sessions

PER_PROCESS = ("locmem.LocMemCache", "dummy.DummyCache")


def limits_are_shared(**kwargs: Any) -> list[CheckMessage]:
    """Warn where each process counts for itself how often somebody tried to sign in."""
    if not settings.CACHES["default"]["BACKEND"].endswith(PER_PROCESS):
        return []
    hint = "不设 CACHE_URL（用数据库），或指向各进程共用的缓存。"
    return [Warning("登录次数的限制只在单个进程内有效。", hint=hint, id="pilots.W001")]


def connect(app_config: Any) -> None:
    """Start following accounts; called once, when the app is ready (after auth, whose permissions are needed)."""
    register(limits_are_shared, Tags.security, deploy=True)
    post_migrate.connect(roles.grant, sender=app_config)
    post_save.connect(passwords.remember, sender=get_user_model())
    events.connect()
    user_logged_in.connect(sessions.begin)
    user_logged_out.connect(sessions.forget)
    password_changed.connect(sessions.password_changed)
    authenticator_added.connect(sessions.end_others)
    authenticator_removed.connect(sessions.end_others)
