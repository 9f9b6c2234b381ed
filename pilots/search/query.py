"""A query in three stages: as typed; only without hits, loosened; and with no hit as typed, a suggestion."""

from dataclasses import replace

from ..models import Region, SearchEntry
from . import answers, index, mentions, operators, questions, spelling
from .answers import Answer, Reply
from .documents import KINDS, exact, is_spelled, of_kind
from .facet_sets import Snapshot, places
from .fold import fold
from .gazetteer import gazetteer
from .index import ALL_COLUMNS, Clause
from .suggestions import Vocabulary, vocabulary
from .words import COMMON_ENGLISH, Word, parse, phrase

MOST_PARTS = 200  # parts of a query's words that are looked for
LONGEST_PART = 12  # characters
MOST_SUGGESTIONS = 10  # for one word
_ITS_OWN = ("serial", "unknown-number")  # kinds of answers whose areas are the areas found
_ABOUT_AREAS = ("listed", "contains", "province", "within", "open")


def search(query: str, snapshot: Snapshot) -> Answer:
    """Return what `query` finds. A query without a letter, character or digit finds nothing.

    A minus after words excludes; 或 and OR between them unite, without blanks and commas where nothing is found as
    written.
    """
    base_query, *unwanted = operators.without(query)
    if unwanted:
        excluded = [(each, _typed(parse(each), each, snapshot).regions) for each in unwanted]
        return operators.less(search(base_query, snapshot), base_query, excluded)
    if sides := operators.apart(query):
        return _either(sides, snapshot)
    return _meant(query, snapshot) or _plain(query, snapshot)


def _plain(query: str, snapshot: Snapshot) -> Answer:
    """Return what the words of a query find, the answer to its question first."""
    words = _telling(parse(query))
    if not words:
        return Answer("none")
    typed = _typed(words, query, snapshot)
    reply = questions.ask(_folded(query), snapshot) or _about_places(query, typed, snapshot)
    if reply:
        return _replied(reply, typed, snapshot)
    bare = mentions.without_question(_folded(query)) if typed.is_empty else ""
    if bare and bare != _folded(query):
        return _read_as([bare], query, snapshot)
    if typed.is_empty and (sides := operators.joined(query)):
        return _either(sides, snapshot)
    if typed.is_empty:
        return _corrected(_loosened(words, vocabulary(snapshot), query, snapshot), query, snapshot)
    return replace(typed, reply=_of_names(typed, query, snapshot))


def _either(sides: list[str], snapshot: Snapshot) -> Answer:
    """Return the answer to places as one, or else what each side finds."""
    reply = mentions.of_places(_folded(" ".join(sides)), snapshot)
    if reply and not reply.subject:
        return search(" ".join(sides), snapshot)
    return operators.united([(side, search(side, snapshot)) for side in sides])


def _corrected(answer: Answer, query: str, snapshot: Snapshot) -> Answer:
    """Return the answer for the place that a mistyped name is like, if it is; else the answer as it is."""
    suggestion = answer.suggestion or (answer.is_empty and spelling.near(_folded(query), snapshot))
    meant = search(suggestion, snapshot) if suggestion else answer
    if meant.reply is None or meant.reply.kind not in (*_ABOUT_AREAS, "not-listed", "ambiguous"):
        return answer
    reply = replace(meant.reply, text=f"您要找的可能是“{suggestion}”：{meant.reply.text}")
    return replace(meant, stage="none" if meant.is_empty else "loosened", suggestion=suggestion, reply=reply)


def _meant(query: str, snapshot: Snapshot) -> Answer | None:
    """Return the answer for what a query stands for as a whole: official words, or a name or word in pinyin."""
    text = _folded(query)
    bare = " ".join(word for word in text.split() if word not in COMMON_ENGLISH)
    known = vocabulary(snapshot)
    official = known.terms.get(text) or known.terms.get(bare, [])
    if official and all(name in gazetteer(snapshot).by_name for name in official):
        return _read_as(official, query, snapshot)
    if " " in text and official:
        return _by_official(official, snapshot)
    if not text.isascii():
        return None
    names = spelling.spelled("".join(bare.split()), snapshot)
    if not names and (names := spelling.each_spelled(bare.split(), snapshot)):
        return _read_as(names, query, snapshot)
    if len(names) == 1:
        return _read_as(names, query, snapshot)
    return _of_alike(names, query, snapshot)


def _by_official(official: list[str], snapshot: Snapshot) -> Answer:
    """Return what the official words of a term of several words find, with the answer for a body."""
    found = search(" 或 ".join(official), snapshot)
    reply = found.reply if found.reply and found.reply.kind == "ministry" else None
    return replace(found, stage="none" if found.is_empty else "loosened", related=official, reply=reply)


