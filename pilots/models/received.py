"""Words that are kept twice, as received and as shown: the second follow from the first by declared rules."""

from django.core.exceptions import ValidationError
from django.db import models

from .recorded import Recorded, own_field
from .typography import letters, normalise

ADDED = "本站增补，通知原文没有这一行"


class Line(models.Model):
    """A row that a notice consists of: issued with it, or added on this site and marked wherever it stands."""

    is_issued = models.BooleanField(
        "通知原有", default=True, editable=False, help_text="否：通知原文没有这一行，由本站增补。"
    )

    class Meta:
        abstract = True


class Received(models.Model):
    """A row with words of a notice as received (`raw_field`) and as shown (`shown_field`)."""

    raw_field, shown_field = "text_raw", "text"

    class Meta:
        abstract = True

    @staticmethod
    def shown_from(raw: str) -> str:
        """Return how words received as `raw` are shown."""
        return normalise(raw)

    def clean(self) -> None:
        """Refuse words of which nothing is left to show, and shown words that aren't those received."""
        super().clean()
        raw = getattr(self, self.raw_field)
        if raw.strip() and not letters(raw):
            raise ValidationError({self.raw_field: "至少要有一个汉字、字母或数字。"})
        right = self.shown_from(raw)
        if letters(raw) and not any(map(str.isalpha, right)):
            raise ValidationError({self.raw_field: "序号以外，至少要有一个汉字或字母。"})
        if raw.strip() and getattr(self, self.shown_field) != right:
            label = own_field(self, self.raw_field).verbose_name
            raise ValidationError({self.shown_field: f"与“{label}”不符，按规则应为：{right}"})


def bound_fields(model: type[Recorded], name: str) -> tuple[str, ...]:
    """Return the fields that are kept or go back with `name`: words received with those shown, facts with their
    source."""
    words = (model.raw_field, model.shown_field) if issubclass(model, Received) else ()
    facts = ((source, status, *names) for source, (status, names) in model.sourced.items())
    groups = (tuple(filter(None, group)) for group in (words, *facts))
    return next((group for group in groups if name in group), (name,))
