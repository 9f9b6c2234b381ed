"""What an official's screens weigh: fields, pixels and stops of the keyboard of the small forms."""

from itertools import islice

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pilots.models import (
    Alias,
    Division,
    Ministry,
    Notice,
    Priority,
    Proposal,
    Province,
    Region,
    Report,
    ReportLine,
    Signature,
    Topic,
)
from pilots.pages import corrections
from pilots.record.reports import begin
from tests import factories as make
from tests.browser.axe import AXE, faults
from tests.forms import Person, official
from tests.sheets import csv_of

pytestmark = pytest.mark.once
WINDOW = {"viewport": {"width": 1366, "height": 900}}
PHONE = {"viewport": {"width": 375, "height": 812}, "color_scheme": "dark"}
FIELDS = "#content-main :is(input:not([type=hidden]):not([type=submit]), select, textarea)"
VISIBLE = "nodes => nodes.filter(node => node.offsetParent).length"
EVIDENCE = (make.make_indicator, make.make_mechanism, make.make_project)
HEIGHT = "document.documentElement.scrollHeight"
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
FONT = "parseFloat(getComputedStyle(document.querySelector('#content')).fontSize)"
SAVE = "document.activeElement.name === '_save'"


def pages_of_parts():
    for slug in ("jing-jin-ji", "beijing-huairou"):
        region = Region.objects.get(slug=slug)
        yield reverse("admin:pilots_region_change", args=[region.pk])
        yield reverse("admin:pilots_priority_change", args=[region.priorities.first().pk])


def small_forms():
    """Return the address of each small form: of the parts of an area and of a line, and of rows that are short."""
    joint = Region.objects.get(slug="jing-jin-ji")
    rows = [joint, Region.objects.exclude(renaming="").first(), joint.priorities.first()]
    rows += [model.objects.first() for model in (Notice, Ministry, Province)]
    for row in rows:
        parts = admin.site._registry[type(row)].parts
        name = f"admin:pilots_{row._meta.model_name}"
        yield from (reverse(f"{name}_{part}", args=[row.pk]) for part, (_, fields) in parts.items() if fields)
    yield reverse("admin:pilots_notice_add")
    yield f"{reverse('admin:pilots_region_add')}?notice={joint.notice_id}&back=1"
    document = joint.documents.first()
    for row in (document, *(make_row(document=document) for make_row in EVIDENCE)):
        name = f"admin:pilots_{row._meta.model_name}"
        parts = admin.site._registry[type(row)].parts
        yield from (reverse(f"{name}_{part}", args=[row.pk]) for part in parts)
        yield f"{reverse(f'{name}_add')}?region={joint.pk}&back=1"
    yield f"{reverse('admin:pilots_alias_add')}?region={joint.pk}&back=1"
    for model in (Alias, Division):
        row = model.objects.filter(region=joint).first()
        yield reverse(f"admin:pilots_{model._meta.model_name}_change", args=[row.pk]) + "?back=1"


def tabs_to_save(page):
    """Return how often Tab is pressed from the top of the page to 保存."""
    for presses in range(1, 60):
        page.keyboard.press("Tab")
        if page.evaluate(SAVE):
            return presses
    return 60


def test_small_forms_are_within_their_bounds(open_as):
    page, long = open_as(official("张"), **WINDOW), []
    for path in small_forms():
        page.goto(f"{page.site}{path}")
        weight = (page.evaluate(HEIGHT), page.locator(FIELDS).evaluate_all(VISIBLE), tabs_to_save(page))
        print(path, *weight)
        long += [(path, *weight)] if weight > (1350, 12, 25) or weight[1] > 12 or weight[2] > 25 else []
        long += [(path, "reasons")] if page.get_by_label("更正说明").count() != 1 else []

    assert not long


def test_form_of_an_account_is_within_its_bounds(open_as):
    page = open_as(official("张"), **WINDOW)
    person = make.make_official("李", "省级编辑", "beijing", "hebei")
    for path in (reverse("admin:auth_user_add"), reverse("admin:auth_user_change", args=[person.pk])):
        page.goto(f"{page.site}{path}")
        weight = page.evaluate(HEIGHT), page.locator(FIELDS).evaluate_all(VISIBLE), tabs_to_save(page)

        assert all(have <= most for have, most in zip(weight, (1350, 12, 25), strict=True)), (path, weight)


