import pytest


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    """What is kept, is kept for one test."""
    settings.DATA_DIR = tmp_path / "data"
    return settings.DATA_DIR
