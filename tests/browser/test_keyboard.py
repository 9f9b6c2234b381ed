"""Reading with the keyboard: the way back out."""

import pytest
from playwright.sync_api import expect

from tests.pages import STATES, Place

from .conftest import PHONE

pytestmark = pytest.mark.looks


@pytest.mark.parametrize("place", [Place("/regions/"), STATES["filtered"]], ids=["all", "filtered"])
def test_escape_closes_the_open_facet_and_returns_to_where_it_opens(visit, place):
    page = visit(place, **PHONE)
    facet = page.locator(".facet").nth(2)
    summary = facet.locator("summary").first
    summary.click()
    facet.locator("input").first.focus()
    expect(facet).to_have_attribute("open", "")

    page.keyboard.press("Escape")

    expect(facet).not_to_have_attribute("open", "", timeout=2000)
    expect(summary).to_be_focused()
