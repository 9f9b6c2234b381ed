"""A query in three stages: as typed; only without hits, loosened; and with no hit as typed, a suggestion."""

import re
from collections.abc import Iterator
from dataclasses import replace

from ..models import Region
from . import answers, groups, index, loosening, matching, mentions, operators, questions, spelling, this_site
from .answers import Answer, Reply
from .facet_sets import Snapshot
from .gazetteer import gazetteer
from .index import ALL_COLUMNS, Clause
from .places import members_of, of_named
from .suggestions import vocabulary
from .text import COMMON_ENGLISH, MAX_WORDS, Word, bare_english, fold, parse, quoted

_COUNTED = ("duty", "count", "provinces-without")  # kinds of answers that no subject changes
_ITS_OWN = ("serial", "unknown-number")  # kinds of answers whose areas are the areas found
_BODIES = ("ministry", "not-a-signatory", "document", "unknown-number")  # kinds of which a row is answered as one
_LOOSE = ("serial", "ask", "other-batch", "unknown-number")  # kinds that are answered beside what else a query asks
_ABOUT_AREAS = ("listed", "contains", "province", "within", "open")
_PLACED = (*_ABOUT_AREAS, "not-listed", "ambiguous")


def search(query: str, snapshot: Snapshot) -> Answer:
    """Return what `query` finds. A query without a letter, character or digit finds nothing.

    A minus after words excludes, and so do words that say it; 或 and OR between them unite, without blanks and commas
    where nothing is found as written.
    """
    base_query, *unwanted = operators.without(query)
    if unwanted:
        rows = [[word] if word.isascii() or word[0] in "“「" else _unwanted(word, snapshot) for word in unwanted]
        excluded = [(word, _areas(word, snapshot)) for row in rows for word in row]  # -荆州、宁波
        return operators.less(search(base_query, snapshot), base_query, excluded)
    if excluding := _excluding(query, snapshot):
        return excluding
    sides = operators.apart(query)
    if not sides and "或" in query and matching.as_written(parse(query), query, snapshot).is_empty:
        sides = operators.either(query)
    if sides:
        return _either(sides, snapshot)
    return _meant(query, snapshot) or _plain(query, snapshot)


def _areas(word: str, snapshot: Snapshot) -> int:
    """Return the areas that a word to be excluded has, or else the notice's own words for it."""
    if areas := matching.as_written(_telling(parse(word)), word, snapshot).regions:
        return areas
    if operators.joined(word):
        return 0
    answer = _meant(word, snapshot) or _plain(word, snapshot)
    is_number = answer.reply is not None and answer.reply.kind == "serial"  # 湿地 -第26号
    return answer.regions if is_number or (answer.related and not answer.unused) else 0


def _excluding(query: str, snapshot: Snapshot) -> Answer | None:
    """Return what a query wants without what it excludes in words; None where the query as a whole has areas."""
    for subject, out, must_be in _but_not(query, snapshot):
        answer = search(subject, snapshot)
        if not answer.regions or matching.as_written(parse(query), query, snapshot).regions:
            continue
        areas_by_word = {word: _areas(word, snapshot) for word in _unwanted(out, snapshot)}
        are_places = all(spelling.is_place(word, snapshot) for word in areas_by_word)
        has_effect = any(areas & answer.regions for areas in areas_by_word.values())
        is_row = re.search(rf"{re.escape(out)}[\s,，;；]+{re.escape(subject)}$", query)
        if is_row and not has_effect and spelling.is_place(f"{out} {subject}", snapshot):  # 不要荆州 黄石
            continue
        if must_be == "out" or are_places or (must_be in ("known", "theme") and any(areas_by_word.values())):
            return operators.less(answer, subject, list(areas_by_word.items()))
    return None


