"""Public pages kept in a worker's memory and answered before Django, as long as the record stays as it is.

What a page depends on is in its key: the record's version (one statement, asked for each request, so that an edit is
seen at once on every instance), the day in Shanghai, the origin and the address as they were sent, the encoding, for
data the Accept header. The program is the process's own. What Django answered is kept whole: its headers are those of
every later answer. Whoever asks the API is counted for a kept answer, too (`config/rsgi.py`).
"""

import logging
import re
import time
from asyncio import get_running_loop
from collections import Counter, OrderedDict
from contextlib import suppress
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.db import Error, connection
from django.utils.http import parse_etags

from ..models import SearchChange
from . import encodings

BYTES = 16 << 20  # of all that a worker keeps: what was asked for longest ago goes first
LONGEST = 1 << 20  # bytes of one answer
HEAD_BYTES = 2 << 10  # that an answer takes beside its body and its address; that headers of a request may have
PATIENCE = 1  # second that the database may leave who asks for the version without a word: every request waits then
HEADS = 1_000  # sets of headers that are understood without being read again: browsers send few
# Signing in, what tells the state of this process or its files.
NEVER = ("/admin/", "/accounts/", "/static/", "/data/offline", "/healthz", "/readyz")
# Whoever sends these asks for more than the page as everybody gets it.
PERSONAL = {
    "content-type",
    "cookie",
    "authorization",
    "range",
    "if-match",
    "if-modified-since",
    "if-unmodified-since",
    "content-length",
    "transfer-encoding",
}
OF_THE_BODY = {"content-type", "content-length", "content-encoding", "content-language", "content-disposition"}
SHANGHAI = 8 * 3600  # seconds before UTC
Answer = tuple[int, list[tuple[str, str]], bytes]

logger = logging.getLogger("pilots.requests")


def is_data(path: str) -> bool:
    """Return whether what stands at `path` is the record as JSON or its description: the API's, or beside a page."""
    return path.startswith("/api/v1/") or path.endswith(".json")


