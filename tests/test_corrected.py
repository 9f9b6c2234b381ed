"""What isn't as issued says so on its page: 已更正, when, why, and the issued text; nothing else changes."""

import json

import pytest
from selectolax.lexbor import LexborHTMLParser

from pilots.models import Citation, Ministry, Notice, Priority, Region, Section, Signature, editing
from pilots.models.fixtures import LoadError
from pilots.search import facet_sets
from pilots.search.filters import RegionFilter

from . import factories as make
from .queries import typed
from .visits import FIRST, NOTICE, PAGES

pytestmark = [pytest.mark.django_db, pytest.mark.once]
REGION = "/regions/beijing-huairou/"
MINISTRY = "/ministries/mep/"
OF = {Signature: {"ministry__slug": "mep"}, Ministry: {"slug": "mep"}}  # whose page that is


def correct(row, reason="依据原件更正", **values):
    with editing(actor=None, reason=reason):
        for name, value in values.items():
            setattr(row, name, value)
        row.save()


def marks(client, path):
    return LexborHTMLParser(client.get(path).text).css(".corrected")


def area():
    return Region.objects.get(slug="beijing-huairou")


def test_record_as_issued_has_no_mark(client):
    assert [marks(client, path) for path in (REGION, NOTICE, f"{NOTICE}?text=raw")] == [[], [], []]
    assert "汉字一字未改" in client.get(NOTICE).text


@pytest.mark.parametrize("path", [REGION, NOTICE])
@pytest.mark.parametrize("kind", ["region", "priority"])
def test_corrected_words_show_day_reason_and_issued_text(client, path, kind):
    row = area() if kind == "region" else area().priorities.first()
    name = "name" if kind == "region" else "text"
    issued = getattr(row, name)
    correct(row, **{name: "<b>改后</b>"})

    [mark] = marks(client, path)

    assert mark.css_first(".tag").text() == "已更正"
    assert "依据原件更正" in mark.css_first("summary").text()
    assert mark.css_first("time") is not None
    assert mark.css_first("del").text() == issued
    assert mark.css("b") == []
    assert mark.css(".original") == []
    assert "一字未改" not in client.get(NOTICE).text


@pytest.mark.parametrize("kind", ["number", "duty", "annex", "annex-head", "signature"])
def test_each_section_of_the_notice_is_marked_where_it_stands(client, kind):
    row = Section.objects.filter(kind=kind).first()
    issued = row.text
    correct(row, text="改后的文字。")

    [mark] = marks(client, NOTICE)

    assert mark.css_first("del").text(separator="").replace("\n", "") == issued.replace("\n", "")


@pytest.mark.parametrize(
    ("model", "name", "paths"),
    [
        (Signature, "name", [NOTICE, MINISTRY]),
        (Citation, "title", [NOTICE]),
        (Citation, "number", [NOTICE]),
        (Ministry, "text_name", [MINISTRY]),
        (Notice, "number", [NOTICE]),
    ],
)
def test_names_that_the_notice_gives_are_marked_wherever_they_are_shown(client, model, name, paths):
    row = next(row for row in model.objects.filter(**OF.get(model, {})) if getattr(row, name))
    issued = getattr(row, name)
    correct(row, **{name: "改后"})

    for path in paths:
        [mark] = marks(client, path)
        assert mark.css_first("del").text() == issued
        assert "依据原件更正" in mark.css_first("summary").text()


def test_several_words_of_one_record_are_marked_each(client):
    correct(Citation.objects.exclude(number="").first(), title="某文件", number="某号")

    assert len(marks(client, NOTICE)) == 2


def test_title_is_marked_and_words_kept_twice_once_in_the_form_that_is_shown(client):
    correct(Notice.objects.get(), title="某标题")
    correct(Section.objects.get(anchor=Section.objects.filter(kind="duty").first().anchor), text_raw="所收。")

    assert len(marks(client, NOTICE)) == 2
    assert len(marks(client, f"{NOTICE}?text=raw")) == 2
    correct(Section.objects.get(anchor="duty-1"), text="换过的文字。", text_raw="所收的文字。")
    said = [marks(client, f"{NOTICE}{form}")[1].text() for form in ("", "?text=raw")]
    assert ["换过" in text for text in said] == [True, False]
    assert "改后：某标题" in marks(client, NOTICE)[0].text()  # where nothing stayed, one text after the other


