"""The one page of signing in that allauth has not: the code to scan, as a picture at an address of its own."""

from io import BytesIO

import qrcode
from allauth.mfa.adapter import get_adapter
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from qrcode.image.svg import SvgPathFillImage


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
    drawn = BytesIO()
    address = get_adapter().build_totp_url(request.user, secret)
    qrcode.make(address, image_factory=SvgPathFillImage).save(drawn)
    return HttpResponse(drawn.getvalue(), content_type="image/svg+xml")
