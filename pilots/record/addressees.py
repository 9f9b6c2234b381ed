"""To whom a notice is sent, out of its own words: units (北京市、…) and their departments (发展改革委、…).

The words are taken apart and nothing else: put together again, names and marks are the whole paragraph.
"""

import re
from collections.abc import Iterable

_DEPARTMENT = re.compile(r"([^、，；：（）\s]+(?:（[^（）]*）)?)(、|：$)")


def addressees(text: str, names: Iterable[str]) -> dict[str, list[tuple[str, str]]]:
    """Return who is addressed: `units` and `departments` in the order of the notice, each with the mark or word
    (、 及 和 ：) that follows it. Empty where the words aren't units among `names` and then departments."""
    names_pattern = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    before = re.match(rf"(?:(?:{names_pattern})(?:[、及和]|(?=[^、及和])))+", text) if names_pattern else None
    if before is None:
        return {}
    units = re.findall(rf"({names_pattern})([、及和]?)", before[0])
    departments = _DEPARTMENT.findall(text[before.end() :])
    is_whole = departments and "".join(name + mark for name, mark in [*units, *departments]) == text
    return {"units": units, "departments": departments} if is_whole else {}
