"""Whether the record is whole and true to the notice: what `check_record` asks.

What officials corrected, added or withdrew, as the history says, is worth knowing (`notes`). What else differs from
the notice was written behind the site's back and is wrong (`problems`).
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from functools import cache, partial
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import Permission
from django.db import connection, transaction
from django.db.models import Count, Model, Q

from ..accounts import roles
from ..history import append_only, original
from ..http import outages
from ..models import (
    HistoryEntry,
    LoadedRow,
    Notice,
    Place,
    Priority,
    Province,
    Region,
    Section,
    SectionKind,
    Signature,
    System,
    Topic,
)
from ..models.fixtures import KEPT, LoadError, hashed
from ..models.history import is_edited
from ..models.publishing import Withdrawable
from ..models.recorded import Recorded, kind_of, own_field, recorded_models
from ..models.typography import letters
from ..search import indexing
from . import database, facts, issuing, loading

BATCH_TWO = "fagai-huanzi-2015-3214"
# What 发改环资〔2015〕3214号 has: counted in the notice itself (areas, priorities, duties, signatures, addressees)
# and in this site's classification (topics, systems).
EXPECTED = {
    "地区": 45,
    "重点": 130,
    "有2项重点的地区": 11,
    "有3项重点的地区": 28,
    "有4项重点的地区": 6,
    "事项": 6,
    "署名": 9,
    "主送单位": 31,
    "主送的省、自治区、直辖市": 26,
    "主送的计划单列市": 4,
    "主送的兵团": 1,
    "地区与省级单位的对应": 47,
    "主题": 25,
    "八项制度": 8,
    "其他": 1,
    "省级行政区": 34,
}


# What of these officials may change: by an edit of this field of this model.
CHANGEABLE = {
    "主送": (Province, "addressed_position"),
    "地区与省级单位的对应": (Region, "partners"),
    "主题": (Topic, "slug"),
    "八项制度": (System, "is_other"),
    "其他": (System, "is_other"),
    "省级行政区": (Province, "kind"),
}


def source_path(notice: str) -> Path:
    """Return where the text of the notice with that slug is kept as received."""
    return settings.BASE_DIR / "fixtures" / "source" / f"notice-{notice.rsplit('-', 1)[-1]}.txt"


class Corrections:
    """How the record differs from the notice: by officials' edits (`lawful`) or otherwise (`wrong`)."""

    def __init__(self) -> None:
        self.lawful: list[original.Difference] = []
        self.wrong: list[original.Difference | str] = []
        try:
            for difference in original.differences():
                (self.lawful if is_edited(difference.row, difference.name) else self.wrong).append(difference)
        except LoadError as error:
            self.wrong.append(str(error))
        self._issued = {
            (original.key_of(difference.row), difference.name): difference.original for difference in self.lawful
        }

    def before(self, row: Recorded, name: str) -> Any:
        """Return what field `name` of a row holds, but for officials' corrections."""
        return self._issued.get((original.key_of(row), name), getattr(row, name))

    def published(self, notice: Notice) -> str:
        """Return the raw text of `notice` but for officials' corrections: paragraphs, then the annex, in order.

        What was added on this site isn't part of it.
        """
        parts = self._texts(notice.sections.filter(is_issued=True), "position")
        areas = Region.all_objects.filter(notice=notice, is_issued=True).for_annex()
        for region in sorted(areas, key=lambda region: self.before(region, "serial")):
            parts += [str(self.before(region, "serial")), self.before(region, "name_raw")]
            parts += self._texts((line for line in region.priorities.all() if line.is_issued), "number")
        return "\n".join(parts)

    def _texts(self, rows: Iterable[Section | Priority], order: str) -> list[str]:
        return [self.before(row, "text_raw") for row in sorted(rows, key=lambda row: self.before(row, order))]


def problems() -> list[str]:
    """Return everything that is wrong with the record, a line each; an empty list when it is sound."""
    notice = Notice.objects.filter(slug=BATCH_TWO).only("slug").first()
    if notice is None:
        return ["没有通知 发改环资〔2015〕3214号：请先运行 load_notice。"]
    if lost := database.lost_columns():
        return lost
    corrections = cache(Corrections)
    return _lines(
        {
            "数据库的规则": database.lost_rules,
            "各栏的值": database.unreadable,
            "载入的行": _gone,
            **{f"{model._meta.verbose_name}的改动": partial(_unexplained, model) for model in recorded_models()},
            "角色的权限": _wrong_roles,
            "撤下": lambda: (line for row, line in _withdrawn() if not is_edited(row, "withdrawn_on")),
            "增补": lambda: (line for row, line in _added() if not is_edited(row, "is_issued")),
            "数量": lambda: _wrong_counts(notice),
            "序号": lambda: (line for row in Notice.objects.all() for line in _gaps(row, corrections())),
            "归类": _wrong_links,
            "所收原文": lambda: _unfaithful(notice, corrections()),
            "印发原文": lambda: map(str, corrections().wrong),
            "出处": facts.unsourced,
            "各行": facts.rules,
            "检索": indexing.problems,
            "修改历史": append_only.problems,
        }
    )


