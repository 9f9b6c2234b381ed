"""What granian calls for each request: its body read within limits, then Django, one request at a time in a worker.

granian's WSGI can't end the reading of a body: a client that sends half of one holds a thread until it hangs up. RSGI
can, so Django's WSGI application is called from here. What is refused is refused before anything of it is kept, and
Django says so (`pilots.http.middleware.refuse_unread`).
"""

import asyncio
import logging
import os
import re
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache, partial
from io import BytesIO
from stat import S_ISSOCK
from string import printable
from typing import Any
from urllib.parse import parse_qsl, quote, unquote_to_bytes, urlencode

from django.db import close_old_connections
from django.db.backends.signals import connection_created
from django.utils.http import parse_header_parameters

from .bodies import FORM_BYTES, Body, RefusedError
from .wsgi import application as django  # first: it makes Django ready

from pilots.accounts.sessions import is_signed_in  # isort: skip
from pilots.api.throttling import admits  # isort: skip
from pilots.http.page_cache import LONGEST, Answer, PageCache, is_data  # isort: skip

# Bytes of a body, by the beginning of the path; of the rest, which takes none that matter.
# A document comes with its file (`record.attachments.MOST_BYTES`) and the rest of its form.
BODY_BYTES = {"/admin/pilots/document/": 21 << 20, "/admin/": FORM_BYTES, "": 16 << 10}
BODY_SECONDS = 60  # for the whole of a body
PAUSE_SECONDS = 10  # between two parts of one
REFUSED_SECONDS, REFUSED_PAUSE_SECONDS = 20, 1  # the same, of one that is refused
DATABASE_SECONDS = 20  # that PostgreSQL may leave a worker without a word: its system answers for it while it hangs
UNREAD_SECONDS = 20  # that a client may leave an answer unread
LINE_BYTES, HEAD_BYTES = 8190, 16 << 10  # of path and query; of the headers
WHOLE = {"REQUEST_METHOD": "GET", "HTTP_IF_NONE_MATCH": ""}  # what makes of a request one for the whole page
PARTS, PART_HEAD_BYTES, PART_PARAMETERS = 10_000, 1024, 16  # of a form: how many, and of each what Django reads

logger = logging.getLogger("pilots.server")
_pages = PageCache()
_drawn: dict[tuple, asyncio.Event] = {}  # pages that are being made for the cache
# One thread: several would wait for the interpreter's lock, each with a database connection of its own.
_thread = ThreadPoolExecutor(1, "django")


