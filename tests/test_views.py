"""What the pages show and say of themselves."""

import datetime

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.utils import timezone
from selectolax.lexbor import LexborHTMLParser

from pilots.models import Citation, Ministry, Notice, Priority, Province, Region, Section, System, Topic
from pilots.models.typography import letters
from pilots.record.checks import BATCH_TWO, source_path

from . import factories as make
from .visits import (
    FIRST,
    FORGOTTEN,
    NOTICE,
    PAGES,
    correct_one_region,
    keep_one_region,
    make_regions_up_to_60,
    queries,
)

pytestmark = [pytest.mark.django_db, pytest.mark.once]
RECEIVED = ".original:not(h1)"  # the title is not in the text as received


def page(client, path):
    response = client.get(path)
    assert response.status_code == 200
    return LexborHTMLParser(response.text)


def metas(tree):
    return {node.attributes["name"]: node.attributes["content"] for node in tree.css("meta[name]")}


def test_every_page_takes_the_same_number_of_queries_at_1_45_and_60_regions(client):
    for step in (correct_one_region, make_regions_up_to_60, keep_one_region):
        step()
        assert {path: queries(client, path) for path in PAGES} == PAGES
        assert {path: queries(client, path, *FORGOTTEN) for path in FIRST} == FIRST


def test_first_page_after_a_change_takes_the_same_number_of_queries_at_45_and_60_regions(
    client, django_assert_num_queries
):
    for step in (lambda: None, make_regions_up_to_60):
        step()
        Topic.objects.get(slug="rule-of-law").save()
        client.get("/regions/")
        Topic.objects.get(slug="rule-of-law").save()
        with django_assert_num_queries(17):
            client.get("/regions/")


def test_area_is_drawn_anew_for_another_day_and_another_address(client, monkeypatch, settings):
    settings.ALLOWED_HOSTS = ["*"]
    area = make.make_reporting_area()
    path, year = area.get_absolute_url(), area.notice.reports_until.year
    days = [datetime.date(year, 4, 30), datetime.date(year + 1, 4, 30)]

    for day, words in zip(days, ("其中1期过了期限", "其中5期过了期限"), strict=True):
        monkeypatch.setattr(timezone, "localdate", lambda day=day: day)
        assert words in page(client, path).css_first("#reports + p").text()
    for host in ("testserver", "example.cn"):
        article = LexborHTMLParser(client.get(path, headers={"host": host}).text).css_first("article")
        assert f"http://{host}{path}" in article.css_first("#citation-gbt7714").text()
    assert client.get("/regions/none/").status_code == client.get("/regions/none/").status_code == 404


@pytest.mark.parametrize("path", PAGES)
def test_page_has_one_h1_a_language_and_its_metadata(client, path):
    tree = page(client, path)
    said = metas(tree)

    assert len(tree.css("h1")) == 1
    assert tree.css_first("html").attributes["lang"] == ("en" if path == "/en/" else "zh-Hans")
    assert said["SiteName"] == "生态文明先行示范区名录"
    assert said["SiteDomain"] == "testserver"
    assert "SiteIDCode" not in said
    assert {"ColumnName", "ColumnDescription", "ColumnKeywords", "ColumnType"} <= said.keys()
    assert "本站依据公开文件整理" in tree.css_first("footer").text()


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/", "首页"), (NOTICE, "政策文件"), ("/regions/", "数据发布"), ("/about/", "政策解读")],
)
def test_column_type_is_one_of_the_regulations(client, path, kind):
    assert metas(page(client, path))["ColumnType"] == kind


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/regions/", "先行示范地区"),
        ("/regions/?q=湿地", "先行示范地区"),
        ("/regions/?province=beijing&q=没有这样的词", "先行示范地区"),
        ("/regions/beijing-huairou/", "先行示范地区"),
        ("/compare/", "地区比较"),
        ("/compare/?region=beijing-huairou&region=jing-jin-ji", "地区比较"),
        ("/provinces/xinjiang/", "省份"),
        ("/topics/ecological-red-lines/", "主题"),
        ("/systems/other/", "制度"),
        ("/ministries/mep/", "发文机关"),
        (NOTICE, "通知"),
        ("/changes/?page=1", "更正记录"),
    ],
)
def test_column_name_is_the_column_whatever_is_found_in_it(client, path, name):
    assert metas(page(client, path))["ColumnName"] == name


