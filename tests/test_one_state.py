"""After any sequence of edits every page and file is what a fresh process would make of the database."""

import ast
import contextlib
import datetime
import functools
import gc
import os
import random
import re
import sys

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from pilots.models import Alias, Priority, Province, Region, RegionKind, System, Term, Topic, editing
from pilots.record import corrections
from pilots.record.loading import load
from pilots.search import facet_sets

from . import factories as make

pytestmark = pytest.mark.django_db
SEQUENCES = int(os.environ.get("EDIT_SEQUENCES", "2"))
EDITS = 8  # of one sequence
PATHS = (
    "/",
    "/regions/",
    "/regions/?sort=province",
    "/regions/?q=湿地",
    "/regions/?q=新名",
    "/regions/?q=俗称",
    "/regions/?province=ningxia&province=neimenggu&kind=county",
    "/provinces/",
    "/provinces/ningxia/",
    "/provinces/guangdong/",
    "/provinces/xinjiang/",
    "/topics/",
    "/topics/ecological-red-lines/",
    "/systems/",
    "/systems/other/",
    "/matrix/",
    "/after/",
    "/compare/?region=ningxia-yongning&region=beijing-huairou&region=liaoning-benxi",
    "/notices/fagai-huanzi-2015-3214/",
    "/notices/fagai-huanzi-2015-3214/?text=raw",
    "/regions/ningxia-yongning/",
    "/sitemap/",
    "/sitemap.xml",
    "/changes/",
    "/changes.atom",
    "/provinces/ningxia/changes.atom",
    "/regions.csv",
    "/regions.csv?q=湿地&rows=priorities",
    "/regions.json",
    "/api/v1/regions/?fields=slug,serial,name",
    "/api/v1/provinces/",
    "/api/v1/search/?q=湿地",
    "/api/v1/changes/",
    "/api/v1/deletions/",
)
PASSING = re.compile(rb'[a-zA-Z0-9]{64}|nonce="[^"]*"')


def look(client, path):
    answer = client.get(path)
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return answer.status_code, answer.headers.get("ETag"), PASSING.sub(b"", content)


