"""What came after the notice: evidence with its source, each fact accounted for, nothing said that nobody wrote."""

import csv
import datetime
import io
import json
from collections import Counter

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from selectolax.lexbor import LexborHTMLParser

from pilots.exports import package
from pilots.models import EVIDENCE, Document, HistoryEntry, Indicator, Mechanism, Project, Proposal, Region
from pilots.pages import after
from pilots.record import facts

from . import factories as make
from .forms import Person, address, official

pytestmark = pytest.mark.django_db
FOLDER = settings.BASE_DIR / "fixtures"


@pytest.mark.once
def test_every_fact_is_accounted_for():
    account = json.loads((FOLDER / "source" / "follow-up.json").read_text(encoding="utf-8"))
    documents = {(row.region.slug, row.position): row for row in Document.objects.select_related("region")}
    of_facts = {outcome: set() for outcome in ("shown", "unverified", "left out")}
    for fact in account:
        of_facts[fact["outcome"]] |= {tuple(fact["document"])} if "document" in fact else set()
        assert fact["outcome"] == "shown" or fact["why"]

    assert len({fact["id"] for fact in account}) == len(account) == 247
    assert Counter(fact["outcome"] for fact in account) == {"shown": 150, "unverified": 67, "left out": 30}
    assert of_facts["shown"] == {key for key, row in documents.items() if row.is_shown}
    assert of_facts["unverified"] == {key for key, row in documents.items() if not row.is_shown}
    assert (len(of_facts["shown"]), len({slug for slug, _ in of_facts["shown"]})) == (136, 43)
    assert Counter(row.relation for row in documents.values() if row.is_shown)["direct"] == 14


@pytest.mark.once
def test_every_value_of_the_facts_is_a_row_of_the_document_that_says_it():
    account = json.loads((FOLDER / "source" / "follow-up.json").read_text(encoding="utf-8"))
    of_facts = [
        (kind, fact["document"][0], position, fact["document"][1])
        for kind in ("indicators", "mechanisms", "projects")
        for fact in account
        for position in fact.get(kind, ())
    ]
    rows = [
        (f"{model._meta.model_name}s", row.region.slug, row.position, row.document.position)
        for model in EVIDENCE
        for row in model.objects.select_related("region", "document")
    ]

    assert sorted(of_facts) == sorted(rows)
    assert [len(model.objects.all()) for model in EVIDENCE] == [81, 4, 3]
    assert all(row.is_shown for model in EVIDENCE for row in model.objects.select_related("document"))
    assert {fact["outcome"] for fact in account if "values" in fact} == {"shown"}
    for row in Document.objects.all():  # what is a row is in no sentence
        values = [value for i in row.indicators.all() for _, value, _ in i.cells if len(value) > 3]
        assert not [value for value in values if value in row.finding], row


@pytest.mark.once
@pytest.mark.parametrize(
    ("values", "field", "text"),
    [
        ({"reached_year": 2098, "reached_value": "3"}, "reached_year", "还没有到这一年"),
        ({"base_year": 2021, "base_value": "3"}, "target_year", "不能早于起点年份"),
        ({"target_value": "93.8以上"}, "target_value", "写数字"),
        ({"target_value": "59", "target_year": None}, "target_year", "要么都填"),
    ],
)
def test_indicator_that_cannot_be_is_refused(values, field, text):
    row = make.make_indicator(document=make.make_document())
    vars(row).update(values)
    with pytest.raises(ValidationError) as caught:
        row.full_clean()

    assert text in str(caught.value.message_dict.get(field) or caught.value.message_dict)


