"""Questions in everyday words: several numbers, whose people we are, what areas don't have."""

import pytest

from pilots.models import Region
from pilots.search.cards import cards
from pilots.search.filters import RegionFilter

from ..queries import typed

pytestmark = pytest.mark.django_db
WETLANDS = {18, 26, 41, 43}


def ask(query):
    filterset = RegionFilter(typed(q=query))
    return filterset.reply, [card.serial for card in cards(filterset.selection()[:], filterset.state)]


@pytest.mark.parametrize(
    ("query", "serials", "text"),
    [
        ("第3号 第4号", [3, 4], "第3号：河北省秦皇岛市；第4号：京津冀协同共建地区（"),
        ("3号、4号", [3, 4], "第3号：河北省秦皇岛市；第4号："),
        ("第3号和第4号", [3, 4], "第3号："),
        ("第三、四号", [3, 4], "第3号："),
        ("第3号到第5号", [3, 4, 5], "第5号：山西省朔州市平鲁区。"),
        ("第1-9号", list(range(1, 10)), "第6号：山西省孝义市；等等，共9个。"),
        ("第99号 第3号", [3], "第3号：河北省秦皇岛市；第二批没有第99号"),
        ("第18号、第26号的湿地", [18, 26], "第26号：湖北省荆州市。这2个地区都写到“湿地”。"),
        ("第3号 第4号 湿地", [3, 4], "那里没有写到“湿地”的内容；别处有4个地区写到“湿地”。"),
        ("第3号 湿地 第4号", [3, 4], "那里没有写到“湿地”的内容；别处有4个地区写到“湿地”。"),
        ("第12号 补偿 宁波", [12], "宁波市在第二批名单里，第18号。其中1个地区写到“补偿”。"),
        ("第12号 宁波 补偿", [12], "宁波市在第二批名单里，第18号。其中1个地区写到“补偿”。"),
        ("补偿，第12号，宁波", [12], "宁波市在第二批名单里，第18号。其中1个地区写到“补偿”。"),
        ("宁波 第26号 湿地", [18, 26], "第26号：湖北省荆州市。宁波市在第二批名单里，第18号。这2个地区都写到"),
        ("宁波 湿地 第 26 号", [18, 26], "第26号：湖北省荆州市。宁波市在第二批名单里，第18号。这2个地区都写到"),
        ("第12号 宁波 蓟县 红线", [4], "其中1个地区写到“红线”。"),
        ("3-5号 -4号", [3, 5], "除去“4号”，还有2个地区。"),
    ],
)
def test_several_numbers_are_answered_together(query, serials, text):
    reply, found = ask(query)

    assert (reply.kind, found, text in reply.text) == ("serial", serials, True), reply.text


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("济南人", "济南市在第二批名单里，第21号。"),
        ("我是济南人", "济南市在第二批名单里，第21号。"),
        ("济南市民", "济南市在第二批名单里，第21号。"),
        ("平谷人在不在名单里", "平谷区在第二批名单里，属于第4号“京津冀协同共建地区”。"),
        ("济南人口", "济南市在第二批名单里，第21号。没有查到“人口”。"),
    ],
)
def test_people_of_a_place_are_that_place(query, text):
    reply, _ = ask(query)

    assert (reply.kind, reply.text) == ("listed", text)


@pytest.mark.parametrize("query", ["有湿地", "有湿地吗", "湿地有", "湿地有哪些"])
def test_to_have_is_no_part_of_a_subject(query):
    reply, serials = ask(query)

    assert (reply.text, set(serials)) == ("4个地区要试与“湿地”有关的事。", WETLANDS)
    assert ask("有机农业")[0].text == "本站没有查到“有机农业”。"


@pytest.mark.parametrize(
    "query",
    [
        "哪些地方没有搞湿地", "哪些地方不搞湿地", "哪里没有湿地", "没有湿地的地方", "湿地没有的地区",
        "哪些省没有湿地", "没写湿地的", "哪些地方没有湿地吗？",
    ],
)  # fmt: skip
def test_areas_without_a_subject_are_listed(query):
    reply, serials = ask(query)

    assert (reply.kind, reply.text) == ("subject", "41个地区没有写到“湿地”，写到“湿地”的有4个。")
    assert (len(serials), set(serials) & WETLANDS) == (41, set())


@pytest.mark.once
@pytest.mark.parametrize(
    ("query", "kind", "words"),
    [
        ("哪些地方没有碳中和", "subject", "个地区没有与“碳中和”有关的内容，与“碳中和”有关的有3个。"),
        ("济南有没有湿地", "listed", "那里没有写到“湿地”的内容"),
        ("河北哪些地方没有湿地", "province", "那里没有写到“湿地”的内容"),
        ("哪些省没有生态文明示范区", "provinces-without", "共8个"),
        ("哪些省没有济南", "listed", "济南市在第二批名单里"),
        ("不动产", "nothing", "本站没有查到“不动产”"),
        ("没有这样的词", "nothing", "本站没有查到"),
    ],
)
def test_what_only_looks_like_lacking_a_subject_is_answered_as_what_it_is(query, kind, words):
    reply, _ = ask(query)

    assert (reply.kind, words in reply.text) == (kind, True), reply.text


def test_word_for_a_kind_of_place_is_said_to_be_in_names_not_in_what_areas_try():
    reply, serials = ask("新区")  # 创新区域 has these characters, too

    assert (reply.kind, serials[0]) == ("listed", 30)
    assert "大鹏新区在第二批名单里，属于第30号“深圳东部湾区”。" in reply.text
    assert "另有1个地区的重点里有“新区”这几个字。" in reply.limit


