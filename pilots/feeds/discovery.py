"""Which feed belongs to a page."""

from django.http import HttpRequest, QueryDict
from django.urls import reverse

FEEDS = {
    "pilots:home": "pilots:change-feed",
    "pilots:change-list": "pilots:change-feed",
    "pilots:region-list": "pilots:change-feed",
    "pilots:region-detail": "pilots:region-feed",
    "pilots:province-detail": "pilots:province-feed",
    "pilots:topic-detail": "pilots:topic-feed",
}
NOT_OF_FEEDS = ("page", "sort")  # a feed has its own order


def feed_of(request: HttpRequest, path: str) -> str:
    """Return the path of the feed of the page that is asked for, empty where there is none.

    `path`: the page's one address with its query, whose filters the feed keeps.
    """
    match = request.resolver_match
    if match is None or match.view_name not in FEEDS:
        return ""
    query = QueryDict(path.partition("?")[2], mutable=True)
    for name in NOT_OF_FEEDS:
        query.pop(name, None)
    address = reverse(FEEDS[match.view_name], kwargs=match.kwargs)
    return f"{address}?{query.urlencode()}" if query else address
