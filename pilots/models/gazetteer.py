"""Every place of China with a code of its own: what is needed to say that one is not on the list."""

from collections.abc import Iterator, Mapping

from django.core.exceptions import ValidationError
from django.db import models

from . import constraints as rule


class Place(models.Model):
    """A six-digit code of GB/T 2260 and its name in 2015 and today; a place whose code changed is two rows.

    Read from a fixture of its own and never edited. It says nothing of the designated areas.
    """

    code = models.CharField("代码", max_length=6, unique=True)
    name_then = models.CharField("2015年底的名称", max_length=30, blank=True, help_text="当时没有这个代码的为空。")
    name_now = models.CharField("现在的名称", max_length=30, blank=True, help_text="现在没有这个代码的为空。")

    class Meta:
        verbose_name = verbose_name_plural = "地名"
        ordering = ["code"]
        default_permissions = ()
        constraints = [
            rule.six_digits("place", "code", "代码"),
            models.CheckConstraint(
                condition=~models.Q(name_then="", name_now=""),
                name="place_has_a_name",
                violation_error_message="2015年底或现在的名称至少写一个。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name_then or self.name_now} {self.code}"


class Unit(models.Model):
    """A province-level unit, 计划单列市 or 兵团: `name`, `kind` and `code` agree, and are those of the gazetteer."""

    name: models.CharField
    kind: models.CharField
    code: models.CharField
    parent: models.ForeignKey

    class Meta:
        abstract = True

    def clean(self) -> None:
        """Refuse a code of another place, and a kind that the name isn't of."""
        super().clean()
        if problems := dict(self.problems({place.code: place for place in Place.objects.filter(code=self.code)})):
            raise ValidationError(problems)

    def problems(self, places: Mapping[str, Place]) -> Iterator[tuple[str, str]]:
        """Yield which of code and kind isn't this unit's, and why. places: of the gazetteer, by code."""
        names = (places[self.code].name_then, places[self.code].name_now) if self.code in places else ()
        around = self.parent.code if self.parent else ""
        if (self.kind == "corps") == bool(self.code) or (self.code and self.name not in names):
            yield "code", f"地名表里“{self.name}”不是代码“{self.code}”。请核对名称和代码。"
        elif around and self.code and (not self.code.endswith("00") or self.code[:2] != around[:2]):
            yield "code", f"代码{self.code}不在所在的省级单位内。"
        if self.kind != _kind(self.name, self.code):
            yield "kind", f"类别与名称“{self.name}”和代码不符。"


def _kind(name: str, code: str) -> str:
    """Return the kind of a unit as its name and the place of its code say."""
    endings = {"省": "province", "自治区": "autonomous-region", "特别行政区": "special-region"}
    if name.endswith("市"):
        return "municipality" if code.endswith("0000") else "separate-city"
    return next((kind for ending, kind in endings.items() if name.endswith(ending)), "corps")
