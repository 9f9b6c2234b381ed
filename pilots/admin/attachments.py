"""The PDF of a document in its form: taken before the form is read, so that it stays whatever else is wrong there.

In the form it is text, what the document names it by: merged, proposed, kept as a draft and undone as any field. A
form may name what its document had before, and what its person uploaded, which comes signed: the sum alone, which
readers know of files that were public, opens nothing.
"""

import re
from collections.abc import Collection
from typing import Any

from django import forms
from django.core import signing
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import path, reverse

from ..exports.attachments import download
from ..models import Document, Draft, Proposal
from ..models.attachments import VALUE, in_words, parts
from ..record import attachments
from .importing import ImportAdmin, RowForm
from .proposals import accepted_by

FILE, CLEAR, UPLOADED = "pdf-file", "pdf-clear", "pdf_uploaded"  # what the form posts beside the field itself
HELP = f"至多 {attachments.MOST_BYTES >> 20} MB，没有密码、脚本和附件。与记录一同公开；有了它，出处可以不写网址。"
MISSING = "这份文件不在本站：请重新选择。"


def uploaded_by(signed: str, person: int | None) -> str:
    """Return which file a person brought, as she was given it, signed; empty where that isn't hers."""
    try:
        pk, value = signing.loads(signed, salt=UPLOADED)
    except signing.BadSignature:
        return ""
    return value if pk == person else ""


class PdfInput(forms.Widget):
    """The file that there is, which may be taken away, and the box for another."""

    template_name = "django/forms/widgets/pdf.html"
    needs_multipart_form = True
    uploaded = ""  # who brought which file, signed

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        is_file = re.fullmatch(VALUE, value or "")  # whatever was posted
        context = super().get_context(name, value if is_file else "", attrs)
        url = reverse("admin:pilots_document_pdf", args=[parts(value)[0]]) if is_file else ""
        context["widget"] |= {"words": in_words(value or ""), "url": url, "file": FILE, "clear": CLEAR}
        context["widget"] |= {"uploaded": self.uploaded, "uploaded_name": UPLOADED, "most": attachments.MOST_BYTES}
        return context

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return "" if CLEAR in data else data.get(name)


class PdfField(forms.CharField):
    """What a document names its file by, where the file is there."""

    widget = PdfInput

    def clean(self, value: Any) -> str:
        text: str = super().clean(value)
        if text and not (re.fullmatch(VALUE, text) and attachments.is_there(text)):
            raise ValidationError(MISSING)
        return text


class DocumentForm(RowForm):
    """The form of a document, with the file that came with it."""

    pdf_problem = ""  # why that wasn't taken
    person: int | None = None  # who fills it in
    proposed: Collection[str] = ()  # the file of the proposal that saving it accepts

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "pdf" in self.fields:
            self.fields["pdf"].widget.uploaded = self.data.get(UPLOADED, "")

    def clean_pdf(self) -> str:
        """Refuse a file that is named by who neither brought it nor finds it in the history of the document."""
        value: str = self.cleaned_data["pdf"]
        if value and value not in (uploaded_by(self.data.get(UPLOADED, ""), self.person), *self.proposed):
            row, none = Document._base_manager.filter(pk=self.instance.pk), Proposal.objects.none()
            if value not in attachments.in_use(row, none, Draft.objects.none()):
                raise ValidationError(MISSING)
        return value

    def _post_clean(self) -> None:
        super()._post_clean()
        if self.pdf_problem:
            self.add_error("pdf", f"{self.pdf_problem}没有收下，请重新选择。")


class WithFileAdmin(ImportAdmin):
    """An admin of rows that hold a PDF."""

    form = DocumentForm

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.pdf_view)
        return [path("pdf/<str:digest>.pdf", view, name="pilots_document_pdf"), *super().get_urls()]

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, *args, **kwargs)
        form.pdf_problem = vars(request).get("pdf_problem", "")
        proposal = accepted_by(request, None)  # an official's: a reader's brings none
        form.person, form.proposed = (
            request.user.pk,
            proposal.request.get("post", {}).get("pdf", ()) if proposal else (),
        )
        return form

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "pdf":
            return PdfField(label=db_field.verbose_name, required=False, help_text=HELP)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def changeform_view(self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any) -> Any:
        file = request.FILES.get(FILE) if request.method == "POST" else None
        if (file or CLEAR in request.POST) and self.may_write(request, object_id):
            posted: Any = request.POST.copy()
            posted.pop(CLEAR, None)
            try:
                posted["pdf"] = attachments.put(file.read()) if file else ""
                posted[UPLOADED] = signing.dumps([request.user.pk, posted["pdf"]], salt=UPLOADED)
            except ValidationError as error:
                vars(request)["pdf_problem"] = error.messages[0]
            request.POST = posted
        return super().changeform_view(request, object_id, *args, **kwargs)

    def pdf_view(self, request: HttpRequest, digest: str) -> HttpResponseBase:
        """Give out a file that a document in reach, its history or a proposal names, or that this person brought to a
        draft."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        proposals = self.admin_site.get_model_admin(Proposal).get_queryset(request)
        values = attachments.in_use(self.get_queryset(request), proposals, Draft.objects.none())
        for draft in Draft.objects.filter(user=request.user.pk, path__contains="/document/"):
            values.update(uploaded_by(signed, request.user.pk) for signed in draft.fields.get(UPLOADED, ()))
        value = next((value for value in values if parts(value)[0] == digest), "")
        if not value:
            raise Http404
        return download(request, value)
