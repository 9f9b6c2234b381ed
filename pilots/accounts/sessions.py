"""How long a session lasts, and what has to be done before the admin opens. Public pages never ask."""

import time
from datetime import timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.sessions.backends import db
from django.db import Error
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, parse_cookie
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from ..http import GetResponse, as_middleware
from ..http.networks import BEHIND_SIGN_IN, address_of
from ..models import EventKind, Official, SignIn
from . import encryption
from .events import record
from .passwords import one_time

IDLE = 30 * 60  # seconds without a request
LONGEST = settings.SESSION_COOKIE_AGE  # seconds since signing in, whatever is done
NOTED_EVERY = 60  # seconds; a session is written this often while it is used
BEGUN, SEEN, EPOCH, KEY = "begun_at", "seen_at", "epoch", "sign_in"
ALWAYS_OPEN = ("/admin/logout/",)
# What browsers and systems call themselves, the narrower before what they pretend to be.
BROWSERS = {
    "MicroMessenger": "微信",
    "DingTalk": "钉钉",
    "QQBrowser": "QQ浏览器",
    "UCBrowser": "UC浏览器",
    "QihooBrowser": "360浏览器",
    "360SE": "360浏览器",
    "Edg": "Edge",
    "OPR/": "Opera",
    "Firefox/": "Firefox",
    "Chrome/": "Chrome",
    "Safari/": "Safari",
    "Trident/": "IE",
}
SYSTEMS = {
    "OpenHarmony": "鸿蒙",
    "HarmonyOS": "鸿蒙",
    "Android": "安卓",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "Mac OS X": "Mac",
    "Linux": "Linux",
}


class SessionStore(db.SessionStore):
    """Django's, encrypted. One that no key opens is empty, as Django takes one with a wrong signature."""

    def encode(self, session_dict: dict[str, Any]) -> str:
        return encryption.encrypt(super().encode(session_dict))

    def decode(self, session_data: Any) -> dict[str, Any]:
        try:
            return super().decode(encryption.decrypt(session_data))
        except encryption.SecretError:
            return {}


@as_middleware
def limit_sessions(get_response: GetResponse, request: HttpRequest) -> HttpResponse:
    """Forget who is signed in when the session is over; before `/admin/` opens, ask for what is still to be done.

    Stands after Django's AuthenticationMiddleware. The session is read when somebody asks who the user is, and
    written behind the sign-in only: public pages stay without cookies and the same for everyone.
    """
    signed_in = request.user
    user: Any = SimpleLazyObject(lambda: _within_limits(request, signed_in))
    request.user = user
    if not request.path_info.startswith(BEHIND_SIGN_IN) or not request.user.is_authenticated:
        response = get_response(request)
        is_lost = request.COOKIES.get(settings.SESSION_COOKIE_NAME) and not request.session.session_key
        has_ended = is_lost or "ended" in request.GET
        if has_ended and request.method == "GET" and "?next=" in response.headers.get("Location", ""):
            response.headers["Location"] += "&ended=1"  # on to the sign-in, which says so
        return response
    if time.time() - request.session.get(SEEN, 0) >= NOTED_EVERY:
        request.session[SEEN] = time.time()
        SignIn.objects.filter(pk=key_of(request)).update(seen_at=timezone.now())
    ends_at = request.session.get(BEGUN, 0) + LONGEST
    vars(request)["session_seconds"] = {"idle": IDLE - NOTED_EVERY, "longest": int(ends_at - time.time())}
    step = next_step(request.user)
    if step and request.path_info.startswith("/admin/") and request.path_info not in ALWAYS_OPEN:
        return redirect(step)
    return get_response(request)


def _within_limits(request: HttpRequest, user: Any) -> Any:
    """Return the user, or nobody where the session is too old, idle for too long, or was ended from elsewhere."""
    if not user.is_authenticated:
        return user
    user.access = Official.objects.for_access(key_of(request)).filter(user=user.pk).first()
    user.access = user.access or Official(user_id=user.pk)
    if is_over(request.session, user.access, time.time()):
        if not is_revoked(request.session, user.access):
            vars(request)["ended_user"] = user  # what she posts is kept for her (`http.unsaved`)
        request.session.flush()
        return AnonymousUser()
    return user


