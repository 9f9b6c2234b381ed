"""The files of documents in backups: copied once, dropped with the last backup that names them, put back."""

import os
import shutil
from contextlib import suppress
from io import StringIO

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection

from pilots.backup.checking import Weight, check
from pilots.backup.manifest import read
from pilots.backup.writing import write
from pilots.models import Document
from pilots.record import attachments

from .. import factories as make
from .conftest import address, change

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(own_site, settings, tmp_path):
    """A file that a document of a site of its own names."""
    settings.MEDIA_ROOT = tmp_path / "files"
    return make.make_document(pdf=attachments.put(make.make_pdf())).pdf


def wrong(path):
    out, err = StringIO(), StringIO()
    with suppress(CommandError):
        call_command("restore_check", path, stdout=out, stderr=err, verbosity=0)
    return err.getvalue()


def copies(folder):
    return sorted((folder / "files").glob("*"))


def test_backup_has_the_file_once_and_names_it(own_site, file, folder):
    paths = [write(own_site, folder, keep=9).path for _ in range(2)]

    [copy] = copies(folder)
    assert copy.read_bytes() == make.make_pdf()
    assert [oct(os.stat(place).st_mode & 0o777) for place in (copy, copy.parent)] == ["0o600", "0o700"]
    assert [read(path).files for path in paths] == [[file], [file]]
    assert wrong(folder) == ""


def test_file_goes_with_the_last_backup_that_names_it(own_site, file, folder, monkeypatch):
    write(own_site, folder, keep=1)
    monkeypatch.setattr(attachments, "in_use", set)

    written = write(own_site, folder, keep=1)

    assert (written.manifest.files, copies(folder)) == ([], [])


def test_what_the_history_names_is_in_the_backup(own_site, file, folder):
    document = Document.objects.get(pdf=file)
    other = attachments.put(make.make_pdf(b"/Other 1"))
    document.pdf = other
    document.save()

    assert write(own_site, folder, keep=1).manifest.files == sorted([file, other])


@pytest.mark.once
@pytest.mark.parametrize(("spoil", "words"), [(os.unlink, "丢失"), (lambda path: path.write_bytes(b"x"), "已损坏")])
def test_file_that_is_lost_or_damaged_in_the_backup_is_told_and_mended_by_the_next(
    own_site, file, folder, spoil, words
):
    path = write(own_site, folder, keep=9).path
    spoil(copies(folder)[0])

    said = StringIO()
    with pytest.raises(CommandError) as refusal:
        call_command("restore_check", path, stderr=said, verbosity=0)
    assert said.getvalue().count(words) == 1
    assert refusal.value.returncode == 1

    write(own_site, folder, keep=9)
    assert wrong(path) == ""


@pytest.mark.once
def test_file_that_a_row_names_and_the_manifest_does_not_is_told(own_site, file, folder):
    path = write(own_site, folder, keep=9).path
    copies(folder)[0].unlink()
    change(path, files=[])

    assert "丢失" in wrong(path)


def test_file_that_the_site_has_lost_is_told_when_it_is_backed_up(own_site, file, folder):
    default_storage.delete(attachments.path_of(file))
    other = attachments.put(make.make_pdf(b"/Other 1"))
    make.make_document(position=91, pdf=other)

    with pytest.raises(CommandError) as refusal:
        call_command("backup", to=folder, verbosity=0)

    assert f"{attachments.path_of(file)} 丢失或已损坏，没有备份。" in str(refusal.value)
    assert refusal.value.returncode == 1
    [path] = folder.glob("*.json")
    assert other in path.read_text()
    assert len(copies(folder)) == 1


def test_restoring_puts_the_files_back(own_site, file, folder, empty):
    path = write(own_site, folder, keep=9).path
    shutil.rmtree(default_storage.location)

    findings = list(check(path, connection.settings_dict, address(empty)))

    assert "已把 1 份 PDF 放回本站" in [text for _, text in findings]
    assert Weight.WRONG not in [weight for weight, _ in findings]
    assert attachments.read(file) == make.make_pdf()


@pytest.mark.once
def test_backup_that_knows_of_no_files_is_read(own_site, file, folder, monkeypatch):
    monkeypatch.setattr(attachments, "in_use", set)
    path = write(own_site, folder, keep=9).path
    manifest = path.with_name(f"{path.name}.json")
    manifest.write_text(manifest.read_text().replace(',\n "files": []', ""))

    assert '"files"' not in manifest.read_text()
    assert wrong(path) == ""
