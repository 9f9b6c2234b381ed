"""One column of all rows of an area on one screen, filled and saved at once: each row through its own form, as `bulk`
has it, against what the screen showed.
"""

import re
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse

from ..http.unsaved import REASON, WAS, signature
from ..models import Region, together
from ..models.characters import cleaned
from ..models.recorded import own_field
from . import drafts
from .bulk import Refusal, Wanted
from .fields import comparable, is_key, posted_value
from .importing import ImportAdmin
from .permissions import editable
from .saving import RACES, REASON_LENGTH, edited_by, reason_problem

Touched = dict[int, tuple[str, str]]  # of rows, by primary key: what the screen showed, and what came back

UNSTAGED = "none"


class ColumnAdmin(ImportAdmin):
    """Rows of areas, in stages, of which a column can be filled for an area: one of `columns`, else the first."""

    columns: tuple[str, ...] = ()

    def get_urls(self) -> list[Any]:
        view: Any = self.admin_site.admin_view(self.column_view)
        view.model_admin, view.is_of_many = self, True
        return [path("column/", view, name=f"pilots_{self.opts.model_name}_column"), *super().get_urls()]

    def column_view(self, request: HttpRequest) -> HttpResponse:
        """Show a column of an area's rows, of one stage or all, or save what was filled in."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        pk, column = request.GET.get("region", ""), request.GET.get("column") or self.columns[0]
        areas = Region.all_objects.filter(editable(request.user, Region), pk=int(pk) if is_key(pk) else 0)
        area = areas.first()
        if area is None or column not in self.columns:
            raise Http404
        if answer := drafts.answer(self, request, None):
            return answer
        shown_request = drafts.opened(self, request, None) or request
        draft = getattr(shown_request, "draft", None)
        rows: list[Any] = list(
            self.get_queryset(request)
            .filter(region=area, withdrawn_on=None)
            .select_related("document")
            .order_by("position")
        )
        form_class = self._form_class(request, rows[0] if rows else None, "")
        touched, refusals = _touched(shown_request, form_class.base_fields[column], column), list[Refusal]()
        if request.method == "POST":
            refusals = self._save_column(request, rows, column, touched)
            if not refusals:
                drafts.of_form(request).delete()
                return HttpResponseRedirect(request.get_full_path())
            drafts.store(request)
        stage = request.GET.get("stage", "")
        stages = [("", "全部"), *own_field(self.model, "stage").flatchoices, (UNSTAGED, "没有写阶段")]
        counts = [(key, label, sum(key in ("", row.stage or UNSTAGED) for row in rows)) for key, label in stages]
        context = {
            "opts": self.opts,
            "title": f"{area.short_name}的{self.opts.verbose_name}",
            "area": area,
            "area_address": reverse("admin:pilots_region_change", args=[area.pk]),
            "stage": stage,
            "stages": [item for item in counts if item[2] or item[0] != UNSTAGED],
            "column": column,
            "label": own_field(self.model, column).verbose_name,
            "columns": [(name, own_field(self.model, name).verbose_name) for name in self.columns],
            "lines": [
                _line(form_class, row, column, touched.get(row.pk), dict(refusals), bool(draft))
                for row in rows
                if stage in ("", row.stage or UNSTAGED) or row.pk in touched
            ],
            "refusals": [text for number, text in refusals if not number],
            "is_refused": bool(refusals),
            "draft": draft,
            "signature": signature(request),
            "reason": shown_request.POST.get(REASON, ""),
            "reason_length": REASON_LENGTH,
        }
        return TemplateResponse(request, "admin/column.html", self.admin_site.each_context(request) | context)

    def _save_column(self, request: HttpRequest, rows: Iterable[Any], column: str, touched: Touched) -> list[Refusal]:
        """Save what was filled in; return what stands against it, by the row's primary key (0: all), if anything."""
        reason = request.POST.get(REASON, "")
        refusals = [
            (0, f"有一行同时被删除或撤下，您在那里填的是：{touched[pk][1]}")
            for pk in touched.keys() - {row.pk for row in rows}
        ]
        if touched and (problem := reason_problem(cleaned(reason).strip())):
            refusals.append((0, f"请写明更正说明。{problem}"))
        if refusals:
            return refusals
        edits = [Wanted(pk, pk, {column: value}, {column: was}) for pk, (was, value) in touched.items()]
        try:
            with edited_by(request), together():
                response = self._write(request, edits, reason)
        except RACES as race:
            return [(0, f"没有保存：与同时进行的修改冲突（{type(race).__name__}）。请再保存一次。")]
        context = getattr(response, "context_data", None) or {}
        return [(pk, text.replace("在试运行之后", "在您打开之后")) for pk, text in context.get("refusals", ())]


def _touched(request: HttpRequest, field: Any, column: str) -> Touched:
    """Return what came back of the rows that this person changed."""
    pks = [name.removesuffix(f"-{WAS}") for name in request.POST if re.fullmatch(rf"[0-9]{{1,18}}-{WAS}", name)]
    texts = {int(pk): (request.POST[f"{pk}-{WAS}"], request.POST.get(f"{pk}-{column}", "")) for pk in pks}
    values = {pk: (was, posted_value(field, text)) for pk, (was, text) in texts.items()}
    return {pk: (was, value) for pk, (was, value) in values.items() if value != was}


def _line(
    form_class: Any, row: Any, column: str, touched: tuple[str, str] | None, refusals: dict[int, str], is_draft: bool
) -> dict[str, Any]:
    """Return a row as the screen has it: with what was filled in, and what is wrong with it. A draft stays against
    what its screen showed, so that saving it tells of what a colleague changed since."""
    error = refusals.get(row.pk, "")
    bound = form_class(instance=row, prefix=str(row.pk), initial={column: touched[1]} if touched else {})[column]
    attributes = {"aria-describedby": f"error-{row.pk}", "aria-invalid": "true"} if error else {}
    now = touched[0] if touched and is_draft else comparable(form_class(instance=row).initial[column])
    return {"row": row, "field": bound, "box": bound.as_widget(attrs=attributes), "now": now, "error": error}
