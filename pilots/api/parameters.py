"""What may be asked for: each parameter declared once, read strictly, and described from the same declaration."""

import datetime
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.http import QueryDict
from django.utils.timezone import get_current_timezone

from ..http.problems import Bad, BadParameters
from ..models import Notice
from ..models.characters import CONTROL
from ..record import withdrawn
from ..record.comparison import MOST, offers
from ..search.facet_sets import Snapshot
from ..search.filters import MAX_QUERY, SORTS, KeywordField, RegionFilter

MOST_A_PAGE = 100
USUAL_A_PAGE = 60  # the batch of 45 fits
_NUMBER = re.compile(r"0*[1-9][0-9]{0,8}")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")
# Beyond these no time is told apart, and none of them is too early or late for a database or another time zone.
EARLIEST, LATEST = (datetime.datetime(year, 1, 1, tzinfo=datetime.UTC) for year in (1970, 9000))

Read = Callable[[str, Any], Any]
Known = Callable[[Snapshot], Iterable[str]]


@dataclass(frozen=True)
class Parameter:
    """A parameter of the query string.

    `read` takes one value and the record's state and returns what the value means, or raises ValueError with what is
    wrong. `schema` returns the JSON Schema of one value. Several are given by repeating the name (`is_many`).
    """

    name: str
    meaning: str
    read: Read
    schema: Callable[[Snapshot], dict[str, Any]]
    is_many: bool = False
    is_list: bool = False  # one value, its parts separated by commas
    is_there: Callable[[Snapshot | None], bool] = lambda state: True  # whether there is anything to choose

    def values(self, query: QueryDict) -> list[str]:
        """Return what is given, nothing empty, nothing twice."""
        return [value for value in dict.fromkeys(query.getlist(self.name)) if value]


def read(parameters: Sequence[Parameter], query: QueryDict, state: Snapshot | None = None) -> dict[str, Any]:
    """Return what is asked for: for each parameter its value or None, a list where there may be several.

    `state`: the record's, for parameters that ask it. Raises BadParameters, which names every unknown parameter
    and every bad value.
    """
    names = {parameter.name for parameter in parameters if parameter.is_there(state)}
    bad = [Bad(name, value, "没有这个参数") for name in query if name not in names for value in query.getlist(name)]
    params = {}
    for parameter in parameters:
        values, wrong = _read(parameter, parameter.values(query), state)
        params[parameter.name] = values if parameter.is_many else next(iter(values), None)
        bad += wrong
    if bad:
        raise BadParameters(bad)
    return params


def _read(parameter: Parameter, raw_values: Sequence[str], state: Snapshot | None) -> tuple[list[Any], list[Bad]]:
    values, bad = [], []
    for value in raw_values:
        try:
            values.append(parameter.read(value, state))
        except ValueError as error:
            bad.append(Bad(parameter.name, value, str(error)))
    if len(values) > 1 and not parameter.is_many:
        bad += [Bad(parameter.name, value, "只能给一个值") for value in raw_values]
    return values, bad


def canonical(parameters: Sequence[Parameter], query: QueryDict, **changes: Any) -> str:
    """Return the query string that asks for the same, in declared order; `changes` replace values, None drops one."""
    canonical_query = QueryDict(mutable=True)
    for parameter in parameters:
        values = sorted(parameter.values(query))
        if parameter.name in changes:
            values = [changes[parameter.name]] if changes[parameter.name] is not None else []
        canonical_query.setlist(parameter.name, values)
    return canonical_query.urlencode()


def _one_of(choices: Iterable[str]) -> dict[str, Any]:
    """Return the schema of one of some words; an empty value is as good as none."""
    return {"type": "string", "enum": [*choices, ""]}


def _number(default: int, **limits: int) -> dict[str, Any]:
    """Return the schema of a number from 1; an empty value is as good as none."""
    return {
        "anyOf": [{"type": "integer", "minimum": 1, **limits}, {"type": "string", "maxLength": 0}],
        "default": default,
    }


def chosen(name: str, meaning: str, choices: Known, *, is_many: bool = True) -> Parameter:
    """Return a parameter of several of the known values (or of one)."""

    def read_value(value: str, state: Snapshot) -> str:
        if value not in choices(state):
            raise ValueError("没有这个值")
        return value

    return Parameter(name, meaning, read_value, lambda state: _one_of(choices(state)), is_many)


def facet(name: str) -> Parameter:
    """Return a facet of the list of areas as a parameter: the same name, the same values."""
    label = RegionFilter.base_filters[name].label
    parameter = chosen(name, f"{label}，可重复，满足其一即可", lambda state: state.values(name))
    return replace(parameter, is_there=lambda state: name != "batch" or bool(state and state.values(name)))


