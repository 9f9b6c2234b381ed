"""The places that a question mentions, what else it says, and the one answer for all of them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import compress

from ..models import Province, ProvinceKind
from . import aliases, facet_sets, index
from .answers import FIRST, FIRST_BATCH, MOST_NAMED, OUTSIDE, SOME_LISTED, Reply, members, of_unit, of_units
from .documents import of_kind
from .facet_sets import Snapshot
from .gazetteer import LONGEST, ORDINARY, Candidate, Gazetteer, among, gazetteer, is_kind, short
from .places import Places, of_named
from .suggestions import vocabulary
from .text import fold, is_han, phrase

MOST_UNITS = 4  # province-level units that are answered one by one; more of them are answered as one
_FILLERS = re.compile(
    "(?:请问|为啥|凭(?=啥|什么)|^[哎喂嗨欸]+|[你您]好|谢谢[您你了啦]*|多谢|麻烦[您你了]*|拜托|请?[您你]?们?[帮替给]我?(?=[查看找问])|"
    "啥子|干嘛|系唔系|阿有|[中行]不[中行]|得行不?|[我侬恁]?想?晓得|[侬恁]|阿拉(?![尔善])|有?伐(?=$|[有?？])|不(?=[?？]*$)|归(?=.+管)|管(?=$|[中不吗的?？])|"
    "请(?=[查看找问教\\s]|$)|[查看找问](?:[查看找问]|一?下)|这个|那(?:边|里|儿)(?=$|[有是在也被])|听说|据说|好像|似乎|我?(?:记得|觉得|猜)|"
    "应该(?=[没有是在不也])|吧(?=$|[?？!！。，,])|家乡|[俺我咱]们?[这那]?[村镇乡屯](?=[是在属归])|被评?[上选为]*(?=$|[了没吗呢])|评[上选为]+[了没过]*|"
    "但是?|却|什么时候|啥时候|何时|(?:全国|国家级)(?=.*示范区)|进了?(?=第二批|名单)|是?第几[个位名]|干[些点]?(?=啥|什么)|"
    "要不要|[有没]*份(?=$|[儿吗呢了])|到底|究竟|(?:可不可以|会不会|能不能|能否|(?<![功节阳产效性动热势核风光电])能|也|还)(?=[算入列进在上选属是]|申报|$|[吗呢])|"
    "(?P<verb>[算属选上列包进入])[不没](?P=verb)[上于榜入括含]?|不算|入围|落选|当选|被?选[上中]|上榜|[列进][了没]*进?[去来]?(?=$|[名了没吗呢])|"
    "包[括含](?=$|[在吗呢哪几什]|\\w\\w)|^(?:是否|是不是)?包[括含]|在内|叫啥|(?:哪一?|哪?几|\\d{1,2})[条项]|哪几个|有?(?:哪些|什么)(?:事情?|内容|不同|区别)|里[面头]|(?:城市|地方)(?=$|[有是在])|[省市县区境]?内(?=的|$)|后来|"
    "(?:[搞做办]得)?(?:怎么?样|咋样|好不好)|是否|还是|不是|对?比较?|为何|怎么|咋|不(?=入选|列入|[在属])|家在|我哋|俺们?|咱们?|有冇|冇|啥|谁|都(?!市)|跟(?!踪)|一下|改叫|没(?=入选|列入|[有在了]|$)|^那(?=..)|是不是|有没有|没有|算不算|我家|老家|家住|我?住在?|现在|如今|叫什么(?:名字?|名称)?|改名|是?第?几号|"
    "(?:哪里|哪儿|哪一?[个些]|什么)(?:省份?|地区|地方|城市|县市?|市县?|区)?|多少个?(?:地区|县市?|市)?|几个(?:地区|县市?|市|区)?|在不在|为什么|有哪些|有什么|什么|哪些|哪个|怎么样|如何|请问|知道|我们|我想|查询|名单|列入|入选|属于|"
    "(?:国家)?(?:第二批)?(?:生态文明)?(?:先行)?示范区|第二批|制度创新重点|改革任务|任务|试点|重点|要试点?|要做|情况|"
    "在(?![线建职])|里(?!程)|上(?![游市新])|(?<!华)中(?![小央药水介])|(?<![国公私])有(?![偿机害毒色效限关序])|的(?!士)|算(?!法)|试(?![验点])|要(?![素求])|和(?!谐)|"
    "[是吗呢么啊呀嘛了做搞查我想与或及?？!！。.,，、;；/|·&+~]|vs(?![a-z])|-(?![\\da-z])|\\s)"
)
_AT_THE_END = re.compile(rf"(?:{_FILLERS.pattern})+$")
_ASKED = re.compile(
    "^(?:请问|谁?[知晓][道得]|第二批[的里中]*\\s*|我?想(?:知道|查|了解|问)|什么是|谁(?:正?在)?|(?:一共|总共|共|全国)?有?(?:多少|几)个(?:地区|地方|城市|县市?)?|有(?=.+的(?:地方|地区|城市|县市?)$)|"
    "(?:有)?(?:哪些|哪个|哪几个|什么|哪里的?)(?:地方|地区|县市?|市县?|城市|省份?)?有?|有没有|"
    "(?:正?在|要|有)?(?:试点|试行|推行|实行|搞|做(?=..))(?:了|过)?|(?:正?在|要)试与?(?!验))+|"
    "(?:(?:的(?:地方|地区|县市?|市县?|城市|试点)?|地方|地区|城市|试点)?[都有是在]*(?:哪些|哪里|哪儿|(?<!为)什么|几个|多少个?)"
    "(?:地方|地区|城市|县市?|意思)?|在?(?:哪里|哪儿|哪)|\\s第二批|谁在[做搞试]|的(?:地方|地区|城市|县市?)|有关的?事?|(?:[做搞办]得)?怎么[样做搞办]|[吗呢啊呀嘛了?？!！。])+$"
)
_WHICH, _SUCH = "有?(?:哪些|哪几个|哪个|哪里|哪儿|什么|谁)", "(?:地区|地方|城市|县市?|市县?|区|省份?|示范区)"
_DO = "(?:提到|写到|涉及|包括|包含|开展|推行|推进|实行|建立|试点?|在|要|有|搞|做|写|提|说|讲|过)"
_LACKS = f"[都是还]*(?<!有)(?:没有?{_DO}*|[不未]{_DO}+)"
_LACKING = re.compile(
    f"(?:(?:{_WHICH})?{_SUCH}?){_LACKS}(.{{2,}}?)(?:的(?:{_SUCH}[都有是]*(?:{_WHICH})?)?)?"
    f"|(.{{2,}}?)(?:{_WHICH})?{_SUCH}?{_LACKS}(?:的{_SUCH}?(?:{_WHICH})?)?"
    "|[非无](.{2,})"
)
_BETWEEN = re.compile(r"[\s、，,；;和与及或/]+")
# A question for what a place was called (静海区2015年的时候叫什么).
_CALLED = re.compile(
    "(?:(?:在|是)?(?:20\\d\\d年|当[时年初]|那[时年]|以前|之前|从前|过去|原来|原先|早先|早年|印发(?:通知)?时|通知[里中上]|曾经?|原|旧|老)"
    "的?(?:时候?)?[又也还是]*(?:被?[叫称](?:什么|啥|作什么|做什么)?(?:名字?|名称)?|(?:名[字称]?|称呼)(?:又?[是叫](?:什么|啥))?|"
    "是(?:什么|哪个?)[县市区])|曾用名|前身)(?:是(?:什么|啥))?(?=$|[\\s?？!！。，,的呢吗啊])"
)
_CORPS = re.compile(r"(?:新疆\s*)?(?:生产)?(?:建设)?兵团(?:\s*农?第?一师)?|第一师(?=\s*阿拉尔)")  # it has no code
_WATER = re.compile("(?:江(?!河)|河(?![长湖道])|湖(?![长泊])|湾(?!区))")  # a river, a lake or a bay, not 河长制
# What belongs to the name before it: the word for its kind (密云县, which was a district by then), its people.
_KIND, _PEOPLE = "(?:自治[区州县旗]|地区|城市|[省市县区旗盟州])", "(?:[本当]地人|市民|居民|老乡|人|(?<=市)民)"
_KIND_AFTER = re.compile(rf"(?:{_KIND}{_PEOPLE}?|{_PEOPLE})(?=$|谢谢|[\s在是吗呢有的和与想、，,？?])")


def of_places(text: str, state: Snapshot) -> Reply | None:
    """Return the answer for the places named in a folded question; None where it names none.

    What else it says is the reply's `subject`.
    """
    corps = _CORPS.search(text)
    plain = _CALLED.sub(" ", _CORPS.sub(" ", text))
    names, subject, remarks = _read(plain, state)
    if words := _written(names, plain, state):
        names, subject, remarks = _read(plain, state, words)
    subject = " ".join(w.strip('"“”') for w in subject.split() if w != "and" and any(map(str.isalnum, w)))
    if is_kind(subject) and subject not in text.split():
        whole = f"{''.join(names[-1:])}{subject}"
        subject = whole if whole in text else ""  # 兰州新区; 山东的县
    of_names, left_out = units(names, state), []
    if len(of_names) > MOST_UNITS:
        replies = [of_units(of_names, state)]
    else:
        is_row = "".join(names) == _BETWEEN.sub("", text)
        names, left_out = names[:MOST_NAMED], names[MOST_NAMED:]
        candidates = _narrowed({name: gazetteer(state).candidates(name) for name in names}, text, is_row=is_row)
        known, is_called = Places(state), bool(_CALLED.search(text))
        replies = [
            _one_of(name, places, known, state, is_called=is_called)
            for name, places in zip(names, candidates, strict=True)
            if places  # but for those around another one
        ]
    if corps and "阿拉尔" not in text:
        replies += [of_unit(unit, state) for unit in Province.objects.filter(kind=ProvinceKind.CORPS)]
        names.append(corps[0])
    reply = together(replies, tuple(names), subject, state)
    few = f"一次只回答{MOST_NAMED}个地名。" if left_out else ""
    return reply and replace(reply, limit=f"{few}{reply.limit}{remarks}")


def with_areas(reply: Reply, state: Snapshot) -> Reply:
    """Return the answer for places with that for the areas which its subject names beside them (荆州 川西北)."""
    others = {word: other for word in reply.subject.split() if (other := of_named(word, state))}
    others = {word: other for word, other in others.items() if other.areas & ~reply.areas}
    rest = " ".join(word for word in reply.subject.split() if word not in others)
    joint = together([reply, *others.values()], (*reply.names, *others), rest, state) if others else None
    return joint or reply


def place_first(query: str, state: Snapshot) -> str:
    """Return a query of a theme and a place glued behind it, the place first (矿山荆州: 荆州 矿山); empty where it
    is none: a county that isn't listed may be a word, too (矿山合作, 森林公安, but 湿地安吉)."""
    atlas, text = gazetteer(state), fold(query)
    cut = next((cut for cut in range(2, len(text) - 1) if text[cut:] in atlas.by_name), 0)
    theme, place = text[:cut], text[cut:]
    if not cut or " " in text or len(text) != len(query):
        return ""
    is_place = short(place) != place or atlas.is_city(place) or members(state).of(atlas.by_name.get(place, ()))
    if not is_place and (place in ORDINARY or any(index.which([[index.Clause((phrase(place),), ("body",))]]))):
        return ""
    is_theme = theme in vocabulary(state).words or any(index.which([[index.Clause((phrase(theme),), ("body",))]]))
    return f"{query[cut:]} {query[:cut]}" if is_theme else ""


