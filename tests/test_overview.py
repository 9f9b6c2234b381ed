"""What came of a notice as a whole: every number, mark and sentence against the rows that it is made of."""

import re
from collections import Counter

import pytest
from selectolax.lexbor import LexborHTMLParser

from pilots.models import Document, DocumentKind, Notice, Province, Region, Section

from . import factories as make
from .withdrawing import withdraw

pytestmark = pytest.mark.django_db
DOTS = {"dot dot--full": "direct", "dot": "same_topic", "dot dot--square": "successor"}


def page(client):
    return LexborHTMLParser(client.get("/after/").text)


def words(node):
    return " ".join(node.text().split())


def rows():
    """Return the documents that readers may see, from the rows themselves."""
    return [row for row in Document.objects.select_related("region__notice") if row.is_shown]


def nearest(documents):
    relations = {row.relation for row in documents}
    return next((name for name in DOTS.values() if name in relations), "none")


@pytest.mark.once
def test_lead_is_counted_and_follows_what_is_withdrawn(client):
    def said(shown):
        direct = [row for row in shown if row.relation == "direct"]
        areas = len({row.region_id for row in direct})
        named = f"点名这份通知或先行示范区的有{len(direct)}份，来自{areas}个地区。"
        return f"本站找到{len(shown)}份公开的文件和报道，{named}"

    every, lead = rows(), words(page(client).css_first(".heading"))
    assert said(every) in lead
    assert "没有查到，不等于没有做。 最近一次查找：2026年11月25日。" in lead
    direct = sum(row.relation == "direct" for row in every)
    shared = page(client).css_first("meta[property='og:title']").attributes["content"]
    assert shared == f"通知之后：查到{len(every)}份文件和报道，点名的{direct}份"

    first, second = Document.objects.filter(relation="direct").exclude(region__slug="jiangsu-nantong")[:2]
    make.overwrite(Document.objects.filter(pk=first.pk), withdrawn_on="2026-11-01", withdrawn_reason="重复")
    make.overwrite(Document.objects.filter(pk=second.pk), verification="unverified")
    withdraw(Region.objects.get(slug="jiangsu-nantong"))

    assert len(rows()) < len(every) - 2
    tree = page(client)
    assert said(rows()) in words(tree.css_first(".heading"))
    assert "只计本站现公开的44个地区，另有1个已撤下" in words(tree.css_first(".heading"))
    assert "南通" not in words(tree.css_first("main"))


@pytest.mark.once
def test_years_are_a_picture_and_the_same_as_a_table(client):
    tree = page(client)
    by_year = {}
    for row in rows():
        by_year.setdefault(row.dated[:4], Counter())[row.relation] += 1
    undated = sum(by_year.pop("").values())

    picture = {
        node.css_first("b").text().removesuffix("年"): Counter(
            DOTS[dot.attributes["class"]] for dot in node.css(".dot")
        )
        for node in tree.css(".years__year")
    }
    table = {
        line.css_first("th").text(): [int(cell.text()) for cell in line.css("td")]
        for line in tree.css("[aria-labelledby=years] details:not(.fold--narrow) tbody tr")
    }

    assert {year: marks for year, marks in picture.items() if marks} == by_year
    assert [*picture] == [f"{year}" for year in range(int(min(by_year)), int(max(by_year)) + 1)]
    assert table.pop("合计（含没有日期的）") == [
        Counter(row.relation for row in rows())[relation] for relation in DOTS.values()
    ]
    assert table == {f"{year}年": [marks[name] for name in DOTS.values()] for year, marks in picture.items()}
    assert f"{undated}份没有日期，没有画。" in words(tree.css_first("[aria-labelledby=years]"))
    assert "；通知12月31日印发" in words(tree.css(".years__year")[2])  # apart from what is said before


@pytest.mark.once
def test_dates_are_the_calls_the_notice_and_what_names_it(client):
    notice = Notice.objects.get()
    lines = page(client).css("#dates + details table tbody tr")
    direct = sorted((row for row in rows() if row.relation == "direct"), key=lambda row: row.dated)
    before = [row for row in direct if row.dated < "2015-12-31"]

    days = [line.css_first("td").text() for line in lines]
    assert days == [
        *("2013年", "2015年", "2015年"),
        *(row.date_words for row in before),
        "2015年12月31日",
        *(row.date_words for row in direct[len(before) :]),
    ]
    assert [line.css_first("a").attributes["href"] for line in lines if line.css_first(".dot")] == [
        row.get_absolute_url() for row in direct
    ]
    called = [words(line) for line in lines[:3]]
    assert {row.number for row in notice.citations.exclude(number="")} == {line.split()[-1] for line in called}
    assert ["早于通知" in words(line) for line in lines if line.css_first(".dot")] == [
        row in before for row in direct
    ]


