"""预览: the public page with the form as typed, for whoever may save it; nothing of it is ever written."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.urls import reverse
from selectolax.lexbor import LexborHTMLParser

from pilots.admin.previewing import PAGES
from pilots.admin.record import RecordAdmin
from pilots.models import (
    Alias,
    Citation,
    Division,
    Document,
    FormerAddress,
    Indicator,
    LoadedRow,
    Mechanism,
    Ministry,
    Notice,
    Priority,
    Project,
    Province,
    Region,
    Report,
    ReportLine,
    Section,
    Signature,
    System,
    Term,
    Topic,
)
from pilots.search import facet_sets

from .forms import Person, address, official
from .withdrawing import person, withdraw

pytestmark = [pytest.mark.django_db, pytest.mark.once]
REGION = "/regions/beijing-huairou/"


def area():
    return Region.objects.get(slug="beijing-huairou")


def dump():
    """Everything in the tables of the site and the admin's log, as one text."""
    tables = [*apps.get_app_config("pilots").get_models(include_auto_created=True), apps.get_model("admin.LogEntry")]
    return "\n".join(repr(list(table._base_manager.order_by("pk").values_list())) for table in tables)


@pytest.fixture
def zhang(client):
    return Person(client, official("张"), address(area()))


def preview(who, **typed):
    who.types(**typed)
    return who.client.post(who.url, who.posted | {"_preview": ["预览"]})


def test_preview_shows_the_page_as_typed_and_writes_nothing(zhang):
    before = dump()

    response = preview(
        zhang, name_raw="某区", open_points="通知没有写明<b>某说明</b>", priorities__0__text_raw="1.某事"
    )
    tree = LexborHTMLParser(response.text)

    assert response.status_code == 200
    assert tree.css_first("h1").text() == "某区"
    assert "通知没有写明<b>某说明</b>" in tree.css_first(".question").text()
    assert tree.css_first(".line__text").text() == "某事"
    assert "预览，尚未保存" in tree.css_first(".banner").text()
    assert dump() == before


def test_preview_is_for_nobody_else_and_found_by_nobody(zhang):
    response = preview(zhang, open_points="通知没有写明某说明")
    tree = LexborHTMLParser(response.text)

    assert "no-store" in response.headers["Cache-Control"]
    assert "noindex" in response.headers["X-Robots-Tag"]
    assert tree.css_first("meta[name=robots]").attributes["content"] == "noindex, nofollow"
    assert tree.css("link[rel=canonical]") == []


def test_public_pages_and_what_processes_keep_know_nothing_of_a_preview(zhang, client):
    client.get("/regions/")
    facet_sets._kept.memory.clear()

    preview(zhang, short_name="从未保存", name_raw="从未保存")

    for path in ("/", "/regions/", REGION):
        assert "从未保存" not in client.get(path).text
    assert client.get("/regions/?q=从未保存").context["list"].paginator.count == 0


def test_preview_shows_a_row_that_is_only_typed(zhang):
    before, lines = dump(), area().priorities.count()
    row = {"number": "9", "text_raw": "9.试探索。", "text": "试探索", "confidence": "high"}
    row |= {"system": str(System.objects.first().pk), "topics": str(Topic.objects.first().pk)}
    typed = {f"priorities__{lines}__{name}": value for name, value in row.items()}

    response = preview(zhang, priorities__TOTAL_FORMS=str(lines + 1), **typed)

    assert len(LexborHTMLParser(response.text).css(".line")) == lines + 1
    assert dump() == before


def test_form_that_can_not_be_saved_is_shown_with_its_errors(zhang):
    response = preview(zhang, short_name="")

    assert response.status_code == 200
    assert "请更正" in response.text
    assert "预览，尚未保存" not in response.text


def test_after_a_preview_the_form_is_saved_as_ever(zhang):
    preview(zhang, open_points="通知没有写明某说明")

    zhang.types(open_points="通知没有写明某说明").saves()

    assert zhang.is_saved
    assert area().open_points == "通知没有写明某说明"


# A field of each kind of record that readers see somewhere.
SHOWN = {
    Notice: "title",
    Section: "text_raw",
    Citation: "title",
    Signature: "name_raw",
    Ministry: "change",
    Province: "name",
    Region: "name_raw",
    Division: "remark",
    Document: "finding",
    Indicator: "name",
    Mechanism: "name",
    Project: "name",
    Priority: "text_raw",
    System: "name",
    Topic: "name",
}


