"""The page where everything is found (behaviours 3–12 and 16–22, as a reader sees them)."""

from urllib.parse import quote

import pytest
from django.http import QueryDict
from django.template import VariableDoesNotExist
from selectolax.lexbor import LexborHTMLParser

from pilots.models import Priority, Topic
from pilots.search import facet_sets
from pilots.search.cards import cards
from pilots.search.filters import RegionFilter
from pilots.search.text import parse

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def page(client, **query):
    response = client.get("/regions/", query)
    assert response.status_code == 200
    return LexborHTMLParser(response.text)


def texts(tree, selector):
    return [" ".join(node.text().split()) for node in tree.css(selector)]


def links(tree, selector):
    return [node.attributes["href"] for node in tree.css(selector)]


def test_unknown_value_is_ignored_named_escaped_and_not_indexed(client):
    tree = page(client, province=["mars", "<b>"], kind="county")

    assert texts(tree, ".message") == ["已忽略无法识别的筛选：province=mars、province=<b>"]
    assert tree.css_first("meta[name=robots]").attributes["content"] == "noindex, follow"
    assert texts(tree, ".chip:not(.chip--clear)") == ["移除筛选：类型：县×"]
    assert [box.attributes["value"] for box in tree.css("input[checked]")] == ["county"]
    assert tree.css_first("h1").text() == "5个先行示范地区是县"


def test_unknown_names_are_in_no_link(client):
    tree = page(client, utm_source="x", **{"from": "timeline", "province[]": "hebei"}, kind="county")

    for href in links(tree, "main a, link[rel=canonical]"):
        assert "utm_source" not in href
        assert "timeline" not in href
        assert "province[]" not in href


def test_clearing_all_filters_keeps_the_keyword(client):
    tree = page(client, q="水", kind="county", province="xinjiang", page="2")

    assert links(tree, ".chip--clear") == ["/regions/?q=%E6%B0%B4"]


def test_any_change_of_filter_drops_the_page(client):
    tree = page(client, q="制度", kind="county", page="1")

    assert not [href for href in links(tree, ".chip, .sort a") if "page" in href]
    assert not tree.css("form.filters input[name=page]")


def test_form_keeps_keyword_and_sort(client):
    tree = page(client, q="制度", sort="province")
    boxes = tree.css("form.filters input[type=hidden]")
    kept = {box.attributes["name"]: box.attributes["value"] for box in boxes}

    assert kept == {"q": "制度", "sort": "province"}


def test_query_stays_in_the_box_and_in_the_heading(client):
    tree = page(client, q="  “湿地”  ")

    assert tree.css_first("#search").attributes["value"] == "“湿地”"
    assert tree.css_first("h1").text() == "4个地区要试与“湿地”有关的事。"


def test_matched_words_are_marked_in_name_and_priorities(client):
    assert texts(page(client, q="濕地"), ".card__lines mark") == ["湿地"] * 4
    assert texts(page(client, q="怀柔"), ".card__title mark") == ["怀柔"]


@pytest.mark.parametrize(
    ("query", "note"),
    [
        ("静海县", "曾用名：静海县"),
        ("宁乡市", "后来的名称：宁乡市"),
    ],
)
def test_hit_through_another_name_says_so(client, query, note):
    assert note in texts(page(client, q=query), ".card__note")


def test_other_kinds_stand_above_in_a_line_each(client):
    tree = page(client, q="3214")

    assert links(tree, ".hits a")[0] == "/notices/fagai-huanzi-2015-3214/"
    assert texts(tree, ".hits li")[0].startswith("发改环资〔2015〕3214号")
    assert links(page(client, q="福建"), ".hits a")[0] == "/provinces/fujian/"


def test_lines_are_counted_of_the_first_areas_and_said_to_be_at_least_so_many(client, monkeypatch):
    monkeypatch.setattr("pilots.search.filters.MOST_READ", 2)
    tree = page(client, q="湿地")

    assert texts(tree, ".groups a")[:2] == ["地区 4", "重点 至少2"]
    assert "至少2项重点，原文如下" in tree.body.text()


