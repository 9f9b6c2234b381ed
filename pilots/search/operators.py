"""或, OR, a comma and a minus between words: what the parts of a query find, together or one without the others."""

import re
from dataclasses import replace

from .answers import Answer, Reply
from .words import parse

_WITHOUT = re.compile(r"\s+[-－](?=\S)")
_APART_FROM = re.compile(
    "(.*?)(?:除了(.{2,}?)(?:[以之]?外)?|除(.{2,}?)(?:[以之]外|外$))(?:[的都还有]*(?:哪些|哪里|什么|谁)?(?:地区|地方|城市)?)?[?？吗呢]*"
)
_APART = re.compile(r"(?<=\S)\s+(?:或|或者|or|\|)\s+(?=\S)", re.IGNORECASE)
_BOTH = re.compile(r"(?<=\S)\s*[和与及跟]\s*(?=\S)")
_JOINED = re.compile(r"(?<=\S)\s*(?:或者?|[，,、；;/|])\s*(?=\S)")


def without(query: str) -> list[str]:
    """Return the words of a query and those that a minus or 除了 excludes, of 除了 alone the whole list; the query
    alone where one of them is none."""
    match = _APART_FROM.fullmatch(query)
    parts = [match[1] or "第二批", match[2] or match[3]] if match else _WITHOUT.split(query)
    return parts if len(parts) > 1 and all(map(parse, parts)) else [query]


def apart(query: str) -> list[str]:
    """Return the sides of 或 and OR between blanks; none where there is but one."""
    return _sides(_APART, query)


def joined(query: str) -> list[str]:
    """Return the sides of 或 and of commas; none where there is but one."""
    return _sides(_JOINED, query)


def both(query: str) -> list[str]:
    """Return the words that 和 and its like stand between; none where there is but one, or a single character."""
    sides = _sides(_BOTH, query)
    return sides if all(len(side) > 1 for side in sides) else []


def _sides(pattern: re.Pattern, query: str) -> list[str]:
    sides = pattern.split(query)
    return sides if len(sides) > 1 and all(map(parse, sides)) else []


def united(answers: list[tuple[str, Answer]]) -> Answer:
    """Return the answers to the sides of a query as one that says what each of them found."""
    areas = 0
    for _, answer in answers:
        areas |= answer.regions
    others = list({entry.pk: entry for _, answer in answers for entry in answer.others}.values())
    highlights = [word for _, answer in answers for word in answer.marked]
    unused = [side for side, answer in answers if answer.is_empty]
    counts = [f"“{side}”{_number(answer.regions)}" for side, answer in answers]
    text = f"{'，'.join(counts)}，合起来是{areas.bit_count()}个。"
    reply = Reply("subject", text, word=f"查到{areas.bit_count()}个地区") if areas else None
    stage = "typed" if areas or others else "none"
    return Answer(stage, areas, [areas], others, highlights, reply=reply, unused=unused)


def _number(areas: int) -> str:
    return f"有{areas.bit_count()}个地区" if areas else "没有查到地区"


def less(answer: Answer, query: str, areas_by_word: list[tuple[str, int]]) -> Answer:
    """Return the answer to `query` without the areas that each unwanted word found."""
    out = 0
    for _, areas in areas_by_word:
        out |= areas
    names = [word for word, areas in areas_by_word if areas & answer.regions]
    left = answer.regions & ~out
    without = f"除去“{'”“'.join(names)}”"
    reply = Reply("nothing", f"与“{query}”有关的地区，{without}就没有了。") if answer.regions and not left else None
    if left and answer.reply:
        number = f"还有{left.bit_count()}个地区"
        reply = replace(answer.reply, text=f"{answer.reply.text}{without}，{number}。", areas=left, word=number)
    return replace(
        answer,
        regions=left,
        ranks=[rank & ~out for rank in answer.ranks],
        synonyms=answer.synonyms & ~out,
        reply=reply if names else answer.reply,
        unused=[*answer.unused, *(word for word, _ in areas_by_word if word not in names)],
        without=names,
    )
