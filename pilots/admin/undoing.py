"""What a save did, before and after, in its confirmation; and 撤销, which takes back all of it for ten minutes."""

from typing import Any

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString

from ..history.edits import Line, Piece, gather
from ..http import outages
from ..http.unsaved import REASON
from ..models import HistoryEntry, Proposal, together
from ..models.recorded import kind_of, own_field
from .history import entries_of
from .merging import GuardedForm
from .parts import BACK, is_small, record_address
from .review import ACCEPTING
from .saving import RACES, edited_by, filled_form
from .uniqueness import check_as_one, make_room
from .withdrawing import TOO_LATE, UNDO, UNDO_SECONDS, turn, undo_button

WHY = "撤销刚才的修改"
MOST_LINES, MOST_KEPT, MOST_CHANGED = 8, 24, 300  # fields; characters of a stretch that stayed, or that changed
UPDATE = HistoryEntry.Action.UPDATE


class UndoError(Exception):
    """Why an edit can't be taken back at once."""


def said_of_save(options: Any, request: HttpRequest, row: models.Model) -> SafeString:
    """Return what the edit at hand wrote, and the button that takes it back, for who may do all of that."""
    key = vars(request)["edit_key"]
    entries = HistoryEntry.objects.filter(edit__key=key).order_by("-pk")
    entries = entries.select_related("edit__actor", "edit__reviewer", "content_type")
    edits = gather(entries, for_readers=False)
    if not edits:
        return SafeString()
    items = [item for edit in edits for item in edit.items]
    lines = [(item, line) for item in items if item.entry.action == UPDATE for line in item.lines.values()]
    undo, is_ours = "", (edits[0].reviewer_id or edits[0].actor_id) == request.user.pk
    is_answer = ACCEPTING in request.GET and Proposal.objects.of_readers().filter(edit_key=key).exists()
    if is_ours and not is_answer and all(_may_withdraw(options, request, item.entry) for item in items):
        address = options.address("undo", row) + (f"?{BACK}=1" if is_small(options, request) else "")
        undo = undo_button(request, address, key, WHY)
    context = {
        "lines": [
            ("" if _is_of(item.entry, row) else item.entry, line.label, _excerpt(line, "del"), _excerpt(line, "ins"))
            for item, line in lines[:MOST_LINES]
        ],
        "made": [i.entry for i in items if i.entry.action != UPDATE and not _is_of(i.entry, row)],
        "more": max(0, len(lines) - MOST_LINES),
        "undo": undo,
    }
    return render_to_string("admin/pilots/record/saved.html", context)


def _is_of(entry: HistoryEntry, row: models.Model) -> bool:
    return (entry.content_type.model, entry.object_id) == (kind_of(row), row.pk)


def _excerpt(line: Line, side: str) -> list[Piece]:
    """Return what a field said before (`del`) or says now (`ins`), long stretches shortened."""
    stretches = []
    for kind, text in line.pieces:
        most = MOST_KEPT if kind == "same" else MOST_CHANGED
        short = text if len(text) <= 2 * most else f"{text[:most]}…{text[-most:]}"
        stretches += [(kind, short)] if kind in (side, "same") else []
    return stretches


def _may_withdraw(options: Any, request: HttpRequest, entry: HistoryEntry) -> bool:
    """Return whether a row that an entry made can be taken back, by this person; true of one that was changed."""
    if entry.action == UPDATE:
        return True
    model: Any = entry.content_type.model_class()
    row = model._base_manager.filter(pk=entry.object_id).first()
    return bool(options.admin_site.get_model_admin(model).may_withdraw(request, row))


def undo_view(options: Any, request: HttpRequest, object_id: str) -> HttpResponse:
    """Take back all that this person just wrote in one edit, unless somebody changed a row of it since."""
    row = options.get_object(request, unquote(object_id))
    if not options.has_change_permission(request, row):
        raise PermissionDenied
    if row is None:
        return options._get_obj_does_not_exist_redirect(request, options.opts, object_id)
    problem = done = address = ""
    try:
        is_ours = request.POST.get(REASON) == WHY  # it goes into the history: no other words come in by it
        key = signing.loads(request.POST.get(UNDO, "") if is_ours else "", max_age=UNDO_SECONDS)
        with edited_by(request), together():
            words, address = _undo(options, request, row, key)
            done = f"{words}。{Proposal.objects.filter(edit_key=key).reopen()}"
    except signing.BadSignature:
        problem = TOO_LATE
    except UndoError as why:
        problem = str(why)
    except RACES as race:
        outages.reraise_unless_race(race)
        problem = "与同时进行的修改冲突。"
    words = f"没有撤销：{problem}要改回去的，请看“历史”。" if problem else f"已撤销刚才的修改，{done}"
    options.message_user(request, words, messages.ERROR if problem else messages.SUCCESS)
    address = address or record_address(options, request, row) or options.address("change", row)
    return HttpResponseRedirect(address)


