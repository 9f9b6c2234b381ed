"""What every answer of the site has in common: its log line, its one address, its caching."""

import logging
import re
import time
from collections.abc import Callable
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.urls import Resolver404, resolve
from django.utils.cache import add_never_cache_headers

from . import errors
from .models import FormerAddress, Region
from .typed import typed

logger = logging.getLogger("pilots.requests")

GetResponse = Callable[[HttpRequest], HttpResponse]
MOST_MOVES = 10  # of one thing; more is taken for a circle
CANONICAL = re.compile(r"/([a-z0-9-]+/)+")


def log_request(get_response: GetResponse) -> GetResponse:
    """Log each request in one line: method, path, status, time. No address, query or name of a person."""

    def middleware(request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        response = get_response(request)
        spent = (time.perf_counter() - started) * 1000
        logger.info("%s %s %d %.1fms", request.method, quote(request.path), response.status_code, spent)
        return response

    return middleware


def answer_head_as_get(get_response: GetResponse) -> GetResponse:
    """Answer HEAD with exactly the headers of GET, and no body (RFC 9110, 9.3.2)."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.method != "HEAD":
            return get_response(request)
        request.method = "GET"
        response = get_response(request)
        if not response.streaming:
            response.content = b""
        return response

    return middleware


def keep_typed_text(get_response: GetResponse) -> GetResponse:
    """Answer a form of the record whose sender's session has ended with what was typed, not with a bare redirect."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.method != "POST" or request.user.is_authenticated or not response.has_header("Location"):
            return response
        return errors.signed_out(request, response.headers["Location"]) if typed(request) else response

    return middleware


class AddressMiddleware:
    """Answer a missing path that has moved, or only differs in case or slash, with one 301; withdrawn: 410."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code != 404 or request.method not in ("GET", "HEAD"):
            return response
        path = request.path_info.lower().rstrip("/") + "/"
        if not CANONICAL.fullmatch(path):
            return response
        target, withdrawn = _now_at(path)
        if withdrawn:
            return errors.gone(request, withdrawn)
        if target == request.path_info or not _leads_somewhere(target):
            return response
        query = request.META.get("QUERY_STRING", "")
        return HttpResponsePermanentRedirect(target + (f"?{query}" if query else ""))


def _now_at(path: str) -> tuple[str, str]:
    """Return where a path leads today, however often it moved, and why it was withdrawn (or nothing)."""
    for _ in range(MOST_MOVES):
        former = FormerAddress.objects.filter(path=path).first()
        if former is None:
            return path, _withdrawn_at(path)
        if not former.new_path:
            return path, former.reason
        path = former.new_path
    return path, ""


def _withdrawn_at(path: str) -> str:
    """Return why the record whose page has this path was withdrawn; empty where none was."""
    try:
        match = resolve(path)
    except Resolver404:
        return ""
    if match.view_name != "pilots:region-detail":
        return ""
    withdrawn = Region.every.exclude(Region.published_if).filter(slug=match.kwargs["slug"])
    return withdrawn.values_list("withdrawn_reason", flat=True).first() or ""


def _leads_somewhere(path: str) -> bool:
    try:
        resolve(path)
    except Resolver404:
        return False
    return True


class ReadingMiddleware:
    """Keep reading pages cacheable by everyone and the admin by nobody; refuse other methods before CSRF does."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path_info.startswith(("/admin/", "/accounts/")):
            add_never_cache_headers(response)
        elif response.status_code == 200:
            # Browsers ask again each time (an edit shows at once); a shared cache may answer for a minute.
            response.headers.setdefault("Cache-Control", "public, max-age=0, s-maxage=60")
        return response

    def process_view(self, request: HttpRequest, view: Callable, args: tuple, kwargs: dict) -> HttpResponse | None:
        view_class = getattr(view, "view_class", None)
        if view_class is None or request.method in ("GET", "HEAD", "OPTIONS"):
            return None
        allowed = [name.upper() for name in view_class.http_method_names if hasattr(view_class, name)]
        if request.method in allowed:
            return None
        return errors.not_allowed(request, [*allowed, "HEAD"])
