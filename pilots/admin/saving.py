"""How a record is saved in the admin: in one turn, with a reason, and nobody's work lost."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import IntegrityError, OperationalError
from django.db.models import Model
from django.http import HttpRequest, QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ..http.networks import address_of
from ..http.unsaved import OPENED, REASON
from ..models import editing, is_drafted
from ..models.characters import CleanedField, cleaned, objection
from ..models.recorded import own_field
from ..models.typography import letters
from ..pages.corrections import has_personal_number
from ..search.text import is_han
from .confirming import CONFIRMED, TICKED, Confirmation, confirmation_of
from .drafts import TOKEN
from .fields import comparable
from .inlines import GuardedFormSet
from .merging import GuardedForm
from .previewing import PREVIEW
from .uniqueness import check_as_one, exchanged_by

REASON_LENGTH = 200
PERSONAL = "里面像有身份证号或手机号。更正说明一直公开，请删去。"
LEAST_REASON = 6  # characters that can be read
WEAK = f"请写明为什么，至少{LEAST_REASON}个字，用中文。"
MOST_SHOWN = 300  # characters of what the record holds, beside a box that is filled in
RESTORED = "恢复{}改动之前的{}"  # when, what: the reason that is drafted where an earlier value is taken up
RACES = (IntegrityError, OperationalError)  # somebody was quicker, or two waited for each other


def reason_problem(reason: str) -> str:
    """Return what is wrong with a reason that is given: characters, a person's number, or that it doesn't say why."""
    text = letters(reason)
    is_weak = len(text) < LEAST_REASON or not any(map(is_han, text))
    return objection(reason) or PERSONAL * has_personal_number(reason) or WEAK * is_weak


class NeedsInputError(Exception):
    """Something is wanted of who saves; nothing is written. `form_attributes`: what the form says."""

    def __init__(self, **form_attributes: Any) -> None:
        super().__init__(form_attributes)
        self.form_attributes = form_attributes


class RecordForm(GuardedForm):
    """The form of a record: guarded, with the reason for the change."""

    edit_reason = CleanedField(
        label="更正说明",
        required=False,
        max_length=REASON_LENGTH,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text="为什么改，依据是什么，至少六个字。与修改一起公开，请勿写个人姓名。改动公开内容时必填；留空保存时，本站先拟出改了什么。",
    )
    confirmed = forms.CharField(label="确认更正原文", required=False)
    to_confirm: Confirmation | None = None  # what was changed of the notice's own words
    suggestion = ""  # a reason made up from what was changed, where the person gave none
    objection = ""  # why what was saved is undone
    is_note = False  # that nobody erred: the form is only shown
    exchangeable: Any = None  # which rows may take the number that this one gives up, where it takes theirs; or none
    exchanged: tuple[GuardedForm, ...] = ()  # the form of the row that does

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fix()
        for name in self.restored if not self.is_bound else ():
            self._tell_restored(name)
        if self.is_part and CONFIRMED in self.fields:
            self.fields[CONFIRMED].label = "改后的文字已与印发的文件逐字对照"
            self.fields[CONFIRMED].widget = forms.CheckboxInput()
        if self.to_confirm:
            self.fields[CONFIRMED].widget = forms.CheckboxInput(attrs={"value": self.to_confirm.digest})
            self.fields[CONFIRMED].help_text = self.to_confirm.shown()
            if self.to_confirm.is_of_dates:
                self.fields[CONFIRMED].label = "照样开通报送"

    def _tell_restored(self, name: str) -> None:
        """Say at a field that was filled in from the history, or from what was proposed, what the record holds."""
        field, offered = self.fields.get(name), self.initial.get(name)
        if field is None or name not in self.now or field.widget.is_hidden or comparable(offered) == self.now[name]:
            return
        self.initial[name] = own_field(self.instance, name).value_from_object(self.instance)
        now, why = self.shown_now(name) or "（空）", self.restored.get(REASON, "").rstrip("：")
        self.initial[name] = offered
        words = "<strong>框里填的不是现在的内容（{}），保存后才改。记录现在是：{}</strong> {}"
        now = f"{now[:MOST_SHOWN]}…" if len(now) > MOST_SHOWN else now
        field.help_text = format_html(words, why, now, SafeString(field.help_text))

    def full_clean(self) -> None:
        if self.exchangeable is not None and not self.instance._state.adding:
            self.exchanged = tuple(exchanged_by(self, filled_form))
        if self.exchanged:
            check_as_one([self, *self.exchanged])
        super().full_clean()
        for other in self.exchanged:
            for name, errors in other.errors.items():
                self.add_error(
                    name if name in self.fields else None, [f"{other.instance}：{text}" for text in errors]
                )
        if self.errors and TOKEN not in self.data:  # posted again of another's: who accepts it hasn't ticked yet
            self.data = self.data.copy()
            self.data.pop(CONFIRMED, None)

    def clean_edit_reason(self) -> str:
        reason = self.cleaned_data[REASON]
        if letters(reason) and (problem := reason_problem(reason)):
            raise ValidationError(problem)
        return reason

    def clean(self) -> dict[str, Any]:
        cleaned: Any = super().clean()
        if self.suggestion:
            self.data = self.data.copy()
            self.data[REASON] = self.suggestion
            self.add_error(REASON, "请写明更正说明。已按改动拟出改了什么，请接着写为什么改，再次保存。")
        if self.to_confirm:
            self.data = self.data.copy()
            self.data.pop(CONFIRMED, None)
            what = "这个编号是另一行的，两行将互换" if self.exchanged else "您改动了通知原文，或增加了原文没有的行"
            words = f"{what}。请逐字对照下面的差异，勾选确认后再次保存。"
            late = "要报送的日子都已过去。请看下面的日期，仍要开通的，勾选后再次保存。"
            self.add_error(CONFIRMED, late if self.to_confirm.is_of_dates else words)
        if self.objection:
            self.add_error(None, ValidationError(self.objection))
        return cleaned

    def ask_at_once(self, formsets: list[GuardedFormSet]) -> None:
        """Add to what is wrong with a form, or with the rows inside it, the reason and the tick that it will want, so
        that they aren't asked for one save later. What a page fills in again, as a draft, is no save."""
        is_wrong = bool(self.errors) or not all(formset.is_valid() for formset in formsets)
        if not is_wrong or TOKEN not in self.data or PREVIEW in self.data:
            return
        parts = (self, *(part for formset in formsets for part in formset.forms))
        changed = [
            _corrected(part, part.written)[1] if part.now else _made(part.instance)[1]
            for part in parts
            if not part.deleted_pk
            if part.written or (not part.now and (part is self or part.has_changed()))
        ]
        if any(changed) and REASON not in self.errors and not letters(self.data.get(REASON, "")):
            self.add_error(REASON, "请写明为什么改，依据是什么。")
        if self.is_part and CONFIRMED not in self.errors and {*self.written} & {*self._meta.model.verbatim_fields}:
            self.add_error(CONFIRMED, "改好以后，请与印发的文件逐字对照，勾选确认。")

    @property
    def changed_data(self) -> list[str]:
        """What is to be written of the record itself: the reason and the confirmation aren't."""
        return [name for name in super().changed_data if name not in (REASON, CONFIRMED)]


