"""Nothing typed is lost: drafts by a button, by a script, or because the session ended while somebody was typing."""

import time
from copy import copy
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from selectolax.lexbor import LexborHTMLParser

from pilots.accounts import sessions
from pilots.admin.bulk import VALUE
from pilots.models import Division, Draft, HistoryEntry, Priority, Proposal, Region, Report, ReportLine

from . import factories as make
from .forms import Person, address, fields, official

pytestmark = pytest.mark.django_db


@pytest.fixture
def area():
    return Region.objects.get(slug="liaoning-benxi")


@pytest.fixture(scope="module")
def drawn(db_of_module):
    """A form in a browser that checks tokens, drawn once for all tests."""
    area = Region.objects.get(slug="liaoning-benxi")
    return Person(Client(enforce_csrf_checks=True), official("王"), address(area))


@pytest.fixture
def form(drawn):
    """That form with something typed into it, open in a browser of its own."""
    person = copy(drawn)
    person.client, person.posted = Client(enforce_csrf_checks=True), dict(drawn.posted)
    person.client.cookies.load({name: cookie.value for name, cookie in drawn.client.cookies.items()})
    return person.types(open_points="通知没有写明打到一半", priorities__0__classification_note="也打了")


def send(form, button="_save", **headers):
    return form.client.post(form.url, form.posted | {button: ["1"]}, headers=headers)


def reopened(form):
    form.read(form.client.get(form.url))
    return [form.posted[name] for name in ("open_points", "priorities-0-classification_note")]


def end_session(client, seconds=sessions.IDLE + 1):
    session = client.session
    session[sessions.SEEN] = time.time() - seconds
    session.save()


def test_who_comes_back_after_the_session_ended_is_told_so(form):
    end_session(form.client)

    answer = form.client.get(form.url, follow=True)

    assert "登录已经结束。重新登录，就回到刚才的页面。" in answer.text
    assert parse_qs(urlsplit(answer.redirect_chain[-1][0]).query)["next"] == [form.url]
    assert "登录已经结束。重新登录" not in form.client.get(form.url, follow=True).text  # she had no session


@pytest.mark.once
def test_draft_is_kept_by_a_button_and_its_form_opens_with_it(form, area):
    assert send(form, "_draft").status_code == 302

    assert reopened(form) == [["通知没有写明打到一半"], ["也打了"]]
    assert "的草稿，还没有保存；那以后填写的，没有存下。核对后点“保存”。" in form.text
    assert "请更正" not in form.text
    assert "有误" not in form.text
    assert Region.objects.get(pk=area.pk).open_points == area.open_points
    assert not HistoryEntry.objects.exists()


@pytest.mark.once
def test_draft_is_gone_once_it_is_saved(form, area):
    send(form, "_draft")
    [link] = LexborHTMLParser(form.client.get("/admin/").text).css("#overview-drafts + ul a")
    assert link.attributes["href"] == form.url
    assert link.text() == f"先行示范地区“{area.name}”"
    reopened(form)
    form.saves()

    assert form.is_saved
    assert "overview-drafts" not in form.client.get("/admin/").text
    assert not Draft.objects.exists()
    assert Region.objects.get(pk=area.pk).open_points == "通知没有写明打到一半"


@pytest.mark.once
def test_draft_stays_where_its_form_cannot_be_saved(form):
    send(form, "_draft")
    reopened(form)
    form.types(serial="0").saves()

    assert not form.is_saved
    assert Draft.objects.exists()


@pytest.mark.once
def test_refused_save_leaves_a_draft(form, area):
    form.posted["edit_reason"] = [""]
    assert send(form).status_code == 200
    assert Draft.objects.count() == 1

    assert reopened(form) == [["通知没有写明打到一半"], ["也打了"]]
    assert Region.objects.get(pk=area.pk).open_points == area.open_points

    form.posted["edit_reason"] = ["与印发的文件核对后更正"]
    assert send(form).status_code == 302
    assert not Draft.objects.exists()


