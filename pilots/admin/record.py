"""The admin of a part of the record, from who may do what to what is taken along."""

from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from itertools import chain
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import PAGE_VAR
from django.contrib.messages.storage import default_storage
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from ..exports import tables
from ..history.original import is_issued
from ..http import errors, outages
from ..http.unsaved import OPENED, OPENED_BY, REASON, signature
from ..models import together
from ..models.history import who_deleted
from ..models.publishing import Withdrawable
from ..models.tracking import is_together
from . import drafts
from .confirming import CONFIRMED
from .exporting import FORMATS, file_of, listed, readable_columns, words_of
from .fields import SelectSome, field_for
from .history import earlier_values, history_page
from .inlines import GuardedFormSet, error_links
from .merging import GuardedForm
from .parts import WHOLE, grouped, is_of_parts, is_small, page_of_parts, part_of, record_address, waiting_on
from .permissions import EDIT, ScopedAdmin, editable, holds, told, without_notes
from .previewing import PAGES, PREVIEW, PreviewedError, may_preview, preview_of
from .proposals import accepted_by, proposed_values, settle
from .review import ProposedError, author_of, hand_over, saving_address
from .saving import RACES, NeedsInputError, RecordForm, changes, edited_by, insist_on_input, not_public, saved_forms
from .undoing import said_of_save, undo_view
from .uniqueness import make_room
from .withdrawing import WITHDRAW_INSTEAD, WithdrawnFilter, withdraw_view

ATTEMPTS = 3
RACED = "没有保存：与同时进行的修改冲突（{}）。请稍后再次保存。"
MOVED = "保存后这条记录不再属于您负责的省级单位，因此没有保存。请改回原来的省级单位或地区。"


