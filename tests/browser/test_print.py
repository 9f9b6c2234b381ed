"""Each page on paper: a document with its source, all of its rows, and nothing to press."""

import re
import unicodedata
from urllib.parse import unquote

import pytest
from pypdfium2 import PdfDocument

from tests.pages import EVERY_PAGE, EVERYTHING, NOTICE, Place, each

pytestmark = pytest.mark.looks
NUMBER, DATE = "发改环资〔2015〕3214号", "2015年12月31日"
BUTTONS = [
    "跳到正文",
    "长者模式",
    "标准模式",
    "当前位置",
    "应用筛选",
    "移除筛选",
    "清除全部筛选",
    "排序：",
    "上一个：",
    "下一个：",
]
PARTS = 5  # of the 45 areas, so that several processes share them
CARDS = """cards => cards.map(card => [
  card.querySelector("a").href,
  [...card.querySelectorAll(".card__title a, .card__lines li")].map(node => node.textContent),
])"""
# Chromium writes some Han characters as the radical that looks the same; NFKC knows all of them but these.
RADICALS = str.maketrans(
    "⺟⺠⻄⻅⻆⻉⻋⻓⻔⻘⻙⻚⻛⻜⻢⻣⻤⻥⻦⻨⻩⻬⻮⻰⻳", "母民西见角贝车长门青韦页风飞马骨鬼鱼鸟麦黄齐齿龙龟"
)


def printed(page):
    """Return what each sheet of A4 says, without white space."""
    with PdfDocument(page.pdf(format="A4", prefer_css_page_size=True)) as document:
        return [plain(sheet.get_textpage().get_text_range()) for sheet in document]


def plain(text):
    """Return a text without white space, its hyphens at the ends of lines as they are elsewhere (PDFium: U+FFFE)."""
    text = text.replace("\ufffe", "-").replace("\x02", "-")
    return "".join(unicodedata.normalize("NFKC", text).translate(RADICALS).split())


@each({name: place for name, place in EVERYTHING.items() if not place.is_large})
def test_paper_says_once_where_it_comes_from_and_shows_nothing_to_press(visit, place):
    page = visit(place)
    canonical = page.locator("link[rel=canonical]")
    addresses = [unquote(link.get_attribute("href")) for link in canonical.all()]  # an error has none

    text = unquote("".join(printed(page)))

    for address in addresses:
        source = rf"{re.escape(plain(address))}.{{0,12}}{NUMBER}.{{0,12}}{DATE}"
        assert len(re.findall(source, text)) == 1, text[-200:]
    assert [words for words in BUTTONS if words in text] == []


@pytest.mark.parametrize("part", range(PARTS))
def test_every_area_fits_on_one_sheet_with_its_priorities(site, new_page, part):
    page = new_page()
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