def _of_alike(names: list[str], query: str, snapshot: Snapshot) -> Answer | None:
    """Return the answer for places that are spelled alike, with the areas that it is about alone."""
    reply = mentions.of_spelled(_folded(query), names, snapshot)
    if reply is None:
        return None
    others = _typed(_telling(parse(query)), query, snapshot).others
    return Answer("typed", reply.areas, [reply.areas], others, reply=reply)


def _read_as(names: list[str], query: str, snapshot: Snapshot) -> Answer:
    """Return the answer for the names that a query was read as, which the answer says."""
    answer, remark = search(" ".join(names), snapshot), f"“{query}”按“{'、'.join(names)}”查。"
    reply = answer.reply and replace(answer.reply, limit=f"{answer.reply.limit}{remark}")
    return replace(answer, reply=reply, meant="、".join(names))


def _telling(words: list[Word]) -> list[Word]:
    """Return the words without those of English that say nothing; all where there are no others."""
    return [word for word in words if word.text not in COMMON_ENGLISH] or words


def _folded(query: str) -> str:
    return " ".join(fold(query).split())


def _typed(words: list[Word], query: str, snapshot: Snapshot) -> Answer:
    """Return what the words find as they were typed, in the notice's own words or else in the classification."""
    vocab = vocabulary(snapshot)
    typed = [Clause(_alternatives(word, vocab)) for word in words]
    answer = _answer(typed, query, snapshot)
    if not answer.regions:
        wider = _answer(clauses := _widened(typed), query, snapshot)
        if wider.regions:
            wider.classified = [clause.words[0].text for clause in clauses if clause.columns == ALL_COLUMNS]
        answer = wider if wider.regions or answer.is_empty else answer
    answer.related = [] if answer.is_empty else _related(words, vocab)
    return _extended(answer, words, query, snapshot) if answer.regions else answer


def _extended(answer: Answer, words: list[Word], query: str, snapshot: Snapshot) -> Answer:
    """Return the answer with the areas behind that the official words find, where a reader's word has some, and the
    topics that they name."""
    vocab = vocabulary(snapshot)
    clauses = [Clause((*_alternatives(word, vocab), *_meanings(word.text, vocab))) for word in words]
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


def _about_places(query: str, answer: Answer, snapshot: Snapshot) -> Reply | None:
    """Return the answer for the places in the query, unless it is rather words of the notice that found something."""
    text = _folded(query)
    reply = None if text.isascii() else mentions.of_places(text, snapshot)
    if not reply or not answer.regions & ~(snapshot.added if reply.kind == "province" else 0):
        return reply  # an added area doesn't stand for its province
    if not reply.subject and reply.kind in _ABOUT_AREAS:  # 资源 is a word of the notice, and 资源县 isn't found
        return reply if answer.classified or reply.areas & answer.regions else None
    is_inside = reply.subject and reply.areas and not answer.regions & ~reply.areas
    return reply if is_inside and len(parse(query)) > 1 else None


def _replied(reply: Reply, answer: Answer, snapshot: Snapshot) -> Answer:
    """Return the answer with the areas that the reply is about, or that its subject finds among them."""
    if reply.kind in ("document", "ministry") and reply.names and answer.is_empty:
        answer = _typed(parse(reply.names[0]), reply.names[0], snapshot)
    is_several = reply.areas and len(reply.names) > 1 and len(answer.marked) > 1
    if not reply.subject and (reply.kind in _ITS_OWN or is_several or not answer.regions):
        found = replace(answer, stage="typed", regions=reply.areas, ranks=[reply.areas], reply=reply)
        return replace(found, classified=[], synonyms=0)
    if reply.subject:
        return _of_subject(reply, snapshot)
    if reply.kind in _ABOUT_AREAS and answer.classified and reply.areas & ~answer.regions:  # 沙市 isn't 长沙市
        return replace(answer, regions=reply.areas, ranks=[reply.areas], classified=[], synonyms=0, reply=reply)
    return replace(answer, reply=reply)


def _of_subject(reply: Reply, snapshot: Snapshot) -> Answer:
    """Return what else the question names, found in the areas that the reply is about, or else anywhere."""
    answer = _subject(reply.subject, snapshot)
    if answer.suggestion:
        answer.suggestion = " ".join([*reply.names, answer.suggestion])
    areas, number = answer.regions & reply.areas if reply.areas else answer.regions, answer.regions.bit_count()
    if areas:
        reply = replace(reply, text=f"{reply.text}{_of_those(answer, areas, reply)}")
        ranks = [rank & areas for rank in answer.ranks]
        return replace(answer, regions=areas, ranks=ranks, reply=reply)
    if number:
        says = _says(answer, answer.regions, reply.subject)
        reply = replace(reply, text=f"{reply.text}那里没有{says}的内容；别处有{number}个地区{says}。")
    elif others := _typed(parse(reply.subject), reply.subject, snapshot).others:
        elsewhere = f"地区的名称和重点里没有“{reply.subject}”，别处查到{len(others)}处。"
        reply = replace(reply, text=f"{reply.text}{elsewhere}")
    else:
        reply = replace(reply, text=f"{reply.text}没有查到“{reply.subject}”。")
    answer = replace(answer, stage="loosened" if reply.areas else "none", unused=[reply.subject])
    return replace(answer, regions=reply.areas, ranks=[reply.areas], reply=reply)


