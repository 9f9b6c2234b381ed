"""The confirmation of a save says what was before and what is now; its 撤销 takes all of it back for ten minutes."""

import datetime

import pytest
from django.core import signing
from django.urls import reverse
from selectolax.lexbor import LexborHTMLParser

from pilots.models import Alias, Edit, HistoryEntry, Priority, Region, Topic

from . import factories as make
from .forms import Person, address, confirm, official

pytestmark = pytest.mark.django_db


@pytest.fixture
def area():
    return Region.objects.get(slug="liaoning-benxi")


@pytest.fixture
def person(client, area):
    return Person(client, official("张"), address(area))


def saved(person):
    """The confirmation on the page that follows a save."""
    return LexborHTMLParser(person.text).css_first(".messagelist .success")


def undo_of(person):
    form = saved(person).css_first("form")
    inputs = {node.attributes["name"]: node.attributes["value"] for node in form.css("input")}
    return form.attributes["action"], inputs


def undo(person):
    """Press 撤销 and return what is said."""
    action, inputs = undo_of(person)
    response = person.client.post(action, inputs)
    person.text = person.client.get(response.headers["Location"]).text
    [said] = LexborHTMLParser(person.text).css(".messagelist li")
    return said.text(strip=True)


def state(*rows):
    """What rows hold, by what undoing has to bring back."""
    return [
        {field.name: field.value_from_object(row) for field in (*row._meta.concrete_fields, *row._meta.many_to_many)}
        for row in (type(row)._base_manager.get(pk=row.pk) for row in rows)
    ]


@pytest.mark.once
def test_confirmation_says_what_was_before_and_what_is_now(person, area):
    person.types(open_points="通知没有写明原来的说明。").saves()
    person.read(person.client.get(person.url))
    person.types(open_points="通知没有写明现在的说明。").saves()

    said = [node.text(strip=True) for node in saved(person).css("dt, dd")]
    assert said == ["通知未列明", "改前：通知没有写明原来的说明。", "改后：通知没有写明现在的说明。"]
    assert [node.text() for node in saved(person).css("del, ins")] == ["原来", "现在"]


@pytest.mark.once
def test_confirmation_shortens_what_stayed_and_says_what_was_empty(person, area):
    person.types(open_points="通知没有" + "甲" * 600).saves()
    assert "改前：（空）" in saved(person).text()

    person.read(person.client.get(person.url))
    person.types(open_points="通知没有" + "甲" * 300 + "乙" + "甲" * 299).saves()
    before, after = (node.text(strip=True) for node in saved(person).css("dd"))
    assert len(before) < 120
    assert "甲乙甲" in after


@pytest.mark.once
def test_confirmation_of_nothing_offers_nothing_to_take_back(person):
    person.saves()

    assert "没有改动" in person.text
    assert "undo" not in person.posted
    assert LexborHTMLParser(person.text).css_first(".messagelist form") is None


def test_all_rows_of_an_edit_are_taken_back_at_once(person, area):
    one, two = area.priorities.order_by("number")[:2]
    # A swap of numbers, links, a new row and the record itself.
    topics = [str(topic.pk) for topic in Topic.objects.exclude(priorities=one)[:1]]
    before = state(area, one, two)
    person.types(
        open_points="通知没有写明改了说明。",
        priorities__0__classification_note="改了一行。",
        priorities__0__topics=topics,
    )
    person.types(priorities__0__number=str(two.number), priorities__1__number=str(one.number))
    texts = [f"{n}.{row.text_raw.partition('.')[2]}" for n, row in ((two.number, one), (one.number, two))]
    person.types(priorities__0__text_raw=texts[0], priorities__1__text_raw=texts[1])
    person.types(aliases__TOTAL_FORMS=str(area.aliases.count() + 1))
    number = area.aliases.count()
    person.types(
        **{f"aliases__{number}__name": "旧名", f"aliases__{number}__kind": "common"},
        **{f"aliases__{number}__source": "https://www.gov.cn/a.html", f"aliases__{number}__region": str(area.pk)},
    ).saves()
    if not person.is_saved:
        confirm(person)
    assert person.is_saved, LexborHTMLParser(person.text).css_first(".errornote").text()
    assert state(area, one, two) != before

    assert undo(person) == f"已撤销刚才的修改，“{area}”恢复原样，新增的1行已撤下。"
    assert state(area, one, two) == before
    assert Alias.all_objects.get(name="旧名").is_withdrawn
    assert Edit.objects.latest("pk").reason == "撤销刚才的修改"