@pytest.mark.parametrize(
    ("query", "serials", "text"),
    [
        ("长三角", [15, 16, 17, 18, 19, 20], "上海市有1个：青浦区（第15号）。江苏省有2个："),
        ("珠三角城市", [29, 30], "广东省有2个："),
        ("华中", [23, 24, 25, 26, 27, 28], "河南省有2个："),
        ("华南", [29, 30, 31, 32, 33], "海南省有1个："),
        ("华北", [1, 2, 3, 4, 5, 6, 7, 8], "北京、天津、河北、山西、内蒙古一共有8个地区。"),
        ("长江经济带", None, "云南、贵州一共有13个地区，其中江西、云南、贵州没有。"),
        ("长江经济带的湿地", [18, 26], "其中2个地区写到“湿地”。"),
        ("成渝地区", [34, 35, 36], "重庆市有1个："),
        ("东北", [9, 10, 11, 12, 13, 14], "通知没有“东北”这个说法，按省份看：辽宁省有2个："),
        ("西部", None, "通知没有“西部”这个说法，按省份看：内蒙古、广西、"),
        ("中部", None, "一共有10个地区，其中江西没有。"),
        ("粤港澳大湾区", [29, 30], "广东省有2个：东莞市（第29号）、深圳东部湾区（第30号）。"),
        ("西北地区的湿地", [41, 43], "其中2个地区写到“湿地”。"),
    ],
)
def test_region_is_answered_by_its_provinces_and_says_so(query, serials, text):
    reply, found = ask(query)

    assert (reply.kind, text in reply.text, "”按“" in reply.limit) == ("province", True, True), reply.text
    assert "通知没有" in reply.text or "通知没有按“" in reply.limit or query == "珠三角城市", reply
    assert found == (serials or found)
    assert reply.counted or not found


@pytest.mark.parametrize(
    ("query", "serials", "text"),
    [
        ("西北", [35], "1个地区的名称里有“西北”：川西北地区（第35号）。那不是全国的西北，"),
        ("东部", [30], "1个地区的名称里有“东部”：深圳东部湾区（第30号）。那不是全国的东部，"),
        ("山东东部", [21, 22], "那里没有写到“东部”的内容；"),
    ],
)
def test_piece_of_a_name_is_not_said_to_be_a_part_of_the_country(query, serials, text):
    reply, found = ask(query)

    assert (text in reply.text, found) == (True, serials), reply.text
    assert ("各省份：" in reply.limit) == (len(serials) == 1)


@pytest.mark.parametrize(
    ("query", "place", "link"),
    [
        ("许昌后来怎样", "henan-xuchang/#after", "看后来怎样"),
        ("湖北后来怎样", "/after/", "看通知之后"),
        ("荆州成功了吗", "hubei-jingzhou/#after", "看后来怎样"),
        ("试点做成了吗", "/after/", "看通知之后"),
        ("有钱吗", "#support", "看原文"),
        ("有什么要求", "#duty-1", "看第一条"),
        ("考核", "#support", "看原文"),
        ("西北", "/provinces/", "按省份找"),
    ],
)
def test_answer_leads_to_the_place_where_it_stands(query, place, link):
    reply, _ = ask(query)

    assert (str(reply.url).endswith(place), reply.link) == (True, link), reply


@pytest.mark.parametrize("query", ["东北虎", "春城面"])
def test_word_for_places_is_no_part_of_a_longer_word(query):
    reply, serials = ask(query)

    assert (reply.kind, serials) == ("nothing", [])


def test_name_within_a_word_is_no_place():
    assert "北京" in ask("北平")[0].text
    assert ask("川北平台")[0].kind == "nothing"


@pytest.mark.parametrize(("query", "name"), [("MARA", "农业部"), ("NFGA", "国家林业局"), ("NDRC", "国家发展改革委")])
def test_body_is_answered_by_its_english_abbreviation(query, name):
    reply, _ = ask(query)

    assert (reply.kind, reply.text.startswith(name)) == ("ministry", True)


@pytest.mark.once
@pytest.mark.parametrize(
    ("query", "kind", "text"),
    [
        ("齐齐哈尔扎龙湿地", "listed", "那里没有与“湿地”有关的内容；别处有4个地区与“湿地”有关。"),
        ("南京河长制", "listed", "那里没有与“河长制”有关的内容；别处有3个地区与“河长制”有关。"),
        ("兰州新区", "listed", "兰州市在第二批名单里，第40号。没有查到“兰州新区”。"),
        ("绿水青山就是金山银山", "nothing", "本站没有查到“绿水青山就是金山银山”。"),
        ("国发2013 30号", "document", "通知在“引言”里引用了国发〔2013〕30号。"),
        ("矿区修复", "subject", "部分相符的有1个地区。"),
        ("内蒙", "province", "内蒙古自治区有2个："),
        ("河长制", "subject", "通知里与“河长制”相关的说法是“水环境”“水污染”，3个地区要试"),
        ("横向补偿", "subject", "相关的说法是“横向生态补偿”“横向生态保护补偿”，6个地区"),
    ],
)
def test_what_is_only_like_the_words_is_not_said_of_them(query, kind, text):
    reply, _ = ask(query)

    assert (reply.kind, text in reply.text) == (kind, True), reply.text


@pytest.mark.once
@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ("北戴河在里面吗", "within"), ("怀柔要做哪些事", "listed"), ("平谷是哪条", "listed"),
        ("蓟县现在叫啥", "listed"), ("烟台是不是生态文明示范区啊", "not-listed"), ("垃圾分类做得怎么样", "subject"),
        ("湿地在哪", "subject"), ("到哪年结束", "duty"), ("第一条说什么", "duty"), ("谁签发的", "ministry"),
    ],
)  # fmt: skip
def test_everyday_words_of_a_question_are_no_subject(query, kind):
    filterset = RegionFilter(typed(q=query))

    assert (filterset.reply.kind, filterset.answer.unused) == (kind, [])
    assert "完全相符" not in filterset.reply.text


