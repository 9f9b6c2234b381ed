"""Pages on paper: a document with all of its rows, and the question that it answers."""

import pytest

from tests.pages import EVERY_PAGE, NOTICE, Place

from .conftest import DESK
from .paper import plain, printed

pytestmark = pytest.mark.looks
PARTS = 5  # of the 45 areas, so that several processes share them
CARDS = """cards => cards.map(card => [
  card.querySelector("a").href,
  [...card.querySelectorAll(".card__title a, .card__lines li")].map(node => node.textContent),
])"""


@pytest.mark.parametrize("part", range(PARTS))
def test_every_area_fits_on_one_sheet_with_its_priorities(site, kept_page, part):
    page = kept_page(**DESK)
    page.goto(f"{site}/regions/")
    areas = page.locator(".card").evaluate_all(CARDS)
    found = []
    for address, words in areas[part::PARTS]:
        page.goto(address)
        first, *others = printed(page)
        missing = [line for line in words if plain(line) not in first]
        found += [f"{address}: {1 + len(others)} sheets, not on the first: {missing}"] if others or missing else []

    assert len(areas) == 45
    assert not found, "\n".join(found)


def test_whole_list_is_on_six_sheets(visit):
    page = visit(EVERY_PAGE["regions"])
    rows = page.locator(".card__title a, .card__lines li").all_text_contents()

    sheets = printed(page)

    assert len(rows) == 45 + 130
    assert [row for row in rows if plain(row) not in "".join(sheets)] == []
    assert len(sheets) <= 6


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("q=湿地&province=hebei", "筛选：省份 河北省；关键词 湿地"),
        ("q=湿地&province=xinjiang&kind=county", "筛选：省份 新疆维吾尔自治区；类型 县；关键词 湿地"),
        ("province=xinjiang&province=hebei", "筛选：省份 河北省、新疆维吾尔自治区"),
        ("q=湿地", "筛选：关键词 湿地"),
    ],
    ids=["one-and-keyword", "several-and-keyword", "two-of-one", "keyword"],
)
def test_paper_says_the_filters_as_a_sentence(visit, query, sentence):
    page = visit(Place(f"/regions/?{query}"))

    text = "".join(printed(page))

    assert text.count(plain(sentence)) == 1


def test_paper_of_an_unfiltered_list_says_no_filter(visit):
    assert "筛选：" not in "".join(printed(visit(EVERY_PAGE["regions"])))


def test_head_of_the_annex_is_on_every_sheet_with_rows_of_it(visit):
    page = visit(Place(NOTICE))
    head = [plain(cell) for cell in page.locator(".annex thead th").all_text_contents()]
    rows = [plain(line) for line in page.locator(".annex tbody p .original").all_text_contents()]

    sheets = [sheet for sheet in printed(page) if any(row in sheet for row in rows)]

    assert len(sheets) >= 2
    assert all(cell in sheet for sheet in sheets for cell in head)


def test_paper_of_an_answer_has_no_button(visit):
    page = visit(Place("/regions/?q=蓟县"))
    page.emulate_media(media="print")

    assert page.locator(".reply__text").is_visible()
    assert not page.locator(".reply .button").first.is_visible()