def _entries_by_row(options: Any, request: HttpRequest, row: models.Model, key: str) -> list[list[HistoryEntry]]:
    """Return what the edit that this person made, or accepted, did to each row, the latest first; UndoError unless it
    is one of `row`, or where it accepted a reader's report: that is answered."""
    is_ours = models.Q(edit__reviewer=request.user.pk) | models.Q(edit__reviewer=None, edit__actor=request.user.pk)
    entries = HistoryEntry.objects.filter(is_ours, edit__key=key)
    rows: dict[tuple[int, int], list[HistoryEntry]] = {}
    for entry in entries.select_related("content_type", "edit").order_by("-pk"):
        rows.setdefault((entry.content_type_id, entry.object_id), []).append(entry)
    if not rows:
        raise UndoError(TOO_LATE)
    if not entries_of(options, row).filter(edit__key=key).exists():
        raise UndoError(f"这次修改不是“{row}”的。")
    if report := Proposal.objects.of_readers().filter(edit_key=key).first():
        raise UndoError(f"这次修改采纳了{report}，答复已经写入；改回时请另写更正说明。")
    return list(rows.values())


def _undo(options: Any, request: HttpRequest, row: models.Model, key: str) -> tuple[str, str]:
    """Write what the rows held before an edit of `row`, withdraw those that it made, and return so in words, and
    where to go on: with the record that several rows, or one that was made, are of, else with the list; empty where
    `row` itself is the place. UndoError."""
    rows = _entries_by_row(options, request, row, key)
    forms = [form for of_row in rows if (form := _form_before(options, request, of_row))]
    check_as_one(forms)
    for form in forms:
        if not form.is_valid():
            problems = [str(text) for errors in form.errors.values() for text in errors]
            raise UndoError(f"{form.instance}：{problems[0]}")
    make_room(forms)
    for form in forms:
        form.save()
    firsts = [of_row[-1] for of_row in rows]
    added = [entry for entry in firsts if entry.action != UPDATE]
    is_added = any(_is_of(entry, row) for entry in added)
    alike = [e for e in firsts if (e in added) is is_added and e.content_type.model == kind_of(row)]
    several = f"等{len(alike)}条记录" if len(alike) > 1 else ""
    others = len(added) - is_added * len(alike)
    address, records = "", {(entry.edit.subject_kind, entry.edit.subject_id) for entry in firsts}
    if is_added or several:
        address = reverse(f"admin:pilots_{kind_of(row)}_changelist")
        record: Any = getattr(row, getattr(row, "belongs_to", ""), None) if len(records) == 1 else None
        address = options.admin_site.get_model_admin(type(record)).address("change", record) if record else address
    others_words = f"，新增的{others}行已撤下" if others else ""
    return f"“{row}”{several}{'已撤下' if is_added else '恢复原样'}{others_words}", address


def _form_before(options: Any, request: HttpRequest, entries: list[HistoryEntry]) -> GuardedForm | None:
    """Return the form of a row with what it held before `entries` of it, the latest first, typed into it; none of a
    row that they made, which is withdrawn."""
    last, model = entries[0], entries[0].content_type.model_class()
    row = model._base_manager.select_for_update(of=("self",), no_key=True).get(pk=last.object_id)
    later = HistoryEntry.objects.filter(content_type=last.content_type_id, object_id=row.pk, pk__gt=last.pk)
    if after := later.select_related("edit__actor", "edit__reviewer").order_by("-pk").first():
        raise UndoError(f"{after.edit.who}后来又改过“{row}”。")
    inner = options.admin_site.get_model_admin(model)
    if not inner.has_change_permission(request, row) or not _may_withdraw(options, request, entries[-1]):
        raise UndoError(f"“{row}”不能由您撤销。")
    if entries[-1].action != UPDATE:
        turn(row, WHY)
        return None
    form_class = inner.get_form(request, row, change=True)
    before = {name: entry.before(name) for entry in entries for name in entry.changes}
    if beyond := [name for name in before.keys() - form_class.base_fields.keys() if own_field(row, name).editable]:
        raise UndoError(f"“{own_field(row, beyond[0]).verbose_name}”不能由您改动。")
    return filled_form(form_class, row, {name: before[name] for name in before if name in form_class.base_fields})
