"""Documents by their numbers (the notice, what it cites, what this site has as a source), and who signs them."""

import re
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from ..models import (
    Citation,
    Division,
    Document,
    Ministry,
    Notice,
    Region,
    SearchEntry,
    Signature,
    Verification,
)
from ..models.sources import STATED
from . import evidence, index
from .answers import Reply
from .documents import exact, of_kind
from .facet_sets import Snapshot
from .suggestions import vocabulary
from .text import bare_english, fold

YEARS = range(1949, 2050)  # a bare number of which is no number of a document
_NUMBER = re.compile(
    r"(?P<body>[一-鿿]*?)的?\s*[〔\[({【]?(?P<year>(?:19|20)\d\d)?\s*年?[〕\])}】]?\s*第?\s*(?P<number>\d{1,5})\s*(?P<is_number>号?)(?P<is_document>文件?)?"
)
_BODY = re.compile("(?:请问|有没有|有|查|通知|文件|文号)*(?:[一-鿿]*[发资函办令字])?")  # what stands before a number
_ISSUER = re.compile("[一-鿿]+(?:院|部|委|委员会|办|厅|局|署|中央|政府)")
_YEAR = r"(?P<year>(?:19|20)\d\d)"  # before the body (2013年国务院30号文), or behind the number (国发30号2013年)
_LOOSE_YEAR = re.compile(
    rf"{_YEAR}\s*+年?+的?+\s*+(?=[一-鿿])|(?<=[号文件])的?[\s,，(（]*{_YEAR.replace('year', 'later')}\s*年?的?[)）]?$"
)
_SIGNED = re.compile(
    r"\s*(?:也|是不是|是否|是|有没有|有|参与|参加|属于|算)*(?:发文|签发|签字|签署|印发|署名|盖章|签名)[的了过]*"
    r"(?:机关|单位|部门|部委)?(?:之一)?[吗呢么没有啊?？]*$"
)
# Bodies that didn't sign, as readers call them: of the State Council in 2015 (国发〔2013〕14号, 国发〔2013〕15号),
# some also by their names since 2018 (深化党和国家机构改革方案), and the party's 中宣部.
_OTHERS = {
    "外交部": "", "国防部": "", "教育部": "", "工业和信息化部": "工信部", "国家民族事务委员会": "国家民委",
    "公安部": "", "国家安全部": "国安部", "监察部": "", "民政部": "", "司法部": "",
    "人力资源和社会保障部": "人社部", "交通运输部": "交通部", "商务部": "", "文化部": "",
    "国家卫生和计划生育委员会": "卫计委", "中国人民银行": "央行", "审计署": "",
    "国务院国有资产监督管理委员会": "国资委", "海关总署": "", "国家税务总局": "税务总局",
    "国家工商行政管理总局": "工商总局", "国家质量监督检验检疫总局": "质检总局",
    "国家新闻出版广电总局": "广电总局", "国家体育总局": "体育总局", "国家安全生产监督管理总局": "安监总局",
    "国家食品药品监督管理总局": "食药监总局", "国家统计局": "统计局", "国家知识产权局": "知识产权局",
    "国家旅游局": "旅游局", "国家宗教事务局": "宗教局", "中国气象局": "气象局", "国家能源局": "能源局",
    "国家海洋局": "海洋局", "国家测绘地理信息局": "测绘局", "国务院扶贫开发领导小组办公室": "扶贫办",
    "国家卫生健康委员会": "卫健委", "国家卫生健康委": "国家卫健委", "文化和旅游部": "文旅部",
    "应急管理部": "应急部", "人民银行": "中国央行", "国家市场监督管理总局": "市场监管总局",
    "中共中央宣传部": "中宣部", "中央宣传部": "",
}  # fmt: skip


