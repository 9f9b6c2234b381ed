"""Security events: what is written of who came in and whose rights changed, who reads it, and that it stays."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.db.models import ProtectedError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from selectolax.lexbor import LexborHTMLParser

from pilots.accounts.events import failed, locked, tries
from pilots.models import EventKind, Official, Region, SecurityEvent

from . import factories as make
from .forms import fields
from .sheets import body, bring, csv_of, place, write
from .signing_in import CHANGE, ENROL, LOGIN, OTHER, PASSWORD, code, enrol, sign_in
from .visits import ROUTES

pytestmark = pytest.mark.django_db
LIST = "/admin/pilots/securityevent/"
USERS = "/admin/auth/user/"
CODE = "/accounts/2fa/authenticate/"


@pytest.fixture
def official():
    return make.make_official("wang", "部委编辑", password=PASSWORD)


@pytest.fixture
def auditor(client):
    client.force_login(make.make_official("审", "安全审计员"))
    return client


def events(*kinds):
    """Return the events of those kinds in the order of time."""
    return list(SecurityEvent.objects.filter(kind__in=kinds or EventKind.values).order_by("pk"))


def told(*kinds):
    return [(event.kind, event.name, event.person and event.person.username) for event in events(*kinds)]


# What is written


def test_coming_in_and_going_out_is_written(client, official):
    client = Client(REMOTE_ADDR="192.0.2.7")
    sign_in(client, "wang", "no")
    sign_in(client, "Nobody", "no")
    sign_in(client)
    client.post("/accounts/logout/")

    assert told() == [
        ("failed", "wang", "wang"),
        ("failed", "Nobody", None),
        ("signed_in", "wang", "wang"),
        ("ended", "wang", "wang"),
    ]
    assert {event.remote_addr for event in events()} == {"192.0.2.7"}
    assert [event.actor for event in events()] == [None, None, official, official]
    assert PASSWORD not in str([vars(event) for event in events()])


def test_lock_is_written_once_while_it_lasts(client, official):
    for _ in range(9):
        sign_in(client, "WANG", "no")

    assert told() == [("failed", "WANG", "wang")] * 5 + [("locked", "WANG", "wang")]


def test_made_up_names_are_bounded_and_the_attack_is_seen(official, auditor, monkeypatch):
    monkeypatch.setattr("pilots.accounts.events.MOST_TRIES", 3)
    for n in range(101):
        failed({"username": f"made-up-{n}"})
    sign_in(Client(), "wang", "no")

    names = [name for _, name, _ in told("failed")]
    assert names == [*(f"made-up-{n}" for n in (0, 1, 2, 9, 99)), "wang"]  # an account's are counted for themselves
    text = auditor.get(LIST).text
    assert "用没有的用户名试了 3 次，此后不逐条记" in text
    assert "用没有的用户名试了 100 次" in text


def test_tries_of_one_account_from_ever_new_addresses_are_bounded(official, rf, monkeypatch):
    monkeypatch.setattr("pilots.accounts.events.MOST_TRIES", 3)
    for number in range(101):
        locked(rf.get("/", REMOTE_ADDR=f"2001:db8::{number:x}"), "Wang")
    failed({"username": "nobody"})

    written = [(event.name, event.detail.partition("，此后")[0]) for event in events("locked")]
    assert [name for name, _ in written] == ["Wang"] * 5
    assert written[-1][1] == "这一小时里，用这个用户名试了 100 次"
    assert told("failed") == [("failed", "nobody", None)]
    assert "次数多时不逐条记" in tries(official, None)


@pytest.mark.once
def test_name_that_was_tried_can_not_pass_for_another(client):
    sign_in(client, "a\u202e\u200bb\x1b" + "长" * 140, "no")

    assert events("failed")[0].name == "a\\u202e\\u200bb\\u001b" + "长" * 130


def test_second_step_is_written(client, official, django_capture_on_commit_callbacks):
    secret, codes = enrol(official)
    sign_in(client)
    client.post(CODE, {"code": "000000"})
    client.post(CODE, {"code": codes[0]})
    assert told("signed_in", "step_failed", "step_used") == [
        ("step_failed", "wang", "wang"),
        ("step_used", "wang", "wang"),
        ("signed_in", "wang", "wang"),
    ]
    assert [event.detail for event in events("step_used")] == ["恢复码"]

    with django_capture_on_commit_callbacks(execute=True):
        client.post("/accounts/2fa/recovery-codes/generate/")
    client.post("/accounts/2fa/totp/deactivate/")
    client.get(ENROL)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(ENROL, {"code": code(client.session["mfa.totp.secret"])})

    done = events("step_set", "step_removed")
    assert [(event.kind, event.detail) for event in done] == [
        ("step_set", "恢复码"),
        ("step_removed", "验证器应用"),
        ("step_set", "验证器应用"),
    ]
    assert secret not in str([vars(event) for event in events()])


def test_codes_that_are_not_looked_at_any_more_are_a_lock(client, official):
    enrol(official)
    sign_in(client)
    for _ in range(8):
        client.post(CODE, {"code": "000000"})

    assert told("step_failed", "locked") == [("step_failed", "wang", "wang")] * 5 + [("locked", "wang", "wang")]


def test_changed_password_is_written(client, official):
    sign_in(client)
    client.post(CHANGE, {"oldpassword": PASSWORD, "password1": OTHER, "password2": OTHER})

    assert told("password_changed") == [("password_changed", "wang", "wang")]


def test_files_taken_and_brought_are_written(client, official):
    client.force_login(official)
    body(client.get(place(Region, "csv"), {"q": "湿地"}))
    write(client, bring(client, csv_of(["地址名", "说明"], ["liaoning-benxi", "甲"])))

    done = events("exported", "imported")
    assert [(event.kind, event.name) for event in done] == [("exported", "wang"), ("imported", "wang")]
    assert re.fullmatch("先行示范地区，CSV，[0-9]+ 行，搜索“湿地”", done[0].detail)
    assert done[1].detail == "更正 1 条先行示范地区"


@pytest.fixture
def manager(client):
    client.force_login(make.make_official("管", "管理员"))
    return client


def change(client, person, **values):
    """Open the form of an account, change it, and save it."""
    url = f"{USERS}{person.pk}/change/"
    return client.post(url, fields(client.get(url).text) | values)


def pk_of(role):
    return Group.objects.get(name=role).pk


def test_changed_rights_are_written_from_what_to_what(manager):
    person = make.make_official("某", "只读")
    liaoning = Official.provinces.field.related_model.objects.get(slug="liaoning")

    change(manager, person, roles=[pk_of("省级编辑")], provinces=[liaoning.pk])

    detail = "角色：只读 → 省级编辑；负责的省级单位：无 → 辽宁省"
    [event] = events("rights")
    assert (event.name, event.actor.username, event.detail) == ("某", "管", detail)
    history = manager.get(f"{USERS}{person.pk}/history/").text
    assert detail in history
    User.objects.filter(pk=person.pk).update(is_active=True)
    change(manager, person, is_active=[])
    assert events("rights")[-1].detail == "启用：是 → 否"


def test_save_that_changes_nothing_is_no_event(manager):
    change(manager, make.make_official("某", "只读"))

    assert events("rights") == []


def test_account_that_is_made_or_reset_is_written(manager, capsys):
    manager.post(f"{USERS}add/", {"username": "li", "roles": [pk_of("只读")]})
    person = User.objects.get(username="li")
    enrol(person)
    call_command("make_official", "zhao", "--role", "province", "--province", "hebei")
    call_command("reset_official", "li", "--second-step")

    assert [(event.name, event.detail) for event in events("rights")] == [
        ("li", "建立账号；用户名：无 → li；角色：无 → 只读"),
        ("zhao", "建立账号；角色：省级编辑；负责的省级单位：河北省"),
    ]
    assert told("password_reset", "step_removed") == [("password_reset", "li", "li"), ("step_removed", "li", "li")]
    assert {event.actor for event in events("password_reset", "step_removed")} == {None}


# Who signs in is told


def test_owner_is_told_of_tries_at_the_next_sign_in(official):
    for n in range(7):
        sign_in(Client(REMOTE_ADDR="192.0.2.66"), "Wang", f"no{n}")

    text = Client().post(LOGIN, {"login": "wang", "password": PASSWORD}, follow=True).text

    assert re.search(
        r"上次登录以来，您的账号登录失败 5 次、锁定 1 次，最近一次在\S+ [\d:]+（来自 192.0.2.66）。不是您本人", text
    )
    again = Client().post(LOGIN, {"login": "wang", "password": PASSWORD}, follow=True)
    assert "上次登录以来" not in again.text


def test_owner_is_told_of_what_others_changed_and_of_nothing_else(official, manager):
    change(manager, official, first_name="王某")
    manager.post(f"{USERS}{official.pk}/reset/")
    official.set_password(PASSWORD)
    official.save()

    response = Client().post(LOGIN, {"login": "wang", "password": PASSWORD}, follow=True)

    lines = [str(message) for message in response.context["messages"]]
    assert len(lines) == 3  # the last: signed in
    assert lines[0].endswith("，账号变更：姓名：无 → 王某")
    assert lines[1].endswith("，重置密码：一次性密码，其他登录已结束")
    own = Client().post(LOGIN, {"login": "wang", "password": PASSWORD}, follow=True)
    assert "重置密码：" not in own.text


# It stays


def run(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)


REWRITES = {
    "update": lambda: SecurityEvent.objects.update(detail="x"),
    "delete": lambda: SecurityEvent.objects.all().delete(),
    "raw update": lambda: run("UPDATE pilots_securityevent SET detail = 'x'"),
    "raw delete": lambda: run("DELETE FROM pilots_securityevent"),
    "in place of": {
        "sqlite": lambda: run("INSERT OR REPLACE INTO pilots_securityevent SELECT * FROM pilots_securityevent"),
        "postgresql": lambda: run("SET CONSTRAINTS ALL IMMEDIATE; TRUNCATE pilots_securityevent"),
    }[connection.vendor],
}


@pytest.mark.parametrize("way", REWRITES)
def test_events_are_never_rewritten(way):
    SecurityEvent.objects.create(kind="failed", name="wang")

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        REWRITES[way]()

    assert SecurityEvent.objects.get().detail == ""


@pytest.mark.parametrize(("days", "is_there"), [(0, True), (366, True), (399, True), (401, False), (2000, False)])
def test_events_go_after_four_hundred_days_and_not_before(capsys, days, is_there):
    SecurityEvent.objects.create(kind="failed", name="wang", at=timezone.now() - timedelta(days=days))

    call_command("clear_events")

    assert SecurityEvent.objects.exists() is is_there
    assert capsys.readouterr().out == f"删去 {0 if is_there else 1} 条安全事件\n"
    if is_there:
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            SecurityEvent.objects.all().delete()


def test_people_with_events_can_not_be_deleted(official):
    SecurityEvent.objects.create(kind="signed_in", name="wang", person=official)

    with pytest.raises(ProtectedError):
        official.delete()


# Who reads it


@pytest.mark.once
@pytest.mark.parametrize("role", [("部委编辑",), ("省级编辑", "liaoning"), ("只读",), ("管理员",), ()])
def test_nobody_but_the_auditor_reads_events(client, role):
    client.force_login(make.make_official("人", *role))
    event = events()[0]

    for path in (LIST, f"{LIST}{event.pk}/change/", f"{LIST}{event.pk}/history/", f"{LIST}add/"):
        assert client.get(path).status_code == client.post(path, {"action": "x"}).status_code == 403, path
    assert "安全事件" not in client.get("/admin/").text
    assert Client().get(LIST).status_code == 302


def test_auditor_reads_events_and_changes_none(auditor):
    sign_in(Client(REMOTE_ADDR="192.0.2.9"), "<b>x</b>", "no")
    event = events("failed")[0]

    text = auditor.get(LIST).text

    assert "192.0.2.9" in text
    assert "&lt;b&gt;x&lt;/b&gt;" in text
    assert "<b>x</b>" not in text
    assert 'name="_save"' not in auditor.get(f"{LIST}{event.pk}/change/").text
    assert USERS not in auditor.get(f"{LIST}{events('signed_in')[0].pk}/change/").text
    page = f"{LIST}{event.pk}/change/"
    assert LexborHTMLParser(text).css_first(f"th a[href='{page}']")
    by = [node.text(strip=True) for node in LexborHTMLParser(auditor.get(page).text).css(".field-by .readonly")]
    assert by == ["没有：在登录以前，或由运维命令"]
    for page in (f"{event.pk}/change/", f"{event.pk}/delete/", "add/"):
        assert auditor.post(f"{LIST}{page}", {"detail": "x", "post": "yes"}).status_code == 403
    auditor.post(LIST, {"action": "delete_selected", "_selected_action": [event.pk], "post": "yes"})
    assert SecurityEvent.objects.get(pk=event.pk).detail == ""


@pytest.mark.once
def test_auditor_reaches_nothing_else(auditor):
    """Every address of the admin that has no key in it, and of each model the first row."""
    opened = set()
    for route in ROUTES:
        if route.startswith("admin/") and "(?P<" not in route:
            path = "/" + re.sub("<[^>]+>", "1", route)
            if auditor.get(path).status_code == 200:
                opened.add(path)

    event = SecurityEvent.objects.order_by("pk").first()
    rows = {f"{LIST}1/{page}/" for page in ("change", "history")} if event.pk == 1 else set()
    assert opened - rows == {"/admin/", "/admin/help/", "/admin/jsi18n/", "/admin/password_change/done/", LIST}


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 4),
        ("?kind__exact=failed", 2),
        ("?q=192.0.2.9", 2),
        ("?q=wang", 3),
        ("?at__gte=2015-01-01+00:00:00%2B08:00&at__lt=2015-12-31+00:00:00%2B08:00", 0),
        ("?at__year=2015", 0),
        ("?person__id__exact={pk}", 3),
        ("?actor__isnull=True", 2),
    ],
)
def test_events_are_found_by_kind_person_and_time(auditor, official, query, count):
    for name in ("wang", "x"):
        sign_in(Client(REMOTE_ADDR="192.0.2.9"), name, "no")
    client = Client()
    sign_in(client)
    client.post("/accounts/logout/")
    theirs = SecurityEvent.objects.exclude(name="审")

    rows = auditor.get(LIST + query.format(pk=official.pk)).context["cl"].queryset

    assert len([row for row in rows if row.name != "审"]) == count
    assert theirs.count() == 4


@pytest.mark.once
@pytest.mark.parametrize("query", ["person__password__startswith=x", "person__is_superuser=1", "name__startswith=w"])
def test_events_are_not_asked_about_secrets(auditor, query):
    assert auditor.get(f"{LIST}?{query}").status_code == 400


def test_list_of_events_takes_the_same_queries_whatever_their_number(auditor, official, django_assert_num_queries):
    auditor.get(LIST)
    with django_assert_num_queries(12):
        auditor.get(LIST)
    for n in range(60):
        SecurityEvent.objects.create(kind="failed", name=f"n{n}", person=official, actor=official)
    with django_assert_num_queries(12):
        auditor.get(LIST)


def test_auditor_has_no_other_role(manager):
    both = {"username": "li", "roles": [pk_of("安全审计员"), pk_of("部委编辑")]}

    assert "安全审计员不兼任其他角色" in manager.post(f"{USERS}add/", both).text
    assert not User.objects.filter(username="li").exists()


def test_auditor_is_made_by_command(capsys):
    call_command("make_official", "shen", "--role", "auditor")

    client = Client()
    client.force_login(User.objects.get(username="shen"))
    Official.objects.update(must_change_password=False)
    assert client.get(reverse("admin:pilots_securityevent_changelist")).status_code == 200