def _written(names: list[str], text: str, state: Snapshot) -> list[str]:
    """Return the names of counties that are rather words of areas' lines beside other places (兰州 资源), or an
    ordinary word in one with another place (荆州古城)."""
    atlas, words = gazetteer(state), []
    for name in names if len(names) > 1 else ():
        outer = [place for other in names if other != name for place in atlas.candidates(other)]
        words += [name] if not atlas.is_city(name) and not atlas.is_inside(name, outer) else []
    clauses = [[index.Clause((phrase(word),), ("body",)), index.named(of_kind("region"))] for word in words]
    glued = [name for name in words if name in ORDINARY and any(f"{other}{name}" in text for other in names)]
    return [*compress(words, index.which(clauses)), *glued] if words else []


def units(names: list[str], state: Snapshot) -> list[Province]:
    """Return the province-level units with the names; none where one of them is no such unit's."""
    known = gazetteer(state)
    codes = [next((code for code in known.by_name[name] if code.endswith("0000")), "") for name in names]
    rows = [unit for code in codes if (unit := members(state).units.get(known.name(code)))]
    return rows if len(rows) == len(names) else []


def without_question(text: str) -> str:
    """Return a folded question that names no place without the words that make it one (哪些地方试点碳交易)."""
    return _ASKED.sub("", _CALLED.sub("", text)).strip()


