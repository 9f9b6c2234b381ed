"""The work queue (待核实): rows of the record with a problem, each with what is wrong.

A proxy declares its problems once, as conditions for the database with their words: its manager finds the rows by
them, and `problem_text` says those that hold.
"""

from collections.abc import Callable
from typing import NamedTuple

from django.db import models
from django.db.models import BooleanField, Exists, ExpressionWrapper, F, OuterRef, Q

from .notice import Ministry, MinistryQuerySet
from .places import Division, DivisionQuerySet, Region, RegionQuerySet, Verification
from .priorities import Priority, PriorityConfidence, PriorityQuerySet

IN_DOUBT = (Verification.PARTIAL, Verification.UNVERIFIED)


class Problem(NamedTuple):
    """What may be wrong with a row: the condition (made when it is asked), and its words for who mends it."""

    condition: Callable[[], Q | Exists]
    text: str


class QueueManager(models.Manager):
    """Finds the rows of a proxy that have at least one of its problems, and marks which (`problem_0` …)."""

    def get_queryset(self) -> models.QuerySet:
        marks = {
            f"problem_{n}": ExpressionWrapper(each.condition(), BooleanField())
            for n, each in enumerate(self.model.PROBLEMS)
        }
        wanted = Q()
        for name in marks:
            wanted |= Q(**{name: True})
        return super().get_queryset().annotate(**marks).filter(wanted)


class InQueue:
    """What the rows of every queue can say."""

    PROBLEMS: tuple[Problem, ...] = ()

    @property
    def problem_text(self) -> str:
        """What is wrong with the row, a sentence each; it has to come from the queue's own manager."""
        return "".join(each.text for n, each in enumerate(self.PROBLEMS) if getattr(self, f"problem_{n}"))


class RegionToVerify(InQueue, Region):
    """An area with a fact that isn't verified, or a later name without a source."""

    PROBLEMS = (
        Problem(lambda: Q(verification__in=IN_DOUBT), "核实情况尚未核实或只核实了一部分。"),
        Problem(lambda: Q(name_now_status__in=IN_DOUBT), "现名尚未核实或只核实了一部分。"),
        Problem(lambda: Q(is_kind_verified=False), "类型尚未核实。"),
        Problem(
            lambda: Q(renaming_source="") & (~Q(renaming="") | ~Q(name_now__in=("", F("name")))),
            "有更名或与印发时不同的现名，没有出处。",
        ),
    )
    objects = QueueManager.from_queryset(RegionQuerySet)()

    class Meta:
        proxy = True
        default_permissions = ("view",)
        verbose_name = verbose_name_plural = "待核实的地区"


class DivisionToVerify(InQueue, Division):
    """A division whose codes or names aren't verified, or are without a source."""

    PROBLEMS = (
        Problem(lambda: Q(verification__in=IN_DOUBT), "区划名称或代码尚未核实。"),
        Problem(lambda: Q(verification=Verification.VERIFIED, source=""), "标为已核实，没有出处。"),
    )
    objects = QueueManager.from_queryset(DivisionQuerySet)()

    class Meta:
        proxy = True
        default_permissions = ("view",)
        verbose_name = verbose_name_plural = "待核实的行政区划"


class PriorityToVerify(InQueue, Priority):
    """A priority that is in no topic, or whose classification is in doubt."""

    PROBLEMS = (
        Problem(
            lambda: ~Exists(Priority.topics.through.objects.filter(priority=OuterRef("pk"))), "没有归入任何主题。"
        ),
        Problem(lambda: Q(confidence=PriorityConfidence.LOW), "归类把握低。"),
    )
    objects = QueueManager.from_queryset(PriorityQuerySet)()

    class Meta:
        proxy = True
        default_permissions = ("view",)
        verbose_name = verbose_name_plural = "归类待核实的重点"


class MinistryToVerify(InQueue, Ministry):
    """A ministry whose full name isn't verified, or whose change is without a source."""

    PROBLEMS = (
        Problem(lambda: Q(is_full_name_verified=False), "2015年全称尚未核实。"),
        Problem(lambda: Q(change_source=""), "2018年变化没有出处。"),
    )
    objects = QueueManager.from_queryset(MinistryQuerySet)()

    class Meta:
        proxy = True
        default_permissions = ("view",)
        verbose_name = verbose_name_plural = "待核实的发文机关"


QUEUES = (RegionToVerify, DivisionToVerify, PriorityToVerify, MinistryToVerify)
