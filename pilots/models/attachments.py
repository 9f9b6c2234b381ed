"""What a document names its file by: the SHA-256 of its bytes and how many they are (`4f2a…-1048576`).

The file itself is in Django's default storage, under that sum (`record.attachments`); no other name of it is kept.
"""

import re

from django.template.defaultfilters import filesizeformat

VALUE = r"[0-9a-f]{64}-[1-9][0-9]{0,8}"
WORDS = r"PDF，[^，]+，SHA-256 [0-9a-f]{64}"  # of `in_words`


def parts(value: str) -> tuple[str, int]:
    """Return the sum, in hexadecimal, and the bytes of the file that a document names so; of none, none."""
    digest, _, size = value.partition("-")
    return digest, int(size or 0)


def in_words(text: str) -> str:
    """Return what a document names its file by as people read it; any other text as it is."""
    if not re.fullmatch(VALUE, text):
        return text
    digest, size = parts(text)
    return f"PDF，{filesizeformat(size)}，SHA-256 {digest}".replace("\xa0", " ")
