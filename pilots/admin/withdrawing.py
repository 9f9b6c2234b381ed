"""Deleting is 撤下: a record stays in the database, with day and reason, and can be restored; nobody deletes it.

What the notice itself says line by line (its paragraphs, citations, signatures and priorities) stays as issued: of
those, only rows that were added on this site can be withdrawn. An area can, its line in the annex stays.
"""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.contenttypes.models import ContentType
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from ..history.original import is_issued
from ..http.unsaved import REASON, signature
from ..models import HistoryEntry, Notice, Proposal, is_drafted, together
from ..models.characters import CleanedField
from ..models.typography import letters
from ..record import issuing
from . import drafts
from .proposals import accepted_by, settle_or_wait
from .review import SEEN, author_of, facts_shown, keeps_proposals, saving_address
from .saving import REASON_LENGTH, WEAK, edited_by, reason_problem

ISSUED = "这是通知印发的文字，不能单独撤下；有误请更正，或撤下整个地区。"
WITHDRAW_INSTEAD = "记录不能删除。要让它不再公开，请用“撤下”并写明原因；撤下后可以恢复。"
UNDO, UNDO_SECONDS = "undo", 600  # the field that says when a row was withdrawn or restored; how long it is undone
DELETED = "这份通知还没有发布，没有公开过。删去以后，连同属于它的各行，都不能恢复。"
TOO_LATE = "撤销只在十分钟内有效。"


class SeenForm(forms.Form):
    """The reason for doing something to a record as a whole, and what the page knew of it."""

    edit_reason = CleanedField(
        label="原因",
        max_length=REASON_LENGTH,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text="必填，至少六个字，公开显示，请勿写个人姓名。",
    )
    asks_why, before_reason = True, ""  # a source says less: the words that make a sentence of it
    data: Any  # a QueryDict
    version = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, row: models.Model, data: Any = None, draft: Any = None) -> None:
        kind = ContentType.objects.get_for_model(row)
        of_row = models.Q(content_type=kind, object_id=row.pk)
        of_record = models.Q(edit__subject_kind=kind.model, edit__subject_id=row.pk)
        entries = HistoryEntry.objects.filter(of_row | of_record).select_related("edit__actor", "edit__reviewer")
        self.last = entries.order_by("-pk").first()
        self.state = f"{self.last.pk if self.last else 0}-{getattr(row, 'is_withdrawn', False)}"
        key = self.last.edit.key if self.last else None
        self.undone = key if UNDO in (data or ()) else None  # what it takes back
        self.done = f"{key} {kind.model} {row.pk}"  # names the last edit, which the form's own button alone signs so
        typed = {name: value for name, value in (draft or {}).items() if name != SEEN}
        if SEEN in (draft or {}) and draft[SEEN] != self.state:
            typed.pop("problems", None)  # what was compared with a source has changed since: it is ticked anew
        super().__init__(data, initial=typed | {SEEN: self.state})  # the page shows the record as it is now
        if "withdrawn_reason" in getattr(row, "internal_fields", ()):
            self.fields[REASON].help_text = "必填，至少六个字，只有官员看得到。"

    def clean_edit_reason(self) -> str:
        reason = self.cleaned_data[REASON]
        if not letters(reason):  # nothing of it could be seen, or read
            raise forms.ValidationError(self.fields[REASON].error_messages["required"])
        problem = reason_problem(reason)
        if problem and (self.asks_why or problem != WEAK):
            raise forms.ValidationError(problem)
        return reason

    def clean(self) -> dict[str, Any]:
        """Refuse a page that is older than the record; the page that goes back is not."""
        cleaned: Any = super().clean()
        if cleaned.get(SEEN) != self.state:
            self.data = self.data.copy()
            self.data[SEEN] = self.state
            who = self.last.edit.who if self.last else "他人"
            self.add_error(None, f"您打开之后，{who}改过这条记录。请核对后再次确认。")
        try:
            done = signing.loads(self.data[UNDO], max_age=UNDO_SECONDS) if UNDO in self.data else self.done
            is_in_time = done == self.done
        except signing.BadSignature:
            is_in_time = False
        if not is_in_time:
            self.add_error(None, f"{TOO_LATE}仍要这样做的，核对原因后再点一次。")
        return cleaned


class WithdrawnFilter(admin.SimpleListFilter):
    """What readers see, and what is withdrawn."""

    title = "公开情况"
    parameter_name = "withdrawn"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("no", "公开"), ("yes", "已撤下")]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        if self.value() not in ("no", "yes"):
            return queryset
        return queryset.filter(withdrawn_on__isnull=self.value() == "no")


