"""What every page says of itself: title, breadcrumb, metadata (国办发〔2017〕47号《网页设计规范》), one address."""

import html
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.generic.base import ContextMixin, View

from ..exports.picture import HEIGHT, WIDTH, fonts
from ..feeds.scopes import feed_of
from ..models.recorded import kind_of
from ..search import facet_sets
from . import context_processors, json_ld

# What the frame of a page needs of its context.
FRAME = ("page", "trail", "meta", "sharing", "canonical", "alternate", "feed", "linked", "kept")
Crumb = tuple[str, str]  # a step of the breadcrumb: what it says and where it leads


class Column(NamedTuple):
    """The metadata of the column that a page stands in; the type is one of the regulation's. `name` is given where
    neither the first step of the breadcrumb nor, without one, the title is the column's name."""

    description: str
    keywords: str
    type: str
    name: str = ""


class Article(NamedTuple):
    """A content page's metadata: when what it shows was issued (YYYY-MM-DD), and where it comes from."""

    published: str
    source: str
    keywords: str = ""
    author: str = ""


@dataclass
class Page:
    """What a page says of itself. `path` is its one address; a page that is not indexed is still followed."""

    title: str
    path: str
    crumbs: list[Crumb] = field(default_factory=list)
    description: str = ""
    column: Column | None = None
    article: Article | None = None
    is_indexed: bool = True
    is_corrected: bool = False  # whether the title isn't as issued
    is_added: bool = False  # whether what the page is of isn't the notice's
    language: str = "zh-Hans"  # of what the page says; the frame is in Chinese
    step: str = ""  # what the breadcrumb calls the page where its title, just below, is long
    sentence: str = ""  # as what it is shared, where its title says too little alone
    picture: str = ""  # the path of the picture with which it is shared
    form: str = ""  # which form of the page is shown (`?text=raw`): not part of its one address, kept on the way back

    @property
    def section(self) -> str:
        """Where in the main navigation the page belongs: the path of its first step below home."""
        return self.crumbs[0][1] if self.crumbs else self.path.partition("?")[0]

    @property
    def remark(self) -> str:
        """What is to be known of the title wherever it stands alone; empty where it is the notice's own."""
        return f"{'（本站增补）' if self.is_added else ''}{'（已更正）' if self.is_corrected else ''}"

    def meta(self, request: HttpRequest, robots: str = "noindex, follow") -> SafeString:
        """Return what the page says of itself as meta elements, in the regulation's order, nothing empty. robots: to
        whom searches for others, where it isn't for them."""
        rows = [
            ("SiteName", settings.SITE["name"]),
            ("SiteDomain", settings.SITE["domain"] or request.get_host()),
            ("SiteIDCode", settings.SITE["id_code"]),
        ]
        if self.column:
            rows += [
                # The same whatever is searched for or chosen in the column.
                ("ColumnName", self.column.name or (self.crumbs[0][0] if self.crumbs else self.title)),
                ("ColumnDescription", self.column.description),
                ("ColumnKeywords", self.column.keywords),
                ("ColumnType", self.column.type),
            ]
        if self.article:
            rows += [
                ("ArticleTitle", f"{self.title}{self.remark}"),
                ("PubDate", self.article.published),
                ("ContentSource", self.article.source),
                ("Keywords", self.article.keywords),
                ("Author", self.article.author),
                ("Description", self.description),
                ("Url", self.canonical(request)),
            ]
        rows += [("description", self.description), ("robots", "" if self.is_indexed else robots)]
        return _elements(("name", name, content) for name, content in rows if content)

    def sharing(self, request: HttpRequest) -> str:
        """Return what a page is shared with as meta elements (Open Graph; of Twitter's cards what differs). Empty for
        a page that isn't indexed: it is shared as any address."""
        if not self.is_indexed:
            return ""
        title = self.sentence or f"{self.title}{self.remark}"
        rows = [
            ("property", "og:site_name", settings.SITE["name"]),
            ("property", "og:type", "article" if self.article else "website"),
            ("property", "og:locale", "zh_CN" if self.language == "zh-Hans" else "en_US"),
            ("property", "og:title", title),
            ("property", "og:description", self.description),
            ("property", "og:url", self.canonical(request)),
            ("name", "twitter:card", "summary_large_image" if self.picture else "summary"),
            ("name", "twitter:title", title),
            ("name", "twitter:description", self.description),
        ]
        if self.picture:
            url = request.build_absolute_uri(self.picture)
            rows += [
                ("property", "og:image", url),
                ("property", "og:image:type", "image/png"),
                ("property", "og:image:width", f"{WIDTH}"),
                ("property", "og:image:height", f"{HEIGHT}"),
                ("property", "og:image:alt", title),
                ("name", "twitter:image", url),
            ]
        return _elements(rows)

    def canonical(self, request: HttpRequest) -> str:
        """Return the page's one address, absolute."""
        return request.build_absolute_uri(self.path)


def _elements(rows: Iterable[tuple[str, str, str]]) -> SafeString:
    """Return meta elements of attributes, their values and contents."""
    parts = (f'<meta {kind}="{name}" content="{html.escape(content)}">\n    ' for kind, name, content in rows)
    return SafeString("".join(parts))


class PageMixin(ContextMixin, View):
    """A view whose template gets `page`, with its metadata worked out: from attributes, or by a `get_page`."""

    title: str
    route: str
    lead: str  # what the page has to say, in a sentence
    keywords: str
    column_type: str  # one of the regulation's
    language = "zh-Hans"
    state: (
        facet_sets.Snapshot
    )  # of the record, asked for before anything is read: what hangs on it alone is kept there

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.state = facet_sets.current()

    def get_page(self, context: dict[str, Any]) -> Page:
        column = Column(self.lead, self.keywords, self.column_type)
        return Page(self.title, reverse(self.route), [], self.lead, column, language=self.language)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        page = self.get_page(context)
        trail = [("首页", context_processors.PATHS["home"]), *page.crumbs]
        thing: Any = getattr(self, "object", None)
        page.is_corrected = page.title in {correction.now for correction in getattr(thing, "corrections", ())}
        page.is_added = getattr(thing, "is_issued", True) is False
        kind = f"{kind_of(thing)}-" if type(thing) in json_ld.DESCRIBED else ""  # else the site's picture
        has_picture = fonts() and page.language == "zh-Hans"  # pictures are in Chinese
        of_site = context_processors.PATHS["picture"]
        pictures = reverse(f"pilots:{kind}picture", args=[thing.slug]) if kind else of_site
        page.picture = pictures if has_picture else ""
        itself = (page.step or f"{page.title}{page.remark}", page.path)
        steps = [*trail, itself] if page.path != trail[0][1] else [(settings.SITE["name"], page.path)]
        return context | {
            "alternate": reverse(f"pilots:{kind}data", args=[thing.slug]) if kind else "",
            "kept": context_processors.kept(self.state),
            "linked": json_ld.linked(thing, steps, self.request, self.state),
            "page": page,
            "trail": trail,
            "meta": page.meta(self.request),
            "sharing": page.sharing(self.request),
            "canonical": page.canonical(self.request),
            "feed": feed_of(self.request, page.path),
        }
