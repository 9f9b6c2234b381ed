"""The one form behind every list of areas: the FilterSet is the form, the address and the query."""

import unicodedata
from typing import Any, NamedTuple

import django_filters
from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import QueryDict

from .models import (
    Priority,
    Province,
    Region,
    RegionKind,
    System,
    Topic,
    in_provinces,
    with_system,
    with_topic,
)

MAX_QUERY = 200  # characters of a keyword; the rest is cut, and the page says so
SORTS = {"serial": "序号", "province": "省份"}


class Option(NamedTuple):
    """A value that a filter takes: its word in the address, its label, its row, and the row it belongs under."""

    value: str
    label: str
    pk: int | str
    parent: int | None = None


class LenientChoiceField(forms.MultipleChoiceField):
    """Several of the declared values, in their declared order, once each; what is not declared is left out."""

    def to_python(self, value: Any) -> list[str]:
        given = set(value or [])
        return [known for known, _ in self.choices if known in given]


class KeywordField(forms.CharField):
    """A keyword in any script: controls and unassigned characters dropped, white space run together, 200 at most."""

    def to_python(self, value: Any) -> str:
        text = "".join(" " if char.isspace() else char for char in super().to_python(value)[: MAX_QUERY * 5])
        visible = "".join(char for char in text if unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Cn"))
        return " ".join(visible.split())[:MAX_QUERY].strip()


class FacetFilter(django_filters.MultipleChoiceFilter):
    """A filter of several values: any of them will do. Subclasses say what a value means (`condition`)."""

    field_class = LenientChoiceField

    def condition(self, options: list[Option]) -> Q | Exists:
        """Return the condition that an area fits at least one of the chosen options."""
        raise TypeError(f"{type(self).__name__} has no condition")

    def filter(self, queryset: QuerySet, values: list[str]) -> QuerySet:
        chosen = [option for option in self.parent.options[self.field_name] if option.value in set(values)]
        return queryset.filter(self.condition(chosen)) if chosen else queryset


class ProvinceFilter(FacetFilter):
    """A unit stands for itself and what lies in it: 浙江 includes 宁波, 新疆 the 兵团."""

    def condition(self, options: list[Option]) -> Q:
        chosen = {option.pk for option in options}
        within = {option.pk for option in self.parent.options["province"] if option.parent in chosen}
        return in_provinces(chosen | within)


class SystemFilter(FacetFilter):
    def condition(self, options: list[Option]) -> Exists:
        return with_system([option.value for option in options])


class TopicFilter(FacetFilter):
    def condition(self, options: list[Option]) -> Exists:
        return with_topic([option.value for option in options])


class KindFilter(FacetFilter):
    def condition(self, options: list[Option]) -> Q:
        return Q(kind__in=[option.value for option in options])


class KeywordFilter(django_filters.CharFilter):
    """Every word must stand in the name (then or now) or in a priority of the area."""

    field_class = KeywordField

    def filter(self, queryset: QuerySet, text: str) -> QuerySet:
        for word in text.split():
            priority = Priority.objects.filter(region=OuterRef("pk"), text__icontains=word)
            queryset = queryset.filter(
                Q(name__icontains=word)
                | Q(name_now_status="verified", name_now__icontains=word)
                | Q(Exists(priority))
            )
        return queryset


class RegionFilter(django_filters.FilterSet):
    """Areas by keyword, province, system, topic and kind; one canonical address for each combination."""

    q = KeywordFilter(label="关键词")
    province = ProvinceFilter(field_name="province", label="省份")
    system = SystemFilter(field_name="system", label="制度")
    topic = TopicFilter(field_name="topic", label="主题")
    kind = KindFilter(field_name="kind", label="类型")

    FACETS = ("province", "system", "topic", "kind")

    class Meta:
        model = Region
        fields: list[str] = []

    def __init__(self, data: QueryDict | None = None, queryset: QuerySet | None = None, **kwargs: Any) -> None:
        super().__init__(data if data is not None else QueryDict(), queryset, **kwargs)
        self.options = load_options()
        for name, options in self.options.items():
            self.filters[name].extra["choices"] = [(option.value, option.label) for option in options]

    @property
    def cleaned(self) -> dict[str, Any]:
        """Every filter's value as it is understood: a string for `q`, a list of known values for the others."""
        self.form.is_valid()
        return self.form.cleaned_data

    @property
    def keyword(self) -> str:
        return self.cleaned["q"]

    @property
    def sort(self) -> str:
        """The chosen order; an unknown one counts as none."""
        return self.data.get("sort") if self.data.get("sort") in SORTS else "serial"

    @property
    def unknown(self) -> list[tuple[str, str]]:
        """Filters and values that the address names and nobody knows, each once, at most ten."""
        pairs = [
            (name, value)
            for name in self.FACETS
            for value in dict.fromkeys(self.data.getlist(name))
            if value and value not in self.cleaned[name]
        ]
        return pairs[:10]

    @property
    def is_filtered(self) -> bool:
        """Whether the list is anything but the whole batch in its own order."""
        return any(self.cleaned.values()) or self.sort != "serial"

    def apart_from(self, name: str) -> QuerySet:
        """Return the areas under every filter but `name`: what the counts of that facet are counted on."""
        queryset = self.queryset.all()
        for other, value in self.cleaned.items():
            if other != name:
                queryset = self.filters[other].filter(queryset, value)
        return queryset

    def ordered(self) -> QuerySet:
        """Return the areas that fit, in the chosen order."""
        order = ("province__position", "serial") if self.sort == "province" else ("notice", "serial")
        return self.qs.order_by(*order)

    def query(self, **changes: Any) -> str:
        """Return the canonical query string with `changes` (`name=value or list`; empty drops it): `?…` or ``.

        Names and values come in declared order, so equal filters have equal addresses; `page` is dropped.
        """
        values = {**self.cleaned, "sort": self.sort if self.sort != "serial" else "", **changes}
        query = QueryDict(mutable=True)
        for name, value in values.items():
            if name in self.options:
                query.setlist(name, [option.value for option in self.options[name] if option.value in value])
            elif value:
                query[name] = value
        encoded = query.urlencode()
        return f"?{encoded}" if encoded else ""


def load_options() -> dict[str, list[Option]]:
    """Return what each facet offers, in its order: three queries, whatever the data."""
    provinces = Province.objects.only("slug", "name", "parent")
    themes = {"system": System, "topic": Topic}
    return {
        "province": [Option(unit.slug, unit.name, unit.pk, unit.parent_id) for unit in provinces],
        **{
            name: [Option(row.slug, row.name, row.pk) for row in model.objects.only("slug", "name")]
            for name, model in themes.items()
        },
        "kind": [Option(value, label, value) for value, label in RegionKind.choices],
    }
