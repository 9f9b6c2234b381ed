"""Pictures of pages, for whoever shares them: what stands in each, and their addresses.

The picture of a page is at its address with `.png` instead of the last slash. What has none of its own is shared
with the site's. Each is made once for a state of the record; none without a Chinese font.
"""

import logging
import re
from collections import Counter
from functools import singledispatch

from django.conf import settings
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils.formats import date_format
from django.views.generic import View

from ..exports import state
from ..exports.picture import Picture, Words, fonts
from ..exports.views import UnsteadyMixin
from ..models import Ministry, Notice, Province, Region, System, Topic
from ..models.notice import numeral
from ..models.recorded import Recorded
from ..record import corrections, withdrawn
from ..search import facet_sets

logger = logging.getLogger("pilots.exports")


class PictureView(UnsteadyMixin, View):
    """The picture of a thing; without a model, the site's."""

    model: type[Model] | None = None

    def get(self, request: HttpRequest, slug: str = "") -> HttpResponse:
        is_there = self.model is None or self.model._default_manager.filter(slug=slug).exists()
        if not (fonts() and is_there):
            raise Http404
        kind = self.model._meta.model_name if self.model else "site"
        png = state.ready(request, lambda: state.file("pictures", kind, slug, make=lambda: self.png(slug)))
        return HttpResponse(png, content_type="image/png")

    def png(self, slug: str) -> bytes:
        """Return the picture, made now."""
        from ..exports.drawing import png  # with Pillow and its fonts, 20 MB: only of processes that draw

        picture = _site() if self.model is None else _of(get_object_or_404(self.model, slug=slug))
        try:
            return png(picture)
        except OSError as error:
            logger.exception("No picture: a font can't be read")
            raise Http404 from error


def _words(row: Recorded, name: str) -> Words:
    """Return the notice's own words that a row has in a field, marked."""
    return Words(getattr(row, name), True, corrections.marks(row, name))


def _picture(side: str, name: Words, lead: str, quote: Words, notice: Notice | None = None) -> Picture:
    """Return a picture with its foot: the notice, or all, that everything is of; each text as one line."""
    notices = [notice] if notice else list(Notice.objects.all())
    corrections.mark(notices, has_history=False)
    number = "、".join(f"{row.number}{corrections.remark(row, 'number')}" for row in notices)
    name, quote = (words._replace(text=_line(words.text)) for words in (name, quote))
    return _line(side), name, _line(lead), quote, _line(settings.SITE["name"]), _line(number)


def _line(text: str) -> str:
    return re.sub(r"[^\S　]+", " ", text)


def _site() -> Picture:
    notices = list(Notice.objects.all())
    figures: Counter[str] = Counter()
    for notice in notices:
        figures.update(withdrawn.notice_figures(notice))
    lead = f"{figures['regions']}个地区，{figures['priorities']}项制度创新重点" if notices else ""
    side = "　".join(["、".join(notice.batch_name for notice in reversed(notices)), "名录"]).strip()
    name, quote = Words(settings.SITE["name"]), Words("您所在的县、市在不在名单里，要试什么")
    return _picture(side, name, lead, quote)


@singledispatch
def _of(thing: Model) -> Picture:
    raise TypeError(f"{type(thing).__name__} has no picture")


@_of.register
def _(region: Region) -> Picture:
    line = region.priorities.order_by("number").first()
    corrections.mark(filter(None, [region, line]), has_history=False)
    side = f"{region.notice.batch_name}　第{numeral(region.serial)}号{corrections.remark(region, 'serial')}"
    quote = Words(line.text, True, corrections.marks(line)) if line else Words("")
    return _picture(side, _words(region, "name"), "第一项重点", quote, region.notice)


@_of.register
def _(notice: Notice) -> Picture:
    corrections.mark([notice], has_history=False)
    figures, bodies = withdrawn.notice_figures(notice), notice.signatures.filter(is_issued=True).count()
    text = f"{bodies}个部门印发，{figures['regions']}个地区，{figures['priorities']}项制度创新重点"
    day = date_format(notice.issued_on, "Y年n月j日")
    return _picture(f"{notice.batch_name}　通知", _words(notice, "title"), day, Words(text), notice)


@_of.register(Topic)
@_of.register(System)
def _(theme: Topic | System) -> Picture:
    """Its quotation is the first of its lines."""
    lines = list(theme.priorities.for_theme())
    side = f"{theme._meta.verbose_name}　本站归类"
    if not lines:
        return _picture(side, Words(theme.name), "", Words(""))
    corrections.mark([lines[0]], has_history=False)
    areas = len({line.region_id for line in lines})
    lead = f"{areas}个地区的{len(lines)}项。{lines[0].region.short_name}的是："
    name = "归不进八项制度的" if getattr(theme, "is_other", False) else theme.name
    return _picture(side, Words(name), lead, _words(lines[0], "text"))


@_of.register
def _(province: Province) -> Picture:
    current = facet_sets.current()
    pks = [current.pks[place] for place in facet_sets.places(current.fitting("province", [province.slug]))]
    areas = Region.objects.filter(pk__in=pks).order_by("notice", "serial").select_related("notice")
    batches = current.options["batch"]
    labels = [
        f"{area.notice.batch_name if batches else ''}第{area.serial}号{area.short_name}{corrections.remark(area)}"
        for area in areas
    ]
    lead = f"{len(labels)}个先行示范地区" if labels else "先行示范地区"
    return _picture(
        "省份",
        Words(province.name),
        lead,
        Words("、".join(labels) or f"{'名单里' if batches else '这一批'}没有{province.short_name}的地区"),
    )


@_of.register
def _(ministry: Ministry) -> Picture:
    lead, quote = "2018年以来", Words(ministry.successor if ministry.is_renamed else "名称不变")
    if not ministry.is_renamed and ministry.text_name != ministry.name:
        corrections.mark([ministry], has_history=False)
        lead, quote = "通知正文中的写法", _words(ministry, "text_name")
    return _picture("发文机关", Words(ministry.name), lead, quote)


urlpatterns = [
    path("share.png", PictureView.as_view(), name="picture"),
    path("notices/<slug:slug>.png", PictureView.as_view(model=Notice), name="notice-picture"),
    path("regions/<slug:slug>.png", PictureView.as_view(model=Region), name="region-picture"),
    path("provinces/<slug:slug>.png", PictureView.as_view(model=Province), name="province-picture"),
    path("topics/<slug:slug>.png", PictureView.as_view(model=Topic), name="topic-picture"),
    path("systems/<slug:slug>.png", PictureView.as_view(model=System), name="system-picture"),
    path("ministries/<slug:slug>.png", PictureView.as_view(model=Ministry), name="ministry-picture"),
]
