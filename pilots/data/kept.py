"""Files that were made once and are kept until the record or the program changes, for all processes of the site.

A state of the record has a folder of its own in DATA_DIR for each kind of files. A file comes into it whole (written
beside, then renamed). One process at a time makes files of a kind; who comes meanwhile waits and finds them made.
Where nothing can be written, files are made each time.
"""

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

MOST_STATES = 2  # of a kind of files: the present one, and the one that slower processes still see
MOST_FILES = 1_000  # of one state; a list has endless filters
_SOURCES = ("config", "pilots", "templates", "static")


@cache
def program() -> str:
    """Return what tells this program apart from an earlier or later one: its files, their sizes and times."""
    files = (path for name in _SOURCES for path in (settings.BASE_DIR / name).rglob("*") if path.is_file())
    seen = sorted(
        (str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in files if path.suffix != ".pyc"
    )
    return digest(seen)


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
            return os.stat(f"{self.folder}/{digest(name)}").st_size
        except OSError:
            return None

    def file(self, *name: Any, make: Callable[[], bytes]) -> bytes:
        """Return the file of that name, made now where it isn't kept."""
        path = Path(self.folder, digest(name))
        with suppress(OSError):
            return path.read_bytes()
        with _turn(path.parent.parent):
            with suppress(OSError):
                return path.read_bytes()  # made while this process waited
            content = make()
            with suppress(OSError):
                _put(path, content)
        return content


@contextmanager
def _turn(folder: Path) -> Iterator[None]:
    """Hold the one lock of a kind of files; without, where nothing can be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / ".lock").open("w")
    except OSError:
        yield
        return
    with lock:  # closing it lets it go
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _put(path: Path, content: bytes) -> None:
    if not path.parent.is_dir():
        path.parent.mkdir(parents=True, exist_ok=True)
        _drop(path.parent.parent, MOST_STATES)
    _drop(path.parent, MOST_FILES)
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.replace(beside, path)
    except OSError:
        Path(beside).unlink(missing_ok=True)
        raise


def _drop(folder: Path, most: int) -> None:
    """Remove all but the newest `most` things of a folder; what somebody else removes meanwhile is no matter."""
    found = []
    for entry in os.scandir(folder):
        with suppress(OSError):
            if entry.name == ".lock":
                continue
            found.append((entry.stat().st_mtime_ns, entry.path))
    for _, path in sorted(found)[: max(len(found) - most, 0)]:
        if os.path.isdir(path):
            shutil.rmtree(path, ignore_errors=True)
        else:
            Path(path).unlink(missing_ok=True)
