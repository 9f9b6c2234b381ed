"""Everything that can be taken away, as files in a folder: the same bytes that the site gives under its address."""

import hashlib
from pathlib import Path

from django.urls import reverse

from ..search.filters import RegionFilter
from . import formats, offline, package, state
from .package import SUMS
from .region_tables import ROWS, areas
from .state import answer

# What is followed and built on, by the name of its file.
FOLLOWED = {
    "changes.atom": "pilots:change-feed",
    "duties.ics": "pilots:duty-calendar",
    "openapi.json": "api:schema",
}


def everything(base: str) -> dict[str, bytes]:
    """Return every file by name, all of one state of the record. base: scheme and host of the site."""
    files = state.steady(lambda: _made(base))
    sums = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in files.items())
    return files | {SUMS: sums.encode()}


def _made(base: str) -> dict[str, bytes]:
    filterset = RegionFilter()
    lists = {f"{by}.{kind}": formats.body(areas(filterset, base, by), kind) for by in ROWS for kind in formats.KINDS}
    followed = {}
    for name, address in FOLLOWED.items():
        response = answer(base, reverse(address))
        assert response  # it is always there
        followed[name] = response.content
    return lists | followed | {"package.zip": package.packed(base), "offline.zip": offline.packed(base)}


def write(folder: Path, files: dict[str, bytes]) -> None:
    """Write the files into a folder, made where it isn't there; each comes whole. What else is there stays.

    They are for everybody, whatever else the site makes is not.
    """
    if not folder.is_dir():
        folder.mkdir(parents=True)
        folder.chmod(0o755)
    for name, content in files.items():
        beside = folder / f".{name}.new"
        beside.write_bytes(content)
        beside.chmod(0o644)
        beside.replace(folder / name)
