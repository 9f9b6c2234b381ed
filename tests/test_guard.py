"""Two people at one form: neither loses what she typed, and each is told what the other did."""

import datetime
from contextlib import contextmanager

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse
from selectolax.lexbor import LexborHTMLParser

from pilots.admin import record
from pilots.backup.manifest import connected
from pilots.models import (
    Alias,
    Division,
    Edit,
    HistoryEntry,
    Notice,
    Priority,
    Region,
    SearchChange,
    Section,
    Signature,
    System,
    Term,
    Topic,
    editing,
    tracking,
)

from . import factories as make
from .forms import REASON, Person, address, fields, official

pytestmark = pytest.mark.django_db


def region(serial=8):  # it has two priorities
    return Region.objects.get(serial=serial)


@pytest.mark.once
def test_different_fields_of_two_people_are_both_kept_and_said_so(pair):
    zhang, li = pair(region())

    zhang.types(remark="张的说明").saves()
    said = li.types(internal_note="李的备注").saves()

    assert (region().remark, region().internal_note) == ("张的说明", "李的备注")
    assert any("张同时改了" in text and "“说明”：张的说明" in text for text in said)


@pytest.mark.once
def test_same_field_is_refused_with_both_texts_and_the_second_save_is_deliberate(pair):
    zhang, li = pair(region())
    zhang.types(remark="张的说明").saves()

    li.types(remark="李的说明", internal_note="李的备注").saves()

    assert not li.is_saved
    assert (region().remark, region().internal_note) == ("张的说明", "")
    assert "张已把这一项改为：张的说明" in li.text
    assert li.posted["remark"] == ["李的说明"]
    assert li.posted["internal_note"] == ["李的备注"]
    li.saves()
    assert li.is_saved
    assert (region().remark, region().internal_note) == ("李的说明", "李的备注")


GROUPS = [
    ("name_now", {"name_now": "假想市"}, {"name_now_status": "verified", "renaming_source": "民函〔2016〕12号"}),
    ("kind", {"kind": "city-district"}, {"is_kind_verified": "on", "kind_source": "民函〔2016〕12号"}),
    ("remark", {"remark": "张的说明"}, {"remark_source": "民函〔2016〕12号"}),
    ("name_en", {"name_en": "Made-up Area"}, {"name_en_source": "https://www.gov.cn/made-up"}),
]


@pytest.mark.once
@pytest.mark.parametrize(("name", "fact", "grounds"), GROUPS)
def test_fact_of_one_and_source_of_another_are_not_taken_for_each_other_s(pair, name, fact, grounds):
    """What 李 verified is what she read, not what 张 wrote meanwhile."""
    row = region(22)  # whose name and code leave its kind open
    open_facts = {"name_now": "旧设市", "name_now_status": "unverified", "is_kind_verified": False, "kind_source": ""}
    make.overwrite(Region.objects.filter(pk=row.pk), **open_facts)
    zhang, li = pair(region(22))
    before = {field: getattr(region(22), field) for field in grounds}
    zhang.types(**fact).saves()
    assert zhang.is_saved

    li.types(**grounds).saves()

    assert not li.is_saved
    assert f"张已把“{Region._meta.get_field(name).verbose_name}”改为" in li.text
    assert {field: getattr(region(22), field) for field in grounds} == before
    assert {field: li.posted.get(field) for field in grounds} == {field: [value] for field, value in grounds.items()}
    li.saves()
    assert li.is_saved


@pytest.mark.once
def test_second_save_is_refused_again_where_there_was_a_third(pair):
    zhang, li = pair(region())
    zhang.types(remark="一").saves()
    li.types(remark="二").saves()
    Person(Client(), official("王"), address(region())).types(remark="三").saves()

    li.saves()

    assert not li.is_saved
    assert "王已把这一项改为：三" in li.text
    assert region().remark == "三"


