"""Documents by their numbers: the notice, what it cites, what this site has as a source, or none of them."""

import re

from django.db.models import Q

from ..models import Citation, Division, Notice, Region, Verification
from ..models.sources import STATED
from .answers import Reply
from .facet_sets import Snapshot
from .suggestions import vocabulary
from .text import fold

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


def of_number(text: str, state: Snapshot) -> Reply | None:
    """Return the answer for the number of a document (folded); None where it is none."""
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
            return of_notice(row) if isinstance(row, Notice) else _of_citation(row)
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


def _of_citation(citation: Citation) -> Reply:
    heading = citation.section.heading or citation.section.get_kind_display()
    url = f"{citation.notice.get_absolute_url()}#{citation.section.anchor}"
    text = f"通知在“{heading}”里引用了{citation.number}。"
    return Reply("document", text, f"《{citation.title}》", url, "看这一段", names=(citation.number,))


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
