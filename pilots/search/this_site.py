"""Questions about this site, not about what the notice says: where its pages answer them."""

import re
from collections import Counter
from dataclasses import replace

from django.conf import settings
from django.urls import reverse, reverse_lazy

from ..models import Citation, DocumentRelation
from . import clauses, matching, mentions, questions
from .answers import Reply, members
from .facet_sets import AFTER, Snapshot
from .text import parse

LONGEST = 30  # characters of such a question
_BEFORE = "(?:请问|我想|想|怎么样?|怎样|如何|在?哪里?儿?|什么地方|能不能|可不可以|可以|能否|能|有没有|有)*"
_AFTER = "(?:吗|呢|么|在?哪里?儿?|是什么|怎么办)?"
_SITE = "(?:你们|这个|这|本)?(?:网?站|网页|名录|系统)"
_TAKE = "(?:全文|下载|导出|保存|获取|全部|整份|原始|开放|名单|本站|数据|我?要|的)*"
_PILOTS = "(?:这份|这个|这些|该|第二批|生态文明|通知|文件|政策|试点|先行|示范[区县市]?|地区|地方|建设|印发|发布|的)*"
_ERROR = "(?:(?:我?发现|[有写])(?:了?[一个些]*)|纠正|改正|更正|报告)错(?:误|了)?"
# What became of the areas, alone or behind a place.
_LATER = (
    f"{_PILOTS}(?:之后|以后|后来|后续|最后|最终|如今)(?:的?(?:文件|情况|进展|报道|结果|成果|成效|效果))?(?:[都又]|是|成|变成)*"
    "(?:怎么?样|怎样|咋样|咋地|如何|怎么着?|发生了?什么|有什么结果|查到什么)?了?"
    f"|{_PILOTS}的?(?:落实|执行|实施|完成|建设)(?:[了得的]?(?:怎么?样|如何|情况|效果|成效|成果)|了)"
    f"|{_PILOTS}(?:现在怎么?样|怎么?样了|咋样了|(?:[搞做办建试]|完)(?:成|好)(?:功|效)?了?(?:没有?)?|成功了?(?:没有?)?)"
    f"|{_PILOTS}的?(?:最终|最后)?(?:成效|成果|效果|结果|成绩)(?:[是都]?(?:怎么?样|怎样|如何|咋样|好不好|什么))?了?"
    f"|{_PILOTS}(?:通过|完成)?了?验收(?:结果|情况|通过)?了?(?:没有?)?"
    "|what(?:came(?:ofit|after)|happened(?:next|after(?:wards)?))|follow-?up"
)
# What became of a subject.
_OF_SUBJECT = re.compile("(.+?)的?(?:后来|后续)(?:的?(?:情况|进展))?[都又]?(?:怎么?样|怎样|咋样|如何)了?[吗呢啊]?")
# A whole question (folded, without blanks and stops), but for what is before and after each: the sentence, its page
# and place there, its link.
PAGES = {
    f"{_TAKE}(?:下载|导出|数据[集包]?|名单|文件|表格|离线[版包]?|excel|xlsx|csv|json|pdf)(?:全文|名单|数据)?"
    "|downloads?|(?:open)?data(?:set)?": (
        "整份记录可以下载：CSV、XLSX、JSON 和离线网页。", reverse_lazy("pilots:data"), "", "下载数据",
    ),
    "(?:数据)?接口(?:文档)?|(?:open)?api(?:文档|接口)?|开发者?": (
        "全部记录都有数据接口，不用登录。", reverse_lazy("pilots:api"), "", "看接口说明",
    ),
    "引用(?:格式|本站|数据)?|参考文献|bibtex|ris|gb/?t7714|(?:howto)?cite|citation": (
        "地区、通知等页面的末尾有引用格式，整份数据另有一条。", reverse_lazy("pilots:data"), "cite", "引用整份数据",
    ),
    "(?:版权|授权|许可|转载|使用许可|使用条款|能?不?能?转载|licen[cs]e|copyright)(?:声明|说明|问题|吗)?": (
        "使用许可写在“数据下载”页上。", reverse_lazy("pilots:data"), "terms", "看来源和使用许可",
    ),
    f"(?:纠错|报错|更正|改正|反馈|投诉|举报|留言|(?:提)?意见|联系|客服|电话|邮箱|contact|corrections?)(?:错误|意见|反馈|我们|你们|本站|方式|电话)?"
    f"|(?:内容|信息|数据|这里)?{_ERROR}": ("", reverse_lazy("pilots:correction-form"), "", "去纠错"),
    f"(?:关于|介绍){_SITE}|(?:{_SITE}|这)?是?(?:谁[做办建]的?|官方|政府|可信|可靠|权威)的?(?:{_SITE})?"
    f"|{_SITE}?(?:的?主办单位|是谁)|(?:数据|资料|内容)的?(?:来源|出处)|about(?:us|thissite)?|sources?": (
        "本站依据公开文件整理，不是政府网站，不代表任何机关。", reverse_lazy("pilots:about"), "", "看数据来源与声明",
    ),
    "(?:rss|atom|feed|订阅)(?:更新|更正|地址)?|(?:最近)?(?:更新|更正|修改|改动)(?:记录|历史|日志|时间|日期)?"
    "|改了(?:什么|哪些)": (
        "本站的更正都公开，可以订阅。", reverse_lazy("pilots:change-list"), "", "看更正记录",
    ),
    "(?:换成)?大(?:号)?字(?:体|号|版)?|(?:长者|老年|老人)(?:模式|版)|适老化?|字太小|放大字[体号]?"
    "|(?:large|bigger)text": (
        "所有页面都可以换成大字。", reverse_lazy("pilots:text-size", args=["large"]), "", "换成大字",
    ),
    _LATER: ("", reverse_lazy("pilots:after"), "", "看通知之后"),
    "(?:网站|站点)地图|sitemap|所有页面": (
        "全部页面都在网站地图上。", reverse_lazy("pilots:sitemap"), "", "看网站地图",
    ),
    "英文[版页]?|english(?:version)?": ("有一页英文说明。", reverse_lazy("pilots:english"), "", "看英文页"),
}  # fmt: skip
_APPLYING = (
    "(?:什么时候|何时|几时|哪年|还|再|能|可以)*(?:第二批|示范区|的)*(?:申报|申请|报名|参加|加入)(?:第二批|示范区|的)*"
    "(?:条件|办法|流程|程序|材料|方式|通知|要求)?"
)

