"""The admin's first page: what is in reach of whom, and what it costs."""

import re

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from selectolax.lexbor import LexborHTMLParser

from pilots.models import Document, Region, editing, together

from . import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.once]
MINE, THEIRS = "liaoning-benxi", "beijing-huairou"


def edit(slug, **values):
    region = Region.objects.get(slug=slug)
    for name, value in values.items():
        setattr(region, name, value)
    with editing(actor=None, reason=f"改{slug}"):
        region.save()


def opened(client, role, *provinces):
    client.force_login(make.make_official(f"人{User.objects.count()}", role, *provinces))
    return client.get("/admin/")


def test_ministry_sees_queues_changes_and_provinces(client):
    edit(THEIRS, open_points="补充")
    make.make_priority(region=Region.objects.first(), number=9, confidence="low")

    response = opened(client, "部委编辑")

    assert [queue["count"] > 0 for queue in response.context["queues"]] == [True] * 5
    assert f"改{THEIRS}" in response.text
    assert "通知未列明" in response.text
    queue = LexborHTMLParser(response.text).css_first("#overview-queue").parent
    documents = next(queue for queue in response.context["queues"] if "文件" in queue["name"])
    assert f"等您处理{documents['mine']}条，先列{len(documents['waiting'])}条，全部列出：" in queue.text()
    for row, address in documents["waiting"]:  # a document's number is one of its area's: alone it says nothing
        assert queue.css_first(f"a[href='{address}']").text() == f"{row.region.name}：{row}"


@pytest.mark.parametrize(
    ("role", "address"), [("安全审计员", "/admin/pilots/securityevent/"), ("管理员", "/admin/auth/user/")]
)
def test_who_changes_no_record_is_led_to_what_is_hers(client, role, address):
    tree = LexborHTMLParser(opened(client, role).text)

    assert tree.css_first("#overview-queue").parent.css_first("p a").attributes["href"] == address
    assert not tree.css("details")
    assert tree.css_first(f".module ul.rows > li > a[href='{address}']")
    for link in tree.css("nav.bar__links a"):
        assert client.get(link.attributes["href"]).status_code == 200, link.text()


@pytest.mark.parametrize(
    ("provinces", "words"), [(["guizhou"], "贵州省在本站没有公开的先行示范地区。"), ([], "请与管理员联系。")]
)
def test_who_has_no_area_is_told_so(client, provinces, words):
    assert opened(client, "省级编辑", *provinces).text.count(words) == 1
    assert 'class="addlink"' not in client.get("/admin/").text
    assert client.get(reverse("admin:pilots_alias_add")).status_code == 403
    assert client.get(reverse("admin:pilots_alias_changelist")).status_code == 200
    assert 'id="overview-areas"' not in opened(client, "部委编辑").text


def test_whole_record_is_its_lists_and_says_nothing_of_work(client):
    opened(client, "省级编辑", "liaoning")

    page = LexborHTMLParser(client.get("/admin/pilots/").text)

    assert page.css_first(f"a[href='{reverse('admin:pilots_region_changelist')}']")
    assert "待办" not in page.body.text()


def test_who_only_reads_is_offered_no_marking_and_nothing_is_verified_where_there_is_nothing(client):
    edit(MINE, verification="unverified")
    page = reverse("admin:pilots_regiontoverify_changelist")
    opened(client, "只读")
    assert "标为已核实" not in client.get(page).text
    Region.objects.get(slug=MINE).divisions.all().delete()

    text = opened(client, "省级编辑", "liaoning").text

    assert "行政区划：还没有填写" in text
    assert "标为已核实" in client.get(page).text


def test_province_sees_its_own_only(client):
    edit(MINE, verification="unverified", open_points="我省的")
    edit(THEIRS, verification="unverified", open_points="别省的")

    response = opened(client, "省级编辑", "liaoning")

    assert f"改{MINE}" in response.text
    assert f"改{THEIRS}" not in response.text
    assert Region.objects.get(slug=MINE).name in response.text
    assert Region.objects.get(slug=THEIRS).name not in response.text
    assert {name for name, *_ in response.context["places"]} <= {"辽宁", "大连"}


def test_who_edits_one_province_and_sees_all_is_asked_for_the_one_only(client):
    edit(MINE, verification="unverified")
    edit(THEIRS, verification="unverified")
    client.force_login(make.make_official("两职", "省级编辑", "liaoning", also="只读"))

    queues = client.get("/admin/").context["queues"]

    waiting = {row.slug for queue in queues for row, _ in queue["waiting"] if hasattr(row, "slug")}
    assert MINE in waiting
    assert THEIRS not in waiting


def test_reader_learns_nothing_of_internal_edits_and_is_asked_for_nothing(client):
    edit(MINE, internal_note="线索")

    response = opened(client, "只读")

    assert f"改{MINE}" not in response.text
    assert not [queue for queue in response.context["queues"] if queue["waiting"]]
    assert "您的角色只能查看" in response.text


