"""The rules in the database: each refuses the bad row and lets the good one in."""

import datetime
from contextlib import suppress

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import CharField, ProtectedError, SlugField, TextField
from django.test import Client

from pilots import models
from pilots.models.recorded import Recorded, recorded_models

from . import factories as make
from .forms import Person, address, official

pytestmark = pytest.mark.django_db


def refused(constraint, factory, **values):
    """Assert that the database itself refuses the row, naming the constraint where the engine does."""
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        factory(**values)
    message = str(caught.value)
    assert (
        constraint in message or "UNIQUE constraint failed" in message or "NOT NULL" in message or "null" in message
    )


VERIFIED = {"verification": "verified"}
LATER = {"name_now_status": "verified", "name_now": "某市", "renaming": "某县改为某市"}
BAD_AND_GOOD = [
    ("notice_title_not_blank", make.make_notice, {"title": "　 "}, {"title": "通知"}),
    ("notice_number_not_blank", make.make_notice, {"number": ""}, {"number": "国发〔2015〕1号"}),
    ("notice_slug_not_blank", make.make_notice, {"slug": ""}, {"slug": "guofa-2015-1"}),
    ("notice_batch_positive", make.make_notice, {"batch": 0}, {"batch": 1}),
    ("notice_issued_on_sane", make.make_notice, {"issued_on": "1900-01-01"}, {"issued_on": "2014-07-22"}),
    ("notice_published_on_sane", make.make_notice, {"published_on": "2999-01-01"}, {"published_on": None}),
    ("notice_searched_on_sane", make.make_notice, {"searched_on": "1900-01-01"}, {"searched_on": "2026-11-25"}),
    ("section_position_positive", make.make_section, {"position": 0}, {"position": 1}),
    ("section_text_not_blank", make.make_section, {"text": "\n"}, {"text": "正文"}),
    ("section_text_raw_not_blank", make.make_section, {"text_raw": ""}, {"text_raw": "正 文"}),
    ("section_anchor_not_blank", make.make_section, {"anchor": ""}, {"anchor": "duty-9"}),
    ("section_kind_known", make.make_section, {"kind": "poem"}, {"kind": "support"}),
    ("province_name_not_blank", make.make_province, {"name": " "}, {"name": "某省"}),
    ("province_short_name_not_blank", make.make_province, {"short_name": ""}, {"short_name": "某"}),
    ("province_slug_not_blank", make.make_province, {"slug": ""}, {"slug": "mou"}),
    ("province_code_six_digits", make.make_province, {"code": "12345"}, {"code": "990000"}),
    ("province_code_six_digits", make.make_province, {"code": "１２３４５６"}, {"code": ""}),
    ("province_position_positive", make.make_province, {"position": 0}, {"position": 9999}),
    (
        "province_addressed_position_positive",
        make.make_province,
        {"addressed_position": 0},
        {"addressed_position": 99},
    ),
    ("province_kind_known", make.make_province, {"kind": "planet"}, {"kind": "municipality"}),
    ("province_parent_fits_kind", make.make_province, {"kind": "corps"}, {"kind": "province"}),
    ("region_serial_positive", make.make_region, {"serial": 0}, {"serial": 900}),
    ("region_name_not_blank", make.make_region, {"name": ""}, {"name": "某地"}),
    ("region_name_raw_not_blank", make.make_region, {"name_raw": " "}, {"name_raw": "某 地"}),
    ("region_short_name_not_blank", make.make_region, {"short_name": ""}, {"short_name": "某"}),
    ("region_slug_not_blank", make.make_region, {"slug": ""}, {"slug": "mou-di"}),
    (
        "region_renamed_on_sane",
        make.make_region,
        {"renamed_on": "0001-01-01", "renaming": "改"},
        {"renamed_on": "2017-04-09", "renaming": "改"},
    ),
    (
        "region_renamed_on_with_renaming",
        make.make_region,
        {"renamed_on": "2017-04-09"},
        {"renamed_on": "2017-04-09", "renaming": "某县改为某市"},
    ),
    ("region_verified_renaming_has_source", make.make_region, LATER, LATER | {"renaming_source": "民函〔2017〕73号"}),
    (
        "region_verified_renaming_is_to_another_name",
        make.make_region,
        LATER | {"name": "某市", "renaming_source": "民函〔2017〕73号"},
        {"name": "某市", "name_now": "某市", "name_now_status": "verified"},
    ),
    (
        "region_verified_kind_has_source",
        make.make_region,
        {"is_kind_verified": True, "kind_source": "\n"},
        {"is_kind_verified": True, "kind_source": "国函〔2014〕1号"},
    ),
    ("region_kind_known", make.make_region, {"kind": "village"}, {"kind": "county-city"}),
    (
        "region_name_now_status_known",
        make.make_region,
        {"name_now_status": "?"},
        {"name_now_status": "partial"},
    ),
    ("region_verification_known", make.make_region, {"verification": "?"}, {"verification": "customary"}),
    (
        "region_verified_name_now_is_given",
        make.make_region,
        {"name_now_status": "verified", "name_now": ""},
        {"name_now_status": "verified", "name_now": "某市"},
    ),
    ("system_name_not_blank", make.make_system, {"name": ""}, {"name": "某制度"}),
    ("system_short_name_not_blank", make.make_system, {"short_name": ""}, {"short_name": "某制"}),
    ("system_slug_not_blank", make.make_system, {"slug": ""}, {"slug": "some-system"}),
    ("system_position_positive", make.make_system, {"position": 0}, {"position": 99}),
    ("topic_name_not_blank", make.make_topic, {"name": ""}, {"name": "某主题"}),
    ("topic_slug_not_blank", make.make_topic, {"slug": ""}, {"slug": "some-topic"}),
    ("topic_position_positive", make.make_topic, {"position": 0}, {"position": 99}),
    ("priority_number_positive", make.make_priority, {"number": 0}, {"number": 5}),
    ("priority_text_not_blank", make.make_priority, {"text": "　"}, {"text": "建立"}),
    ("priority_text_raw_not_blank", make.make_priority, {"text_raw": ""}, {"text_raw": "1.建立;"}),
    ("priority_confidence_known", make.make_priority, {"confidence": "?"}, {"confidence": "low"}),
]


