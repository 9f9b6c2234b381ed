"""What a page costs, from the files that production serves: collected, fingerprinted, compressed."""

import pytest

from tests.pages import EVERYTHING, each
from tests.serving import fetch

from .conftest import DESK, PHONE

pytestmark = pytest.mark.looks
KB = 1024
MOST_HTML = {
    "notice": 30,
    "large-notice": 30,
    "edited-notice": 30,
    "raw": 30,
    "regions": 30,
    "unknown-filter": 30,
}  # KB; 14 for every other page
MOST_PADDING = 100
MOST_REQUESTS = 4
READ = {name: place for name, place in EVERYTHING.items() if place.server != "workshop"}
# What is counted by kind, in KB as it travels. A font is not wanted at all.
MOST = {"stylesheet": 12, "script": 5, "font": 0}


@pytest.mark.parametrize("name", READ)
def test_html_is_small_as_it_travels(address, name):
    _, body = fetch(address(EVERYTHING[name]), **{"Accept-Encoding": "gzip"})

    assert body.startswith(b"\x1f\x8b\x08\x08")
    padding = body.index(b"\0", 10) - 10  # a name of chance length, against BREACH
    assert len(body) - padding + MOST_PADDING <= MOST_HTML.get(name, 14) * KB


@each(READ)
@pytest.mark.parametrize("screen", [PHONE, DESK], ids=["phone", "desk"])
def test_page_asks_for_little_stays_where_it_is_and_says_nothing(visit, address, place, screen):
    requests, said = [], []

    def listen(page):
        page.on("request", lambda request: requests.append(request))
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))

    page = visit(place, prepare=listen, **screen)
    page.wait_for_load_state("networkidle")

    own = address(place).removesuffix(place.path) + "/"
    # The icon is not counted: a page is drawn without it, and browsers fetch it when they like, once for the site.
    icon = page.locator("link[rel=icon]").evaluate("link => link.href")
    asked = [request for request in requests if request.url != icon]
    answered = [request for request in asked if not request.failure]
    found = [f"request {request.url}" for request in asked] if len(asked) > MOST_REQUESTS else []
    found += [f"failed: {request.url}: {request.failure}" for request in asked if request.failure]
    found += [f"from elsewhere: {request.url}" for request in requests if not request.url.startswith(own)]
    for kind, most in MOST.items():
        size = sum(request.sizes()["responseBodySize"] for request in answered if request.resource_type == kind)
        found += [f"{kind}s of {size} bytes"] if size > most * KB else []
    found += page.evaluate("looks.shifts()")
    found += [text for text in said if f"status of {place.status}" not in text]
    found += page.evaluate("looks.unsteady()")
    assert not found, "\n".join(found)
