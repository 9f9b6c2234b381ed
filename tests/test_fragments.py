import pytest
from django.conf import settings as current
from django.template import RequestContext, Template, TemplateSyntaxError

from pilots.pages.context_processors import kept
from pilots.pages.fragments import MOST_FRAGMENTS

from . import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def draw(rf):
    def draw(template, **values):
        return template.render(RequestContext(rf.get("/"), values))

    return draw


def once(text, names=""):
    return Template(f"{{% load fragments %}}{{% once {names} %}}{text}{{% endonce %}}")


def test_once_draws_again_for_another_value_alone(draw):
    template = once('{{ part }} {% now "u" %}', "part=section.path")
    first = draw(template, section={"path": "/a/"})

    assert draw(template, section={"path": "/a/"}) == first
    assert draw(template, section={"path": "/b/"}).startswith("/b/ ")


def test_once_sees_only_what_it_names(draw):
    assert draw(once("{{ section }}{{ part }}", "part=section"), section="甲") == "甲"


def test_once_draws_again_after_an_edit(draw):
    template = once("{{ kept.suggestions }}")
    assert "新设的市" not in draw(template)

    make.make_region(short_name="新设的市")

    assert "新设的市" in draw(template)


def test_once_draws_again_for_other_settings(draw, settings):
    template = once("{{ site.operator }}")
    draw(template)

    settings.SITE = current.SITE | {"operator": "某某厅"}

    assert draw(template) == "某某厅"


def test_once_keeps_only_so_much(draw):
    template = once("{{ part }}", "part=n")

    for n in range(MOST_FRAGMENTS + 2):
        draw(template, n=n)

    assert len(kept()["fragments"]) <= MOST_FRAGMENTS


def test_once_refuses_a_value_without_a_name():
    with pytest.raises(TemplateSyntaxError, match=r"once takes names with values .*, not section"):
        once("", "section")
