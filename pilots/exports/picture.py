"""What a picture of a page says, before anybody draws it."""

from typing import NamedTuple

WIDTH, HEIGHT = 1200, 630


class Words(NamedTuple):
    """Some text, whether it is the notice's own, and what is to be known of it (已更正, 本站增补)."""

    text: str
    is_original: bool = False
    marks: tuple[str, ...] = ()


# What stands in a picture: upright at its side, the name (a last part in brackets below it), what the quotation is
# and itself, the site's name and where it comes from at the foot.
Picture = tuple[str, Words, str, Words, str, str]
