"""The notice's own words are changed only by somebody who has seen how the new text differs from the issued one."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple

from django.db.models import Model
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from ..history import original
from ..history.edits import Change
from ..models.fixtures import LoadError
from ..models.received import ADDED
from .merging import GuardedForm

CONFIRMED = "confirmed"  # the field that carries the digest of what was seen and confirmed
TICKED = "True"  # what it carries in a small form of a part, where the box is there before anything was changed


class Confirmation(NamedTuple):
    """What is to be confirmed before it is saved: these corrections and no others."""

    corrections: tuple[Change, ...]
    is_of_dates: bool = False  # when reports were due, and nothing of the notice's own words

    @property
    def digest(self) -> str:
        """A name for exactly these texts: another change asks for another confirmation."""
        return hashlib.sha256(json.dumps(self.corrections).encode()).hexdigest()[:16]

    def shown(self) -> SafeString:
        """Return how each text differs from the issued one, escaped."""
        template = "pilots/_difference.html"
        rows = ((row.label, render_to_string(template, {"line": row})) for row in self.corrections)
        return format_html_join("", "<p>{}：{}</p>", rows)


def confirmation_of(forms: list[GuardedForm], added: Iterable[Model] = ()) -> Confirmation | None:
    """Return what must be confirmed of what these forms write and of the rows that were `added`, or None."""
    corrections = tuple(correction for form in forms for correction in _corrections(form))
    remark = f"通知原文没有这一行，将处处标明“{ADDED}”，不计入通知的各项数"
    corrections += tuple(
        Change(f"新增{row._meta.verbose_name}，{remark}", "", str(row))
        for row in added
        if not getattr(row, "is_issued", True)
    )
    overdue = tuple(change for form in forms for change in _overdue(form))
    corrections += overdue
    return Confirmation(corrections, is_of_dates=corrections == overdue) if corrections else None


def _overdue(form: GuardedForm) -> Iterator[Change]:
    """Yield what it means to switch on the reports of a notice, where all of them fell due before today."""
    notice: Any = form.instance
    if {"reports_from", "reports_until"}.isdisjoint(form.written) or not notice.periods:
        return
    (first_on, *_), (last_on, *_) = notice.periods[0], notice.periods[-1]
    if last_on < timezone.localdate():
        days = " 至 ".join(date_format(day, "Y年n月j日") for day in (first_on, last_on))
        late = f"{notice.regions.count()}个地区各{len(notice.periods)}期报送马上全部逾期"
        yield Change(f"到期日都已过去，开通后{late}", "没有开通", days)


def _corrections(form: GuardedForm) -> Iterator[Change]:
    names = [name for name in form.written if form.is_exchanged or name in form._meta.model.verbatim_fields]
    texts: dict[str, Any] = {}  # as issued; none of a row that has none, or where the fixtures can't be read
    if names and not form.is_exchanged:
        with suppress(LoadError):
            texts = original.texts(form._meta.model).get(form.instance.pk, {})
    for name in names:
        before = texts.get(name, form.initial[name])
        if getattr(form.instance, name) != before:
            label = f"{form.instance._meta.verbose_name}“{form.instance}”的{form.fields[name].label}"
            yield Change(label, str(before), str(getattr(form.instance, name)))