@pytest.mark.once
def test_row_is_of_a_document_of_its_own_area(client):
    other = Region.objects.get(slug="guangdong-dongguan")
    row = make.make_indicator(document=make.make_document(), name="某某覆盖率")
    make.overwrite(Indicator.objects.filter(pk=row.pk), document=other.documents.first())
    row.refresh_from_db()
    with pytest.raises(ValidationError, match="请选本地区的后续文件"):
        row.full_clean()

    assert any("某某覆盖率" in line and "不是本地区的" in line for line in facts.rules())
    assert "某某覆盖率" not in client.get(other.get_absolute_url()).text
    assert "某某覆盖率" not in package.unpacked(client.get("/data/package.zip").content)["indicators.csv"].decode()


@pytest.mark.parametrize(
    ("model", "values"),
    [
        (Indicator, {"base_value": "≥3"}),
        (Mechanism, {"members": "甲县\n乙县"}),
        (Project, {"investment": 240_000}),
    ],
)
def test_row_is_shown_while_its_document_is(client, model, values):
    document = make.make_document(relation="direct", finding="引用本通知。")
    row = model.objects.create(region=document.region, document=document, position=90, name="某某事", **values)
    row.remark = "某某范围"
    row.save()
    shown = section_of(client, document.region).text()
    person = Person(client, official("张"), address(document))
    person.types(verification="unverified").saves("重新核对，出处已经打不开")
    client.logout()

    found = package.unpacked(client.get("/data/package.zip").content)[f"{model._meta.model_name}s.csv"].decode()
    entries = HistoryEntry.objects.public().filter(content_type__model=model._meta.model_name)
    assert "某某事" in shown
    assert {"3以上", "甲县、乙县", "24亿元"} & {text for text in ("3以上", "甲县、乙县", "24亿元") if text in shown}
    assert person.is_saved, person.text
    assert "某某事" not in section_of(client, document.region).text() + found
    assert not entries.filter(object_id=row.pk).exists()


def test_reports_follow_from_the_words_of_the_duty_and_their_state_from_documents(client):
    region = Region.objects.get(slug="liaoning-benxi")
    duties = list(region.notice.sections.filter(kind="duty"))
    note = section_of(client, region).css_first("div.blank .note").text()
    day = {"relation": "direct", "finding": "引用本通知。", "duties": "六"}
    documents = [
        make.make_document(position=position, issued=issued, **day)
        for position, issued in ((90, "2016-04-20"), (91, "2018"), (92, "2019-05-31"), (93, "2023-01"))
    ]
    rows = list(after.reports(duties, documents))

    assert [f"{due}" for _, due, _ in rows[:5]] == [
        "2016-03-31",
        "2016-06-30",
        "2016-09-30",
        "2016-12-31",
        "2017-03-31",
    ]
    assert rows[-1][:2] == ("每年12月底前形成年度总结", datetime.date(2020, 12, 31))
    assert [(f"{due}", document.position) for _, due, document in rows if document] == [
        ("2016-03-31", 90),
        ("2018-12-31", 91),
        ("2019-06-30", 92),
        ("2018-12-31", 91),
    ]
    asked = "通知要求“按季度报送”“每年12月底前形成年度总结”，没有写到哪一年为止。"
    assert note == f"{asked}算到2020年，分别是20次、5次，查到公开的分别是0次、0次。"
    assert after.of_area(documents, duties)["reports"] == [("按季度报送", 20, 3), ("每年12月底前形成年度总结", 5, 1)]
    make.overwrite(Region.objects.filter(pk=region.pk), is_issued=False)
    assert "算到2020年" not in section_of(client, region).text()


def test_province_fills_its_own_rows_and_what_readers_see_waits(settings):
    settings.REVIEW = "province"
    document = make.make_document(relation="direct", finding="引用本通知。")
    row = make.make_indicator(document=document)
    official("张")
    mine = make.make_official("辽", "省级编辑", "liaoning")
    theirs = make.make_official("京", "省级编辑", "beijing")

    Person(Client(), mine, address(row)).types(target_value="≥60").saves("照文件第二章更正目标值")
    row.refresh_from_db()
    waiting = Proposal.objects.get()
    assert (row.target_value, waiting.state) == ("59", "received")
    assert [(line["before"], line["after"]) for line in waiting.lines] == [("59", "≥60")]
    client = Client()
    client.force_login(theirs)
    assert client.get(address(row)).status_code in (302, 403, 404)

    make.overwrite(Document.objects.filter(pk=document.pk), verification="unverified")
    person = Person(Client(), mine, address(row))
    person.types(target_value="≥60", reached_value="61").saves("照文件第二章更正目标值")
    row.refresh_from_db()
    assert (row.target_value, row.reached_value) == ("≥60", "61"), person.text


