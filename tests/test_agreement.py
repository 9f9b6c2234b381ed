"""What a 管理员 does to accounts only with another's agreement, and every way round it that we could think of."""

import re

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from pilots.models import AccountRequest, Province, SecurityEvent

from . import factories as make
from .forms import fields
from .signing_in import LOGIN, PASSWORD, enrol, sign_in

pytestmark = pytest.mark.django_db
USERS = "/admin/auth/user/"


def manager(name, **options):
    """Return a browser in which a 管理员 is signed in."""
    client = Client()
    client.force_login(make.make_official(name, **{"role": "管理员"} | options))
    return client


@pytest.fixture
def one():
    return manager("管")


@pytest.fixture
def two():
    return manager("管二")


@pytest.fixture
def official():
    return make.make_official("wang", "只读", password=PASSWORD)


def pks(*roles):
    return [group.pk for group in Group.objects.filter(name__in=roles)]


def roles(person):
    return sorted(group.name for group in person.groups.all())


def change(client, person, **values):
    """Open the form of an account, change it, and save it."""
    url = f"{USERS}{person.pk}/change/"
    return client.post(url, fields(client.get(url).text) | values, follow=True)


def reset(client, person, **values):
    return client.post(f"{USERS}{person.pk}/reset/", values)


def decide(client, person, answer="agree", asked=None):
    asked = asked or AccountRequest.objects.filter(person=person).first()
    return client.post(f"{USERS}{person.pk}/agree/", {"asked": getattr(asked, "pk", 0), answer: "x"})


def code_in(response):
    return re.search(r"<code>(\S+)</code>", response.text)[1]


def gets_in(name, password):
    return sign_in(Client(), name, password).status_code == 302


# A name


@pytest.mark.once
def test_name_of_an_account_stays_and_what_waits_is_of_that_name(one, two, official):
    change(one, official, roles=pks("部委编辑"))
    assert official.requests.exists()

    change(one, official, username="bu")
    official.refresh_from_db()
    assert official.username == "wang"
    assert official.requests.exists()

    change(two, User.objects.get(username="管"), username="guan2zz")
    assert User.objects.filter(username="管").exists()

    change(one, official, first_name="部里的李")
    assert not official.requests.exists()


@pytest.mark.once
def test_superuser_who_renames_drops_what_waits(one, two, official, admin_client):
    change(one, official, roles=pks("部委编辑"))

    change(admin_client, official, username="wang2")

    official.refresh_from_db()
    assert official.username == "wang2"
    assert not official.requests.exists()


def test_accounts_are_saved_one_after_the_other(one):
    """Two who make accounts at once, names apart by case, see each other's: on SQLite any two who write do."""
    with CaptureQueriesContext(connection) as queries:
        one.post(f"{USERS}add/", {"username": "li", "roles": pks("只读")})

    locked = [query["sql"] for query in queries if "auth_group" in query["sql"] and "FOR UPDATE" in query["sql"]]
    assert len(locked) == connection.features.has_select_for_update


# A new account


def test_new_account_waits_for_the_second_manager(one, two):
    response = one.post(f"{USERS}add/", {"username": "li", "roles": pks("部委编辑")})
    person, first = User.objects.get(username="li"), code_in(response)

    assert "一次性密码的前一半" in response.text
    assert (person.is_active, person.is_staff, roles(person)) == (False, False, [])
    assert not person.has_usable_password()
    assert "1 项变更待同意" in two.get(USERS).text
    assert "角色：无 → 部委编辑" in two.get(f"{USERS}{person.pk}/agree/").text

    response = decide(two, person)
    second = code_in(response)

    person = User.objects.get(pk=person.pk)
    assert (person.is_active, person.is_staff, roles(person)) == (True, True, ["部委编辑"])
    assert [len(first), len(second)] == [10, 10]
    assert [gets_in("li", password) for password in (first, second, first + second)] == [False, False, True]
    assert person.official.must_change_password
    assert "no-store" in response.headers["Cache-Control"]
    assert not AccountRequest.objects.exists()
    assert [event.detail for event in SecurityEvent.objects.filter(kind="rights").order_by("pk")] == [
        "提出，待另一位管理员同意：建立账号；用户名：无 → li；角色：无 → 部委编辑",
        "建立账号；用户名：无 → li；角色：无 → 部委编辑（管 提出，管二 同意）",
    ]


