"""Places by pinyin, by its initials, and by a part of a name: what is on the list comes first."""

import pytest

from pilots.models import Region
from pilots.search.cards import cards
from pilots.search.filters import RegionFilter
from pilots.search.pinyin import core

from .. import factories as make
from ..queries import typed

pytestmark = pytest.mark.django_db


def ask(query):
    filterset = RegionFilter(typed(q=query))
    return filterset.reply, [card.serial for card in cards(filterset.selection()[:], filterset.state)]


@pytest.mark.once
def test_every_area_is_on_the_list_by_the_pinyin_of_its_name_however_apart():
    lost = []
    for region in Region.objects.all():
        syllables = region.short_pinyin.split()
        for spoken in (syllables, syllables[: len(core(region.short_name))]):
            for letters in ("".join(spoken), " ".join(spoken), " ".join(spoken).title()):
                reply, serials = ask(letters)
                if reply.kind not in ("listed", "contains", "province") or region.serial not in serials:
                    lost.append((letters, reply.kind))
    assert lost == []


@pytest.mark.parametrize(
    ("query", "serial"),
    [
        ("浐灞", 38), ("浐灞生态区", 38), ("chan ba", 38), ("红岛经济区", 22), ("东部湾区", 30), ("川西北", 35),
        ("大娄山", 34), ("京津冀", 4), ("齐齐", 14), ("qhd", 3), ("QHD", 3), ("jn", 21), ("ma shan", 32),
        ("dong bu wan qu", 30), ("san he", 4), ("da peng", 30), ("大鹏", 30),
    ],
)  # fmt: skip
def test_part_of_a_listed_name_is_on_the_list(query, serial):
    reply, serials = ask(query)

    assert (reply.kind, f"第{serial}号" in reply.text, serials[0]) == ("listed", True, serial)


def test_areas_that_a_part_of_a_name_fits_are_all_named():
    make.overwrite(Region.objects.filter(serial__in=[21, 22]), short_name="海滨新城")

    reply, serials = ask("海滨")

    assert reply.text == "名称里有“海滨”的，名单里有2个：海滨新城（第21号）、海滨新城（第22号）。"
    assert (reply.kind, serials) == ("listed", [21, 22])


@pytest.mark.once
@pytest.mark.parametrize(
    ("query", "kind", "words"),
    [
        ("mashan", "listed", "“mashan”按“马山”查"),
        ("huangdao", "not-listed", "黄岛区"),
        ("suzhou", "ambiguous", "叫“suzhou”的有几处"),
        ("xin jiang", "province", "有3个"),
        ("shaanxi", "province", "陕西省有2个"),
        ("neimenggu wuhai", "listed", "乌海市在第二批名单里"),
        ("Tianjin Jizhou", "listed", "蓟县（今天津市蓟州区）"),
        ("jiangxi yichun", "not-listed", "宜春市（江西省）"),
        ("hong xian", "subject", "7个地区要试与“红线”有关的事"),
    ],
)
def test_pinyin_is_read_as_what_it_stands_for_and_says_so(query, kind, words):
    reply, _ = ask(query)

    assert (reply.kind, words in reply.text + reply.limit) == (kind, True)


@pytest.mark.parametrize(
    ("query", "serials", "choice"),
    [
        ("jizhou", [4], "河北省衡水市冀州市"),
        ("ji zhou qu", [4], "天津市蓟州区"),
        ("jixian", [4], "山西省临汾市吉县"),
        ("yulin", [39], "广西壮族自治区玉林市"),
        ("shanxi", [5, 6, 38, 39], "山西省"),
        ("shanxi sheng", [5, 6, 38, 39], "陕西省"),
    ],
)
def test_places_that_are_spelled_alike_are_all_offered(query, serials, choice):
    reply, found = ask(query)

    assert (reply.kind, found) == ("ambiguous", serials)
    assert choice in dict(reply.choices)


def test_place_is_no_beginning_of_a_word_of_the_notice():
    filterset = RegionFilter(typed(q="资源资产负责表"))

    assert filterset.answer.suggestion == "资源资产负债表"
    assert [card.serial for card in cards(filterset.selection()[:], filterset.state)] == [3, 7, 8, 9, 37]


def test_pinyin_finds_no_name_in_which_it_ends_within_a_syllable():
    others = {
        word: [entry.title for entry in RegionFilter(typed(q=word)).answer.others] for word in ("shanxi", "kuangshan")
    }

    assert "矿产与矿山修复" not in others["shanxi"]
    assert others["kuangshan"] == ["矿产与矿山修复"]


@pytest.mark.once
@pytest.mark.parametrize(
    ("query", "suggestion", "kind", "words"),
    [
        ("末溪", "本溪", "contains", "第10号"),
        ("浐坝", "浐灞", "listed", "第38号"),
        ("济男", "济南", "listed", "第21号"),
        ("杭洲", "杭州", "not-listed", "浙江有1个"),
        ("准安", "淮安", "not-listed", "江苏有2个"),
        ("安及县", "安吉县", "not-listed", "浙江有1个"),
        ("静诲", "静海", "listed", "第2号"),
        ("柱林", "桂林", "listed", "第31号"),
        ("桂木", "桂林", "listed", "第31号"),
        ("神本县", "神木县", "listed", "第39号"),
        ("石咀山", "石嘴山", "listed", "第42号"),
        ("兰卅", "兰州", "listed", "第40号"),
        ("两山", "", "nothing", ""),
        ("火山", "", "nothing", ""),
        ("大理石", "", "nothing", ""),
    ],
)
def test_mistyped_name_is_answered_as_what_it_was_taken_for(query, suggestion, kind, words):
    filterset = RegionFilter(typed(q=query))
    reply = filterset.reply

    assert (filterset.answer.suggestion, reply.kind, words in reply.text + reply.limit) == (suggestion, kind, True)
    assert f"您要找的可能是“{suggestion}”：" in reply.text if suggestion else True


@pytest.mark.once
@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ("钱塘江", "nothing"), ("黄浦江", "nothing"), ("鄱阳湖", "nothing"), ("苏州河", "nothing"),
        ("杭州湾", "nothing"), ("大理石", "nothing"), ("鄱阳湖湿地", "subject"),
        ("浙江钱塘江", "province"), ("南京河长制", "listed"),
    ],
)  # fmt: skip
def test_longer_word_is_no_place_that_it_begins_with(query, kind):
    assert ask(query)[0].kind == kind
