"""A new notice is a draft, of which nothing is public by any door, until it is published; then it is as issued."""

import datetime
import io
import re
import zipfile

import pytest
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from selectolax.lexbor import LexborHTMLParser

from pilots.history.original import is_added
from pilots.models import (
    Alias,
    Citation,
    Division,
    Document,
    Edit,
    HistoryEntry,
    LoadedRow,
    Notice,
    Priority,
    Proposal,
    Province,
    Region,
    SearchEntry,
    Section,
    Signature,
    Topic,
    editing,
)
from pilots.record import checks, issuing
from pilots.record.loading import load
from pilots.search import facet_sets, indexing

from . import factories as make
from .forms import Person, fields, official
from .visits import NOTICE, PAGES, ROUTES

pytestmark = pytest.mark.django_db
WORD = "翡冷翠"  # stands in every text of the draft, and nowhere else
SLUG = "feilengcui"
TEXT = f"一、{WORD}。先行示范地区要细化任务措施和时间要求，计划单列市、新疆生产建设兵团要尽快修改《方案》。"
REASON = "第一批名单，与印发的文件核对"
PATH, AREA = f"/notices/{SLUG}/", f"/regions/{SLUG}-1/"
FILES = ("csv", "xlsx", "json", "csv-metadata.json")
VALUES = {"slug": "beijing", "kind": "csv", "name": "package.zip", "anchor": "duty-1", "size": "large"}


@pytest.fixture
def author():
    return official("拟稿人")


@pytest.fixture
def draft(author):
    """A draft with a row of everything, ready to be published; written by officials, so with a history."""
    with editing(actor=author, reason=f"{WORD}的理由"):
        notice = make.make_notice(
            slug=SLUG,
            title=f"关于{WORD}的通知",
            number="发改环资〔2014〕1667号",
            batch=1,
            issued_on=datetime.date(2014, 7, 22),
            is_draft=True,
        )
        section = make.make_section(
            notice=notice,
            position=1,
            anchor="duty-1",
            heading=f"一{WORD}",
            text_raw=TEXT,
            text=TEXT,
        )
        Citation.objects.create(
            notice=notice, section=section, position=1, title=f"{WORD}办法", number="国发〔2013〕99号"
        )
        ministry = Signature.objects.first().ministry
        Signature.objects.create(notice=notice, ministry=ministry, position=1, name_raw=f"{WORD}部", name=f"{WORD}部")
        for n in (1, 2):
            region = make.make_region(
                notice=notice,
                serial=n,
                slug=f"{SLUG}-{n}",
                name=f"{WORD}{n}县",
                short_name=f"{WORD}{n}",
                province=Province.objects.get(slug="fujian"),
                name_now=f"新{WORD}{n}县",
                remark=f"{WORD}说明",
                pinyin="fei leng cui xian",
                short_pinyin="fei leng cui",
            )
            for number in (1, 2):
                make.make_priority(
                    region=region,
                    number=number,
                    text=f"探索{WORD}机制{number}",
                    topics=[Topic.objects.first()],
                )
        Alias.objects.create(region=region, name=f"老{WORD}", kind="common", source="https://www.gov.cn/a")
        Division.objects.create(region=region, position=1, role="component", name_then=f"{WORD}区划")
        document = Document.objects.create(
            region=region,
            position=1,
            title=f"{WORD}方案",
            published="2016-05-03",
            kind="plan",
            relation="direct",
            finding=f"写到{WORD}",
            verification="verified",
            source="https://www.gov.cn/b",
        )
        make.make_indicator(document=document, name=f"{WORD}指标")
    return notice


