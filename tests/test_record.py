import datetime
from io import StringIO

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import Count

from pilots.models import Notice, Priority, Province, Region, Section, System, Term, Topic, editing
from pilots.record import checks, facts
from pilots.search import indexing

from . import factories as make
from .forms import confirm

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def problem(text):
    return [line for line in checks.problems() if text in line]


@pytest.fixture
def quick(monkeypatch):
    """Without what takes most of the time, and is asked elsewhere: the rules of each row, and the index."""
    monkeypatch.setattr(facts, "rules", lambda: ())
    monkeypatch.setattr(indexing, "problems", lambda: ())


def test_record_is_sound():
    out = StringIO()

    call_command("check_record", stdout=out)

    assert checks.problems() == []
    assert "数据完整" in out.getvalue()


def test_counts_are_those_of_the_notice():
    assert checks.counts(Notice.objects.get()) == checks.EXPECTED


def test_check_record_lists_what_is_wrong_and_exits_1():
    Region.objects.get(serial=7).delete()
    err = StringIO()

    with pytest.raises(CommandError) as caught:
        call_command("check_record", stderr=err)

    assert caught.value.returncode == 1
    assert "地区：应为 45，现为 44。" in err.getvalue()
    assert "地区序号不连续" in err.getvalue()


def behind(links, **ends):
    """Draw a link that the site refuses."""
    links.through.objects.create(**ends)


def without_its_rule(slug):
    """Give an area a slug that no address takes, behind the database's back."""
    rule = "ALTER TABLE pilots_region DROP CONSTRAINT region_slug_fits_addresses"
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA ignore_check_constraints = ON" if connection.vendor == "sqlite" else rule)
        cursor.execute("UPDATE pilots_region SET slug = %s WHERE serial = 3", [slug])
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA ignore_check_constraints = OFF")


def line():
    return Priority.objects.get(region__serial=1, number=3)


def unit(slug):
    return Province.objects.get(slug=slug)


@pytest.mark.parametrize(
    ("draw", "problem"),
    [
        (lambda: Region.objects.get(serial=4).partners.add(unit("beijing")), "同一省级单位列了两次"),
        (lambda: unit("beijing").joint_regions.add(Region.objects.get(serial=4)), "同一省级单位列了两次"),
        (lambda: Region.objects.get(serial=9).partners.add(unit("liaoning")), "与它所在的省级单位重复列出"),
        (lambda: line().also_systems.add(line().system), "与“制度”重复"),
        (lambda: line().topics.set(Topic.objects.all()[:4]), "须选一至三个主题，现有"),
        (lambda: Topic.objects.exclude(priorities=fullest()).first().priorities.add(fullest()), "现有4个"),
    ],
)
def test_links_that_contradict_each_other_are_refused_outside_the_forms(quick, draw, problem):
    with pytest.raises(ValidationError, match=f"{problem}.*请先去掉重复或多余的，再添加。"), transaction.atomic():
        draw()

    assert checks.problems() == []


def fullest():
    """A line with as many topics as there may be."""
    return Priority.objects.alias(count=Count("topics")).filter(count=3).first()


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda: make.overwrite(Notice.objects, slug="other"), "没有通知"),
        (lambda: Priority.objects.get(region__serial=1, number=2).delete(), "重点编号不连续"),
        (lambda: Priority.objects.get(region__serial=1, number=2).topics.clear(), "须选一至三个主题"),
        (lambda: Topic.objects.get(slug="rule-of-law").delete(), "主题：应为 25，现为 24"),
        (lambda: make.overwrite(System.objects.filter(slug="other"), is_other=False), "八项制度：应为 8，现为 9"),
        (
            lambda: make.overwrite(Province.objects.filter(slug="beijing"), addressed_position=None),
            "主送单位：应为 31，现为 30",
        ),
        (
            lambda: make.overwrite(Section.objects.filter(anchor="duty-1"), text_raw="改。"),
            "所收原文与数据库中的原文不一致",
        ),
        (
            lambda: behind(Region.partners, region=Region.objects.get(serial=4), province=unit("beijing")),
            "同一省级单位列了两次",
        ),
        (
            lambda: behind(Region.partners, region=Region.objects.get(serial=9), province=unit("liaoning")),
            "与它所在的省级单位重复列出",
        ),
        (
            lambda: behind(
                Priority.also_systems, priority=line(), system=System.objects.get(slug="spatial-planning")
            ),
            "与“制度”重复",
        ),
    ],
)
def test_check_record_sees(quick, harm, said):
    harm()

    assert problem(said)


