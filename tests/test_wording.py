"""What stands out in an area's words, and that no character of them changes."""

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


@given(st.permutations(["建立流域补偿机制", "建立横向补偿机制", "探索碳交易", "建立补偿机制"]))
def test_order_of_the_lines_changes_nothing(texts):
    found = dict(zip(texts, own(*texts), strict=True))

    assert found == {
        "建立流域补偿机制": ["流域"],
        "建立横向补偿机制": ["横向"],
        "探索碳交易": ["探索碳交易"],
        "建立补偿机制": [],
    }


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (("建立生态补偿机制", "建立生态补偿机制"), [[], []]),
        (("建立跨省域的补偿机制", "建立补偿机制"), [["跨省域"], []]),  # joining words at an edge recede
        (("建立和完善机制", "建立完善机制"), [[], []]),  # and alone
        (("创新太湖流域跨界管理机制", "创新流域机制"), [["太湖流域跨界管理"], []]),  # a short joint belongs to both
        (("推进改革，建立制度，提出办法", "，建立制度，"), [["推进改革", "提出办法"], []]),  # but not across clauses
        (("建立最严格制度", "建立严格制度"), [[], []]),  # a single character is no word
        (
            ("建立流域生态文明机制", "建立流域生态补偿机制", "探索治理机制"),
            [["流域生态文明"], ["流域生态补偿"], ["探索治理"]],
        ),
        (("探索“城市矿产”模式", "探索模式"), [["“城市矿产”"], []]),  # quotation marks stay with their words
    ],
)
def test_rule(texts, expected):
    assert own(*texts) == expected


def test_one_area_has_nothing_to_be_compared_with():
    assert distinctive.marked([(1, "建立制度"), (1, "探索机制")]) == [
        [("建立制度", False)],
        [("探索机制", False)],
    ]


def test_an_area_that_repeats_itself_is_one_area():
    first, second, other = distinctive.marked([(1, "建立甲乙机制"), (1, "建立甲乙机制"), (2, "建立机制")])

    assert first == second
    assert [text for text, is_own in first if is_own] == ["甲乙"]
    assert not any(is_own for _, is_own in other)


def test_wording_of_a_quarter_of_the_areas_is_common():
    lines = ["横向补偿"] * 2 + ["补偿"] * 6

    assert own(*lines)[0] == []
    assert own(*lines, "补偿")[0] == ["横向"]


@pytest.mark.django_db
@pytest.mark.parametrize("model", [Topic, System])
def test_every_topic_and_system_keeps_every_character(model):
    for theme in model.objects.all():
        priorities = list(theme.priorities.for_theme())
        lines = [line for _, quoted in distinctive.quotes(priorities) for line in quoted]
        assert [priority for priority, _ in lines] == priorities
        assert ["".join(text for text, _ in pieces) for _, pieces in lines] == [p.text for p in priorities]
        uncut = ["生态文明", "资源性", "矿业权", "污染防治", "法治体系", "资源环境承载能力", "横向生态补偿"]
        for priority, pieces in lines:
            shown = "|".join(text for text, _ in pieces)
            assert [word for word in uncut if word in priority.text and word not in shown] == [], shown


@pytest.mark.django_db
def test_what_differs_stands_out_on_the_page(client):
    tree = LexborHTMLParser(client.get("/topics/ecological-compensation/").text)
    lines = {node.text(): [own.text() for own in node.css("b")] for node in tree.css(".quote .original")}

    assert lines["探索建立淮河流域水污染联防联控和横向生态补偿机制"] == ["淮河流域水污染联防联控"]
    assert lines["探索建立生态保护补偿机制"] == []
    assert lines["建立和完善生态补偿机制"] == ["完善生态补偿"]
    assert "加粗是本站做的，文字一字未改" in tree.css_first("main").text()


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
    assert (
        "《生态文明体制改革总体方案》（2015年）所列八项制度之一" in client.get(f"/systems/{slug}/").text
    ) is is_one
