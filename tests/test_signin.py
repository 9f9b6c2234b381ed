"""Signing in: with a second step, in Chinese, with limits; and sessions that end."""

import re
import time
from unittest import mock

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import validate_password
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import NoReverseMatch, reverse

from pilots.accounts import passwords, sessions
from pilots.accounts.roles import ROLES
from pilots.models import FormerPassword, Official

from . import factories as make
from .signing_in import CHANGE, ENROL, LOGIN, OTHER, PASSWORD, code, enrol, is_in, sign_in
from .visits import PAGES

pytestmark = pytest.mark.django_db
WRONG = "您提供的用户名或密码不正确"
TOO_MANY = "登录失败次数过多"


@pytest.fixture
def official():
    return make.make_official("wang", "部委编辑", password=PASSWORD)


# The pages


@pytest.mark.parametrize("path", [LOGIN, "/accounts/inactive/"])
def test_pages_of_signing_in_are_chinese_clean_and_not_kept(client, path):
    response = client.get(path)

    assert response.status_code == 200
    assert "no-store" in response.headers["Cache-Control"]
    looks_right(response.text)


def looks_right(text):
    assert '<html lang="zh-hans"' in text
    assert text.count("<h1") == 1
    assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>|<style|\sstyle=|\son\w+=|data:", text)
    assert not re.search(r">\s*(Sign|Log|Password|Username|Code|Confirm|Cancel)\b", text)


@pytest.mark.once
def test_pages_behind_signing_in_are_chinese_clean_and_not_kept(client, official):
    sign_in(client)
    enrolled = [CHANGE, "/accounts/2fa/", "/accounts/2fa/recovery-codes/", "/accounts/2fa/recovery-codes/generate/"]
    for path in (ENROL, "/accounts/reauthenticate/", "/accounts/logout/", "/accounts/2fa/"):
        looks_right(client.get(path).text)
    enrol(official)
    with mock.patch("pilots.accounts.adapter.AccountAdapter.is_reauthentication_required", return_value=False):
        for path in (*enrolled, "/accounts/2fa/totp/deactivate/", "/accounts/2fa/reauthenticate/"):
            response = client.get(path)
            assert response.status_code == 200, path
            assert "no-store" in response.headers["Cache-Control"]
            looks_right(response.text)


@pytest.mark.parametrize(
    "name",
    ["account_signup", "account_email", "account_reset_password", "account_set_password", "account_confirm_email"],
)
def test_pages_that_are_not_needed_do_not_exist(client, name):
    with pytest.raises(NoReverseMatch):
        reverse(name)


@pytest.mark.parametrize("path", ["signup/", "email/", "password/reset/", "password/set/", "", "2fa/webauthn/"])
def test_addresses_that_are_not_needed_answer_404(client, path):
    assert client.get(f"/accounts/{path}").status_code == 404


@pytest.mark.once
@pytest.mark.parametrize("path", PAGES)
def test_public_pages_do_not_know_who_is_signed_in(client, official, path):
    client.force_login(official)
    anonymous = Client().get(path)

    response = client.get(path)

    assert not response.cookies
    assert "Cookie" not in response.headers.get("Vary", "")
    assert "public" in response.headers["Cache-Control"]
    assert response.content == anonymous.content


@pytest.mark.once
@pytest.mark.parametrize("path", ["/nope/", "/accounts/nope/"])
def test_missing_pages_set_no_cookie(client, official, path):
    client.force_login(official)

    assert not client.get("/nope/").cookies


# With a name and a password


@pytest.mark.once
def test_admin_leads_to_the_one_way_in_and_back(client, official):
    response = client.get("/admin/pilots/region/", {"q": "水"}, follow=True)
    assert response.redirect_chain[-1][0].startswith(LOGIN)
    back = re.search(r'name="next" value="([^"]+)"', response.text)[1]

    assert sign_in(client, next=back).headers["Location"] == "/admin/pilots/region/?q=%E6%B0%B4"
    assert is_in(client)