def _of_those(found: Answer, areas: int, reply: Reply) -> str:
    """Return how many of the areas are about the reply's subject, as a sentence; empty where their names say it."""
    if not areas & ~(found.ranks[0] | found.ranks[1] if len(found.ranks) > 2 else 0):
        return ""
    says = _says(found, areas, reply.subject)
    if reply.areas.bit_count() == 1:
        return f"它的重点{says}。"
    number, all_of = f"{areas.bit_count()}个地区", areas == reply.areas
    return f"这{number}都{says}。" if all_of else f"{'其中' if reply.areas else ''}{number}{says}。"


def _says(found: Answer, areas: int, subject: str) -> str:
    """Return how areas are about a subject: whether they say it, or something like it."""
    is_said = found.stage == "typed" and not found.classified and not found.synonyms & areas
    return f"写到“{subject}”" if is_said else f"与“{subject}”有关"


def _subject(subject: str, snapshot: Snapshot) -> Answer:
    words = parse(subject)
    answer = _typed(words, subject, snapshot) if words else Answer("none")
    return _loosened(words, vocabulary(snapshot), subject, snapshot) if words and not answer.regions else answer


def _of_names(typed: Answer, query: str, snapshot: Snapshot) -> Reply | None:
    """Return the answer for the areas of whose names the whole, a part, or the initials of the pinyin were typed."""
    whole, named = (*typed.ranks, 0, 0)[:2]
    found = whole if whole.bit_count() == 1 else named
    rest = typed.regions & ~found if found == named else 0
    if not 0 < found.bit_count() <= answers.MOST_NAMED:
        return None
    pks = [snapshot.pks[place] for place in places(found)]
    regions = list(Region.objects.filter(pk__in=pks).order_by("serial"))
    if found != whole and not spelling.is_named(query, regions, snapshot, is_start=bool(rest)):
        return None
    reply = answers.of_regions(regions, query, snapshot)
    more = f"另有{rest.bit_count()}个地区的重点写到“{query}”。" if rest else ""
    return replace(reply, limit=f"{reply.limit}{more}")


def _alternatives(word: Word, vocab: Vocabulary) -> tuple[Word, ...]:
    """A word as it was typed; Latin letters may also be the pinyin of a word of the vocabulary."""
    if not (word.is_latin and word.is_prefix and len(word.tokens) == 1):
        return (word,)
    return (word, *(phrase(meant) for meant in vocab.spelled(word.text)))


def _widened(clauses: list[Clause]) -> list[Clause]:
    """Let words that no area has in the notice's own words be looked for in this site's classification too."""
    matches = index.which([[clause, index.named(of_kind("region"))] for clause in clauses])
    return [
        clause if is_own else clause._replace(columns=ALL_COLUMNS)
        for clause, is_own in zip(clauses, matches, strict=True)
    ]


def _answer(clauses: list[Clause], query: str, snapshot: Snapshot) -> Answer:
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
        snapshot.memory["others"] = {entry.pk: entry for entry in SearchEntry.objects.exclude(kind="region")}
    entries, order, exact_token = snapshot.memory["others"], list(KINDS), exact(query)
    words = [word.text for word in parse(query) if word.is_latin]
    matches = [
        entries[hit] for hit in hits if hit in entries and all(is_spelled(entries[hit], word) for word in words)
    ]
    matches.sort(key=lambda entry: (exact_token not in entry.names, order.index(entry.kind), entry.object_id))
    return matches


def _related(words: list[Word], vocab: Vocabulary) -> list[str]:
    """Return the notice's own words for terms among the words typed, each once."""
    candidates = [meaning for word in words for meaning in vocab.terms.get(word.text, [])]
    return [candidate for candidate in dict.fromkeys(candidates) if candidate not in {word.text for word in words}]


