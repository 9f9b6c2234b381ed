"""To whom the notice is sent, taken apart: its own words, every one of them, in their order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from pilots.models import Province, Section
from pilots.pages.notices import addressees

from .visits import NOTICE

UNITS = ["甲省", "甲省乙市", "丙市", "丁兵团"]
DEPARTMENTS = ["发展改革委", "科技厅（局）", "农业厅（局、委）"]
a_name = st.sampled_from([*UNITS, *DEPARTMENTS, "某"])
a_mark = st.sampled_from(["、", "及", "和", "：", "", "（", "）", "\n", " "])


@pytest.mark.once
@pytest.mark.django_db
def test_notice_is_sent_to_31_units_and_nine_departments_in_its_own_words():
    text = Section.objects.get(kind="addressees").text

    found = addressees(text, Province.objects.exclude(addressed_position=None).values_list("name", flat=True))

    assert (len(found["units"]), len(found["departments"])) == (31, 9)
    assert "".join(name + mark for name, mark in [*found["units"], *found["departments"]]) == text
    addressed = Province.objects.exclude(addressed_position=None).order_by("addressed_position")
    assert [name for name, _ in found["units"]] == [unit.name for unit in addressed]
    assert [found["departments"][n][0] for n in (0, 7, 8)] == ["发展改革委", "农业厅（局、委）", "林业厅（局）"]


@pytest.mark.once
@given(st.lists(st.tuples(a_name, a_mark), max_size=12))
def test_no_word_is_lost_or_added_whatever_the_paragraph_says(pieces):
    text = "".join(name + mark for name, mark in pieces)

    found = addressees(text, UNITS)

    words = "".join(name + mark for names in found.values() for name, mark in names)
    assert not found or (words == text and {name for name, _ in found["units"]} <= set(UNITS))


@given(
    st.lists(st.sampled_from(UNITS), min_size=1, max_size=5),
    st.lists(st.sampled_from(DEPARTMENTS), min_size=1, max_size=4),
)
def test_units_and_departments_of_any_number_are_told_apart(units, departments):
    found = addressees(f"{'、'.join(units)}{'、'.join(departments)}：", UNITS)

    assert [name for name, _ in found["units"]] == units
    assert [name for name, _ in found["departments"]] == departments


def test_paragraph_that_cannot_be_taken_apart_has_no_table():
    for text in ("", "各有关单位：", "甲省：", "甲省发展改革委", "发展改革委：", "甲省、某省发展改革委；科技厅："):
        assert addressees(text, UNITS) == {}
    assert addressees("甲省发展改革委：", []) == {}


@pytest.mark.once
@pytest.mark.django_db
def test_notice_has_the_table_of_its_addressees(client):
    table = LexborHTMLParser(client.get(NOTICE).text).css_first("table.addressees")

    assert [cell.text() for cell in table.css("tbody th")][::30] == ["北京市", "新疆生产建设兵团"]
    assert len(table.css("thead th.original")) == 9
    assert len(table.css("tbody td")) == 31 * 9
