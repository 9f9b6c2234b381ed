"""What officials see: one module per theme."""

from collections.abc import Iterator
from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.contrib.admin.templatetags import admin_list
from django.contrib.admin.views.main import ChangeList
from django.utils.html import format_html
from django.utils.safestring import SafeString

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


def _with_headings(cl: ChangeList, rows: Any = admin_list.results) -> Iterator[list[str]]:
    """Yield the rows of a list, each cell with its column's heading, which a narrow screen shows beside it."""
    headings = [heading["text"] for heading in admin_list.result_headers(cl)]
    for row in rows(cl):
        for column, heading in enumerate(headings):
            if heading and 'class="action-checkbox"' not in row[column]:
                tag, rest = row[column][:3], row[column][3:]  # <td or <th, and what Django has escaped after it
                row[column] = format_html('{} data-heading="{}"{}', SafeString(tag), heading, SafeString(rest))
        yield row


admin_list.results = _with_headings  # type: ignore[assignment]
