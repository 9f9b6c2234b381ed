"""Addresses that moved, and what the fixtures last wrote (to read only)."""

from django.contrib import admin
from django.http import HttpRequest

from pilots.models import FormerAddress, LoadedRow

from .saving import GuardedAdmin
from .scope import ReachAdmin
from .withdrawing import KeptForever


@admin.register(FormerAddress)
class FormerAddressAdmin(KeptForever, GuardedAdmin, ReachAdmin):
    way_on = "旧地址不能删除：网上的链接还在用它。有误请更正。"
    list_display = ("path", "new_path", "reason")
    search_fields = ("path", "new_path")
    ordering = ("path",)


@admin.register(LoadedRow)
class LoadedRowAdmin(ReachAdmin):
    list_display = ("model", "key", "object_id")
    list_filter = ("model",)
    search_fields = ("key",)
    ordering = ("model", "id")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: LoadedRow | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: LoadedRow | None = None) -> bool:
        return False
