"""Files that were made once and are kept until the record or the program changes, for all processes of the site.

A state of the record has a folder of its own in DATA_DIR for each kind of files. A file comes into it whole (written
beside, then renamed), with its checksum at the end: a damaged one is made again. One reader at a time makes a file;
who comes meanwhile never waits, but learns that it is being made, and gets that of an earlier state (BusyError).
What takes seconds is made by a process of its own: until it is there, readers come back, and get none of an earlier
state, since for so long nobody should be given what was withdrawn.
Where nothing can be written, files are made each time, in one process one at a time.
"""

import fcntl
import hashlib
import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

MOST_STATES = 2  # of a kind of files: the present one, and the one that slower processes still see
MOST_FILES = 1_000  # of one state; a list has endless filters
MOST_BYTES = 256 * 1024 * 1024  # of all that is kept, of every kind and state; the oldest files go
LOCKS = ".lock"  # how their names begin
CHECKSUM = hashlib.sha256().digest_size  # bytes at the end of a file
ROOM = 2 << 20  # bytes that must be free before a process is started for a file
MAKING_SECONDS = 600  # that such a process may take
_SOURCES = ("config", "pilots", "templates", "static")

logger = logging.getLogger("pilots.exports")
_turns: dict[str, threading.Lock] = {}  # of this process, by the path of the lock file


class UnsteadyError(Exception):
    """A file can't be had just now: the record is changed again and again, or the file is being made."""


class BusyError(UnsteadyError):
    """Somebody else makes the file; `content` is that of an earlier state, None where there is none."""

    content: bytes | None = None


@cache
def program() -> str:
    """Return what tells this program apart from an earlier or later one, wherever it lies: its files' content."""
    files = (path for name in _SOURCES for path in (settings.BASE_DIR / name).rglob("*") if path.is_file())
    sums = {
        str(path.relative_to(settings.BASE_DIR)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if path.suffix != ".pyc"
    }
    return digest(sums)


def digest(*parts: Any) -> str:
    """Return a short name for what can be said as JSON: equal for equal parts."""
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:32]


class Kept:
    """The files of one kind and state: `state` is whatever tells it apart from others, as JSON can say it."""

    def __init__(self, kind: str, *state: Any) -> None:
        self.folder = f"{settings.DATA_DIR}/kept/{kind}/{digest(program(), settings.SITE, state)}"

    def size(self, *name: Any) -> int | None:
        """Return how many bytes the file has, None where it wasn't made yet."""
        try:
            return os.stat(f"{self.folder}/{digest(name)}").st_size - CHECKSUM
        except OSError:
            return None

    def file(self, *name: Any, make: Callable[[], bytes], turn: str = "") -> bytes:
        """Return the file of that name, made now where it isn't kept. Raises BusyError.

        turn: what else isn't made at the same time has the same; nothing of the kind, unless another is given.
        """
        path = Path(self.folder, digest(name))
        content = _whole(path)
        if content is not None:
            return content
        try:
            with _turn(path.parent.parent / f"{LOCKS}{turn}"):
                content = _whole(path)
                if content is None:  # else made since this reader looked
                    content = make()
                    with suppress(OSError):
                        _put(path, content)
                return content
        except BusyError as busy:
            busy.content = busy.content or _earlier(path)
            raise

    def prepared(self, *name: Any, command: Sequence[str]) -> bytes:
        """Return the file of that name, which a process of its own makes and keeps: manage.py with `command`.

        Raises BusyError until it is there, OSError where it couldn't be kept.
        """
        path = Path(self.folder, digest(name))
        content = _whole(path)
        if content is not None:
            return content
        with tempfile.TemporaryFile(dir=settings.DATA_DIR) as file:
            file.write(bytes(ROOM))
        threading.Thread(target=_prepare, args=(path, command), daemon=True).start()
        raise BusyError


def _prepare(path: Path, command: Sequence[str]) -> None:
    """Let a process make the file at `path`, unless one makes a file of that kind already."""
    with suppress(BusyError), _turn(path.parent.parent / f"{LOCKS}-process"):
        if _whole(path) is not None:  # since somebody looked
            return
        try:
            manage = [sys.executable, f"{settings.BASE_DIR}/manage.py", *command]
            subprocess.run(manage, check=True, timeout=MAKING_SECONDS, start_new_session=True)
        except (OSError, subprocess.SubprocessError):
            logger.exception("Not made: %s", path)


def _whole(path: Path) -> bytes | None:
    """Return what is kept at `path`; None where there is nothing, or nothing whole."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    content, checksum = data[:-CHECKSUM], data[-CHECKSUM:]
    if hashlib.sha256(content).digest() == checksum:
        return content
    logger.error("Damaged, made again: %s", path)
    return None


def _earlier(path: Path) -> bytes | None:
    """Return the newest file of that name and kind, of whatever state."""
    times = {}
    for earlier_path in path.parent.parent.glob(f"*/{path.name}"):
        with suppress(OSError):
            times[earlier_path] = earlier_path.stat().st_mtime_ns
    contents = (_whole(earlier_path) for earlier_path in sorted(times, key=times.__getitem__, reverse=True))
    return next((content for content in contents if content is not None), None)


@contextmanager
def _turn(path: Path) -> Iterator[None]:
    """Hold a lock, of all processes where its file can be written; raise BusyError where somebody else does."""
    mine = _turns.setdefault(str(path), threading.Lock())
    if not mine.acquire(blocking=False):
        raise BusyError
    try:
        with ExitStack() as opened:
            with suppress(OSError):
                path.parent.mkdir(parents=True, exist_ok=True)
                file = opened.enter_context(path.open("w"))  # closing it lets the lock go
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError as error:
                    raise BusyError from error
            yield
    finally:
        mine.release()


def _put(path: Path, content: bytes) -> None:
    if not path.parent.is_dir():
        path.parent.mkdir(parents=True, exist_ok=True)
        _drop(path.parent.parent, MOST_STATES)
    _drop(path.parent, MOST_FILES)
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content + hashlib.sha256(content).digest())
        os.replace(beside, path)
    except OSError:
        Path(beside).unlink(missing_ok=True)
        raise
    _shrink(path.parent.parent.parent)


def _shrink(folder: Path) -> None:
    """Remove the oldest of all kept files until they have no more than MOST_BYTES."""
    files = []
    for path in folder.glob("*/*/*"):
        with suppress(OSError):
            files.append((path.stat().st_mtime_ns, path.stat().st_size, path))
    surplus = sum(size for _, size, _ in files) - MOST_BYTES
    for _, size, path in sorted(files):
        if surplus <= 0:
            return
        with suppress(OSError):
            path.unlink(missing_ok=True)
        surplus -= size


def _drop(folder: Path, most: int) -> None:
    """Remove all but the newest `most` things of a folder; what somebody else removes meanwhile is no matter."""
    entries = []
    for entry in os.scandir(folder):
        with suppress(OSError):
            if entry.name.startswith(LOCKS):
                continue
            entries.append((entry.stat().st_mtime_ns, entry.path))
    for _, path in sorted(entries)[: max(len(entries) - most, 0)]:
        if os.path.isdir(path):
            shutil.rmtree(path, ignore_errors=True)
        else:
            Path(path).unlink(missing_ok=True)
