"""What programs fetch, other than feeds."""

from collections.abc import Callable

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse
from django.views.generic import View

from pilots import errors

from . import calendars, strict
from .calendars import Duties


class CalendarView(View):
    """The calendar of the notice's duties; `duties_of` makes them of the slug in the address."""

    duties_of: Callable[..., Duties] = staticmethod(calendars.of_everybody)

    def get(self, request: HttpRequest, slug: str = "") -> HttpResponse:
        try:
            duties = self.duties_of(slug) if slug else self.duties_of()
            asked = calendars.years(request.GET, duties.years)
        except ObjectDoesNotExist as missing:
            raise Http404 from missing
        except strict.BadQueryError as problem:
            return errors.bad_query(request, str(problem))
        text = calendars.written(duties, asked, request.build_absolute_uri("/").rstrip("/"))
        name = f"duties-{slug}.ics" if slug else "duties.ics"
        headers = {"Content-Disposition": f'inline; filename="{name}"'}
        return HttpResponse(text, content_type="text/calendar; charset=utf-8", headers=headers)
