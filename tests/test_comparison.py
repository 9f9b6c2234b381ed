"""Areas side by side: what an address may say, what is set beside what, and what the page adds."""

import pytest
from django.http import QueryDict
from selectolax.lexbor import LexborHTMLParser

from pilots.models import Province, Region, System
from pilots.record import comparison
from pilots.record.comparison import Comparison

from . import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.once]
FOUR = ["beijing-huairou", "jing-jin-ji", "heilongjiang-qiqihaer", "bingtuan-alaer"]


def compare(*slugs):
    return Comparison(QueryDict("&".join(f"region={slug}" for slug in slugs)))


def page(client, query=""):
    return LexborHTMLParser(client.get(f"/compare/{query}").text)


def query(*slugs):
    return "?" + "&".join(f"region={slug}" for slug in slugs)


def test_areas_stand_in_the_order_of_first_mention_once_each():
    found = compare("jing-jin-ji", "", "beijing-huairou", "jing-jin-ji")

    assert [region.slug for region in found.regions] == ["jing-jin-ji", "beijing-huairou"]
    assert found.address == "/compare/?region=jing-jin-ji&region=beijing-huairou"


def test_beyond_four_areas_the_rest_is_named_and_left_out():
    found = compare(*FOUR, "mars", "hebei-qinhuangdao")

    assert [region.slug for region in found.regions] == FOUR
    assert (found.left_out, found.unknown, found.is_full) == (["秦皇岛市"], ["mars"], True)
    assert (found.fields, found.suggested) == ([], [])


@pytest.mark.parametrize("slug", FOUR)
def test_every_line_of_an_area_stands_once_under_its_main_system(slug):
    region = Region.objects.get(slug=slug)
    column = FOUR.index(slug)

    shown = {priority: system for system, cells, _ in compare(*FOUR).rows for priority, _ in cells[column]}

    assert shown == {priority: priority.system for priority in region.priorities.all()}


def test_rows_follow_the_systems_and_leave_out_what_nobody_has():
    rows = compare(*FOUR).rows
    positions = [system.position for system, _, _ in rows]

    assert positions == sorted(set(positions))
    assert all(any(cells) for _, cells, _ in rows)


def test_system_is_shared_when_two_areas_have_it():
    found = compare(*FOUR)
    shared = {
        system.short_name: [region.short_name for region in regions] for system, regions in found.shared_systems
    }

    assert shared == {
        "空间开发保护": ["怀柔区", "京津冀协同共建地区", "齐齐哈尔市"],
        "考核和追责": ["齐齐哈尔市", "阿拉尔市"],
    }
    assert {system.short_name for system, _, is_shared in found.rows if is_shared} == set(shared)
    (system, _), *others = compare("heilongjiang-qiqihaer", "bingtuan-alaer").shared_systems
    assert (system.slug, others) == ("evaluation-and-accountability", [])


def test_topic_is_shared_when_two_areas_work_on_it():
    found = compare(*FOUR)
    named = {topic.name: [region.short_name for region in regions] for topic, regions in found.shared_topics}
    marked = {
        topic.name
        for _, cells, _ in found.rows
        for cell in cells
        for _, topics in cell
        for topic, shared in topics
        if shared
    }

    assert named == {
        "主体功能区": ["齐齐哈尔市", "阿拉尔市"],
        "生态红线": ["怀柔区", "京津冀协同共建地区"],
        "考核评价": ["齐齐哈尔市", "阿拉尔市"],
        "区域协同与合作": ["怀柔区", "京津冀协同共建地区"],
    }
    assert marked == set(named)


def test_topic_twice_in_one_area_is_not_shared():
    system, topic = System.objects.first(), make.make_topic()
    region = make.make_region(province=Province.objects.first())
    for number in (1, 2):
        make.make_priority(region=region, system=system, topics=[topic], number=number)

    assert topic not in dict(compare(region.slug, "beijing-huairou").shared_topics)


def test_area_can_be_taken_away_and_another_added():
    found = compare("beijing-huairou", "jing-jin-ji")

    assert [without for _, without in found.columns] == [
        "/compare/?region=jing-jin-ji",
        "/compare/?region=beijing-huairou",
    ]
    for region, address in found.suggested:
        assert address == f"{found.address}&region={region.slug}"
        assert region.slug not in found.chosen


def test_every_area_is_offered_once_under_its_province_but_the_chosen_ones():
    offered = compare("beijing-huairou").offered
    slugs = [offer.slug for _, offers in offered for offer in offers]

    assert sorted(slugs) == sorted(Region.objects.exclude(slug="beijing-huairou").values_list("slug", flat=True))
    assert len({province for province, _ in offered}) == len(offered)
    assert "bingtuan-alaer" in [offer.slug for offer in dict(offered)["新疆维吾尔自治区"]]


def test_offers_follow_the_record():
    compare()
    make.overwrite(Region.objects.filter(slug="beijing-huairou"), short_name="怀柔")

    assert compare().offered[0][1][0].label == "怀柔"