@pytest.mark.once
def test_same_change_by_both_is_no_conflict_and_written_once(pair):
    zhang, li = pair(region())
    zhang.types(remark="一样").saves()

    said = li.types(remark="一样").saves()

    assert li.is_saved
    assert "没有改动，未写入任何内容。" in said
    assert HistoryEntry.objects.count() == 1


@pytest.mark.once
def test_page_that_goes_back_shows_what_the_other_wrote_elsewhere(pair):
    zhang, li = pair(region())
    zhang.types(remark="张的说明", open_points="通知没有写明张的事项").saves()

    li.types(remark="李的说明").saves()

    assert li.posted["open_points"] == ["通知没有写明张的事项"]
    li.saves()
    assert (region().remark, region().open_points) == ("李的说明", "通知没有写明张的事项")


@pytest.mark.once
def test_different_rows_of_two_people_are_both_kept(pair):
    zhang, li = pair(region())

    zhang.types(priorities__0__classification_note="张").saves()
    said = li.types(priorities__1__classification_note="李").saves()

    assert list(region().priorities.values_list("classification_note", flat=True))[:2] == ["张", "李"]
    assert any("张同时改了" in text and "归类依据" in text for text in said)


@pytest.mark.once
def test_same_field_of_a_row_is_refused(pair):
    zhang, li = pair(region())
    zhang.types(priorities__0__classification_note="张").saves()

    li.types(priorities__0__classification_note="李").saves()

    assert not li.is_saved
    assert "张已把这一项改为：张" in li.text
    li.saves()
    assert region().priorities.first().classification_note == "李"


@pytest.mark.once
def test_row_is_guarded_between_its_own_form_and_that_of_its_area(alone):
    zhang = alone(region())
    li = Person(Client(), official("李"), address(region().priorities.get(number=1)))

    zhang.types(priorities__0__classification_note="张").saves()
    li.types(classification_note="李").saves()

    assert not li.is_saved
    assert "张已把这一项改为：张" in li.text


@pytest.mark.once
def test_links_of_two_people_are_merged(pair):
    row = region().priorities.get(number=1)
    first, second, third = Topic.objects.all()[:3]
    row.topics.set([first])
    zhang, li = pair(region())

    zhang.types(priorities__0__topics=[str(first.pk), str(second.pk)]).saves()
    said = li.types(priorities__0__topics=[str(third.pk)]).saves()

    assert li.is_saved
    assert set(row.topics.all()) == {second, third}
    assert any("“主题”" in text for text in said)


@pytest.mark.once
def test_link_merged_in_a_refused_form_is_not_cut_by_the_second_save(pair):
    row = region().priorities.get(number=1)
    first, second, third = Topic.objects.all()[:3]
    row.topics.set([first])
    zhang, li = pair(region())
    zhang.types(priorities__0__topics=[str(first.pk), str(second.pk)], remark="张").saves()

    li.types(priorities__0__topics=[str(first.pk), str(third.pk)], remark="李").saves()
    assert not li.is_saved
    li.saves()

    assert set(row.topics.all()) == {first, second, third}


def test_link_that_was_not_offered_is_not_cut(pair, monkeypatch):
    row = region().priorities.get(number=1)
    seen, unseen = Topic.objects.all()[:2]
    row.topics.set([seen, unseen])
    row.also_systems.set(System.objects.exclude(pk=row.system_id)[:1])
    options = admin.site._registry[Priority]
    narrowed = {"topics": Topic.objects.filter(pk=seen.pk), "system": System.objects.none()}
    monkeypatch.setattr(options, "autocomplete_fields", ())
    monkeypatch.setattr(
        options, "formfield_for_manytomany", lambda field, request, **kw: field.formfield(queryset=narrowed_to(field))
    )
    monkeypatch.setattr(
        options, "formfield_for_foreignkey", lambda field, request, **kw: field.formfield(queryset=narrowed_to(field))
    )

    def narrowed_to(field):
        return narrowed.get(field.name, field.related_model.objects.all())

    person = Person(Client(), official("张"), address(row))
    person.types(classification_note="考虑", topics=[]).saves()

    row.refresh_from_db()
    assert person.is_saved, person.text
    assert set(row.topics.all()) == {unseen}
    assert row.system_id