def lacking(text: str) -> str:
    """Return what a folded question says areas don't have (哪些地方没有湿地); empty where it is no such question."""
    match = _LACKING.fullmatch(re.sub(r"[\s?？!！。.吗呢啊了]+$", "", text))
    return (match[1] or match[2] or match[3]).strip() if match else ""


def telling(text: str) -> str:
    """Return a folded text without the words of a question at its ends; empty where it has no others (是哪里)."""
    start = 0
    while match := _FILLERS.match(text, start):
        start = match.end()
    return _AT_THE_END.sub("", text[start:])


def of_code(code: str, state: Snapshot) -> Reply | None:
    """Return the answer for the place with a six-digit code; None where none has it."""
    names = gazetteer(state)
    places = [place for place in names.candidates(fold(names.name(code))) if code in place.codes]
    if not places:
        return None
    reply = Places(state).reply(places[0])
    return replace(reply, limit=f"{reply.limit}{code}是{places[0].name}的代码。", names=(code,))


def of_spelled(letters: str, names: Iterable[str], state: Snapshot, *, is_city: bool = False) -> Reply | None:
    """Return the answer for several names of places that are spelled alike, of cities and larger units alone if
    `is_city`; None where none is one."""
    places = list(dict.fromkeys(place for name in names for place in gazetteer(state).candidates(name)))
    places = [place for place in places if place.code.endswith("00") or not is_city]
    replies = [Places(state).reply(place) for place in places]
    return _ambiguous(letters, places, replies, state) if len(places) > 1 else next(iter(replies), None)