@pytest.mark.once
@pytest.mark.parametrize("role", [("部委编辑",), ("省级编辑", "liaoning")])
def test_new_row_is_of_a_document_of_the_area_that_it_is_added_to(settings, role):
    settings.REVIEW = ""
    document = make.make_document()
    form = reverse("admin:pilots_indicator_add") + f"?region={document.region_id}&back=1"
    person = Person(Client(), make.make_official("某", *role), form)
    options = LexborHTMLParser(person.text).css("select[name=document] option")

    offered = {int(node.attributes["value"]) for node in options if node.attributes["value"]}
    assert offered == {row.pk for row in document.region.documents.all()}
    person.types(document=str(document.pk), position="7", name="某某覆盖率", unit="%", target_year="2020")
    person.types(target_value="≥60").saves("照文件第二章填写目标值")
    assert person.is_saved, person.text
    assert Indicator.objects.get(position=7, region=document.region).document == document
    other = Document.objects.exclude(region=document.region).first()
    person = Person(Client(), make.make_official("另", *role), form)
    person.types(document=str(other.pk), position="8", name="某某覆盖率", target_year="2020", target_value="1")
    person.saves("照文件第二章填写目标值")
    assert not person.is_saved
    assert not Indicator.objects.filter(position=8, region=document.region).exists()


@pytest.mark.once
@pytest.mark.parametrize(
    ("values", "meter"),
    [
        ({}, None),
        ({"reached_value": "32", "reached_year": 2019}, ("32", "59")),
        ({"reached_value": "32.5", "target_value": "≥59"}, ("32.5", "59")),
        ({"reached_value": "60"}, None),
        ({"reached_value": "约32"}, None),
        ({"reached_value": "32", "target_value": "≤59"}, None),
        ({"reached_value": "-3"}, None),
    ],
)
def test_bar_is_drawn_where_target_and_value_are_known(client, values, meter):
    document = make.make_document(relation="direct", finding="引用本通知。")
    make.make_indicator(document=document, **values)
    node = section_of(client, document.region).css_first("meter")

    assert (node and (node.attributes["value"], node.attributes["max"])) == meter


@pytest.mark.once
@pytest.mark.parametrize(
    ("values", "field", "text"),
    [
        ({"source": "听人说"}, "source", "须有公开网址或文号"),
        ({"source": "某网《某文》 http://10.0.0.1/a.html"}, "source", "不是公开网址"),
        ({"issued": "2019-02-30"}, "issued", "没有这一天"),
        ({"published": "2099-01-01"}, "published", "还没有到这一天"),
        ({"issued": "2098-12"}, "issued", "还没有到这一天"),
        ({"published": "2099"}, "published", "还没有到这一天"),
        ({"published": "2018-12-31"}, "published", "比印发日期早"),
        ({"number": "某政发〔2015〕7号"}, "number", "差一年以上"),
        ({"number": "发改环资〔2015〕3214号", "issued": ""}, "number", "这就是通知本身"),
        ({"published": "2019年4月"}, "published", "写作2019"),
    ],
)
def test_document_that_nobody_can_look_up_is_refused_and_named(values, field, text):
    row = make.make_document()
    vars(row).update(values)
    with pytest.raises(ValidationError) as caught:
        row.full_clean()

    assert text in str(caught.value.message_dict[field])
    if field == "source":
        make.overwrite(Document.objects.filter(pk=row.pk), **values)
        assert any("某地某方案" in line and text in line for line in facts.rules())
        assert not Document.objects.get(pk=row.pk).is_shown


