"""Which module copies and restores which kind of database, and a place named by its address."""

from pathlib import Path
from types import ModuleType

from config import connections
from config.environment import SettingError

from . import postgresql, sqlite
from .manifest import BackupError
from .place import Database

_ENGINES = {"django.db.backends.sqlite3": sqlite, "django.db.backends.postgresql": postgresql}


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
        raise BackupError("命令行上不要写密码，别人看得见：请写进 ~/.pgpass 或环境变量 PGPASSWORD。")
    if all(place.get(key) == site.get(key) for key in ("ENGINE", "HOST", "PORT", "USER")):
        return site | place | {"PASSWORD": site.get("PASSWORD", "")}
    return place