class RecordAdmin(ScopedAdmin):
    """A part of the record: saved in one turn, guarded, with a reason, and kept in the history; nobody deletes it."""

    form = RecordForm
    shows_typed_text = True
    change_form_template = "admin/pilots/record/change_form.html"
    change_list_template = "admin/pilots/record/change_list.html"
    object_history_template = "admin/pilots/record/history.html"  # accounts keep the stock page
    actions: Any = ("export_xlsx", "export_csv")
    formats: tuple[str, ...] = FORMATS  # what its list can be taken along as
    ministry_fields: tuple[str, ...] = ()  # only for who may edit everywhere
    parts: dict[str, tuple[str, tuple[str, ...]]] = {}  # address → title and fields (none: the rows inside it)
    way_on = "记录不能删除。内容有误请更正；地址变动请用“旧地址”。"  # what is said to who tries
    effect = "撤下以后，网站各处不再有它。可以恢复。"  # what withdrawing does, for who is about to

    @property
    def is_withdrawable(self) -> bool:
        """Whether its rows are withdrawn and restored, by whom the role lets delete them."""
        return issubclass(self.model, Withdrawable)

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        view = self.admin_site.admin_view(self.export_view)
        urls = [path(f"export.{kind}", view, {"kind": kind}, f"{name}_export_{kind}") for kind in self.formats]
        if self.is_withdrawable:
            withdraw: Any = self.admin_site.admin_view(partial(withdraw_view, self))
            withdraw.model_admin = self
            urls.append(path("<path:object_id>/withdraw/", withdraw, name=f"{name}_withdraw"))
        undo = self.admin_site.admin_view(partial(undo_view, self))
        urls.append(path("<path:object_id>/undo/", undo, name=f"{name}_undo"))
        for part in (WHOLE, *(part for part, (_, fields) in self.parts.items() if fields)) if self.parts else ():
            form: Any = self.admin_site.admin_view(self.part_view)
            form.model_admin = self
            urls.append(path(f"<path:object_id>/{part}/", form, {"part": part}, f"{name}_{part}"))
        return [*urls, *super().get_urls()]

    def address(self, page: str, row: models.Model) -> str:
        """Return where a page of the row is; of one that isn't saved, of its kind."""
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}", args=[row.pk] if row.pk else [])

    # The list.

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        return (*super().get_list_display(request), *(("withdrawn_on",) if self.is_withdrawable else ()))

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        return [*([WithdrawnFilter] if self.is_withdrawable else ()), *super().get_list_filter(request)]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_export"
        exports = [(kind.upper(), reverse(f"{name}_{kind}")) for kind in self.formats]
        context = {"exports": exports, **(extra_context or {})}
        if request.method != "POST":
            return super().changelist_view(request, context)
        try:
            with edited_by(request), together():
                return super().changelist_view(request, context)
        except NeedsInputError as needed:
            self.message_user(request, needed.form_attributes["objection"], messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())

    # The form.

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> models.Model | None:
        """Return the row, locked until the end of the transaction in which it is about to be written.

        Pages that write nothing (the history) or refuse to (deleting) can be posted to as well, and have none.
        """
        if request.method == "POST" and is_together():
            rows = self.model._base_manager.order_by().select_for_update(no_key=True)  # nor the rows that order them
            with suppress(ValueError, ValidationError):  # no key of a row: the stock answer says so
                list(rows.filter(**{from_field or "pk": object_id}).values_list("pk"))
        return super().get_object(request, object_id, from_field)

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> HttpResponse:
        """Show what was typed for a row that is gone; the stock answer throws it away."""
        if request.method != "POST":
            return super()._get_obj_does_not_exist_redirect(request, opts, object_id)  # type: ignore[misc]  # private
        who = who_deleted(self.model, object_id, told(request.user, self.model))
        title = f"{opts.verbose_name}已被{who}删除" if who else f"{opts.verbose_name}已不存在"
        return errors.page(request, 410, title, "没有保存。您填写的内容还可以复制。")

    def get_form(
        self, request: HttpRequest, obj: models.Model | None = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm]:
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        for name, value in getattr(request, "form_attributes", {}).items():
            setattr(form, name, value)
        form.is_part = part_of(request) in self.parts
        if obj is not None and request.method == "GET":
            form.restored = earlier_values(request, obj) | proposed_values(request, obj)
        return form

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        may_write = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        exclude = set() if may_write else {OPENED, REASON}
        part = self.parts.get(part_of(request), ("", ()))[1]
        asks_at_once = may_write and not {*part}.isdisjoint(self.model.verbatim_fields)
        if "to_confirm" not in getattr(request, "form_attributes", {}) and not asks_at_once:
            exclude.add(CONFIRMED)
        fields = [name for name in super().get_fields(request, obj) if name not in exclude]
        return [name for name in (*part, OPENED, REASON, CONFIRMED) if name in fields] if part else fields

    def get_fieldsets(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        fields = self.get_fields(request, obj)
        if obj is None or part_of(request) in self.parts:
            return [(None, {"fields": fields})]
        return grouped(fields, self.parts, (OPENED, REASON, CONFIRMED))

    def get_inlines(self, request: HttpRequest, obj: models.Model | None) -> Any:
        return () if part_of(request) in self.parts else super().get_inlines(request, obj)

    def get_autocomplete_fields(self, request: HttpRequest) -> Any:
        return () if part_of(request) in self.parts else super().get_autocomplete_fields(request)

    def get_exclude(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        return without_notes(self, request, obj, super().get_exclude(request, obj))

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> tuple[str, ...]:
        """With what is given once, when the row is made, and never changes: its slug, an address."""
        ministry_fields = () if obj is None or request.user.has_perm(EDIT) else self.ministry_fields
        slug = ("slug",) if obj and hasattr(obj, "slug") else ()
        return (*super().get_readonly_fields(request, obj), *ministry_fields, *slug)

    def formfield_for_dbfield(
        self, db_field: models.Field, request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        """Return the field; in the small form of a part as few boxes as will do, and no doors to other forms."""
        field = field_for(db_field, super().formfield_for_dbfield, request, **kwargs)
        if is_small(self, request) and isinstance(field, forms.ModelChoiceField):
            field.widget = SelectSome() if db_field.many_to_many else field.widget.widget
            field.widget.choices = field.choices
        return field

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Let a form that goes back start from what the database holds now, and say what others changed."""
        row: Any = kwargs.get("obj")
        if row and request.method == "POST":  # the form has written into it what isn't saved
            original = self.model._base_manager.filter(pk=row.pk).first() or row
            context |= {"original": original, "subtitle": f"{original}"}
        context |= {"draft": getattr(request, "draft", None), "signature": signature(request)}
        context |= {"may_preview": may_preview(self, request, row), "is_small": is_small(self, request)}
        context |= {"proposal": accepted_by(request, row), "waiting": waiting_on(request.user, row) if row else ()}
        kwargs["form_url"] = saving_address(request, context["proposal"]) or kwargs.get("form_url", "")
        context["withdraw_url"] = self.address("withdraw", row) if self.may_withdraw(request, row) else ""
        context["parts_url"] = self.address("change", row) if row and self.parts else ""
        if part_of(request) in self.parts:
            context["part_title"] = title = self.parts[part_of(request)][0]
            context |= {"title": f"{title}：{context['original']}", "subtitle": None}
            context |= {"show_save_and_add_another": False, "show_save_and_continue": False}
        if request.method == "POST":
            form, formsets = context["adminform"].form, [row.formset for row in context["inline_admin_formsets"]]
            form.data = form.data.copy()
            form.ask_at_once(formsets)
            context["problems"] = list(error_links(form, formsets)) if context["errors"] else ()
            context["errors"] = "" if context["draft"] or form.is_note else context["errors"]
            self._tell(request, (form, *formsets))
            for part in (form, *formsets):
                part.rebase(is_draft=bool(context["draft"]))
        return super().render_change_form(request, context, *args, **kwargs)

    # Saving.

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the form, or save it in one turn; where it can't be saved, it goes back with all that was typed."""
        if answer := drafts.answer(self, request, object_id):
            return answer
        if request.method != "POST":
            shown_request = drafts.opened(self, request, object_id) or request
            return super().changeform_view(shown_request, object_id, form_url, extra_context)
        response = self._save(request, object_id, form_url, extra_context)
        if response.status_code == 302:
            drafts.of_form(request).delete()
        elif response.status_code == 200 and OPENED_BY in request.POST and PREVIEW not in request.POST:
            drafts.store(request)  # refused; the script sends no more once its form is; replays aren't typed
        return response

    def _save(self, request: HttpRequest, *args: Any) -> HttpResponse:
        form_attributes: dict[str, Any] = {"exchangeable": editable(request.user, self.model)}
        vars(request)["form_attributes"] = form_attributes
        for _ in range(ATTEMPTS):
            try:
                with edited_by(request, author_of(request)), together():
                    return super().changeform_view(request, *args)
            except (PreviewedError, ProposedError) as undone:
                return undone.answer(request)
            except NeedsInputError as needed:
                form_attributes |= needed.form_attributes
            except RACES as race:
                name = type(outages.reraise_unless_race(race)).__name__
            # What was said of a save that is undone is not said.
            vars(request)["_messages"] = default_storage(request)
        vars(request)["form_attributes"] = {"objection": RACED.format(name)} | form_attributes
        with together():
            return super().changeform_view(request, *args)

    def save_form(self, request: HttpRequest, form: GuardedForm, change: bool) -> models.Model:
        if change and not holds(request, form.instance, editable):
            raise NeedsInputError(objection=MOVED)
        return super().save_form(request, form, change)

    def save_model(self, request: HttpRequest, obj: models.Model, form: RecordForm, change: bool) -> None:
        if change:
            make_room(rows := (form, *form.exchanged))
            for row in rows:
                row.write()
        else:
            super().save_model(request, obj, form, change)

    def save_related(
        self, request: HttpRequest, form: RecordForm, formsets: list[GuardedFormSet], change: bool
    ) -> None:
        """Look again at what was saved: it is undone where it left the reach, is a preview, or wants input."""
        super().save_related(request, form, formsets, change)
        if not holds(request, form.instance, editable):
            raise NeedsInputError(objection=MOVED)
        if PREVIEW in request.POST and self.model in PAGES:
            raise PreviewedError(preview_of(request, form.instance))
        done = list(changes(form, formsets, change))
        vars(request).update(is_unchanged=not done, saved_row=form.instance)
        insist_on_input(form, formsets, change, done)
        if proposal := settle(request, form.instance, form.cleaned_data[REASON], is_changed=bool(done)):
            self.message_user(request, f"{proposal} {proposal.state_words}。{'' if done else proposal.answer}")
        hand_over(request, form, formsets, proposal)
        self._tell(request, (form, *formsets))
        for sentence in chain.from_iterable(map(not_public, saved_forms(form, formsets))):
            self.message_user(request, sentence, messages.WARNING)

    def _tell(self, request: HttpRequest, parts: Iterable[GuardedForm | GuardedFormSet]) -> None:
        """Say what others did meanwhile."""
        for part in parts:
            for notice in part.notices():
                self.message_user(request, notice, messages.WARNING)

    def log_change(self, request: HttpRequest, obj: models.Model, message: Any) -> Any:
        return super().log_change(request, obj, message) if message else None

    def message_user(
        self, request: HttpRequest, message: Any, level: Any = messages.INFO, *args: Any, **kwargs: Any
    ) -> None:
        if level == messages.SUCCESS and getattr(request, "is_unchanged", False):
            message, level = "没有改动，未写入任何内容。", messages.INFO
        elif level == messages.SUCCESS and (row := getattr(request, "saved_row", None)):
            message = format_html("{}{}", message, said_of_save(self, request, row))
        super().message_user(request, message, level, *args, **kwargs)

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the record as a page of its parts, where it has some; else its form."""
        row = self.get_object(request, unquote(object_id)) if self.parts and is_of_parts(request) else None
        if row is None:
            return super().change_view(request, object_id, *args, **kwargs)
        if not self.has_view_or_change_permission(request, row):
            raise PermissionDenied
        context = self.admin_site.each_context(request) | page_of_parts(self, request, row)
        context["withdraw_url"] = self.address("withdraw", row) if self.may_withdraw(request, row) else ""
        return TemplateResponse(request, "admin/pilots/record/parts.html", context)

    def part_view(self, request: HttpRequest, object_id: str, part: str) -> HttpResponse:
        """Show or save the small form of a part, or the whole form: the same form, with fewer fields."""
        vars(request)["part"] = part
        return self.change_view(request, object_id)

    def response_post_save_change(self, request: HttpRequest, obj: Any) -> Any:
        """Go back to the record of which a part, or a row that was opened from there, was saved."""
        url = record_address(self, request, obj)
        return HttpResponseRedirect(url) if url else super().response_post_save_change(request, obj)

    def response_post_save_add(self, request: HttpRequest, obj: Any) -> Any:
        url = record_address(self, request, obj)
        return HttpResponseRedirect(url) if url else super().response_post_save_add(request, obj)

    # The history.

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the edits of one record, its rows and links. What isn't this person's to see is not there for her."""
        row = self.get_object(request, unquote(object_id))
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_view_or_change_permission(request, row):
            raise PermissionDenied
        context = history_page(self, request, row) | (extra_context or {})
        return super().history_view(request, object_id, context)

    def may_write(self, request: HttpRequest, object_id: str | None) -> bool:
        """Return whether this person may save the form of a row that is there, or of a new one (None)."""
        if object_id is None:
            return self.has_add_permission(request)
        row = self.get_object(request, unquote(object_id))
        return row is not None and self.has_change_permission(request, row)

    # Deleting is withdrawing.

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def may_delete(self, request: HttpRequest, row: models.Model | None) -> bool:
        """Return whether this person's role has the right to delete the row: here, to withdraw and to restore it."""
        return super().has_delete_permission(request, row)

    def may_withdraw(self, request: HttpRequest, row: Any) -> bool:
        """Return whether this person is offered to withdraw the row, or to restore it."""
        return bool(row and self.is_withdrawable and self.may_delete(request, row) and not is_issued(row))

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Refuse, and lead whose role would let her delete to the form of the record."""
        row = self.get_object(request, unquote(object_id))
        if not self.may_delete(request, row):
            raise PermissionDenied
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        way_on = WITHDRAW_INSTEAD if self.is_withdrawable else self.way_on
        self.message_user(request, way_on, messages.ERROR)
        return HttpResponseRedirect(self.address("change", row))

    # Files of the list.

    def export_columns(self, request: HttpRequest) -> list[tables.Column]:
        """Return the columns of a file for this person."""
        return readable_columns(self, request)

    def export_view(self, request: HttpRequest, kind: str) -> FileResponse:
        """Answer with the whole list under the filters and the search of the address."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        parameters: Any = request.GET.copy()
        parameters.pop(PAGE_VAR, None)
        request.GET = parameters
        rows = listed(self, request)
        return file_of(request, kind, rows.queryset, self.export_columns(request), words_of(rows))

    @admin.action(description="导出所选为 XLSX", permissions=["view"])
    def export_xlsx(self, request: HttpRequest, queryset: models.QuerySet, kind: str = "xlsx") -> FileResponse:
        words = f"勾选的行；{words_of(listed(self, request))}"
        return file_of(request, kind, queryset, self.export_columns(request), words)

    @admin.action(description="导出所选为 CSV", permissions=["view"])
    def export_csv(self, request: HttpRequest, queryset: models.QuerySet) -> FileResponse:
        return self.export_xlsx(request, queryset, "csv")
