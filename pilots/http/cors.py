"""Data may be read by scripts of any site (CORS): constant headers, so that one kept answer serves everybody.

The usual library varies its answers by Origin, which would split every cache; there is nothing here to vary, since
nothing is answered differently for anybody, and no cookie is ever asked for.
"""

from django.http import HttpRequest, HttpResponse

from . import GetResponse, as_middleware
from .problems import is_for_machines

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


@as_middleware
def share_with_scripts(get_response: GetResponse, request: HttpRequest) -> HttpResponse:
    """Let scripts of other sites read what is made for machines; their question beforehand (OPTIONS) is 204."""
    is_inside = request.path_info.startswith(("/admin/", "/accounts/"))
    is_file = request.path_info.endswith(FILES) and not is_inside
    if not is_file and not is_for_machines(request):
        return get_response(request)
    is_asked_first = request.method == "OPTIONS"
    response = HttpResponse(status=204, headers=ON_A_PREFLIGHT) if is_asked_first else get_response(request)
    for name, value in ON_EVERY_ANSWER.items():
        response.headers[name] = value
    return response
