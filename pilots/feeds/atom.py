"""Atom feeds (RFC 4287): changes of everything, an area, a province, a topic, the areas of a filter; and answers."""

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
from ..models import Proposal
from ..models.characters import for_xml
from ..search.filters import RegionFilter
from . import entries, scopes
from .entries import Told
from .scopes import Scope


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

    about = "更正记录"
    summary = "对本站记录的更正和撤下，最近的在前，最多{most}条；全部见网站的更正记录页。"
    text_template = "pilots/_told.html"

    def __init__(self, scope: Scope) -> None:
        self.scope, site = scope, settings.SITE
        self.title = for_xml(f"{self.about}{scope.name and f'：{scope.name}'} - {site['name']}")
        self.subtitle = for_xml(f"{self.summary.format(most=entries.MOST)}{scope.remark}")
        self.link, self.feed_url, self.feed_guid = scope.page, scope.feed, entries.named("feed", scope.feed)
        self.author_name = for_xml(site["operator"] or site["name"])  # who edits is nobody's business

    def feed_extra_kwargs(self, obj: None) -> dict[str, Any]:
        return {"began": entries.began()}

    def items(self) -> list[Told]:
        return entries.latest(self.scope)

    def item_title(self, item: Told) -> str:
        return for_xml(item.title)

    def item_link(self, item: Told) -> str:
        return item.url

    def item_guid(self, item: Told) -> str:
        return item.id

    def item_pubdate(self, item: Told) -> datetime.datetime:
        return item.at

    item_updateddate = item_pubdate

    def item_extra_kwargs(self, item: Told) -> dict[str, Any]:
        context = {"told": item, "proposal": item.proposal}
        return {"content": for_xml(render_to_string(self.text_template, context))}


class Answers(Changes):
    """What readers reported and officials answered, the latest first."""

    about = "纠错的答复"
    summary = "读者报过什么，本站怎样答复，最近的在前，最多{most}条；全部见网站的纠错记录页。"
    text_template = "pilots/_answered.html"

    def items(self) -> list[Told]:
        return [entries.of_proposal(proposal) for proposal in Proposal.objects.answered()[: entries.MOST]]


class FeedView(View):
    """A feed; `scope_of` makes its scope of the slug in the address. Only that of all changes takes filters."""

    feed = Changes
    scope_of: Callable[..., Scope] | None = None

    def get(self, request: HttpRequest, **kwargs: str) -> HttpResponse:
        try:
            if self.scope_of is None:
                filterset = RegionFilter(request.GET)
                parameters.read(parameters.REGION_FILTER, request.GET, filterset.state)
                scope = scopes.of_filter(filterset)
            else:
                parameters.read((), request.GET)
                scope = self.scope_of(**kwargs)
        except BadParameters as bad:
            return errors.bad_query(request, str(bad.detail))
        except ObjectDoesNotExist as missing:
            raise Http404 from missing
        response = self.feed(scope)(request)
        # A withdrawal takes entries out, and text may change without a new one: only the ETag knows.
        del response.headers["Last-Modified"]
        return response
