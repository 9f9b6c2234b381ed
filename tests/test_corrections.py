"""纠错: what readers send, what is refused, what they can follow and what everybody reads."""

import itertools
import logging
import re
import time

import pytest
from django.core import signing
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from pilots.models import HistoryEntry, Proposal, Region, Section, proposals
from pilots.models.sources import ADDRESS
from pilots.pages import corrections

from . import factories as make

pytestmark = pytest.mark.django_db
NEW, LIST = "/corrections/new/", "/corrections/"
LINE = "/regions/jing-jin-ji/#priority-2"
ADDRESSES = itertools.count(1)  # each is counted for an hour
WORDS = {"wrong": "第2项写作“基金”", "right": "应写“资金”", "source": "发改环资〔2015〕3214号"}


@pytest.fixture
def answerer():
    return make.make_official("部", "部委编辑")


@pytest.fixture
def stranger():
    """A reader from afar: no cookie, an address that is counted."""
    return Client(REMOTE_ADDR=f"203.0.113.{next(ADDRESSES)}", enforce_csrf_checks=True)


def opened(client, at=LINE, seconds_ago=60):
    """Return what the form's page holds, as if it had been opened a while ago."""
    tree = LexborHTMLParser(client.get(NEW, {"at": at}).text)
    token = tree.css_first("input[name=token]").attributes["value"]
    held = signing.loads(token, salt=corrections.SALT)
    return {"token": signing.dumps(held | {"time": time.time() - seconds_ago}, salt=corrections.SALT)}


def send(client, **words):
    return client.post(NEW, opened(client, words.pop("at", LINE)) | WORDS | words)


def errors(response):
    return LexborHTMLParser(response.text).css_first("[role=alert]").text()


def test_what_nobody_sees_is_not_counted_and_a_contact_is_one_line(answerer, stranger):
    unseen = "\u200b" * 600
    words = {
        "wrong": f"长{unseen}",
        "right": "字" * 250 + "\r\n" + "字" * 249,
        "contact": f"王\r\nBcc: a@b.cn{unseen}",
    }

    assert send(stranger, **words).status_code == 302
    proposal = Proposal.objects.get()
    assert (proposal.wrong, len(proposal.right), proposal.contact) == ("长", 500, "王 Bcc: a@b.cn")


def test_reader_reports_a_line_and_follows_it(answerer, stranger):
    page = stranger.get(NEW, {"at": LINE})
    assert page.headers["Cache-Control"].startswith("max-age=0, no-cache, no-store")
    assert not page.cookies
    line = Region.objects.get(slug="jing-jin-ji").priorities.get(number=2)
    assert line.text in page.text
    assert "第4号" in page.text

    response = send(stranger, contact="王\r\n13800000000")

    assert response.status_code == 302
    assert not response.cookies
    proposal = Proposal.objects.get()
    assert response.headers["Location"] == f"/corrections/{proposal.code}/"
    assert proposal.contact == "王 13800000000"
    assert (proposal.row_kind, proposal.row_id, proposal.quoted) == ("priority", line.pk, line.text)
    assert (proposal.subject_kind, proposal.subject_id, proposal.place) == ("region", line.region_id, LINE)
    own = stranger.get(response.headers["Location"])
    assert str(proposal) in own.text
    assert "应写“资金”" in own.text
    assert "13800000000" not in own.text
    assert "no-store" in own.headers["Cache-Control"]
    assert '<meta name="robots" content="noindex, follow">' in own.text


@pytest.mark.parametrize("kind", ["region", "priority", "section"])
def test_every_area_line_and_paragraph_leads_to_the_form(client, kind):
    region, section = Region.objects.get(slug="beijing-huairou"), Section.objects.get(anchor="preamble")
    thing = {"region": region, "priority": region.priorities.first(), "section": section}[kind]
    page = LexborHTMLParser(client.get(thing.get_absolute_url().partition("#")[0]).text)

    links = [node.attributes["href"] for node in page.css(f"main a[href^='{NEW}?at=']")]

    link = f"{NEW}?at={thing.get_absolute_url().replace('#', '%23')}"
    assert link in links
    assert page.css_first(f"a[href='{link}']").attributes["rel"] == "nofollow"
    assert "您要纠正的是" in client.get(link).text or not corrections.is_open()
    assert corrections.thing_at(thing.get_absolute_url()) == thing


