"""Questions that a clause of the notice answers, and those that it leaves open: what it says instead."""

import re
from collections.abc import Callable
from dataclasses import replace

from ..models import Notice, Section, SectionKind
from .answers import Reply
from .citations import of_notice
from .facet_sets import Snapshot
from .text import HAN_NUMERALS, arabic

UNSAID = "没有写"  # the verdict where the notice says nothing of it
_CLAUSE = re.compile(r"第\s*(\d{1,2}|[一二三四五六七八九十]{1,3})\s*条(?:[是说讲写的了]*(?:什么|啥|内容))?")
_WHOM = "(?:谁|哪里|哪儿|(?:哪个|哪些|什么)(?:部门|单位|机关))"
_SUCH = "(?:地区|地方|城市|县市|市县|县|市|区|试点|示范区|省份?|省市)"
_LIST = "(?:国家)?生态文明(?:先行)?示范区(?:建设)?(?:地区)?"
_FUNDS = "(?:钱|资金|经费|补[贴助]款?|奖[励金]|拨款|专项资金|(?:资金|财政|政策|经费)支持|优惠政策)"
_PATTERNS = {
    "supervision": "(?:由|是)?(?:谁|(?:哪个|哪些|什么)(?:部门|单位|机关))(?:来|负责)?(?:监督|跟踪|督促)(?:实施)?",
    "assessment": f"[由是要有]?(?:{_WHOM}|怎么|如何|怎样)?(?:来|负责|进行|[要有])*(?:评价)?考核(?:评价)?",
    "duty": f"(?:年度|季度|年底|年终)?(?:总结|报告|进展)(?:情况)?[要应该需得]*(?:交|报送?|上报|提交)[给到向]?{_WHOM}|"
    "(?:每年)?(?:12|十二)月底?之?前[都要需应该得]*(?:做|干|完成|交)(?:什么|啥|哪些)(?:事情?|工作)?|"
    "(?:年底|年终|每年|每个?季度)之?前?[都要需应该得]*(?:交|报送?|上报|提交)(?:什么|啥|哪些)(?:材料|东西)?|"
    f"{_WHOM}(?:来|要|应该?|需要)?(?:报送?|上报)|(?:{_WHOM}|{_SUCH})?(?:要|需要|负责)?(?:交|报送?|写)?"
    f"(?:年度|季度|年底|年终|每年)的?(?:总结|报告|进展)(?:由?{_WHOM}[交报写])?|"
    "(?:加入)?日历|日程|calendar|ics|(?:annual|quarterly)reports?|(?:截止|报送)(?:日期|日|时间)?|时限|"
    "[是到至]*(?:什么时候|何时|几时|哪天|哪一?年)截止|"
    f"(?:向|给){_WHOM}(?:报送?|上报|汇报)|(?:报送?|上报|汇报|交)(?:给|到|向){_WHOM}|"
    "(?:每季度?|每个季度|每年).*(?:几号|几月|哪天).*|"
    ".*(?:什么时候|何时|几月|哪天|哪一天|截止|期限|时限|多久).*(?:交|(?<!申)报|总结|进展).*|"
    ".*(?:交|(?<!申)报送?|总结).*(?:什么时候|何时|几月|截止|期限|时限|时间).*|(?:when(?:is|are)|what(?:is|are))?(?:the)?deadlines?",
    "term": "(?:第二批|先行示范|示范区?|试点|建设)?(?:是|到|至)*(?:什么时候|何时|几时|哪天|哪一?年)?"
    "(?:到期|期满|结束|截止)(?:日期|时间)?[了没有吗呢]*|期限|"
    f"(?:第二批|{_LIST}|先行示范|示范|试点|建设|的)*(?:建设期限?|试点期限?|有效期|(?<=.)期限?|(?<=.)时限)"
    "(?:[是有到]?(?:多久|多长(?:时间)?|几年|什么(?:时候)?|哪年))?|"
    "(?:第二批|先行示范|示范区?|试点)?(?:期|建设)?[有要是搞建]*(?:多久|多长时间|几年)",
    "funds": f"(?:国家|中央|上级|财政)?[有给拿补奖拨能会到没可以得]*(?:多少|什么|哪些|一些)?{_FUNDS}{{1,2}}"
    "(?:有?多少|支持|从哪里?来|谁[出给]|怎么[来办])*|"
    f"(?:谁|哪里|哪儿)(?:来|负责)?[出给拨]{_FUNDS}|(?:howmuch)?(?:money|funding|funds|budget)",
    "validity": "(?:现在|如今|目前|今天)?(?:这个|这份|该)?(?:通知|文件|政策|名单)?(?:现在|如今|目前)?"
    "(?:(?:是否|是不是|有没有|是|还|仍|依然|继续|已经?|被)+(?:有效|作废|废止|失效|过期|过时|管用|算数|撤销|取消|执行)|作废|废止|失效|过期|过时)"
    "(?:了|没有?|的)*|(?:isit|isthenotice)?(?:still)(?:valid|inforce)",
    "clauses": "(?:通知|文件)?(?:里|中|都|主要|一共|总共|对[各示范地区]+)*(?:有|提了?|提出了?|作了)?"
    "(?:哪些|什么|几条|几项|多少条|啥)(?:具体|主要)?"
    "(?:的)?(?:要求|义务|职责|规定)|(?:通知|文件)(?:的|主要)*(?:要求|义务|规定)(?:是什么|有哪些|是啥)?|(?:要求|义务|规定)(?:是什么|有哪些|是啥)",
}


