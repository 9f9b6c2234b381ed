"""建议: what readers (纠错), and officials whose edits wait, say is wrong in the record. One queue."""

import datetime
import re
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import Exists, F, Max, OuterRef, Q
from django.utils import timezone

from . import constraints as rule
from .history import Edit, HistoryEntry
from .places import Region
from .recorded import attributes
from .sources import is_public

ANSWER_WITHIN = 15  # working days
CONTACT_KEPT = datetime.timedelta(days=90)  # after the answer
MOST_OF_A_RECORD, MOST_WAITING = 30, 1_000  # of readers, that wait for an answer
_ADDRESS = re.compile(r"(https?://[!-~]*[A-Za-z0-9/#=&_-])")
_LOCK = 0x7072_6F70  # any number that nobody else locks


class ProposalState(models.TextChoices):
    RECEIVED = "received", "收到"
    CHECKING = "checking", "核对中"
    ACCEPTED = "accepted", "已采纳"
    DECLINED = "declined", "不采纳"
    RETRACTED = "retracted", "撤回"


OPEN = (ProposalState.RECEIVED, ProposalState.CHECKING)
ANSWERED = (ProposalState.ACCEPTED, ProposalState.DECLINED)


class FullError(Exception):
    """No more of readers is taken for now. `is_record`: of this record, not of the whole site."""

    def __init__(self, *, is_record: bool) -> None:
        super().__init__("full")
        self.is_record = is_record


class ProposalQuerySet(models.QuerySet["Proposal"]):
    def of_readers(self) -> "ProposalQuerySet":
        return self.filter(author=None)

    def open(self) -> "ProposalQuerySet":
        """Those that nobody has answered or taken back."""
        return self.filter(state__in=OPEN)

    def in_review(self) -> "ProposalQuerySet":
        """Officials' that wait for a reviewer; what was sent back waits for its author."""
        return self.open().filter(author__isnull=False, answer="")

    def answered(self) -> "ProposalQuerySet":
        """What everybody may read: readers' that an official has answered, the latest answer first."""
        answered = self.of_readers().filter(state__in=ANSWERED)
        return answered.with_withdrawal().order_by("-answered_at", "-pk")

    def with_withdrawal(self) -> "ProposalQuerySet":
        """With whether the area that each is of is withdrawn (`is_withdrawn`): its page answers nobody."""
        areas = Region.all_objects.filter(pk=OuterRef("subject_id")).exclude(withdrawn_on=None).order_by()
        return self.annotate(is_withdrawn=Q(subject_kind="region") & Exists(areas))

    def amended_keys(self, edits: Iterable[Edit]) -> set[str]:
        """Return the keys of those edits that wrote something else than was proposed. No query where nobody accepted
        any of them, or readers ask, for whom that is deferred."""
        keys = [edit.key for edit in edits if vars(edit).get("reviewer_id")]
        rows = self.filter(edit_key__in=keys, request__is_amended=True)
        return set(rows.values_list("edit_key", flat=True)) if keys else set()

    def outdated(self, at: datetime.datetime) -> "ProposalQuerySet":
        """Those whose contact has to be removed by then."""
        is_over = Q(answered_at__lt=at - CONTACT_KEPT)
        return self.exclude(contact="").filter(is_over)

    @attributes(alters_data=True)
    def retract(self) -> int:
        """Take back those that are open; return how many."""
        return self.open().update(state=ProposalState.RETRACTED, answered_at=timezone.now())

    @attributes(alters_data=True)
    def reopen(self) -> str:
        """Let officials' that were accepted wait again, as if they had just come: the edit was taken back; return a
        sentence that says which."""
        rows = self.filter(state=ProposalState.ACCEPTED).exclude(author=None)
        names = "、".join(map(str, rows))
        answer: dict[str, Any] = {"answer": "", "answered_by": None, "answered_at": None, "edit_key": ""}
        rows.update(state=ProposalState.RECEIVED, checking_at=None, **answer)
        return f"{names} 重新等待审核。" if names else ""

    @attributes(alters_data=True)
    def receive(self, **values: Any) -> "Proposal":
        """Return a reader's proposal with the next number of the year; the one that has its code, where there is one.

        Raises FullError beyond the limits. Whoever comes at the same time waits: no number is missing or given twice.
        """
        with one_at_a_time():
            if proposal := self.filter(code=values["code"]).first():
                return proposal
            waiting = self.of_readers().open()
            if waiting.count() >= MOST_WAITING:
                raise FullError(is_record=False)
            record = {name: values.get(name) for name in ("subject_kind", "subject_id")}
            if waiting.filter(**record).count() >= MOST_OF_A_RECORD:
                raise FullError(is_record=True)
            year = timezone.localdate().year
            last = self.filter(year=year).aggregate(last=Max("number"))["last"] or 0
            return self.create(year=year, number=last + 1, **values)

    @attributes(alters_data=True)
    def propose(self, **values: Any) -> "Proposal":
        """Return an official's proposal; the one that says the same of the same row, where that waits already. One
        that was sent back waits for its author, not for an answer: what she saves again is another."""
        with one_at_a_time():
            row = {name: values[name] for name in ("author_id", "row_kind", "row_id", "reason")}
            waiting = self.open().filter(answer="", **row)
            address = [values["request"].get(name) for name in ("path", "query")]  # the query: of which report
            alike = (
                row
                for row in waiting
                if row.lines == values["lines"] and [row.request.get(name) for name in ("path", "query")] == address
            )
            return next(alike, None) or self.create(**values)


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """A transaction in which nobody else writes a proposal; SQLite has no other."""
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        yield


