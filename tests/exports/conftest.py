import pytest

from pilots.exports import offline


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    """What is kept, is kept for one test."""
    settings.DATA_DIR = tmp_path / "data"
    return settings.DATA_DIR


@pytest.fixture
def few_pages(monkeypatch):
    """The offline pack has three pages, where it matters only how it is made, kept and sent."""
    places = ("/", "/data/", "/regions/beijing-huairou/")
    monkeypatch.setattr(offline, "_pages", lambda base: {place: offline._page(base, place) for place in places})
