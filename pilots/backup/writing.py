"""Write a backup: whole or not at all, read back before it counts, older ones removed."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from config import connections
from config.environment import SettingError

from . import files, postgresql, sqlite
from .manifest import (
    BackupError,
    Database,
    Manifest,
    backups,
    beside,
    differences,
    digest,
    name,
    private,
    read,
    remnants,
    standing_in,
    sync,
)

_ENGINES = {"django.db.backends.sqlite3": sqlite, "django.db.backends.postgresql": postgresql}


class Written(NamedTuple):
    """The new backup, those that it made superfluous, lines about those that are of no use, and about files that the
    site has lost, which it therefore lacks."""

    path: Path
    manifest: Manifest
    removed: list[Path]
    faults: list[str]
    lost: list[str]


def engine_of(database: Database) -> ModuleType:
    """Return the module for `database`: label, copy, count, scratch, insist_on_empty, fill, survey."""
    try:
        return _ENGINES[database["ENGINE"]]
    except KeyError as error:
        raise BackupError(f"不会备份这种数据库（{database['ENGINE']}）。") from error


def named(url: str, site: Database) -> Database:
    """Return the database at the address `url`; on the site's own server the site's password opens it."""
    try:
        place = connections.database("--to", url, Path.cwd())
    except SettingError as error:
        raise BackupError(f"看不懂地址 {url}：{error.problem}") from error
    if place.get("PASSWORD"):
        raise BackupError(
            "命令行上不要写密码，别人看得见：与 DATABASE_URL 的服务器和用户相同时不用写，"
            "不同时写进 ~/.pgpass 或环境变量 PGPASSWORD。"
        )
    if all(place.get(key) == site.get(key) for key in ("ENGINE", "HOST", "PORT", "USER")):
        return site | place | {"PASSWORD": site.get("PASSWORD", "")}
    return place


def write(database: Database, folder: Path, keep: int) -> Written:
    """Back up `database` into `folder` and keep the newest `keep` of its backups there.

    Raise BackupError, or what the disk or the database refuses; then nothing of this run is left, and nothing older
    was removed.
    """
    engine = engine_of(database)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone(folder):
        for path in remnants(folder):
            path.unlink()
        moment = datetime.now(UTC)
        path = folder / name(moment, engine.SUFFIX)
        manifest, lost = _write(engine, database, path, moment)
        removed, faults = _rotate(path, manifest.database, keep)
        files.prune(folder)
        return Written(path, manifest, removed, faults, lost)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one run at a time into `folder`. The system drops the lock with the process, however that ends."""
    with open(folder / ".pilots-backup.lock", "a", opener=private) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BackupError(f"另一次备份正在写入 {folder}。") from error
        yield


def _write(engine: ModuleType, database: Database, path: Path, moment: datetime) -> tuple[Manifest, list[str]]:
    part = path.with_name(f".{path.name}.part")
    part.touch(0o600, exist_ok=False)
    try:
        census, made_with = engine.copy(database, part)
        if wrong := differences(census.rows, engine.count(part, database)):
            raise BackupError(f"备份与数据库不符：{wrong[0]}")
        sync(part)
        # After the copy: what it names is there by now. What nobody names any more goes after a month alone.
        with standing_in(engine.plain(database)):
            copied, lost = files.copy(path.parent) if files.have_files(census.migrations) else ([], [])
        manifest = Manifest(
            engine=engine.NAME,
            database=engine.label(database),
            taken_at=moment.isoformat(timespec="milliseconds"),
            made_with=made_with,
            rows=census.rows,
            migrations=census.migrations,
            size=part.stat().st_size,
            sha256=digest(part),
            files=copied,
        )
        _publish(part, path, manifest)
    finally:
        for left in (part, part.with_name(f"{part.name}-journal")):  # SQLite's, where the disk is full
            left.unlink(missing_ok=True)
    return manifest, lost


def _publish(part: Path, path: Path, manifest: Manifest) -> None:
    """Give the backup its name, after its manifest: a file of that name is always a whole one."""
    if path.exists():
        raise BackupError(f"{path} 已经存在。")
    try:
        manifest.write(path)
        part.rename(path)
    finally:
        if not path.exists():
            beside(path).unlink(missing_ok=True)
    sync(path.parent)


def _rotate(newest: Path, database: str, keep: int) -> tuple[list[Path], list[str]]:
    """Remove what is older than the newest `keep` good backups of the same database; `newest` is one of them.

    A damaged backup doesn't count, and a file whose manifest doesn't say that it is ours is left alone.
    """
    good, removed, faults = 1, [], []
    for path in backups(newest.parent):
        if path == newest:  # the clock may have been set back: it needn't be the first
            continue
        is_ours, fault = _judge(path, database, is_needed=good < keep)
        if fault:
            faults.append(fault)
        elif is_ours and good >= keep:
            removed.append(path)
        else:
            good += is_ours
    for path in removed:
        path.unlink()
        beside(path).unlink()
    return removed, faults


def _judge(path: Path, database: str, *, is_needed: bool) -> tuple[bool, str]:
    """Return whether the backup is one of `database`, and what is wrong with it where it is needed."""
    try:
        manifest = read(path)
    except BackupError as error:
        return False, str(error)
    is_ours = manifest.database == database
    fault = manifest.fault(path) if is_ours and is_needed else ""
    return is_ours, f"{path} 已损坏（{fault}）。" if fault else ""
