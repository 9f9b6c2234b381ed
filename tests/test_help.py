"""The handbook of the admin."""

import pytest
from selectolax.lexbor import LexborHTMLParser

from pilots.accounts.roles import ROLES
from pilots.admin.dashboard import rights

from . import factories as make

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("role", ROLES)
def test_handbook_names_each_role_and_marks_ones_own(client, role):
    client.force_login(make.make_official("谁", role))

    text = client.get("/admin/help/").text

    assert all(each.description in text for each in ROLES.values())
    assert f"{role}（您的角色）" in text
    assert text.count("（您的角色）") == 1


def test_rights_are_those_that_the_roles_hold():
    assert [actions for actions, _ in rights("只读")] == ["查看"]
    assert "先行示范地区" in dict(rights("省级编辑"))["查看、更改"]


def test_contents_lead_to_every_chapter_in_its_order(admin_client):
    page = LexborHTMLParser(admin_client.get("/admin/help/").text)

    chapters = [(f"#{title.id}", title.text()) for title in page.css("#content-main h2")]
    assert [(link.attributes["href"], link.text()) for link in page.css(".contents a")] == chapters
    assert len(dict(chapters)) == len(chapters) > 10


@pytest.mark.parametrize("path", ["/admin/", "/admin/help/"])
def test_handbook_is_linked_from_every_page(admin_client, path):
    assert 'href="/admin/help/"' in admin_client.get(path).text


def test_handbook_is_for_staff_only(client, django_user_model):
    assert client.get("/admin/help/").status_code == 302
    client.force_login(django_user_model.objects.create_user("读者"))

    assert client.get("/admin/help/").status_code in (302, 403)
