"""The lines of reports: in the form of one, shown as what was sent last has them, written by each member of the area;
and all of them, as a list that goes out as a table and comes back filled in."""

from dataclasses import replace
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse

from ..exports import tables
from ..history.recording import save_update
from ..http.unsaved import REASON
from ..models import Progress, Report, ReportLine
from ..models.reports import BEING_WRITTEN
from ..models.tracking import is_together
from ..pages.corrections import has_personal_number
from ..record.reports import notices_in_force, prefill
from .bulk import Filled, Refusal, Wanted
from .importing import ImportAdmin
from .inlines import GuardedFormSet, RecordInline
from .merging import GuardedForm
from .permissions import EDIT, editable
from .record import RecordAdmin
from .withdrawing import WithdrawnFilter

SEND = "_send"  # the button of the form that sends the report
FILLED = "填写报送内容"  # why a table is brought, unless its person says more


def without_personal_number(text: str) -> None:
    """Refuse words for readers that have a person's number."""
    if has_personal_number(text):
        raise ValidationError("里面像有身份证号或手机号。报告会公开，请删去。")


class LineForm(GuardedForm):
    """A line of a report, which needs its progress once that is sent."""

    def clean(self) -> dict[str, Any]:
        cleaned_data: Any = super().clean()
        priority = self.instance.priority if self.instance.priority_id else None
        is_missing = not cleaned_data.get("progress") and "progress" not in self.errors  # as of one in conflict
        if SEND in self.data and priority and not priority.is_withdrawn and is_missing:
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


class StandingFilter(WithdrawnFilter):
    """What is withdrawn; what isn't need not be public."""

    title = "撤下情况"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("no", "没有撤下"), ("yes", "已撤下")]


class OfReports(RecordAdmin):
    """What reports consist of: nobody adds to it, what is due is begun; and most of it is not public. Its area writes
    it, who may edit everywhere answers it: nobody publishes words of her own as an area's."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and not request.user.has_perm(EDIT)

    def export_columns(self, request: HttpRequest) -> list[tables.Column]:
        """Give the ministry, which writes none of it, all that its list has."""
        return tables.columns(self.model) if request.user.has_perm(EDIT) else super().export_columns(request)

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        return [StandingFilter if item is WithdrawnFilter else item for item in super().get_list_filter(request)]


@admin.register(ReportLine)
class LineAdmin(OfReports, ImportAdmin):
    """The lines of all reports, as a list to look through and to take along, and to fill in as a table."""

    import_key = ("region__slug", "report", "priority")
    import_fixed = ("region",)
    list_display = ("report", "region", "state", "priority", "progress", "document", "text")
    list_display_links = ("priority",)
    list_filter = ("progress", "report__state", "report__year", "report__period")
    list_select_related = ("report", "region", "priority", "document")
    search_fields = ("text", "region__name")
    ordering = ("-report__year", "-report__period", "region__serial", "priority__number")
    fields = ("progress", "text", "document", "opened", "edit_reason")
    autocomplete_fields = ("document",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Look at its report, which nobody sends while a line is written."""
        reports: Any = Report._base_manager.order_by()
        reports = reports.select_for_update(no_key=True) if is_together() else reports
        return super().has_change_permission(request, obj) and (obj is None or reports.get(pk=obj.report_id).is_open)

    def may_delete(self, request: HttpRequest, row: models.Model | None) -> bool:
        return False  # it goes with its report

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = super().get_queryset(request)
        return rows.exclude(report__state__in=BEING_WRITTEN) if request.user.has_perm(EDIT) else rows

    # As a table.

    def export_columns(self, request: HttpRequest) -> list[tables.Column]:
        """Fill in what the form of a report fills in: brought back, it is the area's own, as if saved there."""
        lines: dict[int, ReportLine] = {}
        drafts = Report.all_objects.filter(editable(request.user, Report), state="draft", withdrawn_on=None)
        for report in drafts if self.has_change_permission(request) else ():
            rows = ReportLine.all_objects.filter(report=report).select_related("document")
            lines |= {line.pk: line for line in prefill(report, rows)}

        def as_shown(column: tables.Column) -> tables.Column:
            return replace(column, value=lambda row: column.value(lines.get(row.pk, row)))

        filled_in = ("progress", "text", "document")
        columns = super().export_columns(request)
        return [as_shown(column) if column.name in filled_in else column for column in columns]

    def _forms(self, request: HttpRequest, edits: list[Wanted]) -> tuple[list[Filled], list[Refusal]]:
        """Refuse, too, what the form of the report would: it was sent, its period is closed, or words say nothing of
        how far the priority is."""
        filled, refusals = super()._forms(request, edits)
        periods = {(notice.pk, *row[1:]) for notice in notices_in_force().values() for row in notice.periods}
        for edit, form, _ in filled:
            line: Any = form.instance
            if not line.report.is_open:
                state = "已撤下" if line.report.is_withdrawn else line.report.get_state_display()
                refusals.append((edit.number, f"{line.report}{state}，不能再改。"))
            elif (line.region.notice_id, line.report.year, line.report.period) not in periods:
                refusals.append((edit.number, f"{line.report}的报送已经关闭，不能再填。"))
            elif form.is_valid() and line.is_filled and not line.progress:
                refusals.append((edit.number, "“进展”：还没有选进展。"))
        return filled, refusals

    def _write(self, request: HttpRequest, edits: list[Wanted], reason: str) -> HttpResponse:
        """Hold on to the reports: nobody sends one, nor answers it, while its lines are written."""
        reports = ReportLine._base_manager.filter(pk__in=[edit.pk for edit in edits]).values("report")
        locked = Report._base_manager.select_for_update(no_key=True).filter(pk__in=reports)
        list(locked.order_by("pk").values("pk"))
        return super()._write(request, edits, reason)

    def _page(self, request: HttpRequest, **context: Any) -> HttpResponse:
        """Ask for no reason: the form of a report asks for none."""
        about = {"reason": request.POST.get(REASON) or FILLED, "is_internal": True}
        return super()._page(request, **about | context)

    @admin.display(description="状态", ordering="report__state")
    def state(self, line: ReportLine) -> str:
        """How its report stands: what is a draft isn't taken for what was sent."""
        return line.report.get_state_display()

    def formfield_for_dbfield(
        self, db_field: models.Field, request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        field: Any = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "text":
            field.validators.append(without_personal_number)
        return field
