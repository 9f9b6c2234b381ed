"""What an operator may have set that programs would read wrongly."""

import re
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

CONTACT = re.compile(r"(mailto:[^@\s]+@[^@\s]+|https://\S+|tel:\S+)")


@register()
def following_is_well_formed(**kwargs: Any) -> list[CheckMessage]:
    """Refuse contacts that aren't addresses as RFC 9116 (2.5.3) wants them, and a hub that isn't one."""
    wrong = [contact for contact in settings.FOLLOWING["security_contacts"] if not CONTACT.fullmatch(contact)]
    found = [
        Error(f"SECURITY_CONTACT 不是 mailto:、https:// 或 tel: 开头的地址：{contact}", id="pilots.E001")
        for contact in wrong
    ]
    hub = settings.FOLLOWING["hub"]
    if hub and not re.fullmatch(r"https?://\S+", hub):
        found.append(Error(f"WEBSUB_HUB 不是网址：{hub}", id="pilots.E002"))
    return found
