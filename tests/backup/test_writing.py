import fcntl
import json
import sqlite3
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection

from pilots.backup import checking, manifest, writing
from pilots.backup.manifest import BackupError, backups, beside, connected
from pilots.backup.writing import engine_of
from pilots.models import Region, SecurityEvent, SignIn, Term

from .conftest import IS_SQLITE, change, manage

pytestmark = pytest.mark.django_db

SUFFIX = ".sqlite3" if IS_SQLITE else ".dump"


def backup(folder, **options):
    """Run the command and return its lines, those on stderr last."""
    out, err = StringIO(), StringIO()
    call_command("backup", to=folder, stdout=out, stderr=err, **options)
    return out.getvalue() + err.getvalue()


def names(folder):
    return sorted(path.name for path in folder.iterdir() if path.name != ".pilots-backup.lock")


def take(site, folder, times, keep=99):
    return [writing.write(site, folder, keep).path for _ in range(times)]


def test_backup_is_a_private_file_named_by_its_time_with_a_manifest(site, folder):
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    said = backup(folder)

    [path] = backups(folder)
    told = json.loads(beside(path).read_text())
    assert names(folder) == [path.name, f"{path.name}.json"]
    assert before <= datetime.fromisoformat(told["taken_at"]) <= datetime.now(UTC)
    assert (
        path.name == datetime.fromisoformat(told["taken_at"]).strftime("pilots-%Y%m%dT%H%M%S.%f")[:-3] + "Z" + SUFFIX
    )
    assert {each.stat().st_mode & 0o777 for each in (path, beside(path))} == {0o600}
    assert folder.stat().st_mode & 0o777 == 0o700
    assert f"已备份到 {path}" in said
    assert backup(folder, verbosity=0) == ""


def test_manifest_says_what_the_backup_holds(site, folder):
    path, told, *_ = writing.write(site, folder, keep=1)

    rows = {name.removeprefix("public."): number for name, number in told.rows.items()}
    assert rows["pilots_region"] == Region.objects.count() == 45
    assert rows["pilots_priority"] == 130
    assert set(connection.introspection.table_names()) == set(rows)
    assert "pilots.0001_initial" in told.migrations
    assert (told.size, told.sha256) == (path.stat().st_size, manifest.digest(path))
    assert manifest.read(path) == told


def test_backup_holds_no_session_and_no_address_of_who_tried_to_sign_in(own_site, folder):
    """Nor does the file hold what was deleted in it; both tables are there when it is restored."""
    store = SessionStore()
    store["mark"] = "a session that is live"
    store.save()
    cache.set("limit:192.0.2.77", 1)
    SecurityEvent.objects.create(kind="failed", name="wang")
    SignIn.objects.create(user=User.objects.create_user("wang"), remote_addr="192.0.2.77", browser="Edge")

    path, told, *_ = writing.write(own_site, folder, keep=1)

    rows = {name.removeprefix("public."): number for name, number in told.rows.items()}
    assert (rows["django_session"], rows["pilots_signin"], rows["pilots_cache"]) == (0, 0, 0)
    assert rows["pilots_securityevent"] == SecurityEvent.objects.count() == 1
    assert Session.objects.count() == 1
    for text in (store.session_key, "192.0.2.77"):
        assert text.encode() not in path.read_bytes()
    assert not [text for weight, text in checking.check(path, own_site) if weight is checking.Weight.WRONG]


def test_newest_are_kept_and_older_ones_removed_with_their_manifests(site, folder):
    first, *kept = take(site, folder, 3)

    said = backup(folder, keep=3)

    assert f"已删去较旧的 {first}" in said
    newest = backups(folder)[0]
    assert backups(folder) == [newest, *reversed(kept)]
    assert names(folder) == sorted(each for path in backups(folder) for each in (path.name, beside(path).name))


def test_foreign_files_are_left_alone(site, folder):
    folder.mkdir()
    foreign = {"notes.txt", f"pilots-old{SUFFIX}", f"pilots-20150101T000000.000Z{SUFFIX}.bak", "pilots.json"}
    for name in foreign:
        (folder / name).write_text("x")

    take(site, folder, 2, keep=1)

    assert foreign < set(names(folder))
    assert len(backups(folder)) == 1