class PageCache:
    """What a worker keeps: asked and filled in the thread where requests come in, so that nobody has to lock."""

    def __init__(self) -> None:
        self.pages: OrderedDict[tuple, tuple] = OrderedDict()  # each with its tag, and its headers where it is known
        self.bytes = 0
        self.heads: dict[tuple, tuple | None] = {}  # what headers ask for
        self.hits: Counter[tuple[str, str, int]] = Counter()  # since the log was last told
        self.turn: Any = None  # the version, for requests of one turn of the loop: they had come before it was asked
        self.line: Any = None  # to the database: Django's may not be used where requests come in

    def key(self, scope: Any) -> tuple | None:
        """Return what the answer to this RSGI request depends on; None where it isn't kept, or can't be told."""
        path = scope.path
        if scope.method not in ("GET", "HEAD") or path.startswith(NEVER) or path.endswith("/data/"):
            return None
        head = tuple(scope.headers.items())  # without values that aren't text, as Django has them
        variant = self.heads.get(head) or self._variant(head)
        version = self._version() if variant else None
        if variant is None or version is None:
            return None
        # Pages are the same for any; none is */* (RFC 9110, 12.5.1), while an empty one takes nothing: 406.
        accept = ",".join(scope.headers.get_all("accept") or ["*/*"]) if is_data(path) else ""
        return (version, int(time.time() + SHANGHAI) // 86_400, *variant, path, scope.query_string, accept)

    def find(self, key: tuple | None, scope: Any) -> Answer | None:
        """Return the kept answer as this request wants it: whole, its head, or 304."""
        entry = self.pages.get(key) if key else None
        if key is None or entry is None:
            return None
        self.pages.move_to_end(key)
        return self.as_wanted(entry, scope)

    @staticmethod
    def as_wanted(entry: tuple, scope: Any) -> Answer:
        """Return a whole answer (with its tag, and its headers where it is known) as a request wants it."""
        status, headers, body, tag, unchanged = entry
        header = ",".join(scope.headers.get_all("if-none-match"))
        if status == 200 and header:
            # Compared as RFC 9110, 13.1.2, wants it: weakly.
            tags = {tag} if header == tag else {item.removeprefix("W/") for item in parse_etags(header)}
            if tag and (tags == {"*"} or not tags.isdisjoint((tag, tag.removeprefix("W/")))):
                status, headers, body = 304, unchanged, b""
        return status, headers, body if scope.method == "GET" else b""

    def count(self, method: str, path: str, status: int) -> None:
        """Count a kept answer for the log, which is told once a second: a line for each takes longer than answers."""
        if not self.hits:
            get_running_loop().call_later(1, self.tell)
        self.hits[method, path, status] += 1

    def tell(self) -> None:
        """Log what was answered since the last time: how often, where it was more than once."""
        for (method, path, status), times in self.hits.items():
            logger.info("%s %s %d kept%s", method, quote(path), status, f" ×{times}" if times > 1 else "")
        self.hits.clear()

    def settle(self, key: tuple, answer: Answer, scope: Any) -> Answer:
        """Keep Django's answer to GET, if it is a whole page that everybody may have and the record is still as it
        was; else no shared cache is to keep it, either. Return it as the request wants it."""
        names = {name.lower(): value for name, value in answer[1]}
        unchanged = [item for item in answer[1] if item[0].lower() not in OF_THE_BODY]
        entry = (*answer, names.get("etag", ""), unchanged)
        if self.key(scope) in (key, None):
            self._keep(key, entry, names)
            return self.as_wanted(entry, scope)
        status, headers, body = self.as_wanted(entry, scope)
        return status, [(name, re.sub("s-maxage=.*", "s-maxage=0", value)) for name, value in headers], body

    def _keep(self, key: tuple, entry: tuple, names: dict[str, str]) -> None:
        status, _, body, *_ = entry
        control = names.get("cache-control", "")
        is_public = control.startswith("public") and "no-cache" not in control and "set-cookie" not in names
        # What else an answer varies by is in the key of none but data.
        varies_by = {"", "accept-encoding", "accept" if is_data(key[4]) else ""}
        vary = {name.strip() for name in names.get("vary", "").lower().split(",")}
        is_everybodys = is_public and vary <= varies_by
        if status == 200 and is_everybodys and len(body) <= LONGEST and key not in self.pages:
            self.pages[key] = entry
            self.bytes += _weight(key, entry)
            while self.bytes > BYTES:
                self.bytes -= _weight(*self.pages.popitem(last=False))

    def _variant(self, head: tuple[tuple[str, str], ...]) -> tuple | None:
        """Return whose page is wanted (origin), and how compressed; None where more than that is asked for."""
        names, size = [name for name, _ in head], sum(len(name) + len(value) for name, value in head)
        if not settings.PAGE_CACHE or size > HEAD_BYTES or names.count("host") != 1 or not PERSONAL.isdisjoint(names):
            return None
        of_origin = ("host", "x-forwarded-proto") if settings.BEHIND_PROXY else ("host",)
        origin = tuple(item for header in of_origin for item in head if item[0] == header)
        if len(self.heads) >= HEADS:
            self.heads.clear()
        accepted = ",".join(value for name, value in head if name == "accept-encoding")
        self.heads[head] = (origin, encodings(accepted))
        return self.heads[head]

    def _version(self) -> Any:
        """Return the record's version; None where the database can't be asked, which Django will tell."""
        if self.line is not None and self.turn is None:
            get_running_loop().call_soon(setattr, self, "turn", None)  # before whoever comes from now on
            try:
                self.turn = self.line.connection.execute(SearchChange.LAST).fetchone() or (0, "")
            except self.line.Database.Error:
                self.line = None
        return self.turn

    def connect(self) -> None:
        """Open the line where there is none and Django, in whose thread this is called, reaches the database; pages
        are drawn where it takes no more connections."""
        if settings.PAGE_CACHE and self.line is None and connection.connection is not None:
            line: Any = connection.copy()
            line.patience = PATIENCE
            with suppress(Error):
                line.ensure_connection()
                if line.vendor == "sqlite":
                    line.connection.execute(f"PRAGMA busy_timeout = {PATIENCE * 1000}")
                self.line = line


def _weight(key: tuple, answer: tuple) -> int:
    """Return about how many bytes a kept answer takes: addresses are as long as whoever asks makes them."""
    return len(answer[2]) + sum(map(len, key[4:])) + HEAD_BYTES
