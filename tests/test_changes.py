"""The history as readers and officials see it, and the way back to an earlier value."""

import datetime
from itertools import groupby
from operator import itemgetter

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.db import transaction
from django.db.models import Count
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from pilots.history import edits
from pilots.models import Division, HistoryEntry, Ministry, Priority, Region, System, Topic, editing, together
from pilots.pages import changes

from . import factories as make
from .forms import Person, address, official

pytestmark = pytest.mark.django_db
ONE = "国函〔2016〕98号"


def region():
    return Region.objects.get(serial=8)


def edit(row, reason="依据文件更正", actor=None, **values):
    with editing(actor=actor, remote_addr="192.0.2.7", reason=reason):
        for name, value in values.items():
            setattr(row, name, value)
        row.save()


def history(client, row):
    return client.get(reverse(f"admin:pilots_{row._meta.model_name}_history", args=[row.pk]))


# What readers see.


def test_page_of_changes_is_a_list_page_like_the_others(client):
    tree = LexborHTMLParser(client.get("/changes/").text)
    said = {node.attributes["name"] for node in tree.css("meta[name]")}

    assert [node.text() for node in tree.css("h1")] == ["更正记录"]
    assert {"SiteName", "ColumnName", "ColumnDescription", "ColumnKeywords", "ColumnType"} <= said
    assert "robots" not in said
    assert tree.css_first("link[rel=canonical]").attributes["href"] == "http://testserver/changes/"
    assert "还没有更正。" in tree.text()
    assert client.post("/changes/").status_code == 405


def test_changes_say_when_what_before_after_and_why(client):
    row = region()
    edit(row, open_points="已有说明")
    edit(row, open_points="已有新说明", reason="文字有误")

    tree = LexborHTMLParser(client.get("/changes/").text)

    first = tree.css_first(".change")
    assert "文字有误" in first.text()
    assert (first.css_first("dt").text(), first.css_first("ins").text()) == ("通知未列明", "新")
    assert first.css_first("a").attributes["href"] == row.get_absolute_url()
    assert len(tree.css(".change")) == 2


def test_readers_never_see_who_or_what_is_internal(client):
    user = official("张某某")
    row = region()
    edit(row, actor=user, internal_note="内部线索", open_points="公开说明")
    edit(row.priorities.first(), actor=user, classification_note="归类考虑")
    edit(row, actor=user, internal_note="只改内部")

    text = client.get("/changes/").text

    assert "公开说明" in text
    for secret in ("张某某", user.username, "192.0.2.7", "内部线索", "只改内部", "归类考虑", "内部备注"):
        assert secret not in text
    assert text.count('class="change"') == 1


@pytest.mark.once
@pytest.mark.parametrize(
    ("rows", "before", "values", "words"),
    [
        (Region.objects.filter(serial=8), {"remark": "以后公开的话。"}, {"remark_source": ONE}, "以后公开的话。"),
        (
            Region.objects.filter(serial=8),
            {"remark": "没有公开的话。"},
            {"remark_source": ONE, "remark": "以后公开的话。"},
            "以后公开的话。",
        ),
        (
            Region.objects.filter(serial=38),
            {"name_now": "以后公开的名称", "renaming_source": ONE},
            {"name_now_status": "verified"},
            "以后公开的名称",
        ),
        (Region.objects.filter(serial=34), {"kind_source": ONE}, {"is_kind_verified": True}, "跨市区域"),
        (
            Division.objects.filter(name_then="怀柔区"),
            {"source": "", "remark": "以后公开的话。"},
            {"source": ONE},
            "以后公开的话。",
        ),
    ],
    ids=["remark", "another remark", "later name", "kind", "division"],
)
def test_change_that_makes_words_public_tells_them(client, rows, before, values, words):
    row = rows.get()
    make.overwrite(type(row).objects.filter(pk=row.pk), **before)
    row.refresh_from_db()
    edit(row, **values)
    entry = HistoryEntry.objects.first()
    data = client.get("/api/v1/changes/").json()["results"][0]["lines"]

    assert ("", words) in [(line["before"], line["after"]) for line in data]
    area = row.region if isinstance(row, Division) else row
    for path in ("/changes/", "/changes.atom", "/changes.csv", area.get_absolute_url()):
        assert words in client.get(path).text
        assert "没有公开的话。" not in client.get(path).text
    assert {line["field"] for line in entry.changed_lines} == set(values)

    edit(row, **{"position" if isinstance(row, Division) else "short_pinyin": 40})
    assert len(HistoryEntry.objects.first().public_lines) == 1


