"""The forms of the second step: a code counts as the digits that it is, however it was typed."""

import unicodedata
from typing import Any

from allauth.core import context
from allauth.mfa.base import forms as base
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp
from allauth.mfa.totp.internal.auth import TOTP
from allauth.mfa.utils import encrypt
from django.core.exceptions import ValidationError

from . import events


class PlainCode:
    """A form with a code, taken in full width too (as an input method types it) and with blanks in between."""

    cleaned_data: dict[str, Any]
    user: Any

    def clean_code(self) -> str:
        code = unicodedata.normalize("NFKC", self.cleaned_data["code"])
        self.cleaned_data["code"] = "".join(code.split())
        try:
            return super().clean_code()  # type: ignore[misc]  # of the form that it is mixed into
        except ValidationError as error:
            if error.code == "too_many_login_attempts":
                events.locked(context.request, self.user.get_username())
            raise


class AuthenticateForm(PlainCode, base.AuthenticateForm):
    """Signing in."""


class ReauthenticateForm(PlainCode, base.ReauthenticateForm):
    """Confirming who one is."""


class ActivateTOTPForm(PlainCode, totp.ActivateTOTPForm):
    """Enrolling an app; the code that enrolls it signs nobody in after it."""

    def clean_code(self) -> str:
        code = super().clean_code()
        enrolled = Authenticator(user=self.user, data={"secret": encrypt(self.secret)})
        TOTP(enrolled).validate_code(code)  # which takes it as used
        return code