def _read(text: str, state: Snapshot, words: Sequence[str] = ()) -> tuple[list[str], str, str]:
    """Return the names of places in a folded text, but `words`, what is left of it without the words of a question,
    and how names were read: a reader's word is no place that it begins with (太湖), but may stand for one (羊城).
    """
    names, terms = gazetteer(state), vocabulary(state).terms
    mentioned: list[str] = []
    left, remarks, start = "", "", 0
    while start < len(text):
        is_border = not left[-1:].strip()
        is_behind = left.rpartition(" ")[2] in vocabulary(state).words  # 湿地荆州, but not 矿山合作
        name = names.longest(text, start) if is_border or is_behind else ""
        name = name if is_border or names.is_city(name) else ""
        term, places = _term(text, start, names, terms, mentioned)
        if len(term) >= max(len(name), 2) and (is_border or not places):
            mentioned += places
            is_wide = len(places) > 1 and all(names.by_name[place][0].endswith("0000") for place in places)
            remarks += f"通知没有按“{term}”列地区。" * is_wide
            remarks += f"“{term}”按“{'、'.join(places)}”查。" * bool(places)
            left += " " if places else term
            start = _end(term, text, start, names) if places else start + len(term)
        elif name and name not in words and not _goes_on(name, text, start + len(name), names, terms):
            mentioned.append(name)
            full = text[start : (start := _end(name, text, start, names))]
            if full[:-1] == name and is_kind(full[-1]) and full not in names.by_name:  # 富阳市
                remarks += _as_now(full, name, state)
            left += " "
        elif match := _FILLERS.match(text, start):
            left += "" if left.strip() == "" else " "
            start = match.end()
        else:
            left += text[start]
            start += 1
    return list(dict.fromkeys(mentioned)), " ".join(left.split()), remarks