@pytest.mark.once
def test_no_and_nothing_are_taken_back(client):
    area = make.make_region(name_raw="某县", name="某县")
    before = state(area)
    person = Person(client, official("张"), address(area))
    person.types(is_kind_verified="on", kind_source="https://www.gov.cn/a", name_now="某市", renaming="改名为某市。")
    person.types(renamed_on="2020-01-01", renaming_source="https://www.mca.gov.cn/a.html").saves()
    assert Region.objects.get(pk=area.pk).renamed_on

    assert undo(person).startswith("已撤销")
    assert state(area) == before


@pytest.mark.once
def test_row_is_taken_back_to_the_record_from_which_it_was_opened(client, area):
    line = area.priorities.get(number=1)
    url = reverse("admin:pilots_priority_classification", args=[line.pk])
    person = Person(client, official("张"), url).types(classification_note="新的通知未列明")
    person.saves()

    undo(person)

    assert LexborHTMLParser(person.text).css_first("h1").text() == str(area)
    assert Priority.objects.get(pk=line.pk).classification_note == line.classification_note


@pytest.mark.once
@pytest.mark.parametrize("harm", ["late", "made up", "of another edit", "other words", "\0", "\a"])
def test_edit_is_not_taken_back_late_or_by_who_makes_it_up(person, area, monkeypatch, harm):
    person.types(open_points="通知没有写明改了说明。").saves()
    action, inputs = undo_of(person)
    if harm == "late":
        monkeypatch.setattr("pilots.admin.undoing.UNDO_SECONDS", -1)
    if harm == "other words":
        inputs["edit_reason"] = "电话13800000000"
    if harm in "\0\a":
        inputs["edit_reason"] += harm
    inputs["undo"] = {"made up": "x", "of another edit": signing.dumps(0)}.get(harm, inputs["undo"])

    page = person.client.post(action, inputs, follow=True)

    assert "没有撤销：撤销只在十分钟内有效。" in page.text
    assert Region.objects.get(pk=area.pk).open_points == "通知没有写明改了说明。"


def undone_after_a_colleague_typed(person, area, **values):
    person.types(open_points="通知没有写明改了说明。").saves()
    action, inputs = undo_of(person)
    Person(person.client, official("李"), address(area)).types(**values).saves()
    person.client.force_login(Edit.objects.order_by("pk").first().actor)
    return person.client.post(action, inputs, follow=True)


@pytest.mark.once
def test_edit_is_not_taken_back_over_what_a_colleague_did_since(person, area):
    page = undone_after_a_colleague_typed(person, area, open_points="通知没有写明李补的。")

    assert "没有撤销：李后来又改过“10. 辽宁省本溪满族自治县”。" in page.text
    assert Region.objects.get(pk=area.pk).open_points == "通知没有写明李补的。"


@pytest.mark.once
def test_edit_is_taken_back_beside_what_a_colleague_did_to_another_row(person, area):
    undone_after_a_colleague_typed(person, area, priorities__0__classification_note="李补的。")

    assert Region.objects.get(pk=area.pk).open_points == area.open_points
    assert area.priorities.get(number=1).classification_note == "李补的。"


@pytest.mark.once
def test_edit_is_taken_back_by_nobody_else(person, area):
    person.types(open_points="通知没有写明改了说明。").saves()
    action, inputs = undo_of(person)
    entries = HistoryEntry.objects.count()
    person.client.force_login(official("李"))

    assert "没有撤销" in person.client.post(action, inputs, follow=True).text
    person.client.force_login(make.make_official("冀", "省级编辑", "hebei"))
    assert person.client.post(action, inputs).status_code in (302, 403, 404, 410)
    assert HistoryEntry.objects.count() == entries


@pytest.mark.once
def test_edit_that_accepted_a_report_is_not_taken_back(client, area):
    line = area.priorities.get(number=1)
    about = {"subject_kind": "region", "subject_id": area.pk, "row_kind": "priority", "row_id": line.pk}
    report = make.make_correction(**about)
    person = Person(client, official("张"), f"{address(line)}?proposal={report.pk}")
    person.types(classification_note="读者说的。").saves("与读者所说的相符")
    assert saved(person).css_first("form") is None

    inputs = {"undo": signing.dumps(Edit.objects.get().key), "edit_reason": "撤销刚才的修改"}
    page = client.post(reverse("admin:pilots_priority_undo", args=[line.pk]), inputs, follow=True)

    assert (
        f"没有撤销：这次修改采纳了{report}，答复已经写入；改回时请另写更正说明。要改回去的，请看“历史”。" in page.text
    )
    assert Priority.objects.get(pk=line.pk).classification_note == "读者说的。"


