"""One answer first: questions as readers put them, each with what stands first (`queries-2.json`)."""

import json
import re
from pathlib import Path

import pytest
from django.utils import timezone

from pilots.models import Division, Ministry, Place, Priority, Province, Region, System, Topic
from pilots.search import this_site
from pilots.search.cards import cards
from pilots.search.facet_sets import places
from pilots.search.filters import RegionFilter

from .. import factories as make
from ..queries import typed

pytestmark = pytest.mark.django_db
CASES = json.loads((Path(__file__).parent / "queries-2.json").read_text())["cases"]


def serials(filterset):
    return [card.serial for card in cards(filterset.selection()[:], filterset.state)]


@pytest.mark.once
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


@pytest.mark.once
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


@pytest.mark.once
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


@pytest.mark.once
@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("我家在盐田算不算", "盐田区在第二批名单里，属于第30号“深圳东部湾区”。"),
        ("我住在三河，算不算", "三河市在第二批名单里，属于第4号“京津冀协同共建地区”。"),
        ("神木现在叫什么", "神木县（今陕西省神木市）在第二批名单里，第39号。"),
        ("云南哪里入选", "云南省没有地区列入第二批。"),
        ("平谷区是第几号", "平谷区在第二批名单里，属于第4号“京津冀协同共建地区”。"),
        ("浙江哪个市入选了", "浙江省有1个：宁波市（第18号）。"),
    ],
)
def test_function_words_of_a_question_are_no_subject(query, text):
    answer = RegionFilter(typed(q=query)).answer

    assert (answer.reply.text, answer.reply.subject, answer.unused) == (text, "", [])


@pytest.mark.parametrize(
    ("query", "verdict", "serials"),
    [
        ("北京 天津 河北", "有4个地区", [1, 2, 3, 4]),
        ("北京、天津、河北", "有4个地区", [1, 2, 3, 4]),
        ("天津 河北", "有3个地区", [2, 3, 4]),
        ("北京 河北", "有3个地区", [1, 3, 4]),
        ("上海 江苏", "有3个地区", [15, 16, 17]),
        ("海南 广东", "有3个地区", [29, 30, 33]),
        ("山西 河南", "有4个地区", [5, 6, 23, 24]),
        ("青海 海南", "不在名单里", []),
        ("新疆兵团", "有1个地区", [45]),
        ("新疆建设兵团", "有1个地区", [45]),
        ("新疆兵团第一师", "有1个地区", [45]),
        ("兵团", "有1个地区", [45]),
        ("新疆生产建设兵团", "有1个地区", [45]),
        ("兵团第一师", "有1个地区", [45]),
        ("第一师阿拉尔市", "在名单里", [45]),
    ],
)
def test_units_are_counted_together_and_listed_as_answered(query, verdict, serials):
    filterset = RegionFilter(typed(q=query))
    shown = sorted(card.serial for card in cards(filterset.selection()[:], filterset.state))

    assert (filterset.title(0), shown) == (f"“{query}”：{verdict}", serials)
    assert filterset.reply.areas == filterset.areas()


def test_batch_says_how_many_of_its_areas_are_published():
    assert "撤下" not in reply_to("第二批").limit

    make.overwrite(Region.objects.filter(serial=1), withdrawn_on=timezone.localdate(), withdrawn_reason="重复")

    for query in ("第二批", "一共多少个", "有几个县"):
        assert "其中44个本站现公开，1个已撤下。" in reply_to(query).limit, query


@pytest.mark.parametrize(
    "write",
    [lambda rows: make.overwrite(rows, verification="unverified"), lambda rows: rows.delete()],
    ids=["update", "delete"],
)
def test_answer_follows_the_divisions_of_a_withdrawn_area(write):
    region = Region.objects.get(serial=1)
    region.withdrawn_on, region.withdrawn_reason = timezone.localdate(), "重复"
    region.save()
    assert reply_to("怀柔区").kind == "listed"

    write(Division.all_objects.filter(region=region))

    assert reply_to("怀柔区").kind != "listed"


