"""或, OR, a comma and a minus between words: what the parts of a query find, together or one without the others."""

import re
from collections.abc import Iterator
from dataclasses import replace

from .answers import Answer, Reply
from .text import COMMON_ENGLISH, MAX_WORDS, QUESTION_ENGLISH, parse

_MINUS = "[-－﹣–−‐‑‒—]"  # as keyboards and word processors write it
# The word after a minus, or what stands there in quotes or brackets.
_WITHOUT = re.compile(
    rf"(?:\s+|^(?=.[^\W\d]\S*\s+\S)){_MINUS}{{1,2}}(?!{_MINUS})(“[^”]+”|\"[^\"]+\"|「[^」]+」|[(（][^)）]+[)）]|\S+)"
)
_NOT = (
    r"(?:但是?|而|也|还|but\s+)?(?:(?<![要看算含包])不(?:要|看|算|含|包括|包含)|排除|去掉|除去|剔除|"  # 要不要 asks
    r"(?<![A-Za-z])(?i:(?:do(?:es)?\s*n[o'’]?t|not)(?:\s+(?:in|have|having|include|work(?:ing)?\s+on))?|without|"
    r"except(?:\s+for)?|excluding)(?=\s))\s*"
)
_AREAS = "[的都还有]*(?:哪些|哪里|什么|谁)?(?:地区|地方|城市)?[?？吗呢)）]*"
# `out` is what is excluded; `known` is so only if some of it is found or is a place, `place` only if it is places.
# `inside` is so only if it and the subject are places, and what follows it is none, which is a part of the subject.
_EXCEPT = [
    re.compile(pattern)
    for pattern in (
        # 江苏除南京 湿地
        rf"(?P<subject>\S{{2,}}?)[\s,，]*(?:{_NOT}|除)(?P<inside>[^\s,，的外]{{2,}}?)(?:[以之]?外)?(?:的\s*|[\s,，]+)(?P<more>[^\s的].+)",
        # 湿地除了荆州, 浙江除宁波外
        rf"(?P<subject>.*?)[\s,，]*(?:除了(?P<out>[^的,，\s]{{2,}}?)(?:[以之]?外)?|除(?P<other>[^的]{{2,}}?)[以之]?外){_AREAS}",
        rf"(?!{_NOT})(?P<subject>.{{2,}}?)[\s,，、;；(（]*{_NOT}(?P<out>.{{2,}}?){_AREAS}",  # 湿地不要荆州
        rf"(?P<out>.{{2,}}?)[以之]外{_AREAS}",
        # 除荆州外的湿地; not of several English words
        rf"(?:除了?(?=.*外)|除了|{_NOT})(?P<out>.{{2,}}?)(?:[以之]?外)?"
        r"(?:的|\s*[,，;；]+\s*|(?<![A-Za-z])\s+)"
        rf"(?!{_AREAS}$|{_NOT}|(?:and|or)\s)(?P<subject>.+)",
        # 除荆州外还有谁搞湿地
        r"除了?(?P<known>.{2,}?)[以之]?外[\s,，]*[还也都]*有?(?:谁|哪[些里儿]|哪几个|什么)?(?:地区|地方|城市)?[还也在都]*"
        "[有搞做试](?P<subject>.{2,}?)[?？吗呢]*",
        "(?P<out>.{2,}?)[以之]外的?(?P<subject>.+)",
        rf"{_NOT}(?P<known>.{{2,}}?){_AREAS}",  # 不要荆州
        # 湿地，荆州不要
        r"(?:(?P<subject>.{2,}?)[\s,，;；(（]+)?(?P<last>[^\s,，;；]{2,}?)的?(?:(?<!要)不要了?|除外|(?<!算)不算)[)）]*",
        # 湿地非荆州, 不是荆州的
        r"(?P<subject>(?:.{2,}?)?)[\s,，;；(（]*(?:[但而并]?非|(?:[但而并]|(?<=[\s,，;；])|^)不是|除)(?P<place>.{2,}?)"
        r"的?(?:地区|地方|城市)?[)）]*",
        rf"(?!.*(?:哪|什么))(?P<subject>.{{2,}}?)[\s,，]*没有(?P<known>.{{2,}}?)的{_AREAS}",  # 湖北没有湿地的
        r"(?P<subject>.{2,}?)[\s,，;；]+没有(?P<place>.{2,}?)(?<![吗呢?？])",  # 湿地 没有荆州
        "(?:非|不在|不属于)(?P<place>.{2,}?)的(?P<subject>.+)",
        "不是(?P<known>.{2,}?)的(?P<subject>.{2,})",
        rf"(?:没有|无)(?P<known>[^的]{{2,}}?[和与、及][^的]{{2,}}?)的?{_AREAS}",  # 没有湿地和秸秆
        # 湿地没有秸秆
        r"(?!.*(?:哪|什么|谁))(?P<subject>.{2,}?)[\s,，、;；但而却里]*(?<!有)没有?(?P<theme>[^的有]{2,}?)",
        rf"(?!.*(?:哪|什么))有(?!没)(?P<subject>.{{2,}}?)[\s,，;；但而却]*(?:没有|无)(?P<known>.{{2,}}?)的?{_AREAS}",
    )
]
_THANKS = re.compile(r"[\s,，]*(?:谢谢您?|多谢|拜托|please|thanks|thank you)[!！。.]*", re.IGNORECASE)
_SEVERAL = re.compile(r"(?:\s+(?:and|or)\s+|[\s,，、;；/和与及跟或])+", re.IGNORECASE)
_AND_NOT = re.compile(rf"[\s,，、;；]*{_NOT}|(?<![A-Za-z])\s+(?:and|or)\s+(?![A-Za-z])")
_ALL_ENGLISH = COMMON_ENGLISH | QUESTION_ENGLISH | {"all", "provinces", "regions"}
_SIGN = re.compile(rf"{_NOT}|[以之]外|除|非|不[要是在属]")
_MOST_SIGNS = 4  # of excluding, in one query: each may be read in several ways
_APART = re.compile(r"(?<=\S)(?:\s+(?:或|或者|or|\|)\s+|\s*\|\|\s*)(?=\S)", re.IGNORECASE)
_IN_BRACKETS = re.compile(r"(.*?)(?:\s+and)?\s*[(（]([^()（）]+)[)）]\s*(?:and\s+)?(.*)", re.IGNORECASE)
_BOTH = re.compile(r"(?<=\S)\s*[和与及跟]\s*(?=\S)")
_JOINED = re.compile(r"(?<=\S)\s*(?:或者?|[，,、；;/|])\s*(?=\S)")
_EITHER = re.compile(r"(?<=\S)\s*(?:或者?|\|)\s*(?=\S)")


