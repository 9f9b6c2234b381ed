"""Secrets of the second step, and sessions, closed in the database: its copies are of no use without the site's key.

The key is derived from `SECRET_KEY`, which is outside the database; those in `SECRET_KEY_FALLBACKS` still open what
they closed. What was kept plain by earlier versions is read as it is until `encrypt_second_steps` closes it.
"""

from base64 import urlsafe_b64encode

from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.crypto import salted_hmac

from ..http.outages import Outage

_PREFIX = "fernet:"
_FIELDS = ("secret", "seed")
_MARK = "pilots.key"  # in the cache, which all instances of the site share: closed with their key


class SecretError(ValidationError):
    """The key that closed a secret is no longer there."""

    outage = Outage(
        "key",
        "两步验证读不出来",
        "本站的密钥已更换，原来的两步验证不能再用。请管理员运行 reset_official 用户名 --second-step 。",
    )

    def __init__(self) -> None:
        super().__init__(self.outage.text)


def _fernet(key: str) -> Fernet:
    return Fernet(urlsafe_b64encode(salted_hmac("pilots.second-step", "", secret=key, algorithm="sha256").digest()))


def encrypt(text: str) -> str:
    return _PREFIX + _fernet(settings.SECRET_KEY).encrypt(text.encode()).decode()


def decrypt(text: str) -> str:
    """Return the secret; raise SecretError where no key opens it."""
    if not text.startswith(_PREFIX):
        return text
    keys = [_fernet(key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    try:
        return MultiFernet(keys).decrypt(text.removeprefix(_PREFIX)).decode()
    except InvalidToken as error:
        raise SecretError from error


def _is_current(text: str) -> bool:
    try:
        _fernet(settings.SECRET_KEY).decrypt(text.removeprefix(_PREFIX))
    except InvalidToken:
        return False
    return text.startswith(_PREFIX)


def mark(*, is_changed: bool = False) -> None:
    """Leave what only the site's key opens, unless an instance has already and the key wasn't changed since."""
    (cache.set if is_changed else cache.add)(_MARK, encrypt(""), None)


def has_key_of_site() -> bool:
    """Return whether this instance's key is that of the one that left the mark: sessions and second steps of one
    would otherwise be none at the other. Where the cache was away or emptied since, it is left anew."""
    if (closed := cache.get(_MARK)) is None:
        mark()
        return True
    try:
        return not decrypt(closed)
    except SecretError:
        return False


def encrypt_all() -> tuple[int, list[str]]:
    """Close with the present key what is plain or closed with an earlier one.

    Return how many secrets that were, and the names of the accounts whose secrets no key opens.
    """
    count, lost = 0, set()
    with transaction.atomic():
        for row in Authenticator.objects.select_for_update(of=("self",)).select_related("user"):
            stale = [name for name in _FIELDS if name in row.data and not _is_current(row.data[name])]
            try:
                row.data |= {name: encrypt(decrypt(row.data[name])) for name in stale}
            except SecretError:
                lost.add(row.user.get_username())
                continue
            if stale:
                row.save(update_fields=["data"])
                count += 1
    return count, sorted(lost)
