"""What the notice asks for, as a table: who, does what, when. What is done and when is cut from the notice's text.

A row stands only while its words do. A duty whose words were changed is told by its heading, until somebody has
looked at it.
"""

from collections.abc import Iterable
from typing import Any

from ..models import Section

AREAS = "先行示范地区"
NAMED = "第五条点名的地区"


# Verbs of duties: the paragraph, who this site says it is for, the words that say so, the first and last words of
# what is to be done, and the words for when. In the text they follow each other; those for when are among them.
TASKS = (
    ("duty-1", AREAS, "先行示范地区要", "细化任务措施", "时间要求", ""),
    ("duty-1", "省、计划单列市、兵团", "计划单列市、新疆生产建设兵团要", "尽快", "《方案》", "尽快"),
    ("duty-2", AREAS, "先行示范地区要", "力争在", "重大突破", ""),
    ("duty-3", AREAS, "先行示范地区要", "将先行示范目标", "总体规划", ""),
    ("duty-4", "各地区发展改革委", "各地区发展改革委要", "优选一批", "项目储备", ""),
    ("duty-5", "省、计划单列市、兵团的部门", "林业等部门要", "加强", "指导和协调", ""),
    ("duty-5", NAMED, "等地区，要", "建立统一协调", "推进机制", ""),
    ("duty-6", AREAS, "先行示范地区要", "按季度", "进展情况", "按季度"),
    ("duty-6", AREAS, "先行示范地区要", "每年12月底前", "有关部门", "每年12月底前"),
    ("duty-6", "省、计划单列市、兵团的部门", "发展改革委等部门，要", "加强先行示范工作跟踪", "监督实施", ""),
)


def table(sections: Iterable[Section]) -> list[dict[str, Any]]:
    """Return the rows of the table: `section`, its `order`, `who`, `what`, `when`; the last two are the notice's."""
    table_rows = []
    for section in sections:
        rows = [_row(section.text, *task) for anchor, *task in TASKS if anchor == section.anchor]
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


def _row(text: str, who: str, subject: str, start: str, end: str, when: str) -> dict[str, Any]:
    """Return the row of a task; empty where its words don't stand in the paragraph."""
    _, has_subject, rest = text.partition(subject)
    _, has_start, rest = rest.partition(start)
    middle, has_end, _ = rest.partition(end)
    if not (has_subject and has_start and has_end):
        return {}
    return {"who": who, "what": f"{start}{middle}{end}", "when": when}
