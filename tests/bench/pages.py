"""Each type of page as a worker keeps it and as Django draws it, beside bare Django on the same server, nginx with a
file, and nginx with `config/deploy/nginx.conf`'s cache in front of this site: requests a second, two workers each.

    .venv/bin/python -m tests.bench.pages

Needs wrk and nginx. All servers run at once; rounds alternate between them, and medians are printed side by side,
with what they are of bare Django and of nginx. `tests.bench.list_page` has Datasette.
"""

import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from .servers import ROOT, free_port, running, site

ROUNDS, SECONDS, CONNECTIONS = 5, 2, 16
PAGES = (
    "/", "/regions/", "/regions/?topic=use-control&kind=prefecture-city", "/regions/beijing-huairou/",
    "/notices/fagai-huanzi-2015-3214/", "/topics/use-control/", "/matrix/", "/systems/", "/changes.atom",
)  # fmt: skip
HELLO = """
from django.conf import settings
settings.configure(ROOT_URLCONF=__name__, SECRET_KEY="x", ALLOWED_HOSTS=["*"], MIDDLEWARE=[])
import django
django.setup()
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path
urlpatterns = [path("", lambda request: HttpResponse("hello"))]
application = get_wsgi_application()
"""
NGINX = """{user} daemon off; worker_processes 2; pid {folder}/pid; error_log {folder}/errors;
events {{ worker_connections 1024; }}
http {{
    access_log off; {encodings}
    client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
    uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
    proxy_cache_path {folder}/cache levels=1:2 keys_zone=pilots:10m;
    upstream pilots {{ server 127.0.0.1:{site}; keepalive 32; }}
    server {{ listen 127.0.0.1:{static}; location / {{ root {folder}/files; default_type text/html; }} }}
    server {{ listen 127.0.0.1:{cache}; {lines} location / {{ proxy_pass http://pilots; }} }}
}}
"""


def main() -> None:
    missing = [name for name in ("wrk", "nginx") if not shutil.which(name)]
    if missing:
        sys.exit(f"not installed: {', '.join(missing)}")
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder, shared = Path(name), {"WEB_CONCURRENCY": "2"}
        kept = stack.enter_context(site(folder / "kept", **shared))
        drawn = stack.enter_context(site(folder / "drawn", PAGE_CACHE="off", **shared))
        bare = stack.enter_context(hello(folder))
        static, cached = stack.enter_context(nginx(folder, kept))
        rates: dict[tuple[int, str], list[float]] = {}
        for _ in range(ROUNDS):
            asked = [(port, path) for path in PAGES for port in (kept, drawn, cached)]
            for port, path in [(bare, "/"), (static, "/page"), *asked]:
                rates.setdefault((port, path), []).append(rate(port, path))
        middle = {key: statistics.median(each) for key, each in rates.items()}
        hello_rate, file_rate = middle[bare, "/"], middle[static, "/page"]
        print(f"bare Django {hello_rate:,.0f} req/s; a file by nginx {file_rate:,.0f}")
        for path in PAGES:
            here, anew, front = (middle[port, path] for port in (kept, drawn, cached))
            print(
                f"{path}: kept {here:,.0f} ({here / hello_rate:.2f} of bare Django, {here / file_rate:.2f} of nginx),"
                f" drawn {anew:,.0f}, behind nginx {front:,.0f} ({front / file_rate:.2f} of nginx)"
            )


@contextmanager
def hello(folder: Path) -> Iterator[int]:
    """Django with one view that says hello, on granian with two workers."""
    (folder / "hello.py").write_text(HELLO)
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--workers", "2", "--no-log"]
    with running(
        [*command, "--port", port, "hello:application"], os.environ | {"PYTHONPATH": str(folder)}, port, "/"
    ):
        yield port


@contextmanager
def nginx(folder: Path, origin: int) -> Iterator[tuple[int, int]]:
    """nginx with the list as a file at /page, and with this site's cache; both ports."""
    deployed = (ROOT / "config/deploy/nginx.conf").read_text()
    lines = "\n".join(re.findall(r"^    proxy_(?!pass)[^;]*;", deployed, re.M))
    encodings = re.search(r"^map .*?^}", deployed, re.M | re.S)[0]
    (folder / "files").mkdir()
    with urllib.request.urlopen(f"http://127.0.0.1:{origin}/regions/") as page:
        (folder / "files/page").write_bytes(page.read())
    static, cache = free_port(), free_port()
    user = "user root;" if os.getuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        NGINX.format(
            user=user, folder=folder, site=origin, static=static, cache=cache, lines=lines, encodings=encodings
        )
    )
    with running([shutil.which("nginx"), "-p", folder, "-c", folder / "nginx.conf"], os.environ, static, "/page"):
        yield static, cache


def rate(port: int, path: str) -> float:
    """Return the requests a second that wrk gets out of one page."""
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "-H", "Accept-Encoding: gzip"]
    told = subprocess.run([*command, f"http://127.0.0.1:{port}{path}"], capture_output=True, text=True, check=True)
    assert "Non-2xx" not in told.stdout, told.stdout
    return float(re.search(r"Requests/sec:\s+([\d.]+)", told.stdout)[1])


if __name__ == "__main__":
    main()
