"""Numbers and names that must not occur twice change places in one save; what would occur twice is refused."""

import os

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pilots.models import HistoryEntry, LoadedRow, Region
from pilots.search import indexing

from . import factories as make
from .forms import REASON, Person, address, confirm, official
from .sheets import bring, csv_of, refusals, write

pytestmark = pytest.mark.django_db
EXAMPLES = int(os.environ.get("EXCHANGES", "6"))
any_order = settings(
    max_examples=EXAMPLES,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
SLUGS = ("beijing-huairou", "liaoning-benxi", "tianjin-jinghai", "shanxi-pinglu")


@pytest.fixture
def area():
    region = make.make_region(notice=make.make_notice())
    for number in (1, 2, 3):
        make.make_priority(region=region, number=number, topics=[make.make_topic()])
    return region


@pytest.fixture
def ministry(client):
    client.force_login(make.make_official("部", "部委编辑"))
    return client


def lines(region):
    return dict(region.priorities.values_list("number", "pk"))


def errors(person):
    """Return everything that the page says is wrong."""
    context = person.response.context
    forms = [context["adminform"].form, *(f for each in context["inline_admin_formsets"] for f in each.formset)]
    return [form.errors.as_data() for form in forms if form.errors]


@any_order
@given(order=st.permutations([1, 2, 3]) | st.permutations([1, 2, 4]))
def test_lines_of_an_area_change_places_in_its_form(area, order):
    before, entries = lines(area), HistoryEntry.objects.count()
    zhang = Person(Client(), official("张"), address(area))

    for place, number in enumerate(order):
        names = f"priorities__{place}__number", f"priorities__{place}__text_raw"
        zhang.types(**dict(zip(names, (str(number), f"{number}.事{place};"), strict=True)))
    zhang.saves()
    if not zhang.is_saved:
        confirm(zhang)

    assert zhang.is_saved, errors(zhang)
    after = lines(area)
    assert [after[number] for number in order] == [before[number] for number in sorted(before)]
    said = [
        [line["before"], line["after"]]
        for entry in HistoryEntry.objects.order_by("pk")[entries:]
        for line in entry.lines
        if line["field"] == "number"
    ]
    moved = [[str(old), str(new)] for old, new in zip(sorted(before), order, strict=True) if old != new]
    assert sorted(said) == sorted(moved)
    assert indexing.problems() == []


def test_line_takes_the_number_that_another_gives_up_and_a_new_one_takes_its(area):
    zhang = Person(Client(), official("张"), address(area))
    new = {"number": "1", "text_raw": "1.新;", "text": "", "confidence": "high"}

    zhang.types(priorities__0__number="4", priorities__0__text_raw="4.事;", priorities__TOTAL_FORMS="4")
    zhang.types(**{f"priorities__3__{name}": value for name, value in new.items()})
    zhang.types(priorities__3__topics=[str(make.make_topic().pk)], priorities__3__system=str(make.make_system().pk))
    zhang.saves()
    confirm(zhang)

    assert zhang.is_saved, errors(zhang)
    assert list(lines(area)) == [1, 2, 3, 4]
    assert area.priorities.get(number=1).text == "新"


def test_number_that_stays_or_occurs_twice_is_refused_at_its_field(area):
    for numbers in ({1: 2}, {1: 5, 2: 5}, {1: 2, 2: 1, 3: 1}):
        zhang = Person(Client(), official("张"), address(area))
        for place, number in numbers.items():
            zhang.types(**{f"priorities__{place - 1}__number": str(number)})
            zhang.types(**{f"priorities__{place - 1}__text_raw": f"{number}.事;"})

        zhang.saves()

        assert not zhang.is_saved
        [formset, *_] = zhang.response.context["inline_admin_formsets"]
        said = [form.errors.get("number") for form in formset.formset if form.errors]
        assert said == [["同一地区中编号不能重复。"]]
        assert sorted(lines(area)) == [1, 2, 3]


@any_order
@given(order=st.permutations(range(4)))
def test_serials_and_names_change_places_in_an_import(ministry, order):
    rows = [Region.objects.get(slug=slug) for slug in SLUGS]
    places = [(row.serial, row.name_raw) for row in rows]
    table = [[slug, str(places[place][0]), places[place][1]] for slug, place in zip(SLUGS, order, strict=True)]

    shown = bring(ministry, csv_of(["地址名", "序号", "所收地区名称"], *table))

    assert refusals(shown) == []
    if shown.context["plan"]:
        digest = getattr(shown.context["confirmation"], "digest", "")
        assert write(ministry, shown, confirmed=digest).status_code == 302
    after = [(row.serial, row.name_raw) for row in (Region.objects.get(slug=slug) for slug in SLUGS)]
    assert after == [places[place] for place in order]
    assert indexing.problems() == []


def test_serial_that_occurs_twice_in_a_table_is_refused(ministry):
    for serials in (("60", "60"), ("2", "1")):
        table = [[slug, serial] for slug, serial in zip(SLUGS, serials, strict=False)]
        [(_, said)] = refusals(bring(ministry, csv_of(["地址名", "序号"], *table)))
        assert said == "“序号”：同一通知中序号不能重复。"


def test_rule_of_several_fields_is_said_at_the_field_where_it_is_mended():
    row = Region.objects.get(slug="beijing-huairou")
    zhang = Person(Client(), official("张"), address(row))

    zhang.types(renamed_on="2020-01-01", name_now_status="verified", name_now="", renaming="").saves()

    errors = zhang.response.context["adminform"].form.errors
    assert errors["renaming"] == ["有更名批准日期的，须写明更名情况。"]
    assert errors["name_now"] == ["现名标为已核实时不能留空。"]
    assert "__all__" not in errors


@pytest.mark.parametrize("page", ["text", "whole"])
def test_line_takes_the_number_of_another_in_its_own_form(area, page):
    """The other takes the one given up, its words as received, too, once that was seen and confirmed."""
    one, two = area.priorities.order_by("number")[:2]
    make.overwrite(area.priorities.all(), text_raw="2.事；")
    make.overwrite(type(one).objects.filter(pk=one.pk), text_raw="1.别的；", text="别的")
    make.overwrite(type(two).objects.filter(pk=two.pk), text="事")
    zhang = Person(Client(), official("张"), reverse(f"admin:pilots_priority_{page}", args=[one.pk]))
    zhang.types(number="2", text_raw="2.别的；", confirmed="True").saves()
    assert not zhang.is_saved
    assert "这个编号是另一行的，两行将互换。" in zhang.text
    assert lines(area)[1] == one.pk

    confirm(zhang)

    assert zhang.is_saved, errors(zhang)
    assert [(row.pk, row.text_raw) for row in area.priorities.order_by("number")[:2]] == [
        (two.pk, "1.事；"),
        (one.pk, "2.别的；"),
    ]
    assert len(set(HistoryEntry.objects.filter(edit__reason=REASON).values_list("edit", flat=True))) == 1
    assert indexing.problems() == []


def test_paragraphs_that_were_added_change_places_each_in_its_own_form(area):
    first, second = (make.make_section(notice=area.notice, position=n, is_issued=False) for n in (901, 902))
    zhang = Person(Client(), official("张"), address(first)).types(position="902")
    zhang.saves()
    confirm(zhang)

    assert zhang.is_saved, errors(zhang)
    assert [type(row).objects.get(pk=row.pk).position for row in (first, second)] == [902, 901]


@pytest.mark.parametrize("harm", ["withdrawn", "issued"])
def test_number_that_another_row_does_not_give_up_is_refused_at_its_field(area, harm):
    first, second = (make.make_section(notice=area.notice, position=n, is_issued=False) for n in (901, 902))
    if harm == "issued":
        LoadedRow.objects.create(model="section", key="[]", object_id=second.pk)
    else:
        make.overwrite(type(second).objects.filter(pk=second.pk), withdrawn_on="2026-01-01", withdrawn_reason=REASON)
    zhang = Person(Client(), official("张"), address(first)).types(position="902")
    zhang.saves()

    assert not zhang.is_saved
    assert "同一通知中次序不能重复。" in zhang.response.context["adminform"].form.errors["position"][0]
