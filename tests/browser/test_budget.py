"""What a page weighs, from the files that production serves: collected, fingerprinted, compressed."""

import pytest

from tests.pages import EVERYTHING, READ
from tests.serving import fetch

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


@pytest.mark.parametrize("name", READ)
def test_html_is_small_as_it_travels(address, name):
    _, body = fetch(address(EVERYTHING[name]), **{"Accept-Encoding": "gzip"})

    assert body.startswith(b"\x1f\x8b\x08\x08")
    padding = body.index(b"\0", 10) - 10  # a name of chance length, against BREACH
    assert len(body) - padding + MOST_PADDING <= MOST_HTML.get(name, 14) * KB
