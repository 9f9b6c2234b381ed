"""Changes of many rows at once: shown first, then written all or not at all.

Every row goes through the record's own form, so that no table and no list can do what the form couldn't: the same
rules, the same guard against overwriting a colleague, the same confirmation of the notice's own words, the same
history. What has to wait for another person is kept as a proposal of the form of a part, as if it were typed there.
What would change travels, signed, in the page that shows it.
"""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, resolve, reverse
from django.utils.html import format_html, format_html_join

from ..exports import tables
from ..http.unsaved import OPENED_BY, REASON, posted, signature
from ..models import Proposal, is_drafted, together
from ..models.characters import cleaned
from ..models.recorded import own_field
from . import drafts, spreadsheets
from .confirming import CONFIRMED, TICKED, confirmation_of
from .dry_run import OVER, contested_rows, objections, shown
from .fields import is_key, posted_value
from .merging import GuardedForm
from .parts import BACK
from .permissions import EDIT, editable
from .record import MOVED, RecordAdmin
from .review import is_reviewed, page_of, proposed_in, publishes
from .saving import RACES, REASON_LENGTH, edited_by, filled_form, not_public, reason_problem
from .undoing import WHY
from .uniqueness import check_as_one, duplicates, make_room
from .withdrawing import undo_button

PLAN = "plan"
SALT = "pilots.admin.importing"
VALID_FOR = 60 * 60  # seconds between being shown the changes and confirming them
MOST_PLAN = 1_500_000  # characters; Django takes 2.5 MB of fields
MOST_LINKS = 20  # to proposals, in the message that tells of them
CHANGE, ROW = "change_", "row"  # what names of actions begin with; the field of the rows that were chosen
VALUE = "_value"  # the button that comes with what a field is to hold
ADD = "add"  # in place of a part: the form in which a new row waits
OUTDATED = "试运行的结果已失效（超过一小时、换了账号或被改动过），请重新试运行。"


Refusal = tuple[int, str]  # the number of a row (0: the whole table), and why it can't be taken


class Wanted(NamedTuple):
    """What a row of the table wants of a row of the record: fields as the form is to hold them, and as they were. Of
    one that isn't there yet `pk` is below zero, and what is wanted is all that it says."""

    number: int
    pk: int
    mine: dict[str, Any]
    was: dict[str, Any]
    contested: tuple[str, ...] = ()  # fields that a colleague changed since the export, too
    left: tuple[str, ...] = ()  # labels of those that only a colleague changed


# What one form writes: for which row of the table, and which part of the record it waits in (none: written at once).
Filled = tuple[Wanted, GuardedForm, str]


