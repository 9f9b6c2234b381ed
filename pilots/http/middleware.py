"""What every answer of the site has in common: its log line, its host, its one address, its caching."""

import logging
import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from hashlib import md5
from typing import Any
from urllib.parse import quote

from csp.constants import HEADER as POLICY
from csp.middleware import CSPMiddleware
from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.middleware.gzip import GZipMiddleware
from django.utils.cache import add_never_cache_headers, patch_vary_headers
from whitenoise.middleware import WhiteNoiseMiddleware

from ..models import characters
from . import GetResponse, as_middleware, brotli, encodings, errors, problems, redirects, staticfiles
from .networks import BEHIND_SIGN_IN
from .unsaved import keep, newer, typed

logger = logging.getLogger("pilots.requests")

CONTROL = re.compile(f"[{characters.CONTROL}]")
HOST = re.compile(r"(\[.*\]|[^:]*?)\.*(?::([0-9]*))?")  # name, port
USUAL_PORTS = ("80", "443")  # of http and https: browsers leave them out
FRAME_SLOTS = 66_000  # of 8 bytes each, that the outermost call of a request is given
RANGE = re.compile("bytes=(?=.*[0-9])([0-9]{0,18})-([0-9]{0,18})")  # one, of which either end may be left out
# Kinds of files that already are.
COMPRESSED = ("application/zip", "application/vnd.openxmlformats", "image/png", "application/pdf")
SHORT = 200  # bytes under which nothing is compressed, as in Django's own
MOST_OF_A_NAME = 40  # characters of a parameter's name that are said back
_CODE = re.compile(r"(?<=/corrections/)[0-9a-f]{32}")  # by which a reader follows her report
# Data may be read by scripts of any site (CORS): constant headers, so that one kept answer serves everybody. The
# usual library varies its answers by Origin, which would split every cache; there is nothing here to vary, since
# nothing is answered differently for anybody, and no cookie is ever asked for.
FILES = (".csv", ".xlsx", ".zip", ".atom", ".ics")  # data whose refusals people read
ON_EVERY_ANSWER = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Retry-After, Deprecation, Sunset, Link",
}
ON_A_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "Accept, If-None-Match, If-Modified-Since",
    "Access-Control-Max-Age": "86400",
    "Allow": "GET, HEAD, OPTIONS",
    "Cache-Control": "no-store",
}