@pytest.mark.once
@pytest.mark.parametrize(
    ("query", "kind", "serials", "text"),
    [
        ("山东除了济南", "province", [22], "除去“济南”，还有1个地区。"),
        ("除了济南以外的地区", "batch", None, "第二批共45个地区。除去“济南”，还有44个地区。"),
        ("第二批 -济南", "batch", None, "第二批共45个地区。除去“济南”，还有44个地区。"),
        ("浙江除宁波外", "nothing", [], "与“浙江”有关的地区，除去“宁波”就没有了。"),
        ("湖北没有入选的城市", "province", [25, 26], "湖北省有2个：黄石市（第25号）、荆州市（第26号）。"),
        ("北京市民想知道怀柔的任务", "listed", [1], "怀柔区在第二批名单里，第1号。"),
        ("湿地除了荆州", "subject", [18, 41, 43], "除去“荆州”，3个地区要试与“湿地”有关的事。"),
        ("除草剂", "nothing", [], "本站没有查到“除草剂”。"),
        ("哪个省最多", "count", [43, 44, 45], "最多的是新疆，有3个地区。"),
        ("45号是谁", "serial", [45], "第45号：新疆生产建设兵团第一师阿拉尔市"),
        ("第4个是哪里", "serial", [4], "第4号："),
        ("第十二个", "serial", [12], "第12号："),
        ("山东的县", "province", [21, 22], "山东省有2个：济南市（第21号）、青岛红岛经济区（第22号）。"),
        ("我哋深圳有冇", "contains", [30], "深圳市不是整市列入；"),
        ("濟南市是否入選", "listed", [21], "济南市在第二批名单里，第21号。"),
        ("比较济南和青岛", "listed", [21, 22], "济南市在第二批名单里，第21号。青岛市不是整市列入"),
        ("济南后来怎样", "listed", [21], "济南市在第二批名单里，第21号。"),
        ("京津冀协同发展", "subject", None, "部分相符的有2个地区。"),
        ("北三县有哪些", "listed", [4], "里的“北三县”包括三河市、大厂回族自治县、香河县。"),
        ("jinan wetland", "listed", [21], "济南市在第二批名单里，第21号。那里没有写到“湿地”的内容"),
        ("Xi'an", "contains", [38], "西安市不是整市列入"),
        ("is Hangzhou on the list", "not-listed", [], "杭州市（浙江省）不在第二批名单里。"),
        ("which provinces have none", "provinces-without", [], "共8个"),
        ("我老家是蓟县的，现在改叫蓟州了，算吗", "listed", [4], "蓟县（今天津市蓟州区）在第二批名单里"),
        ("南京搞生态补偿吗", "listed", [16], "它的重点写到“生态补偿”。"),
        ("那荆州呢", "listed", [26], "荆州市在第二批名单里，第26号。"),
        ("哪几个城市做碳交易", "subject", None, "1个地区要试与“碳交易”有关的事。"),
        ("文号是多少", "document", [], "发改环资〔2015〕3214号于2015年12月31日印发。"),
        ("2014年第一批", "other-batch", [], "第一批（2014年）没有收录"),
        ("-1", "serial", [1], "第1号："),
        ("哪个是第12号", "serial", [12], "第12号："),
        ("谁来考核", "duty", [], "国家发展改革委、环境保护部会同有关部门"),
        ("年底前要交什么", "duty", [], "每年12月底前形成年度总结"),
        ("什么时候发的通知", "document", [], "于2015年12月31日印发。"),
        ("商务部是发文机关吗", "not-a-signatory", [], "商务部不是发文机关。"),
        ("商务部是不是发文机关", "not-a-signatory", [], "商务部不是发文机关。"),
        ("工信部签字了吗", "not-a-signatory", [], "工信部不是发文机关。"),
        ("水利部签发了吗", "ministry", None, "水利部是发文机关之一。"),
        ("Ministry of Education", "not-a-signatory", [], "“Ministry of Education”不是发文机关。"),
        ("Ministry of Environment", "subject", [], "查到机关"),
        ("lüshun", "within", [9], "旅顺口区属大连市"),
        ("哪些县市评上了", "batch", None, "共45个"),
        ("How many areas are there?", "count", None, "第二批共45个地区"),
        ("嘉陵江流域包括哪些市", "open", [36], "通知没有列明第36号“嘉陵江流域”由哪些县、市组成，本站不作推定。"),
        ("川西北包括哪里", "open", [35], "第35号“川西北地区”"),
        ("重庆哪几个区", "open", [34], "第34号“大娄山生态屏障（重庆片区）”"),
        ("四川哪些县在里面", "open", [35, 36], "第36号“嘉陵江流域”"),
        ("上海包括哪些区", "province", [15], "上海市有1个：青浦区（第15号）。"),
        ("深圳 GEP", "contains", [30], "它的重点写到“GEP”。"),
        ("通州 生态补偿 湿地", "ambiguous", [17], "您问的是哪一处？其中1个地区与“生态补偿”有关。"),
        ("青海湖", "nothing", [], "本站没有查到“青海湖”。"),
        ("昭苏草原", "listed", [43], "它的重点与“草原”有关。"),
        ("昌梨", "within", [3], "您要找的可能是“昌黎”："),
        ("长黎县", "within", [3], "您要找的可能是“昌黎县”："),
        ("海渤湾", "within", [8], "您要找的可能是“海勃湾”："),
        ("防沙治沙", "subject", [32], "相关的说法是“荒漠化”"),
        ("草原", "subject", [43], "1个地区"),
        ("采煤沉陷", "subject", [6], "相关的说法是“塌陷”"),
        ("猪粪", "subject", [28], "相关的说法是“规模化养殖”"),
        ("我们县 湿地", "ask", [18, 26, 41, 43], "请输入县、市的名称。4个地区写到“湿地”。"),
        ("我家乡昌黎的湿地", "within", [3], "昌黎县属秦皇岛市"),
        ("第一批 南京", "other-batch", [16], "第一批（2014年）没有收录。南京市在第二批名单里，第16号。"),
        ("第一批有没有安吉", "other-batch", [], "没有收录。安吉县（浙江省湖州市）不在第二批名单里。"),
        ("第三批 湿地", "other-batch", [18, 26, 41, 43], "本站只收录第二批。4个地区写到“湿地”。"),
        ("济南市中区", "within", [21], "市中区属济南市"),
        ("大同矿区", "not-listed", [], "矿区（山西省大同市）"),
        ("海东市民和回族土族自治县", "not-listed", [], "民和回族土族自治县（青海省海东市）"),
        ("第12号 安吉", "serial", [12], "第12号：吉林省白城市。安吉县（浙江省湖州市）不在第二批名单里。"),
        ("第12号 nanjing", "serial", [12, 16], "第12号：吉林省白城市。南京市在第二批名单里，第16号。"),
        ("hangzhou 宁波", "listed", [18], "宁波市在第二批名单里，第18号。杭州市（浙江省）不在第二批名单里。"),
        ("hangzhou 杭州", "not-listed", [], "杭州市（浙江省）不在第二批名单里。"),
        ("ningbo 安吉", "listed", [18], "宁波市在第二批名单里，第18号。安吉县（浙江省湖州市）不在第二批名单里。"),
        ("杭州 xian", "contains", [38], "第38号西安浐灞生态区。杭州市（浙江省）不在第二批名单里。"),
        ("西安 ningbo", "contains", [18, 38], "第38号西安浐灞生态区。宁波市在第二批名单里，第18号。"),
        ("ningbo 西安", "listed", [18, 38], "第18号。西安市不是整市列入；"),
        ("suzhou 宁波", "listed", [18], "宿州市（安徽省）、苏州市（江苏省）都不在第二批名单里。"),
        ("湿地 anji", "not-listed", [18, 26, 41, 43], "安吉县（浙江省湖州市）不在第二批名单里。4个地区写到“湿地”。"),
        ("xi an 湿地", "contains", [38], "第38号西安浐灞生态区。那里没有写到“湿地”的内容；"),
        ("130322 湿地", "within", [3], "昌黎县属秦皇岛市，秦皇岛市在第二批名单里，第3号。那里没有写到“湿地”"),
        ("330523 330100", "not-listed", [], "安吉县（浙江省湖州市）、杭州市（浙江省）都不在第二批名单里。"),
        ("110116 120118", "listed", [1, 2], "怀柔区在第二批名单里，第1号。静海区在第二批名单里，第2号。"),
        ("320106 湿地", "within", [16], "鼓楼区属南京市"),
        (
            "京津冀协同共建地区（北京平谷、天津蓟县、河北廊坊北三县）",
            "listed",
            [4],
            "京津冀协同共建地区在第二批名单里，第4号。",
        ),
        ("青岛红岛经济区 红线", "listed", [22], "青岛红岛经济区在第二批名单里，第22号。它的重点写到“红线”。"),
        ("GEP 深圳东部湾区", "listed", [30], "深圳东部湾区在第二批名单里，第30号。它的重点写到“GEP”。"),
        ("青岛红岛经济区 宁波 红线", "listed", [22], "宁波市在第二批名单里，第18号。其中1个地区写到“红线”。"),
        ("贵阳是第一批吗", "other-batch", [], "第一批（2014年）没有收录。贵阳市（贵州省）不在第二批名单里。"),
        ("宁波在第一批还是第二批", "other-batch", [18], "第一批（2014年）没有收录。宁波市在第二批名单里，第18号。"),
        ("预警 第一批 内蒙古", "other-batch", [7, 8], "第一批（2014年）没有收录。内蒙古自治区有2个："),
        ("莱芜", "not-listed", [], "莱芜市（山东省）不在第二批名单里。"),
        ("非湿地", "subject", None, "41个地区没有写到“湿地”，写到“湿地”的有4个。"),
        ("无湿地", "subject", None, "41个地区没有写到“湿地”，写到“湿地”的有4个。"),
        ("除湿地外", "batch", None, "除去“湿地”，还有41个地区。"),
        ("除荆州外还有谁搞湿地", "subject", [18, 41, 43], "除去“荆州”，3个地区要试与“湿地”有关的事。"),
        ("宁波 考核", "listed", [18], "宁波市在第二批名单里，第18号。它的重点写到“考核”。"),
        ("南京 宁波 考核", "listed", [18], "其中1个地区写到“考核”。"),
        ("西安 考核", "contains", [38], "西安市不是整市列入；列入的是第38号西安浐灞生态区。"),
        ("昌 黎", "within", [3], "昌黎县属秦皇岛市，秦皇岛市在第二批名单里，第3号。"),
        ("安 吉", "not-listed", [], "安吉县（浙江省湖州市）不在第二批名单里。"),
        ("辽 宁省", "province", [9, 10], "辽宁省有2个："),
        ("年度总结交给谁", "duty", [], "形成年度总结，报送国家发展改革委等有关部门。"),
        ("12月底前要做什么", "duty", [], "并于每年12月底前形成年度总结"),
        ("奖励资金多少", "duty", [], "通知没有写给多少钱，"),
        ("几个部委联合发文", "ministry", [], "共9个机关联合印发。"),
        ("这个文件的文号是什么", "document", [], "发改环资〔2015〕3214号于"),
        ("通知全文在哪看", "document", [], "发改环资〔2015〕3214号于"),
        ("宁波是第18号吗", "listed", [18], "是。宁波市在第二批名单里，第18号。"),
        ("白城是不是第13号", "listed", [12], "不是。白城市在第二批名单里，第12号。"),
        ("第13号是白城吗？", "listed", [12], "不是。白城市在第二批名单里，第12号。"),
        ("安吉是第18号吗", "not-listed", [], "不是。安吉县（浙江省湖州市）不在第二批名单里。"),
        ("西安是第38号吗", "contains", [38], "西安市不是整市列入；列入的是第38号"),
        ("第12号 资源", "serial", [12], "第12号：吉林省白城市。它的重点写到“资源”。"),
        ("第六条 南京", "listed", [16], "南京市在第二批名单里"),
        ("静海区2015年的时候叫什么", "listed", [2], "就叫这个名称。静海区曾用名静海县（国函〔2015〕119号）。"),
        ("蓟州区原名是什么", "listed", [4], "蓟州区在2015年印发通知时叫蓟县。蓟县（今天津市蓟州区）在"),
        ("莱芜区以前叫什么", "within", [21], "2015年印发通知时还没有莱芜区这个名称。"),
        ("第4号以前叫什么", "serial", [4], "第4号："),
        ("湿地荆州不算", "subject", [18, 41, 43], "除去“荆州”，3个地区要试与“湿地”有关的事。"),
        ("湿地，荆州不算", "subject", [18, 41, 43], "除去“荆州”，3个地区要试与“湿地”有关的事。"),
        ("荆州不算", "listed", [26], "荆州市在第二批名单里"),
        ("not listed?", "provinces-without", [], "共8个"),
        ("领导离任审计", "subject", [37, 40, 42], "相符的内容，按“离任审计”查，部分相符的有3个地区。"),
        ("红线生态", "subject", None, "相符的内容，按“红线”查，部分相符的有7个地区。"),
        ("排污权证", "subject", None, "相符的内容，按“排污权”和通知里的说法“市场化机制”查，部分相符的有4个地区。"),
        ("湿地 foo", "subject", [18, 26, 41, 43], "没有与“湿地”“foo”完全相符的内容，按“湿地”查，部分相符的有4个"),
        ("江苏 或 浙江 生态补偿", "province", [16, 17], "其中2个地区与“生态补偿”有关。"),
        ("江苏 或 南京 生态补偿", "province", [16, 17], "第16号。它的重点写到“生态补偿”。"),
        ("湖北或湖南 秸秆", "province", [26], "其中1个地区写到“秸秆”。"),
        ("第16号 或 第25号 生态补偿", "serial", [16], "其中1个地区写到“生态补偿”。"),
        ("第16号 或 湖北 生态补偿", "serial", [16, 25, 26], "第16号：江苏省南京市。它的重点写到“生态补偿”。湖北省"),
        ("南京 湿地 或 秸秆", "subject", [20, 23, 26], "“南京 湿地”没有查到地区，“秸秆”有3个地区，合起来是3个。"),
        ("南京 湿地 或 foo", "subject", [16], "那里没有写到“湿地”的内容"),
        ("试点期限", "duty", [], "通知没有写试点到什么时候结束。"),
        ("试点多久", "duty", [], "通知没有写试点到什么时候结束。"),
        ("No. 3214", "document", [], "3214号就是这份通知。"),
        ("2015 No.3214", "document", [], "3214号就是这份通知。"),
        ("bar", "nothing", [], "本站没有查到“bar”。"),
        ("no", "nothing", [], "本站没有查到“no”。"),
        ("ton", "nothing", [], "本站没有查到“ton”。"),
        ("in", "nothing", [], "本站没有查到“in”。"),
        ("what is this site", "nothing", [], "本站没有查到“what is this site”。"),
        ("ge", "subject", [30], "1个地区要试与“ge”有关的事。"),
        ("daqi", "subject", None, "相关的说法是“污染防治”"),
        ("近海", "subject", None, "相关的说法是“海陆统筹”“滨海湿地”"),
        ("nin xiang", "listed", [28], "您要找的可能是“宁乡”："),
        ("jing zhou shi di", "listed", [26], "第26号。它的重点写到“湿地”。"),
        ("nanjing shengtai buchang", "listed", [16], "第16号。它的重点写到“生态补偿”。"),
        ("荆州第2项", "serial", [26], "第26号荆州市的第2项：“提出湿地保护制度的实施细则”"),
        ("12 湿地", "subject", [18, 26, 41, 43], "没有与“12”“湿地”完全相符的内容，按“湿地”查"),
        ("几个县几个市", "count", None, "其中县6个、市27个、区4个。"),
        ("嘉陵江流域包括南充吗", "open", [36], "南充市是否在内，本站不作推定。"),
        ("湖北荆洲", "listed", [26], "您要找的可能是“湖北 荆州”：荆州市在第二批名单里，第26号。"),
        ("浙江宁坡", "listed", [18], "您要找的可能是“浙江 宁波”："),
        ("江苏省南涌市", "listed", [17], "您要找的可能是“江苏省 南通市”："),
        ("长江 或 黄河", "nothing", [], "本站没有查到“长江”“黄河”。"),
        ("湿地 没有荆州", "subject", [18, 41, 43], "除去“荆州”，3个地区要试与“湿地”有关的事。"),
        ("湿地 没有荆州吗", "listed", [26], "第26号。它的重点写到“湿地”。"),
        ("湿地 --荆州", "subject", [18, 41, 43], "除去“荆州”，3个地区要试与“湿地”有关的事。"),
        ("湿地 -“荆州市”", "subject", [18, 41, 43], "除去“荆州市”，3个地区"),
        ('"多规合一" "foo"', "subject", None, "没有与“多规合一”“foo”完全相符的内容，按“多规合一”查"),
        ("多规合一+湿地", "subject", None, "没有与“多规合一”“湿地”完全相符的内容"),
        ("川西北生态补偿", "listed", [35], "那里没有与“生态补偿”有关的内容；别处有17个"),
        ("浐灞湿地", "listed", [38], "那里没有写到“湿地”的内容"),
        ("湿地 江苏 或 浙江", "province", [18], "宁波市（第18号）。其中1个地区写到“湿地”。"),
        ("2014年安吉", "other-batch", [], "没有收录。安吉县（浙江省湖州市）不在第二批名单里。"),
        ("第二批 湿地", "subject", [18, 26, 41, 43], "4个地区要试与“湿地”有关的事。"),
        ("俺们那噶有啥试点", "ask", [], "请输入县、市的名称。"),
        ("第41号湿地", "serial", [41], "它的重点写到“湿地”。"),
        ("第50号 湿地", "unknown-number", [18, 26, 41, 43], "只有第1号到第45号。4个地区写到“湿地”。"),
        ("第50号 南京", "unknown-number", [16], "只有第1号到第45号。南京市在第二批名单里"),
        ("川西北 生态补偿", "listed", [35], "那里没有与“生态补偿”有关的内容；别处有17个"),
        ("浐灞 湿地", "listed", [38], "那里没有写到“湿地”的内容"),
        ("北三县 多规合一", "listed", [4], "第4号。那里没有写到“多规合一”的内容"),
        ("京津冀 生态补偿", "listed", [4], "它的重点与“生态补偿”有关。"),
        ("大鹏 湿地", "listed", [30], "大鹏新区在第二批名单里，属于第30号"),
        ("第一师 湿地", "listed", [45], "第45号。那里没有写到“湿地”的内容"),
        ("东部湾区 GEP", "listed", [30], "它的重点写到“GEP”。"),
        ("东部 湿地", "subject", [30], "没有与“东部”“湿地”完全相符的内容"),
        ("深圳东部 GEP", "contains", [30], "它的重点写到“GEP”。"),
        ("重庆片区 矿山", "province", [34], "它的重点写到“矿山”。"),
        ("黄石 生态补偿", "listed", [25], "那里没有写到“生态补偿”，按本站归类有1项与“生态补偿”有关；别处有17个"),
        ("南京 安吉 生态补偿", "listed", [16], "第16号南京市的重点写到“生态补偿”。"),
        ("广元 生态屏障", "open", [36], "不作推定。第36号嘉陵江流域的重点写到“生态屏障”。"),
        ("荆州 湿地 生态红线", "listed", [26], "它的重点写到“湿地”。那里没有写到“生态红线”的内容；别处有6个"),
        ("兰州 离任审计 主体功能", "listed", [40], "它的重点写到“离任审计”。那里没有写到“主体功能”的内容"),
        ("立法 深圳 监测预警", "contains", [30], "它的重点与“立法”有关。它的重点写到“监测预警”。"),
        ("荆州和川西北", "listed", [26, 35], "荆州市在第二批名单里，第26号。川西北地区在第二批名单里，第35号。"),
        ("川西北 嘉陵江", "listed", [35, 36], "第35号。嘉陵江流域在第二批名单里，第36号。"),
        ("日喀则 大娄山 红线", "listed", [37], "第34号。其中1个地区写到“红线”。"),
        ("南通或嘉陵江 水环境", "listed", [17, 36], "第36号。那里没有写到“水环境”的内容；别处有2个"),
        ("包头主体功能", "listed", [7], "那里没有写到“主体功能”的内容；别处有5个"),
        ("平鲁自愿有偿退出", "listed", [5], "它的重点写到“自愿有偿退出”。"),
        ("荆州太阳能", "listed", [26], "没有查到“太阳能”。"),
        ("秦皇岛在线监测", "listed", [3], "没有查到“在线监测”。"),
        ("酒泉的士", "listed", [41], "没有查到“的士”。"),
        ("南京要试点什么", "listed", [16], "南京市在第二批名单里，第16号。"),
        ("兰州资源有偿使用", "listed", [40], "第40号。它的重点写到“资源有偿使用”。"),
        ("滨海湿地 宁波", "listed", [18], "第18号。它的重点写到“滨海湿地”。"),
        ("沪", "province", [15], "上海市有1个：青浦区（第15号）。"),
        ("新", "subject", None, "11个地区要试与“新”有关的事"),
        ("12、", "serial", [12], "第12号："),
        ("附件第4号", "serial", [4], "第4号："),
        ("序号12", "serial", [12], "第12号："),
        ("area 12", "serial", [12], "第12号："),
        ("4.2", "serial", [4], "的第2项："),
        ("is my county on the list", "ask", [], "请输入县、市的名称。"),
        ("什么时候结束", "duty", [], "通知没有写试点到什么时候结束。"),
        ("试点到期了吗", "duty", [], "通知没有写试点到什么时候结束。"),
        ("湖北没有湿地的", "province", [25], "除去“湿地”，还有1个地区。"),
        ("-荆州 湿地", "subject", [18, 41, 43], "除去“荆州”，3个地区要试与“湿地”有关的事。"),
        ("-河北", "province", [3, 4], "河北省有2个："),
        ('"湿地 荆州"', "listed", [26], "它的重点写到“湿地”。"),
        ("荆州/黄石", "listed", [25, 26], "荆州市在第二批名单里，第26号。黄石市在第二批名单里，第25号。"),
        ("贵州 湿地 或 秸秆", "subject", [20, 23, 26], "“贵州 湿地”没有查到地区，“秸秆”有3个地区"),
        ("第2批", "batch", None, "第二批共45个地区。"),
        ("天津河北湿地", "province", [2, 3, 4], "那里没有写到“湿地”的内容；别处有4个地区"),
        ("Beijing Tianjin Hebei wetland", "province", [1, 2, 3, 4], "河北省有2个：秦皇岛市（第3号）"),
        ("海南和青海", "province", [33], "海南省有1个：儋州市（第33号）。青海省没有地区列入第二批。"),
        ("河南西藏青海融资", "province", [23, 24, 37], "河南省有2个：许昌市（第23号）"),
        ("湿地 -荆州、宁波", "subject", [41, 43], "除去“荆州”“宁波”，2个地区要试与“湿地”有关的事。"),
        ("湿地 -(荆州 宁波)", "subject", [41, 43], "除去“荆州”“宁波”，2个地区"),
        ("有湿地没有秸秆", "subject", [18, 41, 43], "除去“秸秆”，3个地区要试与“湿地”有关的事。"),
        ("没有湿地和秸秆", "batch", None, "除去“湿地”“秸秆”，还有39个地区。"),
        ("不是湿地的秸秆", "subject", [20, 23], "除去“湿地”，2个地区要试与“秸秆”有关的事。"),
        ("直辖市", "province", [1, 2, 4, 15, 34], "重庆市有1个："),
        ("直辖市辖区", "subject", [1, 2, 15], "按本站归类，3个地区"),
        ("green GDP", "subject", [8], "相关的说法是“绿色GDP”"),
        ("bei san xian", "subject", [4], "1个地区的名称里有“北三县”。"),
        ("自治区", "subject", None, "8个地区的名称里有“自治区”，另有1个地区按所在省份、组成单位等查到。"),
        (
            "红线第4号",
            "serial",
            [4],
            "第4号：京津冀协同共建地区（北京平谷、天津蓟县、河北廊坊北三县）。它的重点写到“红线”。",
        ),
        ("宁波杭州湾新区", "listed", [18], "第18号。没有查到“杭州湾新区”。"),
        ("深圳盐田港", "contains", [30], "列入的是第30号深圳东部湾区。没有查到“盐田港”。"),
        ("江苏生态补偿南京", "listed", [16], "第16号南京市的重点写到“生态补偿”。"),
        ("京津冀包括哪些县", "listed", [4], "包括平谷区、蓟县（今天津市蓟州区）、三河市、大厂回族自治县、香河县。"),
        ("东部湾区包括哪里", "listed", [30], "第30号“深圳东部湾区”包括盐田区、大鹏新区。"),
        ("北三县是哪三县", "listed", [4], "里的“北三县”包括三河市、大厂回族自治县、香河县。"),
        ("湿地荆州", "listed", [26], "荆州市在第二批名单里，第26号。它的重点写到“湿地”。"),
        ("补偿南京", "listed", [16], "第16号。它的重点写到“补偿”。"),
        ("矿山马山", "listed", [32], "第32号。那里没有写到“矿山”的内容；别处有4个"),
        ("GEP怀柔", "listed", [1], "第1号。那里没有写到“GEP”的内容；别处有1个"),
        ("矿山合作", "nothing", [], "本站没有查到“矿山合作”。"),
        ("森林公安", "nothing", [], "本站没有查到“森林公安”。"),
        ("shenzhen GEP", "contains", [30], "它的重点写到“GEP”。"),
        ("Wuhai GDP", "listed", [8], "它的重点写到“GDP”。"),
        ("Jiangsu compensation", "province", [16, 17], "这2个地区都与“生态补偿”有关。"),
        ("Chongqing mine", "province", [34], "它的重点与“mine”有关。"),
        ("Tibet Xigaze", "listed", [37], "日喀则市在第二批名单里，第37号。"),
        ("Jialing River", "listed", [36], "嘉陵江流域在第二批名单里，第36号。"),
        ("Northwest Sichuan", "listed", [35], "川西北地区在第二批名单里，第35号。"),
        ("river basin", "subject", None, "（“流域与水”）"),
        ("蓝天", "subject", [27], "相关的说法是“污染防治”"),
        ("安吉第一批", "other-batch", [], "没有收录。安吉县（浙江省湖州市）不在第二批名单里。"),
        ("四川有哪些", "province", [35, 36], "四川省有2个：川西北地区（第35号）、嘉陵江流域（第36号）。"),
        ("四川有哪些县", "open", [35, 36], "由哪些县、市组成，本站不作推定。"),
        ("江西 云南 贵州 福建 青海", "province", [], "江西、云南、贵州、福建、青海都没有地区列入第二批。"),
        ("湖北 除 荆州", "province", [25], "除去“荆州”，还有1个地区。"),
        ("GEP foo", "subject", [30], "按“GEP”查，部分相符的有1个地区。"),
        ("荆州 湿地 秸秆", "listed", [26], "它的重点写到“湿地”“秸秆”。"),
        ("湿地!", "subject", [18, 26, 41, 43], "4个地区要试与“湿地”有关的事。"),
        ("?", "nothing", [], "本站没有查到“?”。"),
        ("湿地安吉", "not-listed", [18, 26, 41, 43], "安吉县（浙江省湖州市）不在第二批名单里。4个地区写到“湿地”。"),
        ("矿山公安", "nothing", [], "本站没有查到“矿山公安”。"),
        ("荆州古城", "listed", [26], "第26号。没有查到“古城”。"),
        ("荆州安吉", "listed", [26], "安吉县（浙江省湖州市）不在第二批名单里。"),
        ("南京鼓楼", "within", [16], "鼓楼区属南京市，"),
        ("荆州有但黄石没有", "listed", [25, 26], "荆州市在第二批名单里，第26号。黄石市在第二批名单里，第25号。"),
        ("湿地有但荆州没有", "listed", [26], "第26号。它的重点写到“湿地”。"),
        ("红岛包括哪些街道", "listed", [22], "第22号。它在青岛市，通知没有写它包括哪些街道，本站不作推定。"),
        ("荆州有哪些街道", "listed", [26], "第26号。通知没有写它包括哪些街道，本站不作推定。"),
        ("浐灞在哪个区", "listed", [38], "第38号。它在西安市，通知没有写它在哪个区，本站不作推定。"),
        ("东部湾区在哪个市", "listed", [30], "第30号。它在深圳市。"),
        ("川西北在哪个省", "listed", [35], "第35号。它在四川省。"),
        ("京津冀在哪个省", "listed", [4], "第4号。它在北京市、天津市、河北省。"),
        ("红岛在哪个省", "listed", [22], "第22号。它在山东省。"),
        ("上海有哪些村", "province", [15], "上海市有1个：青浦区（第15号）。"),
        ("浐灞包括哪里", "listed", [38], "通知没有写它包括哪些地方，本站不作推定。"),
        ("青岛西海岸新区", "contains", [22], "青岛市不是整市列入；列入的是第22号青岛红岛经济区。"),
        ("济南起步新区", "listed", [21], "第21号。没有查到“起步新区”。"),
        ("金海岸新区", "nothing", [], "本站没有查到“金海岸新区”。"),
        ("武汉东湖高新区", "not-listed", [], "武汉市（湖北省）不在第二批名单里。没有查到“东湖高新区”。"),
        ("谁签的", "ministry", [], "共9个机关联合印发。"),
        ("有钱吗", "duty", [], "通知没有写给多少钱，只写了各部门“在规划编制、政策实施、项目安排、体制创新等方面"),
        ("给多少钱", "duty", [], "予以积极支持”。"),
        ("资金", "subject", [34], "1个地区要试与“资金”有关的事。通知没有写给多少钱，"),
        ("现在还有效吗", "duty", [], "通知没有写有效期；它现在是不是仍然有效，本站不作推定。"),
        ("作废了吗", "duty", [], "本站不作推定。"),
        ("什么时候到期", "duty", [], "通知没有写试点到什么时候结束。它只要求“每年12月底前形成年度总结”。"),
        ("建设期", "duty", [], "通知没有写试点到什么时候结束。"),
        ("有哪些要求", "duty", [], "通知提了6条要求：明确目标责任；积极推进制度创新；"),
        (
            "谁来考核",
            "duty",
            [],
            "国家发展改革委、环境保护部会同有关部门对有关试点示范进行评价考核，具体办法另行制定。",
        ),
        ("考核", "subject", None, "14个地区要试与“考核”有关的事。国家发展改革委、环境保护部会同有关部门"),
        ("荆州还有效吗", "listed", [26], "荆州市在第二批名单里，第26号。"),
        ("做成了吗", "site", [], "通知印发以后查到的文件和报道"),
        ("结果", "site", [], "通知印发以后查到的文件和报道"),
        ("安吉后来怎样", "not-listed", [], "安吉县（浙江省湖州市）不在第二批名单里。"),
        ("荆州做成了吗", "listed", [26], "没有查到点名这份通知的公开文件；没有查到，不等于没有做。"),
        ("东莞 后来怎样", "listed", [29], "点名这份通知或先行示范区的公开文件，本站收了1份。"),
    ],
)
def test_question_as_people_ask_it_has_its_answer(query, kind, serials, text):
    reply, found = ask(query)

    assert (reply.kind, text in reply.text) == (kind, True), reply.text
    assert found == (found if serials is None else serials)


