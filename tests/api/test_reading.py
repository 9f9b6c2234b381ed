"""What the API gives: everything that is public, nothing else, page by page, and what changed since."""

import csv
import datetime
import io
import json

import pytest
from django.utils import timezone

from pilots.models import (
    Document,
    HistoryEntry,
    Indicator,
    Mechanism,
    Ministry,
    Priority,
    Project,
    Proposal,
    Province,
    Region,
    Section,
    System,
    Topic,
    editing,
)
from pilots.record.checks import BATCH_TWO

from .. import factories as make
from ..visits import FORGOTTEN, correct_one_region, keep_one_region, make_regions_up_to_60, queries
from .answers import API, EVERYTHING, LISTS, every

pytestmark = [pytest.mark.django_db, pytest.mark.once]
DOCUMENTED = ("jing-jin-ji", "guangdong-dongguan")
HUAIROU = f"{API}regions/beijing-huairou/"


def withdraw(slug, day=datetime.date(2026, 11, 23)):
    row = Region.all_objects.get(slug=slug)
    with editing(actor=None, reason="与文件不符"):
        row.withdrawn_on, row.withdrawn_reason = day, "与文件不符"
        row.save()


def correct(slug, **values):
    row = Region.objects.get(slug=slug)
    with editing(actor=make.make_official(f"official-{HistoryEntry.objects.count()}"), reason="据文件更正"):
        for name, value in values.items():
            setattr(row, name, value)
        row.save()


def test_every_answer_takes_the_same_number_of_queries_at_1_45_and_60_regions(client):
    withdraw("tianjin-jinghai")
    for step in (correct_one_region, make_regions_up_to_60, keep_one_region):
        step()
        assert {path: queries(client, path, *FORGOTTEN) for path in EVERYTHING} == EVERYTHING


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("regions", Region),
        ("priorities", Priority),
        ("provinces", Province),
        ("topics", Topic),
        ("systems", System),
        ("ministries", Ministry),
        ("sections", Section),
    ],
)
def test_list_gives_every_record_once_with_its_page(client, name, model):
    urls = [thing["url"] for thing in every(client, f"{API}{name}/?page_size=7")]

    assert sorted(urls) == sorted(f"http://testserver{thing.get_absolute_url()}" for thing in model.objects.all())


def test_documents_are_those_that_readers_may_see_in_the_order_of_areas(client):
    rows = Document.objects.order_by("region__notice", "region__serial", "position")
    shown = [f"http://testserver{row.get_absolute_url()}" for row in rows if row.is_shown]

    assert [thing["url"] for thing in every(client, f"{API}documents/?page_size=50")] == shown
    assert len(shown) < len(rows)


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        ("region=jing-jin-ji&region=guangdong-dongguan", lambda row: row.region.slug in DOCUMENTED),
        ("kind=plan&kind=review", lambda row: row.kind in ("plan", "review")),
        ("relation=direct", lambda row: row.relation == "direct"),
        ("duty=五&duty=六", lambda row: {*"五六"} & {*row.duties}),
        ("relation=same_topic&duty=一&region=jing-jin-ji", lambda row: False),
        ("modified_since=2000-01-01", lambda row: row.region.slug == "jing-jin-ji"),
    ],
)
def test_documents_are_chosen_by_area_kind_relation_duty_and_time(client, query, fits):
    correct("jing-jin-ji", remark="", open_points="更正")
    rows = [row for row in Document.objects.select_related("region") if row.is_shown and fits(row)]
    things = every(client, f"{API}documents/?{query}")

    assert {(thing["region"]["slug"], thing["position"]) for thing in things} == {
        (row.region.slug, row.position) for row in rows
    }


STATEMENTS = {"indicators": Indicator, "mechanisms": Mechanism, "projects": Project}


