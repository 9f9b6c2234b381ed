"""Names of areas with one character taken for another that looks like it."""

import pytest

from pilots.models import Priority, Region, Section, System, Term, Topic
from pilots.search.cards import cards
from pilots.search.filters import RegionFilter
from pilots.search.suggestions import ALIKE, LOOK_ALIKES, OUR_LOOK_ALIKES
from pilots.search.text import fold

from ..queries import typed

pytestmark = pytest.mark.django_db


def misspelt():
    """Yield each name of an area with one character replaced by each that looks like it, and the area's number."""
    for region in Region.objects.prefetch_related("aliases"):
        for name in {region.short_name, *(alias.name for alias in region.aliases.all() if alias.is_told)}:
            for place, char in enumerate(fold(name)):
                for other in ALIKE.get(char, ""):
                    yield f"{name[:place]}{other}{name[place + 1 :]}", region.serial


@pytest.mark.once
def test_every_look_alike_in_the_name_of_an_area_finds_it():
    queries = {*misspelt()}
    assert len(queries) >= 18

    lost = []
    for query, serial in sorted(queries):
        filterset = RegionFilter(typed(q=query))
        if serial not in [card.serial for card in cards(filterset.selection()[:], filterset.state)]:
            lost.append((query, serial))
    assert lost == []


def test_look_alikes_and_words_of_readers_say_where_they_are_from(client):
    page = client.get("/about/").content.decode()
    for groups in (LOOK_ALIKES, *OUR_LOOK_ALIKES.values()):
        assert "、".join(groups.split()) in page
    assert all(reason in page for reason in OUR_LOOK_ALIKES)

    texts = (Priority, "text"), (Section, "text"), (Region, "name"), (Topic, "name"), (System, "name")
    words = "".join(text for model, field in texts for text in model.objects.values_list(field, flat=True))
    for term in Term.objects.filter(reason=""):
        assert (term.official, term.word in words) == ("", True), term
