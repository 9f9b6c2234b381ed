"""The same question finds the same areas on the page and in the API, whatever is asked."""

import pytest
from hypothesis import given
from selectolax.lexbor import LexborHTMLParser

from pilots.search.filters import RegionFilter

from ..queries import CHOICES, a_few, typed
from .answers import API, every

pytestmark = pytest.mark.django_db


@a_few
@given(chosen=CHOICES)
def test_page_and_api_find_the_same_areas_in_the_same_order(client, chosen):
    query = RegionFilter(typed(**chosen)).query()

    tree = LexborHTMLParser(client.get(f"/regions/{query}").text)
    shown = [link.attributes["href"] for link in tree.css(".card__title a")]
    found = client.get(f"{API}search/{query}").json()

    assert [f"http://testserver{path}" for path in shown] == [region["url"] for region in found["results"]]
    paged = every(client, f"{API}regions/{query or '?'}&page_size=7")
    assert [region["url"] for region in paged] == [region["url"] for region in found["results"]]
    assert found["url"] == f"http://testserver/regions/{query}"
    assert found["count"] == len(shown)
