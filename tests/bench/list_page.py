"""The list page against Datasette 0.65 with the same 45 rows: requests a second, one worker each.

    .venv/bin/python -m tests.bench.list_page

Datasette is installed in an environment of its own, in a temporary folder. Both servers run at once; rounds
alternate between them, and medians are printed side by side. Nothing of a page is kept between requests.
"""

import json
import os
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parents[2]
ROUNDS, SECONDS, CLIENTS = 5, 3, 8
# What is asked: this site's query, and Datasette's for the same areas with the same four facets counted; areas have
# several provinces, systems and topics, which Datasette counts as arrays.
ALL = {"_facet": ["kind"], "_facet_array": ["provinces", "systems", "topics"]}
PAGES = {
    "the list": ({}, ALL),
    "the list with two facets": (
        {"province": ["guangdong"], "kind": ["prefecture-city"]},
        {"provinces__arraycontains": ["广东省"], "kind": ["prefecture-city"]} | ALL,
    ),
    "a keyword and two facets": (
        {"q": ["生态"], "province": ["guangdong"], "kind": ["prefecture-city"]},
        {"_search": ["生态*"], "provinces__arraycontains": ["广东省"], "kind": ["prefecture-city"]} | ALL,
    ),
}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, site(Path(folder)) as ours, datasette(Path(folder)) as theirs:
        for name, (mine, yours) in PAGES.items():
            paths = {
                ours: f"/regions/?{urlencode(mine, doseq=True)}",
                theirs: f"/record/regions?{urlencode(yours, doseq=True)}",
            }
            rates = {port: [] for port in paths}
            for _ in range(ROUNDS):
                for port, path in paths.items():
                    rates[port].append(rate(port, path))
            here, there = (statistics.median(rates[port]) for port in (ours, theirs))
            print(f"{name}: {here:.0f} req/s here, {there:.0f} Datasette: {here / there:.1f} times", flush=True)


@contextmanager
def site(folder: Path) -> Iterator[int]:
    """This site, from an empty folder, with one worker."""
    port = free_port()
    command = [sys.executable, "manage.py", "quickstart", "--port", str(port)]
    own = {"DATA_DIR": str(folder / "site"), "WEB_CONCURRENCY": "1"}
    with running(command, os.environ | own, port, "/regions/"):
        yield port


@contextmanager
def datasette(folder: Path) -> Iterator[int]:
    """Datasette with full-text search over the same rows; one process is its one worker."""
    venv.create(folder / "env", with_pip=True)
    subprocess.run([folder / "env/bin/pip", "install", "-q", "datasette==0.65.*"], check=True)
    write_rows(folder / "record.db")
    port = free_port()
    with running([folder / "env/bin/datasette", folder / "record.db", "-p", str(port)], os.environ, port, "/record"):
        yield port


def write_rows(path: Path) -> None:
    """Write the areas as a table with an FTS5 index kept by Datasette's usual convention."""
    provinces = {row["slug"]: row for row in fixture("provinces")}
    lines = fixture("priorities")
    with sqlite3.connect(path) as connection:
        connection.execute(
            "CREATE TABLE regions (serial INTEGER PRIMARY KEY, name, provinces, kind, systems, topics, priorities)"
        )
        for region in fixture("regions"):
            own = [line for line in lines if line["region"] == [region["slug"]]]
            units = [provinces[slug] for [slug] in [region["province"], *region["partners"]]]
            several = (
                {name for unit in units for name in (unit["name"], *(unit["parent"] or []))},
                {line["system"][0] for line in own},
                {slug for line in own for [slug] in line["topics"]},
            )
            names, systems, topics = (json.dumps(sorted(each), ensure_ascii=False) for each in several)
            text = "；".join(line["text"] for line in own)
            values = (region["serial"], region["name"], names, region["kind"], systems, topics, text)
            connection.execute("INSERT INTO regions VALUES (?, ?, ?, ?, ?, ?, ?)", values)
        connection.execute(
            "CREATE VIRTUAL TABLE regions_fts USING fts5(name, priorities, content='regions', content_rowid='serial')"
        )
        connection.execute("INSERT INTO regions_fts(regions_fts) VALUES ('rebuild')")


def fixture(name: str) -> list[dict]:
    return [row["fields"] for row in json.loads((ROOT / "fixtures" / f"{name}.json").read_text(encoding="utf-8"))]


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


if __name__ == "__main__":
    main()
