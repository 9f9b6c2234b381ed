"""What every page needs to know of the site itself."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from .models import Region
from .search import snapshot

MOST_PLACES = 200  # names of areas that are offered while one types; a page is not a gazetteer


def context(request: HttpRequest | None) -> dict[str, Any]:
    """Return what templates need everywhere: `site` (the operator's settings, strings, empty where unset) and
    `suggestions` (the options of the search box, worked out when a page shows it)."""
    return {"site": settings.SITE, "suggestions": SimpleLazyObject(suggestions)}


def suggestions() -> SafeString:
    """Return names of areas, provinces and topics as options, kept until the record changes."""
    state = snapshot.current()
    if "suggestions" not in state.memory:
        places = Region.objects.order_by("pk").values_list("short_name", flat=True)[:MOST_PLACES]
        units = [option.label for option in state.options["province"]]
        topics = [option.label for option in state.options["topic"]]
        names = dict.fromkeys([*topics, *places, *units])
        state.memory["suggestions"] = format_html_join("", '<option value="{}">', ((name,) for name in names))
    return state.memory["suggestions"]