def test_check_record_sees_what_each_row_says_wrongly():
    make.overwrite(Section.objects.filter(anchor="duty-1"), text="改。")
    make.overwrite(Region.objects.filter(serial=7), name="河北省")
    without_its_rule("承 德/b")

    lines = checks.problems()

    for said in ("的展示文本：与“所收原文”不符，", "的地区名称：与“所收地区名称”不符，", "河北省秦皇岛市 的地址名："):
        assert [line for line in lines if said in line], said


def test_what_officials_corrected_and_withdrew_is_a_note(alone):
    """Numbers, words, a withdrawn area: in the history, by somebody."""
    zhang = alone(Region.objects.get(serial=8))
    raw = zhang.posted["priorities-0-text_raw"][0].partition(".")[2]
    zhang.types(internal_note="记一笔", serial="88", priorities__0__number="9", priorities__0__text_raw=f"9.某{raw}")
    zhang.saves()
    confirm(zhang)
    area = Region.objects.get(serial=9)
    with editing(actor=make.make_official("李", "部委编辑"), reason="重复"):
        area.withdrawn_on, area.withdrawn_reason = datetime.date(2026, 11, 23), "重复"
        area.save()
    out = StringIO()

    call_command("check_record", stdout=out)

    assert checks.problems() == []
    notes = out.getvalue().splitlines()
    assert all(line.startswith("提醒：") for line in notes[:-1])
    for said in ("的序号与印发原文不同", "的编号与印发原文不同", "的所收原文与", "已于2026-11-23撤下：重复"):
        assert [line for line in notes if said in line], said
    make.overwrite(Region.objects.filter(serial=88), name_raw="别地", name="别地")
    lines = " ".join(checks.problems())
    assert "现为“别地”" in lines
    assert "现为“88”" not in lines
    assert "的内部备注" not in lines
    make.overwrite(Region.objects.filter(serial=88), internal_note="")  # as loaded
    assert problem("的内部备注不是载入时或修改历史里最后写下的")


GONE = {
    "UPDATE pilots_signature SET ministry_id = 9999 WHERE position = 2": "署名（表 pilots_signature，id 为 2）",
    "DELETE FROM pilots_ministry WHERE slug = 'ndrc'": "表 pilots_ministry 里没有",
    "UPDATE pilots_region SET province_id = 9999 WHERE serial = 5": "的 province_id 为 9999：指向的行，表 pilots",
    "UPDATE pilots_province SET parent_id = 9999 WHERE slug = 'dalian'": "的 parent_id 为 9999",
    "DELETE FROM pilots_province WHERE slug = 'beijing'": "的 province_id 为",
    "UPDATE pilots_citation SET section_id = 9999 WHERE position = 1": "的 section_id 为 9999",
}
STRANGE = {
    "UPDATE pilots_region SET renamed_on = 'garbage' WHERE serial = 3": "的 renamed_on 为 'garbage'：不是这一栏该有",
    "UPDATE pilots_region SET withdrawn_on = 'garbage' WHERE serial = 4": "的 withdrawn_on 为 'garbage'",
    "UPDATE pilots_region SET serial = 'abc' WHERE serial = 7": "的 serial 为 'abc'",
    "UPDATE pilots_region SET is_issued = 7 WHERE serial = 9": "的 is_issued 为 7",
    "UPDATE pilots_document SET title = CAST(X'ff41' AS TEXT) WHERE position = 1": "的 title 为 '\ufffdA'",
}
STRANGE_TO_POSTGRESQL = {
    "ALTER TABLE pilots_notice DROP CONSTRAINT notice_issued_on_sane;"
    "UPDATE pilots_notice SET issued_on = 'infinity'": ("的 issued_on 为 infinity：不是这一栏该有的值。请恢复备份"),
    "UPDATE pilots_citation SET withdrawn_reason = '误', withdrawn_on = '-infinity' WHERE position = 1": (
        "没有核对完，有的行读不懂（"
    ),
}


