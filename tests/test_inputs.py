"""What may be put into an address or a form by hand: each gets an answer, what is wrong a refusal in Chinese.

Each was an error of ours once; tests/test_fuzz.py looks for more of their kind.
"""

import io
import re

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.forms import ModelMultipleChoiceField
from django.test import Client
from openpyxl import Workbook

from pilots.http.unsaved import opened
from pilots.models import Alias, LoadedRow, Region

from . import factories as make
from .forms import Person, address, fields, official
from .sheets import bring, refusals
from .visits import ROUTES

pytestmark = pytest.mark.django_db
NUL = "含有看不见的控制字符（U+0000），请删去。"
DEEP = "[" * 100_000
STATES = [
    DEEP,
    '{"a":' * 50_000,
    '{"serial":' + "9" * 5_000 + "}",
    '{"partners":5}',
    '{"partners":true}',
    '{"partners":[[1],null,{}]}',
    '{"partners":["x","-1"]}',
    '{"province":"x"}',
    '{"province":["1"]}',
    '{"withdrawn_on":{}}',
    "5",
]


@pytest.fixture
def form():
    return Person(Client(), official("张"), address(Region.objects.get(serial=8)))


@pytest.mark.once
@pytest.mark.parametrize("state", STATES, ids=range(len(STATES)))
def test_hostile_state_of_a_form_is_taken_for_none(form, state):
    form.types(opened=state, priorities__0__opened=state, remark="新的说明", province="", partners=[])

    assert form.client.post(form.url, form.posted).status_code in (200, 302)
    form.client.logout()
    assert form.client.post(form.url, form.posted).status_code == 403


def test_text_that_is_said_to_have_been_a_truth_is_taken_for_none(form):
    form.types(opened='{"name_raw":true}', name_raw=None)

    assert form.client.post(form.url, form.posted).status_code in (200, 302)


@pytest.mark.once
@pytest.mark.parametrize("name", ["remark", "name"])
def test_nul_in_a_form_is_told_as_what_it_is(form, name):
    form.types(**{name: "甲\0乙"}).saves()

    assert "空字符串" not in form.text
    assert NUL in form.text


@pytest.mark.once
def test_nul_in_a_name_or_password_is_told_as_what_it_is(client):
    page = client.post("/accounts/login/", {"login": "甲\0乙", "password": "密\0码"}).text

    assert "空字符串" not in page
    assert page.count(NUL) == 2


@pytest.mark.once
def test_nul_in_a_table_is_told_as_what_it_is(form):
    file, book = io.BytesIO(), Workbook()
    for row in (["地址名", "说明"], ["liaoning-benxi", "甲_x0000_乙"]):
        book.active.append(row)
    book.save(file)

    for table in (file.getvalue(), "地址名,说明\nliaoning-benxi,甲\0乙\n".encode()):
        assert refusals(bring(form.client, table)) == [(2, f"“说明”：{NUL}")]


@pytest.mark.once
@pytest.mark.parametrize("count", ["9" * 5_000, "1" * 4_301, "²", "٣", "-1", ""])
def test_hostile_count_of_rows_is_answered(form, count):
    form.posted["priorities-TOTAL_FORMS"] = [count]

    assert form.client.post(form.url, form.posted | {"remark": ["新"]}).status_code == 200
    form.client.logout()
    assert form.client.post(form.url, form.posted | {"remark": ["新"]}).status_code == 403


@pytest.mark.once
@pytest.mark.parametrize("rows", ["priorities", "aliases", "divisions"])
@pytest.mark.parametrize("opened_with", ["0", "9" * 20])
def test_more_rows_than_the_page_offers_are_refused(form, rows, opened_with):
    there = int(form.posted[f"{rows}-TOTAL_FORMS"][0])
    form.types(**{f"{rows}__TOTAL_FORMS": "9" * 20, f"{rows}__INITIAL_FORMS": opened_with, "remark": "新"}).saves()

    sets = {each.formset.prefix: each.formset for each in form.response.context["inline_admin_formsets"]}
    assert form.response.status_code == 200
    assert "一次最多新增 20 行" in sets[rows].non_form_errors()[0] in form.text
    assert len(sets[rows].forms) <= there + 2 * 20
    assert form.posted[f"{rows}-TOTAL_FORMS"] == [str(len(sets[rows].forms))]
    assert form.posted["remark"] == ["新"]


