"""Addresses that tests visit, and records in the states that they are visited in."""

from urllib.parse import urlsplit
from xml.etree import ElementTree

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, get_resolver

from pilots.models import Province, Region, System, Topic, together
from pilots.record.checks import BATCH_TWO
from pilots.search import facet_sets
from tests import factories as make


def routes(patterns=None, before=""):
    """Yield each route of the site as it is written."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLPattern):
            yield before + str(pattern.pattern)
        else:
            yield from routes(pattern.url_patterns, before + str(pattern.pattern))


ROUTES = list(routes())
NOTICE = f"/notices/{BATCH_TWO}/"
# Every page type, with the number of queries that it takes whatever the data.
PAGES = {
    "/": 1,  # the version of the record; the rest is kept while that is the same
    "/notices/": 4,
    NOTICE: 9,
    "/regions/": 1,
    "/regions/?q=建立&province=beijing": 1,
    "/regions/?q=没有这样的词": 1,
    "/regions/?q=安吉": 1,
    "/regions/?q=多少个地区": 1,
    "/regions/beijing-huairou/": 1,
    "/provinces/": 4,
    "/provinces/beijing/": 8,
    "/topics/": 3,
    "/topics/unified-spatial-planning/": 8,
    "/systems/": 3,
    "/systems/other/": 8,
    "/ministries/": 6,
    "/ministries/mep/": 6,
    "/after/": 8,
    "/matrix/": 2,
    "/compare/": 2,
    "/compare/?region=beijing-huairou": 10,
    "/compare/?region=beijing-huairou&region=hebei-qinhuangdao&region=mars": 10,
    "/changes/": 7,
    "/corrections/": 5,
    "/about/": 3,
    "/en/": 8,
    "/data/": 7,
    "/data/fields/": 2,
    "/api/": 2,
    "/api/fields/": 2,
    "/sitemap/": 9,
}
# What is kept of an area, and of what a keyword finds, and the queries that it takes to make it.
FORGOTTEN = ("areas", "answers", "later", "hits")
FIRST = {
    "/regions/?q=建立&province=beijing": 5,  # one for what came after
    "/regions/?q=没有这样的词": 7,  # one for whether anything has 这样的词, one for what came after
    "/regions/?q=安吉": 5,
    "/regions/?q=多少个地区": 8,  # one for what is withdrawn of it
    "/regions/beijing-huairou/": 19,  # one for the duties that name it, four for what came after
}


def correct_one_region():
    region = Region.objects.get(slug="beijing-huairou")
    region.open_points = "更正"
    region.save()


def keep_one_region():
    with together():
        Region.objects.exclude(slug="beijing-huairou").delete()


def make_regions_up_to_60():
    beijing, system = Province.objects.get(slug="beijing"), System.objects.get(slug="other")
    topic = Topic.objects.get(slug="unified-spatial-planning")
    with together():  # found at once, in one writing
        for _ in range(60 - Region.objects.count()):
            region = make.make_region(province=beijing, partners=[Province.objects.get(slug="hebei")], kind="county")
            make.make_priority(region=region, system=system, topics=[topic])


def queries(client, path, *forgotten):
    """Return how many queries an address takes; its first reader after a change reads the facets anew. forgotten:
    names of what was kept of it and is made again."""
    client.get(path)
    forget(*forgotten)
    with CaptureQueriesContext(connection) as captured:
        client.get(path)
    return len(captured)


def forget(*names):
    """Forget what is kept under these names with the version of the record."""
    for name in names:
        facet_sets.current().memory.pop(name, None)


SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def dates(client):
    """Return what sitemap.xml lists: path → day of the last change, or None."""
    root = ElementTree.fromstring(client.get("/sitemap.xml").content)
    assert root.tag == f"{SITEMAP}urlset"
    found = [(url.findtext(f"{SITEMAP}loc"), url.findtext(f"{SITEMAP}lastmod")) for url in root]
    assert all(loc.startswith("http://testserver/") for loc, _ in found)
    assert len({loc for loc, _ in found}) == len(found)
    return {urlsplit(loc).path: day for loc, day in found}