@pytest.mark.parametrize(
    ("name", "factory", "bad", "good"), BAD_AND_GOOD, ids=[f"{r[0]}-{i}" for i, r in enumerate(BAD_AND_GOOD)]
)
def test_constraint_refuses_bad_row_and_takes_good_one(name, factory, bad, good):
    refused(name, factory, **bad)

    assert factory(**good).pk


@pytest.mark.parametrize("slug", ["怀柔", "a b/c", "a/../b", '"', "a\n", "\na", "é", "a.b", "%41", "１"])
def test_database_takes_no_slug_that_no_address_takes(slug):
    make.make_region(), make.make_section()
    found = [
        (model, field.column)
        for model in apps.get_app_config("pilots").get_models()
        for field in model._meta.local_fields
        if isinstance(field, SlugField) and not model._meta.proxy
    ]
    assert len(found) == 7
    for model, column in found:
        row = model._base_manager.first()
        statement = f"UPDATE {model._meta.db_table} SET {column} = %s WHERE id = %s"
        with pytest.raises(IntegrityError, match="_fits_addresses"), transaction.atomic():
            connection.cursor().execute(statement, [slug, row.pk])
        setattr(row, column, slug)
        with pytest.raises(ValidationError, match="只能有拉丁字母、数字、“-”和“_”"):
            row.validate_constraints()


def _related(model, **fixed):
    """Return a factory for the small rows that hang on an area, a notice or a ministry."""
    return lambda **values: model.objects.create(**fixed | values)


