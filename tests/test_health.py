from io import StringIO

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder

from pilots.accounts import encryption
from pilots.history import append_only
from pilots.management.commands import quickstart
from pilots.models import Notice, Region

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_is_ok_and_never_cached(client, path):
    response = client.get(path)

    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
@pytest.mark.parametrize("host", ["10.0.0.5:8000", "[fd00::5]", "pod-7", "a b"])
def test_probes_are_answered_at_any_address(client, settings, path, host):
    settings.ALLOWED_HOSTS = ["example.cn"]

    assert client.get(path, headers={"host": host}).status_code == 200
    assert client.get("/about/", headers={"host": host}).status_code == 400


def test_instance_with_another_key_is_not_ready(client, settings, monkeypatch):
    encryption.mark()
    assert client.get("/readyz").status_code == 200

    settings.SECRET_KEY, site_key = "another-key-of-32-characters-0123456789", settings.SECRET_KEY
    encryption.mark()  # it starts: the first one's key stays the site's
    response = client.get("/readyz")
    assert (response.status_code, response.json()["reason"]) == (503, "key")
    monkeypatch.setattr(quickstart, "call_command", lambda *arguments, **options: None)
    quickstart.Command(stderr=(said := StringIO())).migrate()  # what it says where it starts
    assert said.getvalue().startswith("SECRET_KEY 与本站别的实例的不同")
    assert response.json()["remedy"] == "manage.py encrypt_second_steps"

    settings.SECRET_KEY_FALLBACKS = [site_key]
    assert client.get("/readyz").status_code == 200
    call_command("encrypt_second_steps", stdout=StringIO())
    settings.SECRET_KEY_FALLBACKS = []
    assert client.get("/readyz").status_code == 200
    settings.SECRET_KEY = site_key
    assert client.get("/readyz").json()["reason"] == "key"


def test_key_is_marked_again_where_the_cache_was_emptied(client, settings):
    encryption.mark()
    cache.clear()
    assert client.get("/readyz").status_code == 200

    settings.SECRET_KEY = "another-key-of-32-characters-0123456789"

    assert client.get("/readyz").json()["reason"] == "key"


def test_alive_takes_no_query(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        client.get("/healthz")


@pytest.mark.once
def test_not_ready_without_the_record(client):
    Region.objects.all().delete()

    response = client.get("/readyz")

    assert (response.status_code, response.json()["reason"]) == (503, "record")
    assert "no-store" in response.headers["Cache-Control"]


def test_not_ready_with_a_migration_that_is_not_applied(client):
    MigrationRecorder.Migration.objects.filter(app="pilots").delete()

    assert client.get("/readyz").json()["reason"] == "migrations"
    assert client.get("/healthz").status_code == 200


def test_not_ready_without_what_keeps_the_history(client):
    append_only.remove()

    assert client.get("/readyz").json()["reason"] == "migrations"
    call_command("migrate", verbosity=0)
    assert client.get("/readyz").status_code == 200


def test_not_ready_with_a_database_that_was_emptied(client):
    MigrationRecorder.Migration.objects.all().delete()

    response = client.get("/readyz")

    assert (response.status_code, response.json()) == (503, {"status": "not ready", "reason": "database"})


HOLES = [
    "DELETE FROM pilots_searchentry WHERE kind = 'topic' AND object_id = (SELECT min(id) FROM pilots_topic)",
    "DELETE FROM pilots_searchentry WHERE kind = 'region'",
    "UPDATE pilots_searchentry SET kind = 'topics' WHERE kind = 'topic'",
]
HOLES_OF_SQLITE = [
    "DROP TRIGGER pilots_searchentry_added",
    "DELETE FROM pilots_searchindex WHERE rowid = (SELECT max(id) FROM pilots_searchentry)",
    "DELETE FROM pilots_searchindex_data WHERE id = 1",  # the averages, which every save writes
    "UPDATE pilots_searchindex_docsize SET sz = x'ff'",
    "UPDATE pilots_searchindex_docsize SET sz = x'ffffffffff' WHERE id = (SELECT max(id) FROM pilots_searchentry)",
]


HOLES_OF_POSTGRESQL = ["DROP INDEX pilots_searchentry_vector", "DROP FUNCTION pilots_search_match"]


@pytest.mark.parametrize(
    "statement", HOLES + (HOLES_OF_SQLITE if connection.vendor == "sqlite" else HOLES_OF_POSTGRESQL)
)
def test_not_ready_with_an_index_that_rows_are_missing_from(client, statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)

    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json() == {"status": "not ready", "reason": "index", "remedy": "manage.py rebuild_search"}
    call_command("rebuild_search", stdout=StringIO())
    assert client.get("/readyz").status_code == 200


def test_not_ready_without_what_the_version_of_the_record_hangs_on(client):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE pilots_searchchange RENAME TO pilots_elsewhere")

    assert client.get("/readyz").json()["reason"] == "index"


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE pilots_region RENAME COLUMN kind_source TO other",
        "ALTER TABLE pilots_alias RENAME TO other",
        "ALTER TABLE pilots_priority_topics RENAME TO other",
        "ALTER TABLE auth_group RENAME COLUMN name TO other",
    ],
)
def test_not_ready_where_a_table_or_column_is_lost(client, statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)

    assert client.get("/readyz").json() == {
        "status": "not ready",
        "reason": "schema",
        "remedy": "manage.py check_record",
    }


@pytest.mark.parametrize("path", ["/regions/beijing-huairou/", "/api/v1/regions/beijing-huairou/"])
def test_page_whose_column_is_lost_is_away(client, path, caplog):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE pilots_region RENAME COLUMN kind_source TO other")
    client.raise_request_exception = False

    assert client.get(path).status_code == 503
    [record] = (record for record in caplog.records if record.name == "django.request")
    assert (record.exc_info, "kind_source" in record.getMessage()) == (None, True)  # a line, not a traceback each


def test_ready_takes_few_queries(client, django_assert_num_queries):
    encryption.mark()  # as quickstart does
    with django_assert_num_queries(8):
        client.get("/readyz")


def test_not_ready_without_the_database(client, monkeypatch):
    def refuse(**conditions):
        raise OperationalError("connection refused")

    monkeypatch.setattr(Notice.objects, "filter", refuse)

    assert client.get("/readyz").json()["reason"] == "database"


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_is_read_only(client, path):
    assert client.post(path).status_code == 405
