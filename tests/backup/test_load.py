"""Several people write while backups are taken: each has what was acknowledged before it, and no half of a turn."""

import subprocess
import sys
import time
from contextlib import contextmanager

import pytest
from django.conf import settings

from pilots.backup.manifest import differences, read, standing_in
from pilots.backup.writing import engine_of, write
from pilots.models import Region, Term

from .conftest import empty_place, environment

pytestmark = pytest.mark.django_db

PEOPLE = (1, 2, 3)
# Each turn is one transaction of two rows and a change to an area; it is acknowledged once it is committed, and taken
# again where a slow disk kept SQLite's lock with the others for longer than the site waits.
WRITER = """
import sys, time
import django
django.setup()
from django.db import OperationalError, transaction
from pilots.models import Region, Term
me, turn = int(sys.argv[1]), 1
area = Region.objects.get(serial=me)
while True:
    try:
        with transaction.atomic():
            Term.objects.create(word=f"{me}-{turn}-left")
            area.remark = str(turn)
            area.save()
            Term.objects.create(word=f"{me}-{turn}-right")
    except OperationalError:
        continue
    print(turn, flush=True)
    turn += 1
    time.sleep(0.05)  # SQLite gives no turn to others between two transactions without a pause
"""


@contextmanager
def people_at_work(site, folder):
    """Give a function that tells how many turns of each person are acknowledged; nobody may have failed."""
    logs = {me: folder / f"{me}.log" for me in PEOPLE}
    people = {}
    for me, log in logs.items():
        with log.open("w") as out:
            command = [sys.executable, "-c", WRITER, str(me)]
            people[me] = subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment(site), stdout=out)
    try:
        yield lambda: {me: log.read_text().count("\n") for me, log in logs.items()}
        assert [person.poll() for person in people.values()] == [None] * len(PEOPLE)
    finally:
        for person in people.values():
            person.kill()
            person.wait()


def wait_for(is_so):
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def turns(me):
    """Return what the database that stands in holds of one person: turns begun, turns ended, the area's last turn."""
    words = Term.objects.filter(word__startswith=f"{me}-").values_list("word", flat=True)
    sides = [{int(word.split("-")[1]) for word in words if word.endswith(side)} for side in ("left", "right")]
    return *sides, int(Region.objects.get(serial=me).remark or 0)


def test_backup_under_load_has_every_acknowledged_edit_and_no_half_of_one(own_site, folder, tmp_path):
    taken, meanwhile = {}, 0
    with people_at_work(own_site, tmp_path) as acknowledged:
        wait_for(lambda: all(acknowledged().values()))
        while len(taken) < 4 or not meanwhile:
            assert len(taken) < 50  # people do write while backups are taken
            before = acknowledged()
            taken[write(own_site, folder, keep=50).path] = before
            meanwhile += sum(acknowledged().values()) - sum(before.values())
        wait_for(lambda: all(acknowledged()[me] > before[me] for me in PEOPLE))

    for path, before in taken.items():
        with empty_place(tmp_path) as place:
            engine_of(place).fill(path, place)
            assert differences(read(path).rows, engine_of(place).survey(place).rows) == []
            with standing_in(place):
                held = {me: turns(me) for me in PEOPLE}
        for me, (begun, ended, remark) in held.items():
            assert remark >= before[me]
            assert begun == ended == set(range(1, remark + 1))