def _but_not(query: str, snapshot: Snapshot) -> Iterator[tuple[str, str, str]]:
    """Yield what a query may want and what it excludes, also a place in one word with that (湿地荆州不算)."""
    for subject, out, must_be in operators.but_not(query):
        if must_be == "last" and not subject and not spelling.is_place(out, snapshot):
            atlas, ends = gazetteer(snapshot), ((out[:cut], out[cut:]) for cut in range(2, len(out) - 1))
            is_end = (end for end in ends if atlas.longest(_folded(end[1])) and spelling.is_place(end[1], snapshot))
            subject, out = next(is_end, (subject, out))
        first = subject.split()[0] if subject else ""
        if must_be == "inside" and not (
            spelling.is_place(first, snapshot)
            and spelling.is_place(out, snapshot)
            and not spelling.is_place(subject, snapshot)
        ):
            continue  # 湖北除荆州 东营
        if must_be == "theme" and (spelling.is_place(subject, snapshot) or spelling.is_place(out, snapshot)):
            continue
        if subject or not query.rstrip(")）").endswith("不算"):  # 荆州不算 asks
            yield subject or "第二批", out, "known" if must_be == "last" else must_be  # or the whole list


def _unwanted(text: str, snapshot: Snapshot) -> list[str]:
    """Return each of the things that a text is a row of (荆州、黄石, 荆州黄石); the text alone where it is none."""
    parts = operators.several(text)
    is_row = bool(parts) and not text.isascii()
    if is_row and all(spelling.is_place(part, snapshot) or _areas(part, snapshot) for part in parts):
        return parts
    if _areas(text, snapshot):  # red lines
        return [text]
    reply = mentions.of_places(_folded(text), snapshot)
    return [*reply.names, *reply.subject.split()] if reply and len(reply.names) > 1 else parts or [text]


def _plain(query: str, snapshot: Snapshot) -> Answer:
    """Return what the words of a query find, the answer to its question first."""
    words = _telling(parse(query))
    if not words:
        return Answer("none")
    typed = matching.as_written(words, query, snapshot)
    text = _folded(query)
    reply = members_of(text, snapshot) or this_site.ask_of(text, snapshot) or questions.ask(text, snapshot)
    beside = None if reply or typed.regions else _each_asked(query, snapshot)
    if not beside and (reply is None or reply.kind == "ask"):  # 我老家是蓟县的
        reply = _about_places(query, typed, snapshot) or reply
    if reply:
        latin = {fold(word): word for word in re.findall(r"[A-Za-z.\d]+", query)}  # GEP, Ministry of Commerce
        about = re.sub(r"[a-z.\d]+", lambda match: latin.get(match[0], match[0]), reply.subject)
        reply = replace(reply, subject=about, text=reply.text.replace(f"“{text}”", quoted(query)))
        return _replied(reply, typed, query, snapshot)
    if answer := beside or _of_area(query, typed, snapshot):
        return answer
    if typed.is_empty:
        return _otherwise(words, query, snapshot)
    return replace(typed, reply=_of_unit(typed, query, snapshot) or spelling.of_names(typed, query, snapshot))


def _of_area(query: str, answer: Answer, snapshot: Snapshot) -> Answer | None:
    """Return the answer for an area by a name that is no place's (川西北, 浐灞) and what else is asked about it."""
    words = re.findall(r"[^\s的]+", query)
    if query.isascii() or (len(words) == 1 and answer.regions):
        return None
    parts = [(word, " ".join(other for other in words if other != word)) for word in words if len(words) > 1]
    for word, others in parts or [(query[:cut], query[cut:]) for cut in range(len(query) - 2, 1, -1)]:
        reply = of_named(word, snapshot)
        rest = mentions.telling(_folded(others)) if reply else ""
        if reply and rest and (parts or rest in vocabulary(snapshot).words):  # 川西北生态补偿
            as_typed = re.search(re.escape(rest), query, re.IGNORECASE)  # GEP
            reply = mentions.with_areas(replace(reply, subject=as_typed[0] if as_typed else rest), snapshot)
            if answer.regions & ~reply.areas:
                return None
            return groups.of_subject(reply, snapshot) if reply.subject else _replied(reply, answer, query, snapshot)
    return None


