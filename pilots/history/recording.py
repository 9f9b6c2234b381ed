"""Every row of the record that is saved or deleted, and every link made or cut, is written to the history.

Edits go through `save()` and `delete()`: auditlog hears Django's signals, and bulk calls (`update`, `bulk_create`),
which send none, are refused. A first load is not recorded: `LoadedRow` says what the fixtures wrote, and 473 rows
that nobody changed would drown what people did. What a later load changes is.
"""

from typing import Any

from auditlog.context import auditlog_disabled, disable_auditlog
from auditlog.receivers import log_update
from auditlog.registry import auditlog
from django.apps import AppConfig
from django.db import models
from django.db.models.signals import m2m_changed, post_migrate

from ..models import HistoryEntry
from ..models.recorded import Recorded, join_table
from . import append_only

Links = dict[int, list[tuple[int, str]]]


def connect(app_config: AppConfig) -> None:
    """Start recording; called once, when the app is ready."""
    for model in app_config.get_models():
        if issubclass(model, Recorded):
            names = [field.name for field in model._meta.concrete_fields if not field.primary_key]
            auditlog.register(model, include_fields=names)
    m2m_changed.connect(_link_changed)
    post_migrate.connect(append_only.after_migrate, sender=app_config)


def record_update(row: models.Model, fields: list[str]) -> None:
    """Record what is about to be written to `row` before its turn; its next save is recorded no more."""
    log_update(type(row), row, update_fields=fields)
    row.__dict__["is_update_recorded"] = True


def save_update(row: models.Model, fields: list[str]) -> None:
    """Write fields of an existing row, recorded once."""
    if row.__dict__.pop("is_update_recorded", False):
        with disable_auditlog():
            row.save(update_fields=fields)
    else:
        row.save(update_fields=fields)


def _link_changed(
    sender: type[models.Model],
    instance: models.Model,
    action: str,
    reverse: bool,
    model: type[models.Model],
    pk_set: set[int] | None,
    **kwargs: Any,
) -> None:
    """Keep how the links were before they are written, and record the difference after, from whichever end."""
    owner = model if reverse else type(instance)
    field = next(
        (m2m_field for m2m_field in owner._meta.many_to_many if m2m_field.remote_field.through is sender), None
    )
    if auditlog_disabled.get() or field is None or not issubclass(owner, Recorded):
        return
    if action.startswith("pre_"):
        pks = {instance.pk}
        if reverse:  # from the other end: of all rows that are linked to it, where it isn't said of which
            links = join_table(field)._base_manager.filter(**{field.m2m_reverse_name(): instance.pk})
            pks = pk_set or set(links.values_list(field.m2m_column_name(), flat=True))
        instance.__dict__["_links_before"] = _links(field, pks)
        return
    before = instance.__dict__.pop("_links_before", {})
    after = _links(field, before)
    for row in owner._base_manager.filter(pk__in=[pk for pk in before if before[pk] != after[pk]]):
        change = {"type": "m2m", "before": before[row.pk], "after": after[row.pk]}
        HistoryEntry.objects.log_create(row, action=HistoryEntry.Action.UPDATE, changes={field.name: change})


def _links(field: models.ManyToManyField, pks: Any) -> Links:
    """Return what each row is linked to by `field`: primary key and name, in the order of the names' table."""
    links: Links = {pk: [] for pk in pks}
    owner_field, other = field.m2m_field_name(), field.m2m_reverse_field_name()
    rows = join_table(field)._base_manager.filter(**{f"{owner_field}__in": list(links)}).select_related(other)
    for row in sorted(rows, key=lambda row: getattr(row, f"{other}_id")):
        links[getattr(row, f"{owner_field}_id")].append((getattr(row, f"{other}_id"), str(getattr(row, other))))
    return links
