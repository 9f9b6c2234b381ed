"""The Nu HTML checker has nothing to say of any page, stylesheet or picture."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

from .pages import EVERYTHING
from .serving import fetch

pytestmark = pytest.mark.looks
USUAL_PLACE = settings.BASE_DIR / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"
# What the checker does not know yet although a standard has it: its message, whole → what brings the message about.
NOT_YET_KNOWN = {
    # CSS View Transitions Level 2, 2.2: pages that follow one another may opt in to a transition.
    "CSS: Unrecognized at-rule “@view-transition”": "@view-transition { navigation: auto; }",
}


@pytest.fixture(scope="module")
def checker():
    """The command that runs the checker."""
    java, jar = shutil.which("java"), Path(os.environ.get("VNU_JAR", USUAL_PLACE))
    if java is None or not jar.is_file():
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"no java, or no checker at {jar}")
    # It is done before the second compiler of Java would pay for itself; without that one it wants a larger stack.
    quick = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xss2m"]
    return [java, *quick, "-jar", str(jar), "--stdout", "--exit-zero-always", "--format", "json"]


def said(checker, *arguments, is_all=False):
    """Return what the checker says, a line each; what it does not know yet only where `is_all`."""
    done = subprocess.run([*checker, *map(str, arguments)], capture_output=True, text=True, timeout=120, check=True)
    messages = json.loads(done.stdout)["messages"]
    return [
        f"{Path(message.get('url', '')).name}:{message.get('lastLine', '')}: {message['message']}"
        f" ({message.get('extract', '').strip()})"
        for message in messages
        if is_all or message["message"] not in NOT_YET_KNOWN
    ]


def test_checker_finds_nothing_on_any_page(checker, address, tmp_path):
    for name, place in EVERYTHING.items():
        if not place.is_large:  # in large text the page is the same, only a stylesheet is not
            (tmp_path / f"{name}.html").write_bytes(fetch(address(place))[1])

    found = said(checker, *sorted(tmp_path.iterdir()))

    assert not found, "\n".join(found)


def test_checker_finds_nothing_in_stylesheets_and_pictures(checker):
    static = settings.BASE_DIR / "static"

    found = said(checker, "--css", *static.rglob("*.css")) + said(checker, "--svg", *static.rglob("*.svg"))

    assert not found, "\n".join(found)


def test_checker_is_awake(checker, tmp_path):
    (tmp_path / "wrong.html").write_text("<!DOCTYPE html><title>x</title><p><div></p>")
    (tmp_path / "wrong.css").write_text("a { colour: red }")

    found = "\n".join(said(checker, "--also-check-css", tmp_path))

    assert "wrong.html" in found
    assert "wrong.css" in found


@pytest.mark.parametrize(("message", "style"), NOT_YET_KNOWN.items(), ids=range(len(NOT_YET_KNOWN)))
def test_what_the_checker_does_not_know_yet_is_still_unknown_to_it(checker, tmp_path, message, style):
    (tmp_path / "new.css").write_text(style)

    [line] = said(checker, "--css", tmp_path, is_all=True)

    assert message in line