def test_what_is_typed_is_escaped(client):
    edit(region(), open_points="<script>alert(1)</script>", reason="<b>x</b>")

    text = client.get("/changes/").text

    assert "<script>alert" not in text
    assert "&lt;b&gt;x&lt;/b&gt;" in text


def test_record_that_is_gone_has_no_address_in_the_changes(client):
    row = make.make_topic(name="旧主题")
    edit(row, name="新主题")
    row.delete()

    tree = LexborHTMLParser(client.get("/changes/").text)

    assert tree.css(".change a") == []
    assert "删除主题“新主题”" in tree.text()


def test_one_edit_of_links_is_one_line(client):
    row = region().priorities.first()
    first, second = Topic.objects.all()[:2]
    row.topics.set([first])
    with editing(reason="改归类"):
        row.topics.set([second])

    [edited, *_] = edits.of_record("region", region().pk)

    [line] = edited.items[0].lines.values()
    assert (line.before, line.after) == (first.name, second.name)


def test_record_has_its_own_changes_with_those_of_its_rows():
    edit(region(), open_points="甲")
    edit(region().priorities.first(), text="乙")
    edit(Region.objects.get(serial=1), open_points="丙")

    found = edits.of_record("region", region().pk)

    assert [item.entry.kind_name for each in found for item in each.items] == ["制度创新重点", "先行示范地区"]


@pytest.mark.once
def test_changes_take_the_same_queries_whatever_their_number(client, django_assert_num_queries):
    for serial in (1, 2):
        edit(Region.objects.get(serial=serial), open_points="甲")
    client.get("/changes/")
    with django_assert_num_queries(7):
        client.get("/changes/")
    with together():
        for row in [*Region.objects.all(), *Ministry.objects.all()]:
            edit(row, **{"open_points" if hasattr(row, "open_points") else "change": "乙"})
    client.get("/changes/")  # the first reader after a change reads the facets anew
    with django_assert_num_queries(7):
        client.get("/changes/")


@pytest.mark.once
@pytest.mark.parametrize(("page", "number"), [("2", 2), ("99", 2), ("0", 2), ("abc", 1), ("٢", 2)])
def test_pages_of_changes(client, page, number):
    with together():
        for each in range(changes.PAGE_SIZE + 5):
            edit(region(), open_points=str(each))

    response = client.get("/changes/", {"page": page})

    assert response.status_code == 200
    assert "noindex" in response.text
    assert response.context["list"].number == number


def test_record_says_what_was_corrected_of_it_and_of_its_rows_only(client):
    row, other = region(), Region.objects.get(serial=9)
    for thing in (row, row.notice):
        assert "更正记录" not in LexborHTMLParser(client.get(thing.get_absolute_url()).text).css_first("main").text()
    edit(row.priorities.first(), text="改后的重点", reason="重点有误", classification_note="线索")
    edit(row.notice.sections.last(), text="改后的段落", reason="段落有误")
    edit(other, open_points="别处", reason="别处有误")
    edit(row, internal_note="线索", reason="不公开")

    for thing, mine, theirs in ((row, "重点有误", "段落有误"), (row.notice, "段落有误", "重点有误")):
        said = LexborHTMLParser(client.get(thing.get_absolute_url()).text).css_first("section:has(#changes)").text()
        assert mine in said
        assert not [words for words in (theirs, "别处", "线索", "不公开") if words in said]