def test_small_rows_keep_their_rules():
    region, section = make.make_region(), make.make_section()
    division = _related(models.Division, region=region, position=1, role="self", name_then="某县")
    alias = _related(models.Alias, region=region, name="某", kind="common")
    citation = _related(models.Citation, notice=section.notice, section=section, position=1, title="意见")
    kinds = {"kind": "plan", "relation": "same_topic"}
    document = _related(models.Document, region=region, position=1, title="某方案", **kinds)
    of_document = {"region": region, "document": document(position=9), "position": 1, "name": "某某"}
    indicator = _related(models.Indicator, **of_document, base_year=2015, base_value="≥1.5")
    mechanism = _related(models.Mechanism, **of_document, members="甲方\n乙方")
    project = _related(models.Project, **of_document, start_year=2016)
    names = dict.fromkeys(("name", "text_name", "successor"), "某部")
    ministry = _related(models.Ministry, slug="m", **names, change_source="国函〔2018〕1号", position=99)
    bad = [
        (division, "division_position_positive", {"position": 0}),
        (division, "division_name_then_not_blank", {"name_then": ""}),
        (division, "division_code_then_six_digits", {"code_then": "12a456"}),
        (division, "division_code_now_six_digits", {"code_now": "12"}),
        (division, "division_role_known", {"role": "?"}),
        (division, "division_verification_known", {"verification": "?"}),
        (division, "division_is_not_now_itself", {"name_now": "某县", "code_now": "110116"} | VERIFIED),
        (alias, "alias_name_not_blank", {"name": ""}),
        (alias, "alias_kind_known", {"kind": "?"}),
        (document, "document_position_positive", {"position": 0}),
        (document, "document_title_not_blank", {"title": " "}),
        (document, "document_kind_known", {"kind": "poem"}),
        (document, "document_relation_known", {"relation": "?"}),
        (document, "document_verification_known", {"verification": "partial"}),
        *(
            (document, "document_issued_dated", {"issued": day})
            for day in ("2012", "2100", "2019-13", "2019年", "2019-4")
        ),
        (document, "document_published_dated", {"published": "2019-04-32"}),
        (document, "document_duties_of_the_notice", {"duties": "三一"}),
        *((document, "document_priorities_by_number", {"priorities": text}) for text in ("0", "1,3", "一", "1、")),
        (document, "document_of_another_programme_is_no_result", {"kind": "later"}),
        (document, "document_direct_says_what_it_proves", {"relation": "direct"}),
        (document, "document_verified_has_source", {"verification": "verified"}),
        (indicator, "indicator_position_positive", {"position": 0}),
        (indicator, "indicator_name_not_blank", {"name": " "}),
        *(
            (indicator, f"indicator_{name}_year_sane", {f"{name}_year": year, f"{name}_value": "1"})
            for name in ("base", "target", "reached")
            for year in (2012, 2100)
        ),
        *(
            (indicator, f"indicator_{name}_value_is_a_number", {f"{name}_value": value, "target_year": 2020})
            for name in ("base", "target", "reached")
            for value in ("约", "93.8以上", "1e3", "1 000", "≥≥1")
        ),
        (indicator, "indicator_target_has_value_and_year", {"target_year": 2020}),
        (indicator, "indicator_target_has_value_and_year", {"target_value": "1"}),
        (indicator, "indicator_base_year_has_value", {"base_value": "", "reached_value": "1"}),
        (indicator, "indicator_reached_year_has_value", {"reached_year": 2016}),
        (indicator, "indicator_says_a_value", {"base_year": None, "base_value": ""}),
        (indicator, "indicator_binding_known", {"binding": "?"}),
        (mechanism, "mechanism_name_not_blank", {"name": ""}),
        (mechanism, "mechanism_members_not_blank", {"members": " "}),
        (mechanism, "mechanism_since_dated", {"since": "2012"}),
        (project, "project_name_not_blank", {"name": ""}),
        (project, "project_stage_known", {"stage": "?"}),
        (project, "project_investment_positive", {"investment": 0}),
        (project, "project_start_year_sane", {"start_year": 2012}),
        (project, "project_end_year_sane", {"end_year": 2100}),
        (project, "project_ends_after_it_began", {"end_year": 2015}),
        (citation, "citation_position_positive", {"position": 0}),
        (citation, "citation_title_not_blank", {"title": ""}),
        (ministry, "ministry_name_not_blank", {"name": ""}),
        (ministry, "ministry_text_name_not_blank", {"text_name": ""}),
        (ministry, "ministry_successor_not_blank", {"successor": ""}),
        (ministry, "ministry_slug_not_blank", {"slug": ""}),
        (ministry, "ministry_position_positive", {"position": 0}),
        (ministry, "ministry_change_has_source", {"change": "改名", "change_source": ""}),
        (ministry, "ministry_change_has_source", {"successor": "另一部", "change_source": " "}),
    ]
    for factory, name, values in bad:
        refused(name, factory, **values)

    factories = (division, alias, document, indicator, mechanism, project, citation, ministry)
    assert all(factory().pk for factory in factories)


