"""What stands out in an area's words, and that no character of them changes."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from pilots.models import Priority, Region, System, Topic
from pilots.pages import distinctive

from . import factories as make

pytestmark = pytest.mark.once


def own(*texts):
    """Return the own words of each text, one text an area."""
    return [[text for text, is_own in pieces if is_own] for pieces in distinctive.marked(list(enumerate(texts)))]


@given(st.lists(st.tuples(st.integers(0, 3), st.text("建立制度的和、，（）<b>&", max_size=12)), max_size=6))
def test_pieces_joined_are_the_text_and_take_turns(lines):
    for (_, text), pieces in zip(lines, distinctive.marked(lines), strict=True):
        assert "".join(words for words, _ in pieces) == text
        assert all(words for words, _ in pieces) or not text
        assert all(a is not b for (_, a), (_, b) in pairwise(pieces))


@given(
    st.permutations(["建立碳汇交易市场", "建立横向补偿机制", "建立生态补偿机制", "建立补偿机制", "建立纵向补偿机制"])
)
def test_order_of_the_lines_changes_nothing(texts):
    found = dict(zip(texts, own(*texts), strict=True))

    assert [text for text in found if found[text]] == ["建立碳汇交易市场"]


COMMON = ["建立生态补偿机制"] * 3  # so many that a mark means something


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (("建立生态补偿机制", "推进国土绿化"), [[], ["推进国土绿化"]]),
        (
            ("建立生态补偿机制，推进国土绿化", "推进改革"),
            [["推进国土绿化"], ["推进改革"]],
        ),  # a clause, whole and alone
        (("推进国土绿化，保护滨海湿地。", ""), [["推进国土绿化", "保护滨海湿地"], []]),  # marks are nobody's own
        (("建立生态补偿", "建立生态湿地机制"), [[], []]),  # 立生 of another area, four of six pairs with it
        (("建立湿地机制", "建立矿山机制"), [["建立湿地机制"], ["建立矿山机制"]]),  # three of five pairs
    ],
)
def test_rule(texts, expected):
    assert own(*texts, *COMMON)[:2] == expected


def test_where_most_would_be_marked_nothing_is():
    assert own("推进国土绿化", "保护滨海湿地", "建立生态补偿机制") == [[], [], []]


def test_one_area_has_nothing_to_be_compared_with():
    assert distinctive.marked([(1, "建立制度"), (1, "探索机制")]) == [
        [("建立制度", False)],
        [("探索机制", False)],
    ]


def test_an_area_that_repeats_itself_is_one_area():
    first, second, *others = distinctive.marked([(1, "保护湿地"), (1, "保护湿地"), *enumerate(COMMON, 2)])

    assert first == second == [("保护湿地", True)]
    assert not any(is_own for pieces in others for _, is_own in pieces)


@pytest.mark.django_db
@pytest.mark.parametrize("model", [Topic, System])
def test_every_topic_and_system_keeps_every_character(model):
    for theme in model.objects.all():
        priorities = list(theme.priorities.for_theme())
        lines = [line for _, quoted in distinctive.quotes(priorities) for line in quoted]
        assert [priority for priority, _ in lines] == priorities
        assert ["".join(text for text, _ in pieces) for _, pieces in lines] == [p.text for p in priorities]
        own_words = [text for _, pieces in lines for text, is_own in pieces if is_own]
        clauses = {clause for priority in priorities for clause in re.split("[，；：。]", priority.text)}
        assert set(own_words) <= clauses  # none is cut
        assert sum(map(len, own_words)) <= 0.4 * sum(len(priority.text) for priority in priorities)


@pytest.mark.django_db
def test_what_differs_stands_out_on_the_page(client):
    tree = LexborHTMLParser(client.get("/topics/ecological-compensation/").text)
    lines = {node.text(): [own.text() for own in node.css("b")] for node in tree.css(".quote .original")}

    assert lines["探索建立淮河流域水污染联防联控和横向生态补偿机制"] == [
        "探索建立淮河流域水污染联防联控和横向生态补偿机制"
    ]
    assert lines["设立绿色发展基金，探索跨区域生态保护补偿机制"] == ["设立绿色发展基金"]
    assert lines["探索建立生态保护补偿机制"] == lines["建立和完善生态补偿机制"] == []
    assert "至少一半的说法这里别的地区没有" in tree.css_first("main").text()
    assert "加粗是本站做的，文字一字未改" in tree.css_first("main").text()


@pytest.mark.django_db
def test_page_where_most_would_be_bold_has_no_bold_and_says_nothing_of_it(client):
    tree = LexborHTMLParser(client.get("/topics/river-basins-and-water/").text)

    assert not tree.css(".wording, .wording__own")
    assert "加粗" not in tree.css_first("main").text()


@pytest.mark.django_db
def test_page_of_a_single_area_emphasises_nothing(client):
    topic = make.make_topic()
    make.make_priority(topics=[topic], text="建立甲乙丙制度")

    tree = LexborHTMLParser(client.get(topic.get_absolute_url()).text)

    assert tree.css_first(".quote .original").text() == "建立甲乙丙制度"
    assert not tree.css(".wording, .wording__own")


@pytest.mark.django_db
def test_priorities_of_an_area_stand_under_one_heading(client):
    tree = LexborHTMLParser(client.get("/systems/evaluation-and-accountability/").text)
    names = [node.text() for node in tree.css(".quotes__head")]
    regions = Region.objects.filter(priorities__system__slug="evaluation-and-accountability").distinct()

    assert names == [region.name for region in regions]


@pytest.mark.django_db
def test_marked_words_are_escaped(client):
    topic = make.make_topic()
    for text in ("建立<script>alert(1)</script>制度", "建立制度"):
        make.make_priority(topics=[topic], text=text)

    response = client.get(topic.get_absolute_url())

    assert "<script>alert" not in response.text
    shown = [node.text() for node in LexborHTMLParser(response.text).css(".quote .original")]
    assert shown == list(
        Priority.objects.filter(topics=topic).order_by("region__serial").values_list("text", flat=True)
    )


@pytest.mark.django_db
def test_page_is_a_dossier_of_the_same_lines(client):
    tree = LexborHTMLParser(client.get("/topics/natural-resource-balance-sheets/").text)
    lines = Topic.objects.get(slug="natural-resource-balance-sheets").priorities.for_theme()
    rows = [[cell.text(strip=True) for cell in row.css("td, th")] for row in tree.css(".theme__table tbody tr")]

    assert [row[3] for row in rows] == [line.text for line in lines]
    assert rows[0][:3] == ["3-1", "河北省秦皇岛市", "130300"]
    assert [link.attributes["href"] for link in tree.css("a[download]")] == [
        f"/topics/natural-resource-balance-sheets.{kind}" for kind in ("csv", "xlsx", "json")
    ]
    near = {link.attributes["href"] for link in tree.css("[aria-labelledby=near] a")}
    assert "/topics/natural-resource-balance-sheets/" not in near
    assert [link.attributes["href"] for link in tree.css(".beside a")] == [
        "/topics/natural-resource-property-rights/",
        "/topics/use-control/",
    ]
    assert "/topics/natural-resource-balance-sheets/" in tree.css_first("#citation-gbt7714").text()


@pytest.mark.django_db
@pytest.mark.parametrize(("slug", "is_one"), [("property-rights", True), ("other", False)])
def test_system_is_defined_by_the_document_that_names_it(client, slug, is_one):
    text = client.get(f"/systems/{slug}/").text

    assert ("《生态文明体制改革总体方案》（2015年）所列八项制度之一" in text) is is_one
    assert ("归不进八项制度的制度创新重点" in text) is not is_one  # nothing is about “其他”