@pytest.mark.once
def test_preview_leaves_no_draft(form):
    assert send(form, "_preview").status_code == 200

    assert not Draft.objects.exists()


@pytest.mark.once
def test_draft_is_dropped_by_a_button(form, area):
    send(form, "_draft")
    assert 'name="_drop"' in form.client.get(form.url).text

    send(form, "_drop")

    assert reopened(form)[0] == [area.open_points]
    assert 'name="_drop"' not in form.text


@pytest.mark.once
def test_draft_is_kept_by_a_script_in_few_words(form):
    response = send(form, "_draft", Accept="text/plain")

    assert response.status_code == 200
    assert response.text == f"已存下{Draft.objects.get()}。"
    assert reopened(form)[0] == ["通知没有写明打到一半"]


@pytest.mark.once
def test_draft_merges_with_what_a_colleague_saved_meanwhile(form, area):
    send(form, "_draft")
    Person(Client(), official("李"), address(area)).types(internal_note="李写的").saves()

    assert reopened(form)[0] == ["通知没有写明打到一半"]
    assert "李同时改了" in form.text
    form.saves()

    area.refresh_from_db()
    assert (area.open_points, area.internal_note) == ("通知没有写明打到一半", "李写的")


@pytest.mark.once
def test_draft_is_its_owners_alone(form, area):
    send(form, "_draft")
    colleague = Person(form.client, official("李"), address(area))

    assert colleague.posted["open_points"] == [area.open_points]
    assert "草稿，还没有保存" not in colleague.text


@pytest.mark.once
def test_draft_is_kept_for_thirty_days(form, area):
    send(form, "_draft")
    Draft.objects.update(saved_at=timezone.now() - timedelta(days=31))

    assert reopened(form)[0] == [area.open_points]
    form.types(open_points="通知没有写明又打")
    form.url += "?_changelist_filters=x"
    send(form, "_draft")
    assert Draft.objects.count() == 1


@pytest.mark.once
def test_drafts_are_bounded(form, monkeypatch):
    monkeypatch.setattr(Draft, "MOST_OF_A_PERSON", 2)
    for number in range(3):
        form.url = f"{form.url.partition('?')[0]}?n={number}"
        send(form, "_draft")
    assert sorted(Draft.objects.values_list("query", flat=True)) == ["n=1", "n=2"]

    monkeypatch.setattr(Draft, "MOST", 10)
    form.url = f"{form.url.partition('?')[0]}?n=9"
    assert send(form, "_draft", Accept="text/plain").text == "内容太多，没有存成草稿。"


@pytest.mark.once
def test_draft_is_kept_by_who_may_write_only(form):
    User.objects.update(is_superuser=False)

    assert send(form, "_draft").status_code == 403
    assert not Draft.objects.exists()


@pytest.mark.once
def test_draft_is_gone_once_it_waits_for_review(client):
    make.make_official("部", "部委编辑")
    author = make.make_official("津", "省级编辑", "tianjin")
    line = Region.objects.get(slug="jing-jin-ji").priorities.get(number=2)
    form = Person(client, author, address(line)).types(text_raw=line.text_raw.replace("基金", "资金"))
    send(form, "_draft")
    form.read(client.get(form.url))
    form.saves()
    if not form.is_saved:
        box = LexborHTMLParser(form.text).css_first("input[name=confirmed]")
        form.types(confirmed=box.attributes["value"]).saves()

    assert Proposal.objects.exists()
    assert not Draft.objects.exists()


