"""Which areas have which facet value, as one bit an area: counts are a count of bits, whatever the size.

Each process keeps its own snapshot of the record and asks before every use whether something changed since (one row,
by primary key). Edited areas are read again alone; anything else is read anew.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import compress, islice
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import QuerySet

from ..models import (
    Document,
    Priority,
    Province,
    ProvinceKind,
    Region,
    RegionKind,
    SearchChange,
    SearchEntry,
    System,
    Topic,
    Verification,
)
from ..models.documents import names_source
from ..models.notice import numeral

LINES = "lines"  # counted as facets are, though no list is filtered by it
ADDED = "added"  # kept as a facet is: the areas that the notice as issued doesn't have
# What came after: the relations of an area's documents to the notice, or that nothing was found.
AFTER = {"direct": "点名", "same_topic": "同地同题", "successor": "后来的其他项目", "none": "未查到"}
Version = tuple[int, str]  # number and token of the last write of the record
_CATCHING_UP = {"region", "section", "citation", "ministry", "proposal"}  # whose changes don't call for all anew
_ONE = ord("1")
_ZERO_ONE = bytes.maketrans(b"01", b"\x00\x01")


@dataclass(frozen=True)
class Option:
    """A value that a facet offers: its word in the address, its label, and the value that it lies in."""

    value: str
    label: str
    parent: str = ""


@dataclass
class Snapshot:
    """The record as facets see it. Places are counted in the notice's order; a set of areas is an int of bits."""

    version: Version
    pks: list[int]  # of areas, by place
    place: dict[int, int]  # primary key of an area → place
    entry_place: dict[int, int]  # primary key of a search entry → place
    by_province: list[int]  # places, in the order of provinces
    options: dict[str, list[Option]]
    bits: dict[str, dict[str, int]]  # facet → value → areas; LINES → "1", "2", … → areas that have so many priorities
    order: dict[int, tuple]  # primary key of an area → what its places depend on
    memory: dict = field(default_factory=dict)  # what others work out from this state, until it changes

    @property
    def everything(self) -> int:
        """Every area."""
        return (1 << len(self.pks)) - 1

    @property
    def added(self) -> int:
        """The areas that were added by this site."""
        return self.bits[ADDED].get(ADDED, 0)

    @property
    def listed(self) -> int:
        """The areas that the notice has."""
        return self.everything & ~self.added

    def values(self, facet: str) -> list[str]:
        """Return the facet's values, in their order: the list of this state, to be left as it is."""
        key = "values", facet  # each link of a page asks for them
        if key not in self.memory:
            self.memory[key] = [option.value for option in self.options[facet]]
        return self.memory[key]

    def of_entries(self, entries: Iterable[int]) -> int:
        """Return the areas among search entries (primary keys)."""
        positions = map(self.entry_place.get, entries)
        return bits(len(self.pks), [place for place in positions if place is not None])

    def fitting(self, facet: str, values: Sequence[str]) -> int:
        """Return the areas with at least one of the values; every area where none is asked for."""
        if not values:
            return self.everything
        areas = 0
        for value in values:
            areas |= self.bits[facet].get(value, 0)
        return areas

    def lines(self, among: int) -> int:
        """Return how many priorities the areas `among` have together."""
        return sum(self.counts(LINES, among).values())

    def counts(self, facet: str, among: int) -> dict[str, int]:
        """Return for each value of the facet how many of the areas `among` have it."""
        return {value: (among & has).bit_count() for value, has in self.bits[facet].items()}


def bits(size: int, places: Iterable[int]) -> int:
    """Return the set of `places` (each below `size`) as bits."""
    flags = bytearray(b"0") * (size + 1)
    for place in places:
        flags[~place] = _ONE
    return int(flags, 2)


def places(areas: int, start: int = 0, stop: int | None = None) -> list[int]:
    """Return the places in the set `areas` in order, from the `start`-th to before the `stop`-th."""
    if not areas:
        return []
    flags = bin(areas)[:1:-1].encode().translate(_ZERO_ONE)
    return list(islice(compress(range(len(flags)), flags), start, stop))


