"""Names that stand in a row with others: in a cell of a table, whose parts have to be told from each other again."""

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models

SEPARATOR = "、"
ITS_OWN = ("former", "later")  # kinds of other names that an area itself had, or has had since


class ListedByName(models.Model):
    """A thing of which several names may stand in one cell."""

    name: models.CharField

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse a name that would be read as two."""
        super().clean()
        if SEPARATOR in self.name:
            raise ValidationError({"name": f"名称里不能有“{SEPARATOR}”：表格用它隔开几个名称。请改用“和”“与”。"})


ENGLISH = {"name_en_source": (None, ("name_en",))}  # of `sourced`: what readers are told with the source


def english_name() -> tuple[models.CharField, models.TextField]:
    """Return the fields for a name in English and its source."""
    return (
        models.CharField(
            "英文名称",
            max_length=150,
            blank=True,
            validators=[RegexValidator(r"^[ -~’–]*$", "英文名称只用拉丁字母、数字和英文标点。")],
            help_text="写明出处的是官方译名；没有出处的是本站所译，地名用汉语拼音或通行的罗马字母拼写。",
        ),
        models.TextField("英文名称的出处", blank=True, help_text="公开网址或文号，一行一个。本站所译的留空。"),
    )
