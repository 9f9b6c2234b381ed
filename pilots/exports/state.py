"""Files of the whole record: made once for each state of it that readers see, and all of one state."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.handlers.wsgi import WSGIRequest
from django.db import connection, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import resolve

from ..search.facet_sets import Version, public_version
from .store import BusyError, Kept, UnsteadyError

TRIES = 5


class OwnRequest(WSGIRequest):
    """A reader's request for an address, from this machine: the site asks itself, without a server between."""

    def __init__(self, base: str, address: str) -> None:
        parts, site = urlsplit(address), urlsplit(base)
        super().__init__(
            {
                "REQUEST_METHOD": "GET",
                "PATH_INFO": unquote(parts.path),
                "QUERY_STRING": parts.query,
                "REMOTE_ADDR": "127.0.0.1",
                "SERVER_NAME": site.hostname or "",
                "SERVER_PORT": str(site.port or ""),
                "wsgi.url_scheme": site.scheme,
                "wsgi.input": io.BytesIO(),
            }
        )
        self._host = site.netloc

    def get_host(self) -> str:
        return self._host


def answer(base: str, address: str) -> HttpResponse | None:
    """Return what readers get at an address, rendered; None where that is a refusal. base: scheme and host.

    Raises UnsteadyError where it has to be asked for later.
    """
    request = OwnRequest(base, address)
    match = resolve(request.path_info)
    try:
        response = match.func(request, *match.args, **match.kwargs)
    except Http404:
        return None
    if hasattr(response, "render"):
        response.render()
    if response.status_code == 503:
        raise UnsteadyError
    return response if response.status_code == 200 else None


class _ChangedError(Exception):
    """The record was changed while a file of it was made."""


def file(kind: str, *name: Any, make: Callable[[], bytes]) -> bytes:
    """Return a file of the whole record: kept from before, or made now, from one state. Raises UnsteadyError.

    No transaction holds the record still (on SQLite nobody could save meanwhile): what was made while somebody saved
    is made again.
    """
    for _ in range(TRIES):
        now = public_version()
        try:
            return Kept(kind, now).file(*name, make=partial(_of_version, now, make))
        except _ChangedError:
            continue
    raise UnsteadyError


@contextmanager
def one_moment() -> Iterator[None]:
    """Let this process read the database as it is now, whoever saves meanwhile, and keep nobody from saving.

    On PostgreSQL a transaction sees one moment; on SQLite, where one that reads stops all who save, a copy in memory.
    What is saved inside is lost. Whoever is in a transaction already stays there.
    """
    if connection.in_atomic_block:
        yield
        return
    if connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute("SELECT 1")  # the moment is that of the first query
            yield
            transaction.set_rollback(True)
        return
    connection.ensure_connection()
    file, closing_time = connection.connection, connection.close_at
    copy = connection.get_new_connection(connection.get_connection_params() | {"database": ":memory:"})
    with connection.wrap_database_errors:
        file.backup(copy)
    connection.connection, connection.close_at = copy, None
    try:
        yield
    finally:
        connection.connection, connection.close_at = file, closing_time
        copy.close()


def _of_version(now: Version, make: Callable[[], bytes]) -> bytes:
    content = make()
    if public_version() != now:
        raise _ChangedError
    return content


def present(kind: str) -> Kept:
    """Return the files of the whole record that were made of its present state."""
    return Kept(kind, public_version())


def steady(make: Callable[[], Any]) -> Any:
    """Return what `make` makes, all of one state of the record; it is called again where somebody saved meanwhile."""
    for _ in range(TRIES):
        now, result = public_version(), make()
        if public_version() == now:
            return result
    raise UnsteadyError


def ready(request: HttpRequest, file: Callable[[], bytes]) -> bytes:
    """Return a file for a reader: while somebody makes it, that of an earlier state. Raises BusyError without one.

    What the site asks itself goes into a file of one state, and gets nothing earlier.
    """
    try:
        return file()
    except BusyError as busy:
        if busy.content is None or isinstance(request, OwnRequest):
            raise
        return busy.content