def test_signing_in_leads_to_the_admin_by_default(client, official):
    assert sign_in(client).headers["Location"] == "/admin/"


@pytest.mark.once
@pytest.mark.parametrize("goal", ["https://example.com/", "//example.com/", "javascript:alert(1)"])
def test_signing_in_leads_to_no_other_site(client, official, goal):
    assert sign_in(client, next=goal).headers["Location"] == "/admin/"


def test_wrong_password_and_unknown_name_get_the_same_answer(client, official):
    known, unknown = sign_in(client, password="no"), sign_in(client, name="nobody", password="no")

    assert WRONG in known.text
    same = re.compile(r'value="(wang|nobody)"|name="csrfmiddlewaretoken" value="\w+"')
    assert same.sub("", known.text) == same.sub("", unknown.text)
    assert 'value="wang"' in known.text
    assert "no" not in re.findall(r'type="password"[^>]*value="([^"]*)"', known.text)


def test_inactive_account_is_told_only_to_who_knows_its_password(client, official):
    get_user_model().objects.update(is_active=False)

    assert WRONG in sign_in(client, password="no").text
    assert sign_in(client).headers["Location"] == "/accounts/inactive/"
    assert not is_in(client)


def test_account_without_a_role_is_told_so(client):
    get_user_model().objects.create_user("nobody", password=PASSWORD)

    assert "没有权限" in client.post(LOGIN, {"login": "nobody", "password": PASSWORD}, follow=True).text


def test_browser_in_english_gets_chinese(client, official):
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en-US,en"

    looks_right(client.get(LOGIN).text)
    assert WRONG in sign_in(client, password="no").text


# Limits


@pytest.mark.parametrize("name", ["wang", "nobody"])
def test_sixth_wrong_try_of_a_name_is_not_even_looked_at(client, official, name):
    for _ in range(5):
        assert WRONG in sign_in(client, name, "no").text

    assert TOO_MANY in sign_in(client, name, "no").text
    assert TOO_MANY in sign_in(client, name).text
    assert not is_in(client)


def test_limit_holds_whatever_the_case_and_locks_out_its_own_address_alone(client, official):
    for name in ("wang", "Wang", "WANG", " wang", "wAng"):
        sign_in(client, name, "no")

    assert TOO_MANY in sign_in(client).text
    right = {"login": "wang", "password": PASSWORD}
    assert TOO_MANY in client.post(LOGIN, right, HTTP_HOST="localhost").text
    assert sign_in(Client(REMOTE_ADDR="10.0.0.9")).status_code == 302


def test_name_is_limited_wherever_it_is_tried_from(official):
    """Fifty an hour, of which a right one is none; an address of IPv6 is its network of 64 bits."""
    for n in range(50):
        assert WRONG in sign_in(Client(REMOTE_ADDR=f"10.0.0.{n // 4}"), "Wang", "no").text
        if n == 20:
            assert sign_in(Client(REMOTE_ADDR="10.9.9.9")).status_code == 302

    assert TOO_MANY in sign_in(Client(REMOTE_ADDR="10.8.8.8")).text
    assert WRONG in sign_in(Client(REMOTE_ADDR="10.8.8.8"), "other", "no").text


def test_addresses_of_one_network_of_ipv6_are_one(official):
    for n in range(5):
        assert WRONG in sign_in(Client(REMOTE_ADDR=f"2001:db8::{n}"), "wang", "no").text

    assert TOO_MANY in sign_in(Client(REMOTE_ADDR="2001:db8::ffff")).text
    assert sign_in(Client(REMOTE_ADDR="2001:db8:0:1::")).status_code == 302


def test_one_address_is_limited_whatever_the_names(client, official):
    answers = [sign_in(client, f"name{n}", "no") for n in range(31)]

    assert TOO_MANY in answers[20].text
    assert answers[-1].status_code == 429
    assert "尝试次数过多" in answers[-1].text
    assert (
        answers[-1].headers["Cache-Control"].startswith("no-store")
        or "no-store" in answers[-1].headers["Cache-Control"]
    )


