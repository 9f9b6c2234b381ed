"""The notice's own words: changed only by who has seen the difference, and every difference is reported."""

import pytest
from selectolax.lexbor import LexborHTMLParser

from pilots import issued, record
from pilots.models import Citation, Ministry, Notice, Priority, Region, Section, Signature

pytestmark = pytest.mark.django_db
CHANGES = [
    (Region, "name_raw", "某地"),
    (Priority, "text_raw", "1.<b>某事</b>;"),
    (Section, "text_raw", "某段"),
    (Section, "heading", "某标题"),
    (Notice, "title", "某通知"),
    (Citation, "title", "某文件"),
    (Signature, "name_raw", "某部"),
    (Ministry, "text_name", "某部委"),
]


def area():
    return Region.objects.get(serial=8)


def test_record_as_loaded_is_as_issued():
    assert list(issued.differences()) == []
    assert {model: len(issued.texts(model)) for model in issued.VERBATIM} == {
        model: model.objects.count() for model in (Notice, Section, Citation, Signature, Ministry, Region, Priority)
    }


@pytest.mark.parametrize(("model", "name", "text"), CHANGES)
def test_changing_the_notice_s_words_is_confirmed_on_sight_of_the_difference(pair, model, name, text):
    row = model.objects.exclude(**{name: ""}).filter(**{"number": 1} if model is Priority else {}).first()
    before = getattr(row, name)
    zhang, _ = pair(row)

    zhang.types(**{name: text}).saves()

    assert not zhang.is_saved
    assert "您改动了通知原文" in zhang.text
    assert "<del>" in zhang.text
    assert "<b>某事" not in zhang.text
    assert "confirmed" not in zhang.posted  # it is not ticked for her
    assert getattr(model.objects.get(pk=row.pk), name) == before
    confirm(zhang)
    assert zhang.is_saved
    assert getattr(model.objects.get(pk=row.pk), name) == text


def confirm(person):
    box = LexborHTMLParser(person.text).css_first("input[name=confirmed]")
    person.types(confirmed=box.attributes["value"]).saves()


def test_confirmation_is_for_the_texts_that_were_seen_only(pair):
    zhang, _ = pair(area())
    zhang.types(name_raw="某地").saves()

    zhang.types(name_raw="另一地", name="另一地")
    confirm(zhang)

    assert not zhang.is_saved
    assert "另一地" in zhang.text
    confirm(zhang)
    assert area().name == "另一地"


def test_words_of_a_row_inside_the_form_are_protected_too(pair):
    zhang, _ = pair(area())

    zhang.types(priorities__0__text_raw="1.某事;").saves()

    assert not zhang.is_saved
    assert "制度创新重点“1. 某事”的展示文本" in zhang.text
    confirm(zhang)
    assert area().priorities.get(number=1).text == "某事"


def test_going_back_to_the_issued_words_needs_no_confirmation(pair):
    name = area().name
    Region.objects.filter(pk=area().pk).update(name="某地")
    zhang, _ = pair(area())

    zhang.types(name=name).saves()

    assert zhang.is_saved
    assert area().name == name


def test_what_is_not_the_notice_s_needs_no_confirmation(pair):
    zhang, _ = pair(area())

    zhang.types(remark="说明").saves()

    assert zhang.is_saved


@pytest.mark.parametrize(("model", "name", "text"), CHANGES)
def test_every_difference_from_the_issued_text_is_reported(model, name, text):
    row = model.objects.first()
    label, before = model._meta.get_field(name).verbose_name, getattr(row, name)
    setattr(row, name, text)
    row.save()

    said = f"的{label}与印发原文不同：原文“{before}”，现为“{text}”。"

    assert [problem for problem in record.problems() if said in problem]
