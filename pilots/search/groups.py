"""What was found by kind, each with its number, and the answer about a subject that the numbers make."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import compress

from django.urls import reverse

from ..models import Region, SearchEntry
from . import cards, evidence, index, loosening, matching, mentions
from .answers import MOST_NAMED, Answer, Reply, members
from .documents import of_kind
from .facet_sets import Snapshot, places
from .gazetteer import is_kind
from .highlight import is_in
from .index import Clause
from .suggestions import vocabulary
from .text import Word, fold, parse, quoted, runs

MOST_READ = 100  # areas whose lines are looked through, to say how many of them have the keyword or fit
MOST_LISTED = 30  # documents that are listed; the rest is counted
MOST_KEPT = 500  # areas of which what came after is kept, some 10 KB each

# name, heading, measure word, kinds of search entries; areas and their lines are told from the list.
KINDS = (
    ("regions", "地区", "个", ()),
    ("priorities", "重点", "项", ()),
    ("provinces", "省份", "个", ("province",)),
    ("themes", "主题和制度", "个", ("topic", "system")),
    ("sections", "通知段落", "处", ("notice", "section")),
    ("ministries", "机关", "个", ("ministry",)),
    ("citations", "引用文件", "份", ("citation",)),
)
NAMES = {kind: name for name, _, _, kinds in KINDS for kind in kinds}  # of the group of each kind of search entry


_APART = re.compile(r"[\s，,、；;|/+＋]+(?:(?:and|or|或者?)[\s，,、；;|/+＋]+)?", re.IGNORECASE)
_QUOTES = '“”「」"!！?？。…'


@dataclass
class Group:
    """Hits of a sort: name and anchor, heading, how many, in which measure word; entries but for areas and lines.

    is_least: there may be more, for only the first areas were looked through.
    """

    name: str
    label: str
    count: int
    unit: str
    entries: list[SearchEntry] = field(default_factory=list)
    is_least: bool = False


def of(areas: int, lines: int, entries: Sequence[SearchEntry], *, is_least: bool = False) -> list[Group]:
    """Return every group, also the empty ones but 省份."""
    hits: dict[str, list[SearchEntry]] = {name: [] for name, *_ in KINDS}
    for entry in entries:
        if entry.kind in NAMES:
            hits[NAMES[entry.kind]].append(entry)
    groups = [
        Group(name, label, len(hits[name]), unit, hits[name])
        for name, label, unit, _ in KINDS
        if hits[name] or name != "provinces"
    ]
    groups[0].count, groups[1].count, groups[1].is_least = areas, lines, is_least
    return groups


def after(keyword: str, answer: Answer, among: int, state: Snapshot) -> list[Group]:
    """Return the group of what came after in the areas `among` that has every word of a keyword, or of what an answer
    read it as; none where nothing has. Each has one of the words itself, the others may stand in its area's name."""
    if answer.without:
        return []
    text, reply = " ".join(fold(keyword).split()), answer.reply
    readings = [(text, among), (answer.meant, among), (mentions.telling(text), among)]
    if reply and reply.areas and reply.subject:  # 许昌实施方案
        readings += [(reply.subject, among & reply.areas)]
    readings += [(" ".join(run.text for run in runs(text)), among)]  # GEP标准
    by_words = {tuple(parse(reading)): areas for reading, areas in readings if areas}
    clauses = {
        words: [*(Clause((word,), ("names",)) for word in words), index.named(of_kind("after"))]
        for words in by_words
        if any(len(word.text) > 1 and not word.text.isdigit() for word in words)
    }
    occurs = index.which([*clauses.values()]) if len(clauses) > 1 else (True,)
    for words in compress(clauses, occurs):
        rows, is_least = _later(words, index.match(clauses[words]), by_words[words], state)
        if rows:
            return [Group("after", "后续文件", len(rows), "处", rows[:MOST_LISTED], is_least)]
    return []


