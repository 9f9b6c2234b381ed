"""What an old Chromium loses of a stylesheet. 360, QQ, UOS and X5 are built on 86 and later ones.

An unknown name costs what it stands in: in a value its declaration, in one selector its whole rule, as an at-rule all
that is inside.
"""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import tinycss2

OLDEST = 86


class Loss(NamedTuple):
    """What is newer than the oldest browser: a name, since when it is understood, and the words that are lost."""

    name: str
    since: int
    words: str


def _table() -> dict[tuple[str, str], int]:
    lines = (Path(__file__).parent / "chromium.txt").read_text().splitlines()
    rows = [line.split(" ", 2) for line in lines if not line.startswith("#")]
    return {(kind, name): int(since) for since, kind, names in rows for name in names.split()}


SINCE = _table()


def losses(css: str, understood: int = OLDEST) -> Iterator[Loss]:
    """Yield what a Chromium that is `understood` old loses of a stylesheet, without what has a fallback before it."""
    for rule in tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True):
        yield from _of_rule(rule, understood)


def _of_rule(rule, understood) -> Iterator[Loss]:
    assert rule.type in ("qualified-rule", "at-rule"), rule
    prelude = tinycss2.serialize(rule.prelude).strip()
    if rule.type == "qualified-rule":
        yield from (Loss(name, since, prelude) for name, since in _newer(_selectors(rule.prelude), understood))
        yield from _of_block(rule.content, prelude, understood)
        return
    words = f"@{rule.at_keyword} {prelude}"
    newer = [Loss(name, since, words) for name, since in _newer(_conditions(rule), understood)]
    yield from newer
    if newer or not rule.content:
        return
    if rule.at_keyword in ("media", "supports"):
        inner = max([understood, *_promised(rule)])
        for each in tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True):
            yield from _of_rule(each, inner)
    else:
        yield from _of_block(rule.content, words, understood)


def _of_block(content, words, understood) -> Iterator[Loss]:
    safe = set()  # properties that were declared already in words that are understood
    for part in tinycss2.parse_blocks_contents(content, skip_comments=True, skip_whitespace=True):
        if part.type == "qualified-rule":
            yield Loss("nesting", 120, words)
            continue
        if part.type == "at-rule":
            yield Loss(f"@{part.at_keyword}", 999, words)
            continue
        assert part.type == "declaration", part
        newer = [*_newer(_words(part), understood)]
        if not newer:
            safe.add(part.lower_name)
        elif not safe & {part.lower_name, f"-webkit-{part.lower_name}"}:
            yield from (Loss(name, since, words) for name, since in newer)


def _newer(names, understood):
    for kind, name in names:
        since = SINCE.get((kind, name), 0)
        if since > understood:
            yield name, since


def _selectors(tokens):
    """Yield the pseudo-classes and pseudo-elements of a selector, those in brackets, too."""
    for before, token in pairwise([None, *tokens]):
        if before != ":" or token.type not in ("ident", "function"):
            continue
        name = token.lower_value if token.type == "ident" else token.lower_name
        yield "selector", name
        if token.type == "function":
            yield from (("selector", form) for form in _forms(name, token.arguments))
            yield from _selectors(token.arguments)


def _forms(name, arguments):
    """Yield what is newer about an old name: `:not()` of several, `:nth-child()` of some."""
    if name == "not" and "," in arguments:
        yield "not-list"
    if name.startswith("nth-") and any(part.type == "ident" and part.value == "of" for part in arguments):
        yield "of-selector"


def _conditions(rule):
    yield "at-rule", rule.lower_at_keyword
    text = tinycss2.serialize(rule.prelude)
    if rule.lower_at_keyword == "import" and "layer" in text:
        yield "at-rule", "layer"
    if rule.lower_at_keyword == "media":
        yield from (("media", word) for word in re.findall(r"[a-z-]+(?=[:)\s])|[<>]", text))


def _promised(rule):
    """Yield the versions that a condition of @supports stands for; none where it is turned round."""
    if rule.lower_at_keyword != "supports" or re.search(r"\b(not|or)\b", tinycss2.serialize(rule.prelude)):
        return
    for token in rule.prelude:
        inside = token.arguments if token.type == "function" else getattr(token, "content", [])
        declared = [part for part in tinycss2.parse_blocks_contents(inside) if part.type == "declaration"]
        names = [*_selectors(inside), *(name for part in declared for name in _words(part))]
        yield from (since for _, since in _newer(names, OLDEST))


def _words(declaration):
    name = declaration.lower_name
    yield "property", name
    for token in _deep(declaration.value):
        if token.type == "ident":
            yield "value", f"{name}:{token.lower_value}"
        elif token.type == "function":
            yield from (("function", token.lower_name), ("value", f"{name}:{token.lower_name}"))
        elif token.type == "dimension":
            yield "unit", token.lower_unit


def _deep(tokens):
    for token in tokens:
        yield token
        yield from _deep(getattr(token, "arguments", None) or getattr(token, "content", None) or [])