@pytest.mark.once
@pytest.mark.parametrize(
    "at", ["", "/nope/", "https://evil.example/", "/regions/nope/", "//", "/admin/", "\u202e", "#"]
)
def test_address_that_leads_to_nothing_gives_the_form_of_the_whole_site(client, answerer, at):
    assert "本站的内容" in client.get(NEW, {"at": at}).text
    assert send(client, at=at).status_code == 302
    assert Proposal.objects.get().title == "本站"


@pytest.mark.once
@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"wrong": ""}, "必填"),
        ({"wrong": "…"}, "请用文字"),
        ({"wrong": "字" * 501}, "500"),
        ({"wrong": "号11010519491231002X"}, "身份证"),
        ({"right": "打１３８００００００００"}, "手机号"),
        ({"source": "138-0000-0000"}, "手机号"),
        ({"contact": "王 11010519491231002x"}, "身份证"),
        ({"wrong": "1 1 0 1 0 5 1949 1231 002X"}, "身份证"),
        ({"wrong": "138–0013–8000"}, "手机号"),
        ({"wrong": "（138）0013-8000"}, "手机号"),
        ({"wrong": "008613800138000"}, "手机号"),
        ({"wrong": "2024-05-01 138-0013-8000"}, "手机号"),
        ({"wrong": "139 0013 9000 138 0013 8000"}, "手机号"),
        ({"wrong": "一三八〇〇一三八〇〇〇"}, "手机号"),
        ({"wrong": "\u0661\u0663\u0668\u0660\u0660\u0661\u0663\u0668\u0660\u0660\u0660"}, "手机号"),
        ({"wrong": "壹叁捌零零壹叁捌零零零"}, "手机号"),
        ({"wrong": "㊀㊂㊇零零㈠㈢㈧零零零"}, "手机号"),
        ({"wrong": "138一二三四五六七八"}, "手机号"),
        ({"wrong": "一 三 八 〇 〇 一 三 八 〇 〇 〇"}, "手机号"),
        ({"wrong": "138\r\n0013\r\n8000"}, "手机号"),
        ({"wrong": "138......0013     8000"}, "手机号"),
        ({"wrong": "138a0013b8000"}, "手机号"),
        ({"wrong": "138ab1234cd5678"}, "手机号"),
        ({"wrong": "138кв1234Xyz5678"}, "手机号"),
        ({"wrong": "110101no19900307no123X"}, "身份证"),
        ({"wrong": "/138/1234/5678"}, "手机号"),
        ({"source": "https://a.cn/138/1234/5678"}, "手机号"),
        ({"source": "https://a.cn/i_138-1234-5678.html"}, "手机号"),
        ({"wrong": "138一1234一5678"}, "手机号"),
        ({"wrong": "138 丨 1234ー5678"}, "手机号"),
        ({"wrong": "&#49;3800138000"}, "手机号"),
        ({"wrong": "330106900101123"}, "身份证"),
        ({"wrong": "138OO138OOO"}, "手机号"),
        ({"wrong": "l38oo-I38-OOO"}, "手机号"),
        ({"wrong": "张三138OOl38OOO"}, "手机号"),
        ({"wrong": "号1101O1199OO3O7l23×"}, "身份证"),
        ({"contact": "王 11010119900307123 ×"}, "身份证"),
        ({"wrong": f"138{'.' * 40}0013{' ' * 40}8000"}, "手机号"),
        ({"wrong": "138<br>0013<br/>8000"}, "手机号"),
        ({"wrong": "138&lt;br&gt;00138000"}, "手机号"),
        ({"wrong": "138%200013%208000"}, "手机号"),
        ({"wrong": "ⅠⅢⅧⅠⅡⅢⅣⅤⅥⅦⅧ"}, "手机号"),
        ({"wrong": "ⅰⅲⅷ〇〇ⅰⅲⅷ〇〇〇"}, "手机号"),
        ({"wrong": "138 1234 5678元"}, "手机号"),
        ({"wrong": "<a13800138000>"}, "手机号"),
        ({"source": "http://a.cn/13800138000"}, "手机号"),
        ({"wrong": 34_000 * "百"}, "500"),  # 100 KB
        ({"source": 100_000 * "k"}, "300"),
        ({"contact": 100_000 * "k"}, "100"),
        ({"right": "甲\x00乙"}, "控制字符"),
        ({"right": "甲\x07乙"}, "看不见的控制字符"),
        ({"website": "http://spam.example"}, "程序填的"),
        ({"token": "made-up"}, "打开得太久"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_a_word_and_shown_again(client, answerer, words, said):
    response = send(client, **words)

    assert response.status_code == 400
    assert said in errors(response)
    assert WORDS["right"] in response.text or "right" in words
    assert not Proposal.objects.exists()


@pytest.mark.once
@pytest.mark.parametrize(
    "text",
    [
        "国函〔2015〕119号，2015-12-31 13:45 印发", "发改环资〔2015〕3214号", "第13、2015号", "代码 110116、110115",
        "https://www.mca.gov.cn/n156/n186/c100/index_138.001.38000.html",
        "http://xiongan.gov.cn/2018-03/21/c_129834228_3.htm",
        "2015年12月31日印发，2016年1月8日公布，45个地区、130项", "0571-87654321", "1380013800", "138001380001",
        "GDP 13812345678元", "完成投资13,812,345,678.00元", "化学需氧量 13812345678 吨", "13812345678万元",
        "Ⅰ～Ⅲ类水质断面138个，占1234个的56.78%", "SO2 138吨，NOx 1234吨，CO2 5678吨", "138 Oil, 10l, I1",
        "138km2015to2016", "装机138MW，1234MW，5678MW", "138t 1234t 5678t", "2013一2015年，138一140个", "http://a.cn/138/2018/0321/c1.htm",
        "http://a.cn/n138/1234/5678.htm", "http://a.cn/110101/20180321/1234.html", "A138B12C5678",
        "138×1234×56", "https://a.cn/x%20138/1234/5678<br>", "占比100%，13公顷%20",
        "一、三、五项写漏了，二〇一五年十二月三十一日印发，共一百三十项", "第130项，2015-12-31印发",
    ],
)  # fmt: skip
def test_numbers_of_documents_days_and_codes_are_no_numbers_of_persons(text):
    assert not corrections.has_personal_number(text)


def test_no_scheme_of_an_address_is_read_from_each_of_its_letters():
    assert ADDRESS.search(f"{'O2' * 50}://a.cn").start() == 100 - 31 + 1  # as far back as one can be, not further


@pytest.mark.once
@pytest.mark.parametrize("number", ["13812345678", "110101199003071233", "013812345678", "1795113812345678"])
@pytest.mark.parametrize(
    "around", ["王五{}写错了", "张三{}", "赵六{}", "第十一{}", "玖{}", "①{}", "{}一直打不通", "{}五天", "㈢{}三"]
)
def test_numeral_beside_a_number_hides_it_not(number, around):
    assert corrections.has_personal_number(around.format(number))


@pytest.mark.once
@given(
    number=st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    parts=st.lists(
        st.sampled_from(["", "-", " ", "–", "‐", "−", "・", "/", "~", "：", "，", "、", "_", ") "]), min_size=10
    ),
    around=st.sampled_from(["{}", "电话{}。", "2024-05-01 {}", "86{}", "+86 {}", "0086-{}"]),
)
def test_number_of_a_mobile_phone_is_seen_however_it_is_parted(number, parts, around):
    written = "".join(digit + part for digit, part in zip(number, [*parts[:10], ""], strict=True))

    assert corrections.has_personal_number(around.format(written))


@pytest.mark.once
def test_log_has_no_code_by_which_a_report_is_read(client, answerer, caplog):
    caplog.set_level(logging.INFO, "pilots.requests")
    code = send(client).headers["Location"].split("/")[-2]
    client.get(f"/corrections/{code}/")

    assert "GET /corrections/…/ 200" in caplog.text
    assert code not in caplog.text


def test_form_that_is_sent_too_soon_is_refused_and_taken_when_sent_again(client, answerer):
    data = opened(client, seconds_ago=0) | WORDS
    response = client.post(NEW, data)
    assert "提交得太快" in errors(response)
    token = LexborHTMLParser(response.text).css_first("input[name=token]").attributes["value"]

    assert token == data["token"]
    held = signing.loads(token, salt=corrections.SALT)
    later = signing.dumps(held | {"time": held["time"] - corrections.QUICKEST}, salt=corrections.SALT)
    assert client.post(NEW, data | {"token": later}).status_code == 302


def test_form_that_is_sent_twice_is_one_report(client, answerer):
    data = opened(client) | WORDS

    addresses = {client.post(NEW, data).headers["Location"] for _ in range(2)}

    assert len(addresses) == Proposal.objects.count() == 1


def test_form_that_is_sent_again_with_other_words_loses_none_of_them(client, answerer):
    data = opened(client) | WORDS
    first = client.post(NEW, data).headers["Location"]

    again = client.post(NEW, data | {"right": "应写“资产”"})

    assert again.status_code == 409
    assert first in errors(again)
    assert "应写“资产”" in again.text
    assert Proposal.objects.get().right == WORDS["right"]
    token = LexborHTMLParser(again.text).css_first("input[name=token]").attributes["value"]
    held = signing.loads(token, salt=corrections.SALT)
    later = signing.dumps(held | {"time": time.time() - 60}, salt=corrections.SALT)
    assert client.post(NEW, data | {"right": "应写“资产”", "token": later}).status_code == 302
    assert [each.right for each in Proposal.objects.order_by("pk")] == [WORDS["right"], "应写“资产”"]
    assert Proposal.objects.last().place == LINE


def test_address_that_reports_too_much_is_told_to_wait(stranger, answerer):
    limit = int(corrections.RATE.partition("/")[0])
    assert {send(stranger).status_code for _ in range(limit)} == {302}

    response = send(stranger)

    assert response.status_code == 429
    assert "过一小时" in errors(response)
    assert Proposal.objects.count() == limit
    assert send(Client(REMOTE_ADDR="203.0.113.250")).status_code == 302


def test_thirty_reports_a_minute_from_many_addresses_keep_to_the_limit_of_a_record(answerer):
    answers = [send(Client(REMOTE_ADDR=f"198.51.100.{number}")).status_code for number in range(35)]

    assert answers == 30 * [302] + 5 * [503]
    assert Proposal.objects.count() == proposals.MOST_OF_A_RECORD
    assert "30条在等答复" in Client().get(LIST).text


@pytest.mark.once
@pytest.mark.parametrize("script", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7|add:7 }}"])
def test_what_a_reader_wrote_is_text_and_links_nowhere(client, answerer, script):
    response = send(client, wrong=script, right=f"{script} https://evil.example/x", source="javascript:alert(1)")
    proposal = Proposal.objects.get()
    make.answer(proposal, answerer)

    for address in (response.headers["Location"], LIST):
        page = LexborHTMLParser(client.get(address).text)
        assert script in page.css_first(".record").text()
        assert not page.css("main script, main img, main [onerror]")
        assert not page.css("a[href*='evil'], a[href^='javascript']")
    assert "&amp;lt;script&amp;gt;" in client.get("/corrections.atom").text or "<script>" not in script


