"""The pages of signing in that allauth has not as we need them."""

from io import BytesIO
from typing import Any

from allauth.account.views import password_change
from allauth.mfa.adapter import get_adapter
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from ..models import EventKind
from .events import record
from .sessions import key_of, sign_ins


@never_cache
def change_password(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    """Change the password of whoever has one; else say who gives them one, where allauth would let them set it."""
    if request.user.is_authenticated and not request.user.has_usable_password():
        return render(request, "account/no_password.html", status=403)
    return password_change(request, **kwargs)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def sessions(request: HttpRequest) -> HttpResponse:
    """List where the person is signed in; end the sign-in of the posted key, or all others where none is posted."""
    own_key = key_of(request)
    rows = list(sign_ins(request.user))
    if request.method != "POST":
        return render(request, "account/sessions.html", {"sign_ins": rows, "own_key": own_key})
    key = request.POST.get("key")
    others = [row for row in rows if str(row.pk) != own_key and key in (None, str(row.pk))]
    for row in others:
        row.delete()
        record(EventKind.ENDED, request, request.user, detail=f"从别处结束：{row}")
    messages.success(request, f"已结束 {len(others)} 处登录。" if others else "这处登录已经结束了。")
    return redirect("account_sessions")


@never_cache
@require_safe
@login_required
def scan_code(request: HttpRequest) -> HttpResponse:
    """Return the secret that is being enrolled as an SVG, black on white; 404 while none is.

    Allauth puts it into the page as a `data:` address, which the content security policy refuses.
    """
    secret = request.session.get(SECRET_SESSION_KEY)
    if not secret:
        raise Http404
    import qrcode  # and half of Pillow: for enrolling alone
    from qrcode.image.svg import SvgPathFillImage

    buffer = BytesIO()
    address = get_adapter().build_totp_url(request.user, secret)
    qrcode.make(address, image_factory=SvgPathFillImage).save(buffer)
    return HttpResponse(buffer.getvalue(), content_type="image/svg+xml")
