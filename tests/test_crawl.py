"""A reader who follows every link of the site from its first page."""

from typing import NamedTuple
from urllib.parse import parse_qsl, urldefrag, urljoin, urlsplit

import pytest
from selectolax.lexbor import LexborHTMLParser

from pilots.models import Ministry, Notice, Province, Region, System, Topic

from .visits import dates

pytestmark = [pytest.mark.django_db, pytest.mark.once]
VIEWS = {"view", "lines"}  # of a list: the same areas, otherwise shown


def is_combination(path, node):
    """Whether a link only leads to another comparison, to the feed of a filter, to a filtered list in another order,
    or to one of two filters in another view (those of one filter are looked at in each): nothing new there."""
    href = node.attributes["href"]
    if href.startswith("/changes.atom?"):
        return True
    if path.startswith("/compare/?"):
        return "nofollow" in (node.attributes.get("rel") or "")
    names = {name for name, _ in parse_qsl(urlsplit(href).query, keep_blank_values=True)}
    is_other_view = not names.isdisjoint(VIEWS) and len(names - VIEWS) > 1
    return path.startswith("/regions/?") and ("sort" in names or is_other_view)


class Crawled(NamedTuple):
    """What a page has: its ids in order, its links (path with query, anchor), whether it is HTML, what it says of
    itself to robots (None: nothing), and its one address."""

    ids: list
    links: list
    is_page: bool
    robots: str | None
    canonical: str | None


def read(path, response):
    tree = LexborHTMLParser(response.text)
    robots, canonical = tree.css_first("meta[name=robots]"), tree.css_first("link[rel=canonical]")
    links = [
        urldefrag(urljoin(path, node.attributes["href"]))
        for node in tree.css("a[href]:not([download], [href$='.zip']), link[rel=canonical]")
        if not urlsplit(node.attributes["href"]).netloc and not is_combination(path, node)
    ]
    return Crawled(
        [node.attributes["id"] for node in tree.css("[id]")],
        links,
        response.status_code == 200 and response.headers["Content-Type"].startswith("text/html"),
        robots and robots.attributes["content"],
        canonical and canonical.attributes["href"],
    )


def crawl(client, start):
    """Return every page reached, by its path with query."""
    found, waiting = {}, [start]
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        response = client.get(path)
        assert response.status_code in (200, 302), path
        found[path] = read(path, response)
        waiting += [link.url for link in found[path].links if not link.url.startswith("/text-size/")]
    return found


KEPT = {}  # the record as loaded gives the same pages to every test here: one walk is enough


@pytest.fixture
def pages(client):
    """Every page of the site that links lead to, as loaded."""
    if not KEPT:
        KEPT.update(crawl(client, "/"))
    return KEPT


def test_no_link_is_broken_no_page_an_orphan_and_no_anchor_without_a_target(pages):
    for path, page in pages.items():
        for link in page.links:
            if link.fragment:
                assert link.fragment in pages[link.url].ids, f"{path} → {link.url}#{link.fragment}"
    for model in (Notice, Region, Province, Topic, System, Ministry):
        for thing in model.objects.all():
            assert thing.get_absolute_url() in pages


def test_no_page_repeats_an_id(pages):
    for path, page in pages.items():
        assert len(page.ids) == len(set(page.ids)), path


def test_page_map_lists_every_page_that_may_be_listed_and_no_other(client, pages):
    indexed = {path for path, page in pages.items() if page.is_page and page.robots is None}

    assert set(dates(client)) == indexed
    for path in indexed:
        assert pages[path].canonical == f"http://testserver{path}"
