"""A real browser on a real server. Without Chromium these tests are left out, but never in CI."""

import json
import os
import shutil
from contextlib import ExitStack
from urllib.parse import urljoin

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import sync_playwright

# Playwright's own event loop must not be taken for an async view's.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

LOOKS = (settings.BASE_DIR / "tests" / "browser" / "looks.js").read_text()
PATIENCE = 10_000  # milliseconds
# Scripts of a page, axe too, run for a second at most: to make machine code of them takes longer than it saves.
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--js-flags=--no-turbofan"]
PHONE = {"viewport": {"width": 375, "height": 812}, "has_touch": True, "is_mobile": True}
DESK = {"viewport": {"width": 1440, "height": 900}}
MEDIA = {"color_scheme": "light", "forced_colors": "none", "media": "null", "reduced_motion": "no-preference"}


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.is_relative_to(settings.BASE_DIR / "tests" / "browser"):
            item.add_marker("browser")


@pytest.fixture(scope="session")
def chromium():
    found = shutil.which("chromium-headless-shell") or shutil.which("chromium")  # it draws no window around a page
    if found is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=SWITCHES)
        yield browser
        browser.close()


@pytest.fixture
def site_to_write_on(committed_record, live_server):
    """The address of a server on this test's own database, with the whole record, for tests that change it."""
    return live_server.url


@pytest.fixture
def new_page(chromium):
    """Return the function that opens an empty page; its arguments are those of Playwright's `new_context`."""
    with ExitStack() as contexts:

        def new_page(**options):
            context = contexts.enter_context(chromium.new_context(**options))
            context.set_default_timeout(PATIENCE)
            return context.new_page()

        yield new_page


def listening(page):
    """Return the page, which from now on writes down what it asks for (`requests`) and what it says (`said`)."""
    page.requests, page.said = [], []
    page.on("request", lambda request: page.requests.append(request))
    page.on("console", lambda message: page.said.append(message.text))
    page.on("pageerror", lambda error: page.said.append(str(error)))
    return page


def set_screen(page, width, height, **media):
    """Give a page of `kept_page` that window and those media, where it has others: each is a layout and a picture."""
    if page.viewport_size != {"width": width, "height": height}:
        page.set_viewport_size({"width": width, "height": height})
    if not media.items() <= page.media.items():
        page.emulate_media(**media)
        page.media |= media


@pytest.fixture(scope="session")
def kept_page(chromium):
    """Return the function that returns a page, the same one each time for the same options of `new_context`.

    A page of its own for each test would cost a process of the browser each, and so would leaving for an empty one:
    most of the time of a short test. It shows what the test before it left, until it goes to where this one wants.
    It keeps no cache.
    """
    with ExitStack() as contexts:
        kept = {}

        def kept_page(**options):
            key = json.dumps(options, sort_keys=True)
            if key not in kept:
                context = contexts.enter_context(chromium.new_context(**options))
                context.set_default_timeout(PATIENCE)
                kept[key] = listening(context.new_page())
                context.new_cdp_session(kept[key]).send("Network.setCacheDisabled", {"cacheDisabled": True})
            page = kept[key]
            page.context.clear_cookies()
            page.media = MEDIA | {name: options[name] for name in MEDIA if name in options}
            page.emulate_media(**page.media)
            if page.viewport_size != options["viewport"]:
                page.set_viewport_size(options["viewport"])
            return page

        yield kept_page


@pytest.fixture
def visit(kept_page, address):
    """Return the function that opens a place (tests/pages.py) and returns its page, with `looks` (looks.js) in it.

    Other arguments are those of `new_context`.
    """

    def visit(place, **options):
        page = kept_page(**(DESK | options))
        if place.is_large:
            page.context.add_cookies([{"name": "text_size", "value": "large", "url": urljoin(address(place), "/")}])
        page.requests.clear()
        page.said.clear()
        assert page.goto(address(place)).status == place.status
        page.evaluate(LOOKS)
        return page

    return visit


@pytest.fixture
def open_as(site_to_write_on, new_page):
    """Return the function that gives an official a browser: a page, signed in, that writes down what it says."""

    def open_as(user, **options):
        client = Client()
        client.force_login(user)
        page = new_page(**(DESK | {"color_scheme": "light", "locale": "en-US"} | options))
        cookie = client.cookies["sessionid"]
        page.context.add_cookies([{"name": "sessionid", "value": cookie.value, "url": site_to_write_on}])
        page.said = []
        page.on("console", lambda message: page.said.append(message.text))
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.site = site_to_write_on
        return page

    return open_as
