"""Zip files whose bytes depend on nothing but what is in them: no moment, no order of chance, no machine."""

import io
import re
import zipfile
from collections.abc import Iterable
from typing import IO

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip can name
_UNIX = 3
_READABLE = 0o644 << 16
_MOMENTS = re.compile(rb"<dcterms:(created|modified)\b[^>]*>[^<]*</dcterms:\1>")


def packed(files: Iterable[tuple[str, bytes]]) -> bytes:
    """Return a zip of (path, content) in the order given."""
    spool = io.BytesIO()
    with zipfile.ZipFile(spool, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path, content in files:
            entry = zipfile.ZipInfo(path, _EPOCH)
            entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, _UNIX, _READABLE
            archive.writestr(entry, content)
    return spool.getvalue()


def stable(book: IO[bytes]) -> bytes:
    """Return an XLSX file without the moment at which it was written: packed again, its parts in their order."""
    with zipfile.ZipFile(book) as archive:
        return packed((part.filename, _MOMENTS.sub(b"", archive.read(part))) for part in archive.infolist())
