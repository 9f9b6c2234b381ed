import ipaddress
import os
import secrets
import time
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.core.management.utils import get_random_secret_key
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.migrations.exceptions import InconsistentMigrationHistory
from django.db.migrations.executor import MigrationExecutor

from config import environment, server

from ...accounts import encryption
from ...accounts.events import record
from ...http import outages, staticfiles
from ...models import EventKind
from ...record.loading import load
from .. import installation
from ..errors import reason, told_in_one_line


class Command(BaseCommand):
    help = "准备并启动网站：迁移、载入数据、收集静态文件、建立首个管理员，然后用生产服务器提供服务。可以反复运行。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="监听的地址，默认只在本机。")
        parser.add_argument("--port", default="8000", help="监听的端口，默认 8000。")
        parser.add_argument("--no-serve", action="store_true", help="只准备，不启动。")
        parser.add_argument("--password-file", help="把首个管理员的密码写进这个文件（0600），不显示，也就不进日志。")

    def handle(self, *, host: str, port: str, no_serve: bool, password_file: str | None, **options: Any) -> None:
        if not str(port).isdecimal():
            raise CommandError(f"端口“{port}”不是整数。如 --port 8000 。")
        listener = None if no_serve else server.listen(host, int(port))
        if not environment.text("REQUIRE_MFA") and not is_this_machine(host):
            # A password alone will not do where others can knock; the workers read their own settings.
            settings.REQUIRE_MFA, os.environ["REQUIRE_MFA"] = True, "on"
        steps: list[tuple[str, Callable[[], str]]] = [
            ("数据文件夹和密钥", self.keep_secret),
            ("迁移数据库", self.migrate),
            ("载入通知", lambda: load(settings.BASE_DIR / "fixtures").summary()),
            ("收集静态文件", self.collect),
            ("首个管理员", lambda: self.create_superuser(password_file)),
        ]
        with (
            told_in_one_line("准备"),
            installation.turn(lambda: self.say("另一个 quickstart 正在准备，等它完成……")),
        ):
            for number, (name, step) in enumerate(steps, 1):
                self.report(f"[{number}/{len(steps)}] {name}", step)
        if listener is not None:
            address = f"http://{host}:{listener.getsockname()[1]}"
            server.serve(listener, lambda: self.say(f"网站已在 {address} ，按 Ctrl+C 停止。"))

    def report(self, title: str, step: Callable[[], str]) -> None:
        """Run one step and say what it did and how long it took; what stops it is told in one line."""
        started = time.perf_counter()
        with told_in_one_line(title):
            result = step()
        self.say(f"{title}：{result}（{time.perf_counter() - started:.2f} 秒）")

    def say(self, words: str) -> None:
        self.stdout.write(words)
        self.stdout.flush()

    def keep_secret(self) -> str:
        """Close the data folder to others and make, once, a secret key."""
        installation.tighten()
        if not has_secret() and settings.SECRET_KEY_FILE.exists():  # made while this process waited
            settings.SECRET_KEY = settings.SECRET_KEY_FILE.read_text("utf-8").strip()
        if has_secret():
            return "已有密钥"
        settings.SECRET_KEY = get_random_secret_key()
        fresh = settings.SECRET_KEY_FILE.with_suffix(".new")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(settings.SECRET_KEY)
        fresh.replace(settings.SECRET_KEY_FILE)  # whole or not at all
        return f"密钥已生成，存于 {settings.SECRET_KEY_FILE}"

    def migrate(self) -> str:
        executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
        loader = executor.loader
        plan = executor.migration_plan(loader.graph.leaf_nodes())
        foreign = {
            name for name in set(loader.applied_migrations) - set(loader.disk_migrations) if name[0] == "pilots"
        }
        if foreign:
            raise InconsistentMigrationHistory(f"pilots.{max(foreign)[1]}")
        call_command("migrate", interactive=False, verbosity=0)
        encryption.encrypt_all()
        try:
            encryption.mark()
            if not encryption.has_key_of_site():
                self.stderr.write(
                    "SECRET_KEY 与本站别的实例的不同：登录和两步验证互不相认，/readyz 说 key。请改成同一个；"
                    "有意更换的，把原来的写在 SECRET_KEY_FALLBACKS 里，运行 encrypt_second_steps。"
                )
        except Exception as error:  # of whatever library the cache has
            if outages.of(error) is not outages.CACHE:
                raise
            self.stderr.write(f"{reason(error)}网站照常启动，供读者访问；它恢复以前不能登录，/readyz 说 cache。")
        return f"应用了 {len(plan)} 个迁移"

    def collect(self) -> str:
        """Collect the static files anew where a run was killed, or one was cut off since: being newer than what it is
        made of, half a file would stay."""
        unfinished = settings.DATA_DIR / "static.unfinished"
        is_left = unfinished.exists() or not staticfiles.are_whole()
        unfinished.touch()
        call_command("collectstatic", interactive=False, verbosity=0, clear=is_left)
        unfinished.unlink()
        return str(settings.STATIC_ROOT)

    def create_superuser(self, password_file: str | None) -> str:
        """Create `admin` with a random password where there is no superuser; the password is printed this once, or
        written to a new file, without which there is no account."""
        users = get_user_model().objects
        with transaction.atomic():
            if users.filter(is_superuser=True).exists():
                return "已有管理员（进不去时运行 reset_official）"
            is_taken = users.filter(username__iexact="admin").exists()
            name = f"admin-{secrets.token_hex(3)}" if is_taken else "admin"
            password = secrets.token_urlsafe(15)
            user = users.create_superuser(name, password=password)
            record(EventKind.RIGHTS, None, user, detail="建立账号；超级用户")
            if password_file is None:
                return f"用户名 {name}，密码 {password} ，只显示这一次"
            try:
                file = os.fdopen(os.open(password_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w")
            except FileExistsError as error:  # somebody's, or of a run that was killed before the account was there
                raise CommandError(
                    f"首个管理员：已有文件 {password_file} ，没有建立账号。请移走它，或换一个文件。"
                ) from error
            with file:
                file.write(f"{password}\n")
        return f"用户名 {name}，密码在 {password_file} ，改过以后请删去这个文件"


def is_this_machine(host: str) -> bool:
    """Return whether a server on `host` can be reached from this machine only."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def has_secret() -> bool:
    """Return whether the settings found a secret key, in the environment or in its file."""
    try:
        return bool(settings.SECRET_KEY)
    except ImproperlyConfigured:
        return False
