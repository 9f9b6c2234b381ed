"""The notice's own words: changed only by who has seen the difference, and every difference is reported."""

import pytest
from selectolax.lexbor import LexborHTMLParser

from pilots.history import original
from pilots.models import Citation, Ministry, Notice, Priority, Province, Region, Section, Signature, editing
from pilots.models.recorded import recorded_models
from pilots.record import checks

from . import factories as make
from .forms import confirm, official
from .sheets import bring, csv_of, write

pytestmark = [pytest.mark.django_db, pytest.mark.once]
CHANGES = [
    (Region, "name_raw", "某地"),
    (Region, "serial", 99),
    (Priority, "text_raw", "1.<b>某事</b>;"),
    (Section, "text_raw", "某段"),
    (Section, "heading", "某标题"),
    (Notice, "title", "某通知"),
    (Citation, "title", "某文件"),
    (Signature, "name_raw", "某部"),
    (Ministry, "text_name", "发展改革委"),
]


def area():
    return Region.objects.get(serial=8)


def wrong():
    """Return what `check_record` says of the notice's words."""
    return [str(difference) for difference in checks.Corrections().wrong]


def test_record_as_loaded_is_as_issued():
    assert list(original.differences()) == []
    assert {model: len(original.texts(model)) for model in recorded_models() if model.verbatim_fields} == {
        model: model.objects.count() for model in (Notice, Section, Citation, Signature, Ministry, Region, Priority)
    }


@pytest.mark.parametrize(("model", "name", "text"), CHANGES)
def test_changing_the_notice_s_words_is_confirmed_on_sight_of_the_difference(alone, model, name, text):
    rows = model.objects.filter(**{"number": 1} if model is Priority else {})
    row = next(row for row in rows if getattr(row, name))
    before = getattr(row, name)
    zhang = alone(row)

    zhang.types(**{name: str(text)}).saves()

    assert not zhang.is_saved
    assert "您改动了通知原文" in zhang.text
    assert "<del>" in zhang.text
    assert "<b>某事" not in zhang.text
    assert "confirmed" not in zhang.posted  # it is not ticked for her
    assert getattr(model.objects.get(pk=row.pk), name) == before
    confirm(zhang)
    assert zhang.is_saved
    assert getattr(model.objects.get(pk=row.pk), name) == text


def test_confirmation_is_for_the_texts_that_were_seen_only(alone):
    zhang = alone(area())
    zhang.types(name_raw="某地").saves()

    zhang.types(name_raw="另一地", name="另一地")
    confirm(zhang)

    assert not zhang.is_saved
    assert "另一地" in zhang.text
    confirm(zhang)
    assert area().name == "另一地"


def test_reason_and_confirmation_are_asked_for_at_once(alone):
    zhang = alone(area())

    zhang.types(name_raw="某地", name="某地").saves(reason="")

    form = LexborHTMLParser(zhang.text)
    reason, box = (form.css_first(f"input[name={name}]").attributes["value"] for name in ("edit_reason", "confirmed"))
    assert "地区名称" in reason
    zhang.types(confirmed=box).saves(reason=f"{reason}与原件核对")
    assert area().name == "某地"


def test_words_of_a_row_inside_the_form_are_protected_too(alone):
    zhang = alone(area())

    zhang.types(priorities__0__text_raw="1.某事;").saves()

    assert not zhang.is_saved
    assert "制度创新重点“1. 某事”的展示文本" in zhang.text
    confirm(zhang)
    assert area().priorities.get(number=1).text == "某事"


def test_number_of_a_line_is_the_notice_s_too(alone):
    zhang = alone(area())

    raw = area().priorities.get(number=2).text_raw.removeprefix("2.")
    zhang.types(priorities__1__number="9", priorities__1__text_raw=f"9.{raw}").saves()

    assert "的编号：改前：<del>2</del>，改后：<ins>9</ins>" in zhang.text.replace("\n", "")
    confirm(zhang)
    assert sorted(area().priorities.values_list("number", flat=True)) == [1, 9]


def test_serials_that_change_places_in_a_table_are_confirmed(client):
    client.force_login(official("部"))
    table = [["beijing-huairou", "2"], ["tianjin-jinghai", "1"]]

    shown = bring(client, csv_of(["地址名", "序号"], *table))

    assert [each.before for each in shown.context["confirmation"].corrections] == ["1", "2"]
    assert "您改动了通知原文" in write(client, shown).text
    assert Region.objects.get(slug="beijing-huairou").serial == 1
    assert write(client, shown, confirmed=shown.context["confirmation"].digest).status_code == 302
    assert Region.objects.get(slug="beijing-huairou").serial == 2


def test_going_back_to_the_issued_words_needs_no_confirmation(alone):
    name = area().name
    make.overwrite(Region.objects.filter(pk=area().pk), name="某地")
    zhang = alone(area())

    zhang.types(name=name).saves()

    assert zhang.is_saved
    assert area().name == name


def test_what_is_not_the_notice_s_needs_no_confirmation(alone):
    zhang = alone(area())

    zhang.types(remark="说明").saves()

    assert zhang.is_saved


@pytest.mark.parametrize(("model", "name", "text"), CHANGES)
def test_every_difference_from_the_issued_text_is_reported(model, name, text):
    row = model.objects.first()
    label, before = model._meta.get_field(name).verbose_name, getattr(row, name)
    setattr(row, name, text)
    row.save()

    said = f"的{label}与印发原文不同：原文“{before}”，现为“{text}”。"

    assert [line for line in wrong() if said in line]


