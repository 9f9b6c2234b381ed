"""建议和纠错: whom each concerns, the queue folded by record, the page of one, and what accepts it."""

import re
from itertools import groupby
from typing import Any

from django.apps import apps
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.messages.storage import default_storage
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied
from django.core.paginator import Paginator
from django.db import models, transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.html import format_html

from ..history.edits import WITHDRAWN, Change, give_edits
from ..http.unsaved import REASON, signature
from ..models import Draft, Edit, HistoryEntry, Proposal, Region, together
from ..models.proposals import ProposalQuerySet, ProposalState
from ..models.received import Received
from ..models.recorded import kind_of, own_field
from . import drafts
from .answering import AnswerForm, answered_words
from .fields import is_key
from .permissions import EDIT, editable
from .previewing import PAGES, PREVIEW
from .review import (
    ACCEPTING,
    AS_TYPED,
    SEEN,
    WAYS,
    may_wait,
    page_of,
    proposal_of,
    replay,
    report_of,
    take_back,
    unanswered_report,
    under_review,
)
from .saving import NeedsInputError, reason_problem

RECORDS_A_PAGE, ANSWERED_A_PAGE = 20, 50
STANDS = "记录已经是这样，不必再改。"
SENT_BACK = Q(author__isnull=False, state=ProposalState.CHECKING) & ~Q(answer="")


def concerning(user: Any) -> ProposalQuerySet:
    """Return the proposals that a person may see: of the areas that are hers to edit, and her own."""
    if not user.has_perm("pilots.view_proposal"):
        return Proposal.objects.none()
    if user.has_perm(EDIT):
        return Proposal.objects.all()
    areas = Region.all_objects.filter(editable(user, Region)).order_by().values("pk")
    return Proposal.objects.filter(Q(subject_kind="region", subject_id__in=areas) | Q(author=user))


def waiting_for(user: Any) -> ProposalQuerySet:
    """Return those that wait for this person: for her answer, and of her own those that were sent back. A reader's
    report waits for nobody while an official's proposal does that would answer it."""
    others = ~Q(author=user) & ~SENT_BACK if user.has_perm(EDIT) else Q(author=None)
    return concerning(user).open().exclude(pk__in=under_review()).filter(others | SENT_BACK & Q(author=user))


def may_answer(user: Any, proposal: Proposal) -> bool:
    """Return whether a person whom it concerns may answer: readers' each, officials' who may edit everywhere, and
    nobody her own."""
    is_others = proposal.author_id is None or (user.has_perm(EDIT) and proposal.author_id != user.pk)
    return user.has_perm("pilots.change_proposal") and is_others


def row_of(proposal: Proposal) -> Any:
    """Return the row that a proposal is of, as it is now; None for the whole site."""
    model: Any = apps.get_model("pilots", proposal.row_kind) if proposal.row_kind else None
    return model and model._base_manager.filter(pk=proposal.row_id).first()


def has_preview(proposal: Proposal) -> bool:
    """Return whether a page for readers can show what an official proposed: the form of a row on one was posted."""
    is_of_form = SEEN not in proposal.request.get("post", {})
    return is_of_form and any(kind_of(model) == proposal.row_kind for model in PAGES)


def _quoted(text: str) -> str:
    """Return the words that alone a reader set in quotation marks; empty where there are none."""
    quotations = re.findall(r"“([^“”]+)”|「([^「」]+)」", text)
    return "".join(quotations[0]) if len(quotations) == 1 else ""


def proposed(proposal: Proposal, row: Any) -> dict[str, Change]:
    """Return the fields of a row that would change, with their words now and as proposed.

    Empty where the words that are said to be wrong don't stand in it just once (it may have been changed since):
    then an official types what is right herself.
    """
    columns = [
        field.name
        for field in row._meta.concrete_fields
        if isinstance(field, models.CharField | models.TextField)
        and (field.editable, field.choices) == (True, None)
        and row.is_public_field(field.name)
    ]
    pair = {row.raw_field, row.shown_field} if isinstance(row, Received) else set()
    wrong, right = _quoted(proposal.wrong), _quoted(proposal.right) or proposal.right
    for before, after in ((proposal.wrong, proposal.right if wrong else right), (wrong, right)):
        names = [name for name in columns if before and getattr(row, name).count(before) == 1]
        if names and (set(names) == pair or (len(names) == 1 and not pair.intersection(names))):
            texts = {name: getattr(row, name).replace(before, after) for name in names}
            if pair:  # the words shown follow from those received, and may stay as they are
                texts[row.shown_field] = row.shown_from(texts[row.raw_field])
            changes = {
                name: Change(f"{own_field(row, name).verbose_name}", getattr(row, name), texts[name])
                for name in texts
            }
            return {name: change for name, change in changes.items() if change.before != change.after}
    return {}


