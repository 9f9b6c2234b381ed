"""The PDF of a document as a download, from an address of its own: no browser shows it as a page of the site."""

from base64 import b64encode

from django.conf import settings
from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.generic import View

from ..http import errors
from ..models import Document
from ..models.attachments import parts
from ..record import attachments
from .formats import UNFIT
from .tables import disposition


def download(request: HttpRequest, value: str, title: str = "") -> HttpResponseBase:
    """Answer with the file that a document names so; with what is wrong where it is lost or damaged."""
    digest, size = parts(value)
    if not attachments.is_whole(value):
        return errors.page(request, 503, "文件暂时取不到", "本站存的这份文件丢失或已损坏，正等待恢复。")
    response = StreamingHttpResponse(attachments.pieces(value), content_type="application/pdf")
    response.headers["Content-Length"] = str(size)
    response.headers["ETag"] = f'"{digest[:32]}-{settings.SECURE_HSTS_SECONDS}"'  # as of what isn't sent in pieces
    name = UNFIT.sub("_", title)[:60].strip() or digest[:12]
    response.headers["Content-Disposition"] = disposition(f"{digest[:12]}.pdf", f"{name}.pdf")
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Repr-Digest"] = f"sha-256=:{b64encode(bytes.fromhex(digest)).decode()}:"  # RFC 9530
    return response


class DocumentPdfView(View):
    """The file of a document that readers may see, by its SHA-256."""

    def get(self, request: HttpRequest, digest: str) -> HttpResponseBase:
        rows = Document.objects.filter(pdf__startswith=f"{digest}-").select_related("region")
        row = next((row for row in rows if row.is_shown), None)
        if row is None:
            raise Http404
        return download(request, row.pdf, row.names[0])