def test_what_is_on_the_list_leads_and_numbers_that_are_none_are_told():
    assert reply_to("安吉或蓟县").kind == "listed"
    assert reply_to("第46号").kind == "unknown-number"
    assert (reply_to("福建省").tone, reply_to("浙江省").tone) == ("no", "yes")
    assert reply_to("年度总结").kind == "duty"


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("3214", "“3214”：这份通知"),
        ("安吉", "“安吉”：不在名单里"),
        ("生态补偿", "“生态补偿”的结果（36处）"),
        ("没有这样的词", "“没有这样的词”的结果（0处）"),
        ("湿地", "“湿地”的结果（8处）"),
    ],
)
def test_no_zero_stands_over_an_answer_or_a_hit(query, title):
    filterset = RegionFilter(typed(q=query))

    assert filterset.title(len(filterset.selection())) == title


@pytest.mark.parametrize("query", ["湿地 秸秆", "生态红线 补偿", "水", "生态"])
def test_title_and_verdict_count_alike(query):
    filterset = RegionFilter(typed(q=query))
    count = re.match("查到([0-9]+)(?:处|个地区)", filterset.reply.verdict)[1]

    assert filterset.title(len(filterset.selection())) == f"“{query}”的结果（{count}处）"


def test_question_with_hundreds_of_places_takes_no_more_queries_than_with_six(django_assert_max_num_queries):
    names = [place.name_then for place in Place.objects.exclude(name_then="")[::40]]
    reply_to("安吉")
    with django_assert_max_num_queries(60):
        reply = reply_to("".join(names)[:200])

    assert "一次只回答6个地名" in reply.limit


