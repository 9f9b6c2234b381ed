"""Behaviour 51: a corrected word is marked wherever it stands, and in every format; nowhere when it is taken back."""

import datetime
import json
import re
import shutil
from urllib.parse import quote

import feedparser
import pytest
from selectolax.lexbor import LexborHTMLParser

from pilots.models import Ministry, Notice, Priority, Region, SearchEntry, Section, Signature, editing, together
from pilots.record import loading
from pilots.record.checks import BATCH_TWO
from pilots.search import indexing

from . import factories as make
from .marking import AREA, PATHS, WORDS, ancestors, correct, holders, unmarked
from .pages import NOTICE

pytestmark = [pytest.mark.django_db, pytest.mark.once]
MARK = "已更正"
TOKENS = ("某标题甲", "某号乙", "某小标题丙", "某段落丁", "某引用戊", "某署名己", "某简称庚", "某地区辛", "某重点壬")
# Numbers that stand nowhere else.
NUMBERS = (
    (Region, {"slug": AREA}, "serial", 9173),
    (Priority, {"region__slug": AREA, "number": 1}, "number", 8261),
)
AT = (f"/regions/{AREA}/", f"/regions/{AREA}/#priority-2", NOTICE, f"{NOTICE}#duty-1")
FORMS = [f"/corrections/new/?at={quote(at)}" for at in AT]  # name what may be wrong
VERBATIM_MEMBERS = {"name", "title", "number", "text", "heading", "text_name"}  # of the API, not what was issued


@pytest.fixture
def issued():
    """Correct the words, and return what was issued."""
    before = {}
    with together():
        for model, which, name, text in WORDS:
            row = model.objects.get(**which)
            before[model, name] = row.pk, getattr(row, name)
            correct(row, name, text)
    return before


def test_corrected_word_is_marked_in_the_same_item_of_every_page(client, issued):
    correct(Section.objects.get(anchor="duty-2"), "heading", "某小标题癸")  # of a duty that cites a document
    met, tokens = set(), (*TOKENS, "某小标题癸")
    make.make_official("张", "部委编辑")  # answers what readers report
    for path in (*PATHS, *FORMS):
        text = client.get(path).text
        assert list(unmarked(text, tokens, MARK)) == [], path
        met |= {token for token in tokens if token in text}

    assert met == set(tokens)


@pytest.fixture
def numbers():
    """Correct numbers alone: the words that are shown are as issued."""
    for model, which, name, number in NUMBERS:
        row = model.objects.get(**which)
        if model is Priority:
            row.text_raw = f"{number}.{row.text_raw.partition('.')[2]}"
        correct(row, name, number)


def test_corrected_number_is_marked_in_the_same_item_of_every_page(client, numbers):
    met, tokens = set(), [str(number) for *_, number in NUMBERS]
    make.make_official("张", "部委编辑")
    for path in (*PATHS, *FORMS):
        text = client.get(path).text
        assert list(unmarked(text, tokens, MARK)) == [], path
        met |= {token for token in tokens if token in text}

    assert met == set(tokens)


def test_corrected_number_is_said_with_the_issued_one_in_every_format(client, numbers):
    area = client.get(f"/regions/{AREA}.json").json()
    row, line = (client.get(f"/regions.json?rows={by}").json()[by][-1] for by in ("regions", "priorities"))

    assert (area["is_corrected"], area["serial"], area["serial_issued"]) == (True, 9173, 1)
    assert [(each["is_corrected"], each["number_issued"]) for each in area["priorities"]][-1] == (True, 1)
    assert (row["is_corrected"], row["serial_issued"], row["priorities_issued"][-1][:2]) == (True, 1, "1.")
    assert (line["is_corrected"], line["serial_issued"], line["number_issued"]) == (True, 1, 1)
    topic = Priority.objects.get(region__slug=AREA, number=8261).topics.first()
    quotes = client.get(f"/api/v1/topics/{topic.slug}/").json()["priorities"]
    assert [each["serial_issued"] for each in quotes if each["serial"] == 9173] == [1]
    assert {each["serial_issued"] for each in quotes if each["serial"] != 9173} == {None}
    for path in (f"/regions/{AREA}/cite/", f"/regions/{AREA}/"):
        assert "印发原文：“序号1”" in client.get(path).text


