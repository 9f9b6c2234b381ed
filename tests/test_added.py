"""Rows of an issued notice are a closed set: what is added is confirmed, marked, and gone once withdrawn."""

import csv
import io

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse
from selectolax.lexbor import LexborHTMLParser

from pilots.models import (
    Alias,
    Division,
    Document,
    LoadedRow,
    Ministry,
    Notice,
    Priority,
    Proposal,
    Province,
    Region,
    System,
    Topic,
)
from pilots.models.recorded import recorded_models
from pilots.record import checks

from . import factories as make
from .forms import Person, address, confirm, official
from .sheets import bring, csv_of, refusals

pytestmark = [pytest.mark.django_db, pytest.mark.once]
NOTICE = "/notices/fagai-huanzi-2015-3214/"
MARK = "本站增补，通知原文没有这一行"


def area():
    return Region.objects.get(slug="beijing-huairou")


def adding(**overrides):
    values = {"region": area().pk, "number": "4", "text_raw": "4.增补的事;", "confidence": "high", "topics": ["1"]}
    values |= {"system": System.objects.first().pk, "topics": [str(Topic.objects.first().pk)]} | overrides
    zhang = Person(Client(), official("张"), reverse("admin:pilots_priority_add"))
    boxes = LexborHTMLParser(zhang.text).css("#content-main form .form-row :is(input, select, textarea)")
    names = [box.attributes["name"] for box in boxes if box.attributes.get("type") != "hidden"]
    assert len(names) <= 12  # the rest waits in its parts
    assert not {"also_systems", "classification_note"}.intersection(names)
    return zhang.types(**{n: v if isinstance(v, list) else str(v) for n, v in values.items()})


def test_line_is_added_to_an_issued_notice_only_on_purpose(client):
    zhang = adding()

    zhang.saves()
    assert not zhang.is_saved
    assert f"将处处标明“{MARK}”" in zhang.text
    confirm(zhang)

    assert zhang.is_saved
    assert not Priority.objects.get(region=area(), number=4).is_issued
    assert MARK in client.get(NOTICE).text
    assert MARK in client.get(area().get_absolute_url()).text
    assert client.get(f"{area().get_absolute_url()[:-1]}.json").json()["priorities"][3]["is_issued"] is False
    assert checks.counts(Notice.objects.get()) == checks.EXPECTED
    assert checks.Corrections().published(Notice.objects.get()).count("增补的事") == 0


def test_area_46_leaves_the_annex_when_it_is_withdrawn(client):
    row = make.make_region(serial=46, name="增补的地区", notice=Notice.objects.get(), is_issued=False)
    assert "增补的地区" in client.get(NOTICE).text

    row.withdrawn_on, row.withdrawn_reason = "2026-01-01", "误增"
    row.save()

    assert "增补的地区" not in client.get(NOTICE).text
    gone = client.get(row.get_absolute_url())
    assert (gone.status_code, "通知附件里仍有这一行" in gone.text) == (410, False)
    assert client.get("/api/v1/notices/fagai-huanzi-2015-3214/").json()["regions_withdrawn"] == []
    (found,) = client.get("/api/v1/search/?q=增补的地区").json()["withdrawn"]
    assert (found["slug"], found["annex_url"]) == (row.slug, None)


def test_added_area_that_is_withdrawn_is_no_area_of_the_notice(client):
    row = make.make_region(serial=46, name="增补的地区", notice=Notice.objects.get(), is_issued=False)
    row.withdrawn_on, row.withdrawn_reason = "2026-11-23", "误增"
    row.save()

    for path in ("/regions/", "/matrix/"):
        assert "已撤下" not in client.get(path).text
    assert f"增补的地区（{MARK}）已于2026年11月23日从本站撤下" in client.get(row.get_absolute_url()).text


def test_page_of_an_added_area_says_nothing_of_it_in_the_name_of_the_notice(client):
    row = make.make_region(serial=46, name="增补的地区", notice=Notice.objects.get(), is_issued=False)

    text = client.get(row.get_absolute_url()).text

    assert "不在通知的名单里，由本站增补" in text
    assert "2015年12月31日" not in text.partition("</article>")[0].partition("<article")[2]
    assert 'name="ContentSource"' not in text


def test_notice_made_by_hand_takes_lines_unasked():
    region = make.make_region(notice=make.make_notice())
    zhang = adding(region=region.pk, number="1", text_raw="1.一件事;")

    zhang.saves()

    assert zhang.is_saved
    assert region.priorities.get().is_issued


@pytest.mark.parametrize("count", [0, 4])
def test_line_has_one_to_three_topics(count):
    zhang = Person(Client(), official("张"), address(area().priorities.first()))

    zhang.types(topics=[str(pk) for pk in Topic.objects.values_list("pk", flat=True)[:count]]).saves()

    assert not zhang.is_saved
    assert f"须选一至三个主题，现有{count}个。" in zhang.text


