"""What every page is asked for every reader. Each audit sets the screen as it needs it and leaves the page whole."""

import re
from itertools import groupby, pairwise
from operator import itemgetter
from urllib.parse import unquote, urljoin

from playwright.sync_api import expect

from tests.pages import STATES

from .axe import AXE, OF_COLOURS, faults
from .conftest import set_screen
from .paper import plain, printed

KB = 1024
MOST_REQUESTS = 4
# What is counted by kind, in KB as it travels. A font is not wanted at all.
MOST = {"stylesheet": 12, "script": 5, "font": 0}
COUNT = re.compile(r"\d+个")
# What was not understood; nothing else is news: an answer is the page itself.
SAID_ALOUD = {STATES[name].path for name in ("unknown-filter", "compare-unknown")}
# 400 % zoom of a window of 1280 × 1024 leaves 320 × 256 (WCAG 1.4.10).
WINDOWS = [(1440, 900), (768, 1024), (375, 812), (320, 256)]
CONTROLS = "button, summary, select, textarea, input, label, .chip, header a[href], nav a[href]"
EVERY_TARGET = "a[href], button, summary, select, textarea, input, label"
FINGER = 44  # CSS pixels (工信厅信管函〔2021〕67号)
SENTENCE = 20  # characters; what is shorter is a label
BOXES = ".button, .search__field, .chip, .tile a"  # backgrounds do not show there, borders do
NUMBER, DATE = "发改环资〔2015〕3214号", "2015年12月31日"
BUTTONS = [
    "跳到正文",
    "长者模式",
    "标准模式",
    "当前位置",
    "应用筛选",
    "移除筛选",
    "清除全部筛选",
    "排序：",
    "上一个：",
    "下一个：",
]
LIGHTS = [("dark", 320), ("light", 320), ("light", 1440), ("dark", 1440)]  # from where the windows end
# What has been asked about in this process: ways in which colours lie on each other, steps of the Tab key, kinds of
# elements on paper.
COLOURS_KNOWN, STEPS_KNOWN, KINDS_PRINTED = set(), set(), set()


def asks_for_little_stays_where_it_is_and_says_nothing(page, place):
    page.wait_for_load_state("networkidle")

    own = urljoin(page.url, "/")
    # The icon is not counted: a page is drawn without it, and browsers fetch it when they like, once for the site.
    icon = page.locator("link[rel=icon]").evaluate("link => link.href")
    asked = [request for request in page.requests if request.url != icon]
    answered = [request for request in asked if not request.failure]
    found = [f"request {request.url}" for request in asked] if len(asked) > MOST_REQUESTS else []
    found += [f"failed: {request.url}: {request.failure}" for request in asked if request.failure]
    found += [f"from elsewhere: {request.url}" for request in page.requests if not request.url.startswith(own)]
    for kind, most in MOST.items():
        size = sum(request.sizes()["responseBodySize"] for request in answered if request.resource_type == kind)
        found += [f"{kind}s of {size} bytes"] if size > most * KB else []
    found += page.evaluate("looks.shifts()")
    found += [text for text in page.said if f"status of {place.status}" not in text]
    assert not found, "\n".join(found)


def tells_its_outline_and_says_only_news_aloud(page, place):
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


def original_text_and_the_sites_words_differ_in_face_and_markup(page, place):
    original, own = page.evaluate("looks.faces()")

    assert len(own) == 1, own
    assert len(original) <= 1, original
    assert original != own
    assert page.locator(".original .own, .own .original, .original .tag").count() == 0


def large_text_has_one_column_and_large_targets(page, place):
    found = page.evaluate("looks.columns()") + page.evaluate("looks.tooSmall", [EVERY_TARGET, FINGER])

    assert not found, "\n".join(found)


def has_controls_for_a_finger_and_text_to_read(page, place):
    text = ["main", SENTENCE, 24] if place.is_large else [".original, .lead", SENTENCE, 18]

    found = page.evaluate("looks.tooSmall", [CONTROLS, FINGER]) + page.evaluate("looks.tooFine", text)

    assert not found, "\n".join(found)


def paper_says_once_where_it_comes_from_and_shows_nothing_to_press(page, place):
    canonical = page.locator("link[rel=canonical]")
    addresses = [unquote(link.get_attribute("href")) for link in canonical.all()]  # an error has none

    page.emulate_media(media="print")
    words, kinds = page.evaluate("looks.shown()")
    page.emulate_media(media="null")
    texts = [plain(words)]
    if not KINDS_PRINTED.issuperset(kinds):
        texts.append("".join(printed(page)))
        KINDS_PRINTED.update(kinds)

    for text in map(unquote, texts):
        for address in addresses:
            source = rf"{re.escape(plain(address))}.{{0,12}}{NUMBER}.{{0,12}}{DATE}"
            assert len(re.findall(source, text)) == 1, text[-200:]
        assert [words for words in BUTTONS if words in text] == []


