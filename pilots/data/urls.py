from django.urls import re_path

from . import views

urlpatterns = [
    re_path(
        r"^regions\.(?P<kind>csv|xlsx|json|csv-metadata\.json)$", views.RegionFileView.as_view(), name="region-file"
    ),
]
