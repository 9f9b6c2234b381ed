"""Every page for every reader: one visit a page and screen, and all that is asked of it there (audits.py)."""

import pytest

from tests.pages import EVERY_PAGE, EVERYTHING, LARGE, READ, each

from . import audits
from .conftest import DESK, PHONE

pytestmark = pytest.mark.looks
# What is asked, in this order, and of which pages.
AT_THE_DESK = {
    audits.tells_its_outline_and_says_only_news_aloud: EVERYTHING,
    audits.original_text_and_the_sites_words_differ_in_face_and_markup: EVERY_PAGE,
    audits.large_text_has_one_column_and_large_targets: LARGE,
    audits.asks_for_little_stays_where_it_is_and_says_nothing: READ,
    audits.paper_says_once_where_it_comes_from_and_shows_nothing_to_press: {
        name: place for name, place in EVERYTHING.items() if not place.is_large
    },
    audits.nothing_is_cut_off_and_little_sticks_in_any_window: EVERYTHING,
    audits.axe_finds_nothing_and_running_text_has_contrast_of_seven_to_one: EVERYTHING,
    audits.keeps_its_borders_and_stays_still_for_those_who_ask: EVERYTHING,
    audits.tab_goes_through_everything_in_order_and_is_always_seen: EVERYTHING,
    audits.skip_link_is_first_shows_itself_and_leads_to_the_text: EVERY_PAGE,
    audits.nothing_moves_while_the_page_comes: READ,
}
ON_THE_PHONE = {
    audits.has_controls_for_a_finger_and_text_to_read: EVERYTHING,
    audits.asks_for_little_stays_where_it_is_and_says_nothing: READ,
    audits.nothing_moves_while_the_page_comes: READ,
}
SCREENS = {"desk": (DESK, AT_THE_DESK), "phone": (PHONE, ON_THE_PHONE)}
# A window of its own (no other test wants these options), on which no pointer ever rested.
APART = {"accept_downloads": False}


@each(EVERYTHING)
@pytest.mark.parametrize("screen", SCREENS)
def test_page_is_for_every_reader(visit, subtests, place, screen):
    options, asked = SCREENS[screen]
    page = visit(place, **options, **APART)

    for audit, places in asked.items():
        if place in places.values():
            with subtests.test(audit.__name__):
                audit(page, place)
