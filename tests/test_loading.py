import json
from io import StringIO

import pytest
from auditlog.context import disable_auditlog
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from pilots.backup.manifest import connected
from pilots.models import Alias, LoadedRow, Priority, Province, Region, Topic
from pilots.record import loading
from pilots.search import facet_sets
from pilots.search.gazetteer import gazetteer

from . import factories as make
from .loads import FIXTURES, change

pytestmark = pytest.mark.django_db


def drop(folder, fixture, **key):
    path = folder / f"{fixture}.json"
    rows = [row for row in json.loads(path.read_text()) if not key.items() <= row["fields"].items()]
    path.write_text(json.dumps(rows))


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*.json")), ids=lambda path: path.stem)
def test_every_text_fits_its_column(path):
    """SQLite would take any length, PostgreSQL refuses the load."""
    rows = [row for row in json.loads(path.read_text()) if "model" in row]
    fields = [
        (apps.get_model(row["model"])._meta.get_field(name), text)
        for row in rows
        for name, text in row["fields"].items()
    ]

    assert not [
        text for field, text in fields if isinstance(text, str) and len(text) > (field.max_length or len(text))
    ]


def snapshot():
    """Every row of every table that is loaded, with its links."""
    rows = []
    for model in loading.FIXTURES:
        rows += list(model.objects.order_by("pk").values())
        for many in model._meta.many_to_many:
            rows += list(many.remote_field.through.objects.order_by("pk").values())
    return [*rows, *LoadedRow.objects.order_by("pk").values()]


def test_second_load_changes_nothing():
    before = snapshot()

    report = loading.load(FIXTURES)

    assert snapshot() == before
    assert (report.created, report.updated, report.preserved, report.absent) == ([], [], [], [])


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite locks all or nothing")
def test_load_that_changes_nothing_waits_for_nobody_who_saves():
    """An instance that comes back while officials save; each would wait for the other."""
    with connected(connection.settings_dict) as other, transaction.atomic(), other.cursor() as cursor:
        other.set_autocommit(False)
        for model in loading.FIXTURES:
            cursor.execute(f"SELECT 1 FROM {model._meta.db_table} FOR UPDATE")
        connection.cursor().execute("SET LOCAL lock_timeout = '1s'")

        assert loading.load(FIXTURES).updated == []


def test_load_keeps_edits_and_deletions():
    region = Region.objects.get(serial=1)
    region.remark = "官员补充。"
    region.save()
    Priority.objects.get(region__serial=2, number=3).delete()
    Region.objects.get(serial=26).priorities.get(number=1).topics.clear()
    before = snapshot()

    report = loading.load(FIXTURES)

    assert snapshot() == before
    assert report.preserved == ['先行示范地区 ["beijing-huairou"] 说明', '制度创新重点 ["hubei-jingzhou", 1] 主题']
    assert report.absent == ['制度创新重点 ["tianjin-jinghai", 3]']


def test_deleted_region_stays_deleted_with_all_that_hung_on_it():
    Region.objects.get(serial=1).delete()

    report = loading.load(FIXTURES)

    assert not Region.objects.filter(serial=1).exists()
    assert len(report.absent) == 1 + 3 + 1 + 3 + 5
    assert report.created == []


def test_field_is_rewritten_while_it_holds_what_the_last_load_wrote(fixtures):
    change(fixtures, "regions", {"serial": 1}, remark="新的说明。", name_now="改")
    make.overwrite(Region.objects.filter(serial=1), name_now="官员改的")

    report = loading.load(fixtures)

    region = Region.objects.get(serial=1)
    assert region.remark == "新的说明。"
    assert region.name_now == "官员改的"
    assert len(report.updated) == 1
    assert len(report.preserved) == 1


def test_edited_field_is_kept_however_often_the_fixture_changes(fixtures):
    make.overwrite(Region.objects.filter(serial=1), remark="官员改的")
    for text in ("一", "二", "三"):
        change(fixtures, "regions", {"serial": 1}, remark=text)
        loading.load(fixtures)

    assert Region.objects.get(serial=1).remark == "官员改的"


