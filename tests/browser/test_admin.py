"""The admin in a real browser: each page that is ours for every reader, and people who edit, alone and at once."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect

from pilots.models import AccountRequest, Alias, Priority, Region, Report, ReportLine, Section, SignIn
from pilots.models.work_queue import QUEUES
from tests import factories as make
from tests.browser.axe import AXE, faults
from tests.browser.conftest import LOOKS
from tests.forms import Person, address
from tests.forms import official as somebody
from tests.sheets import csv_of

pytestmark = pytest.mark.once

SCREENS = {"light": {"width": 1440, "height": 900}, "dark": {"width": 375, "height": 812}}
COLOURS_KNOWN = set()  # in this process
LISTS = "[document.documentElement, ...document.querySelectorAll('.results')]"
BEYOND = f"{LISTS}.filter(list => list.scrollWidth > list.clientWidth + 1).length"


def area():
    return Region.all_objects.get(slug="beijing-huairou")


def ours():
    """Return the address of each page of the admin that is ours or that we change, in the states that it has."""
    row, other = area(), Region.objects.get(serial=2)
    Person(Client(), somebody("王"), address(row)).types(remark="改过的说明。").saves()
    make.overwrite(Region.all_objects.filter(pk=other.pk), withdrawn_on="2026-11-23", withdrawn_reason="重复")
    for model in (Alias, Priority, Region, Section):
        yield reverse(f"admin:pilots_{model._meta.model_name}_changelist")
        yield address(model.objects.first())
    line = row.priorities.first()
    yield from (reverse("admin:pilots_region_change", args=[each.pk]) for each in (row, other))
    yield reverse("admin:pilots_notice_change", args=[make.make_notice(slug="draft", is_draft=True).pk])
    yield reverse("admin:pilots_priority_change", args=[line.pk])
    yield from (reverse(f"admin:pilots_region_{part}", args=[row.pk]) for part in ("name", "renaming"))
    yield from (reverse(f"admin:pilots_priority_{part}", args=[line.pk]) for part in ("text", "classification"))
    for queue in QUEUES:
        yield reverse(f"admin:pilots_{queue._meta.model_name}_changelist")
    yield reverse("admin:pilots_regiontoverify_verify", args=[QUEUES[0].objects.first().pk])
    yield reverse("admin:pilots_region_withdraw", args=[row.pk])
    yield reverse("admin:pilots_region_withdraw", args=[other.pk])
    yield reverse("admin:pilots_region_history", args=[row.pk])
    yield reverse("admin:pilots_region_import")
    document = make.make_document(pdf=f"{'0' * 64}-262961")
    make.make_project(document=document)
    yield from (address(document), f"{reverse('admin:pilots_project_column')}?region={document.region_id}")
    yield from (address(other), reverse("admin:pilots_region_add"), "/admin/", "/admin/help/")
    yield from proposals(line)
    yield from (reverse("admin:auth_user_changelist"), reverse("admin:auth_user_add"))
    yield from (reverse("admin:auth_group_changelist"), reverse("account_change_password"), reverse("mfa_index"))
    person, manager = make.make_official("某"), make.make_official("管", "管理员")
    values = {"detail": "角色：无 → 只读", "rights": {"roles": ["只读"], "provinces": [], "is_active": True}}
    AccountRequest.objects.create(person=person, asked_by=manager, **values)
    for user in User.objects.filter(username="张"):
        SignIn.objects.create(user=user, remote_addr="2001:db8::7", browser="Windows上的Edge")
    yield from (reverse("account_sessions"), reverse("admin:pilots_securityevent_changelist"))
    yield from (reverse(f"admin:auth_user_{page}", args=[person.pk]) for page in ("change", "reset", "agree"))


def proposals(line):
    """Yield the queue, with reports of two records, its answered ones, a report of each state and a form for one."""
    queue = reverse("admin:pilots_proposal_changelist")
    about = {"subject_kind": "region", "subject_id": line.region_id, "row_kind": "priority", "row_id": line.pk}
    words = {"wrong": line.text[:2], "right": "某某", "source": "https://example.org/" + 100 * "x"}
    reports = [
        make.make_correction(**words, **about, title="第1号 怀柔区，第1项", quoted=line.text) for _ in range(2)
    ]
    make.answer(reports[1], text="见 https://www.gov.cn/zhengce/ 。")
    reports.append(make.make_correction())
    yield from (queue, f"{queue}?answered=1")
    yield from (reverse("admin:pilots_proposal_change", args=[report.pk]) for report in reports)
    yield f"{reverse('admin:pilots_priority_text', args=[line.pk])}?proposal={reports[0].pk}"
    yield f"{address(line)}?proposal={reports[0].pk}&as_typed=1"


def asked(page, screens=("light",)):
    """Return what the page says in the console and what axe finds; axe makes noise of its own, which is not heard."""
    page.wait_for_load_state("networkidle")
    found = list(page.said)
    page.evaluate(AXE)
    page.evaluate(LOOKS)
    for scheme in screens:
        page.set_viewport_size(SCREENS[scheme])
        page.emulate_media(color_scheme=scheme)
        page.evaluate("document.getAnimations().forEach(animation => animation.finish())")  # of the links' colours
        lines, _ = faults(page, COLOURS_KNOWN, colours=["color-contrast"])
        found += [f"{scheme}: {line}" for line in lines]
        found += [f"{scheme}: the page or a list is wider than the window"] if page.evaluate(BEYOND) else []
    page.said.clear()
    return found


@pytest.mark.looks
def test_every_page_of_the_admin_is_for_every_reader_and_says_nothing(open_as):
    page, found = open_as(somebody("张")), []
    for path in ours():
        answer = page.goto(f"{page.site}{path}")
        found += [f"{path}: {answer.status}"] if answer.status != 200 else []
        found += [f"{path}: {line}" for line in asked(page, SCREENS)]

    assert not found, "\n".join(found)


@pytest.mark.looks
def test_page_that_asks_for_more_is_for_every_reader_and_says_nothing(open_as):
    page, found = open_as(somebody("张")), []
    for name, value in (("remark", "没有写明原因。"), ("short_name", ""), ("name_raw", "北京市怀柔地区")):
        page.goto(f"{page.site}{address(area())}")
        page.locator(f"#id_{name}").fill(value)
        page.get_by_role("button", name="保存", exact=True).click()
        page.locator(".errornote").wait_for()
        found += [f"{name}: {line}" for line in asked(page)]
    page.goto(f"{page.site}/admin/pilots/priority/import/")
    row = ["beijing-huairou", "1", "1.建成制度；", "她的"]
    file = csv_of(["先行示范地区地址名", "编号", "所收原文", "归类依据"], row)
    page.get_by_label("文件").set_input_files({"name": "表.csv", "mimeType": "text/csv", "buffer": file})
    page.get_by_role("button", name="试运行").click()
    page.get_by_role("button", name="全部写入").wait_for()
    found += [f"dry run: {line}" for line in asked(page, SCREENS)]
    page.goto(f"{page.site}/admin/pilots/division/")
    page.get_by_role("checkbox", name="选择此对象").first.check()
    page.get_by_label("对所选的行").first.select_option(label="改所选的“说明”…")
    page.get_by_role("button", name="执行").first.click()
    page.get_by_role("button", name="试运行").wait_for()
    found += [f"rows: {line}" for line in asked(page, SCREENS)]

    assert not found, "\n".join(found)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_official_of_a_province_corrects_her_own_area(open_as, scripts):
    page = open_as(make.make_official("李", "省级编辑", "liaoning"), java_script_enabled=scripts)
    mine = Region.objects.get(slug="liaoning-benxi")
    page.goto(f"{page.site}/admin/")
    page.get_by_role("link", name="先行示范地区", exact=True).first.click()
    expect(page.get_by_role("link", name="北京市怀柔区")).to_have_count(0)
    page.get_by_role("link", name=mine.name).click()
    page.get_by_role("link", name="修改 说明").click()

    page.locator("#id_remark").fill("在浏览器里写的说明。")
    page.locator("#id_remark_source").fill("国函〔2015〕119号")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_role("link", name="更正说明：请写明更正说明")).to_be_visible()
    expect(page.get_by_label("更正说明")).to_have_value("更正“说明”“说明的出处”：")
    page.get_by_label("更正说明").fill("补充已核实的情况")
    page.get_by_role("button", name="保存", exact=True).click()
    page.locator(".messagelist .success").wait_for()

    page.goto(f"{page.site}{mine.get_absolute_url()}")
    expect(page.get_by_text("在浏览器里写的说明。").first).to_be_visible()
    expect(page.get_by_text("补充已核实的情况")).to_be_visible()
    assert page.said == []


@pytest.mark.parametrize(("scripts", "width"), [(True, 1366), (False, 375)], ids=["scripts", "no scripts, phone"])
def test_quarterly_report_takes_eight_clicks(open_as, scripts, width):
    region, clicks = make.make_reporting_area(), []

    def click(target):
        clicks.append(target)
        target.click()

    page = open_as(make.make_official("李", "省级编辑", "liaoning"), java_script_enabled=scripts)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{page.site}/admin/")
    click(page.get_by_role("button", name=f"第一季度：{region.name}").first)
    expect(page.get_by_role("heading", name=f"{region.name}：")).to_be_visible()
    height = page.evaluate("document.documentElement.scrollHeight")
    assert width < 1000 or height <= 1350
    assert page.locator("form textarea, form select, form fieldset:has([type=radio])").count() == 9
    assert not scripts or not asked(page, SCREENS)
    for number in (1, 2, 3):
        line = page.get_by_role("region", name=f"建立第{number}项制度")
        click(line.get_by_label("推进中"))
        click(line.get_by_label("说明"))
        page.keyboard.type(f"第{number}项正在试行。")
    click(page.get_by_role("button", name="报送"))

    expect(page.get_by_text("已报送", exact=True)).to_be_visible()
    assert len(clicks) <= 8
    assert [line.text for line in ReportLine._base_manager.all()] == [f"第{n}项正在试行。" for n in (1, 2, 3)]
    assert page.said == []
    if scripts:
        ministry, sent = open_as(somebody("张")), Report._base_manager.get()
        for path in (reverse("admin:pilots_report_change", args=[sent.pk]), reverse("admin:pilots_report_grid")):
            ministry.goto(f"{page.site}{path}")
            assert not asked(ministry, SCREENS), path


def test_two_people_who_change_the_same_field_both_know_and_lose_nothing(open_as):
    zhang, li = open_as(somebody("张")), open_as(somebody("李"))
    for page in (zhang, li):
        page.goto(f"{page.site}{address(area())}")
    save(zhang, "张的说明。")
    zhang.locator(".messagelist .success").wait_for()

    save(li, "李的说明。")

    expect(li.get_by_text("张已把这一项改为：张的说明。").first).to_be_visible()
    expect(li.locator("#id_remark")).to_have_value("李的说明。")
    assert area().remark == "张的说明。"
    li.get_by_role("button", name="保存", exact=True).click()
    li.locator(".messagelist .success").wait_for()
    assert area().remark == "李的说明。"
    assert zhang.said + li.said == []


def save(page, remark):
    page.locator("#id_remark").fill(remark)
    page.get_by_label("更正说明").fill("更正说明的内容")
    page.get_by_role("button", name="保存", exact=True).click()
