"""Who changed what, from what to what, why; and nobody can change that."""

import json
import shutil

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection, models, transaction

from pilots.history import append_only
from pilots.models import Division, Edit, HistoryEntry, Priority, Province, Region, Signature, editing
from pilots.record import checks
from pilots.record.loading import load

from . import factories as make

pytestmark = pytest.mark.django_db


def region(serial=1):
    return Region.objects.get(serial=serial)


def lines(entry):
    return [(line["label"], line["before"], line["after"]) for line in entry.lines]


def test_saving_is_recorded_with_who_from_where_and_why(admin_user):
    row = region()
    row.open_points = "补充说明"

    with editing(actor=admin_user, remote_addr="192.0.2.7", reason="更正说明"):
        row.save()

    entry = HistoryEntry.objects.get()
    assert (entry.edit.actor, entry.edit.remote_addr, entry.edit.reason) == (admin_user, "192.0.2.7", "更正说明")
    assert lines(entry) == [("通知未列明", "", "补充说明")]
    assert (entry.edit.subject_kind, entry.edit.subject_id, entry.is_public) == ("region", row.pk, True)


def test_saving_nothing_new_is_not_recorded():
    region().save()

    assert not HistoryEntry.objects.exists()


def test_values_are_recorded_in_words_and_as_they_are():
    row = region()
    row.kind, row.province, row.renamed_on = "county", Province.objects.get(slug="hebei"), "2026-09-05"
    row.name_now, row.renaming, row.renaming_source = "某市", "某区改名", "某文"

    row.save()

    entry = HistoryEntry.objects.get()
    assert lines(entry) == [
        ("类型", "直辖市辖区", "县"),
        ("所在省级单位", "北京市", "河北省"),
        ("现名", "北京市怀柔区", "某市"),
        ("更名批准日期", "", "2026年9月5日"),
        ("更名情况", "", "某区改名"),
        ("更名的出处", "", "某文"),
    ]
    assert entry.before("province") == Province.objects.get(slug="beijing").pk


def test_making_and_deleting_are_recorded_with_all_that_was_there():
    row = make.make_priority(region=region(), number=9)
    row.delete()

    deleted, made = HistoryEntry.objects.all()
    assert (made.action, deleted.action) == (HistoryEntry.Action.CREATE, HistoryEntry.Action.DELETE)
    assert ("展示文本", "", "建立制度") in lines(made)
    assert ("展示文本", "建立制度", "") in lines(deleted)
    assert {entry.edit.subject_id for entry in (made, deleted)} == {region().pk}


def test_cascade_is_recorded_row_by_row():
    row = region()
    parts = ("priorities", "aliases", "divisions", "documents", "indicators", "mechanisms", "projects")
    count = sum(getattr(row, part).count() for part in parts) + 1

    row.delete()

    plain = HistoryEntry.objects.filter(action=HistoryEntry.Action.DELETE)
    assert plain.count() == count
    assert set(plain.values_list("edit__subject_kind", flat=True)) == {"region"}


LINK_WAYS = {
    "add": lambda row, topic: row.topics.add(topic),
    "reverse add": lambda row, topic: topic.priorities.add(row),
}


@pytest.mark.parametrize("way", LINK_WAYS)
def test_link_is_recorded_from_either_end(way):
    row, topic = make.make_priority(region=region(), number=9), make.make_topic(name="新主题")

    LINK_WAYS[way](row, topic)
    entry = HistoryEntry.objects.first()
    topic.priorities.clear()
    cleared = HistoryEntry.objects.first()

    assert lines(entry) == [("主题", "", "新主题")]
    assert lines(cleared) == [("主题", "新主题", "")]
    assert entry.object_id == cleared.object_id == row.pk
    assert cleared.before("topics") == [topic.pk]


def test_links_that_stay_are_not_recorded():
    row = Priority.objects.filter(topics__isnull=False).first()

    row.topics.set(row.topics.all())
    row.topics.add(row.topics.first())

    assert not HistoryEntry.objects.exists()


