"""Shown words are those received: whoever changes the one has changed the other, on every way in."""

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pilots.exports import offline
from pilots.models import Citation, HistoryEntry, Ministry, Notice, Priority, Region, Section, Signature, editing
from pilots.record import checks, loading

from . import factories as make
from .forms import Person, address, confirm, official
from .loads import FIXTURES, change
from .sheets import bring, csv_of, refusals, write

pytestmark = [pytest.mark.django_db, pytest.mark.once]
VERBATIM = [
    (Section, "text_raw"),
    (Section, "text"),
    (Section, "heading"),
    (Priority, "text_raw"),
    (Priority, "text"),
    (Region, "name_raw"),
    (Region, "name"),
    (Signature, "name_raw"),
    (Signature, "name"),
    (Citation, "title"),
    (Notice, "title"),
    (Ministry, "text_name"),
]
PAGES = [
    "/notices/fagai-huanzi-2015-3214/",
    "/notices/fagai-huanzi-2015-3214/?text=raw",
    "/notices/fagai-huanzi-2015-3214.json",
    "/regions/beijing-huairou/",
    "/regions/beijing-huairou.json",
    "/regions.csv",
    "/compare/?region=beijing-huairou&region=tianjin-jinghai",
    "/ministries/",
]
STRANGE = st.sampled_from(
    ["|", "1.", "1. |", "。", "；", "\u200b1", "‮", "😀", "<b>", "{{ x }}", "一\n\n|", "%s", "二" * 40]
)


def line():
    return Priority.objects.get(region__slug="beijing-huairou", number=1)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(where=st.sampled_from(VERBATIM), text=STRANGE | st.text(min_size=1, max_size=40).filter(str.strip))
def test_no_page_falls_over_words_written_behind_the_site_s_back(client, where, text):
    model, name = where
    row = model.objects.order_by("pk").first()
    text = text.replace("\0", "a").encode("utf-8", "ignore").decode() or "a"
    before = getattr(row, name)
    try:
        make.overwrite(model.objects.filter(pk=row.pk), **{name: text})
        assert [path for path in PAGES if client.get(path).status_code != 200] == []
        assert list(checks.problems())
    finally:
        make.overwrite(model.objects.filter(pk=row.pk), **{name: before})


def test_bar_for_a_line_takes_no_file_down(client, tmp_path, monkeypatch):
    shown_on = (line().region.province, line().system, *line().topics.all())
    pages = ["/", *(path for path in PAGES if path.endswith("/")), *(row.get_absolute_url() for row in shown_on)]
    monkeypatch.setattr(offline, "_pages", lambda base: {path: offline._page(base, path) for path in pages})
    make.overwrite(Priority.objects.filter(pk=line().pk), text_raw="|")

    call_command("export", str(tmp_path / "out"), verbosity=0)

    assert (tmp_path / "out" / "regions.csv").exists()
    assert client.get(PAGES[0]).status_code == 200
    assert [problem for problem in checks.problems() if "至少要有一个汉字、字母或数字" in problem]


WRONG = [
    (lambda: line(), {"text_raw": "|"}, "至少要有一个汉字"),
    (lambda: line(), {"text_raw": "1. |"}, "序号以外，至少要有"),
    (lambda: line(), {"text": "别的事"}, "与“所收原文”不符，按规则应为：强化"),
    (lambda: line(), {"text_raw": "2.探索;"}, "即“1.”"),
    (lambda: Region.objects.get(serial=8), {"name_raw": "|"}, "至少要有一个汉字"),
    (lambda: Region.objects.get(serial=8), {"name": "某地"}, "与“所收地区名称”不符"),
    (lambda: Section.objects.get(anchor="duty-1"), {"text": "别的话"}, "与“所收原文”不符"),
    (lambda: Signature.objects.first(), {"name": "别的部"}, "与“所收写法”不符"),
]


