"""The roles. They are groups; what each may do is declared here and put right after every migration."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps as installed
from django.db import connections, models

from ..models import LoadedRow, Proposal, Province, Region, Report, ReportLine, System, Topic
from ..models.received import Line
from ..models.recorded import Recorded, is_of_region

ALL = ("view", "add", "change", "delete")
MINISTRY, PROVINCE, READER, MANAGER, AUDITOR = "部委编辑", "省级编辑", "只读", "管理员", "安全审计员"

# What is between areas and the ministry, or readers, and nobody else's.
BETWEEN: dict[type[models.Model], dict[str, tuple[str, ...]]] = {
    Proposal: {MINISTRY: ("view", "change"), PROVINCE: ("view", "change")},
    Report: {MINISTRY: ALL, PROVINCE: ("view", "add", "change")},
    ReportLine: {MINISTRY: ("view", "change"), PROVINCE: ("view", "change")},
}


@dataclass(frozen=True)
class Role:
    """A group: its name, what it is called on the command line, and what its holders can do, in words."""

    name: str
    slug: str
    description: str


ROLES = {
    role.name: role
    for role in (
        Role(
            MINISTRY,
            "ministry",
            "可查看和更改全部记录：通知、段落、引用文件、发文机关、署名、省级单位、各省地区及其制度创新重点、别名、行政"
            "区划、后续文件和其中的指标、协调机制、重点项目、制度、主题、词汇、旧地址。审核省级编辑的建议，答复读者的纠错。"
            "退回或公开各地区的报送。可看内部备注和归类依据。不能管理账号。",
        ),
        Role(
            PROVINCE,
            "province",
            "只能查看和更改所负责省级单位的地区及其制度创新重点、别名、行政区划、后续文件和其中的指标、"
            "协调机制、重点项目；跨省地区，有关各省都能改。省、自治区"
            "包括其中的计划单列市和兵团。答复读者对这些地区的纠错。填写这些地区的报送。可看这些地区的内部备注和归类依据。没有指定省级单位的，什么都看不到。",
        ),
        Role(READER, "reader", "可查看全部记录，不能更改任何内容，看不到内部备注和归类依据。"),
        Role(
            MANAGER,
            "manager",
            "建立、停用账号，给予或收回角色和省份，重置密码；给予的，待另一位管理员同意。在能看到的历史里，可看操作者的"
            "网络地址。不能改自己的账号，不能管理超级用户，"
            "不能授予角色以外的权限。看不到记录，需要时由别的管理员另给角色。",
        ),
        Role(
            AUDITOR,
            "auditor",
            "只查看安全事件：登录和失败、锁定、两步验证、密码、账号变更、导出和导入，何时、何人、来自哪个网络地址，保存"
            "400 天。看不到记录，不能更改任何内容，不兼任其他角色。",
        ),
    )
}


def permissions(role: str) -> Iterator[tuple[str, str]]:
    """Yield what a role holds, as app label and codename; computed from the models that there are."""
    if role == MANAGER:
        yield from (("auth", f"{action}_user") for action in ("view", "add", "change"))
        yield "auth", "view_group"
        yield "pilots", "view_address"
        return
    if role == AUDITOR:
        yield "pilots", "view_securityevent"
        return
    if role in (MINISTRY, READER):
        yield "pilots", "see_everywhere"
    if role == MINISTRY:
        yield "pilots", "edit_everywhere"
    for model in installed.get_app_config("pilots").get_models():
        actions = [action for action in _actions(role, model) if action in model._meta.default_permissions]
        yield from (("pilots", f"{action}_{model._meta.model_name}") for action in actions)


def _actions(role: str, model: type[models.Model]) -> tuple[str, ...]:
    """Return what a role may do with rows of a model; with those of a proxy (a work queue) as with what it shows.

    What the notice consists of is complete: a province corrects it, and neither adds to it nor takes from it.
    """
    concrete = model._meta.concrete_model or model
    if concrete in BETWEEN:
        return BETWEEN[concrete].get(role, ())
    if role == PROVINCE:
        if concrete is Region or is_of_region(concrete):
            return ("view", "change") if issubclass(concrete, Line) else ALL
        return ("view",) if concrete in (Province, System, Topic) else ()
    if concrete is LoadedRow:
        return ("view",) if role == MINISTRY else ()
    if not issubclass(concrete, Recorded):
        return ()
    return ALL if role == MINISTRY else ("view",)


def grant(using: str, apps: Any = installed, **kwargs: Any) -> None:
    """Give each role exactly what is declared for it. A receiver of post_migrate: permissions exist by then."""
    if "auth_group_permissions" not in connections[using].introspection.table_names():
        return
    try:
        group_model, permission_model = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    except LookupError:
        return
    permission_pks = {
        (label, codename): pk
        for pk, label, codename in permission_model.objects.using(using).values_list(
            "pk", "content_type__app_label", "codename"
        )
    }
    for name in ROLES:
        group, _ = group_model.objects.using(using).get_or_create(name=name)
        group.permissions.set(
            [permission_pks[permission] for permission in permissions(name) if permission in permission_pks]
        )