def is_over(session: Any, official: Official, now: float) -> bool:
    """Return whether a session has ended at the moment `now` (seconds). One that doesn't say when it began has."""
    is_late = now - session.get(BEGUN, 0) >= LONGEST or now - session.get(SEEN, 0) >= IDLE
    return is_late or is_revoked(session, official)


def is_revoked(session: Any, official: Official) -> bool:
    """Return whether somebody ended a session before its time."""
    is_listed = KEY not in session or getattr(official, "is_signed_in", False)  # earlier versions gave no key
    return session.get(EPOCH) != official.session_epoch or not is_listed


def key_of(request: HttpRequest) -> Any:
    """Return the key of the sign-in that the session at hand is of; None where there is none."""
    return request.session.get(KEY)


def sign_ins(user: Any) -> QuerySet[SignIn]:
    """Return where an account is signed in now."""
    now = timezone.now()
    lasting = {"began_at__gt": now - timedelta(seconds=LONGEST), "seen_at__gt": now - timedelta(seconds=IDLE)}
    return SignIn.objects.filter(user=user, **lasting)


def browser_of(agent: str) -> str:
    """Return in plain words what calls itself `agent`, as its owner would tell it from another."""
    browser = next((name for mark, name in BROWSERS.items() if mark in agent), "")
    system = next((name for mark, name in SYSTEMS.items() if mark in agent), "")
    return f"{system}上的{browser}" if browser and system else browser or system or "不明浏览器"


def next_step(user: Any) -> str:
    """Return the name of the page that has to be done before the admin opens, or nothing."""
    official = getattr(user, "access", None) or Official.objects.for_access().filter(user=user.pk).first()
    if official and official.must_change_password:
        return "account_change_password"
    if settings.REQUIRE_MFA and not getattr(official, "has_second_step", False):
        return "mfa_activate_totp"
    return ""


def reset(user: User, keeps_second_step: bool = True, request: HttpRequest | None = None, password: str = "") -> str:
    """Give an account a password to be replaced at the next sign-in, end its sessions, and return the password.

    request: of whoever does it, for the security events; none, where a command does.
    """
    password = password or one_time()
    user.set_password(password)
    user.save()
    official = Official.objects.of(user)
    official.must_change_password = True
    official.save(update_fields=["must_change_password"])
    official.sign_out()
    record(EventKind.PASSWORD_RESET, request, user, detail="一次性密码，其他登录已结束")
    if not keeps_second_step and Authenticator.objects.filter(user=user).delete()[0]:
        record(EventKind.STEP_REMOVED, request, user, detail="由他人解除，须重新启用")
    return password


def is_signed_in(cookies: str) -> bool:
    """Return whether a Cookie header has somebody's session that isn't over; no, where that can't be looked up.

    The server asks, before there is a request.
    """
    request = HttpRequest()
    request.session = SessionStore(parse_cookie(cookies).get(settings.SESSION_COOKIE_NAME))
    try:
        return _within_limits(request, get_user(request)).is_authenticated
    except Error:
        return False


# Below: who tells us.


def begin(request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Start the clocks of a session, and list it. A receiver of user_logged_in."""
    now = time.time()
    long_ago = timezone.now() - timedelta(seconds=LONGEST)
    SignIn.objects.filter(Q(pk=key_of(request)) | Q(began_at__lt=long_ago)).delete()
    browser = browser_of(request.headers.get("User-Agent", ""))
    row = SignIn.objects.create(user=user, remote_addr=address_of(request), browser=browser)
    request.session[KEY] = str(row.pk)
    request.session[BEGUN] = request.session[SEEN] = now
    request.session[EPOCH] = Official.objects.of(user).session_epoch


def forget(request: HttpRequest, **kwargs: Any) -> None:
    """Take a session that its owner ends off the list. A receiver of user_logged_out."""
    SignIn.objects.filter(pk=key_of(request)).delete()


def end_others(request: HttpRequest, user: User, **kwargs: Any) -> None:
    """End every session of an account but the one at hand. A receiver of what changes how one signs in."""
    official = Official.objects.of(user)
    official.sign_out(key_of(request))
    request.session[EPOCH] = official.session_epoch


def password_changed(request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Take a one-time password as replaced. A receiver of allauth's signal: the person did it."""
    Official.objects.filter(user=user).update(must_change_password=False)
    end_others(request, user)
    record(EventKind.PASSWORD_CHANGED, request, user, detail="其他登录已结束")
