"""Text for formats that not every character may stand in."""

import re

# Everything but what XML 1.0 (2.2, Char) allows; iCalendar (RFC 5545, 3.1) forbids no more of it.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def clean(text: str) -> str:
    """Return a text in which what may not stand in XML is shown as �."""
    return _FORBIDDEN.sub("\ufffd", text)
