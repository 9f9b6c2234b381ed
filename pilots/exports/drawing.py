"""A picture of a page for whoever shares it: 1200 × 630, drawn from words alone. What Pillow brings (8 MB) is only
in processes that draw.

Serif is the notice's, sans the site's own. Lines break at punctuation; what is too long is set smaller, then cut
with an ellipsis, which the page itself never does.
"""

import io
import math
import re
from collections.abc import Iterator
from contextlib import suppress
from functools import cache

from PIL import Image, ImageDraw, ImageFont

from .picture import HEIGHT, WIDTH, Picture, Words, fonts

LEFT, RIGHT, BOTTOM = 200, 1128, 540  # of what is written, without its foot
SIDE = 136
PAPER, INK, SOFT, LINE, PINE, OCHRE = "#fbfaf6", "#1f2421", "#464e49", "#dad8cd", "#0f3a2f", "#6c4504"
TILES = (("#cfe1d8", 0, 0), ("#cfe1d8", 26, 0), ("#cfe1d8", 26, 26), ("#c9963f", 0, 26))
NAME_SIZES = ((76, 1), (64, 1), (64, 2), (48, 2))  # and how many lines there may be
QUOTE_SIZES = ((46, 3), (40, 3), (34, 4))
SMALL, NOTE = 32, 26
COLOURS = 48
NEAR = 3  # characters from where a line would break evenly
ELLIPSIS = "……"
_PIECE = re.compile(r"[^，、；：。！？]*[，、；：。！？]*[”’』」）》〉】〕]*")
_JOINT = re.compile("[的”’）》〕]|.(?=[和与及或并等“‘（《〔])")


def png(picture: Picture) -> bytes:
    """Return a picture as a PNG file. Raises OSError where a font can't be read."""
    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    sheet, (side, name, lead, quote, site, source) = _Sheet(ImageDraw.Draw(image)), picture
    sheet.side(side)
    sheet.name(name)
    sheet.quotation(lead, quote)
    sheet.foot(site, source)
    file = io.BytesIO()
    image.quantize(COLOURS, Image.Quantize.FASTOCTREE).save(file, "PNG")
    return file.getvalue()


