import datetime
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.cache import cache
from django.core.mail import EmailMessage
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from ...admin.permissions import EDIT, editable
from ...admin.proposals import waiting_for
from ...admin.recalling import WHY
from ...models import HistoryEntry, Report, ReportState
from ...models.proposals import workday_after
from ...models.reports import BEING_WRITTEN
from ...record.reports import notices_in_force
from ..errors import told_in_one_line

PROPOSALS = "有{count}件建议和纠错等您处理{news}，最早的一件应在{due:%Y年%-m月%-d日}前答复。"
SENT_BACK = "您提出的{count}件建议退回来了，附有意见。请照意见改好再保存，或者撤回。"
REPORTS = "部委催报：{names}。请在“我的地区”里填写。"
RETURNED = "部委退回报送：{names}，附有意见。请在“我的地区”里改好再报送。"
WITHDRAWN = "部委撤下报送：{names}。打开报告就看到原因。"
LETTER = """{name}：

{words}

请照常打开本站的管理后台，看“我的工作”。这封信不带链接，也不会问您的密码。
每夜至多一封；不想收的，请管理员清空您账号里的邮箱。

{site}
"""


class Command(BaseCommand):
    help = (
        "给填了邮箱的官员发信：一天内有新的建议、纠错等本人处理，或一个工作日内到期，或部委催报、退回、撤下报送。每人至多一封。"
        "每夜运行；没有设置 EMAIL_URL 时什么也不做。-v 0 时不作声。"
    )

    def handle(self, *, verbosity: int, **options: Any) -> None:
        with told_in_one_line("查看等着处理的建议和纠错"):
            people = User.objects.filter(is_active=True, is_staff=True).exclude(email="").order_by("pk")
            people = people if settings.EMAIL_HOST else people.none()
            letters = [letter for person in people if (letter := _letter(person))]
            # The shared cache knows who was written to today, by whichever instance.
            letters = [letter for letter in letters if cache.add(_sent_key(letter), True, 20 * 3600)]
        refusals = {}
        for letter in letters:
            try:
                letter.send()
            except (OSError, ValueError) as error:  # the server is away, or this address is none: others may still go
                cache.delete(_sent_key(letter))
                refusals[" ".join(letter.to[0].split())] = " ".join(str(error).split())
        if verbosity:
            self.stdout.write(f"发出 {len(letters) - len(refusals)} 封信。")
        if refusals:
            addresses, reason = "、".join(refusals), next(iter(refusals.values()))
            raise CommandError(f"有 {len(refusals)} 封信没有发出（{addresses}）：{reason}")


def _sent_key(letter: EmailMessage) -> str:
    return f"told-{sha256(letter.to[0].encode()).hexdigest()}-{timezone.localdate()}"


def _letter(person: User) -> EmailMessage | None:
    """Return the letter to a person for whom something new waits, or something that is due; else None."""
    waiting = list(waiting_for(person))
    proposals = [proposal for proposal in waiting if proposal.author_id != person.pk]
    yesterday = timezone.now() - datetime.timedelta(days=1)
    days = [proposal.checking_at for proposal in waiting if proposal.author_id == person.pk]
    sent_back = sum(day is not None and day > yesterday for day in days)
    new = sum(proposal.received_at > yesterday for proposal in proposals)
    due_on = min((proposal.due_on for proposal in proposals), default=None)
    is_pressing = due_on and (new or due_on <= workday_after(timezone.localdate(), 1))
    reports, returned, withdrawn = reports_of(person, yesterday)
    words, subjects = [], []
    if is_pressing:
        news = f"，其中{new}件是一天内新到的" if new else ""
        words.append(PROPOSALS.format(count=len(proposals), news=news, due=due_on))
        subjects.append(f"有{len(proposals)}件建议和纠错等您处理")
    if sent_back:
        words.append(SENT_BACK.format(count=sent_back))
        subjects.append(f"您的{sent_back}件建议被退回")
    for verb, sentence, rows in (
        ("催报", REPORTS, reports),
        ("退回报送", RETURNED, returned),
        ("撤下报送", WITHDRAWN, withdrawn),
    ):
        if rows:
            words.append(sentence.format(names="、".join(f"{report.region.name}的{report}" for report in rows)))
            subjects.append(f"部委{verb}{len(rows)}份")
    if not words:
        return None
    name, site = person.get_full_name() or person.get_username(), settings.SITE["name"]
    text = LETTER.format(name=name, words="\n".join(words), site=site)
    return EmailMessage(f"{site}：{'，'.join(subjects)}", text, to=[person.email])


def reports_of(person: User, since: datetime.datetime) -> tuple[list[Report], list[Report], list[Report]]:
    """Return the reports of a person's own areas, if she writes reports, for which the ministry has asked since that
    time, those that it sent back, and those that it withdrew; each only while it stands so."""
    if not person.has_perm("pilots.change_report") or person.has_perm(EDIT):
        return [], [], []
    mine = Report.all_objects.filter(editable(person, Report)).select_related("region")
    of_reports = HistoryEntry.objects.filter(content_type__model="report", timestamp__gt=since).exclude(
        edit__reason=WHY  # the area did that
    )
    changes = {
        name: of_reports.filter(changes__has_key=name).values("object_id") for name in ("state", "withdrawn_on")
    }
    notices = list(notices_in_force())
    open_now = mine.filter(region__notice__in=notices, state__in=BEING_WRITTEN, withdrawn_on=None)
    returned = open_now.filter(state=ReportState.RETURNED, pk__in=changes["state"])
    withdrawn = mine.exclude(withdrawn_on=None).filter(pk__in=changes["withdrawn_on"])
    return list(open_now.filter(reminded_at__gt=since)), list(returned), list(withdrawn)
