"""What an operator may have set that makes signing in weaker than it looks."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning  # noqa: A004

PER_PROCESS = ("locmem.LocMemCache", "dummy.DummyCache")


def limits_are_shared(**kwargs: Any) -> list[CheckMessage]:
    """Warn where each process counts for itself how often somebody tried to sign in."""
    if not settings.CACHES["default"]["BACKEND"].endswith(PER_PROCESS):
        return []
    hint = "不设 CACHE_URL（用数据库），或指向各进程共用的缓存。"
    return [Warning("登录次数的限制只在单个进程内有效。", hint=hint, id="pilots.W001")]
