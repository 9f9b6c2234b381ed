"""How the notice's text is set for reading: declared rules, and nothing but marks and white space ever changes.

The copy that was received has half-width punctuation and stray spaces inside words. `normalise` is the one
function that turns it into the text shown; the raw text is kept beside it, and `letters` is what must be equal.
"""

import re
import unicodedata
from functools import partial

# Spaces that belong to the text: the two authors of 《中共中央 国务院关于…》, and the pause in section 六
# whose mark in the original is not known.
KEPT_SPACES = ("中共中央 国务院", "进展情况 特别")


BLANK = r"[^\S\n\v\f\x1c-\x1e\x85\u2028\u2029]"  # of any width; what parts lines is none
LATIN = r"[A-Za-z0-9\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f]"
# An address of the web or of mail has marks of its own, and keeps the blank before the next word in letters.
ADDRESS = (
    r"(?:(?:https?|ftp)://|www\.)[!-~]*[A-Za-z0-9/_=#&%+~-](?: (?=[A-Za-z0-9]))?"
    r"|[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+"
)


_REAL = "|".join(f"(?<={before}){BLANK}+(?={after})" for before, after in map(str.split, KEPT_SPACES))

# Each rule as a reader sees it, its pattern, and what stands in its place.
RULES = tuple(
    (name, re.compile(f"(?P<address>{ADDRESS})|{pattern}", re.MULTILINE), replacement)
    for name, pattern, replacement in (
        ("去掉看不见的零宽字符", "[\u00ad\u200b-\u200d\u2060\ufeff]+", ""),
        ("字母、数字之间和原文确有的空格，不论宽窄，留一个", rf"(?<={LATIN}){BLANK}+(?={LATIN})|{_REAL}", " "),
        (
            "去掉转录时混入的空格（《中共中央 国务院关于…》和第六条“进展情况 特别”两处保留）",
            rf"(?P<real>{'|'.join(KEPT_SPACES)})|(?<!{LATIN}){BLANK}+|{BLANK}+(?!{LATIN})",
            r"\g<real>",
        ),
        ("表格的列分隔线“|”不属正文，去掉", r"(?<!\|)\|+$", ""),
        (
            "文号的年份用六角括号〔〕",
            r"[\[［﹝【〖〔](?P<year>\d{4})[\]］﹞】〗〕]|(?<=[\u3400-\u9fff])[(（](?P<round>\d{4})[)）](?=第?\d+号)",
            r"〔\g<year>\g<round>〕",
        ),
        ("半角逗号改全角（1,500 这样的数除外）", r"(?<!\d),|,(?!\d{3}(?!\d))", "，"),
        ("半角分号改全角", r";", "；"),
        ("半角冒号改全角（8:30 这样的时刻和 1:10000 这样的比例除外）", r"(?<!\d):|:(?!\d+(?![\d年月日]))", "："),
        ("半角左括号改全角", r"\(", "（"),
        ("半角右括号改全角", r"\)", "）"),
    )
)


def normalise(raw: str) -> str:
    """Return `raw` with every rule of `RULES` applied in order; Han characters, digits and letters are untouched.

    Line breaks stay: they part the lines of the signature and the cells of the annex.
    """
    for _, pattern, replacement in RULES:
        raw = pattern.sub(partial(_replaced, replacement), raw)
    return raw


def _replaced(replacement: str, match: re.Match) -> str:
    return match["address"] or match.expand(replacement)


def line_text(raw: str) -> str:
    """Return the shown text of a numbered line of the annex: without its number and the mark at its end."""
    return re.sub(r"^\d+\.|[。；]$", "", normalise(raw))


def letters(text: str) -> str:
    """Return only the Han characters, letters and digits of `text`: what fidelity to the notice is measured on."""
    return "".join(char for char in text if unicodedata.category(char)[0] in "LN")