def new_code() -> str:
    """Return what nobody guesses: 128 random bits."""
    return secrets.token_hex(16)


class Proposal(models.Model):
    """What somebody says is wrong of a record, what it should say, and what officials answered.

    A reader's has words; an official's has the form that she saved, which is written once it is accepted.
    """

    code = models.CharField("查询码", max_length=32, unique=True, default=new_code, editable=False)
    year = models.PositiveSmallIntegerField("年份", null=True, editable=False)  # with the number: of readers' only
    number = models.PositiveIntegerField("编号", null=True, editable=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="建议人"
    )  # protects the account: people with history are deactivated, never deleted; null: a reader
    # What it is of, as the history names it: the record, and which row of it.
    subject_kind = models.CharField("所属记录的种类", max_length=20, blank=True)
    subject_id = models.BigIntegerField("所属记录的主键", null=True)
    row_kind = models.CharField("所指的种类", max_length=20, blank=True)
    row_id = models.BigIntegerField("所指的主键", null=True)
    title = models.CharField("所指", max_length=200)
    place = models.CharField("网址", max_length=300, blank=True)
    quoted = models.TextField("当时的字句", blank=True)

    wrong = models.TextField("哪里错了", blank=True)
    right = models.TextField("应当怎样", blank=True)
    source = models.TextField("从哪里知道的", blank=True)
    contact = models.CharField(
        "称呼和联系方式", max_length=100, blank=True
    )  # never public, gone after `CONTACT_KEPT`

    request = models.JSONField("所保存的表单", default=dict)  # of an official: its path, and each field's values
    lines = models.JSONField("改动", default=list)  # of an official: label, before, after, of each field
    reason = models.CharField("更正说明", max_length=200, blank=True)

    state = models.CharField("状态", max_length=10, choices=ProposalState, default=ProposalState.RECEIVED)
    received_at = models.DateTimeField("收到时间", default=timezone.now)
    checking_at = models.DateTimeField("开始核对", null=True)
    answered_at = models.DateTimeField("答复时间", null=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="答复人"
    )  # as the author's
    answer = models.TextField("答复", blank=True)
    is_quoted = models.BooleanField("公开原话", default=True, help_text="广告、辱骂、涉及个人的话，去掉勾选。")
    edit_key = models.CharField("由此作出的修改", max_length=80, blank=True)

    objects = ProposalQuerySet.as_manager()

    is_withdrawn = False  # the area that it is of (`with_withdrawal`)
    edits: Sequence[Any] = ()  # that it led to, as readers are told of them

    class Meta:
        verbose_name = verbose_name_plural = "建议和纠错"
        default_permissions = ("view", "change")
        ordering = ["-received_at", "-pk"]
        constraints = [
            rule.unique("proposal", ["year", "number"], "一年里编号不能重复。"),
            rule.slug("proposal", "code", "查询码"),
            rule.one_of("proposal", "state", "状态", ProposalState.values),
            models.CheckConstraint(
                condition=Q(author=None, number__isnull=False, number__gte=1, year__isnull=False)
                | Q(author__isnull=False, number=None, year=None),
                name="proposal_of_a_reader_is_numbered",
                violation_error_message="读者的纠错才有编号。",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=ANSWERED)
                | Q(answered_at__isnull=False, answered_by__isnull=False, answer__regex=r"\S"),
                name="proposal_answered_in_words",
                violation_error_message="答复须有内容、时间和答复人。",
            ),
            models.CheckConstraint(
                condition=Q(answered_by=None) | Q(author=None) | ~Q(answered_by=F("author")),
                name="proposal_of_ones_own_is_answered_by_others",
                violation_error_message="自己的建议由别人审核。",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "-answered_at"], name="proposals_answered"),
            models.Index(fields=["subject_kind", "subject_id", "state"], name="proposals_of_a_subject"),
        ]

    def __str__(self) -> str:
        return f"纠错 {self.year}-{self.number:04}" if self.number else f"建议 {self.pk}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def is_amended(self) -> bool:
        """Whether who accepted it wrote something else than its author, an official, proposed."""
        return self.state == ProposalState.ACCEPTED and bool(self.request.get("is_amended"))

    @property
    def is_sent_back(self) -> bool:
        """Whether it waits for its author, an official, to mend it or take it back."""
        return self.author_id is not None and self.state == ProposalState.CHECKING and bool(self.answer)

    @property
    def state_words(self) -> str:
        """The state in words; of an official's also that it was sent back, or accepted in other words than hers."""
        words = "已退回" if self.is_sent_back else self.get_state_display()
        return "修改后采纳" if self.is_amended else words

    @property
    def answer_parts(self) -> list[tuple[str, str]]:
        """The answer in stretches of text, each with its address where it is one that everybody may open."""
        parts = _ADDRESS.split(self.answer)
        return [(part, part if n % 2 and is_public(part) else "") for n, part in enumerate(parts) if part]

    @property
    def is_public(self) -> bool:
        """Whether readers are told of it."""
        return self.author_id is None and self.state in ANSWERED

    @property
    def due_on(self) -> datetime.date:
        """By when it is to be answered: the last of `ANSWER_WITHIN` working days after the day when it came."""
        return workday_after(timezone.localdate(self.received_at), ANSWER_WITHIN)

    @property
    def waited(self) -> int:
        """How many working days it has waited for an answer."""
        return workdays_between(timezone.localdate(self.received_at), timezone.localdate())

    @property
    def last_edit_since(self) -> Edit | None:
        """The last edit since it came of what it is of; None where there is none: of an official's of the fields of
        her row that she changed, or that it was withdrawn; of a form with rows inside, and of a reader's, of the
        record."""
        post = self.request.get("post", {})
        about = {"content_type__model": self.row_kind, "object_id": self.row_id}
        if self.author_id is None or any(name.endswith("-TOTAL_FORMS") for name in post):
            about = {"edit__subject_kind": self.subject_kind, "edit__subject_id": self.subject_id}
        entries = HistoryEntry.objects.filter(**about, edit__at__gt=self.received_at).order_by("-pk")
        labels = {line["label"].rpartition("”的")[2] for line in self.lines}
        is_of_fields = "opened" in post and "object_id" in about  # a short form says something of the whole row
        for entry in entries.select_related("edit__actor", "edit__reviewer"):
            changed = {line["label"] for line in entry.changed_lines}
            if not is_of_fields or changed & labels or "withdrawn_on" in entry.changes:
                return entry.edit
        return None

    @property
    def workdays(self) -> int:
        """How many working days the answer took."""
        return workdays_between(timezone.localdate(self.received_at), timezone.localdate(self.answered_at))

    @property
    def is_in_time(self) -> bool:
        return self.workdays <= ANSWER_WITHIN

    @property
    def who(self) -> str:
        """Who sent it; for officials, never for readers."""
        return (self.author.get_full_name() or self.author.get_username()) if self.author else "读者"


def workday_after(day: datetime.date, count: int) -> datetime.date:
    """Return the `count`-th day from Monday to Friday after `day`; holidays by law aren't left out."""
    while count:
        day += datetime.timedelta(days=1)
        count -= day.weekday() < 5
    return day


def workdays_between(start: datetime.date, end: datetime.date) -> int:
    """Return how many days from Monday to Friday there are after `start`, up to `end`."""
    weeks, days = divmod((end - start).days, 7)
    return 5 * weeks + sum((start.weekday() + day) % 7 < 5 for day in range(1, days + 1))