def test_field_edited_back_is_followed_again(fixtures):
    region = Region.objects.get(serial=1)
    make.overwrite(Region.objects.filter(serial=1), remark="官员改的")
    loading.load(fixtures)
    make.overwrite(Region.objects.filter(serial=1), remark=region.remark)
    change(fixtures, "regions", {"serial": 1}, remark="新的说明。")

    loading.load(fixtures)

    assert Region.objects.get(serial=1).remark == "新的说明。"


def test_place_is_asked_by_its_new_name_once_it_is_loaded(fixtures):
    places = gazetteer(facet_sets.current())
    path = fixtures / "gazetteer.json"
    path.write_text(path.read_text().replace('"安吉县"]', '"某县"]'))

    loading.load(fixtures)

    assert "某县" not in places.by_name
    assert "某县" in gazetteer(facet_sets.current()).by_name


def test_links_are_followed_and_kept_like_fields(fixtures):
    change(fixtures, "priorities", {"region": ["beijing-huairou"], "number": 1}, topics=[["rule-of-law"]])
    change(fixtures, "priorities", {"region": ["beijing-huairou"], "number": 2}, topics=[["rule-of-law"]])
    edited = Priority.objects.get(region__serial=1, number=2)
    edited.topics.set([Topic.objects.get(slug="use-control")])

    loading.load(fixtures)

    assert [topic.slug for topic in Priority.objects.get(region__serial=1, number=1).topics.all()] == ["rule-of-law"]
    assert [topic.slug for topic in edited.topics.all()] == ["use-control"]


def test_row_is_found_again_after_its_key_was_edited():
    make.overwrite(Region.objects.filter(serial=1), slug="huairou")

    report = loading.load(FIXTURES)

    assert Region.objects.count() == 45
    assert report.preserved == ['先行示范地区 ["beijing-huairou"] 地址名']
    assert Priority.objects.filter(region__slug="huairou").count() == 3


def test_row_made_by_hand_is_adopted_and_not_overwritten(bare):
    Province.objects.create(
        slug="beijing",
        name="北京市",
        short_name="京城",
        kind="municipality",
        pinyin="bei jing shi",
        position=1,
    )

    report = loading.load(FIXTURES)

    assert Province.objects.get(slug="beijing").short_name == "京城"
    assert '省级单位 ["beijing"] 简称' in report.preserved


def test_dry_run_reports_and_writes_nothing(fixtures):
    change(fixtures, "regions", {"serial": 1}, remark="新的说明。")
    before, out = snapshot(), StringIO()

    call_command("load_notice", dry_run=True, fixtures=fixtures, stdout=out)

    assert snapshot() == before
    assert "更新 先行示范地区 [\"beijing-huairou\"] 说明：'' → '新的说明。'" in out.getvalue()
    assert "试运行，未写入" in out.getvalue()


def test_load_into_empty_tables_equals_the_first_load(bare):
    report = loading.load(FIXTURES)

    assert len(report.created) == 671
    assert Region.objects.count() == 45
    assert Priority.objects.count() == 130


@pytest.mark.parametrize("text", ["", "{", "[1]", '[{"model": "pilots.region"}]'])
def test_broken_fixture_is_told_in_one_line_and_writes_nothing(fixtures, text):
    (fixtures / "regions.json").write_text(text)
    change(fixtures, "provinces", {"slug": "beijing"}, short_name="京")

    with pytest.raises(CommandError, match=r"regions\.json"):
        call_command("load_notice", fixtures=fixtures)

    assert Province.objects.get(slug="beijing").short_name == "北京"


def test_missing_fixture_is_told_in_one_line(tmp_path):
    with pytest.raises(CommandError, match=r"notices\.json"):
        call_command("load_notice", fixtures=tmp_path)


