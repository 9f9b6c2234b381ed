"""What somebody typed into a form of the record that can't be saved: kept as her draft where it is known whose it is,
and shown back, so that it can be copied.

Only fields of the record are shown, only those that differ from what the page had when it was opened, and only to
whoever has just posted them: forms of accounts and passwords are never looked at.
"""

import json
import re
import time
from collections.abc import Iterator
from copy import copy
from datetime import UTC, datetime
from itertools import islice
from typing import Any, cast

from django.contrib.admin.utils import unquote
from django.core import signing
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.db import models
from django.http import HttpRequest, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.urls import Resolver404, resolve

from ..models import Draft, Region

MOST_ROWS = 1000  # of one kind inside a form; further ones aren't shown back
LONGEST_STATE = 500_000  # characters of JSON
MOST_STATES = 10_000  # fields of one row, or links of one field
OPENED = "opened"  # the field that carries what a form held when its page was opened, as JSON
OPENED_BY = "opened_by"  # the field that says, signed, which account opened a form, and when
REASON = "edit_reason"  # why the record is changed
TABLE = "table"  # the field of cells that are pasted
COMMENT = "comment-"  # what the names of fields begin with that say something of a line of a report
WAS = "was"  # what a screen of many rows showed of each, beside what is filled in


Typed = tuple[str, str]  # one field as typed: what it is called and the text


def typed(request: HttpRequest) -> list[Typed]:
    """Return what the request posts to a form of the record; nothing for any other request."""
    options = _record_admin(request)
    if options is None or not _is_readable(request):
        return []
    others = [("粘贴表格", TABLE), *(("退回意见", name) for name in request.POST if name.startswith(COMMENT))]
    others.append(("更正说明", REASON))
    reasons = [(label, request.POST[name]) for label, name in others[:MOST_ROWS] if request.POST.get(name)]
    return [*_of_row(request, options.model, "", ""), *_of_inlines(request, options), *reasons]


def posted(request: HttpRequest) -> dict[str, list[str]]:
    """Return what a form posts, field by field, but its token: without NUL, which PostgreSQL has in no JSON."""
    fields = ((name.replace("\0", ""), values) for name, values in request.POST.lists())
    return {
        name: [value.replace("\0", "") for value in values]
        for name, values in fields
        if name != "csrfmiddlewaretoken"
    }


def signature(request: HttpRequest) -> str:
    """Return what a form carries to say who opens it now, or opened it before what comes back was posted."""
    is_opened_now = request.method != "POST" or hasattr(request, "draft")
    if not is_opened_now and _opened_at(request, request.user) is not None:
        return request.POST[OPENED_BY]
    return signing.dumps([request.user.pk, time.time()], salt=OPENED_BY)


def keep(request: HttpRequest, user: Any, is_outdated: bool = False) -> Draft | None:
    """Keep what is posted to a form of the record as a draft of the account `user`; None: it can't be, or she may not
    save it. `is_outdated`: the form's token is; it may be another's, or she went on in a newer one."""
    options = _record_admin(request) if user else None
    if not options or not _is_readable(request):
        return None
    match, on_behalf = resolve(request.path_info), cast(Any, copy(request))
    on_behalf.user = user
    if str(match.url_name).endswith("_changelist"):  # what is done to rows of a list has a page of its own
        return None
    if not options.may_write(on_behalf, match.kwargs.get("object_id")):
        return None
    if is_outdated and (_opened_at(request, user) is None or newer(request, user)):
        return None
    fields = {name: values for name, values in posted(request).items() if not name.startswith("_")}
    key, area = match.kwargs.get("object_id"), request.GET.get("region", "")
    row: Any = options.get_object(on_behalf, unquote(key)) if key else None
    if row is None and area.isascii() and area.isdecimal() and len(area) <= 18:  # of rows of an area, or a new one
        row = Region.objects.filter(pk=area).first()
    record = getattr(row, getattr(row, "belongs_to", ""), None)
    title = "，".join(f"{part}" for part in (record, row) if part)
    return Draft.objects.keep(user.pk, request.path, request.GET.urlencode(), fields, title)


