"""What happens to a request before and after a page: addresses, errors, limits, files as they are served."""

import re
from collections.abc import Callable
from functools import partial

from django.http import HttpRequest, HttpResponse

# Accept-Encoding of whoever takes gzip: named, and not with q=0 (RFC 9110, 12.5.3).
GZIP = re.compile(r"(?:^|,)\s*gzip\s*(?:;\s*q=(?!0(?:\.0*)?\s*(?:,|$))[\d.]+\s*)?(?:,|$)", re.IGNORECASE)
GetResponse = Callable[[HttpRequest], HttpResponse]


def as_middleware(answer: Callable[[GetResponse, HttpRequest], HttpResponse]) -> Callable[[GetResponse], GetResponse]:
    """Make a middleware, as Django has them, of a function that is given what answers next, and the request."""
    return lambda get_response: partial(answer, get_response)


def origin(request: HttpRequest) -> str:
    """Return scheme and host as the reader asked for them: what comes before a path in an absolute address."""
    return request.build_absolute_uri("/")[:-1]