@contextmanager
def edited_by(request: HttpRequest, author: Any = None, before_reason: str = "") -> Iterator[None]:
    """Say of what is written in the block who does it, from where, and the reason that was posted, after the words
    `before_reason`; `author`: who proposed what this person accepts."""
    reason = (before_reason + cleaned(request.POST.get(REASON, "")).strip())[:REASON_LENGTH]
    person = request.user if request.user.is_authenticated else None
    who = {"actor": author, "reviewer": person} if author else {"actor": person}
    with editing(**who, remote_addr=address_of(request), reason=reason) as key:
        vars(request)["edit_key"] = key
        yield


def changes(form: RecordForm, formsets: list[GuardedFormSet], change: bool) -> Iterator[tuple[str, bool]]:
    """Yield what a save did, a phrase each, and whether readers may see it."""
    if not change:
        yield _made(form.instance)
    elif form.written:
        yield _corrected(form, form.written)
    yield from (_corrected(other, other.written, f"{other.instance}的") for other in form.exchanged)
    for formset in formsets:
        for row in formset.new_objects:
            yield _made(row)
        yield from (
            _corrected(saved_form, saved_form.written, f"{saved_form.instance}的") for saved_form in formset.saved
        )


def saved_forms(form: RecordForm, formsets: list[GuardedFormSet]) -> list[GuardedForm]:
    """Return the record's form and those of other rows of which something was written."""
    return [form, *form.exchanged, *(saved_form for formset in formsets for saved_form in formset.saved)]


