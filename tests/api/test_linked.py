"""What pages say of themselves in JSON-LD: only what schema.org knows, only what the page shows, and safely."""

import json

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from selectolax.lexbor import LexborHTMLParser

from pilots.models import Document, Notice, Province, Region, Section
from pilots.record.checks import BATCH_TWO

from .. import factories as make
from ..pages import EVERY_PAGE
from .answers import BESIDE

pytestmark = [pytest.mark.django_db, pytest.mark.once]
NOTICE = f"/notices/{BATCH_TWO}/"
URL = {"type": "string", "format": "uri", "pattern": "^http://testserver/"}
TEXT = {"type": "string", "minLength": 1}


def kind(name, required=(), **properties):
    """Return the schema of a node of a type, with the properties that schema.org gives it and we use."""
    thing = {"@type": {"const": name}, "@id": URL, "url": URL, "name": TEXT, "description": TEXT}
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["@type", *required],
        "properties": thing | properties,
    }


def some(*items):
    return {"type": "array", "minItems": 1, "items": {"anyOf": list(items)}}


def ref(name):
    return {"$ref": f"#/$defs/{name}"}


TEXTS = some(TEXT)
THING = ("@id", "name")
# https://schema.org/docs/full.html, version 29: the domain and range of each property that is used.
DEFS = {
    "AdministrativeArea": kind(
        "AdministrativeArea",
        THING,
        alternateName=TEXTS,
        identifier=ref("PropertyValue"),
        containedInPlace={"anyOf": [some(ref("AdministrativeArea")), ref("AdministrativeArea"), ref("Country")]},
        containsPlace=some(ref("AdministrativeArea")),
        subjectOf=ref("Legislation"),
        additionalProperty=some(ref("PropertyValue")),
    ),
    "Country": kind("Country", ["name"]),
    "PropertyValue": kind("PropertyValue", ["propertyID", "value"], propertyID=TEXT, value=TEXT),
    "Legislation": kind(
        "Legislation",
        THING,
        legislationIdentifier=TEXT,
        legislationType=TEXT,
        legislationDate={"type": "string", "format": "date"},
        datePublished={"type": "string", "format": "date"},
        inLanguage={"const": "zh-Hans"},
        legislationJurisdiction=ref("Country"),
        legislationPassedBy=some(ref("GovernmentOrganization")),
        hasPart=some(ref("Legislation")),
        citation=some(ref("CreativeWork")),
    ),
    "CreativeWork": kind(
        "CreativeWork",
        ["name"],
        identifier=TEXT,
        about=ref("AdministrativeArea"),
        datePublished={"type": "string", "pattern": r"^\d{4}(-\d\d){0,2}$"},
        citation=TEXT,
    ),
    "CollectionPage": kind(
        "CollectionPage",
        THING,
        inLanguage={"const": "zh-Hans"},
        about=ref("Legislation"),
        hasPart=some(ref("CreativeWork")),
    ),
    "GovernmentOrganization": kind(
        "GovernmentOrganization", THING, legalName=TEXT, alternateName=TEXTS, areaServed=ref("Country")
    ),
    "DefinedTerm": kind(
        "DefinedTerm", [*THING, "inDefinedTermSet"], termCode=TEXT, inDefinedTermSet=ref("DefinedTermSet")
    ),
    "DefinedTermSet": kind("DefinedTermSet", ["name", "url"]),
    "Dataset": kind(
        "Dataset",
        [*THING, "description", "distribution"],
        inLanguage={"const": "zh-Hans"},
        isAccessibleForFree={"type": "boolean"},
        spatialCoverage=ref("Country"),
        distribution=some(ref("DataDownload")),
        creator=ref("Organization"),
        license={"anyOf": [{"type": "string", "format": "uri"}, ref("CreativeWork")]},
        version=TEXT,
        dateModified={"type": "string", "format": "date-time"},
        temporalCoverage={"type": "string", "pattern": r"^\d{4}-\d\d-\d\d/\.\.$"},
        isBasedOn=some(ref("Legislation")),
    ),
    "DataDownload": kind(
        "DataDownload",
        ["contentUrl", "encodingFormat"],
        contentUrl=URL,
        encodingFormat={"type": "string", "pattern": "^[a-z]+/[a-z0-9.+-]+$"},
        contentSize={"type": "string", "pattern": r"^\d+ B$"},
        sha256={"type": "string", "pattern": "^[0-9a-f]{64}$"},
    ),
    "Organization": kind("Organization", ["name"]),
    "WebSite": kind("WebSite", THING, potentialAction=ref("SearchAction")),
    "SearchAction": kind(
        "SearchAction", ["target"], target=ref("EntryPoint"), **{"query-input": {"const": "required name=q"}}
    ),
    "EntryPoint": kind("EntryPoint", ["urlTemplate"], urlTemplate=TEXT),
    "BreadcrumbList": kind("BreadcrumbList", ["itemListElement"], itemListElement=some(ref("ListItem"))),
    "ListItem": kind("ListItem", ["position", "name", "item"], position={"type": "integer"}, item=URL),
}
PAGE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["@context", "@graph"],
    "properties": {
        "@context": {"const": "https://schema.org"},
        "@graph": some(*map(ref, DEFS)),
    },
    "$defs": DEFS,
}
READ = {name: place.path for name, place in EVERY_PAGE.items() if place.server == "site"}
TYPES = {
    "home": ["WebSite", "Dataset"],
    "notice": ["Legislation", "BreadcrumbList"],
    "regions": ["Dataset", "BreadcrumbList"],
    "region": ["AdministrativeArea", "CreativeWork", "BreadcrumbList"],
    "province": ["AdministrativeArea", "BreadcrumbList"],
    "topic": ["DefinedTerm", "BreadcrumbList"],
    "system": ["DefinedTerm", "BreadcrumbList"],
    "ministry": ["GovernmentOrganization", "BreadcrumbList"],
    "after": ["CollectionPage", "BreadcrumbList"],
    "api": ["Dataset", "BreadcrumbList"],
    "data": ["Dataset", "BreadcrumbList"],
}