@pytest.mark.once
@pytest.mark.parametrize(
    ("place", "text"),
    [("荆州", "第26号。"), ("安吉", "不在第二批名单里。"), ("福建", "没有地区列入第二批。")],
)
@pytest.mark.parametrize(
    "form", ["{}什么时候报送", "{}什么时候交总结", "{}谁负责监督", "{}年底前要交什么", "{}何时报送湿地进展"]
)
def test_question_about_duties_that_names_a_place_is_answered_for_it(place, text, form):
    reply, serials = ask(form.format(place))

    assert text in reply.text
    assert serials == ask(place)[1]
    assert ("通知第六条“总结报送工作进展”写道：“" in reply.limit, "有关要求见通知第六条" in reply.limit) == (
        bool(serials),
        not serials,
    )


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("德清什么时候能申报", "德清县（浙江省湖州市）不在第二批名单里。通知没有写怎么申报"),
        ("什么时候能申报", "通知没有写怎么申报"),
        ("朝阳什么时候交总结", "叫“朝阳”的有几处，您问的是哪一处？"),
    ],
)
def test_applying_is_not_reporting(query, text):
    assert ask(query)[0].text.startswith(text)


def test_subject_of_a_question_about_duties_is_said_to_be_unused():
    filterset = RegionFilter(typed(q="湿地什么时候报送"))

    assert (filterset.reply.kind, filterset.answer.dropped) == ("duty", {"湿地": "这一问不按它分"})
    assert filterset.reply.text.startswith("先行示范地区要加强工作调度")
    assert "没有用上“湿地”。" in filterset.reply.limit
    assert RegionFilter(typed(q="先行示范地区什么时候报送进展情况")).answer.unused == []
    assert "没有用上“湿地”（这一问不按它分）。" in RegionFilter(typed(q="湿地哪个省最多")).reply.limit
    assert RegionFilter(typed(q="第一批 foo")).answer.unused == ["foo"]


