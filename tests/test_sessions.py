"""Where one is signed in: listed for its owner alone, and ended from elsewhere."""

import time
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from pilots.accounts import sessions
from pilots.models import Official, SecurityEvent, SignIn

from . import factories as make
from .signing_in import CHANGE, LOGIN, OTHER, PASSWORD, enrol, is_in, sign_in

pytestmark = pytest.mark.django_db
LIST = "/accounts/sessions/"
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/128.0 Safari/537.36 Edg/128.0"


@pytest.fixture
def official():
    return make.make_official("wang", "部委编辑", password=PASSWORD)


def signed_in(name="wang", address="192.0.2.7", agent=EDGE):
    """Return a browser in which somebody has signed in."""
    client = Client(REMOTE_ADDR=address, headers={"user-agent": agent})
    assert sign_in(client, name).status_code == 302
    return client


def key(client):
    return client.session["sign_in"]


def test_sign_ins_are_listed_to_their_owner(client, official):
    make.make_official("li", "只读", password=PASSWORD)
    signed_in("li", "192.0.2.99")
    here, _ = signed_in(), signed_in(address="2001:db8::7", agent="Firefox/128.0")

    response = here.get(LIST)

    assert [row.remote_addr for row in response.context["sign_ins"]] == ["2001:db8::7", "192.0.2.7"]
    assert response.text.count("Windows上的Edge</strong>（您正在用的这一处）") == 1
    assert "192.0.2.99" not in response.text
    assert response.text.count("结束这处登录") == 1
    assert "no-store" in response.headers["Cache-Control"]
    assert client.get(LIST).headers["Location"].startswith(LOGIN)
    assert client.post(LIST).headers["Location"].startswith(LOGIN)
    assert here.put(LIST).status_code == 405


@pytest.mark.once
def test_sign_in_that_is_ended_is_over_at_its_next_request(official):
    here, there, third = signed_in(), signed_in(address="192.0.2.8"), signed_in()

    text = here.post(LIST, {"key": key(there)}, follow=True).text

    assert "已结束 1 处登录。" in text
    assert "登录已经结束。重新登录，就回到刚才的页面。" in there.get("/admin/", follow=True).text
    assert "_auth_user_id" not in there.session
    assert is_in(here)
    assert is_in(third)
    event = SecurityEvent.objects.get(kind="ended")
    assert (event.actor, event.detail) == (official, "从别处结束：Windows上的Edge（192.0.2.8）")
    assert "这处登录已经结束了。" in here.post(LIST, {"key": key(third)[::-1]}, follow=True).text


def test_all_others_are_ended_at_once(official):
    here, there, third = signed_in(), signed_in(), signed_in()

    here.post(LIST)

    assert [is_in(client) for client in (here, there, third)] == [True, False, False]


@pytest.mark.once
@pytest.mark.parametrize("value", ["", "x", "\u00b2", "9" * 400, "own"])
def test_key_that_is_none_ends_nothing(official, value):
    here, there = signed_in(), signed_in()

    here.post(LIST, {"key": key(here) if value == "own" else value})

    assert is_in(here)
    assert is_in(there)


@pytest.mark.once
def test_who_has_given_the_password_alone_sees_and_ends_nothing(official):
    here, half = signed_in(), Client()
    enrol(official)
    sign_in(half)

    assert half.get(LIST).headers["Location"].startswith(LOGIN)
    assert half.post(LIST).headers["Location"].startswith(LOGIN)
    assert is_in(here)
    assert SignIn.objects.count() == 1


@pytest.mark.once
@pytest.mark.parametrize("role", ["管理员", "部委编辑", "安全审计员"])
def test_nobody_ends_sessions_of_others(client, official, role):
    theirs = signed_in()
    client.force_login(make.make_official("他", role))

    client.post(LIST, {"key": key(theirs)})
    client.post(LIST)

    assert is_in(theirs)
    assert client.get("/admin/pilots/signin/").status_code == 404


@pytest.mark.once
def test_sign_in_leaves_the_list_when_it_ends(official, client):
    here = signed_in()
    signed_in().post("/accounts/logout/")
    again = signed_in()
    sign_in(again)
    idle = signed_in()
    SignIn.objects.filter(pk=key(idle)).update(seen_at=timezone.now() - timedelta(minutes=31))

    assert {str(row.pk) for row in here.get(LIST).context["sign_ins"]} == {key(here), key(again)}
    SignIn.objects.filter(pk=key(again)).update(began_at=timezone.now() - timedelta(hours=9))
    assert {str(row.pk) for row in here.get(LIST).context["sign_ins"]} == {key(here)}
    client.force_login(official)
    assert not SignIn.objects.filter(pk=key(again)).exists()


def test_last_use_is_noted_with_that_of_the_session(official):
    here, earlier = signed_in(), timezone.now() - timedelta(minutes=20)
    SignIn.objects.update(seen_at=earlier)
    here.get("/admin/")
    assert SignIn.objects.get().seen_at == earlier
    session = here.session
    session[sessions.SEEN] = time.time() - 61
    session.save()

    here.get("/admin/")

    assert timezone.now() - SignIn.objects.get().seen_at < timedelta(minutes=1)


@pytest.mark.once
def test_new_password_leaves_the_sign_in_at_hand_alone(official):
    here = signed_in()
    signed_in()

    here.post(CHANGE, {"oldpassword": PASSWORD, "password1": OTHER, "password2": OTHER})

    assert [str(row.pk) for row in SignIn.objects.all()] == [key(here)]
    assert is_in(here)
    Official.objects.get(user=official).sign_out()
    assert not is_in(here)
    assert not SignIn.objects.exists()


def test_session_that_an_earlier_version_began_lasts(official):
    here = signed_in()
    session = here.session
    del session["sign_in"]
    session.save()

    assert is_in(here)
    assert here.get(LIST).status_code == 200


def test_key_is_in_no_cookie_and_closed_in_the_database(official):
    here = signed_in()

    assert key(here) not in str(here.cookies)
    assert key(here) not in Session.objects.get(pk=here.session.session_key).session_data


AGENTS = {
    EDGE: "Windows上的Edge",
    "Mozilla/5.0 (Windows NT 6.1) AppleWebKit/537.36 Chrome/86.0 Safari/537.36": "Windows上的Chrome",
    "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko": "Windows上的IE",
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0": "Linux上的Firefox",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/17.5 Safari/605.1.15": "Mac上的Safari",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Safari/604.1 MicroMessenger/8.0": "iPhone上的微信",
    "Mozilla/5.0 (Linux; Android 12; HarmonyOS; X) Chrome/99.0 Mobile Safari/537.36": "鸿蒙上的Chrome",
    "curl/8.0": "不明浏览器",
    "<script>" * 900: "不明浏览器",
    "": "不明浏览器",
}


@pytest.mark.once
@pytest.mark.parametrize(("agent", "words"), AGENTS.items())
def test_browser_is_named_in_plain_words(official, agent, words):
    assert sessions.browser_of(agent) == words
    assert signed_in(agent=agent).get(LIST).context["sign_ins"][0].browser == words


def test_list_takes_the_same_queries_whatever_its_length(official, django_assert_num_queries):
    here = signed_in()
    with django_assert_num_queries(4):
        here.get(LIST)
    for _ in range(5):
        signed_in()
    with django_assert_num_queries(4):
        here.get(LIST)
