"""Security events, for 安全审计员 to read and for nobody to write."""

from django.contrib import admin

from ..models import SecurityEvent
from .permissions import ReadOnlyAdmin


@admin.register(SecurityEvent)
class SecurityEventAdmin(ReadOnlyAdmin):
    list_display = ("at", "kind", "name", "actor", "remote_addr", "detail")
    list_display_links = None
    fields = ("at", "kind", "name", "by", "remote_addr", "detail")  # no links to accounts, which auditors don't see
    list_filter = ("kind", "at", "person", "actor")
    list_select_related = ("actor",)
    list_per_page = 50
    search_fields = ("name", "remote_addr", "detail")
    search_help_text = "查用户名（登录失败的，是所填的）、网络地址、详情。"
    date_hierarchy = "at"
    ordering = ("-at", "-pk")

    @admin.display(description="操作者")
    def by(self, event: SecurityEvent) -> str:
        return str(event.actor or "")
