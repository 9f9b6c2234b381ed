"""What somebody typed is not lost with a session, a token or a permission; nobody else sees it, and no password."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from selectolax.lexbor import LexborHTMLParser

from pilots.models import Draft, Region

from . import factories as make
from .forms import Person, address, official

pytestmark = [pytest.mark.django_db, pytest.mark.once]
TEXT = "第一行\n<script>alert(1)</script> & 第二行"


def region():
    return Region.objects.get(serial=8)


@pytest.fixture
def form():
    """A form with something typed into it, open in a browser that checks tokens."""
    person = Person(Client(enforce_csrf_checks=True), official("张"), address(region()))
    return person.types(remark=TEXT.replace("\n", "\r\n"), priorities__0__classification_note="考虑")


def shown(response):
    tree = LexborHTMLParser(response.text)
    labels = {node.attributes["for"]: node.text() for node in tree.css("label[for^=typed]")}
    return {labels[node.attributes["id"]]: node.text().removeprefix("\n") for node in tree.css("textarea[readonly]")}


def send(form):
    return form.client.post(form.url, form.posted)


def test_typed_text_survives_an_ended_session(form):
    form.client.session.flush()

    response = send(form)

    assert response.status_code == 403
    assert "登录已过期" in response.text
    assert "/admin/leaving." in response.text  # to the page that signs in there is no transition
    assert "/admin/leaving." not in form.client.get("/regions/none/").text
    assert shown(response) == {"说明": TEXT, "制度创新重点第1行 归类依据": "考虑"}
    assert "<script>alert" not in response.text
    assert f"next={form.url}" in response.text
    assert "no-store" in response.headers["Cache-Control"]
    assert region().remark == ""


@pytest.mark.parametrize("step", ["paste", "write", "rows"])
def test_table_and_reason_survive_an_ended_session(client, step):
    client.force_login(official("张"))
    table = f"地址名\t短名\n{region().slug}\t包头城"
    place = "/admin/pilots/region/rows/" if step == "rows" else "/admin/pilots/region/import/"
    posted = {"edit_reason": "与公报逐字核对"} | ({} if step == "rows" else {"table": table})
    if step == "write":
        posted["plan"] = client.post(place, posted).context["plan"]
    client.session.flush()

    response = client.post(place, posted)

    assert (response.status_code, "登录已过期" in response.text) == (403, True)
    assert shown(response) == {"更正说明": "与公报逐字核对"} | ({} if step == "rows" else {"粘贴表格": table})
    assert not Draft.objects.exists()


@pytest.mark.parametrize("harm", [{"csrfmiddlewaretoken": ["x" * 64]}, {"csrfmiddlewaretoken": []}])
def test_typed_text_survives_a_rotated_token(form, harm):
    form.posted |= harm

    response = send(form)

    assert response.status_code == 403
    assert "表单已过期" in response.text
    assert shown(response)["说明"] == TEXT
    assert region().remark == ""


def test_typed_text_survives_a_right_that_was_taken_away(form):
    User.objects.update(is_superuser=False)

    response = send(form)

    assert response.status_code == 403
    assert shown(response)["说明"] == TEXT


def test_typed_text_survives_a_validation_error(form):
    form.types(serial="0").saves()

    assert not form.is_saved
    assert form.posted["remark"] == [TEXT.replace("\n", "\r\n")]


def test_nothing_untouched_is_shown(form):
    make.overwrite(Region.objects, open_points="没有动过")
    form = Person(Client(), User.objects.get(), form.url).types(remark="只有这个")
    form.client.session.flush()

    assert shown(send(form)) == {"说明": "只有这个"}


@pytest.mark.parametrize(
    ("path", "posted"),
    [
        ("/admin/login/", {"username": "zhang", "password": "secret-word"}),
        ("/admin/password_change/", {"old_password": "secret-word", "new_password1": "secret-word"}),
        ("/admin/auth/user/add/", {"username": "zhang", "password1": "secret-word"}),
        ("/regions/", {"q": "secret-word"}),
        ("/nope/", {"q": "secret-word"}),
    ],
)
def test_nothing_else_that_is_posted_is_ever_shown(path, posted):
    response = Client(enforce_csrf_checks=True).post(path, posted)

    assert "secret-word" not in response.text


def test_hostile_row_counts_are_no_error(form):
    form.client.session.flush()

    for count in ("9" * 30, "-1", "x", "²"):
        form.posted["priorities-TOTAL_FORMS"] = [count]
        assert send(form).status_code == 403