@pytest.mark.parametrize("words", ["怀柔", "北京市怀柔区", "怀柔县", "第99号", "北京市", "海淀区"])
def test_answer_that_says_a_corrected_number_says_the_issued_one(client, words):
    make.overwrite(Region.objects.filter(slug=AREA), serial=99)
    answer = client.get("/api/v1/search/", {"q": words}).json()["answer"]

    assert "第99号" in answer["text"]
    assert "第99号的序号已更正，印发时是第1号。" in answer["text"]
    page = LexborHTMLParser(client.get("/regions/", {"q": words}).text).css_first(".reply")
    assert "第99号的序号已更正，印发时是第1号。" in page.text()


def test_marks_go_when_the_words_are_taken_back(client, issued):
    for (model, name), (pk, text) in issued.items():
        correct(model.objects.get(pk=pk), name, text)

    for path in PATHS:
        if not path.startswith("/changes/"):
            tree = LexborHTMLParser(client.get(path).text)
            assert tree.css(".corrected, .issued, .tag--corrected") == [], path
    assert indexing.problems() == []


def test_what_was_issued_stands_beside_in_lists_quotes_and_comparisons(client, issued):
    for path in ("/regions/", "/provinces/beijing/", f"/compare/?region={AREA}&region=jing-jin-ji"):
        beside = [node.text() for node in LexborHTMLParser(client.get(path).text).css(".issued del")]
        assert beside == [issued[Region, "name"][1], issued[Priority, "text"][1]], path


def test_list_takes_one_statement_with_corrections_too(client, issued, django_assert_num_queries):
    client.get("/regions/")
    with django_assert_num_queries(1):
        client.get("/regions/")


@pytest.mark.parametrize("path", [NOTICE, f"/regions/{AREA}/"])
def test_each_form_of_a_citation_says_what_was_issued(client, issued, path):
    forms = [node.text() for node in LexborHTMLParser(client.get(path).text).css(".citation__text code")]

    assert len(forms) == 4
    for form in forms:
        assert "本站已更正，印发原文：" in form
        assert f"“{issued[Notice, 'title'][1]}”" in form
        assert f"“{issued[Signature, 'name'][1]}”" in form


def test_citation_of_words_as_issued_has_no_remark(client):
    assert "本站已更正" not in client.get(f"/regions/{AREA}/").text


def test_issued_words_follow_a_later_release_where_an_edit_was_kept(tmp_path, issued, settings):
    for fixture in (settings.BASE_DIR / "fixtures").glob("*.json"):
        shutil.copy(fixture, tmp_path)
    path = tmp_path / "regions.json"
    path.write_text(path.read_text().replace('"name": "北京市怀柔区"', '"name": "北京市怀柔区域"'))
    (tmp_path / "fixtures").symlink_to(tmp_path)
    settings.BASE_DIR = tmp_path

    loading.load(tmp_path)

    assert SearchEntry.objects.get(kind="region", object_id=issued[Region, "name"][0]).issued == "北京市怀柔区域"
    assert indexing.problems() == []


@pytest.mark.parametrize(
    ("path", "model", "name"),
    [
        (f"/regions/{AREA}.json", Region, "name"),
        (f"/notices/{BATCH_TWO}.json", Notice, "title"),
        ("/ministries/mep.json", Ministry, "text_name"),
        (f"/api/v1/priorities/{AREA}/1/", Priority, "text"),
        (f"/api/v1/sections/{BATCH_TWO}/duty-1/", Section, "heading"),
    ],
)
def test_api_flags_corrected_words_with_what_was_issued_beside(client, issued, path, model, name):
    answer = client.get(path).json()

    assert answer["is_corrected"] is True
    assert answer[f"{name}_issued"] == issued[model, name][1]


API = [
    *("regions", "priorities", "provinces", "ministries", "notices", "sections", "deletions", "search/?q=某"),
    *(f"regions/{AREA}", f"priorities/{AREA}/1", "provinces/beijing", "topics/regional-cooperation", "systems/other"),
    *("ministries/mep", f"notices/{BATCH_TWO}", f"sections/{BATCH_TWO}/duty-1", "changes/?kind=region"),
]