def of_number(text: str, state: Snapshot) -> Reply | None:
    """Return the answer for the number of a document (folded); None where it is none."""
    text = re.sub(r"\bno\.?\s*(?=\d{4})", "", text)
    aside = None if _NUMBER.fullmatch(text) else _LOOSE_YEAR.search(text)
    year = (aside["year"] or aside["later"]) if aside else ""
    rest = f"{text[: aside.start()]}{text[aside.end() :]}" if aside else text
    match = _NUMBER.fullmatch(re.sub(r"(?=\d)", year, rest, count=1))
    if not match:
        return None
    is_whole = bool(match["year"] and (match["body"] or not text[0].isdigit()))
    is_short = len(match["number"]) < 4 or int(match["number"]) in YEARS
    if is_short and not (match["is_number"] or is_whole):
        return None
    rows = [*Notice.objects.all(), *Citation.objects.exclude(number="").select_related("notice", "section")]
    years = {row: year for row in rows if (year := _year(row, match, state))}
    for row in rows:
        if years.get(row) and match["year"] in (None, years[row]):
            return of_notice(row) if isinstance(row, Notice) else _of_citation(row, state)
    is_issuer = (match["is_document"] or match["year"]) and _ISSUER.fullmatch(match["body"])
    is_body = is_issuer or _BODY.fullmatch(match["body"])
    is_told = is_whole or match["body"] or int(match["number"]) > 99 or (match["year"] and match["is_document"])
    if not (is_body and is_told):
        return None
    return _of_source(match) or _none(text, next(iter(years), None))


def _year(row: Notice | Citation, match: re.Match, state: Snapshot) -> str:
    """Return the year of a document that has the number and the body of one that was typed; empty where it hasn't."""
    parts, body = (
        _NUMBER.fullmatch(row.number.replace("〔", "[").replace("〕", "]")),
        match["body"].removeprefix("党"),
    )  # 党中央
    if not parts or parts["number"] != match["number"]:
        return ""
    is_its = body in parts["body"] or {body, *vocabulary(state).terms.get(body, [])} & _issuers(row, body)
    return parts["year"] if is_its else ""


def _issuers(row: Notice | Citation, body: str) -> set[str]:
    """Return the names of who issued a document: who signed the notice; of one that it cites, `body` where its title
    begins with it, or who leads the notice where both have numbers of one kind (发改环资)."""
    notice = row if isinstance(row, Notice) else row.notice
    if row is not notice and body in "".join(row.title.partition("关于")[0].split()):
        return {body}
    ministries = [
        signature.ministry for signature in notice.signatures.select_related("ministry").order_by("position")
    ]
    if row is not notice:
        ministries = ministries[:1] if row.number.partition("〔")[0] == notice.number.partition("〔")[0] else []
    return {fold(name) for row in ministries for name in (row.name, row.text_name, row.full_name, row.successor)}


def of_notice(notice: Notice) -> Reply:
    """Return the answer for the notice itself."""
    text, url = f"{notice.number}就是这份通知。", notice.get_absolute_url()
    return Reply("document", text, f"《{notice.title}》", url, "看通知", names=(notice.number,), word="这份通知")


def _of_citation(citation: Citation, state: Snapshot) -> Reply:
    heading = citation.section.heading or citation.section.get_kind_display()
    url = f"{citation.notice.get_absolute_url()}#{citation.section.anchor}"
    of = citation.notice.number if state.options["batch"] else "通知"
    text = f"{of}在“{heading}”里引用了{citation.number}。"
    return Reply("document", text, f"《{citation.title}》", url, "看这一段", names=(citation.number,))


def of_document(text: str, state: Snapshot) -> Reply | None:
    """Return the answer for the number (folded) of what came after: what it is, of when, and on the pages of which
    areas; None where it is none."""
    number = evidence.bare(text)
    hits = index.match([index.named(exact(number)), index.named(of_kind("after"))]) if re.search(r"\d", text) else ()
    if not hits:
        return None
    areas = SearchEntry.objects.filter(pk__in=hits).values("object_id")
    documents = Document.objects.filter(region__in=areas).select_related("region__notice")
    rows = [row for row in documents if row.is_shown and evidence.bare(row.number) == number]
    if not rows:
        return None
    first = rows[0]
    places = "、".join(f"第{row.region.serial}号{row.region.short_name}" for row in rows)
    title = f"《{'》《'.join(first.names)}》"
    when = f"，{first.date_words}印发" if first.issued else f"，所见刊载于{first.date_words}" if first.dated else ""
    when += "，早于通知" if first.is_earlier else ""
    text = f"{first.number}是{title}{when}，列在{places}的“后来怎样”里。"
    limit = f"它与通知的关系：{'；'.join(dict.fromkeys(row.get_relation_display() for row in rows))}。"
    link, word = f"看第{first.region.serial}号", "早于通知的文件" if first.is_earlier else "后续文件"
    return Reply("document", text, limit, first.get_absolute_url(), link, names=(first.number,), word=word)


