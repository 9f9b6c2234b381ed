"""The offline pack: every page of the site, opened from a disk."""

import io
import os
import zipfile
from contextlib import nullcontext
from functools import cache
from posixpath import dirname, normpath
from urllib.parse import unquote, urldefrag, urlsplit

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from selectolax.lexbor import LexborHTMLParser

from pilots.exports import offline, store, tables
from pilots.exports.package import NAME
from pilots.management.commands import make_offline
from pilots.models import Ministry, Notice, Priority, Province, Region, System, Topic
from pilots.models.typography import letters
from tests import factories as make
from tests.serving import fetch_made
from tests.styles import harmful

pytestmark = [pytest.mark.django_db, pytest.mark.looks]
prepared = offline.prepared  # by a process of its own, which no other test has


def files(packed):
    with zipfile.ZipFile(io.BytesIO(packed)) as found:
        return {part.filename.removeprefix(f"{NAME}/"): found.read(part) for part in found.infolist()}


@pytest.fixture(scope="session")
def pack(site):
    """The files of the pack of the site as production serves it."""
    return files(fetch_made(f"{site}/data/offline.zip"))


@pytest.fixture(scope="session")
def trees(pack):
    return {name: LexborHTMLParser(content.decode()) for name, content in pack.items() if name.endswith(".html")}


def made():
    return files(tables.packed(offline._files("https://example.cn")))


@cache
def made_of_the_record():
    """The pack that this process makes of the record as loaded."""
    return made()


def is_source(node):
    """Whether a link leads to what says a fact of this site: somebody else's page, with or without the pack."""
    return node.attributes.get("rel") == "nofollow" and "出处：" in node.parent.text()


def test_every_thing_has_its_page(trees):
    for model in (Notice, Region, Province, Topic, System, Ministry):
        for thing in model.objects.all():
            assert f"{thing.get_absolute_url()[1:]}index.html" in trees
    for folder in ("", "regions/", "matrix/", "after/", "data/", "changes/"):
        assert f"{folder}index.html" in trees
    assert f"{Notice.objects.get().get_absolute_url()[1:]}text-raw.html" in trees


def test_every_link_and_asset_is_in_the_pack_or_leads_to_the_site(pack, trees, site):
    inside = 0
    for name, tree in trees.items():
        for node in tree.css("[href], [src]"):
            link = node.attributes.get("href") or node.attributes.get("src")
            parts = urlsplit(link)
            if parts.netloc:
                assert link.startswith(f"{site}/") or is_source(node), (name, link)
                continue
            assert parts.scheme == parts.query == "", (name, link)
            target = normpath(f"{dirname(name)}/{unquote(parts.path)}".lstrip("/")) if parts.path else name
            assert target in pack, (name, link)
            if parts.fragment:
                assert trees[target].css_first(f'[id="{urldefrag(link).fragment}"]') is not None, (name, link)
            inside += 1
    assert inside > 3000


def test_what_leads_to_the_site_is_only_what_needs_it(trees, site):
    for tree in trees.values():
        for node in tree.css("a[href^=http]"):
            parts = urlsplit(node.attributes["href"].removeprefix(site))
            is_needed = (
                "download" in node.attributes
                or parts.path in ("/regions/", "/compare/", "/corrections/new/", "/api/", "/data/offline.zip")
                or parts.path.endswith((".atom", ".ics", ".xml", "/cite/"))
                or node.parent.attributes.get("class") == "banner"
                or is_source(node)
            )
            assert is_needed, node.html


def test_nothing_in_it_needs_the_site_to_answer(trees):
    for name, tree in trees.items():
        assert not tree.css("form, input, script, datalist, .text-size, .needs-script, [data-print]"), name
        assert "离线副本" in tree.css_first("main > .banner").text()
        assert len(tree.css("h1")) == 1


def test_looks_come_along(pack, trees):
    for tree in trees.values():
        [sheet] = [node.attributes["href"] for node in tree.css("link[rel=stylesheet]")]
        assert normpath(sheet).lstrip("./") in pack
    [sheet] = [content.decode() for name, content in pack.items() if name.endswith(".css")]
    assert "color-scheme:light dark" in sheet  # of tokens.css, the first that site.css asks for
    assert "@import" not in sheet


def test_sheet_is_one_for_old_browsers_collected_or_not(pack):
    for files_of_it in (pack, made_of_the_record()):
        [sheet] = [content.decode() for name, content in files_of_it.items() if name.endswith(".css")]

        assert "color-scheme:light dark" in sheet
        assert [*harmful(sheet)] == []


def test_same_record_gives_the_same_bytes():
    assert made() == made_of_the_record()


