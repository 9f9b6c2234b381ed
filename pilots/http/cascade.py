"""Stylesheets for browsers that are older than what they are written in: Chromium 86 is what many offices have.

Cascade layers (Chromium 99) become what they mean: a rule of a later layer outweighs every rule of an earlier one.
Logical shorthands and insets (Chromium 87) become their parts. The sources stay as they are written.
"""

import re
from collections.abc import Callable

IMPORT = re.compile(r'^@import url\("([\w./-]+)"\) layer\((\w+)\);$', re.MULTILINE)
LAYERS = ("tokens", "base", "layout", "components", "document", "pictures", "print")  # as site.css names them
ABOVE_ALL = len(LAYERS)  # the rank of what stands outside every layer
_WEIGHT = ":not(#_)"  # fits everything, and weighs as much as an id
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_INDENT = re.compile(r"(?:(?<=[{};,])\s*\n|^)\s*")  # a twentieth of what travels
_PRELUDE = re.compile(r"((?:^|[{};])\s*)([^{};@\s][^{};@]*)(?=\{)")
_DECLARATION = re.compile(
    r"(?<=[{;\s])((?:margin|padding|border)-(?:inline|block)|inset)(-[a-z]+)?: ([^;}]+)(?=[;}])"
)
_SIDES = {"-inline-start": "left", "-inline-end": "right", "-block-start": "top", "-block-end": "bottom"}
_INSET = re.compile(r"(?<=[{;\s])inset(-(?:inline|block)-(?:start|end)):")


def bundled(css: str, read: Callable[[str], str]) -> str:
    """Return `css` for old browsers, with the sheets that it imports into layers (`read` by their names) in it."""
    if not IMPORT.search(css):
        return ranked(css, 0)
    return IMPORT.sub(lambda line: ranked(read(line[1]), LAYERS.index(line[2])), css)


def ranked(css: str, rank: int) -> str:
    """Return `css` without comments and indents, each of its rules outweighing all of a lower rank."""
    css = _PRELUDE.sub(lambda rule: rule[1] + _weighted(rule[2], rank), _COMMENT.sub("", css))
    css = _INSET.sub(lambda name: f"{_SIDES[name[1]]}:", css)
    return _INDENT.sub("", _DECLARATION.sub(_in_parts, css))


def _weighted(selectors: str, rank: int) -> str:
    pieces = (selector.strip().partition("::") for selector in apart(selectors, ","))
    return ", ".join(f"{of}{_WEIGHT * rank}{colons}{part}" for of, colons, part in pieces) + " "


def _in_parts(match: re.Match[str]) -> str:
    name, more, value = match[1], match[2] or "", match[3].strip()
    if more.startswith(("-start", "-end")):
        return match[0]
    values = [value, value] if name.startswith("border") and not more else apart(value, " ")
    return f"{name}-start{more}: {values[0]}; {name}-end{more}: {values[-1]}"


def apart(text: str, mark: str) -> list[str]:
    """Return the parts of `text` between marks that stand in no bracket."""
    parts, depth = [""], 0
    for char in text:
        depth += {"(": 1, ")": -1}.get(char, 0)
        if char == mark and not depth:
            parts.append("")
        else:
            parts[-1] += char
    return [part for part in parts if part]
