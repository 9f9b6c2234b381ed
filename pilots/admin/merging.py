"""No edit is lost: a form remembers what each field held when its page was opened, and writes only what its person
changed.

Of every field there are three states: `opened` (what the page showed), `mine` (what came back) and `now` (the row,
locked while saving). Where mine is as opened, nothing is written, whatever now is. Where I changed it and now is as
opened, mine is written. Where both changed it, and differently, it is refused: the other's text is shown, mine stays
in the field, and the page carries the new `now`, so that saving again is deliberate. Links are merged one by one.

The states travel as JSON in one hidden field per form: unlike Django's `show_hidden_initial`, an empty choice of
several can be told from a missing one, line ends arrive as they left, and no query is needed to compare.
"""

import json
from collections.abc import Collection, Iterator
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models
from django.forms.models import InlineForeignKeyField, ModelChoiceField, ModelMultipleChoiceField
from django.forms.utils import ErrorDict
from django.utils.functional import cached_property

from ..history.original import fixed, is_added
from ..history.recording import save_update
from ..http.unsaved import OPENED, REASON, lines, opened
from ..models.attachments import in_words
from ..models.characters import cleaned, objection
from ..models.constraints import field_of
from ..models.history import has_stood, outdated_sources, who_changed, who_deleted
from ..models.publishing import Withdrawable
from ..models.received import Received
from ..models.recorded import attributes, own_field
from ..models.sources import edit_problems
from .fields import comparable, fits, posted_value

WITHDRAWN = "withdrawn_on"
GONE = {"gone": True}  # what the hidden field says once somebody was told that the row is deleted


