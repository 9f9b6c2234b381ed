"""What readers get while somebody makes a file: that of the state before, or 503; nobody waits, nothing is twice."""

import pytest
from django.test import Client

from pilots.exports import drawing, everything, formats, offline, package, store
from pilots.exports.state import UnsteadyError
from pilots.exports.store import BusyError
from pilots.models import Region, editing

pytestmark = [pytest.mark.django_db, pytest.mark.once]
LISTS = ("/regions.csv?province=hebei", "/regions.json")
PICTURE = "/regions/beijing-huairou.png"
FILES = ("/data/package.zip", "/data/datapackage.json", *LISTS, PICTURE)


@pytest.fixture
def busy(monkeypatch):
    """Return a function after which every file is being made by somebody else."""

    def everywhere(path):
        raise BusyError

    return lambda: monkeypatch.setattr(store, "_turn", everywhere)


@pytest.fixture
def quick(monkeypatch):
    """An offline pack that holds but one page."""
    monkeypatch.setattr(offline, "_pages", lambda base: {"/about/": offline._page(base, "/about/")})


def edit():
    with editing(reason="更正"):
        region = Region.objects.first()
        region.remark = "另一条说明"
        region.save()


@pytest.mark.parametrize("path", [*FILES, "/data/offline.zip", "/data/"])
def test_without_an_earlier_file_readers_come_back(client, busy, path, caplog):
    busy()

    response = client.get(path)

    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert response.headers["Cache-Control"] == "no-store"
    assert "请稍后再试" in response.text
    assert [entry for entry in caplog.records if entry.levelname == "ERROR"] == []  # it is no fault


@pytest.mark.parametrize("path", FILES)
def test_file_of_the_state_before_answers_under_its_own_etag(client, busy, path):
    before = client.get(path)
    edit()
    busy()

    meanwhile = client.get(path)

    assert meanwhile.status_code == 200
    assert (meanwhile.content, meanwhile.headers["ETag"]) == (before.content, before.headers["ETag"])


@pytest.mark.usefixtures("quick")
def test_no_earlier_pack_gives_away_what_was_withdrawn(client, busy):
    assert client.get("/data/offline.zip").status_code == 200
    edit()
    busy()

    meanwhile = client.get("/data/offline.zip")

    assert (meanwhile.status_code, meanwhile.headers["Retry-After"]) == (503, "5")
    assert "请稍后再试" in meanwhile.text


def test_page_of_the_data_names_the_files_that_one_gets(client, busy):
    client.get("/data/")
    edit()
    busy()

    page, packed = client.get("/data/"), client.get("/data/package.zip")

    assert page.status_code == 200
    assert packed.headers["ETag"]
    assert f"{package.descriptor(packed.content)['version']}" in page.text


def test_what_the_site_writes_holds_nothing_earlier(client, busy):
    client.get("/data/")
    edit()
    busy()

    with pytest.raises(UnsteadyError):
        offline._page("http://testserver", "/data/")
    with pytest.raises(UnsteadyError):
        everything.everything("http://testserver")


@pytest.mark.usefixtures("quick")
def test_no_made_up_host_port_order_or_parameter_makes_anything_twice(monkeypatch, settings):
    settings.ALLOWED_HOSTS = ["localhost"]
    made = []
    for module in (offline, package):
        monkeypatch.setattr(module, "_files", lambda base, module=module: made.append(module.__name__) or [])
    monkeypatch.setitem(formats.RENDERERS, "csv", lambda listing, where: made.append("csv") or b"x")
    monkeypatch.setattr(drawing, "png", lambda picture: made.append("picture") or b"x")
    monkeypatch.setattr(package, "descriptor", lambda packed: {"version": "1"})
    hosts = ("localhost", "LOCALHOST", "localhost.", "localhost:80", "localhost:99", "localhost:98", "evil")
    queries = ("province=hebei&kind=county", "kind=county&province=hebei", "kind=county&province=hebei&x=1")
    wholes = ("/data/offline.zip", "/data/offline.zip?x=1", "/data/package.zip", "/data/package.zip?y")
    pictures = (PICTURE, f"{PICTURE}?x=1", "/regions/nowhere.png", "/share.png/", "/regions/%00.png")
    paths = (*wholes, *pictures, *(f"/regions.csv?{query}" for query in queries))

    for host in hosts:
        for path in paths:
            Client().get(path, headers={"host": host})

    assert sorted(made) == ["csv", "picture", "pilots.exports.offline", "pilots.exports.package"]


def test_pack_waits_for_the_page_of_the_data(client, monkeypatch):
    monkeypatch.setattr(offline, "_pages", lambda base: {"/data/": "<p>"})
    monkeypatch.setattr(offline, "_page", lambda base, address: None)  # it is 503 while its files are made

    response = client.get("/data/offline.zip")

    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
