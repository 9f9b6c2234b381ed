"""What a page says to machines inside itself: JSON-LD in the words of schema.org, from the API's serializers.

A data block is no script: the policy of the site lets it pass, and nothing in it can end it (`<` is escaped).
"""

import json
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property, partial
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import html_safe
from django.utils.safestring import SafeString

from ..api.serializers import documents, notice, places, priorities
from ..models import Document, Ministry, Notice, Province, Region, System, Topic
from ..models.received import ADDED
from ..record import corrections
from ..search.cards import cached
from ..search.facet_sets import Snapshot
from .context_processors import PATHS

Node = dict[str, Any]
LANGUAGE = "zh-Hans"
MOST_KEPT = 500  # data blocks of things, some 5 KB each
CHINA = {"@type": "Country", "name": "中国"}
CONTENT = "先行示范地区、制度创新重点和通知全文，连同归类、区划代码和后来的名称。"
_ESCAPED = {ord(char): f"\\u{ord(char):04X}" for char in "<>&\u2028\u2029"}


class Download(NamedTuple):
    """A file of the dataset; size and SHA-256 where they are known before it is fetched."""

    url: str
    type: str
    size: int | None = None
    checksum: str = ""
    label: str = ""  # what the page calls it


@html_safe
class Graph:
    """Some nodes as a data block, ready for a page. They stay as they are: the block is made once."""

    def __init__(self, nodes: list[Node]) -> None:
        self.nodes = nodes

    def __str__(self) -> str:
        return self._block

    @cached_property
    def _block(self) -> str:
        text = json.dumps({"@context": "https://schema.org", "@graph": self.nodes}, ensure_ascii=False)
        return f'<script type="application/ld+json">{text.translate(_ESCAPED)}</script>'


def linked(thing: Any, steps: Sequence[tuple[str, str]], request: HttpRequest, state: Snapshot) -> Graph | SafeString:
    """Return what a page shows: its thing, if it is about one, and where it stands (`steps`, itself last). It is
    worked out once for each `state` of the record, where the page is asked for as it is."""
    if request.GET or (thing is not None and type(thing) not in DESCRIBED):
        return graph(thing, steps, request)
    key = (type(thing), getattr(thing, "pk", None), request.build_absolute_uri("/"), *steps)

    def make(keys: list[tuple]) -> dict[tuple, Graph | SafeString]:
        nodes = graph(thing, steps, request)
        return {key: SafeString(nodes) if thing else nodes}  # of a thing its HTML alone: a tenth of the memory

    return cached(state, "linked", [key], make, MOST_KEPT)[key]


def graph(thing: Any, steps: Sequence[tuple[str, str]], request: HttpRequest) -> Graph:
    """Return the same, worked out now."""
    nodes = [DESCRIBED[type(thing)](thing, request)] if type(thing) in DESCRIBED else []
    if isinstance(thing, Region):
        nodes += [_document(row, request) for row in thing.documents.all() if row.is_shown]
    if len(steps) == 1:
        nodes += [_site(steps[0][0], request)]
    if steps[-1][1] in map(PATHS.__getitem__, ("home", "region_list", "api")):
        nodes += [_dataset(request)]
    items = [
        {"@type": "ListItem", "position": n, "name": name, "item": request.build_absolute_uri(url)}
        for n, (name, url) in enumerate(steps, 1)
    ]
    return Graph([*nodes, {"@type": "BreadcrumbList", "itemListElement": items}] if len(steps) > 1 else nodes)


def collection(name: str, url: str, notice: Notice, documents: Iterable[Document], request: HttpRequest) -> Node:
    """Return the page of what came after a notice as a collection of the documents that name it, each by its address
    on the page of its area, which says the rest of it."""
    works = [
        {"@type": "CreativeWork", "@id": request.build_absolute_uri(row.get_absolute_url()), "name": row.title}
        for row in documents
    ]
    about = {
        "@type": "Legislation",
        "@id": request.build_absolute_uri(notice.get_absolute_url()),
        "name": notice.title,
    }
    about = _marked(about | {"legislationIdentifier": notice.number}, *corrections.words(notice).values())
    data = {"url": request.build_absolute_uri(url), "name": name}
    return _node("CollectionPage", data, inLanguage=LANGUAGE, about=about, hasPart=works)


def _site(name: str, request: HttpRequest) -> Node:
    home, search = (request.build_absolute_uri(reverse(f"pilots:{route}")) for route in ("home", "region-list"))
    action = {
        "@type": "SearchAction",
        "target": {"@type": "EntryPoint", "urlTemplate": f"{search}?q={{q}}"},
        "query-input": "required name=q",
    }
    return {"@type": "WebSite", "@id": home, "name": name, "url": home, "potentialAction": action}