def test_address_of_an_area_with_its_related_ones():
    region, related = Region.objects.get(serial=1), Region.objects.filter(serial__in=[3, 4, 5])

    assert comparison.with_related(region, related).count("region=") == 3
    assert comparison.with_related(region, []) == ""
    assert comparison.address([]) == "/compare/"


def test_page_shows_the_notices_words_in_columns(client):
    tree = page(client, query(*FOUR))
    shown = {node.text() for node in tree.css(".comparison__text .original")}

    assert shown == {line.text for slug in FOUR for line in Region.objects.get(slug=slug).priorities.all()}
    assert [head.css_first(".original").text() for head in tree.css("thead th[scope=col]")] == [
        Region.objects.get(slug=slug).name for slug in FOUR
    ]
    for row in tree.css("tbody tr"):
        assert len(row.css("td")) == 4 or row.css_first("th[scope=rowgroup]").attributes["colspan"] == "4"


@pytest.mark.parametrize("count", [2, 3, 4])
def test_page_tells_a_phone_of_the_areas_that_it_does_not_show_at_once(client, count):
    slugs = [region.slug for region in Region.objects.all()[:count]]
    tree = LexborHTMLParser(client.get("/compare/", {"region": slugs}).text)

    hints = [hint.text() for hint in tree.css(".comparison__hint")]
    assert hints == ([f"可上下左右滑动，看全部{count}个地区。"] if count > 2 else [])


def test_page_marks_what_is_shared_in_words(client):
    tree = page(client, query("heilongjiang-qiqihaer", "bingtuan-alaer"))
    groups = [node.text(strip=True) for node in tree.css("th[scope=rowgroup]")]

    assert "完善生态文明绩效评价考核和责任追究制度共有" in groups
    assert {node.parent.text() for node in tree.css(".comparison__mark")} == {"主体功能区共有", "考核评价共有"}
    assert "共有的主题主体功能区、考核评价" in tree.css_first(".question dl").text(strip=True)


def test_page_says_of_three_areas_which_have_what_in_common(client):
    three = page(client, query("jing-jin-ji", "jiangsu-nantong", "bingtuan-alaer"))
    says = three.css_first("#shared").parent.parent.text()

    assert "至少两个地区有的列在这里" in says
    assert "生态保护补偿（京津冀协同共建地区、南通市）" in says
    assert says.count("南通市") > 1


def test_page_shows_the_facts(client):
    facts = [node.text(separator=" ") for node in page(client, query(*FOUR)).css(".comparison__facts")]

    assert "北京市" in facts[0]
    assert "第二批 第1号" in facts[0]
    assert [name in facts[1] for name in ("北京市", "天津市", "河北省")] == [True] * 3
    assert "兵团师市" not in facts[3]  # no source says that kind


@pytest.mark.parametrize(
    ("asked", "says", "fields"),
    [
        ("", "选两个地区开始", 2),
        ("?region=", "选两个地区开始", 2),
        ("?region=beijing-huairou", "已选怀柔区", 1),
        ("?region=beijing-huairou&region=jing-jin-ji", "共同之处", 1),
        (query(*FOUR), "共同之处", 0),
        (query(*FOUR, "hebei-qinhuangdao"), "最多同时比较四个地区，没有列入：秦皇岛市", 0),
    ],
)
def test_page_says_what_can_be_done(client, asked, says, fields):
    tree = page(client, asked)

    assert says in tree.css_first("main").text()
    assert len(tree.css("main select[name=region]")) == fields


def test_form_keeps_what_is_chosen(client):
    tree = page(client, query("beijing-huairou", "jing-jin-ji"))

    assert [node.attributes["value"] for node in tree.css("form input[type=hidden][name=region]")] == [
        "beijing-huairou",
        "jing-jin-ji",
    ]


def test_page_with_a_query_is_not_indexed_and_has_one_address(client):
    response = client.get(
        "/compare/?utm_source=x&region=jing-jin-ji&region=mars&region=jing-jin-ji&region=beijing-huairou"
    )

    assert response.context["canonical"] == "http://testserver/compare/?region=jing-jin-ji&region=beijing-huairou"
    assert 'name="robots" content="noindex, follow"' in response.text
    assert "noindex" not in client.get("/compare/").text


def test_unknown_area_is_named_and_escaped(client):
    response = client.get("/compare/", {"region": ["<script>alert(1)</script>", "beijing-huairou"]})

    assert "<script>alert" not in response.text
    assert "已忽略无法识别的地区：&lt;script&gt;alert(1)&lt;/script&gt;" in response.text


@pytest.mark.parametrize(
    "asked",
    [
        "region=" + "&region=".join(["x"] * 1000),
        "&".join(f"region={n}" for n in range(1000)),
        "region=%ED%A0%80",
        "region[]=x&region[0]=y",
        "region=" + "x" * 5000,
        "&&=&;",
    ],
)
def test_page_never_fails(client, asked):
    assert client.get(f"/compare/?{asked}").status_code == 200
