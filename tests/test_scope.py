"""Who reaches which rows: each way into the admin tried by people who should not get through it."""

import json
from itertools import product
from urllib.parse import quote

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.urls import reverse
from selectolax.lexbor import LexborHTMLParser

from pilots.admin.permissions import editable
from pilots.models import (
    Alias,
    Division,
    Document,
    HistoryEntry,
    Indicator,
    LoadedRow,
    Notice,
    Official,
    Priority,
    Province,
    Region,
    Topic,
    together,
    unrecorded,
)

from . import factories as make
from .admin import address, form_data
from .forms import REASON, Person, official

pytestmark = pytest.mark.django_db
MINE, THEIRS, JOINT = "liaoning-benxi", "beijing-huairou", "jing-jin-ji"
SECRET = "只有本省的人才能看的线索"
SCOPED = (Region, Priority, Alias, Division, Document, Indicator)
EVERYTHING = [
    f"{action}_{m}"
    for m in ("region", "priority", "alias", "division", "document", "indicator", "mechanism", "project")
    for action in ("add", "delete")
]


@pytest.fixture(autouse=True, scope="module")
def rows(db_of_module):
    """A note, another name and an indicator in an area of Liaoning and in one of Beijing."""
    with together():
        for region in Region.objects.filter(slug__in=(MINE, THEIRS)):
            unrecorded(Region).filter(pk=region.pk).update(internal_note=SECRET)
            unrecorded(Priority).filter(region=region).update(classification_note=SECRET)
            Alias.objects.create(region=region, name=f"{region.slug}别名", kind="common")
            make.make_indicator(document=region.documents.first())


@pytest.fixture(scope="module")
def people(db_of_module):
    return {
        "province": make.make_official("省", "省级编辑", "liaoning"),
        "nowhere": make.make_official("空", "省级编辑"),
        "reader": make.make_official("读", "只读"),
        "stranger": make.make_official("无"),
        "anonymous": None,
    }


@pytest.fixture
def enter(client, people):
    def enter(who):
        if people[who]:
            client.force_login(people[who])
        return client

    return enter


@pytest.fixture
def bold(client):
    """An official of Liaoning whose role could also add and delete: only the reach stands in the way."""
    user = make.make_official("胆大", "省级编辑", "liaoning")
    user.user_permissions.set(Permission.objects.filter(codename__in=EVERYTHING))
    client.force_login(user)
    return client


def row_of(model, slug):
    region = Region.objects.get(slug=slug)
    return region if model is Region else model.objects.filter(region=region).first()


def names(model):
    return [model.__name__ for model in SCOPED]


def listed(response):
    return {row.pk for row in response.context["cl"].queryset}


def state():
    """Everything that an official might harm, as it is in the database."""
    return {
        model: sorted(map(repr, model._base_manager.values_list()))
        for model in (*SCOPED, Region.partners.through, Priority.topics.through, Province, Notice, Topic)
    }


WHO_MAY_NOT_WRITE = ["province", "nowhere", "reader", "stranger", "anonymous"]
by_model = pytest.mark.parametrize("model", SCOPED, ids=names(SCOPED))


# Lists


@pytest.mark.once
@by_model
@pytest.mark.parametrize(
    ("who", "query", "expected"),
    [
        ("province", "", "mine"),
        ("province", "?all=", "mine"),
        ("province", "?q=怀柔", "none"),
        ("province", "?_popup=1", "mine"),
        ("province", "?_facets=True", "mine"),
        ("nowhere", "", "none"),
        ("reader", "", "all"),
    ],
)
def test_list_shows_what_is_in_reach(enter, model, who, query, expected):
    response = enter(who).get(address(model, "changelist") + query)

    everything = set(model.objects.values_list("pk", flat=True))
    in_liaoning = Region.objects.filter(province__slug__in=("liaoning", "dalian"))
    mine = {row.pk for row in model.objects.all() if getattr(row, "region", row) in in_liaoning}
    assert listed(response) == {"mine": mine, "none": set(), "all": everything}[expected]
    assert SECRET not in response.text


