import ipaddress
import os
import secrets
import socket
import time
from argparse import ArgumentParser
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.core.management.utils import get_random_secret_key
from django.core.wsgi import get_wsgi_application
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.migrations.exceptions import InconsistentMigrationHistory
from django.db.migrations.loader import MigrationLoader
from gunicorn.app.base import BaseApplication
from gunicorn.http.errors import InvalidRequestLine, LimitRequestHeaders, LimitRequestLine
from gunicorn.util import write_nonblock
from gunicorn.workers import gthread

from config import environment
from pilots import installation
from pilots.accounts import secrecy
from pilots.loading import load
from pilots.trouble import told_in_one_line

LONGEST_LINE = 8190  # bytes; the most that gunicorn takes
# What never becomes a request of Django's, and what its sender is told: status and text.
REFUSALS = {
    InvalidRequestLine: (
        "400 Bad Request",
        "网址里含有未编码的字符（如汉字、空格）。浏览器会自己编码；用程序访问时，请先按 UTF-8 作百分号编码，"
        "例如 curl -G --data-urlencode 'q=湿地' 网址。",
    ),
    LimitRequestLine: ("414 URI Too Long", f"网址太长（超过 {LONGEST_LINE} 字节）。请缩短检索的词或减少筛选条件。"),
    LimitRequestHeaders: ("431 Request Header Fields Too Large", "请求头太长。请清除本站的 Cookie 再试。"),
}


class Command(BaseCommand):
    help = "准备并启动网站：迁移、载入数据、收集静态文件、建立首个管理员，然后用生产服务器提供服务。可以反复运行。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="监听的地址，默认只在本机。")
        parser.add_argument("--port", type=int, default=8000, help="监听的端口，默认 8000。")
        parser.add_argument("--no-serve", action="store_true", help="只准备，不启动。")

    def handle(self, *, host: str, port: int, no_serve: bool, **options: Any) -> None:
        listener = None if no_serve else listen(host, port)
        if not environment.text("REQUIRE_MFA") and not is_this_machine(host):
            settings.REQUIRE_MFA = True  # a password alone will not do where others can knock
        steps: list[tuple[str, Callable[[], str]]] = [
            ("数据文件夹和密钥", self.keep_secret),
            ("迁移数据库", self.migrate),
            ("载入通知", lambda: load(settings.BASE_DIR / "fixtures").summary()),
            ("收集静态文件", self.collect),
            ("首个管理员", self.create_superuser),
        ]
        with told_in_one_line("准备"), installation.turn(self.say_that_it_waits):
            for number, (name, step) in enumerate(steps, 1):
                self.report(f"[{number}/{len(steps)}] {name}", step)
        if listener is not None:
            self.stdout.write(f"网站已在 http://{host}:{listener.getsockname()[1]} ，按 Ctrl+C 停止。")
            self.stdout.flush()
            serve(listener)

    def report(self, title: str, step: Callable[[], str]) -> None:
        """Run one step and say what it did and how long it took; what stops it is told in one line."""
        started = time.perf_counter()
        with told_in_one_line(title):
            said = step()
        self.stdout.write(f"{title}：{said}（{time.perf_counter() - started:.2f} 秒）")

    def say_that_it_waits(self) -> None:
        self.stdout.write("另一个 quickstart 正在准备，等它完成……")
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
        loader = MigrationLoader(connections[DEFAULT_DB_ALIAS])
        applied, known = set(loader.applied_migrations), set(loader.disk_migrations)
        foreign = {name for name in applied - known if name[0] == "pilots"}
        if foreign:
            raise InconsistentMigrationHistory(f"pilots.{max(foreign)[1]}")
        call_command("migrate", interactive=False, verbosity=0)
        secrecy.encrypt_all()
        return f"应用了 {len(known - applied)} 个迁移"

    def collect(self) -> str:
        """Collect the static files; what a run that was killed has left of them may be half a file, and goes."""
        unfinished = settings.DATA_DIR / "static.unfinished"
        is_left = unfinished.exists()
        unfinished.touch()
        call_command("collectstatic", interactive=False, verbosity=0, clear=is_left)
        unfinished.unlink()
        return str(settings.STATIC_ROOT)

    def create_superuser(self) -> str:
        """Create `admin` with a random password where there is no superuser; the password is printed this once."""
        users = get_user_model().objects
        with transaction.atomic():
            if users.filter(is_superuser=True).exists():
                return "已有管理员（进不去时运行 reset_official）"
            taken = users.filter(username__iexact="admin").exists()
            name = f"admin-{secrets.token_hex(3)}" if taken else "admin"
            password = secrets.token_urlsafe(15)
            users.create_superuser(name, password=password)
        return f"用户名 {name}，密码 {password} ，只显示这一次"


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


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; raise CommandError where the address can't be had."""
    try:
        if not 0 <= port <= 65535:
            raise OverflowError("端口须在 0 到 65535 之间")
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(128)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise CommandError(f"不能在 {host}:{port} 监听（{reason}）。端口可能被占用，可用 --port 换一个。") from error
    return listener


class Worker(gthread.ThreadWorker):
    """Gunicorn's threaded worker, but that a connection opened ahead of need (browsers do) holds no thread, and that
    what it refuses is said in Chinese.

    The stock one holds such a connection for five seconds, `DEFAULT_WORKER_DATA_TIMEOUT`. That can't be zero instead:
    it bounds the reading to the end of a request too, and every connection would be closed after its first answer.
    """

    def handle(self, conn: gthread.TConn) -> Any:
        """Return what the stock worker does; the mark of a connection that waits, when nothing has come on it yet."""
        if not conn.initialized and not conn.wait_for_data(0):
            return gthread._DEFER
        return super().handle(conn)

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: Exception) -> None:
        """Tell the sender why the request was refused; anything but a refusal is for the stock worker."""
        if type(exc) not in REFUSALS:
            super().handle_error(req, client, addr, exc)
            return
        status, text = REFUSALS[type(exc)]
        self.log.info("Refused: %s", status)
        body = f"{text}\n".encode()
        head = f"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n"
        with suppress(OSError):
            write_nonblock(client, f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)


class Server(BaseApplication):
    """Gunicorn on a socket that is already listening."""

    def __init__(self, listener: socket.socket) -> None:
        self.listener = listener
        super().__init__()

    def load_config(self) -> None:
        self.cfg.set("bind", f"fd://{self.listener.fileno()}")
        # An idle connection of a browser must not hold a worker: gthread waits for the request outside its threads.
        # One thread each: several would only wait for the interpreter's lock (a fifth to a third slower, measured).
        self.cfg.set("worker_class", Worker)
        self.cfg.set("threads", 1)
        if "WEB_CONCURRENCY" not in os.environ:
            self.cfg.set("workers", min(8, 2 * (os.cpu_count() or 1)))
        self.cfg.set("limit_request_line", LONGEST_LINE)
        self.cfg.set("control_socket_disable", True)
        self.cfg.set("loglevel", "warning")
        self.cfg.set("preload_app", True)

    def load(self) -> Any:
        return get_wsgi_application()


def serve(listener: socket.socket) -> None:
    """Serve until a signal ends it. Connections of this process are closed: workers open their own."""
    connections.close_all()
    Server(listener).run()
