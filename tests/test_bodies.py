"""What a worker holds of bodies: those who aren't signed in can't keep those who are from sending."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import pytest
from django.test import Client

from config import bodies, rsgi
from pilots.accounts import sessions
from pilots.accounts.sessions import is_signed_in

from . import factories as make

PART = bytes(64 << 10)


@contextmanager
def body(size, is_known=False):
    """Yield a body of that many bytes in parts, and how often its sender was looked up."""
    asked = []

    async def answer():
        asked.append(is_known)
        return is_known

    async def fill():
        for _ in range(-(-size // len(PART))):
            await one.add(PART[:size])

    one = bodies.Body(answer)
    try:
        # In a thread of its own: a browser that a test before this one opened leaves its loop running in this one.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, fill()).result()
        yield asked
    finally:
        one.release()


def flood(opened, size):
    """Hold bodies of strangers until one is refused, and return how many bytes were taken."""
    for number in range(bodies.BODIES_BYTES // size + 1):
        try:
            opened.enter_context(body(size))
        except bodies.RefusedError:
            return number * size
    raise AssertionError("nothing was refused")


def test_strangers_leave_room_for_who_is_signed_in():
    with ExitStack() as opened:
        assert flood(opened, 5 << 20) == 15 << 20

        for _ in range(9):
            assert opened.enter_context(body(5 << 20, is_known=True)) == [True]
        with pytest.raises(bodies.RefusedError, match="503"), body(5 << 20, is_known=True):
            pass

    assert (bodies._held, bodies._strangers) == (0, 0)


def test_small_body_is_taken_whoever_sends_it():
    with ExitStack() as opened:
        flood(opened, 5 << 20)

        for _ in range(1000):
            assert opened.enter_context(body(bodies.SMALL_BYTES)) == []


def test_nobody_is_looked_up_while_there_is_room():
    with body(5 << 20) as asked:
        assert asked == []


def admit(one, size=bodies.FORM_BYTES + 1):
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, one.admit(size)).result()


def somebody(is_known):
    async def answer():
        return is_known

    return bodies.Body(answer)


def test_body_as_large_as_a_file_is_taken_from_who_is_signed_in_alone():
    stranger = somebody(is_known=False)

    with pytest.raises(bodies.RefusedError, match="413"):
        admit(stranger)

    admit(stranger, bodies.FORM_BYTES)


def test_files_leave_room_for_the_forms_of_others():
    largest = max(rsgi.BODY_BYTES.values())
    assert bodies.FILES * largest + 2 * bodies.FORM_BYTES + bodies.STRANGERS_BYTES // 2 <= bodies.BODIES_BYTES
    files = [somebody(is_known=True) for _ in range(bodies.FILES)]
    for one in files:
        admit(one)

    with pytest.raises(bodies.RefusedError, match="503"):
        admit(somebody(is_known=True))
    admit(somebody(is_known=True), bodies.FORM_BYTES)

    for one in files:
        one.release()
        one.release()
    assert bodies._files == 0


@pytest.mark.django_db
def test_only_a_session_that_lasts_is_somebodys(monkeypatch):
    client, other = Client(), Client()
    client.force_login(make.make_official("李", "部委编辑"))
    other.get("/accounts/login/")
    own, theirs = (
        "; ".join(f"{name}={morsel.value}" for name, morsel in each.cookies.items()) for each in (client, other)
    )

    assert is_signed_in(f"a=b; {own}")
    assert not any(map(is_signed_in, ("", theirs, "sessionid=made-up", "sessionid=", ";;=")))
    monkeypatch.setattr(sessions, "IDLE", 0)
    assert not is_signed_in(own)