@pytest.mark.parametrize("path", [NOTICE, "/regions/beijing-huairou/"])
def test_content_page_has_article_metadata(client, path):
    said = metas(page(client, path))

    assert said["PubDate"] == "2015-12-31"
    assert said["ArticleTitle"]
    assert said["ContentSource"]
    assert said["Url"] == f"http://testserver{path}"


@pytest.mark.parametrize("path", [path for path in PAGES if path not in ("/", "/sitemap/")])
def test_breadcrumb_starts_at_home(client, path):
    trail = page(client, path).css_first(".breadcrumb")

    assert " ".join(trail.text().split()).startswith("当前位置： 首页 >")


def test_home_figures_are_computed(client):
    Topic.objects.get(slug="rule-of-law").delete()
    Region.objects.get(serial=28).delete()

    tree = page(client, "/")

    assert tree.css_first(".figures").text() == "44个地区，分布在26个省区市，各试2到4项，共128项制度创新重点。"
    assert "九个部门" in tree.css_first(".lead").text()
    assert "24个主题" in tree.css_first("#topics ~ p").text()


def test_home_tiles_are_the_34_units_with_their_areas(client):
    tiles = {
        tile.css_first(".tile__name").text(): " ".join(tile.text().split()) for tile in page(client, "/").css(".tile")
    }

    assert len(tiles) == 34
    assert tiles["新疆"] == "新疆 昭苏 哈巴河 阿拉尔3个地区，其中兵团1个"
    assert tiles["台湾"] == "台湾 0个地区"


def test_home_says_the_tiles_as_a_list_too_in_the_order_of_provinces(client):
    tree = page(client, "/")
    tiles = {tile.css_first("a").attributes["href"] for tile in tree.css(".tile")}
    listed = [line.css_first("a") for line in tree.css(".tile-list li")]

    assert {link.attributes["href"] for link in listed} == tiles
    assert [link.text() for link in listed] == list(
        Province.objects.province_level().order_by("position").values_list("name", flat=True)
    )
    assert "新疆维吾尔自治区 3个：昭苏、哈巴河、阿拉尔" in [line.text() for line in tree.css(".tile-list li")]


def test_home_ranks_the_topics_and_tells_of_the_other_system_last(client):
    tree = page(client, "/")
    counts = [int(node.text().removesuffix("项")) for node in tree.css(".rank__count")]

    assert len(counts) == 25
    assert counts == sorted(counts, reverse=True)
    assert tree.css_first(".rank rect[width='100%']") is not None
    other = System.objects.get(is_other=True)
    assert f"另有{other.priorities.count()}项没有归入" in tree.css_first(".rank__note").text()


@pytest.mark.parametrize("query", ["", "?text=raw"])
def test_every_paragraph_and_line_of_the_notice_has_its_address(client, query):
    tree = page(client, NOTICE + query)
    places = tree.css(".paragraph[id], .document-head__number[id], .annex tbody tr[id], .annex__line[id]")

    assert len(places) == 14 + 45 + 130
    for place in places:
        assert place.css_first(f'a[data-address][href="#{place.attributes["id"]}"]') is not None


def test_notice_publishes_every_letter_of_the_source_in_order(client):
    source = letters(source_path(BATCH_TWO).read_text(encoding="utf-8"))
    for query in ("", "?text=raw"):
        shown = "".join(node.text() for node in page(client, NOTICE + query).css(f".document {RECEIVED}"))
        assert letters(shown) == source


def test_notice_raw_text_is_shown_as_received(client):
    source = source_path(BATCH_TWO).read_text(encoding="utf-8")

    addressees = page(client, f"{NOTICE}?text=raw").css_first("#addressees .original").text()

    assert addressees == source.split("\n")[1]


def test_document_block_keeps_its_order_and_claims_nothing_unknown(client):
    rows = page(client, NOTICE).css(".document-block > div")
    said = {row.css_first("dt").text(): row.css_first("dd").text() for row in rows}

    assert list(said) == ["发文机关", "成文日期", "标题", "发文字号", "其余5项"]
    assert said["其余5项"] == "原文未标注：索引号、主题分类、发布日期、主题词、有效性"
    assert said["成文日期"] == "2015年12月31日"
    assert said["发文机关"].startswith("国家发展和改革委员会、科技部、财政部")
    assert "据该通知的多处转载补入" in said["标题"]


