from django.urls import path

from . import changes, parts, views
from .api.description import ApiView
from .api.urls import beside
from .data.urls import urlpatterns as data
from .following.urls import urlpatterns as following

app_name = "pilots"
urlpatterns = [
    path("", views.HomeView.as_view(), name="home"),
    path("notices/", views.NoticeListView.as_view(), name="notice-list"),
    path("notices/<slug:slug>/", views.NoticeDetailView.as_view(), name="notice-detail"),
    path("notices/<slug:slug>/cite/", parts.NoticePartsView.as_view(), name="notice-parts"),
    path("regions/", views.RegionListView.as_view(), name="region-list"),
    path("regions/<slug:slug>/", views.RegionDetailView.as_view(), name="region-detail"),
    path("regions/<slug:slug>/cite/", parts.RegionPartsView.as_view(), name="region-parts"),
    path("provinces/", views.ProvinceListView.as_view(), name="province-list"),
    path("provinces/<slug:slug>/", views.ProvinceDetailView.as_view(), name="province-detail"),
    path("topics/", views.TopicListView.as_view(), name="topic-list"),
    path("topics/<slug:slug>/", views.TopicDetailView.as_view(), name="topic-detail"),
    path("systems/", views.SystemListView.as_view(), name="system-list"),
    path("systems/<slug:slug>/", views.SystemDetailView.as_view(), name="system-detail"),
    path("ministries/", views.MinistryListView.as_view(), name="ministry-list"),
    path("ministries/<slug:slug>/", views.MinistryDetailView.as_view(), name="ministry-detail"),
    path("matrix/", views.MatrixView.as_view(), name="matrix"),
    path("compare/", views.CompareView.as_view(), name="compare"),
    path("changes/", changes.ChangeListView.as_view(), name="change-list"),
    path("api/", ApiView.as_view(), name="api"),
    path("about/", views.AboutView.as_view(), name="about"),
    path("text-size/<str:size>/", views.TextSizeView.as_view(), name="text-size"),
    path("text-size.css", views.TextSizeStyleView.as_view(), name="text-size-style"),
    *data,
    path("style/", views.StyleView.as_view(), name="style"),
    *following,
    *beside,
]
