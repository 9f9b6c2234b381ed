"""报送: what areas report to the ministry, from what is due to what is made public.

An area's officials write its report, everybody's edits merged as in any form of the record; the unit that the notice
names first for the area (`Region.province`) sends it. The ministry sends it back with a comment at the lines, or
makes it public. While it is sent or public nobody writes in it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, resolve, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from ..http import errors
from ..http.unsaved import COMMENT, signature
from ..models import (
    HistoryEntry,
    Notice,
    Region,
    Report,
    ReportLine,
    ReportState,
    together,
)
from ..models.characters import cleaned, objection
from ..record.reports import begin, earlier_in, grid, notices_in_force, periods_until_now
from . import drafts
from .fields import is_key
from .permissions import EDIT, editable
from .recalling import WHY, may_answer, may_send, recall_view, undone_edits
from .report_lines import SEND, LineInline, OfReports
from .saving import NeedsInputError, edited_by
from .withdrawing import undo_button

RETURN, PUBLISH = "_return", "_publish"  # buttons, beside the one that sends
EVERY = "_every"  # the button that asks all areas for their reports
ANSWERS = {RETURN: ReportState.RETURNED, PUBLISH: ReportState.PUBLISHED}


@admin.register(Report)
class ReportAdmin(OfReports):
    """Reports: begun where one is due, written until sent, answered by the ministry."""

    change_form_template = "admin/reports/form.html"
    effect = "撤下以后，地区不能再填写，已公开的读者也不再看到。可以恢复。"
    restoring = "恢复以后，撤下以前已公开的重新公开；没有公开的，仍不公开。"
    list_display = ("region", "year", "period", "state", "sent_at")
    list_display_links = ("region", "year", "period")
    list_filter = ("state", "year", "period")
    list_select_related = ("region",)
    search_fields = ("region__name",)
    ordering = ("-year", "-period", "region__serial")
    inlines = (LineInline,)

    def get_urls(self) -> list[URLPattern]:
        admin_view = self.admin_site.admin_view
        urls = [
            path("begin/", admin_view(self.begin_view), name="pilots_report_begin"),
            path("remind/", admin_view(require_POST(self.remind_view)), name="pilots_report_remind"),
        ]
        recall = admin_view(require_POST(partial(recall_view, self)))
        urls.append(path("<path:object_id>/recall/", recall, name="pilots_report_recall"))
        answer: Any = admin_view(self.answer_view)
        answer.model_admin = self
        urls.append(path("<path:object_id>/answer/", answer, name="pilots_report_answer"))
        urls.append(path("grid/", admin_view(self.grid_view), name="pilots_report_grid"))
        return [*urls, *super().get_urls()]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.is_open)

    def may_delete(self, request: HttpRequest, row: models.Model | None) -> bool:
        is_refused = isinstance(row, Report) and row.is_withdrawn and any(row.row_problems())  # is not restored
        return request.user.has_perm(EDIT) and super().may_delete(request, row) and not is_refused

    def may_write(self, request: HttpRequest, object_id: str | None) -> bool:
        """Return the same of what is answered to a report: of who may."""
        if resolve(request.path_info).url_name == "pilots_report_answer":
            return may_answer(request) and self.get_object(request, unquote(str(object_id))) is not None
        return super().may_write(request, object_id)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("region__province", "sent_by")

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        return ["opened"]  # all there is to write is in its lines

    # Beginning it.

    def begin_view(self, request: HttpRequest) -> HttpResponse:
        """Make the report of an area that is due (`region`, `year`, `period`), where nobody has yet; and go to it.
        Who was led here by signing in finds the button on the first page."""
        if request.method != "POST":
            return HttpResponseRedirect(reverse("admin:index"))
        key, year, period = (request.POST.get(name, "") for name in ("region", "year", "period"))
        with edited_by(request), together():
            areas: Any = Region.objects.filter(editable(request.user, Region))
            areas = areas.select_for_update(of=("self",), no_key=True)
            region = areas.filter(pk=key).first() if is_key(key) else None
            if region is None or not self.has_change_permission(request):
                raise PermissionDenied
            if (year, period) not in {(str(row[1]), row[2]) for row in periods_until_now(region.notice)}:
                raise Http404("通知没有要求报送这一期，或还没有到填报的时候。")
            values = {"region": region, "year": int(year), "period": period}
            report = Report._base_manager.filter(**values).first() or Report.objects.create(**values)
            if report.is_open:
                begin(report)
        return HttpResponseRedirect(self.address("change", report))

    # Writing it and sending it.

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the form while the report is open; then what was sent, or what somebody still typed."""
        report: Any = self.get_object(request, unquote(object_id))
        if report and report.is_open and request.user.has_perm(EDIT):
            state = "已经退回" if report.state == ReportState.RETURNED else "还没有报送"
            words = f"“{report.region.name}：{report}”{state}，内容由地区填写，报送以后才看得到。"
            self.message_user(request, words, messages.WARNING)
            return HttpResponseRedirect(reverse("admin:index"))
        if report is None or report.is_open:
            return super().change_view(request, object_id, *args, **kwargs)
        if not self.has_view_permission(request, report):
            raise PermissionDenied
        if request.method == "POST":
            words = "没有保存：报送以后不能再改，请部委退回。您填写的内容在下面，可以复制。"
            return errors.page(request, 409, "这份报告已经报送", words)
        return self.sent_page(request, report)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        report: Any = kwargs.get("obj")
        quarters = earlier_in(report)
        formset = context["inline_admin_formsets"][0].formset
        for inner in formset.forms:
            inner.instance.quarters = quarters.get(inner.instance.priority_id, ())
        context |= {"title": f"{report.region.name}：{report}", "subtitle": None, "lead": report.region.province}
        context |= {"prefilled": formset.prefilled, "is_closed": any(report.row_problems())}
        context["may_send"] = may_send(request, report) and not context["is_closed"]
        context["is_joint"] = report.region.partners.exists()
        return super().render_change_form(request, context, *args, **kwargs)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if formsets[0].prefilled:
            vars(request)["is_unchanged"] = False
        if SEND in request.POST:
            self.send(request, form.instance)

    def send(self, request: HttpRequest, report: Report) -> None:
        """Send a report that was just saved. NeedsInputError: that isn't this person's, or something is missing."""
        lines = ReportLine.all_objects.filter(report=report, priority__withdrawn_on=None)
        missing = [str(line.priority.number) for line in lines.select_related("priority") if not line.progress]
        if not may_send(request, report):
            raise NeedsInputError(objection=f"这个地区由{report.region.province}报送。请先保存。")
        for _, problem in report.row_problems():
            raise NeedsInputError(objection=problem)
        if missing:
            raise NeedsInputError(objection=f"第{'、'.join(missing)}项还没有选进展。")
        report.state, report.sent_by_id, report.sent_at = ReportState.SENT, request.user.pk, timezone.now()
        report.save()
        vars(request).update(is_unchanged=False, saved_row=None)  # nothing to take back: it is the ministry's now

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        if SEND not in request.POST:
            return super().response_change(request, obj)
        undo = undo_button(request, self.address("recall", obj), vars(request)["edit_key"], WHY)
        words = format_html("已报送“{}：{}”，不能再改；部委答复以前可以撤回。{}", obj.region.name, obj, undo)
        self.message_user(request, words, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:index"))

    def response_post_save_change(self, request: HttpRequest, obj: Any) -> Any:
        return HttpResponseRedirect(self.address("change", obj))

    # All areas in a period.

    def grid_view(self, request: HttpRequest) -> HttpResponse:
        """Show how the reports of a period stand (`notice`, `year`, `period`; else those that fell due last), by area
        and line; for who may edit everywhere. Where no notice wants any, say so, and where they are switched on."""
        context: dict[str, Any] = self.admin_site.each_context(request) | {"opts": self.opts, "title": "报送一览"}
        if may_answer(request) and not notices_in_force():
            context["others"] = Notice.objects.order_by("-issued_on")
            return TemplateResponse(request, "admin/reports/grid.html", context)
        notice, year, period = self.period_of(request, request.GET)
        rows = grid(notice, year, period)
        states = Counter(row["state"] for row in rows)
        context |= {"title": f"报送一览：{Report(year=year, period=period)}", "notice": notice}
        context["may_remind"] = any(row["report"].is_open for row in rows)
        context["open"] = [row for row in rows if row["report"].is_open and not row["report"].is_reminded_today]
        context |= {"rows": rows, "states": states.most_common(), "report": Report(year=year, period=period)}
        context["columns"] = range(1, 1 + max((len(row["progress"]) for row in rows), default=0))
        context["notices"] = [
            (row, [Report(year=year, period=period) for _, year, period in periods_until_now(row)])
            for row in notices_in_force().values()
        ]
        return TemplateResponse(request, "admin/reports/grid.html", context)

    def period_of(self, request: HttpRequest, values: Any) -> tuple[Notice, int, str]:
        """Return which reports an address or a form is about. PermissionDenied, Http404: there are none such."""
        if not may_answer(request):
            raise PermissionDenied
        notices = sorted(notices_in_force().values(), key=lambda row: row.issued_on, reverse=True)
        notice = next((row for row in notices if row.slug == values.get("notice", row.slug)), None)
        if notice is None or not notice.periods:
            raise Http404("没有通知开通了报送。")
        past = [row for row in notice.periods if row[0] <= timezone.localdate()]
        _, year, period = past[-1] if past else notice.periods[0]
        year, period = values.get("year", f"{year}"), values.get("period", period)
        if (year, period) not in {(f"{row[1]}", row[2]) for row in periods_until_now(notice)}:
            raise Http404("通知没有要求报送这一期，或还没有到填报的时候。")
        return notice, int(year), period

    def remind_view(self, request: HttpRequest) -> HttpResponse:
        """Ask areas (`region`, several, or all of them) for reports that they haven't sent: once a day each, on their
        first page, and by the mail of that night."""
        notice, year, period = self.period_of(request, request.POST)
        keys, names = [key for key in request.POST.getlist("region") if is_key(key)], []
        with edited_by(request), together():
            areas: Any = notice.regions.select_for_update(of=("self",), no_key=True)
            areas = areas if EVERY in request.POST else areas.filter(pk__in=keys)
            for region in areas.order_by("serial"):
                values = {"region": region, "year": year, "period": period}
                report = Report._base_manager.filter(**values).first() or Report(**values)
                if report.is_open and not report.is_reminded_today:
                    report.reminded_at = timezone.now()
                    report.save()
                    begin(report)
                    names.append(region.name)
        is_chosen = keys or EVERY in request.POST
        refusal = "没有催报：所选的今天已催过，或已经报送。" if is_chosen else "没有催报：请先勾选地区。"
        words = f"已催报：{'、'.join(names)}。" if names else refusal
        self.message_user(request, words, messages.SUCCESS if names else messages.WARNING)
        query = urlencode({"notice": notice.slug, "year": year, "period": period})
        return HttpResponseRedirect(f"{reverse('admin:pilots_report_grid')}?{query}")

    # Answering it.

    def sent_page(self, request: HttpRequest, report: Report, problems: Iterable[str] = ()) -> HttpResponse:
        """Show what was sent, to the ministry with what it may answer."""
        lines: list[Any] = list(ReportLine.all_objects.filter(report=report).select_related("priority", "document"))
        was: dict[int, dict[str, dict[str, str]]] = defaultdict(dict)  # of lines, since the report was sent back
        rows = [line.pk for line in lines if any(line.comment for line in lines)]
        undone = undone_edits(report) if rows else set()
        entries = HistoryEntry.objects.filter(content_type__model=ReportLine._meta.model_name, object_id__in=rows)
        for entry in entries.exclude(edit__in=undone).order_by("pk") if rows else ():
            changes = {change["field"]: change for change in entry.changed_lines}
            if "comment" in changes:
                was.clear()
            was[entry.object_id] = changes | was[entry.object_id]
        is_answerable = request.user.has_perm(EDIT) and not report.is_withdrawn
        answer_url = self.address("answer", report) if is_answerable else ""
        opinions: Any = drafts.typed_before(request, answer_url) if answer_url else {}
        opinions = request.POST if request.method == "POST" else opinions
        for line in lines:
            line.opinion = opinions.get(f"{COMMENT}{line.pk}", "")
            line.changes = [change for name, change in was[line.pk].items() if name != "comment"]
        context = {
            "opts": self.opts,
            "original": report,
            "title": f"{report.region.name}：{report}",
            "problems": problems,
        }
        quarters = earlier_in(report)
        context["lines"] = [(line, quarters.get(line.priority_id, ())) for line in lines]
        context["version"] = f"{report.state} {report.sent_at}"
        context |= {"answer_url": answer_url, "signature": signature(request)}
        context["withdraw_url"] = self.address("withdraw", report) if self.may_withdraw(request, report) else ""
        is_hers = report.state == ReportState.SENT and not report.is_withdrawn and may_send(request, report)
        context |= {"recall_url": self.address("recall", report) if is_hers else "", "recalled": WHY}
        context["history_url"] = self.address("history", report)
        context |= self.admin_site.each_context(request) | {"draft": drafts.of_form(request).first()}
        return TemplateResponse(request, "admin/reports/sent.html", context).render()

    def answer_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send a report back with comments, or make it public; for who may edit everywhere. What she had typed of one
        that isn't to be answered by now is shown, to be copied."""
        if answer := drafts.answer(self, request, object_id):
            return answer
        if request.method != "POST":
            report: Any = self.get_object(request, unquote(object_id))
            is_late = report and (report.is_open or report.is_withdrawn)
            if is_late and (shown_request := drafts.opened(self, request, object_id)):
                words = "您写的退回意见没有送出，在下面，可以复制；不用的，到首页丢弃草稿。"
                title = f"{report.region.name}：{report}，{'已撤下' if report.is_withdrawn else '在地区手里'}"
                return errors.page(shown_request, 200, title, words)
            return HttpResponseRedirect(reverse("admin:pilots_report_change", args=[object_id]))
        return self._write_answer(request, object_id)

    def _write_answer(self, request: HttpRequest, object_id: str) -> HttpResponse:
        with edited_by(request), together():
            report: Any = self.get_object(request, unquote(object_id))
            if not may_answer(request):
                raise PermissionDenied
            if report is None:
                return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
            state = next((ANSWERS[name] for name in ANSWERS if name in request.POST), None)
            is_same = request.POST.get("version") == f"{report.state} {report.sent_at}"
            is_other = report.is_open or report.is_withdrawn or not is_same
            if is_other or state in (None, report.state):
                return self._refuse_late(request, report)
            problems = self.comment(request, report, is_returned=state == ReportState.RETURNED)
            if not problems:
                report.state = state
                report.save()
        if problems:
            drafts.store(request)
            return self.sent_page(request, report, problems)
        drafts.of_form(request).delete()
        words = "已退回：报送单位的首页写明已退回，打开就看到意见。" if state == ReportState.RETURNED else "已公开。"
        undo = undo_button(request, self.address("recall", report), vars(request)["edit_key"], WHY)
        words = format_html("“{}：{}”{}{}", report.region.name, report, words, undo)
        self.message_user(request, words, messages.SUCCESS)
        is_hers = state == ReportState.RETURNED  # the area's: not to be opened here
        return HttpResponseRedirect(reverse("admin:index") if is_hers else self.address("change", report))

    def _refuse_late(self, request: HttpRequest, report: Report) -> HttpResponse:
        """Write nothing, for the report has changed since; what was typed waits in the form, if there is one."""
        is_typed = any(f"{text}".strip() for name, text in request.POST.items() if name.startswith("comment-"))
        if is_typed and (report.is_open or report.is_withdrawn):
            words = "没有写入：请看过再定。您写的意见在下面，可以复制。"
            return errors.page(request, 409, "这份报告刚刚有了变化", words)
        if is_typed:
            drafts.store(request)
        self.message_user(request, "没有改动：这份报告刚刚有了变化，请看过再定。", messages.WARNING)
        return HttpResponseRedirect(self.address("change", report))

    def comment(self, request: HttpRequest, report: Report, is_returned: bool) -> list[str]:
        """Write what was posted to say of each line, in place of what was said before; return what is wrong with it:
        then nothing is written. Who makes the report public has nothing to say."""
        problems, lines = [], list(ReportLine.all_objects.filter(report=report).select_related("priority"))
        for line in lines:
            line.comment = cleaned(request.POST.get(f"{COMMENT}{line.pk}", "")).strip()
            try:
                line.full_clean()
            except ValidationError as error:
                problems += [f"第{line.priority.number}项：{text}" for text in error.messages]
            if reason := objection(line.comment):
                problems.append(f"第{line.priority.number}项：{reason}")
        if is_returned != any(line.comment for line in lines):
            why = "您写了退回意见。要退回的，点“退回”；要公开的，先删去意见，再点“公开”。"
            problems.append("请至少在一项下写明要补充或改正什么。" if is_returned else why)
        for line in () if problems else lines:
            line.save()
        return problems