def _later(words: Sequence[Word], hits: list[int], among: int, state: Snapshot) -> tuple[list[SearchEntry], bool]:
    """Return what has all of the words in the first areas of those `among`, and whether there may be more; `hits`:
    the entries of areas that have them anywhere."""
    if "after places" not in state.memory:
        entries = SearchEntry.objects.filter(kind="after").values_list("pk", "object_id")
        state.memory["after places"] = {entry: state.place[pk] for entry, pk in entries if pk in state.place}
    positions = map(state.memory["after places"].get, hits)
    order = sorted(place for place in positions if place is not None and among >> place & 1)
    pks = [state.pks[place] for place in order[:MOST_READ]]
    by_area = cards.cached(state, "after", pks, evidence.rows, MOST_KEPT)
    rows = [row for pk in pks for row in by_area[pk] if is_in(row.head, words)]
    rows = [row for row in rows if all(is_in(text, [word]) for word in words for text in [f"{row.head}。{row.body}"])]
    return rows, len(order) > MOST_READ


def with_later(reply: Reply | None, answer: Answer, later: Sequence[Group]) -> Reply | None:
    """Return a reply about a subject, or one that lacks something, with how much of what came after has it."""
    is_lacking = answer.unused or answer.stage != "typed" or not answer.regions
    for group in later:
        if reply and (reply.kind == "subject" or (is_lacking and reply.kind not in ("document", "site"))):
            number = f"{'至少' if group.is_least else ''}{group.count}{group.unit}"
            text = reply.text.replace("本站没有", "通知和它引用的文件里没有")  # 东府办79号
            reply = replace(reply, text=text, limit=f"{reply.limit}通知之后的公开文件和指标里查到{number}。")
    return reply


def heading(keyword: str, answer: Answer) -> str:
    """Return a keyword as a heading has it: what it asks about, without the words of a question around that."""
    text = " ".join(fold(keyword).split())
    if keyword.isascii() or mentions.telling(text) in ("", text):
        return keyword
    names, about = (answer.reply.names, answer.reply.subject) if answer.reply else ((), answer.meant)
    words = [*names, *(word for word in about.split() if word not in answer.unused)]
    latin = {fold(word): word for word in re.findall(r"[A-Za-z.\d]+", keyword)}  # GEP
    return " ".join(latin.get(word, word) for word in words) or keyword


def subject(
    keyword: str,
    groups: Sequence[Group],
    *,
    found_by: str,
    where: str,
    telling: int,
    with_name: Callable[[], int],
    is_as_issued: bool = True,
    official: Sequence[str] = (),
    loosened: str = "",
) -> Reply:
    """Return the answer about a subject: how many areas and lines, or where else it is found.

    where: among which areas, as the beginning of the sentence; found_by: how the areas were found ("typed", "unsaid",
    "issued", "loosened", "classified" or "english"); telling: how many of them have a line that says it, the others
    were found by a name; with_name: how many have it in their own; is_as_issued: whether no line was corrected or
    added; official: the notice's words that were looked for instead; loosened: by what, in a clause.
    """
    areas, lines, *rest = groups
    others = "、".join(f"{group.label}{group.count}{group.unit}" for group in rest if group.count)
    if telling and (found_by == "typed" or (telling >= areas.count and official)):
        found_by = "lines"
    elif found_by == "typed" and keyword.isascii():
        found_by = "pinyin"
    least = "至少" if lines.is_least else ""
    is_told = found_by == "lines" and len(_words(keyword)) == 1
    named = with_name() if found_by == "typed" else 0
    is_in_some = 0 < named < areas.count  # of 自治区 the 兵团 has none in its name
    count = telling if is_told else named if is_in_some else areas.count
    text = (least if is_told else "") + _of_areas(keyword, count, found_by, loosened)
    if found_by == "english" and (names := [entry.title for group in rest for entry in group.entries]):
        text += f"（“{'”“'.join(names)}”）"
    text = _by_official(keyword, official, count, found_by) if official else text
    by = "所在省份、组成单位" if is_in_some else "名称"
    text += f"，另有{areas.count - count}个地区按{by}等查到" if count < areas.count and not least else ""
    text += f"；查到{others}。" if others and not areas.count else "。"
    words = "一字未改" if is_as_issued else "改过的和增补的已标明"
    limit = f"{least}{lines.count}项重点，原文如下，{words}。" if lines.count else ""
    limit += f"另有{others}。" if others and areas.count else ""
    total = sum(group.count for group in groups)
    number = f"查到{least}{total}处"
    number += f"，其中{areas.count}个地区" if 0 < areas.count < total else ""
    number = f"查到{total}个地区" if total == areas.count else number
    number = "部分相符" if found_by == "loosened" and not official else number
    return Reply("subject", f"{where}{text}", limit, word=number if total else "没有符合的")


