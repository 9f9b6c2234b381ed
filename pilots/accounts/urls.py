"""The pages of signing in that are needed: no sign-up, no e-mail, no reset by oneself."""

from allauth.account import views as account
from allauth.mfa.base import views as second_step
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from django.urls import path

from . import views

urlpatterns = [
    path("login/", account.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("password/change/", views.change_password, name="account_change_password"),
    path("sessions/", views.sessions, name="account_sessions"),
    path("2fa/", second_step.index, name="mfa_index"),
    path("2fa/authenticate/", second_step.authenticate, name="mfa_authenticate"),
    path("2fa/reauthenticate/", second_step.reauthenticate, name="mfa_reauthenticate"),
    path("2fa/totp/activate/", totp.activate_totp, name="mfa_activate_totp"),
    path("2fa/totp/code.svg", views.scan_code, name="mfa_scan_code"),
    path("2fa/totp/deactivate/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("2fa/recovery-codes/", recovery.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("2fa/recovery-codes/generate/", recovery.generate_recovery_codes, name="mfa_generate_recovery_codes"),
]