def test_fixture_against_a_constraint_names_the_row(fixtures):
    change(fixtures, "regions", {"serial": 2}, serial=1)

    with pytest.raises(CommandError, match="tianjin-jinghai"):
        call_command("load_notice", fixtures=fixtures)


@pytest.mark.once
def test_every_loaded_row_passes_full_clean():
    for model in loading.FIXTURES:
        for row in model.objects.all():
            row.full_clean()


@pytest.mark.parametrize(
    "fields", [{}, {"slug": "x", "colour": "red"}, {"slug": "x", "issued_on": "yesterday"}, [], None]
)
def test_row_that_is_not_what_the_model_needs_is_told_in_one_line(fixtures, fields):
    (fixtures / "notices.json").write_text(json.dumps([{"model": "pilots.notice", "fields": fields}]))

    with pytest.raises(CommandError, match="载入通知："):
        call_command("load_notice", fixtures=fixtures)


def test_row_that_the_fixtures_no_longer_have_goes(fixtures):
    drop(fixtures, "aliases", name="平谷区")
    drop(fixtures, "citations", position=5)

    report = loading.load(fixtures)

    assert report.removed == ['别名 ["jing-jin-ji", "平谷区"]', '引用文件 ["fagai-huanzi-2015-3214", 5]']
    assert not Alias.all_objects.filter(name="平谷区").exists()
    assert "移除 2 行" in report.summary()
    assert loading.load(fixtures).removed == []
    assert '别名 ["jing-jin-ji", "平谷区"]' in loading.load(FIXTURES).created


@pytest.mark.parametrize(
    "edit", [{"kind": "common"}, {"name": "平谷"}, {"withdrawn_on": "2026-01-01", "withdrawn_reason": "有误"}]
)
def test_row_that_somebody_edited_stays_when_the_fixtures_drop_it(fixtures, edit):
    row = Alias.objects.get(name="平谷区")
    make.overwrite(Alias.objects.filter(pk=row.pk), **edit)
    drop(fixtures, "aliases", name="平谷区")

    report = loading.load(fixtures)

    assert Alias.all_objects.filter(pk=row.pk, **edit).exists()
    assert report.removed == []
    assert report.preserved == ['别名 ["jing-jin-ji", "平谷区"]（数据文件已不再有，仍保留）']


def test_row_made_by_hand_stays_though_no_fixture_has_it(fixtures):
    Alias.objects.create(region=Region.objects.get(serial=38), name="西安国际港务区", kind="common")

    loading.load(fixtures)

    assert Alias.objects.filter(name="西安国际港务区").exists()


def test_row_that_others_refer_to_stays_when_the_fixtures_drop_it(fixtures):
    drop(fixtures, "topics", slug="rule-of-law")
    path = fixtures / "priorities.json"
    path.write_text(path.read_text().replace('"rule-of-law"', '"use-control"'))
    Priority.objects.get(region__serial=1, number=1).topics.add(Topic.objects.get(slug="rule-of-law"))

    report = loading.load(fixtures)

    assert Topic.objects.filter(slug="rule-of-law").exists()
    assert report.removed == []


@pytest.mark.parametrize(("serial", "name"), [(38, "西安国际港务区"), (4, "廊坊市"), (22, "青岛高新区")])
def test_name_that_is_none_of_the_area_is_gone_from_a_loaded_record(client, serial, name):
    region = Region.objects.get(serial=serial)
    with disable_auditlog():
        row = Alias.objects.create(region=region, name=name, kind="common")
    hashes = {"region": region.pk, "name": name, "kind": "common"}
    key = json.dumps([region.slug, name], ensure_ascii=False)
    LoadedRow.objects.create(
        model="alias", key=key, object_id=row.pk, hashes={n: loading.hashed(v) for n, v in hashes.items()}
    )
    assert name in client.get("/regions/", {"q": name}).text

    loading.load(FIXTURES)

    assert f"通称：{name}" not in client.get("/regions/", {"q": name}).text
    assert not Alias.all_objects.filter(pk=row.pk).exists()