@pytest.mark.once
@pytest.mark.parametrize(
    ("query", "kind", "words"),
    [
        ("Baotou", "listed", "包头市在第二批名单里"),
        ("Benxi Manchu Autonomous County", "listed", "第10号"),
        ("Ministry of Environmental Protection", "ministry", "环境保护部"),
        ("Guangxi Zhuang Autonomous Region", "province", "桂林市"),
        ("Hebei Province", "province", "秦皇岛市"),
        ("Zhejiang", "province", "宁波市"),
        ("carbon trading", "subject", "相关的说法是“碳排放交易”“碳交易”，2个地区要试"),
        ("green finance", "subject", "按英文名称查到8个地区"),
        ("property rights", "subject", "相关的说法是“产权”，9个地区要试"),
        ("买卖排污权", "subject", "部分相符的有4个地区"),
        ("雄安", "not-listed", "雄县（河北省保定市）、容城县（河北省保定市）、安新县（河北省保定市）都不在"),
        ("燕郊在不在名单里", "listed", "三河市在第二批名单里，属于第4号"),
        ("襄樊", "not-listed", "襄阳市（湖北省）不在"),
        ("鹏城有哪些试点", "contains", "深圳市不是整市列入"),
        ("杭州 苏州", "not-listed", "杭州市（浙江省）、苏州市（江苏省）都不在"),
        ("济南碳中和", "listed", "那里没有与“碳中和”有关的内容"),
        ("河北有几个县", "province", "河北省有2个：秦皇岛市（第3号）、京津冀协同共建地区（第4号）。"),
        ("贵州为什么没有", "province", "贵州省没有地区列入第二批。"),
        ("哪些地方试点碳交易", "subject", "1个地区要试与“碳交易”有关的事"),
        ("哪些县有红线", "subject", "7个地区要试与“红线”有关的事"),
        ("搞湿地的地方有哪些", "subject", "4个地区要试与“湿地”有关的事"),
        ("本溪县", "listed", "本溪满族自治县在第二批名单里，第10号。"),
        ("本溪自治县", "listed", "本溪满族自治县在第二批名单里，第10号。"),
        ("大厂县", "listed", "大厂回族自治县在第二批名单里，属于第4号"),
        ("彭水县", "open", "彭水苗族土家族自治县是否在内，本站不作推定"),
        ("海安县", "within", "海安县（今海安市）属南通市"),
        ("浦东", "not-listed", "浦东新区（上海市）不在"),
        ("崇明", "not-listed", "崇明县（今上海市崇明区）不在"),
        ("第三批名单", "other-batch", "本站只收录第二批"),
        ("Tianjin Jixian", "listed", "蓟县（今天津市蓟州区）在第二批名单里"),
        ("shidi jiegan", "subject", "“湿地”“秸秆”都写到的有1个地区"),
        ("fu zhou", "ambiguous", "有几处"),
        ("太湖水环境", "subject", "部分相符的有1个地区"),
        ("wetlands", "subject", "相关的说法是“湿地”"),
        ("河北唐山", "not-listed", "唐山市（河北省）"),
        ("密云县", "not-listed", "密云区（北京市）不在"),
        ("土右旗", "within", "土默特右旗属包头市"),
        ("泉城", "listed", "济南市在第二批名单里"),
        ("西安浐灞", "listed", "第38号"),
        ("南京 湿地", "listed", "那里没有写到“湿地”的内容；别处有4个地区写到"),
        ("3214", "document", "就是这份通知"),
        ("湿地 2015", "subject", "4个地区"),
        ("东莞2015", "listed", "地区的名称和重点里没有“2015”，别处查到6处。"),
        ("东莞 3214", "listed", "地区的名称和重点里没有“3214”，别处查到2处。"),
        ("〔2016〕98号", "unknown-number", "通知没有引用〔2016〕98号；本站在第4号"),
        ("国函〔2016〕98号", "unknown-number", "本站在第4号京津冀协同共建地区的页面上把它列为出处"),
        ("国函〔2099〕98号", "unknown-number", "本站没有国函〔2099〕98号"),
        ("2016", "nothing", "本站没有查到“2016”"),
        ("什么是多规合一", "subject", "10个地区要试与“多规合一”有关的事。"),
        ("湿地有哪些城市", "subject", "4个地区要试与“湿地”有关的事。"),
        ("湿地在哪里", "subject", "4个地区要试与“湿地”有关的事。"),
        ("谁在搞湿地", "subject", "4个地区要试与“湿地”有关的事。"),
        ("有湿地的地方", "subject", "4个地区要试与“湿地”有关的事。"),
        ("第3号 湿地", "serial", "第3号：河北省秦皇岛市。那里没有写到“湿地”的内容；别处有4个"),
        ("第18号的湿地", "serial", "第18号：浙江省宁波市。它的重点写到“湿地”。"),
        ("第3号、第4号", "serial", "第3号：河北省秦皇岛市；第4号：京津冀协同共建地区"),
        ("湿地 第26号", "serial", "第26号：湖北省荆州市。它的重点写到“湿地”。"),
        ("第3215号文", "unknown-number", "有3214号"),
        ("环保总局", "ministry", "环境保护部（今生态环境部）是发文机关之一"),
        ("谁发的", "ministry", "共9个机关联合印发"),
        ("第二批有哪些城市", "batch", "第二批共45个地区。"),
        ("第二批有哪些", "batch", "第二批共45个地区。"),
        ("哪些城市入选", "batch", "第二批共45个地区。"),
        ("入选名单", "batch", "第二批共45个地区。"),
        ("入选城市", "batch", "第二批共45个地区。"),
        ("示范区名单", "batch", "第二批共45个地区。"),
        ("全部地区", "batch", "第二批共45个地区。"),
        ("有哪些县", "batch", "第二批共45个地区。"),
        ("没有入选的省", "provinces-without", "共8个"),
        ("没有入选的省份", "provinces-without", "共8个"),
        ("有几个县", "count", "第二批共45个地区，其中县6个、市27个、区4个。"),
        ("第三批", "other-batch", "本站只收录第二批。"),
        ("2014", "other-batch", "第一批（2014年）没有收录"),
        ("第六条", "duty", "按季度报送"),
        ("第5条", "duty", "健全工作机制，凝聚工作合力。"),
        ("第七条", "unknown-number", "只有第一条到第六条"),
        ("截止日期", "duty", "每年12月底前"),
        ("什么时候到期", "duty", "每年12月底前"),
        ("向谁报送", "duty", "报送国家发展改革委等有关部门"),
        ("报送给谁", "duty", "报送国家发展改革委等有关部门"),
        ("谁来监督", "duty", "加强先行示范工作跟踪并监督实施。"),
        ("每季度几号报送", "duty", "按季度报送"),
        ("什么时候印发", "document", "2015年12月31日印发"),
        ("林业", "subject", "查到通知段落4处、机关1个"),
        ("没有这样的词", "nothing", "本站没有查到"),
        ("哪里能看到全文", "document", "发改环资〔2015〕3214号于2015年12月31日印发。"),
        ("怎么申报", "document", "示范区的通知》（发改环资〔2015〕1447号）的安排"),
        ("数据下载", "site", "整份记录可以下载"),
        ("怎么导出excel", "site", "整份记录可以下载"),
        ("API接口", "site", "全部记录都有数据接口"),
        ("怎么引用？", "site", "末尾有引用格式"),
        ("发现错误怎么办", "site", "不用注册"), ("纠正错误", "site", "不用注册"),
        ("我要下载名单", "site", "整份记录可以下载"), ("下载全文", "site", "整份记录可以下载"),
        ("转载", "site", "使用许可"), ("主办单位", "site", "不是政府网站"), ("改了什么", "site", "更正都公开"),
        ("长者模式", "site", "换成大字"), ("大字版", "site", "换成大字"),
        ("日历", "duty", "每年12月底前"), ("谁要交年度总结", "duty", "每年12月底前"),
        ("哪九个部门", "ministry", "共9个机关"),
        ("一共几项", "count", "130项"),
        ("安吉县为什么不在名单", "not-listed", "安吉县（浙江省湖州市）不在第二批名单里。"),
        ("湖州为什么不在", "not-listed", "湖州市（浙江省）不在第二批名单里。"),
        ("蓟县怎么没了", "listed", "蓟县（今天津市蓟州区）在第二批名单里"),
        ("对比南京 济南", "listed", "南京市在第二批名单里，第16号。济南市在第二批名单里"),
        ("莱芜", "not-listed", "莱芜市"), ("钢城区", "not-listed", "钢城区（山东省莱芜市）不在"),
        ("龙岗", "open", "通知没有写明龙岗区是否属于第30号"),
        ("梅里斯区", "within", "属齐齐哈尔市"), ("管城", "not-listed", "管城回族区（河南省郑州市）不在"),
        ("江苏省发改委", "province", "别处查到"),
        ("多少个县", "count", "其中县6个、市27个、区4个。"),
        ("这是官方网站吗", "site", "不是政府网站"),
        ("订阅更新", "site", "可以订阅"),
        ("网站地图在哪里", "site", "网站地图"),
        ("English version", "site", "英文说明"),
        ("NDRC", "ministry", "国家发展改革委是发文机关之一"),
        ("MEE", "ministry", "环境保护部（今生态环境部）是发文机关之一"),
        ("Ministry of Ecology and Environment", "ministry", "环境保护部（今生态环境部）是发文机关之一"),
        ("first batch", "other-batch", "本站只收录第二批"),
        ("which cities", "batch", "第二批共45个地区"),
        ("45 areas", "count", "130项"),
        ("deadline", "duty", "每年12月底前"),
        ("Lhasa", "not-listed", "拉萨市（西藏自治区）"),
        ("N°12", "serial", "第12号"),
        ("卫健委", "not-a-signatory", "卫健委不是发文机关"),
        ("文旅部", "not-a-signatory", "文旅部不是发文机关"),
        ("应急管理部", "not-a-signatory", "应急管理部不是发文机关"),
        ("人民银行", "not-a-signatory", "人民银行不是发文机关"),
        ("中宣部", "not-a-signatory", "中宣部不是发文机关"),
        ("官员考核", "subject", "相关的说法是“政绩考核”“考核评价”"),
        ("养殖污染", "subject", "相关的说法是“规模化养殖”，1个地区"),
        ("油田", "subject", "相关的说法是“油地协同”，1个地区"),
        ("考核办法", "subject", "相关的说法是“具体办法”"),
        ("老百姓参与", "subject", "相关的说法是“公众参与”"),
    ],
)  # fmt: skip
def test_question_of_its_kind_has_its_answer(query, kind, words):
    reply = RegionFilter(typed(q=query)).reply

    assert (reply.kind, words in reply.text) == (kind, True), reply.text


