"""管理手册: what each role can do, from what the roles hold, and how the record is corrected."""

from collections import defaultdict

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from ..accounts.roles import ROLES, permissions
from .record import RecordAdmin

ACTIONS = {"view": "查看", "add": "新增", "change": "更改", "delete": "撤下"}


def rights(role: str) -> list[tuple[str, str]]:
    """Return what a role may do in the admin, as (actions, names of what they are done to), in words."""
    role_permissions, names_by_actions = set(permissions(role)), defaultdict(list)
    for model, options in admin.site._registry.items():
        label, name = model._meta.app_label, model._meta.model_name
        may_withdraw = isinstance(options, RecordAdmin) and options.is_withdrawable
        verbs = ACTIONS if may_withdraw else {**ACTIONS, "delete": ""}
        actions = [word for action, word in verbs.items() if word and (label, f"{action}_{name}") in role_permissions]
        if actions:
            names_by_actions["、".join(actions)].append(str(model._meta.verbose_name))
    return [(actions, "、".join(names)) for actions, names in names_by_actions.items()]


def page(request: HttpRequest) -> HttpResponse:
    """Show the handbook; for whoever may enter the admin."""
    mine = set(request.user.groups.values_list("name", flat=True))
    roles = [(role, role.name in mine, rights(role.name)) for role in ROLES.values()]
    about = {"title": "管理手册", "roles": roles}
    return TemplateResponse(request, "admin/help.html", admin.site.each_context(request) | about)