@pytest.mark.parametrize("name", STATEMENTS)
def test_what_documents_say_is_the_same_in_the_api_and_in_the_package(client, name):
    things = every(client, f"{API}{name}/?page_size=50")
    rows = list(csv.DictReader(io.StringIO(client.get(f"/data/{name}.csv").content.decode("utf-8-sig"))))

    assert len(things) == len(rows) == len([row for row in STATEMENTS[name].objects.all() if row.is_shown])
    by_key = {(thing["region"]["slug"], str(thing["position"])): thing for thing in things}
    for row in rows:
        thing = by_key[row["region"], row["position"]]
        assert thing["document"]["url"].endswith(f"/regions/{row['region']}/#document-{row['document']}")
        same = {*thing} & {*row} - {"region", "document"}
        assert {member: row[member].removeprefix("'") for member in same} == {
            member: "" if thing[member] is None else str(thing[member]) for member in same
        }


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        (
            "region=jing-jin-ji&region=beijing-huairou",
            lambda row: row.region.slug in ("jing-jin-ji", "beijing-huairou"),
        ),
        ("kind=later&kind=indicator", lambda row: row.document.kind in ("later", "indicator")),
        ("relation=direct", lambda row: row.document.relation == "direct"),
        (
            "duty=一&relation=same_topic",
            lambda row: "一" in row.document.duties and row.document.relation == "same_topic",
        ),
        ("modified_since=2000-01-01", lambda row: False),
    ],
)
def test_what_documents_say_is_chosen_as_documents_are(client, query, fits):
    rows = [row for row in Indicator.objects.select_related("region", "document") if row.is_shown and fits(row)]

    assert [(thing["region"]["slug"], thing["position"]) for thing in every(client, f"{API}indicators/?{query}")] == [
        (row.region.slug, row.position) for row in sorted(rows, key=lambda row: (row.region.serial, row.position))
    ]


@pytest.mark.parametrize("change", [{"source": "网上看到的"}, {"verification": "unverified", "source": "x"}])
@pytest.mark.parametrize("name", STATEMENTS)
def test_what_a_document_says_is_seen_no_longer_than_the_document(client, name, change):
    row = STATEMENTS[name].objects.select_related("region").first()
    address = f"{API}{name}/{row.region.slug}/{row.position}/"
    assert client.get(address).json()["name"] == row.name

    vars(row.document).update(change)
    row.document.save()
    assert client.get(address).status_code == 404
    assert row.name not in client.get(f"{API}{name}/?region={row.region.slug}").text


def test_document_that_readers_may_not_see_has_no_address(client):
    row = next(row for row in Document.objects.select_related("region") if row.is_shown)
    address = f"{API}documents/{row.region.slug}/{row.position}/"
    assert client.get(address).json()["title"] == row.title

    row.source = "网上看到的"
    row.save()
    assert client.get(address).status_code == 404
    assert row.title not in client.get(f"{API}documents/?region={row.region.slug}").text
    withdraw(row.region.slug)
    assert (client.get(address).status_code, client.get(f"{API}documents/?region={row.region.slug}").status_code) == (
        410,
        400,
    )


def test_index_names_every_list(client):
    assert {path.partition("?")[0] for path in LISTS} <= {
        url.removeprefix("http://testserver") for url in client.get(API).json().values()
    }


def test_region_is_given_in_the_notices_words(client):
    found = client.get(HUAIROU).json()
    lines = Priority.objects.filter(region__slug="beijing-huairou").order_by("number")

    assert (found["slug"], found["name"], found["serial"]) == ("beijing-huairou", "北京市怀柔区", 1)
    assert found["url"] == "http://testserver/regions/beijing-huairou/"
    assert [(line["text"], line["text_raw"]) for line in found["priorities"]] == list(
        lines.values_list("text", "text_raw")
    )
    assert found["provinces"][0]["url"] == "http://testserver/provinces/beijing/"


def test_what_is_not_verified_is_not_given(client):
    make.overwrite(
        Region.objects.filter(slug="beijing-huairou"),
        name_now="某名",
        name_now_status="unverified",
        renaming="某改",
        renamed_on=datetime.date(2016, 1, 1),
    )
    make.overwrite(Ministry.objects.filter(slug="mep"), full_name="某全称", is_full_name_verified=False)

    found = client.get(HUAIROU).json()

    assert (found["name_now"], found["renaming"], found["renamed_on"]) == ("", "", None)
    assert client.get(f"{API}ministries/mep/").json()["full_name"] == ""
    divisions = client.get(f"{API}regions/sichuan-chuanxibei/").json()["divisions"]
    assert {each["verification"] for each in divisions} <= {"verified", "customary"}


def test_internal_notes_and_people_are_in_no_answer(client):
    make.overwrite(Region.objects, internal_note="内部线索甲乙丙")
    make.overwrite(Priority.objects, classification_note="内部线索甲乙丙")
    correct("beijing-huairou", internal_note="内部线索丁", open_points="公开的说明")

    for path in EVERYTHING:
        text = client.get(path).text
        for word in ("内部线索", "official-", "remote_addr", "internal_note"):
            assert word not in text, path


