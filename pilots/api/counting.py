"""How many requests came from somebody in a period, counted by all processes of the machine in one small file."""

import fcntl
import hashlib
import os
import struct

from django.conf import settings

SLOTS = 65_536  # of 20 bytes; two who share one take turns in it, each counted anew
_SLOT = struct.Struct("<8sdI")  # who, since when (seconds), how many


def count(who: str, now: float, period: float) -> tuple[int, float]:
    """Count one more request of `who` at `now`; return how many in her present period, and when it ends.

    Nothing is written through to the disk: what a crash of the machine takes with it is a minute's counting.
    """
    tag = hashlib.blake2b(who.encode(), digest_size=8).digest()
    place = int.from_bytes(tag, "little") % SLOTS * _SLOT.size
    handle = os.open(f"{settings.DATA_DIR}/api-limits", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        owner, start, number = _SLOT.unpack(os.pread(handle, _SLOT.size, place).ljust(_SLOT.size, b"\0"))
        if owner != tag or not start <= now < start + period:
            start, number = now, 0
        os.pwrite(handle, _SLOT.pack(tag, start, min(number + 1, 2**32 - 1)), place)
    finally:
        os.close(handle)  # lets the lock go
    return number + 1, start + period