def deleted_by(name, row):
    """Nobody deletes in the admin; a program may, and says for whom."""
    with editing(actor=User.objects.get(first_name=name)):
        row.delete()


@pytest.mark.once
def test_row_that_somebody_deleted_is_told_and_one_s_text_stays(pair):
    _, li = pair(region())
    deleted_by("张", region().priorities.last())

    li.types(priorities__1__classification_note="李的字").saves()

    assert not li.is_saved
    assert "这一行已被张删除" in li.text
    assert li.posted["priorities-1-classification_note"] == ["李的字"]
    assert [row.number for row in region().priorities.all()] == [1]
    li.saves()  # a row that is made again is added to the notice: asked about first
    digest = LexborHTMLParser(li.text).css_first("input[name=confirmed]").attributes["value"]
    li.types(confirmed=digest).saves()
    assert li.is_saved
    assert [row.classification_note for row in region().priorities.all()] == ["", "李的字"]


def test_deleted_row_that_one_did_not_touch_is_only_told(pair):
    _, li = pair(region())
    deleted_by("张", region().priorities.last())

    said = li.types(remark="李的说明").saves()

    assert li.is_saved
    assert "这一行已被张删除。" in said
    assert (region().priorities.count(), region().remark) == (1, "李的说明")


@pytest.mark.once
def test_rows_added_by_two_people_are_both_kept(pair):
    zhang, li = pair(region())
    new = {"aliases__TOTAL_FORMS": "9", "aliases__8__kind": "common"}

    zhang.types(**new, aliases__8__name="张名").saves()
    said = li.types(**new, aliases__8__name="李名").saves()

    assert {"张名", "李名"} <= set(region().aliases.values_list("name", flat=True))
    assert any("新增了别名：张名" in text for text in said)


def test_record_that_somebody_deleted_is_told_and_one_s_text_is_shown(pair):
    row = Term.objects.create(word="某词")
    _, li = pair(row)
    deleted_by("张", row)

    response = li.client.post(li.url, li.types(word="<b>李的词</b>").posted)

    assert response.status_code == 410
    assert "词汇已被张删除" in response.text
    assert "&lt;b&gt;李的词&lt;/b&gt;" in response.text


def withdraw(person, row):
    place = reverse(f"admin:pilots_{row._meta.model_name}_withdraw", args=[row.pk])
    seen = fields(person.client.get(place).text)
    assert person.client.post(place, seen | {"edit_reason": REASON}).status_code == 302


@pytest.mark.once
@pytest.mark.parametrize("is_inside", [True, False])
def test_row_that_somebody_withdrew_is_told_and_both_are_kept(pair, is_inside):
    row = Alias.objects.create(region=region(), name="某名", kind="common")
    zhang, li = pair(region() if is_inside else row)
    number = region().aliases.count() - 1
    withdraw(zhang, row)

    said = li.types(**{f"aliases__{number}__name" if is_inside else "name": "李名"}).saves()

    assert any("张撤下了“" in text and REASON in text for text in said)
    row.refresh_from_db()
    assert (row.name, row.is_withdrawn) == ("李名", True)
    assert all("撤下了" not in text for text in Person(Client(), official("王"), li.url).types(name="王名").saves())


@pytest.mark.once
def test_form_that_does_not_say_what_it_showed_overwrites_nothing(pair):
    _, li = pair(region())
    region_pk = region().pk
    Region.objects.get(pk=region_pk).save()
    del li.posted["opened"]

    li.types(remark="李的说明").saves()

    assert not li.is_saved
    assert region().remark == ""
    li.saves()
    assert region().remark == "李的说明"


@pytest.mark.once
@pytest.mark.parametrize("broken", ["", "{", "[]", "null", '{"remark": {"a": 1}}'])
def test_broken_memory_of_a_page_is_no_error(pair, broken):
    _, li = pair(region())

    li.types(opened=broken, remark="李的说明").saves()

    assert not li.is_saved


