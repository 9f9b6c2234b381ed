"""What the fixtures say of places and bodies, compared with what was checked against public sources."""

import datetime
import json
import re
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.http import QueryDict
from selectolax.lexbor import LexborHTMLParser

from pilots.models import Alias, Citation, Division, LoadedRow, Ministry, Place, Region
from pilots.models.fixtures import FIXTURES, hashed
from pilots.record.loading import load
from pilots.search.filters import RegionFilter

from . import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def test_place_with_a_code_of_today_has_one_of_2015_too():
    assert not Division.objects.filter(code_then="").exclude(code_now="").exists()


@pytest.mark.parametrize(
    ("place", "code"), [("长沙市", "430100"), ("本溪市", "210500"), ("青岛市", "370200"), ("榆林市", "610800")]
)
def test_code_of_2015_is_that_of_the_list_then_in_force(place, code):
    assert set(Division.objects.filter(name_then=place).values_list("code_then", flat=True)) == {code}


def test_changed_code_or_name_is_one_that_a_reply_changed():
    changed = {
        row.name_then
        for row in Division.objects.all()
        if (row.name_then, row.code_then) != (row.name_now, row.code_now)
    }

    assert changed == {"蓟县", "宁乡县", "神木县"}


def test_page_says_of_no_place_that_it_is_now_itself(client):
    for region in Region.objects.all():
        text = client.get(region.get_absolute_url()).text
        for name, later in re.findall(r"<dd>\s*(\S+) \d*\s*<span class=\"note\">现为(\S+) ", text):
            assert name != later


def test_joint_area_has_no_name_of_today_and_its_member_tells_the_change(client):
    text = client.get(Region.objects.get(serial=4).get_absolute_url()).text

    assert "天津蓟州、" not in text
    assert "不适用（不是行政区划）" in text
    assert "蓟县（今蓟州区）" in text
    assert "120225 → 120119" in text
    assert "国函〔2016〕98号" in text


def test_seat_of_hongdao_is_not_said(client):
    assert "城阳区" not in client.get(Region.objects.get(serial=22).get_absolute_url()).text


def test_change_of_each_ministry_has_a_public_address():
    rows = Ministry.objects.all()

    assert [row.slug for row in rows if not re.search(r"https?://[\w.]+/\S+", row.change_source)] == []
    assert not [row.slug for row in rows if re.search(r"同上|未附网址|hongxing", row.change_source)]


@pytest.mark.parametrize(
    ("slug", "duty"),
    [
        ("ndrc", "应对气候变化和减排"),
        ("mlr", "监督防止地下水污染"),
        ("mwr", "排污口设置管理"),
        ("moa", "农业面源污染治理"),
    ],
)
def test_duties_that_went_to_the_ministry_of_ecology_are_told(slug, duty):
    change = Ministry.objects.get(slug=slug).change

    assert duty in change
    assert "生态环境部" in change


def test_no_fixture_says_a_day_of_the_replies_that_nobody_saw():
    texts = {path.name: path.read_text() for path in (settings.BASE_DIR / "fixtures").glob("*.json")}
    others = "2017(-04-|年4月)(24|18)"  # days of reports of something else
    texts["documents.json"] = re.sub(others, "", texts["documents.json"])

    assert len(texts) == len(FIXTURES) + 1
    assert [name for name, text in texts.items() if re.search(r"2017-0?4-|2017年4月\d", text)] == []


@pytest.mark.parametrize("serial", [28, 39])
def test_month_of_a_reply_is_said_and_no_day(client, serial):
    region = Region.objects.get(serial=serial)
    text = client.get(region.get_absolute_url()).text

    assert (region.renamed_on, region.renamed_precision) == (None, "month")
    assert f'<dt>现名</dt><dd>{region.name_now}<span class="note">2017年4月批准，' in text
    assert "2017年4月批准撤县设市" in text


