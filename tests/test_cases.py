"""Small inputs that failed once, as they were reported: `tests/cases/` holds them, each answered as it should be."""

from pathlib import Path

import pytest
from django.urls import reverse

from pilots.cards import cards
from pilots.filters import RegionFilter

from .test_filters import typed as parameters

pytestmark = pytest.mark.django_db
CASES = Path(__file__).parent / "cases"
QUERIES = (CASES / "real" / "r07-queries.txt").read_text().splitlines()


def pairs(name):
    lines = (CASES / name).read_text().splitlines()
    return [tuple(line.split("\t")) for line in lines if not line.startswith("#")]


def areas(query):
    filterset = RegionFilter(parameters(q=query))
    return [card.serial for card in cards(filterset.selection()[:], filterset.state)]


@pytest.mark.parametrize(("copied", "ordinary"), pairs("04-search-radicals.txt"))
def test_radicals_of_a_pdf_find_what_the_characters_find(copied, ordinary):
    assert areas(copied) == areas(ordinary)


@pytest.mark.parametrize(("query", "other"), pairs("05-search-word-order.txt"))
def test_either_order_of_words_finds_the_same(query, other):
    [place] = [word for word in query.split() if not word.isascii()]

    assert areas(query) == areas(other)
    assert set(areas(place)) & set(areas(query))


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("route", ["pilots:region-list", "search", "regions.csv"])
def test_no_query_of_readers_fails(client, route, query):
    paths = {"search": "/api/v1/search/", "regions.csv": "/regions.csv"}

    assert client.get(paths.get(route) or reverse(route), {"q": query}).status_code == 200