def test_annex_stays_in_the_issued_order_and_says_the_issued_serials(client):
    serials = {"beijing-huairou": 2, "tianjin-jinghai": 1}
    make.overwrite(Region.objects.filter(slug="tianjin-jinghai"), serial=900)
    for slug, serial in serials.items():
        correct(Region.objects.get(slug=slug), serial=serial)

    rows = LexborHTMLParser(client.get(NOTICE).text).css(".annex tbody tr")[:3]

    names = [row.css_first(".annex__name .original").text() for row in rows]
    assert names == ["北京市怀柔区", "天津市静海区", "河北省秦皇岛市"]
    assert [row.css_first(".annex__serial").text() for row in rows] == ["2", "1", "3"]
    assert [[mark.css_first("del").text() for mark in row.css(".corrected")] for row in rows] == [
        ["序号1"],
        ["序号2"],
        [],
    ]


def test_latest_change_of_the_words_is_told_not_that_of_other_fields(client):
    row = area()
    correct(row, name="甲", reason="第一次")
    correct(row, name="乙", reason="第二次")
    correct(row, remark="说明", reason="另一项")

    [mark] = marks(client, REGION)

    assert "第二次" in mark.css_first("summary").text()
    assert "第一次" not in mark.text()


def test_mark_goes_when_the_issued_text_is_back_and_needs_no_history(client):
    row = area()
    issued = row.name
    make.overwrite(Region.objects.filter(pk=row.pk), name="甲")
    assert "与印发原文不同" in marks(client, REGION)[0].text()

    correct(area(), name=issued)

    assert marks(client, REGION) == []


def test_row_that_was_not_issued_and_unreadable_fixtures_have_no_mark(client, monkeypatch):
    correct(area(), name="甲")
    area().priorities.create(number=9, text="另加", text_raw="9.另加。", system=area().priorities.first().system)
    assert len(marks(client, REGION)) == 1

    def unreadable(model):
        raise LoadError("读不到")

    monkeypatch.setattr("pilots.history.original.rows", unreadable)
    monkeypatch.setattr("pilots.search.facet_sets._kept", None)  # as a fresh process: the page is kept

    assert marks(client, REGION) == []


# The article is drawn anew each time here; the annex is kept, marked as it is.
@pytest.mark.parametrize(("path", "number", "more"), [(REGION, FIRST[REGION], 1), (NOTICE, PAGES[NOTICE], 0)])
def test_corrections_take_one_query_more_at_most_however_many_they_are(
    client, django_assert_num_queries, path, number, more
):
    counts = []
    for lines in ([], area().priorities.all()[:1], area().priorities.all()):
        for line in lines:
            correct(line, text=f"改后{line.number}")
        client.get(path)
        facet_sets.current().memory.pop("areas", None)
        with django_assert_num_queries(number + more * bool(lines)) as queries:
            client.get(path)
        counts.append(len(queries))
    assert len(set(counts)) == 1 + more
    assert Priority.objects.filter(text__startswith="改后").count() == area().priorities.count()


def nodes(value):
    """Yield each node of JSON-LD, however deep."""
    if isinstance(value, dict):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from nodes(item)


@pytest.mark.parametrize(
    ("model", "name"), [(Notice, "title"), (Citation, "title"), (Signature, "name")], ids=lambda part: str(part)
)
def test_machines_are_told_with_a_corrected_name_what_was_issued(client, model, name):
    row = model.objects.first()
    issued = getattr(row, name)
    correct(row, **{name: f"{issued}甲"})

    for path in (Notice.objects.get().get_absolute_url(), REGION):
        block = LexborHTMLParser(client.get(path).text).css_first('script[type="application/ld+json"]')
        for node in nodes(json.loads(block.text())):
            if node.get("name") == f"{issued}甲" and node["@type"] != "ListItem":
                said = node.get("correction", "") + node.get("disambiguatingDescription", "")
                assert f"印发原文：{issued}。" in said, node


def test_data_come_from_the_document_as_issued(client):
    notice = Notice.objects.get()
    title = notice.title
    correct(notice, title=f"{title}甲")

    [source] = client.get("/data/datapackage.json").json()["sources"]
    assert source["title"] == f"{notice.number} {title}"


def test_word_that_only_the_issued_line_has_is_not_told_as_a_name():
    line = Priority.objects.get(region__serial=26, number=2)
    word = line.text[-4:]
    correct(line, text=line.text[:-4] + "琥珀琥珀")

    reply = RegionFilter(typed(q=word)).reply

    assert reply.text.startswith("按印发时的原文，1个地区的重点写到"), (word, reply.text)
