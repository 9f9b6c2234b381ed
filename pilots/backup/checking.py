"""Restore a backup into a fresh place and hold it against its manifest and this program."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from enum import Enum
from pathlib import Path

from django.db.migrations.loader import MigrationLoader
from django.template.defaultfilters import filesizeformat

from ..record import attachments, checks
from . import files
from .manifest import BackupError, Census, Database, Manifest, backups, differences, read, standing_in
from .writing import engine_of, named


class Weight(Enum):
    """What a finding means: as it should be, worth knowing, or a reason not to trust the backup."""

    GOOD = ""
    NOTE = "提醒："
    WRONG = "错误："


Finding = tuple[Weight, str]  # one line of the report


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
    if fault := manifest.fault(path):
        raise BackupError(f"{path} 已损坏（{fault}）。")
    details = f"{manifest.taken_at}，{manifest.engine}，{filesizeformat(manifest.size)}"
    yield Weight.GOOD, f"备份 {path}（{details}）与清单的大小、校验和一致"
    if manifest.engine != engine.NAME:
        raise BackupError(f"{path} 是 {manifest.engine} 的备份，不能恢复到 {engine.NAME}。")
    scratch: AbstractContextManager[Database] = nullcontext(database) if to else engine.scratch(database)
    with scratch as place:
        engine.insist_on_empty(place)
        engine.fill(path, place)
        yield Weight.GOOD, f"已恢复到{'' if to else '临时数据库'} {engine.label(place)}"
        census = engine.survey(place)
        wrong = differences(manifest.rows, census.rows)
        yield from ((Weight.WRONG, line) for line in wrong)
        if not wrong:
            yield Weight.GOOD, f"{len(census.rows)} 张表共 {sum(census.rows.values())} 行，与清单一致"
        yield from _files(path.parent, manifest, census, place, put_back=bool(to))
        yield from _migrations(manifest, census, place)


def _files(folder: Path, manifest: Manifest, census: Census, place: Database, *, put_back: bool) -> Iterator[Finding]:
    """Hold the files beside the backup against its manifest and what the restored rows name; give the site those that
    it lacks, where the backup is put back."""
    values = set(manifest.files)
    if files.have_files(census.migrations):
        with standing_in(place):
            values |= attachments.in_use()
    faults = list(files.faults(folder, values))
    yield from ((Weight.WRONG, line) for line in faults)
    if values and not faults:
        yield Weight.GOOD, f"后续文件的 {len(values)} 份 PDF 都在，校验和一致"
    if put_back and (count := files.put_back(folder, values)):
        yield Weight.GOOD, f"已把 {count} 份 PDF 放回本站"


def _migrations(manifest: Manifest, census: Census, place: Database) -> Iterator[Finding]:
    """Hold the migrations against the manifest and this program; ask about the record where the program fits."""
    if census.migrations != manifest.migrations:
        yield Weight.WRONG, "迁移与清单不符。"
    with standing_in(place):
        loader = MigrationLoader(None)
        disk_migrations = {".".join(key) for key in loader.disk_migrations}
        ours = [key for key in census.migrations if key.partition(".")[0] in loader.migrated_apps]
        unknown = [key for key in ours if key not in disk_migrations]  # what a removed app left is of no account
        lacking = disk_migrations - set(census.migrations)
        yield from ((Weight.WRONG, f"本程序没有迁移 {key}：请用较新的版本恢复。") for key in unknown)
        if lacking:
            yield Weight.NOTE, f"恢复后须运行 migrate：有 {len(lacking)} 个迁移尚未应用。"
        elif not unknown:
            yield Weight.GOOD, f"{len(census.migrations)} 个迁移与本程序一致"
            # What is wrong with the record was so when it was backed up, the rows being the same: worth knowing.
            problems, notes = checks.problems(), checks.notes()
            yield from ((Weight.GOOD, f"提醒：{line}") for line in notes)
            yield from ((Weight.NOTE, line) for line in problems)
            if not problems:
                yield Weight.GOOD, checks.soundness(notes)