@pytest.mark.once
@by_model
@pytest.mark.parametrize("who", ["stranger", "anonymous"])
@pytest.mark.parametrize("page", ["changelist", "add", "change", "delete", "history"])
def test_who_has_no_role_gets_nowhere(enter, model, who, page):
    arguments = [row_of(model, THEIRS).pk] if page in ("change", "delete", "history") else []
    response = enter(who).get(address(model, page, *arguments))

    assert response.status_code in (302, 403)
    assert response.headers.get("Location", "/admin/").split("?")[0] in ("/admin/", "/admin/login/")
    assert SECRET not in response.text


def test_filters_name_only_what_occurs_in_reach(enter):
    response = enter("province").get(address(Region, "changelist"))
    filters = LexborHTMLParser(response.text).css_first("#changelist-filter").text()

    assert "辽宁" in filters
    assert "北京" not in filters
    assert "浙江" not in filters


def test_facets_count_only_what_is_in_reach(enter):
    response = enter("province").get(address(Region, "changelist") + "?_facets=True")
    counts = LexborHTMLParser(response.text).css_first("#changelist-filter").text()

    assert f"({len(listed(response))})" in counts
    assert "(45)" not in counts


def test_date_hierarchy_is_declared_and_in_reach(client):
    client.force_login(make.make_official("部", "部委编辑"))

    assert client.get(address(Notice, "changelist") + "?issued_on__year=2015").status_code == 200
    assert client.get(address(Notice, "changelist") + "?published_on__year=2015").status_code == 400


@pytest.mark.once
@pytest.mark.parametrize("who", ["province", "reader"])
@pytest.mark.parametrize(
    ("model", "lookup"),
    [
        (Region, "internal_note__startswith"),
        (Region, "internal_note"),
        (Region, "internal_note__regex"),
        (Region, "province__officials__user__password__startswith"),
        (Region, "priorities__classification_note__contains"),
        (Region, "remark__startswith"),
        (Region, "kind__startswith"),
        (Priority, "classification_note__startswith"),
        (Priority, "region__internal_note__startswith"),
        (Alias, "region__internal_note__startswith"),
        (Division, "region__internal_note__contains"),
    ],
)
def test_undeclared_lookups_are_refused(enter, who, model, lookup):
    assert enter(who).get(address(model, "changelist"), {lookup: "只"}).status_code == 400


@pytest.mark.parametrize(
    "query", ["?kind__exact=county", "?province__id__exact=6", "?verification__exact=verified", "?e=1", "?o=-1.2"]
)
def test_declared_lookups_work(enter, query):
    assert enter("reader").get(address(Region, "changelist") + query).status_code in (200, 302)


# Single rows


def pages_of(model):
    """Return the pages of a row: also those of its parts, and of all its fields."""
    parts = getattr(admin.site._registry[model], "parts", {})
    small = {part for part, (_, fields) in parts.items() if fields}
    return {"change", "delete", "history", *small, *(["whole"] if parts else ())}


@pytest.mark.once
@by_model
@pytest.mark.parametrize("who", ["province", "nowhere"])
def test_rows_of_others_open_nowhere(enter, model, who):
    client, row = enter(who), row_of(model, THEIRS)

    for page, query in product(pages_of(model), ("", "?_popup=1", "?_to_field=id", "?restore=1")):
        response = client.get(reverse(f"admin:pilots_{model._meta.model_name}_{page}", args=[row.pk]) + query)

        assert response.status_code in (302, 403, 404), (page, query)
        assert SECRET not in response.text, (page, query)
        assert str(row) not in response.text, (page, query)