def newer(request: HttpRequest, user: Any) -> Draft | None:
    """Return the draft that another window of `user` has kept of the same form since the posted one was opened."""
    opened_at = _opened_at(request, user) if user and "\0" not in request.path else None
    if opened_at is None:
        return None
    drafts = Draft.objects.filter(user=user.pk, path=request.path, query=request.GET.urlencode())
    draft = drafts.filter(saved_at__gt=datetime.fromtimestamp(opened_at, UTC)).first()
    return draft if draft and draft.fields.get(OPENED_BY) != [request.POST[OPENED_BY]] else None


def _opened_at(request: HttpRequest, user: Any) -> float | None:
    """Return when `user` opened the posted form; None: another did, or nobody knows."""
    try:
        signed = request.POST.get(OPENED_BY, "")
        pk, opened_at = signing.loads(signed, salt=OPENED_BY, max_age=Draft.KEPT)
    except signing.BadSignature:
        return None
    return opened_at if pk == user.pk else None


def _record_admin(request: HttpRequest) -> Any:
    """Return the admin of the record whose form is posted, or None."""
    if request.method != "POST":
        return None
    try:
        view = resolve(request.path_info).func
    except Resolver404:
        return None
    options = getattr(view, "model_admin", None)
    return options if getattr(options, "shows_typed_text", False) else None


def _is_readable(request: HttpRequest) -> bool:
    """Return whether the body is a form: a refusal must not fall over what it refuses."""
    try:
        return bool(request.POST)
    except (BadRequest, MultiPartParserError, SuspiciousOperation, UnreadablePostError):
        return False


def _of_inlines(request: HttpRequest, options: Any) -> Iterator[Typed]:
    for inline in options.inlines:
        links = (field.remote_field for field in inline.model._meta.fields if field.related_model is options.model)
        prefix = next(filter(None, links)).get_accessor_name()
        total = request.POST.get(f"{prefix}-TOTAL_FORMS", "")
        count = int(total[: len(str(MOST_ROWS))]) if total.isdecimal() else 0  # what a form says that it has
        for number in range(min(count, MOST_ROWS)):
            label = f"{inline.model._meta.verbose_name}第{number + 1}行 "
            yield from _of_row(request, inline.model, f"{prefix}-{number}-", label)
    rows = (name for name in request.POST if re.fullmatch(rf"[0-9]{{1,18}}-{WAS}", name))  # of a screen of many
    for number, name in enumerate(islice(rows, MOST_ROWS), 1):
        was = lines(request.POST[name])
        cells = _of_row(request, options.model, name.removesuffix(WAS), f"第{number}行 ")
        yield from (cell for cell in cells if cell[1] != was)


def _of_row(request: HttpRequest, model: type[models.Model], prefix: str, label: str) -> Iterator[Typed]:
    opened_values = opened(request.POST.get(prefix + OPENED, ""))
    for field in (*model._meta.concrete_fields, *model._meta.many_to_many):
        values = list(map(lines, request.POST.getlist(prefix + field.name)))
        opened_value = opened_values.get(field.name)
        is_same = values in ([str(opened_value)], ["on"] if opened_value is True else None)
        if not (field.primary_key or not any(values) or field.related_model or is_same):
            words = dict(getattr(field, "flatchoices", ()))
            yield (f"{label}{field.verbose_name}", "、".join(f"{words.get(value, value)}" for value in values))


def lines(text: str) -> str:
    """Return `text` with line ends as the record has them; a browser posts CRLF."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def opened(posted: str) -> dict[str, Any]:
    """Return what a form held when its page was opened, from the JSON that came back; empty where it didn't.

    What comes back may be anything: only text, truths and lists of texts, which a form can hold, are taken.
    """
    if len(posted) > LONGEST_STATE:
        return {}
    try:
        state = json.loads(posted)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(state, dict) or len(state) > MOST_STATES:
        return {}
    return {
        name: value
        for name, value in state.items()
        if isinstance(value, str | bool)
        or (isinstance(value, list) and len(value) <= MOST_STATES and all(isinstance(key, str) for key in value))
    }