def linked(client, path):
    tree = LexborHTMLParser(client.get(path).text)
    [block] = tree.css('script[type="application/ld+json"]')
    return json.loads(block.text())


def node(client, path):
    return linked(client, path)["@graph"][0]


@pytest.mark.parametrize("name", READ)
def test_every_page_says_only_what_schema_org_knows(client, name):
    found = linked(client, READ[name])

    Draft202012Validator(PAGE, format_checker=FormatChecker()).validate(found)
    assert all(each["@type"] == "BreadcrumbList" or each["url"] for each in found["@graph"])
    types = [each["@type"] for each in found["@graph"]]
    assert [*dict.fromkeys(types)] == TYPES.get(name, ["BreadcrumbList"])
    assert {kind for kind in types if types.count(kind) > 1} <= {"CreativeWork"}


def test_every_things_page_fits(client):
    validator = Draft202012Validator(PAGE, format_checker=FormatChecker())
    for model in (Region, Province):
        for thing in model.objects.all():
            validator.validate(linked(client, thing.get_absolute_url()))


def test_breadcrumb_is_the_one_that_is_shown(client):
    tree = LexborHTMLParser(client.get("/regions/beijing-huairou/").text)
    shown = [link.text() for link in tree.css(".breadcrumb a, .breadcrumb [aria-current]")]

    items = linked(client, "/regions/beijing-huairou/")["@graph"][-1]["itemListElement"]

    assert [item["name"] for item in items] == shown
    assert items[-1]["item"] == "http://testserver/regions/beijing-huairou/"