@pytest.mark.once
def test_record_takes_the_same_queries_however_often_it_was_corrected(client, django_assert_max_num_queries):
    row = region()
    counts = []
    for number in range(1, 30, 7):
        with together():
            for turn in range(number):
                edit(row, open_points=f"说明{number}{turn}")
        client.get(row.get_absolute_url())
        with django_assert_max_num_queries(20) as queries:
            client.get(row.get_absolute_url())
        counts.append(len(queries))
    assert len(set(counts)) == 1


# What officials see.


def test_history_page_shows_who_from_where_what_and_why(client):
    user = official("张")
    row = region()
    edit(row, actor=user, open_points="旧说明")
    edit(row, actor=user, open_points="新说明", internal_note="线索")
    edit(row.priorities.first(), actor=user, text="重点")
    client.force_login(user)

    text = history(client, row).text

    assert "张（192.0.2.7）" in text
    assert "更正说明：依据文件更正" in text
    said = [node.text().strip() for node in LexborHTMLParser(text).css("dd")]
    assert "（改前）旧（改后）新说明" in said
    assert "线索" in text
    assert "制度创新重点" in text


def test_network_addresses_are_for_who_may_see_them(client):
    edit(region(), open_points="说明")
    client.force_login(make.make_official("读", "只读"))

    text = history(client, region()).text

    assert "系统" in text
    assert "192.0.2.7" not in text
    assert "恢复改前" not in text
    client.force_login(make.make_official("读和管", "只读", also="管理员"))
    assert "192.0.2.7" in history(client, region()).text


@pytest.mark.once
@pytest.mark.parametrize(("role", "sees"), [("只读", False), ("部委编辑", True), ("省级编辑", True)])
def test_notes_in_the_history_are_for_those_who_may_change_the_row(client, role, sees):
    row = region()
    edit(row, internal_note="线索甲")
    edit(row, open_points="说明", internal_note="线索乙")
    edit(row.priorities.first(), classification_note="线索丙")
    client.force_login(make.make_official("某", role, row.province.slug))

    text = history(client, row).text

    assert "说明" in text
    assert ("线索甲" in text) == ("线索丙" in text) == sees
    assert ("内部备注" in text) == sees
    assert text.count("更正说明：") == (3 if sees else 1)


def test_who_reads_a_row_that_others_change_is_offered_no_way_to_restore_it(client):
    edit(region(), open_points="说明")
    client.force_login(make.make_official("兼", "省级编辑", "xinjiang", also="只读"))

    assert "恢复改前" not in history(client, region()).text


def test_history_obeys_the_queryset_of_the_admin(client, monkeypatch):
    edit(region(), open_points="别人的秘密")
    options = admin.site._registry[Region]
    monkeypatch.setattr(options, "get_queryset", lambda request: Region.objects.exclude(pk=region().pk))
    client.force_login(official("张"))

    response = history(client, region())

    assert response.status_code == 302
    assert "别人的秘密" not in client.get(response.headers["Location"]).text


def test_history_can_not_be_written_by_posting_to_it(client):
    edit(region(), open_points="说明")
    client.force_login(official("张"))

    client.post(reverse("admin:pilots_region_history", args=[region().pk]), {"restore": "1"})

    assert region().open_points == "说明"
    assert HistoryEntry.objects.count() == 1


def test_signatures_are_in_the_history_of_the_ministry_whose_form_shows_them(client):
    ministry = Ministry.objects.first()
    edit(ministry.signatures.first(), name="某部")
    client.force_login(official("张"))

    assert "<ins>某" in history(client, ministry).text


@pytest.mark.once
def test_history_takes_the_same_queries_whatever_its_length(client, django_assert_max_num_queries):
    client.force_login(official("张"))
    edit(region(), open_points="一")
    history(client, region())
    with django_assert_max_num_queries(20) as few:
        history(client, region())
    with together():
        for number in range(30):
            edit(region(), open_points=str(number), actor=official(f"第{number}人"))
            edit(region().priorities.first(), text=str(number))
    with django_assert_max_num_queries(20) as many:
        history(client, region())

    assert len(many) == len(few)