@pytest.mark.once
@pytest.mark.parametrize(
    ("place", "form"),
    [
        (place, form)
        for place in ("荆州", "安吉", "洪湖市")
        for form in (
            "老家是{}的，想问下那边有没有被评上", "哎你好，我想问下这个{}在不在，谢谢", "请查{}谢谢", "帮我查查{}",
            "{}评上了没", "{}有没有进第二批", "俺们村是{}的", "{}是不是全国示范区", "{}是第几个", "为啥没有{}",
            "请问{}在名单里吗", "{}搞啥子", "俺村归{}管中不中", "侬晓得{}伐", "{}系唔系名单", "{}得行不",
            "听说{}评上了", "好像{}也是示范区", "应该没有{}吧", "我记得{}是示范区", "{}凭什么被评",
        )
    ],
)  # fmt: skip
def test_words_of_talk_are_no_subject(place, form):
    meant, filterset = ask(place)[0], RegionFilter(typed(q=form.format(place)))

    assert (filterset.reply.text, filterset.answer.unused) == (meant.text, [])
    assert filterset.title(0) == f"“{place}”：{meant.verdict}" or filterset.keyword in filterset.title(0)


@pytest.mark.parametrize(
    ("query", "word", "text", "reason"),
    [
        ("湿地 财政部", "财政部", "4个地区要试与“湿地”有关的事。", "财政部是发文机关之一"),
        ("国家发改委 湿地", "国家发改委", "4个地区要试与“湿地”有关的事。", "国家发展改革委是发文机关之一"),
        ("3214 湿地", "3214", "4个地区要试与“湿地”有关的事。", "发改环资〔2015〕3214号就是这份通知"),
        ("工信部 南京", "工信部", "南京市在第二批名单里，第16号。", "工信部不是发文机关"),
        ("3215 南京", "3215", "南京市在第二批名单里，第16号。", "本站没有3215号，有3214号"),
    ],
)
def test_body_or_document_beside_what_is_asked_is_said_to_have_no_effect(query, word, text, reason):
    filterset = RegionFilter(typed(q=query))

    assert (filterset.reply.text, filterset.answer.dropped) == (text, {word: reason})
    assert f"没有用上“{word}”（{reason}）。" in filterset.reply.limit


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("请问湿地", "“湿地”的结果（8处）"), ("第二批 湿地", "“湿地”的结果（8处）"),
        ("请问 GEP 是什么", "“GEP”的结果（2处）"), ("请问荆州在名单里吗", "“荆州”：在名单里"),
        ("静海区2015年的时候叫什么", "“静海区”：在名单里"), ("荆州的湿地", "“荆州的湿地”：在名单里"),
        ("荆州的foo有没有", "“荆州”：在名单里"),
    ],
)  # fmt: skip
def test_heading_has_no_words_of_a_question(query, title):
    filterset = RegionFilter(typed(q=query))

    assert filterset.title(len(filterset.selection())) == title