@pytest.mark.once
def test_document_is_corrected_from_the_source_that_it_has_and_entered_from_a_book():
    row = make.make_document()
    person = Person(Client(), official("张"), address(row))

    person.types(title="某地某方案（试行）").saves()
    assert "仍以原来的出处为准的，在更正说明里写明它" in person.text
    person.types().saves("照《某地另一方案》改正题名")
    assert not person.is_saved
    person.types().saves("照原件《某地某方案》改正题名")
    assert person.is_saved
    person = Person(Client(), official("张"), address(row)).types(title="某地某方案（暂行）")
    person.saves("题名少了两字，仍以原来的出处为准")
    assert person.is_saved

    person = Person(Client(), official("王"), address(row))
    person.types(verification="unverified").saves("出处要再核对一遍")
    person = Person(Client(), official("王"), address(row))
    person.types(verification="verified").saves("已与 https://www.gov.cn/a/b.html 核对")
    assert person.is_saved

    person = Person(Client(), official("张"), reverse("admin:pilots_document_add") + f"?region={row.region_id}")
    person.types(title="某年鉴", issued="2017", kind="review", position="95", verification="verified")
    person.types(relation="same_topic", source="某出版社《某地年鉴2017》第112页").saves("查到的年鉴有这一段")
    assert person.is_saved, person.text


def test_readers_see_no_document_that_is_unverified_or_withdrawn(client):
    make.make_document(title="某方案甲")
    doubtful, withdrawn = (make.make_document(position=91 + n, title=f"某方案{'乙丙'[n]}") for n in range(2))
    person = Person(client, official("张"), address(doubtful))
    person.types(verification="unverified").saves("重新核对，出处已经打不开")
    make.overwrite(
        Document.objects.filter(pk=withdrawn.pk), withdrawn_on="2026-11-01", withdrawn_reason="与第一份重复"
    )
    client.logout()

    found = package.unpacked(client.get("/data/package.zip").content)["documents.csv"].decode()
    titles = {row["title"] for row in csv.DictReader(io.StringIO(found, newline=""))}
    assert titles & {"某方案甲", "某方案乙", "某方案丙"} == {"某方案甲"}
    assert "internal_note" not in found.partition("\n")[0]
    assert person.is_saved
    entries = HistoryEntry.objects.public().filter(content_type__model="document")
    assert not entries.filter(object_id=doubtful.pk, changes__has_key="title").exists()


def section_of(client, region):
    return LexborHTMLParser(client.get(region.get_absolute_url()).text).css_first("section[aria-labelledby=after]")


@pytest.mark.once
@pytest.mark.parametrize("slug", ["jing-jin-ji", "guangdong-dongguan", "beijing-huairou", "shanxi-xiaoyi"])
def test_area_tells_direct_evidence_and_folds_what_is_no_result_of_the_notice(client, slug):
    region = Region.objects.get(slug=slug)
    rows = [row for row in region.documents.all() if row.is_shown]
    section = section_of(client, region)
    text = " ".join(section.text().split())

    assert [node.id for node in section.css(".question__body > .evidence")] == [
        row.anchor for row in sorted(rows, key=lambda row: row.dated, reverse=True) if row.relation == "direct"
    ]
    for fold in section.css("details"):
        documents = {row.anchor: row.relation for row in rows}
        relations = {documents[node.id] for node in fold.css(".evidence")}
        reason = fold.css_first("summary").text()
        assert relations == ({"same_topic"} if "不能当作它的成果" in reason else {"successor"})
        assert "不是这份通知的结果" in reason or relations == {"same_topic"}
    assert len(section.css(".evidence")) == len(rows)
    assert "本站未查到公开资料。没有查到，不等于没有做。最近一次查找：2026年11月25日。" in text
    assert section.css_first(".blank a").attributes["href"].startswith("/corrections/new/?at=/regions/")
    assert all(word not in text for word in ("未完成", "没有完成", "未落实", "internal", "FU-"))
    linked = {node.attributes["href"] for node in section.css(".evidence a")}
    assert linked == {url for row in rows for _, url in row.cited if url}


