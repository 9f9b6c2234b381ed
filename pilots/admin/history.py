"""The 历史 page of a record, by the record's own rules; and the way back to an earlier value, by the form's."""

from typing import Any

from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.core.paginator import Paginator
from django.db import models
from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from ..history.edits import Item, Line, of_page
from ..http.unsaved import REASON
from ..models import Edit, HistoryEntry, ReportLine
from ..models.history import MOST_DIGITS
from ..models.received import bound_fields
from ..models.recorded import own_field
from ..models.reports import BEING_WRITTEN
from .permissions import EDIT, ScopedAdmin
from .saving import RESTORED

PAGE_SIZE = 50
UPDATE = HistoryEntry.Action.UPDATE


def history_page(options: Any, request: HttpRequest, row: models.Model) -> dict[str, Any]:
    """Return what the page shows: edits of the record, its rows and links, as far as this person may know of them."""
    entries = entries_of(options, row)
    if request.user.has_perm(EDIT):  # what is being written is the area's own
        lines = ReportLine._base_manager.filter(report__state__in=BEING_WRITTEN).values("pk")
        entries = entries.exclude(content_type__model="reportline", object_id__in=lines)
    page = Paginator(Edit.objects.of_entries(entries), PAGE_SIZE).get_page(request.GET.get("p"))
    page_edits = of_page(page.object_list, entries, for_readers=False)
    if options.has_change_permission(request, row):
        _offer_earlier_values(options.admin_site, request, page_edits)
    elif not ScopedAdmin.has_change_permission(options, request, row):  # of a report that was sent she reads all
        _without_notes(page_edits)
    return {
        "edits": page_edits,
        "page": page,
        "page_range": page.paginator.get_elided_page_range(page.number),
        "shows_address": request.user.has_perm("pilots.view_address"),
    }


def entries_of(options: admin.ModelAdmin, row: models.Model) -> models.QuerySet:
    """Return what was written of a row, of the rows that belong to it, and of those that its form shows."""
    model = options.model._meta.concrete_model
    kind = model._meta.model_name
    row_condition = Q(content_type=ContentType.objects.get_for_model(model), object_id=row.pk)
    condition = row_condition | Q(edit__subject_kind=kind, edit__subject_id=row.pk)
    for inline in options.inlines:
        if inline.model.belongs_to != kind:
            [link] = [field for field in inline.model._meta.fields if field.related_model is model]
            rows = inline.model.all_objects.order_by().filter(**{link.name: row.pk}).values("pk")
            condition |= Q(content_type=ContentType.objects.get_for_model(inline.model), object_id__in=rows)
    return HistoryEntry.objects.filter(condition).select_related("edit__actor", "edit__reviewer", "content_type")


def _offer_earlier_values(site: admin.AdminSite, request: HttpRequest, page_edits: list[Edit]) -> None:
    """Give each changed field of a row that this person may change the address where its earlier value waits."""
    for edit in page_edits:
        for item in edit.items:
            options = site._registry.get(item.entry.content_type.model_class())
            if options and item.verb == "更正" and options.has_change_permission(request):
                lines = [  # withdrawing has a page of its own
                    line for line in item.lines.values() if own_field(options.model, line.name).editable
                ]
                for line in lines:
                    line.restore = f"{_form_of(options, item, [line])}?restore={line.entry.pk}&field={line.name}"
                if len(lines) > 1:
                    item.restore = f"{_form_of(options, item, lines)}?restore={lines[0].entry.pk}"


def _form_of(options: Any, item: Item, lines: list[Line]) -> str:
    """Return where the smallest form of a row is that has all fields of `lines`."""
    names = {name for line in lines for name in bound_fields(options.model, line.name)}
    page = next((part for part, (_, fields) in options.parts.items() if names <= {*fields}), "change")
    kind = item.entry.content_type
    return reverse(f"admin:{kind.app_label}_{kind.model}_{page}", args=[item.entry.object_id])


def earlier_values(request: HttpRequest, row: models.Model) -> dict[str, Any]:
    """Return the earlier value that is asked for (`?restore=<entry>&field=<name>`) with a reason, or nothing.

    Without a field: all that the edit of that entry changed in the row.

    Only shown in the form: it is saved as any other edit is, by its rules.
    """
    number, name = request.GET.get("restore", ""), request.GET.get("field")
    if not number.isdecimal() or len(number) > MOST_DIGITS:
        return {}
    model: Any = type(row)
    kind = ContentType.objects.get_for_model(model)
    entry = HistoryEntry.objects.filter(pk=int(number), content_type=kind, object_id=row.pk).first()
    if entry is None or name not in (None, *entry.changes):
        return {}
    day = date_format(timezone.localtime(entry.timestamp), "Y年n月j日")
    if name is None:
        updates = HistoryEntry.objects.filter(edit=entry.edit, content_type=kind, object_id=row.pk, action=UPDATE)
        values: dict[str, Any] = {}
        for update in updates.order_by("-pk"):
            values |= {n: update.before(n) for n in update.changes if own_field(model, n).editable}
        return values and values | {REASON: RESTORED.format(day, "内容")}
    label = own_field(model, name).verbose_name
    before = {
        field_name: entry.before(field_name)
        for field_name in bound_fields(model, name)
        if field_name in entry.changes
    }
    return before | {REASON: RESTORED.format(day, label)}


def _without_notes(page_edits: list[Edit]) -> None:
    """Take the notes out that only those read who may change the row, and rows of which nothing else changed."""
    for edit in page_edits:
        for item in edit.items:
            notes = item.entry.content_type.model_class().internal_fields
            item.lines = {name: line for name, line in item.lines.items() if name not in notes}
        edit.items = [item for item in edit.items if item.lines]
    page_edits[:] = [edit for edit in page_edits if edit.items]
