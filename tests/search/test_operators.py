"""或, OR, commas and a minus: both sides have effect, or the one without is named."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from pilots.search.cards import cards
from pilots.search.filters import RegionFilter

from ..queries import a_few, typed

pytestmark = pytest.mark.django_db
WETLANDS = [18, 26, 41, 43]


@pytest.mark.parametrize(
    ("query", "serials", "text", "unused"),
    [
        ("湿地 或 荆州", WETLANDS, "“湿地”有4个地区，“荆州”有1个地区，合起来是4个。", []),
        ("荆州 OR 湿地", WETLANDS, "“荆州”有1个地区，“湿地”有4个地区，合起来是4个。", []),
        ("湿地 | 秸秆", [18, 20, 23, 26, 41, 43], "合起来是6个。", []),
        ("湿地 或 长江口", WETLANDS, "“湿地”有4个地区，“长江口”没有查到地区，合起来是4个。", ["长江口"]),
        ("湿地、负债表、离任审计", None, "合起来是", []),
        ("湿地，荆州", [26], "荆州市在第二批名单里，第26号。它的重点写到“湿地”。", []),
        ("湿地，秸秆", [26], "“湿地”“秸秆”都写到的有1个地区。", []),
        ("辽宁 或 吉林", [9, 10, 11, 12], "吉林省有2个", []),
        ("湿地 -荆州", [18, 41, 43], "除去“荆州”，3个地区要试与“湿地”有关的事。", []),
        ("湿地 -荆州 -酒泉", [18, 43], "除去“荆州”“酒泉”，2个地区要试与“湿地”有关的事。", []),
        ("湿地 -第26号 -18号", [41, 43], "除去“第26号”“18号”，2个地区要试与“湿地”有关的事。", []),
        ("江苏 -第16号", [17], "除去“第16号”，还有1个地区。", []),
        ("第3号 -第4号", [3], "第3号：河北省秦皇岛市。", ["第4号"]),
        ("（湿地 或 秸秆） 安徽", [19, 20], "别处有4个地区写到“湿地”。其中1个地区写到“秸秆”。", []),
        ("安徽 (湿地 或 秸秆)", [19, 20], "别处有4个地区写到“湿地”。其中1个地区写到“秸秆”。", []),
        ("(湿地 OR 秸秆) AND 湖北", [26], "其中1个地区写到“湿地”。其中1个地区写到“秸秆”。", []),
        ("湿地 || 秸秆", [18, 20, 23, 26, 41, 43], "合起来是6个。", []),
        ("湿地 -长江口", WETLANDS, "4个地区要试与“湿地”有关的事。", ["长江口"]),
        ("湿地没有秸秆", [18, 41, 43], "除去“秸秆”，3个地区要试与“湿地”有关的事。", []),
        ("湿地但没有秸秆", [18, 41, 43], "除去“秸秆”，3个地区要试与“湿地”有关的事。", []),
        ("荆州没有湿地", [26], "荆州市在第二批名单里，第26号。它的重点写到“湿地”。", []),
        ("江苏除南京 湿地", [17], "除去“南京”，还有1个地区。", ["湿地"]),
        ("湖北不含荆州的湿地", [], "与“湖北 湿地”有关的地区，除去“荆州”就没有了。", []),
        ("湿地 -湿地", [], "与“湿地”有关的地区，除去“湿地”就没有了。", []),
    ],
)
def test_every_part_of_a_query_has_effect_or_is_named(query, serials, text, unused):
    filterset = RegionFilter(typed(q=query))
    found = sorted(card.serial for card in cards(filterset.selection()[:], filterset.state))

    assert text in filterset.reply.text
    assert (filterset.answer.unused, found) == (unused, found if serials is None else serials)


SIDES = some.sampled_from(
    ["湿地", "秸秆", "生态补偿", "南京", "江苏", "蓟县", "天津", "吉林市", "吉林省", "安吉", "财政部", "foo"]
)


def ask(query):
    filterset = RegionFilter(typed(q=query))
    return filterset.answer, filterset.reply


@a_few
@given(
    words=some.lists(SIDES, min_size=1, max_size=3, unique=True),
    unwanted=some.sampled_from(["山东", "江苏", "荆州", "秸秆", "“生态 补偿”"]),
    minus=some.sampled_from("-－﹣–−‐‑—"),
    place=some.integers(1, 3),
)
def test_minus_excludes_the_word_after_it_wherever_it_stands(words, unwanted, minus, place):
    meant, plain = ask(" ".join([*words, f"-{unwanted}"]))
    answer, reply = ask(" ".join([*words[:place], f"{minus}{unwanted}", *words[place:]]))

    assert not answer.regions & ask(unwanted)[0].regions
    assert (answer.regions, answer.without, answer.unused) == (meant.regions, meant.without, meant.unused)
    assert reply == plain


@a_few
@given(
    sides=some.lists(SIDES, min_size=2, max_size=3, unique=True),
    either=some.sampled_from([" 或 ", " OR ", "或", "或者", " | "]),
)
def test_either_unites_whatever_stands_on_its_sides(sides, either):
    (answer, reply), alone = ask(either.join(sides)), [ask(side)[0] for side in sides]
    union = 0
    for found in alone:
        union |= found.regions

    assert answer.regions == union
    assert "没有查到“或" not in reply.text


@pytest.mark.parametrize(
    ("query", "kind", "texts"),
    [
        ("财政部 水利部", "ministry", ("财政部是", "水利部是")),
        ("财政部和水利部", "ministry", ("财政部是", "水利部是")),
        ("财政部或水利部", "ministry", ("财政部是", "水利部是")),
        ("住建部 环保部", "ministry", ("住房城乡建设部是", "环境保护部（今生态环境部）是")),
        ("住房和城乡建设部 工信部", "ministry", ("住房城乡建设部是", "工信部不是")),
        ("中发〔2015〕12号 国发〔2013〕30号", "document", ("中发〔2015〕12号", "国发〔2013〕30号")),
        *((query, "serial", ("第7号", "第8号")) for query in ("#7 #8", "#7和#8", "no.7 no.8", "7号和8号")),
        ("安吉 或 foo", "not-listed", ("安吉县", "没有查到“foo”")),
        ("湿地 AND 秸秆", "subject", ("“湿地”“秸秆”都写到",)),
        ("湿地 AND 荆州", "listed", ("写到“湿地”",)),
        ("湿地 - 荆州", "listed", ("写到“湿地”",)),
    ],
)  # fmt: skip
def test_each_of_several_is_answered(query, kind, texts):
    answer, reply = ask(query)

    assert (reply.kind, [text for text in texts if text not in reply.text]) == (kind, [])
    assert len(answer.others) >= reply.text.count("是发文机关之一")


@pytest.mark.once
@a_few
@given(
    place=some.sampled_from(["南京", "江苏", "昌黎", "西安", "第16号", "安吉", "福建", "朝阳", "北京"]),
    words=some.lists(some.sampled_from(["foo", "湿地", "生态补偿", "财政部", "负债表"]), max_size=2, unique=True),
    unwanted=some.sampled_from(["", " -南通", " -安吉", " -湿地", " -bar"]),
)
def test_what_had_no_effect_is_said_with_the_answer_and_in_the_api(client, place, words, unwanted):
    query = " ".join([place, *words]) + unwanted
    answer, reply = ask(query)
    data = client.get("/api/v1/search/", {"q": query}).json()
    sentences = f"{reply.text}{reply.limit}"

    assert [word for word in answer.unused if word not in sentences] == []
    assert data["answer"]["text"] == sentences
    assert [*data["unused_reasons"]] == data["unused"] == answer.unused
    assert all(data["unused_reasons"].values())
    assert not any(" " in word for word in answer.unused)