def with_remarks(reply: Reply, keyword: str, answer: Answer) -> Reply:
    """Return the answer about a subject with how the keyword was read and what of it had no effect, and the clause
    of the notice that has its word (考核)."""
    remarks = f"{quoted(keyword)}按“{answer.meant}”查。" if answer.meant else ""
    remarks += "".join(f"没有用上“{word}”（{reason}）。" for word, reason in answer.dropped.items())
    if clause := answer.clause:
        reply = replace(reply, text=f"{reply.text}{clause.text}", url=clause.url, link=clause.link)
        remarks = f"{clause.limit}{remarks}"
    return replace(reply, limit=f"{reply.limit}{remarks}")


def with_name(areas: int, answer: Answer, state: Snapshot) -> int:
    """Return how many of the areas have one of the words that were found in their own name in the notice."""
    listed, pks = members(state).listed, (state.pks[place] for place in places(areas))
    return sum(is_in(listed[pk].name, answer.marked) for pk in pks if pk in listed)


def _of_areas(keyword: str, count: int, found_by: str, loosened: str) -> str:
    word, several = _quoted(keyword), len(_words(keyword)) > 1
    if not count:
        return f"没有地区同时写到{word}" if several else f"地区的名称和重点里没有{word}"
    if several and found_by in ("lines", "typed"):
        return f"{word}都写到的有{count}个地区"
    return {
        "lines": f"{count}个地区要试与{word}有关的事",
        "typed": f"{count}个地区的名称里有{word}",
        "pinyin": f"按拼音查到{count}个地区",
        "issued": f"按印发时的原文，{count}个地区的重点写到{word}",
        "unsaid": f"按名称查到{count}个地区，其中有未核实的名称",
        "classified": f"按本站归类，{count}个地区与{word}有关",
        "english": f"按英文名称查到{count}个地区",
        "loosened": f"没有与{word}完全相符的内容，{loosened}部分相符的有{count}个地区",
    }[found_by]


def _by_official(keyword: str, official: Sequence[str], count: int, found_by: str) -> str:
    """Return what was found by the notice's words for what was typed, and that these were looked for."""
    these = "它们" if len(official) > 1 else "它"
    instead = f"通知里与{_quoted(keyword)}相关的说法是“{'”“'.join(official)}”"
    if not count:
        return f"{instead}，地区的名称和重点里没有{these}"
    if found_by == "lines":
        return f"{instead}，{count}个地区要试与{these}有关的事"
    return f"{instead}，按{these}和本站归类查到{count}个地区"


def _words(keyword: str) -> list[str]:
    """Return the words of a keyword, without marks and the quotes that they were typed in."""
    return [word for part in _APART.split(keyword) if any(map(str.isalnum, word := part.strip(_QUOTES)))]


def _quoted(keyword: str) -> str:
    """Return the words of a keyword, each in one pair of quotes."""
    words = [keyword.strip(_QUOTES) or keyword] if keyword.isascii() else _words(keyword)
    return "".join(map(quoted, words or [keyword]))


