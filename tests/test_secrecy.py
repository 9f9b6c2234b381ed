"""Secrets of the second step are closed in the database, with a key that can be changed and lost."""

import zlib
from base64 import b64decode, urlsafe_b64decode
from contextlib import suppress
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.sessions.backends import db
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection

from pilots.accounts import encryption, sessions

from . import factories as make
from .signing_in import ENROL, PASSWORD, code, enrol, sign_in

pytestmark = pytest.mark.django_db
NAMES = ("secret", "seed")


def stored():
    return [row.data[name] for row in Authenticator.objects.all() for name in NAMES if name in row.data]


def run():
    out, err = StringIO(), StringIO()
    with suppress(CommandError):
        call_command("encrypt_second_steps", stdout=out, stderr=err)
    return out.getvalue() + err.getvalue()


@pytest.fixture
def user():
    return make.make_official("张", "管理员")


def is_right(user, secret):
    return Authenticator.objects.get(user=user, type="totp").wrap().validate_code(code(secret))


def test_secrets_are_closed_in_the_database(user):
    secret, codes = enrol(user)

    assert all(text.startswith("fernet:") for text in stored())
    assert secret not in str(stored())
    assert is_right(user, secret)
    assert Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes() == codes


def test_plain_secrets_of_earlier_versions_are_read_and_then_closed(user):
    secret, codes = enrol(user)
    for row in Authenticator.objects.all():
        row.data |= {name: encryption.decrypt(row.data[name]) for name in NAMES if name in row.data}
        row.save()
    assert secret in stored()
    assert is_right(user, secret)

    assert "已加密 2 个" in run()
    assert "已加密 0 个" in run()

    assert all(text.startswith("fernet:") for text in stored())
    assert Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes() == codes


def test_key_is_changed_without_losing_a_second_step(user, settings):
    secret, _ = enrol(user)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", [settings.SECRET_KEY]

    assert "已加密 2 个" in run()
    settings.SECRET_KEY_FALLBACKS = []

    assert is_right(user, secret)


def test_key_that_is_lost_is_told_and_the_second_step_reset(client, user, settings):
    user.set_password("correct horse 9")
    user.save()
    secret, _ = enrol(user)
    encryption.mark()
    settings.SECRET_KEY = "another"

    assert f"{user.get_username()} 的两步验证读不出来" in run()
    assert not encryption.has_key_of_site()  # it may be this one that is wrong
    client.post("/accounts/login/", {"login": user.get_username(), "password": "correct horse 9"})
    answer = client.post("/accounts/2fa/authenticate/", {"code": code(secret)})
    assert (answer.status_code, "本站的密钥已更换" in answer.text) == (200, True)

    sessions.reset(user, keeps_second_step=False)
    assert stored() == []
    assert "已加密 0 个" in run()
    assert encryption.has_key_of_site()


def test_pages_with_codes_that_no_key_opens_say_so(client, user, settings):
    enrol(user)
    settings.SECRET_KEY = "another"
    client.force_login(user)
    client.raise_request_exception = False

    answer = client.get("/accounts/2fa/recovery-codes/")

    assert answer.status_code in (302, 503)
    assert answer.status_code == 302 or "reset_official" in answer.text


def readings(text):
    """Yield a text, and what its parts say in the encodings that Django writes: base64, and that compressed."""
    yield text
    for part in text.replace("fernet:", "").split(":"):
        for decode in (b64decode, urlsafe_b64decode):
            with suppress(ValueError, zlib.error):
                plain = decode(part.lstrip(".") + "===")
                yield plain.decode("latin-1")
                yield zlib.decompressobj().decompress(plain).decode("latin-1")


def tables_with(secret):
    """Return the tables of the database that hold a text, plain or merely encoded."""
    tables = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            for value in (str(value) for row in cursor.fetchall() for value in row):
                tables |= {table for text in readings(value) if secret in text}
    return tables


def test_secret_being_enrolled_is_plain_in_no_table(client):
    make.make_official("wang", "部委编辑", password=PASSWORD)
    sign_in(client)
    secret = client.get(ENROL).context["form"].secret

    assert client.session["mfa.totp.secret"] == secret
    assert tables_with(secret) == set()
    answer = client.post(ENROL, {"code": code(secret)})
    assert answer.headers["Location"] == "/accounts/2fa/recovery-codes/"
    assert tables_with(secret) == set()
    cache.clear()  # which knows that the code which enrolled is used up
    assert is_right(Authenticator.objects.get(type="totp").user, secret)


def test_sessions_of_earlier_versions_go_on_and_are_closed(client, user):
    client.force_login(user)
    store = db.SessionStore(client.session.session_key)
    store.update({**client.session, "mfa.totp.secret": "PLAIN"})
    store.save()
    assert tables_with("PLAIN") == {"django_session"}

    client.session.save()

    assert client.session["mfa.totp.secret"] == "PLAIN"
    assert tables_with("PLAIN") == set()


def test_session_that_no_key_opens_is_signed_out(client, user, settings):
    client.force_login(user)
    settings.SECRET_KEY = "another"

    assert client.get("/admin/").headers["Location"].startswith("/admin/login/")
