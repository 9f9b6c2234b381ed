"""The files of documents: PDFs that officials brought, in Django's default storage, each once.

What the record, its history, a proposal or a draft names stays for good: an edit can be undone, a backup restored.
What nobody names (of a form that was never saved) goes after a month, once its room is needed.
"""

import hashlib
import json
import logging
import os
import re
from collections.abc import Iterator
from contextlib import suppress

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models import QuerySet

from ..models import Document, Draft, HistoryEntry, Proposal
from ..models.attachments import VALUE, parts
from . import pdf

FOLDER = "documents"  # in the storage
MOST_BYTES = 20 << 20  # of one
MOST_IN_ALL = 4 << 30  # of all that are kept
FULL = f"本站所存的文件已满（共{MOST_IN_ALL >> 30} GB），这份没有存下：请告诉管理员。"
UNWRITTEN = "文件没有存下（磁盘已满或不能写）：请告诉管理员，其余的可以先保存。"

logger = logging.getLogger("pilots.attachments")


def path_of(value: str) -> str:
    """Return where the storage has the file that a document names so."""
    return f"{FOLDER}/{parts(value)[0]}.pdf"


def put(content: bytes) -> str:
    """Keep a PDF and return what a document names it by. ValidationError: why it isn't taken, a sentence."""
    problem = f"文件超过{MOST_BYTES >> 20} MB。" if len(content) > MOST_BYTES else pdf.problem(content)
    if problem:
        raise ValidationError(problem)
    value = f"{hashlib.sha256(content).hexdigest()}-{len(content)}"
    path = path_of(value)
    try:
        if is_there(value):
            return value
        if not _has_room(len(content)):
            raise ValidationError(FULL)
        default_storage.delete(path)  # half of it, where a worker was killed
        written = default_storage.save(path, ContentFile(content))
        if written != path:  # another worker was quicker
            default_storage.delete(written)
        with suppress(NotImplementedError), open(default_storage.path(path), "rb") as file:  # none on this machine
            os.fsync(file.fileno())
    except OSError as error:
        logger.exception("not kept: %s", path)
        raise ValidationError(UNWRITTEN) from error
    return value


def is_there(value: str) -> bool:
    """Return whether the storage has a file, with as many bytes as it should have."""
    try:
        return default_storage.exists(path_of(value)) and default_storage.size(path_of(value)) == parts(value)[1]
    except OSError:
        return False


def pieces(value: str) -> Iterator[bytes]:
    """Yield a file piece by piece: whoever takes it slowly holds no more of it. OSError: it is lost."""
    with default_storage.open(path_of(value)) as file:
        yield from file.chunks()


def is_whole(value: str) -> bool:
    """Return whether the storage has a file with the very bytes that were put."""
    digest = hashlib.sha256()
    with suppress(OSError):
        for piece in pieces(value):
            digest.update(piece)
    if digest.hexdigest() == parts(value)[0]:
        return True
    logger.error("lost or damaged: %s", path_of(value))
    return False


def read(value: str) -> bytes | None:
    """Return a file; None where it is lost or isn't what was put."""
    return b"".join(pieces(value)) if is_whole(value) else None


def in_use(
    documents: QuerySet | None = None, proposals: QuerySet | None = None, drafts: QuerySet | None = None
) -> set[str]:
    """Return the files that documents, their history, proposals or drafts name: all, or only those given."""
    rows: QuerySet = Document._base_manager.all() if documents is None else documents
    entries = HistoryEntry.objects.get_for_model(Document).filter(changes__has_key="pdf")
    entries = entries if documents is None else entries.filter(object_id__in=rows.order_by().values("pk"))
    proposals = Proposal.objects.all() if proposals is None else proposals
    drafts = Draft.objects.all() if drafts is None else drafts
    texts = [
        *rows.exclude(pdf="").values_list("pdf", flat=True),
        *entries.values_list("changes__pdf", flat=True),
        *proposals.filter(row_kind="document").values_list("request__post__pdf", flat=True),
        *drafts.filter(path__contains="/document/").values_list("fields__pdf", flat=True),
    ]
    return set(re.findall(VALUE, json.dumps(texts)))


def problems() -> Iterator[str]:
    """Yield which files are lost or damaged, a line each."""
    for value in sorted(in_use()):
        if not is_whole(value):
            yield f"后续文件的 PDF {path_of(value)} 丢失或已损坏：请从备份恢复。"


def _has_room(size: int) -> bool:
    """Return whether a file of that size still fits, if need be without those that nobody names."""
    try:
        paths = [f"{FOLDER}/{name}" for name in default_storage.listdir(FOLDER)[1]]
    except FileNotFoundError:  # the first
        return True
    sizes = {path: default_storage.size(path) for path in paths}
    if sum(sizes.values()) + size > MOST_IN_ALL:
        for path in sizes.keys() - set(map(path_of, in_use())):
            if default_storage.get_modified_time(path) < Draft.oldest():
                default_storage.delete(path)
                del sizes[path]
    return sum(sizes.values()) + size <= MOST_IN_ALL
