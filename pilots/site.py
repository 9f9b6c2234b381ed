"""What every page needs to know of the site itself."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def context(request: HttpRequest | None) -> dict[str, Any]:
    """Return the operator's settings for templates: `site`, a mapping of strings, empty where unset."""
    return {"site": settings.SITE}
