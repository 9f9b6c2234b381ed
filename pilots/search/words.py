"""What a reader typed → words. There are no operators, so nothing can be injected."""

import re
from typing import NamedTuple

from .fold import fold
from .tokens import Run, of_run, runs

MAX_WORDS = 12
# English words that say what a thing is or join words: every name has some, so that nothing is found by them.
COMMON_ENGLISH = frozenset({
    "province", "municipality", "autonomous", "region", "special", "administrative", "city", "county", "district",
    "prefecture", "the", "of", "and", "in", "for",
})  # fmt: skip
# English words of a question, by which nothing is found.
QUESTION_ENGLISH = frozenset({
    "is", "are", "was", "were", "been", "on", "list", "listed", "include", "included", "includes", "selected",
    "chosen", "which", "what", "where", "who", "that", "how", "many", "does", "do", "doing", "have", "has", "having",
    "there", "any", "it", "areas", "places", "cities", "counties", "with", "about", "work", "works", "working",
    "tell", "me", "show", "please", "s",
})  # fmt: skip
_NOT_LISTED = re.compile(
    r"\b(?:(?:is|was)n?t?|not)(?=(?: [a-z]+)? (?:yet )?(?:listed|included|selected|chosen|on (?:the )?list)\b)"
)
_QUOTED = re.compile(r'(?:(?<=\s)|^)(?:“([^“”]+)”|"([^"]+)"|「([^「」]+)」)(?=\s|$)')


_INNER = str.maketrans('“”"', "‘’'")


class Word(NamedTuple):
    """One word: tokens that must stand side by side, the last one a prefix or not, and its folded characters."""

    tokens: tuple[str, ...]
    is_prefix: bool
    text: str

    @property
    def is_latin(self) -> bool:
        return self.text.isascii()


def parse(query: str) -> list[Word]:
    """Return the words of `query`, each once, at most `MAX_WORDS`; all of them are required.

    Words stand apart by white space or by marks that cut; a phrase in quotes that stands apart is exact; an
    unclosed quote is nothing special.
    """
    words: list[Word] = []
    rest = []
    place = 0
    for match in _QUOTED.finditer(query):
        rest.append(query[place : match.start()])
        place = match.end()
        words += [phrase(match[1] or match[2] or match[3], is_exact=True)]
    rest.append(query[place:])
    for chunk in " ".join(rest).split():
        words += _cut(runs(chunk))
    return list(dict.fromkeys(word for word in words if word.tokens))[:MAX_WORDS]


def bare_english(text: str) -> str:
    """Return a folded English text without the words of a question (is jingzhou not listed: jingzhou)."""
    words = _NOT_LISTED.sub("", text).split()
    return " ".join(word for word in words if word not in COMMON_ENGLISH | QUESTION_ENGLISH)


def phrase(text: str, *, is_exact: bool = False) -> Word:
    """Return the whole of `text` as one word; an exact one takes Latin words as they are, not as beginnings."""
    return _word(runs(text), is_exact=is_exact)


def quoted(text: str) -> str:
    """Return what was typed in quotes, those that are in it as inner ones."""
    return f"“{text.translate(_INNER)}”"


def _cut(pieces: list[Run]) -> list[Word]:
    groups: list[list[Run]] = []
    for run in pieces:
        if run.is_cut or not groups:
            groups.append([])
        groups[-1].append(run)
    return [_word(group) for group in groups]


def _word(group: list[Run], *, is_exact: bool = False) -> Word:
    """One run after another; of the last one only the pairs count, for the text may go on."""
    if not group:
        return Word((), False, "")
    *before, last = group
    ending = of_run(last)
    is_single = not last.is_han or len(ending) == 1
    tokens = [token for run in before for token in of_run(run)] + (ending if is_single else ending[:-1])
    is_prefix = is_single and (last.is_han or not is_exact)
    return Word(tuple(tokens), is_prefix, fold("".join(run.text for run in group)))
