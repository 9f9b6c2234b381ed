from django.contrib import admin
from django.urls import include, path

from pilots import health

handler400 = "pilots.errors.bad_request"
handler403 = "pilots.errors.forbidden"
handler404 = "pilots.errors.not_found"
handler500 = "pilots.errors.server_error"

urlpatterns = [
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("admin/", admin.site.urls),
    path("", include("pilots.urls")),
]
