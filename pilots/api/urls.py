"""The addresses of the API, and those of the `.json` beside each page: the same views, the same answers."""

from django.urls import path

from . import description, reports, search, viewsets
from .viewsets import LISTS, RECORDS

app_name = "api"
urlpatterns = [
    path("", viewsets.IndexView.as_view(), name="index"),
    path("schema/", description.SchemaView.as_view(), name="schema"),
    path("schema.yaml", description.SchemaView.as_view(renderer_classes=description.YAML), name="schema-yaml"),
    path("regions/", viewsets.RegionList.as_view(), name="regions"),
    path("regions/<slug:slug>/", RECORDS["region"], name="region"),
    path("priorities/", viewsets.PriorityList.as_view(), name="priorities"),
    path("priorities/<slug:region>/<int:number>/", RECORDS["priority"], name="priority"),
    path("documents/", viewsets.DocumentList.as_view(), name="documents"),
    path("documents/<slug:region>/<int:position>/", RECORDS["document"], name="document"),
    path("indicators/", LISTS["indicator"], name="indicators"),
    path("indicators/<slug:region>/<int:position>/", RECORDS["indicator"], name="indicator"),
    path("mechanisms/", LISTS["mechanism"], name="mechanisms"),
    path("mechanisms/<slug:region>/<int:position>/", RECORDS["mechanism"], name="mechanism"),
    path("projects/", LISTS["project"], name="projects"),
    path("projects/<slug:region>/<int:position>/", RECORDS["project"], name="project"),
    path("reports/", reports.ReportList.as_view(), name="reports"),
    path("reports/<slug:region>/<int:year>/<slug:period>/", reports.RECORD, name="report"),
    path("provinces/", LISTS["province"], name="provinces"),
    path("provinces/<slug:slug>/", RECORDS["province"], name="province"),
    path("topics/", LISTS["topic"], name="topics"),
    path("topics/<slug:slug>/", RECORDS["topic"], name="topic"),
    path("systems/", LISTS["system"], name="systems"),
    path("systems/<slug:slug>/", RECORDS["system"], name="system"),
    path("ministries/", LISTS["ministry"], name="ministries"),
    path("ministries/<slug:slug>/", RECORDS["ministry"], name="ministry"),
    path("notices/", LISTS["notice"], name="notices"),
    path("notices/<slug:slug>/", RECORDS["notice"], name="notice"),
    path("sections/", viewsets.SectionList.as_view(), name="sections"),
    path("sections/<slug:notice>/<slug:anchor>/", RECORDS["section"], name="section"),
    path("changes/", viewsets.ChangeList.as_view(), name="changes"),
    path("corrections/", viewsets.CorrectionList.as_view(), name="corrections"),
    path("deletions/", viewsets.DeletionList.as_view(), name="deletions"),
    path("search/", search.SearchView.as_view(), name="search"),
]
beside = [
    path("regions/<slug:slug>.json", RECORDS["region"], name="region-data"),
    path("provinces/<slug:slug>.json", RECORDS["province"], name="province-data"),
    path("topics/<slug:slug>.json", RECORDS["topic"], name="topic-data"),
    path("systems/<slug:slug>.json", RECORDS["system"], name="system-data"),
    path("ministries/<slug:slug>.json", RECORDS["ministry"], name="ministry-data"),
    path("notices/<slug:slug>.json", RECORDS["notice"], name="notice-data"),
    path("notices/<slug:notice>/<slug:anchor>.json", RECORDS["section"], name="section-data"),
]
