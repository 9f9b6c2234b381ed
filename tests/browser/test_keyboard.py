"""Reading with the Tab key: where it goes, what one sees of it, and the way back out."""

import pytest
from playwright.sync_api import expect

from tests.pages import EVERY_PAGE, EVERYTHING, STATES, Place, each

from .conftest import PHONE

pytestmark = pytest.mark.looks


@each(EVERYTHING)
def test_tab_goes_through_everything_in_order_and_is_always_seen(visit, place):
    page = visit(place, reduced_motion="reduce")
    stops = page.evaluate("looks.stops()")

    page.evaluate("looks.follow()")
    for _ in range(len(stops) + 1):
        page.keyboard.press("Tab")
    visited = page.evaluate("looks.visited")

    assert [stop["place"] for stop in visited] == [place for place, _ in stops], missed(stops, visited)
    faint = [stop["name"] for stop in visited if stop["ring"] < 2 or not stop["isSeen"]]
    assert not faint, "\n".join(faint)
    assert page.locator("[tabindex]:not([tabindex='0'], [tabindex='-1'])").count() == 0


def missed(stops, visited):
    """Return where the Tab key first went elsewhere than the document does."""
    for (_, name), to in zip(stops, [*visited, {"name": "the end"}], strict=False):
        if name != to["name"]:
            return f"{name}: went to {to['name']}"
    return f"more than the {len(stops)} things that can have the focus"


@each(EVERY_PAGE)
def test_skip_link_is_first_shows_itself_and_leads_to_the_text(visit, place):
    page = visit(place)

    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="跳到正文")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport(ratio=1)
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")

    assert page.evaluate("document.activeElement.closest('main') !== null")


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
