"""What a reader sees of a screen before scrolling: one visit a screen, positions in CSS pixels from the top."""

import pytest

from tests.pages import EVERY_PAGE, NOTICE, Place

from .conftest import PHONE

pytestmark = pytest.mark.looks
# Of the Tab key, before a node.
STOPS = """end => [...document.querySelectorAll("a, button, summary, input, select, [tabindex]")].filter(
    node => node.tabIndex >= 0 && node.checkVisibility()
        && node.compareDocumentPosition(end) & Node.DOCUMENT_POSITION_FOLLOWING).length"""
# The lines of the annex whose address stands below their last words.
BELOW = """lines => lines.filter(line => line.querySelector(".anchor").getBoundingClientRect().top
    >= [...line.querySelector(".original").getClientRects()].pop().bottom).length"""
TOP = "node => node.getBoundingClientRect().top + scrollY"


def box(page, selector):
    """Return the first element's box; it shows."""
    return page.locator(selector).first.bounding_box()


def bottom(page, selector):
    found = box(page, selector)
    return found["y"] + found["height"]


def test_notice_begins_on_the_first_screen_and_its_annex_is_few_stops_away(visit):
    page = visit(Place(NOTICE), **PHONE)

    assert page.locator(".document__body .original").first.evaluate(TOP) < 700
    assert page.locator(".annex tbody tr").first.evaluate("row => getComputedStyle(row).display") == "block"
    before = page.evaluate(STOPS, page.locator(".annex").element_handle())
    assert before <= 40
    links = page.locator(".toc a")
    for n, link in enumerate(links.all()):
        link.click()
        page.locator(f".toc li:nth-child({n + 1}) a[aria-current]").wait_for()
        assert page.locator(".toc a[aria-current]").count() == 1
        assert link.evaluate("node => node.closest('.toc').getBoundingClientRect().top") == 0
    page.evaluate("scrollBy(0, 3000)")
    page.locator(".toc li:last-child a[aria-current]").wait_for()  # in the middle of the annex


def test_address_of_a_paragraph_shows_where_the_pointer_rests(visit):
    page = visit(Place(NOTICE))
    assert page.evaluate(STOPS, page.locator(".annex").element_handle()) <= 40
    anchor = page.locator("#duty-1 .anchor")

    assert anchor.evaluate("node => getComputedStyle(node).opacity") == "0"
    page.locator("#duty-1 .paragraph__text").hover()
    assert anchor.evaluate("node => getComputedStyle(node).opacity") == "1"
    assert page.locator(".annex__line").evaluate_all(BELOW) == 0
    page.set_viewport_size({"width": 375, "height": 812})
    assert page.locator(".annex__line").evaluate_all(BELOW) == 0


def test_area_says_what_belongs_to_it_and_what_it_tries_on_the_first_screen_of_a_phone(visit):
    page = visit(EVERY_PAGE["region"], **PHONE)
    assert "蓟县（今蓟州区）" in page.locator(".members").text_content()
    assert bottom(page, ".members") < 500
    assert box(page, ".line__text")["y"] < 830

    page = visit(Place("/regions/liaoning-benxi/"), **PHONE)
    assert box(page, ".line__text")["y"] < 700


@pytest.mark.parametrize("query", ["", "?view=table", "?q=湿地", "?topic=performance-evaluation"])
def test_first_result_is_three_keys_away_and_the_filter_three_screens_high(visit, query):
    page = visit(Place(f"/regions/{query}"), **PHONE)
    first = page.locator(".card__title a, .rows th a").first

    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "跳到结果"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")

    assert first.evaluate("node => node === document.activeElement")
    page.locator(".facet").evaluate_all("facets => facets.forEach(facet => { facet.open = true })")
    assert page.locator("form.filters").bounding_box()["height"] <= 3 * 812


def test_home_shows_its_three_answers_and_the_line_of_the_day_at_once(visit):
    page = visit(EVERY_PAGE["home"])

    for selector in (".hero h1", ".search--big", ".tiles", ".daily"):
        assert bottom(page, selector) <= 900, selector
    assert page.locator(".site-nav").is_visible()


def test_menu_of_a_phone_opens_under_the_bar_and_its_button_stays(visit):
    page = visit(EVERY_PAGE["topics"], **PHONE)
    summary = page.locator(".menu__summary")
    before = summary.bounding_box()

    summary.click()

    assert summary.bounding_box() == before
    panel, heading = page.locator(".menu__panel").bounding_box(), page.locator("h1").bounding_box()
    assert before["y"] + before["height"] <= panel["y"]
    assert panel["y"] + panel["height"] <= heading["y"]
    assert page.evaluate("looks.sideways()") == []

    page.get_by_role("link", name="检索", exact=True).click()
    page.get_by_role("search").get_by_role("combobox").fill("怀柔")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=*")


def test_answer_stands_on_the_first_screen_of_a_phone(visit):
    page = visit(Place("/regions/?q=蓟县"), **PHONE)
    assert bottom(page, ".reply__text") < 500
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    page = visit(Place("/regions/?q=安吉"), **PHONE)
    assert bottom(page, ".reply__limit") < 500


def test_dossier_has_its_table_on_a_phone_too(visit):
    page = visit(Place("/topics/ecological-compensation/"), **PHONE)

    row = page.locator(".theme__table tbody tr").last
    assert not row.is_visible()  # the lines stand above; they don't make the page twice as long
    page.get_by_role("link", name="列成表格").click()
    assert row.is_visible()
    assert row.evaluate("row => [...row.cells].every(cell => cell.getBoundingClientRect().right <= innerWidth)")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("path", ["/ministries/", "/topics/", "/provinces/"])
def test_files_stand_apart_from_the_table_above_them(visit, path):
    page = visit(Place(path), **PHONE)

    assert box(page, ".take")["y"] - bottom(page, ".table-frame") >= 24


def test_answer_in_large_text_has_no_stop_on_a_line_of_its_own(visit):
    page = visit(Place("/regions/?q=安吉", is_large=True), **PHONE)

    # The last character's line holds the one before it, too.
    assert page.locator(".reply__text").evaluate("""node => {
        const text = node.firstChild, range = document.createRange(), end = text.data.trimEnd().length;
        const top = place => { range.setStart(text, place); range.setEnd(text, place + 1);
                               return range.getBoundingClientRect().top; };
        return top(end - 1) === top(end - 2); }""")

    page = visit(Place("/regions/", is_large=True), **PHONE)
    assert bottom(page, ".chips .to-filters") < 812
    assert page.locator("form.filters").bounding_box()["height"] <= 3 * 812
    assert page.evaluate("document.documentElement.scrollHeight") < 24_000
