"""Servers that the benchmarks ask, and how fast they answer."""

import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SECONDS, CLIENTS = 3, 8


@contextmanager
def site(folder: Path, **settings: str) -> Iterator[int]:
    """This site, from an empty folder, with one worker and those settings; its port."""
    port = free_port()
    command = [sys.executable, "manage.py", "quickstart", "--port", str(port)]
    own = {"DATA_DIR": str(folder / "site"), "WEB_CONCURRENCY": "1"} | settings
    with running(command, os.environ | own, port, "/regions/"):
        yield port


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def running(command: list, environment: dict, port: int, path: str) -> Iterator[None]:
    """Run a server until the block ends; wait until it answers."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([str(part) for part in command], cwd=ROOT, env=environment, **quiet) as server:
        try:
            for _ in range(200):
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5).close()
                    break
                except OSError:
                    time.sleep(0.2)
            yield
        finally:
            server.terminate()


def rate(port: int, path: str) -> float:
    """Return the requests a second that `CLIENTS` connections get out of one page in `SECONDS`."""
    done, until = [0] * CLIENTS, time.perf_counter() + SECONDS

    def ask(client: int) -> None:
        connection = HTTPConnection("127.0.0.1", port)
        while time.perf_counter() < until:
            connection.request("GET", path)
            response = connection.getresponse()
            response.read()
            assert response.status == 200, response.status
            done[client] += 1
        connection.close()

    clients = [threading.Thread(target=ask, args=(n,)) for n in range(CLIENTS)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    return sum(done) / SECONDS
