"""What a 管理员 does to accounts only with another's agreement: alone, nobody gives herself what isn't hers.

A new account, more rights, fewer of an auditor, and what lets in whoever holds the new password wait where there is
another 管理员; what takes a second step away, or rights of another 管理员, always does: without another there is
`reset_official`.
A one-time password that two agreed to is known to neither: each gets a half to hand on.
"""

from typing import Any, cast

from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group, User
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from ..models import AccountRequest, EventKind, Official, Province
from .encryption import decrypt, encrypt
from .events import record
from .passwords import one_time
from .roles import AUDITOR, MANAGER, ROLES
from .sessions import reset

HALF = 10  # characters of a one-time password


def managers() -> QuerySet[User]:
    """Return who may do something to accounts."""
    return User.objects.filter(Q(groups__name=MANAGER) | Q(is_superuser=True), is_active=True).distinct()


def holding_roles_only() -> QuerySet:
    """Accounts that hold nothing but the declared roles: what a 管理员 could give, and so may look after."""
    more = Group.objects.exclude(name__in=ROLES)
    return User.objects.filter(is_superuser=False, user_permissions=None).exclude(groups__in=more).values("pk")


def has_second(actor: Any, person: User) -> bool:
    """Return whether there is another who could agree to what `actor` asks for the account of `person`."""
    others = managers().exclude(pk__in=[actor.pk, person.pk])
    if person.pk and not holding_roles_only().filter(pk=person.pk).exists():
        others = others.filter(is_superuser=True)
    return others.exists()


def rights_wait(actor: Any, person: User, is_more: bool) -> bool:
    """Return whether a change of rights by `actor` waits. Superusers hold all that they could give."""
    if actor.is_superuser:
        return False
    is_auditor = bool(person.pk) and person.groups.filter(name=AUDITOR).exists()
    return _is_manager(person) or ((is_more or is_auditor) and has_second(actor, person))


def reset_waits(actor: Any, person: User, removes_second_step: bool) -> bool:
    """Return whether a new password of `person` waits: where no second step stands, it lets in whoever has it."""
    has_step = Authenticator.objects.filter(user=person, type=Authenticator.Type.TOTP).exists()
    if has_step:
        return removes_second_step
    return not actor.is_superuser and (_is_manager(person) or has_second(actor, person))


def _is_manager(person: User) -> bool:
    return bool(person.pk) and managers().filter(pk=person.pk).exists()


def waiting(person: User | None = None) -> QuerySet[AccountRequest]:
    """Return what waits, of one account or of all; what somebody asked who is no 管理员 any more is void."""
    rows = AccountRequest.objects.filter(asked_by__in=managers()).select_related("asked_by", "person")
    return rows.filter(person=person) if person else rows


def ask(request: HttpRequest, person: User, detail: str, has_password: bool, **values: Any) -> str:
    """Write down what is asked, in place of what of this kind was asked before; return the first half of the one-time
    password that goes with it, if any."""
    half, actor = one_time()[:HALF] if has_password else "", cast(User, request.user)
    AccountRequest.objects.filter(person=person, rights__isnull="rights" not in values).delete()
    AccountRequest.objects.create(
        person=person, asked_by=actor, detail=detail, half=encrypt(half) if half else "", **values
    )
    record(EventKind.RIGHTS, request, person, detail=f"提出，待另一位管理员同意：{detail}")
    return half


def agree(request: HttpRequest, pending: AccountRequest) -> str:
    """Do what was asked; return the second half of the one-time password, if any."""
    half, person = "", pending.person
    if pending.rights is not None:
        person.is_active = pending.rights["is_active"]
        give(
            person,
            Group.objects.filter(name__in=set(pending.rights["roles"]) & set(ROLES)),
            Province.objects.filter(slug__in=pending.rights["provinces"]),
        )
    if pending.half:
        half = one_time()[HALF:]
        reset(person, not pending.removes_second_step, request, decrypt(pending.half) + half)
    detail = f"{pending.detail}（{pending.asked_by} 提出，{request.user} 同意）"
    record(EventKind.RIGHTS, request, person, detail=detail)
    pending.delete()
    return half


def decline(request: HttpRequest, pending: AccountRequest) -> None:
    """Drop what was asked: its author takes it back, or another doesn't agree."""
    verb = "撤回" if pending.asked_by == request.user else "不同意"
    record(EventKind.RIGHTS, request, pending.person, detail=f"{verb}：{pending.detail}（{pending.asked_by} 提出）")
    pending.delete()


def give(person: User, roles: Any, provinces: Any) -> None:
    """Give an account exactly these roles and provinces, end its sessions, and drop what waits: it was asked of what
    the account had before."""
    official = Official.objects.of(person)
    others = list(person.groups.exclude(name__in=ROLES))
    person.groups.set([*others, *roles])
    official.provinces.set(provinces)
    official.sign_out()
    person.is_staff = bool(person.is_superuser or others or roles)
    person.save(update_fields=["is_staff", "is_active"])
    AccountRequest.objects.filter(person=person, rights__isnull=False).delete()
