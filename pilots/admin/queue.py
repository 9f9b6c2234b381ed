"""The work queue 待核实: lists only, within reach. A row leads to the form of its record, where it is mended."""

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Model
from django.http import HttpRequest
from django.urls import URLPattern, reverse

from ..models.work_queue import DivisionToVerify, InQueue, MinistryToVerify, PriorityToVerify, RegionToVerify
from .permissions import ReachAdmin, ReadOnly
from .verifying import VerifyingAdmin


def form_address(row: Model) -> str:
    """Return where the form of the record behind a queue's row is."""
    return reverse(f"admin:pilots_{row._meta.concrete_model._meta.model_name}_change", args=[row.pk])


class QueueList(ChangeList):
    """A list whose rows lead to the forms of their records."""

    def url_for_result(self, result: Model) -> str:
        return form_address(result)


class QueueAdmin(ReadOnly, VerifyingAdmin, ReachAdmin):
    """A list of rows with a problem: nothing is added, changed or deleted in it, but checked against a source."""

    ordering = ("pk",)

    @admin.display(description="问题")
    def problem(self, row: InQueue) -> str:
        return row.problem_text

    def get_changelist(self, request: HttpRequest, **kwargs: object) -> type[ChangeList]:
        return QueueList

    def get_urls(self) -> list[URLPattern]:
        return [
            pattern for pattern in super().get_urls() if (pattern.name or "").endswith(("_changelist", "_verify"))
        ]


@admin.register(RegionToVerify)
class RegionQueue(QueueAdmin):
    list_display = ("name", "problem", "province", "verification", "name_now_status", "verify")
    list_filter = ("verification", "name_now_status", "is_kind_verified")
    list_select_related = ("province",)
    search_fields = ("name", "name_now", "short_name")
    ordering = ("notice", "serial")


@admin.register(DivisionToVerify)
class DivisionQueue(QueueAdmin):
    list_display = ("name_then", "problem", "region", "verification", "verify")
    list_filter = ("verification",)
    list_select_related = ("region",)
    search_fields = ("name_then", "name_now", "region__name")
    ordering = ("region", "position")


@admin.register(PriorityToVerify)
class PriorityQueue(QueueAdmin):
    list_display = ("text", "problem", "region", "system", "confidence", "verify")
    list_filter = ("confidence", "system")
    list_select_related = ("region", "system")
    search_fields = ("text", "region__name")
    ordering = ("region__notice", "region__serial", "number")


@admin.register(MinistryToVerify)
class MinistryQueue(QueueAdmin):
    list_display = ("name", "problem", "full_name", "change_source", "verify")
    search_fields = ("name", "full_name")
    ordering = ("position",)