@pytest.mark.once
def test_duty_is_told_in_the_notices_words_with_a_cell_for_each_area_that_it_asks(client):
    tree, regions, shown = page(client), list(Region.objects.order_by("serial")), rows()
    sections = list(Section.objects.filter(kind="duty"))
    assert len(sections) == len(tree.css(".duty")) == 6
    for section, node in zip(sections, tree.css(".duty"), strict=True):
        scope = [region for region in regions if region.name in section.body] or regions
        answers = {
            region: [
                row
                for row in shown
                if row.region == region
                and section.initial in row.duties
                and row.relation != "successor"
                and not (row.dated and row.dated < "2015-12-31"[: len(row.dated)])
            ]
            for region in scope
        }
        counts = Counter(nearest(documents) for documents in answers.values())
        direct = [row for documents in answers.values() for row in documents if row.relation == "direct"]
        cells = node.css(".strip > *")

        assert node.css_first(".quote .original").text() == section.body
        assert len(cells) == len(regions) == 45
        for region, cell in zip(regions, cells, strict=True):
            if region not in scope:
                assert (cell.tag, cell.text()) == ("i", "")
                continue
            state = cell.attributes.get("class", "none")
            assert state == nearest(answers[region])
            assert cell.attributes["href"] == f"{region.get_absolute_url()}#after"
            assert words(cell).startswith(f"{region.serial}号")
            assert words(cell).endswith({"direct": "点名", "same_topic": "同题", "none": "没有查到"}[state])
        assert (
            f"{len(scope)}个地区：有点名文件的{counts['direct']}个，只有同题文件的{counts['same_topic']}个，"
            f"没有查到的{counts['none']}个。" in words(node)
        )
        found = node.css_first(".duty__found")
        assert [link.attributes["href"] for link in found.css("a")] == [
            row.get_absolute_url() for row in sorted(direct, key=lambda row: row.dated)
        ]
        assert words(found).startswith(f"点名的{len(direct)}份：" if direct else "点名的：没有查到。")
    assert "这一条写到名称的5个地区" in words(tree.css(".duty")[4])


def test_what_stood_before_the_notice_and_another_programme_answer_no_duty(client):
    direct = {"relation": "direct", "finding": "引用本通知。", "duties": "四"}
    make.make_document(issued="2015-11", **direct)
    make.make_document(position=91, kind="later", relation="successor", duties="四")
    duty = page(client).css(".duty")[3]
    assert "有点名文件的0个" in words(duty)
    assert duty.css_first("[title=本溪满族自治县]").attributes.get("class") is None

    make.make_document(position=92, issued="2015", **direct)

    duty = page(client).css(".duty")[3]
    assert duty.css_first("[title=本溪满族自治县]").attributes["class"] == "direct"
    assert words(duty.css_first(".duty__found")) == "点名的1份：本溪满族自治县，2015年，某地某方案。"


@pytest.mark.once
def test_marks_of_areas_and_kinds_lead_to_documents_and_the_list_says_the_same(client):
    tree, shown = page(client), rows()
    by_cell = {}
    for row in shown:
        by_cell.setdefault((row.region, row.kind), []).append(row)
    regions = list(Region.objects.order_by("serial"))
    lines = tree.css(".kinds tbody tr")
    assert len(tree.css(".kinds thead th")) == 1 + len(regions)
    for (kind, label), line in zip(DocumentKind.choices, lines, strict=True):
        head, *cells = line.css("th, td")
        assert words(head) == f"{label} {sum((region, kind) in by_cell for region in regions)}"
        for region, cell in zip(regions, cells, strict=True):
            documents, link = by_cell.get((region, kind), []), cell.css_first("a")
            is_blank = not any(row.region == region for row in shown)
            assert (cell.attributes.get("class") == "kinds__none") == is_blank
            if link is None:
                assert documents == []
                continue
            document = next(row for row in documents if row.get_absolute_url() == link.attributes["href"])
            assert DOTS[link.css_first(".dot").attributes["class"].strip()] == document.relation == nearest(documents)
            assert re.search(rf"{region.short_name}{len(documents)}份，(点名|同题|其他项目)", words(link))
    by_name = {region.short_name: region for region in regions}
    for item in tree.css(".only-narrow li"):
        region = by_name[item.css_first("a").text()]
        marks = [DOTS[dot.attributes["class"].strip()] for dot in item.css(".dot")]
        assert marks == [
            nearest(by_cell[region, kind]) for kind, _ in DocumentKind.choices if (region, kind) in by_cell
        ]
    names = [node.text() for node in tree.css(".only-narrow > ul > li > a")]
    folded = [node.text() for node in tree.css(".only-narrow details li > a")]
    blank = [region.short_name for region in regions if not any(row.region == region for row in shown)]
    direct = {row.region for row in shown if row.relation == "direct"}
    assert names == [region.short_name for region in regions if region in direct]
    assert sorted([*names, *folded, *blank]) == sorted(region.short_name for region in regions)
    assert f"{len(blank)}个地区什么也没有查到：{'、'.join(blank)}。" in words(tree.css_first("main"))


