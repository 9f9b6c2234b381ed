"""Roles, and the accounts that 管理员 look after: nobody gets more than they were given."""

import re

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.core.management import CommandError, call_command
from django.core.management.sql import emit_post_migrate_signal
from django.db.models import ProtectedError
from django.test import Client
from selectolax.lexbor import LexborHTMLParser

from pilots.accounts import roles
from pilots.models import FormerPassword, Official, Province
from pilots.models.tracking import Tracked

from . import factories as make

pytestmark = pytest.mark.django_db
USERS = "/admin/auth/user/"
PARTS = ("alias", "division", "document", "indicator", "mechanism", "project")  # of an area


@pytest.fixture
def manager(client):
    user = make.make_official("管", "管理员")
    client.force_login(user)
    return user


def group(name):
    return Group.objects.get(name=name)


def holds(name):
    return {
        f"{p.content_type.app_label}.{p.codename}" for p in group(name).permissions.select_related("content_type")
    }


def person_data(user, **changes):
    """Return what the form of an account posts when nothing but `changes` is changed."""
    data = {
        "username": user.username,
        "first_name": user.first_name,
        "roles": [each.pk for each in user.groups.all()],
        "provinces": [unit.pk for unit in user.official.provinces.all()],
    }
    return data | ({"is_active": "on"} if user.is_active else {}) | changes


def change(user):
    return f"{USERS}{user.pk}/change/"


# Roles


def test_roles_hold_what_is_declared_on_a_fresh_database():
    for name in roles.ROLES:
        assert holds(name) == {f"{label}.{codename}" for label, codename in roles.permissions(name)}
        assert holds(name)


def test_ministry_may_do_everything_to_the_record_and_the_reader_only_see():
    own = [m for m in apps.get_app_config("pilots").get_models() if not m._meta.proxy]
    records = [m._meta.model_name for m in own if issubclass(m, Tracked)]

    assert len(records) == 19
    for model in records:
        is_line = model == "reportline"  # made with its report
        assert {f"pilots.{action}_{model}" for action in roles.ALL[:: 2 if is_line else 1]} <= holds("部委编辑")
        assert (f"pilots.view_{model}" in holds("只读")) is not model.startswith("report")
    assert all(each.startswith(("pilots.view_", "pilots.see_")) for each in holds("只读"))


def test_province_holds_what_is_said_of_it_and_no_more():
    rights = {f"pilots.{action}_{name}" for name in ("region", "priority") for action in ("view", "change")}
    rights |= {f"pilots.{action}_{name}" for name in PARTS for action in roles.ALL}
    rights |= {f"pilots.view_{name}" for name in ("province", "system", "topic", "proposal")}
    rights |= {"pilots.change_proposal", "pilots.add_report"}
    rights |= {f"pilots.{action}_{name}" for name in ("report", "reportline") for action in ("view", "change")}
    own = {m._meta.model_name for m in apps.get_app_config("pilots").get_models() if not m._meta.proxy}

    assert {each for each in holds("省级编辑") if each.rpartition("_")[2] in own} == rights


def test_only_managers_hold_rights_over_accounts():
    for name in ("部委编辑", "省级编辑", "只读"):
        assert all(each.startswith("pilots.") for each in holds(name))
    rights = {"auth.view_user", "auth.add_user", "auth.change_user", "auth.view_group", "pilots.view_address"}
    assert holds("管理员") == rights


def test_roles_are_put_right_after_every_migration():
    """What a later model brings is granted, what was taken or added by hand is put right, in every database."""
    Permission.objects.filter(codename="view_topic").delete()
    group("只读").permissions.add(Permission.objects.get(codename="delete_region"))
    group("部委编辑").permissions.clear()
    group("管理员").delete()

    emit_post_migrate_signal(verbosity=0, interactive=False, db="default")

    test_roles_hold_what_is_declared_on_a_fresh_database()


def test_proxy_of_a_record_follows_the_record():
    class Unverified(apps.get_model("pilots", "Region")):
        class Meta:
            app_label, proxy = "nowhere", True

    assert roles._actions("部委编辑", Unverified) == roles.ALL
    assert roles._actions("省级编辑", Unverified) == ("view", "change")
    assert roles._actions("只读", Unverified) == ("view",)


def test_model_that_nobody_declared_is_for_nobody():
    for name in roles.ROLES:
        assert roles._actions(name, Official) == ()
        assert roles._actions(name, FormerPassword) == ()


