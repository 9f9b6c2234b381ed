"""What is taken away: files of the region list, and of the whole record."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.generic import View

from pilots.api import parameters, problems
from pilots.api.problems import BadParameters
from pilots.filters import RegionFilter
from pilots.pages.base import origin
from pilots.tables import CSV_TYPE

from . import files, offline, package
from .listing import ROWS, Listing
from .state import UnsteadyError, ready

_ROWS = parameters.chosen("rows", "一行是一个地区，还是一项重点", lambda state: ROWS, is_many=False)
_BOM = parameters.chosen("bom", "开头有没有字节顺序标记", lambda state: ("0", "1"), is_many=False)
_SWITCHES = {"csv": (_ROWS, _BOM), "csv-metadata.json": (_ROWS, _BOM)}
# Of the package's files, by the ends of their names.
_TYPES = {
    "csv": CSV_TYPE,
    "json": "application/json",
    "md": "text/markdown; charset=utf-8",
    "SHA256SUMS": "text/plain; charset=utf-8",
}


class UnsteadyMixin:
    """A view of files; while one is being made, or the record changed, and there is none, readers come back later."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().dispatch(request, *args, **kwargs)
        except UnsteadyError:
            response = HttpResponse("文件正在制作，或记录正在更改，请稍后再试。\n", "text/plain; charset=utf-8", 503)
            response.headers["Retry-After"] = "5"
            response.headers["Cache-Control"] = "no-store"
            return response


class RegionFileView(UnsteadyMixin, View):
    """The region list with the filter of its page, as a file of `files.KINDS`; 400 names what isn't understood."""

    def get(self, request: HttpRequest, kind: str) -> HttpResponse:
        filterset = RegionFilter(request.GET)
        known = (*parameters.REGION_FILTER, *_SWITCHES.get(kind, (_ROWS,)))
        try:
            asked = parameters.read(known, request.GET, filterset.state)
        except BadParameters as bad:
            return refusal(bad, is_json=kind == "json")
        listing = Listing(
            filterset,
            origin(request),
            asked["rows"] or ROWS[0],
            has_bom=asked.get("bom") != "0",
        )
        response = HttpResponse(
            ready(request, lambda: files.body(listing, kind)), content_type=files.KINDS[kind].type
        )
        response.headers["Link"] = ", ".join(_links(listing, kind))
        if kind in ("csv", "xlsx"):
            response.headers["Content-Disposition"] = files.name(listing, kind)
        return response


def _links(listing: Listing, kind: str) -> list[str]:
    page = f"{listing.base}{reverse('pilots:region-list')}{listing.filterset.query()}"
    links = [f'<{listing.base}{files.address(listing, kind)}>; rel="canonical"', f'<{page}>; rel="alternate"']
    if kind == "csv":
        described = files.address(listing, "csv-metadata.json")
        links.append(f'<{listing.base}{described}>; rel="describedby"; type="{files.CSVW_TYPE}"')
    return links


def refusal(bad: BadParameters, *, is_json: bool) -> HttpResponse:
    """Return 400 with every parameter that can't be answered: as problem details (RFC 9457), or a line each."""
    if is_json:
        return problems.handle(bad, {})
    lines = str(bad.detail).replace("；", "\n")
    response = HttpResponse(f"参数无效：\n{lines}\n", status=400, content_type="text/plain; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    return response


class OfflineView(UnsteadyMixin, View):
    """All pages as files that open from a disk."""

    def get(self, request: HttpRequest) -> HttpResponse:
        packed = ready(request, lambda: offline.packed(origin(request)))
        return _download(packed, "application/zip", f"{package.NAME}-offline.zip")


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
