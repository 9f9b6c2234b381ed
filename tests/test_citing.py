"""Citations: the notice's own, parts of it, and whatever an official may type into a record, read by real parsers."""

import datetime
import json
import re

import bibtexparser
import pytest
import rispy
from bibtexparser.middlewares import LatexDecodingMiddleware, SeparateCoAuthors
from citeproc import Citation, CitationItem, CitationStylesBibliography, CitationStylesStyle, formatter
from citeproc.source.json import CiteProcJSON
from django.template.loader import render_to_string
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from selectolax.lexbor import LexborHTMLParser

from pilots.models import Notice, Priority, Region, Section, Signature, Topic
from pilots.pages import citations
from pilots.pages.citations import Source

from . import factories as make

pytestmark = pytest.mark.once
URL = "https://example.cn/notices/fagai-huanzi-2015-3214/"
READ_ON = datetime.date(2026, 11, 23)
# Anything, and often what means something to BibTeX, LaTeX or RIS.
HOSTILE = st.text(
    st.one_of(st.characters(), st.sampled_from(list('{}%&_#$~^\\"@,=|\r\n\u2028 -ERTY和通知'))), max_size=30
)
# The rules of CSL's schema for data (csl-data.json) for everything that a citation here may say.
NAME = {
    "type": "object",
    "properties": {"family": {"type": "string"}, "given": {"type": "string"}, "literal": {"type": "string"}},
    "additionalProperties": False,
}
PARTS = {"type": "array", "items": {"type": ["string", "number"]}, "minItems": 1, "maxItems": 3}
DATE = {
    "type": "object",
    "properties": {"date-parts": {"type": "array", "items": PARTS, "minItems": 1, "maxItems": 2}},
    "additionalProperties": False,
}
TEXTS = ("title", "container-title", "number", "URL", "language", "note")
CSL_DATA = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {
            "id": {"type": ["string", "number"]},
            "type": {"enum": ["article", "chapter", "document", "legislation", "regulation", "report", "webpage"]},
            "author": {"type": "array", "items": NAME},
            "issued": DATE,
            "accessed": DATE,
            **{name: {"type": "string"} for name in TEXTS},
        },
        "required": ["type", "id"],
        "additionalProperties": False,
    },
}
DECODED = {
    r"\textbackslash{}": "\\",
    r"\textbraceleft{}": "{",
    r"\textbraceright{}": "}",
    r"\textasciitilde{}": "~",
    r"\textasciicircum{}": "^",
}


def notice():
    return Notice.objects.get()


def entry(text, *middlewares):
    """Return the one entry of a BibTeX text as {field: value}, every field once and nothing left over."""
    library = bibtexparser.parse_string(text, append_middleware=middlewares)
    assert (len(library.blocks), library.failed_blocks) == (1, [])
    return {field.key: field.value for field in library.entries[0].fields} | {"TYPE": library.entries[0].entry_type}


def item(text):
    """Return the one item of a CSL-JSON text, which keeps to the rules of CSL's schema for data."""
    found = json.loads(text)
    Draft7Validator(CSL_DATA).validate(found)
    assert len(found) == 1
    return found[0]


def undone(text):
    """Return what LaTeX would print for an escaped text."""
    return re.sub(r"\\text[a-z]+\{\}|\\(.)", lambda found: found[1] or DECODED[found[0]], text)


def cited(**overrides):
    values = {
        "key": "k",
        "authors": ("甲部",),
        "title": "通知",
        "number": "甲〔2015〕1号",
        "issued_on": datetime.date(2015, 12, 31),
    }
    return Source(**values | overrides)