def test_notice_says_that_it_is_historical(client):
    assert "历史文件，机构和区划都是当时的名称。" in page(client, NOTICE).css_first(".document-head").text()


def test_document_block_says_of_a_document_what_it_has(client):
    make.overwrite(
        Notice.objects,
        index_number="000",
        published_on="2016-01-04",
        subject_words="环境",
        catalogue_source="国函〔2016〕98号",
    )

    rows = page(client, NOTICE).css(".document-block > div")

    assert [rows[place].css_first("dt").text() for place in (0, -3, -2)] == ["索引号", "主题词", "目录信息"]
    assert rows[-2].css_first("dd").text().strip() == "出处：国函〔2016〕98号"
    assert rows[-1].css_first("dd").text() == "原文未标注：主题分类、有效性"


def test_each_cited_document_is_linked_once_where_the_notice_cites_it(client):
    tree = page(client, NOTICE)

    links = tree.css(".document .paragraph .original a")

    assert [link.text() for link in links] == [row.title for row in Citation.objects.order_by("position")]
    for link in links:
        item = tree.css_first(link.attributes["href"])
        assert link.text() in item.text()
        assert link.text() in tree.css_first(item.css_first("a").attributes["href"]).text()
    assert page(client, f"{NOTICE}?text=raw").css(".paragraph .original a") == []


def test_contents_have_a_character_and_a_name_for_each_part(client):
    items = page(client, NOTICE).css(".toc a")

    assert "".join(item.css_first("b").text() for item in items) == "引一二三四五六附"
    assert [item.css_first(".toc__label").text(strip=True) for item in items][::7] == ["引言", "附件"]


def test_address_of_a_paragraph_is_no_stop_of_the_tab_key_but_among_its_citations(client):
    anchors = page(client, NOTICE).css("a[data-address]")
    cited = {link.attributes["href"] for link in page(client, f"{NOTICE}cite/").css("main a")}

    assert {anchor.attributes["tabindex"] for anchor in anchors} == {"-1"}
    for section in Section.objects.all():
        assert f"{NOTICE}#{section.anchor}" in cited


def test_notice_contents_lead_to_every_paragraph(client):
    tree = page(client, NOTICE)

    for link in tree.css(".toc a"):
        assert tree.css_first(link.attributes["href"]) is not None
    assert len(tree.css(".paragraph")) == 13  # and the number, in the head


def test_region_page_shows_the_record(client):
    tree = page(client, "/regions/jing-jin-ji/")
    text = tree.css_first("main").text()

    assert tree.css_first("h1").text() == "京津冀协同共建地区（北京平谷、天津蓟县、河北廊坊北三县）"
    first = tree.css_first(".line .original").text()
    assert first == "创新区域联动机制，探索京津冀生态文明制度建设协同模式"
    assert [node.attributes["id"] for node in tree.css(".line")] == ["priority-1", "priority-2", "priority-3"]
    for words in (
        "120225 → 120119",
        "北京市、天津市、河北省",
        "通知没有逐一列明“廊坊北三县”（见通知原文）；按通行的说法，包括三河市、大厂回族自治县、香河县。",
        "按通行说法",
        "国函〔2016〕98号",
        "由5个县、市、区组成",
    ):
        assert words in text


@pytest.mark.parametrize(
    ("slug", "members"),
    [
        ("jing-jin-ji", "平谷区、蓟县（今蓟州区）、三河市、大厂回族自治县、香河县"),
        ("jiangsu-nantong", "南通市，全市都在内"),
        ("hunan-ningxiang", "宁乡县（今宁乡市），全县都在内"),
        ("liaoning-benxi", "本溪满族自治县，全县都在内"),
        ("bingtuan-alaer", "阿拉尔市"),
        ("shandong-qingdao-hongdao", "青岛红岛经济区，在青岛市"),
        ("guangdong-shenzhen-dongbuwanqu", "盐田区、大鹏新区"),
        ("sichuan-jialingjiang", "通知未列明组成市县，本站不作推定（见通知原文）。"),
    ],
)
def test_region_page_says_in_one_line_what_belongs_to_it(client, slug, members):
    tree = page(client, f"/regions/{slug}/")

    assert tree.css_first(".members").text() == members


KEPT = {}  # the record as loaded gives the same pages to every test: one walk is enough


