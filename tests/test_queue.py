"""The work queue: what is in it, what it says, who sees it, and the way from a row to the record's form."""

import pytest
from django.test import Client
from django.urls import reverse

from pilots.models import Division, HistoryEntry, Ministry, Priority, Region
from pilots.models.queue import QUEUES, DivisionToVerify, MinistryToVerify, PriorityToVerify, RegionToVerify

from . import factories as make
from .forms import Person, address, official

pytestmark = pytest.mark.django_db
by_queue = pytest.mark.parametrize("queue", QUEUES, ids=[queue.__name__ for queue in QUEUES])


def listing(queue):
    return reverse(f"admin:pilots_{queue._meta.model_name}_changelist")


@pytest.fixture
def sound():
    """An area, a division, a priority and a ministry of which nothing is in doubt."""
    region = Region.objects.get(slug="liaoning-benxi")
    Region.objects.filter(pk=region.pk).update(
        verification="verified", name_now_status="verified", is_kind_verified=True, renaming="", name_now=region.name
    )
    values = {"position": 90, "role": "self", "name_then": "某县", "verification": "verified", "source": "数据集"}
    division = Division.objects.create(region=region, **values)
    topics = region.priorities.first().topics.all()
    priority = make.make_priority(region=region, number=90, topics=topics, confidence="high")
    ministry = Ministry.objects.get(slug="mep")
    Ministry.objects.filter(pk=ministry.pk).update(is_full_name_verified=True)
    return {Region: region, Division: division, Priority: priority, Ministry: ministry}


@by_queue
def test_what_is_verified_is_in_no_queue(sound, queue):
    assert not queue.objects.filter(pk=sound[queue._meta.concrete_model].pk).exists()


@pytest.mark.parametrize(
    ("queue", "values", "says"),
    [
        (RegionToVerify, {"verification": "unverified"}, "核实情况尚未"),
        (RegionToVerify, {"verification": "partial"}, "核实情况尚未"),
        (RegionToVerify, {"name_now_status": "unverified"}, "现名尚未"),
        (RegionToVerify, {"is_kind_verified": False}, "类型尚未核实"),
        (RegionToVerify, {"renaming": "某县改为某市", "renaming_source": ""}, "没有出处"),
        (RegionToVerify, {"name_now": "某市", "renaming_source": ""}, "没有出处"),
        (DivisionToVerify, {"verification": "unverified"}, "尚未核实"),
        (DivisionToVerify, {"source": ""}, "标为已核实，没有出处"),
        (PriorityToVerify, {"confidence": "low"}, "归类把握低"),
        (MinistryToVerify, {"is_full_name_verified": False}, "全称尚未核实"),
        (MinistryToVerify, {"change_source": ""}, "变化没有出处"),
    ],
)
def test_each_problem_is_found_and_said(sound, queue, values, says):
    row = sound[queue._meta.concrete_model]
    type(row).objects.filter(pk=row.pk).update(**values)

    text = queue.objects.get(pk=row.pk).problem_text

    assert says in text
    assert text.count("。") == 1


def test_priority_without_a_topic_is_found(sound):
    sound[Priority].topics.clear()

    assert PriorityToVerify.objects.get(pk=sound[Priority].pk).problem_text == "没有归入任何主题。"


@by_queue
def test_row_leads_to_the_form_of_its_record(admin_client, queue):
    row = queue.objects.first()

    text = admin_client.get(listing(queue)).text

    assert row.problem_text in text
    assert f'href="{address(queue._meta.concrete_model.objects.get(pk=row.pk))}' in text


@by_queue
def test_queue_is_a_list_and_nothing_else(admin_client, queue):
    row = queue.objects.first()

    for page in ("add/", f"{row.pk}/change/", f"{row.pk}/delete/", f"{row.pk}/history/"):
        assert admin_client.get(listing(queue) + page).status_code == 404
    answer = admin_client.post(listing(queue), {"action": "delete_selected", "_selected_action": row.pk})
    assert "确认" not in answer.text
    assert queue.objects.filter(pk=row.pk).exists()


@pytest.mark.parametrize("queue", [RegionToVerify, DivisionToVerify, PriorityToVerify])
def test_province_sees_its_own_rows_only(client, sound, queue):
    theirs = Region.objects.get(slug="beijing-huairou")
    for region in (sound[Region], theirs):
        Region.objects.filter(pk=region.pk).update(verification="unverified")
        region.divisions.update(verification="unverified")
        region.priorities.update(confidence="low")
    client.force_login(make.make_official("省", "省级编辑", "liaoning"))

    found = {getattr(row, "region", row).pk for row in client.get(listing(queue)).context["cl"].queryset}

    assert sound[Region].pk in found
    assert theirs.pk not in found


@pytest.mark.parametrize(
    ("role", "status"), [("部委编辑", 200), ("只读", 200), ("省级编辑", 403), ("管理员", 403), ("", 403)]
)
def test_ministries_queue_follows_the_rights_to_ministries(client, role, status):
    client.force_login(make.make_official("谁", role, "liaoning"))

    assert client.get(listing(MinistryToVerify)).status_code == status


@by_queue
def test_queue_takes_the_same_queries_whatever_its_length(admin_client, django_assert_max_num_queries, queue):
    admin_client.get(listing(queue))
    with django_assert_max_num_queries(12) as few:
        admin_client.get(listing(queue))
    for n in range(20):
        region = make.make_region()
        Division.objects.create(region=region, position=1, role="self", name_then="某县")
        make.make_priority(region=region, confidence="low")
        place = 500 + n
        Ministry.objects.create(name=f"部{n}", text_name="部", successor="部", slug=f"m-{n}", position=place)
    with django_assert_max_num_queries(12) as many:
        admin_client.get(listing(queue))

    assert len(many) == len(few)


def test_marking_verified_is_an_edit_with_a_reason_and_empties_the_row(sound):
    ministry = Ministry.objects.get(slug="ndrc")
    person = Person(Client(), official("张"), address(ministry))

    person.types(is_full_name_verified=["on"]).saves("核对国务院公报2015年第1号")

    assert person.is_saved
    assert not MinistryToVerify.objects.filter(pk=ministry.pk).exists()
    assert HistoryEntry.objects.latest().reason == "核对国务院公报2015年第1号"