@pytest.mark.once
def test_what_is_typed_while_the_session_ends_waits_in_its_form(form, area):
    end_session(form.client)

    response = send(form)

    assert response.status_code == 403
    assert "您填写的内容已存为草稿。重新登录，就回到这张表单。" in response.text
    assert "草稿里也有，不必复制。" in response.text
    assert "没有留存" not in response.text
    link = LexborHTMLParser(response.text).css_first(".button").attributes["href"]
    assert parse_qs(urlsplit(link).query)["next"] == [form.url]
    assert Region.objects.get(pk=area.pk).open_points == area.open_points
    form.client.force_login(User.objects.get())
    assert reopened(form) == [["通知没有写明打到一半"], ["也打了"]]
    form.saves()
    assert Region.objects.get(pk=area.pk).open_points == "通知没有写明打到一半"


@pytest.mark.once
@pytest.mark.parametrize("harm", ["signed out elsewhere", "another password", "no session"])
def test_session_that_somebody_ended_keeps_nothing(form, harm):
    if harm == "no session":
        form.client.cookies.pop(settings.SESSION_COOKIE_NAME)
    elif harm == "another password":
        User.objects.get().official.sign_out()
    else:
        User.objects.get().sign_ins.all().delete()

    assert "再把内容填回去：表单里若有较早的草稿，打开的是那一份，没有刚才填写的内容。" in send(form).text
    assert not Draft.objects.exists()


@pytest.mark.once
@pytest.mark.parametrize(("origin", "is_kept"), [("http://testserver", True), ("http://evil.example", False)])
def test_who_has_signed_in_again_in_another_window_loses_nothing(form, origin, is_kept):
    form.posted["csrfmiddlewaretoken"] = ["x" * 64]

    response = send(form, Origin=origin)

    assert response.status_code == 403
    assert ("打开表单，核对后再保存" in response.text) is is_kept
    assert ("也没有留存" in response.text) is not is_kept
    assert Draft.objects.exists() is is_kept


def sign_in_again(form, user):
    """Sign out and in in another window of the same browser, which gives it another token."""
    form.client.force_login(user)
    form.client.cookies[settings.CSRF_COOKIE_NAME] = "y" * 32


def autosave(form):
    return send(form, "_draft", Accept="text/plain", Origin="http://testserver")


def test_draft_of_one_account_never_becomes_anothers(form, area):
    colleague = official("李")
    sign_in_again(form, colleague)
    own = Draft.objects.keep(colleague.pk, form.url, "", {"open_points": ["通知没有写明李的"]})

    response = autosave(form)

    assert response.status_code == 403
    assert response.text.startswith("表单已过期。没有保存，也没有存成草稿。请先复制")
    assert Draft.objects.get() == own
    assert Draft.objects.get().fields == {"open_points": ["通知没有写明李的"]}


@pytest.mark.once
def test_old_window_never_replaces_a_newer_draft(form):
    person = User.objects.get()
    sign_in_again(form, person)
    assert autosave(form).text.endswith("您填写的内容已存为草稿。打开表单，核对后再保存。")
    form.types(open_points="通知没有写明接着打")
    assert autosave(form).text.endswith("您填写的内容已存为草稿。打开表单，核对后再保存。")

    newer = Person(Client(), person, form.url).types(open_points="通知没有写明新窗口打的")
    send(newer, "_draft")

    assert "也没有存成草稿" in autosave(form).text
    assert Draft.objects.get().fields["open_points"] == ["通知没有写明新窗口打的"]


def test_draft_of_who_may_only_read_by_now_locks_nothing(form, area):
    send(form, "_draft")
    User.objects.update(is_superuser=False)
    User.objects.get().groups.set(Group.objects.filter(name="只读"))

    response = form.client.get(form.url)
    assert response.status_code == 200
    assert "通知没有写明打到一半" not in response.text
    form.posted["csrfmiddlewaretoken"] = ["x" * 64]
    assert "也没有存成草稿" in send(form, Origin="http://testserver").text
    form.posted["csrfmiddlewaretoken"] = [form.client.cookies[settings.CSRF_COOKIE_NAME].value]
    assert autosave(form).status_code == 403
    assert Draft.objects.get().fields["open_points"] == ["通知没有写明打到一半"]
    assert send(form, "_drop").status_code == 302
    assert not Draft.objects.exists()