@pytest.mark.parametrize(
    ("slug", "said"), [("beijing", "列了两次"), ("liaoning", "重复列出")], ids=["its own", "its province's parent"]
)
def test_area_s_own_province_and_its_parent_are_no_partners(client, slug, said):
    LoadedRow.objects.filter(model="region").delete()  # of areas that were loaded nobody changes it
    row = Region.objects.get(serial=1 if slug == "beijing" else 9)
    unit = Province.objects.get(slug=slug)
    zhang = Person(Client(), official("张"), address(row))

    zhang.types(partners=[str(unit.pk)]).saves()

    assert not zhang.is_saved
    assert said in zhang.text
    client.force_login(make.make_official("部", "部委编辑"))
    [(_, refusal)] = refusals(bring(client, csv_of(["地址名", "共建的其他省级单位"], [row.slug, unit.name])))
    assert said in refusal


def test_later_name_goes_public_with_its_source_only():
    row = Region.objects.get(serial=28)
    zhang = Person(Client(), official("张"), address(row))

    zhang.types(name_now="湖南省某市").saves()
    assert not zhang.is_saved
    assert "请同时写明新内容的出处" in zhang.text
    assert Region.objects.get(pk=row.pk).later_name == "湖南省宁乡市"

    zhang.types(name_now_status="unverified").saves()
    assert zhang.is_saved
    assert Region.objects.get(pk=row.pk).later_name == ""


@pytest.mark.parametrize(
    ("rows", "values", "source"),
    [
        (Alias.objects.filter(name="蓟州区"), {"name": "蓟州新区"}, "source"),
        (Alias.objects.filter(name="蓟州区"), {"kind": "former"}, "source"),
        (Alias.objects.filter(name="静海县"), {"region": 1}, "source"),
        (Ministry.objects.exclude(name_en_source=""), {"name_en": "Ministry of Ecology"}, "name_en_source"),
    ],
    ids=["alias", "kind of alias", "area of alias", "English name"],
)
def test_fact_is_not_changed_under_its_old_source(rows, values, source):
    row = rows.first()
    zhang = Person(Client(), official("张"), address(row))

    zhang.types(**values).saves()
    assert not zhang.is_saved
    assert "请同时写明新内容的出处，没有出处的清空出处。" in zhang.text

    zhang.types(**{source: ""}).saves()
    assert zhang.is_saved


@pytest.mark.parametrize(
    ("name", "value"), [("remark", "以后又设了区。"), ("role", "location"), ("name_then", "某县"), ("region", "5")]
)
def test_words_of_a_division_are_not_changed_under_their_old_source(name, value):
    row = Division.objects.get(name_then="怀柔区")
    zhang = Person(Client(), official("张"), address(row))

    zhang.types(**{name: value}).saves()

    assert not zhang.is_saved
    assert "请同时写明新内容的出处" in zhang.text
    assert Division.objects.filter(pk=row.pk, **{name: getattr(row, name)}).exists()


def test_words_of_a_division_are_withdrawn_without_another_source():
    row = Division.objects.exclude(remark="").filter(verification="verified").first()
    zhang = Person(Client(), official("张"), address(row))

    zhang.types(remark="").saves()

    assert zhang.is_saved


# What readers are told that needs no source of its own, and why.
OWN = {
    "the row's place here": {"position", "slug", "anchor", "tile_row", "tile_column"},
    "how far it was checked": {
        "verification",
        "name_now_status",
        "is_kind_verified",
        "is_full_name_verified",
        "searched_on",
    },
    "what became of it here": {"is_issued", "withdrawn_on", "withdrawn_reason", "is_draft"},
    "what the notice doesn't say: whoever reads it sees so, and nothing else stands there": {"open_points"},
    "this site's reading of the notice": {"short_name", "title_remark", "source_remark"},
    "this site's classification, said to be that": {"system", "also_systems", "topics", "confidence", "is_other"},
    "spelled after the name": {"pinyin", "short_pinyin"},
    "units of GB/T 2260": {"code", "parent", "abbreviation", "other_abbreviations"},
}
NAMES = {(Province, "name"), (Province, "kind"), (System, "name"), (Topic, "name"), (Ministry, "name")}


def test_every_fact_that_the_site_adds_is_bound_to_a_source():
    for model in [model for model in recorded_models() if model.is_subject or model.belongs_to]:
        bound = {name for _, names in model.sourced.values() for name in names}
        bound |= {*model.facts} | {*model.sourced, *model.source_fields, *model.verbatim_fields, *model.notice_facts}
        free = set().union(*OWN.values()) | {name for of, name in NAMES if of is model}
        fields = [*model._meta.concrete_fields, *model._meta.many_to_many]
        public = {field.name for field in fields if model.is_public_field(field.name) and not field.primary_key}

        assert public - bound - free == set(), model