def test_signature_keeps_its_rules():
    notice, ministry = make.make_notice(), models.Ministry.objects.first()
    sign = _related(models.Signature, notice=notice, ministry=ministry, position=1, name_raw="某 部", name="某部")
    for name, values in [
        ("signature_position_positive", {"position": 0}),
        ("signature_name_raw_not_blank", {"name_raw": ""}),
        ("signature_name_not_blank", {"name": ""}),
    ]:
        refused(name, sign, **values)
    sign()

    refused("signature_unique_notice_position", sign, ministry=models.Ministry.objects.last())
    refused("signature_unique_notice_ministry", sign, position=2)


def test_serials_and_numbers_are_unique_within_their_parent_only():
    region = make.make_region(serial=501, slug="a", name="甲")
    make.make_priority(region=region, number=1)
    other = make.make_notice()

    refused("region_unique_notice_serial", make.make_region, serial=501)
    refused("region_unique_notice_name", make.make_region, name="甲")
    refused("priority_unique_region_number", make.make_priority, region=region, number=1)
    assert make.make_region(notice=other, serial=501, name="甲").pk
    assert make.make_priority(region=make.make_region(), number=1).pk


def test_positions_are_unique_within_their_parent_only():
    section = make.make_section(position=1, anchor="a")

    refused("section_unique_notice_position", make.make_section, notice=section.notice, position=1)
    refused("section_unique_notice_anchor", make.make_section, notice=section.notice, position=2, anchor="a")
    assert make.make_section(position=1, anchor="a").pk


@pytest.mark.parametrize(
    ("factory", "slug"),
    [
        (make.make_notice, "fagai-huanzi-2015-3214"),
        (make.make_region, "beijing-huairou"),
        (make.make_province, "liaoning"),
        (make.make_system, "other"),
        (make.make_topic, "rule-of-law"),
    ],
)
def test_slugs_are_unique(factory, slug):
    refused("slug", factory, slug=slug)


def test_region_has_at_least_one_province():
    refused("province_id", make.make_region, province=None)

    assert make.make_region().provinces


def test_province_with_regions_is_protected():
    with pytest.raises(ProtectedError):
        models.Province.objects.get(slug="ningxia").delete()


def test_province_codes_and_tiles_are_unique_where_set():
    refused("province_unique_code", make.make_province, code="110000")
    refused("province_unique_tile_row_tile_column", make.make_province, tile_row=3, tile_column=7)

    assert make.make_province(code="").pk
    assert make.make_province(code="").pk


def test_province_is_not_its_own_parent():
    unit = models.Province.objects.get(slug="dalian")
    unit.parent = unit

    refused("province_not_its_own_parent", unit.save)


def test_former_address_is_canonical_and_leads_elsewhere():
    good = {"path": "/regions/old/", "new_path": "/regions/new/", "reason": "更名"}
    for name, values in [
        ("formeraddress_path_canonical", {"path": "/Regions/Old"}),
        ("formeraddress_new_path_canonical", {"new_path": "//evil.example/"}),
        ("formeraddress_leads_elsewhere", {"new_path": "/regions/old/"}),
        ("formeraddress_reason_not_blank", {"reason": ""}),
    ]:
        refused(name, models.FormerAddress.objects.create, **good | values)

    assert models.FormerAddress.objects.create(**good).pk


def test_every_constraint_is_named_after_its_table_and_has_a_message():
    for model in vars(models).values():
        for constraint in getattr(getattr(model, "_meta", None), "constraints", []):
            assert constraint.name.startswith(model._meta.model_name)
            assert "约束" not in str(constraint.violation_error_message)


