"""What officials are told by mail: one letter a night at most, to whom something new waits or is due."""

import datetime
import re

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.core.cache import cache
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import CommandError, call_command
from django.utils import timezone

from config import connections
from config.environment import SettingError
from pilots.models import EventKind, Proposal, Region, SecurityEvent
from pilots.models.proposals import ANSWER_WITHIN, workday_after

from . import factories as make
from .processes import read, refusal

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def server(settings):
    settings.EMAIL_HOST, settings.DEFAULT_FROM_EMAIL = "mail.example.cn", "site@example.cn"


@pytest.fixture
def people():
    make.make_official("辽", "省级编辑", "liaoning", first_name="辽宁的人", email="liao@example.cn")
    make.make_official("京", "省级编辑", "beijing", email="jing@example.cn")
    make.make_official("部", "部委编辑", email="bu@example.cn")
    make.make_official("无", "部委编辑")
    make.make_official("停", "部委编辑", email="ting@example.cn", is_active=False)


def report():
    row = Region.objects.get(slug="liaoning-benxi")
    return make.make_correction(subject_kind="region", subject_id=row.pk, title="本溪", contact="13800000000")


def sent(*, is_again=False):
    if not is_again:
        cache.clear()  # another night
    mail.outbox.clear()
    call_command("tell_officials", verbosity=0)
    return [letter.to for letter in mail.outbox]


def test_whom_a_report_concerns_is_told_once_and_when_it_is_due(people):
    assert sent() == []
    proposal = report()

    assert sent() == [["liao@example.cn"], ["bu@example.cn"]]
    [letter] = [letter for letter in mail.outbox if letter.to == ["liao@example.cn"]]
    assert letter.from_email == "site@example.cn"
    assert letter.subject == "生态文明先行示范区名录：有1件建议和纠错等您处理"
    due = workday_after(timezone.localdate(), ANSWER_WITHIN)
    assert "辽宁的人：" in letter.body
    assert f"其中1件是一天内新到的，最早的一件应在{due.year}年{due.month}月{due.day}日前答复。" in letter.body
    for secret in ("://", proposal.code, "13800000000", proposal.wrong):
        assert secret not in letter.body
    for age, expected in ((2, []), (20, [["liao@example.cn"], ["bu@example.cn"]])):
        Proposal.objects.update(received_at=timezone.now() - datetime.timedelta(days=age))
        assert sent() == expected, age
    assert "一天内" not in mail.outbox[0].body
    make.answer(proposal)
    assert sent() == []


def test_who_proposed_is_told_what_was_sent_back_not_that_she_has_to_answer_it(people):
    author = User.objects.get(username="京")
    values = {"author": author, "answer": "请附来源。", "state": "checking", "checking_at": timezone.now()}
    proposal = Proposal.objects.create(title="本站", **values)

    assert sent() == [["jing@example.cn"]]
    assert mail.outbox[0].subject == "生态文明先行示范区名录：您的1件建议被退回"
    assert "您提出的1件建议退回来了，附有意见。" in mail.outbox[0].body
    assert "等您处理" not in mail.outbox[0].body
    Proposal.objects.filter(pk=proposal.pk).update(checking_at=timezone.now() - datetime.timedelta(days=2))
    assert sent() == []


def test_command_that_runs_again_sends_no_letter_twice(people):
    report()

    assert len(sent()) == 2
    assert sent(is_again=True) == []
    make.make_official("新", "部委编辑", email="xin@example.cn")
    assert sent(is_again=True) == [["xin@example.cn"]]


def test_address_that_is_none_stops_no_other(people):
    report()
    User.objects.filter(username="辽").update(email="liao@example.cn\nBcc: x@example.cn")

    for _ in range(2):  # what wasn't sent is tried again
        with pytest.raises(CommandError, match="有 1 封信没有发出"):
            call_command("tell_officials", verbosity=0)

    assert [letter.to for letter in mail.outbox] == [["bu@example.cn"]]