@pytest.mark.django_db
def test_notice_in_gbt_7714_names_three_authors_in_the_order_of_signature():
    assert citations.forms(notice(), URL)[0][2] == (
        "国家发展和改革委员会, 科技部, 财政部, 等. "
        "关于开展第二批生态文明先行示范区建设的通知: 发改环资〔2015〕3214号[EB/OL]. (2015-12-31). https://example.cn/notices/fagai-huanzi-2015-3214/."
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("find", "key", "title"),
    [
        (lambda: Region.objects.get(serial=1), "beijing-huairou", "北京市怀柔区"),
        (lambda: Section.objects.get(anchor="duty-1"), "fagai-huanzi-2015-3214-duty-1", "一、明确目标责任"),
        (
            lambda: Priority.objects.get(region__serial=1, number=1),
            "beijing-huairou-1",
            "北京市怀柔区：强化跨区域协同发展的制度与机制",
        ),
    ],
)
def test_part_is_cited_in_its_notice(find, key, title):
    gbt7714, bibtex, ris, csl = (text for _, _, text in citations.forms(find(), URL))

    assert f"等. {title}[EB/OL]//国家发展和改革委员会, 科技部, 财政部, 等. 关于开展第二批" in gbt7714
    assert bibtex.startswith(f"@incollection{{{key},\n")
    assert entry(bibtex)["booktitle"] == f"{{{notice().title}}}"
    assert rispy.loads(ris)[0]["secondary_title"] == notice().title
    found = item(csl)
    assert (found["id"], found["type"], found["title"]) == (key, "chapter", title)
    assert found["container-title"] == notice().title


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("overrides", "gbt7714", "kind"),
    [
        (
            {"title": "甲方案"},
            "甲市政府, 乙局. 甲方案: 甲〔2019〕4号[EB/OL]. (2019-04). https://a.gov.cn/b.",
            "document",
        ),
        (
            {"title": "丙报道", "about_titles": "甲方案"},
            "丙报道[EB/OL]. (2019-05-06). https://a.gov.cn/b.",
            "webpage",
        ),
        ({"is_reprint": True, "number": ""}, "[EB/OL]. (2019-04). https://a.gov.cn/b.据转载，未见原件。", "webpage"),
        ({"source": "《甲报》，2019年", "issuer": ""}, f"{URL}.出处：《甲报》，2019年。", "document"),
        ({"issued": "", "published": "", "number": ""}, "甲市政府, 乙局. 某地某方案[EB/OL]. https", "webpage"),
    ],
)
def test_what_came_after_is_cited_where_it_was_read_with_its_date_as_far_as_it_is_known(overrides, gbt7714, kind):
    values = {"issuer": "甲市政府、乙局", "number": "甲〔2019〕4号", "issued": "2019-04", "published": "2019-05-06"}
    row = make.make_document(**values | {"source": "《甲》，2019年 https://a.gov.cn/b"} | overrides)
    line, bibtex, ris, csl = (text for _, _, text in citations.forms(row, URL))
    year = line.partition("(")[2][:4] if "(20" in line else ""

    assert gbt7714 in line
    assert entry(bibtex).get("year", "") == year
    assert rispy.loads(ris, newline="\r\n")[0].get("year", "") == year
    assert item(csl)["type"] == kind
    parts = item(csl).get("issued", {"date-parts": [[]]})["date-parts"][0]
    assert "-".join(f"{part:02}" for part in parts) == entry(bibtex).get("date", "")


# What a GOVDOC may have, by the tag tables of RIS: readers make a report of it, and drop the rest.
GOVDOC_TAGS = {"TY", "AU", "TI", "T2", "SN", "PY", "DA", "UR", "Y2", "LA", "ER"}
INCOLLECTION = {"author", "title", "booktitle", "year", "month", "note"}  # of BibTeX; the rest are biblatex's own
MISC = {"author", "title", "howpublished", "year", "month", "note"}
BIBLATEX = {"date", "url", "urldate", "langid", "TYPE"}


@pytest.mark.parametrize("host", ["", "甲通知"])
def test_every_field_is_one_that_the_type_has(host):
    ris = citations.ris(cited(host=host), URL, READ_ON)
    bibtex = entry(citations.bibtex(cited(host=host), URL, READ_ON))

    assert {line[:2] for line in ris.split("\r\n") if line} - {"T2"} == GOVDOC_TAGS - {"T2"}
    assert rispy.loads(ris)[0]["issn"] == "甲〔2015〕1号"
    assert set(bibtex) - BIBLATEX <= (INCOLLECTION if host else MISC)
    assert "甲〔2015〕1号" in bibtex.values()