@pytest.mark.parametrize("token", ["", "x" * 64])
def test_draft_is_kept_without_nul(form, token):
    form.types(open_points="a\0b")
    if token:
        form.posted["csrfmiddlewaretoken"] = [token]

    assert send(form, "_draft", Origin="http://testserver").status_code == (403 if token else 302)
    assert Draft.objects.get().fields["open_points"] == ["ab"]


@pytest.mark.once
def test_draft_tells_of_a_colleagues_value_until_it_is_saved(form, area):
    send(form, "_draft")
    Person(Client(), official("李"), address(area)).types(open_points="通知没有写明李写的").saves()

    for _ in range(2):
        assert reopened(form)[0] == ["通知没有写明打到一半"]
        assert "李已把这一项改为：通知没有写明李写的" in form.text
        send(form, "_draft")
    form.saves()

    assert not form.is_saved
    area.refresh_from_db()
    assert area.open_points == "通知没有写明李写的"
    form.saves()
    assert form.is_saved


def test_address_with_nul_is_that_of_no_row(form, area):
    send(form, "_draft")
    form.url = form.url.replace(f"/{area.pk}/", "/%00/")

    assert form.client.get(form.url).status_code == 302
    assert send(form, "_draft").status_code == 410
    form.posted["csrfmiddlewaretoken"] = ["x" * 64]
    assert send(form, Origin="http://testserver").status_code == 403
    assert Draft.objects.count() == 1


@pytest.mark.once
@pytest.mark.parametrize("key", ["999999", "abc"])
def test_draft_of_a_row_that_is_not_there_is_not_kept(form, area, key):
    form.url = form.url.replace(f"/{area.pk}/", f"/{key}/")

    assert send(form, "_draft", Accept="text/plain").status_code == 410
    assert not Draft.objects.exists()


@pytest.mark.once
def test_page_tells_the_script_how_long_the_session_lasts(client):
    client.force_login(official("张"))
    session = client.session
    session[sessions.BEGUN] = time.time() - sessions.LONGEST + 600
    session.save()

    box = LexborHTMLParser(client.get("/admin/").text).css_first("#session").attributes
    assert int(box["data-idle"]) == sessions.IDLE - sessions.NOTED_EVERY
    assert 590 <= int(box["data-longest"]) <= 600


@pytest.mark.once
@pytest.mark.parametrize("kind", ["withdraw", "verify", "answer"])
def test_reason_typed_as_the_session_ended_is_a_draft_of_its_form(area, kind):
    person = Person(Client(), official("张"), address(area))
    if kind == "answer":
        report = make.make_correction(subject_kind="region", subject_id=area.pk, row_kind="region", row_id=area.pk)
        url, name = reverse("admin:pilots_proposal_change", args=[report.pk]), "answer"
    else:
        make.overwrite(Region.objects.filter(pk=area.pk), verification="unverified")
        page = "region_withdraw" if kind == "withdraw" else "regiontoverify_verify"
        url, name = reverse(f"admin:pilots_{page}", args=[area.pk]), "edit_reason"
    shown = LexborHTMLParser(person.client.get(url).text).css("#content-main form input[type=hidden]")
    posted = {node.attributes["name"]: node.attributes.get("value") or "" for node in shown}
    posted |= {name: "打到一半的理由" if kind != "verify" else "国函〔2015〕119号", "_check": "1"}
    end_session(person.client)

    answer = person.client.post(url, posted)
    assert (answer.status_code, "草稿" in answer.text) == (403, True)
    person.client.force_login(User.objects.get(first_name="张"))
    page = person.client.get(url).text
    field = LexborHTMLParser(page).css_first(f"#content-main form [name={name}]")
    assert (field.attributes.get("value") or field.text()).strip() == posted[name]
    assert "的草稿，还没有保存；那以后填写的，没有存下。" in page
    person.client.force_login(official("李"))
    assert posted[name] not in person.client.get(url).text
    person.client.force_login(User.objects.get(first_name="张"))
    drop = LexborHTMLParser(person.client.get(url).text).css_first(".messagelist [name=_drop]")
    dropped = {drop.attributes["name"]: drop.attributes["value"], "csrfmiddlewaretoken": "x"}
    emptied = person.client.post(url, dropped if kind != "withdraw" else posted, follow=True).text
    assert not Draft.objects.exists()
    assert posted[name] not in emptied or kind == "withdraw"  # that one was saved with it


