"""A record in the admin as a page of its parts, each with a small form: the same guard, merging and history."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.core import signing
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from selectolax.lexbor import LexborHTMLParser

from pilots import models
from pilots.models.recorded import own_field

from . import factories as make
from .forms import Person, official

pytestmark = pytest.mark.django_db
PARTED = [options for options in admin.site._registry.values() if getattr(options, "parts", None)]
SMALL = [(options, part) for options in PARTED for part, (_, fields) in options.parts.items() if fields]
IDS = [f"{options.opts.model_name}-{part}" for options, part in SMALL]
BY_THE_NOTICE = {"notice", "serial", "province", "partners", "region", "slug"}


@pytest.fixture
def area():
    return models.Region.objects.get(slug="liaoning-benxi")


@pytest.fixture
def line(area):
    return area.priorities.get(number=1)


def form_of(row, part):
    return reverse(f"admin:pilots_{row._meta.model_name}_{part}", args=[row.pk])


def page_of(client, row):
    return LexborHTMLParser(client.get(form_of(row, "change")).text)


def state_of(tree, title):
    [heading] = [node for node in tree.css("h2") if node.text().strip().startswith(title)]
    return heading.css_first(".tag").text()


@pytest.mark.once
@pytest.mark.parametrize("options", PARTED, ids=lambda options: options.opts.model_name)
def test_each_field_is_in_one_part_and_facts_are_with_their_source(options):
    fields = [name for _, names in options.parts.values() for name in names]
    own = {field.name for field in (*options.opts.fields, *options.opts.many_to_many) if field.editable}

    sources = {*options.model.sourced} if options.model.__name__ == "Document" else set()  # beside the facts of each
    once = [name for name in fields if name not in sources]
    assert len(once) == len(set(once))
    assert own - {"id"} - set(fields) <= BY_THE_NOTICE
    for source, (status, facts) in options.model.sourced.items():
        parts = [{*names} for _, names in options.parts.values() if source in names]
        assert any({source, status} - {None, ""} <= part for part in parts)
        assert {*facts} - BY_THE_NOTICE <= set().union(*parts)


@pytest.mark.once
@pytest.mark.parametrize(("options", "part"), SMALL, ids=IDS)
def test_small_form_asks_little_and_the_reason_once(admin_client, options, part):
    row = options.model.objects.last()
    tree = LexborHTMLParser(admin_client.get(form_of(row, part)).text)
    fields = tree.css("#content-main form :is(input:not([type=hidden]):not([type=submit]), select, textarea)")

    assert len(fields) <= 12
    assert [field.attributes["name"] for field in fields].count("edit_reason") == 1
    assert not tree.css(".inline-group, .related-widget-wrapper-link")


@pytest.mark.once
def test_page_of_parts_says_what_waits_and_what_is_as_issued(admin_client, area):
    make.overwrite(
        models.Region.objects.filter(pk=area.pk), name_now_status="unverified", remark="一句。", remark_source="某文"
    )
    tree = page_of(admin_client, area)

    assert [state_of(tree, title) for title in ("名称", "更名", "说明")] == ["与原文一致", "待核实", "暂不公开"]
    assert "与原文一致" in tree.css_first(".part__rows").text()
    assert "一句" in tree.text()
    assert "。；" not in tree.text()
    make.overwrite(models.Region.objects.filter(pk=area.pk), name_raw="辽宁省本溪县", name="辽宁省本溪县")
    assert state_of(page_of(admin_client, area), "名称") == "已更正"


@pytest.mark.once
def test_page_of_parts_takes_the_same_queries_whatever_the_rows(admin_client, area, django_assert_num_queries):
    admin_client.get(form_of(area, "change"))
    client = official_client("省级编辑", "liaoning")
    client.get(form_of(area, "change"))
    with django_assert_num_queries(19):
        admin_client.get(form_of(area, "change"))
    with CaptureQueriesContext(connection) as few:
        client.get(form_of(area, "change"))
    with models.together():
        for number in range(10, 20):
            make.make_priority(region=area, number=number, topics=models.Topic.objects.all()[:2])
            models.Alias.objects.create(region=area, name=f"某{number}", kind="common")
    with django_assert_num_queries(19):
        admin_client.get(form_of(area, "change"))
    with django_assert_num_queries(len(few)):
        client.get(form_of(area, "change"))


def official_client(role, *provinces):
    client = Client()
    client.force_login(make.make_official(f"{role}-{len(provinces)}", role, *provinces))
    return client


def test_who_may_only_see_is_offered_no_form_and_no_note(area):
    make.overwrite(models.Region.objects.filter(pk=area.pk), internal_note="只给自己人看")
    theirs, mine = official_client("只读"), official_client("省级编辑", "liaoning")

    assert "只给自己人看" in mine.get(form_of(area, "change")).text
    tree = page_of(theirs, area)
    assert "只给自己人看" not in tree.html
    assert not tree.css(".part__actions a")
    assert 'name="_save"' not in theirs.get(form_of(area, "remark")).text
    assert "只给自己人看" not in theirs.get(form_of(area, "remark")).text
    assert theirs.post(form_of(area, "remark"), {"remark": "别人的"}).status_code == 403


@pytest.mark.once
def test_parts_saved_at_the_same_time_are_both_kept(client, area):
    area.remark = "旧说明"
    area.save()
    zhang = Person(client, official("张"), form_of(area, "remark"))
    li = Person(client, official("李"), form_of(area, "remark"))
    zhang.client.force_login(User.objects.get(first_name="张"))
    zhang.types(open_points="通知没有写明张写的。").saves()
    client.force_login(User.objects.get(first_name="李"))
    told = li.types(remark="李写的。").saves()

    area.refresh_from_db()
    assert (area.open_points, area.remark) == ("通知没有写明张写的。", "李写的。")
    assert any("张同时改了" in message for message in told)


@pytest.mark.once
def test_part_of_an_older_page_is_refused_with_both_texts(client, area):
    zhang = Person(client, official("张"), form_of(area, "remark"))
    li = Person(client, official("李"), form_of(area, "whole"))
    client.force_login(User.objects.get(first_name="李"))
    li.types(remark="李写的。").saves()
    client.force_login(User.objects.get(first_name="张"))
    zhang.types(remark="张写的。").saves()

    assert not zhang.is_saved
    assert "李已把这一项改为：李写的。" in zhang.text
    assert zhang.posted["remark"] == ["张写的。"]
    zhang.saves()
    area.refresh_from_db()
    assert area.remark == "张写的。"
    entry = models.HistoryEntry.objects.latest("pk")
    assert set(entry.changes) == {"remark"}
    assert entry.changes["remark"] == ["李写的。", "张写的。"]


def test_rule_over_fields_of_another_part_is_said_and_not_left_to_the_database(client, area):
    person = Person(client, official("张"), form_of(area, "renaming"))
    person.types(
        name_now=area.name, name_now_status="verified", renaming="2018年改为乙", renaming_source="民函〔2017〕71号"
    )
    person.saves()

    assert not person.is_saved
    assert "现名与地区名称相同，没有更名" in person.text
    assert "冲突" not in person.text


def test_what_is_wrong_with_a_field_of_another_part_is_said_at_the_top(client, area):
    person = Person(client, official("张"), form_of(area, "remark"))
    models.unrecorded(models.Alias).filter(region=area).delete()
    models.Alias.objects.create(region=area, name="别的名", kind="former")
    make.overwrite(models.Region.objects.filter(pk=area.pk), short_name="别的名")

    person.types(open_points="通知没有写明改").saves()

    assert not person.is_saved
    label = own_field(area, "short_name").verbose_name
    assert f"{label}：别名里已有“别的名”" in LexborHTMLParser(person.text).css_first(".errornote").text()


def test_typo_in_a_line_is_one_save(client, line):
    person = Person(client, official("张"), form_of(line, "text"))
    raw = line.text_raw.replace(line.text[0], "甲", 1)
    person.types(text_raw=raw, confirmed="on").saves("照文件更正一个字")

    assert person.is_saved
    line.refresh_from_db()
    assert (line.text_raw, line.text) == (raw, models.Priority.shown_from(raw))
    assert person.response.headers["Location"] == form_of(line.region, "change")


@pytest.mark.once
def test_typo_that_was_not_compared_goes_back_with_the_difference(client, line):
    person = Person(client, official("张"), form_of(line, "text"))
    person.types(text_raw=line.text_raw.replace(line.text[0], "甲", 1)).saves("照文件更正一个字")

    assert not person.is_saved
    assert "<ins>甲</ins>" in person.text
    for node in LexborHTMLParser(person.text).css("h1, .breadcrumbs"):  # what isn't saved isn't what it is called
        assert str(line) in node.text()
    box = LexborHTMLParser(person.text).css_first("input[name=confirmed]").attributes["value"]
    person.types(text_raw=line.text_raw.replace(line.text[0], "乙", 1), confirmed=box).saves("照文件更正一个字")
    assert not person.is_saved, "she ticked below another difference"
    assert "<ins>乙</ins>" in person.text
    whole = Person(client, official("李"), form_of(line, "whole"))
    whole.types(text_raw=line.text_raw.replace(line.text[0], "甲", 1), confirmed="on").saves("照文件更正一个字")
    assert not whole.is_saved, "only a small form is so short that the words are seen as they were"


def test_classification_is_chosen_in_three_boxes(client, line):
    topics = list(models.Topic.objects.order_by("pk")[:4])
    person = Person(client, official("张"), form_of(line, "classification"))
    assert len(person.posted["topics"]) == 3
    person.types(topics=[str(topics[0].pk), "", str(topics[3].pk)]).saves("按内容重新归类")

    assert person.is_saved
    assert set(line.topics.all()) == {topics[0], topics[3]}
    person = Person(client, official("李"), form_of(line, "classification"))
    person.types(topics=["", "", ""]).saves()
    assert "须选一至三个主题，现有0个。" in person.text
    assert line.topics.count() == 2


def test_alias_is_added_from_the_area_and_leads_back(client, area):
    client.force_login(official("张"))
    [add] = [
        a.attributes["href"] for a in page_of(client, area).css("a.button") if "alias/add" in a.attributes["href"]
    ]
    person = Person(client, official("张"), add)
    person.types(name="本溪满族县", kind="common").saves("许多读者这样叫")

    assert person.response.headers["Location"] == form_of(area, "change")
    assert area.aliases.filter(name="本溪满族县").exists()


def test_errors_are_links_to_their_fields(client, area):
    person = Person(client, official("张"), form_of(area, "name"))
    person.types(short_name="", name_en="中文").saves()

    tree = LexborHTMLParser(person.text)
    links = [link.attributes["href"] for link in tree.css(".errornote a")]
    assert links == ["#id_short_name", "#id_name_en"]
    assert all(tree.css_first(link) for link in links)
    assert tree.css_first("title").text().startswith("有误：")


@pytest.mark.parametrize(
    ("kind", "part", "choices"),
    [
        ("indicator", "add", {"document": "（请选）"}),
        ("indicator", "place", {"document": "（请选）"}),
        ("document", "add", {"kind": "（请选）", "relation": "（请选）"}),
        ("project", "add", {"document": "（请选）", "stage": "（不选）"}),
        ("section", "change", {}),
    ],
)
def test_empty_choice_is_said_in_words(client, area, kind, part, choices):
    make.make_indicator(document=make.make_document(region=area))
    client.force_login(official("张"))
    row = models.Indicator.objects.latest("pk") if kind == "indicator" else models.Section.objects.first()
    url = f"/admin/pilots/{kind}/add/?region={area.pk}&back=1" if part == "add" else form_of(row, part)

    tree = LexborHTMLParser(client.get(url).text)

    empty = {node.attributes["name"]: node.css_first("option[value='']") for node in tree.css("select")}
    assert {name: empty[name].text() for name in choices} == choices
    assert "----" not in "".join(option.text() for option in tree.css("option"))


def links_to_errors(person):
    return [a.attributes["href"] for a in LexborHTMLParser(person.text).css(".errornote a")]


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("document", ["title", "kind", "relation", "edit_reason"]),
        ("division", ["position", "role", "name_then", "edit_reason"]),
        ("alias", ["name", "kind"]),  # that no reader sees: no reason is wanted
    ],
)
def test_all_that_a_new_row_lacks_is_said_at_once(client, area, kind, fields):
    person = Person(client, official("张"), f"/admin/pilots/{kind}/add/?region={area.pk}&back=1")
    person.saves("")

    assert links_to_errors(person) == [f"#id_{name}" for name in fields]
    person.saves("照公开的文件补上一行")
    assert "#id_edit_reason" not in links_to_errors(person)
    person.types(_preview="1").saves("")
    assert "#id_edit_reason" not in links_to_errors(person)
    person.types(_draft="1").saves("")
    assert "请写明为什么改" not in client.get(person.url).text  # nobody has saved it


def test_rules_the_tick_and_the_reason_are_said_beside_what_is_wrong_with_a_field(client, area, line):
    person = Person(client, official("张"), form_of(area, "renaming"))
    changes = {"name_now": area.name, "name_now_status": "verified", "renaming": "2018年改为乙"}
    person.types(**changes, renaming_source="民函〔2017〕71号", renamed_on="年").saves("")
    wanted = {"#id_renamed_on", "#id_edit_reason", "#id_name_now"}
    assert wanted <= {*links_to_errors(person)}
    assert len(links_to_errors(person)) == len({*links_to_errors(person)})
    words = Person(client, official("李"), form_of(line, "text"))

    words.types(text_raw="", confirmed="on").saves("")

    assert [link for link in links_to_errors(words) if "text" not in link] == ["#id_edit_reason", "#id_confirmed"]


def test_reason_is_asked_beside_what_is_wrong_with_a_row_inside_a_record(client, area):
    person = Person(client, official("张"), form_of(area, "whole"))
    person.types(divisions__0__name_then="", remark="后来的说明。").saves("")

    assert links_to_errors(person)[:2] == ["#id_edit_reason", "#id_divisions-0-name_then"]


@pytest.mark.once
def test_restored_edit_restores_all_its_fields(client, area):
    person = Person(client, official("张"), form_of(area, "remark"))
    person.types(open_points="通知没有写明后来的。", remark="后来的说明。").saves()
    history = LexborHTMLParser(client.get(form_of(area, "history")).text)
    [link] = [a.attributes["href"] for a in history.css("h3 a")]
    before = {"open_points": [area.open_points], "remark": [area.remark]}
    assert link.startswith(form_of(area, "remark"))  # the form is as small as the edit was
    again = Person(client, official("李"), link)

    assert {name: again.posted.get(name, [""]) for name in before} == before
    help_of = {name: LexborHTMLParser(again.text).css_first(f"#id_{name}_helptext").text() for name in before}
    now = {"open_points": "通知没有写明后来的。", "remark": "后来的说明。"}
    for name, text in now.items():  # which box holds what
        assert f"不是现在的内容（{again.posted['edit_reason'][0]}），保存后才改。记录现在是：{text}" in help_of[name]
    assert "现在的内容" not in Person(client, official("王"), form_of(area, "remark")).text
    assert again.posted["edit_reason"][0].startswith("恢复")
    again.saves("恢复原来的内容")
    area.refresh_from_db()
    assert {"open_points": [area.open_points], "remark": [area.remark]} == before
    for number in ("0", "x", "9" * 30):
        assert client.get(f"{form_of(area, 'change')}?restore={number}").status_code == 200


def withdrawn(client, area):
    url = form_of(area, "withdraw")
    seen = LexborHTMLParser(client.get(url).text).css_first("[name=version]").attributes["value"]
    page = client.post(url, {"edit_reason": "与印发的文件不符", "version": seen}, follow=True)
    form = LexborHTMLParser(page.text).css_first(".messagelist .success form")
    return form.attributes["action"], {
        node.attributes["name"]: node.attributes["value"] for node in form.css("input")
    }


def test_what_the_record_holds_is_said_at_a_box_that_is_filled_in_and_escaped(client, area):
    make.overwrite(models.Region.objects.filter(pk=area.pk), remark="<b>甲</b>" + "乙" * 400)
    Person(client, official("张"), form_of(area, "remark")).types(remark="", open_points="通知没有写明。").saves()
    make.overwrite(models.Region.objects.filter(pk=area.pk), remark="<b>丙</b>" + "丁" * 400)
    history = LexborHTMLParser(client.get(form_of(area, "history")).text)
    link = next(a.attributes["href"] for a in history.css("dt a") if "field=remark" in a.attributes["href"])

    text = client.get(link).text

    assert "记录现在是：&lt;b&gt;丙&lt;/b&gt;" + "丁" * 292 + "…" in text
    assert "open_points" not in link
    assert text.count("框里填的不是现在的内容") == 1


def test_withdrawing_is_undone_with_one_click_and_kept_in_the_history(client, area):
    client.force_login(official("张"))
    url, posted = withdrawn(client, area)
    assert models.Region.all_objects.get(pk=area.pk).is_withdrawn

    assert client.post(url, posted).status_code == 302
    assert not models.Region.all_objects.get(pk=area.pk).is_withdrawn
    assert models.Edit.objects.latest("pk").reason == "撤销刚才的撤下"
    client.post(url, posted)
    assert not models.Region.all_objects.get(pk=area.pk).is_withdrawn, "an undoing isn't undone by itself"


@pytest.mark.once
@pytest.mark.parametrize("harm", ["late", "made up", "of another row", "of the row alone", "of any edit"])
def test_withdrawing_is_not_undone_late_or_by_who_makes_it_up(client, area, monkeypatch, harm):
    client.force_login(official("张"))
    url, posted = withdrawn(client, area)
    if harm == "late":
        monkeypatch.setattr("pilots.admin.withdrawing.UNDO_SECONDS", -1)
    others = {"of another row": 0, "of the row alone": area.pk, "of any edit": models.Edit.objects.latest("pk").key}
    posted["undo"] = {"late": posted["undo"], "made up": "x"}.get(harm) or signing.dumps(others[harm])

    assert "撤销只在十分钟内有效" in client.post(url, posted).text
    assert models.Region.all_objects.get(pk=area.pk).is_withdrawn


@pytest.mark.once
def test_withdrawing_is_not_undone_over_what_a_colleague_did_since(client, area):
    client.force_login(official("张"))
    url, posted = withdrawn(client, area)
    area.refresh_from_db()
    area.remark = "同事补的。"
    area.save()

    assert "改过这条记录" in client.post(url, posted).text
    assert models.Region.all_objects.get(pk=area.pk).is_withdrawn


def test_area_that_was_never_renamed_says_nothing_of_the_day(client):
    client.force_login(official("张"))
    row = models.Region.objects.filter(renaming="").first()

    assert "更名日期精确到" not in client.get(form_of(row, "change")).text
    make.overwrite(models.Region.objects.filter(pk=row.pk), renamed_precision="month")
    assert "更名日期精确到：月" in client.get(form_of(row, "change")).text


@pytest.mark.once
@pytest.mark.parametrize(
    ("kind", "query", "name"),
    [
        ("region", "京津冀", "京津冀"),
        ("region", "jingjinji", "京津冀"),
        ("region", "蓟州区", "京津冀"),
        ("region", "本溪满族 制度", "本溪"),
        ("priority", "huairou", "怀柔"),
        ("alias", "jingjinji", "京津冀"),
        ("regiontoverify", "jingjinji", "京津冀"),
        ("province", "neimenggu", "内蒙古"),
    ],
)
def test_search_box_finds_what_the_site_finds_of_what_is_hers(client, kind, query, name):
    make.overwrite(models.Region.objects.all(), is_kind_verified=False)
    address = reverse(f"admin:pilots_{kind}_changelist")
    client.force_login(official("张"))
    rows = client.get(address, {"q": query}).context["cl"].queryset
    client.force_login(make.make_official("李", "省级编辑", "liaoning"))
    theirs = client.get(address, {"q": query})

    assert any(name in str(getattr(row, "region", row)) for row in rows)
    assert len(rows) < rows.model.objects.count()
    if kind in ("region", "priority", "alias", "regiontoverify"):
        assert all("本溪" in str(getattr(row, "region", row)) for row in theirs.context["cl"].queryset)


def test_search_box_finds_words_of_a_line_in_any_order_and_what_is_withdrawn(client, line):
    client.force_login(official("张"))
    address, words = reverse("admin:pilots_priority_changelist"), f"{line.text[-4:]} {line.text[:4]}"
    make.overwrite(
        models.Region.objects.filter(slug="beijing-huairou"), withdrawn_on="2026-01-01", withdrawn_reason="误"
    )

    assert line in client.get(address, {"q": words}).context["cl"].queryset
    assert client.get(reverse("admin:pilots_region_changelist"), {"q": "怀柔"}).context["cl"].result_count == 1


@pytest.mark.once
def test_row_that_is_opened_from_its_area_leads_to_its_history_and_out_of_the_public(client, area):
    row = models.Alias.objects.create(region=area, name="本溪", kind="common")
    client.force_login(official("张"))
    tree = LexborHTMLParser(client.get(f"{reverse('admin:pilots_alias_change', args=[row.pk])}?back=1").text)
    links = [link.attributes["href"].partition("?")[0] for link in tree.css(".object-tools a")]
    part = LexborHTMLParser(client.get(form_of(area, "name")).text)
    rows = page_of(client, make.make_project(document=make.make_document(region=area)).region).css("ul.rows li")
    states = [[tag.text() for tag in node.css(".tag")] for node in rows]

    assert {reverse(f"admin:pilots_alias_{page}", args=[row.pk]) for page in ("history", "withdraw")} <= set(links)
    assert not part.css(".object-tools a")  # those of the area stand on its page
    assert any(states)
    assert [tags for tags in states if len(set(tags)) < len(tags)] == []  # what its parts have in common is said once
