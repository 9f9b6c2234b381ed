"""Files that are kept: whole, made by one process, and no more of them than there may be."""

import errno
import os
import subprocess
import sys
import threading
from types import SimpleNamespace

import pytest
from django.conf import settings

from pilots.exports import store
from pilots.exports.store import BusyError, Kept

pytestmark = pytest.mark.apart
MAKER = """
import os, sys, time
from pathlib import Path
import django
django.setup()
from pilots.exports.store import BusyError, Kept

def make():
    with open(sys.argv[1], "a") as log:
        log.write("made ")
    time.sleep(0.2)
    return b"x" * 1_000_000

try:
    print(len(Kept("test", 1).file("name", make=make)))
except BusyError:
    print("busy")
"""


def test_kept_until_the_state_changes():
    assert Kept("a", 1).file("x", make=lambda: b"first") == b"first"
    assert Kept("a", 1).file("x", make=lambda: b"second") == b"first"
    assert Kept("a", 2).file("x", make=lambda: b"second") == b"second"
    assert Kept("b", 1).file("x", make=lambda: b"third") == b"third"
    assert Kept("a", 1).size("x") == 5
    assert Kept("a", 1).size("y") is None


def test_program_is_its_content_wherever_and_whenever_it_was_put(settings, tmp_path):
    def put(name, text):
        settings.BASE_DIR = tmp_path / name
        (settings.BASE_DIR / "pilots").mkdir(parents=True)
        (settings.BASE_DIR / "pilots/page.py").write_text(text)
        os.utime(settings.BASE_DIR / "pilots/page.py", (len(name), len(name)))
        return store.program.__wrapped__()

    assert put("here", "one") == put("elsewhere", "one") != put("later", "two")


def test_program_and_site_are_part_of_the_state(settings, monkeypatch):
    Kept("a", 1).file("x", make=lambda: b"first")

    settings.SITE = settings.SITE | {"licence": "CC BY 4.0"}
    assert Kept("a", 1).file("x", make=lambda: b"second") == b"second"
    monkeypatch.setattr(store, "program", lambda: "later")
    assert Kept("a", 1).file("x", make=lambda: b"third") == b"third"


def test_old_states_and_surplus_files_go(folder, monkeypatch):
    monkeypatch.setattr(store, "MOST_FILES", 3)
    for state in range(5):
        for name in range(6):
            Kept("a", state).file(name, make=lambda: b"x")

    states = [path for path in (folder / "kept" / "a").iterdir() if path.is_dir()]
    assert len(states) <= store.MOST_STATES + 1
    assert all(len(list(path.iterdir())) <= 4 for path in states)
    assert Kept("a", 4).size(5) == 1


def test_where_nothing_can_be_written_files_are_made_each_time(folder):
    folder.mkdir()
    (folder / "kept").write_text("in the way")

    assert Kept("a", 1).file("x", make=lambda: b"first") == b"first"
    assert Kept("a", 1).file("x", make=lambda: b"second") == b"second"


def test_file_that_could_not_be_made_is_not_kept(folder):
    with pytest.raises(ZeroDivisionError):
        Kept("a", 1).file("x", make=lambda: 1 / 0)

    assert Kept("a", 1).file("x", make=lambda: b"made") == b"made"
    assert not list(folder.rglob(".new-*"))


def test_several_processes_make_it_once(tmp_path):
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATA_DIR": str(tmp_path / "shared"),
        "PYTHONPATH": str(settings.BASE_DIR),
        "SECRET_KEY": "a-key-of-32-characters-for-this-test",
    }
    command = [sys.executable, "-c", MAKER, str(tmp_path / "log")]
    makers = [
        subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]

    said = [maker.communicate(timeout=60)[0].strip() for maker in makers]

    assert set(said) <= {"1000000", "busy"}  # nobody waits
    assert "1000000" in said
    assert (tmp_path / "log").read_text() == "made "


def while_making(kind, state, name, meanwhile):
    """Call `meanwhile` while a file is being made."""

    def make():
        meanwhile()
        return b"new"

    assert Kept(kind, state).file(name, make=make) == b"new"


