"""What a page says on paper."""

import unicodedata

from pypdfium2 import PdfDocument

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
