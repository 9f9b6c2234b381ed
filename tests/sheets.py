"""Tables that officials bring and take away, as files and as answers to their forms."""

import csv
import io
import zipfile

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from pilots.models import Region

from .forms import REASON


def place(model, kind):
    return reverse(f"admin:pilots_{model._meta.model_name}_export_{kind}")


def body(response):
    return b"".join(response.streaming_content)


HEAD = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
TAIL = "</sheetData></worksheet>"


def url(model):
    return reverse(f"admin:pilots_{model._meta.model_name}_import")


def csv_of(*rows, encoding="utf-8-sig"):
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode(encoding)


def bring(client, file, model=Region, **also):
    return client.post(url(model), {"file": SimpleUploadedFile("表.csv", file), **also})


def write(client, shown, model=Region, reason=REASON, **also):
    return client.post(url(model), {"plan": shown.context["plan"], "edit_reason": reason, **also})


def refusals(response):
    return [tuple(each) for each in response.context["refusals"]]


def bomb(**parts):
    """Return an XLSX file of the smallest parts, with these in place of theirs, however they are called."""
    made, kind = io.BytesIO(), "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    link = f'<Relationship Id="{{0}}" Type="{kind}/{{0}}" Target="{{1}}"/>'
    book = f'<workbook xmlns:r="{kind}"><sheets><sheet name="a" sheetId="1" r:id="worksheet"/></sheets></workbook>'
    files = {
        "_rels/.rels": f"<Relationships>{link.format('officeDocument', 'b.bin')}</Relationships>",
        "b.bin": book,
        "_rels/b.bin.rels": "<Relationships>"
        + "".join(link.format(name, f"{name}.dat") for name in ("worksheet", "sharedStrings", "styles"))
        + "</Relationships>",
        "worksheet.dat": HEAD + TAIL,
        "sharedStrings.dat": "<sst/>",
        "styles.dat": "<styleSheet/>",
    }
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
        for name, text in (files | {f"{name}.dat": text for name, text in parts.items()}).items():
            file.writestr(name, text)
    return made.getvalue()


def row_of(*cells, number=1):
    return f'<row r="{number}">{"".join(cells)}</row>'
