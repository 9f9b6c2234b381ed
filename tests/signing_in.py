"""Signing in, with a second step or without."""

import time

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value

LOGIN, CHANGE, ENROL = "/accounts/login/", "/accounts/password/change/", "/accounts/2fa/totp/activate/"
PASSWORD, OTHER = "heron-Wetland-77", "Marsh+lantern-58"


def sign_in(client, name="wang", password=PASSWORD, **extra):
    return client.post(LOGIN, {"login": name, "password": password} | extra)


def code(secret, at=None):
    return format_hotp_value(hotp_value(secret, int(at or time.time()) // 30))


def enrol(user):
    """Give the account a second step and return its secret and recovery codes."""
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret, RecoveryCodes.activate(user).get_unused_codes()


def is_in(client):
    return client.get("/admin/").status_code == 200
