"""Citations: GB/T 7714—2015, BibTeX, RIS, CSL-JSON, of a notice, area, paragraph or priority, and of what came after,
from the record alone.

A thing is cited as what its ministries issued, on the day of issue, read here: [EB/OL] with this site's address. A
part is cited in its notice (析出文献). The day of reading (引用日期) is the reader's own: it is written where a
caller gives it, and left out otherwise, since a page that is the same for everyone cannot know it and a made-up day
would be false. (GB/T 7714—2015 names the element; 联机文献必备 stood beside it in the edition of 2005.)
"""

import datetime
import json
from dataclasses import dataclass
from functools import singledispatch
from urllib.parse import quote

from django.conf import settings

from ..models import Document, Notice, Priority, Region, Section
from ..models.received import ADDED
from ..models.recorded import Recorded
from ..record import corrections

NAMED = 3  # authors that GB/T 7714 names before 等 (8.1.2)
_LATEX = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\textbraceleft{}",  # BibTeX counts braces, escaped ones too
        "}": r"\textbraceright{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        **{char: f"\\{char}" for char in "%&_#$"},
    }
)


@dataclass(frozen=True)
class Source:
    """What a citation says of a thing, whatever the form. Texts are single lines; `host` is the notice of a part."""

    key: str
    authors: tuple[str, ...]
    title: str
    number: str
    issued_on: datetime.date | None
    host: str = ""
    remark: str = ""  # that words of it were corrected here, and what was issued
    medium: str = "EB/OL"
    date: str = ""  # 2019-04, of what has no day of issue, or whose day isn't known

    @property
    def dated(self) -> str:
        """Its date as far as it is known: 2015-12-31, 2019-04; empty where it has none."""
        return f"{self.issued_on:%Y-%m-%d}" if self.issued_on else self.date

    @property
    def is_document(self) -> bool:
        """Whether somebody issued it, and not only published a page."""
        return bool(self.issued_on or (self.date and self.number))


Form = tuple[str, str, str]  # a citation: the form's name for anchors, what readers call it, and the text


def forms(
    thing: Notice | Region | Section | Priority | Document, url: str, cited_on: datetime.date | None = None
) -> list[Form]:
    """Return the citation of a thing in each form. `url` is its absolute address here, `cited_on` the day of reading.

    What came after the notice is cited where this site read it, if everybody may open that.
    """
    if isinstance(thing, Document):
        url = next((address for _, address in thing.cited if address), url)
    return _forms(source(thing), url, cited_on)


def page(title: str, url: str, key: str) -> list[Form]:
    """Return the citation of a page that this site made of the record: nobody issued it, and it has no day."""
    return _forms(Source(key, (_author(),), title, "", None), url)


def dataset(url: str, version: str, changed_on: datetime.date | None) -> list[Form]:
    """Return the citation of the whole record in one of its versions. changed_on: None where nothing changed yet."""
    cited = Source("dataset", (_author(),), settings.SITE["name"], f"数据版本{version}", changed_on, medium="DB/OL")
    return _forms(cited, url)


def _author() -> str:
    return settings.SITE["operator"] or settings.SITE["name"]


def _forms(cited: Source, url: str, cited_on: datetime.date | None = None) -> list[Form]:
    return [
        ("gbt7714", "GB/T 7714—2015", gbt7714(cited, url, cited_on)),
        ("bibtex", "BibTeX", bibtex(cited, url, cited_on)),
        ("ris", "RIS", ris(cited, url, cited_on)),
        ("csl", "CSL-JSON", csl(cited, url, cited_on)),
    ]


@singledispatch
def source(thing: Notice | Region | Section | Priority | Document) -> Source:
    """Return what a citation says of a thing. Raises TypeError for what has no authors."""
    raise TypeError(f"{type(thing).__name__} cannot be cited")


@source.register
def _(notice: Notice) -> Source:
    signatures = notice.signatories
    authors = [_line(signature.name) for signature in signatures]
    return Source(
        notice.slug,
        tuple(filter(None, authors)),
        _line(notice.title),
        _line(notice.number),
        notice.issued_on,
        remark=_remark(notice, *signatures),
    )


@source.register
def _(region: Region) -> Source:
    return _part(region, region.notice, region.slug, region.name)


@source.register
def _(section: Section) -> Source:
    title = section.heading_sentence.rstrip("。") or section.get_kind_display()
    return _part(section, section.notice, f"{section.notice.slug}-{section.anchor}", title)


@source.register
def _(priority: Priority) -> Source:
    region = priority.region
    return _part(priority, region.notice, f"{region.slug}-{priority.number}", f"{region.name}：{priority.text}")


@source.register
def _(document: Document) -> Source:
    """An article is cited as itself, whatever it reports; what has no address to open, with where it was read."""
    is_report = bool(document.about_titles)
    read_at = [words for words, address in document.cited if not address]
    remark = f"{'据转载，未见原件。' if document.is_reprint else ''}{f'出处：{read_at[0]}。' if read_at else ''}"
    return Source(
        f"{document.region.slug}-{document.anchor}",
        () if is_report else tuple(filter(None, map(_line, document.issuer.split("、")))),
        _line(document.title),
        "" if is_report else _line(document.number),
        None,
        remark=_line(remark),
        date=document.published if is_report else document.dated,
    )


