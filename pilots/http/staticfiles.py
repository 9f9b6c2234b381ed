"""Static files as production serves them: fingerprinted, compressed, and a stylesheet's imports in one file."""

import gzip
import hashlib
import zlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from whitenoise.storage import CompressedManifestStaticFilesStorage

from .cascade import bundled

OURS = "css/"  # what others wrote is served as it is


class BundledStaticFilesStorage(CompressedManifestStaticFilesStorage):
    """Collects as WhiteNoise does, after each `@import url("x.css") layer(y);` was replaced by the file itself,
    with a weight in place of the layer; in our other sheets, too, what old browsers lack is written otherwise.

    The files stay as they are written: there is nothing to build. While developing, `sheet` does the same.
    """

    def post_process(self, paths: dict[str, tuple], dry_run: bool = False, **options: Any) -> Any:
        if not dry_run:
            for name in [name for name in paths if name.startswith(OURS) and name.endswith(".css")]:
                self._bundle(name, paths)
        yield from super().post_process(paths, dry_run, **options)

    def _bundle(self, name: str, paths: dict[str, tuple]) -> None:
        folder = name.rpartition("/")[0]
        text = bundled(_read(paths[name]), lambda brought: _read(paths[f"{folder}/{brought}"]))
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        paths[name] = (self, name)


def are_whole() -> bool:
    """Return whether all files that were collected are there, and what the sum in the name says, compressed, too.

    A file is read once for each size and time that it has.
    """
    names = getattr(staticfiles_storage, "hashed_files", {}).values()  # while developing there are none
    try:
        paths = (Path(staticfiles_storage.path(name)) for name in names)
        return all(_is_whole(path, _state(path), _state(path.with_name(f"{path.name}.gz"))) for path in paths)
    except (OSError, EOFError, zlib.error):
        return False


def _state(path: Path) -> tuple[int, int]:
    return ((found := path.stat()).st_size, found.st_mtime_ns) if path.exists() else (-1, 0)


@lru_cache(maxsize=4096)
def _is_whole(path: Path, state: tuple[int, int], state_packed: tuple[int, int]) -> bool:
    content, packed = path.read_bytes(), path.with_name(f"{path.name}.gz")
    is_named = hashlib.md5(content, usedforsecurity=False).hexdigest()[:12] in path.name
    return is_named and (not packed.exists() or gzip.decompress(packed.read_bytes()) == content)


def sheet(path: str) -> str:
    """Return the stylesheet of ours at a path as it would be collected; empty where there is none."""
    name = path.removeprefix(settings.STATIC_URL)
    file = finders.find(name) if name.startswith(OURS) and name.endswith(".css") else None
    return bundled(Path(file).read_text(), lambda brought: Path(file).with_name(brought).read_text()) if file else ""


def _read(place: tuple) -> str:
    storage, path = place
    with storage.open(path) as file:
        return file.read().decode()