def without(query: str) -> list[str]:
    """Return the words of a query and each that a minus excludes; the query alone where one of them is none."""
    parts = [_WITHOUT.sub("", query).strip() or "第二批", *(word.strip("()（）") for word in _WITHOUT.findall(query))]
    return parts if len(parts) > 1 and all(map(parse, parts)) else [query]


def but_not(query: str) -> Iterator[tuple[str, str, str]]:
    """Yield what a query may want, what it excludes in words (湿地不要荆州), and what that must be for it ("known",
    "place", "inside", "theme"); the whole list where it names only what it excludes."""
    thanks = _THANKS.search(query)
    query = query[: thanks.start()] if thanks and thanks.end() == len(query) else query
    for pattern in _EXCEPT if len(_SIGN.findall(query)) <= _MOST_SIGNS else ():
        if not (match := pattern.fullmatch(query)):
            continue
        groups = match.groupdict()
        name, out = next((name, text) for name, text in groups.items() if name != "subject" and text)
        subject = " ".join(filter(None, (groups.get("subject"), groups.get("more"))))
        if subject and not set(subject.lower().split()) - _ALL_ENGLISH:  # areas without wetland
            subject = ""
        name = "known" if name == "other" or (out.isascii() and name not in ("place", "last", "inside")) else name
        if parse(subject or out) and parse(out):
            yield subject, _AND_NOT.sub("、", out), name


def several(text: str) -> list[str]:
    """Return what stands between blanks, commas, 和 and its like; none where that is one, a single character, or
    too many."""
    parts = [part for part in _SEVERAL.split(text) if part]
    return parts if 1 < len(parts) <= MAX_WORDS and all(len(part) > 1 and parse(part) for part in parts) else []


def apart(query: str) -> list[str]:
    """Return the sides of 或 and OR between blanks, each with what stands beside their brackets (安徽 (湿地 或
    秸秆)); none where there is but one."""
    match = _IN_BRACKETS.fullmatch(query)
    if match and (inner := _sides(_APART, match[2])) and not _APART.search(f"{match[1]} {match[3]}"):
        return [" ".join(filter(None, (match[1].strip(), side, match[3].strip()))) for side in inner]
    return _sides(_APART, query)