def test_every_source_is_known_as_one_and_bound_to_its_facts():
    models = [model for model in apps.get_app_config("pilots").get_models() if not model._meta.proxy]
    models.remove(Proposal)  # whose source is what somebody says: no fact of the record hangs on it
    sources = {(m, f.name) for m in models for f in m._meta.fields if f.name.endswith("source")}

    assert {(m, name) for m in models for name in getattr(m, "sourced", {})} == sources
    named = {(Document, "source")}  # a publication whose address isn't safe is a source, too (test_after)
    assert {(m, name) for m in models for name in getattr(m, "source_fields", {})} == sources - named


def test_what_a_catalogue_says_of_the_notice_goes_public_with_its_source_only(client):
    notice, url = Notice.objects.get(), "https://www.gov.cn/zhengce/2016-01/15/content_1.htm"
    zhang = Person(Client(), official("张"), address(notice))
    paths = (NOTICE, "/changes/", "/api/v1/notices/fagai-huanzi-2015-3214/", "/api/v1/changes/")

    zhang.types(index_number="000013039/2016", published_on="2016-01-15").saves()
    assert zhang.is_saved
    for path in paths:
        assert not [words for words in ("000013039", "2016-01-15", "2016年1月15日") if words in client.get(path).text]

    zhang.types(catalogue_source=url).saves()
    assert zhang.is_saved
    for path in paths:
        assert all(words in client.get(path).text for words in ("000013039/2016", url)), path

    zhang = Person(Client(), official("张"), address(notice))
    zhang.types(index_number="000013039/2017").saves()
    assert not zhang.is_saved
    assert "请同时写明新内容的出处" in zhang.text


@pytest.mark.parametrize(
    ("rows", "status", "values", "source"),
    [
        (
            Region.objects.filter(serial=28),
            "name_now_status",
            {"name_now": "湖南省某市", "renaming": "2017年4月宁乡县改为某市"},
            "renaming_source",
        ),
        (Region.objects.filter(serial=16), "is_kind_verified", {"kind": "county-city"}, "kind_source"),
        (Division.objects.filter(name_then="怀柔区"), "verification", {"remark": "又设了区。"}, "source"),
    ],
    ids=["later name", "kind", "division"],
)
def test_what_was_changed_while_unverified_is_not_verified_by_the_old_source(rows, status, values, source):
    row = rows.get()
    make.overwrite(Division.objects.filter(region__serial=16), role="component")  # its kind is left open
    make.overwrite(Division.objects.filter(region__serial=28, role="self"), name_now="某市")
    sound = None if getattr(row, status) is True else "unverified"
    Person(Client(), official("张"), address(row)).types(**{status: sound} | values).saves()
    zhang = Person(Client(), official("张"), address(row))

    zhang.types(**{status: "on" if sound is None else "verified"}).saves()
    assert not zhang.is_saved
    assert "标为已核实须写明所依据的出处" in zhang.response.context["adminform"].form.errors[source][0]

    zhang.types(**{source: "国函〔2026〕1号"}).saves()
    assert zhang.is_saved


def test_what_was_called_unverified_by_mistake_is_verified_again():
    row = Region.objects.get(serial=28)
    for status in ("unverified", "verified"):
        zhang = Person(Client(), official("张"), address(row))
        zhang.types(name_now_status=status).saves()
        assert zhang.is_saved


def test_first_later_name_wants_a_source():
    row = Region.objects.get(serial=8)
    zhang = Person(Client(), official("张"), address(row))

    zhang.types(name_now="某市", name_now_status="verified", renaming_source="").saves()

    assert not zhang.is_saved
    assert "须写明出处" in zhang.text


@pytest.mark.parametrize(
    ("row", "values", "source"),
    [
        (Division.objects.filter(position=1), {"name_now": "某新区", "verification": "customary"}, "source"),
        (Division.objects.filter(verification="unverified"), {"verification": "customary"}, "source"),
        (Region.objects.filter(serial=3), {"kind": "sub-provincial-city"}, "kind_source"),
    ],
    ids=["customary name", "customary code", "kind"],
)
def test_fact_that_readers_are_told_wants_a_source_whatever_its_status(row, values, source):
    row = row.first()
    zhang = Person(Client(), official("张"), address(row))

    zhang.types(**values | {source: ""}).saves()

    assert not zhang.is_saved
    assert "须写明出处" in zhang.text


@pytest.mark.parametrize("text", ["某文", "http://10.0.0.8/a", "民函〔2017〕73号；民函〔2017〕71号"])
def test_source_that_nobody_can_look_up_is_refused_at_its_field(text):
    zhang = Person(Client(), official("张"), address(Region.objects.get(serial=28)))

    zhang.types(renaming_source=text).saves()

    assert not zhang.is_saved
    assert f"出处“{text}”" in zhang.text