def test_document_leads_to_the_lines_that_it_bears_on(client):
    """As somebody said who read it: no document of the public record says so yet."""
    region = Region.objects.get(slug="liaoning-benxi")
    one, two, *_ = lines = list(region.priorities.order_by("number"))
    row = make.make_document(region=region, priorities=f"{one.number}、{two.number}")
    note = section_of(client, region).css_first(f"#{row.anchor} .note")
    assert note.text() == "对应的重点：第1项、第2项（本站归类）"
    assert [node.attributes["href"] for node in note.css("a")] == ["#priority-1", "#priority-2"]
    assert LexborHTMLParser(client.get(region.get_absolute_url()).text).css_first("#priority-2")

    two.withdrawn_on, two.withdrawn_reason = datetime.date(2026, 11, 28), "重复登记"
    two.save()
    assert section_of(client, region).css_first(f"#{row.anchor} .note").text() == "对应的重点：第1项（本站归类）"
    row.full_clean()  # it may be restored
    with pytest.raises(ValidationError, match="还没有录入重点"):
        make.make_document(region=make.make_region(), priorities="1").full_clean()
    for text in ("2、1", "9", "1、1", f"{len(lines) + 1}"):
        row.priorities = text
        with pytest.raises(ValidationError, match="这个地区有第1"):
            row.full_clean()


@pytest.mark.once
def test_what_is_not_found_follows_from_the_rows(client):
    region = Region.objects.get(slug="liaoning-benxi")
    before = section_of(client, region).css_first("div.blank").text()
    make.make_document(relation="direct", finding="引用发改环资〔2015〕3214号。", duties="六", kind="review")
    make.make_document(position=91, relation="direct", finding="引用本通知。", title="建设方案", issued="2015-10")
    earlier = section_of(client, region).css_first("div.blank").text()
    make.make_document(position=92, relation="direct", finding="引用本通知。", title="实施方案", issued="2016")
    section = section_of(client, region)

    assert earlier.strip().startswith("方案：本站未查到公开资料。")
    assert "点名这份通知的文件，方案、季度进展、年度总结、评价：" in before
    assert section.css_first("div.blank") is None
    assert "早于通知" in section.css_first("#document-91").text()
    assert "早于通知" not in section.css_first("#document-90").text()


@pytest.mark.parametrize("kind", ["topics", "systems"])
def test_theme_says_what_was_found_of_its_areas_and_leads_to_them(client, kind):
    tree = LexborHTMLParser(client.get(f"/{kind}/").text)
    path = next(node.attributes["href"] for node in tree.css("main a") if f"/{kind}/" in node.attributes["href"])
    areas = set(
        Region.objects.filter(**{f"priorities__{kind[:-1]}{'s' * (kind == 'topics')}__slug": path.split("/")[2]})
    )

    section = LexborHTMLParser(client.get(path).text).css_first("section[aria-labelledby=after]")

    found = {relation: set() for relation in ("direct", "same_topic", "successor")}
    for row in Document.objects.filter(region__in=areas, verification="verified"):
        found[row.relation].add(row.region)
    found["none"] = areas.difference(*found.values())
    links = section.css(".places__link")
    assert [link.css_first(".places__count").text() for link in links] == [
        f"{len(rows)}个地区" for rows in found.values() if rows
    ]
    for link, rows in zip(links, filter(None, found.values()), strict=True):
        page = LexborHTMLParser(client.get(link.attributes["href"]).text)
        assert f"{len(rows)}个地区" in page.css_first("h1").text()
