from django.urls import path

from . import scopes
from .feeds import FeedView

urlpatterns = [
    path("changes.atom", FeedView.as_view(), name="change-feed"),
    path("regions/<slug:slug>/changes.atom", FeedView.as_view(scope_of=scopes.of_region), name="region-feed"),
    path("provinces/<slug:slug>/changes.atom", FeedView.as_view(scope_of=scopes.of_province), name="province-feed"),
    path("topics/<slug:slug>/changes.atom", FeedView.as_view(scope_of=scopes.of_topic), name="topic-feed"),
]
