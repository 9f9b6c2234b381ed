import shutil
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import Error, connection, connections

from pilots.backup import postgresql
from pilots.backup.manifest import BackupError, beside, connected, digest, read, standing_in
from pilots.backup.writing import engine_of, write
from pilots.models import Region, Term

from .. import factories as make
from .conftest import IS_SQLITE, address, change, manage

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def written(shared_site, django_db_blocker, tmp_path_factory):
    """A backup of the site, made once: to copy, not to change."""
    with django_db_blocker.unblock(), standing_in(shared_site):
        return write(shared_site, tmp_path_factory.mktemp("written") / "backups", keep=9).path


@pytest.fixture
def kept(site, folder, written):
    """A backup of the site."""
    shutil.copytree(written.parent, folder)
    return folder / written.name


def restore_check(path, **options):
    """Run the command; return its lines and those about what is wrong."""
    out, err = StringIO(), StringIO()
    call_command("restore_check", path, stdout=out, stderr=err, **options)
    return out.getvalue(), err.getvalue()


def refused(path, **options):
    """Run the command, which must fail; return everything that it said."""
    out, err = StringIO(), StringIO()
    with pytest.raises(CommandError) as caught:
        call_command("restore_check", path, stdout=out, stderr=err, **options)
    assert caught.value.returncode == 1
    return f"{out.getvalue()}{err.getvalue()}{caught.value}"


def test_whole_backup_is_restored_counted_and_found_sound(site, kept):
    said, wrong = restore_check(kept)

    rows = read(kept).rows
    assert wrong == ""
    assert [line.partition("（")[0] for line in said.splitlines() if "已恢复" not in line] == [
        f"备份 {kept}",
        f"{len(rows)} 张表共 {sum(rows.values())} 行，与清单一致",
        f"{len(read(kept).migrations)} 个迁移与本程序一致",
        "数据完整，与所收原文一致",
    ]
    assert restore_check(kept, verbosity=0) == ("", "")


@pytest.mark.once
def test_newest_backup_of_a_folder_is_checked(site, folder, kept):
    newest = write(site, folder, keep=9).path

    said, _ = restore_check(folder)

    assert f"备份 {newest}（" in said


