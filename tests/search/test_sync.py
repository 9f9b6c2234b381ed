"""An entry is in step with what it describes, however that was written, in the same transaction."""

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.test.utils import isolate_apps
from selectolax.lexbor import LexborHTMLParser

from pilots import models
from pilots.models import Priority, Province, Region, RegionToVerify, SearchChange, SearchEntry, Topic, together
from pilots.models.recorded import recorded_models
from pilots.models.tracking import Tracked
from pilots.search import documents, index, indexing
from pilots.search.facet_sets import current, places, version
from pilots.search.filters import RegionFilter
from pilots.search.query import search

from .. import factories as make
from ..admin import address, form_data
from ..forms import REASON
from ..queries import typed

pytestmark = pytest.mark.django_db
WORD = "琥珀"  # occurs nowhere in the record


def found(word=WORD):
    filterset = RegionFilter(typed(q=word))
    pks = [filterset.state.pks[place] for place in places(filterset.areas())]
    return sorted(Region.objects.filter(pk__in=pks).values_list("serial", flat=True))


def region(serial=1):
    return Region.objects.get(serial=serial)


def rename_topic():
    topic = Topic.objects.get(slug="rule-of-law")
    topic.name = WORD
    topic.save()


def move_priority():
    line = Priority.objects.get(region__serial=2, number=1)
    line.region, line.number, line.text = region(1), 9, WORD
    line.save()


WAYS = {
    "save": (lambda: setattr_and_save(region(), "name", WORD), [1]),
    "create": (lambda: models.Alias.objects.create(region=region(5), name=WORD, kind="common"), [5]),
    "related manager": (lambda: region(6).aliases.create(name=WORD, kind="common"), [6]),
    "renamed topic": (rename_topic, [16, 21, 30]),
    "renamed system": (
        lambda: setattr_and_save(models.System.objects.get(slug="spatial-planning"), "name", WORD),
        [1, 2, 7, 9, 17, 21, 22, 29, 33, 38],
    ),
    "renamed province": (lambda: setattr_and_save(Province.objects.get(slug="zhejiang"), "short_name", WORD), [18]),
    "renamed unit inside": (lambda: setattr_and_save(Province.objects.get(slug="dalian"), "name", WORD), [9]),
    "division": (lambda: setattr_and_save(region(7).divisions.first(), "name_now", WORD), [7]),
    "moved priority": (move_priority, [1]),
    "update_or_create": (
        lambda: models.Alias.objects.update_or_create(region=region(9), kind="common", defaults={"name": WORD}),
        [9],
    ),
}


def setattr_and_save(row, name, value):
    setattr(row, name, value)
    row.save()


@pytest.mark.parametrize("way", WAYS)
def test_written_in_any_way_is_found_at_once(way):
    assert found() == []
    write, serials = WAYS[way]

    write()

    assert found() == serials
    assert indexing.problems() == []


@pytest.mark.parametrize(
    "cut",
    [
        lambda: region(18).priorities.get(number=3).delete(),
        lambda: Priority.objects.filter(region__serial=18, number=3).delete(),
        lambda: region(18).delete(),
        lambda: Region.objects.filter(serial=18).delete(),
    ],
)
def test_deleted_in_any_way_is_found_no_more(cut):
    assert found("湿地") == [18, 26, 41, 43]

    cut()

    assert found("湿地") == [26, 41, 43]
    assert indexing.problems() == []


def test_lines_corrected_at_one_go_are_found_by_their_words_of_today_and_as_issued():
    with together():
        for line in region(18).priorities.all():
            setattr_and_save(line, "text", WORD)

    assert found() == [18]
    assert found("湿地") == [18, 26, 41, 43]
    assert indexing.problems() == []


def test_links_from_both_ends_are_followed():
    topic, line = make.make_topic(name=WORD), region(1).priorities.get(number=1)
    for link in [
        lambda: line.topics.add(topic),
        lambda: line.topics.remove(topic),
        lambda: topic.priorities.add(line),
        lambda: topic.priorities.clear(),
        lambda: line.topics.set([topic]),
        lambda: line.topics.clear(),
        lambda: topic.priorities.set([line]),
        lambda: topic.priorities.set([]),
    ]:
        link()
        assert found() == ([1] if topic.priorities.exists() else [])
        assert RegionFilter(typed(topic=topic.slug)).areas().bit_count() == topic.priorities.count()
    assert indexing.problems() == []


