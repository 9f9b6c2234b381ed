"""Liveness and readiness: two addresses, never cached."""

import logging
import tempfile
from functools import cache, lru_cache

from django.apps import apps
from django.conf import settings
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ..accounts import encryption
from ..history import append_only
from ..http import outages, staticfiles
from ..models import Notice
from ..models.recorded import recorded_models
from ..search import index, indexing

logger = logging.getLogger(__name__)
REMEDIES = {
    "index": "rebuild_search",
    "migrations": "migrate",
    "record": "load_notice",
    "key": "encrypt_second_steps",
    "schema": "check_record",  # says what is lost or can't be read
    "static": "collectstatic --clear --no-input",
}  # commands, by what is lacking


@never_cache
@require_safe
def alive(request: HttpRequest) -> HttpResponse:
    """Answer 200 as long as the process serves requests."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """Answer 200 when everything that the site needs is there and can be written; else 503 with what is lacking:
    database, busy, migrations, schema (a table, a column or a row that others name is
    lost, or one can't be read), record, disk, cache, index, damaged, static, key
    (another instance has another `SECRET_KEY`)."""
    lacking = _lacking()
    if lacking:
        logger.error("not ready: %s", lacking)
        remedy = {"remedy": f"manage.py {REMEDIES[lacking]}"} if lacking in REMEDIES else {}
        return JsonResponse({"status": "not ready", "reason": lacking} | remedy, status=503)
    return JsonResponse({"status": "ok"})


def _lacking() -> str:
    try:
        return _of_database() or _of_index() or _of_writing() or ("" if staticfiles.are_whole() else "static")
    except Error as error:
        return outages.name_of(error)


def _of_database() -> str:
    recorder = MigrationRecorder(connection)
    applied = frozenset(recorder.migration_qs.values_list("app", "name") if recorder.has_table() else ())
    if not _is_migrated(applied):
        return "migrations" if applied else "database"  # which was emptied
    try:
        with connection.cursor() as cursor:
            cursor.execute(_every_column())
            is_unreadable, is_kept, *_ = cursor.fetchone()
    except Error as error:
        return "schema" if outages.of(error) is outages.DATABASE else outages.name_of(error)
    if not is_unreadable and not Notice.objects.filter(regions__priorities__isnull=False).exists():
        return "record"
    return "schema" if is_unreadable else "" if is_kept else "migrations"


@lru_cache(maxsize=8)  # what a process has of migrations never changes
def _is_migrated(applied: frozenset[tuple[str, str]]) -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


@cache
def _every_column() -> str:
    """Return a statement that names every column of every table, and says whether pages can't read a row, and
    whether the history is kept from being rewritten; on SQLite also with all text, which its driver reads."""
    quote, parts, texts = connection.ops.quote_name, [], []
    record = recorded_models()
    links = (link.remote_field.through for model in record for link in model._meta.local_many_to_many)
    of_pages = {*record, *links}
    for meta in (model._meta for model in apps.get_models(include_auto_created=True)):
        if meta.managed and not meta.proxy:
            table = quote(meta.db_table)
            columns = ", ".join(f"{table}.{quote(str(field.column))}" for field in meta.local_concrete_fields)
            rows = outages.unreadable_rows(meta.model) if meta.model in of_pages else {}
            wrong = " OR ".join(f"({condition})" for condition, _ in rows.values()) or "1 = 0"
            parts.append(f"EXISTS (SELECT {columns} FROM {table} WHERE {wrong})")
            if rows and connection.vendor == "sqlite":
                row = " || ".join(f"coalesce({column}, '')" for column in columns.split(", "))
                texts.append(f", (SELECT group_concat({row}) FROM {table})")
    return f"SELECT {' OR '.join(parts)}, {append_only.condition()}{''.join(texts)}"


def _of_index() -> str:
    """Ask whether the index finds what was written last, and has as many entries as there are things."""
    return "" if index.is_whole() and indexing.is_complete() else "index"


def _of_writing() -> str:
    """Write where the site writes: a statement that changes no row, a file gone at once; and ask the cache."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE django_migrations SET app = app WHERE id < 0")
        with tempfile.TemporaryFile(dir=settings.DATA_DIR) as file:
            file.write(bytes(65_536))
    except (Error, OSError) as error:
        return "" if (outage := outages.of(error)) is outages.BUSY else (outage or outages.DISK).name
    try:
        return "" if encryption.has_key_of_site() else "key"
    except Exception as error:
        return outages.name_of(error)