def notes() -> list[str]:
    """Return what officials made differ from the notice: confirmed, in the history, marked; and what they left so."""
    if database.lost_columns():
        return []
    return _lines(
        {
            "撤下": lambda: (line for row, line in _withdrawn() if is_edited(row, "withdrawn_on")),
            "增补": lambda: (line for row, line in _added() if is_edited(row, "is_issued")),
            "更正": lambda: map(str, Corrections().lawful),
            "出处": facts.notes,
            "草稿": _drafts,
        }
    )


def _lines(checks: dict[str, Callable[[], Iterable[str]]]) -> list[str]:
    """Return what the checks say; of one that falls over a row as none can be, that it did, and the others go on."""
    lines: list[str] = []
    for what, check in checks.items():
        try:
            # A statement that fails would end a transaction of PostgreSQL's; a new one of SQLite's would lock it.
            with transaction.atomic() if connection.in_atomic_block else nullcontext():
                lines.extend(check())
        except Exception as error:
            if outages.of(error) not in (None, outages.UNREADABLE):
                raise
            reason = f"{type(error).__name__}：{error}".splitlines()[0]
            lines.append(f"{what}没有核对完，有的行读不懂（{reason}）。改正以上各行以后请再核对一次。")
    return lines


def _drafts() -> Iterator[str]:
    for notice in Notice._base_manager.filter(is_draft=True):
        lines = [text for _, text in issuing.missing(notice)]
        lines += [f"段落里没有“{label}”，请与印发的文件核对。" for label in issuing.gaps(notice)]
        yield from (f"未发布的 {notice} 发布以前：{text}" for text in lines or ["按规则没有缺的。"])


def _gone() -> Iterator[str]:
    """Yield what was loaded and is there no more, though nobody deleted it: the history would say so."""
    for model in recorded_models():
        marks = LoadedRow.objects.filter(model=kind_of(model), object_id__isnull=False)
        entries = HistoryEntry.objects.get_for_model(model).filter(action=HistoryEntry.Action.DELETE)
        known = {*model._base_manager.values_list("pk", flat=True), *entries.values_list("object_id", flat=True)}
        if keys := [mark.key for mark in marks if mark.object_id not in known]:
            some = f"{'、'.join(keys[:3])}{'等' if len(keys) > 3 else ''}"
            yield f"{model._meta.verbose_name} {some} 共 {len(keys)} 行不见了，也没有删除的记录：请恢复备份。"
    path = settings.BASE_DIR / "fixtures" / "gazetteer.json"
    places = {tuple(row) for row in json.loads(path.read_text(encoding="utf-8"))["rows"]}
    if codes := sorted({row[0] for row in places ^ {*Place.objects.values_list("code", "name_then", "name_now")}}):
        some = f"{'、'.join(codes[:3])}{'等' if len(codes) > 3 else ''}"
        yield f"地名 {some} 共 {len(codes)} 个代码与随附的地名数据不符：请运行 load_notice。"


def _unexplained(model: type[Recorded]) -> Iterator[str]:
    """Yield each field of `model`, also links, that is neither as the last load nor as the last edit of it in the
    history left it; but for those that are compared with the notice itself."""
    links = {many.name: loading.linked_pks(many) for many in model._meta.many_to_many}
    written = _last_written(model)
    faults = outages.unreadable_rows(model).values()
    readable = [f"NOT ({condition})" for condition, fault in faults if fault == outages.NO_VALUE]
    for row in model._base_manager.order_by("pk").extra(where=readable):  # `unreadable` names the others
        for name, value in written.get(row.pk, {}).items():
            now = links[name].get(row.pk, []) if name in links else getattr(row, own_field(model, name).attname)
            texts = (str(now), str(now).removesuffix("+00:00"), hashed(now))  # auditlog writes times without a zone
            if name not in (*model.verbatim_fields, *model.notice_facts) and value not in texts:
                what = f"{model._meta.verbose_name} {row} 的{own_field(model, name).verbose_name}"
                yield f"{what}不是载入时或修改历史里最后写下的：请恢复备份，或改正后保存。"


def _last_written(model: type[Recorded]) -> dict[int, dict[str, str]]:
    """Return by row and field the hash of what the last load, or as text what the last edit in the history, wrote."""
    marks = LoadedRow.objects.filter(model=kind_of(model), object_id__isnull=False)
    written = {
        mark.object_id or 0: {name: text for name, text in mark.hashes.items() if not name.startswith(KEPT)}
        for mark in marks
    }
    entries = HistoryEntry.objects.get_for_model(model).order_by("timestamp", "pk")
    for pk, changes in entries.values_list("object_id", "changes").iterator():
        for name, change in changes.items():
            after = sorted(pk for pk, _ in change["after"]) if isinstance(change, dict) else change[1]
            written.setdefault(pk, {})[name] = str(after)
    return written


