"""The list page against Datasette 0.65 with the same 45 rows: requests a second, one worker each.

    .venv/bin/python -m tests.bench.list_page

Datasette is installed in an environment of its own, in a temporary folder. Both servers run at once; rounds
alternate between them, and medians are printed side by side. Nothing of a page is kept between requests.
"""

import json
import os
import sqlite3
import statistics
import subprocess
import tempfile
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

from .servers import ROOT, free_port, rate, running, site

ROUNDS = 5
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
    with (
        tempfile.TemporaryDirectory() as folder,
        site(Path(folder), PAGE_CACHE="off") as ours,
        datasette(Path(folder)) as theirs,
    ):
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


if __name__ == "__main__":
    main()