def log_request(get_response: GetResponse) -> GetResponse:
    """Log each request in one line: method, path, status, time. No address, query, name or code of a person."""

    def middleware(request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        response = get_response(request)
        spent = (time.perf_counter() - started) * 1000
        path = _CODE.sub("…", quote(request.path))
        logger.info("%s %s %d %.1fms", request.method, path, response.status_code, spent)
        return response

    # CPython keeps the frames of calls in pieces of 16 KB, gets one from the system and gives it back at each call
    # across an edge: a page whose template is drawn at one takes half as long again. Who wants much gets it in one
    # piece (1 MB, of which only what is used is taken), and all that answers a request fits in the rest.
    middleware.__code__ = middleware.__code__.replace(co_stacksize=FRAME_SLOTS)
    return middleware


@as_middleware
def settle_host(get_response: GetResponse, request: HttpRequest) -> HttpResponse:
    """Write the requested host in one way, and let none stand whose port isn't allowed: Django refuses it with 400.

    Canonical addresses and whole files are of the host that is asked for, so a made-up port would make them anew.
    """
    match = HOST.fullmatch(request.META.get("HTTP_HOST", "").lower())
    if match and match[0]:
        name, port = match[1], match[2] and (match[2].lstrip("0") or "0")
        ports = settings.ALLOWED_PORTS or [request.META["SERVER_PORT"]]
        if not port or port in USUAL_PORTS:
            request.META["HTTP_HOST"] = name
        else:
            request.META["HTTP_HOST"] = f"{name}:{port}" + ("" if port in ports else " (ALLOWED_PORTS)")
    if request.path_info in problems.PROBES:  # of any host: their answers name none
        request.META["HTTP_HOST"] = settings.ALLOWED_HOSTS[0].lstrip("*.") or "localhost"
    return get_response(request)


class StaticFilesMiddleware(WhiteNoiseMiddleware):
    """WhiteNoise, for requests that the server took and hosts that the site has; a file of any other is refused as a
    page is.

    While developing, nothing is collected: stylesheets are bundled as they are asked for.
    """

    def __call__(self, request: HttpRequest) -> HttpResponse:
        host = ""
        with suppress(DisallowedHost):
            host = request.get_host()
        if request.META.get("pilots.refusal") or not host:
            return self.get_response(request)
        sheet = staticfiles.sheet(request.path_info) if settings.DEBUG else ""
        return HttpResponse(sheet, "text/css; charset=utf-8") if sheet else super().__call__(request)


@as_middleware
def answer_head_as_get(get_response: GetResponse, request: HttpRequest) -> HttpResponse:
    """Answer HEAD with exactly the headers of GET, and no body (RFC 9110, 9.3.2)."""
    if request.method != "HEAD":
        return get_response(request)
    request.method = "GET"
    response: Any = get_response(request)
    if response.streaming:
        response.streaming_content = ()
    else:
        response.content = b""
    return response


class PolicyMiddleware(CSPMiddleware):
    """django-csp's header, its directives in one order: it takes them from a set, which each process orders its own
    way, while all instances answer alike."""

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        response = super().process_response(request, response)
        if response.has_header(POLICY):
            response.headers[POLICY] = "; ".join(sorted(response.headers[POLICY].split("; ")))
        return response


class CompressionMiddleware(GZipMiddleware):
    """Compress what isn't compressed already; of files that are, give the part that is asked for, so that who was cut
    off needn't begin anew (RFC 9110, 14)."""

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        has_length = response.has_header("Content-Length") or not response.streaming
        if not response.headers.get("Content-Type", "").startswith(COMPRESSED) or not has_length:
            # Django would take gzip;q=0, or a part of xgzip, for gzip, and `encodings` for none.
            names = encodings(request.headers.get("Accept-Encoding", ""))
            request.META["HTTP_ACCEPT_ENCODING"] = "gzip" if "gzip" in names else ""
            if names[:1] == ("br",):
                pack(response)
            return super().process_response(request, response)
        response.headers["Accept-Ranges"] = "bytes"
        match = RANGE.fullmatch(request.headers.get("Range", ""))
        size = int(response.headers["Content-Length"]) if response.streaming else len(response.content)
        is_same = request.headers.get("If-Range") in (None, response.headers.get("ETag"))
        if response.status_code != 200 or request.META["REQUEST_METHOD"] != "GET" or not match or not is_same:
            return response
        first, last = (int(number) if number else None for number in match.groups())
        start = max(size - (last or 0), 0) if first is None else first
        stop = size if first is None or last is None else min(last + 1, size)
        if first is not None and last is not None and last < first:
            return response  # not understood
        is_there = start < stop
        response.status_code = 206 if is_there else 416
        response.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}" if is_there else f"bytes */{size}"
        if response.streaming:
            response.streaming_content = cut(response.streaming_content, start, stop)
        else:
            response.content = response.content[start:stop]
        response.headers["Content-Length"] = str(max(stop - start, 0))
        return response


def pack(response: Any) -> None:
    """Compress with brotli what everybody may have; the rest is left to Django's gzip, which adds random bytes, so
    that no length tells a secret."""
    is_everybodys = response.headers.get("Cache-Control", "").startswith("public")
    if response.streaming or not is_everybodys or response.has_header("Content-Encoding"):
        return
    if len(response.content) >= SHORT:
        response.content = brotli.compress(response.content, quality=5)
        response.headers["Content-Encoding"], response.headers["Content-Length"] = "br", str(len(response.content))
        patch_vary_headers(response, ("Accept-Encoding",))
        tag = response.headers.get("ETag", "")
        response.headers["ETag"] = f"W/{tag}" if tag.startswith('"') else tag  # as Django's gzip does


def cut(pieces: Iterable[bytes], start: int, stop: int) -> Iterator[bytes]:
    """Yield the bytes from `start` to before `stop` of what `pieces` are together."""
    at = 0
    for piece in pieces:
        if part := piece[max(start - at, 0) : max(stop - at, 0)]:
            yield part
        at += len(piece)
        if at >= stop:
            return


@as_middleware
def share_with_scripts(get_response: GetResponse, request: HttpRequest) -> HttpResponse:
    """Let scripts of other sites read what is made for machines; their question beforehand (OPTIONS) is 204."""
    is_inside = request.path_info.startswith(("/admin/", "/accounts/"))
    is_file = request.path_info.endswith(FILES) and not is_inside
    if not is_file and not problems.is_for_machines(request):
        return get_response(request)
    is_asked_first = request.method == "OPTIONS"
    response = HttpResponse(status=204, headers=ON_A_PREFLIGHT) if is_asked_first else get_response(request)
    for name, value in ON_EVERY_ANSWER.items():
        response.headers[name] = value
    return response


