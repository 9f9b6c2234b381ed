"""The admin's first page: what was changed, what is to be verified, and the provinces, all within reach."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Model, Q
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from ..accounts import agreement
from ..history.edits import latest
from ..models import Edit, HistoryEntry, Province, Region
from ..models.recorded import subjects
from ..models.work_queue import QUEUES
from ..record import tiles
from .permissions import editable, units, visible
from .proposals import waiting_for
from .queue import form_address

RECENT = 20  # edits
WAITING = 5  # rows of each queue


def address_of_list(model: type[Model]) -> str:
    """Return where the list of a model is."""
    return reverse(f"admin:pilots_{model._meta.model_name}_changelist")


def queues(request: HttpRequest) -> Iterator[dict[str, Any]]:
    """Yield the queues that this person may see, with the first rows that are theirs to mend (`waiting`)."""
    for model in QUEUES:
        options = admin.site.get_model_admin(model)
        if options.has_view_permission(request):
            rows = options.get_queryset(request)
            form = admin.site.get_model_admin(model._meta.concrete_model or model)
            mine = rows.filter(editable(request.user, model))[:WAITING] if form.has_change_permission(request) else ()
            yield {
                "name": model._meta.verbose_name,
                "address": address_of_list(model),
                "waiting": [(row, form_address(row)) for row in mine],
                "count": rows.count(),
            }


def recent(request: HttpRequest) -> list[Edit]:
    """Return the latest edits of records in reach; only what readers may know of those that aren't theirs to edit."""
    condition = Q(pk=None)
    for model in subjects():
        options = admin.site.get_model_admin(model)
        if options.has_view_permission(request):
            condition |= _of(model, visible(request.user, model)) & Q(is_public=True)
        if options.has_change_permission(request):
            condition |= _of(model, editable(request.user, model))
    return latest(HistoryEntry.objects.filter(condition).select_related("edit__actor", "edit__reviewer"), RECENT)


def _of(model: type[Model], condition: Q) -> Q:
    """Return the condition that an entry is about a row of `model` that meets `condition`, if any."""
    about = Q(edit__subject_kind=model._meta.model_name)
    return about & Q(edit__subject_id__in=model._base_manager.filter(condition).values("pk")) if condition else about


def places(request: HttpRequest) -> list[tuple[str, int, str]]:
    """Return the units with areas that this person may see, those inside a province after it: (name, number of its
    areas, address of their list)."""
    if not admin.site.get_model_admin(Region).has_view_permission(request):
        return []
    rows = [row for unit in tiles.units() for row in (unit, *unit.inner) if row.count]
    if visible(request.user, Province):
        rows = [row for row in rows if row.province.pk in units(request.user)]
    lists = address_of_list(Region)
    return [(row.province.short_name, row.count, f"{lists}?within={row.province.slug}") for row in rows]


def index(request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
    """Show the stock first page with this person's work above it."""
    context = {"queues": list(queues(request)), "edits": recent(request), "places": places(request)}
    people = admin.site.get_model_admin(User)
    if people.has_change_permission(request):
        pending = agreement.waiting().filter(person__in=people.get_queryset(request))
        context["requests"] = pending.exclude(asked_by=request.user.pk).exclude(person=request.user.pk)
    if request.user.has_perm("pilots.view_proposal"):
        context["proposals"] = waiting_for(request.user).count()
    return admin.AdminSite.index(admin.site, request, context | (extra_context or {}))