def _otherwise(words: list[Word], query: str, snapshot: Snapshot) -> Answer:
    """Return what a query without a hit as typed may mean: a question about a subject, a row of words, or others."""
    text = _folded(query)
    if reply := this_site.ask(text, snapshot):
        return Answer("none", reply=reply)
    answer, turned = _lacking(text, snapshot), mentions.place_first(query, snapshot)
    if answer := answer or _by_initials(text, query, snapshot) or (search(turned, snapshot) if turned else None):
        return answer
    bare = bare_english(text) if text.isascii() else _without_question(text, snapshot)
    if bare not in ("", text):
        return _read_as([bare], query, snapshot)
    if sides := operators.joined(query):
        return _either(sides, snapshot)
    sides = operators.both(text)  # 湿地和秸秆
    if sides and matching.as_written(parse(" ".join(sides)), query, snapshot).regions:
        return _read_as(sides, query, snapshot)
    return _corrected(loosening.loosened(words, vocabulary(snapshot), query, snapshot), query, snapshot)


def _by_initials(text: str, query: str, snapshot: Snapshot) -> Answer | None:
    """Return the answer for the places with the initials of whose pinyin a query is (hhht); None where none is."""
    names = gazetteer(snapshot).abbreviated(text)
    if len(names) < 2:
        return _read_as(names, query, snapshot) if names else None
    answer = _of_alike(names, query, snapshot)
    if answer is None or answer.reply is None or answer.reply.kind != "ambiguous":
        return answer
    reply = replace(answer.reply, text=f"拼音首字母是{quoted(query)}的有几处，您问的是哪一处？", word="首字母相同")
    return replace(answer, reply=reply)


def _of_unit(answer: Answer, query: str, snapshot: Snapshot) -> Reply | None:
    """Return the answer for the province-level units the initials of whose pinyin a query is (gd, gds), and what else
    has them or was found by them; for the one that it is the character of (湘), where nothing else has that."""
    text, atlas = _folded(query), gazetteer(snapshot)
    names = (atlas.abbreviated(text) or atlas.abbreviated(text.removesuffix("s"))) if text.isascii() else []
    for unit in answers.members(snapshot).units.values() if len(text) == 1 else ():
        names += [fold(unit.short_name)] if text in (unit.abbreviation, *unit.other_abbreviations) else []
    units = [name for name in names if any(code.endswith("0000") for code in atlas.by_name[name])]
    if not units:
        return None
    is_one = len(units) == 1
    several = None if is_one else mentions.of_spelled("", names, snapshot, is_city=True)
    reply = several or _read_as(units, query, snapshot).reply
    if reply is None:
        return None
    rest = answer.regions & ~reply.areas
    if rest and not text.isascii():  # 新
        return None
    alike = Region.objects.filter(pk__in=spelling.spellings(snapshot).initials.get(text, ())).order_by("serial")
    others = [
        f"{region.short_name}（第{region.serial}号）" for region in alike if rest >> snapshot.place[region.pk] & 1
    ]
    others += [name for name in names if is_one and name not in units and name not in "".join(others)]
    rest &= ~answers.as_bits(alike, snapshot)
    limit = f"拼音首字母以“{text}”开头的还有{'、'.join(others)}。" if others else ""
    limit += f"另有{rest.bit_count()}个地区按名称或重点查到。" if rest else ""
    if not is_one:
        reply = replace(reply, text=f"拼音首字母是{quoted(query)}的有几处，您问的是哪一处？", word="首字母相同")
    return replace(reply, limit=f"{reply.limit}{limit}")


