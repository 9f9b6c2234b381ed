from django.urls import path, re_path

from . import page, views

urlpatterns = [
    re_path(
        r"^regions\.(?P<kind>csv|xlsx|json|csv-metadata\.json)$", views.RegionFileView.as_view(), name="region-file"
    ),
    re_path(
        r"^data/(?P<name>package\.zip|datapackage\.json|README\.md|SHA256SUMS|[a-z_]+\.csv)$",
        views.PackageView.as_view(),
        name="data-file",
    ),
    path("data/offline.zip", views.OfflineView.as_view(), name="offline"),
    path("data/", page.DataView.as_view(), name="data"),
]
