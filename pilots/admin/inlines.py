"""The rows inside a record's form: several people may add, change and delete some of them at a time."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth import get_permission_codename
from django.db import models
from django.forms.formsets import TOTAL_FORM_COUNT
from django.http import HttpRequest
from django.utils.formats import date_format

from ..http.unsaved import OPENED
from ..models import is_drafted, whole_record
from ..models.history import of_parent
from .fields import field_for
from .merging import GuardedForm
from .permissions import (
    editable,
    foreign_key_options,
    many_to_many_options,
    reaches,
    undrafted,
    visible,
    without_notes,
)
from .uniqueness import check_as_one, duplicates, make_room

MOST_NEW = 20  # rows of one kind that a page offers to add


class GuardedFormSet(forms.BaseInlineFormSet):
    """Rows of one record, of which others may add, change and delete some meanwhile."""

    model: Any
    data: Any  # a QueryDict
    forms: Any  # each a GuardedForm
    initial_forms: Any
    default_error_messages = {
        "too_many_forms": f"一次最多新增 {MOST_NEW} 行，收到的更多，因此没有保存；多出的行没有读取。"
        "请核对下面的各行后再次保存，其余的等保存以后再新增。"
    }

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(data, *args, **kwargs)
        count, self.present = self.initial_form_count(), set[int]()
        if data is not None:
            if self.instance.pk is not None:
                rows = self.model._base_manager.filter(**{self.fk.name: self.instance.pk}).order_by("pk")
                self.present |= set(rows.select_for_update(no_key=True).values_list("pk", flat=True))
            there = len(self.present)
            count = max(there, min(count, there + MOST_NEW))  # of those that the page had, some may be deleted since
        self.absolute_max = count + self.extra + MOST_NEW
        self.max_num = min(self.max_num, self.absolute_max)

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        form.fix()

    def full_clean(self) -> None:
        if self.is_bound:
            check_as_one(self.forms)
        super().full_clean()

    def validate_unique(self) -> None:
        """Say at its field what occurs twice among the rows of the page."""
        rows = [form for form in self.forms if form.is_valid() and (form.now or form.has_changed())]
        for form, name, message in list(duplicates(rows)):
            form.add_error(name if name in form.fields else None, message)

    def save_existing_objects(self, commit: bool = True) -> list[models.Model]:
        make_room(self.saved)
        return super().save_existing_objects(commit)

    def _construct_form(self, i: int, **kwargs: Any) -> GuardedForm:
        form = super()._construct_form(i, **kwargs)
        if self.is_bound and i < self.initial_form_count() and form.instance._state.adding:
            form.deleted_pk = self.data.get(form.add_prefix(self.model._meta.pk.name)) or "0"
            form.deletions = of_parent(self.model, self.instance)
        return form

    def save_new_objects(self, commit: bool = True) -> list[models.Model]:
        super().save_new_objects(commit)
        for form in self.initial_forms:
            if form.is_revived and form.has_changed():
                self.new_objects.append(self.save_new(form, commit=commit))
        return self.new_objects

    @property
    def saved(self) -> list[GuardedForm]:
        """The forms of rows of which something was written."""
        return [form for form in self.initial_forms if form.written and form.has_changed()]

    def notices(self) -> Iterator[str]:
        """Yield what somebody else did meanwhile, a sentence each."""
        for form in self.initial_forms:
            yield from form.notices()
        posted = {form.instance.pk for form in self.forms}
        if self.present - posted:
            added = [str(row) for row in self.get_queryset() if row.pk not in posted]
            yield f"同时有人新增了{self.model._meta.verbose_name}：{'、'.join(added)}。"

    def rebase(self, is_draft: bool = False) -> None:
        """Make the rows that go back those that came: the admin pairs forms with rows by their place."""
        for form in self.initial_forms:
            form.rebase(is_draft)
        if self.management_form.is_valid():
            self.data[self.management_form.add_prefix(TOTAL_FORM_COUNT)] = str(self.total_form_count())
        self._queryset = [form.instance for form in self.initial_forms]


def error_links(form: GuardedForm, formsets: list[GuardedFormSet]) -> Iterator[tuple[str, str, str]]:
    """Yield all that is wrong: the id of the field where it is mended, what it is called, and the words."""
    for part in (form, *(inner for formset in formsets for inner in formset.forms)):
        of = "" if part is form else f"{part.instance._meta.verbose_name}“{part.instance}”的"
        for name, errors in part.errors.items():
            label = f"{of}{part.fields[name].label}" if name in part.fields else of.removesuffix("的")
            if name == getattr(part._meta.model, "shown_field", ""):
                name = part._meta.model.raw_field  # from which it follows
            bound = part[name] if name in part.fields else None
            yield from ((bound.id_for_label or bound.auto_id if bound else "", label, str(text)) for text in errors)
    yield from (("", "", str(text)) for formset in formsets for text in formset.non_form_errors())


class RecordInline(admin.StackedInline):
    """Rows inside a record's form, each guarded as the record itself is, and withdrawn in a form of its own.

    They are in reach where their parent is: `obj` is the parent.
    """

    form = GuardedForm
    formset = GuardedFormSet
    extra = 0
    can_delete = False
    show_change_link = True
    is_of_draft = may_withdraw = False  # of who opens which form: an inline is made for each request

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> tuple[str, ...]:
        self.is_of_draft = obj is not None and is_drafted(obj)
        self.may_withdraw = request.user.has_perm(f"pilots.{get_permission_codename('delete', self.opts)}")
        return (*super().get_readonly_fields(request, obj), "publication")

    @admin.display(description="公开情况")
    def publication(self, row: Any) -> str:
        """Whether readers may see the row, and where that is changed."""
        if row.is_withdrawn:
            return f"{date_format(row.withdrawn_on, 'Y年n月j日')}已撤下：{row.withdrawn_reason}"
        if self.is_of_draft:
            return "通知发布以前不公开。"
        if not row.pk:
            return "保存后公开。"
        if getattr(row, "is_issued", False):
            return "公开。通知印发的原文，不能单独撤下。"
        if not self.may_withdraw:
            return "公开。"
        return "公开。要撤下这一行，请点“修改”，在它自己的表单里撤下。"

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        """With what the rows refer to: a row that isn't touched must not cost a query."""
        single = [field.name for field in self.opts.fields if field.many_to_one]
        with whole_record():
            queryset = super().get_queryset(request)
        return queryset.filter(undrafted(request.user, self.model)).select_related(*single)

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return super().has_view_permission(request, obj) and reaches(request, obj, visible)

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return super().has_add_permission(request, obj) and reaches(request, obj, editable)

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return super().has_change_permission(request, obj) and reaches(request, obj, editable)

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return super().has_delete_permission(request, obj) and reaches(request, obj, editable)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return super().formfield_for_foreignkey(
            db_field, request, **foreign_key_options(self, db_field, request, kwargs)
        )

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return super().formfield_for_manytomany(db_field, request, **many_to_many_options(db_field, request, kwargs))

    def get_exclude(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        return without_notes(self, request, obj, super().get_exclude(request, obj))

    def formfield_for_dbfield(
        self, db_field: models.Field, request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        return field_for(db_field, super().formfield_for_dbfield, request, **kwargs)

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        may_write = self.has_change_permission(request, obj) or self.has_add_permission(request, obj)
        return [name for name in super().get_fields(request, obj) if may_write or name != OPENED]
