"""What came after the notice is found by its titles, numbers and indicators, behind the notice's own words."""

import pytest
from selectolax.lexbor import LexborHTMLParser

from pilots.models import Document, Region, SearchEntry
from pilots.search import evidence, facet_sets, groups, indexing
from pilots.search.filters import RegionFilter

from .. import factories as make
from ..queries import typed

pytestmark = pytest.mark.django_db
WORD = "琥珀"  # occurs nowhere in the record


def after(query, **filters):
    filterset = RegionFilter(typed(q=query, **filters))
    return next(iter(filterset.later), None), filterset.reply


@pytest.mark.parametrize(
    ("query", "number", "first"),
    [
        ("GEP标准", 2, "/regions/guangdong-shenzhen-dongbuwanqu/#document-2"),
        ("SZDB/Z 342-2018", 1, "/regions/guangdong-shenzhen-dongbuwanqu/#document-2"),
        ("平谷 方案", 3, "/regions/jing-jin-ji/#document-1"),
        ("许昌 实施方案", 1, "/regions/henan-xuchang/#document-1"),
        ("许昌实施方案", 1, "/regions/henan-xuchang/#document-1"),
        ("請問行動計劃有哪些", 4, "/regions/beijing-huairou/#document-1"),
        ("森林覆盖率", 5, None),
        ("森林覆盖率 目标", 1, None),
    ],
)
def test_document_is_found_by_its_title_and_an_indicator_by_its_name(query, number, first):
    group, _ = after(query)

    assert (group.label, group.count) == ("后续文件", number)
    assert first in (None, group.entries[0].url)
    assert all("#document-" in entry.url for entry in group.entries)


@pytest.mark.once
def test_row_says_nothing_twice():
    for entries in evidence.rows(Region.objects.values_list("pk", flat=True)).values():
        for entry in entries:
            said = entry.card["about"].split(" · ")
            assert len(said) == len(set(said)), said


@pytest.mark.parametrize("query", ["2016", "县", "湿地 -荆州", "没有这样的词", WORD, "kindafter", "x"])
def test_years_single_characters_and_what_is_nowhere_find_no_document(query):
    assert after(query)[0] is None


def test_notices_own_words_are_answered_first_and_documents_behind_them(client):
    tree = LexborHTMLParser(client.get("/regions/", {"q": "湿地"}).text)
    empty = LexborHTMLParser(client.get("/regions/", {"q": "森林覆盖率"}).text)

    assert [link.text().strip() for link in tree.css(".groups a")] == ["地区 4", "重点 4", "后续文件 5"]
    assert "4个地区要试与“湿地”有关的事" in tree.css_first(".reply").text()
    assert tree.css(".hits h2")[-1].text() == "后续文件 5处"
    assert [link.attributes["href"] for link in empty.css(".groups a")] == ["#after"]
    assert "通知和地区名单里没有“森林覆盖率”；通知之后的公开文件和指标里查到5处。" in empty.css_first(".reply").text()
    [row, *_] = [row.text() for row in empty.css(".hits li") if "第22号" in row.text() or "第1号" in row.text()]
    assert all(part in row for part in ("森林覆盖率", "号", "出自《")), row
    assert not empty.css(".hits .original")
    assert not empty.css(".empty")


def test_documents_are_those_of_the_areas_that_fit_the_filters():
    whole, part = after("方案")[0], after("方案", province="henan")[0]

    assert 0 < part.count < whole.count
    assert {entry.url.partition("#")[0] for entry in part.entries} <= {
        region.get_absolute_url() for region in Region.objects.filter(province__slug="henan")
    }


def test_search_of_the_api_has_them_among_the_others(client):
    answer = client.get("/api/v1/search/", {"q": "森林覆盖率"}).json()

    assert {other["kind"] for other in answer["others"]} == {"indicator"}
    assert answer["others"][0]["kind_label"] == "指标"
    assert [(group["name"], group["count"]) for group in answer["groups"] if group["count"]] == [("after", 5)]


def test_what_readers_may_not_see_is_not_found_and_what_they_may_is_at_once():
    region = Region.objects.get(serial=1)
    document = make.make_document(region=region, position=50, title=f"{WORD}方案")
    assert after(WORD)[0].count == 1

    document.verification = "unverified"
    document.save()
    assert after(WORD)[0] is None
    assert not SearchEntry.objects.filter(names__contains=WORD).exists()

    document.verification = "verified"
    document.save()
    assert after(WORD)[0].count == 1
    document.delete()
    assert after(WORD)[0] is None
    assert indexing.is_complete()


def test_only_the_first_documents_of_the_first_areas_are_listed_and_it_is_said(monkeypatch, client):
    monkeypatch.setattr(groups, "MOST_READ", 5)
    monkeypatch.setattr(groups, "MOST_LISTED", 2)
    group, _ = after("方案")

    assert (group.is_least, len(group.entries)) == (True, 2)
    assert group.count > 2
    text = client.get("/regions/", {"q": "方案"}).text
    assert "这里列前2处" in text
    assert f"至少{group.count}处" in text


def test_database_without_entries_of_what_came_after_gets_them_when_it_is_migrated():
    SearchEntry.objects.filter(kind="after").delete()
    assert not indexing.is_complete()

    indexing._after_migrate(using="default")

    assert indexing.is_complete()
    assert after("森林覆盖率")[0].count == 5


@pytest.mark.parametrize(
    ("query", "text"),
    [
        (
            "后来怎样",
            "45个地区里，9个有点名这份通知或先行示范区的公开文件，34个只有同地同题的或后来的其他项目，2个没有查到。",
        ),
        ("这些地方后来怎样了", "45个地区里，9个有"),
        ("湿地后来怎样", "与“湿地”有关的4个地区里，1个有点名"),
        ("gep后来怎么样了", "与“GEP”有关的1个地区里，1个有点名"),
        ("湖北 后来怎样", "通知之后，这2个地区里，2个只有同地同题的或后来的其他项目。没有查到，不等于没有做。"),
        ("许昌后来怎样", "本站收了1份。另有同地同题2份，不是它的成果。"),
    ],
)
def test_question_what_came_of_it_is_answered_with_numbers(query, text):
    assert text in after(query)[1].text


def test_numbers_of_the_answer_are_those_of_the_facet():
    state = facet_sets.current()
    counts = state.counts("after", state.everything)
    text = after("后来怎样")[1].text

    assert f"{counts['direct']}个有点名" in text
    assert f"{counts['none']}个没有查到" in text
    for document in Document.objects.filter(region__slug="henan-xuchang", relation="direct"):
        document.delete()
    assert f"{counts['direct'] - 1}个有点名" in after("后来怎样")[1].text
