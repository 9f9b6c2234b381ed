"""How a record is saved in the admin: in one turn, with a reason, and nobody's work lost."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.messages.storage import default_storage
from django.core.exceptions import ValidationError
from django.db import IntegrityError, OperationalError, models
from django.http import HttpRequest, HttpResponse

from ..http import errors, outages
from ..http.unsaved import OPENED, REASON
from ..models import editing, together
from ..models.characters import cleaned
from ..models.history import who_deleted
from ..models.tracking import is_together
from ..models.typography import letters
from .confirming import CONFIRMED, Confirmation, confirmation_of
from .history import HistoryPages
from .inlines import GuardedFormSet
from .merging import GuardedForm, verbatim
from .permissions import told

ATTEMPTS = 3
REASON_LENGTH = 200
OBJECTION = "没有保存：与同时进行的修改冲突（{}）。请稍后再次保存。"
RACES = (IntegrityError, OperationalError)  # somebody was quicker, or two waited for each other


class AskedError(Exception):
    """Something is still wanted of the person who saves; nothing is written. `wanted`: what the form is told."""

    def __init__(self, **form_attributes: Any) -> None:
        super().__init__(form_attributes)
        self.form_attributes = form_attributes


class RecordForm(GuardedForm):
    """The form of a record: guarded, with the reason for the change."""

    edit_reason = forms.CharField(
        label="更正说明",
        required=False,
        max_length=REASON_LENGTH,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text="为什么改，依据是什么。与修改一起公开，请勿写个人姓名。改动公开内容时必填；留空保存时，本站会拟出一句。",
    )
    confirmed = forms.CharField(label="确认更正原文", required=False)
    to_confirm: Confirmation | None = None  # what was changed of the notice's own words
    suggestion = ""  # a reason made up from what was changed, where the person gave none
    objection = ""  # why the database refused

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fix()
        if self.to_confirm:
            self.fields[CONFIRMED].widget = forms.CheckboxInput(attrs={"value": self.to_confirm.digest})
            self.fields[CONFIRMED].help_text = self.to_confirm.shown()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.suggestion:
            self.data = self.data.copy()
            self.data[REASON] = self.suggestion
            self.add_error(REASON, "请写明更正说明。已按改动拟出一句，核对或修改后再次保存。")
        if self.to_confirm:
            self.data = self.data.copy()
            self.data.pop(CONFIRMED, None)
            self.add_error(
                CONFIRMED, "您改动了通知原文，或增加了原文没有的行。请逐字对照下面的差异，勾选确认后再次保存。"
            )
        if self.objection:
            self.add_error(None, ValidationError(self.objection))
        return cleaned

    @property
    def changed_data(self) -> list[str]:
        """What is to be written of the record itself: the reason and the confirmation aren't."""
        return [name for name in super().changed_data if name not in (REASON, CONFIRMED)]


