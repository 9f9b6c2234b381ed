"""The whole record is loaded once per test database; a test that wants its own data asks for `bare`."""

import fcntl
import gc
import os
import shutil
import sqlite3
import sys
from contextlib import closing

import pytest
from auditlog.context import disable_auditlog
from django.conf import settings
from django.core.management.utils import get_random_secret_key
from django.db import connection, transaction
from django.db.backends.base.creation import BaseDatabaseCreation
from django.db.models import QuerySet
from django.template import RequestContext, Template
from django.test import Client, TransactionTestCase
from hypothesis import settings as profile
from xdist.scheduler import LoadScopeScheduling

from pilots.exports import offline
from pilots.history import append_only
from pilots.record.loading import load

from .loads import FIXTURES
from .processes import of
from .serving import EDITS, make, served

sys.modules["rfc3987_syntax"] = None  # jsonschema's grammars take a second to make; no schema here has IRIs
ALONE = {"tests/browser/test_admin.py"}  # divided between all processes


def pytest_configure(config):
    if os.environ.get("CI") == "true" and "DATABASE_URL" not in os.environ:
        raise pytest.UsageError("CI=true: name the database in DATABASE_URL, once SQLite and once PostgreSQL")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # else each process started here compiles the program anew
    profile.register_profile("untimed", deadline=None)
    profile.load_profile("untimed")
    gc.set_threshold(20_000, 50, 50)  # what tests leave behind is little, and looking for it took a tenth of the time
    settings.SECRET_KEY = get_random_secret_key()
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.WHITENOISE_AUTOREFRESH = True  # no collected files here: look them up where they are written


def pytest_xdist_auto_num_workers():
    """One more than there are cores: tests of browsers, servers and limits wait a good part of their time."""
    return os.cpu_count() + 1


class FileScheduling(LoadScopeScheduling):
    """A file's tests run in one process, which makes once what they share; the files in the order of collection.

    Only the last process begins with files that ask the tests' database: they never wait, the others fill its time.
    """

    def _split_scope(self, nodeid):
        path, _, _ = nodeid.partition("::")
        return nodeid if path in ALONE else path

    def _assign_work_unit(self, node):
        paths = ((scope, settings.BASE_DIR / scope.partition("::")[0]) for scope in self.workqueue)
        asking = (scope for scope, path in paths if "django_db" in path.read_text())
        if node is self.nodes[-1] and (scope := next(asking, None)):
            self.workqueue.move_to_end(scope, last=False)
        super()._assign_work_unit(node)


def pytest_xdist_make_scheduler(config, log):
    config.option.loadscopereorder = False
    return FileScheduling(config, log)


def pytest_collection_modifyitems(items):
    """What has no database here (browsers, servers) takes longest and comes first; what empties one comes last."""

    def order(item):
        empties = "transactional_db" in item.fixturenames and connection.vendor != "sqlite"
        return empties, item.get_closest_marker("django_db") is not None

    items.sort(key=order)


@pytest.fixture(scope="session")
def loaded(tmp_path_factory):
    """Let one process of a run make SQLite's database with the record; the others copy it, a fiftieth of the work."""
    own = tmp_path_factory.getbasetemp()
    path = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "loaded.sqlite3"
    create = BaseDatabaseCreation.create_test_db

    def copied(self, *args, **kwargs):
        with path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not path.exists():
                name = create(self, *args, **kwargs)
                load(FIXTURES)
                with closing(sqlite3.connect(path)) as copy:
                    self.connection.connection.backup(copy)
                return name
        name = self._get_test_db_name()
        self.connection.close()
        settings.DATABASES[self.connection.alias]["NAME"] = self.connection.settings_dict["NAME"] = name
        self.connection.ensure_connection()
        with closing(sqlite3.connect(path)) as copy:
            copy.backup(self.connection.connection)
        return name

    with pytest.MonkeyPatch.context() as patch:
        if connection.vendor == "sqlite":
            patch.setattr(type(connection.creation), "create_test_db", copied)
        yield


@pytest.fixture(scope="session")
def django_db_setup(loaded, django_db_setup, django_db_blocker):
    if connection.vendor != "sqlite":
        with django_db_blocker.unblock():
            load(FIXTURES)


@pytest.fixture(scope="session")
def restored(django_db_setup, django_db_blocker):
    """SQLite's database is as it was loaded, also after a test that commits; others are left empty by it."""
    if connection.vendor != "sqlite":
        yield False
        return
    with closing(sqlite3.connect(":memory:")) as copy, pytest.MonkeyPatch.context() as patch:
        with django_db_blocker.unblock():
            connection.ensure_connection()
            connection.connection.backup(copy)
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda self: copy.backup(connection.connection))
        yield True


