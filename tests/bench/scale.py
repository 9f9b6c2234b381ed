"""Finding and saving at 45, 4,500 and 100,000 areas, on SQLite or (DATABASE_URL) PostgreSQL.

    .venv/bin/python -m tests.bench.scale [sizes…]

Areas are made up from the notice's own words in a database of their own, which is dropped at the end, each with 20
documents that came after. For each size, medians in milliseconds: the search part of a request (query, all counts,
first page), the whole page without anything kept between requests but the facets, an area's page, documents of the
API, reading the facets anew, and a save of one area with its priorities with the index on and off.
"""

import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

FOLDER = tempfile.TemporaryDirectory()
os.environ |= {
    "DJANGO_SETTINGS_MODULE": "config.settings",
    "SECRET_KEY": "a-key-of-32-characters-for-this-bench",
    "DATA_DIR": FOLDER.name,
}

import django  # noqa: E402
from django.conf import settings  # noqa: E402

if "DATABASE_URL" not in os.environ:
    settings.DATABASES["default"]["TEST"] = {"NAME": f"{FOLDER.name}/bench.sqlite3"}
settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
settings.LOGGING_CONFIG = None
settings.MIDDLEWARE.remove("pilots.http.middleware.StaticFilesMiddleware")  # nothing static is asked for
django.setup()

from django.db import connection, transaction  # noqa: E402
from django.http import QueryDict  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import setup_test_environment  # noqa: E402

from pilots.models import Document, Notice, Priority, Region, together, unrecorded  # noqa: E402
from pilots.record.loading import load  # noqa: E402
from pilots.search import facet_sets, facets, indexing  # noqa: E402
from pilots.search.cards import cards  # noqa: E402
from pilots.search.filters import RegionFilter  # noqa: E402

SIZES = [int(size) for size in sys.argv[1:]] or [45, 4_500, 100_000]
ROUNDS = 7
DOCUMENTS = 20  # that came after, of each area that is made up
QUERIES = {
    "nothing typed": "",
    "two facets": "province=guangdong&kind=prefecture-city",
    "a word": "q=湿地",
    "a common word": "q=建立",
    "a word and two facets": "q=湿地&province=guangdong&kind=prefecture-city",
    "two words": "q=湿地 多规合一",
    "one character": "q=县",
    "pinyin": "q=huairou",
    "no hit, loosened": "q=东莞红线管控办法",
    "a typo": "q=多轨合一",
    "what came after": "after=direct&after=none",
}


def main() -> None:
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    setup_test_environment()
    try:
        load(settings.BASE_DIR / "fixtures")
        for size in SIZES:
            started = time.perf_counter()
            grow(size)
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")
            report(size, time.perf_counter() - started)
    finally:
        connection.creation.destroy_test_db(str(settings.DATABASES["default"]["NAME"]), verbosity=0)


def report(size: int, seconds: float) -> None:
    """Print the medians of one size."""
    print(f"\n{connection.vendor}, {size:,} areas (made in {seconds:.0f} s)", flush=True)
    for name, query in QUERIES.items():
        part, whole = median(partial(find, query)), median(partial(page, query))
        print(f"  {name:24} search {part:7.1f}   page {whole:7.1f}", flush=True)
    slug = Region.objects.order_by("serial").values_list("slug", flat=True).last()
    for path in (f"/regions/{slug}/", "/api/v1/documents/", f"/api/v1/documents/?region={slug}"):
        print(f"  {path:44} {median(partial(CLIENT.get, path)):7.1f}", flush=True)
    anew = median(partial(facet_sets._read, facet_sets.version()))
    print(f"  {'facets read anew':44} {anew:7.1f}", flush=True)
    print(f"  {'a save':24} with index {median(save):7.1f}   without {unindexed():7.1f}", flush=True)


def grow(size: int) -> None:
    """Make areas up to `size`: each a copy of one of the notice's, with its priorities drawn from all of them,
    and documents of all areas."""
    choice = random.Random(size)
    patterns = list(Region.objects.filter(serial__lte=45).order_by("serial"))
    lines = list(Priority.objects.filter(region__serial__lte=45).prefetch_related("topics"))
    names = (
        "title",
        "number",
        "issued",
        "published",
        "kind",
        "relation",
        "duties",
        "finding",
        "verification",
        "source",
    )
    documents = list(Document.objects.filter(region__serial__lte=45).values(*names))
    notices = [Notice.objects.order_by("pk").first()]  # a notice has serials for 30,000
    for n in range(1, size // 30_000 + 1):
        named = {"number": f"N{n}", "title": "通知", "source_remark": "造", "issued_on": "2014-01-01", "batch": 1}
        notices.append(Notice.objects.get_or_create(slug=f"n{n}", defaults=named)[0])
    for start in range(Region.objects.count(), size, 1_000):
        made = range(start, min(start + 1_000, size))
        with together():
            regions = unrecorded(Region).bulk_create(_copy(patterns[n % 45], n, notices[n // 30_000]) for n in made)
            drawn = [(region, k, choice.choice(lines)) for region in regions for k in (1, 2, 3)]
            priorities = unrecorded(Priority).bulk_create(
                Priority(region=r, number=k, text=line.text, text_raw=line.text_raw, system_id=line.system_id)
                for r, k, line in drawn
            )
            Priority.topics.through.objects.bulk_create(
                Priority.topics.through(priority=priority, topic=topic)
                for priority, (_, _, line) in zip(priorities, drawn, strict=True)
                for topic in line.topics.all()
            )
            unrecorded(Document).bulk_create(
                Document(region=region, position=n, **documents[(region.serial + n) % len(documents)])
                for region in regions
                for n in range(1, DOCUMENTS + 1)
            )
            indexing.touch({("region", region.pk) for region in regions})


def _copy(pattern: Region, n: int, notice: Notice) -> Region:
    names = ("name_raw", "short_name", "kind", "province_id", "pinyin", "short_pinyin")
    values = {name: getattr(pattern, name) for name in names}
    return Region(notice=notice, serial=n % 30_000 + 46, slug=f"made-{n}", name=f"{pattern.name}{n}", **values)


def find(query: str) -> None:
    filterset = RegionFilter(QueryDict(query))
    facets.build(filterset)
    for kept in ("rows", "marked"):
        filterset.state.memory.pop(kept, None)
    cards(filterset.selection()[:60], filterset.state, filterset.answer.marked if filterset.answer else ())


CLIENT = Client()


def page(query: str) -> None:
    state = RegionFilter(QueryDict("")).state
    for kept in ("rows", "plain", "marked", "cards", "marked cards", "lines"):
        state.memory.pop(kept, None)
    assert CLIENT.get(f"/regions/?{query}").status_code == 200


def save() -> None:
    region = Region.objects.get(slug="beijing-huairou")
    with transaction.atomic(), together():
        region.remark = str(time.perf_counter())
        region.save()
        for priority in region.priorities.all():
            priority.save()


def unindexed() -> float:
    with _silent():
        return median(save)


@contextmanager
def _silent() -> Iterator[None]:
    kept, indexing.write = indexing.write, lambda things: None
    try:
        yield
    finally:
        indexing.write = kept


def median(work: Callable[[], None]) -> float:
    """Return the median time of `work` in milliseconds, after one round to warm up."""
    times = []
    for _ in range(ROUNDS + 1):
        started = time.perf_counter()
        work()
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times[1:])


if __name__ == "__main__":
    main()