FACTS = [
    (Notice, {"issued_on": "2015-12-30"}),
    (Notice, {"batch": 3}),
    (Province, {"addressed_position": None}),
    (Section, {"position": 99}),
    (Section, {"kind": "support"}),
    (Section, {"anchor": "elsewhere"}),
    (Citation, {"section": "addressees"}),
    (Citation, {"position": 99}),
    (Signature, {"position": 99}),
    (Signature, {"ministry": "another"}),
    (Region, {"notice": "another"}),
    (Region, {"province": "taiwan"}),
    (Region, {"partners": "taiwan"}),
    (Priority, {"region": "another"}),
]


REPORTS = ("reports_from", "reports_until")  # since when, and until when, areas report
# What this site says of the notice's rows, names them by or files them under.
OWN = {
    Notice: {"title_remark", *Notice.CATALOGUE, "catalogue_source", "source_remark", "searched_on", *REPORTS},
    Section: set(),
    Citation: set(),
    Signature: set(),
    Ministry: {
        *("name", "full_name", "is_full_name_verified", "full_name_source", "name_en", "name_en_source"),
        *("successor", "change", "change_source", "position"),
    },
    Province: {
        *("name", "short_name", "name_en", "name_en_source", "abbreviation", "other_abbreviations", "kind", "code"),
        *("pinyin", "parent", "position", "tile_row", "tile_column"),
    },
    Region: {
        *("short_name", "name_en", "name_en_source", "kind", "is_kind_verified", "kind_source", "name_now"),
        *("name_now_status", "renamed_on", "renamed_precision", "renaming", "renaming_source", "pinyin"),
        *("short_pinyin", "open_points", "remark", "remark_source", "internal_note", "verification"),
    },
    Priority: {"system", "confidence", "classification_note", "also_systems", "topics"},
}


def test_every_field_of_the_notice_s_rows_is_the_site_s_own_or_guarded():
    """A new field is filed here or its model calls it the notice's; addresses are for good (`RecordAdmin`)."""
    assert {model for model in recorded_models() if model.verbatim_fields or model.notice_facts} == OWN.keys()
    for model, own in OWN.items():
        guarded = {*model.verbatim_fields, *model.notice_facts}
        fields = (*model._meta.concrete_fields, *model._meta.many_to_many)
        editable = {field.name for field in fields if field.editable and not field.primary_key}
        assert editable - {"slug"} - guarded == own, model


@pytest.fixture(params=FACTS, ids=lambda fact: f"{fact[0].__name__} {[*fact[1]]}")
def fact(request):
    """A row, a field of what the notice says of it, and another value."""
    model, [(name, value)] = request.param[0], request.param[1].items()
    ministry = {"name": "某部", "text_name": "某部", "successor": "某部", "position": 10, "slug": "any"}
    new = {
        "section": lambda: Section.objects.get(anchor=value),
        "ministry": lambda: Ministry.objects.create(**ministry),
        "notice": lambda: make.make_notice(),
        "province": lambda: Province.objects.get(slug=value),
        "partners": lambda: Province.objects.get(slug=value),
        "region": lambda: make.make_region(notice=make.make_notice()),
    }.get(name, lambda: value)()
    rows = model.objects.exclude(addressed_position=None) if model is Province else model.objects
    return rows.first(), name, new


def test_what_the_notice_says_of_a_row_is_not_changed_by_a_form(alone, fact):
    row, name, new = fact
    zhang = alone(row)
    before = value(row, name)

    zhang.types(**{name: str(getattr(new, "pk", new) or "")}).saves()

    assert value(type(row).objects.get(pk=row.pk), name) == before


def value(row, name):
    return list(row.partners.all()) if name == "partners" else getattr(row, name)


def test_check_record_finds_what_was_changed_behind_the_site_s_back(fact):
    row, name, new = fact

    if name == "partners":
        row.partners.add(new)
    else:
        make.overwrite(type(row).objects.filter(pk=row.pk), **{name: new})

    label = row._meta.get_field(name).verbose_name
    assert [line for line in wrong() if f"的{label}与印发" in line]


def test_partners_that_an_official_changed_are_a_note(admin_user):
    row = area()
    with editing(actor=admin_user):
        row.partners.add(Province.objects.get(slug="hebei"))

    assert not [line for line in wrong() if "共建的其他省级单位" in line]
    assert [line for line in checks.notes() if "的共建的其他省级单位与印发原文不同：原文“”，现为“hebei”。" in line]

    row.partners.clear()
    row.partners.add(Province.objects.get(slug="henan"))

    assert [line for line in wrong() if "共建的其他省级单位" in line]


def test_signature_inside_its_ministry_keeps_its_place(alone):
    row = Signature.objects.first()
    zhang = alone(row.ministry)

    zhang.types(signatures__0__position="99", remark="").saves()

    assert Signature.objects.get(pk=row.pk).position == row.position


def test_line_of_a_draft_stays_in_its_notice_and_has_any_place_there(alone):
    row = make.make_section(notice=make.make_notice())
    zhang = alone(row)

    zhang.types(notice=str(Notice.objects.get(slug="fagai-huanzi-2015-3214").pk), position="50").saves()

    assert (Section.objects.get(pk=row.pk).notice, Section.objects.get(pk=row.pk).position) == (row.notice, 50)


def test_new_unit_is_not_one_that_the_notice_was_sent_to(alone):
    zhang = alone(Province.objects.first())

    page = zhang.client.get("/admin/pilots/province/add/")

    assert page.status_code == 200
    assert 'name="addressed_position"' not in page.text


def test_line_of_a_withdrawn_area_is_still_edited(alone):
    make.overwrite(Region.objects.filter(serial=8), withdrawn_on="2026-01-01", withdrawn_reason="误收")
    row = Priority.all_objects.filter(region__serial=8).first()
    zhang = alone(row)

    zhang.types(classification_note="某事").saves()

    assert zhang.is_saved
    assert Priority.all_objects.get(pk=row.pk).classification_note == "某事"
