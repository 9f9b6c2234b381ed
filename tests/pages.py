"""The one list of what is checked for every reader. A new page, or a new state of one, is a line here."""

from typing import NamedTuple

import pytest

from pilots.record.checks import BATCH_TWO

from .serving import CODE


class Place(NamedTuple):
    """A page, or one state of it, as a reader comes to it.

    path: with its query. status: of the answer. is_large: in large text mode. server: the fixture that
    serves it (`workshop` has DEBUG on, `edited` corrections).
    """

    path: str
    status: int = 200
    is_large: bool = False
    server: str = "site"


NOTICE = f"/notices/{BATCH_TWO}/"
LONGEST_REGION = "/regions/jing-jin-ji/"
EVERY_PAGE = {
    "home": Place("/"),
    "notices": Place("/notices/"),
    "notice": Place(NOTICE),
    "notice-parts": Place(f"{NOTICE}cite/"),
    "regions": Place("/regions/"),
    "region": Place(LONGEST_REGION),
    "region-parts": Place(f"{LONGEST_REGION}cite/"),
    "provinces": Place("/provinces/"),
    "province": Place("/provinces/xinjiang/"),
    "topics": Place("/topics/"),
    "topic": Place("/topics/ecological-red-lines/"),
    "systems": Place("/systems/"),
    "system": Place("/systems/other/"),
    "ministries": Place("/ministries/"),
    "ministry": Place("/ministries/mep/"),
    "after": Place("/after/"),
    "matrix": Place("/matrix/"),
    "compare": Place("/compare/?region=beijing-huairou&region=jing-jin-ji&region=bingtuan-alaer"),
    "changes": Place("/changes/"),
    "corrections": Place("/corrections/"),
    "correction-form": Place(f"/corrections/new/?at={LONGEST_REGION}%23priority-2"),
    "correction": Place(f"/corrections/{CODE}/", server="edited"),
    "api": Place("/api/"),
    "api-fields": Place("/api/fields/"),
    "about": Place("/about/"),
    "english": Place("/en/"),
    "data": Place("/data/"),
    "data-fields": Place("/data/fields/"),
    "sitemap": Place("/sitemap/"),
    "style": Place("/style/", server="workshop"),
}
STATES = {
    "filtered": Place("/regions/?q=湿地&province=xinjiang&kind=county"),
    "classified": Place("/regions/?q=烧秸秆"),
    "unknown-filter": Place("/regions/?province=mars"),
    "table": Place("/regions/?topic=performance-evaluation&view=table"),
    "empty": Place("/regions/?q=湿地&province=beijing"),
    "nothing": Place("/regions/?q=没有这样的词"),
    "answer": Place("/regions/?q=蓟县"),
    "answer-not-listed": Place("/regions/?q=安吉"),
    "province-without-areas": Place("/provinces/fujian/"),
    "missing": Place("/nope/", status=404),
    "compare-nothing": Place("/compare/"),
    "compare-one": Place("/compare/?region=beijing-huairou"),
    "compare-unknown": Place("/compare/?region=beijing-huairou&region=mars"),
    "widest-topic": Place("/topics/ecological-compensation/"),
    "raw": Place(f"{NOTICE}?text=raw"),
    "open-facets": Place("/regions/?q=湿地&kind=prefecture-city&system=property-rights"),
    "edited-changes": Place("/changes/", server="edited"),
    "edited-region": Place("/regions/beijing-huairou/", server="edited"),
    "edited-notice": Place(NOTICE, server="edited"),
    "edited-corrections": Place("/corrections/", server="edited"),
    "edited-correction-form": Place(f"/corrections/new/?at={LONGEST_REGION}%23priority-2", server="edited"),
    "withdrawn": Place("/regions/liaoning-benxi/", status=410, server="edited"),
    "large-home": Place("/", is_large=True),
    "large-regions": Place("/regions/", is_large=True),
    "large-region": Place(LONGEST_REGION, is_large=True),
    "large-notice": Place(NOTICE, is_large=True),
    "large-topic": Place("/topics/ecological-compensation/", is_large=True),
    "large-matrix": Place("/matrix/", is_large=True),
    "large-after": Place("/after/", is_large=True),
}
LARGE = {name: place for name, place in STATES.items() if place.is_large}
EVERYTHING = EVERY_PAGE | STATES
READ = {name: place for name, place in EVERYTHING.items() if place.server != "workshop"}


def each(places):
    """Return the mark that runs a test once for each of `places` (name → Place), as its argument `place`."""
    return pytest.mark.parametrize("place", [pytest.param(place, id=name) for name, place in places.items()])