@pytest.mark.django_db
def test_page_of_this_site_is_a_web_page_and_no_document_of_the_government(client):
    found = citations.Source("p", ("某站",), "某页", "", None)

    assert citations.ris(found, URL).startswith("TY  - ELEC\r\nAU  - 某站\r\n")
    assert item(citations.csl(found, URL))["type"] == "webpage"
    assert "TY  - ELEC" in client.get("/data/").text


def test_day_of_reading_is_written_where_it_is_given():
    ways = (citations.gbt7714, citations.bibtex, citations.ris, citations.csl)
    gbt7714, bibtex, ris, csl = (form(cited(), URL, READ_ON) for form in ways)

    assert "(2015-12-31)[2026-11-23]. https" in gbt7714
    assert entry(bibtex)["urldate"] == "2026-11-23"
    assert rispy.loads(ris)[0]["access_date"] == "2026/11/23"
    assert item(csl)["accessed"] == {"date-parts": [[2026, 11, 23]]}
    assert "accessed" not in item(citations.csl(cited(), URL))
    assert "urldate" not in citations.bibtex(cited(), URL)
    assert "Y2  - " not in citations.ris(cited(), URL)


@pytest.mark.parametrize(
    ("count", "named"), [(0, "通知: "), (1, "部0. "), (3, "部0, 部1, 部2. "), (4, "部0, 部1, 部2, 等. ")]
)
def test_authors_of_gbt_7714(count, named):
    authors = tuple(f"部{n}" for n in range(count))

    assert citations.gbt7714(cited(authors=authors), URL).startswith(named)


@pytest.mark.django_db
def test_notice_in_bibtex_is_read_by_a_parser():
    found = entry(citations.forms(notice(), URL)[1][2], SeparateCoAuthors())

    assert found["author"] == [f"{{{signature.name}}}" for signature in notice().signatures.all()]
    assert found["title"] == f"{{{notice().title}}}"
    assert (found["TYPE"], found["year"], found["month"], found["date"]) == ("misc", "2015", "12", "2015-12-31")
    assert (found["howpublished"], found["url"]) == (notice().number, URL)


@pytest.mark.django_db
def test_notice_in_ris_is_read_by_a_parser():
    text = citations.forms(notice(), URL)[2][2]
    (found,) = rispy.loads(text, newline="\r\n")

    assert found["type_of_reference"] == "GOVDOC"
    assert found["authors"] == [signature.name for signature in notice().signatures.all()]
    assert (found["title"], found["year"], found["date"]) == (notice().title, "2015", "2015/12/31")
    assert (found["issn"], found["urls"], found["language"]) == (notice().number, [URL], "zh")
    assert text.startswith("TY  - GOVDOC\r\n")
    assert text.endswith("\r\nER  - \r\n")


@pytest.mark.django_db
def test_notice_in_csl_json_is_read_and_set_by_a_processor():
    text = citations.forms(notice(), URL)[3][2]
    library = CiteProcJSON(json.loads(text))
    style = CitationStylesStyle("harvard-cite-them-right", validate=False)
    set_in = CitationStylesBibliography(style, library, formatter.plain)
    set_in.register(Citation([CitationItem(notice().slug)]))

    [line] = map(str, set_in.bibliography())
    read = library[notice().slug]

    assert [author["literal"] for author in read["author"]] == [
        signature.name for signature in notice().signatures.all()
    ]
    assert (str(read["title"]), str(read["number"]), str(read["URL"])) == (notice().title, notice().number, URL)
    assert (read["issued"].year, read["issued"].month, read["issued"].day) == (2015, 12, 31)
    assert "国家发展和改革委员会" in line
    assert "2015" in line


