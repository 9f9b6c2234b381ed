"""A page passed through: what needn't change doesn't, and what can't work outside of the site is gone."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from pilots.exports.relink import between, relinked

pytestmark = pytest.mark.apart


def led(page, path="/a/b/"):
    return relinked(page, path, lambda address: f"→{address}")


@pytest.mark.parametrize(
    "page",
    [
        "<!DOCTYPE html>\n<html lang='zh'><p class=x hidden>a &amp; b &#21; &lt;<br>c<!-- d --></html>",
        '<a href="#top">x</a><a href="https://example.org/?a=1&amp;b=2">y</a><a href="mailto:a@b">z</a>',
        '<svg viewBox="0 0 1 1"><rect width="3"/></svg><details open><summary>x</summary></details>',
        '<p title="a &quot;b&quot;">“引号”</p>',
    ],
)
def test_what_does_not_lead_into_the_site_stays_as_it_is(page):
    assert led(page) == (page, [])


def test_addresses_are_led_from_where_the_page_is():
    page, links = led(
        '<a class="x" href="/c/?p=1&amp;q=2#d" download>x</a><link href="../e/"><img src="f.svg" alt="">'
    )

    assert links == ["/c/?p=1&q=2#d", "/a/e/", "/a/b/f.svg"]
    assert page == (
        '<a class="x" href="→/c/?p=1&amp;q=2#d" download>x</a><link href="→/a/e/"><img src="→/a/b/f.svg" alt="">'
    )


@pytest.mark.parametrize(
    "gone",
    [
        '<form action="/x/"><p><input name="q">a &amp; b<!-- c --></p></form>',
        '<script src="/x.js" defer></script>',
        "<script>if (a < b) { '</p>' }</script>",
        '<p class="text-size"><a href="/text-size/large/">x</a></p>',
        '<li class="a switch"><span>x<br></span></li>',
        "<datalist id=x><option value=a><option value=b></datalist>",
        '<link rel="stylesheet" href="/text-size.css">',
    ],
)
def test_what_needs_the_site_is_gone_whole(gone):
    assert led(f"<p>a</p>{gone}<p>b</p>") == ("<p>a</p><p>b</p>", [])


def test_banner_stands_before_the_content():
    assert relinked("<body><main id=x><h1>y</h1></main>", "/", str, "<p>z</p>")[0] == (
        "<body><main id=x><p>z</p><h1>y</h1></main>"
    )


@pytest.mark.parametrize(
    ("start", "end", "way"),
    [
        ("index.html", "a/index.html", "a/index.html"),
        ("a/b/index.html", "a/b/raw.html", "raw.html"),
        ("a/b/index.html", "static/x.css", "../../static/x.css"),
        ("a/index.html", "index.html", "../index.html"),
    ],
)
def test_way_from_file_to_file(start, end, way):
    assert between(start, end) == way


@given(some.text())
def test_any_text_is_passed_through(text):
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")

    assert led(f"<p>{escaped}</p>")[0] == f"<p>{escaped}</p>"