def places_in(order: Iterable[int], areas: int, start: int, stop: int) -> list[int]:
    """Return the places in the set `areas` in another `order`, from the `start`-th to before the `stop`-th."""
    flags = areas.to_bytes(areas.bit_length() // 8 + 2, "little")
    size = len(flags)
    matches = (place for place in order if place >> 3 < size and flags[place >> 3] >> (place & 7) & 1)
    return list(islice(matches, start, stop))


class Selection(Sequence):
    """The areas that fit, in order, as primary keys: a page of it costs a page."""

    def __init__(self, state: Snapshot, groups: list[int], *, by_province: bool = False) -> None:
        self.state = state
        self.groups = groups  # disjoint sets of areas, one after the other
        self.by_province = by_province

    def __len__(self) -> int:
        return sum(group.bit_count() for group in self.groups)

    def __getitem__(self, key: int | slice) -> Any:
        if not isinstance(key, slice):
            return self[key : key + 1][0] if key >= 0 else self[len(self) + key]
        start, stop, _ = key.indices(len(self))
        return [self.state.pks[place] for place in self._places(start, stop)]

    def _places(self, start: int, stop: int) -> Iterator[int]:
        if self.by_province:
            yield from places_in(self.state.by_province, self.groups[0], start, stop)
            return
        for group in self.groups:
            size = group.bit_count()
            if start < size and stop > 0:
                yield from places(group, max(start, 0), stop)
            start, stop = start - size, stop - size


_kept: Snapshot | None = None


@contextmanager
def apart() -> Iterator[None]:
    """Keep what this thread's connection reads in the block out of the process's snapshot: it will be undone."""
    line = connections[DEFAULT_DB_ALIAS]
    vars(line)["snapshots_apart"] = []
    try:
        yield
    finally:
        del vars(line)["snapshots_apart"]


def current() -> Snapshot:
    """Return the snapshot of the record as this connection sees it: one query where nothing changed."""
    global _kept
    now, aside = version(), vars(connections[DEFAULT_DB_ALIAS]).get("snapshots_apart")
    if aside is not None:
        aside[:] = aside or [_read(now)]
        return aside[0]
    if _kept is None or _kept.version != now:
        _kept = (_kept and _caught_up(_kept, now)) or _read(now)
    return _kept


def version() -> Version:
    """Return the record's version: every write of a row of it makes another, in its transaction. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(SearchChange.LAST)
        return cursor.fetchone() or (0, "")


def public_version() -> Version:
    """Return the version of what readers see: the last write but those of what is the officials' own."""
    with connection.cursor() as cursor:
        cursor.execute(SearchChange.LAST_PUBLIC)
        return cursor.fetchone() or (0, "")


def _caught_up(old: Snapshot, version: Version) -> Snapshot | None:
    """Return `old` with the areas that were edited since, or None where that is not all that happened."""
    if not SearchChange.objects.filter(pk=old.version[0], token=old.version[1]).exists():
        return None  # another database, a rolled back change, or too long ago
    since = SearchChange.objects.filter(pk__gt=old.version[0]).exclude(kind=SearchChange.INTERNAL)
    changes = since.values_list("kind", "object_id")
    edited = {pk for kind, pk in changes if kind == "region" and pk is not None}
    if any(kind not in _CATCHING_UP or pk is None for kind, pk in changes):
        return None
    rows = {row[0]: row for row in _region_rows(edited)}
    positions = {pk: old.place[pk] for pk in edited & old.place.keys()}
    if rows.keys() != edited or positions.keys() != edited or _moved(old, rows):
        return None
    mask = ~bits(len(old.pks), positions.values())
    values = {
        facet: {value: has & mask for value, has in bits_by_value.items()}
        for facet, bits_by_value in old.bits.items()
    }
    fresh = _facet_bits(old.place, old.options, rows.values(), edited)
    for facet, bits_by_value in fresh.items():
        for value, has in bits_by_value.items():
            values[facet][value] = values[facet].get(value, 0) | has
    return replace(old, version=version, bits=values, memory={})


def _moved(old: Snapshot, rows: dict[int, tuple]) -> bool:
    """Return whether an edited area has another place in one of the orders, or its search entry another key.

    An area that was withdrawn and restored with nobody looking between has its entry made anew.
    """
    places = {pk: old.entry_place.get(entry) for pk, entry in _entries(rows).items()}
    return any(old.order[pk] != row[1:4] or places.get(pk) != old.place[pk] for pk, row in rows.items())


def _region_rows(only: Iterable[int] | None = None) -> list[tuple]:
    """Return (pk, notice, serial, province's position, batch, issued?, kind, province's slug and kind,
    when documents of its notice's areas were last looked for), in order."""
    queryset = Region.objects.all() if only is None else Region.objects.filter(pk__in=list(only))
    columns: tuple[str, ...] = ("pk", "notice_id", "serial", "province__position", "notice__batch", "is_issued")
    columns += ("kind", "province__slug", "province__kind", "notice__searched_on")
    return list(queryset.order_by("-notice__issued_on", "notice__number", "serial").values_list(*columns))


def _entries(only: Iterable[int] | None = None) -> dict[int, int]:
    """Return the primary key of the search entry of each area, by the area's own."""
    queryset = SearchEntry.objects.filter(kind="region")
    queryset = queryset if only is None else queryset.filter(object_id__in=list(only))
    return dict(queryset.values_list("object_id", "pk"))


def _read(version: Version) -> Snapshot:
    rows = _region_rows()
    pks = [row[0] for row in rows]
    place = {pk: n for n, pk in enumerate(pks)}
    by_province = sorted(range(len(rows)), key=lambda n: (rows[n][3], n))
    options = _options(sorted({row[4] for row in rows}))
    return Snapshot(
        version=version,
        pks=pks,
        place=place,
        entry_place={entry: place[pk] for pk, entry in _entries().items() if pk in place},
        by_province=by_province,
        options=options,
        bits=_facet_bits(place, options, rows, None),
        order={row[0]: row[1:4] for row in rows},
    )


def _options(batches: list[int]) -> dict[str, list[Option]]:
    units = list(Province.objects.select_related("parent"))
    inner = defaultdict(list)
    for unit in units:
        if unit.parent:
            inner[unit.parent_id].append(Option(unit.slug, unit.name, unit.parent.slug))
    return {
        "province": [
            option for unit in units if not unit.parent for option in (Option(unit.slug, unit.name), *inner[unit.pk])
        ],
        "system": [Option(*row) for row in System.objects.values_list("slug", "name")],
        "topic": [Option(*row) for row in Topic.objects.values_list("slug", "name")],
        "kind": [
            *(Option(value, str(label)) for value, label in RegionKind.choices),
            Option(ProvinceKind.SEPARATE_CITY.value, ProvinceKind.SEPARATE_CITY.label),
        ],
        # while there is one, nobody has to choose
        "batch": [Option(str(number), f"第{numeral(number)}批") for number in batches] if batches[1:] else [],
        "after": [Option(*row) for row in AFTER.items()],
    }


def _facet_bits(
    place: dict[int, int], options: dict[str, list[Option]], rows: Iterable[tuple], only: set[int] | None
) -> dict[str, dict[str, int]]:
    size = len(place)
    places_by_facet: dict[str, dict[str, list[int]]] = {
        facet: defaultdict(list) for facet in (*options, LINES, ADDED)
    }
    for facet, value, pk in _memberships(rows, only):
        if pk in place:
            places_by_facet[facet][value].append(place[pk])
    values = {
        facet: {value: bits(size, of) for value, of in places_by_value.items()}
        for facet, places_by_value in places_by_facet.items()
    }
    for option in options["province"]:  # what lies in a unit counts for it too
        if option.parent and option.value in values["province"]:
            both = values["province"].get(option.parent, 0) | values["province"][option.value]
            values["province"][option.parent] = both
    return values


def _places(rows: Iterable[tuple]) -> Iterator[tuple[str, str, int]]:
    """Yield batch, kinds and first province of each area, and whether it was added; a 计划单列市 is a kind, too."""
    for pk, *_, batch, is_issued, kind, province, unit, _ in rows:
        yield "batch", str(batch), pk
        if not is_issued:
            yield ADDED, ADDED, pk
        yield "kind", kind, pk
        yield "province", province, pk
        if unit == ProvinceKind.SEPARATE_CITY:
            yield "kind", unit, pk


def relations(documents: QuerySet) -> set[tuple[int, str]]:
    """Return the pairs of an area (primary key) and a relation that one of its documents has, of those that readers
    may see."""
    pairs: set[tuple[int, str]] = set()
    rows = documents.order_by().filter(verification=Verification.VERIFIED)
    for pk, relation, *source in rows.values_list("region_id", "relation", "source", "pdf").iterator():
        if (pk, relation) not in pairs and names_source(*source):
            pairs.add((pk, relation))
    return pairs


def _memberships(rows: Iterable[tuple], only: set[int] | None) -> Iterator[tuple[str, str, int]]:
    """Yield (facet, value, area's primary key), a pair as often as it occurs."""
    yield from _places(rows)
    partners, lines = Region.partners.through.objects.all(), Priority.objects.all()
    if only is not None:
        partners, lines = partners.filter(region__in=only), lines.filter(region__in=only)
    for pk, slug in partners.values_list("region_id", "province__slug"):
        yield "province", slug, pk
    documents = Document.objects.all() if only is None else Document.objects.filter(region__in=only)
    pairs = relations(documents)
    of_areas = {pk for pk, _ in pairs}
    # where nobody has looked, nothing is said
    pairs |= {(row[0], "none") for row in rows if row[-1] and row[0] not in of_areas}
    yield from (("after", relation, pk) for pk, relation in pairs)
    counted: Counter[int] = Counter()
    for pk, slug in lines.order_by().values_list("region_id", "system__slug"):
        yield "system", slug, pk
        counted[pk] += 1
        yield LINES, str(counted[pk]), pk
    for pk, slug in lines.order_by().exclude(topics=None).values_list("region_id", "topics__slug"):
        yield "topic", slug, pk
