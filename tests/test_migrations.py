"""Databases of earlier versions: what a migration converts, and what it refuses with the rows' names."""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings

from .serving import database

# Run in a process of its own, on an empty database: prints what each step found.
STEPS = """
import hashlib, json
from django.core.management import CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

def at(name):
    executor = MigrationExecutor(connection)
    return executor.migrate([("pilots", name)]).apps.get_model if name else None

def mark(model, pk, **values):
    hashes = {key: hashlib.sha256(json.dumps(value).encode()).hexdigest()[:16] for key, value in values.items()}
    get("pilots", "LoadedRow").objects.create(model=model, key=f'["{model}-{pk}"]', object_id=pk, hashes=hashes)

def column(model, *names):
    return list(get("pilots", model).objects.order_by("pk").values_list(*names))

said = {}
get = at("0009_classification_basis")
notice = get("pilots", "Notice").objects.create(slug="n", title="t", number="n", issued_on="2015-12-31", batch=2)
province = get("pilots", "Province").objects.create(
    slug="p", name="p", short_name="p", kind="province", pinyin="p", position=1
)
words = {"pinyin": "p", "short_pinyin": "p", "kind": "county", "notice_id": notice.pk, "province_id": province.pk}
for n in range(1, 5):
    words |= {"serial": n, "slug": f"area-{n}", "name": f"area {n}", "name_raw": "raw", "short_name": "short"}
    get("pilots", "Region").objects.create(**words)
areas = get("pilots", "Region").objects
areas.filter(serial=1).update(renamed_on="2017-04-09")
areas.filter(serial=2).update(name_now="other", name_now_status="verified", renaming="words")
mark("notice", notice.pk)
for area in areas.exclude(serial=4):
    mark("region", area.pk, is_kind_verified=True, name_now_status="unverified")
try:
    at("0010_rows_of_the_notice")
except CommandError as error:
    said["refused"] = str(error)
areas.filter(serial=1).update(renaming="words")
areas.filter(serial=2).update(name_now_status="unverified")
get = at("0010_rows_of_the_notice")
said["added"] = column("Region", "serial", "is_issued")

get = at("0011_sources_and_precision")
get("pilots", "SearchEntry").objects.create(kind="region", object_id=1, title="t", url="/regions/a/")
get = at("0012_added_rows_found")
said["entries"] = get("pilots", "SearchEntry").objects.count()

get = at("0019_remarks_with_a_source")
areas = get("pilots", "Region").objects
areas.update(is_kind_verified=True)
areas.filter(serial=3).update(kind_source="words")
areas.filter(serial=2).update(name_now="area 2", name_now_status="verified", renaming_source="words")
codes = {"role": "self", "name_then": "d", "name_now": "d", "code_now": "110101", "source": "s"}
for n, status in enumerate(["verified", "customary", "partial"], 1):
    row = {"region_id": areas.get(serial=1).pk, "position": n, "verification": status}
    get("pilots", "Division").objects.create(**codes | row)
get = at("0020_rules_of_one_row")
fields = ("is_kind_verified", "kind_source", "name_now_status", "renaming", "renaming_source")
said["regions"] = column("Region", *fields)
said["divisions"] = column("Division", "verification", "name_now", "code_now", "source")
no = hashlib.sha256(b"false").hexdigest()[:16]
said["marks"] = [hashes.get("is_kind_verified") == no for [hashes] in column("LoadedRow", "hashes")]
print(json.dumps(said))
"""


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """What the steps found, each on the rows of its time."""
    with database() as url:
        clean = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path_factory.mktemp("old")), "DEBUG": "1"}
        command = [sys.executable, "manage.py", "shell", "--verbosity", "0", "--command", STEPS]
        done = subprocess.run(
            command, cwd=settings.BASE_DIR, env=clean | url, capture_output=True, text=True, check=False
        )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_renaming_without_words_or_source_is_refused_by_name(said):
    assert "先行示范地区 area-1、area-2 有更名批准日期而没有更名情况" in said["refused"]


def test_rows_that_were_not_loaded_with_the_notice_are_added_ones(said):
    assert said["added"] == [[1, True], [2, True], [3, True], [4, False]]


def test_entries_of_the_search_are_written_again(said):
    assert said["entries"] == 0


def test_what_breaks_a_new_rule_is_unverified_and_keeps_its_words(said):
    assert said["regions"] == [
        [False, "", "unverified", "words", ""],
        [False, "", "unverified", "words", "words"],
        [True, "words", "unverified", "", ""],
        [False, "", "unverified", "", ""],
    ]
    assert said["divisions"] == [[status, "d", "110101", "s"] for status in ("unverified", "unverified", "partial")]


def test_row_that_was_as_loaded_stays_so(said):
    """The notice, then the three areas that were loaded: the next load gives the first two their source."""
    assert said["marks"] == [False, True, True, False]
