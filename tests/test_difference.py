import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilots.history.edits import MOST, pieces


@pytest.mark.once
@given(st.text(), st.text())
def test_pieces_without_insertions_are_the_old_text_and_without_deletions_the_new(before, after):
    found = pieces(before, after)

    assert "".join(text for kind, text in found if kind != "ins") == before
    assert "".join(text for kind, text in found if kind != "del") == after


def test_one_character_is_told_apart():
    assert pieces("建立水权制度", "建立水价制度") == [
        ("same", "建立水"),
        ("del", "权"),
        ("ins", "价"),
        ("same", "制度"),
    ]


def test_very_long_texts_are_shown_whole():
    assert [kind for kind, _ in pieces("水" * MOST, "水" * MOST + "x")] == ["del", "ins"]