def test_answer_leads_where_its_source_is_and_follows_no_rank(client, answerer):
    proposal = make.make_correction()
    make.answer(proposal, answerer, text="已改。出处：https://www.gov.cn/x <b>")

    link = LexborHTMLParser(client.get(LIST).text).css_first("main a[href='https://www.gov.cn/x']")

    assert link.attributes["rel"] == "nofollow noopener"
    assert "&lt;b&gt;" in client.get(LIST).text


def test_nothing_is_public_before_an_official_has_answered_and_her_name_never_is(client, answerer):
    send(client, contact="老王 wang@example.cn")
    proposal = Proposal.objects.get()
    public = (
        LIST,
        *("/corrections.atom", "/changes/", "/changes.atom", "/regions/jing-jin-ji/", "/sitemap.xml"),
        *("/api/v1/corrections/", "/api/v1/changes/", "/api/v1/regions/jing-jin-ji/", "/regions/?q=资金"),
    )
    for address in public:
        assert WORDS["wrong"] not in client.get(address).text
        assert "2026-0001" not in client.get(address).text
    assert "1条在等答复" in client.get(LIST).text

    make.answer(proposal, answerer, state="declined", text="通知原文如此，本站照录。")

    page = client.get(LIST)
    assert page.headers["Cache-Control"] == "public, no-cache"
    for words in ("不采纳", WORDS["wrong"], "通知原文如此", str(proposal), "都在15个工作日内"):
        assert words in page.text
    assert WORDS["wrong"] in client.get("/corrections.atom").text
    assert not HistoryEntry.objects.exists()
    for address in (*public, f"/corrections/{proposal.code}/"):
        text = client.get(address).text
        assert not re.search(r"wang@|老王|答复人|“部”", text)
        assert address.endswith(f"{proposal.code}/") or proposal.code not in text