@pytest.mark.parametrize(
    ("make_change", "is_public"),
    [
        (lambda: setattr_and_save(region(), "internal_note", "线索"), False),
        (lambda: setattr_and_save(Priority.objects.first(), "classification_note", "考虑"), False),
        (lambda: setattr_and_save(Division.objects.filter(verification="unverified").first(), "remark", "x"), False),
        (
            lambda: setattr_and_save(Region.objects.exclude(name_now_status="verified").first(), "name_now", "x"),
            False,
        ),
        (lambda: region().aliases.create(name="某", kind="common"), False),
        (lambda: setattr_and_save(Division.objects.filter(verification="verified")[0], "remark", "x"), True),
        (lambda: setattr_and_save(Signature.objects.first(), "name", "某部"), True),
    ],
)
def test_only_what_readers_may_see_is_public(make_change, is_public):
    make.overwrite(Division.objects.filter(pk=Division.objects.last().pk), verification="unverified")

    make_change()

    assert [entry.is_public for entry in HistoryEntry.objects.all()] == [is_public]


def setattr_and_save(row, name, value):
    setattr(row, name, value)
    row.save()


@pytest.fixture
def changed_fixtures(tmp_path):
    """The fixtures, in which the open_points of the first area is another one."""
    folder = tmp_path / "fixtures"
    shutil.copytree(settings.BASE_DIR / "fixtures", folder)
    path = folder / "regions.json"
    rows = json.loads(path.read_text())
    rows[0]["fields"]["open_points"] = "另一个说明"
    path.write_text(json.dumps(rows, ensure_ascii=False))
    return folder


def test_first_load_is_not_recorded_and_a_later_one_is(changed_fixtures):
    assert Region.objects.count() == 45
    assert not HistoryEntry.objects.exists()

    load(changed_fixtures)

    entry = HistoryEntry.objects.get()
    assert (entry.edit.actor, entry.edit.reason) == (None, "随站点数据更新")
    assert lines(entry)[0][0] == "通知未列明"


REWRITES = {
    "update": lambda: HistoryEntry.objects.update(object_repr="x"),
    "delete": lambda: HistoryEntry.objects.all().delete(),
    "raw update": lambda: run("UPDATE pilots_historyentry SET object_repr = 'x'"),
    "raw delete": lambda: run("DELETE FROM pilots_historyentry"),
    "save": lambda: setattr_and_save(HistoryEntry.objects.get(), "object_repr", "x"),
    "reason": lambda: Edit.objects.update(reason="x"),
    "raw reason": lambda: run("UPDATE pilots_edit SET reason = 'x'"),
    "reason saved": lambda: setattr_and_save(Edit.objects.get(), "reason", "x"),
    "raw delete of an edit": lambda: run("DELETE FROM pilots_edit"),
    "in place of": {
        "sqlite": lambda: run(
            "INSERT OR REPLACE INTO pilots_historyentry SELECT * FROM pilots_historyentry"  # every key is taken
        ),
        "postgresql": lambda: run("SET CONSTRAINTS ALL IMMEDIATE; TRUNCATE pilots_historyentry"),
    }[connection.vendor],
}


def run(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize("way", REWRITES)
def test_history_is_never_rewritten(way):
    setattr_and_save(region(), "open_points", "补充")

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        REWRITES[way]()

    entry = HistoryEntry.objects.get()
    assert (entry.object_repr, entry.edit.reason) == (str(region()), "")


def test_people_with_history_can_not_be_deleted(admin_user):
    with editing(actor=admin_user):
        setattr_and_save(region(), "open_points", "补充")

    with pytest.raises(models.ProtectedError):
        admin_user.delete()


def test_missing_triggers_are_reported_and_put_back_by_migrate():
    assert append_only.problems() == []
    append_only.remove()
    assert "修改历史缺少防改写的触发器：请运行 migrate。" in checks.problems()

    call_command("migrate", verbosity=0)

    assert append_only.problems() == []
