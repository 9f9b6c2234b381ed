"""What words without a hit may stand for: a term's official words, the parts that occur, or what sounds like them."""

from collections.abc import Container

from . import index, matching
from .answers import Answer
from .documents import of_kind
from .facet_sets import Snapshot
from .gazetteer import gazetteer, is_zone
from .index import ALL_COLUMNS, Clause
from .suggestions import Vocabulary
from .text import Word, fold, parse, phrase

MOST_PARTS = 200  # parts of a query's words that are looked for
LONGEST_PART = 12  # characters
MOST_SUGGESTIONS = 10  # for one word
NOWHERE, APART = "没有查到", "没有与其余的词写在一处的"  # why a word had no effect
_IN_AREAS = index.named(of_kind("region"))


def loosened(words: list[Word], vocab: Vocabulary, query: str, snapshot: Snapshot) -> Answer:
    """Take each word without hits for what it may stand for; with nothing left, follow the suggestion openly."""
    ordered = sorted(words, key=_weight)
    one = parse("".join(word.text for word in words)) if all(word.is_latin for word in words) else words
    suggestion = _suggestion(one, one, vocab) if len(one) < len(words) else ""  # nin xiang
    suggestion = suggestion or _suggestion(words, ordered, vocab)
    if not suggestion and len(words) == 1 and is_zone(words[0].text) and words[0].text not in vocab.words:
        # 西海岸新区 is no 海岸
        return Answer("none", unused=[query], reasons={query: NOWHERE})
    clauses, reasons = _loose(ordered, vocab, gazetteer(snapshot).by_name)
    answer = matching.as_written(parse(suggestion), suggestion, snapshot) if suggestion else Answer("none")
    if not answer.is_empty:  # a typo finds no more than what it stands for: 生太补偿 isn't 补偿
        reasons = {}
    elif clauses:
        used = [clause.words[0] for clause in clauses]
        answer = matching.as_written(used, query, snapshot)  # they find no more than by themselves
        if not answer.regions:  # a term's official words find no more for it than they do by themselves
            answer = matching.of_clauses([Clause(clause.words) for clause in clauses], query, snapshot)
            answer = answer if answer.regions else matching.of_clauses(clauses, query, snapshot)
    answer.stage = "none" if answer.is_empty else "loosened"
    # What wasn't used is said as it was typed (PPP模式), a Latin word with what stands beside it (PM2.5).
    typed = {fold(word): word for word in query.split()}
    latin = {word: typed[part].strip('"') for word in reasons for part in typed if word in part and part.isascii()}
    answer.suggestion = suggestion
    answer.reasons = {(typed | latin).get(word, word): reason for word, reason in reasons.items()}
    answer.unused = list(answer.reasons)
    answer.related = matching.related(words, vocab)
    return answer


def _weight(word: Word) -> tuple[bool, int, str]:
    """Return what orders words by how much they say, however they were typed: Han first, then the longest."""
    return word.is_latin, -len(word.text), word.text


def _anywhere(*words: Word) -> Clause:
    return Clause(words, ALL_COLUMNS)