def restore(client, row, label):
    links = LexborHTMLParser(history(client, row).text).css("dt a")
    return next(link.attributes["href"] for link in links if label in link.text())


@pytest.mark.once
@pytest.mark.parametrize(
    ("values", "label"),
    [
        ({"open_points": "新说明"}, "通知未列明"),
        (
            {"renamed_on": "2026-09-05", "name_now": "某市", "renaming": "改", "renaming_source": "某文"},
            "更名批准日期",
        ),
        ({"kind": "county", "kind_source": "国函〔2014〕2号"}, "类型"),
        ({"is_kind_verified": False}, "类型已核实"),
    ],
)
def test_earlier_value_is_taken_up_again_as_a_new_edit_with_a_reason(client, values, label):
    name = next(iter(values))
    before = getattr(region(), name)
    make.overwrite(Region.objects.filter(pk=region().pk), kind_source="国函〔2014〕1号")
    edit(region(), **values)
    client.force_login(user := official("张"))

    person = Person(client, user, restore(client, region(), f"“{label}”"))
    assert getattr(region(), name) != before
    [reason] = person.posted["edit_reason"]
    assert reason.endswith(f"改动之前的{label}")
    person.saves(reason=reason)
    assert not person.is_saved  # it says what; she adds why
    assert person.posted["edit_reason"] == [f"{reason}："]
    reason += "：那次改错了"
    person.saves(reason=reason)

    assert person.is_saved
    assert getattr(region(), name) == before
    entry = HistoryEntry.objects.first()
    assert (entry.edit.actor, entry.edit.reason) == (user, reason)


@pytest.mark.once
def test_earlier_links_of_a_row_are_taken_up_again(client):
    row = region().priorities.first()
    before = set(row.topics.all())
    with editing(reason="改归类"):
        row.topics.set([make.make_topic()])
    client.force_login(user := official("张"))

    Person(client, user, restore(client, region(), "“主题”")).saves()

    assert set(row.topics.all()) == before


@pytest.mark.once
def test_restoring_is_guarded_as_any_edit_is(client):
    edit(region(), open_points="一")
    client.force_login(user := official("张"))
    zhang = Person(client, user, restore(client, region(), "“通知未列明”"))
    Person(Client(), official("李"), address(region())).types(open_points="通知没有写明李的说明").saves()

    zhang.saves()

    assert not zhang.is_saved
    assert region().open_points == "通知没有写明李的说明"


QUERIES = [
    "restore=1&field=open_points",
    "restore=x&field=open_points",
    f"restore={'9' * 40}",
    "field=x",
    "restore=%C2%B2",
]


@pytest.mark.once
@pytest.mark.parametrize("query", QUERIES)
def test_restoring_what_is_not_there_shows_the_row_as_it_is(client, query):
    other = Priority.objects.last()
    edit(other, text="别处")
    client.force_login(user := official("张"))

    person = Person(client, user, f"{address(region())}?{query}")

    assert "没有改动，未写入任何内容。" in person.saves(reason="")


