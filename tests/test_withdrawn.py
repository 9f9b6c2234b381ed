"""Withdrawing: its address says why, everything public forgets it, the notice's text stays; restoring undoes it."""

import datetime
import re

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.urls import reverse
from selectolax.lexbor import LexborHTMLParser

from pilots.models import (
    Alias,
    Division,
    FormerAddress,
    HistoryEntry,
    Notice,
    Priority,
    Province,
    Region,
    SearchEntry,
    Topic,
    editing,
)
from pilots.record import checks
from pilots.record.loading import load
from pilots.search import indexing

from . import factories as make
from .forms import address, fields, official
from .visits import PAGES
from .withdrawing import PATH, SLUG, area, person, withdraw

pytestmark = pytest.mark.django_db
NOTICE = "/notices/fagai-huanzi-2015-3214/"


def page_of(row):
    return reverse("admin:pilots_region_withdraw", args=[row.pk])


def press(client, row, reason="与印发的文件不符", **typed):
    """Open the page as a browser does, and post it."""
    posted = fields(client.get(page_of(row)).text) | {"edit_reason": [reason]} | typed
    return client.post(page_of(row), posted)


@pytest.fixture
def ministry(client):
    client.force_login(official("张"))
    return client


# What readers see.


@pytest.mark.once
@pytest.mark.parametrize("path", [PATH, PATH.upper(), PATH.rstrip("/")])
def test_address_of_what_is_withdrawn_says_gone_and_why(client, path):
    withdraw()

    response = client.get(path)

    assert response.status_code == 410
    assert "与文件不符" in response.text
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.once
@pytest.mark.parametrize("path", [PATH, f"/api/v1/regions/{SLUG}/", f"/regions/{SLUG}.json"])
def test_gone_names_what_when_and_why(client, path):
    withdraw()

    response = client.get(path)

    text = response.json()["detail"] if "json" in response.headers["Content-Type"] else response.text
    assert response.status_code == 410
    assert "北京市怀柔区已于2026年11月23日从本站撤下。原因：与文件不符" in text


@pytest.mark.once
def test_gone_page_leads_to_the_line_of_the_annex(client):
    row = withdraw()

    assert f'<a href="{row.annex_url}">' in client.get(PATH).text
    assert f'id="region-{row.serial}"' in client.get(NOTICE).text


@pytest.mark.parametrize("path", ["/regions/?q=怀柔", f"/compare/?region={SLUG}&region=hebei-qinhuangdao"])
def test_search_and_comparison_say_that_it_was_withdrawn(client, path):
    row = withdraw()

    text = client.get(path).text

    assert "北京市怀柔区已于2026年11月23日从本站撤下。原因：与文件不符。" in text
    assert f"{row.notice.get_absolute_url()}#region-{row.serial}" in text
    assert "无法识别" not in text
    assert PATH not in text


@pytest.mark.once
@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/regions/", "本站现公开44个地区，另有1个已撤下。"),
        ("/regions/?kind=county", "查看本站现公开的全部44个地区"),
        ("/matrix/", "表中只计本站现公开的44个地区，另有1个已撤下。"),
    ],
)
def test_numbers_of_what_is_published_say_so_once_an_area_is_withdrawn(client, path, words):
    assert "本站现公开" not in client.get(path).text
    withdraw()

    assert words in client.get(path).text


def test_province_whose_only_area_is_withdrawn_is_not_said_to_have_none(client):
    row = Region.objects.get(slug="shandong-qingdao-hongdao")
    row.withdrawn_on, row.withdrawn_reason = datetime.date(2026, 1, 1), "误收"
    row.save()

    for path, words in (
        ("/provinces/qingdao/", "青岛有1个地区在这一批名单里，本站现公开0个："),
        ("/provinces/shandong/", "山东有2个地区在这一批名单里，本站现公开1个："),
    ):
        text = client.get(path).text
        assert words in text
        assert "这一批没有" not in text
        assert f"{NOTICE}#region-22" in text


def test_former_address_of_what_is_withdrawn_says_gone_too(client):
    FormerAddress.objects.create(path="/regions/old/", new_path=PATH, reason="更名")
    withdraw()

    assert client.get("/regions/old/").status_code == 410


@pytest.mark.once
@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/regions/",
        "/regions/?province=beijing",
        "/provinces/",
        "/provinces/beijing/",
        "/matrix/",
        "/sitemap/",
    ],
)
def test_every_list_forgets_what_is_withdrawn(client, path):
    before = client.get(path).text
    withdraw()

    after = client.get(path).text.replace(f"region={SLUG}", "")

    assert before
    assert PATH not in after
    assert "北京市怀柔区" not in after


@pytest.mark.once
def test_pages_of_its_topics_systems_and_neighbours_forget_what_is_withdrawn(client):
    row = area()
    lines = list(row.priorities.all())
    paths = {t.get_absolute_url() for line in lines for t in (*line.topics.all(), line.system)}
    paths |= {each.get_absolute_url() for each in (*Region.objects.beside(row), *list_of_related(row)) if each}
    assert any(PATH in client.get(path).text for path in paths)
    withdraw()

    assert [path for path in paths if PATH in client.get(path).text] == []


