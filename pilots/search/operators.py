"""或, OR, a comma and a minus between words: what the parts of a query find, together or one without the others."""

import re
from dataclasses import replace

from .answers import Answer, Reply
from .words import parse

_WITHOUT = re.compile(r"\s+[-－](?=\S)")
_NOT = (
    r"(?:但是?|而)?(?:不要|不看|不算|不含|不包括|不包含|排除|去掉|除去|剔除|"
    r"(?:NOT|without|except|excluding)(?=\s))\s*"
)
_AREAS = "[的都还有]*(?:哪些|哪里|什么|谁)?(?:地区|地方|城市)?[?？吗呢)）]*"
_EXCEPT = [
    re.compile(pattern)
    for pattern in (
        # 湿地除了荆州, 浙江除宁波外
        rf"(?P<subject>.*?)[\s,，]*(?:除了(?P<out>[^的,，\s]{{2,}}?)(?:[以之]?外)?|除(?P<other>[^的]{{2,}}?)[以之]?外){_AREAS}",
        rf"(?P<subject>.{{2,}}?)[\s,，、;；(（]*{_NOT}(?P<out>.{{2,}}?){_AREAS}",  # 湿地不要荆州
        rf"(?P<out>.{{2,}}?)[以之]外{_AREAS}",
        r"(?:除了?(?=.*外)|除了|"
        + _NOT
        + r")(?P<out>.{2,}?)(?:[以之]?外)?(?:的|[\s,，;；]+)(?P<subject>.+)",  # 除荆州外的湿地
        "(?P<out>.{2,}?)[以之]外的?(?P<subject>.+)",
    )
]
_APART = re.compile(r"(?<=\S)\s+(?:或|或者|or|\|)\s+(?=\S)", re.IGNORECASE)
_BOTH = re.compile(r"(?<=\S)\s*[和与及跟]\s*(?=\S)")
_JOINED = re.compile(r"(?<=\S)\s*(?:或者?|[，,、；;/|])\s*(?=\S)")


def without(query: str) -> list[str]:
    """Return the words of a query and those that a minus excludes; the query alone where one of them is none."""
    parts = _WITHOUT.split(query)
    return parts if len(parts) > 1 and all(map(parse, parts)) else [query]


def but_not(query: str) -> list[tuple[str, str]]:
    """Return what a query may want, and what it excludes in words (湿地不要荆州); the whole list where it names only
    what it excludes."""
    matches = [match.groupdict() for pattern in _EXCEPT if (match := pattern.fullmatch(query))]
    pairs = [(match.get("subject") or "第二批", match["out"] or match["other"]) for match in matches]
    return [pair for pair in pairs if all(map(parse, pair))]


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
    numbers = [(side, answer.regions.bit_count()) for side, answer in answers]
    counts = [f"“{side}”{f'有{number}个地区' if number else '没有查到地区'}" for side, number in numbers]
    text = f"{'，'.join(counts)}，合起来是{areas.bit_count()}个。"
    reply = Reply("subject", text, word=f"查到{areas.bit_count()}个地区") if areas else None
    stage = "typed" if areas or others else "none"
    return Answer(stage, areas, [areas], others, highlights, reply=reply, unused=unused)


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
        subject=query,
    )
