"""Small inputs that failed once, as they were reported: `tests/cases/` holds them, each answered as it should be.

`real/` has files as offices have them. What a stylesheet loses (case 03) is in test_bundling.py.
"""

import json
import re
import shlex
from pathlib import Path
from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from selectolax.lexbor import LexborHTMLParser

from config.rsgi import in_utf8
from pilots.admin.withdrawing import SeenForm
from pilots.models import Priority, Region, Topic
from pilots.models.characters import cleaned
from pilots.models.typography import normalise
from pilots.search.cards import cards
from pilots.search.filters import RegionFilter

from . import factories as make
from .forms import REASON
from .processes import read, refusal
from .queries import typed as parameters
from .sheets import body, place, refusals, url, write
from .signing_in import enrol, is_in, sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.once]
CASES = Path(__file__).parent / "cases"
MENDED = {
    "07-blank-formatted-rows.xlsx": "测试说明。",
    "09-x000d-inline.xlsx": "第一行\n第二行",
    "09-x000d-shared.xlsx": "第一行\n第二行",
    "11-hidden-first-sheet.xlsx": "看得见的新说明。",
    "13-invisible-in-heading.xlsx": "测试说明。",
    "13-invisible-in-key.xlsx": "测试说明。",
    "13-invisible-in-value.xlsx": "测试说明。",
    "14-vertical-tab.csv": "一、总体\n二、要求",
    "16-csv-bent-cells.csv": "3月1日",
    "30-sep-line.csv": "测试说明。",
    "real/r02-gb18030-rare.csv": "含𠮷、㑇、䶮等字",
    "real/r03-unicode-text.txt": "测试说明",
    "real/r06-filtered-hidden-row.xlsx": "测试说明。",
}
QUERIES = (CASES / "real/r07-queries.txt").read_text().splitlines()


def text(name):
    return (CASES / name).read_text(encoding="utf-8")


def assignments(name):
    """Return the variables that the lines of a shell set."""
    words = (shlex.split(line, comments=True)[0] for line in text(name).splitlines())
    return [tuple(word.split("=", 1)) for word in words]


def test_every_case_is_tested():
    source = Path(__file__).read_text()
    names = [str(path.relative_to(CASES)) for path in CASES.rglob("*") if path.is_file()]

    assert len(names) == 28
    assert [name for name in names if f'"{name}"' not in source] == []


# What is read


@pytest.fixture
def ministry(client):
    client.force_login(make.make_official("部", "部委编辑", first_name="张"))
    return client


def bring(client, name, model=Region):
    return client.post(url(model), {"file": SimpleUploadedFile("表", (CASES / name).read_bytes())})


def remark(slug):
    return Region.objects.get(slug=slug).remark


@pytest.mark.parametrize(("name", "said"), MENDED.items(), ids=MENDED)
def test_case_is_read(ministry, name, said):
    make.overwrite(Region.objects, remark_source="")  # the cases are of a time when a remark had none
    shown = bring(ministry, name)

    assert refusals(shown) == []
    assert write(ministry, shown).status_code == 302
    assert remark("beijing-huairou") == said


def test_line_that_is_a_bar_alone_is_refused(ministry):
    [(number, said)] = refusals(bring(ministry, "01-priority-raw-bar.csv", Priority))

    assert number == 2
    assert "至少要有一个汉字" in said


def test_hidden_sheet_and_hidden_row_are_named(ministry):
    assert "隐藏的工作表没有读：“先行示范地区”。" in bring(ministry, "11-hidden-first-sheet.xlsx").text
    assert "隐藏的行也读：第3行。" in bring(ministry, "real/r06-filtered-hidden-row.xlsx").text


def test_list_with_a_title_is_known_by_names_and_its_own_numbers_are_left(ministry):
    shown = bring(ministry, "real/r01-wps-list-with-title.xlsx")

    assert refusals(shown) == []
    assert "列名在第3行" in shown.text
    assert "“序号”一列没有读" in shown.text
    write(ministry, shown)
    assert (remark("shanxi-pinglu"), remark("shanxi-xiaoyi")) == ("甲", "乙")
    assert Region.objects.get(slug="shanxi-pinglu").serial == 5


def test_page_that_is_called_a_workbook_is_refused_as_what_it_is(ministry):
    [(_, said)] = refusals(bring(ministry, "real/r04-html-named-xls.xls"))

    assert said.startswith("这是网页（HTML）")


def test_name_with_the_mark_of_a_cell_in_it_is_read(ministry):
    make_topic("资产、产权")

    shown = bring(ministry, "29-topic-separator.csv", Priority)

    assert refusals(shown) == []
    write(ministry, shown, Priority)
    names = Priority.objects.get_by_natural_key("beijing-huairou", 1).topics.values_list("name", flat=True)
    assert set(names) == {"资产、产权", "区域协同与合作"}


def make_topic(name, position=90):
    return Topic.objects.create(name=name, slug=f"topic-{position}", position=position)


