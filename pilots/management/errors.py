"""What stops a management command, told in one line instead of a traceback."""

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError
from django.db import Error, connection
from django.db.migrations.exceptions import BadMigrationError, InconsistentMigrationHistory, NodeNotFoundError

from ..backup.manifest import BackupError
from ..http import outages
from ..models.fixtures import LoadError

_REASONS = {errno.ENOSPC: "磁盘已满", errno.EDQUOT: "磁盘配额已满", errno.EROFS: "磁盘只读", errno.EACCES: "没有权限"}


@contextmanager
def told_in_one_line(task: str) -> Iterator[None]:
    """Turn what disk, database, cache or fixtures refuse during `task` into a CommandError of one line."""
    try:
        yield
    except (BackupError, LoadError) as error:
        raise CommandError(f"{task}：{error}") from error
    except (OSError, BadMigrationError, InconsistentMigrationHistory, NodeNotFoundError, Error) as error:
        raise CommandError(f"{task}：{reason(error)}") from error
    except Exception as error:
        if outages.of(error) is not outages.CACHE:
            raise
        raise CommandError(f"{task}：{reason(error)}") from error


def reason(error: Exception) -> str:
    """Return in a sentence why disk, database or cache refused."""
    if outages.of(error) is outages.CACHE:
        return f"CACHE_URL 的缓存连不上（{error}）。"
    if outages.of(error) is outages.INDEX:
        return "检索索引已损坏。请运行 rebuild_search。"
    if not isinstance(error, OSError):
        return _of_database(error)
    return f"不能读写 {error.filename or settings.DATA_DIR}（{_REASONS.get(error.errno or 0, error.strerror)}）。"


def _of_database(error: Exception) -> str:
    detail, path = str(error).strip().split("\n")[0], Path(connection.settings_dict["NAME"])
    refusal = detail.rpartition("failed: ")[2]
    for words, message in (
        ('role ".*" does not exist', f"PostgreSQL 里没有这个用户（{refusal}）。请核对 DATABASE_URL，或先建立用户。"),
        (
            'database ".*" does not exist',
            f"PostgreSQL 里没有这个数据库（{refusal}）。请核对 DATABASE_URL，或先建库。",
        ),
        (
            "password authentication|no password|pg_hba",
            f"PostgreSQL 不接受这个用户或密码（{refusal}）。请核对 DATABASE_URL。",
        ),
        (
            "connection failed|connection is bad|connection timeout|failed to resolve",
            f"连不上 PostgreSQL（{refusal}）。请看它是否在运行，并核对 DATABASE_URL。",
        ),
        ("locked|lock timeout", "数据库正被另一个程序锁住，请稍后再试。"),
        ("readonly|read-only", "数据库只能读。请检查磁盘是否只读、数据库文件和所在文件夹的权限。"),
        ("full|No space left", "磁盘已满。请腾出空间再试。"),
        (
            "unable to open",
            f"不能打开或写入数据库文件 {path}。请先运行 quickstart，或检查文件夹 {path.parent} 在不在、能否写入。",
        ),
        ("not a database", "数据库文件已损坏或不是数据库，请恢复备份。"),
        (
            "already exists|no such table|no such column|does not exist",
            f"数据库没有迁移，或停在迁移的半途（{detail}）。请运行 migrate，不成则恢复备份，或换一个空的数据库。",
        ),
    ):
        if re.search(words, detail):
            return message
    if isinstance(error, InconsistentMigrationHistory):
        return f"数据库的迁移记录与本程序不符（{detail}）。请用对应的版本，或恢复备份。"
    return f"数据库出错（{detail}）。"
