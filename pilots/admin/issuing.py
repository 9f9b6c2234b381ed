"""The page of a new notice while it is a draft: what it holds, what is missing, and publishing it."""

from typing import Any, cast

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from ..http.unsaved import REASON, signature
from ..models import Citation, Notice, Proposal, Region, Section, Signature, together
from ..record import issuing
from . import drafts
from .parts import BACK, page_of_parts
from .permissions import EDIT
from .proposals import accepted_by, settle
from .review import AS_TYPED, PREVIEW, SEEN, author_of, page_of
from .saving import NeedsInputError, edited_by
from .withdrawing import SeenForm

HOLDS = (Section, Citation, Signature, Region)
LEFT = "没有发布：还缺的列在上面，补齐以后再发布。"
COMPLETE = "is_complete"  # the box by which somebody says that the document has no more paragraphs
UNSURE = "没有发布：段落里没有的列在上面。印发的文件里有，先补上；确实没有，勾选后再发布。"


def with_draft(options: Any, request: HttpRequest, notice: Notice, form: SeenForm | None = None) -> dict[str, Any]:
    """Return what the page of a draft shows: the parts of any notice, the rows that it holds, and its `draft`."""
    site, context = options.admin_site, page_of_parts(options, request, notice)
    for model in HOLDS:
        inner = site.get_model_admin(model)
        rows = [
            {"row": row, "text": str(row), "states": [], "forms": [("", inner.address("change", row))]}
            for row in inner.get_queryset(request).filter(notice=notice).order_by(*inner.ordering)
        ]
        add = _addition(model, notice) if inner.has_add_permission(request) else ""
        context["parts"].append({"title": f"{model._meta.verbose_name}（{len(rows)}）", "rows": rows, "add": add})
    proposals = Proposal.objects.open().filter(row_kind="notice", row_id=notice.pk, request__is_whole=True)
    proposal = proposals.select_related("author").first()
    address = options.address("publish", notice) if options.has_change_permission(request, notice) else ""
    context["draft"] = {
        "missing": [
            (_addition(row, notice) if isinstance(row, type) else _form(options, row), text)
            for row, text in issuing.missing(notice)
        ],
        "gaps": issuing.gaps(notice),
        "addition": _addition(Section, notice),
        "form": form or SeenForm(notice, None, drafts.typed_before(request, address)),
        "address": address,
        "signature": signature(request),
        "proposal": proposal,
        "proposal_url": page_of(proposal) if proposal else "",
        "is_by_two": is_by_two(request),
    }
    context["withdraw_url"] = options.address("withdraw", notice) if options.may_delete(request, notice) else ""
    return site.each_context(request) | context


def is_by_two(request: HttpRequest) -> bool:
    """Return whether somebody else may publish a notice, too: then one asks, and another confirms."""
    return User.objects.with_perm(EDIT).exclude(pk=cast(User, request.user).pk).exists()


def _addition(model: Any, notice: Notice) -> str:
    return f"{reverse(f'admin:pilots_{model._meta.model_name}_add')}?notice={notice.pk}&{BACK}=1"


def _form(options: Any, row: Any) -> str:
    return options.admin_site.get_model_admin(type(row)).address("change", row)


def publish_view(options: Any, request: HttpRequest, object_id: str) -> HttpResponse:
    """Publish a draft, or ask another who may to confirm it, where there is one; or say what is missing for it."""
    home = HttpResponseRedirect(reverse("admin:pilots_notice_change", args=[object_id]))
    is_shown = PREVIEW in request.POST or AS_TYPED in request.GET  # ways to look at what an official asks for
    if answer := drafts.answer(options, request, object_id):
        return answer
    try:
        with edited_by(request, author_of(request)), together():
            notice = options.get_object(request, unquote(object_id))
            if not options.has_change_permission(request, notice):
                raise PermissionDenied
            if notice is None:
                return options._get_obj_does_not_exist_redirect(request, options.opts, object_id)
            if request.method == "POST" and notice.is_draft and not is_shown:
                return drafts.keep_refused(request, _publish(options, request, notice) or home)
    except NeedsInputError as needed:  # of a proposal that isn't this person's to accept, or is answered
        options.message_user(request, needed.form_attributes["objection"], messages.ERROR)
    return home


def _publish(options: Any, request: HttpRequest, notice: Notice) -> HttpResponse | None:
    """Do it, and say so; else return the page that says why not."""
    accepted, posted = accepted_by(request, notice), request.POST.copy()
    if accepted:
        posted[SEEN] = SeenForm(notice).state  # it is the draft as it is now that is confirmed
    form = SeenForm(notice, posted)
    if next(iter(issuing.missing(notice)), None):
        form.add_error(None, LEFT)
    if accepted is None and COMPLETE not in posted and issuing.gaps(notice):
        form.add_error(None, UNSURE)
    if not form.is_valid():
        context = with_draft(options, request, notice, form)
        return TemplateResponse(request, "admin/pilots/record/parts.html", context).render()
    drafts.of_form(request).delete()
    reason = form.cleaned_data[REASON]
    if accepted is None and is_by_two(request):
        _ask(options, request, notice, reason)
    else:
        issuing.publish(notice)
        settle(request, notice, reason, is_changed=True)
        options.message_user(request, f"已发布“{notice}”。此后增加的行，处处标明本站增补。", messages.SUCCESS)
    return None


def _ask(options: Any, request: HttpRequest, notice: Notice, reason: str) -> None:
    """Keep that this person wants a draft to be published, for another to confirm."""
    about = {"subject_kind": "notice", "subject_id": notice.pk, "row_kind": "notice", "row_id": notice.pk}
    if Proposal.objects.open().filter(**about, request__is_whole=True).exists():
        options.message_user(request, "已经有人请求发布，请在那里确认。", messages.WARNING)
        return
    proposal = Proposal.objects.create(
        author_id=request.user.pk,
        title=f"发布通知：{notice}"[:200],
        place=options.address("change", notice),
        reason=reason,
        request={"path": request.path, "query": "", "post": {REASON: [reason], SEEN: [""]}, "is_whole": True},
        lines=[{"label": f"通知“{notice}”", "before": "未发布，不公开", "after": "公开"}],
        **about,
    )
    options.message_user(request, f"已作为{proposal} 提交，待另一位部委编辑确认。确认以前不公开。", messages.SUCCESS)