def _dataset(request: HttpRequest) -> Node:
    url = request.build_absolute_uri(reverse("pilots:region-list"))
    content = request.build_absolute_uri(reverse("api:regions"))
    return {
        "@type": "Dataset",
        "@id": f"{url}#dataset",
        "name": "生态文明先行示范地区和制度创新重点",
        "description": "通知所列的先行示范地区和它们的制度创新重点原文，连同本站的归类、区划代码和后来的名称。",
        "url": url,
        "inLanguage": LANGUAGE,
        "isAccessibleForFree": True,
        "spatialCoverage": CHINA,
        "distribution": [{"@type": "DataDownload", "encodingFormat": "application/json", "contentUrl": content}],
    }


def dataset(base: str, version: str, changed_at: str, downloads: Iterable[Download]) -> Node:
    """Return the record as a dataset. base: scheme and host; changed_at: ISO 8601, empty where it is as put up.

    Two queries. What the operator didn't set isn't said.
    """
    url, site = f"{base}{reverse('pilots:data')}", settings.SITE
    notices = list(Notice.objects.order_by("issued_on", "slug"))
    corrections.mark(notices, has_history=False)
    return _filled(
        {
            "@type": "Dataset",
            "@id": f"{url}#dataset",
            "name": site["name"],
            "description": f"{CONTENT}{site['source']}",
            "url": url,
            "version": version,
            "dateModified": changed_at,
            "inLanguage": LANGUAGE,
            "isAccessibleForFree": True,
            "creator": site["operator"] and {"@type": "Organization", "name": site["operator"]},
            "license": site["licence_url"]
            or (site["licence"] and {"@type": "CreativeWork", "name": site["licence"]}),
            "spatialCoverage": CHINA,
            "temporalCoverage": f"{notices[0].issued_on}/.." if notices else "",  # later names go on being added
            "isBasedOn": [
                _filled(
                    {
                        "@type": "Legislation",
                        "@id": f"{base}{notice.get_absolute_url()}",
                        "name": notice.title,
                        "legislationIdentifier": notice.number,
                        "description": correction(*corrections.words(notice).values()),
                    }
                )
                for notice in notices
            ],
            "distribution": [
                _filled(
                    {
                        "@type": "DataDownload",
                        "contentUrl": f"{base}{download.url}",
                        "encodingFormat": download.type.partition(";")[0],
                        "contentSize": f"{download.size} B" if download.size else "",
                        "sha256": download.checksum,
                    }
                )
                for download in downloads
            ],
        }
    )


def _filled(node: Node) -> Node:
    """Return a node without the members that say nothing."""
    return {name: value for name, value in node.items() if value not in ("", None, [])}


def _said(serializer: type, thing: Model, request: HttpRequest, *only: str) -> Node:
    return serializer(thing, context={"request": request, "issued": corrections}, only=only).data


def correction(*originals: str | None) -> str:
    """Return what is said of words that were corrected; empty where they stand as issued."""
    return "".join(f"已更正，印发原文：{text}。" for text in originals if text)


def _addition(data: Node) -> str:
    """Say that a row isn't the notice's; empty where it is."""
    return "" if data["is_issued"] else f"{ADDED}。"


def _node(kind: str, data: Node, **members: Any) -> Node:
    """Return a node for a thing with an address of its own; members that say nothing are left out."""
    return _filled({"@type": kind, "@id": data["url"], "url": data["url"], "name": data["name"], **members})


def _reference(kind: str, data: Node, **members: Any) -> Node:
    """Return what names a thing that has a page of its own, or an anchor there."""
    return {"@type": kind, "@id": data["url"], "name": data["name"], **members}


def _names(*names: str, apart_from: str) -> list[str]:
    return [name for name in dict.fromkeys(names) if name and name != apart_from]


def _code(value: str) -> Node | None:
    return {"@type": "PropertyValue", "propertyID": "GB/T 2260", "value": value} if value else None


def _marked(node: Node, *originals: str | None, member: str = "correction") -> Node:
    """Return a node whose words were corrected with what was issued, in `member`; as it is where none were."""
    text = correction(*originals)
    return node | ({member: text} if text else {})


def _region(region: Region, request: HttpRequest) -> Node:
    field_names = (
        "url",
        "name",
        "is_issued",
        "name_issued",
        "short_name",
        "name_now",
        "provinces",
        "notice",
        "divisions",
        "priorities",
        "pinyin",
    )
    data = _said(places.RegionSerializer, region, request, *field_names)
    code = next((division["code_then"] for division in data["divisions"] if division["role"] == "self"), "")
    document = data["notice"] | {"name": data["notice"]["title"]}
    reference = _reference("Legislation", document, legislationIdentifier=document["number"])
    lines = [
        {
            "@type": "PropertyValue",
            "@id": line["url"],
            "propertyID": "制度创新重点",
            "name": f"制度创新重点{line['number']}",
            "value": line["text"],
        }
        | (
            {"description": remark}
            if (remark := _addition(line) + correction(line["number_issued"], line["text_issued"]))
            else {}
        )
        for line in data["priorities"]
    ]
    return _node(
        "AdministrativeArea",
        data,
        alternateName=_names(data["short_name"], data["name_now"], apart_from=data["name"]),
        disambiguatingDescription=_addition(data) + correction(data["name_issued"]),
        identifier=_code(code),
        containedInPlace=[_reference("AdministrativeArea", province) for province in data["provinces"]],
        subjectOf=_marked(reference, document["title_issued"], document["number_issued"]),
        additionalProperty=lines,
    )