def test_backups_of_another_database_neither_count_nor_go(site, folder):
    own, other = take(site, folder, 2)
    change(other, database="other")

    [second] = take(site, folder, 1, keep=2)
    assert backups(folder) == [second, other, own]

    [third] = take(site, folder, 1, keep=1)
    assert backups(folder) == [third, other]


def test_damaged_backup_does_not_count_as_one_of_those_kept(site, folder):
    good, damaged = take(site, folder, 2)
    damaged.write_bytes(damaged.read_bytes()[:-1])

    said = backup(folder, keep=2)

    assert good.exists()
    assert damaged.exists()
    assert f"提醒：{damaged} 已损坏（应为 " in said


def test_backup_without_manifest_is_told_and_left(site, folder):
    [path] = take(site, folder, 1)
    beside(path).unlink()

    said = backup(folder, keep=1)

    assert path.exists()
    assert f"提醒：{path} 旁边没有清单" in said


def test_newest_backup_is_kept_though_the_clock_was_set_back(site, folder):
    [path] = take(site, folder, 1)
    later = path.with_name(f"pilots-29990101T000000.000Z{SUFFIX}")
    beside(path).rename(beside(later))
    path.rename(later)

    [newest] = take(site, folder, 1, keep=1)

    assert backups(folder) == [newest]


def test_remnants_of_a_killed_run_are_swept(site, folder):
    folder.mkdir()
    for name in (f".pilots-20150101T000000.000Z{SUFFIX}.part", f"pilots-20150101T000000.000Z{SUFFIX}.json"):
        (folder / name).write_text("x")

    [path] = take(site, folder, 1)

    assert names(folder) == [path.name, f"{path.name}.json"]


def test_copy_that_lacks_rows_is_no_backup(site, folder, monkeypatch):
    [good] = take(site, folder, 1)
    engine, whole = engine_of(site), engine_of(site).count
    monkeypatch.setattr(engine, "count", lambda *args: {name: rows - 1 for name, rows in whole(*args).items()})

    with pytest.raises(CommandError, match="备份与数据库不符：表 "):
        backup(folder, keep=1)

    assert names(folder) == [good.name, f"{good.name}.json"]


def test_commit_between_counting_and_copying_falls_into_neither(own_site, folder, monkeypatch):
    engine = engine_of(own_site)
    take_census = engine.take_census

    def count_and_let_somebody_write(*args):
        census = take_census(*args)
        with suppress(OperationalError), connected(own_site | {"OPTIONS": {}}) as other, other.cursor() as cursor:
            if IS_SQLITE:
                cursor.execute("PRAGMA busy_timeout = 0")  # the writer would wait, and is told so at once
            columns = "word, official, reason, withdrawn_reason"
            cursor.execute(f"INSERT INTO pilots_term ({columns}) VALUES (%s, '', '', '')", ["meanwhile"])
        return census

    monkeypatch.setattr(engine, "take_census", count_and_let_somebody_write)
    path, told, *_ = writing.write(own_site, folder, keep=1)
    monkeypatch.undo()

    assert told.rows == engine.count(path, own_site)
    assert Term.objects.filter(word="meanwhile").exists()


def test_commit_that_sqlite_keeps_beside_its_file_is_in_the_backup(own_site, folder):
    if not IS_SQLITE:
        pytest.skip("a server is asked, not copied")
    with connected(own_site | {"OPTIONS": {}}) as other, other.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode = WAL")
        columns = "word, official, reason, withdrawn_reason"
        cursor.execute(f"INSERT INTO pilots_term ({columns}) VALUES ('beside', '', '', '')")
        [path] = take(own_site, folder, 1)

    with closing(sqlite3.connect(f"file:{path}?immutable=1", uri=True)) as copy:
        assert copy.execute("SELECT count(*) FROM pilots_term WHERE word = 'beside'").fetchone() == (1,)


def test_manifest_that_can_not_be_written_leaves_nothing(site, folder, monkeypatch):
    def refuse(self, path):
        beside(path).write_text("half")
        raise OSError(28, "No space left on device", str(beside(path)))

    monkeypatch.setattr(manifest.Manifest, "write", refuse)

    with pytest.raises(CommandError, match="磁盘已满"):
        backup(folder)

    assert names(folder) == []