@pytest.mark.once
@pytest.mark.parametrize("kind", ["withdraw", "verify", "answer"])
def test_refused_reason_is_a_draft_of_its_short_form(client, area, kind):
    values, name = {}, "edit_reason"
    if kind == "answer":
        url, name = reverse("admin:pilots_proposal_change", args=[make.make_correction().pk]), "answer"
        values = {"_decline": ["1"]}
    else:
        make.overwrite(Region.objects.filter(pk=area.pk), is_kind_verified=False, kind_source="")
        page = "region_withdraw" if kind == "withdraw" else "regiontoverify_verify"
        url = reverse(f"admin:pilots_{page}", args=[area.pk])
    person = Person(client, official("张"), url)

    response = client.post(url, person.posted | values | {name: ["太短"]})
    assert response.status_code == 200
    assert kind != "answer" or LexborHTMLParser(response.text).css_first(".errornote a[href='#id_answer']")

    person.read(client.get(url))
    assert person.posted[name] == ["太短"]
    assert f"这是您{Draft.objects.get()}" in person.text
    assert Region.objects.filter(pk=area.pk).exists()


@pytest.mark.once
def test_refused_acceptance_of_a_colleagues_words_is_no_draft(client):
    row = next(row for row in Division.objects.filter(region__slug="jing-jin-ji") if row.is_shown)
    reviewer, author = official("部"), make.make_official("津", "省级编辑", "tianjin")
    url = reverse("admin:pilots_division_withdraw", args=[row.pk])
    Person(client, author, url).saves("这一处列得不对，应当撤下")
    proposal = Proposal.objects.get()
    proposal.request["post"]["version"] = ["older"]
    proposal.save()
    client.force_login(reviewer)

    response = client.post(reverse("admin:pilots_proposal_change", args=[proposal.pk]), {"_replay": "1"})

    assert response.status_code == 200
    assert not Draft.objects.exists()


@pytest.mark.once
@pytest.mark.parametrize("kind", ["withdraw", "verify", "answer", "import"])
def test_short_form_is_kept_by_the_script_of_all_forms(client, area, kind):
    name, url = "edit_reason", reverse("admin:pilots_region_withdraw", args=[area.pk])
    if kind == "answer":
        name, url = "answer", reverse("admin:pilots_proposal_change", args=[make.make_correction().pk])
    elif kind == "verify":
        make.overwrite(Region.objects.filter(pk=area.pk), verification="unverified")
        url = reverse("admin:pilots_regiontoverify_verify", args=[area.pk])
    elif kind == "import":
        name, url = "table", f"{reverse('admin:pilots_project_import')}?region={area.pk}"
    person = Person(client, official("张"), url)
    assert LexborHTMLParser(person.text).css_first(f"form:has([name={name}]) #draft")

    answer = client.post(
        url, person.posted | {name: ["打到\r\n一半"], "_draft": ["1"]}, headers={"Accept": "text/plain"}
    )

    assert answer.text == f"已存下{Draft.objects.get()}。"
    person.read(client.get(url))
    assert "".join(person.posted[name]).split() in (["打到", "一半"], ["打到一半"])
    assert f"这是您{Draft.objects.get()}" in person.text
    assert LexborHTMLParser(person.text).css_first("form:has([name=answer], [name=edit_reason]) [name=opened_by]")


