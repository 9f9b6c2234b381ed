"""To whom a notice is sent, out of its own words: units (北京市、…) and their departments (发展改革委、…).

The words are taken apart and nothing else: put together again, names and marks are the whole paragraph.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

_DEPARTMENT = re.compile(r"([^、，；：（）\s]+(?:（[^（）]*）)?)(、|：$)")


class Addressees(NamedTuple):
    """Units and departments in the order of the notice, each with the mark or word (、 及 和 ：) that follows it."""

    units: list[tuple[str, str]]
    departments: list[tuple[str, str]]

    @property
    def text(self) -> str:
        """The paragraph again."""
        return "".join(name + mark for name, mark in [*self.units, *self.departments])


def addressees(text: str, names: Iterable[str]) -> Addressees | None:
    """Return who is addressed; None where the words aren't units among `names` and then departments."""
    names_pattern = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    before = re.match(rf"(?:(?:{names_pattern})(?:[、及和]|(?=[^、及和])))+", text) if names_pattern else None
    if before is None:
        return None
    units = re.findall(rf"({names_pattern})([、及和]?)", before[0])
    candidate = Addressees(units, _DEPARTMENT.findall(text[before.end() :]))
    return candidate if candidate.departments and candidate.text == text else None
