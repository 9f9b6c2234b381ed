"""The addresses of the API, and those of the `.json` beside each page: the same views, the same answers."""

from django.urls import path

from . import schema, search, viewsets

app_name = "api"
urlpatterns = [
    path("", viewsets.IndexView.as_view(), name="index"),
    path("schema/", schema.SchemaView.as_view(), name="schema"),
    path("schema.yaml", schema.SchemaView.as_view(renderer_classes=schema.YAML), name="schema-yaml"),
    path("regions/", viewsets.RegionList.as_view(), name="regions"),
    path("regions/<slug:slug>/", viewsets.RegionRecord.as_view(), name="region"),
    path("priorities/", viewsets.PriorityList.as_view(), name="priorities"),
    path("priorities/<slug:region>/<int:number>/", viewsets.PriorityRecord.as_view(), name="priority"),
    path("provinces/", viewsets.ProvinceList.as_view(), name="provinces"),
    path("provinces/<slug:slug>/", viewsets.ProvinceRecord.as_view(), name="province"),
    path("topics/", viewsets.TopicList.as_view(), name="topics"),
    path("topics/<slug:slug>/", viewsets.TopicRecord.as_view(), name="topic"),
    path("systems/", viewsets.SystemList.as_view(), name="systems"),
    path("systems/<slug:slug>/", viewsets.SystemRecord.as_view(), name="system"),
    path("ministries/", viewsets.MinistryList.as_view(), name="ministries"),
    path("ministries/<slug:slug>/", viewsets.MinistryRecord.as_view(), name="ministry"),
    path("notices/", viewsets.NoticeList.as_view(), name="notices"),
    path("notices/<slug:slug>/", viewsets.NoticeRecord.as_view(), name="notice"),
    path("sections/", viewsets.SectionList.as_view(), name="sections"),
    path("sections/<slug:notice>/<slug:anchor>/", viewsets.SectionRecord.as_view(), name="section"),
    path("changes/", viewsets.ChangeList.as_view(), name="changes"),
    path("corrections/", viewsets.CorrectionList.as_view(), name="corrections"),
    path("deletions/", viewsets.DeletionList.as_view(), name="deletions"),
    path("search/", search.SearchView.as_view(), name="search"),
]
beside = [
    path("regions/<slug:slug>.json", viewsets.RegionRecord.as_view(), name="region-data"),
    path("provinces/<slug:slug>.json", viewsets.ProvinceRecord.as_view(), name="province-data"),
    path("topics/<slug:slug>.json", viewsets.TopicRecord.as_view(), name="topic-data"),
    path("systems/<slug:slug>.json", viewsets.SystemRecord.as_view(), name="system-data"),
    path("ministries/<slug:slug>.json", viewsets.MinistryRecord.as_view(), name="ministry-data"),
    path("notices/<slug:slug>.json", viewsets.NoticeRecord.as_view(), name="notice-data"),
    path("notices/<slug:notice>/<slug:anchor>.json", viewsets.SectionRecord.as_view(), name="section-data"),
]