def test_table_that_is_pasted_is_kept_until_it_is_written(client, area):
    url, reason = f"{reverse('admin:pilots_project_import')}?region={area.pk}", "与项目清单核对后补上"
    table, person = "次序\t名称\t出自\r\n90\t第1项目\t1", Person(client, official("张"), url)

    person.read(client.post(url, person.posted | {"table": [table], "csrfmiddlewaretoken": ["x"]}))
    assert "尚未写入" in person.text
    assert client.get(url).context["form"].initial["table"] == table
    end_session(client)
    late = client.post(url, person.posted | {"edit_reason": [reason]})

    assert late.status_code == 403
    assert "您填写的内容已存为草稿" in late.text
    client.force_login(User.objects.get(first_name="张"))
    form = client.get(url).context["form"]
    assert [form.initial[name] for name in ("table", "edit_reason")] == [table, reason]
    assert client.post(url, person.posted | {"edit_reason": [reason]}).status_code == 302
    assert area.projects.filter(name="第1项目").exists()
    assert not Draft.objects.exists()


def test_first_page_says_whose_each_draft_is_in_two_queries(client, area):
    user, line = official("张"), area.priorities.get(number=2)
    client.force_login(user)
    make.make_project(document=area.documents.first())
    pages = [
        (address(line), f"制度创新重点“{area}，{line}"),
        (f"{reverse('admin:pilots_alias_add')}?region={area.pk}", f"别名“{area}”：新增"),
        (f"{reverse('admin:pilots_project_column')}?region={area.pk}", f"重点项目“{area}”：逐行填写"),
        (f"{reverse('admin:pilots_project_import')}?region={area.pk}", f"重点项目“{area}”：粘贴表格"),
        (reverse("admin:pilots_region_withdraw", args=[area.pk]), f"先行示范地区“{area.name}”：撤下或恢复"),
    ]
    counts = []
    client.get("/admin/")  # what is looked up once
    for url, _ in pages:
        client.post(url, {"edit_reason": "打到一半", "_draft": "1"})
        with CaptureQueriesContext(connection) as queries:
            page = client.get("/admin/").text
        counts.append(len(queries))

    links = [link.text() for link in LexborHTMLParser(page).css("#overview-drafts + ul a")]
    assert [text[: len(words)] for text, (_, words) in zip(links, reversed(pages), strict=True)] == [
        words for _, words in reversed(pages)
    ]
    assert len(set(counts)) == 1


@pytest.mark.once
def test_draft_whose_page_is_closed_is_dropped_on_the_first_page(client, area):
    user = make.make_official("辽", "省级编辑", "liaoning")
    client.force_login(user)
    address_of = reverse("admin:pilots_region_withdraw", args=[area.pk])
    theirs = Draft.objects.keep(official("张").pk, address_of, "", {})
    draft = Draft.objects.keep(user.pk, address_of, "", {"edit_reason": ["打到一半"]})
    assert client.get(address_of).status_code == 403

    [button] = LexborHTMLParser(client.get("/admin/").text).css("#overview-drafts + ul button")
    assert (button.attributes["name"], button.attributes["value"]) == ("_drop", str(draft.pk))
    page = client.post("/admin/", {"_drop": button.attributes["value"]}, follow=True)
    for key in (theirs.pk, "x", "", "9" * 40):
        assert client.post("/admin/", {"_drop": key}, follow=True).status_code == 200

    assert "草稿已丢弃。" in page.text
    assert list(Draft.objects.all()) == [theirs]


def form_with(client, kind, area):
    """Return a page whose form is sent elsewhere, and the box of it that somebody types into."""
    if kind == "rows":
        listed, row = reverse("admin:pilots_priority_changelist"), area.priorities.first()
        return client.post(listed, {"action": "change_classification_note", "_selected_action": row.pk}), (
            "classification_note"
        )
    if kind == "publish":
        notice = make.make_notice(slug="draft", number="某办〔2026〕1号", batch=3, is_draft=True)
        return client.get(reverse("admin:pilots_notice_change", args=[notice.pk])), "edit_reason"
    line = make.make_reporting_area().priorities.first()
    values = {"region": line.region, "year": timezone.localdate().year - 1, "period": "q1"}
    report = Report.objects.create(
        **values, state="sent", sent_by=User.objects.get(first_name="张"), sent_at=timezone.now()
    )
    ReportLine.objects.create(report=report, region=line.region, priority=line, progress="under_way")
    return client.get(reverse("admin:pilots_report_change", args=[report.pk])), (
        f"comment-{ReportLine.all_objects.get().pk}"
    )


