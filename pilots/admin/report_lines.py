"""The lines inside the form of a report: shown as what was sent last has them, written by each member of the area."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest

from ..history.recording import save_update
from ..models import Progress, ReportLine
from ..pages.corrections import has_personal_number
from ..record.reports import prefill
from .inlines import GuardedFormSet, RecordInline
from .merging import GuardedForm

SEND = "_send"  # the button of the form that sends the report


def without_personal_number(text: str) -> None:
    """Refuse words for readers that have a person's number."""
    if has_personal_number(text):
        raise ValidationError("里面像有身份证号或手机号。报告会公开，请删去。")


class LineForm(GuardedForm):
    """A line of a report, which needs its progress once that is sent."""

    def clean(self) -> dict[str, Any]:
        cleaned_data: Any = super().clean()
        priority = self.instance.priority if self.instance.priority_id else None
        if SEND in self.data and priority and not priority.is_withdrawn and not cleaned_data.get("progress"):
            self.add_error("progress", "还没有选进展。")
        return cleaned_data


class LineFormSet(GuardedFormSet):
    """The lines of a report; those of a draft that nobody has filled in are shown as what was sent last has them."""

    prefilled: Any = None

    def get_queryset(self) -> Any:
        rows = super().get_queryset()
        if self.prefilled is None:
            self.prefilled = prefill(self.instance, rows)
        return rows

    def save(self, commit: bool = True) -> Any:
        """Write what was shown, too, not only what was changed of it: now it is the area's own."""
        done = super().save(commit)
        for line in self.prefilled:
            save_update(line, ["progress", "text", "document"])
        return done


class LineInline(RecordInline):
    """The lines of a report: as many as its area has priorities."""

    model, form, formset = ReportLine, LineForm, LineFormSet
    template = "admin/reports/lines.html"
    fields = ("progress", "text", "document", "opened")
    ordering = ("priority__number",)

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> tuple[str, ...]:
        return ()

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.is_open)

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        vars(request)["report"] = obj
        return super().get_formset(request, obj, **kwargs)

    def formfield_for_dbfield(
        self, db_field: models.Field, request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        """One click for how far it is, room for words, and the documents of the area alone."""
        if db_field.name == "progress":
            kwargs |= {"widget": forms.RadioSelect, "choices": Progress.choices}
        field: Any = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "text":
            field.widget = forms.Textarea({"rows": 2})  # a longer one is refused with a word, not cut
            field.validators.append(without_personal_number)
        if db_field.name == "document" and (report := vars(request).get("report")):
            field.queryset = field.queryset.filter(region=report.region_id)
            field.widget, field.empty_label = forms.Select(), "（不选）"
            field.widget.choices = field.choices
        return field