def test_edit_gives_other_bytes_to_its_pages(monkeypatch):
    places = ("/regions/beijing-huairou/", "/about/")
    monkeypatch.setattr(offline, "_pages", lambda base: {place: offline._page(base, place) for place in places})
    first = made()

    make.overwrite(Region.objects.filter(slug="beijing-huairou"), remark="改了", remark_source="国函〔2015〕119号")
    second = made()

    changed = {name for name in first if first[name] != second[name]}
    assert "regions/beijing-huairou/index.html" in changed
    assert "about/index.html" not in changed


def test_notice_is_whole(trees):
    source = (settings.BASE_DIR / "fixtures/source/notice-3214.txt").read_text(encoding="utf-8")
    name = f"{Notice.objects.get().get_absolute_url()[1:]}index.html"

    shown = "".join(node.text() for node in trees[name].css(".document .original:not(h1)"))
    assert letters(shown) == letters(source)
    assert sum(
        len(tree.css('.line[id^="priority-"]')) for name, tree in trees.items() if name.startswith("regions/")
    ) == (Priority.objects.count())


def test_withdrawn_area_is_gone_and_later_pages_of_a_list_are_there(monkeypatch):
    is_page = offline._is_page
    monkeypatch.setattr(offline, "_is_page", lambda address: address.startswith("/regions/") and is_page(address))
    Region.objects.get(slug="beijing-huairou").delete()
    province = Province.objects.get(slug="hebei")
    for _ in range(61 - Region.objects.count()):
        make.make_region(province=province)

    found = made()

    assert "regions/beijing-huairou/index.html" not in found
    assert "page-2.html" in found["regions/index.html"].decode()
    assert len(LexborHTMLParser(found["regions/page-2.html"].decode()).css(".card")) == 1


@pytest.mark.parametrize("base", ["http://[::1]:8000", "https://a.example"])
def test_made_once_for_every_address_of_the_site(few_pages, monkeypatch, base):
    made_for_it = tables.packed(offline._files(base))
    assert base.encode() in files(made_for_it)["data/index.html"]
    offline.packed("https://another.example")

    monkeypatch.setattr(offline, "_pages", None)

    assert offline.packed(base) == made_for_it


def test_no_worker_makes_it(client, monkeypatch):
    monkeypatch.setattr(offline, "prepared", prepared)
    monkeypatch.setattr(offline, "_files", None)
    settings.DATA_DIR.mkdir()
    commands = []
    monkeypatch.setattr(store, "_prepare", lambda path, command: commands.append(command))

    response = client.get("/data/offline.zip")

    wait, _, place = response.headers["Refresh"].partition("; url=")
    assert (response.status_code, response.headers["Retry-After"], wait) == (503, "5", "5")
    assert (urlsplit(place).path, f"http://testserver{place}" in response.text) == ("/data/offline.zip", True)
    assert commands == [("make_offline", "http://testserver")]


def test_pack_made_again_has_the_same_bytes(monkeypatch, folder):
    monkeypatch.setattr(offline, "_pages", lambda base: {"/data/": offline._page(base, "/data/")})
    first = offline.packed("http://testserver")
    [path] = [path for path in folder.rglob("kept/offline/*/*") if path.is_file()]

    path.write_bytes(path.read_bytes()[:1000])  # there, but damaged

    assert offline.packed("http://testserver") == first


def test_pack_that_can_not_be_kept_is_told(monkeypatch):
    monkeypatch.setattr(offline, "_pages", lambda base: {})
    monkeypatch.setattr(os, "nice", lambda by: 0)  # this process has other tests to run
    settings.DATA_DIR.write_text("in the way")

    with pytest.raises(CommandError, match="不能保存到"):
        call_command("make_offline", "http://testserver")


@pytest.mark.parametrize(("busy", "is_made"), [(3, True), (100, False)])
def test_pack_waits_for_what_a_worker_is_making(few_pages, monkeypatch, busy, is_made):
    packed, turns = offline.packed, iter(range(busy))

    def when_free(base):
        if next(turns, None) is not None:
            raise store.BusyError
        return packed(base)

    monkeypatch.setattr(offline, "packed", when_free)
    monkeypatch.setattr(os, "nice", lambda by: 0)
    monkeypatch.setattr(make_offline.time, "sleep", lambda seconds: None)

    with nullcontext() if is_made else pytest.raises(CommandError, match="正有另一个进程在制作"):
        call_command("make_offline", "http://testserver")

    assert (offline.size("http://testserver") is not None) is is_made


def test_made_once_and_its_size_is_said(few_pages, client, django_assert_num_queries):
    assert "离线副本</a>：" in client.get("/data/").text
    response = client.get("/data/offline.zip")

    with django_assert_num_queries(1):
        again = client.get("/data/offline.zip")

    assert again.content == response.content
    assert again.headers["ETag"] == response.headers["ETag"]
    assert f"离线副本</a>（{len(response.content) / 1024:.1f}" in client.get("/data/").text
