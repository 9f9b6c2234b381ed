"""Sessions in the database, closed with the site's key: a second step that is being enrolled is in there."""

from typing import Any

from django.contrib.sessions.backends import db

from . import encryption


class SessionStore(db.SessionStore):
    """Django's, encrypted. One that no key opens is empty, as Django takes one with a wrong signature."""

    def encode(self, session_dict: dict[str, Any]) -> str:
        return encryption.encrypt(super().encode(session_dict))

    def decode(self, session_data: Any) -> dict[str, Any]:
        try:
            return super().decode(encryption.decrypt(session_data))
        except encryption.SecretError:
            return {}
