"""The Nu HTML checker has nothing to say of any page, stylesheet or picture."""

import json
import os
import shutil
import subprocess
from collections import defaultdict
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


@pytest.fixture(scope="module")
def said(checker, tmp_path_factory, request):
    """What the checker says of every page, stylesheet and picture, and of files that are wrong, asked once: of each
    file (its folder's and its own name) the messages, and a line each."""
    folder = tmp_path_factory.mktemp("markup")
    for name in ("pages", "wrong", "new"):
        (folder / name).mkdir()
    for name, place in EVERYTHING.items():
        if not place.is_large:  # in large text the page is the same, only a stylesheet is not
            (folder / "pages" / f"{name}.html").write_bytes(
                fetch(request.getfixturevalue(place.server) + place.path)[1]
            )
    (folder / "wrong" / "page.html").write_text("<!DOCTYPE html><title>x</title><p><div></p>")
    (folder / "wrong" / "style.css").write_text("a { colour: red }")
    (folder / "wrong" / "picture.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"><p/></svg>')
    for number, style in enumerate(NOT_YET_KNOWN.values()):
        (folder / "new" / f"{number}.css").write_text(style)
    static = [path for kind in ("css", "svg") for path in (settings.BASE_DIR / "static").rglob(f"*.{kind}")]
    files = [*map(str, static), *map(str, sorted(folder.rglob("*.*")))]
    command = [*checker, "--also-check-css", "--also-check-svg", *files]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=True)
    lines = defaultdict(list)
    for message in json.loads(done.stdout)["messages"]:
        path = Path(message.get("url", ""))
        line = (
            f"{path.name}:{message.get('lastLine', '')}: {message['message']} ({message.get('extract', '').strip()})"
        )
        lines[f"{path.parent.name}/{path.name}"].append((message["message"], line))
    return lines


def test_checker_finds_nothing_on_any_page_stylesheet_and_picture(said):
    found = [
        line
        for name, messages in said.items()
        for message, line in messages
        if not name.startswith(("wrong/", "new/")) and message not in NOT_YET_KNOWN
    ]

    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", ["page.html", "style.css", "picture.svg"])
def test_checker_is_awake(said, name):
    assert said[f"wrong/{name}"]


@pytest.mark.parametrize("number", range(len(NOT_YET_KNOWN)))
def test_what_the_checker_does_not_know_yet_is_still_unknown_to_it(said, number):
    assert [message for message, _ in said[f"new/{number}.css"]] == [list(NOT_YET_KNOWN)[number]]
