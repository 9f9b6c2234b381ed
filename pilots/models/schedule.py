"""When a notice wants reports: the words of its duties that say so, and the days that this site takes for them."""

import datetime
from collections.abc import Iterable
from operator import itemgetter
from typing import NamedTuple


class Rule(NamedTuple):
    """Words of a duty that say when, the days that stand for them, and what this site says of that choice.

    Of each day a name that never changes, month, day, and what the reminder is called that day.
    """

    words: str
    days: tuple[tuple[str, int, int, str], ...]
    remark: str


QUARTERS = ((3, 31), (6, 30), (9, 30), (12, 31))
RULES = (
    Rule(
        "按季度报送",
        tuple((f"q{n}", month, day, f"第{n}季度工作进展") for n, (month, day) in enumerate(QUARTERS, 1)),
        "通知只写“按季度”，没有写明日期；本站放在季度的最后一天。",
    ),
    Rule(
        "每年12月底前形成年度总结",
        (("annual", 12, 31, "年度总结"),),
        "通知写“每年12月底前”；本站放在12月31日。",
    ),
)
DAYS = {name: (month, day) for row in RULES for name, month, day, _ in row.days}


def periods(texts: Iterable[str], years: Iterable[int]) -> list[tuple[datetime.date, int, str]]:
    """Return the reports that the words of duties ask for in some years, in the order in which they are due: the
    last day of each, its year, its period; none where the words name no time that this site knows."""
    texts = list(texts)
    names = [name for row in RULES if any(row.words in text for text in texts) for name, *_ in row.days]
    # Of one day the quarter before the year's summary, as the rules have them.
    return sorted(
        ((datetime.date(year, *DAYS[name]), year, name) for year in years for name in names), key=itemgetter(0)
    )
