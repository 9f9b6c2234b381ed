import os

import pytest

from pilots.backup import postgresql
from pilots.backup.manifest import BackupError


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Let only these programs be on the machine: each in a folder of its own, saying its version."""
    monkeypatch.setattr(postgresql, "FOLDERS", (str(tmp_path / "*" / "bin"),))
    monkeypatch.setenv("PATH", str(tmp_path / "none"))

    def install(name, version, folder):
        path = tmp_path / folder / "bin" / name
        path.parent.mkdir(parents=True)
        path.write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) {version}'\n")
        path.chmod(0o755)
        return str(path)

    return install


def test_program_of_the_servers_version_is_taken(install):
    install("pg_dump", "14.20", "a")
    right = install("pg_dump", "15.18 (Debian 15.18-0+deb12u1)", "b")
    install("pg_dump", "17.1", "c")

    assert postgresql.find("pg_dump", 15).path == right


def test_program_on_the_search_path_is_found(install, monkeypatch):
    right = install("pg_dump", "15.18", "a")
    monkeypatch.setattr(postgresql, "FOLDERS", ())
    monkeypatch.setenv("PATH", os.path.dirname(right))

    assert postgresql.find("pg_dump", 15).path == right


def test_newer_program_will_do_where_there_is_none_of_the_servers_version(install):
    install("pg_dump", "18beta1", "a")
    nearest = install("pg_dump", "17.1", "b")

    assert postgresql.find("pg_dump", 15).path == nearest


def test_missing_program_is_told():
    with pytest.raises(BackupError, match="找不到 pg_nothing：请安装 PostgreSQL 15"):
        postgresql.find("pg_nothing", 15)


def test_program_older_than_the_server_is_told(install):
    install("pg_dump", "9.6.24", "a")
    install("pg_dump", "14.20", "b")

    with pytest.raises(BackupError, match=r"14\.20 比服务器（15）旧"):
        postgresql.find("pg_dump", 15)


def test_program_finds_everything_in_its_environment():
    database = {
        "NAME": "n",
        "HOST": "h",
        "PORT": 5,
        "USER": "u",
        "PASSWORD": "geheim",
        "OPTIONS": {"sslmode": "require"},
    }

    given = postgresql.environment(database)

    wanted = {"PGDATABASE": "n", "PGHOST": "h", "PGPORT": "5", "PGUSER": "u", "PGPASSWORD": "geheim"}
    assert wanted.items() <= given.items()
    assert given["PGSSLMODE"] == "require"


def test_password_is_not_on_the_command_line(tmp_path):
    script, seen = tmp_path / "pg_dump", tmp_path / "seen"
    script.write_text(f'#!/bin/sh\necho "$@" > {seen}\nenv | grep ^PGPASSWORD >> {seen}\n')
    script.chmod(0o755)

    postgresql.run(postgresql.Tool(15, str(script), ""), {"NAME": "n", "PASSWORD": "geheim"}, "--format=custom")

    assert seen.read_text().splitlines() == ["--no-password --format=custom", "PGPASSWORD=geheim"]


def test_failing_program_is_quoted(tmp_path):
    script = tmp_path / "pg_dump"
    script.write_text("#!/bin/sh\necho 'pg_dump: error: no' >&2\nexit 1\n")
    script.chmod(0o755)

    with pytest.raises(BackupError, match="pg_dump 没有完成（pg_dump: error: no）"):
        postgresql.run(postgresql.Tool(15, str(script), ""), {"NAME": "n"})
