"""Lists of the admin as files: what the list shows, and not one row or note more."""

import csv
import io

import pytest
from openpyxl import load_workbook
from selectolax.lexbor import LexborHTMLParser

from pilots.admin.exporting import UNSEEN
from pilots.models import (
    Alias,
    Division,
    Document,
    FormerAddress,
    Indicator,
    LoadedRow,
    Notice,
    Priority,
    Region,
    SecurityEvent,
    together,
)

from . import factories as make
from .admin import MODELS, address
from .sheets import body, place

pytestmark = [pytest.mark.django_db, pytest.mark.once]
SECRET = "只有本省的人才能看的线索"
RECORDS = (Region, Priority, Alias, Division, Document, Indicator)


@pytest.fixture
def enter(client):
    def enter(*role, **also):
        client.force_login(make.make_official("人", *role, **also))
        return client

    return enter


def csv_of(response):
    return list(csv.DictReader(io.StringIO(body(response).decode("utf-8-sig"), newline=""), strict=True))


def book_of(response):
    return load_workbook(io.BytesIO(body(response)))


def test_list_as_csv_has_every_row_and_field(enter):
    response = enter("部委编辑").get(place(Region, "csv"))
    rows = csv_of(response)

    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "filename*=UTF-8''" in response.headers["Content-Disposition"]
    assert [row["地址名"] for row in rows] == list(Region.objects.values_list("slug", flat=True))
    assert {"内部备注", "类型", "共建的其他省级单位"} <= set(rows[0])


@pytest.mark.parametrize("query", ["", "?q=水", "?kind__exact=county", "?province__id__exact=1&q=x", "?o=-2"])
@pytest.mark.parametrize("model", [Region, Priority])
def test_file_has_what_the_list_has(enter, model, query):
    if model is Priority:
        query = query.replace("kind__exact=county", "confidence__exact=low").replace("province", "system")
    client = enter("部委编辑")
    listed = client.get(address(model, "changelist") + query).context["cl"].queryset

    rows = book_of(client.get(place(model, "xlsx") + query)).worksheets[0].iter_rows(min_row=2, values_only=True)

    assert len(list(rows)) == listed.count()


def test_link_on_the_list_keeps_filter_and_search(enter):
    client = enter("只读")
    page = LexborHTMLParser(client.get(address(Region, "changelist") + "?q=水&kind__exact=county&p=0").text)

    links = [node.attributes["href"] for node in page.css(".object-tools a")]
    assert len(links) == 2
    for link in links:
        assert "kind__exact=county" in link
        assert "p=0" not in link
        assert body(client.get(link))


def test_file_says_when_by_which_filter_how_many_and_from_where(enter):
    response = enter("部委编辑").get(place(Region, "xlsx") + "?kind__exact=county&q=县")
    book = book_of(response)
    notes = dict(row[:2] for row in book["说明"].iter_rows(values_only=True))

    assert notes["条件"] == "搜索“县”；类型：县"
    assert notes["行数"] == str(book.worksheets[0].max_row - 1)
    assert notes["来源"].startswith("http://testserver/admin/pilots/region/export.xlsx?kind__exact=county")
    assert notes["生成时间"].endswith("（北京时间）")


def test_date_of_the_list_is_said_in_words(enter):
    book = book_of(enter("部委编辑").get(place(Notice, "xlsx") + "?issued_on__year=2015"))

    assert ["条件", "成文日期：2015年"] in [list(row) for row in book["说明"].iter_rows(values_only=True)]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_ticked_rows_are_exported_alone(enter, kind):
    chosen = [row.pk for row in Region.objects.filter(serial__in=(3, 7))]

    response = enter("部委编辑").post(
        address(Region, "changelist"), {"action": f"export_{kind}", "_selected_action": chosen}
    )

    if kind == "csv":
        assert [row["序号"] for row in csv_of(response)] == ["3", "7"]
    else:
        book = book_of(response)
        assert book.worksheets[0].max_row == 3
        assert "勾选的行；全部" in [row[1] for row in book["说明"].iter_rows(values_only=True)]


