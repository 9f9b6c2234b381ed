"""或, OR, commas and a minus: both sides have effect, or the one without is named."""

import pytest

from pilots.search.cards import cards
from pilots.search.filters import RegionFilter

from ..queries import typed

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
        ("湿地 -长江口", WETLANDS, "4个地区要试与“湿地”有关的事。", ["长江口"]),
        ("湿地 -湿地", [], "与“湿地”有关的地区，除去“湿地”就没有了。", []),
    ],
)
def test_every_part_of_a_query_has_effect_or_is_named(query, serials, text, unused):
    filterset = RegionFilter(typed(q=query))
    found = sorted(card.serial for card in cards(filterset.selection()[:], filterset.state))

    assert text in filterset.reply.text
    assert (filterset.answer.unused, found) == (unused, found if serials is None else serials)
