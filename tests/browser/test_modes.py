"""Readers whom movement troubles, and readers of large text."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.looks
WATCH = """globalThis.isCarried = new Promise(done =>
  addEventListener("pagereveal", event => done(event.viewTransition !== null)))"""


@pytest.mark.parametrize(("motion", "is_carried"), [("no-preference", True), ("reduce", False)])
def test_pages_are_carried_over_calmly_unless_motion_is_unwanted(new_page, site, motion, is_carried):
    page = new_page(reduced_motion=motion)
    page.add_init_script(WATCH)
    page.goto(f"{site}/topics/")

    page.get_by_role("navigation", name="主导航").get_by_role("link", name="省份").click()

    expect(page).to_have_url(re.compile("/provinces/$"))
    assert page.evaluate("globalThis.isCarried") is is_carried


def test_large_text_stays_where_officials_sign_in(new_page, site):
    page = new_page(viewport={"width": 320, "height": 700})
    page.goto(f"{site}/admin/login/")
    here, size = page.url, "parseFloat(getComputedStyle(document.body).fontSize)"
    before = page.evaluate(size)

    page.get_by_role("link", name="长者模式").click()

    expect(page).to_have_url(here)
    assert page.evaluate(size) >= before * 1.3
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.get_by_role("link", name="标准模式").click()
    assert page.evaluate(size) == before
