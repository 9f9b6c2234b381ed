"""The order in which words were typed changes nothing of what they find."""

import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from pilots.search import facet_sets
from pilots.search.query import search

pytestmark = pytest.mark.django_db
WORDS = (
    *("news", "near", "gdp", "huairou", "beijing", "hr", "2015", "绿色gdp"),
    *("大连", "怀柔", "怀揉", "湿地", "水", "资产负债表", "蓟县", "招聘"),
)


def hits(query):
    answer = search(query, facet_sets.current())
    return answer.stage, answer.regions, {entry.pk for entry in answer.others}


@pytest.mark.once
@settings(
    max_examples=int(os.environ.get("FUZZ", "600")) // 20,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=some.data())
def test_order_of_words_changes_nothing(db, data):
    words = data.draw(some.lists(some.sampled_from(WORDS), min_size=2, max_size=4, unique=True))
    other = data.draw(some.permutations(words))

    assert hits(" ".join(words)) == hits(" ".join(other))