def test_number_taken_by_the_other_meanwhile_is_said_at_the_field(alone):
    zhang = alone(make.make_topic())
    li = Person(Client(), official("李"), address(make.make_topic()))

    zhang.types(position="500").saves()
    li.types(position="500").saves()

    assert not li.is_saved
    assert li.posted["position"] == ["500"]


def test_race_that_validation_can_not_see_is_no_server_error(alone, monkeypatch):
    """As when another transaction takes the number between this one's check and its write."""
    zhang = alone(make.make_topic())
    taken = make.make_topic().position
    monkeypatch.setattr(Topic, "validate_constraints", lambda self, exclude=None: None)
    monkeypatch.setattr(Topic, "validate_unique", lambda self, exclude=None: None)

    zhang.types(position=str(taken), name="新名").saves()

    assert not zhang.is_saved
    assert "与同时进行的修改冲突" in zhang.text
    assert zhang.posted["name"] == ["新名"]


@pytest.mark.once
def test_reason_with_a_number_of_a_person_is_refused_wherever_it_is_public(alone):
    zhang = alone(region())
    reason = "依据原件，电话138-0013-8000"

    zhang.types(remark="张的说明").saves(reason)
    withdrawing = zhang.client.post("/admin/pilots/region/8/withdraw/", {"edit_reason": reason})

    assert not zhang.is_saved
    assert "里面像有身份证号或手机号" in "".join(zhang.response.context["adminform"].form.errors["edit_reason"])
    assert "里面像有身份证号或手机号" in withdrawing.text


@pytest.mark.once
def test_save_that_is_undone_and_done_again_is_told_once(alone, monkeypatch):
    """As when the database refuses the first try at its very end."""
    zhang = alone(region())
    tries = []

    @contextmanager
    def together():
        with tracking.together():
            yield
            tries.append("")
            if len(tries) == 1:
                raise OperationalError("deadlock detected")

    monkeypatch.setattr(record, "together", together)

    said = zhang.types(remark="张的说明").saves()

    assert len(tries) == 2
    assert region().remark == "张的说明"
    assert len([text for text in said if text.startswith("成功修改")]) == 1
    assert len(said) == len(set(said))
    assert HistoryEntry.objects.count() == 1


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite locks all or nothing")
def test_save_of_a_line_locks_neither_its_area_nor_the_notice(alone):
    """By which lines stand in order: whoever saved in another area would wait, or each of two for the other."""
    zhang = alone(region().priorities.first())
    with connected(connection.settings_dict) as other, other.cursor() as cursor:
        other.set_autocommit(False)
        cursor.execute("SELECT 1 FROM pilots_region FOR NO KEY UPDATE")
        cursor.execute("SELECT 1 FROM pilots_notice FOR NO KEY UPDATE")
        connection.cursor().execute("SET LOCAL lock_timeout = '1s'")

        zhang.types(classification_note="张的说明").saves()

    assert zhang.is_saved


@pytest.mark.parametrize(("model", "name"), [(Section, "text_raw"), (Signature, "name_raw")])
def test_text_as_received_keeps_the_blanks_at_its_ends(alone, model, name):
    row = model.objects.first()
    zhang = alone(row)

    zhang.types(**{name: "　 某字 　"}).saves()
    box = LexborHTMLParser(zhang.text).css_first("input[name=confirmed]").attributes["value"]
    zhang.types(confirmed=box).saves()

    row.refresh_from_db()
    assert getattr(row, name) == "　 某字 　"


UNTOUCHED = [Region, Priority, Notice, Section, Division, Topic, System]


@pytest.mark.parametrize("model", UNTOUCHED)
def test_saving_without_a_change_writes_nothing(alone, model):
    row = model.objects.first()
    for field in ("remark", "text", "open_points", "internal_note", "source_remark"):
        if hasattr(row, field):
            make.overwrite(model.objects.filter(pk=row.pk), **{field: " 一行\n二行\r\n三行 \n"})
    before, seen = model.objects.filter(pk=row.pk).values().get(), SearchChange.objects.count()
    zhang = alone(row)

    said = zhang.saves(reason="")

    assert "没有改动，未写入任何内容。" in said
    assert model.objects.filter(pk=row.pk).values().get() == before
    assert SearchChange.objects.count() == seen
    assert not HistoryEntry.objects.exists()


