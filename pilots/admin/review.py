"""Review: an edit of the notice's words or of a published fact, by who is reviewed, waits until another accepts it.

What was posted is kept as it came, and posted again by who accepts it: merged, refused and recorded as any edit.
"""

from collections.abc import Callable, Container, Iterator, Sequence
from copy import copy
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.contrib.messages.storage import default_storage
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import resolve, reverse
from django.utils import timezone

from ..history.edits import Change
from ..http.unsaved import OPENED_BY, REASON, posted
from ..models import Draft, Edit, HistoryEntry, Proposal, is_drafted, together
from ..models.history import subject_of
from ..models.proposals import ProposalQuerySet, ProposalState
from ..models.recorded import kind_of, own_field
from . import drafts
from .fields import is_key
from .inlines import GuardedFormSet
from .permissions import EDIT
from .saving import RecordForm, saved_forms

ACCEPTING, AS_TYPED = "proposal", "as_typed"  # in the address of a form: which one it accepts, but not at once
PREVIEW, SEEN = "_preview", "version"  # a button; the field of a short form that says what its page knew
WAYS = {"_replay": "", "_amend": AS_TYPED, PREVIEW: ""}  # buttons that post again what an official posted
NOT_KEPT = (OPENED_BY, PREVIEW, "_continue", "_addanother")


class ProposedError(Exception):
    """Everything that was written is to be undone and kept as a proposal. `values`: what it is of; `written`: what
    it changes; `report`: the reader's that it would accept; `offered`: the fields that her form had, if not all."""

    offered: Container[str] | None = None
    written: Sequence[tuple[HistoryEntry, list[dict[str, str]]]] = ()

    def __init__(self, report: Proposal | None = None, **values: Any) -> None:
        super().__init__("proposed")
        self.report, self.values = report, values

    def answer(self, request: HttpRequest) -> HttpResponse:
        """Keep what was posted, and lead to it."""
        fields = {
            name: values
            for name, values in posted(request).items()
            if name not in NOT_KEPT and (self.offered is None or name in self.offered)
        }
        query = request.GET.copy()
        if not self.report:  # what else the address named isn't of this record, or not hers to answer
            query.pop(ACCEPTING, None)
        kept = {"path": request.path, "query": query.urlencode(), "post": fields}
        lines = []
        for entry, changed_lines in self.written:  # undone by now: rows are called what the record calls them
            row = entry.content_type.model_class()._base_manager.filter(pk=entry.object_id).first()
            of = f"{entry.kind_name}“{row or entry.object_repr}”的"
            lines += [
                {"label": f"{of}{line['label']}", "before": line["before"], "after": line["after"]}
                for line in changed_lines
                if line["before"] or line["after"]  # of a new row what it says
            ]
            if row and (kind_of(row), row.pk) == (self.values["row_kind"], self.values["row_id"]):
                self.values |= _about(row)
        proposal = Proposal.objects.propose(author_id=request.user.pk, request=kept, lines=lines, **self.values)
        vars(request)["_messages"] = default_storage(request)  # what was said of a save that is undone is not said
        words = f"已作为{proposal} 提交，由部委编辑审核。采纳以前，记录保持原样。"
        if self.report:
            received = Proposal.objects.filter(pk=self.report.pk, state=ProposalState.RECEIVED)
            received.update(state=ProposalState.CHECKING, checking_at=timezone.now())
            words += f"{self.report} 核对中，部委编辑采纳后才答复读者。"
        messages.success(request, words)
        return HttpResponseRedirect(page_of(proposal))


