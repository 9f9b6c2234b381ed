"""The requested host: one way to write it, and no port that the site isn't reached at."""

import os
import re
from contextlib import closing, suppress

import pytest
from django.core.exceptions import DisallowedHost
from django.test import RequestFactory, override_settings
from hypothesis import example, given
from hypothesis import settings as profile
from hypothesis import strategies as st

from pilots.http.middleware import settle_host

PLACES = ("/", "/changes.atom", "/data/package/datapackage.json", "/api/v1/", "/sitemap.xml")
SPELLINGS = ("localhost", "LocalHost", "localhost.", "localhost:", "localhost:80", "localhost:0080", "LOCALHOST.:443")


pytestmark = [pytest.mark.usefixtures("two_hosts"), pytest.mark.once]


@pytest.fixture(scope="module")
def two_hosts():
    with override_settings(ALLOWED_HOSTS=["localhost", "[::1]"]):
        yield


def canonical(response):
    return re.search(r'rel="canonical" href="([^"]+)"', response.text)[1]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_host_is_written_in_one_way(client, db, spelling):
    assert canonical(client.get("/about/", headers={"host": spelling})) == "http://localhost/about/"


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    "host", ["localhost:99", "localhost.:0", "localhost:99,localhost", "[::1]:8001", "localhost:8000:80", ":8000"]
)
def test_made_up_port_is_400_in_chinese(client, db, place, host):
    response = client.get(place, headers={"host": host}, SERVER_PORT="8000")

    assert response.status_code == 400
    assert re.search("[一-鿿]{4}", response.text)
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("host", ["evil.example", "localhost:99", "a b", "x" * 9000])
def test_file_is_refused_to_other_hosts_as_a_page_is(client, db, host):
    page, file = (client.get(place, headers={"host": host}) for place in ("/about/", "/favicon.ico"))

    assert (file.status_code, file.headers, file.content) == (400, page.headers, page.content)
    with closing(client.get("/favicon.ico", headers={"host": "localhost"})) as icon:
        assert icon.headers["Content-Type"] == "image/x-icon"


@pytest.mark.parametrize("host", ["x", "x" * 9000])
def test_refused_host_leaves_one_short_line(client, db, caplog, host):
    assert client.get("/about/", headers={"host": host}).status_code == 400

    (line,) = caplog.records
    assert (line.name, line.exc_info, len(line.getMessage()) < 100) == ("pilots.requests", None, True)


def test_port_of_the_server_is_allowed_until_others_are_set(client, db, settings):
    ask = {"headers": {"host": "localhost:08000"}, "SERVER_PORT": "8000"}
    assert canonical(client.get("/about/", **ask)) == "http://localhost:8000/about/"

    settings.ALLOWED_PORTS = ["8443"]

    assert client.get("/about/", **ask).status_code == 400
    assert canonical(client.get("/about/", headers={"host": "[::1]:8443"})) == "http://[::1]:8443/about/"
    assert client.get("/about/", headers={"host": "localhost"}).status_code == 200


def hosts_of_all_kinds():
    names = st.sampled_from(
        ["localhost", "LOCALHOST", "localhost.", "[::1]", "[::1].", "evil", "", "a,b", "localhost:1"]
    )
    ports = st.one_of(
        st.just(""), st.text("0123456789", max_size=9).map(lambda port: f":{port}"), st.text(max_size=4)
    )
    return st.one_of(st.tuples(names, ports).map("".join), st.text(max_size=20))


@profile(max_examples=int(os.environ.get("HOST_EXAMPLES", "300")))
@given(hosts_of_all_kinds())
@example("localhost:" + "9" * 5000)
@example("localhost..:8000")
@example("\u212aocalhost")
def test_only_these_origins_ever_stand(host):
    request = RequestFactory().get("/", headers={"host": host}, SERVER_PORT="8000")
    settle_host(lambda request: None)(request)
    with suppress(DisallowedHost):
        assert request.get_host() in ("localhost", "localhost:8000", "[::1]", "[::1]:8000")
