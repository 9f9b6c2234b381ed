"""Queries of lists as readers type them, and as hypothesis draws them."""

from django.http import QueryDict
from hypothesis import HealthCheck, settings
from hypothesis import strategies as some

SLUGS = {
    "province": some.sampled_from(
        ["beijing", "hebei", "tianjin", "zhejiang", "ningbo", "xinjiang", "bingtuan", "fujian"]
    ),
    "system": some.sampled_from(["other", "spatial-planning", "market-system", "evaluation-and-accountability"]),
    "topic": some.sampled_from(
        ["ecological-red-lines", "regional-cooperation", "performance-evaluation", "rule-of-law"]
    ),
    "kind": some.sampled_from(["county", "joint-area", "prefecture-city", "corps-city"]),
    "after": some.sampled_from(["direct", "same_topic", "successor", "none"]),
}
WORDS = some.sampled_from(["", "湿地", "建立", "新疆", "多轨合一", "没有这样的词", "县 制度", "bj", "水"])
CHOICES = some.fixed_dictionaries(
    {"q": WORDS, "sort": some.sampled_from(["", "serial", "province", "relevance", "nonsense"])}
    | {name: some.lists(slugs, max_size=3) for name, slugs in SLUGS.items()}
    | {"batch": some.just([])}  # has values once two notices are published
)
a_few = settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])


def typed(**values):
    """Return the query string of a reader who typed and ticked `values`."""
    query = QueryDict(mutable=True)
    for name, value in values.items():
        query.setlist(name, value if isinstance(value, list) else [value])
    return query