def test_nothing_stays_of_a_scratch_place(site, kept, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    before = sorted(tmp_path.iterdir()), databases(site)

    restore_check(kept)
    change(kept, rows=read(kept).rows | {"more": 1})
    refused(kept)

    assert (sorted(tmp_path.iterdir()), databases(site)) == before


def databases(site):
    if IS_SQLITE:
        return set()
    with connected(site) as own, own.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE 'pilots_restore_check%%'", [])
        return {name for (name,) in cursor.fetchall()}


def test_site_itself_is_not_touched_by_a_check(own_site, folder):
    path = write(own_site, folder, keep=1).path
    Term.objects.create(word="later")

    restore_check(path)

    assert Term.objects.filter(word="later").exists()
    assert connection.settings_dict["NAME"] == own_site["NAME"]


def test_flipped_byte_is_told(kept):
    content = bytearray(kept.read_bytes())
    content[len(content) // 2] ^= 1
    kept.write_bytes(content)

    said = refused(kept)

    assert f"{kept} 已损坏（校验和与清单不符）" in said
    assert "已恢复" not in said


@pytest.mark.once
def test_truncated_file_is_told(kept):
    size = kept.stat().st_size
    kept.write_bytes(kept.read_bytes()[:-100])

    assert f"{kept} 已损坏（应为 {size} 字节，现为 {size - 100} 字节）" in refused(kept)


@pytest.mark.parametrize("harm", ["flipped", "truncated"])
def test_damage_is_found_by_opening_the_file_too(site, kept, harm):
    content = bytearray(kept.read_bytes())
    if harm == "truncated":
        del content[len(content) * 2 // 3 :]
    else:
        content[len(content) * 2 // 3 :] = bytes(len(content) - len(content) * 2 // 3)
    kept.write_bytes(content)
    change(kept, size=len(content), sha256=digest(kept))

    with pytest.raises((BackupError, Error)):
        engine_of(site).count(kept, site)
    assert "数据完整" not in refused(kept)


@pytest.mark.once
def test_missing_manifest_is_told(kept):
    beside(kept).unlink()

    assert f"{kept} 旁边没有清单 {kept.name}.json" in refused(kept)


@pytest.mark.once
@pytest.mark.parametrize(
    ("text", "said"),
    [("{", "已损坏"), ("\xff", "已损坏"), ("[]", "不完整"), ("{}", "不完整"), ('{"rows": 1}', "不完整")],
)
def test_manifest_that_makes_no_sense_is_told(kept, text, said):
    beside(kept).write_text(text, encoding="latin-1")

    assert said in refused(kept)


@pytest.mark.once
def test_manifest_with_values_of_another_kind_is_told(kept):
    change(kept, rows=["pilots_region"])

    assert "不完整" in refused(kept)


def test_backup_of_the_other_engine_is_told(kept):
    other = "PostgreSQL" if IS_SQLITE else "SQLite"
    change(kept, engine=other)

    assert f"{kept} 是 {other} 的备份，不能恢复到 {engine_of(connection.settings_dict).NAME}" in refused(kept)


def test_table_with_fewer_rows_is_told(kept):
    rows = read(kept).rows
    table = next(name for name in rows if name.endswith("pilots_region"))
    change(kept, rows=rows | {table: 46, "gone": 3})

    said = refused(kept)

    assert f"错误：表 {table}：应有 46 行，实有 45 行。" in said
    assert "错误：表 gone：应有 3 行，实有 （没有这张表） 行。" in said
    assert "共 2 个问题，这份备份不可靠。" in said


def test_migration_that_this_program_lacks_is_told(own_site, folder):
    migrated("INSERT INTO django_migrations (app, name, applied) VALUES ('pilots', '9999_later', '2030-01-01')")
    path = write(own_site, folder, keep=1).path

    assert "错误：本程序没有迁移 pilots.9999_later：请用较新的版本恢复。" in refused(path)


@pytest.mark.once
def test_migration_of_an_app_that_is_gone_is_of_no_account(own_site, folder):
    migrated("INSERT INTO django_migrations (app, name, applied) VALUES ('gone', '0001_initial', '2020-01-01')")

    said, wrong = restore_check(write(own_site, folder, keep=1).path)

    assert wrong == ""
    assert "数据完整" in said


def test_migration_that_the_backup_lacks_is_worth_knowing(own_site, folder):
    migrated("DELETE FROM django_migrations WHERE app = 'sessions'")

    _, wrong = restore_check(write(own_site, folder, keep=1).path)

    assert wrong == "提醒：恢复后须运行 migrate：有 1 个迁移尚未应用。\n"


@pytest.mark.once
def test_migrations_other_than_the_manifests_are_told(kept):
    change(kept, migrations=read(kept).migrations[1:])

    assert "错误：迁移与清单不符。" in refused(kept)


def migrated(statement):
    with connections["default"].cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.once
def test_what_is_wrong_with_the_record_is_worth_knowing(own_site, folder):
    Region.objects.get(serial=7).delete()

    said, wrong = restore_check(write(own_site, folder, keep=1).path)

    assert "提醒：地区：应为 45，现为 44。" in wrong
    assert "与清单一致" in said


@pytest.mark.once
def test_folder_without_backups_is_told(site, folder):
    assert f"没有 {folder}：请先运行 backup" in refused(folder)
    folder.mkdir()
    (folder / "notes.txt").write_text("x")
    assert f"{folder} 里没有备份：请先运行 backup" in refused(folder)


def test_restore_for_real_is_a_site_that_works(kept, empty):
    said, wrong = restore_check(kept, to=address(empty))

    assert wrong == ""
    assert f"已恢复到 {engine_of(empty).label(empty)}" in said
    assert "数据完整" in manage(empty, "check_record").stdout
    with standing_in(empty):
        assert Term.objects.create(word="fresh").pk == Term.objects.latest("pk").pk
        assert Region.objects.count() == 45


def test_place_that_is_not_empty_is_refused_and_left(kept, own_site):
    before = Region.objects.get(serial=1)
    make.overwrite(Region.objects.filter(serial=1), open_points="通知没有写明。")

    said = refused(kept, to=address(own_site))

    assert "不会覆盖" in said
    assert Region.objects.get(serial=1).open_points == "通知没有写明。" != before.open_points


@pytest.mark.once
@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://host/name", "看不懂地址 mysql://host/name"),
        ("backups", "看不懂地址 backups"),
        ("postgres://u:geheim@127.0.0.1:5432/name", "命令行上不要写密码"),
    ],
)
def test_address_that_will_not_do_is_refused(kept, url, said):
    told = refused(kept, to=url)

    assert said in told
    assert "geheim" not in told


def test_address_of_the_other_engine_is_refused(kept, tmp_path):
    url = "postgres://u@127.0.0.1:1/name" if IS_SQLITE else f"sqlite:///{tmp_path}/new.sqlite3"

    assert "的备份，不能恢复到" in refused(kept, to=url)


@pytest.mark.once
def test_process_ends_with_1_and_one_line_without_a_traceback(site, folder):
    done = manage(site, "restore_check", folder)

    assert done.returncode == 1
    assert done.stderr == f"CommandError: 核对备份：没有 {folder}：请先运行 backup。\n"


def test_second_check_at_once_is_refused(site, kept):
    if IS_SQLITE:
        pytest.skip("each check has a file of its own")
    with connected(site) as other, other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [postgresql.LOCK])

        assert "另一次恢复核对正在进行" in refused(kept)


def test_scratch_database_left_by_a_killed_check_is_made_anew(site, kept):
    if IS_SQLITE:
        pytest.skip("the system empties its folder for temporary files")
    with postgresql.scratch(site) as place:
        name = place["NAME"]
    with connected(site) as own, own.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
        cursor.execute(f"COMMENT ON DATABASE {name} IS 'mine'")
        assert f'database "{name}" already exists' in refused(kept)
        cursor.execute(f"COMMENT ON DATABASE {name} IS '{postgresql.SCRATCH}'")

    said, wrong = restore_check(kept)

    assert wrong == ""
    assert name in said


def test_damaged_archive_is_restored_not_even_by_half(site, kept, empty):
    if IS_SQLITE:
        pytest.skip("a file is copied whole")
    content = kept.read_bytes()
    kept.write_bytes(content[: len(content) * 2 // 3])
    change(kept, size=kept.stat().st_size, sha256=digest(kept))

    assert "pg_restore 没有完成" in refused(kept, to=address(empty))
    postgresql.insist_on_empty(empty)


def test_any_account_can_restore_into_a_database_of_its_own(site, kept, empty):
    if IS_SQLITE:
        pytest.skip("files need no account")
    with connected(site) as own, own.cursor() as cursor:
        cursor.execute("CREATE ROLE restores LOGIN")
        try:
            cursor.execute(f"ALTER DATABASE {empty['NAME']} OWNER TO restores")
            said, wrong = restore_check(kept, to=address(empty | {"USER": "restores"}))
        finally:
            cursor.execute(f"DROP DATABASE {empty['NAME']} WITH (FORCE)")
            cursor.execute(f"CREATE DATABASE {empty['NAME']}")
            cursor.execute("DROP ROLE restores")

    assert wrong == ""
    assert "数据完整" in said


def test_account_that_may_not_make_databases_is_told(site, kept):
    if IS_SQLITE:
        pytest.skip("files need no account")
    with connected(site) as own, own.cursor() as cursor:
        cursor.execute("CREATE ROLE only_reads LOGIN")
        try:
            with standing_in(site | {"USER": "only_reads"}):
                assert "请给账号建库的权限，或用 --to 指定一个空库" in refused(kept)
        finally:
            cursor.execute("DROP ROLE only_reads")
