"""The files of documents beside the backups: each once, for as long as a backup names it."""

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from ..models.attachments import parts
from ..record import attachments
from .manifest import FILES, BackupError, backups, digest, private, read, sync

SINCE = "documents_with_files"  # the migration before which no document has one


def have_files(migrations: Iterable[str]) -> bool:
    """Return whether documents of a database with these migrations (app.name) can hold files."""
    return any(name.endswith(SINCE) for name in migrations)


def copy(folder: Path) -> tuple[list[str], list[str]]:
    """Copy what the site's documents name into the folder of backups, where it isn't there; return what is there, and
    a line for each that the site has lost."""
    copied, lost = [], []
    for value in sorted(attachments.in_use()):
        path = _path(folder, value)
        if [*faults(folder, [value])]:
            content = attachments.read(value)
            if content is None:
                lost.append(f"{attachments.path_of(value)} 丢失或已损坏，没有备份。")
                continue
            path.parent.mkdir(mode=0o700, exist_ok=True)
            part = path.with_name(f".{path.name}.part")
            part.unlink(missing_ok=True)  # of a run that was killed
            with open(part, "wb", opener=private) as file:
                file.write(content)
            sync(part)
            part.rename(path)
            sync(path.parent)
        copied.append(value)
    return copied, lost


def prune(folder: Path) -> None:
    """Remove the files that no backup in the folder names any more; none where a manifest can't be read."""
    try:
        names = {f"{parts(value)[0]}.pdf" for path in backups(folder) for value in read(path).files}
    except BackupError:
        return
    for path in folder.glob(f"{FILES}/*.pdf"):
        if path.name not in names:
            path.unlink()


def faults(folder: Path, values: Collection[str]) -> Iterator[str]:
    """Yield which files are lost or damaged in the folder of backups, a line each."""
    for value in sorted(values):
        path = _path(folder, value)
        if not path.exists():
            yield f"{path} 丢失。"
        elif digest(path) != parts(value)[0]:
            yield f"{path} 已损坏（校验和不符）。"


def put_back(folder: Path, values: Collection[str]) -> int:
    """Give the site's storage the files that it lacks, and return how many these were."""
    lost = [value for value in values if not attachments.is_whole(value) and not [*faults(folder, [value])]]
    for value in lost:
        default_storage.delete(attachments.path_of(value))
        default_storage.save(attachments.path_of(value), ContentFile(_path(folder, value).read_bytes()))
    return len(lost)


def _path(folder: Path, value: str) -> Path:
    return folder / FILES / f"{parts(value)[0]}.pdf"