def test_loaded_record_follows_new_sources_and_loses_the_day():
    """As a database is after migrating: the new fields at their defaults, the old ones as the last fixtures had."""
    old = {"renamed_on": datetime.date(2017, 4, 9), "renaming": "宁乡县改为宁乡市", "renaming_source": "某某"}
    new = {"renamed_precision": "", "kind_source": ""}
    make.overwrite(Region.objects.filter(serial=28), **old, **new, is_kind_verified=False)
    make.overwrite(Alias.objects, source="")
    loaded("region", Region.objects.get(serial=28), old | {"is_kind_verified": False}, new)
    for alias in Alias.objects.all():
        loaded("alias", alias, {}, {"source": ""})

    report = load(settings.BASE_DIR / "fixtures")

    assert report.preserved == []
    region = Region.objects.get(serial=28)
    assert (region.renamed_on, region.renamed_precision) == (None, "month")
    assert Alias.objects.get(name="静海县").source == "国函〔2015〕119号"


def test_edited_renaming_keeps_its_day_and_source():
    old = {"renaming": "宁乡县改为宁乡市", "renaming_source": "某某"}
    edit = {"renamed_on": datetime.date(2017, 4, 10), "renamed_precision": ""}
    make.overwrite(Region.objects.filter(serial=28), **old, **edit)
    loaded("region", Region.objects.get(serial=28), old | {"renamed_on": datetime.date(2017, 4, 9)}, edit)

    load(settings.BASE_DIR / "fixtures")

    region = Region.objects.get(serial=28)
    assert (region.renamed_on, region.renamed_precision) == (datetime.date(2017, 4, 10), "")
    assert region.renaming_source == "某某"


def loaded(model, row, values, without):
    """Let the last load have written `values` into a row and not have known the fields `without`."""
    mark = LoadedRow.objects.get(model=model, object_id=row.pk)
    mark.hashes |= {name: hashed(value) for name, value in values.items()}
    mark.hashes = {name: value for name, value in mark.hashes.items() if name not in without or name in values}
    mark.save()


UNSAID = "按一个未核实的名称找到"


@pytest.mark.parametrize(
    ("name", "serial", "notes"),
    [
        ("日喀则地区", 37, [UNSAID]),
        ("浐灞国际港", 38, [UNSAID]),
        ("农一师", 45, [UNSAID]),
        ("南充", 36, ["通知没有列明"]),
        ("未央区", 38, [UNSAID]),
        ("Shigatse", 37, []),  # a word of 词汇 for 日喀则, which the card shows
    ],
)
def test_name_without_a_source_is_found_by_and_never_said(client, name, serial, notes):
    region = Region.objects.get(serial=serial)
    page = LexborHTMLParser(client.get("/regions/", {"q": name}).text)

    assert [link.attributes["href"] for link in page.css(".card__title a")] == [region.get_absolute_url()]
    assert [note.text() for note in page.css(".card__note")] == notes
    for path in ("/api/v1/regions/", "/regions/", "/search/"):
        assert name not in client.get(path, {"page_size": 100}).text


@pytest.mark.parametrize(("query", "notes"), [("三河", ["通行的说法"]), ("阿坝", ["通知没有列明"])])
def test_card_says_of_a_part_what_the_answer_says(client, query, notes):
    page = LexborHTMLParser(client.get("/regions/", {"q": query}).text)

    assert [note.text() for note in page.css(".card__note")] == notes


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("浐灞国际港", "西安浐灞生态区在第二批名单里，第38号。按一个未核实的名称找到。"),
        ("儋县", "儋州市在第二批名单里，第33号。按一个未核实的名称找到。"),
        ("国际港", "按名称查到1个地区，其中有未核实的名称。"),
        ("红岛", "青岛红岛经济区在第二批名单里，第22号。"),
        (
            "大鹏",
            "大鹏新区在第二批名单里，属于第30号“深圳东部湾区”。不是单独列名：通知写的是“广东省深圳东部湾区（盐田区、大鹏新区）”。",
        ),
        ("静海县", "静海区在第二批名单里，第2号。静海区曾用名静海县（国函〔2015〕119号）。"),
        ("浐灞", "西安浐灞生态区在第二批名单里，第38号。"),
    ],
)
def test_answer_says_where_only_a_name_without_a_source_led_to_it(client, query, said):
    assert client.get("/api/v1/search/", {"q": query}).json()["answer"]["text"] == said


NOW = "虚拟新区"