def test_first_page_leads_the_second_manager_to_what_waits(one, two, official):
    change(one, official, roles=pks("部委编辑"))

    address = f"{USERS}{official.pk}/agree/"
    assert [address in client.get("/admin/").text for client in (one, two)] == [False, True]
    assert two.get(address).status_code == 200
    own = one.get("/admin/").text
    assert "等另一位管理员同意" in own
    assert f'<a href="{USERS}{official.pk}/change/">{official}：' in own
    assert "等另一位管理员同意" not in two.get("/admin/").text
    theirs = Client()
    theirs.force_login(official)
    assert "待您同意" not in theirs.get("/admin/").text


def test_half_of_a_password_is_closed_in_the_database(one, two):
    half = code_in(one.post(f"{USERS}add/", {"username": "li", "roles": pks("只读")}))

    assert half not in AccountRequest.objects.get().half
    for page in (one.get(USERS), two.get(f"{USERS}{User.objects.get(username='li').pk}/agree/")):
        assert half not in page.text


def test_new_account_waits_for_nobody_where_there_is_no_second(one):
    response = one.post(f"{USERS}add/", {"username": "li", "roles": pks("只读")})

    assert gets_in("li", code_in(response))


def test_superuser_who_holds_everything_gives_at_once(admin_client, two):
    response = admin_client.post(f"{USERS}add/", {"username": "li", "roles": pks("只读")})

    assert gets_in("li", code_in(response))


# More rights


@pytest.mark.once
def test_role_that_is_added_waits_and_the_rest_is_saved(one, two, official):
    text = change(one, official, roles=pks("只读", "部委编辑"), first_name="王某").text

    official.refresh_from_db()
    assert "待另一位管理员同意后生效" in text
    assert (official.first_name, roles(official)) == ("王某", ["只读"])
    decide(two, official)
    assert roles(official) == ["只读", "部委编辑"]
    history = two.get(f"{USERS}{official.pk}/history/").text
    assert "姓名：无 → 王某；待另一位管理员同意：角色：只读 → " in history
    assert "（管 提出）" in history


@pytest.mark.once
@pytest.mark.parametrize("what", ["province", "opened"])
def test_province_and_an_account_opened_again_wait(one, two, what):
    person = make.make_official("li", "省级编辑", "liaoning")
    provinces = list(Province.objects.filter(slug__in=["liaoning", "beijing"]).values_list("pk", flat=True))
    if what == "opened":
        User.objects.filter(pk=person.pk).update(is_active=False)

    change(one, person, **({"provinces": provinces} if what == "province" else {"is_active": "on"}))

    person = User.objects.get(pk=person.pk)
    assert (person.official.provinces.count(), person.is_active) == (1, what == "province")
    decide(two, person)
    person = User.objects.get(pk=person.pk)
    assert (person.official.provinces.count(), person.is_active) == (2 if what == "province" else 1, True)


@pytest.mark.once
def test_rights_that_are_taken_do_not_wait_and_void_what_does(one, two):
    person = make.make_official("li", "只读", also="省级编辑")
    change(one, person, roles=pks("只读", "部委编辑"))
    asked = AccountRequest.objects.get()

    change(two, person, roles=[], is_active=[])

    assert roles(person) == []
    assert decide(two, person, asked=asked).status_code == 404
    assert roles(person) == []


# A second step


@pytest.mark.once
def test_second_step_is_taken_away_by_two_and_its_owner_is_told(one, two, official):
    enrol(official)
    first = code_in(reset(one, official, second_step="on"))
    assert Authenticator.objects.filter(user=official).exists()
    assert gets_in("wang", PASSWORD)

    second = code_in(decide(two, official))

    assert not Authenticator.objects.filter(user=official).exists()
    response = Client().post(LOGIN, {"login": "wang", "password": first + second}, follow=True)
    told = [str(message) for message in response.context["messages"]]
    assert any("解除两步验证：由他人解除" in line for line in told)
    assert any("重置密码并解除两步验证（管 提出，管二 同意）" in line for line in told)