def addresses():
    """Return every public address that takes no row, or one that there is; and those that name rows of the draft."""
    words = [WORD, f"{WORD}1县", "feilengcui", "fei leng cui", "359999", "发改环资〔2014〕1667号", "第一批", "福建"]
    paths = [*PAGES, *(f"/regions/?q={word}" for word in words), *(f"/api/v1/search/?q={word}" for word in words)]
    for route in ROUTES:
        if (
            route.startswith(("admin", "accounts", "readyz", "style", "text-size", "data/offline"))
            or "_debug" in route
        ):
            continue
        kinds = FILES if "(?P<kind>" in route else ("",)
        plain = re.sub(r"[\^$\\]", "", re.sub(r"\(\?P<kind>[^)]*\)", "{kind}", route))
        for kind in kinds:
            path = "/" + plain.replace("{kind}", kind)
            if "(?P<" not in path and "<" not in path:
                paths.append(path)
    paths += [f"/data/{name}" for name in ("package.zip", "datapackage.json", "README.md", "SHA256SUMS")]
    paths += [f"/{kind}/{slug}/" for kind, slug in (("provinces", "fujian"), ("topics", Topic.objects.first().slug))]
    paths += [f"/provinces/fujian{end}" for end in (".json", ".csv", "/changes.atom", "/duties.ics")]
    paths += ["/api/v1/provinces/fujian/", "/api/v1/changes/?modified_since=2020-01-01", "/api/v1/sections/"]
    return paths


def of_draft():
    """Return the addresses of the draft's own rows."""
    pages = [PATH, f"{PATH}cite/", AREA, f"{AREA}cite/", f"{AREA}changes.atom"]
    pages += [f"/notices/{SLUG}{end}" for end in (".png", ".json", "/duty-1.json")]
    pages += [f"/regions/{SLUG}-1{end}" for end in (".png", ".json")]
    pages += [f"/api/v1/notices/{SLUG}/", f"/api/v1/regions/{SLUG}-1/", f"/api/v1/priorities/{SLUG}-1/1/"]
    return [*pages, f"/api/v1/sections/{SLUG}/duty-1/"]


def content(response):
    """Return what is answered, what is packed in it unpacked, without what differs each time."""
    body = b"".join(response) if response.streaming else response.content
    if body[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(body)) as file:
            body = b"".join(file.read(name) for name in file.namelist())
    return re.sub(r'value="[a-zA-Z0-9]{64}"|name="token"[^>]*', "", body.decode(errors="replace"))


def visited(client, paths):
    """Return status and content of each address."""
    answers = {path: client.get(path) for path in paths}
    return {path: (response.status_code, content(response)) for path, response in answers.items()}


@pytest.fixture
def before(client, author):
    """What readers get while there is no draft."""
    return visited(client, [*addresses(), *of_draft(), *STAYS])


@pytest.mark.once
def test_nothing_of_a_draft_is_public_by_any_door_and_all_of_it_once_it_is_published(before, draft, client):
    indexed = SearchEntry.objects.count()
    after = visited(client, before)
    assert [path for path in before if after[path] != before[path]] == []
    assert after[AREA][0] == after[PATH][0] == 404
    assert checks.problems() == []
    assert [text for _, text in issuing.missing(draft)] == []

    with editing(actor=official("发布人"), reason=REASON):
        issuing.publish(draft)

    for path, words in PUBLISHED.items():
        response = client.get(path)
        assert response.status_code == 200, path
        for word in [words] if isinstance(words, str) else words:
            assert word in content(response), (path, word)
    assert [path for path in of_draft() if client.get(path).status_code != 200] == []
    assert SearchEntry.objects.count() == indexed + 7
    assert (indexing.problems(), checks.problems()) == ([], [])
    assert client.get("/regions/?batch=1").context["list"].paginator.count == 2
    assert client.get("/regions/?batch=2").context["list"].paginator.count == 45
    for path in STAYS:
        assert content(client.get(path)) == before[path][1]
    [edit] = Edit.objects.of_entries(HistoryEntry.objects.public())
    assert (edit.subject_kind, edit.reason) == ("notice", REASON)


