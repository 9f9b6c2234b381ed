"""A record as a page of its parts: what each holds, whether it waits for somebody, and the way to its small form."""

from collections.abc import Collection, Mapping
from typing import Any

from django.contrib.admin.options import IS_POPUP_VAR, get_content_type_for_model
from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse

from ..history.original import Issued
from ..models import Document, Priority, Proposal, is_drafted
from ..models.evidence import Evidence
from ..models.received import Line
from ..models.recorded import kind_of, own_field
from ..models.work_queue import QUEUES
from .proposals import concerning
from .review import ACCEPTING
from .verifying import shown

WHOLE = "whole"  # the address of the form of all fields and rows
BACK = "back"  # in the address of a row's form: after saving, to the record that it is a part of
MOST_OPEN = 2  # rows of what came after that stand open; of more it says how many
LONGEST = 120  # characters of what a part says of itself
STATES = ("verification", "confidence")  # fields that say how far a row was checked, beside those of its sources


def part_of(request: HttpRequest) -> str:
    """Return which part of a record a form is of; empty where it is of all."""
    return vars(request).get("part", "")


def is_small(options: Any, request: HttpRequest) -> bool:
    """Return whether a form is that of a part, or of a row that was opened from the record it is a part of."""
    return part_of(request) in options.parts or BACK in request.GET


def is_of_parts(request: HttpRequest) -> bool:
    """Return whether the address of a record asks for its parts: not in a small window, nor for other values."""
    return (
        request.method != "POST"
        and not part_of(request)
        and {IS_POPUP_VAR, "restore", ACCEPTING}.isdisjoint(request.GET)
    )


def grouped(
    fields: list[str], parts: Mapping[str, tuple[str, tuple[str, ...]]], last: Collection[str]
) -> list[tuple[str | None, dict[str, Any]]]:
    """Return the fields of a whole form in groups, as its parts have them; first those of none, at the end `last`. A
    source that several parts ask for is in the first."""
    groups: list[tuple[str | None, list[str]]] = []
    parted = {*last}
    for title, names in parts.values():
        groups.append((title, [name for name in names if name in fields and name not in parted]))
        parted.update(names)
    groups = [(None, [name for name in fields if name not in parted]), *groups]
    groups.append(("保存" if parts else None, [name for name in last if name in fields]))
    return [(title, {"fields": names}) for title, names in groups if names]


def record_address(options: Any, request: HttpRequest, row: Any) -> str:
    """Return where to go on after a part, or a row that was opened from its record, was saved; else empty."""
    if not is_small(options, request):
        return ""
    record = getattr(row, row.belongs_to) if row.belongs_to else row
    return str(options.admin_site.get_model_admin(type(record)).address("change", record))


def waiting_on(user: Any, row: Any) -> list[Proposal]:
    """Return what was proposed of a record, its rows too, or of a row, and isn't answered, as far as this person may
    see it: so that nobody types again what waits. One query."""
    kind = kind_of(row)
    of = Q(subject_kind=kind, subject_id=row.pk) | Q(row_kind=kind, row_id=row.pk)
    return list(concerning(user).open().filter(of).select_related("author").order_by("pk"))


def page_of_parts(options: Any, request: HttpRequest, record: Any) -> dict[str, Any]:
    """Return what the page shows: the `parts` in order, what each says of itself, or the rows inside it."""
    inlines = {}
    for inline in options.get_inline_instances(request, record):
        [link] = [field for field in inline.opts.fields if field.related_model is options.model]
        rows = inline.get_queryset(request).filter(**{link.name: record})
        inlines[link.remote_field.get_accessor_name()] = (inline, list(rows.order_by(*inline.get_ordering(request))))
    may_change, parts, is_of_draft = options.has_change_permission(request, record), [], is_drafted(record)
    states = _States([record, *(row for _, rows in inlines.values() for row in rows)], is_of_draft)
    for name, (title, fields) in options.parts.items():
        if fields:
            address = options.address(name, record) if may_change else ""
            parts.append({"title": title, "address": address, **states.of(record, fields, may_change)})
        elif name in inlines:
            inline, rows = inlines[name]
            may_change_rows = inline.has_change_permission(request, record)
            inner = options.admin_site.get_model_admin(inline.model)
            lines = [_row(inner, states, row, may_change_rows) for row in rows]
            new = reverse(f"admin:pilots_{inner.opts.model_name}_add")
            may_add = is_of_draft or not issubclass(inline.model, Line)
            may_add = may_add and inline.has_add_permission(request, record)
            query = f"{inline.fk_name or options.opts.model_name}={record.pk}&{BACK}=1"
            is_evidence = issubclass(inline.model, Document | Evidence)
            add = f"{new}?{query}" if may_add else ""
            may_paste = is_evidence and may_change_rows and (lines or may_add)
            table = reverse(f"admin:pilots_{inner.opts.model_name}_import") if may_paste else ""
            is_filled = lines and may_paste and hasattr(inner, "column_view")
            column = reverse(f"admin:pilots_{inner.opts.model_name}_column") if is_filled else ""
            parts.append(
                {
                    "title": title,
                    "rows": lines,
                    "is_folded": is_evidence and len(lines) > MOST_OPEN,
                    "add": add,
                    "table": f"{table}?region={record.pk}" if table else "",
                    "column": f"{column}?region={record.pk}" if column else "",
                }
            )
    return {
        "opts": options.opts,
        "original": record,
        "title": str(record),
        "parts": parts,
        "waiting": waiting_on(request.user, record),
        "content_type_id": get_content_type_for_model(record).pk,
        "has_absolute_url": hasattr(record, "get_absolute_url") and not is_of_draft,
        "is_of_draft": is_of_draft,
        **{f"{page}_url": options.address(page, record) for page in (WHOLE, "history")},
    }


