"""One column of an area's projects on one screen: in tabs by stage, saved at once, nobody's work lost."""

import time

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from selectolax.lexbor import LexborHTMLParser

from pilots.accounts import sessions
from pilots.models import Draft, Edit, HistoryEntry, Project, Proposal

from . import factories as make
from .forms import REASON, fields, official

pytestmark = pytest.mark.django_db


@pytest.fixture
def rows():
    """Three projects of an area, two being built."""
    document = make.make_document()
    stages = ("building", "reserve", "building")
    return [
        make.make_project(document=document, position=n, name=f"第{n}项目", stage=stage)
        for n, stage in enumerate(stages, 90)
    ]


@pytest.fixture
def area(rows):
    return rows[0].region


class Screen:
    """The screen as somebody has it open."""

    def __init__(self, area, user=None, **query):
        self.client = Client()
        self.client.force_login(user or official("张"))
        self.query = {"region": area.pk} | query
        self.read(self.client.get("/admin/pilots/project/column/", self.query))

    def read(self, response):
        self.response, self.page = response, LexborHTMLParser(response.text)
        self.posted = fields(response.text) if self.page.css_first("#content-main form") else {}

    def saves(self, reason=REASON, **texts):
        """Fill in (`row90`: the text of the row with that primary key) and save; return the page that follows."""
        self.posted |= {name: [text] for name, text in texts.items()} | {"edit_reason": [reason]}
        answer = self.client.post("/admin/pilots/project/column/", self.posted, query_params=self.query)
        self.is_saved = answer.status_code == 302
        self.read(self.client.get(answer.headers["Location"]) if self.is_saved else answer)

    def words(self, css):
        return [" ".join(node.text().split()) for node in self.page.css(css)]


def box(row, column="progress"):
    return f"{row.pk}-{column}"


def now(rows, column="progress"):
    values = dict(Project.objects.values_list("pk", column))
    return [values[row.pk] for row in rows]


@pytest.mark.once
def test_tabs_part_the_rows_by_stage(area, rows):
    screen = Screen(area, stage="building")

    assert screen.words("nav[aria-label=阶段] a") == ["全部 3", "建设 2", "储备 1", "谋划 0"]
    assert screen.words("[aria-current]")[0] == "建设 2"
    assert screen.words("tbody label") == ["第90项目", "第92项目"]
    assert Screen(area).words("tbody label") == ["第90项目", "第91项目", "第92项目"]
    links = [link.attributes["href"] for link in screen.page.css("nav a")]
    assert f"?region={area.pk}&stage=reserve" in links
    assert f"?region={area.pk}&stage=building&column=investment" in links
    parts = screen.client.get(f"/admin/pilots/region/{area.pk}/change/").text
    assert f'href="/admin/pilots/project/column/?region={area.pk}"' in parts


def test_column_is_saved_at_once_as_one_edit_with_its_reason(area, rows):
    screen = Screen(area)

    screen.saves(**{box(rows[0]): "2026年第三季度：主体完工。", box(rows[2]): "2026年第三季度：开工。"})

    assert screen.is_saved
    assert now(rows) == ["2026年第三季度：主体完工。", "", "2026年第三季度：开工。"]
    assert "已更正 2 条重点项目。" in screen.words(".messagelist")[0]
    assert Edit.objects.latest("pk").reason == REASON
    assert {entry.object_id for entry in Edit.objects.latest("pk").entries.all()} == {rows[0].pk, rows[2].pk}


@pytest.mark.once
def test_progress_is_for_officials_alone(area, rows):
    Screen(area).saves(**{box(rows[0]): "2026年第三季度：主体完工。"})

    for path in (area.get_absolute_url(), "/api/v1/projects/", "/changes/", "/data/projects.csv"):
        assert "主体完工" not in Client().get(path).text
    assert not HistoryEntry.objects.latest("pk").public_lines


@pytest.mark.once
def test_colleagues_edits_are_kept_and_what_both_changed_is_told(area, rows):
    mine, hers = Screen(area), Screen(area)
    hers.saves(**{box(rows[0]): "李写的。", box(rows[1]): "李也写了。"})

    mine.saves(**{box(rows[0]): "张写的。", box(rows[2]): "张另写的。"})

    assert not mine.is_saved
    assert now(rows) == ["李写的。", "李也写了。", ""]
    [error] = mine.words("tbody .errors")
    assert "在您打开之后已被" in error
    assert "李写的。" in error
    assert [mine.posted[box(row)] for row in rows] == [["张写的。"], ["李也写了。"], ["张另写的。"]]
    mine.saves()
    assert mine.is_saved
    assert now(rows) == ["张写的。", "李也写了。", "张另写的。"]


@pytest.mark.once
def test_bad_cell_is_told_at_its_row_and_nothing_is_lost(area, rows):
    screen = Screen(area, column="investment")

    screen.saves(**{box(rows[0], "investment"): "十万", box(rows[1], "investment"): "260"})

    assert not screen.is_saved
    assert now(rows, "investment") == [None, None, None]
    assert len(screen.words("tbody .errors")) == 1
    assert screen.posted[box(rows[0], "investment")] == ["十万"]
    assert screen.posted[box(rows[1], "investment")] == ["260"]
    screen.saves(**{box(rows[0], "investment"): "100"})
    assert now(rows, "investment") == [100, 260, None]


@pytest.mark.once
def test_reason_is_asked_for_and_a_row_that_is_gone_is_told(area, rows):
    screen = Screen(area)

    screen.saves("", **{box(rows[0]): "某进展"})
    assert "请写明更正说明" in screen.words(".errornote")[0]
    assert screen.posted[box(rows[0])] == ["某进展"]
    rows[0].delete()
    screen.saves(**{box(rows[1]): "某进展"})

    assert "您在那里填的是：某进展" in screen.words(".errornote")[0]
    screen.saves()
    assert now(rows[1:]) == ["某进展", ""]