def test_draft_of_a_short_form_is_no_older_than_its_page(client, area):
    make.overwrite(Region.objects.filter(pk=area.pk), is_kind_verified=False, kind_source="")
    client.force_login(user := official("张"))
    pages = [reverse(f"admin:pilots_{kind}", args=[area.pk]) for kind in ("region_withdraw", "regiontoverify_verify")]
    for url in pages:
        typed = {"edit_reason": ["国函〔2015〕119号的理由"], "problems": ["2"], "_draft": ["1"]}
        client.post(url, fields(client.get(url).text) | typed)
    Person(client, user, address(area)).types(open_points="通知没有写明边界").saves()

    withdraw, verify = (fields(client.get(url).text) for url in pages)

    assert withdraw["edit_reason"] == ["国函〔2015〕119号的理由"]
    assert "problems" not in verify  # it was ticked of another state of the record
    assert client.post(pages[0], withdraw).status_code == 302
    assert not Region.objects.filter(pk=area.pk).exists()


def test_draft_of_an_answer_is_gone_once_somebody_has_answered(client):
    one, two = make.make_official("甲", "部委编辑"), make.make_official("乙", "部委编辑")
    url = reverse("admin:pilots_proposal_change", args=[make.make_correction().pk])
    client.force_login(one)
    posted = fields(client.get(url).text) | {"answer": ["打到一半"]}
    client.post(url, posted | {"_draft": ["1"]})
    assert Draft.objects.exists()
    client.force_login(two)
    client.post(url, fields(client.get(url).text) | {"answer": ["与印发的文件核对，没有错。"], "_decline": ["1"]})

    client.force_login(one)
    late = client.post(url, posted | {"_decline": ["1"]}).text

    assert "打到一半" in late
    assert not Draft.objects.exists()


@pytest.mark.parametrize("kind", ["rows", "publish", "opinion"])
def test_form_that_is_sent_elsewhere_is_kept_by_script_and_as_the_session_ends(client, area, kind):
    user = official("张")
    client.force_login(user)
    page, name = form_with(client, kind, area)
    form = LexborHTMLParser(page.text).css_first(f"form:has([name={name}])")
    assert form.css_first("#draft")
    url, posted = form.attributes["action"], fields(f'<div id="content-main">{form.html}</div>')

    kept = client.post(url, posted | {name: ["打到一半"], "_draft": ["1"]}, headers={"Accept": "text/plain"})
    assert kept.text == f"已存下{Draft.objects.get()}。"
    [link] = LexborHTMLParser(client.get("/admin/").text).css("#overview-drafts + ul a")
    end_session(client)
    late = client.post(url, posted | {name: ["打到一半，接着打"], VALUE: ["1"]})
    assert late.status_code == 403
    assert "您填写的内容已存为草稿" in late.text

    client.force_login(user)
    again = client.get(link.attributes["href"], follow=True)
    box = LexborHTMLParser(again.text).css_first(f"#content-main form [name={name}]")
    assert (box.attributes.get("value") or box.text()).strip() == "打到一半，接着打"
    assert f"这是您{Draft.objects.get()}" in again.text
    client.post(url, {"_drop": "1"})
    assert not Draft.objects.exists()


