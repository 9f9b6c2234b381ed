"""Static files as production serves them."""

import pytest
from django.conf import settings
from django.core.management import call_command

SOURCES = settings.BASE_DIR / "static" / "css"


@pytest.fixture
def collected(settings, tmp_path):
    """A folder with everything that `collectstatic` makes."""
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": "pilots.bundling.BundledStaticFilesStorage"}}
    call_command("collectstatic", interactive=False, verbosity=0)
    return tmp_path


def test_the_one_stylesheet_holds_all_of_them_in_layers(collected):
    call_command("collectstatic", interactive=False, verbosity=0)  # a second run changes nothing

    [bundle] = (collected / "css").glob("site.*.css")
    text = bundle.read_text()

    assert "@import" not in text
    parts = [source for source in SOURCES.glob("*.css") if source.name not in ("site.css", "admin.css")]
    for source in parts:
        assert source.read_text() in text
    assert text.count("@layer") == len(parts)
    assert (collected / "css" / f"{bundle.name}.gz").exists()