def wait_no_longer(sender: Any, connection: Any, **kwargs: Any) -> None:
    """Let a new connection give up, and close, where PostgreSQL says nothing for DATABASE_SECONDS."""
    if connection.vendor != "postgresql":
        return
    import psycopg

    own, seconds = connection.connection, getattr(connection, "patience", DATABASE_SECONDS)

    def wait(gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        try:
            return type(own).wait(own, gen, interval, timeout or seconds)
        except psycopg.Error as error:
            if own.pgconn.transaction_status != psycopg.pq.TransactionStatus.ACTIVE:
                raise
            own.pgconn.finish()
            raise psycopg.OperationalError(f"no word within {seconds} s") from error

    own.wait = wait


connection_created.connect(wait_no_longer)


async def application(scope: Any, protocol: Any) -> None:
    """Answer one request, as RSGI 1.6 wants it."""
    end_unread(scope.server)
    page, kept = await _kept(scope)
    if kept:
        protocol.response_bytes(*kept)
        _pages.count(scope.method, scope.path, kept[0])
        return
    body, refusal = Body(partial(_is_signed_in, scope)), 0
    try:
        try:
            await _read(scope, protocol, body)
            _check_parts(scope.headers.get("content-type", ""), body)
        except RefusedError as error:
            refusal = error.args[0]
        environ = _environ(scope, b"" if refusal else bytes(body)) | {"pilots.refusal": refusal}
        environ |= {"CONTENT_TYPE": ""} if refusal else {}  # Django can't start with one that it can't read
        answer = await _drawn_by_django(page, scope, environ)
    except Exception:
        logger.exception("not answered: %s", scope.method)
        answer = 500, [("Content-Type", "text/plain; charset=utf-8")], "服务器出错".encode()
    finally:
        body.release()
        _end_drawing(page)
    if isinstance(answer[2], bytes):
        protocol.response_bytes(*answer)
    else:
        await _send(protocol, *answer)


# What granian calls when a worker ends.
application.__rsgi_del__ = lambda loop: _pages.tell()  # type: ignore[attr-defined]


async def _kept(scope: Any) -> tuple[tuple | None, Answer | None]:
    """Return the key under which a page is kept, and the page where it is; of those who want one that isn't, the
    first draws it and the others wait for her."""
    page = _pages.key(scope)
    if page in _drawn:
        await _drawn[page].wait()
    kept = _pages.find(page, scope)
    if kept and is_data(scope.path):  # in Django's thread: a shared cache may count, and take its time
        loop = asyncio.get_running_loop()
        if not await loop.run_in_executor(_thread, admits, _environ(scope, b"")):
            return None, None  # Django says so
    elif page and not kept:
        _drawn.setdefault(page, asyncio.Event())
    return page, kept


async def _drawn_by_django(page: tuple | None, scope: Any, environ: dict[str, Any]) -> tuple:
    """Return Django's answer. A page that may be kept is drawn whole, also for who asks for its head or whether it
    changed: nginx asks nothing else of what it has."""
    loop = asyncio.get_running_loop()
    if page is None:
        return await loop.run_in_executor(_thread, _answer, environ)
    answer = await loop.run_in_executor(_thread, _answer, environ | WHOLE)
    if isinstance(answer[2], bytes):
        return _pages.settle(page, answer, scope)
    if scope.method == "GET" and not environ.get("HTTP_IF_NONE_MATCH"):
        return answer
    await loop.run_in_executor(_thread, answer[2].close)  # whether a large file is to be sent is Django's to say
    return await loop.run_in_executor(_thread, _answer, environ)


def _end_drawing(page: tuple | None) -> None:
    if page and (drawn := _drawn.pop(page, None)):
        drawn.set()


@cache
def end_unread(server: str) -> None:
    """End connections to `server` that don't read their answers: what listens hands it on. Once in a worker.

    granian has no time for writing. Where the system has none either (macOS), there is no end.
    """
    port = int(server.rpartition(":")[2])
    for name in os.listdir("/dev/fd") if hasattr(socket, "TCP_USER_TIMEOUT") else ():
        with suppress(OSError):
            if S_ISSOCK(os.fstat(int(name)).st_mode):
                with socket.socket(fileno=os.dup(int(name))) as connection:
                    if connection.getsockname()[1:2] == (port,):
                        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_SECONDS * 1000)


def body_bytes(path: str) -> int:
    """Return how many bytes a body sent to `path` may have."""
    return next(most for begin, most in BODY_BYTES.items() if path.startswith(begin))


def _check_head(scope: Any) -> None:
    if len(scope.path) + len(scope.query_string) > LINE_BYTES:
        raise RefusedError(414)
    if sum(len(name) + len(value) for name, value in scope.headers.items()) > HEAD_BYTES:
        raise RefusedError(431)
    if len(scope.headers.get_all("host")) != 1:
        raise RefusedError(400)
    _check_type(scope.headers.get("content-type", ""))


def _check_type(header: str) -> None:
    """Refuse what Django would decode by any codec of Python: some take minutes, some are none of text."""
    try:
        charset = parse_header_parameters(header)[1].get("charset", "utf-8")
    except ValueError:
        raise RefusedError(400) from None
    if charset.lower() not in ("utf-8", "utf8"):
        raise RefusedError(415)


def _check_parts(header: str, body: Body) -> None:
    """Refuse parts whose heads would hold a worker: Django looks for the end of a parameter anew at each semicolon,
    and decodes what is named with a star (RFC 7578, 4.2, forbids it) by any codec."""
    kind, options = parse_header_parameters(header)
    if kind != "multipart/form-data":
        return
    delimiter = b"--" + options.get("boundary", "").encode()
    if body.count(delimiter) > PARTS:
        raise RefusedError(413)
    for part in body.split(delimiter)[1:]:
        head, end, _ = part[:PART_HEAD_BYTES].partition(b"\r\n\r\n")
        if end and (head.count(b";") > PART_PARAMETERS or re.search(rb";\s*[\w-]+\*", head)):
            raise RefusedError(400)


async def _read(scope: Any, protocol: Any, body: Body) -> None:
    """Read the body into `body`; raise RefusedError where it or the head isn't taken: too long, slow, or many."""
    length = scope.headers.get("content-length")
    if length is None and scope.headers.get("transfer-encoding") is None:
        _check_head(scope)
        return
    parts = aiter(protocol)
    try:
        _check_head(scope)
        await _fill(body, body_bytes(scope.path), length, parts)
    except RefusedError:
        await _discard(body, parts)
        raise
    except TimeoutError:
        raise RefusedError(408) from None
    except (OSError, RuntimeError):  # the client hung up
        raise RefusedError(400) from None
    # granian doesn't tell the end of a body from its breaking off; of chunks, nobody can.
    if length is None or len(body) != int(length):
        raise RefusedError(400 if length else 411)