def test_forwarded_address_counts_only_behind_a_proxy(client, official, settings):
    for n in range(20):
        sign_in(client, f"name{n}", "no")
    assert TOO_MANY in client.post(LOGIN, {"login": "x", "password": "no"}, HTTP_X_FORWARDED_FOR="9.9.9.9").text

    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    answer = client.post(LOGIN, {"login": "x", "password": "no"}, HTTP_X_FORWARDED_FOR="6.6.6.6, 9.9.9.9")
    assert WRONG in answer.text


def test_limits_are_kept_where_every_process_looks():
    assert settings.CACHES["default"]["BACKEND"] == "pilots.accounts.counting.SharedCache"
    cache.set("tried", 3)

    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM pilots_cache WHERE cache_key LIKE %s", ["%tried"])
        assert cursor.fetchone() == (1,)


def test_cache_that_each_process_has_for_itself_is_warned_of(settings):
    from django.core.checks import run_checks

    assert "pilots.W001" not in [each.id for each in run_checks(include_deployment_checks=True)]
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

    assert "pilots.W001" in [each.id for each in run_checks(include_deployment_checks=True)]


# The second step


@pytest.fixture
def required(settings):
    settings.REQUIRE_MFA = True


@pytest.mark.once
def test_admin_opens_only_after_enrolment(client, official, required):
    response = client.post(LOGIN, {"login": "wang", "password": PASSWORD}, follow=True)
    assert response.redirect_chain[-1][0] == ENROL
    secret = client.session["mfa.totp.secret"]
    assert secret in response.text
    for path in ("/admin/", "/admin/pilots/region/", "/admin/jsi18n/", "/admin/autocomplete/", "/admin/r/1/1/"):
        assert client.get(path).headers["Location"] == ENROL
    assert client.post("/admin/pilots/region/1/change/", {}).headers["Location"] == ENROL

    assert "验证码不正确。" in client.post(ENROL, {"code": "000000"}).text
    done = client.post(ENROL, {"code": code(secret)}, follow=True)

    assert len(re.findall(r"<code>\d{8}</code>", done.text)) == 10
    assert is_in(client)


def test_code_that_enrolled_signs_nobody_in(client, official, required):
    sign_in(client)
    client.get(ENROL)
    used = code(client.session["mfa.totp.secret"])
    client.post(ENROL, {"code": used})
    client.logout()

    sign_in(client)
    client.post("/accounts/2fa/authenticate/", {"code": used})

    assert not is_in(client)


def test_secret_survives_a_wrong_code(client, official):
    sign_in(client)
    client.get(ENROL)
    secret = client.session["mfa.totp.secret"]

    response = client.post(ENROL, {"code": "12345"})

    assert secret in response.text
    assert 'value="12345"' in response.text
    assert client.session["mfa.totp.secret"] == secret


@pytest.mark.once
def test_code_to_scan_is_a_picture_of_the_secret(client, official):
    assert client.get("/accounts/2fa/totp/code.svg").status_code == 302
    sign_in(client)
    assert client.get("/accounts/2fa/totp/code.svg").status_code == 404
    assert 'src="/accounts/2fa/totp/code.svg"' in client.get(ENROL).text

    response = client.get("/accounts/2fa/totp/code.svg")

    assert response.headers["Content-Type"] == "image/svg+xml"
    assert "no-store" in response.headers["Cache-Control"]
    assert response.text.count("<path") == 1
    assert not re.search(r"style|script|href|data:", response.text)


def test_second_step_is_asked_for_once_enrolled(client, official):
    secret, _ = enrol(official)

    response = sign_in(client)

    assert response.headers["Location"] == "/accounts/2fa/authenticate/"
    assert not is_in(client)
    looks_right(client.get("/accounts/2fa/authenticate/").text)
    wrong = client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert "不正确" in wrong.text
    assert 'value="000000"' in wrong.text
    assert not is_in(client)
    assert client.post("/accounts/2fa/authenticate/", {"code": code(secret)}).headers["Location"] == "/admin/"
    assert is_in(client)