_ABOUT_DUTIES = re.compile(
    "什么时候|何时|几[时月号]|哪[天年]|哪一天|截止|期限|时限|多久|日期|时间|最晚|[应该需要得由的吗呢前]|可以|上?报送?|提?交|每?年[度底]|"
    "每?个?季度|总结|报告|进展|情况|材料|(?:生态文明)?(?:先行)?示范地?区|地区|谁|负责|监督|[?？]"
)

# One of these is in every question about duties (questions.py) or applying.
_OF_DUTIES = re.compile(
    "[报交]|总结|进展|日[历程]|calendar|ics|report|deadline|[期时]限|截止|到期|结束|几[号月]|哪天|第.{1,3}条|申请|参加|加入"
    "|监督|跟踪|督促|考核|后[来续]|之后|最[后终]|如今|结果|成[了功效果绩好]|效[果的]|[怎咋如][么样何]|验收|有效|作废|废止|失效|过[期时]|管用|算数|撤销|取消"
    "|钱|资金|经费|[补奖拨]|优惠"
)


def ask(text: str, snapshot: Snapshot) -> Reply | None:
    """Return the answer to a question (folded) about this site; None where it is none."""
    compact = re.sub(r"[\s?？!！。.]+", "", text)
    if len(compact) > LONGEST:
        return None
    for pattern, (sentence, address, anchor, link) in PAGES.items():
        if re.fullmatch(f"{_BEFORE}(?:{pattern}){_AFTER}", compact):
            contact = f"也可以联系：{settings.SITE['contact']}" if settings.SITE["contact"] else ""
            if pattern == _LATER:
                counts = _counted(snapshot.everything, snapshot)
                sentence = f"通知印发以后查到的文件和报道，按年份、要求和地区列在一页上。{counts}"
            sentence = sentence or f"发现错误请告诉我们，不用注册，答复都公开。{contact}"
            return Reply("site", sentence, "", f"{address}#{anchor}".rstrip("#"), link)
    return _applying() if re.fullmatch(f"{_BEFORE}{_APPLYING}{_AFTER}", compact) else None


def _counted(areas: int, snapshot: Snapshot) -> str:
    """Return in how many of the areas (bits) there is public evidence of what came of them, in sentences; where
    nobody has looked, nothing."""
    of = {relation: areas & of_relation for relation, of_relation in snapshot.bits["after"].items()}
    direct, none = of.get("direct", 0), of.get("none", 0)
    others = (of.get("same_topic", 0) | of.get("successor", 0)) & ~direct
    parts = (
        (direct, "有点名这份通知或先行示范区的公开文件"),
        (others, "只有同地同题的或后来的其他项目"),
        (none, "没有查到"),
    )
    counts = "，".join(f"{some.bit_count()}个{label}" for some, label in parts if some)
    return f"{areas.bit_count()}个地区里，{counts}。没有查到，不等于没有做。" if counts else ""