def looked_for(keyword: str, answer: Answer, line_words: Sequence[str]) -> str:
    """Return by which parts of a keyword, or words for it, areas were found that don't have it as it was typed."""
    words = [word.text for word in parse(keyword)]
    marked = [word.text for word in answer.marked]
    latin = {fold(word): word for word in re.findall(r"[A-Za-z.\d]+", keyword)}  # GEP
    parts = [latin.get(text, text) for text in marked if any(text in word for word in words)]
    instead = [word for word in line_words if fold(word) not in fold(keyword)]
    names = [f"“{'”“'.join(parts)}”"] if parts and not {*words} <= {*marked} else []
    names += [f"通知里的说法“{'”“'.join(instead)}”"] if instead else []
    return f"按{'和'.join(names)}查，" if names else ""


def nothing(keyword: str, unused: Sequence[str], later: Sequence[Group]) -> Reply:
    """Return the answer where the notice has nothing: what was searched, which words failed, where to go on; or how
    much of what came after has it."""
    for group in later:
        number = f"{'至少' if group.is_least else ''}{group.count}{group.unit}"
        text = f"通知和地区名单里没有{_quoted(keyword)}；通知之后的公开文件和指标里查到{number}。"
        limit = "这些是后来的文件，不是通知的内容，也不是对结果的评价。"
        return Reply("subject", text, limit, reverse("pilots:after"), "看通知之后", word=f"后续文件{number}")
    failed = f"没有的是{''.join(map(quoted, unused))}。" if unused and list(unused) != [keyword] else ""
    limit = f"{failed}查过地区名称、组成单位、现名和曾用名，全部重点和通知全文，归类、机关和引用文件。"
    return Reply("nothing", f"本站没有查到{_quoted(keyword)}。", limit, reverse("pilots:province-list"), "按省份找")


def of_those(answer: Answer, areas: int, reply: Reply, region: Region | None) -> str:
    """Return how many of the areas are about the reply's subject, as a sentence; empty where their names say it, but
    for parts of it. The one area that the reply is about is named where the reply speaks of other places too."""
    if not areas & ~(answer.ranks[0] | answer.ranks[1] if len(answer.ranks) > 2 else 0):
        is_part = answer.stage == "loosened" and not answer.suggestion
        return f"没有查到{_quoted(reply.subject)}。" if is_part else ""  # 深圳盐田港
    it_says = says(answer, areas, reply.subject)
    is_one_of = reply.kind == "ambiguous"
    if reply.areas.bit_count() == 1 and not is_one_of:
        is_named = region and (reply.kind == "open" or len(reply.names) > 1)
        return f"{f'第{region.serial}号{region.short_name}' if region and is_named else '它'}的重点{it_says}。"
    number, all_of = f"{areas.bit_count()}个地区", areas == reply.areas and not is_one_of
    return f"这{number}都{it_says}。" if all_of else f"{'其中' if reply.areas else ''}{number}{it_says}。"


def says(answer: Answer, areas: int, subject: str) -> str:
    """Return how areas are about a subject: whether they say it, or something like it."""
    is_said = answer.stage == "typed" and not answer.classified and not answer.synonyms & areas
    return f"写到{_quoted(subject)}" if is_said else f"与“{_parts(answer, subject)}”有关"


def _parts(answer: Answer, subject: str) -> str:
    """Return the parts of a subject that were found, where it wasn't as a whole (扎龙湿地: 湿地)."""
    texts = [word.text for word in answer.marked]
    if answer.stage != "loosened" or answer.suggestion or all(word.text in texts for word in parse(subject)):
        return subject
    return "”“".join(text for text in texts if text in subject) or subject


