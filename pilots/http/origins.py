"""Scheme and host of an absolute address."""

from django.http import HttpRequest


def origin(request: HttpRequest) -> str:
    """Return scheme and host as the reader asked for them: what comes before a path in an absolute address."""
    return request.build_absolute_uri("/")[:-1]
