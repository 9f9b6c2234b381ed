"""Addresses of databases and caches: read as they are meant, or refused."""

from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import settings as profile
from hypothesis import strategies as st

from config import connections
from config.environment import SettingError

pytestmark = pytest.mark.apart
WORDS = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=12)


def database(url):
    return connections.database("DATABASE_URL", url, Path("/srv"))


def cache(url):
    return connections.cache("CACHE_URL", url)


@profile(max_examples=200)
@given(WORDS, WORDS, WORDS.filter(lambda word: "/" not in word))
def test_encoded_address_is_read_as_it_is_meant(user, password, name):
    found = database(f"postgres://{quote(user, safe='')}:{quote(password, safe='')}@127.0.0.1:5432/{quote(name)}")

    place = [found[key] for key in ("USER", "PASSWORD", "HOST", "PORT", "NAME")]
    assert place == [user, password, "127.0.0.1", "5432", name]


@profile(max_examples=300)
@given(st.text(st.sampled_from("ab1?#@%/:+&= [],甲"), min_size=1, max_size=10))
@example("1?x")
@example("1/x")
@example("p?x")
@example("p@evil/")
def test_password_that_is_not_encoded_is_taken_as_it_is_or_refused(password):
    try:
        found = database(f"postgres://u:{password}@127.0.0.1:5432/name")
    except SettingError:
        return

    assert [found[key] for key in ("USER", "HOST", "PORT", "NAME")] == ["u", "127.0.0.1", "5432", "name"]
    assert found["PASSWORD"] == password


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("sqlite:////srv/d+1/a%20b%23.sqlite3", {"NAME": "/srv/d+1/a b#.sqlite3"}),
        ("sqlite:////srv/a@b?timeout=2", {"NAME": "/srv/a@b", "OPTIONS": {"timeout": 2.0}}),
        ("sqlite:///data/x", {"NAME": "/srv/data/x"}),
        ("sqlite:///file:x", {"NAME": "/srv/file:x"}),
        ("postgres://u@[::1]:5433/n", {"HOST": "::1", "PORT": "5433", "USER": "u", "PASSWORD": ""}),
        (
            "postgresql://a:1,b:2/n?sslmode=require&connect_timeout=9",
            {
                "HOST": "a,b",
                "PORT": "1,2",
                "OPTIONS": connections.OPTIONS | {"sslmode": "require", "connect_timeout": "9"},
            },
        ),
        ("postgres:////run/postgresql/n", {"HOST": "/run/postgresql", "NAME": "n"}),
        ("postgres://%2Frun%2Fpg/n", {"HOST": "/run/pg", "NAME": "n"}),
        ("postgres://u:p@ss@h/n", {"PASSWORD": "p@ss", "HOST": "h"}),
        (
            "postgres:///n?host=/run/pg&port=1",
            {"HOST": "", "OPTIONS": connections.OPTIONS | {"host": "/run/pg", "port": "1"}},
        ),
        (
            "postgres://u@h/n?options=-c%20datestyle%3DSQL%20-c%20x.y%3D1",
            {"OPTIONS": connections.OPTIONS | {"options": "-c datestyle=SQL -c x.y=1"}},
        ),
        ("postgres://u@h/n?password=x", {"PASSWORD": "", "OPTIONS": connections.OPTIONS | {"password": "x"}}),
        (
            "postgres://h/n?disable_server_side_cursors=on",
            {"DISABLE_SERVER_SIDE_CURSORS": True, "OPTIONS": connections.OPTIONS},
        ),
    ],
)
def test_database_is_the_one_that_is_named(url, expected):
    assert expected.items() <= database(url).items()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgres://u:p?x@h/n", "%3F"),
        ("postgres://u:1/x@h/n", "%2F"),
        ("postgres://u:p#x@h/n", "%23"),
        ("postgres://u:p%x@h/n", "%25"),
        ("postgres://h:99999/n", "端口"),
        ("postgres://h", "数据库名"),
        (f"postgres://h/{'n' * 64}", "63"),
        ("postgres://h/n?x=1", "连接选项"),
        ("postgres://h/n?sslmode", "选项"),
        ("sqlite://data/db", "四条斜线"),
        ("sqlite:///x?mode=ro", "timeout"),
        ("sqlite:/x", "//"),
        ("sqlite://", "四条斜线"),
        ("sqlite://:memory:", "内存"),
        ("sqlite:///:memory:", "内存"),
        ("sqlite:////srv/:memory:", "内存"),
        ("postgres://h/n?host=z", "选项 host "),
        ("postgres://h:1/n?port=2", "选项 port "),
        ("postgres://u@h/n?user=x", "选项 user "),
        ("postgres://u:p@h/n?password=geheim", "选项 password "),
        ("postgres://h/n?dbname=m", "选项 dbname "),
        ("postgres://h/n?client_encoding=foo", "选项 client_encoding "),
        ("postgres://h/n?sslmode=disable&sslmode=require", "各写一次"),
        ("sqlite:///x?timeout=1&timeout=2", "各写一次"),
        ("postgres://甲、乙/n", "域名"),
        ("postgres://“h”/n", "域名"),
        ("u:geheim@h/n", "可用的是"),
    ],
)
def test_database_that_is_not_understood_is_refused(url, words):
    with pytest.raises(SettingError, match=words) as refused:
        database(url)

    assert "geheim" not in str(refused.value)


def test_cache_is_the_one_that_is_named():
    assert cache("rediscache://:p%3F@h:6379/1")["LOCATION"] == "redis://:p%3F@h:6379/1"
    assert cache("rediss://h?key_prefix=x")["KEY_PREFIX"] == "x"
    assert cache("redis:///run/redis.sock")["LOCATION"] == "unix:///run/redis.sock"
    table = cache("dbcache://pilots_cache?max_entries=5")
    assert (table["LOCATION"], table["OPTIONS"]) == ("pilots_cache", {"max_entries": 5})
    assert cache("locmemcache://x")["BACKEND"].endswith("LocMemCache")


@pytest.mark.parametrize(
    "url",
    [
        "memcache://h",
        "redis://h/x",
        "redis://:p?x@h/0",
        "redis://a,b/0",
        "redis://",
        "redis://:1",
        "redis://a、b",
        "dbcache://",
        "dbcache://pilots_cache/x",
        "dbcache://pilots_region",  # a table of the record
        "dbcache://other",
        "x",
    ],
)
def test_cache_that_is_not_understood_is_refused(url):
    with pytest.raises(SettingError):
        cache(url)