def objects(answer):
    """Yield every object of an answer, at any depth, but for what the history says of earlier and later words."""
    for part in answer if isinstance(answer, list) else answer.values():
        if isinstance(part, list | dict):
            yield from objects(part)
    if isinstance(answer, dict) and "before" not in answer:
        yield answer


@pytest.mark.parametrize(
    "path", [f"/regions/{AREA}/", "/regions/", "/regions/?q=增出", "/provinces/beijing/", "topic", "compare"]
)
def test_line_that_the_notice_does_not_have_says_so_wherever_it_stands(client, path):
    first = Priority.objects.get(region__slug=AREA, number=1)
    text = "某增出的一项"
    row = Priority(region=first.region, number=4, text_raw=text, text=text, system=first.system, is_issued=False)
    row.save()
    row.topics.set(first.topics.all())
    paths = {
        "topic": first.topics.first().get_absolute_url(),
        "compare": f"/compare/?region={AREA}&region=jing-jin-ji",
    }

    tree = LexborHTMLParser(client.get(paths.get(path, path)).text)

    places = [node.parent for node in tree.css(".original") if "增出" in node.text()]
    assert places
    assert [node.html for node in places if "本站增补" not in node.text()] == []


@pytest.mark.parametrize("path", API)
def test_every_object_of_the_api_with_corrected_words_has_the_flag(client, issued, path):
    correct(Region.objects.get(slug="tianjin-jinghai"), "name", "某地区辛二")
    make.overwrite(Region.objects.filter(slug="tianjin-jinghai"), withdrawn_on="2026-11-23", withdrawn_reason="重复")

    answer = client.get(f"/api/v1/{path}" if "?" in path else f"/api/v1/{path}/").json()

    holding = [
        each
        for each in objects(answer)
        if any(token in str(value) for name, value in each.items() for token in TOKENS if name in VERBATIM_MEMBERS)
    ]
    assert holding or path.startswith(("topics", "systems"))
    assert [each for each in holding if not each.get("is_corrected")] == []


@pytest.mark.parametrize(
    "path", ["/changes.atom", f"/regions/{AREA}/changes.atom", "/provinces/beijing/changes.atom"]
)
def test_every_entry_of_a_feed_with_corrected_words_says_so(client, issued, path):
    entries = feedparser.parse(client.get(path).content).entries

    holding = [entry for entry in entries if any(token in entry.title for token in TOKENS)]
    assert holding
    for entry in holding:
        assert "（已更正）" in entry.title
        assert "印发原文：" in entry.content[0].value


@pytest.mark.parametrize(
    "path",
    [
        f"/regions/{AREA}/",
        f"/regions/{AREA}/cite/",
        f"/regions/{AREA}.json",
        f"/api/v1/regions/{AREA}/",
        f"/compare/?region={AREA}&region=jing-jin-ji",
        "/regions/?q=某地区辛",
    ],
)
def test_sentence_of_a_withdrawn_area_says_that_its_name_was_corrected(client, issued, path):
    make.overwrite(Region.all_objects.filter(slug=AREA), withdrawn_on="2026-11-23", withdrawn_reason="重复登记")

    assert f"某地区辛（名称已更正，印发原文：“{issued[Region, 'name'][1]}”）" in client.get(path).text


def test_feed_of_a_withdrawn_area_says_that_its_name_was_corrected(client, issued):
    region = Region.objects.get(slug=AREA)
    region.withdrawn_on, region.withdrawn_reason = datetime.date(2026, 11, 23), "重复登记"
    with editing(actor=None, reason="重复登记"):
        region.save()

    assert list(unmarked(client.get("/changes/").text, TOKENS, MARK)) == []
    for path in ("/changes.atom", f"/regions/{AREA}/changes.atom"):
        feed = feedparser.parse(client.get(path).content)
        [entry] = [entry for entry in feed.entries if entry.title.startswith("撤下")]
        assert entry.title == "撤下：某地区辛（已更正）"
        assert issued[Region, "name"][1] in entry.content[0].value


