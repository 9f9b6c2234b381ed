"""Boxes to tick and lists to choose from: Django's own markup, made without a template for each choice."""

import pytest
from django.forms import CheckboxSelectMultiple, RadioSelect, Select, SelectMultiple
from django.forms.renderers import DjangoTemplates, get_default_renderer
from django.template import Template
from selectolax.lexbor import LexborHTMLParser

CHOICES = [("", "---"), (1, "甲 < 乙"), ("丙组", [(2, "丙"), (3, "丁")])]


@pytest.mark.parametrize("value", [None, [3], [1, 2]])
@pytest.mark.parametrize("attrs", [{"id": "id_x", "class": "y", "disabled": True, "required": False}, {}])
@pytest.mark.parametrize("widget", [CheckboxSelectMultiple, RadioSelect, Select, SelectMultiple])
def test_choices_are_marked_up_as_djangos_own(widget, attrs, value):
    ours, theirs = (
        LexborHTMLParser(widget(choices=CHOICES).render("x", value, attrs, renderer))
        for renderer in (get_default_renderer(), DjangoTemplates())
    )

    assert ours.body.text().split() == theirs.body.text().split()
    assert [(node.tag, node.attributes) for node in ours.css("*")] == [
        (node.tag, node.attributes) for node in theirs.css("*")
    ]


@pytest.mark.parametrize("widget", [CheckboxSelectMultiple, Select])
def test_choices_take_the_same_templates_however_many(widget, monkeypatch):
    rendered = []

    def render(template, context):
        rendered.append(template.name)
        return template.nodelist.render(context)

    monkeypatch.setattr(Template, "_render", render)
    for number in (2, 20):
        widget(choices=[(value, f"{value}项") for value in range(number)]).render("x", [1])

    half = len(rendered) // 2
    assert rendered
    assert rendered[:half] == rendered[half:]