def test_withdrawn_region_is_in_no_list_and_its_address_says_gone(client):
    withdraw("beijing-huairou")

    names_it = f"{API}notices/{BATCH_TWO}/"  # as withdrawn
    for path in (p for p in EVERYTHING if "huairou" not in p and "deletions" not in p and p != names_it):
        assert "huairou" not in client.get(path).text, path
    for path in (HUAIROU, f"{API}priorities/beijing-huairou/1/", "/regions/beijing-huairou.json"):
        response = client.get(path)
        assert (response.status_code, response.json()["status"]) == (410, 410)


def test_deletions_say_what_when_and_why(client):
    withdraw("beijing-huairou")
    withdraw("tianjin-jinghai", datetime.date(2026, 10, 1))

    recent = client.get(f"{API}deletions/?modified_since=2026-11-01").json()

    assert [each["slug"] for each in every(client, f"{API}deletions/")] == ["beijing-huairou", "tianjin-jinghai"]
    assert recent["results"] == [
        {
            "slug": "beijing-huairou",
            "name": "北京市怀柔区",
            "url": "http://testserver/regions/beijing-huairou/",
            "withdrawn_on": "2026-11-23",
            "withdrawn_reason": "与文件不符",
            "is_corrected": False,
            "name_issued": None,
        }
    ]


def test_modified_since_gives_what_was_corrected_and_only_for_readers(client):
    before = timezone.now()
    correct("beijing-huairou", open_points="公开的说明")
    correct("tianjin-jinghai", internal_note="不公开")
    since = {"modified_since": before.isoformat()}

    [region] = client.get(f"{API}regions/", since).json()["results"]
    lines = client.get(f"{API}priorities/", since).json()

    assert region["slug"] == "beijing-huairou"
    assert datetime.datetime.fromisoformat(region["modified_at"]) >= before
    assert {line["region"]["slug"] for line in lines["results"]} == {"beijing-huairou"}
    assert client.get(f"{API}topics/", since).json()["count"] == 0
    later = {"modified_since": timezone.now().isoformat()}
    assert client.get(f"{API}regions/", later).json()["count"] == 0


@pytest.mark.parametrize(
    ("since", "count"),
    [
        ("0001-01-01", 1),
        ("1969-12-31T23:59:59-23:59", 1),
        ("2016-01-01T00:00:00+23:37", 1),
        ("9999-12-31T23:59:59-23:59", 0),
    ],
)
def test_modified_since_takes_any_time_there_is(client, since, count):
    correct("beijing-huairou", open_points="公开的说明")

    for name in ("regions", "changes"):
        assert client.get(f"{API}{name}/", {"modified_since": since}).json()["count"] == count
    assert client.get(f"{API}deletions/", {"modified_since": since}).status_code == 200


def test_change_says_what_and_why_and_leads_to_the_record(client):
    correct("beijing-huairou", open_points="公开的说明")

    [change] = client.get(f"{API}changes/").json()["results"]

    assert (change["action"], change["row"], change["reason"]) == ("update", "先行示范地区", "据文件更正")
    assert change["record"]["url"] == "http://testserver/regions/beijing-huairou/"
    assert change["lines"] == [{"field": "open_points", "label": "通知未列明", "before": "", "after": "公开的说明"}]
    assert client.get(f"{API}changes/?kind=province").json()["count"] == 0
    assert client.get(f"{API}changes/?kind=region&modified_since=2100-01-01").json()["count"] == 0


def test_sparse_fields_give_what_is_asked_for(client):
    for path in (f"{API}regions/?fields=slug,name", f"{HUAIROU}?fields=name,slug"):
        found = client.get(path).json()
        assert (found["results"][0] if "results" in found else found) == {
            "slug": "beijing-huairou",
            "name": "北京市怀柔区",
        }


def test_what_is_not_asked_for_is_not_read(client, django_assert_num_queries):
    path = f"{API}regions/?fields=slug,name,province,notice,modified_at"
    client.get(path)

    with django_assert_num_queries(4):  # one for what was issued of the notice's title
        assert client.get(path).json()["count"] == 45


def test_pages_keep_what_was_asked_for_and_lead_on(client):
    page = client.get(f"{API}regions/?page_size=2&kind=county&province=&sort=province").json()

    assert page["next"] == f"http://testserver{API}regions/?kind=county&sort=province&page=2&page_size=2"
    second = client.get(page["next"]).json()
    assert second["previous"] == f"http://testserver{API}regions/?kind=county&sort=province&page_size=2"
    assert (second["page"], second["page_size"], second["count"]) == (2, 2, page["count"])


