"""How much of bodies a worker holds: of everybody, and of who isn't signed in.

Those who aren't can't keep those who are from sending: their large bodies have a share of their own, and their small
ones can't fill the rest (`config.server.CONNECTIONS` of them are half of it). Nor can files keep forms out: a body
as large as a file is only taken from who is signed in, and few at a time.
"""

from collections.abc import Awaitable, Callable

BODIES_BYTES = 64 << 20  # of all bodies that a worker holds at a time
STRANGERS_BYTES = 16 << 20  # of those above `SMALL_BYTES` of who isn't signed in
SMALL_BYTES = 16 << 10  # of a body that nobody is asked for, such as a form to sign in
FORM_BYTES = 5 << 20  # of one that holds no file but a table
FILES = 2  # larger ones that a worker takes at a time: a third of the room is left for others

_held, _strangers = 0, 0  # bytes, now
_files = 0  # bodies, now


class RefusedError(Exception):
    """A request that isn't taken; `args[0]` is the status."""


class Body(bytearray):
    """The body of one request, counted while it is held. `is_signed_in` is asked when the strangers' share is used
    up, and once: it takes a look into the database."""

    def __init__(self, is_signed_in: Callable[[], Awaitable[bool]]) -> None:
        super().__init__()
        self.is_signed_in = is_signed_in
        self.is_known = self.is_file = False
        self.held = self.strange = 0  # bytes of it that are counted

    async def admit(self, size: int) -> None:
        """Let it be as large as that; larger than a form RefusedError(413) where nobody is signed in, (503) where it
        is one too many."""
        global _files
        if size <= FORM_BYTES:
            return
        self.is_known = await self.is_signed_in()
        if not self.is_known:
            raise RefusedError(413)
        if _files >= FILES:
            raise RefusedError(503)
        self.is_file = True
        _files += 1

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
        global _files
        self._count(0, 0)
        _files -= self.is_file
        self.is_file = False

    def _count(self, held: int, strange: int) -> None:
        global _held, _strangers
        _held, _strangers = _held + held - self.held, _strangers + strange - self.strange
        self.held, self.strange = held, strange
