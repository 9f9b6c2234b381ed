"""From where the admin may be reached, and whose address counts."""

from ipaddress import ip_network

import pytest
from django.test import Client, RequestFactory

from pilots.http.networks import address_of

from . import factories as make
from .visits import ROUTES

pytestmark = pytest.mark.django_db
CLOSED = "管理后台只对指定的网络开放。"
BEHIND = sorted(f"/{route}" for route in ROUTES if route.startswith(("admin/", "accounts/")) and "<" not in route)


@pytest.fixture
def networks(settings):
    """The admin is for two networks and one address."""
    settings.ADMIN_ADDRESSES = [ip_network(text) for text in ("10.1.0.0/16", "2001:db8::/32", "203.0.113.8")]


@pytest.mark.parametrize("address", ["10.1.255.255", "203.0.113.8", "2001:db8:ffff::1", "::ffff:10.1.0.1"])
def test_admin_opens_to_its_networks(networks, address):
    client = Client(REMOTE_ADDR=address)

    assert client.get("/accounts/login/").status_code == 200
    assert client.get("/admin/").status_code == 302


@pytest.mark.once
@pytest.mark.parametrize(
    "address", ["10.2.0.0", "203.0.113.9", "2001:db9::", "::1", "127.0.0.1", "", "unix", "fe80::1%eth0"]
)
def test_admin_is_closed_to_others(networks, address):
    client = Client(REMOTE_ADDR=address)
    client.force_login(make.make_official("管", "管理员"))

    for path in ("/admin/", "/accounts/login/", "/admin/nope/"):
        response = client.get(path)
        assert (response.status_code, CLOSED in response.text) == (403, True)
        assert "no-store" in response.headers["Cache-Control"]
    assert client.get("/").status_code == client.get("/regions/").status_code == 200


@pytest.mark.once
def test_every_address_behind_the_sign_in_is_closed(networks, client):
    assert len(BEHIND) > 60

    for path in BEHIND:
        assert client.get(path).status_code == client.post(path, {"login": "x"}).status_code == 403, path


def test_proxy_is_believed_only_where_it_is_trusted(networks, settings):
    client = Client(REMOTE_ADDR="192.0.2.1")
    from_within = {"HTTP_X_FORWARDED_FOR": "9.9.9.9, 10.1.2.3"}
    assert client.get("/accounts/login/", **from_within).status_code == 403

    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

    assert client.get("/accounts/login/", **from_within).status_code == 200
    assert client.get("/accounts/login/", HTTP_X_FORWARDED_FOR="10.1.2.3, 9.9.9.9").status_code == 403


def test_admin_is_open_where_no_networks_are_set(settings):
    assert settings.ADMIN_ADDRESSES == []
    assert Client(REMOTE_ADDR="").get("/accounts/login/").status_code == 200


@pytest.mark.parametrize(
    ("text", "address"),
    [("192.0.2.1", "192.0.2.1"), ("::ffff:192.0.2.1", "192.0.2.1"), ("FE80::1%eth0", "fe80::1"), ("x", None)],
)
def test_address_is_written_in_one_way(text, address):
    assert address_of(RequestFactory().get("/", REMOTE_ADDR=text)) == address