def test_lists_of_lines_filter_the_lines_themselves(client):
    path = f"{API}priorities/?topic=rule-of-law&topic=regional-cooperation&province=zhejiang&system=other"
    for line in every(client, path):
        assert {topic["slug"] for topic in line["topics"]} & {"rule-of-law", "regional-cooperation"}
        assert line["system"]["slug"] == "other"
    counted = {topic["slug"]: topic["priority_count"] for topic in every(client, f"{API}topics/")}
    for slug, count in counted.items():
        assert client.get(f"{API}priorities/?topic={slug}").json()["count"] == count


def test_search_says_what_the_page_says(client):
    found = client.get(f"{API}search/", {"q": "湿地保护区", "province": "beijing"}).json()
    page = client.get("/regions/", {"q": "湿地保护区", "province": "beijing"}).context

    assert found["count"] == page["list"].paginator.count
    assert found["stage"] == page["answer"].stage
    assert [facet["name"] for facet in found["facets"]] == ["province", "topic", "system", "kind", "after"]
    assert json.dumps([[v["count"] for v in f["values"]] for f in found["facets"]]) == json.dumps(
        [[value.count for value in facet.values] for facet in page["facets"]]
    )
    assert [each["count"] for each in found["rescues"]] == [count for _, count, _ in page["rescues"]]


@pytest.mark.parametrize("query", ["湿地", "湿地&province=hubei", "宁波 湿地", "第12号"])
def test_answer_names_the_areas_that_it_is_about(client, query):
    found = client.get(f"{API}search/?q={query}").json()

    assert found["answer"]["areas"] == sorted(row["serial"] for row in found["results"]) != []


def test_search_offers_the_suggestion_and_the_notices_words(client):
    mistyped = client.get(f"{API}search/?q=多轨合一").json()
    spoken = client.get(f"{API}search/?q=双碳").json()

    assert mistyped["suggestion"] == "多规合一"
    assert mistyped["suggestion_url"].startswith("http://testserver/regions/?q=")
    assert [each["label"] for each in spoken["related"]]
    ministry = client.get(f"{API}search/?q=环境保护部").json()
    counts = {group["name"]: group["count"] for group in ministry["groups"]}
    assert len(ministry["others"]) == sum(counts.values()) == 1 + counts["sections"] > 1
    assert (ministry["answer"]["kind"], counts["ministries"]) == ("ministry", 1)


def test_corrections_are_those_that_are_answered_with_the_change_that_they_led_to(client):
    declined, accepted, unquoted, waiting = (make.make_correction(contact="wang@example.cn") for _ in range(4))
    region = Region.objects.get(slug="beijing-huairou")
    region.open_points = "公开的说明"
    with editing(reason="采纳") as key:
        region.save()
    Proposal.objects.filter(pk=accepted.pk).update(edit_key=key, place=region.get_absolute_url())
    accepted.refresh_from_db()
    unquoted.is_quoted = False
    make.answer(declined, state="declined", text="通知原文如此。")
    make.answer(unquoted)
    make.answer(accepted)

    response = client.get(f"{API}corrections/")

    rows = {row["number"]: row for row in response.json()["results"]}
    assert list(rows) == [f"{each.year}-{each.number:04}" for each in (accepted, unquoted, declined)]
    first, second, third = rows.values()
    assert (first["edit"], first["url"]) == (key, "http://testserver/regions/beijing-huairou/")
    assert [(line["field"], line["after"]) for line in first["lines"]] == [("open_points", "公开的说明")]
    assert (second["wrong"], second["right"], second["source"]) == (None, None, None)
    assert (third["state"], third["state_label"], third["answer"]) == ("declined", "不采纳", "通知原文如此。")
    assert (third["wrong"], third["lines"], third["url"]) == (declined.wrong, [], "")
    for secret in ("wang@", waiting.code, accepted.code, "答复人"):
        assert secret not in response.text
    [only] = client.get(f"{API}corrections/?state=declined").json()["results"]
    assert only == third
    assert client.get(f"{API}corrections/?modified_since=2999-01-01").json()["count"] == 0
    assert client.get(f"{API}corrections/?state=received").status_code == 400


def test_list_of_corrections_takes_the_same_queries_whatever_was_answered(client, django_assert_num_queries):
    for count in (1, 29):
        for _ in range(count):
            report, region = make.make_correction(), Region.objects.get(slug="beijing-huairou")
            region.open_points = str(report)
            with editing() as report.edit_key:
                region.save()
            make.answer(report)
        client.get(f"{API}corrections/")
        with django_assert_num_queries(6):
            assert len(client.get(f"{API}corrections/").json()["results"]) in (1, 30)
