"""The size of the text, which a reader chooses."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.generic import View

from ..http.staticfiles import ABOVE_ALL, ranked

YEAR = 365 * 24 * 3600  # seconds
TEXT_SIZES = ("standard", "medium", "large")


class TextSizeView(View):
    """Keep the reader's choice of text size in a cookie, and go back to where she was (`?back=`)."""

    def get(self, request: HttpRequest, size: str) -> HttpResponse:
        if size not in TEXT_SIZES:
            raise Http404
        back = request.GET.get("back", "")
        is_ours = back.startswith("/") and url_has_allowed_host_and_scheme(back, {request.get_host()})
        response = HttpResponseRedirect(back if is_ours else reverse("pilots:home"))
        response.set_cookie(
            "text_size", size, max_age=YEAR, samesite="Lax", httponly=True, secure=request.is_secure()
        )
        response.headers["Cache-Control"] = "no-store"
        return response


class TextSizeStyleView(View):
    """The one stylesheet that differs between readers, so that pages need not."""

    def get(self, request: HttpRequest) -> HttpResponse:
        size = request.COOKIES.get("text_size")
        css = render_to_string("pilots/text-size.css", {"size": size if size in TEXT_SIZES else TEXT_SIZES[0]})
        return HttpResponse(
            ranked(css, ABOVE_ALL),
            content_type="text/css; charset=utf-8",
            headers={"Cache-Control": "private, no-cache", "Vary": "Cookie"},
        )