@pytest.mark.parametrize("query", [NOW, "虚拟", "xunixinqu", f"天津市{NOW}"])
def test_unverified_name_of_today_is_found_by_and_never_said(client, query):
    region = Region.objects.get(serial=2)
    region.name_now, region.name_now_status = f"天津市{NOW}", "unverified"
    region.save()

    page = LexborHTMLParser(client.get("/regions/", {"q": query}).text)

    assert [link.attributes["href"] for link in page.css(".card__title a")] == [region.get_absolute_url()]
    assert [note.text() for note in page.css(".card__note")] == ([] if query.isascii() else [UNSAID])
    for path in ("/", "/regions/", "/search/", region.get_absolute_url(), "/api/v1/regions/"):
        assert NOW not in client.get(path, {"page_size": 100} if "api" in path else {}).text
    if query == f"天津市{NOW}":
        answer = client.get("/api/v1/search/", {"q": query}).json()["answer"]["text"]
        assert answer == f"静海区在第二批名单里，第2号。{UNSAID}。"


def test_name_as_issued_is_no_unverified_one_where_the_name_is_corrected(client):
    region = Region.objects.get(serial=38)
    issued = region.name_now = region.name
    region.name, region.name_now_status = "陕西省改后生态区", "verified"
    region.save()

    answer = client.get("/api/v1/search/", {"q": issued}).json()["answer"]["text"]
    page = client.get("/regions/", {"q": issued}).text

    assert "第38号" in answer
    assert region.get_absolute_url() in page
    assert UNSAID not in answer + page


def test_name_with_a_source_is_said(client):
    assert "曾用名：静海县" in client.get("/regions/", {"q": "静海县"}).text


def test_name_whose_source_is_none_is_not_said(client):
    make.overwrite(Alias.objects.filter(name="静海县"), source="听说")

    assert "曾用名：" not in client.get("/regions/", {"q": "静海县"}).text


def test_word_is_not_taken_for_a_name_without_a_source(client):
    assert "浐灞国际港" not in client.get("/regions/", {"q": "产坝锅纪港"}).text


def test_cities_with_separate_plans_are_found_with_their_parts():
    assert serials("q=计划单列市") == serials("kind=separate-city") == [9, 18, 22, 30]
    assert serials("kind=sub-provincial-city") == [9, 16, 18, 21]
    assert serials("q=副省级市") == [9, 16, 18, 21]


def serials(query):
    found = RegionFilter(QueryDict(f"{query}&sort=serial"), Region.objects.all()).qs
    return sorted(found.values_list("serial", flat=True))


@pytest.mark.parametrize("serial", [9, 16, 18, 21])
def test_sub_provincial_city_has_its_source_and_no_separate_plan_in_its_kind(client, serial):
    text = client.get(Region.objects.get(serial=serial).get_absolute_url()).text

    assert "副省级市/计划单列市" not in text
    assert "中编〔1994〕1号" in text
    assert "副省级市（本站归类）" in text
    assert ("计划单列市" in text) is (serial in (9, 18))


def test_document_is_cited_once():
    titles = list(Citation.objects.order_by("position").values_list("title", "number"))

    assert len(titles) == 4
    assert [number for title, number in titles if "加快推进生态文明建设的意见" in title] == ["中发〔2015〕12号"]


def test_no_fixture_has_a_name_that_is_none_of_its_area():
    names = set(Alias.objects.values_list("name", flat=True))

    assert not names & {"西安国际港务区", "廊坊市", "青岛高新区"}


@pytest.mark.parametrize(
    "change", [{"is_kind_verified": False}, {"kind_source": "常识"}], ids=["unverified", "without a source"]
)
def test_kind_without_a_source_is_found_by_and_never_said(client, change):
    region = Region.objects.get(serial=10)
    urls = ["/regions/?q=本溪", region.get_absolute_url(), "/compare/?region=liaoning-benxi&region=hebei-qinhuangdao"]
    assert [kind_said(client, url) for url in urls] == [True] * 3

    for name, value in change.items():
        setattr(region, name, value)
    region.save()

    assert [kind_said(client, url) for url in urls] == [False] * 3
    assert "<dt>类型</dt><dd>通知未列明" in client.get(region.get_absolute_url()).text
    row = client.get(f"/api/v1/regions/{region.slug}/").json()
    assert (row["kind"], row["kind_label"], row["kind_source"], row["is_kind_verified"]) == ("", "", "", False)
    (listed,) = [each for each in client.get("/regions.json").json()["regions"] if each["serial"] == region.serial]
    assert (listed["kind"], listed["is_kind_verified"]) == (None, False)
    assert region.serial in serials("kind=autonomous-county")


