"""Static files as production serves them: fingerprinted, compressed, and a stylesheet's imports in one file, for
browsers that are older than what it is written in: Chromium 86 is what many offices have.

Cascade layers (Chromium 99) become what they mean: a rule of a later layer outweighs every rule of an earlier one.
Logical shorthands and insets (Chromium 87) become their parts. The sources stay as they are written.
"""

import gzip
import hashlib
import os
import re
import zlib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from whitenoise.storage import CompressedManifestStaticFilesStorage

from . import brotli

OURS = "css/"  # what others wrote is served as it is
IMPORT = re.compile(r'^@import url\("([\w./-]+)"\) layer\((\w+)\);$', re.MULTILINE)
LAYERS = ("base", "layout", "components", "document", "pictures", "print")  # as site.css names them
ABOVE_ALL = len(LAYERS)  # the rank of what stands outside every layer
_WEIGHT = ":not(#_)"  # fits everything, and weighs as much as an id
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_SPACE = re.compile(r"^\s+|\s*([{};,])\s*|(?<=[\w-])(:) ")  # a fourteenth of what travels
_TYPE = re.compile(r"[\w*-]*")
_PRELUDE = re.compile(r"((?:^|[{};])\s*)([^{};@\s][^{};@]*)(?=\{)")
_DECLARATION = re.compile(
    r"(?<=[{;\s])((?:margin|padding|border)-(?:inline|block)|inset)(-[a-z]+)?: ([^;}]+)(?=[;}])"
)
_SIDES = {"-inline-start": "left", "-inline-end": "right", "-block-start": "top", "-block-end": "bottom"}
_INSET = re.compile(r"(?<=[{;\s])inset(-(?:inline|block)-(?:start|end)):")


def bundled(css: str, read: Callable[[str], str]) -> str:
    """Return `css` for old browsers, with the sheets that it imports into layers (`read` by their names) in it."""
    if not IMPORT.search(css):
        return ranked(css, 0)
    return IMPORT.sub(lambda line: ranked(read(line[1]), LAYERS.index(line[2])), _COMMENT.sub("", css).lstrip())


def ranked(css: str, rank: int) -> str:
    """Return `css` without comments and idle spaces, each of its rules outweighing all of a lower rank."""
    css = _PRELUDE.sub(lambda rule: rule[1] + _weighted(rule[2], rank), _COMMENT.sub("", css))
    css = _INSET.sub(lambda name: f"{_SIDES[name[1]]}:", css)
    return _SPACE.sub(r"\1\2", _DECLARATION.sub(_in_parts, css)).replace(";}", "}")


def _weighted(selectors: str, rank: int) -> str:
    """Return selectors with the weight of a rank at their front (behind an element's name), where it packs best."""
    pieces = (selector.strip() for selector in apart(selectors, ","))
    places = [(piece, match.end()) for piece in pieces if (match := _TYPE.match(piece))]
    return ",".join(f"{piece[:end]}{_WEIGHT * rank}{piece[end:]}" for piece, end in places)


def _in_parts(match: re.Match[str]) -> str:
    name, more, value = match[1], match[2] or "", match[3].strip()
    if more.startswith(("-start", "-end")):
        return match[0]
    values = [value, value] if name.startswith("border") and not more else apart(value, " ")
    return f"{name}-start{more}: {values[0]}; {name}-end{more}: {values[-1]}"


def apart(text: str, mark: str) -> list[str]:
    """Return the parts of `text` between marks that stand in no bracket."""
    parts, depth = [""], 0
    for char in text:
        depth += {"(": 1, ")": -1}.get(char, 0)
        if char == mark and not depth:
            parts.append("")
        else:
            parts[-1] += char
    return [part for part in parts if part]


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
    folder = staticfiles_storage.path("")
    try:
        paths = [os.path.join(folder, name) for name in names]
        return all(_is_whole(path, *(_state(path + end) for end in ("", ".gz", ".br"))) for path in paths)
    except (OSError, EOFError, zlib.error, getattr(brotli, "error", EOFError)):
        return False


def _state(path: str) -> tuple[int, int]:
    try:
        stat = os.stat(path)
    except FileNotFoundError:
        return -1, 0
    return stat.st_size, stat.st_mtime_ns


@lru_cache(maxsize=4096)
def _is_whole(name: str, *states: tuple[int, int]) -> bool:
    content = Path(name).read_bytes()
    is_named = hashlib.md5(content, usedforsecurity=False).hexdigest()[:12] in Path(name).name
    packed = {Path(f"{name}.gz"): gzip.decompress} | ({Path(f"{name}.br"): brotli.decompress} if brotli else {})
    is_same = all(unpack(path.read_bytes()) == content for path, unpack in packed.items() if path.exists())
    return is_named and is_same


def sheet(path: str) -> str:
    """Return the stylesheet of ours at a path as it would be collected; empty where there is none."""
    name = path.removeprefix(settings.STATIC_URL)
    file = finders.find(name) if name.startswith(OURS) and name.endswith(".css") else None
    return bundled(Path(file).read_text(), lambda brought: Path(file).with_name(brought).read_text()) if file else ""


def _read(place: tuple) -> str:
    storage, path = place
    with storage.open(path) as file:
        return file.read().decode()
