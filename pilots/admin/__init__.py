"""What officials see: one module per theme."""

from django.contrib import admin

from . import notice, places, priorities, upkeep  # noqa: F401

admin.site.site_header = "生态文明先行示范区名录 管理后台"
admin.site.site_title = "管理后台"
admin.site.index_title = "记录"