def test_groups_are_named_with_their_numbers_and_lead_to_their_rows(client):
    tree = page(client, q="蓟县")

    assert texts(tree, ".groups a") == ["地区 1", "通知段落 1"]
    assert texts(tree, ".groups .note") == ["没有：重点、主题和制度、机关、引用文件"]
    assert all(tree.css(href) for href in links(tree, ".groups a"))
    assert texts(tree, ".hits mark") == ["蓟县"]
    assert "京津冀协同共建地区" in texts(tree, ".hits p.original")[0]
    assert texts(page(client, q="国发30号"), ".hits h2") == ["通知段落 1处", "引用文件 1份"]


def test_answer_tells_why_in_steps(client):
    tree = page(client, q="蓟县")

    assert texts(tree, ".chain b") == ["蓟县", "蓟州区", "京津冀协同共建地区（北京平谷、天津蓟县、河北廊坊北三县）"]
    assert texts(page(client, q="安吉"), ".chain b")[2] == "湖州市也不在名单里"
    assert not page(client, q="湿地").css(".chain")


def test_suggestion_is_a_link_that_keeps_the_filters(client):
    tree = page(client, q="多轨合一", province="shandong")

    assert "您是不是要找：多规合一" in texts(tree, ".message")
    assert links(tree, ".message a") == ["/regions/?q=%E5%A4%9A%E8%A7%84%E5%90%88%E4%B8%80&province=shandong"]
    assert tree.css_first("#search").attributes["value"] == "多轨合一"


def test_loosened_answer_says_so(client):
    assert "没有与“领导离任审计”完全相符的内容，按“离任审计”查，部分相符的有3个地区。" in texts(
        page(client, q="领导离任审计"), "h1"
    )
    assert "通知里与“双碳”相关的说法是“碳排放交易”“碳交易”“低碳”，3个地区要试与它们有关的事。" in texts(
        page(client, q="双碳"), "h1"
    )
    assert not page(client, q="湿地").css(".message")


@pytest.mark.parametrize("query", ["绿色金融", "计划单列市", "绿色金融 生态补偿"])
def test_hit_through_this_sites_classification_says_so(client, query):
    [said] = texts(page(client, q=query), ".message")

    assert said == f"地区的名称和重点里没有“{query.split()[0]}”，以下按归类和区划找到。本站归类"


def test_official_words_are_offered_for_a_term(client):
    tree = page(client, q="立法")

    assert "通知里相关的说法：地方立法、法治体系" in texts(tree, ".note")


def test_empty_page_names_which_filter_to_drop_and_topics_nearby(client):
    tree = page(client, q="湿地", topic="rule-of-law", province="xinjiang")

    assert texts(tree, ".empty li") == ["不限主题，有1个地区"]
    assert links(tree, ".empty li a") == ["/regions/?q=%E6%B9%BF%E5%9C%B0&province=xinjiang"]
    assert not tree.css(".empty p a")  # no topic is near
    assert len(tree.css(".chip")) == 3


def test_topics_are_offered_only_where_they_are_near():
    near = [label for _, label in RegionFilter(QueryDict("q=生态补偿基金会")).near_topics]

    assert near[0] == "生态保护补偿"
    assert RegionFilter(QueryDict("q=安吉")).near_topics == []


def test_empty_page_offers_to_drop_the_keyword(client):
    assert texts(page(client, q="没有这样的词"), ".empty li") == ["查看全部45个地区"]


def test_relevance_is_offered_with_a_keyword_only(client):
    assert texts(page(client), ".sort strong, .sort a") == ["序号", "省份"]
    assert texts(page(client, q="水"), ".sort strong, .sort a") == ["相关度", "序号", "省份"]
    assert texts(page(client, sort="relevance"), ".sort strong") == ["序号"]


