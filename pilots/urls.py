from django.urls import path, re_path

from .api.urls import beside
from .exports.urls import urlpatterns as exports
from .feeds.urls import urlpatterns as feeds
from .models import System, Topic
from .pages import (
    about,
    after,
    changes,
    compare,
    corrections,
    downloads,
    english,
    home,
    matrix,
    ministries,
    notices,
    parts,
    pictures,
    provinces,
    regions,
    sitemap,
    style,
    text_size,
    themes,
)
from .pages.api_docs import ApiView, MembersView

app_name = "pilots"
urlpatterns = [
    path("", home.HomeView.as_view(), name="home"),
    path("notices/", notices.NoticeListView.as_view(), name="notice-list"),
    path("notices/<slug:slug>/", notices.NoticeDetailView.as_view(), name="notice-detail"),
    path("notices/<slug:slug>/cite/", parts.NoticePartsView.as_view(), name="notice-parts"),
    path("regions/", regions.RegionListView.as_view(), name="region-list"),
    path("regions/<slug:slug>/", regions.RegionDetailView.as_view(), name="region-detail"),
    path("regions/<slug:slug>/cite/", parts.RegionPartsView.as_view(), name="region-parts"),
    path("provinces/", provinces.ProvinceListView.as_view(), name="province-list"),
    path("provinces/<slug:slug>/", provinces.ProvinceDetailView.as_view(), name="province-detail"),
    path("topics/", themes.ThemeListView.as_view(**themes.TOPICS), name="topic-list"),
    path("topics/<slug:slug>/", themes.ThemeDetailView.as_view(model=Topic), name="topic-detail"),
    path("systems/", themes.ThemeListView.as_view(**themes.SYSTEMS), name="system-list"),
    path(
        "systems/<slug:slug>/",
        themes.ThemeDetailView.as_view(
            model=System,
            parent=themes.SYSTEMS,
            definition="《生态文明体制改革总体方案》（2015年）所列八项制度之一。",
        ),
        name="system-detail",
    ),
    path("ministries/", ministries.MinistryListView.as_view(), name="ministry-list"),
    path("ministries/<slug:slug>/", ministries.MinistryDetailView.as_view(), name="ministry-detail"),
    path("after/", after.AfterView.as_view(), name="after"),
    path("matrix/", matrix.MatrixView.as_view(), name="matrix"),
    path("compare/", compare.CompareView.as_view(), name="compare"),
    path("changes/", changes.ChangeListView.as_view(), name="change-list"),
    path("corrections/", corrections.CorrectionListView.as_view(), name="correction-list"),
    path("corrections/new/", corrections.CorrectionFormView.as_view(), name="correction-form"),
    re_path(
        "^corrections/(?P<code>[0-9a-f]{32})/$", corrections.CorrectionDetailView.as_view(), name="correction-detail"
    ),
    path("api/", ApiView.as_view(), name="api"),
    path("api/fields/", MembersView.as_view(), name="api-fields"),
    path("about/", about.AboutView.as_view(), name="about"),
    path("en/", english.EnglishView.as_view(), name="english"),
    path("text-size/<str:size>/", text_size.TextSizeView.as_view(), name="text-size"),
    path("text-size.css", text_size.TextSizeStyleView.as_view(), name="text-size-style"),
    path("data/", downloads.DataView.as_view(), name="data"),
    path("data/fields/", downloads.FieldsView.as_view(), name="data-fields"),
    path("sitemap/", sitemap.SitemapView.as_view(), name="sitemap"),
    *exports,
    path("style/", style.StyleView.as_view(), name="style"),
    *feeds,
    *pictures.urlpatterns,
    *beside,
]