def _term(
    text: str, start: int, names: Gazetteer, terms: dict[str, list[str]], mentioned: list[str]
) -> tuple[str, list[str]]:
    """Return the reader's word at `start`, and the places that it stands for; none within a longer word (东北虎), nor
    where it names a place in the one that was mentioned last (大同矿区), or a part of that (山东东部地区)."""
    ends = range(min(len(text), start + LONGEST), start, -1)
    term = next((text[start:end] for end in ends if text[start:end] in terms), "")
    if term in names.by_name and names.is_inside(term, names.candidates("".join(mentioned[-1:]))):
        return "", []
    places = terms[term] if term and all(place in names.by_name for place in terms[term]) else []
    if len(places) > 1 and mentioned and text[:start].endswith(mentioned[-1]):
        return "", []
    return ("", []) if places and _goes_on(term, text, start + len(term), names, ()) else (term, places)


def _end(name: str, text: str, start: int, names: Gazetteer) -> int:
    """Return where a name at `start` ends, with the word for its kind and its people (not 海东市民和县)."""
    end = start + len(name)
    kind = None if names.longest(text, end) else _KIND_AFTER.match(text, end)
    return kind.end() if kind and not name.endswith(kind[0]) else end


def _as_now(full: str, name: str, state: Snapshot) -> str:
    """Return how a name was read that has the word for a kind that no place of it has had since 2015 (富阳市)."""
    if former := aliases.former(full):  # 静海县
        return former
    places = gazetteer(state).candidates(name)
    if len(places) == 1 and places[0].code.endswith("00") and full[-1] in "县区旗":  # 铜陵县 isn't 铜陵市
        return f"2015年印发通知时和现在的行政区划里都没有“{full}”，按“{places[0].name}”查。"
    then = f"{places[0].then}在2015年印发通知时就叫这个名称。" if len(places) == 1 and places[0].then else ""
    return f"“{full}”按“{name}”查。{then}"


def _goes_on(name: str, text: str, end: int, names: Gazetteer, terms: Iterable[str]) -> bool:
    """Return whether a name that ends at `end` is the beginning of a longer word (钱塘江, 鄱阳湖湿地, 大理石), or of
    one of the notice's (资源资产)."""
    is_over = any(pattern.match(text, end) for pattern in (_FILLERS, _KIND_AFTER))
    if is_over or not is_han(text[end : end + 1] or " ") or names.longest(text, end):
        return False
    is_word = any(term.startswith(name) for term in terms)
    return is_word or bool(_WATER.match(text, end) or not is_han(text[end + 1 : end + 2] or " "))


def _narrowed(places: dict[str, list[Candidate]], text: str, *, is_row: bool) -> list[list[Candidate]]:
    """Let a place inside another named one stand for both (南京江宁区); in a row of names (`is_row`) or beside
    another one, provinces are what they are (天津河北), unless they may be a prefecture of that (青海 海南)."""
    narrowed, outer = [], set()
    for name, group in places.items():
        others = [place for other, candidates in places.items() if other != name for place in candidates]
        inside = among(group, others) if others else group
        units = [place for place in group if place.code.endswith("0000")]
        is_beside = is_row or any(place.code.endswith("0000") for place in others)
        is_prefecture = any(place.code.endswith("00") for place in inside)
        if not is_prefecture or all(f"{other}{name}" not in re.sub("[ 的]", "", text) for other in places):
            inside = (units if is_beside else []) or inside
        if len(inside) < len(group) or any(_is_inside(place, others) for place in inside):
            outer |= {other for other in others if any(_is_inside(place, [other]) for place in inside)}
        narrowed.append(inside)
    return [[] if outer & {*candidates} else candidates for candidates in narrowed]