def test_source_that_was_there_before_does_not_hold_up_another_edit():
    make.overwrite(Region.objects.filter(serial=28), renaming_source="某文")
    zhang = Person(Client(), official("张"), address(Region.objects.get(serial=28)))

    zhang.types(remark="补充").saves()

    assert zhang.is_saved


def test_corrected_name_does_not_make_the_old_one_a_later_name(client):
    before = area().name
    zhang = Person(Client(), official("张"), address(area()))

    zhang.types(name_raw="北京市怀揉区").saves()
    assert "须写明出处" not in zhang.text
    confirm(zhang)

    assert zhang.is_saved
    assert (area().name, area().name_now, area().later_name) == ("北京市怀揉区", before, "")
    assert "<dt>现名" not in client.get(area().get_absolute_url()).text
    assert client.get(f"/api/v1/regions/{area().slug}/").json()["name_now"] == ""
    assert checks.problems() == []
    assert [line for line in checks.notes() if f"的现名还是更正以前的名称“{before}”" in line]


def test_check_lets_a_name_in_english_be_left_out():
    zhang = Person(Client(), official("张"), address(area()))

    zhang.types(name_en="").saves()

    assert zhang.is_saved
    assert checks.problems() == []
    assert f"先行示范地区 {area()} 没有写英文名称。" in checks.notes()


def test_later_name_with_a_source_stays_beside_a_corrected_name():
    zhang = Person(Client(), official("张"), address(area()))

    zhang.types(name_raw="北京市怀揉区", name_now="北京市某区", renaming_source="国函〔2026〕1号").saves()
    confirm(zhang)

    assert (area().name, area().later_name) == ("北京市怀揉区", "北京市某区")


@pytest.fixture
def wuyishan(client):
    """Add an area as area 46, in a province of which the notice has none."""
    fujian = Province.objects.get(slug="fujian")
    return make.make_region(
        serial=46,
        name="福建省武夷山市",
        short_name="武夷山市",
        slug="fujian-wuyishan",
        province=fujian,
        notice=Notice.objects.get(),
        is_issued=False,
    )


@pytest.mark.parametrize("query", ["武夷山", "武夷山市", "福建省武夷山市"])
def test_added_area_is_answered_as_none_of_the_list(client, wuyishan, query):
    said = "武夷山市不在通知的名单里，由本站增补（第46号）。"

    answer = client.get(f"/api/v1/search/?q={query}").json()["answer"]

    assert (answer["kind"], answer["text"], answer["areas"]) == ("not-listed", said, [46])
    assert said in client.get(f"/regions/?q={query}").text


def test_answers_about_the_batch_leave_added_areas_out(client, wuyishan):
    whole, unit = (client.get(f"/api/v1/search/?q={query}").json()["answer"] for query in ("第二批", "福建省"))

    assert (len(whole["areas"]), 46 in whole["areas"]) == (45, False)
    assert unit["text"].startswith("福建省没有地区列入第二批。")
    assert "本站增补了1个地区。" in unit["text"]
    assert unit["areas"] == []


def test_province_of_an_added_area_is_said_to_have_none_of_the_batch(client, wuyishan):
    page = LexborHTMLParser(client.get("/provinces/fujian/").text).css_first("main").text()

    assert "福建没有地区在这一批名单里。另有1个地区由本站增补，不在通知的名单里。" in page
    assert "通知要求这些地区做什么" not in page
    (area,) = client.get("/api/v1/provinces/fujian/").json()["regions"]
    assert (area["name"], area["is_issued"]) == ("福建省武夷山市", False)


def test_counts_by_province_are_those_of_the_notice(client, wuyishan):
    wanted = {unit.province.slug: unit.count for unit in client.get("/provinces/").context["units"]}
    home = client.get("/")
    rows = csv.DictReader(io.StringIO(client.get("/provinces.csv?bom=0").text))

    assert wanted["fujian"] == 0
    assert [(unit.count, unit.areas) for unit in home.context["tiles"] if unit.province.slug == "fujian"] == [(0, ())]
    assert [list(row.values())[-1] for row in rows if row["slug"] == "fujian"] == ["0"]
    assert "其中1个地区由本站增补，不在通知的名单里" in client.get("/matrix/").text


@pytest.mark.parametrize("text", ["2.;;；", "2.①", "2.2015"])
def test_line_has_a_word_beyond_its_number(text):
    row = area().priorities.first()
    zhang = Person(Client(), official("张"), address(row))

    zhang.types(text_raw=f"{row.number}{text[1:]}").saves()

    assert not zhang.is_saved
    assert "序号以外，至少要有一个汉字或字母。" in zhang.text
