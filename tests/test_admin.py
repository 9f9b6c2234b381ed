import re
from gettext import GNUTranslations
from pathlib import Path

import pytest
from django import conf
from django.conf import settings
from django.contrib import admin, auth
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.text import Truncator
from selectolax.lexbor import LexborHTMLParser

from pilots import models

from . import factories as make
from .admin import MODELS, address, form_data
from .forms import REASON

pytestmark = pytest.mark.django_db
IDS = [model.__name__ for model in MODELS]


def test_every_model_is_registered():
    own_work = {
        "SearchEntry",
        "SearchChange",
        "Official",
        "FormerPassword",
        "CachedValue",
        "Edit",
        "HistoryEntry",
        "Place",
        "AccountRequest",  # agreed to on the page of its account
        "SignIn",
        "Draft",
    }
    records = {name for name in models.__all__ if hasattr(getattr(models, name), "_meta")} - own_work

    assert {model.__name__ for model in admin.site._registry if model._meta.app_label == "pilots"} == records


@pytest.mark.once
@pytest.mark.parametrize("model", MODELS, ids=IDS)
def test_list_searches_filters_and_orders(admin_client, model):
    options = admin.site._registry[model]

    assert options.search_fields
    assert options.ordering or model._meta.ordering
    for query in ("", "?q=水", "?o=1"):
        assert admin_client.get(address(model, "changelist") + query).status_code in (200, 302)
    assert admin_client.get(address(model, "changelist") + "?q=\x00").status_code == 400


@pytest.mark.once
def test_list_counts_and_shortens_as_one_writes_and_has_a_word_for_none(admin_client):
    make.make_official("张", "部委编辑")
    page = LexborHTMLParser(admin_client.get(reverse("admin:auth_user_changelist")).text)

    assert page.css_first(".paginator").text().split() == ["共2条"]
    assert "无" in [choice.text().strip() for choice in page.css("#changelist-filter a")]
    assert Truncator("建立生态补偿机制").chars(5) == "建立生态…"


@pytest.mark.once
@pytest.mark.parametrize("model", MODELS, ids=IDS)
def test_record_opens_in_chinese(admin_client, model):
    row = model.objects.first() or model.objects.create(path="/a/", new_path="/b/", reason="更名")

    text = admin_client.get(address(model, "change", row.pk)).text

    assert str(model._meta.verbose_name) in text
    assert not re.search(r">\s*(Save|Delete|History)\s*<", text)


@pytest.mark.once
@pytest.mark.parametrize(
    "model", [User, *(model for model in MODELS if model not in (models.LoadedRow, models.SecurityEvent))]
)
def test_refused_form_says_so_in_chinese_in_its_title(admin_client, model):
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_add")

    title = LexborHTMLParser(admin_client.post(url, {}).text).css_first("title").text()

    assert title.startswith("有误：")
    assert not re.search("[a-zA-Z]", title)


@pytest.mark.once
def test_each_list_takes_the_same_queries_whatever_the_data(admin_client):
    def count(model):
        with CaptureQueriesContext(connection) as captured:
            admin_client.get(address(model, "changelist"))
        return len(captured)

    few = {model: (count(model), count(model))[1] for model in MODELS}
    with models.together():
        for _ in range(20):
            region = make.make_region()
            make.make_priority(region=region)
            models.Division.objects.create(region=region, position=1, role="self", name_then="某县")
            models.Alias.objects.create(region=region, name="某", kind="common")
            make.make_section()

    assert {model: count(model) for model in MODELS} == few
    assert max(few.values()) <= 14


@pytest.mark.once
def test_region_form_takes_the_same_queries_whatever_the_priorities(admin_client, django_assert_max_num_queries):
    region = models.Region.objects.get(serial=8)
    url = address(models.Region, "change", region.pk)
    admin_client.get(url)
    with django_assert_max_num_queries(25) as few:
        admin_client.get(url)
    with models.together():
        for number in range(3, 30):
            make.make_priority(region=region, number=number, topics=models.Topic.objects.all()[:3])
    with django_assert_max_num_queries(25) as many:
        response = admin_client.get(url)

    assert len(many) == len(few)
    assert response.text.count('name="priorities-28-topics"') == 25


def test_region_form_saves_its_priorities(admin_client):
    region = models.Region.objects.get(serial=1)
    url = address(models.Region, "change", region.pk)
    data = form_data(admin_client.get(url))
    data["priorities-0-topics"] = [models.Topic.objects.get(slug="rule-of-law").pk]
    data |= {"remark": "补充说明", "edit_reason": REASON}

    response = admin_client.post(url, data)

    assert response.status_code == 302
    assert [topic.slug for topic in region.priorities.get(number=1).topics.all()] == ["rule-of-law"]
    assert models.Region.objects.get(serial=1).remark == "补充说明"
    assert region.priorities.get(number=2).topics.count() == 2


@pytest.mark.once
def test_region_form_says_what_is_wrong_in_chinese(admin_client):
    url = address(models.Region, "change", models.Region.objects.get(serial=1).pk)
    data = form_data(admin_client.get(url)) | {"serial": "2"}
    gone = {"withdrawn_on": "2026-11-01", "withdrawn_reason": "列错了。"}  # else the two exchange their numbers
    make.overwrite(models.Region.objects.filter(serial=2), **gone)

    response = admin_client.post(url, data)

    assert response.status_code == 200
    assert "同一通知中序号不能重复。" in response.text


