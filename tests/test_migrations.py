"""Databases of earlier versions: what a migration converts, and what it refuses with the rows' names."""

import json
import os
import subprocess
import sys
import threading
import urllib.request

import pytest
from django.conf import settings

from .processes import fetch, of, serving
from .serving import database

# Run in a process of its own, on an empty database: prints what each step found.
STEPS = """
import hashlib, json
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

def at(name):
    executor = MigrationExecutor(connection)
    executor.loader.replace_migrations = False  # one after the other, as they came
    executor.loader.build_graph()
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

get = at("0024_numbers_of_documents")
kind = get("contenttypes", "ContentType").objects.create(app_label="pilots", model="region")
entries = get("pilots", "HistoryEntry").objects
moments = iter(f"2026-01-01T00:00:0{second}Z" for second in range(9))

def enter(cid, subject_kind, subject_id, reason="", **values):
    about = {"cid": cid, "subject_kind": subject_kind, "subject_id": subject_id, "reason": reason}
    row = {"content_type_id": kind.pk, "object_pk": "1", "object_id": 1, "object_repr": "r", "action": 1}
    entries.create(**about | row | values | {"timestamp": next(moments)})

enter("a", "region", 1, "why", remote_addr="192.0.2.7")
enter("b", "region", 1)
enter("a", "region", 1, "why", remote_addr="192.0.2.7")
enter("a", "topic", 1, "why", remote_addr="192.0.2.7")
enter("", "region", 1)
enter(None, "", 2)
before = column("HistoryEntry", "pk", "object_repr", "timestamp", "lines")
body = {"name": "body", "text_name": "b", "successor": "other", "slug": "b", "position": 1, "change": "c"}
get("pilots", "Ministry").objects.create(**body)
try:
    call_command("migrate", interactive=False, verbosity=0)
except CommandError as error:
    said["without a source"] = str(error)
get = at("0025_edits")
get("pilots", "Ministry").objects.update(change_source="words")
get("pilots", "Province").objects.update(slug="怀 柔")
try:
    call_command("migrate", interactive=False, verbosity=0)
except CommandError as error:
    said["no address"] = str(error)
get("pilots", "Province").objects.update(slug="p")
call_command("migrate", interactive=False, verbosity=0)  # as an operator does, the squashed one being there
get = apps.get_model
said["applied"] = sorted(name for app, name in MigrationRecorder(connection).applied_migrations() if app == "pilots")
said["same"] = before == column("HistoryEntry", "pk", "object_repr", "timestamp", "lines")
said["edits"] = column("Edit", "key", "subject_kind", "subject_id", "reason", "remote_addr", "at")
said["of"] = column("HistoryEntry", "edit__key", "edit__subject_kind")
print(json.dumps(said, default=lambda at: at.isoformat()))
"""


# What the next release's program does to the database, also while somebody reads its tables in the other order; then
# what the old one still does.
NEXT = """
import threading, time
import django
django.setup()
from django.db import connection, migrations, models, transaction
from pilots.management.installation import Executor

class Next(migrations.Migration):
    operations = [
        migrations.AddField("topic", "next_words", models.CharField(max_length=20, null=True)),
        migrations.RunPython(lambda *_: taken.set()),
        migrations.AddField("region", "next_words", models.CharField(max_length=20, null=True)),
        migrations.CreateModel("Next", [("id", models.BigAutoField(primary_key=True))]),
    ]

begun, taken, read = threading.Event(), threading.Event(), []

def reader():
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pilots_region")
        begun.set()
        taken.wait()
        time.sleep(0.3)
        cursor.execute("SELECT 1 FROM pilots_topic")
        read.append(True)

executor, key = Executor(connection), ("pilots", "9999_next")
[last], graph = executor.loader.graph.leaf_nodes("pilots"), executor.loader.graph
graph.add_node(key, Next(key[1], key[0]))
graph.add_dependency(None, key, last)
person = threading.Thread(target=reader)
if connection.vendor == "postgresql":
    person.start()
    begun.wait()
executor.migrate([key])
if person.ident:
    person.join()
    assert read
print(connection.introspection.table_names())
"""
EDIT = """
import django
django.setup()
from pilots.models import Region, editing
with editing(reason="核对后补充说明"):
    area = Region.objects.get(slug="beijing-huairou")
    area.remark, area.remark_source = "升级期间写下的说明", "国函〔2015〕119号"
    area.save()
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


def test_change_of_a_ministry_without_a_source_is_refused_by_name(said):
    assert "发文机关 body 2018年的变化没有出处：请用上一版网站补齐" in said["without a source"]


def test_slug_that_no_address_takes_is_refused_by_name(said):
    assert "省级单位的地址名“怀 柔”不能用在网址里" in said["no address"]


def test_every_migration_is_applied_the_squashed_one_too(said):
    files = (settings.BASE_DIR / "pilots" / "migrations").glob("0*.py")

    assert said["applied"] == sorted(path.stem for path in files)


def test_entries_of_one_record_and_one_go_become_an_edit_and_a_lone_one_another(said):
    assert said["same"]
    keys = [key for key, *_ in said["edits"]]
    assert [edit[1:5] for edit in said["edits"]] == [
        ["region", 1, "", None],
        ["region", 1, "why", "192.0.2.7"],
        ["topic", 1, "why", "192.0.2.7"],
        ["region", 1, "", None],
        ["", 2, "", None],
    ]
    assert keys[:3] == ["b", "a", "a"]
    assert "2026-01-01T00:00:04" in keys[3]
    assert "2026-01-01T00:00:05" in keys[4]
    assert [edit[5] for edit in said["edits"]] == [f"2026-01-01T00:00:0{second}+00:00" for second in (1, 2, 3, 4, 5)]
    assert said["of"] == [
        ["a", "region"],
        ["b", "region"],
        ["a", "region"],
        ["a", "topic"],
        [keys[3], "region"],
        [keys[4], ""],
    ]


def test_next_migration_runs_while_old_workers_serve_and_save(made_before):
    statuses, is_over = [], threading.Event()

    def read(address):
        drawn = urllib.request.Request(f"{address}/regions/beijing-huairou/", headers={"Cookie": "a=b"})
        while not is_over.is_set():
            with urllib.request.urlopen(drawn, timeout=30) as page:
                statuses.append(page.status)

    with database() as url:
        environment = of(made_before) | url | {"DJANGO_SETTINGS_MODULE": "config.settings"}
        with serving(environment) as (address, _):
            reader = threading.Thread(target=read, args=(address,))
            reader.start()
            run = {"cwd": settings.BASE_DIR, "env": environment, "timeout": 120, "text": True}
            try:
                tables = subprocess.check_output([sys.executable, "-c", NEXT], **run)
                subprocess.check_output([sys.executable, "-c", EDIT], **run)
            finally:
                is_over.set()
                reader.join()
            page, probe = fetch(f"{address}/regions/beijing-huairou/"), fetch(f"{address}/readyz")

    assert "pilots_next" in tables
    assert len(statuses) > 5
    assert set(statuses) == {200}
    assert "升级期间写下的说明" in page.text
    assert probe.status == 200