def accepted_by(request: HttpRequest, row: models.Model | None) -> Proposal | None:
    """Return the proposal that saving the form of `row` accepts, as the form's address says (`?proposal=…`)."""
    key = request.GET.get(ACCEPTING, "")
    proposal = is_key(key) and concerning(request.user).filter(pk=key).select_related("answered_by", "author").first()
    if not proposal:
        return None
    if proposal.author_id:
        return proposal if proposal.request.get("path") == request.path else None
    about = row and (kind_of(row), row.pk)
    of = ((proposal.row_kind, proposal.row_id), (proposal.subject_kind, proposal.subject_id))
    return proposal if about in of else None


def proposed_values(request: HttpRequest, row: models.Model) -> dict[str, Any]:
    """Return what the form of `row` offers in place of what it holds, where it was opened to accept a proposal."""
    proposal = accepted_by(request, row)
    if proposal is None or not proposal.is_open or proposal.author_id:
        return {}
    changes = {} if AS_TYPED in request.GET else proposed(proposal, row)
    return {name: change.after for name, change in changes.items()} | {REASON: f"采纳{proposal}："}


def _check(request: HttpRequest, proposal: Proposal, is_changed: bool) -> None:
    """Refuse with NeedsInputError where a proposal isn't accepted by what was just saved."""
    problem, is_note, declined = "", False, Proposal.objects.filter(state=ProposalState.DECLINED)
    answered = report_of(proposal, declined) if proposal.is_open else proposal  # readers were told: nothing changes
    if not may_answer(request.user, proposal):
        problem = "没有保存：自己的建议由别人审核。"
    elif answered:
        on = "您填写的内容还在框中；仍要这样更正的，再次保存，与这件建议不再相关。"
        on = on if answered is proposal else f"{proposal} 由它而来，也只能不采纳；仍要改的，另行修改并写明出处。"
        problem = f"没有保存：{answered_words(answered)}{on}"
    elif proposal.author_id and AS_TYPED in request.GET:  # nobody erred: the form is only to be shown
        is_note, problem = True, f"这是{proposal.who}填写的内容，还没有写入。改好后保存，即采纳。"
    elif not is_changed:
        way_on = (
            "记录已经是这样的，回到这件建议，点“采纳”。"
            if proposal.author_id
            else "不必改动的，请到它自己的页面答复。"
        )
        problem = f"没有改动记录，因此没有采纳{proposal}。{way_on}"
    if problem:
        raise NeedsInputError(objection=problem, is_note=is_note)


def _is_amended(proposal: Proposal, edit: Edit) -> bool:
    """Return whether what was just saved isn't what the author proposed."""
    entries = HistoryEntry.objects.filter(edit__key=edit.key)
    lines = [line for entry in entries for line in entry.changed_lines if line["before"] or line["after"]]
    if len(lines) < len(proposal.lines):
        return True
    texts = [(line["label"], line["after"]) for line in proposal.lines]
    return not all(
        any(label.endswith(f"”的{line['label']}") and after == line["after"] for label, after in texts)
        for line in lines
        if line["field"] != WITHDRAWN  # the day is that on which it was accepted
    )


def settle(request: HttpRequest, row: Any, reason: str, *, is_changed: bool) -> Proposal | None:
    """Answer the proposal for which the form of `row` was opened with the reason of what was just saved.

    In the transaction of the save: NeedsInputError undoes it where another has answered, or nothing was changed,
    unless an official's own form, posted again, changes nothing: the record says by now what she proposed.
    """
    shown = accepted_by(request, row)
    if shown is None:
        return None
    list(Proposal.objects.select_for_update(no_key=True).filter(pk=shown.pk).values_list("pk"))
    proposal = Proposal.objects.select_related("answered_by", "author").get(pk=shown.pk)
    is_hers = bool(proposal.author_id) and dict(request.POST.lists()) == proposal.request.get("post")
    _check(request, proposal, is_changed or is_hers)
    edit = Edit.objects.of(row) if is_changed else None
    if proposal.author_id is None and (problem := reason_problem(reason.removeprefix(f"采纳{proposal}"))):
        raise NeedsInputError(objection=f"没有保存：更正说明就是公开的答复，请写明为什么采纳。{problem}")
    if proposal.lines:
        proposal.request["is_amended"] = edit is not None and not is_hers and _is_amended(proposal, edit)
    waiting = Proposal.objects.open().select_for_update(no_key=True)
    for accepted in filter(None, (proposal, report_of(proposal, waiting))):
        accepted.state, accepted.answer = ProposalState.ACCEPTED, reason if edit else STANDS
        accepted.edit_key = edit.key if edit else ""
        accepted.answered_by_id, accepted.answered_at = request.user.pk, timezone.now()
        accepted.save()
        Draft.objects.filter(path=page_of(accepted)).delete()  # nobody can send what was being written in answer
    return proposal


