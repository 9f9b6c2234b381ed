"""The notice's own calendar: what its duties say of times, as iCalendar (RFC 5545), for everybody or for a province.

It is a reminder of the notice's words and claims no more than they do: where they name no day, it says which it took;
whether a duty is still in force is not for this site to say, unless its notice's reports are switched on: then it has
the days of these alone. icalendar is imported when a calendar is asked for: it
takes 9 MB.
"""

import datetime
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Max, Q, QuerySet
from django.http import QueryDict
from django.utils import timezone

from ..api import parameters
from ..api.parameters import Parameter
from ..models import HistoryEntry, Notice, Province, Region, Section, SectionKind, in_provinces
from ..models.characters import for_xml
from ..models.received import ADDED
from ..models.schedule import RULES, Rule
from ..record import corrections

SHANGHAI = ZoneInfo("Asia/Shanghai")
FIRST_NOTICE = 2015  # the year of the notice that this site is about, should there be none yet
LAST_YEAR = 2050  # how far a calendar can be asked for
AHEAD = datetime.timedelta(days=7)  # how long before a day its reminder comes
REFRESH = datetime.timedelta(days=1)  # how often a subscribed calendar is to be fetched again
# Under it the UIDs are made: another one would give every reader every event a second time.
NAMESPACE = uuid.UUID("0b5f3a5e-7d0c-4a52-8d3d-8a8e1f6f3c11")
CAVEATS = ("本日程由本站据通知原文整理，只是提醒，不是任何机关的正式要求", "；这项要求现在是否仍然执行，本站不作判断")


