"""What the one script adds, and that it is missed by nobody without it."""

import re

import pytest
from playwright.sync_api import expect

from tests.pages import EVERY_PAGE, LONGEST_REGION, NOTICE

pytestmark = pytest.mark.looks
REGION = EVERY_PAGE["region"]
HINTS = "[...document.querySelectorAll('link[rel=prefetch]')].map(link => link.getAttribute('href'))"


@pytest.fixture
def reader(visit):
    """A page of the record, whose clipboard can be read."""
    return visit(REGION, permissions=["clipboard-read", "clipboard-write"])


def clipboard(page):
    return page.evaluate("navigator.clipboard.readText()")


def test_citation_is_copied_as_it_stands_and_said_once(reader):
    reader.locator(".citation__label").first.click()
    button = reader.locator("[data-copy]").first
    text = reader.locator(f"#{button.get_attribute('data-copy')}").text_content()

    button.click()

    expect(reader.locator("#said")).to_have_text("已复制")
    assert clipboard(reader) == text
    assert "[EB/OL]" in text


def test_citation_of_a_line_is_copied_where_it_stands(reader, site):
    reader.get_by_role("link", name=re.compile("^复制引用 *第2项$")).click()

    expect(reader.locator("#said")).to_have_text("已复制")
    assert f"{site}{LONGEST_REGION}#priority-2" in clipboard(reader)
    assert reader.url == f"{site}{LONGEST_REGION}"


def test_number_of_a_priority_copies_its_address(reader, site):
    reader.get_by_role("link", name="第2项的链接").click()

    expect(reader.locator("#said")).to_have_text("已复制")
    assert clipboard(reader) == f"{site}{LONGEST_REGION}#priority-2"


def test_citation_is_selected_where_nothing_may_be_copied(visit):
    page = visit(REGION)
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')) }")

    page.locator(".citation__label").first.click()
    page.locator("[data-copy]").first.click()

    expect(page.locator("#said")).to_have_text("请按复制快捷键")
    assert "[EB/OL]" in page.evaluate("getSelection().toString()")

    page.get_by_role("link", name=re.compile("^复制引用 *第2项$")).click()
    expect(page).to_have_url(re.compile("/cite/#priority-2$"))


def test_fold_opens_for_what_an_address_leads_to(visit):
    page = visit(REGION)
    fold = page.locator(".fold", has=page.locator(".evidence")).first
    anchor = fold.locator(".evidence").last.get_attribute("id")
    assert fold.get_attribute("open") is None

    # As a browser of 2020 goes there: it opens nothing by itself.
    page.evaluate(f"history.replaceState(null, '', '#{anchor}'); dispatchEvent(new Event('hashchange'))")

    expect(page.locator(f"#{anchor}")).to_be_in_viewport()


def test_print_button_prints(visit):
    page = visit(REGION)
    page.evaluate("() => { window.print = () => { document.title = 'printed' } }")

    page.get_by_role("button", name="打印").click()

    expect(page).to_have_title("printed")


def test_what_needs_a_script_is_not_there_without_one(new_page, site):
    page = new_page(java_script_enabled=False)

    for path in (LONGEST_REGION, NOTICE):
        page.goto(site + path)
        assert page.locator(".needs-script").count() > 0
        assert page.locator(".needs-script").filter(visible=True).count() == 0


def test_next_page_is_fetched_when_a_pointer_rests_on_its_link(visit):
    page = visit(EVERY_PAGE["topics"])
    assert page.evaluate(HINTS) == []

    page.get_by_role("link", name="生态红线").hover()

    expect(page.locator("link[rel=prefetch]")).to_have_count(1)
    assert page.evaluate(HINTS) == ["/topics/ecological-red-lines/"]


def test_nothing_is_fetched_ahead_for_those_who_want_calm_nor_what_changes_a_choice(visit):
    calm = visit(EVERY_PAGE["topics"], reduced_motion="reduce")
    calm.get_by_role("link", name="生态红线").hover()
    page = visit(EVERY_PAGE["topics"])
    page.get_by_role("link", name="长者模式").hover()

    for each in (calm, page):
        each.wait_for_timeout(400)
        assert each.evaluate(HINTS) == []