def test_joint_provinces_are_followed_from_both_ends():
    gansu = Province.objects.get(slug="gansu")
    for link in [lambda: region(1).partners.add(gansu), lambda: gansu.joint_regions.clear()]:
        link()
        assert (1 in found("甘肃")) is region(1).partners.exists()
    assert indexing.problems() == []


def test_loaddata_is_followed(tmp_path):
    area, paths = region(), []
    for model, pks in {"region": [area.pk], "priority": area.priorities.values_list("pk", flat=True)}.items():
        paths.append(str(path := tmp_path / f"{model}.json"))
        only = ",".join(map(str, pks))
        call_command("dumpdata", f"pilots.{model}", natural_foreign=True, primary_keys=only, output=str(path))
        path.write_text(path.read_text().replace("\\u6000\\u67d4\\u533a", WORD).replace("怀柔区", WORD))

    call_command("loaddata", *paths, verbosity=0)

    assert found() == [1]
    assert indexing.problems() == []


def test_rolled_back_write_leaves_no_trace():
    with transaction.atomic():
        setattr_and_save(region(), "name", WORD)
        assert found() == [1]
        transaction.set_rollback(True)

    assert found() == []
    assert indexing.problems() == []


@pytest.mark.parametrize("model", [each for each in recorded_models() if issubclass(each, Tracked)])
def test_every_write_of_a_row_of_the_record_makes_another_version(model):
    line = Priority.objects.first()
    report = models.Report.objects.create(region=line.region, year=2016, period="q1")
    models.ReportLine.objects.create(region=line.region, report=report, priority=line)
    before = version()

    model._base_manager.first().save()

    assert version() != before
    assert version() == version()


def test_corrected_signature_is_found_as_it_is_and_as_it_was_issued():
    row = models.Signature.objects.get(ministry__slug="mof")
    issued, row.name = row.name, "财政齉"
    row.save()

    for word in ("财政齉", issued):
        hits = RegionFilter(typed(q=word)).answer.others
        assert ("ministry", row.ministry_id) in [(hit.kind, hit.object_id) for hit in hits], word


def test_what_is_answered_of_a_signature_follows_it():
    assert search("环境保护部", current()).reply.kind == "ministry"

    models.Signature.objects.get(ministry__slug="mep").delete()

    assert search("环境保护部", current()).reply.kind == "not-a-signatory"


def test_change_under_the_number_of_one_rolled_back_is_not_taken_for_it():
    def counts():
        state = RegionFilter(typed()).state
        return state.counts("kind", state.everything)

    before = counts()
    with transaction.atomic():
        setattr_and_save(region(1), "kind", "county")
        assert counts()["county"] == before["county"] + 1
        transaction.set_rollback(True)
    setattr_and_save(region(2), "kind", "corps-city")
    setattr_and_save(region(3), "remark", "补充")

    after = counts()

    assert after["county"] == before["county"]
    assert after["corps-city"] == before["corps-city"] + 1


