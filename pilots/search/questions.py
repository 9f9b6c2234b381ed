"""Questions that aren't about a place: a number, a body, the list itself, who must report what by when."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import groupby
from operator import itemgetter

from django.urls import reverse
from django.utils.formats import date_format

from ..models import Notice, Priority, Province, Region, RegionKind, Signature
from . import clauses, matching, mentions
from .answers import FIRST_BATCH, MOST_NAMED, Reply, as_bits, members
from .citations import YEARS, ministries, of_body, of_document, of_notice, of_number
from .facet_sets import Snapshot
from .places import of_region
from .text import arabic, parse

_SERIAL = re.compile(
    r"(?:第|#|no\.?|n°|number|area|序号|编号)\s*(\d{1,3})\s*[号个位]?|(?:第(?=.{1,3}个)|第?)(\d{1,3}|[一二三四五六七八九十]{1,3})\s*(?:号|(?<=第.)个|(?<=第..)个)"
)
_WHICH = re.compile(
    r"^附件[里中的]*(?=第)|^(?:哪一?个|哪里|谁|什么)(?:地区|地方|城市|县市?|市)?是\s*|\s*[是叫在]+(?:哪一?个|哪里|哪儿|哪|谁|什么|啥)(?:地区|地方|城市|县市?|市)?$"
)
_LINE = re.compile(
    rf"(?:{_SERIAL.pattern}|(\d{{1,2}}))\s*(?:[的,，]?\s*第|[-.])\s*(\d|[一二三四五六七八九])\s*[项条点]?"
)
_LINE_OF_PLACE = re.compile(r"(.*[^\W\d第号].*?)的?\s*(第\s*(?:\d|[一二三四五六七八九])\s*[项条点])")
_AREA = r"(?:(?:第|#|no\.?)\s*(?:\d{1,3}|[一二三四五六七八九十]{1,3})(?:\s*号)?|\d{1,3}\s*号)"
_AND = r"(?:\s*[,，、;；/和与及]\s*|\s+)"
_ONE = r"(?:(?:第|#|no\.?)\s*)?(\d{1,3}|[一二三四五六七八九十]{1,3})(?:\s*号)?"
_AREAS = re.compile(rf"(?=.*(?:号|#|no)){_ONE}(?:(?:{_AND}|(?<=号)){_ONE})+")
_ROW_OF_AREAS = re.compile(rf"(?=.*号){_ONE}\s*(?:到|至|[-~—–])\s*{_ONE}")
_AREA_WITH = re.compile(
    rf"({_AREA}(?:{_AND}{_AREA})*)(?:地区)?(?:\s*的\s*|\s*[,，、]\s*|\s+|(?<=号)(?=[^\W\d]{{2}})(?!文))(.+)|(.+?)(?:\s+|(?<=[^\W\d部委院局令告])的?(?=第\d+号))({_AREA}(?:{_AND}{_AREA})*)"
)
_IS_NUMBER = re.compile(  # 白城是第13号吗, 第13号是白城吗
    rf"(?P<place>.+?)[是在排为]+(?:不是|否)?(?P<number>{_AREA})[吗么嘛吧呢?？]*|(?P<first>{_AREA})[就是]*是(?P<last>.+?)[吗么嘛吧?？]+"
)
_LIST = "(?:国家)?生态文明(?:先行)?示范区(?:建设)?(?:地区)?"
_SUCH = "(?:地区|地方|城市|县市|市县|县|市|区|试点|示范区|省份?|省市)"
_IN = "(?:入选|列入|在列|上榜|选上|评[选为]?上|在名单[里上中])"
_NONE = f"(?:没有?|未|不在?|缺少?|少|漏|无)了?(?:{_IN}|{_LIST}|名单[里上中]?|地区|试点|[被能有在的了])*"
_WHICH_UNIT = "(?:哪些|哪几个|哪一?个|哪|什么|啥)(?:省份?|省市)"
_PATTERNS = {
    "later-batch": rf"第[三四五六七八九]批(?:{_LIST})?.*",
    "other-batch": r"(?:.*(?:[是在入上进]|\W|[^\W\d]{2,}))?(?:第[一1]批|首批).*|2014年?|2014年.{2,}|"
    "(?:the)?(?:first|1st)batch(?:of.*)?",
    "batch": rf"(?:第二批)?{_LIST}(?:名单|名录|目录|有哪些)?|"
    "(?:第二批|全部|所有|完整|入选|示范区|试点|的)*(?:地区|城市)?名单|第二批|"
    rf"(?:第二批)?(?:全部|所有|入选)的?{_SUCH}|"
    rf"第二批(?:都|共)?{_IN}?的?(?:有|是)?(?:哪些|哪几个|什么){_SUCH}?{_IN}?了?|"
    rf"(?:都|共)?有?(?:哪些|哪几个){_SUCH}{_IN}?了?|"
    "(?:which|what|all|list(?:of)?)(?:are)?(?:all)?(?:the)?(?:cities|areas|regions|counties|places|county|city)"
    "(?:are|is)?(?:listed|included|onthelist)?|(?:the)?(?:second|2nd)batch|(?:whatis|whatson|whatisin|show)?(?:me)?thelist",
    "provinces-without": ".*(?:哪些|哪几个|哪个|什么)(?:省份?|省市|地方)[都还是一个]*(?:没有?|未|不)"
    f"(?:{_IN}|{_LIST}|名单|地区|试点|[被能有在的了里上中])*|"
    rf"(?:没有?|未){_IN}?(?:名单)?的?(?:省份?|省市)(?:有哪些|是哪些|名单)?|"
    rf"(?:{_LIST}|第二批|名单|[里上中还都])*{_NONE}的?是?{_WHICH_UNIT}[呢啊呀]?|.*{_WHICH_UNIT}{_NONE}[呢啊呀]?|"
    "(?:which|what)provinces(?:have|has|are)?(?:none|noareas?|not.*|without)|(?:areas|places|cities)?not(?:yet)?(?:listed|included|selected|onthelist)",
    "counties": "(?:一共|总共|共|全国|第二批|名单[里上中]?)?[里都共]*有?(?:多少|几)个?"
    "(?:(?:自治|地级|县级)?[县市]|县市|市县|城市|市?辖?区县?|县区)"
    f"(?:[和与、，,]?(?:(?:多少|几)个?)?(?:县|市|区))*(?:{_IN})?了?的?",
    "count": r"(?:一共|总共|共|全国)?(?:有)?(?:多少|几)[个项]?(?:地区|地方|试点|示范区|项目|重点|任务)?|"
    r"(?:一共|共|全部)?\d{1,3}[个项](?:地区|(?:制度创新)?重点)?|(?:howmany|\d{1,3})(?:areas|regions|cities|places)(?:are)?(?:there|listed|onthelist)?(?:intotal)?",
    "ask": r"(?:请问)?(?:我|我们|咱|咱们|本|这|俺)(?:的|家|们)*"
    "(?:县|市|区|乡|家乡|老家|这里|这儿|那里|[这那][噶嘎疙旮]|镇|村|屯|省|地).*|.*家乡.*|"
    "(?:is)?(?:my|our)(?:county|city|town|district|area|hometown)(?:onthelist|listed|included|selected)?",
    "signatories": "(?:是)?(?:谁|哪里|(?:哪些|哪个|哪几个|什么)(?:部门|部委|单位|机关))(?:联合)?"
    "(?:发|签发|签[署字]?|盖章?|批准?|印发|发布|下发|出台)的?(?:名?字|章|文|文件|通知)?|(?:签发人?|署名|落款)(?:是谁|单位|机关)?|"
    "有?(?:几|多少)个?(?:部委|部门|机关|单位)(?:一起|联合|共同)?(?:发文?|印发|签发|签署)[的了]?|"
    "who(?:has|have)?(?:issued|signed|published|made)(?:it|thenotice|this|thisnotice|thelist)?|"
    "发文(?:机关|单位|部门)|印发(?:机关|单位|部门)|(?:是?哪)?[九9]个?(?:部委|部门|机关)",
    "issued": "(?:通知|文件|这份文件|第二批)?(?:是)?(?:什么时候|何时|哪年|哪一年|哪天|几月)"
    "(?:印发|发布|发|公布|下发|出台)的?(?:这份|这个)?(?:通知|文件|文|名单)?|"
    "when(?:was|is|were)(?:it|thenotice|this|thelist)(?:issued|published|signed)|(?:印发|发文|发布|公布)(?:时间|日期)|(?:这个|这份|该)?(?:发文|文件|通知)?的?(?:文号|字号|编号)(?:是多少|是什么)?|(?:通知|文件)(?:内容)?|"
    "(?:在?哪里?儿?|怎么|如何|能|可以|看到?|查到?|找到?)*(?:通知|文件)?的?(?:全文|原文|正文)(?:在?哪里?儿?|怎么|能|可以|看到?|查到?|找到?)*",
    "most": "(?:.*(?:哪个|哪些|哪几个|什么)(?:省份?|省市))(?:入选|列入|有)?(?:的|地区|示范区)*最多的?|"
    "最多的(?:是哪个)?省份?(?:是哪个)?",
}


# What the questions say that may be about something else, too (第一批有没有安吉, 湿地哪个省最多).
_LOOSE = {
    kind: re.compile(pattern)
    for kind, pattern in {
        "ask": "^(?:请问)?[我咱俺本这](?:的|家|们)*(?:[县市区乡镇村省地]|家乡|老家|[这那][里儿噶嘎旮])[里的]?|家乡",
        "later-batch": f"第[三四五六七八九]批(?:{_LIST})?",
        "other-batch": rf"(?:第[一1]批|首批)的?(?:{_LIST})?|2014年?的?|(?:the )?(?:first|1st) batch",
        "provinces-without": rf"{_WHICH_UNIT}|哪[些个]?地方|[都还是一个]*{_NONE}",
        "most": f"{_WHICH_UNIT}|(?:入选|列入|有)?(?:的|地区|示范区)*最多的?",
    }.items()
}


def ask(text: str, state: Snapshot) -> Reply | None:
    """Return the answer to a question (folded) that isn't about a place; None where it is no such question.

    What else it says is the reply's `subject`.
    """
    text = text.strip().rstrip("、,;；").replace("第2批", "第二批")
    compact = re.sub(r"[\s?？!！。.]+", "", text)
    of_areas = (_serials, of_number, _is_number, _area_with, _own_name, _bare)
    for rule in (of_document, _serial, _line, clauses.by_number, *of_areas, of_body):
        if reply := rule(text, state):
            return reply
    kind = next((kind for kind, pattern in _PATTERNS.items() if re.fullmatch(pattern, compact)), "")
    reply = _ANSWERS[kind](state) if kind else clauses.ask(compact, state)
    rest = mentions.telling(_LOOSE[kind].sub(" ", text)) if kind in _LOOSE and not text.isascii() else ""
    return reply and replace(reply, subject=" ".join(word for word in rest.split() if len(word) > 1))


def _serial(text: str, state: Snapshot) -> Reply | None:
    match = _SERIAL.fullmatch(_WHICH.sub("", text))
    if not match:
        return None
    number = arabic(match[1] or match[2])
    regions = members(state).numbered.get(number, [])
    if not regions:
        return _no_serial(number)
    first, *others = regions
    later = f"（本站现为第{first.serial}号）" if first.serial != number else ""
    text = f"第{number}号：{first.name}{later}"
    if others:
        text = f"通知的第{number}号是{first.name}{later}；本站现在的第{number}号是{others[0].name}。"
    limit = "".join(f"{region.withdrawal}。" for region in regions if region.is_withdrawn)
    limit += members(state).corrected(regions)
    url = (first.is_withdrawn and first.annex_url) or first.get_absolute_url()
    areas = as_bits(regions, state)
    return Reply("serial", text, limit, url, f"看第{first.serial}号", areas, word=f"第{number}号")


def _serials(text: str, state: Snapshot) -> Reply | None:
    """Return the answer for several areas by their numbers (第3号 第4号, 第1号至第3号)."""
    numbers = _numbers(text, state)
    replies = [reply for number in numbers if (reply := _serial(f"第{number}号", state))]
    if len(replies) < 2:
        return None
    replies.sort(key=lambda reply: reply.kind != "serial")
    texts, areas = [reply.text.rstrip("。") for reply in replies], 0
    for reply in replies:
        areas |= reply.areas
    more = f"；等等，共{len(texts)}个" if len(texts) > MOST_NAMED else ""
    limit = "".join(dict.fromkeys(reply.limit for reply in replies))
    text = f"{'；'.join(texts[:MOST_NAMED])}{more}。"
    return replace(replies[0], text=text, limit=limit, areas=areas, word=f"{len(replies)}个序号")


def _numbers(text: str, state: Snapshot) -> list[int]:
    """Return the numbers in a text that has nothing else, each once; of a row from one to another those of areas."""
    if match := _ROW_OF_AREAS.fullmatch(text):
        first, last = map(arabic, match.groups())
        return [number for number in sorted(members(state).numbered) if first <= number <= last]
    if not _AREAS.fullmatch(text):
        return []
    return list(dict.fromkeys(map(arabic, re.findall(r"\d+|[一二三四五六七八九十]+", text))))


def _is_number(text: str, state: Snapshot) -> Reply | None:
    """Return the answer where somebody asks whether a place has a number (白城是第13号吗)."""
    match = _IS_NUMBER.fullmatch(text)
    place = mentions.of_places(match["place"] or match["last"], state) if match else None
    serial = _serial(match["number"] or match["first"], state) if match and place else None
    if place is None or serial is None or place.subject or place.kind == "ambiguous":
        return None
    is_same = bool(place.areas & serial.areas)
    is_whole = place.kind in ("listed", "within") and place.areas.bit_count() == 1
    verdict = "是。" if is_same and is_whole else "" if is_same or place.kind == "open" else "不是。"
    number = "" if is_same else f"{serial.text.rstrip('。')}。{serial.limit}"
    return replace(place, text=f"{verdict}{place.text}", limit=f"{number}{place.limit}")


def _area_with(text: str, state: Snapshot) -> Reply | None:
    """Return the answer for areas by their numbers and something else (第3号 湿地), which may be places (宁波 第3号
    湿地): these are asked the same as the areas."""
    match = _AREA_WITH.fullmatch(text)
    numbers, subject = (match[1] or match[4], match[2] or match[3]) if match else ("", "")
    if not match or re.search(_AREA, subject):  # the numbers stand between words
        words = re.split(r"(?:\s*[,，、;；]\s*|\s+)", re.sub(r"(第|#|no\.?)\s+(?=\d)", r"\1", text))
        numbers = " ".join(word for word in words if re.fullmatch(_AREA, word))
        subject = " ".join(word for word in words if not re.fullmatch(_AREA, word))
        if not numbers or not subject or re.search(_AREA, subject):
            return None
    reply = _serials(numbers, state) or _serial(numbers, state)
    if reply is None or not mentions.telling(subject):
        return reply
    reply = replace(reply, text=f"{reply.text.rstrip('。')}。")
    names = (reply.word,) if reply.kind == "serial" else ()
    other = mentions.of_places(subject, state) if names else None
    if other and not matching.as_written(parse(subject), subject, state).regions & reply.areas:
        joint = mentions.together([reply, other], (*names, *other.names), other.subject, state)
        return joint and replace(joint, word="") if other.areas else joint
    return replace(reply, subject=subject, names=names)


def _own_name(text: str, state: Snapshot) -> Reply | None:
    """Return the answer for the area whose own name is a word of a text (青岛红岛经济区: not all of 青岛),
    with that for the places beside it."""
    words = text.split()
    by_name = members(state).by_name
    word = next((word for word in words if word in by_name and by_name[word].pk in state.place), "")
    is_place = (mentioned := mentions.of_places(word, state)) is None or not mentioned.subject
    if not word or (is_place and mentioned and mentioned.kind == "listed"):
        return None
    reply = of_region(by_name[word], word, state)
    rest = " ".join(other for other in words if other != word)
    places = mentions.of_places(rest, state) if rest else None
    if places and not matching.as_written(parse(rest), rest, state).regions & reply.areas:
        return mentions.together([reply, places], (word, *places.names), places.subject, state)
    return replace(reply, subject=rest, names=(word,) if rest else ())


def _no_serial(number: int, limit: str = "") -> Reply:
    counts = Counter(Region.all_objects.filter(is_issued=True).values_list("notice", flat=True))
    last = max(counts.values(), default=0)
    text = f"第二批没有第{number}号，只有第1号到第{last}号。"
    return Reply("unknown-number", text, limit, reverse("pilots:region-list"), "看全部地区", word="没有这个序号")


def _line(text: str, state: Snapshot) -> Reply | None:
    """Return the answer for a line of an area (第4号第2项, 4-2)."""
    if match := _LINE_OF_PLACE.fullmatch(text):
        reply = mentions.of_places(match[1], state)
        areas = reply.areas if reply and not reply.subject else 0
        pk = state.pks[areas.bit_length() - 1] if areas.bit_count() == 1 else None
        serials = [n for n, rows in members(state).numbered.items() if pk in [row.pk for row in rows]]
        text = f"第{serials[0]}号{match[2]}" if serials else text
    match = _LINE.fullmatch(text)
    if not match:
        return None
    serial, number = arabic(match[1] or match[2] or match[3]), arabic(match[4])
    region = next((area for area in members(state).numbered.get(serial, []) if not area.is_withdrawn), None)
    if region is None:
        return _serial(f"第{serial}号", state)
    lines = list(region.priorities.all())
    areas = 1 << state.place[region.pk]
    for line in lines:
        if line.number == number:
            text = f"第{serial}号{region.short_name}的第{number}项：“{line.text}”"
            return Reply(
                "serial", text, "", line.get_absolute_url(), "看这一项", areas, word=f"第{serial}号第{number}项"
            )
    text = f"第{serial}号{region.short_name}没有第{number}项，只有{len(lines)}项。"
    return Reply("serial", text, "", region.get_absolute_url(), f"看第{serial}号", areas, word="没有这一项")


def _bare(text: str, state: Snapshot) -> Reply | None:
    """Return the answer for a number alone: the area of that number, or the place with that code."""
    text = text.lstrip("-")
    if not re.fullmatch("[0-9]{1,6}", text) or int(text) in YEARS:
        return None
    if len(text) == 6:
        unknown = f"2015年和现在的行政区划代码里都没有{text}。"
        return mentions.of_code(text, state) or Reply(
            "unknown-number", unknown, url=reverse("pilots:province-list"), link="按省份找", word="没有这个代码"
        )
    number = int(text)
    if number in members(state).numbered:
        return _serial(f"第{number}号", state)
    return _no_serial(number, "查行政区划代码，请写全六位。")


def _other_batch(state: Snapshot) -> Reply:
    text = "本站只收录第二批；第一批（2014年）没有收录。"
    return Reply("other-batch", text, "", reverse("pilots:region-list"), "看第二批")


def _batch(state: Snapshot) -> Reply:
    areas, published = Region.all_objects.filter(is_issued=True).count(), state.listed.bit_count()
    withdrawn = f"其中{published}个本站现公开，{areas - published}个已撤下。" if published < areas else ""
    limit = f"{withdrawn}{FIRST_BATCH}"
    return Reply(
        "batch", f"第二批共{areas}个地区。", limit, reverse("pilots:region-list"), "看全部地区", state.listed
    )


def _count(state: Snapshot) -> Reply:
    lines = Priority.all_objects.filter(is_issued=True).count()
    reply = _batch(state)
    text = f"{reply.text[:-1]}，{lines}项制度创新重点。"
    return replace(reply, kind="count", text=text, word=f"{Region.all_objects.filter(is_issued=True).count()}个")


def _counties(state: Snapshot) -> Reply:
    """Return how many areas of each kind there are: not every one is a county or a city."""
    counts = Counter(region.verified_kind and region.kind for region in Region.all_objects.filter(is_issued=True))
    kinds = "、".join(f"{kind.label}{counts[kind]}个" for kind in RegionKind if counts[kind])
    rest = f"；其余{counts['']}个的类型没有核实" if counts[""] else ""
    numbers = "、".join(
        f"{noun}{sum(counts[kind] for kind in RegionKind if kind.label.endswith(noun))}个"
        for noun in ("县", "市", "区")
    )
    reply = _batch(state)
    return replace(
        reply,
        kind="count",
        text=f"{reply.text[:-1]}，其中{numbers}。",
        limit=f"分开说：{kinds}{rest}。{reply.limit}",
        word="按类型（本站归类）",
    )


def _provinces_without(state: Snapshot) -> Reply:
    listed = Region.all_objects.filter(is_issued=True)
    columns = ("province", "province__parent", "partners", "partners__parent")
    with_areas = {pk for row in listed.values_list(*columns) for pk in row}
    units = [unit for unit in Province.objects.province_level() if unit.pk not in with_areas]
    names = "、".join(unit.short_name for unit in units)
    return Reply(
        "provinces-without",
        f"{names}，共{len(units)}个，没有地区列入第二批。",
        FIRST_BATCH,
        reverse("pilots:province-list"),
        "看省份",
    )


def _most(state: Snapshot) -> Reply | None:
    """Return which province-level units have most areas."""
    units = Province.objects.province_level()
    counts = {unit: len(members(state).areas_in(unit)[2]) for unit in units}
    if not (most := max(counts.values(), default=0)):
        return None
    leading, areas = [unit for unit in units if counts[unit] == most], 0
    for unit in leading:
        areas |= state.bits["province"].get(unit.slug, 0) & state.listed
    names, apiece = "、".join(unit.short_name for unit in leading), "各" if len(leading) > 1 else ""
    text = f"最多的是{names}，{apiece}有{most}个地区。"
    url = reverse("pilots:province-list")
    return Reply("count", text, FIRST_BATCH, url, "看省份", areas, word=f"最多{most}个")


def _signatories(state: Snapshot) -> Reply | None:
    names = {ministry.pk: ministry.text_name for ministry in ministries(state) if ministry.is_signatory}
    text = f"{'、'.join(names.values())}，共{len(names)}个机关联合印发。"
    if state.options["batch"]:
        rows = Signature.all_objects.filter(is_issued=True).order_by("notice__issued_on", "notice", "position")
        notices = groupby(rows.values_list("notice__number", "ministry"), itemgetter(0))
        signed = ((number, [names[pk] for _, pk in signatures]) for number, signatures in notices)
        text = "".join(f"{number}由{'、'.join(bodies)}联合印发，共{len(bodies)}个机关。" for number, bodies in signed)
    url = reverse("pilots:ministry-list")
    return Reply("ministry", text, "", url, "看发文机关", word="发文机关") if names else None


def _issued(state: Snapshot) -> Reply | None:
    notices = list(Notice.objects.all())
    if not notices:
        return None
    texts = [f"{notice.number}于{date_format(notice.issued_on, 'Y年n月j日')}印发" for notice in notices]
    return replace(of_notice(notices[0]), text=f"{'；'.join(texts)}。", word="通知")


_ANSWERS: dict[str, Callable[[Snapshot], Reply | None]] = {
    "later-batch": lambda state: replace(_other_batch(state), text="本站只收录第二批。", limit=FIRST_BATCH),
    "other-batch": _other_batch,
    "batch": _batch,
    "counties": _counties,
    "count": _count,
    "provinces-without": _provinces_without,
    "ask": lambda state: Reply(
        "ask", "请输入县、市的名称。", "例如：蓟县、昌黎、本溪。", reverse("pilots:province-list"), "按省份找"
    ),
    "signatories": _signatories,
    "issued": _issued,
    "most": _most,
}