def _loose(words: list[Word], vocab: Vocabulary, places: Container[str]) -> tuple[list[Clause], dict[str, str]]:
    """Return what the words may stand for (themselves, a term's official words, or the parts that occur), and those
    that stand for nothing or don't occur with the others, with the reason; what areas have goes before the rest.

    Everything that could occur is asked for in one statement, up to `MOST_PARTS` in all.
    """
    wholes = {
        word: _anywhere(*matching.alternatives(word, vocab), *matching.meanings(word.text, vocab)) for word in words
    }
    pieces = dict.fromkeys(part for word in words for part in _pieces(word, places))
    parts = [part for part in pieces if _is_word(part, vocab, places)][:MOST_PARTS]
    queries = [[clause] for clause in wholes.values()] + [[_anywhere(phrase(part))] for part in parts]
    occurs = dict(zip([*words, *parts], index.which(queries), strict=True))
    fitting = {part for part in parts if occurs[part] or part in vocab.terms}
    telling = [word for word in words if not word.text.isdigit() or len(word.text) > 2]  # a 5 stands everywhere
    clauses = [wholes[word] for word in telling if occurs[word]]
    split, reasons = [], {word.text: "只是一个数" for word in words if word not in telling}
    for word in (word for word in words if not occurs[word]):
        # Latin letters may be two words without a space (`beijinghuairou`), the first as long as can be; not `si te`.
        halves = ([word.text[:cut], word.text[cut:]] for cut in range(len(word.text) - 4, 3, -1))
        in_two = next((pair for pair in halves if fitting.issuperset(pair)), [])
        fragments = in_two if word.is_latin else _longest(word.text, fitting)
        split += [_anywhere(phrase(part), *matching.meanings(part, vocab)) for part in fragments]
        reasons |= {} if fragments else {word.text: NOWHERE}
    clauses += sorted(split, key=lambda clause: _weight(clause.words[0]))
    most, size = clauses, len(clauses)
    queries = [clauses[: n + 1] for n in range(size)] + [[clause, _IN_AREAS] for clause in clauses]
    is_there = index.which(queries if size > 1 else [])
    if not all(is_there[:size]):
        order = sorted(zip(is_there[size:], clauses, strict=True), key=lambda pair: not pair[0])
        clauses = [clause for _, clause in order]
        most = _most(clauses, *([_IN_AREAS] if any(is_there[size:]) else []))
    reasons |= {clause.words[0].text: APART for clause in clauses if clause not in most}
    return most, reasons


def _most(clauses: list[Clause], *others: Clause) -> list[Clause]:
    """Return as many of the clauses, from the first, as occur with each other."""
    matches = index.which([[*clauses[: n + 1], *others] for n in range(len(clauses))])
    return clauses[: matches.index(False)] if False in matches else clauses


def _is_word(part: str, vocab: Vocabulary, places: Container[str]) -> bool:
    """Return whether a part of what was typed may stand for itself: no other run of characters or digits does, nor a
    reader's word for places (东北虎)."""
    is_place = any(meaning in places for meaning in vocab.terms.get(part, ()))
    return (part.isascii() and not part.isdigit()) or (part in vocab.words and not is_place)


def _pieces(word: Word, places: Container[str]) -> list[str]:
    """Return the parts of a word that may occur by themselves: of two characters or more, the longest first; 青海 is
    no part of 青海湖."""
    size = len(word.text)
    if word.is_latin:
        return [piece for cut in range(4, size - 3) for piece in (word.text[:cut], word.text[cut:])]
    return [
        part
        for length in range(min(size - 1, LONGEST_PART), 1, -1)
        for start in range(size - length + 1)
        for part in [word.text[start : start + length]]
        if part not in places or word.text[start + length : start + length + 1] not in tuple("江河湖海山")
    ]


def _longest(text: str, occurring: set[str]) -> list[str]:
    """Return the longest parts of a long word that occur, apart from each other, in order."""
    fitting = [part for part in occurring if part in text]
    if not fitting:
        return []
    part = min(fitting, key=lambda candidate: (-len(candidate), text.index(candidate)))
    before, _, after = text.partition(part)
    return [*_longest(before, occurring), part, *_longest(after, occurring)]


def _suggestion(words: list[Word], ordered: list[Word], vocab: Vocabulary) -> str:
    """Return the query with one word that sounds like another replaced, where that finds something.

    `ordered` are its words as they are tried, so that the order in which they were typed changes no hit.
    """
    choices = []
    for word in (word for word in ordered if word.text not in vocab.terms):
        for meant in list(dict.fromkeys(vocab.like(word.text)))[:MOST_SUGGESTIONS]:
            choices += [(word, item) for item in dict.fromkeys((("".join(meant),), meant))]
    queries = [
        [
            *(_anywhere(phrase(part)) for part in meant),
            *(_anywhere(*matching.alternatives(other, vocab)) for other in words if other is not word),
        ]
        for word, meant in choices
    ]
    for (word, meant), occurs in zip(choices, index.which(queries), strict=True):
        if occurs:
            return " ".join(" ".join(meant) if item is word else item.text for item in words)
    return ""