@as_middleware
def keep_typed_text(get_response: GetResponse, request: HttpRequest) -> HttpResponse:
    """Answer a form of the record whose sender's session has ended with what was typed, not with a bare redirect."""
    response = get_response(request)
    if request.method != "POST" or not response.has_header("Location") or request.user.is_authenticated:
        return response
    if not typed(request):
        return response
    user = vars(request).get("ended_user")
    other, draft = newer(request, user), keep(request, user)
    replaced = f"它替换了您在另一个窗口存下的{other}。" if other else ""
    lost = "没有保存。请重新登录，再把内容填回去：表单里若有较早的草稿，打开的是那一份，没有刚才填写的内容。"
    text = f"没有保存，{errors.KEPT}{replaced}重新登录，就回到这张表单。" if draft else lost
    return errors.page(request, 403, "登录已过期", text, login_url=response.headers["Location"], is_kept=bool(draft))


@as_middleware
def refuse_control_characters(get_response: GetResponse, request: HttpRequest) -> HttpResponse:
    """Refuse an address whose parameters hold control characters, wherever it leads: nobody means them, no database
    takes a NUL, and one list would leave out what another looks for."""
    parameters = ((name, value) for name, values in request.GET.lists() for value in values)
    bad = [problems.Bad(*item, "含有控制字符") for item in parameters if CONTROL.search("".join(item))]
    if not bad:
        return get_response(request)
    if problems.is_for_machines(request):
        return problems.of_parameters(problems.BadParameters(bad))
    names = dict.fromkeys(CONTROL.sub("", item.parameter)[:MOST_OF_A_NAME] or "（空）" for item in bad)
    return errors.bad_query(request, f"这些参数含有控制字符，不能使用：{'、'.join(names)}。")


@as_middleware
def refuse_unread(get_response: GetResponse, request: HttpRequest) -> HttpResponse:
    """Answer a request that the server didn't take (`config/rsgi.py`): nothing of it was read."""
    status = request.META.get("pilots.refusal")
    return errors.unread(request, status) if status else get_response(request)


@as_middleware
def mend_address(get_response: GetResponse, request: HttpRequest) -> HttpResponse:
    """Answer a missing path that has moved, or only differs in case or slash, with one 301; withdrawn: 410."""
    response = get_response(request)
    if response.status_code != 404 or request.method not in ("GET", "HEAD"):
        return response
    now = redirects.now_at(request.path_info)
    if now is None:
        return response
    if now.withdrawn:
        return errors.page(request, 410, "内容已撤下", now.withdrawn, annex_url=now.annex)
    query = request.META.get("QUERY_STRING", "")
    return HttpResponsePermanentRedirect(now.path + (f"?{query}" if query else ""))


class ReadingMiddleware:
    """Keep reading pages cacheable by everyone and the admin by nobody; refuse other methods before CSRF does."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == 405 and not response.content:  # Django's, which says nothing
            response = errors.not_allowed(request, response.headers["Allow"].split(", "))
        if request.path_info.startswith(BEHIND_SIGN_IN):
            add_never_cache_headers(response)
        elif response.status_code == 200:
            # Browsers ask again each time (an edit shows at once); a shared cache shows it within two seconds.
            response.headers.setdefault("Cache-Control", "public, max-age=0, s-maxage=1, stale-while-revalidate=1")
            is_shared = response.headers["Cache-Control"].startswith("public") and not response.streaming
            if is_shared and settings.SECURE_HSTS_SECONDS:
                # What a shared cache has under a tag it answers with the headers of then: another HSTS, another tag.
                state = md5(b"%d " % settings.SECURE_HSTS_SECONDS + response.content, usedforsecurity=False)
                response.headers.setdefault("ETag", f'"{state.hexdigest()}"')
        return response

    def process_view(self, request: HttpRequest, view: Callable, args: tuple, kwargs: dict) -> HttpResponse | None:
        view_class = getattr(view, "view_class", None)
        if view_class is None or request.method in ("GET", "HEAD", "OPTIONS"):
            return None
        allowed = [name.upper() for name in view_class.http_method_names if hasattr(view_class, name)]
        if request.method in allowed:
            return None
        return errors.not_allowed(request, [*allowed, "HEAD"])