@pytest.mark.parametrize(("row", "typed", "said"), WRONG)
def test_form_refuses_shown_words_that_are_not_those_received(row, typed, said):
    before = {name: getattr(row(), name) for name in typed}
    zhang = Person(Client(), official("张"), address(row()))

    zhang.types(**typed).saves()

    assert not zhang.is_saved
    assert said in zhang.text
    assert {name: getattr(row(), name) for name in typed} == before


def test_shown_words_follow_those_received():
    zhang = Person(Client(), official("张"), address(line()))

    zhang.types(text_raw="1. 探索,建立;").saves()
    confirm(zhang)

    assert (line().text_raw, line().text) == ("1. 探索,建立;", "探索，建立")


def test_shown_words_follow_what_is_retyped_after_a_refusal():
    zhang = Person(Client(), official("张"), address(line()))
    zhang.types(text_raw="1. 探索,建立;").saves(reason="")
    assert not zhang.is_saved

    zhang.types(text_raw="1. 探索,建成;").saves()
    confirm(zhang)

    assert (line().text_raw, line().text) == ("1. 探索,建成;", "探索，建成")


def test_shown_words_follow_inside_the_area_s_form_and_for_a_new_row():
    notice = make.make_notice()
    area = make.make_region(notice=notice)
    make.make_priority(region=area, topics=[make.make_topic()])
    zhang = Person(Client(), official("张"), address(area))
    new = {"number": "2", "text_raw": "2.二;", "text": "", "confidence": "high", "system": str(make.make_system().pk)}

    zhang.types(priorities__0__text_raw="1. 一,二;", priorities__TOTAL_FORMS="2")
    zhang.types(**{f"priorities__1__{name}": value for name, value in new.items()}, priorities__1__topics=["1"])
    zhang.types(priorities__1__topics=[str(make.make_topic().pk)]).saves()
    confirm(zhang)

    assert list(area.priorities.order_by("number").values_list("text", flat=True)) == ["一，二", "二"]


def test_table_changes_shown_words_with_those_received(client):
    client.force_login(make.make_official("部", "部委编辑"))
    head, key = ["先行示范地区地址名", "编号"], ["beijing-huairou", "1"]

    assert refusals(bring(client, csv_of([*head, "展示文本"], [*key, "别的事"]), Priority))
    both = csv_of([*head, "所收原文", "展示文本"], [*key, "1.别的 事;", "另一件事"])
    assert refusals(bring(client, both, Priority)) == [(2, "“展示文本”：与“所收原文”不符，按规则应为：别的事")]
    shown = bring(client, csv_of([*head, "所收原文"], [*key, "1.别的 事;"]), Priority)
    box = shown.context["confirmation"].digest
    assert write(client, shown, Priority, confirmed=box).status_code == 302

    assert line().text == "别的事"


def test_earlier_words_come_back_as_received_and_as_shown(client):
    before, row = (line().text_raw, line().text), line()
    row.text_raw, row.text = "1.别的 事;", "别的事"
    with editing(reason="更正"):
        row.save()
    entry = HistoryEntry.objects.latest("pk")
    zhang = Person(Client(), official("张"), f"{address(row)}?restore={entry.pk}&field=text")

    zhang.saves()

    assert zhang.is_saved
    assert (line().text_raw, line().text) == before


@pytest.mark.parametrize("values", [{"text": "别的事"}, {"text_raw": "|"}, {"text_raw": "2.探索;", "text": "探索"}])
def test_fixture_with_shown_words_of_its_own_is_refused(fixtures, values):
    change(fixtures, "priorities", {"region": ["beijing-huairou"], "number": 1}, **values)

    with pytest.raises(CommandError, match=r"beijing-huairou.*不能载入"):
        call_command("load_notice", fixtures=fixtures)


def test_load_keeps_both_where_one_was_edited(fixtures):
    make.overwrite(Priority.objects.filter(pk=line().pk), text="某人改的")
    change(fixtures, "priorities", {"region": ["beijing-huairou"], "number": 1}, text_raw="1.新的;", text="新的")

    report = loading.load(fixtures)

    assert len(report.preserved) == 2
    assert line().text == "某人改的"
    assert loading.load(FIXTURES).updated == []
