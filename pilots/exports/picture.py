"""What a picture of a page says before anybody draws it, and the Chinese fonts of this machine for it: 思源宋体 and
思源黑体 under any of their names.

Debian has them as `fonts-noto-cjk`; without root, files in `DATA_DIR/fonts/` do. A process looks once.
"""

import os
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

WIDTH, HEIGHT = 1200, 630
FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts", "/Library/Fonts")
FACES = ("Serif-Regular", "Serif-Bold", "Sans-Regular", "Sans-Bold")
_NAME = re.compile(r"(?:Noto|SourceHan)(Serif|Sans)(?:CJK|CJKsc|SC|CN)?-(Regular|Bold)\.(?:ttc|otf|ttf)")


class Words(NamedTuple):
    """Some text, whether it is the notice's own, and what is to be known of it (已更正, 本站增补)."""

    text: str
    is_original: bool = False
    marks: tuple[str, ...] = ()


# What stands in a picture: upright at its side, the name (a last part in brackets below it), what the quotation is
# and itself, the site's name and where it comes from at the foot.
Picture = tuple[str, Words, str, Words, str, str]


@cache
def fonts() -> dict[str, str]:
    """Return the file of each of FACES; empty without any. For what is missing another of its kind stands in, or one
    of the other kind."""
    paths = {}
    for folder in (*FOLDERS, settings.DATA_DIR / "fonts"):  # what lies in the site's own folder counts
        for path, _, names in os.walk(Path(folder).expanduser()):
            for match in filter(None, map(_NAME.fullmatch, sorted(names))):
                paths[f"{match[1]}-{match[2]}"] = os.path.join(path, match[0])

    nearest = {
        face: min(paths, key=lambda other: (other[:4] != face[:4], other[-4:] != face[-4:], other), default="")
        for face in FACES
    }
    return {face: paths[name] for face, name in nearest.items()} if paths else {}