def test_typo_finds_no_more_than_the_word_that_was_meant():
    for typo, word in [
        ("生态补尝", "生态补偿"),
        ("生太补偿", "生态补偿"),
        ("自然自源资产负债表", "自然资源资产负债表"),
        ("湿的", "湿地"),
        ("多轨合一", "多规合一"),
        ("生态红钱", "生态红线"),
    ]:
        assert not RegionFilter(typed(q=typo)).areas() & ~RegionFilter(typed(q=word)).areas(), typo


@pytest.mark.once
@pytest.mark.parametrize(
    ("query", "kind", "words", "serials"),
    [
        ("12", "serial", "第12号：吉林省白城市", [12]),
        ("３", "serial", "第3号", [3]),
        ("46", "unknown-number", "只有第1号到第45号", []),
        ("330", "unknown-number", "没有第330号", []),
        ("3215", "unknown-number", "本站没有3215号，有3214号", []),
        ("3215 号", "unknown-number", "本站没有3215号，有3214号", []),
        ("3214 号", "document", "就是这份通知", []),
        ("2015", "subject", "查到通知段落", []),
        ("110116", "listed", "怀柔区在第二批名单里，第1号", [1]),
        ("330106", "not-listed", "西湖区（浙江省杭州市）", []),
        ("999999", "unknown-number", "行政区划代码里都没有999999", []),
        ("第4号第2项", "serial", "“设立绿色发展基金，探索跨区域生态保护补偿机制”", [4]),
        ("第四号的第二项", "serial", "“设立绿色发展基金", [4]),
        ("4-2", "serial", "“设立绿色发展基金", [4]),
        ("第4号第9项", "serial", "没有第9项，只有3项", [4]),
        ("第46号第1项", "unknown-number", "没有第46号", []),
    ],
)
def test_number_alone_is_an_area_a_code_a_document_or_told_to_be_none(query, kind, words, serials):
    filterset = RegionFilter(typed(q=query))

    assert (filterset.reply.kind, words in filterset.reply.text) == (kind, True), filterset.reply.text
    assert [card.serial for card in cards(filterset.selection()[:], filterset.state)] == serials
    assert not filterset.answer.is_classified or len(query) == 6