@pytest.mark.once
def test_stage_that_moves_a_row_to_another_tab_is_saved(area, rows):
    screen = Screen(area, stage="reserve", column="stage")

    screen.saves(**{box(rows[1], "stage"): "building"})

    assert screen.is_saved
    assert screen.words("tbody label") == []
    assert now(rows, "stage") == ["building"] * 3


def test_public_column_of_who_is_reviewed_waits(area, rows):
    make.make_official("部", "部委编辑")
    screen = Screen(area, make.make_official("辽", "省级编辑", "liaoning"), column="body")

    screen.saves(**{box(row, "body"): "某市水务局" for row in rows[:2]})

    assert now(rows, "body") == ["", "", ""]
    assert Proposal.objects.count() == 2
    assert "2 项改动已作为建议提交" in screen.words(".messagelist")[0]


@pytest.mark.once
@pytest.mark.parametrize(
    ("role", "units", "status"),
    [
        ("部委编辑", (), 200),
        ("省级编辑", ("liaoning",), 200),
        ("省级编辑", ("beijing",), 404),
        ("只读", (), 403),
        ("管理员", (), 403),
        ("安全审计", (), 403),
        ("", (), 302),
    ],
)
def test_who_may_change_an_area_fills_its_column(client, area, rows, role, units, status):
    if role:
        client.force_login(make.make_official("某", role, *units))

    assert client.get("/admin/pilots/project/column/", {"region": area.pk}).status_code == status
    data = {f"{rows[0].pk}-was": "", box(rows[0]): "某进展", "edit_reason": REASON}
    client.post("/admin/pilots/project/column/", data, query_params={"region": area.pk})
    assert now(rows) == ["某进展" if status == 200 else "", "", ""]


@pytest.mark.once
@pytest.mark.parametrize(
    "query", [{"region": ""}, {"region": "x"}, {"region": "0"}, {"region": "9" * 30}, {"column": "name"}]
)
def test_address_that_names_nothing_is_404(area, rows, query):
    assert Screen(area, **query).response.status_code == 404


def test_row_of_another_area_is_not_written(area, rows):
    other = make.make_document(region=make.models.Region.objects.exclude(pk=area.pk).first(), position=99)
    row = make.make_project(document=other)
    screen = Screen(area)

    screen.saves(**{f"{row.pk}-was": "", box(row): "某进展"})

    assert not screen.is_saved
    assert now([row]) == [""]


@pytest.mark.once
def test_number_of_queries_does_not_depend_on_that_of_rows(area, rows):
    screen, counts = Screen(area), []
    for number in (93, 98):
        with CaptureQueriesContext(connection) as queries:
            screen.client.get("/admin/pilots/project/column/", screen.query)
        counts.append(len(queries))
        for n in range(number, number + 5):
            make.make_project(document=rows[0].document, position=n)

    assert counts[0] == counts[1]


def test_what_is_filled_in_as_the_session_ended_comes_back(area, rows):
    screen = Screen(area)
    session = screen.client.session
    session[sessions.SEEN] = time.time() - sessions.IDLE - 1
    session.save()

    screen.saves(reason="", **{box(rows[0]): "打到一半。", box(rows[2]): "也打了。"})

    assert screen.response.status_code == 403
    assert "没有保存，您填写的内容已存为草稿。重新登录，就回到这张表单。" in screen.response.text
    assert screen.words("#typed ~ p label") == ["第1行 最近进展", "第3行 最近进展"]
    assert "没有留存" not in screen.response.text
    assert now(rows) == ["", "", ""]
    make.overwrite(Project.objects.filter(pk=rows[2].pk), progress="李写的。")
    screen.client.force_login(Draft.objects.get().user)
    address = f"/admin/pilots/project/column/?region={area.pk}"
    screen.read(screen.client.get(address))
    assert [screen.posted[box(row)] for row in rows] == [["打到一半。"], [""], ["也打了。"]]
    assert "的草稿，还没有保存；那以后填写的，没有存下。核对后点“全部保存”。" in screen.response.text
    assert "您填写的都在" not in screen.response.text
    screen.saves()
    assert not screen.is_saved
    assert "李写的。" in screen.words(f"#error-{rows[2].pk}")[0]
    assert now(rows) == ["", "", "李写的。"]
    screen.read(screen.client.get(address))
    assert screen.posted[box(rows[0])] == ["打到一半。"]  # what was refused is a draft, too
    screen.saves()
    screen.saves()
    assert now(rows) == ["打到一半。", "", "也打了。"]
    assert not Draft.objects.exists()


@pytest.mark.once
def test_screen_keeps_a_draft_of_who_may_write_and_drops_it(area, rows):
    screen = Screen(area)
    address = f"/admin/pilots/project/column/?region={area.pk}"
    typed = screen.posted | {box(rows[1]): ["打到一半。"], "_draft": ["1"]}

    answer = screen.client.post(address, typed, headers={"Accept": "text/plain"})

    assert answer.text == f"已存下{Draft.objects.get()}。"
    assert now(rows) == ["", "", ""]
    assert screen.page.css_first("form #draft")
    first = screen.client.get("/admin/").text
    assert LexborHTMLParser(first).css_first("#overview-drafts + ul a").attributes["href"] == address
    screen.read(screen.client.get(address))
    assert screen.page.css_first("[name=_drop]")
    tabs = [link.attributes["href"] for link in screen.page.css("nav[aria-label=填写哪一项] a")]
    assert tabs[0] == f"?region={area.pk}"  # where the draft is, too
    screen.client.post(address, screen.posted | {"_drop": ["1"]})
    assert not Draft.objects.exists()