def broken(text: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    """Return a text in lines, broken after punctuation, and elsewhere only in what is too wide for a line."""
    lines = [""]
    for part in (part for piece in _PIECE.findall(text) for part in _parts(piece, font, width)):
        if font.getlength(lines[-1] + part) > width:
            lines.append("")
        lines[-1] += part
    return lines


def _parts(piece: str, font: ImageFont.FreeTypeFont, width: int) -> Iterator[str]:
    """Yield a piece in parts that a line holds, of about the same length, parted where words are joined."""
    while (length := font.getlength(piece)) > width:
        even = math.ceil(len(piece) / math.ceil(length / (width - font.size)))
        joints = [match.end() for match in _JOINT.finditer(piece, max(even - NEAR - 1, 0), even + NEAR)]
        near = [place for place in joints if font.getlength(piece[:place]) <= width]
        place = min(near, key=lambda place: abs(place - even), default=even)
        yield piece[:place]
        piece = piece[place:]
    yield piece


def _font(face: str, size: int) -> ImageFont.FreeTypeFont:
    path = fonts()[face]
    return ImageFont.truetype(path, size, index=_simplified(path))


@cache
def _simplified(path: str) -> int:
    """Return which face of a collection has the forms of simplified Chinese; the others are of other places."""
    index = 0
    with suppress(OSError):  # there are no more
        while path.endswith(".ttc"):
            if f"{ImageFont.truetype(path, index=index).getname()[0]}".endswith("SC"):
                return index
            index += 1
    return 0


class _Sheet:
    """A picture that is written from top to bottom."""

    def __init__(self, draw: ImageDraw.ImageDraw) -> None:
        self.draw = draw
        self.top: float = 64

    def side(self, text: str) -> None:
        """Write what stands upright, over the site's mark."""
        self.draw.rectangle((0, 0, SIDE - 1, HEIGHT), fill=PINE)
        font = _font("Serif-Regular", 30)
        for place, char in enumerate(text):
            self.draw.text((SIDE / 2, 91 + place * 34), char, fill="#ffffff", font=font, anchor="ms")
        for colour, x, y in TILES:
            self.draw.rectangle((44 + x, 530 + y, 65 + x, 551 + y), fill=colour)

    def name(self, words: Words) -> None:
        kind = "Serif" if words.is_original else "Sans"
        match = re.fullmatch(r"(.+?)(（.+）)?", words.text)
        assert match  # no name is empty, or of two lines
        self._fitting(match[1], f"{kind}-Bold", NAME_SIZES, 1.2)
        if match[2]:
            self.top += 8
            self._fitting(match[2], f"{kind}-Regular", ((SMALL, 1), (NOTE, 1)), 1.5, SOFT)
        if words.marks:
            self.top += 12
            self._tags(words.marks, LEFT, self.top + 28)
            self.top += 36

    def quotation(self, lead: str, words: Words) -> None:
        if not words.text:
            return
        self.top += 40
        self.draw.rectangle((LEFT, self.top, RIGHT - 1, self.top + 1), fill=LINE)
        self.top += 26
        font = _font("Sans-Regular", NOTE)
        lead = self._cut(lead, font, RIGHT - LEFT - 240 if words.marks else RIGHT - LEFT)
        self._line(lead, font, 1.6, OCHRE)
        self._tags(words.marks, LEFT + font.getlength(lead) + 16, self.top - 11)
        self.top += 6
        kind = "Serif" if words.is_original else "Sans"
        self._fitting(words.text, f"{kind}-Regular", QUOTE_SIZES, 1.5)

    def foot(self, site: str, source: str) -> None:
        font = _font("Sans-Regular", NOTE)
        room = RIGHT - LEFT - font.getlength(source) - 40
        self.draw.text((LEFT, 578), self._cut(site, font, room), fill=SOFT, font=font, anchor="ls")
        self.draw.text((RIGHT, 578), source, fill=SOFT, font=font, anchor="rs")

    def _fitting(
        self, text: str, face: str, sizes: tuple[tuple[int, int], ...], leading: float, colour: str = INK
    ) -> None:
        """Write a text in the first of `sizes` (and numbers of lines) that holds it, else cut in the last."""
        for size, most in sizes:
            most = max(min(most, int((BOTTOM - self.top) / (size * leading))), 1)
            font = _font(face, size)
            lines = broken(text, font, RIGHT - LEFT)
            if len(lines) <= most:
                break
        else:
            lines = [*lines[: most - 1], self._cut(lines[most - 1] + ELLIPSIS, font, RIGHT - LEFT)]
        for line in lines:
            self._line(line, font, leading, colour)

    def _line(self, text: str, font: ImageFont.FreeTypeFont, leading: float, colour: str) -> None:
        height = font.size * leading
        self.draw.text((LEFT, self.top + height / 2 + font.size * 0.38), text, fill=colour, font=font, anchor="ls")
        self.top += height

    def _tags(self, marks: tuple[str, ...], left: float, base: float) -> None:
        font = _font("Sans-Regular", 22)
        for mark in marks:
            width = font.getlength(mark)
            self.draw.rectangle((left, base - 24, left + width + 16, base + 8), outline=OCHRE, width=2)
            self.draw.text((left + 8, base), mark, fill=OCHRE, font=font, anchor="ls")
            left += width + 28

    @staticmethod
    def _cut(text: str, font: ImageFont.FreeTypeFont, width: float) -> str:
        """Return a text that is no wider than `width`: what is cut has an ellipsis instead."""
        if font.getlength(text) <= width:
            return text
        while text and font.getlength(text + ELLIPSIS) > width:
            text = text[:-1]
        return text + ELLIPSIS
