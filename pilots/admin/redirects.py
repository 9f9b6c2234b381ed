"""Addresses that moved, and what the fixtures last wrote (to read only)."""

from django.contrib import admin

from ..models import FormerAddress, LoadedRow
from .permissions import ReadOnlyAdmin
from .record import RecordAdmin


@admin.register(FormerAddress)
class FormerAddressAdmin(RecordAdmin):
    formats = actions = ()
    way_on = "旧地址不能删除：网上的链接还在用它。有误请更正。"
    list_display = ("path", "new_path", "reason")
    search_fields = ("path", "new_path")
    ordering = ("path",)


@admin.register(LoadedRow)
class LoadedRowAdmin(ReadOnlyAdmin):
    list_display = ("model", "key", "object_id")
    list_filter = ("model",)
    search_fields = ("key",)
    ordering = ("model", "id")