def test_page_is_of_the_newest_notice_that_was_searched_for(client):
    other = make.make_notice(issued_on="2018-01-01", batch=3, title="另一份通知")
    assert "发改环资〔2015〕3214号提了6项要求" in words(page(client).css_first(".heading"))

    make.overwrite(Notice.objects.filter(pk=other.pk), searched_on="2026-11-26")

    heading = words(page(client).css_first(".heading"))
    assert heading.startswith(f"通知之后 2018年1月印发的{other.number}，后来能查到什么？本站还没有查到")
    assert "最近一次查找：2026年11月26日。" in heading


@pytest.mark.once
def test_page_is_there_before_any_notice(bare, client):
    assert "还没有通知。" in words(page(client).css_first("main"))


@pytest.mark.once
@pytest.mark.parametrize("path", ["/", "/notices/fagai-huanzi-2015-3214/", "/regions/shanxi-xiaoyi/", "/sitemap/"])
def test_page_is_reached_from_where_readers_ask(client, path):
    assert "/after/" in {link.attributes["href"] for link in LexborHTMLParser(client.get(path).text).css("main a")}


@pytest.mark.once
@pytest.mark.parametrize("slug", ["jiangsu", "guangdong", "shenzhen", "shanxi", "beijing"])
def test_province_tells_what_names_the_notice_and_how_much_else_there_is(client, slug):
    province = Province.objects.get(slug=slug)
    regions = Region.objects.in_provinces([province.pk, *province.children.values_list("pk", flat=True)])
    shown = [row for row in rows() if row.region in regions]
    direct = sorted((row for row in shown if row.relation == "direct"), key=lambda row: row.dated)
    others = Counter(row.region for row in shown if row.relation != "direct")

    section = LexborHTMLParser(client.get(province.get_absolute_url()).text).css_first("[aria-labelledby=after]")

    lines = section.css("li")
    assert [line.css_first("a").attributes["href"] for line in lines] == [row.get_absolute_url() for row in direct]
    assert ["早于通知" in line.text() for line in lines] == [row.is_earlier for row in direct]
    assert {
        (link.attributes["href"], re.match(r"\d+", link.next.text())[0])
        for link in section.css(".question__body > .note a")
    } == {(f"{region.get_absolute_url()}#after", str(number)) for region, number in others.items()}
    assert ("没有查到，不等于没有做" in section.text()) == (not direct)


def test_comparison_counts_what_came_after_beside_each_other(client):
    withdrawn = Document.objects.get(region__slug="jiangsu-nantong", number="通政办发〔2018〕46号")
    make.overwrite(
        Document.objects.filter(pk=withdrawn.pk), withdrawn_on="2026-11-01", withdrawn_reason="与另一份重复"
    )
    slugs = ["jiangsu-nantong", "shanxi-xiaoyi"]
    response = client.get("/compare/", {"region": slugs})
    first, second = LexborHTMLParser(response.text).css(".comparison tbody")[-1].css("td")
    counts = Counter(row.relation for row in rows() if row.region.slug == slugs[0])

    assert words(first) == (
        f"点名通知或先行示范区的{counts['direct']}份"
        f"同地同题的{counts['same_topic']}份，其他项目{counts['successor']}份，不是通知的结果"
    )
    assert first.css_first("a").attributes["href"] == "/regions/jiangsu-nantong/#after"
    assert words(second) == "没有查到公开的文件和报道"