def keeps_proposals(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let a view of a short form (`options`, `request`, `object_id`) answer for what has to wait."""

    @wraps(view)
    def answered(options: Any, request: HttpRequest, object_id: str) -> HttpResponse:
        try:
            answer = drafts.answer(options, request, object_id)
            return answer or drafts.keep_refused(request, view(options, request, object_id))
        except ProposedError as undone:
            drafts.of_form(request).delete()
            return undone.answer(request)

    return answered


def page_of(proposal: Proposal) -> str:
    """Return where a proposal is answered."""
    return reverse("admin:pilots_proposal_change", args=[proposal.pk])


def _facts(model: Any) -> Iterator[str]:
    for source, (status, names) in model.sourced.items():
        yield from (source, *names, *([status] if status else ()))
    yield from model.facts


def facts_shown(row: Any) -> bool:
    """Return whether readers see any of the facts of a row that have a source, or would if it were public."""
    return any(getattr(row, name) and row.shows(name) for name in _facts(type(row)))


def publishes(form: Any) -> bool:
    """Return whether a form that was saved changed the notice's words, or a fact that readers saw or see."""
    row, model, was = form.instance, form._meta.model, copy(form.instance)
    if not form.now:  # what isn't verified nobody sees, though it says that it isn't
        statuses = {status for status, _ in model.sourced.values()}
        return any(getattr(row, name) and row.shows(name) for name in set(_facts(model)) - statuses)
    for name in form.written:
        field, value = own_field(row, name), form.now[name]
        if not field.many_to_many:
            setattr(was, field.attname, None if value == "" and field.null else field.to_python(value))
    facts = set(_facts(model)).intersection(form.written)
    verbatim = set(model.verbatim_fields).intersection(form.written)
    return bool(verbatim) or any(state.shows(name) for state in (was, row) for name in facts)


def is_reviewed(user: Any) -> bool:
    """Return whether edits of this person wait: by her role (`REVIEW`), where somebody else may accept them."""
    role = "ministry" if user.has_perm(EDIT) else "province"
    return role in settings.REVIEW and User.objects.with_perm(EDIT).exclude(pk=user.pk).exists()


def hand_over(
    request: HttpRequest, form: RecordForm, formsets: list[GuardedFormSet], accepted: Proposal | None
) -> None:
    """Refuse with ProposedError what was just saved, where it has to wait for another person."""
    new_forms = [row for formset in formsets for row in formset.extra_forms if row.has_changed()]
    if is_drafted(form.instance):
        return
    if may_wait(request, accepted) and any(map(publishes, (*saved_forms(form, formsets), *new_forms))):
        proposed = proposal_of(form.instance, form.cleaned_data[REASON], accepted, is_new=not form.now)
        proposed.offered = {*_offered(form, formsets)}
        raise proposed


def _offered(form: RecordForm, formsets: list[GuardedFormSet]) -> Iterator[str]:
    """Yield the names of what this person could fill in: who accepts it has a wider form, and sees less of it."""
    for part in (form, *(each for formset in formsets for each in (formset.management_form, *formset.forms))):
        yield from (part.add_prefix(name) for name, field in part.fields.items() if not field.disabled)


def may_wait(request: HttpRequest, accepted: Proposal | None) -> bool:
    """Return whether what this person writes may have to wait; what she accepts of another's doesn't."""
    return not (accepted and accepted.author_id) and is_reviewed(request.user)


def proposal_of(row: Any, reason: str, report: Proposal | None, *, is_new: bool = False) -> ProposedError:
    """Return what undoes the edit of `row` that was just written, and keeps it as a proposal, for `report`."""
    entries = HistoryEntry.objects.filter(edit__key=Edit.objects.of(row).key).order_by("pk")
    proposed = ProposedError(report, **_about(row) | ({"row_id": None} if is_new else {}), reason=reason)
    proposed.written = [(entry, entry.changed_lines) for entry in entries.select_related("content_type")]
    return proposed


def _about(row: Any) -> dict[str, Any]:
    """Return what a proposal says of the row that it would change."""
    record = getattr(row, row.belongs_to) if row.belongs_to else row
    kind, pk = subject_of(row)
    name = f"第{record.serial}号 {record.name}" if kind_of(record) == "region" else f"{record}"  # as readers' reports
    return {
        "title": (name if record is row else f"{name}，{row}")[:200],
        "subject_kind": kind,
        "subject_id": pk,
        "row_kind": kind_of(row),
        "row_id": row.pk,
        "place": record.get_absolute_url() if hasattr(record, "get_absolute_url") else "",
    }


def proposed_in(request: HttpRequest, row: Any, kept: dict[str, Any], reason: str, changes: list[Change]) -> Proposal:
    """Keep a form of `row` that wasn't posted, but filled in among others, as a proposal; the one that says the same,
    where that waits already. `kept`: its path, query and fields."""
    row = type(row)._base_manager.filter(pk=row.pk).first() or row  # the form has written into what it was given
    about, of = _about(row), f"{row._meta.verbose_name}“{row}”的"
    lines = [{"label": f"{of}{change.label}", "before": change.before, "after": change.after} for change in changes]
    values = about | {"reason": reason, "lines": lines, "request": kept}
    return Proposal.objects.propose(author_id=request.user.pk, **values)


def author_of(request: HttpRequest) -> Any:
    """Return who proposed what this request, at the very address where it was posted, accepts; else None."""
    key = request.GET.get(ACCEPTING, "")
    if request.method != "POST" or not is_key(key) or not request.user.has_perm(EDIT):
        return None
    proposal = Proposal.objects.open().filter(pk=key).select_related("author").first()  # her own: `settle` refuses
    return proposal.author if proposal and proposal.request.get("path") == request.path else None


def replay(request: HttpRequest, proposal: Proposal) -> HttpResponse:
    """Post again, as this person, what an official posted; the form that comes back, where it can't be saved.

    `_amend`: only to show the form. `_preview`: to see the public page. Else, to accept it.
    """
    way = next(name for name in WAYS if name in request.POST)
    again: Any = copy(request)
    again.path = again.path_info = proposal.request["path"]
    query = QueryDict(proposal.request["query"], mutable=True)
    query[ACCEPTING] = str(proposal.pk)
    query.pop(AS_TYPED, None)
    if WAYS[way]:
        query[WAYS[way]] = "1"
    again.GET, posted = query, QueryDict(mutable=True)
    for name, values in proposal.request["post"].items():
        posted.setlist(name, values)
    if way == PREVIEW:
        posted[PREVIEW] = "1"
    again.POST = posted
    again._dont_enforce_csrf_checks = True  # the request that asks for it was checked
    match = resolve(again.path)
    response = match.func(again, *match.args, **match.kwargs)
    vars(request)["_messages"] = vars(again).get("_messages")
    proposal.refresh_from_db()
    return response if proposal.is_open else HttpResponseRedirect(page_of(proposal))


def report_of(proposal: Proposal, among: ProposalQuerySet) -> Proposal | None:
    """Return the reader's report that an official's proposal accepts, where it is one of those given."""
    key = QueryDict(proposal.request.get("query", "")).get(ACCEPTING, "")
    return among.of_readers().filter(pk=key).first() if is_key(key) else None


def under_review() -> dict[int, Proposal]:
    """Return the officials' proposals that wait for a reviewer and would answer a reader's report, by its key."""
    rows = Proposal.objects.in_review().filter(request__query__icontains=f"{ACCEPTING}=")
    keys = ((QueryDict(row.request["query"]).get(ACCEPTING, ""), row) for row in rows.select_related("author"))
    return {int(key): row for key, row in keys if is_key(key)}


def unanswered_report(proposal: Proposal) -> Proposal | None:
    """Return the reader's report that an official's proposal, closed by now without an edit, would have answered,
    where it waits for nothing else; what was being checked for that alone is received again."""
    report = report_of(proposal, Proposal.objects.open())
    if report is None or report.pk in under_review():
        return None
    if report.checking_at and report.checking_at >= proposal.received_at and not report.answer:
        report.state, report.checking_at = ProposalState.RECEIVED, None
        report.save()
    return report


def take_back(request: HttpRequest, proposal: Proposal) -> None:
    """Take back an official's proposal; a reader's report that is being checked for it alone waits again."""
    with together():
        if not Proposal.objects.filter(pk=proposal.pk).retract():
            return
        Draft.objects.filter(path=page_of(proposal)).delete()
        messages.success(request, f"{proposal} 已撤回。")
        report = unanswered_report(proposal)
        if report and report.state == ProposalState.RECEIVED:
            messages.info(request, f"{report} 重新等待答复。")


def saving_address(request: HttpRequest, proposal: Proposal | None) -> str:
    """Return where a form that was opened to accept a proposal is saved: once it is answered, as any form."""
    if proposal is None:
        return ""
    query = request.GET.copy()
    if not proposal.is_open:
        query.pop(ACCEPTING, None)
    if proposal.author_id or not proposal.is_open:
        query.pop(AS_TYPED, None)
    return f"{request.path}?{query.urlencode()}" if query else request.path
