"""The production server: granian, with what it bounds and how it lasts."""

import ctypes
import gc
import logging
import re
import resource
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from importlib import import_module
from io import BytesIO
from typing import Any
from wsgiref.util import setup_testing_defaults

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connections
from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.common import AbstractServer

HEADER_SECONDS = 10  # until a request's headers have come; a connection that waits for its next request, too
CONNECTIONS = 2048  # that a worker holds at most, whatever they do; more wait in the backlog
BACKLOG = 1024  # connections that the system holds until a worker takes them
STOP_SECONDS = 30  # that a worker may take to finish what it answers when it is stopped
QUICK_ENDS = 3  # in a row, after which the server gives up
# What workers are made of, and what files make them import: they share it, as far as Python's collector, which writes
# to what it goes through, leaves it alone (`gc.freeze`).
SHARED = {"config.rsgi", "config.urls", "openpyxl", "icalendar"}
# What they keep, once it is drawn, beside a page of each kind: queries as they travel.
DRAWN = (
    *("/regions/?q=%E6%B0%B4", "/regions.csv", "/regions.xlsx", "/duties.ics", "/changes.atom"),
    *("/api/v1/regions/", "/api/v1/search/?q=%E6%B0%B4", "/api/v1/schema/"),
)

_claims: list[socket.socket] = []  # open until the process ends


def listen(host: str, port: int) -> socket.socket:
    """Return a bound socket, so that nobody else has the port meanwhile; CommandError where it can't be had."""
    try:
        if not 0 <= port <= 65535:
            raise OverflowError("端口须在 0 到 65535 之间")
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        _claim(listener)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise CommandError(f"不能在 {host}:{port} 监听（{reason}）。端口可能被占用，可用 --port 换一个。") from error
    return listener


def _claim(listener: socket.socket) -> None:
    """Take an address for this process and its workers alone; OSError where another one has it.

    A port that is bound and not listened at can be bound again, and on Linux all workers of all servers of one user
    may listen at the same one: requests would go now to this site, now to that.
    """
    if sys.platform == "linux":
        claim = socket.socket(socket.AF_UNIX)
        claim.bind("\0pilots {} {}".format(*listener.getsockname()))  # no file: it goes with the last process
        _claims.append(claim)


def serve(listener: socket.socket, say: Callable[[], None]) -> None:
    """Serve at the address of `listener` until a signal ends it, and call `say` once, when a worker can be reached;
    workers that die are replaced.

    granian ends when a worker dies twice within seconds; a site whose workers are killed must not. Its own hook is
    called before there are workers, and on Linux nobody but they listens.
    """
    for name in sorted(SHARED):
        import_module(name)
    if settings.WEB_CONCURRENCY > 1:
        draw_a_page_of_each_kind()
    gc.collect()
    gc.freeze()
    with suppress(AttributeError):  # another C library than GNU's
        ctypes.CDLL(None).malloc_trim(0)  # what preparing took and gave back isn't every worker's, too
    address = listener.getsockname()
    connections.close_all()  # workers open their own
    listener.close()
    threading.Thread(target=_call_when_reached, args=(listener.family, address, say), daemon=True).start()
    ends = 0
    while ends < QUICK_ENDS:
        started, server = time.monotonic(), _server(*address[:2])
        with suppress(SystemExit):  # granian's own word that workers died
            server.serve()
        if server.interrupt_signal:
            return
        ends = ends + 1 if time.monotonic() - started < HEADER_SECONDS else 0
    raise CommandError("服务器的进程反复退出，已停止。原因见上面的日志。")


def draw_a_page_of_each_kind() -> dict[str, int]:
    """Draw a page of each kind that the site map has, and DRAWN: templates, words and tables that it takes are there
    once for all workers, and no reader waits for them. Return the status of each address."""
    from .wsgi import application  # makes Django ready: not for who only asks for `listen`

    statuses: dict[str, int] = {}

    def drawn(address: str) -> bytes:
        path, _, query = address.partition("?")
        environ = {"wsgi.url_scheme": "https" if settings.HTTPS else "http", "HTTP_HOST": settings.ALLOWED_HOSTS[0]}
        environ |= {"PATH_INFO": path, "QUERY_STRING": query, "REMOTE_ADDR": "127.0.0.1"}
        setup_testing_defaults(environ)

        def start(status: str, headers: Any, error: Any = None, /) -> Callable[[bytes], object]:
            statuses[address] = int(status[:3])
            return BytesIO().write

        with closing(application(environ, start)) as answer:
            return b"".join(answer)

    logging.disable(logging.INFO)  # no request of anybody's
    try:
        places = re.findall("<loc>[a-z]+://[^/]+([^<]+)</loc>", drawn("/sitemap.xml").decode())
        of_each_kind = {(place.split("/")[1], place.count("/")): place for place in places}
        for address in (*of_each_kind.values(), *DRAWN):
            drawn(address)
    finally:
        logging.disable(logging.NOTSET)
    return statuses


def connections_held() -> int:
    """Return how many connections a worker may hold: each is an open file, of which the system may allow fewer."""
    files, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files != resource.RLIM_INFINITY and files < 2 * CONNECTIONS:
        files = 2 * CONNECTIONS if most == resource.RLIM_INFINITY else min(2 * CONNECTIONS, most)
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, most))
    return CONNECTIONS if files == resource.RLIM_INFINITY else min(CONNECTIONS, files // 2)


def _call_when_reached(family: int, address: tuple[Any, ...], say: Callable[[], None]) -> None:
    while True:
        with suppress(OSError), socket.socket(family) as probe:
            probe.connect(address)  # and nothing that takes a lock: workers are forked meanwhile
            break
        time.sleep(0.02)
    say()


def _server(host: str, port: int) -> AbstractServer[Any]:
    return Granian(
        "config.rsgi:application",
        host,
        port,
        interface=Interfaces.RSGI,
        workers=settings.WEB_CONCURRENCY,
        loop=Loops.auto,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_SECONDS * 1000, max_buffer_size=64 << 10),
        websockets=False,
        backlog=BACKLOG,
        backpressure=connections_held(),
        respawn_failed_workers=True,
        respawn_interval=1,
        workers_kill_timeout=STOP_SECONDS,
        log_level=LogLevels.error,
    )