def test_str_is_what_an_official_recognises():
    assert str(models.Region.objects.get(serial=4)).startswith("4. 京津冀协同共建地区（")
    assert str(models.Province.objects.get(slug="bingtuan")) == "新疆生产建设兵团"
    assert str(models.Notice.objects.get()).startswith("发改环资〔2015〕3214号")
    assert str(models.Priority.objects.get(region__serial=1, number=3)) == "3. 推进空间性规划“多规合一”"


# Fields of which another rule says what they hold, and notes that no reader sees.
NO_TEXT = {
    "base_value",
    "target_value",
    "reached_value",
    "slug",
    "anchor",
    "path",
    "new_path",
    "code",
    "code_then",
    "code_now",
    "internal_note",
    "classification_note",
}
RECORD = [
    model
    for model in vars(models).values()
    if hasattr(model, "clean_fields") and issubclass(model, Recorded) and not model._meta.proxy
]


@pytest.mark.parametrize("model", RECORD, ids=lambda model: model.__name__)
def test_text_of_marks_alone_is_refused_at_its_field(model):
    fields = [field for field in model._meta.fields if isinstance(field, CharField | TextField) and not field.choices]
    names = {field.name for field in fields if not field.name.endswith(("source", "_raw"))} - NO_TEXT

    for text in ("。", "|", "x", "①", "0", "1.|"):
        names -= (
            {"number", "index_number", *(["remark"] * (model is models.Region))} if text in ("0", "1.|") else set()
        )
        with pytest.raises(ValidationError) as caught:
            model(**dict.fromkeys(names, text)).clean_fields()

        assert names - caught.value.message_dict.keys() == set(), text


@pytest.mark.parametrize(
    ("rows", "field", "text", "reason"),
    [
        (models.Region.objects, "short_name", "|", "至少要有一个汉字。"),
        (models.Notice.objects, "title", "。", "至少要有一个汉字。"),
        (models.Notice.objects, "number", "x", "请照“发改环资〔2015〕3214号”的样子写。"),
        (models.Citation.objects, "number", "——", "至少要有一个数字。"),
        (models.System.objects, "name_en", "-", "至少要有两个字母。"),
    ],
)
def test_form_says_at_the_field_that_there_is_no_word(rows, field, text, reason):
    zhang = Person(Client(), official("张"), address(rows.first()))

    zhang.types(**{field: text}).saves()

    assert reason in zhang.response.context["adminform"].form.errors[field]


@pytest.mark.parametrize(
    "number", ["3214", "发改环资[2015]3214号", "发改环资〔2015〕3214号。", "〔2015〕3214号", "某号"]
)
def test_number_of_a_notice_has_the_form_of_one(number):
    with pytest.raises(ValidationError, match="请照“发改环资〔2015〕3214号”的样子写"):
        models.Notice._meta.get_field("number").clean(number, None)


@pytest.mark.parametrize("day", ["2015-12-30", "2099-01-01"])
def test_notice_is_not_published_before_it_is_signed_nor_in_time_to_come(day):
    zhang = Person(Client(), official("张"), address(models.Notice.objects.get()))

    zhang.types(published_on=day, catalogue_source="国函〔2016〕98号").saves()

    assert "不能早于成文日期" in zhang.response.context["adminform"].form.errors["published_on"][0]


def test_reason_of_marks_alone_is_none():
    zhang = Person(Client(), official("张"), address(models.Region.objects.first()))

    zhang.types(open_points="通知没有写明某说明").saves("。")

    assert not zhang.is_saved
    assert "请写明更正说明" in zhang.text


def test_every_field_has_a_chinese_name():
    for model in (value for value in vars(models).values() if hasattr(value, "_meta")):
        if model in (models.SearchEntry, models.SearchChange):
            continue  # nobody edits these
        names = [
            model._meta.verbose_name,
            *(field.verbose_name for field in model._meta.fields if field.name != "id"),
        ]
        assert all(any(char >= "\u4e00" for char in str(name)) for name in names), names