class GuardedAdmin(HistoryPages):
    """A part of the record: saved in one turn, guarded, with a reason, and kept in the history."""

    form = RecordForm
    shows_typed_text = True

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if request.method != "POST":
            return super().changeform_view(request, object_id, form_url, extra_context)
        for _ in range(ATTEMPTS):
            try:
                with edited_by(request), together():
                    return super().changeform_view(request, object_id, form_url, extra_context)
            except AskedError as asked:
                request.form_attributes = getattr(request, "form_attributes", {}) | asked.form_attributes
            except RACES as race:
                refused = outages.reraise_unless_race(race)
            request._messages = default_storage(request)  # what was said of a save that is undone is not said
        request.form_attributes = getattr(request, "form_attributes", {}) | {
            "objection": OBJECTION.format(type(refused).__name__)
        }
        with together():
            return super().changeform_view(request, object_id, form_url, extra_context)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.method != "POST":
            return super().changelist_view(request, extra_context)
        with edited_by(request), together():
            return super().changelist_view(request, extra_context)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if request.method != "POST":
            return super().delete_view(request, object_id, extra_context)
        with edited_by(request), together():
            return super().delete_view(request, object_id, extra_context)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> models.Model | None:
        """Return the row, locked until the end of the transaction in which it is about to be written.

        Pages that write nothing (the history) or refuse to (deleting) can be posted to as well, and have none.
        """
        row = super().get_object(request, object_id, from_field)
        if row is None or request.method != "POST" or not is_together():
            return row
        list(self.model._base_manager.select_for_update(no_key=True).filter(pk=row.pk).values_list("pk"))
        return super().get_object(request, object_id, from_field)

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> HttpResponse:
        """Show what was typed for a row that is gone; the stock answer throws it away."""
        if request.method != "POST":
            return super()._get_obj_does_not_exist_redirect(request, opts, object_id)
        who = who_deleted(self.model, object_id, told(request.user, self.model))
        return errors.overtaken(
            request, f"{opts.verbose_name}已被{who}删除" if who else f"{opts.verbose_name}已不存在"
        )

    def get_form(
        self, request: HttpRequest, obj: models.Model | None = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm]:
        form = super().get_form(request, obj, change=change, **kwargs)
        for name, value in getattr(request, "form_attributes", {}).items():
            setattr(form, name, value)
        return form

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> list[str]:
        may_write = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        exclude = set() if may_write else {OPENED, REASON}
        if "to_confirm" not in getattr(request, "form_attributes", {}):
            exclude.add(CONFIRMED)
        return [name for name in super().get_fields(request, obj) if name not in exclude]

    def formfield_for_dbfield(
        self, db_field: models.Field, request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        return verbatim(super().formfield_for_dbfield(db_field, request, **kwargs), db_field)

    def save_model(self, request: HttpRequest, obj: models.Model, form: GuardedForm, change: bool) -> None:
        if change:
            form.write()
        else:
            super().save_model(request, obj, form, change)

    def save_related(
        self, request: HttpRequest, form: RecordForm, formsets: list[GuardedFormSet], change: bool
    ) -> None:
        super().save_related(request, form, formsets, change)
        done = list(changes(form, formsets, change))
        request.is_unchanged = not done
        form_attributes = {}
        if any(is_public for _, is_public in done) and not letters(form.cleaned_data[REASON]):
            form_attributes["suggestion"] = "；".join(text for text, _ in done)[:REASON_LENGTH]
        added = [*([] if change else [form.instance]), *(row for formset in formsets for row in formset.new_objects)]
        confirmation = confirmation_of(
            [form, *(saved_form for formset in formsets for saved_form in formset.saved)], added
        )
        if confirmation and form.cleaned_data[CONFIRMED] != confirmation.digest:
            form_attributes["to_confirm"] = confirmation
        if form_attributes:
            raise AskedError(**form_attributes)
        self._tell(request, form, formsets)
        for labels in _not_public([form, *(saved_form for formset in formsets for saved_form in formset.saved)]):
            self.message_user(request, f"{labels}已保存，但还没有出处或没有核实，暂不公开显示。", messages.WARNING)

    def _tell(self, request: HttpRequest, form: GuardedForm, formsets: list[GuardedFormSet]) -> None:
        for part in (form, *formsets):
            for notice in part.notices():
                self.message_user(request, notice, messages.WARNING)

    def log_change(self, request: HttpRequest, obj: models.Model, message: Any) -> Any:
        return super().log_change(request, obj, message) if message else None

    def message_user(
        self, request: HttpRequest, message: str, level: int = messages.INFO, *args: Any, **kwargs: Any
    ) -> None:
        if level == messages.SUCCESS and getattr(request, "is_unchanged", False):
            message, level = "没有改动，未写入任何内容。", messages.INFO
        super().message_user(request, message, level, *args, **kwargs)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Let a form that goes back start from what the database holds now, and say what others changed."""
        if request.method == "POST":
            form = context["adminform"].form
            formsets = [inline.formset for inline in context["inline_admin_formsets"]]
            form.data = form.data.copy()
            self._tell(request, form, formsets)
            for part in (form, *formsets):
                part.rebase()
        return super().render_change_form(request, context, *args, **kwargs)


@contextmanager
def edited_by(request: HttpRequest) -> Iterator[None]:
    """Say of what is written in the block who does it, from where, and the reason that was posted."""
    reason = cleaned(request.POST.get(REASON, "")).strip()[:REASON_LENGTH]
    actor = request.user if request.user.is_authenticated else None
    with editing(actor=actor, remote_addr=address(request), reason=reason):
        yield


def address(request: HttpRequest) -> str | None:
    """Return the network address of whoever asks; a proxy's word for it counts only where there is a trusted one."""
    forwarded_for = request.headers.get("X-Forwarded-For", "") if settings.SECURE_PROXY_SSL_HEADER else ""
    ip_address = forwarded_for.split(",")[-1].strip() or request.META.get("REMOTE_ADDR") or None
    try:
        forms.GenericIPAddressField(required=False).clean(ip_address)
    except ValidationError:
        return None
    return ip_address


def changes(form: RecordForm, formsets: list[GuardedFormSet], change: bool) -> Iterator[tuple[str, bool]]:
    """Yield what a save did, a phrase each, and whether readers may see it."""
    if not change:
        yield _made(form.instance)
    elif form.written:
        yield _corrected(form, form.written)
    for formset in formsets:
        for row in formset.new_objects:
            yield _made(row)
        yield from (
            _corrected(saved_form, saved_form.written, f"{saved_form.instance}的") for saved_form in formset.saved
        )


def _quoted(form: GuardedForm, names: list[str]) -> str:
    """Return labels in a row, quoted: 更正“说明” corrects the remark, 更正说明 is the reason of a correction."""
    return "".join(f"“{form.fields[name].label}”" for name in names)


def _not_public(saved: list[GuardedForm]) -> Iterator[str]:
    """Yield what of each form was written that readers will see one day, and don't yet."""
    for form in saved:
        model, row = form._meta.model, form.instance
        names = [name for name in form.written if model.is_public_field(name) and form.cleaned_data.get(name)]
        if unseen := [name for name in names if not row.shows(name)]:
            yield _quoted(form, unseen)


def _made(row: models.Model) -> tuple[str, bool]:
    return f"新增{row._meta.verbose_name}“{row}”", row.is_public


def _corrected(form: GuardedForm, names: list[str], of: str = "") -> tuple[str, bool]:
    return f"更正{of}{_quoted(form, names)}", any(map(form._meta.model.is_public_field, names))