def with_notes():
    with together():
        for region in Region.objects.all():
            region.internal_note = SECRET
            region.save()
        make.overwrite(Priority.objects, classification_note=SECRET)
        for region in Region.objects.all()[:3]:
            Alias.objects.create(region=region, name="别名", kind="common")


@pytest.mark.parametrize("model", RECORDS)
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_province_takes_its_own_rows_only(enter, model, kind):
    with_notes()
    client = enter("省级编辑", "liaoning")
    listed = list(client.get(address(model, "changelist")).context["cl"].queryset)
    everyone = [row.pk for row in model.objects.all()]

    whole = client.get(place(model, kind) + "?")
    ticked = client.post(address(model, "changelist"), {"action": f"export_{kind}", "_selected_action": everyone})

    assert len(listed) < len(everyone)
    for response in (whole, ticked):
        count = len(csv_of(response)) if kind == "csv" else book_of(response).worksheets[0].max_row - 1
        assert count == len(listed)


@pytest.mark.parametrize("model", [Region, Priority])
def test_notes_are_for_who_may_change_the_row(enter, model):
    with_notes()

    text = body(enter("只读").get(place(model, "csv"))).decode()

    assert SECRET not in text
    assert "内部备注" not in text
    assert "归类依据" not in text


def test_notes_of_rows_that_she_only_sees_stay_hidden(enter):
    with_notes()

    rows = csv_of(enter("省级编辑", "liaoning", also="只读").get(place(Region, "csv")))

    seen = {row["地址名"]: row["内部备注"] for row in rows}
    assert len(rows) == Region.objects.count()
    assert seen["liaoning-benxi"] == SECRET
    assert seen["beijing-huairou"] == UNSEEN


@pytest.mark.parametrize("model", [model for model in MODELS if model in RECORDS])
def test_who_sees_no_list_gets_no_file(client, enter, model):
    assert client.get(place(model, "csv")).status_code == 302
    assert enter().get(place(model, "csv")).status_code == 403


@pytest.mark.parametrize("query", ["?internal_note__startswith=只", "?kind__exact=x&e=1&unknown=2", "?nothing=1"])
def test_what_the_list_refuses_the_file_refuses(enter, query):
    assert enter("只读").get(place(Region, "csv") + query).status_code == 400


def test_cells_are_harmless(enter):
    make.overwrite(Region.objects.filter(serial=1), remark="=cmd|' /C calc'!A0", open_points="＝1")

    row = csv_of(enter("部委编辑").get(place(Region, "csv")))[0]

    assert (row["说明"], row["通知未列明"]) == ("'=cmd|' /C calc'!A0", "'＝1")


def test_empty_result_is_a_header_alone(enter):
    response = enter("部委编辑").get(place(Region, "csv") + "?q=没有这样的地方")

    assert response.status_code == 200
    assert body(response).count(b"\r\n") == 1


def test_every_list_of_the_record_can_be_taken_along(admin_client):
    records = [model for model in MODELS if model not in (FormerAddress, LoadedRow, SecurityEvent)]

    assert len(records) > 10
    for model in records:
        assert len(csv_of(admin_client.get(place(model, "csv")))) == model.objects.count()
        assert book_of(admin_client.get(place(model, "xlsx"))).sheetnames[1] == "说明"


@pytest.mark.parametrize("model", [Region, Priority])
def test_file_takes_the_same_queries_whatever_the_data(admin_client, django_assert_max_num_queries, model):
    body(admin_client.get(place(model, "csv")))
    with django_assert_max_num_queries(16) as few:
        body(admin_client.get(place(model, "csv")))
    with together():
        for _ in range(20):
            make.make_priority(region=make.make_region())
    with django_assert_max_num_queries(16) as many:
        body(admin_client.get(place(model, "csv")))

    assert len(many) == len(few)
