"""The record as a dataset in the words of schema.org, for the page that offers its files."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.conf import settings
from django.urls import reverse

from ..models import Notice
from ..record import corrections
from .json_ld import CHINA, LANGUAGE, Node, correction

CONTENT = "先行示范地区、制度创新重点和通知全文，连同归类、区划代码和后来的名称。"


class Download(NamedTuple):
    """A file of the dataset; size and SHA-256 where they are known before it is fetched."""

    url: str
    type: str
    size: int | None = None
    checksum: str = ""
    label: str = ""  # what the page calls it


def node(base: str, version: str, changed_at: str, downloads: Iterable[Download]) -> Node:
    """Return the dataset. base: scheme and host; changed_at: ISO 8601, empty where the record is as put up.

    Two queries. What the operator didn't set isn't said.
    """
    url = f"{base}{reverse('pilots:data')}"
    notices = list(Notice.objects.order_by("issued_on", "slug"))
    corrections.mark(notices, has_history=False)
    members = {
        "@type": "Dataset",
        "@id": f"{url}#dataset",
        "name": settings.SITE["name"],
        "description": f"{CONTENT}{settings.SITE['source']}",
        "url": url,
        "version": version,
        "dateModified": changed_at,
        "inLanguage": LANGUAGE,
        "isAccessibleForFree": True,
        "creator": _named("Organization", settings.SITE["operator"]),
        "license": settings.SITE["licence_url"] or _named("CreativeWork", settings.SITE["licence"]),
        "spatialCoverage": CHINA,
        "temporalCoverage": f"{notices[0].issued_on}/.." if notices else "",  # later names go on being added
        "isBasedOn": [_notice(notice, base) for notice in notices],
        "distribution": [_download(download, base) for download in downloads],
    }
    return {name: value for name, value in members.items() if value}


def _named(kind: str, name: str) -> Node | None:
    return {"@type": kind, "name": name} if name else None


def _download(download: Download, base: str) -> Node:
    members: dict[str, Any] = {
        "@type": "DataDownload",
        "contentUrl": f"{base}{download.url}",
        "encodingFormat": download.type.partition(";")[0],
        "contentSize": f"{download.size} B" if download.size else "",
        "sha256": download.checksum,
    }
    return {name: value for name, value in members.items() if value}


def _notice(notice: Notice, base: str) -> Node:
    members = {
        "@type": "Legislation",
        "@id": f"{base}{notice.get_absolute_url()}",
        "name": notice.title,
        "legislationIdentifier": notice.number,
        "description": correction(*corrections.words(notice).values()),
    }
    return {name: value for name, value in members.items() if value}
