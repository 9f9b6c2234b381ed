"""Security events: who came in and who didn't, whose rights changed, what was taken out; for 安全审计员 to read."""

import datetime
import hashlib
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.signals import (
    authentication_failed,
    authenticator_added,
    authenticator_removed,
    authenticator_reset,
    authenticator_used,
)
from django.contrib import messages
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.core.cache import cache
from django.db.models import Count, Max
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format

from ..http.networks import address_of
from ..models import EventKind, SecurityEvent

LOST = "不是您本人所为的，请更换密码，并告诉管理员。"
_TRIES = (EventKind.FAILED, EventKind.LOCKED, EventKind.STEP_FAILED)
_CHANGES = (EventKind.PASSWORD_RESET, EventKind.STEP_REMOVED, EventKind.RIGHTS)
_STEPS = {
    authenticator_added: EventKind.STEP_SET,
    authenticator_reset: EventKind.STEP_SET,
    authenticator_removed: EventKind.STEP_REMOVED,
    authenticator_used: EventKind.STEP_USED,
    authentication_failed: EventKind.STEP_FAILED,
}
_LOCK_SECONDS = 5 * 60  # a name that is locked at an address is written down once in this time
MOST_TRIES = 30  # events an hour of one account, and of all names that none has: new addresses and names have no end


def record(
    kind: EventKind, request: HttpRequest | None, person: Any = None, name: str = "", detail: str = ""
) -> None:
    """Write what happened to the account of `person`, or under a name that was tried, by whoever asks; None: by a
    command."""
    actor = getattr(request, "user", None)
    name = name or (person.get_username() if person else "")
    SecurityEvent.objects.create(
        kind=kind,
        person_id=person.pk if person else None,
        actor_id=actor.pk if actor and actor.is_authenticated else None,
        name="".join(mark if mark.isprintable() else f"\\u{ord(mark):04x}" for mark in name)[:150],
        remote_addr=address_of(request) if request else None,
        detail=detail,
    )


def tries(person: User, since: datetime.datetime | None) -> str:
    """Return how often others, or the person, failed to come in since then; empty where nobody did."""
    rows = _of(person, since).filter(kind__in=_TRIES)
    counts = dict(rows.order_by().values_list("kind").annotate(Count("pk")))
    if not counts:
        return ""
    words = "、".join(f"{kind.label} {counts[kind]} 次" for kind in _TRIES if kind in counts)
    words += "（次数多时不逐条记）" if sum(counts.values()) >= MOST_TRIES else ""
    last = rows.latest("at")
    place = f"（来自 {last.remote_addr}）" if last.remote_addr else ""
    return f"上次登录以来，您的账号{words}，最近一次在{_moment(last)}{place}。{LOST}"


def news(person: User) -> list[str]:
    """Return what a person is told who signs in: what happened to the account since the last time."""
    since = SecurityEvent.objects.filter(person=person, kind=EventKind.SIGNED_IN).aggregate(at=Max("at"))["at"]
    by_others = _of(person, since).filter(kind__in=_CHANGES).exclude(actor=person).order_by("at", "pk")
    lines = [f"{_moment(event)}，{event.get_kind_display()}：{event.detail}" for event in by_others]
    return [line for line in (tries(person, since), *lines) if line]


def _of(person: User, since: datetime.datetime | None) -> Any:
    rows = SecurityEvent.objects.filter(person=person)
    return rows.filter(at__gt=since) if since else rows


def _moment(event: SecurityEvent) -> str:
    return date_format(timezone.localtime(event.at), "Y年n月j日 H:i")


# Below: who tells us.


def signed_in(request: HttpRequest, user: User, **kwargs: Any) -> None:
    for line in news(user):
        messages.warning(request, line, fail_silently=True)
    record(EventKind.SIGNED_IN, request, user)


def signed_out(request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    if user is not None:
        record(EventKind.ENDED, request, user, detail="退出登录")


def _tried(kind: EventKind, request: HttpRequest | None, name: str) -> None:
    """Write under which name somebody didn't come in. Of one account, and of all names that no account has, the first
    in an hour; then how many there were, each time that they are ten times as many: an attack is seen, and events
    don't grow with it."""
    person, words = User.objects.filter(username__iexact=name).first(), ""
    key = f"pilots.tried.{person.pk if person else 'made-up'}.{timezone.now():%Y%m%d%H}"
    count = cache.get(key, 0) + 1
    cache.set(key, count, 60 * 60)
    if count >= MOST_TRIES:
        words = f"这一小时里，用{'这个' if person else '没有的'}用户名试了 {count} 次，此后不逐条记。"
    if count <= MOST_TRIES or str(count).strip("0") == "1":
        record(kind, request, person, name, words)


def failed(credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any) -> None:
    _tried(EventKind.FAILED, request, str(credentials.get("username", "")))


def locked(request: HttpRequest, name: str) -> None:
    """Write that a name isn't even looked at any more, once for each time that it is locked."""
    key = hashlib.sha256(f"{name.lower()} {address_of(request)}".encode()).hexdigest()
    if cache.add(f"pilots.locked.{key}", True, _LOCK_SECONDS):
        _tried(EventKind.LOCKED, request, name)


def second_step(signal: Any, request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    """Recovery codes come and go with the app: that is one event."""
    is_code = authenticator.type == Authenticator.Type.RECOVERY_CODES
    if is_code and signal in (authenticator_added, authenticator_removed):
        return
    is_again = kwargs.get("reauthenticated") or kwargs.get("reauthentication")
    record(
        _STEPS[signal],
        request,
        user,
        detail=f"{'恢复码' if is_code else '验证器应用'}{'，再次确认本人' if is_again else ''}",
    )


def connect() -> None:
    """Start following who signs in; called once."""
    user_logged_in.connect(signed_in)
    user_logged_out.connect(signed_out)
    user_login_failed.connect(failed)
    for signal in _STEPS:
        signal.connect(second_step)
