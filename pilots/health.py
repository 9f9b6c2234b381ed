"""Liveness and readiness: two addresses, never cached."""

import logging

from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from .models import Notice

logger = logging.getLogger(__name__)


@never_cache
@require_safe
def alive(request: HttpRequest) -> HttpResponse:
    """Answer 200 as long as the process serves requests."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """Answer 200 when the database answers, every migration is applied and the record is there; else 503."""
    lacking = _lacking()
    if lacking:
        logger.warning("not ready: %s", lacking)
        return JsonResponse({"status": "not ready", "reason": lacking}, status=503)
    return JsonResponse({"status": "ok"})


def _lacking() -> str:
    try:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return "migrations"
        return "" if Notice.objects.filter(regions__priorities__isnull=False).exists() else "record"
    except Error:
        return "database"