def test_as_many_rows_as_the_page_offers_are_saved_though_one_was_deleted():
    region = Region.objects.get(serial=8)
    alias = Alias.objects.create(region=region, name="旧别名", kind="common")
    form = Person(Client(), official("张"), address(region))
    alias.delete()

    for at in range(1, 21):
        form.types(**{f"aliases__{at}__name": f"别名{at}", f"aliases__{at}__kind": "common"})
    assert form.posted["aliases-MAX_NUM_FORMS"] == ["21"]
    form.types(aliases__TOTAL_FORMS="21").saves()

    assert form.is_saved
    assert region.aliases.count() == 20


@pytest.mark.parametrize("number", ["9" * 20, pytest.param("-" + "9" * 20, marks=pytest.mark.once)])
def test_number_beyond_any_row_is_no_choice_of_links(everything, number):
    make.make_official("省", "省级编辑", "liaoning")
    LoadedRow.objects.all().delete()  # of areas that were loaded nobody changes the partners
    sent = set()
    for page in filter(links, form_pages(everything)):
        texts = ("remark", "classification_note", "first_name", "text_raw")
        typed = {name: ["新"] for name in texts if name in fields(page.text)}
        for name in links(page):
            response = everything.post(page.request["PATH_INFO"], fields(page.text) | typed | {name: [number]})

            assert (name, response.status_code) == (name, 200)
            assert f"{number} 不在可用的选项中" in response.text, name
            assert typed == {each: fields(response.text)[each] for each in typed} != {}, name
            sent.add(name)

    rows = {"priorities-0-topics", "priorities-0-also_systems"}
    assert sent == {"roles", "provinces", "partners", "topics", "also_systems"} | rows


def form_pages(client):
    """Yield the form of a new row and those of the last one, of each model of which there is one."""
    for model, options in admin.site._registry.items():
        row = model._base_manager.last()
        for page in (
            "add",
            *(f"{row.pk if row else 0}/{each}" for each in ("change", "whole", *getattr(options, "parts", ()))),
        ):
            response = client.get(f"/admin/{model._meta.label_lower.replace('.', '/')}/{page}/")
            if response.status_code == 200 and "adminform" in response.context:
                yield response


def links(page):
    """Return the names of the fields of a form, and of its first rows, that hold several links."""
    forms = [page.context["adminform"].form]
    forms += [form for each in page.context["inline_admin_formsets"] for form in each.formset.forms[:1]]
    bound = (field for form in forms for field in form)
    return [each.html_name for each in bound if isinstance(each.field, ModelMultipleChoiceField)]


def test_only_what_a_form_can_hold_is_read_back():
    assert opened('{"a":"x","b":true,"c":["1"],"d":5,"e":null,"f":{},"g":[1]}') == {"a": "x", "b": True, "c": ["1"]}
    assert opened(DEEP) == opened('["x"]') == opened("x" * 600_000) == {}


@pytest.fixture
def everything(client):
    client.force_login(User.objects.create_superuser("all", password="x"))
    return client


@pytest.mark.parametrize(
    "path",
    [
        "pilots/region/add/?region=%00",
        "pilots/alias/add/?region=%00",
        "autocomplete/?app_label=pilots&model_name=alias&field_name=region&term=%00",
        "pilots/region/?q=%00",
        "pilots/region/?province=%1b",
        "pilots/region/?a%00=1",
        "login/?next=%00",
        "pilots/region/?province=99999999999999999999",
        "pilots/region/?notice__in=99999999999999999999",
        "pilots/notice/?issued_on__year=99999999999999999999",
        "auth/user/?groups=99999999999999999999",
    ],
)
def test_address_that_no_database_takes_is_refused_in_chinese(everything, path):
    response = everything.get(f"/admin/{path}")

    assert response.status_code == 400
    assert "网址中的参数有误" in response.text