def by_number(text: str, state: Snapshot) -> Reply | None:
    """Return the answer for a clause of the notice by its number (第六条)."""
    match = _CLAUSE.fullmatch(text)
    if not match:
        return None
    number = arabic(match[1])
    if reply := _of_clause(number, state):
        return reply
    notice = Notice.objects.first()
    last = notice.sections.filter(kind=SectionKind.DUTY, is_issued=True).count() if notice else 0
    if notice is None or not last:
        return None
    of = notice.number if state.options["batch"] else "通知"
    text = f"{of}没有第{match[1]}条，只有第一条到第{HAN_NUMERALS[last]}条。"
    return Reply("unknown-number", text, "", notice.get_absolute_url(), "看通知", word="没有这一条")


def ask(compact: str, state: Snapshot) -> Reply | None:
    """Return the answer to a question (folded, without blanks and stops) about what is to be done, by whom and when,
    about money, time and validity; None where it is none."""
    compact = re.sub("(?:[吗呢啊呀嘛]|(?<!什)么|(?<=了)没有?|了没)+$", "", compact)
    kind = next((kind for kind, pattern in _PATTERNS.items() if re.fullmatch(pattern, compact)), "")
    return _ANSWERS[kind](state) if kind else None


def _of_clause(number: int, state: Snapshot, pattern: str = "(?<=。).+?。") -> Reply | None:
    """Return the answer in the words of a clause (0: what the ministries do) that fit a pattern."""
    anchor = f"duty-{number}" if number else "support"
    section = Section.objects.filter(anchor=anchor).select_related("notice").first()
    clause = re.search(pattern, section.text) if section else None
    if section is None or clause is None:
        return None
    url, name = (
        f"{section.notice.get_absolute_url()}#{section.anchor}",
        f"第{HAN_NUMERALS[number]}条" if number else "原文",
    )
    of = section.notice.number if state.options["batch"] else "通知"
    limit = f"{of}{name}“{section.heading}”。" if number else f"{of}六条之后的一段。"
    return Reply("duty", clause[0], limit, url, f"看{name}", word=name)


def _term(state: Snapshot) -> Reply | None:
    """Return that the notice says of no end, and by when it wants a report each year."""
    if (reply := _of_clause(6, state, "每年[^，。]*总结")) is None:
        return None
    text = f"通知没有写试点到什么时候结束。它只要求“{reply.text}”。"
    return replace(reply, text=text, limit=f"每年报送的时间见{reply.limit}", word=UNSAID)


def _funds(state: Snapshot) -> Reply | None:
    """Return that the notice says of no money, and in what the ministries support the areas."""
    reply = _of_clause(0, state, "在规划编制[^。]*?支持")
    text = f"通知没有写给多少钱，只写了各部门“{reply.text}”。" if reply else ""
    return reply and replace(reply, text=text, word=UNSAID)


def _validity(state: Snapshot) -> Reply | None:
    """Return that the notice doesn't say how long it is in force."""
    notice = Notice.objects.first()
    text = "通知没有写有效期；它现在是不是仍然有效，本站不作推定。"
    return replace(of_notice(notice), kind="duty", text=text, word=UNSAID) if notice else None


def _clauses(state: Snapshot) -> Reply | None:
    """Return what the clauses of the notice are headed."""
    rows = Section.objects.filter(kind=SectionKind.DUTY).select_related("notice").order_by("notice", "position")
    sections = list(rows)
    if not sections:
        return None
    notice = sections[0].notice
    headings = [section.heading for section in sections if section.notice_id == notice.pk]
    text = f"通知提了{len(headings)}条要求：{'；'.join(headings)}。"
    return Reply(
        "duty",
        text,
        "",
        f"{notice.get_absolute_url()}#{sections[0].anchor}",
        "看第一条",
        word=f"{len(headings)}条要求",
    )


_ANSWERS: dict[str, Callable[[Snapshot], Reply | None]] = {
    "supervision": lambda state: _of_clause(6, state, "[^。]*监督实施。"),
    "assessment": lambda state: _of_clause(0, state, "[^。]*评价考核.*?。"),
    "duty": lambda state: _of_clause(6, state),
    "term": _term,
    "funds": _funds,
    "validity": _validity,
    "clauses": _clauses,
}