STAYS = (f"{NOTICE[:-1]}.json", "/regions/beijing-huairou.json", "/api/v1/deletions/", f"/api/v1{NOTICE}")
PUBLISHED = {
    PATH: WORD,
    AREA: (f"{WORD}1县", f"探索{WORD}机制2", "发改环资〔2014〕1667号"),
    "/": ("45个地区", "另有", "第一批</a>2个地区、4项"),
    "/notices/": ("第一批", "第二批"),
    "/regions/": ("47个", "批次", 'name="batch"', "第一批 · "),
    "/provinces/fujian/": (
        "福建有2个地区在名单里：第一批2个，第二批0个。",
        "第一批通知要求省里做什么",
        "尽快修改《方案》",
        "列入第二批通知主送机关",
    ),
    "/provinces/beijing/": (
        "北京有2个地区在名单里：第一批0个，第二批2个。",
        "第二批通知要求市里做什么",
        "<p>通知主送北京</p>",
    ),
    "/provinces/jiangxi/": "没有地区在第一批、第二批名单里。",
    f"/regions/?q={WORD}1县": f"{WORD}1在第一批名单里，第1号。",
    "/regions/?q=第一批": "第一批有2个地区。本站收录第一批、第二批。",
    "/regions/?q=多少个地区": "第一批、第二批共47个地区，134项制度创新重点。",
    "/regions/?q=蓟县": "在第二批名单里",
    "/regions/?q=谁印发的": ("发改环资〔2014〕1667号由", "联合印发，共1个机关。", "联合印发，共9个机关。"),
    "/regions/?q=什么时候印发": ("于2015年12月31日印发；发改环资〔2014〕1667号于2014年7月22日印发。",),
    "/regions/?q=第六条": "发改环资〔2015〕3214号第六条",
    "/matrix/": "第一批、第二批合计。",
    "/provinces/": "是否列入第二批通知的主送机关",
    "/en/": ("Another notice</a>, of 22 July 2014, named 2 areas as batch 1.", "The areas of batch 1", f"{WORD}1县"),
    "/about/": "发改环资〔2014〕1667号",
    "/changes/": ("发布通知", REASON),
    "/changes.atom": f"发布：发改环资〔2014〕1667号 关于{WORD}的通知",
    "/api/v1/changes/": "发改环资〔2014〕1667号",
    "/regions.csv?batch=1": f"{WORD}2县",
    "/data/package.zip": f"探索{WORD}机制1",
    "/sitemap.xml": (PATH, AREA),
}


def test_second_notice_is_told_apart_only_once_there_are_two(client):
    text = client.get("/regions/").text
    assert "批次" not in text
    assert client.get("/api/v1/regions/?batch=2").status_code == 400
    assert '"batch"' not in client.get("/api/v1/schema/?format=json").text.partition('"components"')[0]


# In the admin.


def pages(notice, region):
    """Return the addresses of a draft and of an area of it."""
    of_notice = [f"/admin/pilots/notice/{notice.pk}/{page}/" for page in ("change", "publish", "withdraw", "history")]
    return [*of_notice, *(f"/admin/pilots/region/{region.pk}/{page}/" for page in ("change", "withdraw", "history"))]


def publishes(client, user, notice):
    """Let a person press the button on the page of a draft; return what she reads then."""
    client.force_login(user)
    home = f"/admin/pilots/notice/{notice.pk}/change/"
    posted = fields(client.get(home).text) | {"edit_reason": [REASON], "is_complete": ["on"]}
    return client.post(f"/admin/pilots/notice/{notice.pk}/publish/", posted, follow=True)


def test_new_notice_is_entered_as_a_draft_whose_page_says_what_is_missing(client):
    version = facet_sets.version()
    person = Person(client, make.make_official("部", "部委编辑"), "/admin/pilots/notice/add/")
    assert "先不发布，只有部委编辑看得到" in person.text
    values = {
        "title": f"关于{WORD}的通知",
        "number": "发改环资〔2014〕1667号",
        "issued_on": "2014-07-22",
        "batch": "1",
    }
    person.types(**values, source_remark="照印发的文件录入", slug=SLUG)

    person.saves(reason="")

    notice = Notice._base_manager.get(slug=SLUG)
    assert (person.is_saved, notice.is_draft, Notice.objects.count()) == (True, True, 1)
    for model in ("section", "signature", "region"):
        assert f'<a href="/admin/pilots/{model}/add/?notice={notice.pk}&amp;back=1">还没有' in person.text
    form = Person(client, person.response.wsgi_request.user, f"/admin/pilots/section/add/?notice={notice.pk}&back=1")
    form.types(position="1", kind="duty", anchor="duty-1", heading=WORD, text_raw=f"一、{WORD}。做。")
    form.saves(reason="")
    assert form.response.headers["Location"] == f"/admin/pilots/notice/{notice.pk}/change/"
    assert notice.sections(manager="all_objects").count() == 0
    assert not HistoryEntry.objects.filter(is_public=True).exists()
    assert facet_sets.version() == version  # what is kept for readers stays
    assert "还没有段落" not in form.text
    assert "与原文一致" not in client.get(form.response.headers["Location"]).text