def test_roles_are_described_and_read_only_for_everybody(admin_client):
    text = admin_client.get("/admin/auth/group/").text

    for role in roles.ROLES.values():
        assert role.description in text
    url = f"/admin/auth/group/{group('只读').pk}/change/"
    assert 'name="_save"' not in admin_client.get(url).text
    assert admin_client.post(url, {"name": "x", "permissions": []}).status_code == 403
    assert admin_client.get("/admin/auth/group/add/").status_code == 403


# Accounts


def test_manager_makes_an_account_with_role_and_provinces(client, manager):
    text = client.get(f"{USERS}add/").text
    assert all(role.description in text for role in roles.ROLES.values())
    liaoning = Province.objects.get(slug="liaoning")

    response = client.post(
        f"{USERS}add/",
        {"username": "li", "first_name": "李某", "roles": [group("省级编辑").pk], "provinces": [liaoning.pk]},
    )

    password = re.search(r"<code>(\S{20})</code>", response.text)[1]
    user = User.objects.get(username="li")
    assert user.check_password(password)
    assert (user.is_staff, user.is_superuser, user.is_active) == (True, False, True)
    assert [each.name for each in user.groups.all()] == ["省级编辑"]
    assert list(user.official.provinces.all()) == [liaoning]
    assert user.official.must_change_password
    assert "no-store" in response.headers["Cache-Control"]
    assert password not in str(response.cookies)
    assert password not in client.get(USERS).text
    some = Province.objects.order_by("pk")[:4]
    for units in (some[:3], some):  # a box more than there are units
        boxes = LexborHTMLParser(client.get(change(user)).text).css("select[name=provinces]")
        assert len(boxes) == max(3, user.official.provinces.count() + 1)
        client.post(change(user), person_data(user) | {"provinces": [unit.pk for unit in units]})
        assert set(user.official.provinces.all()) == set(units)


@pytest.mark.once
@pytest.mark.parametrize("name", ["taken", "TAKEN", "Taken"])
def test_names_differ_in_more_than_case(client, manager, name):
    """Signing in doesn't look at the case: two such names would lock each other out."""
    User.objects.create_user("taken")

    response = client.post(f"{USERS}add/", {"username": name})

    assert "已存在一位使用该名字的用户。" in response.text


LOOK_ALIKES = [
    "\u0430dmin",
    "\uff41dmin",
    "ad\u200bmin",
    "\uff11",
    "adm\u0131n",
    "\u1200",
    "\u96f6\u30a8",
    "\uf96f",
    "\u00e9",
]


@pytest.mark.once
@pytest.mark.parametrize("name", LOOK_ALIKES)
def test_name_that_looks_like_another_is_refused(client, manager, name):
    response = client.post(f"{USERS}add/", {"username": name})
    with pytest.raises(CommandError, match="不能用"):
        call_command("make_official", name, "--role", "reader")

    assert not User.objects.filter(username=name).exists()
    assert response.status_code == 200
    assert "只能用汉字、英文字母、数字" in response.text or "请输入合法用户名" in response.text


def test_account_of_an_older_name_stays_usable(client, manager):
    person, theirs = make.make_official("\u0430dmin", password="heron-Wetland-77"), Client()
    changed = client.post(
        f"{USERS}{person.pk}/change/", {"username": person.username, "first_name": "李", "is_active": "on"}
    )

    assert changed.status_code == 302
    assert (
        theirs.post("/accounts/login/", {"login": person.username, "password": "heron-Wetland-77"}).status_code == 302
    )


@pytest.mark.parametrize("name", ["张三", "li.si-2@nx", "王wu_3+", "\u3a66\U00020000"])
def test_name_that_an_official_needs_is_taken(name):
    call_command("make_official", name, "--role", "reader")

    assert User.objects.filter(username=name).exists()


def test_province_role_needs_a_province(client, manager):
    response = client.post(f"{USERS}add/", {"username": "li", "roles": [group("省级编辑").pk]})

    assert "省级编辑须指定至少一个省级单位。" in response.text
    assert not User.objects.filter(username="li").exists()