def test_words_that_nobody_should_read_are_answered_without_them(client, answerer):
    proposal = make.make_correction(wrong="广告某某")
    proposal.is_quoted = False
    make.answer(proposal, answerer, state="declined", text="与本站内容无关。")

    for address in (LIST, "/corrections.atom"):
        assert "广告某某" not in client.get(address).text
        assert "与本站内容无关" in client.get(address).text


def test_reader_takes_back_what_waits_and_nothing_else(client, answerer):
    waiting, answered = make.make_correction(), make.make_correction()
    make.answer(answered, answerer)

    for proposal in (waiting, answered):
        assert client.post(f"/corrections/{proposal.code}/").status_code == 302

    assert "您已撤回" in client.get(f"/corrections/{waiting.code}/").text
    answered.refresh_from_db()
    assert answered.state == "accepted"
    assert "在等答复" not in client.get(LIST).text


@pytest.mark.once
@pytest.mark.parametrize("code", ["0" * 32, "f" * 31, "%00" * 8, "1"])
def test_code_that_nobody_was_given_is_missing(client, code):
    make.make_correction()

    assert client.get(f"/corrections/{code}/").status_code == 404


def test_official_proposals_have_no_page(client, answerer):
    proposal = Proposal.objects.create(author=answerer, title="某")

    assert client.get(f"/corrections/{proposal.code}/").status_code == 404
    assert proposal.title not in client.get(LIST).text.partition("<main")[2].partition("</main")[0]


@pytest.mark.parametrize("on", [True, False])
def test_without_somebody_to_answer_the_page_says_where_to_write(client, settings, on):
    settings.SITE = settings.SITE | {"contact": "010-12345678"}
    settings.FEEDBACK = on
    if not on:
        make.make_official("部", "部委编辑")

    page = client.get(NEW, {"at": LINE})

    assert "010-12345678" in page.text
    assert 'name="wrong"' not in page.text
    response = client.post(NEW, WORDS)
    assert response.status_code == 403
    assert WORDS["wrong"] in response.text
    assert not Proposal.objects.exists()


def test_list_takes_the_same_number_of_queries_at_1_and_30_answers(client, answerer, django_assert_num_queries):
    for count in (1, 29):
        for _ in range(count):
            make.answer(make.make_correction(), answerer)
        client.get(LIST)
        with django_assert_num_queries(6):
            client.get(LIST)