async def _is_signed_in(scope: Any) -> bool:
    cookies = "; ".join(scope.headers.get_all("cookie"))
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(_thread, close_old_connections)  # as before a request
    return await loop.run_in_executor(_thread, is_signed_in, cookies)


async def _fill(body: Body, most: int, length: str | None, parts: Any) -> None:
    if int(length or 0) > most:  # a number: granian refuses any other
        raise RefusedError(413)
    await body.admit(int(length or 0))
    most = int(length or min(most, FORM_BYTES))
    end = time.monotonic() + BODY_SECONDS
    while part := await _next(parts, min(PAUSE_SECONDS, end - time.monotonic())):
        await body.add(part)
        if len(body) > most:
            raise RefusedError(413)


async def _discard(body: Body, parts: Any) -> None:
    """Let go of a refused body and, for a while, of what of it is still coming.

    Who is still sending when the connection ends may never read why.
    """
    body.release()
    end, left = time.monotonic() + REFUSED_SECONDS, max(BODY_BYTES.values())
    with suppress(TimeoutError, OSError, RuntimeError):
        while left > 0 and (part := await _next(parts, min(REFUSED_PAUSE_SECONDS, end - time.monotonic()))):
            left -= len(part)


async def _next(parts: Any, seconds: float) -> bytes:
    """Return the next part; TimeoutError after so long.

    What granian gives lets go when it is cancelled, and then breaks the task that waited for it: not this one.
    """
    part = asyncio.ensure_future(anext(parts, b""))
    if not (await asyncio.wait([part], timeout=seconds))[0]:
        part.add_done_callback(lambda part: part.cancelled() or part.exception())
        part.cancel()
        raise TimeoutError
    return part.result()


def _environ(scope: Any, body: bytes) -> dict[str, Any]:
    """Return the request as PEP 3333 has it. Names with underscores are dropped: they could pass for others."""
    host, _, port = scope.server.rpartition(":")
    fields: dict[str, str] = {}
    for name, value in scope.headers.items():
        if "_" not in name:
            key = "HTTP_" + name.upper().replace("-", "_")
            fields[key] = f"{fields[key]}{'; ' if name == 'cookie' else ','}{value}" if key in fields else value
    return fields | {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode("utf-8", "surrogateescape").decode("latin-1"),
        "QUERY_STRING": in_utf8(scope.query_string),
        "CONTENT_TYPE": fields.pop("HTTP_CONTENT_TYPE", ""),
        "CONTENT_LENGTH": str(len(body)) if body else "",
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "SERVER_NAME": host.strip("[]"),
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }


def in_utf8(query: str) -> str:
    """Return a query in percent-encoded UTF-8: programs send bare characters, old ones GB 18030."""
    plain = quote(query, safe=printable)
    raw = unquote_to_bytes(plain)
    try:
        raw.decode()
    except UnicodeDecodeError:
        try:
            return urlencode(parse_qsl(plain, keep_blank_values=True, encoding="gb18030", errors="strict"))
        except ValueError:
            return plain
    return plain


async def _send(protocol: Any, status: int, headers: list[tuple[str, str]], response: Any) -> None:
    """Send an answer in pieces, each once the client has taken the one before; nobody waits for her."""
    loop, pieces = asyncio.get_running_loop(), iter(response)
    try:
        transport = protocol.response_stream(status, headers)
        while piece := await loop.run_in_executor(None, next, pieces, b""):
            await transport.send_bytes(piece)
    except (OSError, RuntimeError) as error:  # the client hung up, or the file was lost meanwhile
        logger.info("not sent whole: %s", error)
    finally:
        await loop.run_in_executor(_thread, response.close)


def _answer(environ: dict[str, Any]) -> tuple[int, list[tuple[str, str]], Any]:
    """Return status, headers and body; of a large file, what yields it in pieces and is to be closed."""
    head: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        head[:] = int(status[:3]), headers

    parts: Any = django(environ, start_response)
    is_large = int(dict(head[1]).get("Content-Length", 0)) > LONGEST
    if is_large and getattr(parts, "streaming", False) and environ["REQUEST_METHOD"] != "HEAD":
        _pages.connect()
        return head[0], head[1], parts
    try:
        content = b"".join(parts)
    finally:
        getattr(parts, "close", bool)()
    _pages.connect()
    return head[0], head[1], content