def test_renamed_region_shows_later_name_only_when_verified():
    assert models.Region.objects.get(serial=28).later_name == "湖南省宁乡市"
    assert models.Region.objects.get(serial=38).later_name == ""
    assert models.Region.objects.get(serial=1).later_name == ""


def test_divisions_that_are_not_verified_are_not_shown():
    chanba = models.Region.objects.for_detail().get(serial=38)

    assert [division.name_now for division in chanba.shown_divisions] == ["西安市"]
    assert chanba.divisions.count() == 3


def test_beside_ends_at_both_ends():
    first, last = models.Region.objects.get(serial=1), models.Region.objects.get(serial=45)

    assert models.Region.objects.beside(first)[0] is None
    assert models.Region.objects.beside(first)[1].serial == 2
    assert models.Region.objects.beside(last)[0].serial == 44
    assert models.Region.objects.beside(last)[1] is None


def test_sharing_topics_counts_what_is_shared():
    region = models.Region.objects.for_detail().get(serial=26)
    topics = set(models.Topic.objects.filter(priorities__region=region))

    for other in models.Region.objects.sharing_topics_with(region):
        assert other.shared == len(topics & set(models.Topic.objects.filter(priorities__region=other)))
        assert other != region


def test_dates_of_the_record():
    assert models.Notice.objects.get().issued_on == datetime.date(2015, 12, 31)
    assert models.Region.objects.get(serial=28).renamed_on is None  # the source says the month


def test_value_that_is_not_declared_is_refused_by_form_without_a_query_and_by_database(django_assert_num_queries):
    region = models.Region.objects.get(serial=1)
    [rule] = [each for each in models.Region._meta.constraints if each.name == "region_kind_known"]
    with django_assert_num_queries(0):
        rule.validate(models.Region, region)
        region.kind = "palace"
        rule.validate(models.Region, region, exclude=["kind"])
        with pytest.raises(ValidationError, match="类型不在可选范围内"):
            rule.validate(models.Region, region)

    with pytest.raises(IntegrityError), transaction.atomic():
        make.overwrite(models.Region.all_objects.filter(pk=region.pk), kind="palace")


@pytest.mark.parametrize(
    "write",
    [
        lambda rows: rows.update(id=1),
        lambda rows: rows.bulk_create([]),
        lambda rows: rows.bulk_update([], ["id"]),
        lambda rows: rows.all()._raw_delete("default"),
    ],
)
def test_bulk_writes_of_the_record_are_refused_and_told_what_to_use(write):
    record = [model for model in apps.get_app_config("pilots").get_models() if issubclass(model, Recorded)]
    region = models.Region.objects.get(serial=1)
    doors = [manager for model in record for manager in model._meta.managers]

    assert len(doors) > 20
    for rows in (*doors, *(door.all() for door in doors), region.aliases, region.priorities.filter(number=1)):
        with pytest.raises(TypeError, match=r"save\(\) or delete\(\) each row.+unrecorded\(model\)"):
            write(rows)


def test_what_is_written_unrecorded_is_heard_by_nobody():
    heard = models.HistoryEntry.objects.count(), models.SearchChange.objects.count()

    models.unrecorded(models.Region).filter(serial=1).update(remark="某说明")

    assert models.Region.objects.get(serial=1).remark == "某说明"
    assert (models.HistoryEntry.objects.count(), models.SearchChange.objects.count()) == heard


@pytest.mark.once
@pytest.mark.parametrize("model", recorded_models(), ids=lambda model: model.__name__)
def test_row_whose_links_are_left_out_is_refused_and_nothing_falls_over_it(model):
    links = [field.attname for field in model._meta.concrete_fields if field.is_relation and not field.null]
    for row in model._base_manager.all():
        for gone in links:
            values = {field.attname: getattr(row, field.attname) for field in model._meta.concrete_fields}
            new = model(**values | {"id": None, gone: None})
            for changed in ({}, {"name_now": "某地", "code_now": "110199"}, {"remark": "国函〔2026〕9号批准"}):
                for name in changed.keys() & values.keys():
                    setattr(new, name, changed[name])
                with suppress(ValidationError):
                    new.clean()
                list(new.row_problems())
