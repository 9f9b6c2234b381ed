"""The page that says what the API is: whole, true, and with nothing that the policy would refuse."""

import pytest
from selectolax.lexbor import LexborHTMLParser

from .answers import API

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def tree(client):
    return LexborHTMLParser(client.get("/api/").text)


def test_page_names_every_address_parameter_and_member_of_the_schema(client, tree):
    schema = client.get(f"{API}schema/").json()
    fields = LexborHTMLParser(client.get("/api/fields/").text)
    said, members = ({node.text() for node in page.css("code")} for page in (tree, fields))

    for path, operation in schema["paths"].items():
        assert path in said
        parameters = {each["name"]: each["description"] for each in operation["get"].get("parameters", [])}
        assert parameters.keys() <= said | members
        assert "再问时往前多算一分钟" in parameters.get("modified_since", "再问时往前多算一分钟")
    for name, thing in schema["components"]["schemas"].items():
        if not name.startswith("Paginated"):
            anchor = f"#thing-{name}"  # where it stood before it had a page leads there
            assert name in ("Problem", "Bad") or f"/api/fields/{anchor}" in leads(tree.css_first(anchor))
            assert (tree if name in ("Problem", "Bad") else fields).css_first(anchor) is not None
            assert set(thing["properties"]) <= said | members


def leads(node):
    return [link.attributes["href"] for link in node.css("a")]


def test_every_address_to_try_answers(client, tree):
    tried = [link.attributes["href"] for link in tree.css(".question h3 a")]

    assert len(tried) == 30
    assert {client.get(path).status_code for path in tried} == {200}


def test_every_problem_leads_to_its_explanation(client, tree):
    for response in (client.get(f"{API}nope/"), client.get(f"{API}regions/?x=1"), client.post(f"{API}regions/")):
        page, _, anchor = response.json()["type"].partition("#")
        assert page == "/api/"
        assert tree.css_first(f"#{anchor} dt").text() == str(response.status_code)


def test_page_says_its_promise_and_its_limit(client, tree, settings):
    text = tree.css_first("main").text()

    for words in ("稳定的承诺", "至少提前十二个月", "Deprecation", "每分钟300次"):
        assert words in text
    settings.API_RATE = ""
    assert "没有次数限额" in client.get("/api/").text


def test_page_has_no_script_or_style_but_the_sites_own(tree):
    for node in tree.css("script[src], link[rel=stylesheet]"):
        assert (node.attributes.get("src") or node.attributes["href"]).startswith("/")
    assert not tree.css("style, [style], iframe, object")