def test_draft_of_chosen_rows_is_gone_once_they_are_written(client, area):
    client.force_login(official("张"))
    page, name = form_with(client, "rows", area)
    form = LexborHTMLParser(page.text).css_first("#content-main form")
    shown = client.post(form.attributes["action"], fields(page.text) | {name: "归类待讨论", VALUE: "1"})
    assert Draft.objects.get().fields[name] == ["归类待讨论"]
    plan = LexborHTMLParser(shown.text).css_first("#content-main form")

    refused = client.post(plan.attributes["action"], fields(shown.text) | {"edit_reason": "太短"})
    assert refused.status_code == 200
    assert "归类待讨论" in client.get(form.attributes["action"]).text
    reason = {"edit_reason": "与同类的重点一致"}
    assert client.post(plan.attributes["action"], fields(refused.text) | reason).status_code == 302

    assert not Draft.objects.exists()
    assert Priority.objects.get(pk=area.priorities.first().pk).classification_note == "归类待讨论"


@pytest.mark.once
def test_window_is_told_where_another_kept_something_newer(form):
    newer = Person(form.client, User.objects.get(), form.url).types(open_points="通知没有写明另一窗口打的")
    assert autosave(form).status_code == 200
    first = Draft.objects.get()

    answer = autosave(newer)
    assert (answer.status_code, f"您在另一个窗口打开了同一张表单，那里存下了{first}。" in answer.text) == (409, True)
    assert Draft.objects.get().fields == first.fields
    assert autosave(form).status_code == 200

    send(newer, "_draft")
    assert f"替换了您在另一个窗口存下的{first}。" in form.client.get("/admin/").text
    assert Draft.objects.get().fields["open_points"] == ["通知没有写明另一窗口打的"]
    assert autosave(form).status_code == 409


@pytest.mark.once
def test_window_whose_save_was_refused_stays_the_same_window(form):
    form.posted["edit_reason"] = [""]
    form.read(send(form))
    form.types(open_points="通知没有写明接着打")

    assert autosave(form).status_code == 200
    assert reopened(form)[0] == ["通知没有写明接着打"]


def pages_of_forms(client, area):
    """Yield the pages of the admin that may hold a form, each of a row where it is of one: as somebody opens them."""
    for kind in ("rows", "publish", "opinion"):
        yield kind, form_with(client, kind, area)[0]
    make.make_project(document=area.documents.first())
    report = Report.all_objects.get()
    report.pk, report.state, report.period = None, "draft", "q2"
    report.save()
    yield "report", client.get(reverse("admin:pilots_report_change", args=[report.pk]))
    make.make_correction(subject_kind="region", subject_id=area.pk)
    make.overwrite(Region.objects.all(), verification="unverified")
    make.overwrite(Division.objects.all(), verification="unverified")
    for pattern in admin.site.urls[0]:
        options = getattr(pattern.callback, "model_admin", None)
        for inner in getattr(pattern, "url_patterns", ()):
            options, parts = getattr(inner.callback, "model_admin", None), str(inner.pattern).strip("/").split("/")
            row = options.model._base_manager.first() if options and options.model is not User else None
            if row and (len(parts) == 1 or parts[0].startswith("<")):
                if parts[0].startswith("<"):
                    parts[0] = str(row.pk)
                url = reverse("admin:index") + str(pattern.pattern) + "/".join(parts) + f"/?region={area.pk}"
                yield url, client.get(url)


@pytest.mark.once
def test_every_form_that_somebody_types_a_reason_or_text_into_keeps_a_draft(client, area):
    client.force_login(official("张"))
    boxes, without = "textarea:not([readonly]), [name=edit_reason]:not([type=hidden])", []
    pages = [(url, page.text) for url, page in pages_of_forms(client, area) if page.status_code == 200]
    forms = [(url, form) for url, text in pages for form in LexborHTMLParser(text).css("#content-main form")]
    filled = [(url, form) for url, form in forms if form.css_first(boxes)]
    without = [url for url, form in filled if not form.css_first("#draft") or not form.css_first("[name=opened_by]")]

    assert without == []
    assert len(filled) > 60