@pytest.fixture
def words(client):
    """What the page of each area says, as loaded: by the area's serial."""
    if not KEPT:
        for region in Region.objects.all():
            KEPT[region.serial] = page(client, region.get_absolute_url()).css_first("main").text()
    return KEPT


def test_region_page_names_today_only_what_was_renamed(words):
    renamed = ("jing-jin-ji", "hunan-ningxiang", "shaanxi-shenmu")
    for region in Region.objects.all():
        assert ("（今" in words[region.serial]) is (region.slug in renamed)
        assert "现为" not in words[region.serial]


def test_region_page_counts_no_parts_where_one_of_them_is_not_verified(client):
    make.overwrite(
        Region.objects.get(slug="jing-jin-ji").divisions.filter(name_then="三河市"), verification="unverified"
    )

    text = page(client, "/regions/jing-jin-ji/").css_first("main").text()

    assert "查有出处的组成部分：" in text
    assert "组成：" not in text


@pytest.mark.parametrize(
    ("slug", "says"),
    [
        ("fujian", "福建省没有地区列入第二批生态文明先行示范区名单。"),
        ("zhejiang", "浙江省的生态文明先行示范区及其制度创新重点。"),
    ],
)
def test_province_is_shared_as_what_it_has(client, slug, says):
    tree = page(client, f"/provinces/{slug}/")

    for name in ("[name=description]", "[property='og:description']", "[name='twitter:description']"):
        assert tree.css_first(f"meta{name}").attributes["content"] == says


def test_province_says_once_whose_words_its_duties_are(client):
    assert page(client, "/provinces/hebei/").css_first("main").text().count("是通知的原话") == 1


def test_region_page_says_where_the_notice_names_it(words):
    assert len(words) == 45
    assert [serial for serial in words if "通知正文提到它" in words[serial]] == [4, 30, 34, 35, 36]
    assert "建立统一协调、分工明确、运转高效的推进机制" in words[Region.objects.get(slug="jing-jin-ji").serial]
    assert "明确目标责任" in words[Region.objects.get(slug="liaoning-benxi").serial]
    assert all("6项要求也要做" in text for text in words.values())


def test_region_page_tells_original_and_classification_apart(client):
    for number, confidence in ((1, "high"), (2, "medium"), (3, "low")):
        make.overwrite(Priority.objects.filter(region__slug="beijing-huairou", number=number), confidence=confidence)
    tree = page(client, "/regions/beijing-huairou/")

    for line in tree.css(".line"):
        assert line.css_first(".original").css_first("a") is None
        assert line.css_first(".own .original") is None
        assert [link.attributes["href"].split("/")[1] for link in line.css(".line__topics a")]
    assert ["归类存疑" in line.text() for line in tree.css(".line")] == [False, True, True]
    assert "小字是本站归入的主题" in tree.css_first("main").text()


def test_area_has_its_citation_at_hand_to_copy(client):
    tree = page(client, "/regions/beijing-huairou/")

    assert tree.css_first("a[href='#cite']").attributes["data-cite"] == tree.css_first("#citation-gbt7714").text()


def test_line_is_cited_where_it_stands(client):
    lines = page(client, "/regions/beijing-huairou/").css(".line__act[data-cite]")

    for number, link in enumerate(lines, 1):
        assert link.attributes["href"] == f"/regions/beijing-huairou/cite/#priority-{number}"
        assert link.attributes["data-cite"].startswith("国家发展和改革委员会")
        assert f"/regions/beijing-huairou/#priority-{number}" in link.attributes["data-cite"]


@pytest.mark.parametrize(
    ("slug", "hidden"),
    [
        ("chongqing-daloushan", ["未能核实", "三次检索"]),
        ("sichuan-chuanxibei", ["阿坝", "甘孜", "513200"]),
        ("sichuan-jialingjiang", ["南充", "广安", "绵阳"]),
        ("shaanxi-xian-chanba", ["国际港", "灞桥区", "未央区", "129平方公里"]),
        ("shandong-qingdao-hongdao", ["160平方公里", "高新区"]),
    ],
)
def test_region_page_never_shows_what_is_not_verified(client, slug, hidden):
    tree = page(client, f"/regions/{slug}/")
    tree.css_first("section[aria-labelledby=after]").decompose()  # what was published later names whom it likes
    text = tree.css_first("main").text()

    assert not [words for words in hidden if words in text]
    assert "通知" in text