def list_of_related(row):
    return Region.objects.sharing_topics_with(row)


def test_counts_and_facets_follow_and_come_back(client):
    def said():
        context = client.get("/").context
        counts = {topic.slug: topic.region_count for topic in Topic.objects.for_list()}
        facets = client.get("/regions/").text
        passing = r"[a-zA-Z0-9]{64}|<script.*?</script>"  # tokens, dates
        return context["figures"], counts, re.sub(passing, "", facets)

    before, lines = said(), Priority.objects.count()
    own = area().priorities.count()
    row = withdraw()
    without = said()

    assert without[0] == before[0] | {"published": 44, "listed": 44}  # the rest are the notice's numbers
    assert Priority.objects.count() == lines - own
    assert "本站现公开44个" in client.get("/").text
    assert without[1] != before[1]
    row.withdrawn_on, row.withdrawn_reason = None, ""
    row.save()
    assert said() == before


def test_search_forgets_what_is_withdrawn_and_its_index_fits_the_record(client):
    assert SearchEntry.objects.filter(url=PATH).exists()
    row = withdraw()
    make.overwrite(Priority.all_objects.filter(region=row), confidence="low")
    make.overwrite(Alias.all_objects.filter(region=row), name="别的名称")

    assert not SearchEntry.objects.filter(url=PATH).exists()
    assert indexing.problems() == []
    indexing.rebuild()
    assert not SearchEntry.objects.filter(url=PATH).exists()


def test_parts_of_what_is_withdrawn_are_behind_the_same_door():
    row = withdraw()

    for model in (Priority, Alias, Division):
        assert not model.objects.filter(region_id=row.pk).exists()
        assert model.all_objects.filter(region_id=row.pk).exists() == model._base_manager.filter(region=row).exists()
    assert Region._default_manager is not Region.all_objects
    assert not Notice.objects.get().regions.filter(pk=row.pk).exists()
    assert not row.province.regions.filter(pk=row.pk).exists()


@pytest.mark.once
@pytest.mark.parametrize("query", ["", "?text=raw"])
def test_annex_of_the_notice_keeps_its_words_without_a_link(client, query):
    def words():
        tree = LexborHTMLParser(client.get(NOTICE + query).text)
        return [node.text() for node in tree.css(".original")]

    before = words()
    withdraw()

    assert words() == before
    text = client.get(NOTICE + query).text
    assert PATH not in text
    assert text.count("本站的地区页已撤下") == 1


def test_notice_takes_as_many_queries_with_a_withdrawn_area(client, django_assert_num_queries):
    withdraw()
    client.get(NOTICE)

    with django_assert_num_queries(PAGES[NOTICE]):
        client.get(NOTICE)


@pytest.mark.once
def test_changes_of_what_is_withdrawn_are_public_again_once_restored(client):
    with editing(actor=None, reason="补充"):
        row = area()
        row.open_points = "新的说明"
        row.save()
    assert "新的说明" in client.get("/changes/").text
    row = withdraw()
    assert "新的说明" not in client.get("/changes/").text

    row.withdrawn_on, row.withdrawn_reason = None, ""
    row.save()

    assert "新的说明" in client.get("/changes/").text


# The rules.