@pytest.mark.parametrize(
    "path",
    [
        "pilots/alias/add/?region=x",
        "pilots/notice/?issued_on__year=99999",
        "pilots/notice/?issued_on__gte=0000-01-01",
        "pilots/region/?p=99999999999999999999",
        "pilots/region/?o=99.x.-1&_facets=x&_popup=x&e=1&pp=9",
        "pilots/region/99999999999999999999/change/",
        "pilots/region/%00/change/",
        *(f"pilots/region/{'9' * 4400}/{page}/" for page in ("change", "history", "delete", "restore")),
        "autocomplete/?app_label=x&model_name=y&field_name=z",
        "autocomplete/?app_label=pilots&model_name=alias&field_name=x",
        "pilots/region/add/?_changelist_filters=%2500&_to_field=x",
    ],
)
def test_unusual_address_is_answered(everything, path):
    assert everything.get(f"/admin/{path}").status_code < 500
    assert everything.post(f"/admin/{path}", {"edit_reason": "更正"}).status_code < 500


@pytest.mark.parametrize("page", ["change", "history", "delete"])
def test_form_in_another_encoding_is_answered(client, page):
    client.force_login(make.make_official("张", "管理员"))
    gb18030 = "application/x-www-form-urlencoded; charset=gb18030"

    response = client.post(f"/admin/pilots/term/1/{page}/", b"edit_reason=%B8%FC", gb18030)

    assert response.status_code in (400, 403)


@pytest.mark.parametrize("model", ["region", "priority", "section", "ministry"])
def test_new_row_of_which_nothing_came_is_asked_for(everything, model):
    response = everything.post(f"/admin/pilots/{model}/add/", {"ministry": "0"})

    assert response.status_code == 200


@pytest.mark.parametrize("page", ["history", "delete"])
@pytest.mark.parametrize("model", ["region", "topic", "section", "notice"])
def test_page_that_writes_nothing_locks_nothing(everything, locks, page, model):
    assert everything.post(f"/admin/pilots/{model}/1/{page}/", {"post": "yes"}).status_code < 500


@pytest.mark.once
def test_every_address_refuses_control_characters_alike(client):
    """Pages, files, feeds, the API and what is behind the sign-in: refused once, before anything reads them."""
    paths = ["/" + re.sub(r"<[^>]+>|\(\?P.*", "x", route.replace("^", "")) for route in ROUTES]
    asked = [f"{path}?{query}" for path in paths for query in ("q=%00", "province=liaoning&x=%C2%85%1B", "%0Bq=a")]
    answers = {path: client.get(path) for path in asked}

    assert {
        path for path, answer in answers.items() if answer.status_code != 400 or "控制字符" not in answer.text
    } == set()
    assert all("no-store" in answer.headers["Cache-Control"] for answer in answers.values())
    assert answers["/api/v1/regions/?q=%00"].json()["errors"] == [
        {"parameter": "q", "value": "\x00", "detail": "含有控制字符"}
    ]


@pytest.mark.parametrize("path", ["/regions/?q=%ed%a0%80", "/regions/?q=a%09%0D%0Ab", "/regions.csv?q=%E2%80%8B湿地"])
def test_what_can_be_pasted_by_mistake_is_read(client, path):
    assert client.get(path).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"), [("get", "/admin/logout/"), ("post", "/readyz"), ("put", "/admin/login/")]
)
def test_refused_method_is_explained(client, method, path):
    response = getattr(client, method)(path)

    assert response.status_code in (302, 405)
    assert response.status_code == 302 or "不支持的请求方式" in response.text