def kind_said(client, url):
    page = LexborHTMLParser(client.get(url).text)
    texts = [node.text() for node in page.css(".card__meta, .record, .comparison__facts")]
    return "自治县" in "".join(texts).replace("满族自治县", "")


def test_kinds_of_a_loaded_record_get_their_source_and_edits_stay():
    make.overwrite(Region.objects, is_kind_verified=False, kind_source="")  # as migration 0020 leaves them
    for region in Region.objects.all():
        loaded("region", region, {"is_kind_verified": False}, {"kind_source": ""})
    make.overwrite(Region.objects.filter(serial=5), kind="county")

    load(settings.BASE_DIR / "fixtures")

    assert Region.objects.get(serial=3).verified_kind == "地级市"
    assert Region.objects.get(serial=34).is_kind_verified is False
    edited = Region.objects.get(serial=5)
    assert (edited.kind, edited.kind_source, edited.verified_kind) == ("county", "", "")


def test_kind_is_what_the_code_says():
    """GB/T 2260, 3: two digits for the province, two for the prefecture (00: none), two for the county.

    Counties: 01-20 districts, 21-80 counties, 81-99 cities.
    """
    by_code = {place.code: place.name_then for place in Place.objects.all()}
    sourced = Region.objects.filter(kind_source__contains="mca/201512.tsv")

    assert sourced.count() == 33
    for region in sourced:
        [division] = region.divisions.filter(role="self")
        assert by_code[division.code_then] == division.name_then
        assert region.name.endswith(division.name_then)
        assert region.kind == kind_of(division.code_then, division.name_then)


def kind_of(code, name):
    county = int(code[4:])
    if county == 0:
        return "prefecture-city" if name.endswith("市") else ""
    if county <= 20:
        return "municipal-district" if code[:2] in ("11", "12", "31", "50") else "city-district"
    if county <= 80:
        return "autonomous-county" if name.endswith("自治县") else "county"
    return "county-city"


def test_later_name_has_one_word_on_the_site(client):
    pages = [Region.objects.get(serial=28).get_absolute_url(), "/search/?q=没有的东西", "/api/v1/schema/"]

    texts = "".join(client.get(page).text for page in pages)

    assert "现名" in texts
    assert "今名" not in texts


SITES = {
    "新华网": ("xinhuanet.com", "news.cn"),
    "人民网": ("people.com.cn",),
    "中国网": ("china.com.cn",),
    "中国新闻网": ("chinanews.com.cn", "chinanews.com", "ecns.cn"),
    "中国政府网": ("www.gov.cn",),
    "中国发展门户网": ("chinagate.cn",),
    "四川在线": ("scol.com.cn",),
    "环境保护部英文网站": ("english.mep.gov.cn",),
    "中国驻尼泊尔大使馆": ("np.china-embassy.org",),
    "经济日报": ("paper.ce.cn",),
}  # names that sources are given, and the hosts of that site


def labelled():
    """Yield what stands before the address in each line of a source, and the address's host."""
    for name in ("ministries", "regions", "aliases", "divisions", "provinces", "topics", "systems"):
        for row in json.loads((settings.BASE_DIR / "fixtures" / f"{name}.json").read_text()):
            for field, value in row["fields"].items():
                for line in value.splitlines() if field.endswith("source") else ():
                    label, _, address = line.partition("http")
                    if address:
                        yield label.strip(), urlsplit(f"http{address}").hostname


def test_source_is_named_for_the_site_that_it_is_at():
    sites = [(label, host) for label, host in labelled() if label and not re.search("[》）号]", label)]

    assert len(sites) > 15
    assert [
        (label, host)
        for label, host in sites
        if not any(
            label.startswith(name) and f".{host}".endswith(tuple(f".{each}" for each in hosts))
            for name, hosts in SITES.items()
        )
    ] == []