def either(query: str) -> list[str]:
    """Return the sides of 或 and 或者 without blanks; none where there is but one."""
    return _sides(_EITHER, query)


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
    """Return the answers to the sides of a query as one that says what each of them found: beside what is looked for
    anywhere, a place that lacks what is asked about it counts as none."""
    lacking: dict[str, str] = {}
    about = [(side, one, one.reply) for side, one in answers if one.reply and one.reply.subject]
    lack = {
        side
        for side, one, reply in about
        if {*reply.subject.split()} <= {*one.unused} or (reply.kind in ("not-listed", "province") and not reply.areas)
    }
    if any(answer.regions and not answer.reply for _, answer in answers):
        for side in lack:
            lacking |= dict(answers)[side].dropped
        answers = [(side, Answer("none") if side in lack else answer) for side, answer in answers]
    areas = 0
    for _, answer in answers:
        areas |= answer.regions
    others = list({entry.pk: entry for _, answer in answers for entry in answer.others}.values())
    highlights = [word for _, answer in answers for word in answer.marked]
    empty = (side for side, answer in answers if answer.is_empty and not answer.reply)
    unused = [*(side for side in empty if not lacking.keys() & {*side.split()}), *lacking]
    replies = [answer.reply for _, answer in answers if answer.reply]
    stage = "typed" if areas or others else "none"
    if len(replies) < len(answers) and not areas and not (replies and unused):
        return Answer(stage, others=others, marked=highlights, unused=unused)
    numbers = [(side, answer.reply, answer.regions.bit_count()) for side, answer in answers]
    counts = [
        reply.text.rstrip("。")
        if reply and (not number or side in lack)
        else f"“{side}”{f'有{number}个地区' if number else '没有查到地区'}"
        for side, reply, number in numbers
    ]
    reply = Reply(
        "subject", f"{'，'.join(counts)}，合起来是{areas.bit_count()}个。", word=f"查到{areas.bit_count()}个地区"
    )
    if len(replies) == len(answers) or not areas:
        head = f"{replies[0].text.partition('。')[0]}。"  # 安徽 (湿地 或 秸秆)
        texts = [replies[0].text, *(reply.text.removeprefix(head) or reply.text for reply in replies[1:])]
        text = "".join(f"{sentence.rstrip('。')}。" for sentence in texts).replace("？。", "？")
        text += "".join(f"没有查到“{side}”。" for side in unused)
        word = "、".join(dict.fromkeys(reply.verdict for reply in replies))
        first = min(replies, key=lambda reply: not reply.areas)
        reply = replace(first, text=text, word=f"查到{areas.bit_count()}个地区" if areas else word, areas=areas)
    limit = "".join(dict.fromkeys(answered.limit for answered in replies))
    reply = replace(reply, limit=limit)
    return Answer(stage, areas, [areas], others, highlights, reply=reply, unused=unused, reasons=lacking)


def less(answer: Answer, query: str, areas_by_word: list[tuple[str, int]]) -> Answer:
    """Return the answer to `query` without the areas that each unwanted word found."""
    out = 0
    for _, areas in areas_by_word:
        out |= areas
    areas_by_word = [(word.strip('“”「」" '), areas) for word, areas in areas_by_word]
    names = [word for word, areas in areas_by_word if areas & answer.regions]
    left = answer.regions & ~out
    without = f"除去“{'”“'.join(names)}”"
    reply = Reply("nothing", f"与“{query}”有关的地区，{without}就没有了。") if answer.regions and not left else None
    if left and answer.reply:
        number = f"还有{left.bit_count()}个地区"
        text = f"{answer.reply.text}{without}，{number}。"
        limit = re.sub("另有[^。]*个地区[^。]*。", "", answer.reply.limit)  # some of which may be excluded
        reply = replace(answer.reply, text=text, limit=limit, areas=left, word=number)
    return replace(
        answer,
        regions=left,
        ranks=[rank & ~out for rank in answer.ranks],
        synonyms=answer.synonyms & ~out,
        reply=reply if names else answer.reply,
        unused=[*dict.fromkeys([*answer.unused, *(word for word, _ in areas_by_word if word not in names)])],
        reasons=answer.reasons | {word: "除去它没有影响" for word, _ in areas_by_word if word not in names},
        without=[*answer.without, *names],
        subject=query,
    )