def undo_button(request: HttpRequest, address: str, done: Any, reason: str, **fields: str) -> SafeString:
    """Return the form that takes back at once what was just done (`done` says what), with `reason`."""
    fields |= {"csrfmiddlewaretoken": get_token(request), UNDO: signing.dumps(done), REASON: reason}
    inputs = format_html_join("", '<input type="hidden" name="{}" value="{}">', fields.items())
    button = format_html('{}<button type="submit">撤销</button>', inputs)
    return format_html('<form method="post" action="{}">{}</form>', address, button)


def turn(row: Any, reason: str) -> None:
    """Withdraw a row, or restore one that is withdrawn; of a draft it is deleted: nobody has seen it."""
    if is_drafted(row):
        issuing.throw_away(row) if isinstance(row, Notice) else row.delete()
        return
    row.withdrawn_reason = "" if row.is_withdrawn else reason
    row.withdrawn_on = None if row.is_withdrawn else timezone.localdate()
    row.save(update_fields=["withdrawn_on", "withdrawn_reason"])


@keeps_proposals
def withdraw_view(options: Any, request: HttpRequest, object_id: str) -> HttpResponse:
    """Ask for the reason and withdraw the record, or restore it where it is withdrawn."""
    with edited_by(request, author_of(request)), together():
        row: Any = options.get_object(request, unquote(object_id))
        if not options.may_delete(request, row):
            raise PermissionDenied
        if row is None:
            return options._get_obj_does_not_exist_redirect(request, options.opts, object_id)
        if is_drafted(row) or is_issued(row):
            return _delete(options, request, row)
        form = SeenForm(row, request.POST if request.method == "POST" else None, drafts.typed_before(request))
        verb = "恢复" if row.is_withdrawn else "撤下"
        _refuse_done(request, row, form)
        if form.is_valid():
            turn(row, form.cleaned_data[REASON])
            again = Proposal.objects.filter(edit_key=form.undone).reopen()
            settle_or_wait(request, form, row, is_public=not (row.sourced or row.facts) or facts_shown(row))
    if not form.is_valid():
        row.refresh_from_db()
        return _page(options, request, row, form, verb, options.effect)
    drafts.of_form(request).delete()
    is_answer = Proposal.objects.of_readers().filter(edit_key=vars(request)["edit_key"]).exists()
    now, why = SeenForm(row), f"撤销刚才的{verb}"
    undo = "" if form.undone or is_answer else undo_button(request, request.path, now.done, why, version=now.state)
    words = format_html("“{}”已{}。{}{}", row, verb, again, undo)
    options.message_user(request, words, messages.SUCCESS)
    return HttpResponseRedirect(options.address("change", row))


def _refuse_done(request: HttpRequest, row: Any, form: SeenForm) -> None:
    """Refuse to accept the proposal to withdraw a row that is withdrawn by now: the same button would restore it."""
    proposal = accepted_by(request, row)
    if proposal and proposal.author_id and not proposal.request["post"][SEEN][0].endswith(f"-{row.is_withdrawn}"):
        done = "撤下" if row.is_withdrawn else "恢复"
        refusal = f"{proposal}要{done}的，已经{done}。请到它自己的页面答复。"
        form.add_error(None, f"没有写入：{refusal}") if form.is_bound else messages.error(request, refusal)


def _delete(options: Any, request: HttpRequest, row: Any) -> HttpResponse:
    """Delete a row of a draft, or all of it, once that is confirmed, and go on to what it was a part of; refuse to
    withdraw what was issued."""
    if not is_drafted(row):
        options.message_user(request, ISSUED, messages.ERROR)
        return HttpResponseRedirect(options.address("change", row))
    form = SeenForm(row, request.POST if request.method == "POST" else None)
    del form.fields[REASON]
    if not form.is_valid():
        return _page(options, request, row, form, "删去", DELETED)
    holder, words = getattr(row, row.belongs_to or "notice", None), f"“{row}”已删去。"
    turn(row, "")
    options.message_user(request, words, messages.SUCCESS)
    page = options.admin_site.get_model_admin(type(holder)).address("change", holder) if holder else ""
    return HttpResponseRedirect(page or reverse("admin:pilots_notice_changelist"))


def _page(options: Any, request: HttpRequest, row: Any, form: SeenForm, verb: str, effect: str) -> HttpResponse:
    context = {"opts": options.opts, "original": row, "form": form, "verb": verb, "effect": effect}
    context |= {"signature": signature(request), "restoring": getattr(options, "restoring", "")}
    context |= {"title": f"{verb}：{row}", "change_url": options.address("change", row)}
    context |= {"save_url": saving_address(request, accepted_by(request, row))}
    context |= options.admin_site.each_context(request)
    return TemplateResponse(request, "admin/pilots/record/withdraw.html", context).render()
