"""Signing in with a second step, in a real browser, under the content security policy."""

import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import expect

from tests import factories as make

pytestmark = pytest.mark.once
PASSWORD, OTHER = "heron-Wetland-77", "Marsh+lantern-58"


def code(secret):
    """Return the code of now; not in the last seconds of its half minute, when it would be late on arrival."""
    if time.time() % 30 > 25:
        time.sleep(6)
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


@pytest.fixture
def official(site_to_write_on, settings):
    """A new official of Liaoning with a one-time password, on a site that requires the second step."""
    settings.REQUIRE_MFA = True
    user = make.make_official("wang", "省级编辑", "liaoning", password=PASSWORD)
    user.official.must_change_password = True
    user.official.save()
    return user


@pytest.fixture(params=[True, False], ids=["scripts", "no scripts"])
def page(chromium, request):
    """A phone with an English browser that writes down every complaint of the console."""
    options = {"viewport": {"width": 375, "height": 812}, "locale": "en-US", "java_script_enabled": request.param}
    with chromium.new_context(**options) as context:
        context.set_default_timeout(15_000)
        page = context.new_page()
        page.said = []
        page.on("console", lambda message: page.said.append(message.text))
        page.on("pageerror", lambda error: page.said.append(str(error)))
        yield page


def sign_in(page, site, password):
    page.goto(f"{site}/admin/pilots/region/")
    expect(page.get_by_role("heading", level=1)).to_have_text("登录")
    page.get_by_label("用户名").fill("wang")
    page.get_by_label("密码").fill(password)
    page.get_by_role("button", name="登录").click()


def test_new_official_replaces_the_password_enrols_and_signs_in_again(site_to_write_on, official, page):
    sign_in(page, site_to_write_on, "wrong")
    expect(page.get_by_text("您提供的用户名或密码不正确")).to_be_visible()
    expect(page.get_by_label("用户名")).to_have_value("wang")

    sign_in(page, site_to_write_on, PASSWORD)
    expect(page.get_by_role("heading", level=1)).to_have_text("更换密码")
    page.get_by_label("当前密码").fill(PASSWORD)
    page.get_by_label("新密码：", exact=True).fill(OTHER)
    page.get_by_label("新密码（重复）").fill(OTHER)
    page.get_by_role("button", name="更换密码").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("启用验证器应用")
    drawn = page.get_by_role("img", name="二维码")
    assert drawn.evaluate("image => image.decode().then(() => image.naturalWidth > 0)")
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    secret = page.locator("code").inner_text()
    page.get_by_label("验证码").fill(code(secret))
    page.get_by_role("button", name="启用").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("恢复码")
    codes = page.locator("code").all_inner_texts()
    assert len(codes) == 10
    page.get_by_role("link", name="已保存，进入管理后台").click()
    expect(page).to_have_url(f"{site_to_write_on}/admin/")
    page.get_by_role("button", name="退出登录").click()

    sign_in(page, site_to_write_on, OTHER)
    expect(page.get_by_role("heading", level=1)).to_have_text("两步验证")
    page.get_by_label("验证码或恢复码").fill("000000")
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_text("验证码不正确。")).to_be_visible()
    page.get_by_label("验证码或恢复码").fill(codes[0])
    page.get_by_role("button", name="登录").click()

    expect(page).to_have_url(f"{site_to_write_on}/admin/pilots/region/")
    expect(page.get_by_role("link", name="辽宁省本溪满族自治县")).to_be_visible()
    expect(page.get_by_text("北京市怀柔区")).to_have_count(0)
    assert page.said == []
