"""A reader who follows every link of the site from its first page."""

from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from selectolax.lexbor import LexborHTMLParser

from pilots.models import Ministry, Notice, Province, Region, System, Topic

pytestmark = pytest.mark.django_db


def is_combination(path, node):
    """Whether a link only leads to another comparison, to the feed of a filter, or to a filtered list in another
    order: nothing new there."""
    if node.attributes["href"].startswith("/changes.atom?"):
        return True
    if path.startswith("/compare/?"):
        return "nofollow" in (node.attributes.get("rel") or "")
    return path.startswith("/regions/?") and "sort=" in node.attributes["href"]


def crawl(client, start):
    """Return every page reached: its path with query → (anchors on it, links on it as (path, anchor))."""
    pages, waiting = {}, [start]
    while waiting:
        path = waiting.pop()
        if path in pages:
            continue
        response = client.get(path)
        assert response.status_code in (200, 302), path
        tree = LexborHTMLParser(response.text)
        links = [
            urldefrag(urljoin(path, node.attributes["href"]))
            for node in tree.css("a[href]:not([download]), link[rel=canonical]")
            if not urlsplit(node.attributes["href"]).netloc and not is_combination(path, node)
        ]
        pages[path] = ({node.attributes["id"] for node in tree.css("[id]")}, links)
        waiting += [link.url for link in links if not link.url.startswith("/text-size/")]
    return pages


@pytest.fixture
def pages(client):
    return crawl(client, "/")


def test_no_link_is_broken_no_page_an_orphan_and_no_anchor_without_a_target(pages):
    for path, (_, links) in pages.items():
        for link in links:
            if link.fragment:
                assert link.fragment in pages[link.url][0], f"{path} → {link.url}#{link.fragment}"
    for model in (Notice, Region, Province, Topic, System, Ministry):
        for thing in model.objects.all():
            assert thing.get_absolute_url() in pages


def test_no_page_repeats_an_id(client, pages):
    for path in pages:
        ids = [node.attributes["id"] for node in LexborHTMLParser(client.get(path).text).css("[id]")]
        assert len(ids) == len(set(ids)), path
