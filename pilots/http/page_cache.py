"""Public pages kept in a worker's memory and answered before Django, as long as the record stays as it is.

What a page depends on is in its key: the record's version (one statement, asked for each request, so that an edit is
seen at once on every instance), the day in Shanghai, the origin and the address as they were sent, the encoding. The
program is the process's own. What Django answered is kept whole: its headers are those of every later answer.
"""

import logging
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

BYTES = 16 << 20  # of all that a worker keeps: what was asked for longest ago goes first
LONGEST = 1 << 20  # bytes of one answer
HEAD_BYTES = 2 << 10  # that an answer takes beside its body and its address
# Signing in, what is counted by address, what tells the state of this process or its files.
NEVER = ("/admin/", "/accounts/", "/api/", "/static/", "/data/offline", "/healthz", "/readyz")
# Whoever sends these asks for more than the page as everybody gets it.
PERSONAL = {
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


class PageCache:
    """What a worker keeps: asked and filled in the thread where requests come in, so that nobody has to lock."""

    def __init__(self) -> None:
        self.pages: OrderedDict[tuple, Answer] = OrderedDict()
        self.bytes = 0
        self.hits: Counter[tuple[str, str, int]] = Counter()  # since the log was last told
        self.line: Any = None  # to the database: Django's may not be used where requests come in

    def key(self, scope: Any) -> tuple | None:
        """Return what the answer to this RSGI request depends on; None where it isn't kept, or can't be told."""
        path, headers = scope.path, scope.headers
        if not settings.PAGE_CACHE or scope.method not in ("GET", "HEAD") or path.startswith(NEVER):
            return None
        if path == "/data/" or path.endswith(".json") or not PERSONAL.isdisjoint(headers.keys()):
            return None
        version = self._version()
        if version is None:
            return None
        # Of values that aren't text granian tells `get` nothing, and `get_all` and Django leave them out.
        origin = (*headers.get_all("host"), *(headers.get_all("x-forwarded-proto") if settings.BEHIND_PROXY else ()))
        is_packed = any("gzip" in header for header in headers.get_all("accept-encoding"))
        return (version, int(time.time() + SHANGHAI) // 86_400, origin, path, scope.query_string, is_packed)

    def find(self, key: tuple | None, scope: Any) -> Answer | None:
        """Return the kept answer as this request wants it: whole, its head, or 304."""
        answer = self.pages.get(key) if key else None
        if key is None or answer is None:
            return None
        self.pages.move_to_end(key)
        status, headers, body = answer
        # Compared as RFC 9110, 13.1.2, wants it: weakly.
        tags = {tag.removeprefix("W/") for tag in parse_etags(",".join(scope.headers.get_all("if-none-match")))}
        tag = dict(headers).get("ETag", "")
        if tag and (tags == {"*"} or tag.removeprefix("W/") in tags):
            status, headers, body = 304, [item for item in headers if item[0].lower() not in OF_THE_BODY], b""
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

    def keep(self, key: tuple | None, answer: Answer) -> None:
        """Keep Django's answer to GET, if it is a whole page that everybody may have."""
        status, headers, body = answer
        names = {name.lower(): value for name, value in headers}
        control = names.get("cache-control", "")
        is_public = control.startswith("public") and "no-cache" not in control and "set-cookie" not in names
        is_everybodys = is_public and names.get("vary", "accept-encoding").lower() == "accept-encoding"
        if key and status == 200 and is_everybodys and len(body) <= LONGEST and key not in self.pages:
            self.pages[key] = answer
            self.bytes += _weight(key, answer)
            while self.bytes > BYTES:
                self.bytes -= _weight(*self.pages.popitem(last=False))

    def _version(self) -> Any:
        """Return the record's version; None where the database can't be asked, which Django will tell."""
        if self.line is None:
            return None
        try:
            return self.line.connection.execute(SearchChange.LAST).fetchone() or (0, "")
        except self.line.Database.Error:
            self.line = None
            return None

    def connect(self) -> None:
        """Open the line where there is none and Django, in whose thread this is called, reaches the database; pages
        are drawn where it takes no more connections."""
        if settings.PAGE_CACHE and self.line is None and connection.connection is not None:
            line = connection.copy()
            with suppress(Error):
                line.ensure_connection()
                self.line = line


def _weight(key: tuple, answer: Answer) -> int:
    """Return about how many bytes a kept answer takes: addresses are as long as whoever asks makes them."""
    return len(answer[2]) + len(key[3]) + len(key[4]) + HEAD_BYTES
