"""标为已核实: somebody has checked facts of a record against a source, and says which."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import display_for_field, lookup_field, unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from ..http.unsaved import REASON
from ..models import together
from ..models.sources import edit_problems, source_problems
from ..models.work_queue import InQueue, Problem
from .saving import edited_by
from .withdrawing import SeenForm

NONE = "—"


class VerifyForm(SeenForm):
    """Which of a row's problems are settled by a source, and the source. `row`: one that its queue has found."""

    problems = forms.MultipleChoiceField(label="已核对的事项", widget=forms.CheckboxSelectMultiple)

    field_order = ("problems", REASON)

    def __init__(self, row: InQueue, *args: Any, **kwargs: Any) -> None:
        super().__init__(row, *args, **kwargs)
        self.row = row
        self.known = {
            str(row.PROBLEMS.index(problem)): problem for problem in row.problems if problem.is_mended_by_a_source
        }
        self.fields["problems"].choices = [
            (key, f"{problem.text}{_facts(row, problem)}") for key, problem in self.known.items()
        ]
        self.fields[REASON].label = "出处"
        self.fields[REASON].help_text = "核对所依据的公开网址、文号或数据集（写明版本）。公开显示，勿写个人姓名。"

    def clean(self) -> dict[str, Any]:
        """Refuse what is no source of the facts that were ticked; a classification is this site's own."""
        cleaned = super().clean()
        kinds = self.row.source_fields
        if kinds and {"problems", REASON} <= cleaned.keys():
            with_data_sets = all(kinds.get(problem.source, True) for problem in self.chosen)
            for problem in source_problems(cleaned[REASON], with_data_sets=with_data_sets):
                self.add_error(REASON, problem)
        return cleaned

    @property
    def chosen(self) -> list[Problem]:
        """The problems that were ticked."""
        return [self.known[key] for key in self.cleaned_data["problems"]]


def _facts(row: models.Model, problem: Problem) -> str:
    """Return the facts that a problem is about as the record has them, for who compares them with the source."""
    return "；".join(f"{row._meta.get_field(name).verbose_name}：{_shown(row, name)}" for name in problem.facts)


def _with(sources: str, source: str) -> str:
    """Return a field of sources, one on each line, with one more; those before stand for what they said."""
    return "\n".join(dict.fromkeys([*sources.splitlines(), source]))


def _shown(row: models.Model, name: str) -> str:
    field, _, value = lookup_field(name, row)
    if field.many_to_many:
        return "、".join(str(related_row) for related_row in value.all()) or NONE
    return str(value or NONE) if field.many_to_one else str(display_for_field(value, field, NONE))


class VerifyingAdmin(admin.ModelAdmin):
    """A queue whose rows can be marked verified, with a source, by whoever may change the record behind them."""

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_verify"
        view = self.admin_site.admin_view(self.verify_view)
        return [path("<path:object_id>/verify/", view, name=name), *super().get_urls()]

    @admin.display(description="核实")
    def verify(self, row: InQueue) -> str:
        """The way to the page that marks a row verified; none where the form has to mend it."""
        if not any(problem.is_mended_by_a_source for problem in row.problems):
            return ""
        address = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_verify", args=[row.pk])
        return format_html('<a href="{}" aria-label="标为已核实…：{}">标为已核实…</a>', address, row)

    def verify_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask what was checked and against which source, and mark it."""
        with edited_by(request), together():
            row = self._waiting(request, unquote(object_id))
            if row is None:
                self.message_user(request, "这条记录不在待核实之列，可能已由同事核实。", messages.INFO)
                return HttpResponseRedirect(self._list())
            form = VerifyForm(row, request.POST if request.method == "POST" else None)
            if not form.is_valid() or not self._marked(row, form):
                return self._asked(request, row, form)
        self.message_user(request, f"“{row}”已标为核实。", messages.SUCCESS)
        return HttpResponseRedirect(self._list())

    def _waiting(self, request: HttpRequest, pk: str) -> InQueue | None:
        """Return the row, locked where it is about to be written; refuse whom its form would refuse."""
        row = self.get_object(request, pk)
        behind = self.admin_site.get_model_admin(self.model._meta.concrete_model)
        if not behind.has_change_permission(request, row):
            raise PermissionDenied
        if row is None or request.method != "POST":
            return row
        list(self.model._base_manager.select_for_update(no_key=True).filter(pk=row.pk).values_list("pk"))
        return self.get_object(request, pk)

    @staticmethod
    def _marked(row: InQueue, form: VerifyForm) -> bool:
        """Write what was ticked, as an edit of the record itself; where the record refuses, tell the form."""
        record = row._meta.concrete_model._base_manager.get(pk=row.pk)
        values: dict[str, Any] = {
            problem.source: _with(getattr(record, problem.source), form.cleaned_data[REASON])
            for problem in form.chosen
            if problem.source
        }
        for problem in form.chosen:
            values |= problem.verified
        before = vars(record).copy()
        for name, value in values.items():
            setattr(record, name, value)
        try:
            record.full_clean()
        except ValidationError as error:
            form.add_error(None, [f"不能标为已核实：{message}" for message in error.messages])
        for name, problem in edit_problems(type(record), before | values, set(values)):
            form.add_error(REASON if name in values else None, problem)
        if form.is_valid():
            record.save(update_fields=list(values))
        return form.is_valid()

    def _list(self) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

    def _asked(self, request: HttpRequest, row: InQueue, form: VerifyForm) -> HttpResponse:
        record = row._meta.concrete_model
        context = self.admin_site.each_context(request) | {
            "opts": self.opts,
            "original": row,
            "form": form,
            "title": f"核实：{row}",
            "form_url": reverse(f"admin:pilots_{record._meta.model_name}_change", args=[row.pk]),
        }
        return TemplateResponse(request, "admin/verify.html", context).render()
