"""What an operator is given to run the site with is in step with the program."""

import configparser
import os
import re
import tomllib

import pytest
import yaml
from django.conf import settings
from django.core.management import get_commands
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from config import rsgi

from .processes import NAMES, read

pytestmark = pytest.mark.apart
DEPLOY = settings.BASE_DIR / "config" / "deploy"
PAGE = (DEPLOY / "README.md").read_text()
LOCK = (DEPLOY / "requirements.txt").read_text()


def test_page_fits_two_screens_and_names_every_file():
    names = {path.name for path in DEPLOY.iterdir()} - {"README.md"}

    assert len(PAGE.splitlines()) <= 90
    assert "--encoding UTF8" in PAGE  # a cluster made without a locale has another one
    assert {name for name in names if name not in PAGE} <= {"pilots-nightly.timer"}
    assert "config/deploy/README.md" in (settings.BASE_DIR / "README.md").read_text()


def test_lock_has_what_the_project_asks_for_and_its_hashes_alone():
    project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())["project"]
    locked = dict(re.findall(r"(?m)^([\w.-]+)(?:\[\w+\])?==(\S+)", LOCK))
    asked = [Requirement(line) for line in project["dependencies"] + project["optional-dependencies"]["server"]]

    assert {
        str(line) for line in asked if locked.get(canonicalize_name(line.name), "") not in line.specifier
    } == set()
    assert len(re.findall(r"(?m)==\S+.*\\\n    --hash=sha256:", LOCK)) == len(locked)
    assert "http" not in LOCK


def test_example_of_the_environment_is_understood():
    example = dict(re.findall(r"(?m)^([A-Z_]+)=(.*)$", (DEPLOY / "pilots.env").read_text()))
    backups = example.pop("BACKUPS")

    values = read(**example | {"SECRET_KEY": "0123456789abcdef" * 2})

    assert backups.startswith("/")
    assert set(example) <= set(NAMES)
    assert (values["HTTPS"], values["BEHIND_PROXY"], values["REQUIRE_MFA"]) == (True, True, True)


@pytest.mark.parametrize("path", sorted(DEPLOY.glob("*.service")), ids=lambda path: path.name)
def test_unit_runs_commands_that_there_are(path):
    commands = re.findall(r"(?m)^ExecStart=\S+/python manage\.py (\w+)", path.read_text())

    assert commands
    assert set(commands) <= set(get_commands())
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.read_string(path.read_text())
    assert unit["Service"]["UMask"] == "0077"
    assert "tell_officials" not in commands[:-1]  # a mail server that is away leaves nothing else undone


def test_nginx_bounds_what_is_sent_as_the_site_does():
    text = (DEPLOY / "nginx.conf").read_text()
    sizes = {"k": 1 << 10, "m": 1 << 20}

    said = {int(number) * sizes[unit] for number, unit in re.findall(r"client_max_body_size (\d+)([km]);", text)}
    assert said == set(rsgi.BODY_BYTES.values())
    assert "proxy_cache_path /var/cache/pilots " in text  # nginx makes the last folder alone
    assert "proxy_cache_lock" not in text  # what isn't kept, as /text-size.css, would be answered one by one
    assert f"client_body_timeout {rsgi.PAUSE_SECONDS}s;" in text
    assert f"send_timeout {rsgi.UNREAD_SECONDS}s;" in text


def test_containers_name_settings_that_there_are():
    site = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]["site"]

    assert set(site["environment"]) <= set(NAMES)
    copied = re.findall(r"(?m)^COPY (\w+) \1$", (DEPLOY / "Containerfile").read_text())
    assert sorted(copied) == ["config", "fixtures", "pilots", "static", "templates"]
    assert all(os.path.isdir(settings.BASE_DIR / name) for name in copied)
