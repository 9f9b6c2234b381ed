"""The repository itself, held to account."""

import ast
import os
import re
import subprocess
import sys
import tomllib

import pytest
from django.conf import settings
from django.core.management import call_command

pytestmark = pytest.mark.apart
ROOT = settings.BASE_DIR
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
README = ROOT / "README.md"
MODULES = [path for path in sorted((ROOT / "pilots").rglob("*.py")) if "migrations" not in path.parts]
# The rooms of the house: a room imports from its own floor and from those below.
FLOORS = [
    {"models"},
    {"history", "accounts", "http"},
    {"search"},
    {"record", "api", "feeds", "exports"},
    {"pages"},
    {"admin", "management", "backup"},
]
FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
# Participles that say what happened to a thing, not what it is.
PRIVATE_WORDS = re.findall(
    r"\w+",
    "said found each wanted told kept asked own known seen held gone begun drawn given taken named made typed issued "
    "wording offered reached shown hidden lent due apart together whole every remaining survey fill mended marked "
    "linked",
)


def test_top_level_is_the_declared_one():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()
    top = {path.split("/")[0] for path in listed if not path.startswith(".")}

    assert top == {
        "manage.py",
        "pyproject.toml",
        "README.md",
        "LICENSE",
        "SECURITY.md",
        "config",
        "pilots",
        "templates",
        "static",
        "fixtures",
        "tests",
    }


def test_no_migration_is_missing(db):
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_deployment_check_is_clean_under_the_documented_settings_and_imports_no_more_than_it_needs(tmp_path):
    documented = {
        "SECRET_KEY": "a-long-and-random-value-made-for-this-test-0123456789-ABCDEFGHIJ",
        "ALLOWED_HOSTS": "example.cn",
        "HTTPS": "1",
        "DATA_DIR": str(tmp_path),
    }
    for name in documented:
        assert f"`{name}`" in README.read_text()

    done = subprocess.run(
        [sys.executable, "-X", "importtime", "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]} | documented,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert {"openpyxl", "icalendar", "qrcode", "drf_spectacular.generators"}.isdisjoint(done.stderr.split())


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_template_is_clean(path):
    text = path.read_text()

    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"\|\s*safe\b|autoescape off|https?://(?!schema\.org)", text)
    if path.name.startswith("_"):
        assert text.startswith("{#")


def test_stylesheets_name_no_foreign_host_and_no_colour_outside_the_tokens():
    for path in sorted((ROOT / "static" / "css").glob("*.css")):
        text = path.read_text()
        assert "http" not in text
        assert path.name in ("tokens.css", "print.css") or not re.search(r"#[0-9a-f]{3,8}\b|rgba?\(|hsla?\(", text)


def test_every_setting_is_in_the_readme_and_the_other_way_round():
    used = set(
        re.findall(r'(?:env\.\w+|os\.environ\.get)\(\s*"([A-Z_]+)"', (ROOT / "config" / "settings.py").read_text())
    )
    table = README.read_text().split("## Settings")[1].split("\n## ")[0]

    named = re.findall(r"^\| (`[^|]+) \|", table, re.MULTILINE)
    assert used == set(re.findall(r"`([A-Z_]+)`", " ".join(named)))


def test_readme_fits_and_its_commands_are_there():
    text = README.read_text()

    assert len(text.splitlines()) <= 140
    assert "manage.py quickstart" in text
    assert ".venv/bin/pytest" in text


def test_every_dependency_is_pinned_to_compatible_releases_and_has_its_reason():
    text = (ROOT / "pyproject.toml").read_text()
    project = tomllib.loads(text)["project"]
    lines = [
        *project["dependencies"],
        *(line for extra in project["optional-dependencies"].values() for line in extra),
    ]

    for line in lines:
        if not line.startswith("pilots["):
            assert "~=" in line
            assert re.search(rf'"{re.escape(line)}",\s+# \S', text), line


def test_python_files_keep_to_their_size():
    for path in [*(ROOT / "pilots").rglob("*.py"), *(ROOT / "config").rglob("*.py")]:
        if "migrations" not in path.parts:
            assert len(path.read_text().splitlines()) <= 400, path


def test_no_room_imports_from_a_higher_floor():
    rooms = {path.name for path in (ROOT / "pilots").iterdir() if path.is_dir()} - {"migrations", "__pycache__"}
    assert rooms == set(FLOOR)

    for path in MODULES:
        room, *_ = path.relative_to(ROOT / "pilots").parts
        higher = {other for other in imported_rooms(path) if FLOOR.get(other, 0) > FLOOR.get(room, len(FLOORS))}
        assert not higher, path


def imported_rooms(path):
    """The rooms that a module imports from, in a function or at its head."""
    depth = len(path.relative_to(ROOT / "pilots").parts)
    for node in ast.walk(ast.parse(path.read_text())):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
        if isinstance(node, ast.ImportFrom) and node.level:
            yield from [node.module.split(".")[0]] if node.module and node.level == depth else []
            yield from names if not node.module and node.level == depth else []
        elif isinstance(node, ast.ImportFrom):
            names = [node.module]
        yield from (name.split(".")[1] for name in names if name.startswith("pilots."))


def test_no_test_module_imports_another():
    """What several need is in a module of its own: forms, factories, serving, sheets …"""
    for path in (ROOT / "tests").rglob("*.py"):
        assert not re.search(r"^\s*(?:from|import) \S*\btest_", path.read_text(), re.MULTILINE), path


def test_names_are_nouns():
    words, lines = [], 0
    for path in MODULES:
        text = path.read_text()
        lines += text.count("\n")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                words.append(node.id)
            words += [node.arg] if isinstance(node, ast.arg) else []

    assert len([word for word in words if word in PRIVATE_WORDS]) * 1_000 < 2 * lines


def test_no_secret_is_tracked():
    assert (
        ".data"
        not in subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    )
    assert "/.data/" in (ROOT / ".gitignore").read_text()
