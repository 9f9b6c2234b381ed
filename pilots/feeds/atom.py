"""Atom feeds of changes (RFC 4287): of everything, an area, a province, a topic, or of the areas of a filter."""

import datetime
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.feedgenerator import Atom1Feed
from django.utils.xmlutils import SimplerXMLGenerator
from django.views.generic import View

from ..api import parameters
from ..http import errors
from ..http.problems import BadParameters
from ..search.filters import RegionFilter
from . import entries, scopes
from .entries import Told
from .scopes import Scope
from .xml import clean


class Atom(Atom1Feed):
    """Atom with full text, a hub where the operator has one, and a date of its own while nothing has happened."""

    def add_root_elements(self, handler: SimplerXMLGenerator) -> None:
        super().add_root_elements(handler)
        if hub := settings.FOLLOWING["hub"]:
            handler.addQuickElement("link", "", {"rel": "hub", "href": hub})

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        handler.addQuickElement("content", item["content"], {"type": "html"})

    def latest_post_date(self) -> datetime.datetime:
        return max((item["updateddate"] for item in self.items), default=self.feed["began"])


class Changes(Feed):
    """The changes in a scope, newest first."""

    feed_type = Atom
    language = "zh-Hans"
    item_description: Any = None  # the text is the entry's content

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def title(self) -> str:
        return clean(f"更正记录：{self.scope.name} - {settings.SITE['name']}")

    def subtitle(self) -> str:
        text = (
            f"对本站记录的更正和撤下，最近的在前，最多{entries.MOST}条；全部见网站的更正记录页。{self.scope.remark}"
        )
        return clean(text)

    def link(self) -> str:
        return self.scope.page

    def feed_url(self) -> str:
        return self.scope.feed

    def feed_guid(self) -> str:
        return entries.named("feed", self.scope.feed)

    def author_name(self) -> str:
        """The site: who edits is nobody's business."""
        return clean(settings.SITE["operator"] or settings.SITE["name"])

    def feed_extra_kwargs(self, obj: None) -> dict[str, Any]:
        return {"began": entries.began()}

    def items(self) -> list[Told]:
        return entries.latest(self.scope)

    def item_title(self, item: Told) -> str:
        return clean(item.title)

    def item_link(self, item: Told) -> str:
        return item.url

    def item_guid(self, item: Told) -> str:
        return item.id

    def item_pubdate(self, item: Told) -> datetime.datetime:
        return item.at

    def item_updateddate(self, item: Told) -> datetime.datetime:
        return item.at

    def item_extra_kwargs(self, item: Told) -> dict[str, Any]:
        return {"content": clean(render_to_string("pilots/_told.html", {"told": item}))}


class FeedView(View):
    """A feed; `scope_of` makes its scope of the slug in the address. Only the whole takes filters."""

    scope_of: Callable[[str], Scope] | None = None

    def get(self, request: HttpRequest, slug: str = "") -> HttpResponse:
        try:
            scope = self._scope(request, slug)
        except BadParameters as bad:
            return errors.bad_query(request, str(bad.detail))
        except ObjectDoesNotExist as missing:
            raise Http404 from missing
        response = Changes(scope)(request)
        # A withdrawal takes entries out, and text may change without a new one: only the ETag knows.
        del response.headers["Last-Modified"]
        return response

    def _scope(self, request: HttpRequest, slug: str) -> Scope:
        if self.scope_of is None:
            filterset = RegionFilter(request.GET)
            parameters.read(parameters.REGION_FILTER, request.GET, filterset.state)
            return scopes.of_filter(filterset)
        parameters.read((), request.GET)
        return self.scope_of(slug)
