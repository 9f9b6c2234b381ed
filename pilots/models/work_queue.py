"""The work queue (待核实): rows of the record with a problem, each with what is wrong.

A proxy declares its problems once, as conditions for the database with their words: its manager finds the rows by
them, and `problem_text` says those that hold.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from django.db import models
from django.db.models import BooleanField, Exists, ExpressionWrapper, F, OuterRef, Q
from django.db.models.expressions import Combinable

from .divisions import Division
from .documents import Document
from .evidence import EVIDENCE
from .ministries import Ministry, MinistryQuerySet
from .places import Region, RegionQuerySet, Verification
from .priorities import Priority, PriorityConfidence, PriorityQuerySet
from .recorded import own_field
from .sources import STATED
from .tracking import TrackedQuerySet

IN_DOUBT = (Verification.PARTIAL, Verification.UNVERIFIED)


class Problem(NamedTuple):
    """What may be wrong with a row: the condition (made when it is asked), and its words for who mends it.

    `facts`: the fields that it is about. `verified`: what they hold once somebody has checked them. `source`: the
    field that what they were checked against is added to.
    """

    condition: Callable[[], Q | Combinable]
    text: str
    facts: tuple[str, ...] = ()
    verified: dict[str, Any] = {}
    source: str = ""


class QueueManager(models.Manager):
    """Finds the rows of a proxy that have at least one of its problems, and marks which (`problem_0` …).

    What is withdrawn waits for nobody.
    """

    def get_queryset(self) -> models.QuerySet:
        assert issubclass(self.model, InQueue)
        marks = {
            f"problem_{n}": ExpressionWrapper(problem.condition(), BooleanField())
            for n, problem in enumerate(self.model.PROBLEMS)
        }
        condition = Q()
        for name in marks:
            condition |= Q(**{name: True})
        published = getattr(self.model, "published_if", Q()) & getattr(self.model, "issued_if", Q())
        return super().get_queryset().annotate(**marks).filter(condition & published)


class InQueue:
    """What the rows of every queue can say."""

    PROBLEMS: tuple[Problem, ...] = ()

    @property
    def problems(self) -> list[Problem]:
        """What is wrong with the row; it has to come from the queue's own manager."""
        return [problem for n, problem in enumerate(self.PROBLEMS) if getattr(self, f"problem_{n}")]

    @property
    def problems_to_check(self) -> list[Problem]:
        """Those that are settled by checking facts, which the row has, against a source; the others are mended in its
        form."""
        row: Any = self
        return [
            problem
            for problem in self.problems
            if (problem.verified or problem.source)
            and any(
                getattr(row, own_field(row, name).attname) for name in problem.facts if name not in row.source_fields
            )
        ]

    @property
    def problem_text(self) -> str:
        """What is wrong with the row, a sentence each."""
        return "".join(problem.text for problem in self.problems)


CONTRADICTION = Problem(
    lambda: (
        Q(name_now_status=Verification.VERIFIED)
        & (Q(name_now=F("name")) | ~Q(renaming_source=""))  # readers are told it
        & Exists(
            Division.objects.filter(region=OuterRef("pk"), role="self", verification__in=STATED[:2])
            .annotate(name_of_area=ExpressionWrapper(OuterRef("name_now"), models.CharField()))
            .exclude(Q(name_now="") | Q(name_of_area__endswith=F("name_now")))
        )
    ),
    "现名与行政区划里“本地区”一行的现名不符。",
    ("name_now",),
)


