"""Which rows a person may see and change, and what of them.

Who may edit everywhere (部委编辑) is not held back, and alone sees drafts of new notices. Everybody else reaches the
areas of the provinces they answer for, with what hangs on them; who may see everywhere (只读) sees the others too.
Every question goes to the database.
"""

import re
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import get_fields_from_path
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import ValidationError
from django.db.models import Exists, ForeignKey, ManyToManyField, Model, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse

from ..http import errors
from ..models import Province, Region, in_provinces, whole_record, with_drafts
from ..models.recorded import Recorded, is_of_region
from .fields import is_key
from .searching import with_found

SEE, EDIT = "pilots.see_everywhere", "pilots.edit_everywhere"
# What may follow the name of a declared filter in an address.
_LOOKUPS = frozenset({"exact", "in", "isnull", "isempty", "id__exact", "gte", "lt", "year", "month", "day"})


def units(user: Any) -> list[int]:
    """Return the primary keys of the units that a person answers for: those named, and the units inside them."""
    if not hasattr(user, "_units"):
        condition = Q(officials__user=user.pk) | Q(parent__officials__user=user.pk)
        areas = Region.all_objects.filter(Q(province=OuterRef("pk")) | Q(partners=OuterRef("pk")))
        rows = Province.objects.filter(condition).order_by("pk").distinct().values_list("pk", Exists(areas))
        user._units, user._has_areas = [pk for pk, _ in rows], any(has_areas for _, has_areas in rows)
    return user._units


def editable(user: Any, model: type[Model]) -> Q:
    """Return the condition that `user` may change a row of `model`, if their role may change such rows at all."""
    concrete = model._meta.concrete_model or model
    if user.has_perm(EDIT):
        return Q()
    if concrete is Region:
        return in_provinces(units(user)) & Region.issued_if
    if is_of_region(concrete):
        return Q(region__in=Region.all_objects.in_provinces(units(user)))
    if concrete is Province:
        return Q(pk__in=units(user))
    return undrafted(user, concrete)  # what else there is isn't divided by province


def undrafted(user: Any, model: type[Model]) -> Q:
    """Return the condition that a row of `model` is of no draft, for whom drafts are none of their business."""
    return Q() if user.has_perm(EDIT) else getattr(model, "issued_if", Q())


def visible(user: Any, model: type[Model]) -> Q:
    """Return the condition that `user` may see a row of `model`, if their role may see such rows at all."""
    return undrafted(user, model) if user.has_perm(SEE) else editable(user, model)


def told(user: Any, model: type[Model]) -> Q:
    """Return the condition that an entry of the history, of a row of `model` that is gone, is for `user` to know."""
    if user.has_perm(SEE) or not visible(user, model):
        return Q()
    return Q(
        edit__subject_kind="region",
        edit__subject_id__in=Region.all_objects.filter(visible(user, Region)).values("pk"),
    )


def reaches(request: HttpRequest, obj: Model | None, rule: Any) -> bool:
    """Return whether the row of `obj` in the database meets `rule` (`editable` or `visible`); asked once."""
    if obj is None or obj.pk is None:
        return True
    answers = request.__dict__.setdefault("_reached", {})
    key = (rule.__name__, obj._meta.label, obj.pk)
    if key not in answers:
        answers[key] = holds(request, obj, rule)
    return answers[key]


def holds(request: HttpRequest, obj: Model, rule: Any) -> bool:
    """Return whether the row of `obj`, as it is in the database now, meets `rule`."""
    condition = rule(request.user, type(obj))
    return not condition or type(obj)._base_manager.filter(condition, pk=obj.pk).exists()


class KeptChoice(forms.ModelChoiceField):
    """A link to one of those that the person may choose; one that they may not choose can't be cut either."""

    queryset: Any
    out_of_scope_pk: int | None = None

    def get_bound_field(self, form: Any, field_name: str) -> forms.BoundField:
        linked_pk = form.instance.pk and form.instance.serializable_value(field_name)
        if linked_pk and not self.queryset.filter(pk=linked_pk).exists():
            self.out_of_scope_pk = linked_pk
            self.queryset = self.queryset.model._base_manager.filter(pk=linked_pk)
        return super().get_bound_field(form, field_name)

    def clean(self, value: Any) -> Any:
        return super().clean(self.out_of_scope_pk if value in self.empty_values else value)


class Choices(forms.ModelMultipleChoiceField):
    """Links. A number beyond what a row can have is none of them; SQLite can't even be asked for it."""

    def clean(self, value: Any) -> QuerySet:
        try:
            return super().clean(value)
        except OverflowError:
            beyond = next(key for key in value if not is_key(key))
            message = self.error_messages["invalid_choice"]
            raise ValidationError(message, code="invalid_choice", params={"value": beyond}) from None


class KeptChoices(Choices):
    """Links to some of those that the person may choose; links to others stay, whatever is posted."""

    queryset: Any
    out_of_scope_pks: tuple[int, ...] = ()

    def get_bound_field(self, form: Any, field_name: str) -> forms.BoundField:
        if form.instance.pk:
            linked_pks = set(getattr(form.instance, field_name).values_list("pk", flat=True))
            self.out_of_scope_pks = tuple(
                linked_pks.difference(self.queryset.filter(pk__in=linked_pks).values_list("pk", flat=True))
            )
        if self.out_of_scope_pks:
            self.help_text = f"{self.help_text}另有 {len(self.out_of_scope_pks)} 项不在您的职权内，保存时保留。"
        return super().get_bound_field(form, field_name)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(initial, {*map(str, data or ()), *map(str, self.out_of_scope_pks)})

    def clean(self, value: Any) -> Any:
        out_of_scope_keys = set(map(str, self.out_of_scope_pks))
        chosen = super().clean([key for key in value or () if str(key) not in out_of_scope_keys])
        return self.queryset.model._base_manager.filter(pk__in=[*self.out_of_scope_pks, *(row.pk for row in chosen)])


