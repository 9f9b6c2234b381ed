"""One answer first: questions as readers put them, each with what stands first (`queries-2.json`)."""

import json
from pathlib import Path

import pytest
from django.utils import timezone

from pilots.cards import cards
from pilots.filters import RegionFilter
from pilots.models import Place, Region

from ..test_filters import typed

pytestmark = pytest.mark.django_db
CASES = json.loads((Path(__file__).parent / "queries-2.json").read_text())["cases"]


def serials(filterset):
    return [card.serial for card in cards(filterset.selection()[:], filterset.state)]


@pytest.mark.parametrize("case", CASES, ids=[case["q"] for case in CASES])
def test_question_has_its_answer_first(case):
    filterset = RegionFilter(typed(q=case["q"]))
    found, reply = serials(filterset), filterset.answer.reply

    assert "answer" not in case or (reply and reply.kind) == case["answer"]
    assert all(
        word in (reply.text if reply else "") + (reply.limit if reply else "") for word in case.get("says", ())
    )
    assert "areas" not in case or sorted(found) == case["areas"]
    assert set(case.get("has", ())) <= set(found)
    assert not set(case.get("not", ())) & set(found)
    assert "first" not in case or found[:1] == [case["first"]]
    assert "suggest" not in case or filterset.answer.suggestion == case["suggest"]


PLACES = ("listed", "within", "contains", "province", "open", "not-listed", "ambiguous")


def test_every_place_of_china_is_told_whether_it_is_on_the_list():
    """Every twentieth of the gazetteer, by its whole name; the areas named are those of the list beneath."""
    for place in Place.objects.all()[::20]:
        name = place.name_then or place.name_now
        filterset = RegionFilter(typed(q=name))
        reply = filterset.answer.reply

        assert reply, name
        assert reply.kind in PLACES, name
        assert name in reply.text, reply.text
        assert (reply.kind == "not-listed") <= (not filterset.areas()), name


@pytest.mark.parametrize(
    "query", ["第46号", "第0号", "#999", "第一", "-", "- -", "或", "OR OR", "湿地 -", "湿地 -湿地", "号"]
)
def test_what_only_looks_like_a_question_is_no_error(query):
    assert RegionFilter(typed(q=query)).answer is not None


def reply_to(query):
    return RegionFilter(typed(q=query)).answer.reply


@pytest.mark.parametrize(
    ("query", "kind", "words"),
    [
        ("怀柔区", "listed", "怀柔区在第二批名单里，第1号"), ("第1号", "serial", "北京市怀柔区"),
        ("北京市", "province", "有2个：怀柔区（第1号，本站已撤下）、京津冀协同共建地区（第4号）"),
        ("哪些省没有入选", "provinces-without", "福建"),
    ],
)  # fmt: skip
def test_withdrawn_area_is_still_in_the_notice(query, kind, words):
    region = Region.objects.get(serial=1)
    region.withdrawn_on, region.withdrawn_reason = timezone.localdate(), "重复"
    region.save()

    reply = reply_to(query)

    assert (reply.kind, words in reply.text) == (kind, True)
    assert "北京" not in reply.text if kind == "provinces-without" else True
    assert "撤下" in reply.text + reply.limit or kind == "provinces-without"


def test_what_is_on_the_list_leads_and_numbers_that_are_none_are_told():
    assert reply_to("安吉或蓟县").kind == "listed"
    assert reply_to("第46号").kind == "unknown-number"
    assert (reply_to("福建省").tone, reply_to("浙江省").tone) == ("no", "yes")
    assert reply_to("年度总结").kind == "duty"


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("3214", "“3214”：引用文件"),
        ("安吉", "“安吉”：不在名单里"),
        ("生态补偿", "“生态补偿”的结果（18个）"),
        ("没有这样的词", "“没有这样的词”的结果（0个）"),
        ("湿地", "“湿地”的结果（4个）"),
    ],
)
def test_no_zero_stands_over_an_answer_or_a_hit(query, title):
    filterset = RegionFilter(typed(q=query))

    assert filterset.title(len(filterset.selection())) == title


def test_question_with_hundreds_of_places_takes_no_more_queries_than_with_six(django_assert_max_num_queries):
    names = [place.name_then for place in Place.objects.exclude(name_then="")[::40]]
    reply_to("安吉")
    with django_assert_max_num_queries(60):
        reply = reply_to("".join(names)[:200])

    assert "一次只回答6个地名" in reply.limit