@pytest.mark.once
def test_only_what_changed_is_written_and_line_ends_stay(alone):
    row = region()
    make.overwrite(Region.objects.filter(pk=row.pk), open_points=" 通知没有留空 \n", remark="一行\n二行")
    zhang = alone(row)

    zhang.types(remark="一行\r\n二行\r\n三行").saves()

    row.refresh_from_db()
    assert (row.remark, row.open_points) == ("一行\n二行\n三行", " 通知没有留空 \n")
    assert [line["field"] for line in HistoryEntry.objects.get().lines] == ["remark"]


@pytest.mark.once
@pytest.mark.parametrize(
    "typed",
    [
        *("2026年9月5日", "2026年09月05日", "2026-09-05", "2026/9/5", "2026.9.5", "2026 年 9 月 5 日"),
        *("20260905", " ２０２６０９０５", "２０２６年９月５日", "2026年 9月 5日", "2026－09－05", "2026．9．5"),
    ],
)
def test_date_is_accepted_as_officials_write_it(alone, typed):
    zhang = alone(region())

    zhang.types(renamed_on=typed, name_now="某市", renaming="改为某市", renaming_source="国函〔2026〕98号").saves()

    assert region().renamed_on == datetime.date(2026, 9, 5)
    again = Person(Client(), official("李"), address(region()))
    assert "没有改动，未写入任何内容。" in again.saves(reason="")


@pytest.mark.once
@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        *(("2026年5月", "2026-05"), ("２０２６年５月", "2026-05"), ("2026.5", "2026-05"), ("2026年", "2026")),
        *(("20260501", "2026-05-01"), ("2026年5月1日", "2026-05-01"), ("２０２６－０５－０１", "2026-05-01")),
        *(("去年", ""), ("2026年13月", "")),
    ],
)
def test_part_of_a_date_is_accepted_as_officials_write_it_too(alone, typed, kept):
    document = make.make_document()
    zhang = alone(document)

    zhang.types(published=typed, source="政府网站《某地某方案》，2019年4月 https://www.gov.cn/a/c.html").saves()

    document.refresh_from_db()
    assert document.published == kept
    assert zhang.is_saved == bool(kept)
    assert "没有到" not in zhang.text


@pytest.mark.once
@pytest.mark.parametrize("typed", ["2026905", "2026年13月5日", "20260230", "九月五日", "2026", "٢٠٢٦٠٩٠٥x"])
def test_what_is_no_date_is_told_how_to_write_one(alone, typed):
    zhang = alone(region())

    zhang.types(renamed_on=typed, name_now="某市").saves()

    assert not zhang.is_saved
    assert "请填一个日期，如 2026年9月5日、2026-09-05 或 20260905。" in zhang.text
    assert zhang.posted["renamed_on"] == [typed]


@pytest.mark.once
@pytest.mark.parametrize("length", [10_001, 300_000])  # the second more than Django reads by itself
def test_text_is_taken_at_a_length_that_its_form_can_send_again(alone, length):
    zhang = alone(region())

    zhang.types(remark="字" * length).saves()

    assert not zhang.is_saved
    assert f"至多10000字，现在有{length}字。" in zhang.text
    assert zhang.posted["remark"] == ["字" * length]


@pytest.mark.once
def test_what_nobody_sees_does_not_count(alone):
    zhang = alone(region())

    zhang.types(open_points="通知没有写明。" + 10_000 * "\u200b").saves("与文件核对后更正" + 200 * "\u200b")

    assert zhang.is_saved
    assert region().open_points == "通知没有写明。"
    assert Edit.objects.latest("pk").reason == "与文件核对后更正"


