"""Places by the names that residents use, and what is true of them."""

import pytest
from selectolax.lexbor import LexborHTMLParser

pytestmark = pytest.mark.django_db


def asked(client, query):
    return client.get("/api/v1/search/", {"q": query, "page_size": 60}).json()


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("科左中旗", "科尔沁左翼中旗"),
        ("察右前旗", "察哈尔右翼前旗"),
        ("土左旗", "土默特左旗"),
        ("鄂前旗", "鄂托克前旗"),
        ("东乌旗", "东乌珠穆沁旗"),
        ("莫旗", "莫力达瓦达斡尔族自治旗"),
        ("鄂温克旗", "鄂温克族自治旗"),
        ("鄂温克", "鄂温克族自治旗"),
        ("喀左", "喀喇沁左翼蒙古族自治县"),
        ("喀左县", "喀喇沁左翼蒙古族自治县"),
        ("阜蒙县", "阜新蒙古族自治县"),
        ("塔县", "塔什库尔干塔吉克自治县"),
    ],
)
def test_county_is_found_by_what_it_is_called_for_short(client, query, name):
    answer = asked(client, query)["answer"]

    assert answer["kind"] == "not-listed"
    assert answer["text"].startswith(name)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("阿旗", ("阿鲁科尔沁旗", "阿荣旗")),
        ("达旗", ("达拉特旗", "达尔罕茂明安联合旗")),
        ("东乡", ("抚州市东乡县", "临夏回族自治州东乡族自治县")),
        ("Chaoyang District", ("北京市朝阳区", "长春市朝阳区", "汕头市潮阳区")),
    ],
)
def test_places_of_one_short_name_are_all_named(client, query, names):
    page = client.get("/regions/", {"q": query}).text

    assert f"叫“{query}”的有几处" in page
    assert [name for name in names if name not in page] == []


def test_pinyin_of_a_common_word_is_no_banner(client):
    assert asked(client, "daqi")["answer"]["kind"] == "subject"


@pytest.mark.parametrize(
    ("query", "suggestion", "serial"), [("杜丹江", "牡丹江", 13), ("詹州", "儋州", 33), ("泰皇岛", "秦皇岛", 3)]
)
def test_name_with_a_character_that_looks_alike_is_understood(client, query, suggestion, serial):
    data = asked(client, query)

    assert data["suggestion"] == suggestion
    assert [row["serial"] for row in data["results"]] == [serial]


@pytest.mark.parametrize(
    ("query", "kind", "serials", "text"),
    [
        ("Jilin City", "listed", [11], "吉林市在第二批名单里，第11号。"),
        ("Jilin City, Jilin", "listed", [11], "吉林市在第二批名单里"),
        ("Jilin Province", "province", [11, 12], "吉林省有2个"),
        ("Shanxi Province", "province", [5, 6], "山西省有2个"),
        ("Shaanxi Province", "province", [38, 39], "陕西省有2个"),
        ("Xi'an Chanba Ecological District", "listed", [38], "西安浐灞生态区"),
        ("carbon", "subject", [3, 24, 41], "按英文名称查到3个地区（“低碳与碳交易”）。"),
        ("emission trading", "subject", [24, 41], "“碳交易”"),
        ("pollution", "subject", [20, 27], "“水污染”"),
        ("aletai", "contains", [44], "阿勒泰地区"),
    ],
)
def test_english_names_are_answered_as_what_they_stand_for(client, query, kind, serials, text):
    data = asked(client, query)

    assert data["answer"]["kind"] == kind
    assert text in data["answer"]["text"]
    assert [row["serial"] for row in data["results"]] == serials


@pytest.mark.parametrize("query", ["莱芜", "莱芜市"])
def test_place_that_joined_a_listed_city_later_is_said_to_have(client, query):
    answer = asked(client, query)["answer"]

    assert answer["kind"] == "not-listed"
    assert "莱芜区今属济南市（第21号），印发时莱芜市不属济南市。" in answer["text"]
    assert "今山东省莱芜区" not in answer["text"]


def test_place_that_is_newer_than_the_notice_is_said_to_be(client):
    answer = asked(client, "莱芜区")["answer"]

    assert answer["kind"] == "within"
    assert "莱芜区今属济南市" in answer["text"]
    assert "印发时还没有这个名称，当时的莱芜市不属济南市。" in answer["text"]


@pytest.mark.parametrize("query", ["达州", "巴中", "通江县", "成都"])
def test_place_beside_areas_without_named_members_is_told_of_them(client, query):
    answer = asked(client, query)["answer"]

    assert "通知没有列明第35号“川西北地区”、第36号“嘉陵江流域”由哪些市、县组成。" in answer["text"]


def test_no_other_province_is_told_of_them(client):
    assert "没有列明" not in asked(client, "安吉")["answer"]["text"]


@pytest.mark.parametrize(
    "query", ["多少个县", "多少个县入选", "有多少个县在名单里", "一共多少个县和区", "多少个县级市入选了"]
)
def test_number_of_counties_is_told_in_a_short_sentence(client, query):
    page = LexborHTMLParser(client.get("/regions/", {"q": query}).text)

    assert page.css_first("h1").text() == "第二批共45个地区，其中县6个、市27个、区4个。"
    assert "县5个、自治县1个；其余8个的类型没有核实。" in page.css_first(".reply__limit").text()


def test_marks_in_a_question_are_inner_ones(client):
    page = LexborHTMLParser(client.get("/regions/", {"q": "要试与“开发区”有关"}).text)

    assert page.css_first("h1").text() == "2个地区要试与“开发区”有关的事。"
    assert "“要试与‘开发区’有关”按“开发区”查。" in page.css_first(".reply__limit").text()


def test_page_without_hits_says_so_once(client):
    page = LexborHTMLParser(client.get("/regions/", {"q": "区块链"}).text)

    assert page.css_first("h1").text() == "本站没有查到“区块链”。"
    assert "没有符合的地区" not in page.css_first("main").text()


@pytest.mark.parametrize(
    ("query", "verdict"), [("湿地", "查到8处，其中4个地区"), ("生态补偿", "查到36处，其中17个地区")]
)
def test_verdict_says_what_it_counts(client, query, verdict):
    page = LexborHTMLParser(client.get("/regions/", {"q": query}).text)

    assert page.css_first(".reply__verdict").text().strip() == verdict


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("廊坊", "列入的是第4号京津冀协同共建地区里的三河市、大厂回族自治县、香河县（通行的说法）。"),
        ("深圳", "列入的是第30号深圳东部湾区。"),
        ("西安", "列入的是第38号西安浐灞生态区。"),
    ],
)
def test_city_is_told_which_of_its_places_are_in_an_area_beyond_it(client, query, text):
    assert text in asked(client, query)["answer"]["text"]


@pytest.mark.parametrize(
    ("query", "serials", "text"),
    [
        ("湿地和秸秆", [26], "“湿地”“秸秆”都写到的有1个地区。"),
        ("湿地与碳交易", [41], "“湿地”“碳交易”都写到的有1个地区。"),
    ],
)
def test_subjects_joined_by_a_word_are_both_meant(client, query, serials, text):
    data = asked(client, query)

    assert data["answer"]["text"].startswith(text)
    assert [row["serial"] for row in data["results"]] == serials


@pytest.mark.parametrize(
    ("query", "kind", "serials"),
    [("谁来报", "duty", []), ("养鸡", "subject", [28]), ("河长", "subject", [2, 15, 20])],
)
def test_everyday_words_are_answered(client, query, kind, serials):
    data = asked(client, query)

    assert data["answer"]["kind"] == kind
    assert [row["serial"] for row in data["results"]] == serials
