"""A new notice: entered as a draft, in which nothing is public, until it is published as issued."""

from collections.abc import Iterator

from ..history import original
from ..models import (
    EVIDENCE,
    Alias,
    Citation,
    Division,
    Document,
    Notice,
    Priority,
    Proposal,
    Region,
    Section,
    SectionKind,
    Signature,
    together,
    with_drafts,
)
from ..models.recorded import Recorded, own_field
from ..models.tracking import Tracked
from ..search import indexing
from . import facts

FEWEST, MOST = 2, 4  # priorities of one area
# What a notice consists of, and by which way rows belong to it.
PARTS: dict[type[Tracked], str] = {
    **dict.fromkeys((Section, Citation, Signature, Region), "notice"),
    **dict.fromkeys((Priority, Alias, Division, Document, *EVIDENCE), "region__notice"),
}
WANTED = (Section, Signature, Region)  # of which a notice has some


def missing(notice: Notice) -> Iterator[tuple[Tracked | type[Tracked], str]]:
    """Yield what has to be mended before a draft can be published: the row where it is, or a model of which rows are
    missing, and the words."""
    with with_drafts():
        for part in WANTED:
            if not part._default_manager.filter(notice=notice).exists():
                yield part, f"还没有{part._meta.verbose_name}。"
        yield from _numbers(notice)
        yield from facts.refused_rows(Notice, pk=notice.pk)
        for model, way in PARTS.items():
            yield from facts.refused_rows(model, **{way: notice})
        yield from _links(notice)
        for row, text in facts.unsourced_rows():
            of = row if isinstance(row, Notice) else getattr(getattr(row, "region", row), "notice", None)
            if of == notice:
                yield row, text


def gaps(notice: Notice) -> list[str]:
    """Return which kinds of paragraphs, that a notice mostly has, a draft has none of: its document may have none."""
    kinds = (SectionKind.NUMBER, SectionKind.ADDRESSEES, SectionKind.SIGNATURE, SectionKind.DATE, SectionKind.ANNEX)
    with with_drafts():
        present = set(Section.objects.filter(notice=notice).values_list("kind", flat=True))
    return [kind.label for kind in kinds if kind not in present]


def _numbers(notice: Notice) -> Iterator[tuple[Tracked, str]]:
    """Yield what isn't numbered from 1 on without a gap, and the areas with too few priorities, or too many."""
    regions = list(Region.objects.filter(notice=notice).order_by("serial").prefetch_related("priorities"))
    if [region.serial for region in regions] != list(range(1, len(regions) + 1)):
        yield notice, f"地区序号不连续：{'、'.join(str(region.serial) for region in regions)}。"
    for region in regions:
        numbers = sorted(line.number for line in region.priorities.all())
        if not FEWEST <= len(numbers) <= MOST:
            yield region, f"{region}：有{len(numbers)}项重点，应有{FEWEST}至{MOST}项。"
        if numbers != list(range(1, len(numbers) + 1)):
            yield region, f"{region}：重点编号不连续：{'、'.join(map(str, numbers))}。"


def _links(notice: Notice) -> Iterator[tuple[Tracked, str]]:
    for model, way, single, many in (
        (Region, "notice", "province", ("partners",)),
        (Priority, "region__notice", "system", ("also_systems", "topics")),
    ):
        for row in model.objects.filter(**{way: notice}).select_related(single).prefetch_related(*many):
            links = {single: getattr(row, single)} | {name: list(getattr(row, name).all()) for name in many}
            for name, text in row.link_problems(links):
                yield row, f"{model._meta.verbose_name} {row} 的{own_field(row, name).verbose_name}：{text}"


def publish(notice: Notice) -> None:
    """Make a draft public, all at once: what it says now is what was issued, and what is added later is marked."""
    with together():
        notice.is_draft = False
        notice.save(update_fields=["is_draft"])
        original.close(notice)
        for model, way in PARTS.items():
            rows: list[Recorded] = list(model._base_manager.filter(**{way: notice}))
            for row in rows if model in original.lines() else ():
                original.close(row)
            indexing.touch(indexing.affected(model, [row.pk for row in rows]))


def throw_away(notice: Notice) -> None:
    """Delete a draft with all that belongs to it, and what was asked of it."""
    with together():
        Proposal.objects.filter(subject_kind="notice", subject_id=notice.pk).retract()
        for region in Region._base_manager.filter(notice=notice):
            region.delete()
        notice.delete()