@dataclass(frozen=True)
class Duties:
    """What a calendar is about: of all areas, or of a province with the names of its areas, by notice; and when each
    notice (by its primary key) and any of the areas last changed."""

    notices: list[Notice]
    notices_changed_at: dict[int, datetime.datetime]
    areas_changed_at: datetime.datetime | None
    province: Province | None = None
    areas: dict[int, list[str]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What the calendar is called."""
        return f"通知写明的报送时间（{self.province.name}）" if self.province else "通知写明的报送时间"

    @property
    def told(self) -> list[Notice]:
        """The notices that say something to these areas."""
        return [notice for notice in self.notices if not self.province or notice.pk in self.areas]

    @property
    def years(self) -> range:
        """The years that can be asked for: from the first one after a notice was issued."""
        return years_after(self.notices)


def years_after(notices: Iterable[Notice]) -> range:
    """Return the years for which duties can be asked for: from the first one after a notice was issued, or in which
    its reports begin."""
    firsts = (row.reports_from.year if row.reports_from else row.issued_on.year + 1 for row in notices)
    return range(min(firsts, default=FIRST_NOTICE + 1), LAST_YEAR + 1)


def of_everybody() -> Duties:
    """Return the duties of all areas."""
    return Duties(_notices(), *_changed_at())


def of_province(slug: str) -> Duties:
    """Return the duties of the areas in a province-level unit and what lies in it. Raises Province.DoesNotExist."""
    province = Province.objects.prefetch_related("children").get(slug=slug)
    inside = in_provinces([province.pk, *(child.pk for child in province.children.all())])
    areas: dict[int, list[str]] = {}
    regions = list(Region.objects.filter(inside))
    corrections.mark(regions, has_history=False)
    for region in regions:
        addition = "" if region.is_issued else f"（{ADDED}）"
        areas.setdefault(region.notice_id, []).append(f"{region.name}{addition}{_correction(region)}")
    return Duties(_notices(), *_changed_at(Region.all_objects.filter(inside)), province, areas)


def years(data: QueryDict, year_range: range) -> list[int]:
    """Return the years asked for, this and the next where none is. Raises BadParameters."""
    names = {str(year): year for year in year_range}

    def read(value: str, state: None) -> int:
        if value not in names:
            raise ValueError(f"可用{year_range.start}至{year_range.stop - 1}之间的四位年份，可以写多个")
        return names[value]

    year = Parameter("year", "哪些年", read, lambda state: {"enum": list(names)}, is_many=True)
    now = timezone.localdate(timezone=SHANGHAI).year
    return sorted(parameters.read([year], data)["year"]) or [
        candidate for candidate in (now, now + 1) if candidate in year_range
    ]


def written(duties: Duties, chosen_years: Iterable[int], address: str) -> bytes:
    """Return the calendar of some years. `address`: of the site, with scheme and host and without a final slash."""
    from icalendar import Calendar, vDuration

    calendar = Calendar()
    text = f"{_caveat(duties.told)}{'' if duties.told else '通知没有列出这里的地区。'}"
    for name, value in (
        ("prodid", "-//pilots//duties//ZH"),
        ("version", "2.0"),
        ("calscale", "GREGORIAN"),
        ("method", "PUBLISH"),
        ("name", for_xml(duties.name)),
        ("x-wr-calname", for_xml(duties.name)),
        ("description", text),
        ("x-wr-caldesc", text),
        ("x-published-ttl", vDuration(REFRESH)),
    ):
        calendar.add(name, value)
    calendar.add("refresh-interval", vDuration(REFRESH), parameters={"VALUE": "DURATION"})  # RFC 7986, 5.7
    for notice, year in product(duties.told, list(chosen_years)):
        for section, rule, date, name, label in _days(notice, year):
            calendar.add_component(_event(duties, section, rule, date, name, label, address))
    return calendar.to_ical()


def _notices() -> list[Notice]:
    notices = list(Notice.objects.prefetch_related("sections").order_by("issued_on", "pk"))
    duties = [row for notice in notices for row in notice.sections.all() if row.kind == SectionKind.DUTY]
    corrections.mark([*notices, *duties], has_history=False)
    return notices


def _correction(row: Notice | Section | Region, name: str = "name") -> str:
    """Say what was issued where a quoted field of a row was corrected; empty where it stands as issued."""
    original = corrections.words(row).get(name)
    return f"（本站已更正，印发原文：“{original}”）" if original is not None else ""


def _changed_at(
    areas: QuerySet | None = None,
) -> tuple[dict[int, datetime.datetime], datetime.datetime | None]:
    """Return when each notice last changed for readers, and any of the areas; that one was withdrawn counts, and that
    a notice's reports were switched on or off."""
    changed = Q(edit__subject_kind="notice")
    if areas is not None:
        changed |= Q(edit__subject_kind="region", edit__subject_id__in=areas.order_by().values("pk"))
    is_told = Q(is_public=True) | Q(content_type__model="notice", changes__has_key="reports_until")
    entries = HistoryEntry.objects.filter(changed, is_told).order_by()
    rows = list(entries.values_list("edit__subject_kind", "edit__subject_id").annotate(at=Max("timestamp")))
    notices = {pk: at for kind, pk, at in rows if kind == "notice"}
    return notices, max((at for kind, _, at in rows if kind == "region"), default=None)


def _caveat(notices: list[Notice]) -> str:
    """Return what a calendar, or a reminder, says that it is not; of a notice in force nobody asks whether it is."""
    return f"{''.join(CAVEATS[: 1 if any(notice.reports_from for notice in notices) else 2])}。"


def _days(notice: Notice, year: int) -> Iterator[tuple[Section, Rule, datetime.date, str, str]]:
    """Yield each day of a year that a duty names, with the duty, the rule for its words (those issued, whatever
    became of them here), and its names there; of a notice in force while it wants reports, else each year after it
    was issued."""
    first, last = datetime.date(notice.issued_on.year + 1, 1, 1), datetime.date(LAST_YEAR, 12, 31)
    first, last = notice.reports_from or first, notice.reports_until or last
    for section in notice.sections.all():
        section.notice = notice
        if section.kind == SectionKind.DUTY and section.is_issued:
            original = corrections.words(section).get("text", section.text)
            for rule in (rule for rule in RULES if rule.words in original):
                dates = ((datetime.date(year, month, day), name, label) for name, month, day, label in rule.days)
                yield from ((section, rule, *of_day) for of_day in dates if first <= of_day[0] <= last)


def _event(
    duties: Duties, section: Section, rule: Rule, date: datetime.date, day_name: str, label: str, address: str
) -> Any:
    from icalendar import Alarm, Event

    notice, province = section.notice, duties.province
    where = f"（{province.name}）" if province else ""
    slug = province.slug if province else ""
    permanent_name = f"{notice.slug}/{section.anchor}/{slug}/{date.year}/{day_name}"
    number = f"{notice.number}{_correction(notice, 'number')}"
    is_past = date < timezone.localdate(timezone=SHANGHAI)
    words = [
        *(["已过：这一天已经过去。"] if is_past else []),
        f"通知原文（{number}）：“{section.text}”{_correction(section, 'text')}",
        rule.remark,
        *([f"{province.name}的先行示范地区：{'、'.join(duties.areas[section.notice_id])}。"] if province else []),
        _caveat([notice]),
    ]
    event = Event()
    for name, value in (
        ("uid", str(uuid.uuid5(NAMESPACE, permanent_name))),
        ("dtstamp", _stamp(duties, notice)),
        ("last-modified", _stamp(duties, notice)),
        ("dtstart", date),  # VALUE=DATE: the notice says days, not hours
        ("dtend", date + datetime.timedelta(days=1)),  # exclusive (RFC 5545, 3.6.1)
        ("summary", for_xml(f"提醒：{date.year}年{label}{where}{'（已过）' if is_past else ''}")),
        ("description", for_xml("\n".join(words))),
        ("url", f"{address}{section.get_absolute_url()}"),
        ("transp", "TRANSPARENT"),
        ("categories", ["提醒", "已过"] if is_past else ["提醒"]),
    ):
        event.add(name, value)
    if is_past:  # nobody is reminded of it
        return event
    alarm = Alarm()
    for name, content in (("action", "DISPLAY"), ("trigger", -AHEAD), ("description", event["summary"])):
        alarm.add(name, content)
    event.add_component(alarm)
    return event


def _stamp(duties: Duties, notice: Notice) -> datetime.datetime:
    """Return when what the calendar says of a notice was last revised: on the day of issue, if never since."""
    issued_at = datetime.datetime.combine(notice.issued_on, datetime.time(), datetime.UTC)
    changes = (duties.notices_changed_at.get(notice.pk), duties.areas_changed_at)
    return max([issued_at, *filter(None, changes)]).astimezone(datetime.UTC)