@pytest.mark.parametrize("model", [models.Region, models.Province, models.Topic, models.Notice])
def test_slug_can_not_be_changed(admin_client, model):
    row = model.objects.first()

    text = admin_client.get(address(model, "change", row.pk)).text

    assert 'name="slug"' not in text
    assert row.slug in text


def test_loaded_rows_are_read_only(admin_client):
    row = models.LoadedRow.objects.first()

    assert admin_client.post(address(models.LoadedRow, "change", row.pk), {"model": "x"}).status_code == 403
    assert admin_client.get(address(models.LoadedRow, "add")).status_code == 403


@pytest.mark.once
@pytest.mark.parametrize("path", ["/admin/", "/admin/pilots/region/", "/admin/auth/user/"])
def test_admin_has_no_inline_script_or_style(admin_client, path):
    response = admin_client.get(path)

    assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>|<style|\sstyle=|\son\w+=", response.text)
    assert "default-src 'self'" in response.headers["Content-Security-Policy"]


@pytest.mark.once
def test_region_form_has_no_inline_script_or_style(admin_client):
    response = admin_client.get(address(models.Region, "change", models.Region.objects.get(serial=4).pk))

    assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>|<style|\sstyle=|\son\w+=", response.text)


def test_anonymous_is_asked_to_sign_in(client):
    assert client.get(address(models.Region, "changelist")).headers["Location"].startswith("/admin/login/")


PAGES_IN_WORDS = [
    *("/admin/", "/admin/help/", "/admin/pilots/", "/admin/pilots/alias/", "/admin/pilots/alias/?kind__exact=former"),
    *(
        "/admin/pilots/alias/add/",
        "/admin/pilots/alias/?_facets=True",
        "/admin/pilots/term/add/",
        "/admin/auth/user/",
    ),
    *("/admin/pilots/region/import/", "/admin/auth/user/add/"),
]
FORMATS_BY_NAME = {"XLSX", "CSV", "UTF", "GBK", "PDF"}


@pytest.mark.once
@pytest.mark.parametrize("path", PAGES_IN_WORDS)
def test_page_is_in_chinese_for_who_reads_and_who_listens(admin_client, path):
    tree = LexborHTMLParser(admin_client.get(path).text)
    for cell in tree.css("#result_list tbody th, .field-name, .action-checkbox, .field-region, .field-source"):
        cell.decompose()  # the record's own words
    names = [
        node.attributes.get(name) or ""
        for node in tree.css("body *")
        for name in ("alt", "title", "aria-label", "placeholder", "data-inline-formset")
    ]
    names += [node.attributes.get("value") or "" for node in tree.css("input[type=submit]")]
    words = " ".join([tree.body.text(separator=" "), *names])

    assert not {*re.findall("[A-Za-z]{3,}", words)} - FORMATS_BY_NAME - {"admin"}
    assert not re.search("你|注销|过滤器|增加", words)
    assert not re.search("[\u4e00-\u9fff）]:", words)


@pytest.mark.once
@pytest.mark.parametrize("domain", ["django", "djangojs"])
def test_own_words_of_the_stock_admin_are_compiled_and_still_its_own(domain):
    folder = settings.BASE_DIR / "config" / "locale" / "zh_Hans" / "LC_MESSAGES"
    text = re.sub('"\n"', "", (folder / f"{domain}.po").read_text())
    text = re.sub('msgctxt "(.+)"\nmsgid "', 'msgid "\\1\x04', text)
    pairs = re.findall(r'^msgid "(.+)"\n(?:msgid_plural ".*"\n)?msgstr(?:\[0\])? "(.*)"', text, re.MULTILINE)
    with (folder / f"{domain}.mo").open("rb") as file:
        compiled = {key: words for key, words in GNUTranslations(file)._catalog.items() if key}
    stock = {key for of in (admin, auth, conf) for key in catalogue(of, domain)}

    assert {*compiled.values()} == {words for _, words in pairs}
    assert {key[0] if isinstance(key, tuple) else key for key in compiled} == {key for key, _ in pairs} <= stock


def catalogue(package, domain):
    path = Path(package.__file__).parent / "locale" / "zh_Hans" / "LC_MESSAGES" / f"{domain}.mo"
    if not path.exists():
        return set()
    with path.open("rb") as file:
        return {key[0] if isinstance(key, tuple) else key for key in GNUTranslations(file)._catalog}


@pytest.mark.once
def test_cell_of_a_list_has_its_heading_and_its_words_are_escaped(admin_client):
    words = '<b class="x">action-checkbox</b>'
    alias = models.Alias.objects.first()
    make.overwrite(models.Alias.objects.filter(pk=alias.pk), name=words)

    tree = LexborHTMLParser(admin_client.get("/admin/pilots/alias/").text)

    [cell] = [cell for cell in tree.css("#result_list .field-name") if cell.text() == words]
    shown = [node.text().strip() for node in tree.css("#result_list thead .text") if node.text().strip()]
    assert [cell.attributes["data-heading"] for cell in cell.parent.css("[data-heading]")] == shown
    assert not tree.css("#result_list b.x")