@pytest.mark.once
@pytest.mark.parametrize(
    "extra",
    [
        {"is_superuser": "on"},
        {"is_staff": "on", "user_permissions": ["1", "2"]},
        {"permissions": ["1"]},
        {"password": "x", "password1": "x", "usable_password": "false"},
        {"groups": ["1", "2", "3", "4"]},
    ],
)
def test_manager_can_not_give_what_is_no_role(client, manager, extra):
    other = make.make_official("某")

    client.post(change(other), person_data(other) | extra)
    client.post(f"{USERS}add/", {"username": "new"} | extra)

    for user in (other, User.objects.get(username="new")):
        user = User.objects.get(pk=user.pk)
        assert not user.is_superuser
        assert not user.user_permissions.exists()
        assert not user.groups.exists()
        assert user.get_all_permissions() == set()
    assert User.objects.get(pk=other.pk).password == other.password


def test_manager_can_not_give_a_group_that_is_no_role(client, manager):
    other, more = make.make_official("某"), Group.objects.create(name="特权")

    response = client.post(change(other), person_data(other, roles=[more.pk]))

    assert response.status_code == 200
    assert not other.groups.exists()


def test_manager_can_not_change_their_own_account(client, manager):
    response = client.post(change(manager), person_data(manager, roles=[g.pk for g in Group.objects.all()]))

    assert response.status_code == 403
    assert client.get(f"{USERS}{manager.pk}/reset/").status_code == 403
    assert [each.name for each in manager.groups.all()] == ["管理员"]


@pytest.fixture(params=["superuser", "own right", "other group"])
def mighty(request):
    """Somebody who holds more than roles: taking over their account would be more than a 管理员 has."""
    user = make.make_official("强", is_superuser=request.param == "superuser")
    if request.param == "own right":
        user.user_permissions.add(Permission.objects.get(codename="delete_user"))
    if request.param == "other group":
        user.groups.add(Group.objects.create(name="特权"))
    return user


@pytest.mark.once
@pytest.mark.parametrize("page", ["change", "reset", "delete", "history"])
def test_manager_reaches_nobody_who_holds_more(client, manager, mighty, page):
    url, before = f"{USERS}{mighty.pk}/{page}/", User.objects.filter(pk=mighty.pk).values().get()

    assert client.get(url).status_code in (302, 403, 404)
    assert client.post(url, person_data(mighty, is_active="") | {"post": "yes"}).status_code in (302, 403, 404)

    assert User.objects.filter(pk=mighty.pk).values().get() == before
    assert mighty.username not in client.get(USERS).text


@pytest.mark.parametrize("lookup", ["password__startswith", "is_superuser", "email__contains", "user_permissions"])
def test_accounts_are_not_asked_about_their_secrets(client, manager, lookup):
    assert client.get(USERS, {lookup: "p"}).status_code == 400


@pytest.mark.parametrize(
    "path", ["/admin/auth/permission/", "/admin/mfa/authenticator/", "/admin/account/emailaddress/"]
)
def test_permissions_and_secrets_have_no_page(admin_client, path):
    assert admin_client.get(path).status_code == 404


def test_nobody_deletes_an_account(admin_client):
    other = make.make_official("某")

    assert admin_client.post(f"{USERS}{other.pk}/delete/", {"post": "yes"}).status_code == 403
    admin_client.post(USERS, {"action": "delete_selected", "_selected_action": [other.pk], "post": "yes"})
    assert User.objects.filter(pk=other.pk).exists()
    with pytest.raises(ProtectedError):
        other.delete()


@pytest.mark.once
def test_reset_gives_a_one_time_password_and_says_so_in_the_history(client, manager):
    other = make.make_official("某", "只读")
    assert "重置密码" in client.get(change(other)).text
    assert client.get(f"{USERS}{'9' * 5000}/reset/").status_code == 404
    assert "手机和恢复码都丢失" in client.get(f"{USERS}{other.pk}/reset/").text

    response = client.post(f"{USERS}{other.pk}/reset/", {"second_step": "on"})

    other.refresh_from_db()
    assert other.check_password(re.search(r"<code>(\S{20})</code>", response.text)[1])
    assert other.official.must_change_password
    assert LogEntry.objects.get().get_change_message() == "重置密码并解除两步验证。"
    assert "重置密码并解除两步验证。" in client.get(f"{USERS}{other.pk}/history/").text