@pytest.mark.once
@by_model
@pytest.mark.parametrize("who", WHO_MAY_NOT_WRITE)
def test_rows_of_others_are_written_by_nobody(enter, model, who):
    client, row, before = enter(who), row_of(model, THEIRS), state()

    for page, name in product(pages_of(model) - {"history"}, ("post", "_save", "_saveasnew", "_popup")):
        url = reverse(f"admin:pilots_{model._meta.model_name}_{page}", args=[row.pk])
        response = client.post(url, {name: "yes"})

        assert response.status_code in (302, 403, 410) or response.context["errors"], (page, name)
        assert str(row) not in response.text, (page, name)

    assert state() == before


@pytest.mark.once
@by_model
def test_form_of_a_row_or_a_part_never_makes_another(client, model):
    row, before, pages = row_of(model, MINE), state(), pages_of(model)
    for page in pages - {"delete", "history"} - ({"change"} if "whole" in pages else set()):
        url = reverse(f"admin:pilots_{model._meta.model_name}_{page}", args=[row.pk])
        person = Person(client, official(page), url)

        response = client.post(url, person.posted | {"_saveasnew": ["1"]})

        assert (response.status_code, state()) == (302, before), page


@pytest.mark.once
@by_model
@pytest.mark.parametrize("who", ["reader", "stranger", "anonymous"])
def test_nothing_is_added_by_who_may_only_see(enter, model, who):
    client, before = enter(who), state()

    assert client.get(address(model, "add")).status_code in (302, 403)
    assert client.post(address(model, "add"), {"name": "某", "region": 1}).status_code in (302, 403)
    assert state() == before


@pytest.mark.once
@pytest.mark.parametrize(("model", "field"), [(Region, "internal_note"), (Priority, "classification_note")])
def test_notes_are_for_those_who_may_change_the_row(enter, client, model, field):
    mine, theirs = row_of(model, MINE), row_of(model, THEIRS)
    assert SECRET in enter("province").get(address(model, "change", mine.pk)).text

    for row in (mine, theirs):
        response = enter("reader").get(address(model, "change", row.pk))
        assert response.status_code == 200
        assert SECRET not in response.text
        assert field not in response.text
    client.force_login(make.make_official("部", "部委编辑"))
    assert SECRET in client.get(address(model, "change", theirs.pk)).text


@pytest.mark.once
def test_who_edits_one_province_and_reads_all_sees_notes_of_the_one_only(client):
    client.force_login(make.make_official("兼", "省级编辑", "liaoning", also="只读"))

    assert SECRET in client.get(address(Region, "change", row_of(Region, MINE).pk)).text
    other = client.get(address(Region, "change", row_of(Region, THEIRS).pk))
    assert other.status_code == 200
    assert SECRET not in other.text
    assert 'name="_save"' not in other.text
    before = state()
    assert client.post(address(Region, "change", row_of(Region, THEIRS).pk), {"_save": "1"}).status_code == 403
    assert state() == before


@pytest.mark.parametrize("named", ["zhejiang", "ningbo", "xinjiang", "bingtuan", "beijing", "hebei"])
def test_units_inside_a_province_count_for_its_officials_and_not_the_other_way_round(named):
    user = make.make_official("某", "省级编辑", named)

    found = set(Region.objects.filter(editable(user, Region)))

    assert found == {region for region in Region.objects.all() if _stands_in(region, named)}
    assert found


def _stands_in(region, slug):
    return any(slug in (unit.slug, unit.parent and unit.parent.slug) for unit in region.provinces)


@pytest.mark.once
@pytest.mark.parametrize("slug", ["beijing", "tianjin", "hebei"])
def test_joint_region_belongs_to_each_of_its_provinces(client, slug):
    joint = Region.objects.get(slug=JOINT)
    client.force_login(make.make_official("津", "省级编辑", slug))
    url = address(Region, "change", joint.pk)
    data = form_data(client.get(url)) | {"remark": "共建单位之一写的。"}

    response = client.post(url, data)

    assert response.status_code == 302
    joint.refresh_from_db()
    assert joint.remark == "共建单位之一写的。"
    assert {unit.slug for unit in joint.provinces} == {"beijing", "tianjin", "hebei"}


# Links