def test_feed_of_an_area_is_named_with_the_mark(client, issued):
    assert "某地区辛（已更正）" in feedparser.parse(client.get(f"/regions/{AREA}/changes.atom").content).feed.title


def test_api_flags_nothing_as_issued(client):
    answer = client.get(f"/regions/{AREA}.json").json()

    assert (answer["is_corrected"], answer["name_issued"], answer["name_raw_issued"]) == (False, None, None)


def test_linked_data_says_what_was_issued(client, issued):
    text = (
        LexborHTMLParser(client.get(f"/regions/{AREA}/").text).css_first("script[type='application/ld+json']").text()
    )

    assert f"已更正，印发原文：{issued[Region, 'name'][1]}。" in text
    assert f"已更正，印发原文：{issued[Priority, 'text'][1]}。" in text


def test_row_is_found_by_the_issued_word_too_and_the_word_is_marked(client, issued):
    line = Priority.objects.get(text__contains="草场")
    correct(line, "text", line.text.replace("草场", "某牧地"))
    said = {word: LexborHTMLParser(client.get(f"/regions/?q={word}").text) for word in ("草场", "某牧地")}
    found = {word: [node.attributes["href"] for node in tree.css(".card__title a")] for word, tree in said.items()}

    assert found["草场"] == found["某牧地"] == [line.region.get_absolute_url()]
    assert [node.text() for node in said["草场"].css(".issued mark")] == ["草场"]
    heading = issued[Section, "heading"][1]
    others = client.get("/api/v1/search/", {"q": heading}).json()["others"]
    assert heading in [each["name_issued"] for each in others]
    assert indexing.problems() == []


def machine_values(tree):
    """Yield what a page says where there is no room for an element: each value, and what is said beside it."""
    for node in tree.css("title, meta[content], body *"):
        attributes = node.attributes
        names = ("content", "aria-label", "aria-description", "title", "alt", "label", "placeholder", "summary")
        yield from ((attributes[name], attributes[name]) for name in names if attributes.get(name))
    yield tree.css_first("title").text(), tree.css_first("title").text()
    for block in tree.css("script[type='application/ld+json']"):
        for each in objects(json.loads(block.text())):
            values = [value for value in each.values() if isinstance(value, str)]
            names = [name for value in each.values() if isinstance(value, list) for name in value]
            said = " ".join(values)
            yield from ((value, said) for value in [*values, *names] if isinstance(value, str))


@pytest.mark.parametrize(("name", "text"), [("title_remark", "某标题说明"), ("source_remark", "某来源说明")])
def test_site_s_own_remark_on_the_notice_stands_nowhere_among_the_notice_s_words(client, name, text):
    make.overwrite(Notice.objects.all(), **{name: text})
    places = [
        (path, [*ancestors(node)])
        for path in PATHS
        for node in holders(LexborHTMLParser(client.get(path).text), text)
    ]

    assert {path for path, _ in places} == {NOTICE, f"{NOTICE}?text=raw", "/about/"}
    for path, nodes in places:
        classes = {name for node in nodes for name in (node.attributes.get("class") or "").split()}
        section = next(node for node in nodes if node.tag in ("dd", "section"))
        assert not classes & {"original", "original--raw"}
        assert path == "/about/" or ("own" in classes and "本站说明" in section.text())


@pytest.mark.parametrize("which", ["issued", "numbers"])
def test_corrected_word_is_marked_in_every_value_for_machines(client, request, which):
    request.getfixturevalue(which)
    tokens = TOKENS if which == "issued" else [str(number) for *_, number in NUMBERS]
    met = set()
    for path in PATHS:
        values = list(machine_values(LexborHTMLParser(client.get(path).text)))
        holding = [(value, said) for value, said in values if any(token in value for token in tokens)]
        holding = [each for each in holding if not re.match("http|/|[0-9a-f]{16,}$", each[0])]  # no checksum
        assert [value for value, said in holding if MARK not in said] == [], path
        met |= {token for token in tokens for value, _ in holding if token in value}

    assert met
