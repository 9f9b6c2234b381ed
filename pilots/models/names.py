"""Names that stand in a row with others: in a cell of a table, whose parts have to be told from each other again."""

from django.core.exceptions import ValidationError
from django.db import models

SEPARATOR = "、"


class ListedByName(models.Model):
    """A thing of which several names may stand in one cell."""

    class Meta:
        abstract = True

    def clean(self) -> None:
        """Refuse a name that would be read as two."""
        super().clean()
        if SEPARATOR in self.name:
            raise ValidationError({"name": f"名称里不能有“{SEPARATOR}”：表格用它隔开几个名称。请改用“和”“与”。"})