def complete(client, model, field, term=""):
    query = {"app_label": "pilots", "model_name": model._meta.model_name, "field_name": field, "term": term}
    return client.get(reverse("admin:autocomplete"), query)


@pytest.mark.once
@pytest.mark.parametrize(
    ("model", "field"),
    [(Alias, "region"), (Division, "region"), (Document, "region"), (Indicator, "document"), (Priority, "region")],
)
def test_autocomplete_offers_what_is_in_reach(enter, model, field):
    results = json.loads(complete(enter("province"), model, field).text)["results"]

    in_liaoning = Region.objects.filter(province__slug__in=("liaoning", "dalian"))
    if field == "document":
        in_liaoning = Document.objects.filter(region__in=in_liaoning)
    assert {int(each["id"]) for each in results} == set(in_liaoning.values_list("pk", flat=True))
    assert json.loads(complete(enter("province"), model, field, "怀柔").text)["results"] == []


@pytest.mark.once
@pytest.mark.parametrize("field", ["province", "partners"])
def test_autocomplete_of_provinces_offers_ones_own(enter, field):
    results = json.loads(complete(enter("province"), Region, field).text)["results"]

    assert {each["text"] for each in results} == {"辽宁省", "大连市"}


@pytest.mark.parametrize("who", ["nowhere", "stranger", "anonymous"])
def test_autocomplete_tells_nothing_to_others(enter, who):
    response = complete(enter(who), Alias, "region")

    assert response.status_code in (302, 403) or json.loads(response.text)["results"] == []


@pytest.mark.parametrize(("model", "extra"), [(Alias, {"name": "新", "kind": "common"}), (Division, {})])
def test_region_of_another_province_is_not_taken_by_a_form(bold, model, extra):
    theirs, before = Region.objects.get(slug=THEIRS), state()
    data = {
        "region": theirs.pk,
        "position": 99,
        "role": "self",
        "name_then": "某",
        "verification": "verified",
    } | extra

    response = bold.post(address(model, "add"), data)

    assert response.status_code == 200
    assert "region" in response.context["adminform"].form.errors
    assert state() == before


def test_prefilled_link_names_no_row_of_others(bold):
    theirs = Region.objects.get(slug=THEIRS)

    text = bold.get(address(Alias, "add") + f"?region={theirs.pk}&_popup=1").text

    assert theirs.name not in text


@pytest.mark.once
@by_model
def test_child_is_not_handed_to_another_province(bold, model):
    if model is Region:
        return
    row, theirs = row_of(model, MINE), Region.objects.get(slug=THEIRS)
    url, before = address(model, "change", row.pk), state()

    response = bold.post(url, form_data(bold.get(url)) | {"region": theirs.pk})

    if model is not Priority:  # a line of the notice is handed to no area at all: its form doesn't read the field
        assert response.status_code == 200
        assert "region" in response.context["adminform"].form.errors
    assert state() == before


@pytest.mark.once
def test_region_is_not_moved_to_another_province(bold):
    mine, before = Region.objects.get(slug=MINE), state()
    LoadedRow.objects.filter(model="region").delete()  # of areas that were loaded nobody changes it
    url = address(Region, "change", mine.pk)

    response = bold.post(url, form_data(bold.get(url)) | {"province": Province.objects.get(slug="beijing").pk})

    assert response.status_code == 200
    assert "province" in response.context["adminform"].form.errors
    assert state() == before


@pytest.mark.once
def test_region_is_not_created_in_another_province(bold):
    before = state()
    data = form_data(bold.get(address(Region, "add"))) | {
        "notice": Notice.objects.get().pk, "serial": 99, "name_raw": "新", "name": "新", "short_name": "新",
        "kind": "county", "pinyin": "xin", "short_pinyin": "xin", "slug": "xin", "name_now_status": "unverified",
        "verification": "unverified", "province": Province.objects.get(slug="beijing").pk,
        "kind_source": "民函〔2017〕73号",
    }  # fmt: skip

    response = bold.post(address(Region, "add"), data)

    assert response.status_code == 200
    assert "province" in response.context["adminform"].form.errors
    assert state() == before
    data |= {"province": Province.objects.get(slug="dalian").pk, "edit_reason": REASON}
    asked = bold.post(address(Region, "add"), data).context["adminform"].form.to_confirm
    assert bold.post(address(Region, "add"), data | {"confirmed": asked.digest}).status_code == 302