def insist_on_input(
    form: RecordForm, formsets: list[GuardedFormSet], change: bool, done: list[tuple[str, bool]]
) -> None:
    """Refuse what was done (`changes`) with no reason, or to the notice's own words unasked. NeedsInputError."""
    form_attributes: dict[str, Any] = {}
    drafted = "；".join(text for text, _ in done)[: REASON_LENGTH // 2] + "："  # what: the person adds why
    reason = form.cleaned_data[REASON]
    labels = ["内容", *(re.escape(letters(f"{field.label}")) for field in form.fields.values())]
    if any(is_public for _, is_public in done) and (not letters(reason) or reason == drafted):
        form_attributes["suggestion"] = drafted
    elif done and re.fullmatch(RESTORED.format("[0-9]+年[0-9]+月[0-9]+日", f"({'|'.join(labels)})"), letters(reason)):
        form_attributes["suggestion"] = f"{reason.rstrip('，。：')}："  # that alone doesn't say why
    added = [*([] if change else [form.instance]), *(row for formset in formsets for row in formset.new_objects)]
    confirmation = confirmation_of(saved_forms(form, formsets), added)
    ticked = form.data.get(CONFIRMED) in ("on", TICKED)  # else the digest of what was shown
    is_seen = ticked and form.is_part and not form.exchanged  # that row isn't there
    is_seen = is_seen and not (confirmation and confirmation.is_of_dates)  # nor was that one
    if confirmation and form.data.get(CONFIRMED) != confirmation.digest and not is_seen:
        form_attributes["to_confirm"] = confirmation
    if form_attributes:
        raise NeedsInputError(**form_attributes)


def _quoted(form: GuardedForm, names: list[str]) -> str:
    """Return labels in a row, quoted: 更正“说明” corrects the remark, 更正说明 is the reason of a correction."""
    return "".join(f"“{form.fields[name].label}”" for name in names)


def not_public(form: GuardedForm) -> Iterator[str]:
    """Yield what of a form was written that readers will see one day and don't yet, and what is missing for it."""
    model, row, names_by_reason = form._meta.model, form.instance, defaultdict[str, list[str]](list)
    for name in form.written:
        if model.is_public_field(name) and form.cleaned_data.get(name) and not row.shows(name):
            names_by_reason[_missing_for(name, row)].append(name)
    for reason, names in names_by_reason.items():
        yield f"{_quoted(form, names)}已保存，但{reason}，暂不公开显示。"


def _missing_for(name: str, row: Any) -> str:
    for source, (_, facts) in row.sourced.items():
        missing = facts if name == source else (source,) if name in facts else ()
        if missing and not any(getattr(row, field) for field in missing):
            labels = "".join(f"“{own_field(row, field).verbose_name}”" for field in missing)
            return f"{labels}是空的"
    return "还没有出处或没有核实"


def _made(row: Any) -> tuple[str, bool]:
    return f"新增{row._meta.verbose_name}“{row}”", row.is_public and not is_drafted(row)


def _corrected(form: GuardedForm, names: list[str], of: str = "") -> tuple[str, bool]:
    is_public = any(map(form._meta.model.is_public_field, names)) and not is_drafted(form.instance)
    return f"更正{of}{_quoted(form, names)}", is_public


def filled_form(
    form_class: Any, row: Model, values: dict[str, Any], opened_values: Mapping[str, Any] = MappingProxyType({})
) -> GuardedForm:
    """Return the form of a row as a browser would post it, with `values` typed into it.

    opened_values: what the page showed of some fields, where that isn't what the row holds now.
    """
    now = form_class(instance=row).now
    posted = QueryDict(mutable=True)
    for name, value in (now | opened_values | {name: comparable(value) for name, value in values.items()}).items():
        if isinstance(value, list):
            posted.setlist(name, value)
        elif value is not False:
            posted[name] = "on" if value is True else value
    posted[OPENED] = json.dumps(now | opened_values, ensure_ascii=False)
    return form_class(posted, instance=row)