def test_full_disk_is_told_in_one_line_and_leaves_nothing(site, folder):
    done = manage(site, "backup", "--to", folder, before="ulimit -f 60")  # KiB; a backup has more

    [line] = done.stderr.strip().splitlines()
    assert done.returncode == 1
    assert line.startswith("CommandError: 备份：")
    assert names(folder) == []


@pytest.mark.parametrize("place", ["/proc/pilots", "/dev/null/backups"])
def test_folder_that_can_not_be_written_is_told(site, place):
    with pytest.raises(CommandError, match=f"备份：不能读写 {place}"):
        backup(Path(place))


def test_second_run_at_once_is_refused(site, folder):
    folder.mkdir()
    with (folder / ".pilots-backup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(CommandError, match=f"另一次备份正在写入 {folder}"):
            backup(folder)

    assert "已备份到" in backup(folder)


@pytest.mark.parametrize("keep", ["0", "-1", "x"])
def test_keeping_none_is_refused(site, folder, keep):
    with pytest.raises(CommandError, match="须为 1 或更大的整数"):
        call_command("backup", f"--to={folder}", f"--keep={keep}")

    assert not folder.exists()


def test_database_that_is_not_there_is_told_and_not_made(site, folder, tmp_path):
    nowhere = site | {"NAME": str(tmp_path / "nowhere") if IS_SQLITE else "nowhere"}

    done = manage(nowhere, "backup", "--to", folder)

    [line] = done.stderr.strip().splitlines()
    assert done.returncode == 1
    assert line.startswith("CommandError: 备份：")
    assert not (tmp_path / "nowhere").exists()


def test_database_without_tables_is_told(empty, folder):
    if IS_SQLITE:
        sqlite3.connect(empty["NAME"]).close()
        open(empty["NAME"], "w").close()

    done = manage(empty, "backup", "--to", folder)

    assert done.returncode == 1
    assert "数据库没有迁移" in done.stderr
    assert names(folder) == []


def test_other_kinds_of_database_are_refused(folder):
    with pytest.raises(BackupError, match="不会备份这种数据库"):
        writing.write({"ENGINE": "django.db.backends.mysql", "NAME": "x"}, folder, 1)


def test_server_without_its_programs_is_told(site, folder, monkeypatch):
    if IS_SQLITE:
        pytest.skip("SQLite needs no program")
    monkeypatch.setattr("pilots.backup.postgresql.FOLDERS", ())
    monkeypatch.setenv("PATH", "")

    with pytest.raises(CommandError, match="备份：找不到 pg_dump：请安装 PostgreSQL"):
        backup(folder)

    assert names(folder) == []


def test_damaged_sqlite_file_is_not_taken_for_a_backup(own_site, folder):
    if not IS_SQLITE:
        pytest.skip("a server looks after its files itself")
    [good] = take(own_site, folder, 1)
    with closing(sqlite3.connect(own_site["NAME"])) as other:
        [[root], *_] = other.execute("SELECT rootpage FROM sqlite_master WHERE name LIKE 'pilots_priority_region%'")
        [[size]] = other.execute("PRAGMA page_size")
    with open(own_site["NAME"], "r+b") as file:
        file.seek((root - 1) * size + 8)
        file.write(b"\x00" * 64)

    with pytest.raises(CommandError, match="数据库文件已损坏"):
        backup(folder, keep=1)

    assert backups(folder) == [good]


def test_sqlite_row_that_points_nowhere_is_told(own_site, folder):
    if not IS_SQLITE:
        pytest.skip("a server refuses such a row")
    with closing(sqlite3.connect(own_site["NAME"])) as other:
        other.execute("UPDATE pilots_priority SET region_id = 999 WHERE id = 1")
        other.commit()

    with pytest.raises(CommandError, match="pilots_priority 里有行指向表 pilots_region 里不存在的行"):
        backup(folder)

    assert names(folder) == []


def test_names_sort_as_their_times_do():
    moments = [datetime(2026, 11, 24, 3, 15, second, 7000 * second, tzinfo=UTC) for second in range(3)]

    told = [manifest.name(moment, SUFFIX) for moment in moments]

    assert told == sorted(told)
    assert told[1] == f"pilots-20261124T031501.007Z{SUFFIX}"
