"""The admin's first page: what was changed, what is to be verified, and the provinces, all within reach. And 手册:
what each role can do, from what the roles hold, and how the record is corrected."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db.models import Count, Exists, F, IntegerField, Model, OuterRef, Q, Value
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone

from ..accounts import agreement
from ..accounts.roles import ROLES, permissions
from ..history.edits import latest, name_subjects
from ..models import Division, Draft, Edit, HistoryEntry, Notice, Proposal, Province, Region, Report, ReportState
from ..models.recorded import kind_of, subjects
from ..models.work_queue import QUEUES, DivisionToVerify, DocumentToVerify, PriorityToVerify, RegionToVerify
from ..record import reports, tiles
from .drafts import DROP
from .fields import is_key
from .permissions import EDIT, editable, units, visible
from .proposals import waiting_for
from .queue import form_address, mended_by
from .record import RecordAdmin

RECENT = 20  # edits
WAITING = 5  # rows of each queue
WITHDRAWN_FOR = timedelta(days=30)  # how long an area is told of a report that the ministry withdrew
# The record in the order of work; what else there is stands folded after it.
ORDER = (
    *("Notice", "Section", "Citation", "Region", "Province", "Alias", "Division", "Priority", "Document"),
    *("Indicator", "Mechanism", "Project", "Report", "ReportLine"),
    *("System", "Topic", "Ministry", "Signature", "Term"),
)
FORMS = {  # by their address
    "column": "逐行填写",
    "import": "粘贴表格",
    "withdraw": "撤下或恢复",
    "verify": "核实",
    "rows": "改所选的",
    "answer": "退回意见",
    "publish": "发布",
}
_OF_AREA = F("region__notice__batch")
_BATCHES: dict[type[Model], F] = {  # of which the rows of a queue are; a ministry is of none
    RegionToVerify: F("notice__batch"),
    **dict.fromkeys((DivisionToVerify, DocumentToVerify, PriorityToVerify), _OF_AREA),
}
ACTIONS = {"view": "查看", "add": "新增", "change": "更改", "delete": "撤下"}


def address_of_list(model: type[Model]) -> str:
    """Return where the list of a model is."""
    return reverse(f"admin:pilots_{model._meta.model_name}_changelist")


def queues(request: HttpRequest, proposals: Collection[Proposal]) -> Iterator[dict[str, Any]]:
    """Yield the queues that this person may see, with the first rows that are theirs to mend (`waiting`), and the
    first for which one of `proposals` waits for 采纳 (`in_review`): those are not counted among hers."""
    for model in QUEUES:
        options = admin.site.get_model_admin(model)
        if options.has_view_permission(request):
            batch = _BATCHES.get(model, Value(None, IntegerField()))
            area = F("region__name") if batch is _OF_AREA else Value("")
            rows: Any = options.get_queryset(request).annotate(in_batch=batch, in_area=area)
            form = admin.site.get_model_admin(model._meta.concrete_model or model)
            may_change = form.has_change_permission(request)
            mine: Any = rows.filter(editable(request.user, model)) if may_change else rows.none()
            pks = {proposal.row_id for proposal in proposals if proposal.row_kind == kind_of(model)}
            reviewed_rows = list(mine.filter(pk__in=pks)) if pks else []
            reviewed = mended_by(reviewed_rows, proposals)
            mine = mine.exclude(pk__in=reviewed)
            waiting = list(mine[:WAITING])
            for row in waiting:
                if row.problems_to_check:
                    row.verify_url = reverse(f"admin:pilots_{model._meta.model_name}_verify", args=[row.pk])
            yield {
                "name": model._meta.verbose_name,
                "address": address_of_list(model),
                "waiting": [(row, form_address(row)) for row in waiting],
                "in_review": [
                    (row, form_address(row), reviewed[row.pk]) for row in reviewed_rows if row.pk in reviewed
                ][:WAITING],
                "count": rows.count(),
                "mine": mine.count(),
            }


def recent(request: HttpRequest) -> list[Edit]:
    """Return the latest edits of records in reach; only what readers may know of those that aren't theirs to edit."""
    condition = Q(pk=None)
    for model in subjects():
        options = admin.site.get_model_admin(model)
        if options.has_view_permission(request):
            condition |= _of(model, visible(request.user, model)) & Q(is_public=True)
        if options.has_change_permission(request):
            condition |= _of(model, editable(request.user, model))
    return latest(HistoryEntry.objects.filter(condition).select_related("edit__actor", "edit__reviewer"), RECENT)


