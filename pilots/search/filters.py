"""The one form behind every list of areas: the FilterSet is the form, the address and the query."""

from collections.abc import Callable, Iterable, Sequence
from copy import copy
from functools import cached_property, lru_cache, partial
from itertools import compress, pairwise
from typing import Any, Self
from urllib.parse import urlencode

import django_filters
from django import forms
from django.db.models import QuerySet
from django.http import QueryDict

from ..models import Region
from . import aliases, cards, groups
from . import facet_sets as snapshots
from .answers import Answer, Reply, of_batches
from .groups import MOST_READ, Group
from .highlight import is_in
from .query import search
from .text import fold, quoted

MOST_ANSWERS = 20  # keywords whose answers are kept: searches are narrowed and leafed through
MAX_QUERY = 200  # characters of a keyword; the rest is cut, and the page says so
SORTS = {"relevance": "相关度", "serial": "序号", "province": "省份"}
# How the page shows its list, where not as usual: links on the page keep it, the list's address doesn't have it.
FORMS = {"view": "table", "lines": "all"}
MOST_NAMES = 3  # of a filter's values that a title names
_encoded = lru_cache(maxsize=1_000)(urlencode)  # a page has the same pairs in each of its links


def _pairs(text: str) -> set[str]:
    """Return the pairs of neighbouring characters of a text, folded."""
    return {"".join(pair) for pair in pairwise(fold(text))}


