"""What readers come for, each way that they can go: without scripts, without styles, by keyboard alone."""

import re

import pytest
from playwright.sync_api import expect

from tests.pages import NOTICE

from .conftest import PHONE

pytestmark = pytest.mark.once

NARROW = {"viewport": PHONE["viewport"]}
FAR = 200  # presses of the Tab key


class Reader:
    """Someone at a page, with a finger or at the keyboard. `page` is what she has before her."""

    def __init__(self, page, has_finger=True):
        self.page, self.has_finger = page, has_finger

    def press(self, target, key="Enter"):
        if self.has_finger:
            target.click()
        else:
            self.reach(target)
            self.page.keyboard.press(key)

    def tick(self, target):
        self.press(target, key="Space")

    def type(self, target, words):
        if self.has_finger:
            target.fill(words)
        else:
            self.reach(target)
            self.page.keyboard.insert_text(words)

    def choose(self, target, label):
        if not self.has_finger:
            self.reach(target)
        target.select_option(label)

    def reach(self, target):
        """Go on with the Tab key until `target` has the focus."""
        node = target.element_handle()
        for _ in range(FAR):
            self.page.keyboard.down("Tab")  # held down until she is there
            if node.evaluate("node => node === document.activeElement"):
                return self.page.keyboard.up("Tab")
        raise AssertionError(f"the Tab key never comes to {target}")


@pytest.fixture(params=["scripts off", "styles off", "keyboard"])
def reader(request, kept_page):
    page = kept_page(**NARROW, java_script_enabled=request.param != "scripts off")
    if request.param == "styles off":
        page.route("**/*.css", lambda route: route.abort())
    yield Reader(page, has_finger=request.param != "keyboard")
    page.unroute_all()


def test_resident_finds_what_her_county_is_to_try_in_three_taps(site, reader):
    page = reader.page
    page.goto(site)
    reader.press(page.get_by_role("link", name=re.compile("^辽宁 .*2 *个地区$")))
    reader.press(page.get_by_role("link", name="辽宁省本溪满族自治县"))
    expect(page.get_by_role("heading", level=1)).to_have_text("辽宁省本溪满族自治县")

    reader.press(page.get_by_role("link", name="第2项的链接"))

    expect(page).to_have_url(f"{site}/regions/liaoning-benxi/#priority-2")
    expect(page.locator("#priority-2")).to_contain_text("建立严格的环境准入制度")
    expect(page.locator("#priority-2")).to_be_in_viewport()


def test_reader_searches_filters_and_removes_the_chip(site, reader):
    page = reader.page
    page.goto(site)
    reader.type(page.get_by_role("search").first.get_by_role("combobox"), "湿地")
    reader.press(page.get_by_role("search").first.get_by_role("button"))
    expect(page).to_have_title(re.compile("（8处）"))

    reader.press(page.get_by_role("link", name="筛选", exact=True))
    reader.tick(page.get_by_role("checkbox", name=re.compile("^新疆维吾尔自治区")))
    reader.press(page.get_by_role("button", name="应用筛选"))
    expect(page).to_have_title(re.compile("（2处）"))
    expect(page.get_by_text("筛选（已选1项）")).to_be_visible()
    expect(page.get_by_role("link", name="新疆维吾尔自治区昭苏县")).to_be_visible()

    reader.press(page.get_by_role("link", name=re.compile("^移除筛选： *省份：新疆维吾尔自治区$")))
    expect(page).to_have_title(re.compile("（8处）"))


def test_researcher_reads_the_text_as_received_and_comes_back(site, reader):
    page = reader.page
    page.goto(site + NOTICE)
    as_shown = page.locator("#addressees .original").text_content()

    reader.press(page.get_by_role("link", name="照录原样"))
    expect(page).to_have_url(f"{site}{NOTICE}?text=raw")
    assert page.locator("#addressees .original").text_content() != as_shown

    reader.press(page.get_by_role("link", name="整理过标点"))
    expect(page).to_have_url(site + NOTICE)
    assert page.locator("#addressees .original").text_content() == as_shown


def test_journalist_reads_every_areas_own_words_on_a_topic(site, reader):
    page = reader.page
    page.goto(site)
    reader.press(page.get_by_text("栏目", exact=True))
    reader.press(page.get_by_role("navigation", name="栏目").get_by_role("link", name="主题"))
    reader.press(page.get_by_role("link", name="生态红线", exact=False).first)

    expect(page).to_have_url(f"{site}/topics/ecological-red-lines/")
    expect(
        page.locator("blockquote").get_by_text("探索建立生态红线制度和资源环境承载能力监测预警机制")
    ).to_be_visible()
    reader.press(page.get_by_role("link", name="北京市怀柔区第2项"))
    expect(page).to_have_url(f"{site}/regions/beijing-huairou/#priority-2")


def test_reader_who_is_lost_searches_from_the_error_page(site, reader):
    page = reader.page
    page.goto(f"{site}/nope/")
    reader.type(page.get_by_role("search", name="检索全部地区").get_by_role("combobox"), "怀柔")
    reader.press(page.get_by_role("search", name="检索全部地区").get_by_role("button"))

    expect(page.get_by_role("link", name="北京市怀柔区")).to_be_visible()


def test_large_text_stays_while_reading(site, reader):
    page = reader.page
    page.goto(f"{site}/about/")
    reader.press(page.get_by_role("link", name="长者模式"))
    expect(page).to_have_url(f"{site}/about/")
    expect(page.get_by_role("link", name="标准模式")).to_be_visible()

    reader.press(page.get_by_role("link", name="网站地图"))

    expect(page).to_have_url(f"{site}/sitemap/")
    expect(page.get_by_role("link", name="标准模式")).to_be_visible()


@pytest.mark.parametrize("reader", ["styles off"], indirect=True)
def test_page_without_styles_says_first_what_it_is_and_then_what_it_found(site, reader):
    page = reader.page
    page.goto(f"{site}/regions/?q=湿地&province=xinjiang")
    order = [
        "跳到正文",
        "生态文明先行示范区名录",
        "“湿地”的结果（2处）",
        "移除筛选：",
        "新疆维吾尔自治区昭苏县",
        "应用筛选",
        "不是政府网站",
    ]

    words = page.locator("body").evaluate("node => node.textContent")
    places = [words.index(word) for word in order]

    assert places == sorted(places)


def test_reader_sets_areas_side_by_side_and_takes_one_away(site, reader):
    page = reader.page
    page.goto(f"{site}/compare/")
    reader.choose(page.get_by_label("第一个地区"), "怀柔区")
    reader.choose(page.get_by_label("第二个地区"), "秦皇岛市")
    reader.press(page.get_by_role("button", name="比较"))
    expect(page).to_have_url(f"{site}/compare/?region=beijing-huairou&region=hebei-qinhuangdao")

    reader.choose(page.get_by_label("再加一个地区"), "阿拉尔市")
    reader.press(page.get_by_role("button", name="加入比较"))
    expect(page.get_by_role("columnheader")).to_have_count(3)
    reader.press(page.get_by_role("link", name=re.compile("^移除 *秦皇岛市$")))

    expect(page).to_have_url(f"{site}/compare/?region=beijing-huairou&region=bingtuan-alaer")
    expect(page.get_by_role("columnheader", name="怀柔区")).to_be_visible()
