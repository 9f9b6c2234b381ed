"""What the site answers, asked by the site itself: the same views, without a server between."""

import io
from urllib.parse import unquote, urlsplit

from django.core.handlers.wsgi import WSGIRequest
from django.http import Http404, HttpResponse
from django.urls import resolve

from .store import UnsteadyError


class OwnRequest(WSGIRequest):
    """A reader's request for an address, from this machine."""

    def __init__(self, base: str, address: str) -> None:
        parts, site = urlsplit(address), urlsplit(base)
        super().__init__(
            {
                "REQUEST_METHOD": "GET",
                "PATH_INFO": unquote(parts.path),
                "QUERY_STRING": parts.query,
                "REMOTE_ADDR": "127.0.0.1",
                "SERVER_NAME": site.hostname or "",
                "SERVER_PORT": str(site.port or ""),
                "wsgi.url_scheme": site.scheme,
                "wsgi.input": io.BytesIO(),
            }
        )
        self._host = site.netloc

    def get_host(self) -> str:
        return self._host


def answer(base: str, address: str) -> HttpResponse | None:
    """Return what readers get at an address, rendered; None where that is a refusal. base: scheme and host.

    Raises UnsteadyError where it has to be asked for later.
    """
    request = OwnRequest(base, address)
    match = resolve(request.path_info)
    try:
        response = match.func(request, *match.args, **match.kwargs)
    except Http404:
        return None
    if hasattr(response, "render"):
        response.render()
    if response.status_code == 503:
        raise UnsteadyError
    return response if response.status_code == 200 else None
