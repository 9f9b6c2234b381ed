"""Pages on paper: a document with all of its rows, and the question that it answers."""

import pytest

from tests.pages import EVERY_PAGE, NOTICE, Place

from .conftest import DESK
from .paper import plain, printed

pytestmark = pytest.mark.looks
HIGHEST = 3  # of the 45 areas: where they fit on a sheet, lower ones do
SHEET = {"width": 657, "height": 100}  # CSS pixels between the margins of A4; the height is that of what stands there
CARDS = """cards => cards.map(card => [
  card.querySelector("a").href,
  [...card.querySelectorAll(".card__title a, .card__lines li")].map(node => node.textContent),
])"""
TAKE_THE_PLACE = """async address => {
  const text = await (await fetch(address)).text()
  document.body.replaceWith(new DOMParser().parseFromString(text, "text/html").body)
  return [document.body.getBoundingClientRect().height, document.body.innerText]
}"""


def test_every_area_fits_on_one_sheet_with_its_priorities(site, kept_page):
    page, heights, found = kept_page(**DESK), {}, []
    page.goto(f"{site}/regions/")
    areas = dict(page.locator(".card").evaluate_all(CARDS))
    page.emulate_media(media="print")
    page.set_viewport_size(SHEET)
    for address, words in areas.items():
        heights[address], text = page.evaluate(TAKE_THE_PLACE, address)
        found += [f"{address} lacks {line}" for line in words if plain(line) not in plain(text)]
    for address in sorted(areas, key=heights.get)[-HIGHEST:]:
        page.goto(address)
        first, *others = printed(page)
        missing = [line for line in areas[address] if plain(line) not in first]
        found += [f"{address}: {1 + len(others)} sheets, not on the first: {missing}"] if others or missing else []

        if "6项要求也要做" not in first:
            found.append(f"{address} lacks the six duties")

    assert len(areas) == 45
    assert not found, "\n".join(found)


def test_whole_list_is_on_six_sheets_and_says_no_filter(visit):
    page = visit(EVERY_PAGE["regions"])
    rows = page.locator(".card__title a, .card__lines li").all_text_contents()

    sheets = printed(page)
    text = "".join(sheets)

    assert len(rows) == 45 + 130
    assert [row for row in rows if plain(row) not in text] == []
    assert len(sheets) <= 6
    assert "筛选：" not in text


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


def test_head_of_the_annex_is_on_every_sheet_with_rows_of_it(visit):
    page = visit(Place(NOTICE))
    head = [plain(cell) for cell in page.locator(".annex thead th").all_text_contents()]
    rows = [plain(line) for line in page.locator(".annex tbody p .original").all_text_contents()]

    sheets = [sheet for sheet in printed(page) if any(row in sheet for row in rows)]

    assert len(sheets) >= 2
    assert all(cell in sheet for sheet in sheets for cell in head)


@pytest.mark.parametrize(("page", "most"), [("topic", 2), ("system", 4)])
def test_lines_of_a_theme_are_printed_once_without_controls(visit, page, most):
    sheets = printed(visit(EVERY_PAGE[page]))

    assert len(sheets) <= most
    assert not [word for word in ("列成表格", "BibTeX", "复制") if word in "".join(sheets)]


def test_what_came_after_is_on_six_sheets_with_every_area_and_number(visit):
    page = visit(EVERY_PAGE["after"])
    names = page.locator(".only-narrow li > a").all_text_contents()

    sheets = printed(page)
    page.emulate_media(media="print")
    inks = page.locator(".strip .direct").first.evaluate(
        "cell => [getComputedStyle(cell).color, getComputedStyle(cell).backgroundColor]"
    )

    assert len(names) > 40
    assert [name for name in names if plain(name) not in "".join(sheets)] == []
    assert len(sheets) <= 6
    assert len({*inks}) == 2


def test_what_is_long_is_folded_on_a_phone_and_whole_on_its_paper_without_scripts_and_on_a_desk(visit):
    place, height, folds = EVERY_PAGE["after"], "document.documentElement.scrollHeight", ".fold--narrow"
    phone = visit(place, viewport={"width": 375, "height": 700})
    titles = phone.locator(f"{folds} a[href*='#document-']").all_text_contents()
    assert phone.locator(f"{folds}[open]").count() == 0
    assert phone.evaluate(height) < 7_500

    paper = plain("".join(printed(phone)))
    assert len(titles) > 20
    assert [title for title in titles if plain(title) not in paper] == []

    plain_phone = visit(place, viewport={"width": 375, "height": 700}, java_script_enabled=False)
    assert plain_phone.locator(f"{folds}:not([open])").count() == 0
    assert plain_phone.locator(f"{folds} summary").first.is_visible()
    desk = visit(place)
    assert desk.locator(f"{folds}:not([open])").count() == 0
    assert not desk.locator(f"{folds} summary").first.is_visible()


def test_home_is_on_two_sheets(visit):
    page = visit(EVERY_PAGE["home"])
    rows = page.locator(".daily__line p, .rank__row > span:first-child, .duties .original").all_text_contents()

    sheets = printed(page)

    assert len(rows) > 40
    assert [row for row in rows if plain(row) not in "".join(sheets)] == []
    assert len(sheets) <= 2


def test_paper_of_an_answer_has_no_button(visit):
    page = visit(Place("/regions/?q=蓟县"))
    page.emulate_media(media="print")

    assert page.locator(".reply__text").is_visible()
    assert not page.locator(".reply .button").first.is_visible()
