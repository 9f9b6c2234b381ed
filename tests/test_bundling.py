"""Static files as production serves them."""

import re

import pytest
from django.conf import settings
from django.core.management import call_command

from pilots.cascade import IMPORT, LAYERS, ranked

SOURCES = settings.BASE_DIR / "static" / "css"


@pytest.fixture
def collected(settings, tmp_path):
    """A folder with everything that `collectstatic` makes."""
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": "pilots.bundling.BundledStaticFilesStorage"}}
    call_command("collectstatic", interactive=False, verbosity=0)
    return tmp_path


def test_the_one_stylesheet_holds_all_of_them_without_layers(collected):
    call_command("collectstatic", interactive=False, verbosity=0)  # a second run changes nothing

    [bundle] = (collected / "css").glob("site.*.css")
    text = bundle.read_text()

    assert "@import" not in text
    assert "@layer" not in text  # Chromium before 99 drops all that stands in one
    for source in SOURCES.glob("*.css"):
        if source.name not in ("site.css", "admin.css"):
            assert ranked(source.read_text(), rank_of(source.name)) in text
    assert (collected / "css" / f"{bundle.name}.gz").exists()


def rank_of(name):
    return LAYERS.index(dict(IMPORT.findall((SOURCES / "site.css").read_text()))[name])


def test_nothing_that_is_served_is_newer_than_chromium_86(collected, client):
    [bundle] = (collected / "css").glob("site.*.css")
    client.cookies["text_size"] = "large"

    for text in (bundle.read_text(), ranked(client.get("/text-size.css").text, 0)):
        assert not re.findall(r"[\s;{](?:(?:margin|padding|border)-(?:inline|block)|inset(?:-[a-z-]+)?):", text)


@pytest.mark.parametrize(
    ("css", "rank", "expected"),
    [
        ("a, b::before { color: red; }", 2, "a:not(#_):not(#_), b:not(#_):not(#_)::before { color: red; }"),
        ("@media print { a:is(b, c) > d { x: y; } }", 1, "@media print { a:is(b, c) > d:not(#_) { x: y; } }"),
        ("@page { margin: 1cm; }", 3, "@page { margin: 1cm; }"),
        (
            "a { margin-inline: calc(1px + 2px) 0; }",
            0,
            "a { margin-inline-start: calc(1px + 2px); margin-inline-end: 0; }",
        ),
        ("a { border-block: 1px solid; }", 0, "a { border-block-start: 1px solid; border-block-end: 1px solid; }"),
        ("a { inset-inline-start: 0; padding-block-end: 1px; }", 0, "a { left: 0; padding-block-end: 1px; }"),
    ],
)
def test_layers_become_weights_and_shorthands_their_parts(css, rank, expected):
    assert ranked(css, rank) == expected