@contextlib.contextmanager
def fresh_process(folder):
    """Forget, for the block, whatever the process remembers of the record, and the files that it keeps."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(facet_sets, "_kept", None)
        patch.setattr(settings, "DATA_DIR", folder)
        for wrapper in caches():
            wrapper.cache_clear()
        yield


def caches():
    every = (each for each in gc.get_objects() if type(each) is functools._lru_cache_wrapper)
    return [each for each in every if each.__module__.startswith("pilots.")]


# What people do. Each takes a source of chance, and may be refused.


def withdraw(chance):
    row = chance.choice(Region.objects.order_by("pk"))
    row.withdrawn_on, row.withdrawn_reason = datetime.date(2026, 11, 23), "与文件不符"
    row.save()


def restore(chance):
    rows = Region.all_objects.exclude(withdrawn_on=None).order_by("pk")
    row = chance.choice(rows or [None])
    if row:
        row.withdrawn_on, row.withdrawn_reason = None, ""
        row.save()


def withdraw_and_restore(chance):
    withdraw(chance)
    for row in Region.all_objects.exclude(withdrawn_on=None):
        row.withdrawn_on, row.withdrawn_reason = None, ""
        row.save()


def withdraw_many(chance):
    pks = [row.pk for row in chance.sample(list(Region.objects.order_by("pk")), 3)]
    make.overwrite(
        Region.all_objects.filter(pk__in=pks), withdrawn_on=datetime.date(2026, 1, 2), withdrawn_reason="合并"
    )


def rename(chance):
    row = chance.choice(Region.objects.order_by("pk"))
    row.short_name = row.name = f"新名{chance.randrange(1000)}县"
    row.save()


def swap(chance):
    one, two = chance.sample(list(Region.objects.order_by("pk")), 2)
    serials = one.serial, two.serial
    for row, serial in ((one, 900), (two, serials[0]), (one, serials[1])):
        row.serial = serial
        row.save()


def add(chance):
    number = chance.randrange(1000, 30_000)
    province = chance.choice(Province.objects.order_by("pk"))
    row = make.make_region(serial=number, slug=f"new-{number}", name=f"新名{number}", province=province)
    make.make_priority(region=row, topics=[chance.choice(Topic.objects.order_by("pk"))])


def move(chance):
    row = chance.choice(Region.objects.order_by("pk"))
    row.province = chance.choice(Province.objects.order_by("pk"))
    row.save()


def join(chance):
    row = chance.choice(Region.objects.order_by("pk"))
    units = Province.objects.province_level().exclude(pk__in=[row.province_id, row.province.parent_id or 0])
    row.partners.set(chance.sample(list(units.order_by("pk")), 2))


def reclassify(chance):
    row = chance.choice(Priority.objects.order_by("pk"))
    row.system = chance.choice(System.objects.order_by("pk"))
    row.save()
    row.topics.set(chance.sample(list(Topic.objects.order_by("pk")), 2))


def retype(chance):
    row = chance.choice(Region.objects.order_by("pk"))
    make.overwrite(Region.objects.filter(pk=row.pk), kind=chance.choice(RegionKind.values))


def nickname(chance):
    row = chance.choice(Region.objects.order_by("pk"))
    Alias.all_objects.update_or_create(region=row, name="俗称", defaults={"kind": "common"})


def drop_nickname(chance):
    Alias.objects.filter(name="俗称").delete()


def coin(chance):
    Term.objects.update_or_create(word="俗称", defaults={"official": chance.choice(["湿地", "红线"])})


def withdraw_line(chance):
    row = chance.choice(Priority.objects.order_by("pk"))
    row.withdrawn_on, row.withdrawn_reason = datetime.date(2026, 11, 23), "误录"
    row.save()


def retitle(chance):
    row = chance.choice([*Topic.objects.order_by("pk"), *Province.objects.order_by("pk")])
    row.name = f"新名{chance.randrange(1000)}"
    row.save()


def reorder(chance):
    units = list(Province.objects.order_by("pk"))
    one, two = chance.sample(units, 2)
    positions = one.position, two.position
    for row, position in ((one, 900), (two, positions[0]), (one, positions[1])):
        row.position = position
        row.save()


def reload(chance):
    load(settings.BASE_DIR / "fixtures")


DEEDS = (
    withdraw,
    restore,
    withdraw_and_restore,
    withdraw_many,
    rename,
    swap,
    add,
    move,
    join,
    reclassify,
    retype,
    nickname,
    drop_nickname,
    coin,
    withdraw_line,
    retitle,
    reorder,
    reload,
)


def act(chance):
    deed = chance.choice(DEEDS)
    with contextlib.suppress(ValidationError, IntegrityError), editing(actor=None, reason="试"), transaction.atomic():
        deed(chance)
    return deed.__name__


def differing(client, tmp_path, paths=PATHS):
    """Return the paths that a fresh process would answer otherwise, or that fail."""
    mine = [look(client, path) for path in paths]
    with fresh_process(tmp_path):
        theirs = [look(client, path) for path in paths]
    return [path for path, one, two in zip(paths, mine, theirs, strict=True) if one != two or one[0] >= 500]


@pytest.mark.parametrize("number", [0, *(pytest.param(n, marks=pytest.mark.once) for n in range(1, SEQUENCES))])
def test_whatever_is_edited_all_pages_are_those_of_a_fresh_process(client, tmp_path, number):
    chance = random.Random(number)
    deeds = []
    for turn in range(EDITS):
        deeds.append(act(chance))
        if chance.random() < 0.3:
            for path in chance.sample(PATHS, 3):
                look(client, path)
        if turn % 4 == 3:
            assert differing(client, tmp_path / str(turn)) == [], deeds


@pytest.mark.once
@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.__name__)
def test_one_edit_between_two_reads_shows_everywhere(client, tmp_path, deed):
    paths = [path for path in PATHS if "湿地" in path or path in ("/regions/", "/provinces/ningxia/")]
    for path in paths:
        look(client, path)

    with editing(actor=None, reason="试"):
        deed(random.Random(7))

    assert differing(client, tmp_path, paths) == []


@pytest.mark.once
@pytest.mark.parametrize("path", ["/", "/regions/beijing-huairou/", "/notices/fagai-huanzi-2015-3214/"])
def test_what_was_read_before_an_edit_is_not_kept_for_after_it(client, monkeypatch, tmp_path, path):
    mark = corrections.mark

    def edit_meanwhile(*rows, **options):
        monkeypatch.undo()
        for region in Region.objects.all():
            region.name, region.short_name = f"{region.name}今", f"{region.short_name}今"
            region.save()
        return mark(*rows, **options)

    with editing(actor=None, reason="试"):
        Topic.objects.first().save()
        monkeypatch.setattr(corrections, "mark", edit_meanwhile)
        look(client, path)

    assert Region.objects.first().name.endswith("今")
    assert differing(client, tmp_path, [path]) == []


@pytest.mark.once
def test_the_snapshot_is_all_that_a_process_remembers_of_the_record(client):
    """What `fresh_process` forgets is all that there is: no other global is bound anew, none is filled by reading."""
    rebound = {
        (path.name, name)
        for path in (settings.BASE_DIR / "pilots").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Global)
        for name in node.names
    }
    for path in PATHS:
        look(client, path)
    before = sizes()
    make.make_priority(region=make.make_region(), topics=[make.make_topic()], system=make.make_system())
    for path in PATHS:
        look(client, path)

    assert rebound == {("facet_sets.py", "_kept")}
    assert sizes() == before


def sizes():
    modules = {name: module for name, module in sys.modules.items() if name.split(".")[0] == "pilots"}
    return {
        (name, key): len(value)
        for name, module in modules.items()
        for key, value in vars(module).items()
        if type(value) in (dict, list, set) and not key.startswith("__")
    }