def test_joint_areas_are_explained_beside_the_provinces(client):
    assert "跨省地区在各省分别计数，合计不等于总数。" in texts(page(client), ".facet .note")


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ({"topic": "performance-evaluation"}, "14个地区在试考核评价"),
        ({"province": "hebei"}, "河北省有2个先行示范地区"),
        ({"province": "fujian"}, "福建省没有先行示范地区"),
        ({"province": ["xinjiang", "hebei"], "kind": "county"}, "河北省、新疆维吾尔自治区有2个先行示范地区是县"),
        (
            {"system": ["other", "spatial-planning"], "province": "hebei"},
            "河北省有2个地区有重点归入“建立空间规划体系”或“其他”",
        ),
        ({"topic": "rule-of-law", "kind": ["county", "county-city"]}, "没有县级市或县在试生态文明法治"),
        ({"province": ["hebei", "beijing", "tianjin", "shanxi"]}, "北京市、天津市、河北省等4个省份有6个先行示范地区"),
        ({"q": "湿地", "province": "xinjiang"}, "“湿地”的结果（2处）：新疆维吾尔自治区"),
    ],
)
def test_title_says_the_filter(client, query, title):
    assert page(client, **query).css_first("title").text().startswith(f"{title} - ")


@pytest.mark.parametrize("query", [{}, {"q": "湿地"}, {"topic": "performance-evaluation", "province": "xinjiang"}])
def test_results_come_before_what_narrows_them(client, query):
    places = [node.attributes.get("id") for node in page(client, **query).css("[id]")]

    assert places.index("results") < places.index("downloads") < places.index("filters")


def test_facets_show_six_values_fold_the_rest_and_say_the_zeros(client):
    [province, topic, *_] = page(client).css(".facet")

    assert len(province.css("fieldset > .pick")) == len(topic.css("fieldset > .pick")) == 6
    assert texts(province, ".facet__more") == ["还有25个有结果的", "8个没有结果"]
    assert texts(topic, ".facet__more") == ["还有19个有结果的"]
    assert "福建省、江西省" in texts(province, "details .note")[0]


def test_chosen_values_are_in_sight_whatever_they_count(client):
    tree = page(client, topic=["rule-of-law", "regional-cooperation"], province="fujian")
    seen = [box.attributes["value"] for box in tree.css(".facet > fieldset > .pick input[checked]")]

    assert seen == ["fujian", "regional-cooperation", "rule-of-law"]


def test_table_has_a_line_for_each_area_and_links_keep_it(client):
    tree = page(client, view="table", topic="performance-evaluation")
    rows = texts(tree, ".rows tbody tr")

    assert len(rows) == 14
    assert rows[0].startswith("3 河北省秦皇岛市 河北 3项 自然资源资产负债表")
    assert [node.text() for node in tree.css(".rows b")] == ["考核评价"] * 14
    for href in links(tree, ".chip, .sort a"):
        assert "view=table" in href
    assert tree.css_first("link[rel=canonical]").attributes["href"].endswith("/regions/?topic=performance-evaluation")
    assert "view" not in "".join(links(tree, ".downloads a"))


@pytest.mark.parametrize("view", ["cards", "TABLE", "", "<b>"])
def test_unknown_view_is_the_usual_one(client, view):
    tree = page(client, view=view)

    assert len(tree.css(".cards > .card")) == 45
    assert not [href for href in links(tree, "main a") if "view=" in href and "view=table" not in href]


def test_only_lines_that_say_the_keyword_are_shown_until_all_are_asked_for(client):
    short, whole = page(client, q="湿地"), page(client, q="湿地", lines="all")

    assert len(short.css(".card__lines li")) == len(short.css(".card__lines mark")) == 4
    assert texts(short, ".card__others") == [f"另有{n}项重点没有写到“湿地”" for n in (2, 2, 2, 1)]
    assert "/regions/?q=%E6%B9%BF%E5%9C%B0&lines=all" in links(short, "main a")
    assert len(whole.css(".card__lines li")) == 11
    assert not whole.css(".card__others")


