"""What the address of a file asks for, taken strictly: whatever isn't understood is refused by name."""

from collections.abc import Iterator
from typing import NamedTuple

from django.http import QueryDict

from pilots.filters import MAX_QUERY, SORTS, RegionFilter

ROWS = ("regions", "priorities")
SWITCHES = {"rows": ROWS, "bom": ("0", "1")}


class Refusal(NamedTuple):
    """A parameter that can't be answered: its name, the value given, and why."""

    name: str
    value: str
    reason: str

    def __str__(self) -> str:
        return f"{self.name}={self.value}：{self.reason}"


def refusals(filterset: RegionFilter, switches: tuple[str, ...] = ("rows",)) -> list[Refusal]:
    """Return everything in the filter's address that is unknown or can't be; `switches` the file has beside it."""
    given: QueryDict = filterset.data
    return [
        Refusal(name[:MAX_QUERY], value[:MAX_QUERY], reason)
        for name in given
        for value, reason in _of(name, list(dict.fromkeys(filter(None, given.getlist(name)))), filterset, switches)
    ]


def _of(
    name: str, values: list[str], filterset: RegionFilter, switches: tuple[str, ...]
) -> Iterator[tuple[str, str]]:
    if name in filterset.FACETS:
        known = filterset.state.values(name)
    elif name in ("q", "sort", *switches):
        known = {"sort": tuple(SORTS), **SWITCHES}.get(name)
        yield from ((value, "只能有一个值") for value in values[1:])
    else:
        yield ("、".join(values), "没有这个参数")
        return
    for value in values:
        if known is None and len(value) > MAX_QUERY:
            yield value, f"超过{MAX_QUERY}个字"
        if known is not None and value not in known:
            yield value, "没有这个值"
