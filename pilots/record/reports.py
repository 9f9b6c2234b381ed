"""Reports of areas on their way to the ministry: what is due, how one begins, and a period at a glance."""

import datetime
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from django.db.models import Prefetch
from django.utils import timezone

from ..models import Notice, Priority, Region, Report, ReportLine, ReportPeriod, ReportState, Section
from ..search import facet_sets


def due_of(regions: Iterable[Region]) -> dict[int, list[dict[str, Any]]]:
    """Return what areas owe of reports, by primary key, in the order in which they are due: what wasn't sent of the
    past, what is next, and what was sent and isn't answered yet. Of each its `region`, its `report` (one without a
    key, where there is none yet), `when`, in words, whether it waits for the area by now (`is_waiting`) and whether
    somebody has filled anything in (`is_begun`). A fixed number of queries."""
    areas = {region.pk: region for region in regions}
    notices = notices_in_force()
    reports: dict[int, dict[tuple[int, str], Report]] = defaultdict(dict)
    for report in Report.all_objects.filter(region__in=areas, region__notice__in=notices) if notices else ():
        reports[report.region_id][report.year, report.period] = report
    drafts = [report for by_period in reports.values() for report in by_period.values() if report.is_open]
    lines = ReportLine.all_objects.filter(report__in=drafts) if drafts else ()
    started = {line.report_id for line in lines if line.is_filled}
    today, rows_by_area = timezone.localdate(), defaultdict[int, list[dict[str, Any]]](list)
    for pk, region in areas.items():
        notice = notices.get(region.notice_id)
        for due_on, year, period in periods_until_now(notice) if notice else ():
            report = reports[pk].get((year, period)) or Report(region=region, year=year, period=period)
            if report.is_open:
                when = "逾期" if due_on < today else "今天到期" if due_on == today else "未到期"
                is_waiting = due_on <= today or report.state == ReportState.RETURNED
                row = {"region": region, "report": report, "when": when, "is_waiting": is_waiting}
                row["is_begun"] = report.pk in started  # not where the ministry has asked for it alone
                rows_by_area[pk].append(row)
            elif report.state == ReportState.SENT and not report.is_withdrawn:
                row = {"region": region, "report": report, "when": "等部委审阅", "is_waiting": False}
                rows_by_area[pk].append(row)
    return rows_by_area


def begin(report: Report) -> None:
    """Give a report the lines that it lacks, one a priority of its area."""
    present = set(ReportLine.all_objects.filter(report=report).values_list("priority", flat=True))
    for priority in Priority.objects.filter(region=report.region).exclude(pk__in=present).order_by("number"):
        ReportLine(region=report.region, report=report, priority=priority).save()


def prefill(report: Report, rows: Iterable[ReportLine]) -> list[ReportLine]:
    """Put into those lines of a draft that say nothing yet what was sent last before it says of their priority, and
    return them.

    A year's summary (duty 六: 形成年度总结) has the words of its quarters one after the other, as many as fit, each
    whole, the newest first; what is too much is named (`left_out` of a line: the quarters' lines).
    Nothing is written: until somebody of the area saves the draft it follows what is sent, and sent again, before it.
    """
    blank = [line for line in rows if report.state == ReportState.DRAFT and not line.is_filled]
    reports = Report.all_objects.filter(region=report.region, withdrawn_on=None).exclude(state=ReportState.DRAFT)
    earlier = [row for row in reports if row.order < report.order] if blank else []
    last = max(earlier, key=lambda row: row.order, default=None)
    lines = ReportLine.all_objects.filter(report=last).select_related("document") if last else ()
    by_priority, quarters = {line.priority_id: line for line in lines}, earlier_in(report) if blank else {}
    for line in blank:
        if before := by_priority.get(line.priority_id):
            words, line.left_out = _summary(quarters.get(line.priority_id, ()))
            line.progress, line.text = before.progress, words or before.text
            line.document = before.document if before.document and not before.document.is_withdrawn else None
    return [line for line in blank if line.is_filled]


def _summary(quarters: Iterable[ReportLine]) -> tuple[str, list[ReportLine]]:
    """Return what the quarters of a year say of a priority, in their order, as many as fit into a line; and those
    that don't. What two say alike is there once."""
    most = ReportLine._meta.get_field("text").max_length or 0
    texts = {line.text: line for line in quarters if line.text}
    taken: list[str] = []
    for text in reversed(texts):
        if sum(map(len, taken)) + len(text) <= most:
            taken.insert(0, text)
    return "".join(taken), [line for text, line in texts.items() if text not in taken]


