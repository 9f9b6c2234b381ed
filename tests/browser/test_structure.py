"""What a screen reader is told: headings, landmarks, what is said aloud, and whose words are whose."""

import re
from itertools import pairwise

import pytest

from tests.pages import EVERY_PAGE, EVERYTHING, STATES, each

pytestmark = pytest.mark.looks
COUNT = re.compile(r"\d+个")
# What was not understood; nothing else is news: an answer is the page itself.
SAID_ALOUD = {STATES[name].path for name in ("unknown-filter", "compare-unknown")}


@each(EVERYTHING)
def test_page_tells_its_outline_and_says_only_news_aloud(visit, place):
    page = visit(place)
    headings, said = page.evaluate("looks.headings()"), page.evaluate("looks.said()")
    levels = [level for level, _ in headings]
    outline = [line.strip() for line in page.locator("body").aria_snapshot().splitlines()]

    assert levels[0] == 1, headings
    assert levels.count(1) == 1, headings
    assert all(text for _, text in headings), headings
    assert all(after <= before + 1 for before, after in pairwise(levels)), headings
    for role in ("banner", "main", "contentinfo"):
        assert page.get_by_role(role).count() == 1, role
    for role in ("navigation", "search", "form", "region"):
        named = [line for line in outline if line.startswith(f"- {role}")]
        assert len(named) == len(set(named)), named
    assert page.get_by_role("navigation", name="主导航").count() == 1
    assert page.get_by_role("search").count() >= 1
    assert all(said), "a live region has nothing to say"
    assert sum(bool(COUNT.search(text)) for text in said) <= 1, said
    assert bool(said) == (place.path in SAID_ALOUD), said


@each(EVERY_PAGE)
def test_original_text_and_the_sites_words_differ_in_face_and_markup(visit, place):
    page = visit(place)

    original, own = page.evaluate("looks.faces()")

    assert len(own) == 1, own
    assert len(original) <= 1, original
    assert original != own
    assert page.locator(".original .own, .own .original, .original .tag").count() == 0