def _part(row: Region | Section | Priority, notice: Notice, key: str, title: str) -> Source:
    notice_source = source(notice)
    rows = [row.region, row] if isinstance(row, Priority) else [row]
    if not all(getattr(record, "is_issued", True) for record in rows):  # nobody issued it
        return Source(key, (_author(),), _line(title), "", None, remark=_remark(*rows))
    remark = "".join(filter(None, [_remark(*rows), notice_source.remark]))
    return Source(
        key,
        notice_source.authors,
        _line(title),
        notice_source.number,
        notice_source.issued_on,
        notice_source.title,
        remark,
    )


def _remark(*rows: Recorded) -> str:
    """Say what was issued of rows that `corrected.mark` was given and whose words were corrected."""
    added = "" if all(getattr(row, "is_issued", True) for row in rows) else f"{ADDED}。"
    originals = [_line(text) for row in rows for text in corrections.words(row).values()]
    return added + (f"本站已更正，印发原文：{'、'.join(f'“{text}”' for text in originals)}。" if originals else "")


def gbt7714(cited: Source, url: str, cited_on: datetime.date | None = None) -> str:
    """Return the citation as a line of GB/T 7714—2015 (4.2 for a part, 4.6 for a whole document)."""
    author_names = ", ".join([*cited.authors[:NAMED], *(["等"] if len(cited.authors) > NAMED else [])])
    authors = f"{author_names}. " if author_names else ""
    document = ": ".join(filter(None, [cited.host or cited.title, cited.number]))
    medium = f"[{cited.medium}]"
    title = f"{cited.title}{medium}//{authors}{document}" if cited.host else f"{document}{medium}"
    issue_date = f"({cited.dated})" if cited.dated else ""
    days = f"{issue_date}[{cited_on:%Y-%m-%d}]" if cited_on else issue_date
    return f"{authors}{title}.{days and f' {days}.'} {_address(url)}.{cited.remark}"


def bibtex(cited: Source, url: str, cited_on: datetime.date | None = None) -> str:
    """Return the citation as a BibTeX entry; bodies stand in braces of their own, so that no name is taken apart."""
    year, month, _ = f"{cited.dated}--".split("-")[:3]
    rows = [
        ("author", " and ".join(f"{{{_latex(author)}}}" for author in cited.authors)),
        ("title", f"{{{_latex(cited.title)}}}"),
        ("booktitle", f"{{{_latex(cited.host)}}}" if cited.host else ""),
        ("howpublished", "" if cited.host else _latex(cited.number)),  # an @incollection has none
        ("note", _latex("；".join(filter(None, [cited.number if cited.host else "", cited.remark])))),
        ("year", year),
        ("month", month.lstrip("0")),
        ("date", cited.dated),
        ("url", _address(url)),
        ("urldate", f"{cited_on:%Y-%m-%d}" if cited_on else ""),
        ("langid", "chinese"),
    ]
    body = ",\n".join(f"  {name} = {{{value}}}" for name, value in rows if value)
    return f"@{'incollection' if cited.host else 'misc'}{{{cited.key},\n{body}\n}}\n"


def ris(cited: Source, url: str, cited_on: datetime.date | None = None) -> str:
    """Return the citation as an RIS record: a tag a line, CRLF: a government document, or a page of this site."""
    rows = [
        ("TY", "GOVDOC" if cited.is_document else "ELEC"),
        *(("AU", author.replace(",", "，")) for author in cited.authors),  # a comma would split off a first name
        ("TI", cited.title),
        ("T2", cited.host),
        ("SN", cited.number),  # the report number; an issue (IS) means nothing in a GOVDOC, readers drop it
        ("PY", cited.dated[:4]),
        ("DA", cited.dated.replace("-", "/")),
        ("UR", _address(url)),
        ("Y2", f"{cited_on:%Y/%m/%d}" if cited_on else ""),
        ("LA", "zh"),
        ("N1", cited.remark),
    ]
    return "".join(f"{tag}  - {value}\r\n" for tag, value in rows if value) + "ER  - \r\n"


def csl(cited: Source, url: str, cited_on: datetime.date | None = None) -> str:
    """Return the citation as CSL-JSON, an array of one item; bodies are literal names, never first and last ones."""
    item = {
        "id": cited.key,
        "type": "chapter" if cited.host else "document" if cited.is_document else "webpage",
        "title": cited.title,
        "container-title": cited.host,
        "author": [{"literal": author} for author in cited.authors],
        "number": cited.number,
        "issued": _date_parts(cited.dated) if cited.dated else "",
        "accessed": _date_parts(f"{cited_on}") if cited_on else "",
        "URL": _address(url),
        "language": "zh-CN",
        "note": cited.remark,
    }
    rows = (f"  {json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}" for name, value in item.items() if value)
    return "[{\n" + ",\n".join(rows) + "\n}]\n"  # a line each: whoever copies it reads it, too


def _date_parts(date: str) -> dict[str, list[list[int]]]:
    return {"date-parts": [[int(part) for part in date.split("-")]]}


def _line(text: str) -> str:
    """Return a text as one line: white space run together, what cannot be printed taken for white space."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _latex(text: str) -> str:
    return text.translate(_LATEX)


def _address(url: str) -> str:
    """Return an address in which nothing is left that a citation's own marks could be mistaken for."""
    return quote(url, safe=":/?#[]@!$&'()*+,=%-._~")