def _wrong_roles() -> Iterator[str]:
    columns = ("group__name", "content_type__app_label", "codename")
    granted = {*Permission.objects.filter(group__name__in=roles.ROLES).values_list(*columns)}
    declared = {(name, *permission) for name in roles.ROLES for permission in roles.permissions(name)}
    for name in sorted({role for role, *_ in granted ^ declared}):
        yield f"角色 {name} 的权限与规定的不符：请运行 migrate。"


def soundness(notes: list[str]) -> str:
    """Return what is said of a record without problems: which notes there are is told before."""
    return f"数据完整，与所收原文一致{f'（除以上 {len(notes)} 处）' if notes else ''}"


def counts(notice: Notice) -> dict[str, int]:
    """Return the record's numbers under the names of `EXPECTED`."""
    regions = Region.all_objects.filter(notice=notice, is_issued=True)
    sizes = Counter(
        regions.annotate(size=Count("priorities", filter=Q(priorities__is_issued=True))).values_list(
            "size", flat=True
        )
    )
    addressed = Counter(Province.objects.exclude(addressed_position=None).values_list("kind", flat=True))
    return {
        "地区": regions.count(),
        "重点": Priority.all_objects.filter(region__notice=notice, is_issued=True).count(),
        **{f"有{size}项重点的地区": sizes[size] for size in (2, 3, 4)},
        "事项": notice.sections(manager="all_objects").filter(kind=SectionKind.DUTY, is_issued=True).count(),
        "署名": Signature.all_objects.filter(notice=notice, is_issued=True).count(),
        "主送单位": addressed.total(),
        "主送的省、自治区、直辖市": sum(
            addressed[kind] for kind in ("province", "autonomous-region", "municipality")
        ),
        "主送的计划单列市": addressed["separate-city"],
        "主送的兵团": addressed["corps"],
        "地区与省级单位的对应": regions.count() + Region.partners.through.objects.filter(region__in=regions).count(),
        "主题": Topic.objects.count(),
        "八项制度": System.objects.filter(is_other=False).count(),
        "其他": System.objects.filter(is_other=True).count(),
        "省级行政区": Province.objects.province_level().count(),
    }


def _wrong_counts(notice: Notice) -> Iterator[str]:
    for name, count in counts(notice).items():
        if count == EXPECTED[name]:
            continue
        model, field = next((where for start, where in CHANGEABLE.items() if name.startswith(start)), (None, ""))
        entries = HistoryEntry.objects.get_for_model(model) if model else HistoryEntry.objects.none()
        if not entries.filter(changes__has_key=field, edit__actor__isnull=False).exists():  # officials didn't
            yield f"{name}：应为 {EXPECTED[name]}，现为 {count}。"


def _withdrawn() -> Iterator[tuple[Model, str]]:
    for model in (
        candidate for candidate in apps.get_app_config("pilots").get_models() if issubclass(candidate, Withdrawable)
    ):
        for row in () if model._meta.proxy else model.all_objects.exclude(withdrawn_on=None):
            what = f"{model._meta.verbose_name} {row}"
            yield row, f"{what} 已于{row.withdrawn_on:%Y-%m-%d}撤下：{row.withdrawn_reason}"


def _added() -> Iterator[tuple[Model, str]]:
    for model in original.lines():
        for row in model.all_objects.filter(is_issued=False, withdrawn_on=None):
            yield row, f"{model._meta.verbose_name} {row} 是本站增补的，通知原文没有，不计入各数。"


def _gaps(notice: Notice, corrections: Corrections) -> Iterator[str]:
    regions = Region.all_objects.filter(notice=notice, is_issued=True).for_annex()
    serials = sorted(corrections.before(region, "serial") for region in regions)
    if serials != list(range(1, len(serials) + 1)):
        yield f"地区序号不连续：{serials}"
    for region in regions:
        lines = (priority for priority in region.priorities.all() if priority.is_issued)
        numbers = sorted(corrections.before(line, "number") for line in lines)
        if numbers != list(range(1, len(numbers) + 1)) or not numbers:
            yield f"{region}：重点编号不连续：{numbers}"


def _wrong_links() -> Iterator[str]:
    for region in Region.objects.select_related("province").prefetch_related("partners"):
        yield from (f"{region}：{fault}" for _, fault in _link_problems(region, "province", "partners"))
    for line in Priority.objects.select_related("region", "system").prefetch_related("topics", "also_systems"):
        for name, fault in _link_problems(line, "system", "also_systems", "topics"):
            yield f"{line.region}第{line.number}项重点的{own_field(line, name).verbose_name}：{fault}"


def _link_problems(row: Region | Priority, single: str, *many: str) -> Iterator[tuple[str, str]]:
    links = {single: getattr(row, single)} | {name: list(getattr(row, name).all()) for name in many}
    yield from row.link_problems(links)


def _unfaithful(notice: Notice, corrections: Corrections) -> Iterator[str]:
    try:
        source = source_path(notice.slug).read_text(encoding="utf-8")
    except OSError:
        yield f"读不到所收原文 {source_path(notice.slug)}。"
        return
    if letters(source) != letters(corrections.published(notice)):
        yield "所收原文与数据库中的原文不一致（只比较汉字、数字和字母）。"