RENAMED = "UPDATE pilots_place SET name_now = '北平市' WHERE code = '110000'"
UNEXPLAINED = {  # by no load and no edit
    "UPDATE pilots_region SET short_name = '北京' WHERE serial = 1": "怀柔区 的短名不是载入时或修改历史里最后写下的",
    "UPDATE pilots_system SET name = '某制度' WHERE position = 2": "制度 某制度 的名称不是",
    "DELETE FROM pilots_priority_also_systems": "的也涉及的制度不是",
}
OUT_OF_FORCE = {
    "DROP INDEX province_unique_code": "表 pilots_province 缺少规则 province_unique_code",
    "CREATE TABLE bare AS SELECT * FROM pilots_accountrequest; DROP TABLE pilots_accountrequest;"
    "ALTER TABLE bare RENAME TO pilots_accountrequest": "表 pilots_accountrequest 缺少规则 unique id",
    "UPDATE auth_group SET name = CAST(X'ff41' AS TEXT) WHERE name = '只读'": "的 name 为 '\ufffdA'：不是这一栏",
}
OUT_OF_FORCE_ON_POSTGRESQL = {
    "DROP INDEX province_unique_code": "表 pilots_province 缺少规则 province_unique_code",
    "ALTER TABLE pilots_region DROP CONSTRAINT region_kind_known": "表 pilots_region 缺少规则 region_kind_known",
    "ALTER TABLE pilots_region ADD CONSTRAINT region_kind_known CHECK (true) NOT VALID": "规则 region_kind_known",
    "ALTER TABLE pilots_term ALTER word DROP NOT NULL": "表 pilots_term 缺少规则 not null word",
    "ALTER TABLE pilots_alias DISABLE TRIGGER ALL": "使规则没有生效",
    "SET LOCAL session_replication_role = replica": "数据库的 session_replication_role 使规则没有生效",
}


@pytest.mark.parametrize(
    "harms", [GONE, STRANGE if connection.vendor == "sqlite" else STRANGE_TO_POSTGRESQL], ids=["gone", "strange"]
)
def test_each_row_that_no_page_can_read_is_named_and_makes_the_site_unready(client, harms):
    """The other checks go on, and say what they see of the rest."""
    reasons, terms = {}, Term.objects.count()
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA ignore_check_constraints = ON")
        for harm in harms:
            with transaction.atomic():
                cursor.execute(harm)
                reasons[harm] = client.get("/readyz").json().get("reason")
                transaction.set_rollback(True)
        rules = OUT_OF_FORCE if connection.vendor == "sqlite" else OUT_OF_FORCE_ON_POSTGRESQL
        others = rules | UNEXPLAINED
        harm = (*others, *harms, "DELETE FROM pilots_term", "DELETE FROM auth_group_permissions", RENAMED)
        for statement in ";".join(harm).split(";"):
            cursor.execute(statement)
        lines = [*checks.problems(), *checks.notes()]
        transaction.set_rollback(True)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA ignore_check_constraints = OFF" if connection.vendor == "sqlite" else "SELECT 1")

    assert reasons == dict.fromkeys(harms, "schema")
    for said in (
        *harms.values(),
        *others.values(),
        f"共 {terms} 行不见了，也没有删除的记录：请恢复备份",
        "角色 部委编辑 的权限",
        "地名 110000 共 1 个代码",
    ):
        assert [line for line in lines if said in line], said


def test_source_that_can_not_be_read_is_a_problem(settings, tmp_path):
    settings.BASE_DIR = tmp_path

    assert problem("读不到所收原文")


@pytest.mark.parametrize(
    ("notes", "words"),
    [([], "数据完整，与所收原文一致"), (["撤下", "更正"], "数据完整，与所收原文一致（除以上 2 处）")],
)
def test_sound_record_is_said_to_be_so_but_for_what_officials_changed(notes, words):
    """By check_record and, of a backup, by restore_check."""
    assert checks.soundness(notes) == words
