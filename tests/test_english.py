"""The page in English: in its language, complete, and leading to what can be found."""

import datetime
import re

import pytest
from selectolax.lexbor import LexborHTMLParser

from pilots.models import Region, Topic
from pilots.pages.english import EXAMPLES

from . import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.once]
HAN = re.compile(r"[\u3400-\u9fff]")


def tree(client):
    return LexborHTMLParser(client.get("/en/").text)


def test_page_is_in_english_and_every_chinese_word_says_that_it_is_chinese(client):
    page = tree(client)

    assert page.css_first("html").attributes["lang"] == "en"
    shared = {node.attributes["property"]: node.attributes["content"] for node in page.css("meta[property]")}
    assert (shared["og:locale"], "og:image" in shared) == ("en_US", False)  # pictures are in Chinese
    assert [node.text() for node in page.css(".text-size [lang=en], .menu__summary")] == ["Larger", "Normal", "Menu"]
    for node in page.css("[lang^=zh], head, script, datalist"):
        node.decompose()
    assert HAN.findall(page.css_first("body").text()) == []
    for node in page.css("ol, ul"):
        node.decompose()
    assert 300 <= len(page.css_first("main").text(separator=" ").split()) <= 450


def test_page_names_every_area_and_topic(client):
    text = tree(client).css_first("main").text()

    for row in [*Region.objects.all(), *Topic.objects.all()]:
        assert row.name_en in text
        assert row.name in text


def test_page_states_what_the_chinese_pages_and_the_data_state(client):
    make.overwrite(Region.objects.filter(slug="beijing-huairou"), name="北京市怀柔区（更正）")
    gone = Region.objects.filter(slug="liaoning-benxi")
    make.overwrite(gone, withdrawn_on="2026-01-02", withdrawn_reason="重复登记")
    page, api = tree(client), "/api/v1/"

    areas = client.get(f"{api}regions/?page_size=100").json()["results"]
    shown = [
        (" ".join(node.text().split()), node.css_first("a").attributes["href"])
        for node in page.css("section[aria-labelledby=areas] li")
    ]
    assert len(areas) == len(shown) == 44
    for area, (text, address) in zip(areas, shown, strict=True):
        assert text.startswith(f"{area['serial']}. {area['name_en']} {area['name']}")
        assert area["url"] == f"http://testserver{address}"
    topics = client.get(f"{api}topics/?page_size=100").json()["results"]
    counts = {topic["name"]: Topic.objects.for_list().get(slug=topic["slug"]).issued_count for topic in topics}
    lines = page.css("section[aria-labelledby=topics] li")
    assert {node.css_first("[lang]").text(): node.text().split()[-1] for node in lines} == {
        name: f"({count})" for name, count in counts.items()
    }
    [notice] = client.get(f"{api}notices/").json()["results"]
    notice = client.get(f"{api}notices/{notice['slug']}/").json()
    words = page.css_first("main").text()
    day = datetime.date.fromisoformat(notice["issued_on"])
    facts = notice["number"], notice["title"], f"{day:%-d %B %Y}", "named 45 areas"
    assert [said for said in facts if said not in words] == []
    assert len(notice["signatures"]) == 9
    assert "nine national bodies" in words


@pytest.mark.parametrize("words", EXAMPLES)
def test_example_finds_something(client, words):
    assert client.get("/regions/", {"q": words}).context["list"].paginator.count > 0


def test_other_pages_are_in_chinese_and_lead_to_it(client):
    page = LexborHTMLParser(client.get("/").text)

    assert page.css_first("html").attributes["lang"] == "zh-Hans"
    link = page.css_first('footer a[href="/en/"]')
    assert (link.text(), link.attributes["lang"], link.attributes["hreflang"]) == ("English", "en", "en")