def test_who_may_only_read_is_offered_no_way_to_restore(client):
    edit(region(), open_points="说明")
    user = User.objects.create_user("reader", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client.force_login(user)
    entry = HistoryEntry.objects.get()

    response = client.post(f"{address(region())}?restore={entry.pk}&field=open_points", {"open_points": ""})

    assert response.status_code == 403
    assert region().open_points == "说明"


def test_one_edit_of_two_records_with_one_number_is_two_lines(client):
    with editing(reason="一次改两条"):
        System.objects.create(pk=900, name="某制度", short_name="某", slug="some-system", position=501)
        Topic.objects.create(pk=900, name="某主题", slug="some-topic", position=501)

    assert client.get("/changes/").text.count("：一次改两条") == 2


@pytest.mark.once
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(1, 4), min_size=1, max_size=8), st.integers(1, 4))
def test_no_page_cuts_an_edit_in_two(client, monkeypatch, sizes, page_size):
    """sizes: how many lines each edit changes, one edit after another."""
    monkeypatch.setattr(changes, "PAGE_SIZE", page_size)
    lines = list(Region.objects.annotate(size=Count("priorities")).filter(size=4)[0].priorities.all())
    with transaction.atomic():
        with together():
            for number, size in enumerate(sizes):
                with editing(actor=None, reason=f"第{number}次"):
                    for line in lines[:size]:
                        line.confidence = "low" if line.confidence == "high" else "high"
                        line.save()
        shown, answered, total = [], [], set()
        for page in range(-(-len(sizes) // page_size), 0, -1):
            tree = LexborHTMLParser(client.get("/changes/", {"page": page}).text)
            shown += [len(each.css(".note")) for each in reversed(tree.css(".change"))]
            answer = client.get("/api/v1/changes/", {"page": page, "page_size": page_size}).json()
            answered += [len([*rows]) for _, rows in groupby(reversed(answer["results"]), itemgetter("edit"))]
            total.add(answer["count"])
        transaction.set_rollback(True)

    assert shown == answered == sizes
    assert total == {sum(sizes)}


@pytest.mark.once
def test_neither_a_record_nor_its_history_cuts_an_edit_in_two(client, admin_client):
    row = Region.objects.annotate(size=Count("priorities")).filter(size=4)[0]
    lines = list(row.priorities.all()[:3])
    for number in range(8):
        with editing(actor=None, reason=f"第{number}次"):
            for line in lines:
                line.confidence = "low" if line.confidence == "high" else "high"
                line.save()

    page = LexborHTMLParser(client.get(row.get_absolute_url()).text)
    history = admin_client.get(f"/admin/pilots/region/{row.pk}/history/").context["edits"]
    recent = admin_client.get("/admin/").context["edits"]

    assert [len(each.css(".note")) for each in page.css(".change")] == [len(lines)] * 8
    assert [len(edit.items) for edit in history] == [len(edit.items) for edit in recent] == [len(lines)] * 8


def test_page_of_changes_beyond_the_last_edit_is_none(client):
    edit(region(), open_points="说明")

    response = client.get("/api/v1/changes/", {"page": 2, "page_size": 1})

    assert response.status_code == 404
    assert "只有1页" in response.text


def test_edit_that_was_going_on_at_a_moment_is_whole_since_then(client):
    with editing(reason="一次改两条"):
        lines = [*region().priorities.all()[:2]]
        for line in lines:
            line.confidence = "low" if line.confidence == "high" else "high"
            line.save()
    latest = HistoryEntry.objects.latest("timestamp")

    answer = client.get("/api/v1/changes/", {"modified_since": latest.timestamp.isoformat()}).json()

    assert (answer["count"], len(answer["results"])) == (2, 2)


def test_withdrawal_is_told_alike_by_every_channel(client):
    row = region()
    edit(row, open_points="以前的说明")
    edit(row, "与文件不符", withdrawn_on=datetime.date(2026, 11, 23), withdrawn_reason="与文件不符")

    texts = [
        client.get(path).text for path in ("/changes/", "/api/v1/changes/", "/changes.atom", "/api/v1/deletions/")
    ]

    for text in texts:
        assert (row.name in text, "与文件不符" in text, "以前的说明" in text) == (True, True, False)


@pytest.mark.once
def test_division_is_named_in_the_changes_once_it_is_verified(client):
    region = Region.objects.get(serial=1)
    with editing(reason="增补"):
        row = Division.objects.create(region=region, position=9, role="component", name_then="假县")
    pages = (region.get_absolute_url(), "/changes/", "/api/v1/changes/", "/changes.atom", "/changes.csv")
    texts = [client.get(page).text for page in pages]
    assert not [page for page, text in zip(pages, texts, strict=True) if "假县" in text or "增补" in text]

    edit(row, source="国函〔2016〕98号", verification="verified")
    assert "假县" in client.get(pages[0]).text
    assert "假县" in client.get("/changes/").text

    edit(row, verification="unverified")
    assert client.get("/changes/").text.count("更正行政区划“假县") == 1
