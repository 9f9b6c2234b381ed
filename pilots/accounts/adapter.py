"""What django-allauth does otherwise here than as it comes."""

import time
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.core.internal import ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.stages import AuthenticateStage
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse

from . import encryption, events

RECENTLY = 5 * 60  # seconds


class AccountAdapter(DefaultAccountAdapter):
    """No open sign-up; who has a second step confirms with it, and not again right after signing in."""

    def is_ajax(self, request: HttpRequest) -> bool:
        """A form is answered with a page, also to whom JSON would do: allauth's has no title and no status."""
        return False

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count a try for its name and address, then for the name alone: who is locked out can't lock out others."""
        name = credentials["username"]
        try:
            super().pre_authenticate(request, **credentials)
            usage = ratelimit.consume(request, app="allauth.account", action="login_failed_of_name", key=name.lower())
            if not usage:
                raise self.validation_error("too_many_login_attempts")
        except ValidationError:
            events.locked(request, name)
            raise
        self._login_failed_rl_usage.usage += usage.usage

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        return f"{ratelimit.get_ip(request)} {credentials['username'].lower()}"

    def get_login_stages(self) -> list[str]:
        ours = {"allauth.mfa.stages.AuthenticateStage": "pilots.accounts.adapter.SecondStep"}
        return [ours.get(stage, stage) for stage in super().get_login_stages()]

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return self.get_login_redirect_url(request)

    def get_reauthentication_methods(self, user: Any) -> list[dict]:
        methods = super().get_reauthentication_methods(user)
        stronger = [method for method in methods if method["id"] != "reauthenticate"]
        return stronger or methods

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        records = get_authentication_records(self.request, self.request.user)
        if records and time.time() - records[-1]["at"] < RECENTLY:
            return False
        return super().is_reauthentication_required(app=app, **kwargs)


class SecondStep(AuthenticateStage):
    """The code after the password. Where either was taken away meanwhile, one begins again."""

    def handle(self) -> tuple:
        self.state["password"] = self.login.user.get_session_auth_hash()
        return super().handle()

    def is_resumable(self, request: HttpRequest) -> bool:
        return self._should_handle(request) and self._is_of_this_password()

    def exit(self) -> HttpResponse:
        return super().exit() if self._is_of_this_password() else self.abort()

    def _is_of_this_password(self) -> bool:
        return self.state.get("password") == self.login.user.get_session_auth_hash()


class SecondStepAdapter(DefaultMFAAdapter):
    """The name under which an authenticator app files the account, what a wrong code is told, and secrets closed."""

    error_messages = DefaultMFAAdapter.error_messages | {"incorrect_code": "验证码不正确。"}

    def encrypt(self, text: str) -> str:
        return encryption.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return encryption.decrypt(encrypted_text)

    def get_totp_issuer(self) -> str:
        return settings.SITE["name"]
