"""The page in English: in its language, complete, and leading to what can be found."""

import re

import pytest
from selectolax.lexbor import LexborHTMLParser

from pilots.models import Region, Topic
from pilots.pages.english import EXAMPLES

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


@pytest.mark.parametrize("words", EXAMPLES)
def test_example_finds_something(client, words):
    assert client.get("/regions/", {"q": words}).context["list"].paginator.count > 0


def test_other_pages_are_in_chinese_and_lead_to_it(client):
    page = LexborHTMLParser(client.get("/").text)

    assert page.css_first("html").attributes["lang"] == "zh-Hans"
    link = page.css_first('footer a[href="/en/"]')
    assert (link.text(), link.attributes["lang"], link.attributes["hreflang"]) == ("English", "en", "en")
