"""A real browser on a real server. Without Chromium these tests are left out, but never in CI."""

import os
import shutil

import pytest
from django.conf import settings
from playwright.sync_api import sync_playwright

from pilots.loading import load

# Playwright's own event loop must not be taken for an async view's.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


@pytest.fixture(scope="session")
def chromium():
    found = shutil.which("chromium")
    if found is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield browser
        browser.close()


@pytest.fixture
def site(transactional_db, live_server):
    """The address of a server that has the whole record."""
    load(settings.BASE_DIR / "fixtures")
    return live_server.url


@pytest.fixture
def phone(chromium):
    """A page of 375 × 812 with scripts off."""
    with chromium.new_context(viewport={"width": 375, "height": 812}, java_script_enabled=False) as context:
        context.set_default_timeout(10_000)
        yield context.new_page()
