"""The 历史 page of a record, by the record's own rules; and the way back to an earlier value, by the form's."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import models
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from ..history.edits import Line, of_page
from ..http.unsaved import REASON
from ..models import Edit, HistoryEntry
from ..models.history import MOST_DIGITS
from ..models.received import Received

PAGE_SIZE = 50


class HistoryPages(admin.ModelAdmin):
    """A record whose history can be read, by whoever may see the record, and earlier values taken up again."""

    object_history_template = "admin/pilots/record_history.html"  # accounts keep the stock page

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the edits of one record, its rows and links. What isn't this person's to see is not there for her."""
        row = self.get_object(request, unquote(object_id))
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_view_or_change_permission(request, row):
            raise PermissionDenied
        entries = self._entries(row)
        page = Paginator(Edit.objects.of_entries(entries), PAGE_SIZE).get_page(request.GET.get("p"))
        page_edits = of_page(page.object_list, entries, for_readers=False)
        if not self.has_change_permission(request, row):
            _without_notes(page_edits)
        self._offer(request, page_edits, row)
        return super().history_view(
            request,
            object_id,
            {
                "edits": page_edits,
                "page": page,
                "page_range": page.paginator.get_elided_page_range(page.number),
                "shows_address": request.user.has_perm("pilots.view_address"),
                **(extra_context or {}),
            },
        )

    def _entries(self, row: models.Model) -> models.QuerySet:
        """Return what was written of a row, of the rows that belong to it, and of those that its form shows."""
        model = self.model._meta.concrete_model
        kind = model._meta.model_name
        row_condition = Q(content_type=ContentType.objects.get_for_model(model), object_id=row.pk)
        condition = row_condition | Q(edit__subject_kind=kind, edit__subject_id=row.pk)
        for inline in self.inlines:
            if inline.model.belongs_to != kind:
                [link] = [field for field in inline.model._meta.fields if field.related_model is model]
                rows = inline.model._base_manager.filter(**{link.name: row.pk}).values("pk")
                condition |= Q(content_type=ContentType.objects.get_for_model(inline.model), object_id__in=rows)
        return HistoryEntry.objects.filter(condition).select_related("edit__actor", "content_type")

    def _offer(self, request: HttpRequest, page_edits: list[Edit], row: models.Model) -> None:
        """Give each changed field of a row that this person may change the address where its earlier value waits."""
        if not self.has_change_permission(request, row):
            return
        for edit in page_edits:
            for item in edit.items:
                options = self.admin_site._registry.get(item.entry.content_type.model_class())
                if options and item.verb == "更正" and options.has_change_permission(request):
                    for line in item.lines.values():
                        line.restore = restore_address(line) if _is_editable(line) else ""

    def get_form(
        self, request: HttpRequest, obj: models.Model | None = None, change: bool = False, **kwargs: Any
    ) -> type:
        form = super().get_form(request, obj, change=change, **kwargs)
        if obj is not None and request.method == "GET":
            form.restored = self._earlier(request, obj)
        return form

    def _earlier(self, request: HttpRequest, row: models.Model) -> dict[str, Any]:
        """Return the earlier value that is asked for (`?restore=<entry>&field=<name>`) with a reason, or nothing.

        Only shown in the form: it is saved as any other edit is, by its rules.
        """
        number, name = request.GET.get("restore", ""), request.GET.get("field", "")
        if not number.isdecimal() or len(number) > MOST_DIGITS:
            return {}
        model = ContentType.objects.get_for_model(self.model)
        entry = HistoryEntry.objects.filter(pk=int(number), content_type=model, object_id=row.pk).first()
        if entry is None or name not in entry.changes:
            return {}
        label = self.model._meta.get_field(name).verbose_name
        day = date_format(timezone.localtime(entry.timestamp), "Y年n月j日")
        before = {
            field_name: entry.before(field_name)
            for field_name in _with(self.model, name)
            if field_name in entry.changes
        }
        return before | {REASON: f"恢复{day}改动之前的{label}"}


def _without_notes(page_edits: list[Edit]) -> None:
    """Take the notes out that only those read who may change the row, and rows of which nothing else changed."""
    for edit in page_edits:
        for item in edit.items:
            notes = item.entry.content_type.model_class().internal_fields
            item.lines = {name: line for name, line in item.lines.items() if name not in notes}
        edit.items = [item for item in edit.items if item.lines]
    page_edits[:] = [edit for edit in page_edits if edit.items]


def _with(model: type[models.Model], name: str) -> tuple[str, ...]:
    """Return the fields that go back with `name`, where one edit changed them: facts with their source."""
    words = (model.raw_field, model.shown_field) if issubclass(model, Received) else ()
    facts = ((source, status, *names) for source, (status, names) in model.sourced.items())
    groups = (tuple(filter(None, group)) for group in (words, *facts))
    return next((group for group in groups if name in group), (name,))


def _is_editable(line: Line) -> bool:
    """Return whether a field is changed by its row's form; withdrawing has a page of its own."""
    return line.entry.content_type.model_class()._meta.get_field(line.name).editable


def restore_address(line: Line) -> str:
    """Return where the earlier value of a field waits in the form of its row."""
    kind = line.entry.content_type
    form = reverse(f"admin:{kind.app_label}_{kind.model}_change", args=[line.entry.object_id])
    return f"{form}?restore={line.entry.pk}&field={line.name}"
