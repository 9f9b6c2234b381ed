"""Every place of China with a code of its own: what is needed to say that one is not on the list."""

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