@pytest.mark.once
def test_second_step_is_not_taken_away_by_one_alone_but_by_the_command(one, official, capsys):
    enrol(official)

    response = reset(one, official, second_step="on")

    assert "reset_official" in response.text
    assert Authenticator.objects.filter(user=official).exists()
    assert gets_in("wang", PASSWORD)
    call_command("reset_official", "wang", "--second-step")
    assert not Authenticator.objects.filter(user=official).exists()


def test_superuser_takes_no_second_step_away_alone(admin_client, official):
    enrol(official)

    assert "reset_official" in reset(admin_client, official, second_step="on").text
    assert Authenticator.objects.filter(user=official).exists()


def test_password_alone_is_reset_by_one_where_a_second_step_stands(one, two, official):
    enrol(official)

    password = code_in(reset(one, official))

    assert len(password) == 20
    assert sign_in(Client(), "wang", password).headers["Location"] == "/accounts/2fa/authenticate/"


@pytest.mark.once
def test_password_without_a_second_step_is_reset_by_two(one, two, official):
    half = code_in(reset(one, official))

    assert gets_in("wang", PASSWORD)
    password = half + code_in(decide(two, official))
    assert not gets_in("wang", PASSWORD)
    assert gets_in("wang", password)


# Who decides


@pytest.mark.once
@pytest.mark.parametrize("answer", ["agree", "drop"])
def test_nobody_agrees_to_what_they_asked_themselves_and_may_take_it_back(one, two, official, answer):
    change(one, official, roles=pks("部委编辑"))

    response = decide(one, official, answer)

    assert roles(official) == ["只读"]
    expected = (403, True) if answer == "agree" else (302, False)
    assert (response.status_code, AccountRequest.objects.exists()) == expected


@pytest.mark.once
def test_what_is_not_agreed_to_is_dropped_and_written(one, two, official):
    change(one, official, roles=pks("部委编辑"))

    decide(two, official, "drop")

    assert roles(official) == ["只读"]
    assert SecurityEvent.objects.first().detail == "不同意：角色：只读 → 部委编辑（管 提出）"
    assert decide(two, official).status_code == 404


@pytest.mark.once
def test_what_is_asked_anew_is_agreed_to_anew(one, two, official):
    change(one, official, roles=pks("省级编辑"), provinces=[Province.objects.first().pk])
    asked = AccountRequest.objects.get()
    change(one, official, roles=pks("部委编辑"))

    assert decide(two, official, asked=asked).status_code == 404
    assert AccountRequest.objects.count() == 1
    assert roles(official) == ["只读"]


@pytest.mark.once
def test_what_somebody_asked_who_was_stopped_is_void(one, two, official):
    change(one, official, roles=pks("部委编辑"))
    User.objects.filter(username="管").update(is_active=False)

    assert decide(two, official).status_code == 404
    assert "待同意" not in two.get(f"{USERS}{official.pk}/change/").text


@pytest.mark.once
@pytest.mark.parametrize("role", [("部委编辑",), ("省级编辑", "liaoning"), ("只读",), ("安全审计员",), ()])
def test_nobody_else_sees_or_decides_what_waits(one, two, official, role):
    change(one, official, roles=pks("部委编辑"))
    other = Client()
    other.force_login(make.make_official("人", *role))

    assert other.get(f"{USERS}{official.pk}/agree/").status_code in (302, 403, 404)
    assert decide(other, official).status_code in (302, 403, 404)
    assert decide(Client(), official).status_code == 302
    assert roles(official) == ["只读"]


@pytest.mark.once
@pytest.mark.parametrize("asked", ["", "x", "9" * 40, "\u00b2", "-1"])
def test_request_that_is_none_is_answered(one, official, asked):
    assert one.post(f"{USERS}{official.pk}/agree/", {"asked": asked, "agree": "x"}).status_code == 404


# By the back door


@pytest.mark.once
def test_manager_gives_herself_nothing_through_an_accomplice_that_she_made(one, two):
    """An account of hers waits; until then it can neither be opened, nor reset, nor be the second."""
    one.post(f"{USERS}add/", {"username": "mine", "roles": pks("管理员")})
    person = User.objects.get(username="mine")
    change(one, person, is_active="on", roles=pks("管理员", "部委编辑"))
    half = code_in(reset(one, person))

    decide(one, person)

    person = User.objects.get(pk=person.pk)
    assert (person.is_active, roles(person)) == (False, [])
    assert not gets_in("mine", half)


