"""The site's folder and database, made ready: by one process at a time, for its owner's eyes only."""

import fcntl
import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

from ..backup.manifest import connected, private

_LOCK = 0x7072_6570  # any number that nobody else locks
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class Executor(MigrationExecutor):
    """Records a migration in the transaction that applies it: one that is killed is applied or not, never between.

    The stock one records it afterwards where constraints or indexes are added last. Both databases that we run on can
    undo what changes tables.
    """

    def apply_migration(self, state: Any, migration: Any, fake: bool = False, fake_initial: bool = False) -> Any:
        if fake or fake_initial or not migration.atomic:
            return super().apply_migration(state, migration, fake, fake_initial)
        report, deadline = self.progress_callback or (lambda *_: None), time.monotonic() + 60
        report("apply_start", migration, fake)
        while (after := self._apply(state.clone(), migration, deadline)) is None:
            time.sleep(0.5)
        report("apply_success", migration, fake)
        return after

    def _apply(self, state: Any, migration: Any, deadline: float) -> Any:
        """Return the state after the migration; None where it waited for a table that PostgreSQL's readers have.

        It lets go of the tables that it has, then: a deadlock, looked for after a second, could end a reader.
        """
        try:
            with self.connection.schema_editor(atomic=True) as editor:
                if self.connection.vendor == "postgresql":
                    editor.execute("SET LOCAL lock_timeout = '100ms'")
                state = migration.apply(state, editor)
                self.record_migration(migration)  # type: ignore[call-arg]  # the stubs are of Django 6
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", "") != "55P03" or time.monotonic() > deadline:
                raise
            return None
        return state


@contextmanager
def turn(wait: Callable[[], None]) -> Iterator[None]:
    """Let one process at a time prepare the site: of those in its folder, and of those with its PostgreSQL database.

    wait: called once where another one is at it. The system drops the locks with the process, however that ends.
    """
    settings.DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(settings.DATA_DIR / ".prepare.lock", "a", opener=private) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            wait()
            fcntl.flock(lock, fcntl.LOCK_EX)
        if connection.vendor != "postgresql":
            yield
            return
        with connected(connection.settings_dict) as lock_connection, lock_connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
            if not cursor.fetchone()[0]:
                wait()
                cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
            yield


def tighten() -> None:
    """Take what earlier versions left open from everybody but its owner: the folder, what is in it, the database."""
    database = Path(connection.settings_dict["NAME"])
    files = [database] if connection.vendor == "sqlite" and database.is_file() else []
    for path in (settings.DATA_DIR, *settings.DATA_DIR.rglob("*"), *files):
        mode = path.lstat().st_mode
        is_shared = mode & stat.S_ISVTX or stat.S_ISLNK(mode)  # a folder such as /tmp isn't the site's own
        if mode & _OTHERS and not is_shared and path.lstat().st_uid == os.geteuid():
            path.chmod(stat.S_IMODE(mode) & ~_OTHERS)