@pytest.mark.once
def test_row_that_leaves_the_reach_is_put_back_and_what_was_typed_stays(client):
    """An official of 天津 cuts their own unit from the joint area: allowed choice by choice, refused as a whole."""
    LoadedRow.objects.filter(model="region").delete()  # of areas that were loaded nobody changes it
    joint, before = Region.objects.get(slug=JOINT), state()
    client.force_login(make.make_official("津", "省级编辑", "tianjin"))
    url = address(Region, "change", joint.pk)
    data = form_data(client.get(url))
    hebei = Province.objects.get(slug="hebei").pk
    data |= {"partners": [hebei], "remark": "写了很久的一段说明。"}

    response = client.post(url, data)

    assert response.status_code == 200
    assert "不再属于您负责的省级单位" in response.text
    assert "写了很久的一段说明。" in response.text
    assert state() == before


@pytest.mark.once
def test_links_that_one_may_not_choose_are_not_cut(client):
    LoadedRow.objects.filter(model="region").delete()  # of areas that were loaded nobody changes it
    joint = Region.objects.get(slug=JOINT)
    client.force_login(make.make_official("津", "省级编辑", "tianjin"))
    url = address(Region, "change", joint.pk)
    data = form_data(client.get(url))
    tianjin = Province.objects.get(slug="tianjin")
    data |= {"partners": [tianjin.pk], "province": ""}
    assert "另有 1 项不在您的职权内，保存时保留。" in client.get(url).text

    response = client.post(url, data)

    assert response.status_code == 302
    joint.refresh_from_db()
    assert joint.province.slug == "beijing"
    assert {unit.slug for unit in joint.partners.all()} == {"tianjin", "hebei"}


@pytest.mark.once
def test_save_that_leaves_unseen_links_alone_changes_nothing(client):
    joint = Region.objects.get(slug=JOINT)
    client.force_login(make.make_official("津", "省级编辑", "tianjin"))
    url = address(Region, "change", joint.pk)
    page, before, known = client.get(url), state(), HistoryEntry.objects.count()

    assert client.post(url, form_data(page)).status_code == 302
    assert state() == before
    assert not LogEntry.objects.exists()
    assert HistoryEntry.objects.count() == known


def test_provinces_show_ones_own_only(enter):
    client, beijing = enter("province"), Province.objects.get(slug="beijing")

    assert {row.slug for row in client.get(address(Province, "changelist")).context["cl"].queryset} == {
        "liaoning",
        "dalian",
    }
    assert client.get(address(Province, "change", beijing.pk)).status_code == 302


@pytest.mark.once
def test_link_that_one_may_not_choose_is_not_replaced(client):
    joint, before = Region.objects.get(slug=JOINT), state()
    client.force_login(make.make_official("津", "省级编辑", "tianjin"))
    LoadedRow.objects.filter(model="region").delete()  # of areas that were loaded nobody changes it
    url = address(Region, "change", joint.pk)
    data = form_data(client.get(url)) | {"province": Province.objects.get(slug="tianjin").pk}

    assert "province" in client.post(url, data).context["adminform"].form.errors
    assert state() == before


@pytest.mark.once
@pytest.mark.parametrize("prefix", ["priorities", "aliases", "divisions", "documents", "indicators"])
@pytest.mark.parametrize("extra", [{}, {"DELETE": "on"}])
def test_inline_takes_no_row_of_others(bold, prefix, extra):
    mine = Region.objects.get(slug=MINE)
    model = Region._meta.get_field(prefix).related_model
    url, before, theirs = address(Region, "change", mine.pk), state(), row_of(model, THEIRS)
    data = form_data(bold.get(url)) | {f"{prefix}-0-id": theirs.pk}

    bold.post(url, data | {f"{prefix}-0-{name}": value for name, value in extra.items()})

    assert state() == before


