"""What the notice asks for, as a table: who, does what, when. What is done and when is cut from the notice's text.

A row stands only while its words do. A duty whose words were changed is told by its heading, until somebody has
looked at it.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from ..models import Section

AREAS = "先行示范地区"
NAMED = "第五条点名的地区"


class Task(NamedTuple):
    """A verb of a duty: the paragraph, who this site says it is for, the words that say so, the first and last words
    of what is to be done, and the words for when. In the text they follow each other; `when` is among them."""

    anchor: str
    who: str
    subject: str
    start: str
    end: str
    when: str = ""


TASKS = (
    Task("duty-1", AREAS, "先行示范地区要", "细化任务措施", "时间要求"),
    Task("duty-1", "省、计划单列市、兵团", "计划单列市、新疆生产建设兵团要", "尽快", "《方案》", "尽快"),
    Task("duty-2", AREAS, "先行示范地区要", "力争在", "重大突破"),
    Task("duty-3", AREAS, "先行示范地区要", "将先行示范目标", "总体规划"),
    Task("duty-4", "各地区发展改革委", "各地区发展改革委要", "优选一批", "项目储备"),
    Task("duty-5", "省、计划单列市、兵团的部门", "林业等部门要", "加强", "指导和协调"),
    Task("duty-5", NAMED, "等地区，要", "建立统一协调", "推进机制"),
    Task("duty-6", AREAS, "先行示范地区要", "按季度", "进展情况", "按季度"),
    Task("duty-6", AREAS, "先行示范地区要", "每年12月底前", "有关部门", "每年12月底前"),
    Task("duty-6", "省、计划单列市、兵团的部门", "发展改革委等部门，要", "加强先行示范工作跟踪", "监督实施"),
)


def table(sections: Iterable[Section]) -> list[dict[str, Any]]:
    """Return the rows of the table: `section`, its `order`, `who`, `what`, `when`; the last two are the notice's."""
    table_rows = []
    for section in sections:
        rows = [_row(section, task) for task in TASKS if task.anchor == section.anchor]
        order, _, heading = section.heading_sentence.partition("、")
        rows = rows if rows and all(rows) else [{"what": heading}]
        table_rows += [{"section": section, "order": order} | row for row in rows]
    return table_rows


def of_areas(rows: Iterable[dict[str, Any]], names: Iterable[str]) -> list[dict[str, Any]]:
    """Return the rows of a table that are for the areas of these names: all areas', and those of a paragraph that
    names one of them (第五条)."""
    names = list(names)
    return [
        row
        for row in rows
        if row.get("who") == AREAS or (row.get("who") == NAMED and any(name in row["section"].body for name in names))
    ]


def _row(section: Section, task: Task) -> dict[str, Any]:
    """Return the row of a task; empty where its words don't stand in the paragraph."""
    _, subject, rest = section.text.partition(task.subject)
    _, start, rest = rest.partition(task.start)
    middle, end, _ = rest.partition(task.end)
    if not (subject and start and end):
        return {}
    return {"who": task.who, "what": f"{start}{middle}{end}", "when": task.when}