def states_of_reports(page, person, lines):
    """Open the form of a report of an area with so many lines in each of its states, and yield their names."""
    area = make.make_reporting_area()
    for number in range(4, lines + 1):
        make.make_priority(region=area, number=number, text="建立自然资源资产负债表编制和离任审计制度")
    year, reports = area.notice.reports_from.year, {}
    for period in ("q1", "q2", "annual"):
        reports[period] = Report.objects.create(region=area, year=year, period=period)
        begin(reports[period])

    def open_form(period, **values):
        rows = Report._base_manager.filter(pk=reports[period].pk)
        make.overwrite(rows, sent_by=person, sent_at=timezone.now(), **values) if values else None
        page.goto(page.site + reverse("admin:pilots_report_change", args=[reports[period].pk]))

    open_form("q1")
    yield "empty"
    for text in page.locator("textarea").all():
        text.fill("印发了管理办法，正在全市试行，已有三个县上线。")
    page.get_by_role("button", name="报送").click()
    page.locator(".errornote").wait_for()
    yield "refused"
    open_form("q1")
    page.locator(".draft-note").wait_for()
    yield "after a draft"
    for period in ("q1", "q2"):
        words = {"progress": "under_way", "text": "印发了管理办法，正在全市试行，已有三个县上线。"}
        make.overwrite(ReportLine._base_manager.filter(report=reports[period]), comment="请写明文号。", **words)
    open_form("q1", state="sent")
    open_form("q2", state="returned")
    yield "returned"
    open_form("q2", state="sent")
    open_form("annual")
    yield "summary of the year"


@pytest.mark.parametrize(("lines", "states"), [(3, 5), (4, 4)])
def test_form_of_a_report_is_within_its_bounds_in_each_of_its_states(open_as, lines, states):
    person, weights = make.make_official("李", "省级编辑", "liaoning"), {}
    page = open_as(person, **WINDOW)
    for state in islice(states_of_reports(page, person, lines), states):
        height = page.evaluate(HEIGHT)
        weights[state] = height, 0 if state == "refused" else tabs_to_save(page)  # begins at what is to be mended

    print(weights)
    assert not {state: have for state, have in weights.items() if have[0] > 1350 or have[1] > 25}
    assert page.said == []


def test_record_of_parts_is_short_and_asks_nothing(open_as):
    page = open_as(official("张"), **WINDOW)
    for path in pages_of_parts():
        page.goto(f"{page.site}{path}")

        assert page.evaluate(HEIGHT) <= 1350, path
        assert page.locator(FIELDS).count() == 0, path


@pytest.mark.parametrize("screen", [WINDOW, PHONE], ids=["desk", "phone, large text"])
def test_parts_fit_the_window_and_say_nothing(open_as, screen):
    page, found = open_as(official("张"), **screen), []
    size = "large" if screen is PHONE else "standard"
    page.context.add_cookies([{"name": "text_size", "value": size, "url": page.site}])
    make.make_project(document=make.make_document(region=Region.objects.get(slug="beijing-huairou")))  # three buttons
    for path in (*pages_of_parts(), *small_forms()):
        page.goto(f"{page.site}{path}")
        found += [f"{path}: {page.evaluate(OVERFLOW)} px too wide"] if page.evaluate(OVERFLOW) > 0 else []

    assert not found, "\n".join(found)
    assert page.said == []


class Clicks:
    """Somebody's mouse on a page: how often it is pressed, and how often a form is sent."""

    def __init__(self, page):
        self.page, self.clicks, self.saves = page, 0, 0
        page.on("request", lambda request: setattr(self, "saves", self.saves + (request.method == "POST")))

    def on(self, role, name):
        target = self.page.locator("#content").get_by_role(role, name=name).first
        target.wait_for()
        if role == "button":  # each form as it is sent
            self.looks_right()
        self.clicks += 1
        target.click()

    def looks_right(self):
        assert (self.page.said, self.page.evaluate(OVERFLOW)) == ([], 0)
        self.page.evaluate(AXE)
        assert not faults(self.page)[0]
        self.page.said.clear()  # axe makes noise of its own

    def done(self):
        self.page.locator(".messagelist .success").wait_for()
        self.looks_right()
        return self.clicks, self.saves


def at_home(page, screen):
    """Return the page, on the first page of who is signed in: on a phone in large text."""
    size = "large" if screen is PHONE else "standard"
    page.context.add_cookies([{"name": "text_size", "value": size, "url": page.site}])
    page.goto(f"{page.site}/admin/")
    assert (page.evaluate(FONT) > 20) is (size == "large")
    return page


@pytest.fixture(params=[WINDOW, PHONE], ids=["desk", "phone in the dark, large text"])
def at_work(open_as, request):
    """An official of a province on her first page, and her area."""
    area = Region.objects.get(slug="liaoning-benxi")
    make.overwrite(Region.objects.filter(pk=area.pk), is_kind_verified=False)
    page = open_as(make.make_official("李", "省级编辑", "liaoning"), **request.param)
    return Clicks(at_home(page, request.param)), area


