"""Everything in a folder: the bytes that the site gives."""

import hashlib
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from pilots.exports import everything, package
from pilots.exports.state import UnsteadyError
from pilots.models import Region

pytestmark = [pytest.mark.django_db, pytest.mark.once]
SERVED = {
    "regions.csv": "/regions.csv",
    "regions.xlsx": "/regions.xlsx",
    "regions.json": "/regions.json",
    "regions.csv-metadata.json": "/regions.csv-metadata.json",
    "priorities.csv": "/regions.csv?rows=priorities",
    "priorities.xlsx": "/regions.xlsx?rows=priorities",
    "priorities.json": "/regions.json?rows=priorities",
    "priorities.csv-metadata.json": "/regions.csv-metadata.json?rows=priorities",
    "package.zip": "/data/package.zip",
    "offline.zip": "/data/offline.zip",
    "changes.atom": "/changes.atom",
    "duties.ics": "/duties.ics",
    "openapi.json": "/api/v1/schema/",
}


def export(folder, **options):
    out = StringIO()
    call_command("export", str(folder), stdout=out, **options)
    return out.getvalue()


def test_folder_holds_what_the_site_gives(few_pages, client, tmp_path):
    said = export(tmp_path / "a" / "b", address="http://testserver")

    found = {path.name: path.read_bytes() for path in (tmp_path / "a" / "b").iterdir()}
    assert found.keys() == SERVED.keys() | {"SHA256SUMS"}
    for name, path in SERVED.items():
        assert found[name] == client.get(path).content, name
        assert name in said
    sums = dict(reversed(line.split("  ")) for line in found["SHA256SUMS"].decode().splitlines())
    assert sums == {name: hashlib.sha256(found[name]).hexdigest() for name in SERVED}


def test_address_is_the_sites_own(few_pages, tmp_path, settings):
    settings.SITE, settings.HTTPS = settings.SITE | {"domain": "pilots.example.cn"}, True

    assert "https://pilots.example.cn" in export(tmp_path)
    assert (
        package.descriptor((tmp_path / "package.zip").read_bytes())["homepage"] == "https://pilots.example.cn/data/"
    )


@pytest.mark.parametrize("address", ["pilots.example.cn", "ftp://x", "https://x/y", "https://"])
def test_address_that_is_none_is_refused(tmp_path, address):
    with pytest.raises(CommandError):
        call_command("export", str(tmp_path), "--address", address)

    assert not list(tmp_path.iterdir())


def test_other_files_stay_and_older_ones_are_replaced(tmp_path):
    (tmp_path / "mine.txt").write_text("x")
    (tmp_path / "regions.csv").write_text("old")

    everything.write(tmp_path, {"regions.csv": b"new"})

    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"mine.txt": "x", "regions.csv": "new"}


def test_folder_that_can_not_be_written_is_said_in_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(everything, "everything", lambda base: {"x": b""})
    (tmp_path / "file").write_text("x")

    with pytest.raises(CommandError, match=r"^导出：不能读写 .*file"):
        export(tmp_path / "file" / "inside")


def test_record_that_does_not_stand_still_is_said_to_change(tmp_path, monkeypatch):
    monkeypatch.setattr(everything, "_made", lambda base: Region.objects.first().save() or {})

    with pytest.raises(UnsteadyError):
        everything.everything("http://x")
    with pytest.raises(CommandError, match="记录一直在更改"):
        export(tmp_path)