@pytest.mark.once
def test_edit_is_not_taken_back_at_the_address_of_another_row(person, area):
    person.types(open_points="通知没有写明改了说明。").saves()
    _, inputs = undo_of(person)
    other = Region.objects.get(slug="beijing-huairou")

    page = person.client.post(reverse("admin:pilots_region_undo", args=[other.pk]), inputs, follow=True)

    assert f"没有撤销：这次修改不是“{other}”的。" in page.text
    assert Region.objects.get(pk=area.pk).open_points == "通知没有写明改了说明。"


@pytest.mark.once
def test_new_row_is_said_to_be_withdrawn_and_so_is_the_one_in_its_way(client, area):
    values = {"region": str(area.pk), "name": "旧名", "kind": "common", "source": "https://www.gov.cn/a.html"}
    person = Person(client, official("张"), reverse("admin:pilots_alias_add")).types(**values)
    person.saves()
    assert undo(person) == "已撤销刚才的修改，“旧名”已撤下。"

    person.read(client.get(person.url))
    person.types(**values).saves()

    [error] = person.response.context["adminform"].form.errors["name"]
    assert error == "同一地区的别名不能重复。重复的那条已撤下，可在它自己的表单里恢复。"


@pytest.fixture
def document(area):
    return make.make_document(region=area)


ADDED = "\n国家发展改革委网站《另一份通知》 https://www.gov.cn/another/page.html"
CORRECTIONS = [  # what is typed, why, and as what kind of edit
    ({"source": ADDED}, "按新的出处更正"),
    ({}, "仍以《某地某方案》为准，更正错字"),
    ({"source": ADDED, "verification": "unverified"}, "按新的出处更正"),
]


@pytest.mark.once
@pytest.mark.parametrize(("typed", "reason"), CORRECTIONS)
@pytest.mark.parametrize("way", ["undo", "restore"])
def test_verified_fact_goes_back_with_the_source_that_it_had(client, document, typed, reason, way):
    before = state(document)
    person = Person(client, official("张"), address(document))
    typed = {name: document.source + value if name == "source" else value for name, value in typed.items()}
    person.types(title="某地另一方案", **typed).saves(reason)
    assert person.is_saved

    if way == "undo":
        assert undo(person).startswith("已撤销")
    else:
        entry = HistoryEntry.objects.filter(object_id=document.pk).latest("pk")
        person = Person(client, official("李"), f"{address(document)}?restore={entry.pk}")
        person.saves(f"{person.posted['edit_reason'][0]}，改错了")
        assert person.is_saved, person.text

    assert state(document) == before


@pytest.mark.once
@pytest.mark.parametrize("harm", ["title alone", "another title", "another fact", "never verified", "no source"])
def test_verified_fact_that_goes_back_otherwise_needs_a_source(client, area, harm):
    state = "unverified" if harm == "never verified" else "verified"
    document = make.make_document(region=area, verification=state)
    values = {"title": "某地另一方案", "source": document.source + ADDED, "verification": "verified"}
    person = Person(client, official("张"), address(document)).types(**values)
    person.saves("按新的出处更正")
    assert person.is_saved
    back = {"title": document.title, "source": document.source}
    if harm == "title alone":
        back.pop("source")
    if harm == "another title":
        back["title"] = "某地第三方案"
    if harm == "another fact":
        back["issuer"] = "某地人民政府"
    if harm == "no source":
        back["source"] = ""

    person.read(client.get(address(document)))
    person.types(**back).saves("改回原来的内容")

    assert not person.is_saved
    assert "出处" in LexborHTMLParser(person.text).css_first(".errorlist").text()


@pytest.mark.once
def test_opening_the_address_takes_nothing_back(person, area):
    person.types(open_points="通知没有写明改了说明。").saves()

    assert "没有撤销" in person.client.get(undo_of(person)[0], follow=True).text
    assert Region.objects.get(pk=area.pk).open_points == "通知没有写明改了说明。"


def test_earlier_value_of_a_day_that_was_empty_is_empty_again():
    area = make.make_region(name_raw="某县", name="某县")
    area.name_now, area.renaming, area.renamed_on = "某市", "改名。", datetime.date(2020, 1, 1)
    area.save()
    entry = HistoryEntry.objects.latest("pk")

    assert (entry.before("renamed_on"), entry.before("name_now")) == (None, "")
