"""About how large the files are that a list offers, held against the files themselves."""

import re

import pytest
from django.http import QueryDict
from selectolax.lexbor import LexborHTMLParser

from pilots.exports.offering import KB, in_words, offers
from pilots.models import Priority, Region
from pilots.search.filters import RegionFilter

from .. import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def test_rows_are_counted_without_a_query(bare, django_assert_num_queries):
    for most in range(4):
        region = make.make_region()
        for number in range(most):
            make.make_priority(region=region, number=number + 1)
    filterset = RegionFilter()

    with django_assert_num_queries(0):
        found = offers(filterset, "")

    assert [offer["count"] for offer in found] == [4, 6]


def test_counts_follow_an_edit_of_one_area():
    before = RegionFilter(QueryDict("province=beijing"))
    line = Priority.objects.filter(region__province__slug="beijing").last()
    line.withdrawn_on, line.withdrawn_reason = "2026-01-01", "x"
    line.save()
    after = RegionFilter(QueryDict("province=beijing"))

    assert after.state.lines(after.areas()) == before.state.lines(before.areas()) - 1


@pytest.mark.parametrize(
    ("bytes_", "said"), [(0, "约1 KB"), (29_343, "约29 KB"), (1_000 * KB - 1, "约1000 KB"), (5 * KB * KB, "约5.0 MB")]
)
def test_sizes_in_words(bytes_, said):
    assert in_words((bytes_, 1, 1), 0, 0) == said.replace(" ", "\u00a0")  # not apart at the end of a line


def test_list_says_how_many_rows_its_files_have(client):
    found = LexborHTMLParser(client.get("/regions/?q=湿地").text).css("[aria-labelledby=downloads] li")

    assert len(found) == 2
    for offer in found:
        said = int(re.search(r"（(\d+)行）", offer.text()).group(1))
        [file] = [link.attributes["href"] for link in offer.css("a") if link.text().startswith("JSON")]
        [rows] = [rows for rows in client.get(file).json().values() if isinstance(rows, list)]
        assert said == len(rows) > 1


@pytest.mark.parametrize(
    "path",
    [
        *("/provinces/", "/topics/", "/systems/", "/ministries/", "/notices/", "/after/", "/matrix/", "/changes/"),
        *("/topics/rule-of-law/", "/systems/other/", "/provinces/xinjiang/"),
        "/compare/?region=beijing-huairou&region=jing-jin-ji",
    ],
)
def test_every_list_leads_to_its_files_and_says_how_large_they_are(client, path):
    region = Region.objects.get(serial=1)
    region.open_points = "更正"
    region.save()
    links = LexborHTMLParser(client.get(path).text).css("main a[download]")

    assert [link.text().partition("（")[0] for link in links] == ["CSV", "XLSX", "JSON"]
    for link in links:
        size = len(client.get(link.attributes["href"]).getvalue())
        said = int(re.search(r"约(\d+)\xa0KB", link.text()).group(1)) * KB
        assert abs(said - size) <= max(size / 10, KB)