@pytest.mark.parametrize(
    ("queries", "number"),
    [(("碳达峰",), 2), (("碳汇",), 1), (("官员考核",), 12), (("评价考核",), 27), (("湿地", "一共有多少个湿地"), 4)],
)
def test_lines_that_are_counted_are_those_that_are_shown(queries, number):
    for query in queries:
        filterset = RegionFilter(typed(q=query))
        [count] = [group.count for group in filterset.groups if group.name == "priorities"]
        shown = sum(sum(filterset.fitting(area)) for area in filterset.lines)
        assert (count, shown, f"{number}项重点，" in filterset.reply.limit) == (number, number, True), query


@pytest.mark.parametrize(
    ("query", "word", "limit"),
    [
        ("伊犁", "不是整个列入", ""),
        ("富阳市", "不在名单里", "“富阳市”按“富阳”查。"),
        ("临桂县", "在名单里（随全市）", "“临桂县”按“临桂”查。临桂区在2015年印发通知时就叫这个名称。"),
        ("铜陵县", "不在名单里", "2015年印发通知时和现在的行政区划里都没有“铜陵县”，按“铜陵市”查。"),
        ("朝阳 安吉", "有几个同名", "2014年还有第一批，本站没有收录，所以不能由此说安吉县从未入选。"),
        ("京津冀 -蓟县", "还有1个地区", ""),
        ("nanjing OR suzhou", "查到2个地区", "“nanjing”按“南京”查。"),
        ("静海县", "在名单里", "静海区曾用名静海县（国函〔2015〕119号）。"),
        ("香港 澳门", "没有地区列入", "通知没有主送香港。通知没有主送澳门。另有2014年的第一批，本站没有收录。"),
    ],
)
def test_answer_says_how_a_name_was_read_and_nothing_twice(query, word, limit):
    reply, _ = ask(query)

    assert reply.verdict == word
    assert limit in reply.limit
    assert reply.limit.count("2014年") + f"{reply.text}{reply.limit}".count("有1个地区") <= 1


@pytest.mark.once
def test_question_to_an_empty_record_is_no_error():
    queries = ["哪个省最多", "长江经济带", "第3号 第4号", "除了济南", "哪些地方没有湿地", "山东 -济南"]
    Region.objects.all().delete()

    assert {query: ask(query)[1] for query in queries} == {query: [] for query in queries}