def _lacking(text: str, snapshot: Snapshot) -> Answer | None:
    """Return the areas that don't have what a question names (哪些地方没有湿地); None where it is no such question or
    no area has that."""
    subject, terms = mentions.lacking(text), vocabulary(snapshot).terms
    clauses = [Clause((word,), ALL_COLUMNS) for word in parse(subject)]
    is_there = clauses and (subject in terms or index.which([clauses])[0])
    found = search(subject, snapshot) if is_there else Answer("none")
    if not found.regions or found.reply or (found.stage != "typed" and subject not in terms):
        return None
    areas, says = snapshot.everything & ~found.regions, groups.says(found, found.regions, subject)
    lack = f"没有{says}" if says.startswith("写到") else f"没有{says}的内容"
    text = f"{areas.bit_count()}个地区{lack}，{says}的有{found.regions.bit_count()}个。"
    reply = Reply("subject", text, "没有写到，不等于没有做。", word=f"{areas.bit_count()}个地区没有")
    return Answer("typed", areas, [areas], reply=reply)


def _without_question(text: str, snapshot: Snapshot) -> str:
    """Return a question about a subject without the words that make it one; 有 too, where that finds something."""
    bare = mentions.without_question(text)
    bare = bare if len(re.findall('[“”"]', bare)) > 2 else bare.strip('“”"')
    words = parse(subject) if (subject := bare.strip("有")) != bare else []
    return words[0].text if len(words) == 1 and matching.as_written(words, subject, snapshot).regions else bare


def _either(sides: list[str], snapshot: Snapshot) -> Answer:
    """Return the answer to places as one, unless one lies inside another; or else what each side finds. What the
    last of them is asked about, or the first after that, is asked of each (江苏 或 浙江 湿地)."""
    answers = [(side, search(side, snapshot)) for side in sides]
    replies = [answer.reply for _, answer in answers if answer.reply and answer.reply.kind in (*_PLACED, "serial")]
    subject, *others = [reply.subject for reply in replies if reply.subject] or [""]
    if len(replies) == len(sides) and not others and (sides[0].startswith(subject) or replies[-1].subject):
        reply, areas = (joint := search(" ".join(sides), snapshot)).reply, 0
        for side_reply in replies:
            areas |= side_reply.areas
        is_mixed = subject and len({one.kind for one in (*replies, reply) if one}) > 1  # 第16号 或 湖北 生态补偿
        if reply and (reply.subject, reply.areas) == (subject, areas) and (not is_mixed or reply.kind != "serial"):
            return joint
        rows = zip(sides, replies, strict=True)
        answers = [(side, search(f"{side} {subject * (not one.subject)}".strip(), snapshot)) for side, one in rows]
    return operators.united(answers)


def _each_asked(query: str, snapshot: Snapshot) -> Answer | None:
    """Return the answers for several bodies or documents in a row as one, or the answer to what stands beside some
    (湿地 财政部), which have no effect on it; None where it has none."""
    for parts in dict.fromkeys((tuple(query.split()[:MAX_WORDS]), tuple(operators.several(query)))):
        replies = {part: questions.ask(_folded(part), snapshot) for part in parts if len(parts) > 1}
        reasons = {part: one.text.rstrip("。") for part, one in replies.items() if one and one.kind in _BODIES}
        if reasons and len(reasons) == len(parts):
            return operators.united([(part, search(part, snapshot)) for part in parts])
        rest = " ".join(part for part in parts if part not in reasons)
        answer = search(rest, snapshot) if reasons else Answer("none")
        is_there = answer.reply and matching.as_written(parse(" ".join(reasons)), query, snapshot).others
        if (answer.reply or not answer.is_empty) and not is_there:
            unused, subject = [*answer.unused, *reasons], answer.subject or rest
            return replace(answer, unused=unused, reasons=answer.reasons | reasons, subject=subject)
    return None