def _of(model: type[Model], condition: Q) -> Q:
    """Return the condition that an entry is about a row of `model` that meets `condition`, if any."""
    about = Q(edit__subject_kind=model._meta.model_name)
    return about & Q(edit__subject_id__in=model._base_manager.filter(condition).values("pk")) if condition else about


def places(request: HttpRequest) -> list[tuple[str, int, str]]:
    """Return the units with areas that this person may see, those inside a province after it: (name, number of its
    areas, address of their list)."""
    if not admin.site.get_model_admin(Region).has_view_permission(request):
        return []
    rows = [row for unit in tiles.units() for row in (unit, *unit.inner) if row.count]
    if visible(request.user, Province):
        rows = [row for row in rows if row.province.pk in units(request.user)]
    lists = address_of_list(Region)
    return [(row.province.short_name, row.count, f"{lists}?within={row.province.slug}") for row in rows]


def areas(request: HttpRequest, proposals: Iterable[Proposal]) -> list[dict[str, Any]]:
    """Return a card for each area that an official of provinces answers for: what is unverified, what of `proposals`,
    which wait for her, is of it, what is due, and what was withdrawn."""
    if request.user.has_perm(EDIT) or not admin.site.get_model_admin(Region).has_change_permission(request):
        return []
    withdrawn: Any = Report.all_objects.filter(withdrawn_on__gte=timezone.localdate() - WITHDRAWN_FOR)
    has_withdrawn = Exists(withdrawn.filter(region=OuterRef("pk")).order_by())
    rows: list[Any] = list(Region.objects.in_provinces(units(request.user)).annotate(has_withdrawn=has_withdrawn))
    pks, withdrawn_by_area = [row.pk for row in rows], defaultdict[int, list[Report]](list)
    for report in withdrawn.filter(region__in=pks) if any(row.has_withdrawn for row in rows) else ():
        withdrawn_by_area[report.region_id].append(report)
    in_doubt: Any = RegionToVerify.objects.filter(pk__in=pks)
    unverified = {row.pk: row.problem_text for row in in_doubt}
    of_each: Any = DivisionToVerify.objects.filter(region__in=pks).order_by().values_list("region")
    divisions = dict(of_each.annotate(count=Count("pk")))
    placed = set(Division.objects.filter(region__in=pks).order_by().values_list("region", flat=True))
    corrections: dict[int | None, list[Any]] = {row.pk: [] for row in rows}
    for proposal in proposals:
        if proposal.subject_kind == "region" and proposal.subject_id in corrections:
            corrections[proposal.subject_id].append(proposal.due_on)
    reports_by_area = reports.due_of(rows)
    return [
        {
            "region": row,
            "address": reverse("admin:pilots_region_change", args=[row.pk]),
            "unverified": unverified.get(row.pk, ""),
            "divisions": divisions.get(row.pk, 0),
            "has_divisions": row.pk in placed,
            "reports": len(corrections[row.pk]),
            "due": min(corrections[row.pk], default=None),
            "reports_due": reports_by_area[row.pk],
            "reports_withdrawn": [(row, report) for report in withdrawn_by_area[row.pk]],
        }
        for row in rows
    ]


def in_order(request: HttpRequest, app_label: str | None = None) -> list[dict[str, Any]]:
    """Return what the admin has for a person, in the order of work; `is_folded`: what is seldom wanted."""
    apps = admin.AdminSite.get_app_list(admin.site, request, app_label)
    for app in apps:
        if not request.user.has_perm("auth.change_user"):
            app["models"] = [model for model in app["models"] if model["object_name"] != "LoadedRow"]
        is_of_record = not {model["object_name"] for model in app["models"]}.isdisjoint(ORDER)
        for model in app["models"]:  # who has nothing of the record has her own on top
            model["is_folded"] = is_of_record and model["object_name"] not in ORDER
        app["models"].sort(key=lambda model: (*ORDER, model["object_name"]).index(model["object_name"]))
        app["has_folded"] = any(model["is_folded"] for model in app["models"])
    return apps