def test_typo_in_a_line_is_four_clicks_and_one_save(at_work):
    mouse, area = at_work
    mouse.on("link", area.name)
    mouse.on("link", "修改文字")
    text = mouse.page.get_by_label("所收原文")
    text.fill(text.input_value().replace("制度", "办法"))
    mouse.page.get_by_label("更正说明").fill("与印发的文件核对后更正")
    mouse.on("checkbox", "改后的文字已与印发的文件逐字对照")
    mouse.on("button", "保存")

    assert mouse.done() == (4, 1)


def test_later_name_with_its_source_is_three_clicks_and_one_save(at_work):
    mouse, area = at_work
    mouse.on("link", area.name)
    mouse.on("link", "修改 更名")
    for label, text in (
        ("现名", "辽宁省桓河市"),
        ("更名情况", "2017年由本溪满族自治县改为桓河市"),
        ("更名的出处", "民函〔2017〕71号"),
    ):
        mouse.page.get_by_label(label, exact=True).or_(mouse.page.get_by_label(f"{label}：", exact=True)).fill(text)
    mouse.page.get_by_label("更正说明").fill("补上批复的文号")
    mouse.on("button", "保存")

    assert mouse.done() == (3, 1)


def test_alias_is_three_clicks_and_one_save(at_work):
    mouse, area = at_work
    mouse.on("link", area.name)
    mouse.on("link", "新增 别名")
    mouse.page.locator("#id_name").fill("本溪满族县")
    mouse.page.locator("#id_kind").select_option("common")
    mouse.on("button", "保存")

    assert mouse.done() == (3, 1)


def test_marking_verified_is_three_clicks_and_one_save(at_work):
    mouse, _ = at_work
    mouse.on("link", "去核实")
    mouse.on("checkbox", "与出处一致")
    mouse.page.get_by_label("出处").last.fill("国函〔2015〕119号")
    mouse.on("button", "标为已核实")

    assert mouse.done() == (3, 1)


def test_field_of_two_rows_is_five_clicks_and_one_reason(at_work):
    mouse, area = at_work
    lines = area.priorities.order_by("number")[:2]
    mouse.page.goto(f"{mouse.page.site}/admin/pilots/priority/")
    for line in lines:
        mouse.on("checkbox", f"选择此对象执行操作 - {line}")
    mouse.page.get_by_label("对所选的行").first.select_option(label="改所选的“归类把握”…")
    mouse.on("button", "执行")
    mouse.page.locator("#id_confidence").select_option("low")
    mouse.on("button", "试运行")
    mouse.page.get_by_label("更正说明").fill("与同类的重点一致，归类待讨论")
    mouse.on("button", "全部写入")

    assert mouse.done() == (5, 3)
    assert {line.confidence for line in lines.all()} == {"low"}


def test_alias_is_withdrawn_in_two_clicks_and_restored_in_one(at_work):
    mouse, area = at_work
    alias = Alias.objects.filter(region=area).first() or Alias.objects.create(region=area, name="本溪", kind="common")
    mouse.page.goto(mouse.page.site + reverse("admin:pilots_alias_change", args=[alias.pk]))
    mouse.on("link", "撤下…")
    mouse.page.get_by_label("原因").fill("与印发的文件不符")
    mouse.on("button", "撤下")
    mouse.done()
    assert not Alias.objects.filter(pk=alias.pk).exists()
    mouse.page.get_by_role("button", name="撤销").click()

    mouse.page.get_by_text("已恢复。").wait_for()
    assert mouse.done() == (2, 2)
    assert Alias.objects.filter(pk=alias.pk).exists()


def test_lines_of_a_province_are_corrected_by_a_table_in_three_clicks_and_one_reason(at_work):
    mouse, area = at_work
    lines = Priority.objects.filter(region__in=Region.objects.in_provinces([area.province_id]))
    rows = [[line.region.slug, line.number, "归类待讨论"] for line in lines]
    mouse.page.goto(f"{mouse.page.site}/admin/pilots/priority/")
    mouse.on("link", "导入…")
    file = csv_of(["先行示范地区地址名", "编号", "归类依据"], *rows)
    mouse.page.get_by_label("文件").set_input_files({"name": "表.csv", "mimeType": "text/csv", "buffer": file})
    mouse.on("button", "试运行")
    mouse.page.locator("#edit_reason").fill("与同类的重点一致，归类待讨论")
    mouse.on("button", "全部写入")

    assert mouse.done() == (3, 2)
    assert {line.classification_note for line in lines.all()} == {"归类待讨论"}