def _corrected(answer: Answer, query: str, snapshot: Snapshot) -> Answer:
    """Return the answer for the place that a mistyped name is like, if it is; else the answer as it is."""
    suggestion = answer.suggestion or (spelling.near(_folded(query), snapshot) if answer.is_empty else "")
    if answer.regions and not any(answer.ranks[:2]) and not mentions.of_places(_folded(suggestion), snapshot):
        return answer  # by no name
    meant = search(suggestion, snapshot) if suggestion else answer
    if meant.reply is None or meant.reply.kind not in _PLACED:
        return answer
    reply = replace(meant.reply, text=f"您要找的可能是“{suggestion}”：{meant.reply.text}")
    return replace(meant, stage="none" if meant.is_empty else "loosened", suggestion=suggestion, reply=reply)


def _meant(query: str, snapshot: Snapshot) -> Answer | None:
    """Return the answer for what a query stands for as a whole: official words, or a name or word in pinyin."""
    text = re.sub("['’?]", "", _folded(query))  # xi'an
    bare, vocab = bare_english(text), vocabulary(snapshot)
    term = text if text in vocab.terms else bare
    official = vocab.terms.get(term) or vocab.terms.get(f"{text}地区", [])  # 西北, a piece of a name
    if official and all(name in gazetteer(snapshot).by_name for name in official):
        return _of_wider(official, query, snapshot) or _read_as(official, query, snapshot)
    if " " in text and official:
        return _by_official(official, snapshot) if term == text else _read_as([term], query, snapshot)
    if rows := spelling.each_named(query, snapshot):
        return _read_as(rows, query, snapshot)
    if not text.isascii():
        return None
    names = spelling.in_english(text, "".join(bare.split()), snapshot)
    rows = names or spelling.each_spelled(bare.split(), snapshot)
    if rows and (rows != names or len(names) == 1):
        return _read_as(rows, query, snapshot)
    return _of_alike(names, query, snapshot)


def _of_wider(names: list[str], query: str, snapshot: Snapshot) -> Answer | None:
    """Return the answer for a word for a part of the country (长三角): its provinces, and that the notice has no such
    word, or areas that have it in their name (川西北); None where it stands for no province."""
    units, hits = mentions.units(names, snapshot), matching.as_written(parse(query), query, snapshot)
    areas = 0 if hits.classified else hits.regions & ~hits.synonyms
    if not units or fold(query) in "".join(names) or (hits.others and not areas):
        return None
    if areas:
        reply = spelling.of_wider(query, areas, answers.of_units(units, snapshot), snapshot)
        return replace(hits, regions=areas, ranks=hits.ranks[:3], synonyms=0, marked=hits.marked[:1], reply=reply)
    answer = _read_as(names, query, snapshot)
    text = f"通知没有“{query}”这个说法，按省份看：{answer.reply.text if answer.reply else ''}"
    return replace(answer, reply=answer.reply and replace(answer.reply, text=text))


def _by_official(official: list[str], snapshot: Snapshot) -> Answer:
    """Return what the official words of a term of several words find, with the answer for a body."""
    found = search(" 或 ".join(official), snapshot)
    reply = found.reply if found.reply and found.reply.kind == "ministry" else None
    return replace(found, stage="none" if found.is_empty else "loosened", related=official, reply=reply)


def _of_alike(names: list[str], query: str, snapshot: Snapshot) -> Answer | None:
    """Return the answer for places that are spelled alike, with the areas that it is about alone."""
    if (reply := mentions.of_spelled(" ".join(query.split()), names, snapshot)) is None:
        return None
    others = matching.as_written(_telling(parse(query)), query, snapshot).others
    return Answer("typed", reply.areas, [reply.areas], others, reply=reply)


def _read_as(names: list[str], query: str, snapshot: Snapshot) -> Answer:
    """Return the answer for the names that a query was read as, which the answer says."""
    latin = {fold(word): word for word in query.split()}  # GEP
    names = [latin.get(name, name) for name in names]
    answer, remark = search(" ".join(names), snapshot), f"{quoted(query)}按“{'、'.join(names)}”查。"
    reply = answer.reply and replace(answer.reply, limit=f"{answer.reply.limit}{remark}")
    return replace(answer, reply=reply, meant="、".join(names))