def _applying() -> Reply | None:
    """Return where the notice says how the areas applied: in the document by which they were asked to."""
    call = Citation.objects.filter(title__contains="组织申报").select_related("notice", "section").first()
    if call is None:
        return None
    url = f"{call.notice.get_absolute_url()}#{call.section.anchor}"
    text = f"通知没有写怎么申报，只写了按照《{call.title}》（{call.number}）的安排。"
    return Reply("document", text, "", url, "看原文", word="申报")


def ask_of(text: str, snapshot: Snapshot) -> Reply | None:
    """Return the answer for the places or the subject of a folded question about duties or applying
    (荆州什么时候报送), with that to the question; None where it is no such question, or names nothing else."""
    if not _OF_DUTIES.search(text):  # most queries are asked once, as the questions that they may be
        return None
    rest = text
    places = None if text.isascii() else mentions.of_places(text, snapshot)
    for name in places.names if places else ():
        rest = rest.replace(name, " ", 1)
    answer = questions.ask(rest.strip(), snapshot) or ask(rest, snapshot)
    match = _OF_SUBJECT.fullmatch(re.sub(r"[\s?？!！。.]+", "", text)) if answer is None else None
    if match and (areas := matching.as_written(parse(match[1]), match[1], snapshot).regions):
        subject = match[1].upper() if match[1].isascii() else match[1]  # GEP
        text = f"与“{subject}”有关的{_counted(areas, snapshot)}"
        return Reply("site", text, "", reverse("pilots:after"), "看通知之后", areas)
    if answer is None or not (
        answer.kind == "duty" or answer.url == reverse("pilots:after") or answer.word == "申报"
    ):
        return None
    if places is None:
        subject = _ABOUT_DUTIES.sub("", rest).strip()
        words = parse(subject) if answer.kind == "duty" and answer.word != clauses.UNSAID else []
        is_there = words and subject != rest.strip() and matching.as_written(words, subject, snapshot).regions
        return replace(answer, limit=f"{answer.limit}没有用上“{subject}”。", subject=subject) if is_there else None
    return _beside(places, answer, snapshot)


def _beside(places: Reply, answer: Reply, snapshot: Snapshot) -> Reply:
    """Return the answer for places with that to a question about the notice, or with what this site has of what came
    of the one area that it is about. What else it names is a subject only where the areas say it (宁波 考核)."""
    subject, places = places.subject, replace(places, subject="")
    if answer.word == clauses.UNSAID:
        return replace(places, limit=f"{answer.text}{places.limit}")
    if answer.kind == "duty":  # the clause is long: beside the place it stands below the sentence
        is_asked = places.areas and places.kind != "ambiguous"
        limit = f"{answer.limit.rstrip('。')}写道：“{answer.text}”" if is_asked else f"有关要求见{answer.limit}"
        said = matching.as_written(parse(subject), subject, snapshot).regions if subject else 0
        return replace(places, limit=f"{limit}{places.limit}", subject=subject if said & places.areas else "")
    if answer.url != reverse("pilots:after"):
        return replace(places, text=f"{places.text}{answer.text}")
    if not places.areas or places.choices:
        return places
    if places.areas.bit_count() > 1:
        text = f"{places.text}通知之后，这{_counted(places.areas, snapshot)}"
        return replace(places, text=text, url=answer.url, link=answer.link)
    pk = snapshot.pks[places.areas.bit_length() - 1]
    region = next(row for rows in members(snapshot).numbered.values() for row in rows if row.pk == pk)
    numbers = Counter(row.relation for row in region.documents.all() if row.is_shown)
    number = numbers.pop(DocumentRelation.DIRECT, 0)
    text = f"点名这份通知或先行示范区的公开文件，本站收了{number}份。"
    text = text if number else "本站没有查到点名这份通知的公开文件；没有查到，不等于没有做。"
    rest = "、".join(f"{AFTER[relation]}{numbers[relation]}份" for relation in AFTER if numbers[relation])
    text += f"另有{rest}，不是它的成果。" if rest else ""
    url = f"{region.get_absolute_url()}#after"
    return replace(places, text=f"{places.text}{text}", url=url, link="看后来怎样")