def test_code_is_taken_once(client, official):
    secret, _ = enrol(official)
    now = code(secret)
    with mock.patch("allauth.mfa.totp.internal.auth.time.time", return_value=time.time()):
        sign_in(client)
        client.post("/accounts/2fa/authenticate/", {"code": now})
        other = Client()
        sign_in(other)

        assert "不正确" in other.post("/accounts/2fa/authenticate/", {"code": now}).text


@pytest.mark.once
@pytest.mark.parametrize("late", [-30, 30, 60])
def test_code_of_another_half_minute_is_refused(client, official, late):
    secret, _ = enrol(official)
    sign_in(client)

    client.post("/accounts/2fa/authenticate/", {"code": code(secret, time.time() + late)})

    assert not is_in(client)


FULL_WIDTH = str.maketrans("0123456789abcdef", "０１２３４５６７８９ａｂｃｄｅｆ")


@pytest.mark.once
@pytest.mark.parametrize("kind", ["app", "recovery"])
def test_code_in_full_width_with_blanks_is_taken(client, official, kind):
    secret, codes = enrol(official)
    plain = code(secret) if kind == "app" else codes[0]
    sign_in(client)

    client.post("/accounts/2fa/authenticate/", {"code": f" {plain[:3]}\u3000{plain[3:]} ".translate(FULL_WIDTH)})

    assert is_in(client)


@pytest.mark.once
def test_enrolment_takes_a_code_in_full_width(client, official, required):
    sign_in(client)
    page = client.get("/accounts/2fa/totp/activate/")

    digits = code(page.context["form"].secret).translate(FULL_WIDTH)
    response = client.post("/accounts/2fa/totp/activate/", {"code": f"{digits[:3]} {digits[3:]}"})

    assert response.status_code == 302


@pytest.mark.once
def test_recovery_code_works_once(client, official):
    _, codes = enrol(official)
    sign_in(client)
    client.post("/accounts/2fa/authenticate/", {"code": codes[0]})
    assert is_in(client)
    other = Client()
    sign_in(other)

    assert "不正确" in other.post("/accounts/2fa/authenticate/", {"code": codes[0]}).text


def test_sixth_wrong_code_is_not_even_looked_at(client, official):
    secret, _ = enrol(official)
    sign_in(client)
    for _ in range(5):
        client.post("/accounts/2fa/authenticate/", {"code": "000000"})

    answer = client.post("/accounts/2fa/authenticate/", {"code": code(secret)})

    assert TOO_MANY in answer.text
    assert not is_in(client)


def test_half_signed_in_person_reaches_nothing(client, official):
    enrol(official)
    sign_in(client)

    for path in (CHANGE, "/accounts/2fa/", "/accounts/2fa/recovery-codes/", "/admin/"):
        assert client.get(path).headers["Location"].startswith(("/accounts/login/", "/admin/login/")), path
    assert client.get(ENROL).status_code in (302, 403)


def test_password_alone_does_not_take_the_second_step_away(client, official):
    enrol(official)
    client.force_login(official)

    response = client.get("/accounts/2fa/totp/deactivate/", follow=True)

    assert response.redirect_chain[-1][0].startswith("/accounts/2fa/reauthenticate/")
    assert client.get("/accounts/reauthenticate/").headers["Location"].startswith("/accounts/2fa/reauthenticate/")
    assert Authenticator.objects.filter(user=official, type="totp").exists()


def test_new_second_step_ends_the_other_sessions(client, official, django_capture_on_commit_callbacks):
    theirs = Client()
    sign_in(theirs)
    sign_in(client)
    client.get(ENROL)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(ENROL, {"code": code(client.session["mfa.totp.secret"])})

    assert not is_in(theirs)


