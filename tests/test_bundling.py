"""Static files as production serves them."""

import re
import shutil
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.core.management import call_command

from pilots.http import staticfiles
from pilots.http.staticfiles import IMPORT, LAYERS, ranked

from .chromium import losses
from .styles import harmful

pytestmark = pytest.mark.apart
SOURCES = settings.BASE_DIR / "static" / "css"


@pytest.fixture
def collected(settings, made, tmp_path):
    """A copy of the folder with everything that `collectstatic` makes."""
    settings.STATIC_ROOT = shutil.copytree(made / "static", tmp_path / "static")
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "pilots.http.staticfiles.BundledStaticFilesStorage"}
    }
    return settings.STATIC_ROOT


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


@pytest.mark.django_db
@pytest.mark.parametrize("suffix", ["css", "css.gz", "js"])
@pytest.mark.parametrize("harm", ["cut", "other bytes", "gone"])
def test_not_ready_with_a_collected_file_that_was_harmed_until_it_is_collected_anew(client, collected, suffix, harm):
    assert client.get("/readyz").status_code == 200
    path = max(collected.rglob(f"*.{suffix}"), key=lambda file: len(file.name))
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2] if harm == "cut" else b"x" * len(content))
    if harm == "gone" and suffix != "css.gz":  # what is packed is served beside it, not alone
        path.unlink()

    response = client.get("/readyz")

    assert (response.status_code, response.json()["reason"]) == (503, "static")
    assert response.json()["remedy"] == "manage.py collectstatic --clear --no-input"
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    assert client.get("/readyz").status_code == 200


@pytest.mark.django_db
def test_not_ready_with_a_file_packed_by_brotli_that_was_harmed(client, collected, monkeypatch):
    stand_in = SimpleNamespace(decompress=lambda packed: packed[::-1], error=ValueError)
    monkeypatch.setattr(staticfiles, "brotli", stand_in)
    [sheet] = (collected / "css").glob("site.*.css")
    packed = sheet.with_name(f"{sheet.name}.br")
    packed.write_bytes(sheet.read_bytes()[::-1])
    assert client.get("/readyz").status_code == 200

    packed.write_bytes(sheet.read_bytes()[:0:-1])

    assert client.get("/readyz").json()["reason"] == "static"


@pytest.mark.parametrize("name", ["site", "admin", "print"])
def test_sheet_while_developing_is_the_collected_one(client, collected, settings, name):
    settings.DEBUG = True

    response = client.get(f"/static/css/{name}.css")

    assert response.headers["Content-Type"].startswith("text/css")
    assert response.text == (collected / "css" / f"{name}.css").read_text()
    assert staticfiles.sheet("/static/css/nowhere.css") == staticfiles.sheet("/regions/") == ""


def rank_of(name):
    return LAYERS.index(dict(IMPORT.findall((SOURCES / "site.css").read_text()))[name])


def test_nothing_that_is_collected_looks_wrong_in_chromium_86(collected):
    sheets = sorted(collected.rglob("*.css"))

    lost = {sheet.name: found for sheet in sheets if (found := [*harmful(sheet.read_text())])}

    assert len(sheets) > 30
    assert lost == {}


@pytest.mark.parametrize("size", ["standard", "medium", "large"])
def test_no_choice_of_text_size_looks_wrong_in_chromium_86(client, size):
    client.cookies["text_size"] = size

    assert [*harmful(client.get("/text-size.css").text)] == []


@pytest.mark.parametrize(
    ("css", "names"),
    [
        ("@layer base { a { color: red; } }", ["layer"]),
        ("@import url(a.css) layer(a);", ["layer"]),
        ("a:is(b, c), d { color: red; }", ["is"]),
        ("a:not(:where(b)) { color: red; }", ["where"]),
        ("a:not(b, c) { color: red; }", ["not-list"]),
        ("a:not(b) { color: red; }", []),
        ("li:nth-child(2 of .a) { color: red; }", ["of-selector"]),
        ("a { inset: 0; block-size: 1px; }", ["inset"]),
        ("a { block-size: 50svh; }", ["svh"]),
        ("a { block-size: 50vh; block-size: calc(50svh - 1px); }", []),
        ("a { block-size: calc(50svh - 1px); block-size: 50vh; }", ["svh"]),
        ("a { -webkit-print-color-adjust: exact; print-color-adjust: exact; }", []),
        ("a { grid-template-columns: subgrid; }", ["grid-template-columns:subgrid"]),
        ("a { clip: rect(0 0 0 0); }", []),
        ("a { color: color-mix(in srgb, red, blue); }", ["color-mix"]),
        ("a { b & { color: red; } }", ["nesting"]),
        ("@media (width >= 40rem) { a { color: red; } }", [">"]),
        ("@media (min-width: 40rem) and (pointer: fine) { a { aspect-ratio: 1; } }", ["aspect-ratio"]),
        ("@supports selector(::details-content) { a::details-content { inset: 0; } b:is(c) { order: 1; } }", []),
        ("@supports selector(::details-content) { a { text-box: trim-both; } }", ["text-box"]),
        ("@supports (inset: 0) { a { inset: 0; } b { aspect-ratio: 1; } }", ["aspect-ratio"]),
        ("@supports not (inset: 0) { a { inset: 0; } }", ["inset"]),
        ("@container (min-width: 1px) { a { color: red; } }", ["container"]),
    ],
)
def test_what_an_old_browser_loses(css, names):
    assert [loss.name for loss in losses(css)] == names


@pytest.mark.parametrize(
    ("css", "rank", "expected"),
    [
        ("a, b::before { color: red; }", 2, "a:not(#_):not(#_),b:not(#_):not(#_)::before{color:red}"),
        ("@media print { a:is(b, c) > d { x: y; } }", 1, "@media print{a:not(#_):is(b,c) > d{x:y}}"),
        ("@page { margin: 1cm; }", 3, "@page{margin:1cm}"),
        (
            "a { margin-inline: calc(1px + 2px) 0; }",
            0,
            "a{margin-inline-start:calc(1px + 2px);margin-inline-end:0}",
        ),
        ("a { border-block: 1px solid; }", 0, "a{border-block-start:1px solid;border-block-end:1px solid}"),
        ("a { inset-inline-start: 0; padding-block-end: 1px; }", 0, "a{left:0;padding-block-end:1px}"),
    ],
)
def test_layers_become_weights_and_shorthands_their_parts(css, rank, expected):
    assert ranked(css, rank) == expected


# The Chromium that first had it, after MDN's compatibility data.
NEWER_SCRIPT = {
    r"\.at\(": 92,
    r"\bcheckVisibility\b": 105,
    r"\bfindLast\w*\(": 97,
    r"\bgroupBy\(": 117,
    r"\bhasOwn\(": 93,
    r"\brandomUUID\(": 92,
    r"\bscrollend\b": 114,
    r"\bshowPicker\(": 99,
    r"\bstructuredClone\(": 98,
    r"\bto(Sorted|Reversed|Spliced)\(": 110,
    r"\btimeout\(\d": 103,
    r"\bpopover\b": 114,
}


@pytest.mark.parametrize(
    "path", sorted((settings.BASE_DIR / "static" / "js").rglob("*.js")), ids=lambda path: path.name
)
def test_script_asks_for_nothing_that_chromium_86_has_not(path):
    text = path.read_text()

    assert [name for name in NEWER_SCRIPT if re.search(name, text)] == []
