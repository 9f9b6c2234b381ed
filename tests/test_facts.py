"""What the fixtures say of places and bodies, compared with what was checked against public sources."""

import json
import re

import pytest
from django.conf import settings

from pilots.models import Alias, Citation, Division, Ministry, Region

pytestmark = pytest.mark.django_db


def test_place_with_a_code_of_today_has_one_of_2015_too():
    assert not Division.objects.filter(code_then="").exclude(code_now="").exists()


@pytest.mark.parametrize(
    ("place", "code"), [("长沙市", "430100"), ("本溪市", "210500"), ("青岛市", "370200"), ("榆林市", "610800")]
)
def test_code_of_2015_is_that_of_the_list_then_in_force(place, code):
    assert set(Division.objects.filter(name_then=place).values_list("code_then", flat=True)) == {code}


def test_changed_code_or_name_is_one_that_a_reply_changed():
    changed = {
        row.name_then
        for row in Division.objects.all()
        if (row.name_then, row.code_then) != (row.name_now, row.code_now)
    }

    assert changed == {"蓟县", "宁乡县", "神木县"}


def test_page_says_of_no_place_that_it_is_now_itself(client):
    for region in Region.objects.all():
        text = client.get(region.get_absolute_url()).text
        for name, later in re.findall(r"<dd>\s*(\S+) \d*\s*<span class=\"note\">现为(\S+) ", text):
            assert name != later


def test_joint_area_has_no_name_of_today_and_its_member_tells_the_change(client):
    text = client.get(Region.objects.get(serial=4).get_absolute_url()).text

    assert "天津蓟州、" not in text
    assert "不适用（不是行政区划）" in text
    assert "现为蓟州区 120119" in text
    assert "国函〔2016〕98号" in text


def test_seat_of_hongdao_is_not_said(client):
    assert "城阳区" not in client.get(Region.objects.get(serial=22).get_absolute_url()).text


def test_change_of_each_ministry_has_a_public_address():
    rows = Ministry.objects.all()

    assert [row.slug for row in rows if not re.search(r"https?://[\w.]+/\S+", row.change_source)] == []
    assert not [row.slug for row in rows if re.search(r"同上|未附网址|hongxing", row.change_source)]


@pytest.mark.parametrize(
    ("slug", "duty"),
    [
        ("ndrc", "应对气候变化和减排"),
        ("mlr", "监督防止地下水污染"),
        ("mwr", "排污口设置管理"),
        ("moa", "农业面源污染治理"),
    ],
)
def test_duties_that_went_to_the_ministry_of_ecology_are_told(slug, duty):
    change = Ministry.objects.get(slug=slug).change

    assert duty in change
    assert "生态环境部" in change


def test_no_fixture_says_a_day_of_the_replies_that_nobody_saw():
    rows = json.loads((settings.BASE_DIR / "fixtures" / "divisions.json").read_text())

    assert not [row for row in rows if "2017-04-" in row["fields"]["remark"]]


def test_document_is_cited_once():
    titles = list(Citation.objects.order_by("position").values_list("title", "number"))

    assert len(titles) == 4
    assert [number for title, number in titles if "加快推进生态文明建设的意见" in title] == ["中发〔2015〕12号"]


def test_no_fixture_has_a_name_that_is_none_of_its_area():
    names = set(Alias.objects.values_list("name", flat=True))

    assert not names & {"西安国际港务区", "廊坊市", "青岛高新区"}
