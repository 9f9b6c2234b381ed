"""What happens to a request before and after a page: addresses, errors, limits, files as they are served."""

import re
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from importlib import import_module
from typing import Any

from django.http import HttpRequest, HttpResponse

brotli: Any = None
with suppress(ImportError):  # where it is installed: an eighth fewer bytes than gzip in the same time
    brotli = import_module("brotli")
_CODING = re.compile(r"(br|gzip)\s*(?:;\s*q=([01](?:\.[0-9]*)?)\s*)?", re.IGNORECASE)
GetResponse = Callable[[HttpRequest], HttpResponse]


def as_middleware(answer: Callable[[GetResponse, HttpRequest], HttpResponse]) -> Callable[[GetResponse], GetResponse]:
    """Make a middleware, as Django has them, of a function that is given what answers next, and the request."""
    return lambda get_response: partial(answer, get_response)


def encodings(accepted: str) -> tuple[str, ...]:
    """Return which of brotli (`br`) and gzip an Accept-Encoding takes, what it wants most first (RFC 9110, 12.5.3).

    Taken is what is named, and not with q=0; without the library there is no brotli.
    """
    matches = [match for part in accepted.split(",") if (match := _CODING.fullmatch(part.strip()))]
    weights = {match[1].lower(): float(match[2] or 1) for match in matches}
    names = [name for name in ("br", "gzip") if weights.get(name) and (brotli or name == "gzip")]
    return tuple(sorted(names, key=lambda name: -weights[name]))


def origin(request: HttpRequest) -> str:
    """Return scheme and host as the reader asked for them: what comes before a path in an absolute address."""
    return request.build_absolute_uri("/")[:-1]
