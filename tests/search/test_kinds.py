"""Kinds of questions, each by its rule: whatever words are put in, the answer is that of the plain question."""

import functools
import random
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as some

from pilots.models import Citation, Document, Notice, Place, Term, Topic
from pilots.search.facet_sets import current
from pilots.search.filters import RegionFilter
from pilots.search.gazetteer import short
from pilots.search.matching import as_written
from pilots.search.pinyin import syllables
from pilots.search.query import search
from pilots.search.text import parse

from ..queries import a_few, typed

pytestmark = pytest.mark.django_db
SUBJECTS = some.sampled_from(["湿地", "红线", "离任审计", "生态补偿", "碳中和", "河长制", "秸秆", "负债表"])
PLACES = some.sampled_from(["荆州", "宁波", "北京", "新疆", "桂林市", "湖北省", "秸秆", "考核"])


def ask(query):
    filterset = RegionFilter(typed(q=query))
    return filterset.reply, filterset.answer


@pytest.mark.once
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
            "{0} not {1}",
            "{0} but not {1}",
            "{0},不要{1},谢谢",
            "{0}，{1}不要",
            "{0} {1}的不要了",
            "{0}（{1}除外）",
        ]
    ),
)
def test_what_is_not_wanted_is_excluded_however_it_is_said(subject, place, form):
    (plain, meant), (reply, answer) = ask(f"{subject} -{place}"), ask(form.format(subject, place))

    assert answer.regions == meant.regions
    assert (reply.text, answer.without, answer.unused) == (plain.text, meant.without, meant.unused)


@a_few
@given(
    subject=some.sampled_from(["", "湿地", "红线", "碳中和"]),
    names=some.lists(some.sampled_from(["荆州", "黄石", "湖北", "北京", "呼和浩特", "东营"]), min_size=1, max_size=3),
    form=some.sampled_from(
        [
            ("{0}不要{1}", "、"), ("{0} 不要 {1}", " "), ("{0}不含{1}的", "和"), ("{0}排除{1}", "，"),
            ("{0}不包括{1}", "与"), ("{0}除{1}外", ""), ("{0}除了{1}", "和"), ("{0}非{1}", "、"),
            ("{0}而不是{1}", "和"), ("{0}不要{1}", "，也不要"), ("{0} without {1}", " and "), ("{0} {1}除外", "、"),
            ("{0}{1}除外", "、"), ("{0}{1}不要", ""),
            ("不是{1}的{0}", "和"), ("不在{1}的{0}", "、"), ("{0}除{1}", "、"),
        ]
    ),
)  # fmt: skip
def test_each_of_several_places_is_excluded_from_a_subject_or_from_the_whole_list(subject, names, form):
    pattern, between = form
    if pattern.startswith("不") and not subject:
        return
    if between in (" ", "，") and not subject and "湖北" in names[1:]:  # 不要荆州，湖北 wants 湖北
        return
    names = list(dict.fromkeys(names))
    plain = ask(" -".join([subject or "第二批", *names]))
    reply, answer = ask(pattern.format(subject, between.join(names)).strip())

    assert (answer.regions, answer.without, answer.unused) == (plain[1].regions, plain[1].without, plain[1].unused)
    assert reply.text == plain[0].text


@pytest.mark.parametrize(
    ("queries", "number"),
    [
        (("不要荆州", "不含荆州的", "排除荆州", "荆州除外", "荆州不要", "not jingzhou", "非荆州的地区"), 44),
        (("不要湖北", "不包括湖北", "not in hubei", "which cities are not in hubei", "不是湖北的"), 43),
        (("湿地不要", "不要湿地", "except wetland", "without wetland", "areas without wetland"), 41),
        (("which areas don't have wetland", "areas that do not work on wetland", "areas not working on wetland"), 41),
        (("红线不要", "不含红线的地区"), 38),
        (("wetland not jingzhou", "wetland except jingzhou and dongying", "湿地 不要 荆州 东营"), 3),
        (("湖北不要荆州、黄石", "湖北除荆州黄石外", "湖北（荆州、黄石除外）"), 0),
        (("不要荆州，湖北",), 1),
        (("不要荆州 黄石",), 43),
    ],
)
def test_what_is_excluded_never_comes_back_as_the_answer(queries, number):
    for query in queries:
        reply, answer = ask(query)
        assert (reply.kind == "nothing", answer.regions.bit_count()) == (not number, number), (query, reply)


def test_query_that_excludes_again_and_again_is_read_in_bounds():
    ask("多规合一")  # what is kept of the record is read
    for query in (
        "不要aa，" * 9,
        "不要荆州，" * 30 + "荆州不要",
        "不要ab、cd、ef、gh、ij、kl、mn、op、qr、st、uv、wx、yz",
    ):
        with CaptureQueriesContext(connection) as queries:
            ask(query)
        assert len(queries) < 400, (query, len(queries))


