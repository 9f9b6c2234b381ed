"""What is taken away: files of every list, and of the whole record."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.log import log_response
from django.views.generic import View

from ..api import parameters
from ..api.parameters import BOM, Parameter
from ..http import origin, problems
from ..http.problems import Bad, BadParameters
from ..models import Ministry
from ..record.comparison import MOST, Comparison
from ..search import facet_sets
from ..search.facet_sets import Snapshot
from ..search.filters import RegionFilter
from . import formats, list_tables, offline, package, region_tables
from .state import ready
from .store import UnsteadyError
from .tables import CSV_TYPE, Listing

MEANWHILE = "文件正在制作，或记录正在更改。请稍后再试；浏览器每五秒会自己再试一次。\n"
# Of the package's files, by the ends of their names.
_TYPES = {
    "csv": CSV_TYPE,
    "json": "application/json",
    "md": "text/markdown; charset=utf-8",
    "SHA256SUMS": "text/plain; charset=utf-8",
}


class UnsteadyMixin(View):
    """A view of files; while one is being made, or the record changed, and there is none, readers come back later."""

    way_back = ""  # the address to which they do, where that is another

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return super().dispatch(request, *args, **kwargs)
        except UnsteadyError:
            text = f"{MEANWHILE}这一份的网址：{origin(request)}{self.way_back}\n" if self.way_back else MEANWHILE
            response = HttpResponse(text, "text/plain; charset=utf-8", 503)
            response.headers["Retry-After"] = "5"
            response.headers["Refresh"] = f"5; url={self.way_back}" if self.way_back else "5"
            response.headers["Cache-Control"] = "no-store"
            log_response("%s: %s", MEANWHILE, request.path, response=response, request=request, level="info")
            return response


def of_list(
    request: HttpRequest, state: Snapshot, params: dict[str, Any], name: str, slug: str = "", *, has_bom: bool
) -> Listing:
    """Return a list of LISTS, or a ministry of its list; 404 where there is none of that name."""
    if slug and not Ministry.objects.filter(slug=slug).exists():
        raise Http404
    return list_tables.listing(name, origin(request), state, slug, has_bom=has_bom)


def of_regions(request: HttpRequest, state: Snapshot, params: dict[str, Any], *, has_bom: bool) -> Listing:
    """Return the list of areas with the filter of its page."""
    by, lines = params["rows"] or region_tables.ROWS[0], params["lines"]
    if lines and by == region_tables.ROWS[0]:
        raise BadParameters([Bad("lines", lines, "只与 rows=priorities 同用")])
    filterset = RegionFilter(request.GET, state=state)
    return region_tables.areas(filterset, origin(request), by, has_every_line=bool(lines), has_bom=has_bom)


def of_own(
    request: HttpRequest, state: Snapshot, params: dict[str, Any], facet: str, slug: str, *, has_bom: bool
) -> Listing:
    """Return the lines of a topic or a system, the areas of a province; 404 where there is none of that name."""
    if slug not in state.values(facet):
        raise Http404
    return region_tables.own(facet, slug, origin(request), state, has_bom=has_bom)


def of_comparison(request: HttpRequest, state: Snapshot, params: dict[str, Any], *, has_bom: bool) -> Listing:
    """Return the lines of the areas that are set side by side."""
    surplus = params["region"][MOST:]
    if surplus:
        raise BadParameters([Bad("region", slug, f"至多{MOST}个地区") for slug in surplus])
    return region_tables.compared(Comparison(request.GET, state), origin(request), has_bom=has_bom)


class ListFileView(UnsteadyMixin, View):
    """A list as a file of `formats.KINDS`; 400 names what isn't understood. `listing_of` makes the list of what the
    address says."""

    parameters: tuple[Parameter, ...] = ()
    listing_of: Callable[..., Listing] = staticmethod(of_list)

    def get(self, request: HttpRequest, kind: str, **kwargs: str) -> HttpResponse:
        accepted_parameters = (*self.parameters, *((BOM,) if kind.startswith("csv") else ()))
        try:
            state = facet_sets.current()
            params = parameters.read(accepted_parameters, request.GET, state)
            listing = self.listing_of(request, state, params, has_bom=params.get("bom") != "0", **kwargs)
        except BadParameters as bad:
            return refusal(bad, is_json=kind == "json")
        content = ready(request, lambda: formats.body(listing, kind))
        response = HttpResponse(content, content_type=formats.KINDS[kind])
        address = f"{listing.base}{formats.address(listing, kind)}"
        links = [f'<{address}>; rel="canonical"', f'<{listing.base}{listing.page}>; rel="alternate"']
        if kind == "csv":
            described = formats.address(listing, "csv-metadata.json")
            links.append(f'<{listing.base}{described}>; rel="describedby"; type="{formats.CSVW_TYPE}"')
        response.headers["Link"] = ", ".join(links)
        if kind in ("csv", "xlsx"):
            response.headers["Content-Disposition"] = formats.name(listing, kind)
        return response


def refusal(bad: BadParameters, *, is_json: bool) -> HttpResponse:
    """Return 400 with every parameter that can't be answered: as problem details (RFC 9457), or a line each."""
    if is_json:
        return problems.of_parameters(bad)
    lines = str(bad.detail).replace("；", "\n")
    response = HttpResponse(f"参数无效：\n{lines}\n", status=400, content_type="text/plain; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    return response


class OfflineView(UnsteadyMixin, View):
    """All pages as files that open from a disk; none of a state before it was asked for, which may hold what was
    withdrawn since. Who comes back says by `since` when that was."""

    def get(self, request: HttpRequest) -> HttpResponse:
        base, ticket = origin(request), request.GET.get("since", "")
        try:
            packed = offline.since(base, ticket)
        except signing.BadSignature:
            packed, ticket = None, ""
        try:
            content = packed or offline.prepared(base)
        except UnsteadyError:
            self.way_back = f"{request.path}?{urlencode({'since': ticket or offline.ticket()})}"
            raise
        response = _download(content, "application/zip", f"{package.NAME}-offline.zip")
        if packed:
            response.headers["Cache-Control"] = "no-store"  # it is hers alone
        return response


class PackageView(UnsteadyMixin, View):
    """The data package, whole (`package.zip`) or a file of it: `datapackage.json` and what it names beside it."""

    def get(self, request: HttpRequest, name: str) -> HttpResponse:
        packed = ready(request, lambda: package.packed(origin(request)))
        if name == "package.zip":
            version = package.descriptor(packed)["version"]
            return _download(packed, "application/zip", f"{package.NAME}-{version}.zip")
        content = package.unpacked(packed).get(name)
        if content is None:
            raise Http404
        return _download(content, _TYPES[name.rpartition(".")[2]], name)


def _download(content: bytes, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    how = "inline" if kind.startswith(("text/plain", "text/markdown", "application/json")) else "attachment"
    response.headers["Content-Disposition"] = f'{how}; filename="{name}"'
    return response
