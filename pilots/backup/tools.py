"""The PostgreSQL programs: which of those on this machine fit the server, and how they are run."""

import os
import re
import shutil
from glob import glob
from pathlib import Path
from subprocess import run as run_program
from typing import NamedTuple

from django.db.backends.postgresql.client import DatabaseClient

from .manifest import BackupError
from .place import Database

# Where packages put each version; the search path names at most one of them.
FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/local/pgsql/bin",
    "/Library/PostgreSQL/*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)


class Tool(NamedTuple):
    """A program of PostgreSQL; the smallest fit comes first."""

    major: int
    path: str
    version: str  # as it says itself


def find(name: str, server: int) -> Tool:
    """Return the program `name` that is nearest to the server's major version and not older.

    A newer one than needed writes settings that the server doesn't know. Raise BackupError where there is none.
    """
    paths = [shutil.which(name), *(str(Path(folder, name)) for pattern in FOLDERS for folder in glob(pattern))]
    tools = []
    for path in (path for path in paths if path and os.access(path, os.X_OK)):
        version = run_program([path, "--version"], capture_output=True, text=True, check=False).stdout.strip()
        major = re.search(r"\) (\d+)", version)
        tools += [Tool(int(major[1]), path, version)] if major else []
    if not tools:
        raise BackupError(f"找不到 {name}：请安装 PostgreSQL {server} 的客户端程序。")
    fit = [tool for tool in tools if tool.major >= server]
    if not fit:
        raise BackupError(f"{max(tools).version} 比服务器（{server}）旧：请安装 PostgreSQL {server} 的客户端程序。")
    return min(fit)


def environment(database: Database) -> dict[str, str]:
    """Return the environment in which a program finds `database`; ~/.pgpass works as ever."""
    _, secrets = DatabaseClient.settings_to_cmd_args_env({"OPTIONS": {}} | database, [])
    names = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGDATABASE": "NAME"}
    place = {name: str(database[key]) for name, key in names.items() if database.get(key)}
    return os.environ | place | (secrets or {}) | {"LC_ALL": "C"}


def run(tool: Tool, database: Database, *arguments: str) -> None:
    """Run a program on `database` to its end; raise BackupError with the first thing that it said where it fails."""
    command = [tool.path, "--no-password", *arguments]
    done = run_program(command, env=environment(database), capture_output=True, text=True, check=False)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"退出码 {done.returncode}"]
        raise BackupError(f"{Path(tool.path).name} 没有完成（{lines[0]}）。")