def notice_slugs(state: Snapshot) -> list[str]:
    """Return the slugs of the notices, worked out once for each state of the record."""
    if "notices" not in state.memory:
        state.memory["notices"] = list(Notice.objects.values_list("slug", flat=True))
    return state.memory["notices"]


def fields(member_names: Sequence[str]) -> Parameter:
    """Return the parameter that names the members to be given."""

    def read_value(value: str, state: Snapshot) -> list[str]:
        names = list(dict.fromkeys(filter(None, value.split(","))))
        unknown = [name for name in names if name not in member_names]
        if unknown:
            raise ValueError(f"没有这些成员：{'、'.join(unknown)}")
        return names

    schema = {"type": "array", "items": _one_of(member_names)}
    return Parameter("fields", "只要这些成员，用逗号分开", read_value, lambda state: schema, is_list=True)


def _keyword(value: str, state: Snapshot) -> str:
    if len(value) > MAX_QUERY:
        raise ValueError(f"超过{MAX_QUERY}个字")
    return KeywordField(required=False).clean(value)


def _compared(value: str, state: Snapshot) -> str:
    if value in offers(state):
        return value
    row = withdrawn.regions(state).get(value)
    raise ValueError(row.withdrawal if row else "没有这个值")


def _page(value: str, state: Snapshot) -> int:
    if not value.isascii() or not value.isdecimal() or not int(value[:20]):
        raise ValueError("须为1起的整数")
    return int(value) if _NUMBER.fullmatch(value) else 10**9  # beyond the end, whatever it says


def _page_size(value: str, state: Snapshot) -> int:
    if not _NUMBER.fullmatch(value) or int(value) > MOST_A_PAGE:
        raise ValueError(f"须为1到{MOST_A_PAGE}的整数")
    return int(value)


def _moment(value: str, state: Snapshot) -> datetime.datetime:
    """Return the moment (UTC) that a date (of Shanghai, from its start) or an RFC 3339 time names, within limits."""
    try:
        if _DATE.fullmatch(value):
            day = datetime.date.fromisoformat(value)
            moment = datetime.datetime(day.year, day.month, day.day, tzinfo=get_current_timezone())
        elif _TIME.fullmatch(value):
            moment = datetime.datetime.fromisoformat(value.upper())
        else:
            raise ValueError
    except ValueError:
        raise ValueError("须为日期或带时区的时间（网址中“+”写作 %2B）") from None
    if EARLIEST.year < moment.year < LATEST.year:
        return moment.astimezone(datetime.UTC)  # PostgreSQL knows no offset beyond 16 hours
    return EARLIEST if moment.year <= EARLIEST.year else LATEST


KEYWORD = Parameter(
    "q",
    "关键词，与网页的检索相同；不收控制字符",
    _keyword,
    lambda state: {"type": "string", "maxLength": MAX_QUERY, "pattern": f"^[^{CONTROL}]*$"},
)
SORT = chosen("sort", "次序；没有关键词时相关度即序号", lambda state: SORTS, is_many=False)
MODIFIED_SINCE = Parameter(
    "modified_since",
    "只要这一时刻以来更正过的；日期，或带时区的时间（RFC 3339，网址中“+”写作 %2B）；保存要几秒，再问时往前多算一分钟",
    _moment,
    lambda state: {"type": "string", "anyOf": [{"format": "date-time"}, {"format": "date"}, {"maxLength": 0}]},
)
PAGE = Parameter("page", "第几页", _page, lambda state: _number(1))
PAGE_SIZE = Parameter("page_size", "一页几条", _page_size, lambda state: _number(USUAL_A_PAGE, maximum=MOST_A_PAGE))
PAGING = (PAGE, PAGE_SIZE)
FACETS = tuple(facet(name) for name in RegionFilter.FACETS)
REGION_FILTER = (KEYWORD, *FACETS, SORT)  # RegionFilter, as the list page has it
# Of the files of lists.
ROWS = chosen("rows", "一行是一个地区，还是一项重点", lambda state: ("regions", "priorities"), is_many=False)
LINES = chosen("lines", "写 all：所列地区的每项重点都列出，不只是符合条件的", lambda state: ("all",), is_many=False)
BOM = chosen("bom", "开头有没有字节顺序标记", lambda state: ("0", "1"), is_many=False)
COMPARED = Parameter(
    "region",
    f"比较的地区，可重复，至多{MOST}个，次序照写",
    _compared,
    lambda state: _one_of(offers(state)),
    is_many=True,
)