def test_report_is_sent_in_two_clicks_and_answered_in_three(at_work, monkeypatch):
    monkeypatch.setattr(corrections, "QUICKEST", 0)
    mouse, area = at_work
    mouse.page.goto(mouse.page.site + area.get_absolute_url())
    mouse.page.get_by_role("link", name="纠错", exact=True).first.click()
    for label, text in (("哪里错了", "名称少一个字"), ("应当怎样", "补上"), ("从哪里知道的", "县政府网站")):
        mouse.page.get_by_label(label).fill(text)
    mouse.page.get_by_role("button", name="提交").click()
    mouse.page.get_by_text("核对").first.wait_for()
    assert mouse.page.evaluate(OVERFLOW) == 0
    report = Proposal.objects.get()
    mouse.saves = 0

    mouse.page.goto(f"{mouse.page.site}/admin/")
    mouse.on("link", "件")
    mouse.on("link", str(report))
    mouse.page.get_by_label("答复").fill("通知原文如此，没有少字。")
    mouse.on("button", "不采纳")

    assert mouse.done() == (3, 1)
    report.refresh_from_db()
    assert report.state == "declined"


def test_earlier_values_of_an_edit_are_four_clicks_and_one_save(at_work):
    mouse, area = at_work
    Person(Client(), official("张"), reverse("admin:pilots_region_remark", args=[area.pk])).types(
        open_points="通知没有写明后来的。", remark="后来的说明。"
    ).saves()
    mouse.on("link", area.name)
    mouse.on("link", "历史")
    mouse.on("link", "恢复这次改前的全部…")
    reason = mouse.page.locator("#id_edit_reason")
    reason.fill(f"{reason.input_value()}：后来的写错了地方")
    mouse.on("button", "保存")

    assert mouse.done() == (4, 1)
    area.refresh_from_db()
    assert (area.open_points, area.remark) != ("通知没有写明后来的。", "后来的说明。")


@pytest.mark.parametrize("screen", [WINDOW, PHONE], ids=["desk", "phone in the dark, large text"])
def test_edit_of_a_province_is_accepted_in_three_clicks_and_one_save(open_as, screen):
    line, reviewer = (
        Priority.objects.filter(region__slug="liaoning-benxi").first(),
        make.make_official("部", "部委编辑"),
    )
    form = reverse("admin:pilots_priority_text", args=[line.pk])
    person = Person(Client(), make.make_official("李", "省级编辑", "liaoning"), form)
    person.types(text_raw=line.text_raw.replace("制度", "办法"), confirmed="on").saves("与印发的文件核对后更正")
    mouse = Clicks(at_home(open_as(reviewer, **screen), screen))
    mouse.on("link", "件")
    mouse.on("link", str(Proposal.objects.get()))
    mouse.on("button", "采纳")

    assert mouse.done() == (3, 1)
    assert Priority.objects.get(pk=line.pk).text == line.text.replace("制度", "办法")


@pytest.mark.parametrize("screen", [WINDOW, PHONE], ids=["desk", "phone in the dark, large text"])
def test_new_notice_is_entered_as_a_draft_and_published_by_two(open_as, screen):
    one, two = (make.make_official(name, "部委编辑") for name in "一二")
    mouse = Clicks(at_home(open_as(one, **screen), screen))
    mouse.page.goto(f"{mouse.page.site}/admin/pilots/notice/")
    mouse.on("link", "新增")
    texts = {"title": "关于试点的通知", "number": "发改环资〔2014〕1667号", "issued_on": "20140722", "batch": "1"}
    for name, text in (texts | {"slug": "trial", "source_remark": "照印发的文件录入"}).items():
        mouse.page.locator(f"#id_{name}").fill(text)
    mouse.on("button", "保存")
    assert mouse.done() == (2, 1)
    draft = Notice._base_manager.get(slug="trial")
    mouse.page.get_by_text("还没有段落").wait_for()
    for kind in ("number", "addressees", "duty", "signature", "date", "annex"):  # all that a notice has
        make.make_section(notice=draft, kind=kind)
    Signature.objects.create(
        notice=draft, ministry=Ministry.objects.first(), position=1, name_raw="某部", name="某部"
    )
    area = make.make_region(notice=draft, serial=1, slug="trial-1", name="试点县", short_name="试点")
    for number in (1, 2):
        make.make_priority(region=area, number=number, topics=[Topic.objects.first()])
    mouse.page.reload()
    mouse.page.locator("[name=edit_reason]").fill("第一批名单，与印发的文件核对")
    mouse.on("button", "发布")
    assert mouse.done() == (3, 2)
    assert mouse.page.request.get(f"{mouse.page.site}/notices/trial/").status == 404

    other = Clicks(at_home(open_as(two, **screen), screen))
    other.on("link", "件")
    other.on("link", str(Proposal.objects.get()))
    other.on("button", "采纳")
    assert other.done() == (3, 1)
    assert other.page.request.get(f"{other.page.site}/notices/trial/").status == 200
