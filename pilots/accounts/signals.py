"""What follows from a migration, a sign-in, a changed password: the receivers, connected once."""

from typing import Any

from allauth.account.signals import password_changed
from allauth.mfa.signals import authenticator_added, authenticator_removed
from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.core.checks import Tags, register
from django.db.models.signals import post_migrate, post_save

from . import checks, events, passwords, roles, sessions


def connect(app_config: Any) -> None:
    """Start following accounts; called once, when the app is ready (after auth, whose permissions are needed)."""
    register(checks.limits_are_shared, Tags.security, deploy=True)
    post_migrate.connect(roles.grant, sender=app_config)
    post_save.connect(passwords.remember, sender=get_user_model())
    events.connect()
    user_logged_in.connect(sessions.begin)
    user_logged_out.connect(sessions.forget)
    password_changed.connect(sessions.password_changed)
    authenticator_added.connect(sessions.end_others)
    authenticator_removed.connect(sessions.end_others)
