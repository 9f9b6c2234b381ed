"""What officials see: one module per theme."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.contrib.admin.templatetags import admin_list

from ..models import HistoryEntry
from . import accounts, dashboard, notice, places, priorities, proposals, queue, redirects, reports  # noqa: F401

admin.site.site_header = "生态文明先行示范区名录 管理后台"
admin.site.site_title = "管理后台"
admin.site.index_title = "我的工作"
admin.site.empty_value_display = "无"  # Django has a hyphen, which is no choice to read in a filter
admin.site.enable_nav_sidebar = False  # twenty stops before every form
admin.site.get_app_list = dashboard.in_order  # type: ignore[method-assign]
admin.site.index = dashboard.index  # type: ignore[method-assign,assignment]
# In words: the stock icons are called True and False.
admin_list._boolean_icon = {True: "是", False: "否", None: "—"}.get  # type: ignore[attr-defined]
# One way in, with limits and the second step.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
# The history is read on each record's own page, by its rules; auditlog's list shows everything to whoever sees it.
admin.site.unregister(HistoryEntry)