@pytest.mark.once
@pytest.mark.parametrize(
    ("query", "kind", "text"),
    [
        ("排除万难", "nothing", "本站没有查到“排除万难”。"),
        ("不要紧张", "nothing", "本站没有查到“不要紧张”。"),
        ("非物质文化遗产", "nothing", "本站没有查到“非物质文化遗产”。"),
        ("湿地非点源污染", "subject", "部分相符的有4个地区"),
        ("荆州不是湖北的吗", "listed", "荆州市在第二批名单里"),
        ("济南是不是山东的", "listed", "济南市在第二批名单里"),
        ("湿地要不要", "subject", "部分相符的有4个地区"),
        ("which provinces are not listed", "provinces-without", "共8个"),
        ("除草剂", "nothing", "本站没有查到“除草剂”。"),
        ("垃圾分类要不要", "subject", "部分相符的有3个地区"),
        ("荆州不在名单里吗", "listed", "荆州市在第二批名单里"),
        ("除了济南以外的地区", "batch", "还有44个地区"),
        ("北京以外的地区", "batch", "还有43个地区"),
        ("乌鲁木齐以外", "batch", "第二批共45个地区。"),
        ("湿地包不包括荆州", "listed", "第26号。它的重点写到“湿地”。"),
        ("荆州要不要湿地", "listed", "第26号。它的重点写到“湿地”。"),
        (
            "wetland except jingzhou and dongying",
            "subject",
            "除去“jingzhou”，通知里与“wetland”相关的说法是“湿地”，3个",
        ),
        ("wetland except dongying", "subject", "通知里与“wetland”相关的说法是“湿地”，4个"),
        ("which areas work on wetland", "subject", "通知里与“wetland”相关的说法是“湿地”，4个"),
        ("which cities work on carbon", "subject", "3个地区"),
        ("who issued the notice", "ministry", "共9个机关"),
        ("when was it issued", "document", "2015年12月31日"),
        ("when is the deadline", "duty", "12月底"),
        ("which county is listed", "batch", "共45个"),
        ("what is the ministry of water resources", "ministry", "水利部"),
    ],
)
def test_what_only_looks_like_excluding_is_answered_as_what_it_is(query, kind, text):
    reply, _ = ask(query)

    assert (reply.kind, text in reply.text) == (kind, True), reply


@pytest.mark.once
@pytest.mark.parametrize(
    ("places", "forms"),
    [
        (
            ("荆州", "安吉", "湖北"),
            (
                "{}要不要", "{}不算吗", "{}有没有份", "{}有份吗", "{}在不在里面", "{}入围了吗", "{}选没选上",
                "{}上没上榜", "{}也算吗", "{}能不能算", "{}包括在内吗", "{}包不包括", "包不包括{}", "包括{}吗",
                "{}到底有没有入选", "{}列进去没有", "{}进名单了吗", "{}有没有被选上", "{}落选了吗",
                "{}算不算示范区", "{}属不属于示范区",
            ),
        ),
        (
            ("jingzhou", "anji", "hubei"),
            (
                "{} not listed", "is {} listed", "is {} included", "isn't {} listed", "has {} been selected",
                "does the list include {}", "is {} not listed", "tell me about {}", "what does {} work on",
            ),
        ),
    ],
)  # fmt: skip
def test_question_whether_a_place_is_on_the_list_is_answered_as_its_name(places, forms):
    for place in places:
        meant, found = ask(place)
        for query in (form.format(place) for form in forms):
            reply, answer = ask(query)
            assert (reply.text, answer.regions, answer.unused) == (meant.text, found.regions, []), query


def documents():
    notice = Notice.objects.get()
    for signature in notice.signatures.all():
        yield signature.name, notice.number
    for citation in Citation.objects.exclude(number=""):
        yield from ((body, citation.number) for body in re.findall("国务院|中共中央", citation.title))


@pytest.mark.once
@pytest.mark.parametrize(
    "form",
    [
        "{}{}号文",
        "{}{}号",
        "{} {}号文件",
        "{}第{}号文",
        "{}的{}号文",
        "{}〔{year}〕{}号",
        "{}{year}年{}号文",
        "{year}年{}{}号文",
        "{}{}号{year}年",
    ],
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
        ("国务院2015年30号文", "unknown-number", "有国发〔2013〕30号。"),
        ("国发2015年30号", "unknown-number", "有国发〔2013〕30号。"),
        ("国务院2015年30号", "unknown-number", "有国发〔2013〕30号。"),
        ("2015年30号文", "unknown-number", "有国发〔2013〕30号。"),
        ("发改环资2014年1447号", "unknown-number", "有发改环资〔2015〕1447号。"),
        ("财政部2014年3214号文", "unknown-number", "有发改环资〔2015〕3214号。"),
        ("3214号2015年", "document", "这份通知"),
    ],
)
def test_number_of_another_body_is_said_to_be_none(query, kind, text):
    reply, _ = ask(query)

    assert (reply.kind, text in reply.text) == (kind, True), reply


