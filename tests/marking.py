"""Where a page says words that have to be marked, and whether the mark stands in the same item."""

from selectolax.lexbor import LexborHTMLParser

from pilots.models import Citation, Ministry, Notice, Priority, Region, Section, Signature, editing

from .pages import EVERY_PAGE, STATES

AREA = "beijing-huairou"
PATHS = [
    *dict.fromkeys(place.path for place in (EVERY_PAGE | STATES).values() if place.server == "site"),
    f"/regions/{AREA}/",
    "/regions/?q=某重点",
    "/regions/?q=某标题",
    "/provinces/beijing/",
    "/regions/jing-jin-ji/",
]
ITEMS = ("li", "tr", "blockquote", "dd", "header", "nav", "section", "div", "main")
# The record of corrections is what a mark leads to; a checksum may have the digits of a number by chance.
LEFT_OUT = ".change, .corrected, del, ins, script, datalist, .checksums"


def ancestors(node):
    while node is not None and node.tag != "body":
        yield node
        node = node.parent


def holders(tree, token):
    """Return the innermost elements of a page whose words hold the token, but for what says that it was corrected."""
    aside = {node.mem_id for node in tree.css(LEFT_OUT)}
    found = [node for node in tree.css("body *") if token in node.text()]
    found = [node for node in found if not any(token in child.text() for child in node.iter())]
    return [node for node in found if aside.isdisjoint(each.mem_id for each in ancestors(node))]


def unmarked(text, tokens, mark):
    """Yield each token of a page that stands without the mark in the same item, and the item."""
    tree = LexborHTMLParser(text)
    for token in tokens:
        for node in holders(tree, token):
            item = next(each for each in ancestors(node) if each.tag in ITEMS)
            if mark not in item.text():
                yield token, item.html[:300]


# Which words are corrected: a row's model, how it is found, the field, and what stands there afterwards.
WORDS = (
    (Notice, {}, "title", "某标题甲"),
    (Notice, {}, "number", "某号乙〔2015〕1号"),
    (Section, {"anchor": "duty-1"}, "heading", "某小标题丙"),
    (Section, {"anchor": "duty-1"}, "text", "一、某小标题丙。某段落丁。"),
    (Citation, {"position": 1}, "title", "某引用戊"),
    (Signature, {"ministry__slug": "mep"}, "name", "某署名己"),
    (Ministry, {"slug": "mep"}, "text_name", "某简称庚"),
    (Region, {"slug": AREA}, "name", "某地区辛"),
    (Priority, {"region__slug": AREA, "number": 1}, "text", "某重点壬"),
)


def correct(row, name, text):
    with editing(actor=None, reason="依据原件更正"):
        setattr(row, name, text)
        row.save()
