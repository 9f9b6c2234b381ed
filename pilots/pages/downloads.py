"""The page that says what there is to take away: formats, fields, versions, checksums, limits, examples."""

import datetime
import hashlib
import json
from functools import partial
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.views.generic import TemplateView

from ..exports import formats, offline, package
from ..exports.columns import meanings
from ..exports.offering import FORMATS
from ..exports.region_tables import ROWS, areas
from ..exports.state import OwnRequest, ready
from ..exports.tables import TYPE_NAMES, Listing, record_changed_at
from ..exports.views import UnsteadyMixin
from ..http import origin
from ..record import withdrawn
from ..search.filters import MAX_QUERY, RegionFilter
from . import citations, json_ld
from .base import Column, Page, PageMixin
from .json_ld import Download

EXAMPLES = ("curl", "python", "r")


# The columns of one table, where the table is, and how many rows it has: `name`, `title`, `description`, `url`,
# `count`, and `columns` (of each its name, heading, type in Chinese, and what it means).
Dictionary = dict[str, Any]


class DataView(UnsteadyMixin, PageMixin, TemplateView):
    """What there is; the whole files are made on the way, so that sizes and checksums are those of what one gets."""

    template_name = "pilots/data.html"
    title, route = "数据下载", "pilots:data"
    lead = "整份名录的数据：格式、字段、版本、校验和、使用许可和示例。"
    keywords, column_type = "数据,下载,CSV,XLSX,JSON", "数据开放"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        base, filterset, is_own = origin(self.request), RegionFilter(), isinstance(self.request, OwnRequest)
        lists = [areas(filterset, base, by) for by in ROWS]
        packed = ready(self.request, lambda: package.packed(base))
        descriptor = package.descriptor(packed)
        when = record_changed_at()
        changed_at = datetime.datetime.fromisoformat(when) if when else None
        counts = {resource["name"]: resource["rows"] for resource in descriptor["resources"]}
        context = super().get_context_data(
            base=base,
            listings=[_dictionary_of_list(self.request, listing, counts[listing.by]) for listing in lists],
            wholes=[
                _measured(
                    f"{kind.upper()}，{'重点表' if listing.by == 'priorities' else '地区表'}",
                    formats.address(listing, kind),
                    formats.KINDS[kind],
                    ready(self.request, partial(formats.body, listing, kind)),
                )
                for listing in lists
                for kind in FORMATS
            ],
            # The page that goes into the pack can't say how large that is.
            offline=(reverse("pilots:offline"), None if is_own else offline.size(base)),
            package=_measured("数据包", reverse("pilots:data-file", args=["package.zip"]), "application/zip", packed),
            version=descriptor["version"],
            published=withdrawn.published(filterset.state),
            citation=citations.dataset(
                f"{base}{reverse('pilots:data')}", descriptor["version"], changed_at and changed_at.date()
            ),
            changed_at=changed_at,
            unchanged=formats.UNCHANGED,
            tables=descriptor["resources"],
            examples=[(name, f"pilots/examples/_{name}.html") for name in EXAMPLES],
            licence=settings.SITE["licence"],
            licence_url=settings.SITE["licence_url"],
            source=settings.SITE["source"],
            most_words=MAX_QUERY,
            **kwargs,
        )
        files = [
            Download(
                reverse("pilots:data-file", args=[resource["path"]]),
                resource["mediatype"],
                resource["bytes"],
                resource["hash"].removeprefix("sha256:"),
            )
            for resource in descriptor["resources"]
        ]
        pack = Download(context["offline"][0], "application/zip", context["offline"][1])
        files = [context["package"], *context["wholes"], pack, *files]
        node = json_ld.dataset(base, descriptor["version"], when, files)
        context["linked"] = json_ld.Graph([node, *context["linked"].nodes])
        return context


class FieldsView(UnsteadyMixin, PageMixin, TemplateView):
    """The columns of each table of the data package."""

    template_name = "pilots/data_fields.html"
    title, route = "数据包的字段", "pilots:data-fields"
    lead = "数据包里每张表有哪些列，各是什么意思。"

    def get_page(self, context: dict[str, Any]) -> Page:
        column = Column(DataView.lead, DataView.keywords, DataView.column_type)
        trail = [(DataView.title, reverse(DataView.route))]
        return Page(self.title, reverse(self.route), trail, self.lead, column, is_indexed=False)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        base = origin(self.request)
        descriptor = package.descriptor(ready(self.request, lambda: package.packed(base)))
        tables: list[Dictionary] = [
            {
                "name": resource["path"],
                "title": resource["title"],
                "description": resource["description"],
                "url": reverse("pilots:data-file", args=[resource["path"]]),
                "count": resource["rows"],
                "columns": [
                    (field["name"], field["title"], TYPE_NAMES[field["type"]], field.get("description", ""))
                    for field in resource["schema"]["fields"]
                ],
            }
            for resource in descriptor["resources"]
        ]
        return super().get_context_data(tables=tables, **kwargs)


def _measured(label: str, url: str, type_: str, content: bytes) -> Download:
    return Download(url, type_, len(content), hashlib.sha256(content).hexdigest(), label)


def _dictionary_of_list(request: HttpRequest, listing: Listing, count: int) -> Dictionary:
    file = json.loads(ready(request, lambda: formats.body(listing, "json")))
    texts = meanings(listing.items, file[listing.by])
    name = formats.address(listing, "csv")
    return {
        "name": name,
        "title": listing.title,
        "description": "列名在CSV和XLSX中用中文（slug、url除外），在JSON中用英文。",
        "url": name,
        "count": count,
        "columns": [(item.name, item.label, item.type_name, texts[item.name]) for item in listing.items],
    }
