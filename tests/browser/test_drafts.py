"""What the admin's script adds to drafts: they are kept as one types, who leaves is asked, who is idle is told."""

import pytest
from playwright.sync_api import expect

from pilots.models import Draft, Region
from tests import factories as make
from tests.forms import address, official

pytestmark = pytest.mark.once


@pytest.fixture
def page(open_as):
    page = open_as(official("张"))
    page.clock.install()
    page.goto(page.site + address(Region.objects.get(slug="liaoning-benxi")))
    return page


def test_draft_is_kept_as_one_types_and_waits_in_the_form(page):
    page.get_by_label("通知未列明").fill("通知没有写明打到一半")
    page.clock.fast_forward(5_000)
    expect(page.locator("#draft")).to_contain_text("已存下")

    assert Draft.objects.get().fields["open_points"] == ["通知没有写明打到一半"]
    page.reload()
    expect(page.get_by_label("通知未列明")).to_have_value("通知没有写明打到一半")


def test_cells_that_are_pasted_are_kept_and_who_leaves_before_is_asked(page):
    area, questions = Region.objects.get(slug="liaoning-benxi"), []
    page.on("dialog", lambda dialog: (questions.append(dialog.type), dialog.dismiss()))
    page.goto(f"{page.site}/admin/pilots/project/import/?region={area.pk}")
    page.get_by_label("粘贴表格").fill("打到一半")

    page.get_by_role("link", name="管理手册").click()
    page.wait_for_timeout(300)
    assert questions == ["beforeunload"]
    page.clock.fast_forward(5_000)
    expect(page.locator("#draft")).to_contain_text("已存下")

    page.reload()
    expect(page.get_by_label("粘贴表格")).to_have_value("打到一半")


def test_value_for_chosen_rows_is_kept_as_one_types_and_opens_at_its_own_address(page):
    page.goto(f"{page.site}/admin/pilots/priority/")
    page.get_by_role("checkbox", name="选择此对象执行操作").first.click()
    page.get_by_label("对所选的行").first.select_option(label="改所选的“归类依据”…")
    page.get_by_role("button", name="执行").first.click()
    page.wait_for_load_state()
    page.get_by_label("归类依据").fill("打到一半")
    page.clock.fast_forward(5_000)
    expect(page.locator("#draft")).to_contain_text("已存下")

    page.goto(f"{page.site}/admin/")
    page.get_by_role("link", name="改所选的").click()
    expect(page.get_by_label("归类依据")).to_have_value("打到一半")


def test_window_of_who_signed_out_says_that_nothing_is_kept(page):
    page.context.add_cookies([{"name": "csrftoken", "value": "y" * 32, "url": page.site}])
    page.evaluate("document.querySelector('[name=opened_by]').value = ''")

    page.get_by_label("通知未列明").fill("别人的")
    page.clock.fast_forward(5_000)

    expect(page.locator("#draft")).to_contain_text("也没有存成草稿")
    assert not Draft.objects.exists()


def test_who_leaves_before_it_is_kept_is_asked(page):
    questions = []
    page.on("dialog", lambda dialog: (questions.append(dialog.type), dialog.dismiss()))
    page.get_by_label("通知未列明").fill("通知没有写明打到一半")

    page.get_by_role("link", name="管理手册").click()
    page.wait_for_timeout(300)

    assert questions == ["beforeunload"]
    assert page.url.endswith("/whole/")


def test_session_that_is_about_to_end_is_told_and_kept_with_one_click(page):
    box = page.locator("#session")
    page.clock.fast_forward("23:00")
    expect(box).to_be_hidden()
    page.clock.fast_forward("02:00")
    expect(box).to_contain_text("还有五分钟")

    box.get_by_role("button").click()
    expect(box).to_be_hidden()
    page.clock.fast_forward("30:00")
    expect(box).to_contain_text("登录已经结束")


def test_file_that_is_chosen_is_sent_by_saving_alone(page, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    page.goto(page.site + address(Region.objects.get(slug="liaoning-benxi").documents.first()))
    file = {"name": "a.pdf", "mimeType": "application/pdf", "buffer": make.make_pdf()}

    page.get_by_label("PDF文件").set_input_files(file)
    page.get_by_label("内部备注").fill("原件在市政府网站")
    page.clock.fast_forward(5_000)
    expect(page.locator("#draft")).to_contain_text("已存下")

    assert Draft.objects.get().fields["pdf"] == [""]
    assert not list(tmp_path.rglob("*.pdf"))


def test_file_that_is_too_large_is_told_when_it_is_chosen(page):
    page.goto(page.site + address(Region.objects.get(slug="liaoning-benxi").documents.first()))
    box, word = page.get_by_label("PDF文件"), page.get_by_text("这份文件超过20")
    expect(word).to_be_hidden()
    page.evaluate("document.querySelector('[data-most]').dataset.most = 100")
    file = {"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7" + bytes(100)}

    box.set_input_files(file)

    expect(word).to_be_visible()
    assert page.evaluate("document.querySelector('[data-most]').files.length") == 0
    box.set_input_files(file | {"buffer": make.make_pdf()[:90]})
    expect(word).to_be_hidden()
    assert page.evaluate("document.querySelector('[data-most]').files.length") == 1
