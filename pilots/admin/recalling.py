"""撤回 and 撤销 of reports: one goes back to how it stood before it was sent, or before the ministry answered it."""

from contextlib import suppress
from typing import Any

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from ..http.unsaved import COMMENT, REASON
from ..models import Draft, HistoryEntry, Report, ReportLine, ReportState, together
from ..models.reports import BEING_WRITTEN
from .permissions import EDIT, units
from .saving import edited_by
from .undoing import UndoError
from .withdrawing import TOO_LATE, UNDO, UNDO_SECONDS

WHY = "撤回报送或答复"


def may_answer(request: HttpRequest) -> bool:
    """Return whether a person answers reports, and looks at all of a period."""
    return request.user.has_perm(EDIT) and request.user.has_perm("pilots.change_report")


def may_send(request: HttpRequest, report: Report) -> bool:
    """Return whether a person sends a report: of the unit that the notice names first for its area."""
    is_writer = request.user.has_perm("pilots.change_report") and not request.user.has_perm(EDIT)
    return is_writer and report.region.province_id in units(request.user)


def undone_edits(report: Report) -> set[int]:
    """Return the keys of edits that brought a report to a state that was taken back, and that took it back."""
    undone, before = set[int](), 0
    for entry in _entries(report).filter(changes__has_key="state").select_related("edit").order_by("pk"):
        undone |= {before, entry.edit_id} if entry.edit.reason == WHY else set()
        before = entry.edit_id
    return undone


def recall_view(options: Any, request: HttpRequest, object_id: str) -> HttpResponse:
    """Take back that a report was sent, for who sends it, until the ministry answers; or the answer that this person
    gave in the last ten minutes, unless somebody has written in the report since."""
    with edited_by(request), together():
        report: Any = options.get_object(request, unquote(object_id))
        if not may_answer(request) and not (report and may_send(request, report)):
            raise PermissionDenied
        if report is None:
            return options._get_obj_does_not_exist_redirect(request, options.opts, object_id)
        try:
            _take_back(options, request, report)
        except UndoError as why:
            level, words = messages.ERROR, f"没有撤回：{why}"
        else:
            words = f"已撤销，现在是“{report.get_state_display()}”。"
            level, words = messages.SUCCESS, "已撤回，可以接着改。" if report.is_open else words
    options.message_user(request, words, level)
    return HttpResponseRedirect(options.address("change", report))


def _take_back(options: Any, request: HttpRequest, report: Report) -> None:
    """Write the state that the report had before, and what was said of its lines then; what the ministry wrote to
    send it back waits in the form as its draft. UndoError."""
    entries = list(_entries(report).select_related("content_type", "edit__actor", "edit__reviewer").order_by("-pk"))
    states = [entry for entry in entries if "state" in entry.changes]
    state = _change_of_state(request, report, states)
    of_edit = [entry for entry in entries if entry.edit_id == state.edit_id]
    if may_answer(request) and entries[0] != of_edit[0]:
        raise UndoError(f"{entries[0].edit.who}后来又改过。")
    lines = {line.pk: line for line in ReportLine.all_objects.filter(report=report)}
    if report.state == ReportState.RETURNED:
        opinions = {f"{COMMENT}{pk}": [line.comment] for pk, line in lines.items() if line.comment}
        Draft.objects.keep(state.edit.actor_id, options.address("answer", report), "", opinions, f"{report}")
    for entry in of_edit:
        if "comment" in entry.changes:
            line = lines[entry.object_id]
            line.comment = entry.before("comment")
            line.save()
    report.state = state.before("state")
    if report.state == ReportState.DRAFT:
        report.sent_by = report.sent_at = None
    report.save()


def _change_of_state(request: HttpRequest, report: Report, states: list[HistoryEntry]) -> HistoryEntry:
    """Return which of the changes of a report's state, the latest first, a person may take back. UndoError: none."""
    mine: list[HistoryEntry] = []
    is_answer, is_ours = may_answer(request), request.POST.get(REASON) == WHY  # no other words go into the history
    if is_answer and is_ours:
        with suppress(signing.BadSignature):
            key = signing.loads(request.POST.get(UNDO, ""), max_age=UNDO_SECONDS)
            mine = [row for row in states if (row.edit.key, row.edit.actor_id) == (key, request.user.pk)]
    elif is_ours and report.state == ReportState.SENT and not report.is_withdrawn:
        mine = [row for row in states if row.before("state") in BEING_WRITTEN]
    if not mine:
        raise UndoError(TOO_LATE if is_answer else "部委已经答复。")
    return mine[0]


def _entries(report: Report) -> Any:
    """Return what the history has of a report and of its lines."""
    lines = ReportLine.all_objects.filter(report=report).values("pk")
    of_lines = Q(content_type__model="reportline", object_id__in=lines)
    return HistoryEntry.objects.filter(Q(content_type__model="report", object_id=report.pk) | of_lines)
