"""The work queue 待核实: lists only, within reach. A row leads to the form of its record, where it is mended."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from ..http.unsaved import signature
from ..models import Proposal, together
from ..models.recorded import kind_of, own_field
from ..models.work_queue import DivisionToVerify, DocumentToVerify, MinistryToVerify, PriorityToVerify, RegionToVerify
from . import drafts
from .permissions import ReadOnlyAdmin
from .proposals import accepted_by, settle_or_wait
from .review import author_of, keeps_proposals, page_of, saving_address
from .saving import edited_by
from .undoing import said_of_save
from .verifying import VerifyForm


def form_address(row: Model) -> str:
    """Return where the form of the record behind a queue's row is."""
    return reverse(f"admin:pilots_{kind_of(row)}_change", args=[row.pk])


def mended_by(rows: Iterable[Any], proposals: Iterable[Proposal]) -> dict[int, Proposal]:
    """Return, by the key of a row of a queue, which of `proposals` would mend all that is wrong with it."""
    mending: dict[int, Proposal] = {}
    for row in rows:
        of_problems = [{*each.verified} or {each.source} - {""} or {*each.facts} for each in row.problems]
        of_problems = [
            {f"”的{own_field(row, name).verbose_name}" for name in names} for names in of_problems if names
        ]
        for proposal in proposals:
            labels = [line["label"] for line in proposal.lines]
            is_of_row = (proposal.row_kind, proposal.row_id) == (kind_of(row), row.pk)
            if is_of_row and all(any(label.endswith((*ends,)) for label in labels) for ends in of_problems):
                mending[row.pk] = proposal
    return mending


class QueueList(ChangeList):
    """A list whose rows lead to the forms of their records, and say what waits for 采纳."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        proposals = mended_by(self.result_list, list(Proposal.objects.in_review().order_by("pk")))
        for row in self.result_list:
            row.proposal = proposals.get(row.pk)

    def url_for_result(self, result: Model) -> str:
        return form_address(result)


class QueueAdmin(ReadOnlyAdmin):
    """A list of rows with a problem. Nothing is changed in it, but whoever may change the record behind a row can
    mark it verified, with a source.
    """

    ordering: ClassVar[tuple[str, ...]] = ("pk",)
    shows_typed_text = True

    @admin.display(description="问题")
    def problem(self, row: Any) -> str:
        return row.problem_text

    @admin.display(description="核实")
    def verify(self, row: Any) -> str:
        """The way to the page that marks a row verified, or to what waits; none where the form has to mend it."""
        if row.proposal:
            return format_html('等待采纳：<a href="{}">{}</a>', page_of(row.proposal), row.proposal)
        if not row.problems_to_check:
            return ""
        address = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_verify", args=[row.pk])
        return format_html('<a href="{}" aria-label="标为已核实…：{}">标为已核实…</a>', address, row)

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        behind = self.admin_site.get_model_admin(self.model._meta.concrete_model)
        columns = tuple(map(str, super().get_list_display(request)))
        return (
            columns if behind.has_change_permission(request) else tuple(name for name in columns if name != "verify")
        )

    def get_changelist(self, request: HttpRequest, **kwargs: object) -> type[ChangeList]:
        return QueueList

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        view: Any = self.admin_site.admin_view(self.verify_view)
        view.model_admin = self
        return [
            path("<path:object_id>/verify/", view, name=f"{name}_verify"),
            *(pattern for pattern in super().get_urls() if pattern.name == f"{name}_changelist"),
        ]

    @keeps_proposals
    def verify_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask what was checked and against which source, and mark it."""
        list_address = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        with edited_by(request, author_of(request), VerifyForm.before_reason), together():
            row = self._locked(request, unquote(object_id))
            if row is None:
                self.message_user(request, "这条记录不在待核实之列，可能已由同事核实。", messages.INFO)
                return HttpResponseRedirect(list_address)
            posted = request.POST if request.method == "POST" else None
            form = VerifyForm(row, posted, drafts.typed_before(request))
            if form.is_valid() and (record := form.mark()):
                settle_or_wait(request, form, record)
        if not form.is_valid():
            context = {"opts": self.opts, "original": row, "form": form, "title": f"核实：{row}"}
            context["signature"] = signature(request)
            context |= {"form_url": form_address(row), **self.admin_site.each_context(request)}
            context |= {"save_url": saving_address(request, accepted_by(request, row))}
            return TemplateResponse(request, "admin/verify.html", context).render()
        drafts.of_form(request).delete()
        said = said_of_save(self.admin_site.get_model_admin(type(record)), request, record)
        self.message_user(request, format_html("“{}”已标为核实。{}", row, said), messages.SUCCESS)
        return HttpResponseRedirect(list_address)

    def may_write(self, request: HttpRequest, object_id: str) -> bool:
        """Return whether this person may mark the row verified, where it is one of the queue."""
        row = self.get_object(request, unquote(object_id))
        behind = self.admin_site.get_model_admin(self.model._meta.concrete_model)
        return row is not None and behind.has_change_permission(request, row)

    def _locked(self, request: HttpRequest, pk: str) -> Any:
        """Return the row, locked where it is about to be written; refuse whom its form would refuse."""
        row = self.get_object(request, pk)
        behind = self.admin_site.get_model_admin(self.model._meta.concrete_model)
        if not behind.has_change_permission(request, row):
            raise PermissionDenied
        if row is None or request.method != "POST":
            return row
        list(self.model._base_manager.order_by().select_for_update(no_key=True).filter(pk=row.pk).values_list("pk"))
        return self.get_object(request, pk)


admin.site.register(
    RegionToVerify,
    QueueAdmin,
    list_display=("name", "problem", "province", "verification", "name_now_status", "verify"),
    list_filter=("verification", "name_now_status", "is_kind_verified"),
    list_select_related=("province",),
    search_fields=("name", "name_now", "short_name"),
    ordering=("notice", "serial"),
)
admin.site.register(
    DivisionToVerify,
    QueueAdmin,
    list_display=("name_then", "problem", "region", "verification", "verify"),
    list_filter=("verification",),
    list_select_related=("region",),
    search_fields=("name_then", "name_now", "region__name"),
    ordering=("region", "position"),
)
admin.site.register(
    DocumentToVerify,
    QueueAdmin,
    list_display=("title", "problem", "region", "kind", "verify"),
    list_filter=("kind", "relation"),
    list_select_related=("region",),
    search_fields=("title", "about_titles", "number", "region__name"),
    ordering=("region__notice", "region__serial", "position"),
)
admin.site.register(
    PriorityToVerify,
    QueueAdmin,
    list_display=("text", "problem", "region", "system", "confidence", "verify"),
    list_filter=("confidence", "system"),
    list_select_related=("region", "system"),
    search_fields=("text", "region__name"),
    ordering=("region__notice", "region__serial", "number"),
)
admin.site.register(
    MinistryToVerify,
    QueueAdmin,
    list_display=("name", "problem", "full_name", "change_source", "verify"),
    search_fields=("name", "full_name"),
    ordering=("position",),
)