@pytest.mark.once
def test_public_change_needs_a_reason_and_gets_one_suggested(alone):
    zhang = alone(region())

    zhang.types(remark="张的说明", priorities__0__confidence="low").saves(reason="")

    assert not zhang.is_saved
    assert region().remark == ""
    assert not HistoryEntry.objects.exists()
    [suggested] = zhang.posted["edit_reason"]
    assert suggested.startswith("更正“说明”；更正1. ")
    assert suggested.endswith("的“归类把握”：")
    zhang.saves(reason=suggested)
    assert not zhang.is_saved  # it says what: why is for her to add
    reason = f"{suggested}原件如此"
    zhang.saves(reason=reason)
    assert zhang.is_saved
    assert set(HistoryEntry.objects.values_list("edit__reason", flat=True)) == {reason}


@pytest.mark.once
@pytest.mark.parametrize("reason", ["更正", "更正。更正。", "typo fixed", "123456789", " 照 文 件 改 "])
def test_reason_has_substance_wherever_it_is_given(alone, reason):
    """At least six characters that can be read, one of them Han: no blanks, marks or foreign words alone."""
    zhang = alone(region())

    zhang.types(remark="张的说明").saves(reason)
    withdrawing = zhang.client.post("/admin/pilots/region/8/withdraw/", {"edit_reason": reason})

    assert not zhang.is_saved
    for said in ("".join(zhang.response.context["adminform"].form.errors["edit_reason"]), withdrawing.text):
        assert "请写明为什么，至少6个字，用中文。" in said


@pytest.mark.once
def test_internal_note_needs_no_reason(alone):
    zhang = alone(region())

    zhang.types(internal_note="线索").saves(reason="")

    assert zhang.is_saved


@pytest.mark.once
def test_one_edit_is_one_in_the_history_with_who_and_from_where(alone):
    zhang = alone(region())

    zhang.types(remark="说明", priorities__0__topics=[str(Topic.objects.first().pk)]).saves(reason="依据文件更正")

    entries = HistoryEntry.objects.all()
    assert len({entry.edit_id for entry in entries}) == 1
    assert {entry.edit.actor.first_name for entry in entries} == {"张"}
    assert {entry.edit.remote_addr for entry in entries} == {"127.0.0.1"}
    assert {entry.edit.reason for entry in entries} == {"依据文件更正"}
    assert {line["label"] for entry in entries for line in entry.lines} == {"说明", "主题"}


@pytest.mark.once
def test_area_with_more_rows_than_the_stock_limit_of_fields_can_be_saved():
    row = region()
    with tracking.together():
        for number in range(3, 130):
            make.make_priority(region=row, number=number)
    zhang = Person(Client(), official("张"), address(row))
    assert sum(len(values) for values in zhang.posted.values()) > 1000

    zhang.types(priorities__128__classification_note="末行").saves()

    assert zhang.is_saved
    assert row.priorities.get(number=129).classification_note == "末行"


@pytest.mark.once
def test_saving_takes_the_same_queries_whatever_the_rows(alone, django_assert_max_num_queries):
    """Each kind of rows in the form costs a statement, however many rows there are."""
    zhang = alone(region())
    with django_assert_max_num_queries(90) as few:
        zhang.types(internal_note="一").saves()
    with tracking.together():
        for number in range(3, 20):
            make.make_priority(region=region(), number=number, topics=Topic.objects.all()[:2])
    zhang.read(zhang.client.get(zhang.url))
    with django_assert_max_num_queries(90) as many:
        zhang.types(internal_note="二").saves()

    assert len(many) == len(few)


def test_no_list_is_edited_in_place():
    """A list has no room for what the page showed: it would overwrite."""
    assert not [options for options in admin.site._registry.values() if options.list_editable]


def test_read_only_person_sees_neither_reason_nor_memory(client):
    user = User.objects.create_user("reader", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client.force_login(user)

    text = client.get(address(region())).text

    assert "更正说明" not in text
    assert "打开时的内容" not in text