@pytest.mark.once
@pytest.mark.parametrize(
    ("environment", "required"),
    [
        ({}, "False"),
        ({"ALLOWED_HOSTS": "127.0.0.1,localhost"}, "False"),
        ({"ALLOWED_HOSTS": "example.cn,localhost"}, "True"),
        ({"ALLOWED_HOSTS": "*", "DEBUG": "1"}, "False"),
        ({"ALLOWED_HOSTS": "example.cn", "DEBUG": "1"}, "False"),
        ({"ALLOWED_HOSTS": "example.cn", "REQUIRE_MFA": "0"}, "False"),
        ({"REQUIRE_MFA": "1"}, "True"),
    ],
)
def test_second_step_is_required_where_others_can_knock(environment, required, tmp_path):
    import os
    import subprocess
    import sys

    done = subprocess.run(
        [sys.executable, "-c", "from django.conf import settings; print(settings.REQUIRE_MFA)"],
        cwd=settings.BASE_DIR,
        env={"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "config.settings"}
        | environment,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == required


# Sessions


@pytest.mark.parametrize(
    ("begun", "seen", "over"),
    [(0, 0, False), (0, 29 * 60, False), (0, 30 * 60, True), (8 * 3600 - 60, 60, False), (8 * 3600, 60, True)],
)
def test_session_ends_when_idle_or_old(begun, seen, over):
    now = 1_000_000.0
    session = {sessions.BEGUN: now - begun, sessions.SEEN: now - seen, sessions.EPOCH: 0}

    assert sessions.is_over(session, Official(), now) is over


@pytest.mark.parametrize("missing", [sessions.BEGUN, sessions.SEEN, sessions.EPOCH])
def test_session_that_does_not_say_when_it_began_is_over(missing):
    session = {sessions.BEGUN: 100.0, sessions.SEEN: 100.0, sessions.EPOCH: 0}
    del session[missing]

    assert sessions.is_over(session, Official(), 1_000_000.0)


@pytest.mark.parametrize(("key", "age"), [(sessions.SEEN, 31 * 60), (sessions.BEGUN, 8 * 3600 + 1)])
def test_session_that_is_over_is_gone(client, official, key, age):
    sign_in(client)
    session = client.session
    session[key] = time.time() - age
    session.save()

    response = client.get("/admin/pilots/region/")

    assert response.headers["Location"].startswith("/admin/login/")
    assert "_auth_user_id" not in client.session
    assert not is_in(client)


def test_use_is_noted_once_a_minute_and_not_on_public_pages(client, official):
    sign_in(client)
    session = client.session
    session[sessions.SEEN] = before = time.time() - 300
    session.save()

    client.get("/regions/")
    assert client.session[sessions.SEEN] == before
    client.get("/admin/")
    noted = client.session[sessions.SEEN]
    assert noted > before + 200
    client.get("/admin/")
    assert client.session[sessions.SEEN] == noted


def test_admin_costs_one_query_more_for_all_this(client, official, django_assert_max_num_queries):
    client.force_login(official)
    with django_assert_max_num_queries(9) as queries:
        client.get("/admin/pilots/topic/")

    assert sum("pilots_official" in query["sql"] for query in queries.captured_queries) == 1


def test_signing_out_ends_the_session(client, official):
    sign_in(client)

    assert client.post("/admin/logout/").headers["Location"] == LOGIN
    assert not is_in(client)


# Passwords


@pytest.mark.once
@pytest.mark.parametrize(
    "weak",
    [
        "Admin@123456", "Passw0rd!2024", "P@ssw0rd123!", "Qwerty@2015", "1qaz@WSX3edc", "Shengtai@2015",
        "Beijing#2024", "Zhongguo@123", "Woaini@1314", "Welcome2Beijing!", "Aa123456!!", "Wang@12345678",
        "Short-1a", "onlysmallletters", "small-letters-only", "UPPER-AND-SIGNS", "12345678901234", "a1B" * 300,
    ],
)  # fmt: skip
def test_weak_passwords_are_refused_in_chinese(official, weak):
    with pytest.raises(ValidationError) as error:
        validate_password(weak, official)

    assert all(re.search(r"[\u4e00-\u9fff]", message) for message in error.value.messages)


@pytest.mark.parametrize("field", ["username", "first_name", "last_name", "email"])
def test_password_made_of_ones_own_name_is_refused(field):
    password = "Xiahoudun+Qx7"
    user = get_user_model()
    validate_password(password, user(username="wang"))

    with pytest.raises(ValidationError, match="容易被猜到"):
        validate_password(password, user(**{"username": "wang", field: "Xiahoudun"}))


@pytest.mark.once
@pytest.mark.parametrize("good", [PASSWORD, OTHER, "湿地里的白鹭-Heron-9", "xK9_pq-3TzLw"])
def test_good_passwords_are_taken(official, good):
    official.set_password("Another-lantern-58")
    official.save()

    if good != PASSWORD:
        validate_password(good, official)
    validate_password(passwords.one_time(), official)


def change_password(client, old, new, again=None):
    return client.post(CHANGE, {"oldpassword": old, "password1": new, "password2": again or new})


@pytest.mark.once
def test_password_is_changed_and_other_sessions_end(client, official):
    theirs = Client()
    sign_in(theirs)
    sign_in(client)

    assert change_password(client, PASSWORD, OTHER).headers["Location"] == "/admin/"

    assert is_in(client)
    assert not is_in(theirs)
    assert WRONG in sign_in(Client()).text
    assert sign_in(Client(), password=OTHER).status_code == 302


@pytest.mark.once
@pytest.mark.parametrize(
    ("old", "new", "again", "said"),
    [
        ("no", OTHER, OTHER, "请输入您的当前密码"),
        (PASSWORD, OTHER, "else", "每次输入的密码必须相同"),
        (PASSWORD, "Admin@123456", "Admin@123456", "密码容易被猜到"),
        (PASSWORD, PASSWORD, PASSWORD, "最近 5 次用过的密码不能再用。"),
    ],
)
def test_password_that_will_not_do_is_told(client, official, old, new, again, said):
    sign_in(client)

    response = change_password(client, old, new, again)

    assert said in response.text
    official.refresh_from_db()
    assert official.check_password(PASSWORD)


def test_last_five_passwords_are_not_taken_again(official):
    used = [f"{word}-Wetland-{n}7" for n, word in enumerate(["heron", "crane", "egret", "stork", "ibis", "grebe"])]
    for password in used:
        official.set_password(password)
        official.save()

    for password in used:
        with pytest.raises(ValidationError, match="最近 5 次"):
            validate_password(password, official)
    validate_password(PASSWORD, official)
    assert FormerPassword.objects.filter(user=official).count() == 6
    assert not FormerPassword.objects.filter(password__in=used).exists()


@pytest.mark.once
def test_one_time_password_has_to_be_replaced_first(client):
    user = make.make_official("new", "只读", password=PASSWORD)
    Official.objects.filter(user=user).update(must_change_password=True)

    response = client.post(LOGIN, {"login": "new", "password": PASSWORD}, follow=True)

    assert response.redirect_chain[-1][0] == CHANGE
    assert "一次性密码" in response.text
    assert client.get("/admin/pilots/region/").headers["Location"] == CHANGE
    assert "最近 5 次" in change_password(client, PASSWORD, PASSWORD).text
    change_password(client, PASSWORD, OTHER)
    assert is_in(client)


def test_admin_changes_passwords_in_the_one_place(client, official):
    client.force_login(official)

    assert client.get("/admin/password_change/").headers["Location"] == CHANGE


def test_roles_named_by_the_migration_are_those_declared():
    from importlib import import_module

    for name in ("0001_squashed_0025_edits", "0003_people"):
        assert {*import_module(f"pilots.migrations.{name}").ROLES, "安全审计员"} == set(ROLES)
