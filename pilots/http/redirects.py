"""Where a path that answers nothing leads: tidied, on to where a thing moved, or to why it was withdrawn.

A thing has a page, and forms of it at addresses of their own: the `.json` and the `.png` beside it, feeds and
calendars below it, its record in the API. One row of FormerAddress moves them all.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from django.urls import Resolver404, resolve

from ..history.original import name_withdrawn
from ..models import FormerAddress, Region

MOST_MOVES = 10  # of one thing; more is taken for a circle
LONGEST = FormerAddress._meta.get_field("path").max_length
BESIDE = (".json", ".png")  # instead of the last slash: as data, and the picture for whoever shares it
API = "/api/v1"
# Where the API has the parts of a thing, and where their page is.
PARTS = {"/priorities/": "/regions/", "/sections/": "/notices/"}
_KNOWN = re.compile(r"/([a-z0-9-]+/)*([a-z0-9-]+(\.[a-z0-9-]+)+)?")


class Now(NamedTuple):
    """What a path is today: another one, or withdrawn for a reason, with the address where the notice has it."""

    path: str
    withdrawn: str = ""
    annex: str = ""


class _Form(NamedTuple):
    """A path as a form of a page: what stands before the page's path, and what it has instead of its last slash."""

    before: str
    page: str
    after: str
    part: str = ""  # what the API calls the list of such parts

    def of(self, page: str) -> str:
        """Return the path of this form of another page."""
        if self.part:
            page = self.part + page.removeprefix(PARTS[self.part])
        return self.before + page.rstrip("/") + self.after


def now_at(request_path: str) -> Now | None:
    """Return what a missing path is today, None where it is nothing. One query a move, and one or two more."""
    path = request_path.lower().rstrip("/")  # with one slash at its end unless it names a file
    path = path if "." in path.rpartition("/")[2] else f"{path}/"
    if not _KNOWN.fullmatch(path):
        return None
    for _ in range(MOST_MOVES):
        forms = {form.page: form for form in _forms(path)}
        rows = FormerAddress.objects.filter(path__in=forms)
        former = max(rows, key=lambda row: len(row.path), default=None)
        if former is None:
            break
        path = forms[former.path].of(former.new_path)
        if not former.new_path:
            return Now(path, former.reason)
    else:
        return None
    return _today(path, is_other=path != request_path)


def _forms(path: str) -> Iterator[_Form]:
    """Yield each page that a path may be, or be a form of: what is below a list doesn't move with it."""
    before = API if path.startswith(f"{API}/") else ""
    page, part = path.removeprefix(before), ""
    for name, things in PARTS.items():
        if before and page.startswith(name):
            page, part = things + page.removeprefix(name), name
    for end in BESIDE:
        if page.endswith(end):
            yield _Form(before, page.removesuffix(end) + "/", end, part)
    slashes = list(re.finditer("/", page[:LONGEST]))
    for slash in slashes[2:] or slashes[1:]:
        yield _Form(before, page[: slash.end()], page[slash.start() :], part)


def _today(path: str, *, is_other: bool) -> Now | None:
    """Return what is at a path: the page of a withdrawn area, or, where it isn't the one asked for, any page."""
    try:
        match = resolve(path)
    except Resolver404:
        return None
    if match.view_name in ("pilots:region-detail", "pilots:region-parts", "pilots:region-picture"):
        withdrawn = Region.all_objects.exclude(Region.published_if).select_related("notice")
        if region := withdrawn.filter(slug=match.kwargs["slug"]).first():
            name_withdrawn([region])
            return Now(path, f"{region.withdrawal}。", region.annex_url)
    return Now(path) if is_other else None
