"""The whole record as a Frictionless data package: a CSV for each table, their description, checksums, a README.

Its bytes depend on the record and the site's address alone; its version is a hash of the tables.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from ..history.original import Issued
from ..models import Notice
from . import state, tables
from .columns import meanings
from .package_tables import Table
from .package_tables import tables as schema

NAME = "ecological-civilization-pilots"
DESCRIPTOR = "datapackage.json"
README = "README.md"
SUMS = "SHA256SUMS"


def packed(base: str) -> bytes:
    """Return the package as a zip: kept from before, or made now. base: scheme and host of the site."""
    return state.file("package", base, make=lambda: tables.packed(_files(base)))


def unpacked(package: bytes) -> dict[str, bytes]:
    """Return the files of a package by name, in its order."""
    with zipfile.ZipFile(io.BytesIO(package)) as zip_file:
        return {part.filename: zip_file.read(part) for part in zip_file.infolist()}


def descriptor(package: bytes) -> dict[str, Any]:
    """Return what the package says of itself (datapackage.json)."""
    with zipfile.ZipFile(io.BytesIO(package)) as zip_file:
        return json.loads(zip_file.read(DESCRIPTOR))


def _files(base: str) -> Iterable[tuple[str, bytes]]:
    parts = [_resource(table) for table in schema(base)]
    metadata = _description(parts, base)
    files = [(resource["path"], content) for resource, content in parts]
    files.insert(0, (DESCRIPTOR, json.dumps(metadata, ensure_ascii=False, indent=1).encode()))
    readme = render_to_string("pilots/package.md", {"package": metadata, "site": settings.SITE, "base": base})
    files.insert(1, (README, readme.encode()))
    sums = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in files)
    return [*files, (SUMS, sums.encode())]


def _description(parts: list[tuple[dict[str, Any], bytes]], base: str) -> dict[str, Any]:
    site = settings.SITE
    licence = {"name": site["licence"], "title": site["licence"], "path": site["licence_url"]}
    licence = {name: value for name, value in licence.items() if value}
    digests = b"".join(hashlib.sha256(content).digest() for _, content in parts)
    notices = list(Notice.objects.order_by("slug"))
    originals = Issued(notices)
    sources = []
    for notice in notices:  # number and title as issued name the document that the data come from
        words = originals.words(notice, ("number", "title"))
        title = f"{words.get('number', notice.number)} {words.get('title', notice.title)}"
        sources.append({"title": title, "path": f"{base}{notice.get_absolute_url()}"})
    metadata = {
        "profile": "tabular-data-package",
        "name": NAME,
        "title": site["name"],
        "description": f"{site['source']}字符串开头的撇号（'）表示文本，避免被电子表格当作公式或改动；请去掉。",
        "version": hashlib.sha256(digests).hexdigest()[:16],
        "homepage": f"{base}{reverse('pilots:data')}",
        "licenses": [licence] if licence else [],
        "sources": sources,
        "contributors": [{"title": site["operator"], "role": "publisher"}] if site["operator"] else [],
        "resources": [resource for resource, _ in parts],
    }
    return {name: value for name, value in metadata.items() if value}


def _resource(table: Table) -> tuple[dict[str, Any], bytes]:
    """Return a table as the descriptor has it, and its file."""
    rows = list(table.rows())
    texts = meanings(table.items, ({item.name: item.value(row) for item in table.items} for row in rows))
    columns = [replace(column, label=column.name) for column in table.items]
    content = b"".join(tables.csv_rows(columns, rows, has_bom=False))
    resource = {
        "profile": "tabular-data-resource",
        "name": table.name,
        "title": table.title,
        "description": table.description,
        "path": f"{table.name}.csv",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": {
            "delimiter": ",",
            "lineTerminator": "\r\n",
            "quoteChar": '"',
            "doubleQuote": True,
            "header": True,
        },
        "bytes": len(content),
        "rows": len(rows),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
        "schema": {
            "fields": [
                {key: value for key, value in field.items() if value}
                for field in (
                    {
                        "name": item.name,
                        "type": item.type,
                        "title": item.label,
                        "description": texts[item.name],
                        "constraints": item.constraints,
                        "trueValues": ["是"] if item.type == "boolean" else [],
                        "falseValues": ["否"] if item.type == "boolean" else [],
                    }
                    for item in table.items
                )
            ],
            "missingValues": [""],
            "primaryKey": table.key,
            "foreignKeys": table.links,
        },
    }
    return resource, content