def _telling(words: list[Word]) -> list[Word]:
    """Return the words without those of English that say nothing; all where there are no others."""
    return [word for word in words if word.text not in COMMON_ENGLISH] or words


def _folded(query: str) -> str:
    return " ".join(fold(query).split())


def _about_places(query: str, answer: Answer, snapshot: Snapshot) -> Reply | None:
    """Return the answer for the places in the query, unless it is rather words of the notice that found something."""
    text = _folded(query)
    reply = None if text.isascii() else mentions.of_places(text, snapshot)
    reply = mentions.with_areas(reply, snapshot) if reply and reply.subject else reply
    if not reply or not answer.regions & ~(snapshot.added if reply.kind == "province" else 0):
        return reply  # an added area doesn't stand for its province
    if not reply.subject and reply.kind in _ABOUT_AREAS:  # 资源 is a word of the notice, and 资源县 isn't found
        return reply if answer.classified or reply.areas & answer.regions else None
    is_inside = reply.subject and reply.areas and not answer.regions & ~reply.areas
    return reply if is_inside and len(parse(query)) > 1 else None


def _replied(reply: Reply, answer: Answer, query: str, snapshot: Snapshot) -> Answer:
    """Return the answer with the areas that the reply is about, or that its subject finds among them."""
    if reply.kind in ("document", "ministry") and reply.names and answer.is_empty:
        answer = matching.as_written(parse(reply.names[0]), reply.names[0], snapshot)
    is_several = reply.areas and len(reply.names) > 1 and len(answer.marked) > 1
    if not reply.subject and (reply.kind in _ITS_OWN or is_several or not answer.regions):
        found = replace(answer, stage="typed", regions=reply.areas, ranks=[reply.areas], reply=reply)
        return replace(found, classified=[], synonyms=0)
    if reply.kind in _COUNTED and reply.subject:
        reasons = dict.fromkeys(reply.subject.split(), "这一问不按它分")
        stage, reply = "typed" if reply.areas else "none", replace(reply, subject="")
        return Answer(stage, reply.areas, [reply.areas], reply=reply, unused=[*reasons], reasons=reasons)
    if reply.subject:
        answer = (_beside(reply, snapshot) if reply.kind in _LOOSE else None) or groups.of_subject(reply, snapshot)
        meant = answer.suggestion and mentions.of_places(_folded(answer.suggestion), snapshot)
        return _corrected(answer, query, snapshot) if meant and not meant.subject else answer  # 湖北荆洲
    if reply.kind in _ABOUT_AREAS and answer.classified and reply.areas & ~answer.regions:  # 沙市 isn't 长沙市
        return replace(answer, regions=reply.areas, ranks=[reply.areas], classified=[], synonyms=0, reply=reply)
    return replace(answer, clause=reply) if reply.kind == "duty" else replace(answer, reply=reply)


def _beside(reply: Reply, snapshot: Snapshot) -> Answer | None:
    """Return the answer to a question with that to what else the query asks (第12号 安吉); None where that is what
    areas have."""
    words = parse(reply.subject)
    if words and matching.as_written(words, reply.subject, snapshot).regions & reply.areas:
        return None
    other = search(reply.subject, snapshot)
    if other.reply is None or other.reply.kind in ("subject", "nothing"):
        lost = Answer("none", reply=replace(reply, subject=""), unused=reply.subject.split())
        return lost if other.is_empty and reply.kind != "serial" else None
    if reply.kind == "ask":
        return other
    areas, limit = reply.areas | other.regions, f"{reply.limit}{other.reply.limit}"
    if reply.kind == "other-batch":
        limit = re.sub(f"{answers.FIRST}[^。]*。|{answers.FIRST_BATCH}", "", limit)  # which is said
    text = f"{reply.text.rstrip('。')}。{other.reply.text}"
    reply = replace(reply, text=text, limit=limit, areas=areas, subject="", choices=other.reply.choices)
    return replace(other, stage="typed", regions=areas, ranks=[areas], reply=reply)