def test_error_while_indexing_stops_the_save(monkeypatch):
    monkeypatch.setitem(documents.KINDS, "region", lambda pks: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        setattr_and_save(region(), "remark", "改过的")

    assert region().remark == ""


def post_and_confirm(client, url, data):
    """Change the notice's own words: the form comes back once, to be confirmed."""
    box = LexborHTMLParser(client.post(url, data).text).css_first("input[name=confirmed]")
    return client.post(url, data | {"confirmed": box.attributes["value"]})


def test_admin_form_with_many_rows_is_one_writing(monkeypatch, admin_client):
    written = []
    real = indexing.write
    monkeypatch.setattr(indexing, "write", lambda things: written.append(things) or real(things))
    url = address(Region, "change", region(9).pk)
    data = form_data(admin_client.get(url)) | {"edit_reason": REASON}
    for number in range(4):
        data[f"priorities-{number}-text_raw"] = f"{number + 1}.{WORD}{number}。"

    assert post_and_confirm(admin_client, url, data).status_code == 302

    assert [things for things in written if things] == [{("region", region(9).pk)}]
    assert found() == [9]


def test_failed_form_writes_nothing():
    before = SearchChange.objects.count()

    with transaction.atomic(), together():
        setattr_and_save(region(), "name", WORD)
        transaction.set_rollback(True)

    assert found() == []
    assert SearchChange.objects.count() == before


def test_admin_form_is_found_at_once(admin_client):
    url = address(Region, "change", region(1).pk)
    data = form_data(admin_client.get(url)) | {"priorities-0-text_raw": f"1.强化{WORD}。", "edit_reason": REASON}

    assert post_and_confirm(admin_client, url, data).status_code == 302

    assert found() == [1]
    assert User.objects.count() == 1


def test_index_put_back_after_a_migration_took_it():
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DROP TRIGGER pilots_searchentry_written")
        else:
            cursor.execute("DROP INDEX pilots_searchentry_vector")
    assert indexing.problems() == ["检索索引不完整或已损坏：请运行 rebuild_search。"]
    SearchEntry.objects.update(head=WORD)

    call_command("migrate", verbosity=0)

    assert index.is_installed()
    call_command("rebuild_search", verbosity=0)
    assert indexing.problems() == []
    assert found() == []


def test_record_from_before_there_was_a_search_is_indexed_by_migrating():
    SearchEntry.objects.all().delete()

    call_command("migrate", verbosity=0)

    assert indexing.problems() == []
    assert found("湿地") == [18, 26, 41, 43]


def test_entry_out_of_step_is_seen_and_mended():
    SearchEntry.objects.filter(kind="region", title="北京市怀柔区").update(body="琥珀")
    SearchEntry.objects.filter(kind="topic").first().delete()

    assert indexing.problems() == ["检索条目有 2 个与记录不符：请运行 rebuild_search。"]
    assert indexing.rebuild() == SearchEntry.objects.count() == 45 + 45 + 39 + 25 + 9 + 9 + 1 + 15 + 4
    assert indexing.problems() == []


def test_changes_are_kept_in_bounds(monkeypatch):
    monkeypatch.setattr(indexing, "KEPT_CHANGES", 10)
    for _ in range(30):
        region().save()

    assert SearchChange.objects.count() <= 10
    assert found("怀柔") == [1]


def test_new_area_and_new_serial_keep_the_order():
    make.make_region(serial=46, name=f"{WORD}县", province=Province.objects.get(slug="hainan"))
    setattr_and_save(region(45), "serial", 99)
    order = [region.name for region in _in_order(RegionFilter(typed()))]

    assert order[-2:] == [f"{WORD}县", "新疆生产建设兵团第一师阿拉尔市"]


def _in_order(filterset):
    rows = Region.objects.in_bulk(filterset.selection()[:])
    return [rows[pk] for pk in filterset.selection()[:]]


@isolate_apps("pilots")
def test_write_through_a_proxy_is_followed():
    class Queue(Region):
        class Meta:
            proxy = True
            app_label = "pilots"

    indexing.follow(Queue)
    setattr_and_save(Queue.objects.get(serial=1), "name", WORD)
    Queue.objects.get(serial=3).partners.add(Province.objects.get(slug="gansu"))

    assert found() == [1]
    assert 3 in found("甘肃")
    assert indexing.problems() == []


def test_proxies_of_the_app_are_followed_from_the_start():
    followed = []

    class App:
        @staticmethod
        def get_models():
            return [Region, RegionToVerify, SearchEntry]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(indexing, "follow", followed.append)
        patch.setattr(indexing.post_migrate, "connect", lambda *args, **kwargs: None)
        indexing.connect(App)

    assert len(followed) == 2


def test_notice_of_another_date_reorders_the_areas():
    older = make.make_notice(issued_on="2014-07-22", number="发改环资〔2014〕1号")
    make.make_region(notice=older, serial=1, name="第一批的地区", province=Province.objects.get(slug="hainan"))
    assert _in_order(RegionFilter(typed()))[-1].name == "第一批的地区"

    older.issued_on = "2016-01-01"
    older.save()

    assert _in_order(RegionFilter(typed()))[0].name == "第一批的地区"


def test_error_that_is_no_outage_is_not_taken_for_one(monkeypatch):
    def is_installed():
        raise DatabaseError("no such thing")

    monkeypatch.setattr(index, "is_installed", is_installed)

    with pytest.raises(DatabaseError, match="no such thing"):
        indexing.problems()


def test_marks_in_a_reading_are_no_damage_of_the_index():
    make.overwrite(Province.objects.filter(slug="hunan"), pinyin='hu "nan" \' sheng')

    assert indexing.problems() == []


def test_index_is_in_one_piece_after_many_things_were_written_at_once():
    for row in Region.objects.all()[:3]:
        row.save()
    with together():
        for row in (row for model in (Region, models.Section, Province, Topic) for row in model.objects.all()):
            row.save()

    pieces = "count(DISTINCT segid) FROM pilots_searchindex_idx" if connection.vendor == "sqlite" else "1"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {pieces}")
        assert cursor.fetchone()[0] == 1
    assert index.is_whole()