def test_every_record_that_readers_see_can_be_previewed():
    assert SHOWN.keys() == PAGES.keys()
    helping = {Alias, Term, FormerAddress}  # to find, and shown nowhere
    registered = {model for model, options in admin.site._registry.items() if isinstance(options, RecordAdmin)}
    sent = {Report, ReportLine}  # shown once the ministry makes them public: their page is what it sees before
    assert registered == PAGES.keys() | helping | sent


@pytest.mark.parametrize(("model", "field"), SHOWN.items())
def test_record_is_previewed_where_readers_see_it(client, model, field):
    chosen = {Division: lambda row: row in row.region.shown_divisions, Province: lambda row: not row.code}
    row = next(filter(chosen.get(model), model.objects.all()))
    who, before = Person(client, official("张"), address(row)), dump()
    assert LexborHTMLParser(who.text).css_first("input[name=_preview]")

    start = {Priority: "{0.number}.", Ministry: "{0.change}，", Province: "{0.parent.short_name}"}.get(model, "")
    source = {"source": "国函〔2015〕119号"} if model in (Division, Document) else {}
    source |= {"short_name": "试一试"} if model is Province else {}
    source |= {"change_source": f"{row.change_source}\n国函〔2015〕119号"} if model is Ministry else {}
    response = preview(who, **{field: f"{start.format(row)}试一试的字。"}, **source)

    assert "试一试的字" in LexborHTMLParser(response.text).css_first("main").text()
    assert "预览，尚未保存" in response.text
    assert dump() == before


def test_record_that_is_only_typed_is_previewed(client):
    who, before = Person(client, official("张"), reverse("admin:pilots_topic_add")), dump()

    response = preview(who, slug="new-topic", name="新的主题", position="99", description="某说明")

    assert LexborHTMLParser(response.text).css_first("h1").text().startswith("新的主题")
    assert "预览，尚未保存" in response.text
    assert dump() == before


@pytest.mark.parametrize("model", [Alias, Term])
def test_what_only_helps_to_find_has_no_preview(client, model):
    who = Person(client, official("张"), address(model.objects.first()))

    assert 'name="_preview"' not in who.text


def test_line_of_a_withdrawn_area_has_no_preview(client):
    row = withdraw()
    who = Person(client, official("张"), address(row.priorities(manager="all_objects").first()))

    assert 'name="_preview"' not in who.text
    assert preview(who, classification_note="某事").status_code == 404
    assert "某事" not in dump()


@pytest.mark.parametrize(("role", "provinces"), [("省级编辑", ["hebei"]), ("只读", []), ("管理员", [])])
def test_who_may_not_save_may_not_preview(zhang, client, role, provinces):
    client.force_login(person(role, *provinces))
    before = dump()

    response = preview(zhang, open_points="通知没有写明某说明")

    assert response.status_code in (302, 403, 410)
    assert "预览，尚未保存" not in response.text
    assert dump() == before


def test_province_s_official_previews_her_own_area_but_not_moved_away(client):
    LoadedRow.objects.filter(model="region").delete()  # of areas that were loaded nobody changes the province
    who = Person(client, person("省级编辑", "beijing"), address(area()))
    before = dump()
    assert "通知没有写明某说明" in preview(who, open_points="通知没有写明某说明").text

    response = preview(who, province=[str(Region.objects.exclude(province=area().province).first().province_id)])

    assert "预览，尚未保存" not in response.text
    assert dump() == before


def test_form_offers_preview_in_a_new_window_and_the_page_on_the_site(zhang):
    tree = LexborHTMLParser(zhang.text)

    button = tree.css_first("input[name=_preview]")
    assert button.attributes["formtarget"] == "_blank"
    names = [node.attributes["name"] for node in tree.css("input[type=submit][name]")]
    assert names.index("_save") < names.index("_preview")  # the Enter key takes the first
    site = tree.css_first("a.viewsitelink").attributes["href"]
    assert zhang.client.get(site).headers["Location"].endswith(REGION)


def test_withdrawn_area_has_no_preview(client):
    row = withdraw()
    who = Person(client, official("张"), address(row))

    assert 'name="_preview"' not in who.text
    assert preview(who, open_points="通知没有写明某说明").status_code == 404
    assert Region.all_objects.get(pk=row.pk).open_points == row.open_points
