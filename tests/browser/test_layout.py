"""Narrow windows, zoom, fingers and large text: nothing is cut off, nothing too small to hit or to read."""

import pytest

from tests.pages import EVERYTHING, LARGE, each

from .conftest import PHONE

pytestmark = pytest.mark.looks
# 400 % zoom of a window of 1280 × 1024 leaves 320 × 256 (WCAG 1.4.10).
WINDOWS = [(320, 256), (375, 812), (768, 1024), (1440, 900)]
CONTROLS = "button, summary, select, textarea, input, label, .chip, header a[href], nav a[href]"
EVERY_TARGET = "a[href], button, summary, select, textarea, input, label"
FINGER = 44  # CSS pixels (工信厅信管函〔2021〕67号)
SENTENCE = 20  # characters; what is shorter is a label


@each(EVERYTHING)
def test_nothing_is_cut_off_and_little_sticks_in_any_window(visit, place):
    page = visit(place)

    found = []
    for width, height in WINDOWS:
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate("scrollTo(0, document.body.scrollHeight / 2)")
        found += [f"{width} px: {line}" for line in page.evaluate("looks.sideways()")]
        stuck = page.evaluate("looks.stuck()")
        found += [f"{width} × {height} px: {stuck} px of it stuck"] if stuck > height / 2 else []

    assert not found, "\n".join(found)


@each(EVERYTHING)
def test_phone_has_controls_for_a_finger_and_text_to_read(visit, place):
    page = visit(place, **PHONE)
    text = ["main", SENTENCE, 24] if place.is_large else [".original, .lead", SENTENCE, 18]

    found = page.evaluate("looks.tooSmall", [CONTROLS, FINGER]) + page.evaluate("looks.tooFine", text)

    assert not found, "\n".join(found)


@each(LARGE)
def test_large_text_has_one_column_and_large_targets_on_every_screen(visit, place):
    page = visit(place)

    found = page.evaluate("looks.columns()") + page.evaluate("looks.tooSmall", [EVERY_TARGET, FINGER])

    assert not found, "\n".join(found)
