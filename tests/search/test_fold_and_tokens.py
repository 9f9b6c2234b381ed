import unicodedata

import pytest

from pilots.search.text import MAX_WORDS, fold, parse, tokens

pytestmark = pytest.mark.apart


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("ＨＵＡＩＲＯＵ", "huairou"),
        ("懷柔濕地", "怀柔湿地"),
        ("（２０１５）", "(2015)"),
        ("湿\u200b地\u202e\x00", "湿地"),
        ("湿\ud800地", "湿地"),
        ("Xigazê", "xigaze"),
        ("湿　地\n", "湿 地 "),
    ],
)
def test_fold(text, folded):
    assert fold(text) == folded


def test_every_radical_that_has_an_equivalent_is_folded_to_it():
    radicals = [chr(code) for code in range(0x2E80, 0x2FD6) if unicodedata.name(chr(code), "")]

    assert [char for char in radicals if fold(char) == char] == ["⺀"]
    assert all(unicodedata.name(fold(char)).startswith("CJK UNIFIED") for char in radicals[1:])
    assert fold("⼴⻄ ⻄安 ⻢山 ⻓江 ⻩河 ⻑⻔ ⻰⻱") == "广西 西安 马山 长江 黄河 长门 龙龟"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("湿地保护", ["湿地", "地保", "保护", "护"]),
        ("县", ["县"]),
        ("规划“多规合一”", ["规划", "划多", "多规", "规合", "合一", "一"]),
        ("国 土资源", ["国土", "土资", "资源", "源"]),
        ("规划、审批", ["规划", "划", "审批", "批"]),
        ("GEP（生态", ["gep", "生态", "态"]),
        ("[2015]3214号", ["2015", "3214", "号"]),
        ("🌿", []),
    ],
)
def test_tokens(text, expected):
    assert tokens(text) == expected


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("湿地", [(("湿地",), False)]),
        ("湿", [(("湿",), True)]),
        ("湿地保护 安徽", [(("湿地", "地保", "保护"), False), (("安徽",), False)]),
        ("湿地　安徽", [(("湿地",), False), (("安徽",), False)]),
        ("huairou", [(("huairou",), True)]),
        ("“水环境管理” 太湖", [(("水环", "环境", "境管", "管理"), False), (("太湖",), False)]),
        ('"gep"', [(("gep",), False)]),
        ("规划“多规合一”", [(("规划", "划多", "多规", "规合", "合一"), False)]),
        ("“湿地", [(("湿地",), False)]),
        ("gep核算", [(("gep", "核算"), False)]),
        ("探索gep", [(("探索", "索", "gep"), True)]),
        ("规划、审批", [(("规划",), False), (("审批",), False)]),
        ("湿地 湿地 湿地", [(("湿地",), False)]),
        ("* ' \\ _ ((( “ ” -", []),
    ],
)
def test_parse(query, words):
    assert [(word.tokens, word.is_prefix) for word in parse(query)] == words


def test_parse_takes_a_limited_number_of_words():
    assert len(parse(" ".join(str(n) for n in range(3000)))) == MAX_WORDS