def _document(row: Document, request: HttpRequest) -> Node:
    """Return what came after the notice as a work about its area; it cites where this site found it."""
    data = _said(
        documents.DocumentSerializer, row, request, "region", "url", "title", "number", "published", "source"
    )
    return _node(
        "CreativeWork",
        data | {"name": data["title"]},
        identifier=data["number"],
        about=_marked(
            _reference("AdministrativeArea", data["region"]),
            data["region"]["name_issued"],
            member="disambiguatingDescription",
        ),
        datePublished=data["published"],
        citation=data["source"],
        encoding=row.pdf
        and {
            "@type": "MediaObject",
            "contentUrl": request.build_absolute_uri(row.pdf_url),
            "encodingFormat": "application/pdf",
            "contentSize": f"{row.pdf_bytes} B",
            "sha256": row.pdf_sha256,
        },
    )


def _province(province: Province, request: HttpRequest) -> Node:
    field_names = ("url", "name", "short_name", "abbreviation", "code", "parent", "children")
    data = _said(places.ProvinceSerializer, province, request, *field_names)
    parent = data["parent"]
    return _node(
        "AdministrativeArea",
        data,
        alternateName=_names(data["short_name"], data["abbreviation"], apart_from=data["name"]),
        identifier=_code(data["code"]),
        containedInPlace=_reference("AdministrativeArea", parent) if parent else CHINA,
        containsPlace=[_reference("AdministrativeArea", child) for child in data["children"]],
    )


def _notice(row: Notice, request: HttpRequest) -> Node:
    field_names = (
        "url",
        "title",
        "number",
        "title_issued",
        "number_issued",
        "issued_on",
        "published_on",
        "signatures",
        "sections",
        "citations",
    )
    data = _said(notice.NoticeDetailSerializer, row, request, *field_names)
    return _node(
        "Legislation",
        data | {"name": data["title"]},
        legislationIdentifier=data["number"],
        legislationType="通知",
        correction=correction(data["title_issued"], data["number_issued"]),
        legislationDate=data["issued_on"],
        datePublished=data["published_on"],
        inLanguage=LANGUAGE,
        legislationJurisdiction=CHINA,
        legislationPassedBy=[
            _marked(
                _reference("GovernmentOrganization", item["ministry"] | {"name": item["name"]}),
                item["name_issued"],
                member="disambiguatingDescription",
            )
            for item in data["signatures"]
            if item["is_issued"]
        ],
        hasPart=[
            _marked(
                _reference("Legislation", item | {"name": item["heading"] or item["kind_label"]}),
                item["heading_issued"],
            )
            for item in data["sections"]
            if item["is_issued"]
        ],
        citation=[
            _marked({"@type": "CreativeWork", "name": item["title"]}, item["title_issued"], item["number_issued"])
            | ({"identifier": item["number"]} if item["number"] else {})
            for item in data["citations"]
            if item["is_issued"]
        ],
    )


def _ministry(ministry: Ministry, request: HttpRequest) -> Node:
    field_names = ("url", "name", "full_name", "text_name", "text_name_issued", "successor", "change")
    data = _said(notice.MinistrySerializer, ministry, request, *field_names)
    return _node(
        "GovernmentOrganization",
        data,
        legalName=data["full_name"],
        alternateName=_names(data["text_name"], apart_from=data["name"]),
        disambiguatingDescription=correction(data["text_name_issued"]),
        description=f"2018年以来：{data['successor']}（{data['change']}）",
        areaServed=CHINA,
    )


def _theme(serializer: type, route: str, name: str, theme: Model, request: HttpRequest) -> Node:
    """Return a topic or system as a term of this site's own classification."""
    data = _said(serializer, theme, request, "slug", "url", "name")
    terms = {"@type": "DefinedTermSet", "name": name, "url": request.build_absolute_uri(reverse(route))}
    return _node("DefinedTerm", data, termCode=data["slug"], description="本站归类", inDefinedTermSet=terms)


DESCRIBED: dict[type[Model], Callable[[Any, HttpRequest], Node]] = {
    Region: _region,
    Province: _province,
    Notice: _notice,
    Ministry: _ministry,
    Topic: partial(_theme, priorities.TopicSerializer, "pilots:topic-list", "主题（本站归类）"),
    System: partial(_theme, priorities.SystemSerializer, "pilots:system-list", "制度（本站归类）"),
}