@pytest.fixture(scope="module")
def db_of_module(django_db_setup, django_db_blocker):
    """A transaction around a module's tests: what its fixtures write is written once, and gone after the last."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def committed_record(restored, transactional_db):
    """The whole record in a database that other threads and connections see."""
    if not restored:
        load(FIXTURES)


@pytest.fixture(scope="session", autouse=True)
def data_folder(tmp_path_factory):
    """What tests make and keep is not the site's that is tried out here."""
    settings.DATA_DIR = tmp_path_factory.mktemp("data")


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """The folder with what quickstart makes, one for all processes of a run: to copy, not to write in."""
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "made"
    make(folder)
    return folder


@pytest.fixture(scope="session")
def site(made, tmp_path_factory):
    """The address of the site as production serves it, with the whole record; for tests that only read."""
    with served(tmp_path_factory.mktemp("site"), made) as address:
        yield address


@pytest.fixture(scope="session")
def workshop(made, tmp_path_factory):
    """The same with DEBUG on, for pages that readers never see."""
    with served(tmp_path_factory.mktemp("workshop"), made, DEBUG="1") as address:
        yield address


@pytest.fixture(scope="session")
def edited(made, tmp_path_factory):
    """The site after people corrected and withdrew something."""
    with served(tmp_path_factory.mktemp("edited"), made, script=EDITS) as address:
        yield address


@pytest.fixture
def address(request):
    """Return the function from a place (tests/pages.py) to its whole address, on the server that has it."""
    return lambda place: request.getfixturevalue(place.server) + place.path


@pytest.fixture(scope="session", autouse=True)
def pack_is_made_here():
    """Another process doesn't see the database of a test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(offline, "prepared", offline.packed)
        yield


@pytest.fixture(scope="session", autouse=True)
def history_can_be_emptied():
    """The history refuses to be emptied, also between tests: only there, its triggers step aside and come back."""
    operations = type(connection.ops)
    flush = operations.execute_sql_flush

    def without_triggers(self, statements):
        append_only.remove()
        flush(self, statements)
        append_only.install()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(operations, "execute_sql_flush", without_triggers)
        yield


@pytest.fixture(scope="session", autouse=True)
def responses_keep_the_context_of_their_page():
    """Not of each part of it and of each of a thousand widgets: telling of those took a third of a form's time."""
    tell_and_render = Template._render

    def render(self, context):
        is_page = context.template is self and isinstance(context, RequestContext)
        return tell_and_render(self, context) if is_page else self.nodelist.render(context)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Template, "_render", render)
        yield


@pytest.fixture
def bare(db):
    """A database without the record: only what the test makes."""
    from pilots import models

    with disable_auditlog():
        models.Region.objects.all().delete()
        for model in (models.Notice, models.Ministry, models.System, models.Topic, models.LoadedRow):
            model.objects.all().delete()
        models.Province.objects.exclude(parent=None).delete()
        models.Province.objects.all().delete()


@pytest.fixture
def alone(db):
    """Return a function that opens a row's form for somebody, 张 unless told."""

    def opened(row, name="张"):
        from .forms import Person, address, official

        return Person(Client(), official(name), address(row))

    return opened


@pytest.fixture
def pair(alone):
    """Return a function that opens a row's form for two people, 张 and 李."""
    return lambda row: [alone(row, name) for name in ("张", "李")]


@pytest.fixture
def locks(monkeypatch):
    """A row is locked inside a transaction of the request, on SQLite too, which would forgive it."""
    lock = QuerySet.select_for_update
    ours = len(connection.atomic_blocks) + 1

    def checked(self, *args, **kwargs):
        if len(connection.atomic_blocks) <= ours:
            raise transaction.TransactionManagementError("select_for_update outside of a transaction")
        return lock(self, *args, **kwargs)

    monkeypatch.setattr(QuerySet, "select_for_update", checked)


@pytest.fixture
def fixtures(tmp_path):
    """A copy of the fixtures that a test may change."""
    for path in FIXTURES.glob("*.json"):
        shutil.copy(path, tmp_path)
    return tmp_path


@pytest.fixture
def environment(tmp_path):
    return of(tmp_path / "data")


@pytest.fixture(scope="module")
def made_before(made, tmp_path_factory):
    """What quickstart makes, for the tests of one module."""
    return shutil.copytree(made, tmp_path_factory.mktemp("quickstart") / "data")