@pytest.mark.parametrize(
    ("query", "condition", "fitting", "total"),
    [
        ({"topic": "performance-evaluation"}, "归入“考核评价”", 14, 39),
        ({"topic": ["rule-of-law", "use-control"]}, "归入“用途管制”或“生态文明法治”", 12, 38),
        ({"system": "market-system"}, "归入“健全环境治理和生态保护市场体系”", 7, 23),
        ({"topic": "performance-evaluation", "q": "考核"}, "归入“考核评价”、写到“考核”", 14, 39),
        ({"q": "流域与水"}, "归类里有“流域与水”", 10, 25),
    ],
)
def test_only_lines_of_the_topic_or_system_are_shown_until_all_are_asked_for(
    client, query, condition, fitting, total
):
    short, full = page(client, **query), page(client, **query, lines="all")

    assert texts(short, ".results__main > .note")[0].startswith(f"只显示{condition}的重点。显示")
    assert texts(full, ".results__main > .note") == [f"只看{condition}的重点"]
    assert [len(tree.css(".card__lines li")) for tree in (short, full)] == [fitting, total]
    assert sum(int(text.removeprefix("另有")[0]) for text in texts(short, ".card__others")) == total - fitting


def test_table_of_a_topic_has_its_areas_topics_and_no_line(client):
    tree = page(client, view="table", topic="performance-evaluation")

    assert (tree.css(".rows__says .original"), texts(tree, ".results__main > .note")) == ([], [])


def test_matching_lines_of_a_list_are_those_of_its_file(client):
    for topic in Topic.objects.all():
        lines_on_page = [
            f"{line.attributes['value']} {line.css_first('.original').text()}"
            for line in page(client, topic=topic.slug).css(".card__lines li")
        ]
        lines = Priority.objects.filter(topics=topic).order_by("region__serial", "number")

        assert lines_on_page == [f"{line.number} {line.text}" for line in lines]


def test_area_without_a_line_of_both_system_and_topic_shows_those_of_either_as_its_file_does(client):
    query = {"topic": "accountability-and-audit", "system": "environmental-governance"}
    tree, every = page(client, **query), page(client, **query, lines="all")
    said = "没有一项重点同时归入所选的制度和主题，这里是归入其一的"

    shown = [
        [
            Priority.objects.get(region__slug=card.attributes["id"], number=line.attributes["value"])
            for line in card.css(".card__lines li")
        ]
        for card in tree.css(".card")
    ]
    assert all(lines and said in card.text() for lines, card in zip(shown, tree.css(".card"), strict=True))
    for line in (line for lines in shown for line in lines):
        assert line.system.slug == query["system"] or line.topics.filter(slug=query["topic"])
    assert "没有写到这些词" not in tree.text()
    assert "没有列在这里" in tree.text()
    condition = "归入“责任追究与离任审计”或“建立健全环境治理体系”的重点"
    assert f"只显示{condition}" in tree.text()
    assert said not in every.text()
    assert f"只看{condition}" in every.text()
    of_both = page(client, topic="performance-evaluation", system="evaluation-and-accountability", lines="all")
    assert "只看归入“考核评价”、又归入“完善生态文明绩效评价考核和责任追究制度”的重点" in of_both.text()
    rows = client.get("/regions.json", query | {"rows": "priorities"}).json()["priorities"]
    assert [row["text"] for row in rows] == [line.text for lines in shown for line in lines]


@pytest.mark.parametrize("query", ["", "本溪", "流域与水", "产权制度", "县", "rule", "环境治理体系", "湿地"])
def test_nothing_stands_in_empty_quotes(client, query):
    for more in ({}, {"lines": "all"}, {"topic": "river-basins-and-water"}, {"lines": "all", "province": "hebei"}):
        assert "“”" not in page(client, q=query, **more).text(), more


def test_area_found_by_its_name_shows_all_of_its_lines(client):
    assert len(page(client, q="怀柔").css(".card__lines li")) == 3


def test_each_letter_jumps_to_an_area_of_its_province(client):
    tree = page(client)
    places = {node.text(): node.attributes["href"] for node in tree.css(".jumps a")}

    assert "".join(places) == "京津冀晋蒙辽吉黑沪苏浙皖鲁豫鄂湘粤桂琼渝川藏陕甘宁新"
    assert (places["冀"], places["粤"][:1]) == ("#hebei-qinhuangdao", "#")
    for href in places.values():
        assert tree.css_first(href) is not None
    assert not page(client, q="湿地").css(".jumps")