@pytest.mark.parametrize("slug", ["chongqing-daloushan", "sichuan-chuanxibei", "sichuan-jialingjiang"])
def test_region_page_says_what_the_notice_leaves_open(client, slug):
    assert "通知未列明" in page(client, f"/regions/{slug}/").css_first(".members").text()


def test_internal_notes_are_on_no_page(client):
    make.overwrite(Region.objects, internal_note="内部线索甲乙丙")
    make.overwrite(Priority.objects, classification_note="内部线索甲乙丙")

    for path in [*PAGES, "/regions/jing-jin-ji/"]:
        assert "内部线索" not in client.get(path).text


@pytest.mark.parametrize(
    ("slug", "serials"), [("xinjiang", [43, 44, 45]), ("bingtuan", [45]), ("hebei", [3, 4]), ("fujian", [])]
)
def test_province_page_rolls_up_what_lies_in_it(client, slug, serials):
    cards = page(client, f"/provinces/{slug}/").css(".card__serial")

    assert [int(card.text()) for card in cards] == serials


@pytest.mark.parametrize(
    ("slug", "words"),
    [
        ("fujian", "未列入通知主送机关"),
        ("fujian", "福建没有地区在这一批名单里"),
        ("fujian", "通知的主送机关里没有福建省"),
        ("fujian", "通知没有写明原因，本站不作推定"),
        ("liaoning", "列入通知主送机关（第6个）"),
        ("liaoning", "每年12月底前形成年度总结"),
        ("liaoning", "加强先行示范工作跟踪并监督实施"),
        ("bingtuan", "没有 GB/T 2260 代码"),
        ("dalian", "位于辽宁省"),
    ],
)
def test_province_page_says(client, slug, words):
    shown = "".join(page(client, f"/provinces/{slug}/").css_first("main").text().split())

    assert "".join(words.split()) in shown


def test_topic_page_quotes_every_areas_own_words(client):
    for topic in Topic.objects.all():
        shown = [node.text() for node in page(client, topic.get_absolute_url()).css(".quote .original")]
        own = topic.priorities.order_by("region__serial", "number").values_list("text", flat=True)
        assert shown == list(own)


def test_ministry_page_shows_then_and_now(client):
    text = page(client, "/ministries/mep/").css_first("main").text()

    assert "生态环境部" in text
    assert "中华人民共和国环境保护部" not in text
    files = [link.attributes["href"] for link in page(client, "/ministries/mep/").css("a[download]")]
    assert files == [f"/ministries/mep.{kind}" for kind in ("csv", "xlsx", "json")]
    names = {row.text(strip=True) for row in page(client, "/ministries/").css("tbody th")}
    assert {"科技部当时的名称：科学技术部", "住房城乡建设部当时的名称：住房和城乡建设部", "财政部"} <= names
    assert len(page(client, "/ministries/").css("tbody tr")) == Ministry.objects.count() == 9


def test_list_says_its_count_in_heading_and_title(client):
    tree = page(client, "/regions/?q=湿地")

    assert tree.css_first("h1").text() == "4个地区要试与“湿地”有关的事。"
    assert tree.css_first("title").text() == "“湿地”的结果（8处） - 生态文明先行示范区名录"


def test_list_of_the_batch_has_no_pager_and_a_longer_one_keeps_every_parameter(client):
    assert not page(client, "/regions/").css(".pager")
    make_regions_up_to_60()
    for _ in range(5):
        make.make_region()

    link = page(client, "/regions/?sort=province").css_first(".pager a").attributes["href"]
    second = client.get(link)

    assert link == "/regions/?sort=province&page=2"
    assert len(second.context["list"]) == 5
    assert second.context["canonical"] == f"http://testserver{link}"
    assert 'href="/regions/?sort=province">1</a>' in second.text


def test_pager_of_a_long_list_stays_short(client, monkeypatch):
    monkeypatch.setattr("pilots.pages.regions.PAGE_SIZE", 1)

    pager = page(client, "/regions/?page=20").css_first(".pager")

    assert pager.text().split() == ["1", "2", "…", "17", "18", "19", "20", "21", "22", "23", "…", "44", "45"]
    assert pager.css_first("strong").text() == "20"


def test_list_escapes_what_was_typed(client):
    response = client.get("/regions/", {"q": "<script>alert(1)</script>", "province": "<b>"})

    assert "<script>" not in response.text
    assert "<b>" not in response.text
    assert "已忽略无法识别的筛选" in response.text