def test_letter_that_one_server_refuses_stops_no_other(people, monkeypatch):
    report()
    send = EmailBackend.send_messages

    def refuse(self, messages):
        if messages[0].to == ["liao@example.cn"]:
            raise ConnectionRefusedError(111, "Connection refused")
        return send(self, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)

    with pytest.raises(CommandError, match=re.escape("有 1 封信没有发出（liao@example.cn）")):
        sent()

    assert [letter.to for letter in mail.outbox] == [["bu@example.cn"]]


def test_without_a_server_nothing_is_sent(people, settings, capsys):
    report()
    settings.EMAIL_HOST = ""

    assert sent() == []
    assert not capsys.readouterr().out
    call_command("tell_officials")
    assert capsys.readouterr().out == "发出 0 封信。\n"


def test_nightly_line_has_it(settings):
    for place in ("README.md", "config/deploy/pilots-nightly.service"):
        assert "tell_officials -v 0" in (settings.BASE_DIR / place).read_text(), place


def test_address_is_set_with_the_account_and_told_to_the_auditor(admin_client):
    person = make.make_official("某", "部委编辑")
    url = f"/admin/auth/user/{person.pk}/change/"
    roles = [group.pk for group in person.groups.all()]
    posted = {"username": "某", "first_name": "", "roles": roles, "is_active": "on"}

    for typed, kept in (
        ("不是邮箱", ""),
        ("a@example.cn\nBcc: b@example.cn", ""),
        ("ou@example.cn", "ou@example.cn"),
    ):
        admin_client.post(url, posted | {"email": typed})
        assert User.objects.get(pk=person.pk).email == kept

    event = SecurityEvent.objects.filter(kind=EventKind.RIGHTS).first()
    assert "邮箱：" in event.detail


@pytest.mark.apart
def test_address_of_the_server_is_read_as_it_is_meant():
    values = read(EMAIL_URL="smtp+tls://a%40example.cn:p%40ss%3A@mail.example.cn", SECRET_KEY="0123456789abcdef" * 2)

    assert [values[name] for name in ("EMAIL_HOST", "EMAIL_PORT", "EMAIL_HOST_USER", "EMAIL_HOST_PASSWORD")] == [
        *("mail.example.cn", 587, "a@example.cn", "p@ss:")
    ]
    assert (values["EMAIL_USE_TLS"], values["EMAIL_USE_SSL"]) == (True, False)
    assert values["DEFAULT_FROM_EMAIL"] == "a@example.cn"
    smtps = connections.mail("EMAIL_URL", "smtps://10.0.0.1:4650?from=x%40example.cn")
    assert (smtps["EMAIL_PORT"], smtps["EMAIL_USE_SSL"], smtps["DEFAULT_FROM_EMAIL"]) == (4650, True, "x@example.cn")
    assert read(SECRET_KEY="0123456789abcdef" * 2)["EMAIL_HOST"] == ""


@pytest.mark.apart
@pytest.mark.parametrize(
    "url",
    [
        *(
            "mail.example.cn",
            "http://mail.example.cn?from=a%40b.cn",
            "smtp://mail.example.cn",
            "smtp://?from=a%40b.cn",
        ),
        *("smtp://u:p@h:99999?from=a%40b.cn", "smtp://a.cn,b.cn?from=a%40b.cn", "smtp://h/x?from=a%40b.cn"),
        *(
            "smtp://h?from=a@b.cn",
            "smtp://h?from=a%40b.cn&to=c",
            "smtp://h?from=a%20%40b.cn",
            "smtp://h?from=a%0A%40b.cn",
        ),
    ],
)
def test_address_of_no_mail_server_stops_the_start_with_one_line(url):
    said = refusal(EMAIL_URL=url, SECRET_KEY="0123456789abcdef" * 2)

    assert said.startswith("设置 EMAIL_URL 有误：")
    assert "\n" not in said
    with pytest.raises(SettingError):
        connections.mail("EMAIL_URL", url)