def settle_or_wait(request: HttpRequest, form: Any, row: Any, *, is_public: bool = True) -> None:
    """Settle what a short form has just written of `row`, as `settle` does; where another was quicker, undo it and
    say so in the form. `is_public`: readers see what was written; ProposedError undoes it where that has to wait."""
    reason = form.before_reason + form.cleaned_data[REASON]
    try:
        accepted = settle(request, row, reason, is_changed=True)
    except NeedsInputError as needed:
        form.add_error(None, needed.form_attributes["objection"])
        if needed.form_attributes.get("is_note"):
            form.errors[NON_FIELD_ERRORS].error_class = "draft-note"
        transaction.set_rollback(True)
        return
    if is_public and may_wait(request, accepted):
        raise proposal_of(row, reason, accepted)


@admin.register(Proposal)
class ProposalAdmin(admin.ModelAdmin):
    """The queue: what waits, folded by record, and what was answered; and the page where one is answered."""

    shows_typed_text = True

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return concerning(request.user).with_withdrawal().select_related("author", "answered_by")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        names = [f"{self.opts.app_label}_{self.opts.model_name}_{page}" for page in ("changelist", "change")]
        return [pattern for pattern in super().get_urls() if pattern.name in names]

    def _page(self, request: HttpRequest, template: str, title: str, **context: Any) -> HttpResponse:
        about = {
            "opts": self.opts,
            "title": title,
            "signature": signature(request),
            **self.admin_site.each_context(request),
        }
        return TemplateResponse(request, template, about | context)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show what waits for this person, folded by record, the longest first; `?answered`: what was answered;
        `?back`: what was sent back to others; `?mine`: what she proposed herself."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        rows, number = self.get_queryset(request), request.GET.get("p")
        lists = {
            "answered": (rows.exclude(answered_at=None), "-answered_at"),
            "back": (rows.filter(SENT_BACK).exclude(author=request.user.pk), "-checking_at"),
            "mine": (rows.filter(author=request.user.pk), "-received_at"),
        }
        which = next((name for name in lists if name in request.GET), "")
        if which:
            rows, order = lists[which]
            rows = rows.order_by(order, "-pk")
            page = Paginator(rows, ANSWERED_A_PAGE).get_page(number)
        else:
            waiting = waiting_for(request.user).with_withdrawal().select_related("author")
            page = Paginator(by_record(waiting.order_by("received_at", "pk")), RECORDS_A_PAGE).get_page(number)
        return self._page(
            request,
            "admin/proposals.html",
            str(self.opts.verbose_name_plural),
            page=page,
            page_range=page.paginator.get_elided_page_range(page.number),
            which=which,
            count=waiting_for(request.user).count(),
            today=timezone.localdate(),
        )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show what was said and what the record says now, and take the answer of who may give one."""
        proposal: Any = self.get_object(request, unquote(object_id))
        if not self.has_view_or_change_permission(request, proposal):
            raise PermissionDenied
        if proposal is None:
            self.message_user(request, "没有这件建议或纠错，或不在您的职权内。", messages.WARNING)
            return HttpResponseRedirect(reverse("admin:pilots_proposal_changelist"))
        if request.method == "POST":
            answer = drafts.answer(self, request, object_id)
            return answer or drafts.keep_refused(request, self._act(request, proposal))
        can_answer = may_answer(request.user, proposal)
        form = AnswerForm(None, proposal, drafts.typed_before(request) if can_answer and proposal.is_open else None)
        return self._detail(request, proposal, form, can_answer)

    def may_write(self, request: HttpRequest, object_id: str) -> bool:
        """Return whether this person may answer the proposal, which nobody has yet."""
        proposal: Any = self.get_object(request, unquote(object_id))
        return proposal is not None and proposal.is_open and may_answer(request.user, proposal)

    def _act(self, request: HttpRequest, proposal: Any) -> HttpResponse:
        if "_retract" in request.POST and proposal.author == request.user:
            take_back(request, proposal)
            return HttpResponseRedirect(request.path)
        if not may_answer(request.user, proposal):
            raise PermissionDenied
        if proposal.author is None or WAYS.keys().isdisjoint(request.POST):
            return self._answer(request, proposal)
        if not proposal.is_open or (PREVIEW in request.POST and not has_preview(proposal)):
            why = "它没有页面可以预览。" if proposal.is_open else answered_words(proposal)
            self.message_user(request, f"没有写入：{why}", messages.ERROR)
            return HttpResponseRedirect(request.path)
        response = replay(request, proposal)
        if not proposal.is_open and proposal.answered_by_id != request.user.pk:  # somebody was quicker
            vars(request)["_messages"] = default_storage(request)
            self.message_user(request, f"没有写入：{answered_words(proposal)}", messages.ERROR)
        return response

    def _answer(self, request: HttpRequest, proposal: Any) -> HttpResponse:
        with together():
            list(Proposal.objects.select_for_update(no_key=True).filter(pk=proposal.pk).values_list("pk"))
            proposal = self.get_queryset(request).get(pk=proposal.pk)
            form = AnswerForm(request.POST, proposal)
            if form.is_valid():
                form.write(request.user)
                answered = Draft.objects.filter(path=request.path)
                (drafts.of_form(request) if proposal.is_open else answered).delete()
                words = f"{proposal}：已写为“{proposal.state_words}”。"
                if proposal.is_sent_back:
                    words = f"{proposal} 已退回，{proposal.who}看得到您写的意见。"
                self.message_user(request, words, messages.SUCCESS)
                report = unanswered_report(proposal) if proposal.author_id and not proposal.is_open else None
                if report:
                    ask = '读者的<a href="{}">{}</a> 还没有答复，请您答复。'
                    self.message_user(request, format_html(ask, page_of(report), report), messages.WARNING)
                return HttpResponseRedirect(request.path)
        return self._detail(request, self.get_queryset(request).get(pk=proposal.pk), form, can_answer=True)

    def _detail(self, request: HttpRequest, proposal: Proposal, form: AnswerForm, can_answer: bool) -> HttpResponse:
        row, review = row_of(proposal), under_review().get(proposal.pk) if proposal.is_open else None
        options: Any = row and self.admin_site.get_model_admin(type(row))
        changes = proposed(proposal, row) if row and proposal.is_open else {}
        may_edit = row and proposal.author is None and can_answer and proposal.is_open and review is None
        may_edit = may_edit and options.has_change_permission(request, row)
        parts = options.parts if may_edit and changes else {}
        part = next((name for name, (_, fields) in parts.items() if set(changes) <= set(fields)), "change")
        give_edits([proposal])
        return self._page(
            request,
            "admin/proposal.html",
            str(proposal),
            proposal=proposal,
            report=report_of(proposal, concerning(request.user)),
            review=review,
            form=form,
            now=getattr(row, "text", ""),
            changes=changes,
            lines=[Change(**line) for line in proposal.lines],
            lines_saved=[
                Change(f"{entry.what}的{line['label']}", line["before"], line["after"])
                for entry in (HistoryEntry.objects.filter(edit__key=proposal.edit_key) if proposal.is_amended else ())
                for line in entry.changed_lines
            ],
            can_answer=can_answer,
            has_preview=has_preview(proposal),
            form_address=options.address(part, row) if may_edit else "",
            today=timezone.localdate(),
        )


def by_record(proposals: ProposalQuerySet) -> list[tuple[str, list[Proposal]]]:
    """Return proposals in folds, one a record: its name and what is said of it, in the order in which they came."""

    def record(proposal: Proposal) -> tuple[str, int]:
        return proposal.subject_kind, proposal.subject_id or 0

    folds = [list(group) for _, group in groupby(sorted(proposals, key=record), key=record)]
    folds.sort(key=lambda fold: (fold[0].received_at, fold[0].pk))
    return [(fold[0].title.partition("，")[0] + "（已撤下）" * fold[0].is_withdrawn, fold) for fold in folds]