class RegionToVerify(InQueue, Region):
    """An area with a fact that isn't verified, a later name without a source, or one that its division hasn't."""

    PROBLEMS = (
        Problem(
            lambda: Q(verification__in=IN_DOUBT),
            "核实情况尚未核实或只核实了一部分。",
            ("province", "kind", "remark"),
            {"verification": Verification.VERIFIED},
        ),
        Problem(
            lambda: Q(name_now_status__in=IN_DOUBT),
            "现名尚未核实或只核实了一部分。",
            ("name_now", "renamed_on", "renamed_precision", "renaming", "renaming_source"),
            {"name_now_status": Verification.VERIFIED},
            "renaming_source",
        ),
        Problem(
            lambda: Q(is_kind_verified=False),
            "类型尚未核实。",
            ("kind", "kind_source"),
            {"is_kind_verified": True},
            "kind_source",
        ),
        Problem(
            lambda: Q(renaming_source="") & (~Q(renaming="") | ~Q(name_now__in=("", F("name")))),
            "有更名或与印发时不同的现名，没有出处。",
            ("name_now", "renamed_on", "renamed_precision", "renaming"),
            source="renaming_source",
        ),
        CONTRADICTION,
    )
    objects = QueueManager.from_queryset(RegionQuerySet)()

    class Meta:
        proxy = True
        default_permissions = ("view",)
        verbose_name = verbose_name_plural = "待核实的地区"


class DivisionToVerify(InQueue, Division):
    """A division whose codes or names aren't verified, or are without a source."""

    PROBLEMS = (
        Problem(
            lambda: Q(verification__in=IN_DOUBT),
            "区划名称或代码尚未核实。",
            ("name_then", "code_then", "name_now", "code_now", "source"),
            {"verification": Verification.VERIFIED},
            "source",
        ),
        Problem(
            lambda: Q(verification=Verification.VERIFIED, source=""),
            "标为已核实，没有出处。",
            ("name_then", "code_then", "name_now", "code_now"),
            source="source",
        ),
    )
    objects = QueueManager.from_queryset(TrackedQuerySet)()

    class Meta:
        proxy = True
        default_permissions = ("view",)
        verbose_name = verbose_name_plural = "待核实的行政区划"


class PriorityToVerify(InQueue, Priority):
    """A priority that is in no topic, or whose classification is in doubt."""

    PROBLEMS = (
        Problem(
            lambda: ~Exists(Priority.topics.through.objects.filter(priority=OuterRef("pk"))),
            "没有归入任何主题。",
            ("topics",),
        ),
        Problem(
            lambda: Q(confidence=PriorityConfidence.LOW),
            "归类把握低。",
            ("system", "also_systems", "topics"),
            {"confidence": PriorityConfidence.HIGH},
        ),
    )
    objects = QueueManager.from_queryset(PriorityQuerySet)()

    class Meta:
        proxy = True
        default_permissions = ("view",)
        verbose_name = verbose_name_plural = "归类待核实的重点"


class MinistryToVerify(InQueue, Ministry):
    """A ministry whose full name isn't verified, or is so without a source."""

    PROBLEMS = (
        Problem(
            lambda: Q(is_full_name_verified=False),
            "2015年全称尚未核实。",
            ("full_name",),
            {"is_full_name_verified": True},
            "full_name_source",
        ),
        Problem(
            lambda: Q(is_full_name_verified=True, full_name_source=""),
            "2015年全称标为已核实，没有出处。",
            ("full_name",),
            source="full_name_source",
        ),
    )
    objects = QueueManager.from_queryset(MinistryQuerySet)()

    class Meta:
        proxy = True
        default_permissions = ("view",)
        verbose_name = verbose_name_plural = "待核实的发文机关"


class DocumentToVerify(InQueue, Document):
    """A document that came after the notice and that nobody has checked, with what it says: readers see neither."""

    PROBLEMS = (
        Problem(
            lambda: Q(verification__in=IN_DOUBT),
            "尚未核实，读者看不到。",
            ("title", "about_titles", "number", "issuer", "issued", "published", "finding", "source"),
            {"verification": Verification.VERIFIED},
            "source",
        ),
        *(
            Problem(
                lambda model=model: (
                    Q(verification__in=IN_DOUBT) & Q(Exists(model.objects.filter(document=OuterRef("pk"))))
                ),
                f"其中的{model._meta.verbose_name}也看不到。",
            )
            for model in EVIDENCE
        ),
    )
    objects = QueueManager.from_queryset(TrackedQuerySet)()

    class Meta:
        proxy = True
        default_permissions = ("view",)
        verbose_name = verbose_name_plural = "待核实的后续文件"


QUEUES = (RegionToVerify, DivisionToVerify, DocumentToVerify, PriorityToVerify, MinistryToVerify)
