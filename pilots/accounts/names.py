"""Names of accounts: told apart by the eye as by the program."""

import re

from django.contrib.auth.models import User

# Letters of other scripts, full-width ones and what nobody sees look like these.
_STRANGE = re.compile(r"[^0-9A-Za-z@.+_\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0002f7ff\U00030000-\U0003347f-]")


def objection(name: str, account: int = 0) -> str:
    """Return why a new name can't be given to an account (its key, 0 if there is none); empty where it can.

    Signing in doesn't look at the case. A name that an account has stays usable, whatever it is.
    """
    others = User.objects.exclude(pk=account)
    if others.filter(username__iexact=name).exists():
        return str(User._meta.get_field("username").error_messages["unique"])
    strange = _STRANGE.search(name)
    if strange and not User.objects.filter(pk=account, username=name).exists():
        return f"只能用汉字、英文字母、数字和 @ . + - _ ，别的字符容易看错（U+{ord(strange[0]):04X}）。"
    return ""