def of_subject(reply: Reply, snapshot: Snapshot) -> Answer:
    """Return what else the question names, found in the areas that the reply is about, or else anywhere."""
    if any(reply.subject.startswith(name) and is_kind(reply.subject.removeprefix(name)) for name in reply.names[-1:]):
        limit = f"{reply.limit}“{reply.subject}”按“{reply.names[-1]}”查。"
        reply = replace(reply, text=f"{reply.text}没有查到“{reply.subject}”。", limit=limit)  # no other 新区
        return Answer("loosened", reply.areas, [reply.areas], reply=reply, unused=[reply.subject])
    listed, pks = members(snapshot).listed, [snapshot.pks[place] for place in places(reply.areas, 0, MOST_READ)]
    regions = [listed[pk] for pk in pks if pk in listed]
    names = [fold(region.name) for region in regions]
    # What the names of all of them have says no more of them (深圳东部 GEP).
    asked = [word for word in reply.subject.split() if not names or any(fold(word) not in name for name in names)]
    reply = replace(reply, subject=" ".join(asked) or reply.subject)
    words = parse(reply.subject)
    answer = matching.as_written(words, reply.subject, snapshot) if words else Answer("none")
    others = answer.others
    if words and not answer.regions:
        answer = loosening.loosened(words, vocabulary(snapshot), reply.subject, snapshot)
    if answer.suggestion:
        answer.suggestion = " ".join([*reply.names, answer.suggestion])
    areas = answer.regions & reply.areas if reply.areas else answer.regions
    is_said = areas and answer.stage == "typed" and not answer.classified and not answer.synonyms & areas
    if reply.areas and 1 < len(reply.subject.split()) <= MOST_NAMED and not is_said and not answer.suggestion:
        return _by_theme(reply, answer, snapshot)
    if areas:
        region = regions[0] if len(regions) == 1 else None
        says_more = of_those(answer, areas, reply, region)
        answer.unused = reply.subject.split() if says_more.startswith("没有查到") else answer.unused
        ranks = [rank & areas for rank in answer.ranks]
        reply = replace(reply, text=f"{reply.text}{says_more}")
        return replace(answer, regions=areas, ranks=ranks, reply=reply)
    lines = [line for area in cards.lines(pks, snapshot) for line in area if line.is_filed(answer.marked)]
    reply = replace(reply, text=f"{reply.text}{_lacking(reply.subject, answer, others, lines)}")
    unused = [] if lines else reply.subject.split()
    reasons = {word: answer.reasons.get(word, "那里没有" if answer.regions else "没有查到") for word in unused}
    answer = replace(answer, stage="loosened" if reply.areas else "none", unused=unused, reasons=reasons)
    return replace(answer, regions=reply.areas, ranks=[reply.areas], reply=reply)


def _by_theme(reply: Reply, answer: Answer, snapshot: Snapshot) -> Answer:
    """Return for each word of the reply's subject whether the areas have it, and those that have one of them."""
    themes = [of_subject(replace(reply, text="", subject=word), snapshot) for word in reply.subject.split()]
    there = [theme for theme in themes if not theme.unused]
    text = "".join(dict.fromkeys(theme.reply.text for theme in themes if theme.reply))
    areas, reasons = 0, {word: reason for theme in themes for word, reason in theme.reasons.items()}
    for theme in there or themes:
        areas |= theme.regions
    return replace(
        answer,
        stage="loosened",
        regions=areas,
        ranks=[areas],
        marked=[word for theme in there or themes for word in theme.marked],
        classified=[word for theme in there for word in theme.classified],
        synonyms=0,
        reply=replace(reply, text=f"{reply.text}{text}"),
        unused=[word for theme in themes for word in theme.unused],
        reasons=reasons,
    )


def _lacking(subject: str, answer: Answer, others: Sequence[SearchEntry], filed: Sequence[cards.Line]) -> str:
    """Return that areas don't say a subject, which of their lines this site files under it, and where else it is."""
    if answer.regions:
        it_says = says(answer, answer.regions, subject)
        words = [word.text for word in answer.marked if any(line.is_filed([word]) for line in filed)]
        lacks = f"那里没有{it_says}的内容"
        if filed:
            lacks = f"那里没有写到{_quoted(subject)}，按本站归类有{len(filed)}项与“{'”“'.join(words)}”有关"
        return f"{lacks}；别处有{answer.regions.bit_count()}个地区{it_says}。"
    if others := others or (answer.others if answer.related else []):
        lacks = "没有地区同时写到" if " " in subject else "地区的名称和重点里没有"
        return f"{lacks}“{subject.replace(' ', '”“')}”，别处查到{len(others)}处。"
    return f"没有查到{_quoted(subject)}。"
