"""Each paragraph of a notice and each line of an area is cited on a page, without scripts, in every form."""

import pytest
from selectolax.lexbor import LexborHTMLParser

from pilots.models import Notice, Priority, Region, Section, editing
from pilots.pages import citations

pytestmark = [pytest.mark.django_db, pytest.mark.once]
AREA = "/regions/beijing-huairou/"
NOTICE = "/notices/fagai-huanzi-2015-3214/"


def tree(client, path):
    return LexborHTMLParser(client.get(path).text)


def parts(thing):
    if isinstance(thing, Notice):
        return list(thing.sections.all())
    return [*thing.priorities.all(), *(row for row in thing.documents.all() if row.is_shown)]


@pytest.mark.parametrize(("path", "anchors"), [(NOTICE, [""]), (AREA, [f"#priority-{n}" for n in (1, 2, 3)])])
def test_page_leads_once_to_the_citations_of_its_parts(client, path, anchors):
    links = [link.attributes["href"] for link in tree(client, path).css("a") if "cite/" in link.attributes["href"]]

    came_after = [f"{path}cite/#documents"] if path == AREA else []
    assert links == [f"{path}cite/{anchor}" for anchor in anchors] + came_after
    assert path != AREA or tree(client, f"{path}cite/").css_first("#documents h2").id == "document-1"


@pytest.mark.parametrize(("path", "model"), [(NOTICE, Notice), (AREA, Region)])
def test_each_part_is_cited_in_every_form_under_its_own_anchor(client, path, model):
    thing = model.objects.get(slug=path.split("/")[2])
    page = tree(client, f"{path}cite/")

    assert len(parts(thing)) == len(page.css(".citation"))
    for part in parts(thing):
        texts = [code.text() for code in page.css(f"section[aria-labelledby='{part.anchor}'] .citation__text code")]
        url = f"http://testserver{part.get_absolute_url()}"
        assert texts == [text.replace("\r\n", "\n") for *_, text in citations.forms(part, url)]


def test_each_part_leads_back_to_where_it_stands(client):
    page = tree(client, f"{AREA}cite/")

    assert [link.attributes["href"] for link in page.css("h2 ~ p a")] == [
        part.get_absolute_url() for part in parts(Region.objects.get(slug="beijing-huairou"))
    ]


@pytest.mark.parametrize(
    ("path", "model", "name"), [(NOTICE, Section, "heading"), (AREA, Priority, "text"), (AREA, Notice, "title")]
)
def test_citation_of_a_part_says_what_was_issued(client, path, model, name):
    row = model.objects.exclude(**{name: ""}).first()
    if model is Priority:
        row = model.objects.get(region__slug="beijing-huairou", number=1)
    issued = getattr(row, name)
    with editing(actor=None, reason="更正"):
        setattr(row, name, "某词")
        row.save()

    assert f"本站已更正，印发原文：“{issued}”" in tree(client, f"{path}cite/").body.text()


@pytest.mark.parametrize(("path", "number"), [(NOTICE, 5), (AREA, 6), ("/regions/jing-jin-ji/", 6)])
def test_page_takes_a_fixed_number_of_queries(client, path, number, django_assert_num_queries):
    client.get(f"{path}cite/")
    with django_assert_num_queries(number):
        client.get(f"{path}cite/")


def test_citations_of_a_withdrawn_area_say_why_it_is_gone(client):
    region = Region.objects.get(slug="beijing-huairou")
    with editing(actor=None, reason="与文件不符"):
        region.withdrawn_on, region.withdrawn_reason = "2026-01-01", "与文件不符"
        region.save()

    response = client.get(f"{AREA}cite/")

    assert response.status_code == 410
    assert "与文件不符" in response.text
    assert client.get("/regions/nope/cite/").status_code == 404