def _of_source(match: re.Match) -> Reply | None:
    """Return the answer for a document that isn't cited by the notice, but for what an area's page says."""
    number = f"{match['body']}〔{match['year']}〕{match['number']}号"
    rows = Division.objects.filter(Q(remark__contains=number) | Q(source__contains=number), verification__in=STATED)
    has = Q(remark_source__contains=number) | Q(pk__in=rows.values("region"))
    has |= Q(renaming_source__contains=number, name_now_status=Verification.VERIFIED)
    regions = list(Region.objects.filter(has).order_by("serial")) if match["year"] else []
    if not regions:
        return None
    names = "、".join(f"第{region.serial}号{region.short_name}" for region in regions)
    text, url = f"通知没有引用{number}；本站在{names}的页面上把它列为出处。", regions[0].get_absolute_url()
    return Reply("unknown-number", text, "", url, f"看第{regions[0].serial}号", word="通知没有引用")


def _none(text: str, alike: Notice | Citation | None) -> Reply | None:
    """Return that there is no such number, and which there is: of the year of `alike`, or that of the notice."""
    notice = Notice.objects.first()
    if notice is None:
        return None
    number = f"{''.join(text.split())}{'号' if text.isdigit() else ''}"
    limit = "查过通知的文号、它引用的文件和各地区页上的出处。"
    url, has = notice.get_absolute_url(), notice.number.rpartition("〕")[2]
    if isinstance(alike, Citation):
        url, has = f"{url}#{alike.section.anchor}", alike.number
    elif alike:
        has = alike.number
    return Reply("unknown-number", f"本站没有{number}，有{has}。", limit, url, "看通知")


def of_body(text: str, state: Snapshot) -> Reply | None:
    """Return whether the body that a folded text names signed the notice; None where it names none."""
    text = _SIGNED.sub("", text) or text
    official = {text, *vocabulary(state).terms.get(text, [])}
    meant = next((ministry for ministry in ministries(state) if official & ministry.names), None)
    if meant and meant.is_signatory:
        return _of_ministry(meant)
    signatories = [ministry.text_name for ministry in ministries(state) if ministry.is_signatory]
    is_known = meant or (text and any(text in names for names in _OTHERS.items()))
    if of := re.fullmatch(r"(?:the )?ministry of (?:the )?([a-z ]{4,})", text):  # none of whose words a signatory has
        english = " ".join(fold(ministry.name_en) for ministry in ministries(state))
        is_known = not any(word[:5] in english for word in of[1].split() if len(word) > 3)
        text = f"“{text}”"
    if not signatories or not is_known:
        return None
    text, limit = f"{text}不是发文机关{'，由本站增补' if meant else ''}。", f"发文的是{'、'.join(signatories)}。"
    return Reply("not-a-signatory", text, limit, reverse("pilots:ministry-list"), "看发文机关")


def ministries(state: Snapshot) -> list[Any]:
    """Return the bodies that there are, each with its names and whether the notice as issued has its signature."""
    if "ministries" not in state.memory:
        signatures = Signature.all_objects.filter(ministry=OuterRef("pk"), is_issued=True)
        rows = list(Ministry.objects.annotate(is_signatory=Exists(signatures)))
        for row in rows:
            names = {row.name, row.text_name, row.full_name, row.successor, fold(row.name_en), row.slug}
            names.add(bare_english(fold(row.name_en)))
            row.__dict__["names"] = names
        state.memory["ministries"] = rows
    return state.memory["ministries"]


def _of_ministry(ministry: Ministry) -> Reply:
    later = f"（今{ministry.successor}）" if ministry.successor not in ("", ministry.name) else ""
    text = f"{ministry.text_name}{later}是发文机关之一。"
    return Reply("ministry", text, "", ministry.get_absolute_url(), f"看{ministry.text_name}", names=(ministry.name,))
