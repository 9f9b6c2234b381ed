"""What readers get while somebody makes a file: that of the state before, or 503; nobody waits, nothing is twice."""

import time

import pytest
from django.test import Client
from django.utils import timezone

from pilots.exports import drawing, everything, formats, offline, package, store
from pilots.exports.state import UnsteadyError
from pilots.exports.store import BusyError
from pilots.models import Draft, HistoryEntry, Proposal, Region, Report, ReportLine, SearchChange, editing
from pilots.search import indexing
from pilots.search.facet_sets import public_version
from tests import factories as make

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


def edit(remark="另一条说明"):
    with editing(reason="更正"):
        region = Region.objects.first()
        region.remark, region.remark_source = remark, "国函〔2015〕119号"
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


@pytest.fixture
def processes(monkeypatch):
    """The packs that processes of their own are to make, and a function by which one does."""
    waiting = []
    monkeypatch.setattr(
        offline, "prepared", lambda base: waiting.append(base) or store.Kept("none").file(make=busily)
    )
    return waiting, lambda: offline.packed(waiting.pop())


def busily():
    raise BusyError


def banner_of(response):
    page = package.unpacked(response.content)[f"{package.NAME}/about/index.html"].decode()
    return page.partition('<p class="banner">')[2].partition("</p>")[0]


@pytest.mark.usefixtures("quick")
def test_who_comes_back_for_the_pack_gets_that_of_when_she_asked_while_somebody_saves_again_and_again(
    client, processes, folder
):
    _, make_one = processes
    folder.mkdir()
    edit("一")
    first = client.get("/data/offline.zip")
    place = first.headers["Refresh"].partition("; url=")[2]
    assert (first.status_code, first.headers["Cache-Control"]) == (503, "no-store")

    edit("二")
    make_one()  # of a later state than when she asked
    edit("三")
    hers, another = client.get(place), Client().get("/data/offline.zip")

    assert (hers.status_code, hers.headers["Cache-Control"]) == (200, "no-store")
    when = timezone.localtime(HistoryEntry.objects.order_by("-pk")[1].timestamp)
    assert f"收有{when:%Y年}{when.month}月{when.day}日{when:%H:%M:%S}及以前的更正" in banner_of(hers)
    assert another.status_code == 503  # it was made before he asked
    later = another.headers["Refresh"].partition("; url=")[2]
    assert (client.get(later).status_code, client.get(later).headers["Refresh"]) == (503, f"5; url={later}")


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("seconds", [0, store.MAKING_SECONDS + 1])
def test_ticket_for_the_pack_is_ours_and_runs_out(client, processes, folder, monkeypatch, seconds):
    folder.mkdir()
    ticket = offline.ticket()
    client.get("/data/offline.zip")
    processes[1]()
    edit("一")
    assert client.get("/data/offline.zip", {"since": ticket}).status_code == 200

    now = time.time() + seconds
    monkeypatch.setattr(time, "time", lambda: now)
    forged = ticket if seconds else ticket[:-1]
    for bad in (forged, "", "x:y:z", "9" * 5_000):
        response = client.get("/data/offline.zip", {"since": bad})
        assert (response.status_code, response.headers["Refresh"][:8]) == (503, "5; url=/"), bad


@pytest.mark.usefixtures("quick")
def test_what_no_reader_sees_makes_no_pack_anew(client, monkeypatch):
    area = make.make_reporting_area()
    packed = client.get("/data/offline.zip")
    monkeypatch.setattr(offline, "_files", None)  # none is made again

    report = Report.objects.create(region=area, year=area.notice.reports_from.year, period="q1")
    line = ReportLine.objects.create(region=area, report=report, priority=area.priorities.first(), text="草稿。")
    line.text = "又改了。"
    line.save()
    report.state, report.sent_at, report.sent_by = "sent", timezone.now(), make.make_official("报送人")
    report.save()
    make.make_region(notice=make.make_notice(is_draft=True), name="还没有发布的地区")
    Draft.objects.keep(report.sent_by_id, "/admin/", "", {"text": ["没有保存的。"]})
    Proposal.objects.create(author=report.sent_by, title="建议", place="/")
    assert client.get("/data/offline.zip").content == packed.content

    report.state = "published"
    report.save()
    with pytest.raises(TypeError):
        client.get("/data/offline.zip")
    monkeypatch.undo()
    line.comment = "公开以后又写的。"
    before = public_version()
    line.save()
    assert public_version() != before


def test_version_of_what_readers_see_outlives_whatever_else_is_written(monkeypatch):
    monkeypatch.setattr(indexing, "KEPT_CHANGES", 5)
    area, before = make.make_reporting_area(), public_version()
    report = Report.objects.create(region=area, year=area.notice.reports_from.year, period="q1")
    for _ in range(10):
        report.save()

    assert public_version() == before != (0, "")
    assert SearchChange.objects.count() <= 6