@pytest.mark.parametrize("role", ["管理员", ""])
def test_who_has_nothing_of_the_record_sees_nothing_of_it(client, role):
    edit(MINE, open_points="补充")

    response = opened(client, role)

    assert (response.context["queues"], response.context["edits"], response.context["places"]) == ([], [], [])


def test_each_province_leads_to_as_many_areas_as_it_says(client):
    for name, count, list_address in opened(client, "部委编辑").context["places"]:
        assert client.get(list_address).context["cl"].result_count == count, name


@pytest.mark.parametrize(("role", "provinces"), [("部委编辑", ()), ("省级编辑", ("liaoning",)), ("只读", ())])
def test_page_takes_the_same_queries_whatever_the_data(client, django_assert_max_num_queries, role, provinces):
    edit(MINE, open_points="一", verification="unverified")
    opened(client, role, *provinces)
    with django_assert_max_num_queries(30) as few:
        client.get("/admin/")
    home = Region.objects.get(slug=MINE).province
    with together():
        for n in range(30):
            make.make_priority(region=make.make_region(province=home), confidence="low")
            edit(MINE, open_points=f"第{n}次")
    client.get("/admin/")
    with django_assert_max_num_queries(30) as many:
        client.get("/admin/")

    assert len(many) == len(few)


def test_page_has_nothing_inline(client):
    response = opened(client, "部委编辑")

    assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>|<style|\sstyle=|\son\w+=", response.text)
    assert LexborHTMLParser(response.text).css_first('link[href$="css/admin.css"]')


def test_first_page_says_how_much_waits_and_has_a_card_for_each_area(client):
    make.overwrite(Document.objects.all(), verification="verified", source="某文件")
    edit(MINE, verification="unverified")
    division = make.models.Division.objects.create(
        region=Region.objects.get(slug=MINE), position=9, role="location", name_then="某区"
    )
    report = make.make_correction(subject_kind="region", subject_id=Region.objects.get(slug=MINE).pk)

    response = opened(client, "省级编辑", "liaoning")
    cards = {card["region"].slug: card for card in response.context["areas"]}

    assert response.context["title"] == "辽宁省，有3件事等您"
    assert set(cards) == {MINE, "liaoning-dalian"}
    card = cards[MINE]
    assert ("尚未核实" in card["unverified"], card["divisions"], card["reports"]) == (True, 1, 1)
    assert card["due"] == report.due_on
    assert f'href="{card["address"]}"' in response.text
    division.delete()
    assert opened(client, "部委编辑").context["areas"] == []
    assert opened(client, "只读").context["title"] == "没有等您处理的事"


def test_record_stands_in_the_order_of_work_and_loads_are_for_managers(client):
    def names(*roles):
        client.force_login(make.make_official(f"人{User.objects.count()}", *roles[:1], also=(*roles[1:], "")[0]))
        tree = LexborHTMLParser(client.get("/admin/").text)
        [app] = [node.parent for node in tree.css("h2[id=app-pilots]")]
        return [a.text() for a in app.css("ul.rows > li > a:first-child")], {a.text() for a in app.css("details a")}

    ordered, folded = names("部委编辑")
    assert ordered[:4] == ["通知", "段落", "引用文件", "先行示范地区"]
    assert "旧地址" in folded
    assert "通知" not in folded
    assert "载入记录" not in folded
    assert "载入记录" in names("部委编辑", "管理员")[1]


def test_rows_that_wait_name_their_batch_where_several_are_mixed(client):
    edit(MINE, is_kind_verified=False)
    home = Region.objects.get(slug=MINE)
    queue = "section[aria-labelledby=overview-queue]"
    assert "第二批 " not in LexborHTMLParser(opened(client, "省级编辑", "liaoning").text).css_first(queue).text()

    other = make.make_region(province=home.province, notice=make.make_notice(batch=3))
    make.make_priority(region=other, confidence="low")

    rows = [a.text() for a in LexborHTMLParser(client.get("/admin/").text).css(f"{queue} li > a:first-child")]
    assert f"第二批 {home}" in rows
    assert f"第三批 {other}" in rows
    assert all(row.startswith(("第二批 ", "第三批 ")) for row in rows)


def test_row_in_doubt_is_verified_in_three_steps(client):
    make.overwrite(Document.objects.all(), verification="verified", source="某文件")
    edit(MINE, is_kind_verified=False)
    page = LexborHTMLParser(opened(client, "省级编辑", "liaoning").text)
    [link] = [a.attributes["href"] for a in page.css("a") if "/verify/" in a.attributes["href"]]
    form = LexborHTMLParser(client.get(link).text)
    boxes = form.css("#content-main input[name]:not([type=submit])")
    posted = {node.attributes["name"]: node.attributes.get("value") for node in boxes}

    assert client.post(link, posted | {"edit_reason": "国函〔2015〕119号"}).status_code == 302
    assert Region.objects.get(slug=MINE).is_kind_verified