@pytest.mark.once
def test_draft_is_seen_and_changed_by_who_may_edit_notices_alone(client, draft):
    region = Region._base_manager.get(slug=f"{SLUG}-1")
    on_site = [f"/admin/r/{ContentType.objects.get_for_model(row).pk}/{row.pk}/" for row in (draft, region)]
    client.force_login(make.make_official("部", "部委编辑"))
    assert [client.get(path).status_code for path in on_site] == [404, 404]
    users = {
        "省级编辑": ("福建省级", "fujian"),
        "只读": ("读",),
        "管理员": ("管",),
        "安全审计员": ("审",),
        "": ("无",),
    }
    for role, (name, *provinces) in users.items():
        client.force_login(make.make_official(name, role, *provinces))
        for path in pages(draft, region):
            for response in (client.get(path), client.post(path, {"edit_reason": REASON})):
                assert response.status_code in (302, 403, 410), (role, path)
                assert WORD not in response.text
        assert WORD not in client.get("/admin/").text
        assert SLUG not in "".join(client.get(path).get("Location", "") for path in on_site)
        for model in ("notice", "section", "citation", "signature", "region", "priority", "alias", "division"):
            assert WORD not in client.get(f"/admin/pilots/{model}/").text, (role, model)
        asked = {"app_label": "pilots", "model_name": "priority", "field_name": "region", "term": WORD}
        assert WORD not in client.get("/admin/autocomplete/", asked).text
        ministry = Signature._base_manager.get(notice=draft).ministry
        assert WORD not in client.get(f"/admin/pilots/ministry/{ministry.pk}/whole/").text
        assert WORD not in client.get(f"/admin/pilots/ministry/{ministry.pk}/history/").text
    assert Notice._base_manager.get(slug=SLUG).is_draft


def test_publishing_by_two_people_is_one_edit_and_closes_the_set(client, draft, author):
    author.is_superuser = False
    author.save()
    one, two = make.make_official("一", "部委编辑"), make.make_official("二", "部委编辑")
    gaps = "发文字号、主送机关、署名、成文日期、附件标题"
    assert f"未发布的 {draft} 发布以前：段落里没有“主送机关”，请与印发的文件核对。" in checks.notes()
    client.force_login(one)
    home = client.get(f"/admin/pilots/notice/{draft.pk}/change/").text
    assert "内容已齐" not in home
    assert f"段落里没有：{gaps}。" in home
    posted = fields(home) | {"edit_reason": [REASON]}
    unsure = client.post(f"/admin/pilots/notice/{draft.pk}/publish/", posted, follow=True).text
    assert "确实没有，勾选后再发布" in unsure
    assert not Proposal.objects.exists()
    assert not Notice.objects.filter(pk=draft.pk).exists()
    assert "待另一位部委编辑确认" in publishes(client, one, draft).text
    proposal = Proposal.objects.get()
    again = client.post(f"/admin/pilots/notice/{draft.pk}/publish/?proposal={proposal.pk}", {"edit_reason": REASON})
    assert (again.status_code, Notice.objects.count()) == (302, 1)
    client.force_login(two)
    page = f"/admin/pilots/proposal/{proposal.pk}/change/"
    assert WORD in client.get(page).text

    client.post(page, fields(client.get(page).text) | {"_replay": "采纳"})

    draft.refresh_from_db()
    assert not draft.is_draft
    [edit] = Edit.objects.of_entries(HistoryEntry.objects.public())
    assert (edit.actor, edit.reviewer, edit.reason) == (one, two, REASON)
    assert Proposal.objects.get().state == "accepted"
    line = Priority.objects.filter(region__notice=draft).first()
    assert all(map(is_added, (Priority(region=line.region), Region(notice=draft))))
    assert LoadedRow.objects.exclude(texts={}).count() == 10
    withdrawn = client.post(f"/admin/pilots/priority/{line.pk}/withdraw/", {"edit_reason": REASON}, follow=True)
    assert "不能单独撤下" in withdrawn.text
    assert client.get(f"/admin/pilots/notice/{draft.pk}/withdraw/").status_code == 302
    lists = LexborHTMLParser(client.get(f"/admin/pilots/notice/{draft.pk}/change/").text).css("#content-main > p a")
    paragraphs = client.get(lists[0].attributes["href"])  # where one of its words is corrected
    assert [link.text() for link in lists] == ["段落", "引用文件", "署名", "先行示范地区"]
    assert paragraphs.context["cl"].result_count == draft.sections.count()
    line.text_raw, line.text = f"1.探索{WORD}的机制。", f"探索{WORD}的机制"
    with editing(actor=two, reason="改正录入的错字"):
        line.save()
    assert f"探索{WORD}机制1" in client.get(AREA).text  # as issued
    assert checks.problems() == []
    report = load(settings.BASE_DIR / "fixtures")
    assert (report.removed, report.preserved, report.updated) == ([], [], [])


