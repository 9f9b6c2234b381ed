from argparse import ArgumentParser
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from ...accounts.sessions import reset
from ..errors import told_in_one_line


class Command(BaseCommand):
    help = "重置一个账号的密码，显示一次性密码；后台没有别的管理员能重置时用。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", nargs="?", default="", help="用户名。")
        parser.add_argument("--second-step", action="store_true", help="同时解除两步验证（手机和恢复码都丢失时）。")

    def handle(self, *, name: str, second_step: bool, **options: Any) -> None:
        with told_in_one_line("重置密码"), transaction.atomic():
            user = get_user_model().objects.filter(username=name).first()
            if user is None:
                raise CommandError(f"没有“{name}”这个账号。")
            password = reset(user, keeps_second_step=not second_step)
        self.stdout.write(f"用户名 {name}，一次性密码 {password} ，只显示这一次")