@pytest.mark.parametrize(
    ("serials", "number", "text", "areas"),
    [
        ({45: 145}, 45, "第45号：{45}（本站现为第145号）", {45}),
        ({45: 145}, 145, "第145号：{45}", {45}),
        ({4: 200, 5: 4}, 4, "通知的第4号是{4}（本站现为第200号）；本站现在的第4号是{5}。", {4, 5}),
        ({4: 200, 5: 4}, 5, "第5号：{5}（本站现为第4号）", {5}),
        ({5: 200, 4: 5}, 5, "通知的第5号是{5}（本站现为第200号）；本站现在的第5号是{4}。", {4, 5}),
    ],
)
def test_number_is_that_of_the_notice_and_that_of_today(serials, number, text, areas):
    rows = {serial: Region.objects.get(serial=serial) for serial in (4, 5, 45)}
    for serial, today in serials.items():
        rows[serial].serial = today
        rows[serial].save()
    texts = text.replace("{", "{0[").replace("}", "]}").format({serial: row.name for serial, row in rows.items()})

    for query in (f"第{number}号", f"{number}号", f"{number}"):
        filterset = RegionFilter(typed(q=query))
        assert filterset.reply.text == texts
        assert {filterset.state.pks[place] for place in places(filterset.areas())} == {rows[s].pk for s in areas}
        assert all(f"第{serials[s]}号的序号已更正，印发时是第{s}号。" in filterset.reply.limit for s in areas)