class BulkAdmin(RecordAdmin):
    """Records of which many can be changed at once: one field of the rows that are ticked in the list."""

    shared_texts: tuple[str, ...] = ()  # fields of one line that may well say the same of many rows
    import_key: tuple[str, ...] = ()  # the columns by which a row of a table is known: for good
    import_fixed: tuple[str, ...] = ()  # columns that may be there, but have to agree with the record

    def get_urls(self) -> list[Any]:
        view: Any = self.admin_site.admin_view(self.rows_view)
        view.model_admin, view.is_of_many = self, True
        return [path("rows/", view, name=f"{self.opts.app_label}_{self.opts.model_name}_rows"), *super().get_urls()]

    @property
    def _list_address(self) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

    def is_editable(self, name: str, user: Any) -> bool:
        """Return whether `user` may change a field of many rows: withdrawing has its page, keys are for good."""
        beyond = () if user.has_perm(EDIT) else self.ministry_fields
        return name not in (*self.import_key, *self.import_fixed, *beyond) and self.opts.get_field(name).editable

    def may_write(self, request: HttpRequest, object_id: str | None) -> bool:
        """Return the same of a screen of many rows: of who may change them."""
        is_of_many = getattr(resolve(request.path_info).func, "is_of_many", False)
        return self.has_change_permission(request) if is_of_many else super().may_write(request, object_id)

    # One field of the rows that are ticked.

    def get_actions(self, request: HttpRequest) -> Any:
        actions = super().get_actions(request)
        parts = [(part, names) for part, (_, names) in self.parts.items()] or [("", self._names())]
        for part, names in parts if actions and self.has_change_permission(request) else ():
            for field in (own_field(self.model, name) for name in names):
                is_own = isinstance(field, models.CharField) and not field.choices
                is_own = field.name not in self.shared_texts if is_own else field.name in self.model.verbatim_fields
                if self.is_editable(field.name, request.user) and not is_own:
                    name = f"{CHANGE}{field.name}"
                    action: Any = partial(type(self).change_rows, part=part, name=field.name)
                    actions[name] = (action, name, f"改所选的“{field.verbose_name}”…")
        return actions

    def get_action_choices(self, request: HttpRequest, default_choices: Any = None) -> Any:
        return super().get_action_choices(request, default_choices or [("", "选一件事")])

    def _names(self) -> tuple[str, ...]:
        fields = (*self.opts.concrete_fields, *self.opts.many_to_many)
        return tuple(field.name for field in fields if not field.primary_key)

    def change_rows(self, request: HttpRequest, queryset: models.QuerySet, part: str, name: str) -> HttpResponse:
        """Ask what the field is to hold, then show what that would change."""
        pks = list(queryset.values_list("pk", flat=True)[: spreadsheets.MOST_ROWS + 1])
        if not pks:
            self.message_user(request, "所选的行已被删除，或不再由您改动。", messages.WARNING)
            return HttpResponseRedirect(self._list_address)
        form_class = self._form_class(request, queryset.first(), part)
        field: Any = form_class.base_fields[name]
        if len(pks) > spreadsheets.MOST_ROWS:
            return self._page(request, refusals=[(0, f"超过 {spreadsheets.MOST_ROWS} 行，请分几次。")])
        draft = getattr(request, "draft", None)
        if VALUE not in request.POST:
            value = field.widget.value_from_datadict(request.POST, request.FILES, name) if draft else None
            context = {"opts": self.opts, "title": f"改{len(pks)}条记录的“{field.label}”", "pks": pks, "value": VALUE}
            bound = form_class(instance=self.model(), initial={name: value} if draft else {})[name]
            context |= {"field": bound, "draft": draft, "signature": signature(request)}
            context |= {"rows_address": self._rows_address(request), "reason_length": REASON_LENGTH}
            context |= {"reason": _reason(request), **self.admin_site.each_context(request)}
            return TemplateResponse(request, "admin/change_rows.html", context)
        value = posted_value(field, field.widget.value_from_datadict(request.POST, request.FILES, name))
        return self._proposed(request, [Wanted(n, pk, {name: value}, {}) for n, pk in enumerate(pks, 1)], [])

    def rows_view(self, request: HttpRequest) -> HttpResponse:
        """Show what the chosen rows would hold in the field of an action, or write what was shown and confirmed; who
        comes back goes on with what she typed."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        if answer := drafts.answer(self, request, None):
            return answer
        shown_request = drafts.opened(self, request, None) or request
        action = self.get_actions(request).get(request.GET.get("action", ""))
        if PLAN in request.POST:
            response = self._confirmed(request)
        elif shown_request.method == "POST" and action and action[1].startswith(CHANGE):
            rows = self.get_queryset(request).filter(pk__in=filter(is_key, shown_request.POST.getlist(ROW)))
            response = action[0](self, shown_request, rows.order_by(*self.get_ordering(request), "pk"))
        else:
            response = HttpResponseRedirect(self._list_address)
        if request.method == "POST":
            drafts.store(request) if response.status_code == 200 else drafts.of_form(request).delete()
        return response

    def _rows_address(self, request: HttpRequest) -> str:
        action = request.GET.get("action") or request.POST.get("action", "")
        return f"{reverse(f'admin:pilots_{self.opts.model_name}_rows')}?{urlencode({'action': action})}"

    def _page(self, request: HttpRequest, **context: Any) -> HttpResponse:
        about = {
            "opts": self.opts,
            "title": f"改所选的{self.opts.verbose_name}",
            "rows_address": self._rows_address(request),
            "carried": [
                (name, value)
                for name, values in posted(request).items()
                for value in values
                if not name.startswith("_") and name not in (PLAN, REASON, OVER, CONFIRMED, OPENED_BY)
            ],
            "reason": _reason(request),
            "reason_length": REASON_LENGTH,
            "signature": signature(request),
        }
        return TemplateResponse(request, "admin/import.html", self.admin_site.each_context(request) | about | context)

    # From what is wanted to forms.

    def _form_class(self, request: HttpRequest, row: Any, part: str) -> Any:
        """Return the form of a part of the record, or of all of it."""
        vars(request)["part"] = part
        form_class = self.get_form(request, row, change=True)
        del vars(request)["part"]
        return form_class

    def _forms(self, request: HttpRequest, edits: list[Wanted]) -> tuple[list[Filled], list[Refusal]]:
        """Return the record's form of each row, filled in, and those of its parts that have to wait; a row that is
        gone, or another's, is refused."""
        single, many = tables.links(self.model)
        visible_rows = self.get_queryset(request).filter(pk__in=[edit.pk for edit in edits])
        queryset = self.model._base_manager.filter(
            editable(request.user, self.model), pk__in=visible_rows.values("pk")
        )
        rows = {row.pk: row for row in queryset.select_related(*single).prefetch_related(*many)}
        others = {row.pk: f"“{row}”不由您改动。" for row in visible_rows.exclude(pk__in=rows)} if rows.keys() else {}
        why = "这条记录已被删除。" if request.user.has_perm(EDIT) else "这条记录不由您改动，或已被删除。"
        refusals = [(edit.number, others.get(edit.pk, why)) for edit in edits if edit.pk not in rows and edit.pk > 0]
        mine = [edit for edit in edits if edit.pk in rows or edit.pk < 0]
        if not mine:
            return [], refusals
        over, filled = request.POST.getlist(OVER), list[Filled](self._new_forms(request, mine))
        form_class = self._form_class(request, next(iter(rows.values())), "") if rows else None
        for edit in (edit for edit in mine if edit.pk in rows):
            names = [name for name in edit.mine if name not in edit.contested or f"{edit.pk}.{name}" in over]
            values = {name: edit.mine[name] for name in names}
            filled.append((edit, _filled(request, form_class, rows[edit.pk], values, edit.was), ""))
        check_as_one(form for _, form, _ in filled)
        for form, name, message in list(duplicates(form for _, form, _ in filled if form.is_valid())):
            form.add_error(name, message)
        if is_reviewed(request.user):
            filled = [part for edit, form, _ in filled for part in self._parted(request, edit, form)]
        return filled, refusals

    def _new_forms(self, request: HttpRequest, edits: list[Wanted]) -> Iterator[Filled]:
        """Yield the forms of rows that aren't there yet."""
        edits = [edit for edit in edits if edit.pk < 0]
        form_class = self._form_class(request, None, "") if edits else None
        initial = form_class(instance=self.model()).initial if form_class else {}
        values = {name: value for name, value in initial.items() if value is not None}
        for edit in edits:
            yield edit, _filled(request, form_class, self.model(), values | edit.mine, {}), ""

    def _parted(self, request: HttpRequest, edit: Wanted, form: GuardedForm) -> Iterator[Filled]:
        """Yield the form of a row without what has to wait for another person, and the forms of the parts in which
        that does."""
        waits = not is_drafted(form.instance) and form.is_valid() and publishes(form)
        if edit.pk < 0 or not waits:
            yield edit, form, ADD if waits else ""
            return
        values, waiting = {name: edit.mine[name] for name in form.written if name in edit.mine}, list[Filled]()
        done = set[str]()  # a source may be in several parts
        for part, (_, names) in (self.parts or {"change": ("", self._names())}).items():
            part_values = {name: values[name] for name in names if name in values}
            if part_values.keys() - done:
                row = self.model._base_manager.get(pk=edit.pk)
                form_class = self._form_class(request, row, part if self.parts else "")
                was = {name: value for name, value in edit.was.items() if name in names}
                part_form = _filled(request, form_class, row, part_values, was)
                if not part_form.is_valid() or publishes(part_form):
                    waiting.append((edit, part_form, part))
                    done |= part_values.keys()
        values = {name: value for name, value in values.items() if name not in done}
        rest = _filled(request, type(form), self.model._base_manager.get(pk=edit.pk), values, edit.was)
        if rest.is_valid() and publishes(rest):
            rest.add_error(None, "这项改动由部委编辑审核，不能成批写入；请在它的表单里改。")
        yield edit, rest, ""
        yield from waiting

    def _proposed(
        self,
        request: HttpRequest,
        edits: list[Wanted],
        refusals: list[Refusal],
        remarks: Iterable[str] = (),
        **context: Any,
    ) -> HttpResponse:
        """Show what would be changed, row by row; with a refusal there is nothing to confirm."""
        before = self._texts(request, edits)
        filled, form_refusals = self._forms(request, edits)
        problems = (problem for edit, form, _ in filled for problem in objections(edit, form))
        refusals = sorted([*refusals, *form_refusals, *problems])
        changed_rows = [
            shown(edit, form, before.get(edit.pk, {})) | {"waits": part, "is_new": edit.pk < 0}
            for edit, form, part in filled
            if form.written or edit.pk < 0
        ]
        unseen = [
            f"第{edit.number}行：{text.replace('已保存', '将保存')}"
            for edit, form, part in filled
            if form.is_valid() and not part
            for text in not_public(form)
        ]
        # Of each row one form, of all its fields.
        at_once = [(edit, form) for edit, form, part in filled if not part or edit.pk < 0]
        contested = [row for edit, form in at_once for row in contested_rows(edit, form, request.POST.getlist(OVER))]
        plan: list[Wanted] = []
        if (changed_rows or contested) and not refusals:  # what the fields hold now is what this person is shown
            plan = [edit._replace(was=_opened(form, edit.mine)) for edit, form in at_once]
        text = signing.dumps([request.user.pk, self.opts.model_name, plan], salt=SALT, compress=True)
        if len(text) > MOST_PLAN:
            plan, refusals = [], [(0, "改动太多，请分成几个文件导入。")]
        return self._page(
            request,
            refusals=refusals,
            changed_rows=changed_rows,
            row_count=len({row["number"] for row in changed_rows}),
            contested=contested,
            is_read=True,
            plan=text if plan else "",
            confirmation=confirmation_of([form for _, form, _ in filled]) if plan else None,
            remarks=[*remarks, *unseen],
            **context,
        )

    def _texts(self, request: HttpRequest, edits: list[Wanted]) -> dict[int, dict[str, str]]:
        """Return what the rows say now, by primary key and field."""
        single, many = tables.links(self.model)
        rows = self.get_queryset(request).filter(pk__in=[edit.pk for edit in edits])
        columns = tables.columns(self.model)
        return {
            row.pk: {column.name: tables.text(column.value(row)) for column in columns}
            for row in rows.select_related(*single).prefetch_related(*many)
        }

    # Written, all or not at all.

    def _confirmed(self, request: HttpRequest) -> HttpResponse:
        try:
            user, model, plan = signing.loads(request.POST[PLAN], salt=SALT, max_age=VALID_FOR)
        except signing.BadSignature:
            return self._page(request, refusals=[(0, OUTDATED)])
        if (user, model) != (request.user.pk, self.opts.model_name):
            return self._page(request, refusals=[(0, OUTDATED)])
        edits = [Wanted(*item) for item in plan]
        reason = _reason(request)
        if problem := reason_problem(reason):
            return self._proposed(request, edits, [], asked=f"请写明更正说明。{problem}")
        try:
            with edited_by(request), together():
                return self._write(request, edits, reason)
        except RACES as race:
            reason = f"没有写入：与同时进行的修改冲突（{type(race).__name__}）。请重新试运行。"
            return self._page(request, refusals=[(0, reason)])

    def _write(self, request: HttpRequest, edits: list[Wanted], reason: str) -> HttpResponse:
        pks = [edit.pk for edit in edits]
        list(self.model._base_manager.select_for_update(no_key=True).filter(pk__in=pks).order_by("pk").values("pk"))
        before = self._texts(request, edits)
        filled, refusals = self._forms(request, edits)
        problems = (problem for edit, form, _ in filled for problem in objections(edit, form))
        refusals = sorted([*refusals, *problems])
        if refusals:
            return self._page(request, refusals=refusals, is_read=True)
        confirmation = confirmation_of([form for _, form, _ in filled])
        if confirmation and request.POST.get(CONFIRMED) != confirmation.digest:
            return self._proposed(request, edits, [], asked="您改动了通知原文。请逐字对照差异，勾选确认。")
        changed = [(edit, form) for edit, form, part in filled if (form.written or edit.pk < 0) and not part]
        make_room(form for _, form in changed)
        rows = [form.save() for _, form in changed]
        within = set(
            self.model._base_manager.filter(
                editable(request.user, self.model), pk__in=[row.pk for row in rows]
            ).values_list("pk", flat=True)
        )
        if left := [(edit.number, MOVED) for edit, form in changed if form.instance.pk not in within]:
            page = self._page(request, refusals=left, is_read=True)  # asks who reviews, before it is undone
            transaction.set_rollback(True)
            return page
        proposals = []
        for edit, form, part in filled:
            if part and (form.written or edit.pk < 0):  # kept as it would be posted from the page of the part
                posted = form.data.copy()
                posted[REASON], posted[CONFIRMED] = reason, TICKED
                query = urlencode({"region": request.GET.get("region", ""), BACK: 1} if part == ADD else {})
                kept = {"path": self.address(part, form.instance), "query": query, "post": dict(posted.lists())}
                changes = shown(edit, form, before.get(edit.pk, {}))["changes"]
                proposals.append(proposed_in(request, form.instance, kept, reason, changes))
        self._tell_of(request, rows, sum(edit.pk < 0 for edit, _ in changed), proposals)
        return HttpResponseRedirect(self._list_address)

    def _tell_of(self, request: HttpRequest, rows: list[Any], number: int, proposals: list[Proposal]) -> None:
        """Say what was written, with the button that takes it back, and what waits; `number` of the rows are new."""
        if rows:
            undo = undo_button(request, self.address("undo", rows[0]), vars(request)["edit_key"], WHY)
            done = [("更正", len(rows) - number), ("新增", number)]
            words = "，".join(f"{what} {count} 条{self.opts.verbose_name}" for what, count in done if count)
            messages.success(request, format_html("已{}。{}", words, undo))
        if proposals:
            links = format_html_join(
                "、", '<a href="{}">{}</a>', ((page_of(row), str(row)) for row in proposals[:MOST_LINKS])
            )
            words = "{} 项改动已作为建议提交，由部委编辑审核。采纳以前，记录保持原样：{}{}。"
            beyond = "等" if len(proposals) > MOST_LINKS else ""
            messages.success(request, format_html(words, len(proposals), links, beyond))
        if not (rows or proposals):
            messages.info(request, "没有改动，未写入任何内容。")


def _reason(request: HttpRequest) -> str:
    """Return the reason that was posted: with what is to be written, or before, where facts keep their sources."""
    return cleaned(request.POST.get(REASON, "")).strip()[:REASON_LENGTH]


def _filled(
    request: HttpRequest, form_class: Any, row: Any, values: dict[str, Any], was: dict[str, Any]
) -> GuardedForm:
    reason = _reason(request)
    return filled_form(form_class, row, values if reason_problem(reason) else values | {REASON: reason}, was)


def _opened(form: GuardedForm, names: Iterable[str]) -> dict[str, Any]:
    """Return what fields hold now, and those that are true only together with them."""
    return {field: form.now[field] for name in names for field in (name, *form.tied(name)) if form.now}