@pytest.mark.parametrize(
    "query",
    ["province=" + "&province=".join(["x"] * 1000), "q=%ED%A0%80", "province[]=x&sort[]=y", "&&=&;"],
)
def test_list_never_fails(client, query):
    assert client.get(f"/regions/?{query}").status_code == 200


def test_facets_are_fieldsets_with_legends(client):
    form = page(client, "/regions/").css_first("form.filters")

    assert len(form.css("fieldset > legend")) == 5
    assert form.attributes.get("method", "get") == "get"


@pytest.mark.parametrize(
    ("moment", "said"),
    [("2026-12-31T15:59:00+00:00", "2026年12月31日 23:59"), ("2026-12-31T16:01:00+00:00", "2027年1月1日 00:01")],
)
def test_dates_are_those_of_shanghai(admin_client, admin_user, moment, said):
    admin_user.last_login = datetime.datetime.fromisoformat(moment)
    admin_user.save(update_fields=["last_login"])

    assert said in admin_client.get("/admin/auth/user/").text


def test_operator_marks_are_rendered_only_when_set(client, settings):
    assert "主办单位" not in client.get("/").text
    settings.SITE = settings.SITE | {"operator": "某厅", "icp_number": "京ICP备1号", "id_code": "1100000001"}

    text = client.get("/").text

    assert "主办单位：某厅" in text
    assert "京ICP备1号" in text
    assert 'name="SiteIDCode" content="1100000001"' in text


def test_large_text_survives_navigation_without_splitting_the_cache(client):
    assert "--text-scale" not in client.get("/text-size.css").text

    response = client.get("/text-size/large/?back=/regions/%3Fq%3D1")

    assert (response.status_code, response.headers["Location"]) == (302, "/regions/?q=1")
    style = client.get("/text-size.css")
    assert "--text-scale" in style.text
    assert style.headers["Cache-Control"] == "private, no-cache"
    assert "Cookie" in style.headers["Vary"]
    assert "Cookie" not in client.get("/regions/").headers["Vary"]
    client.get("/text-size/medium/")
    assert "--text-scale:1.17" in client.get("/text-size.css").text
    client.get("/text-size/standard/")
    assert "--text-scale" not in client.get("/text-size.css").text


def test_page_of_a_refusal_offers_large_text_and_leads_back(client):
    link = LexborHTMLParser(client.get("/nope/?q=1").text).css_first(".text-size__large")

    assert link.attributes["href"] == "/text-size/large/?back=/nope/%3Fq%3D1"


@pytest.mark.parametrize("name", ["400.html", "500.html", "503.html"])
def test_page_that_needs_nothing_of_the_site_has_large_text_too(name):
    sheets = LexborHTMLParser(render_to_string(name)).css("link[rel=stylesheet]")

    assert [sheet.attributes["href"] for sheet in sheets] == ["/text-size.css"]


def test_text_size_leads_back_to_the_form_that_was_read_and_keeps_equal_pages_equal(client):
    raw = page(client, f"{NOTICE}?text=raw").css_first(".text-size__large").attributes["href"]
    queries = ("kind=county&q=水", "q=水&utm_source=x&kind=county")
    first, second = (client.get(f"/regions/?{query}") for query in queries)

    assert client.get(raw).headers["Location"] == f"{NOTICE}?text=raw"
    assert first.headers["ETag"] == second.headers["ETag"]


@pytest.mark.parametrize(
    "back", ["https://evil.example/", "//evil.example/", "\\\\evil.example", "javascript:alert(1)", ""]
)
def test_large_text_never_leads_off_the_site(client, back):
    assert client.get("/text-size/large/", {"back": back}).headers["Location"] == "/"


def test_unknown_text_size_is_404(client):
    assert client.get("/text-size/huge/").status_code == 404


def test_server_error_page_is_chinese_and_needs_no_database(client, monkeypatch):
    client.raise_request_exception = False
    monkeypatch.setattr(Notice.objects, "prefetch_related", None)
    monkeypatch.setattr("pilots.pages.home.cached", None)

    response = client.get("/")

    assert response.status_code == 500
    assert "服务暂时出错" in response.text
    assert "Traceback" not in response.text


def test_foreign_host_is_400_in_chinese(client):
    response = client.get("/", headers={"host": "evil.example"})

    assert response.status_code == 400
    assert "请求无法处理" in response.text


