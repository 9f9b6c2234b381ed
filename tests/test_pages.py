"""The list of what is checked for every reader, held to account."""

import pytest
from django.urls import resolve

from pilots.pages.base import PageMixin
from pilots.urls import urlpatterns

from .pages import EVERY_PAGE, EVERYTHING

pytestmark = pytest.mark.once


def test_every_page_type_is_in_the_list():
    page_types = {route.name for route in urlpatterns if issubclass(route.callback.view_class, PageMixin)}

    assert page_types == {resolve(place.path.partition("?")[0]).url_name for place in EVERY_PAGE.values()}


@pytest.mark.django_db
@pytest.mark.parametrize("name", [name for name, place in EVERYTHING.items() if place.server == "site"])
def test_listed_page_answers_as_it_says(client, name):
    assert client.get(EVERYTHING[name].path).status_code == EVERYTHING[name].status