def test_cell_that_can_be_read_in_two_ways_is_refused(ministry):
    for position, name in enumerate(("资产、产权", "资产", "产权"), 90):
        make_topic(name, position)

    [(number, said)] = refusals(bring(ministry, "29-topic-separator.csv", Priority))

    assert (number, "两种读法" in said) == (2, True)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_cells_that_a_spreadsheet_bends_go_out_and_come_back(ministry, kind):
    write(ministry, bring(ministry, "16-csv-bent-cells.csv"))
    make.overwrite(Region.objects.filter(slug="liaoning-benxi"), remark="甲_x000D_乙")
    file = body(ministry.get(place(Region, kind)))

    shown = ministry.post(url(Region), {"file": SimpleUploadedFile("表", file)})

    assert (refusals(shown), shown.context["changed_rows"]) == ([], [])


def test_reason_for_withdrawing_is_cleaned_or_refused(ministry):
    form = SeenForm(Region.objects.first(), {"edit_reason": f"重\u200b复，{REASON}"})
    refused = SeenForm(Region.objects.first(), {"edit_reason": f"重\x07复，{REASON}"})

    form.is_valid(), refused.is_valid()
    assert form.cleaned_data["edit_reason"] == f"重复，{REASON}"
    assert "第2个字" in refused.errors["edit_reason"][0]


# What is asked for, and given


def test_bytes_in_an_address_are_read_as_the_text_that_they_are(client):
    [octal] = re.findall(r"\?q=((?:\\[0-7]{3})+)", text("18-raw-bytes-in-address.txt"))
    raw = bytes(int(digits, 8) for digits in octal.split("\\")[1:])

    for query in (raw.decode(), quote(raw), quote(raw.decode(), encoding="gb18030")):
        assert "“怀柔”：在名单里" in client.get(f"/regions/?{in_utf8(f'q={query}')}").text


def test_reminder_of_a_day_has_its_days(client):
    lines = text("20-ics.txt").partition("wanted: ")[2].strip().split(" / ")

    calendar = client.get("/duties.ics", {"year": "2026"}).content.decode().splitlines()

    assert len(lines) == 2
    assert set(lines) <= set(calendar)


def test_number_of_the_notice_is_where_a_reader_of_ris_looks(client):
    [line] = re.findall(r"wanted: (SN  - .+号)", text("22-ris.txt"))

    [citation] = LexborHTMLParser(client.get("/notices/fagai-huanzi-2015-3214/").text).css("#citation-ris")

    assert line in citation.text().splitlines()
    assert "IS  - " not in citation.text()


@pytest.mark.parametrize(("raw", "shown"), json.loads(text("23-typography.json")))
def test_typography_knows_brackets_numbers_and_blanks(raw, shown):
    assert normalise(raw) == shown


def test_text_from_a_word_processor_is_cleaned_by_the_rules_of_typography():
    assert normalise(cleaned(text("real/r05-word-paste.txt"))).splitlines() == [
        "关于下达2014年资金的通知",
        "发改环资〔2014〕1667号",
        "有关省（区、市）：",
        '一、安排资金1,500万元，其中"先行区"占比1:1.5。二、请于每周一上午9:30前报送，网址：http://www.example.gov.cn。',
        "二○一四年七月二十二日",
    ]


@pytest.mark.parametrize(("name", "folder"), assignments("25-data-dir.txt"))
def test_data_folder_of_any_name_holds_the_database(name, folder, tmp_path):
    data = tmp_path / Path(folder).name

    assert read(**{name: str(data)})["DATABASES"]["default"]["NAME"] == f"{data}/db.sqlite3"


@pytest.mark.parametrize(("name", "word"), assignments("26-env-truths.txt"))
def test_word_that_is_no_truth_stops_the_start(name, word):
    assert all(known in refusal(**{name: word}) for known in (name, "true", "false"))


def test_code_in_full_width_is_the_code(client, monkeypatch):
    wide, plain = re.search(r"([０-９]{6}) for ([0-9]{6})", text("27-totp-full-width.txt")).groups()
    enrol(make.make_official("王", "部委编辑", password="shi-fan-qu-2015"))
    monkeypatch.setattr("allauth.mfa.totp.internal.auth.format_hotp_value", lambda value: plain)
    sign_in(client, "王", "shi-fan-qu-2015")

    client.post("/accounts/2fa/authenticate/", {"code": wide})

    assert is_in(client)


# What is searched for


def pairs(name):
    lines = (CASES / name).read_text().splitlines()
    return [tuple(line.split("\t")) for line in lines if not line.startswith("#")]


def areas(query):
    filterset = RegionFilter(parameters(q=query))
    return [card.serial for card in cards(filterset.selection()[:], filterset.state)]


@pytest.mark.parametrize(("copied", "ordinary"), pairs("04-search-radicals.txt"))
def test_radicals_of_a_pdf_find_what_the_characters_find(copied, ordinary):
    assert areas(copied) == areas(ordinary)


@pytest.mark.parametrize(("query", "other"), pairs("05-search-word-order.txt"))
def test_either_order_of_words_finds_the_same(query, other):
    [place] = [word for word in query.split() if not word.isascii()]

    assert areas(query) == areas(other)
    assert set(areas(place)) & set(areas(query))


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("route", ["pilots:region-list", "search", "regions.csv"])
def test_no_query_of_readers_fails(client, route, query):
    paths = {"search": "/api/v1/search/", "regions.csv": "/regions.csv"}

    assert client.get(paths.get(route) or reverse(route), {"q": query}).status_code == 200
