"""The memory of a worker, fresh and after 2,000 mixed requests: its share of the machine's (PSS) in MB, Linux only.

    .venv/bin/python -m tests.bench.memory

The requests are spread over the site map's pages, the lists with facets and searches, the files, feeds, calendars and
the API; nothing of them is kept before Django, which would spare a worker the work.

For figures of production run it where only the README's first command has installed: Django REST framework and
drf-spectacular import what they find of requests, psycopg, jinja2 and pydantic, which tests bring along: 15 MB more.
"""

import itertools
import re
import tempfile
import urllib.request
from pathlib import Path
from urllib.parse import quote

from .servers import site

REQUESTS = 2_000
MORE = (
    "/regions/?topic=use-control&kind=prefecture-city", "/regions/?q=生态补偿", "/regions/?q=huairou", "/regions.csv",
    "/regions.xlsx", "/regions.json?q=湿地", "/regions/?q=长治", "/regions/?q=怀柔在名单上吗", "/api/v1/regions/",
    "/api/v1/search/?q=水权", "/api/v1/schema/", "/duties.ics", "/changes.atom", "/matrix/",
    "/compare/?region=beijing-huairou&region=jing-jin-ji", "/data/", "/notices/fagai-huanzi-2015-3214/", "/healthz",
)  # fmt: skip


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, site(Path(folder), WEB_CONCURRENCY="2", PAGE_CACHE="off") as port:
        address = f"http://127.0.0.1:{port}"
        print(f"fresh: {weights(folder)}")
        places = re.findall(r"<loc>[^<]*?//[^/]+([^<]*)</loc>", fetched(f"{address}/sitemap.xml"))
        paths = [*itertools.chain.from_iterable(zip(places, itertools.cycle(MORE), strict=False))]
        for path in itertools.islice(itertools.cycle(paths), REQUESTS):
            fetched(address + path)
        print(f"after {REQUESTS:,} requests over {len(set(paths))} addresses: {weights(folder)}")


def fetched(url: str) -> str:
    with urllib.request.urlopen(quote(url, safe=":/?&=%+"), timeout=60) as answer:
        return answer.read().decode("utf-8", "replace")


def weights(folder: str) -> str:
    """Return what each process of the site of that folder weighs, the heaviest first; one starts the workers."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"DATA_DIR={folder}/".encode() in (process / "environ").read_bytes():
                found.append(int(re.search(r"Pss:\s+(\d+)", (process / "smaps_rollup").read_text())[1]) / 1024)
        except OSError:
            continue
    return ", ".join(f"{each:.0f}" for each in sorted(found, reverse=True))


if __name__ == "__main__":
    main()
