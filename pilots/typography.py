"""How the notice's text is set for reading: declared rules, and nothing but marks and white space ever changes.

The copy that was received has half-width punctuation and stray spaces inside words. `normalise` is the one
function that turns it into the text shown; the raw text is kept beside it, and `letters` is what must be equal.
"""

import re
import unicodedata
from typing import NamedTuple

# Spaces that belong to the text: the two authors of 《中共中央 国务院关于…》, and the pause in section 六
# whose mark in the original is not known.
KEPT_SPACES = ("中共中央 国务院", "进展情况 特别")


class Rule(NamedTuple):
    """One declared rule: its name as a reader sees it, the pattern, and what stands in its place."""

    name: str
    pattern: re.Pattern
    replacement: str


RULES: tuple[Rule, ...] = (
    Rule("表格的列分隔线“|”不属正文，去掉", re.compile(r"[ ]*\|[ ]*$", re.MULTILINE), ""),
    Rule("文号的年份用六角括号〔〕", re.compile(r"\[(\d{4})\]"), r"〔\1〕"),
    Rule("半角逗号改全角", re.compile(r","), "，"),
    Rule("半角分号改全角", re.compile(r";"), "；"),
    Rule("半角冒号改全角", re.compile(r":"), "："),
    Rule("半角左括号改全角", re.compile(r"\("), "（"),
    Rule("半角右括号改全角", re.compile(r"\)"), "）"),
    Rule(
        "去掉转录时混入的空格（《中共中央 国务院关于…》和第六条“进展情况 特别”两处保留）",
        re.compile(rf"({'|'.join(KEPT_SPACES)})|(?<![A-Za-z0-9])[ \u3000]+|[ \u3000]+(?![A-Za-z0-9])"),
        r"\1",
    ),
)


def normalise(raw: str) -> str:
    """Return `raw` with every rule of `RULES` applied in order; Han characters, digits and letters are untouched.

    Line breaks stay: they part the lines of the signature and the cells of the annex.
    """
    text = raw
    for rule in RULES:
        text = rule.pattern.sub(rule.replacement, text)
    return text


def letters(text: str) -> str:
    """Return only the Han characters, letters and digits of `text`: what fidelity to the notice is measured on."""
    return "".join(char for char in text if unicodedata.category(char)[0] in "LN")
