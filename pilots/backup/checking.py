"""Restore a backup into a fresh place and hold it against its manifest and this program."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from enum import Enum
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from django.db.migrations.loader import MigrationLoader
from django.template.defaultfilters import filesizeformat

from ..record import checks
from .engines import engine_of, named
from .manifest import BackupError, Manifest, backups, read
from .place import Census, Database, differences, standing_in


class Weight(Enum):
    """What a finding means: as it should be, worth knowing, or a reason not to trust the backup."""

    GOOD = ""
    NOTE = "提醒："
    WRONG = "错误："


class Finding(NamedTuple):
    """One line of the report."""

    text: str
    weight: Weight = Weight.GOOD


def newest(path: Path) -> Path:
    """Return `path`, or the newest backup in it where it is a folder."""
    if not path.exists():
        raise BackupError(f"没有 {path}：请先运行 backup。")
    if not path.is_dir():
        return path
    paths = backups(path)
    if not paths:
        raise BackupError(f"{path} 里没有备份：请先运行 backup。")
    return paths[0]


def check(path: Path, site: Database, to: str = "") -> Iterator[Finding]:
    """Restore the backup at `path` and yield what is found, as it is found.

    Restored into a scratch place like `site`, which is gone afterwards; or into the empty database at the address
    `to`, where it stays. Raise BackupError where nothing can be restored.
    """
    manifest = read(path)
    database = named(to, site) if to else site
    engine = engine_of(database)
    yield _intact(path, manifest)
    if manifest.engine != engine.NAME:
        raise BackupError(f"{path} 是 {manifest.engine} 的备份，不能恢复到 {engine.NAME}。")
    with _place(engine, database, is_given=bool(to)) as place:
        engine.insist_on_empty(place)
        engine.fill(path, place)
        yield Finding(f"已恢复到{'' if to else '临时数据库'} {engine.label(place)}")
        census = engine.survey(place)
        yield from _rows(manifest, census)
        yield from _migrations(manifest, census, place)


def _place(engine: ModuleType, database: Database, *, is_given: bool) -> AbstractContextManager[Database]:
    return nullcontext(database) if is_given else engine.scratch(database)


def _intact(path: Path, manifest: Manifest) -> Finding:
    if fault := manifest.fault(path):
        raise BackupError(f"{path} 已损坏（{fault}）。")
    details = f"{manifest.taken_at}，{manifest.engine}，{filesizeformat(manifest.size)}"
    return Finding(f"备份 {path}（{details}）与清单的大小、校验和一致")


def _rows(manifest: Manifest, census: Census) -> Iterator[Finding]:
    wrong = differences(manifest.rows, census.rows)
    yield from (Finding(line, Weight.WRONG) for line in wrong)
    if not wrong:
        yield Finding(f"{len(census.rows)} 张表共 {sum(census.rows.values())} 行，与清单一致")


def _migrations(manifest: Manifest, census: Census, place: Database) -> Iterator[Finding]:
    """Hold the migrations against the manifest and this program; ask about the record where the program fits."""
    if census.migrations != manifest.migrations:
        yield Finding("迁移与清单不符。", Weight.WRONG)
    with standing_in(place):
        loader = MigrationLoader(None)
        disk_migrations = {".".join(key) for key in loader.disk_migrations}
        unknown = [key for key in census.migrations if _is_ours(key, loader) and key not in disk_migrations]
        lacking = disk_migrations - set(census.migrations)
        yield from (Finding(f"本程序没有迁移 {key}：请用较新的版本恢复。", Weight.WRONG) for key in unknown)
        if lacking:
            yield Finding(f"恢复后须运行 migrate：有 {len(lacking)} 个迁移尚未应用。", Weight.NOTE)
        elif not unknown:
            yield Finding(f"{len(census.migrations)} 个迁移与本程序一致")
            yield from _record()


def _is_ours(key: str, loader: MigrationLoader) -> bool:
    """Return whether the migration is of an app that is installed; what a removed app left is of no account."""
    return key.partition(".")[0] in loader.migrated_apps


def _record() -> Iterator[Finding]:
    """What is wrong with the record was so when it was backed up, the rows being the same: worth knowing.

    What officials corrected, added or withdrew is as it should be.
    """
    problems, notes = checks.problems(), checks.notes()
    yield from (Finding(f"提醒：{line}") for line in notes)
    yield from (Finding(line, Weight.NOTE) for line in problems)
    if not problems:
        yield Finding(checks.soundness(notes))