@pytest.mark.once
@pytest.mark.parametrize("form", ["{}〔{}〕{}号", "{}[{}]{}号", "{}（{}）{}", "{} {} {}", "{}{}年{}号文件"])
def test_document_that_came_after_is_found_by_its_number_however_it_is_typed(form):
    for row in Document.objects.filter(number__contains="〔").select_related("region"):
        reply, answer = ask(form.format(*re.fullmatch("(.+)〔(.+)〕(.+)号", row.number).groups()))
        same = Document.objects.filter(number=row.number).order_by("region__serial")
        if row.is_shown:
            assert (reply.kind, reply.url) == ("document", same[0].get_absolute_url()), row.number
            assert all(f"第{other.region.serial}号" in reply.text for other in same)
            assert not answer.regions
        else:
            assert reply.kind == "unknown-number"


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("SZDB/Z 342-2018", "技术规范》，所见刊载于2019年2月11日，列在第30号深圳东部湾区的“后来怎样”里。"),
        ("东府办〔2016〕79号", "《东莞市生态文明先行示范区建设行动计划》，2016年9月2日印发，列在第29号"),
        ("深办发〔2015〕12号", "2015年7月8日印发，早于通知，列在第30号"),
    ],
)
def test_document_is_said_to_be_of_its_date(query, text):
    assert text in ask(query)[0].text


@pytest.mark.once
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


@pytest.mark.once
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


def test_county_is_read_whole_behind_its_city_and_what_it_was_called_is_told():
    rows = {place.code: place for place in Place.objects.all()}
    counties = [place for place in rows.values() if place.name_then and not place.code.endswith("00")]
    chance = random.Random(3214)
    told = [place for place in counties if place.name_then[0] in "市民矿"] + chance.sample(counties, 40)
    renamed = [place for place in rows.values() if place.name_now and place.name_then not in ("", place.name_now)]

    for place in told:
        city = rows.get(f"{place.code[:4]}00") or rows[f"{place.code[:2]}0000"]
        for outer in (city.name_then, short(city.name_then)):
            answer = ask(f"{outer}{place.name_then}")[1]
            assert (place.name_then in answer.reply.text, answer.unused) == (True, []), (outer, place)
    for place in renamed:
        reply, answer = ask(f"{place.name_now}2015年叫什么")
        named = f"{place.name_now}在2015年印发通知时叫{place.name_then}。" in reply.text
        assert (named or reply.kind == "ambiguous", answer.unused) == (True, []), place


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
        ("gd", "province", "广东省有2个"), ("gds", "province", "广东省有2个"), ("nmg", "province", "包头市"),
        ("dl", "listed", "大连"), ("hb", "ambiguous", "首字母是“hb”的有几处"),
        ("sx", "ambiguous", "您问的是哪一处？"),
    ],
)  # fmt: skip
def test_initials_are_those_of_a_place_where_nothing_else_has_them(query, kind, text):
    reply, _ = ask(query)

    assert (reply.kind, text in reply.text) == (kind, True), reply


@pytest.mark.parametrize(
    ("query", "remark"),
    [
        ("gds", "“gds”按“广东”查。"), ("gd", "另有1个地区按名称或重点查到。"), ("zj", "还有镇江、湛江。"),
        ("qh", "还有秦皇岛市（第3号）。"), ("xz", "还有忻州、徐州。"),
    ],
)  # fmt: skip
def test_answer_says_what_else_a_query_may_mean_or_what_was_looked_for_instead(query, remark):
    assert remark in ask(query)[0].limit


def test_initials_of_provinces_and_cities_are_of_no_district():
    reply, _ = ask("hb")

    assert "河北省" in (names := [name for name, _ in reply.choices])
    assert "天津市河北区" not in names
    assert (reply.verdict, ask("ty")[0].verdict) == ("首字母相同", "不在名单里")


@pytest.mark.once
def test_notices_own_word_finds_no_less_than_what_readers_call_it():
    """For every row of 词汇: beside what a reader's word has by itself, it finds what its official words do."""
    state = current()
    areas = functools.cache(lambda word: search(word, state))
    for term in Term.objects.all():
        official = 0
        for word in term.meanings:
            official |= areas(word).regions
        own = as_written(parse(term.word), term.word, state)
        more = areas(term.word).regions & ~official & ~(own.regions & ~own.synonyms)

        assert not (term.meanings and more), (term.word, term.meanings, bin(more).count("1"))
