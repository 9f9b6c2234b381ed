"""The repository itself, held to account."""

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


def test_top_level_is_the_declared_one():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()
    top = {path.split("/")[0] for path in listed if not path.startswith(".")}

    assert top <= {
        "manage.py",
        "pyproject.toml",
        "README.md",
        "config",
        "pilots",
        "templates",
        "static",
        "fixtures",
        "tests",
    }


def test_no_migration_is_missing(db):
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_deployment_check_is_clean_under_the_documented_settings(tmp_path):
    documented = {
        "SECRET_KEY": "a-long-and-random-value-made-for-this-test-0123456789-ABCDEFGHIJ",
        "ALLOWED_HOSTS": "example.cn",
        "HTTPS": "1",
        "DATA_DIR": str(tmp_path),
    }
    for name in documented:
        assert f"`{name}`" in README.read_text()

    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]} | documented,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr


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
            assert len(path.read_text().splitlines()) <= 420, path


def test_no_secret_is_tracked():
    assert (
        ".data"
        not in subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    )
    assert "/.data/" in (ROOT / ".gitignore").read_text()