def _loosened(words: list[Word], vocab: Vocabulary, query: str, snapshot: Snapshot) -> Answer:
    """Take each word without hits for what it may stand for; with nothing left, follow the suggestion openly."""
    ordered = sorted(words, key=_weight)
    suggestion = _suggestion(words, ordered, vocab)
    clauses, unused = _loose(ordered, vocab)
    answer = _answer(clauses, query, snapshot) if clauses else Answer("none")
    if answer.is_empty and suggestion:
        answer, unused = _typed(parse(suggestion), suggestion, snapshot), []
    answer.stage = "none" if answer.is_empty else "loosened"
    answer.suggestion, answer.unused = suggestion, _as_typed(unused, query)
    answer.related = _related(words, vocab)
    return answer


def _as_typed(unused: list[str], query: str) -> list[str]:
    """Return words as they were typed (PPP模式), a Latin one with what stands beside it (PM2.5)."""
    typed = {fold(word): word for word in query.split()}
    latin = {word: typed[whole] for word in unused for whole in typed if word in whole and whole.isascii()}
    return list(dict.fromkeys((typed | latin).get(word, word) for word in unused))


def _weight(word: Word) -> tuple[bool, int, str]:
    """Return what orders words by how much they say, however they were typed: Han first, then the longest."""
    return word.is_latin, -len(word.text), word.text


def _anywhere(*words: Word) -> Clause:
    return Clause(words, ALL_COLUMNS)


def _loose(words: list[Word], vocab: Vocabulary) -> tuple[list[Clause], list[str]]:
    """Return what the words may stand for (themselves, a term's official words, or the parts that occur), and those
    that stand for nothing or occur with none of the others.

    Everything that could occur is asked for in one statement, up to `MOST_PARTS` in all.
    """
    wholes = {word: _anywhere(*_alternatives(word, vocab), *_meanings(word.text, vocab)) for word in words}
    parts = list(dict.fromkeys(part for word in words for part in _pieces(word)))[:MOST_PARTS]
    queries = [[clause] for clause in wholes.values()] + [[_anywhere(phrase(part))] for part in parts]
    occurs = dict(zip([*words, *parts], index.which(queries), strict=True))
    fitting = {part for part in parts if _is_word(part, vocab) and (occurs[part] or part in vocab.terms)}
    clauses = [wholes[word] for word in words if occurs[word] and not _says_little(word)]
    split, unused = [], []
    for word in (word for word in words if not occurs[word]):
        fragments = _joined(word.text, fitting) if word.is_latin else _longest(word.text, fitting)
        split += [_anywhere(phrase(part), *_meanings(part, vocab)) for part in fragments]
        unused += [] if fragments else [word.text]
    clauses += sorted(split, key=lambda clause: _weight(clause.words[0]))
    together = _as_many(clauses)
    return together, unused + [clause.words[0].text for clause in clauses if clause not in together]


def _is_word(part: str, vocab: Vocabulary) -> bool:
    """Return whether a part of what was typed may stand for itself: no other run of characters or digits does."""
    return (part.isascii() and not part.isdigit()) or part in vocab.words


def _says_little(word: Word) -> bool:
    """Return whether a word is a number so short that it stands everywhere (PM2.5)."""
    return word.text.isdigit() and len(word.text) < 3


def _as_many(clauses: list[Clause]) -> list[Clause]:
    """Return the clauses as far as they occur together, in their order."""
    matches = index.which([clauses[: n + 1] for n in range(len(clauses))])
    return clauses[: matches.index(False)] if False in matches else clauses


def _meanings(text: str, vocab: Vocabulary) -> tuple[Word, ...]:
    return tuple(phrase(meaning) for meaning in vocab.terms.get(text, ()))


def _pieces(word: Word) -> list[str]:
    """Return the parts of a word that may occur by themselves: of two characters or more, the longest first."""
    size = len(word.text)
    if word.is_latin:
        return [piece for cut in range(2, size - 1) for piece in (word.text[:cut], word.text[cut:])]
    return [
        word.text[start : start + length]
        for length in range(min(size - 1, LONGEST_PART), 1, -1)
        for start in range(size - length + 1)
    ]


def _joined(text: str, occurring: set[str]) -> list[str]:
    """Return the two parts of Latin letters typed without a space (`beijinghuairou`), the first as long as can be."""
    cuts = range(len(text) - 2, 1, -1)
    return next(([text[:cut], text[cut:]] for cut in cuts if {text[:cut], text[cut:]} <= occurring), [])


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
    for word in ordered:
        for meant in list(dict.fromkeys(vocab.like(word.text)))[:MOST_SUGGESTIONS]:
            choices += [(word, item) for item in dict.fromkeys((("".join(meant),), meant))]
    queries = [
        [
            *(_anywhere(phrase(part)) for part in meant),
            *(_anywhere(*_alternatives(other, vocab)) for other in words if other is not word),
        ]
        for word, meant in choices
    ]
    for (word, meant), occurs in zip(choices, index.which(queries), strict=True):
        if occurs:
            return " ".join(" ".join(meant) if item is word else item.text for item in words)
    return ""
