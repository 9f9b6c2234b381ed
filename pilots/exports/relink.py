"""A page as it is kept outside of the site: its links lead to files beside it, and what can't work there is gone.

The page is passed through piece by piece; only what changes is written anew.
"""

import html
import posixpath
import re
from collections.abc import Callable
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

# What needs the site behind it: searching, filters, the choice of text size, scripts, files of a list.
_GONE_TAGS = {"form", "script", "datalist"}
_GONE_CLASSES = {"text-size", "needs-script", "downloads", "choice", "to-filters"}
_GONE_PAIRS = {("li", "switch")}  # of text sizes; another switch leads to the notice as received
_GONE_SHEETS = re.compile(r"/text-size\.css$")
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
_LINKS = {"href", "src"}

Lead = Callable[[str], str]  # from an address on the site (path, query, fragment) to what is written instead


class Relinked(HTMLParser):
    """Writes a page again with every address of the site replaced. `links` are those that it had."""

    def __init__(self, path: str, lead: Lead, banner: str = "") -> None:
        super().__init__(convert_charrefs=False)
        self.path, self.lead, self.banner = path, lead, banner
        self.links: list[str] = []
        self._written: list[str] = []
        self._gone: list[str] = []  # elements that are left out, the outermost first

    @property
    def text(self) -> str:
        return "".join(self._written)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._gone or _is_gone(tag, dict(attrs)):
            if tag not in _VOID:
                self._gone.append(tag)
            return
        self._written.append(self._relinked(tag, attrs))
        if tag == "main":
            self._written.append(self.banner)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if not self._gone and not _is_gone(tag, dict(attrs)):
            self._written.append(self._relinked(tag, attrs))

    def handle_endtag(self, tag: str) -> None:
        if not self._gone:
            self._written.append(f"</{tag}>")
        elif tag in self._gone:  # elements may be left open, as HTML allows: they end with the one around them
            while self._gone and self._gone.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not self._gone:
            self._written.append(data)

    def handle_entityref(self, name: str) -> None:
        self.handle_data(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.handle_data(f"&#{name};")

    def handle_comment(self, data: str) -> None:
        self.handle_data(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self.handle_data(f"<!{decl}>")

    def _relinked(self, tag: str, attrs: list[tuple[str, str | None]]) -> str:
        links = [
            (name, value)
            for name, value in attrs
            if name in _LINKS and value and not value.startswith("#") and not any(urlsplit(value)[:2])
        ]
        if not links:
            return self.get_starttag_text() or ""
        new_attrs = []
        for name, value in attrs:
            if value and (name, value) in links:
                self.links.append(urljoin(self.path, value))
                value = self.lead(self.links[-1])
            new_attrs.append((name, value))
        written = "".join(
            f" {name}" if value is None else f' {name}="{html.escape(value)}"' for name, value in new_attrs
        )
        return f"<{tag}{written}>"


def _is_gone(tag: str, attrs: dict[str, str | None]) -> bool:
    classes = set((attrs.get("class") or "").split())
    is_gone = (
        tag in _GONE_TAGS or classes & _GONE_CLASSES or {(tag, class_name) for class_name in classes} & _GONE_PAIRS
    )
    return bool(is_gone) or bool(_GONE_SHEETS.search(attrs.get("href") or ""))


def relinked(page: str, path: str, lead: Lead, banner: str = "") -> tuple[str, list[str]]:
    """Return the page at `path` with its links led elsewhere and `banner` (HTML) before its content, its links."""
    parser = Relinked(path, lead, banner)
    parser.feed(page)
    parser.close()
    return parser.text, parser.links


def between(start: str, end: str) -> str:
    """Return how a file names another one beside it: both by their paths from the top."""
    return posixpath.relpath(end, posixpath.dirname(start) or ".")
