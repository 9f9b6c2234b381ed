"""The priorities, and this site's classification of them."""

from typing import Any

from django.contrib import admin
from django.db.models import Field, QuerySet
from django.http import HttpRequest
from django.urls import reverse

from ..models import Priority, System, Term, Topic
from .fields import SelectSome
from .importing import ImportAdmin
from .record import RecordAdmin


class ThemeAdmin(RecordAdmin):
    """What systems and topics have in common: how many priorities each classifies."""

    list_display_links = ("name",)
    search_fields = ("name", "slug")
    ordering = ("position",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        themes: Any = super().get_queryset(request)
        return themes.for_list()

    @admin.display(description="地区", ordering="region_count")
    def region_count(self, theme: Any) -> int:
        return theme.region_count

    @admin.display(description="重点", ordering="priority_count")
    def priority_count(self, theme: Any) -> int:
        return theme.priority_count


admin.site.register(
    System,
    ThemeAdmin,
    list_display=("position", "name", "short_name", "is_other", "region_count", "priority_count"),
)
admin.site.register(
    Topic,
    ThemeAdmin,
    list_display=("position", "name", "region_count", "priority_count"),
)


@admin.register(Priority)
class PriorityAdmin(ImportAdmin):
    list_display = ("region", "number", "text", "system", "confidence")
    list_display_links = ("text",)
    list_filter = ("confidence", "system", "topics")
    list_select_related = ("region", "system")
    search_fields = ("text", "region__name")
    autocomplete_fields = ("region", "system")
    ordering = ("region__notice", "region__serial", "number")
    import_key = ("region__slug", "number")
    import_fixed = ("region",)
    shared_texts = ("classification_note",)
    later_fields = ("also_systems", "classification_note")
    parts = {
        "text": ("文字", ("number", "text_raw", "text")),
        "classification": (
            "归类",
            ("system", "also_systems", "topics", "confidence", "classification_note"),
        ),
    }

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **kwargs: Any) -> Any:
        """Ask of a new line for its topics in as few boxes as will do."""
        field: Any = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "topics" and request.path == reverse("admin:pilots_priority_add"):
            field.widget = SelectSome()
            field.widget.choices = field.choices
        return field


@admin.register(Term)
class TermAdmin(RecordAdmin):
    list_display = ("word", "official")
    search_fields = ("word", "official")
    ordering = ("word",)