@pytest.mark.once
@pytest.mark.parametrize("values", [{"is_active": []}, {"roles": []}, {"roles": ["部委编辑"]}])
def test_other_manager_is_not_got_rid_of_by_one_alone(one, two, values):
    """Else she would be the only one, whom nobody has to agree with."""
    other = User.objects.get(username="管二")
    values = {name: pks(*value) if name == "roles" else value for name, value in values.items()}

    assert "reset_official" in change(one, other, **values).text
    assert "reset_official" in reset(one, other).text

    other = User.objects.get(pk=other.pk)
    assert (other.is_active, roles(other)) == (True, ["管理员"])
    three = manager("管三")
    change(one, other, **values)
    assert User.objects.get(pk=other.pk).is_active
    decide(three, other)
    assert (User.objects.get(pk=other.pk).is_active, roles(other)) != (True, ["管理员"])


@pytest.mark.once
@pytest.mark.parametrize("values", [{"is_active": []}, {"roles": []}])
def test_auditor_is_not_got_rid_of_by_one_alone_where_there_are_two(one, two, values):
    auditor = make.make_official("shen", "安全审计员")

    change(one, auditor, **values)

    assert (User.objects.get(pk=auditor.pk).is_active, roles(auditor)) == (True, ["安全审计员"])
    decide(two, auditor)
    assert (User.objects.get(pk=auditor.pk).is_active, roles(auditor)) != (True, ["安全审计员"])


@pytest.mark.once
def test_forged_decision_is_refused(one, two, official):
    change(one, official, roles=pks("部委编辑"))
    forged = Client(enforce_csrf_checks=True)
    forged.force_login(User.objects.get(username="管二"))

    assert decide(forged, official).status_code == 403
    assert forged.post("/accounts/sessions/").status_code == 403
    assert roles(official) == ["只读"]


@pytest.mark.once
def test_half_that_no_key_opens_is_told_and_may_be_dropped(one, two, official):
    reset(one, official)
    AccountRequest.objects.update(half="fernet:x")
    two.raise_request_exception = False

    assert decide(two, official).status_code == 503
    assert gets_in("wang", PASSWORD)
    assert decide(two, official, "drop").status_code == 302


@pytest.mark.once
def test_person_concerned_does_not_agree_to_more_rights_of_her_own(one, two):
    three, person = manager("管三"), User.objects.get(username="管二")
    change(one, person, roles=pks("管理员", "部委编辑"))

    assert decide(two, person).status_code == 403
    assert roles(person) == ["管理员"]
    decide(three, person)
    assert roles(person) == sorted(["管理员", "部委编辑"])


@pytest.mark.once
@pytest.mark.parametrize("page", ["change", "reset", "agree", "password", "delete"])
def test_manager_reaches_her_own_account_by_no_page(one, two, page):
    own = User.objects.get(username="管")
    AccountRequest.objects.create(
        person=own, asked_by=User.objects.get(username="管二"), detail="x",
        rights={"roles": ["部委编辑"], "provinces": [], "is_active": True},
    )  # fmt: skip

    for values in ({"roles": pks("部委编辑")}, {"asked": AccountRequest.objects.get().pk, "agree": "x"}):
        one.post(f"{USERS}{own.pk}/{page}/", values | {"username": "管", "is_active": "on", "post": "yes"})

    assert roles(own) == ["管理员"]


@pytest.mark.once
@pytest.mark.parametrize("path", ["permission/", "permission/add/", "group/add/", "group/1/change/"])
def test_manager_edits_neither_groups_nor_permissions(one, path):
    before = list(Group.objects.order_by("pk").values_list("pk", "permissions"))

    assert one.post(f"/admin/auth/{path}", {"name": "x", "permissions": ["1"]}).status_code in (
        403,
        404,
    )

    assert list(Group.objects.order_by("pk").values_list("pk", "permissions")) == before


@pytest.mark.once
def test_history_of_an_account_says_from_what_to_what(one):
    person = make.make_official("li", "省级编辑", "liaoning")

    change(one, person, roles=pks("部委编辑"), provinces=[], first_name="李")

    said = LogEntry.objects.get().get_change_message()
    assert said == "姓名：无 → 李；角色：省级编辑 → 部委编辑；负责的省级单位：辽宁省 → 无"
    assert said in one.get(f"{USERS}{person.pk}/history/").text