def test_areas_are_picked_in_the_list_and_compared_without_a_script(client):
    for tree in (page(client), page(client, view="table")):
        form, boxes = tree.css_first("form#compare"), tree.css("input[form=compare][name=region]")

        assert (form.attributes["action"], form.attributes.get("method", "get")) == ("/compare/", "get")
        assert len(boxes) == 45
        assert boxes[0].attributes["aria-label"] == "比较北京市怀柔区"


def test_facets_fold_and_say_how_many_are_chosen(client):
    assert texts(page(client), "a[href='#filters']") == ["筛选"]
    assert texts(page(client, province=["hebei", "beijing"], kind="county"), "a[href='#filters']") == [
        "筛选（已选3项）"
    ]


@pytest.mark.parametrize("path", ["/", "/regions/", "/about/", "/nope/", "/regions/beijing-huairou/"])
def test_search_box_with_suggestions_is_on_every_page(client, path):
    tree = LexborHTMLParser(client.get(path).text)
    offered = {option.attributes["value"] for option in tree.css("datalist#suggestions option")}

    assert len(tree.css("form[role=search] input[name=q][list=suggestions]")) == 1
    assert {"怀柔区", "辽宁省", "生态红线"} <= offered
    assert len(offered) == 45 + 39 + 25 - 2  # 大连市 and 宁波市 are areas and units


def test_keyword_of_marks_alone_finds_nothing_and_says_so(client):
    tree = page(client, q="%%%")

    assert "没有查到" in tree.css_first("h1").text()
    assert tree.css_first(".empty") is not None


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("?q=湿地&province=hubei&view=table", "先行示范地区（省份 湖北省；关键词 湿地）"),
        ("?topic=rule-of-law", "先行示范地区（主题 生态文明法治）"),
        ("", "先行示范地区（全部）"),
    ],
)
def test_list_is_cited_as_what_it_is_at_its_one_address(client, query, title):
    page = LexborHTMLParser(client.get(f"/regions/{query}").text)
    canonical = page.css_first("link[rel=canonical]").attributes["href"]
    address = quote(canonical, safe=":/?=&%")

    assert canonical.startswith("http://testserver/regions/")
    words = page.css_first("#citation-gbt7714").text()
    assert words == f"生态文明先行示范区名录. {title}[EB/OL]. {address}."
    assert address in page.css_first("#citation-csl").text()


@pytest.mark.parametrize(("view", "query", "count"), [("", "蓟县", 0), ("table", "蓟县", 0), ("", "湿地", 4)])
def test_one_area_is_not_offered_to_be_compared(client, view, query, count):
    tree = page(client, q=query, **({"view": view} if view else {}))

    assert len(tree.css("input[name=region]")) == count
    assert bool(tree.css("#compare")) is bool(count)


def test_card_with_marks_is_made_once_for_its_words():
    state = facet_sets.current()

    def made(keyword):
        return cards(state.pks, state, parse(keyword))[0]

    assert made("湿地") is made("湿地")
    assert made("湿地") is not made("森林")


@pytest.mark.parametrize("query", ["", "topic=use-control&kind=county", "q=生态&province=guangdong", "view=table"])
def test_list_looks_for_no_name_that_is_not_there(client, monkeypatch, query):
    names = []
    monkeypatch.setattr(VariableDoesNotExist, "__init__", lambda self, *message: names.append(message))

    client.get(f"/regions/?{query}")

    assert names == []  # each takes ten times as long as one that is there


@pytest.mark.parametrize("path", ["/regions/", "/data/", "/after/"])
def test_data_block_of_a_page_is_made_once_and_stays_as_it_is(client, path):
    first, second = (client.get(path).context["linked"] for _ in range(2))

    assert (second is first) == (path == "/regions/")
    assert str(second) == str(first)
