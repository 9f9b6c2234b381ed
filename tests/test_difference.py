import pytest
from django.template.loader import render_to_string
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from pilots.history.edits import MOST, Change, pieces


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


@pytest.mark.parametrize(
    ("before", "after", "kept"),
    [
        ("1000", "2000", ""),
        ("投资1,200.50万元", "投资1,300.50万元", "投资"),
        ("2020", "2030", ""),
        ("到2015年12月底", "到2016年12月底", "到底"),
        ("2016-01-02", "2016-01-12", ""),
        ("12%以上", "22%以上", "以上"),
        ("二十五项", "二十项", "项"),
        ("2.设立", "3.设立", ".设立"),
        ("水权2项", "水价2项", "水2项"),
        ("https://example.gov.cn/new", "https://www.mee.gov.cn/x.html", ""),
        ("依据https://a.gov.cn/1.html的公报", "依据https://a.gov.cn/12.html的公报", "依据的公报"),
    ],
)
def test_numbers_are_never_told_apart_by_their_digits(before, after, kept):
    assert "".join(text for kind, text in pieces(before, after) if kind == "same") == kept


@pytest.mark.once
def test_difference_read_aloud_says_what_was_and_what_is():
    texts = [
        LexborHTMLParser(render_to_string("pilots/_difference.html", {"line": Change("", *pair)})).body.text().strip()
        for pair in (("1000", "2000"), ("基金1000元", "资金2000元"), ("", "新"))
    ]

    assert texts[0] == "改前：1000，改后：2000"
    assert texts[1] == "（改前）基（改后）资金（改前）1000元（改后）2000元"
    assert texts[2] == "（改后）新"


def test_texts_of_which_shreds_stay_are_shown_one_after_the_other():
    """The lines of 12 and 21, swapped; two sources: what they share by chance says nothing."""
    for pair in (
        ("12.探索建立资源环境承载能力监测预警机制", "21.完善领导干部自然资源资产离任审计制度"),
        ("截至2019年11月；方案共8大类59项指标", "据规划目标表核对"),
    ):
        assert pieces(*pair) == [("del", pair[0]), ("ins", pair[1])]
    assert len(pieces("探索建立水权交易制度、排污权制度", "探索建立水价交易机制、排污权机制")) > 4  # most of it stays


def test_very_long_texts_are_shown_whole():
    assert [kind for kind, _ in pieces("水" * MOST, "水" * MOST + "x")] == ["del", "ins"]
