"""The site without the site: every page as a file that opens from a disk, with its looks and its links.

Pages are found as a reader finds them, by following links from the first one. What needs the site behind it leads
back there: searching, filtered lists, comparisons, downloads. They take seconds, and are made once for a state of the
record, of an address that stands for the site's; that comes in at the end.

Where the record changes before one is made, who was told to come back has a ticket, which says what state that was:
she gets the pack of that state or of a later one, while everybody else gets none but that of the present state.
"""

import datetime
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urldefrag, urlsplit

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core import signing
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve, reverse

from ..http.staticfiles import bundled
from ..models import SearchChange
from ..search.facet_sets import public_version
from . import state, tables
from .package import NAME, unpacked
from .relink import between, relinked
from .state import answer
from .store import MAKING_SECONDS, BusyError, Kept

START = "/"
COMMAND = "make_offline"
SALT = "pilots.exports.offline"
HOST = "origin.invalid"  # RFC 2606: nobody's
BASE = f"https://{HOST}"
# States of a page that are pages of their own: a later page of a list, the notice as received.
_STATES = re.compile(r"(page)=(\d+)|(text)=(raw)")
_ONLINE_ONLY = {
    "pilots:compare",  # a form alone
    "pilots:style",  # for developers, as the API is
    "pilots:api",
    "pilots:notice-parts",  # citations of lines: what is cited is on the site
    "pilots:region-parts",
}


def ticket() -> str:
    """Return what is given to somebody who is told to come back: it names the present state, and holds for as long
    as a pack may take."""
    return signing.dumps(public_version(), salt=SALT)


def since(base: str, ticket: str) -> bytes | None:
    """Return the newest pack that was made of the state that a ticket names, or of a later one; None where there is
    none yet. Raises signing.BadSignature where it is none of ours, or has run out."""
    number, token = signing.loads(ticket, salt=SALT, max_age=MAKING_SECONDS)
    changes = SearchChange.objects.exclude(kind=SearchChange.INTERNAL)
    if not changes.filter(pk=number, token=token).exists():
        raise signing.BadSignature  # another database, or too many changes ago
    for version in changes.filter(pk__gte=number).order_by("-pk").values_list("pk", "token"):
        kept = Kept("offline", version)
        if kept.size(base) is not None:
            return kept.prepared(base, command=(COMMAND, base))
    return None


def prepared(base: str) -> bytes:
    """Return the offline pack without waiting for it. Raises BusyError while a process of its own makes it."""
    return state.present("offline").prepared(base, command=(COMMAND, base))


def packed(base: str) -> bytes:
    """Return the offline pack as a zip: kept from before, or made now. base: scheme and host of the site."""
    return state.file("offline", base, make=lambda: tables.packed(_leading_to(base)))


def _leading_to(base: str) -> Iterator[tuple[str, bytes]]:
    """Yield the files with the site's address; the page of the data has checksums of files that hold it."""
    pack = unpacked(state.file("pages", make=lambda: tables.packed(_files(BASE))))  # of no site's address yet
    host = urlsplit(base).netloc
    names = {_address(path): path.removeprefix(f"{NAME}/") for path in pack if path.endswith(".html")}
    data = reverse("pilots:data")
    for path, content in pack.items():
        if path == f"{NAME}/{_name(data)}":
            page = _page(base, data)
            if page is None:  # while what it tells of is being made
                raise BusyError
            yield path, _offline(page, data, names, base, {}).encode()
        else:
            yield path, content.replace(BASE.encode(), base.encode()).replace(HOST.encode(), host.encode())


def size(base: str) -> int | None:
    """Return the bytes of the pack if it was made of the present state already, else None."""
    return state.present("offline").size(base)


def _files(base: str) -> Iterator[tuple[str, bytes]]:
    pages = _pages(base)
    names = {address: _name(address) for address in pages}
    assets: dict[str, bytes] = {}
    for address, page in pages.items():
        yield f"{NAME}/{names[address]}", _offline(page, address, names, base, assets).encode()
    for name in sorted(assets):
        yield f"{NAME}/{name}", assets[name]


def _pages(base: str) -> dict[str, str]:
    """Return every page that links lead to, by its address, the first page first."""
    pages: dict[str, str] = {}
    waiting = [START]
    while waiting:
        address = waiting.pop(0)
        if address in pages:
            continue
        page = _page(base, address)
        if page is None:
            continue
        pages[address] = page
        _, links = relinked(page, address, lambda link: link)
        waiting += [link for link in (urldefrag(href).url for href in links) if link not in pages and _is_page(link)]
    return pages


def _is_page(address: str) -> bool:
    parts = urlsplit(address)
    if not parts.path.endswith("/") or (parts.query and not _STATES.fullmatch(parts.query)):
        return False
    try:
        match = resolve(parts.path)
    except Resolver404:
        return False
    return match.namespace == "pilots" and match.view_name not in _ONLINE_ONLY


def _page(base: str, address: str) -> str | None:
    """Return a page as readers get it; None where it isn't there (any more)."""
    response = answer(base, address)
    is_page = response and response.headers["Content-Type"].startswith("text/html")
    return response.text if response and is_page else None


def _name(address: str) -> str:
    """Return the file of a page: `regions/index.html`, `regions/page-2.html`."""
    parts = urlsplit(address)
    match = _STATES.fullmatch(parts.query)
    name = "-".join(filter(None, match.groups())) if match else "index"
    return f"{parts.path[1:]}{name}.html"


def _address(path: str) -> str:
    """Return the address of the page in a file of the pack: the inverse of `_name`."""
    folder, _, name = path.removeprefix(NAME).rpartition("/")
    query = name.removesuffix(".html").replace("-", "=", 1)
    return f"{folder}/" if query == "index" else f"{folder}/?{query}"


def _offline(page: str, address: str, names: dict[str, str], base: str, assets: dict[str, bytes]) -> str:
    here = names[address]

    def lead(link: str) -> str:
        target, fragment = urldefrag(link)
        name: str | None
        if target.startswith(settings.STATIC_URL):
            name = f"static/{target.removeprefix(settings.STATIC_URL)}"
            assets[name] = assets.get(name) or _static(target.removeprefix(settings.STATIC_URL))
        else:
            name = names.get(target)
        if name is None:
            return f"{base}{link}"
        return between(here, name) + (f"#{fragment}" if fragment else "")

    changed_at = tables.record_changed_at()
    when = datetime.datetime.fromisoformat(changed_at) if changed_at else None
    banner = render_to_string("pilots/_offline.html", {"url": f"{base}{address}", "changed_at": when})
    return relinked(page, address, lead, banner)[0]


def _static(name: str) -> bytes:
    """Return a static file as production serves it: collected under another name, or made of where it is written."""
    written = finders.find(name)
    if written is None:
        with staticfiles_storage.open(name) as file:
            return file.read()
    content = Path(written).read_bytes()
    if not name.endswith(".css"):
        return content
    return bundled(content.decode(), lambda brought: (Path(written).parent / brought).read_text()).encode()
