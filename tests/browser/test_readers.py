"""What readers asked and were not told, once: each question asked again, on a phone without scripts."""

import re

import pytest
from playwright.sync_api import expect

from .conftest import PHONE

pytestmark = pytest.mark.looks


@pytest.fixture
def ask(site, kept_page):
    """Return the function that types a question into the page at hand, first of all home, and gives its answer."""
    page = kept_page(**PHONE, java_script_enabled=False)
    page.goto(site)

    def ask(question):
        box = page.get_by_role("search").first
        box.get_by_role("combobox").fill(question)
        box.get_by_role("button", name="检索").click()
        return page

    return ask


def areas(page):
    return page.locator(".card__title a").all_text_contents()


def test_place_that_is_not_on_the_list_is_told_so(ask):
    for place in ("安吉县（浙江省湖州市）", "杭州市（浙江省）", "贵阳市（贵州省）", "哈尔滨市（黑龙江省）"):
        page = ask(place[:2] if place[0] != "哈" else place[:3])

        expect(page.get_by_role("heading", level=1)).to_have_text(f"{place}不在第二批名单里。")
        assert areas(page) == []
        page.get_by_role("link", name=re.compile("^看.*省$")).click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("省")
        page.go_back()


def test_number_of_an_area_leads_to_it(ask):
    page = ask("第45号")
    expect(page.get_by_role("heading", level=1)).to_contain_text("第45号：")

    page.get_by_role("link", name="看第45号").click()

    expect(page).to_have_url(re.compile("/regions/bingtuan-alaer/$"))


def test_words_find_what_they_mean_and_nothing_else(ask):
    assert not {"江苏省南京市", "山东省济南市"} & {*areas(ask("计划单列市"))}
    found = areas(ask("湿地 -荆州"))
    assert "浙江省宁波市" in found
    assert "湖北省荆州市" not in found


@pytest.mark.parametrize("question", ["3214", "年度总结", "林业局", "第二批生态文明先行示范区名单"])
def test_nothing_says_none_above_a_right_answer(ask, question):
    page = ask(question)

    assert "（0个）" not in page.title()
    expect(page.get_by_text("没有符合的地区")).to_have_count(0)
    expect(page.locator(".reply__verdict")).not_to_have_text("没有查到")


def test_right_word_finds_no_less_than_its_typo(ask):
    right = areas(ask("生态补偿"))

    assert {*areas(ask("生态补尝"))} <= {*right}
    assert right


def test_two_places_are_both_answered_and_one_leads_to_its_words(ask):
    page = ask("蓟县 昌黎")
    answer = page.get_by_role("heading", level=1)
    expect(answer).to_contain_text("蓟县（今天津市蓟州区）在第二批名单里")
    expect(answer).to_contain_text("昌黎县属秦皇岛市")

    page.get_by_role("link", name="看第4号").click()

    expect(page.get_by_text("创新区域联动机制，探索京津冀生态文明制度建设协同模式")).to_be_visible()


def test_topic_has_its_table_its_files_and_how_to_cite_it(ask):
    page = ask("自然资源资产负债表")
    page.get_by_role("link", name="自然资源资产负债表", exact=True).last.click()

    page.get_by_role("link", name="列成表格").click()
    expect(page.get_by_role("heading", name="列成表格")).to_be_visible()
    expect(page.get_by_role("table")).to_contain_text("150200")  # 包头市
    expect(page.get_by_role("link", name=re.compile("^CSV"))).to_be_visible()
    expect(page.locator(".citation__text").first).to_contain_text("[EB/OL]")
