"""Kinds of questions, each by its rule: whatever words are put in, the answer is that of the plain question."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as some

from pilots.models import Citation, Notice, Place, Term, Topic
from pilots.search.facet_sets import current
from pilots.search.filters import RegionFilter
from pilots.search.gazetteer import short
from pilots.search.matching import as_written
from pilots.search.pinyin import syllables
from pilots.search.words import parse

from ..queries import a_few, typed

pytestmark = pytest.mark.django_db
SUBJECTS = some.sampled_from(["湿地", "红线", "离任审计", "生态补偿", "碳中和", "河长制", "秸秆", "负债表"])
PLACES = some.sampled_from(["荆州", "宁波", "北京", "新疆", "桂林市", "湖北省", "秸秆", "考核"])


def ask(query):
    filterset = RegionFilter(typed(q=query))
    return filterset.reply, filterset.answer


@a_few
@given(
    subject=SUBJECTS,
    place=PLACES,
    form=some.sampled_from(
        [
            "{0}不要{1}",
            "{0}，不要{1}的",
            "{0} 但不要{1}",
            "{0}不包括{1}",
            "{0}、不含{1}",
            "{0} 排除{1}",
            "{0}去掉{1}",
            "{0}（不包括{1}）",
            "{0} NOT {1}",
            "{0} without {1}",
            "不要{1}的{0}",
            "排除{1}，{0}",
            "除{1}外的{0}",
            "除了{1}的{0}",
            "除了{1}以外的{0}",
            "{1}以外的{0}",
            "{1}之外的{0}",
            "{0}，除了{1}",
            "{0}不要{1}的地区？",
        ]
    ),
)
def test_what_is_not_wanted_is_excluded_however_it_is_said(subject, place, form):
    (plain, meant), (reply, answer) = ask(f"{subject} -{place}"), ask(form.format(subject, place))

    assert answer.regions == meant.regions
    assert (reply.text, answer.without, answer.unused) == (plain.text, meant.without, meant.unused)


@pytest.mark.parametrize(
    ("query", "kind", "text"),
    [
        ("除草剂", "nothing", "本站没有查到“除草剂”。"),
        ("垃圾分类要不要", "subject", "部分相符的有3个地区"),
        ("荆州不在名单里吗", "listed", "荆州市在第二批名单里"),
        ("除了济南以外的地区", "batch", "还有44个地区"),
        ("北京以外的地区", "batch", "还有43个地区"),
        ("乌鲁木齐以外", "batch", "第二批共45个地区。"),
    ],
)
def test_what_only_looks_like_excluding_is_answered_as_what_it_is(query, kind, text):
    reply, _ = ask(query)

    assert (reply.kind, text in reply.text) == (kind, True), reply


def documents():
    notice = Notice.objects.get()
    for signature in notice.signatures.all():
        yield signature.name, notice.number
    for citation in Citation.objects.exclude(number=""):
        yield from ((body, citation.number) for body in re.findall("国务院|中共中央", citation.title))


@pytest.mark.parametrize(
    "form", ["{}{}号文", "{}{}号", "{} {}号文件", "{}第{}号文", "{}的{}号文", "{}〔{year}〕{}号", "{}{year}年{}号文"]
)
def test_document_is_found_by_the_body_that_issued_it_and_its_number(form):
    for body, number in documents():
        year, digits = re.findall(r"\d+", number)
        reply, _ = ask(form.format(body, digits, year=year))
        assert (reply.kind, number in reply.text) == ("document", True), (body, number, reply)


@pytest.mark.parametrize(
    ("query", "kind", "text"),
    [
        ("国务院31号文", "unknown-number", "本站没有国务院31号文，有3214号。"),
        ("财政部30号文", "unknown-number", "本站没有财政部30号文，有3214号。"),
        ("发改委3214号文", "document", "这份通知"),
        ("国务院30号文件", "document", "国发〔2013〕30号"),
        ("中央12号文", "document", "中发〔2015〕12号"),
        ("党中央12号文", "document", "中发〔2015〕12号"),
        ("发改委1447号文", "document", "发改环资〔2015〕1447号"),
        ("国务院 第3号", "serial", "第3号"),
    ],
)
def test_number_of_another_body_is_said_to_be_none(query, kind, text):
    reply, _ = ask(query)

    assert (reply.kind, text in reply.text) == (kind, True), reply


@a_few
@given(data=some.data())
def test_blanks_in_english_words_change_nothing(data):
    words = [term.word for term in Term.objects.all() if term.word.isascii() and len(term.word) > 4]
    word = data.draw(
        some.sampled_from([*words, *(topic.name_en for topic in Topic.objects.all() if "-" not in topic.name_en)])
    )
    joined = word.replace(" ", "")
    place = data.draw(some.integers(2, len(joined) - 2))
    meant = ask(word)[1].regions

    for query in (joined, f"{joined[:place]} {joined[place:]}", joined.upper()):
        assert ask(query)[1].regions == meant, (word, query)


def test_what_a_typo_stands_for_is_looked_for_once():
    ask("多规合一")  # what is kept of the record is read

    with CaptureQueriesContext(connection) as queries:
        ask("多轨合一")
    statements = [query["sql"] for query in queries]
    assert len(statements) == len(set(statements))


NONE = some.sampled_from(
    ["没有", "没", "缺", "缺少", "少了", "没入选", "没有入选", "没有列入", "不在名单里", "未入选", "没上榜"]
)
WHICH = some.sampled_from(["哪些", "哪几个", "哪个", "什么", "哪"])


@a_few
@given(
    none=NONE,
    which=WHICH,
    unit=some.sampled_from(["省", "省份", "省市"]),
    of=some.sampled_from(["", "是", "的", "的是"]),
    end=some.sampled_from(["", "？", "呢", "啊"]),
)
def test_provinces_without_areas_are_asked_for_in_any_order(none, which, unit, of, end):
    meant, _ = ask("哪些省没有入选")

    for query in (
        f"{none}{of}{which}{unit}{end}",
        f"{which}{unit}{none}{end}",
        f"名单里{none}{of}{which}{unit}{end}",
    ):
        assert ask(query)[0] == meant, query


def test_city_is_found_by_the_initials_of_its_pinyin():
    lost, state = [], current()
    for place in Place.objects.filter(code__endswith="00").exclude(name_then=""):
        name = short(place.name_then)
        initials = "".join(syllable[0] for syllable in syllables(name))
        if len(initials) < 3 or not as_written(parse(initials), initials, state).is_empty:
            continue
        reply, _ = ask(initials)
        if reply.kind == "nothing" or (
            name not in reply.text and not any(name in choice for choice, _ in reply.choices)
        ):
            lost.append((name, initials, reply.text))
    assert lost == []


@pytest.mark.parametrize(
    ("query", "kind", "text"),
    [
        ("hhht", "not-listed", "呼和浩特市"), ("HHHT", "not-listed", "呼和浩特市"), ("qhd", "listed", "秦皇岛"),
        ("sjz", "not-listed", "石家庄市"), ("zzz", "nothing", "本站没有查到"), ("ccs", "nothing", "本站没有查到"),
        ("zjg", "not-listed", "张家港市"), ("ty", "not-listed", "太原市"), ("pdf", "site", "下载"),
    ],
)  # fmt: skip
def test_initials_are_those_of_a_place_where_nothing_else_has_them(query, kind, text):
    reply, _ = ask(query)

    assert (reply.kind, text in reply.text) == (kind, True), reply
