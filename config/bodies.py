"""How much of bodies a worker holds: of everybody, and of who isn't signed in.

Those who aren't can't keep those who are from sending: their large bodies have a share of their own, and their small
ones can't fill the rest (`config.server.CONNECTIONS` of them are half of it).
"""

from collections.abc import Awaitable, Callable

BODIES_BYTES = 64 << 20  # of all bodies that a worker holds at a time
STRANGERS_BYTES = 16 << 20  # of those above `SMALL_BYTES` of who isn't signed in
SMALL_BYTES = 16 << 10  # of a body that nobody is asked for, such as a form to sign in

_held, _strangers = 0, 0  # bytes, now


class RefusedError(Exception):
    """A request that isn't taken; `args[0]` is the status."""


class Body(bytearray):
    """The body of one request, counted while it is held. `is_signed_in` is asked when the strangers' share is used
    up, and once: it takes a look into the database."""

    def __init__(self, is_signed_in: Callable[[], Awaitable[bool]]) -> None:
        super().__init__()
        self.is_signed_in = is_signed_in
        self.is_known = False
        self.held = self.strange = 0  # bytes of it that are counted

    async def add(self, part: bytes) -> None:
        """Take one more part; RefusedError(503) where that is too much."""
        self += part
        self._count(len(self), len(self) if len(self) > SMALL_BYTES and not self.is_known else 0)
        if _held > BODIES_BYTES:
            raise RefusedError(503)
        if self.strange and _strangers > STRANGERS_BYTES:
            self.is_known = await self.is_signed_in()
            if not self.is_known:
                raise RefusedError(503)
            self._count(len(self), 0)

    def release(self) -> None:
        """Count it no longer."""
        self._count(0, 0)

    def _count(self, held: int, strange: int) -> None:
        global _held, _strangers
        _held, _strangers = _held + held - self.held, _strangers + strange - self.strange
        self.held, self.strange = held, strange