def nothing_is_cut_off_and_little_sticks_in_any_window(page, place):
    found = []
    for width, height in WINDOWS:
        set_screen(page, width, height)
        page.evaluate("scrollTo(0, document.body.scrollHeight / 2)")
        found += [f"{width} px: {line}" for line in page.evaluate("looks.sideways()")]
        stuck = page.evaluate("looks.stuck()")
        found += [f"{width} × {height} px: {stuck} px of it stuck"] if stuck > height / 2 else []

    assert not found, "\n".join(found)


def axe_finds_nothing_and_running_text_has_contrast_of_seven_to_one(page, place):
    page.evaluate("scrollTo(0, 0)")
    page.evaluate(AXE)

    found = {}
    for scheme, width in LIGHTS:
        set_screen(page, width, 900, color_scheme=scheme, reduced_motion="reduce")
        if scheme == "dark":
            lines, names = faults(page, COLOURS_KNOWN, colours=OF_COLOURS, rules=None)
            assert names in (set(), OF_COLOURS)
        else:
            lines, names = faults(page, COLOURS_KNOWN)
            assert names & OF_COLOURS in ({"link-in-text-block"}, OF_COLOURS)
            assert names >= {"target-size", "region", "td-has-header", "link-in-text-block"}
        for line in lines:
            found.setdefault(line, []).append(f"{width} px, {scheme}")

    assert not found, "\n".join(f"{place.path} ({'; '.join(lights)}): {line}" for line, lights in found.items())
    assert COLOURS_KNOWN


def keeps_its_borders_and_stays_still_for_those_who_ask(page, place):
    set_screen(page, 1440, 900, color_scheme="light", forced_colors="active", reduced_motion="reduce")
    page.evaluate("looks.follow()")
    page.evaluate("looks.go(looks.stops().slice(0, 12).map(([place]) => place))")
    page.keyboard.press("Tab")

    found = page.evaluate("looks.borderless", BOXES)
    found += [f"{stop['name']} has no ring" for stop in page.evaluate("looks.visited") if stop["ring"] < 2]
    found += [f"{line} moves" for line in page.evaluate("looks.moving()")]

    assert not found, "\n".join(found)


def tab_goes_through_everything_in_order_and_is_always_seen(page, place):
    set_screen(page, 1440, 900, color_scheme="light", forced_colors="none", reduced_motion="reduce")
    stops = page.evaluate("looks.stops()")

    page.evaluate("looks.follow()")
    for is_pressed, steps in groupby(zip(to_press(page, stops), stops, strict=True), itemgetter(0)):
        if is_pressed:
            for _ in steps:
                page.keyboard.down("Tab")  # held down: half as many messages
        else:
            page.evaluate("looks.go", [place for _, (place, _) in steps])
    page.keyboard.down("Tab")
    page.keyboard.up("Tab")
    visited = page.evaluate("looks.visited")

    assert [stop["place"] for stop in visited] == [place for place, _ in stops], missed(stops, visited)
    faint = [stop["name"] for stop in visited if stop["ring"] < 2 or not stop["isSeen"]]
    assert not faint, "\n".join(faint)
    assert page.locator("[tabindex]:not([tabindex='0'], [tabindex='-1'])").count() == 0


def to_press(page, stops):
    """Yield for each stop whether the key is pressed to come to it: the first of a page, each kind of step once."""
    for number, step in enumerate(page.evaluate("looks.steps", stops)):
        yield number == 0 or step not in STEPS_KNOWN
        STEPS_KNOWN.add(step)


def missed(stops, visited):
    """Return where the Tab key first went elsewhere than the document does."""
    for (_, name), to in zip(stops, [*visited, {"name": "the end"}], strict=False):
        if name != to["name"]:
            return f"{name}: went to {to['name']}"
    return f"more than the {len(stops)} things that can have the focus"


def skip_link_is_first_shows_itself_and_leads_to_the_text(page, place):
    set_screen(page, 1440, 900, color_scheme="light", forced_colors="none", reduced_motion="no-preference")
    page.evaluate("looks.follow()")

    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="跳到正文")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport(ratio=1)
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")

    assert page.evaluate("document.activeElement.closest('main') !== null")


def nothing_moves_while_the_page_comes(page, place):
    """Take it apart: the last audit, which leaves nothing of the page."""
    set_screen(page, **page.viewport_size, color_scheme="light", forced_colors="none", reduced_motion="no-preference")
    page.evaluate("looks.fromTheTop()")

    found = page.evaluate("looks.unsteady()")

    assert not found, "\n".join(found)
