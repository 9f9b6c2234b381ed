from argparse import ArgumentParser
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from ...accounts import names
from ...accounts.events import record
from ...accounts.passwords import one_time
from ...accounts.roles import PROVINCE, ROLES
from ...models import EventKind, Official, Province
from ..errors import told_in_one_line


class Command(BaseCommand):
    help = "建立一个账号，给予角色和省级单位，显示一次性密码；登录后先要更换密码。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", nargs="?", default="", help="用户名。")
        parser.add_argument(
            "--role", default="", help="角色：" + "、".join(f"{r.slug}（{r.name}）" for r in ROLES.values())
        )
        parser.add_argument(
            "--province", nargs="+", action="extend", default=[], help="省级单位的地址名，可以有多个。"
        )

    def handle(self, *, name: str, role: str, province: list[str], **options: Any) -> None:
        with told_in_one_line("建立账号"), transaction.atomic():
            group = role_named(role)
            units = units_named(province, is_needed=group.name == PROVINCE)
            password = one_time()
            create(name, password, group, units)
        self.stdout.write(f"用户名 {name}，角色 {group.name}，一次性密码 {password} ，只显示这一次")


def role_named(role: str) -> Group:
    """Return the group of a role, by its name or its short name; raise CommandError for any other."""
    name = next((candidate.name for candidate in ROLES.values() if role in (candidate.name, candidate.slug)), None)
    if name is None:
        slugs = "、".join(candidate.slug for candidate in ROLES.values())
        raise CommandError(
            f"没有“{role}”这个角色，可用的有：{slugs}。" if role else f"须用 --role 写明角色：{slugs}。"
        )
    return Group.objects.get(name=name)


def units_named(slugs: list[str], is_needed: bool) -> list[Province]:
    """Return the units with these slugs; raise CommandError for unknown ones, and where they fit the role ill."""
    units = {unit.slug: unit for unit in Province.objects.filter(slug__in=slugs)}
    unknown = [slug for slug in slugs if slug not in units]
    if unknown:
        raise CommandError(f"没有这些省级单位：{'、'.join(unknown)}。须写地址名，如 zhejiang。")
    if is_needed != bool(units):
        raise CommandError(
            f"{PROVINCE}须用 --province 写明负责的省级单位，如 zhejiang。"
            if is_needed
            else f"只有{PROVINCE}才写 --province。"
        )
    return list(units.values())


def create(name: str, password: str, group: Group, units: list[Province]) -> User:
    """Make the account; raise CommandError where the name won't do."""
    if problem := names.objection(name):
        raise CommandError(f"用户名“{name}”不能用：{problem}")
    user = get_user_model()(username=name, is_staff=True)
    user.set_password(password)
    try:
        user.full_clean()
    except ValidationError as error:
        raise CommandError(f"用户名“{name}”不能用：{''.join(error.messages)}") from error
    user.save()
    user.groups.add(group)
    official = Official.objects.of(user)
    official.must_change_password = True
    official.save()
    official.provinces.set(units)
    places = f"；负责的省级单位：{'、'.join(map(str, units))}" if units else ""
    record(EventKind.RIGHTS, None, user, detail=f"建立账号；角色：{group.name}{places}")
    return user
