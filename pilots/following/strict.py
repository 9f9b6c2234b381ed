"""Filters as machine formats take them: what nobody knows is refused by name, never left out in silence."""

from collections.abc import Iterable, Iterator

from django.http import QueryDict

from pilots.filters import MAX_QUERY, SORTS, RegionFilter


class BadQueryError(ValueError):
    """An address with parameters or values that aren't understood; says which, in Chinese."""


def region_filter(data: QueryDict) -> RegionFilter:
    """Return the filters that an address names. Raises BadQueryError with every wrong name and value."""
    filterset = RegionFilter(data)
    refuse([*_unknown_names(data, [*filterset.filters, "sort"]), *_unknown_values(filterset)])
    return filterset


def nothing_but(data: QueryDict, names: Iterable[str] = ()) -> None:
    """Refuse every parameter that isn't one of `names`."""
    refuse(_unknown_names(data, names))


def refuse(problems: Iterable[str]) -> None:
    """Raise BadQueryError with the problems, if there are any."""
    if found := list(problems):
        raise BadQueryError("；".join(found) + "。")


def _unknown_names(data: QueryDict, names: Iterable[str]) -> Iterator[str]:
    known = list(names)
    said = f"可用的参数：{'、'.join(known)}" if known else "这个网址没有参数"
    yield from (f"没有参数 {name}（{said}）" for name in data if name not in known)


def _unknown_values(filterset: RegionFilter) -> Iterator[str]:
    data = filterset.data
    for name in filterset.FACETS:
        unknown = [value for value in dict.fromkeys(data.getlist(name)) if value]
        yield from (f"{name} 没有取值 {value}" for value in unknown if value not in filterset.cleaned[name])
    if len({value for value in data.getlist("q") if value}) > 1:
        yield "q 只能给一个值"
    if filterset.is_cut:
        yield f"q 超过{MAX_QUERY}个字"
    unknown = dict.fromkeys(value for value in data.getlist("sort") if value and value not in SORTS)
    yield from (f"sort 没有取值 {value}" for value in unknown)