@pytest.mark.once
def test_inline_takes_no_parent_of_others(bold):
    mine, theirs = Region.objects.get(slug=MINE), Region.objects.get(slug=THEIRS)
    url, before = address(Region, "change", mine.pk), state()

    bold.post(url, form_data(bold.get(url)) | {"aliases-0-region": theirs.pk})

    assert state() == before


# Many at once


@pytest.mark.once
@by_model
@pytest.mark.parametrize("across", ["0", "1"])
@pytest.mark.parametrize("who", ["province", "reader", "nowhere"])
def test_actions_reach_no_row_of_others(enter, model, across, who):
    client, theirs, before = enter(who), row_of(model, THEIRS), state()
    data = {"action": "delete_selected", "_selected_action": [theirs.pk], "select_across": across, "post": "yes"}

    client.post(address(model, "changelist") + "?q=怀柔", data)

    assert state() == before


@pytest.mark.once
@by_model
def test_action_across_everything_takes_only_what_is_in_reach(bold, model):
    others = {row.pk for row in model.objects.all() if _region(row).province.slug not in ("liaoning", "dalian")}
    data = {"action": "delete_selected", "_selected_action": ["0"], "select_across": "1", "post": "yes", "index": "0"}

    bold.post(address(model, "changelist"), data)

    assert set(model.objects.values_list("pk", flat=True)) >= others


def _region(row):
    return getattr(row, "region", row)


def test_who_sees_everything_deletes_only_their_own(client):
    user = make.make_official("兼", "省级编辑", "liaoning", also="只读")
    user.user_permissions.set(Permission.objects.filter(codename__in=EVERYTHING))
    client.force_login(user)
    before = state()
    theirs = [row_of(Alias, THEIRS).pk, row_of(Alias, MINE).pk]

    response = client.post(
        address(Alias, "changelist"), {"action": "delete_selected", "_selected_action": theirs, "post": "yes"}
    )

    assert response.status_code == 302  # back to the list: the action isn't offered to anybody
    assert state() == before


@pytest.mark.parametrize("field", ["kind", "region"])
def test_list_edits_are_looked_at_row_by_row(client, monkeypatch, field):
    """No list of ours is editable; should one become so, seeing a row is not enough to write it or draw it in."""
    from django.contrib import admin

    monkeypatch.setattr(admin.site._registry[Alias], "list_editable", (field,))
    client.force_login(make.make_official("兼", "省级编辑", "liaoning", also="只读"))
    theirs, before = row_of(Alias, THEIRS), state()
    value = {"kind": "former", "region": Region.objects.get(slug=MINE).pk}[field]
    data = {"form-TOTAL_FORMS": 1, "form-INITIAL_FORMS": 1, "form-0-id": theirs.pk, "_save": "1"}
    data[f"form-0-{field}"] = value

    response = client.post(address(Alias, "changelist") + f"?q={quote(theirs.name)}", data, follow=True)

    assert {"kind": "不再属于您负责的省级单位", "region": "选择一个有效的选项"}[field] in response.text
    assert state() == before


# Side doors


@pytest.mark.once
@by_model
@pytest.mark.parametrize("who", ["province", "nowhere", "stranger", "anonymous"])
def test_content_type_redirect_leads_to_nothing_out_of_reach(enter, model, who):
    client, kind = enter(who), ContentType.objects.get_for_model(model)

    response = client.get(f"/admin/r/{kind.pk}/{row_of(model, THEIRS).pk}/")

    assert response.status_code == 404 or response.headers["Location"].startswith(("/admin/login/", "/accounts/"))