def test_bodies_with_and_in_their_names_stay_whole():
    authors = ("Ministry of Water and Soil", "A, B and C")

    bibtex = entry(citations.bibtex(cited(authors=authors), URL), SeparateCoAuthors())
    ris = rispy.loads(citations.ris(cited(authors=authors), URL), newline="\r\n")[0]

    assert bibtex["author"] == ["{Ministry of Water and Soil}", "{A, B and C}"]
    assert ris["authors"] == ["Ministry of Water and Soil", "A， B and C"]


def test_bibtex_is_decoded_by_a_latex_decoder():
    found = entry(citations.bibtex(cited(title=r"50% & 甲_乙 #1 $ ~ \x"), URL), LatexDecodingMiddleware())

    assert found["title"] == r"50% & 甲_乙 #1 $ ~ \x"


@given(HOSTILE, HOSTILE, HOSTILE)
def test_whatever_a_record_says_each_form_holds_it_and_nothing_breaks_out(title, number, author):
    made = make_source(title, number, author)

    bibtex = entry(citations.bibtex(made, URL))
    lines = citations.ris(made, URL).split("\r\n")

    assert undone(bibtex["title"][1:-1]) == made.title
    assert undone(bibtex.get("howpublished", "")) == made.number
    assert undone(bibtex.get("author", "{}")[1:-1]) == "".join(made.authors)
    assert [line for line in lines if line.startswith("TI")] == ([f"TI  - {made.title}"] if made.title else [])
    assert all(re.match(r"[A-Z][A-Z0-9]  - ", line) for line in lines[:-1])
    assert [line for line in lines if line.startswith("ER")] == ["ER  - "]
    assert len(citations.gbt7714(made, URL).splitlines()) == 1
    found = item(citations.csl(made, URL))
    assert (found.get("title", ""), found.get("number", "")) == (made.title, made.number)
    assert [author["literal"] for author in found.get("author", [])] == list(made.authors)


def make_source(title, number, author):
    """Return the source of a notice and its signature that are in no database."""
    thing = Notice(pk=1, slug="k", title=title, number=number, issued_on=datetime.date(2015, 12, 31))
    thing._prefetched_objects_cache = {"signatures": [Signature(name=author)]}
    return citations.source(thing)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://example.cn/regions/a/#priority-1", "https://example.cn/regions/a/#priority-1"),
        ("https://example.cn/a_b/?q=%E6%B0%B4&x=1", "https://example.cn/a_b/?q=%E6%B0%B4&x=1"),
        ("https://example.cn/{a}\\ b\r\n", "https://example.cn/%7Ba%7D%5C%20b%0D%0A"),
    ],
)
def test_address_is_kept_but_for_what_would_break_a_citation(url, shown):
    assert entry(citations.bibtex(cited(), url))["url"] == shown
    assert f"UR  - {shown}\r\n" in citations.ris(cited(), url)


@pytest.mark.django_db
def test_thing_without_authors_cannot_be_cited():
    with pytest.raises(TypeError, match="Topic cannot be cited"):
        citations.forms(Topic.objects.first(), URL)


@pytest.mark.django_db
def test_citation_takes_one_query_and_none_where_the_page_has_the_signatures(django_assert_num_queries):
    region = Region.objects.select_related("notice").get(serial=1)
    detailed = Notice.objects.for_detail().get()

    with django_assert_num_queries(1):
        citations.forms(region, URL)
    with django_assert_num_queries(0):
        citations.forms(detailed, URL)


@pytest.mark.django_db
def test_partial_shows_each_form_with_a_button_that_names_its_text():
    made = make.make_notice(title="<b>通知</b> & 甲")
    html = render_to_string("pilots/_citation.html", {"citation": citations.forms(made, URL)})
    tree = LexborHTMLParser(html)

    assert [node.text() for node in tree.css("summary")] == ["GB/T 7714—2015", "BibTeX", "RIS", "CSL-JSON"]
    for button in tree.css("button[type=button].needs-script"):
        assert tree.css_first(f"#{button.attributes['data-copy']}").text().strip()
    assert not tree.css("pre b")
    assert tree.css_first("#citation-gbt7714").text() == citations.forms(made, URL)[0][2]