@pytest.mark.once
@pytest.mark.parametrize("changes", [{"is_active": ""}, {"roles": []}, {"provinces": ["liaoning", "beijing"]}])
def test_sessions_end_when_rights_change(manager, client, changes):
    other, theirs = make.make_official("某", "省级编辑", "liaoning"), Client()
    theirs.force_login(other)
    assert theirs.get("/admin/").status_code == 200
    if "provinces" in changes:
        changes = {"provinces": [Province.objects.get(slug=slug).pk for slug in changes["provinces"]]}

    assert client.post(change(other), person_data(other) | changes).status_code == 302

    assert theirs.get("/admin/").status_code == 302
    User.objects.filter(pk=other.pk).update(is_active=True, is_staff=True)
    assert theirs.get("/admin/").status_code == 302


@pytest.mark.once
def test_save_that_changes_no_right_ends_no_session(manager, client):
    other, theirs = make.make_official("某", "省级编辑", "liaoning"), Client()
    theirs.force_login(other)

    client.post(change(other), person_data(other, first_name="新名"))

    assert theirs.get("/admin/").status_code == 200


def test_list_of_accounts_takes_the_same_queries_whatever_their_number(
    client, manager, django_assert_max_num_queries
):
    client.get(USERS)
    with django_assert_max_num_queries(20) as few:
        client.get(USERS)
    for n in range(20):
        make.make_official(f"某{n}", "省级编辑", "liaoning", "dalian")
    with django_assert_max_num_queries(20) as many:
        client.get(USERS)

    assert len(many) == len(few)


# make_official


def made(capsys, *arguments):
    call_command("make_official", *arguments)
    return re.search(r"用户名 (\S+)，角色 (\S+)，一次性密码 (\S{20}) ，只显示这一次", capsys.readouterr().out)


def test_make_official_makes_an_account(capsys):
    name, role, password = made(capsys, "zhang", "--role", "省级编辑", "--province", "zhejiang", "hebei").groups()

    user = User.objects.get(username=name)
    assert (name, role) == ("zhang", "省级编辑")
    assert user.check_password(password)
    assert user.is_staff
    assert not user.is_superuser
    assert user.official.must_change_password
    assert {unit.slug for unit in user.official.provinces.all()} == {"zhejiang", "hebei"}


@pytest.mark.parametrize(("slug", "name"), [(role.slug, role.name) for role in roles.ROLES.values()])
def test_make_official_takes_short_names_of_roles(capsys, slug, name):
    provinces = ["--province", "zhejiang"] if slug == "province" else []

    assert made(capsys, "zhang", "--role", slug, *provinces)[2] == name


@pytest.mark.parametrize("option", [[], ["--second-step"]])
def test_reset_official_lets_back_in_who_lost_the_way(capsys, option):
    user = make.make_official("li", "管理员", password="heron-Wetland-77")
    Authenticator.objects.create(user=user, type="totp", data={"secret": "x"})

    call_command("reset_official", "li", *option)

    user.refresh_from_db()
    assert user.check_password(re.search(r"一次性密码 (\S{20}) ，", capsys.readouterr().out)[1])
    assert user.official.must_change_password
    assert Authenticator.objects.exists() is not bool(option)
    with pytest.raises(CommandError, match="没有“wu”这个账号。"):
        call_command("reset_official", "wu")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "须用 --role 写明角色"),
        (["zhang"], "须用 --role 写明角色"),
        (["zhang", "--role", "king"], "没有“king”这个角色"),
        (["zhang", "--role", "province"], "须用 --province 写明"),
        (["zhang", "--role", "reader", "--province", "hebei"], "只有省级编辑才写 --province"),
        (["zhang", "--role", "province", "--province", "mars", "hebei"], "没有这些省级单位：mars。"),
        (["", "--role", "reader"], "用户名“”不能用"),
        (["某 人", "--role", "reader"], "用户名“某 人”不能用"),
        (["taken", "--role", "reader"], "用户名“taken”不能用：已存在"),
        (["TAKEN", "--role", "reader"], "用户名“TAKEN”不能用：已存在"),
        (["x" * 200, "--role", "reader"], "不能用"),
    ],
)
def test_make_official_tells_bad_input_in_one_line(arguments, said):
    User.objects.create_user("taken")

    with pytest.raises(CommandError) as error:
        call_command("make_official", *arguments)

    assert said in str(error.value)
    assert "\n" not in str(error.value)
    assert error.value.returncode == 1
    assert User.objects.count() == 1