@pytest.mark.parametrize("is_writable", [True, False])
def test_nobody_waits_nor_makes_it_twice(folder, is_writable):
    if not is_writable:
        folder.mkdir()
        (folder / "kept").write_text("in the way")

    def meanwhile():
        for name in ("x", "y"):  # another of the kind is as expensive
            with pytest.raises(BusyError) as busy:
                Kept("a", 1).file(name, make=lambda: b"twice")
            assert busy.value.content is None
        assert Kept("a", 1).file("z", make=lambda: b"other", turn="z") == b"other"

    while_making("a", 1, "x", meanwhile)


def test_earlier_state_answers_meanwhile(folder):
    for state in (1, 2):
        Kept("a", state).file("x", make=lambda state=state: b"%d" % state)

    def meanwhile():
        with pytest.raises(BusyError) as busy:
            Kept("a", 3).file("x", make=lambda: b"twice")
        assert busy.value.content == b"2"

    while_making("a", 3, "x", meanwhile)


@pytest.mark.parametrize("harm", [b"", b"x", b"first", lambda kept: kept[:-1], lambda kept: b"F" + kept[1:]])
def test_damaged_file_is_made_again(folder, harm, caplog):
    Kept("a", 1).file("x", make=lambda: b"first")
    [path] = [path for path in folder.rglob("kept/a/*/*") if path.is_file()]
    path.write_bytes(harm(path.read_bytes()) if callable(harm) else harm)

    assert Kept("a", 1).file("x", make=lambda: b"again") == b"again"
    assert Kept("a", 1).file("x", make=lambda: b"no more") == b"again"
    assert [record.levelname for record in caplog.records if "Damaged" in record.message] == ["ERROR"] * 2


def test_bytes_of_all_kinds_have_a_cap(folder, monkeypatch):
    monkeypatch.setattr(store, "MOST_BYTES", 10_000)
    for kind in "abc":
        for name in range(4):
            Kept(kind, 1).file(name, make=lambda: b"x" * 1_500)

    assert sum(path.stat().st_size for path in (folder / "kept").rglob("*") if path.is_file()) <= 10_000
    assert Kept("c", 1).size(3) == 1_500
    assert Kept("a", 1).size(0) is None


@pytest.fixture
def processes(folder, monkeypatch):
    """The processes that make files: each waits for `go`, then does what `make` has at the end."""
    folder.mkdir()
    run = SimpleNamespace(commands=[], go=threading.Event(), make=[], others=threading.enumerate())

    def start(command, **options):
        run.commands.append(command[2:])
        run.go.wait(10)
        run.make[-1]()

    monkeypatch.setattr(subprocess, "run", start)
    yield run
    run.go.set()


def ask(state, name="x"):
    return Kept("a", state).prepared(name, command=["make", name])


def finish(processes):
    processes.go.set()
    for thread in set(threading.enumerate()).difference(processes.others):
        thread.join(10)


def test_process_makes_it_once_and_nobody_waits(processes):
    Kept("a", 1).file("x", make=lambda: b"earlier")
    processes.make.append(lambda: Kept("a", 2).file("x", make=lambda: b"new"))

    for name in (*5 * "x", "y"):
        with pytest.raises(BusyError) as busy:
            ask(2, name)
        assert busy.value.content is None  # what was withdrawn may be in the earlier one
    finish(processes)

    assert ask(2) == b"new"
    assert processes.commands == [["make", "x"]]


def test_process_that_fails_is_logged_and_another_started(processes, caplog):
    processes.make.append(lambda: (_ for _ in ()).throw(subprocess.CalledProcessError(1, "make")))
    with pytest.raises(BusyError):
        ask(1)
    finish(processes)
    processes.make.append(lambda: Kept("a", 1).file("x", make=lambda: b"new"))

    with pytest.raises(BusyError):
        ask(1)
    finish(processes)

    assert ask(1) == b"new"
    assert [(entry.levelname, entry.name) for entry in caplog.records] == [("ERROR", "pilots.exports")]


def test_no_process_is_started_where_its_file_could_not_be_kept(processes, monkeypatch):
    def full(**options):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(store.tempfile, "TemporaryFile", full)

    with pytest.raises(OSError, match="No space"):
        ask(1)

    assert processes.commands == []
