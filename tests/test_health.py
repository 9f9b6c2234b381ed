import pytest
from django.db import OperationalError
from django.db.migrations.recorder import MigrationRecorder

from pilots.models import Notice, Region

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_is_ok_and_never_cached(client, path):
    response = client.get(path)

    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    assert "no-store" in response.headers["Cache-Control"]


def test_alive_takes_no_query(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        client.get("/healthz")


def test_not_ready_without_the_record(client):
    Region.objects.all().delete()

    response = client.get("/readyz")

    assert (response.status_code, response.json()["reason"]) == (503, "record")
    assert "no-store" in response.headers["Cache-Control"]


def test_not_ready_with_a_migration_that_is_not_applied(client):
    MigrationRecorder.Migration.objects.filter(app="pilots").delete()

    assert client.get("/readyz").json()["reason"] == "migrations"
    assert client.get("/healthz").status_code == 200


def test_not_ready_without_the_database(client, monkeypatch):
    def refuse(**conditions):
        raise OperationalError("connection refused")

    monkeypatch.setattr(Notice.objects, "filter", refuse)

    assert client.get("/readyz").json()["reason"] == "database"


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_is_read_only(client, path):
    assert client.post(path).status_code == 405