@pytest.mark.parametrize(
    ("query", "kind", "words", "serials"),
    [
        ("沙市", "within", "沙市区属荆州市", [26]),
        ("与资源", "subject", "1个地区要试与“与资源”有关的事", [10]),
        ("西北", "subject", "1个地区的名称里有“西北”", [35]),
        ("大鹏", "listed", "大鹏新区在第二批名单里，属于第30号“深圳东部湾区”。不是单独列名", [30]),
        ("大鹏新区", "listed", "大鹏新区在第二批名单里，属于第30号", [30]),
        ("自治县", "listed", "名单里有1个：本溪满族自治县（第10号）。第4号的组成单位里有大厂回族自治县。", [4, 10]),
        ("灞桥", "open", "通知没有写明浐灞生态区的范围。", [38]),
        ("蓟县 三河", "listed", "没有逐一列名；三河市在内是通行的说法", [4]),
        ("蓟县 安吉", "listed", "不能由此说安吉县从未入选", [4]),
        ("安吉 蓟县 义乌", "listed", "义乌市（浙江省金华市）都不在第二批名单里", [4]),
    ],
)
def test_answer_leaves_nothing_out_and_the_list_agrees(query, kind, words, serials):
    filterset = RegionFilter(typed(q=query))
    reply = filterset.reply

    assert (reply.kind, words in reply.text + reply.limit) == (kind, True), reply.text + reply.limit
    assert [card.serial for card in cards(filterset.selection()[:], filterset.state)] == serials


def test_typo_says_of_the_word_that_was_meant_where_it_is_not(client):
    page = client.get("/regions/", {"q": "生态补尝"}).text

    assert "其中一部分原文没有“生态补偿”" in page
    assert "原文没有“生态补尝”" not in page


def test_topic_by_the_official_name_is_offered_for_the_word():
    assert "生态保护补偿" in [entry.title for entry in RegionFilter(typed(q="生态补偿")).answer.others]


def test_candidates_of_a_name_beside_another_place_are_offered():
    assert ("广东省汕尾市城区", "不在名单里") in RegionFilter(typed(q="城区 北京")).reply.choices


def test_answer_says_how_a_name_was_read():
    assert "“燕郊”按“三河市”查。" in RegionFilter(typed(q="燕郊在不在名单里")).reply.limit
    assert "浙江有1个：宁波市（第18号）。江苏有2个" in RegionFilter(typed(q="杭州 苏州")).reply.limit


def test_words_that_stand_for_nothing_are_named():
    assert RegionFilter(typed(q="PM2.5")).answer.unused == ["PM2.5"]
    assert RegionFilter(typed(q="PPP模式")).answer.unused == ["PPP模式"]
    assert RegionFilter(typed(q="绿色金融 湿地")).answer.unused == ["湿地"]
    assert RegionFilter(typed(q="湿地 排污权证")).answer.unused == ["排污权"]
    assert RegionFilter(typed(q="湿地 长江口")).answer.unused == ["长江口"]
    assert RegionFilter(typed(q="湿的")).answer.unused == []


@pytest.mark.once
@pytest.mark.parametrize("model", [Region, Province, Topic, System, Ministry])
def test_every_thing_is_found_by_its_english_name(model):
    for row in model.objects.exclude(name_en="Other"):
        found = RegionFilter(typed(q=row.name_en))
        entries = {(entry.kind, entry.object_id) for entry in found.answer.others}
        pks = (
            found.selection()[:]
            if model is Region
            else [pk for kind, pk in entries if kind == model.__name__.lower()]
        )

        assert row.pk in pks, row.name_en


def test_answer_that_a_place_is_nowhere_says_what_was_searched(client):
    def side(query):
        return client.get("/regions/", {"q": query}).text.partition("查过哪些")[2]

    assert "全部重点和通知全文，归类、机关和引用文件，都没有“安吉县”。" in side("安吉县")
    assert side("安吉湿地") == side("西安") == side("福建") == ""


@pytest.mark.parametrize("query", ["湖南省", "湖南省在名单里吗", "430000", "长沙县"])
def test_answer_of_a_province_hangs_on_its_links_not_its_code(query):
    before = RegionFilter(typed(q=query)).answer.reply
    make.overwrite(Province.objects.filter(slug="hunan"), code="990000")

    assert RegionFilter(typed(q=query)).answer.reply == before


