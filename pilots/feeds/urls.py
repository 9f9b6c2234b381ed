from django.urls import path

from . import calendar, scopes
from .atom import Answers, FeedView
from .well_known import CalendarView, ManifestView, OpenSearchView, PageMapView, RobotsView, SecurityView

urlpatterns = [
    path("changes.atom", FeedView.as_view(), name="change-feed"),
    path("regions/<slug:slug>/changes.atom", FeedView.as_view(scope_of=scopes.of_region), name="region-feed"),
    path("provinces/<slug:slug>/changes.atom", FeedView.as_view(scope_of=scopes.of_province), name="province-feed"),
    path("topics/<slug:slug>/changes.atom", FeedView.as_view(scope_of=scopes.of_topic), name="topic-feed"),
    path("corrections.atom", FeedView.as_view(feed=Answers, scope_of=scopes.of_answers), name="correction-feed"),
    path("duties.ics", CalendarView.as_view(), name="duty-calendar"),
    path(
        "provinces/<slug:slug>/duties.ics",
        CalendarView.as_view(duties_of=calendar.of_province),
        name="province-duty-calendar",
    ),
    path("sitemap.xml", PageMapView.as_view(), name="page-map"),
    path("robots.txt", RobotsView.as_view(), name="robots"),
    path("manifest.webmanifest", ManifestView.as_view(), name="manifest"),
    path("opensearch.xml", OpenSearchView.as_view(), name="opensearch"),
    path(".well-known/security.txt", SecurityView.as_view(), name="security"),
]
