"""What the words of a query find as they were typed: in the notice's own words, or else in the classification."""

from dataclasses import replace

from ..models import SearchEntry
from . import index
from .answers import Answer
from .documents import KINDS, exact, is_spelled, of_kind
from .facet_sets import Snapshot
from .index import ALL_COLUMNS, Clause
from .suggestions import Vocabulary, vocabulary
from .text import Word, parse, phrase


def as_written(words: list[Word], query: str, snapshot: Snapshot) -> Answer:
    """Return what the words find as they were typed, in the notice's own words or else in the classification."""
    vocab = vocabulary(snapshot)
    typed = [Clause(alternatives(word, vocab)) for word in words]
    answer = of_clauses(typed, query, snapshot)
    if not answer.regions:
        # Words that no area has in the notice's own words are looked for in this site's classification too.
        matches = index.which([[clause, index.named(of_kind("region"))] for clause in typed])
        clauses = [
            clause if is_own else clause._replace(columns=ALL_COLUMNS)
            for clause, is_own in zip(typed, matches, strict=True)
        ]
        wider = answer if all(matches) else of_clauses(clauses, query, snapshot)
        if wider.regions:
            wider.classified = [clause.words[0].text for clause in clauses if clause.columns == ALL_COLUMNS]
        answer = wider if wider.regions or answer.is_empty else answer
    answer.related = [] if answer.is_empty else related(words, vocab)
    return _extended(answer, words, query, snapshot) if answer.regions or answer.related else answer


def _extended(answer: Answer, words: list[Word], query: str, snapshot: Snapshot) -> Answer:
    """Return the answer with the areas behind that the official words find, where a reader's word has some, and the
    topics that they name."""
    vocab = vocabulary(snapshot)
    clauses = [Clause((*alternatives(word, vocab), *meanings(word.text, vocab))) for word in words]
    if all(len(clause.words) == 1 for clause in clauses):
        return answer
    hits = index.match(clauses)
    more = snapshot.of_entries(hits) & ~answer.regions
    others = [each for each in _others(hits, query, snapshot) if each.kind == "topic" and each not in answer.others]
    highlights = (
        [*answer.marked, *(word for clause in clauses for word in clause.words[1:])] if more else answer.marked
    )
    answer = replace(answer, others=[*others, *answer.others])
    return replace(
        answer, regions=answer.regions | more, ranks=[*answer.ranks, more], synonyms=more, marked=highlights
    )


def alternatives(word: Word, vocab: Vocabulary) -> tuple[Word, ...]:
    """A word as it was typed; Latin letters may also be the pinyin of a word of the vocabulary."""
    if not (word.is_latin and word.is_prefix and len(word.tokens) == 1):
        return (word,)
    return (word, *(phrase(meant) for meant in vocab.spelled(word.text)))


def of_clauses(clauses: list[Clause], query: str, snapshot: Snapshot) -> Answer:
    hits = index.match(clauses)
    if not hits:
        return Answer("none")
    regions = snapshot.of_entries(hits)
    exact_matches = snapshot.of_entries(index.match([index.named(exact(query))])) & regions
    name_matches = snapshot.of_entries(index.match([clause._replace(columns=("head",)) for clause in clauses]))
    name_matches &= regions & ~exact_matches
    return Answer(
        stage="typed",
        regions=regions,
        ranks=[exact_matches, name_matches, regions & ~exact_matches & ~name_matches],
        others=_others(hits, query, snapshot),
        marked=[word for clause in clauses for word in clause.words],
    )


def _others(hits: list[int], query: str, snapshot: Snapshot) -> list[SearchEntry]:
    """Return hits of other kinds, a whole name first, then by kind."""
    if "others" not in snapshot.memory:
        others = SearchEntry.objects.exclude(kind__in=("region", "after"))
        snapshot.memory["others"] = {entry.pk: entry for entry in others}
    entries, order, exact_token = snapshot.memory["others"], list(KINDS), exact(query)
    words = [word.text for word in parse(query) if word.is_latin]
    matches = [
        entries[hit] for hit in hits if hit in entries and all(is_spelled(entries[hit], word) for word in words)
    ]
    matches.sort(key=lambda entry: (exact_token not in entry.names, order.index(entry.kind), entry.object_id))
    return matches


def related(words: list[Word], vocab: Vocabulary) -> list[str]:
    """Return the notice's own words for terms among the words typed, each once."""
    candidates = [meaning for word in words for meaning in vocab.terms.get(word.text, [])]
    return [candidate for candidate in dict.fromkeys(candidates) if candidate not in {word.text for word in words}]


def meanings(text: str, vocab: Vocabulary) -> tuple[Word, ...]:
    return tuple(phrase(meaning) for meaning in vocab.terms.get(text, ()))