class GuardedForm(forms.ModelForm):
    """A form of a row that others may be editing, too."""

    data: Any  # a QueryDict, or what a table is read into
    opened = forms.CharField(label="打开时的内容", required=False, strip=False, widget=forms.HiddenInput)
    deleted_pk: Any = None  # the primary key of the row that this form was opened for, where it is no longer there
    deletions = models.Q()  # which entries of the history may be told of it
    fixed: Collection[str] = ()  # fields of what the notice says: shown, never written
    is_part = is_exchanged = False  # whether it is the small form of a part; of a row that gives another its number
    restored: dict[str, Any] = {}  # values of the history, shown in place of those of the row

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        is_new = self.instance._state.adding
        self.now = {} if is_new else {name: comparable(value) for name, value in self.initial.items()}
        if not is_new and isinstance(self.instance, Withdrawable):
            self.now[WITHDRAWN] = comparable(self.instance.withdrawn_on)
        if not is_new:
            self.initial = {**self.initial, **self.restored, OPENED: json.dumps(self.now, ensure_ascii=False)}
        if self.is_bound and issubclass(self._meta.model, Received):
            self._follow(self._meta.model.raw_field, self._meta.model.shown_field)

    def fix(self) -> None:
        """Offer what the notice says of the row only to be read."""
        names = [name for name, field in self.fields.items() if self._is_own(field)]
        self.fixed = fixed(self.instance, names)
        for name in self.fixed:
            self.fields[name].disabled = True
            self.fields[name].help_text = "通知印发时的事实，不在这里更改。"

    def _follow(self, raw: str, shown_field: str) -> None:
        """Let shown words, which nobody sees in a form, follow from those received that she typed or retyped."""
        if not {raw, shown_field} <= self.fields.keys():
            return
        text = self._meta.model.shown_from(lines(self._posted(self[raw]) or ""))
        if text and self._posted(self[raw]) != (self._base(raw) or ""):
            self.data = self.data.copy()
            self.data[self.add_prefix(shown_field)] = text

    @cached_property
    def was(self) -> dict[str, Any]:
        """What the row held when the page was opened."""
        state = opened(self.data.get(self.add_prefix(OPENED), ""))
        return {name: value for name, value in state.items() if fits(self.fields.get(name), value)}

    @cached_property
    def guarded(self) -> list[str]:
        """The fields that somebody else may have written meanwhile."""
        state = self.was if self.deleted_pk else self.now
        return [n for n, field in self.fields.items() if n in state and (self._is_own(field) or n in self.fixed)]

    @staticmethod
    def _is_own(field: forms.Field) -> bool:
        return not field.disabled and not isinstance(field, InlineForeignKeyField)

    @cached_property
    def mine(self) -> dict[str, Any]:
        """What came back for each guarded field; what the page left out is as opened."""
        return {name: self._posted(self[name]) for name in self.guarded}

    def _posted(self, bound: forms.BoundField) -> Any:
        field, base = bound.field, self._base(bound.name)
        if field.widget.value_omitted_from_data(self.data, self.files, bound.html_name):
            return base
        value = posted_value(field, bound.data)
        if isinstance(value, list) or value == base:
            return value
        value = cleaned(value) if isinstance(value, str) else value
        if isinstance(value, str) and getattr(field, "strip", False) and value.strip() == base:
            return base
        one_line = isinstance(field.widget, forms.TextInput) and isinstance(base, str)  # drops line ends by itself
        return base if one_line and value == base.replace("\n", "") else value

    def _base(self, name: str) -> Any:
        return self.was.get(name, self.now.get(name))

    @cached_property
    def touched(self) -> set[str]:
        """The fields that this person changed."""
        names = (name for name in self.guarded if name not in self.fixed)
        return {name for name in names if self.mine[name] != self._base(name) and not self._is_unseen(name)}

    def _is_unseen(self, name: str) -> bool:
        """Return whether nothing changed but what wasn't offered: a link that I may not choose I may not cut."""
        base = self._base(name)
        field: Any = self.fields[name]
        if isinstance(field, ModelMultipleChoiceField):
            return set(self.mine[name]) <= set(base) and not self._cut(name)
        if isinstance(field, ModelChoiceField) and not self.mine[name]:
            choices: Any = field.queryset
            return str(getattr(field, "out_of_scope_pk", "")) == base or not choices.filter(pk=base).exists()
        return False

    def _cut(self, name: str) -> set[str]:
        """Return the links that this person cut, of those that she was offered."""
        removed_pks = set(self._base(name)) - set(self.mine[name])
        field: Any = self.fields[name]
        rows = field.queryset.filter(pk__in=removed_pks) if removed_pks else ()
        return {str(row.pk) for row in rows}

    def merged(self, name: str) -> list[str]:
        """Return the links as they are to be: those of now, with what this person added and cut."""
        added = set(self.mine[name]) - set(self._base(name))
        return sorted((set(self.now[name]) | added) - self._cut(name))

    @cached_property
    def target(self) -> dict[str, Any]:
        """What each touched field is to hold."""
        return {n: self.merged(n) if isinstance(self.mine[n], list) else self.mine[n] for n in self.touched}

    @cached_property
    def written(self) -> list[str]:
        """The fields of the row that are to be written, in the form's order."""
        return [name for name in self.guarded if name in self.touched and self.target[name] != self.now[name]]

    @property
    def plain(self) -> list[str]:
        """The fields that are to be written which aren't links."""
        return [name for name in self.written if not isinstance(self.target[name], list)]

    @cached_property
    def refused(self) -> list[str]:
        """The fields that both changed, and differently (or of which the page didn't say what it had shown)."""
        return [name for name in self.written if self.overtaken_at(name)]

    def overtaken_at(self, name: str) -> str:
        """Return the field that somebody else wrote otherwise: this one, or one tied to it; empty where none is."""
        if name not in self.was or (not isinstance(self.mine[name], list) and self.now[name] != self.was[name]):
            return name
        tied = self.tied(name)
        return next((n for n in self.overtaken if n in tied and self.mine[n] != self.now[n]), "")

    def tied(self, name: str) -> set[str]:
        """Return the fields that are true only together with `name`: a fact, whether it is verified, its source."""
        sourced = getattr(self._meta.model, "sourced", {}).items()
        groups = ({source, status, *names} for source, (status, names) in sourced)
        return set().union(*(group for group in groups if name in group)) & set(self.guarded)

    @property
    def overtaken(self) -> list[str]:
        """The fields that somebody else wrote while this page was open."""
        return [name for name in self.guarded if name in self.was and self.now.get(name) != self.was[name]]

    @cached_property
    def changed_data(self) -> list[str]:
        """What is to be written: fields of the row that this person changed."""
        if self.deleted_pk and not self.is_revived:
            return []
        bound_fields = self._bound_items()  # type: ignore[attr-defined]  # Django's own, private
        others = (name for name, bound in bound_fields if name != OPENED and bound._has_changed())
        return [*([] if self.deleted_pk else self.written), *(name for name in others if name not in self.now)]

    @property
    def is_revived(self) -> bool:
        """Whether this person was told that the row is gone and saves it again all the same."""
        return bool(self.deleted_pk) and self.was == GONE

    # Cleaning: a field that isn't to be written is neither read nor judged.

    def full_clean(self) -> None:
        if not self.deleted_pk or self.is_revived:
            super().full_clean()
            return
        self._errors = ErrorDict(renderer=self.renderer)
        self.cleaned_data = {}
        if self.touched:
            self.add_error(None, self.farewell("；您填写的内容还在这里。再次保存会重新添加这一行"))

    def farewell(self, advice: str = "") -> str:
        """Return who deleted the row."""
        who = who_deleted(self._meta.model, self.deleted_pk, self.deletions)
        return f"这一行已被{who}删除{advice}。" if who else f"这一行已不在这里{advice}。"

    def _clean_fields(self) -> None:
        fields, links = self.fields, [name for name in self.written if isinstance(self.target[name], list)]
        pk = {self._meta.model._meta.pk.name} if self.now or self.deleted_pk else set()
        self.fields = {name: field for name, field in fields.items() if name not in {*self.kept, *links, *pk}}
        super()._clean_fields()
        self.fields = fields
        for name in links:
            self._clean_links(name)
        for name in self.kept:
            many = self.initial[name] if isinstance(self.now[name], list) else None
            self.cleaned_data[name] = getattr(self.instance, name) if many is None else many
        for name, value in list(self.cleaned_data.items()):
            if isinstance(value, str) and name not in self.kept:
                self._clean_text(name, cleaned(value))
        for name in self.refused:
            self.add_error(name, self._refusal(name))

    def _clean_text(self, name: str, text: str) -> None:
        """Take text without what nobody sees; refuse what isn't a character, and lines where there is one."""
        is_one_line = isinstance(self.fields[name].widget, forms.TextInput)
        reason = objection(text) or ("只能有一行，请去掉换行。" if is_one_line and "\n" in text else "")
        self.cleaned_data[name] = text
        if reason:
            self.add_error(name, reason)

    @property
    def kept(self) -> set[str]:
        """The guarded fields that are not to be written."""
        return set() if self.deleted_pk else set(self.guarded) - set(self.written)

    def _clean_links(self, name: str) -> None:
        field: Any = self.fields[name]
        added = set(self.mine[name]) - set(self._base(name))
        try:
            if added or (field.required and not self.target[name]):
                field.clean(sorted(added))
            self.cleaned_data[name] = field.queryset.model._base_manager.filter(pk__in=self.target[name])
        except ValidationError as error:
            self.add_error(name, error)

    def _refusal(self, name: str) -> str:
        who = who_changed(self._meta.model, self.instance.pk, name)
        if (other := self.overtaken_at(name)) != name:
            who, text = who_changed(self._meta.model, self.instance.pk, other), self.shown_now(other) or "（空）"
            label = self.fields[other].label
            return f"您打开之后，{who}已把“{label}”改为：{text}。请核对这一项是否仍与它相符；再次保存，即以您的为准。"
        text = self.shown_now(name) or "（空）"
        return f"您打开之后，{who}已把这一项改为：{text}。您填写的内容还在框中；核对后再次保存，即以您的为准。"

    def shown_now(self, name: str) -> str:
        """Return what a field holds now, as people read it."""
        value, field = self.initial[name], self._meta.model._meta.get_field(name)
        if isinstance(value, list):
            return "、".join(str(row) for row in value)
        if field.many_to_one:
            return str(field.related_model._base_manager.filter(pk=value).first() or "")
        if isinstance(value, bool):
            return "是" if value else "否"
        return in_words(str(dict(field.flatchoices or ()).get(value, comparable(value))))

    def notices(self) -> Iterator[str]:
        """Yield what somebody else changed meanwhile, a sentence each."""
        for name in self.overtaken if not self.deleted_pk else ():
            if name not in self.refused:
                who = who_changed(self._meta.model, self.instance.pk, name)
                text = f"{self.shown_now(name) or '（空）'}。{'两人的修改都保留。' if self.written else ''}"
                yield f"{who}同时改了{self.instance}的“{self.fields[name].label}”：{text}"
        if self.deleted_pk and not self.touched:
            yield self.farewell()
        if not self.deleted_pk and self.now.get(WITHDRAWN) and self.was.get(WITHDRAWN) == "":
            who = who_changed(self._meta.model, self.instance.pk, WITHDRAWN)
            reason = self.instance.withdrawn_reason
            yield f"您打开之后，{who}撤下了“{self.instance}”：{reason}。您的修改写在撤下的记录上。"

    def _check_links(self) -> None:
        """Refuse links that contradict each other, where this person made or cut one of them."""
        model = self._meta.model
        names = {"province", "partners", "system", "also_systems", "topics"} & self.fields.keys()
        if not hasattr(model, "link_problems") or not names <= self.cleaned_data.keys():
            return
        if self.instance._state.adding or names & set(self.written):
            links = {
                n: v if isinstance(v, models.Model) else list(v)
                for n in names
                if (v := self.cleaned_data[n]) is not None
            }
            for name, message in model.link_problems(links):
                self.add_error(name, message)

    def _post_clean(self) -> None:
        if not self.instance._state.adding and not self.written:
            return
        untouched = {name: self.cleaned_data.pop(name) for name in self.kept if name in self.cleaned_data}
        super()._post_clean()
        self.cleaned_data |= untouched
        self._check_links()
        if self.is_part:
            self._check_rules()
        changed, reason = set(self.fields if self.instance._state.adding else self.written), self.data.get(REASON, "")
        outdated = outdated_sources(self.instance, changed) if self.instance.pk else ()
        stored = {field.name: field.value_from_object(self.instance) for field in self.instance._meta.fields}
        values = stored | self.cleaned_data
        for source, problem in edit_problems(self._meta.model, values, changed, self.now, outdated, reason):
            if source in self.fields and source not in self.errors and not has_stood(self.instance, source, values):
                self.add_error(source, problem)

    def _update_errors(self, errors: ValidationError) -> None:
        """Say what a rule of several fields refuses where it is mended; of fields that aren't here, at the top."""
        errors_by_field = getattr(errors, "error_dict", {})
        general = errors_by_field.pop(NON_FIELD_ERRORS, [])
        for name in errors_by_field.keys() - self.fields.keys():
            label = own_field(self.instance, name).verbose_name
            general += [ValidationError(f"{label}：{text}") for error in errors_by_field.pop(name) for text in error]
        for error in general:
            rules = (
                rule
                for rule in self.instance._meta.constraints
                if error.messages[0].startswith(str(rule.violation_error_message))
            )
            name = next((name for name in map(field_of, rules) if name in self.fields), NON_FIELD_ERRORS)
            errors.error_dict.setdefault(name, []).append(error)
        super()._update_errors(errors)

    def _get_validation_exclusions(self) -> set[str]:
        return super()._get_validation_exclusions() - self.kept

    def _check_rules(self) -> None:
        """Judge the row by rules over fields that this form of a part leaves out, too: each is mended where it is."""
        try:
            self.instance.validate_constraints(exclude=self._get_validation_exclusions() & self.fields.keys())
        except ValidationError as errors:
            texts = [text for lists in self.errors.values() for text in lists]
            for name in [n for n in errors.error_dict if n in (*self.fields, NON_FIELD_ERRORS)]:
                rest = [error for error in errors.error_dict[name] if error.messages[0] not in texts]
                self._update_errors(ValidationError({name: rest} if rest else {}))

    # Saving.

    @attributes(alters_data=True)
    def save(self, commit: bool = True) -> models.Model:
        if self.instance._state.adding and is_added(self.instance):
            self.instance.is_issued = False
        if not commit or self.instance._state.adding:
            return super().save(commit)
        self.write()
        self._save_m2m()
        return self.instance

    @attributes(alters_data=True)
    def write(self) -> None:
        """Write the fields of an existing row that this person changed, and nothing else."""
        if self.plain:
            save_update(self.instance, self.plain)

    def _save_m2m(self) -> None:
        cleaned_data = self.cleaned_data
        self.cleaned_data = {name: value for name, value in cleaned_data.items() if name not in self.kept}
        super()._save_m2m()
        self.cleaned_data = cleaned_data

    def rebase(self, is_draft: bool = False) -> None:
        """Make the page that goes back start from the row as it is now: saving what it shows is deliberate. A draft,
        which may be kept again unread, starts where it began with what is refused."""
        if self.deleted_pk:
            state = GONE if self.touched and not is_draft else self.was
        else:
            held = {n for name in self.refused if is_draft for n in (name, self.overtaken_at(name))}
            values = {**self.now, **{n: self.target[n] for n in self.written if isinstance(self.target[n], list)}}
            values = {n: v for n, v in values.items() if n not in held and (isinstance(v, list) or n in self.kept)}
            bases = {n: self._base(n) for n in values if not self._put(n, values[n])}
            state = {**self.now, **bases, **{n: self.was.get(n) for n in held}}
        if state:
            self.data[self.add_prefix(OPENED)] = json.dumps(state, ensure_ascii=False)

    def _put(self, name: str, value: Any) -> bool:
        """Show another value in the page that goes back; return whether that can be done."""
        key = self.add_prefix(name)
        if name not in self.guarded or isinstance(self.fields[name].widget, forms.MultiWidget):
            return False
        if isinstance(value, list):
            self.data.setlist(key, value)
        elif value is False:
            self.data.pop(key, None)
        else:
            self.data[key] = "on" if value is True else value
        return True