class Autocomplete(AutocompleteSelect):
    """A choice found by typing. What can't be the number of a row chooses none; the stock widget falls over it."""

    def optgroups(self, name: str, value: Any, attr: Any = None) -> list[Any]:
        return super().optgroups(name, [key for key in value if is_key(key)], attr)


def foreign_key_options(options: Any, db_field: ForeignKey, request: HttpRequest, kwargs: dict[str, Any]) -> Any:
    """Return what the form field of a link is made with: what is in reach to choose from, found by typing."""
    kwargs = _narrowed(db_field, request, KeptChoice) | kwargs
    if db_field.name in options.get_autocomplete_fields(request):
        kwargs.setdefault("widget", Autocomplete(db_field, options.admin_site, using=kwargs.get("using")))
    return kwargs


def many_to_many_options(db_field: ManyToManyField, request: HttpRequest, kwargs: dict[str, Any]) -> dict[str, Any]:
    """Return what the form field of links is made with: a box to tick for each that is in reach."""
    boxes = {"form_class": Choices, "widget": forms.CheckboxSelectMultiple}
    return boxes | _narrowed(db_field, request, KeptChoices) | kwargs


def _narrowed(db_field: Any, request: HttpRequest, form_class: type[forms.Field]) -> dict[str, Any]:
    """Return what the form field of a link needs where the person may not choose everything."""
    model = db_field.remote_field.model
    condition = editable(request.user, model)
    if condition:
        return {"queryset": model._default_manager.filter(condition), "form_class": form_class}
    if not getattr(model, "issued_if", None):
        return {}
    with with_drafts():
        return {"queryset": model._default_manager.all()}


def without_notes(options: Any, request: HttpRequest, obj: Model | None, exclude: Any) -> Any:
    """Return what a form leaves out: notes, too, for who may not change the row."""
    internal_fields = options.model.internal_fields
    if not internal_fields or options.has_change_permission(request, obj):
        return exclude
    return [*(exclude or ()), *internal_fields]


class ScopedAdmin(admin.ModelAdmin):
    """An admin of rows in reach: who may not see everywhere sees what belongs to their provinces."""

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        with whole_record():
            queryset = super().get_queryset(request)
        return queryset.filter(visible(request.user, self.model))

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, term: str) -> tuple[QuerySet, bool]:
        rows, may_be_twice = super().get_search_results(request, queryset, term)
        if not term.strip() or not self.get_search_fields(request) or not issubclass(self.model, Recorded):
            return rows, may_be_twice
        return with_found(queryset, rows, term), False

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return super().has_view_permission(request, obj) and reaches(request, obj, visible)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Offer parts of areas to nobody who has no area: whatever she chose would be refused."""
        if not super().has_add_permission(request) or not is_of_region(self.model) or request.user.has_perm(EDIT):
            return super().has_add_permission(request)
        user: Any = request.user
        return bool(units(user)) and bool(user._has_areas)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return super().has_change_permission(request, obj) and reaches(request, obj, editable)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return super().has_delete_permission(request, obj) and reaches(request, obj, editable)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "_saveasnew" in request.POST:  # no page offers it, but Django heeds it, past what the row may be
            posted = request.POST.copy()
            del posted["_saveasnew"]
            request.POST = posted  # type: ignore[assignment]  # the stubs have Django's own kind, which is frozen
        return super().changeform_view(request, *args, **kwargs)

    def formfield_for_foreignkey(self, db_field: ForeignKey, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs = foreign_key_options(self, db_field, request, kwargs)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field: ManyToManyField, request: HttpRequest, **kwargs: Any) -> Any:
        return super().formfield_for_manytomany(db_field, request, **many_to_many_options(db_field, request, kwargs))

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        """Offer what occurs in the list only: the names of other rows are nobody's business."""
        return [
            (item, admin.RelatedOnlyFieldListFilter)
            if isinstance(item, str) and get_fields_from_path(self.model, item)[-1].is_relation
            else item
            for item in super().get_list_filter(request)
        ]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Allow what the list's own filters ask, and nothing else: a note could be guessed letter by letter."""
        declared = [
            item if isinstance(item, str) else item[0] if isinstance(item, list | tuple) else item.parameter_name
            for item in self.get_list_filter(request)
        ]
        if self.date_hierarchy:
            declared.append(self.date_hierarchy)
        return any(
            lookup == name or (lookup.startswith(f"{name}__") and lookup.removeprefix(f"{name}__") in _LOOKUPS)
            for name in declared
        )

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Return the list, or what is wrong with its address: numbers and years beyond all that there can be."""
        values = [value for name, value in request.GET.items() if name not in ("q", "p")]
        is_beyond = any(re.search(r"\d{19}", str(value)) for value in values)  # PostgreSQL would just find nothing
        try:
            if not is_beyond:
                return super().changelist_view(request, *args, **kwargs)
        except OverflowError:
            pass
        return errors.bad_query(request, "网址里有过大的数，列表无法按它筛选。")


class ReadOnlyAdmin(ScopedAdmin):
    """An admin in which nobody adds, changes or deletes anything."""

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    has_add_permission = has_delete_permission = has_change_permission