def _row(options: Any, states: "_States", row: Any, may_change: bool) -> dict[str, Any]:
    """Return a row inside a record: its words, its state and the ways to its forms."""
    small = [(name, title, fields) for name, (title, fields) in options.parts.items() if fields]
    groups = [fields for _, _, fields in small] or [[field.name for field in row._meta.fields if field.editable]]
    forms = [(title, options.address(name, row)) for name, title, _ in small]
    by_tag = {state["tag"]: state for fields in groups if (state := states.of(row, fields, may_change))["tag"]}
    return {
        "row": row,
        "text": f"{row.number}. {row.text}" if isinstance(row, Priority) else str(row),
        "states": [*by_tag.values()],  # once where its parts stand alike
        "forms": (forms or [("", f"{options.address('change', row)}?{BACK}=1")]) if may_change else [],
    }


class _States:
    """How things stand with rows of the record. A few queries, however many rows there are."""

    def __init__(self, rows: list[Any], is_of_draft: bool) -> None:
        self._issued, self._same = Issued(rows), "已填写" if is_of_draft else "与原文一致"
        self._waiting: dict[tuple[type, int], set[str]] = {}
        for queue in QUEUES:
            rows_waiting: Any = queue.objects
            model: Any = queue._meta.concrete_model
            pks = [row.pk for row in rows if type(row) is model]
            for row in rows_waiting.filter(pk__in=pks) if pks else ():
                names = [{*problem.verified, problem.source} - {""} or problem.facts for problem in row.problems]
                self._waiting[model, row.pk] = set().union(*names)

    def of(self, row: Any, names: Collection[str], may_change: bool) -> dict[str, str]:
        """Return what is said of those fields of a row: their state (`tag`, and its `kind`) and what they hold."""
        values = {name: shown(row, name) for name in names if may_change or name not in row.internal_fields}
        values = {n: v for n, v in values.items() if v and getattr(row, n) != ""}
        words = "；".join(
            f"{own_field(row, name).verbose_name}：{value.removesuffix('。')}"
            for name, value in values.items()
            if not _is_state(row, name)
        )
        tag, kind = self._tag(row, names, values)
        return {"tag": tag, "kind": kind, "words": words if len(words) <= LONGEST else f"{words[:LONGEST]}…"}

    def _tag(self, row: Any, names: Collection[str], values: dict[str, str]) -> tuple[str, str]:
        if getattr(row, "is_withdrawn", False):
            return "已撤下", "mute"
        if self._waiting.get((type(row), row.pk), set()) & set(names):
            return "待核实", "wait"
        if any(row.is_public_field(name) and not row.shows(name) for name in values):
            return "暂不公开", "wait"
        if verbatim := set(names) & set(row.verbatim_fields):
            is_same = not self._issued.words(row, verbatim)
            return (self._same if is_same else "已更正") if getattr(row, "is_issued", True) else "本站增补", ""
        states = [name for name in names if _is_state(row, name) and own_field(row, name).choices]
        if states:
            label = own_field(row, states[-1]).verbose_name if states[-1] == "confidence" else ""
            return f"{label}{getattr(row, f'get_{states[-1]}_display')()}", ""
        return ("已填写", "") if values else ("没有填写", "mute")


def _is_state(row: Any, name: str) -> bool:
    return name in STATES or name in {status for status, _ in row.sourced.values()}
