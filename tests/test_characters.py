"""What text of the record may hold, whichever way it comes."""

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilots.models import Region
from pilots.models.characters import cleaned, objection

from . import forms

pytestmark = pytest.mark.once
UNSEEN = "\u200b\ufeff\u00ad\u202a\u2066\u200d\u2060\u3164\u2800\ufe0f\U000e0100\U00013430\U0001343f"


@pytest.mark.parametrize("char", UNSEEN)
def test_what_nobody_sees_is_dropped(char):
    assert cleaned(f"甲{char}乙") == "甲乙"


@pytest.mark.parametrize("end", ["\r\n", "\r", "\v", "\f", "\x85", "\u2028", "\u2029"])
def test_line_end_of_any_kind_is_one(end):
    assert cleaned(f"甲{end}乙") == "甲\n乙"


@given(st.text())
def test_cleaned_text_without_objection_holds_no_control_character(text):
    found = cleaned(text)

    assert cleaned(found) == found
    if not objection(found):
        assert {unicodedata.category(char) for char in found.replace("\n", "")}.isdisjoint({"Cc", "Cf", "Cs", "Co"})


def test_no_format_character_is_left_in_silence():
    every = [char for char in map(chr, range(sys.maxunicode + 1)) if unicodedata.category(char) == "Cf"]

    assert len(every) > 100
    assert [char for char in every if char in cleaned(char) and not objection(char)] == []


@pytest.mark.django_db
def test_form_cleans_what_is_typed_and_refuses_what_is_no_character(client):
    row = Region.objects.get(slug="liaoning-benxi")
    person = forms.Person(client, forms.official("甲"), forms.address(row))

    person.types(remark="一\u200b、总体\v二、要求").saves()
    row.refresh_from_db()
    assert (person.is_saved, row.remark) == (True, "一、总体\n二、要求")

    person = forms.Person(client, forms.official("乙"), forms.address(row))
    person.types(remark="坏\x07字").saves()
    assert not person.is_saved
    assert "第2个字是看不见的控制字符（U+0007）" in person.text


@pytest.mark.parametrize(
    ("text", "said"), [("e\u0302\u0301", ""), ("重e" + 400 * "\u0301", "“e”上叠了太多符号，请删去。")]
)
def test_marks_are_not_stacked_over_the_lines_above(text, said):
    assert objection(text) == said