def _is_inside(place: Candidate, others: Iterable[Candidate]) -> bool:
    return any(
        code != other.code and code.startswith(other.code[:2] if other.code.endswith("0000") else other.code[:4])
        for other in others
        if other.code.endswith("00")
        for code in place.codes
    )


def _one_of(name: str, candidates: list[Candidate], places: Places, state: Snapshot, *, is_called: bool) -> Reply:
    """Return the answer for a name: of the one place that is about the list, or all of them as candidates; first what
    it was called if `is_called`."""
    replies = [places.reply(place) for place in candidates]
    leading = [reply for reply in replies if reply.kind in ("listed", "contains", "province")]
    if len(replies) == 1 or len(leading) == 1:
        reply = (leading or replies)[0]
        called = places.called(candidates[replies.index(reply)]) if is_called else ""
        return replace(reply, text=f"{called}{reply.text}")
    if len(gazetteer(state).candidates(name)) == len(candidates):  # none was left out for another place
        candidates = gazetteer(state).candidates(name, with_inner=True)  # 朝阳县, in 朝阳市
        replies = [places.reply(place) for place in candidates]
    return _ambiguous(name, candidates, replies, state)


def _ambiguous(name: str, candidates: list[Candidate], replies: list[Reply], state: Snapshot) -> Reply:
    around = gazetteer(state)
    names = [f"{''.join(map(around.name, around.within(place.code)))}{place.name}" for place in candidates]
    choices = tuple((name, reply.verdict) for name, reply in zip(names, replies, strict=True))
    areas = 0
    for reply in replies:
        areas |= reply.areas
    limit = FIRST_BATCH if any(reply.kind == "not-listed" for reply in replies) else ""
    return Reply("ambiguous", f"叫“{name}”的有几处，您问的是哪一处？", limit, areas=areas, choices=choices)


def together(replies: list[Reply], names: tuple[str, ...], subject: str, state: Snapshot) -> Reply | None:
    """Return the answers for several places as one, with the `names` and `subject`; None where there are none."""
    if not replies:
        return None
    outside = [reply for reply in replies if reply.kind == "not-listed" and not reply.areas]
    if len(outside) > 1:
        replies = [*(reply for reply in replies if reply not in outside), _all_outside(outside)]
    replies = sorted(dict.fromkeys(replies), key=lambda reply: not reply.areas)  # what is on the list leads
    first, areas = replies[0], 0
    for reply in replies:
        areas |= reply.areas
    text = "".join(reply.text for reply in replies)
    limit = "".join(dict.fromkeys(reply.limit for reply in replies))
    choices = tuple(choice for reply in replies for choice in reply.choices)
    counted = first.counted and {state.pks[place] for place in facet_sets.places(areas & state.listed)}.union(
        *(reply.counted for reply in replies)
    )
    if limit.count(FIRST) + limit.count(FIRST_BATCH) > 1:
        limit = f"{limit.replace(FIRST_BATCH, '')}{'' if FIRST in limit else FIRST_BATCH}"
    is_mixed = outside and first.kind in ("listed", "within", "contains")
    return replace(
        first,
        word=SOME_LISTED if is_mixed else first.word,
        text=text,
        limit=limit,
        areas=areas,
        names=names,
        subject=subject,
        choices=choices,
        counted=frozenset(counted),
    )


def _all_outside(replies: list[Reply]) -> Reply:
    """Return the answer for places none of which is on the list, each province told of once."""
    names = "、".join(reply.text.removesuffix(OUTSIDE) for reply in replies)
    provinces = "".join(dict.fromkeys(reply.limit.partition(FIRST)[0] for reply in replies))
    limit = f"{provinces}{FIRST}，本站没有收录，所以不能由此说它们从未入选。"
    return replace(replies[0], text=f"{names}都{OUTSIDE}", limit=limit)
