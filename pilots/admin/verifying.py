"""标为已核实: somebody has checked facts of a record against a source, and says which."""

from typing import Any

from django import forms
from django.contrib.admin.utils import display_for_field, lookup_field
from django.core.exceptions import ValidationError
from django.db import models

from ..http.unsaved import REASON
from ..models.characters import CleanedField
from ..models.recorded import own_field
from ..models.sources import edit_problems, source_problems
from ..models.work_queue import Problem
from .saving import REASON_LENGTH
from .withdrawing import SeenForm

BEFORE_SOURCE = "核实依据："  # the source is what the public history gives as the reason


class VerifyForm(SeenForm):
    """Which of a row's problems are settled by a source, and the source. `row`: one that its queue has found."""

    problems = forms.MultipleChoiceField(label="已核对的事项", widget=forms.CheckboxSelectMultiple)
    edit_reason = CleanedField(
        label="出处",
        max_length=REASON_LENGTH - len(BEFORE_SOURCE),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text="核对所依据的公开网址、文号或数据集（写明版本）。公开显示，勿写个人姓名。",
    )

    field_order = ("problems", REASON)
    asks_why, before_reason = False, BEFORE_SOURCE

    def __init__(self, row: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(row, *args, **kwargs)
        self.row = row
        self.known: dict[str, Problem] = {}
        choices, facts_by_tick = [], []
        for problem in row.problems_to_check:
            facts = {name: text for name in problem.facts if (text := shown(row, name))}
            labels = {name: f"{own_field(row, name).verbose_name}" for name in facts}
            stated = [name for name in facts if name not in row.source_fields]
            if stated:
                key = str(row.PROBLEMS.index(problem))
                words = "、".join(labels[name] for name in stated)
                words += "" if len(stated) > 1 else f"：{facts[stated[0]]}"
                # A classification is this site's own: no source says it.
                choices.append((key, f"{words}，{'与出处一致' if row.source_fields else '核对无误'}"))
                facts_by_tick.append([(labels[name], text) for name, text in facts.items()])
                self.known[key] = problem
        problems: Any = self.fields["problems"]
        problems.choices = choices
        # Each tick with the facts as the record has them, for who compares them with the source.
        self.ticks = list(zip(self["problems"], facts_by_tick, strict=True))

    def clean(self) -> dict[str, Any]:
        """Refuse what is no source of the facts that were ticked; a classification is this site's own."""
        cleaned: Any = super().clean()
        kinds = self.row.source_fields
        if kinds and {"problems", REASON} <= cleaned.keys():
            with_data_sets = all(kinds.get(problem.source, True) for problem in self.chosen)
            for problem in source_problems(cleaned[REASON], with_data_sets=with_data_sets):
                self.add_error(REASON, problem)
        return cleaned

    @property
    def chosen(self) -> list[Problem]:
        """The problems that were ticked."""
        return [self.known[key] for key in self.cleaned_data["problems"]]

    def mark(self) -> Any:
        """Write what was ticked, as an edit of the record itself, and return that; None where the record refuses,
        which the form says then."""
        record = self.row._meta.concrete_model._base_manager.get(pk=self.row.pk)
        values: dict[str, Any] = {
            problem.source: "\n".join(
                dict.fromkeys([*getattr(record, problem.source).splitlines(), self.cleaned_data[REASON]])
            )
            for problem in self.chosen
            if problem.source
        }
        for problem in self.chosen:
            values |= problem.verified
        before = vars(record).copy()
        for name, value in values.items():
            setattr(record, name, value)
        try:
            record.full_clean()
        except ValidationError as error:
            self.add_error(None, [f"不能标为已核实：{message}" for message in error.messages])
        for name, text in edit_problems(type(record), before | values, set(values), {}):
            self.add_error(REASON if name in values else None, text)
        if not self.is_valid():
            return None
        record.save(update_fields=list(values))
        return record


def shown(row: models.Model, name: str) -> str:
    """Return what a field of a row holds, as people read it; empty for nothing."""
    value = lookup_field(name, row)[2]
    field = own_field(row, name)
    if field.many_to_many:
        return "、".join(str(related_row) for related_row in value.all())
    return str(value or "") if field.many_to_one else str(display_for_field(value, field, ""))
