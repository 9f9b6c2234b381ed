"""Where the guard of edits and the reach of people meet: neither may open a door that the other keeps shut."""

import json

import pytest

from pilots.models import Alias, HistoryEntry, LoadedRow, Priority, Region, editing

from . import factories as make
from .admin import address, form_data

pytestmark = [pytest.mark.django_db, pytest.mark.once]
GONE = json.dumps({"gone": True})
ROW = {"number": 9, "text_raw": "新", "text": "新", "confidence": "high"}


@pytest.fixture
def region():
    return Region.objects.get(slug="liaoning-benxi")


@pytest.fixture
def enter(client, region):
    client.force_login(make.make_official("省", "省级编辑", "liaoning"))
    return client


def test_row_that_is_said_to_be_gone_is_not_added_by_who_may_add_none(enter, region):
    url, before = address(Region, "change", region.pk), Priority.objects.count()
    data = form_data(enter.get(url)) | {f"priorities-0-{name}": value for name, value in ROW.items()}
    data |= {"priorities-0-id": 999999, "priorities-0-opened": GONE}
    data["priorities-0-system"] = region.priorities.first().system_id

    enter.post(url, data)

    assert Priority.objects.count() == before
    assert not Priority.objects.filter(text="新").exists()


@pytest.mark.parametrize("key", ["x", "", "9" * 40, "\x00"])
def test_key_that_is_none_is_refused(enter, region, key):
    url = address(Region, "change", region.pk)
    data = form_data(enter.get(url)) | {"priorities-0-id": key, "priorities-0-text": "改"}

    assert enter.post(url, data).status_code in (200, 302)
    assert not Priority.objects.filter(text="改").exists()


@pytest.mark.parametrize("key", ["x", "9" * 40, "²"])
def test_address_of_no_row_is_answered(enter, key):
    for page in ("change", "delete"):
        assert enter.post(address(Alias, page, key), {"name": "某"}).status_code in (302, 404, 410)


def test_who_deleted_a_row_of_others_is_not_told(enter, region):
    other = Region.objects.get(slug="beijing-huairou")
    theirs = Alias.objects.create(region=other, name="怀柔别名", kind="common")
    mine = Alias.objects.create(region=region, name="本溪别名", kind="common")
    keys = {"theirs": theirs.pk, "mine": mine.pk}
    with editing(actor=make.make_official("删", first_name="删者")):
        theirs.delete()
        mine.delete()

    assert "删者" in enter.post(address(Alias, "change", keys["mine"]), {"name": "某"}).text
    assert "删者" not in enter.post(address(Alias, "change", keys["theirs"]), {"name": "某"}).text
    url = address(Region, "change", region.pk)
    page = form_data(enter.get(url)) | {"aliases-TOTAL_FORMS": 1, "aliases-INITIAL_FORMS": 1}
    for whose, told in (("mine", True), ("theirs", False)):
        row = {"id": keys[whose], "region": region.pk, "name": "某", "kind": "common", "opened": '{"name": "旧"}'}
        text = enter.post(url, page | {f"aliases-0-{name}": value for name, value in row.items()}).text
        assert ("已被删者删除" in text) == told, whose


def test_links_that_were_opened_as_one_likes_cut_and_draw_in_nothing(client):
    LoadedRow.objects.filter(model="region").delete()  # of areas that were loaded nobody changes it
    joint = Region.objects.get(slug="jing-jin-ji")
    client.force_login(make.make_official("津", "省级编辑", "tianjin"))
    url = address(Region, "change", joint.pk)
    data, before = form_data(client.get(url)), set(joint.partners.values_list("slug", flat=True))
    hebei, liaoning = (make.models.Province.objects.get(slug=slug).pk for slug in ("hebei", "liaoning"))
    was = json.loads(data["opened"])

    for opened, mine in (
        (was["partners"], [*was["partners"], liaoning]),
        ([*was["partners"], str(liaoning)], [*was["partners"], liaoning]),
        ([str(hebei)], []),
    ):
        client.post(url, data | {"partners": mine, "opened": json.dumps(was | {"partners": opened})})
        assert set(joint.partners.values_list("slug", flat=True)) == before


def test_earlier_link_out_of_reach_is_shown_but_not_taken_up(client):
    LoadedRow.objects.filter(model="region").delete()  # of areas that were loaded nobody changes it
    joint = Region.objects.get(slug="jing-jin-ji")
    with editing(reason="改"):
        joint.partners.add(make.models.Province.objects.get(slug="liaoning"))
        joint.partners.remove(make.models.Province.objects.get(slug="liaoning"))
    entry = HistoryEntry.objects.first()
    client.force_login(make.make_official("津", "省级编辑", "tianjin"))
    url = address(Region, "change", joint.pk)

    page = client.get(f"{url}?restore={entry.pk}&field=partners")
    client.post(url, form_data(page))

    assert set(joint.partners.values_list("slug", flat=True)) == {"tianjin", "hebei"}