def earlier_in(report: Report) -> dict[int, list[ReportLine]]:
    """Return what the quarters that were sent say, by priority, for the year's summary; for a quarter nothing."""
    lines: dict[int, list[ReportLine]] = defaultdict(list)
    if report.period == ReportPeriod.ANNUAL:
        of_year = ReportLine.all_objects.filter(report__region=report.region, report__year=report.year)
        sent = (ReportState.SENT, ReportState.PUBLISHED)
        of_year = of_year.filter(report__state__in=sent, report__withdrawn_on=None).exclude(report=report)
        for line in of_year.select_related("report").order_by("report__period"):
            lines[line.priority_id].append(line)
    return lines


def notices_in_force() -> dict[int, Notice]:
    """Return the notices whose reports are switched on, by primary key, with what their periods are read from."""
    duties = Prefetch("sections", Section.objects.filter(kind="duty"))
    return {row.pk: row for row in Notice.objects.exclude(reports_from=None).prefetch_related(duties)}


def periods_until_now(notice: Notice) -> list[tuple[datetime.date, int, str]]:
    """Return the periods of a notice whose reports may be begun or asked for: those that fell due, and the next."""
    next_on = next((row[0] for row in notice.periods if row[0] >= timezone.localdate()), None)
    return [row for row in notice.periods if next_on is None or row[0] <= next_on]


def grid(notice: Notice, year: int, period: str) -> list[dict[str, Any]]:
    """Return a row for each area of a notice, in its order: how its report of a period stands, in words, and how far
    each of its lines is, by number (words, or none: what isn't sent is the area's own). A fixed number of queries."""
    reports = {
        row.region_id: row for row in Report.all_objects.filter(region__notice=notice, year=year, period=period)
    }
    lines = list(ReportLine.all_objects.filter(report__in=reports.values())) if reports else []
    progress = {line.priority_id: line.get_progress_display() for line in lines}
    filled = {line.report_id for line in lines if line.is_filled}
    regions = notice.regions.order_by("serial").prefetch_related(
        Prefetch("priorities", Priority.objects.order_by("number"))
    )
    rows, last = [], max((line.number for region in regions for line in region.priorities.all()), default=0)
    for region in regions:
        report = reports.get(region.pk) or Report(region=region, year=year, period=period)
        words = {line.number: progress.get(line.pk, "") for line in region.priorities.all() if not report.is_open}
        is_begun = report.pk in filled or report.state != ReportState.DRAFT
        is_late = report.is_open and report.due_on < timezone.localdate()
        rows.append(
            {
                "region": region,
                "report": report,
                "state": "已撤下" if report.is_withdrawn else report.get_state_display() if is_begun else "未开始",
                "is_late": is_late,
                "progress": [words.get(number, "") for number in range(1, last + 1)],
            }
        )
    return rows


def public_reports(region: Region) -> dict[str, Any]:
    """Return what readers are told of the reports of an area, from what is public alone: nothing where its notice
    isn't in force; else those that are public, the `newest` first (`rows`: each with the words for how far each of
    `numbers` is), and of all that the notice asks for how many are `public`, `past` and not public, and `coming`."""
    periods = region.notice.periods if region.notice.reports_from else []
    if not periods:
        return {}
    lines = ReportLine.objects.select_related("priority", "document__region").order_by("priority__number")
    reports = sorted(
        region.reports.prefetch_related(Prefetch("lines", lines)), key=lambda row: row.order, reverse=True
    )
    names = {(row.year, row.period) for row in reports}
    others = [due_on for due_on, year, period in periods if (year, period) not in names]
    past = sum(due_on < timezone.localdate() for due_on in others)
    numbers = sorted({line.priority.number for report in reports for line in report.lines.all()})
    rows = []
    for report in reports:
        progress = {line.priority.number: line.get_progress_display() for line in report.lines.all()}
        rows.append((report, [progress.get(number, "") for number in numbers]))
    return {
        "rows": rows,
        "numbers": numbers,
        "newest": reports[0] if reports else None,
        "count": len(reports) + len(others),
        "public": len(reports),
        "past": past,
        "coming": len(others) - past,
    }


def public_periods(state: facet_sets.Snapshot) -> list[tuple[Notice, list[tuple[Report, int]]]]:
    """Return the notices in force, each with the latest of its periods that fell due or have a public report, four at
    most, the newest first, and the number of areas whose report is public. Notices are looked for once for each
    `state` of the record."""
    if "notices in force" not in state.memory:
        state.memory["notices in force"] = list(notices_in_force().values())
    rows = []
    for notice in state.memory["notices in force"]:
        counts = Counter(Report.objects.filter(region__notice=notice).values_list("year", "period"))
        periods = [row for row in notice.periods if row[0] < timezone.localdate() or counts[row[1:]]]
        reports = [(Report(year=year, period=name), counts[year, name]) for _, year, name in periods[:-5:-1]]
        rows += [(notice, reports)] if reports else []
    return rows
