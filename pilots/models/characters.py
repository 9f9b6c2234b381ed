"""Characters that text of the record may hold: what nobody sees is dropped, what isn't a character is refused.

One place for every way in: the forms of the admin and tables that are imported. Unicode 16: the default-ignorable
code points (zero width, soft hyphen, direction marks, variation selectors, BOM), the blank of braille and what joins
hieroglyphs are dropped; the control characters that part lines (a word processor's U+000B) become line breaks, a tab
becomes a space; what is left of the control and format characters, halves of surrogates, private characters and the
mark of a decoding error is named and refused.
"""

import re
import unicodedata
from typing import Any

from django import forms

# Control characters but tab and line ends, as an expression (of Python's and of JSON Schema's) has them in brackets.
CONTROL = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
# Everything but what XML 1.0 (2.2, Char) allows; iCalendar (RFC 5545, 3.1) forbids no more of it.
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LINE_ENDS = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_STACKED = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{4}"
)  # no letter has so many
_REASONS = {
    "Cc": "看不见的控制字符",
    "Cf": "看不见的格式字符",
    "Cs": "半个字符",
    "Co": "私用区的字符，别的电脑显示不出来",
    "Cn": "没有定义的字符",
}
# What GB 18030 gave private places in 2000, and characters of their own since: Python's decoder is of 2000.
_PRIVATE = dict(
    zip(
        range(0xE78D, 0xE797), "\ufe10\ufe12\ufe11\ufe13\ufe14\ufe15\ufe16\ufe17\ufe18\ufe19", strict=True
    )
) | {
    0xE81E: "\u9fb4",
    0xE826: "\u9fb5",
    0xE82B: "\u9fb6",
    0xE82C: "\u9fb7",
    0xE832: "\u9fb8",
    0xE843: "\u9fb9",
    0xE854: "\u9fba",
    0xE864: "\u9fbb",
}  # fmt: skip


def for_xml(text: str) -> str:
    """Return a text in which what may not stand in XML is shown as �."""
    return _NOT_IN_XML.sub("\ufffd", text)


def cleaned(text: str) -> str:
    """Return `text` without characters that nobody sees, its line ends as the record has them."""
    return _UNSEEN.sub("", _LINE_ENDS.sub("\n", text)).replace("\t", " ").translate(_PRIVATE)


class CleanedField(forms.CharField):
    """A box for text, which is cleaned before its characters are counted."""

    def to_python(self, value: Any) -> Any:
        return super().to_python(cleaned(value) if isinstance(value, str) else value)


def objection(text: str) -> str:
    """Return why cleaned text can't be taken, naming the first such character and its place; empty where it can."""
    if stacked := _STACKED.search(text):
        return f"“{text[max(0, stacked.start() - 1)]}”上叠了太多符号，请删去。"
    if text.replace("\n", "").isprintable() and "\ufffd" not in text:
        return ""  # of nearly every text; the rest is looked at one by one
    for place, char in enumerate(text):
        reason = _reason(char)
        if reason:
            before = text[:place].rpartition("\n")
            line = f"第{text.count(chr(10), 0, place) + 1}行" if "\n" in text else ""
            return f"{line}第{len(before[2]) + 1}个字是{reason}（U+{ord(char):04X}），请删去或改正。"
    return ""


def _reason(char: str) -> str:
    if char == "\ufffd":
        return "编码读错留下的符号"
    # What Python's tables don't know yet may be a new Han character: only what never will be one is refused.
    category = unicodedata.category(char)
    if char == "\n":
        return ""
    if category == "Cn" and not (0xFDD0 <= ord(char) <= 0xFDEF or ord(char) & 0xFFFE == 0xFFFE):
        return ""
    return _REASONS.get(category, "")
