import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
EVERY_PAGE = [
    "/", "/notices/fagai-huanzi-2015-3214/", "/regions/", "/regions/?q=湿地&kind=county", "/regions/jing-jin-ji/",
    "/provinces/", "/provinces/xinjiang/", "/topics/", "/topics/ecological-red-lines/", "/systems/other/",
    "/ministries/", "/ministries/mep/", "/matrix/", "/compare/",
    "/compare/?region=beijing-huairou&region=jing-jin-ji&region=bingtuan-alaer", "/about/", "/sitemap/", "/nope/",
]  # fmt: skip


def test_resident_finds_what_her_county_is_to_try_in_three_taps(site, phone):
    phone.goto(site)
    phone.get_by_role("link", name=re.compile("^辽宁 *2 *个地区$")).click()
    phone.get_by_role("link", name="辽宁省本溪满族自治县").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("辽宁省本溪满族自治县")

    phone.get_by_role("link", name="第2项的链接").click()

    expect(phone).to_have_url(f"{site}/regions/liaoning-benxi/#priority-2")
    expect(phone.locator("#priority-2")).to_contain_text("建立严格的环境准入制度")
    expect(phone.locator("#priority-2")).to_be_in_viewport()


def test_reader_searches_filters_and_removes_the_chip(site, phone):
    phone.goto(site)
    phone.get_by_role("search").first.get_by_role("combobox").fill("湿地")
    phone.get_by_role("search").first.get_by_role("button").click()
    expect(phone).to_have_title(re.compile("（4个）"))

    phone.get_by_text("筛选", exact=True).click()
    phone.get_by_label("新疆维吾尔自治区").check()
    phone.get_by_role("button", name="应用筛选").click()
    expect(phone).to_have_title(re.compile("（1个）"))
    expect(phone.get_by_text("筛选（已选1项）")).to_be_visible()
    expect(phone.get_by_role("link", name="新疆维吾尔自治区昭苏县")).to_be_visible()

    phone.get_by_role("link", name=re.compile("^移除筛选： *省份：新疆维吾尔自治区$")).click()
    expect(phone).to_have_title(re.compile("（4个）"))


def test_large_text_stays_while_reading(site, phone):
    def size():
        return phone.locator("h1").bounding_box()["height"]

    phone.goto(f"{site}/about/")
    before = size()
    phone.get_by_role("link", name="长者模式").click()
    expect(phone.get_by_role("link", name="标准模式")).to_be_visible()
    expect(phone).to_have_url(f"{site}/about/")
    assert size() > before
    phone.get_by_role("link", name="网站地图").click()
    expect(phone).to_have_url(f"{site}/sitemap/")
    expect(phone.get_by_role("link", name="标准模式")).to_be_visible()


def test_reader_sets_areas_side_by_side_and_takes_one_away(site, phone):
    phone.goto(f"{site}/compare/")
    phone.get_by_label("第一个地区").select_option("怀柔区")
    phone.get_by_label("第二个地区").select_option("秦皇岛市")
    phone.get_by_role("button", name="比较").click()
    expect(phone).to_have_url(f"{site}/compare/?region=beijing-huairou&region=hebei-qinhuangdao")

    phone.get_by_label("再加一个地区").select_option("阿拉尔市")
    phone.get_by_role("button", name="加入比较").click()
    expect(phone.get_by_role("columnheader")).to_have_count(3)
    phone.get_by_role("link", name=re.compile("^移除 *秦皇岛市$")).click()

    expect(phone).to_have_url(f"{site}/compare/?region=beijing-huairou&region=bingtuan-alaer")
    expect(phone.get_by_role("columnheader", name="怀柔区")).to_be_visible()


@pytest.mark.parametrize("width", [320, 375, 768, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_scrolls_sideways_or_complains(site, chromium, width, scheme):
    said = []
    with chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme) as context:
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("request", lambda request: said.append(request.url) if not request.url.startswith(site) else None)
        for path in EVERY_PAGE:
            page.goto(site + path)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    assert [text for text in said if "404" not in text] == []


def test_admin_works_under_the_content_security_policy(site, chromium, django_user_model):
    django_user_model.objects.create_superuser("admin", password="wetland-2015")
    said = []
    with chromium.new_context(viewport={"width": 1440, "height": 900}, locale="en-US") as context:
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.goto(f"{site}/admin/")
        page.get_by_label("用户名").fill("admin")
        page.get_by_label("密码").fill("wetland-2015")
        page.get_by_role("button", name="登录").click()
        page.get_by_role("link", name="先行示范地区", exact=True).first.click()
        page.get_by_role("link", name="北京市怀柔区").click()
        page.locator("#id_remark").fill("在浏览器里写的说明。")
        page.get_by_role("button", name="保存", exact=True).click()
        page.locator(".messagelist .success").wait_for(timeout=10_000)
    assert said == []
