"""The Chinese fonts of this machine, for pictures: 思源宋体 and 思源黑体 under any of their names.

Debian has them as `fonts-noto-cjk`; without root, files in `DATA_DIR/fonts/` do. A process looks once.
"""

import os
import re
from functools import cache
from pathlib import Path

from django.conf import settings

FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts", "/Library/Fonts")
FACES = ("Serif-Regular", "Serif-Bold", "Sans-Regular", "Sans-Bold")
_NAME = re.compile(r"(?:Noto|SourceHan)(Serif|Sans)(?:CJK|CJKsc|SC|CN)?-(Regular|Bold)\.(?:ttc|otf|ttf)")


@cache
def files() -> dict[str, str]:
    """Return the file of each of FACES; empty without any. For what is missing another of its kind stands in, or one
    of the other kind."""
    paths = {}
    for folder in (*FOLDERS, settings.DATA_DIR / "fonts"):  # what lies in the site's own folder counts
        for path, _, names in os.walk(Path(folder).expanduser()):
            for match in filter(None, map(_NAME.fullmatch, sorted(names))):
                paths[f"{match[1]}-{match[2]}"] = os.path.join(path, match[0])

    def nearest(face: str) -> str:
        kind, _, weight = face.partition("-")
        return min(paths, key=lambda other: (not other.startswith(kind), not other.endswith(weight), other))

    return {face: paths[nearest(face)] for face in FACES} if paths else {}
