import json
import re

import pytest
from django.conf import settings
from hypothesis import example, given
from hypothesis import strategies as st

from pilots.models.typography import KEPT_SPACES, letters, line_text, normalise
from pilots.record.checks import BATCH_TWO, Corrections, source_path

pytestmark = pytest.mark.apart


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
        (
            "国发【2013】37号、国发（2013）37号、国函[2009]第5号",
            "国发〔2013〕37号、国发〔2013〕37号、国函〔2009〕第5号",
        ),
        ("环境保护部(2013)年报", "环境保护部（2013）年报"),
        ("[ 2015 ] 3214 号", "〔2015〕3214号"),
        ("共1,500,000元,其中3,4月50,分", "共1,500,000元，其中3，4月50，分"),
        ("时间:8:30-17:00,比例尺1:10000", "时间：8:30-17:00，比例尺1:10000"),
        ("目标1:2020年", "目标1：2020年"),
        ("见http://a.gov.cn:80/x,y;z?(1)=2,下载(www.b.cn)", "见http://a.gov.cn:80/x,y;z?(1)=2，下载（www.b.cn）"),
        ("http://a.cn/ http://b.cn/ 邮箱:a.b@c.gov.cn;", "http://a.cn/ http://b.cn/邮箱：a.b@c.gov.cn；"),
        ("辽\u00a0宁\u2003省\t和\u202f市", "辽宁省和市"),
        ("辽\u200b宁\ufeff省", "辽宁省"),
        ("GEP \u00a0 accounting", "GEP accounting"),
        ("中共中央\u00a0\u3000国务院", "中共中央 国务院"),
        ("一 |\r\n二 ||", "一\n二"),
    ],
)
def test_normalise_applies_declared_rules(raw, shown):
    assert normalise(raw) == shown


def test_normalise_twice_is_once(source):
    assert normalise(normalise(source)) == normalise(source)


def test_normalise_never_touches_letters(source):
    assert letters(normalise(source)) == letters(source)


TEXTS = st.text(
    st.one_of(
        st.sampled_from("中央国务院发号第年 \u00a0\u3000\u200b\t\n\r|,;:.()（）[]［］﹝﹞〔〕0123456789aZ/@"),
        st.characters(exclude_categories=["Cs"]),
    )
)
WORDS = st.sampled_from(
    ["http://a.cn/", "www.", "[2014]", "1,500", "8:30", "中共中央", "国务院", "(2013)", "37号", " "]
)


@given(st.one_of(TEXTS, st.lists(st.one_of(WORDS, TEXTS)).map("".join)))
@example("|")
def test_normalise_changes_no_letter_of_any_text_and_settles_at_once(raw):
    text = normalise(raw)

    assert letters(text) == letters(raw)
    assert normalise(text) == text


def test_every_text_of_the_record_is_shown_as_it_was():
    for name, model in (("sections", "text"), ("regions", "name"), ("signatures", "name"), ("priorities", "text")):
        for row in json.loads((settings.BASE_DIR / "fixtures" / f"{name}.json").read_text(encoding="utf-8")):
            shown = line_text if name == "priorities" else normalise
            assert shown(row["fields"][f"{model}_raw"]) == row["fields"][model]


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

    assert letters(Corrections().published(Notice.objects.get(slug=BATCH_TWO))) == letters(source)