class LenientChoiceField(forms.Field):
    """Several of the known values, in their declared order, once each; what is not known is left out.

    `values` is asked when a value is cleaned: a list of choices would be copied for every form.
    """

    widget = forms.SelectMultiple

    def __init__(self, *, values: Callable[[], Iterable[str]] = tuple, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.values = values

    def to_python(self, value: Any) -> list[str]:
        chosen = set(value or ())
        return [option for option in self.values() if option in chosen] if chosen else []


class KeywordField(forms.CharField):
    """A keyword in any script: white space run together, what nobody sees dropped, 200 characters at most."""

    def to_python(self, value: Any) -> str:
        typed = (super().to_python(value) or "")[: MAX_QUERY + 1]
        return " ".join("".join(char for char in typed if char.isspace() or fold(char)).split())[:MAX_QUERY].strip()


class FacetFilter(django_filters.Filter):
    """A filter of several values: any of them will do, and what lies in one of them."""

    field_class = LenientChoiceField

    def __deepcopy__(self, memo: dict) -> Self:
        return copy(self)  # for each request: `RegionFilter` gives it an `extra` of its own


class KeywordFilter(django_filters.CharFilter):
    """What the reader typed; `RegionFilter.answer` is what it finds."""

    field = KeywordField(required=False)  # one for all requests
    __deepcopy__ = FacetFilter.__deepcopy__


class RegionFilter(django_filters.FilterSet):
    """Areas by keyword, province, system, topic and kind; one canonical address for each combination."""

    q = KeywordFilter(label="关键词")
    province = FacetFilter(label="省份")
    system = FacetFilter(label="制度")
    topic = FacetFilter(label="主题")
    kind = FacetFilter(label="类型")
    batch = FacetFilter(label="批次")  # has values once two notices are published
    after = FacetFilter(label="后续")

    FACETS = ("province", "system", "topic", "kind", "batch", "after")

    class Meta:
        model = Region
        fields: list[str] = []

    def __init__(
        self,
        data: QueryDict | None = None,
        queryset: QuerySet | None = None,
        *,
        state: snapshots.Snapshot | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(data if data is not None else QueryDict(), queryset, **kwargs)
        self.state = state or snapshots.current()
        for name in self.FACETS:
            extra = self.filters[name].extra
            self.filters[name].extra = extra | {"values": partial(self.state.values, name)}

    @cached_property
    def cleaned(self) -> dict[str, Any]:
        """Every filter's value as it is understood: a string for `q`, a list of known values for the others.

        As `form` has it, each field by itself: a form copies all of its fields for every request.
        """
        cleaned: dict[str, Any] = {name: [] if name in self.FACETS else "" for name in self.filters}
        for name in filter(self.data.__contains__, cleaned):
            field = self.filters[name].field
            cleaned[name] = field.clean(field.widget.value_from_datadict(self.data, {}, name))
        return cleaned

    @cached_property
    def keyword(self) -> str:
        return self.cleaned["q"]

    @property
    def is_cut(self) -> bool:
        """Whether the keyword was longer than can be searched for."""
        return len(self.data.get("q", "")) > MAX_QUERY

    @cached_property
    def sorts(self) -> list[str]:
        """The orders that make sense: relevance only with a keyword, and then first."""
        return [name for name in SORTS if self.keyword or name != "relevance"]

    @cached_property
    def sort(self) -> str:
        """The chosen order; an unknown one counts as none."""
        return next((name for name in self.sorts if name == self.data.get("sort")), self.sorts[0])

    @cached_property
    def answer(self) -> Answer | None:
        """What the keyword finds, in words for the batches that there are; None without. Kept: leave it as it is."""
        if not (keyword := self.keyword):
            return None

        def read(missing: list[str]) -> dict[str, Answer]:
            return {text: of_batches(search(text, self.state), self.state) for text in missing}

        return cards.cached(self.state, "answers", [keyword], read, MOST_ANSWERS)[keyword]

    @property
    def outcome(self) -> Answer:
        """What the keyword finds; only where there is one."""
        assert self.answer
        return self.answer

    def areas(self, apart_from: str = "") -> int:
        """Return the areas that fit every filter (but one, for the counts of that facet), as bits."""
        found = self.answer.regions if self.answer and apart_from != "q" else self.state.everything
        for name in (name for name in self.FACETS if name != apart_from):
            found &= self.state.fitting(name, self.cleaned[name])
        return found

    def selection(self) -> snapshots.Selection:
        """Return the areas that fit, in the chosen order."""
        areas = self.areas()
        if self.sort == "relevance":
            return snapshots.Selection(self.state, [rank & areas for rank in self.outcome.ranks])
        return snapshots.Selection(self.state, [areas], by_province=self.sort == "province")

    @property
    def is_filtered(self) -> bool:
        """Whether a value of a facet is chosen."""
        return any(self.cleaned[name] for name in self.FACETS)

    @cached_property
    def groups(self) -> list[Group]:
        """What the keyword finds, by kind, areas and their lines as far as they fit the other filters."""
        count = self.areas().bit_count()
        return groups.of(count, len(self._telling), self.outcome.others, is_least=count > MOST_READ)

    @cached_property
    def later(self) -> list[Group]:
        """What came after the notice and has the keyword, as far as it fits the other filters: one group or none."""
        key = self.keyword, self.areas("q")

        def read(missing: list[tuple[str, int]]) -> dict[tuple[str, int], list[Group]]:
            return {(text, among): groups.after(text, self.outcome, among, self.state) for text, among in missing}

        return cards.cached(self.state, "later", [key], read, MOST_ANSWERS)[key]

    @cached_property
    def lines(self) -> list[list[cards.Line]]:
        """The lines of the areas that fit, area by area; of the first `MOST_READ` ones only."""
        return cards.lines(self.selection()[:MOST_READ], self.state)

    def fitting(self, lines: Sequence[cards.Line]) -> list[bool]:
        """Return whether each of an area's lines is what was asked for: of the systems and topics, with the keyword.

        Where none is of both, those of either found the area (`is_apart`). Where the keyword stands in none of them,
        it is looked for in what this site files them under; where it isn't there either (a name, a place), it found
        the area, and so all of them.
        """
        pairs = self._themes(lines)
        fit = [*map(all if any(map(all, pairs)) else any, pairs)]
        words = self.answer.marked if self.answer else ()
        literal = [has and line.says(words) for has, line in zip(fit, lines, strict=True)]
        filed = [has and line.is_filed(words) for has, line in zip(fit, lines, strict=True)]
        return literal if any(literal) else filed if any(filed) else fit

    def is_apart(self, lines: Sequence[cards.Line]) -> bool:
        """Return whether none of an area's lines is of both the systems and the topics."""
        return not any(map(all, self._themes(lines)))

    def _themes(self, lines: Sequence[cards.Line]) -> list[tuple[bool, bool]]:
        """Return of each line whether it is of the systems, and whether of the topics."""
        systems, topics = self.cleaned["system"], self.cleaned["topic"]
        return [
            (
                not systems or line.system.value in systems,
                not topics or any(topic.value in topics for topic in line.topics),
            )
            for line in lines
        ]

    @cached_property
    def _said(self) -> list[cards.Line]:
        """The lines that say the keyword."""
        return [line for area in self.lines for line in area if is_in(line.text, self.outcome.marked)]

    @cached_property
    def _telling(self) -> list[cards.Line]:
        """The lines that are shown for the keyword: that say it, or, in an area without such, are filed under it."""
        words, lines = self.outcome.marked, (compress(area, self.fitting(area)) for area in self.lines)
        return [line for area in lines for line in area if line.says(words) or line.is_filed(words)]

    @property
    def line_words(self) -> list[str]:
        """The words for which lines are shown, as they are looked for."""
        words = self.answer.marked if self.answer else []
        texts = dict.fromkeys(word.text for word in words if any(is_in(line.text, [word]) for line in self._said))
        typed = {fold(word): word for word in self.keyword.split()}
        return [typed.get(text, text) for text in texts]

    @property
    def _is_by_unsaid(self) -> bool:
        """Whether an area was found by a name that isn't said, and none by its lines."""
        if self.outcome.stage != "typed" or self._said:
            return False
        words = self.outcome.marked
        pks = [pk for pk in self.selection()[:MOST_READ] if aliases.note(pk, words, self.state)]
        return any(aliases.NOTES & {*card.notes} for card in cards.cards(pks, self.state, words))

    @property
    def _is_by_issued(self) -> bool:
        """Whether areas were found by what was issued of a line that has other words now, and by nothing else."""
        ranks, is_one_word = self.outcome.ranks, len(self.outcome.marked) == 1
        if self.outcome.stage != "typed" or self._said or not is_one_word or len(ranks) < 3:
            return False
        return bool(self.outcome.regions) and not self.outcome.regions & (ranks[0] | ranks[1])

    @cached_property
    def reply(self) -> Reply | None:
        """The one answer that stands first; None without a keyword."""
        if (answer := self.answer) is None or answer.reply:
            return groups.with_later(answer.whole_reply, answer, self.later) if answer else None
        if answer.is_empty:
            return groups.nothing(answer.subject or self.keyword, answer.unused, self.later)
        keyword = answer.meant or answer.subject or self.keyword
        classified = "english" if keyword.isascii() and not keyword.isdigit() else "classified"
        found_by = "unsaid" if self._is_by_unsaid else "issued" if self._is_by_issued else answer.stage
        without = f"除去“{'”“'.join(answer.without)}”，" if answer.without else ""
        reply = groups.subject(
            keyword,
            self.groups,
            found_by=classified if answer.is_classified else found_by,
            where=f"{'在所选的范围里，' if self.is_filtered else ''}{without}",
            telling=sum(any(is_in(line.text, answer.marked) for line in area) for area in self.lines),
            with_name=lambda: groups.with_name(self.areas(), answer, self.state),
            is_as_issued=all(line.is_as_issued for line in self._telling),
            official=self.official,
            loosened=groups.looked_for(keyword, answer, self.line_words),
        )
        return groups.with_later(groups.with_remarks(reply, self.keyword, answer), answer, self.later)

    def filter_queryset(self, queryset: QuerySet) -> QuerySet:
        """Return the areas that fit as an ordinary queryset."""
        return queryset.filter(pk__in=[self.state.pks[place] for place in snapshots.places(self.areas())])

    @property
    def unknown(self) -> list[tuple[str, str]]:
        """Filters and values that the address names and nobody knows, each once, at most ten."""
        return [
            (name, value)
            for name in self.FACETS
            for value in dict.fromkeys(self.data.getlist(name))
            if value and value not in self.cleaned[name]
        ][:10]

    @property
    def words(self) -> str:
        """The filters in force in words (`省份 河北省、山西省；关键词 湿地`); empty where there is none."""
        chosen = {**self.labels, "q": [self.keyword] if self.keyword else []}
        return "；".join(f"{self.filters[name].label} {'、'.join(row)}" for name, row in chosen.items() if row)

    @cached_property
    def labels(self) -> dict[str, list[str]]:
        """What the chosen values of each facet are called."""
        return {
            name: [option.label for option in self.state.options[name] if option.value in self.cleaned[name]]
            for name in self.FACETS
        }

    @cached_property
    def forms(self) -> dict[str, str]:
        """How the page shows its list; what isn't known counts as the usual."""
        return {name: value for name, value in FORMS.items() if self.data.get(name) == value}

    @property
    def suggested(self) -> str:
        """The query string of the suggestion, which keeps the filters."""
        return self.query(q=self.outcome.suggestion)

    @property
    def official(self) -> list[str]:
        """The notice's own words that were looked for instead of what was typed, which the one answer names."""
        answer, subject = self.outcome, self.outcome.subject or self.keyword  # what was to be excluded may be unused
        is_instead = answer.stage == "loosened" and not any(word in subject for word in answer.unused)
        return answer.related if is_instead and not answer.reply else []

    @property
    def related(self) -> list[tuple[str, str]]:
        """The notice's own words for a term that was typed: query string and words; not the only one."""
        related = [] if len(self.official) == 1 else self.outcome.related
        return [(self.query(q=words), words) for words in related]

    @property
    def near_topics(self) -> list[tuple[str, str]]:
        """Topics to go on with from an empty page: those that share a pair of characters with the keyword."""
        pairs, counts = _pairs(self.keyword), self.state.counts("topic", self.state.everything)
        near = [(len(pairs & _pairs(topic.label)), topic) for topic in self.state.options["topic"]]
        near.sort(key=lambda candidate: (-candidate[0], -counts.get(candidate[1].value, 0)))
        dropped = dict.fromkeys(self.FACETS, ()) | {"q": "", "sort": ""}
        return [(self.query(**dropped | {"topic": [topic.value]}), topic.label) for alike, topic in near[:3] if alike]

    def title(self, count: int) -> str:
        """Return the title of a list of `count` areas: every kind of hit counts, and no 0 stands over an answer."""
        if not self.keyword:
            return self._sentence(count) if self.is_filtered else f"先行示范地区（{count}个）"
        title = quoted(groups.heading(self.keyword, self.outcome))
        if self.outcome.reply and not self.is_filtered:
            return f"{title}：{self.outcome.reply.verdict}"
        chosen = "；".join(filter(None, map(self._row, self.FACETS)))
        hits = self.groups if any(group.count for group in self.groups) else self.later
        least = "至少" if any(group.is_least for group in hits) else ""
        total = sum(group.count for group in hits)
        return f"{title}的结果（{least}{total}处）{'：' if chosen else ''}{chosen}"

    def _sentence(self, count: int) -> str:
        """Return what a filter without a keyword found, as a sentence (14个地区在试考核评价)."""
        places, systems, topics, kinds, batches, after = map(self._row, self.FACETS)
        noun = batches + ((kinds or "地区") if systems or topics else "先行示范地区")
        subject = f"{places}{'有' if places else ''}{count}个{noun}" if count else f"{places}没有{noun}"
        says = [f"在试{topics}"] if topics else []
        says += [f"有重点归入{systems}"] if systems else []
        return subject + ("，".join(says) or (kinds and f"是{kinds}")) + (after and f"（后续：{after}）")

    def _row(self, name: str) -> str:
        """Return the names of a facet's chosen values in a row, three at most: any of them will do."""
        labels = self.labels[name]
        quoted = [f"“{label}”" if name == "system" else label for label in labels[:MOST_NAMES]]
        names = ("、" if name == "province" else "或").join(quoted)
        return f"{names}等{len(labels)}个{self.filters[name].label}" if len(labels) > MOST_NAMES else names

    def page_query(self, number: int | str, **changes: Any) -> str:
        """Return the query string of a page of the list; the first has none of its own, a gap (`…`) no address."""
        return self.query(page=number if isinstance(number, int) and number > 1 else "", **changes)

    def link(self, **changes: Any) -> str:
        """Return the query string of a link on the page: `query`, the list shown as it is now."""
        return self.query(**self.forms | changes)

    def query(self, **changes: Any) -> str:
        """Return the canonical query string with `changes` (`name=value or list`; empty drops it): `?…` or ``.

        Names and values come in declared order, so equal filters have equal addresses; `page` is dropped.
        """
        values = {**self.cleaned, "sort": self.sort, **changes}
        if values["sort"] in ("relevance", "" if values["q"] else "serial"):
            values["sort"] = ""  # the order that comes by itself, or that makes no sense without a keyword
        pairs = [
            ((name, part),)
            for name, value in values.items()
            if value
            for part in ([value] if name not in self.FACETS else self.state.values(name))
            if part == value or part in value
        ]
        return f"?{'&'.join(map(_encoded, pairs))}" if pairs else ""
