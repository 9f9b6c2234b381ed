import re

import pytest

from pilots.record import BATCH_TWO, published, source_path
from pilots.typography import KEPT_SPACES, letters, normalise


@pytest.fixture(scope="module")
def source():
    return source_path(BATCH_TWO).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("发改环资[2015]3214号", "发改环资〔2015〕3214号"),
        ("辽 宁省、 陕西省", "辽宁省、陕西省"),
        ("科技厅(局),水利厅;附件:", "科技厅（局），水利厅；附件："),
        ("2. 探索建立;", "2.探索建立；"),
        ("科 技 部\n财 政 部", "科技部\n财政部"),
        ("序号 |\n地区名称 |", "序号\n地区名称"),
        ("《中共中央 国务院关于》", "《中共中央 国务院关于》"),
        ("进展情况 特别是", "进展情况 特别是"),
        ("GEP accounting", "GEP accounting"),
    ],
)
def test_normalise_applies_declared_rules(raw, shown):
    assert normalise(raw) == shown


def test_normalise_twice_is_once(source):
    assert normalise(normalise(source)) == normalise(source)


def test_normalise_never_touches_letters(source):
    assert letters(normalise(source)) == letters(source)


def test_normalise_leaves_only_the_declared_spaces(source):
    assert re.findall(r"(\w{4}) (\w{2})", normalise(source)) == [
        (before[-4:], after[:2]) for before, after in (text.split(" ") for text in KEPT_SPACES)
    ]


def test_normalise_leaves_no_half_width_mark(source):
    assert not re.search(r"[,;:()\[\]|]", normalise(source))


def test_source_is_kept_as_received(source):
    assert source.startswith("发改环资[2015]3214号\n")
    assert source.endswith("3.探索通过建立科技创新机制,促进退化土地治理、节水农业发展和工业用水循环利用。 |")


def test_database_holds_every_letter_of_the_source(db, source):
    from pilots.models import Notice

    assert letters(published(Notice.objects.get(slug=BATCH_TWO))) == letters(source)
