"""Links between rows that contradict each other: refused whoever draws them. The database has no rule for these."""

from typing import Any

from django.apps import AppConfig
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.signals import m2m_changed

from .places import Region
from .priorities import Priority
from .tracking import Tracked

SINGLE: dict[type[Tracked], str] = {Region: "province", Priority: "system"}  # what links are compared with
FIELDS = {field.remote_field.through: (model, field) for model in SINGLE for field in model._meta.many_to_many}


def _refuse(
    sender: type[models.Model],
    instance: models.Model,
    action: str,
    reverse: bool,
    model: type[models.Model],
    pk_set: set[int] | None,
    **kwargs: Any,
) -> None:
    """Raise ValidationError where links about to be drawn, from whichever end, contradict what their row says."""
    if action != "pre_add" or not pk_set:
        return
    owner, field = FIELDS[sender]
    new, single, others = {instance.pk} if reverse else pk_set, SINGLE[owner], field.related_model._base_manager
    rows = owner._base_manager.filter(pk__in=pk_set if reverse else [instance.pk])
    for row in rows.select_related(single):
        rows_by_field = {m2m_field.name: [] for m2m_field in row._meta.many_to_many} | {
            single: getattr(row, single),
            field.name: list(others.filter(Q(pk__in=new) | Q(pk__in=getattr(row, field.name).values("pk")))),
        }
        for problem in (text for name, text in row.link_problems(rows_by_field) if name == field.name):
            label = f"{row._meta.verbose_name} {row} 的{field.verbose_name}"
            raise ValidationError(f"{label}：{problem}请先去掉重复或多余的，再添加。")


def connect(app_config: AppConfig) -> None:
    """Look at links before they are drawn."""
    for through in FIELDS:
        m2m_changed.connect(_refuse, sender=through)
