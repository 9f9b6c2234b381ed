"""Deleting is 撤下: a record stays in the database, with day and reason, and can be restored; nobody deletes it.

What the notice itself says line by line (its paragraphs, citations, signatures and priorities) stays as issued: of
those, only rows that were added on this site can be withdrawn. An area can, its line in the annex stays.
"""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from ..history.original import is_issued
from ..http.unsaved import REASON
from ..models import HistoryEntry, together
from ..models.characters import cleaned, objection
from ..models.typography import letters
from .saving import REASON_LENGTH, edited_by

ISSUED = "这是通知印发的文字，不能单独撤下；有误请更正，或撤下整个地区。"
SEEN = "version"  # the field that carries the last change that the page knew of


class KeptForever:
    """An admin of records that nobody deletes: whoever tries is told the way on."""

    way_on = "记录不能删除。内容有误请更正；地址变动请用“旧地址”。"

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def may_delete(self, request: HttpRequest, row: models.Model | None) -> bool:
        """Return whether this person's role has the right to delete the row: here, to withdraw and to restore it."""
        return super().has_delete_permission(request, row)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Refuse, and lead whose role would let her delete to the form of the record."""
        row = self.get_object(request, unquote(object_id))
        if not self.may_delete(request, row):
            raise PermissionDenied
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        self.message_user(request, self.way_on, messages.ERROR)
        return HttpResponseRedirect(self._address("change", row))

    def _address(self, name: str, row: models.Model) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{name}", args=[row.pk])


class SeenForm(forms.Form):
    """The reason for doing something to a record as a whole, and what the page knew of it."""

    edit_reason = forms.CharField(
        label="原因",
        max_length=REASON_LENGTH,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text="必填，公开显示，请勿写个人姓名。",
    )
    version = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, row: models.Model, *args: Any, **kwargs: Any) -> None:
        self.last = _last_change(row)
        self.state = f"{self.last.pk if self.last else 0}-{getattr(row, 'is_withdrawn', False)}"
        super().__init__(*args, initial={SEEN: self.state}, **kwargs)

    def clean_edit_reason(self) -> str:
        reason = cleaned(self.cleaned_data[REASON]).strip()
        if not letters(reason):  # nothing of it could be seen, or read
            raise forms.ValidationError(self.fields[REASON].error_messages["required"])
        if objection(reason):
            raise forms.ValidationError(objection(reason))
        return reason

    def clean(self) -> dict[str, Any]:
        """Refuse a page that is older than the record; the page that goes back is not."""
        cleaned = super().clean()
        if cleaned.get(SEEN) != self.state:
            self.data = self.data.copy()
            self.data[SEEN] = self.state
            who = self.last.edit.who if self.last else "他人"
            self.add_error(None, f"您打开之后，{who}改过这条记录。请核对后再次确认。")
        return cleaned


def _last_change(row: models.Model) -> HistoryEntry | None:
    kind = ContentType.objects.get_for_model(row)
    row_condition = models.Q(content_type=kind, object_id=row.pk)
    entries = HistoryEntry.objects.filter(
        row_condition | models.Q(edit__subject_kind=kind.model, edit__subject_id=row.pk)
    )
    return entries.select_related("edit__actor").order_by("-pk").first()


class WithdrawnFilter(admin.SimpleListFilter):
    """What readers see, and what is withdrawn."""

    title = "公开情况"
    parameter_name = "withdrawn"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("no", "公开"), ("yes", "已撤下")]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        if self.value() not in ("no", "yes"):
            return queryset
        return queryset.filter(withdrawn_on__isnull=self.value() == "no")


class WithdrawingAdmin(KeptForever):
    """An admin of records that can be withdrawn and restored, by whom the role lets delete them."""

    way_on = "记录不能删除。要让它不再公开，请用“撤下”并写明原因；撤下后可以恢复。"
    change_form_template = "admin/pilots/withdrawable/change_form.html"
    effect = "撤下以后，网站各处不再有它。可以恢复。"  # what withdrawing does, for who is about to

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        return (*super().get_list_display(request), "withdrawn_on")

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        return [WithdrawnFilter, *super().get_list_filter(request)]

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_withdraw"
        view = self.admin_site.admin_view(self.withdraw_view)
        return [path("<path:object_id>/withdraw/", view, name=name), *super().get_urls()]

    def withdraw_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for the reason and withdraw the record, or restore it where it is withdrawn."""
        with edited_by(request), together():
            row = self.get_object(request, unquote(object_id))
            if not self.may_delete(request, row):
                raise PermissionDenied
            if row is None:
                return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
            form = SeenForm(row, request.POST if request.method == "POST" else None)
            if is_issued(row):
                self.message_user(request, ISSUED, messages.ERROR)
                return HttpResponseRedirect(self._address("change", row))
            if not form.is_valid():
                return self._asked(request, row, form)
            self._turn(row, form.cleaned_data[REASON])
        self.message_user(request, f"“{row}”已{'撤下' if row.is_withdrawn else '恢复'}。", messages.SUCCESS)
        return HttpResponseRedirect(self._address("change", row))

    @staticmethod
    def _turn(row: models.Model, reason: str) -> None:
        row.withdrawn_reason = "" if row.is_withdrawn else reason
        row.withdrawn_on = None if row.is_withdrawn else timezone.localdate()
        row.save(update_fields=["withdrawn_on", "withdrawn_reason"])

    def _asked(self, request: HttpRequest, row: models.Model, form: SeenForm) -> HttpResponse:
        verb = "恢复" if row.is_withdrawn else "撤下"
        context = self.admin_site.each_context(request) | {
            "opts": self.opts,
            "original": row,
            "form": form,
            "verb": verb,
            "effect": self.effect,
            "title": f"{verb}：{row}",
            "change_url": self._address("change", row),
        }
        return TemplateResponse(request, "admin/pilots/withdrawable/withdraw.html", context).render()

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        row = kwargs.get("obj")
        may = row is not None and self.may_delete(request, row) and not is_issued(row)
        context |= {"withdraw_url": self._address("withdraw", row) if may else ""}
        return super().render_change_form(request, context, *args, **kwargs)
