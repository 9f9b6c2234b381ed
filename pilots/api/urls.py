"""The addresses of the API, and those of the `.json` beside each page: the same views, the same answers."""

from django.urls import path

from . import schema, searching, views

app_name = "api"
urlpatterns = [
    path("", views.IndexView.as_view(), name="index"),
    path("schema/", schema.SchemaView.as_view(), name="schema"),
    path("schema.yaml", schema.SchemaYamlView.as_view(), name="schema-yaml"),
    path("regions/", views.RegionList.as_view(), name="regions"),
    path("regions/<slug:slug>/", views.RegionRecord.as_view(), name="region"),
    path("priorities/", views.PriorityList.as_view(), name="priorities"),
    path("priorities/<slug:region>/<int:number>/", views.PriorityRecord.as_view(), name="priority"),
    path("provinces/", views.ProvinceList.as_view(), name="provinces"),
    path("provinces/<slug:slug>/", views.ProvinceRecord.as_view(), name="province"),
    path("topics/", views.TopicList.as_view(), name="topics"),
    path("topics/<slug:slug>/", views.TopicRecord.as_view(), name="topic"),
    path("systems/", views.SystemList.as_view(), name="systems"),
    path("systems/<slug:slug>/", views.SystemRecord.as_view(), name="system"),
    path("ministries/", views.MinistryList.as_view(), name="ministries"),
    path("ministries/<slug:slug>/", views.MinistryRecord.as_view(), name="ministry"),
    path("notices/", views.NoticeList.as_view(), name="notices"),
    path("notices/<slug:slug>/", views.NoticeRecord.as_view(), name="notice"),
    path("sections/", views.SectionList.as_view(), name="sections"),
    path("sections/<slug:notice>/<slug:anchor>/", views.SectionRecord.as_view(), name="section"),
    path("changes/", views.ChangeList.as_view(), name="changes"),
    path("deletions/", views.DeletionList.as_view(), name="deletions"),
    path("search/", searching.SearchView.as_view(), name="search"),
]
beside = [
    path("regions/<slug:slug>.json", views.RegionRecord.as_view(), name="region-data"),
    path("provinces/<slug:slug>.json", views.ProvinceRecord.as_view(), name="province-data"),
    path("topics/<slug:slug>.json", views.TopicRecord.as_view(), name="topic-data"),
    path("systems/<slug:slug>.json", views.SystemRecord.as_view(), name="system-data"),
    path("ministries/<slug:slug>.json", views.MinistryRecord.as_view(), name="ministry-data"),
    path("notices/<slug:slug>.json", views.NoticeRecord.as_view(), name="notice-data"),
    path("notices/<slug:notice>/<slug:anchor>.json", views.SectionRecord.as_view(), name="section-data"),
]