@pytest.mark.parametrize(
    ("serials", "query", "verdict", "words"),
    [
        ([1], "北京", "有2个地区", "北京市有2个：怀柔区（第1号，本站已撤下）"),
        ([18], "浙江", "有1个地区", "浙江省有1个：宁波市（第18号，本站已撤下）。"),
        ([18], "浙江 上海", "有2个地区", "浙江省有1个"),
    ],
)
def test_verdict_counts_the_areas_that_its_sentence_does(serials, query, verdict, words):
    make.overwrite(
        Region.objects.filter(serial__in=serials), withdrawn_on=timezone.localdate(), withdrawn_reason="重复"
    )

    reply = reply_to(query)

    assert (reply.verdict, reply.tone, words in reply.text) == (verdict, "yes", True), reply.text


@pytest.mark.once
@pytest.mark.parametrize("pattern", this_site.PAGES)
def test_page_that_answers_of_the_site_is_there(client, pattern):
    _, address, anchor, _ = this_site.PAGES[pattern]
    page = client.get(str(address), follow=True)

    assert page.status_code == 200
    assert not anchor or f'id="{anchor}"' in page.text


@pytest.mark.parametrize(
    "query",
    ["后来怎样", "后来怎么样了？", "这份通知落实得怎么样", "落实情况", "有什么成效", "试点完成了吗", "follow-up"],
)
def test_question_what_came_of_it_leads_to_the_page_that_says_so(query):
    reply = reply_to(query)

    assert (reply.kind, str(reply.url), reply.link) == ("site", "/after/", "看通知之后")
    assert "没有查到，不等于没有做" in reply.text


def test_words_in_which_it_is_asked_are_looked_for_alone():
    assert {reply.kind for word in ("落实", "建设", "通知") if (reply := reply_to(word))} == {"document"}


def test_places_of_which_some_are_listed_have_no_verdict_of_one():
    reply = reply_to("苏州 南京")

    assert (reply.verdict, reply.tone) == ("有的在名单里", "many")
    assert (reply_to("济南 南京").verdict, reply_to("济南 南京").tone) == ("在名单里", "yes")


def test_candidates_of_which_some_are_not_listed_are_told_the_first_batch():
    assert reply_to("朝阳").limit == "另有2014年的第一批，本站没有收录。"
    assert "辽宁省朝阳市朝阳县" in [name for name, _ in reply_to("朝阳").choices]


def test_errors_are_told_to_whom_the_site_names(settings):
    settings.SITE = settings.SITE | {"contact": "jiucuo@example.cn"}

    assert reply_to("纠错").text.endswith("也可以联系：jiucuo@example.cn")


@pytest.mark.once
@pytest.mark.parametrize("query", ["下载", "纠错", "英文版"])
def test_word_of_the_notice_is_found_before_it_is_a_question_about_the_site(query):
    assert reply_to(query).kind == "site"
    line = Region.objects.first().priorities.first()
    line.text += f"，{query}"
    line.save()

    found = RegionFilter(typed(q=query))

    assert line.region_id in found.selection()[:]
    assert found.answer.reply is None or found.answer.reply.kind != "site"


def test_areas_that_only_their_name_found_are_not_counted_among_those_that_try_it():
    """白城市 and 宣城市 have no line on 城市. Every character and pair of them that names and lines share."""
    lines = {}
    for line in Priority.objects.all():
        lines[line.region_id] = lines.get(line.region_id, "") + "\n" + line.text
    names = {name for region in Region.objects.all() for name in (region.name, region.province.name)}
    shared = {name[start:end] for name in names for start in range(len(name)) for end in (start + 1, start + 2)}
    words = sorted(word for word in shared if word.isalpha() and any(word in text for text in lines.values()))
    wrong, several = [], 0
    for word in words:
        filterset = RegionFilter(typed(q=word))
        told = re.match(r"(\d+)个地区要试与[^，]*有关的事(?:，另有(\d+)个地区按名称等查到)?。", filterset.reply.text)
        trying, found = sum(word in text for text in lines.values()), len(serials(filterset))
        several += bool(told and told[2])
        if told and [int(number or 0) for number in told.groups()] != [trying, found - trying]:
            wrong.append((word, filterset.reply.text))
    assert wrong == []
    assert several > 10
    assert RegionFilter(typed(q="城市")).reply.text == "4个地区要试与“城市”有关的事，另有2个地区按名称等查到。"
