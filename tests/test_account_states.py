"""Whatever state an account is in: each page of signing in answers, in Chinese, and leads nowhere in circles."""

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth import get_user_model
from django.db import transaction
from django.test import Client
from django.urls import reverse

from pilots.accounts import encryption, sessions
from pilots.accounts.urls import urlpatterns
from pilots.models import Official

from . import factories as make
from .signing_in import CHANGE, ENROL, LOGIN, OTHER, PASSWORD, code, enrol, is_in, sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.once]
PATHS = [*(reverse(pattern.name) for pattern in urlpatterns), "/admin/", "/admin/password_change/", "/admin/logout/"]
POSTED = {"login": "wang", "password": PASSWORD, "code": "12345６"}
POSTED |= {"oldpassword": "", "password1": OTHER, "password2": OTHER}


def plain(client, user):
    client.force_login(user)


def without_password(client, user):
    user.set_unusable_password()
    user.save()
    client.force_login(user)


def with_empty_password(client, user):
    get_user_model().objects.filter(pk=user.pk).update(password="")
    user.refresh_from_db()
    client.force_login(user)


def without_password_to_be_changed(client, user):
    without_password(client, user)
    Official.objects.filter(user=user).update(must_change_password=True)


def without_password_enrolled(client, user):
    enrol(user)
    without_password(client, user)


def with_unverified_address(client, user):
    EmailAddress.objects.create(user=user, email="wang@example.cn")
    client.force_login(user)


def enrolled(client, user):
    enrol(user)
    client.force_login(user)


def enrolled_without_recovery_codes(client, user):
    enrolled(client, user)
    Authenticator.objects.filter(type="recovery_codes").delete()


def with_recovery_codes_alone(client, user):
    enrolled(client, user)
    Authenticator.objects.filter(type="totp").delete()


def enrolling(client, user):
    sign_in(client)
    assert client.get(ENROL).status_code == 200


def before_the_code(client, user):
    enrol(user)
    assert sign_in(client).headers["Location"] == "/accounts/2fa/authenticate/"


def before_the_code_reset(client, user):
    before_the_code(client, user)
    sessions.reset(user, keeps_second_step=False)


def before_the_code_without_password(client, user):
    before_the_code(client, user)
    user.set_unusable_password()
    user.save()


def before_the_code_stopped(client, user):
    before_the_code(client, user)
    get_user_model().objects.filter(pk=user.pk).update(is_active=False)


def before_the_code_renewed(client, user):
    before_the_code(client, user)
    sessions.reset(user)
    Official.objects.filter(user=user).update(must_change_password=False)


def stopped(client, user):
    client.force_login(user)
    get_user_model().objects.filter(pk=user.pk).update(is_active=False)


def outside_of_the_admin(client, user):
    get_user_model().objects.filter(pk=user.pk).update(is_staff=False)
    client.force_login(user)


def without_a_row_of_ours(client, user):
    Official.objects.filter(user=user).delete()
    client.force_login(user)


STATES = [value for value in list(globals().values()) if getattr(value, "__module__", "") == __name__]


@pytest.fixture
def official(settings):
    settings.REQUIRE_MFA = True
    return make.make_official("wang", "部委编辑", password=PASSWORD)


def answers(client, path):
    """Yield what reading a page ends in, and what its form is answered; what was done is undone."""
    cookies = client.cookies.copy()
    for ask in (lambda: client.get(path, follow=True), lambda: client.post(path, POSTED)):
        with transaction.atomic():
            yield ask()
            transaction.set_rollback(True)
        client.cookies = cookies.copy()


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_each_page_answers_in_chinese_whatever_the_account(official, state):
    client = Client(raise_request_exception=False)
    state(client, official)

    for path in PATHS:
        for answer in answers(client, path):
            assert answer.status_code < 500, path
            is_page = answer.status_code != 302 and answer.headers["Content-Type"] != "image/svg+xml"
            assert not is_page or re.search("[一-鿿]", answer.text), path


def test_who_has_no_password_is_told_who_gives_one(client, official):
    without_password(client, official)

    answer = client.get(CHANGE)

    assert (answer.status_code, answer.templates[0].name) == (403, "account/no_password.html")
    assert "请本站的管理员给您一个一次性密码" in answer.text


def test_second_step_reset_in_between_leads_back_to_the_sign_in(client, official):
    before_the_code_reset(client, official)

    assert client.get("/accounts/2fa/authenticate/").headers["Location"] == LOGIN
    assert client.get(LOGIN).status_code == 200


@pytest.mark.parametrize(
    "state", [before_the_code_stopped, before_the_code_without_password, before_the_code_renewed]
)
def test_nobody_gets_in_with_a_password_that_is_gone(client, official, state):
    state(client, official)
    secret = encryption.decrypt(Authenticator.objects.get(type="totp").data["secret"])

    client.post("/accounts/2fa/authenticate/", {"code": code(secret)})

    assert not is_in(client)


def test_form_is_answered_with_a_page_whatever_is_accepted(client, official):
    answer = client.post(LOGIN, {"login": "wang", "password": "no"}, headers={"accept": "application/json"})

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