def test_region_says_its_lines_verbatim_and_where_they_come_from(client):
    region = Region.objects.get(slug="beijing-huairou")

    found = node(client, region.get_absolute_url())

    assert [line["value"] for line in found["additionalProperty"]] == [line.text for line in region.priorities.all()]
    assert found["subjectOf"]["legislationIdentifier"] == region.notice.number
    assert found["containedInPlace"][0]["name"] == "北京市"


def test_region_says_what_came_after_of_what_readers_may_see(client):
    region = Region.objects.get(slug="beijing-huairou")
    rows = list(region.documents.all())

    works = [item for item in linked(client, region.get_absolute_url())["@graph"] if item["@type"] == "CreativeWork"]

    assert [(work["name"], work["citation"]) for work in works] == [
        (row.title, row.source) for row in rows if row.is_shown
    ]
    assert len(works) < len(rows)
    assert {work["about"]["@id"] for work in works} == {f"http://testserver{region.get_absolute_url()}"}


def test_collection_of_what_came_after_names_what_names_the_notice(client):
    found = node(client, "/after/")

    rows = Document.objects.filter(relation="direct", verification="verified")
    assert {(work["@id"], work["name"]) for work in found["hasPart"]} == {
        (f"http://testserver{row.get_absolute_url()}", row.title) for row in rows
    }
    assert found["about"]["@id"] == f"http://testserver{NOTICE}"
    make.overwrite(Document.objects.all(), verification="unverified")
    assert [each["@type"] for each in linked(client, "/after/")["@graph"]] == ["BreadcrumbList"]


def test_whole_documents_stand_on_pages_of_areas_alone(client):
    whole = [name for name, path in READ.items() if 'class="evidence" id="document-' in client.get(path).text]

    assert whole == ["region"]
    assert {row.get_absolute_url().partition("#")[0] for row in Document.objects.all()} <= {
        region.get_absolute_url() for region in Region.objects.all()
    }


def test_notice_claims_nothing_that_is_not_known(client):
    found = node(client, NOTICE)

    assert found["name"] == Notice.objects.get(slug=BATCH_TWO).title
    assert found["legislationDate"] == "2015-12-31"
    assert len(found["legislationPassedBy"]) == 9
    assert len(found["hasPart"]) == Section.objects.filter(notice__slug=BATCH_TWO).count()
    assert "datePublished" not in found
    assert "legislationLegalForce" not in found


def test_what_is_not_verified_is_not_said(client):
    make.overwrite(
        Region.objects.filter(slug="beijing-huairou"), name_now="未经核实的名", name_now_status="unverified"
    )

    assert "未经核实的名" not in json.dumps(linked(client, "/regions/beijing-huairou/"), ensure_ascii=False)


def test_nothing_in_the_data_ends_the_block(client):
    make.overwrite(
        Region.objects.filter(slug="beijing-huairou"), short_name="</script><script>alert(1)</script>&\u2028"
    )
    query = "</script><script>alert(1)</script>"

    text = client.get("/regions/beijing-huairou/").text

    assert "<script>alert" not in text
    assert node(client, "/regions/beijing-huairou/")["alternateName"] == ["</script><script>alert(1)</script>&\u2028"]
    assert "<script>alert" not in client.get("/regions/", {"q": query}).text
    assert query in linked(client, f"/regions/?q={query}")["@graph"][-1]["itemListElement"][-1]["name"]


def test_filtered_list_claims_no_dataset(client):
    assert [each["@type"] for each in linked(client, "/regions/?province=hebei")["@graph"]] == ["BreadcrumbList"]


@pytest.mark.parametrize(("page", "path"), BESIDE.items())
def test_page_names_its_json(client, page, path):
    tree = LexborHTMLParser(client.get(page).text)

    [link] = tree.css('link[rel=alternate][type="application/json"]')

    assert link.attributes["href"] == path
    assert client.get(path).headers["Content-Type"] == "application/json"


def test_page_that_is_missing_says_nothing_of_itself(client):
    assert "ld+json" not in client.get("/nope/").text