def test_withdrawing_needs_a_day_and_a_reason():
    for values in ({"withdrawn_on": datetime.date(2026, 1, 1)}, {"withdrawn_reason": "为何"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            make.overwrite(Region.objects.filter(slug=SLUG), **values)


def test_slug_of_what_is_withdrawn_is_not_given_again():
    row = withdraw()
    other = make.make_region(slug="other-place")
    other.slug = row.slug

    with pytest.raises(ValidationError) as refused:
        other.full_clean()

    assert "slug" in refused.value.error_dict


def test_later_load_leaves_what_is_withdrawn_withdrawn():
    withdraw()

    report = load(settings.BASE_DIR / "fixtures")

    assert (report.created, report.updated, report.preserved, report.absent) == ([], [], [], [])
    assert area().is_withdrawn
    assert Region.objects.count() == 44


@pytest.mark.once
def test_check_record_reports_what_is_withdrawn_behind_the_site_s_back_and_the_notice_stays_true():
    withdraw()
    found = checks.problems()

    assert any("怀柔" in line and "2026-11-23撤下" in line and "与文件不符" in line for line in found)
    assert len(found) == 1
    with pytest.raises(CommandError):
        call_command("check_record")


# In the admin.


@pytest.mark.once
def test_official_withdraws_with_a_reason_and_restores(ministry, client):
    row = area()

    response = press(ministry, row)

    assert response.status_code == 302
    assert area().withdrawn_reason == "与印发的文件不符"
    entry = HistoryEntry.objects.get_for_object(row).first()
    assert (entry.edit.actor.first_name, entry.edit.reason) == ("张", "与印发的文件不符")
    assert client.get(PATH).status_code == 410
    assert "已撤下：与印发的文件不符" in ministry.get(address(row)).text
    press(ministry, row, reason="误把别的当成它")
    assert not area().is_withdrawn
    assert client.get(PATH).status_code == 200
    assert HistoryEntry.objects.get_for_object(row).first().edit.reason == "误把别的当成它"


@pytest.mark.once
@pytest.mark.parametrize("reason", ["", " 　 ", "\u200b", "\ufe0f", "\u2800", "\u3164 "])
def test_withdrawing_without_a_reason_is_refused(ministry, reason):
    response = press(ministry, area(), reason=reason)

    assert response.status_code == 200
    assert not area().is_withdrawn


def test_page_older_than_the_record_is_refused_and_keeps_the_reason(ministry):
    row = area()
    posted = fields(ministry.get(page_of(row)).text) | {"edit_reason": ["与印发的文件不符"]}
    with editing(actor=official("李"), reason="补充"):
        row.remark = "李的说明"
        row.save()

    response = ministry.post(page_of(row), posted)

    assert not area().is_withdrawn
    assert "李改过这条记录" in response.text
    posted = fields(response.text)
    assert posted["edit_reason"] == ["与印发的文件不符"]
    ministry.post(page_of(row), posted)
    assert area().is_withdrawn


def test_second_person_does_not_restore_what_the_first_withdrew_just_now(ministry):
    row = area()
    posted = fields(ministry.get(page_of(row)).text) | {"edit_reason": ["与印发的文件不符"]}
    press(ministry, row)

    ministry.post(page_of(row), posted)

    assert area().is_withdrawn


@pytest.mark.once
@pytest.mark.parametrize(("role", "provinces"), [("省级编辑", ["beijing"]), ("省级编辑", ["hebei"]), ("只读", [])])
def test_who_may_not_delete_may_not_withdraw(client, role, provinces):
    client.force_login(person(role, *provinces))
    row = area()

    for answer in (
        client.get(page_of(row)),
        client.post(page_of(row), {"edit_reason": "某因", "version": "0-False"}),
    ):
        assert answer.status_code in (302, 403)
    assert "撤下…" not in client.get(address(row), follow=True).text
    assert not area().is_withdrawn


def test_ministry_s_editor_may_withdraw_and_an_anonymous_person_may_not(client):
    row = area()
    assert client.post(page_of(row), {"edit_reason": "某因"}).status_code in (302, 403)
    assert not area().is_withdrawn

    client.force_login(person("部委编辑"))

    assert press(client, row).status_code == 302
    assert area().is_withdrawn


def test_form_of_what_is_withdrawn_still_shows_its_lines(ministry):
    row = withdraw()

    posted = fields(ministry.get(address(row)).text)

    assert posted["priorities-TOTAL_FORMS"] == [str(Priority.all_objects.filter(region=row).count())]
    assert str(row.name) in ministry.get(reverse("admin:pilots_region_changelist"), {"q": "怀柔"}).text


@pytest.mark.parametrize("model", [Region, Notice, Province, Topic, Priority])
def test_nobody_deletes_a_record_and_is_told_the_way_on(ministry, model):
    row = model.objects.first()
    name = f"admin:pilots_{model._meta.model_name}"

    response = ministry.post(reverse(f"{name}_delete", args=[row.pk]), {"post": "yes"}, follow=True)

    assert "记录不能删除" in response.text
    assert model.objects.filter(pk=row.pk).exists()
    ministry.post(
        reverse(f"{name}_changelist"), {"action": "delete_selected", "_selected_action": row.pk, "post": "yes"}
    )
    assert model.objects.filter(pk=row.pk).exists()


def test_search_and_notice_say_as_data_what_was_withdrawn(client):
    row = withdraw()
    found = client.get("/api/v1/search/?q=怀柔").json()
    notice = client.get(f"/api/v1{NOTICE}").json()

    for rows in (found["withdrawn"], notice["regions_withdrawn"]):
        assert [(each["slug"], each["serial"], each["withdrawn_reason"]) for each in rows] == [
            (SLUG, row.serial, "与文件不符")
        ]
        assert rows[0]["annex_url"].endswith(f"{NOTICE}#region-{row.serial}")
    assert SLUG not in {each["slug"] for each in notice["regions"]}
    assert len(notice["regions"]) + len(notice["regions_withdrawn"]) == 45
    assert client.get("/api/v1/search/?q=南通").json()["withdrawn"] == []


@pytest.mark.parametrize("path", ["/provinces/", "/provinces/hebei/", "/topics/", "/systems/", "/data/"])
def test_counts_say_whose_they_are(client, path):
    assert "本站现公开" not in client.get(path).text

    withdraw()

    assert "本站现公开的44个地区" in client.get(path).text
