"""The offline pack in a real browser, from a folder."""

import zipfile

import pytest

from pilots.exports.package import NAME
from tests.serving import PATIENCE


def take(page, site):
    """Return the path of the pack, downloaded as a reader does it: while it is made, the browser asks again."""
    page.goto(f"{site}/data/")
    with page.expect_download(timeout=2000 * PATIENCE) as download:
        page.get_by_role("link", name="离线副本").click()
    return download.value.path()


pytestmark = pytest.mark.once


def test_pack_opens_from_a_folder_and_leads_from_page_to_page(site, new_page, tmp_path):
    with zipfile.ZipFile(take(new_page(), site)) as found:
        found.extractall(tmp_path)
    page, said, failed = new_page(viewport={"width": 1440, "height": 900}, offline=True), [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("requestfailed", lambda request: failed.append(request.url))

    page.goto((tmp_path / NAME / "index.html").as_uri())
    page.get_by_role("navigation", name="主导航").get_by_role("link", name="地区", exact=True).click()
    results = page.locator(".cards .card")
    assert results.count() == 45
    page.get_by_role("link", name="北京市怀柔区").first.click()
    assert page.locator("h1").inner_text() == "北京市怀柔区"
    page.get_by_role("link", name="第二批名单").click()
    assert page.url.endswith("/index.html#region-1")

    assert page.locator("body").evaluate("node => getComputedStyle(node).backgroundColor") != "rgba(0, 0, 0, 0)"
    assert page.locator(".site-footer").evaluate("node => getComputedStyle(node).backgroundColor") != (
        page.locator("body").evaluate("node => getComputedStyle(node).backgroundColor")
    )
    assert (said, failed) == ([], [])