def test_page_has_a_strict_content_security_policy(client):
    policy = dict(part.split(" ", 1) for part in client.get("/").headers["Content-Security-Policy"].split("; "))

    assert policy["default-src"] == "'self'"
    assert "unsafe" not in str(policy)


def test_policy_has_one_order_in_every_process(client, monkeypatch):
    class Backwards(list):  # django-csp's set of directives, as one process or another may order it
        def __init__(self, names):
            super().__init__(sorted(names, reverse=True))

    monkeypatch.setattr("csp.utils.set", Backwards, raising=False)

    assert client.get("/").headers["Content-Security-Policy"] == (
        "base-uri 'none'; default-src 'self'; form-action 'self'; frame-ancestors 'none'"
    )


def test_refusal_is_in_chinese_and_never_stored(admin_client):
    response = admin_client.get("/admin/pilots/loadedrow/add/")

    assert response.status_code == 403
    assert "没有权限" in response.text
    assert "no-store" in response.headers["Cache-Control"]


def test_form_without_a_token_is_refused_in_chinese_without_inline_style(client):
    response = Client(enforce_csrf_checks=True).post("/admin/login/", {"username": "a", "password": "b"})

    assert response.status_code == 403
    assert "表单已过期" in response.text
    assert "<style" not in response.text


def test_page_of_an_empty_record_answers(client, bare, subtests):
    for path in (
        "/",
        "/notices/",
        "/regions/",
        "/regions/?q=水",
        "/provinces/",
        "/topics/",
        "/matrix/",
        "/compare/",
        "/about/",
    ):
        with subtests.test(path):
            assert client.get(path).status_code == 200


def test_style_page_is_for_development_only(client, settings):
    assert client.get("/style/").status_code == 404
    settings.DEBUG = True

    tree = page(client, "/style/")

    for part in ("button", "chip", "facet", "card", "table", "tile", "record", "banner", "pager", "toc", "empty"):
        assert tree.css_first(f".{part}") is not None, part


@pytest.mark.parametrize(
    ("slug", "inside"),
    [("chongqing", "市里"), ("shenzhen", "市里"), ("hubei", "省里"), ("guangxi", "自治区里"), ("bingtuan", "兵团")],
)
def test_what_is_asked_of_a_unit_is_asked_of_its_kind(client, slug, inside):
    headings = [node.text() for node in LexborHTMLParser(client.get(f"/provinces/{slug}/").text).css("h2")]

    assert f"通知要求{inside}做什么" in headings


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/topics/ecological-compensation/", "通知没有这样分，是本站归类"),
        ("/systems/market-system/", "八项制度之一。7个地区、7项重点，分布在7个省级单位。哪一项归入这里，由本站决定"),
    ],
)
def test_theme_says_whose_it_is_and_sizes_are_read_once(client, path, says):
    tree = LexborHTMLParser(client.get(path).text)

    assert says in tree.css(".heading__lead")[-1].text()
    assert tree.css_first(".heading__lead a").attributes["href"] == "/about/#own"
    assert (len(tree.css(".take .visually-hidden")), len(tree.css(".take .note[aria-hidden=true]"))) == (3, 1)
    assert [node for node in tree.css(".theme__places ul") if len(node.css("li")) == 1] == []


def test_topic_is_defined_where_its_definition_has_a_source_and_only_there(client):
    def heading():
        tree = LexborHTMLParser(client.get("/topics/ecological-compensation/").text)
        return "".join(line.strip() for line in tree.css_first(".heading").text().splitlines())

    source = "国务院办公厅《关于健全生态保护补偿机制的意见》，国办发〔2016〕31号"
    assert f"谁受益，谁补偿。释义是本站写的。出处：{source}" in heading()
    assert client.get("/topics/ecological-compensation.json").json()["definition"].endswith("谁补偿。")
    topic = Topic.objects.get(slug="ecological-compensation")
    topic.definition_source = "某网友"
    topic.save()
    assert "谁受益" not in heading()
    assert not client.get("/topics/ecological-compensation.json").json()["definition"]


def test_areas_alike_stand_below_not_beside_what_an_area_tries(client):
    tree = LexborHTMLParser(client.get("/regions/hubei-jingzhou/").text)

    assert tree.css_first("aside #related") is None
    assert len(tree.css("section[aria-labelledby=related] li")) == 5