@pytest.mark.once
def test_draft_that_lacks_something_isn_t_published_and_can_be_thrown_away(client, draft, before):
    person = official("一人")
    Priority._base_manager.filter(region__slug=f"{SLUG}-1", number=2).get().delete()

    text = publishes(client, person, draft).text

    assert "没有发布" in text
    assert "1. 翡冷翠1县：有1项重点，应有2至4项。" in text
    assert Notice.objects.count() == 1
    row = Citation._base_manager.get(notice=draft)
    for path in (f"/admin/pilots/citation/{row.pk}/withdraw/", f"/admin/pilots/notice/{draft.pk}/withdraw/"):
        posted = fields(client.get(path).text)
        assert client.post(path, posted).status_code == 302
    assert not Notice._base_manager.filter(slug=SLUG).exists()
    assert not Region._base_manager.filter(slug__startswith=SLUG).exists()
    assert not HistoryEntry.objects.filter(is_public=True).exists()


@pytest.mark.once
@pytest.mark.parametrize(("batch", "name"), [(1, "第一批"), (2, "第二批（发改环资〔2016〕1号）")])
def test_pages_say_of_which_notice_a_line_is_and_who_asks_what(client, batch, name):
    topic, ours = Topic.objects.first(), Region.objects.get(slug="liaoning-benxi")
    first = ours.priorities.first()
    first.topics.set([topic])
    assert "第二批" not in main(client, topic.get_absolute_url())
    notice = make.make_notice(slug="another", number="发改环资〔2016〕1号", batch=batch)
    duty = Section.objects.get(anchor="duty-6")
    values = {name: getattr(duty, name) for name in ("kind", "anchor", "heading", "text_raw", "text")}
    make.make_section(notice=notice, position=1, **values)
    other = make.make_region(notice=notice, serial=7, slug="another-7", province=ours.province, name="辽宁省某县")
    make.make_priority(region=other, topics=[topic])
    own = "第二批" if batch == 1 else f"第二批（{ours.notice.number}）"

    text = main(client, topic.get_absolute_url())
    assert text.count(f"辽宁省某县 {name}") == 2
    assert f"{ours.name} {own}" in text
    compared = main(client, f"/compare/?region={ours.slug}&region={other.slug}")
    assert f"{own} 第{ours.serial}号" in compared
    assert f"{name} 第7号" in compared
    text = main(client, "/provinces/liaoning/")
    assert f"{name}通知要求这些地区做什么" in text
    assert f"{own}通知要求这些地区做什么" in text
    assert text.partition(f"{name}通知要求这些地区做什么")[2].count("每年12月底前") >= 1


def main(client, address):
    """Return the words of a page's main part, a blank between those of its elements."""
    return " ".join(LexborHTMLParser(client.get(address).text).css_first("main").text(separator=" ").split())
