"""What every page needs to know of the site itself."""

from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.html import format_html, format_html_join

from ..feeds import calendar
from ..models import Notice, Region
from ..record import corrections
from ..search import facet_sets

NOTICES = "notice-list"
NAVIGATION = (
    ("地区", "region-list"),
    ("省份", "province-list"),
    ("主题", "topic-list"),
    ("通知原文", NOTICES),
    ("通知之后", "after"),
    ("一图看全批", "matrix"),
)
IN_THE_FOOT = (
    ("制度", "system-list"),
    ("发文机关", "ministry-list"),
    ("比较", "compare"),
)
MOST_PLACES = 200  # names of areas that are offered while one types; a page is not a gazetteer


class Paths(dict[str, str]):
    """Where pages without arguments are, by their routes' names with _ for -; each is looked up once a process: the
    frame of a page leads to twenty."""

    def __missing__(self, name: str) -> str:
        self[name] = format_html("{}", reverse(f"pilots:{name.replace('_', '-')}"))  # escaped once, not on each page
        return self[name]


PATHS = Paths()


def context(request: HttpRequest | None) -> dict[str, Any]:
    """Return what templates need everywhere: `site` (the operator's settings, strings, empty where unset), `paths`
    and `kept` (worked out when a page shows it). What only a preview sets is set here, too: looking for a name that
    isn't there takes ten times as long."""
    return {"site": settings.SITE, "paths": PATHS, "kept": SimpleLazyObject(kept), "is_preview": False}


@cache
def sections() -> list[tuple[str, str]]:
    """Return the main sections of the site, and those that the foot of a page leads to, as (label, path)."""
    return [(label, reverse(f"pilots:{route}")) for label, route in NAVIGATION + IN_THE_FOOT]


def kept(state: facet_sets.Snapshot | None = None) -> dict[str, Any]:
    """Return what every page shows of the record, worked out once for each state of it (none: the current one)."""
    state = state or facet_sets.current()
    if "site" not in state.memory:
        notices = list(Notice.objects.all())
        corrections.mark(notices, has_history=False)
        places = Region.objects.order_by("pk").values_list("short_name", flat=True)[:MOST_PLACES]
        units, topics = ([option.label for option in state.options[facet]] for facet in ("province", "topic"))
        batches = [notice.batch for notice in notices]
        names = dict.fromkeys([*topics, *places, *units])
        leads = {reverse(f"pilots:{NOTICES}"): notice.get_absolute_url() for notice in notices[:1] if not notices[1:]}
        state.memory["site"] = {
            "fragments": {},  # what is drawn once (pilots.pages.fragments)
            # Options of the search box: names of areas, provinces and topics.
            "suggestions": format_html_join("", '<option value="{}">', ((name,) for name in names)),
            # The notices that all comes from, for a printed page.
            "basis": "、".join(
                f"{notice.number}（{day:%Y}年{day.month}月{day.day}日"
                f"{f'，文号已更正，印发原文：{original_number}' if original_number else ''}）"
                for notice in notices
                for day, original_number in [(notice.issued_on, corrections.words(notice).get("number"))]
            ),
            # The batches that there are, where there are several.
            "batches": "、".join(option.label for option in state.options["batch"]),
            # By which name a notice is told from the others, by its primary key; while there is one, nobody has to.
            "notices": {
                row.pk: row.batch_name if batches.count(row.batch) == 1 else f"{row.batch_name}（{row.number}）"
                for row in (notices if notices[1:] else ())
            },
            "calendar_years": calendar.years_after(notices),  # that can be chosen for the calendar of duties
            # Label, path of the section, and where it leads: while there is one notice, nobody has to choose it.
            "navigation": [(label, path, leads.get(path, path)) for label, path in sections()[: len(NAVIGATION)]],
        }
    return state.memory["site"]
