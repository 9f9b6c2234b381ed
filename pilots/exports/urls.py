from django.urls import path, re_path

from ..api.parameters import COMPARED, LINES, REGION_FILTER, ROWS
from . import attachments, views
from .list_tables import LISTS

KIND = r"(?P<kind>csv|xlsx|json|csv-metadata\.json)"
OWN = ("csv", "xlsx", "csv-metadata.json")  # the `.json` is the API's own answer (pilots/api/urls.py)

urlpatterns = [
    re_path(
        rf"^regions\.{KIND}$",
        views.ListFileView.as_view(listing_of=views.of_regions, parameters=(*REGION_FILTER, ROWS, LINES)),
        name="region-file",
    ),
    re_path(
        rf"^compare\.{KIND}$",
        views.ListFileView.as_view(listing_of=views.of_comparison, parameters=(COMPARED,)),
        name="compare-file",
    ),
    *(re_path(rf"^{name}\.{KIND}$", views.ListFileView.as_view(), {"name": name}) for name in LISTS),
    *(
        path(
            f"{facet}s/<slug:slug>.{kind}",
            views.ListFileView.as_view(listing_of=views.of_own),
            {"facet": facet, "kind": kind},
        )
        for facet in ("topic", "system", "province")
        for kind in OWN
    ),
    *(
        path(f"ministries/<slug:slug>.{kind}", views.ListFileView.as_view(), {"name": "ministries", "kind": kind})
        for kind in OWN
    ),
    re_path(
        r"^data/(?P<name>package\.zip|datapackage\.json|README\.md|SHA256SUMS|[a-z_]+\.csv)$",
        views.PackageView.as_view(),
        name="data-file",
    ),
    re_path(r"^files/(?P<digest>[0-9a-f]{64})\.pdf$", attachments.DocumentPdfView.as_view(), name="document-pdf"),
    path("data/offline.zip", views.OfflineView.as_view(), name="offline"),
]
