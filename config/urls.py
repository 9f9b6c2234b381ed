from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from pilots.admin import accounts, dashboard
from pilots.pages import health

handler400 = "pilots.http.errors.bad_request"
handler403 = "pilots.http.errors.forbidden"
handler404 = "pilots.pages.not_found.not_found"
handler429 = "pilots.http.errors.too_many"  # django-allauth's
handler500 = "pilots.http.errors.server_error"

urlpatterns = [
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("accounts/", include("pilots.accounts.urls")),
    path("admin/password_change/", RedirectView.as_view(pattern_name="account_change_password")),
    path("admin/r/<int:content_type_id>/<path:object_id>/", admin.site.admin_view(accounts.view_on_site)),
    path("admin/help/", admin.site.admin_view(dashboard.handbook), name="admin-help"),
    path("admin/", admin.site.urls),
    path("api/v1/", include("pilots.api.urls")),
    path("", include("pilots.urls")),
]