@pytest.mark.once
@pytest.mark.parametrize("who", ["province", "stranger"])
def test_content_type_redirect_asks_for_the_right_to_see_such_rows(enter, who):
    kind, notice = ContentType.objects.get_for_model(Notice), Notice.objects.get()

    assert enter(who).get(f"/admin/r/{kind.pk}/{notice.pk}/").status_code == 404
    assert enter("reader").get(f"/admin/r/{kind.pk}/{notice.pk}/").status_code == 302


def test_content_type_redirect_leads_to_ones_own(enter):
    kind = ContentType.objects.get_for_model(Region)

    response = enter("province").get(f"/admin/r/{kind.pk}/{row_of(Region, MINE).pk}/")

    assert response.headers["Location"] == f"/regions/{MINE}/"


@pytest.mark.once
@pytest.mark.parametrize("path", ["/admin/r/x/1/", "/admin/r/999999/1/", "/admin/r/1/x%00/"])
def test_content_type_redirect_takes_nonsense(enter, path):
    assert enter("province").get(path).status_code == 404


@pytest.mark.once
def test_view_on_site_button_leads_to_the_public_page(enter):
    text = enter("province").get(address(Region, "change", row_of(Region, MINE).pk)).text

    assert "看公开页" in text


@pytest.mark.once
@pytest.mark.parametrize("who", ["province", "reader"])
def test_recent_actions_are_ones_own(enter, people, client, who):
    client.force_login(make.make_official("部", "部委编辑"))
    theirs = row_of(Alias, THEIRS)
    url = address(Alias, "change", theirs.pk)
    client.post(url, form_data(client.get(url)) | {"name": "怀柔新别名"})
    assert "怀柔新别名" in client.get("/admin/").text

    assert "怀柔新别名" not in enter(who).get("/admin/").text


@pytest.mark.once
@pytest.mark.parametrize("field", ["internal_note", "province__name", "id__gt"])
def test_popup_hands_out_no_other_field(enter, field):
    assert enter("province").get(address(Region, "changelist") + f"?_popup=1&_to_field={field}").status_code == 400


@pytest.mark.once
@pytest.mark.parametrize("who", ["province", "reader", "nowhere"])
def test_accounts_and_roles_are_out_of_reach(enter, people, who):
    client, other = enter(who), people["stranger"]

    for path in (
        "/admin/auth/user/", "/admin/auth/user/add/", f"/admin/auth/user/{other.pk}/change/",
        f"/admin/auth/user/{other.pk}/reset/", f"/admin/auth/user/{other.pk}/history/",
        f"/admin/auth/user/{other.pk}/delete/", f"/admin/auth/user/{other.pk}/agree/",
        "/admin/auth/group/", "/admin/auth/group/add/",
        f"/admin/auth/group/{Group.objects.first().pk}/change/",
    ):  # fmt: skip
        assert client.get(path).status_code in (302, 403, 404), path
        assert client.post(path, {"username": "x", "is_superuser": "on"}).status_code in (302, 403, 404), path
        assert other.username not in client.get(path).text
    assert not Official.objects.filter(user__is_superuser=True).exists()


@pytest.mark.once
@pytest.mark.parametrize("who", ["province", "reader"])
def test_lists_and_forms_take_the_same_queries_whatever_the_data(enter, django_assert_max_num_queries, who):
    client, mine = enter(who), row_of(Region, MINE)
    urls = [address(model, "changelist") for model in SCOPED] + [address(Region, "change", mine.pk)]

    def count():
        counts = []
        for url in urls:
            client.get(url)
            with django_assert_max_num_queries(32) as queries:
                client.get(url)
            counts.append(len(queries))
        return counts

    few = count()
    with together():
        for n in range(20):
            region = make.make_region(province=Province.objects.get(slug="liaoning"))
            make.make_priority(region=region)
            make.make_priority(region=mine, number=50 + n)
            Alias.objects.create(region=mine, name=f"某{n}", kind="common")
            Division.objects.create(region=mine, position=50 + n, role="self", name_then="某")
    assert count() == few
