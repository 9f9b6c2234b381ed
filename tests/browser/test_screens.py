"""What a reader sees of a screen before scrolling: one visit a screen, positions in CSS pixels from the top."""

import pytest

from tests.pages import EVERY_PAGE, Place

from .conftest import PHONE

pytestmark = pytest.mark.looks


def box(page, selector):
    """Return the first element's box; it shows."""
    return page.locator(selector).first.bounding_box()


def bottom(page, selector):
    found = box(page, selector)
    return found["y"] + found["height"]


def test_area_says_what_belongs_to_it_and_what_it_tries_on_the_first_screen_of_a_phone(visit):
    page = visit(EVERY_PAGE["region"], **PHONE)
    assert "蓟县（今蓟州区）" in page.locator(".members").text_content()
    assert bottom(page, ".members") < 500
    assert box(page, ".line__text")["y"] < 830

    page = visit(Place("/regions/liaoning-benxi/"), **PHONE)
    assert box(page, ".line__text")["y"] < 700
