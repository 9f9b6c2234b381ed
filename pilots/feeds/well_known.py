"""What programs fetch, other than feeds."""

import datetime
import json
from collections.abc import Callable
from xml.etree import ElementTree

from django.conf import settings
from django.contrib.sitemaps.views import sitemap
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.views.generic import View

from ..http import errors
from ..http.problems import BadParameters
from ..models.characters import for_xml
from . import calendar
from .calendar import Duties
from .sitemap import PageMap

NOT_FOR_ROBOTS = ("/admin/", "/accounts/", "/text-size/", "/corrections/new/")
OPENSEARCH = "http://a9.com/-/spec/opensearch/1.1/"
SHORT_NAME = 16  # characters that OpenSearch allows
SHORT_TITLE = 6  # characters that fit under an icon
ICON_SIZES = (192, 512)
VOUCHED_FOR = datetime.timedelta(days=30)


class CalendarView(View):
    """The calendar of the notice's duties; `duties_of` makes them of the slug in the address."""

    duties_of: Callable[..., Duties] = staticmethod(calendar.of_everybody)

    def get(self, request: HttpRequest, slug: str = "") -> HttpResponse:
        try:
            duties = self.duties_of(slug) if slug else self.duties_of()
            years = calendar.years(request.GET, duties.years)
        except ObjectDoesNotExist as missing:
            raise Http404 from missing
        except BadParameters as bad:
            return errors.bad_query(request, str(bad.detail))
        text = calendar.written(duties, years, request.build_absolute_uri("/").rstrip("/"))
        name = f"duties-{slug}.ics" if slug else "duties.ics"
        headers = {"Content-Disposition": f'inline; filename="{name}"'}
        return HttpResponse(text, content_type="text/calendar; charset=utf-8", headers=headers)


class PageMapView(View):
    """The map of the site for search engines (sitemaps.org)."""

    def get(self, request: HttpRequest) -> HttpResponse:
        response = sitemap(request, {"pages": PageMap()}, content_type="application/xml; charset=utf-8")
        response.headers.pop("Last-Modified", None)  # when a page went is in no date: only the ETag knows
        return response


class RobotsView(View):
    """What search engines needn't fetch, and where the map is (RFC 9309). What they mayn't list says so itself."""

    def get(self, request: HttpRequest) -> HttpResponse:
        address = request.build_absolute_uri(reverse("pilots:page-map"))
        lines = ["User-agent: *", *(f"Disallow: {path}" for path in NOT_FOR_ROBOTS), "", f"Sitemap: {address}"]
        return _plain(lines)


class OpenSearchView(View):
    """How a browser searches here (OpenSearch 1.1)."""

    def get(self, request: HttpRequest) -> HttpResponse:
        name = for_xml(settings.SITE["name"])
        root = ElementTree.Element("OpenSearchDescription", xmlns=OPENSEARCH)
        rows = (
            ("ShortName", name[:SHORT_NAME]),
            ("Description", f"在{name}中检索地区、省份和制度创新重点"),
            ("Language", "zh-CN"),
            ("InputEncoding", "UTF-8"),
            ("OutputEncoding", "UTF-8"),
        )
        for tag, text in rows:
            ElementTree.SubElement(root, tag).text = text
        search_url = request.build_absolute_uri(reverse("pilots:region-list"))
        here = request.build_absolute_uri(reverse("pilots:opensearch"))
        ElementTree.SubElement(root, "Url", type="text/html", template=f"{search_url}?q={{searchTerms}}")
        kind = "application/opensearchdescription+xml"
        ElementTree.SubElement(root, "Url", type=kind, rel="self", template=here)
        text = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
        return HttpResponse(text, content_type=f"{kind}; charset=utf-8")


class ManifestView(View):
    """What a telephone needs to keep the site among its programs (W3C, Web Application Manifest)."""

    def get(self, request: HttpRequest) -> HttpResponse:
        name = for_xml(settings.SITE["name"])
        icons = [{"src": static("img/icon.svg"), "sizes": "any", "type": "image/svg+xml"}]
        for size in ICON_SIZES:
            icon = {"src": static(f"img/icon-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png"}
            icons += [icon, icon | {"purpose": "maskable"}]
        manifest = {
            "name": name,
            "short_name": name[:SHORT_TITLE],
            "lang": "zh-Hans",
            "id": reverse("pilots:home"),
            "start_url": reverse("pilots:home"),
            "display": "browser",
            "theme_color": "#1a5244",
            "background_color": "#fbfaf6",
            "icons": icons,
        }
        text = json.dumps(manifest, ensure_ascii=False)
        return HttpResponse(text, content_type="application/manifest+json; charset=utf-8")


class SecurityView(View):
    """Whom to tell of a hole (RFC 9116); nothing where the operator names nobody.

    The running site vouches for it whenever it is fetched, and a copy is good for thirty days: it holds no date that
    somebody must remember to renew, and no promise that outlives the site.
    """

    def get(self, request: HttpRequest) -> HttpResponse:
        contacts = settings.FOLLOWING["security_contacts"]
        if not contacts:
            raise Http404
        until = timezone.localdate() + VOUCHED_FOR
        lines = [
            *(f"Contact: {contact}" for contact in contacts),
            f"Expires: {until:%Y-%m-%d}T00:00:00+08:00",
            "Preferred-Languages: zh",
        ]
        if request.is_secure():  # the standard knows no other address of it
            lines.append(f"Canonical: {request.build_absolute_uri(reverse('pilots:security'))}")
        return _plain(lines)


def _plain(lines: list[str]) -> HttpResponse:
    return HttpResponse("\n".join([*lines, ""]), content_type="text/plain; charset=utf-8")