def unsaved(request: HttpRequest) -> list[dict[str, Any]]:
    """Return what this person typed into forms of the record and hasn't saved, the latest first: the `form` in words,
    its `address`, and the `draft`, with its record as it is found (`subject`), else as it was called (`title`). Two
    queries; none for who has none."""
    if not getattr(getattr(request.user, "access", None), "has_drafts", True):
        return []
    rows: list[dict[str, Any]] = []
    drafts: Any = Draft.objects.filter(user=request.user.pk, saved_at__gt=Draft.oldest()).defer("fields")
    for draft in drafts:
        with suppress(Resolver404):
            match = resolve(draft.path)
            options: Any = match.func.model_admin  # type: ignore[attr-defined]  # each form that is kept has one
            key, part = match.kwargs.get("object_id", ""), match.kwargs.get("part", "")
            draft.subject_kind, draft.subject_id = kind_of(options.model), int(key) if is_key(key) else 0
            form = FORMS.get(str(match.url_name).rpartition("_")[2]) or ("" if key else "新增")
            form = getattr(options, "parts", {}).get(part, ("",))[0] or form
            query = f"?{draft.query}" if draft.query else ""
            rows.append(
                {"kind": options.opts.verbose_name, "form": form, "address": draft.path + query, "draft": draft}
            )
    name_subjects([row["draft"] for row in rows])
    return rows


def index(request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
    """Show this person's work, and the record in the order of work; drop the draft of hers that is posted (`_drop`),
    whose own page she may not open any more."""
    if is_key(key := request.POST.get(DROP, "")):
        Draft.objects.filter(user=request.user.pk, pk=key).delete()
        messages.info(request, "草稿已丢弃。")
        return HttpResponseRedirect(request.path)
    in_review = list(Proposal.objects.in_review().defer("request").order_by("pk"))
    context: dict[str, Any] = {"queues": list(queues(request, in_review))}
    rows = [row for queue in context["queues"] for row, *_ in (*queue["waiting"], *queue["in_review"])]
    for row in rows if len({row.in_batch for row in rows if row.in_batch}) > 1 else ():
        row.batch_name = Notice(batch=row.in_batch).batch_name if row.in_batch else ""
    context |= {"edits": recent(request), "places": places(request)}
    proposals = list(waiting_for(request.user).only("subject_kind", "subject_id", "received_at", "author_id"))
    context |= {"areas": areas(request, proposals), "drafts": unsaved(request)}
    people = admin.site.get_model_admin(User)
    if people.has_change_permission(request):
        pending = agreement.waiting().filter(person__in=people.get_queryset(request))
        context["requests_own"] = [row for row in pending if request.user.pk in (row.asked_by_id, row.person_id)]
        context["requests"] = [row for row in pending if row not in context["requests_own"]]
    if request.user.has_perm("pilots.view_proposal"):
        context["proposals"] = len(proposals)
        context["proposals_mine"] = sum(row.author_id == request.user.pk for row in (*in_review, *proposals))
    count = len(context.get("requests", ())) + context.get("proposals", 0)
    count += sum(queue["mine"] for queue in context["queues"])
    waiting = [row for card in context["areas"] for row in card["reports_due"] if row["is_waiting"]]
    context["reports_withdrawn"] = [pair for card in context["areas"] for pair in card["reports_withdrawn"]]
    context["reports_due"] = sorted(waiting, key=lambda row: row["report"].due_on)
    count += len(waiting)
    if request.user.has_perm(EDIT):
        context["reports_sent"] = Report.all_objects.filter(state=ReportState.SENT, withdrawn_on=None).count()
        count += context["reports_sent"]
        context["has_reports"] = Notice.objects.exclude(reports_from=None).exists()
    names = "、".join(Province.objects.filter(officials__user=request.user.pk).values_list("name", flat=True))
    may_edit_areas = admin.site.get_model_admin(Region).has_change_permission(request)
    context["has_no_area"] = not context["areas"] and may_edit_areas and not request.user.has_perm(EDIT)
    context["provinces"] = names
    context["title"] = f"{names}{'，' if names else ''}{f'有{count}件事等您' if count else '没有等您处理的事'}"
    return admin.AdminSite.index(admin.site, request, context | (extra_context or {}))


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


def handbook(request: HttpRequest) -> HttpResponse:
    """Show the handbook; for whoever may enter the admin."""
    mine = set(request.user.groups.values_list("name", flat=True))
    roles = [(role, role.name in mine, rights(role.name)) for role in ROLES.values()]
    about = {"title": "管理手册", "roles": roles}
    return TemplateResponse(request, "admin/help.html", admin.site.each_context(request) | about)
